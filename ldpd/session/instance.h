/* SPDX-License-Identifier: Apache-2.0
 *
 * One LDP instance: discovery on its interfaces, sessions with its neighbours, and the binding core between them. It
 * lives in the public instance or in one VPN instance, with its own LSR identifier and its sockets bound there. RFC
 * 5036.
 */
#pragma once

#include "ldpd/bind/bind.h"
#include "strata/rib.h"

struct cfg_ldp_instance;
struct cfg_policy;
struct env;
struct ldp_instance;

/* What an instance needs of the label manager and the data plane; the daemon's conversation with ribd gives it. */
struct ldp_rib_ops {
    int (*label_alloc)(void *arg, uint32_t vrf, const struct prefix *fec, uint32_t *label);
    void (*label_free)(void *arg, uint32_t label);
    /* `members`: the neighbours on guarded interfaces that may send us this label. */
    void (*entry_set)(void *arg, uint32_t vrf, uint32_t label, const struct prefix *fec,
                      const struct rib_scope_member *members, size_t n);
    void (*entry_del)(void *arg, uint32_t label);
    void (*peer_set)(void *arg, uint32_t peer, uint32_t vrf, const struct ip_addr *addresses, size_t n);
    void (*peer_del)(void *arg, uint32_t peer);
    void (*binding_set)(void *arg, uint32_t peer, const struct prefix *fec, const struct out_label *label);
    void (*binding_del)(void *arg, uint32_t peer, const struct prefix *fec);
    bool (*is_busy)(void *arg); /* it has not taken what it was told: neighbours wait */
};

/* A session came, or one that had come is gone. */
struct ldp_session_news {
    const char *instance; /* "" = public */
    uint32_t lsr_id;
    bool is_up;
    uint16_t keepalive_sec; /* up: negotiated */
    uint32_t lasted_sec;    /* gone */
    const char *reason;     /* gone */
};

struct ldp_instance_options {
    const struct env *env; /* borrowed */
    uint32_t vrf;
    const char *name;    /* "" = public; copied */
    const char *device;  /* VRF device; copied */
    uint32_t *next_peer; /* the daemon's counter of peer ids; borrowed */
    const struct ldp_rib_ops *rib;
    void *rib_arg;
    void (*news)(void *arg, const struct ldp_session_news *news); /* NULL: nobody listens */
    void *news_arg;
};

struct ldp_instance *ldp_instance_create(const struct ldp_instance_options *o);
/* Ends sessions with a shutdown notification. Label entries stay with ribd, for a successor. */
void ldp_instance_destroy(struct ldp_instance *i);
/* Before destroying an instance for good: ends sessions and takes all label entries out of the data plane. */
void ldp_instance_retire(struct ldp_instance *i);

/* The configuration that runs; borrowed until the next call. True: other routes count now, have them told again. */
bool ldp_instance_configure(struct ldp_instance *i, const struct cfg_ldp_instance *config,
                            const struct cfg_policy *policy);
/* Of which sources ribd shall tell routes: bits 1 << enum rib_source. */
uint32_t ldp_instance_sources(const struct ldp_instance *i);
/* Interfaces of this instance as ribd has them. now NULL: `before` is gone. */
void ldp_instance_interface(struct ldp_instance *i, const struct rib_interface *now,
                            const struct rib_interface *before);
void ldp_instance_route(struct ldp_instance *i, const struct rib_best_route *r);
void ldp_instance_route_gone(struct ldp_instance *i, const struct prefix *p);
void ldp_instance_routes_complete(struct ldp_instance *i); /* after ldp_instance_replay: all routes were told */
/* ribd is there again: tell it everything. It tells all routes. */
void ldp_instance_replay(struct ldp_instance *i);
/* Every adjacency has an operational session that has been quiet for a second. */
bool ldp_instance_is_settled(const struct ldp_instance *i);
struct ldp_bind *ldp_instance_bind(const struct ldp_instance *i);
uint32_t ldp_instance_lsr_id(const struct ldp_instance *i); /* 0: none yet, nothing runs */
uint32_t ldp_instance_vrf(const struct ldp_instance *i);
const char *ldp_instance_name(const struct ldp_instance *i);
/* Takes sessions down so that they come up anew; lsr_id 0: all. Returns how many. */
unsigned ldp_instance_clear(struct ldp_instance *i, uint32_t lsr_id);

/* --- looking --- */
struct ldp_adjacency_view {
    const char *interface;
    uint32_t lsr_id;
    struct ip_addr address, transport;
    uint16_t holdtime_sec;
    uint32_t expires_sec;
};
struct ldp_session_view {
    uint32_t lsr_id;
    uint32_t peer;
    const char *state;
    bool is_active, is_operational;
    struct ip_addr transport, local;
    uint32_t uptime_sec;
    uint16_t keepalive_sec;
    uint64_t received, sent;
    uint64_t keepalives_received, keepalives_sent;
    size_t n_labels;
    uint64_t n_refused_labels;
    const char *last_error;
    const struct ip_addr *addresses;
    const bool *is_owned; /* by address: the claim is believed */
    size_t n_addresses;
};
struct ldp_end_view {
    uint32_t lsr_id;
    uint64_t count;
    uint32_t since_sec, lasted_sec;
    const char *reason;
};
struct ldp_counters {
    uint64_t malformed_hello, ignored_hello, unknown_neighbor, malformed_message;
};
struct ldp_interface_view {
    const char *name;
    const char *status;
    bool is_running;
    struct ip_addr local; /* if it is running */
    unsigned n_neighbors;
};
void ldp_instance_each_interface(const struct ldp_instance *i,
                                 void (*fn)(void *arg, const struct ldp_interface_view *v), void *arg);
void ldp_instance_each_adjacency(const struct ldp_instance *i,
                                 void (*fn)(void *arg, const struct ldp_adjacency_view *v), void *arg);
void ldp_instance_each_session(const struct ldp_instance *i, void (*fn)(void *arg, const struct ldp_session_view *v),
                               void *arg);
void ldp_instance_each_end(const struct ldp_instance *i, void (*fn)(void *arg, const struct ldp_end_view *v),
                           void *arg);
const struct ldp_counters *ldp_instance_counters(const struct ldp_instance *i);
uint32_t ldp_instance_lsr_id_of(const struct ldp_instance *i, uint32_t peer); /* 0 if unknown */
