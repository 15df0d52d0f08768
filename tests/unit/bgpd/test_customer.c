/* SPDX-License-Identifier: Apache-2.0
 *
 * Customers of the Level 2 carrier that speak external BGP with its PEs: what reaches the other site, over one AS and
 * over two, and what keeps routes from coming back.
 */
#include "tests/unit/bgpd/cm.h"

#include "tests/unit/bgpd/chain.h"

enum { CUSTOMER_AS = 65001 };

struct customers {
    struct chain *n;
    struct router *r[ROUTERS + 3];
    struct cable c[CABLES + 3];
    size_t n_routers, n_cables;
};

/* A customer's router at a PE. */
static struct router *attach(struct customers *x, size_t site, const char *ce, const char *pe,
                             struct bgp_peer_config of_pe, uint8_t allow)
{
    struct router *r = router_create(CUSTOMER_AS, ce);
    struct bgp_peer_config of_ce = peer_config(pe, x->n->plan.site_as[site], BGP_IPV4_UNICAST);

    of_ce.family[BGP_IPV4_UNICAST].allow_as_loop = allow;
    x->r[x->n_routers++] = r;
    x->c[x->n_cables++] = cable_plug(r, pub(r), of_ce, x->n->r[site ? L2PE2 : L2PE1], x->n->customer[site], of_pe);
    return r;
}

static struct bgp_peer_config customer(const char *address, bool has_override, const char *origin)
{
    struct bgp_peer_config c = peer_config(address, CUSTOMER_AS, BGP_IPV4_UNICAST);

    c.family[BGP_IPV4_UNICAST].has_as_override = has_override;
    c.has_site_of_origin = origin != NULL;
    if (origin)
        assert_int_equal(site_of_origin_parse(origin, &c.site_of_origin), 0);
    return c;
}

static void announce(struct router *r, const char *prefix)
{
    struct bgp_vrf_config c = {.name = ""};

    c.redistribute[BGP_IPV4_UNICAST] = 1u << RIB_SOURCE_CONNECTED;
    bgp_vrf_configure(r->rib, &c);
    router_redistribute(r, 0, prefix, RIB_SOURCE_CONNECTED, NULL);
}

static struct customers *customers_create(struct chain_plan plan)
{
    struct customers *x = calloc(1, sizeof(*x));

    x->n = chain_create(plan);
    memcpy(x->r, x->n->r, sizeof(x->n->r));
    memcpy(x->c, x->n->c, sizeof(x->n->c));
    x->n_routers = ROUTERS;
    x->n_cables = CABLES;
    return x;
}

static void customers_run(struct customers *x)
{
    run_all(x->r, x->n_routers, x->c, x->n_cables);
}

static void customers_destroy(struct customers *x)
{
    for (size_t i = ROUTERS; i < x->n_routers; i++)
        router_destroy(x->r[i]);
    chain_destroy(x->n);
    free(x);
}

static void expect_path(struct router *r, const char *prefix, const char *path)
{
    struct bgp_path *p = best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, prefix);
    char text[64];

    if (!p && !path)
        return;
    assert_non_null(p);
    assert_non_null(path);
    assert_string_equal(as_path_of(p, text, sizeof(text)), path);
}

