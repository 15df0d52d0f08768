/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes of somebody else: told once per change, in the tables that are watched, whatever made them go.
 */
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

static void start(struct bench *b)
{
    bench_start(b);
    for (unsigned i = 0; i < FX_PORTS; i++)
        bench_wait_up(b, i, true);
}

static void stranger(struct bench *b, uint32_t table, const char *prefix, unsigned port, uint32_t metric)
{
    struct prefix p = pfx(prefix);

    fx_backend.foreign_route_add(b->fx, table, &p, port, metric);
}

static void stranger_gone(struct bench *b, uint32_t table, const char *prefix, uint32_t metric)
{
    struct prefix p = pfx(prefix);

    fx_backend.foreign_route_del(b->fx, table, &p, metric);
}

/* As told; -1: not there. */
static int told_at(struct bench *b, uint32_t table, const char *prefix)
{
    struct prefix p = pfx(prefix);

    for (size_t i = 0; i < b->n_foreign; i++)
        if (b->foreign[i].route.table == table && prefix_equal(&b->foreign[i].route.prefix, &p))
            return (int)i;
    return -1;
}

static void assert_told(struct bench *b, uint32_t table, const char *prefix, unsigned port, uint32_t metric)
{
    int i;

    bench_run(b, NULL, 150);
    i = told_at(b, table, prefix);
    if (i < 0)
        fail_msg("%s in table %u was not told", prefix, table);
    assert_int_equal(b->foreign[i].route.n, 1);
    assert_int_equal(b->foreign[i].route.type, DP_ROUTE_UNICAST);
    assert_int_equal(b->foreign[i].route.metric, metric);
    assert_int_equal(b->foreign[i].route.protocol, 4);
    assert_int_equal(b->foreign[i].hops[0].ifindex, b->port[port]);
    assert_int_equal(b->foreign[i].hops[0].gateway.b[2], port);
}

static void assert_untold(struct bench *b, uint32_t table, const char *prefix)
{
    bench_run(b, NULL, 150);
    assert_int_equal(told_at(b, table, prefix), -1);
}

static void test_foreign__appears_changes_and_goes(void **state)
{
    struct bench *b = *state;

    start(b);
    assert_int_equal(b->n_foreign, 0); /* the kernel's own routes of addresses are none */
    stranger(b, 0, "20.0.0.0/24", 1, 100);
    assert_told(b, 0, "20.0.0.0/24", 1, 100);
    assert_int_equal(b->foreign_events, 1);
    stranger(b, 0, "20.0.0.0/24", 2, 100);
    assert_told(b, 0, "20.0.0.0/24", 2, 100);
    stranger_gone(b, 0, "20.0.0.0/24", 100);
    assert_untold(b, 0, "20.0.0.0/24");
    assert_int_equal(b->n_foreign, 0);
    assert_int_equal(b->foreign_changes, 0); /* nothing of ours was touched */
}

static void test_foreign__known_before_the_start(void **state)
{
    struct bench *b = *state;

    stranger(b, 0, "20.0.0.0/24", 1, 100);
    stranger(b, 0, "0.0.0.0/0", 2, 0);
    start(b);
    assert_int_equal(b->n_foreign, 2); /* before started() */
    assert_told(b, 0, "20.0.0.0/24", 1, 100);
    assert_told(b, 0, "0.0.0.0/0", 2, 0);
    bench_restart(b);
    assert_int_equal(b->n_foreign, 2);
}

/* The kernel takes the lowest metric: only that one is told. */
static void test_foreign__of_several_metrics_the_lowest(void **state)
{
    struct bench *b = *state;

    start(b);
    stranger(b, 0, "20.0.0.0/24", 1, 200);
    assert_told(b, 0, "20.0.0.0/24", 1, 200);
    stranger(b, 0, "20.0.0.0/24", 2, 100);
    assert_told(b, 0, "20.0.0.0/24", 2, 100);
    stranger(b, 0, "20.0.0.0/24", 0, 300);
    assert_told(b, 0, "20.0.0.0/24", 2, 100);
    assert_int_equal(b->foreign_events, 2);
    stranger_gone(b, 0, "20.0.0.0/24", 100);
    assert_told(b, 0, "20.0.0.0/24", 1, 200);
    stranger_gone(b, 0, "20.0.0.0/24", 300);
    assert_told(b, 0, "20.0.0.0/24", 1, 200);
    stranger_gone(b, 0, "20.0.0.0/24", 200);
    assert_untold(b, 0, "20.0.0.0/24");
}

