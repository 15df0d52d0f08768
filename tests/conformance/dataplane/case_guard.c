/* SPDX-License-Identifier: Apache-2.0
 *
 * The label guard: what a guarded port lets in, the order of hook and input, and its loss.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/dataplane/suite.h"

/* Ports 0 and 1 are guarded, 2 is the core. Labels 100 (given at port 0) and 101 lead to the core, 102 to port 1. */
static void start(struct bench *b)
{
    struct dp_nexthop nh;

    bench_start(b);
    need_guard(b);
    for (unsigned i = 0; i < FX_PORTS; i++)
        bench_wait_up(b, i, true);
    nh = hop(b, 2, "200");
    put_label(b, 100, &nh, 1);
    nh = hop(b, 2, "201");
    put_label(b, 101, &nh, 1);
    nh = hop(b, 1, "202");
    put_label(b, 102, &nh, 1);
    guard_port_on(b, 0, true);
    guard_port_on(b, 1, true);
    guard_label(b, 0, 100, true);
    assert_int_equal(bench_flush(b), 0);
    for (unsigned i = 0; i < FX_PORTS; i++)
        accept_labels(b, i);
}

static void test_guard__passes_given_labels_only(void **state)
{
    struct bench *b = *state;

    start(b);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_forwarded(b, 0, 2, "100/16", "20.0.0.9", "200/16"); /* what is below is the customer's business */
    assert_dropped(b, 0, "101", "20.0.0.9");
    assert_dropped(b, 1, "100", "20.0.0.9"); /* given elsewhere */
    assert_dropped(b, 0, "0/101", "20.0.0.9");
    assert_dropped(b, 0, "0", "20.0.0.9");
    assert_dropped(b, 0, "1/101", "20.0.0.9");
    assert_forwarded(b, 2, 1, "102", "20.0.0.9", "202"); /* the core is trusted */
    assert_int_equal(b->ops->guard_drops(b->dp, b->port[0]), 4);
    assert_int_equal(b->ops->guard_drops(b->dp, b->port[1]), 1);
    assert_int_equal(b->ops->guard_drops(b->dp, b->port[2]), 0);
}

static void test_guard__labels_come_and_go(void **state)
{
    struct bench *b = *state;

    start(b);
    guard_label(b, 0, 101, true);
    guard_label(b, 0, 101, true); /* so already */
    guard_label(b, 0, 100, false);
    guard_label(b, 0, 5555, false); /* absent */
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    assert_dropped(b, 0, "100", "20.0.0.9");
    guard_port_on(b, 0, false);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    guard_port_on(b, 0, true); /* its labels were kept */
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    assert_dropped(b, 0, "100", "20.0.0.9");
}

static void test_guard__refuses_reserved_labels(void **state)
{
    struct bench *b = *state;

    start(b);
    for (uint32_t label = 0; label < LABEL_FIRST_UNRESERVED; label++) {
        guard_label(b, 0, label, true);
        assert_int_equal(bench_flush(b), -EINVAL);
    }
    guard_label(b, 0, LABEL_MAX + 1, true);
    assert_int_equal(bench_flush(b), -EINVAL);
    b->ops->guard_set(b->dp, ++b->cookie, 4711, 100, true);
    assert_int_equal(bench_flush(b), -ENODEV);
    assert_int_equal(holdings(b).n_guard, 1);
}

static void test_guard__hook_comes_before_input(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start(b);
    need_guard(b);
    nh = hop(b, 2, "200");
    put_label(b, 100, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    guard_port_on(b, 0, true); /* queued, not flushed */
    accept_labels(b, 0);       /* at once */
    assert_dropped(b, 0, "100", "20.0.0.9");
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->n_results, 1);
    assert_dropped(b, 0, "100", "20.0.0.9");
}

