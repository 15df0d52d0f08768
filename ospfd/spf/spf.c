/* SPDX-License-Identifier: Apache-2.0
 *
 * See spf.h: the stages of s16 in their order, over the trees of tree.c.
 */
#include "ospfd/spf/spf.h"

#include "ospfd/spf/internal.h"
#include "strata/mem.h"

static bool is_usable(const struct spf_run *run, const struct ospf_lsdb_entry *e)
{
    if (e->key.adv == run->in->root || ospf_lsa_is_max_age(e->lsa, run->in->now_us))
        return false;
    return !(run->in->is_vpn && (e->lsa->h.options & OSPF_OPTION_DN)); /* RFC 4576 s4: it came from the VPN */
}

/* --- within the area (s16.1 second stage) --- */

static void add_stubs(struct spf_run *run, const struct spf_vertex *v)
{
    struct ospf_router_view view;
    struct ospf_router_link l;
    if (!ospf_router_read(v->lsa->data, v->lsa->h.length, &view))
        return;
    bool is_own = v->key.id == run->in->root;
    while (ospf_router_next_link(&view, &l)) {
        int len = ospf_mask_length(l.data);
        if (l.type != OSPF_LINK_STUB || len < 0)
            continue;
        struct ospf_route r = {.address = l.id & l.data,
                               .len = (uint8_t)len,
                               .type = OSPF_ROUTE_INTRA,
                               .is_local = is_own,
                               .cost = spf_add(v->distance, l.metric),
                               .nexthops = v->nexthops};
        if (is_own || r.nexthops)
            spf_candidate(run, &r);
    }
}

/* Are we on that network ourselves? */
static bool is_attached(const struct spf_run *run, uint32_t address, int len)
{
    for (size_t k = 0; k < run->in->n_locals; k++) {
        const struct ospf_spf_local *l = &run->in->locals[k];
        if (l->len == len && (l->address & ospf_mask_of(l->len)) == address)
            return true;
    }
    return false;
}

static void add_network(struct spf_run *run, const struct spf_vertex *v)
{
    struct ospf_network_view n;
    if (!ospf_network_read(v->lsa->data, v->lsa->h.length, &n))
        return;
    struct ospf_route r = {.address = v->key.id & n.mask,
                           .len = (uint8_t)ospf_mask_length(n.mask),
                           .type = OSPF_ROUTE_INTRA,
                           .cost = v->distance,
                           .nexthops = v->nexthops};
    r.is_local = is_attached(run, r.address, r.len);
    spf_candidate(run, &r);
}

static void add_intra(struct spf_run *run, const struct spf_tree *t)
{
    for (const struct spf_vertex *v = t->vertices; v; v = v->hh.next) {
        if (!v->is_done)
            continue;
        if (v->key.type == OSPF_LSA_ROUTER) {
            run->table->n_routers++;
            add_stubs(run, v);
        } else {
            add_network(run, v);
        }
    }
}

/* --- between areas (s16.2) --- */

static uint8_t router_flags(const struct spf_vertex *v)
{
    struct ospf_router_view view;
    return ospf_router_read(v->lsa->data, v->lsa->h.length, &view) ? view.flags : 0;
}

static const struct spf_vertex *border_router(const struct spf_tree *t, uint32_t id, uint8_t flag)
{
    const struct spf_vertex *v = spf_tree_find(t, OSPF_LSA_ROUTER, id);
    return v && (router_flags(v) & flag) ? v : NULL;
}

static void add_inter(struct spf_run *run, const struct spf_tree *t)
{
    for (struct ospf_lsdb_entry *e = ospf_lsdb_first(t->area->db, OSPF_LSA_SUMMARY); e; e = ospf_lsdb_next(e)) {
        struct ospf_summary s;
        if (!is_usable(run, e) || !ospf_summary_read(e->lsa->data, e->lsa->h.length, &s) ||
            s.metric >= OSPF_LS_INFINITY)
            continue;
        const struct spf_vertex *abr = border_router(t, e->key.adv, OSPF_ROUTER_B);
        if (!abr)
            continue;
        struct ospf_route r = {.address = e->key.id & s.mask,
                               .len = (uint8_t)ospf_mask_length(s.mask),
                               .type = OSPF_ROUTE_INTER,
                               .cost = spf_add(abr->distance, s.metric),
                               .nexthops = abr->nexthops};
        spf_candidate(run, &r);
    }
}

/* --- external (s16.4) --- */

struct way {
    uint32_t cost;
    const struct ospf_nexthops *nexthops; /* NULL: there is none */
};

static void way_merge(struct spf_run *run, struct way *w, uint32_t cost, const struct ospf_nexthops *nexthops)
{
    if (!nexthops || (w->nexthops && cost > w->cost))
        return;
    if (w->nexthops && cost == w->cost)
        nexthops = spf_nexthops_union(run->table, w->nexthops, nexthops, run->in->max_paths);
    w->cost = cost;
    w->nexthops = nexthops;
}

