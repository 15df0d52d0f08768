/* SPDX-License-Identifier: Apache-2.0
 *
 * How the schema reads as words. A container whose name is its only configuration child's name + "s", that child being
 * a list, is transparent: /vpn-instances/vpn-instance[X] is typed `vpn-instance X`. Choices and cases never show. The
 * form with the container's name is understood too, but not offered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lysc_node;
struct lysc_type;
struct text_buf;

struct syntax_step {
    const struct lysc_node *via;  /* transparent container to pass through, or NULL */
    const struct lysc_node *node; /* container, list, leaf or leaf-list */
};

#define SYNTAX_CHILDREN_MAX 256
/* What may stand below `parent` (NULL = top), list keys left out. `with_state`: also config false. Returns how many. */
size_t syntax_children(const struct ly_ctx *ctx, const struct lysc_node *parent, bool with_state,
                       struct syntax_step out[SYNTAX_CHILDREN_MAX]);
bool syntax_find(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *word, bool with_state,
                 struct syntax_step *out);
/* The only list of a transparent container, else NULL. */
const struct lysc_node *syntax_transparent(const struct lysc_node *container);
bool syntax_is_boolean(const struct lysc_node *leaf);
bool syntax_is_number(const struct lysc_type *type); /* whole or decimal; a leafref is none */
/* A value as people write it, as the schema wants it, in place: an OSPF area may be a plain number, 0 is 0.0.0.0. */
void syntax_write_out(const struct lysc_node *leaf, char *word, size_t size);
/* "one of: a, b", "a number 1..65535", "an IPv4 prefix" ...: what a leaf's value may be. */
void syntax_describe_type(const struct lysc_node *leaf, struct text_buf *out);
/* Values an enumeration, identity or boolean leaf may have. Returns how many. */
size_t syntax_values(const struct lysc_node *leaf, const char **out, size_t max);
/* What one of those values means, the first sentence; "" if nobody says. */
void syntax_value_help(const struct lysc_node *leaf, const char *value, char *out, size_t size);
/* First sentence of the description; "" if none. */
void syntax_help(const struct lysc_node *node, char *out, size_t size);
