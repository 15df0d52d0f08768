/* SPDX-License-Identifier: Apache-2.0
 *
 * Route distinguishers and extended communities: golden octets (RFC 4364 s4.2, RFC 4360 s4, RFC 5668 s2), round trips,
 * and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "strata/rd.h"

static const struct {
    const char *text;
    uint64_t rd;
} rds[] = {
    {"100:1", 0x0000006400000001u},
    {"0:0", 0},
    {"65535:4294967295", 0x0000ffffffffffffu},
    {"10.0.0.1:7", 0x00010a0000010007u},
    {"255.255.255.255:65535", 0x0001ffffffffffffu},
    {"65536:1", 0x0002000100000001u},
    {"4294967295:65535", 0x0002ffffffffffffu},
    {"100L:1", 0x0002000000640001u},
};

static const char *const bad[] = {"",
                                  ":",
                                  "100",
                                  "100:",
                                  ":1",
                                  "65536:65536",
                                  "4294967296:1",
                                  "100:4294967296",
                                  "10.0.0.1:65536",
                                  "10.0.0:1",
                                  "10.0.0.256:1",
                                  "-1:1",
                                  "1:-1",
                                  " 1:1",
                                  "1:1 ",
                                  "1:1:1",
                                  "a:b",
                                  "100L:65536",
                                  "L:1",
                                  "10.0.0.1",
                                  "::1:1",
                                  "18446744073709551616:1"};

static void test_rd__golden_both_ways(void **state)
{
    char buf[RD_TEXT_MAX];
    rd_t rd;

    (void)state;
    for (size_t i = 0; i < sizeof(rds) / sizeof(rds[0]); i++) {
        assert_int_equal(rd_parse(rds[i].text, &rd), 0);
        assert_true(rd == rds[i].rd);
        assert_string_equal(rd_text(rd, buf, sizeof(buf)), rds[i].text);
    }
    assert_string_equal(rd_text(0xffff000000000001u, buf, sizeof(buf)), "0xffff000000000001");
}

static void test_rd__refuses(void **state)
{
    uint64_t value = 5;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(rd_parse(bad[i], &value), -EINVAL);
        assert_int_equal(route_target_parse(bad[i], &value), -EINVAL);
        assert_int_equal(site_of_origin_parse(bad[i], &value), -EINVAL);
    }
    assert_true(value == 5);
}

static void test_ext_community__golden_both_ways(void **state)
{
    char buf[RD_TEXT_MAX];
    ext_community_t c;

    (void)state;
    assert_int_equal(route_target_parse("100:1", &c), 0);
    assert_true(c == 0x0002006400000001u);
    assert_string_equal(ext_community_text(c, buf, sizeof(buf)), "rt 100:1");
    assert_string_equal(ext_community_value_text(c, buf, sizeof(buf)), "100:1");
    assert_int_equal(ext_community_subtype(c), EXT_COMMUNITY_ROUTE_TARGET);
    assert_int_equal(route_target_parse("10.0.0.1:7", &c), 0);
    assert_true(c == 0x01020a0000010007u);
    assert_int_equal(route_target_parse("65536:2", &c), 0);
    assert_true(c == 0x0202000100000002u);
    assert_string_equal(ext_community_text(c, buf, sizeof(buf)), "rt 65536:2");
    assert_int_equal(site_of_origin_parse("100:1", &c), 0);
    assert_true(c == 0x0003006400000001u);
    assert_string_equal(ext_community_text(c, buf, sizeof(buf)), "soo 100:1");
    assert_int_equal(ext_community_subtype(c), EXT_COMMUNITY_SITE_OF_ORIGIN);
}

static void test_ext_community__unknown_is_hex(void **state)
{
    static const ext_community_t unknown[] = {0x4002006400000001u, 0x0005000000000001u, 0x030c000000000008u};
    char buf[RD_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ext_community_text(unknown[i], buf, sizeof(buf));
        assert_int_equal(strlen(buf), 18);
        assert_memory_equal(buf, "0x", 2);
        ext_community_value_text(unknown[i], buf, sizeof(buf));
        assert_memory_equal(buf, "0x", 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rd__golden_both_ways),
        cmocka_unit_test(test_rd__refuses),
        cmocka_unit_test(test_ext_community__golden_both_ways),
        cmocka_unit_test(test_ext_community__unknown_is_hex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
