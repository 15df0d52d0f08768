/* SPDX-License-Identifier: Apache-2.0
 *
 * What was found out about the kernel below, and what it means for a router. Pure.
 */
#pragma once

#include "src/ribd/dataplane.h"

enum { PLATFORM_KERNEL_MIN = 5 << 8 | 10 };

struct platform_facts {
    unsigned kernel; /* major << 8 | minor; 0: not known */
    bool may_write;  /* CAP_NET_ADMIN in this network namespace */
    bool has_nexthops;
    bool has_router, has_tunnel, has_vrf, has_guard;
    bool is_setup; /* the switches have been set, as far as they could be */
    uint32_t platform_labels;
    uint32_t labels_wanted;
    int labels_error;       /* 0 or -errno of setting it */
    char failed_switch[80]; /* the first of the others that could not be set; "" */
    int switch_error;       /* why */
};

/* One line for each thing that is missing: what does not work, and what to do. */
void platform_words(const struct platform_facts *f, struct dp_platform *out);
