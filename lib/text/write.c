/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer of the text syntax. Transparent containers vanish, chains of single children share a line, values of a
 * leaf-list share brackets.
 */
#include "lib/text/write.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/lexer.h"
#include "lib/text/syntax.h"
#include "lib/text/tree.h"

struct writer {
    text_origin_fn *origin_of; /* NULL: no comments */
    struct text_buf *out;
};

static const char *const top_order[] = {"system", "interfaces", "static-routes", "mpls", "vpn-instances", "policy"};

static bool is_shown(const struct lyd_node *n)
{
    return n->schema && !lysc_is_key(n->schema) && !yang_node_is_empty(n);
}

static bool is_transparent(const struct lyd_node *n)
{
    const struct lysc_node *list = syntax_transparent(n->schema);
    return list != NULL;
}

static bool is_first_value(const struct lyd_node *n)
{
    return n->schema->nodetype != LYS_LEAFLIST || !n->prev->next || n->prev->schema != n->schema;
}

/* Statements a sibling list makes; leaf-list values count once, transparent containers by what is in them. */
static size_t count_statements(const struct lyd_node *siblings)
{
    size_t count = 0;
    for (const struct lyd_node *n = siblings; n; n = n->next) {
        if (!is_shown(n) || !is_first_value(n))
            continue;
        count += is_transparent(n) ? count_statements(lyd_child(n)) : 1;
    }
    return count;
}

static void write_head(const struct lyd_node *n, struct text_buf *out)
{
    text_buf_puts(out, n->schema->name);
    for (const struct lyd_node *key = lyd_child(n); key && key->schema && lysc_is_key(key->schema); key = key->next) {
        text_buf_puts(out, " ");
        text_quote(out, lyd_get_value(key));
    }
}

static void write_leaf(const struct lyd_node *n, struct text_buf *out)
{
    text_buf_puts(out, n->schema->name);
    if (syntax_is_boolean(n->schema) && strcmp(lyd_get_value(n), "true") == 0)
        return;
    text_buf_puts(out, " ");
    if (n->schema->nodetype != LYS_LEAFLIST || !n->next || n->next->schema != n->schema) {
        text_quote(out, lyd_get_value(n));
        return;
    }
    text_buf_puts(out, "[");
    for (const struct lyd_node *v = n; v && v->schema == n->schema; v = v->next) {
        text_buf_puts(out, " ");
        text_quote(out, lyd_get_value(v));
    }
    text_buf_puts(out, " ]");
}

static void indent(struct text_buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        text_buf_puts(out, "    ");
}

static void end_line(const struct writer *w, const struct lyd_node *n, const char *end)
{
    const char *origin = w->origin_of ? w->origin_of(n) : NULL;
    text_buf_puts(w->out, end);
    if (origin)
        text_buf_printf(w->out, "  # implied by %s", origin);
    text_buf_puts(w->out, "\n");
}

static void write_siblings(const struct lyd_node *siblings, unsigned depth, bool is_chained, const struct writer *w);

/* `is_chained`: the line has begun. */
static void write_one(const struct lyd_node *n, unsigned depth, bool is_chained, const struct writer *w)
{
    struct text_buf *out = w->out;
    if (is_transparent(n)) {
        write_siblings(lyd_child(n), depth, is_chained, w);
        return;
    }
    if (is_chained)
        text_buf_puts(out, " ");
    else
        indent(out, depth);
    if (n->schema->nodetype & LYD_NODE_TERM) {
        write_leaf(n, out);
        end_line(w, n, "");
        return;
    }
    write_head(n, out);
    size_t count = count_statements(lyd_child(n));
    if (count == 0) {
        end_line(w, n, "");
    } else if (count == 1) {
        write_siblings(lyd_child(n), depth, true, w);
    } else {
        end_line(w, n, " {");
        write_siblings(lyd_child(n), depth + 1, false, w);
        indent(out, depth);
        text_buf_puts(out, "}\n");
    }
}

static void write_siblings(const struct lyd_node *siblings, unsigned depth, bool is_chained, const struct writer *w)
{
    for (const struct lyd_node *n = siblings; n; n = n->next)
        if (is_shown(n) && is_first_value(n))
            write_one(n, depth, is_chained, w);
}

static size_t rank_of(const char *name)
{
    size_t i = 0;
    while (i < sizeof(top_order) / sizeof(top_order[0]) && strcmp(top_order[i], name) != 0)
        i++;
    return i;
}

void text_write_origins(const struct lyd_node *tree, text_origin_fn *origin_of, struct text_buf *out)
{
    struct writer w = {.origin_of = origin_of, .out = out};
    for (size_t rank = 0; rank <= sizeof(top_order) / sizeof(top_order[0]); rank++)
        for (const struct lyd_node *n = tree; n; n = n->next)
            if (is_shown(n) && is_first_value(n) && rank_of(n->schema->name) == rank)
                write_one(n, 0, false, &w);
}

void text_write(const struct lyd_node *tree, struct text_buf *out)
{
    text_write_origins(tree, NULL, out);
}

void text_write_words(const struct lyd_node *node, struct text_buf *out)
{
    if (node->parent) {
        text_write_words(lyd_parent(node), out);
        if (out->len && out->data[out->len - 1] != ' ')
            text_buf_puts(out, " ");
    }
    if (node->schema->nodetype & LYD_NODE_TERM)
        text_buf_puts(out, node->schema->name);
    else if (!is_transparent(node))
        write_head(node, out);
}

static void write_lines(const struct lyd_node *n, char sign, struct text_buf *out)
{
    bool has_child = false;
    for (const struct lyd_node *c = lyd_child(n); c; c = c->next) {
        if (!is_shown(c))
            continue;
        write_lines(c, sign, out);
        has_child = true;
    }
    if (has_child)
        return;
    text_buf_add(out, &sign, 1);
    text_buf_puts(out, " ");
    struct text_buf words = {.acct = out->acct};
    text_write_words(n, &words);
    text_buf_puts(out, text_buf_get(&words));
    text_buf_fini(&words);
    if (n->schema->nodetype & LYD_NODE_TERM) {
        text_buf_puts(out, " ");
        text_quote(out, lyd_get_value(n));
    }
    text_buf_puts(out, "\n");
}

static int write_difference(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    if (was && now && !(now->schema->nodetype & LYD_NODE_TERM))
        return yang_diff(lyd_child(was), lyd_child(now), write_difference, arg);
    if (was)
        write_lines(was, '-', arg);
    if (now)
        write_lines(now, '+', arg);
    return 0;
}

void text_write_diff(const struct lyd_node *was, const struct lyd_node *now, struct text_buf *out)
{
    yang_diff(was, now, write_difference, out);
}
