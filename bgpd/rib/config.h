/* SPDX-License-Identifier: Apache-2.0
 *
 * What bgpd is configured to do, as values. north/config.c fills them from the schema's structs; tests by hand.
 */
#pragma once

#include "bgpd/packet/family.h"
#include "strata/rib.h"

#define BGP_LIST_NAME_MAX 64               /* with NUL; "" is no list */
#define BGP_SOURCES       RIB_SOURCE_COUNT /* that routes are redistributed from, but BGP's own */

struct bgp_family_config {
    bool is_enabled;
    bool is_next_hop_self;      /* towards IBGP; EBGP is always next hop itself */
    bool is_next_hop_unchanged; /* EBGP: pass the next hop, and so the label, on */
    bool has_as_override;       /* the neighbour's AS in the path becomes ours when sending to it */
    bool is_reflector_client;
    uint8_t allow_as_loop; /* how often our AS may stand in a received path */
    uint32_t max_prefixes; /* 0 = no limit */
    char prefix_list_in[BGP_LIST_NAME_MAX], prefix_list_out[BGP_LIST_NAME_MAX];
};

struct bgp_peer_config {
    struct ip_addr address;
    uint32_t remote_as;
    struct ip_addr local_address; /* unset: the system's choice */
    uint8_t ebgp_multihop;        /* 0: directly connected */
    bool is_passive, is_shutdown, has_ttl_security;
    bool has_site_of_origin;
    ext_community_t site_of_origin;
    uint16_t port;
    uint16_t hold_time_sec, keepalive_sec, connect_retry_sec;
    uint32_t advertisement_interval_ms;
    struct bgp_family_config family[BGP_FAMILY_COUNT];
};

struct bgp_vrf_config {
    char name[RIB_NAME_MAX]; /* "" is the public instance */
    bool has_rd;
    rd_t rd;
    size_t n_import, n_export;
    ext_community_t *import_targets, *export_targets;
    bool is_label_per_route;
    bool is_carrier; /* the customer sends labelled packets: nothing may end in a look-up of IP */
    bool has_import_table[BGP_FAMILY_COUNT]; /* SAFI 1 and 4: takes copies of the other's best routes */
    bool pops_without_lsp;                   /* SAFI 4: redistributed routes without a label-switched path */
    uint32_t redistribute[BGP_FAMILY_COUNT]; /* 1 << enum rib_source; SAFI 1 and 4 */
    char redistribute_list[BGP_FAMILY_COUNT][BGP_SOURCES][BGP_LIST_NAME_MAX];
    uint32_t redistribute_except_tag[BGP_FAMILY_COUNT][BGP_SOURCES]; /* 0: none */
    bool has_only_tag[BGP_FAMILY_COUNT][BGP_SOURCES];
    uint32_t redistribute_only_tag[BGP_FAMILY_COUNT][BGP_SOURCES];
};

struct bgp_global_config {
    uint32_t as, router_id, cluster_id;
    uint8_t distance_external, distance_internal;
    uint16_t port;
};
