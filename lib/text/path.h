/* SPDX-License-Identifier: Apache-2.0
 *
 * Data paths as Strata shows them: names without module prefix, key values in brackets in the schema's order:
 * /bgp/vpn-instance[carrierA]/neighbor[10.9.3.1]/remote-as. A leaf-list value also stands in brackets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct lysc_node;

#define YANG_PATH_MAX 512

/* Path of a data node; truncated if it does not fit. Returns out. */
char *yang_path_of(const struct lyd_node *node, char *out, size_t size);
/* libyang's "/m:a/b[k='v']" (or a schema path) in Strata's form. */
char *yang_path_from_libyang(const char *path, char *out, size_t size);
/* The deepest existing node of `tree` on `path`; NULL if not even the first part exists. *is_exact: the path ends
 * there. */
struct lyd_node *yang_path_lookup(struct lyd_node *tree, const char *path, bool *is_exact);

struct yang_segment {
    const char *name;
    size_t name_len;
    const char *key; /* text within the first bracket, or NULL */
    size_t key_len;
    const char *keys_end; /* behind the last bracket */
};
/* Cuts the next part off *path. False at the end. */
bool yang_path_next(const char **path, struct yang_segment *out);
/* Does the data node match the part (a part without keys matches every entry)? A key may have its name before it, out
 * of turn: [prefix=10.0.0.0/8]. */
bool yang_segment_matches(const struct yang_segment *seg, const struct lyd_node *node);
