/* SPDX-License-Identifier: Apache-2.0
 *
 * See chain.h.
 */
#include "tests/unit/bgpd/cm.h"

#include "tests/unit/bgpd/chain.h"

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

static struct bgp_peer_config reflecting(struct bgp_peer_config c)
{
    c.family[BGP_IPV4_LABELED].is_reflector_client = c.family[BGP_IPV4_LABELED].is_next_hop_self = true;
    return c;
}

static void plug_access(struct chain *n, size_t site, const char *ce, const char *pe)
{
    size_t l1ce = site ? L1CE2 : L1CE1, l1pe = site ? L1PE2 : L1PE1;
    const struct chain_plan *p = &n->plan;
    uint8_t allow = p->has_override ? 0 : 1;
    struct bgp_peer_config of_ce = lu(pe, p->core_as, allow, false, false);
    bool is_internal = p->core_as == p->site_as[site];

    if (is_internal)
        of_ce = reflecting(of_ce);
    n->c[site ? ACCESS2 : ACCESS1] = cable_plug(n->r[l1ce], pub(n->r[l1ce]), of_ce, n->r[l1pe], n->carrier[site],
                                                lu(ce, p->site_as[site], 0, false, p->has_override && !is_internal));
}

static void plug_site(struct chain *n, size_t site, const char *ce, const char *l2)
{
    size_t l1ce = site ? L1CE2 : L1CE1, l2pe = site ? L2PE2 : L2PE1;
    uint32_t as = n->plan.site_as[site];
    struct bgp_peer_config of_ce = lu(l2, as, 0, true, false);

    if (n->plan.core_as == as)
        of_ce = reflecting(of_ce);
    n->c[site ? SITE2 : SITE1] =
        cable_plug(n->r[l2pe], pub(n->r[l2pe]), lu(ce, as, n->plan.has_override ? 0 : 1, false, false), n->r[l1ce],
                   pub(n->r[l1ce]), of_ce);
}

static void tell_local_routes(struct router **r)
{
    router_redistribute(r[L1CE1], 0, "10.2.0.1/32", RIB_SOURCE_OSPF, "10.9.2.1");
    router_redistribute(r[L1CE1], 0, "10.2.0.3/32", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r[L1CE2], 0, "10.2.0.9/32", RIB_SOURCE_OSPF, "10.9.7.2");
    router_redistribute(r[L1CE2], 0, "10.2.0.7/32", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r[L2PE1], CUST_X, "192.168.1.0/24", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r[L2PE2], CUST_X, "192.168.2.0/24", RIB_SOURCE_CONNECTED, NULL);
}

struct chain *chain_create(struct chain_plan plan)
{
    struct chain *n = calloc(1, sizeof(*n));
    struct bgp_peer_config to_far = peer_config("10.2.0.9", plan.site_as[1], BGP_IPV4_VPN);
    struct bgp_peer_config to_near = peer_config("10.2.0.1", plan.site_as[0], BGP_IPV4_VPN);
    struct router **r = n->r;

    n->plan = plan;
    r[L2PE1] = router_create(plan.site_as[0], "10.2.0.1");
    r[L1CE1] = router_create(plan.site_as[0], "10.2.0.3");
    r[L1PE1] = router_create(plan.core_as, "10.1.0.4");
    r[L1PE2] = router_create(plan.core_as, "10.1.0.6");
    r[L1CE2] = router_create(plan.site_as[1], "10.2.0.7");
    r[L2PE2] = router_create(plan.site_as[1], "10.2.0.9");
    n->carrier[0] = router_vrf(r[L1PE1], "carrierA", CARRIER_A, "100:1", "100:1", true);
    n->carrier[1] = router_vrf(r[L1PE2], "carrierA", CARRIER_A, "100:1", "100:1", true);
    n->customer[0] = router_vrf(r[L2PE1], "custX", CUST_X, "200:1", "200:1", false);
    n->customer[1] = router_vrf(r[L2PE2], "custX", CUST_X, "200:1", "200:1", false);
    redistribute_ospf(r[L1CE1]);
    redistribute_ospf(r[L1CE2]);
    plug_site(n, 0, "10.2.0.3", "10.2.0.1");
    plug_access(n, 0, "10.9.3.1", "10.9.3.2");
    n->c[CORE] = cable_plug(r[L1PE1], pub(r[L1PE1]), peer_config("10.1.0.6", plan.core_as, BGP_IPV4_VPN), r[L1PE2],
                            pub(r[L1PE2]), peer_config("10.1.0.4", plan.core_as, BGP_IPV4_VPN));
    plug_access(n, 1, "10.9.6.1", "10.9.6.2");
    plug_site(n, 1, "10.2.0.7", "10.2.0.9");
    if (plan.site_as[0] != plan.site_as[1])
        to_far.ebgp_multihop = to_near.ebgp_multihop = 10;
    n->c[SERVICE] = cable_plug(r[L2PE1], pub(r[L2PE1]), to_far, r[L2PE2], pub(r[L2PE2]), to_near);
    tell_local_routes(r);
    run_all(r, ROUTERS, n->c, CABLES);
    return n;
}

