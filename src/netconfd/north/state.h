/* SPDX-License-Identifier: Apache-2.0
 *
 * What netconfd tells of itself: /netconf-server/state and /netconf-server/session.
 */
#pragma once

#include <stdint.h>

#include "src/netconfd/session/session.h"

struct state_writer;

struct netconfd_counters {
    uint64_t accepted, refused, dropped, opened, bad_hellos, broken_off;
    struct session_counters ended; /* of the sessions that are over */
};

/* In this order, that of the schema. `started`: RFC 3339. `all`: of every session there was. */
void netconfd_state_open(struct state_writer *w, const char *started, const struct netconfd_counters *counters,
                         const struct session_counters *all);
void netconfd_state_session(struct state_writer *w, const struct session_info *info, const char *user, uint64_t now_us);
void netconfd_state_close(struct state_writer *w);
