/* SPDX-License-Identifier: Apache-2.0
 *
 * A LAN of four routers: who is elected and who becomes adjacent, to which address packets go, deaths and restarts in
 * every role, parts that lose and find each other. RFC 2328 s9, s10.4, s12.4.2, s13.3, s13.5.
 */
#include "tests/unit/ospfd/world.h"

#include "ospfd/packet/packet.h"

#define ID(n)   (0x0a000000u + (uint32_t)(n)) /* router n */
#define ADDR(n) (0xc0a80000u + (uint32_t)(n)) /* its address on the LAN */

struct office {
    struct world *w;
    struct lan lan;
    struct node *n[5];
    struct port *p[5];
};

/* Routers 1 to count on a LAN; not started. */
static void office_open(struct office *o, size_t count, uint64_t seed)
{
    *o = (struct office){.w = world_create(seed)};
    for (size_t k = 1; k <= count; k++) {
        o->n[k] = world_node(o->w, ID(k));
        o->p[k] = world_attach(&o->lan, 0, o->n[k]);
    }
}

struct look {
    struct ospf_interface_view v;
    char state[16];
};

static void take_interface(void *arg, const struct ospf_interface_view *v)
{
    struct look *l = arg;
    if (strncmp(v->name, "lan", 3) != 0)
        return;
    l->v = *v;
    strncpy(l->state, v->state, sizeof(l->state) - 1);
}

static struct look look(const struct node *n)
{
    struct look l = {0};
    ospf_instance_each_interface(n->instance, take_interface, &l);
    return l;
}

static void expect_role(const struct node *n, const char *state, uint32_t dr, uint32_t bdr)
{
    struct look l = look(n);
    assert_string_equal(l.state, state);
    assert_int_equal(l.v.dr, dr ? ADDR(dr) : 0);
    assert_int_equal(l.v.bdr, bdr ? ADDR(bdr) : 0);
}

static void expect_roles(const struct office *o, size_t count, uint32_t dr, uint32_t bdr)
{
    for (uint32_t k = 1; k <= count; k++)
        if (o->n[k]->instance)
            expect_role(o->n[k], k == dr ? "dr" : k == bdr ? "backup" : "dr-other", dr, bdr);
}

/* Every living router has a route to every other's loopback, straight over the LAN. */
static bool has_all_routes(const struct office *o, size_t count)
{
    for (size_t a = 1; a <= count; a++)
        for (size_t b = 1; b <= count; b++) {
            if (a == b || !o->n[a]->instance || !o->n[b]->instance)
                continue;
            const struct ospf_route *r = node_route(o->n[a], ID(b), 32);
            if (!r || r->nexthops->n != 1 || r->nexthops->nexthop[0].gateway != ADDR(b))
                return false;
        }
    return true;
}

struct network {
    size_t n;
    uint32_t id, adv;
    uint16_t n_routers;
};

static void take_network(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    struct network *net = arg;
    struct ospf_network_view v;
    (void)area_id;
    if (e->is_flushing || !ospf_network_read(e->lsa->data, e->lsa->h.length, &v))
        return;
    net->n++;
    net->id = e->key.id;
    net->adv = e->key.adv;
    net->n_routers = v.n_routers;
}

static struct network network_of(const struct node *n)
{
    struct network net = {0};
    ospf_instance_each_lsa(n->instance, take_network, &net);
    return net;
}

static void test_broadcast__elects_and_connects(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 1);
    world_start(o.w);
    world_run_ms(o.w, 2000);
    expect_role(o.n[1], "waiting", 0, 0);
    assert_int_equal(node_full_neighbors(o.n[1]), 0);
    world_run_ms(o.w, 6000);
    expect_roles(&o, 4, 4, 3);
    assert_int_equal(node_full_neighbors(o.n[4]), 3);
    assert_int_equal(node_full_neighbors(o.n[3]), 3);
    assert_int_equal(node_full_neighbors(o.n[2]), 2); /* 1 and 2 know each other, and that is all */
    assert_int_equal(look(o.n[1]).v.n_neighbors, 3);
    assert_true(world_is_synchronised(o.w));
    struct network net = network_of(o.n[1]);
    assert_int_equal(net.n, 1);
    assert_int_equal(net.id, ADDR(4));
    assert_int_equal(net.adv, ID(4));
    assert_int_equal(net.n_routers, 4);
    assert_true(has_all_routes(&o, 4));
    assert_int_equal(node_route(o.n[1], ID(2), 32)->cost, 10);
    const struct ospf_route *subnet = node_route(o.n[1], ADDR(0), 24);
    assert_non_null(subnet);
    assert_true(subnet->is_local); /* ribd has it as connected */
    for (size_t k = 1; k <= 4; k++)
        assert_true(ospf_instance_is_converged(o.n[k]->instance));
    world_destroy(o.w);
}

