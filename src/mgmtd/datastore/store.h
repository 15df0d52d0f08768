/* SPDX-License-Identifier: Apache-2.0
 *
 * The running configuration on disk and the commits before it: <state_dir>/running.json and <state_dir>/history/N.json,
 * the last 50. A file is a JSON document of the schema: the configuration, and in /management/commit who, when and why.
 * running.json is the truth, and the same file as that of its commit where the file system has links.
 */
#pragma once

#include <stdbool.h>
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
    bool is_temporary; /* when it was made it had to be confirmed, */
    uint32_t back_to;  /* else this comes back; 0: nothing configured */
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
/* running.json cannot be read: it is put aside as running.json.damaged, and the newest commit of the history that can
 * be read gives *tree and *meta. *newest: the number of the newest commit that there was; if that is it, it has become
 * running.json again. 0, or -ENOENT: nothing can be read. */
int store_recover(const struct env *env, const struct ly_ctx *ctx, struct lyd_node **tree, struct store_commit *meta,
                  uint32_t *newest);
/* /management/commit as a data tree. */
struct lyd_node *store_commit_node(const struct ly_ctx *ctx, struct lyd_node *management,
                                   const struct store_commit *meta);
