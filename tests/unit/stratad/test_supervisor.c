/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's states, with a clock that the test moves: restart delays, giving up, adoption, orderly end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "src/stratad/supervisor.h"
#include "strata/loop_backend.h"
#include "strata/mem.h"

struct fixture {
    struct loop loop;
    uint64_t now_us;
    struct supervisor *s;
    pid_t next_pid;
    int spawn_error;
    unsigned spawned, stopped;
    char last_spawned[32];
    pid_t last_killed;
    int last_signal;
};

static uint64_t fake_now(const struct loop *loop)
{
    return ((const struct fixture *)(const void *)loop)->now_us;
}
static uint64_t fake_random(struct loop *loop)
{
    (void)loop;
    return 4;
}
static void fake_wakeup(struct loop *loop, uint64_t at_us)
{
    (void)loop;
    (void)at_us;
}
static void fake_destroy(struct loop *loop)
{
    (void)loop;
}
static const struct loop_ops fake_loop = {fake_now, fake_random, fake_wakeup, fake_destroy, NULL};

static int spawn(void *arg, const char *name, pid_t *pid)
{
    struct fixture *f = arg;
    if (f->spawn_error)
        return f->spawn_error;
    f->spawned++;
    snprintf(f->last_spawned, sizeof(f->last_spawned), "%s", name);
    *pid = f->next_pid++;
    return 0;
}
static void kill_process(void *arg, pid_t pid, int signum)
{
    struct fixture *f = arg;
    f->last_killed = pid;
    f->last_signal = signum;
}
static void stopped(void *arg)
{
    ((struct fixture *)arg)->stopped++;
}
static const struct supervisor_ops ops = {spawn, kill_process, stopped};

static void advance_ms(struct fixture *f, uint64_t ms)
{
    uint64_t end = f->now_us + ms * 1000;
    while (loop_next_us(&f->loop) <= end) {
        f->now_us = loop_next_us(&f->loop);
        loop_run_due(&f->loop);
    }
    f->now_us = end;
}

static int setup(void **state)
{
    struct fixture *f = MEM_NEW(NULL, struct fixture);
    f->next_pid = 100;
    f->now_us = 1000000;
    loop_init(&f->loop, &fake_loop);
    f->s = supervisor_create(&f->loop, NULL, &ops, f);
    *state = f;
    return 0;
}
static int teardown(void **state)
{
    struct fixture *f = *state;
    supervisor_destroy(f->s);
    loop_fini(&f->loop);
    mem_free(NULL, f);
    return 0;
}

static void test_supervisor__starts_what_is_wanted_once(void **state)
{
    struct fixture *f = *state;
    supervisor_want(f->s, "ribd", true);
    supervisor_want(f->s, "ribd", true);
    assert_int_equal(f->spawned, 1);
    assert_int_equal(supervisor_state(f->s, "ribd"), CHILD_RUNNING);
    assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_STOPPED);
}

static void test_supervisor__restarts_with_doubling_delay(void **state)
{
    struct fixture *f = *state;
    supervisor_want(f->s, "bgpd", true);
    const uint64_t delays[] = {100, 200, 400, 800};
    for (size_t i = 0; i < 4; i++) {
        supervisor_exited(f->s, f->next_pid - 1, 0x0b);
        assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_WAITING);
        advance_ms(f, delays[i] - 1);
        assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_WAITING);
        advance_ms(f, 1);
        assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_RUNNING);
        assert_int_equal(supervisor_restarts(f->s, "bgpd"), i + 1);
    }
    /* A minute of life: the delay starts over. */
    advance_ms(f, 60000);
    supervisor_exited(f->s, f->next_pid - 1, 0x0b);
    advance_ms(f, 100);
    assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_RUNNING);
}

static void test_supervisor__gives_up_after_many_deaths_and_leaves_others_alone(void **state)
{
    struct fixture *f = *state;
    supervisor_want(f->s, "ribd", true);
    supervisor_want(f->s, "bgpd", true);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_RUNNING);
        supervisor_exited(f->s, f->next_pid - 1, 0x100);
        advance_ms(f, 30000);
    }
    assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_FAILED);
    assert_int_equal(supervisor_state(f->s, "ribd"), CHILD_RUNNING);
    supervisor_want(f->s, "bgpd", true);
    assert_int_equal(supervisor_state(f->s, "bgpd"), CHILD_RUNNING);
}

