/* SPDX-License-Identifier: Apache-2.0
 *
 * What the simulation's cases look at: the customer's packets and their label stacks, whether each label means to its
 * receiver what its sender meant, whether kernels agree with their ribds, a steady flow of pings.
 */
#pragma once

#include "strata/loop.h"
#include "tests/sim/network.h"

enum { PROBLEM_BYTES = 600 };

/* "ROUTER ldp PREFIX", "ROUTER bgp [VPN-INSTANCE] PREFIX": does this router hold that label for that purpose? */
bool label_means(struct network *net, uint32_t label, const char *meaning);
/* An installed label of that meaning; 0 if there is none. */
uint32_t label_of(struct network *net, const char *meaning);
/* Is the whole network right? Packets pass both ways with the right stacks, nothing is stale, no kernel differs from
 * its ribd's intent. False: `problem` says the first thing that is wrong. Takes some virtual milliseconds. */
bool network_is_whole(struct network *net, char problem[PROBLEM_BYTES]);
/* Runs until it is whole, at most max_ms. Returns how long it took in virtual ms, or -1. */
int64_t network_wait_whole(struct network *net, uint64_t max_ms, char problem[PROBLEM_BYTES]);
/* The number of differences between kernels and intents, or -1; `problem` names the first. */
int network_audit(struct network *net, char problem[PROBLEM_BYTES]);
/* Who must not know what. */
bool network_is_isolated(struct network *net, char problem[PROBLEM_BYTES]);
/* Sends one packet and follows it to its end. */
void network_trace(struct network *net, const char *from, const char *to_address, struct sim_trace *trace);
bool trace_is_delivered(const struct sim_trace *trace, const char *at);
void trace_print(const struct sim_trace *trace);

/* Twenty pings a second from cust1 to cust2. */
struct flow {
    struct network *net;
    struct timer tick;
    unsigned sent, answered;
    uint64_t first_id;
    uint8_t answers[65536 / 8];
    unsigned n_wrong; /* seen on a cable with fewer or more labels than the path has there, or with a wrong one */
    char wrong[PROBLEM_BYTES];
};
void flow_start(struct flow *f, struct network *net);
void flow_stop(struct flow *f); /* waits for the last answers */
unsigned flow_lost(const struct flow *f);
