/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole ospfd daemons in the simulation, with the real mgmtd and a ribd that the test plays: what they tell ribd,
 * replay and its end, restarts of either side, redistribution, VPN instances, changes of configuration.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "ospfd/daemon.h"
#include "ospfd/session/instance.h"
#include "src/mgmtd/mgmtd.h"
#include "lib/text/context.h"
#include "strata/front.h"
#include "strata/sim.h"
#include "tests/unit/ospfd/fake_ribd.h"

#define VRF 1001u
/* mgmtd waits ten seconds for a ribd that takes configuration, which ours does not. */
#define BOOT_MS 18000

struct router {
    struct sim_node *node;
    struct fake_ribd ribd;
    const char *config;
    struct sim_process *mgmtd_process, *ribd_process, *ospfd_process;
    struct ly_ctx *ctx;
};

struct pair {
    struct sim *sim;
    struct ly_ctx *ctx;
    struct sim_cable *cable;
    struct router a, b;
};

static void *mgmtd_start(struct sim_process *process, const struct env *env, void *arg)
{
    struct router *r = arg;
    struct mgmtd_options o = {.boot_file = "router.conf", .boot_text = r->config, .ctx = r->ctx};
    (void)process;
    return mgmtd_create(env, &o);
}

static void mgmtd_stop(void *daemon, void *arg)
{
    (void)arg;
    mgmtd_destroy(daemon);
}

static void *ospfd_start(struct sim_process *process, const struct env *env, void *arg)
{
    (void)process;
    (void)arg;
    return ospfd_create(env);
}

static void ospfd_stop(void *daemon, void *arg)
{
    (void)arg;
    ospfd_destroy(daemon);
}

