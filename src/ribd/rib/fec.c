/* SPDX-License-Identifier: Apache-2.0
 *
 * What LDP peers told: their addresses and their labels by prefix, all kept (liberal retention, RFC 5036 s2.6.2). The
 * label in force for a route is that of the peer which owns the route's gateway. When ldpd is away its peers are stale
 * but hold; a fresh peer with the same address goes first.
 */
#include "src/ribd/rib/internal.h"

#include <string.h>

/* --- FECs --- */

struct fec *ribd_fec_find(const struct vrf *v, const struct prefix *p)
{
    int f = ribd_family_index(p->addr.family);

    return f < 0 || !trie_count(v->fecs[f]) ? NULL : trie_find(v->fecs[f], p);
}

struct fec *ribd_fec_get(struct rib *r, struct vrf *v, const struct prefix *p)
{
    int f = ribd_family_index(p->addr.family);
    struct prefix key = prefix_normalize(*p);
    struct fec *c;
    void **slot;

    if (f < 0 || !(slot = trie_slot(v->fecs[f], &key)))
        return NULL;
    if (*slot)
        return *slot;
    c = MEM_NEW(&r->mem, struct fec);
    c->vrf = v;
    c->prefix = key;
    *slot = c;
    return c;
}

void ribd_fec_try_free(struct rib *r, struct fec *f)
{
    if (f->refs || !LIST_EMPTY(&f->bindings) || !LIST_EMPTY(&f->entries))
        return;
    trie_remove(f->vrf->fecs[ribd_family_index(f->prefix.addr.family)], &f->prefix);
    mem_free(&r->mem, f);
}

static void fec_changed(struct rib *r, struct fec *f)
{
    struct dest *d = ribd_dest_find(f->vrf, &f->prefix);

    if (d)
        ribd_dest_rekey(r, d, true, RIB_CLIENT_LDPD);
}

/* --- peers --- */

static bool owns(const struct label_peer *p, uint32_t vrf, const struct ip_addr *a)
{
    if (p->vrf->id != vrf)
        return false;
    for (size_t i = 0; i < p->n_addresses; i++) {
        if (ip_addr_equal(&p->addresses[i], a))
            return true;
    }
    return false;
}

const struct binding *ribd_binding_from(const struct rib *r, const struct fec *f, const struct ip_addr *gateway)
{
    const struct binding *b, *stale = NULL;

    (void)r;
    if (!ip_addr_is_set(gateway))
        return NULL;
    LIST_FOREACH (b, &f->bindings, on_fec) {
        if (!owns(b->peer, f->vrf->id, gateway))
            continue;
        if (!b->peer->is_stale)
            return b;
        stale = b;
    }
    return stale;
}

static struct label_peer *peer_find(struct rib *r, enum rib_client_id c, uint32_t id)
{
    struct label_peer *p;

    HASH_FIND(hh, r->clients[c].peers, &id, sizeof(id), p);
    return p;
}

void ribd_rib_label_peer_set(struct rib *r, enum rib_client_id c, uint32_t peer, uint32_t vrf, const struct ip_addr *a,
                             size_t n)
{
    struct label_peer *p = peer_find(r, c, peer);
    struct binding *b;

    if (p && p->vrf->id != vrf) {
        ribd_rib_label_peer_del(r, c, peer);
        p = NULL;
    }
    if (!p) {
        p = MEM_NEW(&r->mem, struct label_peer);
        p->id = peer;
        p->client = (uint8_t)c;
        p->vrf = ribd_vrf_get(r, vrf);
        TAILQ_INSERT_HEAD(&r->label_peers, p, all);
        HASH_ADD(hh, r->clients[c].peers, id, sizeof(p->id), p);
    }
    if (p->n_addresses == n && (n == 0 || memcmp(p->addresses, a, n * sizeof(*a)) == 0))
        return;
    mem_free(&r->mem, p->addresses);
    p->addresses = n ? mem_dup(&r->mem, a, n * sizeof(*a)) : NULL;
    p->n_addresses = n;
    LIST_FOREACH (b, &p->bindings, on_peer)
        fec_changed(r, b->fec);
}

