/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection: does what the state machine's table says, with a stream and timers (RFC 4271 s8, s10; RFC 9687 send
 * hold timer). Decides nothing by itself. Owns its stream.
 */
#include "bgpd/session/conn.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/packet/message.h"
#include "bgpd/session/speaker.h"
#include "strata/env.h"
#include "strata/log.h"

enum {
    OPEN_HOLD_SEC = 240,      /* until the OPEN has come (RFC 4271 s8.2.2) */
    SEND_HOLD_SEC = 480,      /* RFC 9687 s4.3.2: the larger of 8 minutes and twice the hold time */
    OUTPUT_WATERMARK = 65536, /* octets queued, above which the routes wait */
};

static struct log *log_of(const struct bgp_conn *c)
{
    return c->neighbor->speaker->env->log;
}

/* --- sending --- */

bool bgp_conn_has_room(const struct bgp_conn *c)
{
    return c->stream && stream_pending(c->stream) < OUTPUT_WATERMARK;
}

void bgp_conn_send(struct bgp_conn *c, enum bgp_message_type type, const void *data, size_t len)
{
    uint64_t hold_sec = 2u * c->hold_time_sec > SEND_HOLD_SEC ? 2u * c->hold_time_sec : SEND_HOLD_SEC;

    if (!c->stream || !len)
        return;
    stream_write(c->stream, data, len);
    c->neighbor->counters.out[type]++;
    if (!timer_is_armed(&c->send_hold))
        timer_arm_ms(&c->send_hold, 1000 * hold_sec);
}

void bgp_conn_send_keepalive(struct bgp_conn *c)
{
    uint8_t buf[BGP_HEADER_LEN];

    bgp_conn_send(c, BGP_MESSAGE_KEEPALIVE, buf, bgp_keepalive_encode(buf, sizeof(buf)));
}

static void send_notification(struct bgp_conn *c, uint8_t code, uint8_t subcode, const uint8_t *data, size_t len)
{
    struct bgp_notification n = {.code = code, .subcode = subcode, .data = data, .data_len = len};
    char text[60];
    uint8_t buf[64];

    bgp_conn_send(c, BGP_MESSAGE_NOTIFICATION, buf, bgp_notification_encode(buf, sizeof(buf), &n));
    snprintf(c->neighbor->last_error, sizeof(c->neighbor->last_error), "sent %s",
             bgp_error_text(code, subcode, text, sizeof(text)));
    LOG_INFO(log_of(c), "notification-sent", "code=%u subcode=%u error=%s", code, subcode,
             bgp_error_text(code, subcode, text, sizeof(text)));
}

static void send_open(struct bgp_conn *c)
{
    const struct bgp_neighbor *n = c->neighbor;
    const struct bgp_global_config *g = bgp_rib_global(n->speaker->rib);
    struct bgp_open o = {.as = g->as,
                         .hold_time_sec = n->cfg.hold_time_sec,
                         .router_id = g->router_id,
                         .has_multiprotocol = true,
                         .has_route_refresh = true,
                         .has_as4 = true};
    uint8_t buf[128];

    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        if (n->cfg.family[f].is_enabled)
            o.families |= BGP_FAMILY_BIT(f);
    bgp_conn_send(c, BGP_MESSAGE_OPEN, buf, bgp_open_encode(buf, sizeof(buf), &o));
}

/* --- the stream --- */

static void on_opened(struct stream *s, void *arg)
{
    (void)s;
    bgp_conn_event(arg, BGP_EVENT_TCP_UP, NULL);
}

static void on_readable(struct stream *s, void *arg)
{
    (void)s;
    bgp_conn_receive(arg);
}

static void on_drained(struct stream *s, void *arg)
{
    struct bgp_conn *c = arg;

    (void)s;
    timer_cancel(&c->send_hold);
    if (c->neighbor->session == c)
        bgp_neighbor_continue_output(c->neighbor);
}

static void on_closed(struct stream *s, int error, void *arg)
{
    struct bgp_conn *c = arg;

    (void)s;
    if (c->state >= BGP_STATE_OPEN_CONFIRM && strncmp(c->neighbor->last_error, "received", 8) != 0)
        snprintf(c->neighbor->last_error, sizeof(c->neighbor->last_error), "connection closed: %s",
                 error ? strerror(-error) : "by neighbor");
    bgp_conn_event(c, BGP_EVENT_TCP_FAILS, NULL);
}

