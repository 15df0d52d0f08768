/* SPDX-License-Identifier: Apache-2.0
 *
 * A neighbour: two connections with a state machine each (RFC 4271 s8), collision (s6.8), idle times that grow with
 * failures, and the session's coming and going towards the RIB. Owns its streams and timers.
 *
 * An incoming connection while a session lives is refused, and a KEEPALIVE is sent on the session: if the neighbour has
 * restarted and its end is gone, its system answers with a reset, and the session ends now and not at the hold time.
 */
#include "bgpd/session/neighbor.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/session/conn.h"
#include "bgpd/session/speaker.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { IDLE_FIRST_MS = 1000, STABLE_US = 30 * 1000 * 1000, LOST_MS = 5000, FOUND_MS = 200 };

enum bgp_state bgp_neighbor_state(const struct bgp_neighbor *n)
{
    enum bgp_state out = n->conn[BGP_CONN_OUT].state, in = n->conn[BGP_CONN_IN].state;

    return out > in ? out : in;
}

static void start(struct bgp_neighbor *n)
{
    struct bgp_conn *out = &n->conn[BGP_CONN_OUT];

    if (!n->is_startable || n->cfg.is_shutdown || n->session)
        return;
    bgp_conn_event(out, n->cfg.is_passive ? BGP_EVENT_START_PASSIVE : BGP_EVENT_START, NULL);
}

static void on_idle(void *arg)
{
    start(arg);
}

/* Both connections are idle: try again after a time that doubles from a second up to the connect-retry time. */
static void arm_idle(struct bgp_neighbor *n)
{
    uint64_t wait = IDLE_FIRST_MS, limit = 1000u * (uint64_t)n->cfg.connect_retry_sec;

    if (!n->is_startable || n->cfg.is_shutdown || timer_is_armed(&n->idle))
        return;
    for (uint32_t i = 0; i < n->failures && wait < limit; i++)
        wait *= 2;
    n->failures++;
    timer_arm_jitter_ms(&n->idle, wait < limit ? wait : limit);
}

void bgp_neighbor_conn_idle(struct bgp_neighbor *n)
{
    if (n->conn[BGP_CONN_OUT].state == BGP_STATE_IDLE && n->conn[BGP_CONN_IN].state == BGP_STATE_IDLE)
        arm_idle(n);
}

/* --- the session --- */

static struct bgp_conn *other(struct bgp_conn *c)
{
    return &c->neighbor->conn[c->side == BGP_CONN_OUT ? BGP_CONN_IN : BGP_CONN_OUT];
}

void bgp_neighbor_session_up(struct bgp_neighbor *n, struct bgp_conn *c)
{
    struct bgp_peer_info info = {.router_id = c->remote.router_id,
                                 .local_address = stream_endpoints(c->stream)->local,
                                 .is_as4 = c->remote.has_as4,
                                 .families = n->negotiated};

    bgp_conn_event(other(c), BGP_EVENT_COLLISION, NULL);
    timer_cancel(&n->idle);
    n->session = c;
    n->changed_at_us = loop_now_us(n->speaker->env->loop);
    n->counters.established++;
    bgp_rib_peer_up(n->rib_peer, &info);
    bgp_neighbor_wake_output(n);
    if (n->speaker->told.up)
        n->speaker->told.up(n->speaker->told.arg, n);
}

void bgp_neighbor_session_down(struct bgp_neighbor *n)
{
    uint64_t now = loop_now_us(n->speaker->env->loop);
    const struct bgp_speaker_listener *told = &n->speaker->told;

    if (told->down)
        told->down(told->arg, n, (uint32_t)((now - n->changed_at_us) / 1000000));
    if (now - n->changed_at_us > STABLE_US)
        n->failures = 0;
    n->session = NULL;
    n->changed_at_us = now;
    timer_cancel(&n->lost);
    timer_cancel(&n->output);
    bgp_rib_peer_down(n->rib_peer);
}

/* RFC 4271 s6.8: of two connections the one stays that was opened by the side with the higher identifier (RFC 6286
 * s2.3: then the higher AS). True if `c`, whose OPEN just came, has to go. */
