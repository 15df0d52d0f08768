/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the simulation: a node's kernel. Links and addresses, routing tables, nexthop objects, the label table,
 * the guard, and the forwarder over them. Behaves as Linux does, surprises included.
 */
#pragma once

#include <uthash.h>

#include "lib/sim/internal.h"
#include "src/ribd/dataplane.h"
#include "strata/trie.h"

enum {
    SIM_TABLE_MAIN = 0, /* as in dataplane.h */
    SIM_TABLE_LOCAL = 255,
    SIM_METRIC_OURS = 51,
    SIM_METRIC_HOST = 100,
    SIM_METRIC_LAST = INT32_MAX /* the unreachable end of a VRF table */
};

struct sim_iface {
    struct sim_node *node;
    uint32_t ifindex;
    char name[RIB_IFNAME_MAX];
    char alias[128];
    uint32_t mtu, vrf_table;
    bool is_admin_up, is_running, is_loopback, has_mpls_input;
    bool is_input_set, wants_input; /* what ribd said of it */
    struct sim_iface *master;
    struct sim_cable *cable;
    unsigned side; /* of the cable: 0 or 1 */
    struct prefix *addresses;
    size_t n_addresses;
    struct dp_link told; /* the last state that was queued for ribd */
    sim_packet_fn *tap;
    void *tap_arg;
    TAILQ_ENTRY(sim_iface) link;
};

/* A packet on its way to an interface. */
struct sim_flight {
    struct sim_packet *packet;
    struct sim_iface *to;
    struct sim_cable *cable; /* NULL: loops back */
    unsigned side;           /* that sent it */
    struct timer arrival;
    LIST_ENTRY(sim_flight) link;
};
LIST_HEAD(sim_flights, sim_flight);

struct sim_cable {
    struct sim *sim;
    struct sim_iface *ends[2];
    struct sim_cable_spec spec;
    bool is_connected, is_blackhole[2];
    uint64_t last_arrival_us[2];
    struct sim_flights flights;
    TAILQ_ENTRY(sim_cable) link;
};

enum sim_route_type {
    SIM_ROUTE_LOCAL,
    SIM_ROUTE_LINK, /* of an address's own network */
    SIM_ROUTE_GATEWAY,
    SIM_ROUTE_NEXTHOP, /* over a nexthop object */
    SIM_ROUTE_BLACKHOLE,
    SIM_ROUTE_UNREACHABLE
};

struct sim_route {
    uint32_t table, metric;
    struct prefix prefix;
    enum sim_route_type type;
    struct sim_iface *iface;
    struct ip_addr gateway;
    struct sim_nhset *nhset;
    struct sim_route *next;      /* same prefix, higher metric */
    LIST_ENTRY(sim_route) users; /* of the nexthop object */
    TAILQ_ENTRY(sim_route) all;
};

struct sim_table {
    uint32_t id;
    struct trie *routes; /* of the first of each prefix */
    UT_hash_handle hh;
};

/* A group and its members, as ribd's kernel data plane makes them. */
struct sim_nhset {
    uint32_t id;
    bool has_group;
    uint32_t n_slots;
    struct sim_nhslot {
        bool is_present, is_in_group;
        struct dp_nexthop nh;
    } slots[RIB_NEXTHOPS_MAX];
    LIST_HEAD(, sim_route) users;
    UT_hash_handle hh;
};

struct sim_lfib {
    uint32_t in_label;
    struct dp_label entry;
    bool is_foreign; /* somebody else's */
    UT_hash_handle hh;
};

struct sim_guard_label {
    uint32_t label;
    UT_hash_handle hh;
};

struct sim_guard_port {
    uint32_t ifindex;
    bool is_guarded;
    bool wants_input; /* what ribd asked for; held back while the table is gone */
    uint64_t drops;
    struct sim_guard_label *labels;
    UT_hash_handle hh;
};

struct sim_kernel {
    struct sim_node *node;
    TAILQ_HEAD(, sim_iface) ifaces;
    uint32_t last_ifindex, platform_labels;
    bool is_forwarding, is_l3mdev_first; /* the rule order that isolates */
    bool tcp_l3mdev_accept, udp_l3mdev_accept, raw_l3mdev_accept;
    struct sim_table *tables;
    TAILQ_HEAD(, sim_route) routes; /* all, in order of making */
    struct sim_nhset *nhsets;
    struct sim_lfib *labels;
    struct sim_guard_port *guard;
    bool has_guard_table; /* in force */
    bool is_guard_sealed; /* nobody but the data plane, as long as it lives, opens a guarded port */
    struct sim_flights flights;
    struct sim_news *news; /* who listens */
};

/* Where a packet goes. */
struct sim_way {
    enum { SIM_WAY_NONE, SIM_WAY_UNREACHABLE, SIM_WAY_BLACKHOLE, SIM_WAY_LOCAL, SIM_WAY_OUT } kind;
    struct sim_iface *iface;
    struct ip_addr gateway; /* unset: the destination itself */
    struct out_label label;
    uint8_t ttl; /* of the labels; 0: the packet's */
};

