/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the client half of the conversation with ribd: the labels that a client holds or remembers, by FEC and by
 * label, and which labels it took entries of away. Owned by rib_client_label.c.
 */
#pragma once

#include "strata/index32.h"
#include "strata/label.h"
#include "strata/rib.h"
#include "strata/slab.h"

enum { RIB_LABEL_PAGE = 1024, RIB_LABEL_PAGES = (LABEL_MAX + 1) / RIB_LABEL_PAGE };

struct rib_held {
    struct rib_fec fec; /* canonical */
    uint64_t forget_us; /* not used, and given back by the daemon: ribd lets it rest for longer than until then. 0: ribd
                           told it */
    uint32_t next, prev; /* those with forget_us, in the order of it: handles */
    uint32_t row;        /* where in its lane the claim (not used: the "free") waits to be sent, if it still does */
    uint32_t label : 20;
    uint32_t is_used : 1; /* given to the daemon; else only remembered */
};

/* Labels that are neighbours. */
struct rib_label_page {
    uint32_t held[RIB_LABEL_PAGE]; /* handles */
    uint32_t n_held;
    uint64_t *deleted; /* NULL: none, or all heard. Which of our deletions the last one of this label was */
};

struct rib_held_store {
    struct slab_space space;
    struct slab slab;
    struct index32 by_fec;        /* handles */
    struct rib_label_page **page; /* RIB_LABEL_PAGES; NULL: no label yet */
    uint32_t first_freed, last_freed;
    bool has_deleted;
};

void rib_held_init(struct rib_held_store *s);
void rib_held_fini(struct rib_held_store *s);

/* Returns its hash. Every octet of the key is set, the padding, too. */
uint32_t rib_held_key(struct rib_fec *key, const struct rib_fec *f);
struct rib_held *rib_held_of_fec(const struct rib_held_store *s, const struct rib_fec *key, uint32_t hash);
/* Neither the FEC nor the label may be there; not used. */
struct rib_held *rib_held_add(struct rib_held_store *s, const struct rib_fec *key, uint32_t hash, uint32_t label);
void rib_held_remove(struct rib_held_store *s, struct rib_held *h);
/* The first of label `from` or above, NULL: none. It may be removed before the next is asked for. */
struct rib_held *rib_held_from(const struct rib_held_store *s, uint32_t from);

/* Given back: it is the last one to be forgotten. Used again, or removed, it is none of these. */
void rib_held_freed(struct rib_held_store *s, struct rib_held *h, uint64_t forget_us);
void rib_held_unfreed(struct rib_held_store *s, struct rib_held *h);
void rib_held_forget(struct rib_held_store *s, uint64_t now_us); /* those whose time is over */

/* The n-th deletion of an entry was that of this label. */
void rib_held_deleted(struct rib_held_store *s, uint32_t label, uint64_t n);
void rib_held_deleted_clear(struct rib_held_store *s); /* ribd has heard all */

static inline struct rib_label_page *rib_held_page(const struct rib_held_store *s, uint32_t label)
{
    return s->page && label <= LABEL_MAX ? s->page[label / RIB_LABEL_PAGE] : NULL;
}

static inline struct rib_held *rib_held_of_label(const struct rib_held_store *s, uint32_t label)
{
    const struct rib_label_page *p = rib_held_page(s, label);

    return p ? (struct rib_held *)slab_at(&s->space, p->held[label % RIB_LABEL_PAGE]) : NULL;
}

/* 0: none that matters. */
static inline uint64_t rib_held_deletion(const struct rib_held_store *s, uint32_t label)
{
    const struct rib_label_page *p = s->has_deleted ? rib_held_page(s, label) : NULL;

    return p && p->deleted ? p->deleted[label % RIB_LABEL_PAGE] : 0;
}
