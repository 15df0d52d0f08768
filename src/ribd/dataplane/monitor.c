/* SPDX-License-Identifier: Apache-2.0
 *
 * Listens: links and addresses for ribd, changes that somebody else makes to what is ours, and strangers' routes. A
 * filter in the kernel drops the echo of our own writes, or half a million of our own notifications would overrun the
 * socket. An overrun (ENOBUFS) is no error: links and strangers' routes are compared anew, and ribd is asked to audit;
 * in a flood that goes on with growing pauses, or the comparing would be all that is done.
 *
 * While routes are being looked at, in parts (foreign.c), news of routes wait until the end, since a part may be older
 * than they are. Links, addresses and rules do not wait: they are looked at at once, or not at all. So a link may be
 * told down before older news of routes over it; these are told, and then there is one more look, for what went with
 * it.
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

enum { BATCH = 64, LATE_BATCH = 256, QUEUE_MAX = 65536 /* what a socket holds at most */, LOSSY_RESYNC_MS = 100 };

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
    struct nl_sock *s = &k->monitor.sock;
    int left = QUEUE_MAX; /* more is newer, and may be told */

    while (left-- > 0 && (recv(s->fd, s->buffer, NL_BUFFER, MSG_DONTWAIT) >= 0 || errno == ENOBUFS || errno == EINTR))
        continue;
    news_clear(&k->monitor.late);
}

static void resync_soon(struct kernel_dp *k, uint64_t soon_ms)
{
    struct monitor *m = &k->monitor;

    if (!timer_is_armed(&m->resync))
        timer_arm_ms(&m->resync, pace_wait_ms(&m->pace, loop_now_us(k->loop), soon_ms));
}

void monitor_links_told(struct kernel_dp *k, int error)
{
    k->monitor.links_error = error;
    if (error)
        LOG_ERROR(k->log, "link-dump-failed", "error=\"%s\" again=1", strerror(-error));
}

static void resync_if_due(struct kernel_dp *k)
{
    struct monitor *m = &k->monitor;

    if (m->is_lossy || m->links_error)
        resync_soon(k, 0);
    m->is_lossy = false;
}

static void on_routes_told(struct kernel_dp *k, int error)
{
    struct monitor *m = &k->monitor;

    (void)error; /* it is in the log */
    m->is_resyncing = false;
    pace_done(&m->pace, loop_now_us(k->loop), loop_now_us(k->loop) - m->resync_began_us, false);
    kernel_foreign_change(k, "notifications were lost");
    resync_if_due(k);
}

/* While a look goes on only links are compared. The rest follows at its end, or in a flood it would never end. */
static void on_resync(void *arg)
{
    struct kernel_dp *k = arg;
    struct monitor *m = &k->monitor;

    if (m->is_held) {
        m->is_lossy = true;
        drain(k);
        monitor_links_told(k, link_tell_all(k));
        return;
    }
    m->is_resyncing = true;
    m->resync_began_us = loop_now_us(k->loop);
    LOG_WARN(k->log, "notifications-lost", "overruns=%lu resyncs=%lu", (unsigned long)m->counters.overruns,
             (unsigned long)++m->counters.resyncs);
    drain(k);
    monitor_links_told(k, link_tell_all(k));
    foreign_tell_all(k, on_routes_told);
}

static void on_overrun(struct kernel_dp *k)
{
    k->monitor.counters.overruns++;
    resync_soon(k, k->monitor.is_lossy ? LOSSY_RESYNC_MS : 0);
}

void monitor_count(struct dataplane *dp, struct dp_counters *out)
{
    const struct monitor *m = &kernel_of(dp)->monitor;

    *out = m->counters;
    out->is_resync_due = timer_is_armed(&m->resync) || m->is_lossy;
    out->resync_in_ms = timer_remaining_ms(&m->resync);
}

static bool is_of_route(const struct nlmsghdr *nlh)
{
    return is_route(nlh) || nlh->nlmsg_type == RTM_NEWNEXTHOP || nlh->nlmsg_type == RTM_DELNEXTHOP;
}

