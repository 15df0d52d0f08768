/* SPDX-License-Identifier: Apache-2.0
 *
 * See rows.h. Columns come from the schema, cells from the tree; both are collected before anything is printed.
 */
#include "src/shell/rows.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/node.h"
#include "lib/text/syntax.h"
#include "src/shell/table.h"
#include "strata/addr.h"
#include "strata/mem.h"

/* --- columns --- */

const char *rows_unit(const struct lysc_node *leaf)
{
    static const char *const brief[][2] = {
        {"seconds", "s"}, {"milliseconds", "ms"}, {"microseconds", "us"}, {"octets", "B"}};
    const char *units = NULL;

    if (leaf->nodetype == LYS_LEAF)
        units = ((const struct lysc_node_leaf *)leaf)->units;
    else if (leaf->nodetype == LYS_LEAFLIST)
        units = ((const struct lysc_node_leaflist *)leaf)->units;
    if (!units || strstr(leaf->name, "bytes") || strstr(leaf->name, units))
        return "";
    for (size_t i = 0; i < sizeof(brief) / sizeof(brief[0]); i++)
        if (strcmp(units, brief[i][0]) == 0)
            return brief[i][1];
    return units;
}

static const struct lysc_type *type_of(const struct lysc_node *leaf)
{
    const struct lysc_type *type = NULL;
    if (leaf->nodetype == LYS_LEAF)
        type = ((const struct lysc_node_leaf *)leaf)->type;
    else if (leaf->nodetype == LYS_LEAFLIST)
        type = ((const struct lysc_node_leaflist *)leaf)->type;
    if (type && type->basetype == LY_TYPE_LEAFREF)
        type = ((const struct lysc_type_leafref *)type)->realtype;
    return type;
}

static bool is_number(const struct lysc_node *leaf)
{
    const struct lysc_type *type = leaf->nodetype == LYS_LEAF ? type_of(leaf) : NULL;
    return type && syntax_is_number(type);
}

/* What was set, an interval or a hold time, is read as the number that was typed. */
bool rows_is_duration(const struct lysc_node *leaf)
{
    static const char *const settings[] = {"interval", "holdtime", "hold-time", "delay", "timeout", "timer"};
    if (!is_number(leaf) || !(leaf->flags & LYS_CONFIG_R))
        return false;
    const char *units = ((const struct lysc_node_leaf *)leaf)->units;
    if (!units || strcmp(units, "seconds") != 0)
        return false;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (strstr(leaf->name, settings[i]))
            return false;
    return true;
}

const char *rows_shown(const struct lysc_node *leaf, const char *value, char out[ROWS_DURATION_SIZE])
{
    char *end;
    unsigned long long n = strtoull(value, &end, 10);
    if (!*value || *value == '-' || *end || !rows_is_duration(leaf))
        return value;
    if (n >= 86400)
        snprintf(out, ROWS_DURATION_SIZE, "%llud%02lluh", n / 86400, n / 3600 % 24);
    else
        snprintf(out, ROWS_DURATION_SIZE, "%02llu:%02llu:%02llu", n / 3600, n / 60 % 60, n % 60);
    return out;
}

static struct rows_column *add_column(struct rows *r, const struct lysc_node *n, const char *title)
{
    if (r->n_columns == ROWS_COLUMNS_MAX)
        return NULL;
    struct rows_column *c = &r->columns[r->n_columns++];
    c->node = n;
    snprintf(c->title, sizeof(c->title), "%s", title);
    return c;
}

/* Keys of the lists around the target come first: they say where a row is from. */
static void add_outer_keys(struct rows *r, const struct lysc_node *n)
{
    if (!n)
        return;
    add_outer_keys(r, n->parent);
    if (n->nodetype != LYS_LIST)
        return;
    const struct lysc_node *first = lysc_node_child(n);
    bool is_only = first && !(first->next && lysc_is_key(first->next));
    for (const struct lysc_node *k = first; k && lysc_is_key(k); k = k->next)
        add_column(r, k, is_only ? n->name : k->name);
}

static void add_inner_columns(struct rows *r, const struct lysc_node *parent)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, parent, NULL, 0));) {
        if (n->nodetype == LYS_CONTAINER)
            add_inner_columns(r, n);
        else if (n->nodetype & (LYS_LEAF | LYS_LEAFLIST | LYS_LIST))
            add_column(r, n, n->name);
    }
}

/* State before configuration: a neighbour's configured remote-as is not what is told of its session. */
static const struct lysc_node *find_column(const struct lysc_node *parent, const char *name, size_t len, bool is_state)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, parent, NULL, 0));) {
        bool is_wanted = lysc_is_key(n) || !is_state || (n->flags & LYS_CONFIG_R);
        if (n->nodetype != LYS_CONTAINER && is_wanted && strlen(n->name) == len && memcmp(n->name, name, len) == 0)
            return n;
        const struct lysc_node *inner = n->nodetype == LYS_CONTAINER ? find_column(n, name, len, is_state) : NULL;
        if (inner)
            return inner;
    }
    return NULL;
}

