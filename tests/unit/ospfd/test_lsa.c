/* SPDX-License-Identifier: Apache-2.0
 *
 * LSAs: golden bytes, checksums, truncation at every byte, every outcome of the check, which of two is newer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ospfd/packet/lsa.h"
#include "tests/unit/ospfd/golden.h"

#define A 0x0a000001u
#define B 0x0a000002u

struct golden {
    const uint8_t *data;
    size_t len;
    uint32_t type;
};
static const struct golden lsas[] = {
    {router_lsa, sizeof(router_lsa), OSPF_LSA_ROUTER},      {router_tos_lsa, sizeof(router_tos_lsa), OSPF_LSA_ROUTER},
    {network_lsa, sizeof(network_lsa), OSPF_LSA_NETWORK},   {summary_lsa, sizeof(summary_lsa), OSPF_LSA_SUMMARY},
    {asbr_lsa, sizeof(asbr_lsa), OSPF_LSA_ASBR_SUMMARY},    {external_lsa, sizeof(external_lsa), OSPF_LSA_EXTERNAL},
    {opaque_lsa, sizeof(opaque_lsa), OSPF_LSA_OPAQUE_AREA},
};
#define N_LSAS (sizeof(lsas) / sizeof(lsas[0]))

static void test_lsa__golden(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_LSAS; k++) {
        uint8_t copy[256];
        struct wire_reader r = wire_reader_of(lsas[k].data, lsas[k].len);
        struct ospf_lsa_header h;
        assert_int_equal(ospf_lsa_check(lsas[k].data, lsas[k].len), OSPF_LSA_GOOD);
        assert_true(ospf_lsa_header_read(&r, &h));
        assert_int_equal(h.key.type, lsas[k].type);
        assert_int_equal(h.length, lsas[k].len);
        struct wire_writer w = wire_writer_of(copy, sizeof(copy));
        ospf_lsa_header_write(&w, &h);
        wire_put_bytes(&w, lsas[k].data + OSPF_LSA_HEADER, lsas[k].len - OSPF_LSA_HEADER);
        assert_memory_equal(copy, lsas[k].data, lsas[k].len);
        copy[16] = copy[17] = 0x5a; /* our checksum is the one that was found by search */
        ospf_lsa_checksum_set(copy, lsas[k].len);
        assert_memory_equal(copy, lsas[k].data, lsas[k].len);
    }
}

static void test_lsa__bodies(void **state)
{
    (void)state;
    struct ospf_router_view r;
    struct ospf_router_link l;
    assert_true(ospf_router_read(router_lsa, sizeof(router_lsa), &r));
    assert_int_equal(r.flags, OSPF_ROUTER_E);
    assert_int_equal(r.n_links, 2);
    assert_true(ospf_router_next_link(&r, &l));
    assert_int_equal(l.type, OSPF_LINK_POINT_TO_POINT);
    assert_int_equal(l.id, B);
    assert_int_equal(l.metric, 10);
    assert_true(ospf_router_next_link(&r, &l));
    assert_int_equal(l.type, OSPF_LINK_STUB);
    assert_false(ospf_router_next_link(&r, &l));
    assert_true(ospf_router_read(router_tos_lsa, sizeof(router_tos_lsa), &r));
    assert_true(ospf_router_next_link(&r, &l));
    assert_int_equal(l.metric, 10);
    assert_false(ospf_router_next_link(&r, &l));
    struct ospf_network_view n;
    assert_true(ospf_network_read(network_lsa, sizeof(network_lsa), &n));
    assert_int_equal(n.n_routers, 2);
    assert_int_equal(n.mask, 0xffffff00);
    struct ospf_summary s;
    assert_true(ospf_summary_read(summary_lsa, sizeof(summary_lsa), &s));
    assert_int_equal(s.metric, 30);
    assert_true(ospf_summary_read(asbr_lsa, sizeof(asbr_lsa), &s));
    assert_int_equal(s.metric, 40);
    struct ospf_external x;
    uint8_t again[16];
    assert_true(ospf_external_read(external_lsa, sizeof(external_lsa), &x));
    assert_true(x.is_type2);
    assert_int_equal(x.metric, 20);
    assert_int_equal(x.tag, 99);
    struct wire_writer w = wire_writer_of(again, sizeof(again));
    ospf_external_write(&w, &x);
    assert_memory_equal(again, external_lsa + OSPF_LSA_HEADER, sizeof(again));
    assert_false(ospf_external_read(summary_lsa, sizeof(summary_lsa), &x));
    assert_false(ospf_router_read(external_lsa, sizeof(external_lsa), &r));
    assert_false(ospf_network_read(external_lsa, sizeof(external_lsa), &n));
    assert_false(ospf_summary_read(external_lsa, sizeof(external_lsa), &s));
}

