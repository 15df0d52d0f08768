/* SPDX-License-Identifier: Apache-2.0
 *
 * The label manager. One octet of state a label, since a range has up to a million; what is claimed has an object with
 * its FEC; what rests stands in a queue in the order of its time. Never-used labels go out first, then rested ones.
 */
#include "src/ribd/label/manager.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "strata/mem.h"

enum { MARK_PARTS = 32, MARK_STEP_MIN = 32, MARK_STEP_MAX = 1024 };
enum state { FREE, GIVEN, CLAIMED, DRAINING, RESTING, RESERVED };

struct claim {
    uint32_t label;
    uint8_t client;
    bool is_stale;
    struct rib_fec fec;
    UT_hash_handle hh;
};

struct resting {
    uint32_t label;
    uint64_t until_us;
    STAILQ_ENTRY(resting) link;
};

struct label_manager {
    uint32_t first, last;
    uint32_t static_first, static_last;
    struct label_past past; /* rests until recycle_from_us */
    uint64_t recycle_from_us;
    uint32_t start, at;  /* giving out began there, and looks here next; around the end of the range */
    uint32_t fresh_left; /* of the first round, which leaves out the past */
    uint32_t recycle_at; /* the second round: next to look at */
    uint64_t walked;
    uint32_t lowest, highest; /* given out in the first round */
    bool has_new_range;       /* what was given is not one run any more, but between those two */
    uint8_t *state;           /* client << 4 | enum state, by label */
    struct claim *claims;
    STAILQ_HEAD(, resting) resting;
    size_t n[RESERVED + 1];
    struct mem_account mem;
};

static enum state state_of(const struct label_manager *m, uint32_t label)
{
    return (enum state)(m->state[label] & 15);
}

static enum rib_client_id owner_of(const struct label_manager *m, uint32_t label)
{
    return (enum rib_client_id)(m->state[label] >> 4);
}

static void set_state(struct label_manager *m, uint32_t label, enum state s, enum rib_client_id c)
{
    m->n[state_of(m, label)]--;
    m->n[s]++;
    m->state[label] = (uint8_t)((unsigned)c << 4 | (unsigned)s);
}

static bool is_label(uint32_t label)
{
    return label >= LABEL_FIRST_UNRESERVED && label <= LABEL_KERNEL_MAX;
}

struct label_manager *ribd_labels_create(uint32_t first, uint32_t last, struct label_past past, uint64_t now_us)
{
    struct label_manager *m = MEM_NEW(NULL, struct label_manager);

    m->mem.name = "labels";
    m->state = mem_alloc(&m->mem, LABEL_KERNEL_MAX + 1u);
    m->n[FREE] = LABEL_KERNEL_MAX + 1u;
    STAILQ_INIT(&m->resting);
    m->past = past;
    m->recycle_from_us = past.from != past.mark ? now_us + LABEL_REST_US : now_us;
    ribd_labels_set_range(m, first, last);
    return m;
}

void ribd_labels_destroy(struct label_manager *m)
{
    struct claim *c, *tmp;
    struct resting *r;

    if (!m)
        return;
    HASH_ITER (hh, m->claims, c, tmp) {
        HASH_DEL(m->claims, c);
        mem_free(&m->mem, c);
    }
    while ((r = STAILQ_FIRST(&m->resting))) {
        STAILQ_REMOVE_HEAD(&m->resting, link);
        mem_free(&m->mem, r);
    }
    mem_free(&m->mem, m->state);
    mem_free(NULL, m);
}

void ribd_labels_set_range(struct label_manager *m, uint32_t first, uint32_t last)
{
    if (first < LABEL_FIRST_UNRESERVED)
        first = LABEL_FIRST_UNRESERVED;
    if (last > LABEL_KERNEL_MAX)
        last = LABEL_KERNEL_MAX;
    if (m->first == first && m->last == last)
        return;
    m->has_new_range = m->highest > 0;
    m->first = first;
    m->last = last;
    m->start = m->past.mark >= first && m->past.mark <= last ? m->past.mark : first;
    m->at = m->start;
    m->recycle_at = first;
    m->fresh_left = last >= first ? last - first + 1 : 0;
}

