/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the RIB: what the operator is shown. Values are borrowed for the duration of the callback.
 */
#pragma once

#include "strata/rib.h"

struct rib;

struct rib_view_hop {
    uint32_t ifindex;
    struct ip_addr gateway;
    struct out_label label;
};

/* Who gave a label. */
enum rib_view_protocol {
    RIB_VIEW_NOBODY,
    RIB_VIEW_LDP,
    RIB_VIEW_BGP_LABELED,
    RIB_VIEW_BGP_VPN,
    RIB_VIEW_STATIC,
};
const char *rib_view_protocol_name(enum rib_view_protocol p); /* "ldp", "bgp-labeled", "bgp-vpn", "static"; "" */

enum { RIB_VIEW_STEPS_MAX = 10 };

/* One link of the chain from a route to the wire: its next hop, and the label for the next hop. The route that the next
 * hop is resolved through is the next link; the last one's next hop is a neighbour. */
struct rib_view_step {
    uint32_t vrf;
    struct prefix prefix;
    enum rib_source source;
    uint32_t hop_vrf;
    struct ip_addr hop; /* unset: attached */
    struct out_label label;
    enum rib_view_protocol given;
};

struct rib_route_view {
    uint32_t vrf;
    struct prefix prefix;
    enum rib_client_id client;
    enum rib_source source;
    uint8_t distance;
    uint32_t metric, tag;
    bool is_selected, is_installed, is_stale;
    bool is_blackhole, is_unreachable; /* as of the next hop */
    uint32_t changed_sec;              /* seconds since it was selected and leads where it does; 0 if not selected */
    size_t n_hops;
    const struct rib_view_hop *hops;
    size_t n_origins;
    const struct ip_addr *origins; /* next hops as told, of those that had to be resolved */
    const char *reason;            /* why not usable or not installed; "" */
    bool is_passed_over;           /* usable, but another one is selected: */
    enum rib_source best_source;
    uint8_t best_distance;
    uint32_t retry_sec; /* the kernel refused it: seconds until it is asked again; 0 */
};

/* A next hop of a route with labels, link by link. A route that cannot be used has one step, itself, and no hop. */
struct rib_stack_view {
    uint32_t vrf;
    struct prefix prefix;
    size_t index;                   /* among the route's next hops */
    const struct rib_view_hop *hop; /* NULL: the route cannot be used */
    size_t n_steps;
    const struct rib_view_step *steps; /* [0] is the route itself: its label lies lowest */
    const char *reason;                /* why packets cannot be sent so; "" */
};

/* A label-switched path as it passes through here, by one of its next hops. */
struct rib_lsp_view {
    enum { RIB_LSP_INGRESS, RIB_LSP_TRANSIT, RIB_LSP_EGRESS } role;
    enum {
        RIB_LSP_NONE,
        RIB_LSP_FORWARD, /* at the ingress, to the last hop, which wants no label */
        RIB_LSP_PUSH,
        RIB_LSP_SWAP,
        RIB_LSP_SWAP_PUSH,
        RIB_LSP_POP,
        RIB_LSP_POP_LOOKUP
    } operation;
    uint32_t vrf;
    struct prefix fec;               /* family AF_NONE: the whole instance */
    enum rib_view_protocol protocol; /* NOBODY at the ingress: a route of `source` without label of its own */
    enum rib_source source;
    uint32_t in_label; /* 0 at the ingress */
    uint32_t lookup_vrf;
    const struct rib_view_hop *hop; /* NULL: none */
    enum rib_view_protocol out_protocol;
    uint32_t changed_sec; /* seconds since it is so */
    const char *reason;   /* why it does not forward; "" */
};

/* An address that routes or daemons need resolved. */
struct rib_nexthop_view {
    uint32_t vrf;
    struct ip_addr address;
    bool needs_lsp, is_usable, has_lsp, has_route;
    struct prefix via; /* the route it is resolved through */
    enum rib_source source;
    size_t n_users; /* next-hop sets and watches */
    size_t n_hops;
    const struct rib_view_hop *hops;
    const char *reason;
};

struct rib_label_view {
    struct rib_label_entry entry;
    enum rib_client_id client;
    enum rib_label_status status;
    uint32_t changed_sec; /* seconds since it leads where it does */
    bool is_stale, is_pending;
    uint32_t lookup_ifindex;
    size_t n_hops;
    const struct rib_view_hop *hops;
    size_t n_scope;
    const struct rib_scope_member *scope;
    const char *reason;
    uint32_t retry_sec; /* as of a route */
};

