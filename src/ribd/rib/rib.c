/* SPDX-License-Identifier: Apache-2.0
 *
 * The RIB's root: life and death, instances, clients' epochs, and the settling of what was marked. The run works three
 * queues (paths, prefixes, next-hop nodes) until they are empty; each object is in a queue once, so what many causes
 * touch in one batch is resolved once. It never recurses from one object to the next.
 */
#include "src/ribd/rib/internal.h"
#include "src/ribd/rib/counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/log.h"

/* Each turn: so many prefixes and paths are resolved, so many routes of changed paths are told, so many prefixes
 * visited; of these some even if enough wait to be resolved, which may be so for ever. */
enum { RESOLVE_A_TURN = 16384, VISIT_A_TURN = 16384, VISIT_AT_LEAST = 512 };
enum { VRFS_STEP = 16, VEC_KEEP = 16384, DEST_SHARE = 64 };

/* --- small tools --- */

void ribd_vec_grow(struct rib *r, struct vec *v)
{
    v->room = v->room ? v->room * 2 : 64;
    v->at = mem_realloc(&r->mem, v->at, v->room * sizeof(v->at[0]));
}

/* Room for a burst is not kept for ever. */
void ribd_vec_clear(struct rib *r, struct vec *v)
{
    v->n = 0;
    if (v->room <= VEC_KEEP)
        return;
    mem_free(&r->mem, v->at);
    *v = (struct vec){0};
}

void ribd_fifo_push(struct rib *r, struct fifo *f, void *p)
{
    if (f->head >= VEC_KEEP && f->head > f->v.n / 2) {
        f->v.n -= f->head;
        memmove(f->v.at, f->v.at + f->head, f->v.n * sizeof(f->v.at[0]));
        f->head = 0;
    }
    ribd_vec_push(r, &f->v, p);
}

int ribd_family_index(uint8_t family)
{
    return family == AF_IPV4 ? 0 : family == AF_IPV6 ? 1 : -1;
}

void ribd_work_begin(struct rib *r)
{
    r->is_work_due = true;
    if (r->cb->work)
        r->cb->work(r->arg);
}

/* --- lists of resolved next hops --- */

static int rnh_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rnh));
}

struct interned *ribd_list_intern(struct rib *r, struct rnh *list, size_t n)
{
    size_t kept = 0;

    if (n == 0)
        return NULL;
    qsort(list, n, sizeof(list[0]), rnh_compare);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || memcmp(&list[kept - 1], &list[i], sizeof(list[0])) != 0)
            list[kept++] = list[i];
    }
    return intern_get(r->lists, list, kept * sizeof(list[0]));
}

void ribd_list_put(struct rib *r, struct interned *list)
{
    intern_unref(r->lists, list);
}

/* --- instances --- */

struct vrf *ribd_vrf_find(const struct rib *r, uint32_t id)
{
    struct vrf *v = r->last_vrf;

    if (!v || v->id != id)
        HASH_FIND(hh, r->vrfs, &id, sizeof(id), v);
    return v;
}

/* Those that cannot be, however many a client may name, share one that is never present. */
struct vrf *ribd_vrf_find_or_make(struct rib *r, uint32_t id)
{
    struct vrf *v = ribd_vrf_find(r, id);
    unsigned n;

    if (!v && HASH_COUNT(r->vrfs) >= VRFS_MAX - 1) {
        id = UINT32_MAX;
        v = ribd_vrf_find(r, id);
    }
    if (v) {
        r->last_vrf = v;
        return v;
    }
    n = HASH_COUNT(r->vrfs);
    v = MEM_NEW(&r->mem, struct vrf);
    v->id = id;
    v->index = (uint16_t)n;
    if (n % VRFS_STEP == 0)
        r->vrf_at = mem_realloc(&r->mem, r->vrf_at, (n + VRFS_STEP) * sizeof(r->vrf_at[0]));
    r->vrf_at[n] = v;
    for (int f = 0; f < FAMILIES; f++) {
        v->dests[f] = trie_create_in(r->dest_pool, v->index);
        v->nodes[f] = trie_create_in(r->value_pool, v->index);
        v->fecs[f] = trie_create_in(r->value_pool, v->index);
    }
    HASH_ADD(hh, r->vrfs, id, sizeof(v->id), v);
    return v;
}

