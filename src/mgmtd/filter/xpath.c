/* SPDX-License-Identifier: Apache-2.0
 *
 * XPath filters: what the expression selects, with all that is below, its ancestors and their keys.
 */
#include "src/mgmtd/filter/filter.h"

#include <ctype.h>
#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "src/mgmtd/filter/budget.h"

enum { MARK_WAY = 1, MARK_WHOLE = 2 }; /* in lyd_node.priv while it works */

static void clear(struct lyd_node *siblings)
{
    for (struct lyd_node *n = siblings; n; n = n->next) {
        n->priv = NULL;
        clear(lyd_child(n));
    }
}

static void mark(struct lyd_node *node)
{
    node->priv = (void *)(uintptr_t)MARK_WHOLE;
    for (struct lyd_node *up = lyd_parent(node); up && !up->priv; up = lyd_parent(up))
        up->priv = (void *)(uintptr_t)MARK_WAY;
}

static void sweep(struct lyd_node **tree, struct lyd_node *siblings)
{
    struct lyd_node *next;
    for (struct lyd_node *n = siblings; n; n = next) {
        uintptr_t marked = (uintptr_t)n->priv;
        next = n->next;
        n->priv = NULL;
        if (marked == MARK_WHOLE) {
            clear(lyd_child(n));
        } else if (marked == MARK_WAY) {
            sweep(tree, lyd_child(n));
        } else if (!n->schema || !lysc_is_key(n->schema)) {
            if (n == *tree)
                *tree = n->next;
            lyd_free_tree(n);
        }
    }
}

static size_t count(const struct lyd_node *siblings)
{
    size_t n = 0;
    for (; siblings; siblings = siblings->next)
        n += 1 + count(lyd_child(siblings));
    return n;
}

int filter_xpath(const char *expression, struct lyd_node **tree, char *error, size_t size)
{
    struct ly_set *set = NULL;
    char path[128];

    if (!*tree)
        return 0;
    const char *fault = budget_fault(expression, count(*tree));
    if (fault) {
        snprintf(error, size, "%s", fault);
        return -EINVAL;
    }
    const struct ly_ctx *ctx = LYD_CTX(*tree);
    ly_err_clean((struct ly_ctx *)(uintptr_t)ctx, NULL);
    if (lyd_find_xpath(*tree, expression, &set)) {
        snprintf(error, size, "%s", yang_last_error(ctx, path, sizeof(path)));
        return -EINVAL;
    }
    clear(*tree);
    for (uint32_t i = 0; i < set->count; i++)
        mark(set->dnodes[i]);
    ly_set_free(set, NULL);
    sweep(tree, *tree);
    return 0;
}

/* Is there a path from the root within the expression, in a predicate or a function? */
static bool has_inner_root(const char *expression)
{
    char before = '|';
    for (const char *p = expression; *p; p++) {
        if (*p == '/' && (strchr("[(=<>,+-", before) || (p > expression && p[-1] == ' ' && before != '|')))
            return true;
        if (!strchr(" \t\r\n", *p))
            before = *p;
    }
    return false;
}

/* Of "/m:a/b[...] | /c" the names a and c. Anything else may look everywhere. */
static void tops(const char *expression, struct text_buf *out)
{
    const char *p = expression;
    if (has_inner_root(expression))
        return;
    for (;;) {
        p += strspn(p, " \t\r\n");
        size_t len = *p == '/' ? strcspn(p + 1, "/[|() \t\r\n*.@") : 0;
        const char *colon = len ? memchr(p + 1, ':', len) : NULL;
        const char *name = colon ? colon + 1 : p + 1;
        const char *behind = p + (len ? 1 + len + strspn(p + 1 + len, " \t\r\n") : 0);
        if (name >= p + 1 + len || *behind == '(' || strstr(p, "..") || strstr(p, "//") || strstr(p, "::") ||
            strstr(p, "current(")) {
            text_buf_fini(out); /* from everywhere */
            return;
        }
        text_buf_printf(out, "%s/%.*s", out->len ? " " : "", (int)(p + 1 + len - name), name);
        p = strchr(p, '|');
        if (!p)
            return;
        p++;
    }
}

/* --- in parts --- */

/*
 * Plain paths from the root, with "|" between:    /m:a/b[key='x']//c | /m:d/e[leaf > 5 and not(other)]
 *
 * A predicate looks at one node and at what is in the same part for certain: keys, and all of an entry of state.
 * Anything that counts, numbers or looks elsewhere needs the whole.
 */
struct plain {
    const struct ly_ctx *ctx;
    const char *at;
    struct text_buf *tops; /* the paths as far as they are simple; NULL: nobody asks */
};

static void skip(struct plain *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static size_t name_len(const char *at)
{
    size_t n = 0;
    if (!isalpha((unsigned char)*at) && *at != '_')
        return 0;
    while (isalnum((unsigned char)at[n]) || (at[n] && strchr("_-.", at[n])) || (at[n] == ':' && at[n + 1] != ':'))
        n++;
    return n;
}

static bool is_word(const char *at, size_t len, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == len && memcmp(at, *words, len) == 0)
            return true;
    return false;
}

/* "module:name" or "name" below `parent` (NULL: at the top); NULL if there is none. */
static const struct lysc_node *resolve(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *name,
                                       size_t len)
{
    const struct lys_module *m = parent ? parent->module : NULL;
    const char *colon = memchr(name, ':', len);
    char module[128];

    if (colon) {
        snprintf(module, sizeof(module), "%.*s", (int)(colon - name), name);
        m = ly_ctx_get_module_implemented(ctx, module);
        len -= (size_t)(colon + 1 - name);
        name = colon + 1;
    }
    return m ? lys_find_child(parent, m, name, len, 0, 0) : NULL;
}

