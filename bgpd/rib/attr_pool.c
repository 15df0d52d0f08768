/* SPDX-License-Identifier: Apache-2.0
 *
 * Interning of path attributes by their canonical bytes: the fixed values, the lengths, then the lists. The pool owns
 * the copies; a copy dies with its last reference. Pure.
 */
#include "bgpd/rib/attr_pool.h"

#include <string.h>

/* Everything but the lists. Zeroed before it is filled, so that padding compares. */
struct fixed {
    uint32_t med, local_pref, originator_id, aggregator_as, aggregator_id;
    uint32_t len[6];
    struct ip_addr next_hop;
    uint8_t origin;
    uint8_t has_med, has_local_pref, has_originator_id, has_aggregator, has_atomic_aggregate;
};

static void lists_of(const struct bgp_attrs *a, struct bgp_bytes list[6])
{
    list[0] = a->as_path;
    list[1] = a->communities;
    list[2] = a->ext_communities;
    list[3] = a->large_communities;
    list[4] = a->cluster_list;
    list[5] = a->unknown;
}

static void lists_to(struct bgp_attrs *a, const struct bgp_bytes list[6])
{
    a->as_path = list[0];
    a->communities = list[1];
    a->ext_communities = list[2];
    a->large_communities = list[3];
    a->cluster_list = list[4];
    a->unknown = list[5];
}

static void fill_fixed(struct fixed *f, const struct bgp_attrs *a, const struct bgp_bytes list[6])
{
    memset(f, 0, sizeof(*f));
    f->med = a->has_med ? a->med : 0;
    f->local_pref = a->has_local_pref ? a->local_pref : 0;
    f->originator_id = a->has_originator_id ? a->originator_id : 0;
    f->aggregator_as = a->has_aggregator ? a->aggregator_as : 0;
    f->aggregator_id = a->has_aggregator ? a->aggregator_id : 0;
    f->next_hop = a->next_hop;
    f->origin = a->origin;
    f->has_med = a->has_med;
    f->has_local_pref = a->has_local_pref;
    f->has_originator_id = a->has_originator_id;
    f->has_aggregator = a->has_aggregator;
    f->has_atomic_aggregate = a->has_atomic_aggregate;
    for (size_t i = 0; i < 6; i++)
        f->len[i] = (uint32_t)list[i].len;
}

struct bgp_attr_set *bgp_attr_set_get(struct bgp_attr_pool *pool, const struct bgp_attrs *a)
{
    struct bgp_bytes list[6];
    struct fixed fixed;
    size_t key_len = sizeof(fixed), at = sizeof(fixed);
    struct bgp_attr_set *s, *found;

    lists_of(a, list);
    fill_fixed(&fixed, a, list);
    for (size_t i = 0; i < 6; i++)
        key_len += list[i].len;
    s = mem_alloc(&pool->account, sizeof(*s) + key_len);
    memcpy(s->key, &fixed, sizeof(fixed));
    for (size_t i = 0; i < 6; i++) {
        if (list[i].len)
            memcpy(s->key + at, list[i].data, list[i].len);
        list[i].data = s->key + at;
        at += list[i].len;
    }
    HASH_FIND(hh, pool->sets, s->key, key_len, found);
    if (found) {
        mem_free(&pool->account, s);
        return bgp_attr_set_ref(found);
    }
    s->a = *a;
    lists_to(&s->a, list);
    s->refs = 1;
    s->key_len = key_len;
    s->as_path_len = (uint32_t)bgp_as_path_length(s->a.as_path);
    s->neighbor_as = bgp_as_path_neighbor(s->a.as_path);
    HASH_ADD_KEYPTR(hh, pool->sets, s->key, key_len, s);
    return s;
}

struct bgp_attr_set *bgp_attr_set_ref(struct bgp_attr_set *s)
{
    s->refs++;
    return s;
}

void bgp_attr_set_unref(struct bgp_attr_pool *pool, struct bgp_attr_set *s)
{
    if (!s || --s->refs > 0)
        return;
    HASH_DEL(pool->sets, s);
    mem_free(&pool->account, s);
}
