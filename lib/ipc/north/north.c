/* SPDX-License-Identifier: Apache-2.0
 *
 * A daemon's half of the conversation with mgmtd. Owns the configuration value that runs and the one that is prepared;
 * knows no daemon. A lost connection drops what was prepared: mgmtd brings the daemon up to date with SYNC when they
 * meet again. A SYNC to what runs already only moves the version.
 */
#include "strata/north.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/north/north_msg.h"
#include "lib/ipc/north/notify.h"
#include "strata/env.h"
#include "strata/ipc.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/schema.h"
#include "strata/schema_edit.h"

#define STATE_PIECE (1u << 20) /* of an answer; one frame each */

struct north {
    const struct env *env;
    const struct schema *schema;
    struct north_ops ops;
    void *daemon;
    struct ipc_connector *connector;
    const void *config;
    uint64_t version;
    void *prepared;
    uint64_t prepared_id;
    uint64_t prepared_version;
    uint64_t action_id, connection; /* of the action at hand; how often mgmtd was met */
    struct ipc_conn *conn;          /* NULL: not met */
    struct north_notify notify;
};

static void drop_prepared(struct north *n)
{
    schema_config_free(n->schema, n->prepared);
    n->prepared = NULL;
    n->prepared_id = 0;
}

static void on_up(struct ipc_conn *c, void *arg)
{
    struct north *n = arg;
    struct north_from_daemon m = {.version = n->version, .schema_hash = n->schema->hash, .answers_ping = true};
    n->connection++;
    n->conn = c;
    north_from_daemon_send(c, NORTH_HELLO, &m);
}

static void on_down(struct ipc_conn *c, const char *reason, void *arg)
{
    struct north *n = arg;
    (void)c;
    n->conn = NULL;
    LOG_INFO(n->env->log, "mgmtd-lost", "reason=\"%s\"", reason);
    drop_prepared(n);
    north_notify_lost(&n->notify);
}

/* The value that `edits` make of `old`, if the daemon agrees; else NULL and *err. */
static void *build(struct north *n, const void *old, const struct north_to_daemon *m, struct north_error *err)
{
    struct schema_error bad;
    memset(err, 0, sizeof(*err));
    void *next = schema_config_apply(n->schema, old, m->edits, m->len, &bad);
    if (!next) {
        snprintf(err->message, sizeof(err->message), "the edits cannot be read: %s", bad.message);
        return NULL;
    }
    if (n->ops.prepare && n->ops.prepare(n->daemon, next, n->config, err) != 0) {
        schema_config_free(n->schema, next);
        return NULL;
    }
    return next;
}

static void commit(struct north *n, void *next, uint64_t version)
{
    const void *prev = n->config;
    n->config = next;
    n->version = version;
    n->ops.commit(n->daemon, next, prev);
    schema_config_free(n->schema, prev);
}

static void on_sync(struct north *n, struct ipc_conn *c, const struct north_to_daemon *m)
{
    struct north_error err;
    struct north_from_daemon answer = {.version = m->version};

    drop_prepared(n);
    void *next = build(n, NULL, m, &err);
    if (!next) {
        LOG_ERROR(n->env->log, "configuration-refused", "path=%s message=\"%s\"", err.path, err.message);
        answer.is_refused = true;
        answer.path = err.path;
        answer.text = err.message;
    } else if (n->config && schema_config_equal(n->schema, n->config, next)) {
        schema_config_free(n->schema, next);
        n->version = m->version;
    } else {
        commit(n, next, m->version);
    }
    north_from_daemon_send(c, NORTH_SYNCED, &answer);
}

static void on_prepare(struct north *n, struct ipc_conn *c, const struct north_to_daemon *m)
{
    struct north_error err = {0};
    struct north_from_daemon answer = {.id = m->id};

    drop_prepared(n);
    if (m->base_version != n->version) /* 0: from nothing */
        snprintf(err.message, sizeof(err.message), "the edits are for another version of the configuration");
    else
        n->prepared = build(n, n->config, m, &err);
    n->prepared_id = n->prepared ? m->id : 0;
    n->prepared_version = m->version;
    answer.is_refused = !n->prepared;
    answer.path = err.path;
    answer.text = err.message;
    north_from_daemon_send(c, NORTH_PREPARED, &answer);
}

static void on_commit(struct north *n, struct ipc_conn *c, const struct north_to_daemon *m)
{
    struct north_from_daemon answer = {.id = m->id};
    if (!n->prepared || n->prepared_id != m->id) {
        ipc_close(c, "commit of a transaction that was not prepared");
        return;
    }
    void *next = n->prepared;
    n->prepared = NULL;
    n->prepared_id = 0;
    commit(n, next, n->prepared_version);
    north_from_daemon_send(c, NORTH_COMMITTED, &answer);
}

