/* SPDX-License-Identifier: Apache-2.0
 *
 * Both halves of the conversation with ribd over real sockets: session, mirror, order, replay, back-pressure. Labels:
 * test_rib_label.c.
 */
#include "tests/unit/ipc/net.h"

#include <string.h>

/* --- session and mirror --- */

static void test_session__mirror_comes_before_up(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    assert_string_equal(recorder_text(&n.rec), "instance \"\" new\ninstance \"custX\" new\ninterface eth0 new\nup\n");
    assert_string_equal(recorder_text(&n.ribd.rec), "opened bgpd\n");
    assert_string_equal(rib_client_interface(n.client, 3)->name, "eth0");
    assert_null(rib_client_interface(n.client, 4));
    assert_int_equal(rib_client_instance_named(n.client, "custX")->vrf, 10);
    assert_string_equal(rib_client_instance(n.client, 10)->device, "custX");
    assert_null(rib_client_instance(n.client, 11));
    assert_int_equal(rib_session_client(n.ribd.session), RIB_CLIENT_BGPD);
    net_close(&n);
}

static void test_session__mirror_after_reconnect_tells_only_differences(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    n.ribd.interfaces[1] = (struct rib_interface){.ifindex = 5, .name = "eth1"};
    rib_session_interface(n.ribd.session, &n.ribd.interfaces[1]);
    settle(&n);
    assert_non_null(rib_client_interface_named(n.client, "eth1"));
    recorder_clear(&n.rec);
    fake_stop(&n.ribd);
    world_run_until(&n.w, is_down, &n);
    n.ribd.interfaces[0].mtu = 9000;
    n.ribd.interfaces[1] = (struct rib_interface){.ifindex = 6, .name = "eth2"};
    n.ribd.n_interfaces = 2;
    fake_start(&n.ribd, &n.w.env);
    world_run_until(&n.w, is_up, &n);
    assert_string_equal(recorder_text(&n.rec),
                        "down\ninterface eth0 changed\ninterface eth2 new\ninterface eth1 gone\nup\n");
    assert_int_equal(rib_client_interface_next(n.client, 0)->ifindex, 3);
    assert_int_equal(rib_client_interface_next(n.client, 3)->ifindex, 6);
    assert_null(rib_client_interface_next(n.client, 6));
    rib_session_interface_gone(n.ribd.session, 6);
    rib_session_instance_gone(n.ribd.session, 10);
    settle(&n);
    assert_null(rib_client_interface(n.client, 6));
    assert_null(rib_client_instance(n.client, 10));
    net_close(&n);
}

static void test_mirror__onlink_and_own_addresses(void **state)
{
    struct prefix a0[] = {pfx("10.9.1.1/24"), pfx("10.9.2.1/30")}, a1[] = {pfx("10.9.1.1/24")},
                  lo[] = {pfx("10.0.0.1/32")};
    struct rib_interface eth1 = {.ifindex = 4, .name = "eth1", .n_addresses = 2, .addresses = a0};
    struct rib_interface vrf1 = {.ifindex = 5, .name = "eth2", .vrf = 10, .n_addresses = 1, .addresses = a1};
    struct rib_interface loop = {.ifindex = 1, .name = "lo", .is_loopback = true, .n_addresses = 1, .addresses = lo};
    struct ip_addr neighbor = addr("10.9.1.2"), own = addr("10.9.1.1"), far = addr("10.9.3.1"),
                   lo_addr = addr("10.0.0.1");
    struct net n;

    (void)state;
    net_open(&n);
    rib_session_interface(n.ribd.session, &eth1);
    rib_session_interface(n.ribd.session, &vrf1);
    rib_session_interface(n.ribd.session, &loop);
    settle(&n);
    assert_int_equal(rib_client_interface_onlink(n.client, 0, &neighbor)->ifindex, 4);
    assert_int_equal(rib_client_interface_onlink(n.client, 10, &neighbor)->ifindex, 5);
    assert_null(rib_client_interface_onlink(n.client, 0, &own));
    assert_null(rib_client_interface_onlink(n.client, 0, &far));
    assert_null(rib_client_interface_onlink(n.client, 11, &neighbor));
    assert_true(rib_client_is_own_address(n.client, 0, &lo_addr));
    assert_false(rib_client_is_own_address(n.client, 10, &lo_addr));
    assert_true(rib_client_is_own_address(n.client, 10, &own));
    net_close(&n);
}

