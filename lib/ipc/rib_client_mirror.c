/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's mirror of interfaces and VPN instances. It outlives the session: a new session tells everything again, and
 * only what differs becomes an event.
 */
#include "lib/ipc/rib_client_private.h"

#include <string.h>

#include "strata/mem.h"

/* --- interfaces --- */

/* The first slot whose ifindex is not below. */
static size_t interface_slot(const struct rib_mirror *m, uint32_t ifindex)
{
    size_t low = 0, high = m->n_interfaces;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (m->interfaces[mid]->interface.ifindex < ifindex)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct rib_mirror_interface *interface_at(const struct rib_mirror *m, size_t slot, uint32_t ifindex)
{
    return slot < m->n_interfaces && m->interfaces[slot]->interface.ifindex == ifindex ? m->interfaces[slot] : NULL;
}

static struct rib_mirror_interface *interface_new(const struct rib_interface *i)
{
    struct rib_mirror_interface *mi = MEM_NEW(NULL, struct rib_mirror_interface);

    mi->interface = *i;
    mi->interface.addresses = mem_dup(NULL, i->addresses, i->n_addresses * sizeof(struct prefix));
    return mi;
}

static void interface_free(struct rib_mirror_interface *mi)
{
    mem_free(NULL, mi->interface.addresses);
    mem_free(NULL, mi);
}

static bool same_interface(const struct rib_interface *a, const struct rib_interface *b)
{
    if (strcmp(a->name, b->name) != 0 || a->vrf != b->vrf || a->mtu != b->mtu || a->is_up != b->is_up ||
        a->is_loopback != b->is_loopback || a->has_mpls != b->has_mpls || a->is_guarded != b->is_guarded ||
        a->n_addresses != b->n_addresses)
        return false;
    for (size_t k = 0; k < a->n_addresses; k++)
        if (!prefix_equal(&a->addresses[k], &b->addresses[k]))
            return false;
    return true;
}

static void tell_interface(struct rib_client *c, const struct rib_interface *now, const struct rib_interface *before)
{
    if (c->ev.interface_changed)
        c->ev.interface_changed(c->arg, now, before);
}

void rib_mirror_on_interface(struct rib_client *c, const struct rib_interface *i)
{
    struct rib_mirror *m = &c->mirror;
    size_t slot = interface_slot(m, i->ifindex);
    struct rib_mirror_interface *old = interface_at(m, slot, i->ifindex);
    struct rib_mirror_interface *new;

    if (old && same_interface(&old->interface, i)) {
        old->is_stale = false;
        return;
    }
    new = interface_new(i);
    if (!old) {
        m->interfaces = mem_realloc(NULL, m->interfaces, (m->n_interfaces + 1) * sizeof(*m->interfaces));
        memmove(m->interfaces + slot + 1, m->interfaces + slot, (m->n_interfaces - slot) * sizeof(*m->interfaces));
        m->n_interfaces++;
    }
    m->interfaces[slot] = new;
    tell_interface(c, &new->interface, old ? &old->interface : NULL);
    if (old)
        interface_free(old);
}

void rib_mirror_on_interface_gone(struct rib_client *c, uint32_t ifindex)
{
    struct rib_mirror *m = &c->mirror;
    size_t slot = interface_slot(m, ifindex);
    struct rib_mirror_interface *old = interface_at(m, slot, ifindex);

    if (!old)
        return;
    m->n_interfaces--;
    memmove(m->interfaces + slot, m->interfaces + slot + 1, (m->n_interfaces - slot) * sizeof(*m->interfaces));
    tell_interface(c, NULL, &old->interface);
    interface_free(old);
}

const struct rib_interface *rib_client_interface(const struct rib_client *c, uint32_t ifindex)
{
    const struct rib_mirror_interface *mi = interface_at(&c->mirror, interface_slot(&c->mirror, ifindex), ifindex);

    return mi ? &mi->interface : NULL;
}

const struct rib_interface *rib_client_interface_named(const struct rib_client *c, const char *name)
{
    for (size_t i = 0; i < c->mirror.n_interfaces; i++)
        if (strcmp(c->mirror.interfaces[i]->interface.name, name) == 0)
            return &c->mirror.interfaces[i]->interface;
    return NULL;
}

const struct rib_interface *rib_client_interface_next(const struct rib_client *c, uint32_t after)
{
    size_t slot = after == UINT32_MAX ? c->mirror.n_interfaces : interface_slot(&c->mirror, after + 1);

    return slot < c->mirror.n_interfaces ? &c->mirror.interfaces[slot]->interface : NULL;
}

bool rib_client_is_own_address(const struct rib_client *c, uint32_t vrf, const struct ip_addr *a)
{
    for (size_t i = 0; i < c->mirror.n_interfaces; i++) {
        const struct rib_interface *f = &c->mirror.interfaces[i]->interface;

        for (size_t k = 0; f->vrf == vrf && k < f->n_addresses; k++)
            if (ip_addr_equal(&f->addresses[k].addr, a))
                return true;
    }
    return false;
}

const struct rib_interface *rib_client_interface_onlink(const struct rib_client *c, uint32_t vrf,
                                                        const struct ip_addr *a)
{
    if (!ip_addr_is_set(a) || rib_client_is_own_address(c, vrf, a))
        return NULL;
    for (size_t i = 0; i < c->mirror.n_interfaces; i++) {
        const struct rib_interface *f = &c->mirror.interfaces[i]->interface;

        for (size_t k = 0; f->vrf == vrf && k < f->n_addresses; k++) {
            struct prefix subnet = prefix_normalize(f->addresses[k]);

            if (prefix_contains_addr(&subnet, a))
                return f;
        }
    }
    return NULL;
}

/* --- instances --- */

static size_t instance_slot(const struct rib_mirror *m, uint32_t vrf)
{
    size_t slot = 0;

    while (slot < m->n_instances && m->instances[slot]->instance.vrf < vrf)
        slot++;
    return slot;
}

static struct rib_mirror_instance *instance_at(const struct rib_mirror *m, size_t slot, uint32_t vrf)
{
    return slot < m->n_instances && m->instances[slot]->instance.vrf == vrf ? m->instances[slot] : NULL;
}

static bool same_instance(const struct rib_instance *a, const struct rib_instance *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->device, b->device) == 0 && a->is_ready == b->is_ready;
}

