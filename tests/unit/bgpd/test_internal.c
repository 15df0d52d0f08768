/* SPDX-License-Identifier: Apache-2.0
 *
 * Carrier and customer carrier in one AS: labelled IBGP inside the instances. No AS path shows a loop, so the
 * originator and the list of clusters must; and nothing a site has withdrawn may go on living in a circle.
 */
#include "tests/unit/bgpd/cm.h"

#include "tests/unit/bgpd/chain.h"

static const struct chain_plan one_as = {100, {100, 100}, false};

static uint32_t quad(const char *text)
{
    struct ip_addr a = addr(text);

    return ip_addr_to_v4(&a);
}

static uint32_t cluster_at(const struct bgp_attrs *a, size_t i)
{
    const uint8_t *c = a->cluster_list.data + 4 * i;

    return (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3];
}

static void test_internal__chain_forwards(void **state)
{
    struct chain *n = chain_create(one_as);
    const struct bgp_path *p;

    (void)state;
    chain_check_forward(n);
    p = best_path(n->r[L2PE1], pub(n->r[L2PE1]), BGP_IPV4_LABELED, NULL, "10.2.0.9/32");
    assert_int_equal(p->attrs->as_path_len, 0);
    assert_int_equal(p->attrs->a.originator_id, quad("10.2.0.7"));
    assert_int_equal(p->attrs->a.cluster_list.len, 12); /* every cluster on the way, the nearest first */
    assert_int_equal(cluster_at(&p->attrs->a, 0), quad("10.2.0.3"));
    assert_int_equal(cluster_at(&p->attrs->a, 1), quad("10.1.0.4"));
    assert_int_equal(cluster_at(&p->attrs->a, 2), quad("10.1.0.6"));
    chain_destroy(n);
}

