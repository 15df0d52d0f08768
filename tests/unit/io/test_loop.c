/* SPDX-License-Identifier: Apache-2.0
 *
 * The timer heap on a clock that the test turns: order, re-arming, cancelling, and random runs against a plain array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "strata/loop_backend.h"

struct fake_loop {
    struct loop loop;
    uint64_t now, wakeup, random;
    unsigned wakeups;
};

static uint64_t fake_now(const struct loop *loop)
{
    return ((const struct fake_loop *)(const void *)loop)->now;
}

static uint64_t fake_random(struct loop *loop)
{
    struct fake_loop *f = (struct fake_loop *)(void *)loop;

    f->random = f->random * 6364136223846793005u + 1442695040888963407u;
    return f->random >> 16;
}

static void fake_wakeup(struct loop *loop, uint64_t at_us)
{
    struct fake_loop *f = (struct fake_loop *)(void *)loop;

    f->wakeup = at_us;
    f->wakeups++;
}

static void fake_destroy(struct loop *loop)
{
    loop_fini(loop);
}

static const struct loop_ops ops = {fake_now, fake_random, fake_wakeup, fake_destroy, NULL};

static struct fake_loop fake(void)
{
    struct fake_loop f = {.random = 1, .now = 1000};

    loop_init(&f.loop, &ops);
    return f;
}

struct probe {
    struct timer timer;
    struct trace *trace;
    char name;
    uint64_t again_us; /* re-arm with this */
    bool has_again;
    struct probe *victim; /* cancel this */
};

struct trace {
    char text[64];
    size_t n;
};

static void on_probe(void *arg)
{
    struct probe *p = arg;

    assert_false(timer_is_armed(&p->timer));
    p->trace->text[p->trace->n++] = p->name;
    p->trace->text[p->trace->n] = 0;
    if (p->has_again)
        timer_arm_us(&p->timer, p->again_us);
    if (p->victim)
        timer_cancel(&p->victim->timer);
}

static void probe_init(struct probe *p, struct loop *loop, struct trace *trace, char name)
{
    memset(p, 0, sizeof(*p));
    timer_init(&p->timer, loop, on_probe, p);
    p->trace = trace;
    p->name = name;
}

static void test_timer__runs_in_order_of_time_then_arming(void **state)
{
    struct fake_loop f = fake();
    struct trace trace = {0};
    struct probe p[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        probe_init(&p[i], &f.loop, &trace, (char)('a' + i));
    timer_arm_us(&p[0].timer, 50);
    timer_arm_us(&p[1].timer, 20);
    timer_arm_us(&p[2].timer, 50);
    timer_arm_us(&p[3].timer, 10);
    timer_arm_us(&p[4].timer, 20);
    assert_int_equal(f.wakeup, 1010);
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "");
    f.now = 1020;
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "dbe");
    assert_int_equal(f.wakeup, 1050);
    f.now = 5000;
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "dbeac");
    assert_true(f.wakeup == UINT64_MAX);
    assert_true(loop_next_us(&f.loop) == UINT64_MAX);
    loop_destroy(&f.loop);
}

static void test_timer__rearming_moves_it_behind_its_equals(void **state)
{
    struct fake_loop f = fake();
    struct trace trace = {0};
    struct probe a, b;

    (void)state;
    probe_init(&a, &f.loop, &trace, 'a');
    probe_init(&b, &f.loop, &trace, 'b');
    timer_arm_us(&a.timer, 10);
    timer_arm_us(&b.timer, 10);
    timer_arm_us(&a.timer, 10);
    f.now += 10;
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "ba");
    loop_destroy(&f.loop);
}

static void test_timer__of_zero_waits_for_the_next_round(void **state)
{
    struct fake_loop f = fake();
    struct trace trace = {0};
    struct probe a, b;

    (void)state;
    probe_init(&a, &f.loop, &trace, 'a');
    probe_init(&b, &f.loop, &trace, 'b');
    a.has_again = true;
    timer_arm_us(&a.timer, 0);
    timer_arm_us(&b.timer, 0);
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "ab");
    assert_int_equal(f.wakeup, f.now); /* wants to be called again at once */
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "aba");
    timer_cancel(&a.timer);
    loop_destroy(&f.loop);
}

static void test_timer__cancel(void **state)
{
    struct fake_loop f = fake();
    struct trace trace = {0};
    struct probe a, b;
    struct timer zeroed = {0};

    (void)state;
    timer_cancel(&zeroed);
    assert_false(timer_is_armed(&zeroed));
    assert_int_equal(timer_remaining_ms(&zeroed), 0);
    probe_init(&a, &f.loop, &trace, 'a');
    probe_init(&b, &f.loop, &trace, 'b');
    timer_cancel(&a.timer);
    timer_arm_us(&a.timer, 5);
    timer_arm_us(&b.timer, 5);
    a.victim = &b;
    f.now += 5;
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "a");
    assert_false(timer_is_armed(&b.timer));
    loop_destroy(&f.loop);
}

