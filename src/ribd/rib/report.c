/* SPDX-License-Identifier: Apache-2.0
 *
 * What clients are told: best routes to subscribers, states of watched next hops, results of label entries. A prefix is
 * told when the kernel has answered, so that "usable" means that packets go that way.
 */
#include "src/ribd/rib/internal.h"

#include <stdio.h>
#include <string.h>

enum { DUMP_A_TURN = 16384, REPORT_A_TURN = 16384 };

/* --- subscriptions --- */

static const struct route *best_of(const struct dest *d)
{
    return ribd_dest_selected(d) ? ribd_dest_selected(d) : ribd_dest_vrf(d)->is_present ? ribd_dest_routes(d) : NULL;
}

static void fill_best(const struct dest *d, const struct route *rt, struct rib_best_route *out)
{
    const struct interned *list = rt->path->list;

    out->vrf = ribd_dest_vrf(d)->id;
    out->prefix = ribd_dest_prefix(d);
    out->source = rt->source;
    out->distance = rt->distance;
    out->metric = rt->metric;
    out->tag = rt->tag;
    out->has_label = rt->source == RIB_SOURCE_BGP_LABELED || rt->path->key.label != NULL;
    out->is_usable = ribd_dest_selected(d) == rt && ribd_path_is_usable(rt->path) && !d->is_failed;
    out->n_nexthops = 0;
    for (size_t i = 0; i < ribd_list_n(list) && i < RIB_NEXTHOPS_MAX; i++) {
        out->nexthops[i].gateway = ribd_list(list)[i].gateway;
        out->nexthops[i].ifindex = ribd_list(list)[i].ifindex;
        out->n_nexthops++;
    }
}

static void tell_dest(struct rib *r, struct dest *d, enum rib_client_id c)
{
    const struct route *rt = best_of(d);
    uint8_t bit = (uint8_t)(1u << c);
    struct rib_best_route best;

    ribd_dest_seen(d);
    if (rt && (ribd_dest_vrf(d)->sources[c] & (1u << rt->source))) {
        fill_best(d, rt, &best);
        d->told |= bit;
        r->cb->best_route(r->arg, c, &best);
    } else if (d->told & bit) {
        d->told &= (uint8_t)~bit;
        r->cb->best_route_gone(r->arg, c, ribd_dest_vrf(d)->id, RIBD_PREFIX_OF(d));
    }
}

void ribd_rib_subscribe(struct rib *r, enum rib_client_id c, uint32_t vrf, uint32_t sources)
{
    struct vrf *v = ribd_vrf_get(r, vrf);

    v->sources[c] = sources;
    v->subscribers = (uint8_t)((v->subscribers & ~(1u << c)) | (sources ? 1u << c : 0));
    v->dump[c].is_due = sources != 0;
    v->dump[c].has_begun = false;
    ribd_work(r);
}

bool ribd_report_is_due(const struct rib *r, const struct dest *d)
{
    (void)r;
    return d->told || ribd_dest_vrf(d)->subscribers;
}

/* Until all prefixes are visited its next session is told of none; then of all. */
static bool is_forgetting(const struct rib *r, int c)
{
    return r->clients[c].forget.is_on;
}

static void forget_told(struct rib *r, struct walk *w, struct dest *d)
{
    uint8_t bit = (uint8_t)(1u << w->client);

    if (!(d->told & bit))
        return;
    d->told &= (uint8_t)~bit;
    ribd_dest_report(r, d); /* it may go now */
}

void ribd_report_init(struct rib *r, enum rib_client_id c)
{
    r->clients[c].forget.visit = forget_told;
    r->clients[c].forget.client = c;
}

/* False: there is more than fits in this turn. */
static bool dump_some(struct rib *r, struct vrf *v, enum rib_client_id c, size_t *budget)
{
    struct prefix p, *after = v->dump[c].has_begun ? &v->dump[c].after : NULL;

    for (int f = 0; f < FAMILIES; f++) {
        struct dest *d = trie_next_after(v->dests[f], after, &p);

        for (; d; d = trie_next_after(v->dests[f], &p, &p)) {
            if (!d->pending && !d->is_writing)
                tell_dest(r, d, c);
            v->dump[c].has_begun = true;
            v->dump[c].after = p;
            if (--*budget == 0)
                return false;
        }
    }
    return true;
}

static size_t dumps_due(const struct rib *r)
{
    const struct vrf *v, *tmp;
    size_t n = 0;

    HASH_ITER (hh, r->vrfs, v, tmp) {
        for (int c = 0; c < CLIENTS; c++)
            n += v->dump[c].is_due && !is_forgetting(r, c);
    }
    return n;
}

