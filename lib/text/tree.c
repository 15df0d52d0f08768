/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration trees: copy, validate, merge, prune. Every search among siblings is libyang's hash lookup.
 */
#include "lib/text/tree.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/context.h"
#include "lib/text/fault.h"
#include "lib/text/path.h"

struct lyd_node *yang_tree_dup(const struct lyd_node *tree)
{
    struct lyd_node *copy = NULL;
    if (tree)
        lyd_dup_siblings(tree, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy);
    return copy;
}

void yang_tree_free(struct lyd_node *tree)
{
    lyd_free_all(tree);
}

void yang_tree_copy_lines(const struct lyd_node *original, struct lyd_node *copy)
{
    for (; original && copy; original = original->next, copy = copy->next) {
        copy->priv = original->priv;
        yang_tree_copy_lines(lyd_child(original), lyd_child(copy));
    }
}

int yang_tree_validate(const struct ly_ctx *ctx, struct lyd_node *tree, struct yang_fault *out)
{
    struct lyd_node *copy = yang_tree_dup(tree);
    bool is_exact;

    memset(out, 0, sizeof(*out));
    ly_err_clean((struct ly_ctx *)ctx, NULL);
    LY_ERR rc = lyd_validate_all(&copy, ctx, LYD_VALIDATE_NO_STATE, NULL);
    if (rc) {
        snprintf(out->message, sizeof(out->message), "%s", yang_last_error(ctx, out->path, sizeof(out->path)));
        snprintf(out->app_tag, sizeof(out->app_tag), "%s", yang_last_error_tag(ctx));
        out->node = yang_path_lookup(tree, out->path, &is_exact);
        yang_fault_explain(tree, out);
    }
    lyd_free_all(copy);
    return rc ? -EINVAL : 0;
}

bool yang_node_is_empty(const struct lyd_node *node)
{
    if (!node->schema)
        return false;
    if (node->schema->nodetype & LYD_NODE_TERM)
        return (node->flags & LYD_DEFAULT) != 0;
    if (node->schema->nodetype != LYS_CONTAINER || (node->schema->flags & LYS_PRESENCE))
        return false;
    for (const struct lyd_node *c = lyd_child(node); c; c = c->next)
        if (!yang_node_is_empty(c))
            return false;
    return true;
}

struct lyd_node *yang_top(struct lyd_node *tree, const char *name)
{
    for (; tree; tree = tree->next)
        if (strcmp(LYD_NAME(tree), name) == 0)
            return tree;
    return NULL;
}

void yang_tree_remove(struct lyd_node **tree, struct lyd_node *node)
{
    if (node == *tree)
        *tree = node->next;
    lyd_free_tree(node);
}

/* The case a schema node stands in, and its choice; NULL if none. */
static const struct lysc_node *case_of(const struct lysc_node *n)
{
    const struct lysc_node *up = n->parent;
    return up && up->nodetype == LYS_CASE ? up : NULL;
}

void yang_drop_other_cases(struct lyd_node *siblings, const struct lysc_node *schema, struct lyd_node **tree)
{
    const struct lysc_node *mine = case_of(schema);
    struct lyd_node *next;

    if (!mine)
        return;
    for (struct lyd_node *n = siblings; n; n = next) {
        next = n->next;
        const struct lysc_node *other = n->schema ? case_of(n->schema) : NULL;
        if (other && other != mine && other->parent == mine->parent)
            yang_tree_remove(tree, n);
    }
}

void yang_graft(struct lyd_node *parent, struct lyd_node **tree, const struct lyd_node *node)
{
    struct lyd_node *copy = NULL;
    yang_drop_other_cases(parent ? lyd_child(parent) : *tree, node->schema, tree);
    if (lyd_dup_single(node, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy))
        return;
    if (parent)
        lyd_insert_child(parent, copy);
    else
        lyd_insert_sibling(*tree, copy, tree);
}

static void merge_below(struct lyd_node *parent, struct lyd_node **tree, const struct lyd_node *from)
{
    for (const struct lyd_node *n = from; n; n = n->next) {
        if (!n->schema || yang_node_is_empty(n))
            continue;
        struct lyd_node *have = yang_twin(parent ? lyd_child(parent) : *tree, n);
        if (have && (n->schema->nodetype & (LYS_CONTAINER | LYS_LIST))) {
            merge_below(have, tree, lyd_child(n));
        } else if (have && n->schema->nodetype == LYS_LEAF) {
            lyd_change_term(have, lyd_get_value(n));
            have->priv = n->priv;
        } else if (!have) {
            yang_graft(parent, tree, n);
        }
    }
}

void yang_tree_merge(struct lyd_node **to, const struct lyd_node *from)
{
    merge_below(NULL, to, from);
}

void yang_tree_replace_tops(struct lyd_node **to, const struct lyd_node *from)
{
    for (const struct lyd_node *n = from; n; n = n->next) {
        struct lyd_node *have = yang_twin(*to, n);
        if (have)
            yang_tree_remove(to, have);
        yang_graft(NULL, to, n);
    }
}

#define PATHS_MAX 8

/* Which of the n paths lead on through the node; true if one of them ends there. */
static bool follow(const struct lyd_node *node, const char *const *paths, size_t n, const char **on, size_t *n_on)
{
    *n_on = 0;
    for (size_t i = 0; i < n; i++) {
        struct yang_segment seg, more;
        const char *rest = paths[i], *peek;
        if (!yang_path_next(&rest, &seg) || !yang_segment_matches(&seg, node))
            continue;
        peek = rest;
        if (!yang_path_next(&peek, &more))
            return true;
        on[(*n_on)++] = rest;
    }
    return false;
}

/* True: one of the paths has an end here. */
static bool prune_below(struct lyd_node **tree, struct lyd_node *siblings, const char *const *paths, size_t n)
{
    struct lyd_node *next;
    bool is_there = false;

    for (struct lyd_node *node = siblings; node; node = next) {
        const char *on[PATHS_MAX];
        size_t n_on;
        next = node->next;
        bool is_end = follow(node, paths, n, on, &n_on);
        is_there = is_there || is_end;
        if (is_end || (node->schema && lysc_is_key(node->schema)))
            continue;
        if (n_on == 0)
            yang_tree_remove(tree, node);
        else
            is_there |= prune_below(tree, lyd_child(node), on, n_on);
    }
    return is_there;
}

bool yang_tree_prune(struct lyd_node **tree, const char *path)
{
    char copy[4 * YANG_PATH_MAX];
    const char *paths[PATHS_MAX];
    struct yang_segment seg;
    const char *first = path;
    size_t n = 0;

    if (!yang_path_next(&first, &seg))
        return true;
    snprintf(copy, sizeof(copy), "%s", path);
    for (char *p = copy; p && n < PATHS_MAX;) {
        char *gap = strstr(p, " /");
        paths[n++] = p;
        if (gap)
            *gap = '\0';
        p = gap ? gap + 1 : NULL;
    }
    return prune_below(tree, *tree, paths, n);
}
