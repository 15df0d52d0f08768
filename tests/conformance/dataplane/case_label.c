/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries: swap, push, pop, lookup, several next hops, what is refused, and what flaps leave alone.
 */
#include <errno.h>
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

static void test_label__swap_and_push(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    nh = hop(b, 2, "5061/6093");
    put_label(b, 4092, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "200");
    assert_forwarded(b, 0, 2, "4092/9900", "20.0.0.9", "5061/6093/9900");
    assert_dropped(b, 0, "101", "20.0.0.9");
}

static void test_label__pop_to_next_hop(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "3");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "");
    assert_forwarded(b, 0, 1, "100/200", "20.0.0.9", "200");
    assert_int_equal(holdings(b).label.nexthops[0].label.state, LABEL_STATE_IMPLICIT_NULL);
}

static void test_label__explicit_null_out(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "0");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "0");
}

static void test_label__ttl_falls(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    sent = packet(b, "100", "20.0.0.9");
    sent.ttl = 9;
    fx_backend.send(b->fx, 0, &sent);
    assert_true(fx_backend.receive(b->fx, 1, &got, WAIT_MS));
    assert_int_equal(got.ttl, 8);
    assert_int_equal(got.ip_ttl, 64); /* not the inner one's business */
    sent = packet(b, "100", "20.0.0.9");
    sent.ttl = 1;
    fx_backend.send(b->fx, 0, &sent);
    assert_false(fx_backend.receive(b->fx, 1, &got, SILENCE_MS)); /* silently */
}

static void test_label__pop_and_look_up(void **state)
{
    struct bench *b = *state;
    uint32_t vrf;

    bench_start_mpls(b);
    need_vrf(b);
    vrf = make_vrf_of(b, "vrfA", 20, 1);
    put_way(b, 1, 1, "", 20, "20.0.0.0/24");
    put_way(b, 2, 2, "", 0, "20.0.0.0/24"); /* the public one is another */
    put_lookup(b, 1900, vrf);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "1900", "20.0.0.9", "");
    assert_forwarded(b, 0, 2, "", "20.0.0.9", "");
    assert_int_equal(holdings(b).label.lookup_ifindex, vrf);
}

/* The public instance has no VRF device: the loopback stands in. */
static void test_label__pop_and_look_up_in_the_public_instance(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;
    uint32_t vrf;

    bench_start_mpls(b);
    need_vrf(b);
    vrf = make_vrf_of(b, "vrfA", 20, 2);
    put_way(b, 1, 1, "", 0, "20.0.0.0/24");
    put_way(b, 2, 1, "300/301", 0, "20.0.1.0/24");
    put_way(b, 3, 2, "", 20, "20.0.0.0/24"); /* the instance's is another */
    put_lookup(b, 1900, vrf);
    put_lookup(b, 1901, fx_backend.ifindex(b->fx, "lo"));
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "1901", "20.0.0.9", "");
    assert_forwarded(b, 0, 1, "1901", "20.0.1.9", "300/301"); /* into the next label-switched path */
    assert_forwarded(b, 2, 1, "1901", "20.0.0.9", "");        /* where it came in does not matter */
    assert_forwarded(b, 0, 2, "1900", "20.0.0.9", "");
    assert_dropped(b, 0, "1901", "20.0.9.9");
    assert_int_equal(holdings(b).n_labels, 2);

    sent = packet(b, "1901", "10.1.0.4"); /* for ourselves */
    sent.kind = FX_PING;
    sent.source = addr("10.90.1.2");
    fx_backend.send(b->fx, 0, &sent);
    do {
        assert_true(fx_backend.receive(b->fx, 1, &got, WAIT_MS));
    } while (got.kind != FX_PONG);
    assert_int_equal(got.id, sent.id);
}

/* What lies beneath another label is not ours to look up: it was given by somebody else (RFC 4364 s9). */
static void test_label__looks_up_no_label_beneath(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;
    uint32_t lo;

    bench_start_mpls(b);
    need_vrf(b);
    lo = fx_backend.ifindex(b->fx, "lo");
    put_way(b, 1, 1, "", 0, "20.0.0.0/24");
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    put_lookup(b, 1900, make_vrf(b, "vrfA", 20));
    put_lookup(b, 1901, lo);
    put_lookup(b, 1902, lo);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "200");
    assert_forwarded(b, 0, 1, "1901", "20.0.0.9", "");
    assert_dropped(b, 0, "1901/100", "20.0.0.9");
    assert_dropped(b, 0, "1901/1902", "20.0.0.9");
    assert_dropped(b, 0, "1901/0", "20.0.0.9");
    assert_dropped(b, 0, "1900/100", "20.0.0.9");
    assert_dropped(b, 0, "1900/1901", "20.0.0.9");
    assert_dropped(b, 0, "0/100", "20.0.0.9"); /* the kernel has label 0 built in */
    assert_dropped(b, 0, "0/1901", "20.0.0.9");
}

/* A lookup is a hop of its own: the label's TTL, less one here, goes into the packet. */
static void test_label__ttl_of_a_lookup(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;

    bench_start_mpls(b);
    put_way(b, 1, 1, "", 0, "20.0.0.0/24");
    put_lookup(b, 1901, fx_backend.ifindex(b->fx, "lo"));
    assert_int_equal(bench_flush(b), 0);
    sent = packet(b, "1901", "20.0.0.9");
    sent.ttl = 9;
    fx_backend.send(b->fx, 0, &sent);
    assert_true(fx_backend.receive(b->fx, 1, &got, WAIT_MS));
    assert_int_equal(got.ip_ttl, 7); /* once as a label, once as IP */
    sent = packet(b, "1901", "20.0.0.9");
    sent.ttl = 1;
    fx_backend.send(b->fx, 0, &sent);
    assert_false(fx_backend.receive(b->fx, 1, &got, SILENCE_MS));
}