struct rib_counters {
    size_t routes, prefixes, nexthops, labels, bindings, sets, retries, failures;
    size_t resolutions; /* how often a next hop was resolved since start */
    size_t bytes;
};

/* What one instance holds, by best route. Local: learned here; remote: the next hop is in another instance. */
struct rib_instance_counts {
    size_t local_routes, remote_routes, unusable_routes;
    size_t labels, unusable_labels; /* given out for its routes */
};

/* Which part of a table is read. Instances are in order of their number, prefixes and labels ascending. */
struct rib_view_range {
    bool has_after; /* begin behind this place */
    uint32_t after_vrf;
    struct prefix after;
    bool has_vrf, has_prefix; /* only these */
    uint32_t vrf;
    struct prefix prefix;
};
/* Called behind each prefix, whether there was anything to show or not: true ends the reading. */
typedef bool rib_view_pause_fn(void *arg, uint32_t vrf, const struct prefix *p);
/* Called behind each label. */
typedef bool rib_view_label_pause_fn(void *arg, uint32_t label);

void ribd_rib_read_routes(const struct rib *r, const struct rib_view_range *range,
                          void (*fn)(void *arg, const struct rib_route_view *v), rib_view_pause_fn *pause, void *arg);
/* What a packet to the address meets: fn is called for each prefix around it from the longest on, the best route of
 * each, up to the first that can be used: that one is is_selected. */
void ribd_rib_view_lookup(const struct rib *r, uint32_t vrf, const struct ip_addr *address,
                          void (*fn)(void *arg, const struct rib_route_view *v), void *arg);
/* How many routes of each source an instance has, and how many of them are selected. */
struct rib_route_counts {
    uint32_t routes[RIB_SOURCE_COUNT], selected[RIB_SOURCE_COUNT];
};
void ribd_rib_count_routes(const struct rib *r, uint32_t vrf, struct rib_route_counts *out);
/* What lies on a packet of each selected route that gets labels, and who gave it; and, where no route to a prefix can
 * be used, why the best of them cannot. */
void ribd_rib_read_stacks(const struct rib *r, const struct rib_view_range *range,
                          void (*fn)(void *arg, const struct rib_stack_view *v), rib_view_pause_fn *pause, void *arg);
void ribd_rib_read_nexthops(const struct rib *r, const struct rib_view_range *range,
                            void (*fn)(void *arg, const struct rib_nexthop_view *v), rib_view_pause_fn *pause,
                            void *arg);
/* Label entries from a label on; true if no pause ended it. */
bool ribd_rib_read_labels(const struct rib *r, uint32_t from, void (*fn)(void *arg, const struct rib_label_view *v),
                          rib_view_label_pause_fn *pause, void *arg);
/* Label-switched paths: those with a label of ours, from a label on; true if no pause ended it. And the others. */
bool ribd_rib_read_label_lsps(const struct rib *r, uint32_t from, void (*fn)(void *arg, const struct rib_lsp_view *v),
                              rib_view_label_pause_fn *pause, void *arg);
void ribd_rib_read_route_lsps(const struct rib *r, const struct rib_view_range *range,
                              void (*fn)(void *arg, const struct rib_lsp_view *v), rib_view_pause_fn *pause, void *arg);

/* `limit` 0: all. Routes of all instances, in order of instance and prefix. */
void ribd_rib_view_routes(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_route_view *v),
                          void *arg);
/* All label entries; `limit` 0: all of them. */
void ribd_rib_view_labels(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_label_view *v),
                          void *arg);
bool ribd_rib_view_label(const struct rib *r, uint32_t label, void (*fn)(void *arg, const struct rib_label_view *v),
                         void *arg);
/* Kept as they change: a prefix counts when it has been resolved. Calls `origin` for each far end that remote routes
 * have as next hop; has_lsp: a label-switched path leads there. */
void ribd_rib_view_instance(const struct rib *r, uint32_t vrf, struct rib_instance_counts *counts,
                            void (*origin)(void *arg, const struct ip_addr *address, size_t routes, bool has_lsp),
                            void *arg);
void ribd_rib_count(const struct rib *r, struct rib_counters *out);