static void test_broadcast__priority(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 2);
    o.p[1]->config.priority = 9;
    o.p[2]->config.priority = 5;
    o.p[4]->config.priority = 0;
    world_start(o.w);
    world_run_ms(o.w, 2000);
    expect_role(o.n[1], "waiting", 0, 0); /* whatever 4 thinks of it, which does not wait */
    expect_role(o.n[4], "dr-other", 1, 1);
    world_run_ms(o.w, 7000);
    expect_roles(&o, 4, 1, 2);
    assert_true(has_all_routes(&o, 4));
    world_destroy(o.w);
    office_open(&o, 2, 2); /* nobody wants to: no adjacency, and nothing but the subnet */
    o.p[1]->config.priority = o.p[2]->config.priority = 0;
    world_start(o.w);
    world_run_ms(o.w, 9000);
    expect_roles(&o, 2, 0, 0);
    assert_int_equal(node_full_neighbors(o.n[1]), 0);
    assert_null(node_route(o.n[1], ID(2), 32));
    world_destroy(o.w);
}

static void test_broadcast__who_comes_late_takes_nothing(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 3);
    o.p[4]->config.priority = 255;
    for (size_t k = 1; k <= 3; k++)
        node_start(o.n[k]);
    world_run_ms(o.w, 9000);
    expect_roles(&o, 3, 3, 2);
    size_t changes = o.n[1]->n_route_changes;
    node_start(o.n[4]);
    world_run_ms(o.w, 500); /* it sees the backup, and does not wait the dead interval */
    expect_role(o.n[4], "dr-other", 3, 2);
    assert_int_equal(node_full_neighbors(o.n[4]), 2);
    world_run_ms(o.w, 4000);
    expect_roles(&o, 4, 3, 2);
    assert_true(has_all_routes(&o, 4));
    assert_int_equal(o.n[1]->n_route_changes, changes + 1); /* the way to router 4 */
    world_destroy(o.w);
}

/* Runs, and looks every 10 ms whether a way from a to b is there all the time. */
static void run_watching(struct office *o, uint64_t ms, const size_t *pairs, size_t n_pairs)
{
    for (uint64_t t = 0; t < ms; t += 10) {
        world_run_ms(o->w, 10);
        for (size_t k = 0; k < n_pairs; k++)
            assert_non_null(node_route(o->n[pairs[2 * k]], ID(pairs[2 * k + 1]), 32));
    }
}

static void test_broadcast__backup_takes_over(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 4);
    world_start(o.w);
    world_run_ms(o.w, 10000);
    node_crash(o.n[4]);
    run_watching(&o, 10000, (const size_t[]){1, 2, 2, 1, 1, 3, 3, 1, 2, 3, 3, 2}, 6);
    expect_roles(&o, 3, 3, 2);
    assert_true(has_all_routes(&o, 3));
    assert_null(node_route(o.n[1], ID(4), 32));
    assert_int_equal(node_full_neighbors(o.n[3]), 2);
    assert_int_equal(node_full_neighbors(o.n[1]), 2);
    node_start(o.n[4]); /* it comes back late, and finds its place taken */
    world_run_ms(o.w, 9000);
    expect_roles(&o, 4, 3, 2);
    assert_true(has_all_routes(&o, 4));
    struct network net = network_of(o.n[1]);
    assert_int_equal(net.n, 1); /* its old LSA is gone */
    assert_int_equal(net.id, ADDR(3));
    assert_true(world_is_synchronised(o.w));
    world_destroy(o.w);
}

