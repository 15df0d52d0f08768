/* SPDX-License-Identifier: Apache-2.0
 *
 * A node's links and addresses, and what Linux does to routes when they change: admin down deletes the routes over the
 * link, a lost carrier the nexthop objects, both in silence; enslaving bounces the port, and so the neighbour's
 * carrier.
 */
#include "lib/sim/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

enum { DEFAULT_MTU = 1500, DEFAULT_DELAY_US = 200, DEFAULT_JITTER_US = 50, LO_MTU = 65536 };

struct sim_iface *sim_iface_find(struct sim_kernel *k, uint32_t ifindex)
{
    struct sim_iface *i;

    TAILQ_FOREACH (i, &k->ifaces, link)
        if (i->ifindex == ifindex)
            return i;
    return NULL;
}

struct sim_iface *sim_iface_named(struct sim_kernel *k, const char *name)
{
    struct sim_iface *i;

    TAILQ_FOREACH (i, &k->ifaces, link)
        if (strcmp(i->name, name) == 0)
            return i;
    return NULL;
}

struct sim_iface *sim_iface_new(struct sim_kernel *k, const char *name)
{
    struct sim_iface *i = MEM_NEW(NULL, struct sim_iface);

    i->node = k->node;
    i->ifindex = ++k->last_ifindex;
    i->mtu = DEFAULT_MTU;
    snprintf(i->name, sizeof(i->name), "%s", name);
    TAILQ_INSERT_TAIL(&k->ifaces, i, link);
    return i;
}

struct sim_iface *sim_iface_peer(const struct sim_iface *i)
{
    return i->cable ? i->cable->ends[1 - i->side] : NULL;
}

uint32_t sim_iface_table(const struct sim_iface *i)
{
    return i->vrf_table ? i->vrf_table : i->master ? i->master->vrf_table : SIM_TABLE_MAIN;
}

static bool has_carrier(const struct sim_iface *i)
{
    const struct sim_iface *peer = sim_iface_peer(i);

    if (!i->cable)
        return i->is_admin_up;
    return i->is_admin_up && i->cable->is_connected && peer && peer->is_admin_up;
}

/* Takes notice of what happened to the link or its other end. */
static void update(struct sim_iface *i)
{
    bool was_running = i->is_running;

    i->is_running = has_carrier(i);
    if (was_running && !i->is_running)
        sim_nexthops_lost(i);
    sim_dp_link(i);
}

/* --- routes that come with addresses --- */

static void add_link_route(struct sim_iface *i, const struct prefix *a)
{
    struct sim_route r = {
        .table = sim_iface_table(i), .prefix = prefix_normalize(*a), .type = SIM_ROUTE_LINK, .iface = i};

    if (i->is_admin_up && !prefix_is_host(a))
        sim_route_add(i->node->kernel, &r);
}

static void add_local_route(struct sim_iface *i, const struct prefix *a)
{
    uint32_t table = sim_iface_table(i);
    struct sim_route r = {
        .table = table ? table : SIM_TABLE_LOCAL, .prefix = prefix_host(&a->addr), .type = SIM_ROUTE_LOCAL, .iface = i};

    sim_route_add(i->node->kernel, &r);
}

struct of_address {
    const struct sim_iface *iface;
    struct prefix local, link;
};

static bool is_of_address(const struct sim_route *r, const void *arg)
{
    const struct of_address *a = arg;

    if (r->iface != a->iface)
        return false;
    return (r->type == SIM_ROUTE_LOCAL && prefix_equal(&r->prefix, &a->local)) ||
           (r->type == SIM_ROUTE_LINK && prefix_equal(&r->prefix, &a->link));
}

static bool is_over(const struct sim_route *r, const void *arg)
{
    return r->iface == arg && r->type != SIM_ROUTE_LOCAL;
}

static bool is_any_of(const struct sim_route *r, const void *arg)
{
    return r->iface == arg;
}

