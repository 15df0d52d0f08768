/* SPDX-License-Identifier: Apache-2.0
 *
 * Where label entries are: in a slab, and found by their label in pages of neighbours. And how many are written in one
 * turn: the first leave for the kernel while the next are made.
 */
#include "src/ribd/rib/internal.h"

/* Writes on their way to the kernel: several slices, so that one is made while another is being written. */
enum { WINDOW = 8192, SLICE = 2048 };

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

/* --- writing --- */

bool ribd_entries_are_waiting(const struct rib *r)
{
    for (int c = 0; c < CLIENTS; c++) {
        if (ribd_fifo_n(&r->write_entries[c]))
            return true;
    }
    return false;
}

bool ribd_entries_can_go_on(const struct rib *r)
{
    return r->n_entry_writes < ribd_part(r, WINDOW) && ribd_entries_are_waiting(r);
}

static void write_some(struct rib *r, struct fifo *f, size_t n)
{
    while (n--) {
        struct entry *e = ribd_fifo_take(r, f);
        const struct path *p = ribd_entry_path(e);

        if (p && p->is_queued) { /* it is to be resolved first */
            ribd_fifo_push(r, f, e);
            continue;
        }
        e->is_queued = false;
        ribd_audit_label_touched(r, e->in_label);
        ribd_entry_write(r, e);
    }
}

/* The same share of each client's: none waits for the end of another's flood. Writing an entry queues no other. */
void ribd_entries_write(struct rib *r)
{
    size_t room = ribd_entries_can_go_on(r) ? ribd_part(r, SLICE) : 0, n_waiting;

    do {
        n_waiting = 0;
        for (int c = 0; c < CLIENTS; c++)
            n_waiting += ribd_fifo_n(&r->write_entries[c]) > 0;
        for (int c = 0; room && n_waiting && c < CLIENTS; c++) {
            size_t n = ribd_fifo_n(&r->write_entries[c]), share = room / n_waiting ? room / n_waiting : 1;

            n = n < share ? n : share;
            write_some(r, &r->write_entries[c], n);
            room -= n;
            n_waiting -= n > 0;
        }
    } while (room && n_waiting);
    ribd_label_form_drop(r);
}

/* At the end of all: the slabs go with their space. */
void ribd_entries_free(struct rib *r)
{
    for (int c = 0; c < CLIENTS; c++)
        mem_free(&r->mem, r->write_entries[c].v.at);
    for (size_t i = 0; i < ENTRY_PAGES; i++)
        mem_free(&r->mem, r->entry_pages[i]);
}
