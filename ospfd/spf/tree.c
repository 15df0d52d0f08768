/* SPDX-License-Identifier: Apache-2.0
 *
 * The shortest path tree of one area (RFC 2328 s16.1): Dijkstra with a heap over router and network vertices, every
 * link checked in both directions, next hops of all equal-cost paths.
 */
#include <string.h>

#include "ospfd/spf/internal.h"
#include "strata/mem.h"

uint32_t spf_add(uint32_t a, uint32_t b)
{
    uint64_t sum = (uint64_t)a + b;
    return sum < SPF_UNREACHABLE ? (uint32_t)sum : SPF_UNREACHABLE - 1;
}

/* --- the heap: nearest first; of equal ones networks before routers, so that all equal paths are found (s16.1 step 3)
 * --- */

static bool is_before(const struct spf_vertex *a, const struct spf_vertex *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    if (a->key.type != b->key.type)
        return a->key.type > b->key.type;
    return a->key.id < b->key.id;
}

static void heap_place(struct spf_tree *t, size_t at, struct spf_vertex *v)
{
    t->heap[at] = v;
    v->heap_slot = at + 1;
}

static void heap_up(struct spf_tree *t, struct spf_vertex *v)
{
    size_t at = v->heap_slot - 1;
    while (at > 0 && is_before(v, t->heap[(at - 1) / 2])) {
        heap_place(t, at, t->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_place(t, at, v);
}

static struct spf_vertex *heap_pop(struct spf_tree *t)
{
    struct spf_vertex *top = t->heap[0], *v = t->heap[--t->n_heap];
    size_t at = 0;
    top->heap_slot = 0;
    if (t->n_heap == 0)
        return top;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < t->n_heap && is_before(t->heap[child + 1], t->heap[child]))
            child++;
        if (child >= t->n_heap || !is_before(t->heap[child], v))
            break;
        heap_place(t, at, t->heap[child]);
        at = child;
    }
    heap_place(t, at, v);
    return top;
}

/* --- vertices --- */

static struct spf_vertex *vertex_find(const struct spf_tree *t, uint32_t type, uint32_t id)
{
    struct spf_vertex *v;
    uint32_t key[2] = {type, id};
    HASH_FIND(hh, t->vertices, key, sizeof(key), v);
    return v;
}

struct spf_vertex *spf_tree_find(const struct spf_tree *tree, uint32_t type, uint32_t id)
{
    struct spf_vertex *v = vertex_find(tree, type, id);
    return v && v->is_done ? v : NULL;
}

static size_t add_vertices(struct spf_run *run, struct spf_tree *t, uint32_t type)
{
    size_t n = 0;
    for (struct ospf_lsdb_entry *e = ospf_lsdb_first(t->area->db, type); e; e = ospf_lsdb_next(e)) {
        if (ospf_lsa_is_max_age(e->lsa, run->in->now_us))
            continue; /* s16.1 step 2b */
        struct spf_vertex *v = vertex_find(t, type, e->key.id);
        if (v) { /* two network-LSAs of one address: take that of the higher router, so that the order does not matter
                  */
            if (e->key.adv > v->lsa->h.key.adv)
                v->lsa = e->lsa;
            continue;
        }
        v = MEM_NEW(run->acct, struct spf_vertex);
        v->key.type = type;
        v->key.id = e->key.id;
        v->lsa = e->lsa;
        v->distance = SPF_UNREACHABLE;
        HASH_ADD(hh, t->vertices, key, sizeof(v->key), v);
        n++;
    }
    return n;
}

/* Has `v` a link to the vertex {type, id}? Its data of the first such link goes to *data. */
static bool has_link_to(const struct spf_vertex *v, const struct spf_vertex *to, uint32_t *data)
{
    *data = 0;
    if (v->key.type == OSPF_LSA_NETWORK) {
        struct ospf_network_view n;
        if (to->key.type != OSPF_LSA_ROUTER || !ospf_network_read(v->lsa->data, v->lsa->h.length, &n))
            return false;
        for (uint16_t i = 0; i < n.n_routers; i++)
            if (wire_be32(&n.r) == to->key.id)
                return true;
        return false;
    }
    struct ospf_router_view view;
    struct ospf_router_link l;
    if (!ospf_router_read(v->lsa->data, v->lsa->h.length, &view))
        return false;
    while (ospf_router_next_link(&view, &l)) {
        bool is_it = to->key.type == OSPF_LSA_NETWORK
                         ? l.type == OSPF_LINK_TRANSIT
                         : l.type == OSPF_LINK_POINT_TO_POINT || l.type == OSPF_LINK_VIRTUAL;
        if (is_it && l.id == to->key.id) {
            *data = l.data;
            return true;
        }
    }
    return false;
}

/* --- next hops (s16.1.1) --- */

