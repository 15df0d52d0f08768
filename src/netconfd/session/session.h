/* SPDX-License-Identifier: Apache-2.0
 *
 * One NETCONF session behind its relay: the relay's line, the hellos, then one <rpc> after the other, each answered
 * before the next is read, and notifications between. Who does not read is cut off. Owns the stream.
 *
 *   LINE --user, host--> OPENING --id from mgmtd--> HELLO --client's hello--> READY --close, kill, fault--> ENDED
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "strata/front.h"

struct env;
struct ly_ctx;
struct rpc_names;
struct session;
struct stream;

enum session_state { SESSION_LINE, SESSION_OPENING, SESSION_HELLO, SESSION_READY, SESSION_ENDED };
const char *session_state_name(enum session_state state);

struct session_limits {
    uint32_t hello_sec; /* from the connection to READY */
    uint32_t idle_sec;  /* without an <rpc>, unless subscribed; 0 = for ever */
    uint32_t stall_sec; /* with output waiting and nobody who takes it */
    uint32_t message_bytes;
};

struct session_counters {
    uint64_t rpcs, bad_rpcs, errors, notifications, lost_notifications;
};

enum session_end { /* how it ended, as RFC 6022 counts */
                   SESSION_BROKEN_OFF,
                   SESSION_CLOSED, /* close-session */
                   SESSION_KILLED, /* kill-session */
                   SESSION_BAD_HELLO,
};

struct session_info {
    enum session_state state;
    enum session_end end; /* ENDED */
    bool is_dropped;      /* it ended, and not because the client wanted it */
    uint32_t id;          /* mgmtd's; 0 before HELLO */
    int uid;
    const char *host;
    bool is_subscribed;
    uint64_t since_us; /* loop time */
    struct session_counters counters;
};

struct session_ops {
    void (*open)(struct session *s, void *arg); /* ask mgmtd for a session; then session_opened or session_lost */
    uint64_t (*ask)(struct session *s, const struct front_request *r, void *arg); /* its id, 0 = it cannot be sent */
    void (*ended)(struct session *s, const char *reason, void *arg);              /* call session_destroy in it */
    uint64_t (*wall_clock_sec)(void *arg);
};

/* `limits` is borrowed and may change; `ctx`, `names` (rpc/envelope.h) and `env` are borrowed. */
struct session *session_create(const struct env *env, struct ly_ctx *ctx, const struct rpc_names *names,
                               const struct session_limits *limits, struct stream *stream,
                               const struct session_ops *ops, void *arg);
void session_destroy(struct session *s);
void session_info(const struct session *s, struct session_info *out);
void session_set_data(struct session *s, void *data);
void *session_data(const struct session *s);

void session_opened(struct session *s, uint32_t id);
void session_lost(struct session *s, const char *reason, bool is_killed); /* mgmtd is gone, or has ended the session */
void session_reply(struct session *s, const struct front_reply *r);
void session_notice(struct session *s, const struct front_notice *n);
