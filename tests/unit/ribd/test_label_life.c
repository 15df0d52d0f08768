/* SPDX-License-Identifier: Apache-2.0
 *
 * Labels over deaths, with a whole ribd, its kernel and clients under virtual time: the same FEC has the same label
 * whoever dies, a small range outlives it, what flaps uses nothing up, and who got none gets one when there is one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/daemon.h"
#include "src/ribd/dataplane.h"
#include "src/ribd/ribd.h"
#include "strata/mem.h"
#include "strata/rib_client.h"
#include "strata/sim.h"
#include "tests/unit/ribd/audited.h"

enum { FECS = 400 };

/* A protocol that wants labels. */
struct speaker {
    struct rib_client *c;
    enum rib_client_id id;
    uint32_t from, n;        /* FECs from..n - 1 */
    uint32_t label[FECS];    /* 0: none */
    bool is_installed[FECS]; /* ribd said so */
    uint32_t known[FECS];    /* the label it had first; outlives deaths */
    size_t n_refused, n_available;
    bool has_told;
};

struct ribd_life {
    struct dataplane *dp;
    struct ribd *d;
};

struct world {
    struct sim *sim;
    struct sim_node *node;
    struct sim_process *ribd, *ldpd, *bgpd;
    struct speaker ldp, bgp;
    struct ribd_wish wish;
};

/* --- ribd --- */

static void *ribd_start(struct sim_process *process, const struct env *env, void *arg)
{
    struct ribd_life *life = MEM_NEW(NULL, struct ribd_life);
    struct world *w = arg;

    life->dp = sim_dataplane_create(process);
    life->d = ribd_create(env, life->dp);
    assert_non_null(life->d);
    ribd_apply(life->d, &w->wish);
    return life;
}

static void ribd_stop(void *daemon, void *arg)
{
    struct ribd_life *life = daemon;

    (void)arg;
    ribd_destroy(life->d);
    life->dp->ops->destroy(life->dp);
    mem_free(NULL, life);
}

static struct ribd *ribd_of(const struct world *w)
{
    return ((struct ribd_life *)sim_process_daemon(w->ribd))->d;
}

/* --- speakers --- */

static struct rib_fec fec(uint32_t i)
{
    return (struct rib_fec){.purpose = RIB_LABEL_LDP, .prefix = prefix_v4(0x0a000000 + i, 32)};
}

static void tell(struct speaker *s)
{
    for (uint32_t i = s->from; i < s->n; i++) {
        struct rib_label_entry e = {.op = RIB_LABEL_POP_LOOKUP, .fec = fec(i)};
        int err = 0;

        if (!s->label[i])
            err = rib_client_label_alloc(s->c, &e.fec, &s->label[i]);
        if (err < 0) {
            s->label[i] = 0;
            s->n_refused += err == -ENOSPC;
            if (err == -EAGAIN)
                return;
            continue;
        }
        if (!s->known[i])
            s->known[i] = s->label[i];
        e.in_label = s->label[i];
        rib_client_label_set(s->c, &e);
    }
    if (!s->has_told)
        rib_client_end_of_replay(s->c);
    s->has_told = true;
}

static void forget(struct speaker *s, uint32_t i)
{
    if (!s->label[i])
        return;
    rib_client_label_del(s->c, s->label[i]);
    rib_client_label_free(s->c, s->label[i]);
    s->label[i] = 0;
    s->is_installed[i] = false;
}

static void on_up(void *arg)
{
    struct speaker *s = arg;

    s->has_told = false;
    tell(s);
}

static void on_down(void *arg)
{
    struct speaker *s = arg;

    memset(s->is_installed, 0, sizeof(s->is_installed));
}

static void on_available(void *arg)
{
    struct speaker *s = arg;

    s->n_available++;
    tell(s);
}

