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
#include <stdint.h>

struct ly_ctx;
struct lyd_node;
struct lysc_node;
struct text_buf;

#define REQUEST_ERROR_MAX 200
#define REQUEST_WORD_MAX  64

/* The next rpc of a strata module behind `after` (NULL: the first); NULL at the end. */
const struct lysc_node *request_next(const struct ly_ctx *ctx, const struct lysc_node *after);
/* The rpc that the first two words name; NULL if there is none. */
const struct lysc_node *request_find(const struct ly_ctx *ctx, const char *first, const char *second);
/* The two words of its name: the first to `first`, the second is returned. */
const char *request_name(const struct lysc_node *rpc, char first[REQUEST_WORD_MAX]);

/* Where one is among the words behind the name: what may come next. */
struct request_place {
    const struct lysc_node *rpc;
    const struct lysc_node *leaf; /* its value comes next; NULL: the name of another, or the end */
    uint64_t given;               /* a bit for each leaf of the input, in their order */
};
void request_begin(struct request_place *p, const struct lysc_node *rpc);
/* While no value is due: the next leaf behind `after` (NULL: the first) that may come by its name. */
const struct lysc_node *request_next_named(const struct request_place *p, const struct lysc_node *after);
/* The name of that leaf came, or the value that was due. */
void request_pass_name(struct request_place *p, const struct lysc_node *leaf);
void request_pass_value(struct request_place *p);

/* An rpc as data -> "bgp clear" and "10.0.0.1 soft", as a daemon hears them. 0, or -EINVAL and a text: a value cannot
 * be said in one word. */
int request_words(const struct lyd_node *rpc, struct text_buf *name, struct text_buf *argument, char *error,
                  size_t size);
/* "bgp clear 10.0.0.1 soft" -> the rpc as data, valid, the caller's. 0; -ENOENT: no such request; -EINVAL: *at is the
 * word that is at fault (their number: at the end something is missing). */
int request_parse(const struct ly_ctx *ctx, const char *const *words, size_t n, struct lyd_node **rpc, size_t *at,
                  char *error, size_t size);
/* What a daemon answered -> XML of the rpc's output: the leaf `result`; nothing for no text. */
void request_reply(const struct lysc_node *rpc, const char *text, struct text_buf *xml);