static const struct stream_events stream_events = {
    .opened = on_opened, .readable = on_readable, .drained = on_drained, .closed = on_closed};

static void close_stream(struct bgp_conn *c)
{
    stream_close(c->stream);
    c->stream = NULL;
    timer_cancel(&c->retry);
    timer_cancel(&c->hold);
    timer_cancel(&c->keepalive);
    timer_cancel(&c->send_hold);
}

static void arm_retry(struct bgp_conn *c)
{
    timer_arm_jitter_ms(&c->retry, 1000u * (uint64_t)c->neighbor->cfg.connect_retry_sec);
}

static void connect_out(struct bgp_conn *c)
{
    const struct bgp_neighbor *n = c->neighbor;
    bool is_ebgp = n->cfg.remote_as != bgp_rib_global(n->speaker->rib)->as;
    struct stream_addr a = {.kind = STREAM_TCP,
                            .local = n->cfg.local_address,
                            .remote = n->cfg.address,
                            .remote_port = n->cfg.port,
                            .ttl = is_ebgp ? n->cfg.ebgp_multihop ? n->cfg.ebgp_multihop : 1 : 0};
    int err;

    if (n->cfg.has_ttl_security)
        a.ttl = a.min_ttl = 255;
    memcpy(a.device, n->device, sizeof(a.device));
    close_stream(c);
    arm_retry(c);
    err = stream_connect(n->speaker->env->io, &a, &stream_events, c, &c->stream);
    if (err)
        c->stream = NULL; /* e.g. the local address is not there yet: the connect-retry timer comes back to it */
}

void bgp_conn_adopt(struct bgp_conn *c, struct stream *s)
{
    c->stream = s;
    c->state = BGP_STATE_ACTIVE;
    stream_set_events(s, &stream_events, c);
    bgp_conn_event(c, BGP_EVENT_TCP_UP, NULL);
    bgp_conn_receive(c); /* what came before we listened */
}

/* --- timers --- */

static void on_retry(void *arg)
{
    bgp_conn_event(arg, BGP_EVENT_CONNECT_RETRY, NULL);
}

static void on_hold(void *arg)
{
    struct bgp_error e = {0};

    bgp_error_reset(&e, BGP_ERROR_HOLD_TIMER, 0, NULL, 0);
    bgp_conn_event(arg, BGP_EVENT_HOLD_EXPIRES, &e);
}

static void on_keepalive(void *arg)
{
    bgp_conn_event(arg, BGP_EVENT_KEEPALIVE_EXPIRES, NULL);
}

static void on_send_hold(void *arg)
{
    struct bgp_conn *c = arg;

    if (c->stream && stream_pending(c->stream))
        bgp_conn_event(c, BGP_EVENT_SEND_HOLD_EXPIRES, NULL);
}

static void restart_hold(struct bgp_conn *c)
{
    if (c->hold_time_sec)
        timer_arm_ms(&c->hold, 1000u * (uint64_t)c->hold_time_sec);
    else
        timer_cancel(&c->hold);
}

static void restart_keepalive(struct bgp_conn *c)
{
    uint32_t sec = c->neighbor->cfg.keepalive_sec;

    if (!c->hold_time_sec)
        return;
    if (!sec || 3 * sec > c->hold_time_sec)
        sec = c->hold_time_sec / 3; /* 3 at least, so never 0 */
    timer_arm_jitter_ms(&c->keepalive, 1000u * (uint64_t)sec);
}

/* --- actions --- */

static void act_none(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)c;
    (void)e;
}

static void act_connect(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)e;
    connect_out(c);
}

static void act_wait(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)e;
    close_stream(c);
    if (!c->neighbor->cfg.is_passive)
        arm_retry(c);
}

static void act_send_open(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)e;
    timer_cancel(&c->retry);
    send_open(c);
    timer_arm_ms(&c->hold, 1000u * OPEN_HOLD_SEC);
}

static void act_confirm(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)e;
    bgp_conn_send_keepalive(c);
    restart_keepalive(c);
    restart_hold(c);
}

static void act_hold(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)e;
    restart_hold(c);
}

