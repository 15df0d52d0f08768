/* SPDX-License-Identifier: Apache-2.0
 *
 * See namespace.h. One pass over the tags; all else is copied.
 */
#include "lib/text/namespace.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/text/buf.h"

#define BLANK " \t\r\n"

/* Behind the next `mark`, or the end. */
static const char *after(const char *p, const char *mark)
{
    const char *at = strstr(p, mark);
    return at ? at + strlen(mark) : p + strlen(p);
}

enum attribute { PLAIN, DEFAULT_NAMESPACE, PREFIX };

/* One attribute: *value is behind its opening quote. Returns what is behind the closing one, NULL at a fault. */
static const char *attribute(const char *p, enum attribute *kind, const char **value)
{
    size_t len = strcspn(p, BLANK "=/><");
    bool is_declaration = strncmp(p, "xmlns", 5) == 0;
    *kind = is_declaration && len == 5 ? DEFAULT_NAMESPACE : is_declaration && p[5] == ':' ? PREFIX : PLAIN;
    p += len;
    p += strspn(p, BLANK);
    if (!len || *p++ != '=')
        return NULL;
    p += strspn(p, BLANK);
    if (*p != '"' && *p != '\'')
        return NULL;
    *value = p + 1;
    const char *end = strchr(*value, *p);
    return end ? end + 1 : NULL;
}

struct copy {
    const char *done; /* up to here it is in `out` */
    struct text_buf *out;
    unsigned depth;
};

static void copy_to(struct copy *c, const char *p)
{
    text_buf_add(c->out, c->done, (size_t)(p - c->done));
    c->done = p;
}

/* `p` is behind the name of a start tag. Behind its ">", or NULL at a fault. */
static const char *start_tag(struct copy *c, const char *p)
{
    const char *name_end = p;
    bool has_default = c->depth > 0;
    for (p += strspn(p, BLANK); *p && *p != '>' && *p != '/'; p += strspn(p, BLANK)) {
        enum attribute kind;
        const char *value, *next = attribute(p, &kind, &value);
        if (!next)
            return NULL;
        has_default |= kind == DEFAULT_NAMESPACE;
        if (kind != PLAIN && next == value + 1) {
            copy_to(c, value);
            text_buf_puts(c->out, TEXT_NS_NONE);
        }
        p = next;
    }
    if (!has_default) {
        copy_to(c, name_end);
        text_buf_puts(c->out, " xmlns='" TEXT_NS_NONE "'");
    }
    c->depth += *p == '>';
    return *p == '>' ? p + 1 : p[0] == '/' && p[1] == '>' ? p + 2 : NULL;
}

void text_xml_name_none(const char *xml, struct text_buf *out)
{
    struct copy c = {.done = xml, .out = out};
    const char *p = xml;
    while (p && (p = strchr(p, '<'))) {
        if (strncmp(p, "<!--", 4) == 0) {
            p = after(p + 4, "-->");
        } else if (strncmp(p, "<![CDATA[", 9) == 0) {
            p = after(p + 9, "]]>");
        } else if (p[1] == '?') {
            p = after(p + 2, "?>");
        } else if (p[1] == '!') {
            p = NULL; /* a document type: libyang refuses it */
        } else if (p[1] == '/') {
            c.depth -= c.depth > 0;
            p = after(p, ">");
        } else {
            p = start_tag(&c, p + 1 + strcspn(p + 1, BLANK "/>"));
        }
    }
    text_buf_puts(out, c.done);
}
