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

struct adoption {
    struct rib *r;
    size_t n;
};

static void adopt_nexthop(void *arg, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    struct adoption *a = arg;
    struct adopted_nexthop *x = MEM_NEW(&a->r->mem, struct adopted_nexthop);

    x->id = id;
    x->list = ribd_list_of_kernel(a->r, nh, n);
    HASH_ADD(hh, a->r->adopted_nexthops, id, sizeof(x->id), x);
    if (x->list)
        HASH_ADD(by_list, a->r->adopted_by_list, list, sizeof(x->list), x);
    ribd_nhid_take(a->r, id);
    a->n++;
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
    struct adoption *a = arg;
    struct dest *d;

    d = ribd_dest_get(a->r, ribd_vrf_get(a->r, route->table), &route->prefix);
    if (!d)
        return;
    d->is_adopted = true;
    d->kernel_nhid = ribd_nhid_of_kernel(route);
    a->n++;
}

static void adopt_label(void *arg, const struct dp_label *l)
{
    struct adoption *a = arg;
    struct adopted_label *x;
    struct entry *e;

    HASH_FIND(hh, a->r->adopted_labels, &l->in_label, sizeof(l->in_label), x);
    if (x)
        return;
    x = MEM_NEW(&a->r->mem, struct adopted_label);
    x->label = l->in_label;
    x->lookup = l->lookup_ifindex;
    x->keeps_ttl = l->keeps_ttl;
    x->list = l->lookup_ifindex ? NULL : ribd_list_of_kernel(a->r, l->nexthops, l->n_nexthops);
    HASH_ADD(hh, a->r->adopted_labels, label, sizeof(x->label), x);
    e = ribd_entry_find(a->r, l->in_label);
    if (e && !e->written && !e->written_lookup) /* told before we looked */
        ribd_adopt_label(a->r, e);
    a->n++;
}

static void adopt_guard(void *arg, uint32_t ifindex, uint32_t label)
{
    struct adoption *a = arg;
    struct guard_key key = {ifindex, label};
    struct adopted_guard *x;

    HASH_FIND(hh, a->r->adopted_guards, &key, sizeof(key), x);
    if (x)
        return;
    x = MEM_NEW(&a->r->mem, struct adopted_guard);
    x->key = key;
    HASH_ADD(hh, a->r->adopted_guards, key, sizeof(x->key), x);
}

int ribd_rib_adopt(struct rib *r, size_t *n)
{
    static const struct dp_dump fn = {
        .nexthop = adopt_nexthop, .route = adopt_route, .label = adopt_label, .guard = adopt_guard};
    struct adoption a = {.r = r};
    int err = r->dp->ops->dump(r->dp, &fn, &a);

    *n = a.n;
    return err;
}

void ribd_rib_adopted_labels(const struct rib *r, void (*fn)(void *arg, uint32_t label), void *arg)
{
    struct adopted_label *x, *tmp;

    HASH_ITER (hh, r->adopted_labels, x, tmp)
        fn(arg, x->label);
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

struct lost_nexthop {
    struct rib *r;
    uint32_t id;
};

static void forget_kernel_route(void *arg, struct dest *d)
{
    const struct lost_nexthop *l = arg;

    if (d->kernel_nhid != l->id)
        return;
    d->kernel_nhid = NHID_UNKNOWN;
    ribd_dest_write(l->r, d);
}

/* A set of several hops may still be there with the others: it is not used again, but swept with the rest. */
void ribd_adopt_bounced(struct rib *r, uint32_t ifindex, bool is_device_gone)
{
    struct adopted_nexthop *n, *ntmp;
    struct adopted_label *l, *ltmp;
    struct vrf *v, *vtmp;

    HASH_ITER (hh, r->adopted_nexthops, n, ntmp) {
        struct lost_nexthop lost = {r, n->id};

        if (!n->list || !goes_over(n->list, ifindex))
            continue;
        HASH_DELETE(by_list, r->adopted_by_list, n);
        ribd_list_put(r, n->list);
        n->list = NULL;
        HASH_ITER (hh, r->vrfs, v, vtmp)
            ribd_vrf_each_dest(v, forget_kernel_route, &lost);
    }
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

static void sweep_dest(void *arg, struct dest *d)
{
    if (!d->is_adopted)
        return;
    d->is_adopted = false;
    ribd_dest_write(arg, d);
}

void ribd_rib_sweep_adopted(struct rib *r)
{
    struct adopted_nexthop *n, *ntmp;
    struct adopted_label *l, *ltmp;
    struct adopted_guard *g, *gtmp;
    struct vrf *v, *vtmp;
    size_t swept = HASH_COUNT(r->adopted_nexthops) + HASH_COUNT(r->adopted_labels) + HASH_COUNT(r->adopted_guards);

    ribd_resolve_all(r); /* what was told again is found again before anything goes */
    HASH_ITER (hh, r->vrfs, v, vtmp)
        ribd_vrf_each_dest(v, sweep_dest, r);
    ribd_fib_write(r, true); /* the routes first, then the objects under them */
    HASH_ITER (hh, r->adopted_nexthops, n, ntmp) {
        r->dp->ops->nexthop_del(r->dp, RIB_COOKIE_NONE, n->id);
        ribd_nhid_free(r, n->id);
        forget_nexthop(r, n);
    }
    HASH_ITER (hh, r->adopted_labels, l, ltmp) {
        r->dp->ops->label_del(r->dp, (uint64_t)l->label << 3 | RIB_COOKIE_SWEPT_LABEL, l->label);
        HASH_DEL(r->adopted_labels, l);
        if (l->list)
            ribd_list_put(r, l->list);
        mem_free(&r->mem, l);
    }
    HASH_ITER (hh, r->adopted_guards, g, gtmp) {
        r->dp->ops->guard_set(r->dp, RIB_COOKIE_NONE, g->key.ifindex, g->key.label, false);
        HASH_DEL(r->adopted_guards, g);
        mem_free(&r->mem, g);
    }
    if (swept)
        LOG_INFO(r->log, "swept", "entries=%zu", swept);
    ribd_work(r);
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