/* What it may have done to what is ours; NULL: nothing. */
static const char *tell(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    if (nlh->nlmsg_type == RTM_NEWRULE || nlh->nlmsg_type == RTM_DELRULE) {
        on_rule(k, nlh);
        return NULL;
    }
    if (is_strangers_route(nlh) || is_strangers_nexthop(nlh))
        return on_stranger(k, nlh);
    if (!what_changed(k, nlh))
        link_message(k, nlh);
    return what_changed(k, nlh);
}

bool monitor_is_behind(const struct kernel_dp *k)
{
    return k->monitor.is_held || !news_is_empty(&k->monitor.late);
}

/* Without room for it: all that waits is lost, as if the kernel had none. */
static void keep(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    struct monitor *m = &k->monitor;

    if (m->is_lossy || news_put(&m->late, nlh))
        return;
    news_clear(&m->late);
    m->is_lossy = m->is_held;
    on_overrun(k);
}

static const char *receive_one(struct kernel_dp *k, ssize_t got)
{
    const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)k->monitor.sock.buffer;
    const char *what = NULL;
    int left = (int)got;

    for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
        const char *one = NULL;

        if (monitor_is_behind(k) && is_of_route(nlh))
            keep(k, nlh);
        else
            one = tell(k, nlh);
        what = one ? one : what;
    }
    return what;
}

static void on_monitor(void *arg)
{
    struct kernel_dp *k = arg;
    struct nl_sock *s = &k->monitor.sock;
    const char *what = NULL; /* one word for a burst */

    for (int i = 0; i < BATCH; i++) {
        ssize_t got = recv(s->fd, s->buffer, NL_BUFFER, MSG_DONTWAIT);
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

/* --- what waited --- */

struct telling {
    struct kernel_dp *k;
    const char *what;
};

static void tell_late(void *arg, const struct nlmsghdr *nlh)
{
    struct telling *t = arg;
    const char *one = tell(t->k, nlh);

    t->what = one ? one : t->what;
}

/* More in each turn than can arrive in it: it comes to an end. */
static void on_go_on(void *arg)
{
    struct kernel_dp *k = arg;
    struct telling t = {.k = k};

    if (k->monitor.is_held)
        return;
    for (int i = 0; i < LATE_BATCH && news_take(&k->monitor.late, tell_late, &t); i++)
        continue;
    if (t.what)
        kernel_foreign_change(k, t.what);
    if (news_is_empty(&k->monitor.late))
        foreign_news_told(k);
    else
        timer_arm_us(&k->monitor.go_on, 0);
}

void monitor_hold(struct kernel_dp *k, bool is_held)
{
    struct monitor *m = &k->monitor;

    m->is_held = is_held;
    if (!m->watch && loop_event_watch(k->loop, m->sock.fd, on_monitor, k, &m->watch))
        LOG_ERROR(k->log, "monitor-watch-failed", "text=\"changes by others go unseen\"");
    if (is_held)
        return;
    if (!news_is_empty(&m->late))
        timer_arm_us(&m->go_on, 0);
    if (!m->is_resyncing) /* else its own end sees to it */
        resync_if_due(k);
}

void monitor_init(struct kernel_dp *k)
{
    struct monitor *m = &k->monitor;

    news_init(&m->late);
    timer_init(&m->resync, k->loop, on_resync, k);
    timer_init(&m->go_on, k->loop, on_go_on, k);
}

int monitor_open(struct kernel_dp *k)
{
    static const uint32_t groups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                                      RTNLGRP_MPLS_ROUTE, RTNLGRP_NEXTHOP,     RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE};
    struct monitor *m = &k->monitor;
    int error = nl_open(&m->sock, NETLINK_ROUTE, true);

    if (!error)
        error = attach_filter(&m->sock, k->bulk.portid);
    for (size_t i = 0; !error && i < sizeof(groups) / sizeof(groups[0]); i++)
        error = nl_join(&m->sock, groups[i]);
    if (error)
        nl_close(&m->sock);
    return error;
}

void monitor_close(struct kernel_dp *k)
{
    struct monitor *m = &k->monitor;

    timer_cancel(&m->resync);
    timer_cancel(&m->go_on);
    loop_event_unwatch(m->watch);
    m->watch = NULL;
    nl_close(&m->sock);
    news_clear(&m->late);
}
