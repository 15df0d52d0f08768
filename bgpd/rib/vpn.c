/* SPDX-License-Identifier: Apache-2.0
 *
 * Between an instance's table of unicast routes and the VPN table (RFC 4364 s4.3, s9): export of the instance's best
 * routes with its distinguisher, targets and a label of our own; import of VPN routes whose targets match. Labelled
 * routes of an instance take part by copies (copy.c). Pure.
 *
 *   unicast table --best, not itself imported--> EXPORTED path in the VPN table (usable once its label is in force)
 *   VPN table --each accepted path, by target--> IMPORTED path in the unicast table of each instance
 */
#include "bgpd/rib/rib_private.h"

/* --- export --- */

static bool is_exported(const struct bgp_dest *d)
{
    const struct bgp_vrf *v = d->table->vrf;
    const struct bgp_path *source = bgp_path_source(d->best);

    return v->is_ready && v->cfg.has_rd && source && source->kind != BGP_PATH_IMPORTED;
}

/* Only EBGP neighbours may sit on guarded interfaces; the others get the label inside our own network. */
static size_t external_vpn_peers(const struct bgp_rib *rib, struct rib_scope_member *m, size_t max)
{
    struct bgp_rib_peer *p;
    size_t n = 0;

    LIST_FOREACH (p, &rib->public->peers, in_vrf)
        if (n < max && p->is_ebgp && p->family[BGP_IPV4_VPN].is_active)
            m[n++] = (struct rib_scope_member){.vrf = p->vrf->vrf, .neighbor = p->cfg.address};
    return n;
}

/* One label for all routes of the instance: pop and look up there. */
static struct bgp_label_slot *want_instance_label(struct bgp_vrf *v)
{
    struct bgp_label_slot *s = bgp_label_get(&v->instance_label, v, NULL, RIB_LABEL_VPN_INSTANCE, 0);
    struct bgp_label_want want = {.op = RIB_LABEL_POP_LOOKUP, .lookup_vrf = v->vrf, .nexthop_id = UINT32_MAX};
    struct rib_scope_member members[RIB_NEXTHOPS_MAX];

    bgp_label_want(s, &want, members, external_vpn_peers(v->rib, members, RIB_NEXTHOPS_MAX));
    return s;
}

static bool is_connected(const struct bgp_path *p)
{
    return p->local && p->local->source == RIB_SOURCE_CONNECTED;
}

/* A label for this route alone: swap to the neighbour's label. If it gave none, pop and look up: a label entry that
 * only pops would hand on whatever label lies beneath to somebody who never gave it, and a plain IP interface can't
 * take it. A carrier's packets have a label beneath: there the label is stitched to the path that LDP has built in the
 * instance, and without one the route is not exported.
 */
static struct bgp_label_slot *want_route_label(struct bgp_dest *d)
{
    struct bgp_vrf *v = d->table->vrf;
    struct rib_nexthop nexthops[RIB_NEXTHOPS_MAX];
    struct rib_scope_member members[RIB_NEXTHOPS_MAX];
    struct bgp_label_slot *s = bgp_label_get(&d->vpn_label, v, d, RIB_LABEL_VPN_ROUTE, 0);
    struct bgp_label_want want = bgp_label_way(d, nexthops);

    if (want.op == RIB_LABEL_FOLLOW_FEC && (!v->cfg.is_carrier || is_connected(bgp_path_root(d->best))))
        want = (struct bgp_label_want){.op = RIB_LABEL_POP_LOOKUP, .lookup_vrf = v->vrf, .nexthop_id = UINT32_MAX};
    bgp_label_want(s, &want, members, external_vpn_peers(v->rib, members, RIB_NEXTHOPS_MAX));
    return s;
}

static void unexport(struct bgp_dest *d)
{
    if (d->exported)
        bgp_path_remove(d->exported);
}

