/* SPDX-License-Identifier: Apache-2.0
 *
 * The LDP codec: golden bytes, round trips, every error, truncation at every byte (RFC 5036 s3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ldpd/packet/ldp.h"
#include "strata/label.h"

#define LSR 0x0a020003u

struct pdu_bytes {
    uint8_t data[512];
    size_t len;
};

typedef void put_fn(struct wire_writer *w);

static struct pdu_bytes make(put_fn *put)
{
    struct pdu_bytes p;
    struct wire_writer w = wire_writer_of(p.data, sizeof(p.data));
    size_t begun = ldp_pdu_begin(&w, LSR, 0);
    put(&w);
    ldp_pdu_end(&w, begun);
    assert_false(w.failed);
    p.len = w.pos;
    return p;
}

/* Decodes the one message of a PDU. */
static bool decode(const uint8_t *data, size_t len, struct ldp_message *m, struct ldp_error *err)
{
    struct ldp_pdu pdu;
    if (ldp_pdu_size(data, len, LDP_MAX_PDU_DEFAULT, err) <= 0 || !ldp_pdu_decode(data, len, &pdu, err))
        return false;
    return ldp_message_next(&pdu.messages, m, err);
}

static void put_hello(struct wire_writer *w)
{
    struct ldp_hello h = {.hold_time_sec = 15, .transport = ip_addr_v4(LSR)};
    ldp_put_hello(w, 1, &h);
}
static void put_init(struct wire_writer *w)
{
    struct ldp_session_parameters p = {
        .version = 1, .keepalive_sec = 45, .max_pdu = 4096, .receiver_lsr_id = 0x0a020002};
    ldp_put_init(w, 2, &p);
}
static void put_keepalive(struct wire_writer *w)
{
    ldp_put_keepalive(w, 3);
}
static void put_notification(struct wire_writer *w)
{
    struct ldp_notification n = {.status = LDP_STATUS_SHUTDOWN, .message_id = 9, .message_type = LDP_LABEL_MAPPING};
    ldp_put_notification(w, 4, &n);
}
static void put_address(struct wire_writer *w)
{
    struct ip_addr a[2] = {ip_addr_v4(0x0a090102), ip_addr_v4(LSR)};
    ldp_put_addresses(w, 5, LDP_ADDRESS, a, 2);
}
static void put_mapping(struct wire_writer *w)
{
    struct prefix p = prefix_v4(0x0a020009, 32);
    uint32_t label = 2031;
    ldp_put_label(w, 6, LDP_LABEL_MAPPING, &p, &label, 0);
}
static void put_withdraw_all(struct wire_writer *w)
{
    ldp_put_label(w, 7, LDP_LABEL_WITHDRAW, NULL, NULL, 0);
}
static void put_request(struct wire_writer *w)
{
    struct prefix p = prefix_v4(0x0a000000, 9);
    ldp_put_label(w, 8, LDP_LABEL_REQUEST, &p, NULL, 77);
}

static void test_ldp_packet__golden_hello(void **state)
{
    (void)state;
    static const uint8_t golden[] = {0x00, 0x01, 0x00, 0x1e, 0x0a, 0x02, 0x00, 0x03, 0x00, 0x00, 0x01, 0x00,
                                     0x00, 0x14, 0x00, 0x00, 0x00, 0x01, 0x04, 0x00, 0x00, 0x04, 0x00, 0x0f,
                                     0x00, 0x00, 0x04, 0x01, 0x00, 0x04, 0x0a, 0x02, 0x00, 0x03};
    struct pdu_bytes p = make(put_hello);
    assert_int_equal(p.len, sizeof(golden));
    assert_memory_equal(p.data, golden, sizeof(golden));
    struct ldp_message m;
    struct ldp_error err;
    assert_true(decode(golden, sizeof(golden), &m, &err));
    assert_int_equal(m.type, LDP_HELLO);
    assert_int_equal(m.hello.hold_time_sec, 15);
    assert_false(m.hello.is_targeted);
    assert_int_equal(ip_addr_to_v4(&m.hello.transport), LSR);
}

