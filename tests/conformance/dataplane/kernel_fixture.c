/* SPDX-License-Identifier: Apache-2.0
 *
 * The conformance suite's bench on the real kernel: two network namespaces, the router's and one for all its
 * neighbours, with a pair of veth devices a port; frames through packet sockets. All in this process, since a process
 * costs much in the virtual machine. The process lives in the router's namespace and visits the neighbours'. Needs
 * root.
 */
#include <net/if.h> /* before linux/if.h */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/internal.h"
#include "src/ribd/dataplane/kernel.h"
#include "src/ribd/dataplane/netlink.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "tests/conformance/dataplane/kernel_packet.h"

struct fx {
    struct env env;
    char dir[40];
    int home, router, world; /* namespaces */
    struct loop *loop;
    struct log *log;
    struct nl_sock here, there; /* the router's and the neighbours' netlink, "somebody else" to the data plane */
    struct {
        int sock;
        uint8_t router_mac[6], neighbor_mac[6];
    } ports[FX_PORTS];
    /* run() */
    struct timer timeout, poll;
    bool (*is_done)(void *arg);
    void *done_arg;
    bool is_over;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    abort();
}

static void enter(int ns)
{
    must(setns(ns, CLONE_NEWNET) == 0, "setns");
}

static int new_namespace(void)
{
    int fd;

    if (unshare(CLONE_NEWNET) < 0 && errno == EPERM) {
        fprintf(stderr, "bench: needs root\n");
        exit(77); /* skipped, for ctest */
    }
    fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    must(fd >= 0, "open namespace");
    return fd;
}

static void request(struct nl_sock *s, struct nlmsghdr *nlh, const char *what)
{
    char why[RIB_TEXT_MAX];

    if (nl_request(s, nlh, why) == 0)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, why);
    abort();
}

/* What is changed behind ribd's back may be changed or gone already. */
static void try_request(struct nl_sock *s, struct nlmsghdr *nlh)
{
    nl_request(s, nlh, NULL);
}

static void make_pair(struct fx *fx, const char *name)
{
    char buf[512];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct nlattr *info, *data, *peer;

    nlh->nlmsg_type = RTM_NEWLINK;
    nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
    info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
    mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
    data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
    peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
    mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)fx->world);
    mnl_attr_nest_end(nlh, peer);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
    request(&fx->here, nlh, "make a veth pair");
}

static void set_up(struct nl_sock *s, const char *name, bool is_up)
{
    char buf[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

    nlh->nlmsg_type = RTM_NEWLINK;
    ifi->ifi_change = IFF_UP;
    ifi->ifi_flags = is_up ? IFF_UP : 0;
    mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
    request(s, nlh, "set a link up or down");
}

/* The caller is in the namespace of `s`. */
static void change_address(struct nl_sock *s, uint16_t type, const char *name, const char *text)
{
    char buf[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
    struct prefix p;

    must(prefix_parse(text, &p) == 0, "address");
    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = type == RTM_NEWADDR ? NLM_F_CREATE : 0;
    ifa->ifa_family = AF_INET;
    ifa->ifa_prefixlen = p.len;
    ifa->ifa_index = if_nametoindex(name);
    mnl_attr_put(nlh, IFA_LOCAL, 4, p.addr.b);
    mnl_attr_put(nlh, IFA_ADDRESS, 4, p.addr.b);
    try_request(s, nlh);
}

static void add_address(struct nl_sock *s, const char *name, const char *text)
{
    change_address(s, RTM_NEWADDR, name, text);
}

static void read_mac(const char *name, uint8_t mac[6])
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    must(fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &r) == 0, "read a MAC address");
    memcpy(mac, r.ifr_hwaddr.sa_data, 6);
    close(fd);
}

/* In the neighbours' namespace. */
static int open_port(const char *name)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    int room = 4 << 20;

    at.sll_ifindex = (int)if_nametoindex(name);
    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0, "packet socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    return fd;
}

static void make_port(struct fx *fx, unsigned i)
{
    char name[16], text[32];

    snprintf(name, sizeof(name), "p%u", i);
    snprintf(text, sizeof(text), "10.90.%u.1/24", i);
    make_pair(fx, name);
    set_up(&fx->here, name, true);
    add_address(&fx->here, name, text);
    read_mac(name, fx->ports[i].router_mac);
    enter(fx->world);
    snprintf(text, sizeof(text), "10.90.%u.2/24", i);
    set_up(&fx->there, name, true);
    add_address(&fx->there, name, text);
    read_mac(name, fx->ports[i].neighbor_mac);
    fx->ports[i].sock = open_port(name);
    enter(fx->router);
}

