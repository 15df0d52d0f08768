/* SPDX-License-Identifier: Apache-2.0
 *
 * The label manager: blocks, claims, rest, exhaustion, restarts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "src/ribd/label/manager.h"

#define SEC 1000000ull
#define BGP RIB_CLIENT_BGPD
#define LDP RIB_CLIENT_LDPD

static struct rib_fec fec(uint32_t host)
{
    return (struct rib_fec){.purpose = RIB_LABEL_LDP, .prefix = prefix_v4(host, 32)};
}

/* In as many blocks as it takes. */
static size_t take(struct label_manager *m, enum rib_client_id c, uint32_t count, uint64_t now, uint32_t *out)
{
    size_t n = 0, got;

    while (n < count && (got = ribd_labels_block(m, c, count - (uint32_t)n, now, out + n)) > 0)
        n += got;
    return n;
}

static void test_block__fresh_then_rested_fifo(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 105, (struct label_past){0}, 0);
    struct rib_fec f = fec(1);
    uint32_t l[8];

    (void)state;
    assert_int_equal(ribd_labels_block(m, BGP, 4, 0, l), 4);
    assert_int_equal(l[0], 100);
    assert_int_equal(l[3], 103);
    assert_int_equal(ribd_labels_claim(m, BGP, 102, &f, 0), 0);
    assert_int_equal(ribd_labels_claim(m, BGP, 101, &f, 0), 0);
    ribd_labels_free(m, BGP, 102, false, 10 * SEC);
    ribd_labels_free(m, BGP, 101, true, 11 * SEC);                  /* the kernel still has it */
    assert_int_equal(ribd_labels_block(m, LDP, 8, 20 * SEC, l), 2); /* 104, 105: no resting one */
    assert_int_equal(ribd_labels_block(m, LDP, 8, 129 * SEC, l), 0);
    assert_int_equal(ribd_labels_block(m, LDP, 8, 130 * SEC, l), 1);
    assert_int_equal(l[0], 102);
    ribd_labels_gone(m, 101, 200 * SEC);
    assert_int_equal(ribd_labels_block(m, LDP, 8, 319 * SEC, l), 0);
    assert_int_equal(ribd_labels_block(m, LDP, 8, 320 * SEC, l), 1);
    assert_int_equal(l[0], 101);
    assert_true(ribd_labels_is_holder(m, LDP, 101));
    ribd_labels_destroy(m);
}

static void test_claim__conflicts(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 199, (struct label_past){0}, 0);
    struct rib_fec f = fec(1);
    uint32_t l[8];

    (void)state;
    ribd_labels_block(m, BGP, 8, 0, l);
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f, 0), -EBUSY);
    assert_int_equal(ribd_labels_claim(m, BGP, 100, &f, 0), 0);
    assert_int_equal(ribd_labels_claim(m, BGP, 100, &f, 0), 0);
    assert_int_equal(ribd_labels_claim(m, BGP, 3, &f, 0), -ERANGE);
    assert_int_equal(ribd_labels_claim(m, BGP, 1048575, &f, 0), -ERANGE);
    assert_int_equal(ribd_labels_claim(m, LDP, 150, &f, 0), 0); /* from before our start: nobody's */
    ribd_labels_reserve(m, 151);
    assert_int_equal(ribd_labels_claim(m, LDP, 151, &f, 0), 0);
    ribd_labels_free(m, BGP, 150, false, 0); /* not its own */
    assert_true(ribd_labels_is_holder(m, LDP, 150));
    ribd_labels_destroy(m);
}

static void collect(void *arg, uint32_t label, const struct rib_fec *f)
{
    uint32_t *sum = arg;

    assert_int_equal(f->purpose, RIB_LABEL_LDP);
    *sum += label;
}

static bool not_live(void *arg, uint32_t label)
{
    (void)arg;
    (void)label;
    return false;
}

