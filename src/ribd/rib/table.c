/* SPDX-License-Identifier: Apache-2.0
 *
 * Prefixes and their routes: who may hold one, which is best, and what a change of it touches. For one prefix each
 * source of each client holds one route. The lowest distance wins, then the lower source, then the lower client; a
 * route whose next hops cannot be used is passed over.
 */
#include "src/ribd/rib/internal.h"
#include "src/ribd/rib/counts.h"

#include <errno.h>
#include <string.h>

/* --- prefixes --- */

struct dest *ribd_dest_find(const struct vrf *v, const struct prefix *p)
{
    int f = ribd_family_index(p->addr.family);

    return f < 0 ? NULL : trie_find(v->dests[f], p);
}

struct dest *ribd_dest_get(struct rib *r, struct vrf *v, const struct prefix *p)
{
    int f = ribd_family_index(p->addr.family);
    size_t n;
    struct dest *d;

    if (f < 0)
        return NULL;
    n = trie_count(v->dests[f]);
    d = (struct dest *)(void *)trie_slot(v->dests[f], p);
    if (d)
        r->n_prefixes += trie_count(v->dests[f]) - n;
    return d;
}

void ribd_dest_try_free(struct rib *r, struct dest *d)
{
    struct prefix p;

    if (d->routes || d->kernel_nhid || d->used || d->pending || d->is_queued || d->is_writing || d->is_reporting ||
        d->in_failed || d->told || ribd_audit_keeps(r, d))
        return;
    if (d->is_failed)
        ribd_failure_clear(r, d);
    p = ribd_dest_prefix(d);
    trie_remove(ribd_dest_vrf(d)->dests[ribd_family_index(p.addr.family)], &p);
    r->n_prefixes--;
}

void ribd_dest_queue(struct rib *r, struct dest *d, unsigned who)
{
    if (d->is_queued)
        return;
    d->is_queued = true;
    r->n_dests++;
    ribd_fifo_push(r, &r->dests[who], d);
    ribd_work(r);
}

void ribd_dest_report(struct rib *r, struct dest *d)
{
    if (d->is_reporting)
        return;
    d->is_reporting = true;
    ribd_fifo_push(r, &r->report_dests, d);
}

struct each_dest {
    void (*fn)(void *arg, struct dest *d);
    void *arg;
};

static void visit_dest(const struct prefix *p, void *value, void *arg)
{
    const struct each_dest *e = arg;

    (void)p;
    e->fn(e->arg, value);
}

void ribd_vrf_each_dest(struct vrf *v, void (*fn)(void *arg, struct dest *d), void *arg)
{
    struct each_dest e = {fn, arg};

    trie_walk(v->dests[0], &(struct prefix){.addr.family = AF_IPV4}, visit_dest, &e);
    trie_walk(v->dests[1], &(struct prefix){.addr.family = AF_IPV6}, visit_dest, &e);
}

/* --- routes --- */

bool ribd_route_is_connected(const struct route *rt)
{
    return rt->source == RIB_SOURCE_CONNECTED && rt->client == RIB_CLIENT_RIBD;
}

static bool is_preferred(const struct route *a, const struct route *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    if (a->source != b->source)
        return a->source < b->source;
    return a->client < b->client;
}

/* Of ribd's own static routes there is one for each distance: the others wait (floating static routes). */
static bool is_one_per_distance(enum rib_client_id c, uint8_t source)
{
    return c == RIB_CLIENT_RIBD && source == RIB_SOURCE_STATIC;
}

static struct route *route_find(const struct dest *d, enum rib_client_id c, uint8_t source, uint8_t distance)
{
    struct route *rt = ribd_dest_routes(d);

    while (rt &&
           !(rt->client == c && rt->source == source && (rt->distance == distance || !is_one_per_distance(c, source))))
        rt = ribd_route_next(rt);
    return rt;
}

/* Out of the order of its prefix. */
static void route_take(struct dest *d, const struct route *rt)
{
    uint32_t *link = &d->routes, handle = slab_handle(rt);

    while (*link != handle)
        link = &((struct route *)slab_at(slab_of(d)->space, *link))->next;
    *link = rt->next;
}

static void route_insert(struct dest *d, struct route *rt)
{
    uint32_t *link = &d->routes;
    struct route *at;

    while ((at = slab_at(slab_of(d)->space, *link)) && !is_preferred(rt, at))
        link = &at->next;
    rt->next = *link;
    *link = slab_handle(rt);
}

static struct route *route_new(struct rib *r, struct dest *d, enum rib_client_id c, uint8_t source)
{
    struct route *rt = &d->own;

    if (rt->path) {
        struct extra_route *extra = slab_alloc(&r->extra_routes);

        extra->dest = slab_handle(d);
        rt = &extra->route;
        rt->is_extra = true;
    }
    rt->client = c & 7u;
    rt->source = source & 7u;
    r->n_routes++;
    ribd_dest_vrf(d)->counts.routes[rt->source]++;
    return rt;
}

