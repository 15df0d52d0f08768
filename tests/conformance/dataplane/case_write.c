/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of writes: order of results, errors and whose they are, what counts as success, restart.
 */
#include <errno.h>
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

enum { MANY = 20000, EVERY = 1999 };

static void test_flush__results_in_order_then_batch_done(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    put_way(b, 1, 0, "", 0, "20.0.0.0/24");
    put_route(b, 0, "20.0.1.0/24", 99); /* no such next hop */
    put_route(b, 0, "20.0.2.0/24", 1);
    assert_int_not_equal(bench_flush(b), 0);
    assert_int_equal(b->n_results, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(b->results[i].cookie, i + 1);
        assert_int_equal(b->results[i].batch, 0); /* before batch_done */
        assert_int_equal(b->results[i].error != 0, i == 2);
    }
    assert_int_not_equal(strlen(b->last_error), 0);
    assert_int_equal(holdings(b).n_routes, 2);
}

static void test_flush__of_nothing_does_nothing(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    bench_forget(b);
    b->ops->flush(b->dp);
    bench_run(b, NULL, 20);
    assert_int_equal(b->batches, 0);
}

static void test_flush__twice_makes_two_batches(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start(b);
    nh = hop(b, 0, "");
    put_nexthop(b, 1, &nh, 1);
    b->ops->flush(b->dp);
    put_route(b, 0, "20.0.0.0/24", 1);
    b->ops->flush(b->dp);
    for (int i = 0; i < 50 && b->batches < 2; i++)
        bench_run(b, NULL, 50);
    assert_int_equal(b->batches, 2);
    assert_int_equal(b->n_results, 2);
    assert_int_equal(b->results[0].batch, 0);
    assert_int_equal(b->results[1].batch, 1);
}

static void test_delete__of_the_absent_is_success(void **state)
{
    struct bench *b = *state;
    struct prefix p = pfx("20.0.0.0/24");

    bench_start(b);
    b->ops->nexthop_del(b->dp, ++b->cookie, 77);
    b->ops->route_del(b->dp, ++b->cookie, 0, &p);
    b->ops->route_del(b->dp, ++b->cookie, 4242, &p);
    assert_int_equal(bench_flush(b), 0);
    need_mpls(b);
    b->ops->label_del(b->dp, ++b->cookie, 5000);
    assert_int_equal(bench_flush(b), 0);
}

/* Nothing of what was written before is sent once more, nor is an answer awaited that does not come. */
static void test_flush__of_what_is_no_message(void **state)
{
    struct bench *b = *state;
    struct prefix p = pfx("20.0.0.0/24");
    struct dp_nexthop nh;

    bench_start(b);
    nh = hop(b, 0, "");
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < MANY / 4; i++)
            b->ops->route_del(b->dp, ++b->cookie, 0, &p);
        assert_int_equal(bench_flush(b), 0);
        put_label(b, 100, &nh, 0);
        put_label(b, 101, &nh, 1); /* neither labels nor implicit null */
        assert_int_equal(bench_flush(b), -EINVAL);
        assert_int_equal(b->n_results, 2);
        assert_int_equal(b->results[1].error, -EINVAL);
        put_label(b, 100, &nh, 0); /* and in front of something that is one */
        put_way(b, 1, 0, "", 0, "20.0.0.0/24");
        put_label(b, 101, &nh, 1);
        assert_int_equal(bench_flush(b), -EINVAL);
        assert_int_equal(b->n_results, 4);
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(b->results[i].error, i % 3 ? 0 : -EINVAL);
        assert_int_equal(holdings(b).n_routes, 1);
    }
}

static void test_bulk__errors_find_their_owner(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;
    struct dp_route r = {.nexthop_id = 1};

    bench_start(b);
    nh = hop(b, 0, "");
    put_nexthop(b, 1, &nh, 1);
    for (uint32_t i = 0; i < MANY; i++) {
        r.prefix = prefix_v4(0x14000000 + (i << 8), 24);
        r.nexthop_id = i % EVERY == 0 ? 99 : 1;
        b->ops->route_set(b->dp, ++b->cookie, &r);
    }
    assert_int_not_equal(bench_flush(b), 0);
    assert_int_equal(b->n_results, MANY + 1);
    for (uint32_t i = 0; i <= MANY; i++) {
        assert_int_equal(b->results[i].cookie, i + 1);
        assert_int_equal(b->results[i].error != 0, i > 0 && (i - 1) % EVERY == 0);
    }
    assert_int_equal(holdings(b).n_routes, MANY - (MANY + EVERY - 1) / EVERY);
    b->ops->nexthop_del(b->dp, ++b->cookie, 1); /* takes its routes along */
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_routes, 0);
}

static void test_restart__finds_what_is_there(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh[2];
    struct holdings h;

    bench_start(b);
    nh[0] = hop(b, 0, "");
    nh[1] = hop(b, 1, "");
    put_nexthop(b, 5, nh, 2);
    put_route(b, 0, "20.0.0.0/24", 5);
    assert_int_equal(bench_flush(b), 0);
    bench_restart(b);
    h = holdings(b);
    assert_int_equal(h.n_nexthops, 1);
    assert_int_equal(h.n_hops, 2);
    assert_int_equal(h.nexthop[0].ifindex, b->port[0]);
    assert_true(ip_addr_equal(&h.nexthop[1].gateway, &nh[1].gateway));
    assert_int_equal(h.n_routes, 1);
    assert_int_equal(h.route.nexthop_id, 5);
    assert_int_equal(h.route.table, 0);
    assert_true(prefix_equal(&h.route.prefix, &(struct prefix){addr("20.0.0.0"), 24}));
}

static void test_foreign_change__is_told(void **state)
{
    struct bench *b = *state;
    struct prefix p = pfx("20.0.0.0/24");

    bench_start(b);
    put_way(b, 1, 0, "", 0, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    bench_run(b, NULL, 20);
    assert_int_equal(b->foreign_changes, 0); /* our own writes are not foreign */
    fx_backend.foreign_delete_route(b->fx, 0, &p);
    bench_run(b, NULL, 50);
    assert_int_equal(b->foreign_changes, 1);
}

static void test_foreign_change__of_a_label_is_told(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start(b);
    need_mpls(b);
    nh = hop(b, 0, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    bench_run(b, NULL, 20);
    assert_int_equal(b->foreign_changes, 0);
    fx_backend.foreign_delete_label(b->fx, 100);
    bench_run(b, NULL, 50);
    assert_int_equal(b->foreign_changes, 1);
}

int run_write_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_flush__results_in_order_then_batch_done),
        CASE(test_flush__of_nothing_does_nothing),
        CASE(test_flush__twice_makes_two_batches),
        CASE(test_delete__of_the_absent_is_success),
        CASE(test_flush__of_what_is_no_message),
        CASE(test_bulk__errors_find_their_owner),
        CASE(test_restart__finds_what_is_there),
        CASE(test_foreign_change__is_told),
        CASE(test_foreign_change__of_a_label_is_told),
    };

    return cmocka_run_group_tests_name("writes", tests, NULL, NULL);
}
