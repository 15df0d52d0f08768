/* SPDX-License-Identifier: Apache-2.0
 *
 * VPN instances: adoption, what enslaving does, isolation from the public instance, and what a deleted VRF leaves
 * behind.
 */
#include <errno.h>
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

static void start(struct bench *b)
{
    bench_start_up(b);
    need_vrf(b);
}

static void test_vrf_create__is_told_and_adopted(void **state)
{
    struct bench *b = *state;
    uint32_t ifindex;
    const struct dp_link *link;

    start(b);
    ifindex = make_vrf(b, "vrfA", 20);
    bench_run(b, NULL, 50);
    link = bench_link(b, "vrfA");
    assert_non_null(link);
    assert_int_equal(link->vrf_table, 20);
    assert_string_equal(link->alias, "strata vrfA");
    assert_true(link->is_admin_up);
    assert_int_equal(make_vrf(b, "vrfA", 20), ifindex);
    bench_restart(b);
    assert_int_equal(make_vrf(b, "vrfA", 20), ifindex);
}

static void test_vrf_create__refuses_what_is_not_ours(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX] = "";

    start(b);
    make_vrf(b, "vrfA", 20);
    assert_int_equal(b->ops->vrf_create(b->dp, "vrfA", 20, "another", why), -EEXIST);
    assert_int_not_equal(strlen(why), 0);
    assert_int_equal(b->ops->vrf_create(b->dp, "vrfB", 20, "strata vrfB", why), -EEXIST);
    assert_int_equal(b->ops->vrf_create(b->dp, "vrfA", 21, "strata vrfA", why), -EEXIST);
    assert_int_equal(b->ops->vrf_create(b->dp, "p0", 30, "strata p0", why), -EEXIST);
    assert_int_not_equal(b->ops->vrf_create(b->dp, "a-name-that-is-too-long", 30, "x", NULL), 0);
}

static void test_enslave__bounces_and_loses_routes(void **state)
{
    struct bench *b = *state;
    uint32_t vrf;

    start(b);
    vrf = make_vrf(b, "vrfA", 20);
    put_way(b, 1, 1, "", 0, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    enslave(b, 1, "vrfA");
    assert_int_equal(bench_link(b, "p1")->master, vrf);
    assert_int_equal(holdings(b).n_nexthops, 0);
    assert_int_equal(holdings(b).n_routes, 0);
    assert_true(bench_has_address(b, b->port[1], "10.90.1.1/24")); /* addresses stay */
}

static void test_enslave__again_does_nothing(void **state)
{
    struct bench *b = *state;

    start(b);
    make_vrf_of(b, "vrfA", 20, 1);
    put_way(b, 1, 1, "", 20, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    bench_forget(b);
    assert_int_equal(b->ops->link_set_master(b->dp, b->port[1], "vrfA", NULL), 0);
    bench_run(b, NULL, 50);
    assert_int_equal(b->link_events, 0);
    assert_int_equal(holdings(b).n_routes, 1);
    assert_int_equal(b->ops->link_set_master(b->dp, b->port[1], NULL, NULL), 0);
    bench_run(b, NULL, 50);
    bench_wait_up(b, 1, true);
    assert_int_equal(bench_link(b, "p1")->master, 0);
    assert_int_equal(b->ops->link_set_master(b->dp, b->port[1], NULL, NULL), 0);
    assert_int_not_equal(b->ops->link_set_master(b->dp, b->port[1], "nosuch", NULL), 0);
}

static bool is_answered(struct bench *b, unsigned port, const char *destination)
{
    struct fx_packet ping = packet(b, "", destination), got;

    ping.kind = FX_PING;
    ping.source = addr("10.90.0.2");
    ping.source.b[2] = (uint8_t)port;
    fx_backend.send(b->fx, port, &ping);
    while (fx_backend.receive(b->fx, port, &got, SILENCE_MS))
        if (got.id == ping.id && got.kind == FX_PONG)
            return true;
    return false;
}

static void test_isolation__public_address_is_not_reached(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;

    start(b);
    make_vrf_of(b, "vrfA", 20, 1);
    assert_true(is_answered(b, 0, "10.1.0.4"));  /* the public loopback */
    assert_false(is_answered(b, 1, "10.1.0.4")); /* a customer has that address himself */
    assert_true(is_answered(b, 1, "10.90.1.1")); /* the instance's own */
    put_way(b, 1, 0, "", 0, "20.0.0.0/24");      /* public */
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 2, 0, "", "20.0.0.9", "");
    sent = packet(b, "", "20.0.0.9");
    sent.source = addr("10.90.1.2");
    fx_backend.send(b->fx, 1, &sent);
    assert_true(fx_backend.receive(b->fx, 1, &got, WAIT_MS));
    assert_int_equal(got.kind, FX_UNREACHABLE);
    assert_dropped(b, 1, "", "20.0.0.9");
}

static void test_isolation__overlapping_address_belongs_to_the_customer(void **state)
{
    struct bench *b = *state;

    start(b);
    make_vrf_of(b, "vrfA", 20, 1);
    enslave(b, 2, "vrfA");
    put_way(b, 1, 2, "", 20, "10.1.0.4/32"); /* the customer's, at his other site */
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 1, 2, "", "10.1.0.4", "");
}

