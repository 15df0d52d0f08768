/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of the commit that waits to be confirmed.
 */
#include "src/mgmtd/datastore/pending.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/node.h"
#include "lib/text/tree.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/mem.h"

static void path_of(const struct env *env, char *out, size_t size)
{
    snprintf(out, size, "%s/confirm.json", env->state_dir);
}

struct lyd_node *store_pending_node(const struct ly_ctx *ctx, struct lyd_node *management,
                                    const struct store_pending *p, bool has_persist)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(ctx, "strata-management");
    struct lyd_node *node = NULL;

    if (!management && (!module || lyd_new_inner(NULL, module, "management", 0, &management)))
        return NULL;
    if (lyd_new_inner(management, NULL, "confirmed-commit", 0, &node))
        return management;
    yang_add_number(node, "first", p->since);
    yang_add_number(node, "last", p->last);
    yang_add_number(node, "back-to", p->back_to);
    yang_add_number(node, "period", p->period_sec);
    yang_add_number(node, "deadline", p->deadline_sec);
    yang_add_number(node, "session", p->session);
    yang_add(node, "netconf", p->is_netconf ? "true" : "false");
    yang_add(node, "persistent", p->persist[0] ? "true" : "false");
    if (has_persist && p->persist[0])
        yang_add(node, "persist-id", p->persist);
    return management;
}

static void read_leaf(struct store_pending *p, const char *name, const char *value)
{
    uint64_t number = strtoull(value, NULL, 10);
    struct {
        const char *name;
        uint32_t *to;
    } numbers[] = {{"first", &p->since},
                   {"last", &p->last},
                   {"back-to", &p->back_to},
                   {"period", &p->period_sec},
                   {"session", &p->session}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strcmp(numbers[i].name, name) == 0)
            *numbers[i].to = (uint32_t)number;
    if (strcmp(name, "deadline") == 0)
        p->deadline_sec = number;
    else if (strcmp(name, "netconf") == 0)
        p->is_netconf = strcmp(value, "true") == 0;
    else if (strcmp(name, "persist-id") == 0)
        snprintf(p->persist, sizeof(p->persist), "%s", value);
}

int store_pending_load(const struct env *env, const struct ly_ctx *ctx, struct store_pending *p)
{
    struct lyd_node *tree = NULL;
    char path[512];
    char *text = NULL;
    size_t len;

    memset(p, 0, sizeof(*p));
    path_of(env, path, sizeof(path));
    int rc = io_file_read(env->io, path, &text, &len);
    if (rc)
        return rc;
    LY_ERR bad = lyd_parse_data_mem(ctx, text, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree);
    mem_free(NULL, text);
    const struct lyd_node *record = bad || !tree ? NULL : lyd_child(tree);
    if (!record || strcmp(LYD_NAME(record), "confirmed-commit") != 0)
        rc = -EINVAL;
    for (const struct lyd_node *n = rc ? NULL : lyd_child(record); n; n = n->next)
        read_leaf(p, LYD_NAME(n), lyd_get_value(n));
    yang_tree_free(tree);
    return rc;
}

int store_pending_save(const struct env *env, const struct ly_ctx *ctx, const struct store_pending *p)
{
    struct lyd_node *tree = store_pending_node(ctx, NULL, p, true);
    char path[512];
    char *text = NULL;
    int rc = -EINVAL;

    path_of(env, path, sizeof(path));
    if (tree && lyd_print_mem(&text, tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS) == LY_SUCCESS && text)
        rc = io_file_write(env->io, path, text, strlen(text));
    free(text);
    yang_tree_free(tree);
    return rc;
}

int store_pending_remove(const struct env *env)
{
    char path[512];
    path_of(env, path, sizeof(path));
    int rc = io_file_remove(env->io, path);
    return rc == -ENOENT ? 0 : rc;
}
