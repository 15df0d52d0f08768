/* SPDX-License-Identifier: Apache-2.0
 *
 * For the tests of lib/ipc: real UNIX sockets in a directory of their own, a loop whose clock waits for everybody, and
 * waiting with a deadline.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdbool.h>

#include "strata/env.h"
#include "strata/loop.h"

struct world {
    struct env env;
    char dir[64];
    struct timer poll;
    bool (*is_done)(void *arg);
    void *arg;
    uint64_t deadline_us;
    unsigned turns_left; /* when there is nothing to wait for */
    bool timed_out;
};

void world_open(struct world *w);
void world_close(struct world *w);
/* Runs the loop until is_done(arg); fails the test after a minute. */
void world_run_until(struct world *w, bool (*is_done)(void *arg), void *arg);
/* Runs the loop for a while. */
void world_run_ms(struct world *w, uint64_t ms);
/* Lets the loop turn often enough for anything to get there and back; however busy the machine is. */
void world_settle(struct world *w);
