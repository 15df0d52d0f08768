/* SPDX-License-Identifier: Apache-2.0
 *
 * The decision process (RFC 4271 s9.1.2.2, RFC 4456 s9): steps that each keep the best of what is left.
 */
#pragma once

#include <stddef.h>

struct bgp_path;

enum bgp_decision {
    BGP_DECIDED_BEST,
    BGP_DECIDED_UNUSABLE,
    BGP_DECIDED_LOCAL,
    BGP_DECIDED_LOCAL_PREF,
    BGP_DECIDED_AS_PATH,
    BGP_DECIDED_ORIGIN,
    BGP_DECIDED_MED,
    BGP_DECIDED_EXTERNAL,
    BGP_DECIDED_IMPORTED,
    BGP_DECIDED_IGP_METRIC,
    BGP_DECIDED_ROUTER_ID,
    BGP_DECIDED_CLUSTER_LIST,
    BGP_DECIDED_ADDRESS,
    BGP_DECIDED_IDENTITY,
    BGP_DECIDED_COPIED
};
const char *bgp_decision_text(enum bgp_decision d); /* "higher MED": why a path is not the best */

/* Chooses among the paths (order does not matter), sets lost_at in each. NULL if none is usable. */
struct bgp_path *bgp_decide(struct bgp_path **paths, size_t n);
