/* SPDX-License-Identifier: Apache-2.0
 *
 * See namespace.h. One pass over the tags; all else is copied.
 */
#include "lib/text/namespace.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/text/buf.h"

#define BLANK   " \t\r\n"
#define STARTS  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define FOLLOWS STARTS "0123456789-."

struct name {
    const char *text;
    size_t len;
};

struct pass {
    const char *at;
    const char *done; /* up to here it is in `out` */
    struct text_buf *out;
    const char *error;
    unsigned depth, n;
    struct {
        struct name prefix;
        unsigned depth;
    } declared[TEXT_XML_DECLARED_MAX];
};

static bool fail(struct pass *p, const char *why)
{
    p->error = why;
    return false;
}

/* Up to here it is in `out`, then `more` is. */
static void insert(struct pass *p, const char *at, const char *more)
{
    text_buf_add(p->out, p->done, (size_t)(at - p->done));
    text_buf_puts(p->out, more);
    p->done = at;
}

static bool is_among(char c, const char *set)
{
    return (unsigned char)c >= 0x80 || (c && strchr(set, c));
}

/* Without a colon. */
static struct name take_simple(struct pass *p)
{
    struct name n = {p->at, 0};
    if (is_among(*p->at, STARTS))
        while (is_among(*p->at, FOLLOWS))
            p->at++;
    n.len = (size_t)(p->at - n.text);
    return n;
}

/* A prefix is empty when there is none, a name when it is no name. */
static struct name take_name(struct pass *p, struct name *prefix)
{
    struct name n = take_simple(p);
    *prefix = (struct name){n.text, 0};
    if (n.len && *p->at == ':') {
        p->at++;
        *prefix = n;
        n = take_simple(p);
    }
    return n;
}

static bool is(struct name n, const char *text)
{
    return n.len == strlen(text) && memcmp(n.text, text, n.len) == 0;
}

static void skip_blank(struct pass *p)
{
    p->at += strspn(p->at, BLANK);
}

/* Behind the next `mark`. */
static bool pass_by(struct pass *p, size_t opening, const char *mark)
{
    const char *end = strstr(p->at + opening, mark);
    if (!end)
        return fail(p, "a comment, instruction or CDATA section does not end");
    p->at = end + strlen(mark);
    return true;
}

static bool declare(struct pass *p, struct name prefix)
{
    if (p->n == TEXT_XML_DECLARED_MAX)
        return fail(p, "too many namespaces are declared at one place");
    p->declared[p->n].prefix = prefix;
    p->declared[p->n++].depth = p->depth;
    return true;
}

static bool is_declared(const struct pass *p, struct name prefix)
{
    for (unsigned i = p->n; i-- > 0;)
        if (p->declared[i].prefix.len == prefix.len && memcmp(p->declared[i].prefix.text, prefix.text, prefix.len) == 0)
            return true;
    return false;
}

static void close_element(struct pass *p)
{
    while (p->n && p->declared[p->n - 1].depth == p->depth)
        p->n--;
    p->depth -= p->depth > 0;
}

/* One attribute: a declaration of an empty namespace is named. */
static bool take_attribute(struct pass *p, bool *has_default)
{
    struct name prefix, name = take_name(p, &prefix);
    bool is_prefix = is(prefix, "xmlns"), is_default = !prefix.len && is(name, "xmlns");

    skip_blank(p);
    if (!name.len || *p->at++ != '=')
        return fail(p, "malformed attribute");
    skip_blank(p);
    char quote = *p->at;
    if (quote != '"' && quote != '\'')
        return fail(p, "an attribute without quotes");
    const char *value = ++p->at, stops[] = {quote, '<', '\0'};
    p->at += strcspn(value, stops);
    if (*p->at != quote)
        return fail(p, *p->at ? "a \"<\" in an attribute" : "an attribute does not end");
    if ((is_prefix || is_default) && p->at == value)
        insert(p, value, TEXT_NS_NONE);
    p->at++;
    *has_default |= is_default;
    return !is_prefix || declare(p, name);
}

static bool take_start(struct pass *p)
{
    p->at++;
    struct name prefix, name = take_name(p, &prefix);
    bool has_default = p->depth > 0;

    if (!name.len || (*p->at != '>' && *p->at != '/' && !strspn(p->at, BLANK)))
        return fail(p, "malformed tag");
    if (p->depth++ == TEXT_XML_DEPTH_MAX)
        return fail(p, "too many elements within each other");
    for (skip_blank(p); *p->at != '>' && *p->at != '/'; skip_blank(p))
        if (!take_attribute(p, &has_default))
            return false;
    if (!has_default)
        insert(p, p->at, " xmlns='" TEXT_NS_NONE "'");
    if (prefix.len && !is_declared(p, prefix))
        return fail(p, "a prefix that is not declared");
    if (*p->at == '/') {
        p->at++;
        close_element(p);
    }
    return *p->at++ == '>' || fail(p, "malformed tag");
}

static bool take_end(struct pass *p)
{
    close_element(p);
    return pass_by(p, 2, ">");
}

static bool take_tag(struct pass *p)
{
    if (strncmp(p->at, "<!--", 4) == 0)
        return pass_by(p, 4, "-->");
    if (strncmp(p->at, "<![CDATA[", 9) == 0)
        return pass_by(p, 9, "]]>");
    if (p->at[1] == '!')
        return fail(p, "document types are not accepted");
    if (p->at[1] == '?') /* libyang would end <?> there */
        return is_among(p->at[2], STARTS) ? pass_by(p, 2, "?>") : fail(p, "malformed instruction");
    return p->at[1] == '/' ? take_end(p) : take_start(p);
}

const char *text_xml_name_none(const char *xml, struct text_buf *out)
{
    struct pass p = {.at = xml, .done = xml, .out = out};
    while (!p.error && *(p.at += strcspn(p.at, "<")))
        take_tag(&p);
    if (!p.error)
        insert(&p, p.at, "");
    return p.error;
}