static void quiet(void *arg, enum log_level level, const char *line)
{
    (void)arg;
    if (getenv("STRATA_TEST_VERBOSE") || level == LOG_LEVEL_ERROR)
        fprintf(stderr, "  %s\n", line);
}

static struct fx *fx_create(void)
{
    struct fx *fx = MEM_NEW(NULL, struct fx);

    fx->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    fx->world = new_namespace();
    must(nl_open(&fx->there, NETLINK_ROUTE, false) == 0, "netlink");
    fx->router = new_namespace();
    must(nl_open(&fx->here, NETLINK_ROUTE, false) == 0, "netlink");
    set_up(&fx->here, "lo", true);
    add_address(&fx->here, "lo", "10.1.0.4/32");
    for (unsigned i = 0; i < FX_PORTS; i++)
        make_port(fx, i);
    fx->loop = loop_event_create();
    fx->log = log_create("test", quiet, NULL);
    snprintf(fx->dir, sizeof(fx->dir), "/tmp/strata-conformance-XXXXXX");
    must(mkdtemp(fx->dir) != NULL, "make a folder");
    fx->env = (struct env){
        .loop = fx->loop, .io = io_event_create(fx->loop), .log = fx->log, .run_dir = fx->dir, .state_dir = fx->dir};
    return fx;
}

static void fx_destroy(struct fx *fx)
{
    char command[sizeof(fx->dir) + 16];

    for (unsigned i = 0; i < FX_PORTS; i++)
        close(fx->ports[i].sock);
    nl_close(&fx->here);
    nl_close(&fx->there);
    enter(fx->home);
    close(fx->home);
    close(fx->router);
    close(fx->world);
    io_destroy(fx->env.io);
    loop_destroy(fx->loop);
    log_destroy(fx->log);
    snprintf(command, sizeof(command), "rm -rf %s", fx->dir);
    must(system(command) == 0, "remove the folder");
    mem_free(NULL, fx);
}

static struct dataplane *fx_dataplane(struct fx *fx)
{
    struct dataplane *dp;

    must(dataplane_kernel_create(fx->loop, fx->log, &dp) == 0, "create the data plane");
    return dp;
}

static void on_timeout(void *arg)
{
    struct fx *fx = arg;

    fx->is_over = true;
    loop_event_stop(fx->loop);
}

static void on_poll(void *arg)
{
    struct fx *fx = arg;

    if (fx->is_done(fx->done_arg))
        loop_event_stop(fx->loop);
    else
        timer_arm_us(&fx->poll, 500);
}

static bool fx_run(struct fx *fx, bool (*is_done)(void *arg), void *arg, unsigned ms)
{
    fx->is_over = false;
    fx->is_done = is_done;
    fx->done_arg = arg;
    timer_init(&fx->timeout, fx->loop, on_timeout, fx);
    timer_init(&fx->poll, fx->loop, on_poll, fx);
    timer_arm_ms(&fx->timeout, ms);
    if (is_done)
        timer_arm_us(&fx->poll, 0);
    loop_event_run(fx->loop);
    timer_cancel(&fx->timeout);
    timer_cancel(&fx->poll);
    return !fx->is_over;
}

static uint32_t fx_ifindex(struct fx *fx, const char *name)
{
    (void)fx;
    return if_nametoindex(name);
}

static void fx_carrier(struct fx *fx, unsigned port, bool is_up)
{
    char name[16];

    snprintf(name, sizeof(name), "p%u", port);
    set_up(&fx->there, name, is_up);
}

static void fx_send(struct fx *fx, unsigned port, const struct fx_packet *p)
{
    uint8_t frame[FRAME_MAX];
    size_t len = frame_build(frame, fx->ports[port].router_mac, fx->ports[port].neighbor_mac, p);

    must(send(fx->ports[port].sock, frame, len, 0) == (ssize_t)len, "send a frame");
}

static bool fx_receive(struct fx *fx, unsigned port, struct fx_packet *out, unsigned ms)
{
    uint64_t end = loop_now_us(fx->loop) + ms * 1000ull;
    uint8_t frame[2048];

    for (;;) {
        struct pollfd fd = {.fd = fx->ports[port].sock, .events = POLLIN};
        struct sockaddr_ll from = {0};
        socklen_t from_len = sizeof(from);
        ssize_t got = recvfrom(fd.fd, frame, sizeof(frame), 0, (struct sockaddr *)&from, &from_len);
        uint64_t now = loop_now_us(fx->loop);

        if (got >= 0 && from.sll_pkttype != PACKET_OUTGOING && frame_parse(frame, (size_t)got, out))
            return true;
        if (got >= 0)
            continue;
        if (now >= end)
            return false;
        poll(&fd, 1, (int)((end - now) / 1000 + 1));
    }
}

