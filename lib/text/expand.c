/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk over the words of statements, like the parser's but over the schema alone; what stands between words is
 * copied.
 */
#include "lib/text/expand.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/explain.h"
#include "lib/text/instance.h"
#include "lib/text/lexer.h"
#include "lib/text/syntax.h"

#define BLOCKS_MAX 32
#define VALUES_MAX 64

struct place {
    const struct lysc_node *node;
    size_t path_len;  /* of walk.path */
    size_t words_len; /* of the expansion's blocks */
};

struct walk {
    const struct ly_ctx *ctx;
    const struct text_source *src;
    struct text_lexer lx;
    struct text_token tok; /* the one in front of us */
    size_t start;          /* where it begins in the source */
    size_t copied;         /* the source up to here is in out->full */
    struct text_buf path;  /* as errors show it */
    struct place at;
    struct text_expansion *out;
    struct text_error *err;
    bool has_leaf, is_removal;
};

static int fail(struct walk *w, const struct text_token *tok, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct walk *w, const struct text_token *tok, const char *fmt, ...)
{
    va_list ap;
    snprintf(w->err->file, sizeof(w->err->file), "%s", w->src->name ? w->src->name : "");
    w->err->line = tok->line;
    w->err->column = tok->column;
    snprintf(w->err->path, sizeof(w->err->path), "%s", text_buf_get(&w->path));
    va_start(ap, fmt);
    vsnprintf(w->err->message, sizeof(w->err->message), fmt, ap);
    va_end(ap);
    return -EINVAL;
}

static void next(struct walk *w)
{
    size_t before = w->lx.pos;
    text_lexer_next(&w->lx, &w->tok);
    w->start = w->lx.pos - (w->tok.kind == TEXT_WORD && !w->tok.is_quoted ? strlen(w->tok.word) : 0);
    if (w->tok.is_quoted) /* nothing but blanks can be before it */
        w->start = before + strcspn(w->src->text + before, "\"");
}

static void cut(struct text_buf *b, size_t len)
{
    if (b->len > len) {
        b->len = len;
        b->data[len] = '\0';
    }
}

/* Writes `word` instead of the word in front of us. */
static void replace(struct walk *w, const char *word)
{
    text_buf_add(&w->out->full, w->src->text + w->copied, w->start - w->copied);
    text_quote(&w->out->full, word);
    w->copied = w->lx.pos;
    snprintf(w->tok.word, sizeof(w->tok.word), "%s", word);
}

size_t text_abbreviated(const char *typed, const char *const *names, size_t n, const char **hits, size_t max)
{
    size_t n_hits = 0, len = strlen(typed);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], typed) == 0) {
            hits[0] = names[i];
            return 1;
        }
        if (len && strncmp(names[i], typed, len) == 0 && n_hits < max)
            hits[n_hits++] = names[i];
    }
    return n_hits;
}

static int fail_ambiguous(struct walk *w, const char *const *hits, size_t n)
{
    struct text_buf names = {0};
    for (size_t i = 0; i < n; i++)
        text_buf_printf(&names, "%s%s", i ? ", " : "", hits[i]);
    int rc = fail(w, &w->tok, "\"%.80s\" is ambiguous: %s", w->tok.word, text_buf_get(&names));
    text_buf_fini(&names);
    return rc;
}

static void add_place_word(struct walk *w, const char *word)
{
    if (w->out->place.len)
        text_buf_puts(&w->out->place, " ");
    text_quote(&w->out->place, word);
}

/* --- values --- */

static int fail_value(struct walk *w, const struct lysc_node *leaf)
{
    struct text_buf why = {0};
    size_t len = w->path.len;
    text_explain_value(w->ctx, leaf, w->tok.word, &why);
    text_buf_printf(&w->path, "/%s", lysc_is_key(leaf) ? leaf->parent->name : leaf->name);
    int rc = fail(w, &w->tok, "%s", text_buf_get(&why));
    cut(&w->path, len);
    text_buf_fini(&why);
    return rc;
}

static int expect_word(struct walk *w, const char *what)
{
    if (w->tok.kind == TEXT_WORD)
        return 0;
    if (w->tok.kind == TEXT_BAD)
        return fail(w, &w->tok, "%s", w->tok.word);
    return fail(w, &w->tok, "expected %s", what);
}

static bool replace_path(struct walk *w, const struct lysc_node *leaf)
{
    struct text_buf instance = {0};
    bool is_path = yang_instance_value(w->ctx, leaf, w->tok.word, &instance);
    if (is_path)
        replace(w, text_buf_get(&instance));
    text_buf_fini(&instance);
    return is_path;
}

