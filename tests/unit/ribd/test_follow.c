/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries that follow a FEC where one carrier's labels meet another's (RFC 4364 s9): LDP inside a VPN instance
 * over VPN routes, with everything beneath that may change, and what a customer carrier's labels must not touch.
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
enum { CARRIERA = 1002, CARRIERB = 1003 };
enum { CORE = 1, CE = 2, CORE2 = 3, CE_B = 4 }; /* label peers */

/* l1pe1: core on dev 2, customer carrier A on dev 3; B, with the same addresses, on dev 5. The remote site's 10.2.0.9
 * comes as VPN route from 10.1.0.6 with label 6093; ldpd gave the CE label 4092 for it. */
static int setup(void **state)
{
    static struct world w;

    world_init(&w);
    iface(&w, 1, "lo", 0, "10.1.0.4/32", false, false);
    iface(&w, 2, "l1pe1-p", 0, "10.9.4.1/24", true, false);
    ribd_rib_instance_set(w.rib, CARRIERA, true, 8);
    ribd_rib_instance_set(w.rib, CARRIERB, true, 9);
    iface(&w, 3, "l1pe1-l1ce1", CARRIERA, "10.9.3.2/24", true, true);
    iface(&w, 5, "l1pe1-l1ceb", CARRIERB, "10.9.3.2/24", true, true);
    route(&w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.2 dev 2", 0);
    peer(&w, CORE, 0, "10.9.4.2");
    peer(&w, CE, CARRIERA, "10.9.3.1");
    binding(&w, CORE, "10.1.0.6/32", 5061);
    route(&w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.9/32", 200, 0, "lsp 10.1.0.6", 6093);
    follow(&w, 4092, CARRIERA, "10.2.0.9/32");
    ribd_rib_subscribe(w.rib, RIB_CLIENT_LDPD, CARRIERA, 1u << RIB_SOURCE_BGP);
    settle(&w);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    settle(w);
    assert_int_equal(audit(w, false), 0);
    world_fini(w);
    return 0;
}

static void expect_way(struct world *w, uint32_t label, const char *way)
{
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, label), way);
    assert_int_equal(said_label(w, label)->status, strcmp(way, "-") == 0 ? RIB_LABEL_UNUSABLE : RIB_LABEL_INSTALLED);
}

static void test_follow__vpn_route_over_the_core(void **state)
{
    struct world *w = *state;

    expect_way(w, 4092, "10.9.4.2 dev 2 5061/6093");
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.9/32", 200, 0, "lsp 10.1.0.6", 6094); /* the VPN label */
    expect_way(w, 4092, "10.9.4.2 dev 2 5061/6094");
    binding(w, CORE, "10.1.0.6/32", 5062); /* the core's label */
    expect_way(w, 4092, "10.9.4.2 dev 2 5062/6094");
    binding(w, CORE, "10.1.0.6/32", 3);
    expect_way(w, 4092, "10.9.4.2 dev 2 6094");
    peer(w, CORE2, 0, "10.9.4.3");
    binding(w, CORE2, "10.1.0.6/32", 7061);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.3 dev 2", 0); /* the core's way */
    expect_way(w, 4092, "10.9.4.3 dev 2 7061/6094");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.7/32", 110, 0, "10.9.4.2 dev 2", 0);
    binding(w, CORE, "10.1.0.7/32", 5071);
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.9/32", 200, 0, "lsp 10.1.0.7", 7777); /* another provider edge */
    expect_way(w, 4092, "10.9.4.2 dev 2 5071/7777");
}

static void test_follow__reason_names_the_hop_without_a_path(void **state)
{
    struct world *w = *state;

    binding(w, CORE, "10.1.0.6/32", 0);
    expect_way(w, 4092, "-");
    assert_string_equal(said_label(w, 4092)->reason,
                        "no label-switched path to 10.2.0.9/32: no LDP binding from 10.9.4.2 for 10.1.0.6/32");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.9 dev 2", 0);
    settle(w); /* still no path, but for another reason */
    assert_string_equal(said_label(w, 4092)->reason,
                        "no label-switched path to 10.2.0.9/32: no LDP binding from 10.9.4.9 for 10.1.0.6/32");
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32");
    settle(w);
    assert_string_equal(said_label(w, 4092)->reason, "no label-switched path to 10.2.0.9/32: no route to 10.1.0.6");
    unroute(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.9/32");
    settle(w);
    assert_string_equal(said_label(w, 4092)->reason, "no route to 10.2.0.9/32");
    assert_int_equal(said_route(w, RIB_CLIENT_LDPD, CARRIERA, "10.2.0.9/32")->kind, SAID_GONE);
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.9/32", 200, 0, "lsp 10.1.0.6", 6093);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.2 dev 2", 0);
    binding(w, CORE, "10.1.0.6/32", 5061);
    expect_way(w, 4092, "10.9.4.2 dev 2 5061/6093");
}

/* The IGP's copy of the remote site's route: nearer than IBGP. The label goes where packets go, or nowhere. */
static void test_follow__best_route_flips_to_the_igp_and_back(void **state)
{
    struct world *w = *state;

    route(w, OSPF, RIB_SOURCE_OSPF, CARRIERA, "10.2.0.9/32", 110, CARRIERA, "10.9.3.1 dev 3", 0);
    expect_way(w, 4092, "-"); /* never over BGP's path while the IP route leads elsewhere */
    assert_string_equal(said_label(w, 4092)->reason,
                        "no label-switched path to 10.2.0.9/32: no LDP binding from 10.9.3.1 for 10.2.0.9/32");
    binding(w, CE, "10.2.0.9/32", 3092);
    expect_way(w, 4092, "10.9.3.1 dev 3 3092");
    unroute(w, OSPF, RIB_SOURCE_OSPF, CARRIERA, "10.2.0.9/32");
    expect_way(w, 4092, "10.9.4.2 dev 2 5061/6093");
    binding(w, CORE, "10.1.0.6/32", 0);
    expect_way(w, 4092, "-");
    route(w, OSPF, RIB_SOURCE_OSPF, CARRIERA, "10.2.0.9/32", 110, CARRIERA, "10.9.3.1 dev 3", 0);
    expect_way(w, 4092, "10.9.3.1 dev 3 3092");
}