static bool fx_accepts_labels(struct fx *fx, unsigned port)
{
    char path[64], value = '0';
    int fd;

    (void)fx;
    snprintf(path, sizeof(path), "/proc/sys/net/mpls/conf/p%u/input", port);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, &value, 1) != 1)
        value = '0';
    if (fd >= 0)
        close(fd);
    return value == '1';
}

/* As `nft flush ruleset` does: all tables that others do not own, with a socket of its own. */
static void fx_flush_ruleset(struct fx *fx)
{
    _Alignas(struct nlmsghdr) uint8_t data[512] = {0};
    struct nl_sock s;
    size_t len;

    (void)fx;
    must(nl_open(&s, NETLINK_NETFILTER, false) == 0, "netlink");
    len = nl_align(nftnl_batch_begin((char *)data, 1)->nlmsg_len);
    len += nl_align(nftnl_nlmsg_build_hdr((char *)data + len, NFT_MSG_DELTABLE, NFPROTO_UNSPEC, 0, 2)->nlmsg_len);
    len += nl_align(nftnl_batch_end((char *)data + len, 3)->nlmsg_len);
    must(mnl_socket_sendto(s.mnl, data, len) == (ssize_t)len, "flush ruleset");
    nl_close(&s);
}

/* Through the data plane's own socket: the kernel lets nobody else. */
static void fx_break_seal(struct fx *fx, struct dataplane *dp, unsigned port)
{
    struct nl_sock *s = &kernel_of(dp)->guard.write;
    _Alignas(struct nlmsghdr) uint8_t data[512] = {0};
    struct nlmsghdr *nlh;
    char name[16];
    size_t len;

    (void)fx;
    snprintf(name, sizeof(name), "p%u", port);
    snprintf(name, sizeof(name), "in_%u", if_nametoindex(name));
    len = nl_align(nftnl_batch_begin((char *)data, 1)->nlmsg_len);
    for (uint32_t i = 0; i < 2; i++) {
        nlh =
            nftnl_nlmsg_build_hdr((char *)data + len, i ? NFT_MSG_DELCHAIN : NFT_MSG_DELRULE, NFPROTO_NETDEV, 0, 2 + i);
        mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, SEAL_TABLE); /* and NFTA_CHAIN_TABLE: both are 1 */
        mnl_attr_put_strz(nlh, i ? NFTA_CHAIN_NAME : NFTA_RULE_CHAIN, name);
        len += nl_align(nlh->nlmsg_len);
    }
    len += nl_align(nftnl_batch_end((char *)data + len, 4)->nlmsg_len);
    must(mnl_socket_sendto(s->mnl, data, len) == (ssize_t)len, "break the seal");
}

static void fx_delete_route(struct fx *fx, uint32_t table, const struct prefix *p)
{
    uint8_t buf[256];

    try_request(&fx->here, route_encode_del(buf, table, p, 0));
}

static void fx_delete_label(struct fx *fx, uint32_t label)
{
    uint8_t buf[256];

    request(&fx->here, label_encode_del(buf, label), "delete a label");
}

enum { STRANGER = 4 }; /* RTPROT_STATIC */

static struct nlmsghdr *strangers_route(void *buf, uint16_t type, uint32_t table, const struct prefix *p,
                                        uint32_t metric)
{
    struct nlmsghdr *nlh = route_encode_del(buf, table, p, metric);
    struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    nlh->nlmsg_type = type;
    rtm->rtm_protocol = STRANGER;
    return nlh;
}

static void fx_route_add(struct fx *fx, uint32_t table, const struct prefix *p, unsigned port, uint32_t metric)
{
    uint8_t buf[256];
    struct nlmsghdr *nlh = strangers_route(buf, RTM_NEWROUTE, table, p, metric);
    struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    uint8_t gateway[4] = {10, 90, (uint8_t)port, 2};
    char name[16];

    snprintf(name, sizeof(name), "p%u", port);
    nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
    rtm->rtm_scope = RT_SCOPE_UNIVERSE;
    rtm->rtm_type = RTN_UNICAST;
    mnl_attr_put(nlh, RTA_GATEWAY, sizeof(gateway), gateway);
    mnl_attr_put_u32(nlh, RTA_OIF, if_nametoindex(name));
    try_request(&fx->here, nlh);
}

static void fx_route_del(struct fx *fx, uint32_t table, const struct prefix *p, uint32_t metric)
{
    uint8_t buf[256];

    try_request(&fx->here, strangers_route(buf, RTM_DELROUTE, table, p, metric));
}

