/* SPDX-License-Identifier: Apache-2.0
 *
 * See order.h. A trie for each route distinguisher, gone with its last destination.
 */
#include "bgpd/rib/order.h"

#include <string.h>

#include "bgpd/rib/table.h"
#include "strata/mem.h"
#include "strata/trie.h"

/* The first part that is not before `rd`. */
static size_t part_at(const struct bgp_order *o, rd_t rd)
{
    size_t low = 0, high = o->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (o->parts[middle].rd < rd)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_there(const struct bgp_order *o, size_t i, rd_t rd)
{
    return i < o->n && o->parts[i].rd == rd;
}

void bgp_order_add(struct bgp_order *o, struct mem_account *acct, struct bgp_dest *d)
{
    size_t i = part_at(o, d->key.rd);

    if (!is_there(o, i, d->key.rd)) {
        if (o->n == o->size) {
            o->size = o->size ? 2 * o->size : 1;
            o->parts = mem_realloc(acct, o->parts, o->size * sizeof(o->parts[0]));
        }
        memmove(&o->parts[i + 1], &o->parts[i], (o->n - i) * sizeof(o->parts[0]));
        o->parts[i] = (struct bgp_order_part){d->key.rd, trie_create(acct)};
        o->n++;
    }
    *trie_slot(o->parts[i].dests, &d->key.prefix) = d;
}

void bgp_order_remove(struct bgp_order *o, struct mem_account *acct, const struct bgp_dest *d)
{
    size_t i = part_at(o, d->key.rd);

    if (!is_there(o, i, d->key.rd))
        return;
    trie_remove(o->parts[i].dests, &d->key.prefix);
    if (trie_count(o->parts[i].dests) > 0)
        return;
    trie_destroy(o->parts[i].dests);
    o->n--;
    memmove(&o->parts[i], &o->parts[i + 1], (o->n - i) * sizeof(o->parts[0]));
    if (o->n > 0)
        return;
    mem_free(acct, o->parts);
    *o = (struct bgp_order){0};
}

struct bgp_dest *bgp_order_next(const struct bgp_order *o, rd_t rd, const struct prefix *p)
{
    struct prefix found;

    for (size_t i = p ? part_at(o, rd) : 0; i < o->n; i++) {
        struct bgp_dest *d = trie_next_after(o->parts[i].dests, o->parts[i].rd == rd ? p : NULL, &found);

        if (d)
            return d;
    }
    return NULL;
}
