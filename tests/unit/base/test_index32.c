/* SPDX-License-Identifier: Apache-2.0
 *
 * Indexes of 32-bit names against a plain array: what was added is found, what was removed is not, also where many
 * share a hash or a home, around the end of the table, and while it grows and shrinks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "strata/index32.h"
#include "strata/mem.h"

static bool finds(const struct index32 *ix, uint32_t hash, uint32_t name)
{
    uint32_t at, found = index32_first(ix, hash, &at);

    while (found && found != name)
        found = index32_next(ix, hash, &at);
    return found == name;
}

/* At the end of a search. */
static void add_at(struct index32 *ix, uint32_t hash, uint32_t name)
{
    uint32_t at, found = index32_first(ix, hash, &at);

    while (found)
        found = index32_next(ix, hash, &at);
    index32_add_at(ix, hash, at, name);
}

static uint32_t hash_of(uint64_t key)
{
    return (uint32_t)index32_hash_word(0, key);
}

static void test_index32__empty(void **state)
{
    struct index32 ix;
    uint32_t at, i = 0;

    (void)state;
    index32_init(&ix, NULL);
    assert_int_equal(index32_first(&ix, 7, &at), 0);
    assert_int_equal(index32_walk(&ix, &i), 0);
    assert_false(index32_remove(&ix, 7, 1));
    index32_fini(&ix);
}

/* Random adding and removing among few homes: long runs, and runs around the end of the table. */
static void test_index32__as_an_array(void **state)
{
    enum { NAMES = 600, STEPS = 60000 };
    static const uint32_t hash[] = {0, 1, 61, 62, 63, 0xffffffff, 0xfffffffe, 0x10000, 0x80000000, 1u << 20};
    bool *is_in = calloc(NAMES + 1, sizeof(*is_in));
    uint32_t n = 0, seed = 12345;
    struct index32 ix;

    (void)state;
    index32_init(&ix, NULL);
    for (size_t step = 0; step < STEPS; step++) {
        uint32_t limit = step / 10000 % 2 ? 40 : NAMES, name, h;

        seed = seed * 1664525u + 1013904223u;
        name = 1 + (seed >> 8) % NAMES;
        h = hash[name % (sizeof(hash) / sizeof(hash[0]))];
        assert_int_equal(finds(&ix, h, name), is_in[name]);
        if (!is_in[name] && n < limit) {
            if (name % 2)
                index32_add(&ix, h, name);
            else
                add_at(&ix, h, name);
            is_in[name] = true;
            n++;
        } else {
            assert_int_equal(index32_remove(&ix, h, name), is_in[name]);
            n -= is_in[name];
            is_in[name] = false;
        }
        assert_int_equal(ix.n, n);
    }
    for (uint32_t name = 1; name <= NAMES; name++)
        assert_int_equal(finds(&ix, hash[name % (sizeof(hash) / sizeof(hash[0]))], name), is_in[name]);
    index32_fini(&ix);
    free(is_in);
}

/* Big enough for slots that are mapped, and back again. */
static void test_index32__grows_and_shrinks(void **state)
{
    enum { N = 500000 };
    struct mem_account acct = {.name = "index"};
    uint8_t *seen = calloc(N + 1, 1);
    struct index32 ix;
    uint32_t i = 0, name, at;
    size_t most;

    (void)state;
    index32_init(&ix, &acct);
    for (name = 1; name <= N; name++)
        index32_add(&ix, hash_of(name), name);
    most = acct.bytes;
    assert_true(most >= N * sizeof(struct index32_slot) && most <= N * sizeof(struct index32_slot) * 3);
    for (name = 1; name <= N; name++)
        assert_true(finds(&ix, hash_of(name), name));
    assert_int_equal(index32_first(&ix, hash_of(N + 1), &at), 0);
    while ((name = index32_walk(&ix, &i)) != 0)
        assert_int_equal(seen[name]++, 0);
    for (name = 1; name <= N; name++)
        assert_int_equal(seen[name], 1);
    for (name = N; name > 100; name--)
        assert_true(index32_remove(&ix, hash_of(name), name));
    assert_true(acct.bytes < most / 100);
    for (name = 1; name <= 200; name++)
        assert_int_equal(finds(&ix, hash_of(name), name), name <= 100);
    most = acct.bytes;
    index32_empty(&ix);
    assert_int_equal(ix.n, 0);
    assert_int_equal(index32_first(&ix, hash_of(1), &at), 0);
    assert_int_equal(acct.bytes, most); /* the room was needed */
    index32_add(&ix, 1, 1);
    index32_empty(&ix); /* it was not */
    index32_clear(&ix);
    assert_int_equal(acct.bytes, 0);
    assert_int_equal(acct.count, 0);
    index32_add(&ix, 1, 1);
    assert_true(finds(&ix, 1, 1));
    index32_fini(&ix);
    free(seen);
}

static void test_index32__two_of_one_key(void **state)
{
    struct index32 ix;
    uint32_t at, first;

    (void)state;
    index32_init(&ix, NULL);
    index32_reserve(&ix, 1000);
    index32_add(&ix, 5, 10);
    index32_add(&ix, 5, 11);
    index32_add(&ix, 6, 12); /* in between: its home is taken */
    index32_add(&ix, 5, 13);
    first = index32_first(&ix, 5, &at);
    assert_int_equal(first, 10);
    index32_rename(&ix, at, 20);
    assert_int_equal(index32_next(&ix, 5, &at), 11);
    assert_int_equal(index32_next(&ix, 5, &at), 13);
    assert_int_equal(index32_next(&ix, 5, &at), 0);
    assert_true(index32_remove(&ix, 5, 11));
    assert_false(index32_remove(&ix, 5, 10));
    assert_true(finds(&ix, 5, 20) && finds(&ix, 5, 13) && finds(&ix, 6, 12));
    index32_fini(&ix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index32__empty),
        cmocka_unit_test(test_index32__as_an_array),
        cmocka_unit_test(test_index32__grows_and_shrinks),
        cmocka_unit_test(test_index32__two_of_one_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
