/* SPDX-License-Identifier: Apache-2.0
 *
 * Path attributes as a value, and the table that decodes them with the outcomes of RFC 7606.
 */
#pragma once

#include "bgpd/packet/as_path.h"
#include "bgpd/packet/message.h"
#include "strata/addr.h"
#include "strata/rd.h"

enum bgp_attr_type {
    BGP_ATTR_ORIGIN = 1,
    BGP_ATTR_AS_PATH = 2,
    BGP_ATTR_NEXT_HOP = 3,
    BGP_ATTR_MED = 4,
    BGP_ATTR_LOCAL_PREF = 5,
    BGP_ATTR_ATOMIC_AGGREGATE = 6,
    BGP_ATTR_AGGREGATOR = 7,
    BGP_ATTR_COMMUNITIES = 8,
    BGP_ATTR_ORIGINATOR_ID = 9,
    BGP_ATTR_CLUSTER_LIST = 10,
    BGP_ATTR_MP_REACH = 14,
    BGP_ATTR_MP_UNREACH = 15,
    BGP_ATTR_EXT_COMMUNITIES = 16,
    BGP_ATTR_AS4_PATH = 17,
    BGP_ATTR_AS4_AGGREGATOR = 18,
    BGP_ATTR_IPV6_EXT_COMMUNITIES = 25,
    BGP_ATTR_AIGP = 26,
    BGP_ATTR_LARGE_COMMUNITIES = 32,
    BGP_ATTR_OTC = 35,
    BGP_ATTR_PREFIX_SID = 40
};

enum bgp_origin { BGP_ORIGIN_IGP, BGP_ORIGIN_EGP, BGP_ORIGIN_INCOMPLETE };
const char *bgp_origin_name(uint8_t origin);

enum { BGP_NO_EXPORT = 0xffffff01, BGP_NO_ADVERTISE = 0xffffff02, BGP_NO_EXPORT_SUBCONFED = 0xffffff03 };

/* Pointers are borrowed: from the message and the scratch after decoding, from the interned copy in a set. */
struct bgp_attrs {
    uint8_t origin;
    bool has_med, has_local_pref, has_originator_id, has_aggregator, has_atomic_aggregate;
    uint32_t med, local_pref, originator_id;
    uint32_t aggregator_as, aggregator_id;
    struct ip_addr next_hop;
    struct bgp_bytes as_path;           /* canonical: see as_path.h */
    struct bgp_bytes communities;       /* 4 octets each */
    struct bgp_bytes ext_communities;   /* 8 */
    struct bgp_bytes large_communities; /* 12 */
    struct bgp_bytes cluster_list;      /* 4 */
    struct bgp_bytes unknown;           /* whole optional transitive attributes, partial bit set */
};

/* Room for what decoding rebuilds. */
struct bgp_attr_scratch {
    uint8_t as_path[4 * BGP_MESSAGE_MAX]; /* the widened path, then the one merged with AS4_PATH */
    uint8_t unknown[2 * BGP_MESSAGE_MAX];
};

struct bgp_attr_context {
    bool is_as4; /* both sides speak 4-octet AS numbers */
    bool is_ebgp;
};

/* MP_REACH_NLRI or MP_UNREACH_NLRI, not looked into but for its frame. */
struct bgp_mp {
    bool is_present;
    uint16_t afi;
    uint8_t safi;
    struct bgp_bytes next_hop; /* empty for MP_UNREACH */
    struct bgp_bytes nlri;
};

struct bgp_attr_result {
    struct bgp_attrs attrs;
    struct bgp_mp reach, unreach;
    uint8_t n_attributes; /* told apart, saturating */
    bool has_origin, has_as_path, has_next_hop;
};

/* Decodes a path attribute block. The strongest outcome of all is returned and stands in *e with the first attribute
 * that caused it. What could be read is in *out even so, so that the NLRI can be found. */
enum bgp_outcome bgp_attrs_decode(struct bgp_bytes block, const struct bgp_attr_context *ctx,
                                  struct bgp_attr_scratch *scratch, struct bgp_attr_result *out, struct bgp_error *e);

/* Writes the attributes but for MP_*, in order of type. NEXT_HOP only if `has_next_hop`. */
struct wire_writer;
void bgp_attrs_encode(struct wire_writer *w, const struct bgp_attrs *a, bool is_as4, bool has_next_hop);
/* One attribute header, extended length if needed. */
void bgp_attr_header_put(struct wire_writer *w, uint8_t flags, uint8_t type, size_t len);
enum { BGP_FLAG_OPTIONAL = 0x80, BGP_FLAG_TRANSITIVE = 0x40, BGP_FLAG_PARTIAL = 0x20, BGP_FLAG_EXTENDED = 0x10 };

/* Lists of fixed-size elements. */
bool bgp_has_community(const struct bgp_attrs *a, uint32_t community);
bool bgp_has_ext_community(const struct bgp_attrs *a, ext_community_t c);
ext_community_t bgp_ext_community_at(const struct bgp_attrs *a, size_t i); /* i < ext_communities.len / 8 */
bool bgp_is_route_target(ext_community_t c);                               /* transitive, of any of the three shapes */
