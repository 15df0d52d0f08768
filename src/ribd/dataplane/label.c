/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries (AF_MPLS routes) as messages. Pure. They take no nexthop objects: each entry carries its next hops, one
 * at top level, several as multipath. The device is always named: without it the kernel resolves once, in the main
 * table. Implicit null is left out here and nowhere before (RFC 3032 s2.1): the kernel refuses label 3 in a stack.
 */
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/mpls.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/netlink.h"

/* Behind what there is; returns where its data go. */
static inline uint8_t *attr_put(struct nlmsghdr *nlh, uint16_t type, size_t len)
{
    uint8_t *at = (uint8_t *)nlh + nlh->nlmsg_len;
    const struct nlattr a = {.nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type};

    memcpy(at, &a, sizeof(a));
    if (len & 3)
        memset(at + sizeof(a) + (len & ~(size_t)3), 0, 4); /* what it is padded with */
    nlh->nlmsg_len += (uint32_t)nl_align(sizeof(a) + len);
    return at + sizeof(a);
}

static struct nlmsghdr *label_header(void *buf, uint16_t type, uint16_t flags, uint32_t in_label)
{
    struct {
        struct nlmsghdr nlh;
        struct rtmsg rtm;
        struct nlattr dst;
        uint32_t label; /* alone in its stack */
    } m = {.nlh = {.nlmsg_len = sizeof(m), .nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)},
           .rtm = {.rtm_family = AF_MPLS,
                   .rtm_dst_len = 20,
                   .rtm_protocol = KERNEL_PROTOCOL,
                   .rtm_scope = RT_SCOPE_UNIVERSE,
                   .rtm_table = RT_TABLE_MAIN, /* the only one */
                   .rtm_type = RTN_UNICAST},   /* the only one */
           .dst = {.nla_len = sizeof(m.dst) + sizeof(m.label), .nla_type = RTA_DST},
           .label = htobe32(in_label << MPLS_LS_LABEL_SHIFT | 1 << MPLS_LS_S_SHIFT)};

    memcpy(buf, &m, sizeof(m));
    return buf;
}

/* The length is known to the compiler in each of its calls. */
static inline void put_via(struct nlmsghdr *nlh, uint16_t family, const uint8_t *address, size_t len)
{
    uint8_t *at = attr_put(nlh, RTA_VIA, sizeof(family) + len);

    memcpy(at, &family, sizeof(family));
    memcpy(at + sizeof(family), address, len);
}

static void put_labels_and_gateway(struct nlmsghdr *nlh, const struct dp_nexthop *nh)
{
    if (nh->label.state == LABEL_STATE_STACK)
        label_stack_to_wire(&nh->label.stack, attr_put(nlh, RTA_NEWDST, nh->label.stack.depth * sizeof(uint32_t)));
    if (nh->gateway.family == AF_IPV4)
        put_via(nlh, AF_INET, nh->gateway.b, 4);
    else if (nh->gateway.family == AF_IPV6)
        put_via(nlh, AF_INET6, nh->gateway.b, 16);
    else if (ip_addr_is_set(&nh->gateway))
        put_via(nlh, AF_UNSPEC, nh->gateway.b, 0); /* which the kernel refuses */
}

static void put_u32(struct nlmsghdr *nlh, uint16_t type, uint32_t value)
{
    memcpy(attr_put(nlh, type, sizeof(value)), &value, sizeof(value));
}

static void put_multipath(struct nlmsghdr *nlh, const struct dp_label *label)
{
    struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);

    for (uint8_t i = 0; i < label->n_nexthops; i++) {
        struct rtnexthop *hop = mnl_nlmsg_get_payload_tail(nlh);

        memset(hop, 0, sizeof(*hop)); /* rtnh_hops: AF_MPLS refuses any weight but 1, which is 0 here */
        hop->rtnh_ifindex = (int)label->nexthops[i].ifindex;
        nlh->nlmsg_len += (uint32_t)nl_align(sizeof(*hop));
        put_labels_and_gateway(nlh, &label->nexthops[i]);
        hop->rtnh_len = (unsigned short)((uint8_t *)mnl_nlmsg_get_payload_tail(nlh) - (uint8_t *)hop);
    }
    mnl_attr_nest_end(nlh, nest);
}

static bool is_encodable(const struct dp_label *label)
{
    if (label->in_label > LABEL_MAX)
        return false;
    if (label->lookup_ifindex)
        return true;
    if (label->n_nexthops == 0 || label->n_nexthops > RIB_NEXTHOPS_MAX)
        return false;
    for (uint8_t i = 0; i < label->n_nexthops; i++) {
        const struct dp_nexthop *nh = &label->nexthops[i];

        /* NONE would pop and hand a stranger's label to whoever is below; a pop without gateway means "look up". */
        if (nh->label.state == LABEL_STATE_NONE || nh->ifindex == 0 || nh->label.stack.depth > LABEL_STACK_MAX ||
            (nh->label.state == LABEL_STATE_IMPLICIT_NULL && !ip_addr_is_set(&nh->gateway)))
            return false;
    }
    return true;
}