/* One word of a spec: [title=]name[/part/part] or [title=]name|name. */
static void add_wanted(struct rows *r, const struct lysc_node *list, const char *word, size_t len)
{
    const char *end = word + len;
    const char *equals = memchr(word, '=', len);
    const char *name = equals ? equals + 1 : word;
    const char *slash = memchr(name, '/', (size_t)(end - name));
    const char *bar = memchr(name, '|', (size_t)(end - name));
    size_t name_len = (size_t)((slash ? slash : bar ? bar : end) - name);
    const struct lysc_node *n = find_column(list, name, name_len, true);
    struct rows_column *c;

    n = n ? n : find_column(list, name, name_len, false);
    if (!n || !(c = add_column(r, n, n->name)))
        return;
    if (equals)
        snprintf(c->title, sizeof(c->title), "%.*s", (int)(equals - word), word);
    if (slash)
        snprintf(c->parts, sizeof(c->parts), "%.*s", (int)(end - slash - 1), slash + 1);
    else if (bar)
        c->stead = find_column(list, bar + 1, (size_t)(end - bar - 1), true);
}

static void write_head(struct rows_column *c)
{
    const char *unit = rows_unit(c->node);
    c->is_number = is_number(c->node);
    c->is_duration = rows_is_duration(c->node);
    if (unit[0] && !c->is_duration)
        snprintf(c->head, sizeof(c->head), "%.60s(%.16s)", c->title, unit);
    else
        snprintf(c->head, sizeof(c->head), "%s", c->title);
}

void rows_init(struct rows *r, const struct lysc_node *list, const char *spec)
{
    memset(r, 0, sizeof(*r));
    add_outer_keys(r, list->parent);
    r->n_keys = r->n_columns;
    if (!spec)
        add_inner_columns(r, list);
    while (spec && *spec) {
        size_t len = strcspn(spec, " ");
        add_wanted(r, list, spec, len);
        spec += len + strspn(spec + len, " ");
    }
    while (r->n_keys < r->n_columns && lysc_is_key(r->columns[r->n_keys].node))
        r->n_keys++;
    for (size_t i = 0; i < r->n_columns; i++)
        write_head(&r->columns[i]);
}

/* --- cells --- */

/* "5s", but not "32labels". */
static const char *brief_unit(const struct lysc_node *leaf)
{
    const char *unit = rows_unit(leaf);
    return strlen(unit) <= 2 ? unit : "";
}

static void write_entry(const struct lyd_node *entry, struct text_buf *out)
{
    for (const struct lyd_node *c = lyd_child(entry); c; c = c->next) {
        const char *gap = out->len && out->data[out->len - 1] != ' ' ? " " : "";
        if (c->schema->nodetype & LYD_NODE_TERM) {
            const char *v = lyd_get_value(c);
            if (lysc_is_key(c->schema) && strcmp(LYD_NAME(c), "index") == 0)
                continue; /* a mere number that makes entries distinct */
            if (lysc_is_key(c->schema))
                text_buf_printf(out, "%s%s", gap, v);
            else if (strcmp(v, "true") == 0)
                text_buf_printf(out, "%s%s", gap, LYD_NAME(c));
            else if (strcmp(v, "false") != 0)
                text_buf_printf(out, "%s%s %s%s", gap, LYD_NAME(c), v, brief_unit(c->schema));
        } else {
            write_entry(c, out);
        }
    }
}

static const char *child_value(const struct lyd_node *entry, const char *name, size_t len)
{
    for (const struct lyd_node *c = lyd_child(entry); c; c = c->next)
        if ((c->schema->nodetype & LYD_NODE_TERM) && strlen(LYD_NAME(c)) == len && memcmp(LYD_NAME(c), name, len) == 0)
            return lyd_get_value(c);
    return "-";
}

/* "ipv4-vpn 3/2": the key, then the parts. */
static void write_parts(const struct lyd_node *entry, const char *parts, struct text_buf *out)
{
    text_buf_puts(out, lyd_get_value(lyd_child(entry)));
    for (const char *gap = " "; *parts; gap = "/") {
        size_t len = strcspn(parts, "/");
        text_buf_printf(out, "%s%s", gap, child_value(entry, parts, len));
        parts += len + (parts[len] == '/');
    }
}

/* Texts of several words need a mark between them. */
static const char *between(const struct rows_column *column, const char *value, const struct text_buf *out)
{
    if (column->node->nodetype == LYS_LIST)
        return ", ";
    return strchr(value, ' ') || memchr(out->data, ' ', out->len) ? "; " : " ";
}

