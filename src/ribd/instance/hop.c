/* SPDX-License-Identifier: Apache-2.0
 *
 * From names to next hops. An interface is not checked to be there, or in the instance: the RIB says so where it shows
 * the route.
 */
#include "src/ribd/instance/hop.h"

#include <string.h>

#include "src/ribd/iface/port.h"
#include "src/ribd/instance/instance.h"
#include "src/ribd/rib/rib.h"

bool ribd_hop_instance(const struct instances *instances, const char *name, uint32_t *vrf)
{
    struct rib_instance i = {.vrf = RIB_VRF_PUBLIC};

    if (name[0] && !ribd_instances_find(instances, name, &i))
        return false;
    *vrf = i.vrf;
    return true;
}

bool ribd_hop_find(struct rib *rib, const struct ports *ports, const struct instances *instances,
                   const struct hop_wish *h, struct rib_nexthop *out)
{
    const struct rib_interface *i;

    memset(out, 0, sizeof(*out));
    out->gateway = h->address;
    out->label = h->label;
    if (!ribd_hop_instance(instances, h->instance, &out->vrf))
        return false;
    if (!h->interface[0])
        return true;
    i = ribd_ports_find(ports, h->interface);
    out->ifindex = i ? i->ifindex : ribd_rib_interface_missing(rib, h->interface);
    return true;
}
