/* SPDX-License-Identifier: Apache-2.0
 *
 * The labels that a client holds (rib_client_held.h): 64 octets each, an index by FEC, and a table by label in pages,
 * as labels come in blocks.
 */
#include "lib/ipc/rib_client_held.h"

#include <arpa/inet.h>
#include <string.h>

#include "strata/mem.h"

_Static_assert(sizeof(struct rib_held) == 64, "a held label is one line of the cache");
_Static_assert(sizeof(struct rib_fec) % sizeof(uint64_t) == 0, "a FEC is whole words");

/* --- keys --- */

static void canonical_prefix(struct prefix *to, const struct prefix *from)
{
    struct prefix p;
    uint32_t be;

    to->addr.family = from->addr.family;
    if (from->addr.family == AF_IPV4) {
        memcpy(&be, from->addr.b, sizeof(be));
        to->len = from->len < 32 ? from->len : 32;
        be &= to->len ? htonl(UINT32_MAX << (32 - to->len)) : 0;
        memcpy(to->addr.b, &be, sizeof(be));
        return;
    }
    p = prefix_normalize(*from);
    memcpy(to->addr.b, p.addr.b, ip_addr_bits(&p.addr) / 8u);
    to->len = p.len;
}

uint32_t rib_held_key(struct rib_fec *key, const struct rib_fec *f)
{
    uint64_t word[sizeof(*key) / sizeof(uint64_t)], hash = 0;

    memset(key, 0, sizeof(*key));
    key->purpose = f->purpose;
    key->vrf = f->vrf;
    key->discriminator = f->discriminator;
    canonical_prefix(&key->prefix, &f->prefix);
    memcpy(word, key, sizeof(word));
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
        hash = index32_hash_word(hash, word[i]);
    return (uint32_t)hash;
}

static uint32_t hash_of(const struct rib_held *h)
{
    struct rib_fec key;

    return rib_held_key(&key, &h->fec);
}

struct rib_held *rib_held_of_fec(const struct rib_held_store *s, const struct rib_fec *key, uint32_t hash)
{
    uint32_t at, handle;

    for (handle = index32_first(&s->by_fec, hash, &at); handle; handle = index32_next(&s->by_fec, hash, &at)) {
        struct rib_held *h = slab_at(&s->space, handle);

        if (memcmp(&h->fec, key, sizeof(*key)) == 0)
            return h;
    }
    return NULL;
}

/* --- pages of labels --- */

static struct rib_label_page *page_get(struct rib_held_store *s, uint32_t label)
{
    struct rib_label_page **p;

    if (!s->page)
        s->page = mem_alloc(NULL, RIB_LABEL_PAGES * sizeof(struct rib_label_page *));
    p = &s->page[(label & LABEL_MAX) / RIB_LABEL_PAGE];
    if (!*p)
        *p = MEM_NEW(NULL, struct rib_label_page);
    return *p;
}

static void page_drop_if_empty(struct rib_held_store *s, uint32_t label)
{
    struct rib_label_page **p = &s->page[label / RIB_LABEL_PAGE];

    if ((*p)->n_held || (*p)->deleted)
        return;
    mem_free(NULL, *p);
    *p = NULL;
}

/* --- holding --- */

struct rib_held *rib_held_add(struct rib_held_store *s, const struct rib_fec *key, uint32_t hash, uint32_t label)
{
    struct rib_label_page *p = page_get(s, label);
    struct rib_held *h = slab_alloc(&s->slab);
    uint32_t handle = slab_handle(h);

    memcpy(&h->fec, key, sizeof(h->fec));
    h->label = label & LABEL_MAX;
    p->held[label % RIB_LABEL_PAGE] = handle;
    p->n_held++;
    index32_add(&s->by_fec, hash, handle);
    return h;
}

void rib_held_remove(struct rib_held_store *s, struct rib_held *h)
{
    uint32_t label = h->label;
    struct rib_label_page *p = rib_held_page(s, label);

    rib_held_unfreed(s, h);
    index32_remove(&s->by_fec, hash_of(h), slab_handle(h));
    p->held[label % RIB_LABEL_PAGE] = 0;
    p->n_held--;
    slab_free(h);
    page_drop_if_empty(s, label);
}

struct rib_held *rib_held_from(const struct rib_held_store *s, uint32_t from)
{
    for (uint32_t label = from; s->page && label <= LABEL_MAX; label++) {
        const struct rib_label_page *p = rib_held_page(s, label);

        if (!p || !p->n_held)
            label |= RIB_LABEL_PAGE - 1;
        else if (p->held[label % RIB_LABEL_PAGE])
            return slab_at(&s->space, p->held[label % RIB_LABEL_PAGE]);
    }
    return NULL;
}

/* --- given back --- */

void rib_held_freed(struct rib_held_store *s, struct rib_held *h, uint64_t forget_us)
{
    struct rib_held *last = slab_at(&s->space, s->last_freed);
    uint32_t handle = slab_handle(h);

    h->is_used = false;
    h->forget_us = forget_us;
    h->next = 0;
    h->prev = s->last_freed;
    if (last)
        last->next = handle;
    else
        s->first_freed = handle;
    s->last_freed = handle;
}

void rib_held_unfreed(struct rib_held_store *s, struct rib_held *h)
{
    struct rib_held *next = slab_at(&s->space, h->next), *prev = slab_at(&s->space, h->prev);

    if (!h->forget_us)
        return;
    if (prev)
        prev->next = h->next;
    else
        s->first_freed = h->next;
    if (next)
        next->prev = h->prev;
    else
        s->last_freed = h->prev;
    h->next = h->prev = 0;
    h->forget_us = 0;
}

void rib_held_forget(struct rib_held_store *s, uint64_t now_us)
{
    struct rib_held *h;

    while ((h = slab_at(&s->space, s->first_freed)) != NULL && h->forget_us <= now_us)
        rib_held_remove(s, h);
}

/* --- deletions of entries --- */

void rib_held_deleted(struct rib_held_store *s, uint32_t label, uint64_t n)
{
    struct rib_label_page *p = page_get(s, label);

    if (!p->deleted)
        p->deleted = mem_alloc(NULL, RIB_LABEL_PAGE * sizeof(*p->deleted));
    p->deleted[label % RIB_LABEL_PAGE] = n;
    s->has_deleted = true;
}

void rib_held_deleted_clear(struct rib_held_store *s)
{
    for (uint32_t i = 0; s->has_deleted && i < RIB_LABEL_PAGES; i++) {
        if (!s->page[i])
            continue;
        mem_free(NULL, s->page[i]->deleted);
        s->page[i]->deleted = NULL;
        page_drop_if_empty(s, i * RIB_LABEL_PAGE);
    }
    s->has_deleted = false;
}

/* --- life --- */

void rib_held_init(struct rib_held_store *s)
{
    *s = (struct rib_held_store){0};
    slab_space_init(&s->space, NULL, s);
    slab_init(&s->slab, &s->space, sizeof(struct rib_held), s);
    index32_init(&s->by_fec, NULL);
}

void rib_held_fini(struct rib_held_store *s)
{
    rib_held_deleted_clear(s);
    for (uint32_t i = 0; s->page && i < RIB_LABEL_PAGES; i++)
        mem_free(NULL, s->page[i]);
    mem_free(NULL, s->page);
    s->page = NULL;
    index32_fini(&s->by_fec);
    slab_space_fini(&s->space);
}