static void sweep(struct label_manager *m, enum rib_client_id c, uint64_t now)
{
    ribd_labels_client_sweep(m, c, now);
    while (!ribd_labels_sweep_some(m, c, 1, not_live, NULL, now))
        continue;
}

static size_t wrong(const struct label_manager *m)
{
    size_t n = 0;

    for (uint32_t at = 0; (at = ribd_labels_audit(m, at, 7, &n));)
        continue;
    return n;
}

static void test_client_restart__keeps_claims(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 103, (struct label_past){0}, 0);
    struct rib_fec f1 = fec(1), f2 = fec(2);
    uint32_t l[8], sum = 0;

    (void)state;
    ribd_labels_block(m, LDP, 4, 0, l);
    ribd_labels_claim(m, LDP, 100, &f1, 0);
    ribd_labels_claim(m, LDP, 101, &f2, 0);
    ribd_labels_client_lost(m, LDP, 0); /* 102, 103 were never claimed: they wait, but need no rest */
    ribd_labels_client_opened(m, LDP, collect, &sum, 0);
    assert_int_equal(sum, 201);
    assert_int_equal(ribd_labels_claim(m, BGP, 102, &f1, 0), -EBUSY);
    assert_int_equal(ribd_labels_claim(m, LDP, 101, &f2, 0), 0);
    sweep(m, LDP, 50 * SEC);
    assert_false(ribd_labels_is_holder(m, LDP, 100));
    assert_true(ribd_labels_is_holder(m, LDP, 101));
    assert_int_equal(ribd_labels_block(m, BGP, 8, 50 * SEC, l), 2);
    assert_int_equal(ribd_labels_block(m, BGP, 8, 169 * SEC, l), 0);
    assert_int_equal(ribd_labels_block(m, BGP, 8, 170 * SEC, l), 1);
    assert_int_equal(l[0], 100);
    ribd_labels_destroy(m);
}

/* It dies in the middle of its sweep, for what it did not claim again: what it claimed since stands. */
static void test_sweep__of_a_client_that_dies_again(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 139, (struct label_past){0}, 0);
    struct rib_fec f[6];
    uint32_t l[8], sum = 0;

    (void)state;
    assert_int_equal(take(m, LDP, 6, 0, l), 6);
    for (uint32_t i = 0; i < 6; i++) {
        f[i] = fec(i);
        ribd_labels_claim(m, LDP, l[i], &f[i], 0);
    }
    ribd_labels_client_lost(m, LDP, 0);
    ribd_labels_client_opened(m, LDP, collect, &sum, SEC);
    ribd_labels_claim(m, LDP, l[0], &f[0], SEC);
    ribd_labels_claim(m, LDP, l[3], &f[3], SEC);
    ribd_labels_client_sweep(m, LDP, 2 * SEC);
    assert_false(ribd_labels_sweep_some(m, LDP, 1, not_live, NULL, 2 * SEC));
    ribd_labels_client_lost(m, LDP, 3 * SEC);
    sum = 0;
    ribd_labels_client_opened(m, LDP, collect, &sum, 4 * SEC);
    assert_int_equal(sum, 6 * 100 + 15);                                     /* what has been swept is remembered */
    assert_int_equal(ribd_labels_claim(m, LDP, l[1], &f[1], 4 * SEC), 0);    /* it was swept */
    assert_int_equal(ribd_labels_claim(m, LDP, l[4], &f[4], 4 * SEC), 0);    /* it would have been */
    assert_true(ribd_labels_sweep_some(m, LDP, 3, not_live, NULL, 5 * SEC)); /* 2 and 5 */
    assert_int_equal(wrong(m), 0);
    assert_false(ribd_labels_is_holder(m, LDP, l[2]) || ribd_labels_is_holder(m, LDP, l[5]));
    assert_true(ribd_labels_is_holder(m, LDP, l[0]) && ribd_labels_is_holder(m, LDP, l[1]));
    assert_true(ribd_labels_is_holder(m, LDP, l[3]) && ribd_labels_is_holder(m, LDP, l[4]));
    sweep(m, LDP, 6 * SEC); /* of its second death */
    assert_false(ribd_labels_is_holder(m, LDP, l[0]) || ribd_labels_is_holder(m, LDP, l[3]));
    assert_true(ribd_labels_is_holder(m, LDP, l[1]) && ribd_labels_is_holder(m, LDP, l[4]));
    assert_int_equal(wrong(m), 0);
    ribd_labels_destroy(m);
}

