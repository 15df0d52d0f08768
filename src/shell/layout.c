/* SPDX-License-Identifier: Apache-2.0
 *
 * See layout.h. Widths are counted in characters, not bytes.
 */
#include "src/shell/layout.h"

#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"

#define GAP         2
#define TEXT_WIDTH  24 /* text of several words is not made narrower than this */
#define HEAD_BREAKS "-/("

static size_t columns_of(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

static size_t width_of(const char *text)
{
    return columns_of(text, strlen(text));
}

void layout_init(struct layout *l, size_t screen)
{
    memset(l, 0, sizeof(*l));
    l->screen = screen;
}

struct layout_column *layout_add(struct layout *l, const char *head)
{
    struct layout_column *c = &l->columns[l->n++];
    c->head = head;
    return c;
}

void layout_measure(struct layout *l, size_t column, const char *text)
{
    struct layout_column *c = &l->columns[column];
    size_t width = width_of(text);

    c->widest = width > c->widest ? width : c->widest;
    for (size_t n; *text; text += n + strspn(text + n, " ")) {
        n = strcspn(text, " ");
        width = columns_of(text, n);
        c->longest_word = width > c->longest_word ? width : c->longest_word;
    }
}

/* Bytes of the head's next piece: "transport-", "address". */
static size_t head_piece(const char *head)
{
    size_t n = head[0] == '(' ? 1 + strcspn(head + 1, HEAD_BREAKS) : strcspn(head, HEAD_BREAKS);
    return n + (head[n] && head[n] != '(');
}

static size_t head_least(const char *head)
{
    size_t least = 0;
    for (size_t n; *head; head += n) {
        n = head_piece(head);
        size_t width = columns_of(head, n);
        least = width > least ? width : least;
    }
    return least;
}

/* The narrowest that a column may be. */
static size_t least(const struct layout_column *c, bool breaks_head)
{
    size_t cell = c->longest_word;
    if (cell < c->widest && cell < TEXT_WIDTH)
        cell = c->widest < TEXT_WIDTH ? c->widest : TEXT_WIDTH;
    size_t head = breaks_head ? head_least(c->head) : width_of(c->head);
    return cell > head ? cell : head;
}

static size_t natural(const struct layout_column *c)
{
    size_t head = width_of(c->head);
    return c->widest > head ? c->widest : head;
}

/* Gives every column its width; the sum with gaps. */
static size_t set_widths(struct layout *l, bool is_natural, bool breaks_head)
{
    size_t sum = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct layout_column *c = &l->columns[i];
        if (!c->is_shown)
            continue;
        c->width = is_natural ? natural(c) : least(c, breaks_head);
        sum += c->width + GAP;
    }
    return sum ? sum - GAP : 0;
}

/* The column that takes most lines gets the next character. */
static void spread(struct layout *l, size_t spare)
{
    while (spare) {
        struct layout_column *needy = NULL;
        for (size_t i = 0; i < l->n; i++) {
            struct layout_column *c = &l->columns[i];
            if (c->is_shown && c->width < natural(c) &&
                (!needy || natural(c) * needy->width > natural(needy) * c->width))
                needy = c;
        }
        if (!needy)
            return;
        needy->width++;
        spare--;
    }
}

/* The last of the least important columns; NULL: only keys are left. */
static struct layout_column *dispensable(struct layout *l)
{
    struct layout_column *worst = NULL;
    for (size_t i = 0; i < l->n; i++) {
        struct layout_column *c = &l->columns[i];
        if (c->is_shown && !c->is_key && (!worst || !c->is_telling || worst->is_telling))
            worst = c;
    }
    return worst;
}

