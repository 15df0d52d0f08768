/* SPDX-License-Identifier: Apache-2.0
 *
 * The first things that meet a NETCONF client's bytes: the relay's line, both framings, the hello, the XML reader. What
 * is read in pieces must be what is read at once, and what is framed must come back.
 */
#include <stdlib.h>
#include <string.h>

#include "src/netconfd/packet/framing.h"
#include "src/netconfd/packet/hello.h"
#include "src/netconfd/packet/xml.h"

#define LIMIT 3000

struct result {
    size_t messages, bytes;
    bool is_bad;
};

static void look_at(const char *text, size_t len)
{
    struct hello hello;
    struct xml_event root;
    const char *error = NULL;
    if (text[len] != '\0')
        abort();
    if (!xml_check(text, len, &root, &error) && !error)
        abort();
    hello_parse(text, len, &hello, &error);
}

/* `step` bytes at a time. */
static struct result read_all(enum framing_mode mode, const uint8_t *data, size_t size, size_t step)
{
    struct result r = {0};
    struct framing f;
    framing_init(&f, LIMIT);
    f.mode = mode;
    for (size_t at = 0, used = 0; at < size && !r.is_bad; at += used) {
        size_t n = size - at < step ? size - at : step;
        enum framing_outcome outcome = framing_take(&f, data + at, n, &used);
        if (used > n || f.len > LIMIT || (outcome == FRAMING_MORE && used != n))
            abort();
        r.is_bad = outcome == FRAMING_BAD;
        if (outcome == FRAMING_MESSAGE) {
            r.messages++;
            r.bytes += f.len;
            look_at(f.data, f.len);
        }
    }
    framing_fini(&f);
    return r;
}

static void there_and_back(enum framing_mode mode, const uint8_t *data, size_t size)
{
    char head[FRAMING_MARK_MAX], *wire = malloc(size + 64);
    size_t n, used = 0;
    struct framing f;
    if (size == 0 || size > LIMIT || (mode == FRAMING_END_MARK && memmem(data, size, "]]>", 3))) {
        free(wire);
        return;
    }
    framing_init(&f, LIMIT + 6);
    f.mode = mode;
    framing_head(mode, size, head);
    n = strlen(head);
    memcpy(wire, head, n);
    memcpy(wire + n, data, size);
    n += size;
    memcpy(wire + n, framing_tail(mode), strlen(framing_tail(mode)));
    n += strlen(framing_tail(mode));
    bool ends_in_mark = mode == FRAMING_END_MARK && (data[size - 1] == ']' || data[size - 1] == '>');
    if (!ends_in_mark && (framing_take(&f, (const uint8_t *)wire, n, &used) != FRAMING_MESSAGE || used != n ||
                          f.len != size || memcmp(f.data, data, size) != 0))
        abort();
    framing_fini(&f);
    free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char host[RELAY_HOST_MAX];
    size_t used = 0;
    if (relay_line_parse((const char *)data, size, host, &used) == 1 && used > size)
        abort();
    for (enum framing_mode mode = FRAMING_END_MARK; mode <= FRAMING_CHUNKED; mode++) {
        struct result at_once = read_all(mode, data, size, SIZE_MAX), in_pieces = read_all(mode, data, size, 1);
        if (at_once.messages != in_pieces.messages || at_once.bytes != in_pieces.bytes)
            abort();
        there_and_back(mode, data, size);
    }
    return 0;
}
