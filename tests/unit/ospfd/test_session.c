/* SPDX-License-Identifier: Apache-2.0
 *
 * Several OSPF instances on cables in virtual time: adjacencies, flooding, restart, loss, paths, redistribution.
 */
#include "tests/unit/ospfd/world.h"

#include "ospfd/packet/packet.h"

#define R1 0x0a000001u
#define R2 0x0a000002u
#define R3 0x0a000003u
#define R4 0x0a000004u

static void test_session__two_routers_become_full(void **state)
{
    (void)state;
    struct world *w = world_create(1);
    struct node *a = world_node(w, R1), *b = world_node(w, R2);
    struct port *p = world_link(w, a, b, 10, 10);
    world_start(w);
    world_run_ms(w, 3000);
    assert_int_equal(node_full_neighbors(a), 1);
    assert_int_equal(node_full_neighbors(b), 1);
    assert_true(world_is_synchronised(w));
    const struct ospf_route *r = node_route(a, R2, 32);
    assert_non_null(r);
    assert_int_equal(r->type, OSPF_ROUTE_INTRA);
    assert_int_equal(r->cost, 10); /* the loopback itself costs nothing */
    assert_int_equal(r->nexthops->n, 1);
    assert_int_equal(r->nexthops->nexthop[0].ifindex, p->rib.ifindex);
    assert_int_equal(r->nexthops->nexthop[0].gateway, ip_addr_to_v4(&p->peer->address.addr));
    r = node_route(a, ip_addr_to_v4(&p->address.addr) & ~3u, 30);
    assert_non_null(r);
    assert_true(r->is_local);
    assert_true(ospf_instance_is_converged(a->instance));
    world_destroy(w);
}

/* With the defaults of 10 and 40 s an adjacency does not wait for the next hello: neighbours are answered at once. */
static void test_session__slow_hellos_do_not_delay_adjacency(void **state)
{
    (void)state;
    struct world *w = world_create(2);
    struct node *a = world_node(w, R1), *b = world_node(w, R2);
    struct port *p = world_link(w, a, b, 10, 10);
    p->config.hello_interval = p->peer->config.hello_interval = 10;
    p->config.dead_interval = p->peer->config.dead_interval = 40;
    node_start(a);
    world_run_ms(w, 3000);
    node_start(b);
    world_run_ms(w, 2500);
    assert_int_equal(node_full_neighbors(a), 1);
    assert_non_null(node_route(b, R1, 32));
    world_destroy(w);
}

static struct world *ring(struct node **n, struct port **ports, size_t count, uint64_t seed)
{
    struct world *w = world_create(seed);
    for (size_t k = 0; k < count; k++)
        n[k] = world_node(w, R1 + (uint32_t)k);
    for (size_t k = 0; k < count; k++)
        ports[k] = world_link(w, n[k], n[(k + 1) % count], 10, 10);
    return w;
}

static void test_session__ring_reroutes_and_uses_both_ways(void **state)
{
    (void)state;
    struct node *n[4];
    struct port *p[4];
    struct world *w = ring(n, p, 4, 3);
    world_start(w);
    world_run_ms(w, 10000);
    assert_true(world_is_full(w));
    assert_true(world_is_synchronised(w));
    const struct ospf_route *r = node_route(n[0], R3, 32); /* opposite: two ways */
    assert_non_null(r);
    assert_int_equal(r->cost, 20);
    assert_int_equal(r->nexthops->n, 2);
    port_set_up(p[0], false);
    world_run_ms(w, 1500);
    r = node_route(n[0], R3, 32);
    assert_non_null(r);
    assert_int_equal(r->nexthops->n, 1);
    r = node_route(n[0], R2, 32); /* the long way round */
    assert_non_null(r);
    assert_int_equal(r->cost, 30);
    port_set_up(p[0], true);
    world_run_ms(w, 8000);
    assert_int_equal(node_route(n[0], R3, 32)->nexthops->n, 2);
    assert_true(world_is_synchronised(w));
    world_destroy(w);
}

