/* SPDX-License-Identifier: Apache-2.0
 *
 * Who holds which label: states and their changes.
 *
 *   FREE -> GIVEN -> CLAIMED -> DRAINING -> RESTING -> RESTED -> GIVEN ...
 *            |  ^      ^ ^         |           |         |
 *   client   v  |      | +---------+-----------+---------+  the same client claims it for the same FEC
 *   lost    LEFT-------+
 *
 * A label in a block was never told to a neighbour: it is told only when the kernel has its entry, and an entry follows
 * its claim. So it is free at once when it comes back; only what was claimed rests.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/label/internal.h"

static const struct label untouched;

static bool is_label(uint32_t label)
{
    return label >= LABEL_FIRST_UNRESERVED && label <= LABEL_KERNEL_MAX;
}

struct label *ribd_label_find(const struct label_manager *m, uint32_t label)
{
    struct label *page = label <= LABEL_KERNEL_MAX ? m->pages[label / LABEL_PAGE] : NULL;

    return page ? &page[label % LABEL_PAGE] : NULL;
}

static const struct label *read(const struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);

    return l ? l : &untouched;
}

static struct label *touch(struct label_manager *m, uint32_t label)
{
    struct label **page = &m->pages[label / LABEL_PAGE];

    if (!*page)
        *page = slab_alloc(&m->page_slab);
    return &(*page)[label % LABEL_PAGE];
}

/* Of a list, so that its page is there. */
static struct label *listed(const struct label_manager *m, uint32_t label)
{
    return &m->pages[label / LABEL_PAGE][label % LABEL_PAGE];
}

/* The padding, too: it is hashed and compared. */
static struct rib_fec canonical(const struct rib_fec *f)
{
    struct rib_fec key;

    memset(&key, 0, sizeof(key));
    key.purpose = f->purpose;
    key.vrf = f->vrf;
    key.prefix.addr.family = f->prefix.addr.family;
    key.prefix.len = f->prefix.len;
    key.discriminator = f->discriminator;
    if (f->prefix.addr.family == AF_IPV4 && f->prefix.len <= 32) {
        uint32_t mask = f->prefix.len ? htobe32(UINT32_MAX << (32 - f->prefix.len)) : 0, address;

        memcpy(&address, f->prefix.addr.b, sizeof(address));
        address &= mask;
        memcpy(key.prefix.addr.b, &address, sizeof(address));
    } else {
        struct prefix p = prefix_normalize(f->prefix);

        key.prefix.len = p.len;
        memcpy(key.prefix.addr.b, p.addr.b, ip_addr_bits(&p.addr) / 8u);
    }
    return key;
}

static bool is_same(const struct rib_fec *a, const struct rib_fec *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* --- lists --- */

static void unlink_label(struct label_manager *m, struct label_list *list, struct label *l, uint32_t label)
{
    if (list->first != label && !l->prev)
        return; /* free, and never was in a block */
    if (l->prev)
        listed(m, l->prev)->next = l->next;
    else
        list->first = l->next;
    if (l->next)
        listed(m, l->next)->prev = l->prev;
    else
        list->last = l->prev;
    l->next = l->prev = 0;
    list->n--;
}

static void append_label(struct label_manager *m, struct label_list *list, struct label *l, uint32_t label)
{
    l->prev = list->last;
    l->next = 0;
    if (list->last)
        listed(m, list->last)->next = label;
    else
        list->first = label;
    list->last = label;
    list->n++;
}

/* Those that go to anybody, or by their time, come first, and stand on one list for all clients. */
static bool is_common(unsigned state)
{
    return state <= RESTED;
}

static unsigned place_of(uint8_t state, uint8_t client)
{
    return is_common(state) ? 0 : client;
}

static struct label_list *list_of(struct label_manager *m, uint8_t state, uint8_t client)
{
    return &m->lists[state][place_of(state, client)];
}

bool ribd_label_is_listed(const struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);
    const struct label_list *list = &m->lists[l->state][place_of(l->state, l->client)];

    return (l->prev ? ribd_label_find(m, l->prev)->next : list->first) == label;
}

static bool is_busy(uint8_t state)
{
    return state != FREE && state != RESTED;
}

/* What is free of the range, and who has how many that rest: of states that are not common it is the same. */
static void count_move(struct label_manager *m, uint32_t label, uint8_t from, uint8_t from_client, uint8_t to,
                       uint8_t to_client)
{
    m->resting[from_client] -= from == RESTING;
    m->resting[to_client] += to == RESTING;
    if (!ribd_label_is_dynamic(m, label))
        return;
    m->n_busy += (size_t)is_busy(to) - (size_t)is_busy(from);
    if ((from == FREE) != (to == FREE) && ribd_label_is_past(m, label))
        m->n_past_free += to == FREE ? 1 : SIZE_MAX;
}