static bool ribd_has_session(void *arg)
{
    return ((struct net *)arg)->ribd.session != NULL;
}

static void test_session__is_not_up_before_ready(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    fake_stop(&n.ribd);
    world_run_until(&n.w, is_down, &n);
    n.ribd.is_silent = true;
    fake_start(&n.ribd, &n.w.env);
    world_run_until(&n.w, ribd_has_session, &n);
    settle(&n);
    assert_false(rib_client_is_up(n.client));
    rib_session_ready(n.ribd.session);
    world_run_until(&n.w, is_up, &n);
    net_close(&n);
}

static bool was_replaced(void *arg)
{
    return recorder_count(&((struct net *)arg)->ribd.rec, "opened bgpd") == 2;
}

static void test_session__second_of_a_client_replaces_the_first(void **state)
{
    struct rib_client *second;
    struct net n;

    (void)state;
    net_open(&n);
    second = rib_client_create(&n.w.env, RIB_CLIENT_BGPD, &client_events, &n);
    world_run_until(&n.w, was_replaced, &n);
    assert_string_equal(recorder_text(&n.ribd.rec), "opened bgpd\nclosed\nopened bgpd\n");
    rib_client_destroy(second);
    net_close(&n);
}

static void test_session__ribd_may_close_it(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    rib_session_close(n.ribd.session, "I do not like you");
    world_run_until(&n.w, is_down, &n);
    settle(&n);
    assert_null(n.ribd.session);
    world_run_until(&n.w, is_up, &n);
    net_close(&n);
}

/* --- order and batches --- */

static void test_order__objects_are_defined_before_and_undefined_after_uses(void **state)
{
    struct rib_scope_member m = {.neighbor = addr("10.1.1.1")};
    struct rib_label_entry e = {.in_label = 100, .op = RIB_LABEL_SWAP, .label = out_label_implicit_null()};
    struct prefix p = pfx("10.2.0.0/16");
    struct net n;
    uint32_t a, b;

    (void)state;
    net_open(&n);
    recorder_clear(&n.ribd.rec);
    a = nhset_via(&n, "10.0.0.1");
    route_via(&n, "10.2.0.0/16", a);
    b = nhset_via(&n, "10.0.0.2");
    route_via(&n, "10.2.0.0/16", b);
    rib_client_nhset_put(n.client, a);
    e.nhset = b;
    e.fec = fec_of("10.2.0.0/16");
    e.scope = rib_client_scope_get(n.client, &m, 1);
    rib_client_label_set(n.client, &e);
    rib_client_label_del(n.client, 100);
    rib_client_scope_put(n.client, e.scope);
    rib_client_route_del(n.client, 0, &p, RIB_SOURCE_BGP);
    rib_client_end_of_replay(n.client);
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec),
                        "nhset_define 1 {0 0 10.0.0.1 none}\n"
                        "nhset_define 2 {0 0 10.0.0.2 none}\n"
                        "scope_define 1 {0 10.1.1.1}\n"
                        "label_set 100 op=1 nhset=2 label=implicit-null lookup=0 scope=1 fec{ldp 0 10.2.0.0/16 0}\n"
                        "label_del 100\n"
                        "route_set 0 10.2.0.0/16 bgp distance=20 metric=0 tag=0 nhset=1 label=none\n"
                        "route_set 0 10.2.0.0/16 bgp distance=20 metric=0 tag=0 nhset=2 label=none\n"
                        "route_del 0 10.2.0.0/16 bgp\n"
                        "scope_undefine 1\n"
                        "nhset_undefine 1\n"
                        "end_of_replay\n");
    assert_int_equal(n.ribd.batches, 1);
    net_close(&n);
}

