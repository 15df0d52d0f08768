/* SPDX-License-Identifier: Apache-2.0
 *
 * The real loop: libevent for waiting, CLOCK_MONOTONIC for time, the kernel for randomness. Timers live in the shared
 * heap (loop.c); libevent sees one timeout only, the earliest. Owns the event base and the signal watchers.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "lib/io/event_private.h"
#include "strata/mem.h"

/* After so many callbacks look at the sockets and timers again, even if callbacks keep making work for each other. */
enum { CALLBACKS_PER_ROUND = 256 };

static struct loop_event *event_of(struct loop *loop)
{
    return (struct loop_event *)(void *)loop;
}

static uint64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t event_now_us(const struct loop *loop)
{
    (void)loop;
    return clock_us(CLOCK_MONOTONIC);
}

static uint64_t event_about_us(const struct loop *loop)
{
    (void)loop;
    return clock_us(CLOCK_MONOTONIC_COARSE);
}

static uint64_t event_random(struct loop *loop)
{
    uint64_t value = 0;

    (void)loop;
    while (getrandom(&value, sizeof(value), 0) != (ssize_t)sizeof(value))
        if (errno != EINTR)
            abort();
    return value;
}

static void event_set_wakeup(struct loop *loop, uint64_t at_us)
{
    struct loop_event *le = event_of(loop);
    uint64_t now, after;
    struct timeval tv;

    if (at_us == UINT64_MAX) {
        event_del(&le->wakeup);
        return;
    }
    now = event_now_us(loop);
    after = at_us > now ? at_us - now : 0;
    if (after > 86400ull * 1000000) /* far away: look again in a day */
        after = 86400ull * 1000000;
    tv.tv_sec = (time_t)(after / 1000000);
    tv.tv_usec = (suseconds_t)(after % 1000000);
    event_add(&le->wakeup, &tv);
}

static void on_wakeup(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    loop_run_due(arg);
}

static void event_destroy(struct loop *loop)
{
    struct loop_event *le = event_of(loop);
    struct loop_signal *sig;

    while ((sig = SLIST_FIRST(&le->signals))) {
        SLIST_REMOVE_HEAD(&le->signals, link);
        event_del(&sig->event);
        mem_free(NULL, sig);
    }
    event_del(&le->wakeup);
    loop_fini(loop);
    event_base_free(le->base);
    mem_free(NULL, le);
}

static const struct loop_ops event_ops = {
    .now_us = event_now_us,
    .random = event_random,
    .set_wakeup = event_set_wakeup,
    .destroy = event_destroy,
    .about_us = event_about_us,
};

/* NULL only if the kernel refuses an epoll descriptor. */
struct loop *loop_event_create(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;
    struct loop_event *le;

    if (config) {
        /* The precise timer: with the coarse one a wake-up may come before its time and is then armed in vain. */
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_PRECISE_TIMER);
        event_config_set_max_dispatch_interval(config, NULL, CALLBACKS_PER_ROUND, 0);
        base = event_base_new_with_config(config);
        event_config_free(config);
    }
    if (!base)
        return NULL;
    le = MEM_NEW(NULL, struct loop_event);
    le->base = base;
    SLIST_INIT(&le->signals);
    loop_init(&le->loop, &event_ops);
    event_assign(&le->wakeup, base, -1, 0, on_wakeup, &le->loop);
    return &le->loop;
}

/* A turn: all that became ready in one wait. Its processor time, since the wait is in the other. */
int loop_event_run(struct loop *loop)
{
    struct loop_event *le = event_of(loop);
    uint64_t before = clock_us(CLOCK_THREAD_CPUTIME_ID), after;
    int result = 0;

    while (!le->is_stopped && result == 0) {
        result = event_base_loop(le->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
        after = clock_us(CLOCK_THREAD_CPUTIME_ID);
        if (after - before > le->longest_turn_us)
            le->longest_turn_us = after - before;
        before = after;
    }
    le->is_stopped = false;
    return result < 0 ? -EIO : 0;
}

uint64_t loop_event_longest_turn_us(struct loop *loop, bool is_forgotten)
{
    struct loop_event *le = event_of(loop);
    uint64_t longest = le->longest_turn_us;

    if (is_forgotten)
        le->longest_turn_us = 0;
    return longest;
}

void loop_event_stop(struct loop *loop)
{
    struct loop_event *le = event_of(loop);

    le->is_stopped = true;
    event_base_loopbreak(le->base);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    struct loop_signal *sig = arg;

    (void)fd;
    (void)what;
    sig->fn(sig->arg);
}

int loop_event_signal(struct loop *loop, int signum, timer_fn *fn, void *arg)
{
    struct loop_event *le = event_of(loop);
    struct loop_signal *sig = MEM_NEW(NULL, struct loop_signal);

    sig->fn = fn;
    sig->arg = arg;
    if (event_assign(&sig->event, le->base, signum, EV_SIGNAL | EV_PERSIST, on_signal, sig) < 0 ||
        event_add(&sig->event, NULL) < 0) {
        mem_free(NULL, sig);
        return -EINVAL;
    }
    SLIST_INSERT_HEAD(&le->signals, sig, link);
    return 0;
}