static void select_route(struct rib *r, struct vrf *v, struct route *rt, bool is_selected)
{
    if (rt->is_selected == is_selected)
        return;
    rt->is_selected = is_selected;
    v->counts.selected[rt->source] += is_selected ? 1u : UINT32_MAX;
    if (rt->path && ribd_nhset_is_far(rt->path->key.set, v))
        ribd_count_far(r, v, rt->path->key.set, is_selected);
}

static void route_free(struct rib *r, struct vrf *v, struct route *rt)
{
    select_route(r, v, rt, false);
    v->counts.routes[rt->source]--;
    r->n_routes--;
    if (rt->is_extra)
        slab_free(rt);
    else
        *rt = (struct route){.client = rt->client}; /* who pays for its removal */
}

static void path_link(struct rib *r, struct path *p, struct route *rt)
{
    struct route *first = slab_at(&r->space, p->routes);

    rt->prev_on_path = 0;
    rt->next_on_path = p->routes;
    p->routes = slab_handle(rt);
    if (first)
        first->prev_on_path = p->routes;
    if (p->fan & FAN_LOST) /* back after a look aside */
        ribd_fan_visit(r, p, rt);
}

static void path_unlink(struct rib *r, struct path *p, const struct route *rt)
{
    struct route *prev = slab_at(&r->space, rt->prev_on_path), *next = slab_at(&r->space, rt->next_on_path);

    if (p->fan && p->fan_route == slab_handle(rt))
        p->fan_route = rt->next_on_path;
    if (p->fan & FAN_LOST) /* it may be back before its prefix is written */
        ribd_fan_visit(r, p, (struct route *)(uintptr_t)rt);
    if (prev)
        prev->next_on_path = rt->next_on_path;
    else
        p->routes = rt->next_on_path;
    if (next)
        next->prev_on_path = rt->prev_on_path;
}

/* A selected route is another's now, or nobody's. */
static void count_moved(struct rib *r, const struct route *rt, struct path *from, struct path *to)
{
    struct vrf *v = ribd_dest_vrf(ribd_route_dest(rt));

    if (to && ribd_nhset_is_far(to->key.set, v))
        ribd_count_far(r, v, to->key.set, true);
    if (from && ribd_nhset_is_far(from->key.set, v))
        ribd_count_far(r, v, from->key.set, false);
}

static void route_set_path(struct rib *r, struct route *rt, struct path *p)
{
    struct path *old = rt->path;

    if (old == p) {
        ribd_path_put(r, p); /* the caller's reference */
        return;
    }
    if (rt->is_selected)
        count_moved(r, rt, old, p);
    if (old)
        path_unlink(r, old, rt);
    rt->path = p;
    if (p)
        path_link(r, p, rt);
    if (old)
        ribd_path_put(r, old);
}

/* LDP's labels go on a route that has none of its own. */
static struct fec *fec_for(const struct dest *d, const struct out_label *label)
{
    struct prefix p;
    struct fec *f;

    if (label->state != LABEL_STATE_NONE)
        return NULL;
    p = ribd_dest_prefix(d);
    f = ribd_fec_find(ribd_dest_vrf(d), &p);
    return f && !LIST_EMPTY(&f->bindings) ? f : NULL;
}

static void route_put(struct rib *r, enum rib_client_id c, const struct rib_route *in, struct nhset *set)
{
    struct vrf *v = ribd_vrf_get(r, in->vrf);
    struct dest *d = ribd_dest_get(r, v, &in->prefix);
    bool is_unlabelled =
        c == RIB_CLIENT_RIBD && (in->source == RIB_SOURCE_CONNECTED || in->source == RIB_SOURCE_KERNEL);
    struct path *p = ribd_path_get(r, set, &in->label, is_unlabelled ? NULL : fec_for(d, &in->label), v->is_pipe);
    struct route *rt = route_find(d, c, in->source, in->distance);
    bool is_same =
        rt && rt->path == p && rt->distance == in->distance && rt->metric == in->metric && rt->tag == in->tag;
    bool was_unusable = d->is_unusable;

    if (was_unusable)
        ribd_count_unusable(r, d, false);
    if (rt)
        route_take(d, rt);
    else
        rt = route_new(r, d, c, in->source);
    d->is_adopted = false;
    rt->distance = in->distance;
    rt->metric = in->metric;
    rt->tag = in->tag;
    rt->epoch = r->clients[c].epoch;
    route_set_path(r, rt, p);
    route_insert(d, rt);
    if (is_same && was_unusable)
        ribd_count_unusable(r, d, true);
    if (is_same)
        return;
    d->is_forced = true;
    ribd_dest_queue(r, d, c);
}

static bool route_is_sane(const struct rib_route *in)
{
    return in->source < RIB_SOURCE_COUNT && ribd_family_index(in->prefix.addr.family) >= 0 &&
           in->prefix.len <= ip_addr_bits(&in->prefix.addr) && in->label.state <= LABEL_STATE_STACK &&
           in->label.stack.depth <= LABEL_STACK_MAX;
}

int ribd_rib_route_set(struct rib *r, enum rib_client_id c, const struct rib_route *in)
{
    struct idmap *m;

    if (!route_is_sane(in))
        return -EINVAL;
    HASH_FIND(hh, r->clients[c].nhsets, &in->nhset, sizeof(in->nhset), m);
    if (!m)
        return -ENOENT;
    route_put(r, c, in, m->object);
    return 0;
}

