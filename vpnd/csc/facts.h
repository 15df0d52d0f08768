/* SPDX-License-Identifier: Apache-2.0
 *
 * What vpnd knows of other daemons' state: read from mgmtd's answers (JSON, RFC 7951), a source at a time. Pure.
 * Answers come over the network's edge in part (error texts, states), so nothing in them is trusted to be there or well
 * formed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strata/rib.h"

/* One question to mgmtd each. */
enum csc_source {
    CSC_SOURCE_INSTANCES,  /* ribd: counts of each instance, and the far ends of its routes */
    CSC_SOURCE_NEXT_HOPS,  /* ribd: which far ends are reached */
    CSC_SOURCE_PLATFORM,   /* ribd: what the kernel lacks, which interfaces are too narrow */
    CSC_SOURCE_BGP,        /* public neighbours: other provider edge routers, route reflectors */
    CSC_SOURCE_BGP_VPN,    /* neighbours in instances: routers of customers */
    CSC_SOURCE_BGP_TABLES, /* counts of BGP's tables in instances */
    CSC_SOURCE_UNIMPORTED, /* far ends of VPN routes that no instance imports */
    CSC_SOURCE_LDP_VPN,
    CSC_SOURCE_LDP_LABELS, /* configuration: what LDP labels in instances */
    CSC_SOURCE_OSPF_VPN,
    CSC_SOURCE_COUNT
};
const char *csc_source_path(enum csc_source s);   /* "/rib/vpn-instance" */
const char *csc_source_daemon(enum csc_source s); /* "ribd" */
bool csc_source_is_config(enum csc_source s);     /* configuration is asked for, not state */

enum { CSC_ADDRESSES_MAX = 8 };

struct csc_session {
    char instance[RIB_NAME_MAX]; /* "" public */
    enum csc_protocol { CSC_PROTOCOL_BGP, CSC_PROTOCOL_LDP, CSC_PROTOCOL_OSPF } protocol;
    struct ip_addr neighbor;
    struct ip_addr also[CSC_ADDRESSES_MAX]; /* LDP: other addresses of the neighbour */
    size_t n_also;
    char interface[RIB_IFNAME_MAX]; /* OSPF; "" else */
    char state[24];
    bool is_up;
    bool has_labels; /* LDP, or BGP with the labelled family */
    bool has_since;
    uint32_t since_sec;
    uint32_t routes; /* BGP: accepted */
    char error[RIB_TEXT_MAX];
};

struct csc_far_end {
    struct ip_addr address;
    uint64_t routes;
    bool has_lsp;
};

struct csc_counts {
    char instance[RIB_NAME_MAX];
    uint64_t local_routes, remote_routes, unusable_routes, labels, unusable_labels;
    struct csc_far_end *far_ends;
    size_t n_far_ends;
};

struct csc_example {
    char text[RIB_TEXT_MAX + 64]; /* "10.2.0.9/32: why" */
};

/* BGP's routes of an instance that lead nowhere or that nobody is told of. */
struct csc_tables {
    char instance[RIB_NAME_MAX];
    uint32_t unusable, without_label, networks; /* networks: LDP has no label for them */
    struct csc_example unusable_example, without_label_example, networks_example;
};

/* VPN routes of a far end that no instance here imports. */
struct csc_unimported {
    struct ip_addr address;
    uint32_t routes;
    struct csc_example example;
};

struct csc_instance {
    char name[RIB_NAME_MAX];
};

struct csc_next_hop { /* of the public instance, over a label-switched path */
    struct ip_addr address;
    bool is_usable;
    char reason[RIB_TEXT_MAX];
};

struct csc_answer {
    bool is_known;  /* there is one; what follows is from it */
    bool is_silent; /* the last question had no answer from the daemon although it should run */
    uint64_t told_us;
    struct csc_session *sessions;
    size_t n_sessions;
    struct csc_counts *counts;
    size_t n_counts;
    struct csc_tables *tables;
    size_t n_tables;
    struct csc_unimported *unimported;
    size_t n_unimported;
    struct csc_instance *labels_all; /* LDP labels networks, too */
    size_t n_labels_all;
    struct csc_next_hop *next_hops;
    size_t n_next_hops;
    char missing[400]; /* what the kernel lacks */
    char **warnings;   /* of interfaces: "interface NAME: ..." */
    size_t n_warnings;
};

struct csc_facts {
    struct csc_answer from[CSC_SOURCE_COUNT];
};

/* Takes the answer in the place of the former one; false, and nothing changed, if it is no JSON. */
bool csc_facts_take(struct csc_facts *f, enum csc_source s, const char *json, uint64_t now_us);
void csc_facts_fini(struct csc_facts *f);
const struct csc_counts *csc_facts_counts(const struct csc_facts *f, const char *instance);            /* NULL */
const struct csc_tables *csc_facts_tables(const struct csc_facts *f, const char *instance);            /* NULL */
const struct csc_unimported *csc_facts_unimported(const struct csc_facts *f, const struct ip_addr *a); /* NULL */
bool csc_facts_labels_networks(const struct csc_facts *f, const char *instance);
const struct csc_next_hop *csc_facts_next_hop(const struct csc_facts *f, const struct ip_addr *a); /* NULL */