static void test_ribd_restart__goes_on_above_the_mark(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 203, (struct label_past){.from = 100, .mark = 200}, 0);
    uint32_t l[200];

    (void)state;
    ribd_labels_reserve(m, 150);
    assert_int_equal(ribd_labels_block(m, LDP, 4, 0, l), 4);
    assert_int_equal(l[0], 200);
    assert_int_equal(ribd_labels_block(m, LDP, 4, 119 * SEC, l), 0);
    assert_int_equal(take(m, LDP, 200, 120 * SEC, l), 99); /* all below but 150 */
    ribd_labels_gone(m, 150, 130 * SEC);                   /* swept */
    assert_int_equal(ribd_labels_block(m, LDP, 4, 250 * SEC, l), 1);
    assert_int_equal(l[0], 150);
    ribd_labels_destroy(m);
}

/* However often ribd starts: what earlier lives gave has rested, and is there for the next ones. */
static void test_ribd_restart__many_do_not_use_up_the_range(void **state)
{
    struct label_past past = {0};
    uint64_t now = 0;
    uint32_t l[16], before[16] = {0};

    (void)state;
    for (unsigned life = 0; life < 100; life++, now += 200 * SEC) {
        struct label_manager *m = ribd_labels_create(100, 203, past, now);

        assert_int_equal(take(m, LDP, 16, now, l), 16);
        for (size_t i = 0; i < 256; i++)
            assert_int_not_equal(l[i / 16], before[i % 16]);
        memcpy(before, l, sizeof(l));
        past = ribd_labels_past(m, 3, now + 150 * SEC);
        ribd_labels_destroy(m);
    }
    for (unsigned life = 0; life < 4; life++) { /* too fast for anything to rest */
        struct label_manager *m = ribd_labels_create(100, 203, past, now);

        assert_int_equal(take(m, LDP, 16, now, l), 16);
        for (size_t i = 0; i < 256; i++)
            assert_int_not_equal(l[i / 16], before[i % 16]);
        past = ribd_labels_past(m, 3, now + 1);
        ribd_labels_destroy(m);
    }
}

static bool count(void *arg, const struct label_view *v)
{
    (void)v;
    ++*(int *)arg;
    return true;
}

static void test_view_and_counts(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 199, (struct label_past){0}, 0);
    struct label_counts c;
    struct rib_fec f = fec(1);
    uint32_t l[8];
    int n = 0;

    (void)state;
    ribd_labels_block(m, LDP, 8, 0, l);
    ribd_labels_claim(m, LDP, 100, &f, 0);
    ribd_labels_claim(m, LDP, 101, &f, 0);
    ribd_labels_free(m, LDP, 101, false, 0);
    ribd_labels_reserve(m, 500);
    ribd_labels_count(m, 0, &c);
    assert_int_equal(c.claimed, 1);
    assert_int_equal(c.given, 6);
    assert_int_equal(c.resting, 1);
    assert_int_equal(c.reserved, 1);
    assert_int_equal(c.available, 92);
    ribd_labels_view(m, 0, count, &n);
    assert_int_equal(n, 3);
    n = 0;
    ribd_labels_view(m, 102, count, &n); /* that which was found */
    assert_int_equal(n, 1);
    ribd_labels_destroy(m);
}

