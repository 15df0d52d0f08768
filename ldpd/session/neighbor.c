/* SPDX-License-Identifier: Apache-2.0
 *
 * A neighbour and its session: runs the table of fsm.h, owns the connection and its timers (RFC 5036 s2.5).
 */
#include <stdio.h>
#include <string.h>

#include "ldpd/session/internal.h"
#include "ldpd_config.h"

#define CONNECT_RETRY_MS   1000
#define CONNECT_TIMEOUT_MS 5000
#define OPENING_HOLD_MS    15000 /* from the connection to OPERATIONAL */
#define BACKOFF_FIRST_MS   15000 /* RFC 5036 s2.5.3 */
#define BACKOFF_MAX_MS     120000
#define TELL_GUARDED_MS    100 /* another carrier's claims cost us work: not with every message */

static void on_opened(struct stream *s, void *arg)
{
    (void)s;
    ldp_neighbor_event(arg, LDP_EVENT_TCP_ACTIVE);
}

static void on_readable(struct stream *s, void *arg)
{
    (void)s;
    ldp_receive(arg);
}

static void on_closed(struct stream *s, int error, void *arg)
{
    (void)s;
    ldp_neighbor_fail(arg, LDP_EVENT_TCP_DOWN, 0, error ? strerror(-error) : "connection closed by the neighbour");
}

static const struct stream_events stream_callbacks = {
    .opened = on_opened, .readable = on_readable, .closed = on_closed};

static void connect_due(void *arg)
{
    struct ldp_neighbor *n = arg;
    if (n->state == LDP_SESSION_CONNECTING)
        ldp_neighbor_fail(n, LDP_EVENT_TIMEOUT, 0, "connection timed out");
    else
        ldp_neighbor_event(n, LDP_EVENT_START);
}

static void hold_due(void *arg)
{
    struct ldp_neighbor *n = arg;
    ldp_neighbor_fail(n, LDP_EVENT_TIMEOUT, LDP_STATUS_KEEPALIVE_EXPIRED,
                      ldp_neighbor_is_stuck(n) ? "the neighbour reads nothing" : "keepalive time expired");
}

static void tell_due(void *arg);

/* What has come from it counts as heard while nobody looks. */
static void resume_due(void *arg)
{
    struct ldp_neighbor *n = arg;
    if (n->state == LDP_SESSION_OPERATIONAL && !ldp_neighbor_is_stuck(n))
        timer_arm_ms(&n->hold, n->keepalive_sec * 1000u);
    stream_pause(n->stream, false);
    ldp_receive(n);
}

static void send_keepalive(struct ldp_neighbor *n)
{
    struct wire_writer *w = ldp_transmit(n, LDP_LABEL_MESSAGE_MAX);
    if (!w)
        return;
    n->keepalives_sent++;
    ldp_put_keepalive(w, ++n->instance->next_message);
}

static void keepalive_due(void *arg)
{
    struct ldp_neighbor *n = arg;
    send_keepalive(n);
    timer_arm_ms(&n->keepalive, n->keepalive_sec * 1000u / 3);
}

struct ldp_neighbor *ldp_neighbor_get(struct ldp_instance *i, uint32_t lsr_id)
{
    struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry)
        if (n->lsr_id == lsr_id)
            return n;
    n = MEM_NEW(&i->mem, struct ldp_neighbor);
    n->instance = i;
    n->lsr_id = lsr_id;
    n->max_pdu = LDP_MAX_PDU_DEFAULT;
    LIST_INIT(&n->adjacencies);
    timer_init(&n->connect, i->env->loop, connect_due, n);
    timer_init(&n->hold, i->env->loop, hold_due, n);
    timer_init(&n->keepalive, i->env->loop, keepalive_due, n);
    timer_init(&n->flush, i->env->loop, ldp_transmit_flush, n);
    timer_init(&n->tell, i->env->loop, tell_due, n);
    timer_init(&n->resume, i->env->loop, resume_due, n);
    LIST_INSERT_HEAD(&i->neighbors, n, entry);
    return n;
}

