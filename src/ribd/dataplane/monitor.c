/* SPDX-License-Identifier: Apache-2.0
 *
 * Listens: links and addresses for ribd, changes that somebody else makes to what is ours, and strangers' routes. A
 * filter in the kernel drops the echo of our own writes, or half a million of our own notifications would overrun the
 * socket. An overrun (ENOBUFS) is no error: links and strangers' routes are compared anew, and ribd is asked to audit;
 * in a flood that goes on with growing pauses, or the comparing would be all that is done.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"

enum { BATCH = 64, QUEUE_MAX = 65536 }; /* what a socket holds at most */

static bool is_route(const struct nlmsghdr *nlh)
{
    return nlh->nlmsg_type == RTM_NEWROUTE || nlh->nlmsg_type == RTM_DELROUTE;
}

static bool is_strangers_route(const struct nlmsghdr *nlh)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    return is_route(nlh) && nlh->nlmsg_len >= NL_HEADER + sizeof(*rtm) && rtm->rtm_protocol != KERNEL_PROTOCOL;
}

static bool is_strangers_nexthop(const struct nlmsghdr *nlh)
{
    const struct nhmsg *nhm = mnl_nlmsg_get_payload(nlh);

    return (nlh->nlmsg_type == RTM_NEWNEXTHOP || nlh->nlmsg_type == RTM_DELNEXTHOP) &&
           nlh->nlmsg_len >= NL_HEADER + sizeof(*nhm) && nhm->nh_protocol != KERNEL_PROTOCOL;
}

/* A stranger's IPv4 route and label entry are taken; of the kernel's own routes that which replaces another: it may be
 * ours. Offsets are those in a notification, which holds one message. Loads are big-endian, so constants are turned
 * over. */
static int attach_filter(const struct nl_sock *s, uint32_t own_portid)
{
    const uint32_t protocol_at = sizeof(struct nlmsghdr) + offsetof(struct rtmsg, rtm_protocol);
    const uint32_t family_at = sizeof(struct nlmsghdr) + offsetof(struct rtmsg, rtm_family);
    const uint32_t nh_protocol_at = sizeof(struct nlmsghdr) + offsetof(struct nhmsg, nh_protocol);
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWNEXTHOP), 12, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELNEXTHOP), 11, 0),
        BPF_JUMP(BPF_JMP | BPF_JA, 14, 0, 0), /* anything else is taken */
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, protocol_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, KERNEL_PROTOCOL, 10, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, RTPROT_KERNEL, 0, 2),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, family_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 9, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, family_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_MPLS, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 7, 0), /* there is nothing of ours */
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_flags)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htons(NLM_F_REPLACE), 4, 5),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, nh_protocol_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, KERNEL_PROTOCOL, 0, 2), /* a stranger's: its routes may change with it */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(own_portid), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}

static bool is_replacing(const struct nlmsghdr *nlh)
{
    return nlh->nlmsg_type == RTM_NEWROUTE && nlh->nlmsg_flags & NLM_F_REPLACE;
}

/* Our nexthop objects are known by their ids, whoever wrote them last. */
static bool has_our_id(const struct nlmsghdr *nlh)
{
    const struct nlattr *a[NHA_MAX + 1];
    uint32_t id = 0;

    nl_attrs(nlh, sizeof(struct nhmsg), a, NHA_MAX + 1);
    return nl_attr_u32(a[NHA_ID], &id) && id >= NEXTHOP_GROUP_ID(1) && id <= NEXTHOP_MEMBER(NEXTHOP_SET_MAX, 63);
}

