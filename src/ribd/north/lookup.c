/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state: /rib/lookup, what one address meets in each instance, and /rib/route-count.
 */
#include <stdio.h>

#include "ribd_config.h"
#include "src/ribd/north/private.h"
#include "src/ribd/rib/view.h"
#include "strata/state.h"

/* --- every instance that is asked for --- */

struct instances_walk {
    struct writing *x;
    uint32_t key;                                                            /* that names the instance */
    void (*write)(struct instances_walk *i, uint32_t vrf, const char *name); /* its rows */
    struct ip_addr address;
    bool is_named;
};

static void visit(void *arg, const struct instance_view *v)
{
    struct instances_walk *i = arg;

    i->write(i, v->i.vrf, v->i.name);
}

static void each_instance(struct instances_walk *i)
{
    struct rib_view_range range;
    char name[RIB_NAME_MAX];

    if (!ribd_state_range(i->x, i->key, 0, &range))
        return;
    i->is_named = range.has_vrf;
    if (range.has_vrf) {
        i->write(i, range.vrf, ribd_state_instance(i->x->d, range.vrf, name));
        return;
    }
    i->write(i, RIB_VRF_PUBLIC, "public");
    ribd_instances_each(i->x->d->instances, visit, i);
}

/* --- addresses that are not forwarded, whatever the routes are --- */

struct delivery {
    uint32_t vrf, lo;
    const struct ip_addr *address;
    int kind; /* CFG_RIB_LOOKUP_DELIVERY_..., or BY_ROUTE */
    char interface[RIB_IFNAME_MAX];
};

enum { BY_ROUTE = -1 };

/* Of a point-to-point link and of a single address there is none. The lowest address of a network is one as any other
 * since Linux 5.14. */
static bool is_broadcast_of(const struct prefix *network, const struct ip_addr *a)
{
    return network->addr.family == AF_IPV4 && network->len < 31 && a->family == AF_IPV4 &&
           ip_addr_to_v4(a) == (ip_addr_to_v4(&network->addr) | UINT32_MAX >> network->len);
}

/* As the kernel has them in its local tables: addresses of interfaces that are down, too; broadcast addresses not. Of
 * lo all addresses of a network are the router's own. */
static int delivery_at(const struct delivery *l, const struct port_view *v, const struct prefix *network)
{
    if (ip_addr_equal(&network->addr, l->address))
        return CFG_RIB_LOOKUP_DELIVERY_OWN;
    if (v->is_admin_up && is_broadcast_of(network, l->address))
        return CFG_RIB_LOOKUP_DELIVERY_BROADCAST;
    return v->i->ifindex == l->lo && prefix_contains_addr(network, l->address) ? CFG_RIB_LOOKUP_DELIVERY_OWN : BY_ROUTE;
}

static void match_port(void *arg, const struct port_view *v)
{
    struct delivery *l = arg;

    for (size_t i = 0; v->i->vrf == l->vrf && i < v->i->n_addresses && l->kind != CFG_RIB_LOOKUP_DELIVERY_OWN; i++) {
        int kind = delivery_at(l, v, &v->i->addresses[i]);

        if (kind == BY_ROUTE)
            continue;
        l->kind = kind;
        snprintf(l->interface, sizeof(l->interface), "%s", v->i->name);
    }
}

/* By the address alone. */
static int special_kind(const struct ip_addr *a)
{
    static const struct {
        const char *prefix;
        int kind;
    } special[] = {
        {"0.0.0.0/32", CFG_RIB_LOOKUP_DELIVERY_UNSPECIFIED},      {"::/128", CFG_RIB_LOOKUP_DELIVERY_UNSPECIFIED},
        {"127.0.0.0/8", CFG_RIB_LOOKUP_DELIVERY_LOOPBACK},        {"::1/128", CFG_RIB_LOOKUP_DELIVERY_LOOPBACK},
        {"224.0.0.0/4", CFG_RIB_LOOKUP_DELIVERY_MULTICAST},       {"ff00::/8", CFG_RIB_LOOKUP_DELIVERY_MULTICAST},
        {"255.255.255.255/32", CFG_RIB_LOOKUP_DELIVERY_BROADCAST}};
    struct prefix p;

    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (prefix_parse(special[i].prefix, &p) == 0 && prefix_contains_addr(&p, a))
            return special[i].kind;
    }
    return BY_ROUTE;
}

