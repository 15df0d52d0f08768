/* SPDX-License-Identifier: Apache-2.0
 *
 * The counts of all instances, counted anew from prefixes and label entries, against those that the RIB keeps. When it
 * has nothing to do.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "src/ribd/rib/internal.h"

enum { RECOUNT_FAR_ENDS = 256 };

struct recount {
    struct rib_instance_counts counts;
    size_t n;
    struct ip_addr address[RECOUNT_FAR_ENDS];
    size_t routes[RECOUNT_FAR_ENDS];
};

static inline void recount_far_end(struct recount *c, const struct ip_addr *a, size_t routes)
{
    size_t i = 0;

    while (i < c->n && !ip_addr_equal(&c->address[i], a))
        i++;
    if (i == RECOUNT_FAR_ENDS)
        return;
    if (i == c->n) {
        c->n++;
        c->address[i] = *a;
        c->routes[i] = 0;
    }
    c->routes[i] += routes;
}

static inline void recount_dest(void *arg, struct dest *d)
{
    struct recount *c = arg;
    const struct route *rt = ribd_dest_selected(d) ? ribd_dest_selected(d) : ribd_dest_routes(d);
    const struct nhset *s = rt ? rt->path->key.set : NULL;
    const struct member *far = NULL;

    if (!rt)
        return;
    for (size_t i = 0; i < s->n && !far; i++) {
        if (s->members[i].node && s->members[i].nh.vrf != ribd_dest_vrf(d)->id)
            far = &s->members[i];
    }
    c->counts.local_routes += far == NULL;
    c->counts.remote_routes += far != NULL;
    c->counts.unusable_routes += ribd_dest_selected(d) == NULL;
    if (far)
        recount_far_end(c, &far->nh.gateway, 1);
}

static inline void recount_told(void *arg, const struct ip_addr *address, size_t routes, bool has_lsp)
{
    (void)has_lsp;
    recount_far_end(arg, address, routes);
}

static inline bool recount_has(const struct recount *c, const struct ip_addr *a, size_t routes)
{
    for (size_t i = 0; i < c->n; i++) {
        if (ip_addr_equal(&c->address[i], a) && c->routes[i] == routes)
            return true;
    }
    return false;
}

/* How many instances have other counts than they should; told on standard error. */
static inline int recount(const struct rib *r)
{
    int n_wrong = 0;

    for (struct vrf *v = r->vrfs; v; v = v->hh.next) {
        static struct recount now, kept;
        const struct entry *e;
        bool is_wrong;

        memset(&now, 0, sizeof(now));
        memset(&kept, 0, sizeof(kept));
        ribd_vrf_each_dest(v, recount_dest, &now);
        RIBD_EACH_ENTRY(e, r)
        {
            if (e->is_deleted || e->fec_vrf != v->id)
                continue;
            now.counts.labels++;
            now.counts.unusable_labels += e->is_failed || !(e->written || e->written_lookup);
        }
        ribd_rib_view_instance(r, v->id, &kept.counts, recount_told, &kept);
        is_wrong = memcmp(&now.counts, &kept.counts, sizeof(now.counts)) != 0 || now.n != kept.n;
        for (size_t i = 0; i < now.n; i++)
            is_wrong |= !recount_has(&kept, &now.address[i], now.routes[i]);
        if (is_wrong)
            fprintf(stderr,
                    "instance %u: kept %zu local %zu remote %zu unusable %zu/%zu labels, are %zu %zu %zu %zu/%zu\n",
                    v->id, kept.counts.local_routes, kept.counts.remote_routes, kept.counts.unusable_routes,
                    kept.counts.labels, kept.counts.unusable_labels, now.counts.local_routes, now.counts.remote_routes,
                    now.counts.unusable_routes, now.counts.labels, now.counts.unusable_labels);
        n_wrong += is_wrong;
    }
    return n_wrong;
}
