/* SPDX-License-Identifier: Apache-2.0
 *
 * What of the guard is on its way to the kernel. Transactions go to the thread one at a time, so that others' writes
 * come between them, and none holds more labels than take some milliseconds.
 *
 *   works     what batches change, in order; a batch waits for the end of its own
 *   rebuild   all of it from memory: the first transaction has every chain, so that there is no moment without a guard,
 *             and the labels follow. Since memory includes what works wanted, these become empty, and end with it.
 *
 * When a transaction fails, or somebody else changed the table, the kernel is not what we thought: rebuild. While it is
 * not known to be right label input is off on guarded ports, and the seal holds. A rebuild that fails is tried again.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/guard_read.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { RETRY_SOON_MS = 20, RETRY_MS = 1000 };

bool guard_is_idle(const struct kernel_dp *k)
{
    const struct guard *g = &k->guard;

    return !g->is_out && !g->is_adopting && !g->is_rebuild_due && !g->is_rebuilding && TAILQ_EMPTY(&g->works);
}

static void give(struct kernel_dp *k, struct sender_jobs *from)
{
    struct sender_job *job = TAILQ_FIRST(from);

    TAILQ_REMOVE(from, job, link);
    k->guard.is_out = true;
    sender_give(k, job);
}

static void rebuild_ended(struct kernel_dp *k)
{
    struct guard *g = &k->guard;

    g->is_rebuilding = false;
    g->n_failures = 0;
    if (g->restored_by) {
        LOG_INFO(k->log, "guard-restored", "by=%s", g->restored_by);
        g->restored_by = NULL;
        if (k->events->guard_restored)
            k->events->guard_restored(k->events_arg);
    }
    if (g->is_switching) {
        g->is_switching = false;
        if (k->events->guard_switched)
            k->events->guard_switched(k->events_arg, g->is_enabled);
    }
}

static void rebuild_failed(struct kernel_dp *k, int error, const char *text)
{
    struct guard *g = &k->guard;

    LOG_ERROR(k->log, "guard-rebuild-failed", "error=\"%s\"", text);
    nft_parts_free(&g->rebuild);
    g->is_rebuilding = false;
    g->error = error;
    snprintf(g->text, sizeof(g->text), "%s", text);
    g->is_broken = true;
    guard_inputs(k);
    /* The first time it may be a device that went meanwhile. */
    timer_arm_ms(&g->retry, g->n_failures++ ? RETRY_MS : RETRY_SOON_MS);
}

/* The first part has all chains: from now on what is not in its set is kept out. */
static void rebuild_stands(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_port *p, *next;

    HASH_ITER (hh, g->ports, p, next) {
        p->is_hooked |= p->is_in_rebuild;
        p->is_in_rebuild = false;
    }
    if (!g->is_broken)
        return;
    g->is_broken = false;
    guard_inputs(k);
}

static void on_part(struct kernel_dp *k, struct sender_job *job)
{
    struct guard *g = &k->guard;
    struct nft_part *t = (struct nft_part *)(void *)job;

    g->is_out = false;
    if (g->is_rebuild_due) {
        ; /* which puts right whatever became of this */
    } else if (!g->is_rebuilding && t->error) {
        LOG_WARN(k->log, "guard-refused", "error=\"%s\"", t->text);
        g->is_rebuild_due = true;
    } else if (g->is_rebuilding && t->error) {
        rebuild_failed(k, t->error, t->text);
    } else if (g->is_rebuilding) {
        rebuild_stands(k);
        if (TAILQ_EMPTY(&g->rebuild))
            rebuild_ended(k);
    }
    nft_part_free(t);
    guard_go_on(k);
}

/* ---- the rebuild ---- */

/* Those whose device is gone are left out; link_gone comes for them. */
static void put_chains(struct guard *g, struct nft_batch *b, bool is_over_sets)
{
    struct guard_port *p, *next;
    char device[IF_NAMESIZE];

    HASH_ITER (hh, g->ports, p, next) {
        bool had_set = is_over_sets && p->has_set, had_chain = is_over_sets && p->has_chain;

        p->has_set = p->has_chain = p->is_in_rebuild = false;
        if (!if_indextoname(p->ifindex, device))
            continue;
        if (!had_set)
            nft_set_add(b, p->ifindex);
        p->has_set = true;
        if (had_chain)
            nft_guard_chain_del(b, p->ifindex);
        if (p->is_guarded)
            nft_chain_add(b, p->ifindex, device, p->drops);
        p->has_chain = p->is_in_rebuild = p->is_guarded;
    }
}

static void put_tables(struct guard *g, struct nft_batch *b)
{
    struct guard_port *p, *next;

    nft_table_add(b); /* so that there is one to delete */
    nft_table_del(b);
    if (g->is_enabled) {
        nft_table_add(b);
        put_chains(g, b, false);
    }
    HASH_ITER (hh, g->ports, p, next) {
        if (!g->is_enabled)
            p->has_set = p->has_chain = p->is_hooked = p->is_in_rebuild = false;
        else if (p->has_set)
            nft_labels_all(b, p->ifindex, &p->labels);
    }
}

