/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmtd's half of the conversation with the daemons: hello, bringing up to date, and handing answers to whom they
 * concern. A daemon that has the running version gets nothing; any other gets the whole configuration (SYNC). While the
 * boot configuration waits or a transaction runs, newcomers wait (LINK_MET), and who does not answer (alive.h) until he
 * does.
 */
#include "src/mgmtd/core.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/north/north_msg.h"
#include "src/mgmtd/link/notify.h"
#include "src/mgmtd/stream/stream.h"
#include "strata/ipc.h"
#include "strata/log.h"
#include "strata/schema.h"
#include "strata/schema_edit.h"

void daemons_init(struct mgmtd *m)
{
    for (const struct schema_owner *o = schema_owners; o->daemon && m->n_daemons < MGMTD_DAEMONS_MAX; o++)
        m->daemons[m->n_daemons++] = (struct daemon_link){.m = m, .owner = o};
}

struct daemon_link *daemons_find(struct mgmtd *m, const char *name)
{
    for (size_t i = 0; i < m->n_daemons; i++)
        if (strcmp(m->daemons[i].owner->daemon, name) == 0)
            return &m->daemons[i];
    return NULL;
}

static bool has_name(const char *const *names, const char *name, size_t len)
{
    for (; *names; names++)
        if (strlen(*names) == len && memcmp(*names, name, len) == 0)
            return true;
    return false;
}

struct daemon_link *daemons_of_container(struct mgmtd *m, const char *name, size_t len)
{
    for (size_t i = 0; i < m->n_daemons; i++)
        if (has_name(m->daemons[i].owner->state, name, len))
            return &m->daemons[i];
    return NULL;
}

unsigned daemons_rank(const struct daemon_link *l)
{
    return strcmp(l->owner->daemon, "ribd") == 0 ? 0 : strcmp(l->owner->daemon, "vpnd") == 0 ? 1 : 2;
}

uint32_t daemons_needed_by(const struct mgmtd *m, const struct lyd_node *intended)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < m->n_daemons; i++)
        if (daemons_rank(&m->daemons[i]) == 0)
            bits |= 1u << i; /* the kernel's interfaces are always of interest */
    for (const struct lyd_node *n = intended; n; n = n->next) {
        if (yang_node_is_empty(n))
            continue;
        for (size_t i = 0; i < m->n_daemons; i++)
            if (has_name(m->daemons[i].owner->state, LYD_NAME(n), strlen(LYD_NAME(n))))
                bits |= 1u << i;
    }
    return bits;
}

uint32_t daemons_needed(const struct mgmtd *m)
{
    uint32_t bits = daemons_needed_by(m, m->intended);
    if (m->boot.is_pending)
        bits |= daemons_needed_by(m, m->boot.intended);
    if (txn_intended(m))
        bits |= daemons_needed_by(m, txn_intended(m));
    return bits;
}

void daemons_out_of_sync(struct daemon_link *l, const char *why)
{
    l->state = LINK_OUT_OF_SYNC;
    snprintf(l->fault, sizeof(l->fault), "%.*s", (int)sizeof(l->fault) - 1, why);
    LOG_ERROR(l->m->env.log, "daemon-out-of-sync", "daemon=%s reason=\"%s\"", l->owner->daemon, why);
}

static void send_sync(struct daemon_link *l)
{
    struct mgmtd *m = l->m;
    struct schema_edit *edit = schema_edit_create(l->owner->schema);
    struct yang_fault fault;
    size_t n_changed;
    struct north_to_daemon msg = {.version = mgmtd_version(m)};

    if (stream_write_edits(l->owner, NULL, m->intended, edit, &n_changed, &fault)) {
        daemons_out_of_sync(l, fault.message);
    } else {
        msg.edits = schema_edit_data(edit, &msg.len);
        l->state = LINK_IN_SYNC;
        l->version = msg.version;
        if (north_to_daemon_send(l->conn, NORTH_SYNC, &msg))
            daemons_out_of_sync(l, "the configuration is too long to be sent");
    }
    schema_edit_destroy(edit);
}

static void meet(struct daemon_link *l)
{
    if (l->state != LINK_MET || l->alive.is_silent || l->m->boot.is_pending || (l->m->txn && !txn_is_waiting(l->m)))
        return;
    if (l->version == mgmtd_version(l->m))
        l->state = LINK_IN_SYNC;
    else
        send_sync(l);
}

void daemons_retry_all(struct mgmtd *m)
{
    for (size_t i = 0; i < m->n_daemons; i++)
        if (m->daemons[i].conn && m->daemons[i].state == LINK_OUT_OF_SYNC)
            m->daemons[i].state = LINK_MET;
}

