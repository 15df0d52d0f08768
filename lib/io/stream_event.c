/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams (TCP, UNIX) on libevent. Input is one contiguous buffer that shrinks away when it is empty; output is a chain
 * of chunks, sent at the end of the loop's round, so that many small writes leave as one. Every wake-up reads and
 * writes a bounded amount. Errors met inside a call are kept and told from the loop. Owns the socket and both buffers.
 *
 *   CONNECTING --writable--> OPEN --end of input, error--> DEAD (closed() told; waits for stream_close)
 *        +-------error-------------------------------------^
 */
#include <errno.h>
#include <event2/buffer.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/io/event_private.h"
#include "lib/io/sock.h"
#include "strata/mem.h"

enum { WRITE_VECTORS = 16, WRITES_PER_WAKEUP = 8, DRAIN_READS = 16, KEEP_INPUT_BYTES = 4096 };

enum stream_state { STREAM_CONNECTING, STREAM_OPEN, STREAM_DEAD };

struct input {
    uint8_t *data;
    size_t start, end, size;
};

struct stream_event {
    struct stream stream; /* first: the public object */
    struct io_event *io;
    int fd; /* -1: never came to be, or closed */
    enum stream_state state;
    int error; /* -errno to be told with closed() instead of 0 */
    unsigned holds;
    bool is_closed, is_paused, is_ended;
    struct event readable, writable;
    struct input in;
    struct evbuffer *out;
    const struct stream_events *ev;
    void *arg;
    struct stream_addr addr;
    int peer_uid;
};

static struct stream_event *of(struct stream *s)
{
    return (struct stream_event *)(void *)s;
}

static const struct stream_event *of_const(const struct stream *s)
{
    return (const struct stream_event *)(const void *)s;
}

/* --- input buffer --- */

