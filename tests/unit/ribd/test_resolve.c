/* SPDX-License-Identifier: Apache-2.0
 *
 * Resolution: from routes, bindings and interfaces to what stands in the kernel, for the carrier's carrier chain and
 * for everything that can go wrong on the way.
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
enum { CUSTX = 1001, CARRIERA = 1002, EVIL = 1003 };

/* l2pe1: LDP label 2031 towards s1, LU label 3092, VPN label 9900. */
static void build_l2pe1(struct world *w)
{
    iface(w, 1, "lo", 0, "10.2.0.1/32", false, false);
    iface(w, 2, "l2pe1-s1", 0, "10.9.1.1/24", true, false);
    ribd_rib_instance_set(w->rib, CUSTX, true, 9);
    iface(w, 3, "l2pe1-cust1", CUSTX, "192.168.1.254/24", false, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.3/32", 110, 0, "10.9.1.2 dev 2", 0);
    peer(w, 1, 0, "10.9.1.2");
    binding(w, 1, "10.2.0.3/32", 2031);
    route(w, BGP, RIB_SOURCE_BGP_LABELED, 0, "10.2.0.9/32", 200, 0, "lsp 10.2.0.3", 3092);
    route(w, BGP, RIB_SOURCE_BGP, CUSTX, "192.168.2.0/24", 200, 0, "lsp 10.2.0.9", 9900);
    settle(w);
}

static void test_chain__three_labels(void **state)
{
    struct world *w = *state;

    build_l2pe1(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.3/32"), "10.9.1.2 dev 2 2031");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.9/32"), "10.9.1.2 dev 2 2031/3092");
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 2031/3092/9900");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.9.1.0/24"), "-"); /* connected routes are the kernel's own */
    lookup(w, 1900, CUSTX, 0);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 1900), "lookup 9");
    assert_int_equal(said_label(w, 1900)->status, RIB_LABEL_INSTALLED);
    assert_int_equal(audit(w, false), 0);
}

/* A router whose site has no MPLS: the label ends, the packet goes on as IP. */
static void test_lookup__in_the_public_instance(void **state)
{
    struct world *w = *state;

    ribd_rib_instance_set(w->rib, RIB_VRF_PUBLIC, true, 0);
    lookup(w, 1901, RIB_VRF_PUBLIC, 0);
    settle(w);
    assert_int_equal(said_label(w, 1901)->status, RIB_LABEL_UNUSABLE);
    assert_string_equal(said_label(w, 1901)->reason, "the loopback interface is missing");
    ribd_rib_instance_set(w->rib, RIB_VRF_PUBLIC, true, 1);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 1901), "lookup 1");
    assert_int_equal(said_label(w, 1901)->status, RIB_LABEL_INSTALLED);
    assert_int_equal(audit(w, false), 0);
}

static void test_chain__ldp_loss_and_recovery(void **state)
{
    struct world *w = *state;
    struct ip_addr a = A("10.2.0.9");

    build_l2pe1(w);
    swap(w, BGP, 4000, 0, "lsp 10.2.0.9", 9900, 0);
    ribd_rib_watch(w->rib, BGP, 7, 0, &a, true);
    settle(w);
    assert_int_equal(said_label(w, 4000)->status, RIB_LABEL_INSTALLED);
    assert_true(said_nexthop(w, 7)->is_usable);
    assert_true(said_nexthop(w, 7)->has_lsp);
    assert_int_equal(said_nexthop(w, 7)->ifindex, 2);
    assert_int_equal(said_nexthop(w, 7)->source, RIB_SOURCE_BGP_LABELED);
    assert_int_equal(said_nexthop(w, 7)->prefix_len, 32);

    binding(w, 1, "10.2.0.3/32", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.3/32"), "10.9.1.2 dev 2"); /* plain IP goes on */
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.9/32"), "-");
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "-");
    assert_string_equal(fake_dp_label(w->dp, 4000), "-");
    assert_int_equal(said_label(w, 4000)->status, RIB_LABEL_UNUSABLE);
    assert_string_equal(said_nexthop(w, 7)->reason,
                        "no label-switched path to 10.2.0.9: no LDP binding from 10.9.1.2 for 10.2.0.3/32");
    assert_string_equal(said_label(w, 4000)->reason,
                        "no label-switched path to 10.2.0.9: no LDP binding from 10.9.1.2 for 10.2.0.3/32");
    assert_false(said_nexthop(w, 7)->is_usable);
    assert_int_equal(w->dp->n_nh, 1);

    binding(w, 1, "10.2.0.3/32", 2099);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 2099/3092/9900");
    assert_string_equal(fake_dp_label(w->dp, 4000), "10.9.1.2 dev 2 2099/3092/9900");
    assert_int_equal(said_label(w, 4000)->status, RIB_LABEL_INSTALLED);
    assert_true(said_nexthop(w, 7)->is_usable);
    assert_int_equal(audit(w, false), 0);
}

