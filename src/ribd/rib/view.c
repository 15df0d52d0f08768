/* SPDX-License-Identifier: Apache-2.0
 *
 * The RIB as the operator reads it: routes with what they resolve to, label entries with where they lead, counters.
 */
#include "src/ribd/rib/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/rib/internal.h"

static size_t fill_hops_of(const struct rnh *list, size_t n, bool is_label, struct rib_view_hop *out)
{
    memset(out, 0, n * sizeof(out[0]));
    for (size_t i = 0; i < n; i++) {
        const struct rnh *h = &list[i];

        out[i].ifindex = h->ifindex;
        out[i].gateway = h->gateway;
        out[i].label.state = h->depth                  ? LABEL_STATE_STACK
                             : (is_label || h->is_lsp) ? LABEL_STATE_IMPLICIT_NULL
                                                       : LABEL_STATE_NONE;
        out[i].label.stack.depth = h->depth;
        memcpy(out[i].label.stack.label, h->label, sizeof(h->label));
    }
    return n;
}

static size_t fill_hops(const struct interned *list, struct rib_view_hop *out)
{
    return fill_hops_of(ribd_list(list), ribd_list_n(list), false, out);
}

/* Since when: the clock stands still between two settlings, which is near enough. */
static uint32_t since(const struct rib *r, uint32_t then_sec)
{
    uint32_t now = r->cb->now_sec ? r->cb->now_sec(r->arg) : 0;

    return now > then_sec ? now - then_sec : 0;
}

/* --- routes --- */

struct routes_walk {
    struct rib *r;
    size_t left;
    void (*fn)(void *arg, const struct rib_route_view *v);
    rib_view_pause_fn *pause; /* may be NULL */
    void *arg;
};

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bool is_neighbour(const struct interned *list, const struct ip_addr *a)
{
    for (size_t i = 0; i < ribd_list_n(list); i++) {
        if (ip_addr_equal(&ribd_list(list)[i].gateway, a))
            return true;
    }
    return false;
}

static size_t fill_origins(const struct path *p, struct ip_addr *out)
{
    const struct nhset *s = p->key.set;
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (s->members[i].node && !is_neighbour(p->list, &s->members[i].nh.gateway))
            out[n++] = s->members[i].nh.gateway;
    }
    return n;
}

/* Why packets do not take this route as intended; "". */
static void route_reason(const struct rib *r, const struct dest *d, const struct route *rt, char *out)
{
    out[0] = '\0';
    if (!ribd_dest_vrf(d)->is_present)
        snprintf(out, RIB_TEXT_MAX, "the VPN instance is not present");
    else if (!ribd_path_is_usable(rt->path))
        ribd_path_reason((struct rib *)r, rt->path, false, RIBD_PREFIX_OF(d), out);
    else if (rt == ribd_dest_selected(d) && d->is_failed)
        snprintf(out, RIB_TEXT_MAX, "kernel: %.100s",
                 rt->path->is_failed ? ribd_failure_text(r, rt->path) : ribd_failure_text(r, d));
}

static void view_route(struct routes_walk *w, const struct dest *d, const struct route *rt)
{
    struct rib_view_hop hops[RIB_NEXTHOPS_MAX];
    struct ip_addr origins[RIB_NEXTHOPS_MAX];
    const struct route *best = ribd_dest_selected(d);
    char reason[RIB_TEXT_MAX];
    struct rib_route_view v = {
        .vrf = ribd_dest_vrf(d)->id,
        .prefix = ribd_dest_prefix(d),
        .client = rt->client,
        .source = rt->source,
        .distance = rt->distance,
        .metric = rt->metric,
        .tag = rt->tag,
        .is_selected = rt == ribd_dest_selected(d),
        .is_stale = rt->epoch != w->r->clients[rt->client].epoch,
        .hops = hops,
        .origins = origins,
        .is_blackhole = rt->path->key.set->is_blackhole,
        .is_unreachable = rt->path->key.set->is_unreachable,
        .reason = reason,
        .is_passed_over = best && best != rt && ribd_path_is_usable(rt->path),
    };

    if (v.is_passed_over) {
        v.best_source = best->source;
        v.best_distance = best->distance;
    }
    if (v.is_selected)
        v.changed_sec = since(w->r, later(d->changed_sec, rt->path->changed_sec));
    v.n_origins = fill_origins(rt->path, origins);
    v.n_hops = fill_hops(rt->path->list, hops);
    v.is_installed = v.is_selected && !d->pending && !d->is_failed &&
                     (d->kernel_nhid || ribd_route_is_connected(rt) || ribd_route_is_foreign(rt));
    if (v.is_selected && d->is_failed)
        v.retry_sec = ribd_failure_retry_in(w->r, d);
    route_reason(w->r, d, rt, reason);
    w->fn(w->arg, &v);
}

