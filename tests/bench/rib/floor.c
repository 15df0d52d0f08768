/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor of the measurements: how fast the kernel takes what a program without any work of its own writes. Buffers
 * of 64 KiB, no answers but to the last message. Also prints the routes as text, for those who are configured by a
 * file, and counts and watches what the kernel says.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/lwtunnel.h>
#include <linux/mpls.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/bench/rib/prefixes.h"

enum { BUFFER = 65536, MESSAGE_MAX = 512, FIRST_GATEWAY = 0x0a630002, PROTOCOL = 99, METRIC = 77, FIRST_ID = 1000 };

struct writer {
    struct mnl_socket *nl;
    char *buffer;
    size_t len, failed;
    struct nlmsghdr *last;
    uint32_t seq;
};

struct job {
    const char *style, *kind, *device;
    size_t n, hops;
    bool is_delete;
    uint32_t ifindex;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_sec(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double cpu_sec(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void open_writer(struct writer *w)
{
    int room = 8 << 20, on = 1;

    w->nl = mnl_socket_open(NETLINK_ROUTE);
    if (!w->nl || mnl_socket_bind(w->nl, 0, MNL_SOCKET_AUTOPID) < 0)
        die("netlink");
    setsockopt(mnl_socket_get_fd(w->nl), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
    setsockopt(mnl_socket_get_fd(w->nl), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    mnl_socket_setsockopt(w->nl, NETLINK_CAP_ACK, &on, sizeof(on));
    w->buffer = malloc(BUFFER);
    if (!w->buffer)
        die("memory");
}

/* Reads refusals, until the answer to `seq`; seq 0: what there is now. */
static void read_answers(struct writer *w, uint32_t seq)
{
    char in[16384];

    for (;;) {
        ssize_t got = recv(mnl_socket_get_fd(w->nl), in, sizeof(in), seq ? 0 : MSG_DONTWAIT);
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)in;
        int left = (int)got;

        if (got < 0 && seq == 0 && errno == EAGAIN)
            return;
        if (got < 0)
            die("receive");
        for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
            const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

            if (nlh->nlmsg_type == NLMSG_ERROR && e->error && w->failed++ == 0)
                fprintf(stderr, "floor: refused: %s\n", strerror(-e->error));
            if (seq && nlh->nlmsg_seq == seq)
                return;
        }
    }
}

static void send_buffer(struct writer *w, bool is_last)
{
    if (w->len == 0)
        return;
    if (is_last)
        w->last->nlmsg_flags |= NLM_F_ACK;
    if (mnl_socket_sendto(w->nl, w->buffer, w->len) < 0)
        die("send");
    w->len = 0;
    read_answers(w, is_last ? w->seq : 0);
}

static struct nlmsghdr *message(struct writer *w, uint16_t type, uint16_t flags)
{
    if (w->len + MESSAGE_MAX > BUFFER)
        send_buffer(w, false);
    w->last = mnl_nlmsg_put_header(w->buffer + w->len);
    w->last->nlmsg_type = type;
    w->last->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    w->last->nlmsg_seq = ++w->seq;
    return w->last;
}

static void done(struct writer *w)
{
    w->len += (w->last->nlmsg_len + 3u) & ~(size_t)3;
}

static void put_objects(struct writer *w, const struct job *j)
{
    for (size_t i = 0; i < j->hops; i++) {
        struct nlmsghdr *nlh = message(w, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE);
        struct nhmsg *nhm = mnl_nlmsg_put_extra_header(nlh, sizeof(*nhm));

        nhm->nh_family = AF_INET;
        nhm->nh_protocol = PROTOCOL;
        mnl_attr_put_u32(nlh, NHA_ID, (uint32_t)(FIRST_ID + i));
        mnl_attr_put_u32(nlh, NHA_OIF, j->ifindex);
        mnl_attr_put_u32(nlh, NHA_GATEWAY, htonl((uint32_t)(FIRST_GATEWAY + i)));
        done(w);
    }
    send_buffer(w, true);
}

static void put_route(struct writer *w, const struct job *j, const struct bench_prefix *p, size_t i)
{
    struct nlmsghdr *nlh =
        message(w, j->is_delete ? RTM_DELROUTE : RTM_NEWROUTE, j->is_delete ? 0 : NLM_F_CREATE | NLM_F_REPLACE);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

    rtm->rtm_family = AF_INET;
    rtm->rtm_dst_len = (unsigned char)p->length;
    rtm->rtm_table = RT_TABLE_MAIN;
    rtm->rtm_protocol = PROTOCOL;
    rtm->rtm_scope = j->is_delete ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
    rtm->rtm_type = RTN_UNICAST;
    mnl_attr_put_u32(nlh, RTA_DST, htonl(p->address));
    mnl_attr_put_u32(nlh, RTA_PRIORITY, METRIC);
    if (!j->is_delete && strcmp(j->style, "objects") == 0) {
        mnl_attr_put_u32(nlh, RTA_NH_ID, (uint32_t)(FIRST_ID + i % j->hops));
    } else if (!j->is_delete) {
        mnl_attr_put_u32(nlh, RTA_GATEWAY, htonl((uint32_t)(FIRST_GATEWAY + i % j->hops)));
        mnl_attr_put_u32(nlh, RTA_OIF, j->ifindex);
    }
    done(w);
}

/* One label swapped for another; in-labels from 100000 on, as `kind` is of no use here. `hops` turns the gateway. */
static void put_label(struct writer *w, const struct job *j, size_t i)
{
    struct nlmsghdr *nlh =
        message(w, j->is_delete ? RTM_DELROUTE : RTM_NEWROUTE, j->is_delete ? 0 : NLM_F_CREATE | NLM_F_REPLACE);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
    uint32_t in = (uint32_t)(100000 + i), out = (uint32_t)(500000 + i);
    struct {
        uint16_t family;
        uint8_t address[4];
    } via = {.family = AF_INET};
    uint32_t gateway = htonl((uint32_t)(FIRST_GATEWAY + j->hops - 1));

    memcpy(via.address, &gateway, sizeof(gateway));
    rtm->rtm_family = AF_MPLS;
    rtm->rtm_dst_len = 20;
    rtm->rtm_table = RT_TABLE_MAIN;
    rtm->rtm_protocol = PROTOCOL;
    rtm->rtm_type = RTN_UNICAST;
    mnl_attr_put_u32(nlh, RTA_DST, htonl(in << MPLS_LS_LABEL_SHIFT | 1u << MPLS_LS_S_SHIFT));
    if (!j->is_delete) {
        mnl_attr_put_u32(nlh, RTA_NEWDST, htonl(out << MPLS_LS_LABEL_SHIFT | 1u << MPLS_LS_S_SHIFT));
        mnl_attr_put(nlh, RTA_VIA, 6, &via);
        mnl_attr_put_u32(nlh, RTA_OIF, j->ifindex);
    }
    done(w);
}

static int write_all(struct job *j)
{
    struct bench_prefix *p = bench_prefixes(j->kind, j->n);
    bool is_labels = strcmp(j->style, "labels") == 0;
    struct writer w = {0};
    double start, cpu;

    if (!p)
        die("no such routes");
    j->ifindex = if_nametoindex(j->device);
    if (!j->ifindex || j->hops == 0)
        die(j->device);
    open_writer(&w);
    if (!j->is_delete && strcmp(j->style, "objects") == 0)
        put_objects(&w, j);
    cpu = cpu_sec();
    start = now_sec();
    printf("start %.6f\n", start);
    fflush(stdout);
    for (size_t i = 0; i < j->n; i++) {
        if (is_labels)
            put_label(&w, j, i);
        else
            put_route(&w, j, &p[i], i);
    }
    send_buffer(&w, true);
    printf("done %.6f cpu %.6f failed %zu\n", now_sec(), cpu_sec() - cpu, w.failed);
    free(p);
    free(w.buffer);
    mnl_socket_close(w.nl);
    return w.failed ? 1 : 0;
}

/* --- what others read: routes as lines --- */

static int print_all(const char *style, const char *kind, size_t n, size_t hops)
{
    struct bench_prefix *p = bench_prefixes(kind, n);

    if (!p || hops == 0)
        die("no such routes");
    for (size_t i = 0; i < n; i++) {
        struct in_addr to = {htonl(p[i].address)}, via = {htonl((uint32_t)(FIRST_GATEWAY + i % hops))};
        char destination[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];

        inet_ntop(AF_INET, &to, destination, sizeof(destination));
        inet_ntop(AF_INET, &via, gateway, sizeof(gateway));
        if (strcmp(style, "bird") == 0)
            printf("route %s/%u via %s;\n", destination, p[i].length, gateway);
        else
            printf("ip route %s/%u %s\n", destination, p[i].length, gateway);
    }
    free(p);
    return 0;
}

/* --- counting: what the kernel has of one protocol --- */

struct count {
    int protocol;
    size_t n;
};

static int count_one(const struct nlmsghdr *nlh, void *data)
{
    struct count *c = data;
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    if (rtm->rtm_protocol == c->protocol)
        c->n++;
    return MNL_CB_OK;
}

static int count_all(int family, int protocol)
{
    struct writer w = {0};
    struct count c = {.protocol = protocol};
    char in[65536];
    ssize_t got;
    struct nlmsghdr *nlh;
    struct rtmsg *rtm;

    open_writer(&w);
    nlh = message(&w, RTM_GETROUTE, NLM_F_DUMP);
    rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
    rtm->rtm_family = (unsigned char)family;
    if (mnl_socket_sendto(w.nl, nlh, nlh->nlmsg_len) < 0)
        die("send");
    while ((got = mnl_socket_recvfrom(w.nl, in, sizeof(in))) > 0) {
        if (mnl_cb_run(in, (size_t)got, 0, 0, count_one, &c) <= MNL_CB_STOP)
            break;
    }
    printf("%zu\n", c.n);
    free(w.buffer);
    mnl_socket_close(w.nl);
    return 0;
}

/* --- watching: every message about routes and next hops, until standard input ends --- */

struct watch {
    size_t routes, labels, nexthops;
    double first, last;
};

static int watch_one(const struct nlmsghdr *nlh, void *data)
{
    struct watch *w = data;
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    if (nlh->nlmsg_type == RTM_NEWNEXTHOP || nlh->nlmsg_type == RTM_DELNEXTHOP)
        w->nexthops++;
    else if (rtm->rtm_family == AF_MPLS)
        w->labels++;
    else
        w->routes++;
    w->last = now_sec();
    if (w->first == 0)
        w->first = w->last;
    return MNL_CB_OK;
}

static int watch_all(void)
{
    const unsigned groups[] = {RTNLGRP_IPV4_ROUTE, RTNLGRP_MPLS_ROUTE, RTNLGRP_NEXTHOP};
    struct timeval wait = {.tv_usec = 200000};
    struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
    struct watch w = {0};
    int room = 256 << 20, on = 1;
    char in[65536];
    double quiet_since = 0;

    if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
        die("netlink");
    setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    mnl_socket_setsockopt(nl, NETLINK_NO_ENOBUFS, &on, sizeof(on));
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, (void *)(uintptr_t)&groups[i], sizeof(groups[i]));
    printf("watching\n");
    fflush(stdout);
    /* Ends two seconds after the last message, or after a minute without any. */
    for (quiet_since = now_sec(); now_sec() - quiet_since < (w.first > 0 ? 2 : 60);) {
        ssize_t got = mnl_socket_recvfrom(nl, in, sizeof(in));

        if (got > 0 && mnl_cb_run(in, (size_t)got, 0, 0, watch_one, &w) >= 0)
            quiet_since = now_sec();
    }
    printf("routes %zu labels %zu nexthops %zu first %.6f last %.6f\n", w.routes, w.labels, w.nexthops, w.first,
           w.last);
    mnl_socket_close(nl);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 7 && (strcmp(argv[1], "add") == 0 || strcmp(argv[1], "del") == 0)) {
        struct job j = {.style = argv[2],
                        .kind = argv[3],
                        .device = argv[6],
                        .n = strtoul(argv[4], NULL, 10),
                        .hops = strtoul(argv[5], NULL, 10),
                        .is_delete = strcmp(argv[1], "del") == 0};

        return write_all(&j);
    }
    if (argc == 6 && strcmp(argv[1], "print") == 0)
        return print_all(argv[2], argv[3], strtoul(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "count") == 0)
        return count_all(strcmp(argv[2], "mpls") == 0 ? AF_MPLS : AF_INET, atoi(argv[3]));
    if (argc == 2 && strcmp(argv[1], "watch") == 0)
        return watch_all();
    fprintf(stderr, "floor: add|del plain|objects|labels random|sequential N HOPS DEVICE\n"
                    "       print bird|frr random|sequential N HOPS\n"
                    "       count inet|mpls PROTOCOL\n"
                    "       watch\n");
    return 2;
}
