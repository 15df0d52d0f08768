/* SPDX-License-Identifier: Apache-2.0
 *
 * What the running configuration means in full: running -> intended (RFC 8342 section 5.1.4). A pure function over
 * configuration trees. An intent such as `vpn-instance A carriers-carrier signaling bgp` implies settings of several
 * protocols; they are added here, in one place, so that the daemons, which get the intended configuration only, read
 * plain leafs. What was configured explicitly stands as it is; what contradicts the intent is refused.
 */
#pragma once

struct ly_ctx;
struct lyd_node;
struct yang_fault;

/* To be raised when the same running configuration comes to mean something else: daemons then get it anew although
 * nothing was committed. */
#define INTENT_REVISION 3

/* 0 and *intended, owned by the caller (NULL = empty); or -EINVAL and *fault, whose node is in `running` and whose
 * message says what to do. `running` is valid by the schema; the result is too, or that is a fault as well. */
int intent_expand(const struct ly_ctx *ctx, const struct lyd_node *running, struct lyd_node **intended,
                  struct yang_fault *fault);

/* What implied the node ("vpn-instance carrierA carriers-carrier"); NULL if it was configured. Borrowed. */
const char *intent_origin(const struct lyd_node *node);
/* The same for a node or the nearest implied one above it. */
const char *intent_origin_above(const struct lyd_node *node);
/* For a fault that was found at a path of the intended configuration: finds its node in `running`. If the path was
 * implied, that is the node that implied it, and the message says so. */
void intent_blame(const struct ly_ctx *ctx, struct lyd_node *running, struct lyd_node *intended,
                  struct yang_fault *fault);
/* Takes the marks off a tree: for one that was read from outside. */
void intent_strip(struct lyd_node *tree);
