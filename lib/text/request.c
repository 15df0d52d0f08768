/* SPDX-License-Identifier: Apache-2.0
 *
 * Words <-> rpc. Pure tree work over libyang; the grammar is in request.h.
 */
#include "lib/text/request.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"

static bool is_ours(const struct lys_module *m)
{
    return m->implemented && m->compiled && strncmp(m->name, "strata-", 7) == 0;
}

const struct lysc_node *request_next(const struct ly_ctx *ctx, const struct lysc_node *after)
{
    const struct lys_module *m;
    uint32_t index = 0;
    bool is_behind = !after;

    if (after && after->next)
        return after->next;
    while ((m = ly_ctx_get_module_iter(ctx, &index))) {
        if (is_behind && is_ours(m) && m->compiled->rpcs)
            return (const struct lysc_node *)m->compiled->rpcs;
        is_behind = is_behind || m == after->module;
    }
    return NULL;
}

const struct lysc_node *request_find(const struct ly_ctx *ctx, const char *first, const char *second)
{
    size_t len = strlen(first);
    const struct lysc_node *rpc = NULL;

    while ((rpc = request_next(ctx, rpc)))
        if (strncmp(rpc->name, first, len) == 0 && rpc->name[len] == '-' && strcmp(rpc->name + len + 1, second) == 0)
            return rpc;
    return NULL;
}

bool request_is_flag(const struct lysc_node *leaf)
{
    return leaf->nodetype == LYS_LEAF && ((const struct lysc_node_leaf *)leaf)->type->basetype == LY_TYPE_BOOL;
}

bool request_is_bare(const struct lysc_node *leaf)
{
    return leaf->nodetype == LYS_LEAF && (leaf->flags & LYS_MAND_TRUE) && !request_is_flag(leaf);
}

static bool is_one_word(const char *value)
{
    return value[0] && !strpbrk(value, " \t\r\n\"';{}[]#");
}

int request_words(const struct lyd_node *rpc, struct text_buf *name, struct text_buf *argument, char *error,
                  size_t size)
{
    const char *hyphen = strchr(LYD_NAME(rpc), '-');
    const struct lysc_node *leaf = NULL;

    if (hyphen)
        text_buf_printf(name, "%.*s %s", (int)(hyphen - LYD_NAME(rpc)), LYD_NAME(rpc), hyphen + 1);
    else
        text_buf_printf(name, "%s", LYD_NAME(rpc));
    while ((leaf = lys_getnext(leaf, rpc->schema, NULL, 0))) {
        struct lyd_node *node = NULL;
        const char *space = argument->len ? " " : "";

        if (lyd_find_sibling_val(lyd_child(rpc), leaf, NULL, 0, &node) != LY_SUCCESS)
            continue;
        if (!is_one_word(lyd_get_value(node))) {
            snprintf(error, size, "%s: the value has to be one word", leaf->name);
            return -EINVAL;
        }
        if (request_is_bare(leaf))
            text_buf_printf(argument, "%s%s", space, lyd_get_value(node));
        else if (!request_is_flag(leaf))
            text_buf_printf(argument, "%s%s %s", space, leaf->name, lyd_get_value(node));
        else if (strcmp(lyd_get_value(node), "true") == 0)
            text_buf_printf(argument, "%s%s", space, leaf->name);
    }
    return 0;
}

struct typed {
    const char *const *words;
    size_t n, at;
    struct lyd_node *rpc;
    char *error;
    size_t size;
};

static int set(struct typed *t, const struct lysc_node *leaf, const char *value)
{
    struct lyd_node *node = NULL;

    if (lyd_find_sibling_val(lyd_child(t->rpc), leaf, NULL, 0, &node) == LY_SUCCESS) {
        snprintf(t->error, t->size, "%s is given twice", leaf->name);
        return -EINVAL;
    }
    if (lyd_new_term(t->rpc, leaf->module, leaf->name, value, 0, NULL) != LY_SUCCESS) {
        snprintf(t->error, t->size, "\"%.60s\" is no %s", value, leaf->name);
        return -EINVAL;
    }
    return 0;
}

/* The mandatory leafs, as values. */
static int take_bare(struct typed *t)
{
    const struct lysc_node *leaf = NULL;

    while ((leaf = lys_getnext(leaf, t->rpc->schema, NULL, 0))) {
        if (!request_is_bare(leaf))
            continue;
        if (t->at == t->n) {
            snprintf(t->error, t->size, "<%s> is missing: %.150s", leaf->name, leaf->dsc ? leaf->dsc : "");
            return -EINVAL;
        }
        if (set(t, leaf, t->words[t->at]))
            return -EINVAL;
        t->at++;
    }
    return 0;
}

/* The others, by name, in any order. */
static int take_named(struct typed *t)
{
    while (t->at < t->n) {
        const char *word = t->words[t->at], *value = "true";
        const struct lysc_node *leaf = NULL;

        while ((leaf = lys_getnext(leaf, t->rpc->schema, NULL, 0)))
            if (!request_is_bare(leaf) && strcmp(leaf->name, word) == 0)
                break;
        if (!leaf) {
            snprintf(t->error, t->size, "\"%.60s\" has no place here", word);
            return -EINVAL;
        }
        if (!request_is_flag(leaf)) {
            if (++t->at == t->n) {
                snprintf(t->error, t->size, "<%s> is missing: %.150s", leaf->name, leaf->dsc ? leaf->dsc : "");
                return -EINVAL;
            }
            value = t->words[t->at];
        }
        if (set(t, leaf, value))
            return -EINVAL;
        t->at++;
    }
    return 0;
}

int request_parse(const struct ly_ctx *ctx, const char *const *words, size_t n, struct lyd_node **rpc, size_t *at,
                  char *error, size_t size)
{
    const struct lysc_node *schema = n >= 2 ? request_find(ctx, words[0], words[1]) : NULL;
    struct typed t = {.words = words, .n = n, .at = 2, .error = error, .size = size};
    int rc = -EINVAL;

    *rpc = NULL;
    *at = 0;
    if (!schema) {
        snprintf(error, size, "there is no such request");
        return -ENOENT;
    }
    if (lyd_new_inner(NULL, schema->module, schema->name, 0, &t.rpc) != LY_SUCCESS)
        return -EINVAL;
    if (take_bare(&t) == 0 && take_named(&t) == 0) {
        rc = lyd_validate_op(t.rpc, NULL, LYD_TYPE_RPC_YANG, NULL) == LY_SUCCESS ? 0 : -EINVAL;
        if (rc)
            snprintf(error, size, "%.150s", ly_errmsg(ctx) ? ly_errmsg(ctx) : "it does not fit the schema");
    }
    *at = t.at;
    if (rc)
        lyd_free_all(t.rpc);
    else
        *rpc = t.rpc;
    return rc;
}

void request_reply(const struct lyd_node *rpc, const char *text, struct text_buf *xml)
{
    struct lyd_node *reply = NULL;
    char *printed = NULL;

    if (!text[0] || lyd_new_inner(NULL, rpc->schema->module, LYD_NAME(rpc), 0, &reply) != LY_SUCCESS)
        return;
    if (lyd_new_term(reply, NULL, "result", text, 1, NULL) == LY_SUCCESS &&
        lyd_print_mem(&printed, lyd_child(reply), LYD_XML, LYD_PRINT_WITHSIBLINGS | LYD_PRINT_SHRINK) == LY_SUCCESS)
        text_buf_printf(xml, "%s", printed);
    free(printed);
    lyd_free_all(reply);
}
