/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets of the simulated network, for tests: sending them, seeing them pass, following one through the network.
 */
#pragma once

#include "strata/sim.h"

#define SIM_LABELS_MAX 40
#define SIM_TRACE_MAX  64

enum sim_packet_kind {
    SIM_PACKET_DATA, /* taken by whoever has the destination address */
    SIM_PACKET_PING, /* answered by PONG */
    SIM_PACKET_PONG,
    SIM_PACKET_UNREACHABLE, /* ICMP error: `id` is that of the packet it is about */
    SIM_PACKET_TOO_BIG,     /* ICMP fragmentation needed */
    SIM_PACKET_UDP,         /* below: of daemons */
    SIM_PACKET_RAW,
    SIM_PACKET_TCP
};

struct sim_label {
    uint32_t label;
    uint8_t ttl;
};

struct sim_packet {
    uint64_t id;
    enum sim_packet_kind kind;
    uint8_t n_labels;
    struct sim_label labels[SIM_LABELS_MAX]; /* [0] is the top */
    struct ip_addr source, destination;
    struct ip_addr neighbor; /* on the cable: whom it is for; unset: all who are there */
    uint8_t ttl;             /* IP; sending 0 = 64 */
    uint32_t size;           /* bytes of the IP packet; sending 0 = 84 */
    uint8_t protocol;        /* RAW */
    uint16_t source_port, destination_port;
    struct sim_segment *segment; /* TCP; owned */
    uint8_t *data;               /* owned */
    size_t data_len;
};

/* One packet seen on a cable, or its end. */
struct sim_hop {
    uint64_t at_us;
    char from[24], to[24]; /* nodes; at the end: where it was delivered or dropped, and "" */
    uint8_t n_labels;
    struct sim_label labels[SIM_LABELS_MAX];
    uint8_t ttl;
    const char *dropped; /* why, NULL if it was not; static text */
    bool is_delivered;
};

struct sim_trace {
    uint64_t packet_id;
    size_t n_hops;
    struct sim_hop hops[SIM_TRACE_MAX];
};

/* Originates a packet at a node, as its own IP stack does: route lookup, labels of the route. Source unset: chosen.
 * Returns the packet's id (0: no route). */
uint64_t sim_send(struct sim_node *node, const struct sim_packet *packet);
/* Puts a packet on the cable of an interface as it is, whatever it says. */
uint64_t sim_send_raw(struct sim_node *node, const char *interface, const struct sim_packet *packet);

/* Called for DATA, PING, PONG, UNREACHABLE and TOO_BIG packets that arrive for the node itself. */
typedef void sim_packet_fn(void *arg, const struct sim_packet *packet);
void sim_node_on_packet(struct sim_node *node, sim_packet_fn *fn, void *arg);
/* Called for every packet that comes in at the interface, before anything is done with it. */
void sim_tap(struct sim_node *node, const char *interface, sim_packet_fn *fn, void *arg);
/* The same for all cables of the world: from what node to what node. */
typedef void sim_wire_fn(void *arg, const char *from, const char *to, const struct sim_packet *packet);
void sim_tap_all(struct sim *sim, sim_wire_fn *fn, void *arg);

/* Records the way of one packet from now on: `trace` is filled while the simulation runs. NULL: no more. */
void sim_trace_set(struct sim *sim, struct sim_trace *trace, uint64_t packet_id);
/* "2031(63) 3092 9900" */
char *sim_stack_text(const struct sim_label *labels, uint8_t n, char *buf, size_t size);
