/* SPDX-License-Identifier: Apache-2.0
 *
 * What ribd says to a client: queued per key, sent as batches at the end of the turn. While much is on its way to a
 * client that does not read, nothing more is sent; it goes on when all has left. ribd itself always goes on.
 */
#include "lib/ipc/rib_server_private.h"

#include <errno.h>
#include <string.h>

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

enum {
    HIGH_WATER = 1 << 18, /* bytes on their way that make us wait */
    HOPS_FLUSH = 16384    /* next hops that make a batch of routes full */
};

void rib_queued_key_init(struct rib_queued_key *key, enum rib_server_lane lane, uint32_t kind, uint32_t id,
                         const struct prefix *p)
{
    memset(key, 0, sizeof(*key)); /* the padding, too: it is hashed */
    key->lane = lane;
    key->kind = kind;
    key->id = id;
    if (p) {
        key->prefix.addr.family = p->addr.family;
        memcpy(key->prefix.addr.b, p->addr.b, sizeof(key->prefix.addr.b));
        key->prefix.len = p->len;
    }
}

static void queued_free(struct rib_session *s, struct rib_queued *q)
{
    HASH_DEL(s->out.by_key, q);
    TAILQ_REMOVE(&s->out.lane[q->key.lane], q, entry);
    s->out.n[q->key.lane]--;
    mem_free(NULL, q);
}

static struct rib_queued *queued_find(const struct rib_session *s, const struct rib_queued_key *key)
{
    struct rib_queued *q;

    HASH_FIND(hh, s->out.by_key, key, sizeof(*key), q);
    return q;
}

void rib_session_out_drop(struct rib_session *s, const struct rib_queued_key *key)
{
    struct rib_queued *q = queued_find(s, key);

    if (q)
        queued_free(s, q);
}

void rib_session_out_drop_routes(struct rib_session *s, uint32_t vrf)
{
    struct rib_queued *q, *next;

    for (q = TAILQ_FIRST(&s->out.lane[RIB_SLANE_ROUTE]); q; q = next) {
        next = TAILQ_NEXT(q, entry);
        if (q->key.id == vrf)
            queued_free(s, q);
    }
}

/* --- sending --- */

static void out_send(struct rib_session *s, uint16_t type)
{
    if (ipc_send(s->conn, type, s->out.buf.data, s->out.buf.len) == -EMSGSIZE) {
        LOG_ERROR(s->server->env->log, "rib-message-too-long", "client=%s type=%u bytes=%zu", rib_client_id_name(s->id),
                  type, s->out.buf.len);
        rib_session_close(s, "a message to you is too long");
    }
}

static bool is_backed_up(const struct rib_session *s)
{
    return ipc_pending(s->conn) >= HIGH_WATER;
}

static void *row_push(struct rib_session *s, size_t size)
{
    return rib_vec_push(&s->out.rows, size);
}

/* Adds one entry to the batch of its kind; returns the next hops it brings along. */
static size_t batch_add(struct rib_session *s, struct rib_queued *q)
{
    switch (q->key.kind) {
    case RIB_MSG_NEXTHOPS:
        memcpy(row_push(s, sizeof(struct rib_nexthop_state)), q->payload, sizeof(struct rib_nexthop_state));
        return 0;
    case RIB_MSG_ROUTES_FAILED:
        memcpy(row_push(s, sizeof(struct rib_row_route_failed)), q->payload, sizeof(struct rib_row_route_failed));
        return 0;
    case RIB_MSG_BEST_ROUTES: {
        struct rib_row_best_route *row = row_push(s, sizeof(*row));

        row->is_gone = q->is_gone;
        row->route = (const struct rib_best_route *)(const void *)q->payload;
        return q->is_gone ? 0 : row->route->n_nexthops;
    }
    default:
        return 0;
    }
}

static void batch_encode(struct rib_session *s, uint32_t kind)
{
    struct rib_msg_buf *out = &s->out.buf;
    const void *rows = s->out.rows.data;
    size_t n = s->out.rows.n;

    switch (kind) {
    case RIB_MSG_NEXTHOPS:
        rib_msg_nexthops_encode(out, rows, n);
        break;
    case RIB_MSG_ROUTES_FAILED:
        rib_msg_routes_failed_encode(out, rows, n);
        break;
    case RIB_MSG_BEST_ROUTES:
        rib_msg_best_routes_encode(out, rows, n, s->n_subscriptions);
        break;
    default:
        break;
    }
    s->out.rows.n = 0;
}

/* Messages that stand alone are queued as bytes. */
static void send_single(struct rib_session *s, struct rib_queued *q)
{
    if (q->key.kind == RIB_MSG_ROUTES_COMPLETE)
        rib_msg_routes_complete_encode(&s->out.buf, q->key.id, s->n_subscriptions);
    else if (q->is_gone)
        rib_msg_ids_encode(&s->out.buf, &q->key.id, 1);
    else
        rib_msg_pack_bytes(&s->out.buf, q->payload, q->len);
    if (q->key.kind == RIB_MSG_INTERFACE && q->is_gone)
        out_send(s, RIB_MSG_INTERFACE_GONE);
    else if (q->key.kind == RIB_MSG_INSTANCE && q->is_gone)
        out_send(s, RIB_MSG_INSTANCE_GONE);
    else
        out_send(s, (uint16_t)q->key.kind);
}

