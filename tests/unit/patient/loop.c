/* SPDX-License-Identifier: Apache-2.0
 *
 * See loop.h. Two events stand for the timers: `wakeup` has the rank of sockets; `idle` ranks below them, so libevent
 * gets to it only after a look at all sockets that found nothing. Both wait as time-outs of nothing, not as active
 * events: those would follow each other without such a look.
 */
#include "tests/unit/patient/loop.h"

#include <stdlib.h>

#include "lib/io/event_private.h"
#include "strata/mem.h"

enum { RANKS = 3, RANK_OF_IDLE = RANKS - 1 }; /* libevent gives everybody else the one in the middle */
enum { BEGINS_AT_SEC = 100000 };

struct patient {
    struct loop_event event; /* first: what the backend of real sockets knows; `wakeup` is the timers that are due */
    struct event idle;
    uint64_t now_us, random;
};

static struct patient *patient_of(struct loop *loop)
{
    return (struct patient *)(void *)loop;
}

static uint64_t patient_now_us(const struct loop *loop)
{
    return ((const struct patient *)(const void *)loop)->now_us;
}

static uint64_t patient_random(struct loop *loop)
{
    uint64_t z = patient_of(loop)->random += 0x9e3779b97f4a7c15u; /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void patient_set_wakeup(struct loop *loop, uint64_t at_us)
{
    struct patient *p = patient_of(loop);
    struct timeval now = {0};

    event_del(&p->event.wakeup);
    event_del(&p->idle);
    if (at_us != UINT64_MAX)
        event_add(at_us <= p->now_us ? &p->event.wakeup : &p->idle, &now);
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    loop_run_due(arg);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
    struct patient *p = patient_of(arg);

    p->now_us = loop_next_us(arg);
    on_due(fd, what, arg);
}

static void patient_destroy(struct loop *loop)
{
    struct patient *p = patient_of(loop);

    event_del(&p->event.wakeup);
    event_del(&p->idle);
    loop_fini(loop);
    event_base_free(p->event.base);
    mem_free(NULL, p);
}

struct loop *patient_loop_create(void)
{
    static const struct loop_ops ops = {patient_now_us, patient_random, patient_set_wakeup, patient_destroy, NULL};
    struct patient *p = MEM_NEW(NULL, struct patient);
    struct loop *loop = &p->event.loop;

    p->now_us = BEGINS_AT_SEC * 1000000ull;
    p->event.base = event_base_new();
    if (!p->event.base || event_base_priority_init(p->event.base, RANKS))
        abort();
    SLIST_INIT(&p->event.signals);
    loop_init(loop, &ops);
    event_assign(&p->event.wakeup, p->event.base, -1, 0, on_due, loop);
    event_assign(&p->idle, p->event.base, -1, 0, on_idle, loop);
    event_priority_set(&p->idle, RANK_OF_IDLE);
    return loop;
}