static void tell_instance(struct rib_client *c, const struct rib_instance *now, const struct rib_instance *before)
{
    if (c->ev.instance_changed)
        c->ev.instance_changed(c->arg, now, before);
}

void rib_mirror_on_instance(struct rib_client *c, const struct rib_instance *i)
{
    struct rib_mirror *m = &c->mirror;
    size_t slot = instance_slot(m, i->vrf);
    struct rib_mirror_instance *old = instance_at(m, slot, i->vrf);
    struct rib_mirror_instance *new;

    if (old && same_instance(&old->instance, i)) {
        old->is_stale = false;
        return;
    }
    new = MEM_NEW(NULL, struct rib_mirror_instance);
    new->instance = *i;
    if (!old) {
        m->instances = mem_realloc(NULL, m->instances, (m->n_instances + 1) * sizeof(*m->instances));
        memmove(m->instances + slot + 1, m->instances + slot, (m->n_instances - slot) * sizeof(*m->instances));
        m->n_instances++;
    }
    m->instances[slot] = new;
    tell_instance(c, &new->instance, old ? &old->instance : NULL);
    mem_free(NULL, old);
}

void rib_mirror_on_instance_gone(struct rib_client *c, uint32_t vrf)
{
    struct rib_mirror *m = &c->mirror;
    size_t slot = instance_slot(m, vrf);
    struct rib_mirror_instance *old = instance_at(m, slot, vrf);

    if (!old)
        return;
    m->n_instances--;
    memmove(m->instances + slot, m->instances + slot + 1, (m->n_instances - slot) * sizeof(*m->instances));
    tell_instance(c, NULL, &old->instance);
    mem_free(NULL, old);
}

const struct rib_instance *rib_client_instance(const struct rib_client *c, uint32_t vrf)
{
    const struct rib_mirror_instance *mi = instance_at(&c->mirror, instance_slot(&c->mirror, vrf), vrf);

    return mi ? &mi->instance : NULL;
}

const struct rib_instance *rib_client_instance_named(const struct rib_client *c, const char *name)
{
    for (size_t i = 0; i < c->mirror.n_instances; i++)
        if (strcmp(c->mirror.instances[i]->instance.name, name) == 0)
            return &c->mirror.instances[i]->instance;
    return NULL;
}

/* --- sessions --- */

void rib_mirror_mark_stale(struct rib_client *c)
{
    for (size_t i = 0; i < c->mirror.n_interfaces; i++)
        c->mirror.interfaces[i]->is_stale = true;
    for (size_t i = 0; i < c->mirror.n_instances; i++)
        c->mirror.instances[i]->is_stale = true;
}

void rib_mirror_sweep(struct rib_client *c)
{
    for (size_t i = c->mirror.n_interfaces; i-- > 0 && !c->is_destroyed;)
        if (c->mirror.interfaces[i]->is_stale)
            rib_mirror_on_interface_gone(c, c->mirror.interfaces[i]->interface.ifindex);
    for (size_t i = c->mirror.n_instances; i-- > 0 && !c->is_destroyed;)
        if (c->mirror.instances[i]->is_stale)
            rib_mirror_on_instance_gone(c, c->mirror.instances[i]->instance.vrf);
}

void rib_mirror_fini(struct rib_client *c)
{
    for (size_t i = 0; i < c->mirror.n_interfaces; i++)
        interface_free(c->mirror.interfaces[i]);
    for (size_t i = 0; i < c->mirror.n_instances; i++)
        mem_free(NULL, c->mirror.instances[i]);
    mem_free(NULL, c->mirror.interfaces);
    mem_free(NULL, c->mirror.instances);
}
