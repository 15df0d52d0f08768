/* SPDX-License-Identifier: Apache-2.0
 *
 * XML from a client as it is: elements, attributes and namespaces, before any schema is asked. libyang reads it in a
 * context without modules (`plain`), so everything becomes an opaque node. Free with yang_tree_free.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct lysc_node;

#define XML_NS_BASE "urn:ietf:params:xml:ns:netconf:base:1.0"
#define XML_NS_YANG "urn:ietf:params:xml:ns:yang:1"

/* 0 and *out, whose children are the elements of the text (NULL = none), or -EINVAL and a text. */
int xml_parse(struct ly_ctx *plain, const char *text, struct lyd_node **out, char *error, size_t size);
const char *xml_name(const struct lyd_node *element);
const char *xml_namespace(const struct lyd_node *element); /* "" = none */
const char *xml_text(const struct lyd_node *element);      /* "" = none */
bool xml_is_blank(const char *text);
/* NULL: it has no such attribute. `ns`: "" = without a prefix. */
const char *xml_attribute(const struct lyd_node *element, const char *ns, const char *name);

/* An element's text as a value of the leaf below `parent`, prefixes made into names of modules; in *held if it had to
 * be changed (to be freed). It may still be no valid value. */
const char *xml_value(const struct lyd_node *element, const struct lysc_node *leaf, const struct lyd_node *parent,
                      char **held);
