/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets: golden bytes, encode(decode(x)), truncation at every byte, every outcome of the header's checks.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ospfd/packet/packet.h"
#include "tests/unit/ospfd/golden.h"

#define A 0x0a000001u
#define B 0x0a000002u

struct golden {
    const char *name;
    const uint8_t *data;
    size_t len;
    uint8_t type;
};
static const struct golden packets[] = {
    {"hello", hello_packet, sizeof(hello_packet), OSPF_PACKET_HELLO},
    {"dd", dd_packet, sizeof(dd_packet), OSPF_PACKET_DD},
    {"request", request_packet, sizeof(request_packet), OSPF_PACKET_REQUEST},
    {"update", update_packet, sizeof(update_packet), OSPF_PACKET_UPDATE},
    {"ack", ack_packet, sizeof(ack_packet), OSPF_PACKET_ACK},
};

static struct wire_reader open_body(const uint8_t *data, size_t len, struct ospf_header *h)
{
    assert_int_equal(ospf_header_decode(data, len, h), OSPF_HEADER_GOOD);
    return wire_reader_of(data + OSPF_HEADER, h->length - (size_t)OSPF_HEADER);
}

static void test_packet__headers(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(packets) / sizeof(packets[0]); k++) {
        struct ospf_header h;
        open_body(packets[k].data, packets[k].len, &h);
        assert_int_equal(h.type, packets[k].type);
        assert_int_equal(h.length, packets[k].len);
        assert_int_equal(h.router_id, A);
        assert_int_equal(h.area_id, 0);
        assert_int_equal(h.auth_type, OSPF_AUTH_NULL);
        assert_string_equal(ospf_packet_type_name(h.type), packets[k].name);
    }
}

static void test_packet__header_checks_in_order(void **state)
{
    (void)state;
    uint8_t bad[sizeof(hello_packet)];
    struct ospf_header h;
    memcpy(bad, hello_packet, sizeof(bad));
    bad[0] = 3;
    assert_int_equal(ospf_header_decode(bad, sizeof(bad), &h), OSPF_HEADER_BAD_VERSION);
    memcpy(bad, hello_packet, sizeof(bad));
    bad[30] ^= 1;
    assert_int_equal(ospf_header_decode(bad, sizeof(bad), &h), OSPF_HEADER_BAD_CHECKSUM);
    for (int type = 0; type < 256; type += type == 0 ? 6 : 1) {
        memcpy(bad, hello_packet, sizeof(bad));
        bad[1] = (uint8_t)type;
        bad[12] = bad[13] = 0;
        uint16_t sum = ospf_packet_checksum(bad, sizeof(bad));
        bad[12] = (uint8_t)(sum >> 8);
        bad[13] = (uint8_t)sum;
        assert_int_equal(ospf_header_decode(bad, sizeof(bad), &h), OSPF_HEADER_BAD_TYPE);
    }
    memcpy(bad, hello_packet, sizeof(bad)); /* authentication is not covered by the checksum */
    bad[16] ^= 0xff;
    assert_int_equal(ospf_header_decode(bad, sizeof(bad), &h), OSPF_HEADER_GOOD);
    memcpy(bad, hello_packet, sizeof(bad));
    bad[3] = OSPF_HEADER - 1;
    assert_int_equal(ospf_header_decode(bad, sizeof(bad), &h), OSPF_HEADER_SHORT);
}

static void test_packet__truncated_at_every_byte(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(packets) / sizeof(packets[0]); k++) {
        for (size_t len = 0; len < packets[k].len; len++) {
            uint8_t *cut = malloc(len ? len : 1); /* so that a read beyond the end is seen */
            struct ospf_header h;
            memcpy(cut, packets[k].data, len);
            assert_int_equal(ospf_header_decode(cut, len, &h), OSPF_HEADER_SHORT);
            free(cut);
        }
    }
}

/* The same, with a header that tells the shorter length: what a hostile sender would make. */
static void decode_all(const uint8_t *body, size_t len)
{
    struct ospf_hello hello;
    struct ospf_dd dd;
    struct ospf_lsa_key key;
    struct ospf_lsa_header h;
    uint32_t count;
    size_t lsa_len;
    struct wire_reader r = wire_reader_of(body, len);
    if (ospf_hello_decode(&r, &hello))
        for (uint16_t n = 0; n < hello.n_neighbors; n++)
            wire_be32(&hello.neighbors);
    r = wire_reader_of(body, len);
    if (ospf_dd_decode(&r, &dd))
        while (wire_left(&dd.headers))
            assert_true(ospf_lsa_header_read(&dd.headers, &h));
    r = wire_reader_of(body, len);
    while (ospf_request_next(&r, &key))
        continue;
    r = wire_reader_of(body, len);
    if (ospf_update_decode(&r, &count))
        for (uint32_t n = 0; n < count && ospf_update_next(&r, &lsa_len); n++)
            continue;
}

static void test_packet__bodies_truncated_at_every_byte(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(packets) / sizeof(packets[0]); k++) {
        for (size_t len = 0; len <= packets[k].len - OSPF_HEADER; len++) {
            uint8_t *cut = malloc(len ? len : 1);
            memcpy(cut, packets[k].data + OSPF_HEADER, len);
            decode_all(cut, len);
            free(cut);
        }
    }
}

