/* SPDX-License-Identifier: Apache-2.0
 *
 * Escaping.
 */
#include "lib/text/escape.h"

#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/utf8.h"

#define UTF8_MAX 4

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

const char *text_add_json(struct text_buf *out, const char *text, size_t max)
{
    const char *p = text, *end = text + strnlen(text, max);

    while (p < end) {
        uint32_t c;
        size_t n = text_decode_utf8(p, UTF8_MAX, &c);
        if (n == 0)
            text_buf_puts(out, "\\ufffd");
        else if (c < 0x20 || c == 0x7f)
            text_buf_printf(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            text_buf_printf(out, "\\%c", (char)c);
        else
            text_buf_add(out, p, n);
        p += n ? n : 1;
    }
    return p;
}
