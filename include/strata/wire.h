/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds-checked cursors over bytes. A read beyond the end returns 0 bytes, sets `failed` and stays failed, so that a
 * decoder may read several fields and check once. A write beyond the end does the same. Nothing here allocates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_reader {
    const uint8_t *data;
    size_t len;
    size_t pos;
    bool failed;
};

struct wire_reader wire_reader_of(const void *data, size_t len);
size_t wire_left(const struct wire_reader *r); /* 0 once failed */
uint8_t wire_u8(struct wire_reader *r);
uint16_t wire_be16(struct wire_reader *r);
uint32_t wire_be24(struct wire_reader *r);
uint32_t wire_be32(struct wire_reader *r);
uint64_t wire_be64(struct wire_reader *r);
/* Borrow `n` bytes in place; NULL (and failed) if fewer are left. n = 0 gives a non-NULL pointer. */
const uint8_t *wire_bytes(struct wire_reader *r, size_t n);
void wire_skip(struct wire_reader *r, size_t n);
/* A reader over the next `n` bytes, which are consumed here; failed if fewer are left (an inner length is always
 * checked against the outer one by this). */
struct wire_reader wire_sub(struct wire_reader *r, size_t n);

struct wire_writer {
    uint8_t *data;
    size_t size;
    size_t pos;
    bool failed;
};

struct wire_writer wire_writer_of(void *data, size_t size);
void wire_put_u8(struct wire_writer *w, uint8_t v);
void wire_put_be16(struct wire_writer *w, uint16_t v);
void wire_put_be24(struct wire_writer *w, uint32_t v);
void wire_put_be32(struct wire_writer *w, uint32_t v);
void wire_put_be64(struct wire_writer *w, uint64_t v);
void wire_put_bytes(struct wire_writer *w, const void *data, size_t n);
/* Leave room for a length or checksum; returns its position for wire_patch_*. */
size_t wire_reserve(struct wire_writer *w, size_t n);
void wire_patch_u8(struct wire_writer *w, size_t pos, uint8_t v);
void wire_patch_be16(struct wire_writer *w, size_t pos, uint16_t v);