static void test_packet__hello(void **state)
{
    (void)state;
    struct ospf_header header;
    struct ospf_hello h;
    uint8_t again[sizeof(hello_packet)];
    uint32_t neighbor = B;
    struct wire_reader r = open_body(hello_packet, sizeof(hello_packet), &header);
    assert_true(ospf_hello_decode(&r, &h));
    assert_int_equal(h.mask, 0xfffffffc);
    assert_int_equal(h.hello_interval_sec, 1);
    assert_int_equal(h.dead_interval_sec, 4);
    assert_int_equal(h.options, OSPF_OPTION_E);
    assert_int_equal(h.priority, 1);
    assert_int_equal(h.n_neighbors, 1);
    struct wire_writer w = wire_writer_of(again, sizeof(again));
    ospf_packet_begin(&w, OSPF_PACKET_HELLO, A, 0);
    ospf_hello_encode(&w, &h, &neighbor, 1);
    assert_int_equal(ospf_packet_end(&w, 0), sizeof(hello_packet));
    assert_memory_equal(again, hello_packet, sizeof(again));
    struct wire_reader odd = wire_reader_of(hello_packet + OSPF_HEADER, 23);
    assert_false(ospf_hello_decode(&odd, &h));
}

static void test_packet__dd_and_ack(void **state)
{
    (void)state;
    struct ospf_header header;
    struct ospf_dd dd;
    struct ospf_lsa_header l;
    uint8_t again[sizeof(dd_packet)];
    struct wire_reader r = open_body(dd_packet, sizeof(dd_packet), &header);
    assert_true(ospf_dd_decode(&r, &dd));
    assert_int_equal(dd.mtu, 1500);
    assert_int_equal(dd.flags, OSPF_DD_M | OSPF_DD_MS);
    assert_int_equal(dd.seq, 0x1234);
    struct wire_writer w = wire_writer_of(again, sizeof(again));
    ospf_packet_begin(&w, OSPF_PACKET_DD, A, 0);
    ospf_dd_encode(&w, &dd);
    size_t n = 0;
    for (; wire_left(&dd.headers); n++) {
        assert_true(ospf_lsa_header_read(&dd.headers, &l));
        ospf_lsa_header_write(&w, &l);
    }
    assert_int_equal(n, 2);
    assert_int_equal(ospf_packet_end(&w, 0), sizeof(dd_packet));
    assert_memory_equal(again, dd_packet, sizeof(again));
    r = open_body(ack_packet, sizeof(ack_packet), &header);
    assert_true(ospf_ack_check(&r));
    r = wire_reader_of(ack_packet + OSPF_HEADER, 21);
    assert_false(ospf_ack_check(&r));
}

static void test_packet__request(void **state)
{
    (void)state;
    struct ospf_header header;
    struct ospf_lsa_key key;
    uint8_t again[sizeof(request_packet)];
    struct wire_reader r = open_body(request_packet, sizeof(request_packet), &header);
    struct wire_writer w = wire_writer_of(again, sizeof(again));
    ospf_packet_begin(&w, OSPF_PACKET_REQUEST, A, 0);
    while (ospf_request_next(&r, &key))
        ospf_request_encode(&w, &key);
    assert_false(r.failed);
    assert_int_equal(key.type, OSPF_LSA_EXTERNAL);
    assert_int_equal(key.adv, B);
    assert_int_equal(ospf_packet_end(&w, 0), sizeof(request_packet));
    assert_memory_equal(again, request_packet, sizeof(again));
}

static void test_packet__update(void **state)
{
    (void)state;
    struct ospf_header header;
    uint32_t count;
    size_t len, n = 0;
    struct wire_reader r = open_body(update_packet, sizeof(update_packet), &header);
    assert_true(ospf_update_decode(&r, &count));
    assert_int_equal(count, 7);
    for (const uint8_t *lsa; n < count && (lsa = ospf_update_next(&r, &len)) != NULL; n++)
        assert_int_equal(ospf_lsa_check(lsa, len), OSPF_LSA_GOOD);
    assert_int_equal(n, 7);
    assert_int_equal(wire_left(&r), 0);
    assert_null(ospf_update_next(&r, &len));
    const uint8_t many[4] = {0xff, 0xff, 0xff, 0xff}; /* a count that cannot be true */
    r = wire_reader_of(many, sizeof(many));
    assert_false(ospf_update_decode(&r, &count));
}

static void test_packet__too_long_is_not_sent(void **state)
{
    (void)state;
    uint8_t small[30];
    struct wire_writer w = wire_writer_of(small, sizeof(small));
    struct ospf_hello h = {0};
    ospf_packet_begin(&w, OSPF_PACKET_HELLO, A, 0);
    ospf_hello_encode(&w, &h, NULL, 0);
    assert_int_equal(ospf_packet_end(&w, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packet__headers),
        cmocka_unit_test(test_packet__header_checks_in_order),
        cmocka_unit_test(test_packet__truncated_at_every_byte),
        cmocka_unit_test(test_packet__bodies_truncated_at_every_byte),
        cmocka_unit_test(test_packet__hello),
        cmocka_unit_test(test_packet__dd_and_ack),
        cmocka_unit_test(test_packet__request),
        cmocka_unit_test(test_packet__update),
        cmocka_unit_test(test_packet__too_long_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