static const struct ospf_nexthops *one(struct spf_run *run, uint32_t ifindex, uint32_t gateway)
{
    struct ospf_nexthop nh = {.ifindex = ifindex, .gateway = gateway};
    return spf_nexthops_get(run->table, &nh, 1);
}

/* From the root over one of its own links. Empty: the adjacency is gone, and so is the link. */
static const struct ospf_nexthops *from_root(struct spf_run *run, const struct spf_tree *t,
                                             const struct ospf_router_link *l)
{
    for (size_t i = 0; i < t->area->n_links; i++) {
        const struct ospf_spf_link *own = &t->area->links[i];
        if (own->data != l->data)
            continue;
        if (l->type == OSPF_LINK_TRANSIT)
            return one(run, own->ifindex, 0);
        if (own->neighbor == l->id)
            return one(run, own->ifindex, own->gateway);
    }
    return NULL;
}

/* `to` is reached from the network `v` with the address `data` on it. */
static const struct ospf_nexthops *from_network(struct spf_run *run, const struct spf_vertex *v, uint32_t data)
{
    const struct ospf_nexthops *all = NULL;
    for (size_t i = 0; v->nexthops && i < v->nexthops->n; i++) {
        const struct ospf_nexthop *nh = &v->nexthops->nexthop[i];
        const struct ospf_nexthops *set = one(run, nh->ifindex, nh->gateway ? nh->gateway : data);
        all = spf_nexthops_union(run->table, all, set, run->in->max_paths);
    }
    return all;
}

/* --- growing --- */

static void reach(struct spf_run *run, struct spf_tree *t, struct spf_vertex *to, uint32_t distance,
                  const struct ospf_nexthops *nexthops)
{
    if (!nexthops || distance > to->distance)
        return;
    if (distance == to->distance) {
        to->nexthops = spf_nexthops_union(run->table, to->nexthops, nexthops, run->in->max_paths);
        return;
    }
    to->distance = distance;
    to->nexthops = nexthops;
    if (!to->heap_slot) {
        t->heap[t->n_heap] = to;
        to->heap_slot = ++t->n_heap;
    }
    heap_up(t, to);
}

static void expand_router(struct spf_run *run, struct spf_tree *t, struct spf_vertex *v)
{
    struct ospf_router_view view;
    struct ospf_router_link l;
    uint32_t data;
    if (!ospf_router_read(v->lsa->data, v->lsa->h.length, &view))
        return;
    bool is_root = v->key.id == run->in->root;
    while (ospf_router_next_link(&view, &l)) {
        if (l.type == OSPF_LINK_STUB || l.type < OSPF_LINK_POINT_TO_POINT || l.type > OSPF_LINK_VIRTUAL)
            continue; /* stubs come later (s16.1 step 2a) */
        struct spf_vertex *to = vertex_find(t, l.type == OSPF_LINK_TRANSIT ? OSPF_LSA_NETWORK : OSPF_LSA_ROUTER, l.id);
        if (!to || to->is_done || !has_link_to(to, v, &data))
            continue;
        reach(run, t, to, spf_add(v->distance, l.metric), is_root ? from_root(run, t, &l) : v->nexthops);
    }
}

static void expand_network(struct spf_run *run, struct spf_tree *t, struct spf_vertex *v)
{
    struct ospf_network_view view;
    uint32_t data;
    if (!ospf_network_read(v->lsa->data, v->lsa->h.length, &view))
        return;
    for (uint16_t i = 0; i < view.n_routers; i++) {
        struct spf_vertex *to = vertex_find(t, OSPF_LSA_ROUTER, wire_be32(&view.r));
        if (!to || to->is_done || !has_link_to(to, v, &data))
            continue;
        reach(run, t, to, v->distance, from_network(run, v, data));
    }
}

void spf_tree_grow(struct spf_run *run, struct spf_tree *tree)
{
    size_t n = add_vertices(run, tree, OSPF_LSA_ROUTER) + add_vertices(run, tree, OSPF_LSA_NETWORK);
    struct spf_vertex *root = vertex_find(tree, OSPF_LSA_ROUTER, run->in->root);
    if (!root)
        return;
    tree->heap = mem_alloc(run->acct, n * sizeof(*tree->heap));
    root->distance = 0;
    tree->heap[0] = root;
    root->heap_slot = tree->n_heap = 1;
    while (tree->n_heap > 0) {
        struct spf_vertex *v = heap_pop(tree);
        v->is_done = true;
        if (v->key.type == OSPF_LSA_ROUTER)
            expand_router(run, tree, v);
        else
            expand_network(run, tree, v);
    }
}

void spf_tree_fini(struct spf_run *run, struct spf_tree *tree)
{
    struct spf_vertex *v, *tmp;
    HASH_ITER (hh, tree->vertices, v, tmp) {
        HASH_DELETE(hh, tree->vertices, v);
        mem_free(run->acct, v);
    }
    mem_free(run->acct, tree->heap);
}
