/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to ribd's half of the conversation (rib_server*.c): a session, and what waits to be said to its client.
 */
#pragma once

#include "lib/ipc/rib_cols.h"
#include "lib/ipc/rib_msg.h"
#include "strata/index32.h"
#include "strata/ipc.h"
#include "strata/loop.h"
#include "strata/rib_server.h"

#include <sys/queue.h>
#include <uthash.h>

/* --- what waits to be sent (rib_server_out.c) ---
 * One place per key: what is said again before it was sent replaces what was said first. So the memory for a client
 * that does not read is bounded by what there is to know, not by how often it changes. */
enum rib_server_lane { RIB_SLANE_MIRROR, RIB_SLANE_NEXTHOP, RIB_SLANE_FAILED, RIB_SLANE_ROUTE, RIB_SLANE_COUNT };

struct rib_queued_key {
    uint32_t lane;
    uint32_t kind; /* frame type */
    uint32_t id;   /* ifindex, vrf, watch */
    struct prefix prefix;
};
struct rib_queued {
    TAILQ_ENTRY(rib_queued) entry;
    UT_hash_handle hh;
    struct rib_queued_key key;
    bool is_gone;
    size_t len, room;
    uint8_t payload[] __attribute__((aligned(16)));
};
TAILQ_HEAD(rib_queue, rib_queued);

/* --- results of labels (rib_server_results.c): after next hops, before routes --- */
struct rib_results {
    struct rib_vec rows;     /* struct rib_row_label_result; those with status 0 are taken back */
    size_t n_sent;           /* the first of them */
    size_t n_indexed;        /* of the first ones those that are not sent are in: */
    struct index32 by_label; /* number of the row, from 1 on */
    uint64_t told[64];       /* bits by the low digits of labels: 0, no row is of such a label */
};
void rib_results_fini(struct rib_results *q);
void rib_results_add(struct rib_results *q, const struct rib_label_result *r);
void rib_results_drop(struct rib_results *q, uint32_t label);
static inline size_t rib_results_waiting(const struct rib_results *q)
{
    return q->rows.n - q->n_sent;
}
/* The next message of what waits. False: all was taken back, there is none. */
bool rib_results_encode(struct rib_results *q, struct rib_msg_buf *out, uint64_t epoch);

struct rib_session_out {
    struct rib_queue lane[RIB_SLANE_COUNT];
    size_t n[RIB_SLANE_COUNT];
    struct rib_queued *by_key;
    struct rib_results results;
    struct rib_vec held; /* struct rib_row_label_fec */
    struct rib_vec rows; /* of the batch being made */
    struct rib_msg_buf buf;
    struct timer flush;
};

void rib_session_out_init(struct rib_session *s);
void rib_session_out_fini(struct rib_session *s);
void rib_session_out_flush(struct rib_session *s);
void rib_session_out_drop(struct rib_session *s, const struct rib_queued_key *key);
void rib_session_out_drop_routes(struct rib_session *s, uint32_t vrf);
void rib_queued_key_init(struct rib_queued_key *key, enum rib_server_lane lane, uint32_t kind, uint32_t id,
                         const struct prefix *p);

/* Ids that the client defined. */
enum rib_known_kind { RIB_KNOWN_NHSET, RIB_KNOWN_SCOPE, RIB_KNOWN_WATCH, RIB_KNOWN_PEER, RIB_KNOWN_KINDS };

struct rib_session {
    LIST_ENTRY(rib_session) entry;
    struct rib_server *server;
    struct ipc_conn *conn;
    enum rib_client_id id;
    void *data;
    bool is_closed; /* being closed: take nothing more from it */
    struct index32 known[RIB_KNOWN_KINDS];
    size_t heard;                          /* octets since it gave way */
    uint64_t n_subscriptions, n_deletions; /* heard in this session */
    struct rib_session_out out;
};
LIST_HEAD(rib_session_list, rib_session);

struct rib_server {
    const struct env *env;
    struct rib_server_events ev;
    void *arg;
    struct ipc_listener *listener;
    struct rib_session_list sessions;
    struct timer batch_end;
    struct rib_scratch in; /* the message that is being read */
};
