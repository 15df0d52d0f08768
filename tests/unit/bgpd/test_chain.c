/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier at the level of RIBs. Checks at each router what forwards and with which labels, that the label
 * somebody uses is one that the receiver has installed, and what happens when things go.
 */
#include "tests/unit/bgpd/cm.h"

#include "tests/unit/bgpd/chain.h"

static const struct chain_plan same_as = {100, {200, 200}, false};

static void test_chain__converges_with_allow_as_loop(void **state)
{
    struct chain *n = chain_create(same_as);
    char text[64];

    (void)state;
    chain_check_forward(n);
    assert_string_equal(
        as_path_of(best_path(n->r[L2PE1], pub(n->r[L2PE1]), BGP_IPV4_LABELED, NULL, "10.2.0.9/32"), text, sizeof(text)),
        "100 200");
    chain_destroy(n);
}

static void test_chain__converges_with_as_override(void **state)
{
    struct chain *n = chain_create((struct chain_plan){100, {200, 200}, true});
    char text[64];

    (void)state;
    chain_check_forward(n);
    assert_string_equal(
        as_path_of(best_path(n->r[L2PE1], pub(n->r[L2PE1]), BGP_IPV4_LABELED, NULL, "10.2.0.9/32"), text, sizeof(text)),
        "100 100");
    chain_destroy(n);
}

static void test_chain__nobody_holds_what_is_not_theirs(void **state)
{
    struct chain *n = chain_create(same_as);

    (void)state;
    /* Customer routes on the two L2 PEs only, and no L2 prefix in a public table of Level 1. */
    for (size_t i = L1CE1; i <= L1CE2; i++)
        assert_null(best_path(n->r[i], pub(n->r[i]), BGP_IPV4_VPN, "200:1", "192.168.2.0/24"));
    assert_null(router_route(n->r[L1PE1], 0, "10.2.0.9/32"));
    assert_non_null(router_route(n->r[L1PE1], CARRIER_A, "10.2.0.9/32"));
    assert_int_equal(router_route(n->r[L1PE1], CARRIER_A, "10.2.0.9/32")->source, RIB_SOURCE_BGP);
    assert_int_equal(router_route(n->r[L1PE1], CARRIER_A, "10.2.0.1/32")->source, RIB_SOURCE_BGP_LABELED);
    /* No local route is given back to ribd. */
    assert_null(router_route(n->r[L1CE1], 0, "10.2.0.1/32"));
    assert_null(router_route(n->r[L2PE1], CUST_X, "192.168.1.0/24"));
    /* Route targets stay inside Level 1. */
    assert_int_equal(
        best_path(n->r[L1CE1], pub(n->r[L1CE1]), BGP_IPV4_LABELED, NULL, "10.2.0.9/32")->attrs->a.ext_communities.len,
        0);
    chain_destroy(n);
}

