/* SPDX-License-Identifier: Apache-2.0
 *
 * Receiving: PDUs off the stream, messages to the state machine and to the binding core. What the RFC calls fatal ends
 * the session with a notification; the rest is answered with an advisory one and the session goes on (RFC 5036 s3.5.1).
 */
#include <stdio.h>
#include <string.h>

#include "ldpd/session/internal.h"
#include "ldpd_config.h"

static void fail(struct ldp_neighbor *n, enum ldp_session_event event, const struct ldp_error *err)
{
    n->instance->counters.malformed_message++;
    n->pending_about = *err;
    ldp_neighbor_fail(n, event, err->status, ldp_status_name(err->status));
    n->pending_about = (struct ldp_error){0};
}

/* A good message, which may still come at the wrong time. False: the session ended of it. */
static bool take(struct ldp_neighbor *n, enum ldp_session_event event, const struct ldp_message *m)
{
    if (ldp_session_step(n->state, event).action == LDP_ACTION_NOTIFY) {
        fail(n, LDP_EVENT_ERROR,
             &(struct ldp_error){.status = LDP_STATUS_SHUTDOWN, .message_id = m->id, .message_type = m->type});
        snprintf(n->last_error, sizeof(n->last_error), "%s out of turn", ldp_message_name(m->type));
        return false;
    }
    ldp_neighbor_event(n, event);
    return true;
}

/* s3.5.3: can we live with what the neighbour asks for? Fills err if not. Downstream on demand is no reason: where the
 * two sides differ, downstream unsolicited counts. */
static bool init_check(const struct ldp_neighbor *n, const struct ldp_session_parameters *p, struct ldp_error *err)
{
    if (p->receiver_lsr_id != n->instance->lsr_id || p->receiver_space != 0)
        err->status = LDP_STATUS_NO_HELLO;
    else if (p->version != LDP_VERSION)
        err->status = LDP_STATUS_BAD_VERSION;
    else if (p->keepalive_sec == 0)
        err->status = LDP_STATUS_BAD_KEEPALIVE_TIME;
    return err->status == 0;
}

static void handle_init(struct ldp_neighbor *n, const struct ldp_message *m)
{
    struct ldp_error err = {.message_id = m->id, .message_type = m->type};
    if (!init_check(n, &m->init, &err)) {
        fail(n, LDP_EVENT_INIT_BAD, &err);
        return;
    }
    uint16_t ours = n->instance->config->keepalive_holdtime;
    n->keepalive_sec = m->init.keepalive_sec < ours ? m->init.keepalive_sec : ours;
    if (m->init.max_pdu >= 256 && m->init.max_pdu < LDP_MAX_PDU_DEFAULT)
        n->max_pdu = m->init.max_pdu;
    take(n, LDP_EVENT_INIT_GOOD, m);
}

static void handle_notification(struct ldp_neighbor *n, const struct ldp_notification *note)
{
    LOG_INFO(n->instance->env->log, "notification", "lsr-id=" LSR_FORMAT " status=%s fatal=%s", LSR_BYTES(n->lsr_id),
             ldp_status_name(note->status), note->status & LDP_STATUS_E ? "yes" : "no");
    if (note->status & LDP_STATUS_E)
        ldp_neighbor_fail(n, LDP_EVENT_FATAL, 0, ldp_status_name(note->status));
}

static bool addresses_contain(const struct ldp_neighbor *n, const struct ip_addr *a, size_t *at)
{
    for (*at = 0; *at < n->n_addresses; (*at)++)
        if (ip_addr_equal(&n->addresses[*at], a))
            return true;
    return false;
}

#define ADDRESSES_MAX         4096
#define ADDRESSES_GUARDED_MAX 256

static void handle_addresses(struct ldp_neighbor *n, struct ldp_message *m)
{
    size_t max = ldp_neighbor_is_guarded(n) ? ADDRESSES_GUARDED_MAX : ADDRESSES_MAX;
    bool has_changed = false;
    while (wire_left(&m->addresses) >= 4) {
        struct ip_addr a = ip_addr_v4(wire_be32(&m->addresses));
        size_t at;
        bool is_known = addresses_contain(n, &a, &at);
        if (m->type == LDP_ADDRESS && !is_known && n->n_addresses < max) {
            n->addresses = mem_realloc(&n->instance->mem, n->addresses, (n->n_addresses + 1) * sizeof(*n->addresses));
            n->addresses[n->n_addresses++] = a;
            has_changed = true;
        } else if (m->type == LDP_ADDRESS_WITHDRAW && is_known) {
            n->addresses[at] = n->addresses[--n->n_addresses];
            has_changed = true;
        }
    }
    if (has_changed)
        ldp_neighbor_addresses_changed(n);
}

