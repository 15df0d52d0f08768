/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths: rules of RFC 2328 s16 one by one, and random graphs against a naive computation.
 */
#include "tests/unit/ospfd/graph.h"

#define P2P(to, own, cost)                                                                                             \
    {                                                                                                                  \
        .type = OSPF_LINK_POINT_TO_POINT, .id = (to), .data = (own), .metric = (cost)                                  \
    }
#define STUB(net, mask, cost)                                                                                          \
    {                                                                                                                  \
        .type = OSPF_LINK_STUB, .id = (net), .data = (mask), .metric = (cost)                                          \
    }
#define TRANSIT(dr, own, cost)                                                                                         \
    {                                                                                                                  \
        .type = OSPF_LINK_TRANSIT, .id = (dr), .data = (own), .metric = (cost)                                         \
    }
#define ROUTER(g, id, flags, ...)                                                                                      \
    graph_router((g), (id), (flags), (const struct ospf_router_link[]){__VA_ARGS__},                                   \
                 sizeof((const struct ospf_router_link[]){__VA_ARGS__}) / sizeof(struct ospf_router_link))
#define HOST  0xffffffffu
#define NET24 0xffffff00u

/* 1 - 2 - 3, and 1 - 4 - 3; the stub of 3 is 10.3.0.0/24. Links ab: our address there is a * 16 + b. */
static void diamond(struct graph *g, uint16_t cost_14)
{
    graph_begin(g, 1);
    ROUTER(g, 1, 0, P2P(2, 0x12, 10), P2P(4, 0x14, cost_14), STUB(0x0a010000, NET24, 5));
    ROUTER(g, 2, 0, P2P(1, 0x21, 10), P2P(3, 0x23, 10));
    ROUTER(g, 3, OSPF_ROUTER_E | OSPF_ROUTER_B, P2P(2, 0x32, 10), P2P(4, 0x34, 10), STUB(0x0a030000, NET24, 7),
           STUB(0x0a030303, HOST, 0));
    ROUTER(g, 4, 0, P2P(1, 0x41, 10), P2P(3, 0x43, 10));
    graph_link(g, 2, 0x12, 12, 0x21);
    graph_link(g, 4, 0x14, 14, 0x41);
}

static void test_spf__equal_and_unequal_paths(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 10);
    struct ospf_table *t = graph_run(&g);
    const struct ospf_route *r = ospf_table_find(t, 0x0a030000, 24);
    assert_int_equal(t->n_routers, 4);
    assert_int_equal(t->n_routes, 3);
    assert_int_equal(r->cost, 27);
    assert_int_equal(r->nexthops->n, 2);
    assert_int_equal(r->nexthops->nexthop[0].ifindex, 12);
    assert_int_equal(r->nexthops->nexthop[0].gateway, 0x21);
    assert_int_equal(r->nexthops->nexthop[1].ifindex, 14);
    assert_true(ospf_table_find(t, 0x0a010000, 24)->is_local);
    assert_int_equal(ospf_table_find(t, 0x0a030303, 32)->cost, 20);
    ospf_table_destroy(t);
    g.in.max_paths = 1;
    t = graph_run(&g);
    assert_int_equal(ospf_table_find(t, 0x0a030000, 24)->nexthops->n, 1);
    ospf_table_destroy(t);
    graph_end(&g);
    diamond(&g, 11);
    t = graph_run(&g);
    assert_int_equal(ospf_table_find(t, 0x0a030000, 24)->nexthops->n, 1);
    assert_int_equal(ospf_table_find(t, 0x0a030000, 24)->nexthops->nexthop[0].ifindex, 12);
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__links_count_in_both_directions_only(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 10);
    ROUTER(&g, 2, 0, P2P(1, 0x21, 10)); /* says nothing of 3 any more */
    struct ospf_table *t = graph_run(&g);
    assert_int_equal(ospf_table_find(t, 0x0a030000, 24)->nexthops->n, 1);
    assert_int_equal(ospf_table_find(t, 0x0a030000, 24)->nexthops->nexthop[0].ifindex, 14);
    ospf_table_destroy(t);
    g.n_links = 1; /* our adjacency with 4 is gone, although the LSAs do not say so yet */
    t = graph_run(&g);
    assert_null(ospf_table_find(t, 0x0a030000, 24));
    assert_int_equal(t->n_routers, 2);
    ospf_table_destroy(t);
    g.in.root = 99; /* our own LSA is not there */
    t = graph_run(&g);
    assert_int_equal(t->n_routes, 0);
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__max_age_is_not_used(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 10);
    g.in.now_us = 3601 * 1000000ull;
    struct ospf_table *t = graph_run(&g);
    assert_int_equal(t->n_routes, 0);
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__parallel_links(void **state)
{
    (void)state;
    struct graph g;
    graph_begin(&g, 1);
    ROUTER(&g, 1, 0, P2P(2, 0x121, 10), P2P(2, 0x122, 10), P2P(2, 0x123, 30));
    ROUTER(&g, 2, 0, P2P(1, 0x211, 10), P2P(1, 0x212, 10), P2P(1, 0x213, 10), STUB(0x0a020202, HOST, 0));
    for (uint32_t k = 1; k <= 3; k++)
        graph_link(&g, 2, 0x120 + k, k, 0x210 + k);
    struct ospf_table *t = graph_run(&g);
    const struct ospf_route *r = ospf_table_find(t, 0x0a020202, 32);
    assert_int_equal(r->nexthops->n, 2);
    assert_int_equal(r->nexthops->nexthop[1].gateway, 0x212);
    ospf_table_destroy(t);
    graph_end(&g);
}

