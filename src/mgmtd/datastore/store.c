/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of configurations. Writing is atomic and durable by io_file_write (write, fsync, rename, fsync directory). The
 * configuration is written once: running.json is the history file of the commit under another name.
 */
#include "src/mgmtd/datastore/store.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/node.h"
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
    yang_add_number(commit, "epoch", meta->epoch);
    yang_add(commit, "author", meta->author);
    yang_add(commit, "time", meta->time);
    yang_add(commit, "comment", meta->comment);
    if (meta->is_temporary)
        yang_add_number(commit, "goes-back-to", meta->back_to);
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
        else if (strcmp(LYD_NAME(n), "goes-back-to") == 0) {
            meta->is_temporary = true;
            meta->back_to = (uint32_t)strtoul(v, NULL, 10);
        }
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

/* The end of the first member of a JSON object: behind its value, an object. NULL: not of that form. */
static const char *first_member_end(const char *text)
{
    bool is_quoted = false;
    int depth = 0;

    for (const char *p = text; *p; p++) {
        if (is_quoted && *p == '\\' && p[1])
            p++;
        else if (*p == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && *p == '{')
            depth++;
        else if (!is_quoted && *p == '}' && --depth == 1)
            return p + 1;
    }
    return NULL;
}

int store_load_commit(const struct env *env, const struct ly_ctx *ctx, uint32_t sequence, struct store_commit *meta)
{
    struct text_buf head = {0};
    struct lyd_node *tree = NULL;
    char path[512];
    char *text = NULL;
    size_t len;

    path_of(env, sequence, path, sizeof(path));
    int rc = io_file_read(env->io, path, &text, &len);
    if (rc)
        return rc;
    memset(meta, 0, sizeof(*meta));
    const char *end = first_member_end(text);
    text_buf_printf(&head, "%.*s}", end ? (int)(end - text) : 0, text);
    if (lyd_parse_data_mem(ctx, text_buf_get(&head), LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree) || !tree ||
        strcmp(LYD_NAME(tree), "management") != 0)
        rc = -EINVAL;
    else
        read_commit(lyd_child(tree), meta);
    yang_tree_free(tree);
    text_buf_fini(&head);
    mem_free(NULL, text);
    return rc;
}

/* The commit first: it can be read without the rest. */
static int print(const struct ly_ctx *ctx, const struct lyd_node *tree, const struct store_commit *meta,
                 struct text_buf *out)
{
    struct lyd_node *management = store_commit_node(ctx, NULL, meta);
    char *head = NULL, *body = NULL;
    LY_ERR bad = lyd_print_mem(&head, management, LYD_JSON, LYD_PRINT_WITHSIBLINGS);

    if (!bad && tree)
        bad = lyd_print_mem(&body, tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS);
    const char *end = bad ? NULL : strrchr(head, '}'), *begin = body ? strchr(body, '{') : NULL;
    bool has_body = begin && begin[1 + strspn(begin + 1, " \n")] != '}';
    if (end) {
        while (end > head && end[-1] == '\n')
            end--;
        text_buf_printf(out, "%.*s", (int)(end - head), head);
        text_buf_puts(out, has_body ? "," : "\n}\n");
        text_buf_puts(out, has_body ? begin + 1 : "");
    }
    free(head);
    free(body);
    yang_tree_free(management);
    return end ? 0 : -EINVAL;
}

/* Nothing is left of a commit that could not be stored. The folder may have the new name already, and not for sure:
 * then the one before takes it back. */
static void undo(const struct env *env, const struct store_commit *meta, bool was_linked)
{
    char path[512], running[512];

    path_of(env, 0, running, sizeof(running));
    path_of(env, meta->sequence - 1, path, sizeof(path));
    if (was_linked && meta->sequence > 1)
        io_file_link(env->io, path, running);
    else if (was_linked)
        io_file_remove(env->io, running);
    path_of(env, meta->sequence, path, sizeof(path));
    io_file_remove(env->io, path);
}

int store_save(const struct env *env, const struct ly_ctx *ctx, const struct lyd_node *tree,
               const struct store_commit *meta)
{
    struct text_buf text = {0};
    char path[512], running[512];
    int rc = print(ctx, tree, meta, &text);

    path_of(env, 0, running, sizeof(running));
    path_of(env, meta->sequence, path, sizeof(path));
    if (rc == 0)
        rc = io_file_write(env->io, path, text_buf_get(&text), text.len);
    bool is_written = rc == 0;
    if (rc == 0)
        rc = io_file_link(env->io, path, running);
    text_buf_fini(&text);
    if (rc)
        undo(env, meta, is_written);
    if (rc == 0 && meta->sequence > STORE_KEEP) {
        path_of(env, meta->sequence - STORE_KEEP, path, sizeof(path));
        io_file_remove(env->io, path);
    }
    return rc;
}

/* --- what is left when running.json is damaged --- */

struct found {
    uint32_t below, newest; /* the newest commit whose number is below */
};

static void look_at(void *arg, const char *name)
{
    struct found *f = arg;
    char *end;
    unsigned long n = strtoul(name, &end, 10);

    if (name[0] >= '1' && name[0] <= '9' && strcmp(end, ".json") == 0 && n < f->below && n > f->newest)
        f->newest = (uint32_t)n;
}

static uint32_t newest_below(const struct env *env, uint32_t below)
{
    struct found f = {.below = below};
    char dir[512];

    snprintf(dir, sizeof(dir), "%s/history", env->state_dir);
    io_file_list(env->io, dir, look_at, &f);
    return f.newest;
}

/* The number of the commit that ran. The beginning of the damaged file may still say it: a file of the history that is
 * newer is of a commit that never came to be. */
static uint32_t newest_commit(const struct env *env, const struct ly_ctx *ctx)
{
    struct store_commit head;
    bool is_told = store_load_commit(env, ctx, 0, &head) == 0 && head.sequence && head.sequence < UINT32_MAX;
    uint32_t newest = is_told ? newest_below(env, head.sequence + 1) : 0;

    return newest ? newest : newest_below(env, UINT32_MAX);
}

int store_recover(const struct env *env, const struct ly_ctx *ctx, struct lyd_node **tree, struct store_commit *meta,
                  uint32_t *newest)
{
    char running[512], path[512], error[512];
    uint32_t n = *newest = newest_commit(env, ctx);

    path_of(env, 0, running, sizeof(running));
    snprintf(path, sizeof(path), "%.490s.damaged", running);
    io_file_rename(env->io, running, path);
    while (n && store_load_history(env, ctx, n, tree, meta, error, sizeof(error)))
        n = newest_below(env, n);
    if (n && n == *newest) {
        path_of(env, n, path, sizeof(path));
        io_file_link(env->io, path, running);
    }
    return n ? 0 : -ENOENT;
}