static void input_append(struct input *in, const uint8_t *data, size_t n)
{
    if (in->size - in->end < n && in->start > 0) {
        memmove(in->data, in->data + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    if (in->size - in->end < n) {
        size_t size = in->size ? in->size : KEEP_INPUT_BYTES;

        while (size - in->end < n)
            size *= 2;
        in->data = mem_realloc(NULL, in->data, size);
        in->size = size;
    }
    memcpy(in->data + in->end, data, n);
    in->end += n;
}

static void input_free(struct input *in)
{
    mem_free(NULL, in->data);
    *in = (struct input){0};
}

static void input_consume(struct input *in, size_t n)
{
    size_t have = in->end - in->start;

    in->start += n < have ? n : have;
    if (in->start == in->end)
        in->start = in->end = 0;
}

/* A thousand idle sessions must not each keep the room of their largest burst. */
static void input_shrink(struct input *in)
{
    if (in->end == 0 && in->size > KEEP_INPUT_BYTES)
        input_free(in);
}

/* --- life --- */

void stream_event_hold(struct stream *s)
{
    of(s)->holds++;
}

void stream_event_release(struct stream *s)
{
    struct stream_event *se = of(s);

    if (--se->holds == 0 && se->is_closed)
        mem_free(NULL, se);
}

/* The last callback. The caller holds the object. */
static void tell_closed(struct stream_event *s, int error)
{
    if (s->is_closed || s->state == STREAM_DEAD)
        return;
    s->state = STREAM_DEAD;
    event_del(&s->readable);
    event_del(&s->writable);
    if (s->ev && s->ev->closed)
        s->ev->closed(&s->stream, s->error ? s->error : error, s->arg);
}

/* Sends at most `rounds` times: 1 all gone, 0 not all, -errno. */
static int send_some(struct stream_event *s, int rounds)
{
    struct evbuffer_iovec vec[WRITE_VECTORS];

    for (int i = 0; i < rounds && evbuffer_get_length(s->out) > 0; i++) {
        int n = evbuffer_peek(s->out, -1, NULL, vec, WRITE_VECTORS);
        struct msghdr msg = {.msg_iov = (struct iovec *)vec,
                             .msg_iovlen = (size_t)(n < WRITE_VECTORS ? n : WRITE_VECTORS)};
        ssize_t sent = sendmsg(s->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == ENOBUFS ? 0 : -errno;
        evbuffer_drain(s->out, (size_t)sent);
    }
    return evbuffer_get_length(s->out) == 0;
}

static void flush(struct stream_event *s)
{
    size_t before = evbuffer_get_length(s->out);
    int result;

    if (before == 0)
        return;
    result = send_some(s, WRITES_PER_WAKEUP);
    if (result < 0) {
        /* What the peer said before it went (a NOTIFICATION, say) may still wait to be read: the end of input tells. */
        evbuffer_drain(s->out, evbuffer_get_length(s->out));
        s->error = result;
        shutdown(s->fd, SHUT_RDWR);
        if (s->is_paused)
            tell_closed(s, result);
    } else if (result == 0) {
        event_add(&s->writable, NULL);
    } else if (s->ev && s->ev->drained) {
        s->ev->drained(&s->stream, s->arg);
    }
}

static void finish_connect(struct stream_event *s)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (s->error == 0 && getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    if (s->error || error) {
        tell_closed(s, -error);
        return;
    }
    s->state = STREAM_OPEN;
    sock_endpoints(s->fd, &s->addr);
    if (s->ev && s->ev->opened)
        s->ev->opened(&s->stream, s->arg);
    if (s->is_closed)
        return;
    if (!s->is_paused)
        event_add(&s->readable, NULL);
    if (evbuffer_get_length(s->out) > 0)
        event_active(&s->writable, EV_WRITE, 0);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct stream_event *s = arg;

    (void)fd;
    (void)what;
    stream_event_hold(&s->stream);
    switch (s->state) {
    case STREAM_CONNECTING:
        finish_connect(s);
        break;
    case STREAM_OPEN:
        flush(s);
        break;
    case STREAM_DEAD:
        break;
    }
    stream_event_release(&s->stream);
}

/* A UNIX stream whose other end was not closed, only shut for writing. */
static bool is_half_closed(const struct stream_event *s)
{
    struct pollfd p = {.fd = s->fd};
    return s->addr.kind == STREAM_UNIX && !s->error && poll(&p, 1, 0) == 0;
}

static void on_end(struct stream_event *s)
{
    if (!s->ev || !s->ev->half_closed || !is_half_closed(s)) {
        tell_closed(s, 0);
        return;
    }
    event_del(&s->readable);
    s->is_paused = true; /* and stays so: what ends it now is an error of writing */
    s->is_ended = true;
    s->ev->half_closed(&s->stream, s->arg);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct stream_event *s = arg;
    ssize_t n = recv(fd, s->io->stream_scratch, IO_SCRATCH_BYTES, MSG_DONTWAIT);

    (void)what;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    stream_event_hold(&s->stream);
    if (n > 0) {
        input_append(&s->in, s->io->stream_scratch, (size_t)n);
        if (s->ev && s->ev->readable)
            s->ev->readable(&s->stream, s->arg);
        if (!s->is_closed)
            input_shrink(&s->in);
    } else if (n < 0) {
        tell_closed(s, -errno);
    } else {
        on_end(s);
    }
    stream_event_release(&s->stream);
}

/* --- the table --- */

static void op_set_events(struct stream *s, const struct stream_events *ev, void *arg)
{
    of(s)->ev = ev;
    of(s)->arg = arg;
}

static const uint8_t *op_peek(struct stream *s, size_t *len)
{
    static const uint8_t nothing[1];
    const struct input *in = &of(s)->in;

    *len = in->end - in->start;
    return *len ? in->data + in->start : nothing;
}

static void op_consume(struct stream *s, size_t n)
{
    input_consume(&of(s)->in, n);
}

static void op_write(struct stream *s, const void *data, size_t n)
{
    struct stream_event *se = of(s);

    if (n == 0 || se->is_closed || se->state == STREAM_DEAD || se->error)
        return;
    if (evbuffer_add(se->out, data, n) < 0)
        abort(); /* out of memory */
    if (se->state == STREAM_OPEN && !event_pending(&se->writable, EV_WRITE, NULL))
        event_active(&se->writable, EV_WRITE, 0);
}

static size_t op_pending(const struct stream *s)
{
    const struct stream_event *se = of_const(s);

    return se->is_closed ? 0 : evbuffer_get_length(se->out);
}

static void op_pause(struct stream *s, bool is_paused)
{
    struct stream_event *se = of(s);

    if (se->is_closed || se->is_ended || se->is_paused == is_paused)
        return;
    se->is_paused = is_paused;
    if (se->state != STREAM_OPEN)
        return;
    if (is_paused)
        event_del(&se->readable);
    else
        event_add(&se->readable, NULL);
}

static const struct stream_addr *op_endpoints(const struct stream *s)
{
    return &of_const(s)->addr;
}

static int op_peer_uid(const struct stream *s)
{
    return of_const(s)->peer_uid;
}

/* Input left unread would make TCP send a reset, which can overtake and destroy our last message at the peer. */
static void say_goodbye(struct stream_event *s)
{
    if (s->state != STREAM_OPEN)
        return;
    if (!s->error)
        send_some(s, INT_MAX);
    shutdown(s->fd, SHUT_WR);
    for (int i = 0; i < DRAIN_READS; i++)
        if (recv(s->fd, s->io->stream_scratch, IO_SCRATCH_BYTES, MSG_DONTWAIT) <= 0)
            break;
}

static void op_close(struct stream *s)
{
    struct stream_event *se = of(s);

    if (se->is_closed)
        return;
    se->is_closed = true;
    event_del(&se->readable);
    event_del(&se->writable);
    if (se->fd >= 0) {
        say_goodbye(se);
        close(se->fd);
    }
    se->fd = -1;
    evbuffer_free(se->out);
    se->out = NULL;
    input_free(&se->in);
    if (se->holds == 0)
        mem_free(NULL, se);
}

static const struct stream_ops ops = {
    .set_events = op_set_events,
    .peek = op_peek,
    .consume = op_consume,
    .write = op_write,
    .pending = op_pending,
    .pause = op_pause,
    .endpoints = op_endpoints,
    .peer_uid = op_peer_uid,
    .close = op_close,
};

/* Takes fd over. */
static struct stream_event *stream_new(struct io_event *io, int fd, const struct stream_addr *addr,
                                       enum stream_state state)
{
    struct stream_event *s = MEM_NEW(NULL, struct stream_event);
    struct ucred cred;
    socklen_t len = sizeof(cred);

    s->stream.ops = &ops;
    s->io = io;
    s->fd = fd;
    s->state = state;
    s->addr = *addr;
    s->out = evbuffer_new();
    s->peer_uid = -1;
    if (addr->kind == STREAM_UNIX && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 && cred.pid > 0)
        s->peer_uid = (int)cred.uid;
    event_assign(&s->readable, io->base, fd, EV_READ | EV_PERSIST, on_readable, s);
    event_assign(&s->writable, io->base, fd, EV_WRITE, on_writable, s);
    return s;
}

/* --- opening --- */

struct stream *stream_event_accepted(struct io_event *io, int fd, const struct stream_addr *listening)
{
    struct stream_event *s = stream_new(io, fd, listening, STREAM_OPEN);

    sock_endpoints(fd, &s->addr);
    return &s->stream;
}

void stream_event_start(struct stream *s)
{
    struct stream_event *se = of(s);

    if (se->is_closed)
        return;
    if (!se->ev)
        op_close(s);
    else if (!se->is_paused)
        event_add(&se->readable, NULL);
}

static int prepare_tcp(int fd, const struct stream_addr *addr, struct sockaddr_storage *remote, socklen_t *len)
{
    int family = sock_family(addr);
    struct sockaddr_storage local;
    socklen_t local_len;
    int err = sock_tcp_options(fd, addr, family);

    if (err < 0)
        return err;
    if (ip_addr_is_set(&addr->local) || addr->local_port) {
        local_len = sock_addr_inet(&local, &addr->local, addr->local_port, family);
        if (bind(fd, (struct sockaddr *)&local, local_len) < 0)
            return -errno;
    }
    *len = sock_addr_inet(remote, &addr->remote, addr->remote_port, family);
    return 0;
}

/* Nobody there, as opposed to something wrong on our side: told as closed(), like a refusal that comes from afar. */
static bool is_refusal(int error)
{
    return error == ECONNREFUSED || error == ENOENT || error == EAGAIN;
}

int stream_event_connect(struct io *io, const struct stream_addr *addr, const struct stream_events *ev, void *arg,
                         struct stream **out)
{
    bool is_unix = addr->kind == STREAM_UNIX;
    int fd = socket(is_unix ? AF_UNIX : sock_family(addr), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_storage remote;
    struct stream_event *s;
    socklen_t len = 0;
    int err = 0;

    if (fd < 0)
        return -errno;
    if (is_unix)
        err = (len = sock_addr_unix(&remote, addr->path)) ? 0 : -EINVAL;
    else
        err = prepare_tcp(fd, addr, &remote, &len);
    if (err == 0 && connect(fd, (struct sockaddr *)&remote, len) < 0)
        err = -errno;
    if (err < 0 && err != -EINPROGRESS && !is_refusal(-err)) {
        close(fd);
        return err;
    }
    s = stream_new(io_event_of(io), fd, addr, STREAM_CONNECTING);
    s->ev = ev;
    s->arg = arg;
    if (err == -EINPROGRESS) {
        event_add(&s->writable, NULL);
    } else {
        s->error = err;
        event_active(&s->writable, EV_WRITE, 0);
    }
    *out = &s->stream;
    return 0;
}
