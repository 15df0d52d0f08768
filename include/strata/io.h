/* SPDX-License-Identifier: Apache-2.0
 *
 * A daemon's outside world: streams (UNIX, TCP), datagrams (UDP, raw IP) and files, behind one object with two
 * backends: sockets on libevent (io_event_create) and memory (lib/sim). Daemons include no socket header.
 *
 * Callbacks come from the loop, never from inside the call that caused them. After *_close() no callback comes any
 * more; closing inside a callback is allowed.
 */
#pragma once

#include "strata/addr.h"

struct io;
struct loop;
struct stream;
struct listener;
struct dgram;

#define IO_DEVICE_MAX 16
#define IO_PATH_MAX   108

enum stream_kind { STREAM_UNIX, STREAM_TCP };

struct stream_addr {
    enum stream_kind kind;
    char path[IO_PATH_MAX];     /* UNIX */
    char device[IO_DEVICE_MAX]; /* TCP: VRF device or interface to bind to; "" = public instance (unbound) */
    struct ip_addr local;       /* unset = any */
    struct ip_addr remote;
    uint16_t local_port; /* 0 = any */
    uint16_t remote_port;
    uint8_t ttl;     /* 0 = system default */
    uint8_t min_ttl; /* GTSM (RFC 5082): drop received packets below it; 0 = off */
};

struct stream_events {
    void (*opened)(struct stream *s, void *arg);            /* connect is done */
    void (*readable)(struct stream *s, void *arg);          /* stream_peek gives more than before */
    void (*drained)(struct stream *s, void *arg);           /* all written bytes left us; may be NULL */
    void (*closed)(struct stream *s, int error, void *arg); /* peer closed (0) or -errno; owner must stream_close() */
    /* UNIX: the peer will send no more, and still reads; nothing is read any more. NULL: that is closed(), too. */
    void (*half_closed)(struct stream *s, void *arg);
};

/* 0 and *out, or -errno at once (e.g. -ENODEV, -EADDRNOTAVAIL). A refused connect comes as closed(-ECONNREFUSED). */
int stream_connect(struct io *io, const struct stream_addr *addr, const struct stream_events *ev, void *arg,
                   struct stream **out);
/* For an accepted stream: who listens to it. Call before leaving the accepted callback. */
void stream_set_events(struct stream *s, const struct stream_events *ev, void *arg);
const uint8_t *stream_peek(struct stream *s, size_t *len); /* received bytes, contiguous; valid until consume/return */
void stream_consume(struct stream *s, size_t n);
void stream_write(struct stream *s, const void *data, size_t n);    /* queued without limit; see stream_pending */
size_t stream_pending(const struct stream *s);                      /* bytes queued and not yet taken by the kernel */
void stream_pause(struct stream *s, bool is_paused);                /* stop or go on reading */
const struct stream_addr *stream_endpoints(const struct stream *s); /* real local and remote once open */
/* UNIX: user id of the other end, from the kernel; -1 if unknown. */
int stream_peer_uid(const struct stream *s);
void stream_close(struct stream *s); /* NULL allowed; queued bytes are sent if that needs no waiting */

/* The new stream is the callee's: stream_set_events or stream_close. */
typedef void listener_fn(struct listener *l, struct stream *s, void *arg);
int stream_listen(struct io *io, const struct stream_addr *addr, listener_fn *fn, void *arg, struct listener **out);
void listener_close(struct listener *l);

enum dgram_kind { DGRAM_UDP, DGRAM_RAW_IP };

struct dgram_spec {
    enum dgram_kind kind;
    uint8_t ip_protocol;        /* RAW_IP: 89 for OSPF */
    uint16_t port;              /* UDP: local port */
    char device[IO_DEVICE_MAX]; /* interface or VRF device to bind to; "" = unbound */
    uint8_t ttl;                /* of sent unicast and multicast packets; 0 = 1 for multicast, default for unicast */
    uint8_t tos;                /* 0xc0 for routing protocols */
};

struct dgram_info {
    struct ip_addr source, destination;
    uint16_t source_port;
    uint32_t ifindex; /* where it came in */
    uint8_t ttl;
};

/* `data` starts behind the IP header (RAW_IP) or UDP header. */
typedef void dgram_fn(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg);
int dgram_open(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out);
int dgram_join(struct dgram *d, const struct ip_addr *group); /* on the bound interface; 0 or -errno */
int dgram_leave(struct dgram *d, const struct ip_addr *group);
/* source may be NULL (system's choice). 0 or -errno; loss is normal. */
int dgram_send(struct dgram *d, const struct ip_addr *source, const struct ip_addr *dest, uint16_t dest_port,
               const void *data, size_t len);
void dgram_close(struct dgram *d);

/* Files: small state that must survive. Write is atomic and durable (write, fsync, rename, fsync directory) and creates
 * parent directories (0700). Read gives *data (free with mem_free(NULL, ...)) with a trailing NUL not counted in *len.
 */
int io_file_write(struct io *io, const char *path, const void *data, size_t len);
int io_file_read(struct io *io, const char *path, char **data, size_t *len);
int io_file_remove(struct io *io, const char *path);
/* Adds to the end, all or nothing, and creates as io_file_write does. For logs: what was added survives the death of
 * the process, not a loss of power. */
int io_file_append(struct io *io, const char *path, const void *data, size_t len);
/* Within one file system; takes the place of `to`. Durable. */
int io_file_rename(struct io *io, const char *from, const char *to);
/* `to` gets what `from` has, without writing it again where the file system can: both must only be replaced from then
 * on, never appended to. Atomic and durable. */
int io_file_link(struct io *io, const char *from, const char *to);
/* Calls each(arg, name) for every file of the folder, in no order. 0 or -errno. */
int io_file_list(struct io *io, const char *dir, void (*each)(void *arg, const char *name), void *arg);

struct io *io_event_create(struct loop *event_loop); /* the loop must be of loop_event_create */
void io_destroy(struct io *io);
