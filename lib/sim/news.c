/* SPDX-License-Identifier: Apache-2.0
 *
 * See news.h. A socket holds so much; what does not fit is lost, and everything is compared anew after a pause that
 * grows while that goes on (strata/pace.h).
 */
#include "lib/sim/news.h"

#include <string.h>

#include "strata/mem.h"

enum { TELL_LOW_US = 20, TELL_HIGH_US = 60, QUEUE_MAX = 8192 };

struct news {
    enum {
        NEWS_LINK,
        NEWS_LINK_GONE,
        NEWS_ADDRESS,
        NEWS_STARTED,
        NEWS_FOREIGN,
        NEWS_ROUTE,
        NEWS_LABEL,
        NEWS_GUARD
    } kind;
    struct dp_link link_state;
    uint32_t ifindex;
    struct prefix address;
    bool is_gone;
    uint32_t label;
    const char *what;
    struct dp_foreign_route route;
    struct dp_nexthop hop;
    STAILQ_ENTRY(news) link;
};

/* What ribd was told, and has not been told is gone. Keys are compared as bytes. */
struct told_link {
    uint32_t ifindex;
    struct dp_link state;
    UT_hash_handle hh;
};

struct told_address {
    struct address_key {
        uint32_t ifindex;
        struct prefix prefix;
    } key;
    UT_hash_handle hh;
};

struct told_route {
    struct route_key {
        uint32_t table;
        struct prefix prefix;
    } key;
    uint32_t metric;
    struct dp_nexthop hop;
    UT_hash_handle hh;
};

struct told_label { /* of others */
    uint32_t label;
    UT_hash_handle hh;
};

static bool is_dead(const struct sim_news *s)
{
    return !s->process->is_running;
}

/* --- into the queue --- */

static void tell_soon(struct sim_news *s)
{
    if (!timer_is_armed(&s->tell))
        timer_arm_us(&s->tell, sim_between(s->process->node->sim, TELL_LOW_US, TELL_HIGH_US));
}

static struct news *news_add(struct sim_kernel *k, int kind)
{
    struct sim_news *s = k->news;
    struct news *n;

    if (!s || !s->is_open || is_dead(s))
        return NULL;
    tell_soon(s);
    if (s->n >= QUEUE_MAX && kind != NEWS_GUARD) { /* nftables has a socket of its own */
        s->is_overrun = true;
        return NULL;
    }
    n = MEM_NEW(NULL, struct news);
    n->kind = kind;
    STAILQ_INSERT_TAIL(&s->queue, n, link);
    s->n++;
    return n;
}

static struct dp_link link_of(const struct sim_iface *i)
{
    struct dp_link l;

    memset(&l, 0, sizeof(l)); /* it is compared as bytes */
    l.ifindex = i->ifindex;
    l.mtu = i->mtu;
    l.master = i->master ? i->master->ifindex : 0;
    l.vrf_table = i->vrf_table;
    l.is_admin_up = i->is_admin_up;
    l.has_carrier = i->is_running;
    l.is_loopback = i->is_loopback;
    memcpy(l.name, i->name, sizeof(l.name));
    memcpy(l.alias, i->alias, sizeof(l.alias));
    return l;
}

/* A notification that says nothing new since the last one for that link is left out. */
void sim_dp_link(struct sim_iface *i)
{
    struct dp_link now = link_of(i);
    struct news *n;

    if (memcmp(&now, &i->told, sizeof(now)) == 0)
        return;
    n = news_add(i->node->kernel, NEWS_LINK);
    if (n)
        n->link_state = i->told = now;
}

void sim_dp_link_gone(struct sim_kernel *k, uint32_t ifindex)
{
    struct news *n = news_add(k, NEWS_LINK_GONE);

    if (n)
        n->ifindex = ifindex;
}

void sim_dp_address(struct sim_iface *i, const struct prefix *a, bool is_gone)
{
    struct news *n = news_add(i->node->kernel, NEWS_ADDRESS);

    if (!n)
        return;
    n->ifindex = i->ifindex;
    n->address = *a;
    n->is_gone = is_gone;
}

void sim_dp_foreign(struct sim_kernel *k, const char *what)
{
    struct news *n = news_add(k, NEWS_FOREIGN);

    if (n)
        n->what = what;
}

