/* SPDX-License-Identifier: Apache-2.0
 *
 * Neighbours of a single RIB that are driven by hand: what they say is given to the RIB, what the RIB puts out is read.
 */
#pragma once

#include "tests/unit/bgpd/fake.h"

struct bgp_vrf *pub(struct router *r);
/* A neighbour whose session comes up at once. */
struct bgp_rib_peer *join(struct router *r, struct bgp_vrf *v, struct bgp_peer_config c, uint32_t router_id);

enum { SAY_AS_MAX = 16 };

struct say {
    const char *prefix, *next_hop;
    uint32_t label;
    rd_t rd;
    struct bgp_attrs a;
    uint8_t path[2 + 4 * SAY_AS_MAX];
};

/* A route as told by a neighbour; n_as, then the AS path (uint32_t each). */
struct say say(const char *prefix, const char *next_hop, size_t n_as, ...);
void tell(struct router *r, struct bgp_rib_peer *p, enum bgp_family f, const struct say *s, bool is_withdraw);

/* What a neighbour was sent last, of everything that waits. */
struct heard {
    size_t n_messages, n_announced, n_withdrawn;
    bool has_end_of_rib;
    struct bgp_attrs a;
    struct ip_addr next_hop;
    struct bgp_nlri nlri;
    char path[64];
};

struct heard hear(struct router *r, struct bgp_rib_peer *p);
bool next_hop_is(const struct heard *h, const char *text);
