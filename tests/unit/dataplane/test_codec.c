/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes, next hops, labels and links as netlink messages: golden bytes, decode(encode(x)), every truncation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/netlink.h"

static uint8_t buf[NL_MESSAGE_MAX]; /* as large as an encoder may want */

static struct dp_nexthop make_hop(uint32_t ifindex, const char *gateway, uint8_t depth)
{
    struct dp_nexthop nh = {.ifindex = ifindex};

    if (gateway)
        assert_int_equal(ip_addr_parse(gateway, &nh.gateway), 0);
    nh.label = out_label_implicit_null();
    if (depth > 0)
        nh.label.state = LABEL_STATE_STACK;
    nh.label.stack.depth = depth;
    for (uint8_t i = 0; i < depth; i++)
        nh.label.stack.label[i] = 100u + i;
    return nh;
}

/* Every cut of a message goes to the decoder in memory of just that size. */
static void truncate_all(const struct nlmsghdr *whole, void (*decode)(const struct nlmsghdr *))
{
    for (uint32_t len = NL_HEADER; len <= whole->nlmsg_len; len++) {
        struct nlmsghdr *cut = malloc(len);

        memcpy(cut, whole, len);
        cut->nlmsg_len = len;
        decode(cut);
        free(cut);
    }
}

static void cut_nexthop(const struct nlmsghdr *nlh)
{
    struct nexthop_message m;

    nexthop_decode(nlh, &m);
}

static void cut_route(const struct nlmsghdr *nlh)
{
    struct dp_route r;

    route_decode(nlh, &r);
}

static void cut_label(const struct nlmsghdr *nlh)
{
    struct dp_label l;

    label_decode(nlh, &l);
}

static void cut_link(const struct nlmsghdr *nlh)
{
    struct dp_link l;
    bool is_port;

    link_decode(nlh, &l, &is_port);
}

static void cut_address(const struct nlmsghdr *nlh)
{
    struct prefix p;
    uint32_t ifindex;

    address_decode(nlh, &ifindex, &p);
}

static void test_label__golden_swap(void **state)
{
    /* What `ip -f mpls route replace 100 as 200/300 via inet 10.0.0.2 dev <7> proto 181` sends, attributes in our
     * order. */
    /* clang-format off */
    static const uint8_t golden[] = {
        0x44, 0, 0, 0, 0x18, 0, 0x01, 0x05, 0, 0, 0, 0, 0, 0, 0, 0,   /* NEWROUTE, REQUEST|REPLACE|CREATE */
        28, 20, 0, 0, 254, 181, 0, 1, 0, 0, 0, 0,                     /* AF_MPLS, /20, main, 181, universe, unicast */
        8, 0, 1, 0, 0x00, 0x06, 0x41, 0x00,                           /* RTA_DST 100, bottom */
        12, 0, 19, 0, 0x00, 0x0c, 0x80, 0x00, 0x00, 0x12, 0xc1, 0x00, /* RTA_NEWDST 200, 300 bottom */
        10, 0, 18, 0, 2, 0, 10, 0, 0, 2, 0, 0,                        /* RTA_VIA inet 10.0.0.2 */
        8, 0, 4, 0, 7, 0, 0, 0,                                       /* RTA_OIF */
    };
    /* clang-format on */
    struct dp_label l = {.in_label = 100, .n_nexthops = 1};
    struct nlmsghdr *nlh;

    (void)state;
    l.nexthops[0] = make_hop(7, "10.0.0.2", 2);
    l.nexthops[0].label.stack.label[0] = 200;
    l.nexthops[0].label.stack.label[1] = 300;
    nlh = label_encode(buf, &l);
    assert_int_equal(nlh->nlmsg_len, sizeof(golden));
    assert_memory_equal(nlh, golden, sizeof(golden));
}

static void label_round_trip(const struct dp_label *in)
{
    struct nlmsghdr *nlh = label_encode(buf, in);
    struct dp_label out;

    assert_non_null(nlh);
    assert_true(label_decode(nlh, &out));
    assert_memory_equal(&out, in, sizeof(out));
    truncate_all(nlh, cut_label);
}

