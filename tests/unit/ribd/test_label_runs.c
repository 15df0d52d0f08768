/* SPDX-License-Identifier: Apache-2.0
 *
 * Fresh labels are taken in runs: the same labels, in the same order, and the mark as far as one by one. Ranges with
 * reserved ones, a past that rests (around the end of the range, too), labels that are held, found or others' in the
 * middle, ranges that change between two blocks, and what follows when the past has rested, at random. The seed is
 * printed; SEED repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/label/manager.h"

enum { RUNS = 800, LABELS = 400, LOW = 16 };
#define NOW 1000000ull

static uint64_t rng;

static uint32_t rnd(uint32_t below)
{
    rng = rng * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(rng >> 33) % below;
}

/* One label after the other. */
struct model {
    struct label_ranges range;
    struct label_past past;
    uint32_t at, left;
    uint32_t recycle_at; /* the past, when it has rested */
    uint64_t walked, now;
    bool is_taken[LABELS + 1], is_fresh[LABELS + 1];
};

static bool is_of(const struct label_past *p, uint32_t label)
{
    if (p->from <= p->mark)
        return label >= p->from && label < p->mark;
    return label >= p->from || label < p->mark;
}

static bool is_past(const struct model *m, uint32_t label)
{
    return is_of(&m->past, label);
}

static bool is_reserved(const struct model *m, uint32_t label)
{
    for (size_t i = 0; i < m->range.n_reserved; i++)
        if (label >= m->range.reserved[i].first && label <= m->range.reserved[i].last)
            return true;
    return false;
}

static uint32_t next_past(struct model *m)
{
    while (m->now >= NOW + LABEL_REST_US && m->recycle_at <= m->range.last) {
        uint32_t label = m->recycle_at++;

        if (m->is_taken[label] || is_reserved(m, label))
            continue;
        m->is_taken[label] = true;
        return label;
    }
    return 0;
}

/* 0: that was all. */
static uint32_t next(struct model *m)
{
    while (m->left > 0) {
        uint32_t label = m->at;

        m->at = label == m->range.last ? m->range.first : label + 1;
        m->left--;
        m->walked++;
        if (m->is_taken[label] || is_reserved(m, label) || is_past(m, label))
            continue;
        m->is_taken[label] = m->is_fresh[label] = true;
        return label;
    }
    return next_past(m);
}

static void set_range(struct model *m)
{
    struct label_ranges *r = &m->range;
    uint32_t at = LOW;

    memset(r, 0, sizeof(*r));
    r->static_first = 1;
    r->first = LOW + rnd(200);
    r->last = r->first + rnd(LABELS - r->first);
    for (uint32_t n = rnd(6); n > 0 && at < LABELS; n--) {
        struct label_span *s = &r->reserved[r->n_reserved++];

        s->first = at + rnd(60);
        s->last = s->first + (rnd(2) ? 0 : rnd(20));
        at = s->last + 1; /* the next one may follow at once */
    }
    m->at = m->past.mark >= r->first && m->past.mark <= r->last ? m->past.mark : r->first;
    m->left = r->last - r->first + 1;
    m->recycle_at = r->first;
}

static void disturb(struct label_manager *m, struct model *model, uint32_t host)
{
    const struct rib_fec fec = {.purpose = RIB_LABEL_LDP, .prefix = prefix_v4(0x0a000000 + host, 32)};
    uint32_t label = LOW + rnd(LABELS - LOW);

    if (model->is_taken[label])
        return;
    switch (rnd(3)) {
    case 0:
        assert_int_equal(ribd_labels_claim(m, RIB_CLIENT_LDPD, label, &fec, model->now), 0);
        break;
    case 1:
        ribd_labels_reserve(m, label);
        break;
    default:
        ribd_labels_others(m, label, true, model->now);
    }
    model->is_taken[label] = true;
}

/* Whoever comes after us with the mark alone gives none of them to another. */
static void check_mark(const struct label_manager *m, const struct model *model)
{
    struct label_past p = ribd_labels_past(m, 0, model->now);

    for (uint32_t label = LOW; label <= LABELS; label++)
        assert_true(!model->is_fresh[label] || is_of(&p, label));
}

static void run(struct model *model)
{
    uint32_t out[LABELS], host = 0;
    struct label_manager *m;

    memset(model, 0, sizeof(*model));
    if (rnd(3)) {
        model->past.from = LOW + rnd(LABELS);
        model->past.mark = rnd(4) ? LOW + rnd(LABELS) : model->past.from + 1;
    }
    model->now = NOW;
    set_range(model);
    m = ribd_labels_create(model->range.first, model->range.last, model->past, NOW);
    ribd_labels_set_ranges(m, &model->range);
    for (uint32_t n = rnd(40); n > 0; n--)
        disturb(m, model, host++);
    for (int blocks = 0; blocks < 40; blocks++) {
        size_t n = ribd_labels_block(m, RIB_CLIENT_BGPD, 1 + rnd(40), model->now, out), wrong = 0;

        for (size_t i = 0; i < n; i++)
            assert_int_equal(out[i], next(model));
        assert_int_equal(ribd_labels_walked(m), model->walked);
        check_mark(m, model);
        for (uint32_t at = 0; (at = ribd_labels_audit(m, at, LABELS, &wrong));)
            continue;
        assert_int_equal(wrong, 0);
        if (rnd(20) == 0)
            model->now = NOW + LABEL_REST_US;
        if (rnd(8) == 0)
            disturb(m, model, host++);
        if (rnd(16) == 0) {
            struct label_ranges before = model->range;
            uint32_t at = model->at, left = model->left, recycle_at = model->recycle_at;

            set_range(model);
            if (!ribd_labels_set_ranges(m, &model->range)) {
                model->range = before;
                model->at = at;
                model->left = left;
                model->recycle_at = recycle_at;
            }
        }
    }
    if (ribd_labels_available(m, RIB_CLIENT_BGPD, model->now) == 0)
        assert_int_equal(next(model), 0); /* none was left out */
    ribd_labels_destroy(m);
}

static void test_label_runs__as_one_by_one(void **state)
{
    const char *seed = getenv("SEED");
    static struct model model;

    (void)state;
    rng = seed ? strtoull(seed, NULL, 10) : 20261123;
    print_message("SEED=%llu\n", (unsigned long long)rng);
    for (int i = 0; i < RUNS; i++)
        run(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_label_runs__as_one_by_one)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
