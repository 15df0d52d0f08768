/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's labels: blocks from ribd, which FEC holds which label, and which results are still of interest.
 *
 * A label stays with its FEC for as long as the daemon does not free it, over any restart of ribd: when a session
 * begins the library claims all it holds before it says anything else. When the daemon itself restarts, ribd tells what
 * its FECs held; those labels wait here until the FEC asks again, or until the end of replay. One that the daemon gives
 * back is remembered for less than the time that ribd lets it rest: a FEC that comes back meanwhile has it again.
 * Labels of a block that no FEC took are forgotten with the session: a new ribd does not know that it gave them. Those
 * that were not needed for a while go back.
 */
#include "lib/ipc/rib_client_private.h"

#include <errno.h>
#include <string.h>

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

/* A client that goes on taking labels has its next block before it needs it. */
enum {
    BLOCK_MIN = 32,
    BLOCK_MAX = 8192,
    BLOCK_GROWTH = 4,
    LOW_MARK_PART = 2,
    RETRY_MS = 10000,
    SHRINK_MS = 60000,
    SPARE = 8
};
_Static_assert((int)BLOCK_MAX <= (int)RIB_LABELS_MAX, "ribd gives that many");
#define REMEMBER_US (100ull * 1000000)

/* --- held labels --- */

static void drop_told(struct rib_held_store *held)
{
    struct rib_held *h, *next;

    for (h = rib_held_from(held, 0); h; h = next) {
        next = rib_held_from(held, h->label + 1u);
        if (!h->is_used && !h->forget_us)
            rib_held_remove(held, h);
    }
}

/* If ribd does not know yet that the label was given back, it need not. */
static bool take_back_free(struct rib_client *c, const struct rib_held *h)
{
    struct rib_vec *lane = &c->out.lane[RIB_LANE_FREE];
    uint32_t *rows = lane->data;
    struct rib_held *moved;

    if (h->row >= lane->n || rows[h->row] != h->label)
        return false;
    rows[h->row] = rows[--lane->n];
    moved = rib_held_of_label(&c->labels.held, rows[h->row]);
    if (moved)
        moved->row = h->row;
    return true;
}

static void claim(struct rib_client *c, struct rib_held *h)
{
    struct rib_row_label_fec *row;

    if (!c->conn)
        return;
    row = rib_out_place(c, RIB_LANE_CLAIM, sizeof(*row));
    h->row = (uint32_t)c->out.lane[RIB_LANE_CLAIM].n - 1;
    row->label = h->label;
    row->fec = h->fec;
}

/* An entry claims its label, too: ribd need not be told twice in one turn. */
static void claim_by_entry(struct rib_client *c, const struct rib_label_entry *e)
{
    const struct rib_vec *lane = &c->out.lane[RIB_LANE_CLAIM];
    struct rib_held *h = lane->n ? rib_held_of_label(&c->labels.held, e->in_label) : NULL;
    struct rib_row_label_fec *row = lane->data;

    if (!h || h->row >= lane->n || row[h->row].label != e->in_label)
        return;
    row += h->row;
    if (row->fec.purpose == e->fec.purpose && row->fec.vrf == e->fec.vrf &&
        row->fec.discriminator == e->fec.discriminator &&
        memcmp(&row->fec.prefix, &e->fec.prefix, sizeof(row->fec.prefix)) == 0)
        row->label = 0;
}

void rib_labels_on_held(struct rib_client *c, uint32_t label, const struct rib_fec *fec)
{
    struct rib_held_store *held = &c->labels.held;
    struct rib_fec key;
    uint32_t hash = rib_held_key(&key, fec);

    /* What we hold ourselves is newer than what ribd remembers. */
    if (!rib_held_of_fec(held, &key, hash) && !rib_held_of_label(held, label))
        rib_held_add(held, &key, hash, label);
}

/* The FEC has its label, again. */
static void use(struct rib_client *c, struct rib_held *h)
{
    bool is_known = h->forget_us && take_back_free(c, h);

    rib_held_unfreed(&c->labels.held, h);
    h->is_used = true;
    if (!is_known)
        claim(c, h);
}

/* --- blocks --- */

static size_t pool_size(const struct rib_labels *l)
{
    return l->pool.n - l->pool_at;
}

