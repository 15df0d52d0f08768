/* SPDX-License-Identifier: Apache-2.0
 *
 * Encoding of LDP (RFC 5036 s3), and the names of messages and status codes.
 */
#include "ldpd/packet/ldp.h"

#define FAMILY_IPV4 1

const char *ldp_message_name(uint16_t type)
{
    switch ((enum ldp_message_type)type) {
    case LDP_NOTIFICATION:
        return "notification";
    case LDP_HELLO:
        return "hello";
    case LDP_INITIALIZATION:
        return "initialization";
    case LDP_KEEPALIVE:
        return "keepalive";
    case LDP_ADDRESS:
        return "address";
    case LDP_ADDRESS_WITHDRAW:
        return "address-withdraw";
    case LDP_LABEL_MAPPING:
        return "label-mapping";
    case LDP_LABEL_REQUEST:
        return "label-request";
    case LDP_LABEL_WITHDRAW:
        return "label-withdraw";
    case LDP_LABEL_RELEASE:
        return "label-release";
    case LDP_LABEL_ABORT:
        return "label-abort";
    }
    return NULL;
}

const char *ldp_status_name(uint32_t status)
{
    static const char *const names[] = {
        "success",
        "bad-ldp-identifier",
        "bad-protocol-version",
        "bad-pdu-length",
        "unknown-message-type",
        "bad-message-length",
        "unknown-tlv",
        "bad-tlv-length",
        "malformed-tlv-value",
        "hold-timer-expired",
        "shutdown",
        "loop-detected",
        "unknown-fec",
        "no-route",
        "no-label-resources",
        "label-resources-available",
        "session-rejected-no-hello",
        "session-rejected-advertisement-mode",
        "session-rejected-max-pdu-length",
        "session-rejected-label-range",
        "keepalive-timer-expired",
        "label-request-aborted",
        "missing-message-parameters",
        "unsupported-address-family",
        "session-rejected-bad-keepalive-time",
        "internal-error",
    };
    uint32_t code = status & LDP_STATUS_CODE;
    return code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown-status";
}

size_t ldp_pdu_begin(struct wire_writer *w, uint32_t lsr_id, uint16_t space)
{
    size_t begun = w->pos;
    wire_put_be16(w, LDP_VERSION);
    wire_reserve(w, 2);
    wire_put_be32(w, lsr_id);
    wire_put_be16(w, space);
    return begun;
}

void ldp_pdu_end(struct wire_writer *w, size_t begun)
{
    wire_patch_be16(w, begun + 2, (uint16_t)(w->pos - begun - 4));
}

static size_t message_begin(struct wire_writer *w, enum ldp_message_type type, uint32_t id)
{
    wire_put_be16(w, (uint16_t)type);
    size_t at = wire_reserve(w, 2);
    wire_put_be32(w, id);
    return at;
}

static void length_end(struct wire_writer *w, size_t at)
{
    wire_patch_be16(w, at, (uint16_t)(w->pos - at - 2));
}

static size_t tlv_begin(struct wire_writer *w, enum ldp_tlv_type type)
{
    wire_put_be16(w, (uint16_t)type);
    return wire_reserve(w, 2);
}

void ldp_put_hello(struct wire_writer *w, uint32_t id, const struct ldp_hello *h)
{
    size_t message = message_begin(w, LDP_HELLO, id);
    size_t tlv = tlv_begin(w, LDP_TLV_HELLO_PARAMETERS);
    wire_put_be16(w, h->hold_time_sec);
    wire_put_be16(w, (uint16_t)((h->is_targeted ? 0x8000 : 0) | (h->wants_targeted ? 0x4000 : 0)));
    length_end(w, tlv);
    if (ip_addr_is_set(&h->transport)) {
        tlv = tlv_begin(w, LDP_TLV_IPV4_TRANSPORT);
        wire_put_be32(w, ip_addr_to_v4(&h->transport));
        length_end(w, tlv);
    }
    if (h->has_sequence) {
        tlv = tlv_begin(w, LDP_TLV_CONFIG_SEQUENCE);
        wire_put_be32(w, h->sequence);
        length_end(w, tlv);
    }
    length_end(w, message);
}

void ldp_put_init(struct wire_writer *w, uint32_t id, const struct ldp_session_parameters *p)
{
    size_t message = message_begin(w, LDP_INITIALIZATION, id);
    size_t tlv = tlv_begin(w, LDP_TLV_SESSION_PARAMETERS);
    wire_put_be16(w, p->version);
    wire_put_be16(w, p->keepalive_sec);
    wire_put_u8(w, (uint8_t)((p->is_on_demand ? 0x80 : 0) | (p->has_loop_detection ? 0x40 : 0)));
    wire_put_u8(w, p->path_vector_limit);
    wire_put_be16(w, p->max_pdu);
    wire_put_be32(w, p->receiver_lsr_id);
    wire_put_be16(w, p->receiver_space);
    length_end(w, tlv);
    length_end(w, message);
}

void ldp_put_keepalive(struct wire_writer *w, uint32_t id)
{
    length_end(w, message_begin(w, LDP_KEEPALIVE, id));
}

void ldp_put_notification(struct wire_writer *w, uint32_t id, const struct ldp_notification *n)
{
    size_t message = message_begin(w, LDP_NOTIFICATION, id);
    size_t tlv = tlv_begin(w, LDP_TLV_STATUS);
    wire_put_be32(w, n->status);
    wire_put_be32(w, n->message_id);
    wire_put_be16(w, n->message_type);
    length_end(w, tlv);
    length_end(w, message);
}

void ldp_put_addresses(struct wire_writer *w, uint32_t id, enum ldp_message_type type, const struct ip_addr *a,
                       size_t n)
{
    size_t message = message_begin(w, type, id);
    size_t tlv = tlv_begin(w, LDP_TLV_ADDRESS_LIST);
    wire_put_be16(w, FAMILY_IPV4);
    for (size_t i = 0; i < n; i++)
        if (a[i].family == AF_IPV4)
            wire_put_be32(w, ip_addr_to_v4(&a[i]));
    length_end(w, tlv);
    length_end(w, message);
}

static void put_fec(struct wire_writer *w, const struct prefix *fec)
{
    size_t tlv = tlv_begin(w, LDP_TLV_FEC);
    if (!fec) {
        wire_put_u8(w, LDP_FEC_WILDCARD);
    } else {
        wire_put_u8(w, LDP_FEC_PREFIX);
        wire_put_be16(w, FAMILY_IPV4);
        wire_put_u8(w, fec->len);
        wire_put_bytes(w, fec->addr.b, (size_t)(fec->len + 7) / 8);
    }
    length_end(w, tlv);
}

void ldp_put_label(struct wire_writer *w, uint32_t id, enum ldp_message_type type, const struct prefix *fec,
                   const uint32_t *label, uint32_t request_id)
{
    size_t message = message_begin(w, type, id);
    put_fec(w, fec);
    if (label) {
        size_t tlv = tlv_begin(w, LDP_TLV_GENERIC_LABEL);
        wire_put_be32(w, *label);
        length_end(w, tlv);
    }
    if (request_id) {
        size_t tlv = tlv_begin(w, LDP_TLV_LABEL_REQUEST_ID);
        wire_put_be32(w, request_id);
        length_end(w, tlv);
    }
    length_end(w, message);
}
