/* SPDX-License-Identifier: Apache-2.0
 *
 * The parser of the text syntax (grammar in parse.h): a walk down the schema, one word at a time. Input is untrusted:
 * depth is bounded by the schema's, words by the lexer.
 */
#include "lib/text/parse.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/explain.h"
#include "lib/text/instance.h"
#include "lib/text/lexer.h"
#include "lib/text/syntax.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "lib/text/utf8.h"

#define MAX_KEYS 8

struct parser {
    const struct ly_ctx *ctx;
    const struct text_source *src;
    struct text_lexer lx;
    struct text_token tok; /* the one in front of us */
    struct lyd_node **tree;
    struct text_error *err;
};

/* A place in both trees. */
struct place {
    const struct lysc_node *schema; /* NULL = top */
    struct lyd_node *data;          /* NULL = top */
};

static int fail(struct parser *p, const struct place *at, const struct text_token *tok, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int fail(struct parser *p, const struct place *at, const struct text_token *tok, const char *fmt, ...)
{
    struct text_error *e = p->err;
    va_list ap;

    snprintf(e->file, sizeof(e->file), "%s", p->src->name ? p->src->name : "");
    e->line = tok->line;
    e->column = tok->column;
    e->path[0] = e->missing[0] = '\0';
    if (at && at->data)
        yang_path_of(at->data, e->path, sizeof(e->path));
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof(e->message), fmt, ap);
    va_end(ap);
    return -EINVAL;
}

static void next(struct parser *p)
{
    text_lexer_next(&p->lx, &p->tok);
}

static bool at_end_of_statement(const struct parser *p)
{
    return p->tok.kind == TEXT_END || p->tok.kind == TEXT_EOF || p->tok.kind == TEXT_CLOSE;
}

static const char *token_name(const struct text_token *t)
{
    switch (t->kind) {
    case TEXT_WORD:
        return t->word;
    case TEXT_OPEN:
        return "{";
    case TEXT_CLOSE:
        return "}";
    case TEXT_LIST_OPEN:
        return "[";
    case TEXT_LIST_CLOSE:
        return "]";
    case TEXT_END:
        return t->is_newline ? "end of line" : ";";
    case TEXT_EOF:
        return "end of text";
    case TEXT_BAD:
        return "unreadable text";
    }
    return "?";
}

/* The next word's value into *out and go on; else an error that says what was expected. */
static int take_word(struct parser *p, const struct place *at, const char *expected, struct text_token *out)
{
    if (p->tok.kind == TEXT_BAD)
        return fail(p, at, &p->tok, "%s", p->tok.word);
    if (p->tok.kind != TEXT_WORD)
        return fail(p, at, &p->tok, "expected %s, found %s", expected, token_name(&p->tok));
    *out = p->tok;
    next(p);
    return 0;
}

static int fail_unknown_word(struct parser *p, const struct place *at, const struct text_token *word)
{
    struct text_buf why = {0};
    text_explain_word(p->ctx, at->schema, word->word, &why);
    int rc = fail(p, at, word, "%s", text_buf_get(&why));
    text_buf_fini(&why);
    return rc;
}

/* A key is known by the word before it, its list's name. */
static int fail_value(struct parser *p, const struct place *at, const struct lysc_node *leaf,
                      const struct text_token *word)
{
    struct text_buf why = {0};
    text_explain_value(p->ctx, leaf, word->word, &why);
    int rc = fail(p, at, word, "%s", text_buf_get(&why));
    size_t used = strlen(p->err->path);
    snprintf(p->err->path + used, sizeof(p->err->path) - used, "/%s",
             lysc_is_key(leaf) ? leaf->parent->name : leaf->name);
    text_buf_fini(&why);
    return rc;
}

static void add_place(struct parser *p, const struct lysc_node *node, const struct text_token *key, size_t n)
{
    struct text_buf place = {0};

    text_buf_printf(&place, "%s/%s", p->err->missing, node->name);
    for (size_t i = 0; i < n; i++)
        text_buf_printf(&place, "[%s]", key[i].word);
    snprintf(p->err->missing, sizeof(p->err->missing), "%s", text_buf_get(&place));
    text_buf_fini(&place);
}

