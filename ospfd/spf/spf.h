/* SPDX-License-Identifier: Apache-2.0
 *
 * From databases to routes (RFC 2328 s16): the shortest path tree of each area with equal-cost paths, routes within and
 * between areas, external routes with and without forwarding address. A value in, a value out: no clock, no neighbours,
 * no RIB.
 */
#pragma once

#include "ospfd/lsdb/lsdb.h"
#include "strata/addr.h"

struct mem_account;

/* A full adjacency of this router: which link of its router-LSA leads where. */
struct ospf_spf_link {
    uint32_t neighbor; /* router id */
    uint32_t data;     /* our address there: Link Data of our router-LSA */
    uint32_t ifindex;
    uint32_t gateway; /* the neighbour's address */
};

/* A subnet of ours: forwarding addresses in it are on-link. */
struct ospf_spf_local {
    uint32_t address;
    uint8_t len;
    uint32_t ifindex;
};

struct ospf_spf_area {
    uint32_t id;
    const struct ospf_lsdb *db;
    const struct ospf_spf_link *links;
    size_t n_links;
};

struct ospf_spf_input {
    uint32_t root; /* our router id */
    const struct ospf_spf_area *areas;
    size_t n_areas;
    const struct ospf_lsdb *as_db;
    const struct ospf_spf_local *locals;
    size_t n_locals;
    size_t max_paths;
    bool is_vpn;      /* instance of a provider edge: LSAs with the DN bit are not used (RFC 4576) */
    uint32_t vpn_tag; /* external routes with this tag are not used (RFC 4577 s4.2.5.2); 0: no such rule */
    uint64_t now_us;
};

struct ospf_nexthop {
    uint32_t ifindex;
    uint32_t gateway; /* 0: attached */
};

struct ospf_nexthops { /* interned in its table, sorted */
    UT_hash_handle hh;
    size_t n;
    struct ospf_nexthop nexthop[];
};

/* In order of preference (s11): */
enum ospf_route_type {
    OSPF_ROUTE_INTRA,
    OSPF_ROUTE_INTER,
    OSPF_ROUTE_EXTERNAL_1,
    OSPF_ROUTE_EXTERNAL_2,
    OSPF_ROUTE_TYPES
};
const char *ospf_route_type_name(enum ospf_route_type t);

struct ospf_route {
    uint32_t address;
    uint8_t len;
    uint8_t type;      /* enum ospf_route_type */
    bool is_local;     /* our own subnet: nothing for the RIB */
    uint32_t cost;     /* external 2: the external metric */
    uint32_t distance; /* external 2: cost of the way to it; else 0 */
    uint32_t tag;
    const struct ospf_nexthops *nexthops;
    uint32_t
        rib_nhset; /* the RIB link's: its id of these next hops; 0 = none. Not compared, kept over unchanged routes */
};

struct ospf_table {
    struct mem_account *acct;
    struct ospf_nexthops *sets;
    size_t n_routes;
    struct ospf_route *routes; /* sorted by address, then length */
    size_t n_routers;          /* routers that can be reached, ourselves included */
};

/* Owned by the caller. */
struct ospf_table *ospf_spf_run(struct mem_account *acct, const struct ospf_spf_input *in);
struct ospf_table *ospf_table_create(struct mem_account *acct);
void ospf_table_destroy(struct ospf_table *t); /* NULL allowed */
const struct ospf_route *ospf_table_find(const struct ospf_table *t, uint32_t address, uint8_t len);
struct prefix ospf_route_prefix(const struct ospf_route *r);
bool ospf_route_is_equal(const struct ospf_route *a, const struct ospf_route *b);

/* What differs between two tables, in order: new (was NULL), gone (now NULL), changed. Unchanged routes inherit
 * rib_nhset. */
typedef void ospf_table_diff_fn(void *arg, struct ospf_route *was, struct ospf_route *now);
void ospf_table_diff(struct ospf_table *was, struct ospf_table *now, ospf_table_diff_fn *fn, void *arg);