static void fx_replace_label(struct fx *fx, uint32_t label, unsigned port)
{
    struct dp_label entry = {.in_label = label, .n_nexthops = 1};
    uint8_t buf[NL_MESSAGE_MAX];
    struct nlmsghdr *nlh;
    char name[16];

    snprintf(name, sizeof(name), "p%u", port);
    entry.nexthops[0] = (struct dp_nexthop){.ifindex = if_nametoindex(name), .label = out_label_implicit_null()};
    entry.nexthops[0].gateway = (struct ip_addr){.family = AF_IPV4, .b = {10, 90, (uint8_t)port, 2}};
    nlh = label_encode(buf, &entry);
    ((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_protocol = STRANGER;
    try_request(&fx->here, nlh);
}

/* Ids of our nexthop objects: groups first, since a member takes an empty group along. */
struct found_nexthops {
    uint32_t ids[1000];
    size_t n;
    bool is_group;
};

static void on_nexthop(void *arg, const struct nlmsghdr *nlh)
{
    struct found_nexthops *f = arg;
    struct nexthop_message m;
    enum nexthop_kind kind = nexthop_decode(nlh, &m);

    must(f->n < sizeof(f->ids) / sizeof(f->ids[0]), "room for nexthops");
    if (kind == (f->is_group ? NEXTHOP_GROUP : NEXTHOP_SINGLE))
        f->ids[f->n++] = f->is_group ? NEXTHOP_GROUP_ID(m.id) : m.id;
}

static void find_nexthops(struct fx *fx, bool is_group, struct found_nexthops *f)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

    f->is_group = is_group;
    nlh->nlmsg_type = RTM_GETNEXTHOP;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
    must(nl_dump(&fx->here, nlh, on_nexthop, f) == 0, "dump nexthops");
}

static void fx_replace_nexthops(struct fx *fx, unsigned port)
{
    struct found_nexthops f = {.n = 0};
    struct dp_nexthop nh = {.gateway = {.family = AF_IPV4, .b = {10, 90, (uint8_t)port, 2}}};
    char name[16];

    snprintf(name, sizeof(name), "p%u", port);
    nh.ifindex = if_nametoindex(name);
    find_nexthops(fx, false, &f);
    for (size_t i = 0; i < f.n; i++) {
        uint8_t buf[NL_MESSAGE_MAX];
        struct nlmsghdr *nlh = nexthop_encode(buf, f.ids[i], &nh);

        ((struct nhmsg *)mnl_nlmsg_get_payload(nlh))->nh_protocol = STRANGER;
        try_request(&fx->here, nlh);
    }
}

static void fx_delete_nexthops(struct fx *fx)
{
    struct found_nexthops f = {.n = 0};
    uint8_t buf[NL_MESSAGE_MAX];

    find_nexthops(fx, true, &f);
    find_nexthops(fx, false, &f);
    for (size_t i = 0; i < f.n; i++)
        nl_request(&fx->here, nexthop_encode_del(buf, f.ids[i]), NULL);
}

/* Of the data plane's socket for news, the only one of its kind that does not block. */
static void monitor_room(int bytes)
{
    for (int fd = 3; fd < 256; fd++) {
        int domain = 0, protocol = -1;
        socklen_t len = sizeof(domain);

        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_NETLINK &&
            getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 && protocol == NETLINK_ROUTE &&
            fcntl(fd, F_GETFL) & O_NONBLOCK)
            must(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) == 0, "change a socket's room");
    }
}

enum { ROOM = 8 << 20, SMALL_ROOM = 16 << 10, NO_ROOM = 4096 };

/* One buffer of messages again and again, until killed. */
static void flood(void)
{
    static uint8_t batch[NL_BUFFER];
    struct prefix p = {.addr = {.family = AF_IPV4, .b = {20}}, .len = 16};
    uint8_t gateway[4] = {10, 90, 1, 2};
    struct nl_sock s;
    size_t len = 0;

    must(nl_open(&s, NETLINK_ROUTE, false) == 0, "netlink");
    for (unsigned i = 0; i < 200; i++) {
        struct nlmsghdr *nlh;

        p.addr.b[1] = (uint8_t)(i % 100);
        nlh = strangers_route(batch + len, i < 100 ? RTM_NEWROUTE : RTM_DELROUTE, 0, &p, 100);
        if (i < 100) {
            struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

            nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
            rtm->rtm_scope = RT_SCOPE_UNIVERSE;
            rtm->rtm_type = RTN_UNICAST;
            mnl_attr_put(nlh, RTA_GATEWAY, sizeof(gateway), gateway);
        }
        len += nl_align(nlh->nlmsg_len);
    }
    for (;;)
        must(mnl_socket_sendto(s.mnl, batch, len) == (ssize_t)len, "flood");
}