static void test_chain__own_prefix_is_implicit_null_without_an_entry(void **state)
{
    struct chain *n = chain_create(same_as);

    (void)state;
    assert_null(router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.7/32"));
    assert_int_equal(router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.7/32")->label.state,
                     LABEL_STATE_IMPLICIT_NULL);
    chain_destroy(n);
}

static void test_chain__scope_is_the_customer_alone(void **state)
{
    struct chain *n = chain_create(same_as);
    const struct bgp_label_slot *s = router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32")->slot;
    struct ip_addr ce = addr("10.9.3.1");

    (void)state;
    assert_int_equal(s->granted->n, 1);
    assert_int_equal(s->granted->members[0].vrf, CARRIER_A);
    assert_true(ip_addr_equal(&s->granted->members[0].neighbor, &ce));
    /* A VPN label is for the core: in no scope of guarded interfaces. */
    assert_null(router_label(n->r[L1PE1], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.1/32")->slot->granted);
    chain_destroy(n);
}

static void test_chain__lost_path_withdraws_end_to_end(void **state)
{
    struct chain *n = chain_create(same_as);

    (void)state;
    router_set_nexthop(n->r[L1PE1], "10.1.0.6", false, "no label-switched path to 10.1.0.6");
    chain_run(n);
    assert_null(router_route(n->r[L1PE1], CARRIER_A, "10.2.0.9/32"));
    assert_null(router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32"));
    assert_null(router_label(n->r[L1CE1], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32"));
    assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
    router_set_nexthop(n->r[L1PE1], "10.1.0.6", true, "");
    chain_run(n);
    chain_check_forward(n);
    chain_destroy(n);
}

static void test_chain__unusable_label_is_withdrawn_and_comes_back(void **state)
{
    struct chain *n = chain_create(same_as);
    struct bgp_label_slot *s = router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")->slot;

    (void)state;
    bgp_rib_label_result(s, BGP_LABEL_UNUSABLE, true, "no label-switched path"); /* LDP died in site 2 */
    chain_run(n);
    assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
    assert_non_null(router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")); /* still wanted */
    bgp_rib_label_result(s, BGP_LABEL_INSTALLED, true, "");
    chain_run(n);
    chain_check_forward(n);
    chain_destroy(n);
}

/* ribd gave it to another: withdrawn, then the new one is told; or only changed, if all of it is heard at once. */
static void test_chain__lost_label_is_replaced(void **state)
{
    struct chain *n = chain_create(same_as);
    struct bgp_label_slot *s = router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")->slot;

    (void)state;
    for (uint32_t label = 7777; label < 7779; label++) {
        for (size_t i = 0; i < n->r[L1CE2]->n_labels; i++)
            if (n->r[L1CE2]->labels[i].slot == s)
                n->r[L1CE2]->labels[i].in_label = label;
        s->link.in_label = label;
        bgp_rib_label_result(s, BGP_LABEL_WAITING, false, "its label is another's");
        if (label == 7777) {
            chain_run(n);
            assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
        }
        bgp_rib_label_result(s, BGP_LABEL_INSTALLED, true, "");
        chain_run(n);
        chain_check_forward(n);
        assert_int_equal(router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32")->label.stack.label[0],
                         label);
    }
    chain_destroy(n);
}

static void test_chain__session_loss_frees_labels_after_the_withdrawal(void **state)
{
    struct chain *n = chain_create(same_as);
    uint8_t buf[BGP_MESSAGE_MAX];

    (void)state;
    bgp_rib_peer_down(n->c[ACCESS2].p[1]); /* l1pe2 loses l1ce2 */
    router_run(n->r[L1PE2]);
    /* The VPN label stays until l1pe1 was sent the withdrawal. */
    assert_non_null(router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32"));
    while (bgp_rib_output(n->c[CORE].p[1], buf, sizeof(buf)))
        continue;
    router_run(n->r[L1PE2]);
    assert_null(router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32"));
    chain_destroy(n);
}

static void test_chain__restarted_neighbor_gets_everything_again(void **state)
{
    struct chain *n = chain_create(same_as);
    struct bgp_peer_info a = n->c[ACCESS1].p[0]->info, b = n->c[ACCESS1].p[1]->info;

    (void)state;
    bgp_rib_peer_down(n->c[ACCESS1].p[0]);
    bgp_rib_peer_down(n->c[ACCESS1].p[1]);
    chain_run(n);
    assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
    assert_null(router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32")); /* nobody gets it */
    bgp_rib_peer_up(n->c[ACCESS1].p[0], &a);
    bgp_rib_peer_up(n->c[ACCESS1].p[1], &b);
    chain_run(n);
    chain_check_forward(n);
    assert_true(bgp_rib_peer_has_end_of_rib(n->c[ACCESS1].p[0]));
    chain_destroy(n);
}

static void test_chain__instance_that_goes_takes_everything_back(void **state)
{
    struct chain *n = chain_create(same_as);

    (void)state;
    bgp_vrf_set_ready(n->carrier[1], 0, false);
    bgp_rib_peer_down(n->c[ACCESS2].p[0]);
    bgp_rib_peer_down(n->c[ACCESS2].p[1]);
    chain_run(n);
    assert_null(router_route(n->r[L1PE2], CARRIER_A, "10.2.0.9/32"));
    assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
    assert_null(router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32"));
    chain_destroy(n);
}

static void test_chain__replay_tells_everything_again(void **state)
{
    struct chain *n = chain_create(same_as);
    struct router *r = n->r[L1PE1];
    size_t n_routes = r->n_routes, n_labels = r->n_labels;

    (void)state;
    r->n_routes = 0; /* ribd has forgotten all */
    r->n_watched = 0;
    for (size_t i = 0; i < r->n_labels; i++)
        r->labels[i].n_sets = 0;
    bgp_rib_replay(r->rib);
    chain_run(n);
    assert_int_equal(r->n_routes, n_routes);
    assert_int_equal(r->n_labels, n_labels);
    for (size_t i = 0; i < r->n_labels; i++)
        assert_int_equal(r->labels[i].n_sets, 1);
    chain_check_forward(n);
    chain_destroy(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain__converges_with_allow_as_loop),
        cmocka_unit_test(test_chain__converges_with_as_override),
        cmocka_unit_test(test_chain__nobody_holds_what_is_not_theirs),
        cmocka_unit_test(test_chain__own_prefix_is_implicit_null_without_an_entry),
        cmocka_unit_test(test_chain__scope_is_the_customer_alone),
        cmocka_unit_test(test_chain__lost_path_withdraws_end_to_end),
        cmocka_unit_test(test_chain__unusable_label_is_withdrawn_and_comes_back),
        cmocka_unit_test(test_chain__lost_label_is_replaced),
        cmocka_unit_test(test_chain__session_loss_frees_labels_after_the_withdrawal),
        cmocka_unit_test(test_chain__restarted_neighbor_gets_everything_again),
        cmocka_unit_test(test_chain__instance_that_goes_takes_everything_back),
        cmocka_unit_test(test_chain__replay_tells_everything_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
