/* SPDX-License-Identifier: Apache-2.0
 *
 * The trie: hand-made cases, then long random runs against a plain array that answers by looking at everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "strata/mem.h"
#include "strata/slab.h"
#include "strata/trie.h"

enum { MODEL_MAX = 400, STEPS = 20000, SEED = 4364 };

static struct prefix pfx(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static void put(struct trie *t, const char *text, void *value)
{
    struct prefix p = pfx(text);

    *trie_slot(t, &p) = value;
}

static void *match(struct trie *t, const char *text, struct prefix *found)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return trie_match(t, &a, found);
}

static void test_trie__empty(void **state)
{
    struct trie *t = trie_create(NULL);
    struct prefix p = pfx("10.0.0.0/8"), found;

    (void)state;
    assert_int_equal(trie_count(t), 0);
    assert_null(trie_find(t, &p));
    assert_null(trie_remove(t, &p));
    assert_null(trie_parent(t, &p, &found));
    assert_null(match(t, "10.0.0.1", NULL));
    assert_null(trie_next_after(t, NULL, &found));
    assert_null(trie_next_after(t, &p, &found));
    trie_walk(t, &p, NULL, NULL);
    trie_destroy(t);
    trie_destroy(NULL);
}

static void test_trie__longest_match_and_parent(void **state)
{
    struct trie *t = trie_create(NULL);
    struct prefix found, p;
    int def, eight, sixteen, host;

    (void)state;
    put(t, "10.1.2.3/32", &host);
    put(t, "10.1.0.0/16", &sixteen);
    put(t, "0.0.0.0/0", &def);
    put(t, "10.0.0.0/8", &eight);
    assert_int_equal(trie_count(t), 4);
    assert_ptr_equal(match(t, "10.1.2.3", &found), &host);
    assert_int_equal(found.len, 32);
    assert_ptr_equal(match(t, "10.1.2.4", &found), &sixteen);
    assert_ptr_equal(match(t, "10.2.0.0", NULL), &eight);
    assert_ptr_equal(match(t, "11.0.0.0", &found), &def);
    assert_int_equal(found.len, 0);
    p = pfx("10.1.2.3/32");
    assert_ptr_equal(trie_parent(t, &p, &found), &sixteen);
    p = pfx("10.1.0.0/16");
    assert_ptr_equal(trie_parent(t, &p, NULL), &eight);
    p = pfx("0.0.0.0/0");
    assert_null(trie_parent(t, &p, NULL));
    p = pfx("10.1.0.0/17"); /* not in it, but has a parent */
    assert_ptr_equal(trie_parent(t, &p, NULL), &sixteen);
    trie_destroy(t);
}

static void test_trie__slot_left_null_is_no_entry(void **state)
{
    struct trie *t = trie_create(NULL);
    struct prefix p = pfx("10.0.0.0/8"), q = pfx("10.1.0.0/16"), found;
    void **slot = trie_slot(t, &p);
    int value;

    (void)state;
    *trie_slot(t, &q) = &value;
    assert_null(trie_find(t, &p));
    assert_null(match(t, "10.2.0.0", NULL));
    assert_null(trie_parent(t, &q, NULL));
    assert_ptr_equal(trie_next_after(t, NULL, &found), &value);
    assert_ptr_equal(trie_slot(t, &p), slot); /* kept its place */
    *slot = &value;
    assert_ptr_equal(trie_find(t, &p), &value);
    assert_ptr_equal(trie_remove(t, &p), &value);
    assert_null(trie_remove(t, &p));
    assert_ptr_equal(trie_find(t, &q), &value);
    trie_destroy(t);
}

