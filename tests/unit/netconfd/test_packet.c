/* SPDX-License-Identifier: Apache-2.0
 *
 * Framings, the XML reader, the hello, the relay's line: golden bytes of RFC 6242, every cut, every fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/netconfd/packet/framing.h"
#include "src/netconfd/packet/hello.h"
#include "src/netconfd/packet/xml.h"

#define LIMIT 100

static enum framing_outcome feed(struct framing *f, const char *bytes, size_t n)
{
    enum framing_outcome outcome = FRAMING_MORE;
    for (size_t at = 0, used; at < n && outcome == FRAMING_MORE; at += used)
        outcome = framing_take(f, (const uint8_t *)bytes + at, n - at, &used);
    return outcome;
}

static struct framing chunked(void)
{
    struct framing f;
    framing_init(&f, LIMIT);
    f.mode = FRAMING_CHUNKED;
    return f;
}

/* RFC 6242 section 4.2, the example. */
static void test_framing__chunks(void **state)
{
    static const char wire[] = "\n#4\n<rpc\n#18\n message-id=\"102\"\n\n#3\n/>\n\n##\n";
    (void)state;
    for (size_t cut = 0; cut < sizeof(wire) - 1; cut++) {
        struct framing f = chunked();
        assert_int_equal(feed(&f, wire, cut), FRAMING_MORE);
        assert_int_equal(framing_is_amid(&f), cut > 0);
        assert_int_equal(feed(&f, wire + cut, sizeof(wire) - 1 - cut), FRAMING_MESSAGE);
        assert_string_equal(f.data, "<rpc message-id=\"102\"\n/>\n");
        assert_false(framing_is_amid(&f));
        framing_fini(&f);
    }
}

static void test_framing__bad_chunks(void **state)
{
    static const char *const bad[] = {"x",
                                      "\r",
                                      "\nx",
                                      "\n##",
                                      "\n#\n",
                                      "\n#0\n",
                                      "\n#01",
                                      "\n#a",
                                      "\n#1x",
                                      "\n#-1",
                                      "\n# 1",
                                      "\n#4294967296",
                                      "\n#101\n",
                                      "\n#60\n0123456789012345678901234567890123456789012345678901234567890123456789",
                                      "\n#1\nxy",
                                      "\n#1\nx\n#x",
                                      "\n#1\nx\n##x",
                                      "]]>]]>",
                                      "\n#99999999999999999999999\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct framing f = chunked();
        size_t used;
        if (feed(&f, bad[i], strlen(bad[i])) != FRAMING_BAD)
            fail_msg("accepted: %s", bad[i]);
        assert_non_null(f.error);
        assert_int_equal(framing_take(&f, (const uint8_t *)"\n", 1, &used), FRAMING_BAD); /* and stays so */
        framing_fini(&f);
    }
}

static void test_framing__message_of_the_longest_size(void **state)
{
    char wire[LIMIT + 20] = "\n#100\n";
    struct framing f = chunked();
    (void)state;
    memset(wire + 6, 'x', LIMIT);
    assert_int_equal(feed(&f, wire, 6 + LIMIT), FRAMING_MORE);
    assert_int_equal(feed(&f, "\n##\n", 4), FRAMING_MESSAGE);
    assert_int_equal(f.len, LIMIT);
    assert_int_equal(feed(&f, "\n#99\n", 5), FRAMING_MORE); /* the next begins anew */
    framing_fini(&f);
    f = chunked();
    assert_int_equal(feed(&f, wire, 6 + LIMIT), FRAMING_MORE);
    assert_int_equal(feed(&f, "\n#1\n", 4), FRAMING_BAD);
    framing_fini(&f);
}

static void test_framing__end_mark(void **state)
{
    static const char wire[] = "<a>]]>]]</a>]]>]]>";
    struct framing f;
    (void)state;
    for (size_t cut = 0; cut < sizeof(wire) - 1; cut++) {
        framing_init(&f, LIMIT);
        assert_int_equal(feed(&f, wire, cut), FRAMING_MORE);
        assert_int_equal(feed(&f, wire + cut, sizeof(wire) - 1 - cut), FRAMING_MESSAGE);
        assert_string_equal(f.data, "<a>]]>]]</a>");
        framing_fini(&f);
    }
    framing_init(&f, LIMIT);
    for (int i = 0; i < LIMIT / 10; i++)
        assert_int_equal(feed(&f, "0123456789", 10), FRAMING_MORE);
    assert_int_equal(feed(&f, "x", 1), FRAMING_BAD);
    framing_fini(&f);
}

static void test_framing__marks(void **state)
{
    char buf[FRAMING_MARK_MAX];
    (void)state;
    assert_string_equal(framing_head(FRAMING_CHUNKED, 4294967295u, buf), "\n#4294967295\n");
    assert_string_equal(framing_tail(FRAMING_CHUNKED), "\n##\n");
    assert_string_equal(framing_head(FRAMING_END_MARK, 5, buf), "");
    assert_string_equal(framing_tail(FRAMING_END_MARK), "]]>]]>");
}

static bool is_xml(const char *text)
{
    struct xml_event root;
    const char *error = NULL;
    bool is_good = xml_check(text, strlen(text), &root, &error);
    assert_int_equal(is_good, error == NULL);
    return is_good;
}

