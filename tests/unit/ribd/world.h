/* SPDX-License-Identifier: Apache-2.0
 *
 * A RIB with a fake data plane and short ways to tell it things; records what it says to clients.
 */
#pragma once

#include "fake_dp.h"
#include "src/ribd/rib/rib.h"
#include "src/ribd/rib/view.h"

struct said {
    enum { SAID_ROUTE, SAID_GONE, SAID_COMPLETE, SAID_NEXTHOP, SAID_LABEL, SAID_FAILED } kind;
    enum rib_client_id to;
    struct rib_best_route route;
    struct rib_nexthop_state nexthop;
    struct rib_label_result label;
    uint32_t vrf;
    struct prefix prefix;
    char reason[RIB_TEXT_MAX];
};

struct world {
    struct fake_dp *dp;
    struct rib *rib;
    struct said *said;
    size_t n_said;
    uint32_t gone[64]; /* labels */
    size_t n_gone;
    uint32_t next_set;
    uint32_t now_sec;
    bool is_work_due;
};

void world_init(struct world *w);
void world_fini(struct world *w);
/* For cmocka: an empty world, in *state. */
int world_setup(void **state);
int world_teardown(void **state);
void world_restart(struct world *w); /* another RIB over the same kernel */
void settle(struct world *w);        /* until nothing is outstanding */

struct ip_addr A(const char *text);
struct prefix P(const char *text);
/* An interface that is up; addresses "10.9.1.1/24 ..." */
void iface(struct world *w, uint32_t ifindex, const char *name, uint32_t vrf, const char *addresses, bool has_mpls,
           bool is_guarded);
void iface_down(struct world *w, uint32_t ifindex, const char *name, uint32_t vrf, bool has_mpls);
/* Next hops in words: "10.9.1.2 dev 3" (direct) or "10.2.0.3" (resolved), "lsp 10.2.0.3", joined with " + ". Returns a
 * set id. */
uint32_t nhset(struct world *w, enum rib_client_id c, uint32_t vrf, const char *hops);
void route(struct world *w, enum rib_client_id c, enum rib_source s, uint32_t vrf, const char *prefix, uint8_t distance,
           uint32_t hops_vrf, const char *hops, uint32_t label); /* label 0: none */
void unroute(struct world *w, enum rib_client_id c, enum rib_source s, uint32_t vrf, const char *prefix);
void binding(struct world *w, uint32_t peer, const char *prefix, uint32_t label); /* 0: delete */
void peer(struct world *w, uint32_t id, uint32_t vrf, const char *address);
void swap(struct world *w, enum rib_client_id c, uint32_t in, uint32_t vrf, const char *hops, uint32_t label,
          uint32_t scope);
void follow(struct world *w, uint32_t in, uint32_t vrf, const char *prefix);
void lookup(struct world *w, uint32_t in, uint32_t vrf, uint32_t scope);
/* The last thing said about it; fails the test if there is none. */
const struct rib_label_result *said_label(const struct world *w, uint32_t label);
const struct rib_nexthop_state *said_nexthop(const struct world *w, uint32_t watch);
const struct said *said_route(const struct world *w, enum rib_client_id to, uint32_t vrf,
                              const char *prefix); /* NULL if none */
size_t said_count(const struct world *w, int kind);
int audit(struct world *w, bool is_repair);