void ribd_labels_set_ranges(struct label_manager *m, const struct label_ranges *r)
{
    ribd_labels_set_range(m, r->first, r->last);
    m->static_first = r->static_first < LABEL_FIRST_UNRESERVED ? LABEL_FIRST_UNRESERVED : r->static_first;
    m->static_last = r->static_last > LABEL_KERNEL_MAX ? LABEL_KERNEL_MAX : r->static_last;
}

uint64_t ribd_labels_walked(const struct label_manager *m)
{
    return m->walked;
}

/* Everything between the lowest and the highest, when the range was changed under way. */
static struct label_past past_of_ranges(const struct label_manager *m, uint32_t ahead, bool is_resting)
{
    struct label_past p = {.from = m->lowest, .mark = m->highest + 1};

    if (is_resting && m->past.from > m->past.mark)
        return (struct label_past){.from = 0, .mark = LABEL_KERNEL_MAX + 1};
    if (is_resting && m->past.from < m->past.mark) {
        p.from = p.from < m->past.from ? p.from : m->past.from;
        p.mark = p.mark > m->past.mark ? p.mark : m->past.mark;
    }
    p.mark = (p.mark > m->at ? p.mark : m->at) + ahead;
    return p;
}

struct label_past ribd_labels_past(const struct label_manager *m, uint32_t ahead, uint64_t now_us)
{
    static const struct label_past all = {.from = 0, .mark = LABEL_KERNEL_MAX + 1};
    struct label_past p = {.from =
                               m->past.from != m->past.mark && now_us < m->recycle_from_us ? m->past.from : m->start};
    uint32_t size = m->last >= m->first ? m->last - m->first + 1 : 0;

    if (m->has_new_range)
        return past_of_ranges(m, ahead, now_us < m->recycle_from_us);
    if (m->fresh_left <= ahead)
        return all;
    p.mark = m->first + (m->at - m->first + ahead) % size;
    if (p.from < m->first || p.from > m->last)
        p.from = m->first; /* of another range */
    return p.from == p.mark && m->walked + ahead > 0 ? all : p;
}

uint32_t ribd_labels_mark_step(const struct label_manager *m)
{
    uint32_t part = m->last > m->first ? (m->last - m->first) / MARK_PARTS : 0;
    size_t step = (m->n[CLAIMED] + m->n[GIVEN]) / 4;

    step = step < MARK_STEP_MIN ? MARK_STEP_MIN : step > MARK_STEP_MAX ? MARK_STEP_MAX : step;
    return step < part ? (uint32_t)step : part;
}

/* --- giving out --- */

static void rest(struct label_manager *m, uint32_t label, uint64_t now_us)
{
    struct resting *r = MEM_NEW(&m->mem, struct resting);

    r->label = label;
    r->until_us = now_us + LABEL_REST_US;
    STAILQ_INSERT_TAIL(&m->resting, r, link);
    set_state(m, label, RESTING, owner_of(m, label));
}

/* What rested long enough and was not claimed again meanwhile. 0: none. */
static uint32_t take_rested(struct label_manager *m, uint64_t now_us)
{
    struct resting *r;
    uint32_t label;

    while ((r = STAILQ_FIRST(&m->resting)) && r->until_us <= now_us) {
        label = state_of(m, r->label) == RESTING ? r->label : 0;
        STAILQ_REMOVE_HEAD(&m->resting, link);
        mem_free(&m->mem, r);
        if (label && (label < m->first || label > m->last)) {
            set_state(m, label, FREE, RIB_CLIENT_NONE);
            label = 0;
        }
        if (label)
            return label;
    }
    return 0;
}

static bool is_past(const struct label_manager *m, uint32_t label)
{
    const struct label_past *p = &m->past;

    return p->from <= p->mark ? label >= p->from && label < p->mark : label >= p->from || label < p->mark;
}

