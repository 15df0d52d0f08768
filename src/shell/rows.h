/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the tables: the rows of a list in a state tree, as cells of text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lyd_node;
struct lysc_node;
struct table_filter;

#define ROWS_COLUMNS_MAX 64

struct rows_column {
    const struct lysc_node *node;  /* leaf, leaf-list or inner list */
    const struct lysc_node *stead; /* the leaf that is shown where there is none of it; NULL: nothing */
    char title[64];
    char parts[64]; /* of an inner list: which of its leafs, "a/b"; "" = all */
    char head[80];  /* the title with the unit: "received(B)" */
    bool is_number;
    bool is_duration; /* seconds that something lasts: shown as 3d04h or 01:02:03 */
};

struct rows {
    struct rows_column columns[ROWS_COLUMNS_MAX];
    size_t n_columns;
    size_t n_keys;             /* the first columns, by which rows are sorted */
    struct lyd_node **entries; /* one for each row */
    char **cells;              /* rows x columns; NULL = empty */
    size_t n_rows, size;
};

/* How the unit of a leaf is written; "" if it has none, or its name says it. */
const char *rows_unit(const struct lysc_node *leaf);
/* The columns: all that the list has, or those of `spec` (table.h) if it is not NULL. */
void rows_init(struct rows *r, const struct lysc_node *list, const char *spec);
void rows_fini(struct rows *r);
void rows_collect(struct rows *r, struct lyd_node *tree, const struct lysc_node *list);
/* By the keys: numbers and addresses by value, "eth2" before "eth10". */
void rows_sort(struct rows *r);
bool rows_match(const struct rows *r, size_t row, const struct table_filter *filter);
const char *rows_cell(const struct rows *r, size_t row, size_t column); /* never NULL */

#define ROWS_DURATION_SIZE 32
/* The value of a leaf as people read it: the value itself, or what was written to `out`. */
const char *rows_shown(const struct lysc_node *leaf, const char *value, char out[ROWS_DURATION_SIZE]);
/* The same of a cell. A session's uptime, where its state says that there is none, is "down 1m02s" or "never". */
const char *rows_shown_cell(const struct rows *r, size_t row, size_t column, char out[ROWS_DURATION_SIZE]);
/* Is the unit part of what rows_shown() gives? */
bool rows_is_duration(const struct lysc_node *leaf);
