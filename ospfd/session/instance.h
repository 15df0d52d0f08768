/* SPDX-License-Identifier: Apache-2.0
 *
 * One OSPF instance (of the public network or of a VPN instance): what the rest of ospfd may do with it. It gets its
 * configuration, the interfaces, and the routes to redistribute as values, and gives routes through ospf_rib_ops.
 */
#pragma once

#include "ospfd/spf/spf.h"
#include "strata/rib.h"

struct cfg_ospf_instance;
struct cfg_policy;
struct env;
struct ospf_instance;

/* What is not used of what comes in, by reason; also the names in the YANG list `drop`. */
#define OSPF_DROPS(X)                                                                                                  \
    X(SHORT, "packet-too-short")                                                                                       \
    X(VERSION, "version")                                                                                              \
    X(CHECKSUM, "packet-checksum")                                                                                     \
    X(PACKET_TYPE, "packet-type")                                                                                      \
    X(DESTINATION, "destination")                                                                                      \
    X(OWN_SOURCE, "own-source")                                                                                        \
    X(OFF_LINK, "source-not-on-link")                                                                                  \
    X(AREA, "area-mismatch")                                                                                           \
    X(AUTHENTICATION, "authentication")                                                                                \
    X(DUPLICATE_ROUTER_ID, "duplicate-router-id")                                                                      \
    X(MALFORMED, "malformed-packet")                                                                                   \
    X(HELLO_INTERVAL, "hello-interval-mismatch")                                                                       \
    X(DEAD_INTERVAL, "dead-interval-mismatch")                                                                         \
    X(HELLO_MASK, "hello-mask-mismatch")                                                                               \
    X(HELLO_OPTIONS, "hello-options-mismatch")                                                                         \
    X(NEIGHBOR_LIMIT, "neighbor-limit")                                                                                \
    X(SECOND_NEIGHBOR, "second-neighbor")                                                                              \
    X(UNKNOWN_NEIGHBOR, "unknown-neighbor")                                                                            \
    X(NEIGHBOR_STATE, "neighbor-state")                                                                                \
    X(MTU, "mtu-mismatch")                                                                                             \
    X(DD_DUPLICATE, "dd-duplicate")                                                                                    \
    X(DD_UNEXPECTED, "dd-unexpected")                                                                                  \
    X(LSA_MALFORMED, "lsa-malformed")                                                                                  \
    X(LSA_CHECKSUM, "lsa-checksum")                                                                                    \
    X(LSA_TYPE, "lsa-type")                                                                                            \
    X(LSA_TOO_SOON, "lsa-too-soon")                                                                                    \
    X(LSA_OLD, "lsa-older")                                                                                            \
    X(LSA_LIMIT, "lsa-limit")                                                                                          \
    X(ACK_UNEXPECTED, "ack-unexpected")

#define OSPF_DROP_ENUM(name, text) OSPF_DROP_##name,
enum ospf_drop { OSPF_DROPS(OSPF_DROP_ENUM) OSPF_DROP_COUNT };
#undef OSPF_DROP_ENUM
const char *ospf_drop_name(enum ospf_drop d);

struct ospf_counters {
    uint64_t drops[OSPF_DROP_COUNT];
    uint64_t spf_runs, originated, retransmitted;
};

/* An adjacency came to its end state, or fell from full. */
struct ospf_neighbor_news {
    const char *instance; /* "" = public */
    const char *interface;
    uint32_t router_id;
    struct ip_addr address;
    const char *state, *before, *event;
};

struct ospf_rib_ops {
    /* One difference of the routing table, as ospf_table_diff tells it: local routes are included. */
    void (*route)(void *arg, struct ospf_instance *i, struct ospf_route *was, struct ospf_route *now);
    /* Something changed on which convergence depends. */
    void (*progress)(void *arg);
    void (*neighbor)(void *arg, const struct ospf_neighbor_news *news); /* NULL: nobody listens */
};

