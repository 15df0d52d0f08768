/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds objects by a hash of their key: a table of 32-bit names (handles of a slab, numbers of labels; never 0) with
 * linear probing. The whole hash stands beside the name, so that no object is looked at in vain, nor when the table
 * grows or an object is removed. The table knows no keys: who looks for one compares what stands under its hash.
 *
 *     for (name = index32_first(ix, hash, &at); name; name = index32_next(ix, hash, &at))
 *         if (key_is(object_of(name), key))
 *             return object_of(name);
 *
 * Two objects of one key may both be there. A hash needs all its bits mixed (hash_bytes, index32_hash_word).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mem_account;

struct index32_slot {
    uint32_t hash, name; /* name 0: nothing here */
};

struct index32 {
    struct index32_slot *slots;
    uint32_t mask; /* number of slots, less one */
    uint32_t n;
    uint32_t room; /* names before it grows: three quarters of the slots */
    struct mem_account *acct;
};

void index32_init(struct index32 *ix, struct mem_account *acct); /* acct may be NULL */
void index32_fini(struct index32 *ix);
void index32_clear(struct index32 *ix); /* forgets all names, and their room */
void index32_empty(struct index32 *ix); /* forgets all names; keeps the room if they needed it */
void index32_add(struct index32 *ix, uint32_t hash, uint32_t name);
/* What index32_first() said of this key moves: begin anew after it. False: it is not there. */
bool index32_remove(struct index32 *ix, uint32_t hash, uint32_t name);
/* Room for so many without growing. */
void index32_reserve(struct index32 *ix, uint32_t n);

/* The next name under `hash` from place *at on; 0: no more. */
static inline uint32_t index32_from(const struct index32 *ix, uint32_t hash, uint32_t *at)
{
    uint32_t i = *at;

    while (ix->slots[i].name && ix->slots[i].hash != hash)
        i = (i + 1) & ix->mask;
    *at = i;
    return ix->slots[i].name;
}

static inline uint32_t index32_first(const struct index32 *ix, uint32_t hash, uint32_t *at)
{
    *at = hash & ix->mask;
    return ix->slots ? index32_from(ix, hash, at) : 0;
}

static inline uint32_t index32_next(const struct index32 *ix, uint32_t hash, uint32_t *at)
{
    *at = (*at + 1) & ix->mask;
    return index32_from(ix, hash, at);
}

/* Puts another name where index32_first() or index32_next() found one of the same key. */
static inline void index32_rename(struct index32 *ix, uint32_t at, uint32_t name)
{
    ix->slots[at].name = name;
}

/* As index32_add(), where index32_first() or index32_next() found no more names of this hash: the place is known. */
static inline void index32_add_at(struct index32 *ix, uint32_t hash, uint32_t at, uint32_t name)
{
    if (ix->n == ix->room) {
        index32_add(ix, hash, name);
        return;
    }
    ix->slots[at] = (struct index32_slot){hash, name};
    ix->n++;
}

/* Every name, in no order; *i begins as 0. Nothing may be added or removed meanwhile. 0: that was all. */
static inline uint32_t index32_walk(const struct index32 *ix, uint32_t *i)
{
    while (ix->slots && *i <= ix->mask) {
        uint32_t name = ix->slots[(*i)++].name;

        if (name)
            return name;
    }
    return 0;
}

/* One more word of a key into its hash, which begins as 0 or as what tells tables apart. */
static inline uint64_t index32_hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}