static void test_trie__other_family_is_not_in_it(void **state)
{
    struct trie *t = trie_create(NULL);
    struct prefix v4 = pfx("10.0.0.0/8"), v6 = pfx("2001:db8::/32"), none = {0}, found;
    int value;

    (void)state;
    assert_null(trie_slot(t, &none));
    *trie_slot(t, &v4) = &value;
    assert_null(trie_slot(t, &v6));
    assert_null(trie_find(t, &v6));
    assert_null(trie_remove(t, &v6));
    assert_null(trie_next_after(t, &v6, &found));
    assert_ptr_equal(trie_next_after(t, &none, &found), &value);
    v4.len = 33;
    assert_null(trie_slot(t, &v4));
    assert_null(trie_find(t, &v4));
    trie_destroy(t);
}

static void test_trie__host_bits_are_ignored(void **state)
{
    struct trie *t = trie_create(NULL);
    struct prefix typed = pfx("10.1.2.3/8"), clean = pfx("10.0.0.0/8"), found;
    int value;

    (void)state;
    *trie_slot(t, &typed) = &value;
    assert_ptr_equal(trie_find(t, &clean), &value);
    assert_ptr_equal(trie_next_after(t, NULL, &found), &value);
    assert_true(prefix_equal(&found, &clean));
    assert_ptr_equal(trie_remove(t, &typed), &value);
    trie_destroy(t);
}

static void test_trie__account_and_node_size(void **state)
{
    enum { N = 100000 };
    struct mem_account acct = {.name = "trie"};
    struct trie *t = trie_create(&acct);
    static int value;

    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        struct prefix p = prefix_v4(i << 8, 24);

        *trie_slot(t, &p) = &value;
    }
    assert_int_equal(trie_count(t), N);
    print_message("%zu bytes a route\n", acct.bytes / N);
    assert_true(acct.bytes / N <= 50); /* a fork of 16 bytes, an entry of 24, and the jump table */
    for (uint32_t i = 0; i < N; i++) {
        struct prefix p = prefix_v4(i << 8, 24);

        assert_ptr_equal(trie_remove(t, &p), &value);
    }
    assert_int_equal(trie_count(t), 0);
    trie_destroy(t);
    assert_int_equal(acct.count, 0);
    assert_int_equal(acct.bytes, 0);
}

/* Entries with room of their own, in tries that share their pages; entries become forks and forks entries. */
static void test_trie__entries_with_room(void **state)
{
    enum { N = 4096, ROOM = 56 };
    struct mem_account acct = {.name = "pool"};
    struct slab_space space;
    struct trie_pool *pool;
    struct trie *t[2];
    size_t n = 0;

    (void)state;
    slab_space_init(&space, &acct, NULL);
    pool = trie_pool_create(&space, ROOM);
    for (uint16_t k = 0; k < 2; k++) {
        t[k] = trie_create_in(pool, (uint16_t)(700 + k));
        for (uint32_t i = 0; i < N; i++) {
            struct prefix p = prefix_v4(0x0a000000 + (i << (8 + k)), (uint8_t)(24 - k)), again;
            uint32_t *room = (uint32_t *)(void *)trie_slot(t[k], &p);

            assert_int_equal(room[0], 0);
            room[0] = i;
            room[ROOM / 4 - 1] = i;
            trie_entry_prefix(room, &again);
            assert_true(prefix_equal(&p, &again));
            assert_int_equal(trie_entry_tag(room), 700 + k);
        }
    }
    for (uint8_t len = 8; len < 24; len++) { /* forks so far */
        struct prefix p = prefix_v4(0x0a000000, len), found;
        void *room = trie_slot(t[0], &p);

        assert_ptr_equal(trie_find(t[0], &p), room);
        if (len > 8)
            assert_ptr_equal(trie_parent(t[0], &p, &found),
                             trie_find(t[0], &(struct prefix){.addr = p.addr, .len = (uint8_t)(len - 1)}));
    }
    for (uint8_t len = 8; len < 24; len++) {
        struct prefix p = prefix_v4(0x0a000000, len);

        assert_null(trie_remove(t[0], &p));
        assert_null(trie_find(t[0], &p));
    }
    for (uint32_t i = 0; i < N; i++) {
        struct prefix p = prefix_v4(0x0a000000 + (i << 8), 24);
        const uint32_t *room = trie_match(t[0], &p.addr, NULL);

        assert_true(room[0] == i && room[ROOM / 4 - 1] == i);
        trie_remove(t[0], &p);
    }
    assert_int_equal(trie_count(t[0]), 0);
    for (struct prefix p, *after = NULL; trie_next_after(t[1], after, &p); after = &p)
        n++;
    assert_int_equal(n, N);
    trie_destroy(t[0]);
    trie_destroy(t[1]);
    trie_pool_destroy(pool);
    slab_space_fini(&space);
    assert_int_equal(acct.bytes, 0);
}

