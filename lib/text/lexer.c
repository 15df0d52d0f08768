/* SPDX-License-Identifier: Apache-2.0
 *
 * Cuts text into words and marks, counting lines and columns. Input is untrusted and need not end with NUL.
 */
#include "lib/text/lexer.h"

#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"

void text_lexer_init(struct text_lexer *lx, const char *text, size_t len)
{
    *lx = (struct text_lexer){.text = text, .len = len, .line = 1, .column = 1};
}

static int peek(const struct text_lexer *lx)
{
    return lx->pos < lx->len ? (unsigned char)lx->text[lx->pos] : -1;
}

static void advance(struct text_lexer *lx)
{
    if (lx->text[lx->pos++] == '\n') {
        lx->line++;
        lx->column = 1;
    } else {
        lx->column++;
    }
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void bad(struct text_token *out, const char *why)
{
    out->kind = TEXT_BAD;
    snprintf(out->word, sizeof(out->word), "%s", why);
}

static void skip_blanks(struct text_lexer *lx)
{
    while (is_blank(peek(lx)))
        advance(lx);
    if (peek(lx) == '#' || (peek(lx) == '!' && !lx->has_word))
        while (peek(lx) != -1 && peek(lx) != '\n')
            advance(lx);
}

static void lex_quoted(struct text_lexer *lx, struct text_token *out)
{
    size_t n = 0;
    advance(lx);
    for (;;) {
        int c = peek(lx);
        if (c == -1 || c == '\n' || c == 0)
            return bad(out, "the quoted text has no end");
        advance(lx);
        if (c == '"')
            break;
        if (c == '\\') {
            c = peek(lx);
            if (c != '"' && c != '\\' && c != 'n' && c != 't')
                return bad(out, "after \\ in quotes expected \" \\ n or t");
            advance(lx);
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        if (n + 1 >= sizeof(out->word))
            return bad(out, "the word is too long");
        out->word[n++] = (char)c;
    }
    out->word[n] = '\0';
    out->kind = TEXT_WORD;
    out->is_quoted = true;
}

static void lex_word(struct text_lexer *lx, struct text_token *out)
{
    size_t n = 0;
    for (;;) {
        int c = peek(lx);
        if (c == -1 || c == '\n' || is_blank(c) || strchr("{}[];\"", c))
            break;
        if (c < 0x20 || c == 0x7f)
            return bad(out, "unexpected control character");
        if (n + 1 >= sizeof(out->word))
            return bad(out, "the word is too long");
        out->word[n++] = (char)c;
        advance(lx);
    }
    out->word[n] = '\0';
    if (n == 0)
        return bad(out, "unexpected control character"); /* NUL: strchr finds it */
    out->kind = TEXT_WORD;
}

void text_lexer_next(struct text_lexer *lx, struct text_token *out)
{
    static const struct {
        char c;
        enum text_token_kind kind;
    } marks[] = {
        {'{', TEXT_OPEN},       {'}', TEXT_CLOSE}, {'[', TEXT_LIST_OPEN},
        {']', TEXT_LIST_CLOSE}, {';', TEXT_END},   {'\n', TEXT_END},
    };

    skip_blanks(lx);
    out->line = lx->line;
    out->column = lx->column;
    out->is_quoted = false;
    out->is_newline = false;
    out->word[0] = '\0';
    int c = peek(lx);
    lx->has_word = c != '\n';
    if (c == -1) {
        out->kind = TEXT_EOF;
        return;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (c != marks[i].c)
            continue;
        out->kind = marks[i].kind;
        out->is_newline = c == '\n';
        advance(lx);
        return;
    }
    if (c == '"')
        lex_quoted(lx, out);
    else
        lex_word(lx, out);
}

void text_quote(struct text_buf *b, const char *word)
{
    bool is_plain = *word && *word != '#' && *word != '!';
    for (const char *p = word; *p && is_plain; p++)
        is_plain = (unsigned char)*p > 0x20 && *p != 0x7f && !strchr("{}[];\"", *p);
    if (is_plain) {
        text_buf_puts(b, word);
        return;
    }
    text_buf_puts(b, "\"");
    for (const char *p = word; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_buf_add(b, "\\", 1);
        if (*p == '\n' || *p == '\t')
            text_buf_puts(b, *p == '\n' ? "\\n" : "\\t");
        else
            text_buf_add(b, p, 1);
    }
    text_buf_puts(b, "\"");
}