static void test_label__round_trips(void **state)
{
    struct dp_label l = {.in_label = 4092, .n_nexthops = 1};
    struct dp_label lookup = {.in_label = 1900, .lookup_ifindex = 12};

    (void)state;
    l.nexthops[0] = make_hop(7, "10.0.0.2", 16);
    label_round_trip(&l);
    l.nexthops[0] = make_hop(7, "10.0.0.2", 0); /* pop */
    label_round_trip(&l);
    l.nexthops[0] = make_hop(7, "fe80::1", 1);
    label_round_trip(&l);
    l.nexthops[0] = make_hop(7, NULL, 1); /* attached */
    label_round_trip(&l);
    l.n_nexthops = 3;
    l.nexthops[0] = make_hop(7, "10.0.0.2", 1);
    l.nexthops[1] = make_hop(8, "10.0.1.2", 3);
    l.nexthops[2] = make_hop(9, "fe80::2", 0);
    label_round_trip(&l);
    label_round_trip(&lookup);
}

static void test_label__largest_fits(void **state)
{
    struct dp_label l = {.in_label = LABEL_MAX, .n_nexthops = RIB_NEXTHOPS_MAX};

    (void)state;
    for (uint32_t i = 0; i < RIB_NEXTHOPS_MAX; i++)
        l.nexthops[i] = make_hop(1000 + i, "2001:db8::1", LABEL_STACK_MAX);
    label_round_trip(&l);
    assert_true(label_encode(buf, &l)->nlmsg_len < NL_MESSAGE_MAX);
}

static void test_label__refusals(void **state)
{
    struct dp_label l = {.in_label = 100, .n_nexthops = 1};

    (void)state;
    l.nexthops[0] = make_hop(7, "10.0.0.2", 0);
    l.nexthops[0].label = out_label_none();
    assert_null(label_encode(buf, &l));
    l.nexthops[0] = make_hop(0, "10.0.0.2", 1); /* no device */
    assert_null(label_encode(buf, &l));
    l.nexthops[0] = make_hop(7, NULL, 0); /* would be a lookup */
    assert_null(label_encode(buf, &l));
    l.nexthops[0] = make_hop(7, "10.0.0.2", 1);
    l.n_nexthops = 0;
    assert_null(label_encode(buf, &l));
    l.n_nexthops = RIB_NEXTHOPS_MAX + 1;
    assert_null(label_encode(buf, &l));
    l.n_nexthops = 1;
    l.in_label = LABEL_MAX + 1;
    assert_null(label_encode(buf, &l));
}

static void test_label__foreign_is_not_ours(void **state)
{
    struct dp_label l = {.in_label = 100, .lookup_ifindex = 3}, out;
    struct nlmsghdr *nlh = label_encode(buf, &l);
    struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    (void)state;
    rtm->rtm_protocol = 180;
    assert_false(label_decode(nlh, &out));
    rtm->rtm_protocol = KERNEL_PROTOCOL;
    rtm->rtm_family = AF_INET;
    assert_false(label_decode(nlh, &out));
}

static void test_route__golden(void **state)
{
    /* clang-format off */
    static const uint8_t golden[] = {
        0x3c, 0, 0, 0, 0x18, 0, 0x01, 0x05, 0, 0, 0, 0, 0, 0, 0, 0,
        2, 24, 0, 0, 0, 181, 0, 1, 0, 0, 0, 0, /* table in its attribute */
        8, 0, 15, 0, 0x90, 0x01, 0, 0,         /* RTA_TABLE 400 */
        8, 0, 1, 0, 10, 1, 2, 0,               /* RTA_DST */
        8, 0, 6, 0, KERNEL_METRIC, 0, 0, 0,    /* RTA_PRIORITY */
        8, 0, 30, 0, 17, 0, 0, 0x20,           /* RTA_NH_ID: the group of set 17 */
    };
    /* clang-format on */
    struct dp_route r = {.table = 400, .prefix = prefix_v4(0x0a010200, 24), .nexthop_id = 17};

    (void)state;
    assert_memory_equal(route_encode(buf, &r), golden, sizeof(golden));
}

static void route_round_trip(const struct dp_route *in)
{
    struct nlmsghdr *nlh = route_encode(buf, in);
    struct dp_route out;

    assert_true(route_decode(nlh, &out));
    assert_memory_equal(&out, in, sizeof(out));
    truncate_all(nlh, cut_route);
}