static void on_result(void *arg, const struct rib_label_result *r)
{
    struct speaker *s = arg;

    for (uint32_t i = 0; i < FECS; i++) {
        if (s->label[i] == r->in_label)
            s->is_installed[i] = r->status == RIB_LABEL_INSTALLED;
    }
}

static void *speaker_start(struct sim_process *process, const struct env *env, void *arg)
{
    static const struct rib_client_events ev = {
        .session_up = on_up, .session_down = on_down, .labels_available = on_available, .label_result = on_result};
    struct speaker *s = arg;

    (void)process;
    memset(s->label, 0, sizeof(s->label));
    memset(s->is_installed, 0, sizeof(s->is_installed));
    s->c = rib_client_create(env, s->id, &ev, s);
    return s;
}

static void speaker_stop(void *daemon, void *arg)
{
    (void)arg;
    rib_client_destroy(((struct speaker *)daemon)->c);
}

/* --- the world --- */

static void open_world(struct world *w, uint32_t first, uint32_t last, uint32_t n_ldp, uint32_t n_bgp)
{
    struct sim_program ribd = {"ribd", ribd_start, ribd_stop, w};
    struct sim_program ldpd = {"ldpd", speaker_start, speaker_stop, &w->ldp};
    struct sim_program bgpd = {"bgpd", speaker_start, speaker_stop, &w->bgp};

    memset(w, 0, sizeof(*w));
    w->sim = sim_create(getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 3);
    w->node = sim_node_create(w->sim, "r");
    w->wish = (struct ribd_wish){.labels = {first, last, 16, first - 1}, .stale_time_sec = 60};
    w->ldp = (struct speaker){.id = RIB_CLIENT_LDPD, .n = n_ldp};
    w->bgp = (struct speaker){.id = RIB_CLIENT_BGPD, .n = n_bgp};
    w->ribd = sim_process_create(w->node, "ribd", &ribd);
    w->ldpd = sim_process_create(w->node, "ldpd", &ldpd);
    w->bgpd = sim_process_create(w->node, "bgpd", &bgpd);
}

static void close_world(struct world *w)
{
    sim_destroy(w->sim);
}

static bool has_all(const struct speaker *s)
{
    for (uint32_t i = s->from; i < s->n; i++) {
        if (!s->is_installed[i])
            return false;
    }
    return true;
}

static bool are_all_there(void *arg)
{
    const struct world *w = arg;

    return has_all(&w->ldp) && has_all(&w->bgp);
}

static void same_labels(const struct speaker *s)
{
    for (uint32_t i = s->from; i < s->n; i++) {
        assert_int_not_equal(s->label[i], 0);
        assert_int_equal(s->label[i], s->known[i]);
    }
}

static bool is_audited(void *arg)
{
    return ((struct audited *)arg)->is_done;
}

static void audit(struct world *w, char *reply, size_t size)
{
    struct audited a = {reply, size, false};

    ribd_rib_settle(ribd_of(w)->rib);
    ribd_audit(ribd_of(w), false, audited_done, &a);
    assert_true(sim_run_until(w->sim, is_audited, &a, 1000));
}

static void settle(struct world *w, uint64_t within_ms)
{
    char why[200];

    assert_true(sim_run_until(w->sim, are_all_there, w, within_ms));
    same_labels(&w->ldp);
    same_labels(&w->bgp);
    audit(w, why, sizeof(why));
    assert_string_equal(why, "clean");
}

/* --- tests --- */

