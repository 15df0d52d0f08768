/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets of the conformance suite as Ethernet frames: IPv4 with UDP or ICMP, below labels, below priority tags. Ours
 * are known by a UDP port or by their ICMP identifier.
 */
#include "tests/conformance/dataplane/kernel_packet.h"

#include <string.h>

enum { MARK = 0x5747, IP_BYTES = 20, L4_BYTES = 8, PROTO_ICMP = 1, PROTO_UDP = 17 };

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static unsigned checksum(const uint8_t *p, size_t len)
{
    unsigned sum = 0;

    for (size_t i = 0; i + 1 < len; i += 2)
        sum += get16(p + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static size_t put_ip(uint8_t *ip, const struct fx_packet *p, uint8_t ttl)
{
    uint8_t *l4 = ip + IP_BYTES;
    size_t size = p->size > IP_BYTES + L4_BYTES ? p->size : IP_BYTES + L4_BYTES;

    memset(ip, 0, size);
    ip[0] = 0x45;
    put16(ip + 2, (unsigned)size);
    ip[6] = p->size ? 0x40 : 0; /* do not fragment */
    put16(ip + 4, p->id);
    ip[8] = ttl;
    ip[9] = p->kind == FX_DATA ? PROTO_UDP : PROTO_ICMP;
    memcpy(ip + 12, p->source.b, 4);
    memcpy(ip + 16, p->destination.b, 4);
    put16(ip + 10, checksum(ip, IP_BYTES));
    if (p->kind == FX_DATA) { /* source port = id: also spreads flows over next hops; no checksum */
        put16(l4, p->id);
        put16(l4 + 2, MARK);
        put16(l4 + 4, (unsigned)size - IP_BYTES);
    } else {
        l4[0] = p->kind == FX_PING ? 8 : 0;
        put16(l4 + 4, MARK);
        put16(l4 + 6, p->id);
        put16(l4 + 2, checksum(l4, L4_BYTES)); /* the rest is zeros */
    }
    return size;
}

size_t frame_build(uint8_t frame[FRAME_MAX], const uint8_t to[6], const uint8_t from[6], const struct fx_packet *p)
{
    uint8_t ip_ttl = p->ip_ttl ? p->ip_ttl : 64, ttl = p->ttl ? p->ttl : 64;
    size_t at = 12;

    memcpy(frame, to, 6);
    memcpy(frame + 6, from, 6);
    for (unsigned i = 0; i < p->priority_tags; i++, at += 4) {
        put16(frame + at, 0x8100);
        put16(frame + at + 2, 0);
    }
    put16(frame + at, p->n_labels ? 0x8847 : 0x0800);
    at += 2;
    for (unsigned i = 0; i < p->n_labels; i++, at += 4) {
        put16(frame + at, p->labels[i] >> 4);
        frame[at + 2] = (uint8_t)(p->labels[i] << 4 | (i + 1 == p->n_labels ? 1 : 0));
        frame[at + 3] = i == 0 ? ttl : 64;
    }
    return at + put_ip(frame + at, p, p->n_labels ? ip_ttl : ttl);
}

static bool parse_l4(const uint8_t *l4, size_t len, uint8_t protocol, struct fx_packet *out)
{
    if (len < L4_BYTES)
        return false;
    if (protocol == PROTO_UDP && get16(l4 + 2) == MARK) {
        out->kind = FX_DATA;
        out->id = (uint16_t)get16(l4);
        return true;
    }
    if (protocol != PROTO_ICMP)
        return false;
    if (l4[0] == 3 && len >= 2 * L4_BYTES + IP_BYTES) { /* unreachable: what it is about follows */
        const uint8_t *inner = l4 + L4_BYTES;
        bool is_ours = parse_l4(inner + IP_BYTES, len - L4_BYTES - IP_BYTES, inner[9], out);

        out->kind = FX_UNREACHABLE;
        return is_ours;
    }
    out->kind = l4[0] == 8 ? FX_PING : FX_PONG;
    out->id = (uint16_t)get16(l4 + 6);
    return (l4[0] == 8 || l4[0] == 0) && get16(l4 + 4) == MARK;
}

static bool parse_ip(const uint8_t *ip, size_t len, struct fx_packet *out)
{
    if (len < IP_BYTES || ip[0] != 0x45)
        return false;
    out->ip_ttl = ip[8];
    if (out->n_labels == 0)
        out->ttl = ip[8];
    out->source = ip_addr_v4((uint32_t)get16(ip + 12) << 16 | get16(ip + 14));
    out->destination = ip_addr_v4((uint32_t)get16(ip + 16) << 16 | get16(ip + 18));
    return parse_l4(ip + IP_BYTES, len - IP_BYTES, ip[9], out);
}

bool frame_parse(const uint8_t *frame, size_t len, struct fx_packet *out)
{
    size_t at = 14;
    bool is_bottom = false;

    memset(out, 0, sizeof(*out));
    if (len < at)
        return false;
    if (get16(frame + 12) == 0x0800)
        return parse_ip(frame + at, len - at, out);
    if (get16(frame + 12) != 0x8847)
        return false;
    while (!is_bottom) {
        if (len < at + 4 || out->n_labels == FX_LABELS_MAX)
            return false;
        out->labels[out->n_labels++] = get16(frame + at) << 4 | frame[at + 2] >> 4;
        is_bottom = frame[at + 2] & 1;
        if (out->n_labels == 1)
            out->ttl = frame[at + 3];
        at += 4;
    }
    return parse_ip(frame + at, len - at, out);
}