/* Cut, with and without a length and a checksum that fit the cut. */
static void test_lsa__truncated_at_every_byte(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_LSAS; k++) {
        for (size_t len = 0; len < lsas[k].len; len++) {
            uint8_t *cut = malloc(len ? len : 1);
            memcpy(cut, lsas[k].data, len);
            assert_int_equal(ospf_lsa_check(cut, len), OSPF_LSA_BAD_LENGTH);
            if (len >= OSPF_LSA_HEADER) {
                cut[18] = (uint8_t)(len >> 8);
                cut[19] = (uint8_t)len;
                ospf_lsa_checksum_set(cut, len);
                enum ospf_lsa_check c = ospf_lsa_check(cut, len);
                bool may_be_good =
                    lsas[k].type == OSPF_LSA_OPAQUE_AREA || (lsas[k].type == OSPF_LSA_NETWORK && len == 28);
                assert_int_equal(c, may_be_good ? OSPF_LSA_GOOD : OSPF_LSA_BAD_LENGTH);
            }
            free(cut);
        }
    }
}

static enum ospf_lsa_check check_changed(const uint8_t *lsa, size_t len, size_t at, uint8_t value)
{
    uint8_t copy[256];
    memcpy(copy, lsa, len);
    copy[at] = value;
    ospf_lsa_checksum_set(copy, len);
    return ospf_lsa_check(copy, len);
}

static void test_lsa__every_outcome(void **state)
{
    (void)state;
    uint8_t copy[256];
    memcpy(copy, router_lsa, sizeof(router_lsa));
    copy[30] ^= 4;
    assert_int_equal(ospf_lsa_check(copy, sizeof(router_lsa)), OSPF_LSA_BAD_CHECKSUM);
    memcpy(copy, router_lsa, sizeof(router_lsa));
    copy[16] = copy[17] = 0;
    assert_int_equal(ospf_lsa_check(copy, sizeof(router_lsa)), OSPF_LSA_BAD_CHECKSUM);
    for (uint32_t type = 0; type < 256; type++)
        if (ospf_lsa_scope(type) == OSPF_SCOPE_UNKNOWN)
            assert_int_equal(check_changed(router_lsa, sizeof(router_lsa), 3, (uint8_t)type), OSPF_LSA_UNKNOWN_TYPE);
    assert_int_equal(check_changed(router_lsa, sizeof(router_lsa), 7, 9),
                     OSPF_LSA_BAD_CONTENT); /* LS id is not the router */
    assert_int_equal(check_changed(router_lsa, sizeof(router_lsa), 23, 3), OSPF_LSA_BAD_LENGTH); /* three links? */
    assert_int_equal(check_changed(router_lsa, sizeof(router_lsa), 22, 255), OSPF_LSA_BAD_LENGTH);
    assert_int_equal(check_changed(router_lsa, sizeof(router_lsa), 23, 1),
                     OSPF_LSA_BAD_LENGTH); /* and bytes left over */
    assert_int_equal(check_changed(router_lsa, sizeof(router_lsa), 33, 255), OSPF_LSA_BAD_LENGTH); /* TOS count */
    assert_int_equal(check_changed(network_lsa, sizeof(network_lsa), 21, 0),
                     OSPF_LSA_BAD_CONTENT); /* mask with a hole */
    assert_int_equal(check_changed(summary_lsa, sizeof(summary_lsa), 23, 1), OSPF_LSA_BAD_CONTENT);
    assert_int_equal(check_changed(external_lsa, sizeof(external_lsa), 20, 0x7f), OSPF_LSA_BAD_CONTENT);
    memcpy(copy, router_lsa, sizeof(router_lsa));
    copy[12] = 0x80;
    copy[13] = copy[14] = copy[15] = 0;
    ospf_lsa_checksum_set(copy, sizeof(router_lsa));
    assert_int_equal(ospf_lsa_check(copy, sizeof(router_lsa)), OSPF_LSA_BAD_CONTENT); /* the reserved sequence number */
    for (int c = 0; c < OSPF_LSA_CHECK_COUNT; c++)
        assert_string_not_equal(ospf_lsa_check_name((enum ospf_lsa_check)c), "unknown");
    assert_string_equal(ospf_lsa_type_name(0), "unknown");
    assert_string_equal(ospf_lsa_type_name(OSPF_LSA_EXTERNAL), "external");
}