static void test_ldp_packet__golden_mapping(void **state)
{
    (void)state;
    static const uint8_t golden[] = {0x00, 0x01, 0x00, 0x22, 0x0a, 0x02, 0x00, 0x03, 0x00, 0x00, 0x04, 0x00, 0x00,
                                     0x18, 0x00, 0x00, 0x00, 0x06, 0x01, 0x00, 0x00, 0x08, 0x02, 0x00, 0x01, 0x20,
                                     0x0a, 0x02, 0x00, 0x09, 0x02, 0x00, 0x00, 0x04, 0x00, 0x00, 0x07, 0xef};
    struct pdu_bytes p = make(put_mapping);
    assert_int_equal(p.len, sizeof(golden));
    assert_memory_equal(p.data, golden, sizeof(golden));
}

static void test_ldp_packet__round_trips(void **state)
{
    (void)state;
    struct ldp_message m;
    struct ldp_error err;
    struct ldp_fec fec;
    struct pdu_bytes p = make(put_init);
    assert_true(decode(p.data, p.len, &m, &err));
    assert_int_equal(m.init.keepalive_sec, 45);
    assert_int_equal(m.init.receiver_lsr_id, 0x0a020002);
    p = make(put_keepalive);
    assert_true(decode(p.data, p.len, &m, &err));
    assert_int_equal(m.type, LDP_KEEPALIVE);
    p = make(put_notification);
    assert_true(decode(p.data, p.len, &m, &err));
    assert_int_equal(m.notification.status, LDP_STATUS_SHUTDOWN);
    assert_int_equal(m.notification.message_type, LDP_LABEL_MAPPING);
    p = make(put_address);
    assert_true(decode(p.data, p.len, &m, &err));
    assert_int_equal(wire_be32(&m.addresses), 0x0a090102);
    assert_int_equal(wire_be32(&m.addresses), LSR);
    assert_int_equal(wire_left(&m.addresses), 0);
    p = make(put_mapping);
    assert_true(decode(p.data, p.len, &m, &err));
    assert_int_equal(m.label.label, 2031);
    assert_true(ldp_fec_next(&m.label.fecs, &fec));
    assert_int_equal(fec.prefix.len, 32);
    assert_false(ldp_fec_next(&m.label.fecs, &fec));
    p = make(put_withdraw_all);
    assert_true(decode(p.data, p.len, &m, &err));
    assert_true(ldp_fec_next(&m.label.fecs, &fec));
    assert_int_equal(fec.kind, LDP_FEC_WILDCARD);
    p = make(put_request);
    assert_true(decode(p.data, p.len, &m, &err));
    assert_true(m.label.has_request_id);
    assert_int_equal(m.label.request_id, 77);
}

static put_fn *const all_messages[] = {put_hello,   put_init,    put_keepalive,    put_notification,
                                       put_address, put_mapping, put_withdraw_all, put_request};

/* A stream that ends early wants more; a PDU whose length was cut with it is an error, never a good message of other
 * content. */
static void test_ldp_packet__truncated_at_every_byte(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(all_messages) / sizeof(all_messages[0]); k++) {
        struct pdu_bytes p = make(all_messages[k]);
        for (size_t len = 0; len < p.len; len++) {
            struct ldp_error err;
            assert_int_equal(ldp_pdu_size(p.data, len, LDP_MAX_PDU_DEFAULT, &err), 0);
            struct pdu_bytes cut = p;
            if (len < LDP_PDU_HEADER)
                continue;
            cut.data[3] = (uint8_t)(len - 4);
            struct ldp_pdu pdu;
            struct ldp_message m;
            assert_true(ldp_pdu_decode(cut.data, len, &pdu, &err));
            bool has_message = ldp_message_next(&pdu.messages, &m, &err);
            assert_false(has_message);
            if (len > LDP_PDU_HEADER)
                assert_int_equal(err.status, LDP_STATUS_BAD_MESSAGE_LENGTH);
            /* and with the message's length cut along, TLVs end early */
            if (len < LDP_PDU_HEADER + 8)
                continue;
            cut.data[13] = (uint8_t)(len - LDP_PDU_HEADER - 4);
            assert_true(ldp_pdu_decode(cut.data, len, &pdu, &err));
            if (ldp_message_next(&pdu.messages, &m, &err))
                assert_true(all_messages[k] == put_hello || all_messages[k] == put_request ||
                            all_messages[k] == put_withdraw_all);
            else
                assert_int_not_equal(err.status, 0);
        }
    }
}

static void expect_error(const struct pdu_bytes *p, uint32_t status)
{
    struct ldp_message m;
    struct ldp_error err = {0};
    assert_false(decode(p->data, p->len, &m, &err));
    assert_int_equal(err.status, status);
}