/* A silent link: nothing tells of its loss but the dead interval. */
static bool lose_all(void *arg, struct node *from, const char *device, const uint8_t *data, size_t len)
{
    struct port *p = arg;
    (void)data;
    (void)len;
    return !((from == p->node && strcmp(device, p->name) == 0) ||
             (from == p->peer->node && strcmp(device, p->peer->name) == 0));
}

static void test_session__silence_kills_the_neighbour(void **state)
{
    (void)state;
    struct node *n[3];
    struct port *p[3];
    struct world *w = ring(n, p, 3, 4);
    world_start(w);
    world_run_ms(w, 8000);
    w->tap = lose_all;
    w->tap_arg = p[0];
    world_run_ms(w, 3000);
    assert_int_equal(node_full_neighbors(n[0]), 2); /* 4 s are not over yet */
    world_run_ms(w, 4000);
    assert_int_equal(node_full_neighbors(n[0]), 1);
    assert_int_equal(node_route(n[0], R2, 32)->cost, 20);
    world_destroy(w);
}

static void test_session__crash_and_restart(void **state)
{
    (void)state;
    struct node *n[4];
    struct port *p[4];
    struct world *w = ring(n, p, 4, 5);
    world_start(w);
    world_run_ms(w, 10000);
    for (int round = 0; round < 5; round++) { /* each life meets LSAs of the one before */
        node_crash(n[1]);
        world_run_ms(w, 300);
        node_start(n[1]);
        world_run_ms(w, 6000);
        assert_true(world_is_full(w));
        assert_true(world_is_synchronised(w));
        assert_int_equal(node_route(n[1], R4, 32)->nexthops->n, 2);
        assert_int_equal(node_route(n[0], R2, 32)->cost, 10);
    }
    world_destroy(w);
}

/* A quick restart changes no route of anybody else: the links count on, and the old LSA says the right thing meanwhile.
 */
static void test_session__quick_restart_is_not_noticed(void **state)
{
    (void)state;
    struct node *n[4];
    struct port *p[4];
    struct world *w = ring(n, p, 4, 6);
    size_t changes[4];
    world_start(w);
    world_run_ms(w, 10000);
    for (size_t k = 0; k < 4; k++)
        changes[k] = n[k]->n_route_changes;
    node_crash(n[1]);
    world_run_ms(w, 200);
    node_start(n[1]);
    world_run_ms(w, 8000);
    assert_true(world_is_full(w));
    assert_true(world_is_synchronised(w));
    for (size_t k = 0; k < 4; k++)
        if (k != 1)
            assert_int_equal(n[k]->n_route_changes, changes[k]);
    world_destroy(w);
}

static void test_session__loss_delays_but_does_not_prevent(void **state)
{
    (void)state;
    for (uint64_t seed = 10; seed < 16; seed++) {
        struct node *n[5];
        struct port *p[5];
        struct world *w = ring(n, p, 5, seed);
        for (size_t k = 0; k < 5; k++)
            p[k]->config.dead_interval = p[k]->peer->config.dead_interval = 10;
        w->loss_percent = 25;
        world_start(w);
        world_run_ms(w, 60000);
        w->loss_percent = 0;
        world_run_ms(w, 20000);
        assert_true(world_is_full(w));
        assert_true(world_is_synchronised(w));
        world_destroy(w);
    }
}

static void test_session__disagreement_is_counted(void **state)
{
    (void)state;
    struct world *w = world_create(20);
    struct node *a = world_node(w, R1), *b = world_node(w, R2);
    struct port *p = world_link(w, a, b, 10, 10);
    p->config.hello_interval = 2;
    world_start(w);
    world_run_ms(w, 5000);
    assert_int_equal(node_full_neighbors(a), 0);
    assert_true(node_drops(a, OSPF_DROP_HELLO_INTERVAL) > 0);
    p->config.hello_interval = 1;
    p->config.dead_interval = 5;
    ospf_instance_configure(a->instance, &a->config, NULL);
    world_run_ms(w, 5000);
    assert_true(node_drops(a, OSPF_DROP_DEAD_INTERVAL) > 0);
    p->config.dead_interval = 4;
    ospf_instance_configure(a->instance, &a->config, NULL);
    world_run_ms(w, 5000);
    assert_int_equal(node_full_neighbors(a), 1);
    world_destroy(w);
}

