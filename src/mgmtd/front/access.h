/* SPDX-License-Identifier: Apache-2.0
 *
 * Access control of sessions: what nacm/ says, applied to requests of all front ends alike, with its counters and the
 * audit log. A session's view follows the configuration that runs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "src/mgmtd/audit.h"
#include "src/mgmtd/nacm/nacm.h"

struct front_request;
struct lyd_node;
struct mgmtd;
struct session;
struct store_commit;
struct txn_request;
struct yang_fault;

struct access { /* a member of struct mgmtd */
    struct nacm *nacm;
    uint64_t version; /* of the configuration that it is compiled from */
    uint32_t n_denied_operations, n_denied_writes, n_denied_notifications;
    struct audit audit;
};

void access_init(struct mgmtd *m);
void access_fini(struct mgmtd *m);     /* after the sessions */
void access_forget(struct session *s); /* its user changed, or it ends */

/* Root, and mgmtd's own user in his own name. */
bool access_is_recovery(const struct session *s, const char *user);
/* May the session do this at all? False: denied, the reply was sent. Of ACTION and RPC it asks for nothing yet: who
 * knows the rpc asks access_may_execute. */
bool access_may_run(struct session *s, uint64_t id, const struct front_request *r);
bool access_may_execute(struct session *s, uint64_t id, const char *module, const char *rpc);
/* Words of a request ("bgp clear 10.0.0.1"): those of an rpc's name come first. */
bool access_may_act(struct session *s, uint64_t id, const char *words);

/* Might it change anything at all? */
bool access_may_write(struct session *s);
/* Nothing is denied to this session. */
bool access_is_open(struct session *s);
/* Removes what the session may not read. Before filters are applied: they must not see more. */
void access_prune(struct session *s, struct lyd_node **tree);
/* The same of a borrowed tree: it or, if something may not be read, *copy, which is the caller's to free (else NULL).
 */
const struct lyd_node *access_readable(struct session *s, const struct lyd_node *tree, struct lyd_node **copy);
/* May the session make `now` of `was`? False: denied, the reply was sent. */
bool access_may_change(struct session *s, uint64_t id, const struct lyd_node *was, const struct lyd_node *now);
/* Something is not there that the request wants to be there, or the other way round. May the session be told? `path` is
 * an instance-identifier. False: the reply was sent, as for a change that is denied. */
bool access_may_know(struct session *s, uint64_t id, enum nacm_op op, const char *path);
/* A lock keeps all others from changing: only who may change something may lock. False: denied, the reply was sent. */
bool access_may_lock(struct session *s, uint64_t id);
/* A fault of `tree` that would tell of something that the session may not read says less then. */
void access_hide_fault(struct session *s, struct lyd_node *tree, struct yang_fault *fault);
/* Warnings, a line each, about places of what runs: without those that the session may not read. Changes `notes`. */
void access_hide_notes(struct session *s, char *notes);
/* Does this notification go to the session? Counts if not. */
bool access_may_hear(struct session *s, const struct lyd_node *notification);
/* What it tells of: without entries that point at something the session may not read. The caller's to free. */
struct lyd_node *access_notification(struct session *s, const struct lyd_node *notification);

/* The counters of /nacm, laid over *tree. */
void access_state(struct mgmtd *m, struct lyd_node **tree);

/* --- the audit log --- */
void access_started(struct session *s); /* once a session; more often does nothing */
void access_ended(struct session *s);
/* It was refused to work as somebody else. */
void access_refused(struct session *s, const char *as);
void access_killed(struct session *s, const struct session *by, const char *locks);
void access_locked(struct session *s, bool is_locked, const char *datastore);
/* A request that was done, or tried: its words, and 0 or the error with its text. */
void access_requested(struct session *s, const char *words, int error, const char *text);
/* The commits that waited are confirmed, or cancelled by somebody. */
void access_confirmed(struct mgmtd *m, uint32_t session, bool is_cancelled, uint32_t first, uint32_t last);
void access_committed(struct mgmtd *m, const struct txn_request *req, const struct store_commit *meta);
