/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to mgmtd's front side: who works here (sessions), what they change (candidates), what waits for its turn
 * (jobs), and how they are answered.
 */
#pragma once

#include "src/mgmtd/core.h"
#include "src/mgmtd/front/side.h"
#include "src/mgmtd/mgmtd.h"
#include "strata/front.h"

enum { SESSION_GROUPS_MAX = 32 };

struct edit_fault;

/* A request for a configuration that is under way: it waits for daemons. */
TAILQ_HEAD(get_list, get);
TAILQ_HEAD(call_list, call);

struct session {
    TAILQ_ENTRY(session) link;
    struct mgmtd *m;
    struct ipc_conn *conn;

    uint32_t sid; /* RFC 6241 session-id */
    int uid;
    char user[MGMTD_NAME_MAX];
    char groups[SESSION_GROUPS_MAX][MGMTD_NAME_MAX];
    const char *group_names[SESSION_GROUPS_MAX];
    size_t n_groups;
    uint64_t groups_us; /* loop time when they were read */
    char kind[16];      /* "shell", "netconf", "local": by FRONT_OPEN */
    char host[64];      /* where the user is, "" = here */
    bool is_trusted;    /* root or mgmtd's own user: may say who works here */
    bool is_open, is_shared, is_netconf;
    bool is_ended; /* the connection still has to go */
    char started[TEXT_TIME_MAX];
    uint32_t killed_by;
    struct nacm_view *view; /* what it may; NULL: not asked yet, or the rules changed */
    bool is_audited;
    bool is_leaving; /* asks no more: ends with its last answer */
    bool is_counted; /* among the sessions that its user may have */

    struct candidate own;
    size_t n_queued_octets; /* of its jobs */
    unsigned n_asked;       /* requests that wait for their answers */
    unsigned n_gathering;   /* its gathers that daemons are busy with */
    struct get_list gets;
    struct call_list calls;  /* RPCs that a daemon does */
    struct session_ear *ear; /* hears notifications; NULL = none */

    bool is_subscriber;
    uint32_t told_needed; /* bits; ~0 = nothing was told */
    struct job *job;      /* whose transaction runs; NULL = none */
};

/* A transaction that waits for the one before it. */
struct job {
    TAILQ_ENTRY(job) link;
    struct session *session;
    uint64_t id;
    struct front_request r;   /* strings are its own */
    size_t octets;            /* of its text */
    uint64_t n_changes;       /* of the candidate, as it was committed */
    uint32_t carried_to;      /* likewise */
    struct edit_fault *fault; /* of the part of an edit that is left out; NULL: of none */
};

/* --- bounds.c --- */
/* Has that user as many other sessions as he may? */
bool session_is_one_too_many(const struct session *s, const char *user);
void session_fail_too_many(struct session *s, uint64_t id, const char *user);
/* False: it is too much at once, the reply was sent. */
bool session_may_ask(struct session *s, uint64_t id, const struct front_request *r);
/* A request came. Then, when it was done or waits: is more to be read? */
void session_asked(struct session *s);
void session_slow_down(struct session *s);
/* The one way of an answer to a request, or of a part of it. As ipc_send; with -EMSGSIZE it is not answered yet. */
int session_send(struct session *s, const struct front_reply *r);
void session_answered(struct session *s); /* without a word */
/* May one more gather of the session begin now? */
bool session_may_gather(const struct session *s);
struct job *jobs_next(struct mgmtd *m); /* NULL: none */

