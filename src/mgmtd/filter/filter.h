/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters of NETCONF on data trees, as values: subtree (RFC 6241 section 6) and XPath (section 8.9). What a filter
 * keeps keeps its ancestors and their keys.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct lysc_node;
struct text_buf;

/* Keeps of *tree what the filter selects; an empty filter selects nothing. 0, or -EINVAL and a text. `plain`: see
 * edit/xml.h. */
int filter_subtree(struct ly_ctx *plain, const char *xml, struct lyd_node **tree, char *error, size_t size);
/* `expression`: prefixes are names of modules. */
int filter_xpath(const char *expression, struct lyd_node **tree, char *error, size_t size);

/* Where data must come from for the filter: paths in Strata's form with " " between ("" = from everywhere; "/" =
 * nothing can match). As deep as is plain to see: "/rib/route[prefix=10.0.0.0/8]"; all else is looked for below it. */
void filter_subtree_tops(struct ly_ctx *plain, const struct ly_ctx *ctx, const char *xml, struct text_buf *out);
void filter_xpath_tops(const struct ly_ctx *ctx, const char *expression, struct text_buf *out);

/* Is what the filter keeps of a tree the same as what it keeps of the tree's parts together? A part has some entries of
 * lists, with their keys; an entry of a list of state is in one part, whole. True only if that is plain to see. */
bool filter_subtree_is_divisible(struct ly_ctx *plain, const struct ly_ctx *ctx, const char *xml);
bool filter_xpath_is_divisible(const struct ly_ctx *ctx, const char *expression);

/* Adds "[key=value]" if that is a key, and the value one that can stand in a path. */
void filter_add_key(const struct lysc_node *leaf, const char *value, size_t len, struct text_buf *path);
