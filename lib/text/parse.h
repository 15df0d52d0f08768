/* SPDX-License-Identifier: Apache-2.0
 *
 * Strata's text syntax -> data tree.
 *
 *   file      = { statement }
 *   statement = [ "no" | "delete" | "set" ] word { word } [ "{" { statement } "}" ] end
 *   end       = newline | ";" | end of file | before or behind "}"
 *
 * Words go down the schema (syntax.h): a container's name, a list's name and its keys, a leaf's name and value; after a
 * leaf and its value the line goes on at the same place. A boolean leaf alone means true. A leaf-list takes one value,
 * is repeated, or takes [ a b c ]. Naming a list entry or presence container creates it. `no` removes what the words
 * name.
 */
#pragma once

#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct text_buf;

#define TEXT_PATH_MAX 512
struct text_error {
    char file[256];
    unsigned line, column; /* from 1; 0 = no place in a file */
    char path[TEXT_PATH_MAX];
    char message[768];
    /* What was to be removed and is not there, or not so: in the form of path. "" with every other error. */
    char missing[TEXT_PATH_MAX];
};

struct text_source {
    const char *name; /* for errors */
    const char *text;
    size_t len;
};

/* Applies the source to *tree (may be NULL; grows). Every node that is set remembers its line: text_line_of. 0, or
 * -EINVAL and *err; the tree then holds what came before the error: work on a copy. Not validated. */
int text_parse(const struct ly_ctx *ctx, const struct text_source *src, struct lyd_node **tree, struct text_error *err);
unsigned text_line_of(const struct lyd_node *node); /* of it or its nearest ancestor; 0 if unknown */
/* "file:line:column: /path: message", what is not known left out. */
void text_error_format(const struct text_error *err, struct text_buf *out);
