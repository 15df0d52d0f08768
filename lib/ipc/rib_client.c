/* SPDX-License-Identifier: Apache-2.0
 *
 * The client half of the conversation with ribd (rib_client.h): the session, routes, watches and subscriptions. The
 * rest stands in rib_client_{out,sets,label,mirror}.c.
 *
 *   down --hello--> claims sent, mirror and held labels arrive --ready--> up (session_up) --any end--> down
 * (session_down)
 *
 * While there is no session: next-hop sets, scopes, watches and subscriptions are kept and told when one is ready;
 * routes, label entries, label peers and bindings are dropped, as the daemon tells them again on session_up.
 */
#include "lib/ipc/rib_client_private.h"

#include <string.h>

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

static void client_free(struct rib_client *c)
{
    struct rib_subscription *sub, *next_sub;
    struct rib_watch *w, *next_w;

    ipc_connector_destroy(c->connector);
    HASH_ITER (hh, c->subscriptions, sub, next_sub) {
        HASH_DEL(c->subscriptions, sub);
        mem_free(NULL, sub);
    }
    HASH_ITER (hh, c->watches, w, next_w) {
        HASH_DEL(c->watches, w);
        mem_free(NULL, w);
    }
    rib_sets_clear(&c->nhsets);
    rib_sets_clear(&c->scopes);
    rib_labels_fini(c);
    rib_mirror_fini(c);
    rib_out_fini(c);
    rib_scratch_fini(&c->in);
    mem_free(NULL, c);
}

static void leave_callback(struct rib_client *c)
{
    if (--c->callback_depth == 0 && c->is_destroyed)
        client_free(c);
}

/* --- what ribd says --- */

static struct rib_subscription *subscription_of(const struct rib_client *c, uint32_t vrf)
{
    struct rib_subscription *sub;

    HASH_FIND(hh, c->subscriptions, &vrf, sizeof(vrf), sub);
    return sub;
}

/* Routes of a subscription that was ended, and perhaps begun anew, may still be under way. */
static bool is_of_interest(const struct rib_client *c, uint32_t vrf, uint64_t epoch)
{
    const struct rib_subscription *sub = subscription_of(c, vrf);

    return sub && epoch >= sub->epoch;
}

static void subscription_send(struct rib_client *c, uint32_t vrf, uint32_t sources)
{
    c->n_subscriptions++;
    rib_msg_subscribe_encode(&c->out.buf, vrf, sources);
    rib_out_send(c, RIB_MSG_SUBSCRIBE);
}

static void watch_send(struct rib_client *c, const struct rib_row_watch *row)
{
    *(struct rib_row_watch *)rib_out_push(c, RIB_LANE_WATCH, sizeof(*row)) = *row;
}

/* What was asked for while there was no session. */
static void tell_wishes(struct rib_client *c)
{
    struct rib_subscription *sub, *next_sub;
    struct rib_watch *w, *next_w;

    rib_sets_define_all(c);
    HASH_ITER (hh, c->watches, w, next_w)
        watch_send(c, &w->row);
    HASH_ITER (hh, c->subscriptions, sub, next_sub) {
        subscription_send(c, sub->vrf, sub->sources);
        sub->epoch = c->n_subscriptions;
    }
}

static void on_ready(void *arg)
{
    struct rib_client *c = arg;

    if (c->is_up)
        return;
    rib_mirror_sweep(c);
    if (c->is_destroyed)
        return;
    c->is_up = true;
    tell_wishes(c);
    rib_labels_session_ready(c);
    if (c->ev.session_up)
        c->ev.session_up(c->arg);
}

static void on_held_label(void *arg, uint32_t label, const struct rib_fec *fec)
{
    rib_labels_on_held(arg, label, fec);
}

static void on_interface(void *arg, const struct rib_interface *i)
{
    rib_mirror_on_interface(arg, i);
}

static void on_interface_gone(void *arg, uint32_t ifindex)
{
    rib_mirror_on_interface_gone(arg, ifindex);
}

static void on_instance(void *arg, const struct rib_instance *i)
{
    rib_mirror_on_instance(arg, i);
}

static void on_instance_gone(void *arg, uint32_t vrf)
{
    rib_mirror_on_instance_gone(arg, vrf);
}

static void on_route(void *arg, const struct rib_best_route *r, uint64_t epoch)
{
    struct rib_client *c = arg;

    if (c->ev.route && is_of_interest(c, r->vrf, epoch))
        c->ev.route(c->arg, r);
}

static void on_route_gone(void *arg, uint32_t vrf, const struct prefix *p, uint64_t epoch)
{
    struct rib_client *c = arg;

    if (c->ev.route_gone && is_of_interest(c, vrf, epoch))
        c->ev.route_gone(c->arg, vrf, p);
}

static void on_routes_complete(void *arg, uint32_t vrf, uint64_t epoch)
{
    struct rib_client *c = arg;

    if (c->ev.routes_complete && is_of_interest(c, vrf, epoch))
        c->ev.routes_complete(c->arg, vrf);
}

