/* SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces and instances that the kernel refuses: each is tried again after its own pauses, delays no other, and says
 * why and when. On virtual time, with a kernel that refuses what the test names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "src/ribd/iface/port.h"
#include "src/ribd/instance/instance.h"
#include "src/ribd/retry.h"
#include "src/ribd/rib/rib.h"
#include "strata/env.h"
#include "strata/loop.h"
#include "strata/pace.h"
#include "strata/sim.h"

enum { LINKS = 4 };

struct kernel {
    struct dataplane dp; /* first */
    struct sim *sim;
    const struct env *env;
    struct ports *ports;
    struct instances *instances;
    int refuse_link[LINKS]; /* by ifindex */
    int refuse_vrf, refuse_input;
    unsigned n_link[LINKS], n_vrf;
    bool has_device;
    unsigned n_master; /* ports were put into a VRF */
    unsigned n_address;
};

static int link_set(struct dataplane *dp, uint32_t ifindex, bool is_up, uint32_t mtu, char *why)
{
    struct kernel *k = (struct kernel *)(void *)dp;

    (void)is_up;
    (void)mtu;
    k->n_link[ifindex]++;
    if (k->refuse_link[ifindex])
        snprintf(why, RIB_TEXT_MAX, "no, not %u", ifindex);
    return k->refuse_link[ifindex];
}

static int link_set_mpls(struct dataplane *dp, uint32_t ifindex, bool accepts, char *why)
{
    int error = ((struct kernel *)(void *)dp)->refuse_input;

    (void)ifindex;
    (void)accepts;
    if (error && why)
        snprintf(why, RIB_TEXT_MAX, "not now");
    return error;
}

static int link_set_master(struct dataplane *dp, uint32_t ifindex, const char *device, char *why)
{
    struct kernel *k = (struct kernel *)(void *)dp;

    (void)ifindex;
    if (!device || k->has_device) {
        k->n_master += device != NULL;
        return 0;
    }
    snprintf(why, RIB_TEXT_MAX, "no VRF device %s", device);
    return -ENODEV;
}

static int address_set(struct dataplane *dp, uint32_t ifindex, const struct prefix *a, bool is_set, char *why)
{
    struct kernel *k = (struct kernel *)(void *)dp;

    (void)why;
    k->n_address += is_set;
    ribd_ports_address(k->ports, ifindex, a, !is_set);
    return 0;
}

static int vrf_create(struct dataplane *dp, const char *device, uint32_t table, const char *alias, char *why)
{
    struct kernel *k = (struct kernel *)(void *)dp;

    (void)device;
    (void)table;
    (void)alias;
    k->n_vrf++;
    if (k->refuse_vrf)
        snprintf(why, RIB_TEXT_MAX, "no more of these");
    return k->refuse_vrf;
}

static void guard_interface(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, bool is_guarded)
{
    (void)dp;
    (void)cookie;
    (void)ifindex;
    (void)is_guarded;
}

static void flush(struct dataplane *dp)
{
    (void)dp;
}

static const struct dp_ops ops = {.link_set = link_set,
                                  .link_set_mpls = link_set_mpls,
                                  .address_set = address_set,
                                  .link_set_master = link_set_master,
                                  .vrf_create = vrf_create,
                                  .guard_interface = guard_interface,
                                  .flush = flush};

static void port_news(void *arg, const struct rib_interface *i)
{
    (void)arg;
    (void)i;
}

static void port_bounced(void *arg, uint32_t ifindex, bool is_device_gone)
{
    (void)arg;
    (void)ifindex;
    (void)is_device_gone;
}

static void vrf_device(void *arg, uint32_t table, uint32_t ifindex, bool is_up)
{
    ribd_instances_device(((struct kernel *)arg)->instances, table, ifindex, is_up);
}

static void instance_news(void *arg, const struct rib_instance *i, uint32_t ifindex)
{
    (void)arg;
    (void)i;
    (void)ifindex;
}

static void port_gone(void *arg, uint32_t ifindex)
{
    (void)arg;
    (void)ifindex;
}

static const struct port_events port_events = {
    .changed = port_news, .gone = port_gone, .bounced = port_bounced, .vrf_device = vrf_device};
static const struct instance_events instance_events = {.changed = instance_news};

static int setup(void **state)
{
    static struct kernel kernel;
    struct kernel *k = &kernel;

    *k = (struct kernel){.dp.ops = &ops, .sim = sim_create(1)};
    k->env = sim_process_env(sim_process_create(sim_node_create(k->sim, "router"), "ribd", NULL));
    k->ports = ribd_ports_create(&k->dp, k->env, &port_events, k);
    k->instances = ribd_instances_create(k->env, &k->dp, k->ports, &instance_events, k);
    *state = k;
    return 0;
}

