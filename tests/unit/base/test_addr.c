/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and prefixes: text, order, containment at every length, what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "strata/addr.h"

static struct ip_addr addr(const char *text)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}

static struct prefix pfx(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static void test_addr__text_round_trip(void **state)
{
    static const char *const texts[] = {"0.0.0.0", "10.1.2.3",    "255.255.255.255",
                                        "::",      "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"};
    char buf[ADDR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct ip_addr a = addr(texts[i]);

        assert_string_equal(ip_addr_text(&a, buf, sizeof(buf)), texts[i]);
    }
    assert_int_equal(ip_addr_bits(&(struct ip_addr){.family = AF_IPV6}), 128);
    assert_int_equal(addr(texts[5]).family, AF_IPV6);
}

static void test_addr__refuses_bad_text(void **state)
{
    static const char *const bad[] = {"",          "10",        "10.0.0",  "10.0.0.256", "10.0.0.1.",
                                      " 10.0.0.1", "10.0.0.1 ", "1::2::3", "g::"};
    struct ip_addr a = ip_addr_v4(7);

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ip_addr_parse(bad[i], &a), -EINVAL);
    assert_int_equal(ip_addr_to_v4(&a), 7); /* untouched */
}

static void test_addr__v4_conversion(void **state)
{
    struct ip_addr a = ip_addr_v4(0x0a010203);
    struct ip_addr v6 = addr("::1");
    struct ip_addr none = {0};
    char buf[ADDR_TEXT_MAX] = "x";

    (void)state;
    assert_int_equal(ip_addr_to_v4(&a), 0x0a010203);
    assert_int_equal(ip_addr_to_v4(&v6), 0);
    assert_int_equal(a.b[0], 10);
    assert_string_equal(ip_addr_text(&none, buf, sizeof(buf)), "");
    assert_false(ip_addr_is_set(&none));
    assert_true(ip_addr_is_set(&a));
    assert_int_equal(ip_addr_bits(&none), 0);
}

static void test_addr__order(void **state)
{
    static const char *const sorted[] = {"0.0.0.0", "1.2.3.4", "1.2.3.5", "200.0.0.0", "::", "::1", "8000::"};

    (void)state;
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++) {
            struct ip_addr a = addr(sorted[i]), b = addr(sorted[j]);
            int order = ip_addr_compare(&a, &b);

            assert_int_equal(order < 0, i < j);
            assert_int_equal(order > 0, i > j);
            assert_int_equal(ip_addr_equal(&a, &b), i == j);
        }
}

static void test_addr__unspecified_and_martian(void **state)
{
    static const char *const martian[] = {"0.0.0.0",   "0.1.2.3",         "127.0.0.1", "127.255.0.1", "224.0.0.5",
                                          "240.0.0.1", "255.255.255.255", "::",        "::1",         "ff02::1"};
    static const char *const fine[] = {"1.0.0.1",         "10.0.0.1", "126.255.255.255", "169.254.1.1",
                                       "223.255.255.255", "fe80::1",  "2001:db8::1"};
    struct ip_addr none = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(martian) / sizeof(martian[0]); i++) {
        struct ip_addr a = addr(martian[i]);

        assert_true(ip_addr_is_martian(&a));
    }
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        struct ip_addr a = addr(fine[i]);

        assert_false(ip_addr_is_martian(&a));
        assert_false(ip_addr_is_unspecified(&a));
    }
    assert_true(ip_addr_is_martian(&none));
    assert_true(ip_addr_is_unspecified(&none));
    assert_true(ip_addr_is_unspecified(&(struct ip_addr){.family = AF_IPV6}));
}