static void test_session__mtu_mismatch_stops_the_exchange(void **state)
{
    (void)state;
    struct world *w = world_create(21);
    struct node *a = world_node(w, R1), *b = world_node(w, R2);
    struct port *p = world_link(w, a, b, 10, 10);
    p->peer->rib.mtu = 1600;
    world_start(w);
    world_run_ms(w, 8000);
    assert_int_equal(node_full_neighbors(a), 0);
    assert_true(node_drops(a, OSPF_DROP_MTU) > 0);
    p->config.mtu_ignore = true;
    ospf_instance_configure(a->instance, &a->config, NULL);
    world_run_ms(w, 8000);
    assert_int_equal(node_full_neighbors(a), 1);
    world_destroy(w);
}

static void test_session__cost_and_passive_change_at_run_time(void **state)
{
    (void)state;
    struct world *w = world_create(22);
    struct node *a = world_node(w, R1), *b = world_node(w, R2);
    struct port *p = world_link(w, a, b, 10, 10);
    world_start(w);
    world_run_ms(w, 5000);
    p->config.cost = 77;
    ospf_instance_configure(a->instance, &a->config, NULL);
    world_run_ms(w, 3000);
    assert_int_equal(node_route(a, R2, 32)->cost, 77);
    assert_int_equal(node_full_neighbors(a), 1); /* nothing was torn down for it */
    p->config.passive = true;
    ospf_instance_configure(a->instance, &a->config, NULL);
    world_run_ms(w, 6000);
    assert_int_equal(node_full_neighbors(b), 0);
    assert_null(node_route(a, R2, 32));
    world_destroy(w);
}

/* --- redistribution --- */

static struct rib_best_route best(uint32_t address, uint8_t len, enum rib_source source, bool is_usable)
{
    return (struct rib_best_route){
        .prefix = prefix_v4(address, len), .source = (uint8_t)source, .is_usable = is_usable, .tag = 5};
}

static void redistribute(struct node *n, enum cfg_ospf_instance_redistribute_source source)
{
    n->config.n_redistribute = 1;
    n->redistribute =
        (struct cfg_ospf_instance_redistribute){.source = source, .metric = 20, .metric_type = CFG_METRIC_TYPE_TYPE_2};
}

