/* SPDX-License-Identifier: Apache-2.0
 *
 * Which routes are FECs: host routes of the IGP (or all of them), and, where configured, routes that BGP brought with a
 * label. The latter make the edge of a carrier's carrier (RFC 4364 s9): the label goes on as the route does, over BGP's
 * label-switched path, which is for ribd to know (follow FEC).
 */
#include <string.h>

#include "ldpd/session/internal.h"
#include "ldpd_config.h"
#include "strata/policy.h"

#define IGP_SOURCES ((1u << RIB_SOURCE_CONNECTED) | (1u << RIB_SOURCE_STATIC) | (1u << RIB_SOURCE_OSPF))
#define BGP_SOURCES ((1u << RIB_SOURCE_BGP) | (1u << RIB_SOURCE_BGP_LABELED))

/* An untouched list is the same pointer in the next configuration. */
static const struct cfg_policy_prefix_list *list_named(const struct cfg_policy *policy, const char *name)
{
    for (size_t k = 0; policy && k < policy->n_prefix_list; k++)
        if (strcmp(policy->prefix_list[k]->name, name) == 0)
            return policy->prefix_list[k];
    return NULL;
}

bool ldp_trigger_update(struct ldp_instance *i)
{
    const struct ldp_trigger before = i->trigger;
    struct ldp_trigger *now = &i->trigger;
    const struct cfg_ldp_instance_bgp_routes *bgp = i->config->bgp_routes;
    *now = (struct ldp_trigger){
        .is_set = true,
        .has_all_routes = i->config->label_for == CFG_LDP_INSTANCE_LABEL_FOR_ALL_ROUTES,
        .has_bgp_routes = bgp != NULL,
        .has_all_lengths = bgp && bgp->all_lengths,
        .has_list = bgp && bgp->has_prefix_list,
        .list = bgp && bgp->has_prefix_list ? list_named(i->policy, bgp->prefix_list) : NULL,
    };
    return before.is_set &&
           (before.has_all_routes != now->has_all_routes || before.has_bgp_routes != now->has_bgp_routes ||
            before.has_all_lengths != now->has_all_lengths || before.has_list != now->has_list ||
            before.list != now->list);
}

uint32_t ldp_instance_sources(const struct ldp_instance *i)
{
    return IGP_SOURCES | (i->trigger.has_bgp_routes ? BGP_SOURCES : 0);
}

static bool wants_bgp_route(const struct ldp_instance *i, const struct rib_best_route *r)
{
    const struct ldp_trigger *t = &i->trigger;
    if (!t->has_bgp_routes || !r->has_label || (!t->has_all_lengths && !prefix_is_host(&r->prefix)))
        return false;
    return !t->has_list || (i->policy && policy_permits(i->policy, i->config->bgp_routes->prefix_list, &r->prefix));
}

static enum ldp_route_role role_of(const struct ldp_instance *i, const struct rib_best_route *r)
{
    if (r->prefix.addr.family != AF_IPV4 || r->prefix.len == 0)
        return LDP_ROUTE_NONE;
    bool is_wanted = i->trigger.has_all_routes || prefix_is_host(&r->prefix);
    switch ((enum rib_source)r->source) {
    case RIB_SOURCE_CONNECTED:
        return is_wanted ? LDP_ROUTE_EGRESS : LDP_ROUTE_NONE;
    case RIB_SOURCE_STATIC:
    case RIB_SOURCE_OSPF:
        return is_wanted ? LDP_ROUTE_TRANSIT : LDP_ROUTE_NONE;
    case RIB_SOURCE_BGP:
    case RIB_SOURCE_BGP_LABELED:
        return wants_bgp_route(i, r) ? LDP_ROUTE_STITCHED : LDP_ROUTE_NONE;
    case RIB_SOURCE_KERNEL:
    case RIB_SOURCE_COUNT:
        break;
    }
    return LDP_ROUTE_NONE;
}

static bool is_ours(const struct ldp_instance *i, uint32_t ifindex)
{
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        if (f->rib.ifindex == ifindex)
            return true;
    return false;
}

/* A VPN route's next hops are in the public instance, where the same addresses may be somebody else's. */
void ldp_instance_route(struct ldp_instance *i, const struct rib_best_route *r)
{
    struct ldp_bind_via via[RIB_NEXTHOPS_MAX];
    size_t n = 0;
    for (uint16_t k = 0; k < r->n_nexthops && k < RIB_NEXTHOPS_MAX; k++)
        if (ip_addr_is_set(&r->nexthops[k].gateway) && is_ours(i, r->nexthops[k].ifindex))
            via[n++] = (struct ldp_bind_via){.gateway = r->nexthops[k].gateway, .ifindex = r->nexthops[k].ifindex};
    ldp_bind_route(i->bind, &r->prefix, role_of(i, r), via, n);
}

void ldp_instance_route_gone(struct ldp_instance *i, const struct prefix *p)
{
    ldp_bind_route(i->bind, p, LDP_ROUTE_NONE, NULL, 0);
}
