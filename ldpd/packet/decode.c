/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoding of LDP (RFC 5036 s3). Every length is taken as a sub-reader of the one around it, so that an inner length
 * can not reach beyond an outer one. Errors carry the status code that the RFC asks for.
 */
#include <string.h>

#include "ldpd/packet/ldp.h"
#include "strata/label.h"

#define U_BIT             0x8000u
#define F_BIT             0x4000u
#define FAMILY_IPV4       1
#define MESSAGE_ID_LENGTH 4

static bool set_error(struct ldp_error *err, uint32_t status)
{
    if (!err->status)
        err->status = status;
    return false;
}

int ldp_pdu_size(const uint8_t *data, size_t len, uint16_t max_pdu, struct ldp_error *err)
{
    *err = (struct ldp_error){0};
    struct wire_reader r = wire_reader_of(data, len);
    uint16_t version = wire_be16(&r);
    uint16_t length = wire_be16(&r);
    if (r.failed)
        return 0;
    if (version != LDP_VERSION) {
        err->status = LDP_STATUS_BAD_VERSION;
        return -1;
    }
    if (length < LDP_MIN_PDU_LENGTH || length > max_pdu) {
        err->status = LDP_STATUS_BAD_PDU_LENGTH;
        return -1;
    }
    size_t size = (size_t)length + 4;
    return len >= size ? (int)size : 0;
}

bool ldp_pdu_decode(const uint8_t *data, size_t len, struct ldp_pdu *pdu, struct ldp_error *err)
{
    *err = (struct ldp_error){0};
    struct wire_reader r = wire_reader_of(data, len);
    uint16_t version = wire_be16(&r);
    uint16_t length = wire_be16(&r);
    struct wire_reader body = wire_sub(&r, length);
    pdu->lsr_id = wire_be32(&body);
    pdu->label_space = wire_be16(&body);
    if (!r.failed && version != LDP_VERSION)
        return set_error(err, LDP_STATUS_BAD_VERSION);
    if (r.failed || body.failed)
        return set_error(err, LDP_STATUS_BAD_PDU_LENGTH);
    pdu->messages = wire_sub(&body, wire_left(&body));
    return true;
}

static bool decode_hello_tlv(struct ldp_hello *h, uint16_t type, struct wire_reader *v, struct ldp_error *err)
{
    size_t n = wire_left(v);
    if (type == LDP_TLV_HELLO_PARAMETERS) {
        if (n != 4)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        h->hold_time_sec = wire_be16(v);
        uint16_t flags = wire_be16(v);
        h->is_targeted = flags & 0x8000;
        h->wants_targeted = flags & 0x4000;
    } else if (type == LDP_TLV_IPV4_TRANSPORT) {
        if (n != 4)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        h->transport = ip_addr_v4(wire_be32(v));
    } else if (type == LDP_TLV_CONFIG_SEQUENCE) {
        if (n != 4)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        h->has_sequence = true;
        h->sequence = wire_be32(v);
    }
    return true;
}

static bool decode_init_tlv(struct ldp_session_parameters *p, uint16_t type, struct wire_reader *v,
                            struct ldp_error *err)
{
    if (type != LDP_TLV_SESSION_PARAMETERS)
        return true;
    if (wire_left(v) != 14)
        return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
    p->version = wire_be16(v);
    p->keepalive_sec = wire_be16(v);
    uint8_t flags = wire_u8(v);
    p->is_on_demand = flags & 0x80;
    p->has_loop_detection = flags & 0x40;
    p->path_vector_limit = wire_u8(v);
    p->max_pdu = wire_be16(v);
    p->receiver_lsr_id = wire_be32(v);
    p->receiver_space = wire_be16(v);
    return true;
}

static bool decode_notification_tlv(struct ldp_notification *n, uint16_t type, struct wire_reader *v,
                                    struct ldp_error *err)
{
    if (type != LDP_TLV_STATUS)
        return true;
    if (wire_left(v) != 10)
        return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
    n->status = wire_be32(v);
    n->message_id = wire_be32(v);
    n->message_type = wire_be16(v);
    return true;
}

static bool decode_address_tlv(struct wire_reader *out, uint16_t type, struct wire_reader *v, struct ldp_error *err)
{
    if (type != LDP_TLV_ADDRESS_LIST)
        return true;
    uint16_t family = wire_be16(v);
    if (v->failed)
        return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
    if (family != FAMILY_IPV4)
        return set_error(err, LDP_STATUS_UNSUPPORTED_ADDRESS_FAMILY);
    if (wire_left(v) % 4 != 0)
        return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
    *out = wire_sub(v, wire_left(v));
    return true;
}

