/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries that change while the kernel's answers are under way: each owner hears in the end how each of its
 * entries stands, nothing of one that it deleted, and a refusal in the middle of a batch finds its entry.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recount.h"
#include "world.h"

#define BGP  RIB_CLIENT_BGPD
#define LDP  RIB_CLIENT_LDPD
#define HOPS "10.9.1.2 dev 2"
enum { FIRST = 100, LABELS = 24, STEPS = 3000, FIRST_SEC = 1000 };

static int setup(void **state)
{
    static struct world w;

    world_init(&w);
    w.now_sec = FIRST_SEC;
    iface(&w, 1, "lo", 0, "10.1.0.1/32", false, false);
    iface(&w, 2, "eth0", 0, "10.9.1.1/24", true, false);
    *state = &w;
    return 0;
}

static void pass(struct world *w, unsigned sec)
{
    for (unsigned i = 0; i < sec; i++) {
        w->now_sec++;
        ribd_rib_retry_due(w->rib);
        settle(w);
    }
}

/* All that is under way, and what follows of it. */
static void answer(struct world *w)
{
    for (int i = 0; i < 20; i++) {
        settle(w);
        fake_dp_answer(w->dp);
    }
    settle(w);
}

static size_t n_said_of(const struct world *w, uint32_t label)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_said; i++)
        n += w->said[i].kind == SAID_LABEL && w->said[i].label.in_label == label;
    return n;
}

static const struct label_stack *stack_of(const struct world *w, uint32_t label)
{
    for (size_t i = 0; i < w->dp->n_labels; i++) {
        if (w->dp->labels[i]->in_label == label)
            return &w->dp->labels[i]->nexthops[0].label.stack;
    }
    fail_msg("no entry of label %u", label);
    return NULL;
}

static void test_in_flight__refusal_in_the_middle_of_a_batch(void **state)
{
    struct world *w = *state;

    w->dp->is_deferred = true;
    for (uint32_t i = 0; i < LABELS; i++) {
        swap(w, BGP, FIRST + i, 0, HOPS, 1000 + i, 0);
        w->dp->refuse_labels = i == LABELS / 2 ? -ENOSPC : 0;
        ribd_rib_settle(w->rib);
    }
    assert_int_equal(w->n_said, 0); /* before the kernel has answered */
    answer(w);
    for (uint32_t i = 0; i < LABELS; i++) {
        bool is_refused = i == LABELS / 2;

        assert_int_equal(n_said_of(w, FIRST + i), 1);
        assert_int_equal(said_label(w, FIRST + i)->status, is_refused ? RIB_LABEL_FAILED : RIB_LABEL_INSTALLED);
        assert_string_equal(said_label(w, FIRST + i)->reason, is_refused ? "refused by the test" : "");
    }
    assert_int_equal(recount(w->rib), 0);
    pass(w, 1);
    answer(w);
    assert_int_equal(said_label(w, FIRST + LABELS / 2)->status, RIB_LABEL_INSTALLED);
    assert_int_equal(w->n_said, LABELS + 1); /* of no other once more */
    assert_false(ribd_rib_has_failures(w->rib));
}

static void test_in_flight__changed_again(void **state)
{
    struct world *w = *state;

    w->dp->is_deferred = true;
    swap(w, BGP, FIRST, 0, HOPS, 17, 0);
    settle(w);
    swap(w, BGP, FIRST, 0, HOPS, 18, 0);
    settle(w);
    swap(w, BGP, FIRST, 0, "10.9.1.3 dev 2", 19, 0);
    settle(w);
    assert_int_equal(w->dp->n_results, 3);
    answer(w);
    assert_int_equal(w->n_said, 1);
    assert_int_equal(said_label(w, FIRST)->status, RIB_LABEL_INSTALLED);
    assert_string_equal(fake_dp_label(w->dp, FIRST), "10.9.1.3 dev 2 19");
}

/* The first write is refused, the one behind it is not: it is written once more, since nobody knows which came last. */
static void test_in_flight__changed_while_refused(void **state)
{
    struct world *w = *state;

    w->dp->is_deferred = true;
    w->dp->refuse_labels = -ENOBUFS;
    swap(w, BGP, FIRST, 0, HOPS, 17, 0);
    ribd_rib_settle(w->rib);
    w->dp->refuse_labels = 0;
    swap(w, BGP, FIRST, 0, HOPS, 18, 0);
    ribd_rib_settle(w->rib);
    answer(w);
    pass(w, 1);
    answer(w);
    assert_int_equal(said_label(w, FIRST)->status, RIB_LABEL_INSTALLED);
    assert_string_equal(fake_dp_label(w->dp, FIRST), "10.9.1.2 dev 2 18");
    assert_false(ribd_rib_has_failures(w->rib));
}

/* Another depth, then one of before, beneath the same next hops: nothing of one entry is left in the next. */
static void test_in_flight__stacks_of_all_depths_in_one_batch(void **state)
{
    static const uint8_t depths[] = {1, 3, 2, 0, 1, 4, 1, 0, 0, 2};
    struct world *w = *state;
    char text[128];

    for (uint32_t i = 0; i < sizeof(depths); i++) {
        struct rib_label_entry e = {.in_label = FIRST + i,
                                    .op = RIB_LABEL_SWAP,
                                    .nhset = nhset(w, BGP, 0, i % 5 == 4 ? "10.9.1.9 dev 2" : HOPS),
                                    .label = out_label_implicit_null()};

        e.fec.purpose = RIB_LABEL_BGP_LABELED;
        e.label.state = depths[i] ? LABEL_STATE_STACK : LABEL_STATE_IMPLICIT_NULL;
        e.label.stack.depth = depths[i];
        for (uint8_t k = 0; k < depths[i]; k++)
            e.label.stack.label[k] = 1000 + i * 10 + k;
        ribd_rib_label_set(w->rib, BGP, &e);
    }
    settle(w);
    for (uint32_t i = 0; i < sizeof(depths); i++) {
        int n = snprintf(text, sizeof(text), "%s", i % 5 == 4 ? "10.9.1.9 dev 2" : HOPS);

        for (uint8_t k = 0; k < depths[i]; k++)
            n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%u", k ? "/" : " ", 1000 + i * 10 + k);
        assert_string_equal(fake_dp_label(w->dp, FIRST + i), text);
        for (uint8_t k = depths[i]; k < LABEL_STACK_MAX; k++)
            assert_int_equal(stack_of(w, FIRST + i)->label[k], 0);
    }
    assert_int_equal(audit(w, false), 0);
}

