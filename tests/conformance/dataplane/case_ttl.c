/* SPDX-License-Identifier: Apache-2.0
 *
 * What arrives after imposition, swap and pop: TTLs in uniform and pipe mode, explicit null, deep stacks, and what is
 * too big.
 */
#include <errno.h>
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

/* What comes out of port 1 of a packet with these TTLs. */
static struct fx_packet through(struct bench *b, const char *stack, uint8_t ttl, uint8_t ip_ttl)
{
    struct fx_packet sent = packet(b, stack, "20.0.0.9"), got;

    sent.ttl = *stack ? ttl : ip_ttl;
    sent.ip_ttl = ip_ttl;
    fx_backend.send(b->fx, 0, &sent);
    do {
        if (!fx_backend.receive(b->fx, 1, &got, WAIT_MS))
            fail_msg("[%s] did not come out", stack);
    } while (got.id != sent.id);
    return got;
}

static void assert_silent(struct bench *b, const char *stack, uint8_t ttl, uint8_t ip_ttl)
{
    struct fx_packet sent = packet(b, stack, "20.0.0.9"), got;

    sent.ttl = ttl;
    sent.ip_ttl = ip_ttl;
    fx_backend.send(b->fx, 0, &sent);
    while (fx_backend.receive(b->fx, 1, &got, SILENCE_MS))
        assert_int_not_equal(got.id, sent.id);
}

static void put_keeping(struct bench *b, uint32_t in_label, const struct dp_nexthop *nh, uint32_t lookup)
{
    struct dp_label l = {.in_label = in_label, .lookup_ifindex = lookup, .keeps_ttl = true};

    if (nh) {
        l.n_nexthops = 1;
        l.nexthops[0] = *nh;
    }
    b->ops->label_set(b->dp, ++b->cookie, &l);
}

