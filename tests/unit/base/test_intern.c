/* SPDX-License-Identifier: Apache-2.0
 *
 * Interning: equal contents are one pointer, references decide life, and the table survives growth and shrinkage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "strata/intern.h"
#include "strata/mem.h"

static void test_intern__equal_is_same(void **state)
{
    struct mem_account acct = {.name = "intern"};
    struct intern_table *t = intern_create(&acct);
    struct interned *a = intern_get(t, "abc", 3), *b = intern_get(t, "abc", 3), *c = intern_get(t, "abd", 3);
    struct interned *empty = intern_get(t, NULL, 0), *shorter = intern_get(t, "ab", 2);

    (void)state;
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    assert_int_equal(a->refs, 2);
    assert_int_equal(a->len, 3);
    assert_memory_equal(a->data, "abc", 3);
    assert_ptr_equal(intern_get(t, "", 0), empty);
    assert_int_equal(intern_count(t), 4);
    intern_unref(t, a);
    assert_int_equal(intern_count(t), 4);
    intern_unref(t, b);
    assert_int_equal(intern_count(t), 3);
    intern_ref(shorter);
    intern_unref(t, shorter);
    intern_unref(t, NULL);
    assert_int_equal(shorter->refs, 1);
    intern_destroy(t); /* c, empty and shorter still referenced */
    intern_destroy(NULL);
    assert_int_equal(acct.count, 0);
    assert_int_equal(acct.bytes, 0);
}

static void test_intern__many_come_and_go(void **state)
{
    enum { N = 5000 };
    static struct interned *held[N];
    struct mem_account acct = {.name = "intern"};
    struct intern_table *t = intern_create(&acct);
    uint32_t random = 1;

    (void)state;
    memset(held, 0, sizeof(held));
    for (int round = 0; round < 60000; round++) {
        uint32_t i, key[2];

        random = random * 1664525 + 1013904223;
        i = (random >> 8) % N;
        key[0] = key[1] = i;
        if (held[i]) {
            intern_unref(t, held[i]);
            held[i] = NULL;
        } else {
            held[i] = intern_get(t, key, sizeof(key));
            assert_int_equal(held[i]->refs, 1);
        }
    }
    for (uint32_t i = 0; i < N; i++) {
        uint32_t key[2] = {i, i};

        if (!held[i])
            continue;
        assert_ptr_equal(intern_get(t, key, sizeof(key)), held[i]);
        intern_unref(t, held[i]);
        intern_unref(t, held[i]);
    }
    assert_int_equal(intern_count(t), 0);
    assert_true(acct.bytes < 1024); /* shrunk again */
    intern_destroy(t);
    assert_int_equal(acct.bytes, 0);
}

static void test_hash__spreads(void **state)
{
    static uint16_t buckets[4096];
    unsigned worst = 0;

    (void)state;
    for (uint32_t i = 0; i < 40960; i++) {
        uint16_t *b = &buckets[hash_bytes(&i, sizeof(i)) & 4095];

        if (++*b > worst)
            worst = *b;
    }
    assert_true(worst < 40); /* 10 on average */
    assert_int_not_equal(hash_bytes("a", 1), hash_bytes("a\0", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intern__equal_is_same),
        cmocka_unit_test(test_intern__many_come_and_go),
        cmocka_unit_test(test_hash__spreads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
