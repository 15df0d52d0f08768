/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of io.h: each goes to the table of the backend that made the object. Holds no state.
 */
#include "strata/io_backend.h"

int stream_connect(struct io *io, const struct stream_addr *addr, const struct stream_events *ev, void *arg,
                   struct stream **out)
{
    return io->ops->stream_connect(io, addr, ev, arg, out);
}

void stream_set_events(struct stream *s, const struct stream_events *ev, void *arg)
{
    s->ops->set_events(s, ev, arg);
}

const uint8_t *stream_peek(struct stream *s, size_t *len)
{
    return s->ops->peek(s, len);
}

void stream_consume(struct stream *s, size_t n)
{
    s->ops->consume(s, n);
}

void stream_write(struct stream *s, const void *data, size_t n)
{
    s->ops->write(s, data, n);
}

size_t stream_pending(const struct stream *s)
{
    return s->ops->pending(s);
}

void stream_pause(struct stream *s, bool is_paused)
{
    s->ops->pause(s, is_paused);
}

const struct stream_addr *stream_endpoints(const struct stream *s)
{
    return s->ops->endpoints(s);
}

int stream_peer_uid(const struct stream *s)
{
    return s->ops->peer_uid(s);
}

void stream_close(struct stream *s)
{
    if (s)
        s->ops->close(s);
}

int stream_listen(struct io *io, const struct stream_addr *addr, listener_fn *fn, void *arg, struct listener **out)
{
    return io->ops->stream_listen(io, addr, fn, arg, out);
}

void listener_close(struct listener *l)
{
    if (l)
        l->io->ops->listener_close(l);
}

int dgram_open(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out)
{
    return io->ops->dgram_open(io, spec, fn, arg, out);
}

int dgram_join(struct dgram *d, const struct ip_addr *group)
{
    return d->ops->join(d, group);
}

int dgram_leave(struct dgram *d, const struct ip_addr *group)
{
    return d->ops->leave(d, group);
}

int dgram_send(struct dgram *d, const struct ip_addr *source, const struct ip_addr *dest, uint16_t dest_port,
               const void *data, size_t len)
{
    return d->ops->send(d, source, dest, dest_port, data, len);
}

void dgram_close(struct dgram *d)
{
    if (d)
        d->ops->close(d);
}

int io_file_write(struct io *io, const char *path, const void *data, size_t len)
{
    return io->ops->file_write(io, path, data, len);
}

int io_file_read(struct io *io, const char *path, char **data, size_t *len)
{
    return io->ops->file_read(io, path, data, len);
}

int io_file_remove(struct io *io, const char *path)
{
    return io->ops->file_remove(io, path);
}

int io_file_append(struct io *io, const char *path, const void *data, size_t len)
{
    return io->ops->file_append(io, path, data, len);
}

int io_file_rename(struct io *io, const char *from, const char *to)
{
    return io->ops->file_rename(io, from, to);
}

int io_file_link(struct io *io, const char *from, const char *to)
{
    return io->ops->file_link(io, from, to);
}

int io_file_list(struct io *io, const char *dir, void (*each)(void *arg, const char *name), void *arg)
{
    return io->ops->file_list(io, dir, each, arg);
}

void io_destroy(struct io *io)
{
    if (io)
        io->ops->destroy(io);
}
