/* SPDX-License-Identifier: Apache-2.0
 *
 * Commits that go back by themselves unless they are confirmed in time (RFC 6241 section 8.4). What is to come back,
 * and when, is on disk before the commit is: whatever dies, the router does not stay with what nobody confirmed.
 *
 *   commit, confirm_sec ---> waits ---+-- any commit that may ------> confirmed
 *                              ^      +-- commit, confirm_sec -----> waits longer (goes back to where it began)
 *                              |      +-- time over, cancelled,
 *                              |          its netconf session ends -> rolled back: a commit of what ran before
 *                              +-- restart of mgmtd: goes on with the time that is left
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "src/mgmtd/datastore/pending.h"
#include "strata/loop.h"

struct lyd_node;
struct mgmtd;
struct txn_request;
struct txn_result;

/* Who asks. */
struct txn_session {
    uint32_t id;
    bool is_netconf; /* its confirmed commit without persist is its own: nobody else confirms it, it ends with it */
};

/* RFC 6470 confirm-event. */
enum confirm_event { CONFIRM_START, CONFIRM_CANCEL, CONFIRM_TIMEOUT, CONFIRM_EXTEND, CONFIRM_COMPLETE };
typedef void confirm_event_fn(struct mgmtd *m, enum confirm_event what, struct txn_session by, uint32_t left_sec);

struct confirm {
    bool is_pending;
    bool is_due; /* it goes back as soon as no transaction is under way */
    enum confirm_event why;
    struct store_pending record;
    struct store_pending next; /* of the commit that is being stored */
    struct lyd_node *before;   /* the configuration that comes back */
    bool has_leftover;         /* a record of a commit that was never stored could not be removed */
    uint32_t n_failed;         /* so often it could not go back */
    char failure[256];         /* why, the last time */
    uint32_t ended;            /* the session that ended during its own transaction; 0: none */
    struct timer timer;
    confirm_event_fn *on_event; /* NULL: nobody wants to know */
};

void confirm_init(struct mgmtd *m);
/* After running was loaded: goes on waiting, or goes back. */
void confirm_start(struct mgmtd *m);
/* Before confirm_start, if what ran is lost: commit `older` runs again as commit `now`, and waits if that waited. */
void confirm_recovered(struct mgmtd *m, uint32_t older, uint32_t now);
/* Nothing runs that was committed: what is recorded is about something else. */
void confirm_forget(struct mgmtd *m);
void confirm_fini(struct mgmtd *m);

/* What the router would start with if nothing were confirmed any more; NULL: what runs. Borrowed. */
const struct lyd_node *confirm_startup(const struct mgmtd *m);
bool confirm_is_pending(const struct mgmtd *m);
uint32_t confirm_left_sec(const struct mgmtd *m);
/* The commit that comes back if the next one waits to be confirmed, and is not. */
uint32_t confirm_back_to(const struct mgmtd *m);
/* The netconf session that alone can confirm or cancel; 0: none, or there is a persist-id. */
uint32_t confirm_owner(const struct mgmtd *m);

/* The session is gone: what only it could confirm goes back. */
void confirm_session_ended(struct mgmtd *m, uint32_t session_id);
/* What ran before comes back at once, as a transaction of req (author, by, persist_id, done, arg; the tree is not
 * looked at). m->txn must be NULL. done is called in any case, and says what is wrong with the request, too. */
void confirm_cancel(struct mgmtd *m, struct txn_request *req);

/* --- for txn.c --- */
/* May it be committed now? 0, or -errno and *r (error, tag, session, fault). */
int confirm_check(const struct mgmtd *m, const struct txn_request *req, struct txn_result *r);
/* Before the commit `sequence` is stored: nothing is done that would not be right without it. 0 or -errno. */
int confirm_before_store(struct mgmtd *m, const struct txn_request *req, uint32_t sequence);
/* It could not be stored after all. */
void confirm_not_stored(struct mgmtd *m, const struct txn_request *req);
/* It is stored; `was` (taken) ran before. True: it confirms. */
bool confirm_stored(struct mgmtd *m, const struct txn_request *req, struct lyd_node *was);
/* A roll back could not be done. */
void confirm_failed(struct mgmtd *m, const struct txn_result *r);
/* A commit without changes: 0 or -errno. */
int confirm_unchanged(struct mgmtd *m, const struct txn_request *req, bool *is_confirming);
/* A transaction ended: goes back now if that is due. */
void confirm_next(struct mgmtd *m);
