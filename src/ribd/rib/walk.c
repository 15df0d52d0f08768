/* SPDX-License-Identifier: Apache-2.0
 *
 * Visits of all prefixes, or of those of one instance, when something befell them all: some in each turn, the same
 * share for each visit that is under way. Prefixes may come and go meanwhile. Who comes later is not visited for
 * certain: what is told then must know by itself.
 */
#include "src/ribd/rib/internal.h"

static struct vrf *vrf_at(const struct rib *r, const struct walk *w)
{
    if (w->only)
        return w->vrf_index == 0 ? w->only : NULL;
    return w->vrf_index < HASH_COUNT(r->vrfs) ? r->vrf_at[w->vrf_index] : NULL;
}

static void begin(struct walk *w)
{
    w->vrf_index = 0;
    w->family = 0;
    w->has_after = w->is_again = false;
}

void ribd_walk_start(struct rib *r, struct walk *w)
{
    if (w->is_on) {
        w->is_again = true;
        return;
    }
    begin(w);
    w->is_on = true;
    TAILQ_INSERT_TAIL(&r->walks, w, link);
    ribd_work(r);
}

/* False: that was the last. */
static bool visit_next(struct rib *r, struct walk *w)
{
    struct vrf *v;

    for (; (v = vrf_at(r, w)); w->vrf_index++, w->family = 0, w->has_after = false) {
        for (; w->family < FAMILIES; w->family++, w->has_after = false) {
            struct dest *d = trie_next_after(v->dests[w->family], w->has_after ? &w->after : NULL, &w->after);

            if (!d)
                continue;
            w->has_after = true;
            w->visit(r, w, d);
            return true;
        }
    }
    return false;
}

static void end(struct rib *r, struct walk *w)
{
    if (w->is_again) {
        begin(w);
        return;
    }
    w->is_on = false;
    TAILQ_REMOVE(&r->walks, w, link);
    if (w->done)
        w->done(r, w);
}

void ribd_walks_work(struct rib *r, size_t *budget)
{
    size_t n = 0, share;
    struct walk *w, *next;

    TAILQ_FOREACH (w, &r->walks, link)
        n++;
    share = n ? *budget / n + 1 : 0;
    for (w = TAILQ_FIRST(&r->walks); w; w = next) {
        size_t left = share;

        next = TAILQ_NEXT(w, link);
        while (left && visit_next(r, w))
            left--;
        *budget -= share - left < *budget ? share - left : *budget;
        if (left)
            end(r, w);
    }
}

/* --- instances --- */

static void visit_of_vrf(struct rib *r, struct walk *w, struct dest *d)
{
    uint8_t todo = w->only->todo;

    if (todo & VRF_QUEUE) {
        d->is_forced = true;
        ribd_dest_queue(r, d, BY_MANY);
    }
    if (todo & VRF_REKEY)
        ribd_dest_rekey(r, d, false, BY_MANY);
    if (!(todo & VRF_FLUSHED))
        return;
    d->is_adopted = false; /* what a ribd before us left is not there any more */
    if (!d->kernel_nhid)
        return;
    d->kernel_nhid = NHID_UNKNOWN;
    ribd_dest_write(r, d);
}

static void vrf_done(struct rib *r, struct walk *w)
{
    (void)r;
    w->only->todo = 0;
}

void ribd_vrf_todo(struct rib *r, struct vrf *v, unsigned what)
{
    v->todo |= (uint8_t)what;
    v->walk.visit = visit_of_vrf;
    v->walk.done = vrf_done;
    v->walk.only = v;
    ribd_walk_start(r, &v->walk);
}