/* A step that leads to a place that is not there: the words that are left of it are keys. */
static void add_step(struct parser *p, const struct syntax_step *s)
{
    struct text_token key[MAX_KEYS];
    const struct lysc_node *k = s->node->nodetype == LYS_LIST ? lysc_node_child(s->node) : NULL;
    size_t n = 0;

    for (; k && lysc_is_key(k) && n < MAX_KEYS && p->tok.kind == TEXT_WORD; k = k->next) {
        syntax_write_out(k, p->tok.word, sizeof(p->tok.word));
        key[n++] = p->tok;
        next(p);
    }
    if (s->via)
        add_place(p, s->via, NULL, 0);
    add_place(p, s->node, key, n);
}

/* The statement goes on to a place below. */
static void add_rest(struct parser *p, const struct lysc_node *node)
{
    struct syntax_step s;

    while (p->tok.kind == TEXT_WORD && !(node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) &&
           syntax_find(p->ctx, node, p->tok.word, false, &s)) {
        next(p);
        add_step(p, &s);
        node = s.node;
    }
}

/* Keys, or the value of a leaf-list. */
static int fail_missing(struct parser *p, const struct place *at, const struct text_token *tok,
                        const struct lysc_node *node, const struct text_token *key, size_t n, const char *why)
{
    fail(p, at, tok, "nothing to remove: %s", why);
    snprintf(p->err->missing, sizeof(p->err->missing), "%s", p->err->path);
    add_place(p, node, key, n);
    add_rest(p, node);
    return -EINVAL;
}

static int fail_missing_step(struct parser *p, const struct place *at, const struct text_token *word,
                             const struct syntax_step *s)
{
    fail(p, at, word, "nothing to remove: %s %s is%s configured", s->via ? "no" : "this", s->node->name,
         s->via ? "" : " not");
    snprintf(p->err->missing, sizeof(p->err->missing), "%s", p->err->path);
    add_step(p, s);
    add_rest(p, s->node);
    return -EINVAL;
}

static struct lyd_node *siblings_of(struct parser *p, const struct place *at)
{
    return at->data ? lyd_child(at->data) : *p->tree;
}

static void mark_line(struct lyd_node *node, unsigned line)
{
    node->priv = (void *)(uintptr_t)line;
}

/* `fresh` is linked below `at` or (top) unlinked; finds its equal among the siblings and drops the fresh one, or keeps
 * it in place if `create`. Returns the node that stands in the tree; NULL if there is none. */
static struct lyd_node *settle(struct parser *p, const struct place *at, struct lyd_node *fresh, bool create)
{
    struct lyd_node *old = NULL;
    lyd_unlink_tree(fresh);
    if (lyd_find_sibling_first(siblings_of(p, at), fresh, &old) == LY_SUCCESS) {
        lyd_free_tree(fresh);
        return old;
    }
    if (!create) {
        lyd_free_tree(fresh);
        return NULL;
    }
    yang_drop_other_cases(siblings_of(p, at), fresh->schema, p->tree);
    if (at->data)
        lyd_insert_child(at->data, fresh);
    else
        lyd_insert_sibling(*p->tree, fresh, p->tree);
    return fresh;
}

/* Container: found or created. *out NULL: not there and not created. */
static int enter_container(struct parser *p, const struct place *at, const struct lysc_node *schema,
                           const struct text_token *word, bool create, struct lyd_node **out)
{
    struct lyd_node *node = NULL;
    *out = NULL;
    if (lyd_find_sibling_val(siblings_of(p, at), schema, NULL, 0, out) == LY_SUCCESS || !create)
        return 0;
    if (lyd_new_inner(at->data, schema->module, schema->name, 0, &node))
        return fail(p, at, word, "cannot create %s", schema->name);
    *out = settle(p, at, node, true);
    mark_line(*out, word->line);
    return 0;
}

