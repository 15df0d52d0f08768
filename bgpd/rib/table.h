/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects of the RIB: tables, destinations, paths, next hops. Private to rib/, but for north/state.c and link/,
 * which read them (link/ also owns the members said to be its own).
 *
 * A destination is a prefix (with a route distinguisher in the VPN table) of one table. Its paths are of five kinds:
 *   PEER      received from a neighbour
 *   LOCAL     redistributed from ribd
 *   IMPORTED  in an instance's table: a VPN route whose route targets match; `parent` is the path in the VPN table
 *   EXPORTED  in the VPN table: the best route of an instance's destination `from`
 *   COPIED    the best own path (of any other kind) of `from`, the same prefix in another table of the instance
 */
#pragma once

#include <sys/queue.h>
#include <uthash.h>

#include "bgpd/rib/order.h"
#include "bgpd/rib/attr_pool.h"
#include "bgpd/rib/config.h"

struct bgp_adj_out;
struct bgp_label_slot;
struct bgp_rib;
struct bgp_rib_peer;
struct bgp_vrf;

enum bgp_path_kind { BGP_PATH_PEER, BGP_PATH_LOCAL, BGP_PATH_IMPORTED, BGP_PATH_EXPORTED, BGP_PATH_COPIED };
const char *bgp_path_kind_name(enum bgp_path_kind k);

/* Why a received or redistributed path is not considered although it is kept. */
enum bgp_reject {
    BGP_REJECT_NONE,
    BGP_REJECT_AS_LOOP,
    BGP_REJECT_ORIGINATOR,
    BGP_REJECT_CLUSTER,
    BGP_REJECT_NEXT_HOP,
    BGP_REJECT_LABEL,
    BGP_REJECT_POLICY,
    BGP_REJECT_TAG,
    BGP_REJECT_OTHER_TAG
};
const char *bgp_reject_text(enum bgp_reject r);

struct bgp_nexthop_key {
    uint32_t vrf;
    uint32_t needs_lsp;
    struct ip_addr address;
    uint8_t pad[3];
};

/* One per address that paths depend on; ribd is asked to watch it. */
struct bgp_nexthop {
    UT_hash_handle hh;
    struct bgp_nexthop_key key;
    uint32_t id; /* never used twice */
    LIST_HEAD(, bgp_path) paths;
    LIST_HEAD(, bgp_rib_peer) peers; /* neighbours that live there and want to know whether it can be reached */
    LIST_HEAD(, bgp_dest) dests;     /* redistributed routes whose label follows the path to it, or else is popped */
    bool is_known;                   /* ribd has said something */
    bool is_usable;
    bool is_by_bgp;     /* it is reached over a route of our own */
    uint8_t prefix_len; /* of the route to it */
    uint32_t metric;
    char reason[RIB_TEXT_MAX]; /* why not usable */
    uint32_t watch;            /* link's own */
};

struct bgp_path {
    LIST_ENTRY(bgp_path) in_dest, in_nexthop, in_peer, in_parent;
    LIST_HEAD(, bgp_path) children; /* IMPORTED paths made of this one */
    struct bgp_dest *dest;
    struct bgp_rib_peer *peer;   /* PEER */
    struct bgp_path *parent;     /* IMPORTED */
    struct bgp_dest *from;       /* EXPORTED, COPIED */
    struct bgp_label_slot *slot; /* EXPORTED: the label it is advertised with */
    struct bgp_attr_set *attrs;
    struct bgp_nexthop *nexthop; /* PEER, unless rejected */
    struct bgp_local *local;     /* LOCAL */
    uint32_t label;              /* PEER, families with labels: as received */
    uint8_t kind, reject;        /* enum bgp_path_kind, enum bgp_reject */
    struct {                     /* IMPORTED, EXPORTED, COPIED: the root's forwarding as last seen */
        uint32_t nexthop_id, label;
        uint64_t cost;
        bool is_usable;
    } seen;
    uint8_t lost_at; /* step of the decision that ruled it out, see best.h; 0: it is the best */
    bool is_stale;   /* LOCAL: not told again yet since ribd came back */
};

/* Where a redistributed route leads. */
struct bgp_local {
    uint32_t id;    /* of the numbers of next hops; a new one with every change */
    uint8_t source; /* enum rib_source */
    uint32_t metric, tag;
    uint16_t n;
    struct {
        struct ip_addr gateway;
        uint32_t ifindex;
    } nexthops[];
};

