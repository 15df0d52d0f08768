/* SPDX-License-Identifier: Apache-2.0
 *
 * Text as the inside of an XML element or attribute, or of a JSON string. Never fails: what cannot be written there is
 * replaced.
 */
#pragma once

#include <stddef.h>

struct text_buf;

/* Control characters but tab and line feed become "?". */
void text_add_xml(struct text_buf *out, const char *text, size_t len);
/* What is no UTF-8 becomes U+FFFD. Stops at the end of the text, or when `max` octets of it were taken: whole
 * characters, so that it may be up to 3 more. Returns what is left. */
const char *text_add_json(struct text_buf *out, const char *text, size_t max);
