/* SPDX-License-Identifier: Apache-2.0
 *
 * Nexthop objects and groups as messages. Pure. Gateways are marked onlink: ribd has resolved them, and the kernel's
 * own check would refuse next hops of a VPN instance whose gateway is in another table. Labels ride on the object, one
 * object a distinct stack: a classic route with its own stack costs quadratic time in the kernel.
 */
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/lwtunnel.h>
#include <linux/mpls.h>
#include <linux/mpls_iptunnel.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/netlink.h"

int family_to_kernel(uint8_t family)
{
    switch ((enum addr_family)family) {
    case AF_IPV4:
        return AF_INET;
    case AF_IPV6:
        return AF_INET6;
    case AF_NONE:
        break;
    }
    return AF_UNSPEC;
}

uint8_t family_from_kernel(int family)
{
    return family == AF_INET ? AF_IPV4 : family == AF_INET6 ? AF_IPV6 : AF_NONE;
}

bool addr_from_kernel(int family, const void *data, size_t len, struct ip_addr *out)
{
    memset(out, 0, sizeof(*out));
    out->family = family_from_kernel(family);
    if (out->family == AF_NONE || len != ip_addr_bits(out) / 8u)
        return false;
    memcpy(out->b, data, len);
    return true;
}

size_t label_stack_to_wire(const struct label_stack *s, uint8_t out[4 * LABEL_STACK_MAX])
{
    for (size_t i = 0; i < s->depth; i++) {
        uint32_t bottom = i + 1 == s->depth ? 1u << MPLS_LS_S_SHIFT : 0;
        uint32_t word = htobe32(s->label[i] << MPLS_LS_LABEL_SHIFT | bottom); /* the kernel sets the TTL */

        memcpy(out + 4 * i, &word, sizeof(word));
    }
    return 4u * s->depth;
}

bool label_stack_from_wire(const uint8_t *data, size_t len, struct label_stack *out)
{
    memset(out, 0, sizeof(*out));
    if (len == 0 || len % 4 || len / 4 > LABEL_STACK_MAX)
        return false;
    for (size_t i = 0; i < len / 4; i++)
        out->label[i] = (uint32_t)data[4 * i] << 12 | (uint32_t)data[4 * i + 1] << 4 | data[4 * i + 2] >> 4;
    out->depth = (uint8_t)(len / 4);
    return true;
}

static struct nlmsghdr *nexthop_header(void *buf, uint16_t type, uint16_t flags, int family, uint32_t id)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct nhmsg *nhm = mnl_nlmsg_put_extra_header(nlh, sizeof(*nhm));

    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    nhm->nh_family = (unsigned char)family;
    nhm->nh_protocol = type == RTM_NEWNEXTHOP ? KERNEL_PROTOCOL : 0;
    mnl_attr_put_u32(nlh, NHA_ID, id);
    return nlh;
}

struct nlmsghdr *nexthop_encode(void *buf, uint32_t id, const struct dp_nexthop *nh)
{
    bool has_gateway = ip_addr_is_set(&nh->gateway);
    int family = has_gateway ? family_to_kernel(nh->gateway.family) : AF_INET;
    struct nlmsghdr *nlh = nexthop_header(buf, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, family, id);
    struct nhmsg *nhm = mnl_nlmsg_get_payload(nlh);
    uint8_t wire[4 * LABEL_STACK_MAX];

    mnl_attr_put_u32(nlh, NHA_OIF, nh->ifindex);
    if (has_gateway) {
        mnl_attr_put(nlh, NHA_GATEWAY, ip_addr_bits(&nh->gateway) / 8u, nh->gateway.b);
        nhm->nh_flags = RTNH_F_ONLINK;
    }
    if (nh->label.state == LABEL_STATE_STACK) {
        struct nlattr *nest;

        mnl_attr_put_u16(nlh, NHA_ENCAP_TYPE, LWTUNNEL_ENCAP_MPLS);
        nest = mnl_attr_nest_start(nlh, NHA_ENCAP); /* sets NLA_F_NESTED, which the kernel insists on here */
        mnl_attr_put(nlh, MPLS_IPTUNNEL_DST, label_stack_to_wire(&nh->label.stack, wire), wire);
        if (nh->ttl)
            mnl_attr_put_u8(nlh, MPLS_IPTUNNEL_TTL, nh->ttl);
        mnl_attr_nest_end(nlh, nest);
    }
    return nlh;
}