static bool is_in_entry_of_state(const struct lysc_node *n)
{
    for (; n; n = n->parent)
        if (n->nodetype == LYS_LIST && (n->flags & LYS_CONFIG_R))
            return true;
    return false;
}

/* A path in a predicate of `step`. */
static bool take_operand(struct plain *p, const struct lysc_node *step)
{
    const struct lysc_node *n = step;
    unsigned length = 0;

    for (size_t len; (len = name_len(p->at)); length++) {
        n = resolve(p->ctx, n, p->at, len);
        p->at += len;
        if (!n)
            return false;
        if (*p->at != '/')
            return is_in_entry_of_state(step) || (length == 0 && lysc_is_key(n));
        p->at++;
    }
    return false;
}

static bool take_word(struct plain *p, const struct lysc_node *step)
{
    static const char *const operators[] = {"and", "or", NULL};
    static const char *const functions[] = {"not", "contains", "starts-with", "re-match", "true", "false", NULL};
    size_t len = name_len(p->at);
    bool is_function = p->at[len + strspn(p->at + len, " ")] == '(';

    if (!is_word(p->at, len, is_function ? functions : operators))
        return !is_function && take_operand(p, step);
    p->at += len;
    return true;
}

/* From behind "[" to behind "]". */
static bool take_predicate(struct plain *p, const struct lysc_node *step)
{
    bool has_number = false, has_comparison = false;

    for (skip(p); *p->at && *p->at != ']'; skip(p)) {
        const char *close = *p->at == '\'' || *p->at == '"' ? strchr(p->at + 1, *p->at) : NULL;
        if (close) {
            p->at = close + 1;
        } else if (isdigit((unsigned char)*p->at)) {
            has_number = true;
            p->at += strspn(p->at, "0123456789.");
        } else if (strchr("=!<>", *p->at)) {
            has_comparison = true;
            p->at++;
        } else if (strchr("(),", *p->at)) {
            p->at++;
        } else if (*p->at == '.' && p->at[1] != '.') {
            p->at++;
        } else if (!name_len(p->at) || !take_word(p, step)) {
            return false;
        }
    }
    if (*p->at != ']')
        return false;
    p->at++;
    return has_comparison || !has_number;
}

/* At "[": the value of a key? */
static void add_key(struct plain *p, const struct lysc_node *list)
{
    const char *at = p->at + 1 + strspn(p->at + 1, " ");
    size_t len = name_len(at);
    const struct lysc_node *key = len ? resolve(p->ctx, list, at, len) : NULL;

    at += len + strspn(at + len, " ");
    if (!key || *at != '=')
        return;
    at += 1 + strspn(at + 1, " ");
    const char *close = *at == '\'' || *at == '"' ? strchr(at + 1, *at) : NULL;
    if (close && close[1 + strspn(close + 1, " ")] == ']')
        filter_add_key(key, at + 1, (size_t)(close - at - 1), p->tops);
}

static bool take_path(struct plain *p)
{
    const struct lysc_node *n = NULL;
    bool is_known = true, is_narrow = p->tops != NULL;
    size_t asked = p->tops ? p->tops->len : 0;

    for (skip(p); *p->at == '/'; skip(p)) {
        is_known = is_known && p->at[1] != '/';
        p->at += 1 + (p->at[1] == '/');
        size_t len = *p->at == '*' ? 1 : name_len(p->at);
        if (!len || p->at[len] == '(' || p->at[len] == ':')
            return false;
        n = is_known && *p->at != '*' ? resolve(p->ctx, n, p->at, len) : NULL;
        is_known = n != NULL;
        p->at += len;
        is_narrow = is_narrow && is_known;
        if (is_narrow)
            text_buf_printf(p->tops, "%s/%s", !n->parent && p->tops->len ? " " : "", n->name);
        for (skip(p); *p->at == '['; skip(p)) {
            if (is_narrow && n->nodetype == LYS_LIST)
                add_key(p, n);
            p->at++;
            if (!is_known || !take_predicate(p, n))
                return false;
        }
        is_narrow = is_narrow && n->nodetype == LYS_CONTAINER;
    }
    return !p->tops || p->tops->len > asked; /* else the paths beside it would be all that is asked for */
}

static bool read_plain(const struct ly_ctx *ctx, const char *expression, struct text_buf *out)
{
    struct plain p = {.ctx = ctx, .at = expression, .tops = out};

    for (;;) {
        skip(&p);
        if (*p.at != '/' || !take_path(&p))
            return false;
        if (*p.at != '|')
            return !*p.at;
        p.at++;
    }
}

bool filter_xpath_is_divisible(const struct ly_ctx *ctx, const char *expression)
{
    return read_plain(ctx, expression, NULL);
}

void filter_xpath_tops(const struct ly_ctx *ctx, const char *expression, struct text_buf *out)
{
    struct text_buf simple = {0};
    tops(expression, &simple);
    if (!simple.len)
        return; /* it may look anywhere */
    if (!read_plain(ctx, expression, out) || !out->len) {
        text_buf_fini(out);
        text_buf_puts(out, text_buf_get(&simple));
    }
    text_buf_fini(&simple);
}
