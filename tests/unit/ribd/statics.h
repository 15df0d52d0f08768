/* SPDX-License-Identifier: Apache-2.0
 *
 * A provider edge with static routes and static label-switched paths, piece by piece: a whole ribd and the values of
 * its configuration.
 */
#pragma once

#include "whole.h"

enum { ITEMS = 8, HOPS = RIB_NEXTHOPS_MAX + 2, RED = 1001 };

typedef struct cfg_static_routes_instance_route route_t;
typedef struct cfg_static_routes_instance_route_next_hop hop_t;
typedef struct cfg_static_routes_instance_route_interface port_t;
typedef struct cfg_mpls_static_lsp lsp_t;
typedef struct cfg_mpls_static_lsp_next_hop lsp_hop_t;

/* A PE: interfaces core1 (10.9.1.1/24), core2 (10.9.2.1/24) with MPLS, plain (10.9.3.1/24) without; ce (10.9.4.1/24,
 * guarded) in the instance red; lo 10.1.0.1/32. */
struct config {
    struct ribd_config c;
    struct prefix addresses[5];
    struct cfg_interfaces_interface i[5], *ip[5];
    struct cfg_mpls_interface m[3], *mp[3];
    struct cfg_vpn_instances_vpn_instance v, *vp;
    struct cfg_static_routes_vpn_instance vs, *vsp;
    size_t n_items, n_lsps;
    struct item {
        route_t route;
        hop_t hops[HOPS], *hop_list[HOPS];
        port_t ports[2], *port_list[2];
    } items[ITEMS];
    route_t *public_routes[ITEMS], *red_routes[ITEMS];
    struct lsp_item {
        lsp_t lsp;
        lsp_hop_t hops[HOPS], *hop_list[HOPS];
        const char *guarded[1];
    } lsps[ITEMS];
    lsp_t *lsp_list[ITEMS];
};

#define SWAP   CFG_MPLS_STATIC_LSP_OPERATION_SWAP
#define POP    CFG_MPLS_STATIC_LSP_OPERATION_POP
#define LOOKUP CFG_MPLS_STATIC_LSP_OPERATION_LOOKUP

/* Without static ones. */
void fill(struct config *c);
/* A static route without next hops; `instance` "" public. */
struct item *route(struct config *c, const char *instance, const char *prefix);
/* Another next hop of it; `instance` and `labels` NULL: none. */
hop_t *hop(struct item *i, const char *address, const char *instance, const char *labels);
port_t *port(struct item *i, const char *name, const char *address);
struct lsp_item *lsp(struct config *c, const char *name, uint32_t label, enum cfg_mpls_static_lsp_operation operation);
lsp_hop_t *lsp_hop(struct lsp_item *l, const char *address, const char *labels);
void commit(struct whole *w);
/* For cmocka: *state is the whole ribd. */
int setup(void **state);
int teardown(void **state);
/* The configuration is refused, and filled anew. */
void refused(struct whole *w, const char *path);
void audit_is_clean(struct whole *w);
/* The device goes down or up, silently for what is over it. */
void link_is(struct whole *w, const char *name, bool is_up);