bool bgp_neighbor_loses_collision(struct bgp_conn *c)
{
    const struct bgp_global_config *g = bgp_rib_global(c->neighbor->speaker->rib);
    struct bgp_conn *o = other(c);
    bool is_ours_kept = g->router_id != c->remote.router_id ? g->router_id > c->remote.router_id : g->as > c->remote.as;

    if (o->state == BGP_STATE_ESTABLISHED)
        return true;
    if (o->state != BGP_STATE_OPEN_CONFIRM)
        return false;
    if ((c->side == BGP_CONN_OUT) != is_ours_kept)
        return true;
    bgp_conn_event(o, BGP_EVENT_COLLISION, NULL);
    return false;
}

void bgp_neighbor_accept(struct bgp_neighbor *n, struct stream *s)
{
    struct bgp_conn *in = &n->conn[BGP_CONN_IN];

    if (!n->is_startable || n->cfg.is_shutdown) {
        stream_close(s);
        return;
    }
    if (n->session) {
        stream_close(s);
        bgp_conn_send_keepalive(n->session);
        return;
    }
    if (in->stream)
        bgp_conn_event(in, BGP_EVENT_TCP_FAILS, NULL); /* the neighbour has begun anew */
    bgp_conn_adopt(in, s);
}

/* --- output --- */

static void on_output(void *arg)
{
    struct bgp_neighbor *n = arg;
    struct bgp_speaker *sp = n->speaker;
    size_t len;

    while (n->session && bgp_conn_has_room(n->session)) {
        len = bgp_rib_output(n->rib_peer, sp->buffer, sizeof(sp->buffer));
        if (!len)
            return;
        bgp_conn_send(n->session, BGP_MESSAGE_UPDATE, sp->buffer, len);
    }
}

void bgp_neighbor_continue_output(struct bgp_neighbor *n)
{
    on_output(n);
}

void bgp_neighbor_wake_output(struct bgp_neighbor *n)
{
    if (n->session && !timer_is_armed(&n->output))
        timer_arm_ms(&n->output, n->cfg.advertisement_interval_ms);
}

bool bgp_neighbor_request_refresh(struct bgp_neighbor *n, enum bgp_family f)
{
    const struct bgp_family_info *info = bgp_family_info(f);
    struct bgp_refresh r = {.afi = info->afi, .safi = info->safi};
    uint8_t buf[32];

    if (!n->session || !n->session->remote.has_route_refresh || !(n->negotiated & BGP_FAMILY_BIT(f)))
        return false;
    bgp_conn_send(n->session, BGP_MESSAGE_ROUTE_REFRESH, buf, bgp_refresh_encode(buf, sizeof(buf), &r));
    return true;
}

static void on_lost(void *arg)
{
    struct bgp_neighbor *n = arg;

    if (!n->session)
        return;
    snprintf(n->last_error, sizeof(n->last_error), "neighbor is unreachable");
    bgp_conn_event(n->session, BGP_EVENT_TCP_FAILS, NULL);
}

/* --- life --- */

struct bgp_neighbor *bgp_neighbor_create(struct bgp_speaker *sp, struct bgp_vrf *v, const struct bgp_peer_config *cfg)
{
    struct bgp_neighbor *n = MEM_NEW(NULL, struct bgp_neighbor);

    n->speaker = sp;
    n->vrf = v;
    n->cfg = *cfg;
    n->rib_peer = bgp_rib_peer_create(v, cfg, n);
    n->changed_at_us = loop_now_us(sp->env->loop);
    timer_init(&n->idle, sp->env->loop, on_idle, n);
    timer_init(&n->output, sp->env->loop, on_output, n);
    timer_init(&n->lost, sp->env->loop, on_lost, n);
    for (size_t i = 0; i < BGP_CONN_COUNT; i++)
        bgp_conn_init(&n->conn[i], n, (enum bgp_conn_side)i);
    return n;
}

