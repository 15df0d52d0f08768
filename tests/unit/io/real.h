/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests on real sockets: a loop, an io and a limit in time, so that no test can hang.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "strata/io.h"
#include "strata/loop.h"

enum { REAL_LIMIT_MS = 10000 };

struct real {
    struct loop *loop;
    struct io *io;
    struct timer limit, poll;
    bool (*done)(void *arg);
    void *arg;
    char dir[64];
};

static inline void real_on_limit(void *arg)
{
    (void)arg;
    fail_msg("nothing happened for %d ms", REAL_LIMIT_MS);
}

static inline void real_on_poll(void *arg)
{
    struct real *r = arg;

    if (r->done(r->arg))
        loop_event_stop(r->loop);
    else
        timer_arm_ms(&r->poll, 1);
}

static inline void real_init(struct real *r)
{
    memset(r, 0, sizeof(*r));
    r->loop = loop_event_create();
    assert_non_null(r->loop);
    r->io = io_event_create(r->loop);
    timer_init(&r->limit, r->loop, real_on_limit, r);
    timer_init(&r->poll, r->loop, real_on_poll, r);
    snprintf(r->dir, sizeof(r->dir), "/tmp/strata-test-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
}

/* Runs the loop until done(arg) is true. */
static inline void real_until(struct real *r, bool (*done)(void *), void *arg)
{
    r->done = done;
    r->arg = arg;
    timer_arm_ms(&r->limit, REAL_LIMIT_MS);
    timer_arm_ms(&r->poll, 0);
    assert_int_equal(loop_event_run(r->loop), 0);
    timer_cancel(&r->limit);
    timer_cancel(&r->poll);
}

static inline bool real_flag(void *arg)
{
    return *(bool *)arg;
}

static inline void real_set(void *arg)
{
    *(bool *)arg = true;
}

/* Lets the loop go on for a while: for what must not happen. */
static inline void real_for_ms(struct real *r, uint64_t ms)
{
    struct timer t;
    bool is_over = false;

    timer_init(&t, r->loop, real_set, &is_over);
    timer_arm_ms(&t, ms);
    real_until(r, real_flag, &is_over);
}

static inline void real_fini(struct real *r)
{
    char command[128];

    io_destroy(r->io);
    loop_destroy(r->loop);
    snprintf(command, sizeof(command), "rm -rf '%s'", r->dir);
    if (system(command) != 0)
        print_message("%s stays\n", r->dir);
}

static inline struct stream_addr unix_addr(const struct real *r, const char *name)
{
    struct stream_addr a = {.kind = STREAM_UNIX};

    snprintf(a.path, sizeof(a.path), "%s/%s", r->dir, name);
    return a;
}
