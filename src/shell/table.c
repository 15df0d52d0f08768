/* SPDX-License-Identifier: Apache-2.0
 *
 * Renders state trees. A table has its rows as cells first (rows.c), drops columns that are empty everywhere, then
 * aligns.
 */
#include "src/shell/table.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "src/shell/layout.h"
#include "src/shell/pipe.h"
#include "src/shell/rows.h"
#include "strata/addr.h"
#include "strata/mem.h"

#define NAME_WIDTH  29 /* of a container's leafs, before the value */
#define VALUE_WIDTH 24

static void text_buf_clear(struct text_buf *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

/* --- a list --- */

/* Columns that say whether something is wrong stay as long as possible. */
static bool is_telling(const char *name)
{
    static const char *const names[] = {"state",      "status",  "reason", "problem",
                                        "last-error", "message", "text",   "next-hop"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void take_columns(struct layout *l, const struct rows *rows, unsigned width)
{
    layout_init(l, width);
    for (size_t i = 0; i < rows->n_columns; i++) {
        struct layout_column *c = layout_add(l, rows->columns[i].head);
        c->is_right = rows->columns[i].is_number;
        c->is_key = i < rows->n_keys;
        c->is_telling = is_telling(rows->columns[i].title);
    }
}

struct shown_row {
    char durations[ROWS_COLUMNS_MAX][ROWS_DURATION_SIZE];
    const char *cells[ROWS_COLUMNS_MAX];
};

static void show_row(const struct rows *rows, size_t row, struct shown_row *out)
{
    for (size_t i = 0; i < rows->n_columns; i++)
        out->cells[i] = rows_shown_cell(rows, row, i, out->durations[i]);
}

static void measure(struct layout *l, const struct rows *rows)
{
    struct shown_row row;
    for (size_t i = 0; i < rows->n_rows; i++) {
        show_row(rows, i, &row);
        for (size_t c = 0; c < rows->n_columns; c++)
            layout_measure(l, c, row.cells[c]);
    }
}

static void print_rows(struct layout *l, const struct rows *rows, struct pipe *out)
{
    struct text_buf shown = {0}, line = {0};
    struct shown_row row;

    for (size_t i = 0; i < rows->n_rows && !pipe_is_done(out); i++) {
        text_buf_clear(&shown);
        text_buf_clear(&line);
        show_row(rows, i, &row);
        layout_row(l, row.cells, &shown);
        if (l->is_narrowed)
            layout_line(l, row.cells, &line);
        pipe_row(out, l->is_narrowed ? text_buf_get(&line) : NULL, text_buf_get(&shown));
    }
    text_buf_fini(&shown);
    text_buf_fini(&line);
}

/* The heads of the columns are those of the first part: they must last. */
static void start(struct table *t, const struct rows *rows, bool is_whole, struct pipe *out)
{
    t->columns = mem_dup(NULL, rows->columns, sizeof(rows->columns));
    t->layout = MEM_NEW(NULL, struct layout);
    take_columns(t->layout, rows, pipe_width(out));
    for (size_t i = 0; i < rows->n_columns; i++)
        t->layout->columns[i].head = t->columns[i].head;
    measure(t->layout, rows);
    if (t->view->is_detail)
        layout_blocks(t->layout);
    else
        layout_fit(t->layout, is_whole ? rows->n_rows : 0);
}

size_t table_print(struct table *t, struct lyd_node *tree, bool is_whole, const char *before, struct pipe *out)
{
    struct text_buf head = {0};
    struct rows rows;

    rows_init(&rows, t->view->target, t->view->is_detail ? NULL : t->view->columns);
    rows_collect(&rows, tree, t->view->target);
    rows_sort(&rows);
    if (rows.n_rows && !t->layout)
        start(t, &rows, is_whole, out);
    if (rows.n_rows && before) {
        text_buf_puts(&head, before);
        layout_head(t->layout, &head);
        pipe_head(out, text_buf_get(&head));
    }
    if (rows.n_rows)
        print_rows(t->layout, &rows, out);
    size_t n = rows.n_rows;
    rows_fini(&rows);
    text_buf_fini(&head);
    return n;
}

static size_t count(const struct lyd_node *tree, const struct lysc_node *list)
{
    size_t n = 0;

    for (const struct lyd_node *c = tree; c; c = c->next) {
        if (c->schema == list)
            n++;
        else if (c->schema && c->schema->nodetype & (LYS_CONTAINER | LYS_LIST))
            n += count(lyd_child(c), list);
    }
    return n;
}

size_t table_count(const struct lyd_node *tree, const struct table_view *view)
{
    return count(tree, view->target);
}

void table_end(const struct table *t, struct pipe *out)
{
    struct text_buf note = {0};
    if (t->layout)
        layout_note(t->layout, &note);
    if (note.len)
        pipe_head(out, text_buf_get(&note));
    text_buf_fini(&note);
}

void table_fini(struct table *t)
{
    mem_free(NULL, t->layout);
    mem_free(NULL, t->columns);
    *t = (struct table){0};
}

void table_pick(struct lyd_node *tree, const struct table_view *view, struct pipe *out, table_entry_fn *fn, void *arg)
{
    struct layout *l = MEM_NEW(NULL, struct layout);
    struct text_buf line = {0};
    struct shown_row row;
    struct rows rows;

    rows_init(&rows, view->target, view->columns);
    rows_collect(&rows, tree, view->target);
    take_columns(l, &rows, 0);
    measure(l, &rows);
    for (size_t i = 0; i < rows.n_rows && !pipe_is_done(out); i++) {
        text_buf_clear(&line);
        show_row(&rows, i, &row);
        if (pipe_picks_entries(out))
            layout_line(l, row.cells, &line);
        if (pipe_passes(out, text_buf_get(&line)))
            fn(rows.entries[i], arg);
    }
    text_buf_fini(&line);
    rows_fini(&rows);
    mem_free(NULL, l);
}

/* --- containers --- */

static size_t render_list(struct lyd_node *tree, const struct table_view *view, unsigned width, struct text_buf *out)
{
    struct layout *l = MEM_NEW(NULL, struct layout);
    struct shown_row row;
    struct rows rows;

    rows_init(&rows, view->target, view->columns);
    rows_collect(&rows, tree, view->target);
    rows_sort(&rows);
    take_columns(l, &rows, width);
    measure(l, &rows);
    layout_fit(l, rows.n_rows);
    if (rows.n_rows)
        layout_head(l, out);
    for (size_t i = 0; i < rows.n_rows; i++) {
        show_row(&rows, i, &row);
        layout_row(l, row.cells, out);
    }
    layout_note(l, out);
    size_t n = rows.n_rows;
    rows_fini(&rows);
    mem_free(NULL, l);
    return n;
}

/* "name   value": a value that does not fit goes on below itself. */
static void render_leaf(const struct lyd_node *leaf, const char *name, unsigned width, struct text_buf *out)
{
    char duration[ROWS_DURATION_SIZE];
    struct text_buf value = {0};
    const char *unit = rows_is_duration(leaf->schema) ? "" : rows_unit(leaf->schema);
    bool is_tight = width && width < NAME_WIDTH + VALUE_WIDTH;

    text_buf_printf(&value, "%s%s%s", rows_shown(leaf->schema, lyd_get_value(leaf), duration), unit[0] ? " " : "",
                    unit);
    if (!is_tight)
        text_buf_printf(out, "%-*s ", NAME_WIDTH - 1, name);
    else
        text_buf_printf(out, "%s:\n  ", name);
    layout_text(text_buf_get(&value), is_tight ? 2 : NAME_WIDTH, width, out);
    text_buf_fini(&value);
}

static size_t render_container(const struct lyd_node *node, const char *prefix, unsigned width, struct text_buf *out)
{
    size_t n_rows = 0;
    for (const struct lyd_node *c = lyd_child(node); c; c = c->next) {
        char name[256];
        if (!(c->schema->nodetype & (LYD_NODE_TERM | LYS_CONTAINER)))
            continue;
        snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] ? " " : "", LYD_NAME(c));
        if (c->schema->nodetype & LYD_NODE_TERM) {
            render_leaf(c, name, width, out);
            n_rows++;
        } else {
            n_rows += render_container(c, name, width, out);
        }
    }
    for (const struct lysc_node *s = NULL; (s = lys_getnext(s, node->schema, NULL, 0));) {
        struct table_view inner = {.target = s};
        struct text_buf table = {0};
        if (s->nodetype == LYS_LIST && (s->flags & LYS_CONFIG_R) &&
            render_list(lyd_child(node), &inner, width, &table)) {
            text_buf_printf(out, "%s%s:\n%s", n_rows ? "\n" : "", s->name, text_buf_get(&table));
            n_rows++;
        }
        text_buf_fini(&table);
    }
    return n_rows;
}

/* A word that no table need have for the question to be sensible: "is there a route to 10.0.0.0/8?" */
static bool is_number_like(const char *value)
{
    struct ip_addr address;
    struct prefix prefix;
    return ip_addr_parse(value, &address) == 0 || prefix_parse(value, &prefix) == 0 ||
           strspn(value, "0123456789:.L") == strlen(value);
}

const struct table_filter *table_miss(const struct table_view *view, const struct table_seen *seen)
{
    for (size_t f = 0; f < view->n_filters && seen->has_rows; f++) {
        const struct table_filter *filter = &view->filters[f];
        bool is_sensible = !filter->is_required && (filter->column || is_number_like(filter->value));
        if (!is_sensible && !seen->is_hit[f])
            return filter;
    }
    return NULL;
}

/* With what is around it, if that is empty then. */
static void drop(struct lyd_node **tree, struct lyd_node *node)
{
    while (node) {
        struct lyd_node *parent = lyd_parent(node);
        if (node == *tree)
            *tree = node->next;
        lyd_free_tree(node);
        node = parent && !lyd_child_no_keys(parent) ? parent : NULL;
    }
}

static void drop_rows(struct lyd_node **tree, const struct rows *rows, const struct table_view *view,
                      struct table_seen *seen)
{
    for (size_t row = 0; row < rows->n_rows; row++) {
        bool is_hit = true;
        for (size_t f = 0; f < view->n_filters; f++) {
            bool has_it = rows_match(rows, row, &view->filters[f]) != view->filters[f].is_not;
            seen->is_hit[f] = seen->is_hit[f] || has_it;
            is_hit = is_hit && has_it;
        }
        if (!is_hit)
            drop(tree, rows->entries[row]);
    }
    seen->has_rows = seen->has_rows || rows->n_rows;
}

static bool is_around(const struct lysc_node *schema, const struct lysc_node *target)
{
    for (target = target->parent; target && target != schema; target = target->parent)
        ;
    return target != NULL;
}

/* What is around the target and has nothing of it: an instance without such rows. */
static void drop_empty(struct lyd_node **tree, struct lyd_node *siblings, const struct lysc_node *target)
{
    for (struct lyd_node *n = siblings, *next; n; n = next) {
        next = n->next;
        if (!n->schema || !is_around(n->schema, target))
            continue;
        drop_empty(tree, lyd_child_no_keys(n), target);
        if (!lyd_child_no_keys(n)) {
            if (n == *tree)
                *tree = next;
            lyd_free_tree(n);
        }
    }
}

void table_filter(struct lyd_node **tree, const struct table_view *views, size_t n, struct table_seen *seen)
{
    struct rows rows;

    for (size_t i = 0; i < n; i++) {
        rows_init(&rows, views[i].target, NULL);
        rows_collect(&rows, *tree, views[i].target);
        drop_rows(tree, &rows, &views[i], seen);
        rows_fini(&rows);
        drop_empty(tree, *tree, views[i].target);
    }
}

void table_names(const struct lysc_node *target, struct text_buf *out)
{
    struct rows rows;
    rows_init(&rows, target, NULL);
    for (size_t i = 0; i < rows.n_columns; i++)
        text_buf_printf(out, "%s%s", i ? ", " : "", rows.columns[i].title);
    rows_fini(&rows);
}

/* What an entry of a list around the target has of it, below the name of the entry. */
static void render_entry(struct lyd_node *entry, const struct table_view *view, unsigned width, struct text_buf *out)
{
    struct text_buf block = {0};

    table_render(lyd_child(entry), view, width, &block);
    if (block.len) {
        text_buf_printf(out, "%s%s", out->len ? "\n" : "", LYD_NAME(entry));
        for (const struct lyd_node *k = lyd_child(entry); k && lysc_is_key(k->schema); k = k->next)
            text_buf_printf(out, " %s", lyd_get_value(k));
        text_buf_printf(out, ":\n%s", text_buf_get(&block));
    }
    text_buf_fini(&block);
}

void table_render(struct lyd_node *tree, const struct table_view *view, unsigned width, struct text_buf *out)
{
    char duration[ROWS_DURATION_SIZE];

    for (struct lyd_node *n = tree; n; n = n->next) {
        if (n->schema != view->target && n->schema && n->schema->nodetype == LYS_LIST)
            render_entry(n, view, width, out);
        else if (n->schema != view->target)
            table_render(lyd_child(n), view, width, out);
        else if (n->schema->nodetype & LYD_NODE_TERM)
            text_buf_printf(out, "%s\n", rows_shown(n->schema, lyd_get_value(n), duration));
        else
            render_container(n, "", width, out);
    }
}
