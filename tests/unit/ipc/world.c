/* SPDX-License-Identifier: Apache-2.0
 *
 * See world.h.
 */
#include "tests/unit/ipc/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "strata/io.h"
#include "tests/unit/patient/loop.h"

enum { POLL_US = 500, PATIENCE_US = 60000000, TURNS = 200 };

static void on_poll(void *arg)
{
    struct world *w = arg;
    bool is_late = loop_now_us(w->env.loop) >= w->deadline_us;

    if (w->turns_left > 0) {
        if (--w->turns_left == 0)
            loop_event_stop(w->env.loop);
        else
            timer_arm_us(&w->poll, 0);
        return;
    }
    if (w->is_done && w->is_done(w->arg)) {
        loop_event_stop(w->env.loop);
    } else if (is_late) {
        w->timed_out = true;
        loop_event_stop(w->env.loop);
    } else {
        timer_arm_us(&w->poll, POLL_US);
    }
}

static void run(struct world *w, bool (*is_done)(void *arg), void *arg, uint64_t us)
{
    w->is_done = is_done;
    w->arg = arg;
    w->timed_out = false;
    w->deadline_us = loop_now_us(w->env.loop) + us;
    timer_arm_us(&w->poll, 0);
    loop_event_run(w->env.loop);
}

void world_run_until(struct world *w, bool (*is_done)(void *arg), void *arg)
{
    run(w, is_done, arg, PATIENCE_US);
    assert_false(w->timed_out);
}

void world_run_ms(struct world *w, uint64_t ms)
{
    run(w, NULL, NULL, ms * 1000);
}

void world_settle(struct world *w)
{
    w->turns_left = TURNS;
    run(w, NULL, NULL, 0);
}

void world_open(struct world *w)
{
    *w = (struct world){0};
    snprintf(w->dir, sizeof(w->dir), "/tmp/strata-ipc-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->env.run_dir = w->dir;
    w->env.state_dir = w->dir;
    w->env.loop = patient_loop_create();
    w->env.io = io_event_create(w->env.loop);
    timer_init(&w->poll, w->env.loop, on_poll, w);
}

void world_close(struct world *w)
{
    timer_cancel(&w->poll);
    io_destroy(w->env.io);
    loop_destroy(w->env.loop);
    rmdir(w->dir);
}
