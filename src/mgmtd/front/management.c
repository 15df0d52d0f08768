/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmtd's own state: /management of strata-management.yang.
 */
#include "src/mgmtd/front/session.h"

#include <libyang/libyang.h>
#include <stdio.h>

#include "lib/text/node.h"
#include "strata/ipc.h"
#include "strata/schema.h"

static const char *state_name(const struct daemon_link *l)
{
    if (l->alive.is_silent)
        return "silent";
    switch (l->state) {
    case LINK_DOWN:
        return "not-connected";
    case LINK_MET:
        return "waiting";
    case LINK_IN_SYNC:
        return "in-sync";
    case LINK_OUT_OF_SYNC:
        return "out-of-sync";
    case LINK_REFUSED:
        return "refused";
    }
    return "not-connected";
}

static void add_daemon(struct lyd_node *top, const struct daemon_link *l, bool is_needed)
{
    struct lyd_node *node = NULL;

    if (lyd_new_list(top, NULL, "daemon", 0, &node, l->owner->daemon))
        return;
    yang_add(node, "needed", is_needed ? "true" : "false");
    yang_add(node, "state", state_name(l));
    if (l->conn)
        yang_add_number(node, "pid", ipc_conn_peer(l->conn)->pid);
    if (l->alive.is_silent) {
        yang_add(node, "message", "does not answer");
        yang_add(node, "silent-since", l->alive.since);
    } else if (l->fault[0]) {
        yang_add(node, "message", l->fault);
    }
}

static void add_history(struct mgmtd *m, struct lyd_node *top)
{
    uint32_t first = m->head.sequence > STORE_KEEP ? m->head.sequence - STORE_KEEP + 1 : 1;
    for (uint32_t seq = first; m->head.sequence && seq <= m->head.sequence; seq++) {
        struct store_commit meta;
        if (store_load_commit(&m->env, m->ctx, seq, &meta) == 0)
            store_commit_node(m->ctx, top, &meta);
    }
}

static void add_sessions(struct mgmtd *m, struct lyd_node *top)
{
    const struct session *s;
    struct lyd_node *node = NULL;
    char id[16];

    TAILQ_FOREACH (s, &m->sessions, link) {
        snprintf(id, sizeof(id), "%u", s->sid);
        if (s->is_ended || lyd_new_list(top, NULL, "session", 0, &node, id))
            continue;
        yang_add(node, "user", s->user);
        yang_add(node, "kind", s->kind);
        if (s->host[0])
            yang_add(node, "host", s->host);
        yang_add(node, "since", s->started);
        const struct candidate *c = s->is_shared ? &m->front.shared : &s->own;
        yang_add(node, "changed", candidate_is_changed(c) ? "true" : "false");
    }
}

static void add_locks(struct mgmtd *m, struct lyd_node *top)
{
    struct lyd_node *node = NULL;

    for (enum front_datastore d = FRONT_RUNNING; d < FRONT_DATASTORE_END; d++) {
        const struct front_lock *l = &m->front.locks[d];
        if (!l->sid || lyd_new_list(top, NULL, "lock", 0, &node, lock_name(d)))
            continue;
        yang_add_number(node, "session", l->sid);
        yang_add(node, "since", l->time);
    }
}

/* Its deadline is told by the clock as it is now, wherever that was put meanwhile. */
static void add_confirmed(struct mgmtd *m, struct lyd_node *top)
{
    const struct confirm *c = &m->confirm;
    struct store_pending shown = c->record;

    if (!c->is_pending)
        return;
    shown.deadline_sec = txn_wall_sec(m) + confirm_left_sec(m);
    store_pending_node(m->ctx, top, &shown, false);
    if (!c->n_failed)
        return;
    struct lyd_node *node = (struct lyd_node *)(uintptr_t)yang_child(top, "confirmed-commit");
    yang_add_number(node, "failed-attempts", c->n_failed);
    yang_add(node, "failure", c->failure);
}

struct lyd_node *management_state(struct mgmtd *m)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(m->ctx, "strata-management");
    struct lyd_node *top = NULL;
    uint32_t needed = daemons_needed(m);

    if (!module || lyd_new_inner(NULL, module, "management", 0, &top))
        return NULL;
    yang_add(top, "software", "strata " STRATA_VERSION);
    yang_add_number(top, "configuration-version", m->head.sequence);
    for (size_t i = 0; i < m->n_daemons; i++)
        add_daemon(top, &m->daemons[i], (needed & (1u << i)) != 0);
    add_sessions(m, top);
    add_locks(m, top);
    add_confirmed(m, top);
    alarm_add_state(m, top);
    add_history(m, top);
    return top;
}
