/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the framing: one connection as its connector or listener sees it.
 */
#pragma once

#include "strata/io.h"
#include "strata/ipc.h"
#include "strata/loop.h"

#include <sys/queue.h>

#define IPC_HEADER_LEN 6

enum { IPC_TYPE_HELLO = 1, IPC_TYPE_BYE = 2 };

/* A spec whose strings are ours. */
struct ipc_settings {
    char path[IO_PATH_MAX];
    char service[IPC_NAME_MAX];
    char name[IPC_NAME_MAX];
    uint32_t version;
    size_t frame_max;
    bool is_for_any_user;
    size_t frame_max_user;
    unsigned max_per_user;
    bool is_quiet;
};

enum ipc_conn_state {
    IPC_CONN_OPENING, /* client: connect is under way */
    IPC_CONN_HELLO,   /* waiting for the other end's hello */
    IPC_CONN_UP,
    IPC_CONN_CLOSING, /* decided; down() comes from the timer */
};

struct ipc_conn {
    TAILQ_ENTRY(ipc_conn) entry; /* the listener's list */
    const struct env *env;
    const struct ipc_settings *settings; /* the owner's, which outlives us or abandons us */
    struct ipc_events ev;
    void *arg;
    void (*gone)(struct ipc_conn *c, void *owner); /* last thing the owner hears; the connection is freed after it */
    void *owner;
    struct stream *stream;
    struct timer hello_timer;
    struct timer close_timer;
    struct timer resume_timer; /* what waited in our buffers is delivered */
    enum ipc_conn_state state;
    bool is_client;
    bool was_up;
    bool is_paused;          /* by the owner */
    bool is_yielding;        /* until the next turn */
    bool is_ended;           /* nothing more comes; the owner is told when it was given all there was */
    bool is_abandoned;       /* the owner is gone: free without a word */
    unsigned callback_depth; /* > 0: somebody up the stack still uses us */
    uint8_t *rx;             /* a long frame being put together */
    size_t rx_len, rx_size;
    size_t frame_max; /* of what is received */
    struct ipc_hello peer;
    char reason[IPC_REASON_MAX];
    void *data;
};

/* 0 or -ENAMETOOLONG. */
int ipc_settings_init(struct ipc_settings *st, const struct env *env, const struct ipc_spec *spec);

struct ipc_conn *ipc_conn_create(const struct env *env, const struct ipc_settings *st, const struct ipc_events *ev,
                                 void *arg, void (*gone)(struct ipc_conn *c, void *owner), void *owner);
/* Client: starts to connect. 0 or -errno (the connection is still the caller's: ipc_conn_abandon). */
int ipc_conn_connect(struct ipc_conn *c);
/* Server: takes the accepted stream. */
void ipc_conn_accept(struct ipc_conn *c, struct stream *s);
/* No callback comes any more; freed now, or when the callback that runs has returned. */
void ipc_conn_abandon(struct ipc_conn *c);
