/* SPDX-License-Identifier: Apache-2.0
 *
 * Framed messages between daemons over UNIX streams: what every conversation (ribd, mgmtd) stands on. A frame is
 * {u32 BE payload length, u16 BE type, payload}; payloads are packed protobuf-c messages. Both ends say hello first
 * {service, version, name, pid}; the user id of the other end, told by the kernel, must be 0 or our own. Up comes when
 * both hellos were good.
 *
 * Callbacks come from the loop, never from inside the call that caused them. A connection belongs to its connector or
 * listener and lives until its down() returns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct ipc_conn;
struct ipc_connector;
struct ipc_listener;

#define IPC_FRAME_MAX      (4u << 20) /* payload bytes, default limit */
#define IPC_NAME_MAX       32
#define IPC_REASON_MAX     160
#define IPC_TYPE_FIRST     16 /* smaller types are the framing's own (hello, bye) */
#define IPC_BACKOFF_MIN_MS 100
#define IPC_BACKOFF_MAX_MS 2000

struct ipc_spec {
    const char *socket;    /* file name in env->run_dir, "ribd.sock" */
    const char *service;   /* name of the conversation, "rib"; both ends must agree */
    uint32_t version;      /* of the conversation; both ends must agree */
    const char *name;      /* who we are, "ospfd" */
    size_t frame_max;      /* payload bytes that are accepted; 0 = IPC_FRAME_MAX */
    bool is_for_any_user;  /* listener: do not check the user id; the owner judges ipc_conn_peer_uid() */
    size_t frame_max_user; /* listener: the same for users other than root and our own; 0 = frame_max */
    unsigned max_per_user; /* listener: connections of one user; 0 = any number. Root and our own user are free of it,
                              and some are kept for them */
    bool is_quiet;         /* who comes and goes is logged as debug only: the owner says what matters */
};                         /* strings are copied */

struct ipc_hello {
    char name[IPC_NAME_MAX];
    uint32_t pid;
};

struct ipc_events {
    void (*up)(struct ipc_conn *c, void *arg);
    /* Only after up. `reason` is text for a log: the other end's, or ours. */
    void (*down)(struct ipc_conn *c, const char *reason, void *arg);
    /* type >= IPC_TYPE_FIRST; payload is borrowed during the call. */
    void (*message)(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg);
    void (*turn_end)(struct ipc_conn *c, void *arg); /* all that had arrived was delivered; may be NULL */
    void (*drained)(struct ipc_conn *c, void *arg);  /* all that was sent has left us; may be NULL */
    /* The other end sends no more, and still reads: the owner answers what it owes, then closes. NULL: it is closed. */
    void (*ended)(struct ipc_conn *c, void *arg);
};

/* --- one connection --- */
/* Queues one frame. 0, -EMSGSIZE (longer than frame_max), or -ENOTCONN (not up, or closed). */
int ipc_send(struct ipc_conn *c, uint16_t type, const void *payload, size_t len);
size_t ipc_pending(const struct ipc_conn *c); /* bytes not yet taken by the kernel */
/* Ends the connection: the other end is told why, no message comes any more, down() comes in a later turn. A connector
 * then connects again. */
void ipc_close(struct ipc_conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* No message comes while it is paused: what is sent to us waits, and at last in the sender. */
void ipc_pause(struct ipc_conn *c, bool is_paused);
/* Inside message(): what else has arrived is delivered in a later turn of the loop, after what others sent. */
void ipc_yield(struct ipc_conn *c);
bool ipc_is_up(const struct ipc_conn *c); /* up and not being closed */
const struct ipc_hello *ipc_conn_peer(const struct ipc_conn *c);
int ipc_conn_peer_uid(const struct ipc_conn *c);
void ipc_conn_set_data(struct ipc_conn *c, void *data);
void *ipc_conn_data(const struct ipc_conn *c);

/* --- client side: one connection at a time, reconnecting with back-off --- */
struct ipc_connector *ipc_connector_create(const struct env *env, const struct ipc_spec *spec,
                                           const struct ipc_events *ev, void *arg);
void ipc_connector_destroy(struct ipc_connector *k); /* NULL allowed; no down() comes; allowed inside a callback */
struct ipc_conn *ipc_connector_conn(const struct ipc_connector *k); /* NULL unless up */

/* --- server side --- */
/* 0 and *out, or -errno of listening. */
int ipc_listener_create(const struct env *env, const struct ipc_spec *spec, const struct ipc_events *ev, void *arg,
                        struct ipc_listener **out);
void ipc_listener_destroy(struct ipc_listener *l); /* NULL allowed; no down() comes; allowed inside a callback */
/* The next connection that is up after `after` (NULL: the first); NULL at the end. */
struct ipc_conn *ipc_listener_next(const struct ipc_listener *l, const struct ipc_conn *after);
