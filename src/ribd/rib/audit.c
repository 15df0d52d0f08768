/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit: what the kernel has of ours against what we believe to have written. Each difference is told in words;
 * with repair, what is missing or changed is marked as not written and what is nobody's is deleted. What waits for a
 * result is passed over, and so is what a former ribd left and nobody told again yet.
 *
 * It takes many turns, and the kernel's answer is as old as it likes. So whatever is written, or answered, from the
 * beginning to the end is passed over, too: prefixes and paths bear the number of the audit then, as those do that the
 * kernel told; labels and ids of nexthop objects stand in sets of bits.
 *
 *   DUMP (the data plane tells) -> NEXTHOPS -> ROUTES -> LABELS (what it did not tell) -> ORPHANS (deleted)
 */
#include "src/ribd/rib/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum phase { PHASE_DUMP, PHASE_NEXTHOPS, PHASE_ROUTES, PHASE_LABELS, PHASE_ORPHANS };

/* Bits by number, in pages that are there from their first use. */
enum { SET_PAGE = 32768, SET_PAGES = (NHID_LAST + 1) / SET_PAGE };
struct bits {
    uint64_t *page[SET_PAGES];
};

struct audit {
    struct rib *r;
    bool is_repair;
    struct rib_audit_events events;
    void *arg;
    int n, error; /* of the dump */
    enum phase phase;
    struct walk routes;
    uint32_t nexthop, label;       /* the next to look at */
    struct bits gone;              /* nexthop objects deleted meanwhile */
    struct bits touched, is_there; /* labels */
    struct guard_seen *guards;
    struct orphan *orphans; /* deleted at the end */
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

static void bit_set(struct rib *r, struct bits *b, uint32_t i)
{
    uint64_t **page = &b->page[i / SET_PAGE];

    if (i > NHID_LAST)
        return;
    if (!*page)
        *page = mem_alloc(&r->mem, SET_PAGE / 8);
    (*page)[i % SET_PAGE / 64] |= 1ull << i % 64;
}

static bool bit_is_set(const struct bits *b, uint32_t i)
{
    const uint64_t *page = i <= NHID_LAST ? b->page[i / SET_PAGE] : NULL;

    return page && page[i % SET_PAGE / 64] & 1ull << i % 64;
}

static void bits_free(struct rib *r, struct bits *b)
{
    for (size_t i = 0; i < SET_PAGES; i++)
        mem_free(&r->mem, b->page[i]);
}

/* --- what happens meanwhile --- */

void ribd_audit_nexthop_gone(struct rib *r, uint32_t id)
{
    if (r->audit)
        bit_set(r, &r->audit->gone, id);
}

void ribd_audit_label_note(struct rib *r, uint32_t label)
{
    bit_set(r, &r->audit->touched, label);
}

bool ribd_audit_keeps(const struct rib *r, const struct dest *d)
{
    return r->audit && r->audit->phase == PHASE_DUMP && d->audit == r->audit_no;
}

/* --- differences --- */

static void differs(struct audit *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differs(struct audit *a, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    a->n++;
    if (!a->events.difference)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    a->events.difference(a->arg, text);
}

enum { TABLE_TEXT = RIB_NAME_MAX + 24 };

/* The instance by its name, and its table by the name or number that `ip route show table` knows. */
static const char *table_text(const struct rib *r, uint32_t vrf, char buf[TABLE_TEXT])
{
    char name[RIB_NAME_MAX];

    if (vrf == RIB_VRF_PUBLIC)
        snprintf(buf, TABLE_TEXT, "public (table main)");
    else if (r->cb->instance_name && r->cb->instance_name(r->arg, vrf, name))
        snprintf(buf, TABLE_TEXT, "%s (table %u)", name, vrf);
    else
        snprintf(buf, TABLE_TEXT, "table %u", vrf);
    return buf;
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

/* What it said is nobody's may be somebody's by now. */
static bool is_ours(struct audit *a, const struct orphan *o)
{
    const struct vrf *v;
    const struct dest *d;
    const struct entry *e;

    switch (o->kind) {
    case ORPHAN_NEXTHOP:
        return ribd_nhid_owner(a->r, o->a) || bit_is_set(&a->gone, o->a);
    case ORPHAN_ROUTE:
        v = ribd_vrf_find(a->r, o->a);
        d = v ? ribd_dest_find(v, &o->prefix) : NULL;
        return d && (d->kernel_nhid || d->pending);
    case ORPHAN_LABEL:
        e = ribd_entry_find(a->r, o->a);
        return bit_is_set(&a->touched, o->a) || (e && (e->written || e->written_lookup || e->pending));
    case ORPHAN_GUARD:
        return bit_is_set(&a->touched, o->b);
    }
    return true;
}

static void delete_orphan(struct audit *a, const struct orphan *o)
{
    struct dataplane *dp = a->r->dp;

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

/* Routes before the objects under them: they were found last. */
static void delete_orphans(struct audit *a, size_t *budget)
{
    for (; a->n_orphans && *budget; --*budget) {
        const struct orphan *o = &a->orphans[--a->n_orphans];

        if (!is_ours(a, o))
            delete_orphan(a, o);
    }
}

/* --- nexthop objects --- */

static void path_lost(struct audit *a, struct path *p)
{
    if (a->is_repair)
        ribd_path_unwritten(a->r, p);
}

static void audit_nexthop(void *arg, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    struct audit *a = arg;
    struct path *p = ribd_nhid_owner(a->r, id);
    struct adopted_nexthop *adopted;
    struct interned *list;

    HASH_FIND(hh, a->r->adopted_nexthops, &id, sizeof(id), adopted);
    if (adopted || bit_is_set(&a->gone, id) || (p && p->audit == a->r->audit_no))
        return;
    if (!p && ribd_nhid_is_leaving(a->r, id))
        return;
    if (!p) {
        differs(a, "nexthop %u: in the kernel, but nobody's", id);
        orphan(a, (struct orphan){.kind = ORPHAN_NEXTHOP, .a = id});
        return;
    }
    p->audit = a->r->audit_no;
    list = ribd_list_of_kernel(a->r, nh, n);
    if (list != p->written && !p->pending && p->written) {
        differs(a, "nexthop %u: changed by somebody else", id);
        path_lost(a, p);
    }
    if (list)
        ribd_list_put(a->r, list);
}

static void missing_nexthops(struct audit *a, size_t *budget)
{
    struct path *p;

    for (; *budget && (p = ribd_nhid_next_owner(a->r, &a->nexthop)); a->nexthop++, --*budget) {
        if (!p->written || p->pending || p->is_failed || p->audit == a->r->audit_no)
            continue;
        differs(a, "nexthop %u: missing in the kernel", p->id);
        path_lost(a, p);
    }
}

/* --- routes --- */

/* It is to be written anew; or a former ribd's, over an interface that bounced, which may be there or not. */
static bool is_left_alone(const struct dest *d)
{
    return d->kernel_nhid == NHID_UNKNOWN;
}

static void audit_route(void *arg, const struct dp_route *route)
{
    struct audit *a = arg;
    struct dest *d = ribd_dest_find(ribd_vrf_get(a->r, route->table), &route->prefix);
    uint32_t nhid = ribd_nhid_of_kernel(route);
    char p[PREFIX_TEXT_MAX], table[TABLE_TEXT];

    prefix_text(&route->prefix, p, sizeof(p));
    if (d && d->audit == a->r->audit_no)
        return;
    if (!d || (!d->kernel_nhid && !d->pending)) {
        differs(a, "route %s of %s: in the kernel, but nobody's", p, table_text(a->r, route->table, table));
        orphan(a, (struct orphan){.kind = ORPHAN_ROUTE, .a = route->table, .prefix = route->prefix});
        return;
    }
    d->audit = a->r->audit_no;
    if (nhid == d->kernel_nhid || d->pending || is_left_alone(d))
        return;
    differs(a, "route %s of %s: changed by somebody else", p, table_text(a->r, route->table, table));
    if (a->is_repair) {
        d->kernel_nhid = NHID_UNKNOWN;
        ribd_dest_write(a->r, d);
    }
}

static void missing_route(struct rib *r, struct walk *w, struct dest *d)
{
    struct audit *a = r->audit;
    char p[PREFIX_TEXT_MAX], table[TABLE_TEXT];

    (void)w;
    if (d->audit == r->audit_no && !d->kernel_nhid) /* it was kept until now */
        ribd_dest_report(r, d);
    if (a->error || !d->kernel_nhid || d->pending || d->audit == r->audit_no || d->is_failed || is_left_alone(d))
        return;
    differs(a, "route %s of %s: missing in the kernel", prefix_text(RIBD_PREFIX_OF(d), p, sizeof(p)),
            table_text(r, ribd_dest_vrf(d)->id, table));
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
    ribd_entry_lost(a->r, e);
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
    if (adopted || bit_is_set(&a->touched, l->in_label))
        return;
    e = ribd_entry_find(a->r, l->in_label);
    if (!e || (!e->written && !e->written_lookup && !e->pending)) {
        differs(a, "label %u: in the kernel, but nobody's", l->in_label);
        orphan(a, (struct orphan){.kind = ORPHAN_LABEL, .a = l->in_label});
        return;
    }
    bit_set(a->r, &a->is_there, l->in_label);
    if (!e->pending && !is_as_written(a->r, e, l)) {
        differs(a, "label %u: changed by somebody else", l->in_label);
        entry_lost(a, e);
    }
}

static void missing_guards(struct audit *a, struct entry *e)
{
    struct guard_seen *g;
    const uint32_t *let_in;
    char name[32];
    size_t n;

    let_in = ribd_entry_let_in(e, &n);
    for (size_t i = 0; i < n; i++) {
        struct guard_key key = {let_in[i], e->in_label};

        HASH_FIND(hh, a->guards, &key, sizeof(key), g);
        if (g)
            continue;
        differs(a, "guard: label %u is not let in on %s", key.label,
                ribd_iface_name(a->r, key.ifindex, name, sizeof(name)));
        if (a->is_repair) {
            e->is_guard_forced = true;
            ribd_entry_queue(a->r, e);
        }
    }
}

static void missing_labels(struct audit *a, size_t *budget)
{
    struct entry *e;

    for (; *budget && (e = ribd_entry_next(a->r, a->label)); --*budget) {
        a->label = e->in_label + 1;
        if (e->pending || e->is_failed || bit_is_set(&a->touched, e->in_label))
            continue;
        if ((e->written || e->written_lookup) && !bit_is_set(&a->is_there, e->in_label)) {
            differs(a, "label %u: missing in the kernel", e->in_label);
            entry_lost(a, e);
            e->may_be_there = false;
        }
        missing_guards(a, e);
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
    char name[32];
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
    if (adopted || (e && e->pending) || bit_is_set(&a->touched, label))
        return;
    differs(a, "guard: label %u is let in on %s, but was not given there", label,
            ribd_iface_name(a->r, ifindex, name, sizeof(name)));
    orphan(a, (struct orphan){.kind = ORPHAN_GUARD, .a = ifindex, .b = label});
}

/* --- all of it --- */

void ribd_audit_end(struct rib *r)
{
    struct audit *a = r->audit;
    struct guard_seen *g, *tmp;

    if (!a)
        return;
    if (a->phase == PHASE_DUMP && r->dp->ops->dump_stop)
        r->dp->ops->dump_stop(r->dp);
    if (a->routes.is_on)
        TAILQ_REMOVE(&r->walks, &a->routes, link);
    r->audit = NULL;
    HASH_ITER (hh, a->guards, g, tmp) {
        HASH_DEL(a->guards, g);
        mem_free(&r->mem, g);
    }
    bits_free(r, &a->gone);
    bits_free(r, &a->touched);
    bits_free(r, &a->is_there);
    mem_free(&r->mem, a->orphans);
    mem_free(&r->mem, a);
}

static void finish(struct rib *r, int result)
{
    struct audit *a = r->audit;
    struct rib_audit_events events = a->events;
    void *arg = a->arg;
    bool is_work = a->is_repair && a->n;

    ribd_audit_end(r);
    if (is_work)
        ribd_work(r);
    events.done(arg, result);
}

static void dumped(void *arg, int error)
{
    struct audit *a = arg;

    a->error = error;
    a->phase = error ? PHASE_ROUTES : PHASE_NEXTHOPS;
    if (error) { /* half of it is known; what was kept goes */
        a->n_orphans = 0;
        ribd_walk_start(a->r, &a->routes);
    }
    ribd_work(a->r);
}

static void routes_done(struct rib *r, struct walk *w)
{
    (void)w;
    r->audit->phase = r->audit->error ? PHASE_ORPHANS : PHASE_LABELS;
}

bool ribd_audit_can_go_on(const struct rib *r)
{
    return r->audit && r->audit->phase != PHASE_DUMP && r->audit->phase != PHASE_ROUTES;
}

void ribd_audit_work(struct rib *r, size_t *budget)
{
    struct audit *a = r->audit;

    if (!ribd_audit_can_go_on(r))
        return;
    if (a->phase == PHASE_NEXTHOPS) {
        missing_nexthops(a, budget);
        if (*budget == 0)
            return;
        a->phase = PHASE_ROUTES;
        ribd_walk_start(r, &a->routes);
        return;
    }
    if (a->phase == PHASE_LABELS) {
        missing_labels(a, budget);
        if (*budget == 0)
            return;
        a->phase = PHASE_ORPHANS;
    }
    delete_orphans(a, budget);
    if (a->n_orphans == 0)
        finish(r, a->error ? a->error : a->n);
}

int ribd_rib_audit_start(struct rib *r, bool is_repair, const struct rib_audit_events *ev, void *arg)
{
    static const struct dp_dump dump = {
        .nexthop = audit_nexthop, .route = audit_route, .label = audit_label, .guard = audit_guard, .done = dumped};
    struct audit *a;
    int error;

    if (r->audit || r->adoption.is_on)
        return -EBUSY;
    r->audit_no = r->audit_no == UINT8_MAX ? 1 : (uint8_t)(r->audit_no + 1);
    r->audit = a = MEM_NEW(&r->mem, struct audit);
    *a = (struct audit){.r = r, .is_repair = is_repair, .events = *ev, .arg = arg, .nexthop = NHID_FIRST};
    a->routes.visit = missing_route;
    a->routes.done = routes_done;
    error = r->dp->ops->dump(r->dp, &dump, a);
    if (error && r->audit == a) {
        a->phase = PHASE_NEXTHOPS;
        ribd_audit_end(r);
    }
    return error;
}

bool ribd_rib_is_auditing(const struct rib *r)
{
    return r->audit != NULL;
}
