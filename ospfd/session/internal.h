/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of ospfd/session share: the structs of an instance and what each file offers to the others.
 *
 *   instance --- areas --- interfaces (a socket each) --- neighbours (lists of the exchange and of flooding)
 *       |          `-- database of the area
 *       |-- database of AS scope
 *       |-- our own LSAs (what they shall say)    <- interfaces, neighbours, routes to redistribute
 *       `-- routing table                         <- databases, throttled
 */
#pragma once

#include <sys/queue.h>
#include <uthash.h>

#include "ospfd/packet/packet.h"
#include "ospfd/session/fsm.h"
#include "ospfd/session/instance.h"
#include "ospfd_config.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

#define OSPF_LSDB_MAX 1000000u /* LSAs of one database: what a peer may make us hold */
#define US_PER_SEC    1000000u

#define OSPF_NEIGHBORS_MAX 256 /* of one interface */

struct ospf_interface;

/* --- output.c: a packet that is being filled with LSAs or headers and leaves soon --- */
struct ospf_packer {
    struct ospf_interface *interface;
    struct ospf_neighbor *neighbor; /* to it alone; NULL: to the group */
    uint8_t type;                   /* OSPF_PACKET_UPDATE or OSPF_PACKET_ACK */
    uint8_t *buf;
    size_t size;
    struct wire_writer w;
    uint32_t count;
    struct timer flush;
};

struct ospf_request {
    UT_hash_handle hh;
    TAILQ_ENTRY(ospf_request) entry;
    struct ospf_lsa_header h;
    bool is_sent;
};

struct ospf_retransmit {
    UT_hash_handle hh;
    TAILQ_ENTRY(ospf_retransmit) entry; /* in order of sending */
    struct ospf_lsdb_entry *lsdb_entry; /* key; stays while n_retransmits says so */
    uint64_t sent_us;
};

struct ospf_dd_last {
    uint8_t flags, options;
    uint32_t seq;
};

/* The database exchange of one neighbour (s10.6, s10.8) */
struct ospf_exchange {
    bool is_master, has_last, peer_is_done;
    uint32_t seq;
    struct ospf_dd_last last; /* received */
    struct ospf_lsa_key *summary;
    size_t n_summary, at_summary;
    uint8_t *sent; /* the last description: to be repeated */
    size_t sent_len;
    bool sent_more;
    struct timer resend;
};

struct ospf_neighbor {
    LIST_ENTRY(ospf_neighbor) entry;
    struct ospf_interface *interface;
    uint32_t router_id, address;
    uint8_t priority, options;
    uint32_t dr, bdr; /* broadcast: the designated routers that it names; 0: none */
    enum ospf_neighbor_state state;
    uint64_t since_us;
    uint32_t transitions;
    const char *last_event;
    struct timer inactivity;
    struct timer hold; /* it left Full, but is alive: it still counts while this runs */
    struct ospf_exchange x;
    struct ospf_request *request_hash;
    TAILQ_HEAD(, ospf_request) requests;
    size_t n_outstanding;
    struct timer request_timer;
    struct ospf_retransmit *retransmit_hash;
    TAILQ_HEAD(, ospf_retransmit) retransmits;
    struct timer retransmit_timer;
    struct ospf_packer updates, acks; /* broadcast: what is for it alone */
};

/* What only a broadcast link has. */
struct ospf_broadcast {
    uint32_t dr, bdr;   /* addresses of the designated routers; 0: none, or not known yet */
    uint32_t network;   /* the id of the network-LSA that we want to be there; 0: none */
    uint64_t since_us;  /* when one of them last changed */
    struct timer wait;  /* at its end we elect, whoever is there */
    struct timer elect; /* an election is due */
};