static void test_route__round_trips(void **state)
{
    struct dp_route r = {.table = 0, .prefix = prefix_v4(0x0a010200, 24), .nexthop_id = 17};

    (void)state;
    route_round_trip(&r);
    r.table = 20;
    route_round_trip(&r);
    r.table = 70000;
    route_round_trip(&r);
    r.prefix = prefix_v4(0, 0);
    route_round_trip(&r);
    assert_int_equal(prefix_parse("2001:db8::/32", &r.prefix), 0);
    route_round_trip(&r);
    r.nexthop_id = 0;
    r.type = DP_ROUTE_BLACKHOLE;
    route_round_trip(&r);
    r.type = DP_ROUTE_UNREACHABLE;
    route_round_trip(&r);
}

static void test_route__the_end_of_a_vrf_table_is_no_route(void **state)
{
    struct dp_route out;

    (void)state;
    assert_false(route_decode(route_encode_vrf_end(buf, 20, AF_INET), &out));
    assert_false(route_decode(route_encode_vrf_end(buf, 20, AF_INET6), &out));
}

static void test_nexthop__golden_encap(void **state)
{
    /* clang-format off */
    static const uint8_t golden[] = {
        0x44, 0, 0, 0, 0x68, 0, 0x01, 0x05, 0, 0, 0, 0, 0, 0, 0, 0,
        2, 0, 181, 0, 4, 0, 0, 0,                           /* AF_INET, 181, onlink */
        8, 0, 1, 0, 0x40, 0, 0, 0x40,                       /* NHA_ID: first member of set 1 */
        8, 0, 5, 0, 7, 0, 0, 0,                             /* NHA_OIF */
        8, 0, 6, 0, 10, 0, 0, 2,                            /* NHA_GATEWAY */
        6, 0, 7, 0, 1, 0, 0, 0,                             /* NHA_ENCAP_TYPE MPLS */
        12, 0, 8, 0x80, 8, 0, 1, 0, 0x00, 0x06, 0x41, 0x00, /* NHA_ENCAP, nested; label 100 */
    };
    /* clang-format on */
    struct dp_nexthop nh = make_hop(7, "10.0.0.2", 1);

    (void)state;
    assert_memory_equal(nexthop_encode(buf, NEXTHOP_MEMBER(1, 0), &nh), golden, sizeof(golden));
}

static void nexthop_round_trip(const struct dp_nexthop *in)
{
    struct nlmsghdr *nlh = nexthop_encode(buf, 77, in);
    struct nexthop_message m;

    assert_int_equal(nexthop_decode(nlh, &m), NEXTHOP_SINGLE);
    assert_int_equal(m.id, 77);
    assert_memory_equal(&m.nh, in, sizeof(m.nh));
    truncate_all(nlh, cut_nexthop);
}

static void test_nexthop__round_trips(void **state)
{
    struct dp_nexthop nh = make_hop(7, "10.0.0.2", 16);

    (void)state;
    nexthop_round_trip(&nh);
    nh = make_hop(7, "fe80::1", 2);
    nexthop_round_trip(&nh);
    nh = make_hop(7, NULL, 0);
    nh.label = out_label_none(); /* what comes back for "nothing is pushed" */
    nexthop_round_trip(&nh);
}

static void test_nexthop__group_round_trip(void **state)
{
    uint32_t members[RIB_NEXTHOPS_MAX];
    struct nexthop_message m;
    struct nlmsghdr *nlh;

    (void)state;
    for (size_t i = 0; i < RIB_NEXTHOPS_MAX; i++)
        members[i] = NEXTHOP_MEMBER(5, i);
    nlh = nexthop_group_encode(buf, 5, members, RIB_NEXTHOPS_MAX);
    assert_int_equal(nexthop_decode(nlh, &m), NEXTHOP_GROUP);
    assert_int_equal(m.id, 5);
    assert_int_equal(m.n_members, RIB_NEXTHOPS_MAX);
    assert_memory_equal(m.members, members, sizeof(members));
    truncate_all(nlh, cut_nexthop);
}