/* What a table counted goes with it if it was flushed; the count goes on from what we knew, it never goes back. */
static void keep_drops(struct kernel_dp *k, const struct guard_reading *r)
{
    struct guard_port *p, *next;

    if (r->error)
        LOG_DEBUG(k->log, "guard-counters-lost", "error=\"%s\"", strerror(-r->error));
    HASH_ITER (hh, k->guard.ports, p, next) {
        uint64_t now = 0;

        for (size_t i = 0; !r->error && i < r->n; i++)
            if (r->seen[i].ifindex == p->ifindex)
                now += r->seen[i].drops;
        p->drops = now < p->drops ? p->drops + now : now;
    }
}

static void drop_reading(struct sender_job *job)
{
    struct guard_reading *r = (struct guard_reading *)(void *)job;

    guard_reading_fini(r);
    mem_free(NULL, r);
}

static void on_counters(struct kernel_dp *k, struct sender_job *job)
{
    struct guard *g = &k->guard;
    struct guard_work *w;
    struct nft_batch b;

    g->is_out = false;
    if (!g->is_rebuild_due) {
        TAILQ_FOREACH (w, &g->works, link) /* those that came while it was read, too */
            nft_parts_free(&w->parts);
        keep_drops(k, (struct guard_reading *)(void *)job);
        nft_begin(&b, &g->write, g->has_seal);
        put_tables(g, &b);
        nft_end(&b, &g->rebuild, on_part);
    }
    drop_reading(job);
    guard_go_on(k);
}

/* Before the table goes its counters are read. */
static void rebuild_begin(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_reading *r = MEM_NEW(NULL, struct guard_reading);

    g->is_rebuild_due = false;
    g->is_rebuilding = true;
    timer_cancel(&g->retry);
    nft_parts_free(&g->rebuild);
    r->job.run = guard_read;
    r->job.done = on_counters;
    r->job.drop = drop_reading;
    r->sock = &g->scan;
    g->is_out = true;
    sender_give(k, &r->job);
}

void guard_rebuild(struct kernel_dp *k, const char *by)
{
    if (by)
        k->guard.restored_by = by;
    k->guard.is_rebuild_due = true;
    guard_go_on(k);
}

void guard_rewrite_chains(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct nft_batch b;

    g->is_rebuilding = true;
    nft_begin(&b, &g->write, g->has_seal);
    nft_table_add(&b);
    put_chains(g, &b, true);
    nft_end(&b, &g->rebuild, on_part);
    guard_go_on(k);
}

static void on_retry(void *arg)
{
    struct kernel_dp *k = arg;

    if (k->guard.is_broken)
        guard_rebuild(k, "retry");
}

/* ---- works ---- */

void guard_send(struct kernel_dp *k, struct nft_batch *b, struct write_batch *waiting)
{
    struct guard *g = &k->guard;
    struct guard_work *w = MEM_NEW(NULL, struct guard_work);

    TAILQ_INIT(&w->parts);
    w->batch = waiting;
    nft_end(b, &w->parts, on_part);
    TAILQ_INSERT_TAIL(&g->works, w, link);
    if (g->is_broken && !g->is_rebuilding)
        g->is_rebuild_due = true; /* memory is right: all of it */
    guard_go_on(k);
}

static void work_ended(struct kernel_dp *k, struct guard_work *w)
{
    struct guard *g = &k->guard;

    TAILQ_REMOVE(&g->works, w, link);
    if (w->batch) {
        write_guard_done(w->batch, g->is_broken ? g->error : 0, "the guard table cannot be written");
        guard_batch_inputs(k, w->batch);
    }
    mem_free(NULL, w);
}

void guard_go_on(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_work *w;

    if (g->is_out || g->is_adopting)
        return;
    if (g->is_rebuild_due)
        rebuild_begin(k);
    else if (!TAILQ_EMPTY(&g->rebuild))
        give(k, &g->rebuild);
    while (!g->is_out && (w = TAILQ_FIRST(&g->works))) {
        if (!TAILQ_EMPTY(&w->parts))
            give(k, &w->parts);
        else
            work_ended(k, w);
    }
}

void guard_flow_init(struct kernel_dp *k)
{
    struct guard *g = &k->guard;

    TAILQ_INIT(&g->rebuild);
    TAILQ_INIT(&g->works);
    g->is_enabled = true;
    timer_init(&g->retry, k->loop, on_retry, k);
}

void guard_flow_fini(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_work *w;

    timer_cancel(&g->retry);
    nft_parts_free(&g->rebuild);
    while ((w = TAILQ_FIRST(&g->works))) {
        TAILQ_REMOVE(&g->works, w, link);
        nft_parts_free(&w->parts);
        mem_free(NULL, w);
    }
}