static int enter_list(struct parser *p, const struct place *at, const struct lysc_node *list,
                      const struct text_token *word, bool create, struct lyd_node **out)
{
    struct text_token key[MAX_KEYS];
    const struct lysc_node *key_schema[MAX_KEYS];
    size_t n = 0;

    for (const struct lysc_node *k = lysc_node_child(list); k && lysc_is_key(k) && n < MAX_KEYS; k = k->next) {
        char expected[128];
        snprintf(expected, sizeof(expected), "the %s of %s", k->name, list->name);
        int rc = take_word(p, at, expected, &key[n]);
        if (rc)
            return rc;
        syntax_write_out(k, key[n].word, sizeof(key[n].word));
        LY_ERR valid = lyd_value_validate(p->ctx, k, key[n].word, strlen(key[n].word), NULL, NULL, NULL);
        if (valid && valid != LY_EINCOMPLETE)
            return fail_value(p, at, k, &key[n]);
        key_schema[n++] = k;
    }
    struct lyd_node *node = NULL;
    const char *k[MAX_KEYS];
    for (size_t i = 0; i < MAX_KEYS; i++)
        k[i] = i < n ? key[i].word : "";
    if (n == 0 ||
        lyd_new_list(at->data, list->module, list->name, 0, &node, k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7]))
        return n ? fail_value(p, at, key_schema[n - 1], &key[n - 1]) : fail(p, at, word, "%s has no key", list->name);
    *out = settle(p, at, node, create);
    if (*out == node)
        mark_line(node, word->line);
    if (*out)
        return 0;
    char why[160];
    snprintf(why, sizeof(why), "this %s is not configured", list->name);
    return fail_missing(p, at, word, list, key, n, why);
}

static int set_leaf(struct parser *p, const struct place *at, const struct lysc_node *leaf,
                    const struct text_token *value)
{
    struct lyd_node *node = NULL;
    struct text_buf instance = {0};
    const char *text =
        yang_instance_value(p->ctx, leaf, value->word, &instance) ? text_buf_get(&instance) : value->word;
    LY_ERR rc;

    ly_err_clean((struct ly_ctx *)p->ctx, NULL);
    if (leaf->nodetype == LYS_LEAF && lyd_find_sibling_val(siblings_of(p, at), leaf, NULL, 0, &node) == LY_SUCCESS) {
        rc = lyd_change_term(node, text);
        if (rc == LY_EEXIST || rc == LY_ENOT)
            rc = LY_SUCCESS;
    } else {
        rc = lyd_new_term(at->data, leaf->module, leaf->name, text, 0, &node);
        if (rc == LY_SUCCESS)
            node = settle(p, at, node, true);
    }
    text_buf_fini(&instance);
    if (rc)
        return fail_value(p, at, leaf, value);
    mark_line(node, value->line);
    return 0;
}

/* Removes the node; an emptied parent container stays (it means nothing). */
static int remove_node(struct parser *p, struct lyd_node *node)
{
    if (node == *p->tree)
        *p->tree = node->next;
    lyd_free_tree(node);
    return 0;
}

static int delete_leaf(struct parser *p, const struct place *at, const struct lysc_node *leaf,
                       const struct text_token *name, const struct text_token *value)
{
    struct lyd_node *node = NULL;

    if (leaf->nodetype == LYS_LEAF) {
        lyd_find_sibling_val(siblings_of(p, at), leaf, NULL, 0, &node);
    } else if (value) {
        if (lyd_new_term(at->data, leaf->module, leaf->name, value->word, 0, &node))
            return fail_value(p, at, leaf, value);
        node = settle(p, at, node, false);
    }
    if (!node && leaf->nodetype == LYS_LEAFLIST && !value) {
        size_t n_removed = 0;
        while (lyd_find_sibling_val(siblings_of(p, at), leaf, NULL, 0, &node) == LY_SUCCESS) {
            remove_node(p, node);
            n_removed++;
        }
        if (n_removed)
            return 0;
        node = NULL;
    }
    char why[768];
    bool is_other = node && leaf->nodetype == LYS_LEAF && value && strcmp(lyd_get_value(node), value->word) != 0;
    if (node && !is_other)
        return remove_node(p, node);
    if (is_other)
        snprintf(why, sizeof(why), "%s is %.600s", leaf->name, lyd_get_value(node));
    else
        snprintf(why, sizeof(why), "%s%s%.600s is not configured", leaf->name, value ? " " : "",
                 value ? value->word : "");
    return fail_missing(p, at, is_other ? value : name, leaf, value, leaf->nodetype == LYS_LEAFLIST && value, why);
}