static void act_keepalive(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)e;
    bgp_conn_send_keepalive(c);
    restart_keepalive(c);
}

static void act_drop(struct bgp_conn *c, const struct bgp_error *e)
{
    (void)e;
    close_stream(c);
}

static void act_notify(struct bgp_conn *c, const struct bgp_error *e)
{
    if (e)
        send_notification(c, e->code, e->subcode, e->data, e->data_len);
    else
        send_notification(c, BGP_ERROR_CEASE, BGP_CEASE_COLLISION, NULL, 0);
    close_stream(c);
}

/* RFC 6608: the subcode names the state; c->state is still the old one here. */
static void act_fsm_error(struct bgp_conn *c, const struct bgp_error *e)
{
    uint8_t subcode = (uint8_t)(c->state - BGP_STATE_OPEN_SENT + 1);

    (void)e;
    send_notification(c, BGP_ERROR_FSM, subcode, NULL, 0);
    close_stream(c);
}

static void (*const actions[BGP_ACTION_COUNT])(struct bgp_conn *c, const struct bgp_error *e) = {
    [BGP_ACTION_NONE] = act_none,           [BGP_ACTION_CONNECT] = act_connect,
    [BGP_ACTION_LISTEN] = act_none,         [BGP_ACTION_WAIT] = act_wait,
    [BGP_ACTION_SEND_OPEN] = act_send_open, [BGP_ACTION_CONFIRM] = act_confirm,
    [BGP_ACTION_ESTABLISH] = act_hold,      [BGP_ACTION_HOLD] = act_hold,
    [BGP_ACTION_KEEPALIVE] = act_keepalive, [BGP_ACTION_UPDATE] = act_hold,
    [BGP_ACTION_DROP] = act_drop,           [BGP_ACTION_NOTIFY] = act_notify,
    [BGP_ACTION_FSM_ERROR] = act_fsm_error,
};

void bgp_conn_event(struct bgp_conn *c, enum bgp_event event, const struct bgp_error *e)
{
    struct bgp_neighbor *n = c->neighbor;
    struct bgp_transition t = bgp_fsm(c->state, event);
    enum bgp_state old = c->state;
    char address[ADDR_TEXT_MAX];

    if (event == BGP_EVENT_TCP_FAILS && c->side == BGP_CONN_IN && t.next == BGP_STATE_ACTIVE)
        t = (struct bgp_transition){BGP_ACTION_DROP, BGP_STATE_IDLE}; /* only the neighbour can make this one again */
    actions[t.action](c, e);
    c->state = t.next;
    if (old == t.next)
        return;
    if (old == BGP_STATE_ESTABLISHED || t.next == BGP_STATE_ESTABLISHED)
        LOG_INFO(log_of(c), t.next == BGP_STATE_ESTABLISHED ? "session-up" : "session-down",
                 "neighbor=%s event=%s reason=\"%s\"", ip_addr_text(&n->cfg.address, address, sizeof(address)),
                 bgp_event_name(event), old == BGP_STATE_ESTABLISHED ? n->last_error : "");
    else
        LOG_DEBUG(log_of(c), "state", "neighbor=%s side=%s from=%s to=%s event=%s",
                  ip_addr_text(&n->cfg.address, address, sizeof(address)), c->side == BGP_CONN_OUT ? "out" : "in",
                  bgp_state_name(old), bgp_state_name(t.next), bgp_event_name(event));
    if (t.next == BGP_STATE_ESTABLISHED)
        bgp_neighbor_session_up(n, c);
    if (old == BGP_STATE_ESTABLISHED)
        bgp_neighbor_session_down(n);
    if (t.next == BGP_STATE_IDLE)
        bgp_neighbor_conn_idle(n);
}

void bgp_conn_init(struct bgp_conn *c, struct bgp_neighbor *n, enum bgp_conn_side side)
{
    struct loop *loop = n->speaker->env->loop;

    c->neighbor = n;
    c->side = side;
    timer_init(&c->retry, loop, on_retry, c);
    timer_init(&c->hold, loop, on_hold, c);
    timer_init(&c->keepalive, loop, on_keepalive, c);
    timer_init(&c->send_hold, loop, on_send_hold, c);
}

void bgp_conn_fini(struct bgp_conn *c)
{
    close_stream(c);
}