static void test_session__redistributes(void **state)
{
    (void)state;
    struct node *n[3];
    struct port *p[3];
    struct world *w = ring(n, p, 3, 30);
    redistribute(n[0], CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_STATIC);
    world_start(w);
    assert_int_equal(ospf_instance_sources(n[0]->instance), 1u << RIB_SOURCE_STATIC);
    struct rib_best_route r = best(0xc0a80000, 16, RIB_SOURCE_STATIC, true);
    ospf_instance_route(n[0]->instance, &r);
    r = best(0xc0a80000, 24, RIB_SOURCE_STATIC, true); /* the same address, another length: another LS id */
    ospf_instance_route(n[0]->instance, &r);
    r = best(0xc0a80000, 32, RIB_SOURCE_STATIC, true);
    ospf_instance_route(n[0]->instance, &r);
    r = best(0xc0a90000, 24, RIB_SOURCE_CONNECTED, true); /* not asked for */
    ospf_instance_route(n[0]->instance, &r);
    ospf_instance_dump_end(n[0]->instance);
    world_run_ms(w, 8000);
    assert_true(world_is_synchronised(w));
    for (uint8_t len = 16; len <= 32; len = (uint8_t)(len + 8)) {
        const struct ospf_route *x = node_route(n[1], 0xc0a80000 & ospf_mask_of(len), len);
        assert_non_null(x);
        assert_int_equal(x->type, OSPF_ROUTE_EXTERNAL_2);
        assert_int_equal(x->cost, 20);
        assert_int_equal(x->tag, 5);
        assert_int_equal(x->distance, 10);
    }
    assert_null(node_route(n[1], 0xc0a90000, 24));
    ospf_instance_route_gone(n[0]->instance, &(struct prefix){.addr = ip_addr_v4(0xc0a80000), .len = 24});
    r = best(0xc0a80000, 32, RIB_SOURCE_STATIC, false);
    ospf_instance_route(n[0]->instance, &r);
    n[0]->redistribute.metric_type = CFG_METRIC_TYPE_TYPE_1;
    ospf_instance_configure(n[0]->instance, &n[0]->config, NULL);
    world_run_ms(w, 5000);
    assert_null(node_route(n[1], 0xc0a80000, 24));
    assert_null(node_route(n[1], 0xc0a80000, 32));
    assert_int_equal(node_route(n[1], 0xc0a80000, 16)->type, OSPF_ROUTE_EXTERNAL_1);
    assert_int_equal(node_route(n[1], 0xc0a80000, 16)->cost, 30);
    assert_true(world_is_synchronised(w));
    n[0]->config.n_redistribute = 0;
    ospf_instance_configure(n[0]->instance, &n[0]->config, NULL);
    world_run_ms(w, 5000);
    assert_null(node_route(n[1], 0xc0a80000, 16));
    world_destroy(w);
}

/* After a crash the external routes of the earlier life stay until ribd has told what is wanted now. */
static void test_session__restart_keeps_external_routes(void **state)
{
    (void)state;
    struct node *n[3];
    struct port *p[3];
    struct world *w = ring(n, p, 3, 31);
    redistribute(n[0], CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_BGP);
    world_start(w);
    struct rib_best_route keep = best(0xc0a80000, 16, RIB_SOURCE_BGP, true),
                          lost = best(0xc0aa0000, 16, RIB_SOURCE_BGP, true);
    ospf_instance_route(n[0]->instance, &keep);
    ospf_instance_route(n[0]->instance, &lost);
    ospf_instance_dump_end(n[0]->instance);
    world_run_ms(w, 8000);
    assert_non_null(node_route(n[1], 0xc0aa0000, 16));
    node_crash(n[0]);
    node_start(n[0]);
    world_run_ms(w, 6000);
    assert_non_null(node_route(n[1], 0xc0a80000, 16));
    assert_non_null(node_route(n[1], 0xc0aa0000, 16));
    assert_false(ospf_instance_is_converged(n[0]->instance));
    size_t changes = n[1]->n_route_changes;
    ospf_instance_dump_begin(n[0]->instance);
    ospf_instance_route(n[0]->instance, &keep);
    ospf_instance_dump_end(n[0]->instance);
    world_run_ms(w, 4000);
    assert_non_null(node_route(n[1], 0xc0a80000, 16));
    assert_null(node_route(n[1], 0xc0aa0000, 16));
    assert_int_equal(n[1]->n_route_changes, changes + 1); /* nothing but the one that is gone */
    assert_true(ospf_instance_is_converged(n[0]->instance));
    assert_true(world_is_synchronised(w));
    world_destroy(w);
}

