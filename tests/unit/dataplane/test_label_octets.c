/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries as messages, octet by octet against an encoder that is slow and plain: attributes one by one by
 * libmnl, labels bit by bit. Entries at random, in a buffer that was written to before. The seed is printed; SEED
 * repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/netlink.h"

enum { STEPS = 20000, MARGIN = 64, JUNK = 0xa5 };

static uint64_t rng;

static uint32_t rnd(uint32_t below)
{
    rng = rng * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(rng >> 33) % below;
}

/* --- the plain encoder --- */

static void put_bits(uint8_t *at, size_t *bit, uint32_t value, unsigned n)
{
    while (n-- > 0) {
        if (value >> n & 1)
            at[*bit / 8] = (uint8_t)(at[*bit / 8] | 0x80 >> *bit % 8);
        ++*bit;
    }
}

/* RFC 3032 s2.1: label 20 bits, traffic class 3, bottom of stack 1, TTL 8. */
static size_t stack_bits(const uint32_t *label, size_t n, uint8_t *out)
{
    size_t bit = 0;

    memset(out, 0, 4 * n);
    for (size_t i = 0; i < n; i++) {
        put_bits(out, &bit, label[i], 20);
        put_bits(out, &bit, 0, 3);
        put_bits(out, &bit, i == n - 1, 1);
        put_bits(out, &bit, 0, 8);
    }
    return bit / 8;
}

static void plain_stack(struct nlmsghdr *nlh, uint16_t type, const uint32_t *label, size_t n)
{
    uint8_t octets[4 * LABEL_STACK_MAX];
    size_t len = stack_bits(label, n, octets);

    mnl_attr_put(nlh, type, len, octets);
}

static void plain_hop(struct nlmsghdr *nlh, const struct dp_nexthop *nh)
{
    uint8_t via[2 + 16];
    uint16_t family = nh->gateway.family == AF_IPV6 ? 10 : 2;

    if (nh->label.stack.depth)
        plain_stack(nlh, RTA_NEWDST, nh->label.stack.label, nh->label.stack.depth);
    if (nh->gateway.family == AF_NONE)
        return;
    memcpy(via, &family, 2);
    memcpy(via + 2, nh->gateway.b, 16);
    mnl_attr_put(nlh, RTA_VIA, nh->gateway.family == AF_IPV6 ? 18 : 6, via);
}

static void plain_multipath(struct nlmsghdr *nlh, const struct dp_label *l)
{
    struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);

    for (size_t i = 0; i < l->n_nexthops; i++) {
        struct rtnexthop *hop = mnl_nlmsg_put_extra_header(nlh, sizeof(*hop));
        uint32_t from = nlh->nlmsg_len - (uint32_t)sizeof(*hop);

        hop->rtnh_ifindex = (int)l->nexthops[i].ifindex;
        plain_hop(nlh, &l->nexthops[i]);
        hop->rtnh_len = (unsigned short)(nlh->nlmsg_len - from);
    }
    mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *plain_header(void *buf, uint16_t type, uint16_t flags, uint32_t in_label)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm;

    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = flags;
    rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
    rtm->rtm_family = 28; /* AF_MPLS */
    rtm->rtm_dst_len = 20;
    rtm->rtm_protocol = 181;
    rtm->rtm_table = 254; /* main */
    rtm->rtm_type = RTN_UNICAST;
    plain_stack(nlh, RTA_DST, &in_label, 1);
    return nlh;
}

static struct nlmsghdr *plain_encode(void *buf, const struct dp_label *l)
{
    struct nlmsghdr *nlh = plain_header(buf, RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE, l->in_label);

    if (l->keeps_ttl)
        mnl_attr_put_u8(nlh, RTA_TTL_PROPAGATE, 0);
    if (l->lookup_ifindex) {
        mnl_attr_put_u32(nlh, RTA_OIF, l->lookup_ifindex);
    } else if (l->n_nexthops == 1) {
        plain_hop(nlh, &l->nexthops[0]);
        mnl_attr_put_u32(nlh, RTA_OIF, l->nexthops[0].ifindex);
    } else {
        plain_multipath(nlh, l);
    }
    return nlh;
}

/* --- entries at random --- */

static uint32_t any_label(void)
{
    static const uint32_t edges[] = {0, 1, 15, 16, 255, 256, 4095, 4096, 65535, 65536, 0x80000, LABEL_MAX};

    return rnd(2) ? edges[rnd(sizeof(edges) / sizeof(edges[0]))] : rnd(LABEL_MAX + 1u);
}

static struct dp_nexthop any_hop(void)
{
    struct dp_nexthop nh = {.ifindex = 1 + rnd(rnd(2) ? 20 : INT32_MAX), .label = out_label_implicit_null()};
    unsigned family = rnd(5);