/* One FEC element; false with *status if it is broken, status 0 at the end. */
static bool fec_decode(struct wire_reader *r, struct ldp_fec *fec, uint32_t *status)
{
    *status = 0;
    *fec = (struct ldp_fec){.kind = LDP_FEC_OTHER};
    if (wire_left(r) == 0)
        return false;
    uint8_t kind = wire_u8(r);
    if (kind == LDP_FEC_WILDCARD) {
        fec->kind = LDP_FEC_WILDCARD;
        return true;
    }
    if (kind == LDP_FEC_TYPED_WILDCARD) { /* RFC 5918 s3 */
        fec->kind = LDP_FEC_TYPED_WILDCARD;
        uint8_t element = wire_u8(r);
        uint8_t info = wire_u8(r);
        struct wire_reader body = wire_sub(r, info);
        uint16_t family = wire_be16(&body);
        if (r->failed || body.failed)
            *status = LDP_STATUS_MALFORMED_TLV;
        else if (element != LDP_FEC_PREFIX || family != FAMILY_IPV4)
            *status = LDP_STATUS_UNKNOWN_FEC;
        return *status == 0;
    }
    if (kind != LDP_FEC_PREFIX) {
        *status = LDP_STATUS_UNKNOWN_FEC; /* its length is unknown, so nothing behind it can be read */
        return false;
    }
    fec->kind = LDP_FEC_PREFIX;
    uint16_t family = wire_be16(r);
    uint8_t bits = wire_u8(r);
    if (r->failed) {
        *status = LDP_STATUS_MALFORMED_TLV;
        return false;
    }
    if (family != FAMILY_IPV4) {
        *status = LDP_STATUS_UNSUPPORTED_ADDRESS_FAMILY;
        return false;
    }
    size_t octets = (size_t)(bits + 7) / 8;
    const uint8_t *data = bits <= 32 ? wire_bytes(r, octets) : NULL;
    if (!data) {
        *status = LDP_STATUS_MALFORMED_TLV;
        return false;
    }
    fec->prefix.addr.family = AF_IPV4;
    memcpy(fec->prefix.addr.b, data, octets);
    fec->prefix.len = bits;
    fec->prefix = prefix_normalize(fec->prefix);
    return true;
}

bool ldp_fec_next(struct wire_reader *fecs, struct ldp_fec *fec)
{
    uint32_t status;
    return fec_decode(fecs, fec, &status);
}

/* The wildcard stands alone, and not in a mapping or request (RFC 5036 s3.4.1). */
static bool check_fecs(struct wire_reader v, uint16_t message, struct ldp_error *err)
{
    struct ldp_fec fec;
    uint32_t status;
    size_t n = 0, wildcards = 0;
    while (fec_decode(&v, &fec, &status)) {
        n++;
        wildcards += fec.kind == LDP_FEC_WILDCARD;
    }
    if (status)
        return set_error(err, status);
    if (n == 0)
        return set_error(err, LDP_STATUS_MALFORMED_TLV);
    bool may_wild = message == LDP_LABEL_WITHDRAW || message == LDP_LABEL_RELEASE;
    if (wildcards && (n > 1 || !may_wild))
        return set_error(err, LDP_STATUS_UNKNOWN_FEC);
    return true;
}

static bool decode_label_tlv(struct ldp_label_message *l, uint16_t message, uint16_t type, struct wire_reader *v,
                             struct ldp_error *err)
{
    size_t n = wire_left(v);
    switch (type) {
    case LDP_TLV_FEC:
        l->fecs = wire_sub(v, n);
        return check_fecs(l->fecs, message, err);
    case LDP_TLV_GENERIC_LABEL:
        if (n != 4)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        l->label = wire_be32(v) & LABEL_MAX;
        l->has_label = true;
        return true;
    case LDP_TLV_LABEL_REQUEST_ID:
        if (n != 4)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        l->request_id = wire_be32(v);
        l->has_request_id = true;
        return true;
    case LDP_TLV_HOP_COUNT:
        if (n != 1)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        l->hop_count = wire_u8(v);
        l->has_hop_count = true;
        return true;
    case LDP_TLV_PATH_VECTOR:
        if (n == 0 || n % 4 != 0)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        l->path_vector = wire_sub(v, n);
        return true;
    default:
        return true;
    }
}

