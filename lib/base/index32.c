/* SPDX-License-Identifier: Apache-2.0
 *
 * Indexes of 32-bit names (index32.h). Removal moves the following ones back, so that no slot is ever a grave. As long
 * as a table is small it grows in leaps. A big one is mapped and filled by itself: names fall
 * all over it.
 */
#include "strata/index32.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/pages.h"
#include "strata/mem.h"

enum { SLOTS_FIRST = 64, SLOTS_LEAPS = 1 << 16, SHRINK_PART = 8, BIG = 1 << 17 };

static size_t bytes_of(uint32_t mask)
{
    return ((size_t)mask + 1) * sizeof(struct index32_slot);
}

static struct index32_slot *slots_alloc(struct mem_account *acct, uint32_t mask)
{
    size_t size = bytes_of(mask);
    struct index32_slot *slots;

    if (size < BIG)
        return mem_alloc(acct, size);
    slots = pages_map(size, size < PAGES_HUGE ? BIG : PAGES_HUGE);
    pages_fill(slots, size);
    if (acct) {
        acct->count++;
        acct->bytes += size;
    }
    return slots;
}

static void slots_free(struct mem_account *acct, struct index32_slot *slots, uint32_t mask)
{
    size_t size = bytes_of(mask);

    if (!slots)
        return;
    if (size < BIG) {
        mem_free(acct, slots);
        return;
    }
    pages_unmap(slots, size);
    if (acct) {
        acct->count--;
        acct->bytes -= size;
    }
}

static void put(struct index32 *ix, struct index32_slot slot)
{
    uint32_t i = slot.hash & ix->mask;

    while (ix->slots[i].name)
        i = (i + 1) & ix->mask;
    ix->slots[i] = slot;
}

static void resize(struct index32 *ix, uint32_t size)
{
    struct index32 old = *ix;

    ix->mask = size - 1;
    ix->room = size / 4 * 3;
    ix->slots = slots_alloc(ix->acct, ix->mask);
    if (!old.slots)
        return;
    for (size_t i = 0; i <= old.mask; i++)
        if (old.slots[i].name)
            put(ix, old.slots[i]);
    slots_free(ix->acct, old.slots, old.mask);
}

static uint32_t next_size(const struct index32 *ix)
{
    uint32_t size = ix->mask + 1;

    if (!ix->slots)
        return SLOTS_FIRST;
    if (size > UINT32_MAX / 2)
        abort(); /* more names than 32 bits tell apart */
    return size < SLOTS_LEAPS ? size * 4 : size * 2;
}

void index32_reserve(struct index32 *ix, uint32_t n)
{
    while (n > ix->room)
        resize(ix, next_size(ix));
}

void index32_add(struct index32 *ix, uint32_t hash, uint32_t name)
{
    if (ix->n == ix->room)
        resize(ix, next_size(ix));
    put(ix, (struct index32_slot){hash, name});
    ix->n++;
}

/* Those that follow may stand nearer to their homes now. */
static void close_gap(struct index32 *ix, uint32_t hole)
{
    for (uint32_t i = (hole + 1) & ix->mask; ix->slots[i].name; i = (i + 1) & ix->mask) {
        if (((i - ix->slots[i].hash) & ix->mask) < ((i - hole) & ix->mask))
            continue; /* it would come to stand before its home */
        ix->slots[hole] = ix->slots[i];
        hole = i;
    }
    ix->slots[hole] = (struct index32_slot){0, 0};
}

bool index32_remove(struct index32 *ix, uint32_t hash, uint32_t name)
{
    uint32_t at, found = index32_first(ix, hash, &at);

    while (found && found != name)
        found = index32_next(ix, hash, &at);
    if (!found)
        return false;
    close_gap(ix, at);
    ix->n--;
    if (ix->mask >= SLOTS_FIRST && (uint64_t)ix->n * SHRINK_PART < ix->mask)
        resize(ix, (ix->mask + 1) / 2);
    return true;
}

void index32_clear(struct index32 *ix)
{
    slots_free(ix->acct, ix->slots, ix->mask);
    index32_init(ix, ix->acct);
}

void index32_empty(struct index32 *ix)
{
    if (!ix->slots)
        return;
    if (ix->mask >= SLOTS_FIRST && (uint64_t)ix->n * SHRINK_PART < ix->mask) {
        index32_clear(ix);
        return;
    }
    memset(ix->slots, 0, bytes_of(ix->mask));
    ix->n = 0;
}

void index32_init(struct index32 *ix, struct mem_account *acct)
{
    *ix = (struct index32){.acct = acct};
}

void index32_fini(struct index32 *ix)
{
    index32_clear(ix);
}
