/* SPDX-License-Identifier: Apache-2.0
 *
 * The data plane's own audit: what it set up beside entries, and somebody else undid.
 */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

static void start(struct bench *b)
{
    bench_start(b);
    need_mpls(b);
    need_vrf(b);
    for (unsigned i = 0; i < FX_PORTS; i++)
        bench_wait_up(b, i, true);
}

static void on_difference(void *arg, const char *difference)
{
    struct bench *b = arg;

    snprintf(b->last_error, sizeof(b->last_error), "%s", difference);
}

static int audit(struct bench *b, bool is_repair)
{
    b->last_error[0] = '\0';
    return b->ops->audit(b->dp, is_repair, on_difference, b);
}

static void assert_clean(struct bench *b)
{
    if (audit(b, false) != 0)
        fail_msg("not clean: %s", b->last_error);
}

static void test_audit__clean_after_all_was_set_up(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    start(b);
    make_vrf_of(b, "vrfA", 20, 1);
    guard_port_on(b, 1, true);
    guard_label(b, 1, 100, true);
    nh = hop(b, 2, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), b->platform.has_guard ? 0 : -95);
    accept_labels(b, 1);
    accept_labels(b, 2);
    assert_clean(b);
}

/* A door that ribd keeps shut is opened, and one that it opened is shut. */
static void test_audit__label_input(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    start(b);
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->ops->link_set_mpls(b->dp, b->port[0], false, NULL), 0);
    accept_labels(b, 2);
    assert_clean(b);
    fx_backend.foreign_input(b->fx, 0, true);
    fx_backend.foreign_input(b->fx, 2, false);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "200");
    assert_int_equal(audit(b, false), 2);
    assert_non_null(strstr(b->last_error, "input"));
    assert_true(fx_backend.accepts_labels(b->fx, 0)); /* only told */
    assert_int_equal(audit(b, true), 2);
    assert_clean(b);
    assert_dropped(b, 0, "100", "20.0.0.9");
    assert_forwarded(b, 2, 1, "100", "20.0.0.9", "200");
}

/* Without its end a VRF's packets fall through to the public table. */
static void test_audit__end_of_a_vrf_table(void **state)
{
    struct bench *b = *state;

    start(b);
    make_vrf_of(b, "vrfA", 20, 0);
    put_way(b, 1, 1, "", 0, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    assert_clean(b);
    assert_dropped(b, 0, "", "20.0.0.9");
    fx_backend.foreign_delete_end(b->fx, 20);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "");
    assert_int_equal(audit(b, false), 1);
    assert_non_null(strstr(b->last_error, "table 20"));
    assert_int_equal(audit(b, true), 1);
    assert_clean(b);
    assert_dropped(b, 0, "", "20.0.0.9");
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", 20, NULL), 0);
    assert_clean(b); /* nobody misses the end of a table that is no more */
}

int run_audit_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_audit__clean_after_all_was_set_up),
        CASE(test_audit__label_input),
        CASE(test_audit__end_of_a_vrf_table),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