/* Over a network with a designated router: the gateway is the address of the router behind it. */
static void test_spf__transit_network(void **state)
{
    (void)state;
    struct graph g;
    graph_begin(&g, 1);
    ROUTER(&g, 1, 0, TRANSIT(0x0a640002, 0x0a640001, 10));
    ROUTER(&g, 2, 0, TRANSIT(0x0a640002, 0x0a640002, 10), STUB(0x0a020202, HOST, 0));
    ROUTER(&g, 3, 0, TRANSIT(0x0a640002, 0x0a640003, 10), STUB(0x0a030303, HOST, 0));
    graph_network(&g, 0x0a640002, 2, NET24, (const uint32_t[]){1, 2, 3}, 3);
    graph_link(&g, 2, 0x0a640001, 7, 0x0a640002);
    struct ospf_table *t = graph_run(&g);
    const struct ospf_route *r = ospf_table_find(t, 0x0a030303, 32);
    assert_int_equal(r->cost, 10);
    assert_int_equal(r->nexthops->n, 1);
    assert_int_equal(r->nexthops->nexthop[0].ifindex, 7);
    assert_int_equal(r->nexthops->nexthop[0].gateway, 0x0a640003);
    r = ospf_table_find(t, 0x0a640000, 24);
    assert_non_null(r);
    assert_int_equal(r->nexthops->nexthop[0].gateway, 0);
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__summaries(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 10);
    graph_summary(&g, OSPF_LSA_SUMMARY, 0x0a500000, 3, 0xffff0000, 100, OSPF_OPTION_E);
    graph_summary(&g, OSPF_LSA_SUMMARY, 0x0a510000, 3, 0xffff0000, OSPF_LS_INFINITY, OSPF_OPTION_E);
    graph_summary(&g, OSPF_LSA_SUMMARY, 0x0a520000, 2, 0xffff0000, 1, OSPF_OPTION_E); /* 2 is no border router */
    graph_summary(&g, OSPF_LSA_SUMMARY, 0x0a030000, 3, NET24, 0, OSPF_OPTION_E);      /* within the area is preferred */
    struct ospf_table *t = graph_run(&g);
    const struct ospf_route *r = ospf_table_find(t, 0x0a500000, 16);
    assert_int_equal(r->type, OSPF_ROUTE_INTER);
    assert_int_equal(r->cost, 120);
    assert_int_equal(r->nexthops->n, 2);
    assert_null(ospf_table_find(t, 0x0a510000, 16));
    assert_null(ospf_table_find(t, 0x0a520000, 16));
    assert_int_equal(ospf_table_find(t, 0x0a030000, 24)->type, OSPF_ROUTE_INTRA);
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__externals(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 10);
    struct ospf_external x = {.mask = NET24, .is_type2 = true, .metric = 50, .tag = 9};
    graph_external(&g, 0x0b010000, 3, &x, OSPF_OPTION_E);
    graph_external(&g, 0x0b020000, 2, &x, OSPF_OPTION_E); /* 2 is no boundary router */
    graph_external(&g, 0x0a030000, 3, &x, OSPF_OPTION_E); /* internal routes are preferred */
    x.is_type2 = false;
    graph_external(&g, 0x0b030000, 3, &x, OSPF_OPTION_E);
    x.metric = OSPF_LS_INFINITY;
    graph_external(&g, 0x0b040000, 3, &x, OSPF_OPTION_E);
    x = (struct ospf_external){.mask = NET24, .is_type2 = true, .metric = 1}; /* far away, through a summary */
    graph_external(&g, 0x0b050000, 77, &x, OSPF_OPTION_E);
    graph_summary(&g, OSPF_LSA_ASBR_SUMMARY, 77, 3, 0, 1000, OSPF_OPTION_E);
    struct ospf_table *t = graph_run(&g);
    const struct ospf_route *r = ospf_table_find(t, 0x0b010000, 24);
    assert_int_equal(r->type, OSPF_ROUTE_EXTERNAL_2);
    assert_int_equal(r->cost, 50);
    assert_int_equal(r->distance, 20);
    assert_int_equal(r->tag, 9);
    assert_int_equal(r->nexthops->n, 2);
    assert_null(ospf_table_find(t, 0x0b020000, 24));
    assert_int_equal(ospf_table_find(t, 0x0a030000, 24)->type, OSPF_ROUTE_INTRA);
    r = ospf_table_find(t, 0x0b030000, 24);
    assert_int_equal(r->type, OSPF_ROUTE_EXTERNAL_1);
    assert_int_equal(r->cost, 70);
    assert_null(ospf_table_find(t, 0x0b040000, 24));
    assert_int_equal(ospf_table_find(t, 0x0b050000, 24)->distance, 1020);
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__external_preference(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 100);
    ROUTER(&g, 2, OSPF_ROUTER_E, P2P(1, 0x21, 10), P2P(3, 0x23, 10));
    ROUTER(&g, 4, OSPF_ROUTER_E, P2P(1, 0x41, 10), P2P(3, 0x43, 10));
    struct ospf_external e2 = {.mask = NET24, .is_type2 = true, .metric = 50}, e1 = {.mask = NET24, .metric = 1000};
    graph_external(&g, 0x0b010000, 2, &e2, OSPF_OPTION_E); /* equal metric: the nearer boundary router */
    graph_external(&g, 0x0b010000, 3, &e2, OSPF_OPTION_E);
    graph_external(&g, 0x0b020000, 2, &e2, OSPF_OPTION_E); /* type 1 before type 2, whatever they cost */
    graph_external(&g, 0x0b020000, 3, &e1, OSPF_OPTION_E);
    graph_external(&g, 0x0b030000, 2, &e2, OSPF_OPTION_E); /* the lower external metric, although it is farther */
    e2.metric = 49;
    graph_external(&g, 0x0b030000, 3, &e2, OSPF_OPTION_E);
    struct ospf_table *t = graph_run(&g);
    assert_int_equal(ospf_table_find(t, 0x0b010000, 24)->distance, 10);
    assert_int_equal(ospf_table_find(t, 0x0b020000, 24)->cost, 1020);
    assert_int_equal(ospf_table_find(t, 0x0b030000, 24)->cost, 49);
    assert_int_equal(ospf_table_find(t, 0x0b030000, 24)->distance, 20);
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__forwarding_address(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 10);
    g.locals[g.n_locals++] = (struct ospf_spf_local){.address = 0x0a010001, .len = 24, .ifindex = 5};
    struct ospf_external x = {.mask = NET24, .is_type2 = true, .metric = 50, .forwarding = 0x0a030042};
    graph_external(&g, 0x0b010000, 3, &x, OSPF_OPTION_E); /* through the stub of 3 */
    x.forwarding = 0x0a010042;
    graph_external(&g, 0x0b020000, 3, &x, OSPF_OPTION_E); /* a neighbour on our own subnet */
    x.forwarding = 0x0a010001;
    graph_external(&g, 0x0b030000, 3, &x, OSPF_OPTION_E); /* ourselves: no */
    x.forwarding = 0x0c000001;
    graph_external(&g, 0x0b040000, 3, &x, OSPF_OPTION_E); /* unknown */
    x.forwarding = 0x0b010001;
    graph_external(&g, 0x0b050000, 3, &x, OSPF_OPTION_E); /* through an external route: no (s16.4 step 3) */
    x.forwarding = 0x0a030042;
    graph_external(&g, 0x0b060000, 66, &x, OSPF_OPTION_E); /* its originator cannot be reached */
    struct ospf_table *t = graph_run(&g);
    const struct ospf_route *r = ospf_table_find(t, 0x0b010000, 24);
    assert_int_equal(r->distance, 27);
    assert_int_equal(r->nexthops->n, 2);
    r = ospf_table_find(t, 0x0b020000, 24);
    assert_int_equal(r->nexthops->n, 1);
    assert_int_equal(r->nexthops->nexthop[0].gateway, 0x0a010042);
    assert_int_equal(r->nexthops->nexthop[0].ifindex, 5);
    for (uint32_t k = 3; k <= 6; k++)
        assert_null(ospf_table_find(t, 0x0b000000 | k << 16, 24));
    ospf_table_destroy(t);
    graph_end(&g);
}