void sim_iface_admin(struct sim_iface *i, bool is_up)
{
    struct sim_iface *peer = sim_iface_peer(i);

    if (i->is_admin_up == is_up)
        return;
    i->is_admin_up = is_up;
    if (!is_up)
        sim_routes_drop(i->node->kernel, is_over, i);
    for (size_t n = 0; is_up && n < i->n_addresses; n++)
        add_link_route(i, &i->addresses[n]);
    update(i);
    if (peer)
        update(peer);
}

void sim_iface_enslave(struct sim_iface *i, struct sim_iface *master)
{
    bool was_up = i->is_admin_up;

    if (i->master == master)
        return;
    sim_iface_admin(i, false);
    sim_nexthops_lost(i);
    sim_routes_drop(i->node->kernel, is_any_of, i);
    i->master = master;
    for (size_t n = 0; n < i->n_addresses; n++)
        add_local_route(i, &i->addresses[n]);
    sim_dp_link(i);
    sim_iface_admin(i, was_up);
}

int sim_iface_address(struct sim_iface *i, const struct prefix *a, bool is_present)
{
    struct of_address which = {i, prefix_host(&a->addr), prefix_normalize(*a)};
    size_t n = 0;

    if (ip_addr_bits(&a->addr) == 0)
        return -EINVAL;
    while (n < i->n_addresses && !prefix_equal(&i->addresses[n], a))
        n++;
    if ((n < i->n_addresses) == is_present)
        return 0;
    if (is_present) {
        i->addresses = mem_realloc(NULL, i->addresses, (n + 1) * sizeof(*a));
        i->addresses[i->n_addresses++] = *a;
        add_local_route(i, a);
        add_link_route(i, a);
    } else {
        memmove(&i->addresses[n], &i->addresses[n + 1], (--i->n_addresses - n) * sizeof(*a));
        sim_routes_drop(i->node->kernel, is_of_address, &which);
        if (i->n_addresses == 0) /* IP is off there */
            sim_routes_drop(i->node->kernel, is_over, i);
        for (n = 0; n < i->n_addresses; n++) { /* of another address in the same network */
            struct prefix net = prefix_normalize(i->addresses[n]);

            if (prefix_equal(&net, &which.link))
                add_link_route(i, &i->addresses[n]);
        }
    }
    sim_dp_address(i, a, !is_present);
    return 0;
}

bool sim_iface_has_address(const struct sim_iface *i, const struct ip_addr *a)
{
    for (size_t n = 0; n < i->n_addresses; n++)
        if (ip_addr_equal(&i->addresses[n].addr, a))
            return true;
    return false;
}

struct sim_iface *sim_owner_of(struct sim_kernel *k, uint32_t table, const struct ip_addr *a)
{
    struct sim_iface *i;

    TAILQ_FOREACH (i, &k->ifaces, link)
        if (sim_iface_table(i) == table && sim_iface_has_address(i, a))
            return i;
    return NULL;
}

void sim_iface_free(struct sim_iface *i)
{
    struct sim_kernel *k = i->node->kernel;
    struct sim_lfib *l, *next;
    struct sim_iface *other;
    bool is_told = false;

    if (i->vrf_table)
        TAILQ_FOREACH (other, &k->ifaces, link)
            if (other->master == i)
                sim_iface_enslave(other, NULL);
    if (i->vrf_table)
        sim_foreign_tell(k, i->vrf_table, true);
    sim_nexthops_lost(i);
    sim_routes_drop(k, is_any_of, i);
    HASH_ITER (hh, k->labels, l, next) {
        if (l->entry.lookup_ifindex != i->ifindex)
            continue;
        sim_label_del(k, l->in_label);
        is_told = true;
    }
    sim_guard_forget(k, i->ifindex);
    TAILQ_REMOVE(&k->ifaces, i, link);
    sim_dp_link_gone(k, i->ifindex);
    if (is_told)
        sim_dp_foreign(k, "a label entry went with its device");
    mem_free(NULL, i->addresses);
    mem_free(NULL, i);
}