/* No descriptions between 1 and 2. */
static bool keep_apart(void *arg, struct node *from, const char *device, const uint8_t *data, size_t len)
{
    uint32_t dest = ip_addr_to_v4(&from->world->last_destination);
    (void)arg;
    (void)device;
    (void)len;
    return data[1] != OSPF_PACKET_DD || (dest != ADDR(1) && dest != ADDR(2)) || from->router_id > ID(2);
}

/* The new backup is not adjacent to all yet, and they do not listen to it: the designated router says it again. */
static void test_broadcast__new_backup_is_heard(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 14);
    for (size_t k = 1; k <= 4; k++)
        o.p[k]->config.retransmit_interval = 5;
    world_start(o.w);
    world_run_ms(o.w, 10000);
    o.w->tap = keep_apart;
    node_crash(o.n[4]);
    run_watching(&o, 9000, (const size_t[]){1, 2, 2, 1, 1, 3, 3, 1, 2, 3, 3, 2}, 6);
    assert_int_equal(node_full_neighbors(o.n[1]), 1); /* the tap is why */
    o.w->tap = NULL;
    world_run_ms(o.w, 8000);
    expect_roles(&o, 3, 3, 2);
    assert_int_equal(node_full_neighbors(o.n[1]), 2);
    world_destroy(o.w);
}

static void test_broadcast__backup_and_others_die(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 5);
    world_start(o.w);
    world_run_ms(o.w, 10000);
    node_crash(o.n[3]);
    run_watching(&o, 9000, (const size_t[]){1, 2, 2, 1, 1, 4, 4, 1}, 4);
    assert_string_equal(look(o.n[4]).state, "dr");
    assert_string_equal(look(o.n[2]).state, "backup");
    node_crash(o.n[1]);
    run_watching(&o, 9000, (const size_t[]){2, 4, 4, 2}, 2);
    assert_int_equal(network_of(o.n[2]).n_routers, 2);
    world_destroy(o.w);
}

/* Whoever restarts quickly is again what it was, and nobody else changes a route. */
static void restart(size_t who, uint64_t pause_ms, uint32_t hello_sec)
{
    struct office o;
    size_t before[5];
    office_open(&o, 4, 6 + who);
    for (size_t k = 1; k <= 4; k++) {
        o.p[k]->config.hello_interval = (uint16_t)hello_sec;
        o.p[k]->config.dead_interval = 4 * hello_sec;
        o.p[k]->config.retransmit_interval = 5;
    }
    world_start(o.w);
    world_run_ms(o.w, 6000 * hello_sec + 4000);
    expect_roles(&o, 4, 4, 3);
    for (size_t k = 1; k <= 4; k++)
        before[k] = o.n[k]->n_route_changes;
    node_crash(o.n[who]);
    world_run_ms(o.w, pause_ms);
    node_start(o.n[who]);
    for (int t = 0; t < 200 && !ospf_instance_is_converged(o.n[who]->instance); t++)
        world_run_ms(o.w, 10);
    assert_true(ospf_instance_is_converged(o.n[who]->instance));
    for (size_t k = 1; k <= 4; k++) /* what it tells ribd at the end of its replay is complete */
        assert_true(k == who || node_route(o.n[who], ID(k), 32));
    for (int t = 0; t < 1000; t++) {
        world_run_ms(o.w, 10);
        assert_true(has_all_routes(&o, 4));
    }
    expect_roles(&o, 4, 4, 3);
    for (size_t k = 1; k <= 4; k++)
        assert_true(k == who || o.n[k]->n_route_changes == before[k]);
    assert_true(world_is_synchronised(o.w));
    world_destroy(o.w);
}

static void test_broadcast__restart_in_every_role(void **state)
{
    (void)state;
    for (size_t who = 1; who <= 4; who++) {
        restart(who, 0, 1);
        restart(who, 777, 1);
        restart(who, 3000, 1);
        restart(who, 25, 10); /* with slow hellos, and just after one */
        restart(who, 12345, 10);
    }
}