static void test_deaths__same_fec_same_label(void **state)
{
    struct world w;
    uint32_t tmp[2];

    (void)state;
    open_world(&w, 1000, 1999, 100, 150);
    settle(&w, 15000);
    for (unsigned round = 0; round < 40; round++) {
        uint64_t dice = sim_random(w.sim);

        if (dice & 1)
            sim_process_restart(w.ribd, dice >> 8 & 1023);
        if (dice & 2)
            sim_process_restart(w.ldpd, dice >> 20 & 1023);
        if (dice & 4)
            sim_process_restart(w.bgpd, dice >> 30 & 1023);
        sim_run_ms(w.sim, 1100 + (dice >> 42 & 63));
        if (dice & 8)
            settle(&w, 30000);
    }
    settle(&w, 30000);
    assert_int_equal(w.ldp.n_refused + w.bgp.n_refused, 0);
    /* A FEC that comes when both are dead, and one that goes. */
    memcpy(tmp, w.ldp.known, sizeof(tmp));
    sim_process_crash(w.ldpd);
    sim_process_crash(w.ribd);
    sim_run_ms(w.sim, 1000);
    sim_process_start(w.ribd);
    sim_run_ms(w.sim, 200 * 1000); /* so long that all of LDP's were swept, and have rested */
    sim_process_start(w.ldpd);
    settle(&w, 15000);
    assert_memory_equal(tmp, w.ldp.label, sizeof(tmp));
    close_world(&w);
}

static void test_deaths__small_range(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, 100, 139, 18, 12);
    settle(&w, 15000);
    for (unsigned round = 0; round < 30; round++) {
        sim_process_restart(round % 2 ? w.ldpd : w.bgpd, 20 * 1000);
        sim_run_ms(w.sim, 21000);
        settle(&w, 5000);
        if (round % 5 == 4) {
            sim_process_restart(w.ribd, 500);
            sim_run_ms(w.sim, 1000);
            settle(&w, 15000);
        }
    }
    assert_int_equal(w.ldp.n_refused + w.bgp.n_refused, 0);
    close_world(&w);
}

/* Each goes and comes back, for longer than all labels could rest. */
static void test_flaps__use_nothing_up(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, 100, 139, 10, 10);
    settle(&w, 15000);
    for (unsigned round = 0; round < 400; round++) {
        for (uint32_t i = 0; i < 10; i++) {
            if ((round + i) % 3 == 0)
                forget(&w.bgp, i);
        }
        sim_run_ms(w.sim, round % 7 ? 3000 : 0); /* at once, too */
        tell(&w.bgp);
        sim_run_ms(w.sim, 500);
    }
    settle(&w, 5000);
    assert_int_equal(w.bgp.n_refused, 0);
    close_world(&w);
}

static bool has_none_waiting(void *arg)
{
    const struct world *w = arg;

    return !ribd_of(w)->label_alarm_us;
}

static void test_exhaustion__told_at_once_when_over(void **state)
{
    struct world w;
    size_t n = 0, n_wrong = 0;

    (void)state;
    open_world(&w, 100, 139, 5, 60);
    sim_run_ms(w.sim, 15000);
    assert_true(has_all(&w.ldp));
    for (uint32_t i = 0; i < 60; i++)
        n += w.bgp.label[i] != 0;
    assert_int_equal(n, 40 - 5 - RIB_LABELS_KEPT); /* LDP's five, and what it keeps of its stock */
    assert_true(ribd_of(&w)->label_alarm_us != 0);
    assert_true(w.bgp.n_refused > 0);
    assert_int_equal(ribd_of(&w)->labels_waiting, 1u << RIB_CLIENT_BGPD);
    w.bgp.from = 10;
    w.bgp.n = 40; /* twenty are not wanted any more, and eight still have none */
    for (uint32_t i = 0; i < 10; i++)
        forget(&w.bgp, i);
    sim_run_ms(w.sim, 119000);
    assert_true(ribd_of(&w)->label_alarm_us != 0);
    sim_run_ms(w.sim, 2500); /* not at the next of somebody's tries */
    assert_true(w.bgp.n_available > 0);
    for (uint32_t i = 10; i < 40; i++)
        assert_true(w.bgp.label[i] != 0);
    assert_true(sim_run_until(w.sim, has_none_waiting, &w, 5000));
    assert_int_equal(ribd_labels_audit(ribd_of(&w)->labels, 0, SIZE_MAX, &n_wrong), 0);
    assert_int_equal(n_wrong, 0);
    close_world(&w);
}