static bool is_single(uint32_t kind)
{
    return kind == RIB_MSG_ROUTES_COMPLETE || kind == RIB_MSG_INTERFACE || kind == RIB_MSG_INSTANCE;
}

/* Sends the head of a lane: one single message, or a batch of one kind. */
static void send_some(struct rib_session *s, enum rib_server_lane lane)
{
    struct rib_queue *queue = &s->out.lane[lane];
    struct rib_queued *q = TAILQ_FIRST(queue);
    uint32_t kind = q->key.kind;
    size_t n_hops = 0, n = 0;

    if (is_single(kind)) {
        send_single(s, q);
        queued_free(s, q);
        return;
    }
    for (; q && q->key.kind == kind && n < RIB_BATCH_MAX && n_hops < HOPS_FLUSH; q = TAILQ_NEXT(q, entry), n++)
        n_hops += batch_add(s, q);
    batch_encode(s, kind); /* while what the rows point to is there */
    out_send(s, (uint16_t)kind);
    while (n-- > 0)
        queued_free(s, TAILQ_FIRST(queue));
}

static void flush_held(struct rib_session *s)
{
    if (s->out.held.n == 0)
        return;
    rib_msg_label_fecs_encode(&s->out.buf, s->out.held.data, s->out.held.n);
    out_send(s, RIB_MSG_HELD_LABELS);
    s->out.held.n = 0;
}

static void flush_results(struct rib_session *s)
{
    while (!s->is_closed && rib_results_waiting(&s->out.results) && !is_backed_up(s))
        if (rib_results_encode(&s->out.results, &s->out.buf, s->n_deletions))
            out_send(s, RIB_MSG_LABEL_RESULTS);
}

void rib_session_out_flush(struct rib_session *s)
{
    for (enum rib_server_lane lane = 0; lane < RIB_SLANE_COUNT; lane++) {
        if (lane == RIB_SLANE_FAILED)
            flush_results(s);
        while (!s->is_closed && !TAILQ_EMPTY(&s->out.lane[lane]) && !is_backed_up(s))
            send_some(s, lane);
    }
}

static void on_flush(void *arg)
{
    rib_session_out_flush(arg);
}

/* --- queueing --- */

/* A place for `len` bytes: the old one of the same key, or at the end of the lane. */
static struct rib_queued *queue_place(struct rib_session *s, const struct rib_queued_key *key, size_t len)
{
    struct rib_queued *old = queued_find(s, key), *q;

    if (old && old->room >= len)
        return old;
    q = mem_alloc(NULL, sizeof(*q) + len);
    memcpy(&q->key, key, sizeof(*key));
    q->room = len;
    if (old) {
        TAILQ_INSERT_BEFORE(old, q, entry);
        s->out.n[key->lane]++;
        queued_free(s, old);
    } else {
        TAILQ_INSERT_TAIL(&s->out.lane[key->lane], q, entry);
        s->out.n[key->lane]++;
    }
    HASH_ADD(hh, s->out.by_key, key, sizeof(q->key), q);
    return q;
}

static void flush_soon(struct rib_session *s)
{
    if (!timer_is_armed(&s->out.flush))
        timer_arm_us(&s->out.flush, 0);
}

static void enqueue(struct rib_session *s, const struct rib_queued_key *key, bool is_gone, const void *payload,
                    size_t len)
{
    struct rib_queued *q;

    if (s->is_closed)
        return;
    /* An entry of the mirror is in out.buf itself, which a flush would overwrite; they are few. */
    if (s->out.n[key->lane] >= RIB_BATCH_MAX && !is_backed_up(s) && key->lane != RIB_SLANE_MIRROR)
        rib_session_out_flush(s);
    q = queue_place(s, key, len);
    q->is_gone = is_gone;
    q->len = len;
    memcpy(q->payload, payload, len);
    flush_soon(s);
}

void rib_session_held_label(struct rib_session *s, uint32_t label, const struct rib_fec *fec)
{
    struct rib_row_label_fec *row;

    if (s->out.held.n >= RIB_BATCH_MAX)
        flush_held(s);
    row = rib_vec_push(&s->out.held, sizeof(*row));
    row->label = label;
    row->fec = *fec;
}

void rib_session_ready(struct rib_session *s)
{
    while (!s->is_closed && !TAILQ_EMPTY(&s->out.lane[RIB_SLANE_MIRROR]))
        send_some(s, RIB_SLANE_MIRROR);
    flush_held(s);
    s->out.buf.len = 0;
    out_send(s, RIB_MSG_READY);
}

void rib_session_interface(struct rib_session *s, const struct rib_interface *i)
{
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_MIRROR, RIB_MSG_INTERFACE, i->ifindex, NULL);
    rib_msg_interface_encode(&s->out.buf, i);
    enqueue(s, &key, false, s->out.buf.data, s->out.buf.len);
}

