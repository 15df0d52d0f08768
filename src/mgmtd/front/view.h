/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done to a tree before somebody gets to see it, and how it is written.
 */
#pragma once

struct front_request;
struct ly_ctx;
struct lyd_node;
struct session_fault;
struct text_buf;

/* Cuts *tree down to what the request wants (path, filter, content, depth) and adds defaults as it says. `configured`:
 * with it each node that is configuration says where it comes from (ietf-origin): from there, or from elsewhere. NULL:
 * nobody asked. 0, or -errno and *fault. */
int view_apply(const struct front_request *r, const struct ly_ctx *ctx, struct ly_ctx *plain, struct lyd_node **tree,
               const struct lyd_node *configured, struct session_fault *fault);
/* 0 or -EMSGSIZE. */
int view_write(const struct front_request *r, const struct lyd_node *tree, struct text_buf *out);
