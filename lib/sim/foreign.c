/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody else does on a simulated router behind ribd's back: other programs' routes, and hands laid on what is
 * ribd's.
 */
#include <errno.h>
#include <stdio.h>

#include "lib/sim/kernel.h"

/* --- other programs' routes --- */

struct sim_iface *sim_vrf_of_table(struct sim_kernel *k, uint32_t table)
{
    struct sim_iface *i;

    TAILQ_FOREACH (i, &k->ifaces, link)
        if (i->vrf_table == table)
            return i;
    return NULL;
}

static bool is_foreign(const struct sim_route *r)
{
    return r->type == SIM_ROUTE_GATEWAY;
}

bool sim_route_is_ours(const struct sim_route *r)
{
    return r->metric == SIM_METRIC_OURS && !is_foreign(r);
}

static bool is_watched(struct sim_kernel *k, uint32_t table)
{
    return table == SIM_TABLE_MAIN || sim_vrf_of_table(k, table);
}

/* The one that the kernel takes of several. */
static const struct sim_route *best_of(const struct sim_route *first)
{
    while (first && !is_foreign(first))
        first = first->next;
    return first;
}

const struct sim_route *sim_foreign_best(struct sim_kernel *k, uint32_t table, const struct prefix *p)
{
    return is_watched(k, table) ? best_of(sim_routes_at(k, table, p)) : NULL;
}

void sim_foreign_each(struct sim_kernel *k, void (*fn)(void *arg, const struct sim_route *r), void *arg)
{
    const struct sim_route *r;

    TAILQ_FOREACH (r, &k->routes, all)
        if (is_foreign(r) && sim_foreign_best(k, r->table, &r->prefix) == r)
            fn(arg, r);
}

void sim_foreign_tell(struct sim_kernel *k, uint32_t table, bool is_gone)
{
    const struct sim_route *r;

    TAILQ_FOREACH (r, &k->routes, all)
        if (is_foreign(r) && r->table == table && sim_foreign_best(k, table, &r->prefix) == r)
            sim_dp_foreign_route(k, r, is_gone);
}

void sim_foreign_added(struct sim_kernel *k, const struct sim_route *r)
{
    if (is_foreign(r) && is_watched(k, r->table) && best_of(sim_routes_at(k, r->table, &r->prefix)) == r)
        sim_dp_foreign_route(k, r, false);
}

/* Before it is taken out of the table. */
void sim_foreign_leaves(struct sim_kernel *k, const struct sim_route *r)
{
    const struct sim_route *next;

    if (!is_foreign(r) || !is_watched(k, r->table) || best_of(sim_routes_at(k, r->table, &r->prefix)) != r)
        return;
    next = best_of(r->next);
    sim_dp_foreign_route(k, next ? next : r, !next);
}

static bool is_on_link(const struct sim_iface *i, const struct ip_addr *gateway)
{
    for (size_t n = 0; i->is_admin_up && n < i->n_addresses; n++) {
        struct prefix net = prefix_normalize(i->addresses[n]);

        if (prefix_contains_addr(&net, gateway))
            return true;
    }
    return false;
}

int sim_foreign_route_add(struct sim_node *node, uint32_t table, const struct prefix *p, const char *interface,
                          const char *gateway, uint32_t metric)
{
    struct sim_kernel *k = node->kernel;
    struct sim_route r = {.table = table, .metric = metric, .prefix = *p, .type = SIM_ROUTE_GATEWAY};
    struct sim_route *old = sim_routes_at(k, table, p);
    const struct sim_route *best;

    r.iface = sim_iface_named(k, interface);
    if (!r.iface || ip_addr_parse(gateway, &r.gateway) < 0)
        return -EINVAL;
    if (!is_on_link(r.iface, &r.gateway))
        return -ENETUNREACH;
    while (old && (old->metric != metric || old->iface == r.iface))
        old = old->next;
    sim_route_add(k, &r);
    best = sim_foreign_best(k, table, p);
    if (old && sim_route_is_ours(old) && best && best->metric != metric)
        sim_dp_foreign(k, "a route of ours was replaced"); /* by one that is not told */
    if (old)
        sim_route_free(k, old); /* replaces by prefix and metric whoever wrote it */
    return 0;
}

void sim_foreign_route_del(struct sim_node *node, uint32_t table, const struct prefix *p, uint32_t metric)
{
    struct sim_route *r = sim_routes_at(node->kernel, table, p);

    while (r && (r->metric != metric || !is_foreign(r)))
        r = r->next;
    if (r)
        sim_route_free(node->kernel, r);
}

/* --- hands laid on what is ribd's --- */

void sim_foreign_flush_ruleset(struct sim_node *node)
{
    struct sim_kernel *k = node->kernel;

    if (!k->has_guard_table)
        return;
    k->has_guard_table = false;
    if (k->news)
        sim_dp_guard_lost(k);
    else
        sim_guard_clear(k);
}

void sim_break_seal(struct sim_node *node)
{
    node->kernel->is_guard_sealed = false;
}

void sim_foreign_delete_route(struct sim_node *node, uint32_t table, const struct prefix *p)
{
    if (sim_route_del_ours(node->kernel, table, p))
        sim_dp_foreign(node->kernel, "a route of ours was deleted");
}