struct ldp_neighbor *ldp_neighbor_by_transport(const struct ldp_instance *i, const struct ip_addr *a)
{
    struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry) {
        const struct ldp_adjacency *j;
        LIST_FOREACH (j, &n->adjacencies, of_neighbor)
            if (ip_addr_equal(&j->transport, a))
                return n;
    }
    return NULL;
}

struct ldp_neighbor *ldp_neighbor_by_peer(const struct ldp_instance *i, uint32_t peer)
{
    struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry)
        if (n->peer == peer && n->state == LDP_SESSION_OPERATIONAL)
            return n;
    return NULL;
}

/* Of a session that came, or that had come and is gone. */
static void tell_news(const struct ldp_neighbor *n, bool is_up)
{
    const struct ldp_instance *i = n->instance;
    struct ldp_session_news news = {
        .instance = i->name,
        .lsr_id = n->lsr_id,
        .is_up = is_up,
        .keepalive_sec = n->keepalive_sec,
        .lasted_sec = (uint32_t)((loop_now_us(i->env->loop) - n->up_since_us) / 1000000),
        .reason = n->last_error,
    };

    if (i->news)
        i->news(i->news_arg, &news);
}

/* Leaves the session's objects; the neighbour stays while there is an adjacency. */
static void session_close(struct ldp_neighbor *n)
{
    struct ldp_instance *i = n->instance;
    if (n->has_pdu)
        ldp_transmit_flush(n);
    timer_cancel(&n->connect);
    timer_cancel(&n->hold);
    timer_cancel(&n->keepalive);
    timer_cancel(&n->flush);
    timer_cancel(&n->tell);
    timer_cancel(&n->resume);
    if (n->stream)
        stream_close(n->stream);
    n->stream = NULL;
    n->has_pdu = false;
    if (n->up_since_us) {
        ldp_end_note(n);
        ldp_bind_peer_down(i->bind, n->peer);
        i->rib->peer_del(i->rib_arg, n->peer);
        LOG_INFO(i->env->log, "session-down", "instance=%s lsr-id=" LSR_FORMAT " reason=\"%s\"", INSTANCE_NAME(i),
                 LSR_BYTES(n->lsr_id), n->last_error);
        tell_news(n, false);
        n->up_since_us = 0;
        if (ldp_neighbor_is_guarded(n)) /* it may not use our labels any more */
            ldp_instance_guarded_changed(i);
    }
    bool had_claims = n->n_addresses > 0;
    ldp_neighbor_forget_told(n);
    mem_free(&i->mem, n->addresses);
    n->addresses = NULL;
    n->n_addresses = 0;
    n->max_pdu = LDP_MAX_PDU_DEFAULT;
    if (had_claims) /* what it claimed may be another's to claim now */
        ldp_neighbors_tell_addresses(i);
}

static void retry_later(struct ldp_neighbor *n)
{
    if (LIST_EMPTY(&n->adjacencies) || !n->is_active)
        return;
    if (n->backoff_ms)
        timer_arm_ms(&n->connect, n->backoff_ms);
    else
        timer_arm_jitter_ms(&n->connect, CONNECT_RETRY_MS);
}

static void counters_clear(struct ldp_neighbor *n)
{
    n->received = n->sent = 0;
    n->keepalives_received = n->keepalives_sent = 0;
}

static void session_connect(struct ldp_neighbor *n)
{
    struct ldp_instance *i = n->instance;
    struct stream_addr addr = {.kind = STREAM_TCP, .local = n->local, .remote = n->transport, .remote_port = LDP_PORT};
    memcpy(addr.device, i->device, sizeof(addr.device));
    counters_clear(n);
    int err = stream_connect(i->env->io, &addr, &stream_callbacks, n, &n->stream);
    if (err) {
        n->stream = NULL;
        ldp_neighbor_fail(n, LDP_EVENT_TCP_DOWN, 0, strerror(-err));
        return;
    }
    timer_arm_ms(&n->connect, CONNECT_TIMEOUT_MS);
}