static void test_chain__label_change_touches_dependents_once(void **state)
{
    struct world *w = *state;
    struct rib_counters before, after;
    char prefix[40];

    build_l2pe1(w);
    for (int i = 0; i < 50; i++) {
        snprintf(prefix, sizeof(prefix), "172.16.%d.0/24", i);
        route(w, BGP, RIB_SOURCE_BGP, CUSTX, prefix, 200, 0, "lsp 10.2.0.9", 9900);
    }
    swap(w, BGP, 4000, 0, "lsp 10.2.0.9", 9901, 0);
    settle(w);
    ribd_rib_count(w->rib, &before);
    fake_dp_forget_ops(w->dp);
    binding(w, 1, "10.2.0.3/32", 2032);
    settle(w);
    ribd_rib_count(w->rib, &after);
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "172.16.7.0/24"), "10.9.1.2 dev 2 2032/3092/9900");
    /* IP routes hang on objects: 10.2.0.3, 10.2.0.9 and one for all customer routes; each label entry is one write. */
    assert_int_equal(fake_dp_count(w->dp, OP_NEXTHOP_SET), 3);
    assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 0);
    assert_int_equal(fake_dp_count(w->dp, OP_LABEL_SET), 1);
    assert_int_equal(after.resolutions - before.resolutions, 2);
}

static void test_chain__implicit_null(void **state)
{
    struct world *w = *state;

    build_l2pe1(w);
    binding(w, 1, "10.2.0.3/32", 3);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.3/32"), "10.9.1.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 3092/9900");
    route(w, BGP, RIB_SOURCE_BGP_LABELED, 0, "10.2.0.9/32", 200, 0, "lsp 10.2.0.3", 3);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 9900");
}

/* l1ce1: EBGP next hop on-link on an MPLS interface; stitching by follow-FEC. */
static void test_ce__ebgp_onlink_and_follow_fec(void **state)
{
    struct world *w = *state;

    iface(w, 1, "lo", 0, "10.2.0.3/32", false, false);
    iface(w, 2, "l1ce1-s1", 0, "10.9.2.2/24", true, false);
    iface(w, 3, "l1ce1-l1pe1", 0, "10.9.3.1/24", true, true);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.1/32", 110, 0, "10.9.2.1 dev 2", 0);
    peer(w, 1, 0, "10.9.2.1");
    follow(w, 3012, 0, "10.2.0.1/32");
    follow(w, 3013, 0, "10.2.0.3/32");
    route(w, BGP, RIB_SOURCE_BGP_LABELED, 0, "10.2.0.9/32", 20, 0, "lsp 10.9.3.2", 4092);
    swap(w, BGP, 3092, 0, "lsp 10.9.3.2", 4092, 0);
    follow(w, 3192, 0, "10.2.0.9/32"); /* LDP for BGP */
    settle(w);
    assert_int_equal(said_label(w, 3012)->status, RIB_LABEL_UNUSABLE);
    assert_string_equal(said_label(w, 3012)->reason,
                        "no label-switched path to 10.2.0.1/32: no LDP binding from 10.9.2.1 for 10.2.0.1/32");
    assert_int_equal(said_label(w, 3013)->status,
                     RIB_LABEL_UNUSABLE); /* our own: implicit null is advertised instead */
    assert_string_equal(said_label(w, 3013)->reason, "10.2.0.3/32 is connected here");
    assert_string_equal(fake_dp_label(w->dp, 3092), "10.9.3.2 dev 3 4092");
    assert_string_equal(fake_dp_label(w->dp, 3192), "10.9.3.2 dev 3 4092");
    binding(w, 1, "10.2.0.1/32", 2011);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 3012), "10.9.2.1 dev 2 2011");
    binding(w, 1, "10.2.0.1/32", 3);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 3012), "10.9.2.1 dev 2");
    assert_int_equal(said_label(w, 3012)->status, RIB_LABEL_INSTALLED);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.1/32");
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 3012), "-");
    assert_string_equal(said_label(w, 3012)->reason, "no route to 10.2.0.1/32");
}

