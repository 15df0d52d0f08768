/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams (UDP, raw IPv4) on libevent. One socket an interface, bound to it, so that hellos of parallel links and of
 * VPN instances are never mixed up. A wake-up reads a bounded number, so that nobody starves the others. Owns the
 * socket.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/io/event_private.h"
#include "lib/io/sock.h"
#include "strata/mem.h"

enum { DATAGRAMS_PER_WAKEUP = 64, RECEIVE_BUFFER = 1 << 20, CONTROL_BYTES = 256, DISCARD_MAX = 100000 };

struct dgram_event {
    struct dgram dgram; /* first: the public object */
    struct io_event *io;
    int fd;
    struct event readable;
    enum dgram_kind kind;
    int ifindex; /* of the bound device; 0 = unbound */
    dgram_fn *fn;
    void *arg;
    bool is_busy, is_closed; /* in its callback; to be freed */
};

static struct dgram_event *of(struct dgram *d)
{
    return (struct dgram_event *)(void *)d;
}

static struct in_addr in_addr_of(const struct ip_addr *a)
{
    return (struct in_addr){.s_addr = htonl(ip_addr_to_v4(a))};
}

/* --- receiving --- */

static void read_control(struct msghdr *msg, struct dgram_info *info)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != IPPROTO_IP)
            continue;
        if (c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo pkt;

            memcpy(&pkt, CMSG_DATA(c), sizeof(pkt));
            info->ifindex = (uint32_t)pkt.ipi_ifindex;
            info->destination = ip_addr_v4(ntohl(pkt.ipi_addr.s_addr));
        } else if (c->cmsg_type == IP_TTL) {
            int ttl;

            memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
            info->ttl = (uint8_t)ttl;
        }
    }
}

bool dgram_event_strip(const uint8_t **data, size_t *len, struct dgram_info *info)
{
    struct iphdr ip;
    size_t header;

    if (*len < sizeof(ip))
        return false;
    memcpy(&ip, *data, sizeof(ip));
    header = (size_t)ip.ihl * 4;
    if (ip.version != 4 || header < sizeof(ip) || header > *len)
        return false;
    info->source = ip_addr_v4(ntohl(ip.saddr));
    info->destination = ip_addr_v4(ntohl(ip.daddr));
    info->ttl = ip.ttl;
    *data += header;
    *len -= header;
    return true;
}