/* Ours is no stranger's, and both live side by side with their metrics. */
static void test_foreign__beside_ours(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    start(b);
    nh = hop(b, 1, "");
    put_nexthop(b, 1, &nh, 1);
    put_route(b, 0, "20.0.0.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
    assert_untold(b, 0, "20.0.0.0/24");
    stranger(b, 0, "20.0.0.0/24", 2, 10);
    assert_told(b, 0, "20.0.0.0/24", 2, 10);
    assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
    assert_int_equal(holdings(b).n_routes, 1);
    b->ops->route_del(b->dp, ++b->cookie, 0, &(struct prefix){.addr = addr("20.0.0.0"), .len = 24});
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 2, "", "20.0.0.9", ""); /* theirs is left alone */
    assert_told(b, 0, "20.0.0.0/24", 2, 10);
}

/* The kernel drops them without a word when their link goes down. */
static void test_foreign__goes_silently_with_its_link(void **state)
{
    struct bench *b = *state;

    start(b);
    stranger(b, 0, "20.0.0.0/24", 1, 100);
    stranger(b, 0, "20.0.1.0/24", 2, 100);
    assert_told(b, 0, "20.0.0.0/24", 1, 100);
    assert_int_equal(b->ops->link_set(b->dp, b->port[1], false, 0, NULL), 0);
    bench_wait_up(b, 1, false);
    assert_untold(b, 0, "20.0.0.0/24");
    assert_told(b, 0, "20.0.1.0/24", 2, 100);
    assert_int_equal(b->ops->link_set(b->dp, b->port[1], true, 0, NULL), 0);
    bench_wait_up(b, 1, true);
    assert_untold(b, 0, "20.0.0.0/24");
}

/* With a lost carrier they stay, as the kernel keeps them. */
static void test_foreign__stays_over_carrier_loss(void **state)
{
    struct bench *b = *state;

    start(b);
    stranger(b, 0, "20.0.0.0/24", 1, 100);
    assert_told(b, 0, "20.0.0.0/24", 1, 100);
    fx_backend.carrier(b->fx, 1, false);
    bench_wait_up(b, 1, false);
    assert_told(b, 0, "20.0.0.0/24", 1, 100);
}

/* --- what is ours, in other hands --- */

enum { OUR_METRIC = 51 };

static void ours(struct bench *b, const char *prefix, unsigned port)
{
    struct dp_nexthop nh = hop(b, port, "");

    put_nexthop(b, 1, &nh, 1);
    put_route(b, 0, prefix, 1);
    assert_int_equal(bench_flush(b), 0);
}

static bool is_changed(void *arg)
{
    return ((struct bench *)arg)->foreign_changes > 0;
}

/* With our own metric the kernel puts it where ours was. */
static void test_foreign__takes_the_place_of_ours(void **state)
{
    struct bench *b = *state;

    start(b);
    ours(b, "20.0.0.0/24", 1);
    stranger(b, 0, "20.0.0.0/24", 2, OUR_METRIC);
    assert_told(b, 0, "20.0.0.0/24", 2, OUR_METRIC);
    assert_int_equal(holdings(b).n_routes, 0);
    assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
    b->ops->route_del(b->dp, ++b->cookie, 0, &(struct prefix){.addr = addr("20.0.0.0"), .len = 24});
    assert_int_equal(bench_flush(b), 0); /* as ribd does when it hears of it; theirs is left alone */
    assert_told(b, 0, "20.0.0.0/24", 2, OUR_METRIC);
    assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
    stranger_gone(b, 0, "20.0.0.0/24", OUR_METRIC);
    assert_untold(b, 0, "20.0.0.0/24");
}

/* A write of ours that was on its way replaces it, and no message says so. */
static void test_foreign__is_replaced_by_ours(void **state)
{
    struct bench *b = *state;

    start(b);
    stranger(b, 0, "20.0.0.0/24", 2, OUR_METRIC);
    assert_told(b, 0, "20.0.0.0/24", 2, OUR_METRIC);
    ours(b, "20.0.0.0/24", 1);
    bench_run(b, NULL, 150);
    assert_untold(b, 0, "20.0.0.0/24");
    assert_int_equal(holdings(b).n_routes, 1);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "");
}

static void test_foreign__replaces_a_label_entry(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    start(b);
    need_mpls(b);
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    accept_labels(b, 0);
    bench_run(b, NULL, 50);
    bench_forget(b);
    fx_backend.foreign_replace_label(b->fx, 100, 2);
    assert_true(bench_run(b, is_changed, WAIT_MS));
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "");
    assert_int_equal(holdings(b).n_labels, 0); /* not ours any more: an audit finds it */
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_labels, 1);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "200");
}