static void binding_free(struct rib *r, struct binding *b)
{
    struct fec *f = b->fec;

    LIST_REMOVE(b, on_fec);
    LIST_REMOVE(b, on_peer);
    mem_free(&r->mem, b);
    r->n_bindings--;
    fec_changed(r, f);
    ribd_fec_try_free(r, f);
}

static void peer_free(struct rib *r, struct label_peer *p)
{
    TAILQ_REMOVE(&r->label_peers, p, all);
    if (!p->is_stale)
        HASH_DEL(r->clients[p->client].peers, p);
    while (!LIST_EMPTY(&p->bindings))
        binding_free(r, LIST_FIRST(&p->bindings));
    mem_free(&r->mem, p->addresses);
    mem_free(&r->mem, p);
}

void ribd_rib_label_peer_del(struct rib *r, enum rib_client_id c, uint32_t peer)
{
    struct label_peer *p = peer_find(r, c, peer);

    if (p)
        peer_free(r, p);
}

bool ribd_fec_peers_sweep(struct rib *r, enum rib_client_id c, uint16_t epoch, size_t *budget)
{
    struct label_peer *p, *next;

    for (p = TAILQ_FIRST(&r->label_peers); p; p = next) {
        next = TAILQ_NEXT(p, all);
        if (!p->is_stale || p->client != c || (int16_t)(p->epoch - epoch) > 0)
            continue;
        for (; *budget && !LIST_EMPTY(&p->bindings); --*budget)
            binding_free(r, LIST_FIRST(&p->bindings));
        if (!LIST_EMPTY(&p->bindings))
            return false;
        peer_free(r, p);
    }
    return true;
}

/* At the end of all: nothing follows from it any more. */
void ribd_label_peer_forget(struct rib *r, struct label_peer *p)
{
    struct binding *b;

    TAILQ_REMOVE(&r->label_peers, p, all);
    while ((b = LIST_FIRST(&p->bindings))) {
        LIST_REMOVE(b, on_peer);
        mem_free(&r->mem, b);
    }
    mem_free(&r->mem, p->addresses);
    mem_free(&r->mem, p);
}

/* --- bindings --- */

static struct binding *binding_find(struct label_peer *p, const struct prefix *fec)
{
    struct fec *f = ribd_fec_find(p->vrf, fec);
    struct binding *b;

    if (!f)
        return NULL;
    LIST_FOREACH (b, &f->bindings, on_fec) {
        if (b->peer == p)
            return b;
    }
    return NULL;
}

void ribd_rib_binding_set(struct rib *r, enum rib_client_id c, uint32_t peer, const struct prefix *fec,
                          const struct out_label *l)
{
    struct label_peer *p = peer_find(r, c, peer);
    struct binding *b;
    struct fec *f;
    bool is_null = l->state == LABEL_STATE_IMPLICIT_NULL;
    uint32_t label = l->state == LABEL_STATE_STACK && l->stack.depth ? l->stack.label[0] : LABEL_IMPLICIT_NULL;

    if (!p || l->state == LABEL_STATE_NONE || fec->len > ip_addr_bits(&fec->addr) ||
        !(f = ribd_fec_get(r, p->vrf, fec)))
        return;
    b = binding_find(p, fec);
    if (b && b->is_implicit_null == is_null && b->label == label)
        return;
    if (!b) {
        b = MEM_NEW(&r->mem, struct binding);
        b->peer = p;
        b->fec = f;
        LIST_INSERT_HEAD(&f->bindings, b, on_fec);
        LIST_INSERT_HEAD(&p->bindings, b, on_peer);
        r->n_bindings++;
    }
    b->is_implicit_null = is_null;
    b->label = label;
    fec_changed(r, f);
}

void ribd_rib_binding_del(struct rib *r, enum rib_client_id c, uint32_t peer, const struct prefix *fec)
{
    struct label_peer *p = peer_find(r, c, peer);
    struct binding *b = p ? binding_find(p, fec) : NULL;

    if (b)
        binding_free(r, b);
}
