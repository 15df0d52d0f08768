/* SPDX-License-Identifier: Apache-2.0
 *
 * Slabs: handles name objects of several slabs, freed room is used again and comes zeroed, empty pages go back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "strata/mem.h"
#include "strata/slab.h"

static void test_slab__handles_and_kinds(void **state)
{
    enum { N = 20000 };
    struct mem_account acct = {.name = "slab"};
    struct slab_space sp;
    struct slab small, big;
    uint32_t *small_handle = malloc(N * sizeof(*small_handle)), *big_handle = malloc(N * sizeof(*big_handle));
    char kind_a, kind_b;

    (void)state;
    slab_space_init(&sp, &acct, &acct);
    slab_init(&small, &sp, 12, &kind_a);
    slab_init(&big, &sp, 72, &kind_b);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t *a = slab_alloc(&small), *b = slab_alloc(&big);

        a[0] = i;
        b[17] = i;
        small_handle[i] = slab_handle(a);
        big_handle[i] = slab_handle(b + 17); /* a place inside */
        assert_ptr_equal(slab_of(b + 17)->user, &kind_b);
        assert_ptr_equal(slab_of(a)->user, &kind_a);
        assert_true(small_handle[i] != 0 && big_handle[i] != 0);
    }
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(*(uint32_t *)slab_at(&sp, small_handle[i]), i);
        assert_int_equal(*(uint32_t *)slab_at(&sp, big_handle[i]), i);
    }
    assert_null(slab_at(&sp, 0));
    assert_int_equal(slab_handle(NULL), 0);
    assert_int_equal(small.count, N);
    assert_true(acct.bytes < N * (16 + 72) * 102 / 100 + 3 * SLAB_PAGE);
    slab_space_fini(&sp);
    assert_int_equal(acct.bytes, 0);
    assert_int_equal(acct.count, 0);
    free(small_handle);
    free(big_handle);
}

static void test_slab__freed_room_is_used_again_and_given_back(void **state)
{
    enum { N = 5000 };
    struct mem_account acct = {.name = "slab"};
    struct slab_space sp;
    struct slab s;
    void **objects = malloc(N * sizeof(*objects));
    size_t full;

    (void)state;
    slab_space_init(&sp, &acct, NULL);
    slab_init(&s, &sp, 100, NULL);
    for (size_t i = 0; i < N; i++)
        objects[i] = memset(slab_alloc(&s), 0xff, 104);
    full = acct.bytes;
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = round; i < N; i += 3) /* holes in all pages */
            slab_free(objects[i]);
        for (size_t i = round; i < N; i += 3) {
            unsigned char *o = objects[i] = slab_alloc(&s);

            for (size_t k = 0; k < 104; k++)
                assert_int_equal(o[k], 0);
            memset(o, 0xff, 104);
        }
        assert_int_equal(acct.bytes, full);
    }
    for (size_t i = 0; i < N; i++)
        slab_free(objects[i]);
    assert_int_equal(s.count, 0);
    assert_true(acct.bytes <= SLAB_PAGE + 4096); /* one page is kept, and the list of pages */
    objects[0] = slab_alloc(&s);
    assert_int_equal(slab_at(&sp, slab_handle(objects[0])) == objects[0], 1);
    slab_space_fini(&sp);
    assert_int_equal(acct.bytes, 0);
    free(objects);
}

/* Regions of 2 MiB, of which no octet is given twice, and whose pages go back one by one. */
static void test_slab__a_grown_space_has_big_pages(void **state)
{
    enum { N = 6 << 20 >> 12, REGION_BITS = 21 };
    struct mem_account acct = {.name = "slab"};
    struct slab_space sp;
    struct slab s;
    unsigned char **objects = malloc(N * sizeof(*objects));
    size_t n_regions = 0, n_same = 0;

    (void)state;
    slab_space_init(&sp, &acct, NULL);
    slab_init(&s, &sp, 4096, NULL);
    for (size_t round = 0; round < 2; round++) {
        n_regions = n_same = 0;
        for (size_t i = 0; i < N; i++) {
            objects[i] = slab_alloc(&s);
            assert_int_equal(objects[i][4095], 0);
            memset(objects[i], (int)i & 0xff, 4096);
            n_same += i > 0 && (uintptr_t)objects[i] >> REGION_BITS == (uintptr_t)objects[i - 1] >> REGION_BITS;
        }
        for (size_t i = 0; i < N; i++)
            assert_true(objects[i][0] == (i & 0xff) && objects[i][4095] == (i & 0xff));
        n_regions = N - n_same;
        assert_true(n_regions < 8); /* a small one, then some big ones */
        assert_true(acct.bytes < (size_t)N * 4096 * 110 / 100);
        for (size_t i = 0; i < N; i++)
            slab_free(objects[i]);
        assert_true(acct.bytes <= SLAB_PAGE + 4096);
    }
    slab_space_fini(&sp);
    assert_int_equal(acct.bytes, 0);
    free(objects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slab__handles_and_kinds),
        cmocka_unit_test(test_slab__freed_room_is_used_again_and_given_back),
        cmocka_unit_test(test_slab__a_grown_space_has_big_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