/* A FEC that comes back has its label, while it drains, rests, and after its rest until another FEC has it. */
static void test_fec__returns_to_its_label(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 139, (struct label_past){0}, 0);
    struct rib_fec f1 = fec(1), f2 = fec(2);
    uint32_t l[64], sum;

    (void)state;
    take(m, LDP, 2, 0, l);
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f1, 0), 0);
    ribd_labels_free(m, LDP, 100, true, 10 * SEC);
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f2, 11 * SEC), -EBUSY);
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f1, 11 * SEC), 0);
    ribd_labels_gone(m, 100, 12 * SEC); /* of the entry before */
    assert_true(ribd_labels_is_holder(m, LDP, 100));
    ribd_labels_free(m, LDP, 100, false, 20 * SEC);
    assert_int_equal(ribd_labels_claim(m, BGP, 100, &f1, 21 * SEC), -EBUSY);
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f2, 21 * SEC), -EBUSY);
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f1, 21 * SEC), 0);
    ribd_labels_free(m, LDP, 100, false, 30 * SEC);
    ribd_labels_client_lost(m, LDP, 40 * SEC);
    sum = 0;
    ribd_labels_client_opened(m, LDP, collect, &sum, 200 * SEC); /* it has rested */
    assert_int_equal(sum, 100);
    assert_int_equal(take(m, BGP, 64, 210 * SEC, l), 38); /* not that, and not what LDP left */
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f1, 220 * SEC), 0);
    ribd_labels_free(m, LDP, 100, false, 220 * SEC);
    sweep(m, LDP, 230 * SEC);
    assert_int_equal(take(m, BGP, 64, 230 * SEC, l), 1); /* what LDP had left in its block */
    assert_int_equal(take(m, BGP, 64, 340 * SEC, l), 1);
    assert_int_equal(l[0], 100);
    sum = 0;
    ribd_labels_client_opened(m, LDP, collect, &sum, 350 * SEC);
    assert_int_equal(sum, 0); /* another's now */
    assert_int_equal(wrong(m), 0);
    ribd_labels_destroy(m);
}

/* What died with its block gets it again: nobody else has to wait, and nothing is used up. */
static void test_small_range__outlives_deaths(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 139, (struct label_past){0}, 0);
    uint32_t l[64], sum;
    struct rib_fec f;

    (void)state;
    ribd_labels_expect(m, LDP);
    ribd_labels_expect(m, BGP);
    for (unsigned life = 0; life < 100; life++) {
        uint64_t now = life * 10 * SEC;
        size_t n;

        sum = 0;
        ribd_labels_client_opened(m, LDP, collect, &sum, now);
        assert_int_equal(sum, life ? 100 * 6 + 15 : 0);
        n = ribd_labels_block(m, LDP, 32, now, l);
        assert_true(n >= 6);
        for (uint32_t i = 0; i < 6; i++) {
            f = fec(i);
            assert_int_equal(ribd_labels_claim(m, LDP, 100 + i, &f, now), 0);
        }
        assert_true(ribd_labels_available(m, BGP, now) >= 5);
        sweep(m, LDP, now + SEC);
        ribd_labels_client_lost(m, LDP, now + 5 * SEC);
    }
    assert_int_equal(wrong(m), 0);
    ribd_labels_destroy(m);
}

static void test_fairness__a_share_for_each(void **state)
{
    struct label_manager *m = ribd_labels_create(1000, 1999, (struct label_past){0}, 0);
    struct label_client_counts n;
    uint32_t l[1000];

    (void)state;
    ribd_labels_expect(m, LDP);
    ribd_labels_expect(m, BGP);
    assert_int_equal(ribd_labels_block(m, BGP, 4096, 0, l), 218); /* a quarter of what it may have */
    take(m, BGP, 1000, 0, l);
    ribd_labels_count_client(m, BGP, &n);
    assert_int_equal(n.given, 875);
    assert_int_equal(n.share, 125);
    assert_int_equal(ribd_labels_available(m, BGP, 0), 0);
    assert_int_equal(take(m, LDP, 1000, 0, l), 125);
    assert_int_equal(take(m, LDP, 1000, 0, l), 0);
    ribd_labels_free(m, LDP, l[0], false, 0); /* no FEC had it */
    assert_int_equal(ribd_labels_available(m, BGP, 0), 0);
    assert_int_equal(take(m, LDP, 1, 0, l), 1);
    ribd_labels_destroy(m);
}

