/* SPDX-License-Identifier: Apache-2.0
 *
 * Labels between a client and ribd over real sockets: blocks, claims, restarts of either side, results of old entries.
 */
#include "tests/unit/ipc/net.h"

#include <errno.h>
#include <stdio.h>

static uint32_t alloc(struct net *n, const char *prefix)
{
    struct rib_fec fec = fec_of(prefix);
    uint32_t label = 0;
    int err = rib_client_label_alloc(n->client, &fec, &label);

    if (err == -EAGAIN) {
        settle(n);
        err = rib_client_label_alloc(n->client, &fec, &label);
    }
    assert_int_equal(err, 0);
    return label;
}

static void test_labels__come_in_blocks_and_are_claimed(void **state)
{
    struct rib_fec fec = fec_of("10.0.0.1/32");
    struct net n;
    uint32_t label;

    (void)state;
    net_open(&n);
    recorder_clear(&n.ribd.rec);
    recorder_clear(&n.rec);
    assert_int_equal(rib_client_label_alloc(n.client, &fec, &label), -EAGAIN);
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "labels_available\n");
    assert_int_equal(rib_client_label_alloc(n.client, &fec, &label), 0);
    assert_int_equal(label, 100);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    assert_int_equal(alloc(&n, "10.0.0.2/32"), 101);
    rib_client_label_free(n.client, 101);
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec), "labels_wanted 32\nlabel_claim 100 fec{ldp 0 10.0.0.1/32 0}\n"
                                                    "label_claim 101 fec{ldp 0 10.0.0.2/32 0}\nlabel_free 101\n");
    assert_int_equal(alloc(&n, "10.0.0.3/32"), 102); /* 101 rests */
    net_close(&n);
}

static void test_labels__a_fec_that_comes_back_has_its_own(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    assert_int_equal(alloc(&n, "10.0.0.2/32"), 101);
    assert_int_equal(alloc(&n, "10.0.0.3/32"), 102);
    settle(&n);
    recorder_clear(&n.ribd.rec);
    rib_client_label_free(n.client, 100); /* in one turn: ribd need not hear of 100 and 101 */
    rib_client_label_free(n.client, 101);
    rib_client_label_free(n.client, 102);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    assert_int_equal(alloc(&n, "10.0.0.2/32"), 101);
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec), "label_free 102\n");
    recorder_clear(&n.ribd.rec);
    assert_int_equal(alloc(&n, "10.0.0.3/32"), 102); /* it has heard of this one */
    rib_client_label_free(n.client, 102);
    rib_client_label_free(n.client, 102); /* once is enough */
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec), "label_claim 102 fec{ldp 0 10.0.0.3/32 0}\nlabel_free 102\n");
    assert_int_equal(alloc(&n, "10.0.0.4/32"), 103);
    net_close(&n);
}

static void test_labels__more_are_asked_for_in_time_and_blocks_grow(void **state)
{
    char text[32];
    struct net n;

    (void)state;
    net_open(&n);
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "10.0.1.%d/32", i);
        alloc(&n, text);
        settle(&n);
    }
    assert_int_equal(recorder_count(&n.ribd.rec, "labels_wanted 32\n"), 1);
    assert_int_equal(recorder_count(&n.ribd.rec, "labels_wanted 128\n"), 1);
    assert_int_equal(recorder_count(&n.ribd.rec, "labels_wanted 512\n"), 1);
    assert_int_equal(recorder_count(&n.rec, "labels_available"), 1); /* only the first time somebody had to wait */
    net_close(&n);
}

static void test_labels__none_left_is_said(void **state)
{
    struct rib_fec fec = fec_of("10.0.0.1/32");
    struct net n;
    uint32_t label;

    (void)state;
    net_open(&n);
    n.ribd.last_label = 0;
    assert_int_equal(rib_client_label_alloc(n.client, &fec, &label), -EAGAIN);
    settle(&n);
    assert_int_equal(recorder_count(&n.rec, "labels_available"), 1);
    assert_int_equal(rib_client_label_alloc(n.client, &fec, &label), -ENOSPC);
    net_close(&n);
}

