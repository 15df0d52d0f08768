/* SPDX-License-Identifier: Apache-2.0
 *
 * See ribd.h.
 */
#include "ospfd/link/ribd.h"

#include "ospfd_config.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

struct ospf_rib_link {
    const struct env *env;
    const struct ospf_rib_link_events *ev;
    void *arg;
    struct rib_client *client;
};

/* --- routes --- */

struct ospf_distances ospf_distances_of(const struct cfg_ospf_instance *c)
{
    struct ospf_distances d = {.internal = c->has_internal_distance ? c->internal_distance : c->distance,
                               .external = c->distance};
    for (size_t i = 0; i < c->n_redistribute; i++) {
        const struct cfg_ospf_instance_redistribute *r = c->redistribute[i];
        if (r->source != CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_BGP || !r->has_tag || !r->has_return_distance)
            continue;
        d.tag = r->tag;
        d.returned = r->return_distance;
    }
    return d;
}

bool ospf_distances_equal(struct ospf_distances a, struct ospf_distances b)
{
    return a.tag == b.tag && a.internal == b.internal && a.external == b.external && a.returned == b.returned;
}

static uint8_t distance_of(const struct ospf_instance *i, const struct ospf_route *r)
{
    struct ospf_distances d = ospf_distances_of(ospf_instance_config(i));
    if (r->type == OSPF_ROUTE_INTRA || r->type == OSPF_ROUTE_INTER)
        return d.internal;
    return d.tag && r->tag == d.tag ? d.returned : d.external;
}

static uint32_t nhset_of(struct ospf_rib_link *l, uint32_t vrf, const struct ospf_nexthops *set)
{
    struct rib_nexthop nh[RIB_NEXTHOPS_MAX] = {0};
    size_t n = set->n < RIB_NEXTHOPS_MAX ? set->n : RIB_NEXTHOPS_MAX;
    for (size_t k = 0; k < n; k++) {
        nh[k].vrf = vrf;
        nh[k].ifindex = set->nexthop[k].ifindex;
        if (set->nexthop[k].gateway)
            nh[k].gateway = ip_addr_v4(set->nexthop[k].gateway);
    }
    return rib_client_nhset_get(l->client, nh, n);
}

/* Our own subnets are connected routes of ribd. */
static bool is_for_rib(const struct ospf_route *r)
{
    return r && !r->is_local && r->nexthops;
}

void ospf_rib_link_route(struct ospf_rib_link *l, struct ospf_instance *i, struct ospf_route *was,
                         struct ospf_route *now)
{
    uint32_t old = was ? was->rib_nhset : 0;
    if (!rib_client_is_up(l->client)) {
        if (now)
            now->rib_nhset = 0;
        return;
    }
    if (is_for_rib(now)) {
        now->rib_nhset = nhset_of(l, ospf_instance_vrf(i), now->nexthops);
        struct rib_route route = {.vrf = ospf_instance_vrf(i),
                                  .prefix = ospf_route_prefix(now),
                                  .source = RIB_SOURCE_OSPF,
                                  .distance = distance_of(i, now),
                                  .metric = now->cost,
                                  .tag = now->tag,
                                  .nhset = now->rib_nhset};
        rib_client_route_set(l->client, &route);
    } else if (old) {
        struct prefix p = ospf_route_prefix(was);
        rib_client_route_del(l->client, ospf_instance_vrf(i), &p, RIB_SOURCE_OSPF);
    }
    if (old)
        rib_client_nhset_put(l->client, old);
    if (was)
        was->rib_nhset = 0;
}

static void each_route(struct ospf_instance *i,
                       void (*fn)(struct ospf_rib_link *l, struct ospf_instance *i, struct ospf_route *r),
                       struct ospf_rib_link *l)
{
    struct ospf_table *t = ospf_instance_table(i);
    for (size_t k = 0; k < t->n_routes; k++)
        fn(l, i, &t->routes[k]);
}

static void set_route(struct ospf_rib_link *l, struct ospf_instance *i, struct ospf_route *r)
{
    struct ospf_route before = *r;
    ospf_rib_link_route(l, i, r->rib_nhset ? &before : NULL, r);
}

