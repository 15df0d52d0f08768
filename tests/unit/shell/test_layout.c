/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables on screens of every width: no line is longer than the screen, nothing vanishes unsaid.
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
#include "src/shell/layout.h"
#include "src/shell/pager.h"

#define COLUMNS 7

static const char *const heads[COLUMNS] = {"vpn-instance", "prefix",   "source", "metric",
                                           "next-hop",     "received", "reason"};
static const char *const rows[][COLUMNS] = {
    {"public", "10.0.0.0/8", "ospf", "10", "10.1.0.2 10.1.0.6 10.1.0.10", "5", ""},
    {"carrierA", "192.168.100.0/24", "bgp", "200", "10.9.3.1", "12345",
     "no label-switched path to next hop 10.0.0.9, and no binding from any neighbour"},
    {"carrierB", "192.168.101.128/25", "static", "0", "", "7", ""},
};

static void measure(struct layout *l, size_t screen, size_t first, size_t n)
{
    layout_init(l, screen);
    for (size_t c = 0; c < COLUMNS; c++) {
        struct layout_column *column = layout_add(l, heads[c]);
        column->is_key = c < 2;
        column->is_right = c == 3 || c == 5;
        column->is_telling = c == 6;
    }
    for (size_t i = first; i < first + n; i++)
        for (size_t c = 0; c < COLUMNS; c++)
            layout_measure(l, c, rows[i][c]);
}

static void print(struct layout *l, size_t first, size_t n, struct text_buf *out)
{
    layout_head(l, out);
    for (size_t i = first; i < first + n; i++)
        layout_row(l, rows[i], out);
}

static void assert_fits(const char *text, size_t screen)
{
    for (; *text; text += strcspn(text, "\n") + 1) {
        char line[512];
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
        if (pager_columns(line) > screen)
            fail_msg("longer than %zu: %s", screen, line);
    }
}

static void test_layout__wide_is_plain(void **state)
{
    struct layout l;
    struct text_buf out = {0};
    (void)state;
    measure(&l, 200, 0, 3);
    layout_fit(&l, 3);
    print(&l, 0, 3, &out);
    assert_false(l.is_narrowed);
    assert_non_null(strstr(text_buf_get(&out), "vpn-instance  prefix              source  metric  next-hop "));
    assert_non_null(strstr(text_buf_get(&out), "\ncarrierA      192.168.100.0/24    bgp        200  10.9.3.1 "));
    assert_non_null(strstr(text_buf_get(&out), "\ncarrierB      192.168.101.128/25  static       0  "));
    layout_note(&l, &out);
    assert_null(strstr(text_buf_get(&out), "columns that"));
    text_buf_fini(&out);
}

static void test_layout__eighty_wraps_words(void **state)
{
    struct layout l;
    struct text_buf out = {0};
    (void)state;
    measure(&l, 80, 0, 3);
    layout_fit(&l, 3);
    print(&l, 0, 3, &out);
    assert_true(l.is_narrowed);
    assert_fits(text_buf_get(&out), 80);
    /* the list of next hops and the reason go over several lines; every word is there */
    for (const char *p = rows[1][6]; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
        char word[64];
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, " "), p);
        if (l.columns[6].is_shown)
            assert_non_null(strstr(text_buf_get(&out), word));
    }
    layout_note(&l, &out);
    for (size_t c = 0; c < COLUMNS; c++)
        assert_true(l.columns[c].is_shown || strstr(strstr(text_buf_get(&out), "columns that"), heads[c]));
    text_buf_fini(&out);
}

static void test_layout__every_width(void **state)
{
    (void)state;
    for (size_t screen = 10; screen <= 200; screen++)
        for (size_t n_rows = 0; n_rows <= 3; n_rows++) {
            struct layout l;
            struct text_buf out = {0};
            measure(&l, screen, 0, n_rows ? n_rows : 1);
            layout_fit(&l, n_rows);
            print(&l, 0, 3, &out); /* more than were measured, too */
            assert_fits(text_buf_get(&out), screen);
            assert_non_null(strstr(text_buf_get(&out), "public"));
            text_buf_fini(&out);
        }
}

