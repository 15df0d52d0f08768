/* SPDX-License-Identifier: Apache-2.0
 *
 * Pure: values of src/ribd/dataplane.h <-> rtnetlink messages. nexthop.c, route.c, label.c and link.c implement it.
 * An encoder writes one message to `buf` (NL_MESSAGE_MAX bytes of room) and returns it, without sequence number.
 */
#pragma once

#include <linux/netlink.h>

#include "src/ribd/dataplane.h"

/* rtm_protocol of all that is ours: how a restart finds it. Not in the kernel's or other suites' lists. */
#define KERNEL_PROTOCOL 181
/* Our routes' metric. The kernel replaces by {prefix, metric} whoever wrote it, so ours is one nobody else uses. */
#define KERNEL_METRIC 51
/* The metric that the kernel's VRF documentation reserves for the guard against falling through to the next table. */
#define KERNEL_UNREACHABLE_METRIC 4278198272u

/* Every next-hop set is a kernel group, since the kernel refuses to turn a single object into a group. Ids of groups
 * and members are derived from the set's, so that no table of them has to survive a restart, and lie where an
 * operator's own objects hardly do. */
#define NEXTHOP_SET_MAX       0x00ffffffu
#define NEXTHOP_GROUP_ID(id)  (0x20000000u | (id))
#define NEXTHOP_MEMBER(id, i) (0x40000000u | (id) << 6 | (uint32_t)(i))

int family_to_kernel(uint8_t family);   /* AF_INET, AF_INET6 or AF_UNSPEC */
uint8_t family_from_kernel(int family); /* enum addr_family */
bool addr_from_kernel(int family, const void *data, size_t len, struct ip_addr *out);

/* A label stack in wire form (4 bytes each, bottom bit on the last); returns the bytes written. */
size_t label_stack_to_wire(const struct label_stack *s, uint8_t out[4 * LABEL_STACK_MAX]);
bool label_stack_from_wire(const uint8_t *data, size_t len, struct label_stack *out);

struct nlmsghdr *nexthop_encode(void *buf, uint32_t id, const struct dp_nexthop *nh);
struct nlmsghdr *nexthop_group_encode(void *buf, uint32_t set, const uint32_t *members, size_t n);
struct nlmsghdr *nexthop_encode_del(void *buf, uint32_t id); /* the kernel's id of a group or member */
enum nexthop_kind { NEXTHOP_FOREIGN, NEXTHOP_SINGLE, NEXTHOP_GROUP };
struct nexthop_message {
    uint32_t id;          /* GROUP: of the set */
    struct dp_nexthop nh; /* SINGLE */
    size_t n_members;     /* GROUP */
    uint32_t members[RIB_NEXTHOPS_MAX];
};
enum nexthop_kind nexthop_decode(const struct nlmsghdr *nlh, struct nexthop_message *out);

struct nlmsghdr *route_encode(void *buf, const struct dp_route *route);
struct nlmsghdr *route_encode_del(void *buf, uint32_t table, const struct prefix *p, uint32_t metric);
/* The `unreachable default` of a VRF table: not a route of the RIB, so decoders leave it out. */
struct nlmsghdr *route_encode_vrf_end(void *buf, uint32_t table, int family);
/* The question for a dump, 64 bytes of room: a family's routes, or labels of AF_MPLS; of one protocol and one table, 0:
 * of all. The kernel leaves out the rest. */
struct nlmsghdr *route_encode_dump(void *buf, int family, uint8_t protocol, uint32_t table);
bool route_decode(const struct nlmsghdr *nlh, struct dp_route *out); /* false: not ours, or not understood */

struct nlmsghdr *label_encode(void *buf, const struct dp_label *label); /* NULL: -EINVAL */
struct nlmsghdr *label_encode_del(void *buf, uint32_t in_label);
bool label_decode(const struct nlmsghdr *nlh, struct dp_label *out);

bool link_decode(const struct nlmsghdr *nlh, struct dp_link *out, bool *is_vrf_port);
bool address_decode(const struct nlmsghdr *nlh, uint32_t *ifindex, struct prefix *out);
