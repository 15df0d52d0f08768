/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd's half of the conversation (rib_server.h): sessions, and the checks that need to know what the client said
 * before: a use of something that was never defined ends the session. What ribd says stands in rib_server_out.c. The
 * server may not be destroyed inside one of its events.
 */
#include "lib/ipc/rib_server_private.h"

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

enum {
    KNOWN_MAX = 1 << 20,  /* ids of a session */
    UNREAD_MAX = 1 << 20, /* bytes said to it: who does not read them is not listened to */
    HEARD_A_TURN = 16384, /* octets of one session, then it is the others' turn, and the RIB's */
    MESSAGE_COSTS = 512,  /* what the shortest message counts */
};

/* --- what the client defined --- */

/* One to one: the hash alone is the key, and the name says nothing. */
static uint32_t id_hash(uint32_t id)
{
    id *= 0x9e3779b1u;
    return id ^ id >> 16;
}

static bool is_known(const struct rib_session *s, enum rib_known_kind kind, uint32_t id)
{
    uint32_t at;

    return index32_first(&s->known[kind], id_hash(id), &at) != 0;
}

static size_t n_known(const struct rib_session *s)
{
    size_t n = 0;

    for (enum rib_known_kind kind = 0; kind < RIB_KNOWN_KINDS; kind++)
        n += s->known[kind].n;
    return n;
}

/* False if it is already known. */
static bool known_add(struct rib_session *s, enum rib_known_kind kind, uint32_t id)
{
    if (is_known(s, kind, id))
        return false;
    if (n_known(s) >= KNOWN_MAX) {
        s->is_closed = true;
        ipc_close(s->conn, "more than %d ids at a time", KNOWN_MAX);
        return true;
    }
    index32_add(&s->known[kind], id_hash(id), 1);
    return true;
}

/* False if it is not known. */
static bool known_remove(struct rib_session *s, enum rib_known_kind kind, uint32_t id)
{
    return index32_remove(&s->known[kind], id_hash(id), 1);
}

/* --- what the client says, checked --- */

static bool require(struct rib_session *s, bool is_good, const char *what, uint32_t id)
{
    if (!is_good && !s->is_closed) {
        s->is_closed = true;
        ipc_close(s->conn, "%s %u", what, id);
    }
    return is_good;
}

static void on_end_of_replay(void *arg, struct rib_session *s)
{
    struct rib_server *server = arg;

    server->ev.end_of_replay(server->arg, s);
}

static void on_nhset_define(void *arg, struct rib_session *s, uint32_t nhset, const struct rib_nexthop *nh, size_t n)
{
    struct rib_server *server = arg;

    if (require(s, known_add(s, RIB_KNOWN_NHSET, nhset), "defined twice: next-hop set", nhset) && !s->is_closed)
        server->ev.nhset_define(server->arg, s, nhset, nh, n);
}

static void on_nhset_undefine(void *arg, struct rib_session *s, uint32_t nhset)
{
    struct rib_server *server = arg;

    if (require(s, known_remove(s, RIB_KNOWN_NHSET, nhset), "undefined, but unknown: next-hop set", nhset))
        server->ev.nhset_undefine(server->arg, s, nhset);
}

static void on_route_set(void *arg, struct rib_session *s, const struct rib_route *route)
{
    struct rib_server *server = arg;

    if (require(s, is_known(s, RIB_KNOWN_NHSET, route->nhset), "route over unknown next-hop set", route->nhset))
        server->ev.route_set(server->arg, s, route);
}

static void on_route_del(void *arg, struct rib_session *s, uint32_t vrf, const struct prefix *p, enum rib_source source)
{
    struct rib_server *server = arg;

    server->ev.route_del(server->arg, s, vrf, p, source);
}

static void on_subscribe(void *arg, struct rib_session *s, uint32_t vrf, uint32_t sources)
{
    struct rib_server *server = arg;

    s->n_subscriptions++;
    if (!sources)
        rib_session_out_drop_routes(s, vrf);
    server->ev.subscribe(server->arg, s, vrf, sources);
}

static void on_watch(void *arg, struct rib_session *s, uint32_t watch, uint32_t vrf, const struct ip_addr *a,
                     bool needs_lsp)
{
    struct rib_server *server = arg;

    if (require(s, known_add(s, RIB_KNOWN_WATCH, watch), "begun twice: watch", watch) && !s->is_closed)
        server->ev.watch(server->arg, s, watch, vrf, a, needs_lsp);
}