static void move(struct label_manager *m, struct label *l, uint32_t label, enum label_state_of state,
                 enum rib_client_id c, uint64_t now_us)
{
    m->now_us = m->now_us > now_us ? m->now_us : now_us;
    unlink_label(m, list_of(m, l->state, l->client), l, label);
    if (is_common(l->state) || is_common(state))
        count_move(m, label, l->state, l->client, (uint8_t)state, (uint8_t)c);
    l->state = (uint8_t)state;
    l->client = (uint8_t)c;
    l->since_sec = (uint32_t)(now_us / 1000000);
    if (state != FREE || ribd_label_is_dynamic(m, label))
        append_label(m, list_of(m, l->state, l->client), l, label);
}

void ribd_label_move(struct label_manager *m, uint32_t label, enum label_state_of state, enum rib_client_id c,
                     uint64_t now_us)
{
    move(m, touch(m, label), label, state, c, now_us);
}

void ribd_labels_give_fresh(struct label_manager *m, enum rib_client_id c, const uint32_t *labels, size_t n,
                            uint64_t now_us)
{
    struct label_list *list = list_of(m, GIVEN, (uint8_t)c);
    uint32_t now_sec = (uint32_t)(now_us / 1000000);

    for (size_t i = 0; i < n; i++) {
        struct label *l = touch(m, labels[i]);

        l->state = GIVEN;
        l->client = (uint8_t)c;
        l->since_sec = now_sec;
        append_label(m, list, l, labels[i]);
    }
    m->n_busy += n;
}

void ribd_label_forget(struct label_manager *m, uint32_t label)
{
    struct label *l = ribd_label_find(m, label);

    if (!l || !l->fec.purpose)
        return;
    ribd_label_index_remove(m, label);
    memset(&l->fec, 0, sizeof(l->fec));
}

static bool is_known_by_fec(const struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);

    return l->fec.purpose && ribd_label_index_find(m, (enum rib_client_id)l->client, &l->fec) == label;
}

/* The FEC of the label leads to it from now on: the one that it left remembers it no more, unless that one is held. */
static void lead_fec(struct label_manager *m, struct label *l, uint32_t label)
{
    uint32_t other = ribd_label_index_lead(m, l, label, l->state == CLAIMED);
    struct label *o;

    if (!other || other == label)
        return;
    o = ribd_label_find(m, other);
    if (o->state != CLAIMED)
        memset(&o->fec, 0, sizeof(o->fec));
    else if (l->state != CLAIMED)
        memset(&l->fec, 0, sizeof(l->fec));
    else
        m->has_twins = true;
}

/* --- the journal --- */

void ribd_labels_journal(struct label_manager *m, label_journal_fn *fn, void *arg)
{
    m->journal = fn;
    m->journal_arg = arg;
}

static bool has_record(const struct label *l)
{
    return l->state == DRAINING || l->state == RESTING || (l->fec.purpose && l->state != FREE);
}

static struct label_record record_of(const struct label *l, uint32_t label)
{
    return (struct label_record){.client = l->client,
                                 .is_freed = l->state != CLAIMED,
                                 .label = label,
                                 .since_sec = l->since_sec,
                                 .until_us = l->state == DRAINING ? 0 : l->until_us,
                                 .fec = l->fec};
}

static void write_down(struct label_manager *m, const struct label *l, uint32_t label)
{
    struct label_record r;

    if (!m->journal || !has_record(l))
        return;
    r = record_of(l, label);
    m->journal(m->journal_arg, &r);
}

uint32_t ribd_labels_records(const struct label_manager *m, uint32_t from, size_t n, label_journal_fn *fn, void *arg)
{
    for (uint32_t label = from; label <= LABEL_KERNEL_MAX; label++) {
        const struct label *l = ribd_label_find(m, label);
        struct label_record r;

        if (!l) {
            label |= LABEL_PAGE - 1;
            continue;
        }
        if (!has_record(l))
            continue;
        if (n-- == 0)
            return label;
        r = record_of(l, label);
        fn(arg, &r);
    }
    return 0;
}

size_t ribd_labels_n_records(const struct label_manager *m)
{
    return m->fecs.n;
}