static void test_internal__chain_withdraws_and_comes_back(void **state)
{
    struct chain *n = chain_create(one_as);
    struct prefix p = pfx("10.2.0.9/32");

    (void)state;
    for (int i = 0; i < 3; i++) {
        bgp_rib_redistribute_gone(n->r[L1CE2]->rib, 0, &p);
        chain_run(n);
        for (size_t k = 0; k < ROUTERS; k++) {
            assert_null(router_label(n->r[k], RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32"));
            assert_null(router_label(n->r[k], RIB_LABEL_BGP_LABELED, CARRIER_A, "10.2.0.9/32"));
            assert_null(router_label(n->r[k], RIB_LABEL_VPN_ROUTE, CARRIER_A, "10.2.0.9/32"));
        }
        assert_null(router_route(n->r[L2PE1], 0, "10.2.0.9/32"));
        router_redistribute(n->r[L1CE2], 0, "10.2.0.9/32", RIB_SOURCE_OSPF, "10.9.7.2");
        chain_run(n);
        chain_check_forward(n);
    }
    chain_destroy(n);
}

/* --- a site with two customer edges, each at a provider edge of its own --- */

enum { L2PE, CE_A, CE_B, PE_A, PE_B, PAIR_ROUTERS };
enum { IN_A, IN_B, UP_A, UP_B, BACKBONE, BETWEEN, PAIR_CABLES };

struct pair {
    struct router *r[PAIR_ROUTERS];
    struct bgp_vrf *v[2];
    struct cable c[PAIR_CABLES];
    size_t n_cables;
};

static struct bgp_peer_config inside(const char *address, bool is_reflecting)
{
    struct bgp_peer_config c = peer_config(address, 100, BGP_IPV4_LABELED);

    c.family[BGP_IPV4_LABELED].is_next_hop_self = c.family[BGP_IPV4_LABELED].is_reflector_client = is_reflecting;
    return c;
}

static struct bgp_peer_config of_site(const char *address, bool has_origin)
{
    struct bgp_peer_config c = inside(address, false);

    c.has_site_of_origin = has_origin;
    assert_int_equal(site_of_origin_parse("100:77", &c.site_of_origin), 0);
    return c;
}

static struct pair *pair_create(bool is_meshed, bool has_origin)
{
    struct pair *n = calloc(1, sizeof(*n));
    struct bgp_vrf_config c = {.name = ""};
    struct router **r = n->r;

    r[L2PE] = router_create(100, "10.2.0.1");
    r[CE_A] = router_create(100, "10.2.0.3");
    r[CE_B] = router_create(100, "10.2.0.4");
    r[PE_A] = router_create(100, "10.1.0.4");
    r[PE_B] = router_create(100, "10.1.0.6");
    n->v[0] = router_vrf(r[PE_A], "carrierA", CARRIER_A, "100:1", "100:1", true);
    n->v[1] = router_vrf(r[PE_B], "carrierA", CARRIER_A, "100:1", "100:1", true);
    c.redistribute[BGP_IPV4_LABELED] = 1u << RIB_SOURCE_CONNECTED;
    bgp_vrf_configure(r[L2PE]->rib, &c);
    n->c[IN_A] =
        cable_plug(r[L2PE], pub(r[L2PE]), inside("10.2.0.3", false), r[CE_A], pub(r[CE_A]), inside("10.2.0.1", true));
    n->c[IN_B] =
        cable_plug(r[L2PE], pub(r[L2PE]), inside("10.2.0.4", false), r[CE_B], pub(r[CE_B]), inside("10.2.0.1", true));
    n->c[UP_A] =
        cable_plug(r[CE_A], pub(r[CE_A]), inside("10.9.3.2", true), r[PE_A], n->v[0], of_site("10.9.3.1", has_origin));
    n->c[UP_B] =
        cable_plug(r[CE_B], pub(r[CE_B]), inside("10.9.6.2", true), r[PE_B], n->v[1], of_site("10.9.6.1", has_origin));
    n->c[BACKBONE] = cable_plug(r[PE_A], pub(r[PE_A]), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), r[PE_B],
                                pub(r[PE_B]), peer_config("10.1.0.4", 100, BGP_IPV4_VPN));
    n->n_cables = 5;
    if (is_meshed)
        n->c[n->n_cables++] = cable_plug(r[CE_A], pub(r[CE_A]), inside("10.2.0.4", true), r[CE_B], pub(r[CE_B]),
                                         inside("10.2.0.3", true));
    return n;
}

static void pair_run(struct pair *n)
{
    run_all(n->r, PAIR_ROUTERS, n->c, n->n_cables);
}

static void pair_destroy(struct pair *n)
{
    for (size_t i = 0; i < PAIR_ROUTERS; i++)
        router_destroy(n->r[i]);
    free(n);
}

static void expect_nothing_left(struct pair *n)
{
    for (size_t i = 0; i < PAIR_ROUTERS; i++) {
        assert_int_equal(n->r[i]->rib->mem_path.count, 0);
        assert_int_equal(n->r[i]->n_routes, 0);
        assert_int_equal(n->r[i]->n_labels, 0);
    }
}

static void test_internal__two_homed_site_has_no_ghosts(void **state)
{
    struct prefix p = pfx("10.2.0.1/32");

    (void)state;
    for (int is_meshed = 0; is_meshed < 2; is_meshed++) {
        struct pair *n = pair_create(is_meshed, false);

        for (int i = 0; i < 3; i++) {
            router_redistribute(n->r[L2PE], 0, "10.2.0.1/32", RIB_SOURCE_CONNECTED, NULL);
            pair_run(n);
            /* Each customer edge goes straight into its own site. */
            for (size_t ce = CE_A; ce <= CE_B; ce++)
                assert_gateway(&router_route(n->r[ce], 0, "10.2.0.1/32")->nexthop, 0, "10.2.0.1", true);
            assert_null(router_route(n->r[L2PE], 0, "10.2.0.1/32"));
            /* Whichever way the site is left: an access goes and comes while the route lives on. */
            bgp_rib_peer_down(n->c[IN_A].p[0]);
            bgp_rib_peer_down(n->c[IN_A].p[1]);
            pair_run(n);
            bgp_rib_redistribute_gone(n->r[L2PE]->rib, 0, &p);
            pair_run(n);
            expect_nothing_left(n);
            bgp_rib_peer_up(n->c[IN_A].p[0], &(struct bgp_peer_info){.router_id = quad("10.2.0.3"),
                                                                     .local_address = addr("10.2.0.1"),
                                                                     .is_as4 = true,
                                                                     .families = 2});
            bgp_rib_peer_up(n->c[IN_A].p[1], &(struct bgp_peer_info){.router_id = quad("10.2.0.1"),
                                                                     .local_address = addr("10.2.0.3"),
                                                                     .is_as4 = true,
                                                                     .families = 2});
            pair_run(n);
        }
        pair_destroy(n);
    }
}

static void test_internal__site_of_origin_keeps_routes_out(void **state)
{
    struct pair *n = pair_create(false, true);

    (void)state;
    bgp_rib_peer_down(n->c[IN_B].p[0]);
    bgp_rib_peer_down(n->c[IN_B].p[1]);
    router_redistribute(n->r[L2PE], 0, "10.2.0.1/32", RIB_SOURCE_CONNECTED, NULL);
    pair_run(n);
    assert_non_null(best_path(NULL, n->v[1], BGP_IPV4_LABELED, NULL, "10.2.0.1/32"));     /* the other edge knows it */
    assert_null(best_path(NULL, pub(n->r[CE_B]), BGP_IPV4_LABELED, NULL, "10.2.0.1/32")); /* the site is not told */
    pair_destroy(n);
    n = pair_create(false, false);
    bgp_rib_peer_down(n->c[IN_B].p[0]);
    bgp_rib_peer_down(n->c[IN_B].p[1]);
    router_redistribute(n->r[L2PE], 0, "10.2.0.1/32", RIB_SOURCE_CONNECTED, NULL);
    pair_run(n);
    assert_non_null(best_path(NULL, pub(n->r[CE_B]), BGP_IPV4_LABELED, NULL, "10.2.0.1/32"));
    pair_destroy(n);
}

/* One customer edge at two PEs, each nearer to the other than to the customer: each uses its own link. */
static void test_internal__two_homed_customer_edge(void **state)
{
    struct router *r[3] = {router_create(100, "10.1.0.4"), router_create(100, "10.1.0.6"),
                           router_create(100, "10.2.0.3")};
    struct bgp_vrf_config ce = {.name = ""};
    struct bgp_vrf *v[2];
    struct cable c[3];

    (void)state;
    for (size_t i = 0; i < 2; i++)
        v[i] = router_vrf(r[i], "carrierA", CARRIER_A, i ? "100:2" : "100:1", "100:1", true);
    ce.redistribute[BGP_IPV4_LABELED] = 1u << RIB_SOURCE_CONNECTED;
    bgp_vrf_configure(r[2]->rib, &ce);
    c[0] = cable_plug(r[0], pub(r[0]), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), r[1], pub(r[1]),
                      peer_config("10.1.0.4", 100, BGP_IPV4_VPN));
    c[1] = cable_plug(r[2], pub(r[2]), inside("10.9.3.2", false), r[0], v[0], inside("10.9.3.1", false));
    c[2] = cable_plug(r[2], pub(r[2]), inside("10.9.6.2", false), r[1], v[1], inside("10.9.6.1", false));
    router_redistribute(r[2], 0, "10.2.0.3/32", RIB_SOURCE_CONNECTED, NULL);
    run_all(r, 3, c, 3);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < r[i]->n_watched; k++)
            router_nexthop(r[i], r[i]->watched[k], "", RIB_SOURCE_OSPF, r[i]->watched[k]->key.vrf ? 50 : 10);
    run_all(r, 3, c, 3);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(best_path(NULL, v[i], BGP_IPV4_LABELED, NULL, "10.2.0.3/32")->kind, BGP_PATH_PEER);
        assert_int_equal(v[i]->table[BGP_IPV4_UNICAST].n_paths, 2); /* the other PE's is known, too */
    }
    for (size_t i = 0; i < 3; i++)
        router_destroy(r[i]);
}