static int vrf_by_id(const void *a, const void *b)
{
    const struct vrf *x = *(const struct vrf *const *)a, *y = *(const struct vrf *const *)b;

    return x->id < y->id ? -1 : x->id > y->id;
}

/* All instances in order of their tables; to be freed. */
static struct vrf **vrfs_in_order(const struct rib *r, size_t *n)
{
    struct vrf **vrfs = mem_alloc(NULL, (HASH_COUNT(r->vrfs) + 1) * sizeof(vrfs[0]));
    struct vrf *v, *tmp;

    *n = 0;
    HASH_ITER (hh, r->vrfs, v, tmp)
        vrfs[(*n)++] = v;
    qsort(vrfs, *n, sizeof(vrfs[0]), vrf_by_id);
    return vrfs;
}

/* False ends the walk. */
typedef bool dest_fn(void *arg, struct dest *d);

static bool each_dest_of(struct vrf *v, const struct rib_view_range *range, dest_fn *fn, void *arg)
{
    bool is_resumed = range->has_after && v->id == range->after_vrf;
    struct prefix p;

    if (range->has_prefix) {
        struct dest *only = ribd_dest_find(v, &range->prefix);

        return !only || is_resumed || fn(arg, only);
    }
    for (int f = 0; f < FAMILIES; f++) {
        struct dest *d = trie_next_after(v->dests[f], is_resumed ? &range->after : NULL, &p);

        for (; d; d = trie_next_after(v->dests[f], &p, &p)) {
            if (!fn(arg, d))
                return false;
        }
    }
    return true;
}

static bool is_in_range(const struct vrf *v, const struct rib_view_range *range)
{
    return (!range->has_vrf || v->id == range->vrf) && (!range->has_after || v->id >= range->after_vrf);
}

static void each_dest(const struct rib *r, const struct rib_view_range *range, dest_fn *fn, void *arg)
{
    size_t n;
    struct vrf **vrfs = vrfs_in_order(r, &n);

    for (size_t i = 0; i < n; i++) {
        if (is_in_range(vrfs[i], range) && !each_dest_of(vrfs[i], range, fn, arg))
            break;
    }
    mem_free(NULL, vrfs);
}

static bool view_dest(void *arg, struct dest *d)
{
    struct routes_walk *w = arg;

    for (struct route *rt = ribd_dest_routes(d); rt; rt = ribd_route_next(rt)) {
        if (w->left-- == 0)
            return false;
        view_route(w, d, rt);
    }
    return !w->pause || !w->pause(w->arg, ribd_dest_vrf(d)->id, RIBD_PREFIX_OF(d));
}

/* Reading computes reasons with the writers' functions; nothing is changed. */
void ribd_rib_view_routes(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_route_view *v),
                          void *arg)
{
    struct routes_walk w = {(struct rib *)(uintptr_t)r, limit ? limit : SIZE_MAX, fn, NULL, arg};

    each_dest(r, &(struct rib_view_range){0}, view_dest, &w);
}

void ribd_rib_read_routes(const struct rib *r, const struct rib_view_range *range,
                          void (*fn)(void *arg, const struct rib_route_view *v), rib_view_pause_fn *pause, void *arg)
{
    struct routes_walk w = {(struct rib *)(uintptr_t)r, SIZE_MAX, fn, pause, arg};

    each_dest(r, range, view_dest, &w);
}

