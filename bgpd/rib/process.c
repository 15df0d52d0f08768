/* SPDX-License-Identifier: Apache-2.0
 *
 * One destination after a change: decide, tell ribd, export or import, hold the right labels, and make every
 * neighbour's advertisement what it must be. Everything here is computed from scratch and compared with what was told
 * before, so it may run at any time and any number of times. Pure.
 */
#include "bgpd/rib/rib_private.h"

/* --- forwarding --- */

size_t bgp_path_nexthops(const struct bgp_path *root, struct rib_nexthop *out)
{
    size_t n = 0;

    if (!root)
        return 0;
    if (root->nexthop) {
        out[0] = (struct rib_nexthop){.vrf = root->nexthop->key.vrf,
                                      .gateway = root->nexthop->key.address,
                                      .needs_lsp = root->nexthop->key.needs_lsp,
                                      .label = out_label_none()};
        return 1;
    }
    for (; root->local && n < root->local->n && n < RIB_NEXTHOPS_MAX; n++)
        out[n] = (struct rib_nexthop){.vrf = root->dest->table->vrf->vrf,
                                      .gateway = root->local->nexthops[n].gateway,
                                      .ifindex = root->local->nexthops[n].ifindex,
                                      .label = out_label_none()};
    return n;
}

uint32_t bgp_path_nexthop_id(const struct bgp_path *root)
{
    if (!root)
        return 0;
    return root->nexthop ? root->nexthop->id : root->local ? root->local->id : 0;
}

/* A route that another customer carrier's instance here has from its IGP. The packets have labels beneath, so it is not
 * looked up there: it is reached over the label-switched path that LDP has built to it in that instance. */
static bool is_stitched(const struct bgp_vrf *v, const struct bgp_path *root)
{
    const struct bgp_vrf *from = root ? root->dest->table->vrf : v;

    return from != v && v->cfg.is_carrier && from->cfg.is_carrier && root->local &&
           root->local->source != RIB_SOURCE_CONNECTED && prefix_is_host(&root->dest->key.prefix);
}

/* How the path goes on from the instance: next hops, and the label beneath the way to them. */
static size_t way_of(const struct bgp_vrf *v, const struct bgp_path *root, struct rib_nexthop *out,
                     struct out_label *label)
{
    *label = bgp_path_label(root);
    if (!is_stitched(v, root))
        return bgp_path_nexthops(root, out);
    *label = out_label_implicit_null(); /* the path ends there */
    out[0] = (struct rib_nexthop){.vrf = root->dest->table->vrf->vrf,
                                  .gateway = root->dest->key.prefix.addr,
                                  .needs_lsp = true,
                                  .label = out_label_none()};
    return 1;
}

/* The path that ribd gets from this table; NULL: none. What is copied comes from the table it was copied from; but
 * should each table prefer the other's route (MED orders routes in no line), each tells its own. */
static const struct bgp_path *path_for_fib(const struct bgp_dest *d)
{
    const struct bgp_path *p = d->best;

    if (!p || !d->table->vrf->is_ready || d->table->family == BGP_IPV4_VPN)
        return NULL;
    if (p->kind == BGP_PATH_COPIED)
        p = p->from->best && p->from->best->kind == BGP_PATH_COPIED ? d->own : NULL;
    return p && p->kind != BGP_PATH_LOCAL && bgp_path_root(p) ? p : NULL;
}

static void fib_remove(struct bgp_dest *d)
{
    struct bgp_vrf *v = d->table->vrf;

    if (!d->fib.is_set)
        return;
    d->fib.is_set = false;
    v->rib->ops->route_del(v->rib->arg, v->vrf, &d->key.prefix, d->fib.source, &d->fib_nhset);
}

static uint32_t label_number(const struct out_label *l)
{
    return l->state == LABEL_STATE_NONE ? UINT32_MAX : l->state == LABEL_STATE_IMPLICIT_NULL ? 3 : l->stack.label[0];
}

