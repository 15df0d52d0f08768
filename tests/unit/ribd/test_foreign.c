/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes of other programs in the RIB: they win, are never written, make ours step aside and come back, resolve next
 * hops as plain IP, and are told to who asked for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define BGP  RIB_CLIENT_BGPD
#define OSPF RIB_CLIENT_OSPFD
enum { CUSTX = 1001 };

static int setup(void **state)
{
    static struct world w;

    world_init(&w);
    iface(&w, 1, "lo", 0, "10.1.0.1/32", false, false);
    iface(&w, 2, "eth0", 0, "10.9.1.1/24", true, false);
    iface(&w, 3, "eth1", 0, "10.9.2.1/24", true, false);
    *state = &w;
    return 0;
}

/* As the data plane tells it; gateway "": attached. */
static void stranger(struct world *w, uint32_t vrf, const char *prefix, uint32_t ifindex, const char *gateway)
{
    struct rib_route r = {.vrf = vrf, .prefix = P(prefix), .source = RIB_SOURCE_KERNEL, .metric = 100};
    struct rib_nexthop nh;

    memset(&nh, 0, sizeof(nh));
    nh.vrf = vrf;
    nh.ifindex = ifindex;
    nh.is_foreign = true;
    if (*gateway)
        nh.gateway = A(gateway);
    ribd_rib_own_route_set(w->rib, &r, &nh, 1);
}

static void stranger_gone(struct world *w, uint32_t vrf, const char *prefix)
{
    struct prefix p = P(prefix);

    ribd_rib_route_del(w->rib, RIB_CLIENT_RIBD, vrf, &p, RIB_SOURCE_KERNEL);
}

static void test_foreign__ours_steps_aside(void **state)
{
    struct world *w = *state;

    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "10.9.1.2 dev 2");
    stranger(w, 0, "20.0.0.0/24", 3, "10.9.2.2");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "-");
    assert_int_equal(audit(w, false), 0);
    stranger(w, 0, "20.0.1.0/24", 3, ""); /* alone: nothing of it is written */
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.1.0/24"), "-");
    stranger_gone(w, 0, "20.0.0.0/24");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "10.9.1.2 dev 2");
    assert_int_equal(audit(w, false), 0);
}

/* With its link down the kernel does not use it either. */
static void test_foreign__over_a_link_that_is_down(void **state)
{
    struct world *w = *state;

    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    stranger(w, 0, "20.0.0.0/24", 3, "10.9.2.2");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "-");
    iface_down(w, 3, "eth1", 0, true);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "10.9.1.2 dev 2");
}

/* A gateway that is in no network of the interface (onlink), and an interface of another instance: the kernel took it.
 */
static void test_foreign__is_not_judged(void **state)
{
    struct world *w = *state;

    ribd_rib_instance_set(w->rib, CUSTX, true, 8);
    route(w, BGP, RIB_SOURCE_BGP, CUSTX, "20.0.0.0/24", 20, CUSTX, "10.9.3.2 dev 4", 0);
    iface(w, 4, "eth2", CUSTX, "10.9.3.1/24", false, false);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "20.0.0.0/24"), "10.9.3.2 dev 4");
    stranger(w, CUSTX, "20.0.0.0/24", 2, "172.31.0.1");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "20.0.0.0/24"), "-");
}

/* As IP, never as a label-switched path: not even where a label peer owns its gateway. */
static void test_foreign__resolves_as_ip_only(void **state)
{
    struct world *w = *state;
    struct ip_addr a = A("10.2.0.9");

    stranger(w, 0, "10.2.0.9/32", 2, "10.9.1.2");
    peer(w, 1, 0, "10.9.1.2");
    binding(w, 1, "10.2.0.9/32", 3099);
    ribd_rib_watch(w->rib, BGP, 1, 0, &a, false);
    ribd_rib_watch(w->rib, BGP, 2, 0, &a, true);
    route(w, BGP, RIB_SOURCE_BGP, 0, "30.0.0.0/24", 200, 0, "10.2.0.9", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "30.0.1.0/24", 200, 0, "lsp 10.2.0.9", 9900);
    follow(w, 2001, 0, "10.2.0.9/32");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "30.0.0.0/24"), "10.9.1.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "30.0.1.0/24"), "-");
    assert_string_equal(fake_dp_label(w->dp, 2001), "-");
    assert_true(said_nexthop(w, 1)->is_usable);
    assert_int_equal(said_nexthop(w, 1)->source, RIB_SOURCE_KERNEL);
    assert_false(said_nexthop(w, 2)->is_usable);
    assert_non_null(strstr(said_nexthop(w, 2)->reason, "another program's"));
    assert_int_equal(said_label(w, 2001)->status, RIB_LABEL_UNUSABLE);
    assert_int_equal(audit(w, false), 0);
}

/* An attached network of another program: its addresses are neighbours, but no ends of label-switched paths. */
static void test_foreign__attached(void **state)
{
    struct world *w = *state;

    stranger(w, 0, "10.8.0.0/24", 2, "");
    route(w, BGP, RIB_SOURCE_BGP, 0, "30.0.0.0/24", 200, 0, "10.8.0.9", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "30.0.1.0/24", 200, 0, "lsp 10.8.0.9", 9900);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "30.0.0.0/24"), "10.8.0.9 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "30.0.1.0/24"), "-");
}

static void test_foreign__told_to_subscribers(void **state)
{
    struct world *w = *state;
    const struct said *s;

    ribd_rib_subscribe(w->rib, BGP, 0, 1u << RIB_SOURCE_KERNEL);
    stranger(w, 0, "20.0.0.0/24", 3, "10.9.2.2");
    settle(w);
    s = said_route(w, BGP, 0, "20.0.0.0/24");
    assert_non_null(s);
    assert_int_equal(s->kind, SAID_ROUTE);
    assert_int_equal(s->route.source, RIB_SOURCE_KERNEL);
    assert_int_equal(s->route.distance, 0);
    assert_int_equal(s->route.metric, 100);
    assert_true(s->route.is_usable);
    stranger_gone(w, 0, "20.0.0.0/24");
    settle(w);
    assert_int_equal(said_route(w, BGP, 0, "20.0.0.0/24")->kind, SAID_GONE);
}

static void test_foreign__flood(void **state)
{
    struct world *w = *state;
    struct rib_counters before, after;
    char prefix[32];

    ribd_rib_count(w->rib, &before);
    for (int i = 0; i < 10000; i++) {
        snprintf(prefix, sizeof(prefix), "30.%d.%d.0/24", i / 250, i % 250);
        stranger(w, 0, prefix, 2, "10.9.1.2");
    }
    for (int i = 0; i < 20; i++)
        settle(w);
    ribd_rib_count(w->rib, &after);
    assert_int_equal(after.routes, before.routes + 10000);
    assert_int_equal(w->dp->n_routes, 0);
    for (int i = 0; i < 10000; i++) {
        snprintf(prefix, sizeof(prefix), "30.%d.%d.0/24", i / 250, i % 250);
        stranger_gone(w, 0, prefix);
    }
    for (int i = 0; i < 20; i++) /* it does so much a turn */
        settle(w);
    ribd_rib_count(w->rib, &after);
    assert_int_equal(after.prefixes, before.prefixes);
    assert_int_equal(audit(w, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_foreign__ours_steps_aside, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_foreign__over_a_link_that_is_down, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_foreign__is_not_judged, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_foreign__resolves_as_ip_only, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_foreign__attached, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_foreign__told_to_subscribers, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_foreign__flood, setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
