/* SPDX-License-Identifier: Apache-2.0
 *
 * Values by type: text to value to text, limits, order, and one encoding per value.
 */
#include "build_edit.h"

#include <errno.h>

#include "lib/schema/value.h"

static const struct schema_node *node(uint32_t id)
{
    return &testd_schema.nodes[id];
}

struct sample {
    uint32_t id;
    const char *text;
};

static const struct sample good[] = {
    {TESTD_TEST_VALUES_BOOLEAN, "true"},
    {TESTD_TEST_VALUES_BOOLEAN, "false"},
    {TESTD_TEST_VALUES_U8, "0"},
    {TESTD_TEST_VALUES_U8, "255"},
    {TESTD_TEST_VALUES_U16, "65535"},
    {TESTD_TEST_VALUES_U32, "4294967295"},
    {TESTD_TEST_VALUES_U64, "18446744073709551615"},
    {TESTD_TEST_VALUES_I8, "-128"},
    {TESTD_TEST_VALUES_I8, "127"},
    {TESTD_TEST_VALUES_I16, "-32768"},
    {TESTD_TEST_VALUES_I32, "-2147483648"},
    {TESTD_TEST_VALUES_I64, "-9223372036854775808"},
    {TESTD_TEST_VALUES_I64, "9223372036854775807"},
    {TESTD_TEST_VALUES_COLOR, "red"},
    {TESTD_TEST_VALUES_COLOR, "dark-blue"},
    {TESTD_TEST_VALUES_TEXT, ""},
    {TESTD_TEST_VALUES_TEXT, "x y"},
    {TESTD_TEST_VALUES_ADDRESS, "10.0.0.1"},
    {TESTD_TEST_VALUES_ADDRESS, "2001:db8::1"},
    {TESTD_TEST_VALUES_PREFIX, "0.0.0.0/0"},
    {TESTD_TEST_VALUES_PREFIX, "10.0.0.0/8"},
    {TESTD_TEST_VALUES_INTERFACE_ADDRESS, "10.0.0.1/8"},
    {TESTD_TEST_VALUES_AREA, "255.255.255.255"},
    {TESTD_TEST_VALUES_RD, "65535:4294967295"},
    {TESTD_TEST_VALUES_RD, "65536:65535"},
    {TESTD_TEST_VALUES_RD, "100L:1"},
    {TESTD_TEST_VALUES_TARGETS, "10.0.0.1:65535"},
    {TESTD_TEST_VALUES_SOO, "100:1"},
};

static const struct sample bad[] = {
    {TESTD_TEST_VALUES_BOOLEAN, "1"},
    {TESTD_TEST_VALUES_U8, "256"},
    {TESTD_TEST_VALUES_U8, "-1"},
    {TESTD_TEST_VALUES_U8, ""},
    {TESTD_TEST_VALUES_U8, "1x"},
    {TESTD_TEST_VALUES_U8, " 1"},
    {TESTD_TEST_VALUES_U64, "18446744073709551616"},
    {TESTD_TEST_VALUES_I8, "128"},
    {TESTD_TEST_VALUES_I8, "-129"},
    {TESTD_TEST_VALUES_I8, "-"},
    {TESTD_TEST_VALUES_I64, "9223372036854775808"},
    {TESTD_TEST_VALUES_I64, "-9223372036854775809"},
    {TESTD_TEST_VALUES_COLOR, "pink"},
    {TESTD_TEST_VALUES_COLOR, "7"},
    {TESTD_TEST_VALUES_ADDRESS, "10.0.0"},
    {TESTD_TEST_VALUES_PREFIX, "10.0.0.0"},
    {TESTD_TEST_VALUES_PREFIX, "10.0.0.0/33"},
    {TESTD_TEST_VALUES_AREA, "::1"},
    {TESTD_TEST_VALUES_AREA, "1"},
    {TESTD_TEST_VALUES_RD, "100"},
    {TESTD_TEST_VALUES_TARGETS, "70000:70000"},
    {TESTD_TEST_VALUES_SOO, "x:1"},
};