/* Many routes: each exchange takes many packets, and a neighbour that comes late learns all of them. */
static void test_session__many_externals(void **state)
{
    enum { MANY = 4000 };
    (void)state;
    struct node *n[3];
    struct port *p[3];
    struct world *w = ring(n, p, 3, 33);
    redistribute(n[0], CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_STATIC);
    world_start(w);
    node_crash(n[2]);
    world_run_ms(w, 3000);
    for (uint32_t k = 0; k < MANY; k++) {
        struct rib_best_route r = best(0x0b000000 + (k << 8), 24, RIB_SOURCE_STATIC, true);
        ospf_instance_route(n[0]->instance, &r);
    }
    ospf_instance_dump_end(n[0]->instance);
    world_run_ms(w, 2000);
    assert_non_null(node_route(n[1], 0x0b000000 + ((MANY - 1) << 8), 24));
    node_start(n[2]);
    world_run_ms(w, 3000);
    assert_int_equal(node_full_neighbors(n[2]), 2);
    struct ospf_instance_view v;
    ospf_instance_view(n[2]->instance, &v);
    assert_int_equal(v.n_external, MANY);
    assert_non_null(node_route(n[2], 0x0b000000 + ((MANY - 1) << 8), 24));
    n[0]->config.n_redistribute = 0;
    ospf_instance_configure(n[0]->instance, &n[0]->config, NULL);
    world_run_ms(w, 3000);
    for (size_t k = 0; k < 3; k++) {
        ospf_instance_view(n[k]->instance, &v);
        assert_int_equal(v.n_external, 0);
    }
    world_destroy(w);
}

/* --- time: refresh and MaxAge --- */

static void find_age(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    uint32_t *found = arg;
    (void)area_id;
    if (e->key.adv == R2)
        *found = (uint32_t)e->lsa->h.seq;
}

static void test_session__refresh_and_max_age(void **state)
{
    (void)state;
    struct node *n[3];
    struct port *p[3];
    struct world *w = ring(n, p, 3, 40);
    uint32_t before = 0, after = 0;
    world_start(w);
    world_run_ms(w, 10000);
    ospf_instance_each_lsa(n[0]->instance, find_age, &before);
    assert_int_not_equal(before, 0);
    world_run_ms(w, 1900 * 1000);
    ospf_instance_each_lsa(n[0]->instance, find_age, &after);
    assert_int_equal(after, before + 1);
    assert_true(world_is_synchronised(w));
    node_crash(n[1]); /* it never says goodbye: its LSA lives on for an hour, and then goes */
    w->nodes[1] = w->nodes[2];
    w->n_nodes = 2;
    world_run_ms(w, 10000);
    assert_null(node_route(n[0], R2, 32)); /* links towards us, but none of ours towards it */
    world_run_ms(w, 3700 * 1000ull);
    after = 0;
    ospf_instance_each_lsa(n[0]->instance, find_age, &after);
    assert_int_equal(after, 0);
    w->nodes[2] = n[1];
    w->nodes[1] = n[2];
    w->nodes[0] = n[0];
    w->n_nodes = 2;
    assert_true(world_is_synchronised(w));
    w->n_nodes = 3;
    world_destroy(w);
}

static void test_session__prefix_list_decides(void **state)
{
    (void)state;
    struct world *w = world_create(40);
    struct node *a = world_node(w, R1), *b = world_node(w, R2);
    struct cfg_policy_prefix_list_rule rule = {
        .sequence = 10, .prefix = prefix_v4(0xc0a80000, 16), .has_ge = true, .ge = 24, .has_le = true, .le = 24};
    struct cfg_policy_prefix_list_rule *rules[] = {&rule};
    struct cfg_policy_prefix_list list = {.name = "some", .n_rule = 1, .rule = rules}, *lists[] = {&list};
    struct cfg_policy policy = {.n_prefix_list = 1, .prefix_list = lists}, later = policy, none = {0};
    world_link(w, a, b, 10, 10);
    redistribute(a, CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_STATIC);
    a->redistribute.has_prefix_list = true;
    a->redistribute.prefix_list = "some";
    world_start(w);
    struct rib_best_route r = best(0xc0a80100, 24, RIB_SOURCE_STATIC, true);
    ospf_instance_route(a->instance, &r);
    r = best(0xc0a80200, 25, RIB_SOURCE_STATIC, true);
    ospf_instance_route(a->instance, &r);
    ospf_instance_dump_end(a->instance);
    world_run_ms(w, 4000);
    assert_null(node_route(b, 0xc0a80100, 24)); /* no policy, no list, no route */
    ospf_instance_configure(a->instance, &a->config, &policy);
    world_run_ms(w, 4000);
    assert_non_null(node_route(b, 0xc0a80100, 24));
    assert_null(node_route(b, 0xc0a80200, 25));
    rule.ge = rule.le = 25;
    ospf_instance_configure(a->instance, &a->config, &later);
    world_run_ms(w, 4000);
    assert_null(node_route(b, 0xc0a80100, 24));
    assert_non_null(node_route(b, 0xc0a80200, 25));
    ospf_instance_configure(a->instance, &a->config, &none);
    world_run_ms(w, 4000);
    assert_null(node_route(b, 0xc0a80200, 25));
    a->redistribute.prefix_list = NULL;
    a->redistribute.has_prefix_list = false;
    ospf_instance_configure(a->instance, &a->config, &none);
    world_run_ms(w, 4000);
    assert_non_null(node_route(b, 0xc0a80100, 24));
    world_destroy(w);
}