static void test_labels__survive_a_restart_of_ribd(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    assert_int_equal(alloc(&n, "10.0.0.2/32"), 101);
    assert_int_equal(alloc(&n, "10.0.0.3/32"), 102);
    settle(&n);
    fake_stop(&n.ribd);
    world_run_until(&n.w, is_down, &n);
    recorder_clear(&n.ribd.rec);
    rib_client_label_free(n.client, 102); /* while nobody listens */
    n.ribd.next_label = 500;              /* a new ribd, who knows nothing */
    fake_start(&n.ribd, &n.w.env);
    world_run_until(&n.w, is_up, &n);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    assert_int_equal(alloc(&n, "10.0.0.9/32"), 500); /* not from the old block */
    settle(&n);
    assert_string_equal(
        recorder_text(&n.ribd.rec),
        "opened bgpd\nlabel_claim 100 fec{ldp 0 10.0.0.1/32 0}\nlabel_claim 101 fec{ldp 0 10.0.0.2/32 0}\n"
        "labels_wanted 32\nlabel_claim 500 fec{ldp 0 10.0.0.9/32 0}\n");
    net_close(&n);
}

static void test_labels__survive_a_restart_of_the_client(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    n.ribd.held_label = 777;
    n.ribd.held_fec = fec_of("10.0.0.5/32");
    rib_client_destroy(n.client);
    n.client = rib_client_create(&n.w.env, RIB_CLIENT_BGPD, &client_events, &n);
    world_run_until(&n.w, is_up, &n);
    recorder_clear(&n.ribd.rec);
    assert_int_equal(alloc(&n, "10.0.0.5/32"), 777);
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec), "label_claim 777 fec{ldp 0 10.0.0.5/32 0}\n");
    net_close(&n);
}

static void test_labels__remembered_ones_are_forgotten_at_end_of_replay(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    n.ribd.held_label = 777;
    n.ribd.held_fec = fec_of("10.0.0.5/32");
    rib_client_destroy(n.client);
    n.client = rib_client_create(&n.w.env, RIB_CLIENT_BGPD, &client_events, &n);
    world_run_until(&n.w, is_up, &n);
    rib_client_end_of_replay(n.client);
    assert_int_equal(alloc(&n, "10.0.0.5/32"), 100);
    net_close(&n);
}

static void test_labels__results_of_a_deleted_entry_are_not_taken_for_the_next(void **state)
{
    struct rib_label_entry e = {.in_label = 100, .op = RIB_LABEL_FOLLOW_FEC, .fec = fec_of("10.0.0.1/32")};
    struct net n;

    (void)state;
    net_open(&n);
    recorder_clear(&n.rec);
    rib_client_label_set(n.client, &e);
    settle(&n);
    say_installed(&n, 100, "old"); /* under way while the client deletes and sets again */
    rib_client_label_del(n.client, 100);
    rib_client_label_set(n.client, &e);
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "");
    say_installed(&n, 100, "new");
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "label_result 100 status=1 scope=0 \"new\" epoch=0\n");
    net_close(&n);
}

static void test_labels__an_entry_of_the_same_turn_is_the_claim(void **state)
{
    struct rib_label_entry e = {.op = RIB_LABEL_FOLLOW_FEC, .fec = fec_of("10.0.0.1/32")};
    struct net n;

    (void)state;
    net_open(&n);
    e.in_label = alloc(&n, "10.0.0.1/32");
    alloc(&n, "10.0.0.2/32");
    rib_client_label_set(n.client, &e);
    settle(&n);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_claim"), 1);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_claim 101 fec{ldp 0 10.0.0.2/32 0}\n"), 1);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_set 100 "), 1);
    rib_client_label_free(n.client, 100);
    settle(&n);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    e.fec = fec_of("10.0.0.9/32"); /* a daemon that errs: its claim is told as it is */
    rib_client_label_set(n.client, &e);
    settle(&n);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_claim 100 fec{ldp 0 10.0.0.1/32 0}\n"), 1);
    net_close(&n);
}