void ribd_rib_view_lookup(const struct rib *r, uint32_t vrf, const struct ip_addr *address,
                          void (*fn)(void *arg, const struct rib_route_view *v), void *arg)
{
    struct routes_walk w = {(struct rib *)(uintptr_t)r, SIZE_MAX, fn, NULL, arg};
    struct prefix p = prefix_host(address);
    struct vrf *v;

    HASH_FIND(hh, r->vrfs, &vrf, sizeof(vrf), v);
    for (int len = p.len; v && len >= 0; len--) {
        struct prefix around = prefix_normalize((struct prefix){.addr = p.addr, .len = (uint8_t)len});
        struct dest *d = ribd_dest_find(v, &around);
        const struct route *rt = d ? ribd_dest_selected(d) : NULL;

        if (d && ribd_dest_routes(d))
            view_route(&w, d, rt ? rt : ribd_dest_routes(d));
        if (rt)
            return;
    }
}

void ribd_rib_count_routes(const struct rib *r, uint32_t vrf, struct rib_route_counts *out)
{
    struct vrf *v;

    HASH_FIND(hh, r->vrfs, &vrf, sizeof(vrf), v);
    *out = v ? v->counts : (struct rib_route_counts){0};
}

/* --- labels --- */

static void view_entry(const struct rib *r, const struct entry *e,
                       void (*fn)(void *arg, const struct rib_label_view *v), void *arg)
{
    struct rib_view_hop hops[RIB_NEXTHOPS_MAX];
    struct rnh list[RIB_NEXTHOPS_MAX];
    const struct scope *scope = ribd_entry_scope(e);
    struct rib_label_view v = {
        .entry = {.in_label = e->in_label,
                  .op = e->op,
                  .fec = ribd_entry_fec(e),
                  .nhset = e->op == RIB_LABEL_SWAP ? e->told_id.nhset : 0,
                  .label = ribd_entry_label(e),
                  .lookup_vrf = ribd_entry_lookup_vrf(e),
                  .scope = e->scope_id},
        .client = e->client,
        .is_stale = e->epoch != r->clients[e->client].epoch,
        .is_pending = e->pending || e->is_queued,
        .changed_sec = since(r, e->changed_sec),
        .lookup_ifindex = e->written_lookup,
        .n_hops = fill_hops_of(list, ribd_entry_written(e, list), true, hops),
        .hops = hops,
        .n_scope = scope ? scope->n : 0,
        .scope = scope ? scope->members : NULL,
        .reason = e->is_failed ? ribd_failure_text(r, e) : ribd_entry_reason(e),
        .retry_sec = e->is_failed ? ribd_failure_retry_in(r, e) : 0,
    };

    v.status = e->is_failed                      ? RIB_LABEL_FAILED
               : e->written || e->written_lookup ? RIB_LABEL_INSTALLED
                                                 : RIB_LABEL_UNUSABLE;
    fn(arg, &v);
}

void ribd_rib_view_labels(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_label_view *v),
                          void *arg)
{
    size_t n = 0;
    struct entry *e;

    RIBD_EACH_ENTRY(e, r)
    {
        if (e->is_deleted)
            continue;
        if (limit && n++ == limit)
            return;
        view_entry(r, e, fn, arg);
    }
}

/* False ends the walk. */
typedef bool entry_fn(void *arg, const struct entry *e);

static bool each_entry(const struct rib *r, uint32_t from, entry_fn *fn, void *arg)
{
    for (const struct entry *e = ribd_entry_next(r, from); e; e = ribd_entry_next(r, e->in_label + 1)) {
        if (!e->is_deleted && !fn(arg, e))
            return false;
    }
    return true;
}

struct labels_walk {
    const struct rib *r;
    void (*fn)(void *arg, const struct rib_label_view *v);
    rib_view_label_pause_fn *pause;
    void *arg;
};

static bool read_entry(void *arg, const struct entry *e)
{
    const struct labels_walk *w = arg;

    view_entry(w->r, e, w->fn, w->arg);
    return !w->pause(w->arg, e->in_label);
}

bool ribd_rib_read_labels(const struct rib *r, uint32_t from, void (*fn)(void *arg, const struct rib_label_view *v),
                          rib_view_label_pause_fn *pause, void *arg)
{
    struct labels_walk w = {r, fn, pause, arg};

    return each_entry(r, from, read_entry, &w);
}

bool ribd_rib_view_label(const struct rib *r, uint32_t label, void (*fn)(void *arg, const struct rib_label_view *v),
                         void *arg)
{
    const struct entry *e = ribd_entry_find(r, label);

    if (!e || e->is_deleted)
        return false;
    view_entry(r, e, fn, arg);
    return true;
}

/* --- label-switched paths --- */

