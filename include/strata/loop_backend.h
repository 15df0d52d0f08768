/* SPDX-License-Identifier: Apache-2.0
 *
 * For backends of loop.h only: the timer heap is shared, a backend gives time, randomness and a wake-up.
 */
#pragma once

#include "strata/loop.h"

struct loop_ops {
    uint64_t (*now_us)(const struct loop *loop);
    uint64_t (*random)(struct loop *loop);
    /* The earliest timer is now due at at_us (UINT64_MAX: none): call loop_run_due at that time. */
    void (*set_wakeup)(struct loop *loop, uint64_t at_us);
    void (*destroy)(struct loop *loop);            /* frees the backend's object, which embeds struct loop first */
    uint64_t (*about_us)(const struct loop *loop); /* as loop_about_us(); NULL: now_us does */
};

struct loop {
    const struct loop_ops *ops;
    struct timer **heap;
    size_t n_timers, heap_size;
    uint64_t next_seq;
    bool is_dead; /* simulation: the process is gone; timers do not fire and cannot be armed */
};

void loop_init(struct loop *loop, const struct loop_ops *ops);
void loop_fini(struct loop *loop);    /* disarms what is left and frees the heap */
void loop_run_due(struct loop *loop); /* runs timers that are due; new timers of 0 wait for the next call */
uint64_t loop_next_us(const struct loop *loop);
