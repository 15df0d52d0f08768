/* SPDX-License-Identifier: Apache-2.0
 *
 * Next hops that paths depend on: one object per {instance, address, needs a label-switched path}, watched through
 * ribd, with the list of paths that follow its fate (RFC 4271 s9.1.2.1). Lives while a path uses it. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/rib/rib_private.h"

static struct bgp_nexthop *nexthop_get(struct bgp_rib *rib, uint32_t vrf, const struct ip_addr *a, bool needs_lsp)
{
    struct bgp_nexthop_key key;
    struct bgp_nexthop *nh;

    memset(&key, 0, sizeof(key));
    key.vrf = vrf;
    key.needs_lsp = needs_lsp;
    key.address = *a;
    HASH_FIND(hh, rib->nexthops, &key, sizeof(key), nh);
    if (nh)
        return nh;
    nh = MEM_NEW(&rib->mem_nexthop, struct bgp_nexthop);
    nh->key = key;
    nh->id = ++rib->next_nexthop_id;
    LIST_INIT(&nh->paths);
    LIST_INIT(&nh->peers);
    LIST_INIT(&nh->dests);
    snprintf(nh->reason, sizeof(nh->reason), "waiting for the route to the next hop");
    HASH_ADD(hh, rib->nexthops, key, sizeof(nh->key), nh);
    rib->ops->watch(rib->arg, nh);
    return nh;
}

static void nexthop_release(struct bgp_rib *rib, struct bgp_nexthop *nh)
{
    if (!LIST_EMPTY(&nh->paths) || !LIST_EMPTY(&nh->peers) || !LIST_EMPTY(&nh->dests))
        return;
    rib->ops->unwatch(rib->arg, nh);
    HASH_DEL(rib->nexthops, nh);
    mem_free(&rib->mem_nexthop, nh);
}

void bgp_path_set_nexthop(struct bgp_path *p, uint32_t vrf, const struct ip_addr *a, bool needs_lsp)
{
    struct bgp_rib *rib = p->dest->table->vrf->rib;
    struct bgp_nexthop *old = p->nexthop, *now = a ? nexthop_get(rib, vrf, a, needs_lsp) : NULL;

    if (now == old)
        return;
    if (old)
        LIST_REMOVE(p, in_nexthop);
    p->nexthop = now;
    if (now)
        LIST_INSERT_HEAD(&now->paths, p, in_nexthop);
    if (old)
        nexthop_release(rib, old);
}

void bgp_rib_peer_watch(struct bgp_rib_peer *p, bool is_watched)
{
    struct bgp_rib *rib = p->vrf->rib;
    struct bgp_nexthop *old = p->reach;

    p->reach = is_watched ? nexthop_get(rib, p->vrf->vrf, &p->cfg.address, false) : NULL;
    if (p->reach == old)
        return;
    if (old) {
        LIST_REMOVE(p, in_nexthop);
        nexthop_release(rib, old);
    }
    if (p->reach)
        LIST_INSERT_HEAD(&p->reach->peers, p, in_nexthop);
}

void bgp_dest_watch_lsp(struct bgp_dest *d, bool is_watched)
{
    struct bgp_vrf *v = d->table->vrf;
    struct bgp_nexthop *old = d->lsp;

    if (is_watched == (old != NULL))
        return;
    d->is_lsp_doubted = false;
    if (is_watched) {
        d->lsp = nexthop_get(v->rib, v->vrf, &d->key.prefix.addr, true);
        LIST_INSERT_HEAD(&d->lsp->dests, d, in_nexthop);
        return;
    }
    d->lsp = NULL;
    LIST_REMOVE(d, in_nexthop);
    nexthop_release(v->rib, old);
}

static void mark_followers(struct bgp_nexthop *nh)
{
    struct bgp_dest *d;

    LIST_FOREACH (d, &nh->dests, in_nexthop) {
        d->is_lsp_doubted = false;
        bgp_dest_mark(d);
    }
}

uint64_t bgp_nexthop_cost(const struct bgp_nexthop *nh)
{
    return (uint64_t)nh->is_by_bgp << 32 | nh->metric;
}

void bgp_rib_nexthop_result(struct bgp_rib *rib, struct bgp_nexthop *nh, const struct rib_nexthop_state *s)
{
    bool is_by_bgp = s->source == RIB_SOURCE_BGP || s->source == RIB_SOURCE_BGP_LABELED;
    bool has_changed = nh->is_usable != s->is_usable || nh->metric != s->metric || nh->is_by_bgp != is_by_bgp ||
                       nh->prefix_len != s->prefix_len;
    bool is_news = !nh->is_known || nh->is_usable != s->is_usable;
    struct bgp_path *p, *child;
    struct bgp_rib_peer *peer;

    nh->is_known = true;
    nh->is_usable = s->is_usable;
    nh->metric = s->metric;
    nh->is_by_bgp = is_by_bgp;
    nh->prefix_len = s->prefix_len;
    snprintf(nh->reason, sizeof(nh->reason), "%s", s->is_usable ? "" : s->reason);
    if (!s->is_usable && !nh->reason[0])
        snprintf(nh->reason, sizeof(nh->reason), "next hop is unreachable");
    if (is_news)
        LIST_FOREACH (peer, &nh->peers, in_nexthop)
            rib->ops->peer_reach(rib->arg, peer, s->is_usable);
    if (is_news || has_changed)
        mark_followers(nh);
    if (!has_changed)
        return;
    LIST_FOREACH (p, &nh->paths, in_nexthop) {
        bgp_dest_mark(p->dest);
        LIST_FOREACH (child, &p->children, in_parent)
            bgp_dest_mark(child->dest);
    }
}