static uint32_t take_label(struct label_manager *m, uint64_t now_us)
{
    uint32_t label;

    while (m->fresh_left) {
        label = m->at;
        m->at = label == m->last ? m->first : label + 1;
        m->fresh_left--;
        m->walked++;
        if (state_of(m, label) != FREE || is_past(m, label))
            continue;
        m->lowest = m->lowest && m->lowest < label ? m->lowest : label;
        m->highest = m->highest > label ? m->highest : label;
        return label;
    }
    label = take_rested(m, now_us);
    if (label)
        return label;
    while (now_us >= m->recycle_from_us && m->recycle_at <= m->last) {
        label = m->recycle_at++;
        if (state_of(m, label) == FREE)
            return label;
    }
    return 0;
}

size_t ribd_labels_block(struct label_manager *m, enum rib_client_id c, uint32_t count, uint64_t now_us, uint32_t *out)
{
    uint32_t label;
    size_t n = 0;

    while (n < count && (label = take_label(m, now_us))) {
        set_state(m, label, GIVEN, c);
        out[n++] = label;
    }
    return n;
}

/* --- holding --- */

static struct claim *claim_find(const struct label_manager *m, uint32_t label)
{
    struct claim *c;

    HASH_FIND(hh, m->claims, &label, sizeof(label), c);
    return c;
}

static void claim_drop(struct label_manager *m, uint32_t label)
{
    struct claim *c = claim_find(m, label);

    if (!c)
        return;
    HASH_DEL(m->claims, c);
    mem_free(&m->mem, c);
}

void ribd_labels_reserve(struct label_manager *m, uint32_t label)
{
    if (is_label(label) && state_of(m, label) == FREE)
        set_state(m, label, RESERVED, RIB_CLIENT_NONE);
}

static void leave_rest(struct label_manager *m, uint32_t label)
{
    struct resting *r;

    STAILQ_FOREACH (r, &m->resting, link) {
        if (r->label == label) {
            STAILQ_REMOVE(&m->resting, r, resting, link);
            mem_free(&m->mem, r);
            return;
        }
    }
}

int ribd_labels_claim(struct label_manager *m, enum rib_client_id c, uint32_t label, const struct rib_fec *fec)
{
    struct claim *cl;

    if (!is_label(label))
        return -ERANGE;
    switch (state_of(m, label)) {
    case GIVEN:
    case CLAIMED:
    case DRAINING:
        if (owner_of(m, label) != c)
            return -EBUSY;
        break;
    case RESTING: /* a client that lived through its session's end, or ours */
        if (owner_of(m, label) != c && owner_of(m, label) != RIB_CLIENT_NONE)
            return -EBUSY;
        leave_rest(m, label);
        break;
    case FREE:
    case RESERVED:
        break;
    }
    cl = claim_find(m, label);
    if (!cl) {
        cl = MEM_NEW(&m->mem, struct claim);
        cl->label = label;
        HASH_ADD(hh, m->claims, label, sizeof(cl->label), cl);
    }
    cl->client = (uint8_t)c;
    cl->fec = *fec;
    cl->is_stale = false;
    set_state(m, label, CLAIMED, c);
    return 0;
}

bool ribd_labels_is_holder(const struct label_manager *m, enum rib_client_id c, uint32_t label)
{
    return is_label(label) && owner_of(m, label) == c && (state_of(m, label) == CLAIMED || state_of(m, label) == GIVEN);
}

void ribd_labels_free(struct label_manager *m, enum rib_client_id c, uint32_t label, bool is_live, uint64_t now_us)
{
    if (!ribd_labels_is_holder(m, c, label))
        return;
    claim_drop(m, label);
    if (is_live)
        set_state(m, label, DRAINING, c);
    else
        rest(m, label, now_us);
}

void ribd_labels_gone(struct label_manager *m, uint32_t label, uint64_t now_us)
{
    if (is_label(label) && (state_of(m, label) == DRAINING || state_of(m, label) == RESERVED))
        rest(m, label, now_us);
}

