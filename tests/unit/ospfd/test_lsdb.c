/* SPDX-License-Identifier: Apache-2.0
 *
 * The database: finding, replacing, walking, coming due, MaxAge; memory is accounted to the last byte.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "ospfd/lsdb/lsdb.h"
#include "strata/mem.h"
#include "tests/unit/ospfd/golden.h"

#define SEC 1000000ull
#define A   0x0a000001u

struct fixture {
    struct mem_account lsa, db;
    struct ospf_lsdb *lsdb;
};

static void begin(struct fixture *f, uint64_t now)
{
    *f = (struct fixture){.lsa.name = "lsa", .db.name = "db"};
    f->lsdb = ospf_lsdb_create(&f->db, now);
}

static void end(struct fixture *f)
{
    ospf_lsdb_destroy(f->lsdb);
    assert_int_equal(f->lsa.count, 0);
    assert_int_equal(f->lsa.bytes, 0);
    assert_int_equal(f->db.count, 0);
}

static struct ospf_lsdb_entry *put(struct fixture *f, const uint8_t *data, size_t len, uint64_t now)
{
    return ospf_lsdb_install(f->lsdb, ospf_lsa_create(&f->lsa, data, len, now), now);
}

static void test_lsdb__find_and_replace(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 0);
    struct ospf_lsdb_entry *e = put(&f, router_lsa, sizeof(router_lsa), SEC);
    assert_ptr_equal(ospf_lsdb_find(f.lsdb, &e->key), e);
    assert_ptr_equal(ospf_lsdb_find_by_id(f.lsdb, OSPF_LSA_ROUTER, A), e);
    struct ospf_lsdb_entry *n = put(&f, network_lsa, sizeof(network_lsa), SEC);
    assert_ptr_equal(ospf_lsdb_find_by_id(f.lsdb, OSPF_LSA_NETWORK, 0xc0000201), n);
    assert_null(ospf_lsdb_find_by_id(f.lsdb, OSPF_LSA_NETWORK, 1));
    assert_ptr_equal(put(&f, router_tos_lsa, sizeof(router_tos_lsa), 2 * SEC), e); /* the same key: the same entry */
    assert_int_equal(e->lsa->h.seq, (int32_t)0x80000002);
    assert_int_equal(ospf_lsdb_count(f.lsdb), 2);
    assert_int_equal(ospf_lsdb_count_type(f.lsdb, OSPF_LSA_ROUTER), 1);
    assert_int_equal(ospf_lsdb_count_type(f.lsdb, 77), 0);
    assert_null(ospf_lsdb_find(f.lsdb, &(struct ospf_lsa_key){.type = 77}));
    assert_null(ospf_lsdb_first(f.lsdb, OSPF_LSA_SUMMARY));
    ospf_lsdb_remove(f.lsdb, e);
    assert_null(ospf_lsdb_first(f.lsdb, OSPF_LSA_ROUTER));
    end(&f);
}

static void test_lsdb__age(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t out[64];
    begin(&f, 0);
    struct ospf_lsdb_entry *e = put(&f, router_lsa, sizeof(router_lsa), 10 * SEC); /* age 1 when it came */
    assert_int_equal(ospf_lsa_age(e->lsa, 10 * SEC), 1);
    assert_int_equal(ospf_lsa_age(e->lsa, 110 * SEC), 101);
    assert_false(ospf_lsa_is_max_age(e->lsa, 10 * SEC + 3598 * SEC));
    assert_true(ospf_lsa_is_max_age(e->lsa, 10 * SEC + 3599 * SEC));
    assert_int_equal(ospf_lsa_age(e->lsa, 99999 * SEC), OSPF_MAX_AGE);
    struct wire_writer w = wire_writer_of(out, sizeof(out));
    ospf_lsa_put(&w, e->lsa, 110 * SEC, 5);
    assert_int_equal(w.pos, sizeof(router_lsa));
    assert_int_equal(out[1], 106);
    assert_int_equal(ospf_lsa_check(out, w.pos), OSPF_LSA_GOOD);
    w = wire_writer_of(out, sizeof(out));
    ospf_lsa_put(&w, e->lsa, 3608 * SEC, 60); /* not beyond MaxAge */
    assert_int_equal(out[0] << 8 | out[1], OSPF_MAX_AGE);
    assert_int_equal(ospf_lsa_header_now(e->lsa, 20 * SEC).age, 11);
    end(&f);
}

