/* SPDX-License-Identifier: Apache-2.0
 *
 * Words and marks of the text syntax. Words end at white space and at { } [ ] ; " and #-comments run to the end of the
 * line; a line that begins with ! is a comment as a whole. A quoted word knows \" \\ \n and \t. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum text_token_kind {
    TEXT_WORD,
    TEXT_OPEN,
    TEXT_CLOSE,
    TEXT_LIST_OPEN,
    TEXT_LIST_CLOSE,
    TEXT_END,
    TEXT_EOF,
    TEXT_BAD
};

#define TEXT_WORD_MAX 512
struct text_token {
    enum text_token_kind kind; /* TEXT_END: newline or ';' */
    char word[TEXT_WORD_MAX];  /* WORD: unquoted value. BAD: what is wrong */
    unsigned line, column;     /* of its first character, from 1 */
    bool is_quoted;
    bool is_newline; /* END by newline */
};

struct text_lexer {
    const char *text;
    size_t len, pos;
    unsigned line, column;
    bool has_word; /* in this line, already */
};

void text_lexer_init(struct text_lexer *lx, const char *text, size_t len);
void text_lexer_next(struct text_lexer *lx, struct text_token *out);
/* Writes `word` so that the lexer gives it back, quoted if need be. */
struct text_buf;
void text_quote(struct text_buf *b, const char *word);