static void send_init(struct ldp_neighbor *n)
{
    struct ldp_session_parameters p = {
        .version = LDP_VERSION,
        .keepalive_sec = n->instance->config->keepalive_holdtime,
        .max_pdu = LDP_MAX_PDU_DEFAULT,
        .receiver_lsr_id = n->lsr_id,
    };
    struct wire_writer *w = ldp_transmit(n, LDP_LABEL_MESSAGE_MAX);
    if (w)
        ldp_put_init(w, ++n->instance->next_message, &p);
}

static void session_alive(struct ldp_neighbor *n)
{
    if (!ldp_neighbor_is_stuck(n))
        timer_arm_ms(&n->hold, n->keepalive_sec * 1000u);
}

static void session_up(struct ldp_neighbor *n)
{
    struct ldp_instance *i = n->instance;
    n->peer = ++*i->next_peer;
    n->up_since_us = n->quiet_since_us = loop_now_us(i->env->loop);
    n->backoff_ms = 0;
    n->last_error[0] = '\0';
    LOG_INFO(i->env->log, "session-up", "instance=%s lsr-id=" LSR_FORMAT " keepalive=%u", INSTANCE_NAME(i),
             LSR_BYTES(n->lsr_id), n->keepalive_sec);
    tell_news(n, true);
    session_alive(n);
    timer_arm_ms(&n->keepalive, n->keepalive_sec * 1000u / 3);
    ldp_neighbor_tell_addresses(n);
    ldp_transmit_addresses(n, LDP_ADDRESS, i->own, i->n_own);
    bool is_guarded = ldp_neighbor_is_guarded(n);
    ldp_bind_peer_up(i->bind, n->peer, is_guarded);
    if (is_guarded)
        ldp_instance_guarded_changed(i);
}

static void session_notify(struct ldp_neighbor *n)
{
    if (n->stream && n->pending_status)
        ldp_transmit_notification(n, n->pending_status, &n->pending_about);
    n->pending_status = 0;
    n->pending_about = (struct ldp_error){0};
}

static void back_off(struct ldp_neighbor *n)
{
    n->backoff_ms = n->backoff_ms ? n->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (n->backoff_ms > BACKOFF_MAX_MS)
        n->backoff_ms = BACKOFF_MAX_MS;
}

void ldp_neighbor_event(struct ldp_neighbor *n, enum ldp_session_event event)
{
    struct ldp_session_step step = ldp_session_step(n->state, event);
    if (step.next != n->state)
        LOG_DEBUG(n->instance->env->log, "session-state", "lsr-id=" LSR_FORMAT " event=%s from=%s to=%s",
                  LSR_BYTES(n->lsr_id), ldp_session_event_name(event), ldp_session_state_name(n->state),
                  ldp_session_state_name(step.next));
    n->state = step.next;
    switch (step.action) {
    case LDP_ACTION_NONE:
    case LDP_ACTION_DELIVER:
        return;
    case LDP_ACTION_CONNECT:
        session_connect(n);
        return;
    case LDP_ACTION_SEND_INIT:
        timer_cancel(&n->connect);
        timer_arm_ms(&n->hold, OPENING_HOLD_MS);
        send_init(n);
        return;
    case LDP_ACTION_SEND_INIT_KEEPALIVE:
        send_init(n);
        send_keepalive(n);
        return;
    case LDP_ACTION_SEND_KEEPALIVE:
        send_keepalive(n);
        return;
    case LDP_ACTION_UP:
        session_up(n);
        return;
    case LDP_ACTION_ALIVE:
        session_alive(n);
        return;
    case LDP_ACTION_REJECT:
        back_off(n);
        session_notify(n);
        session_close(n);
        retry_later(n);
        return;
    case LDP_ACTION_NOTIFY:
        session_notify(n);
        session_close(n);
        retry_later(n);
        return;
    case LDP_ACTION_CLOSE:
        session_close(n);
        retry_later(n);
        return;
    }
}

void ldp_neighbor_fail(struct ldp_neighbor *n, enum ldp_session_event event, uint32_t status, const char *why)
{
    snprintf(n->last_error, sizeof(n->last_error), "%s", why);
    n->pending_status = status;
    ldp_neighbor_event(n, event);
}

