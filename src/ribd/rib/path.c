/* SPDX-License-Identifier: Apache-2.0
 *
 * Next-hop sets and paths. A set is interned by its contents, so that a client that comes back and tells the same finds
 * the same object, and the kernel keeps its nexthop objects. A path is a set and the label that a route or label entry
 * puts beneath; its resolved list is a function of the set's nodes, computed when one of them changed.
 *
 * Stack of a path, top first: [label-switched path to the gateway][label of the set][own label, or LDP's of the
 * prefix].
 */
#include "src/ribd/rib/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- next-hop sets --- */

static void member_canonical(struct rib_nexthop *out, const struct rib_nexthop *in)
{
    memset(out, 0, sizeof(*out));
    out->vrf = in->vrf;
    out->ifindex = in->ifindex;
    out->gateway.family = in->gateway.family;
    memcpy(out->gateway.b, in->gateway.b, ip_addr_bits(&in->gateway) / 8);
    out->needs_lsp = in->needs_lsp;
    out->is_blackhole = in->is_blackhole;
    out->is_unreachable = in->is_unreachable;
    out->is_foreign = in->is_foreign;
    out->label.state = in->label.state;
    if (in->label.state != LABEL_STATE_STACK)
        return;
    out->label.stack.depth = in->label.stack.depth <= LABEL_STACK_MAX ? in->label.stack.depth : LABEL_STACK_MAX;
    memcpy(out->label.stack.label, in->label.stack.label, out->label.stack.depth * sizeof(uint32_t));
}

static int member_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rib_nexthop));
}

static struct nhset *nhset_new(struct rib *r, struct interned *key)
{
    const struct rib_nexthop *nh = (const struct rib_nexthop *)(const void *)key->data;
    struct nhset *s = MEM_NEW(&r->mem, struct nhset);

    s->key = key;
    s->n = key->len / sizeof(*nh);
    s->members = mem_alloc(&r->mem, s->n * sizeof(s->members[0]));
    for (size_t i = 0; i < s->n; i++) {
        struct member *m = &s->members[i];

        m->nh = nh[i];
        m->set = s;
        if (m->nh.is_blackhole) {
            s->is_blackhole = true;
            s->is_unreachable = m->nh.is_unreachable;
        } else if (m->nh.ifindex) {
            m->iface = ribd_iface_get(r, m->nh.ifindex);
            LIST_INSERT_HEAD(&m->iface->members, m, on_target);
        } else if (ribd_family_index(m->nh.gateway.family) >= 0) {
            m->node = ribd_node_get(r, ribd_vrf_get(r, m->nh.vrf), &m->nh.gateway, m->nh.needs_lsp);
            LIST_INSERT_HEAD(&m->node->members, m, on_target);
            s->has_hops_in_several |= s->has_hops && s->hops_vrf != m->nh.vrf;
            s->has_hops = true;
            s->hops_vrf = m->nh.vrf;
        }
    }
    HASH_ADD_PTR(r->sets, key, s);
    return s;
}

struct nhset *ribd_nhset_get(struct rib *r, const struct rib_nexthop *nh, size_t n)
{
    struct rib_nexthop canonical[RIB_NEXTHOPS_MAX];
    struct interned *key;
    struct nhset *s;

    if (n > RIB_NEXTHOPS_MAX)
        n = RIB_NEXTHOPS_MAX;
    for (size_t i = 0; i < n; i++)
        member_canonical(&canonical[i], &nh[i]);
    qsort(canonical, n, sizeof(canonical[0]), member_compare);
    key = intern_get(r->keys, canonical, n * sizeof(canonical[0]));
    HASH_FIND_PTR(r->sets, &key, s);
    if (s)
        intern_unref(r->keys, key);
    else
        s = nhset_new(r, key);
    s->refs++;
    return s;
}

void ribd_nhset_put(struct rib *r, struct nhset *s)
{
    if (--s->refs)
        return;
    for (size_t i = 0; i < s->n; i++) {
        struct member *m = &s->members[i];

        if (m->node || m->iface)
            LIST_REMOVE(m, on_target);
        if (m->node)
            ribd_node_put(r, m->node);
    }
    ribd_nhset_fan_end(r, s);
    HASH_DEL(r->sets, s);
    intern_unref(r->keys, s->key);
    mem_free(&r->mem, s->members);
    mem_free(&r->mem, s);
}

