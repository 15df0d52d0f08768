/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done to a tree before somebody gets to see it, and how it is written.
 */
#pragma once

#include <stdbool.h>

struct front_request;
struct ly_ctx;
struct lyd_node;
struct text_buf;

struct view_fault {
    char text[320];
};

/* Which data the request can match at all: paths of Strata's form with " " between them, "" = all, "/" = none. */
void view_tops(const struct front_request *r, const struct ly_ctx *ctx, struct ly_ctx *plain, struct text_buf *out);
/* Can the request be answered in parts, each viewed by itself? */
bool view_is_divisible(const struct front_request *r, const struct ly_ctx *ctx, struct ly_ctx *plain);
/* Before access control: what is in force by default may be hidden, too. */
void view_add_defaults(const struct front_request *r, const struct ly_ctx *ctx, struct lyd_node **tree);
/* The same for a further part: those of what was `configured` went with the first. */
void view_add_new_defaults(const struct front_request *r, const struct ly_ctx *ctx, struct lyd_node **tree,
                           const struct lyd_node *configured);
/* Cuts *tree down to what the request wants (path, filter, content, depth). `configured`:
 * what is of there is "intended", for those who ask for origins (is_expanded) or for some (argument). 0, or -errno and
 * *fault. */
int view_apply(const struct front_request *r, const struct ly_ctx *ctx, struct ly_ctx *plain, struct lyd_node **tree,
               const struct lyd_node *configured, struct view_fault *fault);
/* 0 or -EMSGSIZE. */
int view_write(const struct front_request *r, const struct lyd_node *tree, struct text_buf *out);