void ribd_labels_restore(struct label_manager *m, const struct label_record *r, uint64_t now_us)
{
    uint64_t latest = now_us + LABEL_REST_US;
    struct label *l;

    if (!is_label(r->label) || r->client >= LABEL_CLIENTS)
        return;
    if (!r->is_freed && (!r->fec.purpose || r->client == RIB_CLIENT_NONE))
        return;
    ribd_label_forget(m, r->label);
    ribd_label_move(m, r->label, r->is_freed ? RESTING : CLAIMED, (enum rib_client_id)r->client, now_us);
    l = ribd_label_find(m, r->label);
    l->fec = canonical(&r->fec);
    l->age = STALE;
    l->is_restored = true;
    l->until_us = r->until_us && r->until_us < latest ? r->until_us : latest;
    if (l->until_us < m->recycle_from_us && m->recycle_from_us <= latest)
        l->until_us = m->recycle_from_us; /* a client may have it for another FEC, and we never heard */
    if (r->since_sec <= l->since_sec)
        l->since_sec = r->since_sec;
    if (l->fec.purpose)
        lead_fec(m, l, r->label);
}

static int by_time(const void *a, const void *b)
{
    const struct label *const *x = a, *const *y = b;

    return ((*x)->until_us > (*y)->until_us) - ((*x)->until_us < (*y)->until_us);
}

/* Into the order of their time. */
void ribd_labels_restored(struct label_manager *m, uint64_t now_us)
{
    struct label_list *list = &m->lists[RESTING][0];
    size_t n = list->n;
    struct entry {
        const struct label *l;
        uint32_t label;
    } *all = mem_alloc(&m->mem, (n + 1) * sizeof(*all));

    n = 0;
    for (uint32_t label = list->first; label; label = ribd_label_find(m, label)->next)
        all[n++] = (struct entry){ribd_label_find(m, label), label};
    qsort(all, n, sizeof(*all), by_time);
    for (size_t i = 0; i < n; i++)
        unlink_label(m, list, ribd_label_find(m, all[i].label), all[i].label);
    for (size_t i = 0; i < n; i++)
        append_label(m, list, ribd_label_find(m, all[i].label), all[i].label);
    mem_free(&m->mem, all);
    ribd_labels_tick(m, now_us);
}

/* --- holding --- */

static void rest(struct label_manager *m, uint32_t label, uint64_t now_us)
{
    struct label *l = touch(m, label);

    l->until_us = now_us + LABEL_REST_US;
    move(m, l, label, RESTING, (enum rib_client_id)l->client, now_us);
    write_down(m, l, label);
}

void ribd_labels_reserve(struct label_manager *m, uint32_t label)
{
    const struct label *l;

    if (!is_label(label))
        return;
    l = read(m, label);
    if (l->state == FREE || l->state == RESTING || l->state == RESTED)
        ribd_label_move(m, label, FOUND, (enum rib_client_id)l->client, (uint64_t)l->since_sec * 1000000);
}

void ribd_labels_others(struct label_manager *m, uint32_t label, bool is_there, uint64_t now_us)
{
    const struct label *l = read(m, label);

    if (!is_label(label) || is_there == (l->state == OTHERS))
        return;
    if (!is_there && l->client != RIB_CLIENT_NONE) {
        ribd_label_move(m, label, GIVEN, (enum rib_client_id)l->client, now_us);
    } else if (!is_there) {
        rest(m, label, now_us);
    } else if (l->state != DRAINING && (l->state != CLAIMED || l->is_restored)) {
        enum rib_client_id c = l->state == GIVEN ? (enum rib_client_id)l->client : RIB_CLIENT_NONE;

        ribd_label_forget(m, label);
        ribd_label_move(m, label, OTHERS, c, now_us);
    }
}

static bool had_fec(uint8_t state)
{
    return state == CLAIMED || state == DRAINING || state == RESTING || state == RESTED || state == TOLD;
}

static int may_claim(const struct label_manager *m, enum rib_client_id c, uint32_t label, const struct rib_fec *fec)
{
    const struct label *l = read(m, label);

    if (!is_label(label))
        return -ERANGE;
    if (l->state == OTHERS || (l->client != RIB_CLIENT_NONE && l->client != c))
        return -EBUSY;
    if (had_fec(l->state) && !is_same(&l->fec, fec) && !l->is_restored)
        return -EBUSY;
    if (l->state == FREE && c != RIB_CLIENT_RIBD && label >= m->range.static_first && label <= m->range.static_last)
        return -ERANGE;
    return 0;
}

/* A FEC as a client tells it mostly is canonical, octet by octet. With twins the index may need this one again. */
bool ribd_labels_is_claimed(const struct label_manager *m, enum rib_client_id c, uint32_t label,
                            const struct rib_fec *fec)
{
    const struct label *l = read(m, label);

    return !m->has_twins && l->state == CLAIMED && l->client == c && l->age == OF_NOW && !l->is_restored &&
           l->fec.purpose && is_same(&l->fec, fec);
}