void ldp_neighbor_accept(struct ldp_neighbor *n, struct stream *s)
{
    /* The neighbour connects once: an older connection is a dead one (it was restarted, or gave up). */
    if (n->state != LDP_SESSION_NONE) {
        snprintf(n->last_error, sizeof(n->last_error), "the neighbour connected anew");
        n->state = LDP_SESSION_NONE;
        session_close(n);
    }
    timer_cancel(&n->connect);
    counters_clear(n);
    n->stream = s;
    stream_set_events(s, &stream_callbacks, n);
    timer_arm_ms(&n->hold, OPENING_HOLD_MS);
    ldp_neighbor_event(n, LDP_EVENT_TCP_PASSIVE);
    size_t len;
    stream_peek(s, &len);
    if (len)
        ldp_receive(n);
}

/* --- the ends --- */

static bool is_at(const struct ldp_adjacency *a, const struct ip_addr *transport, const struct ip_addr *local)
{
    return ip_addr_equal(&a->transport, transport) && ip_addr_equal(&a->local, local);
}

/* An order of pairs that is the same seen from either side. */
static bool is_preferred(const struct ldp_adjacency *a, const struct ldp_adjacency *b)
{
    bool a_first = ip_addr_compare(&a->local, &a->transport) < 0;
    bool b_first = ip_addr_compare(&b->local, &b->transport) < 0;
    int low = ip_addr_compare(a_first ? &a->local : &a->transport, b_first ? &b->local : &b->transport);
    int high = ip_addr_compare(a_first ? &a->transport : &a->local, b_first ? &b->transport : &b->local);
    return low != 0 ? low < 0 : high < 0;
}

/* A router should say the same address everywhere (RFC 5036 s2.5.2), but one without a loopback address may not, and a
 * session must not move from link to link with every hello. */
void ldp_neighbor_choose_ends(struct ldp_neighbor *n)
{
    const struct ldp_adjacency *a, *best = NULL;
    LIST_FOREACH (a, &n->adjacencies, of_neighbor) {
        if (n->state != LDP_SESSION_NONE && is_at(a, &n->transport, &n->local))
            return;
        if (ip_addr_is_set(&a->transport) && (!best || is_preferred(a, best)))
            best = a;
    }
    if (!best)
        return;
    if (n->state != LDP_SESSION_NONE)
        ldp_neighbor_fail(n, LDP_EVENT_STOP, LDP_STATUS_SHUTDOWN, "transport address changed");
    n->transport = best->transport;
    n->local = best->local;
    n->is_active = ip_addr_compare(&n->local, &n->transport) > 0; /* RFC 5036 s2.5.2: the higher address connects */
    if (!n->is_active)
        timer_cancel(&n->connect);
    else if (!timer_is_armed(&n->connect))
        timer_arm_ms(&n->connect, 0);
}

bool ldp_neighbor_is_guarded(const struct ldp_neighbor *n)
{
    const struct ldp_adjacency *a;
    LIST_FOREACH (a, &n->adjacencies, of_neighbor)
        if (a->interface->rib.is_guarded)
            return true;
    return false;
}

/* --- what the neighbour owns --- */

static const struct ldp_adjacency *adjacency_from(const struct ldp_neighbor *n, const struct ip_addr *source)
{
    const struct ldp_adjacency *a;
    LIST_FOREACH (a, &n->adjacencies, of_neighbor)
        if (ip_addr_equal(&a->source, source))
            return a;
    return NULL;
}

static bool has_claimed(const struct ldp_neighbor *n, const struct ip_addr *a)
{
    for (size_t k = 0; k < n->n_addresses; k++)
        if (ip_addr_equal(&n->addresses[k], a))
            return true;
    return false;
}

