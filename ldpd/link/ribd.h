/* SPDX-License-Identifier: Apache-2.0
 *
 * ldpd's conversation with ribd: implements what the instances need (struct ldp_rib_ops) and hands them what ribd says.
 */
#pragma once

#include "ldpd/session/instance.h"
#include "strata/rib_client.h"

struct ldp_rib_link;

struct ldp_rib_link_events {
    /* ribd is (again) there, the mirror is filled: the daemon makes its instances and replays them. */
    void (*session_up)(void *arg);
    void (*instance_changed)(void *arg, const struct rib_instance *now, const struct rib_instance *before);
    void (*interface_changed)(void *arg, const struct rib_interface *now, const struct rib_interface *before);
    struct ldp_instance *(*instance_of)(void *arg, uint32_t vrf); /* NULL: none runs there */
    void (*each_instance)(void *arg, void (*fn)(struct ldp_instance *i));
};

struct ldp_rib_link *ldp_rib_link_create(const struct env *env, const struct ldp_rib_link_events *ev, void *arg);
void ldp_rib_link_destroy(struct ldp_rib_link *l);
struct rib_client *ldp_rib_link_client(struct ldp_rib_link *l);
extern const struct ldp_rib_ops ldp_rib_link_ops; /* arg: the link */

/* Routes of an instance, of these sources (bits 1 << enum rib_source); 0 ends. */
void ldp_rib_link_subscribe(struct ldp_rib_link *l, uint32_t vrf, uint32_t sources);
