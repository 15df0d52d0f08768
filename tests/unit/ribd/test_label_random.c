/* SPDX-License-Identifier: Apache-2.0
 *
 * The label manager against a naive model, at random: blocks, claims, frees, kernel deletes, deaths of clients, of the
 * manager and of both, ranges that move and have reserved ones in them, other programs that take labels. What must
 * hold: a label is never given or claimed while another FEC holds it or it rests; a FEC that comes back in time has the
 * label it had; nothing is lost: in the end all labels are free.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/label/manager.h"
#include "strata/mem.h"

enum { FIRST = 100, LAST = 219, LABELS = 300, FECS = 50, CLIENTS = 2, STEPS = 60000, RECORDS = 100000 };
#define SEC 1000000ull

/* What is true of a label, with no cleverness. */
struct truth {
    int client, fec; /* of the last holder; -1: none */
    bool is_held, is_live, is_in_block, is_others;
    bool is_due; /* its sweep has been asked for */
    uint64_t rests_until;
};

struct client {
    bool is_up;
    bool is_replaying, is_sweeping;
    uint32_t label[FECS]; /* held: 0 none */
    uint32_t told[FECS];  /* what the manager said at the beginning of the session */
    uint32_t freed[FECS]; /* given back, at freed_at */
    uint64_t freed_at[FECS];
    uint32_t pool[LABELS];
    size_t n_pool;
};

struct world {
    struct label_manager *m;
    struct truth t[LABELS];
    struct client c[CLIENTS];
    struct label_record *file;
    size_t n_file;
    uint64_t now;
    struct label_ranges range;
    uint32_t seed;
};

static uint32_t dice(struct world *w, uint32_t n)
{
    w->seed = w->seed * 1664525u + 1013904223u;
    return (w->seed >> 8) % n;
}

static enum rib_client_id id_of(int c)
{
    return c ? RIB_CLIENT_BGPD : RIB_CLIENT_LDPD;
}

static struct rib_fec fec_of(int f)
{
    return (struct rib_fec){.purpose = RIB_LABEL_LDP, .prefix = prefix_v4((uint32_t)f + 0x0a000000, 32)};
}

static void on_record(void *arg, const struct label_record *r)
{
    struct world *w = arg;

    assert_true(w->n_file < RECORDS);
    w->file[w->n_file++] = *r;
}

static size_t wrong(const struct world *w)
{
    size_t n = 0;

    for (uint32_t at = 0; (at = ribd_labels_audit(w->m, at, 100, &n));)
        continue;
    return n;
}

static void boot(struct world *w)
{
    w->m = ribd_labels_create(w->range.first, w->range.last, (struct label_past){0}, w->now);
    ribd_labels_set_ranges(w->m, &w->range);
    for (int c = 0; c < CLIENTS; c++)
        ribd_labels_expect(w->m, id_of(c));
    for (size_t i = 0; i < w->n_file; i++)
        ribd_labels_restore(w->m, &w->file[i], w->now);
    ribd_labels_restored(w->m, w->now);
    w->n_file = 0;
    ribd_labels_journal(w->m, on_record, w);
    assert_int_equal(ribd_labels_records(w->m, 0, SIZE_MAX, on_record, w), 0);
    for (int c = 0; c < CLIENTS; c++)
        w->c[c].is_sweeping = false; /* what was left of it is stale again */
    for (uint32_t l = 0; l < LABELS; l++) {
        w->t[l].is_due = false;
        if (w->t[l].is_live)
            ribd_labels_reserve(w->m, l);
        if (w->t[l].is_others)
            ribd_labels_others(w->m, l, true, w->now);
    }
}

/* --- sweeps, in parts --- */

/* The manager asks for each that it frees: none of a session that came later. */
static bool is_live(void *arg, uint32_t label)
{
    struct world *w = arg;
    struct truth *t = &w->t[label];

    assert_true(t->is_due && t->is_held);
    t->is_due = t->is_held = false;
    t->rests_until = w->now + LABEL_REST_US;
    return t->is_live;
}