static void count_due(void *arg, struct ospf_lsdb_entry *e)
{
    (void)e;
    ++*(int *)arg;
}

static void again(void *arg, struct ospf_lsdb_entry *e)
{
    ++*(int *)arg;
    ospf_lsdb_schedule(e, 0); /* as soon as possible: not in the same tick */
}

static void test_lsdb__comes_due_once(void **state)
{
    (void)state;
    struct fixture f;
    int n = 0;
    begin(&f, 5 * SEC);
    struct ospf_lsdb_entry *e = put(&f, router_lsa, sizeof(router_lsa), 5 * SEC);
    for (uint64_t due = 6; due < 4000; due += 331) { /* farther away than the wheel is round, too */
        n = 0;
        ospf_lsdb_schedule(e, due * SEC);
        ospf_lsdb_tick(f.lsdb, due * SEC - 1, count_due, &n);
        assert_int_equal(n, 0);
        ospf_lsdb_tick(f.lsdb, due * SEC, count_due, &n);
        assert_int_equal(n, 1);
        ospf_lsdb_tick(f.lsdb, (due + 300) * SEC, count_due, &n);
        assert_int_equal(n, 1);
    }
    ospf_lsdb_schedule(e, 10000 * SEC);
    ospf_lsdb_schedule(e, 20000 * SEC); /* moves it */
    ospf_lsdb_tick(f.lsdb, 15000 * SEC, count_due, &n);
    assert_int_equal(n, 1);
    ospf_lsdb_tick(f.lsdb, 30000 * SEC, again, &n); /* a long jump */
    assert_int_equal(n, 2);
    ospf_lsdb_tick(f.lsdb, 30001 * SEC, count_due, &n);
    assert_int_equal(n, 3);
    end(&f);
}

static void test_lsdb__flushing(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 0);
    struct ospf_lsdb_entry *e = put(&f, router_lsa, sizeof(router_lsa), SEC);
    put(&f, network_lsa, sizeof(network_lsa), SEC);
    assert_null(ospf_lsdb_first_flushing(f.lsdb));
    struct ospf_lsa *old = ospf_lsa_create_max_age(e->lsa, 2 * SEC);
    assert_false(ospf_lsa_is_same_content(e->lsa, old));
    ospf_lsdb_install(f.lsdb, old, 2 * SEC);
    assert_true(e->is_flushing);
    assert_ptr_equal(ospf_lsdb_first_flushing(f.lsdb), e);
    assert_null(ospf_lsdb_next_flushing(e));
    put(&f, router_tos_lsa, sizeof(router_tos_lsa), 3 * SEC); /* it lives again */
    assert_false(e->is_flushing);
    assert_null(ospf_lsdb_first_flushing(f.lsdb));
    end(&f);
}

static void test_lsdb__references(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 0);
    struct ospf_lsdb_entry *e = put(&f, router_lsa, sizeof(router_lsa), SEC);
    struct ospf_lsa *kept = ospf_lsa_ref(e->lsa);
    put(&f, router_tos_lsa, sizeof(router_tos_lsa), 3 * SEC);
    assert_int_equal(kept->h.seq, OSPF_SEQ_INITIAL);
    ospf_lsa_unref(kept);
    ospf_lsa_unref(NULL);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lsdb__find_and_replace), cmocka_unit_test(test_lsdb__age),
        cmocka_unit_test(test_lsdb__comes_due_once),   cmocka_unit_test(test_lsdb__flushing),
        cmocka_unit_test(test_lsdb__references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