static void test_blocks__grow_and_shrink(void **state)
{
    struct label_client_counts n;
    struct world w;

    (void)state;
    open_world(&w, 1000, 9999, 0, 400);
    settle(&w, 15000);
    ribd_labels_count_client(ribd_of(&w)->labels, RIB_CLIENT_BGPD, &n);
    assert_int_equal(n.claimed, 400);
    assert_true(n.given > 8);
    for (uint32_t i = 5; i < 400; i++)
        forget(&w.bgp, i);
    w.bgp.n = 5;
    sim_run_ms(w.sim, 300 * 1000);
    ribd_labels_count_client(ribd_of(&w)->labels, RIB_CLIENT_BGPD, &n);
    assert_int_equal(n.claimed, 5);
    assert_in_range(n.given, 1, 8);
    assert_int_equal(n.resting, 0); /* they have rested */
    close_world(&w);
}

/* One has many in store and is idle; another needs them. */
static void test_stores__are_called_back(void **state)
{
    struct label_client_counts n;
    struct world w;

    (void)state;
    open_world(&w, 1000, 1399, 60, 0);
    settle(&w, 15000);
    ribd_labels_count_client(ribd_of(&w)->labels, RIB_CLIENT_LDPD, &n);
    assert_true(n.given > 30);
    w.bgp.n = 330;
    tell(&w.bgp);
    settle(&w, 100);
    ribd_labels_count_client(ribd_of(&w)->labels, RIB_CLIENT_LDPD, &n);
    assert_int_equal(n.given, RIB_LABELS_KEPT);
    assert_int_equal(n.claimed, 60);
    close_world(&w);
}

/* It asks and asks, and claims nothing: its store is bounded, and nobody is alarmed. */
static void test_stores__are_bounded(void **state)
{
    struct label_client_counts n;
    struct world w;

    (void)state;
    open_world(&w, 1000, 500999, 0, 10);
    settle(&w, 15000);
    for (int i = 0; i < 100; i++)
        ribd_labels_wanted(ribd_of(&w), RIB_CLIENT_BGPD, RIB_LABELS_MAX);
    ribd_labels_count_client(ribd_of(&w)->labels, RIB_CLIENT_BGPD, &n);
    assert_int_equal(n.given, 2 * RIB_LABELS_MAX);
    assert_int_equal(ribd_of(&w)->labels_waiting, 0);
    assert_int_equal(ribd_of(&w)->label_alarm_us, 0);
    w.ldp.n = 10;
    tell(&w.ldp);
    settle(&w, 1000);
    close_world(&w);
}

/* So is what one gets that had to wait. */
static void test_stores__are_bounded_for_who_waits(void **state)
{
    struct label_client_counts n;
    struct world w;
    struct ribd *d;
    uint32_t *l = mem_alloc(NULL, 200000 * sizeof(*l));

    (void)state;
    open_world(&w, 1000, 200999, 0, 0);
    sim_run_ms(w.sim, 15000);
    d = ribd_of(&w);
    ribd_labels_wanted(d, RIB_CLIENT_BGPD, RIB_LABELS_MAX);
    ribd_labels_wanted(d, RIB_CLIENT_BGPD, 25000 - RIB_LABELS_MAX); /* its share of the range */
    while (ribd_labels_block(d->labels, RIB_CLIENT_LDPD, 200000, loop_now_us(d->env->loop), l))
        continue;
    ribd_labels_wanted(d, RIB_CLIENT_BGPD, RIB_LABELS_MAX);
    assert_int_equal(d->labels_waiting, 1u << RIB_CLIENT_BGPD);
    ribd_labels_client_gone(d, RIB_CLIENT_LDPD);
    ribd_labels_sweep(d, RIB_CLIENT_LDPD);
    sim_run_ms(w.sim, 1000);
    assert_int_equal(d->labels_waiting, 0);
    ribd_labels_count_client(d->labels, RIB_CLIENT_BGPD, &n);
    assert_int_equal(n.given, 2 * RIB_LABELS_MAX);
    mem_free(NULL, l);
    close_world(&w);
}