static struct prefix text_prefix(const char *text)
{
    struct prefix p;
    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static void add_interface(struct router *r, const char *name, const char *address, uint32_t vrf, bool is_loopback)
{
    struct rib_interface i = {
        .ifindex = sim_ifindex(r->node, name), .vrf = vrf, .mtu = 1500, .is_up = true, .is_loopback = is_loopback};
    snprintf(i.name, sizeof(i.name), "%s", name);
    assert_int_equal(sim_host_address(r->node, name, address), 0);
    fake_ribd_interface(&r->ribd, &i, text_prefix(address));
}

static void start(struct router *r, struct ly_ctx *ctx, const char *config)
{
    struct sim_program mgmtd = {.name = "mgmtd", .create = mgmtd_start, .destroy = mgmtd_stop, .arg = r};
    struct sim_program ribd = {
        .name = "ribd", .create = fake_ribd_create, .destroy = fake_ribd_destroy, .arg = &r->ribd};
    struct sim_program ospfd = {.name = "ospfd", .create = ospfd_start, .destroy = ospfd_stop, .arg = r};
    r->config = config;
    r->ctx = ctx;
    r->mgmtd_process = sim_process_create(r->node, "mgmtd", &mgmtd);
    r->ribd_process = sim_process_create(r->node, "ribd", &ribd);
    r->ospfd_process = sim_process_create(r->node, "ospfd", &ospfd);
    assert_true(sim_process_is_running(r->mgmtd_process));
}

static void print_line(void *arg, enum log_level level, const char *line)
{
    (void)arg;
    (void)level;
    print_message("%s\n", line);
}

/* Two routers, a cable a-e0 - b-e0; the second of them in a VPN instance if asked for. */
static struct pair *pair_create(uint64_t seed, uint32_t vrf_b)
{
    struct pair *p = calloc(1, sizeof(*p));
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    char error[256];
    assert_int_equal(yang_context_create(dirs, &p->ctx, error, sizeof(error)), 0);
    p->sim = sim_create(seed);
    if (getenv("STRATA_TEST_LOG"))
        sim_set_log(p->sim, print_line, NULL, LOG_LEVEL_DEBUG);
    p->a.node = sim_node_create(p->sim, "a");
    p->b.node = sim_node_create(p->sim, "b");
    p->cable = sim_cable_create(p->a.node, "e0", p->b.node, "e0", NULL);
    if (vrf_b) {
        p->b.ribd.instances[0] = (struct rib_instance){.vrf = vrf_b, .name = "red", .device = "red", .is_ready = true};
        p->b.ribd.n_instances = 1;
    }
    add_interface(&p->a, "lo", "10.0.0.1/32", 0, true);
    add_interface(&p->a, "e0", "10.1.0.1/24", 0, false);
    add_interface(&p->b, "lo", "10.0.0.2/32", vrf_b, true);
    add_interface(&p->b, "e0", "10.1.0.2/24", vrf_b, false);
    return p;
}

static void pair_destroy(struct pair *p)
{
    sim_destroy(p->sim);
    ly_ctx_destroy(p->ctx);
    free(p);
}

#define AREA                                                                                                           \
    "area 0.0.0.0 { interface lo passive; interface e0 { network-type point-to-point; hello-interval 1; "              \
    "dead-interval 4 } }"
#define CONFIG_A "ospf { router-id 10.0.0.1; " AREA " }"
#define CONFIG_B "ospf { router-id 10.0.0.2; " AREA " }"

static void test_daemon__tells_ribd(void **state)
{
    (void)state;
    struct pair *p = pair_create(1, 0);
    start(&p->a, p->ctx, CONFIG_A);
    start(&p->b, p->ctx, "ospf { " AREA " }"); /* router id: the loopback's address */
    sim_run_ms(p->sim, BOOT_MS);
    const struct fake_route *r = fake_ribd_find(&p->a.ribd, 0, "10.0.0.2/32");
    assert_non_null(r);
    assert_int_equal(r->route.source, RIB_SOURCE_OSPF);
    assert_int_equal(r->route.distance, 110);
    assert_int_equal(r->route.metric, 10);
    assert_int_equal(r->set.n, 1);
    assert_int_equal(r->set.nexthop[0].ifindex, sim_ifindex(p->a.node, "e0"));
    assert_int_equal(ip_addr_to_v4(&r->set.nexthop[0].gateway), 0x0a010002);
    assert_int_equal(fake_ribd_count(&p->a.ribd), 1); /* what is connected is ribd's own business */
    assert_int_equal(p->a.ribd.n_ends, 1);
    assert_int_equal(ospf_instance_router_id(ospfd_instance(sim_process_daemon(p->b.ospfd_process), 0)), 0x0a000002);
    assert_int_equal(p->a.ribd.n_bad_sets, 0);
    sim_cable_set(p->cable, false);
    p->a.ribd.interfaces[1].is_up = false;
    fake_ribd_change(&p->a.ribd, 1);
    sim_run_ms(p->sim, 2000);
    assert_int_equal(fake_ribd_count(&p->a.ribd), 0);
    assert_int_equal(fake_ribd_count(&p->b.ribd), 1); /* its link is not known to be down: the dead interval */
    sim_run_ms(p->sim, 4000);
    assert_int_equal(fake_ribd_count(&p->b.ribd), 0);
    pair_destroy(p);
}

static void test_daemon__ribd_restarts(void **state)
{
    (void)state;
    struct pair *p = pair_create(2, 0);
    start(&p->a, p->ctx, CONFIG_A);
    start(&p->b, p->ctx, CONFIG_B);
    sim_run_ms(p->sim, BOOT_MS);
    for (int round = 0; round < 3; round++) {
        size_t n_set = p->a.ribd.n_set, n_ends = p->a.ribd.n_ends;
        sim_process_restart(p->a.ribd_process, 300);
        sim_run_ms(p->sim, 4000);
        assert_int_equal(p->a.ribd.n_set, n_set + 1); /* told again, once */
        assert_int_equal(p->a.ribd.n_ends, n_ends + 1);
        assert_int_equal(fake_ribd_count(&p->a.ribd), 1);
        assert_false(fake_ribd_find(&p->a.ribd, 0, "10.0.0.2/32")->is_stale);
        assert_int_equal(p->a.ribd.n_bad_sets, 0);
    }
    pair_destroy(p);
}

/* The routes of its earlier life stay in ribd until the new life knows better. */
static void test_daemon__ospfd_restarts(void **state)
{
    (void)state;
    struct pair *p = pair_create(3, 0);
    start(&p->a, p->ctx, CONFIG_A);
    start(&p->b, p->ctx, CONFIG_B);
    sim_run_ms(p->sim, BOOT_MS);
    for (int round = 0; round < 3; round++) {
        size_t n_ends = p->a.ribd.n_ends, n_del = p->a.ribd.n_del;
        sim_process_restart(p->a.ospfd_process, 200);
        for (int k = 0; k < 300; k++) {
            sim_run_ms(p->sim, 10);
            assert_int_equal(fake_ribd_count(&p->a.ribd), 1); /* at no time is it gone */
        }
        sim_run_ms(p->sim, 2000);
        assert_int_equal(p->a.ribd.n_ends, n_ends + 1);
        assert_int_equal(p->a.ribd.n_del, n_del);
        assert_false(fake_ribd_find(&p->a.ribd, 0, "10.0.0.2/32")->is_stale);
        assert_non_null(fake_ribd_find(&p->b.ribd, 0, "10.0.0.1/32"));
    }
    pair_destroy(p);
}

static void test_daemon__replay_ends_after_a_while_without_neighbour(void **state)
{
    (void)state;
    struct pair *p = pair_create(4, 0);
    start(&p->a, p->ctx, CONFIG_A);
    start(&p->b, p->ctx, CONFIG_B);
    sim_run_ms(p->sim, BOOT_MS);
    sim_process_crash(p->b.ospfd_process);
    sim_process_restart(p->a.ospfd_process, 100);
    sim_run_ms(p->sim, 14000);
    assert_int_equal(p->a.ribd.n_ends, 1);
    assert_int_equal(fake_ribd_count(&p->a.ribd), 1);
    sim_run_ms(p->sim, 3000);
    assert_int_equal(p->a.ribd.n_ends, 2);
    assert_int_equal(fake_ribd_count(&p->a.ribd), 0);
    pair_destroy(p);
}

/* Without mgmtd a new ospfd knows nothing, and so it may not say that nothing is wanted. */
static void test_daemon__nothing_is_swept_without_configuration(void **state)
{
    (void)state;
    struct pair *p = pair_create(5, 0);
    start(&p->a, p->ctx, CONFIG_A);
    start(&p->b, p->ctx, CONFIG_B);
    sim_run_ms(p->sim, BOOT_MS);
    sim_process_crash(p->a.mgmtd_process);
    sim_process_restart(p->a.ospfd_process, 100);
    sim_run_ms(p->sim, 40000);
    assert_int_equal(p->a.ribd.n_ends, 1);
    assert_int_equal(fake_ribd_count(&p->a.ribd), 1);
    sim_process_start(p->a.mgmtd_process);
    sim_run_ms(p->sim, BOOT_MS);
    assert_int_equal(p->a.ribd.n_ends, 2);
    assert_false(fake_ribd_find(&p->a.ribd, 0, "10.0.0.2/32")->is_stale);
    pair_destroy(p);
}

static struct rib_best_route offer(const char *prefix, enum rib_source source, uint32_t vrf)
{
    return (struct rib_best_route){
        .vrf = vrf, .prefix = text_prefix(prefix), .source = (uint8_t)source, .is_usable = true};
}

static void test_daemon__redistributes(void **state)
{
    (void)state;
    struct pair *p = pair_create(6, 0);
    struct rib_best_route r = offer("192.168.1.0/24", RIB_SOURCE_STATIC, 0),
                          c = offer("10.1.0.0/24", RIB_SOURCE_CONNECTED, 0);
    fake_ribd_offer(&p->a.ribd, &r);
    fake_ribd_offer(&p->a.ribd, &c);
    start(&p->a, p->ctx,
          "ospf { router-id 10.0.0.1; redistribute static { metric 33; tag 7 }; redistribute connected; " AREA " }");
    start(&p->b, p->ctx, CONFIG_B);
    sim_run_ms(p->sim, BOOT_MS);
    const struct fake_route *x = fake_ribd_find(&p->b.ribd, 0, "192.168.1.0/24");
    assert_non_null(x);
    assert_int_equal(x->route.metric, 33);
    assert_int_equal(x->route.tag, 7);
    assert_null(fake_ribd_find(&p->b.ribd, 0, "10.1.0.0/24")); /* internal, and its own */
    r = offer("192.168.2.0/24", RIB_SOURCE_STATIC, 0);
    fake_ribd_offer(&p->a.ribd, &r);
    struct prefix gone = text_prefix("192.168.1.0/24");
    fake_ribd_withdraw(&p->a.ribd, &gone);
    sim_run_ms(p->sim, 3000);
    assert_null(fake_ribd_find(&p->b.ribd, 0, "192.168.1.0/24"));
    assert_non_null(fake_ribd_find(&p->b.ribd, 0, "192.168.2.0/24"));
    sim_process_crash(p->a.ribd_process); /* while ribd is away a route disappears: its next dump tells */
    p->a.ribd.n_offered = 1;
    p->a.ribd.offered[0] = c;
    sim_run_ms(p->sim, 3000);
    assert_non_null(fake_ribd_find(&p->b.ribd, 0, "192.168.2.0/24"));
    sim_process_start(p->a.ribd_process);
    sim_run_ms(p->sim, 5000);
    assert_null(fake_ribd_find(&p->b.ribd, 0, "192.168.2.0/24"));
    pair_destroy(p);
}

/* A border router: what is inside, what comes from elsewhere, and what another border router took from BGP. */
static void expect_distances(const char *config, uint8_t internal, uint8_t external, uint8_t returned)
{
    struct pair *p = pair_create(7, 0);
    struct rib_best_route bgp = offer("192.168.1.0/24", RIB_SOURCE_BGP_LABELED, 0),
                          fixed = offer("192.168.2.0/24", RIB_SOURCE_STATIC, 0);
    fake_ribd_offer(&p->a.ribd, &bgp);
    fake_ribd_offer(&p->a.ribd, &fixed);
    start(&p->a, p->ctx, "ospf { router-id 10.0.0.1; redistribute bgp tag 9; redistribute static; " AREA " }");
    start(&p->b, p->ctx, config);
    sim_run_ms(p->sim, BOOT_MS);
    assert_int_equal(fake_ribd_find(&p->b.ribd, 0, "10.0.0.1/32")->route.distance, internal);
    assert_int_equal(fake_ribd_find(&p->b.ribd, 0, "192.168.2.0/24")->route.distance, external);
    assert_int_equal(fake_ribd_find(&p->b.ribd, 0, "192.168.1.0/24")->route.distance, returned);
    pair_destroy(p);
}

static void test_daemon__distances(void **state)
{
    (void)state;
    expect_distances("ospf { internal-distance 10; redistribute bgp { tag 9; return-distance 210 }; " AREA " }", 10,
                     110, 210);
    expect_distances("ospf { distance 90; redistribute bgp { tag 8; return-distance 210 }; " AREA " }", 90, 90, 90);
    expect_distances("ospf { redistribute static { tag 9; return-distance 210 }; " AREA " }", 110, 110, 110);
}

static void test_daemon__vpn_instance(void **state)
{
    (void)state;
    struct pair *p = pair_create(7, VRF);
    struct rib_best_route r = offer("192.168.9.0/24", RIB_SOURCE_BGP, VRF);
    fake_ribd_offer(&p->b.ribd, &r);
    start(&p->a, p->ctx, CONFIG_A);
    start(&p->b, p->ctx,
          "vpn-instance red { route-distinguisher 1:1 }\n"
          "ospf vpn-instance red { router-id 10.0.0.2; redistribute bgp; " AREA " }");
    sim_run_ms(p->sim, BOOT_MS);
    const struct fake_route *x = fake_ribd_find(&p->b.ribd, VRF, "10.0.0.1/32");
    assert_non_null(x);
    assert_int_equal(x->set.nexthop[0].vrf, VRF);
    assert_null(fake_ribd_find(&p->b.ribd, 0, "10.0.0.1/32"));
    assert_non_null(fake_ribd_find(&p->a.ribd, 0, "192.168.9.0/24")); /* the DN bit matters to other PEs only */
    assert_null(ospfd_instance(sim_process_daemon(p->b.ospfd_process), 0));
    pair_destroy(p);
}

/* Both ends are provider edges of the VPN; neither has a loopback there, nor a router id configured. */
static void test_daemon__two_instances_of_one_router(void **state)
{
    (void)state;
    struct pair *p = pair_create(8, VRF);
    struct rib_best_route kept = offer("192.168.9.0/24", RIB_SOURCE_BGP_LABELED, VRF),
                          filtered = offer("192.168.8.0/24", RIB_SOURCE_BGP, VRF),
                          elsewhere = offer("192.168.7.0/24", RIB_SOURCE_BGP, 0);
    struct rib_interface second = {.vrf = VRF + 1, .mtu = 1500, .is_up = true};
    struct sim_cable *cable = sim_cable_create(p->a.node, "e1", p->b.node, "e1", NULL);
    assert_non_null(cable);
    add_interface(&p->a, "e1", "10.2.0.1/24", 0, false);
    p->b.ribd.instances[1] =
        (struct rib_instance){.vrf = second.vrf, .name = "blue", .device = "blue", .is_ready = true};
    p->b.ribd.n_instances = 2;
    add_interface(&p->b, "e1", "10.2.0.2/24", second.vrf, false);
    fake_ribd_offer(&p->b.ribd, &kept);
    fake_ribd_offer(&p->b.ribd, &filtered);
    fake_ribd_offer(&p->b.ribd, &elsewhere);
    start(&p->a, p->ctx,
          "ospf { router-id 10.0.0.1; area 0.0.0.0 { interface lo passive; interface e0 { hello-interval 1; "
          "dead-interval 4 }; interface e1 { hello-interval 1; dead-interval 4 } } }");
    start(&p->b, p->ctx,
          "policy prefix-list SOME { rule 10 { action permit; prefix 192.168.9.0/24 } }\n"
          "vpn-instance red { route-distinguisher 1:1 }\n"
          "vpn-instance blue { route-distinguisher 1:2 }\n"
          "ospf vpn-instance red { vpn-tag 3489661028; redistribute bgp { prefix-list SOME }; " AREA " }\n"
          "ospf vpn-instance blue { area 0.0.0.0 { interface e1 { hello-interval 1; dead-interval 4 } } }");
    sim_run_ms(p->sim, BOOT_MS);
    struct ospfd *b = sim_process_daemon(p->b.ospfd_process);
    assert_int_equal(ospf_instance_router_id(ospfd_instance(b, VRF)), 0x0a000002);        /* its loopback */
    assert_int_equal(ospf_instance_router_id(ospfd_instance(b, second.vrf)), 0x0a020002); /* it has none */
    const struct fake_route *x = fake_ribd_find(&p->a.ribd, 0, "192.168.9.0/24");
    assert_non_null(x);
    assert_int_equal(x->route.tag, 0xd0000064u);
    assert_null(fake_ribd_find(&p->a.ribd, 0, "192.168.8.0/24"));
    assert_null(fake_ribd_find(&p->a.ribd, 0, "192.168.7.0/24"));
    assert_null(fake_ribd_find(&p->b.ribd, VRF, "192.168.9.0/24"));
    assert_null(fake_ribd_find(&p->b.ribd, second.vrf, "192.168.9.0/24")); /* round through a: the bit */
    assert_non_null(fake_ribd_find(&p->b.ribd, second.vrf, "10.0.0.2/32"));
    assert_int_equal(p->b.ribd.n_ends, 1);
    pair_destroy(p);
}

/* --- state --- */

struct question {
    char text[16384];
    bool is_answered;
};

static void on_reply(const struct front_reply *r, void *arg)
{
    struct question *q = arg;
    q->is_answered = true;
    snprintf(q->text, sizeof(q->text), "%s", r->text);
}

static void ask_state(struct pair *p, struct router *r, const char *path, struct question *q)
{
    static const struct front_events events = {.reply = on_reply};
    const struct env *env = sim_process_env(sim_process_create(r->node, "strata", NULL));
    struct front *front = front_create(env, "strata", &events, q);
    struct front_request request = {.op = FRONT_STATE, .path = path};

    sim_run_ms(p->sim, 1000);
    assert_true(front_send(front, &request) != 0);
    sim_run_ms(p->sim, 5000);
    assert_true(q->is_answered);
    front_destroy(front);
}

/* An interface of an instance that is not in it says where it is. */
static void test_daemon__interfaces_elsewhere(void **state)
{
    (void)state;
    struct pair *p = pair_create(9, VRF);
    struct question q = {0};
    assert_non_null(sim_cable_create(p->a.node, "e1", p->b.node, "e1", NULL));
    add_interface(&p->b, "e1", "10.2.0.2/24", 0, false);
    start(&p->b, p->ctx,
          "vpn-instance red { route-distinguisher 1:1 }\n"
          "ospf { router-id 10.0.0.2; area 0.0.0.0 { interface e0; interface e9 } }\n"
          "ospf vpn-instance red { router-id 10.0.0.3; area 0.0.0.0 { interface e1; interface lo passive } }");
    sim_run_ms(p->sim, BOOT_MS);
    ask_state(p, &p->b, "/ospf/interface", &q);
    const char *e0 = strstr(q.text, "\"e0\""), *e9 = strstr(q.text, "\"e9\"");
    assert_non_null(e0);
    assert_non_null(strstr(q.text, "\"error\": \"interface is in VPN instance red\""));
    assert_non_null(e9);
    assert_non_null(strstr(q.text, "\"error\": \"no such interface\""));
    ask_state(p, &p->b, "/ospf/vpn-instance[red]/interface", &q);
    assert_non_null(strstr(q.text, "\"error\": \"interface is in no VPN instance\""));
    assert_null(strstr(strstr(q.text, "\"error\"") + 1, "\"error\"")); /* lo runs */
    pair_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_daemon__tells_ribd),
        cmocka_unit_test(test_daemon__ribd_restarts),
        cmocka_unit_test(test_daemon__ospfd_restarts),
        cmocka_unit_test(test_daemon__replay_ends_after_a_while_without_neighbour),
        cmocka_unit_test(test_daemon__nothing_is_swept_without_configuration),
        cmocka_unit_test(test_daemon__redistributes),
        cmocka_unit_test(test_daemon__distances),
        cmocka_unit_test(test_daemon__vpn_instance),
        cmocka_unit_test(test_daemon__two_instances_of_one_router),
        cmocka_unit_test(test_daemon__interfaces_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