/* All instances of `column` below `node`, joined. */
static void collect(const struct lyd_node *node, const struct rows_column *column, struct text_buf *out)
{
    for (const struct lyd_node *c = lyd_child(node); c; c = c->next) {
        if (c->schema == column->node) {
            if (out->len)
                text_buf_puts(out, between(column, column->node->nodetype == LYS_LIST ? "" : lyd_get_value(c), out));
            if (column->node->nodetype != LYS_LIST)
                text_buf_puts(out, lyd_get_value(c));
            else if (column->parts[0])
                write_parts(c, column->parts, out);
            else
                write_entry(c, out);
        } else if (c->schema->nodetype == LYS_CONTAINER) {
            collect(c, column, out);
        }
    }
}

static void fill_cell(const struct lyd_node *entry, const struct rows_column *column, struct text_buf *out)
{
    const struct rows_column stead = {.node = column->stead};

    for (const struct lyd_node *up = entry; up; up = lyd_parent(up)) {
        if (up == entry || lysc_is_key(column->node))
            collect(up, column, out);
        if (out->len)
            return;
    }
    if (stead.node)
        collect(entry, &stead, out);
}

static void add_row(struct rows *r, struct lyd_node *entry)
{
    if (r->n_rows == r->size) {
        r->size = r->size ? r->size * 2 : 16;
        r->entries = mem_realloc(NULL, r->entries, r->size * sizeof(*r->entries));
        r->cells = mem_realloc(NULL, r->cells, r->size * r->n_columns * sizeof(*r->cells));
    }
    char **row = r->cells + r->n_rows * r->n_columns;
    for (size_t i = 0; i < r->n_columns; i++) {
        struct text_buf cell = {0};
        fill_cell(entry, &r->columns[i], &cell);
        row[i] = cell.data;
    }
    r->entries[r->n_rows++] = entry;
}

void rows_collect(struct rows *r, struct lyd_node *tree, const struct lysc_node *list)
{
    for (struct lyd_node *n = tree; n; n = n->next) {
        if (n->schema == list)
            add_row(r, n);
        else if (n->schema && n->schema->nodetype & (LYS_CONTAINER | LYS_LIST))
            rows_collect(r, lyd_child(n), list);
    }
}

void rows_fini(struct rows *r)
{
    for (size_t i = 0; i < r->n_rows * r->n_columns; i++)
        mem_free(NULL, r->cells[i]);
    mem_free(NULL, r->cells);
    mem_free(NULL, r->entries);
}

const char *rows_cell(const struct rows *r, size_t row, size_t column)
{
    const char *text = r->cells[row * r->n_columns + column];
    return text ? text : "";
}

/* The value of the leaf that stands beside the column's in the schema; "" if the row has none. */
static const char *beside(const struct rows *r, size_t row, const struct rows_column *column, const char *name)
{
    const struct lysc_node *parent = column->node->parent;
    const struct lysc_node *node = parent ? lys_find_child(parent, column->node->module, name, 0, 0, 0) : NULL;
    const struct lyd_node *at = r->entries[row];

    while (node && at && at->schema != parent) { /* at most a container or two in between */
        const struct lyd_node *next = lyd_child(at);
        const struct lysc_node *way = parent;
        while (way && way->parent != at->schema)
            way = way->parent;
        while (next && next->schema != way)
            next = next->next;
        at = next;
    }
    return node && at ? yang_child_value(at, name) : "";
}

/* "down 5s", "down 3d04h": hardly wider than an uptime. */
static const char *down_for(unsigned long long sec, char out[ROWS_DURATION_SIZE])
{
    if (sec < 60)
        snprintf(out, ROWS_DURATION_SIZE, "down %llus", sec);
    else if (sec < 3600)
        snprintf(out, ROWS_DURATION_SIZE, "down %llum%02llus", sec / 60, sec % 60);
    else if (sec < 86400)
        snprintf(out, ROWS_DURATION_SIZE, "down %lluh%02llum", sec / 3600, sec / 60 % 60);
    else
        snprintf(out, ROWS_DURATION_SIZE, "down %llud%02lluh", sec / 86400, sec / 3600 % 24);
    return out;
}

const char *rows_shown_cell(const struct rows *r, size_t row, size_t column, char out[ROWS_DURATION_SIZE])
{
    static const char *const up[] = {"", "established", "operational", "full", "2-way", "up"};
    const struct rows_column *c = &r->columns[column];
    const char *cell = rows_cell(r, row, column);

    if (!c->is_duration)
        return cell;
    if (strcmp(c->node->name, "uptime") != 0 || !*cell)
        return rows_shown(c->node, cell, out);
    const char *state = beside(r, row, c, "state");
    for (size_t i = 0; i < sizeof(up) / sizeof(up[0]); i++)
        if (strcmp(up[i], state) == 0)
            return rows_shown(c->node, cell, out);
    if (strcmp(beside(r, row, c, "established-count"), "0") == 0)
        return "never";
    return down_for(strtoull(cell, NULL, 10), out);
}

