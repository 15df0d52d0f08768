/* SPDX-License-Identifier: Apache-2.0
 *
 * A daemon's conversation with ribd: the client half. It connects to <run_dir>/ribd.sock, reconnects by itself, keeps a
 * mirror of interfaces and instances, interns next-hop sets and label scopes, hands out labels from blocks, and packs
 * what is given during one turn of the loop into column batches.
 *
 * Replay: what a client told ribd is gone for the client library when the session ends, but not for ribd, which keeps
 * it as stale. On each session_up the daemon tells everything again (subscriptions, watches, routes, label peers and
 * bindings, label entries) and calls rib_client_end_of_replay() when it has (it may take its time: e.g. after first
 * convergence); ribd then sweeps what was not told again. Labels: ribd first tells which FEC held which label; the
 * library remembers, so that rib_client_label_alloc gives the same FEC the same label.
 */
#pragma once

#include "strata/rib.h"

struct env;
struct rib_client;

struct rib_client_events {
    void (*session_up)(void *arg);   /* mirror filled; replay now */
    void (*session_down)(void *arg); /* nhset and scope ids, watches and subscriptions are void; labels stay */
    void (*interface_changed)(void *arg, const struct rib_interface *now,
                              const struct rib_interface *before); /* one may be NULL */
    void (*instance_changed)(void *arg, const struct rib_instance *now, const struct rib_instance *before);
    void (*route)(void *arg, const struct rib_best_route *route); /* subscription: new or changed */
    void (*route_gone)(void *arg, uint32_t vrf, const struct prefix *p);
    void (*routes_complete)(void *arg, uint32_t vrf); /* the first dump of a subscription is done */
    void (*nexthop)(void *arg, const struct rib_nexthop_state *state);
    void (*label_result)(void *arg, const struct rib_label_result *result);
    void (*labels_available)(void *arg); /* after rib_client_label_alloc said -EAGAIN */
    /* Another holds the label of this FEC: it was given away while we and ribd were apart. It is not ours any more, and
     * is neither deleted nor freed: withdraw it from everybody; rib_client_label_alloc gives the FEC another one. */
    void (*label_lost)(void *arg, uint32_t label, const struct rib_fec *fec);
    void (*route_failed)(void *arg, uint32_t vrf, const struct prefix *p, const char *reason); /* kernel refused */
}; /* every member may be NULL */

struct rib_client *rib_client_create(const struct env *env, enum rib_client_id id, const struct rib_client_events *ev,
                                     void *arg);
void rib_client_destroy(struct rib_client *c);
bool rib_client_is_up(const struct rib_client *c);
/* Octets that ribd has not taken yet: who makes us tell more (a neighbour) may be made to wait. */
size_t rib_client_pending(const struct rib_client *c);

/* Mirror; pointers are valid until the next change. */
const struct rib_interface *rib_client_interface(const struct rib_client *c, uint32_t ifindex);
const struct rib_interface *rib_client_interface_named(const struct rib_client *c, const char *name);
/* First interface after ifindex `after` (0: the first). */
const struct rib_interface *rib_client_interface_next(const struct rib_client *c, uint32_t after);
/* The interface of `vrf` whose subnet holds `a` (on-link, and not our own address), NULL if none. */
const struct rib_interface *rib_client_interface_onlink(const struct rib_client *c, uint32_t vrf,
                                                        const struct ip_addr *a);
bool rib_client_is_own_address(const struct rib_client *c, uint32_t vrf, const struct ip_addr *a);
const struct rib_instance *rib_client_instance(const struct rib_client *c, uint32_t vrf);
const struct rib_instance *rib_client_instance_named(const struct rib_client *c, const char *name);

/* --- routes --- */
/* Interned: the same next hops give the same id with one more reference. Order does not matter. Never 0. */
uint32_t rib_client_nhset_get(struct rib_client *c, const struct rib_nexthop *nh, size_t n);
void rib_client_nhset_put(struct rib_client *c, uint32_t nhset);
/* The caller holds a reference on route->nhset for as long as the route stands. */
void rib_client_route_set(struct rib_client *c, const struct rib_route *route);
void rib_client_route_del(struct rib_client *c, uint32_t vrf, const struct prefix *p, enum rib_source source);
/* Bits of `sources`: 1 << enum rib_source. Again for the same vrf: replaces. 0: ends. Own routes are told, too. */
void rib_client_subscribe(struct rib_client *c, uint32_t vrf, uint32_t sources);
/* Watch ids are never 0. State comes as an event, first at once. */
uint32_t rib_client_watch(struct rib_client *c, uint32_t vrf, const struct ip_addr *a, bool needs_lsp);
void rib_client_unwatch(struct rib_client *c, uint32_t watch);
void rib_client_end_of_replay(struct rib_client *c);

/* --- labels --- */
/* The label of this FEC: the same as last time if it is remembered or still held. 0 and *label, or -EAGAIN
 * (labels_available will come), or -ENOSPC (ribd has none left). */
int rib_client_label_alloc(struct rib_client *c, const struct rib_fec *fec, uint32_t *label);
/* Give the label back (after rib_client_label_del and after withdrawing it from every neighbour); ribd rests it. */
void rib_client_label_free(struct rib_client *c, uint32_t label);
/* A FEC that comes back within 100 s has its label again; another FEC gets it after 120 s at the earliest. */
void rib_client_label_set(struct rib_client *c, const struct rib_label_entry *entry); /* result comes as event */
void rib_client_label_del(struct rib_client *c, uint32_t in_label);
/* Interned like next-hop sets. n = 0 gives 0. */
uint32_t rib_client_scope_get(struct rib_client *c, const struct rib_scope_member *m, size_t n);
void rib_client_scope_put(struct rib_client *c, uint32_t scope);

/* --- LDP: all remote bindings; ribd picks those of the current next hops --- */
/* A label peer owns addresses in `vrf` (its Address messages, and the source of its hellos). Replaces the list. */
void rib_client_label_peer_set(struct rib_client *c, uint32_t peer, uint32_t vrf, const struct ip_addr *addresses,
                               size_t n);
void rib_client_label_peer_del(struct rib_client *c, uint32_t peer); /* and all its bindings */
void rib_client_binding_set(struct rib_client *c, uint32_t peer, const struct prefix *fec,
                            const struct out_label *label);
void rib_client_binding_del(struct rib_client *c, uint32_t peer, const struct prefix *fec);
