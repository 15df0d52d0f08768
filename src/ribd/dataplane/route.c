/* SPDX-License-Identifier: Apache-2.0
 *
 * IP routes as messages. Pure. A unicast route names a nexthop group and nothing else; tables above 255 go in
 * RTA_TABLE.
 */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/netlink.h"

static struct nlmsghdr *route_header(void *buf, uint16_t type, uint16_t flags, uint32_t table, const struct prefix *p)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

    if (table == 0)
        table = RT_TABLE_MAIN;
    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    rtm->rtm_family = (unsigned char)family_to_kernel(p->addr.family);
    rtm->rtm_dst_len = p->len;
    rtm->rtm_protocol = KERNEL_PROTOCOL;
    rtm->rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE; /* NOWHERE: any, when deleting */
    rtm->rtm_table = (unsigned char)(table > 255 ? RT_TABLE_UNSPEC : table);
    if (table > 255)
        mnl_attr_put_u32(nlh, RTA_TABLE, table);
    if (p->len > 0)
        mnl_attr_put(nlh, RTA_DST, ip_addr_bits(&p->addr) / 8u, p->addr.b);
    return nlh;
}

static unsigned char kernel_type(const struct dp_route *route)
{
    switch (route->type) {
    case DP_ROUTE_BLACKHOLE:
        return RTN_BLACKHOLE;
    case DP_ROUTE_UNREACHABLE:
        return RTN_UNREACHABLE;
    case DP_ROUTE_UNICAST:
        break;
    }
    return RTN_UNICAST;
}

struct nlmsghdr *route_encode(void *buf, const struct dp_route *route)
{
    struct nlmsghdr *nlh = route_header(buf, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route->table, &route->prefix);
    struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    rtm->rtm_type = kernel_type(route);
    mnl_attr_put_u32(nlh, RTA_PRIORITY, KERNEL_METRIC);
    if (route->type == DP_ROUTE_UNICAST)
        mnl_attr_put_u32(nlh, RTA_NH_ID, NEXTHOP_GROUP_ID(route->nexthop_id));
    return nlh;
}

struct nlmsghdr *route_encode_del(void *buf, uint32_t table, const struct prefix *p, uint32_t metric)
{
    struct nlmsghdr *nlh = route_header(buf, RTM_DELROUTE, 0, table, p);

    mnl_attr_put_u32(nlh, RTA_PRIORITY, metric);
    return nlh;
}

struct nlmsghdr *route_encode_vrf_end(void *buf, uint32_t table, int family)
{
    struct prefix any = {.addr.family = family_from_kernel(family)};
    struct nlmsghdr *nlh = route_header(buf, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, table, &any);
    struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    rtm->rtm_type = RTN_UNREACHABLE;
    mnl_attr_put_u32(nlh, RTA_PRIORITY, KERNEL_UNREACHABLE_METRIC);
    return nlh;
}

struct nlmsghdr *route_encode_dump(void *buf, int family, uint8_t protocol, uint32_t table)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

    nlh->nlmsg_type = RTM_GETROUTE;
    rtm->rtm_family = (unsigned char)family;
    rtm->rtm_protocol = protocol;
    if (table)
        mnl_attr_put_u32(nlh, RTA_TABLE, table);
    return nlh;
}

bool route_decode(const struct nlmsghdr *nlh, struct dp_route *out)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[RTA_MAX + 1];
    uint32_t metric = 0, nexthop;

    memset(out, 0, sizeof(*out));
    if (nlh->nlmsg_len < NL_HEADER + sizeof(*rtm) || rtm->rtm_protocol != KERNEL_PROTOCOL)
        return false;
    if (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6)
        return false;
    nl_attrs(nlh, sizeof(*rtm), a, RTA_MAX + 1);
    if (!nl_attr_u32(a[RTA_PRIORITY], &metric) || metric != KERNEL_METRIC)
        return false;
    out->table = rtm->rtm_table;
    nl_attr_u32(a[RTA_TABLE], &out->table);
    if (out->table == RT_TABLE_MAIN)
        out->table = 0;
    out->prefix.addr.family = family_from_kernel(rtm->rtm_family);
    out->prefix.len = rtm->rtm_dst_len;
    if (out->prefix.len > ip_addr_bits(&out->prefix.addr))
        return false;
    if (out->prefix.len > 0 &&
        (!a[RTA_DST] || !addr_from_kernel(rtm->rtm_family, mnl_attr_get_payload(a[RTA_DST]),
                                          mnl_attr_get_payload_len(a[RTA_DST]), &out->prefix.addr)))
        return false;
    if (rtm->rtm_type == RTN_BLACKHOLE)
        out->type = DP_ROUTE_BLACKHOLE;
    else if (rtm->rtm_type == RTN_UNREACHABLE)
        out->type = DP_ROUTE_UNREACHABLE;
    else if (nl_attr_u32(a[RTA_NH_ID], &nexthop) && (nexthop & ~NEXTHOP_SET_MAX) == NEXTHOP_GROUP_ID(0))
        out->nexthop_id = nexthop & NEXTHOP_SET_MAX; /* else 0: somebody replaced it; the audit repairs */
    return true;
}
