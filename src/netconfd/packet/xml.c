/* SPDX-License-Identifier: Apache-2.0
 *
 * See xml.h. XML 1.0, sections 2.1 to 3.1, as far as the shape goes.
 */
#include "src/netconfd/packet/xml.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static bool is_name_start(char c)
{
    return is_name(c) && c != '-' && c != '.' && !(c >= '0' && c <= '9');
}

static void skip_spaces(const char **at, const char *end)
{
    while (*at < end && is_space(**at))
        (*at)++;
}

static struct xml_part take_name(const char **at, const char *end)
{
    const char *from = *at;
    if (*at < end && is_name_start(**at))
        while (*at < end && is_name(**at))
            (*at)++;
    return (struct xml_part){from, (size_t)(*at - from)};
}

bool xml_is(struct xml_part part, const char *text)
{
    return part.len == strlen(text) && memcmp(part.text, text, part.len) == 0;
}

static bool is_same(struct xml_part a, struct xml_part b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

struct xml_part xml_local_name(struct xml_part name)
{
    const char *colon = name.len ? memchr(name.text, ':', name.len) : NULL;
    if (!colon)
        return name;
    return (struct xml_part){colon + 1, name.len - (size_t)(colon + 1 - name.text)};
}

struct xml_part xml_trim(struct xml_part part)
{
    while (part.len && is_space(part.text[0])) {
        part.text++;
        part.len--;
    }
    while (part.len && is_space(part.text[part.len - 1]))
        part.len--;
    return part;
}

bool xml_attribute(struct xml_part *rest, struct xml_part *name, struct xml_part *value)
{
    const char *at = rest->text, *end = at + rest->len;
    skip_spaces(&at, end);
    *name = take_name(&at, end);
    skip_spaces(&at, end);
    if (!name->len || at == end || *at != '=')
        return false;
    at++;
    skip_spaces(&at, end);
    if (at == end || (*at != '"' && *at != '\''))
        return false;
    const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
    if (!close)
        return false;
    *value = (struct xml_part){at + 1, (size_t)(close - at - 1)};
    *rest = (struct xml_part){close + 1, (size_t)(end - close - 1)};
    return true;
}

bool xml_is_in(const struct xml_event *e, const char *ns)
{
    struct xml_part rest = e->attributes, name, value;
    struct xml_part local = xml_local_name(e->name);
    size_t prefix = e->name.len - local.len; /* with the colon */
    while (xml_attribute(&rest, &name, &value)) {
        bool is_ours = prefix ? name.len == prefix + 5 && memcmp(name.text, "xmlns:", 6) == 0 &&
                                    memcmp(name.text + 6, e->name.text, prefix - 1) == 0
                              : xml_is(name, "xmlns");
        if (is_ours)
            return xml_is(value, ns);
    }
    return false;
}

void xml_begin(struct xml_reader *r, const char *text, size_t len)
{
    *r = (struct xml_reader){.at = text, .end = text + len};
}

static enum xml_kind bad(struct xml_reader *r, struct xml_event *e, const char *why)
{
    r->error = why;
    e->kind = XML_BAD;
    return XML_BAD;
}

static const char *find(const char *at, const char *end, const char *what)
{
    return memmem(at, (size_t)(end - at), what, strlen(what));
}

static bool begins(const struct xml_reader *r, const char *with)
{
    size_t n = strlen(with);
    return (size_t)(r->end - r->at) >= n && memcmp(r->at, with, n) == 0;
}

/* Behind the attributes, which must be such, not too many, and end in '>' or '/>'. NULL: they are not. */
static const char *attributes_end(const char *at, const char *end, bool *is_empty)
{
    struct xml_part rest = {at, (size_t)(end - at)}, name, value;
    for (unsigned n = 0; n <= XML_ATTRIBUTES_MAX; n++) {
        const char *before = rest.text;
        skip_spaces(&rest.text, end);
        rest.len = (size_t)(end - rest.text);
        if (rest.len == 0)
            return NULL;
        *is_empty = *rest.text == '/';
        if (*rest.text == '>')
            return rest.text + 1;
        if (*is_empty)
            return rest.len > 1 && rest.text[1] == '>' ? rest.text + 2 : NULL;
        if (rest.text == before || !xml_attribute(&rest, &name, &value) || memchr(value.text, '<', value.len))
            return NULL;
    }
    return NULL;
}

static enum xml_kind take_start(struct xml_reader *r, struct xml_event *e)
{
    r->at++;
    e->name = take_name(&r->at, r->end);
    if (!e->name.len)
        return bad(r, e, "malformed tag");
    if (r->depth == 0 && r->has_root)
        return bad(r, e, "more than one root element");
    if (r->depth >= XML_DEPTH_MAX)
        return bad(r, e, "elements nested too deeply");
    const char *close = attributes_end(r->at, r->end, &e->is_empty);
    if (!close)
        return bad(r, e, "malformed attribute, too many, or unfinished tag");
    e->attributes = (struct xml_part){r->at, (size_t)(close - r->at) - (e->is_empty ? 2 : 1)};
    r->at = close;
    r->has_root = true;
    r->is_empty = e->is_empty;
    r->open[r->depth++] = e->name;
    e->kind = XML_START;
    return XML_START;
}

static enum xml_kind take_end(struct xml_reader *r, struct xml_event *e)
{
    r->at += 2;
    e->name = take_name(&r->at, r->end);
    skip_spaces(&r->at, r->end);
    if (!e->name.len || r->at == r->end || *r->at != '>')
        return bad(r, e, "malformed end tag");
    r->at++;
    if (r->depth == 0 || !is_same(r->open[r->depth - 1], e->name))
        return bad(r, e, "end tag without its start");
    r->depth--;
    e->kind = XML_END;
    return XML_END;
}

/* A comment, instruction or CDATA: behind `close`. False: it does not end. */
static bool pass(struct xml_reader *r, size_t open_len, const char *close, struct xml_part *content)
{
    const char *from = r->at + open_len, *to = find(from, r->end, close);
    if (!to)
        return false;
    *content = (struct xml_part){from, (size_t)(to - from)};
    r->at = to + strlen(close);
    return true;
}

static enum xml_kind take_text(struct xml_reader *r, struct xml_event *e)
{
    const char *to = memchr(r->at, '<', (size_t)(r->end - r->at));
    e->text = (struct xml_part){r->at, (size_t)((to ? to : r->end) - r->at)};
    r->at += e->text.len;
    if (r->depth == 0 && xml_trim(e->text).len)
        return bad(r, e, "text outside the root element");
    if (memchr(e->text.text, '\0', e->text.len))
        return bad(r, e, "a NUL byte is no text");
    e->kind = XML_TEXT;
    return XML_TEXT;
}

enum xml_kind xml_next(struct xml_reader *r, struct xml_event *e)
{
    *e = (struct xml_event){.kind = XML_BAD};
    if (r->error)
        return XML_BAD;
    if (r->is_empty) {
        r->is_empty = false;
        r->depth--;
    }
    while (r->at < r->end) {
        struct xml_part content;
        if (*r->at != '<')
            return take_text(r, e);
        if (begins(r, "<!--")) {
            if (!pass(r, 4, "-->", &content))
                return bad(r, e, "unfinished comment");
        } else if (begins(r, "<?")) {
            /* libyang takes <?> for a whole one. */
            if (r->end - r->at < 3 || !is_name_start(r->at[2]) || !pass(r, 2, "?>", &content))
                return bad(r, e, "malformed or unfinished processing instruction");
        } else if (begins(r, "<![CDATA[")) {
            if (r->depth == 0 || !pass(r, 9, "]]>", &e->text))
                return bad(r, e, "unfinished or misplaced CDATA");
            e->kind = XML_TEXT;
            return XML_TEXT;
        } else if (begins(r, "<!")) {
            return bad(r, e, "document types are not accepted");
        } else {
            return begins(r, "</") ? take_end(r, e) : take_start(r, e);
        }
    }
    if (r->depth || !r->has_root)
        return bad(r, e, "the message ends amid an element");
    e->kind = XML_DONE;
    return XML_DONE;
}

bool xml_check(const char *text, size_t len, struct xml_event *root, const char **error)
{
    struct xml_reader r;
    struct xml_event e;
    bool has_root = false;

    *root = (struct xml_event){.kind = XML_BAD};
    xml_begin(&r, text, len);
    while (xml_next(&r, &e) != XML_DONE) {
        if (e.kind == XML_BAD) {
            *error = r.error;
            return false;
        }
        if (e.kind == XML_START && !has_root) {
            *root = e;
            has_root = true;
        }
    }
    return true;
}