static void test_isolation__survives_a_lost_port_route(void **state)
{
    struct bench *b = *state;

    start(b);
    make_vrf(b, "vrfA", 20);
    make_vrf(b, "vrfB", 30);
    enslave(b, 1, "vrfA");
    enslave(b, 2, "vrfB");
    assert_dropped(b, 1, "", "10.90.2.2"); /* another instance's neighbour */
    assert_dropped(b, 1, "", "10.90.0.2"); /* a public one */
}

static void test_vrf_route__over_a_public_next_hop(void **state)
{
    struct bench *b = *state;

    start(b);
    need_mpls(b);
    make_vrf_of(b, "vrfA", 20, 1);
    put_way(b, 1, 2, "5061/6093", 20, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 1, 2, "", "20.0.0.9", "5061/6093");
    assert_int_equal(holdings(b).route.table, 20);
}

static void test_vrf_route__big_table_numbers(void **state)
{
    struct bench *b = *state;
    struct prefix p = pfx("20.0.0.0/24");

    start(b);
    make_vrf_of(b, "vrfA", 100020, 1);
    put_way(b, 1, 2, "", 100020, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 1, 2, "", "20.0.0.9", "");
    assert_int_equal(holdings(b).route.table, 100020);
    b->ops->route_del(b->dp, ++b->cookie, 100020, &p);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_routes, 0);
}

static void test_vrf_destroy__flushes_the_table(void **state)
{
    struct bench *b = *state;

    start(b);
    make_vrf(b, "vrfA", 20);
    put_way(b, 1, 2, "", 20, "20.0.0.0/24"); /* its device is elsewhere: the kernel alone would keep it */
    put_route(b, 0, "20.0.1.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", 20, NULL), 0);
    assert_int_equal(fx_backend.ifindex(b->fx, "vrfA"), 0);
    for (int i = 0; i < 100 && holdings(b).n_routes > 1; i++) /* not all at once */
        bench_run(b, NULL, 10);
    assert_int_equal(holdings(b).n_routes, 1);
    assert_int_equal(holdings(b).route.table, 0);
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", 20, NULL), 0); /* absent */
    assert_int_not_equal(b->ops->vrf_destroy(b->dp, "p0", 20, NULL), 0);
}

static void test_vrf_destroy__takes_lookups_along(void **state)
{
    struct bench *b = *state;
    uint32_t vrf;

    start(b);
    need_mpls(b);
    vrf = make_vrf(b, "vrfA", 20);
    put_lookup(b, 1900, vrf);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", 20, NULL), 0);
    assert_int_equal(holdings(b).n_labels, 0);
}

int run_vrf_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_vrf_create__is_told_and_adopted),
        CASE(test_vrf_create__refuses_what_is_not_ours),
        CASE(test_enslave__bounces_and_loses_routes),
        CASE(test_enslave__again_does_nothing),
        CASE(test_isolation__public_address_is_not_reached),
        CASE(test_isolation__overlapping_address_belongs_to_the_customer),
        CASE(test_isolation__survives_a_lost_port_route),
        CASE(test_vrf_route__over_a_public_next_hop),
        CASE(test_vrf_route__big_table_numbers),
        CASE(test_vrf_destroy__flushes_the_table),
        CASE(test_vrf_destroy__takes_lookups_along),
    };

    return cmocka_run_group_tests_name("vrfs", tests, NULL, NULL);
}