void ribd_rib_nhset_define(struct rib *r, enum rib_client_id c, uint32_t id, const struct rib_nexthop *nh, size_t n)
{
    struct nhset *s = ribd_nhset_get(r, nh, n);
    struct idmap *m;

    HASH_FIND(hh, r->clients[c].nhsets, &id, sizeof(id), m);
    if (m) { /* the id was used anew: what refers to the old set keeps it */
        ribd_nhset_put(r, m->object);
    } else {
        m = MEM_NEW(&r->mem, struct idmap);
        m->id = id;
        HASH_ADD(hh, r->clients[c].nhsets, id, sizeof(m->id), m);
    }
    m->object = s;
}

void ribd_rib_nhset_undefine(struct rib *r, enum rib_client_id c, uint32_t id)
{
    struct idmap *m;

    HASH_FIND(hh, r->clients[c].nhsets, &id, sizeof(id), m);
    if (!m)
        return;
    HASH_DEL(r->clients[c].nhsets, m);
    r->clients[c].last_nhset = NULL;
    ribd_nhset_put(r, m->object);
    mem_free(&r->mem, m);
}

/* --- paths --- */

static struct interned *label_intern(struct rib *r, const struct out_label *l)
{
    struct label_stack s = {0};

    if (l->state == LABEL_STATE_NONE)
        return NULL;
    if (l->state == LABEL_STATE_STACK) { /* an empty stack stands for implicit null */
        s.depth = l->stack.depth;
        memcpy(s.label, l->stack.label, l->stack.depth * sizeof(s.label[0]));
    }
    return intern_get(r->labels, s.label, s.depth * sizeof(s.label[0]));
}

struct out_label ribd_path_label(const struct path *p)
{
    struct out_label l = out_label_none();
    const struct interned *i = p->key.label;

    if (!i)
        return l;
    if (i->len == 0)
        return out_label_implicit_null();
    l.state = LABEL_STATE_STACK;
    l.stack.depth = (uint8_t)(i->len / sizeof(l.stack.label[0]));
    memcpy(l.stack.label, i->data, i->len);
    return l;
}

static struct path *path_again(struct rib *r, struct path *p)
{
    if (p->refs++ == 0)
        ribd_path_queue(r, p); /* it was on its way out, and not kept up to date */
    return p;
}

struct path *ribd_path_get(struct rib *r, struct nhset *s, const struct out_label *label, struct fec *fec, bool is_pipe)
{
    bool is_bare = label->state == LABEL_STATE_IMPLICIT_NULL && !fec && !is_pipe;
    struct path_key key;
    struct path *p;

    if (is_bare && s->bare)
        return path_again(r, s->bare);
    key = (struct path_key){.set = s, .label = label_intern(r, label), .fec = fec, .is_pipe = is_pipe};
    HASH_FIND(hh, r->paths, &key, sizeof(key), p);
    if (p) {
        if (key.label)
            intern_unref(r->labels, key.label);
        return path_again(r, p);
    }
    p = MEM_NEW(&r->mem, struct path);
    p->key = key;
    p->refs = 1;
    p->is_new = true;
    s->refs++;
    if (is_bare)
        s->bare = p;
    LIST_INSERT_HEAD(&s->paths, p, on_set);
    if (fec)
        fec->refs++;
    HASH_ADD(hh, r->paths, key, sizeof(p->key), p);
    ribd_path_queue(r, p);
    return p;
}

void ribd_path_put(struct rib *r, struct path *p)
{
    if (--p->refs == 0)
        ribd_path_write(r, p); /* leaves the kernel, then goes */
}

void ribd_path_try_free(struct rib *r, struct path *p)
{
    if (p->refs || p->users || p->id || p->pending || p->is_queued || p->is_writing)
        return;
    ribd_path_fan_end(r, p);
    if (p->key.set->fan_path == p)
        p->key.set->fan_path = LIST_NEXT(p, on_set);
    if (p->is_failed)
        ribd_failure_clear(r, p);
    HASH_DEL(r->paths, p);
    LIST_REMOVE(p, on_set);
    if (p->key.fec) {
        p->key.fec->refs--;
        ribd_fec_try_free(r, p->key.fec);
    }
    if (p->key.label)
        intern_unref(r->labels, p->key.label);
    if (p->key.set->bare == p)
        p->key.set->bare = NULL;
    ribd_nhset_put(r, p->key.set);
    intern_unref(r->lists, p->lsp_of);
    intern_unref(r->lists, p->lsp);
    if (p->list)
        ribd_list_put(r, p->list);
    if (p->written)
        ribd_list_put(r, p->written);
    mem_free(&r->mem, p);
}

