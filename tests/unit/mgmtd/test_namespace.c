/* SPDX-License-Identifier: Apache-2.0
 *
 * What libyang is shown of XML: every element has a namespace, and what it would read otherwise than it is meant is
 * refused.
 */
#include "lib/text/namespace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "lib/text/buf.h"

#define NONE "'urn:strata:none'"

static void test_namespace__named(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"text only", "text only"},
        {"<a/>", "<a xmlns=" NONE "/>"},
        {"<a></a>", "<a xmlns=" NONE "></a>"},
        {"<a ></a ><b\n/>", "<a  xmlns=" NONE "></a ><b\n xmlns=" NONE "/>"},
        {"<a xmlns='u'/>", "<a xmlns='u'/>"},
        {"<a xmlns='u'><b/><b xmlns=''/></a>", "<a xmlns='u'><b/><b xmlns='urn:strata:none'/></a>"},
        {"<a xmlns = \"\"/>", "<a xmlns = \"urn:strata:none\"/>"},
        {"<a b=''/>", "<a b='' xmlns=" NONE "/>"},
        {"<a b='>' c=\"'/\"/>", "<a b='>' c=\"'/\" xmlns=" NONE "/>"},
        {"<p:a xmlns:p=''/>", "<p:a xmlns:p='urn:strata:none' xmlns=" NONE "/>"},
        {"<p:a xmlns='u' xmlns:p='v'><p:b/></p:a>", "<p:a xmlns='u' xmlns:p='v'><p:b/></p:a>"},
        {"<xmlnsa/><a xmlnsb=''/>", "<xmlnsa xmlns=" NONE "/><a xmlnsb='' xmlns=" NONE "/>"},
        {"<!--><a>--><?q <a> ?><a/>", "<!--><a>--><?q <a> ?><a xmlns=" NONE "/>"},
        {"<a><![CDATA[<b>]]>></a><c/>", "<a xmlns=" NONE "><![CDATA[<b>]]>></a><c xmlns=" NONE "/>"},
        {"</x><a/><x>", "</x><a xmlns=" NONE "/><x xmlns=" NONE ">"},
        {"<\xc3\xa9:\xc3\xa9 xmlns='u' xmlns:\xc3\xa9='v'/>", "<\xc3\xa9:\xc3\xa9 xmlns='u' xmlns:\xc3\xa9='v'/>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text_buf once = {0}, twice = {0};
        assert_null(text_xml_name_none(rows[i][0], &once));
        assert_string_equal(text_buf_get(&once), rows[i][1]);
        assert_null(text_xml_name_none(text_buf_get(&once), &twice));
        assert_string_equal(text_buf_get(&twice), rows[i][1]);
        text_buf_fini(&once);
        text_buf_fini(&twice);
    }
}

/* All of these libyang would read, the most of them otherwise than another reader. */
static void test_namespace__refused(void **state)
{
    static const char *const rows[] = {
        "< a/><b xmlns=''/><b xmlns='u'/>",
        "<?><b xmlns=''/><b xmlns='u'/><?"
        "?>",
        "<?1?>",
        "<a b=\"<![CDATA[\"]]>\"/>",
        "<a xmlns=\"<![CDATA[]]>\"/><a xmlns='u'/>",
        "<p:a/>",
        "<xml:a/>",
        "<a><p:b xmlns:p='u'/><p:c/></a>",
        "<a xmlns:pp='u'><p:b/></a>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]>",
        "<!a>",
        "<",
        "<a",
        "<a b",
        "<a b=",
        "<a b='",
        "<a b='c'",
        "<a b='c'/",
        "<a b='c'/b>",
        "<a b=c>",
        "<a\"b>",
        "<a:>",
        "<:a>",
        "<-a>",
        "<!--",
        "<?a",
        "<![CDATA[",
        "</a",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text_buf out = {0};
        if (!text_xml_name_none(rows[i], &out))
            fail_msg("%s", rows[i]);
        text_buf_fini(&out);
    }
}

static const char *many(const char *first, const char *each, unsigned n, const char *last)
{
    struct text_buf text = {0}, out = {0};
    text_buf_puts(&text, first);
    for (unsigned i = 0; i < n; i++)
        text_buf_printf(&text, each, i);
    text_buf_puts(&text, last);
    const char *error = text_xml_name_none(text_buf_get(&text), &out);
    text_buf_fini(&text);
    text_buf_fini(&out);
    return error;
}

static void test_namespace__limits(void **state)
{
    (void)state;
    assert_null(many("", "<a>", TEXT_XML_DEPTH_MAX, "<!-- -->"));
    assert_non_null(many("", "<a>", TEXT_XML_DEPTH_MAX + 1, ""));
    assert_non_null(many("", "<?q ></a>?><a>", TEXT_XML_DEPTH_MAX + 1, "")); /* ends nothing */
    assert_null(many("", "<a xmlns:p%u='u'/>", 2 * TEXT_XML_DECLARED_MAX, ""));
    assert_null(many("<a", " xmlns:p%u='u'", TEXT_XML_DECLARED_MAX, "/>"));
    assert_non_null(many("<a", " xmlns:p%u='u'", TEXT_XML_DECLARED_MAX, "><b xmlns:q='u'/></a>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_namespace__named),
        cmocka_unit_test(test_namespace__refused),
        cmocka_unit_test(test_namespace__limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