static void test_broadcast__two_parts(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 11);
    world_start(o.w);
    world_run_ms(o.w, 10000);
    o.lan.part[0] = o.lan.part[1] = 1; /* 1 and 2 | 3 and 4 */
    world_run_ms(o.w, 12000);
    expect_role(o.n[1], "backup", 2, 1);
    expect_role(o.n[2], "dr", 2, 1);
    expect_role(o.n[3], "backup", 4, 3);
    assert_non_null(node_route(o.n[1], ID(2), 32));
    assert_null(node_route(o.n[1], ID(3), 32));
    o.lan.part[0] = o.lan.part[1] = 0;
    world_run_ms(o.w, 10000);
    expect_roles(&o, 4, 4, 3);
    assert_true(has_all_routes(&o, 4));
    assert_int_equal(network_of(o.n[1]).n, 1);
    assert_true(world_is_synchronised(o.w));
    world_destroy(o.w);
}

/* --- where packets go --- */

struct spy {
    struct office *o;
    size_t n_wrong, n_to_all, n_to_designated, n_to_one;
};

static bool is_designated(struct node *n)
{
    struct look l = look(n);
    return strcmp(l.state, "dr") == 0 || strcmp(l.state, "backup") == 0;
}

static bool spy(void *arg, struct node *from, const char *device, const uint8_t *data, size_t len)
{
    struct spy *s = arg;
    uint32_t dest = ip_addr_to_v4(&from->world->last_destination);
    uint8_t type = data[1];
    (void)device;
    (void)len;
    s->n_to_all += dest == OSPF_ALL_SPF_ROUTERS;
    s->n_to_designated += dest == OSPF_ALL_D_ROUTERS;
    bool is_group = dest == OSPF_ALL_SPF_ROUTERS || dest == OSPF_ALL_D_ROUTERS;
    s->n_to_one += !is_group;
    if (type == OSPF_PACKET_HELLO)
        s->n_wrong += dest != OSPF_ALL_SPF_ROUTERS;
    else if (type == OSPF_PACKET_DD || type == OSPF_PACKET_REQUEST)
        s->n_wrong += is_group;
    else if (is_group) /* floods, delayed acknowledgments */
        s->n_wrong += (dest == OSPF_ALL_SPF_ROUTERS) != is_designated(from);
    return true;
}

static void test_broadcast__destinations(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 12);
    struct spy s = {.o = &o};
    o.w->tap = spy;
    o.w->tap_arg = &s;
    world_start(o.w);
    world_run_ms(o.w, 10000);
    o.p[1]->config.cost = 20; /* a change made by one who is nobody */
    ospf_instance_configure(o.n[1]->instance, &o.n[1]->config, NULL);
    world_run_ms(o.w, 5000);
    assert_int_equal(s.n_wrong, 0);
    assert_true(s.n_to_designated > 0 && s.n_to_one > 0);
    assert_int_equal(ospf_instance_counters(o.n[1]->instance)->retransmitted, 0);
    assert_int_equal(ospf_instance_counters(o.n[4]->instance)->retransmitted, 0);
    assert_int_equal(ospf_instance_counters(o.n[3]->instance)->retransmitted, 0);
    assert_true(world_is_synchronised(o.w));
    world_destroy(o.w);
}

/* A flood of one router costs three packets of updates and acknowledgments by the designated routers at most, not one
 * for each pair. */
static void test_broadcast__flooding_is_thrifty(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 13);
    world_start(o.w);
    world_run_ms(o.w, 15000);
    size_t hellos_before = o.w->n_sent;
    world_run_ms(o.w, 5000);
    size_t hellos = o.w->n_sent - hellos_before;
    hellos_before = o.w->n_sent;
    struct rib_best_route r = {.prefix = prefix_v4(0xc6336400, 24), .source = RIB_SOURCE_STATIC, .is_usable = true};
    o.n[1]->config.n_redistribute = 1;
    o.n[1]->redistribute = (struct cfg_ospf_instance_redistribute){
        .source = CFG_OSPF_INSTANCE_REDISTRIBUTE_SOURCE_STATIC, .metric = 20, .metric_type = CFG_METRIC_TYPE_TYPE_2};
    ospf_instance_route(o.n[1]->instance, &r);
    ospf_instance_configure(o.n[1]->instance, &o.n[1]->config, NULL);
    world_run_ms(o.w, 5000);
    assert_non_null(node_route(o.n[2], 0xc6336400, 24));
    /* external LSA and router-LSA (it is a boundary router now): each from 1 to the designated routers, from 4 to all,
     * acknowledged by 2 and 3 */
    assert_in_range(o.w->n_sent - hellos_before - hellos, 4, 10);
    world_destroy(o.w);
}

