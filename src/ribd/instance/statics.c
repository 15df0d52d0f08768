/* SPDX-License-Identifier: Apache-2.0
 *
 * Static routes: from names in the configuration to routes of the RIB. All are told anew whenever names may have
 * changed their meaning; the RIB sees what is the same.
 */
#include "src/ribd/instance/statics.h"

#include <stdlib.h>
#include <string.h>

#include "src/ribd/iface/port.h"
#include "src/ribd/instance/instance.h"
#include "src/ribd/rib/rib.h"
#include "strata/mem.h"

/* A route that is in the RIB now. */
struct told {
    uint32_t vrf;
    struct prefix prefix;
    uint8_t distance;
};

struct statics {
    struct rib *rib;
    const struct ports *ports;
    const struct instances *instances;
    struct static_wish *wishes;
    size_t n_wishes;
    struct told *told; /* sorted */
    size_t n_told;
};

static void free_wishes(struct statics *s)
{
    for (size_t i = 0; i < s->n_wishes; i++)
        mem_free(NULL, s->wishes[i].hops);
    mem_free(NULL, s->wishes);
    s->wishes = NULL;
    s->n_wishes = 0;
}

static size_t make_hops(const struct statics *s, const struct static_wish *w, uint32_t vrf, struct rib_nexthop *out)
{
    const struct rib_interface *i;
    size_t n = 0;

    for (size_t k = 0; k < w->n_hops && n < RIB_NEXTHOPS_MAX; k++) {
        struct rib_nexthop *nh = &out[n];

        memset(nh, 0, sizeof(*nh));
        nh->vrf = vrf;
        nh->gateway = w->hops[k].address;
        if (w->hops[k].interface[0]) {
            i = ribd_ports_find(s->ports, w->hops[k].interface);
            if (!i)
                continue;
            nh->ifindex = i->ifindex;
        }
        n++;
    }
    if (n == 0 && w->is_discard) {
        memset(&out[0], 0, sizeof(out[0]));
        out[0].vrf = vrf;
        out[0].is_blackhole = true;
        n = 1;
    }
    return n;
}

static int told_compare(const void *a, const void *b)
{
    const struct told *x = a, *y = b;

    if (x->vrf != y->vrf)
        return x->vrf < y->vrf ? -1 : 1;
    int order = prefix_compare(&x->prefix, &y->prefix);

    return order ? order : x->distance - y->distance;
}

void ribd_statics_refresh(struct statics *s)
{
    struct told *old = s->told;
    size_t n_old = s->n_told;

    s->told = mem_alloc(NULL, (s->n_wishes + 1) * sizeof(s->told[0]));
    s->n_told = 0;
    for (size_t i = 0; i < s->n_wishes; i++) {
        const struct static_wish *w = &s->wishes[i];
        struct rib_route route = {
            .prefix = w->prefix, .source = RIB_SOURCE_STATIC, .distance = w->distance, .tag = w->tag};
        struct rib_nexthop hops[RIB_NEXTHOPS_MAX];
        struct rib_instance instance;
        size_t n;

        if (w->instance[0]) {
            if (!ribd_instances_find(s->instances, w->instance, &instance))
                continue;
            route.vrf = instance.vrf;
        }
        n = make_hops(s, w, route.vrf, hops);
        if (n == 0)
            continue;
        ribd_rib_own_route_set(s->rib, &route, hops, n);
        s->told[s->n_told++] = (struct told){.vrf = route.vrf, .prefix = route.prefix, .distance = route.distance};
    }
    qsort(s->told, s->n_told, sizeof(s->told[0]), told_compare);
    for (size_t i = 0; i < n_old; i++) {
        if (!bsearch(&old[i], s->told, s->n_told, sizeof(s->told[0]), told_compare))
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
