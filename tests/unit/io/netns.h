/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests that need a network of their own: two fresh network namespaces, "a" and "b", joined by a veth pair with
 * 10.77.0.1 and 10.77.0.2, loopback up in both. A socket belongs to the namespace in which it was made, so that one
 * process can be both ends. Nothing outside is touched.
 */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct netns {
    int a, b;
    bool is_ready; /* false: this machine lets us have none */
};

static inline bool netns_run(const char *command)
{
    char quiet[512];

    snprintf(quiet, sizeof(quiet), "(%s) >/dev/null 2>&1", command);
    return system(quiet) == 0;
}

static inline void netns_use(int fd)
{
    if (setns(fd, CLONE_NEWNET) < 0)
        abort();
}

static inline int netns_fresh(void)
{
    return unshare(CLONE_NEWNET) < 0 ? -1 : open("/proc/self/ns/net", O_RDONLY);
}

static inline struct netns netns_init(void)
{
    struct netns n = {-1, -1, false};
    char command[256];

    n.b = netns_fresh();
    if (n.b < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
        n.b = open("/proc/self/ns/net", O_RDONLY);
    if (n.b < 0)
        return n;
    n.is_ready = netns_run("ip link set lo up");
    n.a = netns_fresh();
    snprintf(command, sizeof(command),
             "ip link set lo up && ip link add va type veth peer name vb netns /proc/%d/fd/%d && "
             "ip addr add 10.77.0.1/24 dev va && ip link set va up",
             getpid(), n.b);
    n.is_ready = n.a >= 0 && n.is_ready && netns_run(command);
    if (!n.is_ready)
        return n;
    netns_use(n.b);
    n.is_ready = netns_run("ip addr add 10.77.0.2/24 dev vb && ip link set vb up");
    netns_use(n.a);
    return n;
}

/* A VRF device "vrf-t" in a, with port "ca" (10.78.0.1), whose other end "cb" (10.78.0.2) is in b. False if this kernel
 * has no VRFs. Ends in a. */
static inline bool netns_add_vrf(const struct netns *n)
{
    char command[256];
    bool is_done;

    netns_use(n->a);
    snprintf(command, sizeof(command),
             "ip link add vrf-t type vrf table 100 && ip link set vrf-t up && "
             "ip link add ca type veth peer name cb netns /proc/%d/fd/%d && ip link set ca master vrf-t && "
             "ip addr add 10.78.0.1/24 dev ca && ip link set ca up",
             getpid(), n->b);
    if (!netns_run(command))
        return false;
    netns_use(n->b);
    is_done = netns_run("ip addr add 10.78.0.2/24 dev cb && ip link set cb up");
    netns_use(n->a);
    return is_done;
}
