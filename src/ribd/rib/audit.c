/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit: what the kernel has of ours against what we believe to have written. Each difference is told in words;
 * with repair, what is missing or changed is marked as not written and what is nobody's is deleted. What waits for a
 * result is passed over, and so is what a former ribd left and nobody told again yet.
 */
#include "src/ribd/rib/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct path_id {
    uint32_t id;
    struct path *path;
};

struct audit {
    struct rib *r;
    bool is_repair;
    void (*fn)(void *arg, const char *difference);
    void *arg;
    int n;
    struct path_id *by_id; /* ascending */
    size_t n_by_id;
    struct guard_seen *guards;
    struct orphan *orphans; /* deleted after the dump */
    size_t n_orphans, room;
};

struct orphan {
    enum { ORPHAN_NEXTHOP, ORPHAN_ROUTE, ORPHAN_LABEL, ORPHAN_GUARD } kind;
    uint32_t a, b; /* id; table; label; interface and label */
    struct prefix prefix;
};

struct guard_seen {
    struct guard_key key;
    UT_hash_handle hh;
};

static void differs(struct audit *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differs(struct audit *a, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    a->n++;
    if (!a->fn)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    a->fn(a->arg, text);
}

static void orphan(struct audit *a, struct orphan o)
{
    if (!a->is_repair)
        return;
    if (a->n_orphans == a->room) {
        a->room = a->room ? a->room * 2 : 16;
        a->orphans = mem_realloc(&a->r->mem, a->orphans, a->room * sizeof(a->orphans[0]));
    }
    a->orphans[a->n_orphans++] = o;
}

/* Routes before the objects under them: they were found last. */
static void delete_orphans(struct audit *a)
{
    struct dataplane *dp = a->r->dp;

    while (a->n_orphans) {
        const struct orphan *o = &a->orphans[--a->n_orphans];

        switch (o->kind) {
        case ORPHAN_NEXTHOP:
            dp->ops->nexthop_del(dp, RIB_COOKIE_NONE, o->a);
            break;
        case ORPHAN_ROUTE:
            dp->ops->route_del(dp, RIB_COOKIE_NONE, o->a, &o->prefix);
            break;
        case ORPHAN_LABEL:
            dp->ops->label_del(dp, RIB_COOKIE_NONE, o->a);
            break;
        case ORPHAN_GUARD:
            dp->ops->guard_set(dp, RIB_COOKIE_NONE, o->a, o->b, false);
            break;
        }
    }
    mem_free(&a->r->mem, a->orphans);
}

/* --- nexthop objects --- */

static void index_path(struct audit *a, uint32_t id, struct path *p)
{
    if (id)
        a->by_id[a->n_by_id++] = (struct path_id){id, p};
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = ((const struct path_id *)a)->id, y = ((const struct path_id *)b)->id;

    return x < y ? -1 : x > y;
}

static void index_paths(struct audit *a)
{
    struct path *p, *tmp;

    a->by_id = mem_alloc(&a->r->mem, (2 * (size_t)HASH_COUNT(a->r->paths) + 1) * sizeof(a->by_id[0]));
    HASH_ITER (hh, a->r->paths, p, tmp) {
        p->is_seen = false;
        index_path(a, p->id, p);
        if (p->pending)
            index_path(a, p->leaving_id, p);
    }
    qsort(a->by_id, a->n_by_id, sizeof(a->by_id[0]), by_id);
}

static struct path *path_by_id(const struct audit *a, uint32_t id)
{
    struct path_id key = {id, NULL};
    const struct path_id *found = bsearch(&key, a->by_id, a->n_by_id, sizeof(key), by_id);

    return found ? found->path : NULL;
}

static void path_lost(struct audit *a, struct path *p)
{
    if (a->is_repair)
        ribd_path_unwritten(a->r, p);
}

static void audit_nexthop(void *arg, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    struct audit *a = arg;
    struct path *p = path_by_id(a, id);
    struct adopted_nexthop *adopted;
    struct interned *list;

    HASH_FIND(hh, a->r->adopted_nexthops, &id, sizeof(id), adopted);
    if (adopted)
        return;
    if (!p) {
        differs(a, "nexthop %u: in the kernel, but nobody's", id);
        orphan(a, (struct orphan){.kind = ORPHAN_NEXTHOP, .a = id});
        return;
    }
    p->is_seen = true;
    list = ribd_list_of_kernel(a->r, nh, n);
    if (list != p->written && !p->pending && p->written) {
        differs(a, "nexthop %u: changed by somebody else", id);
        path_lost(a, p);
    }
    if (list)
        ribd_list_put(a->r, list);
}

static void missing_nexthops(struct audit *a)
{
    struct path *p, *tmp;

    HASH_ITER (hh, a->r->paths, p, tmp) {
        if (p->id && p->written && !p->pending && !p->is_failed && !p->is_seen) {
            differs(a, "nexthop %u: missing in the kernel", p->id);
            path_lost(a, p);
        }
    }
}

/* --- routes --- */

static void unsee(void *arg, struct dest *d)
{
    (void)arg;
    d->is_seen = false;
}

/* A former ribd's, over an interface that bounced: it may be there or not, until the sweep. */
static bool is_left_alone(const struct dest *d)
{
    return d->is_adopted && d->kernel_nhid == NHID_UNKNOWN;
}

static void audit_route(void *arg, const struct dp_route *route)
{
    struct audit *a = arg;
    struct dest *d = ribd_dest_find(ribd_vrf_get(a->r, route->table), &route->prefix);
    uint32_t nhid = ribd_nhid_of_kernel(route);
    char p[PREFIX_TEXT_MAX];

    prefix_text(&route->prefix, p, sizeof(p));
    if (!d || (!d->kernel_nhid && !d->pending)) {
        differs(a, "route %s table %u: in the kernel, but nobody's", p, route->table);
        orphan(a, (struct orphan){.kind = ORPHAN_ROUTE, .a = route->table, .prefix = route->prefix});
        return;
    }
    d->is_seen = true;
    if (nhid == d->kernel_nhid || d->pending || is_left_alone(d))
        return;
    differs(a, "route %s table %u: changed by somebody else", p, route->table);
    if (a->is_repair) {
        d->kernel_nhid = NHID_UNKNOWN;
        ribd_dest_write(a->r, d);
    }
}

static void missing_route(void *arg, struct dest *d)
{
    struct audit *a = arg;
    char p[PREFIX_TEXT_MAX];

    if (!d->kernel_nhid || d->pending || d->is_seen || d->is_failed || is_left_alone(d))
        return;
    differs(a, "route %s table %u: missing in the kernel", prefix_text(RIBD_PREFIX_OF(d), p, sizeof(p)),
            ribd_dest_vrf(d)->id);
    if (a->is_repair) {
        d->kernel_nhid = 0;
        ribd_dest_write(a->r, d);
    }
}

/* --- labels --- */

static void entry_lost(struct audit *a, struct entry *e)
{
    if (!a->is_repair)
        return;
    ribd_entry_unwritten(a->r, e);
    ribd_entry_queue(a->r, e);
}

static bool is_as_written(struct rib *r, const struct entry *e, const struct dp_label *l)
{
    struct interned *found = l->lookup_ifindex ? NULL : ribd_list_of_kernel(r, l->nexthops, l->n_nexthops);
    struct rnh list[RIB_NEXTHOPS_MAX];
    struct interned *written = ribd_list_intern(r, list, ribd_entry_written(e, list));
    bool is_same = found == written;

    if (found)
        ribd_list_put(r, found);
    if (written)
        ribd_list_put(r, written);
    return is_same && l->lookup_ifindex == e->written_lookup && l->keeps_ttl == e->written_keeps_ttl;
}

static void audit_label(void *arg, const struct dp_label *l)
{
    struct audit *a = arg;
    struct adopted_label *adopted;
    struct entry *e;

    HASH_FIND(hh, a->r->adopted_labels, &l->in_label, sizeof(l->in_label), adopted);
    if (adopted)
        return;
    e = ribd_entry_find(a->r, l->in_label);
    if (!e || (!e->written && !e->written_lookup && !e->pending)) {
        differs(a, "label %u: in the kernel, but nobody's", l->in_label);
        orphan(a, (struct orphan){.kind = ORPHAN_LABEL, .a = l->in_label});
        return;
    }
    e->is_seen = true;
    if (!e->pending && !is_as_written(a->r, e, l)) {
        differs(a, "label %u: changed by somebody else", l->in_label);
        entry_lost(a, e);
    }
}

static void missing_labels(struct audit *a)
{
    struct entry *e;
    struct guard_seen *g;
    const uint32_t *let_in;
    size_t n;

    RIBD_EACH_ENTRY(e, a->r)
    {
        if ((e->written || e->written_lookup) && !e->pending && !e->is_seen && !e->is_failed) {
            differs(a, "label %u: missing in the kernel", e->in_label);
            entry_lost(a, e);
        }
        let_in = ribd_entry_let_in(e, &n);
        for (size_t i = 0; i < n; i++) {
            struct guard_key key = {let_in[i], e->in_label};

            HASH_FIND(hh, a->guards, &key, sizeof(key), g);
            if (g || e->pending || e->is_failed)
                continue;
            differs(a, "guard: label %u is not let in on interface %u", key.label, key.ifindex);
            if (a->is_repair) {
                e->is_guard_forced = true;
                ribd_entry_queue(a->r, e);
            }
        }
    }
}

/* --- guard --- */

static void audit_guard(void *arg, uint32_t ifindex, uint32_t label)
{
    struct audit *a = arg;
    struct guard_seen *g = MEM_NEW(&a->r->mem, struct guard_seen);
    struct guard_key key = {ifindex, label};
    struct adopted_guard *adopted;
    const uint32_t *let_in;
    struct entry *e;
    size_t n = 0;

    g->key = key;
    HASH_ADD(hh, a->guards, key, sizeof(g->key), g);
    HASH_FIND(hh, a->r->adopted_guards, &key, sizeof(key), adopted);
    e = ribd_entry_find(a->r, label);
    let_in = e ? ribd_entry_let_in(e, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (let_in[i] == ifindex)
            return;
    }
    if (adopted || (e && e->pending))
        return;
    differs(a, "guard: label %u is let in on interface %u, but was not given there", label, ifindex);
    orphan(a, (struct orphan){.kind = ORPHAN_GUARD, .a = ifindex, .b = label});
}

/* --- all of it --- */

int ribd_rib_audit(struct rib *r, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg)
{
    static const struct dp_dump dump = {
        .nexthop = audit_nexthop, .route = audit_route, .label = audit_label, .guard = audit_guard};
    struct audit a = {.r = r, .is_repair = is_repair, .fn = fn, .arg = arg};
    struct guard_seen *g, *gtmp;
    struct vrf *v, *vtmp;
    struct entry *e;
    int err;

    index_paths(&a);
    HASH_ITER (hh, r->vrfs, v, vtmp)
        ribd_vrf_each_dest(v, unsee, NULL);
    RIBD_EACH_ENTRY(e, r)
    e->is_seen = false;
    err = r->dp->ops->dump(r->dp, &dump, &a);
    if (err == 0) {
        missing_nexthops(&a);
        ribd_hidden_users_unwritten(r);
        HASH_ITER (hh, r->vrfs, v, vtmp)
            ribd_vrf_each_dest(v, missing_route, &a);
        missing_labels(&a);
    }
    delete_orphans(&a);
    HASH_ITER (hh, a.guards, g, gtmp) {
        HASH_DEL(a.guards, g);
        mem_free(&r->mem, g);
    }
    mem_free(&r->mem, a.by_id);
    if (is_repair && a.n)
        ribd_work(r);
    return err ? err : a.n;
}
