/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/text/utf8.h"

#include <string.h>

static bool is_good(uint32_t c)
{
    if ((c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe)
        return false;
    return c >= 0x20 ? c < 0x7f || c > 0x9f : c == '\t' || c == '\n' || c == '\r';
}

size_t text_decode_utf8(const char *text, size_t left, uint32_t *out)
{
    static const uint32_t first[] = {0, 0, 0x80, 0x800, 0x10000}; /* shorter ones must be written so */
    const unsigned char *p = (const unsigned char *)text;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
    uint32_t c = len < 2 ? p[0] : p[0] & (0x7fu >> len);

    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    *out = c;
    return c < first[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : len;
}

/* Octets of the character at `text`; 0: it is none that can be stored. */
static size_t take(const char *text, size_t left)
{
    uint32_t c;
    size_t len = text_decode_utf8(text, left, &c);
    return len && is_good(c) ? len : 0;
}

size_t text_good_length(const char *text, size_t len)
{
    size_t at = 0, n;
    while (at < len && (n = take(text + at, len - at)))
        at += n;
    return at;
}

bool text_is_good(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    return text_good_length(text, len) == len;
}

void text_copy_good(char *out, size_t size, const char *from)
{
    size_t len = strlen(from), at = 0, used = 0;

    while (at < len) {
        size_t n = take(from + at, len - at);
        if (used + (n ? n : 1) >= size)
            break;
        memcpy(out + used, n ? from + at : "?", n ? n : 1);
        used += n ? n : 1;
        at += n ? n : 1;
    }
    out[used] = '\0';
}
