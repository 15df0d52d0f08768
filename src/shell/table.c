/* SPDX-License-Identifier: Apache-2.0
 *
 * Renders state trees. A table collects its rows as cells first, drops columns that are empty everywhere, then aligns.
 */
#include "src/shell/table.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "strata/addr.h"
#include "strata/mem.h"

#define COLUMNS_MAX 64

struct table {
    const struct lysc_node *columns[COLUMNS_MAX]; /* leaf, leaf-list or list */
    const char *titles[COLUMNS_MAX];
    size_t n_columns;
    char **cells; /* rows x columns; NULL = empty */
    size_t n_rows, size;
};

static void add_column(struct table *t, const struct lysc_node *n, const char *title)
{
    if (t->n_columns == COLUMNS_MAX)
        return;
    t->titles[t->n_columns] = title;
    t->columns[t->n_columns++] = n;
}

/* Keys of the lists around the target come first: they say where a row is from. */
static void add_outer_keys(struct table *t, const struct lysc_node *n)
{
    if (!n)
        return;
    add_outer_keys(t, n->parent);
    if (n->nodetype != LYS_LIST)
        return;
    const struct lysc_node *first = lysc_node_child(n);
    bool is_only = first && !(first->next && lysc_is_key(first->next));
    for (const struct lysc_node *k = first; k && lysc_is_key(k); k = k->next)
        add_column(t, k, is_only ? n->name : k->name);
}

static void add_inner_columns(struct table *t, const struct lysc_node *parent)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, parent, NULL, 0));) {
        if (n->nodetype == LYS_CONTAINER)
            add_inner_columns(t, n);
        else if (n->nodetype & (LYS_LEAF | LYS_LEAFLIST | LYS_LIST))
            add_column(t, n, n->name);
    }
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
                text_buf_printf(out, "%s%s %s", gap, LYD_NAME(c), v);
        } else {
            write_entry(c, out);
        }
    }
}

/* All instances of `column` below `node`, joined. */
static void collect(const struct lyd_node *node, const struct lysc_node *column, struct text_buf *out)
{
    for (const struct lyd_node *c = lyd_child(node); c; c = c->next) {
        if (c->schema == column) {
            if (out->len)
                text_buf_puts(out, column->nodetype == LYS_LIST ? ", " : " ");
            if (column->nodetype == LYS_LIST)
                write_entry(c, out);
            else
                text_buf_puts(out, lyd_get_value(c));
        } else if (c->schema->nodetype == LYS_CONTAINER) {
            collect(c, column, out);
        }
    }
}

static void fill_cell(const struct lyd_node *entry, const struct lysc_node *column, struct text_buf *out)
{
    for (const struct lyd_node *up = entry; up; up = lyd_parent(up)) {
        if (up == entry || lysc_is_key(column))
            collect(up, column, out);
        if (out->len)
            return;
    }
}

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

static bool row_matches(const struct table *t, char *const *row, const struct table_view *view)
{
    for (size_t f = 0; f < view->n_filters; f++) {
        const struct table_filter *filter = &view->filters[f];
        bool is_hit = false;
        for (size_t i = 0; i < t->n_columns && !is_hit; i++)
            is_hit = row[i] && cell_matches(row[i], filter->value) &&
                     (!filter->column || strcmp(filter->column, t->titles[i]) == 0);
        if (!is_hit)
            return false;
    }
    return true;
}

static void add_row(struct table *t, const struct lyd_node *entry, const struct table_view *view)
{
    if ((t->n_rows + 1) * t->n_columns > t->size) {
        t->size = t->size ? t->size * 2 : 16 * t->n_columns;
        t->cells = mem_realloc(NULL, t->cells, t->size * sizeof(*t->cells));
    }
    char **row = t->cells + t->n_rows * t->n_columns;
    for (size_t i = 0; i < t->n_columns; i++) {
        struct text_buf cell = {0};
        fill_cell(entry, t->columns[i], &cell);
        row[i] = cell.data;
    }
    if (row_matches(t, row, view)) {
        t->n_rows++;
        return;
    }
    for (size_t i = 0; i < t->n_columns; i++)
        mem_free(NULL, row[i]);
}

