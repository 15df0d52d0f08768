/* SPDX-License-Identifier: Apache-2.0
 *
 * Routing tables: from candidates to the best route of each prefix, looking up, comparing two tables.
 */
#include <stdlib.h>
#include <string.h>

#include "ospfd/spf/internal.h"
#include "strata/mem.h"

const char *ospf_route_type_name(enum ospf_route_type t)
{
    static const char *const names[OSPF_ROUTE_TYPES] = {"intra-area", "inter-area", "external-1", "external-2"};
    return t < OSPF_ROUTE_TYPES ? names[t] : "unknown";
}

struct ospf_table *ospf_table_create(struct mem_account *acct)
{
    struct ospf_table *t = MEM_NEW(acct, struct ospf_table);
    t->acct = acct;
    return t;
}

void ospf_table_destroy(struct ospf_table *t)
{
    struct ospf_nexthops *s, *tmp;
    if (!t)
        return;
    HASH_ITER (hh, t->sets, s, tmp) {
        HASH_DELETE(hh, t->sets, s);
        mem_free(t->acct, s);
    }
    mem_free(t->acct, t->routes);
    mem_free(t->acct, t);
}

static int compare_prefix(const struct ospf_route *a, const struct ospf_route *b)
{
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (int)a->len - (int)b->len;
}

/* Preference within a prefix: type, cost, for external 2 the way to it (s16.4 step 6), our own subnet first. */
static int compare_preference(const struct ospf_route *a, const struct ospf_route *b)
{
    if (a->type != b->type)
        return (int)a->type - (int)b->type;
    if (a->is_local != b->is_local)
        return a->is_local ? -1 : 1;
    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    return a->distance < b->distance ? -1 : a->distance > b->distance;
}

static int compare_candidates(const void *x, const void *y)
{
    const struct ospf_route *a = x, *b = y;
    int c = compare_prefix(a, b);
    if (c == 0)
        c = compare_preference(a, b);
    if (c == 0) /* equal paths: the lowest tag is shown, whatever the order they came in */
        c = a->tag < b->tag ? -1 : a->tag > b->tag;
    return c;
}

void spf_candidate(struct spf_run *run, const struct ospf_route *r)
{
    if (run->n_candidates == run->size_candidates) {
        run->size_candidates = run->size_candidates ? 2 * run->size_candidates : 64;
        run->candidates = mem_realloc(run->acct, run->candidates, run->size_candidates * sizeof(*r));
    }
    run->candidates[run->n_candidates++] = *r;
}

void spf_table_take_best(struct spf_run *run)
{
    struct ospf_table *t = run->table;
    size_t n = 0;
    for (size_t i = 0; i < t->n_routes; i++)
        spf_candidate(run, &t->routes[i]);
    mem_free(run->acct, t->routes);
    t->routes = run->candidates;
    if (run->n_candidates > 1)
        qsort(t->routes, run->n_candidates, sizeof(*t->routes), compare_candidates);
    for (size_t i = 0; i < run->n_candidates; i++) {
        struct ospf_route *r = &t->routes[i];
        if (n == 0 || compare_prefix(&t->routes[n - 1], r) != 0) {
            t->routes[n++] = *r;
        } else if (compare_preference(&t->routes[n - 1], r) == 0 && !r->is_local) {
            struct ospf_route *best = &t->routes[n - 1];
            best->nexthops = spf_nexthops_union(t, best->nexthops, r->nexthops, run->in->max_paths);
        }
    }
    t->n_routes = n;
    run->candidates = NULL;
    run->n_candidates = run->size_candidates = 0;
}

static struct ospf_route *find(const struct ospf_table *t, uint32_t address, uint8_t len)
{
    struct ospf_route probe = {.address = address, .len = len};
    size_t low = 0, high = t->n_routes;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = compare_prefix(&probe, &t->routes[mid]);
        if (c == 0)
            return &t->routes[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const struct ospf_route *ospf_table_find(const struct ospf_table *t, uint32_t address, uint8_t len)
{
    return find(t, address, len);
}

const struct ospf_route *spf_table_match(const struct ospf_table *t, uint32_t address)
{
    for (int len = 32; len >= 0; len--) {
        const struct ospf_route *r = find(t, address & ospf_mask_of((uint8_t)len), (uint8_t)len);
        if (r && r->type <= OSPF_ROUTE_INTER)
            return r;
    }
    return NULL;
}

struct prefix ospf_route_prefix(const struct ospf_route *r)
{
    return prefix_v4(r->address, r->len);
}

static bool same_nexthops(const struct ospf_nexthops *a, const struct ospf_nexthops *b)
{
    if (!a || !b)
        return a == b;
    return a->n == b->n && memcmp(a->nexthop, b->nexthop, a->n * sizeof(a->nexthop[0])) == 0;
}

bool ospf_route_is_equal(const struct ospf_route *a, const struct ospf_route *b)
{
    return compare_prefix(a, b) == 0 && compare_preference(a, b) == 0 && a->tag == b->tag &&
           same_nexthops(a->nexthops, b->nexthops);
}

void ospf_table_diff(struct ospf_table *was, struct ospf_table *now, ospf_table_diff_fn *fn, void *arg)
{
    size_t i = 0, j = 0;
    while (i < was->n_routes || j < now->n_routes) {
        struct ospf_route *a = i < was->n_routes ? &was->routes[i] : NULL;
        struct ospf_route *b = j < now->n_routes ? &now->routes[j] : NULL;
        int c = !a ? 1 : !b ? -1 : compare_prefix(a, b);
        i += c <= 0;
        j += c >= 0;
        if (c < 0)
            fn(arg, a, NULL);
        else if (c > 0)
            fn(arg, NULL, b);
        else if (ospf_route_is_equal(a, b))
            b->rib_nhset = a->rib_nhset;
        else
            fn(arg, a, b);
    }
}
