/* SPDX-License-Identifier: Apache-2.0
 *
 * XPath filters: what the expression selects, with all that is below, its ancestors and their keys.
 */
#include "src/mgmtd/filter/filter.h"

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
    if (!budget_allows(expression, count(*tree))) {
        snprintf(error, size, "this expression could take too long; use paths from the root with simple conditions");
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
void filter_xpath_tops(const char *expression, struct text_buf *out)
{
    const char *p = expression;
    if (has_inner_root(expression))
        return;
    for (;;) {
        p += strspn(p, " \t\r\n");
        size_t len = *p == '/' ? strcspn(p + 1, "/[|() \t\r\n*.@") : 0;
        if (len == 0 || strstr(p, "..") || strstr(p, "//") || strstr(p, "::")) {
            text_buf_fini(out); /* from everywhere */
            return;
        }
        const char *colon = memchr(p + 1, ':', len);
        const char *name = colon ? colon + 1 : p + 1;
        text_buf_printf(out, "%s/%.*s", out->len ? " " : "", (int)(p + 1 + len - name), name);
        p = strchr(p, '|');
        if (!p)
            return;
        p++;
    }
}
