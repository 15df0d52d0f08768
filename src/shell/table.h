/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational data as aligned tables, derived from the schema: the columns of a list are its leafs, those of containers
 * in it, and one column for each list in it. No daemon's names are known here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct layout;
struct lyd_node;
struct lysc_node;
struct pipe;
struct rows_column;
struct text_buf;

#define TABLE_FILTERS_MAX 8
struct table_filter {
    const char *column; /* NULL: any column */
    const char *value;
    bool is_not;      /* rows that do not have it */
    bool is_within;   /* a prefix: it, and those that it covers */
    bool is_up_to;    /* of an enumeration: the value or one before it in the schema, "warn" is error and warn */
    bool is_required; /* some row must have it, be it a number or a named column */
};

struct table_view {
    const struct lysc_node *target; /* list, container or leaf to show */
    const char *columns;            /* of a list, see below; NULL: all */
    bool is_detail;                 /* of a list: all columns, and each row as a block of lines */
    struct table_filter filters[TABLE_FILTERS_MAX];
    size_t n_filters;
};

/* `columns`: names with a space between them. "name", the row's leaf, leaf-list or inner list; "list/a/b" of an inner
 * list: its key, then a/b; "name|other", the other where a row has none of that name; "title=..." gives another
 * heading. The keys of lists around always come first. */

#define TABLE_VIEWS_MAX 8
/* What the rows of all parts so far had, see table_filter(). Starts as zeros. */
struct table_seen {
    bool has_rows, is_hit[TABLE_FILTERS_MAX];
};
/* Takes the rows that a filter does not let pass out of *tree. The views are of lists and have the same filters. */
void table_filter(struct lyd_node **tree, const struct table_view *views, size_t n, struct table_seen *seen);
/* A filter that cannot be meant, because none of all rows passes it; NULL: none. A number or an address may be asked
 * for in vain, and so may a value of a named column. */
const struct table_filter *table_miss(const struct table_view *view, const struct table_seen *seen);
/* The names that a filter or a row has, with ", " between them. */
void table_names(const struct lysc_node *target, struct text_buf *out);

/* A list that comes in one or more parts. */
struct table {
    const struct table_view *view;
    struct layout *layout; /* NULL: no row came yet */
    struct rows_column *columns;
};
void table_fini(struct table *t);
/* Prints the rows of `tree`, by their keys. `before`: goes before the heading; NULL: no heading, it was printed.
 * is_whole: there are no other parts, the widths are exact. Returns how many rows. */
size_t table_print(struct table *t, struct lyd_node *tree, bool is_whole, const char *before, struct pipe *out);
/* How many rows it would print. */
size_t table_count(const struct lyd_node *tree, const struct table_view *view);
/* What is to be said behind the last row. */
void table_end(const struct table *t, struct pipe *out);
/* Calls fn for each row that passes the stages of `out` which stand before json. */
typedef void table_entry_fn(struct lyd_node *entry, void *arg);
void table_pick(struct lyd_node *tree, const struct table_view *view, struct pipe *out, table_entry_fn *fn, void *arg);

/* Appends what `tree` has of the target, a container or leaf, in lines of at most `width`. */
void table_render(struct lyd_node *tree, const struct table_view *view, unsigned width, struct text_buf *out);