static void sweep_some(struct world *w, int c, size_t n)
{
    if (!w->c[c].is_sweeping || !ribd_labels_sweep_some(w->m, id_of(c), n, is_live, w, w->now))
        return;
    w->c[c].is_sweeping = false;
    for (uint32_t l = 0; l < LABELS; l++)
        assert_false(w->t[l].is_due && w->t[l].client == c);
}

static void begin_sweep(struct world *w, int c)
{
    const struct client *k = &w->c[c];

    for (uint32_t l = 0; l < LABELS; l++) {
        struct truth *t = &w->t[l];

        if (t->is_held && t->client == c && k->label[t->fec] != l)
            t->is_due = true;
    }
    ribd_labels_client_sweep(w->m, id_of(c), w->now);
    w->c[c].is_sweeping = true;
}

/* --- what clients do --- */

static void block(struct world *w, int c)
{
    struct client *k = &w->c[c];
    uint32_t out[LABELS];
    size_t n = ribd_labels_block(w->m, id_of(c), 1 + dice(w, 12), w->now, out);

    for (size_t i = 0; i < n; i++) {
        struct truth *t = &w->t[out[i]];

        assert_in_range(out[i], w->range.first, w->range.last);
        assert_false(ribd_labels_is_reserved(&w->range, out[i]));
        assert_false(t->is_held || t->is_live || t->is_in_block || t->is_others);
        assert_true(t->rests_until <= w->now);
        t->is_in_block = true;
        t->fec = t->client = -1;
        k->pool[k->n_pool++] = out[i];
        for (int f = 0; f < FECS; f++)
            k->told[f] = k->told[f] == out[i] ? 0 : k->told[f]; /* another may have it now */
    }
}

static void claim(struct world *w, int c, int f, uint32_t label)
{
    struct truth *t = &w->t[label];
    struct rib_fec fec = fec_of(f);

    if (t->is_others) {
        assert_int_equal(ribd_labels_claim(w->m, id_of(c), label, &fec, w->now), -EBUSY);
        t->is_in_block = false; /* it was, if it is anything */
        w->c[c].told[f] = w->c[c].freed[f] = 0;
        return;
    }
    assert_false(t->is_held && (t->client != c || t->fec != f));
    assert_true(t->rests_until <= w->now || (t->client == c && t->fec == f));
    assert_int_equal(ribd_labels_claim(w->m, id_of(c), label, &fec, w->now), 0);
    w->c[c].label[f] = label;
    w->c[c].told[f] = w->c[c].freed[f] = 0;
    for (uint32_t l = 0; l < LABELS; l++) { /* it remembers the one it had last */
        if (w->t[l].client == c && w->t[l].fec == f && !w->t[l].is_held)
            w->t[l].fec = -1;
    }
    *t = (struct truth){.client = c, .fec = f, .is_held = true, .is_live = t->is_live || dice(w, 2)};
}

static void alloc(struct world *w, int c, int f)
{
    struct client *k = &w->c[c];

    if (k->label[f])
        return;
    if (!k->is_replaying)
        sweep_some(w, c, SIZE_MAX); /* that it had before is not known here any more, and may be held still */
    if (k->told[f] && k->is_replaying) {
        claim(w, c, f, k->told[f]);
    } else if (k->freed[f] && k->freed_at[f] + 100 * SEC > w->now) {
        claim(w, c, f, k->freed[f]);
    } else {
        if (!k->n_pool)
            block(w, c);
        if (k->n_pool)
            claim(w, c, f, k->pool[--k->n_pool]);
    }
}

static void give_back(struct world *w, int c, int f)
{
    struct client *k = &w->c[c];
    struct truth *t;

    if (!k->label[f])
        return;
    t = &w->t[k->label[f]];
    ribd_labels_free(w->m, id_of(c), k->label[f], t->is_live, w->now);
    t->is_held = false;
    t->rests_until = w->now + LABEL_REST_US;
    k->freed[f] = k->label[f];
    k->freed_at[f] = w->now;
    k->label[f] = 0;
}