/* The word in front of us as the leaf's value: judged, or the value that it abbreviates. */
static int value(struct walk *w, const struct lysc_node *leaf)
{
    const char *all[VALUES_MAX], *hits[VALUES_MAX];

    ly_err_clean((struct ly_ctx *)(uintptr_t)w->ctx, NULL);
    if (replace_path(w, leaf))
        return 0;
    char word[sizeof(w->tok.word)];
    snprintf(word, sizeof(word), "%s", w->tok.word);
    syntax_write_out(leaf, word, sizeof(word));
    if (strcmp(word, w->tok.word) != 0)
        replace(w, word);
    LY_ERR rc = lyd_value_validate(w->ctx, leaf, w->tok.word, strlen(w->tok.word), NULL, NULL, NULL);
    if (rc && rc != LY_EINCOMPLETE) {
        size_t n = w->tok.is_quoted
                       ? 0
                       : text_abbreviated(w->tok.word, all, syntax_values(leaf, all, VALUES_MAX), hits, VALUES_MAX);
        if (n > 1)
            return fail_ambiguous(w, hits, n);
        if (n == 0)
            return fail_value(w, leaf);
        replace(w, hits[0]);
    }
    return 0;
}

static int list_of_values(struct walk *w, const struct lysc_node *leaf)
{
    next(w);
    while (w->tok.kind != TEXT_LIST_CLOSE) {
        if (w->tok.kind == TEXT_END && w->tok.is_newline) {
            next(w);
            continue;
        }
        int rc = expect_word(w, "a value or ]");
        if (rc == 0)
            rc = value(w, leaf);
        if (rc)
            return rc;
        next(w);
    }
    next(w);
    return 0;
}

static bool is_end(const struct walk *w)
{
    return w->tok.kind == TEXT_END || w->tok.kind == TEXT_EOF || w->tok.kind == TEXT_CLOSE;
}

static int leaf_values(struct walk *w, const struct lysc_node *leaf)
{
    struct text_buf type = {0};
    char expected[640];

    w->has_leaf = true;
    if (leaf->nodetype == LYS_LEAFLIST && w->tok.kind == TEXT_LIST_OPEN)
        return list_of_values(w, leaf);
    if (syntax_is_boolean(leaf)) {
        bool has_value = w->tok.kind == TEXT_WORD && (!strcmp(w->tok.word, "true") || !strcmp(w->tok.word, "false"));
        if (has_value)
            next(w);
        return 0;
    }
    if (w->is_removal && is_end(w))
        return 0;
    syntax_describe_type(leaf, &type);
    snprintf(expected, sizeof(expected), "the value of %s (%s)", leaf->name, text_buf_get(&type));
    text_buf_fini(&type);
    int rc = expect_word(w, expected);
    if (rc == 0)
        rc = value(w, leaf);
    if (rc == 0)
        next(w);
    return rc;
}

/* --- statements --- */

static int keys(struct walk *w, const struct lysc_node *list)
{
    for (const struct lysc_node *k = lysc_node_child(list); k && lysc_is_key(k); k = k->next) {
        char expected[160];
        snprintf(expected, sizeof(expected), "the %s of %s", k->name, list->name);
        int rc = expect_word(w, expected);
        if (rc == 0)
            rc = value(w, k);
        if (rc)
            return rc;
        text_buf_printf(&w->path, "[%s]", w->tok.word);
        add_place_word(w, w->tok.word);
        next(w);
    }
    return 0;
}

/* The schema's word for the one in front of us, in full. */
static int find(struct walk *w, struct syntax_step *s)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    const char *names[SYNTAX_CHILDREN_MAX], *hits[SYNTAX_CHILDREN_MAX];

    if (syntax_find(w->ctx, w->at.node, w->tok.word, false, s))
        return 0;
    size_t n = syntax_children(w->ctx, w->at.node, false, all);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i].node->name;
    size_t n_hits = w->tok.is_quoted ? 0 : text_abbreviated(w->tok.word, names, n, hits, SYNTAX_CHILDREN_MAX);
    if (n_hits > 1)
        return fail_ambiguous(w, hits, n_hits);
    if (n_hits == 1) {
        replace(w, hits[0]);
        return syntax_find(w->ctx, w->at.node, w->tok.word, false, s) ? 0 : -EINVAL;
    }
    struct text_buf why = {0};
    text_explain_word(w->ctx, w->at.node, w->tok.word, &why);
    int rc = fail(w, &w->tok, "%s", text_buf_get(&why));
    text_buf_fini(&why);
    return rc;
}

static int step(struct walk *w)
{
    struct syntax_step s = {0};
    int rc = find(w, &s);

    if (rc)
        return rc;
    if (s.node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
        next(w);
        return leaf_values(w, s.node);
    }
    add_place_word(w, w->tok.word);
    next(w);
    if (s.via)
        text_buf_printf(&w->path, "/%s", s.via->name);
    text_buf_printf(&w->path, "/%s", s.node->name);
    w->at.node = s.node;
    return s.node->nodetype == LYS_LIST ? keys(w, s.node) : 0;
}