static void fib_update(struct bgp_dest *d, const struct bgp_path *p)
{
    struct bgp_vrf *v = d->table->vrf;
    const struct bgp_path *root = bgp_path_root(p);
    struct rib_nexthop nexthops[RIB_NEXTHOPS_MAX];
    struct bgp_fib_route r = {.vrf = v->vrf, .prefix = d->key.prefix, .nexthops = nexthops};
    struct bgp_fib_mark mark = {.is_set = true};

    r.source = d->table->family == BGP_IPV4_LABELED ? RIB_SOURCE_BGP_LABELED : RIB_SOURCE_BGP;
    r.distance = bgp_path_is_internal(p) ? v->rib->cfg.distance_internal : v->rib->cfg.distance_external;
    r.metric = p->attrs->a.has_med ? p->attrs->a.med : 0;
    r.n = way_of(v, root, nexthops, &r.label);
    mark.source = (uint8_t)r.source;
    mark.distance = r.distance;
    mark.metric = r.metric;
    mark.label = label_number(&r.label);
    mark.nexthop_id = bgp_path_nexthop_id(root);
    if (d->fib.is_set && mark.nexthop_id && mark.source == d->fib.source && mark.distance == d->fib.distance &&
        mark.metric == d->fib.metric && mark.label == d->fib.label && mark.nexthop_id == d->fib.nexthop_id)
        return;
    d->fib = mark;
    v->rib->ops->route_set(v->rib->arg, &r, &d->fib_nhset);
}

static void fib_sync(struct bgp_dest *d)
{
    const struct bgp_path *p = path_for_fib(d);

    if (p)
        fib_update(d, p);
    else
        fib_remove(d);
}

void bgp_fib_forget(struct bgp_dest *d)
{
    d->fib.is_set = false;
    d->fib_nhset = 0;
}

/* --- labels for neighbours that get the route with us as next hop --- */

bool bgp_path_ends_here(const struct bgp_path *best)
{
    const struct bgp_path *source = bgp_path_source(best);

    return source && source->kind == BGP_PATH_LOCAL && source->local->source == RIB_SOURCE_CONNECTED;
}

static bool needs_own_label(const struct bgp_dest *d)
{
    return d->best && bgp_family_info(d->table->family)->has_label && d->table->vrf->is_ready &&
           d->best->kind != BGP_PATH_EXPORTED && !bgp_path_ends_here(d->best) && bgp_path_root(d->best);
}

static size_t collect_members(const struct bgp_dest *d, struct rib_scope_member *m, size_t max)
{
    enum bgp_family f = d->table->family;
    struct bgp_rib_peer *p;
    size_t n = 0;

    LIST_FOREACH (p, &d->table->vrf->peers, in_vrf) {
        bool is_given = n < max && p->family[f].is_active && needs_own_label(d) &&
                        bgp_policy_is_next_hop_self(d->best, p, f) && bgp_policy_may_send(d->best, p, f);

        /* Who still holds the label keeps its right to use it until the withdrawal is out. */
        if (is_given || (n < max && bgp_adj_out_holds(d, p, d->label)))
            m[n++] = (struct rib_scope_member){.vrf = d->table->vrf->vrf, .neighbor = p->cfg.address};
    }
    return n;
}

struct bgp_label_want bgp_label_way(const struct bgp_dest *d, struct rib_nexthop nexthops[RIB_NEXTHOPS_MAX])
{
    const struct bgp_path *root = bgp_path_root(d->best);
    const struct bgp_vrf *v = root->dest->table->vrf;
    struct bgp_label_want want = {.op = RIB_LABEL_SWAP, .nexthops = nexthops};

    want.n = way_of(d->table->vrf, root, nexthops, &want.label);
    want.nexthop_id = bgp_path_nexthop_id(root);
    if (want.n && want.label.state != LABEL_STATE_NONE)
        return want;
    want = (struct bgp_label_want){.op = RIB_LABEL_FOLLOW_FEC, .nexthop_id = UINT32_MAX};
    if (v != d->table->vrf) { /* another instance here: its route is looked up there */
        want.op = RIB_LABEL_POP_LOOKUP;
        want.lookup_vrf = v->vrf;
    }
    return want;
}

/* May the label be popped and the packet go on as IP, should no label-switched path lead there? */
static bool may_pop(const struct bgp_dest *d, const struct bgp_label_want *want)
{
    return want->op == RIB_LABEL_FOLLOW_FEC && d->table->family == BGP_IPV4_LABELED &&
           d->table->vrf->cfg.pops_without_lsp && bgp_path_root(d->best)->kind == BGP_PATH_LOCAL;
}

/* ribd says of a label only that it has become unusable. So the destination itself is watched, to follow the path as
 * soon as there is one; what ribd says of the label counts until there is other news of the path. */
static bool is_popped(struct bgp_dest *d, const struct bgp_label_slot *s)
{
    if (!d->lsp->is_known)
        return false;
    if (s->mark.op == RIB_LABEL_FOLLOW_FEC && s->status == BGP_LABEL_UNUSABLE)
        d->is_lsp_doubted = true;
    return d->is_lsp_doubted || !d->lsp->is_usable;
}