static void void_route(struct ospf_rib_link *l, struct ospf_instance *i, struct ospf_route *r)
{
    (void)l;
    (void)i;
    r->rib_nhset = 0;
}

static void withdraw_route(struct ospf_rib_link *l, struct ospf_instance *i, struct ospf_route *r)
{
    ospf_rib_link_route(l, i, r, NULL);
}

void ospf_rib_link_replay(struct ospf_rib_link *l, struct ospf_instance *i)
{
    each_route(i, set_route, l);
}

void ospf_rib_link_void(struct ospf_instance *i)
{
    each_route(i, void_route, NULL);
}

void ospf_rib_link_withdraw(struct ospf_rib_link *l, struct ospf_instance *i)
{
    each_route(i, withdraw_route, l);
    if (rib_client_is_up(l->client))
        rib_client_subscribe(l->client, ospf_instance_vrf(i), 0);
}

/* --- redistribution --- */

void ospf_rib_link_subscribe(struct ospf_rib_link *l, struct ospf_instance *i)
{
    uint32_t sources = ospf_instance_sources(i);
    if (!rib_client_is_up(l->client))
        return;
    ospf_instance_dump_begin(i);
    rib_client_subscribe(l->client, ospf_instance_vrf(i), sources);
    if (sources == 0)
        ospf_instance_dump_end(i);
}

static void on_route(void *arg, const struct rib_best_route *route)
{
    struct ospf_rib_link *l = arg;
    struct ospf_instance *i = l->ev->instance_of(l->arg, route->vrf);
    if (i)
        ospf_instance_route(i, route);
}

static void on_route_gone(void *arg, uint32_t vrf, const struct prefix *p)
{
    struct ospf_rib_link *l = arg;
    struct ospf_instance *i = l->ev->instance_of(l->arg, vrf);
    if (i)
        ospf_instance_route_gone(i, p);
}

static void on_routes_complete(void *arg, uint32_t vrf)
{
    struct ospf_rib_link *l = arg;
    struct ospf_instance *i = l->ev->instance_of(l->arg, vrf);
    if (i)
        ospf_instance_dump_end(i);
}

/* --- the session --- */

static void on_session_up(void *arg)
{
    struct ospf_rib_link *l = arg;
    l->ev->session_up(l->arg);
}

static void on_session_down(void *arg)
{
    struct ospf_rib_link *l = arg;
    l->ev->session_down(l->arg);
}

static void on_interface(void *arg, const struct rib_interface *now, const struct rib_interface *before)
{
    struct ospf_rib_link *l = arg;
    l->ev->interface_changed(l->arg, now, before);
}

static void on_instance(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    struct ospf_rib_link *l = arg;
    l->ev->instance_changed(l->arg, now, before);
}

static void on_route_failed(void *arg, uint32_t vrf, const struct prefix *p, const char *reason)
{
    struct ospf_rib_link *l = arg;
    char text[PREFIX_TEXT_MAX];
    LOG_WARN(l->env->log, "route-failed", "vrf=%u prefix=%s reason=\"%s\"", vrf, prefix_text(p, text, sizeof(text)),
             reason);
}

static const struct rib_client_events client_events = {
    .session_up = on_session_up,
    .session_down = on_session_down,
    .interface_changed = on_interface,
    .instance_changed = on_instance,
    .route = on_route,
    .route_gone = on_route_gone,
    .routes_complete = on_routes_complete,
    .route_failed = on_route_failed,
};

struct ospf_rib_link *ospf_rib_link_create(const struct env *env, const struct ospf_rib_link_events *ev, void *arg)
{
    struct ospf_rib_link *l = MEM_NEW(NULL, struct ospf_rib_link);
    l->env = env;
    l->ev = ev;
    l->arg = arg;
    l->client = rib_client_create(env, RIB_CLIENT_OSPFD, &client_events, l);
    return l;
}

void ospf_rib_link_destroy(struct ospf_rib_link *l)
{
    rib_client_destroy(l->client);
    mem_free(NULL, l);
}

struct rib_client *ospf_rib_link_client(struct ospf_rib_link *l)
{
    return l->client;
}