static void test_ttl__of_imposed_labels_is_the_packets(void **state)
{
    struct bench *b = *state;
    struct fx_packet got;

    bench_start_mpls(b);
    put_way(b, 1, 1, "300/301", 0, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    got = through(b, "", 0, 9);
    assert_int_equal(got.n_labels, 2);
    assert_int_equal(got.ttl, 8);
    assert_int_equal(got.ip_ttl, 8);
    assert_int_equal(holdings(b).nexthop[0].ttl, 0);
}

static void test_ttl__of_imposed_labels_is_fixed_in_pipe_mode(void **state)
{
    struct bench *b = *state;
    struct fx_packet got;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "300/301");
    nh.ttl = 255;
    put_nexthop(b, 1, &nh, 1);
    put_route(b, 0, "20.0.0.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).nexthop[0].ttl, 255);
    got = through(b, "", 0, 9);
    assert_int_equal(got.n_labels, 2);
    assert_int_equal(got.ttl, 255);
    assert_int_equal(got.ip_ttl, 8);
    nh.ttl = 0; /* back to uniform, in place */
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(through(b, "", 0, 9).ttl, 8);
    nh = hop(b, 1, ""); /* without labels there is nothing to fix */
    nh.ttl = 255;
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(through(b, "", 0, 9).ttl, 8);
    assert_int_equal(holdings(b).nexthop[0].ttl, 0);
}

static void test_ttl__pop_and_look_up_in_pipe_mode(void **state)
{
    struct bench *b = *state;
    uint32_t vrf;

    bench_start_mpls(b);
    need_vrf(b);
    vrf = make_vrf_of(b, "vrfA", 20, 1);
    put_way(b, 1, 1, "", 20, "20.0.0.0/24");
    put_lookup(b, 1900, vrf);
    put_keeping(b, 1901, NULL, vrf);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(through(b, "1900", 200, 9).ip_ttl, 199); /* one hop, not two as over lo */
    assert_int_equal(through(b, "1901", 200, 9).ip_ttl, 8);
    assert_int_equal(through(b, "1901", 2, 9).ip_ttl, 8);
    assert_silent(b, "1901", 1, 9); /* the label's time was over */
    put_lookup(b, 1901, vrf);       /* and back */
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(through(b, "1901", 200, 9).ip_ttl, 199);
}

static void test_ttl__pop_to_next_hop_in_both_modes(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;
    struct fx_packet got;

    bench_start_mpls(b);
    nh = hop(b, 1, "3");
    put_label(b, 100, &nh, 1);
    put_keeping(b, 101, &nh, 0);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(through(b, "100", 200, 9).ip_ttl, 199);
    assert_int_equal(through(b, "101", 200, 9).ip_ttl, 8);
    got = through(b, "101/700", 200, 9); /* with a label left nothing is copied, as always */
    assert_int_equal(got.n_labels, 1);
    assert_int_equal(got.ttl, 64);
    assert_int_equal(got.ip_ttl, 9);
    b->ops->label_del(b->dp, ++b->cookie, 100);
    assert_int_equal(bench_flush(b), 0);
    assert_true(holdings(b).label.keeps_ttl);
    put_label(b, 101, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_false(holdings(b).label.keeps_ttl);
    assert_int_equal(through(b, "101", 200, 9).ip_ttl, 199);
}

/* The mode is about packets without labels: a swap counts down whatever it is. */
static void test_ttl__of_a_swap_is_the_same_in_pipe_mode(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;
    struct fx_packet got;

    bench_start_mpls(b);
    nh = hop(b, 1, "200/201");
    put_keeping(b, 100, &nh, 0);
    assert_int_equal(bench_flush(b), 0);
    got = through(b, "100", 50, 9);
    assert_int_equal(got.n_labels, 2);
    assert_int_equal(got.ttl, 49);
    assert_int_equal(got.ip_ttl, 9);
}

static void test_null__explicit_alone_and_beneath_others(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;
    struct fx_packet got;

    bench_start_mpls(b);
    put_way(b, 1, 1, "0", 0, "20.0.0.0/24");
    put_way(b, 2, 1, "300/0", 0, "20.0.1.0/24");
    nh = hop(b, 1, "0");
    put_label(b, 100, &nh, 1);
    nh = hop(b, 1, "300/0");
    put_label(b, 101, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    got = through(b, "", 0, 9);
    assert_int_equal(got.n_labels, 1);
    assert_int_equal(got.labels[0], LABEL_IPV4_EXPLICIT_NULL);
    assert_int_equal(got.ttl, 8);
    assert_forwarded(b, 0, 1, "", "20.0.1.9", "300/0");
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "0");
    assert_forwarded(b, 0, 1, "101", "20.0.0.9", "300/0");
    assert_forwarded(b, 0, 1, "100/900", "20.0.0.9", "0/900"); /* a neighbour that asked for it at any place */
}

/* Built into the kernel: popped and looked up in the public instance. */
static void test_null__received(void **state)
{
    struct bench *b = *state;
    struct fx_packet got;

    bench_start_mpls(b);
    put_way(b, 1, 1, "", 0, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    got = through(b, "0", 60, 9);
    assert_int_equal(got.n_labels, 0);
    assert_int_equal(got.ip_ttl, 58);
    assert_silent(b, "0", 1, 9);
}

/* As deep as the suite builds them; what lies beneath stays. */
static void test_stack__as_deep_as_we_build_them(void **state)
{
    static const char deep[] = "16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31";
    struct bench *b = *state;
    struct dp_nexthop nh;
    struct fx_packet got;

    bench_start_mpls(b);
    nh = hop(b, 1, deep);
    assert_int_equal(nh.label.stack.depth, LABEL_STACK_MAX);
    put_nexthop(b, 1, &nh, 1);
    put_route(b, 0, "20.0.0.0/24", 1);
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "", "20.0.0.9", deep);
    got = through(b, "100/700", 50, 9);
    assert_int_equal(got.n_labels, LABEL_STACK_MAX + 1);
    assert_int_equal(got.labels[LABEL_STACK_MAX], 700);
    assert_int_equal(holdings(b).nexthop[0].label.stack.depth, LABEL_STACK_MAX);
}

static struct fx_packet sized(struct bench *b, const char *stack, const char *destination, uint16_t size)
{
    struct fx_packet p = packet(b, stack, destination);

    p.source = addr("10.90.0.2"); /* who can be answered */
    p.size = size;
    return p;
}

/* The sender of an IP packet that does not fit under its labels is told so. */
static void test_mtu__at_the_ingress_the_sender_is_told(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;

    bench_start_mpls(b);
    put_way(b, 1, 1, "300/301", 0, "20.0.0.0/24");
    assert_int_equal(bench_flush(b), 0);
    sent = sized(b, "", "20.0.0.9", 1492);
    fx_backend.send(b->fx, 0, &sent);
    assert_true(fx_backend.receive(b->fx, 1, &got, WAIT_MS));
    assert_int_equal(got.n_labels, 2);
    sent = sized(b, "", "20.0.0.9", 1493);
    fx_backend.send(b->fx, 0, &sent);
    do {
        assert_true(fx_backend.receive(b->fx, 0, &got, WAIT_MS));
    } while (got.kind != FX_UNREACHABLE);
    assert_false(fx_backend.receive(b->fx, 1, &got, SILENCE_MS));
}

/* A labelled packet that outgrows the link is dropped, and nobody is told: whence the warnings of show platform. */
static void test_mtu__between_labels_nobody_is_told(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "200/201");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    sent = sized(b, "100", "20.0.0.9", 1492);
    fx_backend.send(b->fx, 0, &sent);
    assert_true(fx_backend.receive(b->fx, 1, &got, WAIT_MS));
    sent = sized(b, "100", "20.0.0.9", 1496);
    fx_backend.send(b->fx, 0, &sent);
    assert_false(fx_backend.receive(b->fx, 1, &got, SILENCE_MS));
    while (fx_backend.receive(b->fx, 0, &got, 0))
        assert_int_not_equal(got.kind, FX_UNREACHABLE);
}

int run_ttl_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_ttl__of_imposed_labels_is_the_packets),
        CASE(test_ttl__of_imposed_labels_is_fixed_in_pipe_mode),
        CASE(test_ttl__pop_and_look_up_in_pipe_mode),
        CASE(test_ttl__pop_to_next_hop_in_both_modes),
        CASE(test_ttl__of_a_swap_is_the_same_in_pipe_mode),
        CASE(test_null__explicit_alone_and_beneath_others),
        CASE(test_null__received),
        CASE(test_stack__as_deep_as_we_build_them),
        CASE(test_mtu__at_the_ingress_the_sender_is_told),
        CASE(test_mtu__between_labels_nobody_is_told),
    };

    return cmocka_run_group_tests_name("TTL and stacks", tests, NULL, NULL);
}