void ribd_rib_instance_set(struct rib *r, uint32_t vrf, bool is_present, uint32_t lookup_ifindex)
{
    struct vrf *v = ribd_vrf_get(r, vrf);
    struct entry *e;

    if (v->is_present == is_present && v->lookup_ifindex == lookup_ifindex)
        return;
    if (v->is_present != is_present) {
        v->is_present = is_present;
        ribd_vrf_todo(r, v, VRF_QUEUE);
    }
    v->lookup_ifindex = lookup_ifindex;
    RIBD_EACH_ENTRY(e, r)
    {
        if (e->op == RIB_LABEL_POP_LOOKUP && e->told_id.lookup_vrf == vrf)
            ribd_entry_queue(r, e);
    }
    ribd_work(r);
}

void ribd_rib_instance_flushed(struct rib *r, uint32_t vrf)
{
    ribd_vrf_todo(r, ribd_vrf_get(r, vrf), VRF_FLUSHED);
}

/* --- settling --- */

struct budget {
    size_t all, paths, fans; /* paths: of all */
};

/* The share of the next one of the queues. */
static void dests_step(struct rib *r, struct budget *b)
{
    struct fifo *q;

    do {
        r->dest_turn = (r->dest_turn + 1) % QUEUES;
        q = &r->dests[r->dest_turn];
    } while (!ribd_fifo_n(q));
    for (size_t share = ribd_part(r, DEST_SHARE); share && b->all && ribd_fifo_n(q); share--) {
        struct dest *d = ribd_fifo_take(r, q);

        r->n_dests--;
        d->is_queued = false;
        b->all--;
        ribd_dest_process(r, d);
    }
}

/* False: nothing is left to do, or only that for which the budget does not last. */
static bool resolve_step(struct rib *r, struct budget *b)
{
    if (b->paths && b->all && ribd_fifo_n(&r->changed_paths)) {
        struct path *p = ribd_fifo_take(r, &r->changed_paths);

        p->is_queued = false;
        b->paths--;
        b->all--;
        ribd_path_process(r, p);
    } else if (b->fans && ribd_fan_step(r, &b->fans)) {
        return true;
    } else if (r->n_dests && b->all) {
        dests_step(r, b);
    } else if (r->nodes.n) {
        struct node *n = r->nodes.at[--r->nodes.n];

        n->is_queued = false;
        ribd_node_process(r, n);
    } else if (r->scopes_due.n) {
        struct scope *s = r->scopes_due.at[--r->scopes_due.n];

        s->is_queued = false;
        ribd_scope_process(r, s);
    } else {
        return false;
    }
    return true;
}

/* Paths before the prefixes that use them, but however many there are, prefixes have a share. */
static void resolve(struct rib *r)
{
    struct budget b = {.all = ribd_part(r, RESOLVE_A_TURN), .fans = ribd_part(r, RESOLVE_A_TURN)};

    r->turn++;
    if (!r->has_backlog)
        r->run++;
    b.paths = r->n_dests && b.all > 1 ? b.all - (b.all + 3) / 4 : b.all;
    while (resolve_step(r, &b))
        ;
    r->has_backlog =
        r->n_dests || ribd_fifo_n(&r->changed_paths) || !TAILQ_EMPTY(&r->fans) || !TAILQ_EMPTY(&r->set_fans);
}

/* What befell many; true: there is more. */
static bool visit(struct rib *r)
{
    bool is_enough = ribd_fifo_n(&r->dests[BY_MANY]) >= ribd_part(r, ENOUGH_TO_RESOLVE), has_more = false;
    size_t budget = ribd_part(r, VISIT_A_TURN), least = ribd_part(r, VISIT_AT_LEAST);

    ribd_walks_work(r, is_enough ? &least : &budget);
    ribd_sweeps_work(r, &budget);
    ribd_audit_work(r, &budget);
    for (int c = 0; c < CLIENTS; c++)
        has_more |= r->clients[c].is_sweeping;
    return has_more || !TAILQ_EMPTY(&r->walks) || ribd_audit_can_go_on(r);
}

