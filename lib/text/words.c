/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks typed words down the schema without data.
 */
#include "lib/text/words.h"

#include <libyang/libyang.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/lexer.h"
#include "lib/text/syntax.h"
#include "strata/mem.h"

bool text_words_split(const char *line, struct text_words *out)
{
    struct text_lexer lx;
    struct text_token tok;

    out->n = 0;
    text_lexer_init(&lx, line, strlen(line));
    for (text_lexer_next(&lx, &tok); tok.kind != TEXT_EOF; text_lexer_next(&lx, &tok)) {
        static const char *const marks[] = {
            [TEXT_OPEN] = "{", [TEXT_CLOSE] = "}", [TEXT_LIST_OPEN] = "[", [TEXT_LIST_CLOSE] = "]", [TEXT_END] = ";"};
        if (tok.kind == TEXT_BAD || out->n == TEXT_WORDS_MAX)
            return false;
        if (tok.kind == TEXT_END && tok.is_newline)
            continue;
        out->word[out->n++] = mem_strdup(NULL, tok.kind == TEXT_WORD ? tok.word : marks[tok.kind]);
    }
    return true;
}

void text_words_free(struct text_words *w)
{
    for (size_t i = 0; i < w->n; i++)
        mem_free(NULL, w->word[i]);
    w->n = 0;
}

static void walk_keys(const struct lysc_node *list, const char *const *words, size_t n, struct text_place *out,
                      struct text_buf *path)
{
    for (const struct lysc_node *k = lysc_node_child(list); k && lysc_is_key(k); k = k->next) {
        if (out->used == n) {
            out->key = k;
            return;
        }
        text_buf_printf(path, "[%s]", words[out->used++]);
    }
}

static void walk_leaf(const struct lysc_node *leaf, const char *const *words, size_t n, struct text_place *out)
{
    bool is_bool = syntax_is_boolean(leaf);
    const char *next = out->used < n ? words[out->used] : NULL;
    out->leaf = NULL;
    out->ends_with_value = false;
    if (!next) {
        out->leaf = leaf;
    } else if (strcmp(next, "[") == 0 && leaf->nodetype == LYS_LEAFLIST) {
        while (out->used < n && strcmp(words[out->used], "]") != 0)
            out->used++;
        if (out->used == n)
            out->leaf = leaf;
        else
            out->used++;
        out->ends_with_value = !out->leaf;
    } else if (!is_bool || strcmp(next, "true") == 0 || strcmp(next, "false") == 0) {
        out->used++;
        out->ends_with_value = true;
    }
}

void text_words_walk(const struct ly_ctx *ctx, const char *const *words, size_t n, bool with_state,
                     struct text_place *out, struct text_buf *path)
{
    struct syntax_step s;
    memset(out, 0, sizeof(*out));
    while (out->used < n && syntax_find(ctx, out->node, words[out->used], with_state, &s)) {
        out->used++;
        out->leaf = NULL;
        if (s.node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
            walk_leaf(s.node, words, n, out);
            continue;
        }
        out->ends_with_value = false;
        if (s.via)
            text_buf_printf(path, "/%s", s.via->name);
        text_buf_printf(path, "/%s", s.node->name);
        out->node = s.node;
        if (s.node->nodetype == LYS_LIST)
            walk_keys(s.node, words, n, out, path);
        if (out->key)
            return;
    }
}