static void test_onlink__needs_mpls_on_the_interface(void **state)
{
    struct world *w = *state;

    iface(w, 3, "eth3", 0, "10.9.3.1/24", false, false);
    swap(w, BGP, 3092, 0, "lsp 10.9.3.2", 4092, 0);
    swap(w, BGP, 3093, 0, "10.9.3.2 dev 3", 4093, 0);
    settle(w);
    assert_int_equal(said_label(w, 3092)->status, RIB_LABEL_UNUSABLE);
    assert_string_equal(said_label(w, 3092)->reason,
                        "no label-switched path to 10.9.3.2: eth3 is not configured for MPLS");
    assert_string_equal(said_label(w, 3093)->reason, "eth3 is not configured for MPLS");
    iface(w, 3, "eth3", 0, "10.9.3.1/24", true, false);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 3092), "10.9.3.2 dev 3 4092");
    assert_string_equal(fake_dp_label(w->dp, 3093), "10.9.3.2 dev 3 4093");
}

/* l1pe1: next hop in an instance, and instance routes over the public core. */
static void test_pe__next_hops_across_instances(void **state)
{
    struct world *w = *state;

    iface(w, 1, "lo", 0, "10.1.0.4/32", false, false);
    iface(w, 2, "l1pe1-p", 0, "10.9.4.1/24", true, false);
    ribd_rib_instance_set(w->rib, CARRIERA, true, 8);
    iface(w, 3, "l1pe1-l1ce1", CARRIERA, "10.9.3.2/24", true, true);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.2 dev 2", 0);
    peer(w, 1, 0, "10.9.4.2");
    binding(w, 1, "10.1.0.6/32", 5061);
    route(w, BGP, RIB_SOURCE_BGP_LABELED, CARRIERA, "10.2.0.1/32", 20, CARRIERA, "10.9.3.1 dev 3", 3012);
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.9/32", 200, 0, "lsp 10.1.0.6", 6093);
    swap(w, BGP, 4013, CARRIERA, "10.9.3.1 dev 3", 3012, 0);
    swap(w, BGP, 4092, 0, "lsp 10.1.0.6", 6093, 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.1/32"), "10.9.3.1 dev 3 3012");
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    assert_string_equal(fake_dp_label(w->dp, 4013), "10.9.3.1 dev 3 3012");
    assert_string_equal(fake_dp_label(w->dp, 4092), "10.9.4.2 dev 2 5061/6093");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.1/32"), "-");
    /* The instance goes: its routes leave, label entries that lead into it too; the core's stay. */
    iface(w, 3, "l1pe1-l1ce1", 0, "10.9.3.2/24", true, false);
    ribd_rib_instance_set(w->rib, CARRIERA, false, 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "-");
    assert_string_equal(fake_dp_label(w->dp, 4013), "-");
    assert_string_equal(said_label(w, 4013)->reason, "l1pe1-l1ce1 is in another VPN instance");
    assert_string_equal(fake_dp_label(w->dp, 4092), "10.9.4.2 dev 2 5061/6093");
    ribd_rib_instance_set(w->rib, CARRIERA, true, 8);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    assert_int_equal(audit(w, false), 0);
}

static void test_ecmp__sets_and_members_without_lsp(void **state)
{
    struct world *w = *state;

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    iface(w, 3, "b", 0, "10.9.2.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.3/32", 110, 0, "10.9.1.2 dev 2 + 10.9.2.2 dev 3", 0);
    peer(w, 1, 0, "10.9.1.2");
    peer(w, 2, 0, "10.9.2.2");
    binding(w, 1, "10.2.0.3/32", 21);
    swap(w, BGP, 100, 0, "lsp 10.2.0.3", 77, 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.3/32"), "10.9.1.2 dev 2 21 + 10.9.2.2 dev 3");
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.1.2 dev 2 21/77"); /* only where a label leads */
    binding(w, 2, "10.2.0.3/32", 3);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.1.2 dev 2 21/77 + 10.9.2.2 dev 3 77");
    iface_down(w, 2, "a", 0, true);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.2.2 dev 3 77");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.3/32"), "10.9.2.2 dev 3");
    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.1.2 dev 2 21/77 + 10.9.2.2 dev 3 77");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.2.0.3/32"), "10.9.1.2 dev 2 21 + 10.9.2.2 dev 3");
    assert_int_equal(audit(w, false), 0);
}