static void test_order__many_routes_in_full_batches(void **state)
{
    enum { MANY = 10000 };
    struct rib_route r = {.source = RIB_SOURCE_OSPF, .distance = 110};
    struct net n;

    (void)state;
    net_open(&n);
    for (uint32_t i = 0; i < MANY; i++) {
        struct rib_nexthop nh = {.gateway = ip_addr_v4(0x0a000000 + i), .label = out_label_from_wire(16 + i)};

        r.nhset = rib_client_nhset_get(n.client, &nh, 1);
        r.prefix = prefix_v4(0x14000000 + (i << 8), 24);
        rib_client_route_set(n.client, &r);
        if (i % 3 == 0) {
            rib_client_route_del(n.client, 0, &r.prefix, RIB_SOURCE_OSPF);
            rib_client_nhset_put(n.client, r.nhset);
        }
    }
    world_settle(&n.w);
    assert_true(rib_client_is_up(n.client)); /* the server checks each use of a set */
    assert_int_equal(recorder_count(&n.ribd.rec, "route_set"), MANY);
    assert_int_equal(recorder_count(&n.ribd.rec, "nhset_define"), MANY);
    assert_int_equal(recorder_count(&n.ribd.rec, "nhset_undefine"), (MANY + 2) / 3);
    net_close(&n);
}

/* It begins with the first while the last are still to be heard. */
static void test_turns__ribd_has_its_own_between_full_batches(void **state)
{
    enum { MANY = 20 * RIB_BATCH_MAX };
    struct rib_route r = {.source = RIB_SOURCE_OSPF, .distance = 110};
    struct net n;
    unsigned before;

    (void)state;
    net_open(&n);
    r.nhset = nhset_via(&n, "10.0.0.1");
    world_settle(&n.w);
    before = n.ribd.batches;
    for (uint32_t i = 0; i < MANY; i++) {
        r.prefix = prefix_v4(0x14000000 + i * 0x10100, 32);
        rib_client_route_set(n.client, &r);
    }
    world_settle(&n.w);
    assert_int_equal(recorder_count(&n.ribd.rec, "route_set"), MANY);
    assert_in_range(n.ribd.batches - before, MANY / RIB_BATCH_MAX, MANY);
    net_close(&n);
}

static void test_order__bindings_stay_with_their_peer(void **state)
{
    struct out_label l = out_label_from_wire(17);
    struct ip_addr a = addr("10.0.0.9");
    struct prefix p = pfx("10.1.0.1/32");
    struct net n;

    (void)state;
    net_open(&n);
    recorder_clear(&n.ribd.rec);
    rib_client_label_peer_set(n.client, 1, 0, &a, 1);
    rib_client_binding_set(n.client, 1, &p, &l);
    rib_client_label_peer_del(n.client, 1);
    rib_client_label_peer_set(n.client, 1, 0, NULL, 0);
    rib_client_binding_set(n.client, 1, &p, &l);
    rib_client_binding_del(n.client, 1, &p);
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec),
                        "label_peer_set 1 0 10.0.0.9\nbinding_set 1 10.1.0.1/32 17\nlabel_peer_del 1\n"
                        "label_peer_set 1 0\nbinding_set 1 10.1.0.1/32 17\nbinding_del 1 10.1.0.1/32\n");
    net_close(&n);
}

static void test_sets__are_interned_whatever_the_order(void **state)
{
    struct rib_nexthop ab[2] = {{.gateway = addr("10.0.0.1")},
                                {.gateway = addr("10.0.0.2"), .label = out_label_from_wire(20)}};
    struct rib_nexthop ba[2];
    struct rib_scope_member m[2] = {{.neighbor = addr("10.0.0.1")}, {.vrf = 10, .neighbor = addr("10.0.0.1")}};
    struct net n;
    uint32_t a, b, s;

    (void)state;
    net_open(&n);
    memset(ba, 0xff, sizeof(ba)); /* padding must not count */
    ba[0] = ab[1];
    ba[1] = ab[0];
    ba[0].label.stack.label[3] = 99; /* nor labels beyond the depth */
    recorder_clear(&n.ribd.rec);
    a = rib_client_nhset_get(n.client, ab, 2);
    b = rib_client_nhset_get(n.client, ba, 2);
    assert_int_equal(a, b);
    assert_int_not_equal(a, 0);
    assert_int_not_equal(a, rib_client_nhset_get(n.client, ab, 1));
    rib_client_nhset_put(n.client, a);
    settle(&n);
    assert_int_equal(recorder_count(&n.ribd.rec, "nhset_undefine"), 0);
    rib_client_nhset_put(n.client, b);
    rib_client_nhset_put(n.client, b); /* once too often: unknown by now */
    settle(&n);
    assert_int_equal(recorder_count(&n.ribd.rec, "nhset_undefine"), 1);
    assert_int_equal(rib_client_scope_get(n.client, NULL, 0), 0);
    s = rib_client_scope_get(n.client, m, 2);
    assert_int_not_equal(s, rib_client_scope_get(n.client, m, 1));
    m[0] = m[1];
    m[1] = (struct rib_scope_member){.neighbor = addr("10.0.0.1")};
    assert_int_equal(s, rib_client_scope_get(n.client, m, 2));
    net_close(&n);
}