struct ospf_interface {
    LIST_ENTRY(ospf_interface) entry;
    struct ospf_area *area;
    char name[RIB_IFNAME_MAX];
    struct cfg_ospf_instance_areas_area_interface config; /* name is not to be used: it belongs to the configuration */
    bool has_rib;
    struct rib_interface rib; /* addresses owned here */
    enum ospf_interface_state state;
    struct prefix address; /* it speaks from it; unset: none */
    struct dgram *socket;
    char error[80];
    struct timer hello;
    struct ospf_broadcast lan;
    struct ospf_packer updates, acks;
    struct ospf_lsdb *link_db; /* link-local opaque LSAs; NULL until there is one */
    LIST_HEAD(, ospf_neighbor) neighbors;
    uint64_t received, sent, last_hello_us;
};

struct ospf_area {
    LIST_ENTRY(ospf_area) entry;
    struct ospf_instance *instance;
    uint32_t id;
    struct ospf_lsdb *db;
    LIST_HEAD(, ospf_interface) interfaces;
};

/* What one LSA of ours shall say; the database holds what was said. */
struct ospf_own_key {
    struct ospf_area *area; /* NULL: AS scope */
    uint32_t type;
    uint32_t id;
};
struct ospf_own {
    UT_hash_handle hh;
    struct ospf_own_key key;
    struct ospf_instance *instance;
    uint8_t options;
    bool is_wanted;
    bool is_wrapping; /* the last sequence number is being flushed before the first is used again (s12.1.6) */
    uint8_t *body;
    size_t len;
    uint64_t last_us; /* when it was originated; 0: never */
    struct timer due;
};

/* A route of another protocol that may be advertised. */
struct ospf_candidate {
    UT_hash_handle hh;
    UT_hash_handle by_id;
    struct prefix prefix;
    uint8_t source; /* enum rib_source */
    uint32_t metric, tag;
    bool is_stale, is_advertised;
    uint32_t id; /* LS id while advertised */
};

enum ospf_spf_state { OSPF_SPF_QUIET, OSPF_SPF_SHORT_WAIT, OSPF_SPF_LONG_WAIT };

struct ospf_spf_throttle {
    enum ospf_spf_state state;
    struct timer run, learn, hold_down;
    uint64_t last_us, duration_us;
};

struct ospf_redistribution {
    struct ospf_candidate *by_prefix, *by_id;
    bool is_known; /* a dump has ended: what is not there is not wanted */
};

struct ospf_accounts {
    struct mem_account lsa, lsdb, neighbor, spf, own;
};

struct ospf_instance {
    const struct env *env;
    uint32_t vrf, router_id;
    char name[RIB_NAME_MAX];
    const struct ospf_rib_ops *rib;
    void *rib_arg;
    const struct cfg_ospf_instance *config;
    const struct cfg_policy *policy;
    LIST_HEAD(, ospf_area) areas;
    struct ospf_lsdb *as_db;
    struct ospf_own *own;
    struct ospf_redistribution external;
    struct ospf_spf_throttle spf;
    struct ospf_table *table;
    struct timer second, sweep;
    size_t n_exchanging; /* neighbours in Exchange or Loading: MaxAge LSAs stay (s14) */
    bool is_stopping;
    struct ospf_accounts mem;
    struct ospf_counters counters;
};

static inline struct ospf_instance *ospf_interface_instance(const struct ospf_interface *f)
{
    return f->area->instance;
}
/* Does it send and receive? */
static inline bool ospf_interface_speaks(const struct ospf_interface *f)
{
    return f->state >= OSPF_IF_POINT_TO_POINT;
}
static inline bool ospf_interface_is_broadcast(const struct ospf_interface *f)
{
    return f->state >= OSPF_IF_WAITING;
}
static inline uint64_t ospf_now(const struct ospf_instance *i)
{
    return loop_now_us(i->env->loop);
}
/* Does it connect a customer to a VPN? Then what came from there is marked, and not taken back (RFC 4577 s4.2.5). */
static inline bool ospf_is_provider_edge(const struct ospf_instance *i)
{
    return i->vrf != RIB_VRF_PUBLIC && !i->config->multi_vrf_ce;
}
/* An interface address that others may know: IPv4, and not 127.0.0.1 and the like. */
static inline bool ospf_is_usable(const struct prefix *p)
{
    return p->addr.family == AF_IPV4 && !ip_addr_is_martian(&p->addr);
}
void ospf_drop(struct ospf_instance *i, enum ospf_drop d);
char *ospf_id_text(uint32_t id, char *buf); /* dotted quad; ADDR_TEXT_MAX */

