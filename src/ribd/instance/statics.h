/* SPDX-License-Identifier: Apache-2.0
 *
 * Static routes of the configuration. An interface that does not exist yet is waited for.
 */
#pragma once

#include "src/ribd/instance/why.h"

struct rib;
struct statics;

/* Next hops of one distance are one route of the RIB; so is what drops packets, at the distance of the whole. */
struct static_wish {
    char instance[RIB_NAME_MAX]; /* "" public */
    struct prefix prefix;
    uint8_t distance;
    uint32_t metric, tag;
    bool is_discard, is_reject;
    size_t n_hops;
    struct hop_wish *hops;
};

struct statics *ribd_statics_create(struct rib *r, const struct ports *ports, const struct instances *instances);
void ribd_statics_destroy(struct statics *s);
void ribd_statics_want(struct statics *s, const struct static_wish *w, size_t n); /* copied */
void ribd_statics_refresh(struct statics *s); /* interfaces or instances came or went: work is due */
void ribd_statics_work(struct statics *s);    /* before the RIB settles: tell it what changed */
/* Why the route of this distance is not used: better than the RIB knows, or `reason` itself. */
const char *ribd_statics_why(const struct statics *s, uint32_t vrf, const struct prefix *p, uint8_t distance,
                             const char *reason, char why[RIBD_WHY_MAX]);