static void want_label(struct bgp_dest *d, const struct rib_scope_member *members, size_t n)
{
    bool is_vpn = d->table->family == BGP_IPV4_VPN;
    struct rib_nexthop nexthops[RIB_NEXTHOPS_MAX];
    struct bgp_label_want want = bgp_label_way(d, nexthops);
    struct bgp_label_slot *s = bgp_label_get(
        &d->label, d->table->vrf, d, is_vpn ? RIB_LABEL_VPN_ROUTE : RIB_LABEL_BGP_LABELED, is_vpn ? d->key.rd : 0);
    bool is_optional = may_pop(d, &want);

    bgp_dest_watch_lsp(d, is_optional);
    if (is_optional && is_popped(d, s))
        want = (struct bgp_label_want){
            .op = RIB_LABEL_POP_LOOKUP, .lookup_vrf = d->table->vrf->vrf, .nexthop_id = UINT32_MAX};
    bgp_label_want(s, &want, members, n);
}

static void unwant_label(struct bgp_dest *d)
{
    bgp_dest_watch_lsp(d, false);
    bgp_label_unwant(d->label);
}

static void label_sync(struct bgp_dest *d)
{
    struct rib_scope_member *members;
    struct bgp_rib_peer *p;
    size_t n = 0;

    if (!needs_own_label(d)) {
        unwant_label(d);
        return;
    }
    LIST_FOREACH (p, &d->table->vrf->peers, in_vrf)
        n++;
    members = mem_alloc(NULL, n * sizeof(*members));
    n = collect_members(d, members, n);
    if (n)
        want_label(d, members, n);
    else
        unwant_label(d); /* allocated only when somebody gets it */
    mem_free(NULL, members);
}

/* --- advertisements --- */

/* False: the label is not ready (yet). */
static bool label_rule(const struct bgp_dest *d, const struct bgp_rib_peer *p, struct bgp_advertisement *adv)
{
    const struct bgp_path *best = d->best;

    if (!bgp_family_info(d->table->family)->has_label)
        return true;
    if (!bgp_policy_is_next_hop_self(best, p, d->table->family)) {
        adv->label = best->label; /* next hop unchanged, label unchanged (RFC 8277 s3) */
        return true;
    }
    if (bgp_path_ends_here(best)) {
        adv->label = LABEL_IMPLICIT_NULL;
        return true;
    }
    adv->slot = best->kind == BGP_PATH_EXPORTED ? best->slot : d->label;
    if (!adv->slot || (best->kind != BGP_PATH_EXPORTED || p->is_ebgp ? !bgp_label_is_granted(adv->slot, p)
                                                                     : adv->slot->status != BGP_LABEL_INSTALLED))
        return false;
    adv->label = bgp_label_value(adv->slot);
    return true;
}

static void advertise(struct bgp_dest *d, struct bgp_rib_peer *p)
{
    enum bgp_family f = d->table->family;
    struct bgp_advertisement adv = {0};

    if (!p->family[f].is_active)
        return;
    if (d->best && bgp_policy_may_send(d->best, p, f) && label_rule(d, p, &adv))
        adv.attrs = bgp_policy_send(d->best, p, f);
    else
        adv = (struct bgp_advertisement){0};
    bgp_adj_out_set(p, f, d, adv);
}

static bool is_copied(const struct bgp_path *p)
{
    return p && p->kind == BGP_PATH_COPIED;
}

/* Decides; the other table looks again whether it is the one to tell ribd, see path_for_fib. */
static void select_best(struct bgp_dest *d)
{
    bool was_copied = is_copied(d->best);

    bgp_dest_select(d);
    bgp_copy_sync(d);
    if (d->copy && is_copied(d->best) != was_copied)
        bgp_dest_mark(d->copy->dest);
}

void bgp_dest_process(struct bgp_dest *d)
{
    struct bgp_rib_peer *p;

    select_best(d);
    if (d->table->family == BGP_IPV4_VPN)
        bgp_vpn_import(d);
    else
        fib_sync(d);
    if (d->table->family == BGP_IPV4_UNICAST && !d->table->vrf->is_public)
        bgp_vpn_export(d);
    label_sync(d);
    LIST_FOREACH (p, &d->table->vrf->peers, in_vrf)
        advertise(d, p);
    bgp_dest_release(d);
}