void sim_foreign_delete_label(struct sim_node *node, uint32_t label)
{
    struct sim_lfib *l;
    bool was_foreign;

    HASH_FIND(hh, node->kernel->labels, &label, sizeof(label), l);
    was_foreign = l && l->is_foreign;
    if (!sim_label_del(node->kernel, label))
        return;
    if (was_foreign)
        sim_dp_foreign_label(node->kernel, label, true);
    else
        sim_dp_foreign(node->kernel, "a label entry of ours was deleted");
}

/* Without labels, to the neighbour `gateway`: somebody else's now, whether there was one or not. */
void sim_foreign_replace_label(struct sim_node *node, uint32_t label, const char *interface, const char *gateway)
{
    struct dp_label entry = {.in_label = label, .n_nexthops = 1};
    const char *text;
    bool was_ours;
    struct sim_lfib *l;

    HASH_FIND(hh, node->kernel->labels, &label, sizeof(label), l);
    was_ours = l && !l->is_foreign;
    entry.nexthops[0].ifindex = sim_ifindex(node, interface);
    entry.nexthops[0].label = out_label_implicit_null();
    if (ip_addr_parse(gateway, &entry.nexthops[0].gateway) < 0 || sim_label_set(node->kernel, &entry, &text) < 0)
        return;
    HASH_FIND(hh, node->kernel->labels, &label, sizeof(label), l);
    l->is_foreign = true;
    sim_dp_foreign_label(node->kernel, label, false);
    if (was_ours)
        sim_dp_foreign(node->kernel, "a label entry was replaced");
}

/* Every set of ours leads there now. */
void sim_foreign_replace_nexthops(struct sim_node *node, const char *interface, const char *gateway)
{
    struct dp_nexthop nh = {.ifindex = sim_ifindex(node, interface)};
    struct sim_nhset *s, *next;
    const char *text;

    if (ip_addr_parse(gateway, &nh.gateway) < 0)
        return;
    HASH_ITER (hh, node->kernel->nhsets, s, next)
        sim_nexthop_set(node->kernel, s->id, &nh, 1, &text);
    sim_dp_foreign(node->kernel, "a nexthop of ours was replaced");
}

void sim_foreign_delete_nexthops(struct sim_node *node)
{
    struct sim_nhset *s, *next;

    HASH_ITER (hh, node->kernel->nhsets, s, next)
        sim_nexthop_del(node->kernel, s->id);
    sim_dp_foreign(node->kernel, "a nexthop of ours was deleted");
}

void sim_foreign_admin(struct sim_node *node, const char *interface, bool is_up)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    if (i)
        sim_iface_admin(i, is_up);
}

void sim_foreign_address(struct sim_node *node, const char *interface, const char *text, bool is_present)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);
    struct prefix p;

    if (i && prefix_parse(text, &p) == 0)
        sim_iface_address(i, &p, is_present);
}

void sim_foreign_delete_link(struct sim_node *node, const char *interface)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    if (i && !i->cable)
        sim_iface_free(i);
}

void sim_foreign_input(struct sim_node *node, const char *interface, bool is_on)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    if (i)
        i->has_mpls_input = is_on;
}

static const struct prefix any = {.addr = {.family = AF_IPV4}};

void sim_foreign_delete_end(struct sim_node *node, uint32_t table)
{
    if (sim_route_del(node->kernel, table, &any, SIM_METRIC_LAST))
        sim_dp_foreign(node->kernel, "a route of ours was deleted");
}

/* --- what ribd finds of it --- */

static void put_end(struct sim_kernel *k, uint32_t table)
{
    struct sim_route end = {.table = table, .metric = SIM_METRIC_LAST, .type = SIM_ROUTE_UNREACHABLE, .prefix = any};

    sim_route_add(k, &end);
}

static bool has_end(struct sim_kernel *k, uint32_t table)
{
    const struct sim_route *r = sim_routes_at(k, table, &any);

    while (r && r->metric != SIM_METRIC_LAST)
        r = r->next;
    return r != NULL;
}

static int audit_seal(struct sim_kernel *k, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg)
{
    if (!k->guard || !k->has_guard_table || k->is_guard_sealed)
        return 0;
    if (fn)
        fn(arg, "guard: no seal: a flush of nftables would let every label in");
    k->is_guard_sealed = is_repair;
    return 1;
}

int sim_audit(struct sim_kernel *k, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg)
{
    struct sim_iface *i;
    char text[120];
    int n = 0;

    TAILQ_FOREACH (i, &k->ifaces, link) {
        text[0] = '\0';
        if (i->is_input_set && i->has_mpls_input != i->wants_input)
            snprintf(text, sizeof(text), "label input of %s is %d, not %d", i->name, i->has_mpls_input, i->wants_input);
        else if (i->vrf_table && i->alias[0] && !has_end(k, i->vrf_table))
            snprintf(text, sizeof(text), "table %u has no unreachable default at its end", i->vrf_table);
        if (!text[0])
            continue;
        n++;
        if (fn)
            fn(arg, text);
        if (is_repair && i->is_input_set)
            i->has_mpls_input = i->wants_input;
        if (is_repair && i->vrf_table)
            put_end(k, i->vrf_table);
    }
    return n + audit_seal(k, is_repair, fn, arg);
}
