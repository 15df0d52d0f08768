/* SPDX-License-Identifier: Apache-2.0
 *
 * Small things of lib/text: escaping, times, single children.
 */
#include "tests/unit/mgmtd/fixture.h"

#include "lib/text/escape.h"
#include "lib/text/node.h"
#include "lib/text/time.h"

static void test_escape__xml(void **state)
{
    struct text_buf out = {0};
    (void)state;
    text_add_xml(&out, "a<b>&\"'\t\n\x01\r\xc3\xa9 cut", 14);
    assert_string_equal(text_buf_get(&out), "a&lt;b&gt;&amp;&quot;'\t\n??\xc3\xa9 ");
    text_buf_fini(&out);
}

static void expect_json(const char *text, size_t max, const char *json, const char *rest)
{
    struct text_buf out = {0};
    assert_string_equal(text_add_json(&out, text, max), rest);
    assert_string_equal(text_buf_get(&out), json);
    text_buf_fini(&out);
}

static void test_escape__json(void **state)
{
    (void)state;
    expect_json("a\"\\\n\x7f", 100, "a\\\"\\\\\\u000a\\u007f", "");
    expect_json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 100, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "");
    expect_json("\xff\xc0\xaf\xed\xa0\x80", 100, "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd", "");
    expect_json("\xe2\x82", 100, "\\ufffd\\ufffd", ""); /* cut off */
    expect_json("ab\xe2\x82\xac"
                "cd",
                3, "ab\xe2\x82\xac", "cd");
    expect_json("abc", 0, "", "abc");
}

static void test_escape__times(void **state)
{
    static const struct {
        const char *text;
        uint64_t sec;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2001-09-09T01:46:40Z", 1000000000},
        {"2001-09-09T01:46:40.25Z", 1000000000},
        {"2001-09-09T03:46:40+02:00", 1000000000},
        {"1969-12-31T00:00:00Z", 0},
    };
    static const char *const bad[] = {"",
                                      "2001",
                                      "2001-09-09",
                                      "2001-09-09T01:46:40",
                                      "2001-09-09 01:46:40Z",
                                      "2001-09-09T01:46:40+2",
                                      "2001-09-09T01:46:40Zulu"};
    char text[TEXT_TIME_MAX];
    uint64_t sec;
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(text_time_read(good[i].text, &sec));
        assert_int_equal(sec, good[i].sec);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (text_time_read(bad[i], &sec))
            fail_msg("%s", bad[i]);
    assert_string_equal(text_time_write(1000000000, text), "2001-09-09T01:46:40Z");
    assert_string_equal(text_time_write(UINT64_MAX / 2, text), "1970-01-01T00:00:00Z");
}

static void test_escape__children(void **state)
{
    struct lyd_node *tree = fixture_tree(*state, "bgp as 100");

    assert_string_equal(yang_child_value(tree, "as"), "100");
    assert_string_equal(yang_child_value(tree, "router-id"), "");
    assert_null(yang_child(tree, "a"));
    assert_null(yang_child(NULL, "as"));
    yang_add(tree, "router-id", "1.1.1.1");
    yang_add(tree, "no-such", "1");
    assert_string_equal(yang_child_value(tree, "router-id"), "1.1.1.1");
    assert_null(yang_child(tree, "no-such"));
    lyd_free_all(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape__xml),
        cmocka_unit_test(test_escape__json),
        cmocka_unit_test(test_escape__times),
        cmocka_unit_test(test_escape__children),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
