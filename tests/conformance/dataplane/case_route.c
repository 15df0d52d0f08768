/* SPDX-License-Identifier: Apache-2.0
 *
 * IP routes over next-hop sets: forwarding, replacement, several hops, labels imposed, and how links' flaps lose them.
 */
#include <errno.h>
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

static void start_with_route(struct bench *b, const char *stack)
{
    struct dp_nexthop nh;

    bench_start(b);
    bench_wait_up(b, 0, true);
    bench_wait_up(b, 1, true);
    nh = hop(b, 1, stack);
    put_nexthop(b, 1, &nh, 1);
    put_route(b, 0, "20.0.0.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
}

static void test_route__forwards(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;

    start_with_route(b, "");
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "");
    sent = packet(b, "", "20.0.0.9");
    sent.ttl = 7;
    fx_backend.send(b->fx, 0, &sent);
    assert_true(fx_backend.receive(b->fx, 1, &got, WAIT_MS));
    assert_int_equal(got.ttl, 6);
    assert_dropped(b, 0, "", "20.0.1.9");
}

static void test_nexthop__replaced_moves_all_its_routes(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    start_with_route(b, "");
    put_route(b, 0, "20.0.1.0/24", 1);
    nh = hop(b, 2, "");
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
    assert_forwarded(b, 0, 2, "", "20.0.1.9", "");
}

static void count_spread(struct bench *b, unsigned n, unsigned count[FX_PORTS])
{
    struct fx_packet sent, got;

    memset(count, 0, FX_PORTS * sizeof(*count));
    for (unsigned i = 0; i < n; i++) {
        sent = packet(b, "", "20.0.0.0");
        sent.destination.b[3] = (uint8_t)(1 + i);
        fx_backend.send(b->fx, 0, &sent);
    }
    for (unsigned i = 0; i < FX_PORTS; i++)
        while (fx_backend.receive(b->fx, i, &got, SILENCE_MS))
            count[i]++;
}

static void test_nexthop__grows_and_shrinks(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh[2];
    struct holdings h;
    unsigned count[FX_PORTS];

    start_with_route(b, "");
    nh[0] = hop(b, 1, "");
    nh[1] = hop(b, 2, "");
    put_nexthop(b, 1, nh, 2);
    assert_int_equal(bench_flush(b), 0);
    h = holdings(b);
    assert_int_equal(h.n_nexthops, 1);
    assert_int_equal(h.n_hops, 2);
    count_spread(b, 64, count);
    assert_int_equal(count[1] + count[2], 64);
    assert_true(count[1] > 0 && count[2] > 0);
    put_nexthop(b, 1, &nh[1], 1);
    assert_int_equal(bench_flush(b), 0);
    h = holdings(b);
    assert_int_equal(h.n_hops, 1);
    assert_int_equal(h.n_routes, 1);
    assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
}

/* As many ways as there may be, in one group; and one way less. */
static void test_nexthop__64_ways(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh[RIB_NEXTHOPS_MAX];
    struct holdings h;

    start_with_route(b, "");
    for (size_t i = 0; i < RIB_NEXTHOPS_MAX; i++) {
        nh[i] = hop(b, i % 2 ? 1 : 2, "");
        nh[i].gateway.b[3] = (uint8_t)(100 + i);
    }
    put_nexthop(b, 1, nh, RIB_NEXTHOPS_MAX);
    assert_int_equal(bench_flush(b), 0);
    h = holdings(b);
    assert_int_equal(h.n_nexthops, 1);
    assert_int_equal(h.n_hops, RIB_NEXTHOPS_MAX);
    assert_int_equal(h.n_routes, 1);
    put_nexthop(b, 1, &nh[1], RIB_NEXTHOPS_MAX - 1);
    assert_int_equal(bench_flush(b), 0);
    h = holdings(b);
    assert_int_equal(h.n_hops, RIB_NEXTHOPS_MAX - 1);
    assert_int_equal(h.n_routes, 1);
}

static void test_nexthop__del_takes_its_routes_along(void **state)
{
    struct bench *b = *state;

    start_with_route(b, "");
    b->ops->nexthop_del(b->dp, ++b->cookie, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_routes, 0);
    assert_int_equal(holdings(b).n_nexthops, 0);
}

static void test_route__blackhole_and_unreachable(void **state)
{
    struct bench *b = *state;
    struct dp_route r = {.prefix = pfx("20.0.0.0/24"), .type = DP_ROUTE_UNREACHABLE};
    struct fx_packet sent, got;

    start_with_route(b, "");
    b->ops->route_set(b->dp, ++b->cookie, &r);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).route.type, DP_ROUTE_UNREACHABLE);
    sent = packet(b, "", "20.0.0.9");
    sent.source = addr("10.90.0.2");
    fx_backend.send(b->fx, 0, &sent);
    assert_true(fx_backend.receive(b->fx, 0, &got, WAIT_MS));
    assert_int_equal(got.kind, FX_UNREACHABLE);
    r.type = DP_ROUTE_BLACKHOLE;
    b->ops->route_set(b->dp, ++b->cookie, &r);
    assert_int_equal(bench_flush(b), 0);
    assert_dropped(b, 0, "", "20.0.0.9");
    assert_int_equal(holdings(b).n_routes, 1); /* replaced, not added */
}