/* Label entries over a device that is deleted lose that hop, and go with their last one. */
static bool lose_labels(struct sim_kernel *k, uint32_t ifindex)
{
    struct sim_lfib *l, *next;
    bool is_any = false;

    HASH_ITER (hh, k->labels, l, next) {
        uint8_t kept = 0, before = l->entry.n_nexthops;

        for (uint8_t n = 0; n < before; n++)
            if (l->entry.nexthops[n].ifindex != ifindex)
                l->entry.nexthops[kept++] = l->entry.nexthops[n];
        l->entry.n_nexthops = kept;
        is_any = is_any || kept != before;
        if (before && !kept)
            sim_label_del(k, l->in_label);
    }
    return is_any;
}

void sim_foreign_recreate(struct sim_node *node, const char *interface)
{
    struct sim_kernel *k = node->kernel;
    struct sim_iface *i = sim_iface_named(k, interface);

    if (!i)
        return;
    sim_iface_admin(i, false);
    sim_nexthops_lost(i);
    sim_routes_drop(k, is_any_of, i);
    sim_guard_forget(k, i->ifindex);
    sim_dp_link_gone(k, i->ifindex);
    if (lose_labels(k, i->ifindex))
        sim_dp_foreign(k, "a label entry went with its device");
    mem_free(NULL, i->addresses);
    i->addresses = NULL;
    i->n_addresses = 0;
    i->master = NULL;
    i->has_mpls_input = i->is_input_set = i->wants_input = false;
    memset(&i->told, 0, sizeof(i->told));
    i->ifindex = ++k->last_ifindex;
    sim_iface_admin(i, true);
    sim_dp_link(i);
}

void sim_foreign_rename(struct sim_node *node, const char *interface, const char *name)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    if (!i || strlen(name) >= sizeof(i->name))
        return;
    sim_iface_admin(i, false); /* Linux renames only what is down */
    memcpy(i->name, name, strlen(name) + 1);
    sim_dp_link(i);
    sim_iface_admin(i, true);
}

struct sim_kernel *sim_kernel_create(struct sim_node *node)
{
    struct sim_kernel *k = MEM_NEW(NULL, struct sim_kernel);
    struct sim_iface *lo;

    k->node = node;
    k->raw_l3mdev_accept = true; /* as Linux starts */
    TAILQ_INIT(&k->ifaces);
    TAILQ_INIT(&k->routes);
    LIST_INIT(&k->flights);
    lo = sim_iface_new(k, "lo");
    lo->mtu = LO_MTU;
    lo->is_loopback = lo->is_admin_up = lo->is_running = true;
    return k;
}

void sim_kernel_free(struct sim_kernel *k)
{
    struct sim_iface *i;

    k->news = NULL;
    k->is_guard_sealed = false;
    sim_flights_drop(&k->flights);
    sim_guard_clear(k);
    sim_fib_free(k);
    while ((i = TAILQ_FIRST(&k->ifaces))) {
        TAILQ_REMOVE(&k->ifaces, i, link);
        mem_free(NULL, i->addresses);
        mem_free(NULL, i);
    }
    mem_free(NULL, k);
}

/* --- cables --- */

static void set_spec(struct sim_cable *c, const struct sim_cable_spec *spec)
{
    c->spec = spec ? *spec : (struct sim_cable_spec){.jitter_us = DEFAULT_JITTER_US};
    if (c->spec.delay_us == 0)
        c->spec.delay_us = DEFAULT_DELAY_US;
    if (c->spec.mtu == 0)
        c->spec.mtu = DEFAULT_MTU;
}

static struct sim_iface *plug(struct sim_cable *c, unsigned side, struct sim_node *node, const char *name)
{
    struct sim_iface *i = sim_iface_new(node->kernel, name);

    i->cable = c;
    i->side = side;
    i->mtu = c->spec.mtu;
    i->is_admin_up = true;
    c->ends[side] = i;
    return i;
}

