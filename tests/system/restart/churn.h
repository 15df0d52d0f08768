/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of ribd that never rests: thousands of routes and label entries, some of which change every few
 * milliseconds, and a few that never change and carry traffic. It knows what the kernel must hold in the end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "strata/env.h"
#include "strata/loop.h"
#include "strata/rib_client.h"

enum { CHURN_SETS = 64, CHURN_LABEL_FIRST = 1000 };

struct churn {
    const struct env *env;
    struct rib_client *client;
    bool has_mpls;
    uint64_t random;
    uint32_t n_routes, n_labels;
    uint8_t *route_set; /* by route: its next-hop set + 1, or 0 */
    struct churn_label {
        uint32_t label, out; /* 0: none yet */
        bool is_installed;
    } * labels;
    struct churn_label kept, forbidden; /* to the host; the second is never allowed on the far side */
    uint32_t sets[CHURN_SETS], kept_set, host_set, far_set, scope;
    uint32_t out_ifindex, host_ifindex;
    struct timer tick;
    bool is_running;       /* changes something at each tick */
    uint32_t n_sessions;   /* so far */
    uint32_t n_relabelled; /* a FEC got another label than before: must stay 0 */
    uint64_t n_changes;
    bool is_replayed;
};

void churn_start(struct churn *c, const struct env *env, uint64_t seed, uint32_t n_routes, uint32_t n_labels);
void churn_end(struct churn *c);
bool churn_is_settled(const struct churn *c); /* all was told and every label is installed */
uint64_t churn_random(struct churn *c);
struct prefix churn_prefix(uint32_t route);
/* What its set is for: the label that is pushed, or without MPLS the last octet of the gateway. 0: no such route. */
uint32_t churn_route_mark(const struct churn *c, uint32_t route);