static void add_instances(struct table *t, const struct lyd_node *siblings, const struct table_view *view)
{
    for (const struct lyd_node *n = siblings; n; n = n->next) {
        if (n->schema == view->target)
            add_row(t, n, view);
        else if (n->schema && n->schema->nodetype & (LYS_CONTAINER | LYS_LIST))
            add_instances(t, lyd_child(n), view);
    }
}

static const char *cell_text(const struct table *t, size_t row, size_t column)
{
    const char *text = t->cells[row * t->n_columns + column];
    return text ? text : "";
}

static void print_table(const struct table *t, struct text_buf *out)
{
    size_t width[COLUMNS_MAX] = {0}, last = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        for (size_t row = 0; row < t->n_rows; row++) {
            size_t len = strlen(cell_text(t, row, i));
            width[i] = len > width[i] ? len : width[i];
        }
        if (width[i] && strlen(t->titles[i]) > width[i])
            width[i] = strlen(t->titles[i]);
        last = width[i] ? i : last;
    }
    for (size_t line = 0; line <= t->n_rows; line++) {
        for (size_t i = 0; i <= last; i++) {
            const char *text = line == 0 ? t->titles[i] : cell_text(t, line - 1, i);
            if (!width[i])
                continue;
            text_buf_puts(out, text);
            for (size_t pad = strlen(text); i < last && pad < width[i] + 2; pad++)
                text_buf_puts(out, " ");
        }
        while (out->len && out->data[out->len - 1] == ' ')
            out->data[--out->len] = '\0';
        text_buf_puts(out, "\n");
    }
}

static size_t render_list(const struct lyd_node *tree, const struct table_view *view, struct text_buf *out,
                          size_t *n_head)
{
    struct table t = {0};

    add_outer_keys(&t, view->target->parent);
    add_inner_columns(&t, view->target);
    add_instances(&t, tree, view);
    if (t.n_rows) {
        print_table(&t, out);
        (*n_head)++;
    }
    for (size_t i = 0; i < t.n_rows * t.n_columns; i++)
        mem_free(NULL, t.cells[i]);
    mem_free(NULL, t.cells);
    return t.n_rows;
}

static size_t render_container(const struct lyd_node *node, const struct table_view *view, const char *prefix,
                               struct text_buf *out)
{
    size_t n_rows = 0;
    for (const struct lyd_node *c = lyd_child(node); c; c = c->next) {
        char name[256];
        if (!(c->schema->nodetype & (LYD_NODE_TERM | LYS_CONTAINER)))
            continue;
        snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] ? " " : "", LYD_NAME(c));
        if (c->schema->nodetype & LYD_NODE_TERM) {
            text_buf_printf(out, "%-28s %s\n", name, lyd_get_value(c));
            n_rows++;
        } else {
            n_rows += render_container(c, view, name, out);
        }
    }
    for (const struct lysc_node *s = NULL; (s = lys_getnext(s, node->schema, NULL, 0));) {
        struct table_view inner = {.target = s};
        size_t n_head = 0;
        struct text_buf table = {0};
        if (s->nodetype == LYS_LIST && (s->flags & LYS_CONFIG_R) &&
            render_list(lyd_child(node), &inner, &table, &n_head)) {
            text_buf_printf(out, "%s%s:\n%s", n_rows ? "\n" : "", s->name, text_buf_get(&table));
            n_rows++;
        }
        text_buf_fini(&table);
    }
    return n_rows;
}

size_t table_render(const struct lyd_node *tree, const struct table_view *view, struct text_buf *out, size_t *n_head)
{
    size_t n_rows = 0;
    *n_head = 0;
    if (view->target->nodetype == LYS_LIST)
        return render_list(tree, view, out, n_head);
    for (const struct lyd_node *n = tree; n; n = n->next) {
        if (n->schema != view->target) {
            n_rows += table_render(lyd_child(n), view, out, n_head);
        } else if (n->schema->nodetype & LYD_NODE_TERM) {
            text_buf_printf(out, "%s\n", lyd_get_value(n));
            n_rows++;
        } else {
            n_rows += render_container(n, view, "", out);
        }
    }
    return n_rows;
}