struct ospf_instance_spec {
    uint32_t vrf;
    const char *name; /* of the VPN instance; "" = public */
    uint32_t router_id;
    const struct ospf_rib_ops *rib;
    void *rib_arg;
};

/* `config` and `policy` must stay valid until the next ospf_instance_configure (or the end). */
struct ospf_instance *ospf_instance_create(const struct env *env, const struct ospf_instance_spec *spec,
                                           const struct cfg_ospf_instance *config, const struct cfg_policy *policy);
/* Says no goodbye to anybody and withdraws nothing from the RIB. */
void ospf_instance_destroy(struct ospf_instance *i);
/* Flushes what we originated: an orderly end. Packets leave in this call. */
void ospf_instance_flush(struct ospf_instance *i);
void ospf_instance_configure(struct ospf_instance *i, const struct cfg_ospf_instance *config,
                             const struct cfg_policy *policy);

uint32_t ospf_instance_vrf(const struct ospf_instance *i);
const char *ospf_instance_name(const struct ospf_instance *i);
uint32_t ospf_instance_router_id(const struct ospf_instance *i);
struct ospf_table *ospf_instance_table(struct ospf_instance *i);
const struct cfg_ospf_instance *ospf_instance_config(const struct ospf_instance *i);

/* An interface of this instance is there or changed; `gone`: it left, or was deleted. */
void ospf_instance_interface(struct ospf_instance *i, const struct rib_interface *now);
void ospf_instance_interface_gone(struct ospf_instance *i, const char *name);

/* Routes of other protocols. A dump brings all of them again: what it does not bring is gone at its end. */
void ospf_instance_dump_begin(struct ospf_instance *i);
void ospf_instance_route(struct ospf_instance *i, const struct rib_best_route *r);
void ospf_instance_route_gone(struct ospf_instance *i, const struct prefix *p);
void ospf_instance_dump_end(struct ospf_instance *i);
/* Bits of the sources that the configuration wants (1 << enum rib_source). */
uint32_t ospf_instance_sources(const struct ospf_instance *i);

/* All neighbours that should be are full, the routes to redistribute are known, and paths were computed since. */
bool ospf_instance_is_converged(const struct ospf_instance *i);

/* --- looking inside, for state and tests: values, in a stable order --- */

struct ospf_neighbor_view {
    const char *interface;
    uint32_t router_id, area_id;
    uint32_t address;
    const char *state;
    uint8_t priority;
    const char *role; /* on a broadcast link, else NULL */
    uint64_t dead_in_ms, since_us;
    uint32_t transitions;
    size_t n_requests, n_retransmits;
    const char *last_event;
};
struct ospf_interface_view {
    const char *name;
    uint32_t area_id;
    const char *state;
    bool is_here;          /* the router has such an interface, and it is in this instance */
    struct prefix address; /* unset: none */
    uint32_t dr, bdr;      /* addresses; 0: none */
    uint16_t cost;
    uint32_t mtu;
    size_t n_neighbors, n_full;
    uint64_t hello_in_ms, received, sent;
    const char *error;
};
struct ospf_instance_view {
    size_t n_lsas, n_external, lsdb_bytes, neighbor_bytes;
    const char *spf_state;
    uint64_t last_spf_us, spf_duration_us;
};
void ospf_instance_each_neighbor(const struct ospf_instance *i,
                                 void (*fn)(void *arg, const struct ospf_neighbor_view *v), void *arg);
void ospf_instance_each_interface(const struct ospf_instance *i,
                                  void (*fn)(void *arg, const struct ospf_interface_view *v), void *arg);
#define OSPF_AREA_NONE 0xffffffffu /* as the area of LSAs of AS scope */
void ospf_instance_each_lsa(const struct ospf_instance *i,
                            void (*fn)(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e), void *arg);
void ospf_instance_view(const struct ospf_instance *i, struct ospf_instance_view *v);
const struct ospf_counters *ospf_instance_counters(const struct ospf_instance *i);
