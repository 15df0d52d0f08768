/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of ldpd/session share: the structs of an instance, its interfaces, adjacencies and neighbours.
 *
 *   instance --- interfaces (a socket each) --- adjacencies ---.
 *            `-- neighbours (a session each) <------------------'
 *            `-- pending: connections that came before the hello
 */
#pragma once

#include <sys/queue.h>

#include "ldpd/packet/ldp.h"
#include "ldpd/session/fsm.h"
#include "ldpd/session/instance.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

/* An LSR identifier, and the name of an instance, in the log. */
#define LSR_FORMAT       "%u.%u.%u.%u"
#define LSR_BYTES(id)    (id) >> 24 & 255, (id) >> 16 & 255, (id) >> 8 & 255, (id)&255
#define INSTANCE_NAME(i) ((i)->name[0] ? (i)->name : "public")

#define LDP_ERROR_TEXT 120

struct ldp_interface {
    LIST_ENTRY(ldp_interface) entry;
    struct ldp_instance *instance;
    struct rib_interface rib; /* addresses owned here */
    bool is_configured;
    bool has_own_transport; /* sessions over it end at its own address */
    uint16_t hello_interval_sec, holdtime_sec;
    struct dgram *socket; /* NULL: not running */
    struct timer hello_timer;
    unsigned n_adjacencies;
    LIST_HEAD(, ldp_adjacency) adjacencies;
};

struct ldp_adjacency {
    LIST_ENTRY(ldp_adjacency) of_interface;
    LIST_ENTRY(ldp_adjacency) of_neighbor;
    struct ldp_interface *interface;
    struct ldp_neighbor *neighbor;
    struct ip_addr source;
    struct ip_addr transport, local; /* ends of a session, by what this interface's hellos say */
    uint16_t holdtime_sec;
    struct timer hold;
};

struct ldp_neighbor {
    LIST_ENTRY(ldp_neighbor) entry;
    struct ldp_instance *instance;
    uint32_t lsr_id;
    uint32_t peer; /* id towards the binding core and ribd; new for each session */
    struct ip_addr transport, local;
    bool is_active;
    LIST_HEAD(, ldp_adjacency) adjacencies;

    enum ldp_session_state state;
    struct stream *stream;
    struct timer connect, keepalive, hold, flush;
    struct timer resume; /* reading: ribd could not follow */
    uint32_t backoff_ms; /* after a rejected Init; 0 = none */
    uint16_t keepalive_sec, max_pdu;
    uint32_t pending_status; /* what a NOTIFY or REJECT action tells */
    struct ldp_error pending_about;
    uint64_t up_since_us, quiet_since_us;
    uint64_t received, sent;
    uint64_t keepalives_received, keepalives_sent;
    char last_error[LDP_ERROR_TEXT];

    struct ip_addr *addresses; /* from its Address messages */
    size_t n_addresses;
    struct timer tell;    /* them to ribd */
    struct ip_addr *told; /* those that ribd takes for its */
    size_t n_told;

    uint8_t out[LDP_MAX_PDU_DEFAULT + 4]; /* the PDU being filled */
    struct wire_writer writer;
    size_t pdu_begun;
    bool has_pdu;
};

/* How sessions of a neighbour ended; outlives it. */
struct ldp_end {
    TAILQ_ENTRY(ldp_end) entry;
    uint32_t lsr_id;
    uint64_t count;
    uint64_t ended_us, lasted_us;
    char reason[LDP_ERROR_TEXT];
};
TAILQ_HEAD(ldp_ends, ldp_end);

/* A connection whose owner has not said hello yet. */
struct ldp_pending {
    LIST_ENTRY(ldp_pending) entry;
    struct ldp_instance *instance;
    struct stream *stream;
    struct timer timeout;
};

/* What decides which routes get labels; compared as values. */
struct ldp_trigger {
    bool is_set;
    bool has_all_routes, has_bgp_routes, has_all_lengths, has_list;
    const struct cfg_policy_prefix_list *list;
};

