/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of leafs by their type: text, order, encoding, ownership. A slot is the memory of one value in a struct; only
 * strings own anything (a block).
 */
#pragma once

#include "lib/schema/stream.h"
#include "strata/addr.h"
#include "strata/schema.h"

#define VALUE_TEXT_MAX 64

/* Room for any value outside of a struct. */
union value_slot {
    uint64_t number;
    struct prefix prefix;
    char *string;
};

/* Canonical text to a value; 0 or -EINVAL (the slot is then unchanged). The slot's old value is not released. */
int value_parse(const struct schema_node *n, const char *text, void *slot);
/* Text of a value: `buf` (VALUE_TEXT_MAX octets), or the string itself. */
const char *value_text(const struct schema_node *n, const void *slot, char *buf);
int value_compare(const struct schema_node *n, const void *a, const void *b);
void value_put(const struct schema_node *n, const void *slot, struct stream *st);
/* Decode into a slot; on failure r->failed is set and the slot unchanged. */
void value_get(const struct schema_node *n, struct wire_reader *r, void *slot);
void value_ref(const struct schema_node *n, void *slot);
/* Releases what the value owns and zeroes the slot. */
void value_release(const struct schema_node *n, void *slot);
/* An integer into a slot of any integer, boolean or enumeration type; false if it does not fit. */
bool value_set_uint(const struct schema_node *n, uint64_t v, void *slot);
bool value_set_int(const struct schema_node *n, int64_t v, void *slot);
