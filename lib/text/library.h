/* SPDX-License-Identifier: Apache-2.0
 *
 * What a context tells of itself: by RFC 8525 (ietf-yang-library), with one id for one set of modules, the same in
 * every process that has this set; and as capabilities of NETCONF (RFC 6241 section 8), which netconfd says in its
 * hello and mgmtd in its state (RFC 6022).
 */
#pragma once

#include <stdint.h>

struct ly_ctx;
struct lyd_node;

/* Changes with the modules, their revisions, their features, and whether they are implemented. */
uint32_t yang_library_id(const struct ly_ctx *ctx);
/* The top nodes yang-library and modules-state, with that id as content-id. Owned by the caller; NULL: libyang failed.
 */
struct lyd_node *yang_library_data(const struct ly_ctx *ctx);
/* Calls fn with each capability; the text is borrowed during the call. */
void yang_library_capabilities(const struct ly_ctx *ctx, void (*fn)(const char *uri, void *arg), void *arg);