const char *rib_view_protocol_name(enum rib_view_protocol p)
{
    switch (p) {
    case RIB_VIEW_NOBODY:
        return "";
    case RIB_VIEW_LDP:
        return "ldp";
    case RIB_VIEW_BGP_LABELED:
        return "bgp-labeled";
    case RIB_VIEW_BGP_VPN:
        return "bgp-vpn";
    case RIB_VIEW_STATIC:
        return "static";
    }
    return "";
}

static enum rib_view_protocol purpose_protocol(const struct rib_fec *f)
{
    switch ((enum rib_label_purpose)f->purpose) {
    case RIB_LABEL_LDP:
        return RIB_VIEW_LDP;
    case RIB_LABEL_BGP_LABELED:
        return RIB_VIEW_BGP_LABELED;
    case RIB_LABEL_VPN_ROUTE:
    case RIB_LABEL_VPN_INSTANCE:
        return RIB_VIEW_BGP_VPN;
    case RIB_LABEL_STATIC:
        return RIB_VIEW_STATIC;
    }
    return RIB_VIEW_NOBODY;
}

struct stacks_walk {
    const struct rib *r;
    void (*stack)(void *arg, const struct rib_stack_view *v);
    void (*lsp)(void *arg, const struct rib_lsp_view *v);
    rib_view_pause_fn *pause;
    rib_view_label_pause_fn *label_pause;
    void *arg;
};

static bool is_labelled(const struct rnh *h)
{
    return h->depth || h->is_lsp;
}

/* One next hop of a selected route. */
static void walk_hop(const struct stacks_walk *w, const struct dest *d, size_t i, const struct rib_view_hop *hop)
{
    const struct route *rt = ribd_dest_selected(d);
    struct rib_view_step steps[RIB_VIEW_STEPS_MAX] = {
        {.vrf = ribd_dest_vrf(d)->id, .prefix = ribd_dest_prefix(d), .source = (enum rib_source)rt->source}};
    char reason[RIB_TEXT_MAX];
    size_t n = ribd_path_explain(w->r, rt->path, &ribd_list(rt->path->list)[i], steps);
    struct rib_stack_view stack = {.vrf = ribd_dest_vrf(d)->id,
                                   .prefix = ribd_dest_prefix(d),
                                   .index = i,
                                   .hop = hop,
                                   .n_steps = n,
                                   .steps = steps,
                                   .reason = reason};
    struct rib_lsp_view lsp = {.role = RIB_LSP_INGRESS,
                               .operation = hop->label.state == LABEL_STATE_STACK ? RIB_LSP_PUSH : RIB_LSP_FORWARD,
                               .vrf = ribd_dest_vrf(d)->id,
                               .fec = ribd_dest_prefix(d),
                               .hop = hop,
                               .reason = ""};

    if (w->stack) {
        route_reason(w->r, d, rt, reason);
        w->stack(w->arg, &stack);
        return;
    }
    lsp.protocol = lsp.out_protocol = n ? steps[0].given : RIB_VIEW_NOBODY;
    lsp.source = (enum rib_source)rt->source;
    lsp.changed_sec = since(w->r, later(d->changed_sec, rt->path->changed_sec));
    lsp.reason = d->is_failed ? ribd_failure_text(w->r, d) : "";
    w->lsp(w->arg, &lsp);
}

/* A prefix to which no route can be used: the best one, and what it lacks. */
static void walk_unusable(const struct stacks_walk *w, const struct dest *d)
{
    const struct route *rt = ribd_dest_routes(d);
    const struct nhset *s = rt->path->key.set;
    char reason[RIB_TEXT_MAX];
    struct rib_view_step step = {
        .vrf = ribd_dest_vrf(d)->id, .prefix = ribd_dest_prefix(d), .source = (enum rib_source)rt->source};
    struct rib_stack_view v = {
        .vrf = ribd_dest_vrf(d)->id, .prefix = ribd_dest_prefix(d), .n_steps = 1, .steps = &step, .reason = reason};

    if (s->n)
        step.hop = s->members[0].nh.gateway;
    route_reason(w->r, d, rt, reason);
    w->stack(w->arg, &v);
}