static struct dp_foreign_route foreign_of(const struct sim_route *r, struct dp_nexthop *hop)
{
    *hop = (struct dp_nexthop){.ifindex = r->iface->ifindex, .gateway = r->gateway};
    return (struct dp_foreign_route){.table = r->table,
                                     .prefix = r->prefix,
                                     .metric = r->metric,
                                     .protocol = 4, /* RTPROT_STATIC */
                                     .has_our_metric = r->metric == SIM_METRIC_OURS,
                                     .n = 1,
                                     .nexthops = hop};
}

void sim_dp_foreign_route(struct sim_kernel *k, const struct sim_route *r, bool is_gone)
{
    struct news *n = news_add(k, NEWS_ROUTE);

    if (!n)
        return;
    n->is_gone = is_gone;
    n->route = foreign_of(r, &n->hop);
}

void sim_dp_foreign_label(struct sim_kernel *k, uint32_t label, bool is_gone)
{
    struct news *n = news_add(k, NEWS_LABEL);

    if (!n)
        return;
    n->label = label;
    n->is_gone = is_gone;
}

void sim_dp_guard_lost(struct sim_kernel *k)
{
    news_add(k, NEWS_GUARD);
}

/* --- telling, and what was told --- */

static void tell_link(struct sim_news *s, const struct dp_link *l)
{
    struct told_link *t;

    HASH_FIND(hh, s->links, &l->ifindex, sizeof(l->ifindex), t);
    if (t && memcmp(&t->state, l, sizeof(*l)) == 0)
        return;
    if (!t) {
        t = MEM_NEW(NULL, struct told_link);
        t->ifindex = l->ifindex;
        HASH_ADD(hh, s->links, ifindex, sizeof(t->ifindex), t);
    }
    t->state = *l;
    s->events.link(s->arg, &t->state);
}

static void tell_link_gone(struct sim_news *s, uint32_t ifindex)
{
    struct told_address *a, *next;
    struct told_link *t;

    HASH_FIND(hh, s->links, &ifindex, sizeof(ifindex), t);
    if (!t)
        return;
    HASH_DEL(s->links, t);
    mem_free(NULL, t);
    HASH_ITER (hh, s->addresses, a, next) {
        if (a->key.ifindex != ifindex)
            continue;
        HASH_DEL(s->addresses, a);
        mem_free(NULL, a);
    }
    s->events.link_gone(s->arg, ifindex);
}

static void tell_address(struct sim_news *s, uint32_t ifindex, const struct prefix *p, bool is_gone)
{
    struct address_key key;
    struct told_address *t;

    memset(&key, 0, sizeof(key));
    key.ifindex = ifindex;
    key.prefix = *p;
    HASH_FIND(hh, s->addresses, &key, sizeof(key), t);
    if ((t != NULL) != is_gone)
        return;
    if (is_gone) {
        HASH_DEL(s->addresses, t);
        mem_free(NULL, t);
    } else {
        t = MEM_NEW(NULL, struct told_address);
        t->key = key;
        HASH_ADD(hh, s->addresses, key, sizeof(t->key), t);
    }
    s->events.address(s->arg, ifindex, p, is_gone);
}

static struct told_route *route_find(struct sim_news *s, uint32_t table, const struct prefix *p, bool is_made)
{
    struct route_key key;
    struct told_route *t;

    memset(&key, 0, sizeof(key));
    key.table = table;
    key.prefix = *p;
    HASH_FIND(hh, s->routes, &key, sizeof(key), t);
    if (!t && is_made) {
        t = MEM_NEW(NULL, struct told_route);
        t->key = key;
        HASH_ADD(hh, s->routes, key, sizeof(t->key), t);
    }
    return t;
}

static void tell_route(struct sim_news *s, const struct dp_foreign_route *r, bool is_gone)
{
    struct told_route *t = route_find(s, r->table, &r->prefix, !is_gone);

    if (!t || (!is_gone && t->hop.ifindex == r->nexthops->ifindex && t->metric == r->metric &&
               ip_addr_equal(&t->hop.gateway, &r->nexthops->gateway)))
        return;
    if (is_gone) {
        HASH_DEL(s->routes, t);
        mem_free(NULL, t);
    } else {
        t->hop = *r->nexthops;
        t->metric = r->metric;
    }
    if (s->events.foreign_route)
        s->events.foreign_route(s->arg, r, is_gone);
}

