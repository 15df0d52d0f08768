/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers of loop.h, shared by the real and the simulated backend: a binary heap ordered by time, then by order of
 * arming, so that a run is repeatable. Reads no clock itself: the backend's table gives time, randomness and the
 * wake-up. The heap belongs to the loop, timers to their owners.
 */
#include "strata/loop_backend.h"

#include <string.h>

#include "strata/mem.h"

enum { HEAP_MIN = 16 };

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

static void heap_put(struct loop *loop, size_t at, struct timer *t)
{
    loop->heap[at] = t;
    t->heap_slot = at + 1;
}

static void sift_up(struct loop *loop, size_t at)
{
    struct timer *t = loop->heap[at];

    while (at > 0 && is_before(t, loop->heap[(at - 1) / 2])) {
        heap_put(loop, at, loop->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(loop, at, t);
}

static void sift_down(struct loop *loop, size_t at)
{
    struct timer *t = loop->heap[at];
    size_t child;

    while ((child = at * 2 + 1) < loop->n_timers) {
        if (child + 1 < loop->n_timers && is_before(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!is_before(loop->heap[child], t))
            break;
        heap_put(loop, at, loop->heap[child]);
        at = child;
    }
    heap_put(loop, at, t);
}

static void heap_add(struct loop *loop, struct timer *t)
{
    if (loop->n_timers == loop->heap_size) {
        loop->heap_size = loop->heap_size ? loop->heap_size * 2 : HEAP_MIN;
        loop->heap = mem_realloc(NULL, loop->heap, loop->heap_size * sizeof(struct timer *));
    }
    loop->heap[loop->n_timers] = t;
    sift_up(loop, loop->n_timers++);
}

static void heap_remove(struct loop *loop, struct timer *t)
{
    size_t at = t->heap_slot - 1;
    struct timer *last = loop->heap[--loop->n_timers];

    t->heap_slot = 0;
    if (last == t)
        return;
    heap_put(loop, at, last);
    sift_down(loop, at);
    sift_up(loop, last->heap_slot - 1);
}

void loop_init(struct loop *loop, const struct loop_ops *ops)
{
    *loop = (struct loop){.ops = ops};
}

void loop_fini(struct loop *loop)
{
    while (loop->n_timers > 0)
        heap_remove(loop, loop->heap[loop->n_timers - 1]);
    mem_free(NULL, loop->heap);
    loop->heap = NULL;
    loop->heap_size = 0;
}

void loop_destroy(struct loop *loop)
{
    if (loop)
        loop->ops->destroy(loop);
}

uint64_t loop_now_us(const struct loop *loop)
{
    return loop->ops->now_us(loop);
}

uint64_t loop_about_us(const struct loop *loop)
{
    return loop->ops->about_us ? loop->ops->about_us(loop) : loop->ops->now_us(loop);
}

uint64_t loop_random(struct loop *loop)
{
    return loop->ops->random(loop);
}

uint64_t loop_next_us(const struct loop *loop)
{
    return loop->n_timers && !loop->is_dead ? loop->heap[0]->at_us : UINT64_MAX;
}

/* Timers armed by the callbacks have a later seq, so those of 0 wait for the next call: nobody can starve the sockets.
 */
void loop_run_due(struct loop *loop)
{
    uint64_t now = loop_now_us(loop);
    uint64_t end_seq = loop->next_seq;

    while (loop->n_timers > 0 && !loop->is_dead) {
        struct timer *t = loop->heap[0];

        if (t->at_us > now || t->seq >= end_seq)
            break;
        heap_remove(loop, t);
        t->fn(t->arg);
    }
    loop->ops->set_wakeup(loop, loop_next_us(loop));
}

void timer_init(struct timer *t, struct loop *loop, timer_fn *fn, void *arg)
{
    *t = (struct timer){.loop = loop, .fn = fn, .arg = arg};
}

void timer_arm_us(struct timer *t, uint64_t after_us)
{
    struct loop *loop = t->loop;
    uint64_t before = loop_next_us(loop);
    uint64_t now = loop_now_us(loop);

    if (loop->is_dead)
        return;
    if (t->heap_slot)
        heap_remove(loop, t);
    t->at_us = after_us < UINT64_MAX - now ? now + after_us : UINT64_MAX - 1;
    t->seq = loop->next_seq++;
    heap_add(loop, t);
    if (loop_next_us(loop) != before)
        loop->ops->set_wakeup(loop, loop_next_us(loop));
}

void timer_arm_ms(struct timer *t, uint64_t after_ms)
{
    timer_arm_us(t, after_ms < UINT64_MAX / 1000 ? after_ms * 1000 : UINT64_MAX);
}

void timer_arm_jitter_ms(struct timer *t, uint64_t after_ms)
{
    uint64_t us = after_ms < UINT64_MAX / 1000 ? after_ms * 1000 : UINT64_MAX;
    uint64_t quarter = us / 4;

    timer_arm_us(t, us - (quarter ? loop_random(t->loop) % (quarter + 1) : 0));
}

/* The wake-up is left as it is: one wake-up too early costs less than a system call a cancel. */
void timer_cancel(struct timer *t)
{
    if (t->heap_slot)
        heap_remove(t->loop, t);
}

bool timer_is_armed(const struct timer *t)
{
    return t->heap_slot != 0;
}

uint64_t timer_remaining_ms(const struct timer *t)
{
    uint64_t now;

    if (!t->heap_slot)
        return 0;
    now = loop_now_us(t->loop);
    return t->at_us > now ? (t->at_us - now + 999) / 1000 : 0;
}
