/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to mgmtd: its root object and what its parts call of each other.
 *
 *   front/ (sessions) -> txn.c (transactions) -> link/ (daemons)        boot.c starts a transaction, too
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "src/mgmtd/alive.h"
#include "src/mgmtd/confirm.h"
#include "src/mgmtd/datastore/share.h"
#include "src/mgmtd/datastore/store.h"
#include "src/mgmtd/events/alarm.h"
#include "src/mgmtd/events/events.h"
#include "src/mgmtd/front/access.h"
#include "src/mgmtd/front/side.h"
#include "lib/text/time.h"
#include "lib/text/tree.h"
#include "strata/env.h"
#include "strata/loop.h"
#include "strata/mem.h"

struct ipc_conn;
struct ipc_listener;
struct schema_owner;
struct session;
struct txn;

#define MGMTD_ANSWER_MS   5000  /* a daemon's time to prepare, to commit */
#define MGMTD_STATE_MS    3000  /* to give state */
#define MGMTD_ACTION_MS   60000 /* to do an action: an audit of a million routes takes seconds */
#define MGMTD_BOOT_MS     10000 /* for the needed daemons to connect at start */
#define MGMTD_PATIENCE_MS 3000  /* then the log says which daemons are awaited at start */
#define MGMTD_START_MS    5000  /* for newly needed daemons to connect before a commit */
#define MGMTD_DAEMONS_MAX 16

enum link_state {
    LINK_DOWN,
    LINK_MET,     /* said hello; waits for the boot commit or the end of a transaction */
    LINK_IN_SYNC, /* has, or was sent, the running configuration */
    LINK_OUT_OF_SYNC,
    LINK_REFUSED, /* other schema */
};

/* One daemon of the schema, connected or not. */
struct daemon_link {
    struct mgmtd *m;
    const struct schema_owner *owner;
    struct ipc_conn *conn; /* NULL = down */
    enum link_state state;
    uint64_t version; /* what the daemon calls its configuration */
    char fault[320];
    struct alive alive;
};

struct boot {
    struct lyd_node *tree; /* waits to be committed; nodes know their lines */
    struct lyd_node *intended;
    char file[256];
    struct timer deadline;
    struct timer patience; /* then it is said who is awaited */
    bool is_pending;       /* nothing is given to daemons until it is settled */
    bool is_committing;
};

TAILQ_HEAD(session_list, session);
TAILQ_HEAD(gather_list, gather);
TAILQ_HEAD(job_list, job);

struct mgmtd {
    struct env env;
    struct ly_ctx *ctx;
    bool owns_ctx;
    uint64_t (*wall_clock_sec)(void);
    struct ipc_listener *listener;
    struct daemon_link daemons[MGMTD_DAEMONS_MAX];
    size_t n_daemons;
    struct pulse pulse;
    struct lyd_node *running;  /* what people configured */
    struct lyd_node *intended; /* what it means: what daemons get. A function of running */
    struct store_commit head;  /* the commit that runs; sequence 0 = none */
    struct boot boot;
    struct confirm confirm;
    struct share_list shares; /* mgmtd_hold */
    struct txn *txn;          /* the one that is under way */
    struct session_list sessions;
    struct front_side front;
    struct events events;
    struct alarm alarms[ALARM_END];
    struct access access;
    struct gather_list gathers;
    struct job_list jobs; /* commits that wait for their turn */
    uint64_t last_id;
    struct mem_account mem;
};

uint64_t mgmtd_version(const struct mgmtd *m); /* of what daemons run now, as they call it; never 0 */
uint64_t mgmtd_version_of(const struct store_commit *commit);
uint64_t mgmtd_next_id(struct mgmtd *m);
/* A configuration with several holders, which nobody changes (datastore/share.h): m->running, what candidates began
 * with and are, what is being committed, what comes back. */
struct lyd_node *mgmtd_hold(struct mgmtd *m, struct lyd_node *tree);
void mgmtd_release(struct mgmtd *m, struct lyd_node *tree);

