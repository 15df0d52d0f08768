/* SPDX-License-Identifier: Apache-2.0
 *
 * What a ribd before us left in the kernel. It is taken as it is and keeps forwarding; what clients tell again finds it
 * and is not written anew; the rest is swept when all have told or their time is over.
 */
#include "src/ribd/rib/internal.h"

#include <string.h>

#include "strata/log.h"

struct interned *ribd_list_of_kernel(struct rib *r, const struct dp_nexthop *nh, size_t n)
{
    struct rnh list[RIB_NEXTHOPS_MAX];

    if (n > RIB_NEXTHOPS_MAX)
        n = RIB_NEXTHOPS_MAX;
    memset(list, 0, sizeof(list));
    for (size_t i = 0; i < n; i++) {
        const struct label_stack *s = &nh[i].label.stack;

        list[i].ifindex = nh[i].ifindex;
        list[i].gateway.family = nh[i].gateway.family;
        memcpy(list[i].gateway.b, nh[i].gateway.b, ip_addr_bits(&nh[i].gateway) / 8);
        if (nh[i].label.state != LABEL_STATE_STACK || s->depth > LABEL_STACK_MAX)
            continue;
        list[i].depth = s->depth;
        list[i].ttl = nh[i].ttl;
        memcpy(list[i].label, s->label, s->depth * sizeof(s->label[0]));
    }
    return ribd_list_intern(r, list, n);
}

/* --- taking --- */

static void adopt_nexthop(void *arg, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    struct rib *r = arg;
    struct adopted_nexthop *x = MEM_NEW(&r->mem, struct adopted_nexthop);

    x->id = id;
    x->list = ribd_list_of_kernel(r, nh, n);
    HASH_ADD(hh, r->adopted_nexthops, id, sizeof(x->id), x);
    if (x->list)
        HASH_ADD(by_list, r->adopted_by_list, list, sizeof(x->list), x);
    ribd_nhid_take(r, id);
    r->adoption.n++;
}

uint32_t ribd_nhid_of_kernel(const struct dp_route *route)
{
    switch (route->type) {
    case DP_ROUTE_UNICAST:
        return route->nexthop_id;
    case DP_ROUTE_BLACKHOLE:
        return NHID_BLACKHOLE;
    case DP_ROUTE_UNREACHABLE:
        return NHID_UNREACHABLE;
    }
    return NHID_UNKNOWN;
}

static void adopt_route(void *arg, const struct dp_route *route)
{
    struct rib *r = arg;
    struct dest *d;

    d = ribd_dest_get(r, ribd_vrf_get(r, route->table), &route->prefix);
    if (!d)
        return;
    d->is_adopted = !d->routes;
    d->kernel_nhid = ribd_nhid_of_kernel(route);
    r->adoption.n++;
}

static void adopt_label(void *arg, const struct dp_label *l)
{
    struct rib *r = arg;
    struct adopted_label *x;
    struct entry *e;

    HASH_FIND(hh, r->adopted_labels, &l->in_label, sizeof(l->in_label), x);
    if (x)
        return;
    x = MEM_NEW(&r->mem, struct adopted_label);
    x->label = l->in_label;
    x->lookup = l->lookup_ifindex;
    x->keeps_ttl = l->keeps_ttl;
    x->list = l->lookup_ifindex ? NULL : ribd_list_of_kernel(r, l->nexthops, l->n_nexthops);
    HASH_ADD(hh, r->adopted_labels, label, sizeof(x->label), x);
    e = ribd_entry_find(r, l->in_label);
    if (e && !e->written && !e->written_lookup) /* told before we looked */
        ribd_adopt_label(r, e);
    if (r->adoption.events.label)
        r->adoption.events.label(r->adoption.arg, l->in_label);
    r->adoption.n++;
}

static void adopt_guard(void *arg, uint32_t ifindex, uint32_t label)
{
    struct rib *r = arg;
    struct guard_key key = {ifindex, label};
    struct adopted_guard *x;

    HASH_FIND(hh, r->adopted_guards, &key, sizeof(key), x);
    if (x)
        return;
    x = MEM_NEW(&r->mem, struct adopted_guard);
    x->key = key;
    HASH_ADD(hh, r->adopted_guards, key, sizeof(x->key), x);
}

/* What bounced while the kernel was read may have been told as it was before. */
static void adopted(void *arg, int error)
{
    struct rib *r = arg;
    struct adoption a = r->adoption;

    r->adoption = (struct adoption){0};
    for (size_t i = 0; i < a.n_bounced; i++)
        ribd_adopt_bounced(r, a.bounced[i].ifindex, a.bounced[i].is_device_gone);
    mem_free(&r->mem, a.bounced);
    a.events.done(a.arg, error, a.n);
}

