/* SPDX-License-Identifier: Apache-2.0
 *
 * The shape of an XML message, before any of it is believed: one root element, tags that match, no deeper than a limit,
 * no document type (so no entities of its own). Pure; everything borrows the text. Meaning (namespaces, values) is
 * libyang's business; here only what must be known of a message that libyang may refuse: the root's name and
 * attributes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct xml_part { /* a piece of the text */
    const char *text;
    size_t len;
};

enum xml_kind { XML_START, XML_END, XML_TEXT, XML_DONE, XML_BAD };

struct xml_event {
    enum xml_kind kind;
    struct xml_part name;       /* START, END: as written, with its prefix */
    struct xml_part attributes; /* START: all of them */
    struct xml_part text;       /* TEXT */
    bool is_empty;              /* START of <name/>: no END comes */
};

#define XML_DEPTH_MAX      128
#define XML_ATTRIBUTES_MAX 256 /* of one element */
struct xml_reader {
    const char *at, *end;
    struct xml_part open[XML_DEPTH_MAX];
    size_t depth; /* elements open now, that of the last START included */
    bool has_root, is_empty;
    const char *error; /* after XML_BAD */
};

void xml_begin(struct xml_reader *r, const char *text, size_t len);
/* The next event; comments and processing instructions are passed over. After XML_DONE and XML_BAD: the same again. */
enum xml_kind xml_next(struct xml_reader *r, struct xml_event *e);
/* The next of an element's attributes; false at the end. The value is as written, without its quotes. */
bool xml_attribute(struct xml_part *rest, struct xml_part *name, struct xml_part *value);

/* Reads all of it. True: well formed so far as is checked here, *root is the root's START. */
bool xml_check(const char *text, size_t len, struct xml_event *root, const char **error);
bool xml_is(struct xml_part part, const char *text);
struct xml_part xml_local_name(struct xml_part name); /* without the prefix */
struct xml_part xml_trim(struct xml_part part);
/* Is the element in the namespace, by the declarations it carries itself? */
bool xml_is_in(const struct xml_event *e, const char *ns);
