/* SPDX-License-Identifier: Apache-2.0
 *
 * Prefixes and their routes: who may hold one, which is best, and what a change of it touches. For one prefix each
 * source of each client holds one route. The lowest distance wins, then the lower source, then the lower client; a
 * route whose next hops cannot be used is passed over.
 */
#include "src/ribd/rib/internal.h"

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
    struct dest *d;
    void **slot;

    if (f < 0 || !(slot = trie_slot(v->dests[f], p)))
        return NULL;
    if (*slot)
        return *slot;
    d = MEM_NEW(&r->mem, struct dest);
    d->vrf = v;
    d->prefix = prefix_normalize(*p);
    *slot = d;
    r->n_prefixes++;
    return d;
}

void ribd_dest_try_free(struct rib *r, struct dest *d)
{
    int f = ribd_family_index(d->prefix.addr.family);

    if (d->routes || d->kernel_nhid || d->used || d->pending || d->is_queued || d->is_writing || d->is_reporting ||
        d->in_failed || d->told)
        return;
    if (d->is_failed)
        ribd_failure_clear(r, d);
    trie_remove(d->vrf->dests[f], &d->prefix);
    r->n_prefixes--;
    mem_free(&r->mem, d);
}

void ribd_dest_queue(struct rib *r, struct dest *d)
{
    if (d->is_queued)
        return;
    d->is_queued = true;
    ribd_vec_push(r, &r->dests, d);
    ribd_work(r);
}

void ribd_dest_write(struct rib *r, struct dest *d)
{
    if (d->is_writing)
        return;
    d->is_writing = true;
    ribd_vec_push(r, &r->write_dests, d);
}

void ribd_dest_report(struct rib *r, struct dest *d)
{
    if (d->is_reporting)
        return;
    d->is_reporting = true;
    ribd_vec_push(r, &r->report_dests, d);
}