static void test_spf__vpn_instance_does_not_take_back_its_own(void **state)
{
    (void)state;
    struct graph g;
    diamond(&g, 10);
    struct ospf_external x = {.mask = NET24, .is_type2 = true, .metric = 50, .tag = 9};
    graph_external(&g, 0x0b010000, 3, &x, OSPF_OPTION_E | OSPF_OPTION_DN);
    graph_external(&g, 0x0b020000, 3, &x, OSPF_OPTION_E);
    graph_summary(&g, OSPF_LSA_SUMMARY, 0x0a500000, 3, 0xffff0000, 100, OSPF_OPTION_DN);
    struct ospf_table *t = graph_run(&g); /* elsewhere the bit means nothing */
    assert_non_null(ospf_table_find(t, 0x0b010000, 24));
    ospf_table_destroy(t);
    g.in.is_vpn = true;
    t = graph_run(&g);
    assert_null(ospf_table_find(t, 0x0b010000, 24));
    assert_null(ospf_table_find(t, 0x0a500000, 16));
    assert_non_null(ospf_table_find(t, 0x0b020000, 24));
    ospf_table_destroy(t);
    g.in.vpn_tag = 9;
    t = graph_run(&g);
    assert_null(ospf_table_find(t, 0x0b020000, 24));
    ospf_table_destroy(t);
    graph_end(&g);
}

