/* SPDX-License-Identifier: Apache-2.0
 *
 * The real loop: timers come in order and not before their time, stop and signals work, an idle loop sleeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "tests/unit/io/real.h"

struct order {
    char text[8];
    size_t n;
};

struct step {
    struct timer timer;
    struct order *order;
    uint64_t due;
    char name;
};

static void on_step(void *arg)
{
    struct step *s = arg;

    assert_true(loop_now_us(s->timer.loop) >= s->due);
    s->order->text[s->order->n++] = s->name;
}

static bool has_three(void *arg)
{
    return ((struct order *)arg)->n == 3;
}

static void test_loop_event__timers_in_order(void **state)
{
    struct order order = {{0}, 0};
    struct real r;
    struct step steps[3];
    static const uint64_t after_ms[] = {30, 5, 15};

    (void)state;
    real_init(&r);
    for (size_t i = 0; i < 3; i++) {
        timer_init(&steps[i].timer, r.loop, on_step, &steps[i]);
        steps[i].order = &order;
        steps[i].name = (char)('a' + i);
        steps[i].due = loop_now_us(r.loop) + after_ms[i] * 1000;
        timer_arm_ms(&steps[i].timer, after_ms[i]);
    }
    real_until(&r, has_three, &order);
    assert_string_equal(order.text, "bca");
    real_fini(&r);
}

static uint64_t cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void stop(void *arg)
{
    loop_event_stop(arg);
}

static void test_loop_event__idle_sleeps(void **state)
{
    struct real r;
    struct timer end, far;
    uint64_t cpu;

    (void)state;
    real_init(&r);
    timer_init(&end, r.loop, stop, r.loop);
    timer_init(&far, r.loop, stop, r.loop);
    timer_arm_us(&far, UINT64_MAX);
    timer_arm_ms(&end, 200);
    cpu = cpu_us();
    assert_int_equal(loop_event_run(r.loop), 0);
    assert_true(cpu_us() - cpu < 100000);
    assert_true(timer_is_armed(&far));
    timer_cancel(&far);
    real_fini(&r);
}

static void test_loop_event__stop_before_run(void **state)
{
    struct real r;

    (void)state;
    real_init(&r);
    loop_event_stop(r.loop);
    assert_int_equal(loop_event_run(r.loop), 0);
    real_for_ms(&r, 1); /* runs again afterwards */
    real_fini(&r);
}

static void on_signal(void *arg)
{
    ++*(unsigned *)arg;
}

static bool is_signalled(void *arg)
{
    return *(unsigned *)arg == 1;
}

static void test_loop_event__signal(void **state)
{
    struct real r;
    unsigned n = 0;

    (void)state;
    real_init(&r);
    assert_int_equal(loop_event_signal(r.loop, SIGUSR1, on_signal, &n), 0);
    assert_int_equal(loop_event_signal(r.loop, 100000, on_signal, &n), -EINVAL);
    raise(SIGUSR1);
    assert_int_equal(n, 0); /* not before the loop runs */
    real_until(&r, is_signalled, &n);
    real_fini(&r);
}

static void test_loop_event__random_differs(void **state)
{
    struct real r;

    (void)state;
    real_init(&r);
    assert_true(loop_random(r.loop) != loop_random(r.loop));
    real_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop_event__timers_in_order), cmocka_unit_test(test_loop_event__idle_sleeps),
        cmocka_unit_test(test_loop_event__stop_before_run), cmocka_unit_test(test_loop_event__signal),
        cmocka_unit_test(test_loop_event__random_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
