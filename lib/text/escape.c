/* SPDX-License-Identifier: Apache-2.0
 *
 * Escaping.
 */
#include "lib/text/escape.h"

#include "lib/text/buf.h"

void text_add_xml(struct text_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '<')
            text_buf_puts(out, "&lt;");
        else if (c == '>')
            text_buf_puts(out, "&gt;");
        else if (c == '&')
            text_buf_puts(out, "&amp;");
        else if (c == '"')
            text_buf_puts(out, "&quot;");
        else if (c >= 0x20 || c == '\n' || c == '\t')
            text_buf_add(out, text + i, 1);
        else
            text_buf_puts(out, "?"); /* XML has no way to write it */
    }
}

/* The length of the UTF-8 sequence at p; 0: it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *p)
{
    static const struct {
        unsigned char first, last, from, to; /* of the first byte, of the second */
        size_t len;
    } forms[] = {
        {0x20, 0x7e, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last)
            continue;
        if (forms[i].len > 1 && (p[1] < forms[i].from || p[1] > forms[i].to))
            return 0;
        for (size_t k = 2; k < forms[i].len; k++)
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].len;
    }
    return 0;
}

const char *text_add_json(struct text_buf *out, const char *text, size_t max)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t used = 0;

    while (*p && used < max) {
        size_t n = utf8_length(p);
        if (n == 0)
            text_buf_printf(out, *p < 0x80 ? "\\u%04x" : "\\ufffd", *p);
        else if (*p == '"' || *p == '\\')
            text_buf_printf(out, "\\%c", *p);
        else
            text_buf_add(out, (const char *)p, n);
        p += n ? n : 1;
        used += n ? n : 1;
    }
    return (const char *)p;
}
