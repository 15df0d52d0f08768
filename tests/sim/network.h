/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario of tests/scenarios as a simulated network: nodes and cables of topology.toml, routers with all daemons
 * that their configuration needs, created as their programs create them.
 */
#pragma once

#include "strata/sim_packet.h"

struct ly_ctx;
struct network;
struct ribd;

enum { ROUTERS_MAX = 16, HOSTS_MAX = 8, DAEMONS_MAX = 6 };

struct router {
    struct network *net;
    struct sim_node *node;
    char *config;
    struct sim_process *daemons[DAEMONS_MAX]; /* NULL: not needed */
};

struct network {
    struct sim *sim;
    struct ly_ctx *yang;
    struct router routers[ROUTERS_MAX];
    size_t n_routers;
};

extern const char *const daemon_names[DAEMONS_MAX]; /* in the order of starting */

/* `dirs`: folders with topology.toml and <router>.conf, NULL-terminated; a later folder adds to the earlier ones.
 * Reports and exits if they are wrong. */
struct network *network_create(uint64_t seed, const char *const *dirs);
void network_start(struct network *net); /* the daemons of all routers */
void network_destroy(struct network *net);
struct router *network_router(struct network *net, const char *name);
struct ribd *router_ribd(struct router *r); /* NULL: not running */
/* stratad's part: what died comes back. */
void router_crash(struct router *r, size_t daemon, uint64_t back_after_ms);