static void kernel_deletes(struct world *w, uint32_t label)
{
    struct truth *t = &w->t[label];

    if (!t->is_live || t->is_held)
        return;
    t->is_live = false;
    t->rests_until = w->now + LABEL_REST_US;
    ribd_labels_gone(w->m, label, w->now);
}

static void others(struct world *w, uint32_t label)
{
    struct truth *t = &w->t[label];

    if (t->is_held || t->is_live)
        return;
    if (t->is_others && !t->is_in_block)
        t->rests_until = w->now + LABEL_REST_US;
    if (!t->is_others)
        t->client = t->fec = -1;
    t->is_others = !t->is_others;
    ribd_labels_others(w->m, label, t->is_others, w->now);
}

/* --- deaths --- */

static void lose_pool(struct world *w, int c)
{
    for (size_t i = 0; i < w->c[c].n_pool; i++)
        w->t[w->c[c].pool[i]].is_in_block = false;
    w->c[c].n_pool = 0;
    memset(w->c[c].freed, 0, sizeof(w->c[c].freed));
    memset(w->c[c].told, 0, sizeof(w->c[c].told));
    w->c[c].is_up = false;
}

static void hear(void *arg, uint32_t label, const struct rib_fec *f)
{
    uint32_t *told = arg;
    uint32_t host = ip_addr_to_v4(&f->prefix.addr) - 0x0a000000;

    assert_int_equal(told[host], 0);
    told[host] = label;
}

/* What a FEC had and nobody else got since, it must be told of. */
static void open_session(struct world *w, int c)
{
    struct client *k = &w->c[c];

    if (k->is_up)
        return;
    k->is_up = k->is_replaying = true;
    ribd_labels_client_opened(w->m, id_of(c), hear, k->told, w->now);
    for (uint32_t l = 0; l < LABELS; l++) {
        const struct truth *t = &w->t[l];

        if (t->client == c && t->fec >= 0 && (t->is_held || t->rests_until > w->now))
            assert_true(k->told[t->fec] != 0);
        if (t->client == c && t->fec >= 0 && t->is_held)
            assert_int_equal(k->told[t->fec], l);
    }
    for (int f = 0; f < FECS; f++) {
        if (k->label[f]) /* it lived, and holds what it held */
            claim(w, c, f, k->label[f]);
    }
}

static void end_replay(struct world *w, int c)
{
    struct client *k = &w->c[c];

    if (!k->is_up || !k->is_replaying)
        return;
    k->is_replaying = false;
    begin_sweep(w, c);
}

static void session_dies(struct world *w, int c, bool with_client)
{
    if (!w->c[c].is_up)
        return;
    ribd_labels_client_lost(w->m, id_of(c), w->now);
    lose_pool(w, c);
    if (with_client)
        memset(w->c[c].label, 0, sizeof(w->c[c].label));
}

static void manager_dies(struct world *w, bool with_clients)
{
    for (int c = 0; c < CLIENTS; c++) {
        lose_pool(w, c);
        if (with_clients)
            memset(w->c[c].label, 0, sizeof(w->c[c].label));
    }
    ribd_labels_destroy(w->m);
    boot(w);
    for (uint32_t l = 0; l < LABELS; l++) { /* what was being deleted is found in the kernel, and deleted again */
        if (w->t[l].is_live && !w->t[l].is_held)
            kernel_deletes(w, l);
    }
}

/* --- the run --- */

