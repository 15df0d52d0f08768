/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to mgmtd's front side: a front end's session with its candidate, and requests that wait.
 */
#pragma once

#include "src/mgmtd/core.h"
#include "strata/front.h"

struct session {
    TAILQ_ENTRY(session) link;
    struct mgmtd *m;
    struct ipc_conn *conn;
    bool has_candidate;
    struct lyd_node *candidate;
    struct lyd_node *base; /* running when the candidate began */
    uint64_t base_version;
    bool is_subscriber;
    uint32_t told_needed; /* bits; ~0 = nothing was told */
    uint64_t commit_id;   /* request whose transaction runs; 0 = none */
    bool commit_is_check;
};

/* A commit or check that waits for the transaction before it. */
struct job {
    TAILQ_ENTRY(job) link;
    struct session *session;
    uint64_t id;
    bool is_check;
    char author[64];
    char comment[256];
};

void session_reply(struct session *s, uint64_t id, int error, const char *text, const char *note);
void session_reply_fmt(struct session *s, uint64_t id, int error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Begins a candidate if there is none; brings one up to date if somebody else committed meanwhile: what was changed
 * here stays changed. */
void session_begin(struct session *s);
void session_end_candidate(struct session *s);

/* --- config.c: requests about configuration --- */
void session_load(struct session *s, uint64_t id, const struct front_request *r);
void session_compare(struct session *s, uint64_t id, const struct front_request *r);
void session_rollback(struct session *s, uint64_t id, const struct front_request *r);
void session_show(struct session *s, uint64_t id, const struct front_request *r);

/* --- gather.c: requests to daemons --- */
void session_state(struct session *s, uint64_t id, const struct front_request *r);
void session_action(struct session *s, uint64_t id, const struct front_request *r);

/* --- management.c: mgmtd's own state --- */
struct lyd_node *management_state(struct mgmtd *m);