/* A stranger's hand: what it may have done to what is ours; NULL: nothing. */
static const char *on_stranger(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    if (is_strangers_nexthop(nlh)) {
        foreign_nexthop_changed(k);
        return has_our_id(nlh) ? "a nexthop of ours was replaced" : NULL;
    }
    if (((const struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_family == AF_MPLS)
        return foreign_label_message(k, nlh) && is_replacing(nlh) ? "a label entry was replaced" : NULL;
    return foreign_message(k, nlh) && is_replacing(nlh) ? "a route of ours was replaced" : NULL;
}

static const char *what_changed(const struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    if (nlh->nlmsg_pid == k->bulk.portid || nlh->nlmsg_pid == k->request.portid)
        return NULL;
    switch (nlh->nlmsg_type) {
    case RTM_NEWROUTE:
        return "a route of ours was replaced";
    case RTM_DELROUTE:
        return "a route of ours was deleted";
    case RTM_NEWNEXTHOP:
        return "a nexthop of ours was replaced";
    case RTM_DELNEXTHOP:
        return "a nexthop of ours was deleted";
    default:
        return NULL;
    }
}

static void on_rule(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    if (k->is_setup && nlh->nlmsg_pid != k->request.portid && vrf_rules_ensure(k) > 0)
        LOG_WARN(k->log, "routing-rules-restored", "cause=\"somebody changed them\"");
}

/* What is still queued is older than what was lost: told after the dump, it would bring back what is gone. */
static void drain(struct kernel_dp *k)
{
    int left = QUEUE_MAX; /* more is newer, and may be told */

    while (left-- > 0 &&
           (recv(k->monitor.fd, k->monitor.buffer, NL_BUFFER, MSG_DONTWAIT) >= 0 || errno == ENOBUFS || errno == EINTR))
        continue;
}

static void on_routes_told(struct kernel_dp *k, int error)
{
    (void)error; /* it is in the log */
    pace_done(&k->resync_pace, loop_now_us(k->loop), loop_now_us(k->loop) - k->resync_began_us, false);
    kernel_foreign_change(k, "notifications were lost");
}

static void on_resync(void *arg)
{
    struct kernel_dp *k = arg;

    k->resync_began_us = loop_now_us(k->loop);
    LOG_WARN(k->log, "notifications-lost", "overruns=%lu resyncs=%lu", (unsigned long)k->counters.overruns,
             (unsigned long)++k->counters.resyncs);
    drain(k);
    if (link_tell_all(k))
        LOG_ERROR(k->log, "link-dump-failed", "cause=overrun");
    foreign_tell_all(k, on_routes_told);
}

static void on_overrun(struct kernel_dp *k)
{
    k->counters.overruns++;
    if (!timer_is_armed(&k->resync))
        timer_arm_ms(&k->resync, pace_wait_ms(&k->resync_pace, loop_now_us(k->loop), 0));
}

void monitor_count(struct dataplane *dp, struct dp_counters *out)
{
    struct kernel_dp *k = kernel_of(dp);

    *out = k->counters;
    out->is_resync_due = timer_is_armed(&k->resync);
    out->resync_in_ms = timer_remaining_ms(&k->resync);
}

static const char *receive_one(struct kernel_dp *k, ssize_t got)
{
    const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)k->monitor.buffer;
    const char *what = NULL;
    int left = (int)got;

    for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
        const char *one = NULL;

        if (nlh->nlmsg_type == RTM_NEWRULE || nlh->nlmsg_type == RTM_DELRULE)
            on_rule(k, nlh);
        else if (is_strangers_route(nlh) || is_strangers_nexthop(nlh))
            one = on_stranger(k, nlh);
        else if (what_changed(k, nlh))
            one = what_changed(k, nlh);
        else
            link_message(k, nlh);
        what = one ? one : what;
    }
    return what;
}

static void on_monitor(void *arg)
{
    struct kernel_dp *k = arg;
    const char *what = NULL; /* one word for a burst */

    if (!k->is_started)
        return; /* what waits here is newer than the dump to come, and is read after it */
    for (int i = 0; i < BATCH; i++) {
        ssize_t got = recv(k->monitor.fd, k->monitor.buffer, NL_BUFFER, MSG_DONTWAIT);
        const char *one;

        if (got < 0 && errno == ENOBUFS) {
            on_overrun(k);
            continue;
        }
        if (got < 0)
            break;
        one = receive_one(k, got);
        what = one ? one : what;
    }
    if (what)
        kernel_foreign_change(k, what);
}

void monitor_hold(struct kernel_dp *k, bool is_held)
{
    if (is_held) {
        loop_event_unwatch(k->monitor_watch);
        k->monitor_watch = NULL;
    } else if (!k->monitor_watch && loop_event_watch(k->loop, k->monitor.fd, on_monitor, k, &k->monitor_watch)) {
        LOG_ERROR(k->log, "monitor-watch-failed", "text=\"changes by others go unseen\"");
    }
}

int monitor_open(struct kernel_dp *k)
{
    static const uint32_t groups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                                      RTNLGRP_MPLS_ROUTE, RTNLGRP_NEXTHOP,     RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE};
    int error = nl_open(&k->monitor, NETLINK_ROUTE, true);

    timer_init(&k->resync, k->loop, on_resync, k);
    if (!error)
        error = attach_filter(&k->monitor, k->bulk.portid);
    for (size_t i = 0; !error && i < sizeof(groups) / sizeof(groups[0]); i++)
        error = nl_join(&k->monitor, groups[i]);
    if (!error)
        error = loop_event_watch(k->loop, k->monitor.fd, on_monitor, k, &k->monitor_watch);
    if (error)
        nl_close(&k->monitor);
    return error;
}

void monitor_close(struct kernel_dp *k)
{
    timer_cancel(&k->resync);
    loop_event_unwatch(k->monitor_watch);
    k->monitor_watch = NULL;
    nl_close(&k->monitor);
}