static void on_nexthop(void *arg, const struct rib_nexthop_state *n)
{
    struct rib_client *c = arg;
    struct rib_watch *w;

    HASH_FIND(hh, c->watches, &n->watch, sizeof(n->watch), w);
    if (w && c->ev.nexthop)
        c->ev.nexthop(c->arg, n);
}

static void on_label_block(void *arg, const uint32_t *labels, size_t n)
{
    rib_labels_on_block(arg, labels, n);
}

static void on_label_result(void *arg, const struct rib_label_result *r, uint64_t epoch)
{
    rib_labels_on_result(arg, r, epoch);
}

static void on_label_refused(void *arg, uint32_t label, const char *reason)
{
    rib_labels_on_refused(arg, label, reason);
}

static void on_labels_short(void *arg, bool all)
{
    rib_labels_on_short(arg, all);
}

static void on_label_epoch(void *arg, uint64_t epoch)
{
    rib_labels_on_epoch(arg, epoch);
}

static void on_route_failed(void *arg, uint32_t vrf, const struct prefix *p, const char *reason)
{
    struct rib_client *c = arg;

    if (c->ev.route_failed)
        c->ev.route_failed(c->arg, vrf, p, reason);
}

static const struct rib_msg_client_ops client_ops = {
    .ready = on_ready,
    .held_label = on_held_label,
    .interface = on_interface,
    .interface_gone = on_interface_gone,
    .instance = on_instance,
    .instance_gone = on_instance_gone,
    .route = on_route,
    .route_gone = on_route_gone,
    .routes_complete = on_routes_complete,
    .nexthop = on_nexthop,
    .label_block = on_label_block,
    .label_result = on_label_result,
    .label_refused = on_label_refused,
    .labels_short = on_labels_short,
    .label_epoch = on_label_epoch,
    .route_failed = on_route_failed,
};

/* --- the connection --- */

static void on_conn_up(struct ipc_conn *conn, void *arg)
{
    struct rib_client *c = arg;

    c->conn = conn;
    c->n_subscriptions = 0;
    rib_mirror_mark_stale(c);
    rib_labels_session_began(c);
}

static void forget_session(struct rib_client *c)
{
    struct rib_subscription *sub, *next_sub;
    struct rib_watch *w, *next_w;

    rib_sets_clear(&c->nhsets);
    rib_sets_clear(&c->scopes);
    HASH_ITER (hh, c->subscriptions, sub, next_sub) {
        HASH_DEL(c->subscriptions, sub);
        mem_free(NULL, sub);
    }
    HASH_ITER (hh, c->watches, w, next_w) {
        HASH_DEL(c->watches, w);
        mem_free(NULL, w);
    }
}

static void on_conn_down(struct ipc_conn *conn, const char *reason, void *arg)
{
    struct rib_client *c = arg;
    bool was_up = c->is_up;

    (void)conn;
    (void)reason;
    c->conn = NULL;
    c->is_up = false;
    rib_out_clear(c);
    rib_labels_session_ended(c);
    if (!was_up)
        return;
    forget_session(c);
    c->callback_depth++;
    if (c->ev.session_down)
        c->ev.session_down(c->arg);
    leave_callback(c);
}

static void on_conn_message(struct ipc_conn *conn, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct rib_client *c = arg;
    struct rib_msg_client_sink sink = {.ops = &client_ops, .arg = c, .is_closed = &c->is_destroyed, .scratch = &c->in};
    const char *wrong;

    c->callback_depth++;
    wrong = rib_msg_decode_for_client(type, payload, len, &sink);
    if (wrong && !c->is_destroyed)
        ipc_close(conn, "message %u: %s", type, wrong);
    leave_callback(c);
}

static const struct ipc_events conn_events = {.up = on_conn_up, .down = on_conn_down, .message = on_conn_message};

struct rib_client *rib_client_create(const struct env *env, enum rib_client_id id, const struct rib_client_events *ev,
                                     void *arg)
{
    struct rib_client *c = MEM_NEW(NULL, struct rib_client);
    struct ipc_spec spec = {
        .socket = "ribd.sock", .service = "rib", .version = RIB_PROTOCOL_VERSION, .name = rib_client_id_name(id)};

    c->env = env;
    c->id = id;
    c->ev = *ev;
    c->arg = arg;
    rib_out_init(c);
    rib_labels_init(c);
    c->connector = ipc_connector_create(env, &spec, &conn_events, c);
    return c;
}

void rib_client_destroy(struct rib_client *c)
{
    if (!c || c->is_destroyed)
        return;
    c->is_destroyed = true;
    if (c->callback_depth > 0) {
        ipc_connector_destroy(c->connector);
        c->connector = NULL;
        c->conn = NULL;
        c->is_up = false;
        rib_out_clear(c);
        timer_cancel(&c->labels.retry);
        return;
    }
    /* What was said in this turn is said: the last withdrawals of an orderly end. */
    rib_out_flush_through(c, RIB_LANE_COUNT - 1);
    client_free(c);
}

