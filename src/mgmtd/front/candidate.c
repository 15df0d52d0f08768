/* SPDX-License-Identifier: Apache-2.0
 *
 * Candidate configurations: one that a session has for itself, and the one that all NETCONF sessions share (RFC 6241
 * section 8.3). When somebody else commits, what was changed in a candidate is carried over to what runs then.
 */
#include "src/mgmtd/front/session.h"

#include "lib/text/tree.h"

struct candidate *session_candidate(struct session *s)
{
    return s->is_shared ? &s->m->front.shared : &s->own;
}

void candidate_end(struct mgmtd *m, struct candidate *c)
{
    mgmtd_release(m, c->tree);
    mgmtd_release(m, c->base);
    c->tree = c->base = NULL;
    c->is_there = false;
    c->n_changes++;
}

struct candidate *session_begin(struct session *s)
{
    struct mgmtd *m = s->m;
    struct candidate *c = session_candidate(s);
    struct lyd_node *next;

    if (c->is_there && c->base_version == mgmtd_version(m))
        return c;
    if (c->is_there) {
        next = yang_tree_dup(m->running);
        yang_tree_rebase(c->base, c->tree, &next);
    } else {
        next = mgmtd_hold(m, m->running);
    }
    uint64_t n_changes = c->n_changes;
    candidate_end(m, c);
    c->n_changes = n_changes;
    c->is_there = true;
    c->tree = next;
    c->base = mgmtd_hold(m, m->running);
    c->base_version = mgmtd_version(m);
    return c;
}

void candidate_set(struct mgmtd *m, struct candidate *c, struct lyd_node *tree)
{
    mgmtd_release(m, c->tree);
    c->tree = tree;
    c->n_changes++;
}

bool candidate_is_changed(const struct candidate *c)
{
    return c->is_there && !yang_tree_equal(c->base, c->tree);
}

bool session_may_change(struct session *s, uint64_t id)
{
    uint32_t owner = s->is_shared ? session_locked_out(s, FRONT_CANDIDATE) : 0;
    if (owner)
        session_fail_locked(s, id, "in-use", owner, "the candidate configuration is locked");
    return owner == 0;
}