static void ask(struct rib_client *c)
{
    struct rib_labels *l = &c->labels;

    if (l->is_asked || !c->is_up)
        return;
    rib_msg_labels_wanted_encode(&c->out.buf, l->block);
    rib_out_send(c, RIB_MSG_LABELS_WANTED);
    l->is_asked = true;
    l->block = l->block * BLOCK_GROWTH < BLOCK_MAX ? l->block * BLOCK_GROWTH : BLOCK_MAX;
}

static void on_retry(void *arg)
{
    ask(arg);
}

int rib_client_label_alloc(struct rib_client *c, const struct rib_fec *fec, uint32_t *label)
{
    struct rib_labels *l = &c->labels;
    struct rib_held *h;
    struct rib_fec key;
    uint32_t hash = rib_held_key(&key, fec);

    if (l->held.first_freed)
        rib_held_forget(&l->held, loop_now_us(c->env->loop));
    h = rib_held_of_fec(&l->held, &key, hash);
    if (!h && pool_size(l) == 0) {
        l->is_waiting = true;
        if (l->has_none_left)
            return -ENOSPC;
        ask(c);
        return -EAGAIN;
    }
    if (!h)
        h = rib_held_add(&l->held, &key, hash, ((const uint32_t *)l->pool.data)[l->pool_at++]);
    if (!h->is_used)
        use(c, h);
    l->pool_low = l->pool_low < pool_size(l) ? l->pool_low : pool_size(l);
    if (l->pool.n && pool_size(l) < l->granted / LOW_MARK_PART && !l->has_none_left)
        ask(c);
    *label = h->label;
    return 0;
}

void rib_labels_on_block(struct rib_client *c, const uint32_t *labels, size_t n)
{
    struct rib_labels *l = &c->labels;
    bool was_waiting = l->is_waiting;
    struct rib_held *h;

    l->is_asked = false;
    l->has_none_left = n == 0;
    l->granted = n;
    if (l->pool_at == l->pool.n)
        l->pool_at = l->pool.n = 0;
    for (size_t i = 0; i < n; i++) {
        h = rib_held_of_label(&l->held, labels[i]);
        if (h && h->is_used)
            continue; /* ribd does not know yet */
        if (h)
            rib_held_remove(&l->held, h);
        *(uint32_t *)rib_vec_place(&l->pool, sizeof(uint32_t)) = labels[i];
    }
    if (n > 0 && !timer_is_armed(&l->shrink)) {
        l->pool_low = pool_size(l);
        timer_arm_ms(&l->shrink, SHRINK_MS);
    }
    if (n == 0) {
        LOG_WARN(c->env->log, "no-labels-left", "retry-ms=%d", RETRY_MS);
        timer_arm_ms(&l->retry, RETRY_MS);
    }
    l->is_waiting = false;
    if (was_waiting && c->ev.labels_available)
        c->ev.labels_available(c->arg); /* with none left: alloc now says so */
}

/* So many labels of the pool go back; and the next block is a small one. */
static void give_back(struct rib_client *c, size_t n)
{
    struct rib_labels *l = &c->labels;

    if (n > 0) {
        l->block = BLOCK_MIN;
        l->granted = BLOCK_MIN;
    }
    for (; c->is_up && n > 0; n--)
        *(uint32_t *)rib_out_place(c, RIB_LANE_FREE, sizeof(uint32_t)) = ((const uint32_t *)l->pool.data)[--l->pool.n];
    l->pool_low = pool_size(l);
    if (l->pool_low > SPARE)
        timer_arm_ms(&l->shrink, SHRINK_MS);
}

/* What nobody needed since the last look, but for a few. */
static void on_shrink(void *arg)
{
    struct rib_client *c = arg;
    size_t unused = c->labels.pool_low < pool_size(&c->labels) ? c->labels.pool_low : pool_size(&c->labels);

    give_back(c, unused > SPARE ? unused - SPARE : 0);
}

void rib_labels_on_short(struct rib_client *c, bool all)
{
    size_t n = pool_size(&c->labels), kept = all ? 0 : RIB_LABELS_KEPT;

    give_back(c, n > kept ? n - kept : 0);
}

void rib_client_label_free(struct rib_client *c, uint32_t label)
{
    struct rib_held_store *held = &c->labels.held;
    struct rib_held *h = rib_held_of_label(held, label);
    uint64_t now = loop_now_us(c->env->loop);

    if (!h || !h->is_used)
        return;
    rib_held_forget(held, now);
    if (!c->conn) {
        rib_held_remove(held, h);
        return;
    }
    *(uint32_t *)rib_out_place(c, RIB_LANE_FREE, sizeof(uint32_t)) = label;
    h->row = (uint32_t)c->out.lane[RIB_LANE_FREE].n - 1;
    rib_held_freed(held, h, now + REMEMBER_US);
}