void ribd_vrf_each_dest(struct vrf *v, void (*fn)(void *arg, struct dest *d), void *arg)
{
    struct prefix p;

    for (int f = 0; f < FAMILIES; f++) {
        for (struct dest *d = trie_next_after(v->dests[f], NULL, &p); d; d = trie_next_after(v->dests[f], &p, &p))
            fn(arg, d);
    }
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

static struct route *route_take(struct dest *d, enum rib_client_id c, uint8_t source, uint8_t distance)
{
    for (struct route **link = &d->routes; *link; link = &(*link)->next) {
        struct route *rt = *link;

        if (rt->client == c && rt->source == source && (rt->distance == distance || !is_one_per_distance(c, source))) {
            *link = rt->next;
            return rt;
        }
    }
    return NULL;
}

static void route_insert(struct dest *d, struct route *rt)
{
    struct route **link = &d->routes;

    while (*link && !is_preferred(rt, *link))
        link = &(*link)->next;
    rt->next = *link;
    *link = rt;
}

static void route_set_path(struct rib *r, struct route *rt, struct path *p)
{
    struct path *old = rt->path;

    if (old == p) {
        ribd_path_put(r, p); /* the caller's reference */
        return;
    }
    if (old)
        LIST_REMOVE(rt, on_path);
    rt->path = p;
    if (p)
        LIST_INSERT_HEAD(&p->routes, rt, on_path);
    if (old)
        ribd_path_put(r, old);
}

/* LDP's labels go on a route that has none of its own. */
static struct fec *fec_for(const struct dest *d, const struct out_label *label)
{
    struct fec *f;

    if (label->state != LABEL_STATE_NONE)
        return NULL;
    f = ribd_fec_find(d->vrf, &d->prefix);
    return f && !LIST_EMPTY(&f->bindings) ? f : NULL;
}

static void route_put(struct rib *r, enum rib_client_id c, const struct rib_route *in, struct nhset *set)
{
    struct prefix prefix = prefix_normalize(in->prefix);
    struct dest *d = ribd_dest_get(r, ribd_vrf_get(r, in->vrf), &prefix);
    bool is_connected = c == RIB_CLIENT_RIBD && in->source == RIB_SOURCE_CONNECTED;
    struct path *p = ribd_path_get(r, set, &in->label, is_connected ? NULL : fec_for(d, &in->label),
                                   d->vrf->is_pipe);
    struct route *rt = route_take(d, c, in->source, in->distance);
    bool is_same;

    if (!rt) {
        rt = MEM_NEW(&r->mem, struct route);
        rt->dest = d;
        rt->client = (uint8_t)c;
        rt->source = in->source;
        r->n_routes++;
    }
    d->is_adopted = false;
    is_same = rt->path == p && rt->distance == in->distance && rt->metric == in->metric && rt->tag == in->tag;
    rt->distance = in->distance;
    rt->metric = in->metric;
    rt->tag = in->tag;
    rt->epoch = r->clients[c].epoch;
    route_set_path(r, rt, p);
    route_insert(d, rt);
    if (is_same)
        return;
    d->is_forced = true;
    ribd_dest_queue(r, d);
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

static void route_drop(struct rib *r, struct dest *d, struct route *rt)
{
    if (!rt)
        return;
    if (d->selected == rt)
        d->selected = NULL;
    if (!d->selected) /* one that cannot be used was told, too */
        d->is_forced = true;
    route_set_path(r, rt, NULL);
    mem_free(&r->mem, rt);
    r->n_routes--;
    ribd_dest_queue(r, d);
}

void ribd_rib_route_del(struct rib *r, enum rib_client_id c, uint32_t vrf, const struct prefix *p,
                        enum rib_source source)
{
    struct dest *d = ribd_dest_find(ribd_vrf_get(r, vrf), p);

    if (d)
        route_drop(r, d, route_take(d, c, (uint8_t)source, 0));
}

void ribd_rib_static_del(struct rib *r, uint32_t vrf, const struct prefix *p, uint8_t distance)
{
    struct dest *d = ribd_dest_find(ribd_vrf_get(r, vrf), p);

    if (d)
        route_drop(r, d, route_take(d, RIB_CLIENT_RIBD, RIB_SOURCE_STATIC, distance));
}

/* --- selection --- */

/* The label entries that follow the prefix. */
void ribd_dest_entries_queue(struct rib *r, struct dest *d)
{
    struct fec *f = ribd_fec_find(d->vrf, &d->prefix);
    struct entry *e;

    if (!f)
        return;
    LIST_FOREACH (e, &f->entries, on_fec)
        ribd_entry_queue(r, e);
}

static bool anybody_subscribed(const struct vrf *v)
{
    for (int c = 0; c < CLIENTS; c++) {
        if (v->sources[c])
            return true;
    }
    return false;
}

void ribd_dest_touched(struct rib *r, struct dest *d)
{
    ribd_nodes_inside(r, d->vrf, &d->prefix, false);
    ribd_dest_entries_queue(r, d);
    if (d->told || anybody_subscribed(d->vrf))
        ribd_dest_report(r, d);
}

void ribd_dest_process(struct rib *r, struct dest *d)
{
    struct route *rt = d->routes;

    while (rt && !(d->vrf->is_present && ribd_path_is_usable(rt->path)))
        rt = rt->next;
    if (rt != d->selected || d->is_forced) {
        d->changed_sec = r->now_sec;
        d->selected = rt;
        d->is_forced = false;
        ribd_dest_touched(r, d);
        ribd_dest_write(r, d);
    }
    ribd_dest_try_free(r, d);
}

/* The labels that LDP peers gave for the prefix came, went (key changes) or changed (is_changed); or the instance has
 * another TTL mode. */
void ribd_dest_rekey(struct rib *r, struct dest *d, bool is_changed)
{
    struct out_label label;
    struct path *p;

    for (struct route *rt = d->routes; rt; rt = rt->next) {
        label = ribd_path_label(rt->path);
        if (ribd_route_is_connected(rt))
            continue;
        p = ribd_path_get(r, rt->path->key.set, &label, fec_for(d, &label), d->vrf->is_pipe);
        if (p == rt->path) {
            if (is_changed && label.state == LABEL_STATE_NONE)
                ribd_path_queue(r, p);
        } else if (rt == d->selected) {
            d->is_forced = true;
        }
        route_set_path(r, rt, p);
        ribd_dest_queue(r, d);
    }
}