/* --- link/daemons.c --- */
void daemons_init(struct mgmtd *m);
struct daemon_link *daemons_find(struct mgmtd *m, const char *name);
/* The owner of a container's state. */
struct daemon_link *daemons_of_container(struct mgmtd *m, const char *name, size_t len);
/* First message of a daemon. False: not one of ours. */
bool daemons_message(struct mgmtd *m, struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len);
void daemons_down(struct mgmtd *m, struct ipc_conn *c, const char *reason);
/* Brings every daemon that waits up to date. */
void daemons_meet_all(struct mgmtd *m);
/* There is a new configuration: those that did not take the one before are offered this. */
void daemons_retry_all(struct mgmtd *m);
void daemons_out_of_sync(struct daemon_link *l, const char *why);
/* Bit i: daemon i is needed by the intended configuration. */
uint32_t daemons_needed_by(const struct mgmtd *m, const struct lyd_node *intended);
/* ... by what runs, starts or is being committed. */
uint32_t daemons_needed(const struct mgmtd *m);
unsigned daemons_rank(const struct daemon_link *l); /* order of commit: 0 first */

/* --- txn.c --- */
struct txn_result {
    int error; /* 0 or -errno */
    bool is_unchanged;
    bool is_confirming; /* the confirmed commit that waited is confirmed, by this commit or without one */
    struct yang_fault fault;
    const char *tag;    /* with an error: RFC 6241 error-tag; NULL: none in particular */
    uint32_t session;   /* -EBUSY: the session that is in the way; 0: none */
    const char *daemon; /* that refused; NULL: the schema did */
    const char *note;   /* "" if nothing */
};
struct txn_request {
    struct lyd_node *tree; /* taken; may have other holders */
    bool is_check, is_boot;
    bool is_rollback;                /* confirm.c's: what ran before comes back, and no daemon can refuse it */
    bool is_edit;                    /* changes running without being a commit: not while one waits to be confirmed */
    struct txn_session by;           /* whose request; zero: mgmtd's own */
    uint32_t confirm_sec;            /* goes back by itself after so long, unless a commit follows; 0: a plain commit */
    char persist[STORE_PERSIST_MAX]; /* with confirm_sec; "" = none */
    char persist_id[STORE_PERSIST_MAX]; /* that of the confirmed commit that waits */
    char author[64];
    char comment[256];
    void (*done)(void *arg, const struct txn_result *r); /* called once, from the loop or inside txn_start */
    void *arg;
};
/* m->txn must be NULL. */
void txn_start(struct mgmtd *m, struct txn_request *req);
void txn_prepared(struct daemon_link *l, uint64_t id, bool is_refused, const char *path, const char *text);
void txn_committed(struct daemon_link *l, uint64_t id);
void txn_daemon_down(struct daemon_link *l);
void txn_daemon_silent(struct daemon_link *l);
void txn_daemon_met(struct mgmtd *m);
void txn_forget(struct mgmtd *m, const void *arg); /* its owner is gone: goes on, tells nobody */
void txn_destroy(struct mgmtd *m);
const struct lyd_node *txn_intended(const struct mgmtd *m); /* NULL if none is under way */
bool txn_is_waiting(const struct mgmtd *m);                 /* for daemons to connect; nobody was asked yet */
bool txn_is_changing(const struct mgmtd *m);                /* what runs */
bool txn_is_of_session(const struct mgmtd *m, uint32_t session_id);
uint64_t txn_wall_sec(const struct mgmtd *m); /* the time of day */
void txn_time_text(const struct mgmtd *m, char out[TEXT_TIME_MAX]);

/* --- boot.c --- */
void boot_start(struct mgmtd *m, const char *file, const char *text);
void boot_daemon_met(struct mgmtd *m);
void boot_fini(struct mgmtd *m);

/* --- front/ --- */
void sessions_init(struct mgmtd *m, const struct mgmtd_users *users);
void sessions_deliver(struct mgmtd *m, const struct event *e); /* to those who listen */
bool sessions_message(struct mgmtd *m, struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len);
void sessions_down(struct mgmtd *m, struct ipc_conn *c);
void sessions_drained(struct mgmtd *m, const struct ipc_conn *c); /* it has read all answers */
/* It asks no more, and gets its answers. False: there is no session. */
bool sessions_leave(struct mgmtd *m, const struct ipc_conn *c);
void sessions_fini(struct mgmtd *m);
/* Tells subscribers which daemons are needed, if that changed. */
void sessions_announce(struct mgmtd *m);
bool sessions_has_subscriber(const struct mgmtd *m);
void sessions_next_job(struct mgmtd *m); /* a transaction ended */
struct north_from_daemon;
void gather_data(struct daemon_link *l, const struct north_from_daemon *msg);
void gather_action_done(struct daemon_link *l, uint64_t id, int error, const char *text);
void gather_daemon_down(struct daemon_link *l);
void gather_daemon_silent(struct daemon_link *l);
void gather_forget(struct mgmtd *m, const struct session *s);
void gather_init(struct mgmtd *m);
void gather_fini(struct mgmtd *m);