static void handle_label(struct ldp_neighbor *n, struct ldp_message *m)
{
    struct ldp_bind *b = n->instance->bind;
    const uint32_t *label = m->label.has_label ? &m->label.label : NULL;
    struct ldp_fec fec;
    while (ldp_fec_next(&m->label.fecs, &fec)) {
        bool is_all = fec.kind == LDP_FEC_WILDCARD || fec.kind == LDP_FEC_TYPED_WILDCARD;
        switch ((enum ldp_message_type)m->type) {
        case LDP_LABEL_MAPPING:
            if (!is_all)
                ldp_bind_mapping(b, n->peer, &fec.prefix, m->label.label);
            break;
        case LDP_LABEL_WITHDRAW:
            if (is_all)
                ldp_bind_withdraw_all(b, n->peer, label);
            else
                ldp_bind_withdraw(b, n->peer, &fec.prefix, label);
            break;
        case LDP_LABEL_RELEASE:
            if (is_all)
                ldp_bind_release_all(b, n->peer, label);
            else
                ldp_bind_release(b, n->peer, &fec.prefix, label);
            break;
        case LDP_LABEL_REQUEST:
            if (!is_all)
                ldp_bind_request(b, n->peer, &fec.prefix, m->id);
            break;
        default:
            break; /* an abort finds nothing: requests are answered at once */
        }
    }
}

static void handle_session_message(struct ldp_neighbor *n, struct ldp_message *m)
{
    if (!take(n, LDP_EVENT_MESSAGE, m))
        return;
    n->quiet_since_us = loop_now_us(n->instance->env->loop);
    if (m->type == LDP_ADDRESS || m->type == LDP_ADDRESS_WITHDRAW)
        handle_addresses(n, m);
    else
        handle_label(n, m);
}

static void dispatch(struct ldp_neighbor *n, struct ldp_message *m)
{
    struct ldp_error about = {.message_id = m->id, .message_type = m->type};
    n->received++;
    if (m->is_unknown) {
        if (!m->has_u_bit)
            ldp_transmit_notification(n, LDP_STATUS_UNKNOWN_MESSAGE, &about);
        return;
    }
    if (m->unknown_tlv) {
        ldp_transmit_notification(n, LDP_STATUS_UNKNOWN_TLV, &about);
        return;
    }
    switch ((enum ldp_message_type)m->type) {
    case LDP_INITIALIZATION:
        handle_init(n, m);
        break;
    case LDP_KEEPALIVE:
        n->keepalives_received++;
        take(n, LDP_EVENT_KEEPALIVE, m);
        break;
    case LDP_NOTIFICATION:
        handle_notification(n, &m->notification);
        break;
    case LDP_HELLO: /* belongs to UDP */
        ldp_transmit_notification(n, LDP_STATUS_UNKNOWN_MESSAGE, &about);
        break;
    default:
        handle_session_message(n, m);
        break;
    }
}

/* False: the session ended. */
static bool receive_pdu(struct ldp_neighbor *n, const uint8_t *data, size_t size)
{
    struct stream *s = n->stream;
    struct ldp_error err;
    struct ldp_pdu pdu;
    if (!ldp_pdu_decode(data, size, &pdu, &err)) {
        fail(n, LDP_EVENT_ERROR, &err);
        return false;
    }
    if (pdu.lsr_id != n->lsr_id || pdu.label_space != 0) {
        err.status = LDP_STATUS_BAD_IDENTIFIER;
        fail(n, LDP_EVENT_ERROR, &err);
        return false;
    }
    if (n->state == LDP_SESSION_OPERATIONAL && !ldp_neighbor_is_stuck(n)) /* any message keeps it alive (s2.5.6) */
        timer_arm_ms(&n->hold, n->keepalive_sec * 1000u);
    struct ldp_message m;
    for (;;) {
        bool has_message = ldp_message_next(&pdu.messages, &m, &err);
        if (has_message) {
            dispatch(n, &m);
        } else if (err.status & LDP_STATUS_E) {
            fail(n, LDP_EVENT_ERROR, &err);
        } else if (err.status) {
            n->instance->counters.malformed_message++;
            ldp_transmit_notification(n, err.status, &err);
        } else {
            return true;
        }
        if (n->stream != s)
            return false;
    }
}

#define RESUME_MS 50

/* A neighbour that says more than ribd can take waits, in its own buffers. */
static bool must_wait(struct ldp_neighbor *n)
{
    if (!n->instance->rib->is_busy(n->instance->rib_arg))
        return false;
    stream_pause(n->stream, true);
    timer_arm_ms(&n->resume, RESUME_MS);
    return true;
}

void ldp_receive(struct ldp_neighbor *n)
{
    struct stream *s = n->stream;
    if (timer_is_armed(&n->resume))
        return;
    while (n->stream == s && s) {
        size_t len;
        struct ldp_error err;
        const uint8_t *data = stream_peek(s, &len);
        int size = len ? ldp_pdu_size(data, len, n->max_pdu, &err) : 0;
        if (size < 0) {
            fail(n, LDP_EVENT_ERROR, &err);
            return;
        }
        if (size == 0)
            return;
        uint8_t pdu[LDP_MAX_PDU_DEFAULT + 4];
        memcpy(pdu, data, (size_t)size); /* a message may close the stream that the bytes belong to */
        stream_consume(s, (size_t)size);
        if (!receive_pdu(n, pdu, (size_t)size) || must_wait(n))
            return;
    }
}
