/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing text.
 */
#include "lib/text/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

void text_buf_add(struct text_buf *b, const char *text, size_t n)
{
    if (b->len + n + 1 > b->size) {
        size_t size = b->size ? b->size : 256;
        while (size < b->len + n + 1)
            size *= 2;
        b->data = mem_realloc(b->acct, b->data, size);
        b->size = size;
    }
    if (n)
        memcpy(b->data + b->len, text, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void text_buf_puts(struct text_buf *b, const char *text)
{
    text_buf_add(b, text, strlen(text));
}

void text_buf_printf(struct text_buf *b, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n < sizeof(line)) {
        text_buf_add(b, line, (size_t)n);
        return;
    }
    char *big = mem_alloc(b->acct, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(big, (size_t)n + 1, fmt, ap);
    va_end(ap);
    text_buf_add(b, big, (size_t)n);
    mem_free(b->acct, big);
}

const char *text_buf_get(const struct text_buf *b)
{
    return b->data ? b->data : "";
}

void text_buf_fini(struct text_buf *b)
{
    mem_free(b->acct, b->data);
    b->data = NULL;
    b->len = b->size = 0;
}
