/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel refuses: tried again after pauses that double, each entry by itself, shown with the kernel's words
 * and the time of the next try, told to its owner once for each change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define BGP  RIB_CLIENT_BGPD
#define OSPF RIB_CLIENT_OSPFD
enum { CUSTX = 1001, FIRST_SEC = 1000 };

static int setup(void **state)
{
    static struct world w;

    world_init(&w);
    w.now_sec = FIRST_SEC;
    iface(&w, 1, "lo", 0, "10.1.0.1/32", false, false);
    iface(&w, 2, "eth0", 0, "10.9.1.1/24", true, false);
    ribd_rib_instance_set(w.rib, CUSTX, true, 8);
    iface(&w, 3, "eth1", CUSTX, "10.9.2.1/24", true, true);
    *state = &w;
    return 0;
}

/* The next `sec` seconds, one by one. */
static void pass(struct world *w, unsigned sec)
{
    for (unsigned i = 0; i < sec; i++) {
        w->now_sec++;
        ribd_rib_retry_due(w->rib);
        settle(w);
    }
}

struct shown {
    bool is_found, is_installed;
    uint32_t retry_sec;
    char reason[RIB_TEXT_MAX];
};

static void on_route(void *arg, const struct rib_route_view *v)
{
    struct shown *s = arg;

    if (v->source == RIB_SOURCE_CONNECTED)
        return;
    s->is_found = true;
    s->is_installed = v->is_installed;
    s->retry_sec = v->retry_sec;
    snprintf(s->reason, sizeof(s->reason), "%s", v->reason);
}

static struct shown shown_route(struct world *w)
{
    struct shown s = {0};

    ribd_rib_view_routes(w->rib, 0, on_route, &s);
    assert_true(s.is_found);
    return s;
}

static void on_label(void *arg, const struct rib_label_view *v)
{
    struct shown *s = arg;

    s->is_found = true;
    s->retry_sec = v->retry_sec;
    snprintf(s->reason, sizeof(s->reason), "%s", v->reason);
}

static void test_retry__pauses_double_to_a_minute(void **state)
{
    static const unsigned pauses[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct world *w = *state;

    w->dp->refuse_routes = -ENOBUFS;
    w->dp->refusal = "no room";
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        assert_int_equal(shown_route(w).retry_sec, pauses[i]);
        assert_string_equal(shown_route(w).reason, "kernel: no room");
        assert_int_equal(ribd_rib_retry_in(w->rib), pauses[i]);
        fake_dp_forget_ops(w->dp);
        pass(w, pauses[i] - 1);
        assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 0);
        pass(w, 1);
        assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 1);
    }
    assert_int_equal(said_count(w, SAID_FAILED), 1); /* once, however often it is tried */
    w->dp->refuse_routes = 0;
    pass(w, 60);
    assert_true(shown_route(w).is_installed);
    assert_int_equal(shown_route(w).retry_sec, 0);
    assert_string_equal(shown_route(w).reason, "");
    assert_int_equal(ribd_rib_retry_in(w->rib), UINT32_MAX);
    assert_false(ribd_rib_has_failures(w->rib));
    assert_int_equal(audit(w, false), 0);
}

static void test_retry__other_words_are_news(void **state)
{
    struct world *w = *state;

    w->dp->refuse_routes = -ENOBUFS;
    w->dp->refusal = "no room";
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    swap(w, BGP, 103, 0, "10.9.1.2 dev 2", 17, 0);
    w->dp->refuse_labels = -ENOBUFS;
    settle(w);
    pass(w, 10);
    assert_int_equal(said_count(w, SAID_FAILED), 1);
    assert_int_equal(said_count(w, SAID_LABEL), 1);
    w->dp->refusal = "not here";
    pass(w, 20);
    assert_int_equal(said_count(w, SAID_FAILED), 2);
    assert_int_equal(said_count(w, SAID_LABEL), 2);
    assert_int_equal(said_label(w, 103)->status, RIB_LABEL_FAILED);
    assert_string_equal(said_label(w, 103)->reason, "not here");
}

/* One that is new does not wait for one that has failed for long, and the other way round. */
static void test_retry__each_by_itself(void **state)
{
    struct world *w = *state;
    struct shown s = {0};

    w->dp->refuse_labels = -ENOSPC;
    swap(w, BGP, 103, 0, "10.9.1.2 dev 2", 17, 0);
    settle(w);
    pass(w, 70); /* 1 + 2 + 4 + 8 + 16 + 32: the next is in 53 */
    w->dp->refuse_routes = -ENOBUFS;
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    fake_dp_forget_ops(w->dp);
    pass(w, 3);
    assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 2);
    assert_int_equal(fake_dp_count(w->dp, OP_LABEL_SET), 0);
    ribd_rib_view_label(w->rib, 103, on_label, &s);
    assert_int_equal(s.retry_sec, 50);
    ribd_rib_retry(w->rib); /* an operator does not want to wait */
    settle(w);
    assert_int_equal(fake_dp_count(w->dp, OP_LABEL_SET), 1);
}