struct ldp_instance {
    const struct env *env;
    uint32_t vrf;
    char name[RIB_NAME_MAX];
    char device[RIB_IFNAME_MAX];
    uint32_t *next_peer;
    const struct ldp_rib_ops *rib;
    void *rib_arg;
    void (*news)(void *arg, const struct ldp_session_news *news);
    void *news_arg;
    const struct cfg_ldp_instance *config;
    const struct cfg_policy *policy;
    struct ldp_trigger trigger; /* by which the FECs were made */
    uint32_t lsr_id;            /* 0: none yet, nothing runs */
    struct listener *listener;
    uint32_t next_message;
    struct timer age;
    struct timer sweep; /* after a replay: FECs whose routes did not come back */
    struct ldp_bind *bind;
    struct ldp_counters counters;
    struct mem_account mem, bind_mem;
    unsigned n_pending;
    struct ip_addr *own; /* our addresses, as neighbours are told */
    size_t n_own;
    LIST_HEAD(, ldp_interface) interfaces;
    LIST_HEAD(, ldp_neighbor) neighbors;
    LIST_HEAD(, ldp_pending) pending;
    struct ldp_ends ends; /* the latest first */
    unsigned n_ends;
};

/* trigger.c */
bool ldp_trigger_update(struct ldp_instance *i); /* from the configuration; true: other routes count now */

/* instance.c */
const struct ip_addr *ldp_interface_address(const struct ldp_interface *f); /* its first, NULL if none */
bool ldp_interface_is_onlink(const struct ldp_interface *f, const struct ip_addr *a);
struct ip_addr ldp_instance_transport(const struct ldp_instance *i, const struct ldp_interface *f);
bool ldp_instance_is_own(const struct ldp_instance *i, const struct ip_addr *a);
void ldp_instance_guarded_changed(struct ldp_instance *i);

/* discovery.c */
void ldp_interface_update(struct ldp_interface *f); /* start or stop it as configuration and link say */
void ldp_interface_stop(struct ldp_interface *f, const char *why);
void ldp_adjacency_drop(struct ldp_adjacency *a, uint32_t status, const char *why);

/* neighbor.c */
struct ldp_neighbor *ldp_neighbor_get(struct ldp_instance *i, uint32_t lsr_id);
struct ldp_neighbor *ldp_neighbor_by_transport(const struct ldp_instance *i, const struct ip_addr *a);
struct ldp_neighbor *ldp_neighbor_by_peer(const struct ldp_instance *i, uint32_t peer);
void ldp_neighbor_destroy(struct ldp_neighbor *n);
/* The ends of the session, from the adjacencies; it stays where it is while one of them says the same. */
void ldp_neighbor_choose_ends(struct ldp_neighbor *n);
bool ldp_neighbor_is_guarded(const struct ldp_neighbor *n); /* heard on a guarded interface */
bool ldp_neighbor_is_stuck(const struct ldp_neighbor *n);   /* reads nothing: what we sent piles up */
void ldp_neighbor_event(struct ldp_neighbor *n, enum ldp_session_event event);
/* Ends the session for this reason. */
void ldp_neighbor_fail(struct ldp_neighbor *n, enum ldp_session_event event, uint32_t status, const char *why);
void ldp_neighbor_accept(struct ldp_neighbor *n, struct stream *s);
bool ldp_neighbor_is_at(const struct ldp_neighbor *n, const struct ldp_bind_via *via);
bool ldp_neighbor_owns(const struct ldp_neighbor *n, const struct ip_addr *claimed);
void ldp_neighbor_tell_addresses(struct ldp_neighbor *n);    /* to ribd: what it owns */
void ldp_neighbor_forget_told(struct ldp_neighbor *n);       /* ribd does not know any more */
void ldp_neighbors_tell_addresses(struct ldp_instance *i);   /* who owns what may have changed for all of them */
void ldp_neighbor_addresses_changed(struct ldp_neighbor *n); /* by Address messages; told soon */

/* history.c */
void ldp_end_note(struct ldp_neighbor *n); /* its operational session ends */
void ldp_ends_forget(struct ldp_instance *i);

/* transmit.c: room for one message of at most `need` octets in the PDU being filled; sent at the end of the turn */
struct wire_writer *ldp_transmit(struct ldp_neighbor *n, size_t need);
void ldp_transmit_flush(void *neighbor);
void ldp_transmit_notification(struct ldp_neighbor *n, uint32_t status, const struct ldp_error *about);
void ldp_transmit_addresses(struct ldp_neighbor *n, enum ldp_message_type type, const struct ip_addr *a, size_t n_a);
extern const struct ldp_bind_ops ldp_bind_transmit_ops;

/* receive.c */
void ldp_receive(struct ldp_neighbor *n);

/* listen.c */
void ldp_listen_update(struct ldp_instance *i);
void ldp_listen_stop(struct ldp_instance *i);
void ldp_listen_claim(struct ldp_neighbor *n); /* takes a pending connection of this neighbour, if any */
