/* SPDX-License-Identifier: Apache-2.0
 *
 * What the front side keeps beside its sessions: a member of struct mgmtd.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "strata/front.h"
#include "strata/loop.h"

struct ly_ctx;
struct lyd_node;
struct mgmtd_users;

/* What somebody changes: running, and his changes to it. */
struct candidate {
    bool is_there;         /* else it is running */
    struct lyd_node *tree; /* both held (mgmtd_hold) */
    struct lyd_node *base; /* running when it began */
    uint64_t base_version;
    uint64_t n_changes;  /* grows with each */
    char *conflicts;     /* what others committed against it, a line each, to be told once; NULL: nothing */
    uint32_t carried_to; /* the commit of others that its changes were carried over to; 0: of none */
};

struct front_lock {
    uint32_t sid; /* 0 = not locked */
    char time[32];
};

struct front_side {
    const struct mgmtd_users *users; /* NULL: everybody is root */
    struct ly_ctx *plain;            /* without modules: reads XML as it is. NULL until needed */
    uint32_t last_sid;
    char last_user[64]; /* whose job had its turn */
    struct timer admit; /* gathers that wait for theirs */
    bool is_closing;    /* nobody is told anything any more */
    struct candidate shared;
    struct front_lock locks[FRONT_DATASTORE_END];
};
