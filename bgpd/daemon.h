/* SPDX-License-Identifier: Apache-2.0
 *
 * The root object of bgpd. A process may hold several.
 */
#pragma once

#include "bgpd/rib/rib.h"

struct bgpd;
struct bgp_speaker;
struct env;

struct bgpd *bgpd_create(const struct env *env); /* *env is copied; what it points to is borrowed */
/* Orderly end: neighbours get a Cease. ribd keeps our routes and labels until we are back, or its grace time is over.
 */
void bgpd_destroy(struct bgpd *d);

/* What is configured, as one value; north/config.c makes it from the schema's structs. Lists are borrowed for the call.
 */
struct bgpd_wanted_peer {
    const char *vrf; /* "" is the public instance */
    struct bgp_peer_config cfg;
};
struct bgpd_wanted {
    bool is_configured; /* false: no BGP at all */
    struct bgp_global_config global;
    const struct cfg_policy *policy; /* valid until the next value was applied */
    size_t n_vrfs, n_peers;
    const struct bgp_vrf_config *vrfs; /* the public instance included */
    const struct bgpd_wanted_peer *peers;
};
/* Makes it so: what has gone is removed, what is new is added, what is unchanged is left alone. */
void bgpd_apply(struct bgpd *d, const struct bgpd_wanted *w);

struct bgp_rib *bgpd_rib(const struct bgpd *d);
struct bgp_speaker *bgpd_speaker(const struct bgpd *d);
const struct env *bgpd_env(const struct bgpd *d);