/* Another program has the label now: whoever has it in a block is not to keep it. True: it was so. */
static bool leave_to_others(struct label_manager *m, enum rib_client_id c, uint32_t label, uint64_t now_us)
{
    const struct label *l = read(m, label);

    if (l->state != OTHERS || l->client != c || c == RIB_CLIENT_NONE)
        return false;
    ribd_label_move(m, label, OTHERS, RIB_CLIENT_NONE, now_us);
    return true;
}

/* To the end of its list: what is stale stands before what is not, and of it what is being swept stands first. */
static void renew(struct label_manager *m, struct label *l, uint32_t label)
{
    struct label_list *list;

    if (l->age == OF_NOW)
        return;
    list = list_of(m, l->state, l->client);
    unlink_label(m, list, l, label);
    append_label(m, list, l, label);
    l->age = OF_NOW;
}

int ribd_labels_claim(struct label_manager *m, enum rib_client_id c, uint32_t label, const struct rib_fec *fec,
                      uint64_t now_us)
{
    struct rib_fec key = canonical(fec);
    int err = may_claim(m, c, label, &key);
    struct label *l;

    if (err < 0) {
        leave_to_others(m, c, label, now_us);
        return err;
    }
    l = touch(m, label);
    l->is_restored = false;
    if (l->state == CLAIMED && is_same(&l->fec, &key)) {
        renew(m, l, label);
        if (!ribd_label_index_find(m, c, &key))
            ribd_label_index_lead(m, l, label, true);
        return 0;
    }
    if (l->fec.purpose && !is_same(&l->fec, &key))
        ribd_label_forget(m, label);
    if (l->state != CLAIMED)
        move(m, l, label, CLAIMED, c, now_us);
    renew(m, l, label);
    l->fec = key;
    lead_fec(m, l, label);
    write_down(m, l, label);
    return 0;
}

bool ribd_labels_is_holder(const struct label_manager *m, enum rib_client_id c, uint32_t label)
{
    const struct label *l = read(m, label);

    return is_label(label) && l->client == c && (l->state == CLAIMED || l->state == GIVEN);
}

void ribd_labels_free(struct label_manager *m, enum rib_client_id c, uint32_t label, bool is_live, uint64_t now_us)
{
    if (leave_to_others(m, c, label, now_us) || !ribd_labels_is_holder(m, c, label))
        return;
    if (!is_known_by_fec(m, label))
        ribd_label_forget(m, label); /* its FEC has another one meanwhile */
    if (read(m, label)->state == GIVEN && !is_live) {
        ribd_label_move(m, label, FREE, RIB_CLIENT_NONE, now_us);
    } else if (is_live) {
        ribd_label_move(m, label, DRAINING, c, now_us);
        write_down(m, read(m, label), label);
    } else {
        rest(m, label, now_us);
    }
}

void ribd_labels_gone(struct label_manager *m, uint32_t label, uint64_t now_us)
{
    if (is_label(label) && (read(m, label)->state == DRAINING || read(m, label)->state == FOUND))
        rest(m, label, now_us);
}

/* --- the configuration's --- */

int ribd_labels_static_claim(struct label_manager *m, uint32_t label, const struct rib_fec *fec, char why[RIB_TEXT_MAX])
{
    const struct label *l = read(m, label);
    bool is_ours = l->client == RIB_CLIENT_NONE || l->client == RIB_CLIENT_RIBD;
    struct rib_fec key = canonical(fec);

    if (label < m->range.static_first || label > m->range.static_last) {
        snprintf(why, RIB_TEXT_MAX, "label %u is not of the static range %u-%u", label, m->range.static_first,
                 m->range.static_last);
        return -ERANGE;
    }
    if (ribd_labels_is_reserved(&m->range, label)) {
        snprintf(why, RIB_TEXT_MAX, "label %u is reserved: see mpls label-range", label);
        return -ERANGE;
    }
    if (l->state == OTHERS) {
        snprintf(why, RIB_TEXT_MAX, "label %u is used by another program: see ip -f mpls route", label);
        return -EBUSY;
    }
    if (l->state == CLAIMED && (!is_ours || (!is_same(&l->fec, &key) && l->age == OF_NOW))) {
        snprintf(why, RIB_TEXT_MAX, "label %u is held by %s: see show mpls label", label,
                 is_ours ? "another label-switched path" : "a protocol");
        return -EBUSY;
    }
    if (!is_ours && l->state != RESTED) {
        snprintf(why, RIB_TEXT_MAX, "label %u was a protocol's and is not free yet: see show mpls label", label);
        return -EBUSY;
    }
    if (l->state != CLAIMED && l->state != FREE) { /* whoever writes labels by hand says when one is used anew */
        ribd_label_forget(m, label);
        ribd_label_move(m, label, FREE, RIB_CLIENT_NONE, m->now_us);
    }
    return ribd_labels_claim(m, RIB_CLIENT_RIBD, label, fec, m->now_us);
}