size_t rib_client_pending(const struct rib_client *c)
{
    return c->is_up ? ipc_pending(c->conn) : 0;
}

bool rib_client_is_up(const struct rib_client *c)
{
    return c->is_up;
}

/* --- routes, subscriptions, watches --- */

void rib_client_route_set(struct rib_client *c, const struct rib_route *route)
{
    struct rib_row_route *row;

    if (!c->is_up)
        return;
    row = rib_out_place(c, RIB_LANE_ROUTE, sizeof(*row));
    row->is_gone = false;
    row->route = *route;
}

void rib_client_route_del(struct rib_client *c, uint32_t vrf, const struct prefix *p, enum rib_source source)
{
    struct rib_row_route *row;

    if (!c->is_up)
        return;
    row = rib_out_push(c, RIB_LANE_ROUTE, sizeof(*row));
    row->is_gone = true;
    row->route.vrf = vrf;
    row->route.prefix = *p;
    row->route.source = (uint8_t)source;
}

void rib_client_subscribe(struct rib_client *c, uint32_t vrf, uint32_t sources)
{
    struct rib_subscription *sub = subscription_of(c, vrf);
    bool is_new = !sub;

    if (!sub && !sources)
        return;
    if (c->is_up)
        subscription_send(c, vrf, sources);
    if (!sources) {
        HASH_DEL(c->subscriptions, sub);
        mem_free(NULL, sub);
        return;
    }
    if (is_new) {
        sub = MEM_NEW(NULL, struct rib_subscription);
        sub->vrf = vrf;
        sub->epoch = c->n_subscriptions;
        HASH_ADD(hh, c->subscriptions, vrf, sizeof(sub->vrf), sub);
    }
    sub->sources = sources;
}

uint32_t rib_client_watch(struct rib_client *c, uint32_t vrf, const struct ip_addr *a, bool needs_lsp)
{
    struct rib_watch *w = MEM_NEW(NULL, struct rib_watch);

    do
        w->row.id = ++c->last_watch;
    while (w->row.id == 0);
    w->row.vrf = vrf;
    w->row.address = *a;
    w->row.needs_lsp = needs_lsp;
    HASH_ADD(hh, c->watches, row.id, sizeof(w->row.id), w);
    if (c->is_up)
        watch_send(c, &w->row);
    return w->row.id;
}

void rib_client_unwatch(struct rib_client *c, uint32_t watch)
{
    struct rib_watch *w;

    HASH_FIND(hh, c->watches, &watch, sizeof(watch), w);
    if (!w)
        return;
    if (c->is_up) {
        w->row.is_gone = true;
        watch_send(c, &w->row);
    }
    HASH_DEL(c->watches, w);
    mem_free(NULL, w);
}

void rib_client_end_of_replay(struct rib_client *c)
{
    if (!c->is_up)
        return;
    rib_labels_end_of_replay(c);
    rib_out_flush_through(c, RIB_LANE_COUNT - 1);
    c->out.buf.len = 0;
    rib_out_send(c, RIB_MSG_END_OF_REPLAY);
}

/* --- LDP --- */

void rib_client_label_peer_set(struct rib_client *c, uint32_t peer, uint32_t vrf, const struct ip_addr *addresses,
                               size_t n)
{
    if (!c->is_up)
        return;
    if (n > RIB_MEMBERS_MAX) {
        LOG_WARN(c->env->log, "too-many-peer-addresses", "peer=%u given=%zu used=%d", peer, n, RIB_MEMBERS_MAX);
        n = RIB_MEMBERS_MAX;
    }
    rib_out_flush_through(c, RIB_LANE_BINDING); /* bindings said before keep their place */
    rib_msg_label_peer_encode(&c->out.buf, peer, false, vrf, addresses, n);
    rib_out_send(c, RIB_MSG_LABEL_PEER);
}

void rib_client_label_peer_del(struct rib_client *c, uint32_t peer)
{
    if (!c->is_up)
        return;
    rib_out_flush_through(c, RIB_LANE_BINDING);
    rib_msg_label_peer_encode(&c->out.buf, peer, true, 0, NULL, 0);
    rib_out_send(c, RIB_MSG_LABEL_PEER);
}

void rib_client_binding_set(struct rib_client *c, uint32_t peer, const struct prefix *fec,
                            const struct out_label *label)
{
    struct rib_row_binding *row;

    if (!c->is_up)
        return;
    row = rib_out_push(c, RIB_LANE_BINDING, sizeof(*row));
    row->peer = peer;
    row->prefix = *fec;
    row->label = *label;
}

void rib_client_binding_del(struct rib_client *c, uint32_t peer, const struct prefix *fec)
{
    struct rib_row_binding *row;

    if (!c->is_up)
        return;
    row = rib_out_push(c, RIB_LANE_BINDING, sizeof(*row));
    row->is_gone = true;
    row->peer = peer;
    row->prefix = *fec;
}
