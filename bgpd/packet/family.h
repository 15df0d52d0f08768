/* SPDX-License-Identifier: Apache-2.0
 *
 * Address families as rows of a table: how their NLRI and next hop are coded and whether routes carry labels and route
 * distinguishers. A new family is a new row.
 */
#pragma once

#include <stdbool.h>

#include "strata/addr.h"
#include "strata/rd.h"
#include "strata/wire.h"

enum bgp_family { BGP_IPV4_UNICAST, BGP_IPV4_LABELED, BGP_IPV4_VPN, BGP_FAMILY_COUNT };
#define BGP_FAMILY_BIT(f) (1u << (f))

#define BGP_WITHDRAW_LABEL 0x800000u /* the compatibility field of a withdrawal, all 24 bits (RFC 8277 s2.4) */

struct bgp_nlri {
    rd_t rd;
    struct prefix prefix;
    uint32_t label; /* 20 bits; meaningless in a withdrawal and in families without labels */
};

enum bgp_nlri_status {
    BGP_NLRI_OK,
    BGP_NLRI_SKIP, /* well coded, but no destination one may route to (RFC 4271 s6.3: ignore, log) */
    BGP_NLRI_END,
    BGP_NLRI_ERROR /* length beyond the family's maximum or beyond the field */
};

struct bgp_family_info {
    const char *name; /* as in the configuration: "ipv4-labeled-unicast" */
    uint16_t afi;
    uint8_t safi;
    bool has_label, has_rd;
    uint8_t next_hop_len;
    /* Takes the next NLRI off the reader. On withdrawal the label field is skipped whatever it holds. */
    enum bgp_nlri_status (*decode)(const struct bgp_family_info *f, struct wire_reader *r, bool is_withdraw,
                                   struct bgp_nlri *out);
    void (*encode)(const struct bgp_family_info *f, struct wire_writer *w, bool is_withdraw, const struct bgp_nlri *n);
    size_t (*encoded_len)(const struct bgp_family_info *f, const struct bgp_nlri *n);
    /* The field of MP_REACH_NLRI, next_hop_len octets. */
    void (*next_hop_decode)(struct wire_reader *r, struct ip_addr *out);
    void (*next_hop_encode)(struct wire_writer *w, const struct ip_addr *next_hop);
};

const struct bgp_family_info *bgp_family_info(enum bgp_family f);
const char *bgp_family_name(enum bgp_family f);
/* BGP_FAMILY_COUNT if not spoken here. */
enum bgp_family bgp_family_find(uint16_t afi, uint8_t safi);
