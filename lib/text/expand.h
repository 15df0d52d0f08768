/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person typed -> the same statements in full: any unambiguous prefix of a schema word, or of a value that the
 * schema lists, becomes the word; the exact word always wins. Words, keys and values are judged on the way, so that a
 * fault is found at once and at the very word. No data: whether what `no` names is there is not known here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/text/buf.h"
#include "lib/text/parse.h"

struct ly_ctx;
struct lysc_node;

struct text_expansion {           /* text_expansion_fini */
    struct text_buf full;         /* as many words on as many lines as were typed */
    struct text_buf place;        /* words of the containers and entries that the last statement went down */
    const struct lysc_node *node; /* the last of them; NULL = the start */
    bool is_place;                /* one statement without block that sets no leaf and removes nothing */
    bool is_open;                 /* a block was not closed: more must follow. Then nothing else is said */
    struct text_buf blocks;       /* words of the blocks that are open at the end */
};

/* `start`, `start_path`: where statements begin (NULL, "" = top). 0, or -EINVAL and *err (place: line, column). */
int text_expand(const struct ly_ctx *ctx, const struct lysc_node *start, const char *start_path,
                const struct text_source *src, struct text_expansion *out, struct text_error *err);
void text_expansion_fini(struct text_expansion *x);
/* The place in `from` of the word that stands in `to` at *line and *column, both having the same words. */
void text_same_word(const char *to, const char *from, unsigned *line, unsigned *column);
/* What `typed` may stand for among the names: the exact name, or all that begin with it. Returns how many. */
size_t text_abbreviated(const char *typed, const char *const *names, size_t n, const char **hits, size_t max);