void ribd_rib_own_route_set(struct rib *r, const struct rib_route *in, const struct rib_nexthop *nh, size_t n)
{
    struct nhset *s;

    if (!route_is_sane(in) || n == 0)
        return;
    s = ribd_nhset_get(r, nh, n);
    route_put(r, RIB_CLIENT_RIBD, in, s);
    ribd_nhset_put(r, s);
}

static void route_drop(struct rib *r, struct dest *d, struct route *rt, unsigned who)
{
    /* One that cannot be used was told, too; and a next hop may not have come to rest for its sake. */
    if (rt->is_selected || !ribd_dest_selected(d) || !LIST_EMPTY(&r->unsettled))
        d->is_forced = true;
    if (d->is_unusable)
        ribd_count_unusable(r, d, false);
    route_take(d, rt);
    route_set_path(r, rt, NULL);
    route_free(r, ribd_dest_vrf(d), rt);
    ribd_dest_queue(r, d, who);
}

void ribd_route_sweep(struct rib *r, struct dest *d, struct route *rt)
{
    route_drop(r, d, rt, BY_MANY);
}

static void route_del(struct rib *r, enum rib_client_id c, uint32_t vrf, const struct prefix *p, uint8_t source,
                      uint8_t distance)
{
    struct vrf *v = ribd_vrf_find(r, vrf);
    struct dest *d = v ? ribd_dest_find(v, p) : NULL;
    struct route *rt = d ? route_find(d, c, source, distance) : NULL;

    if (rt)
        route_drop(r, d, rt, c);
}

void ribd_rib_route_del(struct rib *r, enum rib_client_id c, uint32_t vrf, const struct prefix *p,
                        enum rib_source source)
{
    route_del(r, c, vrf, p, (uint8_t)source, 0);
}

void ribd_rib_static_del(struct rib *r, uint32_t vrf, const struct prefix *p, uint8_t distance)
{
    route_del(r, RIB_CLIENT_RIBD, vrf, p, RIB_SOURCE_STATIC, distance);
}

/* --- selection --- */

/* The label entries that follow the prefix. */
void ribd_dest_entries_queue(struct rib *r, struct dest *d)
{
    struct prefix p = ribd_dest_prefix(d);
    struct fec *f = ribd_fec_find(ribd_dest_vrf(d), &p);
    struct entry *e;

    if (!f)
        return;
    LIST_FOREACH (e, &f->entries, on_way)
        ribd_entry_queue(r, e);
}

void ribd_dest_touched(struct rib *r, struct dest *d)
{
    struct vrf *v = ribd_dest_vrf(d);
    struct prefix p = ribd_dest_prefix(d);

    ribd_nodes_inside(r, v, &p, false);
    ribd_dest_entries_queue(r, d);
    if (ribd_report_is_due(r, d))
        ribd_dest_report(r, d);
}

/* A path's own turn may come later, when there are many: the prefix is not to look aside meanwhile, nor to go by what
 * was. */
static bool is_usable(struct rib *r, struct path *p)
{
    if (!p->is_resolved)
        ribd_path_process(r, p);
    return ribd_path_is_usable(p);
}

void ribd_dest_process(struct rib *r, struct dest *d)
{
    struct route *rt = ribd_dest_routes(d), *before = ribd_dest_selected(d);
    bool is_present = ribd_dest_vrf(d)->is_present;

    while (rt && !(is_present && is_usable(r, rt->path)))
        rt = ribd_route_next(rt);
    if (rt != before || d->is_forced) {
        d->changed_sec = r->now_sec;
        if (before && before != rt)
            select_route(r, ribd_dest_vrf(d), before, false);
        if (rt)
            select_route(r, ribd_dest_vrf(d), rt, true);
        d->is_forced = false;
        ribd_dest_touched(r, d);
        ribd_dest_write(r, d);
    }
    if (d->is_unusable != (!rt && d->routes))
        ribd_count_unusable(r, d, !d->is_unusable);
    ribd_dest_try_free(r, d);
}

/* The labels that LDP peers gave for the prefix came, went (key changes) or changed (is_changed); or the instance has
 * another TTL mode. */
void ribd_dest_rekey(struct rib *r, struct dest *d, bool is_changed, unsigned who)
{
    struct out_label label;
    struct path *p;

    for (struct route *rt = ribd_dest_routes(d); rt; rt = ribd_route_next(rt)) {
        label = ribd_path_label(rt->path);
        if (ribd_route_is_connected(rt) || ribd_route_is_foreign(rt))
            continue;
        p = ribd_path_get(r, rt->path->key.set, &label, fec_for(d, &label), ribd_dest_vrf(d)->is_pipe);
        if (p == rt->path) {
            if (is_changed && label.state == LABEL_STATE_NONE)
                ribd_path_queue(r, p);
        } else if (rt->is_selected) {
            d->is_forced = true;
        }
        route_set_path(r, rt, p);
        ribd_dest_queue(r, d, who);
    }
}
