/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libevent backend: addresses and options of sockets.
 */
#pragma once

#include <sys/socket.h>

#include "strata/io.h"

/* The socket address of a (UNIX path, or address and port); the length, or 0 if it cannot be one. An unset address
 * becomes "any" of `family` (AF_INET or AF_INET6). */
socklen_t sock_addr_unix(struct sockaddr_storage *ss, const char *path);
socklen_t sock_addr_inet(struct sockaddr_storage *ss, const struct ip_addr *addr, uint16_t port, int family);
/* Unset if it is no IP address. */
void sock_addr_read(const struct sockaddr_storage *ss, struct ip_addr *addr, uint16_t *port);
/* AF_INET or AF_INET6, by what is set of the two ends; IPv4 if nothing is. */
int sock_family(const struct stream_addr *addr);

int sock_set_int(int fd, int level, int option, int value); /* 0 or -errno */
int sock_bind_device(int fd, const char *device);           /* 0 also for ""; -ENODEV, -EPERM */
/* What every TCP socket of a routing session gets: options of `addr` (device, TTL, GTSM), precedence, no delay. */
int sock_tcp_options(int fd, const struct stream_addr *addr, int family);
/* Fills in the real ends of a connected socket. */
void sock_endpoints(int fd, struct stream_addr *addr);
