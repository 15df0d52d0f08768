/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing text. Owner frees data with text_buf_fini; data is NUL-terminated once something was added.
 */
#pragma once

#include <stddef.h>

struct mem_account;

struct text_buf {
    struct mem_account *acct; /* may be NULL */
    char *data;
    size_t len, size;
};

void text_buf_add(struct text_buf *b, const char *text, size_t n);
void text_buf_puts(struct text_buf *b, const char *text);
void text_buf_printf(struct text_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *text_buf_get(const struct text_buf *b); /* never NULL */
void text_buf_fini(struct text_buf *b);