static bool is_of_sec(void *arg, const struct label_view *v)
{
    assert_int_equal(v->since_sec, *(const uint32_t *)arg);
    return false;
}

static void test_range__changes_under_way(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 199, (struct label_past){0}, 0);
    struct label_ranges narrow = {.first = 300, .last = 309, .static_first = 100, .static_last = 199},
                        wide = {.first = 100, .last = 309, .static_first = 16, .static_last = 99};
    char why[RIB_TEXT_MAX];
    struct rib_fec f = fec(1), s = {.purpose = RIB_LABEL_STATIC, .discriminator = 1};
    struct rib_fec s2 = {.purpose = RIB_LABEL_STATIC, .discriminator = 2};
    struct label_counts n;
    uint32_t l[300];

    (void)state;
    take(m, LDP, 3, 0, l);
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f, 0), 0);
    ribd_labels_set_ranges(m, &narrow);
    assert_true(ribd_labels_is_holder(m, LDP, 100));
    assert_int_equal(ribd_labels_static_claim(m, 100, &s, why), -EBUSY);
    assert_int_equal(ribd_labels_static_claim(m, 300, &s, why), -ERANGE);
    assert_int_equal(ribd_labels_static_claim(m, 150, &s, why), 0);
    assert_int_equal(ribd_labels_claim(m, LDP, 151, &f, 0), -ERANGE);
    assert_int_equal(take(m, LDP, 300, 0, l), 10);
    assert_int_equal(l[0], 300);
    ribd_labels_free(m, LDP, 100, false, 0);
    ribd_labels_free(m, LDP, 101, false, 0);
    assert_int_equal(ribd_labels_static_claim(m, 100, &s, why), -EBUSY); /* rests */
    assert_int_equal(take(m, LDP, 300, 200 * SEC, l), 0);
    assert_int_equal(ribd_labels_static_claim(m, 100, &s, why), 0);
    ribd_labels_view(m, 100, is_of_sec, &(uint32_t){200});
    ribd_labels_static_release(m, 150, false, 200 * SEC);
    assert_int_equal(ribd_labels_static_claim(m, 150, &s2, why), 0); /* another path, by configuration: at once */
    assert_int_equal(ribd_labels_static_claim(m, 150, &s, why), -EBUSY);
    assert_string_equal(why, "label 150 is held by another label-switched path: see show mpls label");
    ribd_labels_static_release(m, 150, true, 200 * SEC);
    assert_int_equal(ribd_labels_static_claim(m, 150, &s2, why), 0);
    ribd_labels_gone(m, 150, 200 * SEC);
    ribd_labels_static_release(m, 150, false, 200 * SEC);
    ribd_labels_set_ranges(m, &wide);
    ribd_labels_count(m, 200 * SEC, &n);
    assert_int_equal(n.available, 210 - 10 - 1 - 1 - 1); /* 100, 102 in the old block, 150 rests */
    assert_int_equal(take(m, LDP, 300, 200 * SEC, l), 197);
    assert_int_equal(take(m, LDP, 300, 400 * SEC, l), 1);
    assert_int_equal(l[0], 150);
    assert_int_equal(wrong(m), 0);
    ribd_labels_destroy(m);
}

static void test_memory__linear(void **state)
{
    struct label_manager *m = ribd_labels_create(1000, 200999, (struct label_past){0}, 0);
    static uint32_t l[100000];
    struct label_counts n;

    (void)state;
    assert_int_equal(take(m, LDP, 100000, 0, l), 100000);
    for (uint32_t i = 0; i < 100000; i++) {
        struct rib_fec f = fec(i);

        assert_int_equal(ribd_labels_claim(m, LDP, l[i], &f, 0), 0);
    }
    ribd_labels_count(m, 0, &n);
    assert_true(n.bytes < 100000 * 96);
    assert_int_equal(wrong(m), 0);
    ribd_labels_destroy(m);
}