static void test_guard__many_labels(void **state)
{
    struct bench *b = *state;

    start(b);
    for (uint32_t i = 0; i < 5000; i++)
        guard_label(b, 0, 20000 + i * 7, true);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_guard, 5001);
    bench_restart(b);
    assert_int_equal(holdings(b).n_guard, 5001);
    for (uint32_t i = 0; i < 5000; i++)
        guard_label(b, 0, 20000 + i * 7, false);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(holdings(b).n_guard, 1);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
}

static void test_guard__survives_a_restart(void **state)
{
    struct bench *b = *state;

    start(b);
    b->ops->destroy(b->dp); /* crash: nobody is there */
    b->dp = fx_backend.dataplane(b->fx);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
    bench_restart(b);
    assert_int_equal(holdings(b).n_guard, 1);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
    guard_port_on(b, 0, true);
    guard_label(b, 0, 100, true);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_int_equal(b->ops->guard_drops(b->dp, b->port[0]), 2);
}

static void test_guard__is_restored_after_a_flush(void **state)
{
    struct bench *b = *state;

    start(b);
    bench_run(b, NULL, 50);
    assert_int_equal(b->guard_losses, 0); /* our own changes are no loss */
    fx_backend.foreign_flush_ruleset(b->fx);
    bench_wait_guard(b);
    assert_false(b->input_at_loss[0]); /* nothing gets in while it is away */
    assert_false(b->input_at_loss[1]);
    assert_true(b->input_at_loss[2]); /* not guarded */
    bench_run(b, NULL, 50);
    assert_int_equal(b->guard_losses, 1);
    assert_true(fx_backend.accepts_labels(b->fx, 0));
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
    assert_dropped(b, 1, "100", "20.0.0.9");
}

/* From the flush on, before anybody has heard of it. */
static void test_guard__a_flush_lets_nothing_in(void **state)
{
    struct bench *b = *state;

    start(b);
    for (int i = 0; i < 3; i++) {
        bench_forget(b);
        fx_backend.foreign_flush_ruleset(b->fx);
        assert_true(fx_backend.accepts_labels(b->fx, 0));
        assert_dropped(b, 0, "101", "20.0.0.9");
        assert_dropped(b, 1, "102", "20.0.0.9");
        assert_forwarded(b, 2, 1, "102", "20.0.0.9", "202"); /* not guarded */
        bench_wait_guard(b);
        assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
        assert_dropped(b, 0, "101", "20.0.0.9");
    }
    guard_port_on(b, 0, false); /* no seal is left behind */
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    guard_port_on(b, 0, true);
    assert_int_equal(bench_flush(b), 0);
    bench_restart(b);
    fx_backend.foreign_flush_ruleset(b->fx);
    assert_dropped(b, 0, "101", "20.0.0.9");
    bench_switch_guard(b, false);
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
}

static void test_guard__is_restored_after_restart_and_flush(void **state)
{
    struct bench *b = *state;

    start(b);
    bench_restart(b); /* nobody has said again what is to be let in */
    fx_backend.foreign_flush_ruleset(b->fx);
    bench_wait_guard(b);
    assert_false(b->input_at_loss[0]);
    assert_true(fx_backend.accepts_labels(b->fx, 0));
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
}

static void test_guard__flush_between_write_and_event(void **state)
{
    struct bench *b = *state;

    start(b);
    fx_backend.foreign_flush_ruleset(b->fx);
    guard_label(b, 0, 101, true); /* the loss is not known yet */
    assert_int_equal(bench_flush(b), 0);
    bench_run(b, NULL, 50);
    assert_true(fx_backend.accepts_labels(b->fx, 0));
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    assert_dropped(b, 1, "100", "20.0.0.9");
}

static bool is_told_off(void *arg)
{
    const struct bench *b = arg;

    return b->started > 0 && b->guard_switches > 0 && !b->is_guard_on;
}

static void test_guard__switched_off_before_the_start(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX];

    start(b);
    bench_renew(b);
    assert_int_equal(b->ops->guard_enable(b->dp, false, why), -EINPROGRESS); /* an earlier life has left its tables */
    bench_begin(b);
    assert_true(bench_run(b, is_told_off, WAIT_MS));
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    bench_switch_guard(b, true);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
}