/* --- replay --- */

static void test_replay__what_was_asked_for_while_down_is_told_when_up(void **state)
{
    struct ip_addr a = addr("10.2.0.9");
    struct net n;
    uint32_t set, watch;

    (void)state;
    net_open(&n);
    set = nhset_via(&n, "10.0.0.1");
    rib_client_watch(n.client, 0, &a, true);
    rib_client_subscribe(n.client, 0, 6);
    settle(&n);
    fake_stop(&n.ribd);
    world_run_until(&n.w, is_down, &n);
    recorder_clear(&n.ribd.rec);
    rib_client_nhset_put(n.client, set); /* void: nothing happens */
    set = nhset_via(&n, "10.0.0.7");
    watch = rib_client_watch(n.client, 10, &a, false);
    rib_client_subscribe(n.client, 10, 3);
    route_via(&n, "10.2.0.0/16", set); /* dropped: it is told again on session_up */
    fake_start(&n.ribd, &n.w.env);
    world_run_until(&n.w, is_up, &n);
    settle(&n);
    assert_int_equal(set, 2);
    assert_int_equal(watch, 2);
    assert_string_equal(recorder_text(&n.ribd.rec),
                        "opened bgpd\nsubscribe 10 3\nnhset_define 2 {0 0 10.0.0.7 none}\nwatch 2 10 10.2.0.9\n");
    net_close(&n);
}

/* --- what ribd says --- */

static void test_events__states_of_one_turn_coalesce(void **state)
{
    struct rib_nexthop_state st = {.watch = 1, .reason = "no route to 10.2.0.9"};
    struct ip_addr a = addr("10.2.0.9");
    struct prefix p = pfx("10.1.0.0/16");
    struct net n;

    (void)state;
    net_open(&n);
    rib_client_watch(n.client, 0, &a, true);
    settle(&n);
    recorder_clear(&n.rec);
    rib_session_nexthop(n.ribd.session, &st);
    st = (struct rib_nexthop_state){.watch = 1,
                                    .is_usable = true,
                                    .has_lsp = true,
                                    .source = RIB_SOURCE_OSPF,
                                    .prefix_len = 32,
                                    .metric = 20,
                                    .ifindex = 3};
    rib_session_nexthop(n.ribd.session, &st);
    say_installed(&n, 100, "a");
    say_installed(&n, 101, "");
    say_installed(&n, 100, "b");
    rib_session_route_failed(n.ribd.session, 0, &p, "no such device");
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "nexthop 1 11 ospf/32 metric=20 ifindex=3 \"\"\n"
                                               "label_result 100 status=1 scope=0 \"b\" epoch=0\n"
                                               "label_result 101 status=1 scope=0 \"\" epoch=0\n"
                                               "route_failed 0 10.1.0.0/16 \"no such device\"\n");
    recorder_clear(&n.rec);
    rib_session_nexthop(n.ribd.session, &st);
    rib_client_unwatch(n.client, 1);
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), ""); /* said before ribd heard of the end */
    net_close(&n);
}

static void say_route(struct net *n, uint32_t i)
{
    struct rib_best_route r = {.prefix = prefix_v4(0x14000000 + (i << 8), 24),
                               .source = RIB_SOURCE_OSPF,
                               .distance = 110,
                               .is_usable = true,
                               .n_nexthops = 2,
                               .nexthops = {{addr("10.9.1.2"), 3}, {addr("10.9.2.2"), 4 + i % 5}}};

    rib_session_route(n->ribd.session, &r);
}