void ribd_path_queue(struct rib *r, struct path *p)
{
    p->is_resolved = false;
    if (p->is_queued)
        return;
    p->is_queued = true;
    ribd_fifo_push(r, &r->changed_paths, p);
    ribd_work(r);
}

void ribd_path_write(struct rib *r, struct path *p)
{
    if (p->is_writing)
        return;
    p->is_writing = true;
    ribd_fifo_push(r, &r->write_paths, p);
    ribd_work(r);
}

bool ribd_path_is_usable(const struct path *p)
{
    return p->list || p->key.set->is_blackhole;
}

bool ribd_path_is_lsp(const struct path *p)
{
    for (size_t i = 0; i < ribd_list_n(p->list); i++) {
        if (ribd_list(p->list)[i].is_lsp)
            return true;
    }
    return false;
}

/* --- resolution of one path --- */

/* What the member puts on the packet, below the way to its gateway. */
struct own_label {
    struct out_label label;
    bool is_ldp;
};

static bool own_label_of(const struct rib *r, const struct path *p, const struct member *m, struct own_label *own)
{
    struct out_label label = ribd_path_label(p);
    const struct binding *b;

    own->is_ldp = false;
    if (m->nh.label.state == LABEL_STATE_NONE)
        own->label = label;
    else if (!out_label_push(&own->label, &m->nh.label, &label))
        return false;
    if (own->label.state != LABEL_STATE_NONE || !p->key.fec || m->nh.vrf != p->key.fec->vrf->id)
        return true;
    b = ribd_binding_from(r, p->key.fec, &m->nh.gateway);
    if (!b)
        return true;
    own->is_ldp = true;
    own->label = b->is_implicit_null ? out_label_implicit_null() : out_label_from_wire(b->label);
    return true;
}

/* Puts the own label beneath the way to the gateway; false if that cannot be. */
static bool rnh_combine(struct rnh *out, const struct rnh *base, const struct own_label *own, bool needs_lsp)
{
    const struct label_stack *s = &own->label.stack;

    *out = *base;
    if (needs_lsp && !base->is_lsp)
        return false;
    if (own->label.state == LABEL_STATE_NONE) {
        out->is_lsp = false; /* the path ends at the gateway: what is beneath would be looked up there */
        return true;
    }
    if (!base->is_lsp) { /* plain IP still gets there, if it may */
        out->is_lsp = false;
        return own->is_ldp || own->label.state == LABEL_STATE_IMPLICIT_NULL;
    }
    if (own->label.state == LABEL_STATE_STACK) {
        if (base->depth + s->depth > LABEL_STACK_MAX)
            return false;
        memcpy(out->label + base->depth, s->label, s->depth * sizeof(out->label[0]));
        out->depth = (uint8_t)(base->depth + s->depth);
    }
    return true;
}

static bool direct_base(const struct member *m, struct rnh *out)
{
    const struct iface *f = m->iface;

    memset(out, 0, sizeof(*out));
    if (!ribd_iface_is_usable(f, m->nh.is_foreign ? f->i.vrf : m->nh.vrf))
        return false;
    if (ip_addr_is_set(&m->nh.gateway) && !m->nh.is_foreign && !ribd_iface_is_onlink(f, &m->nh.gateway))
        return false;
    out->ifindex = f->ifindex;
    out->gateway = m->nh.gateway;
    out->is_lsp = f->i.has_mpls && ip_addr_is_set(&m->nh.gateway) && !m->nh.is_foreign;
    return true;
}

static size_t path_resolve(const struct rib *r, const struct path *p, struct rnh *out)
{
    const struct nhset *s = p->key.set;
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct member *m = &s->members[i];
        struct own_label own;
        struct rnh direct;
        const struct rnh *base = m->node ? ribd_list(m->node->list) : &direct;
        size_t n_base = m->node ? ribd_list_n(m->node->list) : (m->iface && direct_base(m, &direct)) ? 1 : 0;

        if (!own_label_of(r, p, m, &own))
            continue;
        for (size_t k = 0; k < n_base && n < RIB_NEXTHOPS_MAX; k++) {
            if (!rnh_combine(&out[n], &base[k], &own, m->nh.needs_lsp))
                continue;
            out[n].ttl = p->key.is_pipe && out[n].depth ? UINT8_MAX : 0;
            n++;
        }
    }
    return n;
}

