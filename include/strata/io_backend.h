/* SPDX-License-Identifier: Apache-2.0
 *
 * For backends of io.h only: the functions of io.h dispatch through these tables.
 */
#pragma once

#include "strata/io.h"

struct io_ops {
    int (*stream_connect)(struct io *io, const struct stream_addr *addr, const struct stream_events *ev, void *arg,
                          struct stream **out);
    int (*stream_listen)(struct io *io, const struct stream_addr *addr, listener_fn *fn, void *arg,
                         struct listener **out);
    void (*listener_close)(struct listener *l);
    int (*dgram_open)(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out);
    int (*file_write)(struct io *io, const char *path, const void *data, size_t len);
    int (*file_read)(struct io *io, const char *path, char **data, size_t *len);
    int (*file_remove)(struct io *io, const char *path);
    int (*file_append)(struct io *io, const char *path, const void *data, size_t len);
    int (*file_rename)(struct io *io, const char *from, const char *to);
    int (*file_link)(struct io *io, const char *from, const char *to);
    int (*file_list)(struct io *io, const char *dir, void (*each)(void *arg, const char *name), void *arg);
    void (*destroy)(struct io *io);
};

struct stream_ops {
    void (*set_events)(struct stream *s, const struct stream_events *ev, void *arg);
    const uint8_t *(*peek)(struct stream *s, size_t *len);
    void (*consume)(struct stream *s, size_t n);
    void (*write)(struct stream *s, const void *data, size_t n);
    size_t (*pending)(const struct stream *s);
    void (*pause)(struct stream *s, bool is_paused);
    const struct stream_addr *(*endpoints)(const struct stream *s);
    int (*peer_uid)(const struct stream *s);
    void (*close)(struct stream *s);
};

struct dgram_ops {
    int (*join)(struct dgram *d, const struct ip_addr *group);
    int (*leave)(struct dgram *d, const struct ip_addr *group);
    int (*send)(struct dgram *d, const struct ip_addr *source, const struct ip_addr *dest, uint16_t dest_port,
                const void *data, size_t len);
    void (*close)(struct dgram *d);
};

/* Each backend's object embeds these first. */
struct io {
    const struct io_ops *ops;
};
struct stream {
    const struct stream_ops *ops;
};
struct listener {
    struct io *io;
};
struct dgram {
    const struct dgram_ops *ops;
};
