/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd above a data plane that agrees to everything and keeps nothing: what is left is ribd's own time, with labels
 * also where the kernel has no MPLS. Interfaces: lo, and b0 with 10.99.0.1/16. After each batch it says what was
 * written so far: "written ROUTES LABELS NEXTHOPS TIME", and now and then how long the longest turn was since it said
 * so last: "turn MICROSECONDS".
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/ribd/daemon.h"
#include "src/ribd/dataplane.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/program.h"

enum { IFINDEX = 2, RESULTS_A_TURN = 1024, TURNS_MS = 100 };

struct discard {
    struct dataplane base;
    const struct dp_events *events;
    struct dp_events events_copy;
    void *arg;
    struct timer started, answer, turns;
    uint64_t *cookies; /* queued; the first n_flushed are to be answered */
    size_t n, size, n_flushed, at;
    size_t routes, labels, nexthops;
    struct ribd *ribd;
};

static struct discard *discard_of(struct dataplane *dp)
{
    return (struct discard *)(void *)dp;
}

static void queue(struct dataplane *dp, uint64_t cookie)
{
    struct discard *d = discard_of(dp);

    if (d->n == d->size) {
        d->size = d->size ? d->size * 2 : 4096;
        d->cookies = mem_realloc(NULL, d->cookies, d->size * sizeof(*d->cookies));
    }
    d->cookies[d->n++] = cookie;
}

static void on_answer(void *arg)
{
    struct discard *d = arg;
    size_t end = d->at + RESULTS_A_TURN < d->n_flushed ? d->at + RESULTS_A_TURN : d->n_flushed;
    struct timespec ts;

    while (d->at < end)
        d->events->result(d->arg, d->cookies[d->at++], 0, "");
    if (d->at < d->n_flushed) {
        timer_arm_us(&d->answer, 0);
        return;
    }
    d->n -= d->n_flushed;
    memmove(d->cookies, d->cookies + d->n_flushed, d->n * sizeof(*d->cookies));
    d->n_flushed = d->at = 0;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    printf("written %zu %zu %zu %lld.%06ld\n", d->routes, d->labels, d->nexthops, (long long)ts.tv_sec,
           ts.tv_nsec / 1000);
    fflush(stdout);
    d->events->batch_done(d->arg);
}

static void on_turns(void *arg)
{
    struct discard *d = arg;
    uint64_t us = loop_event_longest_turn_us(d->turns.loop, true);

    timer_arm_ms(&d->turns, TURNS_MS);
    printf("turn %llu\n", (unsigned long long)us);
    fflush(stdout);
}

static void flush(struct dataplane *dp)
{
    struct discard *d = discard_of(dp);

    d->n_flushed = d->n;
    if (d->n && !timer_is_armed(&d->answer))
        timer_arm_us(&d->answer, 0);
}

static void nexthop_set(struct dataplane *dp, uint64_t cookie, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    (void)id, (void)nh, (void)n;
    discard_of(dp)->nexthops++;
    queue(dp, cookie);
}

static void nexthop_del(struct dataplane *dp, uint64_t cookie, uint32_t id)
{
    (void)id;
    queue(dp, cookie);
}

static void route_set(struct dataplane *dp, uint64_t cookie, const struct dp_route *route)
{
    (void)route;
    discard_of(dp)->routes++;
    queue(dp, cookie);
}

static void route_del(struct dataplane *dp, uint64_t cookie, uint32_t table, const struct prefix *p)
{
    (void)table, (void)p;
    discard_of(dp)->routes++;
    queue(dp, cookie);
}

static void label_set(struct dataplane *dp, uint64_t cookie, const struct dp_label *label)
{
    (void)label;
    discard_of(dp)->labels++;
    queue(dp, cookie);
}

static void label_del(struct dataplane *dp, uint64_t cookie, uint32_t in_label)
{
    (void)in_label;
    discard_of(dp)->labels++;
    queue(dp, cookie);
}

static void guard_interface(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, bool is_guarded)
{
    (void)ifindex, (void)is_guarded;
    queue(dp, cookie);
}

static void guard_set(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, uint32_t label, bool is_allowed)
{
    (void)ifindex, (void)label, (void)is_allowed;
    queue(dp, cookie);
}

static void on_started(void *arg)
{
    struct discard *d = arg;
    struct dp_link link = {.ifindex = IFINDEX, .name = "b0", .mtu = 1500, .is_admin_up = true, .has_carrier = true};
    struct dp_link lo = {
        .ifindex = 1, .name = "lo", .mtu = 65536, .is_admin_up = true, .has_carrier = true, .is_loopback = true};
    struct prefix address = {.addr = ip_addr_v4(0x0a630001), .len = 16};

    d->events->link(d->arg, &lo);
    d->events->link(d->arg, &link);
    d->events->address(d->arg, IFINDEX, &address, false);
    d->events->started(d->arg);
}

