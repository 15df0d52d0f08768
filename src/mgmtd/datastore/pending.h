/* SPDX-License-Identifier: Apache-2.0
 *
 * The commit that waits to be confirmed, on disk: <state_dir>/confirm.json, a JSON document of the schema
 * (/management/confirmed-commit). It is written before the commit that it is about.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct ly_ctx;
struct lyd_node;

#define STORE_PERSIST_MAX 128
struct store_pending {
    uint32_t since, last; /* the commits that wait, by number. Another one runs: this is out of date */
    uint32_t back_to;     /* what ran before; 0: nothing was configured */
    uint32_t period_sec;
    uint64_t deadline_sec; /* time of day */
    uint32_t session;
    bool is_netconf;
    char persist[STORE_PERSIST_MAX];
};

/* 0; -ENOENT: none; -EINVAL: not readable. */
int store_pending_load(const struct env *env, const struct ly_ctx *ctx, struct store_pending *p);
int store_pending_save(const struct env *env, const struct ly_ctx *ctx, const struct store_pending *p);
int store_pending_remove(const struct env *env); /* 0 also if there is none */
/* /management/confirmed-commit as a data tree, below `management` (NULL: a new one, which is returned). With the
 * persist-id only if asked for: who knows it may confirm. */
struct lyd_node *store_pending_node(const struct ly_ctx *ctx, struct lyd_node *management,
                                    const struct store_pending *p, bool has_persist);
