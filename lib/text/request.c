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
#include "lib/text/syntax.h"

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

/* The words of its name: up to the hyphen, and behind it. */
static const char *second_word(const struct lysc_node *rpc, size_t *first_len)
{
    *first_len = strcspn(rpc->name, "-");
    return rpc->name + *first_len + (rpc->name[*first_len] == '-');
}

const char *request_name(const struct lysc_node *rpc, char first[REQUEST_WORD_MAX])
{
    size_t len;
    const char *second = second_word(rpc, &len);

    snprintf(first, REQUEST_WORD_MAX, "%.*s", (int)len, rpc->name);
    return second;
}

const struct lysc_node *request_find(const struct ly_ctx *ctx, const char *first, const char *second)
{
    const struct lysc_node *rpc = NULL;
    size_t len;

    while ((rpc = request_next(ctx, rpc)))
        if (strcmp(second_word(rpc, &len), second) == 0 && strlen(first) == len && memcmp(rpc->name, first, len) == 0)
            return rpc;
    return NULL;
}

/* --- the order of the words behind the name --- */

static bool is_flag(const struct lysc_node *leaf)
{
    return leaf->nodetype == LYS_LEAF && syntax_is_boolean(leaf);
}

static bool is_bare(const struct lysc_node *leaf)
{
    return leaf->nodetype == LYS_LEAF && (leaf->flags & LYS_MAND_TRUE) && !is_flag(leaf);
}

static uint64_t bit_of(const struct lysc_node *leaf, const struct lysc_node *rpc)
{
    const struct lysc_node *l = NULL;
    uint64_t bit = 1;

    while ((l = lys_getnext(l, rpc, NULL, 0)) && l != leaf)
        bit <<= 1;
    return bit;
}

static bool is_given(const struct request_place *p, const struct lysc_node *leaf)
{
    return (p->given & bit_of(leaf, p->rpc)) != 0;
}

static void expect_bare(struct request_place *p)
{
    p->leaf = NULL;
    while ((p->leaf = lys_getnext(p->leaf, p->rpc, NULL, 0)) && (!is_bare(p->leaf) || is_given(p, p->leaf)))
        ;
}

void request_begin(struct request_place *p, const struct lysc_node *rpc)
{
    *p = (struct request_place){.rpc = rpc};
    expect_bare(p);
}

const struct lysc_node *request_next_named(const struct request_place *p, const struct lysc_node *after)
{
    while ((after = lys_getnext(after, p->rpc, NULL, 0)) && (is_bare(after) || is_given(p, after)))
        ;
    return after;
}

void request_pass_name(struct request_place *p, const struct lysc_node *leaf)
{
    p->given |= bit_of(leaf, p->rpc);
    p->leaf = is_flag(leaf) ? NULL : leaf;
}

void request_pass_value(struct request_place *p)
{
    p->given |= bit_of(p->leaf, p->rpc);
    expect_bare(p);
}

/* --- rpc -> words --- */

static bool is_one_word(const char *value)
{
    return value[0] && !strpbrk(value, " \t\r\n\"';{}[]#");
}

int request_words(const struct lyd_node *rpc, struct text_buf *name, struct text_buf *argument, char *error,
                  size_t size)
{
    const struct lysc_node *leaf = NULL;
    size_t len;
    const char *second = second_word(rpc->schema, &len);

    text_buf_printf(name, "%.*s%s%s", (int)len, LYD_NAME(rpc), second[0] ? " " : "", second);
    while ((leaf = lys_getnext(leaf, rpc->schema, NULL, 0))) {
        struct lyd_node *node = NULL;
        const char *space = argument->len ? " " : "";

        if (lyd_find_sibling_val(lyd_child(rpc), leaf, NULL, 0, &node) != LY_SUCCESS)
            continue;
        if (!is_one_word(lyd_get_value(node))) {
            snprintf(error, size, "%s: the value has to be one word", leaf->name);
            return -EINVAL;
        }
        if (is_bare(leaf))
            text_buf_printf(argument, "%s%s", space, lyd_get_value(node));
        else if (!is_flag(leaf))
            text_buf_printf(argument, "%s%s %s", space, leaf->name, lyd_get_value(node));
        else if (strcmp(lyd_get_value(node), "true") == 0)
            text_buf_printf(argument, "%s%s", space, leaf->name);
    }
    return 0;
}

/* --- words -> rpc --- */

struct typed {
    const char *const *words;
    size_t n, at;
    struct lyd_node *rpc;
    struct request_place place;
    char *error;
    size_t size;
};

static int set(struct typed *t, const struct lysc_node *leaf, const char *value)
{
    if (lyd_new_term(t->rpc, leaf->module, leaf->name, value, 0, NULL) != LY_SUCCESS) {
        snprintf(t->error, t->size, "\"%.60s\" is no %s", value, leaf->name);
        return -EINVAL;
    }
    return 0;
}

static int take_value(struct typed *t)
{
    const struct lysc_node *leaf = t->place.leaf;

    if (t->at == t->n) {
        snprintf(t->error, t->size, "<%s> is missing: %.150s", leaf->name, leaf->dsc ? leaf->dsc : "");
        return -EINVAL;
    }
    request_pass_value(&t->place);
    return set(t, leaf, t->words[t->at]);
}

static int take_name(struct typed *t)
{
    const char *word = t->words[t->at];
    const struct lysc_node *leaf = lys_find_child(t->place.rpc, t->place.rpc->module, word, 0, LYS_LEAF, 0);

    if (!leaf || is_bare(leaf)) {
        snprintf(t->error, t->size, "\"%.60s\" has no place here", word);
        return -EINVAL;
    }
    if (is_given(&t->place, leaf)) {
        snprintf(t->error, t->size, "%s is given twice", leaf->name);
        return -EINVAL;
    }
    request_pass_name(&t->place, leaf);
    return t->place.leaf ? 0 : set(t, leaf, "true");
}

/* All words, each at its turn; t->at stays at one that is at fault. */
static int take_words(struct typed *t)
{
    for (; t->at < t->n || t->place.leaf; t->at++)
        if (t->place.leaf ? take_value(t) : take_name(t))
            return -EINVAL;
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
    request_begin(&t.place, schema);
    if (take_words(&t) == 0) {
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

void request_reply(const struct lysc_node *rpc, const char *text, struct text_buf *xml)
{
    struct lyd_node *reply = NULL;
    char *printed = NULL;

    if (!text[0] || lyd_new_inner(NULL, rpc->module, rpc->name, 0, &reply) != LY_SUCCESS)
        return;
    if (lyd_new_term(reply, NULL, "result", text, 1, NULL) == LY_SUCCESS &&
        lyd_print_mem(&printed, lyd_child(reply), LYD_XML, LYD_PRINT_WITHSIBLINGS | LYD_PRINT_SHRINK) == LY_SUCCESS)
        text_buf_printf(xml, "%s", printed);
    free(printed);
    lyd_free_all(reply);
}