/* A bounded amount of each; what is left is gone on with in the next turn. */
void ribd_rib_settle(struct rib *r)
{
    size_t budget = ribd_part(r, VISIT_A_TURN);
    bool has_more;

    if (r->is_settling)
        return;
    r->is_settling = true;
    r->is_work_due = false;
    r->now_sec = r->cb->now_sec ? r->cb->now_sec(r->arg) : 0;
    has_more = visit(r);
    resolve(r);
    if (!r->is_held) {
        ribd_fib_write(r);
        ribd_adopt_work(r, &budget);
        r->dp->ops->flush(r->dp);
        ribd_report(r);
        has_more |= ribd_fib_can_go_on(r) || ribd_report_can_go_on(r) || ribd_adopt_can_go_on(r);
    }
    r->is_settling = false;
    if (has_more || r->has_backlog || !TAILQ_EMPTY(&r->walks))
        ribd_work(r);
}

void ribd_rib_in_parts(struct rib *r, uint32_t part)
{
    r->part = part;
}

void ribd_rib_hold(struct rib *r, bool is_held)
{
    r->is_held = is_held;
    if (!is_held)
        ribd_work(r);
}

/* --- clients --- */

static void idmap_clear(struct rib *r, struct idmap **map, void (*put)(struct rib *r, void *object))
{
    struct idmap *m, *tmp;

    HASH_ITER (hh, *map, m, tmp) {
        HASH_DEL(*map, m);
        put(r, m->object);
        mem_free(&r->mem, m);
    }
}

static void put_nhset(struct rib *r, void *object)
{
    ribd_nhset_put(r, object);
}

static void put_scope(struct rib *r, void *object)
{
    ribd_scope_put(r, object);
}

void ribd_rib_client_lost(struct rib *r, enum rib_client_id c)
{
    struct client *cl = &r->clients[c];
    struct label_peer *p, *tmp;

    cl->epoch++;
    ribd_report_session_lost(r, c);
    HASH_ITER (hh, cl->peers, p, tmp) {
        HASH_DEL(cl->peers, p);
        p->is_stale = true;
        p->epoch = cl->epoch;
        TAILQ_REMOVE(&r->label_peers, p, all); /* behind the fresh ones */
        TAILQ_INSERT_TAIL(&r->label_peers, p, all);
    }
    cl->last_nhset = NULL;
    idmap_clear(r, &cl->nhsets, put_nhset);
    idmap_clear(r, &cl->scopes, put_scope);
}

/* --- create, destroy --- */

struct rib *ribd_rib_create(struct dataplane *dp, struct log *log, const struct rib_callbacks *cb, void *arg)
{
    struct rib *r = MEM_NEW(NULL, struct rib);

    r->mem.name = "rib";
    r->part = 1;
    r->dp = dp;
    r->log = log;
    r->cb = cb;
    r->arg = arg;
    r->next_nhid = NHID_FIRST;
    r->retry_sec = r->unsettled_sec = UINT32_MAX;
    slab_space_init(&r->space, &r->mem, r);
    slab_init(&r->extra_routes, &r->space, sizeof(struct extra_route), NULL);
    slab_init(&r->entries, &r->space, sizeof(struct entry), NULL);
    slab_init(&r->entry_guards, &r->space, sizeof(struct entry_guard), NULL);
    slab_init(&r->entry_rares, &r->space, sizeof(struct entry_rare), NULL);
    r->dest_pool = trie_pool_create(&r->space, sizeof(struct dest));
    r->value_pool = trie_pool_create(&r->space, 0);
    r->lists = intern_create(&r->mem);
    r->labels = intern_create(&r->mem);
    r->keys = intern_create(&r->mem);
    TAILQ_INIT(&r->label_peers);
    LIST_INIT(&r->skipping);
    LIST_INIT(&r->unsettled);
    TAILQ_INIT(&r->walks);
    TAILQ_INIT(&r->fans);
    TAILQ_INIT(&r->set_fans);
    for (int c = 0; c < CLIENTS; c++) {
        ribd_sweep_init(r, (enum rib_client_id)c);
        ribd_report_init(r, (enum rib_client_id)c);
    }
    ribd_adopt_init(r);
    return r;
}

