/* SPDX-License-Identifier: Apache-2.0
 *
 * What each instance holds, counted as it changes: a prefix by its selected route, or, when it was found that none can
 * be used, by the most preferred one; label entries by the instance of their FEC. Remote routes are counted by next-hop
 * set, of which there are few: where a set leads never changes.
 */
#include "src/ribd/rib/counts.h"

#include <string.h>

struct far_count {
    struct nhset *set; /* key */
    struct vrf *vrf;
    uint32_t n;
    UT_hash_handle hh; /* in vrf.far */
};

/* --- routes --- */

void ribd_count_far(struct rib *r, struct vrf *v, struct nhset *s, bool is_one_more)
{
    struct far_count *f = s->last_far;

    if (!f || f->vrf != v) {
        HASH_FIND_PTR(v->far, &s, f);
        if (!f) {
            f = MEM_NEW(&r->mem, struct far_count);
            f->set = s;
            f->vrf = v;
            HASH_ADD_PTR(v->far, set, f);
        }
        s->last_far = f;
    }
    f->n += is_one_more ? 1u : UINT32_MAX;
    v->n_far += is_one_more ? 1u : UINT32_MAX;
    if (f->n)
        return;
    s->last_far = NULL;
    HASH_DEL(v->far, f);
    mem_free(&r->mem, f);
}

void ribd_count_unusable(struct rib *r, struct dest *d, bool is_unusable)
{
    struct vrf *v = ribd_dest_vrf(d);
    struct nhset *s = ribd_dest_routes(d)->path->key.set;

    d->is_unusable = is_unusable;
    v->n_unusable += is_unusable ? 1u : UINT32_MAX;
    if (ribd_nhset_is_far(s, v))
        ribd_count_far(r, v, s, is_unusable);
}

void ribd_counts_free(struct rib *r, struct vrf *v)
{
    struct far_count *f, *tmp;

    HASH_ITER (hh, v->far, f, tmp) {
        HASH_DEL(v->far, f);
        mem_free(&r->mem, f);
    }
}

/* --- label entries --- */

_Static_assert(sizeof(((struct vrf *)0)->n_entries) == COUNTED_STATES * sizeof(uint32_t), "one of each");

void ribd_count_entry_anew(struct rib *r, struct entry *e, unsigned now)
{
    struct vrf *v = ribd_vrf_get(r, e->fec_vrf);

    v->n_entries[e->counted]--;
    v->n_entries[now]++;
    e->counted = now & 3u;
}

/* --- reading --- */

struct origin_count {
    struct ip_addr address; /* key */
    size_t routes;
    bool has_lsp;
    UT_hash_handle hh;
};

/* The far end that a set leads to: a next hop in another instance. */
static const struct member *far_member(const struct nhset *s, const struct vrf *v)
{
    const struct member *m = s->members;

    while (!m->node || m->nh.vrf == v->id)
        m++;
    return m;
}

static void add_origin(struct origin_count **origins, const struct far_count *f)
{
    const struct member *m = far_member(f->set, f->vrf);
    struct origin_count *o;

    HASH_FIND(hh, *origins, &m->nh.gateway, sizeof(m->nh.gateway), o);
    if (!o) {
        o = MEM_NEW(NULL, struct origin_count);
        o->address = m->nh.gateway;
        HASH_ADD(hh, *origins, address, sizeof(o->address), o);
    }
    o->routes += f->n;
    for (size_t i = 0; i < ribd_list_n(m->node->list); i++)
        o->has_lsp |= ribd_list(m->node->list)[i].is_lsp;
}

static int origin_order(const struct origin_count *a, const struct origin_count *b)
{
    return memcmp(a->address.b, b->address.b, sizeof(a->address.b));
}

void ribd_rib_view_instance(const struct rib *r, uint32_t vrf, struct rib_instance_counts *counts,
                            void (*origin)(void *arg, const struct ip_addr *address, size_t routes, bool has_lsp),
                            void *arg)
{
    const struct vrf *v = ribd_vrf_find(r, vrf);
    struct origin_count *origins = NULL, *o, *next;

    memset(counts, 0, sizeof(*counts));
    if (!v)
        return;
    counts->remote_routes = v->n_far;
    counts->local_routes = v->n_unusable;
    for (int s = 0; s < RIB_SOURCE_COUNT; s++)
        counts->local_routes += v->counts.selected[s];
    counts->local_routes -= v->n_far;
    counts->unusable_routes = v->n_unusable;
    counts->labels = v->n_entries[COUNTED_USABLE] + v->n_entries[COUNTED_UNUSABLE];
    counts->unusable_labels = v->n_entries[COUNTED_UNUSABLE];
    for (const struct far_count *f = v->far; f; f = f->hh.next)
        add_origin(&origins, f);
    HASH_SORT(origins, origin_order);
    HASH_ITER (hh, origins, o, next) {
        origin(arg, &o->address, o->routes, o->has_lsp);
        HASH_DEL(origins, o);
        mem_free(NULL, o);
    }
}
