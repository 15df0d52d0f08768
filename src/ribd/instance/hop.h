/* SPDX-License-Identifier: Apache-2.0
 *
 * Next hops of the configuration, by the names of interfaces and instances: what they are now.
 */
#pragma once

#include "strata/rib.h"

struct instances;
struct ports;
struct rib;

struct hop_wish {
    char instance[RIB_NAME_MAX];    /* "" public */
    struct ip_addr address;         /* unset: attached */
    char interface[RIB_IFNAME_MAX]; /* "" resolve the address */
    struct out_label label;
    uint8_t distance; /* of routes */
};

/* An interface that is not there is a next hop that cannot be used. False: there is no such instance. */
bool ribd_hop_find(struct rib *rib, const struct ports *ports, const struct instances *instances,
                   const struct hop_wish *h, struct rib_nexthop *out);
/* 0 is the public instance's. False: there is none of that name. */
bool ribd_hop_instance(const struct instances *instances, const char *name, uint32_t *vrf);
