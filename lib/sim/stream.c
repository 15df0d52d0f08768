/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams as a daemon sees them (io.h), over a kernel's half (struct sim_sock: unix.c, tcp.c). Semantics are those of
 * lib/io: absence comes as closed(), local faults at once, callbacks never from inside a call, closing in a callback is
 * allowed. Owns the user's buffers; the kernel's half outlives it.
 */
#include <errno.h>
#include <string.h>

#include "lib/sim/internal.h"
#include "strata/mem.h"

enum { WAKE_LOW_US = 3, WAKE_HIGH_US = 25 };
enum stream_state { STREAM_CONNECTING, STREAM_OPEN, STREAM_DEAD };

struct sim_stream {
    struct stream stream; /* first */
    struct sim_io *io;
    struct sim_sock *sock; /* NULL: refused, closed or cut */
    enum stream_state state;
    int error; /* connecting failed: told with closed() */
    const struct stream_events *ev;
    void *arg;
    struct stream_addr addr;
    struct sim_buf in, out;
    bool is_paused, is_closed;
    unsigned holds;
    struct timer notify, flush; /* in the world's loop */
    LIST_ENTRY(sim_stream) link;
};

static struct sim_stream *of(struct stream *s)
{
    return (struct sim_stream *)(void *)s;
}

static struct sim *sim_of(const struct sim_stream *s)
{
    return s->io->process->node->sim;
}

static void wake(struct sim_stream *s)
{
    if (!s->is_closed && sim_process_is_able(s->io->process))
        sim_soon(&s->notify, sim_of(s), WAKE_LOW_US, WAKE_HIGH_US);
}

static void flush_soon(struct sim_stream *s)
{
    if (s->state == STREAM_OPEN && !s->is_closed && sim_process_is_able(s->io->process))
        sim_soon(&s->flush, sim_of(s), WAKE_LOW_US, WAKE_HIGH_US);
}

void sim_stream_wake(struct sim_sock *sock)
{
    if (sock->user)
        wake(sock->user);
}

void sim_stream_writable(struct sim_sock *sock)
{
    if (sock->user && sim_buf_len(&sock->user->out) > 0)
        flush_soon(sock->user);
}

static void hold(struct sim_stream *s)
{
    s->holds++;
}

static void release(struct sim_stream *s)
{
    if (--s->holds == 0 && s->is_closed)
        mem_free(NULL, s);
}

static void tell_closed(struct sim_stream *s, int error)
{
    if (s->is_closed || s->state == STREAM_DEAD)
        return;
    s->state = STREAM_DEAD;
    timer_cancel(&s->notify);
    timer_cancel(&s->flush);
    if (s->ev && s->ev->closed)
        s->ev->closed(&s->stream, error, s->arg);
}

static void tell_opened(struct sim_stream *s)
{
    if (!s->sock || s->error || (s->sock->has_end && !s->sock->is_connected)) {
        tell_closed(s, s->error ? s->error : s->sock ? s->sock->end_error : -ECONNREFUSED);
        return;
    }
    if (!s->sock->is_connected)
        return;
    s->state = STREAM_OPEN;
    s->sock->ops->endpoints(s->sock, &s->addr);
    if (s->ev && s->ev->opened)
        s->ev->opened(&s->stream, s->arg);
    if (s->is_closed)
        return;
    if (sim_buf_len(&s->sock->rx) > 0 || s->sock->has_end)
        wake(s);
    if (sim_buf_len(&s->out) > 0)
        flush_soon(s);
}

static void read_some(struct sim_stream *s)
{
    struct sim_sock *k = s->sock;
    size_t n = sim_buf_len(&k->rx);

    if (s->is_paused)
        return;
    if (n == 0) {
        if (k->has_end)
            tell_closed(s, k->end_error);
        return;
    }
    if (n > SIM_READ_BYTES)
        n = SIM_READ_BYTES;
    sim_buf_append(&s->in, k->rx.data + k->rx.start, n);
    sim_buf_consume(&k->rx, n);
    k->ops->received(k);
    if (sim_buf_len(&k->rx) > 0 || k->has_end)
        wake(s);
    if (s->ev && s->ev->readable)
        s->ev->readable(&s->stream, s->arg);
}

