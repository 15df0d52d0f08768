/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a next hop of the configuration leads nowhere, as operators ask: is the interface missing, switched off, without
 * carrier? The RIB knows only that it is not up, or that there is no route.
 */
#pragma once

#include "src/ribd/instance/hop.h"

enum { RIBD_WHY_MAX = 200 };

/* A better reason than the RIB's for what has these next hops; `reason` itself if there is none, or it is "". */
const char *ribd_why_hops(const struct ports *ports, const struct instances *instances, const struct hop_wish *hops,
                          size_t n, const char *reason, char why[RIBD_WHY_MAX]);
/* The same for an address that is resolved in an instance. */
const char *ribd_why_address(const struct ports *ports, const struct instances *instances, uint32_t vrf,
                             const struct ip_addr *a, const char *reason, char why[RIBD_WHY_MAX]);
