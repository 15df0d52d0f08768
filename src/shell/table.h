/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational data as aligned tables, derived from the schema: the columns of a list are its leafs, those of containers
 * in it, and one column for each list in it. No daemon's names are known here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lyd_node;
struct lysc_node;
struct text_buf;

#define TABLE_FILTERS_MAX 8
struct table_filter {
    const char *column; /* NULL: any column */
    const char *value;
    bool is_required; /* some row must have it, be it a number or a named column */
};

struct table_view {
    const struct lysc_node *target; /* list, container or leaf to show */
    const char *columns;            /* of a list, see below; NULL: all */
    struct table_filter filters[TABLE_FILTERS_MAX];
    size_t n_filters;
};

/* `columns`: names with a space between them. "name", the row's leaf, leaf-list or inner list; "list/a/b" of an inner
 * list: its key, then a/b; "title=..." gives another heading. The keys of lists around always come first. */

#define TABLE_VIEWS_MAX 8
/* Takes the rows that a filter does not let pass out of *tree. The views are of lists and have the same filters.
 * Returns a filter that cannot be meant, because none of all rows passes it; NULL: none. A number or an address may be
 * asked for in vain, and so may a value of a named column. */
const struct table_filter *table_filter(struct lyd_node **tree, const struct table_view *views, size_t n);
/* The names that a filter or a row has, with ", " between them. */
void table_names(const struct lysc_node *target, struct text_buf *out);
/* Appends what `tree` has of the target, the rows of a list by its keys. *n_head gets the number of heading lines.
 * Returns the number of rows. */
size_t table_render(struct lyd_node *tree, const struct table_view *view, struct text_buf *out, size_t *n_head);