/* interface.c */
struct ospf_interface *ospf_interface_create(struct ospf_area *a,
                                             const struct cfg_ospf_instance_areas_area_interface *config);
void ospf_interface_destroy(struct ospf_interface *f);
void ospf_interface_configure(struct ospf_interface *f, const struct cfg_ospf_instance_areas_area_interface *config);
void ospf_interface_update(struct ospf_interface *f, const struct rib_interface *rib); /* NULL: it is gone */
void ospf_interface_event(struct ospf_interface *f, enum ospf_interface_event event);

/* broadcast.c: the interface's state is Waiting or above, but for init */
uint32_t ospf_interface_address(const struct ospf_interface *f);
void ospf_broadcast_init(struct ospf_interface *f);
void ospf_broadcast_start(struct ospf_interface *f);
void ospf_broadcast_stop(struct ospf_interface *f);
void ospf_broadcast_change(struct ospf_interface *f); /* NeighborChange: elect anew, at the end of this turn */
void ospf_broadcast_hello(struct ospf_neighbor *n, const struct ospf_hello *h); /* heard in both directions */
bool ospf_broadcast_wants(const struct ospf_neighbor *n);                       /* is it to be adjacent? (s10.4) */
void ospf_broadcast_elect(struct ospf_interface *f);
void ospf_broadcast_join(struct ospf_interface *f, enum ospf_interface_state next); /* the group of that state */
bool ospf_broadcast_is_converged(const struct ospf_interface *f);

/* receive.c */
dgram_fn ospf_receive;

/* hello.c */
void ospf_hello_send(struct ospf_interface *f);
void ospf_hello_soon(struct ospf_interface *f); /* before its time, but not many in a row */
void ospf_hello_receive(struct ospf_interface *f, const struct ospf_header *h, uint32_t source,
                        struct wire_reader *body);

/* neighbor.c */
struct ospf_neighbor *ospf_neighbor_create(struct ospf_interface *f, uint32_t router_id, uint32_t address);
struct ospf_neighbor *ospf_neighbor_find(const struct ospf_interface *f, uint32_t router_id);
/* Is it a link of our router-LSA and a way to go? Full, or for a moment on the way back to it. */
bool ospf_neighbor_counts(const struct ospf_neighbor *n);
/* Does it take part in the election of a broadcast link? Heard in both directions, or for a moment on the way back. */
bool ospf_neighbor_is_elector(const struct ospf_neighbor *n);
/* May delete the neighbour: true if it is still there. */
bool ospf_neighbor_event(struct ospf_neighbor *n, enum ospf_neighbor_event event);

/* exchange.c */
void ospf_exchange_negotiate(struct ospf_neighbor *n);
void ospf_exchange_describe(struct ospf_neighbor *n);
void ospf_exchange_clear(struct ospf_neighbor *n);
void ospf_exchange_receive(struct ospf_neighbor *n, struct wire_reader *body);

/* request.c */
void ospf_request_add(struct ospf_neighbor *n, const struct ospf_lsa_header *h);
struct ospf_request *ospf_request_find(const struct ospf_neighbor *n, const struct ospf_lsa_key *key);
void ospf_request_remove(struct ospf_neighbor *n, struct ospf_request *r);
void ospf_request_clear(struct ospf_neighbor *n);
void ospf_request_send(struct ospf_neighbor *n); /* the next ones, unless some are outstanding */
void ospf_request_check_done(struct ospf_neighbor *n);
void ospf_request_receive(struct ospf_neighbor *n, struct wire_reader *body);

/* retransmit.c */
void ospf_retransmit_add(struct ospf_neighbor *n, struct ospf_lsdb_entry *e);
bool ospf_retransmit_remove(struct ospf_neighbor *n, struct ospf_lsdb_entry *e);
void ospf_retransmit_remove_everywhere(struct ospf_instance *i, struct ospf_lsdb_entry *e);
void ospf_retransmit_clear(struct ospf_neighbor *n);
void ospf_ack_receive(struct ospf_neighbor *n, struct wire_reader *body);

