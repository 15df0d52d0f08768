/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that can be stored and read back: UTF-8 (RFC 3629) without control characters but tab and ends of line, and
 * without noncharacters, as YANG (RFC 7950 section 14), JSON and XML want it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The UTF-8 sequence at `text`, of at most `left` octets: its length and its code point, whichever that is; 0: there is
 * none. Does not look behind a NUL. */
size_t text_decode_utf8(const char *text, size_t left, uint32_t *out);
/* Where it stops being that; `len` if it is all good. */
size_t text_good_length(const char *text, size_t len);
bool text_is_good(const char *text); /* NULL is */
/* What is not good, and a character cut at the end, becomes "?". */
void text_copy_good(char *out, size_t size, const char *from);