void layout_fit(struct layout *l, size_t n_rows)
{
    for (size_t i = 0; i < l->n; i++)
        l->columns[i].is_shown = l->columns[i].widest > 0 || (n_rows == 0 && !l->screen);
    size_t sum = set_widths(l, true, false);
    if (!l->screen || sum <= l->screen)
        return;
    l->is_narrowed = true;
    l->is_vertical = n_rows == 1;
    while (!l->is_vertical) {
        sum = set_widths(l, false, false);
        if (sum > l->screen)
            sum = set_widths(l, false, true);
        if (sum <= l->screen) {
            spread(l, l->screen - sum);
            return;
        }
        struct layout_column *c = dispensable(l);
        if (!c) {
            l->is_vertical = true;
            break;
        }
        c->is_shown = false;
        c->is_left_out = true;
    }
    for (size_t i = 0; i < l->n; i++) { /* blocks have room for all */
        l->columns[i].is_shown = true;
        l->columns[i].is_left_out = false;
    }
}

void layout_blocks(struct layout *l)
{
    l->is_vertical = l->is_narrowed = true;
    for (size_t i = 0; i < l->n; i++)
        l->columns[i].is_shown = true;
}

/* --- printing --- */

static void pad(struct text_buf *out, size_t n)
{
    while (n--)
        text_buf_add(out, " ", 1);
}

static void trim(struct text_buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
}

/* Bytes of the first `width` characters. */
static size_t bytes_of(const char *text, size_t width)
{
    size_t i = 0;
    for (; text[i]; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80 && width-- == 0)
            break;
    return i;
}

/* Bytes of the next line of a cell: whole words, a part of a word that is too long. */
static size_t cell_piece(const char *text, size_t width)
{
    size_t fits = bytes_of(text, width), n = fits;
    if (!text[fits] || text[fits] == ' ')
        return fits;
    while (n && text[n] != ' ')
        n--;
    return n ? n : fits;
}

/* As many pieces of a heading as fit. */
static size_t head_line(const char *head, size_t width)
{
    size_t n = 0;
    while (head[n]) {
        size_t piece = head_piece(head + n);
        if (n && columns_of(head, n + piece) > width)
            break;
        n += piece;
    }
    return n;
}

static void put_cell(struct text_buf *out, const struct layout_column *c, const char *text, size_t len)
{
    size_t used = columns_of(text, len);
    size_t room = used < c->width ? c->width - used : 0;
    if (c->is_right)
        pad(out, room);
    text_buf_add(out, text, len);
    if (!c->is_right)
        pad(out, room);
    pad(out, GAP);
}

static size_t count_head_lines(const struct layout_column *c)
{
    size_t n = 0;
    for (const char *p = c->head; *p; p += head_line(p, c->width))
        n++;
    return n;
}

void layout_head(const struct layout *l, struct text_buf *out)
{
    size_t n_lines = 0;

    if (l->is_vertical)
        return;
    for (size_t i = 0; i < l->n; i++) {
        size_t n = l->columns[i].is_shown ? count_head_lines(&l->columns[i]) : 0;
        n_lines = n > n_lines ? n : n_lines;
    }
    for (size_t line = 0; line < n_lines; line++) {
        for (size_t i = 0; i < l->n; i++) {
            const struct layout_column *c = &l->columns[i];
            if (!c->is_shown)
                continue;
            size_t first = n_lines - count_head_lines(c); /* the last line is next to the cells */
            const char *p = line < first ? "" : c->head;
            for (size_t skip = first; skip < line; skip++)
                p += head_line(p, c->width);
            put_cell(out, c, p, head_line(p, c->width));
        }
        trim(out);
        text_buf_puts(out, "\n");
    }
}

/* Room for a cell that is wider than what was measured. */
static void grow(struct layout *l, struct layout_column *c, size_t width)
{
    size_t sum = 0;
    for (size_t i = 0; i < l->n; i++)
        sum += l->columns[i].is_shown ? l->columns[i].width + GAP : 0;
    size_t spare = !l->screen ? width : l->screen + GAP > sum ? l->screen + GAP - sum : 0;
    size_t wanted = width - c->width;
    c->width += wanted < spare ? wanted : spare;
}