static bool is_input_back(void *arg)
{
    return fx_backend.accepts_labels(((struct bench *)arg)->fx, 0);
}

static void test_guard__can_be_switched_off(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX];

    start(b);
    bench_switch_guard(b, false);
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    guard_label(b, 0, 100, false); /* remembered */
    guard_label(b, 0, 101, true);
    assert_int_equal(bench_flush(b), 0);
    assert_forwarded(b, 1, 2, "100", "20.0.0.9", "200");
    assert_int_equal(b->ops->guard_enable(b->dp, true, why), -EINPROGRESS);
    assert_dropped(b, 0, "100", "20.0.0.9"); /* at once */
    assert_true(bench_run(b, is_input_back, WAIT_MS));
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    assert_dropped(b, 0, "100", "20.0.0.9");
    assert_dropped(b, 1, "101", "20.0.0.9");
    bench_run(b, NULL, 50);
    assert_int_equal(b->guard_losses, 0);
}

static void test_guard__sees_through_priority_tags(void **state)
{
    struct bench *b = *state;
    struct fx_packet sent, got;

    start(b);
    for (uint8_t tags = 0; tags <= 3; tags++) {
        sent = packet(b, "101", "20.0.0.9");
        sent.priority_tags = tags;
        fx_backend.send(b->fx, 0, &sent);
        while (fx_backend.receive(b->fx, 2, &got, SILENCE_MS))
            if (got.id == sent.id)
                fail_msg("forged label behind %u priority tags passed", tags);
    }
    sent = packet(b, "100", "20.0.0.9");
    sent.priority_tags = 1; /* legal, and the label is his */
    fx_backend.send(b->fx, 0, &sent);
    assert_true(fx_backend.receive(b->fx, 2, &got, WAIT_MS));
    assert_int_equal(got.id, sent.id);
}

static void test_guard__works_on_an_enslaved_port(void **state)
{
    struct bench *b = *state;

    start(b);
    need_vrf(b);
    make_vrf(b, "vrfA", 20);
    enslave(b, 0, "vrfA");
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
}

static bool is_switched(void *arg)
{
    return ((struct bench *)arg)->guard_switches > 0;
}

/* Whoever asks, and however often: what is told is so, for the first packet after it. */
static void test_guard__is_as_switched_when_told(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX];

    start(b);
    for (int i = 0; i < 5; i++) {
        bench_switch_guard(b, false);
        assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
        bench_switch_guard(b, true);
        assert_true(fx_backend.accepts_labels(b->fx, 0));
        assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
        assert_dropped(b, 0, "101", "20.0.0.9");
    }
    bench_forget(b);
    assert_int_equal(b->ops->guard_enable(b->dp, false, why), -EINPROGRESS);
    assert_int_equal(b->ops->guard_enable(b->dp, false, why), -EINPROGRESS); /* another operator */
    assert_int_equal(b->ops->guard_enable(b->dp, true, why), -EINPROGRESS);  /* who has the last word */
    assert_int_equal(b->ops->guard_enable(b->dp, true, why), -EINPROGRESS);
    assert_true(bench_run(b, is_switched, WAIT_MS));
    assert_true(b->is_guard_on);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
    assert_int_equal(b->guard_switches, 1);
}

/* Its chain cannot be made where it was meant to be. */
static void test_guard__switched_while_a_port_is_made_anew(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX];

    start(b);
    for (int is_on = 0; is_on < 2; is_on++) {
        bench_forget(b);
        assert_int_equal(b->ops->guard_enable(b->dp, is_on, why), -EINPROGRESS);
        fx_backend.foreign_recreate(b->fx, 1);
        assert_true(bench_run(b, is_switched, WAIT_MS));
        assert_true(b->is_guard_on == is_on);
        if (is_on) {
            assert_dropped(b, 0, "101", "20.0.0.9");
            assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
        } else {
            assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
        }
        b->port[1] = fx_backend.ifindex(b->fx, "p1");
        bench_wait_up(b, 1, true);
        accept_labels(b, 1);
        guard_port_on(b, 1, true);
        assert_int_equal(bench_flush(b), 0);
        if (is_on)
            assert_dropped(b, 1, "100", "20.0.0.9");
        else
            assert_forwarded(b, 1, 2, "100", "20.0.0.9", "200");
    }
}