static void on_notify(void *arg)
{
    struct sim_stream *s = arg;

    if (!sim_process_is_able(s->io->process))
        return;
    hold(s);
    switch (s->state) {
    case STREAM_CONNECTING:
        tell_opened(s);
        break;
    case STREAM_OPEN:
        read_some(s);
        break;
    case STREAM_DEAD:
        break;
    }
    release(s);
}

static void on_flush(void *arg)
{
    struct sim_stream *s = arg;
    size_t n = sim_buf_len(&s->out), room;

    if (!sim_process_is_able(s->io->process) || s->state != STREAM_OPEN || n == 0)
        return;
    hold(s);
    if (s->sock->is_broken) { /* what the peer said before it went is read first: the end of input tells */
        sim_buf_consume(&s->out, n);
        if (s->is_paused)
            tell_closed(s, -EPIPE);
    } else {
        room = s->sock->ops->room(s->sock);
        n = n < room ? n : room;
        s->sock->ops->send(s->sock, s->out.data + s->out.start, n);
        sim_buf_consume(&s->out, n);
        if (sim_buf_len(&s->out) == 0 && s->ev && s->ev->drained)
            s->ev->drained(&s->stream, s->arg);
    }
    release(s);
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
    const struct sim_buf *in = &of(s)->in;

    *len = sim_buf_len(in);
    return *len ? in->data + in->start : nothing;
}

static void op_consume(struct stream *s, size_t n)
{
    sim_buf_consume(&of(s)->in, n);
}

static void op_write(struct stream *st, const void *data, size_t n)
{
    struct sim_stream *s = of(st);

    if (n == 0 || s->is_closed || s->state == STREAM_DEAD || !s->sock)
        return;
    sim_buf_append(&s->out, data, n);
    flush_soon(s);
}

static size_t op_pending(const struct stream *s)
{
    return sim_buf_len(&((const struct sim_stream *)(const void *)s)->out);
}

static void op_pause(struct stream *st, bool is_paused)
{
    struct sim_stream *s = of(st);

    s->is_paused = is_paused;
    if (!is_paused && s->state == STREAM_OPEN && s->sock && (sim_buf_len(&s->sock->rx) > 0 || s->sock->has_end))
        wake(s);
}

static const struct stream_addr *op_endpoints(const struct stream *s)
{
    return &((const struct sim_stream *)(const void *)s)->addr;
}

static int op_peer_uid(const struct stream *s)
{
    return ((const struct sim_stream *)(const void *)s)->addr.kind == STREAM_UNIX ? 0 : -1;
}

static void op_close(struct stream *st)
{
    struct sim_stream *s = of(st);

    if (s->is_closed)
        return;
    s->is_closed = true;
    timer_cancel(&s->notify);
    timer_cancel(&s->flush);
    LIST_REMOVE(s, link);
    if (s->sock) {
        struct sim_sock *k = s->sock;
        size_t n = sim_buf_len(&s->out), room = k->is_broken || s->state != STREAM_OPEN ? 0 : k->ops->room(k);

        if (n > 0 && room > 0)
            k->ops->send(k, s->out.data + s->out.start, n < room ? n : room);
        k->user = NULL;
        s->sock = NULL;
        k->ops->close(k, false);
    }
    sim_buf_fini(&s->in);
    sim_buf_fini(&s->out);
    if (s->holds == 0)
        mem_free(NULL, s);
}