void chain_run(struct chain *n)
{
    run_all(n->r, ROUTERS, n->c, CABLES);
}

void chain_destroy(struct chain *n)
{
    for (size_t i = 0; i < ROUTERS; i++)
        router_destroy(n->r[i]);
    free(n);
}

uint32_t top_label(const struct out_label *l)
{
    assert_int_equal(l->state, LABEL_STATE_STACK);
    return l->stack.label[0];
}

void assert_gateway(const struct rib_nexthop *nh, uint32_t vrf, const char *gateway, bool needs_lsp)
{
    struct ip_addr a = addr(gateway);

    assert_int_equal(nh->vrf, vrf);
    assert_true(ip_addr_equal(&nh->gateway, &a));
    assert_int_equal(nh->needs_lsp, needs_lsp);
}

void chain_check_forward(struct chain *n)
{
    const struct fake_route *vpn = router_route(n->r[L2PE1], CUST_X, "192.168.2.0/24");
    const struct fake_route *transport = router_route(n->r[L2PE1], 0, "10.2.0.9/32");
    const struct fake_label *l;

    assert_non_null(vpn);
    assert_int_equal(vpn->source, RIB_SOURCE_BGP);
    assert_int_equal(vpn->distance, n->plan.site_as[0] == n->plan.site_as[1] ? 200 : 20);
    assert_gateway(&vpn->nexthop, 0, "10.2.0.9", true);
    l = router_label(n->r[L2PE2], RIB_LABEL_VPN_INSTANCE, CUST_X, NULL);
    assert_int_equal(l->op, RIB_LABEL_POP_LOOKUP);
    assert_int_equal(l->lookup_vrf, CUST_X);
    assert_int_equal(top_label(&vpn->label), l->in_label);

    assert_non_null(transport);
    assert_int_equal(transport->source, RIB_SOURCE_BGP_LABELED);
    assert_gateway(&transport->nexthop, 0, "10.2.0.3", true);
    l = router_label(n->r[L1CE1], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32");
    assert_non_null(l);
    assert_int_equal(top_label(&transport->label), l->in_label);

    assert_int_equal(l->op, RIB_LABEL_SWAP); /* l1ce1 -> l1pe1 */
    assert_gateway(&l->nexthop, 0, "10.9.3.2", true);
    assert_int_equal(top_label(&l->label),
                     router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32")->in_label);

    l = router_label(n->r[L1PE1], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32"); /* l1pe1 -> l1pe2 */
    assert_int_equal(l->op, RIB_LABEL_SWAP);
    assert_gateway(&l->nexthop, 0, "10.1.0.6", true);
    assert_int_equal(top_label(&l->label),
                     router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32")->in_label);

    l = router_label(n->r[L1PE2], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32"); /* l1pe2 -> l1ce2 */
    assert_int_equal(l->op, RIB_LABEL_SWAP);
    assert_gateway(&l->nexthop, CARRIER_A, "10.9.6.1", true);
    assert_int_equal(top_label(&l->label),
                     router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")->in_label);

    l = router_label(n->r[L1CE2], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32"); /* stitched to LDP */
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC);
}
