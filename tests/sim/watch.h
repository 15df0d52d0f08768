/* SPDX-License-Identifier: Apache-2.0
 *
 * What every case looks at: is the network right, do kernels agree with their ribds, and a steady flow of pings over
 * all paths, each packet watched on every cable.
 */
#pragma once

#include "strata/loop.h"
#include "tests/sim/path.h"

/* Is the whole network right? Daemons run, packets take all paths with the right stacks and pings are answered, nothing
 * is stale, no kernel differs from its ribd's intent. False: `problem` says the first thing that is wrong. Takes some
 * virtual milliseconds. */
bool network_is_whole(struct network *net, char problem[PROBLEM_BYTES]);
/* The same, but packets may take other ways. */
bool network_is_open(struct network *net, char problem[PROBLEM_BYTES]);
typedef bool network_look_fn(struct network *net, char problem[PROBLEM_BYTES]);
/* Runs until it is so, at most max_ms. Returns how long it took in virtual ms, or -1. */
int64_t network_wait(struct network *net, network_look_fn *look, uint64_t max_ms, char problem[PROBLEM_BYTES]);
int64_t network_wait_whole(struct network *net, uint64_t max_ms, char problem[PROBLEM_BYTES]);
/* The number of differences between kernels and intents, or -1; `problem` names the first. */
int network_audit(struct network *net, char problem[PROBLEM_BYTES]);
/* A [[ping]] of the scenario. */
bool ping_is_right(struct network *net, const json_t *check, char problem[PROBLEM_BYTES]);

/* Twenty pings a second over each path; the answers over its reverse. */
struct flow;
struct flows {
    struct network *net;
    struct timer tick;
    uint64_t first_id;
    struct flow *flows;
    size_t n_flows;
    unsigned sent, answered;
    unsigned n_wrong; /* packets seen where or as they may not be */
    char wrong[PROBLEM_BYTES];
};
void flows_start(struct flows *f, struct network *net);
void flows_stop(struct flows *f); /* waits for the last answers */
unsigned flows_lost(const struct flows *f);
