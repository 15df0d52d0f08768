/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libevent backend: its loop and io objects, and what its files need of each other.
 */
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "strata/io_backend.h"
#include "strata/loop_backend.h"

enum { IO_SCRATCH_BYTES = 65536 };

struct loop_signal {
    struct event event;
    timer_fn *fn;
    void *arg;
    SLIST_ENTRY(loop_signal) link;
};

struct loop_event {
    struct loop loop; /* first: the public object */
    struct event_base *base;
    struct event wakeup;
    SLIST_HEAD(, loop_signal) signals;
    bool is_stopped;
    uint64_t longest_turn_us; /* of processor time */
};

struct io_event {
    struct io io; /* first: the public object */
    struct event_base *base;
    /* Two rooms, since a datagram callback, which looks at the one, may close a stream, which drains into the other. */
    uint8_t stream_scratch[IO_SCRATCH_BYTES];
    uint8_t dgram_scratch[IO_SCRATCH_BYTES];
};

static inline struct io_event *io_event_of(struct io *io)
{
    return (struct io_event *)(void *)io;
}

/* stream_event.c: an accepted stream. Takes fd over, also when it fails (NULL). It does not read before _start. */
struct stream *stream_event_accepted(struct io_event *io, int fd, const struct stream_addr *listening);
/* Starts reading, or closes the stream if its callee gave it no events. */
void stream_event_start(struct stream *s);
/* Keeps the object (not the socket) alive over a callback that might close it. */
void stream_event_hold(struct stream *s);
void stream_event_release(struct stream *s);

int stream_event_connect(struct io *io, const struct stream_addr *addr, const struct stream_events *ev, void *arg,
                         struct stream **out);
int listener_event_open(struct io *io, const struct stream_addr *addr, listener_fn *fn, void *arg,
                        struct listener **out);
void listener_event_close(struct listener *l);
int dgram_event_open(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out);
/* Takes the IPv4 header off a raw packet and reads it. False if it does not hold together. */
bool dgram_event_strip(const uint8_t **data, size_t *len, struct dgram_info *info);
int file_event_write(struct io *io, const char *path, const void *data, size_t len);
int file_event_read(struct io *io, const char *path, char **data, size_t *len);
int file_event_remove(struct io *io, const char *path);
int file_event_append(struct io *io, const char *path, const void *data, size_t len);
int file_event_rename(struct io *io, const char *from, const char *to);
int file_event_link(struct io *io, const char *from, const char *to);
int file_event_list(struct io *io, const char *dir, void (*each)(void *arg, const char *name), void *arg);