static int start(struct dataplane *dp, const struct dp_events *ev, void *arg)
{
    struct discard *d = discard_of(dp);

    d->events_copy = *ev;
    d->events = &d->events_copy;
    d->arg = arg;
    timer_arm_us(&d->started, 0);
    return 0;
}

static void platform(struct dataplane *dp, struct dp_platform *out)
{
    (void)dp;
    *out = (struct dp_platform){.has_mpls = true, .has_vrf = true, .has_guard = true, .platform_labels = 1048575};
}

static int dump(struct dataplane *dp, const struct dp_dump *fn, void *arg)
{
    (void)dp;
    fn->done(arg, 0);
    return 0;
}

static int setup(struct dataplane *dp, uint32_t platform_labels)
{
    (void)dp, (void)platform_labels;
    return 0;
}

static int vrf_create(struct dataplane *dp, const char *device, uint32_t table, const char *alias, char *why)
{
    (void)dp, (void)device, (void)table, (void)alias, (void)why;
    return 0;
}

static int vrf_destroy(struct dataplane *dp, const char *device, uint32_t table, char *why)
{
    (void)dp, (void)device, (void)table, (void)why;
    return 0;
}

static int link_set_master(struct dataplane *dp, uint32_t ifindex, const char *vrf_device, char *why)
{
    (void)dp, (void)ifindex, (void)vrf_device, (void)why;
    return 0;
}

static int link_set(struct dataplane *dp, uint32_t ifindex, bool is_up, uint32_t mtu, char *why)
{
    (void)dp, (void)ifindex, (void)is_up, (void)mtu, (void)why;
    return 0;
}

static int link_set_mpls(struct dataplane *dp, uint32_t ifindex, bool accepts_labels, char *why)
{
    (void)dp, (void)ifindex, (void)accepts_labels, (void)why;
    return 0;
}

static int address_set(struct dataplane *dp, uint32_t ifindex, const struct prefix *a, bool is_present, char *why)
{
    (void)dp, (void)ifindex, (void)a, (void)is_present, (void)why;
    return 0;
}

static int guard_enable(struct dataplane *dp, bool is_enabled, char *why)
{
    (void)dp, (void)is_enabled, (void)why;
    return 0;
}

static uint64_t guard_drops(struct dataplane *dp, uint32_t ifindex)
{
    (void)dp, (void)ifindex;
    return 0;
}

static void discard_destroy(struct dataplane *dp)
{
    struct discard *d = discard_of(dp);

    timer_cancel(&d->started);
    timer_cancel(&d->answer);
    timer_cancel(&d->turns);
    mem_free(NULL, d->cookies);
}

static const struct dp_ops ops = {
    .start = start,
    .platform = platform,
    .dump = dump,
    .setup = setup,
    .vrf_create = vrf_create,
    .vrf_destroy = vrf_destroy,
    .link_set_master = link_set_master,
    .link_set = link_set,
    .link_set_mpls = link_set_mpls,
    .address_set = address_set,
    .nexthop_set = nexthop_set,
    .nexthop_del = nexthop_del,
    .route_set = route_set,
    .route_del = route_del,
    .label_set = label_set,
    .label_del = label_del,
    .guard_interface = guard_interface,
    .guard_set = guard_set,
    .guard_enable = guard_enable,
    .guard_drops = guard_drops,
    .flush = flush,
    .destroy = discard_destroy,
};

static void destroy(void *daemon)
{
    struct discard *d = daemon;

    ribd_destroy(d->ribd);
    d->base.ops->destroy(&d->base);
    mem_free(NULL, d);
}

static void *create(const struct env *env, const char *config)
{
    struct discard *d = MEM_NEW(NULL, struct discard);

    (void)config;
    d->base.ops = &ops;
    timer_init(&d->started, env->loop, on_started, d);
    timer_init(&d->answer, env->loop, on_answer, d);
    timer_init(&d->turns, env->loop, on_turns, d);
    timer_arm_ms(&d->turns, TURNS_MS);
    d->ribd = ribd_create(env, &d->base);
    if (!d->ribd) {
        mem_free(NULL, d);
        return NULL;
    }
    return d;
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "ribd", .summary = "ribd without a kernel, for measurements", .create = create, .destroy = destroy};

    return program_main(argc, argv, &program);
}
