/* SPDX-License-Identifier: Apache-2.0
 *
 * bgpd's mind: tables per instance and family, decision, import and export by route target, labels, what each neighbour
 * is to be told. PURE: it is called with values and speaks through bgp_rib_ops; it has no clock and no sockets.
 *
 *   session/ --- bgp_rib_update ------>            --- watch, route_set, label_set --> link/ (ribd)
 *            <-- peer_output, ..._output  bgp_rib  <-- nexthop_result, label_result, redistribute
 *
 * Work is collected in dirty destinations; bgp_rib_run does it. Call it when ops->wake asked for it.
 */
#pragma once

#include "bgpd/packet/update.h"
#include "bgpd/rib/config.h"
#include "strata/rib.h"

struct bgp_label_slot;
struct bgp_label_want;
struct bgp_nexthop;
struct bgp_rib;
struct bgp_rib_peer;
struct bgp_vrf;
struct cfg_policy;
struct log;
enum bgp_label_status;

/* A route for ribd. */
struct bgp_fib_route {
    uint32_t vrf;
    struct prefix prefix;
    enum rib_source source;
    uint8_t distance;
    uint32_t metric;
    size_t n;
    const struct rib_nexthop *nexthops;
    struct out_label label; /* column */
};

/* No member may be NULL. Nothing here may call back into the rib before it returns. */
struct bgp_rib_ops {
    void (*wake)(void *arg);                                /* bgp_rib_run is needed; asked once until it ran */
    void (*peer_output)(void *arg, struct bgp_rib_peer *p); /* bgp_rib_output would give something */
    /* nhset: the rib keeps a word for the link, 0 while the route is not set */
    void (*route_set)(void *arg, const struct bgp_fib_route *r, uint32_t *nhset);
    void (*route_del)(void *arg, uint32_t vrf, const struct prefix *p, enum rib_source source, uint32_t *nhset);
    void (*watch)(void *arg, struct bgp_nexthop *nh);
    void (*unwatch)(void *arg, struct bgp_nexthop *nh);
    void (*label_set)(void *arg, struct bgp_label_slot *s, const struct bgp_label_want *want);
    void (*label_free)(void *arg, struct bgp_label_slot *s); /* also when it never got a label */
    void (*subscribe)(void *arg, uint32_t vrf, uint32_t sources);
    bool (*is_own_address)(void *arg, uint32_t vrf, const struct ip_addr *a);
    /* It can be reached, or not any more; only for neighbours that are watched */
    void (*peer_reach)(void *arg, struct bgp_rib_peer *p, bool is_reachable);
    void (*max_prefixes)(void *arg, struct bgp_rib_peer *p, enum bgp_family f); /* exceeded; session must end, later */
};

struct bgp_rib *bgp_rib_create(const struct bgp_rib_ops *ops, void *arg, struct log *log);
void bgp_rib_destroy(struct bgp_rib *rib);
void bgp_rib_run(struct bgp_rib *rib);
/* Tell everything to ops again (ribd has come back): watches, subscriptions, routes, labels. Then bgp_rib_run. */
void bgp_rib_replay(struct bgp_rib *rib);

/* --- configuration --- */
void bgp_rib_set_global(struct bgp_rib *rib, const struct bgp_global_config *cfg);
const struct bgp_global_config *bgp_rib_global(const struct bgp_rib *rib);
/* The prefix lists that names in the configuration mean: borrowed until the next call. What they change takes effect
 * with bgp_rib_set_global and bgp_vrf_configure. */
void bgp_rib_set_policy(struct bgp_rib *rib, const struct cfg_policy *policy);
struct bgp_vrf *bgp_rib_public(struct bgp_rib *rib);
struct bgp_vrf *bgp_vrf_find(struct bgp_rib *rib, const char *name);
/* Creates it or changes its configuration; *cfg is copied, lists included. */
struct bgp_vrf *bgp_vrf_configure(struct bgp_rib *rib, const struct bgp_vrf_config *cfg);
void bgp_vrf_remove(struct bgp_vrf *v); /* its peers must be gone; not for the public instance */
/* ribd made it ready as `vrf`, or it goes away: then routes and labels of it are taken back. */
void bgp_vrf_set_ready(struct bgp_vrf *v, uint32_t vrf, bool is_ready);
bool bgp_vrf_is_ready(const struct bgp_vrf *v);
uint32_t bgp_vrf_id(const struct bgp_vrf *v);
const char *bgp_vrf_name(const struct bgp_vrf *v);

/* --- neighbours --- */
struct bgp_peer_info {
    uint32_t router_id;
    struct ip_addr local_address; /* ours, of the session: next hop "self" */
    bool is_as4;
    uint32_t families; /* negotiated */
};
struct bgp_rib_peer *bgp_rib_peer_create(struct bgp_vrf *v, const struct bgp_peer_config *cfg, void *session);
void bgp_rib_peer_destroy(struct bgp_rib_peer *p);
void *bgp_rib_peer_session(const struct bgp_rib_peer *p);
/* Watch whether there is a way to the neighbour at all: ops->peer_reach tells of changes. The instance must be ready.
 */
void bgp_rib_peer_watch(struct bgp_rib_peer *p, bool is_watched);
/* Policy of a living session changes: received routes are judged again, advertisements are made anew. */
void bgp_rib_peer_configure(struct bgp_rib_peer *p, const struct bgp_peer_config *cfg);
void bgp_rib_peer_up(struct bgp_rib_peer *p, const struct bgp_peer_info *info);
void bgp_rib_peer_down(struct bgp_rib_peer *p);
void bgp_rib_update(struct bgp_rib_peer *p, const struct bgp_update *u);
void bgp_rib_refresh(struct bgp_rib_peer *p, enum bgp_family f); /* the neighbour asked for everything again */
bool bgp_rib_peer_has_end_of_rib(const struct bgp_rib_peer *p);  /* of all negotiated families */
/* The next message for this neighbour, 0 when there is nothing (more). What is written counts as sent. */
size_t bgp_rib_output(struct bgp_rib_peer *p, uint8_t *buf, size_t size);

/* --- what ribd says --- */
void bgp_rib_nexthop_result(struct bgp_rib *rib, struct bgp_nexthop *nh, const struct rib_nexthop_state *s);
/* is_scope_in_force: the scope of the latest label_set is the one the guard has now. */
void bgp_rib_label_result(struct bgp_label_slot *s, enum bgp_label_status status, bool is_scope_in_force,
                          const char *reason);
void bgp_rib_redistribute(struct bgp_rib *rib, const struct rib_best_route *r);
void bgp_rib_redistribute_gone(struct bgp_rib *rib, uint32_t vrf, const struct prefix *p);
void bgp_rib_redistribute_complete(struct bgp_rib *rib, uint32_t vrf); /* what was not told again is gone */