static void test_foreign__replaces_nexthop_objects(void **state)
{
    struct bench *b = *state;
    struct holdings h;

    start(b);
    ours(b, "20.0.0.0/24", 1);
    bench_run(b, NULL, 50);
    bench_forget(b);
    fx_backend.foreign_replace_nexthops(b->fx, 2);
    assert_true(bench_run(b, is_changed, WAIT_MS));
    h = holdings(b);
    assert_true(h.n_nexthops == 0 || h.n_hops == 0 || h.nexthop[0].ifindex == b->port[2]); /* it shows */
    ours(b, "20.0.0.0/24", 1);
    h = holdings(b);
    assert_int_equal(h.n_hops, 1);
    assert_int_equal(h.nexthop[0].ifindex, b->port[1]);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "");
}

static void test_foreign__deletes_nexthop_objects(void **state)
{
    struct bench *b = *state;

    start(b);
    ours(b, "20.0.0.0/24", 1);
    bench_run(b, NULL, 50);
    bench_forget(b);
    fx_backend.foreign_delete_nexthops(b->fx);
    assert_true(bench_run(b, is_changed, WAIT_MS));
    assert_int_equal(holdings(b).n_routes, 0); /* they go with it, without a word */
    ours(b, "20.0.0.0/24", 1);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", "");
}

/* --- more than can be told --- */

static void test_overrun__is_made_up_for(void **state)
{
    struct bench *b = *state;
    struct dp_counters n;

    start(b);
    stranger(b, 0, "20.0.0.0/24", 1, 100);
    stranger(b, 0, "20.0.1.0/24", 1, 100);
    assert_told(b, 0, "20.0.1.0/24", 1, 100);
    b->ops->count(b->dp, &n);
    assert_int_equal(n.overruns, 0);
    bench_forget(b);
    stranger_gone(b, 0, "20.0.0.0/24", 100);
    stranger(b, 0, "20.0.2.0/24", 2, 100);
    fx_backend.foreign_address(b->fx, 2, false);
    fx_backend.foreign_overrun(b->fx);              /* what waits is lost, too: it is older */
    assert_true(bench_run(b, is_changed, WAIT_MS)); /* it may be that something of ours was changed */
    bench_run(b, NULL, 1000);
    assert_untold(b, 0, "20.0.0.0/24");
    assert_told(b, 0, "20.0.1.0/24", 1, 100);
    assert_false(bench_has_address(b, b->port[2], "10.90.2.1/24"));
    assert_untold(b, 0, "20.0.2.0/24"); /* it went with the address */
    b->ops->count(b->dp, &n);
    assert_true(n.overruns >= 1 && n.resyncs >= 1 && n.resyncs <= n.overruns);
    assert_false(n.is_resync_due);
}

static bool is_none_left(struct bench *b)
{
    struct dp_counters n;

    b->ops->count(b->dp, &n);
    return !n.is_resync_due && b->n_foreign == 0;
}

/* To compare all anew is not all that it does then; and when the flood is over it knows how it is. How long a pause is
 * shows only where time is not lost to others: of the kernel see test_overrun__pauses. */
static void test_overrun__of_a_flood_is_paced(void **state)
{
    enum { FLOOD_MS = 5000, MOST = 8 }; /* 0, 0.1, 0.3, 0.7, 1.5, 3.1 s */
    struct bench *b = *state;
    struct dp_counters n;

    start(b);
    b->is_counting = true;
    fx_backend.foreign_flood(b->fx, FLOOD_MS);
    b->ops->count(b->dp, &n);
    print_message("# in %d ms: %lu overruns, %lu resyncs, next in %lu ms, %u news\n", FLOOD_MS,
                  (unsigned long)n.overruns, (unsigned long)n.resyncs, (unsigned long)n.resync_in_ms,
                  b->foreign_events);
    assert_in_range(n.overruns, fx_backend.is_time_ours ? 3 : 1, UINT64_MAX);
    assert_in_range(n.resyncs, fx_backend.is_time_ours, fx_backend.is_time_ours ? MOST : n.overruns);
    assert_in_range(b->foreign_changes, fx_backend.is_time_ours, n.resyncs);
    for (unsigned i = 0; i < 100; i++) { /* how far it came is seen when all are gone */
        struct prefix p = pfx("20.0.0.0/16");

        p.addr.b[1] = (uint8_t)i;
        fx_backend.foreign_route_add(b->fx, 0, &p, 1, 100);
        fx_backend.foreign_route_del(b->fx, 0, &p, 100);
    }
    bench_run(b, NULL, 200);
    for (unsigned i = 0; i < 600 && !is_none_left(b); i++)
        bench_run(b, NULL, 100);
    assert_true(is_none_left(b));
    stranger(b, 0, "20.0.0.0/24", 1, 100);
    for (unsigned i = 0; i < 50 && b->n_foreign == 0; i++)
        bench_run(b, NULL, 100);
    assert_int_equal(b->n_foreign, 1);
}