struct nlmsghdr *label_encode(void *buf, const struct dp_label *label)
{
    struct nlmsghdr *nlh;

    if (!is_encodable(label))
        return NULL;
    nlh = label_header(buf, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, label->in_label);
    if (label->keeps_ttl)
        *attr_put(nlh, RTA_TTL_PROPAGATE, 1) = 0;
    if (label->lookup_ifindex) {
        put_u32(nlh, RTA_OIF, label->lookup_ifindex);
    } else if (label->n_nexthops == 1) {
        put_labels_and_gateway(nlh, &label->nexthops[0]);
        put_u32(nlh, RTA_OIF, label->nexthops[0].ifindex);
    } else {
        put_multipath(nlh, label);
    }
    return nlh;
}

struct nlmsghdr *label_encode_del(void *buf, uint32_t in_label)
{
    return label_header(buf, RTM_DELROUTE, 0, in_label);
}

static bool decode_hop(const struct nlattr *const *a, uint32_t ifindex, struct dp_nexthop *out)
{
    memset(out, 0, sizeof(*out));
    out->ifindex = ifindex;
    out->label = out_label_implicit_null();
    if (a[RTA_NEWDST]) {
        out->label.state = LABEL_STATE_STACK;
        if (!label_stack_from_wire(mnl_attr_get_payload(a[RTA_NEWDST]), mnl_attr_get_payload_len(a[RTA_NEWDST]),
                                   &out->label.stack))
            return false;
    }
    if (a[RTA_VIA]) {
        size_t len = mnl_attr_get_payload_len(a[RTA_VIA]);
        const uint8_t *data = mnl_attr_get_payload(a[RTA_VIA]);
        uint16_t family;

        if (len < sizeof(family))
            return false;
        memcpy(&family, data, sizeof(family));
        return addr_from_kernel(family, data + sizeof(family), len - sizeof(family), &out->gateway);
    }
    return true;
}

static bool decode_multipath(const struct nlattr *multipath, struct dp_label *out)
{
    const uint8_t *at = mnl_attr_get_payload(multipath);
    size_t left = mnl_attr_get_payload_len(multipath), step;
    const struct nlattr *a[RTA_MAX + 1];
    struct rtnexthop hop;

    while (left >= sizeof(hop)) {
        memcpy(&hop, at, sizeof(hop));
        if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left || out->n_nexthops == RIB_NEXTHOPS_MAX)
            return false;
        nl_attrs_of(at + sizeof(hop), hop.rtnh_len - sizeof(hop), a, RTA_MAX + 1);
        if (!decode_hop(a, (uint32_t)hop.rtnh_ifindex, &out->nexthops[out->n_nexthops]))
            return false;
        out->n_nexthops++;
        step = nl_align(hop.rtnh_len) < left ? nl_align(hop.rtnh_len) : left;
        at += step;
        left -= step;
    }
    return out->n_nexthops > 0;
}

bool label_decode(const struct nlmsghdr *nlh, struct dp_label *out)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[RTA_MAX + 1];
    struct label_stack in;
    uint32_t ifindex = 0;

    memset(out, 0, sizeof(*out));
    if (nlh->nlmsg_len < NL_HEADER + sizeof(*rtm) || rtm->rtm_family != AF_MPLS || rtm->rtm_protocol != KERNEL_PROTOCOL)
        return false;
    nl_attrs(nlh, sizeof(*rtm), a, RTA_MAX + 1);
    if (!a[RTA_DST] ||
        !label_stack_from_wire(mnl_attr_get_payload(a[RTA_DST]), mnl_attr_get_payload_len(a[RTA_DST]), &in))
        return false;
    out->in_label = in.label[0];
    out->keeps_ttl = a[RTA_TTL_PROPAGATE] && mnl_attr_get_payload_len(a[RTA_TTL_PROPAGATE]) == sizeof(uint8_t) &&
                     mnl_attr_get_u8(a[RTA_TTL_PROPAGATE]) == 0;
    if (a[RTA_MULTIPATH])
        return decode_multipath(a[RTA_MULTIPATH], out);
    nl_attr_u32(a[RTA_OIF], &ifindex);
    if (!a[RTA_VIA] && !a[RTA_NEWDST]) {
        out->lookup_ifindex = ifindex;
        return true;
    }
    out->n_nexthops = 1;
    return decode_hop(a, ifindex, &out->nexthops[0]);
}