static void tell_label(struct sim_news *s, uint32_t label, bool is_gone)
{
    struct told_label *t;

    HASH_FIND(hh, s->labels, &label, sizeof(label), t);
    if (t && is_gone) {
        HASH_DEL(s->labels, t);
        mem_free(NULL, t);
    } else if (!t && !is_gone) {
        t = MEM_NEW(NULL, struct told_label);
        t->label = label;
        HASH_ADD(hh, s->labels, label, sizeof(t->label), t);
    }
    if (s->events.foreign_label)
        s->events.foreign_label(s->arg, label, is_gone);
}

static void tell(struct sim_news *s, const struct news *n)
{
    switch (n->kind) {
    case NEWS_LINK:
        tell_link(s, &n->link_state);
        break;
    case NEWS_LINK_GONE:
        tell_link_gone(s, n->ifindex);
        break;
    case NEWS_ADDRESS:
        tell_address(s, n->ifindex, &n->address, n->is_gone);
        break;
    case NEWS_STARTED:
        s->events.started(s->arg);
        break;
    case NEWS_FOREIGN:
        if (s->events.foreign_change)
            s->events.foreign_change(s->arg, n->what);
        break;
    case NEWS_ROUTE:
        tell_route(s, &n->route, n->is_gone);
        break;
    case NEWS_LABEL:
        tell_label(s, n->label, n->is_gone);
        break;
    case NEWS_GUARD:
        s->guard_lost(s->owner);
        break;
    }
}

static struct news *news_take(struct sim_news *s)
{
    struct news *n = STAILQ_FIRST(&s->queue);

    if (n) {
        STAILQ_REMOVE_HEAD(&s->queue, link);
        s->n--;
    }
    return n;
}

static void on_tell(void *arg)
{
    struct sim_news *s = arg;
    struct news *n;

    if (s->is_overrun) {
        s->is_overrun = false;
        s->counters.overruns++;
        if (!timer_is_armed(&s->resync))
            timer_arm_ms(&s->resync, pace_wait_ms(&s->pace, loop_now_us(s->process->env.loop), 0));
    }
    while (!is_dead(s) && (n = news_take(s))) {
        tell(s, n);
        mem_free(NULL, n);
    }
}

/* --- after an overrun --- */

static void forget_gone_links(struct sim_news *s)
{
    struct told_link *l, *next_link;
    struct told_address *a, *next_address;

    HASH_ITER (hh, s->addresses, a, next_address) {
        const struct sim_iface *i = sim_iface_find(s->kernel, a->key.ifindex);
        struct address_key key = a->key;
        bool is_there = false;

        for (size_t n = 0; i && n < i->n_addresses; n++)
            is_there = is_there || prefix_equal(&i->addresses[n], &key.prefix);
        if (!is_there)
            tell_address(s, key.ifindex, &key.prefix, true);
    }
    HASH_ITER (hh, s->links, l, next_link) {
        if (!sim_iface_find(s->kernel, l->ifindex))
            tell_link_gone(s, l->ifindex);
    }
}

static void forget_gone_routes(struct sim_news *s)
{
    struct told_route *t, *next;

    HASH_ITER (hh, s->routes, t, next) {
        struct dp_nexthop hop = t->hop;
        struct dp_foreign_route r = {
            .table = t->key.table, .prefix = t->key.prefix, .metric = t->metric, .n = 1, .nexthops = &hop};

        if (!sim_foreign_best(s->kernel, t->key.table, &t->key.prefix))
            tell_route(s, &r, true);
    }
}

static void retell_labels(struct sim_news *s)
{
    struct told_label *t, *next_told;
    struct sim_lfib *l, *next;

    HASH_ITER (hh, s->labels, t, next_told) {
        HASH_FIND(hh, s->kernel->labels, &t->label, sizeof(t->label), l);
        if (!l || !l->is_foreign)
            tell_label(s, t->label, true);
    }
    HASH_ITER (hh, s->kernel->labels, l, next) {
        if (l->is_foreign)
            tell_label(s, l->in_label, false);
    }
}