struct nlmsghdr *nexthop_group_encode(void *buf, uint32_t set, const uint32_t *members, size_t n)
{
    struct nlmsghdr *nlh =
        nexthop_header(buf, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, AF_UNSPEC, NEXTHOP_GROUP_ID(set));
    struct nexthop_grp group[RIB_NEXTHOPS_MAX];

    memset(group, 0, sizeof(group)); /* weight 0 means 1 */
    for (size_t i = 0; i < n; i++)
        group[i].id = members[i];
    mnl_attr_put(nlh, NHA_GROUP, n * sizeof(group[0]), group);
    return nlh;
}

struct nlmsghdr *nexthop_encode_del(void *buf, uint32_t id)
{
    return nexthop_header(buf, RTM_DELNEXTHOP, 0, AF_UNSPEC, id);
}

static bool decode_group(const struct nlattr *a, struct nexthop_message *out)
{
    size_t len = mnl_attr_get_payload_len(a);
    const uint8_t *data = mnl_attr_get_payload(a);
    struct nexthop_grp entry;

    if ((out->id & ~NEXTHOP_SET_MAX) != NEXTHOP_GROUP_ID(0))
        return false;
    out->id &= NEXTHOP_SET_MAX;
    if (len % sizeof(entry) || len / sizeof(entry) > RIB_NEXTHOPS_MAX)
        return false;
    out->n_members = len / sizeof(entry);
    for (size_t i = 0; i < out->n_members; i++) {
        memcpy(&entry, data + i * sizeof(entry), sizeof(entry));
        out->members[i] = entry.id;
    }
    return true;
}

static bool decode_encap(const struct nlattr *type, const struct nlattr *encap, struct dp_nexthop *out)
{
    const struct nlattr *a[MPLS_IPTUNNEL_MAX + 1];

    if (!type || mnl_attr_get_payload_len(type) != sizeof(uint16_t) || mnl_attr_get_u16(type) != LWTUNNEL_ENCAP_MPLS)
        return false;
    nl_attrs_of(mnl_attr_get_payload(encap), mnl_attr_get_payload_len(encap), a, MPLS_IPTUNNEL_MAX + 1);
    if (!a[MPLS_IPTUNNEL_DST])
        return false;
    if (a[MPLS_IPTUNNEL_TTL] && mnl_attr_get_payload_len(a[MPLS_IPTUNNEL_TTL]) == sizeof(uint8_t))
        out->ttl = mnl_attr_get_u8(a[MPLS_IPTUNNEL_TTL]);
    out->label.state = LABEL_STATE_STACK;
    return label_stack_from_wire(mnl_attr_get_payload(a[MPLS_IPTUNNEL_DST]),
                                 mnl_attr_get_payload_len(a[MPLS_IPTUNNEL_DST]), &out->label.stack);
}

enum nexthop_kind nexthop_decode(const struct nlmsghdr *nlh, struct nexthop_message *out)
{
    const struct nhmsg *nhm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[NHA_MAX + 1];

    memset(out, 0, sizeof(*out));
    if (nlh->nlmsg_len < NL_HEADER + sizeof(*nhm) || nhm->nh_protocol != KERNEL_PROTOCOL)
        return NEXTHOP_FOREIGN;
    nl_attrs(nlh, sizeof(*nhm), a, NHA_MAX + 1);
    if (!nl_attr_u32(a[NHA_ID], &out->id))
        return NEXTHOP_FOREIGN;
    if (a[NHA_GROUP])
        return decode_group(a[NHA_GROUP], out) ? NEXTHOP_GROUP : NEXTHOP_FOREIGN;
    if (!nl_attr_u32(a[NHA_OIF], &out->nh.ifindex))
        return NEXTHOP_FOREIGN;
    if (a[NHA_GATEWAY] && !addr_from_kernel(nhm->nh_family, mnl_attr_get_payload(a[NHA_GATEWAY]),
                                            mnl_attr_get_payload_len(a[NHA_GATEWAY]), &out->nh.gateway))
        return NEXTHOP_FOREIGN;
    if (a[NHA_ENCAP] && !decode_encap(a[NHA_ENCAP_TYPE], a[NHA_ENCAP], &out->nh))
        return NEXTHOP_FOREIGN;
    return NEXTHOP_SINGLE;
}