/* One datagram: 1 taken (or dropped), 0 no more. */
static int receive_one(struct dgram_event *d)
{
    union {
        char room[CONTROL_BYTES];
        struct cmsghdr align;
    } control;
    struct sockaddr_storage from = {0};
    struct iovec iov = {.iov_base = d->io->dgram_scratch, .iov_len = IO_SCRATCH_BYTES};
    struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
    struct dgram_info info = {0};
    const uint8_t *data = d->io->dgram_scratch;
    ssize_t n;
    size_t len;

    msg.msg_control = &control;
    msg.msg_controllen = sizeof(control);
    n = recvmsg(d->fd, &msg, MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR;
    len = (size_t)n;
    sock_addr_read(&from, &info.source, &info.source_port);
    read_control(&msg, &info);
    if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
        return 1;
    if (d->kind == DGRAM_RAW_IP) {
        info.source_port = 0;
        if (!dgram_event_strip(&data, &len, &info))
            return 1;
    }
    d->fn(&d->dgram, &info, data, len, d->arg);
    return 1;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct dgram_event *d = arg;

    (void)fd;
    (void)what;
    d->is_busy = true;
    for (int i = 0; i < DATAGRAMS_PER_WAKEUP && !d->is_closed; i++)
        if (!receive_one(d))
            break;
    d->is_busy = false;
    if (d->is_closed)
        mem_free(NULL, d);
}

/* --- the table --- */

static int membership(struct dgram_event *d, const struct ip_addr *group, int option)
{
    struct ip_mreqn mreq = {.imr_multiaddr = in_addr_of(group), .imr_ifindex = d->ifindex};

    if (group->family != AF_IPV4)
        return -EAFNOSUPPORT;
    return setsockopt(d->fd, IPPROTO_IP, option, &mreq, sizeof(mreq)) < 0 ? -errno : 0;
}

static int op_join(struct dgram *d, const struct ip_addr *group)
{
    int err = membership(of(d), group, IP_ADD_MEMBERSHIP);

    return err == -EADDRINUSE ? 0 : err; /* a member already */
}

static int op_leave(struct dgram *d, const struct ip_addr *group)
{
    return membership(of(d), group, IP_DROP_MEMBERSHIP);
}

static int op_send(struct dgram *dg, const struct ip_addr *source, const struct ip_addr *dest, uint16_t dest_port,
                   const void *data, size_t len)
{
    struct dgram_event *d = of(dg);
    union {
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
        struct cmsghdr align;
    } control = {0};
    struct sockaddr_storage to;
    struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    struct msghdr msg = {.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1};

    if (dest->family != AF_IPV4 || (source && ip_addr_is_set(source) && source->family != AF_IPV4))
        return -EAFNOSUPPORT;
    msg.msg_namelen = sock_addr_inet(&to, dest, d->kind == DGRAM_UDP ? dest_port : 0, AF_INET);
    if (source && ip_addr_is_set(source)) {
        struct in_pktinfo pkt = {.ipi_spec_dst = in_addr_of(source)};
        struct cmsghdr *c;

        msg.msg_control = &control;
        msg.msg_controllen = sizeof(control);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof(pkt));
        memcpy(CMSG_DATA(c), &pkt, sizeof(pkt));
    }
    if (sendmsg(d->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return -errno;
    return 0;
}

static void op_close(struct dgram *dg)
{
    struct dgram_event *d = of(dg);

    if (d->is_closed)
        return;
    event_del(&d->readable);
    close(d->fd);
    d->fd = -1;
    d->is_closed = true;
    if (!d->is_busy)
        mem_free(NULL, d);
}

static const struct dgram_ops ops = {.join = op_join, .leave = op_leave, .send = op_send, .close = op_close};

/* --- opening --- */

static int set_options(int fd, const struct dgram_spec *spec, int *ifindex)
{
    struct ip_mreqn out = {0};
    int err = sock_bind_device(fd, spec->device);

    *ifindex = spec->device[0] ? (int)if_nametoindex(spec->device) : 0;
    if (err == 0 && spec->device[0] && *ifindex == 0)
        err = -ENODEV;
    if (err == 0)
        err = sock_set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (err == 0)
        err = sock_set_int(fd, IPPROTO_IP, IP_RECVTTL, 1);
    if (err == 0 && *ifindex) {
        out.imr_ifindex = *ifindex;
        if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)) < 0)
            err = -errno;
    }
    if (err == 0)
        err = sock_set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
    if (err == 0)
        err = sock_set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, spec->ttl ? spec->ttl : 1);
    if (err == 0 && spec->ttl)
        err = sock_set_int(fd, IPPROTO_IP, IP_TTL, spec->ttl);
    if (err == 0 && spec->tos)
        err = sock_set_int(fd, IPPROTO_IP, IP_TOS, spec->tos);
    sock_set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    /* Only groups joined here, not those that any socket of the host joined. */
    sock_set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    if (sock_set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0)
        sock_set_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    return err;
}

/* A raw socket hears every interface from its birth until it is bound to one: what came in between is not ours. */
static void discard_early(int fd)
{
    char byte;

    for (int i = 0; i < DISCARD_MAX && recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) >= 0; i++)
        continue;
}

static int bind_port(int fd, uint16_t port)
{
    struct ip_addr any = {.family = AF_IPV4};
    struct sockaddr_storage ss;
    socklen_t len = sock_addr_inet(&ss, &any, port, AF_INET);

    return bind(fd, (struct sockaddr *)&ss, len) < 0 ? -errno : 0;
}

int dgram_event_open(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out)
{
    int type = (spec->kind == DGRAM_UDP ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = socket(AF_INET, type, spec->kind == DGRAM_UDP ? IPPROTO_UDP : spec->ip_protocol);
    struct dgram_event *d;
    int ifindex = 0;
    int err;

    if (fd < 0)
        return -errno;
    err = set_options(fd, spec, &ifindex);
    if (err == 0 && spec->kind == DGRAM_UDP)
        err = bind_port(fd, spec->port);
    if (err < 0) {
        close(fd);
        return err;
    }
    if (spec->kind == DGRAM_RAW_IP && spec->device[0])
        discard_early(fd);
    d = MEM_NEW(NULL, struct dgram_event);
    d->dgram.ops = &ops;
    d->io = io_event_of(io);
    d->fd = fd;
    d->kind = spec->kind;
    d->ifindex = ifindex;
    d->fn = fn;
    d->arg = arg;
    event_assign(&d->readable, d->io->base, fd, EV_READ | EV_PERSIST, on_readable, d);
    event_add(&d->readable, NULL);
    *out = &d->dgram;
    return 0;
}
