/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to edit/: where an element of an edit points to, by the schema and in the tree.
 */
#pragma once

#include <stdbool.h>

struct edit;
struct lyd_node;
struct lysc_node;

struct place {
    struct lyd_node *parent; /* NULL = top */
    const struct lysc_node *schema;
    struct lyd_node *node; /* NULL: not there */
    const char *value;     /* of a leaf; never NULL for one */
    bool is_key;           /* of the entry above */
    char *held;
};

/* 0, or the fault was told. */
int place_find(struct edit *e, struct place *at, const struct lyd_node *element);
void place_fini(struct place *at);
int place_create(struct edit *e, struct place *at, const struct lyd_node *element);
void place_drop(struct edit *e, struct place *at);
/* RFC 7950 sections 7.7.9 and 7.8.6: `insert` of what the user orders. */
int place_order(struct edit *e, struct place *at, const struct lyd_node *element);
void tree_drop(struct lyd_node **tree, struct lyd_node *node);
