/* SPDX-License-Identifier: Apache-2.0
 *
 * The RIB as the operator reads it: routes with what they resolve to, label entries with where they lead, counters.
 */
#include "src/ribd/rib/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/rib/internal.h"

static size_t fill_hops(const struct interned *list, bool is_label, struct rib_view_hop *out)
{
    size_t n = ribd_list_n(list);

    memset(out, 0, n * sizeof(out[0]));
    for (size_t i = 0; i < n; i++) {
        const struct rnh *h = &ribd_list(list)[i];

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

/* --- routes --- */

struct routes_walk {
    struct rib *r;
    size_t left;
    void (*fn)(void *arg, const struct rib_route_view *v);
    void *arg;
};

static void view_route(struct routes_walk *w, const struct dest *d, const struct route *rt)
{
    struct rib_view_hop hops[RIB_NEXTHOPS_MAX];
    char reason[RIB_TEXT_MAX] = "";
    struct rib_route_view v = {
        .vrf = d->vrf->id,
        .prefix = d->prefix,
        .client = rt->client,
        .source = rt->source,
        .distance = rt->distance,
        .metric = rt->metric,
        .tag = rt->tag,
        .is_selected = rt == d->selected,
        .is_stale = rt->epoch != w->r->clients[rt->client].epoch,
        .hops = hops,
        .reason = reason,
    };

    v.n_hops = fill_hops(rt->path->list, false, hops);
    v.is_installed = v.is_selected && !d->pending && !d->is_failed && (d->kernel_nhid || ribd_route_is_connected(rt));
    if (!d->vrf->is_present)
        snprintf(reason, sizeof(reason), "the VPN instance is not present");
    else if (!ribd_path_is_usable(rt->path))
        ribd_path_reason(w->r, rt->path, false, &rt->dest->prefix, reason);
    else if (v.is_selected && d->is_failed)
        snprintf(reason, sizeof(reason), "kernel: %.100s", ribd_failure_text(w->r, d));
    w->fn(w->arg, &v);
}

static int vrf_by_id(const void *a, const void *b)
{
    const struct vrf *x = *(const struct vrf *const *)a, *y = *(const struct vrf *const *)b;

    return x->id < y->id ? -1 : x->id > y->id;
}

static void view_table(struct routes_walk *w, const struct vrf *v)
{
    struct prefix p;

    for (int f = 0; f < FAMILIES; f++) {
        for (struct dest *d = trie_next_after(v->dests[f], NULL, &p); d; d = trie_next_after(v->dests[f], &p, &p)) {
            for (struct route *rt = d->routes; rt; rt = rt->next) {
                if (w->left-- == 0) {
                    w->left = 0;
                    return;
                }
                view_route(w, d, rt);
            }
        }
    }
}

void ribd_rib_view_routes(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_route_view *v),
                          void *arg)
{
    /* Reading computes reasons with the writers' functions; nothing is changed. */
    struct routes_walk w = {(struct rib *)(uintptr_t)r, limit ? limit : SIZE_MAX, fn, arg};
    size_t n = HASH_COUNT(r->vrfs), i = 0;
    struct vrf **vrfs = mem_alloc(NULL, (n + 1) * sizeof(vrfs[0]));
    struct vrf *v, *tmp;

    HASH_ITER (hh, r->vrfs, v, tmp)
        vrfs[i++] = v;
    qsort(vrfs, n, sizeof(vrfs[0]), vrf_by_id);
    for (i = 0; i < n; i++)
        view_table(&w, vrfs[i]);
    mem_free(NULL, vrfs);
}

/* --- labels --- */

static void view_entry(const struct rib *r, const struct entry *e,
                       void (*fn)(void *arg, const struct rib_label_view *v), void *arg)
{
    struct rib_view_hop hops[RIB_NEXTHOPS_MAX];
    struct rib_label_view v = {
        .entry = e->e,
        .client = e->client,
        .is_stale = e->epoch != r->clients[e->client].epoch,
        .is_pending = e->pending || e->is_queued,
        .lookup_ifindex = e->written_lookup,
        .n_hops = fill_hops(e->written, true, hops),
        .hops = hops,
        .n_scope = e->scope ? e->scope->n : 0,
        .scope = e->scope ? e->scope->members : NULL,
        .reason = e->is_failed ? ribd_failure_text(r, e) : e->reason,
    };

    v.status = e->is_failed                      ? RIB_LABEL_FAILED
               : e->written || e->written_lookup ? RIB_LABEL_INSTALLED
                                                 : RIB_LABEL_UNUSABLE;
    fn(arg, &v);
}

static int entry_by_label(const void *a, const void *b)
{
    const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;

    return x->in_label < y->in_label ? -1 : x->in_label > y->in_label;
}

void ribd_rib_view_labels(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_label_view *v),
                          void *arg)
{
    size_t n = HASH_COUNT(r->entries), i = 0;
    struct entry **list = mem_alloc(NULL, (n + 1) * sizeof(list[0]));
    struct entry *e, *tmp;

    HASH_ITER (hh, r->entries, e, tmp)
        list[i++] = e;
    qsort(list, n, sizeof(list[0]), entry_by_label);
    for (i = 0; i < n && (!limit || i < limit); i++) {
        if (!list[i]->is_deleted)
            view_entry(r, list[i], fn, arg);
    }
    mem_free(NULL, list);
}

bool ribd_rib_view_label(const struct rib *r, uint32_t label, void (*fn)(void *arg, const struct rib_label_view *v),
                         void *arg)
{
    struct entry *e;

    HASH_FIND(hh, r->entries, &label, sizeof(label), e);
    if (!e || e->is_deleted)
        return false;
    view_entry(r, e, fn, arg);
    return true;
}

void ribd_rib_count(const struct rib *r, struct rib_counters *out)
{
    *out = (struct rib_counters){
        .routes = r->n_routes,
        .prefixes = r->n_prefixes,
        .nexthops = r->n_nexthops,
        .labels = HASH_COUNT(r->entries),
        .bindings = r->n_bindings,
        .sets = HASH_COUNT(r->sets),
        .retries = r->n_retries,
        .failures = HASH_COUNT(r->failures),
        .resolutions = r->n_resolutions,
        .bytes = r->mem.bytes,
    };
}
