/* SPDX-License-Identifier: Apache-2.0
 *
 * Redistribution (RFC 2328 s12.4.4): routes of other protocols become AS-external-LSAs. All routes told are kept as
 * candidates, so that a change of configuration or policy needs no new dump. At a provider's edge routes of BGP come
 * from the VPN: they are marked, so that no other router takes them back into it (RFC 4576, RFC 4577 s4.2.5).
 */
#include <stddef.h>
#include <string.h>

#include "ospfd/session/internal.h"
#include "strata/policy.h"

static const struct cfg_ospf_instance_redistribute *policy_for(const struct ospf_instance *i, uint8_t source)
{
    enum cfg_ospf_instance_redistribute_source wanted;
    if (source == RIB_SOURCE_CONNECTED)
        wanted = CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_CONNECTED;
    else if (source == RIB_SOURCE_STATIC)
        wanted = CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_STATIC;
    else if (source == RIB_SOURCE_BGP || source == RIB_SOURCE_BGP_LABELED)
        wanted = CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_BGP;
    else if (source == RIB_SOURCE_KERNEL)
        wanted = CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_KERNEL;
    else
        return NULL;
    for (size_t k = 0; k < i->config->n_redistribute; k++)
        if (i->config->redistribute[k]->source == wanted)
            return i->config->redistribute[k];
    return NULL;
}

uint32_t ospf_instance_sources(const struct ospf_instance *i)
{
    uint32_t sources = 0;
    for (uint8_t s = 0; s < RIB_SOURCE_COUNT; s++)
        if (policy_for(i, s))
            sources |= 1u << s;
    return sources;
}

/* A subnet on which OSPF runs is in our router-LSA already. */
static bool is_internal(const struct ospf_instance *i, const struct prefix *p)
{
    const struct ospf_area *a;
    const struct ospf_interface *f;
    LIST_FOREACH (a, &i->areas, entry)
        LIST_FOREACH (f, &a->interfaces, entry)
            for (uint16_t k = 0; f->has_rib && k < f->rib.n_addresses; k++) {
                struct prefix subnet = prefix_normalize(f->rib.addresses[k]);
                if (prefix_equal(&subnet, p))
                    return true;
            }
    return false;
}

/* --- LS ids: the address of the prefix; host bits tell prefixes of one address apart (appendix E) --- */

static struct ospf_candidate *holder_of(const struct ospf_instance *i, uint32_t id)
{
    struct ospf_candidate *c;
    HASH_FIND(by_id, i->external.by_id, &id, sizeof(id), c);
    return c;
}

static bool free_id(const struct ospf_instance *i, const struct ospf_candidate *c, uint32_t *id)
{
    uint32_t net = ip_addr_to_v4(&c->prefix.addr), host = ~ospf_mask_of(c->prefix.len);
    uint32_t tries = host < 64 ? host : 64;
    if (!holder_of(i, *id = net) || !holder_of(i, *id = net | host))
        return true;
    for (uint32_t k = 1; k < tries; k++)
        if (!holder_of(i, *id = net | k))
            return true;
    return false;
}

static void take_id(struct ospf_instance *i, struct ospf_candidate *c, uint32_t id)
{
    c->id = id;
    c->is_advertised = true;
    HASH_ADD(by_id, i->external.by_id, id, sizeof(c->id), c);
}

static void advertise(struct ospf_instance *i, struct ospf_candidate *c,
                      const struct cfg_ospf_instance_redistribute *policy);

static void withdraw(struct ospf_instance *i, struct ospf_candidate *c)
{
    if (!c->is_advertised)
        return;
    ospf_own_clear(i, &(struct ospf_own_key){.type = OSPF_LSA_EXTERNAL, .id = c->id});
    HASH_DELETE(by_id, i->external.by_id, c);
    c->is_advertised = false;
}

/* A host route has no host bits to choose: whoever holds its id moves. */
static bool make_room(struct ospf_instance *i, struct ospf_candidate *c)
{
    uint32_t id = ip_addr_to_v4(&c->prefix.addr);
    struct ospf_candidate *holder = holder_of(i, id);
    if (!holder || holder->prefix.len >= c->prefix.len)
        return false;
    withdraw(i, holder);
    take_id(i, c, id);
    advertise(i, holder, policy_for(i, holder->source));
    return true;
}

static bool is_from_vpn(const struct ospf_instance *i, const struct ospf_candidate *c)
{
    return ospf_is_provider_edge(i) && (c->source == RIB_SOURCE_BGP || c->source == RIB_SOURCE_BGP_LABELED);
}

static uint32_t tag_of(const struct ospf_instance *i, const struct ospf_candidate *c,
                       const struct cfg_ospf_instance_redistribute *policy)
{
    if (policy->has_tag)
        return policy->tag;
    return is_from_vpn(i, c) && i->config->has_vpn_tag ? i->config->vpn_tag : c->tag;
}

