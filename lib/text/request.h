/* SPDX-License-Identifier: Apache-2.0
 *
 * Actions: between the words behind `request`, the rpc statements of the strata modules, and what a daemon hears
 * (north.h, action). The first hyphen of an rpc's name is the space between its two words: bgp-clear is "bgp clear".
 * Then come the leafs of its input, in their order: a mandatory one as its value alone, a boolean as its name if it is
 * true, any other as its name and its value: "bgp clear 10.0.0.1 vpn-instance red soft".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct lysc_node;
struct text_buf;

#define REQUEST_ERROR_MAX 200

/* The next rpc of a strata module behind `after` (NULL: the first); NULL at the end. For help and completion. */
const struct lysc_node *request_next(const struct ly_ctx *ctx, const struct lysc_node *after);
/* The rpc that the first two words name; NULL if there is none. */
const struct lysc_node *request_find(const struct ly_ctx *ctx, const char *first, const char *second);
/* Is a leaf of an rpc's input typed as its value alone? As its name alone? (Neither: name and value.) */
bool request_is_bare(const struct lysc_node *leaf);
bool request_is_flag(const struct lysc_node *leaf);

/* An rpc as data -> "bgp clear" and "10.0.0.1 soft", as a daemon hears them. 0, or -EINVAL and a text: a value cannot
 * be said in one word. */
int request_words(const struct lyd_node *rpc, struct text_buf *name, struct text_buf *argument, char *error,
                  size_t size);
/* "bgp clear 10.0.0.1 soft" -> the rpc as data, valid, the caller's. 0; -ENOENT: no such request; -EINVAL: *at is the
 * word that is at fault (their number: at the end something is missing). */
int request_parse(const struct ly_ctx *ctx, const char *const *words, size_t n, struct lyd_node **rpc, size_t *at,
                  char *error, size_t size);
/* What a daemon answered -> XML of the rpc's output: the leaf `result`; nothing for no text. */
void request_reply(const struct lyd_node *rpc, const char *text, struct text_buf *xml);
