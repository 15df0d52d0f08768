/* SPDX-License-Identifier: Apache-2.0
 *
 * What a user may change: walks the difference of two trees and asks for each node that is created, removed or gets
 * another value, also for those that go with an entry or come with it. Containers without presence are no data of
 * their own and need no right; neither do nodes that stay as they are. RFC 8341 sections 3.2.5, 3.2.8, 3.4.5.
 */
#include <errno.h>
#include <libyang/libyang.h>

#include "lib/text/tree.h"
#include "src/mgmtd/nacm/rules.h"

struct change {
    struct walk *walk;
    struct level level; /* of the parent */
    struct nacm_denial *denial;
};

static enum nacm_op op_of(const struct lyd_node *was, const struct lyd_node *now)
{
    if (!was)
        return NACM_CREATE;
    return now ? NACM_UPDATE : NACM_DELETE;
}

static int on_difference(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    struct change *c = arg;
    const struct lyd_node *node = now ? now : was;
    struct change below = {c->walk, .denial = c->denial};
    enum nacm_op op = op_of(was, now);
    bool is_pointed, is_inner = node->schema->nodetype & (LYS_CONTAINER | LYS_LIST);
    int rc = 0;

    walk_enter(c->walk, &c->level, node, &below.level);
    bool is_checked = is_inner ? op != NACM_UPDATE && !lysc_is_np_cont(node->schema) : true;
    if (is_checked && !walk_permits(c->walk, &below.level, node->schema, op, &is_pointed)) {
        c->denial->op = op;
        c->denial->node = node;
        rc = -EACCES;
    } else if (is_inner) {
        rc = yang_diff(was ? lyd_child(was) : NULL, now ? lyd_child(now) : NULL, on_difference, &below);
    }
    walk_leave(c->walk, &below.level);
    return rc;
}

/* What a user created or named is known; what would go with a removal may be a secret. */
static const struct lyd_node *seen(const struct nacm_view *v, const struct nacm_denial *d)
{
    const struct lyd_node *node = d->node;
    while (d->op != NACM_CREATE && node && !nacm_may_read(v, node))
        node = lyd_parent(node);
    return node;
}

int nacm_check_change(const struct nacm_view *v, const struct lyd_node *was, const struct lyd_node *now,
                      struct nacm_denial *out)
{
    struct walk w;
    struct change top = {&w, .denial = out};

    *out = (struct nacm_denial){0};
    if (v->is_open)
        return 0;
    walk_init(&w, v, &top.level);
    int rc = yang_diff(was, now, on_difference, &top);
    walk_fini(&w);
    if (rc)
        out->seen = seen(v, out);
    return rc;
}

bool nacm_may_write(const struct nacm_view *v)
{
    if (v->is_open || v->nacm->permits_write)
        return true;
    for (size_t i = 0; i < v->n_rules; i++) {
        const struct rule *r = v->rules[i];
        bool is_of_data = r->kind == RULE_DATA || r->kind == RULE_ANY;
        if (is_of_data && r->is_permit && (r->ops & (NACM_CREATE | NACM_UPDATE | NACM_DELETE)))
            return true;
    }
    return false;
}