/* On a network of ours where the neighbour is not heard. */
static bool is_elsewhere(const struct ldp_neighbor *n, const struct ip_addr *a)
{
    const struct ldp_interface *f;
    LIST_FOREACH (f, &n->instance->interfaces, entry) {
        const struct ldp_adjacency *j;
        bool is_heard = false;
        LIST_FOREACH (j, &n->adjacencies, of_neighbor)
            is_heard = is_heard || j->interface == f;
        if (!is_heard && ldp_interface_is_onlink(f, a))
            return true;
    }
    return false;
}

/* An Address message is only a claim: labels for the next hop at that address would be taken from who made it. Where a
 * hello comes from is a fact, and so is what is ours. Another carrier's router is believed nothing that concerns the
 * others of its instance. */
bool ldp_neighbor_owns(const struct ldp_neighbor *n, const struct ip_addr *a)
{
    const struct ldp_neighbor *other;
    bool is_guarded = ldp_neighbor_is_guarded(n);
    if (ldp_instance_is_own(n->instance, a) || (is_guarded && is_elsewhere(n, a)))
        return false;
    LIST_FOREACH (other, &n->instance->neighbors, entry) {
        bool is_earlier = other->state == LDP_SESSION_OPERATIONAL && other->peer < n->peer;
        if (other != n && (adjacency_from(other, a) || (is_guarded && is_earlier && has_claimed(other, a))))
            return false;
    }
    return true;
}

bool ldp_neighbor_is_at(const struct ldp_neighbor *n, const struct ldp_bind_via *via)
{
    const struct ldp_adjacency *a;
    LIST_FOREACH (a, &n->adjacencies, of_neighbor) {
        if (a->interface->rib.ifindex != via->ifindex)
            continue;
        if (ip_addr_equal(&a->source, &via->gateway))
            return true;
        if (has_claimed(n, &via->gateway) && ldp_neighbor_owns(n, &via->gateway))
            return true;
    }
    return false;
}

void ldp_neighbor_tell_addresses(struct ldp_neighbor *n)
{
    struct ldp_instance *i = n->instance;
    size_t max = n->n_addresses, count = 0;
    struct ldp_adjacency *a;
    timer_cancel(&n->tell);
    LIST_FOREACH (a, &n->adjacencies, of_neighbor)
        max++;
    struct ip_addr *all = mem_alloc(&i->mem, (max + 1) * sizeof(*all));
    LIST_FOREACH (a, &n->adjacencies, of_neighbor)
        all[count++] = a->source;
    for (size_t k = 0; k < n->n_addresses; k++)
        if (!adjacency_from(n, &n->addresses[k]) && ldp_neighbor_owns(n, &n->addresses[k]))
            all[count++] = n->addresses[k];
    if (n->told && n->n_told == count && memcmp(n->told, all, count * sizeof(*all)) == 0) {
        mem_free(&i->mem, all);
        return;
    }
    mem_free(&i->mem, n->told);
    n->told = all;
    n->n_told = count;
    i->rib->peer_set(i->rib_arg, n->peer, i->vrf, all, count);
}

void ldp_neighbor_forget_told(struct ldp_neighbor *n)
{
    mem_free(&n->instance->mem, n->told);
    n->told = NULL;
}

void ldp_neighbors_tell_addresses(struct ldp_instance *i)
{
    struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry)
        if (n->state == LDP_SESSION_OPERATIONAL && n->up_since_us)
            ldp_neighbor_tell_addresses(n);
}

static void tell_due(void *arg)
{
    struct ldp_neighbor *n = arg;
    ldp_neighbor_tell_addresses(n);
    if (ldp_neighbor_is_guarded(n)) /* routes that lead to it may be known as such only now */
        ldp_instance_guarded_changed(n->instance);
}

void ldp_neighbor_addresses_changed(struct ldp_neighbor *n)
{
    if (!timer_is_armed(&n->tell))
        timer_arm_ms(&n->tell, ldp_neighbor_is_guarded(n) ? TELL_GUARDED_MS : 0);
}

void ldp_neighbor_destroy(struct ldp_neighbor *n)
{
    struct ldp_instance *i = n->instance;
    session_close(n);
    LIST_REMOVE(n, entry);
    mem_free(&i->mem, n);
}