static void test_nexthop__member_ids_do_not_collide(void **state)
{
    (void)state;
    assert_int_equal(NEXTHOP_MEMBER(1, 63) + 1, NEXTHOP_MEMBER(2, 0));
    assert_true(NEXTHOP_MEMBER(NEXTHOP_SET_MAX, 63) > NEXTHOP_MEMBER(NEXTHOP_SET_MAX, 0));
    assert_true(NEXTHOP_MEMBER(1, 0) > NEXTHOP_SET_MAX);
    assert_true(NEXTHOP_MEMBER(NEXTHOP_SET_MAX, 63) < UINT32_C(0x80000000));
}

static struct nlmsghdr *link_message_of(const char *slave_kind)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
    struct nlattr *info, *data;

    nlh->nlmsg_type = RTM_NEWLINK;
    ifi->ifi_index = 9;
    ifi->ifi_flags = 1 | 0x10000; /* IFF_UP, IFF_LOWER_UP */
    mnl_attr_put_strz(nlh, IFLA_IFNAME, "vrfA");
    mnl_attr_put_strz(nlh, IFLA_IFALIAS, "strata vrfA");
    mnl_attr_put_u32(nlh, IFLA_MTU, 1500);
    mnl_attr_put_u32(nlh, IFLA_MASTER, 4);
    info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
    mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vrf");
    mnl_attr_put_strz(nlh, IFLA_INFO_SLAVE_KIND, slave_kind);
    data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
    mnl_attr_put_u32(nlh, IFLA_VRF_TABLE, 20);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
    return nlh;
}

static void test_link__decode(void **state)
{
    struct nlmsghdr *nlh = link_message_of("vrf");
    struct dp_link l;
    bool is_port;

    (void)state;
    assert_true(link_decode(nlh, &l, &is_port));
    assert_int_equal(l.ifindex, 9);
    assert_string_equal(l.name, "vrfA");
    assert_string_equal(l.alias, "strata vrfA");
    assert_int_equal(l.mtu, 1500);
    assert_int_equal(l.vrf_table, 20);
    assert_int_equal(l.master, 4);
    assert_true(is_port && l.is_admin_up && l.has_carrier && !l.is_loopback);
    truncate_all(nlh, cut_link);
    nlh = link_message_of("bridge"); /* another kind of master is none of ours */
    assert_true(link_decode(nlh, &l, &is_port));
    assert_int_equal(l.master, 0);
    ((struct ifinfomsg *)mnl_nlmsg_get_payload(nlh))->ifi_family = AF_BRIDGE;
    assert_false(link_decode(nlh, &l, &is_port));
}

static void test_address__decode_takes_our_end(void **state)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
    const uint8_t ours[4] = {10, 0, 0, 1}, peer[4] = {10, 0, 0, 2};
    uint32_t ifindex;
    struct prefix p;

    (void)state;
    ifa->ifa_family = AF_INET;
    ifa->ifa_index = 3;
    ifa->ifa_prefixlen = 30;
    mnl_attr_put(nlh, IFA_ADDRESS, 4, peer);
    mnl_attr_put(nlh, IFA_LOCAL, 4, ours);
    assert_true(address_decode(nlh, &ifindex, &p));
    assert_int_equal(ifindex, 3);
    assert_int_equal(p.len, 30);
    assert_memory_equal(p.addr.b, ours, 4);
    truncate_all(nlh, cut_address);
    ifa->ifa_prefixlen = 33;
    assert_false(address_decode(nlh, &ifindex, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label__golden_swap),
        cmocka_unit_test(test_label__round_trips),
        cmocka_unit_test(test_label__largest_fits),
        cmocka_unit_test(test_label__refusals),
        cmocka_unit_test(test_label__foreign_is_not_ours),
        cmocka_unit_test(test_route__golden),
        cmocka_unit_test(test_route__round_trips),
        cmocka_unit_test(test_route__the_end_of_a_vrf_table_is_no_route),
        cmocka_unit_test(test_nexthop__golden_encap),
        cmocka_unit_test(test_nexthop__round_trips),
        cmocka_unit_test(test_nexthop__group_round_trip),
        cmocka_unit_test(test_nexthop__member_ids_do_not_collide),
        cmocka_unit_test(test_link__decode),
        cmocka_unit_test(test_address__decode_takes_our_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
