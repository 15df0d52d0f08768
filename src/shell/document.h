/* SPDX-License-Identifier: Apache-2.0
 *
 * One JSON or XML document of list entries that come one after the other, from one tree or many: what is around them is
 * opened once and closed when it must be. An entry is a line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lyd_node;
struct pipe;
struct text_buf;
struct document;

struct document *document_create(struct pipe *out, bool is_xml);
/* The entry with all below it; of what is around it, containers and the keys of lists. */
void document_entry(struct document *d, const struct lyd_node *entry);
/* Closes what is open; an empty document if there was no entry. */
void document_finish(struct document *d);

/* A whole document. Data without one root gets one. */
void document_data(const char *xml, struct pipe *out);
void document_write_data(const char *xml, struct text_buf *out);
/* The other way round: a root that is NETCONF's <data> or <config>, and what stands before it, become blanks. */
void document_unwrap(char *xml);
/* Of text that is only lines. */
void document_lines(const char *text, bool is_xml, struct pipe *out);