/* What waits is older than the look: nftables' news and the start are not of this socket. */
static void drain(struct sim_news *s)
{
    struct news *n, *next;

    for (n = STAILQ_FIRST(&s->queue); n; n = next) {
        next = STAILQ_NEXT(n, link);
        if (n->kind == NEWS_GUARD || n->kind == NEWS_STARTED)
            continue;
        STAILQ_REMOVE(&s->queue, n, news, link);
        s->n--;
        mem_free(NULL, n);
    }
}

static void retell_route(void *arg, const struct sim_route *r)
{
    struct dp_nexthop hop;
    struct dp_foreign_route out = foreign_of(r, &hop);

    tell_route(arg, &out, false);
}

static void on_resync(void *arg)
{
    struct sim_news *s = arg;
    struct sim_iface *i;

    if (is_dead(s))
        return;
    s->counters.resyncs++;
    s->is_overrun = false;
    drain(s);
    forget_gone_links(s);
    TAILQ_FOREACH (i, &s->kernel->ifaces, link) {
        i->told = link_of(i);
        tell_link(s, &i->told);
        for (size_t n = 0; n < i->n_addresses; n++)
            tell_address(s, i->ifindex, &i->addresses[n], false);
    }
    forget_gone_routes(s);
    sim_foreign_each(s->kernel, retell_route, s);
    retell_labels(s);
    pace_done(&s->pace, loop_now_us(s->process->env.loop), 0, false);
    if (s->events.foreign_change)
        s->events.foreign_change(s->arg, "notifications were lost");
}

void sim_foreign_overrun(struct sim_node *node)
{
    struct sim_news *s = node->kernel->news;

    if (!s || !s->is_open)
        return;
    drain(s);
    s->is_overrun = true;
    tell_soon(s);
}

/* --- life --- */

static void route_at_start(void *arg, const struct sim_route *r)
{
    sim_dp_foreign_route(arg, r, false);
}

void sim_news_open(struct sim_news *s, const struct dp_events *ev, void *arg)
{
    struct sim_lfib *l, *next;
    struct sim_iface *i;

    s->events = *ev;
    s->arg = arg;
    s->is_open = true;
    s->kernel->news = s;
    TAILQ_FOREACH (i, &s->kernel->ifaces, link) {
        i->told = (struct dp_link){0};
        sim_dp_link(i);
    }
    TAILQ_FOREACH (i, &s->kernel->ifaces, link)
        for (size_t n = 0; n < i->n_addresses; n++)
            sim_dp_address(i, &i->addresses[n], false);
    sim_foreign_each(s->kernel, route_at_start, s->kernel);
    HASH_ITER (hh, s->kernel->labels, l, next) {
        if (l->is_foreign)
            sim_dp_foreign_label(s->kernel, l->in_label, false);
    }
    news_add(s->kernel, NEWS_STARTED);
}

void sim_news_init(struct sim_news *s, struct sim_process *process, void (*guard_lost)(void *owner), void *owner)
{
    *s = (struct sim_news){
        .process = process, .kernel = process->node->kernel, .guard_lost = guard_lost, .owner = owner};
    STAILQ_INIT(&s->queue);
    timer_init(&s->tell, process->env.loop, on_tell, s);
    timer_init(&s->resync, process->env.loop, on_resync, s);
}

void sim_news_fini(struct sim_news *s)
{
    struct told_address *a, *next_address;
    struct told_route *r, *next_route;
    struct told_link *l, *next_link;
    struct told_label *t, *next_label;
    struct news *n;

    if (s->kernel->news == s)
        s->kernel->news = NULL;
    timer_cancel(&s->tell);
    timer_cancel(&s->resync);
    while ((n = news_take(s)))
        mem_free(NULL, n);
    HASH_ITER (hh, s->links, l, next_link) {
        HASH_DEL(s->links, l);
        mem_free(NULL, l);
    }
    HASH_ITER (hh, s->addresses, a, next_address) {
        HASH_DEL(s->addresses, a);
        mem_free(NULL, a);
    }
    HASH_ITER (hh, s->routes, r, next_route) {
        HASH_DEL(s->routes, r);
        mem_free(NULL, r);
    }
    HASH_ITER (hh, s->labels, t, next_label) {
        HASH_DEL(s->labels, t);
        mem_free(NULL, t);
    }
}