/* The file says that they rested long ago. A client may have taken one since, which ribd did not live to hear: it comes
 * back in time to say so, before another client is given the label. */
static void test_restart__what_rested_waits_for_those_that_come_back(void **state)
{
    const uint64_t now = 1000 * SEC, back = now + 10 * SEC;
    struct label_manager *m = ribd_labels_create(16, 19, (struct label_past){16, 20}, now);
    struct rib_fec other = fec(99);
    uint32_t out[4];

    (void)state;
    ribd_labels_past_until(m, back);
    for (uint32_t label = 16; label <= 19; label++) {
        struct label_record r = {.client = BGP, .is_freed = true, .label = label, .until_us = SEC};

        r.fec = fec(label);
        ribd_labels_restore(m, &r, now);
    }
    ribd_labels_restored(m, now);
    assert_int_equal(ribd_labels_block(m, LDP, 4, now, out), 0);
    assert_int_equal(ribd_labels_claim(m, BGP, 17, &other, now + SEC), 0);
    assert_int_equal(ribd_labels_block(m, LDP, 4, back, out), 3);
    assert_int_equal(wrong(m), 0);
    ribd_labels_destroy(m);
}

/* What is asked before a claim is made again. The FEC of twins: the index forgets the one that frees its label, and the
 * other's next claim must reach it. */
static void test_is_claimed(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 199, (struct label_past){0}, 0);
    struct rib_fec f = fec(1), g = fec(2);
    uint32_t l[8];

    (void)state;
    ribd_labels_block(m, BGP, 8, 0, l);
    assert_false(ribd_labels_is_claimed(m, BGP, 100, &f));
    assert_int_equal(ribd_labels_claim(m, BGP, 100, &f, 0), 0);
    assert_true(ribd_labels_is_claimed(m, BGP, 100, &f));
    assert_false(ribd_labels_is_claimed(m, BGP, 100, &g));
    assert_false(ribd_labels_is_claimed(m, LDP, 100, &f));
    assert_false(ribd_labels_is_claimed(m, BGP, 1048575, &f));
    ribd_labels_client_lost(m, BGP, SEC); /* stale: the claim renews it */
    assert_false(ribd_labels_is_claimed(m, BGP, 100, &f));
    assert_int_equal(ribd_labels_claim(m, BGP, 100, &f, SEC), 0);
    assert_true(ribd_labels_is_claimed(m, BGP, 100, &f));
    assert_int_equal(ribd_labels_claim(m, BGP, 101, &f, SEC), 0);
    assert_false(ribd_labels_is_claimed(m, BGP, 100, &f));
    ribd_labels_free(m, BGP, 101, false, SEC); /* the one that the FEC led to */
    assert_false(ribd_labels_is_claimed(m, BGP, 100, &f));
    ribd_labels_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block__fresh_then_rested_fifo),
        cmocka_unit_test(test_claim__conflicts),
        cmocka_unit_test(test_client_restart__keeps_claims),
        cmocka_unit_test(test_sweep__of_a_client_that_dies_again),
        cmocka_unit_test(test_ribd_restart__goes_on_above_the_mark),
        cmocka_unit_test(test_ribd_restart__many_do_not_use_up_the_range),
        cmocka_unit_test(test_view_and_counts),
        cmocka_unit_test(test_fec__returns_to_its_label),
        cmocka_unit_test(test_small_range__outlives_deaths),
        cmocka_unit_test(test_fairness__a_share_for_each),
        cmocka_unit_test(test_range__changes_under_way),
        cmocka_unit_test(test_memory__linear),
        cmocka_unit_test(test_is_claimed),
        cmocka_unit_test(test_restart__what_rested_waits_for_those_that_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