void ribd_path_process(struct rib *r, struct path *p)
{
    struct rnh list[RIB_NEXTHOPS_MAX];
    struct interned *now, *before = p->list;
    bool is_new = p->is_new;

    if (p->refs == 0) {
        ribd_path_try_free(r, p);
        return;
    }
    if (p->is_resolved)
        return;
    p->is_new = false;
    p->is_resolved = true;
    now = ribd_list_intern(r, list, path_resolve(r, p, list));
    if (now == before) {
        if (now)
            ribd_list_put(r, now);
        return;
    }
    p->list = now;
    p->changed_sec = r->now_sec;
    if (before)
        ribd_list_put(r, before);
    ribd_path_write(r, p);
    if (is_new)
        ribd_path_fan(r, p, FAN_ENTRIES);
    else
        ribd_path_fan(r, p, (!now != !before ? FAN_QUEUE : FAN_TOUCH) | FAN_ENTRIES);
}

/* --- where a resolved next hop comes from --- */

static bool is_same_way(const struct rnh *a, const struct rnh *b)
{
    return a->ifindex == b->ifindex && ip_addr_equal(&a->gateway, &b->gateway) && a->depth == b->depth &&
           memcmp(a->label, b->label, a->depth * sizeof(a->label[0])) == 0;
}

/* The member and the way to its gateway that `hop` was put together from. */
static const struct member *member_of(const struct rib *r, const struct path *p, const struct rnh *hop,
                                      struct own_label *own, struct rnh *base)
{
    const struct nhset *s = p->key.set;

    for (size_t i = 0; i < s->n; i++) {
        const struct member *m = &s->members[i];
        struct rnh direct, way;
        const struct rnh *list = m->node ? ribd_list(m->node->list) : &direct;
        size_t n = m->node ? ribd_list_n(m->node->list) : (m->iface && direct_base(m, &direct)) ? 1 : 0;

        if (!own_label_of(r, p, m, own))
            continue;
        for (size_t k = 0; k < n; k++) {
            *base = list[k];
            if (rnh_combine(&way, base, own, m->nh.needs_lsp) && is_same_way(&way, hop))
                return m;
        }
    }
    return NULL;
}

static enum rib_view_protocol given_by(const struct rib_view_step *step, const struct own_label *own)
{
    if (own->label.state == LABEL_STATE_NONE)
        return RIB_VIEW_NOBODY;
    if (own->is_ldp)
        return RIB_VIEW_LDP;
    if (step->source == RIB_SOURCE_BGP && step->hop_vrf != step->vrf)
        return RIB_VIEW_BGP_VPN;
    return step->source == RIB_SOURCE_BGP || step->source == RIB_SOURCE_BGP_LABELED ? RIB_VIEW_BGP_LABELED
                                                                                    : RIB_VIEW_STATIC;
}

/* The route that the node is resolved through; NULL if it is attached. */
static const struct dest *node_route(const struct node *n)
{
    struct prefix match = prefix_normalize((struct prefix){.addr = n->addr, .len = n->match_len});
    const struct dest *d = n->has_match ? ribd_dest_find(n->vrf, &match) : NULL;

    return d && ribd_dest_selected(d) && !ribd_route_is_connected(ribd_dest_selected(d)) ? d : NULL;
}

size_t ribd_path_explain(const struct rib *r, const struct path *p, const struct rnh *hop, struct rib_view_step *steps)
{
    struct rnh base, wanted = *hop;
    const struct member *m;
    const struct dest *d;
    struct own_label own;
    size_t n = 0;

    for (;;) {
        m = member_of(r, p, &wanted, &own, &base);
        if (!m)
            return n;
        steps[n].hop_vrf = m->nh.vrf;
        steps[n].hop = m->nh.gateway;
        steps[n].label = own.label;
        steps[n].given = given_by(&steps[n], &own);
        d = m->node ? node_route(m->node) : NULL;
        if (++n == RIB_VIEW_STEPS_MAX || !d)
            return n;
        steps[n] = (struct rib_view_step){.vrf = ribd_dest_vrf(d)->id,
                                          .prefix = ribd_dest_prefix(d),
                                          .source = (enum rib_source)ribd_dest_selected(d)->source};
        p = ribd_dest_selected(d)->path;
        wanted = base;
    }
}

/* --- reasons --- */

/* The last clause of "no label-switched path to X: because", so that reasons do not nest. */
static const char *tail_of(const char *reason)
{
    const char *colon = strncmp(reason, "no label-switched path", 22) == 0 ? strchr(reason, ':') : NULL;

    return colon ? colon + 2 : reason;
}