static bool is_known_tlv(uint16_t type)
{
    switch ((enum ldp_tlv_type)type) {
    case LDP_TLV_FEC:
    case LDP_TLV_ADDRESS_LIST:
    case LDP_TLV_HOP_COUNT:
    case LDP_TLV_PATH_VECTOR:
    case LDP_TLV_GENERIC_LABEL:
    case LDP_TLV_STATUS:
    case LDP_TLV_EXTENDED_STATUS:
    case LDP_TLV_RETURNED_PDU:
    case LDP_TLV_RETURNED_MESSAGE:
    case LDP_TLV_HELLO_PARAMETERS:
    case LDP_TLV_IPV4_TRANSPORT:
    case LDP_TLV_CONFIG_SEQUENCE:
    case LDP_TLV_IPV6_TRANSPORT:
    case LDP_TLV_SESSION_PARAMETERS:
    case LDP_TLV_LABEL_REQUEST_ID:
        return true;
    }
    return false;
}

static bool decode_tlv(struct ldp_message *m, uint16_t type, struct wire_reader *v, struct ldp_error *err)
{
    switch (m->type) {
    case LDP_HELLO:
        return decode_hello_tlv(&m->hello, type, v, err);
    case LDP_INITIALIZATION:
        return decode_init_tlv(&m->init, type, v, err);
    case LDP_NOTIFICATION:
        return decode_notification_tlv(&m->notification, type, v, err);
    case LDP_ADDRESS:
    case LDP_ADDRESS_WITHDRAW:
        return decode_address_tlv(&m->addresses, type, v, err);
    case LDP_LABEL_MAPPING:
    case LDP_LABEL_REQUEST:
    case LDP_LABEL_WITHDRAW:
    case LDP_LABEL_RELEASE:
    case LDP_LABEL_ABORT:
        return decode_label_tlv(&m->label, m->type, type, v, err);
    default:
        return true;
    }
}

/* The TLV that a message can not do without; 0: none. */
static uint16_t mandatory_tlv(uint16_t message)
{
    switch (message) {
    case LDP_NOTIFICATION:
        return LDP_TLV_STATUS;
    case LDP_HELLO:
        return LDP_TLV_HELLO_PARAMETERS;
    case LDP_INITIALIZATION:
        return LDP_TLV_SESSION_PARAMETERS;
    case LDP_ADDRESS:
    case LDP_ADDRESS_WITHDRAW:
        return LDP_TLV_ADDRESS_LIST;
    case LDP_LABEL_MAPPING:
    case LDP_LABEL_REQUEST:
    case LDP_LABEL_WITHDRAW:
    case LDP_LABEL_RELEASE:
    case LDP_LABEL_ABORT:
        return LDP_TLV_FEC;
    default:
        return 0;
    }
}

static bool decode_body(struct ldp_message *m, struct wire_reader *body, struct ldp_error *err)
{
    uint16_t wanted = mandatory_tlv(m->type);
    bool has_wanted = wanted == 0;
    while (wire_left(body) > 0) {
        uint16_t type = wire_be16(body);
        uint16_t length = wire_be16(body);
        struct wire_reader value = wire_sub(body, length);
        if (body->failed)
            return set_error(err, LDP_STATUS_BAD_TLV_LENGTH);
        uint16_t bare = (uint16_t)(type & ~(U_BIT | F_BIT));
        if (!is_known_tlv(bare)) {
            if (!(type & U_BIT) && !m->unknown_tlv)
                m->unknown_tlv = bare;
            continue;
        }
        has_wanted = has_wanted || bare == wanted;
        if (!decode_tlv(m, bare, &value, err))
            return false;
    }
    if (!has_wanted || (m->type == LDP_LABEL_MAPPING && !m->label.has_label))
        return set_error(err, LDP_STATUS_MISSING_PARAMETERS);
    return true;
}

bool ldp_message_next(struct wire_reader *messages, struct ldp_message *m, struct ldp_error *err)
{
    *err = (struct ldp_error){0};
    *m = (struct ldp_message){0};
    if (wire_left(messages) == 0)
        return false;
    uint16_t type = wire_be16(messages);
    uint16_t length = wire_be16(messages);
    struct wire_reader body = wire_sub(messages, length);
    m->type = (uint16_t)(type & ~U_BIT);
    m->has_u_bit = type & U_BIT;
    m->id = wire_be32(&body);
    err->message_type = m->type;
    err->message_id = m->id;
    if (messages->failed || body.failed || length < MESSAGE_ID_LENGTH) {
        messages->failed = true;
        return set_error(err, LDP_STATUS_BAD_MESSAGE_LENGTH);
    }
    m->is_unknown = ldp_message_name(m->type) == NULL;
    if (m->is_unknown)
        return true;
    return decode_body(m, &body, err);
}
