/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables, destinations and paths: their lifetime and their links. A table owns its destinations, a destination its
 * paths. A destination lives while it has a path, is advertised to somebody, or holds a label. Pure.
 */
#include "bgpd/rib/table.h"

#include <string.h>

#include "bgpd/rib/label.h"
#include "bgpd/rib/rib_private.h"

const char *bgp_path_kind_name(enum bgp_path_kind k)
{
    static const char *const names[] = {"peer", "local", "imported", "exported", "copied"};

    return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

const char *bgp_reject_text(enum bgp_reject r)
{
    static const char *const texts[] = {"",
                                        "our AS is in the AS path",
                                        "we are the originator",
                                        "our cluster is in the cluster list",
                                        "next hop is martian or our own address",
                                        "label is reserved",
                                        "the prefix list does not permit it",
                                        "its tag says that it came from BGP: see except-tag",
                                        "it has another tag: see only-tag"};

    return (size_t)r < sizeof(texts) / sizeof(texts[0]) ? texts[r] : "?";
}

static struct bgp_key key_of(rd_t rd, const struct prefix *p)
{
    struct bgp_key k;

    memset(&k, 0, sizeof(k));
    k.rd = rd;
    k.prefix = *p;
    return k;
}

struct bgp_dest *bgp_dest_find(struct bgp_table *t, rd_t rd, const struct prefix *p)
{
    struct bgp_key k = key_of(rd, p);
    struct bgp_dest *d;

    HASH_FIND(hh, t->dests, &k, sizeof(k), d);
    return d;
}

struct bgp_dest *bgp_dest_get(struct bgp_table *t, rd_t rd, const struct prefix *p)
{
    struct bgp_dest *d = bgp_dest_find(t, rd, p);

    if (d)
        return d;
    d = MEM_NEW(&t->vrf->rib->mem_dest, struct bgp_dest);
    d->key = key_of(rd, p);
    d->table = t;
    LIST_INIT(&d->paths);
    LIST_INIT(&d->adj_outs);
    HASH_ADD(hh, t->dests, key, sizeof(d->key), d);
    bgp_order_add(&t->order, &t->vrf->rib->mem_dest, d);
    return d;
}

void bgp_dest_mark(struct bgp_dest *d)
{
    struct bgp_rib *rib = d->table->vrf->rib;

    if (d->is_dirty)
        return;
    d->is_dirty = true;
    TAILQ_INSERT_TAIL(&rib->dirty, d, dirty);
    bgp_rib_wake(rib);
}

void bgp_table_mark(struct bgp_table *t)
{
    for (struct bgp_dest *d = t->dests; d; d = d->hh.next)
        bgp_dest_mark(d);
}

void bgp_dest_release(struct bgp_dest *d)
{
    if (d->is_dirty || d->copy || d->exported || d->label || d->vpn_label || d->fib.is_set || !LIST_EMPTY(&d->paths) ||
        !LIST_EMPTY(&d->adj_outs))
        return;
    HASH_DEL(d->table->dests, d);
    bgp_order_remove(&d->table->order, &d->table->vrf->rib->mem_dest, d);
    mem_free(&d->table->vrf->rib->mem_dest, d);
}

struct bgp_path *bgp_path_add(struct bgp_dest *d, enum bgp_path_kind kind, struct bgp_attr_set *attrs)
{
    struct bgp_path *p = MEM_NEW(&d->table->vrf->rib->mem_path, struct bgp_path);

    p->dest = d;
    p->kind = kind;
    p->attrs = attrs;
    LIST_INIT(&p->children);
    LIST_INSERT_HEAD(&d->paths, p, in_dest);
    d->table->n_paths++;
    bgp_dest_mark(d);
    return p;
}

void bgp_path_set_attrs(struct bgp_path *p, struct bgp_attr_set *attrs)
{
    bool has_changed = p->attrs != attrs;

    bgp_attr_set_unref(&p->dest->table->vrf->rib->attrs, p->attrs);
    p->attrs = attrs;
    if (has_changed)
        bgp_dest_mark(p->dest);
}

/* Marking only on change keeps two instances that import each other's routes from chasing one another for ever. */
void bgp_path_sync(struct bgp_path *p)
{
    const struct bgp_path *root = bgp_path_root(p);
    uint32_t id = bgp_path_nexthop_id(root), label = root ? root->label : 0;
    uint64_t cost = root && root->nexthop ? bgp_nexthop_cost(root->nexthop) : 0;
    bool is_usable = !bgp_path_problem(p);

    if (p->seen.nexthop_id == id && p->seen.label == label && p->seen.cost == cost && p->seen.is_usable == is_usable)
        return;
    p->seen.cost = cost;
    p->seen.nexthop_id = id;
    p->seen.label = label;
    p->seen.is_usable = is_usable;
    bgp_dest_mark(p->dest);
}

/* The destination that an EXPORTED or COPIED path was made of has it no more. */
static void forget_made(const struct bgp_path *p)
{
    if (p->from->copy == p)
        p->from->copy = NULL;
    if (p->from->exported == p)
        p->from->exported = NULL;
}

void bgp_path_remove(struct bgp_path *p)
{
    struct bgp_rib *rib = p->dest->table->vrf->rib;
    struct bgp_path *child;

    while ((child = LIST_FIRST(&p->children)))
        bgp_path_remove(child);
    bgp_path_set_nexthop(p, 0, NULL, false);
    if (p->peer) {
        LIST_REMOVE(p, in_peer);
        p->peer->family[p->dest->table->family].n_received--;
    }
    if (p->parent)
        LIST_REMOVE(p, in_parent);
    if (p->slot)
        bgp_label_unuse(p->slot);
    if (p->from)
        forget_made(p);
    if (p->dest->best == p)
        p->dest->best = NULL;
    if (p->dest->own == p)
        p->dest->own = NULL;
    LIST_REMOVE(p, in_dest);
    p->dest->table->n_paths--;
    bgp_dest_mark(p->dest);
    bgp_attr_set_unref(&rib->attrs, p->attrs);
    mem_free(&rib->mem_path, p->local);
    mem_free(&rib->mem_path, p);
}

const struct bgp_path *bgp_path_source(const struct bgp_path *p)
{
    return p && p->kind == BGP_PATH_COPIED ? p->from->own : p;
}

/* Behind a copy, and behind an import: the path that another table has. */
static const struct bgp_path *imported_from(const struct bgp_path *p)
{
    p = bgp_path_source(p);
    return p && p->kind == BGP_PATH_IMPORTED ? p->parent : p;
}

/* COPIED -> IMPORTED -> EXPORTED -> COPIED -> PEER is the longest chain: an instance imports what another one has
 * exported, and exports nothing imported. */
const struct bgp_path *bgp_path_root(const struct bgp_path *p)
{
    p = imported_from(p);
    if (p && p->kind == BGP_PATH_EXPORTED)
        p = bgp_path_source(p->from->best);
    return p;
}

const struct bgp_rib_peer *bgp_path_peer(const struct bgp_path *p)
{
    p = imported_from(p);
    return p && p->kind == BGP_PATH_PEER ? p->peer : NULL;
}

/* The way to its next hop is the very route that the path would make (RFC 4271 s9.1.2.1): another path holds it now. If
 * this one took its place, it would end that way. */
static bool leads_to_itself(const struct bgp_path *p)
{
    const struct bgp_nexthop *nh = p->nexthop;
    const struct prefix *own = &p->dest->key.prefix;

    return p->dest->table->family != BGP_IPV4_VPN && nh->is_by_bgp && nh->prefix_len == own->len &&
           prefix_contains_addr(own, &nh->key.address);
}

const char *bgp_path_problem(const struct bgp_path *p)
{
    if (p->reject)
        return bgp_reject_text(p->reject);
    switch ((enum bgp_path_kind)p->kind) {
    case BGP_PATH_PEER:
        if (!p->nexthop)
            return "no next hop";
        if (!p->nexthop->is_usable)
            return p->nexthop->reason;
        return leads_to_itself(p) ? "the next hop is reached over this route alone" : NULL;
    case BGP_PATH_LOCAL:
        return NULL;
    case BGP_PATH_IMPORTED:
        return bgp_path_problem(p->parent);
    case BGP_PATH_COPIED:
        return p->from->own ? bgp_path_problem(p->from->own) : "the route that it is a copy of is gone";
    case BGP_PATH_EXPORTED:
        if (!p->slot)
            return "no label";
        return p->slot->status == BGP_LABEL_INSTALLED ? NULL : bgp_label_problem(p->slot);
    }
    return "?";
}

bool bgp_path_is_internal(const struct bgp_path *p)
{
    p = imported_from(p);
    if (p && p->kind == BGP_PATH_EXPORTED)
        return true;
    return p && p->kind == BGP_PATH_PEER && !p->peer->is_ebgp;
}

struct out_label bgp_path_label(const struct bgp_path *p)
{
    if (!p || p->kind != BGP_PATH_PEER || !bgp_family_info(p->dest->table->family)->has_label)
        return out_label_none();
    return out_label_from_wire(p->label);
}