void ribd_labels_static_release(struct label_manager *m, uint32_t label, bool is_live, uint64_t now_us)
{
    ribd_labels_free(m, RIB_CLIENT_RIBD, label, is_live, now_us);
}

/* --- sessions --- */

static void move_all(struct label_manager *m, enum label_state_of from, enum label_state_of to, enum rib_client_id c,
                     uint64_t now_us)
{
    struct label_list *list = list_of(m, (uint8_t)from, (uint8_t)c);

    while (list->first)
        ribd_label_move(m, list->first, to, to == FREE ? RIB_CLIENT_NONE : c, now_us);
}

/* What rested is kept for the client until it has told everything. */
static void keep_rested(struct label_manager *m, enum rib_client_id c)
{
    uint32_t label, next;

    for (label = m->lists[RESTED][0].first; label; label = next) {
        const struct label *l = ribd_label_find(m, label);

        next = l->next;
        if (l->client == c)
            ribd_label_move(m, label, TOLD, c, (uint64_t)l->since_sec * 1000000);
    }
}

void ribd_labels_client_opened(struct label_manager *m, enum rib_client_id c,
                               void (*fn)(void *arg, uint32_t label, const struct rib_fec *fec), void *arg,
                               uint64_t now_us)
{
    ribd_labels_tick(m, now_us);
    m->replaying |= (uint8_t)(1u << c);
    keep_rested(m, c);
    for (uint32_t page = 0; m->fecs.n && page < LABEL_PAGES; page++) {
        for (uint32_t i = 0; m->pages[page] && i < LABEL_PAGE; i++) {
            const struct label *l = &m->pages[page][i];
            uint32_t label = page * LABEL_PAGE + i;

            if (l->client == c && l->fec.purpose && is_known_by_fec(m, label))
                fn(arg, label, &l->fec);
        }
    }
}

void ribd_labels_client_lost(struct label_manager *m, enum rib_client_id c, uint64_t now_us)
{
    uint32_t label = list_of(m, CLAIMED, (uint8_t)c)->last;
    struct label *l;

    for (; label && (l = ribd_label_find(m, label))->age == OF_NOW; label = l->prev)
        l->age = STALE;
    while ((label = list_of(m, GIVEN, (uint8_t)c)->first)) {
        bool is_dynamic = ribd_label_is_dynamic(m, label);

        ribd_label_move(m, label, is_dynamic ? LEFT : FREE, is_dynamic ? c : RIB_CLIENT_NONE, now_us);
    }
    while (c != RIB_CLIENT_NONE && (label = list_of(m, OTHERS, (uint8_t)c)->first))
        ribd_label_move(m, label, OTHERS, RIB_CLIENT_NONE, now_us);
    move_all(m, TOLD, RESTED, c, now_us);
    m->replaying &= (uint8_t) ~(1u << c);
}

/* What is stale now is marked, so that a client that dies in the middle loses nothing that it told since. The blocks go
 * at once: no client has more than 32768 labels in them. */
void ribd_labels_client_sweep(struct label_manager *m, enum rib_client_id c, uint64_t now_us)
{
    uint32_t label = list_of(m, CLAIMED, (uint8_t)c)->first;
    struct label *l;

    for (; label && (l = ribd_label_find(m, label))->age != OF_NOW; label = l->next)
        l->age = SWEPT;
    move_all(m, LEFT, FREE, c, now_us);
    move_all(m, TOLD, RESTED, c, now_us);
    m->replaying &= (uint8_t) ~(1u << c);
}

bool ribd_labels_sweep_some(struct label_manager *m, enum rib_client_id c, size_t n,
                            bool (*is_live)(void *arg, uint32_t label), void *arg, uint64_t now_us)
{
    const struct label_list *list = list_of(m, CLAIMED, (uint8_t)c);

    for (; list->first && ribd_label_find(m, list->first)->age == SWEPT; n--) {
        if (n == 0)
            return false;
        ribd_labels_free(m, c, list->first, is_live(arg, list->first), now_us);
    }
    return true;
}
