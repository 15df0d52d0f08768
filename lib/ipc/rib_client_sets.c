/* SPDX-License-Identifier: Apache-2.0
 *
 * Next-hop sets and label scopes of a client: interned by content, so that the same set has one id, whatever the order.
 * Ids are never used twice while the client lives. Sets made without a session are defined when one is ready.
 */
#include "lib/ipc/rib_client_private.h"

#include <stdlib.h>
#include <string.h>

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

static void set_free(struct rib_sets *s, struct rib_set *set)
{
    HASH_DELETE(by_key, s->by_key, set);
    HASH_DELETE(by_id, s->by_id, set);
    mem_free(NULL, set->key);
    mem_free(NULL, set);
}

void rib_sets_clear(struct rib_sets *s)
{
    struct rib_set *set, *next;

    HASH_ITER (by_id, s->by_id, set, next)
        set_free(s, set);
}

/* Takes `key`. *is_new: the caller defines it. */
static struct rib_set *set_get(struct rib_sets *s, void *key, size_t key_len, size_t n, bool *is_new)
{
    struct rib_set *set;

    HASH_FIND(by_key, s->by_key, key, key_len, set);
    *is_new = !set;
    if (set) {
        mem_free(NULL, key);
        set->refs++;
        return set;
    }
    set = MEM_NEW(NULL, struct rib_set);
    do
        set->id = ++s->last_id;
    while (set->id == 0);
    set->refs = 1;
    set->n = n;
    set->key = key;
    set->key_len = key_len;
    HASH_ADD_KEYPTR(by_key, s->by_key, set->key, set->key_len, set);
    HASH_ADD(by_id, s->by_id, id, sizeof(set->id), set);
    return set;
}

/* True if that was the last reference. An id of an earlier session is unknown, and nothing happens. */
static bool set_put(struct rib_sets *s, uint32_t id)
{
    struct rib_set *set;

    HASH_FIND(by_id, s->by_id, &id, sizeof(id), set);
    if (!set || --set->refs > 0)
        return false;
    set_free(s, set);
    return true;
}

/* --- next-hop sets --- */

static int compare_nexthops(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rib_nexthop));
}

/* Field by field onto zeroed memory, so that padding and unused labels cannot make equal sets differ. */
static void canonical_nexthop(struct rib_nexthop *to, const struct rib_nexthop *from)
{
    to->vrf = from->vrf;
    to->ifindex = from->ifindex;
    to->gateway.family = from->gateway.family;
    memcpy(to->gateway.b, from->gateway.b, ip_addr_bits(&from->gateway) / 8u);
    to->needs_lsp = from->needs_lsp;
    to->is_blackhole = from->is_blackhole;
    to->label.state = from->label.state;
    if (from->label.state != LABEL_STATE_STACK)
        return;
    to->label.stack.depth = from->label.stack.depth;
    for (size_t i = 0; i < from->label.stack.depth && i < LABEL_STACK_MAX; i++)
        to->label.stack.label[i] = from->label.stack.label[i];
}

uint32_t rib_client_nhset_get(struct rib_client *c, const struct rib_nexthop *nh, size_t n)
{
    static const struct rib_nexthop blackhole = {.is_blackhole = true};
    struct rib_nexthop *key;
    struct rib_set *set;
    bool is_new;

    if (n == 0) {
        LOG_ERROR(c->env->log, "empty-next-hop-set", "action=\"used a blackhole\"");
        nh = &blackhole;
        n = 1;
    }
    if (n > RIB_NEXTHOPS_MAX) {
        LOG_WARN(c->env->log, "too-many-next-hops", "given=%zu used=%d", n, RIB_NEXTHOPS_MAX);
        n = RIB_NEXTHOPS_MAX;
    }
    key = mem_alloc(NULL, n * sizeof(*key));
    for (size_t i = 0; i < n; i++)
        canonical_nexthop(&key[i], &nh[i]);
    qsort(key, n, sizeof(*key), compare_nexthops);
    set = set_get(&c->nhsets, key, n * sizeof(*key), n, &is_new);
    if (is_new && c->is_up)
        rib_out_nhset_define(c, set->id, key, n);
    return set->id;
}

void rib_client_nhset_put(struct rib_client *c, uint32_t nhset)
{
    if (set_put(&c->nhsets, nhset) && c->is_up)
        *(uint32_t *)rib_out_push(c, RIB_LANE_NHSET_UNDEFINE, sizeof(uint32_t)) = nhset;
}

/* --- scopes --- */

static int compare_members(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rib_scope_member));
}

uint32_t rib_client_scope_get(struct rib_client *c, const struct rib_scope_member *m, size_t n)
{
    struct rib_scope_member *key;
    struct rib_set *set;
    bool is_new;

    if (n == 0)
        return 0;
    if (n > RIB_MEMBERS_MAX) {
        LOG_WARN(c->env->log, "too-many-scope-members", "given=%zu used=%d", n, RIB_MEMBERS_MAX);
        n = RIB_MEMBERS_MAX;
    }
    key = mem_alloc(NULL, n * sizeof(*key));
    for (size_t i = 0; i < n; i++) {
        key[i].vrf = m[i].vrf;
        key[i].neighbor.family = m[i].neighbor.family;
        memcpy(key[i].neighbor.b, m[i].neighbor.b, ip_addr_bits(&m[i].neighbor) / 8u);
    }
    qsort(key, n, sizeof(*key), compare_members);
    set = set_get(&c->scopes, key, n * sizeof(*key), n, &is_new);
    if (is_new && c->is_up)
        rib_out_scope_define(c, set->id, key, n);
    return set->id;
}

void rib_client_scope_put(struct rib_client *c, uint32_t scope)
{
    if (set_put(&c->scopes, scope) && c->is_up)
        *(uint32_t *)rib_out_push(c, RIB_LANE_SCOPE_UNDEFINE, sizeof(uint32_t)) = scope;
}

void rib_sets_define_all(struct rib_client *c)
{
    struct rib_set *set, *next;

    HASH_ITER (by_id, c->nhsets.by_id, set, next)
        rib_out_nhset_define(c, set->id, (const struct rib_nexthop *)(const void *)set->key, set->n);
    HASH_ITER (by_id, c->scopes.by_id, set, next)
        rib_out_scope_define(c, set->id, (const struct rib_scope_member *)(const void *)set->key, set->n);
}