/* The way to a boundary router: within an area; else through an area border router that tells of it (s16.2, type 4). */
static struct way way_to_router(struct spf_run *run, uint32_t id)
{
    struct way w = {0};
    for (size_t a = 0; a < run->in->n_areas; a++) {
        const struct spf_vertex *v = border_router(&run->trees[a], id, OSPF_ROUTER_E);
        if (v)
            way_merge(run, &w, v->distance, v->nexthops);
    }
    if (w.nexthops)
        return w;
    for (size_t a = 0; a < run->in->n_areas; a++) {
        const struct spf_tree *t = &run->trees[a];
        for (struct ospf_lsdb_entry *e = ospf_lsdb_first(t->area->db, OSPF_LSA_ASBR_SUMMARY); e;
             e = ospf_lsdb_next(e)) {
            struct ospf_summary s;
            if (e->key.id != id || !is_usable(run, e) || !ospf_summary_read(e->lsa->data, e->lsa->h.length, &s) ||
                s.metric >= OSPF_LS_INFINITY)
                continue;
            const struct spf_vertex *abr = border_router(t, e->key.adv, OSPF_ROUTER_B);
            if (abr)
                way_merge(run, &w, spf_add(abr->distance, s.metric), abr->nexthops);
        }
    }
    return w;
}

/* The way to a forwarding address: by an internal route; on our own subnet it is the gateway itself. */
static struct way way_to_address(struct spf_run *run, uint32_t address)
{
    const struct ospf_route *r = spf_table_match(run->table, address);
    if (!r)
        return (struct way){0};
    if (!r->is_local)
        return (struct way){.cost = r->cost, .nexthops = r->nexthops};
    for (size_t i = 0; i < run->in->n_locals; i++) {
        const struct ospf_spf_local *l = &run->in->locals[i];
        uint32_t mask = ospf_mask_of(l->len);
        if (l->len < 32 && (address & mask) == (l->address & mask) && address != l->address) {
            struct ospf_nexthop nh = {.ifindex = l->ifindex, .gateway = address};
            return (struct way){.cost = r->cost, .nexthops = spf_nexthops_get(run->table, &nh, 1)};
        }
    }
    return (struct way){0};
}

/* Ways to boundary routers are asked for once for each, not once for each LSA. */
struct known_way {
    UT_hash_handle hh;
    uint32_t id;
    struct way way;
};

static struct way way_to_router_known(struct spf_run *run, struct known_way **known, uint32_t id)
{
    struct known_way *k;
    HASH_FIND(hh, *known, &id, sizeof(id), k);
    if (!k) {
        k = MEM_NEW(run->acct, struct known_way);
        k->id = id;
        k->way = way_to_router(run, id);
        HASH_ADD(hh, *known, id, sizeof(k->id), k);
    }
    return k->way;
}

static void add_external(struct spf_run *run)
{
    struct known_way *known = NULL, *k, *tmp;
    for (struct ospf_lsdb_entry *e = ospf_lsdb_first(run->in->as_db, OSPF_LSA_EXTERNAL); e; e = ospf_lsdb_next(e)) {
        struct ospf_external x;
        if (!is_usable(run, e) || !ospf_external_read(e->lsa->data, e->lsa->h.length, &x) ||
            x.metric >= OSPF_LS_INFINITY)
            continue;
        if (run->in->is_vpn && run->in->vpn_tag && x.tag == run->in->vpn_tag)
            continue; /* RFC 4577 s4.2.5.2 */
        struct way w = way_to_router_known(run, &known, e->key.adv);
        if (w.nexthops && x.forwarding) /* the originator must be reachable, too (s16.4 step 3) */
            w = way_to_address(run, x.forwarding);
        if (!w.nexthops)
            continue;
        struct ospf_route r = {.address = e->key.id & x.mask,
                               .len = (uint8_t)ospf_mask_length(x.mask),
                               .type = x.is_type2 ? OSPF_ROUTE_EXTERNAL_2 : OSPF_ROUTE_EXTERNAL_1,
                               .cost = x.is_type2 ? x.metric : spf_add(w.cost, x.metric),
                               .distance = x.is_type2 ? w.cost : 0,
                               .tag = x.tag,
                               .nexthops = w.nexthops};
        spf_candidate(run, &r);
    }
    HASH_ITER (hh, known, k, tmp) {
        HASH_DELETE(hh, known, k);
        mem_free(run->acct, k);
    }
}

struct ospf_table *ospf_spf_run(struct mem_account *acct, const struct ospf_spf_input *in)
{
    struct spf_run run = {.in = in, .acct = acct, .table = ospf_table_create(acct)};
    run.trees = mem_alloc(acct, in->n_areas * sizeof(*run.trees));
    for (size_t a = 0; a < in->n_areas; a++) {
        run.trees[a].area = &in->areas[a];
        spf_tree_grow(&run, &run.trees[a]);
        add_intra(&run, &run.trees[a]);
    }
    for (size_t a = 0; a < in->n_areas; a++)
        add_inter(&run, &run.trees[a]);
    spf_table_take_best(&run); /* forwarding addresses are looked up in it */
    add_external(&run);
    spf_table_take_best(&run);
    for (size_t a = 0; a < in->n_areas; a++)
        spf_tree_fini(&run, &run.trees[a]);
    mem_free(acct, run.trees);
    return run.table;
}
