/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies between the tables of an instance: what is copied, what is not, who tells ribd, and that nothing is left when
 * routes, neighbours, settings and instances come and go in any order.
 */
#include "tests/unit/bgpd/cm.h"

#include "bgpd/rib/best.h"
#include "tests/unit/bgpd/hand.h"

enum { CARRIER = 101, OTHER = 102 };

static struct bgp_path *best(struct bgp_vrf *v, enum bgp_family f, const char *prefix)
{
    return best_path(NULL, v, f, NULL, prefix);
}

static size_t count_routes(const struct router *r, uint32_t vrf, const char *prefix)
{
    struct prefix p = pfx(prefix);
    size_t n = 0;

    for (size_t i = 0; i < r->n_routes; i++)
        n += r->routes[i].vrf == vrf && prefix_equal(&r->routes[i].prefix, &p);
    return n;
}

static size_t count_dests(const struct bgp_vrf *v)
{
    size_t n = 0;

    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        n += HASH_COUNT(v->table[f].dests);
    return n;
}

static struct bgp_peer_config both(const char *address, uint32_t as)
{
    struct bgp_peer_config c = peer_config(address, as, BGP_IPV4_UNICAST);

    c.family[BGP_IPV4_LABELED].is_enabled = true;
    return c;
}

static void configure_public(struct router *r, bool unicast_takes, bool labeled_takes, uint32_t labeled_sources)
{
    struct bgp_vrf_config c = {.name = "", .has_import_table = {unicast_takes, labeled_takes, false}};

    c.redistribute[BGP_IPV4_LABELED] = labeled_sources;
    bgp_vrf_configure(r->rib, &c);
    router_run(r);
}

/* --- the public instance --- */

static void test_copy__labeled_routes_reach_unicast_neighbors(void **state)
{
    struct router *r = router_create(200, "10.2.0.3");
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.9.3.2", 100, BGP_IPV4_LABELED), 1);
    struct bgp_rib_peer *inside = join(r, pub(r), peer_config("10.2.0.1", 200, BGP_IPV4_UNICAST), 2);
    struct say s = say("10.2.0.9/32", "10.9.3.2", 1, 100u);
    struct heard h;

    (void)state;
    configure_public(r, true, false, 0);
    tell(r, pe, BGP_IPV4_LABELED, &s, false);
    assert_int_equal(best(pub(r), BGP_IPV4_UNICAST, "10.2.0.9/32")->kind, BGP_PATH_COPIED);
    h = hear(r, inside);
    assert_int_equal(h.n_announced, 1);
    assert_true(next_hop_is(&h, "10.9.3.2")); /* as any route of an external neighbour */
    assert_string_equal(h.path, "100");
    /* ribd has it once, from the table with labels. */
    assert_int_equal(count_routes(r, 0, "10.2.0.9/32"), 1);
    assert_int_equal(router_route(r, 0, "10.2.0.9/32")->source, RIB_SOURCE_BGP_LABELED);
    tell(r, pe, BGP_IPV4_LABELED, &s, true);
    h = hear(r, inside);
    assert_int_equal(h.n_withdrawn, 1);
    assert_int_equal(count_dests(pub(r)), 0);
    router_destroy(r);
}

static void test_copy__unicast_routes_get_labels(void **state)
{
    struct router *r = router_create(200, "10.2.0.3");
    struct bgp_rib_peer *plain = join(r, pub(r), peer_config("10.2.0.5", 200, BGP_IPV4_UNICAST), 1);
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.9.3.2", 100, BGP_IPV4_LABELED), 2);
    struct say s = say("10.2.0.9/32", "10.2.0.5", 0);
    const struct fake_label *l;
    struct heard h;

    (void)state;
    configure_public(r, false, true, 0);
    tell(r, plain, BGP_IPV4_UNICAST, &s, false);
    l = router_label(r, RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32");
    assert_non_null(l);
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC); /* the next hop gave no label: whatever path leads there */
    h = hear(r, pe);
    assert_int_equal(h.nlri.label, l->in_label);
    assert_true(next_hop_is(&h, "10.0.0.100"));
    assert_int_equal(router_route(r, 0, "10.2.0.9/32")->source, RIB_SOURCE_BGP);
    assert_int_equal(count_routes(r, 0, "10.2.0.9/32"), 1);
    bgp_rib_label_result(l->slot, BGP_LABEL_UNUSABLE, true, "no label-switched path");
    h = hear(r, pe);
    assert_int_equal(h.n_withdrawn, 1);
    router_destroy(r);
}

