/* SPDX-License-Identifier: Apache-2.0
 *
 * The Linux kernel as data plane: makes a struct dataplane (src/ribd/dataplane.h) that speaks netlink.
 */
#pragma once

struct dataplane;
struct log;
struct loop;

/* event_loop must be of loop_event_create. The caller's network namespace is the one that is programmed, for good.
 * 0 or -errno (-EPERM without CAP_NET_ADMIN shows only when something is written). */
int dataplane_kernel_create(struct loop *event_loop, struct log *log, struct dataplane **out);
