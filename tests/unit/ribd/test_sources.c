/* SPDX-License-Identifier: Apache-2.0
 *
 * What others learn of ribd's own static routes: subscribers by source, with distance, metric and tag, as the best
 * route changes hands; watches of next hops that are reached by them; what a restart finds in the kernel. And scopes of
 * interfaces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "world.h"

#define LDP  RIB_CLIENT_LDPD
#define OSPF RIB_CLIENT_OSPFD
#define BGP  RIB_CLIENT_BGPD

enum { RED = 1001 };

static int setup(void **state)
{
    static struct world w;

    world_init(&w);
    ribd_rib_instance_set(w.rib, 0, true, 1);
    ribd_rib_instance_set(w.rib, RED, true, 9);
    iface(&w, 2, "core1", 0, "10.9.1.1/24", true, false);
    iface(&w, 3, "core2", 0, "10.9.2.1/24", true, false);
    iface(&w, 4, "ce1", RED, "10.9.4.1/24", true, true);
    iface(&w, 5, "ce2", RED, "10.9.5.1/24", true, true);
    *state = &w;
    return 0;
}

/* ifindex 0: dropped, the sender is told. */
static void fixed(struct world *w, uint32_t vrf, const char *prefix, uint8_t distance, uint32_t hop_vrf,
                  uint32_t ifindex, const char *gateway)
{
    struct rib_nexthop nh = {.vrf = hop_vrf, .ifindex = ifindex};
    struct rib_route r = {.vrf = vrf,
                          .prefix = P(prefix),
                          .source = RIB_SOURCE_STATIC,
                          .distance = distance,
                          .metric = 10u * distance,
                          .tag = distance};

    if (gateway)
        nh.gateway = A(gateway);
    nh.is_blackhole = nh.is_unreachable = !ifindex && !gateway;
    ribd_rib_own_route_set(w->rib, &r, &nh, 1);
    settle(w);
}

static void unfix(struct world *w, uint32_t vrf, const char *prefix, uint8_t distance)
{
    struct prefix p = P(prefix);

    ribd_rib_static_del(w->rib, vrf, &p, distance);
    settle(w);
}

static void is_told(const struct world *w, enum rib_client_id to, const char *prefix, enum rib_source source,
                    uint8_t distance, uint32_t tag)
{
    const struct said *s = said_route(w, to, 0, prefix);

    assert_non_null(s);
    assert_int_equal(s->kind, SAID_ROUTE);
    assert_int_equal(s->route.source, source);
    assert_int_equal(s->route.distance, distance);
    assert_int_equal(s->route.tag, tag);
    if (source == RIB_SOURCE_STATIC)
        assert_int_equal(s->route.metric, 10u * distance);
    assert_true(s->route.is_usable);
}

/* 1 over core1, OSPF 110, 200 unreachable: each client hears of the sources that it asked for only. */
static void test_subscribers__best_route_changes_hands(void **state)
{
    struct world *w = *state;
    const char *p = "10.60.0.0/16";

    ribd_rib_subscribe(w->rib, BGP, 0, 1u << RIB_SOURCE_STATIC);
    ribd_rib_subscribe(w->rib, LDP, 0, 1u << RIB_SOURCE_OSPF);
    ribd_rib_subscribe(w->rib, OSPF, RED, 1u << RIB_SOURCE_STATIC);
    fixed(w, 0, p, 1, 0, 2, "10.9.1.2");
    fixed(w, 0, p, 200, 0, 0, NULL);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, p, 110, 0, "10.9.2.2 dev 3", 0);
    settle(w);
    is_told(w, BGP, p, RIB_SOURCE_STATIC, 1, 1);
    assert_null(said_route(w, LDP, 0, p));
    assert_null(said_route(w, OSPF, RED, p));
    unfix(w, 0, p, 1);
    assert_int_equal(said_route(w, BGP, 0, p)->kind, SAID_GONE);
    is_told(w, LDP, p, RIB_SOURCE_OSPF, 110, 0);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, p);
    settle(w);
    is_told(w, BGP, p, RIB_SOURCE_STATIC, 200, 200);
    assert_int_equal(said_route(w, LDP, 0, p)->kind, SAID_GONE);
    assert_string_equal(fake_dp_route(w->dp, 0, p), "unreachable");
    fixed(w, 0, p, 1, 0, 2, "10.9.1.2"); /* from static to static */
    is_told(w, BGP, p, RIB_SOURCE_STATIC, 1, 1);
    iface_down(w, 2, "core1", 0, true);
    settle(w);
    is_told(w, BGP, p, RIB_SOURCE_STATIC, 200, 200);
    unfix(w, 0, p, 1);
    unfix(w, 0, p, 200);
    assert_int_equal(said_route(w, BGP, 0, p)->kind, SAID_GONE);
    assert_null(said_route(w, OSPF, RED, p));
    assert_int_equal(audit(w, false), 0);
}

