/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop whose clock waits for everybody: timers come in order and at their very time, hours pass at once, and none
 * passes while a message is under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "strata/io.h"
#include "tests/unit/patient/loop.h"

enum { HOUR_MS = 3600000, ROUND_TRIPS = 1000 };

struct world {
    struct loop *loop;
    struct io *io;
    char dir[64];
    struct timer a, b;
    unsigned n_zero, n_messages, n_ticks;
    char order[32];
    struct stream *ends[2];
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    w->loop = patient_loop_create();
    w->io = io_event_create(w->loop);
    snprintf(w->dir, sizeof(w->dir), "/tmp/strata-patient-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    io_destroy(w->io);
    loop_destroy(w->loop);
    assert_int_equal(rmdir(w->dir), 0);
    free(w);
    return 0;
}

static void on_a(void *arg)
{
    struct world *w = arg;

    strcat(w->order, "a");
    if (++w->n_zero < 3)
        timer_arm_us(&w->a, 0);
}

static void on_b(void *arg)
{
    struct world *w = arg;

    strcat(w->order, "b");
    loop_event_stop(w->loop);
}

static void test_patient__hours_pass_at_once(void **state)
{
    struct world *w = *state;
    uint64_t begin = loop_now_us(w->loop);

    timer_init(&w->a, w->loop, on_a, w);
    timer_init(&w->b, w->loop, on_b, w);
    timer_arm_ms(&w->b, 30ull * HOUR_MS);
    timer_arm_ms(&w->a, HOUR_MS);
    loop_event_run(w->loop);
    assert_string_equal(w->order, "aaab");
    assert_int_equal(loop_now_us(w->loop) - begin, 30ull * HOUR_MS * 1000);
    timer_arm_us(&w->b, 7); /* it can run again */
    timer_arm_us(&w->a, 8);
    loop_event_run(w->loop);
    assert_string_equal(w->order, "aaabb");
    assert_true(timer_is_armed(&w->a));
    assert_int_equal(loop_now_us(w->loop) - begin, 30ull * HOUR_MS * 1000 + 7);
    timer_cancel(&w->a);
}

/* What came goes back. */
static void on_readable(struct stream *s, void *arg)
{
    struct world *w = arg;
    size_t len;

    stream_peek(s, &len);
    stream_consume(s, len);
    if (++w->n_messages < ROUND_TRIPS)
        stream_write(s, "ball", 4);
}

static void on_opened(struct stream *s, void *arg)
{
    (void)arg;
    stream_write(s, "ball", 4);
}

static void on_closed(struct stream *s, int error, void *arg)
{
    (void)s, (void)arg;
    fail_msg("closed: %d", error);
}

static const struct stream_events ends = {.opened = on_opened, .readable = on_readable, .closed = on_closed};

static void on_accept(struct listener *l, struct stream *s, void *arg)
{
    struct world *w = arg;

    (void)l;
    w->ends[1] = s;
    stream_set_events(s, &ends, w);
}

/* Each time the last ball is at rest, and a new one is thrown. */
static void on_tick(void *arg)
{
    struct world *w = arg;

    assert_int_equal(w->n_messages, ROUND_TRIPS);
    if (++w->n_ticks == 10) {
        loop_event_stop(w->loop);
        return;
    }
    w->n_messages = 0;
    stream_write(w->ends[0], "ball", 4);
    timer_arm_us(&w->b, 1);
}

/* Timers that follow each other at once do not keep the balls from flying. */
static void on_zero(void *arg)
{
    struct world *w = arg;

    if (++w->n_zero < 3 * ROUND_TRIPS)
        timer_arm_us(&w->a, 0);
    else
        assert_int_equal(w->n_messages, ROUND_TRIPS);
}

static void test_patient__no_time_passes_under_way(void **state)
{
    struct world *w = *state;
    struct stream_addr at = {.kind = STREAM_UNIX};
    struct listener *l;

    snprintf(at.path, sizeof(at.path), "%s/sock", w->dir);
    assert_int_equal(stream_listen(w->io, &at, on_accept, w, &l), 0);
    assert_int_equal(stream_connect(w->io, &at, &ends, w, &w->ends[0]), 0);
    timer_init(&w->a, w->loop, on_zero, w);
    timer_init(&w->b, w->loop, on_tick, w);
    timer_arm_us(&w->a, 0);
    timer_arm_us(&w->b, 1);
    loop_event_run(w->loop);
    assert_int_equal(w->n_ticks, 10);
    assert_int_equal(w->n_zero, 3 * ROUND_TRIPS);
    stream_close(w->ends[0]);
    stream_close(w->ends[1]);
    listener_close(l);
    unlink(at.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_patient__hours_pass_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_patient__no_time_passes_under_way, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