static void test_broadcast__loss(void **state)
{
    (void)state;
    for (uint64_t seed = 20; seed < 28; seed++) {
        struct office o;
        office_open(&o, 4, seed);
        for (size_t k = 1; k <= 4; k++)
            o.p[k]->config.dead_interval = 8;
        o.w->loss_percent = 15;
        world_start(o.w);
        world_run_ms(o.w, 20000);
        node_crash(o.n[4]);
        world_run_ms(o.w, 15000);
        node_start(o.n[4]);
        world_run_ms(o.w, 20000);
        o.w->loss_percent = 0;
        world_run_ms(o.w, 20000);
        assert_true(world_is_synchronised(o.w));
        assert_true(has_all_routes(&o, 4));
        assert_int_equal(network_of(o.n[1]).n, 1);
        world_destroy(o.w);
    }
}

/* --- configuration and other changes --- */

static void test_broadcast__designated_router_resigns(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 4, 30);
    world_start(o.w);
    world_run_ms(o.w, 10000);
    o.p[4]->config.priority = 0;
    ospf_instance_configure(o.n[4]->instance, &o.n[4]->config, NULL);
    world_run_ms(o.w, 6000);
    expect_roles(&o, 4, 3, 2);
    assert_true(has_all_routes(&o, 4));
    assert_int_equal(network_of(o.n[1]).id, ADDR(3));
    assert_int_equal(network_of(o.n[1]).n, 1);
    assert_int_equal(node_full_neighbors(o.n[4]), 2); /* 1 is not its neighbour to speak to any more */
    world_destroy(o.w);
}

static void test_broadcast__network_type_changes(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 2, 31);
    world_start(o.w);
    world_run_ms(o.w, 10000);
    expect_roles(&o, 2, 2, 1);
    for (size_t k = 1; k <= 2; k++) {
        o.p[k]->config.network_type = CFG_OSPF_INSTANCE_AREAS_AREA_INTERFACE_NETWORK_TYPE_POINT_TO_POINT;
        ospf_instance_configure(o.n[k]->instance, &o.n[k]->config, NULL);
    }
    world_run_ms(o.w, 8000);
    assert_string_equal(look(o.n[1]).state, "point-to-point");
    assert_int_equal(network_of(o.n[1]).n, 0);
    assert_true(has_all_routes(&o, 2));
    for (size_t k = 1; k <= 2; k++) {
        o.p[k]->config.network_type = CFG_OSPF_INSTANCE_AREAS_AREA_INTERFACE_NETWORK_TYPE_BROADCAST;
        ospf_instance_configure(o.n[k]->instance, &o.n[k]->config, NULL);
    }
    world_run_ms(o.w, 8000);
    expect_roles(&o, 2, 2, 1);
    assert_true(has_all_routes(&o, 2));
    port_set_up(o.p[2], false);
    world_run_ms(o.w, 8000);
    expect_role(o.n[1], "dr", 1, 0);
    assert_true(network_of(o.n[1]).adv != ID(1)); /* alone: a stub */
    assert_int_equal(network_of(o.n[2]).n, 0);
    port_set_up(o.p[2], true);
    world_run_ms(o.w, 8000);
    expect_roles(&o, 2, 1, 2);
    assert_true(has_all_routes(&o, 2));
    world_destroy(o.w);
}

/* A router comes back under another router id: its network-LSA of old is flushed, although it is not its own by name.
 */
static void test_broadcast__router_id_changes(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 3, 32);
    world_start(o.w);
    world_run_ms(o.w, 10000);
    expect_roles(&o, 3, 3, 2);
    node_crash(o.n[3]);
    o.n[3]->router_id = ID(77);
    node_start(o.n[3]);
    world_run_ms(o.w, 12000);
    struct network net = network_of(o.n[1]);
    assert_int_equal(net.n, 1);
    assert_int_equal(net.n_routers, 3);
    assert_true(net.adv != ID(3));
    assert_true(has_all_routes(&o, 3));
    assert_true(world_is_synchronised(o.w));
    world_destroy(o.w);
}