/* The routes on a refused object are written as soon as it is taken. */
static void test_retry__object_before_its_routes(void **state)
{
    struct world *w = *state;

    w->dp->refuse_nexthops = -ENETDOWN;
    w->dp->refusal = "Nexthop device is not up";
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.1.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "-");
    assert_string_equal(shown_route(w).reason, "kernel: Nexthop device is not up"); /* the cause */
    pass(w, 40);
    w->dp->refuse_nexthops = 0;
    pass(w, 60);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "10.9.1.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.1.0/24"), "10.9.1.2 dev 2");
    assert_false(ribd_rib_has_failures(w->rib));
    assert_int_equal(audit(w, false), 0);
}

/* A label that the guard cannot let in is not told as installed. */
static void test_retry__guard(void **state)
{
    struct rib_scope_member m = {.vrf = CUSTX, .neighbor = A("10.9.2.2")};
    struct world *w = *state;

    w->dp->refuse_guards = -ENOBUFS;
    w->dp->refusal = "no room in the set";
    ribd_rib_scope_define(w->rib, BGP, 1, &m, 1);
    swap(w, BGP, 103, 0, "10.9.1.2 dev 2", 17, 1);
    settle(w);
    assert_int_equal(said_label(w, 103)->status, RIB_LABEL_FAILED);
    assert_string_equal(said_label(w, 103)->reason, "no room in the set");
    pass(w, 2);
    assert_int_equal(said_count(w, SAID_LABEL), 1);
    w->dp->refuse_guards = 0;
    pass(w, 10);
    assert_int_equal(said_label(w, 103)->status, RIB_LABEL_INSTALLED);
    assert_true(fake_dp_guard(w->dp, 3, 103));
    assert_int_equal(audit(w, false), 0);
}

static void test_retry__ends_when_nobody_wants_it(void **state)
{
    struct world *w = *state;

    w->dp->refuse_routes = w->dp->refuse_labels = -ENOBUFS;
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    swap(w, BGP, 103, 0, "10.9.1.2 dev 2", 17, 0);
    settle(w);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24");
    ribd_rib_label_del(w->rib, BGP, 103);
    settle(w);
    assert_false(ribd_rib_has_failures(w->rib));
    fake_dp_forget_ops(w->dp);
    pass(w, 120);
    assert_int_equal(w->dp->n_ops, 0);
    assert_int_equal(ribd_rib_retry_in(w->rib), UINT32_MAX);
}

static void tries_of_crowd(struct world *w)
{
    for (unsigned i = 0; i < 10; i++) {
        w->now_sec++;
        ribd_rib_retry_due(w->rib);
        for (unsigned turn = 0; turn < 20; turn++)
            settle(w);
    }
}

/* More than can be noted one by one: these are tried again together. */
static void test_retry__crowd(void **state)
{
    enum { MANY = 12000, STEP = 2000 };
    struct world *w = *state;
    struct rib_counters c;
    char prefix[32];

    w->dp->refuse_routes = -ENOBUFS;
    for (int i = 0; i < MANY; i++) {
        snprintf(prefix, sizeof(prefix), "30.%d.%d.0/24", i / 250, i % 250);
        route(w, OSPF, RIB_SOURCE_OSPF, 0, prefix, 110, 0, "10.9.1.2 dev 2", 0);
        if (i % STEP == 0)
            settle(w); /* the fake kernel takes so many at a time */
    }
    settle(w);
    ribd_rib_count(w->rib, &c);
    assert_true(c.failures < MANY);
    assert_int_equal(said_count(w, SAID_FAILED) > 0, true);
    w->n_said = 0;
    tries_of_crowd(w);
    assert_int_equal(said_count(w, SAID_FAILED), 0); /* no news, however many they are */
    for (int i = 0; i < MANY; i++) {
        snprintf(prefix, sizeof(prefix), "30.%d.%d.0/24", i / 250, i % 250);
        unroute(w, OSPF, RIB_SOURCE_OSPF, 0, prefix);
        if (i % STEP == 0)
            settle(w);
    }
    settle(w);
    w->dp->refuse_routes = 0;
    pass(w, 130);
    ribd_rib_count(w->rib, &c);
    assert_int_equal(c.failures, 0);
    assert_int_equal(c.prefixes, 3); /* the interfaces' */
    assert_int_equal(ribd_rib_retry_in(w->rib), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_retry__pauses_double_to_a_minute, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_retry__other_words_are_news, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_retry__each_by_itself, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_retry__object_before_its_routes, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_retry__guard, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_retry__ends_when_nobody_wants_it, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_retry__crowd, setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