static void test_range__moves_under_way(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, 1000, 1099, 30, 20);
    settle(&w, 15000);
    w.wish.labels = (struct label_ranges){.first = 2000, .last = 2099, .static_first = 16, .static_last = 1999};
    ribd_apply(ribd_of(&w), &w.wish);
    w.bgp.n = 40;
    tell(&w.bgp);
    settle(&w, 5000);
    sim_process_restart(w.ribd, 100);
    sim_process_restart(w.bgpd, 100);
    sim_run_ms(w.sim, 200);
    settle(&w, 15000); /* those of the old range, too */
    assert_in_range(w.bgp.label[0], 1000, 1099);
    assert_in_range(w.bgp.label[39], 2000, 2099);
    close_world(&w);
}

/* The kernel has one label table for all programs. */
static void test_others__keep_their_labels(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, 1000, 1099, 0, 0);
    for (uint32_t label = 1000; label < 1030; label++)
        sim_foreign_replace_label(w.node, label, "lo", "10.0.0.9");
    settle(&w, 15000);
    w.bgp.n = 40;
    tell(&w.bgp);
    settle(&w, 5000);
    for (uint32_t i = 0; i < 40; i++)
        assert_in_range(w.bgp.label[i], 1030, 1099);
    sim_process_restart(w.ribd, 100);
    sim_process_restart(w.bgpd, 100);
    sim_run_ms(w.sim, 200);
    settle(&w, 15000);
    for (uint32_t label = 1000; label < 1030; label++)
        sim_foreign_delete_label(w.node, label);
    w.bgp.n = 80;
    tell(&w.bgp);
    sim_run_ms(w.sim, 60 * 1000);
    assert_true(w.bgp.n_refused > 0); /* they rest */
    sim_run_ms(w.sim, 70 * 1000);
    tell(&w.bgp);
    settle(&w, 15000);
    close_world(&w);
}

/* An entry without its label's owner, as a mistake of ours would leave it. */
static void test_audit__finds_entries_without_owner(void **state)
{
    struct rib_label_entry e = {.in_label = 1500, .op = RIB_LABEL_POP_LOOKUP, .fec = fec(399)};
    struct world w;
    char why[200];

    (void)state;
    open_world(&w, 1000, 1999, 3, 0);
    settle(&w, 15000);
    ribd_rib_label_set(ribd_of(&w)->rib, RIB_CLIENT_BGPD, &e);
    audit(&w, why, sizeof(why));
    assert_non_null(strstr(why, "label 1500 has an entry of bgpd, who does not hold it"));
    close_world(&w);
}

/* --- many labels: a turn does a part of them --- */

enum { MANY = 20000, A_TURN = 5000 };

/* Between any two turns of ribd's loop. */
struct watcher {
    struct timer timer;
    const struct world *w;
    size_t (*count)(const struct watcher *x);
    size_t last, most, n_told;
    int n_found;
    bool is_done;
};

static void on_turn(void *arg)
{
    struct watcher *x = arg;
    size_t now = x->count(x), step = now > x->last ? now - x->last : x->last - now;

    x->most = step > x->most ? step : x->most;
    x->last = now;
    timer_arm_us(&x->timer, 0);
}

static void watch(struct watcher *x, const struct world *w, size_t (*count)(const struct watcher *x))
{
    *x = (struct watcher){.w = w, .count = count};
    x->last = count(x);
    timer_init(&x->timer, ribd_of(w)->env->loop, on_turn, x);
    timer_arm_us(&x->timer, 0);
}

