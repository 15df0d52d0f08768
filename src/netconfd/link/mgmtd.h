/* SPDX-License-Identifier: Apache-2.0
 *
 * A NETCONF session's conversation with mgmtd: a front connection of its own, opened in the name of the session's user.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "strata/front.h"

struct env;
struct mgmtd_link;

struct mgmtd_link_events {
    void (*opened)(uint32_t id, void *arg);
    /* Refused, or gone, or somebody killed it; nothing comes after it. */
    void (*lost)(const char *reason, bool is_killed, void *arg);
    void (*reply)(const struct front_reply *r, void *arg);
    void (*notice)(const struct front_notice *n, void *arg);
};

struct mgmtd_link *mgmtd_link_create(const struct env *env, const char *user, const char *host,
                                     const struct mgmtd_link_events *ev, void *arg);
void mgmtd_link_destroy(struct mgmtd_link *l); /* NULL allowed */
uint64_t mgmtd_link_ask(struct mgmtd_link *l, const struct front_request *r);
