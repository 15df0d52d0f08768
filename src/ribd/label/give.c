/* SPDX-License-Identifier: Apache-2.0
 *
 * Ranges, and giving labels out: what a client left, what came back unused, what nobody had yet, what rested longest.
 *
 * Fairness: of the free labels so many are kept for each expected client that it can still have its share of the range,
 * and no block is more than a part of what is left. So neither one client nor the routes of one neighbour of it can
 * take what another needs.
 */
#include <string.h>

#include "src/ribd/label/internal.h"

enum { MARK_PARTS = 32, MARK_STEP_MIN = 32, MARK_STEP_MAX = 16384 }; /* each step is a file that is flushed to disk */
enum { BLOCK_PART = 4, BLOCK_FEW = 8 };

bool ribd_labels_is_reserved(const struct label_ranges *r, uint32_t label)
{
    for (size_t i = 0; i < r->n_reserved; i++) {
        if (label >= r->reserved[i].first && label <= r->reserved[i].last)
            return true;
    }
    return false;
}

bool ribd_label_is_dynamic(const struct label_manager *m, uint32_t label)
{
    return label >= m->range.first && label <= m->range.last && !ribd_labels_is_reserved(&m->range, label);
}

bool ribd_label_is_past(const struct label_manager *m, uint32_t label)
{
    const struct label_past *p = &m->past;

    return p->from <= p->mark ? label >= p->from && label < p->mark : label >= p->from || label < p->mark;
}

/* From one end to the other. */
static uint32_t span_of(const struct label_manager *m)
{
    return m->range.last >= m->range.first ? m->range.last - m->range.first + 1 : 0;
}

uint32_t ribd_label_range_size(const struct label_manager *m)
{
    return span_of(m) - m->n_reserved;
}

struct label_manager *ribd_labels_create(uint32_t first, uint32_t last, struct label_past past, uint64_t now_us)
{
    struct label_manager *m = MEM_NEW(NULL, struct label_manager);

    m->mem.name = "labels";
    slab_space_init(&m->space, &m->mem, m);
    slab_init(&m->page_slab, &m->space, LABEL_PAGE * sizeof(struct label), NULL);
    index32_init(&m->fecs, &m->mem);
    m->past = past;
    m->now_us = now_us;
    m->recycle_from_us = past.from != past.mark ? now_us + LABEL_REST_US : now_us;
    m->range.static_first = 1;
    ribd_labels_set_range(m, first, last);
    return m;
}

void ribd_labels_past_until(struct label_manager *m, uint64_t until_us)
{
    m->recycle_from_us = until_us;
}

void ribd_labels_destroy(struct label_manager *m)
{
    if (!m)
        return;
    slab_space_fini(&m->space);
    index32_fini(&m->fecs);
    mem_free(NULL, m);
}

/* --- ranges --- */

static uint32_t past_in_range(const struct label_manager *m)
{
    const struct label_past *p = &m->past;
    uint32_t n = 0;

    if (p->from == p->mark)
        return 0;
    for (uint32_t label = m->range.first; label <= m->range.last; label++)
        n += ribd_label_is_past(m, label) && ribd_label_is_dynamic(m, label);
    return n;
}

static void recount(struct label_manager *m)
{
    m->n_busy = 0;
    m->n_past_free = past_in_range(m);
    for (uint32_t page = m->range.first / LABEL_PAGE; span_of(m) && page <= m->range.last / LABEL_PAGE; page++) {
        for (uint32_t i = 0; m->pages[page] && i < LABEL_PAGE; i++) {
            uint32_t label = page * LABEL_PAGE + i;
            uint8_t state = m->pages[page][i].state;

            if (!ribd_label_is_dynamic(m, label) || state == FREE)
                continue;
            m->n_busy += state != RESTED;
            m->n_past_free -= ribd_label_is_past(m, label);
        }
    }
}

static uint32_t reserved_in_range(const struct label_manager *m)
{
    uint32_t n = 0;

    for (size_t i = 0; span_of(m) && i < m->range.n_reserved; i++) {
        const struct label_span *s = &m->range.reserved[i];
        uint32_t first = s->first > m->range.first ? s->first : m->range.first;
        uint32_t last = s->last < m->range.last ? s->last : m->range.last;

        n += first <= last ? last - first + 1 : 0;
    }
    return n;
}

/* Free ones that are not of the range are on no list; should it have them again, the first round finds them. What a
 * client left is of the range, too. */
static void leave_outside(struct label_manager *m, struct label_list *list)
{
    uint32_t label, next;

    for (label = list->first; label; label = next) {
        const struct label *l = ribd_label_find(m, label);

        next = l->next;
        if (!ribd_label_is_dynamic(m, label))
            ribd_label_move(m, label, FREE, RIB_CLIENT_NONE, (uint64_t)l->since_sec * 1000000);
    }
}