static void refused(struct bench *b, uint32_t in_label, const char *stack)
{
    struct dp_nexthop nh = hop(b, 1, stack);

    put_label(b, in_label, &nh, 1);
    assert_int_equal(bench_flush(b), -EINVAL);
    assert_int_not_equal(strlen(b->last_error), 0);
    assert_int_equal(holdings(b).n_labels, 0);
}

static void test_label__refusals(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    refused(b, 15, "200");     /* reserved */
    refused(b, 100, "");       /* NONE is not "pop" */
    refused(b, 100, "200/3");  /* implicit null in a stack */
    refused(b, 100000, "200"); /* platform_labels */
    refused(b, 1048575, "200");
    put_label(b, 100, &nh, 0);
    assert_int_equal(bench_flush(b), -EINVAL);
    nh = hop(b, 1, "16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31");
    put_label(b, 99999, &nh, 1); /* the highest there is here */
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "99999", "20.0.0.9", "16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31");
}

static void test_label__several_hops_of_different_depth(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh[2];
    struct fx_packet sent, got;
    unsigned count[FX_PORTS] = {0};

    bench_start_mpls(b);
    nh[0] = hop(b, 1, "600");
    nh[1] = hop(b, 2, "601/602");
    put_label(b, 100, nh, 2);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).label.n_nexthops, 2);
    for (unsigned i = 0; i < 64; i++) {
        sent = packet(b, "100", "20.0.0.0");
        sent.destination.b[3] = (uint8_t)(1 + i);
        fx_backend.send(b->fx, 0, &sent);
    }
    for (unsigned i = 1; i < FX_PORTS; i++)
        while (fx_backend.receive(b->fx, i, &got, SILENCE_MS)) {
            assert_int_equal(got.n_labels, i);
            count[i]++;
        }
    assert_int_equal(count[1] + count[2], 64);
    assert_true(count[1] > 0 && count[2] > 0);
    fx_backend.carrier(b->fx, 1, false); /* the dead hop is skipped */
    bench_wait_up(b, 1, false);
    for (unsigned i = 0; i < 8; i++)
        assert_forwarded(b, 0, 2, "100", "20.0.0.9", "601/602");
}

static void test_label__stays_over_carrier_loss_and_admin_down(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    fx_backend.carrier(b->fx, 1, false);
    bench_wait_up(b, 1, false);
    assert_int_equal(holdings(b).n_labels, 1);
    fx_backend.carrier(b->fx, 1, true);
    bench_wait_up(b, 1, true);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "200");
    assert_int_equal(b->ops->link_set(b->dp, b->port[1], false, 0, NULL), 0);
    bench_wait_up(b, 1, false);
    assert_int_equal(holdings(b).n_labels, 1);
    assert_int_equal(b->ops->link_set(b->dp, b->port[1], true, 0, NULL), 0);
    bench_wait_up(b, 1, true);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "200");
}

static void test_label__replace_is_make_before_break(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh[2];
    struct fx_packet sent, got;
    unsigned n = 0;

    bench_start_mpls(b);
    nh[0] = hop(b, 1, "200");
    nh[1] = hop(b, 2, "201");
    put_label(b, 100, &nh[0], 1);
    put_label(b, 101, &nh[1], 1);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 1, "100", "20.0.0.9", "200"); /* neighbours are resolved */
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    for (unsigned i = 0; i < 200; i++) {
        sent = packet(b, "100", "20.0.0.9");
        fx_backend.send(b->fx, 0, &sent);
        put_label(b, 100, &nh[(i + 1) % 2], 1);
        assert_int_equal(bench_flush(b), 0);
    }
    for (unsigned i = 1; i < FX_PORTS; i++)
        while (fx_backend.receive(b->fx, i, &got, SILENCE_MS))
            n++;
    assert_int_equal(n, 200);
}

static void test_label__needs_input(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->ops->link_set_mpls(b->dp, b->port[0], false, NULL), 0);
    assert_dropped(b, 0, "100", "20.0.0.9");
}

static void test_label__del(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start_mpls(b);
    nh = hop(b, 1, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    b->ops->label_del(b->dp, ++b->cookie, 100);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_labels, 0);
    assert_dropped(b, 0, "100", "20.0.0.9");
}

int run_label_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_label__swap_and_push),
        CASE(test_label__pop_to_next_hop),
        CASE(test_label__explicit_null_out),
        CASE(test_label__ttl_falls),
        CASE(test_label__pop_and_look_up),
        CASE(test_label__pop_and_look_up_in_the_public_instance),
        CASE(test_label__looks_up_no_label_beneath),
        CASE(test_label__ttl_of_a_lookup),
        CASE(test_label__refusals),
        CASE(test_label__several_hops_of_different_depth),
        CASE(test_label__stays_over_carrier_loss_and_admin_down),
        CASE(test_label__replace_is_make_before_break),
        CASE(test_label__needs_input),
        CASE(test_label__del),
    };

    return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