static const char *delivery_reason(const struct delivery *l)
{
    switch (l->kind) {
    case CFG_RIB_LOOKUP_DELIVERY_OWN:
        return "an address of this router: packets end here";
    case CFG_RIB_LOOKUP_DELIVERY_BROADCAST:
        return l->interface[0] ? "the broadcast address of a connected network: packets are not forwarded"
                               : "all stations of a network: packets are not forwarded";
    case CFG_RIB_LOOKUP_DELIVERY_LOOPBACK:
        return "a loopback address: it never leaves a machine, what comes in with it is dropped";
    case CFG_RIB_LOOKUP_DELIVERY_MULTICAST:
        return "a multicast group: packets are not forwarded, and are sent by the interface that a program names";
    case CFG_RIB_LOOKUP_DELIVERY_UNSPECIFIED:
        return "no address of anybody: for the default route look up an address that has no other";
    }
    return "";
}

static struct delivery delivery_of(const struct ribd *d, uint32_t vrf, const struct ip_addr *address)
{
    struct delivery l = {
        .vrf = vrf, .lo = ribd_ports_loopback(d->ports), .address = address, .kind = special_kind(address)};

    if (l.kind == BY_ROUTE)
        ribd_ports_each(d->ports, match_port, &l);
    return l;
}

/* --- /rib/lookup --- */

struct lookup {
    struct instances_walk *i;
    const char *instance;
    bool is_open, is_found;
};

static void open_row(struct lookup *l)
{
    struct state_writer *w = l->i->x->w;

    if (l->is_open)
        return;
    l->is_open = true;
    state_open(w, RIBD_RIB_LOOKUP);
    state_text(w, RIBD_RIB_LOOKUP_VPN_INSTANCE, l->instance);
    state_addr(w, RIBD_RIB_LOOKUP_TO, &l->i->address);
}

static void write_passed_over(struct lookup *l, const struct rib_route_view *v)
{
    char text[RIBD_WHY_MAX + PREFIX_TEXT_MAX + 16], prefix[PREFIX_TEXT_MAX], why[RIBD_WHY_MAX];

    snprintf(text, sizeof(text), "not %s: %s", prefix_text(&v->prefix, prefix, sizeof(prefix)),
             ribd_state_route_reason(l->i->x->d, v, why));
    state_text(l->i->x->w, RIBD_RIB_LOOKUP_REASON, text);
}

static void write_hop(struct writing *x, size_t index, const struct rib_view_hop *hop)
{
    char labels[LABEL_TEXT_MAX];

    state_open(x->w, RIBD_RIB_LOOKUP_NEXT_HOP);
    state_u64(x->w, RIBD_RIB_LOOKUP_NEXT_HOP_INDEX, index);
    state_addr(x->w, RIBD_RIB_LOOKUP_NEXT_HOP_GATEWAY, &hop->gateway);
    ribd_state_interface(x, RIBD_RIB_LOOKUP_NEXT_HOP_INTERFACE, hop->ifindex);
    if (hop->label.state == LABEL_STATE_STACK)
        state_text(x->w, RIBD_RIB_LOOKUP_NEXT_HOP_LABELS, out_label_text(&hop->label, labels, sizeof(labels)));
    state_close(x->w);
}