static void on_unwatch(void *arg, struct rib_session *s, uint32_t watch)
{
    struct rib_server *server = arg;
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_NEXTHOP, RIB_MSG_NEXTHOPS, watch, NULL);
    if (!require(s, known_remove(s, RIB_KNOWN_WATCH, watch), "ended, but unknown: watch", watch))
        return;
    server->ev.unwatch(server->arg, s, watch);
    rib_session_out_drop(s, &key);
}

static void on_labels_wanted(void *arg, struct rib_session *s, uint32_t count)
{
    struct rib_server *server = arg;

    server->ev.labels_wanted(server->arg, s, count);
}

static void on_label_claim(void *arg, struct rib_session *s, uint32_t label, const struct rib_fec *fec)
{
    struct rib_server *server = arg;

    server->ev.label_claim(server->arg, s, label, fec);
}

static void on_label_free(void *arg, struct rib_session *s, uint32_t label)
{
    struct rib_server *server = arg;

    server->ev.label_free(server->arg, s, label);
}

static void on_label_set(void *arg, struct rib_session *s, const struct rib_label_entry *e)
{
    struct rib_server *server = arg;

    if (e->op == RIB_LABEL_SWAP &&
        !require(s, is_known(s, RIB_KNOWN_NHSET, e->nhset), "label entry over unknown next-hop set", e->nhset))
        return;
    if (require(s, e->scope == 0 || is_known(s, RIB_KNOWN_SCOPE, e->scope), "label entry in unknown scope", e->scope))
        server->ev.label_set(server->arg, s, e);
}

/* Results from here on are of a later entry: see rib_client_label_del(). */
static void on_label_del(void *arg, struct rib_session *s, uint32_t in_label)
{
    struct rib_server *server = arg;

    s->n_deletions++;
    rib_results_drop(&s->out.results, in_label);
    server->ev.label_del(server->arg, s, in_label);
}

static void on_scope_define(void *arg, struct rib_session *s, uint32_t scope, const struct rib_scope_member *m,
                            size_t n)
{
    struct rib_server *server = arg;

    if (require(s, known_add(s, RIB_KNOWN_SCOPE, scope), "defined twice: scope", scope) && !s->is_closed)
        server->ev.scope_define(server->arg, s, scope, m, n);
}

static void on_scope_undefine(void *arg, struct rib_session *s, uint32_t scope)
{
    struct rib_server *server = arg;

    if (require(s, known_remove(s, RIB_KNOWN_SCOPE, scope), "undefined, but unknown: scope", scope))
        server->ev.scope_undefine(server->arg, s, scope);
}

static void on_label_peer_set(void *arg, struct rib_session *s, uint32_t peer, uint32_t vrf, const struct ip_addr *a,
                              size_t n)
{
    struct rib_server *server = arg;

    known_add(s, RIB_KNOWN_PEER, peer);
    if (s->is_closed)
        return;
    server->ev.label_peer_set(server->arg, s, peer, vrf, a, n);
}

static void on_label_peer_del(void *arg, struct rib_session *s, uint32_t peer)
{
    struct rib_server *server = arg;

    if (known_remove(s, RIB_KNOWN_PEER, peer))
        server->ev.label_peer_del(server->arg, s, peer);
}

static void on_binding_set(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec,
                           const struct out_label *l)
{
    struct rib_server *server = arg;

    if (require(s, is_known(s, RIB_KNOWN_PEER, peer), "binding of unknown label peer", peer))
        server->ev.binding_set(server->arg, s, peer, fec, l);
}

static void on_binding_del(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec)
{
    struct rib_server *server = arg;

    if (is_known(s, RIB_KNOWN_PEER, peer)) /* else gone with its peer */
        server->ev.binding_del(server->arg, s, peer, fec);
}

static const struct rib_server_events checked_events = {
    .end_of_replay = on_end_of_replay,
    .nhset_define = on_nhset_define,
    .nhset_undefine = on_nhset_undefine,
    .route_set = on_route_set,
    .route_del = on_route_del,
    .subscribe = on_subscribe,
    .watch = on_watch,
    .unwatch = on_unwatch,
    .labels_wanted = on_labels_wanted,
    .label_claim = on_label_claim,
    .label_free = on_label_free,
    .label_set = on_label_set,
    .label_del = on_label_del,
    .scope_define = on_scope_define,
    .scope_undefine = on_scope_undefine,
    .label_peer_set = on_label_peer_set,
    .label_peer_del = on_label_peer_del,
    .binding_set = on_binding_set,
    .binding_del = on_binding_del,
};

/* --- sessions --- */

