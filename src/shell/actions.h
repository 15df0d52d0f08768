/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of `request` that are rpcs of the modules: bgp-clear is typed `request bgp clear`. Leafs of the input that must
 * be given follow as values, in order; others by their names, a boolean alone is true.
 */
#pragma once

#include <stddef.h>

struct completion_list;
struct shell;

/* The words in full, to be freed by their owner as struct text_words is. 0, or 1: an error was said. A first word that
 * no rpc has is left as it is. */
struct text_words;
int actions_expand(struct shell *s, char *const *words, size_t n, struct text_words *out);
/* `clear bgp 10.0.0.1` -> `bgp clear 10.0.0.1`: the words as a request has them, borrowed. Returns how many. */
size_t actions_cleared(char *const *words, size_t n, char **out);
void actions_offer_cleared(struct shell *s, struct completion_list *list, char *const *words, size_t n);
void actions_offer(struct shell *s, struct completion_list *list, char *const *words, size_t n);
