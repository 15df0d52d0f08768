/* SPDX-License-Identifier: Apache-2.0
 *
 * ospfd's conversation with ribd: gives the routes of all instances, with interned next-hop sets, and hands on what
 * ribd says. Keeps no list of routes: each route in an instance's table remembers its next-hop set.
 */
#pragma once

#include "ospfd/session/instance.h"
#include "strata/rib_client.h"

struct ospf_rib_link;

struct ospf_rib_link_events {
    /* ribd is (again) there and the mirror is filled: the daemon makes its instances and replays them. */
    void (*session_up)(void *arg);
    void (*session_down)(void *arg);
    void (*instance_changed)(void *arg, const struct rib_instance *now, const struct rib_instance *before);
    void (*interface_changed)(void *arg, const struct rib_interface *now, const struct rib_interface *before);
    struct ospf_instance *(*instance_of)(void *arg, uint32_t vrf); /* NULL: none runs there */
};

struct ospf_rib_link *ospf_rib_link_create(const struct env *env, const struct ospf_rib_link_events *ev, void *arg);
void ospf_rib_link_destroy(struct ospf_rib_link *l);
struct rib_client *ospf_rib_link_client(struct ospf_rib_link *l);

/* With which distance routes are given to ribd: a value, to be compared. */
struct ospf_distances {
    uint32_t tag; /* external routes that other routers took from BGP have it; 0: none is known */
    uint8_t internal, external, returned;
};
struct cfg_ospf_instance;
struct ospf_distances ospf_distances_of(const struct cfg_ospf_instance *c);
bool ospf_distances_equal(struct ospf_distances a, struct ospf_distances b);

/* One difference of an instance's table (ospf_rib_ops.route). */
void ospf_rib_link_route(struct ospf_rib_link *l, struct ospf_instance *i, struct ospf_route *was,
                         struct ospf_route *now);
/* All routes again, in a new session. */
void ospf_rib_link_replay(struct ospf_rib_link *l, struct ospf_instance *i);
/* The session is over: ids mean nothing any more. */
void ospf_rib_link_void(struct ospf_instance *i);
/* The instance ends: its routes go. */
void ospf_rib_link_withdraw(struct ospf_rib_link *l, struct ospf_instance *i);
/* Routes to redistribute; sources 0: none, and none is waited for. */
void ospf_rib_link_subscribe(struct ospf_rib_link *l, struct ospf_instance *i);