/* Routes of others in the kernel, chosen by their tag; the tag they are advertised with is another matter. */
static void test_session__tag_decides(void **state)
{
    (void)state;
    struct world *w = world_create(41);
    struct node *a = world_node(w, R1), *b = world_node(w, R2);
    struct cfg_policy none = {0};
    world_link(w, a, b, 10, 10);
    redistribute(a, CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_KERNEL);
    a->redistribute.has_except_tag = a->redistribute.has_tag = true;
    a->redistribute.except_tag = 7;
    a->redistribute.tag = 99;
    world_start(w);
    assert_int_equal(ospf_instance_sources(a->instance), 1u << RIB_SOURCE_KERNEL);
    struct rib_best_route r = best(0xc0a80100, 24, RIB_SOURCE_KERNEL, true);
    r.tag = 7;
    ospf_instance_route(a->instance, &r);
    r = best(0xc0a80200, 24, RIB_SOURCE_KERNEL, true);
    r.tag = 0;
    ospf_instance_route(a->instance, &r);
    ospf_instance_dump_end(a->instance);
    world_run_ms(w, 4000);
    assert_null(node_route(b, 0xc0a80100, 24));
    assert_non_null(node_route(b, 0xc0a80200, 24));
    assert_int_equal(node_route(b, 0xc0a80200, 24)->tag, 99);
    a->redistribute.has_except_tag = false;
    a->redistribute.has_only_tag = true;
    a->redistribute.only_tag = 7;
    ospf_instance_configure(a->instance, &a->config, &none);
    world_run_ms(w, 4000);
    assert_non_null(node_route(b, 0xc0a80100, 24));
    assert_null(node_route(b, 0xc0a80200, 24));
    a->redistribute.only_tag = 0;
    ospf_instance_configure(a->instance, &a->config, &none);
    world_run_ms(w, 4000);
    assert_null(node_route(b, 0xc0a80100, 24));
    assert_non_null(node_route(b, 0xc0a80200, 24));
    world_destroy(w);
}

/* --- RFC 4577 s4.2.5: two provider edges of one VPN, and the customer's router between them --- */

#define TAG 0xd0000064u
#define NET 0xc6336400u

static void take_external(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    (void)area_id;
    if (e->key.type == OSPF_LSA_EXTERNAL && e->key.id == NET)
        *(const struct ospf_lsdb_entry **)arg = e;
}

static void expect_external(const struct node *n, bool has_dn, uint32_t tag)
{
    const struct ospf_lsdb_entry *e = NULL;
    struct ospf_external x;
    ospf_instance_each_lsa(n->instance, take_external, &e);
    assert_non_null(e);
    assert_true(ospf_external_read(e->lsa->data, e->lsa->h.length, &x));
    assert_int_equal(x.tag, tag);
    assert_int_equal((e->lsa->h.options & OSPF_OPTION_DN) != 0, has_dn);
}

