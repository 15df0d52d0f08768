/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and options of sockets for the libevent backend. Owns nothing. GTSM: RFC 5082; precedence of routing
 * sessions (class selector 6): RFC 4271 s5.6 note, RFC 2474.
 */
#include "lib/io/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

enum { TOS_INTERNETWORK_CONTROL = 0xc0 };

socklen_t sock_addr_unix(struct sockaddr_storage *ss, const char *path)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    size_t len = strnlen(path, IO_PATH_MAX);

    if (len == 0 || len >= sizeof(sun.sun_path))
        return 0;
    memcpy(sun.sun_path, path, len);
    memset(ss, 0, sizeof(*ss));
    memcpy(ss, &sun, sizeof(sun));
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

socklen_t sock_addr_inet(struct sockaddr_storage *ss, const struct ip_addr *addr, uint16_t port, int family)
{
    memset(ss, 0, sizeof(*ss));
    if (addr->family == AF_IPV6 || (addr->family == AF_NONE && family == AF_INET6)) {
        struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

        memcpy(&sin6.sin6_addr, addr->b, sizeof(sin6.sin6_addr));
        memcpy(ss, &sin6, sizeof(sin6));
        return sizeof(sin6);
    } else {
        struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};

        memcpy(&sin.sin_addr, addr->b, sizeof(sin.sin_addr));
        memcpy(ss, &sin, sizeof(sin));
        return sizeof(sin);
    }
}

void sock_addr_read(const struct sockaddr_storage *ss, struct ip_addr *addr, uint16_t *port)
{
    memset(addr, 0, sizeof(*addr));
    *port = 0;
    if (ss->ss_family == AF_INET) {
        const struct sockaddr_in *sin = (const struct sockaddr_in *)ss;

        addr->family = AF_IPV4;
        memcpy(addr->b, &sin->sin_addr, sizeof(sin->sin_addr));
        *port = ntohs(sin->sin_port);
    } else if (ss->ss_family == AF_INET6) {
        const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)ss;

        addr->family = AF_IPV6;
        memcpy(addr->b, &sin6->sin6_addr, sizeof(sin6->sin6_addr));
        *port = ntohs(sin6->sin6_port);
    }
}

int sock_family(const struct stream_addr *addr)
{
    return addr->local.family == AF_IPV6 || addr->remote.family == AF_IPV6 ? AF_INET6 : AF_INET;
}

int sock_set_int(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int sock_bind_device(int fd, const char *device)
{
    size_t len = strnlen(device, IO_DEVICE_MAX);

    if (len == 0)
        return 0;
    if (len >= IO_DEVICE_MAX)
        return -EINVAL;
    return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)len + 1) < 0 ? -errno : 0;
}

int sock_tcp_options(int fd, const struct stream_addr *addr, int family)
{
    bool is_v6 = family == AF_INET6;
    int err;

    if ((err = sock_bind_device(fd, addr->device)) < 0)
        return err;
    sock_set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    sock_set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* messages are whole when they are written */
    if (is_v6) {
        sock_set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        sock_set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, TOS_INTERNETWORK_CONTROL);
    } else {
        sock_set_int(fd, IPPROTO_IP, IP_TOS, TOS_INTERNETWORK_CONTROL);
    }
    if (addr->ttl) {
        err = is_v6 ? sock_set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, addr->ttl)
                    : sock_set_int(fd, IPPROTO_IP, IP_TTL, addr->ttl);
        if (err < 0)
            return err;
    }
    if (addr->min_ttl)
        err = is_v6 ? sock_set_int(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, addr->min_ttl)
                    : sock_set_int(fd, IPPROTO_IP, IP_MINTTL, addr->min_ttl);
    return err;
}

void sock_endpoints(int fd, struct stream_addr *addr)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof(ss);

    if (addr->kind != STREAM_TCP)
        return;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
        sock_addr_read(&ss, &addr->local, &addr->local_port);
    len = sizeof(ss);
    if (getpeername(fd, (struct sockaddr *)&ss, &len) == 0)
        sock_addr_read(&ss, &addr->remote, &addr->remote_port);
}
