/* SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces as the RIB sees them, and the connected routes that follow from their addresses. The same prefix on
 * several interfaces of an instance is one connected route over all of them.
 */
#include "src/ribd/rib/internal.h"

#include <stdio.h>
#include <string.h>

struct iface *ribd_iface_get(struct rib *r, uint32_t ifindex)
{
    struct iface *f;

    HASH_FIND(hh, r->ifaces, &ifindex, sizeof(ifindex), f);
    if (f)
        return f;
    f = MEM_NEW(&r->mem, struct iface); /* next hops may name it before it appears */
    f->ifindex = ifindex;
    HASH_ADD(hh, r->ifaces, ifindex, sizeof(f->ifindex), f);
    return f;
}

/* The kernel's indexes are positive ints. They are few: names that an operator typed. */
uint32_t ribd_rib_interface_missing(struct rib *r, const char *name)
{
    struct iface *f;

    for (uint32_t k = 0; k < r->n_missing; k++) {
        f = ribd_iface_get(r, UINT32_MAX - k);
        if (strcmp(f->i.name, name) == 0)
            return f->ifindex;
    }
    f = ribd_iface_get(r, UINT32_MAX - r->n_missing++);
    snprintf(f->i.name, sizeof(f->i.name), "%s", name);
    return f->ifindex;
}

const char *ribd_iface_name(const struct rib *r, uint32_t ifindex, char *buf, size_t size)
{
    struct iface *f;

    HASH_FIND(hh, r->ifaces, &ifindex, sizeof(ifindex), f);
    if (f && f->i.name[0])
        snprintf(buf, size, "%s", f->i.name);
    else
        snprintf(buf, size, "interface %u", ifindex);
    return buf;
}

void ribd_rib_lacks_mpls(struct rib *r, bool lacks_it)
{
    r->lacks_mpls = lacks_it;
}

const char *ribd_iface_lacks_mpls(const struct rib *r, uint32_t ifindex, char *buf, size_t size)
{
    char name[32];

    if (r->lacks_mpls)
        snprintf(buf, size, "%s", RIBD_NO_MPLS);
    else
        snprintf(buf, size, "%s is not configured for MPLS", ribd_iface_name(r, ifindex, name, sizeof(name)));
    return buf;
}

bool ribd_iface_is_usable(const struct iface *f, uint32_t vrf)
{
    return f->is_present && f->i.is_up && f->i.vrf == vrf;
}

bool ribd_iface_is_onlink(const struct iface *f, const struct ip_addr *a)
{
    if (a->family == AF_IPV6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80)
        return true;
    for (size_t i = 0; f->is_present && i < f->i.n_addresses; i++) {
        const struct prefix *p = &f->i.addresses[i];

        if (!f->i.is_loopback && prefix_contains_addr(p, a) && !ip_addr_equal(&p->addr, a))
            return true;
    }
    return false;
}

bool ribd_is_own_address(const struct rib *r, uint32_t vrf, const struct ip_addr *a)
{
    struct iface *f, *tmp;

    HASH_ITER (hh, r->ifaces, f, tmp) {
        if (!f->is_present || f->i.vrf != vrf)
            continue;
        for (size_t i = 0; i < f->i.n_addresses; i++) {
            if (ip_addr_equal(&f->i.addresses[i].addr, a))
                return true;
        }
    }
    return false;
}

/* --- connected routes --- */

static bool makes_route(const struct prefix *a)
{
    if (ribd_family_index(a->addr.family) < 0 || (a->addr.family == AF_IPV4 && a->addr.b[0] == 127))
        return false;
    if (a->addr.family == AF_IPV6 && a->addr.b[0] == 0xfe && (a->addr.b[1] & 0xc0) == 0x80)
        return false; /* link-local: the same on every link */
    return !ip_addr_is_martian(&a->addr);
}

static bool has_prefix(const struct iface *f, const struct prefix *p)
{
    for (size_t i = 0; i < f->i.n_addresses; i++) {
        struct prefix own = prefix_normalize(f->i.addresses[i]);

        if (prefix_equal(&own, p))
            return true;
    }
    return false;
}

static void refresh_connected(struct rib *r, uint32_t vrf, const struct prefix *address)
{
    struct rib_nexthop nh[RIB_NEXTHOPS_MAX];
    struct rib_route route = {.vrf = vrf, .prefix = prefix_normalize(*address), .source = RIB_SOURCE_CONNECTED};
    struct iface *f, *tmp;
    size_t n = 0;

    if (!makes_route(address))
        return;
    HASH_ITER (hh, r->ifaces, f, tmp) {
        if (!ribd_iface_is_usable(f, vrf) || !has_prefix(f, &route.prefix) || n == RIB_NEXTHOPS_MAX)
            continue;
        memset(&nh[n], 0, sizeof(nh[n]));
        nh[n].vrf = vrf;
        nh[n++].ifindex = f->ifindex;
    }
    if (n)
        ribd_rib_own_route_set(r, &route, nh, n);
    else
        ribd_rib_route_del(r, RIB_CLIENT_RIBD, vrf, &route.prefix, RIB_SOURCE_CONNECTED);
    ribd_nodes_inside(r, ribd_vrf_get(r, vrf), &route.prefix, true); /* own addresses, MPLS on or off */
}

static void iface_changed(struct rib *r, struct iface *f)
{
    struct member *m;
    struct scope *s, *tmp;

    LIST_FOREACH (m, &f->members, on_target)
        ribd_nhset_fan(r, m->set, FAN_QUEUE);
    HASH_ITER (hh, r->scopes, s, tmp)
        ribd_scope_queue(r, s);
    ribd_work(r);
}

static void take_addresses(struct rib *r, struct iface *f, const struct rib_interface *i)
{
    struct rib_interface before = f->i;
    bool was_present = f->is_present;

    f->i = *i;
    f->i.addresses = NULL;
    if (i->n_addresses)
        f->i.addresses = mem_dup(&r->mem, i->addresses, i->n_addresses * sizeof(i->addresses[0]));
    f->is_present = true;
    for (size_t k = 0; was_present && k < before.n_addresses; k++)
        refresh_connected(r, before.vrf, &before.addresses[k]);
    for (size_t k = 0; k < f->i.n_addresses; k++)
        refresh_connected(r, f->i.vrf, &f->i.addresses[k]);
    mem_free(&r->mem, before.addresses);
}

static bool is_equal(const struct rib_interface *a, const struct rib_interface *b)
{
    if (a->vrf != b->vrf || a->is_up != b->is_up || a->is_loopback != b->is_loopback || a->has_mpls != b->has_mpls ||
        a->is_guarded != b->is_guarded || a->n_addresses != b->n_addresses || strcmp(a->name, b->name) != 0)
        return false;
    return !a->n_addresses || memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) == 0;
}

void ribd_rib_interface_set(struct rib *r, const struct rib_interface *i)
{
    struct iface *f = ribd_iface_get(r, i->ifindex);

    if (f->is_present && is_equal(&f->i, i)) {
        f->i.mtu = i->mtu;
        return;
    }
    take_addresses(r, f, i);
    iface_changed(r, f);
}

void ribd_rib_interface_gone(struct rib *r, uint32_t ifindex)
{
    struct iface *f = ribd_iface_get(r, ifindex);

    if (!f->is_present)
        return;
    f->is_present = false;
    for (size_t k = 0; k < f->i.n_addresses; k++)
        refresh_connected(r, f->i.vrf, &f->i.addresses[k]);
    f->i.n_addresses = 0;
    mem_free(&r->mem, f->i.addresses);
    f->i.addresses = NULL;
    iface_changed(r, f);
}
