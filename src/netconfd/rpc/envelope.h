/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands around the content of an <rpc>. Configurations are taken out as text for mgmtd, who alone reads them:
 * here they would only be parsed and printed again. And what no schema allows, but would cost a parser quadratic time,
 * is refused: thousands of elements side by side that cannot repeat.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/text/buf.h"

struct ly_ctx;
struct rpc_fault;
struct rpc_names;

/* The names of all lists and leaf-lists of a schema: of what may repeat. */
struct rpc_names *rpc_names_create(const struct ly_ctx *ctx);
void rpc_names_destroy(struct rpc_names *names); /* NULL allowed */

struct envelope {
    struct text_buf outer;   /* the message with <config> emptied */
    struct text_buf content; /* of that <config>; each element declares the namespaces it stands in */
};
/* `text` is well formed (packet/xml.h). False: *fault. envelope_fini in any case. */
bool envelope_open(struct envelope *e, const struct rpc_names *names, const char *text, size_t len,
                   struct rpc_fault *fault);
void envelope_fini(struct envelope *e);
