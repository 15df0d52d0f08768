/* SPDX-License-Identifier: Apache-2.0
 *
 * Netlink sockets on libmnl: open, request with answer, dump, errors as text. Must not know what a route or a link is.
 * A request waits for its answer, which the kernel gives within the send call in nearly all cases. Owns the sockets.
 */
#include "src/ribd/dataplane/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "strata/mem.h"
#include "strata/rib.h"

enum { RECEIVE_BYTES = 8 << 20, SEND_BYTES = 8 << 20, WAIT_SEC = 5 };

static void set_option(const struct nl_sock *s, int option)
{
    int on = 1;

    mnl_socket_setsockopt(s->mnl, option, &on, sizeof(on)); /* older kernels lack some; each is an improvement only */
}

/* Room: a failed batch answers each message, and a listener may be told of a whole table. */
static void set_room(const struct nl_sock *s)
{
    int receive = RECEIVE_BYTES, send = SEND_BYTES;

    if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive)) < 0)
        setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof(receive));
    if (setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof(send)) < 0)
        setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof(send));
}

int nl_open(struct nl_sock *s, int bus, bool is_listener)
{
    struct timeval wait = {.tv_sec = WAIT_SEC};

    *s = (struct nl_sock){.fd = -1};
    s->mnl = mnl_socket_open2(bus, SOCK_CLOEXEC | (is_listener ? SOCK_NONBLOCK : 0));
    if (!s->mnl)
        return -errno;
    if (mnl_socket_bind(s->mnl, 0, MNL_SOCKET_AUTOPID) < 0) {
        int error = -errno;

        mnl_socket_close(s->mnl);
        s->mnl = NULL;
        return error;
    }
    s->fd = mnl_socket_get_fd(s->mnl);
    s->portid = mnl_socket_get_portid(s->mnl);
    s->seq = 1;
    s->buffer = mem_alloc(NULL, NL_BUFFER);
    set_room(s);
    set_option(s, NETLINK_EXT_ACK);
    set_option(s, NETLINK_CAP_ACK);
    if (bus == NETLINK_ROUTE)
        set_option(s, NETLINK_GET_STRICT_CHK);
    if (!is_listener)
        setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    return 0;
}

void nl_close(struct nl_sock *s)
{
    if (!s->mnl)
        return;
    mnl_socket_close(s->mnl);
    mem_free(NULL, s->buffer);
    *s = (struct nl_sock){.fd = -1};
}

int nl_join(struct nl_sock *s, uint32_t group)
{
    return mnl_socket_setsockopt(s->mnl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ? -errno : 0;
}

enum { ERROR_MAX = 4095 }; /* the kernel has no greater errno */

int nl_error(const struct nlmsghdr *nlh)
{
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

    if (nlh->nlmsg_len < NL_HEADER + sizeof(*e))
        return -EBADMSG;
    return e->error <= 0 && e->error >= -ERROR_MAX ? e->error : -EBADMSG;
}

/* Where the attributes of an error message start: the refused message is echoed before them unless it was capped. */
static size_t error_attrs_offset(const struct nlmsghdr *nlh)
{
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
    size_t offset = sizeof(*e);

    if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg))
        offset += e->msg.nlmsg_len - sizeof(e->msg);
    return offset;
}

char *nl_error_text(const struct nlmsghdr *nlh, char *buf, size_t size)
{
    const struct nlattr *a[NLMSGERR_ATTR_MAX + 1] = {NULL};
    int error = nl_error(nlh);

    if (error != -EBADMSG && (nlh->nlmsg_flags & NLM_F_ACK_TLVS))
        nl_attrs(nlh, error_attrs_offset(nlh), a, NLMSGERR_ATTR_MAX + 1);
    if (a[NLMSGERR_ATTR_MSG] && mnl_attr_get_payload_len(a[NLMSGERR_ATTR_MSG]) > 0)
        snprintf(buf, size, "%.*s", (int)mnl_attr_get_payload_len(a[NLMSGERR_ATTR_MSG]),
                 mnl_attr_get_str(a[NLMSGERR_ATTR_MSG]));
    else
        snprintf(buf, size, "%s", error ? strerror(-error) : "");
    return buf;
}

void nl_attrs_of(const void *payload, size_t len, const struct nlattr **table, size_t n)
{
    const uint8_t *end = (const uint8_t *)payload + len;
    const struct nlattr *a = payload;

    memset(table, 0, n * sizeof(*table));
    for (; mnl_attr_ok(a, (int)(end - (const uint8_t *)a)); a = mnl_attr_next(a))
        if (mnl_attr_get_type(a) < n)
            table[mnl_attr_get_type(a)] = a;
}