int ribd_rib_adopt(struct rib *r, const struct rib_adoption_events *ev, void *arg)
{
    static const struct dp_dump fn = {
        .nexthop = adopt_nexthop, .route = adopt_route, .label = adopt_label, .guard = adopt_guard, .done = adopted};
    int error;

    r->adoption = (struct adoption){.is_on = true, .events = *ev, .arg = arg};
    error = r->dp->ops->dump(r->dp, &fn, r);
    if (error)
        r->adoption.is_on = false;
    return error;
}

static void note_bounce(struct rib *r, uint32_t ifindex, bool is_device_gone)
{
    struct adoption *a = &r->adoption;

    a->bounced = mem_realloc(&r->mem, a->bounced, (a->n_bounced + 1) * sizeof(a->bounced[0]));
    a->bounced[a->n_bounced++] = (struct bounced){ifindex, is_device_gone};
}

/* --- finding again --- */

static void forget_nexthop(struct rib *r, struct adopted_nexthop *x)
{
    HASH_DEL(r->adopted_nexthops, x);
    if (x->list) {
        HASH_DELETE(by_list, r->adopted_by_list, x);
        ribd_list_put(r, x->list);
    }
    mem_free(&r->mem, x);
}

uint32_t ribd_adopt_nexthop(struct rib *r, struct interned *list, uint32_t wanted)
{
    struct adopted_nexthop *x = NULL;
    uint32_t id;

    HASH_FIND(hh, r->adopted_nexthops, &wanted, sizeof(wanted), x);
    if (!x || x->list != list)
        HASH_FIND(by_list, r->adopted_by_list, &list, sizeof(list), x);
    if (!x)
        return 0;
    id = x->id;
    forget_nexthop(r, x);
    return id;
}

void ribd_adopt_label(struct rib *r, struct entry *e)
{
    struct adopted_label *x;

    HASH_FIND(hh, r->adopted_labels, &e->in_label, sizeof(e->in_label), x);
    if (!x)
        return;
    e->written = x->list;
    e->written_lookup = x->lookup;
    e->written_keeps_ttl = x->keeps_ttl;
    HASH_DEL(r->adopted_labels, x);
    mem_free(&r->mem, x);
}

void ribd_adopt_guard(struct rib *r, uint32_t ifindex, uint32_t label)
{
    struct guard_key key = {ifindex, label};
    struct adopted_guard *x;

    HASH_FIND(hh, r->adopted_guards, &key, sizeof(key), x);
    if (!x)
        return;
    HASH_DEL(r->adopted_guards, x);
    mem_free(&r->mem, x);
}

/* --- losing --- */

static bool goes_over(const struct interned *list, uint32_t ifindex)
{
    for (size_t i = 0; i < ribd_list_n(list); i++) {
        if (ribd_list(list)[i].ifindex == ifindex)
            return true;
    }
    return false;
}

static void forget_lost(struct rib *r, struct walk *w, struct dest *d)
{
    struct adopted_nexthop *x;

    (void)w;
    HASH_FIND(hh, r->adopted_nexthops, &d->kernel_nhid, sizeof(d->kernel_nhid), x);
    if (!x || x->list)
        return;
    d->kernel_nhid = NHID_UNKNOWN;
    ribd_dest_write(r, d);
}

/* A set of several hops may still be there with the others: it is not used again, but swept with the rest. */
void ribd_adopt_bounced(struct rib *r, uint32_t ifindex, bool is_device_gone)
{
    struct adopted_nexthop *n, *ntmp;
    struct adopted_label *l, *ltmp;
    bool has_lost = false;

    if (r->adoption.is_on)
        note_bounce(r, ifindex, is_device_gone);
    HASH_ITER (hh, r->adopted_nexthops, n, ntmp) {
        if (!n->list || !goes_over(n->list, ifindex))
            continue;
        HASH_DELETE(by_list, r->adopted_by_list, n);
        ribd_list_put(r, n->list);
        n->list = NULL;
        has_lost = true;
    }
    if (has_lost)
        ribd_walk_start(r, &r->lost_adopted_walk);
    HASH_ITER (hh, r->adopted_labels, l, ltmp) {
        if (!is_device_gone || !((l->list && goes_over(l->list, ifindex)) || l->lookup == ifindex))
            continue;
        HASH_DEL(r->adopted_labels, l);
        if (l->list)
            ribd_list_put(r, l->list);
        mem_free(&r->mem, l);
    }
}

/* --- sweeping --- */

static void sweep_dest(struct rib *r, struct walk *w, struct dest *d)
{
    (void)w;
    if (!d->is_adopted)
        return;
    d->is_adopted = false;
    ribd_dest_write(r, d);
}