/* Every single-byte error is found; all lengths, also beyond what a sum of 32 bits takes at once. */
static void test_lsa__checksum(void **state)
{
    (void)state;
    uint8_t *lsa = malloc(OSPF_LSA_MAX);
    for (size_t len = OSPF_LSA_HEADER; len <= OSPF_LSA_MAX; len = len < 600 ? len + 1 : len * 3 / 2 + 1) {
        for (size_t k = 0; k < len; k++)
            lsa[k] = (uint8_t)(0xff - (k * 7 + len) % 3);
        ospf_lsa_checksum_set(lsa, len);
        assert_true(ospf_lsa_checksum_is_good(lsa, len));
        lsa[0] ^= 0x55; /* the age is not covered */
        assert_true(ospf_lsa_checksum_is_good(lsa, len));
        lsa[len - 1] ^= 0x10;
        assert_false(ospf_lsa_checksum_is_good(lsa, len));
    }
    free(lsa);
}

static void test_lsa__which_is_newer(void **state)
{
    (void)state;
    struct ospf_lsa_header a = {.seq = OSPF_SEQ_INITIAL, .checksum = 5, .age = 10}, b = a;
    assert_int_equal(ospf_lsa_compare(&a, &b), 0);
    b.age = 10 + OSPF_MAX_AGE_DIFF;
    assert_int_equal(ospf_lsa_compare(&a, &b), 0);
    b.age++;
    assert_true(ospf_lsa_compare(&a, &b) > 0); /* the younger */
    assert_true(ospf_lsa_compare(&b, &a) < 0);
    b.age = OSPF_MAX_AGE;
    assert_true(ospf_lsa_compare(&b, &a) > 0); /* MaxAge wins */
    b.checksum = 4;
    assert_true(ospf_lsa_compare(&a, &b) > 0); /* but the checksum comes first */
    b.seq = OSPF_SEQ_INITIAL + 1;
    assert_true(ospf_lsa_compare(&b, &a) > 0); /* and the sequence before it */
    b.seq = OSPF_SEQ_MAX;                      /* signed: the highest of all */
    assert_true(ospf_lsa_compare(&b, &a) > 0);
    a.seq = 0;
    assert_true(ospf_lsa_compare(&b, &a) > 0);
}

static void test_lsa__masks(void **state)
{
    (void)state;
    for (uint8_t len = 0; len <= 32; len++)
        assert_int_equal(ospf_mask_length(ospf_mask_of(len)), len);
    assert_int_equal(ospf_mask_length(0xff00ff00), -1);
    assert_int_equal(ospf_mask_length(1), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lsa__golden),
        cmocka_unit_test(test_lsa__bodies),
        cmocka_unit_test(test_lsa__truncated_at_every_byte),
        cmocka_unit_test(test_lsa__every_outcome),
        cmocka_unit_test(test_lsa__checksum),
        cmocka_unit_test(test_lsa__which_is_newer),
        cmocka_unit_test(test_lsa__masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
