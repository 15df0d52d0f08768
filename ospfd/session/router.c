/* SPDX-License-Identifier: Apache-2.0
 *
 * The router-LSA of an area (RFC 2328 s12.4.1): full point-to-point neighbours, broadcast links with others as transit
 * networks, every other subnet as a stub. The network-LSA of a broadcast link whose designated router we are (s12.4.2).
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

/* A broadcast link is a transit network when we are adjacent to its designated router, or are it, and to anybody. */
static bool is_transit(const struct ospf_interface *f)
{
    const struct ospf_neighbor *n;
    if (f->state < OSPF_IF_DR_OTHER)
        return false;
    LIST_FOREACH (n, &f->neighbors, entry)
        if (ospf_neighbor_counts(n) && (f->state == OSPF_IF_DR || n->address == f->lan.dr))
            return true;
    return false;
}

/* Subnets, but that of a transit network; a loopback's addresses as hosts, at no cost (s9.1 "Loopback", s12.4.1.4). */
static void add_stubs(struct links *l, const struct ospf_interface *f, bool is_transit)
{
    bool is_loopback = f->state == OSPF_IF_LOOPBACK;
    for (uint16_t k = 0; k < f->rib.n_addresses; k++) {
        const struct prefix *p = &f->rib.addresses[k];
        if (!ospf_is_usable(p) || (is_transit && prefix_equal(p, &f->address)))
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
    if (is_transit(f)) {
        add(l, OSPF_LINK_TRANSIT, f->lan.dr, ospf_interface_address(f), f->config.cost);
        add_stubs(l, f, true);
        return;
    }
    LIST_FOREACH (n, &f->neighbors, entry)
        if (f->state == OSPF_IF_POINT_TO_POINT && ospf_neighbor_counts(n))
            add(l, OSPF_LINK_POINT_TO_POINT, n->router_id, ospf_interface_address(f), f->config.cost);
    add_stubs(l, f, false);
}

/* --- network-LSAs --- */

void ospf_network_lsa_clear(struct ospf_interface *f)
{
    struct ospf_own_key key = {.area = f->area, .type = OSPF_LSA_NETWORK, .id = f->lan.network};
    if (f->lan.network)
        ospf_own_clear(ospf_interface_instance(f), &key);
    f->lan.network = 0;
}

static void network_lsa_update(struct ospf_interface *f)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    const struct ospf_neighbor *n;
    uint8_t body[4 + 4 * (1 + OSPF_NEIGHBORS_MAX)];
    struct wire_writer w = wire_writer_of(body, sizeof(body));
    if (f->state != OSPF_IF_DR || !is_transit(f)) {
        ospf_network_lsa_clear(f);
        return;
    }
    wire_put_be32(&w, ospf_mask_of(f->address.len));
    wire_put_be32(&w, i->router_id);
    LIST_FOREACH (n, &f->neighbors, entry)
        if (ospf_neighbor_counts(n))
            wire_put_be32(&w, n->router_id);
    if (f->lan.network != ospf_interface_address(f))
        ospf_network_lsa_clear(f);
    f->lan.network = ospf_interface_address(f);
    struct ospf_own_key key = {.area = f->area, .type = OSPF_LSA_NETWORK, .id = f->lan.network};
    ospf_own_set(i, &key, OSPF_OPTION_E, body, w.pos);
}

/* Who the designated routers are will be known at the end of this turn, and then the LSA is asked for again. Said
 * before, the link would be gone until MinLSInterval is over. */
static bool is_election_due(const struct ospf_area *a)
{
    const struct ospf_interface *f;
    LIST_FOREACH (f, &a->interfaces, entry)
        if (f->state >= OSPF_IF_DR_OTHER && timer_is_armed(&f->lan.elect))
            return true;
    return false;
}

void ospf_router_lsa_update(struct ospf_area *a)
{
    struct ospf_instance *i = a->instance;
    struct ospf_interface *f;
    struct links l = {.instance = i};
    if (i->is_stopping || is_election_due(a))
        return;
    LIST_FOREACH (f, &a->interfaces, entry) {
        add_interface(&l, f);
        network_lsa_update(f);
    }
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
