/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier at the level of RIBs: every BGP router of it as a RIB of its own, messages between them for
 * real, ribd answered by the fixture. Checks at each router what forwards and with which labels, that the label
 * somebody uses is one that the receiver has installed, and what happens when things go.
 *
 *   l2pe1 --IBGP LU-- l1ce1 ==EBGP LU== l1pe1 --IBGP VPN-- l1pe2 ==EBGP LU== l1ce2 --IBGP LU-- l2pe2
 *     `-------------------------------------- IBGP VPN ------------------------------------------'
 */
#include "tests/unit/bgpd/cm.h"

#include "tests/unit/bgpd/fake.h"

enum { L2PE1, L1CE1, L1PE1, L1PE2, L1CE2, L2PE2, ROUTERS };
enum { SITE1, ACCESS1, CORE, ACCESS2, SITE2, SERVICE, CABLES };
enum { CARRIER_A = 101, CUST_X = 201 };

struct chain {
    struct router *r[ROUTERS];
    struct bgp_vrf *carrier[2]; /* on l1pe1, l1pe2 */
    struct bgp_vrf *customer[2];
    struct cable c[CABLES];
};

static struct bgp_peer_config lu(const char *address, uint32_t as, uint8_t allow, bool is_self, bool is_override)
{
    struct bgp_peer_config c = peer_config(address, as, BGP_IPV4_LABELED);

    c.family[BGP_IPV4_LABELED].allow_as_loop = allow;
    c.family[BGP_IPV4_LABELED].is_next_hop_self = is_self;
    c.family[BGP_IPV4_LABELED].has_as_override = is_override;
    return c;
}

static void redistribute_ospf(struct router *r)
{
    struct bgp_vrf_config c = {.name = ""};

    c.redistribute[BGP_IPV4_LABELED] = 1u << RIB_SOURCE_OSPF | 1u << RIB_SOURCE_CONNECTED;
    bgp_vrf_configure(r->rib, &c);
}

static struct bgp_vrf *pub(struct router *r)
{
    return bgp_rib_public(r->rib);
}

static struct chain *chain_create(bool has_override)
{
    struct chain *n = calloc(1, sizeof(*n));
    uint8_t allow = has_override ? 0 : 1;
    struct router **r = n->r;

    r[L2PE1] = router_create(200, "10.2.0.1");
    r[L1CE1] = router_create(200, "10.2.0.3");
    r[L1PE1] = router_create(100, "10.1.0.4");
    r[L1PE2] = router_create(100, "10.1.0.6");
    r[L1CE2] = router_create(200, "10.2.0.7");
    r[L2PE2] = router_create(200, "10.2.0.9");
    n->carrier[0] = router_vrf(r[L1PE1], "carrierA", CARRIER_A, "100:1", "100:1", true);
    n->carrier[1] = router_vrf(r[L1PE2], "carrierA", CARRIER_A, "100:1", "100:1", true);
    n->customer[0] = router_vrf(r[L2PE1], "custX", CUST_X, "200:1", "200:1", false);
    n->customer[1] = router_vrf(r[L2PE2], "custX", CUST_X, "200:1", "200:1", false);
    redistribute_ospf(r[L1CE1]);
    redistribute_ospf(r[L1CE2]);
    n->c[SITE1] = cable_plug(r[L2PE1], pub(r[L2PE1]), lu("10.2.0.3", 200, allow, false, false), r[L1CE1], pub(r[L1CE1]),
                             lu("10.2.0.1", 200, 0, true, false));
    n->c[ACCESS1] = cable_plug(r[L1CE1], pub(r[L1CE1]), lu("10.9.3.2", 100, allow, false, false), r[L1PE1],
                               n->carrier[0], lu("10.9.3.1", 200, 0, false, has_override));
    n->c[CORE] = cable_plug(r[L1PE1], pub(r[L1PE1]), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), r[L1PE2],
                            pub(r[L1PE2]), peer_config("10.1.0.4", 100, BGP_IPV4_VPN));
    n->c[ACCESS2] = cable_plug(r[L1PE2], n->carrier[1], lu("10.9.6.1", 200, 0, false, has_override), r[L1CE2],
                               pub(r[L1CE2]), lu("10.9.6.2", 100, allow, false, false));
    n->c[SITE2] = cable_plug(r[L1CE2], pub(r[L1CE2]), lu("10.2.0.9", 200, 0, true, false), r[L2PE2], pub(r[L2PE2]),
                             lu("10.2.0.7", 200, allow, false, false));
    n->c[SERVICE] = cable_plug(r[L2PE1], pub(r[L2PE1]), peer_config("10.2.0.9", 200, BGP_IPV4_VPN), r[L2PE2],
                               pub(r[L2PE2]), peer_config("10.2.0.1", 200, BGP_IPV4_VPN));
    router_redistribute(r[L1CE1], 0, "10.2.0.1/32", RIB_SOURCE_OSPF, "10.9.2.1");
    router_redistribute(r[L1CE1], 0, "10.2.0.3/32", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r[L1CE2], 0, "10.2.0.9/32", RIB_SOURCE_OSPF, "10.9.7.2");
    router_redistribute(r[L1CE2], 0, "10.2.0.7/32", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r[L2PE1], CUST_X, "192.168.1.0/24", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r[L2PE2], CUST_X, "192.168.2.0/24", RIB_SOURCE_CONNECTED, NULL);
    run_all(r, ROUTERS, n->c, CABLES);
    return n;
}

static void chain_run(struct chain *n)
{
    run_all(n->r, ROUTERS, n->c, CABLES);
}

static void chain_destroy(struct chain *n)
{
    for (size_t i = 0; i < ROUTERS; i++)
        router_destroy(n->r[i]);
    free(n);
}

static uint32_t top(const struct out_label *l)
{
    assert_int_equal(l->state, LABEL_STATE_STACK);
    return l->stack.label[0];
}

static void assert_gateway(const struct rib_nexthop *nh, uint32_t vrf, const char *gateway, bool needs_lsp)
{
    struct ip_addr a = addr(gateway);

    assert_int_equal(nh->vrf, vrf);
    assert_true(ip_addr_equal(&nh->gateway, &a));
    assert_int_equal(nh->needs_lsp, needs_lsp);
}

/* Follows 10.2.0.9/32 and 192.168.2.0/24 from l2pe1 to l2pe2, label by label. */
static void check_forward(struct chain *n)
{
    const struct fake_route *vpn = router_route(n->r[L2PE1], CUST_X, "192.168.2.0/24");
    const struct fake_route *transport = router_route(n->r[L2PE1], 0, "10.2.0.9/32");
    const struct fake_label *l;

    assert_non_null(vpn);
    assert_int_equal(vpn->source, RIB_SOURCE_BGP);
    assert_int_equal(vpn->distance, 200);
    assert_gateway(&vpn->nexthop, 0, "10.2.0.9", true);
    l = router_label(n->r[L2PE2], RIB_LABEL_VPN_INSTANCE, CUST_X, NULL);
    assert_int_equal(l->op, RIB_LABEL_POP_LOOKUP);
    assert_int_equal(l->lookup_vrf, CUST_X);
    assert_int_equal(top(&vpn->label), l->in_label);

    assert_non_null(transport);
    assert_int_equal(transport->source, RIB_SOURCE_BGP_LABELED);
    assert_gateway(&transport->nexthop, 0, "10.2.0.3", true);
    l = router_label(n->r[L1CE1], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32");
    assert_non_null(l);
    assert_int_equal(top(&transport->label), l->in_label);

    assert_int_equal(l->op, RIB_LABEL_SWAP); /* l1ce1 -> l1pe1 */
    assert_gateway(&l->nexthop, 0, "10.9.3.2", true);
    assert_int_equal(top(&l->label),
                     router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32")->in_label);

    l = router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32"); /* l1pe1 -> l1pe2 */
    assert_int_equal(l->op, RIB_LABEL_SWAP);
    assert_gateway(&l->nexthop, 0, "10.1.0.6", true);
    assert_int_equal(top(&l->label),
                     router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32")->in_label);

    l = router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32"); /* l1pe2 -> l1ce2 */
    assert_int_equal(l->op, RIB_LABEL_SWAP);
    assert_gateway(&l->nexthop, CARRIER_A, "10.9.6.1", true);
    assert_int_equal(top(&l->label), router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")->in_label);

    l = router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32"); /* stitched to LDP */
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC);
}

static void test_chain__converges_with_allow_as_loop(void **state)
{
    struct chain *n = chain_create(false);
    char text[64];

    (void)state;
    check_forward(n);
    assert_string_equal(
        as_path_of(best_path(n->r[L2PE1], pub(n->r[L2PE1]), BGP_IPV4_LABELED, NULL, "10.2.0.9/32"), text, sizeof(text)),
        "100 200");
    chain_destroy(n);
}

static void test_chain__converges_with_as_override(void **state)
{
    struct chain *n = chain_create(true);
    char text[64];

    (void)state;
    check_forward(n);
    assert_string_equal(
        as_path_of(best_path(n->r[L2PE1], pub(n->r[L2PE1]), BGP_IPV4_LABELED, NULL, "10.2.0.9/32"), text, sizeof(text)),
        "100 100");
    chain_destroy(n);
}

static void test_chain__nobody_holds_what_is_not_theirs(void **state)
{
    struct chain *n = chain_create(false);

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
    struct chain *n = chain_create(false);

    (void)state;
    assert_null(router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.7/32"));
    assert_int_equal(router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.7/32")->label.state,
                     LABEL_STATE_IMPLICIT_NULL);
    chain_destroy(n);
}

static void test_chain__scope_is_the_customer_alone(void **state)
{
    struct chain *n = chain_create(false);
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
    struct chain *n = chain_create(false);

    (void)state;
    router_set_nexthop(n->r[L1PE1], "10.1.0.6", false, "no label-switched path to 10.1.0.6");
    chain_run(n);
    assert_null(router_route(n->r[L1PE1], CARRIER_A, "10.2.0.9/32"));
    assert_null(router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32"));
    assert_null(router_label(n->r[L1CE1], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32"));
    assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
    router_set_nexthop(n->r[L1PE1], "10.1.0.6", true, "");
    chain_run(n);
    check_forward(n);
    chain_destroy(n);
}

static void test_chain__unusable_label_is_withdrawn_and_comes_back(void **state)
{
    struct chain *n = chain_create(false);
    struct bgp_label_slot *s = router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")->slot;

    (void)state;
    bgp_rib_label_result(s, BGP_LABEL_UNUSABLE, true, "no label-switched path"); /* LDP died in site 2 */
    chain_run(n);
    assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
    assert_non_null(router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")); /* still wanted */
    bgp_rib_label_result(s, BGP_LABEL_INSTALLED, true, "");
    chain_run(n);
    check_forward(n);
    chain_destroy(n);
}

static void test_chain__session_loss_frees_labels_after_the_withdrawal(void **state)
{
    struct chain *n = chain_create(false);
    uint8_t buf[BGP_MESSAGE_MAX];

    (void)state;
    bgp_rib_peer_down(n->c[ACCESS2].p[0]); /* l1pe2 loses l1ce2 */
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
    struct chain *n = chain_create(false);
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
    check_forward(n);
    assert_true(bgp_rib_peer_has_end_of_rib(n->c[ACCESS1].p[0]));
    chain_destroy(n);
}

static void test_chain__instance_that_goes_takes_everything_back(void **state)
{
    struct chain *n = chain_create(false);

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
    struct chain *n = chain_create(false);
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
    check_forward(n);
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
        cmocka_unit_test(test_chain__session_loss_frees_labels_after_the_withdrawal),
        cmocka_unit_test(test_chain__restarted_neighbor_gets_everything_again),
        cmocka_unit_test(test_chain__instance_that_goes_takes_everything_back),
        cmocka_unit_test(test_chain__replay_tells_everything_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
