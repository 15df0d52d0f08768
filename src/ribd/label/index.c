/* SPDX-License-Identifier: Apache-2.0
 *
 * Labels by client and FEC: names in an index are label numbers.
 */
#include <string.h>

#include "src/ribd/label/internal.h"

/* A canonical FEC has no octet that means nothing, padding included. */
static uint32_t hash(unsigned client, const struct rib_fec *f)
{
    uint64_t word[sizeof(*f) / sizeof(uint64_t)], h = client + 1;

    _Static_assert(sizeof(*f) % sizeof(uint64_t) == 0, "a FEC is whole words");
    memcpy(word, f, sizeof(word));
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
        h = index32_hash_word(h, word[i]);
    return (uint32_t)h;
}

static uint32_t find_at(const struct label_manager *m, unsigned c, const struct rib_fec *f, uint32_t h, uint32_t *at)
{
    uint32_t label = index32_first(&m->fecs, h, at);

    for (; label; label = index32_next(&m->fecs, h, at)) {
        const struct label *l = ribd_label_find(m, label);

        if (l->client == c && memcmp(&l->fec, f, sizeof(*f)) == 0)
            break;
    }
    return label;
}

uint32_t ribd_label_index_find(const struct label_manager *m, enum rib_client_id c, const struct rib_fec *canonical)
{
    uint32_t at;

    return find_at(m, c, canonical, hash(c, canonical), &at);
}

uint32_t ribd_label_index_lead(struct label_manager *m, const struct label *l, uint32_t label, bool is_always)
{
    uint32_t h = hash(l->client, &l->fec), at, other = find_at(m, l->client, &l->fec, h, &at);

    if (!other)
        index32_add_at(&m->fecs, h, at, label);
    else if (is_always || ribd_label_find(m, other)->state != CLAIMED)
        index32_rename(&m->fecs, at, label);
    return other;
}

void ribd_label_index_remove(struct label_manager *m, uint32_t label)
{
    const struct label *l = ribd_label_find(m, label);

    if (l->fec.purpose)
        index32_remove(&m->fecs, hash(l->client, &l->fec), label);
}
