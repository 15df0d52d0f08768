/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash-consing of byte strings: equal contents share one reference-counted copy, so that equality is pointer equality.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct mem_account;
struct intern_table;

struct interned {
    size_t len;
    uint32_t refs;
    uint32_t hash;
    uint8_t data[];
};

struct intern_table *intern_create(struct mem_account *acct);
void intern_destroy(struct intern_table *t); /* also frees entries that are still referenced */
size_t intern_count(const struct intern_table *t);
/* Returns the shared copy with one more reference. */
struct interned *intern_get(struct intern_table *t, const void *data, size_t len);
struct interned *intern_ref(struct interned *i);
void intern_unref(struct intern_table *t, struct interned *i); /* NULL is allowed */
uint32_t hash_bytes(const void *data, size_t len);
