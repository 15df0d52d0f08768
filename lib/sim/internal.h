/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the simulation: the world, nodes, processes, and the two halves of a stream (the daemon's in stream.c, the
 * kernel's in unix.c and tcp.c).
 */
#pragma once

#include <sys/queue.h>

#include "strata/io_backend.h"
#include "strata/loop_backend.h"
#include "strata/sim.h"
#include "strata/sim_packet.h"

enum {
    SIM_SOCKET_BYTES = 212992, /* what a kernel buffers for one socket */
    SIM_READ_BYTES = 65536,    /* taken from a socket at a time */
    SIM_TURN_US = 5,           /* a turn of a daemon's loop takes that long */
    SIM_DGRAM_QUEUE = 1024
};

struct sim_cable;
struct sim_dgram;
struct sim_dp;
struct sim_kernel;
struct sim_listener;
struct sim_stream;
struct sim_tcp;

struct sim_buf {
    uint8_t *data;
    size_t start, end, size;
};

void sim_buf_append(struct sim_buf *b, const void *data, size_t n);
void sim_buf_consume(struct sim_buf *b, size_t n);
void sim_buf_fini(struct sim_buf *b);
static inline size_t sim_buf_len(const struct sim_buf *b)
{
    return b->end - b->start;
}

struct sim {
    struct loop loop; /* first: the world's own loop, which everything hangs on */
    uint64_t seed, random, now_us, n_events, last_packet;
    TAILQ_HEAD(, sim_node) nodes;
    TAILQ_HEAD(, sim_cable) cables;
    log_sink_fn *log_sink;
    void *log_arg;
    enum log_level log_level;
    struct sim_trace *trace;
    sim_wire_fn *wire_fn;
    void *wire_arg;
};

struct sim_file {
    char *path, *data;
    size_t len;
    LIST_ENTRY(sim_file) link;
};

struct sim_node {
    struct sim *sim;
    char name[24];
    TAILQ_HEAD(, sim_process) processes;
    TAILQ_HEAD(, sim_listener) listeners; /* UNIX and TCP */
    TAILQ_HEAD(, sim_dgram) dgrams;
    TAILQ_HEAD(, sim_tcp) connections;
    LIST_HEAD(, sim_file) files;
    unsigned n_file_changes; /* that still succeed, */
    int file_error;          /* if this is not 0: it comes then */
    struct sim_kernel *kernel;
    bool is_switch;
    uint16_t last_port;
    sim_packet_fn *packet_fn;
    void *packet_arg;
    TAILQ_ENTRY(sim_node) link;
};

struct sim_proc_loop {
    struct loop loop; /* first */
    struct sim_process *process;
    uint64_t random, busy_until_us;
    struct timer wakeup; /* in the world's loop */
};

struct sim_io {
    struct io io; /* first */
    struct sim_process *process;
    LIST_HEAD(, sim_stream) streams;
    LIST_HEAD(, sim_listener) listeners;
    LIST_HEAD(, sim_dgram) dgrams;
    bool is_dead;
};

struct sim_process {
    struct sim_node *node;
    char name[24];
    struct sim_program program; /* create NULL: none */
    void *daemon;
    struct env env;
    struct sim_proc_loop *loop;
    struct sim_io *io;
    struct timer start;
    unsigned life;
    bool is_running, is_frozen;
    TAILQ_ENTRY(sim_process) link;
};

/* sim.c */
uint64_t sim_between(struct sim *sim, uint64_t low, uint64_t high);
static inline void sim_soon(struct timer *t, struct sim *sim, uint64_t low_us, uint64_t high_us)
{
    if (!timer_is_armed(t))
        timer_arm_us(t, sim_between(sim, low_us, high_us));
}
uint64_t sim_mix(uint64_t *state); /* the next number of a generator */

/* process.c */
bool sim_process_is_able(const struct sim_process *p); /* running and not frozen */
void sim_process_free(struct sim_process *p);

/* --- streams --- */

/* The kernel's half. The user's half may come later (accept) and go earlier (close, crash). */
struct sim_sock {
    const struct sim_sock_ops *ops;
    struct sim_stream *user;
    struct sim_buf rx;
    bool is_connected;
    bool is_broken; /* what is written goes nowhere */
    bool has_end;   /* after rx comes the end: */
    int end_error;  /* 0 or -errno */
    TAILQ_ENTRY(sim_sock) backlog;
};

struct sim_sock_ops {
    size_t (*room)(struct sim_sock *s); /* bytes it takes now */
    void (*send)(struct sim_sock *s, const uint8_t *data, size_t n);
    void (*received)(struct sim_sock *s);             /* the user took bytes from rx */
    void (*close)(struct sim_sock *s, bool is_reset); /* the user is gone; the callee frees it when it is done */
    void (*endpoints)(struct sim_sock *s, struct stream_addr *addr);
};

struct sim_listener {
    struct listener listener; /* first */
    struct sim_process *process;
    struct stream_addr addr;
    listener_fn *fn;
    void *arg;
    TAILQ_HEAD(, sim_sock) backlog;
    struct timer notify;
    bool is_busy, is_closed, is_dead;
    TAILQ_ENTRY(sim_listener) link; /* of the node, while it is not dead */
    LIST_ENTRY(sim_listener) own;   /* of its io, while it is not closed */
};

/* stream.c */
struct io *sim_io_create(struct sim_process *p);
void sim_io_kill(struct sim_io *io);      /* the process is gone: cut its streams, forget its listeners and datagrams */
void sim_io_wake(struct sim_io *io);      /* it goes on after a pause: look at everything */
void sim_stream_wake(struct sim_sock *s); /* connected, bytes came, or the end */
void sim_stream_writable(struct sim_sock *s); /* there is room again */
struct sim_stream *sim_stream_new(struct sim_io *io, struct sim_sock *sock, const struct stream_addr *addr);
/* An accepted stream is open from the start: hands it to the listener's owner, closes it if nobody wants it. */
void sim_stream_accepted(struct sim_stream *s, struct sim_listener *l);
struct sim_node *sim_io_node(struct io *io);

/* listener.c */
int sim_listen(struct io *io, const struct stream_addr *addr, listener_fn *fn, void *arg, struct listener **out);
void sim_listener_close(struct listener *l);
void sim_listener_arrived(struct sim_listener *l, struct sim_sock *s);
struct sim_listener *sim_listener_unix(struct sim_node *node, const char *path);
void sim_listeners_kill(struct sim_process *p);
void sim_listeners_wake(struct sim_process *p);

/* unix.c */
struct sim_sock *sim_unix_connect(struct sim_node *node, const char *path); /* NULL: nobody listens */

/* file.c */
int sim_file_write(struct io *io, const char *path, const void *data, size_t len);
int sim_file_read(struct io *io, const char *path, char **data, size_t *len);
int sim_file_remove(struct io *io, const char *path);
int sim_file_append(struct io *io, const char *path, const void *data, size_t len);
int sim_file_rename(struct io *io, const char *from, const char *to);
int sim_file_link(struct io *io, const char *from, const char *to);
int sim_file_list(struct io *io, const char *dir, void (*each)(void *arg, const char *name), void *arg);
void sim_files_free(struct sim_node *node);

/* tcp.c: 0 or -errno at once */
int sim_tcp_connect(struct sim_node *node, const struct stream_addr *addr, struct sim_sock **out);
int sim_tcp_can_listen(struct sim_node *node, const struct stream_addr *addr);
void sim_tcp_input(struct sim_node *node, uint32_t ifindex, struct sim_packet *packet); /* packet stays the caller's */
void sim_tcp_unreachable(struct sim_node *node, const struct sim_packet *about);
void sim_tcp_free_all(struct sim_node *node);

/* dgram.c */
int sim_dgram_open(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out);
void sim_dgram_input(struct sim_node *node, uint32_t ifindex, const struct sim_packet *packet);
void sim_dgrams_free(struct sim_io *io);
void sim_dgrams_kill(struct sim_process *p);
void sim_dgrams_wake(struct sim_process *p);