static void test_copy__never_goes_back(void **state)
{
    struct router *r = router_create(200, "10.2.0.3");
    struct bgp_rib_peer *pe = join(r, pub(r), both("10.9.3.2", 100), 1);
    struct say s = say("10.2.0.9/32", "10.9.3.2", 1, 100u);

    (void)state;
    configure_public(r, true, true, 0);
    tell(r, pe, BGP_IPV4_LABELED, &s, false);
    assert_int_equal(pub(r)->table[BGP_IPV4_LABELED].n_paths, 1);
    assert_int_equal(pub(r)->table[BGP_IPV4_UNICAST].n_paths, 1);
    /* Nor is it told to the neighbour that brought it, in the other family. */
    assert_int_equal(hear(r, pe).n_announced, 0);
    tell(r, pe, BGP_IPV4_UNICAST, &s, false);
    assert_int_equal(pub(r)->table[BGP_IPV4_LABELED].n_paths, 2);
    assert_int_equal(best(pub(r), BGP_IPV4_LABELED, "10.2.0.9/32")->kind, BGP_PATH_PEER);
    assert_int_equal(best(pub(r), BGP_IPV4_UNICAST, "10.2.0.9/32")->kind, BGP_PATH_PEER);
    assert_int_equal(hear(r, pe).n_announced, 0);
    router_destroy(r);
}

static void test_copy__internal_routes_need_a_reflector(void **state)
{
    struct router *r = router_create(200, "10.2.0.3");
    struct bgp_rib_peer *a = join(r, pub(r), peer_config("10.2.0.1", 200, BGP_IPV4_LABELED), 1);
    struct bgp_peer_config c = peer_config("10.2.0.2", 200, BGP_IPV4_UNICAST);
    struct bgp_rib_peer *b = join(r, pub(r), c, 2);
    struct say s = say("10.2.0.9/32", "10.2.0.1", 0);
    struct heard h;

    (void)state;
    configure_public(r, true, false, 0);
    tell(r, a, BGP_IPV4_LABELED, &s, false);
    assert_int_equal(hear(r, b).n_announced, 0);
    c.family[BGP_IPV4_UNICAST].is_reflector_client = true;
    bgp_rib_peer_configure(b, &c);
    h = hear(r, b);
    assert_int_equal(h.n_announced, 1);
    assert_int_equal(h.a.originator_id, 1);
    assert_int_equal(h.a.cluster_list.len, 4);
    router_destroy(r);
}

/* --- both tables have routes of their own --- */

static void test_copy__tables_decide_alike(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_rib_peer *u = join(r, pub(r), both("10.9.3.1", 200), 1);
    struct bgp_rib_peer *l = join(r, pub(r), both("10.9.3.3", 300), 2);
    struct say via_u = say("10.2.0.9/32", "10.9.3.1", 2, 200u, 201u), via_l = say("10.2.0.9/32", "10.9.3.3", 1, 300u);
    struct bgp_path *p;

    (void)state;
    configure_public(r, true, true, 0);
    tell(r, u, BGP_IPV4_UNICAST, &via_u, false);
    assert_int_equal(router_route(r, 0, "10.2.0.9/32")->source, RIB_SOURCE_BGP);
    tell(r, l, BGP_IPV4_LABELED, &via_l, false); /* shorter path */
    p = best(pub(r), BGP_IPV4_UNICAST, "10.2.0.9/32");
    assert_int_equal(p->kind, BGP_PATH_COPIED);
    assert_ptr_equal(bgp_path_peer(p), l);
    assert_ptr_equal(best(pub(r), BGP_IPV4_LABELED, "10.2.0.9/32")->peer, l);
    assert_int_equal(count_routes(r, 0, "10.2.0.9/32"), 1);
    assert_int_equal(router_route(r, 0, "10.2.0.9/32")->source, RIB_SOURCE_BGP_LABELED);
    router_set_nexthop(r, "10.9.3.3", false, "gone");
    router_run(r);
    assert_ptr_equal(bgp_path_peer(best(pub(r), BGP_IPV4_LABELED, "10.2.0.9/32")), u);
    assert_int_equal(count_routes(r, 0, "10.2.0.9/32"), 1);
    assert_int_equal(router_route(r, 0, "10.2.0.9/32")->source, RIB_SOURCE_BGP);
    router_set_nexthop(r, "10.9.3.3", true, "");
    router_run(r);
    assert_ptr_equal(bgp_path_peer(best(pub(r), BGP_IPV4_UNICAST, "10.2.0.9/32")), l);
    router_destroy(r);
}

