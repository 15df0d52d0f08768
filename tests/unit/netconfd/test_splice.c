/* SPDX-License-Identifier: Apache-2.0
 *
 * One tree out of parts: what comes out has everything once, is well formed, and little is held meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "src/netconfd/rpc/splice.h"

#define RIB  "<rib xmlns=\"urn:strata:rib\">"
#define IFS  "<interfaces xmlns=\"urn:ietf:params:xml:ns:yang:ietf-interfaces\">"
#define IF   " xmlns=\"urn:strata:interfaces\""
#define HOLD (24u << 20)

static int set_up(void **state)
{
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    struct ly_ctx *ctx;
    char error[512];
    if (yang_context_create(dirs, &ctx, error, sizeof(error)))
        fail_msg("%s", error);
    *state = ctx;
    return 0;
}

static int tear_down(void **state)
{
    ly_ctx_destroy(*state);
    return 0;
}

/* --- small answers come at the end, merged --- */

struct row {
    const char *name, *parts[4], *expected; /* NULL: the parts are refused */
};

static const struct row rows[] = {
    {"one part",
     {RIB "<counters><routes>1</routes></counters></rib>"},
     RIB "<counters><routes>1</routes></counters></rib>"},
    {"nothing", {"", ""}, ""},
    {"containers once",
     {RIB "<counters><routes>1</routes></counters></rib>", "<system xmlns=\"urn:strata:system\"/>",
      RIB "<counters><labels>2</labels></counters></rib>"},
     RIB "<counters><routes>1</routes><labels>2</labels></counters></rib><system xmlns=\"urn:strata:system\"/>"},
    {"entries by all their keys",
     {IFS "<interface><name>a</name><enabled>true</enabled></interface><interface><name>b</name></interface>"
          "</interfaces>",
      IFS "<interface><name>b</name><description>x</description></interface><interface><name>c</name></interface>"
          "</interfaces>"},
     IFS "<interface><name>a</name><enabled>true</enabled></interface><interface><name>b</name><description>x"
         "</description></interface><interface><name>c</name></interface></interfaces>"},
    {"a leaf twice: the later one",
     {IFS "<interface><name>a</name><enabled>true</enabled></interface></interfaces>",
      IFS "<interface><name>a</name><enabled>false</enabled></interface></interfaces>"},
     IFS "<interface><name>a</name><enabled>false</enabled></interface></interfaces>"},
    {"values of a leaf-list once",
     {IFS "<interface><name>a</name><ipv4" IF "><address>10.0.0.1/24</address></ipv4></interface></interfaces>",
      IFS "<interface><name>a</name><ipv4" IF "><address>10.0.0.1/24</address><address>10.0.0.2/24</address></ipv4>"
          "</interface></interfaces>"},
     IFS "<interface><name>a</name><ipv4" IF "><address>10.0.0.1/24</address><address>10.0.0.2/24</address></ipv4>"
         "</interface></interfaces>"},
    {"attributes with '>' in them, blanks, empty elements",
     {" " RIB "<counters x='>' y=\"'/>\" ><routes>1</routes></counters>\n</rib> ", RIB "<counters/></rib>", "<rib/>"},
     RIB "<counters x='>' y=\"'/>\"><routes>1</routes></counters></rib><rib/>"},
    {"prefixes are declared where they are used",
     {IFS "<interface><name>a</name></interface></interfaces>",
      "<interfaces xmlns=\"urn:ietf:params:xml:ns:yang:ietf-interfaces\" xmlns:or=\"urn:o\" or:origin=\"or:x\">"
      "<interface or:origin=\"or:y\"><name>a</name><enabled or:origin=\"or:z\">true</enabled></interface>"
      "<interface xmlns:or=\"urn:o\" or:origin=\"or:y\"><name>b</name></interface></interfaces>"},
     IFS "<interface><name xmlns:or=\"urn:o\">a</name><enabled or:origin=\"or:z\" xmlns:or=\"urn:o\">true</enabled>"
         "</interface><interface xmlns:or=\"urn:o\" or:origin=\"or:y\"><name>b</name></interface></interfaces>"},
    {"cut off", {RIB "<counters>"}, NULL},
    {"cut off in a tag", {RIB "<counters x=\"></rib>"}, NULL},
    {"an end without a start", {"</rib>"}, NULL},
    {"text at the top", {"x" RIB "</rib>"}, NULL},
    {"no name", {"<>"}, NULL},
    {"an open bracket", {"<"}, NULL},
};