/* `set` and friends are marks only where the schema has no such word. */
static void take_prefix(struct walk *w)
{
    struct syntax_step s;
    bool is_removal = !strcmp(w->tok.word, "no") || !strcmp(w->tok.word, "delete");
    if (w->tok.kind != TEXT_WORD || w->tok.is_quoted || (!is_removal && strcmp(w->tok.word, "set") != 0) ||
        syntax_find(w->ctx, w->at.node, w->tok.word, false, &s))
        return;
    w->is_removal = is_removal;
    next(w);
}

static int statement(struct walk *w)
{
    size_t n = 0;
    w->is_removal = w->has_leaf = false;
    cut(&w->out->place, 0);
    take_prefix(w);
    for (; w->tok.kind == TEXT_WORD; n++) {
        if (w->is_removal && w->has_leaf)
            return fail(w, &w->tok, "unexpected \"%.80s\" after what is to be removed", w->tok.word);
        int rc = step(w);
        if (rc)
            return rc;
    }
    if (w->tok.kind == TEXT_BAD)
        return fail(w, &w->tok, "%s", w->tok.word);
    if (n == 0)
        return fail(w, &w->tok, "expected a statement");
    if (w->tok.kind == TEXT_OPEN && (w->is_removal || w->has_leaf))
        return fail(w, &w->tok,
                    w->has_leaf ? "no block can follow a value"
                                : "no block can follow here: remove each statement by its own");
    if (w->tok.kind != TEXT_OPEN && !is_end(w))
        return fail(w, &w->tok, "unexpected mark");
    return 0;
}

static int statements(struct walk *w)
{
    struct place blocks[BLOCKS_MAX];
    size_t depth = 0, n = 0;
    bool has_block = false;
    int rc = 0;

    blocks[0] = w->at;
    for (next(w); rc == 0 && w->tok.kind != TEXT_EOF;) {
        if (w->tok.kind == TEXT_END || w->tok.kind == TEXT_CLOSE) {
            if (w->tok.kind == TEXT_CLOSE && depth == 0)
                return fail(w, &w->tok, "} without a block");
            depth -= w->tok.kind == TEXT_CLOSE;
            cut(&w->out->blocks, blocks[depth].words_len);
            next(w);
            continue;
        }
        w->at = blocks[depth];
        cut(&w->path, w->at.path_len);
        rc = statement(w);
        n++;
        if (rc == 0 && w->tok.kind == TEXT_OPEN) {
            has_block = true;
            text_buf_printf(&w->out->blocks, "%s%s", w->out->blocks.len ? " " : "", text_buf_get(&w->out->place));
            w->at.path_len = w->path.len;
            w->at.words_len = w->out->blocks.len;
            if (++depth == BLOCKS_MAX)
                return fail(w, &w->tok, "too many blocks in blocks");
            blocks[depth] = w->at;
            next(w);
        }
    }
    w->out->is_open = rc == 0 && depth > 0;
    w->out->is_place = rc == 0 && n == 1 && !has_block && !w->has_leaf && !w->is_removal;
    w->out->node = w->at.node;
    return rc;
}

int text_expand(const struct ly_ctx *ctx, const struct lysc_node *start, const char *start_path,
                const struct text_source *src, struct text_expansion *out, struct text_error *err)
{
    struct walk w = {.ctx = ctx, .src = src, .out = out, .err = err};

    memset(err, 0, sizeof(*err));
    memset(out, 0, sizeof(*out));
    text_lexer_init(&w.lx, src->text, src->len);
    text_buf_puts(&w.path, start_path);
    w.at = (struct place){.node = start, .path_len = w.path.len};
    int rc = statements(&w);
    text_buf_add(&out->full, src->text + w.copied, src->len - w.copied);
    text_buf_fini(&w.path);
    return rc;
}

void text_expansion_fini(struct text_expansion *x)
{
    text_buf_fini(&x->full);
    text_buf_fini(&x->place);
    text_buf_fini(&x->blocks);
}

void text_same_word(const char *to, const char *from, unsigned *line, unsigned *column)
{
    struct text_lexer a, b;
    struct text_token ta, tb;

    text_lexer_init(&a, to, strlen(to));
    text_lexer_init(&b, from, strlen(from));
    do {
        text_lexer_next(&a, &ta);
        text_lexer_next(&b, &tb);
    } while (ta.kind != TEXT_EOF && ta.kind != TEXT_BAD && tb.kind != TEXT_EOF &&
             (ta.line < *line || (ta.line == *line && ta.column < *column)));
    *line = tb.line;
    *column = tb.column;
}
