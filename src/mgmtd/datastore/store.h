/* SPDX-License-Identifier: Apache-2.0
 *
 * The running configuration on disk and the commits before it: <state_dir>/running.json and <state_dir>/history/N.json,
 * the last 50. A file is a JSON document of the schema: the configuration, and in /management/commit who, when and why.
 * running.json is the truth, and the same file as that of its commit where the file system has links.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct env;
struct ly_ctx;
struct lyd_node;

#define STORE_KEEP 50
struct store_commit {
    uint32_t epoch;
    uint32_t sequence;
    char author[64];
    char time[32];
    char comment[256];
};

/* 0 and *tree (owned by the caller, may be NULL = empty) and *meta; -ENOENT: nothing stored; -EINVAL: not readable,
 * *error says why. */
int store_load_running(const struct env *env, const struct ly_ctx *ctx, struct lyd_node **tree,
                       struct store_commit *meta, char *error, size_t size);
int store_load_history(const struct env *env, const struct ly_ctx *ctx, uint32_t sequence, struct lyd_node **tree,
                       struct store_commit *meta, char *error, size_t size);
/* Who, when and why alone. 0 or -errno. */
int store_load_commit(const struct env *env, const struct ly_ctx *ctx, uint32_t sequence, struct store_commit *meta);
/* Durable when it returns 0; else -errno and what was stored before is still there. */
int store_save(const struct env *env, const struct ly_ctx *ctx, const struct lyd_node *tree,
               const struct store_commit *meta);
/* /management/commit as a data tree. */
struct lyd_node *store_commit_node(const struct ly_ctx *ctx, struct lyd_node *management,
                                   const struct store_commit *meta);
