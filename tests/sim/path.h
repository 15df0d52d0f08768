/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways of packets and their label stacks, as [[stack]] says them, and packets that are followed to see it.
 */
#pragma once

#include "tests/sim/label.h"

enum { PROBLEM_BYTES = 600, PATH_HOPS_MAX = 40 };

struct path_hop {
    char from[16], to[16];
    const json_t *labels; /* list, top first; NULL: none */
};

struct path {
    const char *from, *to;
    char address[32];
    bool is_free;                        /* of a [[ping]]: only the answer counts; `to` may be NULL */
    struct path_hop hops[PATH_HOPS_MAX]; /* as the scenario writes them */
    size_t n_hops;
    struct path_hop way[PATH_HOPS_MAX]; /* all hops of the packet that was right the first time */
    size_t n_way;
    const struct path *reverse; /* NULL: nothing is said about it */
};

void paths_create(struct network *net); /* of all stacks, then of pings that go elsewhere */
void paths_destroy(struct network *net);
/* A packet takes it, with the right label at each place. Takes some virtual milliseconds. */
bool path_is_right(struct network *net, struct path *p, char problem[PROBLEM_BYTES]);
/* A packet gets there on whatever way; no other node of the edge sees it, and its last label is the right one. */
bool path_is_open(struct network *net, struct path *p, char problem[PROBLEM_BYTES]);
/* NULL, or what is wrong with a packet of the path at this place, even while the network is not whole. */
const char *path_fault(struct network *net, const struct path *p, const char *from, const char *to,
                       const struct sim_packet *packet);

/* Gives the packet an id, sends it (over that interface if not NULL, else as its routes say) and follows it to its end.
 */
void network_follow(struct network *net, const char *from, const char *interface, struct sim_packet *p,
                    struct sim_trace *trace);
/* The same with a packet of data. size 0: small. False: not delivered at `to` (NULL: anywhere). */
bool network_trace(struct network *net, const char *from, const char *to_address, const char *to, uint32_t size,
                   struct sim_trace *trace);
bool trace_is_delivered(const struct sim_trace *trace, const char *at);
bool trace_visits(const struct sim_trace *trace, const char *node); /* the packet came there */
void trace_print(const struct sim_trace *trace);
/* "n -> m: dropped: why", what became of it. */
void trace_end(const struct sim_trace *trace, char problem[PROBLEM_BYTES]);