/* ribd died, and somebody else claimed first. */
static void test_labels__one_that_is_anothers_is_replaced(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    assert_int_equal(alloc(&n, "10.0.0.2/32"), 101);
    rib_client_label_free(n.client, 101);
    settle(&n);
    recorder_clear(&n.rec);
    recorder_clear(&n.ribd.rec);
    rib_session_label_refused(n.ribd.session, 100, "another's");
    rib_session_label_refused(n.ribd.session, 101, "another's"); /* only remembered: nobody need hear of it */
    rib_session_label_refused(n.ribd.session, 100, "another's"); /* the claim and the entry */
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "label_lost 100 10.0.0.1/32\n");
    rib_client_label_free(n.client, 100); /* not ours to give back */
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 102);
    assert_int_equal(alloc(&n, "10.0.0.2/32"), 103);
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec),
                        "label_claim 102 fec{ldp 0 10.0.0.1/32 0}\nlabel_claim 103 fec{ldp 0 10.0.0.2/32 0}\n");
    recorder_clear(&n.rec);
    rib_session_label_refused(n.ribd.session, 100, "another's"); /* again, later: nobody has it of us */
    settle(&n);
    assert_string_equal(recorder_text(&n.rec), "label_result 100 status=3 scope=0 \"another's\" epoch=0\n");
    net_close(&n);
}

static void test_labels__those_in_store_go_back_when_they_are_short(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    settle(&n);
    recorder_clear(&n.ribd.rec);
    rib_session_labels_short(n.ribd.session, false);
    settle(&n);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_free"), 32 - 1 - RIB_LABELS_KEPT);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_free 100\n"), 0);
    recorder_clear(&n.ribd.rec);
    rib_session_labels_short(n.ribd.session, false);
    settle(&n);
    assert_string_equal(recorder_text(&n.ribd.rec), ""); /* a few remain */
    assert_int_equal(alloc(&n, "10.0.0.2/32"), 101);
    settle(&n);
    assert_int_equal(recorder_count(&n.ribd.rec, "labels_wanted 32\n"), 1);
    net_close(&n);
}

static void test_labels__all_in_store_go_back_when_the_ranges_change(void **state)
{
    struct net n;

    (void)state;
    net_open(&n);
    assert_int_equal(alloc(&n, "10.0.0.1/32"), 100);
    settle(&n);
    recorder_clear(&n.ribd.rec);
    rib_session_labels_short(n.ribd.session, true);
    settle(&n);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_free"), 32 - 1);
    assert_int_equal(recorder_count(&n.ribd.rec, "label_free 100\n"), 0); /* it is in use */
    net_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels__come_in_blocks_and_are_claimed),
        cmocka_unit_test(test_labels__a_fec_that_comes_back_has_its_own),
        cmocka_unit_test(test_labels__more_are_asked_for_in_time_and_blocks_grow),
        cmocka_unit_test(test_labels__none_left_is_said),
        cmocka_unit_test(test_labels__survive_a_restart_of_ribd),
        cmocka_unit_test(test_labels__survive_a_restart_of_the_client),
        cmocka_unit_test(test_labels__remembered_ones_are_forgotten_at_end_of_replay),
        cmocka_unit_test(test_labels__results_of_a_deleted_entry_are_not_taken_for_the_next),
        cmocka_unit_test(test_labels__an_entry_of_the_same_turn_is_the_claim),
        cmocka_unit_test(test_labels__one_that_is_anothers_is_replaced),
        cmocka_unit_test(test_labels__those_in_store_go_back_when_they_are_short),
        cmocka_unit_test(test_labels__all_in_store_go_back_when_the_ranges_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