struct sim_cable *sim_cable_create(struct sim_node *a, const char *a_interface, struct sim_node *b,
                                   const char *b_interface, const struct sim_cable_spec *spec)
{
    struct sim_cable *c = MEM_NEW(NULL, struct sim_cable);

    c->sim = a->sim;
    c->is_connected = true;
    LIST_INIT(&c->flights);
    set_spec(c, spec);
    TAILQ_INSERT_TAIL(&c->sim->cables, c, link);
    plug(c, 0, a, a_interface);
    plug(c, 1, b, b_interface);
    update(c->ends[0]);
    update(c->ends[1]);
    return c;
}

void sim_cable_free(struct sim_cable *c)
{
    sim_flights_drop(&c->flights);
    TAILQ_REMOVE(&c->sim->cables, c, link);
    for (int side = 0; side < 2; side++)
        c->ends[side]->cable = NULL;
    mem_free(NULL, c);
}

struct sim_cable *sim_cable_find(struct sim *sim, const char *node_a, const char *node_b)
{
    struct sim_cable *c;

    TAILQ_FOREACH (c, &sim->cables, link) {
        const char *a = c->ends[0]->node->name, *b = c->ends[1]->node->name;

        if ((strcmp(a, node_a) == 0 && strcmp(b, node_b) == 0) || (strcmp(a, node_b) == 0 && strcmp(b, node_a) == 0))
            return c;
    }
    return NULL;
}

void sim_cable_set(struct sim_cable *c, bool is_connected)
{
    if (c->is_connected == is_connected)
        return;
    c->is_connected = is_connected;
    if (!is_connected)
        sim_flights_drop(&c->flights);
    update(c->ends[0]);
    update(c->ends[1]);
}

void sim_cable_change(struct sim_cable *c, const struct sim_cable_spec *spec)
{
    uint32_t mtu = c->spec.mtu;

    set_spec(c, spec);
    c->spec.mtu = mtu;
}

void sim_cable_blackhole(struct sim_cable *c, bool from_a, bool from_b)
{
    c->is_blackhole[0] = from_a;
    c->is_blackhole[1] = from_b;
}

/* --- an administrator of a host --- */

int sim_host_address(struct sim_node *node, const char *interface, const char *text)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);
    struct prefix p;

    if (!i)
        return -ENODEV;
    return prefix_parse(text, &p) < 0 ? -EINVAL : sim_iface_address(i, &p, true);
}

int sim_host_route(struct sim_node *node, const char *text, const char *gateway)
{
    struct sim_route r = {.type = SIM_ROUTE_GATEWAY, .metric = SIM_METRIC_HOST};
    struct sim_way way;

    if (prefix_parse(text, &r.prefix) < 0 || ip_addr_parse(gateway, &r.gateway) < 0)
        return -EINVAL;
    way = sim_lookup(node->kernel, SIM_TABLE_MAIN, &r.gateway, 0);
    if (way.kind != SIM_WAY_OUT)
        return -ENETUNREACH;
    r.iface = way.iface;
    sim_route_add(node->kernel, &r);
    return 0;
}

void sim_host_forward(struct sim_node *node, bool is_on)
{
    node->kernel->is_forwarding = is_on;
}

uint32_t sim_ifindex(const struct sim_node *node, const char *interface)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    return i ? i->ifindex : 0;
}

bool sim_accepts_labels(const struct sim_node *node, const char *interface)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    return i && i->has_mpls_input;
}

bool sim_link_is_up(const struct sim_node *node, const char *interface)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    return i && i->is_running;
}

uint32_t sim_vrf_table(const struct sim_node *node, const char *name)
{
    const struct sim_iface *i;

    TAILQ_FOREACH (i, &node->kernel->ifaces, link)
        if (i->vrf_table && (strcmp(i->name, name) == 0 || strcmp(i->alias, name) == 0))
            return i->vrf_table;
    return 0;
}
