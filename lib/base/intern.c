/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash-consing of byte strings: an open-addressed table of pointers to the shared copies (linear probing, removal by
 * shifting back, so there are no tombstones). Owns the copies; a copy dies with its last reference.
 */
#include "strata/intern.h"

#include <stdbool.h>
#include <string.h>

#include "strata/mem.h"

enum { SLOTS_MIN = 16 };

/* The hash stands beside the pointer: a probe run is walked without touching its members. */
struct intern_slot {
    struct interned *member; /* NULL: empty */
    uint32_t hash;
};

struct intern_table {
    struct mem_account *acct;
    struct intern_slot *slot;
    size_t n_slots; /* power of two */
    size_t n_used;
};

/* Mixes eight bytes at a time by multiplication with odd constants; not keyed. */
uint32_t hash_bytes(const void *data, size_t len)
{
    const uint8_t *at = data;
    uint64_t hash = 0x9e3779b97f4a7c15u ^ (uint64_t)len;
    uint64_t word;

    for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = (hash ^ word) * 0xd6e8feb86659fd93u;
        hash ^= hash >> 32;
    }
    if (len) {
        word = 0;
        memcpy(&word, at, len);
        hash = (hash ^ word) * 0xd6e8feb86659fd93u;
        hash ^= hash >> 32;
    }
    hash *= 0xd6e8feb86659fd93u;
    return (uint32_t)(hash >> 32 ^ hash);
}

static void table_resize(struct intern_table *t, size_t n_slots)
{
    struct intern_slot *old = t->slot;
    size_t n_old = t->n_slots;

    t->slot = mem_alloc(t->acct, n_slots * sizeof(*t->slot));
    t->n_slots = n_slots;
    for (size_t i = 0; i < n_old; i++) {
        size_t at;

        if (!old[i].member)
            continue;
        for (at = old[i].hash & (n_slots - 1); t->slot[at].member; at = (at + 1) & (n_slots - 1))
            continue;
        t->slot[at] = old[i];
    }
    mem_free(t->acct, old);
}

struct intern_table *intern_create(struct mem_account *acct)
{
    struct intern_table *t = MEM_NEW(acct, struct intern_table);

    t->acct = acct;
    table_resize(t, SLOTS_MIN);
    return t;
}

void intern_destroy(struct intern_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n_slots; i++)
        mem_free(t->acct, t->slot[i].member);
    mem_free(t->acct, t->slot);
    mem_free(t->acct, t);
}

size_t intern_count(const struct intern_table *t)
{
    return t->n_used;
}

struct interned *intern_get(struct intern_table *t, const void *data, size_t len)
{
    uint32_t hash = hash_bytes(data, len);
    struct interned *i;
    size_t at;

    if ((t->n_used + 1) * 4 > t->n_slots * 3)
        table_resize(t, t->n_slots * 2);
    for (at = hash & (t->n_slots - 1); (i = t->slot[at].member); at = (at + 1) & (t->n_slots - 1))
        if (t->slot[at].hash == hash && i->len == len && (len == 0 || memcmp(i->data, data, len) == 0))
            return intern_ref(i);
    i = mem_alloc(t->acct, sizeof(*i) + len);
    i->len = len;
    i->refs = 1;
    i->hash = hash;
    if (len)
        memcpy(i->data, data, len);
    t->slot[at] = (struct intern_slot){i, hash};
    t->n_used++;
    return i;
}

struct interned *intern_ref(struct interned *i)
{
    i->refs++;
    return i;
}

/* Empties slot `hole` and moves later members of the probe run down, so that every run stays unbroken. */
static void close_hole(struct intern_table *t, size_t hole)
{
    size_t mask = t->n_slots - 1;

    t->slot[hole].member = NULL;
    for (size_t at = (hole + 1) & mask; t->slot[at].member; at = (at + 1) & mask) {
        size_t home = t->slot[at].hash & mask;

        /* May it move to the hole? Only if the hole is not before its home, cyclically. */
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            t->slot[hole] = t->slot[at];
            t->slot[at].member = NULL;
            hole = at;
        }
    }
}

void intern_unref(struct intern_table *t, struct interned *i)
{
    size_t at;

    if (!i || --i->refs > 0)
        return;
    for (at = i->hash & (t->n_slots - 1); t->slot[at].member != i; at = (at + 1) & (t->n_slots - 1))
        continue;
    close_hole(t, at);
    t->n_used--;
    mem_free(t->acct, i);
    if (t->n_slots > SLOTS_MIN && t->n_used * 8 < t->n_slots)
        table_resize(t, t->n_slots / 2);
}