/* --- against the model --- */

struct entry {
    struct prefix p;
    void *value; /* NULL: a slot that was left empty */
};

struct model {
    struct entry e[MODEL_MAX];
    size_t n;
    uint64_t random;
    uint8_t family;
};

static uint32_t next_random(struct model *m)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return (uint32_t)(m->random >> 16);
}

/* Few distinct bits in a few places, so that prefixes meet, nest and branch at every kind of length. */
static struct prefix random_prefix(struct model *m)
{
    struct prefix p = {.addr.family = m->family};
    unsigned bits = ip_addr_bits(&p.addr);

    for (unsigned i = 0; i < bits / 8; i++)
        p.addr.b[i] = (uint8_t)(next_random(m) & next_random(m) & next_random(m) & 0xc3);
    p.len = (uint8_t)(next_random(m) % (bits + 1));
    if (next_random(m) % 3 == 0)
        p.len = (uint8_t)(next_random(m) % 12);
    return prefix_normalize(p);
}

static size_t model_index(const struct model *m, const struct prefix *p)
{
    for (size_t i = 0; i < m->n; i++)
        if (prefix_equal(&m->e[i].p, p))
            return i;
    return m->n;
}

/* The longest entry with a value that contains `p` and is at most `max_len` long. */
static const struct entry *model_cover(const struct model *m, const struct prefix *p, int max_len)
{
    const struct entry *best = NULL;

    for (size_t i = 0; i < m->n; i++)
        if (m->e[i].value && m->e[i].p.len <= max_len && prefix_contains(&m->e[i].p, p) &&
            (!best || m->e[i].p.len > best->p.len))
            best = &m->e[i];
    return best;
}

static const struct entry *model_after(const struct model *m, const struct prefix *p)
{
    const struct entry *best = NULL;

    for (size_t i = 0; i < m->n; i++)
        if (m->e[i].value && (!p || prefix_compare(&m->e[i].p, p) > 0) &&
            (!best || prefix_compare(&m->e[i].p, &best->p) < 0))
            best = &m->e[i];
    return best;
}

static void same(const struct entry *want, void *got, const struct prefix *found)
{
    assert_ptr_equal(got, want ? want->value : NULL);
    if (want)
        assert_true(prefix_equal(&want->p, found));
}

struct walked {
    const struct model *m;
    const struct prefix *within;
    struct prefix last;
    size_t n;
};

static void on_walk(const struct prefix *p, void *value, void *arg)
{
    struct walked *w = arg;
    size_t i = model_index(w->m, p);

    assert_true(i < w->m->n);
    assert_ptr_equal(w->m->e[i].value, value);
    assert_true(prefix_contains(w->within, p));
    assert_true(w->n == 0 || prefix_compare(&w->last, p) < 0);
    w->last = *p;
    w->n++;
}