static void test_supervisor__keeps_trying_when_spawn_fails(void **state)
{
    struct fixture *f = *state;
    f->spawn_error = -ENOMEM;
    supervisor_want(f->s, "ospfd", true);
    assert_int_equal(supervisor_state(f->s, "ospfd"), CHILD_WAITING);
    f->spawn_error = 0;
    advance_ms(f, 100);
    assert_int_equal(supervisor_state(f->s, "ospfd"), CHILD_RUNNING);
}

static void test_supervisor__unwanted_is_terminated_then_killed(void **state)
{
    struct fixture *f = *state;
    supervisor_want(f->s, "ldpd", true);
    supervisor_want(f->s, "ldpd", false);
    advance_ms(f, 6000);
    supervisor_want(f->s, "ldpd", false); /* said again: the time goes on */
    advance_ms(f, 3900);
    assert_int_equal(supervisor_state(f->s, "ldpd"), CHILD_RUNNING);
    advance_ms(f, 100);
    assert_int_equal(supervisor_state(f->s, "ldpd"), CHILD_STOPPING);
    assert_int_equal(f->last_signal, SIGTERM);
    advance_ms(f, 5000);
    assert_int_equal(f->last_signal, SIGKILL);
    supervisor_exited(f->s, 100, SIGKILL);
    assert_int_equal(supervisor_state(f->s, "ldpd"), CHILD_STOPPED);
    advance_ms(f, 100000);
    assert_int_equal(f->spawned, 1);
}

static void test_supervisor__wanted_again_in_time_is_not_touched(void **state)
{
    struct fixture *f = *state;
    supervisor_want(f->s, "ldpd", true);
    for (int i = 0; i < 3; i++) {
        supervisor_want(f->s, "ldpd", false);
        advance_ms(f, 9000);
        supervisor_want(f->s, "ldpd", true);
    }
    advance_ms(f, 100000);
    assert_int_equal(f->last_killed, 0);
    assert_int_equal(f->spawned, 1);
    supervisor_want(f->s, "ldpd", false);
    supervisor_exited(f->s, 100, 0); /* by itself, amid the wait */
    assert_int_equal(supervisor_state(f->s, "ldpd"), CHILD_STOPPED);
    advance_ms(f, 100000);
    assert_int_equal(f->spawned, 1);
    assert_int_equal(f->last_killed, 0);
}

static void test_supervisor__adopted_and_unwanted_ends(void **state)
{
    struct fixture *f = *state;
    supervisor_adopt(f->s, "ospfd", 77);
    supervisor_want(f->s, "ospfd", false);
    advance_ms(f, 10000);
    assert_int_equal(f->last_killed, 77);
}

static void test_supervisor__adopted_is_not_started_again_but_restarted_when_it_ends(void **state)
{
    struct fixture *f = *state;
    supervisor_adopt(f->s, "ribd", 77);
    supervisor_want(f->s, "ribd", true);
    assert_int_equal(f->spawned, 0);
    supervisor_exited(f->s, 77, -1);
    advance_ms(f, 100);
    assert_int_equal(f->spawned, 1);
}

static void test_supervisor__stop_ends_in_reverse_order(void **state)
{
    struct fixture *f = *state;
    supervisor_want(f->s, "ribd", true);  /* 100 */
    supervisor_want(f->s, "mgmtd", true); /* 101 */
    supervisor_stop(f->s);
    assert_int_equal(f->last_killed, 101);
    assert_int_equal(supervisor_state(f->s, "ribd"), CHILD_RUNNING);
    supervisor_exited(f->s, 101, 0);
    assert_int_equal(f->last_killed, 100);
    assert_int_equal(f->stopped, 0);
    supervisor_exited(f->s, 100, 0);
    assert_int_equal(f->stopped, 1);
    supervisor_want(f->s, "bgpd", true);
    assert_int_equal(f->spawned, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_supervisor__starts_what_is_wanted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__restarts_with_doubling_delay, setup, teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__gives_up_after_many_deaths_and_leaves_others_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__keeps_trying_when_spawn_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__unwanted_is_terminated_then_killed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__wanted_again_in_time_is_not_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__adopted_and_unwanted_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__adopted_is_not_started_again_but_restarted_when_it_ends, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_supervisor__stop_ends_in_reverse_order, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