static void set_dynamic(struct label_manager *m, uint32_t first, uint32_t last)
{
    m->has_new_range = m->highest > 0;
    m->range.first = first;
    m->range.last = last;
    m->n_reserved = reserved_in_range(m);
    m->start = m->past.mark >= first && m->past.mark <= last ? m->past.mark : first;
    m->at = m->start;
    m->recycle_at = first;
    m->fresh_left = span_of(m);
    leave_outside(m, &m->lists[FREE][0]);
    for (unsigned c = 0; c < LABEL_CLIENTS; c++)
        leave_outside(m, &m->lists[LEFT][c]);
    recount(m);
}

static uint32_t at_least(uint32_t label)
{
    return label < LABEL_FIRST_UNRESERVED ? LABEL_FIRST_UNRESERVED : label;
}

static uint32_t at_most(uint32_t label)
{
    return label > LABEL_KERNEL_MAX ? LABEL_KERNEL_MAX : label;
}

/* Names do not matter. */
static bool has_same_reserved(const struct label_ranges *a, const struct label_ranges *b)
{
    bool is_same = a->n_reserved == b->n_reserved;

    for (size_t i = 0; is_same && i < a->n_reserved; i++)
        is_same = a->reserved[i].first == b->reserved[i].first && a->reserved[i].last == b->reserved[i].last;
    return is_same;
}

bool ribd_labels_set_ranges(struct label_manager *m, const struct label_ranges *r)
{
    uint32_t first = at_least(r->first), last = at_most(r->last);
    bool is_same = m->range.first == first && m->range.last == last && has_same_reserved(&m->range, r);

    memcpy(m->range.reserved, r->reserved, sizeof(m->range.reserved));
    m->range.n_reserved = r->n_reserved;
    m->range.static_first = at_least(r->static_first);
    m->range.static_last = at_most(r->static_last);
    if (!is_same)
        set_dynamic(m, first, last);
    return !is_same;
}

void ribd_labels_set_range(struct label_manager *m, uint32_t first, uint32_t last)
{
    const struct label_ranges r = {
        .first = first, .last = last, .static_first = m->range.static_first, .static_last = m->range.static_last};

    ribd_labels_set_ranges(m, &r);
}

/* --- the mark --- */

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
    uint32_t size = span_of(m);

    if (m->has_new_range)
        return past_of_ranges(m, ahead, now_us < m->recycle_from_us);
    if (m->fresh_left <= ahead)
        return all;
    p.mark = m->range.first + (m->at - m->range.first + ahead) % size;
    if (p.from < m->range.first || p.from > m->range.last)
        p.from = m->range.first; /* of another range */
    return p.from == p.mark && m->walked + ahead > 0 ? all : p;
}

uint32_t ribd_labels_mark_step(const struct label_manager *m)
{
    uint32_t part = span_of(m) > 1 ? (span_of(m) - 1) / MARK_PARTS : 0;
    size_t step = (ribd_label_n(m, CLAIMED) + ribd_label_n(m, GIVEN)) / 4;

    step = step < MARK_STEP_MIN ? MARK_STEP_MIN : step > MARK_STEP_MAX ? MARK_STEP_MAX : step;
    return step < part ? (uint32_t)step : part;
}

/* --- rest --- */

uint64_t ribd_labels_tick(struct label_manager *m, uint64_t now_us)
{
    const struct label_list *list = &m->lists[RESTING][0];
    bool is_waiting = m->past.from != m->past.mark && m->n_past_free > 0 && now_us < m->recycle_from_us;
    uint64_t next = is_waiting ? m->recycle_from_us : 0;

    m->now_us = m->now_us > now_us ? m->now_us : now_us;
    while (list->first) {
        const struct label *l = ribd_label_find(m, list->first);
        bool is_told = m->replaying & (1u << l->client) && l->fec.purpose;

        if (l->until_us > now_us)
            return next && next < l->until_us ? next : l->until_us;
        ribd_label_move(m, list->first, is_told ? TOLD : RESTED, (enum rib_client_id)l->client, now_us);
    }
    return next;
}

/* --- giving out --- */

/* What rested longest; what is not of the range any more is forgotten. */
static uint32_t take_rested(struct label_manager *m, uint64_t now_us)
{
    uint32_t label;

    while ((label = m->lists[RESTED][0].first) && !ribd_label_is_dynamic(m, label)) {
        ribd_label_forget(m, label);
        ribd_label_move(m, label, FREE, RIB_CLIENT_NONE, now_us);
    }
    return label;
}

static bool is_free(const struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);

    return !l || l->state == FREE;
}

static void end_at(uint32_t *end, uint32_t label, uint32_t bound)
{
    if (bound > label && bound < *end)
        *end = bound;
}