/* --- differences --- */

struct differences {
    size_t n_new, n_gone, n_changed;
};

static void tell(void *arg, struct ospf_route *was, struct ospf_route *now)
{
    struct differences *d = arg;
    d->n_new += !was;
    d->n_gone += !now;
    d->n_changed += was && now;
}

static void test_spf__diff(void **state)
{
    (void)state;
    struct graph g;
    struct differences d = {0};
    diamond(&g, 10);
    struct ospf_table *none = ospf_table_create(&g.acct), *t = graph_run(&g);
    ospf_table_diff(none, t, tell, &d);
    assert_int_equal(d.n_new, 3);
    ((struct ospf_route *)(uintptr_t)ospf_table_find(t, 0x0a030000, 24))->rib_nhset = 42;
    struct ospf_table *same = graph_run(&g);
    d = (struct differences){0};
    ospf_table_diff(t, same, tell, &d);
    assert_int_equal(d.n_new + d.n_gone + d.n_changed, 0);
    assert_int_equal(ospf_table_find(same, 0x0a030000, 24)->rib_nhset, 42);
    ROUTER(&g, 4, 0, P2P(1, 0x41, 10));
    struct ospf_table *less = graph_run(&g);
    ospf_table_diff(same, less, tell, &d);
    assert_int_equal(d.n_changed, 2); /* one next hop instead of two */
    d = (struct differences){0};
    ospf_table_diff(less, none, tell, &d);
    assert_int_equal(d.n_gone, 3);
    ospf_table_destroy(none);
    ospf_table_destroy(t);
    ospf_table_destroy(same);
    ospf_table_destroy(less);
    graph_end(&g);
}

/* --- random graphs --- */

enum { NODES = 24, FAR = 1000000 };