static int teardown(void **state)
{
    struct kernel *k = *state;

    ribd_instances_destroy(k->instances);
    ribd_ports_destroy(k->ports);
    sim_destroy(k->sim);
    return 0;
}

static void plug(struct kernel *k, uint32_t ifindex, uint32_t vrf_table, const char *name)
{
    struct dp_link link = {.ifindex = ifindex, .mtu = 1500, .vrf_table = vrf_table, .is_admin_up = vrf_table != 0};

    snprintf(link.name, sizeof(link.name), "%s", name);
    ribd_ports_link(k->ports, &link);
}

/* What daemon.c does with a timer. */
static void run(struct kernel *k, unsigned seconds)
{
    for (unsigned i = 0; i < seconds * 10; i++) {
        sim_run_ms(k->sim, 100);
        if (loop_now_us(k->env->loop) >= ribd_ports_retry_at(k->ports))
            ribd_ports_retry(k->ports);
        if (loop_now_us(k->env->loop) >= ribd_instances_retry_at(k->instances))
            ribd_instances_retry(k->instances);
    }
}

struct seen {
    const char *name;
    char problem[RIB_TEXT_MAX];
    uint32_t retry_sec;
    bool has_mpls;
};

static void look_at_port(void *arg, const struct port_view *v)
{
    struct seen *s = arg;

    if (strcmp(v->i->name, s->name) != 0)
        return;
    snprintf(s->problem, sizeof(s->problem), "%s", v->problem);
    s->retry_sec = v->retry_sec;
    s->has_mpls = v->i->has_mpls;
}

static struct seen port(struct kernel *k, const char *name)
{
    struct seen s = {.name = name};

    ribd_ports_each(k->ports, look_at_port, &s);
    return s;
}

static void look_at_instance(void *arg, const struct instance_view *v)
{
    struct seen *s = arg;

    snprintf(s->problem, sizeof(s->problem), "%s", v->problem);
    s->retry_sec = v->retry_sec;
}

static void test_retry__doubles_up_to_a_minute(void **state)
{
    static const uint32_t pauses[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct retry r = {0};
    uint64_t now = 5000000;

    (void)state;
    assert_true(retry_earlier(UINT64_MAX, &r) == UINT64_MAX);
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        retry_failed(&r, now);
        retry_failed(&r, now + 1); /* out of turn */
        assert_int_equal(retry_in_sec(&r, now), pauses[i]);
        assert_true(retry_earlier(UINT64_MAX, &r) == now + pauses[i] * 1000000ull);
        now += pauses[i] * 1000000ull;
        assert_false(retry_is_due(&r, now - 1));
        assert_true(retry_is_due(&r, now));
    }
    retry_clear(&r);
    assert_false(retry_is_due(&r, UINT64_MAX));
    assert_int_equal(retry_in_sec(&r, now), 0);
}

/* Asked for all the time, it is done less and less often; after a quiet time at once again. */
static void test_pace__slows_down_in_a_flood(void **state)
{
    static const uint64_t gaps_ms[] = {100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000};
    uint64_t now = 1000000000;
    struct pace p = {0};

    (void)state;
    assert_int_equal(pace_wait_ms(&p, now, 50), 50);
    for (size_t i = 0; i < sizeof(gaps_ms) / sizeof(gaps_ms[0]); i++) {
        pace_done(&p, now, 1000, false);
        assert_int_equal(pace_wait_ms(&p, now, 0), gaps_ms[i]);
        assert_int_equal(pace_wait_ms(&p, now + 50000, 0), gaps_ms[i] - 50);
        now += gaps_ms[i] * 1000;
        assert_int_equal(pace_wait_ms(&p, now, 0), 0);
    }
    pace_done(&p, now, 1000, true); /* it found something: soon again */
    assert_int_equal(pace_wait_ms(&p, now, 0), 100);
    now += 100000;
    pace_done(&p, now, 1000, false);
    assert_int_equal(pace_wait_ms(&p, now + 399999, 0), 0);
    pace_done(&p, now + 399999, 1000, false); /* not quiet for long enough */
    assert_int_equal(p.pause_ms, 400);
    now += 399999 + 800000;
    assert_int_equal(pace_wait_ms(&p, now, 20), 20);
    assert_int_equal(p.pause_ms, 0);
    pace_done(&p, now, 3000000, false); /* it took 3 s: a fifth of the time at most */
    assert_int_equal(pace_wait_ms(&p, now, 0), 12000);
}