static void test_xml__shape(void **state)
{
    static const char *const good[] = {
        "<a/>", "<?xml version='1.0'?>\n<!-- x -->\n<a b='c' d=\"e>\"><b:c>text</b:c><![CDATA[<<]]></a>\n", "<a></a >",
        "<a b = 'c' />"};
    static const char *const bad[] = {"",
                                      " ",
                                      "a",
                                      "<",
                                      "<a",
                                      "<a>",
                                      "</a>",
                                      "<a></b>",
                                      "<a/><b/>",
                                      "<a/>x",
                                      "x<a/>",
                                      "<a b/>",
                                      "<a b=c/>",
                                      "<a b='<'/>",
                                      "<a b='/>",
                                      "<a><!-- </a>",
                                      "<a><![CDATA[</a>",
                                      "<!DOCTYPE a><a/>",
                                      "<1/>",
                                      "<a / >",
                                      "<a b='c'd='e'/",
                                      "<![CDATA[x]]>",
                                      "<a>&#0;</a",
                                      "< a/>",
                                      "<?><a/>",
                                      "<a><?><b/><?"
                                      "?></a>"};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!is_xml(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (is_xml(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    for (size_t i = 0; good[1][i + 2]; i++) { /* every cut of a good one is bad */
        char cut[128] = "";
        memcpy(cut, good[1], i);
        assert_false(is_xml(cut));
    }
}

static void test_xml__depth(void **state)
{
    char text[XML_DEPTH_MAX * 8 + 64];
    (void)state;
    for (size_t depth = XML_DEPTH_MAX; depth <= XML_DEPTH_MAX + 1; depth++) {
        size_t n = 0;
        for (size_t i = 0; i < depth; i++)
            n += (size_t)sprintf(text + n, "<a>");
        for (size_t i = 0; i < depth; i++)
            n += (size_t)sprintf(text + n, "</a>");
        assert_int_equal(is_xml(text), depth == XML_DEPTH_MAX);
    }
}

static void test_xml__namespace_of_the_root(void **state)
{
    static const char text[] = "<n:rpc xmlns='urn:other' xmlns:nn='urn:x' xmlns:n='urn:y'/>";
    struct xml_event root;
    const char *error;
    (void)state;
    assert_true(xml_check(text, sizeof(text) - 1, &root, &error));
    assert_true(xml_is(xml_local_name(root.name), "rpc"));
    assert_true(xml_is_in(&root, "urn:y"));
    assert_false(xml_is_in(&root, "urn:other"));
    assert_false(xml_is_in(&root, "urn:x"));
}

static void test_hello__versions(void **state)
{
#define HELLO(inside) "<hello xmlns=\"" NETCONF_NS "\">" inside "</hello>"
#define CAPS(inside)  "<capabilities>" inside "</capabilities>"
    static const struct {
        const char *text;
        int is_good, has_1_0, has_1_1;
    } cases[] = {
        {HELLO(CAPS("<capability>" NETCONF_BASE_1_0 "</capability>")), 1, 1, 0},
        {HELLO(CAPS("<capability>\n  " NETCONF_BASE_1_1 " </capability><capability>urn:x</capability>")), 1, 0, 1},
        {HELLO(CAPS("<capability>" NETCONF_BASE_1_0 "</capability><capability>" NETCONF_BASE_1_1 "</capability>")), 1,
         1, 1},
        {HELLO(CAPS("<capability>urn:x</capability>")), 0, 0, 0},
        {HELLO(CAPS("")), 0, 0, 0},
        {HELLO("<capability>" NETCONF_BASE_1_0 "</capability>"), 0, 0, 0},
        {HELLO(CAPS("<x><capability>" NETCONF_BASE_1_0 "</capability></x>")), 0, 0, 0},
        {HELLO(CAPS("<capability>" NETCONF_BASE_1_0 "</capability>") "<session-id>4</session-id>"), 0, 0, 0},
        {"<hello>" CAPS("<capability>" NETCONF_BASE_1_0 "</capability>") "</hello>", 0, 0, 0},
        {"<rpc xmlns=\"" NETCONF_NS "\"/>", 0, 0, 0},
        {"<hello", 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hello h;
        const char *error;
        if (hello_parse(cases[i].text, strlen(cases[i].text), &h, &error) != (bool)cases[i].is_good)
            fail_msg("%s", cases[i].text);
        assert_true(!cases[i].is_good || (h.has_base_1_0 == cases[i].has_1_0 && h.has_base_1_1 == cases[i].has_1_1));
    }
}

static void test_relay_line__there_and_back(void **state)
{
    char line[RELAY_LINE_MAX], host[RELAY_HOST_MAX];
    size_t used = 0;
    (void)state;
    relay_line_write(line, "2001:db8::1%eth0");
    assert_string_equal(line, "strata-netconf 1 host=2001:db8::1%eth0\n");
    size_t n = strlen(line);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(relay_line_parse(line, cut, host, &used), 0);
    assert_int_equal(relay_line_parse(line, n, host, &used), 1);
    assert_int_equal(used, n);
    assert_string_equal(host, "2001:db8::1%eth0");
    relay_line_write(line, "a\nb\" c\x1b");
    assert_string_equal(line, "strata-netconf 1 host=abc\n");
    relay_line_write(line, NULL);
    assert_string_equal(line, "strata-netconf 1 host=-\n");
    assert_int_equal(relay_line_parse("strata-netconf 2", 16, host, &used), -1);
    assert_int_equal(relay_line_parse("strata-netconf 1 host=\n", 23, host, &used), -1);
    assert_int_equal(relay_line_parse("strata-netconf 1 host=a b\n", 26, host, &used), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing__chunks),
        cmocka_unit_test(test_framing__bad_chunks),
        cmocka_unit_test(test_framing__message_of_the_longest_size),
        cmocka_unit_test(test_framing__end_mark),
        cmocka_unit_test(test_framing__marks),
        cmocka_unit_test(test_xml__shape),
        cmocka_unit_test(test_xml__depth),
        cmocka_unit_test(test_xml__namespace_of_the_root),
        cmocka_unit_test(test_hello__versions),
        cmocka_unit_test(test_relay_line__there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
