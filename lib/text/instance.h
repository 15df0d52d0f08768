/* SPDX-License-Identifier: Apache-2.0
 *
 * Instance-identifiers: paths with module names in front and named keys, as NETCONF and some leafs have them.
 */
#pragma once

#include <stdbool.h>

struct ly_ctx;
struct lysc_node;
struct text_buf;

/* A path in Strata's form (/bgp/neighbor[10.0.0.1]) as an instance-identifier, added to *out; it ends where the schema
 * knows no more. */
void yang_instance_path(const struct ly_ctx *ctx, const char *path, struct text_buf *out);
/* A leaf whose value is an instance-identifier may be given a path in Strata's form, or the words of a place ("bgp
 * neighbor 10.0.0.1") all the same. True: `typed` is one of these, and its value is in *out. */
bool yang_instance_value(const struct ly_ctx *ctx, const struct lysc_node *leaf, const char *typed,
                         struct text_buf *out);
