/* SPDX-License-Identifier: Apache-2.0
 *
 * What arrives on a connection: messages are cut out of the stream, decoded, and become events (RFC 4271 s6). Messages
 * that are whole are used even if the stream has closed behind them.
 */
#include <stdio.h>

#include "bgpd/packet/update.h"
#include "bgpd/session/conn.h"
#include "bgpd/session/speaker.h"
#include "strata/env.h"
#include "strata/log.h"

struct message {
    const uint8_t *body;
    size_t len;
};

static uint32_t wanted_families(const struct bgp_neighbor *n)
{
    uint32_t families = 0;

    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        if (n->cfg.family[f].is_enabled)
            families |= BGP_FAMILY_BIT(f);
    return families;
}

/* Is this OPEN from the neighbour that is configured (RFC 4271 s6.2)? */
static bool check_open(struct bgp_conn *c, const struct bgp_open *o, struct bgp_error *e)
{
    const struct bgp_neighbor *n = c->neighbor;
    const struct bgp_global_config *g = bgp_rib_global(n->speaker->rib);

    if (o->as != n->cfg.remote_as) {
        bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_AS, NULL, 0);
        return false;
    }
    /* The same identifier in another AS is legal (RFC 6286 s2.1). */
    if (o->router_id == g->router_id && o->as == g->as) {
        bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_ID, NULL, 0);
        return false;
    }
    if (!(o->families & wanted_families(n))) {
        bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_CAPABILITY, NULL, 0);
        return false;
    }
    return true;
}

static void on_open(struct bgp_conn *c, const struct message *m)
{
    struct bgp_neighbor *n = c->neighbor;
    struct bgp_error e;
    struct bgp_open o;

    if (!bgp_open_decode(m->body, m->len, &o, &e) || !check_open(c, &o, &e)) {
        bgp_conn_event(c, BGP_EVENT_OPEN_ERROR, &e);
        return;
    }
    if (c->state != BGP_STATE_OPEN_SENT) {
        bgp_conn_event(c, BGP_EVENT_OPEN, NULL);
        return;
    }
    c->remote = o;
    c->hold_time_sec = o.hold_time_sec < n->cfg.hold_time_sec ? o.hold_time_sec : n->cfg.hold_time_sec;
    if (bgp_neighbor_loses_collision(c)) {
        bgp_conn_event(c, BGP_EVENT_COLLISION, NULL);
        return;
    }
    n->negotiated = o.families & wanted_families(n);
    bgp_conn_event(c, BGP_EVENT_OPEN, NULL);
}

static void log_update_error(const struct bgp_conn *c, const struct bgp_error *e, const struct message *m)
{
    char address[ADDR_TEXT_MAX], hex[2 * 16 + 1] = "";

    for (size_t i = 0; i < 16 && i < m->len; i++)
        snprintf(hex + 2 * i, 3, "%02x", m->body[i]);
    LOG_WARN(c->neighbor->speaker->env->log, "update-error", "neighbor=%s outcome=%s attribute=%u offset=%u first=%s",
             ip_addr_text(&c->neighbor->cfg.address, address, sizeof(address)), bgp_outcome_name(e->outcome),
             e->attribute, e->offset, hex);
}

static void on_update(struct bgp_conn *c, const struct message *m)
{
    struct bgp_neighbor *n = c->neighbor;
    struct bgp_update_context ctx = {
        .attr = {.is_as4 = c->remote.has_as4, .is_ebgp = n->cfg.remote_as != bgp_rib_global(n->speaker->rib)->as},
        .families = n->negotiated};
    struct bgp_update u;

    if (c->state != BGP_STATE_ESTABLISHED) {
        bgp_conn_event(c, BGP_EVENT_UPDATE, NULL);
        return;
    }
    if (bgp_update_decode(m->body, m->len, &ctx, n->speaker->scratch, &u) != BGP_ACCEPT)
        log_update_error(c, &u.error, m);
    if (u.error.outcome == BGP_RESET) {
        bgp_conn_event(c, BGP_EVENT_UPDATE_ERROR, &u.error);
        return;
    }
    n->counters.treated_as_withdraw += u.error.outcome == BGP_TREAT_AS_WITHDRAW;
    n->counters.discarded_attributes += u.error.outcome == BGP_DISCARD_ATTRIBUTE;
    bgp_conn_event(c, BGP_EVENT_UPDATE, NULL);
    bgp_rib_update(n->rib_peer, &u);
}

static void on_notification(struct bgp_conn *c, const struct message *m)
{
    struct bgp_notification n;
    char text[60];

    if (!bgp_notification_decode(m->body, m->len, &n))
        return;
    bgp_error_text(n.code, n.subcode, text, sizeof(text));
    snprintf(c->neighbor->last_error, sizeof(c->neighbor->last_error), "received %s", text);
    LOG_INFO(c->neighbor->speaker->env->log, "notification-received", "code=%u subcode=%u error=%s", n.code, n.subcode,
             text);
    bgp_conn_event(c,
                   n.code == BGP_ERROR_OPEN && n.subcode == BGP_OPEN_BAD_VERSION ? BGP_EVENT_NOTIFICATION_VERSION
                                                                                 : BGP_EVENT_NOTIFICATION,
                   NULL);
}

static void on_keepalive(struct bgp_conn *c, const struct message *m)
{
    (void)m;
    bgp_conn_event(c, BGP_EVENT_KEEPALIVE, NULL);
}

static void on_refresh(struct bgp_conn *c, const struct message *m)
{
    struct bgp_error e = {0};
    struct bgp_refresh r;
    enum bgp_family f;
    bool is_session = c->state == BGP_STATE_ESTABLISHED;

    if (!bgp_refresh_decode(m->body, m->len, &r, &e)) {
        bgp_conn_event(c, BGP_EVENT_HEADER_ERROR, &e);
        return;
    }
    bgp_conn_event(c, BGP_EVENT_UPDATE, NULL);
    f = bgp_family_find(r.afi, r.safi);
    /* Subtypes of RFC 7313 were not offered, so they are ignored; and so is a family that was not negotiated. */
    if (is_session && r.subtype == 0 && f < BGP_FAMILY_COUNT)
        bgp_rib_refresh(c->neighbor->rib_peer, f);
}

static void (*const handlers[])(struct bgp_conn *c, const struct message *m) = {
    [BGP_MESSAGE_OPEN] = on_open,
    [BGP_MESSAGE_UPDATE] = on_update,
    [BGP_MESSAGE_NOTIFICATION] = on_notification,
    [BGP_MESSAGE_KEEPALIVE] = on_keepalive,
    [BGP_MESSAGE_ROUTE_REFRESH] = on_refresh,
};

void bgp_conn_receive(struct bgp_conn *c)
{
    struct stream *s = c->stream;

    /* A handler may close the stream, and the connection may already have another one. */
    while (c->stream == s && s) {
        struct bgp_error e = {0};
        struct bgp_header h;
        size_t len;
        const uint8_t *data = stream_peek(s, &len);
        struct message m;

        switch (bgp_header_decode(data, len, &h, &e)) {
        case BGP_HEADER_MORE:
            return;
        case BGP_HEADER_ERROR:
            bgp_conn_event(c, BGP_EVENT_HEADER_ERROR, &e);
            return;
        case BGP_HEADER_OK:
            break;
        }
        c->neighbor->counters.in[h.type]++;
        m = (struct message){data + BGP_HEADER_LEN, h.len - (size_t)BGP_HEADER_LEN};
        handlers[h.type](c, &m);
        if (c->stream == s)
            stream_consume(s, h.len);
    }
}
