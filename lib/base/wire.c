/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds-checked cursors over bytes: the only way a decoder touches what a peer sent. A cursor that failed stays failed
 * and hands out zeros, so no read can pass the end whatever the caller does with the values. Owns nothing.
 */
#include "strata/wire.h"

#include <string.h>

struct wire_reader wire_reader_of(const void *data, size_t len)
{
    static const uint8_t nothing[1];

    /* An empty buffer may be NULL; pointer arithmetic on it must still be defined. */
    return (struct wire_reader){.data = data ? data : nothing, .len = data ? len : 0};
}

size_t wire_left(const struct wire_reader *r)
{
    return r->failed ? 0 : r->len - r->pos;
}

const uint8_t *wire_bytes(struct wire_reader *r, size_t n)
{
    const uint8_t *at;

    if (r->failed || n > r->len - r->pos) {
        r->failed = true;
        return NULL;
    }
    at = r->data + r->pos;
    r->pos += n;
    return at;
}

/* `n` bytes (1..8) as a number, most significant first. */
static uint64_t read_number(struct wire_reader *r, size_t n)
{
    const uint8_t *at = wire_bytes(r, n);
    uint64_t value = 0;

    if (!at)
        return 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | at[i];
    return value;
}

uint8_t wire_u8(struct wire_reader *r)
{
    return (uint8_t)read_number(r, 1);
}

uint16_t wire_be16(struct wire_reader *r)
{
    return (uint16_t)read_number(r, 2);
}

uint32_t wire_be24(struct wire_reader *r)
{
    return (uint32_t)read_number(r, 3);
}

uint32_t wire_be32(struct wire_reader *r)
{
    return (uint32_t)read_number(r, 4);
}

uint64_t wire_be64(struct wire_reader *r)
{
    return read_number(r, 8);
}

void wire_skip(struct wire_reader *r, size_t n)
{
    (void)wire_bytes(r, n);
}

struct wire_reader wire_sub(struct wire_reader *r, size_t n)
{
    const uint8_t *at = wire_bytes(r, n);
    struct wire_reader sub = wire_reader_of(at, n);

    sub.failed = !at;
    return sub;
}

struct wire_writer wire_writer_of(void *data, size_t size)
{
    return (struct wire_writer){.data = data, .size = data ? size : 0};
}

/* Room for `n` bytes, or NULL (and failed). */
static uint8_t *claim(struct wire_writer *w, size_t n)
{
    uint8_t *at;

    if (w->failed || n > w->size - w->pos) {
        w->failed = true;
        return NULL;
    }
    if (!w->data)
        return NULL; /* no buffer, nothing asked for */
    at = w->data + w->pos;
    w->pos += n;
    return at;
}

static void write_number(struct wire_writer *w, uint64_t value, size_t n)
{
    uint8_t *at = claim(w, n);

    if (!at)
        return;
    for (size_t i = n; i > 0; i--) {
        at[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

void wire_put_u8(struct wire_writer *w, uint8_t v)
{
    write_number(w, v, 1);
}

void wire_put_be16(struct wire_writer *w, uint16_t v)
{
    write_number(w, v, 2);
}

void wire_put_be24(struct wire_writer *w, uint32_t v)
{
    write_number(w, v, 3);
}

void wire_put_be32(struct wire_writer *w, uint32_t v)
{
    write_number(w, v, 4);
}

void wire_put_be64(struct wire_writer *w, uint64_t v)
{
    write_number(w, v, 8);
}

void wire_put_bytes(struct wire_writer *w, const void *data, size_t n)
{
    uint8_t *at = claim(w, n);

    if (at && n)
        memcpy(at, data, n);
}

size_t wire_reserve(struct wire_writer *w, size_t n)
{
    size_t at = w->pos;
    uint8_t *room = claim(w, n);

    if (room && n)
        memset(room, 0, n);
    return at;
}

/* A patch goes only into what was written already; anything else is a fault of the encoder and marks the message. */
static uint8_t *patch_at(struct wire_writer *w, size_t pos, size_t n)
{
    if (w->failed || pos > w->pos || n > w->pos - pos) {
        w->failed = true;
        return NULL;
    }
    return w->data + pos;
}

void wire_patch_u8(struct wire_writer *w, size_t pos, uint8_t v)
{
    uint8_t *at = patch_at(w, pos, 1);

    if (at)
        at[0] = v;
}

void wire_patch_be16(struct wire_writer *w, size_t pos, uint16_t v)
{
    uint8_t *at = patch_at(w, pos, 2);

    if (at) {
        at[0] = (uint8_t)(v >> 8);
        at[1] = (uint8_t)v;
    }
}
