/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing and reading the parts of records. A number that is longer than 64 bits, or written longer than it needs to
 * be, fails the reader: every value has one encoding.
 */
#include "lib/schema/stream.h"

#include <stdlib.h>
#include <string.h>

void stream_fini(struct stream *st)
{
    free(st->data);
    *st = (struct stream){0};
}

static uint8_t *room_for(struct stream *st, size_t n)
{
    if (st->size - st->len < n) {
        st->size = st->size * 2 + n + 256;
        st->data = realloc(st->data, st->size);
        if (!st->data)
            abort();
    }
    st->len += n;
    return st->data + st->len - n;
}

void stream_u8(struct stream *st, uint8_t v)
{
    *room_for(st, 1) = v;
}

void stream_uint(struct stream *st, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        stream_u8(st, (uint8_t)(v | 0x80));
    stream_u8(st, (uint8_t)v);
}

void stream_int(struct stream *st, int64_t v)
{
    stream_uint(st, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

void stream_bytes(struct stream *st, const void *data, size_t n)
{
    if (n)
        memcpy(room_for(st, n), data, n);
}

uint64_t stream_get_uint(struct wire_reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t octet = wire_u8(r);

        if (shift == 63 && octet > 1)
            break;
        v |= (uint64_t)(octet & 0x7f) << shift;
        if (octet & 0x80)
            continue;
        if (octet == 0 && shift > 0)
            break;
        return r->failed ? 0 : v;
    }
    r->failed = true;
    return 0;
}

int64_t stream_get_int(struct wire_reader *r)
{
    uint64_t v = stream_get_uint(r);

    return (int64_t)(v >> 1 ^ -(v & 1));
}
