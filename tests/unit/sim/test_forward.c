/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets over hosts: a -- m -- b. What the conformance suite of the data plane does not look at: cables, traces, plain
 * IP.
 */
#include "tests/unit/sim/peer.h"

struct bench {
    struct sim *sim;
    struct sim_node *a, *m, *b;
    struct sim_cable *left, *right;
    struct sim_trace trace;
    unsigned pongs, errors, too_big;
};

static void on_packet(void *arg, const struct sim_packet *p)
{
    struct bench *b = arg;

    b->pongs += p->kind == SIM_PACKET_PONG;
    b->errors += p->kind == SIM_PACKET_UNREACHABLE;
    b->too_big += p->kind == SIM_PACKET_TOO_BIG;
}

static int setup(void **state)
{
    struct sim_cable_spec narrow = {.mtu = 1400};
    struct bench *b = MEM_NEW(NULL, struct bench);

    b->sim = sim_create(9);
    b->a = sim_node_create(b->sim, "a");
    b->m = sim_node_create(b->sim, "m");
    b->b = sim_node_create(b->sim, "b");
    b->left = sim_cable_create(b->a, "a-m", b->m, "m-a", NULL);
    b->right = sim_cable_create(b->m, "m-b", b->b, "b-m", &narrow);
    sim_host_address(b->a, "a-m", "10.0.1.1/24");
    sim_host_address(b->m, "m-a", "10.0.1.2/24");
    sim_host_address(b->m, "m-b", "10.0.2.1/24");
    sim_host_address(b->b, "b-m", "10.0.2.2/24");
    sim_host_route(b->a, "0.0.0.0/0", "10.0.1.2");
    sim_host_route(b->b, "0.0.0.0/0", "10.0.2.1");
    sim_host_forward(b->m, true);
    sim_node_on_packet(b->a, on_packet, b);
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

static void send_one(struct bench *b, enum sim_packet_kind kind, const char *to, uint8_t ttl, uint32_t size)
{
    struct sim_packet p = {.id = 77, .kind = kind, .destination = addr_of_text(to), .ttl = ttl, .size = size};

    sim_trace_set(b->sim, &b->trace, 77);
    sim_send(b->a, &p);
    sim_run_ms(b->sim, 20);
}

static const struct sim_hop *last(const struct bench *b)
{
    return &b->trace.hops[b->trace.n_hops - 1];
}

static void test_ping__is_answered_and_traced(void **state)
{
    struct bench *b = *state;

    send_one(b, SIM_PACKET_PING, "10.0.2.2", 0, 0);
    assert_int_equal(b->pongs, 1);
    assert_int_equal(b->trace.n_hops, 6); /* there, taken, back, taken */
    assert_string_equal(b->trace.hops[1].from, "m");
    assert_string_equal(b->trace.hops[1].to, "b");
    assert_int_equal(b->trace.hops[0].ttl, 64);
    assert_int_equal(b->trace.hops[1].ttl, 63);
    assert_true(b->trace.hops[2].is_delivered);
    assert_string_equal(last(b)->from, "a");
}

static void test_drop__says_why(void **state)
{
    struct bench *b = *state;

    send_one(b, SIM_PACKET_DATA, "10.0.2.9", 0, 0);
    assert_string_equal(last(b)->dropped, "neighbour does not answer");
    send_one(b, SIM_PACKET_DATA, "10.0.2.2", 1, 0);
    assert_string_equal(last(b)->dropped, "TTL spent");
    send_one(b, SIM_PACKET_DATA, "172.16.0.1", 0, 0);
    assert_string_equal(last(b)->dropped, "no route");
    assert_int_equal(b->errors, 1);
    send_one(b, SIM_PACKET_DATA, "10.0.2.2", 0, 1401);
    assert_string_equal(last(b)->dropped, "too big");
    assert_int_equal(b->too_big, 1);
    send_one(b, SIM_PACKET_DATA, "10.0.2.2", 0, 1400);
    assert_true(last(b)->is_delivered);
    sim_cable_set(b->right, false);
    send_one(b, SIM_PACKET_DATA, "10.0.2.2", 0, 0);
    assert_string_equal(last(b)->dropped, "link is down");
    sim_host_forward(b->m, false);
    sim_cable_set(b->right, true);
    send_one(b, SIM_PACKET_DATA, "10.0.2.2", 0, 0);
    assert_string_equal(last(b)->dropped, "not a router");
}

static void test_cable__cut_loses_what_is_under_way(void **state)
{
    struct bench *b = *state;
    struct sim_packet p = {.id = 77, .kind = SIM_PACKET_DATA, .destination = addr_of_text("10.0.2.2")};

    sim_trace_set(b->sim, &b->trace, 77);
    sim_send(b->a, &p);
    sim_cable_set(b->left, false);
    assert_string_equal(last(b)->dropped, "lost in a cut cable");
    assert_false(sim_link_is_up(b->m, "m-a"));
    assert_true(sim_link_is_up(b->m, "m-b"));
}

static void test_cable__loses_its_share(void **state)
{
    struct sim_cable_spec lossy = {.loss_per_million = 200000};
    struct bench *b = *state;
    struct sim_packet p = {.kind = SIM_PACKET_PING, .destination = addr_of_text("10.0.1.2")};

    sim_cable_change(b->left, &lossy);
    for (int i = 0; i < 1000; i++)
        sim_send(b->a, &p);
    sim_run_ms(b->sim, 20);
    assert_in_range(b->pongs, 560, 720); /* 64 % come back */
}

static void note_order(void *arg, const struct sim_packet *p)
{
    uint64_t *seen = arg; /* [0]: the highest id, [1]: how many came after a higher one */

    if (p->id < seen[0])
        seen[1]++;
    else
        seen[0] = p->id;
}

static void test_cable__keeps_order_unless_told(void **state)
{
    struct sim_cable_spec unsteady = {.jitter_us = 5000}, reordering = {.is_reordering = true};
    struct bench *b = *state;
    struct sim_packet p = {.kind = SIM_PACKET_DATA, .destination = addr_of_text("10.0.1.2")};
    uint64_t seen[2] = {0};

    sim_tap(b->m, "m-a", note_order, seen);
    sim_cable_change(b->left, &unsteady);
    for (int i = 0; i < 500; i++)
        sim_send(b->a, &p);
    sim_run_ms(b->sim, 20);
    assert_int_equal(seen[1], 0);
    sim_cable_change(b->left, &reordering);
    for (int i = 0; i < 500; i++)
        sim_send(b->a, &p);
    sim_run_ms(b->sim, 20);
    assert_true(seen[1] > 10);
}

static void test_stack_text__top_first(void **state)
{
    struct sim_label stack[2] = {{2031, 63}, {9900, 64}};
    char text[64];

    (void)state;
    assert_string_equal(sim_stack_text(stack, 2, text, sizeof(text)), "2031(63) 9900");
    assert_string_equal(sim_stack_text(stack, 0, text, sizeof(text)), "");
    assert_int_equal(strlen(sim_stack_text(stack, 2, text, 8)), 7);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_ping__is_answered_and_traced),       CASE(test_drop__says_why),
        CASE(test_cable__cut_loses_what_is_under_way), CASE(test_cable__loses_its_share),
        CASE(test_cable__keeps_order_unless_told),     cmocka_unit_test(test_stack_text__top_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