/* The values behind a leaf's name: one word, or [ a b ], or none (boolean; any leaf when removing). */
static int leaf_statement(struct parser *p, const struct place *at, const struct lysc_node *leaf,
                          const struct text_token *name, bool is_delete)
{
    struct text_token value;
    bool is_bool = syntax_is_boolean(leaf);
    char expected[640];

    if (leaf->nodetype == LYS_LEAFLIST && p->tok.kind == TEXT_LIST_OPEN) {
        int rc = 0;
        for (next(p); rc == 0 && p->tok.kind != TEXT_LIST_CLOSE;) {
            if (p->tok.kind == TEXT_END && p->tok.is_newline) {
                next(p);
                continue;
            }
            if ((rc = take_word(p, at, "a value or ]", &value)) == 0)
                rc = is_delete ? delete_leaf(p, at, leaf, name, &value) : set_leaf(p, at, leaf, &value);
        }
        if (rc == 0)
            next(p);
        return rc;
    }
    bool is_true_false = p->tok.kind == TEXT_WORD && (!strcmp(p->tok.word, "true") || !strcmp(p->tok.word, "false"));
    if (is_bool && !is_true_false) {
        value = *name;
        snprintf(value.word, sizeof(value.word), "true");
        return is_delete ? delete_leaf(p, at, leaf, name, NULL) : set_leaf(p, at, leaf, &value);
    }
    if (is_delete && at_end_of_statement(p))
        return delete_leaf(p, at, leaf, name, NULL);
    struct text_buf type = {0};
    syntax_describe_type(leaf, &type);
    snprintf(expected, sizeof(expected), "the value of %s (%s)", leaf->name, text_buf_get(&type));
    text_buf_fini(&type);
    int rc = take_word(p, at, expected, &value);
    if (rc)
        return rc;
    return is_delete ? delete_leaf(p, at, leaf, name, &value) : set_leaf(p, at, leaf, &value);
}

static int statements(struct parser *p, const struct place *at, bool is_block);

/* Goes down by one word. *at moves; *is_leaf: the word was a leaf, done with its value. */
static int step(struct parser *p, struct place *at, const struct text_token *word, bool is_delete, bool *is_leaf)
{
    struct syntax_step s;
    struct lyd_node *node = NULL;
    int rc;

    *is_leaf = false;
    if (!syntax_find(p->ctx, at->schema, word->word, false, &s))
        return fail_unknown_word(p, at, word);
    if (s.via) {
        rc = enter_container(p, at, s.via, word, !is_delete, &node);
        if (rc)
            return rc;
        if (!node)
            return fail_missing_step(p, at, word, &s);
        *at = (struct place){s.via, node};
    }
    if (s.node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
        *is_leaf = true;
        return leaf_statement(p, at, s.node, word, is_delete);
    }
    rc = s.node->nodetype == LYS_LIST ? enter_list(p, at, s.node, word, !is_delete, &node)
                                      : enter_container(p, at, s.node, word, !is_delete, &node);
    if (rc)
        return rc;
    if (!node)
        return fail_missing_step(p, at, word, &s);
    *at = (struct place){s.node, node};
    return 0;
}

/* `set` and friends are marks only where the schema has no such word. */
static bool take_prefix(struct parser *p, const struct place *at)
{
    struct syntax_step s;
    const char *w = p->tok.word;
    bool is_delete = !strcmp(w, "no") || !strcmp(w, "delete");
    if (p->tok.is_quoted || (!is_delete && strcmp(w, "set") != 0) || syntax_find(p->ctx, at->schema, w, false, &s))
        return false;
    next(p);
    return is_delete;
}

static int end_statement(struct parser *p, const struct place *at)
{
    if (p->tok.kind == TEXT_END)
        next(p);
    else if (!at_end_of_statement(p))
        return p->tok.kind == TEXT_BAD ? fail(p, at, &p->tok, "%s", p->tok.word)
                                       : fail(p, at, &p->tok, "unexpected %s", token_name(&p->tok));
    return 0;
}

