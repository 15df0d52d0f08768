/* SPDX-License-Identifier: Apache-2.0
 *
 * The ids of our nexthop objects. One that was given back is used again when all others had their turn, so that what
 * still says its old id is long gone; over millions of them and restarts in between none is lost. One bit an id, in
 * pages that are there from their first use.
 */
#include "src/ribd/rib/internal.h"

static uint64_t *word_of(const struct rib *r, uint32_t id)
{
    uint64_t *page = r->nhid_pages[id / NHID_PAGE];

    return page ? &page[id % NHID_PAGE / 64] : NULL;
}

static bool is_ours(uint32_t id)
{
    return id >= NHID_FIRST && id <= NHID_LAST;
}

void ribd_nhid_take(struct rib *r, uint32_t id)
{
    if (!is_ours(id))
        return;
    if (!r->nhid_pages[id / NHID_PAGE])
        r->nhid_pages[id / NHID_PAGE] = mem_alloc(&r->mem, NHID_PAGE / 8);
    *word_of(r, id) |= 1ull << id % 64;
    if (id >= r->next_nhid)
        r->next_nhid = id == NHID_LAST ? NHID_FIRST : id + 1;
}

uint32_t ribd_nhid_new(struct rib *r)
{
    uint32_t id = r->next_nhid;

    for (uint32_t n = 0; n <= NHID_LAST - NHID_FIRST; n++) {
        const uint64_t *word = word_of(r, id);

        if (!word || !(*word & 1ull << id % 64)) {
            r->next_nhid = id;
            ribd_nhid_take(r, id);
            return id;
        }
        id = id == NHID_LAST ? NHID_FIRST : id + 1;
    }
    return 0;
}

void ribd_nhid_free(struct rib *r, uint32_t id)
{
    if (is_ours(id) && word_of(r, id))
        *word_of(r, id) &= ~(1ull << id % 64);
}

void ribd_nhids_free(struct rib *r)
{
    for (size_t i = 0; i < NHID_PAGES; i++) {
        mem_free(&r->mem, r->nhid_pages[i]);
        mem_free(&r->mem, r->nhid_leaving[i]);
    }
    for (size_t i = 0; i < NHID_PATH_PAGES; i++)
        mem_free(&r->mem, r->nhid_paths[i]);
}

/* --- whose delete is under way --- */

void ribd_nhid_leaves(struct rib *r, uint32_t id, bool is_leaving)
{
    uint64_t **page = &r->nhid_leaving[id / NHID_PAGE];

    if (!*page && is_leaving)
        *page = mem_alloc(&r->mem, NHID_PAGE / 8);
    if (is_leaving)
        (*page)[id % NHID_PAGE / 64] |= 1ull << id % 64;
    else if (*page)
        (*page)[id % NHID_PAGE / 64] &= ~(1ull << id % 64);
}

bool ribd_nhid_is_leaving(const struct rib *r, uint32_t id)
{
    const uint64_t *page = is_ours(id) ? r->nhid_leaving[id / NHID_PAGE] : NULL;

    return page && page[id % NHID_PAGE / 64] & 1ull << id % 64;
}

/* --- whose they are --- */

void ribd_nhid_own(struct rib *r, uint32_t id, struct path *p)
{
    struct path ***page = &r->nhid_paths[id / NHID_PATH_PAGE];

    if (!is_ours(id))
        return;
    if (!*page)
        *page = mem_alloc(&r->mem, NHID_PATH_PAGE * sizeof(**page));
    (*page)[id % NHID_PATH_PAGE] = p;
}

struct path *ribd_nhid_owner(const struct rib *r, uint32_t id)
{
    struct path *const *page = is_ours(id) ? r->nhid_paths[id / NHID_PATH_PAGE] : NULL;

    return page ? page[id % NHID_PATH_PAGE] : NULL;
}

struct path *ribd_nhid_next_owner(const struct rib *r, uint32_t *id)
{
    for (uint32_t page = *id / NHID_PATH_PAGE; page < NHID_PATH_PAGES; *id = ++page * NHID_PATH_PAGE) {
        for (; r->nhid_paths[page] && *id / NHID_PATH_PAGE == page; ++*id) {
            if (r->nhid_paths[page][*id % NHID_PATH_PAGE])
                return r->nhid_paths[page][*id % NHID_PATH_PAGE];
        }
    }
    return NULL;
}
