/* SPDX-License-Identifier: Apache-2.0
 *
 * Links and addresses: what is told, and the settings.
 */
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

static void test_start__tells_what_exists(void **state)
{
    struct bench *b = *state;
    const struct dp_link *link;

    bench_start(b);
    for (unsigned i = 0; i < FX_PORTS; i++)
        bench_wait_up(b, i, true);
    link = bench_link(b, "p1");
    assert_non_null(link);
    assert_int_equal(link->ifindex, b->port[1]);
    assert_int_equal(link->mtu, 1500);
    assert_int_equal(link->master, 0);
    assert_int_equal(link->vrf_table, 0);
    assert_false(link->is_loopback);
    assert_true(bench_link(b, "lo")->is_loopback);
    assert_true(bench_has_address(b, b->port[1], "10.90.1.1/24"));
    assert_true(bench_has_address(b, bench_link(b, "lo")->ifindex, "10.1.0.4/32"));
    assert_int_equal(b->started, 1);
}

static void test_carrier__is_told(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    bench_wait_up(b, 0, true);
    fx_backend.carrier(b->fx, 0, false);
    bench_wait_up(b, 0, false);
    assert_true(bench_link(b, "p0")->is_admin_up);
    fx_backend.carrier(b->fx, 0, true);
    bench_wait_up(b, 0, true);
}

static void test_link_set__admin_and_mtu(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX] = "";

    bench_start(b);
    assert_int_equal(b->ops->link_set(b->dp, b->port[0], false, 0, why), 0);
    bench_wait_up(b, 0, false);
    assert_false(bench_link(b, "p0")->is_admin_up);
    assert_int_equal(b->ops->link_set(b->dp, b->port[0], true, 1400, why), 0);
    bench_wait_up(b, 0, true);
    bench_run(b, NULL, 20);
    assert_int_equal(bench_link(b, "p0")->mtu, 1400);
    assert_int_not_equal(b->ops->link_set(b->dp, 4711, true, 0, why), 0);
    assert_int_not_equal(strlen(why), 0);
    assert_int_not_equal(b->ops->link_set(b->dp, 4711, true, 0, NULL), 0);
}

static void test_address_set__add_and_remove(void **state)
{
    struct bench *b = *state;
    struct prefix p = pfx("10.77.0.1/24");

    bench_start(b);
    assert_int_equal(b->ops->address_set(b->dp, b->port[0], &p, true, NULL), 0);
    assert_int_equal(b->ops->address_set(b->dp, b->port[0], &p, true, NULL), 0); /* so already */
    bench_run(b, NULL, 20);
    assert_true(bench_has_address(b, b->port[0], "10.77.0.1/24"));
    assert_int_equal(b->ops->address_set(b->dp, b->port[0], &p, false, NULL), 0);
    assert_int_equal(b->ops->address_set(b->dp, b->port[0], &p, false, NULL), 0); /* absent */
    bench_run(b, NULL, 20);
    assert_false(bench_has_address(b, b->port[0], "10.77.0.1/24"));
}

static void test_link_gone__is_told(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    need_vrf(b);
    make_vrf(b, "vrfA", 20);
    bench_run(b, NULL, 20);
    assert_non_null(bench_link(b, "vrfA"));
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", 20, NULL), 0);
    bench_run(b, NULL, 20);
    assert_null(bench_link(b, "vrfA"));
}

static void test_platform__says_what_is_missing(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    b->ops->platform(b->dp, &b->platform);
    assert_int_equal(b->platform.missing[0] == '\0',
                     b->platform.has_mpls && b->platform.has_vrf && b->platform.has_guard);
    if (b->platform.missing[0])
        print_message("missing: %s\n", b->platform.missing);
    if (b->platform.has_mpls)
        assert_int_equal(b->platform.platform_labels, 100000);
    assert_int_equal(b->ops->setup(b->dp, 1000), 0); /* never lowered: that would delete labels */
    b->ops->platform(b->dp, &b->platform);
    if (b->platform.has_mpls)
        assert_int_equal(b->platform.platform_labels, 100000);
}

static void test_link_set_mpls__switches_input(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    need_mpls(b);
    assert_false(fx_backend.accepts_labels(b->fx, 0));
    accept_labels(b, 0);
    assert_true(fx_backend.accepts_labels(b->fx, 0));
    assert_int_equal(b->ops->link_set_mpls(b->dp, b->port[0], false, NULL), 0);
    assert_false(fx_backend.accepts_labels(b->fx, 0));
}

int run_link_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_start__tells_what_exists),
        CASE(test_carrier__is_told),
        CASE(test_link_set__admin_and_mtu),
        CASE(test_address_set__add_and_remove),
        CASE(test_link_gone__is_told),
        CASE(test_platform__says_what_is_missing),
        CASE(test_link_set_mpls__switches_input),
    };

    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
