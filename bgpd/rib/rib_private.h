/* SPDX-License-Identifier: Apache-2.0
 *
 * The structs behind rib.h, shared by the files of rib/ (north/state.c and link/ read them).
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/rib/adj_out.h"
#include "bgpd/rib/label.h"
#include "bgpd/rib/rib.h"
#include "bgpd/rib/table.h"

struct bgp_peer_family {
    bool is_active;         /* negotiated on the session that is up */
    bool is_end_of_rib_due; /* to be sent once the queue is empty */
    bool has_end_of_rib;    /* received */
    uint32_t n_received, n_sent;
    TAILQ_HEAD(, bgp_adj_out) withdrawals;
    TAILQ_HEAD(, bgp_out_group) group_list;
    struct bgp_out_group *groups; /* by attributes */
    LIST_HEAD(, bgp_adj_out) adj_outs;
};

struct bgp_rib_peer {
    LIST_ENTRY(bgp_rib_peer) in_vrf, in_nexthop;
    struct bgp_nexthop *reach; /* its address, watched; NULL: not */
    struct bgp_vrf *vrf;
    void *session;
    struct bgp_peer_config cfg;
    bool is_ebgp, is_up;
    struct bgp_peer_info info;
    struct bgp_peer_family family[BGP_FAMILY_COUNT];
    LIST_HEAD(, bgp_path) paths;
};

struct bgp_vrf {
    TAILQ_ENTRY(bgp_vrf) in_rib;
    struct bgp_rib *rib;
    struct bgp_vrf_config cfg;
    uint32_t vrf;
    bool is_ready;
    bool is_public;
    uint32_t subscribed;                      /* sources told to ribd */
    struct bgp_table table[BGP_FAMILY_COUNT]; /* the VPN table is used in the public instance only */
    struct bgp_label_slot *instance_label;
    LIST_HEAD(, bgp_rib_peer) peers;
};

struct bgp_rib {
    const struct bgp_rib_ops *ops;
    void *arg;
    struct log *log;
    struct bgp_global_config cfg;
    const struct cfg_policy *policy;
    struct mem_account mem_dest, mem_path, mem_nexthop, mem_label, mem_adj_out, mem_peer;
    struct bgp_attr_pool attrs;
    struct bgp_nexthop *nexthops;
    uint32_t next_nexthop_id;
    struct bgp_scope *scopes;
    TAILQ_HEAD(, bgp_vrf) vrfs;
    struct bgp_vrf *public;
    TAILQ_HEAD(bgp_dirty_list, bgp_dest) dirty;
    bool is_woken;
};

void bgp_rib_wake(struct bgp_rib *rib);

/* best.c */
void bgp_dest_select(struct bgp_dest *d); /* its best path, and the best own one */

/* copy.c */
void bgp_copy_sync(struct bgp_dest *d); /* the other table's copy of it becomes what it must be */

/* process.c */
void bgp_dest_process(struct bgp_dest *d);
void bgp_fib_forget(struct bgp_dest *d); /* ribd lost everything: tell again */
/* Nexthops of a path that knows its way (bgp_path_root); returns how many, at most RIB_NEXTHOPS_MAX. */
size_t bgp_path_nexthops(const struct bgp_path *root, struct rib_nexthop *out);
uint32_t bgp_path_nexthop_id(const struct bgp_path *root); /* tells ways apart; 0 if there is none */
/* A prefix of our own: neighbours get implicit null, and there is no entry (invariant 6). */
bool bgp_path_ends_here(const struct bgp_path *best);
/* What a label of our own for the best route does: swap to the label that the next hop gave, or follow the
 * label-switched path that the route has. The root must be known. */
struct bgp_label_want bgp_label_way(const struct bgp_dest *d, struct rib_nexthop nexthops[RIB_NEXTHOPS_MAX]);

/* vpn.c */
void bgp_vpn_export(struct bgp_dest *d);  /* of an instance */
void bgp_vpn_import(struct bgp_dest *d);  /* of the VPN table */
void bgp_vpn_unimport(struct bgp_vrf *v); /* every IMPORTED path of the instance goes */
/* A neighbour's VPN route, accepted, whose targets none of our instances imports. */
bool bgp_vpn_is_unwanted(const struct bgp_path *p);

/* policy.c */
/* Does the list let the prefix pass? No list ("") does. */
bool bgp_policy_permits(const struct bgp_rib *rib, const char *list, const struct prefix *p);
enum bgp_reject bgp_policy_judge(const struct bgp_path *path); /* a PEER path */
/* Attributes of an announced route as they are kept: the reference is the caller's. */
struct bgp_attr_set *bgp_policy_accept(struct bgp_rib_peer *p, const struct bgp_attrs *a);
bool bgp_policy_may_send(const struct bgp_path *best, const struct bgp_rib_peer *to, enum bgp_family f);
bool bgp_policy_is_next_hop_self(const struct bgp_path *best, const struct bgp_rib_peer *to, enum bgp_family f);
struct bgp_attr_set *bgp_policy_send(const struct bgp_path *best, const struct bgp_rib_peer *to, enum bgp_family f);
/* Attributes of an EXPORTED path: our route targets instead of whatever stood there. */
struct bgp_attr_set *bgp_policy_export(struct bgp_vrf *v, const struct bgp_path *best);

/* peer.c */
void bgp_rib_peer_rejudge(struct bgp_rib_peer *p);

/* local.c */
void bgp_local_configure(struct bgp_vrf *v); /* redistribution or readiness changed */
void bgp_local_remove_all(struct bgp_vrf *v);
