/* SPDX-License-Identifier: Apache-2.0
 *
 * The pager's decisions, and a notification as a line: pure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "src/shell/monitor.h"
#include "src/shell/pager.h"

/* Gives it lines "1".."n"; at each question the next key. What was shown: "1 2 3 ? 4 ...". */
static const char *run(struct pager *p, unsigned n, const char *keys, char out[1024])
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 1; i <= n; i++) {
        char line[16];
        enum pager_verdict verdict;
        snprintf(line, sizeof(line), "%u", i);
        while ((verdict = pager_line(p, line)) == PAGER_ASK) {
            len += (size_t)snprintf(out + len, 1024 - len, "? ");
            assert_int_not_equal(*keys, '\0');
            pager_key(p, *keys++);
        }
        if (verdict == PAGER_PRINT)
            len += (size_t)snprintf(out + len, 1024 - len, "%s ", line);
    }
    assert_int_equal(*keys, '\0');
    return out;
}

static void test_pager__what_fits_asks_nothing(void **state)
{
    struct pager p;
    char out[1024];
    (void)state;
    pager_init(&p, 5, 80);
    assert_string_equal(run(&p, 4, "", out), "1 2 3 4 ");
    pager_fini(&p);
}

static void test_pager__pages_and_lines(void **state)
{
    struct pager p;
    char out[1024];
    (void)state;
    pager_init(&p, 5, 80);
    assert_string_equal(run(&p, 12, " \r\n ", out), "1 2 3 4 ? 5 6 7 8 ? 9 ? 10 ? 11 12 ");
    pager_fini(&p);
    pager_init(&p, 5, 80);
    assert_string_equal(run(&p, 9, "xG", out), "1 2 3 4 ? ? 5 6 7 8 9 "); /* x means nothing */
    pager_fini(&p);
    pager_init(&p, 5, 80);
    assert_string_equal(run(&p, 9, " q", out), "1 2 3 4 ? 5 6 7 8 ? ");
    assert_true(p.is_done);
    pager_fini(&p);
    pager_init(&p, 5, 80);
    assert_string_equal(run(&p, 9, "\003", out), "1 2 3 4 ? "); /* Ctrl-C */
    pager_fini(&p);
}

static void test_pager__search(void **state)
{
    struct pager p;
    char out[1024];
    (void)state;
    pager_init(&p, 5, 80);
    assert_string_equal(run(&p, 4, "", out), "1 2 3 4 ");
    assert_int_equal(pager_line(&p, "5"), PAGER_ASK);
    assert_false(pager_key(&p, 'n')); /* nothing was searched yet */
    assert_false(pager_search(&p, "("));
    assert_true(pager_search(&p, "^1[05]$"));
    assert_int_equal(pager_line(&p, "5"), PAGER_SKIP);
    assert_int_equal(pager_line(&p, "10"), PAGER_PRINT);
    assert_int_equal(pager_line(&p, "11"), PAGER_PRINT); /* the rest of that page */
    assert_int_equal(pager_line(&p, "12"), PAGER_PRINT);
    assert_int_equal(pager_line(&p, "13"), PAGER_PRINT);
    assert_int_equal(pager_line(&p, "14"), PAGER_ASK);
    assert_true(pager_key(&p, 'n'));
    assert_int_equal(pager_line(&p, "14"), PAGER_SKIP);
    assert_int_equal(pager_line(&p, "15"), PAGER_PRINT);
    pager_fini(&p);
}

static void test_pager__long_lines_take_more(void **state)
{
    struct pager p;
    (void)state;
    pager_init(&p, 5, 10);
    assert_int_equal(pager_line(&p, "twenty-five characters ..."), PAGER_PRINT); /* 3 of the 4 lines */
    assert_int_equal(pager_line(&p, "eleven char"), PAGER_ASK);
    pager_key(&p, '\n');
    assert_int_equal(pager_line(&p, "eleven char"), PAGER_PRINT);
    pager_fini(&p);
    pager_init(&p, 3, 10);
    assert_int_equal(pager_line(&p, "longer than the whole screen can show"), PAGER_PRINT); /* no endless question */
    pager_fini(&p);
}

/* The lines that are looked at, "3..6". */
static const char *view(const struct pager *p, char out[32])
{
    size_t first, n = pager_view(p, &first);
    snprintf(out, 32, "%s..%s", n ? p->kept.line[first] : "", n ? p->kept.line[first + n - 1] : "");
    return out;
}