static bool walk_dest(void *arg, struct dest *d)
{
    const struct stacks_walk *w = arg;
    const struct interned *list = ribd_dest_selected(d) ? ribd_dest_selected(d)->path->list : NULL;
    struct rib_view_hop hops[RIB_NEXTHOPS_MAX];

    if (w->stack && !ribd_dest_selected(d) && ribd_dest_routes(d))
        walk_unusable(w, d);
    if (list && !ribd_route_is_connected(ribd_dest_selected(d))) {
        fill_hops(list, hops);
        for (size_t i = 0; i < ribd_list_n(list); i++) {
            if (is_labelled(&ribd_list(list)[i]))
                walk_hop(w, d, i, &hops[i]);
        }
    }
    return !w->pause(w->arg, ribd_dest_vrf(d)->id, RIBD_PREFIX_OF(d));
}

void ribd_rib_read_stacks(const struct rib *r, const struct rib_view_range *range,
                          void (*fn)(void *arg, const struct rib_stack_view *v), rib_view_pause_fn *pause, void *arg)
{
    struct stacks_walk w = {.r = r, .stack = fn, .pause = pause, .arg = arg};

    each_dest(r, range, walk_dest, &w);
}

/* The configuration's own: where it says pop towards what is reached over a label-switched path, that path's. */
static enum rib_view_protocol static_out_protocol(const struct rib *r, const struct entry *e, const struct rnh *hop)
{
    struct rib_view_step steps[RIB_VIEW_STEPS_MAX] = {{.vrf = e->fec_vrf, .source = RIB_SOURCE_STATIC}};
    const struct path *p = ribd_entry_path(e);
    size_t n = hop->depth && p ? ribd_path_explain(r, p, hop, steps) : 0;

    for (size_t i = 0; i < n; i++) {
        if (steps[i].given != RIB_VIEW_NOBODY && steps[i].label.state == LABEL_STATE_STACK)
            return steps[i].given;
    }
    return RIB_VIEW_STATIC;
}

/* Who gave the label that takes the place of the incoming one. */
static enum rib_view_protocol out_protocol_of(const struct rib *r, const struct entry *e, const struct rnh *hop)
{
    const struct fec *f = ribd_entry_follows(e);
    struct rib_view_step steps[RIB_VIEW_STEPS_MAX] = {{.vrf = e->fec_vrf, .prefix = ribd_entry_fec(e).prefix}};
    const struct dest *d = f ? ribd_dest_find(f->vrf, &f->prefix) : NULL;
    const struct path *p = d && ribd_dest_selected(d) ? ribd_dest_selected(d)->path : ribd_entry_path(e);
    struct rnh way = *hop;

    if (e->fec_purpose == RIB_LABEL_STATIC)
        return static_out_protocol(r, e, hop);
    if (!p)
        return RIB_VIEW_NOBODY;
    steps[0].source = RIB_SOURCE_BGP_LABELED; /* SWAP is bgpd's; a VPN label is known by its next hop's instance */
    if (d && ribd_dest_selected(d))
        steps[0].source = (enum rib_source)ribd_dest_selected(d)->source;
    else if (p->key.set->n && p->key.set->members[0].nh.vrf != e->fec_vrf)
        steps[0].source = RIB_SOURCE_BGP;
    if (p == ribd_entry_path(e)) /* without what the entry puts beneath */
        way.depth = hop->depth >= e->beneath_depth ? (uint8_t)(hop->depth - e->beneath_depth) : 0;
    return ribd_path_explain(r, p, &way, steps) ? steps[0].given : RIB_VIEW_NOBODY;
}

static bool view_lsp_entry(void *arg, const struct entry *e)
{
    const struct stacks_walk *w = arg;
    struct rib_view_hop hops[RIB_NEXTHOPS_MAX];
    struct rnh list[RIB_NEXTHOPS_MAX];
    const struct rib_fec fec = ribd_entry_fec(e);
    size_t n = fill_hops_of(list, ribd_entry_written(e, list), true, hops);
    struct rib_lsp_view v = {
        .role = e->op == RIB_LABEL_POP_LOOKUP ? RIB_LSP_EGRESS : RIB_LSP_TRANSIT,
        .vrf = fec.vrf,
        .fec = fec.prefix,
        .protocol = purpose_protocol(&fec),
        .in_label = e->in_label,
        .lookup_vrf = ribd_entry_lookup_vrf(e),
        .changed_sec = since(w->r, e->changed_sec),
        .reason = e->is_failed ? ribd_failure_text(w->r, e) : ribd_entry_reason(e),
    };

    if (e->written_lookup)
        v.operation = RIB_LSP_POP_LOOKUP;
    for (size_t i = 0; i < n; i++) {
        uint8_t depth = hops[i].label.stack.depth;

        v.operation = depth == 0 ? RIB_LSP_POP : depth == 1 ? RIB_LSP_SWAP : RIB_LSP_SWAP_PUSH;
        v.hop = &hops[i];
        v.out_protocol = out_protocol_of(w->r, e, &list[i]);
        w->lsp(w->arg, &v);
    }
    if (n == 0)
        w->lsp(w->arg, &v);
    return !w->label_pause(w->arg, e->in_label);
}

