/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that can be stored and read back: UTF-8 (RFC 3629) without control characters but tab and ends of line, and
 * without noncharacters, as YANG (RFC 7950 section 14), JSON and XML want it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Where it stops being that; `len` if it is all good. */
size_t text_good_length(const char *text, size_t len);
bool text_is_good(const char *text); /* NULL is */
/* What is not good, and a character cut at the end, becomes "?". */
void text_copy_good(char *out, size_t size, const char *from);