/* One fails for minutes; another, which fails only then, is tried after a second all the same. */
static void test_ports__delay_no_other(void **state)
{
    struct kernel *k = *state;
    struct port_wish wishes[] = {{.name = "p1", .is_enabled = true}, {.name = "p2", .is_enabled = true}};
    unsigned before;

    k->refuse_link[1] = -EBUSY;
    plug(k, 1, 0, "p1");
    ribd_ports_want(k->ports, wishes, 2);
    assert_int_equal(port(k, "p1").retry_sec, 1);
    run(k, 100);
    before = k->n_link[1];
    assert_in_range(before, 6, 9); /* at 0, 1, 3, 7, 15, 31, 63 s */
    k->refuse_link[2] = -EPERM;
    plug(k, 2, 0, "p2");
    assert_string_equal(port(k, "p2").problem, "no, not 2");
    assert_int_equal(port(k, "p2").retry_sec, 1);
    assert_in_range(port(k, "p1").retry_sec, 2, 60);
    k->refuse_link[2] = 0;
    run(k, 2);
    assert_int_equal(k->n_link[2], 2);
    assert_string_equal(port(k, "p2").problem, "");
    assert_int_equal(port(k, "p2").retry_sec, 0);
    assert_int_equal(k->n_link[1], before); /* nor was that one disturbed */
    assert_string_equal(port(k, "p1").problem, "no, not 1");
    wishes[0].mtu = 1400; /* what is new is tried at once, and begins anew */
    ribd_ports_want(k->ports, wishes, 2);
    assert_int_equal(k->n_link[1], before + 1);
    assert_int_equal(port(k, "p1").retry_sec, 1);
}

static void test_instances__delay_no_port(void **state)
{
    struct kernel *k = *state;
    const char *names[] = {"red"};
    struct port_wish wish = {.name = "p1", .is_enabled = true};
    struct seen red = {0};

    k->refuse_vrf = -ENFILE;
    ribd_instances_want(k->instances, names, 1);
    run(k, 100);
    assert_in_range(k->n_vrf, 6, 9);
    ribd_instances_each(k->instances, look_at_instance, &red);
    assert_string_equal(red.problem, "no more of these");
    assert_in_range(red.retry_sec, 2, 60);
    k->refuse_link[1] = -EBUSY;
    plug(k, 1, 0, "p1");
    ribd_ports_want(k->ports, &wish, 1);
    k->refuse_link[1] = 0;
    run(k, 2);
    assert_int_equal(port(k, "p1").retry_sec, 0);
    k->refuse_vrf = 0;
    run(k, 61);
    ribd_instances_each(k->instances, look_at_instance, &red);
    assert_string_equal(red.problem, "");
    assert_int_equal(red.retry_sec, 0);
    assert_true(ribd_instances_retry_at(k->instances) == UINT64_MAX);
}

/* A port that waits for its instance's device does not sleep through its arrival. */
static void test_ports__wait_for_their_device(void **state)
{
    struct kernel *k = *state;
    struct port_wish wish = {.name = "p1", .is_enabled = true, .instance = "red", .device = "red"};

    plug(k, 1, 0, "p1");
    ribd_ports_want(k->ports, &wish, 1);
    run(k, 40);
    assert_string_equal(port(k, "p1").problem, "no VRF device red");
    assert_int_equal(k->n_link[1], 0);
    k->has_device = true;
    plug(k, 2, 1001, "red");
    assert_string_equal(port(k, "p1").problem, "");
    assert_int_equal(k->n_link[1], 1);
    assert_int_equal(k->n_master, 1);
    ribd_ports_link_gone(k->ports, 2); /* somebody deletes it, and it is made again */
    plug(k, 3, 1001, "red");
    assert_int_equal(k->n_master, 2);
}

/* The guard stands, and then the input cannot be switched on. */
static void test_ports__input_behind_the_guard(void **state)
{
    struct kernel *k = *state;
    struct port_wish wish = {.name = "p1", .is_enabled = true, .has_mpls = true, .is_guarded = true};

    plug(k, 1, 0, "p1");
    ribd_ports_want(k->ports, &wish, 1);
    k->refuse_input = -ETIMEDOUT;
    ribd_ports_result(k->ports, (uint64_t)1 << 3 | RIB_COOKIE_OTHER, 0, "");
    assert_false(port(k, "p1").has_mpls);
    assert_string_equal(port(k, "p1").problem, "not now");
    assert_int_equal(port(k, "p1").retry_sec, 1);
    run(k, 4);
    k->refuse_input = 0;
    run(k, 4);
    assert_true(port(k, "p1").has_mpls);
    assert_string_equal(port(k, "p1").problem, "");
    assert_int_equal(port(k, "p1").retry_sec, 0);
}

