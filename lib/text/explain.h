/* SPDX-License-Identifier: Apache-2.0
 *
 * What to say about a word that does not fit: what was expected, and what was probably meant.
 */
#pragma once

#include <stddef.h>

struct ly_ctx;
struct lysc_node;
struct text_buf;

/* Which of the names was probably meant: the nearest that two slips of the finger (one, for short words) turn into
 * `word`. NULL: none, or several are as near. */
const char *text_nearest(const char *word, const char *const *names, size_t n);
#define TEXT_NAMES_SAID 8
/* The names with ", " between them; of more than TEXT_NAMES_SAID those that begin or are spelled most like `word`, and
 * how to see them all. */
void text_list_names(const char *word, const char *const *names, size_t n, struct text_buf *out);
/* `unknown word "x"; did you mean "y"? expected one of: ...`, below `parent` (NULL = top). */
void text_explain_word(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *word,
                       struct text_buf *out);
/* `"x" is no valid NAME (libyang's reason); expected ...`, right after libyang refused the value. */
void text_explain_value(const struct ly_ctx *ctx, const struct lysc_node *leaf, const char *word, struct text_buf *out);