/* A restart is the end of it: the guard is on. */
static void test_guard__is_on_after_a_restart(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX];

    start(b);
    assert_int_equal(b->ops->guard_enable(b->dp, false, why), -EINPROGRESS);
    bench_restart(b);
    for (unsigned i = 0; i < FX_PORTS; i++)
        accept_labels(b, i);
    guard_port_on(b, 0, true);
    guard_label(b, 0, 100, true);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->ops->guard_enable(b->dp, true, why), 0);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
}

static void keep_text(void *arg, const char *difference)
{
    struct bench *b = arg;

    snprintf(b->last_error, sizeof(b->last_error), "%s", difference);
}

/* Only a fault of our own can break it; and who would know before the next flush? */
static void test_guard__audit_mends_the_seal(void **state)
{
    struct bench *b = *state;

    start(b);
    assert_int_equal(b->ops->audit(b->dp, false, keep_text, b), 0);
    fx_backend.break_seal(b->fx, b->dp, 0);
    assert_int_equal(b->ops->audit(b->dp, false, keep_text, b), 1);
    assert_non_null(strstr(b->last_error, "seal"));
    assert_int_equal(b->ops->audit(b->dp, true, NULL, NULL), 1);
    bench_run(b, NULL, 1000);
    assert_int_equal(b->ops->audit(b->dp, false, keep_text, b), 0);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    fx_backend.foreign_flush_ruleset(b->fx);
    assert_dropped(b, 0, "101", "20.0.0.9");
    bench_wait_guard(b);
}

/* What is let in comes before entries, what is not any more after them; but the last word for a label counts. */
static void test_guard__order_within_a_batch(void **state)
{
    struct bench *b = *state;

    start(b);
    guard_label(b, 0, 100, false);
    guard_label(b, 0, 100, true);
    guard_label(b, 0, 101, true);
    guard_label(b, 0, 101, false);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->n_results, 4);
    assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
    assert_dropped(b, 0, "101", "20.0.0.9");
    guard_label(b, 0, 101, true);
    guard_label(b, 0, 101, false);
    guard_label(b, 0, 101, true);
    guard_label(b, 0, 100, false);
    b->ops->label_del(b->dp, ++b->cookie, 100);
    assert_int_equal(bench_flush(b), 0);
    assert_dropped(b, 0, "100", "20.0.0.9");
    assert_forwarded(b, 0, 2, "101", "20.0.0.9", "201");
    assert_int_equal(holdings(b).n_guard, 1);
}

int run_guard_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_guard__passes_given_labels_only),
        CASE(test_guard__labels_come_and_go),
        CASE(test_guard__refuses_reserved_labels),
        CASE(test_guard__hook_comes_before_input),
        CASE(test_guard__many_labels),
        CASE(test_guard__survives_a_restart),
        CASE(test_guard__is_restored_after_a_flush),
        CASE(test_guard__a_flush_lets_nothing_in),
        CASE(test_guard__is_restored_after_restart_and_flush),
        CASE(test_guard__flush_between_write_and_event),
        CASE(test_guard__can_be_switched_off),
        CASE(test_guard__switched_off_before_the_start),
        CASE(test_guard__is_as_switched_when_told),
        CASE(test_guard__switched_while_a_port_is_made_anew),
        CASE(test_guard__is_on_after_a_restart),
        CASE(test_guard__sees_through_priority_tags),
        CASE(test_guard__works_on_an_enslaved_port),
        CASE(test_guard__audit_mends_the_seal),
        CASE(test_guard__order_within_a_batch),
    };

    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