/* Higher metric to the next hop: the copy follows although nothing else has changed. */
static void test_copy__follows_the_metric(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_rib_peer *u = join(r, pub(r), both("10.9.3.1", 100), 2);
    struct bgp_rib_peer *l = join(r, pub(r), both("10.9.3.3", 100), 1);
    struct say via_u = say("10.2.0.9/32", "10.9.3.1", 0), via_l = say("10.2.0.9/32", "10.9.3.3", 0);

    (void)state;
    configure_public(r, true, true, 0);
    tell(r, u, BGP_IPV4_UNICAST, &via_u, false);
    tell(r, l, BGP_IPV4_LABELED, &via_l, false);
    assert_ptr_equal(bgp_path_peer(best(pub(r), BGP_IPV4_UNICAST, "10.2.0.9/32")), l);
    for (size_t i = 0; i < r->n_watched; i++)
        if (ip_addr_to_v4(&r->watched[i]->key.address) == 0x0a090303)
            router_nexthop(r, r->watched[i], "", RIB_SOURCE_OSPF, 99);
    router_run(r);
    assert_ptr_equal(bgp_path_peer(best(pub(r), BGP_IPV4_UNICAST, "10.2.0.9/32")), u);
    assert_ptr_equal(bgp_path_peer(best(pub(r), BGP_IPV4_LABELED, "10.2.0.9/32")), u);
    assert_int_equal(count_routes(r, 0, "10.2.0.9/32"), 1);
    router_destroy(r);
}

/* MED orders routes in no line, so each table may prefer what the other has: it comes to rest, and ribd has a route. */
static void test_copy__comes_to_rest_whatever_med_says(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_rib_peer *p1 = join(r, pub(r), both("10.9.3.1", 200), 1);
    struct bgp_rib_peer *p2 = join(r, pub(r), both("10.9.3.2", 300), 2);
    struct bgp_rib_peer *p3 = join(r, pub(r), both("10.9.3.3", 200), 3);

    (void)state;
    configure_public(r, true, true, 0);
    for (unsigned round = 0; round < 3 * 3 * 3 * 8; round++) {
        struct bgp_rib_peer *peers[] = {p1, p2, p3};
        unsigned med = round;

        for (size_t i = 0; i < 3; i++, med /= 3) {
            struct say s = say("10.2.0.9/32",
                               i == 0   ? "10.9.3.1"
                               : i == 1 ? "10.9.3.2"
                                        : "10.9.3.3",
                               1, i == 1 ? 300u : 200u);
            enum bgp_family f = round / 27 & 1u << i ? BGP_IPV4_UNICAST : BGP_IPV4_LABELED;

            s.a.has_med = true;
            s.a.med = med % 3;
            tell(r, peers[i], f == BGP_IPV4_UNICAST ? BGP_IPV4_LABELED : BGP_IPV4_UNICAST, &s, true);
            tell(r, peers[i], f, &s, false);
            assert_true(count_routes(r, 0, "10.2.0.9/32") > 0);
        }
    }
    router_destroy(r);
}

/* --- VPN instances --- */