void layout_text(const char *text, size_t indent, size_t screen, struct text_buf *out)
{
    size_t room = screen > indent ? screen - indent : 1;
    for (size_t n = 0, first = 1; *text || first; text += n + strspn(text + n, " "), first = 0) {
        n = screen ? cell_piece(text, room) : strlen(text);
        pad(out, first ? 0 : indent);
        text_buf_add(out, text, n);
        trim(out);
        text_buf_puts(out, "\n");
    }
}

static void print_blocks(struct layout *l, const char *const *cells, struct text_buf *out)
{
    size_t name = 0;

    for (size_t i = 0; i < l->n; i++) {
        size_t width = cells[i][0] ? width_of(l->columns[i].head) + 2 : 0;
        name = width > name ? width : name;
    }
    bool is_tight = l->screen && name + 8 > l->screen; /* the value stands below its name */
    if (l->n_printed)
        text_buf_puts(out, "\n");
    for (size_t i = 0; i < l->n; i++) {
        const char *head = l->columns[i].head;
        if (!cells[i][0])
            continue;
        if (is_tight) {
            layout_text(head, 1, l->screen, out);
            pad(out, 2);
        } else {
            text_buf_printf(out, "%s:", head);
            pad(out, name - width_of(head) - 1);
        }
        layout_text(cells[i], is_tight ? 2 : name, l->screen, out);
    }
}

void layout_row(struct layout *l, const char *const *cells, struct text_buf *out)
{
    const char *rest[LAYOUT_COLUMNS_MAX];
    bool is_more = true;

    if (l->is_vertical)
        print_blocks(l, cells, out);
    for (size_t i = 0; i < l->n; i++) {
        struct layout_column *c = &l->columns[i];
        rest[i] = cells[i];
        c->has_more = c->has_more || (!c->widest && cells[i][0]);
        size_t width = c->is_shown && !l->is_vertical ? width_of(cells[i]) : 0;
        if (width > c->width && width > c->widest)
            grow(l, c, width);
    }
    l->n_printed++;
    while (is_more && !l->is_vertical) {
        is_more = false;
        for (size_t i = 0; i < l->n; i++) {
            const struct layout_column *c = &l->columns[i];
            if (!c->is_shown)
                continue;
            size_t n = l->screen || !c->width ? cell_piece(rest[i], c->width) : strlen(rest[i]);
            put_cell(out, c, rest[i], n);
            rest[i] += n;
            rest[i] += strspn(rest[i], " ");
            is_more = is_more || *rest[i];
        }
        trim(out);
        text_buf_puts(out, "\n");
    }
}

void layout_line(const struct layout *l, const char *const *cells, struct text_buf *out)
{
    for (size_t i = 0; i < l->n; i++) {
        struct layout_column c = l->columns[i];
        c.width = natural(&c);
        if (c.widest || cells[i][0])
            put_cell(out, &c, cells[i], strlen(cells[i]));
    }
    trim(out);
}

static void list_names(const struct layout *l, bool is_late, struct text_buf *out)
{
    const char *gap = "";
    for (size_t i = 0; i < l->n; i++) {
        const struct layout_column *c = &l->columns[i];
        if (is_late ? !c->has_more || c->is_shown : !c->is_left_out)
            continue;
        text_buf_printf(out, "%s%s", gap, c->head);
        gap = ", ";
    }
}

void layout_note(const struct layout *l, struct text_buf *out)
{
    struct text_buf left_out = {0}, late = {0};
    list_names(l, false, &left_out);
    list_names(l, true, &late);
    if (left_out.len)
        text_buf_printf(out, "columns that do not fit: %s; | wide shows all\n", text_buf_get(&left_out));
    if (late.len)
        text_buf_printf(out, "columns that only later rows have: %s; | wide shows all\n", text_buf_get(&late));
    text_buf_fini(&left_out);
    text_buf_fini(&late);
}
