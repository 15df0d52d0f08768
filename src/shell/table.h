/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational data as aligned tables, derived from the schema: the columns of a list are its leafs, those of containers
 * in it, and one column for each list in it. No daemon's names are known here.
 */
#pragma once

#include <stddef.h>

struct lyd_node;
struct lysc_node;
struct text_buf;

#define TABLE_FILTERS_MAX 8
struct table_filter {
    const char *column; /* NULL: any column */
    const char *value;
};

struct table_view {
    const struct lysc_node *target; /* list, container or leaf to show */
    struct table_filter filters[TABLE_FILTERS_MAX];
    size_t n_filters;
};

/* Appends what `tree` has of the target. *n_head gets the number of heading lines. Returns the number of rows. */
size_t table_render(const struct lyd_node *tree, const struct table_view *view, struct text_buf *out, size_t *n_head);
