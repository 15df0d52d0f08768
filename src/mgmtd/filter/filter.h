/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters of NETCONF on data trees, as values: subtree (RFC 6241 section 6) and XPath (section 8.9). What a filter
 * keeps keeps its ancestors and their keys.
 */
#pragma once

#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct text_buf;

/* Keeps of *tree what the filter selects; an empty filter selects nothing. 0, or -EINVAL and a text. `plain`: see
 * edit/xml.h. */
int filter_subtree(struct ly_ctx *plain, const char *xml, struct lyd_node **tree, char *error, size_t size);
/* `expression`: prefixes are names of modules. */
int filter_xpath(const char *expression, struct lyd_node **tree, char *error, size_t size);

/* Where data must come from for the filter: paths of top-level nodes with " " between ("" = from everywhere; "/" =
 * nothing can match). */
void filter_subtree_tops(struct ly_ctx *plain, const char *xml, struct text_buf *out);
void filter_xpath_tops(const char *expression, struct text_buf *out);
