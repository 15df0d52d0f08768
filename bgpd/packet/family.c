/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of address families (RFC 4760; RFC 8277 for labels; RFC 4364 s4.3.4 for VPN-IPv4). Exactly one label is
 * read, as the multiple labels capability is never offered, and its bottom-of-stack bit is ignored (RFC 8277 s2.2).
 * Pure.
 */
#include "bgpd/packet/family.h"

enum { LABEL_BITS = 24, RD_BITS = 64 };

static uint8_t extra_bits(const struct bgp_family_info *f)
{
    return (uint8_t)((f->has_label ? LABEL_BITS : 0) + (f->has_rd ? RD_BITS : 0));
}

/* A class D or E, or loopback, destination. */
static bool is_odd_destination(const struct prefix *p)
{
    return p->addr.b[0] >= 224 || (p->addr.b[0] == 127 && p->len >= 8);
}

static enum bgp_nlri_status nlri_decode(const struct bgp_family_info *f, struct wire_reader *r, bool is_withdraw,
                                        struct bgp_nlri *out)
{
    uint8_t bits, extra = extra_bits(f), octets[4] = {0};
    const uint8_t *at;
    size_t n;

    *out = (struct bgp_nlri){0};
    if (!wire_left(r))
        return r->failed ? BGP_NLRI_ERROR : BGP_NLRI_END;
    bits = wire_u8(r);
    if (bits < extra || bits > extra + 32)
        return BGP_NLRI_ERROR;
    if (f->has_label)
        out->label = wire_be24(r) >> 4;
    if (is_withdraw)
        out->label = 0;
    if (f->has_rd)
        out->rd = wire_be64(r);
    bits = (uint8_t)(bits - extra);
    n = (size_t)(bits + 7) / 8;
    at = wire_bytes(r, n);
    if (!at)
        return BGP_NLRI_ERROR;
    for (size_t i = 0; i < n; i++)
        octets[i] = at[i];
    /* Trailing bits are of no significance (RFC 4271 s4.3): prefix_v4 clears them. */
    out->prefix =
        prefix_v4((uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3], bits);
    return is_odd_destination(&out->prefix) ? BGP_NLRI_SKIP : BGP_NLRI_OK;
}

static void nlri_encode(const struct bgp_family_info *f, struct wire_writer *w, bool is_withdraw,
                        const struct bgp_nlri *n)
{
    wire_put_u8(w, (uint8_t)(n->prefix.len + extra_bits(f)));
    if (f->has_label)
        wire_put_be24(w,
                      is_withdraw ? BGP_WITHDRAW_LABEL : n->label << 4 | 1); /* S set by the sender (RFC 8277 s2.2) */
    if (f->has_rd)
        wire_put_be64(w, n->rd);
    wire_put_bytes(w, n->prefix.addr.b, (size_t)(n->prefix.len + 7) / 8);
}

static size_t nlri_encoded_len(const struct bgp_family_info *f, const struct bgp_nlri *n)
{
    return 1 + (size_t)extra_bits(f) / 8 + (size_t)(n->prefix.len + 7) / 8;
}

static void next_hop_v4_decode(struct wire_reader *r, struct ip_addr *out)
{
    *out = ip_addr_v4(wire_be32(r));
}

static void next_hop_v4_encode(struct wire_writer *w, const struct ip_addr *next_hop)
{
    wire_put_be32(w, ip_addr_to_v4(next_hop));
}

/* VPN-IPv4: a route distinguisher of 0 stands before the address (RFC 4364 s4.3.2); what is received there is ignored.
 */
static void next_hop_vpn_decode(struct wire_reader *r, struct ip_addr *out)
{
    wire_skip(r, 8);
    *out = ip_addr_v4(wire_be32(r));
}

static void next_hop_vpn_encode(struct wire_writer *w, const struct ip_addr *next_hop)
{
    wire_put_be64(w, 0);
    wire_put_be32(w, ip_addr_to_v4(next_hop));
}

static const struct bgp_family_info families[BGP_FAMILY_COUNT] = {
    [BGP_IPV4_UNICAST] = {"ipv4-unicast", 1, 1, false, false, 4, nlri_decode, nlri_encode, nlri_encoded_len,
                          next_hop_v4_decode, next_hop_v4_encode},
    [BGP_IPV4_LABELED] = {"ipv4-labeled-unicast", 1, 4, true, false, 4, nlri_decode, nlri_encode, nlri_encoded_len,
                          next_hop_v4_decode, next_hop_v4_encode},
    [BGP_IPV4_VPN] = {"ipv4-vpn", 1, 128, true, true, 12, nlri_decode, nlri_encode, nlri_encoded_len,
                      next_hop_vpn_decode, next_hop_vpn_encode},
};

const struct bgp_family_info *bgp_family_info(enum bgp_family f)
{
    return &families[f];
}

const char *bgp_family_name(enum bgp_family f)
{
    return f < BGP_FAMILY_COUNT ? families[f].name : "?";
}

enum bgp_family bgp_family_find(uint16_t afi, uint8_t safi)
{
    enum bgp_family f;

    for (f = 0; f < BGP_FAMILY_COUNT; f++)
        if (families[f].afi == afi && families[f].safi == safi)
            break;
    return f;
}