static void test_pager__back(void **state)
{
    struct pager p;
    char out[1024], at[32];
    (void)state;
    pager_init(&p, 5, 80);
    run(&p, 12, "  ", out);
    assert_int_equal(pager_line(&p, "13"), PAGER_ASK);
    assert_string_equal(view(&p, at), "9..12");
    assert_true(pager_move(&p, 'b'));
    assert_string_equal(view(&p, at), "5..8");
    assert_true(pager_move(&p, 'u'));
    assert_string_equal(view(&p, at), "3..6");
    assert_true(pager_move(&p, 'k'));
    assert_string_equal(view(&p, at), "2..5");
    assert_true(pager_move(&p, 'g'));
    assert_string_equal(view(&p, at), "1..4");
    assert_false(pager_move(&p, 'b')); /* there is nothing above */
    assert_true(pager_move(&p, ' '));
    assert_string_equal(view(&p, at), "5..8");
    assert_true(pager_move(&p, '\n'));
    assert_string_equal(view(&p, at), "6..9");
    pager_resize(&p, 3, 80);
    assert_string_equal(view(&p, at), "8..9");
    pager_resize(&p, 5, 80);
    assert_false(pager_find(&p, false));
    assert_true(pager_pattern(&p, "^[37]$"));
    assert_true(pager_find(&p, false));
    assert_string_equal(view(&p, at), "7..10");
    assert_true(pager_find(&p, true));
    assert_string_equal(view(&p, at), "3..6");
    assert_false(pager_find(&p, true));
    for (unsigned i = 0; i < 9 && p.back; i++)
        assert_true(pager_move(&p, 'd'));
    assert_string_equal(view(&p, at), "9..12");
    assert_false(pager_move(&p, ' ')); /* from here on new lines come */
    assert_true(pager_key(&p, ' '));
    assert_int_equal(pager_line(&p, "13"), PAGER_PRINT);
    pager_fini(&p);
}

/* What does not come leaves one where one was; the rest is below. */
static void test_pager__search_in_vain(void **state)
{
    struct pager p;
    char out[1024], at[32], line[16];
    (void)state;
    pager_init(&p, 5, 80);
    run(&p, 8, " ", out);
    assert_false(pager_end(&p)); /* nothing is searched for */
    assert_int_equal(pager_line(&p, "9"), PAGER_ASK);
    assert_true(pager_search(&p, "bananas"));
    for (unsigned i = 9; i <= 12; i++) {
        snprintf(line, sizeof(line), "%u", i);
        assert_int_equal(pager_line(&p, line), PAGER_SKIP);
    }
    assert_true(pager_end(&p));
    assert_true(p.is_missed);
    assert_string_equal(view(&p, at), "5..8");
    assert_true(pager_move(&p, ' '));
    assert_string_equal(view(&p, at), "9..12");
    assert_false(pager_end(&p));
    assert_true(pager_key(&p, 'n')); /* again in vain */
    assert_true(pager_end(&p));
    assert_string_equal(view(&p, at), "9..12");
    assert_true(pager_key(&p, 'n'));
    assert_true(pager_key(&p, 'q'));
    assert_false(pager_end(&p));
    pager_fini(&p);
}

/* However much comes, a bounded amount is kept: the newest. */
static void test_pager__forgets(void **state)
{
    struct pager p;
    char line[1000];
    (void)state;
    pager_init(&p, 5, 0);
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(line, sizeof(line), "%-900u", i);
        while (pager_line(&p, line) == PAGER_ASK)
            pager_key(&p, ' ');
    }
    assert_in_range(p.kept.bytes, 1 << 20, 5 << 20);
    assert_true(strncmp(p.kept.line[p.kept.n - 1], "19999 ", 6) == 0);
    pager_fini(&p);
}

static void test_pager__columns(void **state)
{
    (void)state;
    assert_int_equal(pager_columns("Zürich"), 6);
    assert_int_equal(pager_columns("\033[1mbold\033[0m"), 4);
    assert_int_equal(pager_columns("a\tb"), 9);
    assert_int_equal(pager_columns("\033["), 0);
}

static void assert_event(const char *xml, const char *expected)
{
    struct text_buf out = {0};
    monitor_event_line("T", xml, &out);
    assert_string_equal(text_buf_get(&out), expected);
    text_buf_fini(&out);
}

static void test_monitor__event_lines(void **state)
{
    (void)state;
    assert_event("<session-down xmlns=\"urn:x\"><address>10.0.0.1</address><reason>hold timer</reason></session-down>",
                 "T session-down address=10.0.0.1 reason=\"hold timer\"");
    assert_event("<n:change xmlns:n=\"urn:n\"><n:by><n:user>root</n:user></n:by>\n  <server/></n:change>",
                 "T change user=root server");
    assert_event("<e><text>a &lt;b&gt; &amp;amp;</text></e>", "T e text=\"a <b> &amp;\"");
    assert_event("<e/>", "T e");
    assert_event("", "T");
    assert_event("<e><open", "T e"); /* cut off: no harm */
    assert_event("<e><a>1</a><b", "T e a=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pager__what_fits_asks_nothing),
        cmocka_unit_test(test_pager__pages_and_lines),
        cmocka_unit_test(test_pager__search),
        cmocka_unit_test(test_pager__long_lines_take_more),
        cmocka_unit_test(test_pager__back),
        cmocka_unit_test(test_pager__search_in_vain),
        cmocka_unit_test(test_pager__forgets),
        cmocka_unit_test(test_pager__columns),
        cmocka_unit_test(test_monitor__event_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