static void stop(struct bgp_neighbor *n, enum bgp_cease_subcode subcode)
{
    struct bgp_error e = {0};

    bgp_error_reset(&e, BGP_ERROR_CEASE, (uint8_t)subcode, NULL, 0);
    for (size_t i = 0; i < BGP_CONN_COUNT; i++)
        bgp_conn_event(&n->conn[i], BGP_EVENT_STOP, &e);
}

void bgp_neighbor_destroy(struct bgp_neighbor *n)
{
    n->is_startable = false;
    stop(n, BGP_CEASE_DECONFIGURED);
    timer_cancel(&n->idle);
    timer_cancel(&n->output);
    timer_cancel(&n->lost);
    for (size_t i = 0; i < BGP_CONN_COUNT; i++)
        bgp_conn_fini(&n->conn[i]);
    bgp_rib_peer_destroy(n->rib_peer);
    mem_free(NULL, n);
}

void bgp_neighbor_reset(struct bgp_neighbor *n, enum bgp_cease_subcode subcode)
{
    n->failures = 0;
    stop(n, subcode);
    bgp_neighbor_conn_idle(n);
}

void bgp_neighbor_link_down(struct bgp_neighbor *n)
{
    if (!n->session)
        return;
    snprintf(n->last_error, sizeof(n->last_error), "link down");
    bgp_conn_event(n->session, BGP_EVENT_TCP_FAILS, NULL);
}

/* While a path is broken TCP backs off, and goes on waiting for up to minutes when the path is back. So a session
 * without a path for some seconds is given up. What it brought leads nowhere by then: next hops are judged one by one
 * anyway. */
void bgp_neighbor_set_reachable(struct bgp_neighbor *n, bool is_reachable)
{
    struct bgp_conn *out = &n->conn[BGP_CONN_OUT];

    if (!is_reachable) {
        if (n->session && !timer_is_armed(&n->lost))
            timer_arm_ms(&n->lost, LOST_MS);
        return;
    }
    timer_cancel(&n->lost);
    if (n->session || !n->is_startable)
        return;
    n->failures = 0;
    if (timer_is_armed(&n->idle))
        timer_arm_jitter_ms(&n->idle, FOUND_MS);
    if (timer_is_armed(&out->retry))
        timer_arm_jitter_ms(&out->retry, FOUND_MS);
}

void bgp_neighbor_set_startable(struct bgp_neighbor *n, bool is_startable, const char *device)
{
    if (n->is_startable == is_startable && strcmp(n->device, device) == 0)
        return;
    n->is_startable = false;
    stop(n, BGP_CEASE_SHUTDOWN);
    timer_cancel(&n->idle);
    snprintf(n->device, sizeof(n->device), "%s", device);
    n->is_startable = is_startable;
    n->failures = 0;
    bgp_rib_peer_watch(n->rib_peer, is_startable);
    start(n);
}

/* Can `b` take the place of `a` without a new session? */
static bool is_same_session(const struct bgp_peer_config *a, const struct bgp_peer_config *b)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        if (a->family[f].is_enabled != b->family[f].is_enabled)
            return false;
    return a->remote_as == b->remote_as && ip_addr_equal(&a->local_address, &b->local_address) &&
           a->ebgp_multihop == b->ebgp_multihop && a->is_passive == b->is_passive && a->is_shutdown == b->is_shutdown &&
           a->has_ttl_security == b->has_ttl_security && a->port == b->port && a->hold_time_sec == b->hold_time_sec &&
           a->keepalive_sec == b->keepalive_sec && a->has_site_of_origin == b->has_site_of_origin &&
           a->site_of_origin == b->site_of_origin;
}

void bgp_neighbor_configure(struct bgp_neighbor *n, const struct bgp_peer_config *cfg)
{
    bool is_same = is_same_session(&n->cfg, cfg);

    if (!is_same)
        stop(n, cfg->is_shutdown ? BGP_CEASE_SHUTDOWN : BGP_CEASE_CHANGED);
    n->cfg = *cfg;
    bgp_rib_peer_configure(n->rib_peer, cfg);
    if (is_same)
        return;
    timer_cancel(&n->idle);
    n->failures = 0;
    start(n);
}
