/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual time, chance, processes, files.
 */
#include "tests/unit/sim/peer.h"

struct ticker {
    struct timer t;
    unsigned n;
    uint64_t last_us;
};

static void on_tick(void *arg)
{
    struct ticker *k = arg;

    k->n++;
    k->last_us = loop_now_us(k->t.loop);
    timer_arm_ms(&k->t, 10);
}

static void test_time__passes_only_by_events(void **state)
{
    struct sim *sim = sim_create(1);
    struct sim_node *node = sim_node_create(sim, "a");
    struct sim_process *p = sim_process_create(node, "d", NULL);
    struct ticker k = {0};

    (void)state;
    timer_init(&k.t, sim_process_env(p)->loop, on_tick, &k);
    timer_arm_ms(&k.t, 10);
    sim_run_ms(sim, 1000);
    assert_int_equal(k.n, 100);
    assert_int_equal(k.last_us, 1000000);
    assert_int_equal(sim_now_us(sim), 1000000);
    timer_cancel(&k.t);
    sim_destroy(sim);
}

static void on_busy(void *arg)
{
    struct ticker *k = arg;

    k->n++;
    timer_arm_us(&k->t, 0);
}

static void test_time__is_not_stopped_by_a_busy_process(void **state)
{
    struct sim *sim = sim_create(1);
    struct sim_process *p = sim_process_create(sim_node_create(sim, "a"), "d", NULL);
    struct ticker k = {0};

    (void)state;
    timer_init(&k.t, sim_process_env(p)->loop, on_busy, &k);
    timer_arm_us(&k.t, 0);
    sim_run_ms(sim, 10);
    assert_in_range(k.n, 1000, 3000);
    timer_cancel(&k.t);
    sim_destroy(sim);
}

static void test_chance__is_the_seed(void **state)
{
    struct sim *a = sim_create(7), *b = sim_create(7), *c = sim_create(8);
    struct loop *la = sim_process_env(sim_process_create(sim_node_create(a, "n"), "d", NULL))->loop;
    struct loop *lb = sim_process_env(sim_process_create(sim_node_create(b, "n"), "d", NULL))->loop;
    struct loop *lc = sim_process_env(sim_process_create(sim_node_create(c, "n"), "d", NULL))->loop;
    uint64_t x = loop_random(la);

    (void)state;
    assert_true(x == loop_random(lb));
    assert_false(x == loop_random(lc));
    sim_destroy(a);
    sim_destroy(b);
    sim_destroy(c);
}

struct daemon {
    struct ticker k;
    const struct env *env;
    unsigned *lives;
};

static void *daemon_create(struct sim_process *process, const struct env *env, void *arg)
{
    struct daemon *d = MEM_NEW(NULL, struct daemon);
    unsigned *lives = arg;

    (void)process;
    d->env = env;
    d->lives = lives;
    ++*lives;
    timer_init(&d->k.t, env->loop, on_tick, &d->k);
    timer_arm_ms(&d->k.t, 10);
    assert_int_equal(io_file_write(env->io, "/var/lib/strata/x", "alive", 5), 0);
    return d;
}

static void daemon_destroy(void *daemon, void *arg)
{
    struct daemon *d = daemon;

    (void)arg;
    assert_int_equal(io_file_write(d->env->io, "/var/lib/strata/x", "dead", 4), -EIO); /* the dead write nothing */
    timer_cancel(&d->k.t);
    timer_arm_ms(&d->k.t, 1); /* nor do they wait */
    assert_false(timer_is_armed(&d->k.t));
    mem_free(NULL, d);
}

static void test_process__crash_and_restart(void **state)
{
    unsigned lives = 0;
    struct sim_program program = {.name = "d", .create = daemon_create, .destroy = daemon_destroy, .arg = &lives};
    struct sim *sim = sim_create(1);
    struct sim_node *node = sim_node_create(sim, "a");
    struct sim_process *p = sim_process_create(node, "d", &program);
    struct daemon *d = sim_process_daemon(p);
    char *data;
    size_t len;

    (void)state;
    sim_run_ms(sim, 100);
    assert_int_equal(d->k.n, 10);
    sim_process_restart(p, 200);
    assert_false(sim_process_is_running(p));
    assert_null(sim_process_daemon(p));
    sim_run_ms(sim, 199);
    assert_int_equal(lives, 1);
    sim_run_ms(sim, 2);
    assert_int_equal(lives, 2);
    assert_int_equal(io_file_read(sim_process_env(p)->io, "/var/lib/strata/x", &data, &len), 0);
    assert_string_equal(data, "alive");
    mem_free(NULL, data);
    sim_destroy(sim);
}

static void test_process__freeze(void **state)
{
    unsigned lives = 0;
    struct sim_program program = {.name = "d", .create = daemon_create, .destroy = daemon_destroy, .arg = &lives};
    struct sim *sim = sim_create(1);
    struct sim_process *p = sim_process_create(sim_node_create(sim, "a"), "d", &program);
    struct daemon *d = sim_process_daemon(p);

    (void)state;
    sim_process_freeze(p, true);
    sim_run_ms(sim, 500);
    assert_int_equal(d->k.n, 0);
    sim_process_freeze(p, false);
    sim_run_ms(sim, 95);
    assert_int_equal(d->k.n, 10);
    sim_destroy(sim);
}

static void test_files__are_the_nodes(void **state)
{
    struct sim *sim = sim_create(1);
    struct sim_node *a = sim_node_create(sim, "a"), *b = sim_node_create(sim, "b");
    struct io *one = sim_process_env(sim_process_create(a, "one", NULL))->io;
    struct io *two = sim_process_env(sim_process_create(a, "two", NULL))->io;
    struct io *other = sim_process_env(sim_process_create(b, "one", NULL))->io;
    char *data;
    size_t len;

    (void)state;
    assert_int_equal(io_file_write(one, "/x", "abc", 3), 0);
    assert_int_equal(io_file_write(one, "/x", "", 0), 0);
    assert_int_equal(io_file_read(two, "/x", &data, &len), 0);
    assert_int_equal(len, 0);
    assert_string_equal(data, "");
    mem_free(NULL, data);
    assert_int_equal(io_file_read(other, "/x", &data, &len), -ENOENT);
    assert_int_equal(io_file_append(two, "/y", "ab", 2), 0);
    assert_int_equal(io_file_append(one, "/y", "cd", 2), 0);
    assert_int_equal(io_file_rename(one, "/y", "/x"), 0);
    assert_int_equal(io_file_rename(one, "/y", "/x"), -ENOENT);
    assert_int_equal(io_file_read(two, "/x", &data, &len), 0);
    assert_int_equal(len, 4);
    assert_string_equal(data, "abcd");
    mem_free(NULL, data);
    assert_int_equal(io_file_remove(two, "/x"), 0);
    assert_int_equal(io_file_remove(one, "/x"), -ENOENT);
    sim_destroy(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time__passes_only_by_events),
        cmocka_unit_test(test_time__is_not_stopped_by_a_busy_process),
        cmocka_unit_test(test_chance__is_the_seed),
        cmocka_unit_test(test_process__crash_and_restart),
        cmocka_unit_test(test_process__freeze),
        cmocka_unit_test(test_files__are_the_nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
