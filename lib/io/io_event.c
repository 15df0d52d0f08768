/* SPDX-License-Identifier: Apache-2.0
 *
 * The io object of the libevent backend: the table of what stream_event.c, listener_event.c, dgram_event.c and
 * file_event.c do. Borrows the loop; owns two scratch buffers. Streams and sockets belong to those who opened them.
 */
#include "lib/io/event_private.h"
#include "strata/mem.h"

static void io_event_destroy(struct io *io)
{
    mem_free(NULL, io_event_of(io));
}

static const struct io_ops ops = {
    .stream_connect = stream_event_connect,
    .stream_listen = listener_event_open,
    .listener_close = listener_event_close,
    .dgram_open = dgram_event_open,
    .file_write = file_event_write,
    .file_read = file_event_read,
    .file_remove = file_event_remove,
    .file_append = file_event_append,
    .file_rename = file_event_rename,
    .file_link = file_event_link,
    .file_list = file_event_list,
    .destroy = io_event_destroy,
};

struct io *io_event_create(struct loop *event_loop)
{
    struct io_event *io = MEM_NEW(NULL, struct io_event);

    io->io.ops = &ops;
    io->base = ((struct loop_event *)(void *)event_loop)->base;
    return &io->io;
}