static void test_copy__imported_routes_get_labels_and_local_ones_are_exported(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_vrf *v = router_vrf(r, "carrierA", CARRIER, "100:1", "100:1", true);
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), 1);
    struct bgp_rib_peer *ce = join(r, v, peer_config("10.9.3.1", 200, BGP_IPV4_LABELED), 2);
    struct say far = say("10.2.0.9/32", "10.1.0.6", 1, 200u), near = say("10.2.0.1/32", "10.9.3.1", 1, 200u);
    ext_community_t t = rt("100:1");
    uint8_t ext[8];
    struct heard h;

    (void)state;
    for (size_t i = 0; i < 8; i++)
        ext[i] = (uint8_t)(t >> (56 - 8 * i));
    far.rd = rd("100:1");
    far.a.ext_communities = (struct bgp_bytes){ext, 8};
    tell(r, pe, BGP_IPV4_VPN, &far, false);
    assert_int_equal(best(v, BGP_IPV4_UNICAST, "10.2.0.9/32")->kind, BGP_PATH_IMPORTED);
    assert_int_equal(best(v, BGP_IPV4_LABELED, "10.2.0.9/32")->kind, BGP_PATH_COPIED);
    h = hear(r, ce);
    assert_int_equal(h.nlri.label, router_label(r, RIB_LABEL_BGP_LABELED, CARRIER, "10.2.0.9/32")->in_label);
    assert_int_equal(h.a.ext_communities.len, 0);
    tell(r, ce, BGP_IPV4_LABELED, &near, false);
    assert_int_equal(best(v, BGP_IPV4_UNICAST, "10.2.0.1/32")->kind, BGP_PATH_COPIED);
    h = hear(r, pe);
    assert_int_equal(h.n_announced, 1);
    assert_int_equal(h.nlri.label, router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.0.1/32")->in_label);
    /* Imported routes are not exported again, copied or not. */
    assert_null(best_path(r, pub(r), BGP_IPV4_VPN, "100:1", "10.2.0.9/32")->from);
    router_destroy(r);
}

/* A carrier's OSPF or static route has packets with labels: stitched to LDP, never looked up; a customer's is looked
 * up. */
static void test_copy__redistributed_route_of_a_carrier_follows_its_path(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_vrf *v = router_vrf(r, "carrierA", CARRIER, "100:1", "100:1", true);
    const struct fake_label *l;

    (void)state;
    router_vrf(r, "custX", OTHER, "100:2", "100:2", false);
    join(r, pub(r), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), 1);
    router_redistribute(r, CARRIER, "10.2.0.1/32", RIB_SOURCE_STATIC, "10.9.3.1");
    router_redistribute(r, CARRIER, "10.9.3.0/24", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r, OTHER, "10.2.0.1/32", RIB_SOURCE_STATIC, "10.9.3.1");
    router_run(r);
    l = router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.0.1/32");
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC);
    assert_int_equal(router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.9.3.0/24")->op, RIB_LABEL_POP_LOOKUP);
    assert_int_equal(router_label(r, RIB_LABEL_VPN_INSTANCE, OTHER, NULL)->op, RIB_LABEL_POP_LOOKUP);
    assert_non_null(best_path(r, pub(r), BGP_IPV4_VPN, "100:1", "10.2.0.1/32"));
    bgp_rib_label_result(l->slot, BGP_LABEL_UNUSABLE, true, "no label-switched path");
    router_run(r);
    assert_null(best_path(r, pub(r), BGP_IPV4_VPN, "100:1", "10.2.0.1/32"));
    assert_int_equal(best(v, BGP_IPV4_LABELED, "10.2.0.1/32")->kind, BGP_PATH_COPIED);
    router_destroy(r);
}

