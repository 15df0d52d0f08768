/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmtd's own state: /management of strata-management.yang.
 */
#include "src/mgmtd/front/session.h"

#include <libyang/libyang.h>
#include <stdio.h>

#include "strata/ipc.h"
#include "strata/schema.h"

static const char *state_name(const struct daemon_link *l)
{
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
    char number[16];

    if (lyd_new_list(top, NULL, "daemon", 0, &node, l->owner->daemon))
        return;
    lyd_new_term(node, NULL, "needed", is_needed ? "true" : "false", 0, NULL);
    lyd_new_term(node, NULL, "state", state_name(l), 0, NULL);
    if (l->conn) {
        snprintf(number, sizeof(number), "%u", ipc_conn_peer(l->conn)->pid);
        lyd_new_term(node, NULL, "pid", number, 0, NULL);
    }
    if (l->fault[0])
        lyd_new_term(node, NULL, "message", l->fault, 0, NULL);
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
        lyd_new_term(node, NULL, "user", s->user, 0, NULL);
        lyd_new_term(node, NULL, "kind", s->kind, 0, NULL);
        if (s->host[0])
            lyd_new_term(node, NULL, "host", s->host, 0, NULL);
        lyd_new_term(node, NULL, "since", s->started, 0, NULL);
        const struct candidate *c = s->is_shared ? &m->front.shared : &s->own;
        lyd_new_term(node, NULL, "changed", candidate_is_changed(c) ? "true" : "false", 0, NULL);
    }
}

static void add_locks(struct mgmtd *m, struct lyd_node *top)
{
    struct lyd_node *node = NULL;
    char id[16];

    for (enum front_datastore d = FRONT_RUNNING; d < FRONT_DATASTORE_END; d++) {
        const struct front_lock *l = &m->front.locks[d];
        if (!l->sid || lyd_new_list(top, NULL, "lock", 0, &node, lock_name(d)))
            continue;
        snprintf(id, sizeof(id), "%u", l->sid);
        lyd_new_term(node, NULL, "session", id, 0, NULL);
        lyd_new_term(node, NULL, "since", l->time, 0, NULL);
    }
}

struct lyd_node *management_state(struct mgmtd *m)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(m->ctx, "strata-management");
    struct lyd_node *top = NULL;
    uint32_t needed = daemons_needed(m);
    char number[16];

    if (!module || lyd_new_inner(NULL, module, "management", 0, &top))
        return NULL;
    lyd_new_term(top, NULL, "software", "strata " STRATA_VERSION, 0, NULL);
    snprintf(number, sizeof(number), "%u", m->head.sequence);
    lyd_new_term(top, NULL, "configuration-version", number, 0, NULL);
    for (size_t i = 0; i < m->n_daemons; i++)
        add_daemon(top, &m->daemons[i], (needed & (1u << i)) != 0);
    add_sessions(m, top);
    add_locks(m, top);
    if (m->confirm.is_pending)
        store_pending_node(m->ctx, top, &m->confirm.record, false);
    add_history(m, top);
    return top;
}