static void test_broadcast__beyond_the_lan(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 3, 33);
    struct node *far = world_node(o.w, ID(9));
    world_link(o.w, o.n[1], far, 5, 5);
    world_link(o.w, o.n[2], far, 5, 5);
    world_start(o.w);
    world_run_ms(o.w, 12000);
    const struct ospf_route *r = node_route(o.n[3], ID(9), 32); /* two ways over one LAN */
    assert_non_null(r);
    assert_int_equal(r->cost, 15);
    assert_int_equal(r->nexthops->n, 2);
    assert_int_equal(r->nexthops->nexthop[0].gateway, ADDR(1));
    assert_int_equal(r->nexthops->nexthop[1].gateway, ADDR(2));
    r = node_route(far, ADDR(0), 24); /* the LAN itself, from behind */
    assert_non_null(r);
    assert_false(r->is_local);
    assert_int_equal(r->cost, 15);
    assert_int_equal(r->nexthops->n, 2);
    assert_int_equal(node_route(o.n[1], ID(2), 32)->cost, 10); /* both ways cost 10 */
    assert_int_equal(node_route(o.n[1], ID(2), 32)->nexthops->n, 2);
    world_destroy(o.w);
}

/* --- what is not let in --- */

static void hello_from(struct office *o, uint32_t router_id, uint32_t source, uint32_t mask)
{
    uint8_t packet[OSPF_HEADER + 24];
    struct wire_writer w = wire_writer_of(packet, sizeof(packet));
    struct ospf_hello h = {
        .mask = mask, .hello_interval_sec = 1, .dead_interval_sec = 4, .options = OSPF_OPTION_E, .priority = 1};
    ospf_packet_begin(&w, OSPF_PACKET_HELLO, router_id, 0);
    ospf_hello_encode(&w, &h, NULL, 0);
    port_inject(o->p[1], source, OSPF_ALL_SPF_ROUTERS, packet, ospf_packet_end(&w, 0));
    world_run_ms(o->w, 1);
}

static void test_broadcast__refuses(void **state)
{
    (void)state;
    struct office o;
    office_open(&o, 2, 34);
    world_start(o.w);
    world_run_ms(o.w, 10000);
    hello_from(&o, ID(50), ADDR(50), 0xffff0000);
    assert_int_equal(node_drops(o.n[1], OSPF_DROP_HELLO_MASK), 1);
    hello_from(&o, ID(2), ADDR(50), 0xffffff00); /* a second router with the id of our neighbour */
    assert_int_equal(node_drops(o.n[1], OSPF_DROP_SECOND_NEIGHBOR), 1);
    assert_int_equal(node_full_neighbors(o.n[1]), 1);
    for (uint32_t k = 0; k < 300; k++) /* more than we keep; their addresses repeat, their ids do not */
        hello_from(&o, 0x0b000000u + k, ADDR(10 + k % 240), 0xffffff00);
    assert_true(look(o.n[1]).v.n_neighbors <= 241);
    world_run_ms(o.w, 6000);
    assert_int_equal(look(o.n[1]).v.n_neighbors, 1);
    expect_roles(&o, 2, 2, 1);
    port_inject(o.p[1], ADDR(2), OSPF_ALL_D_ROUTERS, (const uint8_t *)"", 0); /* it is the backup: listens, too short */
    world_run_ms(o.w, 1);
    assert_int_equal(node_drops(o.n[1], OSPF_DROP_SHORT), 1);
    world_destroy(o.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broadcast__elects_and_connects),
        cmocka_unit_test(test_broadcast__priority),
        cmocka_unit_test(test_broadcast__who_comes_late_takes_nothing),
        cmocka_unit_test(test_broadcast__backup_takes_over),
        cmocka_unit_test(test_broadcast__new_backup_is_heard),
        cmocka_unit_test(test_broadcast__backup_and_others_die),
        cmocka_unit_test(test_broadcast__restart_in_every_role),
        cmocka_unit_test(test_broadcast__two_parts),
        cmocka_unit_test(test_broadcast__destinations),
        cmocka_unit_test(test_broadcast__flooding_is_thrifty),
        cmocka_unit_test(test_broadcast__loss),
        cmocka_unit_test(test_broadcast__designated_router_resigns),
        cmocka_unit_test(test_broadcast__network_type_changes),
        cmocka_unit_test(test_broadcast__router_id_changes),
        cmocka_unit_test(test_broadcast__beyond_the_lan),
        cmocka_unit_test(test_broadcast__refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