/* Up to three reserved ranges, some of them beyond an end of the range. */
static void move_range(struct world *w)
{
    struct label_ranges *r = &w->range;
    uint32_t at = FIRST - 10;

    r->first = FIRST + dice(w, 60);
    r->last = r->first + 40 + dice(w, 60);
    r->last = r->last > LAST ? LAST : r->last;
    r->n_reserved = 0;
    for (uint32_t n = dice(w, 4); n > 0; n--) {
        struct label_span *s = &r->reserved[r->n_reserved++];

        s->first = at + dice(w, 40);
        s->last = s->first + dice(w, 10);
        at = s->last + 1;
    }
    ribd_labels_set_ranges(w->m, r);
}

static void step(struct world *w)
{
    int c = (int)dice(w, CLIENTS), f = (int)dice(w, FECS);
    bool is_up = w->c[c].is_up;

    sweep_some(w, (int)dice(w, CLIENTS), dice(w, 2));
    switch (dice(w, 1000) < 990 ? dice(w, 8) : 8 + dice(w, 8)) {
    case 0:
    case 1:
    case 2:
    case 3:
        if (is_up)
            alloc(w, c, f);
        break;
    case 4:
    case 5:
        if (is_up)
            give_back(w, c, f);
        break;
    case 6:
        kernel_deletes(w, FIRST + dice(w, LAST - FIRST + 1));
        break;
    case 7:
        w->now += dice(w, 8) * SEC;
        if (!is_up)
            open_session(w, c);
        else
            end_replay(w, c);
        break;
    case 8:
    case 9:
        session_dies(w, c, dice(w, 2));
        break;
    case 10:
        manager_dies(w, dice(w, 2));
        break;
    case 11:
        w->now += dice(w, 300) * SEC;
        break;
    case 12:
    case 13:
        move_range(w);
        break;
    default:
        others(w, FIRST + dice(w, LAST - FIRST + 1));
        break;
    }
}

/* Every FEC gives back what it has: then every label must be there again. */
static void drain(struct world *w)
{
    struct label_counts n;
    size_t size = 0;

    for (int c = 0; c < CLIENTS; c++) {
        open_session(w, c);
        for (int f = 0; f < FECS; f++)
            give_back(w, c, f);
        end_replay(w, c);
        sweep_some(w, c, SIZE_MAX);
    }
    for (uint32_t l = 0; l < LABELS; l++) {
        kernel_deletes(w, l);
        if (w->t[l].is_others)
            others(w, l);
    }
    w->now += 200 * SEC;
    ribd_labels_tick(w->m, w->now);
    for (int c = 0; c < CLIENTS; c++) {
        session_dies(w, c, true);
        begin_sweep(w, c);
        sweep_some(w, c, SIZE_MAX);
    }
    ribd_labels_count(w->m, w->now, &n);
    assert_int_equal(n.claimed + n.given + n.resting + n.reserved, 0);
    for (uint32_t l = w->range.first; l <= w->range.last; l++)
        size += !ribd_labels_is_reserved(&w->range, l);
    assert_int_equal(n.size, size);
    assert_int_equal(n.available, size);
}

static void test_random(void **state)
{
    const char *seed = getenv("SEED");
    struct world *w = MEM_NEW(NULL, struct world);

    (void)state;
    w->file = mem_alloc(NULL, RECORDS * sizeof(*w->file));
    for (uint32_t run = 0; run < 8; run++) {
        memset(w->t, 0, sizeof(w->t));
        memset(w->c, 0, sizeof(w->c));
        for (uint32_t l = 0; l < LABELS; l++)
            w->t[l].client = w->t[l].fec = -1;
        w->n_file = 0;
        w->seed = (seed ? (uint32_t)strtoul(seed, NULL, 10) : 0) * 8 + run + 1;
        w->range = (struct label_ranges){.first = FIRST, .last = LAST, .static_first = 1};
        w->now = SEC;
        boot(w);
        for (int i = 0; i < STEPS; i++) {
            step(w);
            if (i % 64 == 0)
                assert_int_equal(wrong(w), 0);
        }
        drain(w);
        ribd_labels_destroy(w->m);
    }
    mem_free(NULL, w->file);
    mem_free(NULL, w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
