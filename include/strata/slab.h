/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of one size without a header each, packed in pages of 64 KiB, and 32-bit handles instead of pointers to them.
 * Slabs of several sizes share one space, so that a handle may name any of them. A page whose objects are all free goes
 * back to the system. Objects never move. What belongs to an object's kind is found from its address alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct mem_account;

enum { SLAB_PAGE = 65536, SLAB_UNIT_BITS = 2, SLAB_OFFSET_BITS = 14 };

struct slab_page {
    struct slab *slab;
    struct slab_page *next, *prev; /* pages of the slab with room */
    uint32_t index;                /* in the space */
    uint32_t n_used;
    uint32_t free;  /* offset of the first freed object, 0 none */
    uint32_t fresh; /* offset of what was never used */
};

struct slab_space {
    struct mem_account *acct;
    void *owner; /* the user's */
    struct slab_page **pages;
    size_t n_pages, room, first_gap;
    char *region; /* `region_left` octets that are not handed out yet */
    size_t region_left;
};

struct slab {
    struct slab_space *space;
    void *user; /* what all objects have in common */
    size_t size;
    size_t count; /* live objects */
    struct slab_page *partial, *spare;
};

void slab_space_init(struct slab_space *sp, struct mem_account *acct, void *owner);
void slab_space_fini(struct slab_space *sp); /* and all that is in it */
/* `size` is rounded up to a multiple of 8, to which objects are aligned. */
void slab_init(struct slab *s, struct slab_space *sp, size_t size, void *user);
void *slab_alloc(struct slab *s); /* zeroed; never NULL */
void slab_free(void *object);

static inline struct slab_page *slab_page_of(const void *p)
{
    return (struct slab_page *)((uintptr_t)p & ~(uintptr_t)(SLAB_PAGE - 1));
}

/* The slab of the object that `p` points into. */
static inline struct slab *slab_of(const void *p)
{
    return slab_page_of(p)->slab;
}

/* Of any place inside an object that is a multiple of 4 from its begin; never 0, which stands for none. */
static inline uint32_t slab_handle(const void *p)
{
    uint32_t offset = (uint32_t)((uintptr_t)p & (SLAB_PAGE - 1));

    return p ? slab_page_of(p)->index << SLAB_OFFSET_BITS | offset >> SLAB_UNIT_BITS : 0;
}

static inline void *slab_at(const struct slab_space *sp, uint32_t handle)
{
    if (!handle)
        return NULL;
    return (char *)sp->pages[handle >> SLAB_OFFSET_BITS] +
           ((handle & ((1u << SLAB_OFFSET_BITS) - 1)) << SLAB_UNIT_BITS);
}
