/* SPDX-License-Identifier: Apache-2.0
 *
 * The router-LSA of an area (RFC 2328 s12.4.1): full point-to-point neighbours, and every subnet as a stub.
 */
#include "ospfd/session/internal.h"

enum { LINK_BYTES = 12, LINKS_MAX = (OSPF_LSA_MAX - OSPF_LSA_HEADER - 4) / LINK_BYTES };

struct links {
    struct ospf_instance *instance;
    struct ospf_router_link *link;
    size_t n, size;
};

static void add(struct links *l, enum ospf_link_type type, uint32_t id, uint32_t data, uint16_t metric)
{
    if (l->n == LINKS_MAX)
        return;
    if (l->n == l->size) {
        l->size = l->size ? 2 * l->size : 16;
        l->link = mem_realloc(&l->instance->mem.own, l->link, l->size * sizeof(*l->link));
    }
    l->link[l->n++] = (struct ospf_router_link){.id = id, .data = data, .type = (uint8_t)type, .metric = metric};
}

/* Subnets; a loopback's addresses as hosts, at no cost (s9.1 "Loopback", s12.4.1.4). */
static void add_stubs(struct links *l, const struct ospf_interface *f)
{
    bool is_loopback = f->state == OSPF_IF_LOOPBACK;
    for (uint16_t k = 0; k < f->rib.n_addresses; k++) {
        const struct prefix *p = &f->rib.addresses[k];
        if (!ospf_is_usable(p))
            continue;
        uint32_t mask = ospf_mask_of(is_loopback ? 32 : p->len), address = ip_addr_to_v4(&p->addr);
        add(l, OSPF_LINK_STUB, address & mask, mask, is_loopback ? 0 : f->config.cost);
    }
}

static void add_interface(struct links *l, const struct ospf_interface *f)
{
    const struct ospf_neighbor *n;
    if (f->state == OSPF_IF_DOWN)
        return;
    LIST_FOREACH (n, &f->neighbors, entry)
        if (ospf_neighbor_counts(n))
            add(l, OSPF_LINK_POINT_TO_POINT, n->router_id, ip_addr_to_v4(&f->address.addr), f->config.cost);
    add_stubs(l, f);
}

void ospf_router_lsa_update(struct ospf_area *a)
{
    struct ospf_instance *i = a->instance;
    struct ospf_interface *f;
    struct links l = {.instance = i};
    if (i->is_stopping)
        return;
    LIST_FOREACH (f, &a->interfaces, entry)
        add_interface(&l, f);
    size_t len = 4 + l.n * LINK_BYTES;
    uint8_t *body = mem_alloc(&i->mem.own, len);
    struct wire_writer w = wire_writer_of(body, len);
    ospf_router_write(&w, i->config->n_redistribute ? OSPF_ROUTER_E : 0, l.link, l.n);
    struct ospf_own_key key = {.area = a, .type = OSPF_LSA_ROUTER, .id = i->router_id};
    ospf_own_set(i, &key, OSPF_OPTION_E, body, len);
    mem_free(&i->mem.own, body);
    mem_free(&i->mem.own, l.link);
}

void ospf_router_lsa_update_all(struct ospf_instance *i)
{
    struct ospf_area *a;
    LIST_FOREACH (a, &i->areas, entry)
        ospf_router_lsa_update(a);
}
