/* SPDX-License-Identifier: Apache-2.0
 *
 * How many notifications a daemon may send: a bucket of so many at once and so many a second from then on, and what is
 * over is counted. Embedded in struct north.
 */
#pragma once

#include "strata/loop.h"

struct ipc_connector;
struct schema;
struct state_writer;

struct north_notify {
    const struct schema *schema;
    struct ipc_connector *const *connector;
    struct loop *loop;
    struct state_writer *writer; /* one that is being written; else NULL */
    uint64_t saved_us;           /* time that is saved up: each costs a share of a second */
    uint64_t at_us;              /* when that was counted */
    uint64_t dropped;            /* since mgmtd was told last */
    struct timer tell;           /* of what was dropped */
};

void north_notify_init(struct north_notify *q, const struct schema *schema, struct ipc_connector *const *connector,
                       struct loop *loop);
void north_notify_fini(struct north_notify *q);
void north_notify_lost(struct north_notify *q); /* mgmtd is gone */
struct state_writer *north_notify_open(struct north_notify *q, uint32_t node);
void north_notify_close(struct north_notify *q);
