/* SPDX-License-Identifier: Apache-2.0
 *
 * Work on whole configuration trees. Trees hold what was configured, no defaults: validation happens on a copy. Nothing
 * here uses libyang's own diff and merge, which are quadratic in the size of a list. Trees are "first sibling"
 * pointers; NULL is the empty configuration.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct lysc_node;

struct yang_fault {
    char path[512]; /* Strata's form; "" if unknown */
    char message[512];
    char app_tag[24];      /* RFC 7950 section 15: "must-violation" and the like; "" = none */
    struct lyd_node *node; /* the node of the tree, or its nearest ancestor that exists; NULL if unknown */
};

struct lyd_node *yang_tree_dup(const struct lyd_node *tree);
void yang_tree_free(struct lyd_node *tree);
/* Gives the nodes of a copy the line numbers of the original (text_line_of). */
void yang_tree_copy_lines(const struct lyd_node *original, struct lyd_node *copy);
/* All constraints of the schema. 0, or -EINVAL and *out. The tree is not changed. */
int yang_tree_validate(const struct ly_ctx *ctx, struct lyd_node *tree, struct yang_fault *out);
/* Does the node say nothing: an empty plain container, or a default? */
bool yang_node_is_empty(const struct lyd_node *node);
/* The same configuration? Lists and leaf-lists ordered by the user have the same order then. */
bool yang_tree_equal(const struct lyd_node *a, const struct lyd_node *b);
/* Top-level node by name; NULL if it is not there. */
struct lyd_node *yang_top(struct lyd_node *tree, const char *name);
/* What stands among the siblings for the same thing as `node`: the leaf of that name, the entry with those keys. NULL
 * if there is none. Siblings are those of one parent, from the first on. */
struct lyd_node *yang_twin(const struct lyd_node *siblings, const struct lyd_node *node);
/* Puts a copy of `node` below parent (NULL: into *tree), as the last of its list. */
void yang_graft(struct lyd_node *parent, struct lyd_node **tree, const struct lyd_node *node);
/* Frees a node, which may be the first of *tree. */
void yang_tree_remove(struct lyd_node **tree, struct lyd_node *node);
/* Before `schema` is added to the siblings: removes nodes that stand in another case of the same choice. */
void yang_drop_other_cases(struct lyd_node *siblings, const struct lysc_node *schema, struct lyd_node **tree);

/* Merges `from` into *to: entries and containers grow, leafs are replaced. */
void yang_tree_merge(struct lyd_node **to, const struct lyd_node *from);
/* Each top-level container of `from` takes the place of that of *to. */
void yang_tree_replace_tops(struct lyd_node **to, const struct lyd_node *from);
/* What was changed between `base` and `mine` is changed in *target too. */
void yang_tree_rebase(const struct lyd_node *base, const struct lyd_node *mine, struct lyd_node **target);
/* Keeps only what is on `path` (Strata's form), its ancestors and what is below. Several paths: with " " between them.
 * False: nothing is at the end of any of them. */
bool yang_tree_prune(struct lyd_node **tree, const char *path);

/* Walks what differs, below one pair of sibling lists. For each node of either side that differs: was NULL = new, now
 * NULL = gone; both = an inner node with differences inside, or a leaf with another value. Entries of lists ordered by
 * the user that changed places are gone and new. fn returns non-0 to stop. */
typedef int yang_diff_fn(void *arg, const struct lyd_node *was, const struct lyd_node *now);
int yang_diff(const struct lyd_node *was, const struct lyd_node *now, yang_diff_fn *fn, void *arg);

/* Walks what both `mine` and `theirs` changed since `base`, so that only one of them can be had: another value in each,
 * or changed in one and removed in the other. The node is of mine; CHANGED_THERE: of base. fn returns non-0 to stop. */
enum yang_conflict { YANG_CHANGED_BOTH, YANG_REMOVED_THERE, YANG_CHANGED_THERE };
typedef int yang_conflict_fn(void *arg, enum yang_conflict what, const struct lyd_node *node);
int yang_tree_conflicts(const struct lyd_node *base, const struct lyd_node *mine, const struct lyd_node *theirs,
                        yang_conflict_fn *fn, void *arg);
