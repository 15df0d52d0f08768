/* SPDX-License-Identifier: Apache-2.0
 *
 * recv(2) with what a case wants of it, and a count of the loop's turns.
 */
#include "tests/conformance/dataplane/kernel_answers.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

ssize_t __real_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
int __real_event_base_loop(struct event_base *base, int flags);
int __wrap_event_base_loop(struct event_base *base, int flags);

struct kernel_answers *kernel_answers(void)
{
    static struct kernel_answers answers;

    return &answers;
}

static bool is_rtnetlink(int fd)
{
    int domain = 0, protocol = -1;
    socklen_t len = sizeof(domain);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_NETLINK &&
           getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 && protocol == NETLINK_ROUTE;
}

static void on_done(struct kernel_answers *a, struct nlmsghdr *nlh)
{
    a->n_dumps++;
    if (a->n_to_spare > 0) {
        a->n_to_spare--;
    } else if (a->n_to_tear > 0) {
        a->n_to_tear--;
        a->n_torn++;
        nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
    }
}

static void on_answer(struct kernel_answers *a, struct nlmsghdr *nlh, int left)
{
    if (nlh->nlmsg_type == RTM_NEWROUTE && ++a->n_parts == a->at_part && a->fn)
        a->fn(a->arg);
    for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
        if (nlh->nlmsg_type == NLMSG_DONE)
            on_done(a, nlh);
        else if (nlh->nlmsg_type == RTM_NEWROUTE && a->n_to_spare == 0 && a->n_to_tear > 0)
            nlh->nlmsg_type = NLMSG_NOOP;
    }
}

/* Of a dump one buffer, and so all of it. */
static void on_waited(struct kernel_answers *a, struct nlmsghdr *nlh)
{
    if (nlh->nlmsg_type != RTM_NEWLINK || a->n_links_to_tear == 0)
        return;
    a->n_links_to_tear--;
    nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
    ssize_t got = __real_recv(fd, buffer, size, flags);
    struct nlmsghdr *nlh = buffer;

    bool is_listener;

    if (got < (ssize_t)sizeof(*nlh) || !is_rtnetlink(fd))
        return got;
    is_listener = fcntl(fd, F_GETFL) & O_NONBLOCK;
    if (is_listener && kernel_answers()->is_deaf && !(nlh->nlmsg_flags & NLM_F_MULTI)) {
        errno = ENOBUFS;
        return -1;
    }
    if (is_listener && nlh->nlmsg_flags & NLM_F_MULTI)
        on_answer(kernel_answers(), nlh, (int)got);
    else if (nlh->nlmsg_flags & NLM_F_MULTI)
        on_waited(kernel_answers(), nlh);
    return got;
}

int __wrap_event_base_loop(struct event_base *base, int flags)
{
    kernel_answers()->n_turns++;
    return __real_event_base_loop(base, flags);
}