static void advertise(struct ospf_instance *i, struct ospf_candidate *c,
                      const struct cfg_ospf_instance_redistribute *policy)
{
    uint8_t body[16];
    uint32_t id;
    struct wire_writer w = wire_writer_of(body, sizeof(body));
    struct ospf_external x = {.mask = ospf_mask_of(c->prefix.len),
                              .is_type2 = policy->metric_type == CFG_METRIC_TYPE_TYPE_2,
                              .metric = policy->metric,
                              .tag = tag_of(i, c, policy)};
    if (!c->is_advertised) {
        if (free_id(i, c, &id)) {
            take_id(i, c, id);
        } else if (!make_room(i, c)) {
            LOG_WARN(i->env->log, "external-id", "instance=%s reason=\"no link state id is free for a prefix\"",
                     i->name);
            return;
        }
    }
    ospf_external_write(&w, &x);
    struct ospf_own_key key = {.type = OSPF_LSA_EXTERNAL, .id = c->id};
    ospf_own_set(i, &key, OSPF_OPTION_E | (is_from_vpn(i, c) ? OSPF_OPTION_DN : 0), body, w.pos);
}

static bool is_permitted(const struct ospf_instance *i, const struct ospf_candidate *c,
                         const struct cfg_ospf_instance_redistribute *policy)
{
    if ((policy->has_except_tag && c->tag == policy->except_tag) ||
        (policy->has_only_tag && c->tag != policy->only_tag))
        return false;
    return !policy->prefix_list || (i->policy && policy_permits(i->policy, policy->prefix_list, &c->prefix));
}

static void evaluate(struct ospf_instance *i, struct ospf_candidate *c)
{
    const struct cfg_ospf_instance_redistribute *policy = policy_for(i, c->source);
    if (policy && is_permitted(i, c, policy) && !(c->source == RIB_SOURCE_CONNECTED && is_internal(i, &c->prefix)))
        advertise(i, c, policy);
    else
        withdraw(i, c);
}

void ospf_external_reevaluate(struct ospf_instance *i)
{
    for (struct ospf_candidate *c = i->external.by_prefix; c; c = c->hh.next)
        evaluate(i, c);
}

/* --- what ribd tells --- */

static struct ospf_candidate *find(const struct ospf_instance *i, const struct prefix *p)
{
    struct ospf_candidate *c;
    HASH_FIND(hh, i->external.by_prefix, p, sizeof(*p), c);
    return c;
}

static void forget(struct ospf_instance *i, struct ospf_candidate *c)
{
    withdraw(i, c);
    HASH_DEL(i->external.by_prefix, c);
    mem_free(&i->mem.own, c);
}

void ospf_instance_route(struct ospf_instance *i, const struct rib_best_route *r)
{
    struct prefix p = prefix_normalize(r->prefix);
    struct ospf_candidate *c = find(i, &p);
    if (p.addr.family != AF_IPV4)
        return;
    if (!r->is_usable) {
        if (c)
            forget(i, c);
        return;
    }
    if (!c) {
        c = MEM_NEW(&i->mem.own, struct ospf_candidate);
        c->prefix = p;
        HASH_ADD(hh, i->external.by_prefix, prefix, sizeof(c->prefix), c);
    }
    c->source = r->source;
    c->metric = r->metric;
    c->tag = r->tag;
    c->is_stale = false;
    evaluate(i, c);
}

void ospf_instance_route_gone(struct ospf_instance *i, const struct prefix *prefix)
{
    struct prefix p = prefix_normalize(*prefix);
    struct ospf_candidate *c = find(i, &p);
    if (c)
        forget(i, c);
}

void ospf_instance_dump_begin(struct ospf_instance *i)
{
    for (struct ospf_candidate *c = i->external.by_prefix; c; c = c->hh.next)
        c->is_stale = true;
}

void ospf_instance_dump_end(struct ospf_instance *i)
{
    struct ospf_candidate *c, *tmp;
    HASH_ITER (hh, i->external.by_prefix, c, tmp)
        if (c->is_stale)
            forget(i, c);
    if (!i->external.is_known) {
        i->external.is_known = true;
        ospf_own_flush_unwanted(i);
    }
    i->rib->progress(i->rib_arg);
}

void ospf_external_fini(struct ospf_instance *i)
{
    struct ospf_candidate *c, *tmp;
    HASH_CLEAR(by_id, i->external.by_id);
    HASH_ITER (hh, i->external.by_prefix, c, tmp) {
        HASH_DEL(i->external.by_prefix, c);
        mem_free(&i->mem.own, c);
    }
}