/* A VPN route that has passed our cluster, or was a customer edge's of ours first, comes round. */
static void test_internal__own_cluster_is_refused(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), 1);
    struct bgp_vrf *v = router_vrf(r, "carrierA", CARRIER_A, "100:1", "100:1", true);
    struct bgp_rib_peer *ce = join(r, v, peer_config("10.9.3.1", 100, BGP_IPV4_LABELED), quad("10.2.0.3"));
    uint8_t clusters[] = {10, 1, 0, 6, 10, 1, 0, 4}, ext[8];
    struct say s = say("10.2.0.9/32", "10.1.0.6", 0);
    ext_community_t t = rt("100:1");

    (void)state;
    for (size_t i = 0; i < 8; i++)
        ext[i] = (uint8_t)(t >> (56 - 8 * i));
    s.rd = rd("100:1");
    s.a.ext_communities = (struct bgp_bytes){ext, 8};
    s.a.cluster_list = (struct bgp_bytes){clusters, 8};
    tell(r, pe, BGP_IPV4_VPN, &s, false);
    assert_null(best_path(r, v, BGP_IPV4_LABELED, NULL, "10.2.0.9/32"));
    s.a.cluster_list.len = 4;
    tell(r, pe, BGP_IPV4_VPN, &s, false);
    assert_non_null(best_path(r, v, BGP_IPV4_LABELED, NULL, "10.2.0.9/32"));
    assert_int_equal(hear(r, ce).n_announced, 1);
    s.a.has_originator_id = true;
    s.a.originator_id = quad("10.2.0.3"); /* it would refuse it: it is not told */
    tell(r, pe, BGP_IPV4_VPN, &s, false);
    assert_int_equal(hear(r, ce).n_withdrawn, 1);
    router_destroy(r);
}