static void test_schema_value__text_and_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const struct schema_node *n = node(good[i].id);
        union value_slot a = {0}, b = {0};
        struct stream st = {0};
        struct wire_reader r;
        char buf[VALUE_TEXT_MAX];

        assert_int_equal(value_parse(n, good[i].text, &a), 0);
        assert_string_equal(value_text(n, &a, buf), good[i].text);
        value_put(n, &a, &st);
        r = wire_reader_of(st.data, st.len);
        value_get(n, &r, &b);
        assert_false(r.failed);
        assert_int_equal(wire_left(&r), 0);
        assert_int_equal(value_compare(n, &a, &b), 0);
        for (size_t cut = 0; cut < st.len; cut++) {
            union value_slot c = {0};

            r = wire_reader_of(st.data, cut);
            value_get(n, &r, &c);
            assert_true(r.failed);
            assert_memory_equal(&c, &(union value_slot){0}, sizeof(c));
        }
        value_release(n, &a);
        value_release(n, &b);
        stream_fini(&st);
    }
}

static void test_schema_value__malformed_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        union value_slot slot = {0};

        if (value_parse(node(bad[i].id), bad[i].text, &slot) != -EINVAL)
            fail_msg("%s takes \"%s\"", node(bad[i].id)->name, bad[i].text);
        assert_memory_equal(&slot, &(union value_slot){0}, sizeof(slot));
    }
}

static int order(uint32_t id, const char *x, const char *y)
{
    union value_slot a = {0}, b = {0};
    int result;

    assert_int_equal(value_parse(node(id), x, &a), 0);
    assert_int_equal(value_parse(node(id), y, &b), 0);
    result = value_compare(node(id), &a, &b);
    assert_int_equal(value_compare(node(id), &b, &a) > 0, result < 0);
    value_release(node(id), &a);
    value_release(node(id), &b);
    return result;
}

static void test_schema_value__order(void **state)
{
    (void)state;
    assert_true(order(TESTD_TEST_VALUES_U8, "9", "10") < 0);
    assert_true(order(TESTD_TEST_VALUES_I8, "-1", "1") < 0);
    assert_true(order(TESTD_TEST_VALUES_U64, "1", "18446744073709551615") < 0);
    assert_true(order(TESTD_TEST_VALUES_TEXT, "a", "b") < 0);
    assert_true(order(TESTD_TEST_VALUES_ADDRESS, "9.0.0.1", "10.0.0.1") < 0);
    assert_true(order(TESTD_TEST_VALUES_ADDRESS, "255.0.0.1", "::1") < 0);
    assert_true(order(TESTD_TEST_VALUES_PREFIX, "10.0.0.0/8", "10.0.0.0/9") < 0);
    assert_true(order(TESTD_TEST_VALUES_COLOR, "red", "green") < 0);
    assert_int_equal(order(TESTD_TEST_VALUES_PREFIX, "10.1.2.3/8", "10.0.0.0/8"), 0); /* host bits go */
    assert_true(order(TESTD_TEST_VALUES_INTERFACE_ADDRESS, "10.0.0.0/8", "10.1.2.3/8") < 0);
}

static void test_schema_value__numbers_have_one_encoding(void **state)
{
    static const uint8_t forms[][10] = {{0x80, 0x00}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}};
    struct wire_reader r;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        r = wire_reader_of(forms[i], sizeof(forms[i]));
        stream_get_uint(&r);
        assert_true(r.failed);
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        struct stream st = {0};

        stream_uint(&st, UINT64_C(1) << bit);
        stream_int(&st, INT64_MIN >> bit);
        r = wire_reader_of(st.data, st.len);
        assert_true(stream_get_uint(&r) == UINT64_C(1) << bit);
        assert_true(stream_get_int(&r) == INT64_MIN >> bit);
        assert_false(r.failed);
        stream_fini(&st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_value__text_and_bytes),
        cmocka_unit_test(test_schema_value__malformed_text),
        cmocka_unit_test(test_schema_value__order),
        cmocka_unit_test(test_schema_value__numbers_have_one_encoding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