/* Two sites at one PE, in two instances that import each other. */
static void test_copy__goes_from_instance_to_instance(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_vrf *a = router_vrf(r, "a", CARRIER, "100:1", "100:9", true);
    struct bgp_vrf *b = router_vrf(r, "b", OTHER, "100:2", "100:9", true);
    struct bgp_rib_peer *ce_a = join(r, a, peer_config("10.9.3.1", 200, BGP_IPV4_LABELED), 1);
    struct bgp_rib_peer *ce_b = join(r, b, peer_config("10.9.4.1", 200, BGP_IPV4_LABELED), 2);
    struct say s = say("10.2.0.9/32", "10.9.3.1", 1, 200u);
    const struct fake_label *l;
    struct heard h;

    (void)state;
    tell(r, ce_a, BGP_IPV4_LABELED, &s, false);
    router_redistribute(r, CARRIER, "10.9.3.0/24", RIB_SOURCE_CONNECTED, NULL);
    h = hear(r, ce_b);
    assert_int_equal(h.n_announced, 2);
    l = router_label(r, RIB_LABEL_BGP_LABELED, OTHER, "10.2.0.9/32");
    assert_int_equal(l->op, RIB_LABEL_SWAP);
    assert_int_equal(l->nexthop.vrf, CARRIER);
    assert_int_equal(l->label.stack.label[0], 500);
    l = router_label(r, RIB_LABEL_BGP_LABELED, OTHER, "10.9.3.0/24");
    assert_int_equal(l->op, RIB_LABEL_POP_LOOKUP);
    assert_int_equal(l->lookup_vrf, CARRIER);
    tell(r, ce_a, BGP_IPV4_LABELED, &s, true);
    assert_int_equal(hear(r, ce_b).n_withdrawn, 1);
    bgp_vrf_set_ready(a, 0, false);
    router_run(r);
    assert_int_equal(hear(r, ce_b).n_withdrawn, 1);
    assert_int_equal(count_dests(b), 0);
    router_destroy(r);
}

/* --- settings at run time --- */

/* The same, but one site speaks LDP: no packet with a label beneath may end in a look-up there. */
static void test_copy__goes_from_instance_to_instance_over_ldp(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_vrf *a = router_vrf(r, "a", CARRIER, "100:1", "100:9", true);
    struct bgp_vrf *b = router_vrf(r, "b", OTHER, "100:2", "100:9", true);
    struct bgp_rib_peer *ce_b = join(r, b, peer_config("10.9.4.1", 200, BGP_IPV4_LABELED), 2);
    const struct fake_route *route;
    const struct fake_label *l;

    (void)state;
    router_redistribute(r, CARRIER, "10.2.0.9/32", RIB_SOURCE_STATIC, "10.9.3.1");
    router_redistribute(r, CARRIER, "10.2.8.0/24", RIB_SOURCE_STATIC, "10.9.3.1");
    assert_int_equal(hear(r, ce_b).n_announced, 2);
    l = router_label(r, RIB_LABEL_BGP_LABELED, OTHER, "10.2.0.9/32");
    assert_int_equal(l->op, RIB_LABEL_SWAP);
    assert_int_equal(l->label.state, LABEL_STATE_IMPLICIT_NULL);
    assert_int_equal(l->nexthop.vrf, CARRIER);
    assert_int_equal(ip_addr_to_v4(&l->nexthop.gateway), 0x0a020009);
    assert_true(l->nexthop.needs_lsp);
    route = router_route(r, OTHER, "10.2.0.9/32"); /* LDP in this instance gives a label for it, too */
    assert_int_equal(route->label.state, LABEL_STATE_IMPLICIT_NULL);
    assert_true(route->nexthop.needs_lsp);
    assert_int_equal(router_route(r, OTHER, "10.2.8.0/24")->label.state, LABEL_STATE_NONE);
    assert_int_equal(router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.0.9/32")->op, RIB_LABEL_FOLLOW_FEC);
    bgp_vrf_set_ready(a, 0, false);
    router_run(r);
    assert_int_equal(hear(r, ce_b).n_withdrawn, 2);
    router_destroy(r);
}

static void test_copy__setting_comes_and_goes(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), 1);
    struct bgp_vrf *v = router_vrf(r, "carrierA", CARRIER, "100:1", "100:1", true);
    struct bgp_rib_peer *ce = join(r, v, peer_config("10.9.3.1", 200, BGP_IPV4_LABELED), 2);
    struct say s = say("10.2.0.1/32", "10.9.3.1", 1, 200u);
    struct bgp_vrf_config c;

    (void)state;
    tell(r, ce, BGP_IPV4_LABELED, &s, false);
    assert_int_equal(hear(r, pe).n_announced, 1);
    for (int i = 0; i < 5; i++) {
        c = v->cfg;
        c.has_import_table[BGP_IPV4_UNICAST] = false;
        bgp_vrf_configure(r->rib, &c);
        assert_int_equal(hear(r, pe).n_withdrawn, 1);
        assert_int_equal(HASH_COUNT(v->table[BGP_IPV4_UNICAST].dests), 0);
        assert_null(router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.0.1/32"));
        c = v->cfg;
        c.has_import_table[BGP_IPV4_UNICAST] = true;
        bgp_vrf_configure(r->rib, &c);
        assert_int_equal(hear(r, pe).n_announced, 1);
    }
    tell(r, ce, BGP_IPV4_LABELED, &s, true);
    hear(r, pe);
    assert_int_equal(count_dests(v) + count_dests(pub(r)), 0);
    assert_int_equal(r->n_labels, 0);
    router_destroy(r);
}