/* A next hop that is reached through another instance: by IP, and by a label-switched path if the route has labels. */
static void test_watch__through_another_instance(void **state)
{
    struct world *w = *state;
    struct ip_addr a = A("10.60.0.9");

    ribd_rib_watch(w->rib, BGP, 1, RED, &a, false);
    settle(w);
    assert_false(said_nexthop(w, 1)->is_usable);
    fixed(w, RED, "10.60.0.0/16", 1, 0, 2, "10.9.1.2");
    assert_true(said_nexthop(w, 1)->is_usable);
    assert_int_equal(said_nexthop(w, 1)->ifindex, 2);
    assert_int_equal(said_nexthop(w, 1)->prefix_len, 16);
    assert_int_equal(said_nexthop(w, 1)->source, RIB_SOURCE_STATIC);
    assert_int_equal(said_nexthop(w, 1)->metric, 10);
    fixed(w, RED, "10.60.0.0/16", 1, 0, 3, "10.9.2.2");
    assert_int_equal(said_nexthop(w, 1)->ifindex, 3);
    fixed(w, RED, "10.60.0.0/16", 1, 0, 0, NULL);
    assert_false(said_nexthop(w, 1)->is_usable); /* dropped is not reached */
    unfix(w, RED, "10.60.0.0/16", 1);
    assert_false(said_nexthop(w, 1)->is_usable);
}

/* Each leads into the other's instance: neither is used, and the end of one is the way of the other. */
static void test_resolution__circle_over_instances(void **state)
{
    struct world *w = *state;
    struct ip_addr a = A("10.60.0.1");
    const char *reason;

    fixed(w, RED, "10.60.0.0/16", 1, 0, 0, "10.70.0.1");
    fixed(w, 0, "10.70.0.0/16", 1, RED, 0, "10.60.0.1");
    ribd_rib_watch(w->rib, BGP, 1, RED, &a, false);
    settle(w);
    reason = said_nexthop(w, 1)->reason;
    assert_non_null(strstr(reason, "no route to 10.60.0.1"));
    assert_true(reason[strlen(reason) - 1] != ' ');
    assert_string_equal(fake_dp_route(w->dp, RED, "10.60.0.0/16"), "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.70.0.0/16"), "-");
    fixed(w, 0, "10.70.0.0/24", 1, 0, 2, "10.9.1.2"); /* a way out */
    assert_string_equal(fake_dp_route(w->dp, RED, "10.60.0.0/16"), "10.9.1.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.70.0.0/16"), "10.9.1.2 dev 2");
    unfix(w, 0, "10.70.0.0/24", 1);
    assert_string_equal(fake_dp_route(w->dp, RED, "10.60.0.0/16"), "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.70.0.0/16"), "-");
    assert_int_equal(audit(w, false), 0);
}