static void test_session__what_comes_from_the_vpn_does_not_go_back(void **state)
{
    (void)state;
    struct world *w = world_create(41);
    struct node *pe1 = world_node(w, R1), *ce = world_node(w, R2), *pe2 = world_node(w, R3);
    pe1->vrf = 1001;
    pe2->vrf = 1002;
    world_link(w, pe1, ce, 10, 10);
    world_link(w, ce, pe2, 10, 10);
    redistribute(pe1, CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_BGP);
    pe1->config.has_vpn_tag = pe2->config.has_vpn_tag = true;
    pe1->config.vpn_tag = pe2->config.vpn_tag = TAG;
    redistribute(ce, CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_STATIC);
    world_start(w);
    struct rib_best_route r = best(NET, 24, RIB_SOURCE_BGP, true); /* its own tag is 5 */
    ospf_instance_route(pe1->instance, &r);
    ospf_instance_dump_end(pe1->instance);
    world_run_ms(w, 5000);
    expect_external(pe2, true, TAG);
    assert_non_null(node_route(ce, NET, 24));
    assert_int_equal(node_route(ce, NET, 24)->tag, TAG);
    assert_null(node_route(pe2, NET, 24));
    pe1->redistribute.has_tag = true; /* an explicit tag; the bit stays */
    pe1->redistribute.tag = 9;
    ospf_instance_configure(pe1->instance, &pe1->config, NULL);
    world_run_ms(w, 5000);
    expect_external(pe2, true, 9);
    assert_null(node_route(pe2, NET, 24));
    r = best(0xc6336500, 24, RIB_SOURCE_STATIC, true); /* somebody keeps the tag, and loses the bit */
    r.tag = TAG;
    ospf_instance_route(ce->instance, &r);
    r = best(0xc6336600, 24, RIB_SOURCE_STATIC, true);
    ospf_instance_route(ce->instance, &r);
    ospf_instance_dump_end(ce->instance);
    world_run_ms(w, 5000);
    assert_null(node_route(pe2, 0xc6336500, 24));
    assert_non_null(node_route(pe2, 0xc6336600, 24));
    pe2->config.multi_vrf_ce = true; /* it is no provider edge: all of it is for it */
    ospf_instance_configure(pe2->instance, &pe2->config, NULL);
    world_run_ms(w, 5000);
    assert_non_null(node_route(pe2, NET, 24));
    assert_non_null(node_route(pe2, 0xc6336500, 24));
    pe1->config.multi_vrf_ce = true;
    pe1->redistribute.has_tag = false;
    ospf_instance_configure(pe1->instance, &pe1->config, NULL);
    world_run_ms(w, 5000);
    expect_external(ce, false, 5);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session__two_routers_become_full),
        cmocka_unit_test(test_session__slow_hellos_do_not_delay_adjacency),
        cmocka_unit_test(test_session__ring_reroutes_and_uses_both_ways),
        cmocka_unit_test(test_session__silence_kills_the_neighbour),
        cmocka_unit_test(test_session__crash_and_restart),
        cmocka_unit_test(test_session__quick_restart_is_not_noticed),
        cmocka_unit_test(test_session__loss_delays_but_does_not_prevent),
        cmocka_unit_test(test_session__disagreement_is_counted),
        cmocka_unit_test(test_session__mtu_mismatch_stops_the_exchange),
        cmocka_unit_test(test_session__cost_and_passive_change_at_run_time),
        cmocka_unit_test(test_session__redistributes),
        cmocka_unit_test(test_session__restart_keeps_external_routes),
        cmocka_unit_test(test_session__many_externals),
        cmocka_unit_test(test_session__prefix_list_decides),
        cmocka_unit_test(test_session__tag_decides),
        cmocka_unit_test(test_session__what_comes_from_the_vpn_does_not_go_back),
        cmocka_unit_test(test_session__refresh_and_max_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
