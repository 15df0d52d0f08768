/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages out of a stream of bytes and back: the two framings of NETCONF over SSH (RFC 6242): the end-of-message mark
 * of base:1.0 (section 4.3) and the chunks of base:1.1 (section 4.2). Pure. A framing owns the message it collects.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum framing_mode { FRAMING_END_MARK, FRAMING_CHUNKED };
enum framing_outcome {
    FRAMING_MORE,    /* all bytes are taken, the message is not complete */
    FRAMING_MESSAGE, /* complete: data, len */
    FRAMING_BAD,     /* the stream cannot be read any further: error says why */
};

struct framing {
    enum framing_mode mode; /* may be changed between messages */
    size_t max;             /* longest message */
    char *data;             /* NUL-terminated when a message is complete */
    size_t len, size;
    int state;
    bool is_complete;    /* the next byte begins a new message */
    bool has_chunk;      /* of this message */
    uint64_t chunk_left; /* bytes of this chunk, or its size while that is read */
    const char *error;
};

void framing_init(struct framing *f, size_t max);
void framing_fini(struct framing *f);
/* Takes bytes up to the end of a message; *used says how many. The message is borrowed until the next call. */
enum framing_outcome framing_take(struct framing *f, const uint8_t *bytes, size_t n, size_t *used);
/* Has part of a message been read? */
bool framing_is_amid(const struct framing *f);

/* What stands before and behind a message of `len` bytes (at least 1). Returns text of at most FRAMING_MARK_MAX - 1. */
#define FRAMING_MARK_MAX 32
const char *framing_head(enum framing_mode mode, size_t len, char buf[FRAMING_MARK_MAX]);
const char *framing_tail(enum framing_mode mode);