/* One answer in pieces; the cursor goes with the last. */
static void send_state(struct ipc_conn *c, const struct north_from_daemon *all)
{
    size_t done = 0;
    do {
        size_t part = all->len - done < STATE_PIECE ? all->len - done : STATE_PIECE;
        struct north_from_daemon answer = {.id = all->id,
                                           .data = all->data ? all->data + done : NULL,
                                           .len = part,
                                           .is_last = done + part == all->len};
        if (answer.is_last) {
            answer.cursor = all->cursor;
            answer.cursor_len = all->cursor_len;
        }
        north_from_daemon_send(c, NORTH_STATE_DATA, &answer);
        done += part;
    } while (done < all->len);
}

static void on_state_get(struct north *n, struct ipc_conn *c, const struct north_to_daemon *m)
{
    struct north_from_daemon answer = {.id = m->id};
    uint32_t limit = m->limit ? m->limit : STATE_CHUNK_ENTRIES;

    if (!n->config || !n->ops.state) { /* a daemon without configuration has no state */
        send_state(c, &answer);
        return;
    }
    struct state_writer *w = state_writer_create(n->schema);
    if (state_writer_ask(w, m->path, m->cursor, m->cursor_len, limit)) {
        state_writer_destroy(w);
        ipc_close(c, "a cursor that is none of ours");
        return;
    }
    n->ops.state(n->daemon, m->path, w);
    uint8_t *data = state_writer_take(w, &answer.len);
    uint8_t *cursor = state_writer_cursor(w, &answer.cursor_len);
    state_writer_destroy(w);
    answer.data = data;
    answer.cursor = cursor;
    send_state(c, &answer);
    free(data);
    free(cursor);
}

static void on_action(struct north *n, struct ipc_conn *c, const struct north_to_daemon *m)
{
    char reply[1024] = "";
    struct north_from_daemon answer = {.id = m->id, .text = reply};
    n->action_id = m->id;
    answer.error = n->ops.action ? n->ops.action(n->daemon, m->name, m->argument, reply, sizeof(reply)) : -EOPNOTSUPP;
    if (answer.error != -EINPROGRESS)
        north_from_daemon_send(c, NORTH_ACTION_DONE, &answer);
}

struct north_action north_action_at_hand(const struct north *n)
{
    return (struct north_action){.id = n->action_id, .connection = n->connection};
}

void north_action_done(struct north *n, const struct north_action *a, int error, const char *reply)
{
    struct north_from_daemon answer = {.id = a->id, .error = error, .text = reply};
    if (n->conn && a->connection == n->connection) /* else nobody waits for it any more */
        north_from_daemon_send(n->conn, NORTH_ACTION_DONE, &answer);
}

static void dispatch(struct north *n, struct ipc_conn *c, uint16_t type, const struct north_to_daemon *m)
{
    switch (type) {
    case NORTH_SYNC:
        on_sync(n, c, m);
        break;
    case NORTH_PREPARE:
        on_prepare(n, c, m);
        break;
    case NORTH_COMMIT:
        on_commit(n, c, m);
        break;
    case NORTH_ABORT:
        if (n->prepared_id == m->id)
            drop_prepared(n);
        break;
    case NORTH_STATE_GET:
        on_state_get(n, c, m);
        break;
    case NORTH_ACTION:
        on_action(n, c, m);
        break;
    case NORTH_PING:
        north_from_daemon_send(c, NORTH_PONG, &(struct north_from_daemon){.id = m->id});
        break;
    case NORTH_REFUSED:
        LOG_ERROR(n->env->log, "mgmtd-refuses-us", "reason=\"%s\"", m->text);
        break;
    default: /* a number from the wire, not an enum: */
        ipc_close(c, "unknown message type %u", type);
        break;
    }
}

static void on_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct north_to_daemon m;
    struct north_held held;
    if (north_to_daemon_decode(payload, len, &m, &held)) {
        ipc_close(c, "malformed message of type %u", type);
        return;
    }
    dispatch(arg, c, type, &m);
    north_to_daemon_release(&held);
}

struct north *north_create(const struct env *env, const char *name, const struct schema *schema,
                           const struct north_ops *ops, void *daemon)
{
    static const struct ipc_events events = {.up = on_up, .down = on_down, .message = on_message};
    struct ipc_spec spec = {.socket = MGMT_SOCKET,
                            .service = MGMT_SERVICE,
                            .version = MGMT_VERSION,
                            .name = name,
                            .frame_max = MGMT_FRAME_MAX};
    struct north *n = MEM_NEW(NULL, struct north);

    n->env = env;
    n->schema = schema;
    n->ops = *ops;
    n->daemon = daemon;
    north_notify_init(&n->notify, schema, &n->connector, env->loop);
    n->connector = ipc_connector_create(env, &spec, &events, n);
    return n;
}

void north_destroy(struct north *n)
{
    if (!n)
        return;
    ipc_connector_destroy(n->connector);
    north_notify_fini(&n->notify);
    drop_prepared(n);
    schema_config_free(n->schema, n->config);
    mem_free(NULL, n);
}

const void *north_config(const struct north *n)
{
    return n->config;
}

uint64_t north_version(const struct north *n)
{
    return n->version;
}

struct state_writer *north_notify_begin(struct north *n, uint32_t node)
{
    return north_notify_open(&n->notify, node);
}

void north_notify_end(struct north *n)
{
    north_notify_close(&n->notify);
}
