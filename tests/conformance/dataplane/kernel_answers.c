/* SPDX-License-Identifier: Apache-2.0
 *
 * recv(2) with what a case wants of it.
 */
#include "tests/conformance/dataplane/kernel_answers.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

ssize_t __real_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);

struct kernel_answers *kernel_answers(void)
{
    static struct kernel_answers answers;

    return &answers;
}

static bool is_reader(int fd)
{
    int domain = 0, protocol = -1;
    socklen_t len = sizeof(domain);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_NETLINK &&
           getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 && protocol == NETLINK_ROUTE &&
           fcntl(fd, F_GETFL) & O_NONBLOCK;
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

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
    ssize_t got = __real_recv(fd, buffer, size, flags);
    struct nlmsghdr *nlh = buffer;

    if (got >= (ssize_t)sizeof(*nlh) && nlh->nlmsg_flags & NLM_F_MULTI && is_reader(fd))
        on_answer(kernel_answers(), nlh, (int)got);
    return got;
}