static void test_distance__lowest_wins_and_falls_back(void **state)
{
    struct world *w = *state;

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    iface(w, 3, "b", 0, "10.9.2.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.7.0.0/16", 110, 0, "10.9.1.2 dev 2", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.7.0.0/16", 20, 0, "10.9.2.2", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.7.0.0/16"), "10.9.2.2 dev 3");
    iface_down(w, 3, "b", 0, true);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.7.0.0/16"), "10.9.1.2 dev 2");
    iface(w, 3, "b", 0, "10.9.2.1/24", true, false);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.7.0.0/16"), "10.9.2.2 dev 3");
    unroute(w, BGP, RIB_SOURCE_BGP, 0, "10.7.0.0/16");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.7.0.0/16"), "10.9.1.2 dev 2");
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.7.0.0/16");
    settle(w);
    assert_int_equal(w->dp->n_routes, 0);
    assert_int_equal(w->dp->n_nh, 0);
}

static void test_lsp__not_over_default_or_shorter_prefix(void **state)
{
    struct world *w = *state;
    struct ip_addr a = A("10.2.0.9");

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    peer(w, 1, 0, "10.9.1.2");
    ribd_rib_watch(w->rib, BGP, 1, 0, &a, true);
    ribd_rib_watch(w->rib, BGP, 2, 0, &a, false);
    settle(w);
    assert_string_equal(said_nexthop(w, 1)->reason, "no route to 10.2.0.9");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "0.0.0.0/0", 110, 0, "10.9.1.2 dev 2", 0);
    binding(w, 1, "0.0.0.0/0", 900);
    settle(w);
    assert_false(said_nexthop(w, 1)->is_usable);
    assert_string_equal(said_nexthop(w, 1)->reason, "no label-switched path to 10.2.0.9: only a default route");
    assert_true(said_nexthop(w, 2)->is_usable);
    assert_false(said_nexthop(w, 2)->has_lsp);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.0/16", 110, 0, "10.9.1.2 dev 2", 0);
    binding(w, 1, "10.2.0.0/16", 901);
    settle(w);
    assert_string_equal(said_nexthop(w, 1)->reason,
                        "no label-switched path to 10.2.0.9: only a route to a shorter prefix (/16)");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.2.0.9/32", 110, 0, "10.9.1.2 dev 2", 0);
    binding(w, 1, "10.2.0.9/32", 902);
    settle(w);
    assert_true(said_nexthop(w, 1)->is_usable);
    assert_int_equal(said_nexthop(w, 1)->metric, 10);
    assert_int_equal(said_nexthop(w, 1)->source, RIB_SOURCE_OSPF);
}

static void test_own_address__is_no_next_hop(void **state)
{
    struct world *w = *state;
    struct ip_addr a = A("10.9.1.1");

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    ribd_rib_watch(w->rib, BGP, 1, 0, &a, false);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.7.0.0/16", 20, 0, "10.9.1.1", 0);
    settle(w);
    assert_false(said_nexthop(w, 1)->is_usable);
    assert_string_equal(said_nexthop(w, 1)->reason, "10.9.1.1 is an address of our own");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.7.0.0/16"), "-");
}

