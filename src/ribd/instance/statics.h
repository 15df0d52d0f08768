/* SPDX-License-Identifier: Apache-2.0
 *
 * Static routes of the configuration. An instance or interface that does not exist yet is waited for.
 */
#pragma once

#include "strata/rib.h"

struct instances;
struct ports;
struct rib;
struct statics;

struct static_hop {
    struct ip_addr address;
    char interface[RIB_IFNAME_MAX]; /* "" resolve */
};
struct static_wish {
    char instance[RIB_NAME_MAX]; /* "" public */
    struct prefix prefix;
    uint8_t distance;
    uint32_t tag;
    bool is_discard;
    size_t n_hops;
    struct static_hop *hops;
};

struct statics *ribd_statics_create(struct rib *r, const struct ports *ports, const struct instances *instances);
void ribd_statics_destroy(struct statics *s);
void ribd_statics_want(struct statics *s, const struct static_wish *w, size_t n); /* copied */
void ribd_statics_refresh(struct statics *s); /* interfaces or instances came or went */
