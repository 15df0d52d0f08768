/* SPDX-License-Identifier: Apache-2.0
 *
 * The records of edit and state streams: op codes, and numbers as LEB128. The writer grows; the reader is wire.h's
 * bounds-checked cursor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strata/wire.h"

enum stream_op {
    STREAM_ENTER = 1, /* node, keys: edits */
    STREAM_LEAVE = 2,
    STREAM_SET = 3,    /* node, value; in state also one value of a leaf-list */
    STREAM_ADD = 4,    /* node, value */
    STREAM_REMOVE = 5, /* node, value */
    STREAM_DELETE = 6, /* node, keys if it is a list */
    STREAM_OPEN = 7,   /* node: state; its keys follow as the first SETs */
};

enum { STREAM_DEPTH_MAX = 32 };

struct stream {
    uint8_t *data; /* malloc'ed */
    size_t len, size;
};

void stream_fini(struct stream *st);
void stream_u8(struct stream *st, uint8_t v);
void stream_uint(struct stream *st, uint64_t v);
void stream_int(struct stream *st, int64_t v); /* zigzag */
void stream_bytes(struct stream *st, const void *data, size_t n);

uint64_t stream_get_uint(struct wire_reader *r);
int64_t stream_get_int(struct wire_reader *r);