static bool direct_reason(struct rib *r, const struct member *m, char *out)
{
    char name[32], a[ADDR_TEXT_MAX];
    const struct iface *f = m->iface;

    ribd_iface_name(r, f->ifindex, name, sizeof(name));
    if (!f->is_present)
        snprintf(out, RIB_TEXT_MAX, "%s%s does not exist", f->i.name[0] ? "interface " : "", name);
    else if (f->i.vrf != m->nh.vrf && !m->nh.is_foreign)
        snprintf(out, RIB_TEXT_MAX, "%s is in another VPN instance", name);
    else if (!f->i.is_up)
        snprintf(out, RIB_TEXT_MAX, "%s is down", name);
    else if (m->nh.is_foreign)
        snprintf(out, RIB_TEXT_MAX, "it is another program's kernel route, which has no label here");
    else if (ip_addr_is_set(&m->nh.gateway) && !ribd_iface_is_onlink(f, &m->nh.gateway))
        snprintf(out, RIB_TEXT_MAX, "%s is not on-link on %s", ip_addr_text(&m->nh.gateway, a, sizeof(a)), name);
    else
        return false;
    return true;
}

static void no_binding_reason(const struct prefix *fec, const struct member *m, char *out)
{
    char a[ADDR_TEXT_MAX], prefix[PREFIX_TEXT_MAX];

    if (!fec)
        snprintf(out, RIB_TEXT_MAX, "no label for it");
    else if (ip_addr_is_set(&m->nh.gateway))
        snprintf(out, RIB_TEXT_MAX, "no LDP binding from %s for %s", ip_addr_text(&m->nh.gateway, a, sizeof(a)),
                 prefix_text(fec, prefix, sizeof(prefix)));
    else
        snprintf(out, RIB_TEXT_MAX, "%s is connected here", prefix_text(fec, prefix, sizeof(prefix)));
}

static bool base_lacks_lsp(const struct member *m)
{
    struct rnh direct;

    if (m->iface)
        return direct_base(m, &direct) && !direct.is_lsp;
    for (size_t i = 0; m->node && i < ribd_list_n(m->node->list); i++) {
        if (ribd_list(m->node->list)[i].is_lsp)
            return false;
    }
    return true;
}

/* The way to the next hop is plain IP: over an interface without MPLS, or by a route that nobody gave a label for. */
static void plain_way_reason(const struct rib *r, const struct member *m, char *out)
{
    char a[ADDR_TEXT_MAX], why[RIB_TEXT_MAX / 2] = "its route has no label";

    for (size_t i = 0; m->node && i < ribd_list_n(m->node->list); i++) {
        uint32_t ifindex = ribd_list(m->node->list)[i].ifindex;

        if (!ribd_iface_get((struct rib *)(uintptr_t)r, ifindex)->i.has_mpls)
            ribd_iface_lacks_mpls(r, ifindex, why, sizeof(why));
    }
    snprintf(out, RIB_TEXT_MAX, "no label-switched path to its next hop %s: %s",
             ip_addr_text(&m->nh.gateway, a, sizeof(a)), why);
}

void ribd_path_reason(struct rib *r, const struct path *p, bool wants_lsp, const struct prefix *fec, char *out)
{
    const struct nhset *s = p->key.set;
    const struct member *m = s->members;
    struct own_label own;

    out[0] = '\0';
    if (s->is_blackhole) {
        snprintf(out, RIB_TEXT_MAX, "blackhole route");
    } else if (s->n == 0 || (!m->node && !m->iface)) {
        snprintf(out, RIB_TEXT_MAX, "no next hop");
    } else if (!own_label_of(r, p, m, &own)) {
        snprintf(out, RIB_TEXT_MAX, "label stack too deep: more than %d labels", LABEL_STACK_MAX);
    } else if (m->iface && direct_reason(r, m, out)) {
        return;
    } else if (m->node && !m->node->list) {
        snprintf(out, RIB_TEXT_MAX, "%s", wants_lsp ? tail_of(m->node->reason) : m->node->reason);
    } else if (own.label.state == LABEL_STATE_NONE) {
        no_binding_reason(fec, m, out);
    } else if (m->iface && base_lacks_lsp(m)) {
        ribd_iface_lacks_mpls(r, m->iface->ifindex, out, RIB_TEXT_MAX);
    } else if (base_lacks_lsp(m)) {
        plain_way_reason(r, m, out);
    } else {
        snprintf(out, RIB_TEXT_MAX, "label stack too deep: more than %d labels", LABEL_STACK_MAX);
    }
}