static int block(struct parser *p, const struct place *at, bool is_delete, bool is_leaf)
{
    struct text_token open = p->tok;
    if (is_delete)
        return fail(p, at, &open, "no block can follow here: remove each statement by its own");
    if (is_leaf)
        return fail(p, at, &open, "no block can follow a value");
    next(p);
    int rc = statements(p, at, true);
    if (rc)
        return rc;
    if (p->tok.kind != TEXT_CLOSE)
        return fail(p, at, &p->tok, "the block opened at line %u has no }", open.line);
    next(p);
    if (p->tok.kind == TEXT_END)
        next(p);
    return 0;
}

static int statement(struct parser *p, const struct place *start)
{
    struct place at = *start;
    bool is_delete = take_prefix(p, start);
    bool is_leaf = false;
    size_t n_words = 0;
    struct text_token word;

    while (p->tok.kind == TEXT_WORD) {
        if (is_delete && is_leaf)
            return fail(p, &at, &p->tok, "unexpected %s after what is to be removed", p->tok.word);
        word = p->tok;
        next(p);
        int rc = step(p, &at, &word, is_delete, &is_leaf);
        if (rc)
            return rc;
        n_words++;
    }
    if (n_words == 0)
        return p->tok.kind == TEXT_BAD ? fail(p, &at, &p->tok, "%s", p->tok.word)
                                       : fail(p, &at, &p->tok, "expected a statement, found %s", token_name(&p->tok));
    if (p->tok.kind == TEXT_OPEN)
        return block(p, &at, is_delete, is_leaf);
    int rc = end_statement(p, &at);
    if (rc == 0 && is_delete && !is_leaf)
        rc = remove_node(p, at.data);
    return rc;
}

static int statements(struct parser *p, const struct place *at, bool is_block)
{
    for (;;) {
        if (p->tok.kind == TEXT_END) {
            next(p);
            continue;
        }
        if (p->tok.kind == TEXT_EOF)
            return 0;
        if (p->tok.kind == TEXT_CLOSE)
            return is_block ? 0 : fail(p, at, &p->tok, "} without a block");
        int rc = statement(p, at);
        if (rc)
            return rc;
    }
}

/* libyang takes any octets for a string; what it prints of them it could not read again. */
static bool check_octets(struct parser *p)
{
    const char *text = p->src->text;
    size_t good = text_good_length(text, p->src->len);
    struct text_token here = {.line = 1, .column = 1};

    if (good == p->src->len)
        return true;
    for (size_t i = 0; i < good; i++) {
        here.column = text[i] == '\n' ? 1 : here.column + 1;
        here.line += text[i] == '\n';
    }
    fail(p, NULL, &here, "0x%02x is no character: text is UTF-8 without control characters", (unsigned char)text[good]);
    return false;
}

int text_parse(const struct ly_ctx *ctx, const struct text_source *src, struct lyd_node **tree, struct text_error *err)
{
    struct parser p = {.ctx = ctx, .src = src, .tree = tree, .err = err};
    struct place top = {NULL, NULL};

    memset(err, 0, sizeof(*err));
    if (!check_octets(&p))
        return -EINVAL;
    text_lexer_init(&p.lx, src->text, src->len);
    next(&p);
    return statements(&p, &top, false);
}

unsigned text_line_of(const struct lyd_node *node)
{
    for (; node; node = lyd_parent(node))
        if (node->priv)
            return (unsigned)(uintptr_t)node->priv;
    return 0;
}

void text_error_format(const struct text_error *err, struct text_buf *out)
{
    if (err->file[0] && err->line && err->column)
        text_buf_printf(out, "%s:%u:%u: ", err->file, err->line, err->column);
    else if (err->file[0] && err->line)
        text_buf_printf(out, "%s:%u: ", err->file, err->line);
    else if (err->file[0])
        text_buf_printf(out, "%s: ", err->file);
    if (err->path[0])
        text_buf_printf(out, "%s: ", err->path);
    text_buf_puts(out, err->message);
}
