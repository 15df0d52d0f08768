/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario of tests/scenarios as a simulated network: its nodes and cables, routers with all daemons that their
 * configuration needs, created as their programs create them.
 */
#pragma once

#include "strata/loop.h"
#include "strata/sim_packet.h"
#include "tests/sim/scenario.h"

struct ly_ctx;
struct network;
struct path;
struct ribd;

enum { ROUTERS_MAX = 32, CABLES_MAX = 96, PATHS_MAX = 32, DAEMONS_MAX = 6, OTHERS_MAX = 16 };

struct router {
    struct network *net;
    struct sim_node *node;
    const char *config;
    struct sim_process *daemons[DAEMONS_MAX]; /* NULL: never needed */
    bool is_needed[DAEMONS_MAX];
};

/* A route that another program has on a router. */
struct other_route {
    struct router *router;
    struct prefix prefix;
    char gateway[64], interface[64], instance[64]; /* "": main */
    uint32_t metric;
    bool is_away;  /* taken back */
    bool is_stuck; /* it was taken back, and somebody still had it after that */
};

struct network {
    struct scenario scenario;
    struct sim *sim;
    struct ly_ctx *yang;
    struct router routers[ROUTERS_MAX];
    size_t n_routers;
    struct sim_cable *cables[CABLES_MAX]; /* as checks.links of the scenario are */
    size_t n_cables;
    struct path *paths[PATHS_MAX]; /* path.h: what [[stack]] expects */
    size_t n_paths;
    struct other_route others[OTHERS_MAX];
    size_t n_others;
    struct other_program {
        struct sim_process *process;
        struct timer again; /* see to it that they are there */
    } other;
    const char *twins[2]; /* NULL, or a node of the scenario and another that may stand in its place on any way */
    bool is_redundant;    /* beside the twins there are more ways than one between those who talk */
};

extern const char *const daemon_names[DAEMONS_MAX]; /* in the order of starting */

/* `where`: as scenario_load. Reports and exits if it is wrong. */
struct network *network_create(uint64_t seed, const char *where);
void network_destroy(struct network *net);
struct router *network_router(struct network *net, const char *name);

/* other.c: another program beside Strata */
void other_read(struct network *net, struct router *r, const json_t *node); /* what it shall do there */
void other_start(struct network *net); /* again and again, as far as it can be done */
void other_delete(struct other_route *o);
void other_stop(struct network *net);

/* stratad.c */
void network_start(struct network *net);    /* the daemons of all routers */
struct ribd *router_ribd(struct router *r); /* NULL: not running */
/* What died comes back. Nothing happens if the daemon is not needed. */
void router_crash(struct router *r, size_t daemon, uint64_t back_after_ms);
void router_start(struct router *r, size_t daemon); /* again, if it is needed */