struct bgp_key {
    rd_t rd;
    struct prefix prefix;
    uint8_t pad[6];
};

/* What ribd was told of a destination, to tell it only changes. */
struct bgp_fib_mark {
    bool is_set;
    uint8_t source, distance;
    uint32_t nexthop_id, label, metric;
};

struct bgp_dest {
    UT_hash_handle hh;
    struct bgp_key key;
    struct bgp_table *table;
    LIST_HEAD(, bgp_path) paths;
    struct bgp_path *best;
    struct bgp_path *own;             /* the best of those that are not COPIED: what other tables may copy */
    struct bgp_path *copy;            /* our COPIED path in the other table */
    struct bgp_path *exported;        /* our EXPORTED path in the VPN table */
    struct bgp_label_slot *label;     /* for neighbours that get this route with us as next hop */
    struct bgp_label_slot *vpn_label; /* for the EXPORTED path, unless the instance's label serves */
    LIST_HEAD(, bgp_adj_out) adj_outs;
    TAILQ_ENTRY(bgp_dest) dirty;
    bool is_dirty;
    struct bgp_fib_mark fib;
    uint32_t fib_nhset; /* link's own */
    LIST_ENTRY(bgp_dest) in_nexthop;
    struct bgp_nexthop *lsp; /* the destination itself, watched: does a label-switched path lead there? NULL: not */
    bool is_lsp_doubted;     /* it does, but a label can't follow it */
};

struct bgp_table {
    struct bgp_vrf *vrf;
    enum bgp_family family;
    struct bgp_dest *dests;
    struct bgp_order order; /* the same, sorted */
    size_t n_paths;
};

struct bgp_dest *bgp_dest_find(struct bgp_table *t, rd_t rd, const struct prefix *p);
struct bgp_dest *bgp_dest_get(struct bgp_table *t, rd_t rd, const struct prefix *p);
void bgp_dest_mark(struct bgp_dest *d); /* to be processed by the next bgp_rib_run */
void bgp_table_mark(struct bgp_table *t);
/* Frees it if nothing holds it any more. */
void bgp_dest_release(struct bgp_dest *d);

/* Adds a path (attrs: the reference is taken over); marks the destination. */
struct bgp_path *bgp_path_add(struct bgp_dest *d, enum bgp_path_kind kind, struct bgp_attr_set *attrs);
void bgp_path_set_attrs(struct bgp_path *p, struct bgp_attr_set *attrs); /* takes the reference over */
/* An IMPORTED, EXPORTED or COPIED path looks at its root again; marks the destination if the way has changed. */
void bgp_path_sync(struct bgp_path *p);
void bgp_path_remove(struct bgp_path *p); /* and its children */
/* What a COPIED path is a copy of, else the path itself. May be NULL. */
const struct bgp_path *bgp_path_source(const struct bgp_path *p);
/* The path that knows the way, a PEER or LOCAL one: of a COPIED one the original, of an IMPORTED one the parent, of an
 * EXPORTED one the instance's best. May be NULL. */
const struct bgp_path *bgp_path_root(const struct bgp_path *p);
/* The neighbour who brought it, here or where it was copied or imported from; NULL for our own routes. */
const struct bgp_rib_peer *bgp_path_peer(const struct bgp_path *p);
/* NULL if it may be used, else why not. Text is borrowed. */
const char *bgp_path_problem(const struct bgp_path *p);
bool bgp_path_is_internal(const struct bgp_path *p); /* learned from an IBGP peer, here or where it was imported from */
/* The received label, as a forwarding value; NONE in families without labels, and for NULL. */
struct out_label bgp_path_label(const struct bgp_path *p);

/* What it costs to reach the next hop: over a route of BGP, more than over any other. The metric of BGP's route is no
 * cost inside our network, and paths that were preferred for it could take turns in being each other's way. */
uint64_t bgp_nexthop_cost(const struct bgp_nexthop *nh);
/* Watch whether a label-switched path leads to the destination; tells by marking it. */
void bgp_dest_watch_lsp(struct bgp_dest *d, bool is_watched);
void bgp_path_set_nexthop(struct bgp_path *p, uint32_t vrf, const struct ip_addr *a, bool needs_lsp); /* a NULL: none */