static void test_ldp_packet__errors_have_their_status(void **state)
{
    (void)state;
    struct pdu_bytes p = make(put_mapping);
    p.data[1] = 2;
    expect_error(&p, LDP_STATUS_BAD_VERSION);
    p = make(put_mapping);
    p.data[3] = 5;
    expect_error(&p, LDP_STATUS_BAD_PDU_LENGTH);
    p = make(put_mapping);
    p.data[2] = 0xff;
    expect_error(&p, LDP_STATUS_BAD_PDU_LENGTH);
    p = make(put_mapping);
    p.data[13] = 0xff; /* message longer than its PDU */
    expect_error(&p, LDP_STATUS_BAD_MESSAGE_LENGTH);
    p = make(put_mapping);
    p.data[21] = 0x40; /* FEC TLV longer than its message */
    expect_error(&p, LDP_STATUS_BAD_TLV_LENGTH);
    p = make(put_mapping);
    p.data[25] = 33; /* 33 bits of prefix */
    expect_error(&p, LDP_STATUS_MALFORMED_TLV);
    p = make(put_mapping);
    p.data[24] = 2; /* IPv6 */
    expect_error(&p, LDP_STATUS_UNSUPPORTED_ADDRESS_FAMILY);
    p = make(put_mapping);
    p.data[22] = 0x80; /* unknown element */
    expect_error(&p, LDP_STATUS_UNKNOWN_FEC);
    p = make(put_mapping);
    p.data[18] = 0xbf; /* the FEC TLV becomes one that may be ignored */
    expect_error(&p, LDP_STATUS_MISSING_PARAMETERS);
    p = make(put_notification);
    p.data[21] = 9;
    expect_error(&p, LDP_STATUS_BAD_TLV_LENGTH);
    p = make(put_withdraw_all);
    p.data[11] = 0x00; /* a mapping for the wildcard: 0x0402 -> 0x0400 */
    expect_error(&p, LDP_STATUS_UNKNOWN_FEC);
}

static void test_ldp_packet__unknown_types_follow_the_u_bit(void **state)
{
    (void)state;
    struct ldp_message m;
    struct ldp_error err;
    struct pdu_bytes p = make(put_keepalive);
    p.data[10] = 0x3f;
    assert_true(decode(p.data, p.len, &m, &err));
    assert_true(m.is_unknown && !m.has_u_bit);
    p.data[10] = 0xbf;
    assert_true(decode(p.data, p.len, &m, &err));
    assert_true(m.is_unknown && m.has_u_bit);
    p = make(put_hello);
    p.data[26] = 0x3f; /* the transport address becomes an unknown TLV */
    assert_true(decode(p.data, p.len, &m, &err));
    assert_int_equal(m.unknown_tlv, 0x3f01);
    p.data[26] = 0xbf;
    assert_true(decode(p.data, p.len, &m, &err));
    assert_int_equal(m.unknown_tlv, 0);
}

static void test_ldp_packet__a_bad_message_does_not_hide_the_next(void **state)
{
    (void)state;
    struct pdu_bytes p;
    struct wire_writer w = wire_writer_of(p.data, sizeof(p.data));
    size_t begun = ldp_pdu_begin(&w, LSR, 0);
    size_t bad = w.pos;
    put_mapping(&w);
    put_keepalive(&w);
    ldp_pdu_end(&w, begun);
    p.data[bad + 12] = 0x80; /* unknown FEC element: advisory */
    struct ldp_pdu pdu;
    struct ldp_message m;
    struct ldp_error err;
    assert_true(ldp_pdu_decode(p.data, w.pos, &pdu, &err));
    assert_false(ldp_message_next(&pdu.messages, &m, &err));
    assert_int_equal(err.status, LDP_STATUS_UNKNOWN_FEC);
    assert_int_equal(err.message_id, 6);
    assert_true(ldp_message_next(&pdu.messages, &m, &err));
    assert_int_equal(m.type, LDP_KEEPALIVE);
    assert_false(ldp_message_next(&pdu.messages, &m, &err));
    assert_int_equal(err.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ldp_packet__golden_hello),
        cmocka_unit_test(test_ldp_packet__golden_mapping),
        cmocka_unit_test(test_ldp_packet__round_trips),
        cmocka_unit_test(test_ldp_packet__truncated_at_every_byte),
        cmocka_unit_test(test_ldp_packet__errors_have_their_status),
        cmocka_unit_test(test_ldp_packet__unknown_types_follow_the_u_bit),
        cmocka_unit_test(test_ldp_packet__a_bad_message_does_not_hide_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