static void test_events__routes_of_an_ended_subscription_are_dropped(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    rib_client_subscribe(n.client, 0, 4);
    settle(&n);
    recorder_clear(&n.rec);
    say_route(&n, 1);
    rib_session_routes_complete(n.ribd.session, 0);
    rib_client_subscribe(n.client, 0, 0);
    rib_client_subscribe(n.client, 0, 8);
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "");
    say_route(&n, 2);
    rib_session_routes_complete(n.ribd.session, 0);
    rib_session_route_gone(n.ribd.session, 0, &(struct prefix){.addr = addr("20.0.2.0"), .len = 24});
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "route_gone 0 20.0.2.0/24 epoch=0\nroutes_complete 0 epoch=0\n");
    net_close(&n);
}

static bool dump_is_done(void *arg)
{
    return ((struct net *)arg)->completes > 0;
}

/* The client does not get to read while ribd says 60,000 routes, three times each. */
static void test_events__a_bulk_dump_is_bounded_and_complete(void **state)
{
    enum { MANY = 60000 };
    struct net n;

    (void)state;
    net_open(&n);
    rib_client_subscribe(n.client, 0, 4);
    settle(&n);
    recorder_clear(&n.rec);
    for (int round = 0; round < 3; round++)
        for (uint32_t i = 0; i < MANY; i++)
            say_route(&n, i);
    rib_session_routes_complete(n.ribd.session, 0);
    world_run_until(&n.w, dump_is_done, &n);
    assert_true(n.routes >= MANY);
    assert_true(n.routes < 2 * MANY); /* the rest coalesced */
    net_close(&n);
}

/* --- bad clients --- */

static void test_bad__use_of_the_unknown_ends_the_session(void **state)
{
    struct out_label l = out_label_from_wire(17);
    struct prefix p = pfx("10.1.0.1/32");
    struct rib_label_entry e = {.in_label = 100, .op = RIB_LABEL_FOLLOW_FEC, .fec = fec_of("10.0.0.1/32"), .scope = 9};
    struct net n;

    (void)state;
    net_open(&n);
    route_via(&n, "10.2.0.0/16", 4711);
    world_run_until(&n.w, is_down, &n);
    assert_int_equal(recorder_count(&n.ribd.rec, "route_set"), 0);
    world_run_until(&n.w, is_up, &n);
    rib_client_binding_set(n.client, 1, &p, &l);
    world_run_until(&n.w, is_down, &n);
    world_run_until(&n.w, is_up, &n);
    rib_client_label_set(n.client, &e);
    world_run_until(&n.w, is_down, &n);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_set") + recorder_count(&n.ribd.rec, "binding_set"), 0);
    assert_int_equal(recorder_count(&n.ribd.rec, "closed"), 3);
    net_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session__mirror_comes_before_up),
        cmocka_unit_test(test_session__mirror_after_reconnect_tells_only_differences),
        cmocka_unit_test(test_mirror__onlink_and_own_addresses),
        cmocka_unit_test(test_session__is_not_up_before_ready),
        cmocka_unit_test(test_session__second_of_a_client_replaces_the_first),
        cmocka_unit_test(test_session__ribd_may_close_it),
        cmocka_unit_test(test_order__objects_are_defined_before_and_undefined_after_uses),
        cmocka_unit_test(test_order__many_routes_in_full_batches),
        cmocka_unit_test(test_turns__ribd_has_its_own_between_full_batches),
        cmocka_unit_test(test_order__bindings_stay_with_their_peer),
        cmocka_unit_test(test_sets__are_interned_whatever_the_order),
        cmocka_unit_test(test_replay__what_was_asked_for_while_down_is_told_when_up),
        cmocka_unit_test(test_events__states_of_one_turn_coalesce),
        cmocka_unit_test(test_events__routes_of_an_ended_subscription_are_dropped),
        cmocka_unit_test(test_events__a_bulk_dump_is_bounded_and_complete),
        cmocka_unit_test(test_bad__use_of_the_unknown_ends_the_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