static void test_prefix__text(void **state)
{
    static const char *const good[] = {"0.0.0.0/0", "10.0.0.0/8",    "10.1.2.3/24",    "10.1.2.3/32",
                                       "::/0",      "2001:db8::/32", "2001:db8::1/128"};
    static const char *const bad[] = {"10.0.0.0",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/ 8",
                                      "10.0.0.0/08",
                                      "10.0.0.0/8x",
                                      "/8",
                                      "::/129",
                                      "::/1290",
                                      "10.0.0.0/4294967304",
                                      "10.0.0.0/8/8",
                                      "1111111111111111111111111111111111111111111111111111/8",
                                      ""};
    char buf[PREFIX_TEXT_MAX];
    struct prefix p;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        p = pfx(good[i]);
        assert_string_equal(prefix_text(&p, buf, sizeof(buf)), good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(prefix_parse(bad[i], &p), -EINVAL);
    p = (struct prefix){0};
    assert_string_equal(prefix_text(&p, buf, sizeof(buf)), "");
}

static void test_prefix__normalize_every_length(void **state)
{
    (void)state;
    for (unsigned len = 0; len <= 32; len++) {
        struct prefix p = prefix_v4(0xffffffff, (uint8_t)len);
        uint32_t want = len ? ~0u << (32 - len) : 0;

        assert_int_equal(ip_addr_to_v4(&p.addr), want);
        assert_int_equal(p.len, len);
    }
    assert_int_equal(prefix_v4(0xffffffff, 77).len, 32);
    for (unsigned len = 0; len <= 128; len++) {
        struct prefix p = {.addr = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), .len = (uint8_t)len};
        unsigned set = 0;

        p = prefix_normalize(p);
        for (unsigned bit = 0; bit < 128; bit++)
            if (p.addr.b[bit / 8] >> (7 - bit % 8) & 1) {
                assert_int_equal(bit, set);
                set++;
            }
        assert_int_equal(set, len);
    }
}

static void test_prefix__contains_every_length(void **state)
{
    struct ip_addr a = addr("10.1.2.3");

    (void)state;
    for (unsigned len = 0; len <= 32; len++) {
        struct prefix p = prefix_v4(0x0a010203, (uint8_t)len);

        assert_true(prefix_contains_addr(&p, &a));
        for (unsigned bit = 0; bit < 32; bit++) { /* one bit changed: inside exactly if behind the length */
            struct ip_addr other = ip_addr_v4(0x0a010203 ^ 1u << (31 - bit));

            assert_int_equal(prefix_contains_addr(&p, &other), bit >= len);
        }
        for (unsigned inner = 0; inner <= 32; inner++) {
            struct prefix q = prefix_v4(0x0a010203, (uint8_t)inner);

            assert_int_equal(prefix_contains(&p, &q), inner >= len);
        }
    }
    assert_false(prefix_contains_addr(&(struct prefix){.addr = addr("::")}, &a));
}

static void test_prefix__order_and_host(void **state)
{
    static const char *const sorted[] = {"0.0.0.0/0",   "0.0.0.0/1",   "10.0.0.0/8", "10.0.0.0/9",
                                         "10.0.0.0/32", "10.0.0.1/32", "::/0",       "::/128"};
    struct ip_addr a = addr("10.0.0.1"), v6 = addr("::1");
    struct prefix p;

    (void)state;
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++) {
            struct prefix x = pfx(sorted[i]), y = pfx(sorted[j]);

            assert_int_equal(prefix_compare(&x, &y) < 0, i < j);
            assert_int_equal(prefix_equal(&x, &y), i == j);
        }
    p = prefix_host(&a);
    assert_true(prefix_is_host(&p));
    assert_int_equal(p.len, 32);
    p = prefix_host(&v6);
    assert_true(prefix_is_host(&p));
    assert_int_equal(p.len, 128);
    p = pfx("10.0.0.0/31");
    assert_false(prefix_is_host(&p));
    p = (struct prefix){0};
    assert_false(prefix_is_host(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addr__text_round_trip),
        cmocka_unit_test(test_addr__refuses_bad_text),
        cmocka_unit_test(test_addr__v4_conversion),
        cmocka_unit_test(test_addr__order),
        cmocka_unit_test(test_addr__unspecified_and_martian),
        cmocka_unit_test(test_prefix__text),
        cmocka_unit_test(test_prefix__normalize_every_length),
        cmocka_unit_test(test_prefix__contains_every_length),
        cmocka_unit_test(test_prefix__order_and_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