static void test_layout__least_important_goes_first(void **state)
{
    struct layout l;
    struct text_buf out = {0};
    (void)state;
    measure(&l, 64, 0, 3);
    layout_fit(&l, 3);
    assert_true(l.columns[0].is_shown && l.columns[1].is_shown); /* keys */
    assert_true(l.columns[6].is_shown);                          /* what is wrong */
    assert_true(l.columns[5].is_left_out);                       /* the last of the rest */
    layout_note(&l, &out);
    assert_non_null(strstr(text_buf_get(&out), "columns that do not fit: "));
    assert_non_null(strstr(text_buf_get(&out), "received; | wide shows all\n"));
    text_buf_fini(&out);
}

static void test_layout__one_row_is_a_block(void **state)
{
    struct layout l;
    struct text_buf out = {0};
    (void)state;
    measure(&l, 40, 1, 1);
    layout_fit(&l, 1);
    print(&l, 1, 1, &out);
    assert_string_equal(text_buf_get(&out), "vpn-instance: carrierA\n"
                                            "prefix:       192.168.100.0/24\n"
                                            "source:       bgp\n"
                                            "metric:       200\n"
                                            "next-hop:     10.9.3.1\n"
                                            "received:     12345\n"
                                            "reason:       no label-switched path to\n"
                                            "              next hop 10.0.0.9, and no\n"
                                            "              binding from any neighbour\n");
    text_buf_fini(&out);
}

/* The first part of an answer had narrow cells. */
static void test_layout__later_rows_grow(void **state)
{
    struct layout l;
    struct text_buf out = {0};
    (void)state;
    measure(&l, 0, 0, 1);
    layout_fit(&l, 0);
    print(&l, 0, 3, &out);
    assert_non_null(strstr(text_buf_get(&out), "carrierB      192.168.101.128/25  static"));
    assert_non_null(strstr(text_buf_get(&out), "any neighbour\n")); /* without a limit every column is there */
    text_buf_fini(&out);

    measure(&l, 120, 0, 1);
    layout_fit(&l, 0);
    print(&l, 0, 3, &out);
    assert_fits(text_buf_get(&out), 120);
    assert_non_null(strstr(text_buf_get(&out), "192.168.101.128/25"));
    layout_note(&l, &out);
    assert_non_null(strstr(text_buf_get(&out), "columns that only later rows have: reason; | wide shows all\n"));
    text_buf_fini(&out);
}

static void test_layout__characters_are_counted(void **state)
{
    struct layout l;
    struct text_buf out = {0};
    const char *const a[] = {"Zürich", "1"}, *const b[] = {"Bern", "22"};
    (void)state;
    layout_init(&l, 40);
    layout_add(&l, "site");
    layout_add(&l, "n")->is_right = true;
    for (size_t i = 0; i < 2; i++) {
        layout_measure(&l, i, a[i]);
        layout_measure(&l, i, b[i]);
    }
    layout_fit(&l, 2);
    layout_head(&l, &out);
    layout_row(&l, a, &out);
    layout_row(&l, b, &out);
    assert_string_equal(text_buf_get(&out), "site     n\nZürich   1\nBern    22\n");
    text_buf_fini(&out);
}

static void test_layout__headings_break(void **state)
{
    struct layout l;
    struct text_buf out = {0};
    const char *const cells[] = {"a", "7", "8"};
    (void)state;
    layout_init(&l, 26);
    layout_add(&l, "name")->is_key = true;
    layout_add(&l, "prefixes-received")->is_right = true;
    layout_add(&l, "prefixes-sent")->is_right = true;
    for (size_t i = 0; i < 3; i++)
        layout_measure(&l, i, cells[i]);
    layout_fit(&l, 2);
    layout_head(&l, &out);
    layout_row(&l, cells, &out);
    assert_fits(text_buf_get(&out), 26);
    assert_non_null(strstr(text_buf_get(&out), "prefixes-  prefixes-\n"));
    assert_non_null(strstr(text_buf_get(&out), " received       sent\n"));
    text_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout__wide_is_plain),
        cmocka_unit_test(test_layout__eighty_wraps_words),
        cmocka_unit_test(test_layout__every_width),
        cmocka_unit_test(test_layout__least_important_goes_first),
        cmocka_unit_test(test_layout__one_row_is_a_block),
        cmocka_unit_test(test_layout__later_rows_grow),
        cmocka_unit_test(test_layout__characters_are_counted),
        cmocka_unit_test(test_layout__headings_break),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