static void test_cycle__never_holds_itself_up(void **state)
{
    struct world *w = *state;
    struct ip_addr b = A("10.0.0.2");

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    ribd_rib_watch(w->rib, BGP, 1, 0, &b, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.2/32", 110, 0, "10.9.1.2 dev 2", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.1/32", 200, 0, "10.0.0.2", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.2/32", 200, 0, "10.0.0.1", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.1/32"), "10.9.1.2 dev 2");
    /* What held both up goes: neither may live on the other's memory. */
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.2/32");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.1/32"), "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.2/32"), "-");
    assert_false(said_nexthop(w, 1)->is_usable);
    /* With a default route below, both come to rest on it. */
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "0.0.0.0/0", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.1/32"), "10.9.1.2 dev 2");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.2/32", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    assert_true(said_nexthop(w, 1)->is_usable);
    assert_int_equal(audit(w, false), 0);
}

static void test_cycle__route_over_its_own_next_hop(void **state)
{
    struct world *w = *state;

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.0/8", 200, 0, "10.5.5.5", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.0/8"), "-");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "0.0.0.0/0", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.0/8"), "10.9.1.2 dev 2");
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "0.0.0.0/0");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.0/8"), "-");
}

static void test_depth__is_bounded(void **state)
{
    struct world *w = *state;
    char prefix[40], hop[40];

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.0/32", 110, 0, "10.9.1.2 dev 2", 0);
    for (int i = 1; i < 14; i++) {
        snprintf(prefix, sizeof(prefix), "10.1.0.%d/32", i);
        snprintf(hop, sizeof(hop), "10.1.0.%d", i - 1);
        route(w, BGP, RIB_SOURCE_BGP, 0, prefix, 200, 0, hop, 0);
    }
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.6/32"), "10.9.1.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.12/32"), "-");
}

static void test_blackhole(void **state)
{
    struct world *w = *state;
    struct ip_addr a = A("10.6.0.1");

    ribd_rib_watch(w->rib, BGP, 1, 0, &a, false);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.6.0.0/16", 200, 0, "blackhole", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.6.0.0/16"), "blackhole");
    assert_false(said_nexthop(w, 1)->is_usable);
    unroute(w, BGP, RIB_SOURCE_BGP, 0, "10.6.0.0/16");
    settle(w);
    assert_int_equal(w->dp->n_routes, 0);
}

static void test_more_specific__moves_nodes(void **state)
{
    struct world *w = *state;

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    iface(w, 3, "b", 0, "10.9.2.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.0/8", 110, 0, "10.9.1.2 dev 2", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "172.16.0.0/16", 200, 0, "10.5.0.1", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "172.16.0.0/16"), "10.9.1.2 dev 2");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.5.0.0/16", 110, 0, "10.9.2.2 dev 3", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "172.16.0.0/16"), "10.9.2.2 dev 3");
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.5.0.0/16");
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "172.16.0.0/16"), "10.9.1.2 dev 2");
}

static void test_ipv6(void **state)
{
    struct world *w = *state;

    iface(w, 2, "a", 0, "2001:db8:1::1/64", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "2001:db8::9/128", 110, 0, "fe80::2 dev 2", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "2001:db8:7::/48", 200, 0, "2001:db8:1::2", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "2001:db8:8::/48", 200, 0, "2001:db8::9", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "2001:db8:7::/48"), "2001:db8:1::2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "2001:db8:8::/48"), "fe80::2 dev 2");
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_chain__three_labels),
        T(test_lookup__in_the_public_instance),
        T(test_chain__ldp_loss_and_recovery),
        T(test_chain__label_change_touches_dependents_once),
        T(test_chain__implicit_null),
        T(test_ce__ebgp_onlink_and_follow_fec),
        T(test_onlink__needs_mpls_on_the_interface),
        T(test_pe__next_hops_across_instances),
        T(test_ecmp__sets_and_members_without_lsp),
        T(test_distance__lowest_wins_and_falls_back),
        T(test_lsp__not_over_default_or_shorter_prefix),
        T(test_own_address__is_no_next_hop),
        T(test_cycle__never_holds_itself_up),
        T(test_cycle__route_over_its_own_next_hop),
        T(test_depth__is_bounded),
        T(test_blackhole),
        T(test_more_specific__moves_nodes),
        T(test_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