static void routes_swept(struct rib *r, struct walk *w)
{
    (void)w;
    r->adopted_sweep = SWEEP_WRITE;
}

void ribd_adopt_init(struct rib *r)
{
    r->adopted_walk.visit = sweep_dest;
    r->adopted_walk.done = routes_swept;
    r->lost_adopted_walk.visit = forget_lost;
}

void ribd_rib_sweep_adopted(struct rib *r)
{
    if (r->adopted_sweep == SWEEP_NONE) {
        r->adopted_sweep = SWEEP_FIND;
        r->n_swept = 0;
    }
    ribd_work(r);
}

static void sweep_nexthops(struct rib *r, size_t *budget)
{
    struct adopted_nexthop *n, *ntmp;

    HASH_ITER (hh, r->adopted_nexthops, n, ntmp) {
        if (*budget == 0)
            return;
        --*budget;
        r->n_swept++;
        r->dp->ops->nexthop_del(r->dp, RIB_COOKIE_NONE, n->id);
        ribd_audit_nexthop_gone(r, n->id);
        ribd_nhid_free(r, n->id);
        forget_nexthop(r, n);
    }
}

static void sweep_labels(struct rib *r, size_t *budget)
{
    struct adopted_label *l, *ltmp;

    HASH_ITER (hh, r->adopted_labels, l, ltmp) {
        if (*budget == 0)
            return;
        --*budget;
        r->n_swept++;
        ribd_audit_label_touched(r, l->label);
        r->dp->ops->label_del(r->dp, (uint64_t)l->label << 3 | RIB_COOKIE_SWEPT_LABEL, l->label);
        HASH_DEL(r->adopted_labels, l);
        if (l->list)
            ribd_list_put(r, l->list);
        mem_free(&r->mem, l);
    }
}

static void sweep_guards(struct rib *r, size_t *budget)
{
    struct adopted_guard *g, *gtmp;

    HASH_ITER (hh, r->adopted_guards, g, gtmp) {
        if (*budget == 0)
            return;
        --*budget;
        r->n_swept++;
        ribd_audit_label_touched(r, g->key.label);
        r->dp->ops->guard_set(r->dp, RIB_COOKIE_NONE, g->key.ifindex, g->key.label, false);
        HASH_DEL(r->adopted_guards, g);
        mem_free(&r->mem, g);
    }
}

bool ribd_adopt_can_go_on(const struct rib *r)
{
    switch (r->adopted_sweep) {
    case SWEEP_NONE:
    case SWEEP_ROUTES:
        return false; /* the walk goes on */
    case SWEEP_FIND:
    case SWEEP_WRITE:
        return !r->has_backlog && !ribd_fib_is_waiting(r);
    case SWEEP_REST:
        return true;
    }
    return false;
}

/* What was told again finds what there is (FIND) before the routes go that nobody told (ROUTES); when the last of them
 * has been written (WRITE), the objects under them go, and the labels (REST). */
void ribd_adopt_work(struct rib *r, size_t *budget)
{
    if (!ribd_adopt_can_go_on(r))
        return;
    if (r->adopted_sweep == SWEEP_FIND) {
        r->adopted_sweep = SWEEP_ROUTES;
        ribd_walk_start(r, &r->adopted_walk);
        return;
    }
    r->adopted_sweep = SWEEP_REST;
    sweep_nexthops(r, budget);
    sweep_labels(r, budget);
    sweep_guards(r, budget);
    if (r->adopted_nexthops || r->adopted_labels || r->adopted_guards)
        return;
    r->adopted_sweep = SWEEP_NONE;
    if (r->n_swept)
        LOG_INFO(r->log, "swept", "entries=%zu", r->n_swept);
}

void ribd_adopt_forget(struct rib *r)
{
    struct adopted_nexthop *n, *ntmp;
    struct adopted_label *l, *ltmp;
    struct adopted_guard *g, *gtmp;

    HASH_ITER (hh, r->adopted_nexthops, n, ntmp)
        forget_nexthop(r, n);
    HASH_ITER (hh, r->adopted_labels, l, ltmp) {
        HASH_DEL(r->adopted_labels, l);
        mem_free(&r->mem, l);
    }
    HASH_ITER (hh, r->adopted_guards, g, gtmp) {
        HASH_DEL(r->adopted_guards, g);
        mem_free(&r->mem, g);
    }
}

void ribd_adopt_end(struct rib *r)
{
    if (r->adoption.is_on)
        r->dp->ops->dump_stop(r->dp);
    mem_free(&r->mem, r->adoption.bounced);
}
