/* SPDX-License-Identifier: Apache-2.0
 *
 * Reasons, found when somebody looks: what is switched on and off costs nothing more.
 */
#include "src/ribd/instance/why.h"

#include <stdio.h>
#include <string.h>

#include "src/ribd/iface/port.h"
#include "src/ribd/instance/instance.h"

struct search {
    const struct instances *instances;
    uint32_t vrf;
    const struct ip_addr *address; /* of whose network; */
    const char *name;              /* or the interface of this name */
    bool is_found;                 /* one that is up */
    char trouble[RIB_TEXT_MAX];    /* of the first that is not; "" */
};

static bool has_network(const struct prefix *addresses, size_t n, const struct ip_addr *a)
{
    for (size_t i = 0; i < n; i++) {
        if (prefix_contains_addr(&addresses[i], a))
            return true;
    }
    return false;
}

static void match(void *arg, const struct port_view *v)
{
    struct search *s = arg;
    bool is_it = s->name ? strcmp(v->i->name, s->name) == 0
                         : !v->i->is_loopback && has_network(v->i->addresses, v->i->n_addresses, s->address);

    if (!is_it || (v->i->vrf != s->vrf && !s->name))
        return;
    if (v->i->is_up || v->i->vrf != s->vrf)
        s->is_found = true;
    else if (!s->trouble[0])
        snprintf(s->trouble, sizeof(s->trouble), "interface %s %s", v->i->name,
                 v->is_admin_up ? "has no carrier" : "is switched off");
}

static void match_absent(void *arg, const struct port_wish *w)
{
    struct search *s = arg;
    uint32_t vrf;

    if (s->trouble[0] || !ribd_hop_instance(s->instances, w->instance, &vrf) || vrf != s->vrf)
        return;
    if (has_network(w->addresses, w->n_addresses, s->address))
        snprintf(s->trouble, sizeof(s->trouble), "interface %s does not exist", w->name);
}

static const char *by_interface(const struct ports *ports, struct search *s, const char *reason, char *why)
{
    ribd_ports_each(ports, match, s);
    if (!s->trouble[0])
        return reason;
    return memcpy(why, s->trouble, sizeof(s->trouble));
}

static const char *by_address(const struct ports *ports, struct search *s, const char *reason, char *why)
{
    char a[ADDR_TEXT_MAX], own[32 + ADDR_TEXT_MAX];

    snprintf(own, sizeof(own), "no route to %s", ip_addr_text(s->address, a, sizeof(a)));
    if (strcmp(reason, own) != 0) /* that is about something further on */
        return reason;
    ribd_ports_each(ports, match, s);
    if (!s->is_found)
        ribd_ports_each_absent(ports, match_absent, s);
    if (s->is_found && !s->trouble[0])
        return reason;
    snprintf(why, RIBD_WHY_MAX, "%s: %s", own,
             s->trouble[0]              ? s->trouble
             : s->vrf == RIB_VRF_PUBLIC ? "it is on no connected network"
                                        : "it is on no connected network of the instance");
    return why;
}

const char *ribd_why_address(const struct ports *ports, const struct instances *instances, uint32_t vrf,
                             const struct ip_addr *a, const char *reason, char why[RIBD_WHY_MAX])
{
    struct search s = {.instances = instances, .vrf = vrf, .address = a};

    return by_address(ports, &s, reason, why);
}

const char *ribd_why_hops(const struct ports *ports, const struct instances *instances, const struct hop_wish *hops,
                          size_t n, const char *reason, char why[RIBD_WHY_MAX])
{
    const char *better = reason;

    for (size_t i = 0; i < n && reason[0] && better == reason; i++) {
        struct search s = {.instances = instances, .address = &hops[i].address};

        if (!ribd_hop_instance(instances, hops[i].instance, &s.vrf))
            continue;
        s.name = hops[i].interface[0] ? hops[i].interface : NULL;
        better = s.name ? by_interface(ports, &s, reason, why) : by_address(ports, &s, reason, why);
    }
    return better;
}