static void run_row(const struct ly_ctx *ctx, const struct row *row)
{
    struct splice *s = splice_create(ctx, HOLD);
    struct text_buf out = {0};
    enum splice_outcome outcome = SPLICE_GOOD;

    for (size_t i = 0; i < 4 && row->parts[i] && outcome == SPLICE_GOOD; i++)
        outcome = splice_add(s, row->parts[i], &out);
    splice_end(s, &out);
    if ((outcome == SPLICE_GOOD) != (row->expected != NULL))
        fail_msg("%s: outcome %d", row->name, outcome);
    if (row->expected && strcmp(text_buf_get(&out), row->expected) != 0)
        fail_msg("%s:\n%s\nnot\n%s", row->name, text_buf_get(&out), row->expected);
    assert_int_equal(splice_held(s), 0);
    splice_destroy(s);
    text_buf_fini(&out);
}

static void test_splice__small_answers(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        run_row(*state, &rows[i]);
}

/* --- big ones --- */

static void add_routes(struct text_buf *part, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        text_buf_printf(part,
                        "<route><vpn-instance>public</vpn-instance><prefix>10.%u.%u.%u/32</prefix><source>bgp</source>"
                        "<distance>20</distance><metric>%u</metric></route>",
                        i >> 16, (i >> 8) & 255, i & 255, i);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void add(struct splice *s, struct text_buf *out, const char *before, unsigned from, unsigned to,
                const char *behind)
{
    struct text_buf part = {0};
    text_buf_puts(&part, before);
    add_routes(&part, from, to);
    text_buf_puts(&part, behind);
    assert_int_equal(splice_add(s, text_buf_get(&part), out), SPLICE_GOOD);
    text_buf_fini(&part);
}

/* The text is data of the schema: every container and leaf once, keys first, no entry twice. */
static void expect_valid(const struct ly_ctx *ctx, const struct text_buf *out)
{
    struct lyd_node *tree = NULL;
    int rc = lyd_parse_data_mem(ctx, text_buf_get(out), LYD_XML, LYD_PARSE_STRICT | LYD_PARSE_ONLY, 0, &tree);
    assert_int_equal(rc, LY_SUCCESS);
    rc = lyd_validate_all(&tree, NULL, LYD_VALIDATE_PRESENT, NULL);
    if (rc != LY_SUCCESS)
        fail_msg("%s", ly_errmsg(ctx));
    lyd_free_all(tree);
}

static void test_splice__a_big_list_is_given_out(void **state)
{
    struct splice *s = splice_create(*state, HOLD);
    struct text_buf out = {0};
    size_t before, most = 0;

    add(s, &out, "<system xmlns=\"urn:strata:system\"><hostname>a</hostname></system>" RIB, 0, 500,
        "<counters><routes>1</routes></counters></rib>");
    for (unsigned i = 500; i < 20000; i += 500) {
        before = out.len;
        add(s, &out, RIB, i, i + 500, "</rib>");
        assert_true(out.len > before);
        most = splice_held(s) > most ? splice_held(s) : most;
    }
    assert_in_range(most, 1, 4096); /* the last route, and what is not of the list */
    assert_int_equal(splice_add(s, "<system xmlns=\"urn:strata:system\"><time-zone>UTC</time-zone></system>", &out),
                     SPLICE_GOOD);
    splice_end(s, &out);
    assert_int_equal(count(text_buf_get(&out), "<rib "), 1);
    assert_int_equal(count(text_buf_get(&out), "<route>"), 20000);
    assert_int_equal(count(text_buf_get(&out), "<hostname>"), 1);
    assert_int_equal(count(text_buf_get(&out), "<counters>"), 1);
    text_buf_fini(&out);
    splice_destroy(s);
}

/* Two big lists of a container; the last entry of the first comes again, with more. */
static void test_splice__goes_on_with_the_last_entry(void **state)
{
    struct splice *s = splice_create(*state, HOLD);
    struct text_buf out = {0}, lsps = {0};

    add(s, &out, RIB, 0, 1000, "</rib>");
    add(s, &out,
        RIB "<route><vpn-instance>public</vpn-instance><prefix>10.0.3.231/32</prefix><source>bgp</source>"
            "<distance>20</distance><selected>true</selected></route>",
        1000, 2000, "</rib>");
    text_buf_puts(&lsps, RIB);
    for (unsigned i = 0; i < 2000; i++)
        text_buf_printf(&lsps, "<label><label>%u</label><owner>ldpd</owner></label>", 16 + i);
    text_buf_puts(&lsps, "</rib>");
    assert_int_equal(splice_add(s, text_buf_get(&lsps), &out), SPLICE_GOOD);
    splice_end(s, &out);
    expect_valid(*state, &out);
    assert_int_equal(count(text_buf_get(&out), "<route>"), 2000);
    assert_int_equal(count(text_buf_get(&out), "<prefix>10.0.3.231/32</prefix>"), 1);
    assert_int_equal(count(text_buf_get(&out), "<label><label>"), 2000);
    assert_int_equal(count(text_buf_get(&out), "<selected>true</selected>"), 1);
    text_buf_fini(&lsps);
    text_buf_fini(&out);
    splice_destroy(s);
}

static void add_neighbors(struct text_buf *part, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        text_buf_printf(part,
                        "<interface><name>e%u</name><description>a configured interface</description></interface>", i);
}

/* What is configured can be in every part: it is held, up to a bound. */
static void test_splice__what_must_be_held_is_bounded(void **state)
{
    struct splice *s = splice_create(*state, 1 << 20);
    struct text_buf out = {0}, part = {0};

    text_buf_puts(&part, IFS);
    add_neighbors(&part, 1000);
    text_buf_puts(&part, "</interfaces>");
    assert_int_equal(splice_add(s, text_buf_get(&part), &out), SPLICE_GOOD);
    assert_int_equal(out.len, 0);
    text_buf_fini(&part);
    text_buf_puts(&part, IFS);
    add_neighbors(&part, 10000);
    text_buf_puts(&part, "</interfaces>");
    assert_int_equal(splice_add(s, text_buf_get(&part), &out), SPLICE_TOO_BIG);
    assert_int_equal(out.len, 0);
    splice_destroy(s);
    text_buf_fini(&part);
    text_buf_fini(&out);
}

/* A way that was closed cannot be opened again. */
static void test_splice__order_matters(void **state)
{
    struct splice *s = splice_create(*state, HOLD);
    struct text_buf out = {0}, other = {0};

    add(s, &out, RIB, 0, 1000, "</rib>");
    text_buf_puts(&other, "<ldp xmlns=\"urn:strata:ldp\">");
    for (unsigned i = 0; i < 3000; i++)
        text_buf_printf(&other, "<binding><prefix>10.0.%u.%u/32</prefix></binding>", i >> 8, i & 255);
    text_buf_puts(&other, "</ldp>");
    assert_int_equal(splice_add(s, text_buf_get(&other), &out), SPLICE_GOOD);
    assert_int_equal(count(text_buf_get(&out), "</rib>"), 1);
    assert_int_equal(splice_add(s, RIB "</rib>", &out), SPLICE_GOOD);
    assert_int_equal(splice_add(s, RIB "<counters/></rib>", &out), SPLICE_BAD);
    splice_destroy(s);
    text_buf_fini(&other);
    text_buf_fini(&out);
}

/* Cut anywhere, changed anywhere: no harm. */
static void test_splice__any_text(void **state)
{
    static const char good[] = IFS "<interface x=\"y\"><name>a</name><enabled>true</enabled></interface><interface>"
                                   "<name>b</name></interface></interfaces>" RIB "<counters/></rib>";
    for (size_t i = 0; i < sizeof(good); i++)
        for (size_t c = 0; c < 6; c++) {
            char text[sizeof(good)];
            struct text_buf out = {0};
            struct splice *s = splice_create(*state, HOLD);
            memcpy(text, good, sizeof(good));
            text[i] = "\0</>\" "[c];
            text[sizeof(good) - 1] = '\0';
            splice_add(s, good, &out);
            splice_add(s, text, &out);
            splice_end(s, &out);
            splice_destroy(s);
            text_buf_fini(&out);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splice__small_answers),
        cmocka_unit_test(test_splice__a_big_list_is_given_out),
        cmocka_unit_test(test_splice__goes_on_with_the_last_entry),
        cmocka_unit_test(test_splice__what_must_be_held_is_bounded),
        cmocka_unit_test(test_splice__order_matters),
        cmocka_unit_test(test_splice__any_text),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