static void check(struct trie *t, struct model *m)
{
    struct prefix p = random_prefix(m), found;
    struct prefix host = prefix_host(&p.addr);
    struct walked w = {.m = m, .within = &p};
    size_t inside = 0, i = model_index(m, &p);

    assert_int_equal(trie_count(t), m->n);
    assert_ptr_equal(trie_find(t, &p), i < m->n ? m->e[i].value : NULL);
    same(model_cover(m, &host, 255), trie_match(t, &p.addr, &found), &found);
    same(model_cover(m, &p, (int)p.len - 1), trie_parent(t, &p, &found), &found);
    same(model_after(m, &p), trie_next_after(t, &p, &found), &found);
    same(model_after(m, NULL), trie_next_after(t, NULL, &found), &found);
    for (i = 0; i < m->n; i++)
        inside += m->e[i].value && prefix_contains(&p, &m->e[i].p);
    trie_walk(t, &p, on_walk, &w);
    assert_int_equal(w.n, inside);
}

static void step(struct trie *t, struct model *m, size_t target)
{
    struct prefix p = random_prefix(m);
    size_t i;
    bool grow = next_random(m) % target >= m->n || m->n == 0;

    if (!grow && next_random(m) % 4)
        p = m->e[next_random(m) % m->n].p; /* one that is there */
    i = model_index(m, &p);
    if (grow && m->n < MODEL_MAX) {
        void **slot = trie_slot(t, &p);

        if (i == m->n) {
            assert_null(*slot);
            m->e[m->n++].p = p;
        } else {
            assert_ptr_equal(*slot, m->e[i].value);
        }
        m->e[i].value = next_random(m) % 5 ? (void *)(uintptr_t)(next_random(m) | 1u) : NULL;
        *slot = m->e[i].value;
    } else {
        void *value = trie_remove(t, &p);

        assert_ptr_equal(value, i < m->n ? m->e[i].value : NULL);
        if (i < m->n)
            m->e[i] = m->e[--m->n];
    }
}

static void random_run(uint8_t family)
{
    static struct model m;
    struct trie *t = trie_create(NULL);

    memset(&m, 0, sizeof(m));
    m.family = family;
    m.random = SEED;
    print_message("seed %d family %u\n", SEED, family);
    for (int i = 0; i < STEPS; i++) {
        static const size_t targets[] = {300, 10, 700, 3};

        step(t, &m, targets[i / 500 % 4]);
        check(t, &m);
    }
    while (m.n > 0) {
        assert_ptr_equal(trie_remove(t, &m.e[0].p), m.e[0].value);
        m.e[0] = m.e[--m.n];
        check(t, &m);
    }
    trie_destroy(t);
}

static void test_trie__random_ipv4(void **state)
{
    (void)state;
    random_run(AF_IPV4);
}

static void test_trie__random_ipv6(void **state)
{
    (void)state;
    random_run(AF_IPV6);
}

static void test_trie__remove_while_iterating(void **state)
{
    struct trie *t = trie_create(NULL);
    struct prefix p, last;
    size_t n = 0;
    static int value;
    bool has_last = false;

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        p = prefix_v4(i * 2654435761u, (uint8_t)(8 + i % 25));
        *trie_slot(t, &p) = &value;
    }
    while (trie_next_after(t, has_last ? &last : NULL, &p)) {
        assert_true(!has_last || prefix_compare(&last, &p) < 0);
        trie_remove(t, &p);
        last = p;
        has_last = true;
        n++;
    }
    assert_true(n > 900);
    assert_int_equal(trie_count(t), 0);
    trie_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trie__empty),
        cmocka_unit_test(test_trie__longest_match_and_parent),
        cmocka_unit_test(test_trie__slot_left_null_is_no_entry),
        cmocka_unit_test(test_trie__other_family_is_not_in_it),
        cmocka_unit_test(test_trie__host_bits_are_ignored),
        cmocka_unit_test(test_trie__account_and_node_size),
        cmocka_unit_test(test_trie__entries_with_room),
        cmocka_unit_test(test_trie__random_ipv4),
        cmocka_unit_test(test_trie__random_ipv6),
        cmocka_unit_test(test_trie__remove_while_iterating),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