void bgp_vpn_export(struct bgp_dest *d)
{
    struct bgp_vrf *v = d->table->vrf;
    struct bgp_label_slot *slot;
    struct bgp_attr_set *attrs;
    bool is_per_route;

    if (d->exported && (!is_exported(d) || d->exported->dest->key.rd != v->cfg.rd))
        unexport(d);
    if (!is_exported(d)) {
        bgp_label_unwant(d->vpn_label);
        return;
    }
    /* Whom the neighbour gave a label gets it on the packet: that takes a label for this route in any mode. */
    is_per_route = v->cfg.is_label_per_route || bgp_path_label(bgp_path_root(d->best)).state != LABEL_STATE_NONE;
    slot = is_per_route ? want_route_label(d) : want_instance_label(v);
    attrs = bgp_policy_export(v, d->best);
    if (!d->exported) {
        d->exported = bgp_path_add(bgp_dest_get(&v->rib->public->table[BGP_IPV4_VPN], v->cfg.rd, &d->key.prefix),
                                   BGP_PATH_EXPORTED, attrs);
        d->exported->from = d;
    } else {
        bgp_path_set_attrs(d->exported, attrs);
    }
    if (d->exported->slot != slot) {
        if (d->exported->slot)
            bgp_label_unuse(d->exported->slot);
        d->exported->slot = slot;
        bgp_label_use(slot);
    }
    bgp_path_sync(d->exported);
    if (is_per_route)
        return;
    bgp_label_unwant(d->vpn_label);
    bgp_label_unwant(slot); /* it lasts as long as a route uses it */
}

/* --- import --- */

static bool has_target(const struct bgp_vrf *v, const struct bgp_attrs *a)
{
    for (size_t i = 0; i < v->cfg.n_import; i++)
        if (bgp_has_ext_community(a, v->cfg.import_targets[i]))
            return true;
    return false;
}

static bool is_imported(const struct bgp_path *p, const struct bgp_vrf *v)
{
    if (v->is_public || !v->is_ready || p->reject || !bgp_path_root(p) ||
        (p->kind == BGP_PATH_EXPORTED && p->from->table->vrf == v))
        return false;
    return has_target(v, &p->attrs->a);
}

static struct bgp_path *find_child(const struct bgp_path *p, const struct bgp_table *t)
{
    struct bgp_path *c;

    LIST_FOREACH (c, &p->children, in_parent)
        if (c->dest->table == t)
            return c;
    return NULL;
}

static void import_into(struct bgp_path *p, struct bgp_table *t)
{
    struct bgp_path *child = find_child(p, t);

    if (!is_imported(p, t->vrf)) {
        if (child)
            bgp_path_remove(child);
        return;
    }
    if (child) {
        bgp_path_set_attrs(child, bgp_attr_set_ref(p->attrs));
        bgp_path_sync(child);
        return;
    }
    child = bgp_path_add(bgp_dest_get(t, 0, &p->dest->key.prefix), BGP_PATH_IMPORTED, bgp_attr_set_ref(p->attrs));
    child->parent = p;
    LIST_INSERT_HEAD(&p->children, child, in_parent);
    bgp_path_sync(child);
}

void bgp_vpn_import(struct bgp_dest *d)
{
    struct bgp_rib *rib = d->table->vrf->rib;
    struct bgp_path *p;
    struct bgp_vrf *v;

    LIST_FOREACH (p, &d->paths, in_dest)
        TAILQ_FOREACH (v, &rib->vrfs, in_rib)
            import_into(p, &v->table[BGP_IPV4_UNICAST]);
}

bool bgp_vpn_is_unwanted(const struct bgp_path *p)
{
    const struct bgp_table *t = p->dest->table;
    const struct bgp_vrf *v;
    bool has_instances = false;

    if (t->family != BGP_IPV4_VPN || p->kind != BGP_PATH_PEER || p->reject || !LIST_EMPTY(&p->children))
        return false;
    TAILQ_FOREACH (v, &t->vrf->rib->vrfs, in_rib) {
        if (has_target(v, &p->attrs->a))
            return false; /* not ready yet */
        has_instances = has_instances || !v->is_public;
    }
    return has_instances;
}

void bgp_vpn_unimport(struct bgp_vrf *v)
{
    for (struct bgp_dest *d = v->table[BGP_IPV4_UNICAST].dests; d; d = d->hh.next)
        for (struct bgp_path *p = LIST_FIRST(&d->paths), *next; p; p = next) {
            next = LIST_NEXT(p, in_dest);
            if (p->kind == BGP_PATH_IMPORTED)
                bgp_path_remove(p);
        }
}