static void fx_flood(struct fx *fx, unsigned ms)
{
    pid_t pid;

    monitor_room(SMALL_ROOM);
    pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0)
        flood();
    fx_run(fx, NULL, NULL, ms);
    monitor_room(ROOM);
    must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid, "end the flood");
}

/* A link's changes are the largest news there are. */
static void fx_overrun(struct fx *fx)
{
    enum { MANY = 50, MTU = 65000 };

    monitor_room(NO_ROOM);
    for (unsigned i = 0; i < MANY; i++) {
        char buf[256];
        struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
        struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

        nlh->nlmsg_type = RTM_NEWLINK;
        ifi->ifi_index = (int)if_nametoindex("lo");
        mnl_attr_put_u32(nlh, IFLA_MTU, MTU + i % 2);
        request(&fx->here, nlh, "change an MTU");
    }
    monitor_room(ROOM);
}

static const struct env *fx_env(struct fx *fx)
{
    return &fx->env;
}

static void fx_admin(struct fx *fx, unsigned port, bool is_up)
{
    char name[16];

    snprintf(name, sizeof(name), "p%u", port);
    set_up(&fx->here, name, is_up);
}

static void fx_address(struct fx *fx, unsigned port, bool is_present)
{
    char name[16], text[32];

    snprintf(name, sizeof(name), "p%u", port);
    snprintf(text, sizeof(text), "10.90.%u.1/24", port);
    change_address(&fx->here, is_present ? RTM_NEWADDR : RTM_DELADDR, name, text);
}

static void fx_delete_link(struct fx *fx, const char *name)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

    nlh->nlmsg_type = RTM_DELLINK;
    ifi->ifi_index = (int)if_nametoindex(name);
    try_request(&fx->here, nlh);
}

static void fx_recreate(struct fx *fx, unsigned port)
{
    char name[16];

    snprintf(name, sizeof(name), "p%u", port);
    fx_delete_link(fx, name);
    close(fx->ports[port].sock);
    make_port(fx, port);
}

static void fx_rename(struct fx *fx, const char *from, const char *to)
{
    char buf[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

    set_up(&fx->here, from, false);
    nlh->nlmsg_type = RTM_NEWLINK;
    ifi->ifi_index = (int)if_nametoindex(from);
    mnl_attr_put_strz(nlh, IFLA_IFNAME, to);
    request(&fx->here, nlh, "rename a link");
    set_up(&fx->here, to, true);
}

static void fx_input(struct fx *fx, unsigned port, bool is_on)
{
    char path[64];
    int fd;

    (void)fx;
    snprintf(path, sizeof(path), "/proc/sys/net/mpls/conf/p%u/input", port);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd >= 0 && write(fd, is_on ? "1" : "0", 1) == 1, "write a label input");
    close(fd);
}

static void fx_delete_end(struct fx *fx, uint32_t table)
{
    const struct prefix any = {.addr.family = AF_IPV4};
    uint8_t buf[256];
    struct nlmsghdr *nlh = route_encode_del(buf, table, &any, KERNEL_UNREACHABLE_METRIC);

    ((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_type = RTN_UNREACHABLE;
    try_request(&fx->here, nlh);
}

const struct fx_backend fx_backend = {
    .name = "kernel",
    .n_seeds = 2,
    .create = fx_create,
    .destroy = fx_destroy,
    .dataplane = fx_dataplane,
    .run = fx_run,
    .ifindex = fx_ifindex,
    .carrier = fx_carrier,
    .send = fx_send,
    .receive = fx_receive,
    .accepts_labels = fx_accepts_labels,
    .foreign_flush_ruleset = fx_flush_ruleset,
    .foreign_delete_route = fx_delete_route,
    .foreign_delete_label = fx_delete_label,
    .env = fx_env,
    .foreign_admin = fx_admin,
    .foreign_address = fx_address,
    .foreign_delete_link = fx_delete_link,
    .foreign_recreate = fx_recreate,
    .foreign_rename = fx_rename,
    .foreign_input = fx_input,
    .break_seal = fx_break_seal,
    .foreign_delete_end = fx_delete_end,
    .foreign_route_add = fx_route_add,
    .foreign_route_del = fx_route_del,
    .foreign_replace_label = fx_replace_label,
    .foreign_replace_nexthops = fx_replace_nexthops,
    .foreign_delete_nexthops = fx_delete_nexthops,
    .foreign_flood = fx_flood,
    .foreign_overrun = fx_overrun,
};