static void free_vrf(struct rib *r, struct vrf *v)
{
    struct prefix p;
    struct node *n, *next;

    for (int f = 0; f < FAMILIES; f++) {
        for (n = trie_next_after(v->nodes[f], NULL, &p); n; n = trie_next_after(v->nodes[f], &p, &p)) {
            for (struct node *s = n; s; s = next) {
                next = s->sibling;
                mem_free(&r->mem, s);
            }
        }
        for (struct fec *c = trie_next_after(v->fecs[f], NULL, &p); c; c = trie_next_after(v->fecs[f], &p, &p))
            mem_free(&r->mem, c);
        trie_destroy(v->dests[f]);
        trie_destroy(v->nodes[f]);
        trie_destroy(v->fecs[f]);
    }
    ribd_counts_free(r, v);
    HASH_DEL(r->vrfs, v);
    r->last_vrf = NULL;
    mem_free(&r->mem, v);
}

static void free_graph(struct rib *r)
{
    struct path *p, *ptmp;
    struct nhset *s, *stmp;
    struct scope *sc, *sctmp;
    struct iface *f, *ftmp;

    ribd_entries_free(r);
    HASH_ITER (hh, r->paths, p, ptmp) {
        HASH_DEL(r->paths, p);
        mem_free(&r->mem, p);
    }
    HASH_ITER (hh, r->sets, s, stmp) {
        HASH_DEL(r->sets, s);
        mem_free(&r->mem, s->members);
        mem_free(&r->mem, s);
    }
    HASH_ITER (hh, r->scopes, sc, sctmp) {
        HASH_DEL(r->scopes, sc);
        mem_free(&r->mem, sc->nodes);
        mem_free(&r->mem, sc);
    }
    HASH_ITER (hh, r->ifaces, f, ftmp) {
        HASH_DEL(r->ifaces, f);
        mem_free(&r->mem, f->i.addresses);
        mem_free(&r->mem, f);
    }
}

static void free_clients(struct rib *r)
{
    struct label_peer *p;
    struct idmap *m, *mtmp;

    for (int c = 0; c < CLIENTS; c++) {
        ribd_report_session_lost(r, (enum rib_client_id)c);
        HASH_CLEAR(hh, r->clients[c].peers);
        HASH_ITER (hh, r->clients[c].nhsets, m, mtmp) {
            HASH_DEL(r->clients[c].nhsets, m);
            mem_free(&r->mem, m);
        }
        HASH_ITER (hh, r->clients[c].scopes, m, mtmp) {
            HASH_DEL(r->clients[c].scopes, m);
            mem_free(&r->mem, m);
        }
    }
    while ((p = TAILQ_FIRST(&r->label_peers)))
        ribd_label_peer_forget(r, p);
    ribd_failures_free(r);
}

void ribd_rib_destroy(struct rib *r)
{
    struct vec *vecs[] = {&r->nodes,         &r->scopes_due,     &r->changed_paths.v, &r->slice,
                          &r->path_slice,    &r->failed_dests,   &r->watches_due,     &r->report_entries,
                          &r->write_paths.v, &r->report_dests.v, &r->look_behind};
    struct vrf *v, *tmp;

    if (!r)
        return;
    r->is_settling = true;
    ribd_audit_end(r);
    ribd_adopt_end(r);
    free_clients(r);
    HASH_ITER (hh, r->vrfs, v, tmp)
        free_vrf(r, v);
    free_graph(r);
    ribd_adopt_forget(r);
    for (size_t i = 0; i < sizeof(vecs) / sizeof(vecs[0]); i++)
        mem_free(&r->mem, vecs[i]->at);
    for (int c = 0; c < CLIENTS; c++)
        mem_free(&r->mem, r->write_dests[c].v.at);
    for (int q = 0; q < QUEUES; q++)
        mem_free(&r->mem, r->dests[q].v.at);
    trie_pool_destroy(r->dest_pool);
    trie_pool_destroy(r->value_pool);
    slab_space_fini(&r->space);
    mem_free(&r->mem, r->vrf_at);
    ribd_nhids_free(r);
    intern_destroy(r->lists);
    intern_destroy(r->labels);
    intern_destroy(r->keys);
    mem_free(NULL, r);
}