/* update.c */
void ospf_update_receive(struct ospf_neighbor *n, struct wire_reader *body);

/* flood.c */
struct ospf_lsdb *ospf_flood_db(const struct ospf_interface *f,
                                uint32_t type); /* where an LSA of this type heard here lives */
/* Installs, takes the old copy off all lists, floods; `from`: who sent it, or NULL. Where: area (NULL: AS scope), or
 * the link `f` for link scope. Takes over the reference. *is_flooded_back (may be NULL): it went out on the interface
 * that it came from, too. */
struct ospf_lsdb_entry *ospf_flood_install(struct ospf_instance *i, struct ospf_area *area, struct ospf_interface *f,
                                           struct ospf_lsa *lsa, struct ospf_neighbor *from, bool *is_flooded_back);
void ospf_flood_sweep_soon(struct ospf_instance *i); /* remove MaxAge LSAs that nobody needs any more */
void ospf_flood_sweep(void *instance);
void ospf_flood_second(void *instance);                                 /* aging */
bool ospf_flood_may_send(const struct ospf_neighbor *n, uint32_t type); /* opaque LSAs go to who knows them */

/* originate.c */
void ospf_own_set(struct ospf_instance *i, const struct ospf_own_key *key, uint8_t options, const uint8_t *body,
                  size_t len);
void ospf_own_clear(struct ospf_instance *i, const struct ospf_own_key *key);
/* An LSA with our router id came from outside, newer than ours, and was installed (s13.4). */
void ospf_own_heard(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb_entry *e);
/* A network-LSA of another router with an address of ours for its id: our own, from when we had another router id. */
void ospf_own_flush_foreign(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb_entry *e);
void ospf_own_refresh(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb_entry *e);
void ospf_own_removed(struct ospf_instance *i, struct ospf_area *area, const struct ospf_lsa_key *key);
void ospf_own_flush_unwanted(struct ospf_instance *i); /* those of an earlier life that nobody wants now */
void ospf_own_flush_all(struct ospf_instance *i);
void ospf_own_fini(struct ospf_instance *i);
void ospf_own_forget_area(struct ospf_instance *i, struct ospf_area *area);

/* router.c */
void ospf_router_lsa_update(struct ospf_area *a);
void ospf_router_lsa_update_all(struct ospf_instance *i);
void ospf_network_lsa_clear(struct ospf_interface *f); /* the interface ends */

/* external.c */
void ospf_external_reevaluate(struct ospf_instance *i);
void ospf_external_fini(struct ospf_instance *i);

/* paths.c */
void ospf_paths_init(struct ospf_instance *i);
void ospf_paths_changed(struct ospf_instance *i); /* compute soon */
void ospf_paths_fini(struct ospf_instance *i);
const char *ospf_paths_state_name(enum ospf_spf_state s);

/* output.c */
void ospf_packer_init(struct ospf_packer *p, struct ospf_interface *f, struct ospf_neighbor *n, uint8_t type);
void ospf_packer_fini(struct ospf_packer *p);
void ospf_packer_flush(void *packer);
size_t ospf_interface_payload_max(const struct ospf_interface *f); /* octets of an OSPF packet that fit the MTU */
/* Hellos: to all. Descriptions and requests: to one. */
void ospf_send_all(struct ospf_interface *f, const uint8_t *packet, size_t len);
void ospf_send_to(struct ospf_neighbor *n, const uint8_t *packet, size_t len);
/* In an update at the end of this turn: to all who need it, or to one. */
void ospf_send_lsa(struct ospf_interface *f, const struct ospf_lsa *lsa);
void ospf_send_lsa_to(struct ospf_neighbor *n, const struct ospf_lsa *lsa);
/* Delayed acknowledgments are for all; direct ones for one, and at the end of this turn. */
void ospf_send_ack(struct ospf_interface *f, const struct ospf_lsa_header *h);
void ospf_send_ack_to(struct ospf_neighbor *n, const struct ospf_lsa_header *h);
