/* SPDX-License-Identifier: Apache-2.0
 *
 * Static routes: from names in the configuration to routes of the RIB. All are told anew whenever names may have
 * changed their meaning; the RIB sees what is the same.
 */
#include "src/ribd/instance/statics.h"

#include <stdlib.h>
#include <string.h>

#include "src/ribd/instance/why.h"
#include "src/ribd/rib/rib.h"
#include "strata/mem.h"

enum { DISTANCE_NEVER = 255 };

/* A route that is in the RIB now. */
struct told {
    uint32_t vrf;
    struct prefix prefix;
    uint8_t distance;
    const struct static_wish *wish; /* not by which it is compared; of the last ribd_statics_work() */
};

struct statics {
    struct rib *rib;
    const struct ports *ports;
    const struct instances *instances;
    struct static_wish *wishes;
    size_t n_wishes;
    struct told *told; /* sorted */
    size_t n_told, told_room;
    bool is_due;
};

static void free_wishes(struct statics *s)
{
    for (size_t i = 0; i < s->n_wishes; i++)
        mem_free(NULL, s->wishes[i].hops);
    mem_free(NULL, s->wishes);
    s->wishes = NULL;
    s->n_wishes = 0;
}

static bool drops(const struct static_wish *w, uint8_t distance)
{
    return (w->is_discard || w->is_reject) && distance == w->distance;
}

static size_t make_hops(const struct statics *s, const struct static_wish *w, const struct rib_route *route,
                        struct rib_nexthop *out)
{
    size_t n = 0;

    if (drops(w, route->distance)) {
        out[0] = (struct rib_nexthop){.vrf = route->vrf, .is_blackhole = true, .is_unreachable = w->is_reject};
        return 1;
    }
    for (size_t k = 0; k < w->n_hops && n < RIB_NEXTHOPS_MAX; k++) {
        if (w->hops[k].distance == route->distance &&
            ribd_hop_find(s->rib, s->ports, s->instances, &w->hops[k], &out[n]))
            n++;
    }
    return n;
}

static void tell(struct statics *s, const struct static_wish *w, uint32_t vrf, uint8_t distance)
{
    struct rib_route route = {.vrf = vrf,
                              .prefix = w->prefix,
                              .source = RIB_SOURCE_STATIC,
                              .distance = distance,
                              .metric = w->metric,
                              .tag = w->tag};
    struct rib_nexthop hops[RIB_NEXTHOPS_MAX];
    size_t n = distance == DISTANCE_NEVER ? 0 : make_hops(s, w, &route, hops);

    if (n == 0)
        return;
    ribd_rib_own_route_set(s->rib, &route, hops, n);
    if (s->n_told == s->told_room) {
        s->told_room = s->told_room ? s->told_room * 2 : 64;
        s->told = mem_realloc(NULL, s->told, s->told_room * sizeof(s->told[0]));
    }
    s->told[s->n_told++] = (struct told){.vrf = vrf, .prefix = w->prefix, .distance = distance, .wish = w};
}

static bool is_first_of_distance(const struct static_wish *w, size_t hop)
{
    for (size_t i = 0; i < hop; i++) {
        if (w->hops[i].distance == w->hops[hop].distance)
            return false;
    }
    return !drops(w, w->hops[hop].distance);
}

static int told_compare(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    int order = prefix_compare(&x->prefix, &y->prefix);

    if (x->vrf != y->vrf)
        return x->vrf < y->vrf ? -1 : 1;
    return order ? order : x->distance - y->distance;
}

void ribd_statics_refresh(struct statics *s)
{
    s->is_due = true;
}

/* New ones first: a prefix that changes its distance is never without a route. */
void ribd_statics_work(struct statics *s)
{
    struct told *old = s->told;
    size_t n_old = s->n_told;

    if (!s->is_due)
        return;
    s->is_due = false;
    s->told = NULL;
    s->n_told = s->told_room = 0;
    for (size_t i = 0; i < s->n_wishes; i++) {
        const struct static_wish *w = &s->wishes[i];
        uint32_t vrf;

        if (!ribd_hop_instance(s->instances, w->instance, &vrf))
            continue;
        if (drops(w, w->distance))
            tell(s, w, vrf, w->distance);
        for (size_t k = 0; k < w->n_hops; k++) {
            if (is_first_of_distance(w, k))
                tell(s, w, vrf, w->hops[k].distance);
        }
    }
    if (s->n_told)
        qsort(s->told, s->n_told, sizeof(s->told[0]), told_compare);
    for (size_t i = 0; i < n_old; i++) {
        if (!s->n_told || !bsearch(&old[i], s->told, s->n_told, sizeof(s->told[0]), told_compare))
            ribd_rib_static_del(s->rib, old[i].vrf, &old[i].prefix, old[i].distance);
    }
    mem_free(NULL, old);
}

void ribd_statics_want(struct statics *s, const struct static_wish *w, size_t n)
{
    free_wishes(s);
    s->wishes = mem_alloc(NULL, (n + 1) * sizeof(s->wishes[0]));
    s->n_wishes = n;
    for (size_t i = 0; i < n; i++) {
        s->wishes[i] = w[i];
        s->wishes[i].hops = w[i].n_hops ? mem_dup(NULL, w[i].hops, w[i].n_hops * sizeof(w[i].hops[0])) : NULL;
    }
    ribd_statics_refresh(s);
    ribd_statics_work(s);
}

const char *ribd_statics_why(const struct statics *s, uint32_t vrf, const struct prefix *p, uint8_t distance,
                             const char *reason, char why[RIBD_WHY_MAX])
{
    struct told key = {.vrf = vrf, .prefix = *p, .distance = distance};
    const struct told *t = s->n_told ? bsearch(&key, s->told, s->n_told, sizeof(s->told[0]), told_compare) : NULL;
    const char *better = reason;

    for (size_t i = 0; t && i < t->wish->n_hops && better == reason; i++) {
        if (t->wish->hops[i].distance == distance)
            better = ribd_why_hops(s->ports, s->instances, &t->wish->hops[i], 1, reason, why);
    }
    return better;
}

struct statics *ribd_statics_create(struct rib *r, const struct ports *ports, const struct instances *instances)
{
    struct statics *s = MEM_NEW(NULL, struct statics);

    s->rib = r;
    s->ports = ports;
    s->instances = instances;
    return s;
}

void ribd_statics_destroy(struct statics *s)
{
    if (!s)
        return;
    free_wishes(s);
    mem_free(NULL, s->told);
    mem_free(NULL, s);
}
