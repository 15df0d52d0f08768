/* SPDX-License-Identifier: Apache-2.0
 *
 * Redistribution: routes that ribd tells of become LOCAL paths of the families that ask for their source. They are
 * never given back to ribd. What a prefix list does not permit, or what has a tag that is excepted, is kept with that
 * reason, so that a change of either needs no new word from ribd. After ribd's return what it does not tell again is
 * removed. Pure.
 */
#include <string.h>

#include "bgpd/rib/rib_private.h"

static const enum bgp_family local_families[] = {BGP_IPV4_UNICAST, BGP_IPV4_LABELED};
enum { N_LOCAL_FAMILIES = 2 };

static struct bgp_path *find_local(const struct bgp_dest *d)
{
    struct bgp_path *p;

    LIST_FOREACH (p, &d->paths, in_dest)
        if (p->kind == BGP_PATH_LOCAL)
            return p;
    return NULL;
}

static struct bgp_vrf *find_vrf(struct bgp_rib *rib, uint32_t vrf)
{
    struct bgp_vrf *v;

    TAILQ_FOREACH (v, &rib->vrfs, in_rib)
        if (v->is_ready && v->vrf == vrf)
            return v;
    return NULL;
}

static struct bgp_local *local_of(struct bgp_rib *rib, const struct rib_best_route *r)
{
    struct bgp_local *l = mem_alloc(&rib->mem_path, sizeof(*l) + r->n_nexthops * sizeof(l->nexthops[0]));

    l->source = r->source;
    l->metric = r->metric;
    l->tag = r->tag;
    l->n = r->n_nexthops;
    for (size_t i = 0; i < r->n_nexthops; i++) {
        l->nexthops[i].gateway = r->nexthops[i].gateway;
        l->nexthops[i].ifindex = r->nexthops[i].ifindex;
    }
    return l;
}

static bool local_equal(const struct bgp_local *a, const struct bgp_local *b)
{
    if (a->source != b->source || a->metric != b->metric || a->tag != b->tag || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->nexthops[i].ifindex != b->nexthops[i].ifindex ||
            !ip_addr_equal(&a->nexthops[i].gateway, &b->nexthops[i].gateway))
            return false;
    return true;
}

static struct bgp_attr_set *local_attrs(struct bgp_rib *rib, const struct bgp_local *l)
{
    struct bgp_attrs a = {.origin = BGP_ORIGIN_INCOMPLETE, .has_med = true, .med = l->metric};

    return bgp_attr_set_get(&rib->attrs, &a);
}

/* A site with two border routers: what one took from BGP and gave to OSPF the other must not give back to BGP. */
static enum bgp_reject judgement(const struct bgp_table *t, const struct bgp_path *p)
{
    const struct bgp_vrf_config *cfg = &t->vrf->cfg;
    uint8_t source = p->local->source;
    uint32_t except = cfg->redistribute_except_tag[t->family][source];

    if (except && p->local->tag == except)
        return BGP_REJECT_TAG;
    if (cfg->has_only_tag[t->family][source] && p->local->tag != cfg->redistribute_only_tag[t->family][source])
        return BGP_REJECT_OTHER_TAG;
    return bgp_policy_permits(t->vrf->rib, cfg->redistribute_list[t->family][source], &p->dest->key.prefix)
               ? BGP_REJECT_NONE
               : BGP_REJECT_POLICY;
}

static void judge(struct bgp_path *p)
{
    enum bgp_reject reject = judgement(p->dest->table, p);

    if (reject == (enum bgp_reject)p->reject)
        return;
    p->reject = (uint8_t)reject;
    bgp_dest_mark(p->dest);
}

static void judge_all(struct bgp_table *t)
{
    for (struct bgp_dest *d = t->dests; d; d = d->hh.next) {
        struct bgp_path *p = find_local(d);

        if (p)
            judge(p);
    }
}

static void set_local(struct bgp_table *t, const struct rib_best_route *r)
{
    struct bgp_rib *rib = t->vrf->rib;
    struct bgp_dest *d = bgp_dest_get(t, 0, &r->prefix);
    struct bgp_path *p = find_local(d);
    struct bgp_local *l = local_of(rib, r);

    if (p && local_equal(p->local, l)) {
        p->is_stale = false;
        mem_free(&rib->mem_path, l);
        return;
    }
    l->id = ++rib->next_nexthop_id;
    if (!p) {
        p = bgp_path_add(d, BGP_PATH_LOCAL, local_attrs(rib, l));
    } else {
        bgp_path_set_attrs(p, local_attrs(rib, l));
        mem_free(&rib->mem_path, p->local);
        bgp_dest_mark(d);
    }
    p->local = l;
    p->is_stale = false;
    judge(p);
}

static void remove_local(struct bgp_table *t, const struct prefix *prefix)
{
    struct bgp_dest *d = bgp_dest_find(t, 0, prefix);
    struct bgp_path *p = d ? find_local(d) : NULL;

    if (p)
        bgp_path_remove(p);
}

void bgp_rib_redistribute(struct bgp_rib *rib, const struct rib_best_route *r)
{
    struct bgp_vrf *v = find_vrf(rib, r->vrf);

    for (size_t i = 0; v && i < N_LOCAL_FAMILIES; i++) {
        enum bgp_family f = local_families[i];

        if (r->is_usable && (v->cfg.redistribute[f] & 1u << r->source))
            set_local(&v->table[f], r);
        else
            remove_local(&v->table[f], &r->prefix);
    }
}

void bgp_rib_redistribute_gone(struct bgp_rib *rib, uint32_t vrf, const struct prefix *p)
{
    struct bgp_vrf *v = find_vrf(rib, vrf);

    for (size_t i = 0; v && i < N_LOCAL_FAMILIES; i++)
        remove_local(&v->table[local_families[i]], p);
}

/* Removes the LOCAL paths of `t` for which `is_gone` holds. */
static void sweep(struct bgp_table *t, bool (*is_gone)(const struct bgp_path *p))
{
    for (struct bgp_dest *d = t->dests; d; d = d->hh.next) {
        struct bgp_path *p = find_local(d);

        if (p && is_gone(p))
            bgp_path_remove(p);
    }
}

static bool is_stale(const struct bgp_path *p)
{
    return p->is_stale;
}

static bool is_any(const struct bgp_path *p)
{
    (void)p;
    return true;
}

static bool is_unwanted(const struct bgp_path *p)
{
    const struct bgp_table *t = p->dest->table;

    return !(t->vrf->cfg.redistribute[t->family] & 1u << p->local->source);
}

void bgp_rib_redistribute_complete(struct bgp_rib *rib, uint32_t vrf)
{
    struct bgp_vrf *v = find_vrf(rib, vrf);

    for (size_t i = 0; v && i < N_LOCAL_FAMILIES; i++)
        sweep(&v->table[local_families[i]], is_stale);
}

void bgp_local_remove_all(struct bgp_vrf *v)
{
    for (size_t i = 0; i < N_LOCAL_FAMILIES; i++)
        sweep(&v->table[local_families[i]], is_any);
}

void bgp_local_configure(struct bgp_vrf *v)
{
    uint32_t sources = 0;

    for (size_t i = 0; v->is_ready && i < N_LOCAL_FAMILIES; i++) {
        sources |= v->cfg.redistribute[local_families[i]];
        sweep(&v->table[local_families[i]], is_unwanted);
        judge_all(&v->table[local_families[i]]);
    }
    if (!v->is_ready)
        bgp_local_remove_all(v);
    if (!sources && !v->subscribed)
        return;
    v->subscribed = sources;
    v->rib->ops->subscribe(v->rib->arg, v->vrf, sources);
}
