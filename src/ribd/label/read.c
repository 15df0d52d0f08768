/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the label manager: what operators see, counts, and whether it adds up.
 */
#include <string.h>

#include "src/ribd/label/internal.h"

static void view_of(const struct label *l, uint32_t label, struct label_view *v)
{
    *v = (struct label_view){.label = label,
                             .owner = (enum rib_client_id)l->client,
                             .is_claimed = l->state == CLAIMED,
                             .is_stale = l->state == CLAIMED && l->age != OF_NOW,
                             .is_resting = l->state == RESTING || l->state == DRAINING,
                             .is_reserved = l->state == FOUND,
                             .is_others = l->state == OTHERS,
                             .has_fec = l->fec.purpose != 0,
                             .since_sec = l->since_sec,
                             .fec = l->fec};
}

void ribd_labels_view(const struct label_manager *m, uint32_t from, bool (*fn)(void *arg, const struct label_view *v),
                      void *arg)
{
    for (uint32_t label = from; label <= LABEL_KERNEL_MAX; label++) {
        const struct label *l = ribd_label_find(m, label);
        struct label_view v;

        if (!l) {
            label |= LABEL_PAGE - 1;
            continue;
        }
        if (l->state != CLAIMED && l->state != RESTING && l->state != DRAINING && l->state != FOUND &&
            l->state != OTHERS)
            continue;
        view_of(l, label, &v);
        if (!fn(arg, &v))
            return;
    }
}

size_t ribd_label_n(const struct label_manager *m, enum label_state_of state)
{
    size_t n = 0;

    for (unsigned c = 0; c < LABEL_CLIENTS; c++)
        n += m->lists[state][c].n;
    return n;
}

void ribd_labels_count(const struct label_manager *m, uint64_t now_us, struct label_counts *out)
{
    size_t size = ribd_label_range_size(m);

    *out = (struct label_counts){.size = size,
                                 .claimed = ribd_label_n(m, CLAIMED),
                                 .given = ribd_label_n(m, GIVEN) + ribd_label_n(m, LEFT),
                                 .resting = ribd_label_n(m, RESTING) + ribd_label_n(m, DRAINING),
                                 .reserved = ribd_label_n(m, FOUND),
                                 .remembered = ribd_label_n(m, RESTED) + ribd_label_n(m, TOLD),
                                 .bytes = m->mem.bytes + sizeof(*m)};
    out->available = size - m->n_busy - (now_us < m->recycle_from_us ? m->n_past_free : 0);
}

void ribd_labels_count_client(const struct label_manager *m, enum rib_client_id c, struct label_client_counts *out)
{
    size_t share = ribd_label_range_size(m) / LABEL_SHARE_PART;

    *out = (struct label_client_counts){.given = m->lists[GIVEN][c].n + m->lists[LEFT][c].n,
                                        .claimed = m->lists[CLAIMED][c].n,
                                        .resting = m->resting[c] + m->lists[DRAINING][c].n};
    out->share = m->expected & (1u << c) ? share : 0;
}

void ribd_labels_ranges(const struct label_manager *m, struct label_ranges *out)
{
    *out = m->range;
}

void ribd_labels_count_range(const struct label_manager *m, uint32_t first, uint32_t last, uint64_t now_us,
                             struct label_range_counts *out)
{
    bool is_past_free = now_us >= m->recycle_from_us;
    size_t run = 0;

    memset(out, 0, sizeof(*out));
    for (uint32_t label = first; label <= last; label++) {
        const struct label *l = ribd_label_find(m, label);
        uint8_t state = l ? l->state : FREE;
        bool is_used = state == CLAIMED || state == FOUND || state == OTHERS;
        bool is_reserved = ribd_labels_is_reserved(&m->range, label);
        bool is_free =
            !is_reserved && (state == RESTED || (state == FREE && (is_past_free || !ribd_label_is_past(m, label))));

        out->size++;
        out->reserved += is_reserved;
        out->claimed += is_used;
        out->given += state == GIVEN || state == LEFT;
        out->resting += !is_free && !is_used && state != GIVEN && state != LEFT &&
                        (!is_reserved || (state != FREE && state != RESTED));
        out->free += is_free;
        run = is_free ? run + 1 : 0;
        out->largest_free = run > out->largest_free ? run : out->largest_free;
    }
}

/* --- does it add up? --- */

static size_t walk_list(const struct label_manager *m, const struct label_list *list, unsigned state, unsigned client)
{
    size_t n = 0, wrong = 0;
    uint32_t before = 0;
    uint8_t age = SWEPT;

    for (uint32_t label = list->first; label && n <= list->n; label = ribd_label_find(m, label)->next, n++) {
        const struct label *l = ribd_label_find(m, label);

        wrong += l->state != state || l->prev != before || (client && l->client != client);
        wrong += state == CLAIMED && l->age > age;
        age = l->age;
        before = label;
    }
    return wrong + (n != list->n) + (list->last != before);
}

/* A label that is held has a holder and a FEC; one that remembers a FEC is led to by it. */
static size_t is_wrong(const struct label_manager *m, const struct label *l)
{
    bool has_owner = l->client != RIB_CLIENT_NONE;

    switch ((enum label_state_of)l->state) {
    case FREE:
        return has_owner || l->fec.purpose;
    case GIVEN:
    case LEFT:
        return !has_owner || l->fec.purpose;
    case CLAIMED:
        return !has_owner || !l->fec.purpose;
    case DRAINING:
    case RESTING:
    case RESTED:
    case TOLD:
    case FOUND:
    case OTHERS:
    case LABEL_STATES:
        return l->fec.purpose && !ribd_label_index_find(m, (enum rib_client_id)l->client, &l->fec);
    }
    return 1;
}

uint32_t ribd_labels_audit(const struct label_manager *m, uint32_t from, size_t n, size_t *wrong)
{
    for (unsigned s = 0; from == 0 && s < LABEL_STATES; s++) {
        for (unsigned c = 0; c < LABEL_CLIENTS; c++)
            *wrong += walk_list(m, &m->lists[s][c], s, c);
    }
    for (uint32_t label = from; label <= LABEL_KERNEL_MAX; label++) {
        const struct label *l = ribd_label_find(m, label);

        if (!l) {
            label |= LABEL_PAGE - 1;
            continue;
        }
        if (n-- == 0)
            return label;
        *wrong += is_wrong(m, l) || (l->state != FREE && !ribd_label_is_listed(m, label));
    }
    return 0;
}
