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

static void test_block__fresh_then_rested_fifo(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 105, (struct label_past){0}, 0);
    struct rib_fec f = fec(1);
    uint32_t l[8];

    (void)state;
    assert_int_equal(ribd_labels_block(m, BGP, 4, 0, l), 4);
    assert_int_equal(l[0], 100);
    assert_int_equal(l[3], 103);
    assert_int_equal(ribd_labels_claim(m, BGP, 102, &f), 0);
    assert_int_equal(ribd_labels_claim(m, BGP, 101, &f), 0);
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
    assert_int_equal(ribd_labels_claim(m, LDP, 100, &f), -EBUSY);
    assert_int_equal(ribd_labels_claim(m, BGP, 100, &f), 0);
    assert_int_equal(ribd_labels_claim(m, BGP, 100, &f), 0);
    assert_int_equal(ribd_labels_claim(m, BGP, 3, &f), -ERANGE);
    assert_int_equal(ribd_labels_claim(m, BGP, 1048575, &f), -ERANGE);
    assert_int_equal(ribd_labels_claim(m, LDP, 150, &f), 0); /* from before our start: nobody's */
    ribd_labels_reserve(m, 151);
    assert_int_equal(ribd_labels_claim(m, LDP, 151, &f), 0);
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

static void test_client_restart__keeps_claims(void **state)
{
    struct label_manager *m = ribd_labels_create(100, 103, (struct label_past){0}, 0);
    struct rib_fec f1 = fec(1), f2 = fec(2);
    uint32_t l[8], sum = 0;

    (void)state;
    ribd_labels_block(m, LDP, 4, 0, l);
    ribd_labels_claim(m, LDP, 100, &f1);
    ribd_labels_claim(m, LDP, 101, &f2);
    ribd_labels_client_lost(m, LDP, 0); /* 102, 103 were never claimed: they rest */
    ribd_labels_each_held(m, LDP, collect, &sum);
    assert_int_equal(sum, 201);
    assert_int_equal(ribd_labels_claim(m, BGP, 102, &f1), -EBUSY);
    assert_int_equal(ribd_labels_claim(m, LDP, 101, &f2), 0);
    ribd_labels_client_sweep(m, LDP, not_live, NULL, 50 * SEC);
    assert_false(ribd_labels_is_holder(m, LDP, 100));
    assert_true(ribd_labels_is_holder(m, LDP, 101));
    assert_int_equal(ribd_labels_block(m, BGP, 8, 120 * SEC, l), 2);
    assert_int_equal(ribd_labels_block(m, BGP, 8, 170 * SEC, l), 1);
    assert_int_equal(l[0], 100);
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
    assert_int_equal(ribd_labels_block(m, LDP, 200, 120 * SEC, l), 99); /* all below but 150 */
    ribd_labels_gone(m, 150, 130 * SEC);                                /* swept */
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

        assert_int_equal(ribd_labels_block(m, LDP, 16, now, l), 16);
        for (size_t i = 0; i < 256; i++)
            assert_int_not_equal(l[i / 16], before[i % 16]);
        memcpy(before, l, sizeof(l));
        past = ribd_labels_past(m, 3, now + 150 * SEC);
        ribd_labels_destroy(m);
    }
    for (unsigned life = 0; life < 4; life++) { /* too fast for anything to rest */
        struct label_manager *m = ribd_labels_create(100, 203, past, now);

        assert_int_equal(ribd_labels_block(m, LDP, 16, now, l), 16);
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
    ribd_labels_claim(m, LDP, 100, &f);
    ribd_labels_claim(m, LDP, 101, &f);
    ribd_labels_free(m, LDP, 101, false, 0);
    ribd_labels_reserve(m, 500);
    ribd_labels_count(m, &c);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block__fresh_then_rested_fifo),
        cmocka_unit_test(test_claim__conflicts),
        cmocka_unit_test(test_client_restart__keeps_claims),
        cmocka_unit_test(test_ribd_restart__goes_on_above_the_mark),
        cmocka_unit_test(test_ribd_restart__many_do_not_use_up_the_range),
        cmocka_unit_test(test_view_and_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