static void test_in_flight__client_gone(void **state)
{
    struct world *w = *state;

    w->dp->is_deferred = true;
    swap(w, BGP, FIRST, 0, HOPS, 17, 0);
    swap(w, BGP, FIRST + 1, 0, HOPS, 18, 0);
    ribd_rib_settle(w->rib);
    ribd_rib_client_lost(w->rib, BGP);
    answer(w); /* they stand for who comes back */
    assert_string_equal(fake_dp_label(w->dp, FIRST), "10.9.1.2 dev 2 17");
    swap(w, BGP, FIRST, 0, HOPS, 19, 0);
    ribd_rib_settle(w->rib);
    ribd_rib_client_sweep(w->rib, BGP); /* the other goes, while the first is under way */
    answer(w);
    assert_string_equal(fake_dp_label(w->dp, FIRST), "10.9.1.2 dev 2 19");
    assert_int_equal(said_label(w, FIRST)->status, RIB_LABEL_INSTALLED);
    assert_string_equal(fake_dp_label(w->dp, FIRST + 1), "-");
    assert_int_equal(w->n_gone, 1);
    assert_int_equal(w->gone[0], FIRST + 1);
    assert_false(ribd_rib_label_is_live(w->rib, FIRST + 1));
}

/* Deleted by one, and another's before the kernel has answered: each hears of its own only. */
static void test_in_flight__changes_hands(void **state)
{
    struct world *w = *state;

    w->dp->is_deferred = true;
    swap(w, BGP, FIRST, 0, HOPS, 17, 0);
    ribd_rib_settle(w->rib);
    ribd_rib_label_del(w->rib, BGP, FIRST);
    ribd_rib_settle(w->rib);
    swap(w, LDP, FIRST, 0, HOPS, 27, 0);
    ribd_rib_settle(w->rib);
    answer(w);
    assert_int_equal(w->n_said, 1);
    assert_int_equal(w->said[0].to, LDP);
    assert_int_equal(w->said[0].label.status, RIB_LABEL_INSTALLED);
    assert_string_equal(fake_dp_label(w->dp, FIRST), "10.9.1.2 dev 2 27");
    assert_int_equal(w->n_gone, 0);
}

/* --- at random, against what was asked for last --- */

struct asked {
    bool is_set;
    uint32_t out;
    size_t said_at_delete; /* of it, when it was deleted */
};

static void check(struct world *w, const struct asked *asked)
{
    for (uint32_t i = 0; i < LABELS; i++) {
        char text[64];

        snprintf(text, sizeof(text), "10.9.1.2 dev 2 %u", asked[i].out);
        assert_string_equal(fake_dp_label(w->dp, FIRST + i), asked[i].is_set ? text : "-");
        if (asked[i].is_set)
            assert_int_equal(said_label(w, FIRST + i)->status, RIB_LABEL_INSTALLED);
        else
            assert_int_equal(n_said_of(w, FIRST + i), asked[i].said_at_delete);
        assert_int_equal(ribd_rib_label_is_live(w->rib, FIRST + i), asked[i].is_set);
    }
    assert_int_equal(recount(w->rib), 0);
    assert_false(ribd_rib_has_failures(w->rib));
    assert_int_equal(audit(w, false), 0);
}

static void test_in_flight__random(void **state)
{
    struct world *w = *state;
    struct asked asked[LABELS] = {0};

    srand(7);
    w->dp->is_deferred = true;
    for (int step = 1; step <= STEPS; step++) {
        uint32_t i = (uint32_t)rand() % LABELS;

        w->dp->refuse_labels = rand() % 8 == 0 ? -ENOBUFS : 0;
        if (rand() % 3) {
            asked[i] = (struct asked){.is_set = true, .out = 1000 + (uint32_t)rand() % 4};
            swap(w, BGP, FIRST + i, 0, HOPS, asked[i].out, 0);
        } else {
            ribd_rib_label_del(w->rib, BGP, FIRST + i);
            if (asked[i].is_set)
                asked[i] = (struct asked){.said_at_delete = n_said_of(w, FIRST + i)};
        }
        if (rand() % 2)
            ribd_rib_settle(w->rib);
        if (rand() % 4 == 0)
            fake_dp_answer(w->dp);
        if (step % 100)
            continue;
        w->dp->refuse_labels = 0;
        answer(w);
        for (int sec = 0; sec < 130; sec++) {
            pass(w, 1);
            fake_dp_answer(w->dp);
        }
        answer(w);
        check(w, asked);
        w->n_gone = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_flight__refusal_in_the_middle_of_a_batch, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_in_flight__changed_again, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_in_flight__changed_while_refused, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_in_flight__stacks_of_all_depths_in_one_batch, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_in_flight__client_gone, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_in_flight__changes_hands, setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_in_flight__random, setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