/* --- filters --- */

/* The value itself; a prefix also by an address within it. */
static bool cell_matches(const char *cell, const char *value)
{
    struct ip_addr address;
    struct prefix prefix;
    if (strcmp(cell, value) == 0)
        return true;
    return strchr(cell, '/') && ip_addr_parse(value, &address) == 0 && prefix_parse(cell, &prefix) == 0 &&
           prefix_contains_addr(&prefix, &address);
}

/* A prefix that the other covers, or that prefix itself. */
static bool is_covered(const char *cell, const char *value)
{
    struct prefix inner, outer;
    if (!strchr(cell, '/') || prefix_parse(cell, &inner) || prefix_parse(value, &outer))
        return false;
    outer = prefix_normalize(outer);
    return prefix_contains(&outer, &inner);
}

/* One of the values in the cell of a leaf-list. */
static bool word_matches(const char *cell, const char *value)
{
    size_t len = strlen(value);
    for (const char *p = cell; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (n == len && memcmp(p, value, n) == 0)
            return true;
        p += n;
    }
    return false;
}

/* An enumeration's value that stands before the other in the schema? */
static bool is_before(const struct lysc_node *leaf, const char *cell, const char *value)
{
    const char *values[64];
    size_t n = syntax_values(leaf, values, 64);

    for (size_t i = 0; i < n && strcmp(values[i], value) != 0; i++)
        if (strcmp(values[i], cell) == 0)
            return true;
    return false;
}

bool rows_match(const struct rows *r, size_t row, const struct table_filter *filter)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        const char *cell = rows_cell(r, row, i);
        if (filter->column && strcmp(filter->column, r->columns[i].title) != 0)
            continue;
        if (*cell && (cell_matches(cell, filter->value) ||
                      (r->columns[i].node->nodetype == LYS_LEAFLIST && word_matches(cell, filter->value))))
            return true;
        if (filter->is_within && is_covered(cell, filter->value))
            return true;
        if (filter->is_up_to && is_before(r->columns[i].node, cell, filter->value))
            return true;
    }
    return false;
}

/* --- order --- */

/* Text with the numbers in it by value. */
static int natural_compare(const char *a, const char *b)
{
    while (*a && *b) {
        size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");
        if (na && nb) {
            unsigned long long va = strtoull(a, NULL, 10), vb = strtoull(b, NULL, 10);
            if (va != vb)
                return va < vb ? -1 : 1;
            a += na;
            b += nb;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return *a ? 1 : *b ? -1 : 0;
}

/* An address or a prefix? */
static bool read_prefix(const char *text, struct prefix *out)
{
    struct ip_addr address;
    if (!strpbrk(text, ".:"))
        return false;
    if (prefix_parse(text, out) == 0)
        return true;
    if (ip_addr_parse(text, &address))
        return false;
    *out = prefix_host(&address);
    return true;
}

static int compare_cells(const char *a, const char *b)
{
    struct prefix pa, pb;
    if (read_prefix(a, &pa) && read_prefix(b, &pb))
        return prefix_compare(&pa, &pb);
    return natural_compare(a, b);
}

static int compare_rows(const void *a, const void *b, void *arg)
{
    const struct rows *r = arg;
    size_t row_a = *(const size_t *)a, row_b = *(const size_t *)b;
    for (size_t i = 0; i < r->n_keys; i++) {
        int order = compare_cells(rows_cell(r, row_a, i), rows_cell(r, row_b, i));
        if (order)
            return order;
    }
    return row_a < row_b ? -1 : row_a > row_b; /* stable */
}

void rows_sort(struct rows *r)
{
    size_t *order = mem_alloc(NULL, (r->n_rows + 1) * sizeof(*order));
    char **cells = mem_alloc(NULL, (r->n_rows * r->n_columns + 1) * sizeof(*cells));
    struct lyd_node **entries = mem_alloc(NULL, (r->n_rows + 1) * sizeof(struct lyd_node *));

    for (size_t i = 0; i < r->n_rows; i++)
        order[i] = i;
    qsort_r(order, r->n_rows, sizeof(*order), compare_rows, r);
    for (size_t i = 0; i < r->n_rows; i++) {
        memcpy(cells + i * r->n_columns, r->cells + order[i] * r->n_columns, r->n_columns * sizeof(*cells));
        entries[i] = r->entries[order[i]];
    }
    mem_free(NULL, order);
    mem_free(NULL, r->cells);
    mem_free(NULL, r->entries);
    r->cells = cells;
    r->entries = entries;
    r->size = r->n_rows;
}