static void test_timer__remaining_and_far_times(void **state)
{
    struct fake_loop f = fake();
    struct trace trace = {0};
    struct probe a;

    (void)state;
    probe_init(&a, &f.loop, &trace, 'a');
    timer_arm_ms(&a.timer, 5);
    assert_int_equal(timer_remaining_ms(&a.timer), 5);
    f.now += 1;
    assert_int_equal(timer_remaining_ms(&a.timer), 5); /* rounded up: never 0 while it runs */
    f.now += 9999;
    assert_int_equal(timer_remaining_ms(&a.timer), 0);
    timer_arm_us(&a.timer, UINT64_MAX);
    assert_true(timer_is_armed(&a.timer));
    assert_true(loop_next_us(&f.loop) == UINT64_MAX - 1);
    timer_arm_ms(&a.timer, UINT64_MAX);
    assert_true(loop_next_us(&f.loop) == UINT64_MAX - 1);
    loop_destroy(&f.loop);
    assert_false(timer_is_armed(&a.timer));
}

static void test_timer__jitter_takes_up_to_a_quarter(void **state)
{
    struct fake_loop f = fake();
    struct trace trace = {0};
    uint64_t low = UINT64_MAX, high = 0;
    struct probe a;

    (void)state;
    probe_init(&a, &f.loop, &trace, 'a');
    for (int i = 0; i < 2000; i++) {
        uint64_t after;

        timer_arm_jitter_ms(&a.timer, 1000);
        after = a.timer.at_us - f.now;
        assert_true(after >= 750000 && after <= 1000000);
        low = after < low ? after : low;
        high = after > high ? after : high;
    }
    assert_true(low < 760000 && high > 990000);
    timer_arm_jitter_ms(&a.timer, 0);
    assert_true(a.timer.at_us == f.now);
    loop_destroy(&f.loop);
}

static void test_loop__dead_runs_and_arms_nothing(void **state)
{
    struct fake_loop f = fake();
    struct trace trace = {0};
    struct probe a, b;

    (void)state;
    probe_init(&a, &f.loop, &trace, 'a');
    probe_init(&b, &f.loop, &trace, 'b');
    timer_arm_us(&a.timer, 0);
    f.loop.is_dead = true;
    timer_arm_us(&b.timer, 0);
    assert_false(timer_is_armed(&b.timer));
    loop_run_due(&f.loop);
    assert_string_equal(trace.text, "");
    assert_true(f.wakeup == UINT64_MAX);
    loop_destroy(&f.loop);
}

enum { N_TIMERS = 200 };

struct random_run {
    struct timer timer[N_TIMERS];
    uint64_t at[N_TIMERS], order[N_TIMERS]; /* model: 0 = not armed */
    uint64_t next_order, last_at, last_order;
    size_t n_ran;
};

struct random_arg {
    struct random_run *run;
    size_t i;
};

static void on_random(void *arg)
{
    struct random_arg *a = arg;
    struct random_run *r = a->run;

    assert_true(r->order[a->i] != 0);
    assert_true(r->at[a->i] > r->last_at || (r->at[a->i] == r->last_at && r->order[a->i] > r->last_order));
    r->last_at = r->at[a->i];
    r->last_order = r->order[a->i];
    r->order[a->i] = 0;
    r->n_ran++;
}

static void test_timer__random_against_model(void **state)
{
    static struct random_run r;
    static struct random_arg args[N_TIMERS];
    struct fake_loop f = fake();

    (void)state;
    for (size_t i = 0; i < N_TIMERS; i++) {
        args[i] = (struct random_arg){&r, i};
        timer_init(&r.timer[i], &f.loop, on_random, &args[i]);
    }
    print_message("seed 1\n");
    for (int round = 0; round < 20000; round++) {
        size_t i = (size_t)(fake_random(&f.loop) % N_TIMERS);
        uint64_t what = fake_random(&f.loop) % 10;

        if (what < 6) {
            uint64_t after = fake_random(&f.loop) % 300;

            timer_arm_us(&r.timer[i], after);
            r.at[i] = f.now + after;
            r.order[i] = ++r.next_order;
        } else if (what < 8) {
            timer_cancel(&r.timer[i]);
            r.order[i] = 0;
        } else {
            f.now += fake_random(&f.loop) % 40;
            loop_run_due(&f.loop);
            for (size_t j = 0; j < N_TIMERS; j++) {
                assert_int_equal(timer_is_armed(&r.timer[j]), r.order[j] != 0);
                assert_true(!r.order[j] || r.at[j] > f.now);
            }
        }
    }
    assert_true(r.n_ran > 1000);
    loop_destroy(&f.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer__runs_in_order_of_time_then_arming),
        cmocka_unit_test(test_timer__rearming_moves_it_behind_its_equals),
        cmocka_unit_test(test_timer__of_zero_waits_for_the_next_round),
        cmocka_unit_test(test_timer__cancel),
        cmocka_unit_test(test_timer__remaining_and_far_times),
        cmocka_unit_test(test_timer__jitter_takes_up_to_a_quarter),
        cmocka_unit_test(test_loop__dead_runs_and_arms_nothing),
        cmocka_unit_test(test_timer__random_against_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