bool ribd_rib_read_label_lsps(const struct rib *r, uint32_t from, void (*fn)(void *arg, const struct rib_lsp_view *v),
                              rib_view_label_pause_fn *pause, void *arg)
{
    struct stacks_walk w = {.r = r, .lsp = fn, .label_pause = pause, .arg = arg};

    return each_entry(r, from, view_lsp_entry, &w);
}

void ribd_rib_read_route_lsps(const struct rib *r, const struct rib_view_range *range,
                              void (*fn)(void *arg, const struct rib_lsp_view *v), rib_view_pause_fn *pause, void *arg)
{
    struct stacks_walk w = {.r = r, .lsp = fn, .pause = pause, .arg = arg};

    each_dest(r, range, walk_dest, &w);
}

/* --- next hops --- */

struct nexthops_walk {
    void (*fn)(void *arg, const struct rib_nexthop_view *v);
    rib_view_pause_fn *pause;
    void *arg;
};

static void view_node(const struct nexthops_walk *w, const struct node *n)
{
    struct rib_view_hop hops[RIB_NEXTHOPS_MAX];
    struct rib_nexthop_view v = {
        .vrf = n->vrf->id,
        .address = n->addr,
        .needs_lsp = n->needs_lsp,
        .is_usable = n->list != NULL,
        .has_route = n->has_match,
        .source = (enum rib_source)n->source,
        .n_users = n->refs,
        .n_hops = fill_hops(n->list, hops),
        .hops = hops,
        .reason = n->reason,
    };

    v.via = prefix_normalize((struct prefix){.addr = n->addr, .len = n->match_len});
    for (size_t i = 0; i < v.n_hops; i++)
        v.has_lsp |= ribd_list(n->list)[i].is_lsp;
    w->fn(w->arg, &v);
}

/* False: a pause ended it. */
static bool read_nodes(const struct nexthops_walk *w, const struct vrf *v, const struct rib_view_range *range)
{
    bool is_resumed = range->has_after && v->id == range->after_vrf;
    struct prefix p;

    for (int f = 0; f < FAMILIES; f++) {
        const struct node *n = trie_next_after(v->nodes[f], is_resumed ? &range->after : NULL, &p);

        for (; n; n = trie_next_after(v->nodes[f], &p, &p)) {
            for (; n; n = n->sibling) {
                if (n->refs && (!range->has_prefix || prefix_equal(&p, &range->prefix)))
                    view_node(w, n);
            }
            if (w->pause(w->arg, v->id, &p))
                return false;
        }
    }
    return true;
}

void ribd_rib_read_nexthops(const struct rib *r, const struct rib_view_range *range,
                            void (*fn)(void *arg, const struct rib_nexthop_view *v), rib_view_pause_fn *pause,
                            void *arg)
{
    struct nexthops_walk w = {fn, pause, arg};
    size_t n;
    struct vrf **vrfs = vrfs_in_order(r, &n);

    for (size_t i = 0; i < n; i++) {
        if (is_in_range(vrfs[i], range) && !read_nodes(&w, vrfs[i], range))
            break;
    }
    mem_free(NULL, vrfs);
}

void ribd_rib_count(const struct rib *r, struct rib_counters *out)
{
    *out = (struct rib_counters){
        .routes = r->n_routes,
        .prefixes = r->n_prefixes,
        .nexthops = r->n_nexthops,
        .labels = r->entries.count,
        .bindings = r->n_bindings,
        .sets = HASH_COUNT(r->sets),
        .retries = r->n_retries,
        .failures = HASH_COUNT(r->failures),
        .resolutions = r->n_resolutions,
        .bytes = r->mem.bytes,
    };
}