static void test_route__imposes_labels(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start(b);
    need_mpls(b);
    put_way(b, 1, 1, "2031/3092/9900", 0, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "2031/3092/9900");
    nh = hop(b, 1, "3"); /* implicit null: nothing is pushed */
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "");
    nh = hop(b, 1, "16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31");
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31");
    nh = hop(b, 1, "0");
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "0");
}

static void test_route__label_3_in_a_stack_is_refused(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start(b);
    need_mpls(b);
    nh = hop(b, 1, "100/3");
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), -EINVAL);
    assert_int_equal(holdings(b).n_nexthops, 0);
}

static void test_route__gateway_need_not_be_on_link(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start(b);
    nh = hop(b, 1, "");
    nh.gateway = addr("10.200.0.1"); /* resolved by the RIB, which knows better */
    put_nexthop(b, 1, &nh, 1);
    put_route(b, 0, "20.0.0.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
}

static void test_carrier_loss__loses_nexthops_and_routes_silently(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    start_with_route(b, "");
    fx_backend.carrier(b->fx, 1, false);
    bench_wait_up(b, 1, false);
    bench_run(b, NULL, 50);
    assert_int_equal(b->foreign_changes, 0); /* nothing but the link is told */
    assert_int_equal(holdings(b).n_nexthops, 0);
    assert_int_equal(holdings(b).n_routes, 0);
    nh = hop(b, 1, "");
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), -ENETDOWN);
    fx_backend.carrier(b->fx, 1, true);
    bench_wait_up(b, 1, true);
    assert_int_equal(holdings(b).n_routes, 0); /* nothing comes back by itself */
    put_nexthop(b, 1, &nh, 1);
    put_route(b, 0, "20.0.0.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "");
}

static void test_carrier_loss__leaves_the_other_hops(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh[2];
    struct holdings h;

    start_with_route(b, "");
    nh[0] = hop(b, 1, "");
    nh[1] = hop(b, 2, "");
    put_nexthop(b, 1, nh, 2);
    assert_int_equal(bench_flush(b), 0);
    fx_backend.carrier(b->fx, 1, false);
    bench_wait_up(b, 1, false);
    h = holdings(b);
    assert_int_equal(h.n_nexthops, 1);
    assert_int_equal(h.n_hops, 1);
    assert_int_equal(h.n_routes, 1);
    for (int i = 0; i < 8; i++)
        assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
    put_nexthop(b, 1, &nh[1], 1);
    assert_int_equal(bench_flush(b), 0);
    fx_backend.carrier(b->fx, 1, true);
    bench_wait_up(b, 1, true);
    put_nexthop(b, 1, nh, 2);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_hops, 2);
}

static void test_admin_down__loses_nexthops_and_routes(void **state)
{
    struct bench *b = *state;

    start_with_route(b, "");
    assert_int_equal(b->ops->link_set(b->dp, b->port[1], false, 0, NULL), 0);
    bench_wait_up(b, 1, false);
    assert_int_equal(holdings(b).n_nexthops, 0);
    assert_int_equal(b->ops->link_set(b->dp, b->port[1], true, 0, NULL), 0);
    bench_wait_up(b, 1, true);
    assert_int_equal(holdings(b).n_routes, 0);
}

static void test_nexthop__replace_is_make_before_break(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh[2];
    struct fx_packet sent, got;
    unsigned n = 0;

    start_with_route(b, "");
    nh[0] = hop(b, 1, "");
    nh[1] = hop(b, 2, "");
    assert_forwarded(b, 0, 1, "", "20.0.0.9", ""); /* neighbours are resolved */
    put_nexthop(b, 1, &nh[1], 1);
    bench_flush(b);
    assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
    for (unsigned i = 0; i < 200; i++) {
        sent = packet(b, "", "20.0.0.9");
        fx_backend.send(b->fx, 0, &sent);
        put_nexthop(b, 1, &nh[i % 2], 1);
        assert_int_equal(bench_flush(b), 0);
    }
    for (unsigned i = 1; i < FX_PORTS; i++)
        while (fx_backend.receive(b->fx, i, &got, SILENCE_MS))
            n++;
    assert_int_equal(n, 200);
}

int run_route_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_route__forwards),
        CASE(test_nexthop__replaced_moves_all_its_routes),
        CASE(test_nexthop__grows_and_shrinks),
        CASE(test_nexthop__64_ways),
        CASE(test_nexthop__del_takes_its_routes_along),
        CASE(test_route__blackhole_and_unreachable),
        CASE(test_route__imposes_labels),
        CASE(test_route__label_3_in_a_stack_is_refused),
        CASE(test_route__gateway_need_not_be_on_link),
        CASE(test_carrier_loss__loses_nexthops_and_routes_silently),
        CASE(test_carrier_loss__leaves_the_other_hops),
        CASE(test_admin_down__loses_nexthops_and_routes),
        CASE(test_nexthop__replace_is_make_before_break),
    };

    return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