/* LDP's label for a prefix goes on over the static path to it, and VPN labels beneath that. */
static void test_stitching__to_a_static_path(void **state)
{
    struct world *w = *state;
    struct rib_nexthop nh = {.ifindex = 2, .gateway = A("10.9.1.2"), .label = out_label_from_wire(500)};
    struct rib_route r = {.prefix = P("10.1.0.6/32"), .source = RIB_SOURCE_STATIC, .distance = 1};

    ribd_rib_own_route_set(w->rib, &r, &nh, 1);
    follow(w, 1900, 0, "10.1.0.6/32");
    route(w, BGP, RIB_SOURCE_BGP, RED, "10.2.0.9/32", 200, 0, "lsp 10.1.0.6", 600);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 1900), "10.9.1.2 dev 2 500");
    assert_string_equal(fake_dp_route(w->dp, RED, "10.2.0.9/32"), "10.9.1.2 dev 2 500/600");
    nh.label = out_label_none(); /* the path ends here: what is beneath would be looked up by the neighbour */
    ribd_rib_own_route_set(w->rib, &r, &nh, 1);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 1900), "-");
    assert_string_equal(fake_dp_route(w->dp, RED, "10.2.0.9/32"), "-");
    assert_int_equal(audit(w, false), 0);
}

/* A former ribd's unreachable route is adopted, not written again; swept if nobody wants it; missing is found. */
static void test_restart__unreachable(void **state)
{
    struct world *w = *state;

    fixed(w, 0, "10.60.0.0/16", 1, 0, 0, NULL);
    fixed(w, RED, "10.61.0.0/16", 1, 0, 0, NULL);
    world_restart(w);
    ribd_rib_instance_set(w->rib, 0, true, 1);
    ribd_rib_instance_set(w->rib, RED, true, 9);
    fake_dp_forget_ops(w->dp);
    fixed(w, 0, "10.60.0.0/16", 1, 0, 0, NULL);
    assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 0);
    ribd_rib_sweep_adopted(w->rib);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "unreachable");
    assert_string_equal(fake_dp_route(w->dp, RED, "10.61.0.0/16"), "-");
    assert_int_equal(audit(w, false), 0);
    w->dp->routes[0].type = DP_ROUTE_BLACKHOLE; /* somebody else */
    assert_int_equal(audit(w, true), 1);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "unreachable");
    assert_int_equal(audit(w, false), 0);
}

/* A label of ribd's own, let in on one guarded interface by its name. */
static void test_scope__interface(void **state)
{
    struct world *w = *state;
    struct rib_scope_member m = {.vrf = RED, .ifindex = 4};
    struct rib_nexthop nh = {.ifindex = 2, .gateway = A("10.9.1.2"), .label = out_label_from_wire(200)};
    struct rib_label_entry e = {.in_label = 100, .op = RIB_LABEL_SWAP, .nhset = 1, .scope = 1};

    e.label = out_label_implicit_null();
    ribd_rib_nhset_define(w->rib, RIB_CLIENT_RIBD, 1, &nh, 1);
    ribd_rib_scope_define(w->rib, RIB_CLIENT_RIBD, 1, &m, 1);
    ribd_rib_label_set(w->rib, RIB_CLIENT_RIBD, &e);
    ribd_rib_nhset_undefine(w->rib, RIB_CLIENT_RIBD, 1);
    ribd_rib_scope_undefine(w->rib, RIB_CLIENT_RIBD, 1);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.1.2 dev 2 200");
    assert_true(fake_dp_guard(w->dp, 4, 100));
    assert_false(fake_dp_guard(w->dp, 5, 100));
    iface(w, 4, "ce1", RED, "10.9.4.1/24", true, false); /* guarded no more */
    settle(w);
    assert_false(fake_dp_guard(w->dp, 4, 100));
    iface(w, 4, "ce1", RED, "10.9.4.1/24", true, true);
    settle(w);
    assert_true(fake_dp_guard(w->dp, 4, 100));
    ribd_rib_interface_gone(w->rib, 4);
    settle(w);
    assert_false(fake_dp_guard(w->dp, 4, 100));
    ribd_rib_label_del(w->rib, RIB_CLIENT_RIBD, 100);
    settle(w);
    assert_int_equal(w->dp->n_labels, 0);
    assert_int_equal(audit(w, false), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_subscribers__best_route_changes_hands),
        T(test_watch__through_another_instance),
        T(test_resolution__circle_over_instances),
        T(test_stitching__to_a_static_path),
        T(test_restart__unreachable),
        T(test_scope__interface),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