/* Tells ribd and frees; the connection is somebody else's matter. */
static void session_end(struct rib_session *s)
{
    s->is_closed = true;
    s->server->ev.closed(s->server->arg, s);
    ipc_conn_set_data(s->conn, NULL);
    LIST_REMOVE(s, entry);
    for (enum rib_known_kind kind = 0; kind < RIB_KNOWN_KINDS; kind++)
        index32_fini(&s->known[kind]);
    rib_session_out_fini(s);
    mem_free(NULL, s);
}

static void on_conn_up(struct ipc_conn *conn, void *arg)
{
    struct rib_server *server = arg;
    enum rib_client_id id = rib_client_id_of(ipc_conn_peer(conn)->name);
    struct rib_session *s;

    if (id == RIB_CLIENT_NONE || id == RIB_CLIENT_RIBD) {
        ipc_close(conn, "unknown client %s", ipc_conn_peer(conn)->name);
        return;
    }
    LIST_FOREACH (s, &server->sessions, entry)
        if (s->id == id)
            break;
    if (s) {
        ipc_close(s->conn, "replaced by a new session of %s", rib_client_id_name(id));
        session_end(s);
    }
    s = MEM_NEW(NULL, struct rib_session);
    s->server = server;
    s->conn = conn;
    s->id = id;
    rib_session_out_init(s);
    ipc_conn_set_data(conn, s);
    LIST_INSERT_HEAD(&server->sessions, s, entry);
    server->ev.opened(server->arg, s, id);
}

static void on_conn_down(struct ipc_conn *conn, const char *reason, void *arg)
{
    struct rib_session *s = ipc_conn_data(conn);

    (void)reason;
    (void)arg;
    if (s)
        session_end(s);
}

static void on_conn_message(struct ipc_conn *conn, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct rib_server *server = arg;
    struct rib_session *s = ipc_conn_data(conn);
    struct rib_msg_server_sink sink = {.ev = &checked_events, .arg = server, .session = s};
    const char *wrong;

    if (!s || s->is_closed)
        return;
    sink.is_closed = &s->is_closed;
    sink.scratch = &server->in;
    wrong = rib_msg_decode_for_server(type, payload, len, &sink);
    if (wrong)
        require(s, false, wrong, type);
    if (!timer_is_armed(&server->batch_end))
        timer_arm_us(&server->batch_end, 0);
    s->heard += len + MESSAGE_COSTS;
    if (ipc_pending(conn) > UNREAD_MAX) {
        ipc_pause(conn, true);
    } else if (s->heard >= HEARD_A_TURN) {
        s->heard = 0;
        ipc_yield(conn);
    }
}

static void on_conn_drained(struct ipc_conn *conn, void *arg)
{
    struct rib_session *s = ipc_conn_data(conn);

    (void)arg;
    if (!s)
        return;
    ipc_pause(conn, false);
    if (!s->is_closed)
        rib_session_out_flush(s);
}

static void on_batch_end(void *arg)
{
    struct rib_server *server = arg;

    server->ev.batch_end(server->arg);
}

static const struct ipc_events conn_events = {
    .up = on_conn_up, .down = on_conn_down, .message = on_conn_message, .drained = on_conn_drained};

int rib_server_create(const struct env *env, const struct rib_server_events *ev, void *arg, struct rib_server **out)
{
    struct ipc_spec spec = {.socket = "ribd.sock",
                            .service = "rib",
                            .version = RIB_PROTOCOL_VERSION,
                            .name = rib_client_id_name(RIB_CLIENT_RIBD)};
    struct rib_server *server = MEM_NEW(NULL, struct rib_server);
    int err;

    server->env = env;
    server->ev = *ev;
    server->arg = arg;
    LIST_INIT(&server->sessions);
    timer_init(&server->batch_end, env->loop, on_batch_end, server);
    err = ipc_listener_create(env, &spec, &conn_events, server, &server->listener);
    if (err) {
        mem_free(NULL, server);
        return err;
    }
    *out = server;
    return 0;
}

void rib_server_destroy(struct rib_server *server)
{
    if (!server)
        return;
    while (!LIST_EMPTY(&server->sessions)) {
        rib_session_out_flush(LIST_FIRST(&server->sessions));
        session_end(LIST_FIRST(&server->sessions));
    }
    ipc_listener_destroy(server->listener);
    timer_cancel(&server->batch_end);
    rib_scratch_fini(&server->in);
    mem_free(NULL, server);
}

void rib_session_set_data(struct rib_session *s, void *data)
{
    s->data = data;
}

void *rib_session_data(const struct rib_session *s)
{
    return s->data;
}

enum rib_client_id rib_session_client(const struct rib_session *s)
{
    return s->id;
}

void rib_session_close(struct rib_session *s, const char *why)
{
    s->is_closed = true;
    ipc_close(s->conn, "%s", why);
}