/* --- labels of others --- */

static bool is_told_label(const struct bench *b, uint32_t label)
{
    for (size_t i = 0; i < b->n_foreign_labels; i++) {
        if (b->foreign_labels[i] == label)
            return true;
    }
    return false;
}

static void assert_labels(struct bench *b, size_t n, uint32_t label)
{
    bench_run(b, NULL, 150);
    assert_int_equal(b->n_foreign_labels, n);
    assert_true(n == 0 || is_told_label(b, label));
}

static void test_foreign__labels_are_told(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    start(b);
    need_mpls(b);
    fx_backend.foreign_replace_label(b->fx, 777, 1);
    assert_labels(b, 1, 777);
    fx_backend.foreign_replace_label(b->fx, 778, 1);
    assert_labels(b, 2, 778);
    assert_int_equal(b->foreign_changes, 0); /* nothing of ours was touched */
    nh = hop(b, 1, "400");
    put_label(b, 500, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_labels(b, 2, 777); /* ours is no stranger's */
    bench_restart(b);
    assert_labels(b, 2, 777); /* before started() */
    fx_backend.foreign_delete_label(b->fx, 777);
    assert_labels(b, 1, 778);
    fx_backend.foreign_overrun(b->fx);
    fx_backend.foreign_delete_label(b->fx, 778); /* nobody is told of it */
    for (unsigned i = 0; i < 20 && b->n_foreign_labels > 0; i++)
        bench_run(b, NULL, 100);
    assert_labels(b, 0, 0);
}

static void test_foreign__in_tables_of_vrfs_only(void **state)
{
    struct bench *b = *state;

    start(b);
    need_vrf(b);
    stranger(b, 20, "20.0.0.0/24", 2, 100); /* a table that is nobody's yet */
    assert_untold(b, 20, "20.0.0.0/24");
    make_vrf(b, "vrfA", 20);
    enslave(b, 1, "vrfA");
    assert_told(b, 20, "20.0.0.0/24", 2, 100);
    assert_int_equal(b->n_foreign, 1); /* the unreachable end of the table is ours */
    stranger(b, 20, "20.0.1.0/24", 1, 100);
    stranger(b, 30, "20.0.2.0/24", 2, 100);
    assert_told(b, 20, "20.0.1.0/24", 1, 100);
    assert_untold(b, 30, "20.0.2.0/24");
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", 20, NULL), 0);
    bench_run(b, NULL, 150);
    assert_int_equal(b->n_foreign, 0);
}

static void test_foreign__ten_thousand(void **state)
{
    enum { MANY = 10000 };
    struct bench *b = *state;
    struct prefix p = pfx("30.0.0.0/32");

    start(b);
    b->is_counting = true;
    for (unsigned i = 0; i < MANY; i++) {
        p.addr.b[2] = (uint8_t)(i / 250);
        p.addr.b[3] = (uint8_t)(i % 250);
        fx_backend.foreign_route_add(b->fx, 0, &p, 1, 100);
    }
    for (unsigned i = 0; i < 100 && b->n_foreign < MANY; i++)
        bench_run(b, NULL, 100);
    assert_int_equal(b->n_foreign, MANY);
    assert_int_equal(b->ops->link_set(b->dp, b->port[1], false, 0, NULL), 0);
    for (unsigned i = 0; i < 100 && b->n_foreign > 0; i++)
        bench_run(b, NULL, 100);
    assert_int_equal(b->n_foreign, 0);
}

int run_foreign_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_foreign__appears_changes_and_goes),      CASE(test_foreign__known_before_the_start),
        CASE(test_foreign__of_several_metrics_the_lowest), CASE(test_foreign__beside_ours),
        CASE(test_foreign__goes_silently_with_its_link),   CASE(test_foreign__stays_over_carrier_loss),
        CASE(test_foreign__in_tables_of_vrfs_only),        CASE(test_foreign__ten_thousand),
        CASE(test_foreign__takes_the_place_of_ours),       CASE(test_foreign__is_replaced_by_ours),
        CASE(test_foreign__replaces_a_label_entry),        CASE(test_foreign__replaces_nexthop_objects),
        CASE(test_foreign__deletes_nexthop_objects),       CASE(test_overrun__is_made_up_for),
        CASE(test_overrun__of_a_flood_is_paced),           CASE(test_foreign__labels_are_told),
    };

    return cmocka_run_group_tests_name("routes of others", tests, NULL, NULL);
}
