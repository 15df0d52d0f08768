/* SPDX-License-Identifier: Apache-2.0
 *
 * Neighbours as the RIB sees them: their sessions coming and going, and what their UPDATEs do to the tables (RFC 4271
 * s9). A received path that policy refuses is kept with the reason, so that a change of policy needs no new word from
 * the neighbour. Pure.
 */
#include <string.h>

#include "bgpd/rib/rib_private.h"
#include "strata/log.h"

struct bgp_rib_peer *bgp_rib_peer_create(struct bgp_vrf *v, const struct bgp_peer_config *cfg, void *session)
{
    struct bgp_rib_peer *p = MEM_NEW(&v->rib->mem_peer, struct bgp_rib_peer);

    p->vrf = v;
    p->session = session;
    p->cfg = *cfg;
    p->is_ebgp = cfg->remote_as != v->rib->cfg.as;
    LIST_INIT(&p->paths);
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        TAILQ_INIT(&p->family[f].withdrawals);
        TAILQ_INIT(&p->family[f].group_list);
        LIST_INIT(&p->family[f].adj_outs);
    }
    LIST_INSERT_HEAD(&v->peers, p, in_vrf);
    return p;
}

void bgp_rib_peer_destroy(struct bgp_rib_peer *p)
{
    bgp_rib_peer_down(p);
    bgp_rib_peer_watch(p, false);
    LIST_REMOVE(p, in_vrf);
    mem_free(&p->vrf->rib->mem_peer, p);
}

void *bgp_rib_peer_session(const struct bgp_rib_peer *p)
{
    return p->session;
}

static struct bgp_table *table_of(const struct bgp_rib_peer *p, enum bgp_family f)
{
    return &p->vrf->table[f];
}

/* A label for an EBGP neighbour of the VPN family stands in the scopes of what instances export. */
static void mark_exports(struct bgp_rib *rib)
{
    struct bgp_vrf *v;

    TAILQ_FOREACH (v, &rib->vrfs, in_rib)
        if (!v->is_public)
            bgp_table_mark(&v->table[BGP_IPV4_UNICAST]);
}

static void mark_tables(struct bgp_rib_peer *p)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        if (p->family[f].is_active)
            bgp_table_mark(table_of(p, f));
    if (p->is_ebgp && p->family[BGP_IPV4_VPN].is_active)
        mark_exports(p->vrf->rib);
}

void bgp_rib_peer_up(struct bgp_rib_peer *p, const struct bgp_peer_info *info)
{
    p->is_up = true;
    p->is_ebgp = p->cfg.remote_as != p->vrf->rib->cfg.as;
    p->info = *info;
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        struct bgp_peer_family *pf = &p->family[f];

        pf->is_active = (info->families & BGP_FAMILY_BIT(f)) && (f != BGP_IPV4_VPN || p->vrf->is_public);
        pf->is_end_of_rib_due = pf->is_active;
        pf->has_end_of_rib = false;
    }
    mark_tables(p);
    bgp_rib_wake(p->vrf->rib);
}

void bgp_rib_peer_down(struct bgp_rib_peer *p)
{
    struct bgp_path *path;

    while ((path = LIST_FIRST(&p->paths)))
        bgp_path_remove(path);
    mark_tables(p);
    p->is_up = false;
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        p->family[f].is_active = false;
        bgp_adj_out_drop(p, f);
    }
}

bool bgp_rib_peer_has_end_of_rib(const struct bgp_rib_peer *p)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        if (p->family[f].is_active && !p->family[f].has_end_of_rib)
            return false;
    return p->is_up;
}

void bgp_rib_refresh(struct bgp_rib_peer *p, enum bgp_family f)
{
    if (!p->family[f].is_active)
        return;
    bgp_adj_out_repeat(p, f);
    p->family[f].is_end_of_rib_due = true;
    p->vrf->rib->ops->peer_output(p->vrf->rib->arg, p);
}

/* --- received routes --- */

static struct bgp_path *find_path(const struct bgp_dest *d, const struct bgp_rib_peer *p)
{
    struct bgp_path *path;

    LIST_FOREACH (path, &d->paths, in_dest)
        if (path->peer == p)
            return path;
    return NULL;
}

static void withdraw(struct bgp_rib_peer *p, enum bgp_family f, const struct bgp_nlri *n)
{
    struct bgp_dest *d = bgp_dest_find(table_of(p, f), n->rd, &n->prefix);
    struct bgp_path *path = d ? find_path(d, p) : NULL;

    if (path)
        bgp_path_remove(path);
}

