/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz: the packet decoders of ospfd. What decodes is encoded again and must be the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "ospfd/packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_true)
{
    if (!is_true)
        abort();
}

static void hello(struct wire_reader r)
{
    uint8_t again[65536];
    uint32_t ids[16384];
    struct ospf_hello h;
    const uint8_t *begin = r.data;
    size_t len = wire_left(&r);
    if (!ospf_hello_decode(&r, &h))
        return;
    check(h.n_neighbors <= 16384);
    for (uint16_t k = 0; k < h.n_neighbors; k++)
        ids[k] = wire_be32(&h.neighbors);
    check(!h.neighbors.failed);
    struct wire_writer w = wire_writer_of(again, sizeof(again));
    ospf_hello_encode(&w, &h, ids, h.n_neighbors);
    check(w.pos == len && memcmp(again, begin, len) == 0);
}

static void dd(struct wire_reader r)
{
    uint8_t again[65536];
    struct ospf_dd d;
    struct ospf_lsa_header h;
    const uint8_t *begin = r.data;
    size_t len = wire_left(&r);
    if (!ospf_dd_decode(&r, &d))
        return;
    struct wire_writer w = wire_writer_of(again, sizeof(again));
    ospf_dd_encode(&w, &d);
    while (wire_left(&d.headers) > 0) {
        check(ospf_lsa_header_read(&d.headers, &h));
        ospf_lsa_header_write(&w, &h);
    }
    check(w.pos == len && memcmp(again, begin, len) == 0);
}

static void request(struct wire_reader r)
{
    struct ospf_lsa_key key;
    size_t n = 0, len = wire_left(&r);
    while (ospf_request_next(&r, &key))
        n++;
    check(n == len / 12);
}

static void update(struct wire_reader r)
{
    uint32_t count;
    size_t len;
    const uint8_t *lsa;
    if (!ospf_update_decode(&r, &count))
        return;
    for (uint32_t k = 0; k < count && (lsa = ospf_update_next(&r, &len)) != NULL; k++)
        check(len >= OSPF_LSA_HEADER && ospf_lsa_check(lsa, len) < OSPF_LSA_CHECK_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ospf_header h;
    enum ospf_header_check c = ospf_header_decode(data, size, &h);
    check(c != OSPF_HEADER_GOOD || (h.length >= OSPF_HEADER && h.length <= size));
    if (size < OSPF_HEADER || size > 65000)
        return 0;
    /* The bodies are tried whatever the checksum says: it would keep the fuzzer out. */
    struct wire_reader body = wire_reader_of(data + OSPF_HEADER, size - OSPF_HEADER);
    hello(body);
    dd(body);
    request(body);
    update(body);
    (void)ospf_ack_check(&body);
    return 0;
}
