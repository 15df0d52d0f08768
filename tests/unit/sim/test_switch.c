/* SPDX-License-Identifier: Apache-2.0
 *
 * Ethernet switches: a and b at switch x, c at switch y, a cable between the switches.
 */
#include "tests/unit/sim/peer.h"

enum { STATIONS = 3, PORT = 7777 };

struct bench {
    struct sim *sim;
    struct sim_node *stations[STATIONS], *x, *y;
    struct sim_cable *trunk, *cables[STATIONS];
    struct sim_trace trace;
    unsigned n_heard[STATIONS], n_seen[STATIONS];
};

static const char *const names[STATIONS] = {"a", "b", "c"};
static const char *const addresses[STATIONS] = {"10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"};

static void count(void *arg, const struct sim_packet *p)
{
    (void)p;
    ++*(unsigned *)arg;
}

static int setup(void **state)
{
    struct sim_cable_spec small = {.mtu = 1400};
    struct bench *b = MEM_NEW(NULL, struct bench);

    b->sim = sim_create(9);
    b->x = sim_node_create(b->sim, "x");
    b->y = sim_node_create(b->sim, "y");
    sim_node_make_switch(b->x);
    sim_node_make_switch(b->y);
    b->trunk = sim_cable_create(b->x, "x-y", b->y, "y-x", &small);
    for (int i = 0; i < STATIONS; i++) {
        char port[8];

        b->stations[i] = sim_node_create(b->sim, names[i]);
        snprintf(port, sizeof(port), "to-%s", names[i]);
        b->cables[i] = sim_cable_create(b->stations[i], "lan", i == 2 ? b->y : b->x, port, NULL);
        sim_host_address(b->stations[i], "lan", addresses[i]);
        sim_tap(b->stations[i], "lan", count, &b->n_seen[i]);
    }
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    sim_destroy(b->sim);
    mem_free(NULL, b);
    return 0;
}

static const struct sim_hop *send_one(struct bench *b, int from, const char *to, uint32_t size)
{
    struct sim_packet p = {.id = 77, .kind = SIM_PACKET_DATA, .destination = addr_of_text(to), .size = size};

    sim_trace_set(b->sim, &b->trace, 77);
    sim_send(b->stations[from], &p);
    sim_run_ms(b->sim, 20);
    return &b->trace.hops[b->trace.n_hops - 1];
}

static void test_unicast__reaches_its_station_only(void **state)
{
    struct bench *b = *state;

    assert_true(send_one(b, 0, "10.0.0.2", 0)->is_delivered);
    assert_int_equal(b->trace.n_hops, 2); /* the switch is no hop */
    assert_string_equal(b->trace.hops[0].from, "a");
    assert_string_equal(b->trace.hops[0].to, "b");
    assert_int_equal(b->n_seen[2], 0);
    assert_true(send_one(b, 0, "10.0.0.3", 0)->is_delivered);
    assert_string_equal(b->trace.hops[0].to, "c");
    assert_int_equal(b->n_seen[1], 1);
    assert_string_equal(send_one(b, 0, "10.0.0.9", 0)->dropped, "neighbour does not answer");
}

static void on_datagram(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg)
{
    (void)d, (void)info, (void)data, (void)len;
    ++*(unsigned *)arg;
}

static void test_multicast__reaches_all_others(void **state)
{
    struct dgram_spec spec = {.kind = DGRAM_UDP, .port = PORT};
    struct ip_addr group = addr_of_text("224.0.0.5");
    struct dgram *sockets[STATIONS];
    struct bench *b = *state;

    snprintf(spec.device, sizeof(spec.device), "lan");
    for (int i = 0; i < STATIONS; i++) {
        const struct env *env = sim_process_env(sim_process_create(b->stations[i], "test", NULL));

        assert_int_equal(dgram_open(env->io, &spec, on_datagram, &b->n_heard[i], &sockets[i]), 0);
        assert_int_equal(dgram_join(sockets[i], &group), 0);
    }
    assert_int_equal(dgram_send(sockets[0], NULL, &group, PORT, "x", 1), 0);
    sim_run_ms(b->sim, 20);
    assert_int_equal(b->n_heard[0], 0);
    assert_int_equal(b->n_heard[1], 1);
    assert_int_equal(b->n_heard[2], 1);
    for (int i = 0; i < STATIONS; i++)
        dgram_close(sockets[i]);
}

static void test_link__is_each_ports_own(void **state)
{
    struct bench *b = *state;

    sim_cable_set(b->cables[1], false);
    assert_false(sim_link_is_up(b->stations[1], "lan"));
    assert_true(sim_link_is_up(b->stations[0], "lan"));
    assert_string_equal(send_one(b, 0, "10.0.0.2", 0)->dropped, "neighbour does not answer");
    assert_true(send_one(b, 0, "10.0.0.3", 0)->is_delivered);
    sim_cable_set(b->trunk, false); /* nobody at the ends sees it */
    assert_true(sim_link_is_up(b->stations[2], "lan"));
    assert_string_equal(send_one(b, 0, "10.0.0.3", 0)->dropped, "neighbour does not answer");
}

static void test_move__is_followed(void **state)
{
    struct bench *b = *state;

    sim_cable_set(b->cables[1], false);
    sim_host_address(b->stations[2], "lan", "10.0.0.2/24");
    assert_true(send_one(b, 0, "10.0.0.2", 0)->is_delivered);
    assert_string_equal(b->trace.hops[0].to, "c");
}

static void test_mtu__of_a_port_drops(void **state)
{
    struct bench *b = *state;

    assert_true(send_one(b, 0, "10.0.0.2", 1500)->is_delivered);
    assert_string_equal(send_one(b, 0, "10.0.0.3", 1500)->dropped, "too big for the switch");
    assert_true(send_one(b, 0, "10.0.0.3", 1400)->is_delivered);
}

static void test_raw__goes_to_all_ports(void **state)
{
    struct bench *b = *state;
    struct sim_packet p = {
        .kind = SIM_PACKET_DATA, .destination = addr_of_text("10.9.9.9"), .n_labels = 1, .labels = {{17, 64}}};

    sim_send_raw(b->stations[0], "lan", &p);
    sim_run_ms(b->sim, 20);
    assert_int_equal(b->n_seen[0], 0);
    assert_int_equal(b->n_seen[1], 1);
    assert_int_equal(b->n_seen[2], 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_unicast__reaches_its_station_only),
        CASE(test_multicast__reaches_all_others),
        CASE(test_link__is_each_ports_own),
        CASE(test_move__is_followed),
        CASE(test_mtu__of_a_port_drops),
        CASE(test_raw__goes_to_all_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
