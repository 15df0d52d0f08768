/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the RIB: what the operator is shown. Values are borrowed for the duration of the callback.
 */
#pragma once

#include "strata/rib.h"

struct rib;

struct rib_view_hop {
    uint32_t ifindex;
    struct ip_addr gateway;
    struct out_label label;
};

struct rib_route_view {
    uint32_t vrf;
    struct prefix prefix;
    enum rib_client_id client;
    enum rib_source source;
    uint8_t distance;
    uint32_t metric, tag;
    bool is_selected, is_installed, is_stale;
    size_t n_hops;
    const struct rib_view_hop *hops;
    const char *reason; /* why not usable or not installed; "" */
};

struct rib_label_view {
    struct rib_label_entry entry;
    enum rib_client_id client;
    enum rib_label_status status;
    bool is_stale, is_pending;
    uint32_t lookup_ifindex;
    size_t n_hops;
    const struct rib_view_hop *hops;
    size_t n_scope;
    const struct rib_scope_member *scope;
    const char *reason;
};

struct rib_counters {
    size_t routes, prefixes, nexthops, labels, bindings, sets, retries, failures;
    size_t resolutions; /* how often a next hop was resolved since start */
    size_t bytes;
};

/* `limit` 0: all. Routes of all instances, in order of instance and prefix. */
void ribd_rib_view_routes(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_route_view *v),
                          void *arg);
void ribd_rib_view_labels(const struct rib *r, size_t limit, void (*fn)(void *arg, const struct rib_label_view *v),
                          void *arg);
bool ribd_rib_view_label(const struct rib *r, uint32_t label, void (*fn)(void *arg, const struct rib_label_view *v),
                         void *arg);
void ribd_rib_count(const struct rib *r, struct rib_counters *out);