void daemons_meet_all(struct mgmtd *m)
{
    for (size_t i = 0; i < m->n_daemons; i++)
        meet(&m->daemons[i]);
}

static void on_hello(struct mgmtd *m, struct ipc_conn *c, const struct north_from_daemon *hello)
{
    const char *name = ipc_conn_peer(c)->name;
    struct daemon_link *l = daemons_find(m, name);

    if (!l) {
        LOG_WARN(m->env.log, "unknown-daemon", "name=\"%s\"", name);
        ipc_close(c, "no daemon of that name is configured by this mgmtd");
        return;
    }
    if (l->conn) {
        ipc_conn_set_data(l->conn, NULL);
        ipc_close(l->conn, "another %s connected", name);
        txn_daemon_down(l);
        gather_daemon_down(l);
    }
    l->conn = c;
    l->version = hello->version;
    l->fault[0] = '\0';
    l->state = LINK_MET;
    alive_met(l, hello->answers_ping);
    ipc_conn_set_data(c, l);
    if (hello->schema_hash != l->owner->schema->hash) {
        struct north_to_daemon no = {.text =
                                         "your schema is of another version of the software; restart daemon and mgmtd"};
        l->state = LINK_REFUSED;
        snprintf(l->fault, sizeof(l->fault), "it has another schema: it is of another version of the software");
        LOG_ERROR(m->env.log, "schema-mismatch", "daemon=%s theirs=%016llx ours=%016llx", name,
                  (unsigned long long)hello->schema_hash, (unsigned long long)l->owner->schema->hash);
        north_to_daemon_send(c, NORTH_REFUSED, &no);
        return;
    }
    LOG_INFO(m->env.log, "daemon-connected", "daemon=%s version=%x.%u", name, (unsigned)(hello->version >> 32),
             (unsigned)hello->version);
    notify_started(l);
    meet(l);
    boot_daemon_met(m);
    txn_daemon_met(m);
}

static void on_synced(struct daemon_link *l, const struct north_from_daemon *msg)
{
    char why[320];
    if (!msg->is_refused) {
        l->fault[0] = '\0';
        return;
    }
    l->version = 0; /* it still runs what it had; only a whole configuration helps */
    snprintf(why, sizeof(why), "%.120s: %.190s", msg->path, msg->text);
    daemons_out_of_sync(l, why);
}

static void dispatch(struct daemon_link *l, struct ipc_conn *c, uint16_t type, const struct north_from_daemon *msg)
{
    alive_heard(l);
    switch (type) {
    case NORTH_PONG:
        break;
    case NORTH_PREPARED:
        txn_prepared(l, msg->id, msg->is_refused, msg->path, msg->text);
        break;
    case NORTH_COMMITTED:
        txn_committed(l, msg->id);
        break;
    case NORTH_SYNCED:
        on_synced(l, msg);
        break;
    case NORTH_STATE_DATA:
        gather_data(l, msg);
        break;
    case NORTH_ACTION_DONE:
        gather_action_done(l, msg->id, msg->error, msg->text);
        break;
    case NORTH_NOTIFY:
        if (l->state != LINK_REFUSED) /* ids of another schema mean nothing */
            notify_message(l, msg);
        break;
    default: /* a number from the wire, not an enum: */
        ipc_close(c, "unknown message type %u", type);
        break;
    }
}

bool daemons_message(struct mgmtd *m, struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len)
{
    struct north_from_daemon msg;
    struct north_held held;
    struct daemon_link *l = ipc_conn_data(c);

    if (north_from_daemon_decode(payload, len, &msg, &held))
        return false;
    if (type == NORTH_HELLO && !l)
        on_hello(m, c, &msg);
    else if (l)
        dispatch(l, c, type, &msg);
    north_from_daemon_release(&held);
    return l || type == NORTH_HELLO;
}

void daemons_down(struct mgmtd *m, struct ipc_conn *c, const char *reason)
{
    for (size_t i = 0; i < m->n_daemons; i++) {
        struct daemon_link *l = &m->daemons[i];
        if (l->conn != c)
            continue;
        bool is_needed = (daemons_needed(m) & (1u << i)) != 0;
        log_event(m->env.log, is_needed ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "daemon-lost",
                  "daemon=%s needed=%d reason=\"%s\"", l->owner->daemon, is_needed, reason);
        notify_lost(l, is_needed, reason);
        l->conn = NULL;
        l->state = LINK_DOWN;
        l->fault[0] = '\0';
        alive_lost(l);
        txn_daemon_down(l);
        gather_daemon_down(l);
    }
}
