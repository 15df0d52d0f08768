/* SPDX-License-Identifier: Apache-2.0
 *
 * Slabs (slab.h). A page is mapped by itself at a multiple of its size: the page of an object is found by masking its
 * address, and an empty page leaves the process. One empty page a slab is kept, so that an object that comes and goes
 * costs no system call. Pages come from regions of addresses, one after another. Those of a space that has grown are
 * the processor's big pages: the kernel is asked for memory once for 2 MiB, not for each 4 KiB. Free objects are
 * poisoned for the address sanitizer.
 */
#include "strata/slab.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/pages.h"
#include "strata/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { REGION = 1 << 20, REGION_BIG = PAGES_HUGE, BIG_FROM = REGION / SLAB_PAGE, FILL_FROM = (1 << 18) / SLAB_PAGE };
_Static_assert(SLAB_PAGE == 1 << (SLAB_OFFSET_BITS + SLAB_UNIT_BITS), "a handle reaches every unit of a page");

/* --- pages --- */

static struct slab_page *page_map(struct slab_space *sp)
{
    bool is_big = sp->n_pages > BIG_FROM;
    char *page;

    if (!sp->region_left) {
        sp->region_left = is_big ? REGION_BIG : REGION;
        sp->region = pages_map(sp->region_left, is_big ? REGION_BIG : SLAB_PAGE);
    }
    page = sp->region;
    sp->region += SLAB_PAGE;
    sp->region_left -= SLAB_PAGE;
    if (sp->n_pages > FILL_FROM)
        pages_fill(page, SLAB_PAGE);
    if (sp->acct) {
        sp->acct->count++;
        sp->acct->bytes += SLAB_PAGE;
    }
    return (struct slab_page *)(void *)page;
}

static void page_unmap(struct mem_account *acct, struct slab_page *p)
{
    UNPOISON(p, SLAB_PAGE); /* others may be given the same addresses */
    pages_unmap(p, SLAB_PAGE);
    if (acct) {
        acct->count--;
        acct->bytes -= SLAB_PAGE;
    }
}

static size_t page_index(struct slab_space *sp)
{
    while (sp->first_gap < sp->n_pages && sp->pages[sp->first_gap])
        sp->first_gap++;
    if (sp->first_gap < sp->n_pages)
        return sp->first_gap;
    if (sp->n_pages >> (32 - SLAB_OFFSET_BITS)) /* 16 GiB */
        abort();
    if (sp->n_pages == sp->room) {
        sp->room = sp->room ? sp->room * 2 : 8;
        sp->pages = mem_realloc(sp->acct, sp->pages, sp->room * sizeof(sp->pages[0]));
    }
    return sp->n_pages++;
}

static void partial_insert(struct slab *s, struct slab_page *p)
{
    p->prev = NULL;
    p->next = s->partial;
    if (p->next)
        p->next->prev = p;
    s->partial = p;
}

static void partial_remove(struct slab *s, struct slab_page *p)
{
    if (p->prev)
        p->prev->next = p->next;
    else
        s->partial = p->next;
    if (p->next)
        p->next->prev = p->prev;
}

static void page_add(struct slab *s)
{
    size_t index = page_index(s->space);
    struct slab_page *p = page_map(s->space);

    s->space->pages[index] = p;
    p->slab = s;
    p->index = (uint32_t)index;
    p->fresh = sizeof(*p);
    POISON(p + 1, SLAB_PAGE - sizeof(*p));
    partial_insert(s, p);
}

static void page_drop(struct slab *s, struct slab_page *p)
{
    struct slab_space *sp = s->space;

    partial_remove(s, p);
    sp->pages[p->index] = NULL;
    if (p->index < sp->first_gap)
        sp->first_gap = p->index;
    page_unmap(sp->acct, p);
}

/* --- objects --- */

static bool page_is_full(const struct slab *s, const struct slab_page *p)
{
    return !p->free && p->fresh + s->size > SLAB_PAGE;
}

void *slab_alloc(struct slab *s)
{
    struct slab_page *p;
    char *object;

    if (!s->partial)
        page_add(s);
    p = s->partial;
    if (p == s->spare)
        s->spare = NULL;
    object = (char *)p + (p->free ? p->free : p->fresh);
    UNPOISON(object, s->size);
    if (p->free) {
        memcpy(&p->free, object, sizeof(p->free));
        memset(object, 0, s->size);
    } else {
        p->fresh += (uint32_t)s->size; /* as the kernel gave it: zero */
    }
    p->n_used++;
    s->count++;
    if (page_is_full(s, p))
        partial_remove(s, p);
    return object;
}

void slab_free(void *object)
{
    struct slab_page *p = slab_page_of(object);
    struct slab *s = p->slab;

    if (page_is_full(s, p))
        partial_insert(s, p);
    memcpy(object, &p->free, sizeof(p->free));
    p->free = (uint32_t)((char *)object - (char *)p);
    POISON((char *)object + sizeof(p->free), s->size - sizeof(p->free));
    s->count--;
    if (--p->n_used)
        return;
    if (s->spare)
        page_drop(s, p);
    else
        s->spare = p;
}

/* --- create, destroy --- */

void slab_space_init(struct slab_space *sp, struct mem_account *acct, void *owner)
{
    *sp = (struct slab_space){.acct = acct, .owner = owner};
}

void slab_space_fini(struct slab_space *sp)
{
    for (size_t i = 0; i < sp->n_pages; i++) {
        if (sp->pages[i])
            page_unmap(sp->acct, sp->pages[i]);
    }
    if (sp->region_left)
        pages_unmap(sp->region, sp->region_left);
    mem_free(sp->acct, sp->pages);
    *sp = (struct slab_space){0};
}

void slab_init(struct slab *s, struct slab_space *sp, size_t size, void *user)
{
    *s = (struct slab){.space = sp, .user = user, .size = (size + 7) & ~(size_t)7};
}
