/* SPDX-License-Identifier: Apache-2.0
 *
 * Where label entries are: in a slab, and found by their label in pages of neighbours.
 */
#include "src/ribd/rib/internal.h"

struct entry *ribd_entry_find(const struct rib *r, uint32_t label)
{
    const struct entry_page *page = label <= LABEL_MAX ? r->entry_pages[label / ENTRY_PAGE] : NULL;

    return page ? page->at[label % ENTRY_PAGE] : NULL;
}

struct entry *ribd_entry_add(struct rib *r, uint32_t label)
{
    struct entry_page **page = &r->entry_pages[label / ENTRY_PAGE];
    struct entry *e = slab_alloc(&r->entries);

    if (!*page)
        *page = MEM_NEW(&r->mem, struct entry_page);
    (*page)->n++;
    (*page)->at[label % ENTRY_PAGE] = e;
    e->in_label = label;
    return e;
}

void ribd_entry_drop(struct rib *r, struct entry *e)
{
    struct entry_page **page = &r->entry_pages[e->in_label / ENTRY_PAGE];

    (*page)->at[e->in_label % ENTRY_PAGE] = NULL;
    slab_free(e);
    if (--(*page)->n)
        return;
    mem_free(&r->mem, *page);
    *page = NULL;
}

struct entry *ribd_entry_next(const struct rib *r, uint32_t from)
{
    for (uint32_t i = from / ENTRY_PAGE, k = from % ENTRY_PAGE; i < ENTRY_PAGES; i++, k = 0) {
        for (; r->entry_pages[i] && k < ENTRY_PAGE; k++) {
            if (r->entry_pages[i]->at[k])
                return r->entry_pages[i]->at[k];
        }
    }
    return NULL;
}

/* At the end of all: the slab goes with its space. */
void ribd_entries_free(struct rib *r)
{
    struct entry *e;

    RIBD_EACH_ENTRY(e, r)
    mem_free(&r->mem, e->guards);
    for (size_t i = 0; i < ENTRY_PAGES; i++)
        mem_free(&r->mem, r->entry_pages[i]);
}
