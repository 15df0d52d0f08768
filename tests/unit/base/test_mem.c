/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts: what is allocated is counted, what is freed is no more, growing keeps the contents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "strata/mem.h"

static void test_mem__counts_and_zeroes(void **state)
{
    struct mem_account acct = {.name = "test"};
    unsigned char *a = mem_alloc(&acct, 100);

    (void)state;
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(a[i], 0);
    assert_int_equal(acct.count, 1);
    assert_true(acct.bytes >= 100);
    mem_free(&acct, a);
    assert_int_equal(acct.count, 0);
    assert_int_equal(acct.bytes, 0);
}

static void test_mem__realloc_keeps_contents_and_account(void **state)
{
    struct mem_account acct = {.name = "test"};
    char *a = mem_realloc(&acct, NULL, 4);

    (void)state;
    memcpy(a, "abc", 4);
    a = mem_realloc(&acct, a, 100000);
    assert_string_equal(a, "abc");
    assert_int_equal(acct.count, 1);
    assert_true(acct.bytes >= 100000);
    a = mem_realloc(&acct, a, 4);
    assert_string_equal(a, "abc");
    assert_true(acct.bytes < 100000);
    mem_free(&acct, a);
    assert_int_equal(acct.bytes, 0);
}

static void test_mem__nothing_is_still_something(void **state)
{
    struct mem_account acct = {.name = "test"};
    void *a = mem_alloc(&acct, 0);
    void *b = mem_dup(&acct, NULL, 0);
    void *c = mem_realloc(NULL, NULL, 0);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    assert_int_equal(acct.count, 2);
    mem_free(&acct, a);
    mem_free(&acct, b);
    mem_free(NULL, c);
    mem_free(&acct, NULL);
    assert_int_equal(acct.count, 0);
}

static void test_mem__copies(void **state)
{
    struct mem_account acct = {.name = "test"};
    char *text = mem_strdup(&acct, "label");
    uint8_t *data = mem_dup(&acct, "\1\2\3", 3);

    (void)state;
    assert_string_equal(text, "label");
    assert_memory_equal(data, "\1\2\3", 3);
    mem_free(&acct, text);
    mem_free(&acct, data);
    assert_int_equal(acct.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mem__counts_and_zeroes),
        cmocka_unit_test(test_mem__realloc_keeps_contents_and_account),
        cmocka_unit_test(test_mem__nothing_is_still_something),
        cmocka_unit_test(test_mem__copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
