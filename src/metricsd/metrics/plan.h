/* SPDX-License-Identifier: Apache-2.0
 *
 * What of the schema is exported as metrics: nodes marked with st:metrics (strata-types.yang). A marked node's own
 * numbers, booleans and enumerations count, and those of containers below; a list below it only if it is marked, too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lysc_node;

/* Paths of state to ask for, outermost marked nodes in the order of the schema. */
struct metrics_plan {
    size_t n;
    char **paths;
};

/* The context is compiled anew, so that nodes know how they were written (metric types come from typedefs). */
int metrics_plan_init(struct metrics_plan *p, struct ly_ctx *ctx);
void metrics_plan_fini(struct metrics_plan *p);

bool metrics_is_marked(const struct lysc_node *n);
bool metrics_is_counter(const struct lysc_node *leaf); /* of a counter type */

#define METRICS_NAME_MAX 200
/* The name of the part of a metric that stands for a node below `prefix` ("strata_bgp"): into `out`. What only groups
 * is left out: a container that holds nothing but a list of the singular of its name, one called `state`, and the list
 * of VPN instances where the public instance has the same nodes. */
void metrics_name(const char *prefix, const struct lysc_node *n, char out[METRICS_NAME_MAX]);