/* --- reply.c --- */
struct session_fault {
    int error;           /* -errno */
    const char *tag;     /* RFC 6241 error-tag; NULL: by error */
    const char *app_tag; /* NULL = none */
    const char *path;    /* instance-identifier; NULL = none */
    const char *info;    /* XML content of error-info; NULL = none */
    const char *text;
    const char *note; /* NULL = none */
};
void session_reply(struct session *s, uint64_t id, int error, const char *text, const char *note);
void session_reply_fmt(struct session *s, uint64_t id, int error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void session_fail(struct session *s, uint64_t id, const struct session_fault *f);
/* A fault of a configuration, `text` for people. */
void session_fail_yang(struct session *s, uint64_t id, int error, const struct yang_fault *f, const char *text);
void session_fail_txn(struct session *s, uint64_t id, const struct txn_result *r, const char *text);
void session_fail_locked(struct session *s, uint64_t id, const char *tag, uint32_t owner, const char *what);

/* --- candidate.c --- */
struct candidate *session_candidate(struct session *s);
/* Begins a candidate if there is none; brings one up to date if somebody else committed meanwhile: what was changed
 * here stays changed. */
struct candidate *session_begin(struct session *s);
void candidate_end(struct mgmtd *m, struct candidate *c);
/* `tree` (taken) is the candidate now, and is not changed any more: it may become what runs as it is. */
void candidate_set(struct mgmtd *m, struct candidate *c, struct lyd_node *tree);
bool candidate_is_changed(const struct candidate *c);
/* False, and a reply: the candidate is shared and somebody else locked it. */
bool session_may_change(struct session *s, uint64_t id);

/* --- commit.c --- */
/* A request that ends in a transaction: COMMIT, CHECK, CANCEL, EDIT and COPY of what runs. */
void session_queue(struct session *s, uint64_t id, const struct front_request *r);
void session_drop_jobs(struct session *s);

/* --- config.c: requests about configuration --- */
void session_load(struct session *s, uint64_t id, const struct front_request *r);
void session_compare(struct session *s, uint64_t id, const struct front_request *r);
void session_rollback(struct session *s, uint64_t id, const struct front_request *r);
void session_show(struct session *s, uint64_t id, const struct front_request *r);
void session_discard(struct session *s, uint64_t id, const struct front_request *r);

/* --- get.c --- */
void session_get(struct session *s, uint64_t id, const struct front_request *r);
/* Borrowed until something changes. OPERATIONAL: what runs. */
const struct lyd_node *session_configuration(struct session *s, enum front_datastore d);
void session_drop_gets(struct session *s);

/* --- edit.c: changes of a datastore as a whole or in parts --- */
void session_edit(struct session *s, uint64_t id, const struct front_request *r);
void session_copy(struct session *s, uint64_t id, const struct front_request *r);
void session_delete(struct session *s, uint64_t id, const struct front_request *r);
/* CHECK of a configuration that is not the candidate: by the schema alone. */
void session_validate(struct session *s, uint64_t id, const struct front_request *r);
/* The tree that a queued EDIT or COPY makes of running, owned by the caller; with continue-on-error what was wrong is
 * in *kept, and is to be the answer when what was right is done. 0, or a reply was sent. */
int session_next_running(struct session *s, uint64_t id, const struct front_request *r, struct lyd_node **tree,
                         struct edit_fault *kept);
void session_fail_edit(struct session *s, uint64_t id, const struct edit_fault *f);

/* --- lock.c --- */
void session_lock(struct session *s, uint64_t id, const struct front_request *r);
void session_unlock(struct session *s, uint64_t id, const struct front_request *r);
void session_kill(struct session *s, uint64_t id, const struct front_request *r);
const char *lock_name(enum front_datastore d); /* NULL: it cannot be locked */
void session_release_locks(struct session *s);
/* The session that locked the datastore and is not this one; 0 = none. */
uint32_t session_locked_out(const struct session *s, enum front_datastore d);

/* --- listen.c --- */
void session_listen(struct session *s, uint64_t id, const struct front_request *r);
void session_deafen(struct session *s);

/* --- gather.c: requests to daemons --- */
void session_state(struct session *s, uint64_t id, const struct front_request *r);
void session_action(struct session *s, uint64_t id, const struct front_request *r);
/* The next part of the answer to request r->number (STATE, GET). */
void session_more(struct session *s, const struct front_request *r);
/* The state below the paths ("" = all; several: " " between them) of whoever answers; mgmtd's own is part of it.
 * done is called once, maybe inside the call; of an answer in parts once for each, until one has no more. Not called
 * any more when the session ends. */
struct gather_part {
    int error;             /* 0; -EMSGSIZE: too much for an answer that is whole; -ETIMEDOUT: nobody wanted the rest;
                            * -ECONNRESET: a daemon does not give the rest of its table (notes) */
    struct lyd_node *tree; /* the callee's to free */
    const char *notes;     /* name those who did not answer */
    bool has_more;
};
typedef void gather_fn(void *arg, const struct gather_part *part);
void gather_tree(struct session *s, uint64_t id, const char *paths, bool is_in_parts, gather_fn *done, void *arg);
/* Those that wait for their turn get it in a later turn of the loop, if there is room. */
void gather_admit_soon(struct mgmtd *m);
/* Has the daemon do it (north.h, action). done is called once, maybe inside the call, unless the session ends. */
struct action {
    const char *daemon; /* "": nobody does it */
    const char *name, *argument;
};
typedef void action_fn(void *arg, int error, const char *text);
void gather_action(struct session *s, uint64_t id, const struct action *a, action_fn *done, void *arg);

/* --- rpc.c --- */
void session_rpc(struct session *s, uint64_t id, const struct front_request *r);
void session_drop_calls(struct session *s);

/* --- monitor.c: mgmtd's state in modules of the IETF, as far as one of the paths leads there --- */
void monitor_add(struct mgmtd *m, const char *paths, struct lyd_node **tree);
/* Who must be asked for it, too; NULL: nobody. What that daemon said is put into RFC 6022's words. */
struct daemon_link *monitor_source(struct mgmtd *m, const char *paths);
void monitor_add_statistics(struct mgmtd *m, const char *paths, struct lyd_node **tree);

/* --- management.c: mgmtd's own state --- */
struct lyd_node *management_state(struct mgmtd *m);

/* --- session.c --- */
/* Reads the groups of the user again if they are older than that. */
void session_know_groups(struct session *s, uint64_t age_us);
struct ly_ctx *front_plain(struct mgmtd *m); /* a context without modules */
void session_end(struct session *s);
struct session *sessions_find(struct mgmtd *m, uint32_t sid);