/* Who was trusted until now is not shut before the guard stands; only if it cannot be had. */
static void test_ports__from_trusted_to_guarded(void **state)
{
    struct kernel *k = *state;
    struct port_wish wish = {.name = "p1", .is_enabled = true, .has_mpls = true};

    plug(k, 1, 0, "p1");
    ribd_ports_want(k->ports, &wish, 1);
    assert_true(port(k, "p1").has_mpls);
    wish.is_guarded = true;
    ribd_ports_want(k->ports, &wish, 1);
    assert_true(port(k, "p1").has_mpls);
    ribd_ports_result(k->ports, (uint64_t)1 << 3 | RIB_COOKIE_OTHER, -EOPNOTSUPP, "no guard");
    assert_false(port(k, "p1").has_mpls);
    assert_string_equal(port(k, "p1").problem, "no guard");
    run(k, 4);
    assert_false(port(k, "p1").has_mpls);
    ribd_ports_result(k->ports, (uint64_t)1 << 3 | RIB_COOKIE_OTHER, 0, "");
    assert_true(port(k, "p1").has_mpls);
}

static void move(struct kernel *k, uint32_t ifindex, const char *name, uint32_t master)
{
    struct dp_link link = {.ifindex = ifindex, .mtu = 1500, .master = master};

    snprintf(link.name, sizeof(link.name), "%s", name);
    ribd_ports_link(k->ports, &link);
}

/* Somebody takes a port out of its instance: it goes back at once, and with who does not stop once a second. */
static void test_ports__go_back_into_their_instance(void **state)
{
    struct kernel *k = *state;
    struct port_wish wish = {.name = "p1", .instance = "red", .device = "red"};

    k->has_device = true;
    plug(k, 2, 1001, "red");
    plug(k, 1, 0, "p1");
    ribd_ports_want(k->ports, &wish, 1);
    move(k, 1, "p1", 2); /* the news of our own doing */
    assert_int_equal(k->n_master, 1);
    run(k, 2);
    move(k, 1, "p1", 0);
    assert_int_equal(k->n_master, 2);
    move(k, 1, "p1", 2);
    for (unsigned i = 0; i < 10; i++) {
        move(k, 1, "p1", 0);
        move(k, 1, "p1", 2);
    }
    assert_int_equal(k->n_master, 2);
    move(k, 1, "p1", 0);
    run(k, 2);
    assert_int_equal(k->n_master, 3);
    assert_int_equal(k->n_link[1], 0); /* whether it is up was not touched */
}

/* An address of the configuration is put back after a second, unless whoever took it did so; others are nobody's. */
static void test_ports__get_their_address_back(void **state)
{
    struct kernel *k = *state;
    struct prefix own = {.addr = {.family = AF_INET, .b = {10, 1, 0, 1}}, .len = 24};
    struct prefix other = {.addr = {.family = AF_INET, .b = {10, 2, 0, 1}}, .len = 24};
    struct port_wish wish = {.name = "p1", .n_addresses = 1, .addresses = &own};

    plug(k, 1, 0, "p1");
    ribd_ports_want(k->ports, &wish, 1);
    assert_int_equal(k->n_address, 1);
    ribd_ports_address(k->ports, 1, &other, false);
    ribd_ports_address(k->ports, 1, &other, true);
    run(k, 3);
    assert_int_equal(k->n_address, 1);
    ribd_ports_address(k->ports, 1, &own, true);
    assert_int_equal(k->n_address, 1);
    run(k, 2);
    assert_int_equal(k->n_address, 2);
    ribd_ports_address(k->ports, 1, &own, true);
    ribd_ports_address(k->ports, 1, &own, false);
    run(k, 2);
    assert_int_equal(k->n_address, 2);
    wish.n_addresses = 0; /* the configuration itself takes it off */
    ribd_ports_want(k->ports, &wish, 1);
    run(k, 3);
    assert_int_equal(k->n_address, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry__doubles_up_to_a_minute),
        cmocka_unit_test(test_pace__slows_down_in_a_flood),
        cmocka_unit_test_setup_teardown(test_ports__delay_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(test_instances__delay_no_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ports__wait_for_their_device, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ports__input_behind_the_guard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ports__from_trusted_to_guarded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ports__go_back_into_their_instance, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ports__get_their_address_back, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
