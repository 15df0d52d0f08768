/* SPDX-License-Identifier: Apache-2.0
 *
 * See packet.h.
 */
#include "ospfd/packet/packet.h"

enum { LENGTH_AT = 2, CHECKSUM_AT = 12, HELLO_MIN = 20, DD_MIN = 8, REQUEST = 12 };

const char *ospf_packet_type_name(uint8_t type)
{
    static const char *const names[OSPF_PACKET_TYPES] = {"unknown", "hello", "dd", "request", "update", "ack"};
    return type < OSPF_PACKET_TYPES ? names[type] : names[0];
}

enum ospf_header_check ospf_header_decode(const uint8_t *data, size_t len, struct ospf_header *h)
{
    struct wire_reader r = wire_reader_of(data, len);
    uint8_t version = wire_u8(&r);
    h->type = wire_u8(&r);
    h->length = wire_be16(&r);
    h->router_id = wire_be32(&r);
    h->area_id = wire_be32(&r);
    wire_skip(&r, 2); /* checksum */
    h->auth_type = wire_be16(&r);
    wire_skip(&r, 8); /* authentication */
    if (r.failed || h->length < OSPF_HEADER || h->length > len)
        return OSPF_HEADER_SHORT;
    if (version != OSPF_VERSION)
        return OSPF_HEADER_BAD_VERSION;
    /* With cryptographic authentication the field is not a checksum (D.4.3). A good packet sums up to zero. */
    if (h->auth_type != OSPF_AUTH_CRYPTOGRAPHIC && ospf_packet_checksum(data, h->length) != 0)
        return OSPF_HEADER_BAD_CHECKSUM;
    if (h->type == 0 || h->type >= OSPF_PACKET_TYPES)
        return OSPF_HEADER_BAD_TYPE;
    return OSPF_HEADER_GOOD;
}

size_t ospf_packet_begin(struct wire_writer *w, uint8_t type, uint32_t router_id, uint32_t area_id)
{
    size_t begun = w->pos;
    wire_put_u8(w, OSPF_VERSION);
    wire_put_u8(w, type);
    wire_put_be16(w, 0);
    wire_put_be32(w, router_id);
    wire_put_be32(w, area_id);
    wire_put_be16(w, 0);
    wire_put_be16(w, OSPF_AUTH_NULL);
    wire_put_be64(w, 0);
    return begun;
}

size_t ospf_packet_end(struct wire_writer *w, size_t begun)
{
    size_t len = w->pos - begun;
    if (w->failed || len > UINT16_MAX)
        return 0;
    wire_patch_be16(w, begun + LENGTH_AT, (uint16_t)len);
    wire_patch_be16(w, begun + CHECKSUM_AT, 0);
    wire_patch_be16(w, begun + CHECKSUM_AT, ospf_packet_checksum(w->data + begun, len));
    return len;
}

bool ospf_hello_decode(struct wire_reader *body, struct ospf_hello *h)
{
    if (wire_left(body) < HELLO_MIN || wire_left(body) % 4 != 0)
        return false;
    h->mask = wire_be32(body);
    h->hello_interval_sec = wire_be16(body);
    h->options = wire_u8(body);
    h->priority = wire_u8(body);
    h->dead_interval_sec = wire_be32(body);
    h->dr = wire_be32(body);
    h->bdr = wire_be32(body);
    h->n_neighbors = (uint16_t)(wire_left(body) / 4);
    h->neighbors = wire_sub(body, wire_left(body));
    return true;
}

bool ospf_dd_decode(struct wire_reader *body, struct ospf_dd *dd)
{
    if (wire_left(body) < DD_MIN || (wire_left(body) - DD_MIN) % OSPF_LSA_HEADER != 0)
        return false;
    dd->mtu = wire_be16(body);
    dd->options = wire_u8(body);
    dd->flags = wire_u8(body);
    dd->seq = wire_be32(body);
    dd->headers = wire_sub(body, wire_left(body));
    return true;
}

bool ospf_request_next(struct wire_reader *body, struct ospf_lsa_key *key)
{
    if (wire_left(body) == 0)
        return false;
    key->type = wire_be32(body);
    key->id = wire_be32(body);
    key->adv = wire_be32(body);
    return !body->failed;
}

bool ospf_update_decode(struct wire_reader *body, uint32_t *count)
{
    *count = wire_be32(body);
    return !body->failed && (uint64_t)*count * OSPF_LSA_HEADER <= wire_left(body);
}

const uint8_t *ospf_update_next(struct wire_reader *body, size_t *len)
{
    struct wire_reader look = *body;
    struct ospf_lsa_header h;
    if (!ospf_lsa_header_read(&look, &h) || h.length < OSPF_LSA_HEADER) {
        body->failed = true;
        return NULL;
    }
    *len = h.length;
    return wire_bytes(body, h.length);
}

bool ospf_ack_check(const struct wire_reader *body)
{
    return wire_left(body) % OSPF_LSA_HEADER == 0;
}

void ospf_hello_encode(struct wire_writer *w, const struct ospf_hello *h, const uint32_t *neighbors, size_t n)
{
    wire_put_be32(w, h->mask);
    wire_put_be16(w, h->hello_interval_sec);
    wire_put_u8(w, h->options);
    wire_put_u8(w, h->priority);
    wire_put_be32(w, h->dead_interval_sec);
    wire_put_be32(w, h->dr);
    wire_put_be32(w, h->bdr);
    for (size_t i = 0; i < n; i++)
        wire_put_be32(w, neighbors[i]);
}

void ospf_dd_encode(struct wire_writer *w, const struct ospf_dd *dd)
{
    wire_put_be16(w, dd->mtu);
    wire_put_u8(w, dd->options);
    wire_put_u8(w, dd->flags);
    wire_put_be32(w, dd->seq);
}

void ospf_request_encode(struct wire_writer *w, const struct ospf_lsa_key *key)
{
    wire_put_be32(w, key->type);
    wire_put_be32(w, key->id);
    wire_put_be32(w, key->adv);
}
