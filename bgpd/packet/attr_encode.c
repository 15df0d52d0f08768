/* SPDX-License-Identifier: Apache-2.0
 *
 * Path attributes back to bytes, in order of type, and small questions about attribute lists. Towards a peer without
 * 4-octet AS numbers wide ones become AS_TRANS and the truth follows in the AS4 twins (RFC 6793 s4.2.2). Pure.
 */
#include "bgpd/packet/attr.h"
#include "strata/wire.h"

void bgp_attr_header_put(struct wire_writer *w, uint8_t flags, uint8_t type, size_t len)
{
    if (len > UINT8_MAX)
        flags |= BGP_FLAG_EXTENDED;
    wire_put_u8(w, flags);
    wire_put_u8(w, type);
    if (len > UINT8_MAX)
        wire_put_be16(w, (uint16_t)len);
    else
        wire_put_u8(w, (uint8_t)len);
}

static void put_u32(struct wire_writer *w, uint8_t flags, uint8_t type, uint32_t v)
{
    bgp_attr_header_put(w, flags, type, 4);
    wire_put_be32(w, v);
}

static void put_bytes(struct wire_writer *w, uint8_t flags, uint8_t type, struct bgp_bytes b)
{
    if (!b.len)
        return;
    bgp_attr_header_put(w, flags, type, b.len);
    wire_put_bytes(w, b.data, b.len);
}

static uint16_t narrow(uint32_t as)
{
    return as > UINT16_MAX ? (uint16_t)BGP_AS_TRANS : (uint16_t)as;
}

/* Octets of a canonical path in 2-octet form. */
static size_t narrow_len(struct bgp_bytes path)
{
    size_t len = 0;

    for (size_t at = 0; at < path.len; at += 2 + 4u * path.data[at + 1])
        len += 2 + 2u * path.data[at + 1];
    return len;
}

static void put_as_path(struct wire_writer *w, struct bgp_bytes path, bool is_as4)
{
    struct wire_reader r = wire_reader_of(path.data, path.len);

    bgp_attr_header_put(w, BGP_FLAG_TRANSITIVE, BGP_ATTR_AS_PATH, is_as4 ? path.len : narrow_len(path));
    if (is_as4) {
        if (path.len)
            wire_put_bytes(w, path.data, path.len);
        return;
    }
    while (wire_left(&r)) {
        uint8_t type = wire_u8(&r), n = wire_u8(&r);

        wire_put_u8(w, type);
        wire_put_u8(w, n);
        for (; n; n--)
            wire_put_be16(w, narrow(wire_be32(&r)));
    }
}

static void put_aggregator(struct wire_writer *w, const struct bgp_attrs *a, bool is_as4)
{
    const uint8_t flags = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;

    if (!a->has_aggregator)
        return;
    bgp_attr_header_put(w, flags, BGP_ATTR_AGGREGATOR, is_as4 ? 8 : 6);
    if (is_as4)
        wire_put_be32(w, a->aggregator_as);
    else
        wire_put_be16(w, narrow(a->aggregator_as));
    wire_put_be32(w, a->aggregator_id);
}

static void put_as4_twins(struct wire_writer *w, const struct bgp_attrs *a)
{
    const uint8_t flags = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;

    if (bgp_as_path_has_wide(a->as_path))
        put_bytes(w, flags, BGP_ATTR_AS4_PATH, a->as_path);
    if (a->has_aggregator && a->aggregator_as > UINT16_MAX) {
        bgp_attr_header_put(w, flags, BGP_ATTR_AS4_AGGREGATOR, 8);
        wire_put_be32(w, a->aggregator_as);
        wire_put_be32(w, a->aggregator_id);
    }
}

void bgp_attrs_encode(struct wire_writer *w, const struct bgp_attrs *a, bool is_as4, bool has_next_hop)
{
    const uint8_t optional_transitive = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;

    bgp_attr_header_put(w, BGP_FLAG_TRANSITIVE, BGP_ATTR_ORIGIN, 1);
    wire_put_u8(w, a->origin);
    put_as_path(w, a->as_path, is_as4);
    if (has_next_hop)
        put_u32(w, BGP_FLAG_TRANSITIVE, BGP_ATTR_NEXT_HOP, ip_addr_to_v4(&a->next_hop));
    if (a->has_med)
        put_u32(w, BGP_FLAG_OPTIONAL, BGP_ATTR_MED, a->med);
    if (a->has_local_pref)
        put_u32(w, BGP_FLAG_TRANSITIVE, BGP_ATTR_LOCAL_PREF, a->local_pref);
    if (a->has_atomic_aggregate)
        bgp_attr_header_put(w, BGP_FLAG_TRANSITIVE, BGP_ATTR_ATOMIC_AGGREGATE, 0);
    put_aggregator(w, a, is_as4);
    put_bytes(w, optional_transitive, BGP_ATTR_COMMUNITIES, a->communities);
    if (a->has_originator_id)
        put_u32(w, BGP_FLAG_OPTIONAL, BGP_ATTR_ORIGINATOR_ID, a->originator_id);
    put_bytes(w, BGP_FLAG_OPTIONAL, BGP_ATTR_CLUSTER_LIST, a->cluster_list);
    put_bytes(w, optional_transitive, BGP_ATTR_EXT_COMMUNITIES, a->ext_communities);
    if (!is_as4)
        put_as4_twins(w, a);
    put_bytes(w, optional_transitive, BGP_ATTR_LARGE_COMMUNITIES, a->large_communities);
    if (a->unknown.len)
        wire_put_bytes(w, a->unknown.data, a->unknown.len);
}

bool bgp_has_community(const struct bgp_attrs *a, uint32_t community)
{
    struct wire_reader r = wire_reader_of(a->communities.data, a->communities.len);

    while (wire_left(&r))
        if (wire_be32(&r) == community)
            return true;
    return false;
}

ext_community_t bgp_ext_community_at(const struct bgp_attrs *a, size_t i)
{
    struct wire_reader r = wire_reader_of(a->ext_communities.data + 8 * i, 8);

    return wire_be64(&r);
}

bool bgp_has_ext_community(const struct bgp_attrs *a, ext_community_t c)
{
    for (size_t i = 0; i < a->ext_communities.len / 8; i++)
        if (bgp_ext_community_at(a, i) == c)
            return true;
    return false;
}

bool bgp_is_route_target(ext_community_t c)
{
    return c >> 56 <= 2 && ext_community_subtype(c) == EXT_COMMUNITY_ROUTE_TARGET;
}
