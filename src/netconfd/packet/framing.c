/* SPDX-License-Identifier: Apache-2.0
 *
 * See framing.h. Chunks are read by a machine over single bytes, their content in one piece:
 *
 *   START --LF--> HASH --'#'--> SIZE --digits, LF--> CONTENT --(size bytes)--> START
 *                                 +--'#' (after a chunk)--> END --LF--> message
 */
#include "src/netconfd/packet/framing.h"

#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

static const char end_mark[] = "]]>]]>";
#define END_MARK_LEN  (sizeof(end_mark) - 1)
#define CHUNK_MAX     4294967295u /* RFC 6242 section 4.2 */
#define FIRST_SIZE    1024
#define KEEP_SIZE_MAX 65536

enum { START, HASH, SIZE_FIRST, SIZE, CONTENT, END };

void framing_init(struct framing *f, size_t max)
{
    *f = (struct framing){.mode = FRAMING_END_MARK, .max = max, .state = START};
}

void framing_fini(struct framing *f)
{
    mem_free(NULL, f->data);
    *f = (struct framing){0};
}

bool framing_is_amid(const struct framing *f)
{
    return !f->is_complete && (f->len > 0 || f->state != START);
}

static enum framing_outcome bad(struct framing *f, const char *why)
{
    f->error = why;
    return FRAMING_BAD;
}

static void begin(struct framing *f)
{
    f->is_complete = f->has_chunk = false;
    f->len = 0;
    f->state = START;
    if (f->size > KEEP_SIZE_MAX) { /* one giant message must not be paid for ever */
        mem_free(NULL, f->data);
        f->data = NULL;
        f->size = 0;
    }
}

static enum framing_outcome complete(struct framing *f)
{
    f->is_complete = true;
    f->data[f->len] = '\0';
    return FRAMING_MESSAGE;
}

/* False: the message gets too long. Room for a NUL is kept. */
static bool append(struct framing *f, const uint8_t *bytes, size_t n)
{
    if (n > f->max || f->len > f->max - n)
        return false;
    size_t size = f->size ? f->size : FIRST_SIZE;
    while (size < f->len + n + 1)
        size *= 2;
    if (size != f->size) {
        f->data = mem_realloc(NULL, f->data, size);
        f->size = size;
    }
    memcpy(f->data + f->len, bytes, n);
    f->len += n;
    return true;
}

static enum framing_outcome take_to_mark(struct framing *f, const uint8_t *bytes, size_t n, size_t *used)
{
    for (size_t at = 0; at < n;) {
        const uint8_t *bracket = memchr(bytes + at, '>', n - at);
        size_t part = bracket ? (size_t)(bracket - (bytes + at)) + 1 : n - at;
        if (!append(f, bytes + at, part)) {
            *used = at;
            return bad(f, "message too long");
        }
        at += part;
        *used = at;
        if (f->len >= END_MARK_LEN && memcmp(f->data + f->len - END_MARK_LEN, end_mark, END_MARK_LEN) == 0) {
            f->len -= END_MARK_LEN;
            return complete(f);
        }
    }
    return FRAMING_MORE;
}

static enum framing_outcome take_size(struct framing *f, uint8_t c)
{
    bool is_digit = c >= '0' && c <= '9';
    if (f->state == SIZE_FIRST && c == '#' && f->has_chunk) {
        f->state = END;
        return FRAMING_MORE;
    }
    if (f->state == SIZE_FIRST && (!is_digit || c == '0'))
        return bad(f, "malformed chunk header");
    if (c == '\n') {
        if (f->chunk_left > f->max || f->len > f->max - f->chunk_left)
            return bad(f, "message too long");
        f->state = CONTENT;
        return FRAMING_MORE;
    }
    if (!is_digit)
        return bad(f, "malformed chunk header");
    f->state = SIZE;
    f->chunk_left = f->chunk_left * 10 + (uint64_t)(c - '0');
    return f->chunk_left > CHUNK_MAX ? bad(f, "chunk size out of range") : FRAMING_MORE;
}

/* One byte outside the content of a chunk. */
static enum framing_outcome take_mark(struct framing *f, uint8_t c)
{
    switch (f->state) {
    case START:
        if (c != '\n')
            return bad(f, "no chunk header where one must be");
        f->state = HASH;
        return FRAMING_MORE;
    case HASH:
        if (c != '#')
            return bad(f, "malformed chunk header");
        f->state = SIZE_FIRST;
        f->chunk_left = 0;
        return FRAMING_MORE;
    case END:
        return c == '\n' ? complete(f) : bad(f, "malformed end of chunks");
    default:
        return take_size(f, c);
    }
}

static enum framing_outcome take_chunks(struct framing *f, const uint8_t *bytes, size_t n, size_t *used)
{
    enum framing_outcome outcome = FRAMING_MORE;
    while (*used < n && outcome == FRAMING_MORE) {
        if (f->state != CONTENT) {
            outcome = take_mark(f, bytes[(*used)++]);
            continue;
        }
        size_t part = n - *used < f->chunk_left ? n - *used : (size_t)f->chunk_left;
        if (!append(f, bytes + *used, part))
            return bad(f, "message too long");
        *used += part;
        f->chunk_left -= part;
        if (f->chunk_left == 0) {
            f->has_chunk = true;
            f->state = START;
        }
    }
    return outcome;
}

enum framing_outcome framing_take(struct framing *f, const uint8_t *bytes, size_t n, size_t *used)
{
    *used = 0;
    if (f->error)
        return FRAMING_BAD;
    if (f->is_complete)
        begin(f);
    return f->mode == FRAMING_CHUNKED ? take_chunks(f, bytes, n, used) : take_to_mark(f, bytes, n, used);
}

const char *framing_head(enum framing_mode mode, size_t len, char buf[FRAMING_MARK_MAX])
{
    buf[0] = '\0';
    if (mode == FRAMING_CHUNKED)
        snprintf(buf, FRAMING_MARK_MAX, "\n#%zu\n", len);
    return buf;
}

const char *framing_tail(enum framing_mode mode)
{
    return mode == FRAMING_CHUNKED ? "\n##\n" : end_mark;
}