/* --- the configuration's --- */

int ribd_labels_static_claim(struct label_manager *m, uint32_t label, const struct rib_fec *fec,
                             char why[RIB_TEXT_MAX])
{
    enum rib_client_id owner;

    if (label < m->static_first || label > m->static_last) {
        snprintf(why, RIB_TEXT_MAX, "label %u is not of the static range %u-%u", label, m->static_first,
                 m->static_last);
        return -ERANGE;
    }
    owner = owner_of(m, label);
    if (owner != RIB_CLIENT_NONE && owner != RIB_CLIENT_RIBD) {
        snprintf(why, RIB_TEXT_MAX, "label %u %s a protocol: see show mpls label", label,
                 state_of(m, label) == RESTING ? "rests after its use by" : "is held by");
        return -EBUSY;
    }
    return ribd_labels_claim(m, RIB_CLIENT_RIBD, label, fec);
}

void ribd_labels_static_release(struct label_manager *m, uint32_t label, bool is_live, uint64_t now_us)
{
    ribd_labels_free(m, RIB_CLIENT_RIBD, label, is_live, now_us);
}

/* --- sessions --- */

void ribd_labels_client_lost(struct label_manager *m, enum rib_client_id c, uint64_t now_us)
{
    struct claim *cl, *tmp;

    HASH_ITER (hh, m->claims, cl, tmp) {
        if (cl->client == c)
            cl->is_stale = true;
    }
    if (!m->n[GIVEN])
        return;
    for (uint32_t label = LABEL_FIRST_UNRESERVED; label <= LABEL_KERNEL_MAX; label++) {
        if (state_of(m, label) == GIVEN && owner_of(m, label) == c)
            rest(m, label, now_us);
    }
}

void ribd_labels_client_sweep(struct label_manager *m, enum rib_client_id c, bool (*is_live)(void *arg, uint32_t label),
                              void *arg, uint64_t now_us)
{
    struct claim *cl, *tmp;

    HASH_ITER (hh, m->claims, cl, tmp) {
        if (cl->client == c && cl->is_stale)
            ribd_labels_free(m, c, cl->label, is_live(arg, cl->label), now_us);
    }
}

void ribd_labels_each_held(const struct label_manager *m, enum rib_client_id c,
                           void (*fn)(void *arg, uint32_t label, const struct rib_fec *fec), void *arg)
{
    struct claim *cl, *tmp;

    HASH_ITER (hh, m->claims, cl, tmp) {
        if (cl->client == c)
            fn(arg, cl->label, &cl->fec);
    }
}

/* --- reading --- */

void ribd_labels_view(const struct label_manager *m, uint32_t from, bool (*fn)(void *arg, const struct label_view *v),
                      void *arg)
{
    uint32_t first = from > LABEL_FIRST_UNRESERVED ? from : LABEL_FIRST_UNRESERVED;

    for (uint32_t label = first; label <= LABEL_KERNEL_MAX; label++) {
        struct label_view v = {.label = label, .owner = owner_of(m, label)};
        const struct claim *c;

        if (state_of(m, label) == FREE || state_of(m, label) == GIVEN)
            continue;
        c = claim_find(m, label);
        if (c) {
            v.is_claimed = true;
            v.is_stale = c->is_stale;
            v.fec = c->fec;
        }
        v.is_resting = state_of(m, label) == RESTING || state_of(m, label) == DRAINING;
        v.is_reserved = state_of(m, label) == RESERVED;
        if (!fn(arg, &v))
            return;
    }
}

void ribd_labels_count(const struct label_manager *m, struct label_counts *out)
{
    *out = (struct label_counts){.claimed = m->n[CLAIMED],
                                 .given = m->n[GIVEN],
                                 .resting = m->n[RESTING] + m->n[DRAINING],
                                 .reserved = m->n[RESERVED],
                                 .available = m->fresh_left};
}