/* Two ASs, the sites' own, over a carrier of a third: VPN routes between them by a multihop external session. */
static void test_internal__external_multihop_service(void **state)
{
    struct chain *n = chain_create((struct chain_plan){100, {200, 300}, false});
    const struct bgp_path *p;
    const struct bgp_label_slot *s;
    struct ip_addr far = addr("10.2.0.1");
    char text[64];

    (void)state;
    chain_check_forward(n);
    p = best_path(n->r[L2PE1], n->customer[0], BGP_IPV4_UNICAST, NULL, "192.168.2.0/24");
    assert_string_equal(as_path_of(p, text, sizeof(text)), "300");
    assert_true(bgp_path_root(p)->nexthop->key.needs_lsp);
    assert_true(ip_addr_equal(&bgp_path_root(p)->nexthop->key.address, &(struct ip_addr[]){addr("10.2.0.9")}[0]));
    /* The label is in force where that neighbour's packets come from, should that be a guarded interface. */
    s = router_label(n->r[L2PE2], RIB_LABEL_VPN_INSTANCE, CUST_X, NULL)->slot;
    assert_int_equal(s->granted->n, 1);
    assert_true(ip_addr_equal(&s->granted->members[0].neighbor, &far));
    /* Without a label-switched path the route must not be used: as IP it would end at the next router. */
    router_set_nexthop(n->r[L2PE1], "10.2.0.9", false, "no label-switched path to 10.2.0.9");
    chain_run(n);
    assert_null(router_route(n->r[L2PE1], CUST_X, "192.168.2.0/24"));
    router_set_nexthop(n->r[L2PE1], "10.2.0.9", true, "");
    chain_run(n);
    chain_check_forward(n);
    chain_destroy(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_internal__chain_forwards),
        cmocka_unit_test(test_internal__chain_withdraws_and_comes_back),
        cmocka_unit_test(test_internal__two_homed_site_has_no_ghosts),
        cmocka_unit_test(test_internal__site_of_origin_keeps_routes_out),
        cmocka_unit_test(test_internal__two_homed_customer_edge),
        cmocka_unit_test(test_internal__own_cluster_is_refused),
        cmocka_unit_test(test_internal__external_multihop_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
