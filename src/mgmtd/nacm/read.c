/* SPDX-License-Identifier: Apache-2.0
 *
 * What a user may read: pruning a tree in one pass, and the same question for one node. RFC 8341 sections 3.2.4, 3.4.5.
 */
#include <libyang/libyang.h>

#include "src/mgmtd/nacm/rules.h"

/* Below a node that may not be read only a rule counts that points at the very node: by default, and by rules for
 * whole modules, what is below goes with it. */
static bool permits_read(const struct walk *w, const struct level *level, const struct lysc_node *node,
                         bool is_above_denied)
{
    bool is_pointed;
    return walk_permits(w, level, node, NACM_READ, &is_pointed) && (!is_above_denied || is_pointed);
}

/* Returns whether something of the siblings (other than keys) is left. `*first` follows removals at the top level. */
static bool prune_siblings(struct walk *w, const struct level *up, struct lyd_node *siblings, bool is_above_denied,
                           struct lyd_node **first)
{
    struct lyd_node *next;
    bool is_any = false;

    for (struct lyd_node *node = siblings; node; node = next) {
        struct level here;
        next = node->next;
        if (node->schema && lysc_is_key(node->schema))
            continue;
        bool is_kept = false;
        if (node->schema) {
            walk_enter(w, up, node, &here);
            is_kept = permits_read(w, &here, node->schema, is_above_denied);
            if (is_kept)
                prune_siblings(w, &here, lyd_child(node), false, NULL);
            else if (walk_may_reopen(w, &here, NACM_READ))
                is_kept = prune_siblings(w, &here, lyd_child(node), true, NULL);
            walk_leave(w, &here);
        }
        is_any = is_any || is_kept;
        if (is_kept)
            continue;
        if (first && *first == node)
            *first = next;
        lyd_free_tree(node);
    }
    return is_any;
}

void nacm_prune(const struct nacm_view *v, struct lyd_node **tree)
{
    struct walk w;
    struct level top;

    if (v->is_open)
        return;
    walk_init(&w, v, &top);
    prune_siblings(&w, &top, *tree, false, tree);
    walk_fini(&w);
}

/* Enters the node and all above it. Returns whether it may be read; *is_above_denied for what is below it. */
static bool may_read_path(struct walk *w, const struct level *top, const struct lyd_node *node, struct level *here)
{
    struct level up = *top;
    bool is_above_denied = node->parent && !may_read_path(w, top, lyd_parent(node), &up);
    walk_enter(w, &up, node, here);
    return permits_read(w, here, node->schema, is_above_denied);
}

bool nacm_may_read(const struct nacm_view *v, const struct lyd_node *node)
{
    struct walk w;
    struct level top, here;

    if (v->is_open)
        return true;
    if (!node->schema)
        return false;
    walk_init(&w, v, &top);
    bool is_permitted = may_read_path(&w, &top, node, &here);
    walk_fini(&w);
    return is_permitted;
}

bool nacm_may_read_path(const struct nacm_view *v, const char *path)
{
    struct rule place = {0};
    struct walk w;
    struct level up, here;
    bool is_permitted = true;

    if (v->is_open)
        return true;
    if (!rule_path_compile(v->nacm->ctx, path, &place)) {
        rule_path_free(&place);
        return false;
    }
    walk_init(&w, v, &up);
    for (size_t i = 0; i < place.n_path; i++, up = here) {
        walk_enter_place(&w, &up, &place.path[i], &here);
        is_permitted = permits_read(&w, &here, place.path[i].node, i > 0 && !is_permitted);
    }
    walk_fini(&w);
    rule_path_free(&place);
    return is_permitted;
}
