/* SPDX-License-Identifier: Apache-2.0
 *
 * bgpd's conversation with ribd: the RIB's wishes become next-hop sets, watches, routes and label entries; ribd's
 * answers become calls of the RIB.
 */
#pragma once

#include "bgpd/rib/rib.h"

struct bgp_link;
struct env;

/* What the link asks of the daemon. No member may be NULL. */
struct bgp_link_events {
    void (*wake)(void *arg);
    void (*peer_output)(void *arg, struct bgp_rib_peer *p);
    void (*peer_reach)(void *arg, struct bgp_rib_peer *p, bool is_reachable);
    void (*max_prefixes)(void *arg, struct bgp_rib_peer *p, enum bgp_family f);
    void (*up)(void *arg);                /* a session with ribd has begun; instances are known */
    void (*instances_changed)(void *arg); /* look at all of them again */
    void (*links_changed)(void *arg);
    bool (*is_converged)(void *arg); /* everything that neighbours have to tell was told */
};

/* Creates the RIB, too, whose operations go here. */
struct bgp_link *bgp_link_create(const struct env *env, const struct bgp_link_events *ev, void *arg);
void bgp_link_destroy(struct bgp_link *l); /* and the RIB */
struct bgp_rib *bgp_link_rib(struct bgp_link *l);
/* ribd has been there at least once: until then nothing is known of interfaces and instances. */
bool bgp_link_was_up(const struct bgp_link *l);
/* The instance of this name if ribd has it ready (as far as known while ribd is away or has just come back); else NULL.
 */
const struct rib_instance *bgp_link_instance(struct bgp_link *l, const char *name);
/* ribd's word may not be trusted to be complete yet: it has just come back. Nothing is torn down now. */
bool bgp_link_is_settling(const struct bgp_link *l);
bool bgp_link_is_onlink(struct bgp_link *l, uint32_t vrf, const struct ip_addr *a);
