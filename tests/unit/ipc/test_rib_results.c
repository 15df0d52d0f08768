/* SPDX-License-Identifier: Apache-2.0
 *
 * Results of labels that wait to be sent, against a plain list: one row a label, in the order in which the labels were
 * first told, the last word of each, and none of a label that was taken back. Labels are few and far apart, so that
 * many share what tells new ones from those that wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/rib_msg.h"
#include "lib/ipc/rib_server_private.h"

enum { ROWS = 1 << 17, APART = 64 * 64, STEPS = 200000 };

struct model {
    size_t n, first; /* those before are sent */
    struct {
        uint32_t label, scope;
        uint8_t status; /* 0: taken back */
        bool has_reason;
    } row[ROWS];
};

static struct model model;

static size_t find(uint32_t label)
{
    for (size_t i = model.first; i < model.n; i++) {
        if (model.row[i].label == label)
            return i;
    }
    return model.n;
}

static void add(struct rib_results *q, uint32_t label, uint8_t status, uint32_t scope, bool has_reason)
{
    struct rib_label_result r = {.in_label = label, .status = status, .scope = scope};
    size_t at = find(label);

    if (has_reason)
        snprintf(r.reason, sizeof(r.reason), "because of %u", label);
    rib_results_add(q, &r);
    assert_true(at < ROWS);
    model.n += at == model.n;
    model.row[at].label = label;
    model.row[at].status = status;
    model.row[at].scope = scope;
    model.row[at].has_reason = has_reason;
}

static void drop(struct rib_results *q, uint32_t label)
{
    size_t at = find(label);

    rib_results_drop(q, label);
    if (at < model.n)
        model.row[at].status = 0;
}

static void compare(const struct rib_results *q)
{
    const struct rib_row_label_result *rows = q->rows.data;

    assert_int_equal(rib_results_waiting(q), model.n - model.first);
    for (size_t i = 0; i < model.n - model.first; i++) {
        const struct rib_row_label_result *row = &rows[q->n_sent + i];
        size_t k = model.first + i;

        assert_int_equal(row->in_label, model.row[k].label);
        assert_int_equal(row->status, model.row[k].status);
        if (!row->status)
            continue;
        assert_int_equal(row->scope, model.row[k].scope);
        assert_int_equal(row->reason != NULL, model.row[k].has_reason);
    }
}

static void encode(struct rib_results *q, struct rib_msg_buf *buf)
{
    size_t n = 0, end = model.n - model.first < RIB_BATCH_MAX ? model.n : model.first + RIB_BATCH_MAX;

    for (; model.first < end; model.first++)
        n += model.row[model.first].status != 0;
    assert_int_equal(rib_results_encode(q, buf, 0), n > 0);
    if (model.first == model.n)
        model.first = model.n = 0;
}

static void run(uint32_t n_labels, unsigned reads)
{
    struct rib_results q = {0};
    struct rib_msg_buf buf = {0};

    model.n = model.first = 0;
    for (int step = 0; step < STEPS && model.n < ROWS - 1; step++) {
        uint32_t i = (uint32_t)rand() % n_labels, label = 16 + i % 7 * APART + i / 7;

        if (rand() % 8 == 0)
            drop(&q, label);
        else
            add(&q, label, (uint8_t)(1 + rand() % 3), (uint32_t)rand() % 4, rand() % 4 == 0);
        if ((unsigned)rand() % 1000 < reads)
            encode(&q, &buf);
        if (step % 997 == 0)
            compare(&q);
    }
    while (rib_results_waiting(&q)) {
        encode(&q, &buf);
        compare(&q);
    }
    rib_results_fini(&q);
    rib_msg_buf_fini(&buf);
}

static void test_results__random(void **state)
{
    (void)state;
    srand(11);
    run(20, 100); /* a client that reads at once */
    run(300, 20);
    run(3000, 0); /* that does not read */
    run(3000, 1); /* that reads now and then, in several messages */
}

/* Nothing is searched, and no index made, while each label is told once. */
static void test_results__of_new_labels_need_no_index(void **state)
{
    struct rib_results q = {0};
    struct rib_msg_buf buf = {0};

    (void)state;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < RIB_BATCH_MAX; i++)
            rib_results_add(&q, &(struct rib_label_result){.in_label = 16 + round * RIB_BATCH_MAX + i, .status = 1});
        assert_int_equal(q.by_label.n, 0);
        assert_true(rib_results_encode(&q, &buf, 0));
    }
    assert_null(q.by_label.slots);
    rib_results_fini(&q);
    rib_msg_buf_fini(&buf);
}

/* What one message leaves over is known still: it is not told twice, and can be taken back. */
static void test_results__left_over_by_a_message(void **state)
{
    enum { LEFT = 500 };
    struct rib_results q = {0};
    struct rib_msg_buf buf = {0};
    uint32_t first = 16 + RIB_BATCH_MAX;

    (void)state;
    model.n = model.first = 0;
    for (uint32_t i = 0; i < RIB_BATCH_MAX + LEFT; i++)
        add(&q, 16 + i, 1, 0, i % 2);
    encode(&q, &buf);
    assert_int_equal(rib_results_waiting(&q), LEFT);
    for (uint32_t i = 0; i < LEFT; i += 3)
        add(&q, first + i, 2, 1, i % 2 == 0);
    for (uint32_t i = 0; i < LEFT; i += 5)
        drop(&q, first + i);
    compare(&q);
    encode(&q, &buf);
    assert_int_equal(rib_results_waiting(&q), 0);
    rib_results_fini(&q);
    rib_msg_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results__random),
        cmocka_unit_test(test_results__left_over_by_a_message),
        cmocka_unit_test(test_results__of_new_labels_need_no_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