/* Applies the policy to what the path says; the next hop is watched only if it passes. */
static void judge(struct bgp_path *path)
{
    struct bgp_rib_peer *p = path->peer;
    enum bgp_family f = path->dest->table->family;
    enum bgp_reject reject = bgp_policy_judge(path);

    if (reject != (enum bgp_reject)path->reject)
        bgp_dest_mark(path->dest);
    path->reject = (uint8_t)reject;
    bgp_path_set_nexthop(path, p->vrf->vrf, reject ? NULL : &path->attrs->a.next_hop, bgp_family_info(f)->has_label);
}

static void announce(struct bgp_rib_peer *p, enum bgp_family f, const struct bgp_nlri *n, struct bgp_attr_set *attrs)
{
    struct bgp_dest *d = bgp_dest_get(table_of(p, f), n->rd, &n->prefix);
    struct bgp_path *path = find_path(d, p);

    if (path && path->attrs == attrs && path->label == n->label)
        return;
    if (!path) {
        path = bgp_path_add(d, BGP_PATH_PEER, bgp_attr_set_ref(attrs));
        path->peer = p;
        LIST_INSERT_HEAD(&p->paths, path, in_peer);
        p->family[f].n_received++;
    } else {
        bgp_path_set_attrs(path, bgp_attr_set_ref(attrs));
        bgp_dest_mark(d);
    }
    path->label = n->label;
    judge(path);
}

static void walk_part(struct bgp_rib_peer *p, const struct bgp_update_part *part, struct bgp_attr_set *attrs)
{
    const struct bgp_family_info *info = bgp_family_info(part->family);
    struct wire_reader r = bgp_update_part_reader(part);
    struct bgp_nlri n;

    for (;;) {
        enum bgp_nlri_status s = info->decode(info, &r, !attrs, &n);

        if (s == BGP_NLRI_END || s == BGP_NLRI_ERROR)
            return;
        if (s == BGP_NLRI_SKIP)
            LOG_WARN(p->vrf->rib->log, "odd-prefix", "family=%s", info->name);
        else if (attrs)
            announce(p, part->family, &n, attrs);
        else
            withdraw(p, part->family, &n);
    }
}

static void check_limit(struct bgp_rib_peer *p, enum bgp_family f)
{
    uint32_t limit = p->cfg.family[f].max_prefixes;

    if (limit && p->family[f].n_received > limit)
        p->vrf->rib->ops->max_prefixes(p->vrf->rib->arg, p, f);
}

static void announce_part(struct bgp_rib_peer *p, const struct bgp_update *u, const struct bgp_update_part *part)
{
    struct bgp_attrs a = u->attrs;
    struct bgp_attr_set *attrs;

    if (u->error.outcome == BGP_TREAT_AS_WITHDRAW) {
        walk_part(p, part, NULL);
        return;
    }
    a.next_hop = part->next_hop;
    attrs = bgp_policy_accept(p, &a);
    walk_part(p, part, attrs);
    bgp_attr_set_unref(&p->vrf->rib->attrs, attrs);
    check_limit(p, part->family);
}

void bgp_rib_update(struct bgp_rib_peer *p, const struct bgp_update *u)
{
    if (!p->is_up || u->error.outcome == BGP_RESET)
        return;
    for (size_t i = 0; i < 2; i++)
        if (u->withdrawn[i].is_present && p->family[u->withdrawn[i].family].is_active)
            walk_part(p, &u->withdrawn[i], NULL);
    for (size_t i = 0; i < 2; i++)
        if (u->announced[i].is_present && p->family[u->announced[i].family].is_active)
            announce_part(p, u, &u->announced[i]);
    if (u->is_end_of_rib && p->family[u->end_of_rib].is_active)
        p->family[u->end_of_rib].has_end_of_rib = true;
}

/* --- policy --- */

void bgp_rib_peer_rejudge(struct bgp_rib_peer *p)
{
    struct bgp_path *path;

    LIST_FOREACH (path, &p->paths, in_peer)
        judge(path);
}

void bgp_rib_peer_configure(struct bgp_rib_peer *p, const struct bgp_peer_config *cfg)
{
    p->cfg = *cfg;
    bgp_rib_peer_rejudge(p);
    mark_tables(p);
}
