/* SPDX-License-Identifier: Apache-2.0
 *
 * The election of s9.4: each rule, and that routers which elect again and again come to agree, whatever they said
 * first.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "ospfd/session/elect.h"

/* Router n: id n, address 100 + n, and what it says. */
static struct ospf_elector router(uint32_t n, uint8_t priority, uint32_t dr, uint32_t bdr)
{
    return (struct ospf_elector){
        .router_id = n, .address = 100 + n, .priority = priority, .dr = dr ? 100 + dr : 0, .bdr = bdr ? 100 + bdr : 0};
}

static void expect(const struct ospf_elector *all, size_t n, uint32_t dr, uint32_t bdr)
{
    struct ospf_elector copy[8];
    memcpy(copy, all, n * sizeof(*all));
    struct ospf_elected e = ospf_elect(copy, n);
    assert_int_equal(e.dr, dr ? 100 + dr : 0);
    assert_int_equal(e.bdr, bdr ? 100 + bdr : 0);
}

static void test_elect__alone(void **state)
{
    (void)state;
    expect((struct ospf_elector[]){router(1, 1, 0, 0)}, 1, 1, 0);
    expect((struct ospf_elector[]){router(1, 0, 0, 0)}, 1, 0, 0);
    expect((struct ospf_elector[]){router(1, 1, 1, 0)}, 1, 1, 0);
}

static void test_elect__nobody_yet(void **state)
{
    (void)state;
    /* We are the best: first backup, then in the second round designated, and the next best is backup. */
    expect((struct ospf_elector[]){router(3, 1, 0, 0), router(1, 1, 0, 0), router(2, 1, 0, 0)}, 3, 3, 2);
    /* Somebody else is: until he says more he is both (s9.4 step 4 is about ourselves only). */
    expect((struct ospf_elector[]){router(1, 1, 0, 0), router(3, 1, 0, 0)}, 2, 3, 3);
    /* Priority goes before the id; 0 is nobody. */
    expect((struct ospf_elector[]){router(1, 9, 0, 0), router(3, 1, 0, 0), router(7, 0, 0, 0)}, 3, 1, 3);
}

static void test_elect__who_is_elected_stays(void **state)
{
    (void)state;
    /* A better one comes: neither he nor the others change anything. */
    expect((struct ospf_elector[]){router(9, 200, 0, 0), router(1, 1, 1, 2), router(2, 1, 1, 2)}, 3, 1, 2);
    expect((struct ospf_elector[]){router(1, 1, 1, 2), router(2, 1, 1, 2), router(9, 200, 0, 0)}, 3, 1, 2);
    expect((struct ospf_elector[]){router(2, 1, 1, 2), router(1, 1, 1, 2), router(9, 200, 0, 0)}, 3, 1, 2);
    /* The place of the backup is free: the better one gets it. */
    expect((struct ospf_elector[]){router(9, 200, 0, 0), router(1, 1, 1, 0), router(2, 1, 1, 0)}, 3, 1, 9);
}

static void test_elect__backup_takes_over(void **state)
{
    (void)state;
    /* The designated router 4 is gone: as its backup 2 sees it, then as 1 sees it before and after 2 has said so. */
    expect((struct ospf_elector[]){router(2, 1, 4, 2), router(1, 1, 4, 2), router(3, 1, 4, 2)}, 3, 2, 3);
    expect((struct ospf_elector[]){router(1, 1, 4, 2), router(2, 1, 4, 2), router(3, 1, 4, 2)}, 3, 2, 2);
    expect((struct ospf_elector[]){router(1, 1, 2, 2), router(2, 1, 2, 3), router(3, 1, 2, 3)}, 3, 2, 3);
}

static void test_elect__two_parts_meet(void **state)
{
    (void)state;
    struct ospf_elector a = router(1, 1, 1, 2), b = router(2, 1, 1, 2), c = router(3, 1, 3, 4), d = router(4, 1, 3, 4);
    expect((struct ospf_elector[]){a, b, c, d}, 4, 3, 4); /* 1 gives it up; 2 is backup no more as 4 is better */
    expect((struct ospf_elector[]){b, a, c, d}, 4, 3, 4);
    expect((struct ospf_elector[]){c, a, b, d}, 4, 3, 4);
    expect((struct ospf_elector[]){d, a, b, c}, 4, 3, 4);
}

static void test_elect__priority_zero_gives_up(void **state)
{
    (void)state;
    expect((struct ospf_elector[]){router(4, 0, 4, 3), router(3, 1, 4, 3), router(2, 1, 4, 3)}, 3, 3, 3);
    expect((struct ospf_elector[]){router(3, 1, 4, 3), router(4, 0, 4, 3), router(2, 1, 4, 3)}, 3, 3, 2);
    expect((struct ospf_elector[]){router(3, 0, 0, 0), router(4, 0, 0, 0)}, 2, 0, 0);
}

static uint32_t chance(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* One router after the other, in a random order, elects with what the others say now. */
static bool all_agree(struct ospf_elector *r, size_t n, uint32_t *seed)
{
    bool is_quiet = false;
    for (int round = 0; round < 10 && !is_quiet; round++) {
        is_quiet = true;
        for (size_t k = 0; k < n; k++) {
            struct ospf_elector view[8];
            size_t us = (k + chance(seed) % n) % n;
            memcpy(view, r, n * sizeof(*r));
            view[0] = r[us];
            view[us] = r[0];
            struct ospf_elected e = ospf_elect(view, n);
            is_quiet &= e.dr == r[us].dr && e.bdr == r[us].bdr;
            r[us].dr = e.dr;
            r[us].bdr = e.bdr;
        }
    }
    for (size_t k = 0; k < n; k++) {
        struct ospf_elector view[8];
        memcpy(view, r, n * sizeof(*r));
        view[0] = r[k];
        view[k] = r[0];
        struct ospf_elected e = ospf_elect(view, n);
        r[k].dr = e.dr;
        r[k].bdr = e.bdr;
    }
    for (size_t k = 1; k < n; k++)
        if (r[k].dr != r[0].dr || r[k].bdr != r[0].bdr)
            return false;
    return true;
}

static uint32_t said(uint32_t *seed, size_t n)
{
    uint32_t who = chance(seed) % ((uint32_t)n + 2);
    return who > n ? 0 : who;
}

static void test_elect__all_come_to_agree(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int turn = 0; turn < 20000; turn++) {
        struct ospf_elector r[8];
        size_t n = 1 + chance(&seed) % 6, n_eligible = 0;
        for (size_t k = 0; k < n; k++) {
            r[k] = router((uint32_t)k + 1, (uint8_t)(chance(&seed) % 3), said(&seed, n), said(&seed, n));
            n_eligible += r[k].priority > 0;
        }
        for (int k = 0; k < 8; k++)
            all_agree(r, n, &seed);
        assert_true(all_agree(r, n, &seed));
        assert_int_equal(r[0].dr != 0, n_eligible > 0);
        assert_int_equal(r[0].bdr != 0, n_eligible > 1);
        assert_true(r[0].dr == 0 || r[0].dr != r[0].bdr);
        if (r[0].dr)
            assert_true(r[r[0].dr - 101].priority > 0);
        if (r[0].bdr)
            assert_true(r[r[0].bdr - 101].priority > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elect__alone),
        cmocka_unit_test(test_elect__nobody_yet),
        cmocka_unit_test(test_elect__who_is_elected_stays),
        cmocka_unit_test(test_elect__backup_takes_over),
        cmocka_unit_test(test_elect__two_parts_meet),
        cmocka_unit_test(test_elect__priority_zero_gives_up),
        cmocka_unit_test(test_elect__all_come_to_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
