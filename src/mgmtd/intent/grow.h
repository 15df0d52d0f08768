/* SPDX-License-Identifier: Apache-2.0
 *
 * Adding implied nodes to a tree. Each function finds a node or creates it with the mark of who implied it; after a
 * failure, which is kept in the fault, everything returns NULL, so that a rule is a plain sequence of calls.
 */
#pragma once

#include <stdbool.h>

struct ly_ctx;
struct lyd_node;
struct yang_fault;

#define GROW_ORIGIN_MAX 128
struct growth {
    const struct ly_ctx *ctx;
    struct lyd_node **tree;
    char origin[GROW_ORIGIN_MAX];
    bool is_failed;
    bool has_grown; /* something was added */
    struct yang_fault *fault;
};

/* A top-level container of the module. */
struct lyd_node *grow_top(struct growth *g, const char *module, const char *name);
struct lyd_node *grow_container(struct growth *g, struct lyd_node *parent, const char *name);
/* A list entry with one key. */
struct lyd_node *grow_entry(struct growth *g, struct lyd_node *parent, const char *list, const char *key);
/* A leaf that is not configured gets this value. */
void grow_leaf(struct growth *g, struct lyd_node *parent, const char *name, const char *value);

/* --- Looking: NULL if it is not there (or says nothing); `parent` may be NULL. --- */

struct lyd_node *tree_child(const struct lyd_node *parent, const char *name);
struct lyd_node *tree_entry(const struct lyd_node *parent, const char *list, const char *key);
/* The text of a leaf that was configured; NULL if it was not, or is a default. */
const char *tree_value(const struct lyd_node *parent, const char *leaf);
/* Entries of a list, one after the other: `after` NULL = the first. */
struct lyd_node *tree_next(const struct lyd_node *parent, const char *list, const struct lyd_node *after);
/* Has the leaf-list this value? */
bool tree_has_value(const struct lyd_node *parent, const char *leaf_list, const char *value);
