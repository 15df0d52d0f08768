/* SPDX-License-Identifier: Apache-2.0
 *
 * RIBs without sessions and without ribd: a router is a RIB whose wishes are recorded and answered here, a cable
 * carries what one RIB puts out to another as real messages.
 */
#pragma once

#include "bgpd/rib/rib_private.h"

#define FAKE_MAX 256

struct fake_route {
    uint32_t vrf;
    struct prefix prefix;
    enum rib_source source;
    uint8_t distance;
    size_t n;
    struct rib_nexthop nexthop; /* the first */
    struct out_label label;
};

struct fake_label {
    struct bgp_label_slot *slot;
    uint32_t in_label;
    uint8_t op;
    uint32_t lookup_vrf;
    struct out_label label;
    struct rib_nexthop nexthop;
    unsigned n_sets;
};

struct router {
    struct bgp_rib *rib;
    struct ip_addr own; /* answered by is_own_address */
    bool is_silent;     /* next hops and labels are not answered */
    bool is_woken;
    size_t n_routes, n_labels, n_freed;
    struct fake_route routes[FAKE_MAX];
    struct fake_label labels[FAKE_MAX];
    uint32_t next_label;
    uint32_t subscribed[4096];
    struct bgp_nexthop *watched[FAKE_MAX];
    size_t n_watched;
    bool has_exceeded;
};

struct router *router_create(uint32_t as, const char *id);
void router_destroy(struct router *r);
/* Works off everything; answers next hops as usable and labels as installed, unless it is silent. */
void router_run(struct router *r);
struct bgp_vrf *router_vrf(struct router *r, const char *name, uint32_t vrf, const char *rd, const char *target,
                           bool is_csc);
/* A LOCAL route. */
void router_redistribute(struct router *r, uint32_t vrf, const char *prefix, enum rib_source source,
                         const char *gateway);
const struct fake_route *router_route(const struct router *r, uint32_t vrf, const char *prefix);
/* The label of a destination for its neighbours, or for VPN export; NULL if there is none. */
const struct fake_label *router_label(const struct router *r, enum rib_label_purpose purpose, uint32_t vrf,
                                      const char *prefix);
void router_set_nexthop(struct router *r, const char *address, bool is_usable, const char *reason);
/* ribd's word of one next hop: reached over a host route of `source`; "" is no reason. */
void router_nexthop(struct router *r, struct bgp_nexthop *nh, const char *reason, enum rib_source source,
                    uint32_t metric);

struct bgp_peer_config peer_config(const char *address, uint32_t as, enum bgp_family f);
struct ip_addr addr(const char *text);
struct prefix pfx(const char *text);
rd_t rd(const char *text);
ext_community_t rt(const char *text);

/* A session between two RIBs. */
struct cable {
    struct router *r[2];
    struct bgp_rib_peer *p[2];
    bool is_as4;
};
/* a's neighbour b_address and b's neighbour a_address come up with family f. */
struct cable cable_plug(struct router *a, struct bgp_vrf *av, struct bgp_peer_config a_cfg, struct router *b,
                        struct bgp_vrf *bv, struct bgp_peer_config b_cfg);
size_t cable_carry(struct cable *c); /* messages in both directions; how many */
void run_all(struct router **routers, size_t n_routers, struct cable *cables, size_t n_cables); /* until all is quiet */

struct bgp_path *best_path(struct router *r, struct bgp_vrf *v, enum bgp_family f, const char *rd_text_,
                           const char *prefix);
char *as_path_of(const struct bgp_path *p, char *buf, size_t size);