void nl_attrs(const struct nlmsghdr *nlh, size_t offset, const struct nlattr **table, size_t n)
{
    size_t skip = NL_HEADER + nl_align(offset);

    memset(table, 0, n * sizeof(*table));
    if (nlh->nlmsg_len > skip)
        nl_attrs_of((const uint8_t *)nlh + skip, nlh->nlmsg_len - skip, table, n);
}

bool nl_attr_u32(const struct nlattr *a, uint32_t *out)
{
    if (!a || mnl_attr_get_payload_len(a) != sizeof(uint32_t))
        return false;
    *out = mnl_attr_get_u32(a);
    return true;
}

static int send_message(struct nl_sock *s, struct nlmsghdr *nlh, uint16_t flags)
{
    nlh->nlmsg_flags |= flags;
    nlh->nlmsg_seq = ++s->seq;
    nlh->nlmsg_pid = s->portid;
    return mnl_socket_sendto(s->mnl, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

struct answer {
    uint32_t seq;
    bool is_dump;
    nl_message_fn *fn;
    void *arg;
    char *why;
    bool is_done, is_torn;
    int error;
};

static void answer_end(struct answer *w, const struct nlmsghdr *nlh)
{
    w->is_done = true;
    w->error = nl_error(nlh);
    if (w->why && w->error)
        nl_error_text(nlh, w->why, RIB_TEXT_MAX);
}

static void answer_message(struct answer *w, const struct nlmsghdr *nlh)
{
    if (nlh->nlmsg_seq != w->seq)
        return; /* of an earlier request that we gave up */
    if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
        w->is_torn = true;
    if (nlh->nlmsg_type == NLMSG_ERROR) {
        answer_end(w, nlh);
    } else if (nlh->nlmsg_type == NLMSG_DONE) {
        w->is_done = true;
        if (nlh->nlmsg_len >= NL_HEADER + sizeof(int))
            w->error = *(const int *)mnl_nlmsg_get_payload(nlh); /* a dump that failed half way says so here */
    } else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && w->fn) {
        w->fn(w->arg, nlh);
        if (!w->is_dump)
            w->is_done = true;
    }
}

/* One buffer. */
static int receive_some(struct nl_sock *s, struct answer *w)
{
    ssize_t got = recv(s->fd, s->buffer, NL_BUFFER, 0);
    const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)s->buffer;
    int left = (int)got;

    if (got < 0)
        return errno == EINTR ? 0 : -errno;
    for (; mnl_nlmsg_ok(nlh, left) && !w->is_done; nlh = mnl_nlmsg_next(nlh, &left))
        answer_message(w, nlh);
    return 0;
}

static int receive_answer(struct nl_sock *s, struct answer *w)
{
    while (!w->is_done) {
        int error = receive_some(s, w);

        if (error)
            return error == -EAGAIN ? -ETIMEDOUT : error;
    }
    if (w->error)
        return w->error;
    return w->is_torn ? -EINTR : 0;
}

int nl_request(struct nl_sock *s, struct nlmsghdr *nlh, char *why)
{
    struct answer w = {.why = why};
    int error = send_message(s, nlh, NLM_F_REQUEST | NLM_F_ACK);

    if (why)
        why[0] = '\0';
    w.seq = s->seq;
    if (!error)
        error = receive_answer(s, &w);
    if (error && why && !why[0])
        snprintf(why, RIB_TEXT_MAX, "%s", strerror(-error));
    return error;
}

int nl_dump(struct nl_sock *s, struct nlmsghdr *nlh, nl_message_fn *fn, void *arg)
{
    struct answer w = {.is_dump = true, .fn = fn, .arg = arg};
    int error = send_message(s, nlh, NLM_F_REQUEST | NLM_F_DUMP);

    w.seq = s->seq;
    return error ? error : receive_answer(s, &w);
}

int nl_get(struct nl_sock *s, struct nlmsghdr *nlh, nl_message_fn *fn, void *arg)
{
    struct answer w = {.fn = fn, .arg = arg};
    int error = send_message(s, nlh, NLM_F_REQUEST);

    w.seq = s->seq;
    return error ? error : receive_answer(s, &w);
}

int nl_dump_begin(struct nl_sock *s, struct nlmsghdr *nlh, struct nl_dump *d)
{
    int error = send_message(s, nlh, NLM_F_REQUEST | NLM_F_DUMP);

    d->seq = s->seq;
    d->is_done = d->is_torn = false;
    d->error = 0;
    return error;
}

bool nl_dump_go_on(struct nl_sock *s, struct nl_dump *d, int n, int *error)
{
    struct answer w = {.seq = d->seq, .is_dump = true, .fn = d->fn, .arg = d->arg, .is_torn = d->is_torn};

    for (; n > 0 && !w.is_done; n--) {
        *error = receive_some(s, &w);
        if (*error == -EAGAIN)
            break;
        if (*error)
            return true;
    }
    d->is_torn = w.is_torn;
    *error = w.error ? w.error : w.is_torn ? -EINTR : 0;
    return w.is_done;
}