static size_t count_claimed(const struct watcher *x)
{
    struct label_client_counts n;

    ribd_labels_count_client(ribd_of(x->w)->labels, RIB_CLIENT_BGPD, &n);
    return n.claimed;
}

static bool is_swept(void *arg)
{
    struct watcher *x = arg;

    return count_claimed(x) == 10;
}

/* A protocol died with many labels, and claims ten of them again. */
static void test_turns__sweep(void **state)
{
    struct watcher x;
    struct world w;
    struct ribd *d;

    (void)state;
    open_world(&w, 1000, 100999, 0, 0);
    settle(&w, 15000);
    sim_process_stop(w.bgpd);
    sim_run_ms(w.sim, 100);
    d = ribd_of(&w);
    for (unsigned life = 0; life < 2; life++) {
        for (uint32_t i = 0; i < (life ? 10 : MANY); i++) {
            struct rib_fec f = fec(i);

            assert_int_equal(ribd_labels_claim(d->labels, RIB_CLIENT_BGPD, 2000 + i, &f, loop_now_us(d->env->loop)), 0);
        }
        if (life == 0)
            ribd_labels_client_gone(d, RIB_CLIENT_BGPD);
    }
    watch(&x, &w, count_claimed);
    ribd_labels_sweep(d, RIB_CLIENT_BGPD);
    assert_true(sim_run_until(w.sim, is_swept, &x, 1000));
    assert_in_range(x.most, 1, A_TURN);
    timer_cancel(&x.timer);
    for (uint32_t i = 0; i < 10; i++)
        assert_true(ribd_labels_is_holder(d->labels, RIB_CLIENT_BGPD, 2000 + i));
    close_world(&w);
}

static size_t count_told(const struct watcher *x)
{
    return x->n_told;
}

static void on_difference(void *arg, const char *difference)
{
    struct watcher *x = arg;

    (void)difference;
    x->n_told++;
}

static void on_checked(void *arg, int n)
{
    struct watcher *x = arg;

    x->n_found = n;
    x->is_done = true;
}

static bool is_checked(void *arg)
{
    return ((struct watcher *)arg)->is_done;
}

static void test_turns__check(void **state)
{
    struct watcher x;
    struct world w;
    struct ribd *d;

    (void)state;
    open_world(&w, 1000, 100999, 0, 0);
    settle(&w, 15000);
    d = ribd_of(&w);
    for (uint32_t i = 0; i < MANY; i++) {
        struct rib_label_entry e = {.in_label = 2000 + i, .op = RIB_LABEL_POP_LOOKUP, .fec = fec(i)};

        ribd_rib_label_set(d->rib, RIB_CLIENT_BGPD, &e);
    }
    sim_run_ms(w.sim, 1000);
    watch(&x, &w, count_told);
    ribd_labels_check(d, on_difference, on_checked, &x);
    assert_true(sim_run_until(w.sim, is_checked, &x, 1000));
    assert_int_equal(x.n_told, MANY);
    assert_int_equal(x.n_found, MANY);
    assert_in_range(x.most, 1, A_TURN);
    timer_cancel(&x.timer);
    ribd_labels_check(d, on_difference, on_checked, &x); /* and ribd ends in the middle */
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deaths__same_fec_same_label),
        cmocka_unit_test(test_deaths__small_range),
        cmocka_unit_test(test_flaps__use_nothing_up),
        cmocka_unit_test(test_exhaustion__told_at_once_when_over),
        cmocka_unit_test(test_blocks__grow_and_shrink),
        cmocka_unit_test(test_stores__are_called_back),
        cmocka_unit_test(test_stores__are_bounded),
        cmocka_unit_test(test_stores__are_bounded_for_who_waits),
        cmocka_unit_test(test_range__moves_under_way),
        cmocka_unit_test(test_others__keep_their_labels),
        cmocka_unit_test(test_audit__finds_entries_without_owner),
        cmocka_unit_test(test_turns__sweep),
        cmocka_unit_test(test_turns__check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