/* The same share for all: who subscribes again and again delays no other. */
static void report_dumps(struct rib *r)
{
    size_t n_due = dumps_due(r), share = n_due ? ribd_part(r, DUMP_A_TURN) / n_due + 1 : 0;
    struct vrf *v, *tmp;

    r->is_dump_left = false;
    if (n_due == 0)
        return;
    HASH_ITER (hh, r->vrfs, v, tmp) {
        for (int c = 0; c < CLIENTS; c++) {
            size_t budget = share;

            if (!v->dump[c].is_due || is_forgetting(r, c))
                continue;
            if (!dump_some(r, v, (enum rib_client_id)c, &budget)) {
                r->is_dump_left = true;
                continue;
            }
            v->dump[c].is_due = false;
            r->cb->routes_complete(r->arg, (enum rib_client_id)c, v->id);
        }
    }
}

bool ribd_report_can_go_on(const struct rib *r)
{
    return r->is_dump_left || ribd_fifo_n(&r->report_dests);
}

static void report_dests(struct rib *r)
{
    size_t n = ribd_fifo_n(&r->report_dests), most = ribd_part(r, REPORT_A_TURN);

    for (n = n < most ? n : most; n; n--) {
        struct dest *d = ribd_fifo_take(r, &r->report_dests);

        d->is_reporting = false;
        if (d->pending || (d->is_writing && d->routes))
            continue; /* the result brings it here again */
        for (int c = 0; c < CLIENTS; c++) {
            if ((ribd_dest_vrf(d)->sources[c] || (d->told & 1u << c)) && !is_forgetting(r, c))
                tell_dest(r, d, (enum rib_client_id)c);
        }
        ribd_dest_try_free(r, d);
    }
}

/* --- watches --- */

void ribd_watch_due(struct rib *r, struct watch *w)
{
    if (w->is_due)
        return;
    w->is_due = true;
    w->due_at = (uint32_t)r->watches_due.n;
    ribd_vec_push(r, &r->watches_due, w);
}

void ribd_rib_watch(struct rib *r, enum rib_client_id c, uint32_t watch, uint32_t vrf, const struct ip_addr *a,
                    bool needs_lsp)
{
    struct watch *w;

    ribd_rib_unwatch(r, c, watch);
    if (ribd_family_index(a->family) < 0)
        return;
    w = MEM_NEW(&r->mem, struct watch);
    w->id = watch;
    w->client = (uint8_t)c;
    w->node = ribd_node_get(r, ribd_vrf_get(r, vrf), a, needs_lsp);
    LIST_INSERT_HEAD(&w->node->watches, w, on_node);
    HASH_ADD(hh, r->clients[c].watches, id, sizeof(w->id), w);
    ribd_watch_due(r, w);
    ribd_work(r);
}

void ribd_watch_free(struct rib *r, struct watch *w)
{
    if (w->is_due) { /* the last one takes its place */
        struct watch *last = r->watches_due.at[--r->watches_due.n];

        r->watches_due.at[w->due_at] = last;
        last->due_at = w->due_at;
    }
    HASH_DEL(r->clients[w->client].watches, w);
    LIST_REMOVE(w, on_node);
    ribd_node_put(r, w->node);
    mem_free(&r->mem, w);
}

void ribd_rib_unwatch(struct rib *r, enum rib_client_id c, uint32_t watch)
{
    struct watch *w;

    HASH_FIND(hh, r->clients[c].watches, &watch, sizeof(watch), w);
    if (w)
        ribd_watch_free(r, w);
}

static void tell_watch(struct rib *r, const struct watch *w)
{
    const struct node *n = w->node;
    struct rib_nexthop_state s = {.watch = w->id,
                                  .is_usable = n->list != NULL,
                                  .source = n->source,
                                  .prefix_len = n->match_len,
                                  .metric = n->metric};

    if (n->list)
        s.ifindex = ribd_list(n->list)[0].ifindex;
    for (size_t i = 0; i < ribd_list_n(n->list); i++)
        s.has_lsp |= ribd_list(n->list)[i].is_lsp;
    snprintf(s.reason, sizeof(s.reason), "%s", n->reason);
    r->cb->nexthop(r->arg, w->client, &s);
}

static void report_watches(struct rib *r)
{
    for (size_t i = 0; i < r->watches_due.n; i++) {
        struct watch *w = r->watches_due.at[i];

        w->is_due = false;
        tell_watch(r, w);
    }
    r->watches_due.n = 0;
}

/* --- all of it --- */

void ribd_report(struct rib *r)
{
    report_dests(r);
    report_dumps(r);
    report_watches(r);
    for (size_t i = 0; i < r->report_entries.n; i++) {
        struct entry *e = r->report_entries.at[i];

        e->is_reporting = false;
        ribd_entry_answer(r, e);
    }
    r->report_entries.n = 0;
}

void ribd_report_session_lost(struct rib *r, enum rib_client_id c)
{
    struct watch *w, *wtmp;
    struct vrf *v, *vtmp;
    bool had = false;

    HASH_ITER (hh, r->clients[c].watches, w, wtmp)
        ribd_watch_free(r, w);
    HASH_ITER (hh, r->vrfs, v, vtmp) {
        if (!v->sources[c])
            continue;
        v->sources[c] = 0;
        v->subscribers &= (uint8_t) ~(1u << c);
        v->dump[c].is_due = false;
        had = true;
    }
    if (had)
        ribd_walk_start(r, &r->clients[c].forget);
}