static void test_customer__sites_of_one_as(void **state)
{
    static const struct {
        bool has_override;
        uint8_t allow;
        const char *path;
    } cases[] = {{false, 0, NULL}, {true, 0, "200 200"}, {false, 1, "200 65001"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct customers *x = customers_create((struct chain_plan){100, {200, 200}, false});
        struct router *a = attach(x, 0, "172.16.11.1", "172.16.11.254",
                                  customer("172.16.11.1", cases[i].has_override, NULL), cases[i].allow);
        struct router *b = attach(x, 1, "172.16.12.1", "172.16.12.254",
                                  customer("172.16.12.1", cases[i].has_override, NULL), cases[i].allow);

        announce(a, "192.168.11.0/24");
        announce(b, "192.168.12.0/24");
        customers_run(x);
        expect_path(b, "192.168.11.0/24", cases[i].path);
        expect_path(a, "192.168.12.0/24", cases[i].path);
        /* What the PE itself has there is the other sites' in any case. */
        expect_path(a, "192.168.2.0/24", "200");
        /* Nothing of it in a table of the carriers, and route targets stay inside. */
        assert_null(router_route(x->n->r[L1PE1], CARRIER_A, "192.168.11.0/24"));
        assert_int_equal(best_path(a, pub(a), BGP_IPV4_UNICAST, NULL, "192.168.2.0/24")->attrs->a.ext_communities.len,
                         0);
        customers_destroy(x);
    }
}

static void test_customer__two_service_ass(void **state)
{
    struct customers *x = customers_create((struct chain_plan){100, {200, 300}, false});
    struct router *a = attach(x, 0, "172.16.11.1", "172.16.11.254", customer("172.16.11.1", true, NULL), 0);
    struct router *b = attach(x, 1, "172.16.12.1", "172.16.12.254", customer("172.16.12.1", true, NULL), 0);

    (void)state;
    announce(a, "192.168.11.0/24");
    customers_run(x);
    expect_path(b, "192.168.11.0/24", "300 200 300"); /* the customer's AS is gone, the first PE's is not */
    expect_path(b, "192.168.1.0/24", "300 200");
    assert_gateway(&router_route(x->n->r[L2PE2], CUST_X, "192.168.11.0/24")->nexthop, 0, "10.2.0.1", true);
    customers_destroy(x);
}

/* A site at both PEs: as-override blinds the loop check, so its site of origin must keep its routes out. */
static void test_customer__two_homed_site(void **state)
{
    (void)state;
    for (int has_origin = 0; has_origin < 2; has_origin++) {
        struct customers *x = customers_create((struct chain_plan){100, {200, 200}, false});
        const char *origin = has_origin ? "200:7" : NULL;
        struct router *a = attach(x, 0, "172.16.11.1", "172.16.11.254", customer("172.16.11.1", true, origin), 0);
        struct router *b = attach(x, 1, "172.16.12.1", "172.16.12.254", customer("172.16.12.1", true, origin), 0);
        struct router *c = attach(x, 1, "172.16.13.1", "172.16.13.254", customer("172.16.13.1", true, NULL), 0);

        announce(a, "192.168.11.0/24");
        customers_run(x);
        expect_path(b, "192.168.11.0/24", has_origin ? NULL : "200 200");
        expect_path(c, "192.168.11.0/24", "200 200");
        customers_destroy(x);
    }
}

/* A number that takes four octets in a customer's path passes; the customer's own is replaced. */
static void test_customer__has_a_long_as_number_behind_it(void **state)
{
    struct customers *x = customers_create((struct chain_plan){100, {200, 200}, false});
    struct router *far = attach(x, 1, "172.16.12.1", "172.16.12.254", customer("172.16.12.1", true, NULL), 0);
    struct bgp_rib_peer *p = join(x->n->r[L2PE1], x->n->customer[0], customer("172.16.14.1", false, NULL), 99);
    struct say s = say("192.168.14.0/24", "172.16.14.1", 2, 65001u, 4200000001u);

    (void)state;
    tell(x->n->r[L2PE1], p, BGP_IPV4_UNICAST, &s, false);
    customers_run(x);
    expect_path(far, "192.168.14.0/24", "200 200 4200000001");
    customers_destroy(x);
}

/* OSPF and static routes of an instance go to the other site, and what comes from there into OSPF is ospfd's. */
static void test_customer__redistribution_in_an_instance(void **state)
{
    struct customers *x = customers_create((struct chain_plan){100, {200, 200}, false});
    struct router *l2pe1 = x->n->r[L2PE1], *l2pe2 = x->n->r[L2PE2];
    struct bgp_vrf_config c = x->n->customer[0]->cfg;
    struct prefix p = pfx("192.168.21.0/24");

    (void)state;
    c.redistribute[BGP_IPV4_UNICAST] |= 1u << RIB_SOURCE_OSPF;
    bgp_vrf_configure(l2pe1->rib, &c);
    router_redistribute(l2pe1, CUST_X, "192.168.21.0/24", RIB_SOURCE_OSPF, "172.16.21.1");
    router_redistribute(l2pe1, CUST_X, "192.168.131.0/24", RIB_SOURCE_STATIC, "192.168.1.7");
    customers_run(x);
    /* One label for the instance: it may be looked up, no carrier's packets are in there. */
    assert_int_equal(top_label(&router_route(l2pe2, CUST_X, "192.168.21.0/24")->label),
                     router_label(l2pe1, RIB_LABEL_VPN_INSTANCE, CUST_X, NULL)->in_label);
    assert_int_equal(top_label(&router_route(l2pe2, CUST_X, "192.168.131.0/24")->label),
                     router_label(l2pe1, RIB_LABEL_VPN_INSTANCE, CUST_X, NULL)->in_label);
    bgp_rib_redistribute_gone(l2pe1->rib, CUST_X, &p);
    customers_run(x);
    assert_null(router_route(l2pe2, CUST_X, "192.168.21.0/24"));
    assert_non_null(router_route(l2pe2, CUST_X, "192.168.131.0/24"));
    customers_destroy(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_customer__sites_of_one_as),
        cmocka_unit_test(test_customer__two_service_ass),
        cmocka_unit_test(test_customer__two_homed_site),
        cmocka_unit_test(test_customer__has_a_long_as_number_behind_it),
        cmocka_unit_test(test_customer__redistribution_in_an_instance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