/* kernel.c: links and addresses */
struct sim_kernel *sim_kernel_create(struct sim_node *node);
void sim_kernel_free(struct sim_kernel *k);
void sim_cable_free(struct sim_cable *c);
struct sim_iface *sim_iface_new(struct sim_kernel *k, const char *name);
void sim_iface_free(struct sim_iface *i); /* with all that hangs on it */
struct sim_iface *sim_iface_find(struct sim_kernel *k, uint32_t ifindex);
struct sim_iface *sim_iface_named(struct sim_kernel *k, const char *name);
void sim_iface_admin(struct sim_iface *i, bool is_up);
void sim_iface_enslave(struct sim_iface *i, struct sim_iface *master);
int sim_iface_address(struct sim_iface *i, const struct prefix *a, bool is_present);
bool sim_iface_has_address(const struct sim_iface *i, const struct ip_addr *a);
struct sim_iface *sim_iface_peer(const struct sim_iface *i);
uint32_t sim_iface_table(const struct sim_iface *i); /* VRF table or 0 */
/* The local address is good in the instance `table`. */
struct sim_iface *sim_owner_of(struct sim_kernel *k, uint32_t table, const struct ip_addr *a);

/* fib.c */
struct sim_route *sim_route_add(struct sim_kernel *k,
                                const struct sim_route *want); /* replaces same table, prefix, metric, iface */
bool sim_route_del(struct sim_kernel *k, uint32_t table, const struct prefix *p, uint32_t metric);
bool sim_route_del_ours(struct sim_kernel *k, uint32_t table, const struct prefix *p);
void sim_routes_drop(struct sim_kernel *k, bool (*match)(const struct sim_route *r, const void *arg), const void *arg);
struct sim_way sim_lookup(struct sim_kernel *k, uint32_t table, const struct ip_addr *destination, uint64_t hash);
struct ip_addr sim_source_for(struct sim_kernel *k, uint32_t table, const struct sim_way *way);
int sim_nexthop_set(struct sim_kernel *k, uint32_t id, const struct dp_nexthop *nh, size_t n, const char **text);
void sim_nexthop_del(struct sim_kernel *k, uint32_t id);
void sim_nexthops_lost(struct sim_iface *i); /* carrier or device gone: silently */
int sim_label_set(struct sim_kernel *k, const struct dp_label *label, const char **text);
bool sim_label_del(struct sim_kernel *k, uint32_t in_label);
void sim_fib_free(struct sim_kernel *k);

void sim_route_free(struct sim_kernel *k, struct sim_route *r);
struct sim_route *sim_routes_at(struct sim_kernel *k, uint32_t table, const struct prefix *p); /* first; NULL */

/* foreign.c */
struct sim_iface *sim_vrf_of_table(struct sim_kernel *k, uint32_t table);
void sim_foreign_tell(struct sim_kernel *k, uint32_t table, bool is_gone); /* all of the table */
void sim_foreign_each(struct sim_kernel *k, void (*fn)(void *arg, const struct sim_route *r), void *arg);
const struct sim_route *sim_foreign_best(struct sim_kernel *k, uint32_t table, const struct prefix *p);
bool sim_route_is_ours(const struct sim_route *r);
int sim_audit(struct sim_kernel *k, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg);
void sim_foreign_added(struct sim_kernel *k, const struct sim_route *r);
void sim_foreign_leaves(struct sim_kernel *k, const struct sim_route *r);

/* guard.c */
struct sim_guard_port *sim_guard_find(struct sim_kernel *k, uint32_t ifindex);
int sim_guard_port_set(struct sim_kernel *k, uint32_t ifindex, bool is_guarded);
int sim_guard_label_set(struct sim_kernel *k, uint32_t ifindex, uint32_t label, bool is_allowed);
bool sim_guard_passes(struct sim_kernel *k, uint32_t ifindex, uint32_t label); /* counts */
void sim_guard_forget(struct sim_kernel *k, uint32_t ifindex);
void sim_guard_clear(struct sim_kernel *k);

/* forward.c. Packets are taken over. */
struct sim_packet *sim_packet_copy(const struct sim_packet *p);
void sim_packet_free(struct sim_packet *p);
void sim_input(struct sim_iface *in, struct sim_packet *p);
int sim_originate(struct sim_node *node, uint32_t table, struct sim_packet *p); /* 0 or -errno: no way */
/* Out of this interface, whatever the tables say; gateway unset: to the destination itself. */
void sim_transmit(struct sim_iface *out, const struct ip_addr *gateway, struct sim_packet *p);
void sim_drop(struct sim_node *node, struct sim_packet *p, const char *why);
void sim_flights_drop(struct sim_flights *flights);

/* news.c: the kernel tells its listener */
void sim_dp_link(struct sim_iface *i);
void sim_dp_link_gone(struct sim_kernel *k, uint32_t ifindex);
void sim_dp_address(struct sim_iface *i, const struct prefix *a, bool is_gone);
void sim_dp_foreign(struct sim_kernel *k, const char *what);
void sim_dp_foreign_route(struct sim_kernel *k, const struct sim_route *r, bool is_gone);
void sim_dp_foreign_label(struct sim_kernel *k, uint32_t label, bool is_gone);
void sim_dp_guard_lost(struct sim_kernel *k);

/* segments of tcp.c */
struct sim_segment {
    uint64_t seq, ack;
    uint32_t window;
    bool is_syn, is_ack, is_fin, is_reset;
    struct ip_addr about; /* in an ICMP error: the destination of the packet it is about */
};