/* The other direction: what BGP gives other provider edges goes on with the CE's LDP label (fec of the instance). */
static void test_follow__label_of_the_customer_edge(void **state)
{
    struct world *w = *state;

    follow(w, 4011, CARRIERA, "10.2.0.1/32");
    route(w, OSPF, RIB_SOURCE_OSPF, CARRIERA, "10.2.0.1/32", 110, CARRIERA, "10.9.3.1 dev 3", 0);
    expect_way(w, 4011, "-");
    binding(w, CE, "10.2.0.1/32", 3011);
    expect_way(w, 4011, "10.9.3.1 dev 3 3011");
    binding(w, CE, "10.2.0.1/32", 3);
    expect_way(w, 4011, "10.9.3.1 dev 3");
    ribd_rib_label_peer_del(w->rib, RIB_CLIENT_LDPD, CE);
    expect_way(w, 4011, "-");
}

/* --- what a customer carrier gives must not reach further than its instance --- */

static void test_follow__customer_labels_stay_in_their_instance(void **state)
{
    struct world *w = *state;
    struct ip_addr claims[3] = {A("10.9.3.1"), A("10.9.4.2"), A("10.1.0.6")};

    ribd_rib_label_peer_set(w->rib, RIB_CLIENT_LDPD, CE, CARRIERA, claims, 3); /* the core's addresses, too */
    binding(w, CE, "10.1.0.6/32", 666);
    binding(w, CE, "10.2.0.9/32", 667); /* and a label for what is not its */
    expect_way(w, 4092, "10.9.4.2 dev 2 5061/6093");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.6/32"), "10.9.4.2 dev 2 5061");
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    binding(w, CORE, "10.1.0.6/32", 0);
    expect_way(w, 4092, "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.6/32"), "10.9.4.2 dev 2");
}

static void test_follow__same_addresses_in_two_instances(void **state)
{
    struct world *w = *state;

    peer(w, CE_B, CARRIERB, "10.9.3.1");
    binding(w, CE, "10.2.0.1/32", 3011);
    binding(w, CE_B, "10.2.0.1/32", 666);
    route(w, OSPF, RIB_SOURCE_OSPF, CARRIERA, "10.2.0.1/32", 110, CARRIERA, "10.9.3.1 dev 3", 0);
    route(w, OSPF, RIB_SOURCE_OSPF, CARRIERB, "10.2.0.1/32", 110, CARRIERB, "10.9.3.1 dev 5", 0);
    follow(w, 4011, CARRIERA, "10.2.0.1/32");
    follow(w, 4012, CARRIERB, "10.2.0.1/32");
    expect_way(w, 4011, "10.9.3.1 dev 3 3011");
    expect_way(w, 4012, "10.9.3.1 dev 5 666");
    binding(w, CE, "10.2.0.1/32", 0);
    expect_way(w, 4011, "-");
    expect_way(w, 4012, "10.9.3.1 dev 5 666");
}

/* --- the customer carrier's edge: its LDP over the provider's BGP labels --- */

static void test_follow__customer_edge_over_labelled_bgp(void **state)
{
    struct world *w = *state;

    iface(w, 6, "l1ce1-l1pe1", 0, "10.9.7.1/24", true, true);
    route(w, BGP, RIB_SOURCE_BGP_LABELED, 0, "10.2.0.9/32", 20, 0, "lsp 10.9.7.2", 4092);
    follow(w, 3192, 0, "10.2.0.9/32");
    expect_way(w, 3192, "10.9.7.2 dev 6 4092");
    /* The site's other edge brings it by the IGP, with a label: second best. */
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.9/32", 110, 0, "10.9.4.2 dev 2", 0);
    binding(w, CORE, "10.2.0.9/32", 2192);
    expect_way(w, 3192, "10.9.7.2 dev 6 4092");
    unroute(w, BGP, RIB_SOURCE_BGP_LABELED, 0, "10.2.0.9/32");
    expect_way(w, 3192, "10.9.4.2 dev 2 2192");
    route(w, BGP, RIB_SOURCE_BGP_LABELED, 0, "10.2.0.9/32", 20, 0, "lsp 10.9.7.2", 4093);
    expect_way(w, 3192, "10.9.7.2 dev 6 4093");
    iface(w, 6, "l1ce1-l1pe1", 0, "10.9.7.1/24", false, false); /* no MPLS towards the provider any more */
    expect_way(w, 3192, "10.9.4.2 dev 2 2192");
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.9/32");
    expect_way(w, 3192, "-");
    assert_string_equal(said_label(w, 3192)->reason,
                        "no label-switched path to 10.2.0.9/32: l1ce1-l1pe1 is not configured for MPLS");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_follow__vpn_route_over_the_core),
        T(test_follow__reason_names_the_hop_without_a_path),
        T(test_follow__best_route_flips_to_the_igp_and_back),
        T(test_follow__label_of_the_customer_edge),
        T(test_follow__customer_labels_stay_in_their_instance),
        T(test_follow__same_addresses_in_two_instances),
        T(test_follow__customer_edge_over_labelled_bgp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