/* --- entries --- */

void rib_client_label_set(struct rib_client *c, const struct rib_label_entry *entry)
{
    struct rib_row_label_entry *row;

    if (!c->is_up)
        return;
    row = rib_out_place(c, RIB_LANE_ENTRY, sizeof(*row));
    row->is_gone = false;
    row->entry = *entry;
    claim_by_entry(c, entry);
}

/* Results of the entry that is deleted here may be under way. Were the label set again, they would be taken for results
 * of the new entry, and the label advertised too early. So ribd says with each batch of results how many deletions it
 * has heard, and we know how many it must have heard. */
void rib_client_label_del(struct rib_client *c, uint32_t in_label)
{
    struct rib_row_label_entry *row;

    if (!c->is_up)
        return;
    row = rib_out_push(c, RIB_LANE_ENTRY, sizeof(*row));
    row->is_gone = true;
    row->entry.in_label = in_label;
    row->entry.fec.purpose = RIB_LABEL_STATIC; /* not looked at, but must be one */
    rib_held_deleted(&c->labels.held, in_label, ++c->labels.n_deletions);
}

void rib_labels_on_result(struct rib_client *c, const struct rib_label_result *r, uint64_t epoch)
{
    if (epoch < rib_held_deletion(&c->labels.held, r->in_label))
        return;
    if (c->ev.label_result)
        c->ev.label_result(c->arg, r);
}

void rib_labels_on_epoch(struct rib_client *c, uint64_t epoch)
{
    if (epoch == c->labels.n_deletions)
        rib_held_deleted_clear(&c->labels.held);
}

/* ribd gave the label to another while we were apart. It is not to be remembered for the FEC, nor given back. One that
 * nobody had of us is a daemon's own mistake. */
void rib_labels_on_refused(struct rib_client *c, uint32_t label, const char *reason)
{
    struct rib_label_result r = {.in_label = label, .status = RIB_LABEL_FAILED};
    struct rib_held *h = rib_held_of_label(&c->labels.held, label);
    struct rib_fec fec;
    bool was_used = h && h->is_used;

    if (h) {
        fec = h->fec;
        rib_held_remove(&c->labels.held, h);
        LOG_WARN(c->env->log, "label-lost", "label=%u reason=\"%s\"", label, reason);
    } else if (c->ev.label_result) {
        strncpy(r.reason, reason, sizeof(r.reason) - 1);
        c->ev.label_result(c->arg, &r);
    }
    if (was_used && c->ev.label_lost)
        c->ev.label_lost(c->arg, label, &fec);
}

/* --- sessions --- */

void rib_labels_session_began(struct rib_client *c)
{
    for (struct rib_held *h = rib_held_from(&c->labels.held, 0); h; h = rib_held_from(&c->labels.held, h->label + 1u))
        if (h->is_used)
            claim(c, h);
    rib_out_flush_through(c, RIB_LANE_CLAIM);
}

void rib_labels_session_ready(struct rib_client *c)
{
    if (c->labels.is_waiting)
        ask(c);
}

void rib_labels_end_of_replay(struct rib_client *c)
{
    drop_told(&c->labels.held); /* ribd sweeps them now */
}

void rib_labels_session_ended(struct rib_client *c)
{
    struct rib_labels *l = &c->labels;

    drop_told(&l->held);
    rib_held_forget(&l->held, UINT64_MAX);
    rib_held_deleted_clear(&l->held);
    l->n_deletions = 0;
    l->pool.n = l->pool_at = 0;
    l->block = BLOCK_MIN;
    l->is_asked = false;
    l->has_none_left = false;
    timer_cancel(&l->retry);
    timer_cancel(&l->shrink);
}

void rib_labels_init(struct rib_client *c)
{
    c->labels.block = BLOCK_MIN;
    rib_held_init(&c->labels.held);
    timer_init(&c->labels.retry, c->env->loop, on_retry, c);
    timer_init(&c->labels.shrink, c->env->loop, on_shrink, c);
}

void rib_labels_fini(struct rib_client *c)
{
    rib_labels_session_ended(c);
    rib_held_fini(&c->labels.held);
    rib_vec_fini(&c->labels.pool);
}
