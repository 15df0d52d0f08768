/* SPDX-License-Identifier: Apache-2.0
 *
 * Label scopes: to which neighbours a label is given, and so on which guarded interfaces it may come in: all that reach
 * the neighbour in its instance, parallel links included. Interned by contents, like next-hop sets.
 */
#include "src/ribd/rib/internal.h"

#include <stdlib.h>
#include <string.h>

static int member_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rib_scope_member));
}

static struct scope *scope_new(struct rib *r, struct interned *key)
{
    struct scope *s = MEM_NEW(&r->mem, struct scope);

    s->key = key;
    s->members = (const struct rib_scope_member *)(const void *)key->data;
    s->n = key->len / sizeof(s->members[0]);
    s->nodes = mem_alloc(&r->mem, s->n * sizeof(s->nodes[0]));
    for (size_t i = 0; i < s->n; i++) {
        struct scope_node *sn = &s->nodes[i];

        sn->scope = s;
        if (ribd_family_index(s->members[i].neighbor.family) < 0)
            continue;
        sn->node = ribd_node_get(r, ribd_vrf_get(r, s->members[i].vrf), &s->members[i].neighbor, false);
        LIST_INSERT_HEAD(&sn->node->scopes, sn, on_node);
    }
    HASH_ADD_PTR(r->scopes, key, s);
    ribd_scope_queue(r, s);
    return s;
}

struct scope *ribd_scope_get(struct rib *r, const struct rib_scope_member *m, size_t n)
{
    struct rib_scope_member *canonical = mem_alloc(&r->mem, n * sizeof(canonical[0]));
    struct interned *key;
    struct scope *s;

    for (size_t i = 0; i < n; i++) {
        canonical[i].vrf = m[i].vrf;
        canonical[i].ifindex = m[i].ifindex;
        canonical[i].neighbor.family = m[i].neighbor.family;
        memcpy(canonical[i].neighbor.b, m[i].neighbor.b, ip_addr_bits(&m[i].neighbor) / 8);
    }
    qsort(canonical, n, sizeof(canonical[0]), member_compare);
    key = intern_get(r->keys, canonical, n * sizeof(canonical[0]));
    mem_free(&r->mem, canonical);
    HASH_FIND_PTR(r->scopes, &key, s);
    if (s)
        intern_unref(r->keys, key);
    else
        s = scope_new(r, key);
    s->refs++;
    return s;
}

static void scope_free(struct rib *r, struct scope *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!s->nodes[i].node)
            continue;
        LIST_REMOVE(&s->nodes[i], on_node);
        ribd_node_put(r, s->nodes[i].node);
    }
    HASH_DEL(r->scopes, s);
    intern_unref(r->keys, s->key);
    mem_free(&r->mem, s->nodes);
    intern_unref(r->keys, s->ifindexes);
    mem_free(&r->mem, s);
}

void ribd_scope_put(struct rib *r, struct scope *s)
{
    if (--s->refs == 0)
        ribd_scope_queue(r, s); /* freed there */
}

void ribd_scope_queue(struct rib *r, struct scope *s)
{
    if (s->is_queued)
        return;
    s->is_queued = true;
    ribd_vec_push(r, &r->scopes_due, s);
    ribd_work(r);
}

static bool reaches(const struct scope *s, const struct iface *f)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct node *n = s->nodes[i].node;

        if (s->members[i].ifindex && s->members[i].ifindex == f->ifindex)
            return true;
        if (!n || s->members[i].vrf != f->i.vrf)
            continue;
        if (ribd_iface_is_onlink(f, &n->addr))
            return true;
        for (size_t k = 0; k < ribd_list_n(n->list); k++) {
            if (ribd_list(n->list)[k].ifindex == f->ifindex)
                return true;
        }
    }
    return false;
}

static int index_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

void ribd_scope_process(struct rib *r, struct scope *s)
{
    struct iface *f, *tmp;
    struct interned *before = s->ifindexes;
    const struct entry_guard *g;
    uint32_t *now;
    size_t n = 0;

    if (s->refs == 0) {
        scope_free(r, s);
        return;
    }
    now = mem_alloc(&r->mem, (HASH_COUNT(r->ifaces) + 1) * sizeof(now[0]));
    HASH_ITER (hh, r->ifaces, f, tmp) {
        if (f->is_present && f->i.is_guarded && reaches(s, f))
            now[n++] = f->ifindex;
    }
    qsort(now, n, sizeof(now[0]), index_compare);
    s->ifindexes = n ? intern_get(r->keys, now, n * sizeof(now[0])) : NULL;
    mem_free(&r->mem, now);
    intern_unref(r->keys, before); /* entries that have it written keep it */
    if (s->ifindexes == before)
        return;
    LIST_FOREACH (g, &s->entries, on_scope)
        ribd_entry_queue(r, slab_at(&r->space, g->entry));
}

void ribd_rib_scope_define(struct rib *r, enum rib_client_id c, uint32_t id, const struct rib_scope_member *m, size_t n)
{
    struct scope *s = ribd_scope_get(r, m, n);
    struct idmap *map;

    HASH_FIND(hh, r->clients[c].scopes, &id, sizeof(id), map);
    if (map) {
        ribd_scope_put(r, map->object);
    } else {
        map = MEM_NEW(&r->mem, struct idmap);
        map->id = id;
        HASH_ADD(hh, r->clients[c].scopes, id, sizeof(map->id), map);
    }
    map->object = s;
}

void ribd_rib_scope_undefine(struct rib *r, enum rib_client_id c, uint32_t id)
{
    struct idmap *map;

    HASH_FIND(hh, r->clients[c].scopes, &id, sizeof(id), map);
    if (!map)
        return;
    HASH_DEL(r->clients[c].scopes, map);
    ribd_scope_put(r, map->object);
    mem_free(&r->mem, map);
}
