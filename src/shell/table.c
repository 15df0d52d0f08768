/* SPDX-License-Identifier: Apache-2.0
 *
 * Renders state trees. A table has its rows as cells first (rows.c), drops columns that are empty everywhere, then
 * aligns.
 */
#include "src/shell/table.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "src/shell/rows.h"
#include "strata/addr.h"

static void print_table(const struct rows *t, struct text_buf *out)
{
    size_t width[ROWS_COLUMNS_MAX] = {0}, last = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        for (size_t row = 0; row < t->n_rows; row++) {
            size_t len = strlen(rows_cell(t, row, i));
            width[i] = len > width[i] ? len : width[i];
        }
        if (width[i] && strlen(t->columns[i].head) > width[i])
            width[i] = strlen(t->columns[i].head);
        last = width[i] ? i : last;
    }
    for (size_t line = 0; line <= t->n_rows; line++) {
        for (size_t i = 0; i <= last; i++) {
            const char *text = line == 0 ? t->columns[i].head : rows_cell(t, line - 1, i);
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

static size_t render_list(struct lyd_node *tree, const struct table_view *view, struct text_buf *out, size_t *n_head)
{
    struct rows rows;

    rows_init(&rows, view->target, view->columns);
    rows_collect(&rows, tree, view->target);
    rows_sort(&rows);
    if (rows.n_rows) {
        print_table(&rows, out);
        (*n_head)++;
    }
    size_t n = rows.n_rows;
    rows_fini(&rows);
    return n;
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
            const char *unit = rows_unit(c->schema), *gap = unit[0] ? " " : "";
            text_buf_printf(out, "%-28s %s%s%s\n", name, lyd_get_value(c), gap, unit);
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

/* A word that no table need have for the question to be sensible: "is there a route to 10.0.0.0/8?" */
static bool is_number_like(const char *value)
{
    struct ip_addr address;
    struct prefix prefix;
    return ip_addr_parse(value, &address) == 0 || prefix_parse(value, &prefix) == 0 ||
           strspn(value, "0123456789:.L") == strlen(value);
}

static bool is_passed(const struct rows *tables, size_t n, const struct table_filter *filter, bool *has_rows)
{
    for (size_t i = 0; i < n; i++) {
        *has_rows = *has_rows || tables[i].n_rows;
        for (size_t row = 0; row < tables[i].n_rows; row++)
            if (rows_match(&tables[i], row, filter))
                return true;
    }
    return false;
}

static const struct table_filter *find_miss(const struct rows *tables, size_t n, const struct table_view *view)
{
    for (size_t f = 0; f < view->n_filters; f++) {
        const struct table_filter *filter = &view->filters[f];
        bool has_rows = false;
        bool is_sensible = !filter->is_required && (filter->column || is_number_like(filter->value));
        if (!is_sensible && !is_passed(tables, n, filter, &has_rows) && has_rows)
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

static void drop_rows(struct lyd_node **tree, const struct rows *rows, const struct table_view *view)
{
    for (size_t row = 0; row < rows->n_rows; row++) {
        bool is_hit = true;
        for (size_t f = 0; f < view->n_filters && is_hit; f++)
            is_hit = rows_match(rows, row, &view->filters[f]);
        if (is_hit)
            continue;
        drop(tree, rows->entries[row]);
    }
}

const struct table_filter *table_filter(struct lyd_node **tree, const struct table_view *views, size_t n)
{
    struct rows tables[TABLE_VIEWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows_init(&tables[i], views[i].target, NULL);
        rows_collect(&tables[i], *tree, views[i].target);
    }
    const struct table_filter *miss = find_miss(tables, n, &views[0]);
    for (size_t i = 0; i < n; i++) {
        drop_rows(tree, &tables[i], &views[i]);
        rows_fini(&tables[i]);
    }
    return miss;
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
static size_t render_entry(struct lyd_node *entry, const struct table_view *view, struct text_buf *out, size_t *n_head)
{
    struct text_buf block = {0};
    size_t n_rows = table_render(lyd_child(entry), view, &block, n_head);

    if (block.len) {
        text_buf_printf(out, "%s%s", out->len ? "\n" : "", LYD_NAME(entry));
        for (const struct lyd_node *k = lyd_child(entry); k && lysc_is_key(k->schema); k = k->next)
            text_buf_printf(out, " %s", lyd_get_value(k));
        text_buf_printf(out, ":\n%s", text_buf_get(&block));
    }
    text_buf_fini(&block);
    return n_rows;
}

size_t table_render(struct lyd_node *tree, const struct table_view *view, struct text_buf *out, size_t *n_head)
{
    size_t n_rows = 0;
    *n_head = 0;
    if (view->target->nodetype == LYS_LIST)
        return render_list(tree, view, out, n_head);
    for (struct lyd_node *n = tree; n; n = n->next) {
        if (n->schema != view->target && n->schema && n->schema->nodetype == LYS_LIST) {
            n_rows += render_entry(n, view, out, n_head);
        } else if (n->schema != view->target) {
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