static const struct stream_ops stream_ops = {
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

struct sim_stream *sim_stream_new(struct sim_io *io, struct sim_sock *sock, const struct stream_addr *addr)
{
    struct sim_stream *s = MEM_NEW(NULL, struct sim_stream);

    s->stream.ops = &stream_ops;
    s->io = io;
    s->sock = sock;
    s->addr = *addr;
    timer_init(&s->notify, &sim_of(s)->loop, on_notify, s);
    timer_init(&s->flush, &sim_of(s)->loop, on_flush, s);
    LIST_INSERT_HEAD(&io->streams, s, link);
    if (sock) {
        sock->user = s;
        if (sock->is_connected)
            sock->ops->endpoints(sock, &s->addr);
    }
    return s;
}

static int connect_stream(struct io *io, const struct stream_addr *addr, const struct stream_events *ev, void *arg,
                          struct stream **out)
{
    struct sim_io *sio = (struct sim_io *)(void *)io;
    struct sim_sock *sock = NULL;
    struct sim_stream *s;
    int err = 0;

    if (sio->is_dead)
        return -ENETDOWN;
    if (addr->kind == STREAM_TCP)
        err = sim_tcp_connect(sio->process->node, addr, &sock);
    else if (addr->path[0] == '\0')
        err = -EINVAL;
    else
        sock = sim_unix_connect(sio->process->node, addr->path);
    if (err < 0)
        return err;
    s = sim_stream_new(sio, sock, addr);
    s->ev = ev;
    s->arg = arg;
    if (!sock)
        s->error = -ECONNREFUSED;
    if (!sock || sock->is_connected)
        wake(s);
    *out = &s->stream;
    return 0;
}

/* --- the process's whole io --- */

void sim_stream_accepted(struct sim_stream *s, struct sim_listener *l)
{
    s->state = STREAM_OPEN;
    hold(s);
    l->fn(&l->listener, &s->stream, l->arg);
    if (!s->is_closed && !s->ev)
        op_close(&s->stream);
    if (!s->is_closed && (sim_buf_len(&s->sock->rx) > 0 || s->sock->has_end))
        wake(s);
    release(s);
}

void sim_io_kill(struct sim_io *io)
{
    struct sim *sim = io->process->node->sim;
    struct sim_stream *s;

    io->is_dead = true;
    LIST_FOREACH (s, &io->streams, link) {
        struct sim_sock *k = s->sock;
        size_t n = sim_buf_len(&s->out), room;

        timer_cancel(&s->notify);
        timer_cancel(&s->flush);
        s->sock = NULL;
        if (!k)
            continue;
        room = k->is_broken || s->state != STREAM_OPEN ? 0 : k->ops->room(k);
        n = sim_between(sim, 0, n);
        n = n < room ? n : room;
        if (n > 0)
            k->ops->send(k, s->out.data + s->out.start, n);
        k->user = NULL;
        k->ops->close(k, sim_between(sim, 0, 1) == 0);
    }
    sim_listeners_kill(io->process);
    sim_dgrams_kill(io->process);
}

void sim_io_wake(struct sim_io *io)
{
    struct sim_stream *s;

    LIST_FOREACH (s, &io->streams, link) {
        wake(s);
        if (sim_buf_len(&s->out) > 0)
            flush_soon(s);
    }
    sim_listeners_wake(io->process);
    sim_dgrams_wake(io->process);
}

struct sim_node *sim_io_node(struct io *io)
{
    return ((struct sim_io *)(void *)io)->process->node;
}

static void destroy(struct io *io)
{
    struct sim_io *sio = (struct sim_io *)(void *)io;
    struct sim_listener *l;
    struct sim_stream *s;

    while ((s = LIST_FIRST(&sio->streams)))
        op_close(&s->stream);
    while ((l = LIST_FIRST(&sio->listeners)))
        sim_listener_close(&l->listener);
    sim_dgrams_free(sio);
    mem_free(NULL, sio);
}

static const struct io_ops io_ops = {
    .stream_connect = connect_stream,
    .stream_listen = sim_listen,
    .listener_close = sim_listener_close,
    .dgram_open = sim_dgram_open,
    .file_write = sim_file_write,
    .file_read = sim_file_read,
    .file_remove = sim_file_remove,
    .file_append = sim_file_append,
    .file_rename = sim_file_rename,
    .file_link = sim_file_link,
    .file_list = sim_file_list,
    .destroy = destroy,
};

struct io *sim_io_create(struct sim_process *p)
{
    struct sim_io *io = MEM_NEW(NULL, struct sim_io);

    io->io.ops = &io_ops;
    io->process = p;
    LIST_INIT(&io->streams);
    LIST_INIT(&io->listeners);
    LIST_INIT(&io->dgrams);
    return &io->io;
}