void rib_session_interface_gone(struct rib_session *s, uint32_t ifindex)
{
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_MIRROR, RIB_MSG_INTERFACE, ifindex, NULL);
    enqueue(s, &key, true, "", 0);
}

void rib_session_instance(struct rib_session *s, const struct rib_instance *i)
{
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_MIRROR, RIB_MSG_INSTANCE, i->vrf, NULL);
    rib_msg_instance_encode(&s->out.buf, i);
    enqueue(s, &key, false, s->out.buf.len ? s->out.buf.data : (const uint8_t *)"", s->out.buf.len);
}

void rib_session_instance_gone(struct rib_session *s, uint32_t vrf)
{
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_MIRROR, RIB_MSG_INSTANCE, vrf, NULL);
    enqueue(s, &key, true, "", 0);
}

void rib_session_route(struct rib_session *s, const struct rib_best_route *r)
{
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_ROUTE, RIB_MSG_BEST_ROUTES, r->vrf, &r->prefix);
    enqueue(s, &key, false, r, offsetof(struct rib_best_route, nexthops) + r->n_nexthops * sizeof(r->nexthops[0]));
}

void rib_session_route_gone(struct rib_session *s, uint32_t vrf, const struct prefix *p)
{
    struct rib_queued_key key;
    struct rib_best_route r;

    rib_queued_key_init(&key, RIB_SLANE_ROUTE, RIB_MSG_BEST_ROUTES, vrf, p);
    memset(&r, 0, offsetof(struct rib_best_route, nexthops));
    r.vrf = vrf;
    r.prefix = *p;
    enqueue(s, &key, true, &r, offsetof(struct rib_best_route, nexthops));
}

void rib_session_routes_complete(struct rib_session *s, uint32_t vrf)
{
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_ROUTE, RIB_MSG_ROUTES_COMPLETE, vrf, NULL);
    rib_session_out_drop(s, &key); /* said anew, it stands behind all that was said before */
    enqueue(s, &key, false, "", 0);
}

void rib_session_nexthop(struct rib_session *s, const struct rib_nexthop_state *n)
{
    struct rib_queued_key key;

    rib_queued_key_init(&key, RIB_SLANE_NEXTHOP, RIB_MSG_NEXTHOPS, n->watch, NULL);
    enqueue(s, &key, false, n, sizeof(*n));
}

void rib_session_label_refused(struct rib_session *s, uint32_t label, const char *reason)
{
    struct rib_label_result r = {.in_label = label, .status = RIB_LABEL_REFUSED};

    strncpy(r.reason, reason, sizeof(r.reason) - 1);
    rib_session_label_result(s, &r);
}

void rib_session_label_result(struct rib_session *s, const struct rib_label_result *r)
{
    if (s->is_closed)
        return;
    if (rib_results_waiting(&s->out.results) >= RIB_BATCH_MAX && !is_backed_up(s))
        rib_session_out_flush(s);
    rib_results_add(&s->out.results, r);
    flush_soon(s);
}

void rib_session_route_failed(struct rib_session *s, uint32_t vrf, const struct prefix *p, const char *reason)
{
    struct rib_queued_key key;
    struct rib_row_route_failed row = {.vrf = vrf, .prefix = *p};

    rib_queued_key_init(&key, RIB_SLANE_FAILED, RIB_MSG_ROUTES_FAILED, vrf, p);
    strncpy(row.reason, reason, sizeof(row.reason) - 1);
    enqueue(s, &key, false, &row, sizeof(row));
}

/* Answers are as few as questions: sent at once. */
void rib_session_label_block(struct rib_session *s, const uint32_t *labels, size_t n)
{
    rib_msg_ids_encode(&s->out.buf, labels, n);
    out_send(s, RIB_MSG_LABEL_BLOCK);
}

void rib_session_labels_short(struct rib_session *s, bool all)
{
    rib_msg_labels_short_encode(&s->out.buf, all);
    if (!s->is_closed && (all || !is_backed_up(s))) /* said once, it is true until it is heard */
        out_send(s, RIB_MSG_LABELS_SHORT);
}

void rib_session_out_init(struct rib_session *s)
{
    for (enum rib_server_lane lane = 0; lane < RIB_SLANE_COUNT; lane++)
        TAILQ_INIT(&s->out.lane[lane]);
    timer_init(&s->out.flush, s->server->env->loop, on_flush, s);
}

void rib_session_out_fini(struct rib_session *s)
{
    for (enum rib_server_lane lane = 0; lane < RIB_SLANE_COUNT; lane++)
        while (!TAILQ_EMPTY(&s->out.lane[lane]))
            queued_free(s, TAILQ_FIRST(&s->out.lane[lane]));
    rib_results_fini(&s->out.results);
    rib_vec_fini(&s->out.held);
    rib_vec_fini(&s->out.rows);
    rib_msg_buf_fini(&s->out.buf);
    timer_cancel(&s->out.flush);
}