/* The first label behind this one that may be of another kind: reserved, of the past, or none of the range. */
static uint32_t kind_end(const struct label_manager *m, uint32_t label)
{
    uint32_t end = m->range.last + 1;

    end_at(&end, label, m->past.from);
    end_at(&end, label, m->past.mark);
    for (size_t i = 0; i < m->range.n_reserved; i++) {
        end_at(&end, label, m->range.reserved[i].first);
        end_at(&end, label, m->range.reserved[i].last + 1);
    }
    return end;
}

/* The free ones from m->at on, n_labels of one kind, until n are found. */
static size_t take_run(struct label_manager *m, uint32_t n_labels, size_t n, uint32_t *out)
{
    bool is_good = ribd_label_is_dynamic(m, m->at) && !ribd_label_is_past(m, m->at);
    size_t taken = 0;
    uint32_t i = is_good ? 0 : n_labels;

    for (; i < n_labels && taken < n; i++) {
        if (is_free(m, m->at + i))
            out[taken++] = m->at + i;
    }
    m->at += i;
    m->fresh_left -= i;
    m->walked += i;
    if (taken) {
        m->lowest = m->lowest && m->lowest < out[0] ? m->lowest : out[0];
        m->highest = m->highest > out[taken - 1] ? m->highest : out[taken - 1];
    }
    return taken;
}

/* What nobody had since the start: no list has it. */
static size_t take_fresh(struct label_manager *m, size_t n, uint32_t *out)
{
    size_t taken = 0;

    while (taken < n && m->fresh_left) {
        uint32_t run = kind_end(m, m->at) - m->at;

        taken += take_run(m, run < m->fresh_left ? run : m->fresh_left, n - taken, out + taken);
        if (m->at > m->range.last)
            m->at = m->range.first;
    }
    return taken;
}

static uint32_t take_past(struct label_manager *m, uint64_t now_us)
{
    while (now_us >= m->recycle_from_us && m->recycle_at <= m->range.last) {
        uint32_t label = m->recycle_at++;

        if (is_free(m, label) && ribd_label_is_dynamic(m, label))
            return label;
    }
    return 0;
}

/* What the client left, or came back unused. */
static uint32_t take_back(const struct label_manager *m, enum rib_client_id c)
{
    uint32_t label = m->lists[LEFT][c].first;

    return label ? label : m->lists[FREE][0].first;
}

static uint32_t take_old(struct label_manager *m, uint64_t now_us)
{
    uint32_t label = take_rested(m, now_us);

    return label ? label : take_past(m, now_us);
}

static void give(struct label_manager *m, enum rib_client_id c, uint32_t label, uint64_t now_us)
{
    ribd_label_forget(m, label);
    ribd_label_move(m, label, GIVEN, c, now_us);
}

/* --- fairness --- */

void ribd_labels_expect(struct label_manager *m, enum rib_client_id c)
{
    m->expected |= (uint8_t)(1u << c);
}

static size_t kept_for(const struct label_manager *m, enum rib_client_id c)
{
    size_t share = ribd_label_range_size(m) / LABEL_SHARE_PART, has = 0;

    if (!(m->expected & (1u << c)))
        return 0;
    has = m->lists[CLAIMED][c].n + m->lists[GIVEN][c].n + m->lists[LEFT][c].n + m->lists[TOLD][c].n;
    return has < share ? share - has : 0;
}

static size_t n_free(const struct label_manager *m, uint64_t now_us)
{
    return ribd_label_range_size(m) - m->n_busy - (now_us < m->recycle_from_us ? m->n_past_free : 0);
}

size_t ribd_labels_available(const struct label_manager *m, enum rib_client_id c, uint64_t now_us)
{
    size_t n = n_free(m, now_us), kept = 0;

    for (unsigned other = 0; other < LABEL_CLIENTS; other++)
        kept += other == c ? 0 : kept_for(m, (enum rib_client_id)other);
    return m->lists[LEFT][c].n + (n > kept ? n - kept : 0);
}

size_t ribd_labels_block(struct label_manager *m, enum rib_client_id c, uint32_t count, uint64_t now_us, uint32_t *out)
{
    size_t there, most, fresh, n = 0;
    uint32_t label;

    ribd_labels_tick(m, now_us);
    there = ribd_labels_available(m, c, now_us);
    most = there / BLOCK_PART > BLOCK_FEW ? there / BLOCK_PART : BLOCK_FEW;
    most = most < there ? most : there;
    most = most < count ? most : count;
    for (; n < most && (label = take_back(m, c)); out[n++] = label)
        give(m, c, label, now_us);
    fresh = take_fresh(m, most - n, out + n);
    ribd_labels_give_fresh(m, c, out + n, fresh, now_us);
    for (n += fresh; n < most && (label = take_old(m, now_us)); out[n++] = label)
        give(m, c, label, now_us);
    return n;
}