static void test_copy__label_mode_changes(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), 1);
    struct bgp_vrf *v = router_vrf(r, "custX", CARRIER, "100:1", "100:1", false);
    struct bgp_vrf_config c;
    struct heard h;

    (void)state;
    router_redistribute(r, CARRIER, "10.2.0.1/32", RIB_SOURCE_STATIC, "10.9.3.1");
    h = hear(r, pe);
    assert_int_equal(h.nlri.label, router_label(r, RIB_LABEL_VPN_INSTANCE, CARRIER, NULL)->in_label);
    for (int i = 0; i < 5; i++) {
        c = v->cfg;
        c.is_label_per_route = true;
        bgp_vrf_configure(r->rib, &c);
        h = hear(r, pe);
        assert_int_equal(h.n_announced, 1);
        assert_int_equal(h.nlri.label, router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.0.1/32")->in_label);
        c = v->cfg;
        c.is_label_per_route = false;
        bgp_vrf_configure(r->rib, &c);
        h = hear(r, pe);
        assert_int_equal(h.n_announced, 1);
        assert_int_equal(h.nlri.label, router_label(r, RIB_LABEL_VPN_INSTANCE, CARRIER, NULL)->in_label);
        assert_null(router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.0.1/32")); /* given back after that message */
    }
    router_destroy(r);
}

/* --- anything in any order --- */

struct storm {
    struct router *r;
    uint64_t seed;
    struct bgp_vrf *v[3]; /* public, two carriers that import each other */
    struct bgp_rib_peer *p[7];
    bool is_ready[3];
};

static unsigned dice(struct storm *s, unsigned n)
{
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(s->seed >> 33) % n;
}

static void configure(struct storm *s, struct bgp_vrf *v, bool unicast_takes, bool labeled_takes, bool per_route)
{
    struct bgp_vrf_config c = v->cfg;

    c.has_import_table[BGP_IPV4_UNICAST] = unicast_takes;
    c.has_import_table[BGP_IPV4_LABELED] = labeled_takes;
    c.is_label_per_route = per_route;
    c.redistribute[BGP_IPV4_LABELED] = c.redistribute[BGP_IPV4_UNICAST] = 1u << RIB_SOURCE_OSPF;
    bgp_vrf_configure(s->r->rib, &c);
}

static void storm_tell(struct storm *s)
{
    static const char *const prefixes[] = {"10.2.0.1/32", "10.2.0.2/32", "10.2.0.0/16"};
    static const char *const ways[] = {"10.9.1.1", "10.9.1.2", "10.9.1.3", "10.9.1.4"};
    struct bgp_rib_peer *p = s->p[dice(s, 7)];
    struct say x = say(prefixes[dice(s, 3)], ways[dice(s, 4)], 1, 300u + dice(s, 3));
    enum bgp_family f = p == s->p[6] ? BGP_IPV4_VPN : dice(s, 2) ? BGP_IPV4_LABELED : BGP_IPV4_UNICAST;
    ext_community_t t = rt("100:9");
    uint8_t ext[8];

    for (size_t i = 0; i < 8; i++)
        ext[i] = (uint8_t)(t >> (56 - 8 * i));
    x.rd = f == BGP_IPV4_VPN ? rd("100:7") : 0;
    x.label = 500 + dice(s, 3);
    x.a.has_med = dice(s, 2);
    x.a.med = dice(s, 3);
    if (f == BGP_IPV4_VPN)
        x.a.ext_communities = (struct bgp_bytes){ext, 8};
    if (p->is_up)
        tell(s->r, p, f, &x, dice(s, 3) == 0);
}

static struct bgp_vrf *storm_instance(struct storm *s, size_t i)
{
    static const char *const names[] = {"", "a", "b"}, *const rds[] = {"", "100:1", "100:2"};

    return router_vrf(s->r, names[i], i == 1 ? CARRIER : OTHER, rds[i], "100:9", true);
}

static void storm_join(struct storm *s, size_t i)
{
    static const char *const names[] = {"10.9.2.1", "10.9.2.2", "10.9.2.3", "10.9.2.4", "10.9.2.5", "10.9.2.6"};

    s->p[i] = join(s->r, s->v[i / 2], both(names[i], i % 2 ? 100 : 200), (uint32_t)i + 1);
}

/* An instance goes with its neighbours, and comes back. */
static void storm_replace(struct storm *s, size_t i)
{
    bgp_rib_peer_destroy(s->p[2 * i]);
    bgp_rib_peer_destroy(s->p[2 * i + 1]);
    if (dice(s, 2))
        router_run(s->r);
    bgp_vrf_remove(s->v[i]);
    if (dice(s, 2))
        router_run(s->r);
    s->v[i] = storm_instance(s, i);
    s->is_ready[i] = true;
    storm_join(s, 2 * i);
    storm_join(s, 2 * i + 1);
}

static void storm_replay(struct storm *s)
{
    s->r->n_routes = s->r->n_watched = 0; /* ribd has forgotten all */
    bgp_rib_replay(s->r->rib);
    for (size_t i = 0; i < s->r->n_watched; i++)
        s->r->watched[i]->watch = 0;
    router_run(s->r);
    bgp_rib_redistribute_complete(s->r->rib, dice(s, 2) ? CARRIER : OTHER);
}

static void storm_step(struct storm *s)
{
    static const uint32_t ids[] = {0, CARRIER, OTHER};
    unsigned i = dice(s, 3);
    struct bgp_rib_peer *p;
    struct bgp_peer_info info;

    switch (dice(s, 14)) {
    case 0:
        configure(s, s->v[i], dice(s, 2), dice(s, 2), dice(s, 2));
        break;
    case 1:
        if (i) {
            s->is_ready[i] = !s->is_ready[i];
            bgp_vrf_set_ready(s->v[i], ids[i], s->is_ready[i]);
        }
        break;
    case 2:
        p = s->p[dice(s, 7)];
        info = p->info;
        if (p->is_up)
            bgp_rib_peer_down(p);
        else
            bgp_rib_peer_up(p, &info);
        break;
    case 3:
        if (s->is_ready[i])
            router_redistribute(s->r, ids[i], "10.2.0.1/32", RIB_SOURCE_OSPF, "10.9.1.7");
        break;
    case 4:
        bgp_rib_redistribute_gone(s->r->rib, ids[i], &(struct prefix){.addr = addr("10.2.0.1"), .len = 32});
        break;
    case 5:
        router_set_nexthop(s->r, dice(s, 2) ? "10.9.1.1" : "10.9.1.3", dice(s, 2), "gone");
        break;
    case 6:
        if (s->r->n_labels)
            bgp_rib_label_result(s->r->labels[dice(s, (unsigned)s->r->n_labels)].slot,
                                 dice(s, 2) ? BGP_LABEL_UNUSABLE : BGP_LABEL_INSTALLED, true, "so");
        break;
    case 7:
        if (i)
            storm_replace(s, i);
        break;
    case 8:
        storm_replay(s);
        break;
    default:
        storm_tell(s);
    }
    for (size_t k = 0; k < 7; k++)
        if (dice(s, 2))
            hear(s->r, s->p[k]);
}

/* Every copy is one of a best own path, and what has a usable route has one in ribd. */
static void check_table(const struct storm *s, const struct bgp_table *t, uint32_t vrf)
{
    for (const struct bgp_dest *d = t->dests; d; d = d->hh.next) {
        const struct bgp_path *p;
        char text[PREFIX_TEXT_MAX];

        LIST_FOREACH (p, &d->paths, in_dest)
            if (p->kind == BGP_PATH_COPIED) {
                assert_true(t->vrf->cfg.has_import_table[t->family] && t->vrf->is_ready);
                assert_ptr_equal(p->from->copy, p);
                assert_non_null(p->from->own);
                assert_int_not_equal(p->from->own->kind, BGP_PATH_COPIED);
            }
        if (d->best && t->vrf->is_ready && bgp_path_root(d->best)->kind == BGP_PATH_PEER)
            assert_true(count_routes(s->r, vrf, prefix_text(&d->key.prefix, text, sizeof(text))) > 0);
    }
}

static void storm_check(const struct storm *s)
{
    static const uint32_t ids[] = {0, CARRIER, OTHER};

    router_run(s->r);
    for (size_t i = 0; i < 3; i++)
        for (enum bgp_family f = BGP_IPV4_UNICAST; f <= BGP_IPV4_LABELED; f++)
            check_table(s, &s->v[i]->table[f], ids[i]);
}

static void storm_create(struct storm *s, uint64_t seed)
{
    *s = (struct storm){.r = router_create(100, "10.1.0.4"), .seed = seed, .is_ready = {true, true, true}};
    s->v[0] = pub(s->r);
    s->v[1] = storm_instance(s, 1);
    s->v[2] = storm_instance(s, 2);
    for (size_t i = 0; i < 6; i++)
        storm_join(s, i);
    s->p[6] = join(s->r, s->v[0], peer_config("10.1.0.6", 100, BGP_IPV4_VPN), 9);
    for (size_t i = 0; i < 3; i++)
        configure(s, s->v[i], true, true, true);
}

static void storm_destroy(struct storm *s)
{
    for (size_t i = 0; i < 7; i++)
        bgp_rib_peer_destroy(s->p[i]);
    for (unsigned i = 0; i < 3; i++)
        bgp_rib_redistribute_gone(s->r->rib, i ? CARRIER + i - 1 : 0,
                                  &(struct prefix){.addr = addr("10.2.0.1"), .len = 32});
    router_run(s->r);
    assert_int_equal(s->r->rib->mem_path.count, 0);
    assert_int_equal(s->r->rib->mem_dest.count, 0);
    assert_int_equal(s->r->n_labels, 0);
    assert_int_equal(s->r->n_routes, 0);
    assert_int_equal(s->r->n_watched, 0);
    router_destroy(s->r);
}

static void test_copy__storm_leaves_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct storm s;

        storm_create(&s, seed);
        for (int i = 0; i < 150; i++) {
            storm_step(&s);
            storm_check(&s);
        }
        storm_destroy(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy__labeled_routes_reach_unicast_neighbors),
        cmocka_unit_test(test_copy__unicast_routes_get_labels),
        cmocka_unit_test(test_copy__never_goes_back),
        cmocka_unit_test(test_copy__internal_routes_need_a_reflector),
        cmocka_unit_test(test_copy__tables_decide_alike),
        cmocka_unit_test(test_copy__follows_the_metric),
        cmocka_unit_test(test_copy__comes_to_rest_whatever_med_says),
        cmocka_unit_test(test_copy__imported_routes_get_labels_and_local_ones_are_exported),
        cmocka_unit_test(test_copy__redistributed_route_of_a_carrier_follows_its_path),
        cmocka_unit_test(test_copy__goes_from_instance_to_instance),
        cmocka_unit_test(test_copy__goes_from_instance_to_instance_over_ldp),
        cmocka_unit_test(test_copy__setting_comes_and_goes),
        cmocka_unit_test(test_copy__label_mode_changes),
        cmocka_unit_test(test_copy__storm_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
