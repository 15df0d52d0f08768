/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of configurations. Writing is atomic and durable by io_file_write (write, fsync, rename, fsync directory).
 */
#include "src/mgmtd/datastore/store.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "lib/text/tree.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/mem.h"

#define MODULE "strata-management"

static void path_of(const struct env *env, uint32_t sequence, char *out, size_t size)
{
    if (sequence)
        snprintf(out, size, "%s/history/%u.json", env->state_dir, sequence);
    else
        snprintf(out, size, "%s/running.json", env->state_dir);
}

static void add_leaf(struct lyd_node *parent, const char *name, const char *value)
{
    lyd_new_term(parent, NULL, name, value, 0, NULL);
}

struct lyd_node *store_commit_node(const struct ly_ctx *ctx, struct lyd_node *management,
                                   const struct store_commit *meta)
{
    struct lyd_node *commit = NULL;
    char number[16];

    if (!management && lyd_new_inner(NULL, ly_ctx_get_module_implemented(ctx, MODULE), "management", 0, &management))
        return NULL;
    snprintf(number, sizeof(number), "%u", meta->sequence);
    if (lyd_new_list(management, NULL, "commit", 0, &commit, number))
        return management;
    snprintf(number, sizeof(number), "%u", meta->epoch);
    add_leaf(commit, "epoch", number);
    add_leaf(commit, "author", meta->author);
    add_leaf(commit, "time", meta->time);
    add_leaf(commit, "comment", meta->comment);
    return management;
}

static void read_commit(const struct lyd_node *commit, struct store_commit *meta)
{
    for (const struct lyd_node *n = lyd_child(commit); n; n = n->next) {
        const char *v = lyd_get_value(n);
        if (strcmp(LYD_NAME(n), "sequence") == 0)
            meta->sequence = (uint32_t)strtoul(v, NULL, 10);
        else if (strcmp(LYD_NAME(n), "epoch") == 0)
            meta->epoch = (uint32_t)strtoul(v, NULL, 10);
        else if (strcmp(LYD_NAME(n), "author") == 0)
            snprintf(meta->author, sizeof(meta->author), "%s", v);
        else if (strcmp(LYD_NAME(n), "time") == 0)
            snprintf(meta->time, sizeof(meta->time), "%s", v);
        else if (strcmp(LYD_NAME(n), "comment") == 0)
            snprintf(meta->comment, sizeof(meta->comment), "%s", v);
    }
}

static int load(const struct env *env, const struct ly_ctx *ctx, uint32_t sequence, struct lyd_node **tree,
                struct store_commit *meta, char *error, size_t size)
{
    char path[512], where[256];
    char *text = NULL;
    size_t len = 0;

    *tree = NULL;
    memset(meta, 0, sizeof(*meta));
    path_of(env, sequence, path, sizeof(path));
    int rc = io_file_read(env->io, path, &text, &len);
    if (rc) {
        snprintf(error, size, "%s: %s", path, strerror(-rc));
        return rc;
    }
    ly_err_clean((struct ly_ctx *)(uintptr_t)ctx, NULL);
    LY_ERR bad = lyd_parse_data_mem(ctx, text, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, tree);
    mem_free(NULL, text);
    if (bad) {
        const char *why = yang_last_error(ctx, where, sizeof(where));
        snprintf(error, size, "%s:%u: %s: %s", path, yang_last_error_line(ctx), where, why);
        return -EINVAL;
    }
    struct lyd_node *management = yang_top(*tree, "management");
    if (!management || !lyd_child(management)) {
        snprintf(error, size, "%s: has no /management/commit", path);
        yang_tree_free(*tree);
        *tree = NULL;
        return -EINVAL;
    }
    read_commit(lyd_child(management), meta);
    if (management == *tree)
        *tree = management->next;
    lyd_free_tree(management);
    return 0;
}

int store_load_running(const struct env *env, const struct ly_ctx *ctx, struct lyd_node **tree,
                       struct store_commit *meta, char *error, size_t size)
{
    return load(env, ctx, 0, tree, meta, error, size);
}

int store_load_history(const struct env *env, const struct ly_ctx *ctx, uint32_t sequence, struct lyd_node **tree,
                       struct store_commit *meta, char *error, size_t size)
{
    return sequence ? load(env, ctx, sequence, tree, meta, error, size) : -ENOENT;
}

int store_save(const struct env *env, const struct ly_ctx *ctx, const struct lyd_node *tree,
               const struct store_commit *meta)
{
    struct lyd_node *all = yang_tree_dup(tree);
    struct lyd_node *management = store_commit_node(ctx, NULL, meta);
    char path[512];
    char *text = NULL;

    lyd_insert_sibling(all, management, &all);
    LY_ERR bad = lyd_print_mem(&text, all, LYD_JSON, LYD_PRINT_WITHSIBLINGS);
    yang_tree_free(all);
    if (bad || !text) {
        free(text);
        return -EINVAL;
    }
    path_of(env, meta->sequence, path, sizeof(path));
    int rc = io_file_write(env->io, path, text, strlen(text));
    if (rc == 0) {
        path_of(env, 0, path, sizeof(path));
        rc = io_file_write(env->io, path, text, strlen(text));
    }
    free(text);
    if (rc == 0 && meta->sequence > STORE_KEEP) {
        path_of(env, meta->sequence - STORE_KEEP, path, sizeof(path));
        io_file_remove(env->io, path);
    }
    return rc;
}