static void write_found(void *arg, const struct rib_route_view *v)
{
    struct lookup *l = arg;
    struct writing *x = l->i->x;

    open_row(l);
    if (!v->is_selected) {
        write_passed_over(l, v);
        return;
    }
    l->is_found = true;
    state_prefix(x->w, RIBD_RIB_LOOKUP_PREFIX, &v->prefix);
    state_enum(x->w, RIBD_RIB_LOOKUP_SOURCE, (int)v->source);
    state_u64(x->w, RIBD_RIB_LOOKUP_DISTANCE, v->distance);
    state_u64(x->w, RIBD_RIB_LOOKUP_METRIC, v->metric);
    state_u64(x->w, RIBD_RIB_LOOKUP_AGE, v->changed_sec);
    state_bool(x->w, RIBD_RIB_LOOKUP_INSTALLED, v->is_installed);
    state_text(x->w, RIBD_RIB_LOOKUP_REASON, v->reason);
    if (v->is_blackhole)
        state_text(x->w, RIBD_RIB_LOOKUP_DROPS, v->is_unreachable ? "reject" : "discard");
    for (size_t i = 0; i < v->n_origins; i++)
        state_addr(x->w, RIBD_RIB_LOOKUP_PROTOCOL_NEXT_HOP, &v->origins[i]);
    for (size_t i = 0; i < v->n_hops; i++)
        write_hop(x, i, &v->hops[i]);
}

/* Loopback addresses and the like are the same in every instance: what was asked for is enough. */
static void write_delivery(struct lookup *l, uint32_t vrf, const struct delivery *way)
{
    struct state_writer *w = l->i->x->w;

    if (!way->interface[0] && !l->i->is_named && vrf != RIB_VRF_PUBLIC)
        return;
    open_row(l);
    state_enum(w, RIBD_RIB_LOOKUP_DELIVERY, way->kind);
    if (way->interface[0])
        state_text(w, RIBD_RIB_LOOKUP_INTERFACE, way->interface);
    state_text(w, RIBD_RIB_LOOKUP_REASON, delivery_reason(way));
    state_close(w);
}

static void write_lookup(struct instances_walk *i, uint32_t vrf, const char *name)
{
    struct delivery way = delivery_of(i->x->d, vrf, &i->address);
    struct lookup l = {.i = i, .instance = name};

    if (way.kind != BY_ROUTE) {
        write_delivery(&l, vrf, &way);
        return;
    }
    ribd_rib_view_lookup(i->x->d->rib, vrf, &i->address, write_found, &l);
    if (i->is_named || vrf == RIB_VRF_PUBLIC)
        open_row(&l);
    if (!l.is_open)
        return;
    if (!l.is_found)
        state_text(
            i->x->w, RIBD_RIB_LOOKUP_REASON,
            "no route: packets are dropped, and their sender is told; what BGP holds back has a reason in show bgp");
    state_close(i->x->w);
}

void ribd_state_lookup(struct writing *x)
{
    struct instances_walk i = {.x = x, .key = RIBD_RIB_LOOKUP_VPN_INSTANCE, .write = write_lookup};

    if (state_list(x->w, RIBD_RIB_LOOKUP) && state_only_addr(x->w, RIBD_RIB_LOOKUP_TO, &i.address))
        each_instance(&i);
}

/* --- /rib/route-count --- */

static void write_counts(struct instances_walk *i, uint32_t vrf, const char *name)
{
    struct state_writer *w = i->x->w;
    struct rib_route_counts n;

    ribd_rib_count_routes(i->x->d->rib, vrf, &n);
    for (int s = 0; s < RIB_SOURCE_COUNT; s++) {
        if (n.routes[s] == 0)
            continue;
        state_open(w, RIBD_RIB_ROUTE_COUNT);
        state_text(w, RIBD_RIB_ROUTE_COUNT_VPN_INSTANCE, name);
        state_enum(w, RIBD_RIB_ROUTE_COUNT_SOURCE, s);
        state_u64(w, RIBD_RIB_ROUTE_COUNT_ROUTES, n.routes[s]);
        state_u64(w, RIBD_RIB_ROUTE_COUNT_SELECTED, n.selected[s]);
        state_close(w);
    }
}

void ribd_state_route_counts(struct writing *x)
{
    struct instances_walk i = {.x = x, .key = RIBD_RIB_ROUTE_COUNT_VPN_INSTANCE, .write = write_counts};

    if (state_list(x->w, RIBD_RIB_ROUTE_COUNT))
        each_instance(&i);
}