struct random_graph {
    uint32_t cost[NODES + 1][NODES + 1]; /* 0: no link */
    uint32_t dist[NODES + 1];
    uint64_t random;
};

static uint32_t chance(struct random_graph *r, uint32_t n)
{
    r->random = r->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->random >> 33) % n;
}

/* Bellman-Ford from node `from` over links that exist in both directions. */
static void naive(const struct random_graph *r, uint32_t from, uint32_t *dist)
{
    for (uint32_t k = 1; k <= NODES; k++)
        dist[k] = k == from ? 0 : FAR;
    for (int round = 0; round < NODES; round++)
        for (uint32_t a = 1; a <= NODES; a++)
            for (uint32_t b = 1; b <= NODES; b++)
                if (r->cost[a][b] && r->cost[b][a] && dist[a] + r->cost[a][b] < dist[b])
                    dist[b] = dist[a] + r->cost[a][b];
}

static void make_random(struct random_graph *r, struct graph *g, uint64_t seed)
{
    *r = (struct random_graph){.random = seed * 77777 + 1};
    graph_begin(g, 1);
    for (uint32_t k = 0; k < NODES * 2; k++) {
        uint32_t a = 1 + chance(r, NODES), b = 1 + chance(r, NODES);
        if (a == b)
            continue;
        r->cost[a][b] = 1 + chance(r, 4);
        if (chance(r, 10)) /* some links one side alone knows of */
            r->cost[b][a] = 1 + chance(r, 4);
    }
    for (uint32_t a = 1; a <= NODES; a++) {
        struct ospf_router_link links[NODES + 1];
        size_t n = 0;
        for (uint32_t b = 1; b <= NODES; b++)
            if (r->cost[a][b])
                links[n++] = (struct ospf_router_link)P2P(b, a << 8 | b, (uint16_t)r->cost[a][b]);
        links[n++] = (struct ospf_router_link)STUB(0x0a000000 | a, HOST, 0);
        graph_router(g, a, 0, links, n);
        if (r->cost[1][a])
            graph_link(g, a, 1 << 8 | a, a, a << 8 | 1);
    }
}

/* Neighbour n is a next hop for d exactly if cost(1, n) + dist(n, d) = dist(1, d). */
static void check_random(const struct random_graph *r, const struct ospf_table *t)
{
    uint32_t from_root[NODES + 1], from[NODES + 1][NODES + 1];
    naive(r, 1, from_root);
    for (uint32_t n = 1; n <= NODES; n++)
        naive(r, n, from[n]);
    for (uint32_t d = 2; d <= NODES; d++) {
        const struct ospf_route *route = ospf_table_find(t, 0x0a000000 | d, 32);
        if (from_root[d] >= FAR) {
            assert_null(route);
            continue;
        }
        assert_non_null(route);
        assert_int_equal(route->cost, from_root[d]);
        size_t expected = 0;
        for (uint32_t n = 2; n <= NODES; n++) {
            if (!r->cost[1][n] || !r->cost[n][1] || r->cost[1][n] + from[n][d] != from_root[d])
                continue;
            bool is_found = false;
            for (size_t k = 0; k < route->nexthops->n; k++)
                is_found |= route->nexthops->nexthop[k].ifindex == n;
            assert_true(is_found);
            expected++;
        }
        assert_int_equal(route->nexthops->n, expected);
    }
}

static void test_spf__random_graphs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random_graph r;
        struct graph g;
        make_random(&r, &g, seed);
        struct ospf_table *t = graph_run(&g);
        check_random(&r, t);
        ospf_table_destroy(t);
        graph_end(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spf__equal_and_unequal_paths),
        cmocka_unit_test(test_spf__links_count_in_both_directions_only),
        cmocka_unit_test(test_spf__max_age_is_not_used),
        cmocka_unit_test(test_spf__parallel_links),
        cmocka_unit_test(test_spf__transit_network),
        cmocka_unit_test(test_spf__summaries),
        cmocka_unit_test(test_spf__externals),
        cmocka_unit_test(test_spf__external_preference),
        cmocka_unit_test(test_spf__forwarding_address),
        cmocka_unit_test(test_spf__vpn_instance_does_not_take_back_its_own),
        cmocka_unit_test(test_spf__diff),
        cmocka_unit_test(test_spf__random_graphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
