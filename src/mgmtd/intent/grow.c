/* SPDX-License-Identifier: Apache-2.0
 *
 * See grow.h. The mark is metadata of the node (annotation implied-by of strata-management, RFC 7952), so it goes with
 * the node into copies and into JSON and XML. Searches are libyang's hash lookups.
 */
#include "src/mgmtd/intent/grow.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/context.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"

#define MARK "strata-management:implied-by"

static struct lyd_node *grow_failed(struct growth *g, const struct lyd_node *parent, const char *name, const char *key)
{
    char at[YANG_PATH_MAX] = "", where[YANG_PATH_MAX];
    if (g->is_failed)
        return NULL;
    g->is_failed = true;
    if (parent)
        yang_path_of(parent, at, sizeof(at));
    snprintf(g->fault->path, sizeof(g->fault->path), "%.400s/%.40s", at, name);
    snprintf(g->fault->message, sizeof(g->fault->message),
             "%.127s implies %.40s%s%.64s here, which is not possible: %.200s", g->origin, name, key ? " " : "",
             key ? key : "", yang_last_error(g->ctx, where, sizeof(where)));
    return NULL;
}

static void mark(struct growth *g, struct lyd_node *node)
{
    if (lyd_new_meta(g->ctx, node, NULL, MARK, g->origin, 0, NULL))
        grow_failed(g, node, "implied-by", NULL);
    g->has_grown = true;
}

/* A child of any module: interfaces have some of ours. */
static const struct lysc_node *child_schema(const struct lyd_node *parent, const char *name)
{
    const struct lysc_node *c = NULL;
    while ((c = lys_getnext(c, parent->schema, NULL, 0)) && strcmp(c->name, name) != 0)
        ;
    return c;
}

static struct lyd_node *find_plain(const struct lyd_node *siblings, const struct lysc_node *schema)
{
    struct lyd_node *found = NULL;
    if (schema && siblings)
        lyd_find_sibling_val(siblings, schema, NULL, 0, &found);
    return found;
}

struct lyd_node *grow_top(struct growth *g, const char *module, const char *name)
{
    struct lyd_node *top = yang_top(*g->tree, name);

    if (g->is_failed || top)
        return g->is_failed ? NULL : top;
    const struct lys_module *m = ly_ctx_get_module_implemented(g->ctx, module);
    if (!m || lyd_new_inner(NULL, m, name, 0, &top))
        return grow_failed(g, NULL, name, NULL);
    lyd_insert_sibling(*g->tree, top, g->tree);
    mark(g, top);
    return top;
}

struct lyd_node *grow_container(struct growth *g, struct lyd_node *parent, const char *name)
{
    if (g->is_failed || !parent)
        return NULL;
    struct lyd_node *node = find_plain(lyd_child(parent), child_schema(parent, name));
    if (node)
        return node;
    if (lyd_new_inner(parent, NULL, name, 0, &node))
        return grow_failed(g, parent, name, NULL);
    mark(g, node);
    return node;
}

struct lyd_node *grow_entry(struct growth *g, struct lyd_node *parent, const char *list, const char *key)
{
    if (g->is_failed || !parent)
        return NULL;
    struct lyd_node *node = NULL, *old = NULL;
    ly_err_clean((struct ly_ctx *)(uintptr_t)g->ctx, NULL);
    if (lyd_new_list(parent, NULL, list, 0, &node, key))
        return grow_failed(g, parent, list, key);
    lyd_unlink_tree(node);
    if (lyd_child(parent) && lyd_find_sibling_first(lyd_child(parent), node, &old) == LY_SUCCESS) {
        lyd_free_tree(node);
        return old;
    }
    lyd_insert_child(parent, node);
    mark(g, node);
    return node;
}

void grow_leaf(struct growth *g, struct lyd_node *parent, const char *name, const char *value)
{
    struct lyd_node *node = NULL;

    if (g->is_failed || !parent || tree_value(parent, name))
        return;
    node = find_plain(lyd_child(parent), child_schema(parent, name)); /* a default */
    if (node)
        lyd_free_tree(node);
    ly_err_clean((struct ly_ctx *)(uintptr_t)g->ctx, NULL);
    if (lyd_new_term(parent, NULL, name, value, 0, &node))
        grow_failed(g, parent, name, value);
    else
        mark(g, node);
}

struct lyd_node *tree_child(const struct lyd_node *parent, const char *name)
{
    struct lyd_node *child = parent ? find_plain(lyd_child(parent), child_schema(parent, name)) : NULL;
    return child && !yang_node_is_empty(child) ? child : NULL;
}

struct lyd_node *tree_entry(const struct lyd_node *parent, const char *list, const char *key)
{
    struct lyd_node *first = tree_next(parent, list, NULL), *found = NULL;
    char predicate[YANG_PATH_MAX];
    char quote = strchr(key, '\'') ? '"' : '\'';

    if (!first || (quote == '"' && strchr(key, quote))) /* not to be written in a predicate, and in no key of ours */
        return NULL;
    snprintf(predicate, sizeof(predicate), "[%s=%c%s%c]", LYD_NAME(lyd_child(first)), quote, key, quote);
    lyd_find_sibling_val(first, first->schema, predicate, 0, &found);
    return found;
}

const char *tree_value(const struct lyd_node *parent, const char *leaf)
{
    const struct lyd_node *node = tree_child(parent, leaf);
    return node ? lyd_get_value(node) : NULL;
}

struct lyd_node *tree_next(const struct lyd_node *parent, const char *list, const struct lyd_node *after)
{
    if (!parent)
        return NULL;
    struct lyd_node *n = after ? after->next : lyd_child(parent);
    while (n && strcmp(LYD_NAME(n), list) != 0)
        n = n->next;
    return n;
}

bool tree_has_value(const struct lyd_node *parent, const char *leaf_list, const char *value)
{
    for (const struct lyd_node *v = tree_next(parent, leaf_list, NULL); v; v = tree_next(parent, leaf_list, v))
        if (strcmp(lyd_get_value(v), value) == 0)
            return true;
    return false;
}