    for (size_t i = 0; i < sizeof(nh.gateway.b) && family; i++)
        nh.gateway.b[i] = family < 3 && i >= 4 ? 0 : (uint8_t)rnd(256);
    nh.gateway.family = family == 0 ? AF_NONE : family < 3 ? AF_IPV4 : AF_IPV6;
    nh.label.stack.depth = (uint8_t)(rnd(8) ? rnd(4) : rnd(LABEL_STACK_MAX + 1));
    if (family == 0 && nh.label.stack.depth == 0)
        nh.label.stack.depth = 1; /* a pop has a gateway */
    if (nh.label.stack.depth)
        nh.label.state = LABEL_STATE_STACK;
    for (uint8_t i = 0; i < nh.label.stack.depth; i++)
        nh.label.stack.label[i] = any_label();
    return nh;
}

static void any_entry(struct dp_label *l)
{
    memset(l, 0, sizeof(*l));
    l->in_label = any_label();
    l->keeps_ttl = rnd(3) == 0;
    if (rnd(4) == 0) {
        l->lookup_ifindex = 1 + rnd(1 << 20);
        return;
    }
    l->n_nexthops = (uint8_t)(rnd(2) ? 1 : rnd(16) ? 2 + rnd(6) : 1 + rnd(RIB_NEXTHOPS_MAX));
    for (uint8_t i = 0; i < l->n_nexthops; i++)
        l->nexthops[i] = any_hop();
}

/* Equal to the last octet, none written behind them; and it means what was put in. */
static void compare(uint8_t *buf, size_t at, const struct nlmsghdr *nlh, const struct nlmsghdr *plain)
{
    assert_ptr_equal(nlh, buf + at);
    assert_int_equal(nlh->nlmsg_len, plain->nlmsg_len);
    assert_memory_equal(nlh, plain, plain->nlmsg_len);
    for (size_t i = 0; i < at; i++)
        assert_int_equal(buf[i], JUNK);
    for (size_t i = at + plain->nlmsg_len; i < at + plain->nlmsg_len + MARGIN; i++)
        assert_int_equal(buf[i], JUNK);
}

static void seed_of(const char *test)
{
    const char *seed = getenv("SEED");

    rng = seed ? strtoull(seed, NULL, 10) : 20261123;
    print_message("%s: SEED=%llu\n", test, (unsigned long long)rng);
}

static void test_label_octets__set(void **state)
{
    static uint8_t buf[MARGIN + NL_MESSAGE_MAX + MARGIN] __attribute__((aligned(16)));
    static uint8_t plain[2 * NL_MESSAGE_MAX] __attribute__((aligned(16)));
    static struct dp_label l, out;

    (void)state;
    seed_of("set");
    for (int step = 0; step < STEPS; step++) {
        size_t at = 4 * rnd(MARGIN / 4); /* as in the middle of others: aligned to four */
        struct nlmsghdr *want, *got;

        any_entry(&l);
        memset(buf, JUNK, sizeof(buf));
        memset(plain, 0, sizeof(plain));
        want = plain_encode(plain, &l);
        got = label_encode(buf + at, &l);
        assert_non_null(got);
        compare(buf, at, got, want);
        assert_true(label_decode(got, &out));
        assert_memory_equal(&out, &l, sizeof(out));
    }
}

static void test_label_octets__del(void **state)
{
    static uint8_t buf[512] __attribute__((aligned(16))), plain[512] __attribute__((aligned(16)));

    (void)state;
    seed_of("del");
    for (int step = 0; step < STEPS; step++) {
        uint32_t label = any_label();

        memset(buf, JUNK, sizeof(buf));
        memset(plain, 0, sizeof(plain));
        compare(buf, 0, label_encode_del(buf, label), plain_header(plain, RTM_DELROUTE, NLM_F_REQUEST, label));
    }
}

/* Stacks of routes go the same way. */
static void test_label_octets__stack(void **state)
{
    (void)state;
    seed_of("stack");
    for (int step = 0; step < STEPS; step++) {
        uint8_t got[4 * LABEL_STACK_MAX + 1], want[4 * LABEL_STACK_MAX];
        struct label_stack s = {.depth = (uint8_t)(1 + rnd(LABEL_STACK_MAX))}, back;
        size_t at = rnd(2);

        for (uint8_t i = 0; i < s.depth; i++)
            s.label[i] = any_label();
        assert_int_equal(label_stack_to_wire(&s, got + at), stack_bits(s.label, s.depth, want));
        assert_memory_equal(got + at, want, 4u * s.depth);
        assert_true(label_stack_from_wire(got + at, 4u * s.depth, &back));
        assert_memory_equal(&back, &s, sizeof(s));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label_octets__set),
        cmocka_unit_test(test_label_octets__del),
        cmocka_unit_test(test_label_octets__stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
