/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the client half of the conversation with ribd (rib_client*.c): the object and its parts. Each part is
 * owned by one file.
 */
#pragma once

#include "lib/ipc/rib_client_held.h"
#include "lib/ipc/rib_cols.h"
#include "lib/ipc/rib_msg.h"
#include "strata/ipc.h"
#include "strata/loop.h"
#include "strata/rib_client.h"

#include <sys/queue.h>
#include <uthash.h>

/* --- what waits to be sent (rib_client_out.c) ---
 * Lanes are sent in this order, so that objects are defined before and undefined after their uses; the order of what
 * depends on each other is kept inside a lane. Ids are never used twice in a session, so moving a definition forward
 * or an undefinition back changes nothing. */
enum rib_lane {
    RIB_LANE_NHSET_DEFINE,
    RIB_LANE_SCOPE_DEFINE,
    RIB_LANE_CLAIM,
    RIB_LANE_BINDING,
    RIB_LANE_ENTRY,
    RIB_LANE_ROUTE,
    RIB_LANE_WATCH,
    RIB_LANE_FREE,
    RIB_LANE_SCOPE_UNDEFINE,
    RIB_LANE_NHSET_UNDEFINE,
    RIB_LANE_COUNT
};

struct rib_out {
    struct rib_vec lane[RIB_LANE_COUNT];
    struct rib_vec nexthops, members; /* of the sets to be defined, one after another */
    struct rib_msg_buf buf;
    struct timer flush;
};

void rib_out_init(struct rib_client *c);
void rib_out_fini(struct rib_client *c);
void rib_out_clear(struct rib_client *c); /* the session is over */
/* A row at the end of a lane, to be filled at once; sent in this turn of the loop. push: it is zeroed; place: not. */
void *rib_out_push(struct rib_client *c, enum rib_lane lane, size_t row_size);
void *rib_out_place(struct rib_client *c, enum rib_lane lane, size_t row_size);
void rib_out_nhset_define(struct rib_client *c, uint32_t id, const struct rib_nexthop *nh, size_t n);
void rib_out_scope_define(struct rib_client *c, uint32_t id, const struct rib_scope_member *m, size_t n);
void rib_out_flush_through(struct rib_client *c, enum rib_lane last);
void rib_out_send(struct rib_client *c, uint16_t type); /* what is in out.buf */

/* --- interned sets (rib_client_sets.c) --- */
struct rib_set {
    UT_hash_handle by_key, by_id;
    uint32_t id;
    uint32_t refs;
    size_t n;
    size_t key_len;
    uint8_t *key; /* the members, canonical and sorted */
};
struct rib_sets {
    struct rib_set *by_key, *by_id;
    uint32_t last_id;
};
void rib_sets_clear(struct rib_sets *s);
void rib_sets_define_all(struct rib_client *c); /* those that were made while there was no session */

/* --- labels (rib_client_label.c) --- */
struct rib_labels {
    struct rib_held_store held;
    struct rib_vec pool; /* uint32_t, granted and not used; taken from pool_at on */
    size_t pool_at;
    size_t pool_low; /* the fewest that were in the pool since the last look */
    size_t granted;  /* by the last block */
    uint32_t block;  /* labels to ask for next time */
    bool is_asked, is_waiting, has_none_left;
    struct timer retry, shrink;
    uint64_t n_deletions; /* of entries, in this session */
};
void rib_labels_init(struct rib_client *c);
void rib_labels_fini(struct rib_client *c);
void rib_labels_session_began(struct rib_client *c); /* hello is done: claim */
void rib_labels_session_ready(struct rib_client *c);
void rib_labels_session_ended(struct rib_client *c);
void rib_labels_end_of_replay(struct rib_client *c);
void rib_labels_on_held(struct rib_client *c, uint32_t label, const struct rib_fec *fec);
void rib_labels_on_block(struct rib_client *c, const uint32_t *labels, size_t n);
void rib_labels_on_result(struct rib_client *c, const struct rib_label_result *r, uint64_t epoch);
void rib_labels_on_epoch(struct rib_client *c, uint64_t epoch);
void rib_labels_on_refused(struct rib_client *c, uint32_t label, const char *reason);
void rib_labels_on_short(struct rib_client *c, bool all);

/* --- mirror (rib_client_mirror.c) --- */
struct rib_mirror_interface {
    struct rib_interface interface;
    bool is_stale; /* from the last session, not told again yet */
};
struct rib_mirror_instance {
    struct rib_instance instance;
    bool is_stale;
};
struct rib_mirror {
    struct rib_mirror_interface **interfaces; /* by ifindex */
    struct rib_mirror_instance **instances;   /* by vrf */
    size_t n_interfaces, n_instances;
};
void rib_mirror_fini(struct rib_client *c);
void rib_mirror_mark_stale(struct rib_client *c);
void rib_mirror_sweep(struct rib_client *c);
void rib_mirror_on_interface(struct rib_client *c, const struct rib_interface *i);
void rib_mirror_on_interface_gone(struct rib_client *c, uint32_t ifindex);
void rib_mirror_on_instance(struct rib_client *c, const struct rib_instance *i);
void rib_mirror_on_instance_gone(struct rib_client *c, uint32_t vrf);

/* --- watches and subscriptions (rib_client.c) --- */
struct rib_watch {
    UT_hash_handle hh;
    struct rib_row_watch row;
};
struct rib_subscription {
    UT_hash_handle hh;
    uint32_t vrf;
    uint32_t sources;
    uint64_t epoch; /* our count of subscriptions with this one; routes that ribd said earlier are of one before */
};

struct rib_client {
    const struct env *env;
    enum rib_client_id id;
    struct rib_client_events ev;
    void *arg;
    struct ipc_connector *connector;
    struct ipc_conn *conn; /* NULL: no connection */
    bool is_up;            /* session_up was said */
    bool is_destroyed;     /* by the daemon, in a callback */
    unsigned callback_depth;
    struct rib_out out;
    struct rib_scratch in; /* the message that is being read */
    struct rib_sets nhsets, scopes;
    struct rib_labels labels;
    struct rib_mirror mirror;
    struct rib_watch *watches;
    uint32_t last_watch;
    struct rib_subscription *subscriptions;
    uint64_t n_subscriptions;
};
