/* SPDX-License-Identifier: Apache-2.0
 *
 * Words a person typed -> a place in the schema and a data path. Used for contexts, completion and `show
 * configuration`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lysc_node;
struct text_buf;

#define TEXT_WORDS_MAX 128
struct text_words {
    size_t n;
    char *word[TEXT_WORDS_MAX]; /* owned */
};

/* Splits as the lexer does; marks are words of their own. False: unreadable (an open quote). */
bool text_words_split(const char *line, struct text_words *out);
void text_words_free(struct text_words *w);

struct text_place {
    const struct lysc_node *node; /* container, list or leaf that the words end at; NULL = top */
    const struct lysc_node *leaf; /* the words end behind this leaf's name, before its value */
    const struct lysc_node *key;  /* the words end before this key of `node` (a list) */
    size_t used;                  /* words understood; < n: word[used] is unknown here */
    bool ends_with_value;         /* the last word was a leaf's value */
};
/* Walks down. The data path (Strata's form, keys included) goes to *path. */
void text_words_walk(const struct ly_ctx *ctx, const char *const *words, size_t n, bool with_state,
                     struct text_place *out, struct text_buf *path);
