/* SPDX-License-Identifier: Apache-2.0
 *
 * Reference-counted blocks of memory: strings, list entries, arrays and presence containers of configuration values are
 * such blocks, so that values share what is the same. A block with more than one owner is never written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, one owner. The pointer is to the payload. */
void *block_new(size_t size);
/* Change the size of a block with one owner; new bytes are zeroed. */
void *block_resize(void *payload, size_t old_size, size_t size);
void *block_ref(void *payload);
/* Give up one ownership: true if it was the last, and the caller releases what is inside and then the block. */
bool block_unref(void *payload);
void block_free(void *payload);
bool block_is_shared(const void *payload);
/* A number kept beside the payload: how many elements an array has room for. */
uint32_t block_capacity(const void *payload);
void block_set_capacity(void *payload, uint32_t capacity);
