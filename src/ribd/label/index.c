/* SPDX-License-Identifier: Apache-2.0
 *
 * Labels by client and FEC: a table of label numbers with linear probing; removal moves the following ones back. A
 * label has 20 bits: the other 12 of a slot are of its FEC's hash, so that few labels are looked at in vain.
 */
#include <string.h>

#include "src/ribd/label/internal.h"

/* As long as it is small it grows in leaps: each growth looks at every label. */
enum { SIZE_FIRST = 1024, SIZE_LEAPS = 1 << 16 };

/* A canonical FEC has no octet that means nothing, padding included. */
static uint32_t hash(unsigned client, const struct rib_fec *f)
{
    uint64_t word[sizeof(*f) / sizeof(uint64_t)], h = client + 1;

    _Static_assert(sizeof(*f) % sizeof(uint64_t) == 0, "a FEC is whole words");
    memcpy(word, f, sizeof(word));
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
        h = (h ^ word[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return (uint32_t)h;
}

static uint32_t hash_of(const struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);

    return hash(l->client, &l->fec);
}

static uint32_t label_in(uint32_t slot)
{
    return slot & LABEL_MAX;
}

static uint32_t slot_with(uint32_t hash, uint32_t label)
{
    return (hash & ~(uint32_t)LABEL_MAX) | label;
}

static uint32_t slot_of(const struct label_manager *m, enum rib_client_id c, const struct rib_fec *f, uint32_t h)
{
    uint32_t i = h & (m->fecs_size - 1);

    for (; m->fecs[i]; i = (i + 1) & (m->fecs_size - 1)) {
        const struct label *l;

        if ((m->fecs[i] ^ h) & ~(uint32_t)LABEL_MAX)
            continue;
        l = ribd_label_find(m, label_in(m->fecs[i]));
        if (l->client == c && memcmp(&l->fec, f, sizeof(*f)) == 0)
            break;
    }
    return i;
}

static void grow(struct label_manager *m)
{
    uint32_t *old = m->fecs, size = m->fecs_size;

    m->fecs_size = !size ? SIZE_FIRST : size < SIZE_LEAPS ? size * 4 : size * 2;
    m->fecs = mem_alloc(&m->mem, m->fecs_size * sizeof(*m->fecs));
    for (uint32_t i = 0; i < size; i++) {
        uint32_t k;

        if (!old[i])
            continue;
        k = hash_of(m, label_in(old[i])) & (m->fecs_size - 1);
        while (m->fecs[k])
            k = (k + 1) & (m->fecs_size - 1);
        m->fecs[k] = old[i];
    }
    mem_free(&m->mem, old);
}

void ribd_label_index_add(struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);
    uint32_t i, h = hash(l->client, &l->fec);

    if ((m->n_fecs + 1) * 4 > m->fecs_size * 3)
        grow(m);
    i = slot_of(m, (enum rib_client_id)l->client, &l->fec, h);
    if (!m->fecs[i])
        m->n_fecs++;
    m->fecs[i] = slot_with(h, label);
}

uint32_t ribd_label_index_find(const struct label_manager *m, enum rib_client_id c, const struct rib_fec *canonical)
{
    return m->fecs_size ? label_in(m->fecs[slot_of(m, c, canonical, hash(c, canonical))]) : 0;
}

void ribd_label_index_remove(struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);
    uint32_t mask = m->fecs_size - 1, hole, i;

    if (!m->fecs_size || !l->fec.purpose)
        return;
    hole = slot_of(m, (enum rib_client_id)l->client, &l->fec, hash(l->client, &l->fec));
    if (label_in(m->fecs[hole]) != label)
        return;
    m->n_fecs--;
    for (i = (hole + 1) & mask; m->fecs[i]; i = (i + 1) & mask) {
        if (((i - hash_of(m, label_in(m->fecs[i]))) & mask) < ((i - hole) & mask))
            continue; /* it would come to stand before its home */
        m->fecs[hole] = m->fecs[i];
        hole = i;
    }
    m->fecs[hole] = 0;
}
