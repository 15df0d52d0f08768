/* SPDX-License-Identifier: Apache-2.0
 *
 * Routing tables, nexthop objects and the label table of a simulated kernel, with Linux's rules for what is refused and
 * what goes when something it hangs on goes.
 */
#include <errno.h>
#include <string.h>

#include "lib/sim/kernel.h"
#include "strata/mem.h"

/* --- tables --- */

static struct sim_table *table_get(struct sim_kernel *k, uint32_t id, bool is_made)
{
    struct sim_table *t;

    HASH_FIND(hh, k->tables, &id, sizeof(id), t);
    if (!t && is_made) {
        t = MEM_NEW(NULL, struct sim_table);
        t->id = id;
        t->routes = trie_create(NULL);
        HASH_ADD(hh, k->tables, id, sizeof(t->id), t);
    }
    return t;
}

struct sim_route *sim_routes_at(struct sim_kernel *k, uint32_t table, const struct prefix *p)
{
    struct sim_table *t = table_get(k, table, false);

    return t ? trie_find(t->routes, p) : NULL;
}

void sim_route_free(struct sim_kernel *k, struct sim_route *r)
{
    struct sim_table *t = table_get(k, r->table, false);
    struct sim_route *first = trie_find(t->routes, &r->prefix);

    sim_foreign_leaves(k, r);

    if (first == r) {
        if (r->next)
            *trie_slot(t->routes, &r->prefix) = r->next;
        else
            trie_remove(t->routes, &r->prefix);
    } else {
        while (first->next != r)
            first = first->next;
        first->next = r->next;
    }
    if (r->nhset)
        LIST_REMOVE(r, users);
    TAILQ_REMOVE(&k->routes, r, all);
    mem_free(NULL, r);
}

struct sim_route *sim_route_add(struct sim_kernel *k, const struct sim_route *want)
{
    struct sim_table *t = table_get(k, want->table, true);
    void **slot = trie_slot(t->routes, &want->prefix);
    struct sim_route *r, *before = NULL, *at = *slot;

    for (; at && at->metric <= want->metric; before = at, at = at->next) {
        if (at->metric == want->metric && at->iface == want->iface) { /* make before break: in place */
            if (at->nhset)
                LIST_REMOVE(at, users);
            at->type = want->type;
            at->gateway = want->gateway;
            at->nhset = want->nhset;
            if (at->nhset)
                LIST_INSERT_HEAD(&at->nhset->users, at, users);
            sim_foreign_added(k, at);
            return at;
        }
    }
    r = mem_dup(NULL, want, sizeof(*want));
    r->next = at;
    if (before)
        before->next = r;
    else
        *slot = r;
    if (r->nhset)
        LIST_INSERT_HEAD(&r->nhset->users, r, users);
    TAILQ_INSERT_TAIL(&k->routes, r, all);
    sim_foreign_added(k, r);
    return r;
}

bool sim_route_del(struct sim_kernel *k, uint32_t table, const struct prefix *p, uint32_t metric)
{
    struct sim_route *r = sim_routes_at(k, table, p);

    while (r && r->metric != metric)
        r = r->next;
    if (r)
        sim_route_free(k, r);
    return r != NULL;
}

bool sim_route_del_ours(struct sim_kernel *k, uint32_t table, const struct prefix *p)
{
    struct sim_route *r = sim_routes_at(k, table, p);

    while (r && !sim_route_is_ours(r))
        r = r->next;
    if (r)
        sim_route_free(k, r);
    return r != NULL;
}

void sim_routes_drop(struct sim_kernel *k, bool (*match)(const struct sim_route *r, const void *arg), const void *arg)
{
    struct sim_route *r, *next;

    for (r = TAILQ_FIRST(&k->routes); r; r = next) {
        next = TAILQ_NEXT(r, all);
        if (match(r, arg))
            sim_route_free(k, r);
    }
}

static const struct dp_nexthop *pick(const struct sim_nhset *s, uint64_t hash)
{
    size_t n = 0;

    for (uint32_t i = 0; i < s->n_slots; i++)
        n += s->slots[i].is_in_group;
    if (n == 0)
        return NULL;
    n = hash % n;
    for (uint32_t i = 0; i < s->n_slots; i++)
        if (s->slots[i].is_in_group && n-- == 0)
            return &s->slots[i].nh;
    return NULL;
}

/* False: go on with the next rule. */
static bool look_in(struct sim_kernel *k, uint32_t table, const struct ip_addr *destination, uint64_t hash,
                    struct sim_way *way)
{
    struct sim_table *t = table_get(k, table, false);
    const struct sim_route *r = t ? trie_match(t->routes, destination, NULL) : NULL;
    const struct dp_nexthop *nh;

    if (!r)
        return false;
    switch (r->type) {
    case SIM_ROUTE_LOCAL:
        way->kind = SIM_WAY_LOCAL;
        way->iface = r->iface;
        return true;
    case SIM_ROUTE_LINK:
    case SIM_ROUTE_GATEWAY:
        way->kind = SIM_WAY_OUT;
        way->iface = r->iface;
        way->gateway = r->gateway;
        return true;
    case SIM_ROUTE_NEXTHOP:
        nh = pick(r->nhset, hash);
        way->iface = nh ? sim_iface_find(k, nh->ifindex) : NULL;
        if (!way->iface)
            return false;
        way->kind = SIM_WAY_OUT;
        way->gateway = nh->gateway;
        way->label = nh->label;
        way->ttl = nh->ttl;
        return true;
    case SIM_ROUTE_BLACKHOLE:
        way->kind = SIM_WAY_BLACKHOLE;
        return true;
    case SIM_ROUTE_UNREACHABLE:
        way->kind = SIM_WAY_UNREACHABLE;
        return true;
    }
    return false;
}

/* The rules: local first, as Linux starts, or the instance first, as ribd orders them. */
struct sim_way sim_lookup(struct sim_kernel *k, uint32_t table, const struct ip_addr *destination, uint64_t hash)
{
    struct sim_way way = {0};

    if (!k->is_l3mdev_first && look_in(k, SIM_TABLE_LOCAL, destination, hash, &way))
        return way;
    if (table != SIM_TABLE_MAIN && look_in(k, table, destination, hash, &way))
        return way;
    if (k->is_l3mdev_first && look_in(k, SIM_TABLE_LOCAL, destination, hash, &way))
        return way;
    look_in(k, SIM_TABLE_MAIN, destination, hash, &way);
    return way;
}

static const struct ip_addr *address_of(const struct sim_iface *i, const struct ip_addr *towards)
{
    for (size_t n = 0; n < i->n_addresses; n++) {
        struct prefix net = prefix_normalize(i->addresses[n]);

        if (prefix_contains_addr(&net, towards))
            return &i->addresses[n].addr;
    }
    return i->n_addresses ? &i->addresses[0].addr : NULL;
}

/* As Linux chooses: of the outgoing interface, if it is of the instance; else any of the instance's own. */
struct ip_addr sim_source_for(struct sim_kernel *k, uint32_t table, const struct sim_way *way)
{
    const struct ip_addr *a = NULL;
    struct sim_iface *i;

    if (way->iface && sim_iface_table(way->iface) == table)
        a = address_of(way->iface, &way->gateway);
    TAILQ_FOREACH (i, &k->ifaces, link)
        if (!a && sim_iface_table(i) == table)
            a = address_of(i, &way->gateway);
    return a ? *a : (struct ip_addr){0};
}

/* --- nexthop objects --- */

static struct sim_nhset *nhset_find(struct sim_kernel *k, uint32_t id)
{
    struct sim_nhset *s;

    HASH_FIND(hh, k->nhsets, &id, sizeof(id), s);
    return s;
}

static void group_free(struct sim_kernel *k, struct sim_nhset *s)
{
    struct sim_route *r;

    s->has_group = false;
    while ((r = LIST_FIRST(&s->users)))
        sim_route_free(k, r);
}

static void nhset_free_unused(struct sim_kernel *k, struct sim_nhset *s)
{
    if (s->has_group)
        return;
    for (uint32_t i = 0; i < s->n_slots; i++)
        if (s->slots[i].is_present)
            return;
    HASH_DEL(k->nhsets, s);
    mem_free(NULL, s);
}

/* A group that loses its last member goes, with its routes. */
static void slot_del(struct sim_kernel *k, struct sim_nhset *s, uint32_t slot)
{
    bool was_in_group = s->slots[slot].is_in_group;

    s->slots[slot] = (struct sim_nhslot){0};
    if (!was_in_group)
        return;
    for (uint32_t i = 0; i < s->n_slots; i++)
        if (s->slots[i].is_in_group)
            return;
    group_free(k, s);
}

static int slot_set(struct sim_kernel *k, struct sim_nhslot *slot, const struct dp_nexthop *nh, const char **text)
{
    struct sim_iface *i = sim_iface_find(k, nh->ifindex);

    if (!i) {
        *text = "Invalid device index";
        return -EINVAL;
    }
    for (uint8_t n = 0; nh->label.state == LABEL_STATE_STACK && n < nh->label.stack.depth; n++) {
        if (nh->label.stack.label[n] == LABEL_IMPLICIT_NULL || nh->label.stack.label[n] > LABEL_MAX) {
            *text = "Implicit NULL Label (3) can not be used in encapsulation";
            return -EINVAL;
        }
    }
    if (!i->is_running) {
        *text = i->is_admin_up ? "Carrier for nexthop device is down" : "Nexthop device is not up";
        return -ENETDOWN;
    }
    slot->is_present = true;
    slot->nh = *nh;
    if (nh->label.state != LABEL_STATE_STACK)
        slot->nh.label = out_label_none(), slot->nh.ttl = 0; /* the kernel knows no difference */
    return 0;
}

int sim_nexthop_set(struct sim_kernel *k, uint32_t id, const struct dp_nexthop *nh, size_t n, const char **text)
{
    struct sim_nhset *s = nhset_find(k, id);
    bool is_whole = true;
    int error = 0;

    if (id == 0 || n == 0 || n > RIB_NEXTHOPS_MAX) {
        *text = "next-hop set out of range";
        return -EINVAL;
    }
    if (!s) {
        s = MEM_NEW(NULL, struct sim_nhset);
        s->id = id;
        LIST_INIT(&s->users);
        HASH_ADD(hh, k->nhsets, id, sizeof(s->id), s);
    }
    if (s->n_slots < n)
        s->n_slots = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        int one = slot_set(k, &s->slots[i], &nh[i], text);

        error = error ? error : one;
        is_whole = is_whole && s->slots[i].is_present;
    }
    if (is_whole) {
        s->has_group = true;
        for (uint32_t i = 0; i < s->n_slots; i++)
            s->slots[i].is_in_group = i < n;
    }
    for (uint32_t i = (uint32_t)n; i < s->n_slots; i++)
        slot_del(k, s, i);
    nhset_free_unused(k, s);
    return error;
}

void sim_nexthop_del(struct sim_kernel *k, uint32_t id)
{
    struct sim_nhset *s = nhset_find(k, id);

    if (!s)
        return;
    group_free(k, s);
    HASH_DEL(k->nhsets, s);
    mem_free(NULL, s);
}

void sim_nexthops_lost(struct sim_iface *iface)
{
    struct sim_kernel *k = iface->node->kernel;
    struct sim_nhset *s, *next;

    HASH_ITER (hh, k->nhsets, s, next) {
        for (uint32_t i = 0; i < s->n_slots; i++)
            if (s->slots[i].is_present && s->slots[i].nh.ifindex == iface->ifindex)
                slot_del(k, s, i);
        nhset_free_unused(k, s);
    }
}

/* --- the label table --- */

static const char *label_fault(struct sim_kernel *k, const struct dp_label *l)
{
    if (l->in_label < LABEL_FIRST_UNRESERVED)
        return "Invalid label - must be MPLS_LABEL_FIRST_UNRESERVED or higher";
    if (l->in_label >= k->platform_labels)
        return "Label >= configured maximum in platform_labels";
    if (l->lookup_ifindex)
        return NULL;
    if (l->n_nexthops == 0 || l->n_nexthops > RIB_NEXTHOPS_MAX)
        return "label entry without next hop";
    for (uint8_t i = 0; i < l->n_nexthops; i++) {
        const struct dp_nexthop *nh = &l->nexthops[i];

        if (nh->label.state == LABEL_STATE_NONE || nh->ifindex == 0 ||
            (nh->label.state == LABEL_STATE_IMPLICIT_NULL && !ip_addr_is_set(&nh->gateway)))
            return "label entry needs a device, and labels or a gateway, for each next hop";
        for (uint8_t n = 0; nh->label.state == LABEL_STATE_STACK && n < nh->label.stack.depth; n++)
            if (nh->label.stack.label[n] == LABEL_IMPLICIT_NULL || nh->label.stack.label[n] > LABEL_MAX)
                return "Implicit NULL Label (3) can not be used in encapsulation";
    }
    return NULL;
}

int sim_label_set(struct sim_kernel *k, const struct dp_label *label, const char **text)
{
    struct sim_lfib *l;

    *text = label_fault(k, label);
    if (*text)
        return -EINVAL;
    *text = "No such device";
    if (label->lookup_ifindex && !sim_iface_find(k, label->lookup_ifindex))
        return -ENODEV;
    for (uint8_t i = 0; !label->lookup_ifindex && i < label->n_nexthops; i++)
        if (!sim_iface_find(k, label->nexthops[i].ifindex))
            return -ENODEV;
    HASH_FIND(hh, k->labels, &label->in_label, sizeof(label->in_label), l);
    if (!l) {
        l = MEM_NEW(NULL, struct sim_lfib);
        l->in_label = label->in_label;
        HASH_ADD(hh, k->labels, in_label, sizeof(l->in_label), l);
    }
    l->entry = *label;
    l->is_foreign = false;
    return 0;
}

bool sim_label_del(struct sim_kernel *k, uint32_t in_label)
{
    struct sim_lfib *l;

    HASH_FIND(hh, k->labels, &in_label, sizeof(in_label), l);
    if (!l)
        return false;
    HASH_DEL(k->labels, l);
    mem_free(NULL, l);
    return true;
}

void sim_routes_each(const struct sim_node *node, void (*fn)(void *arg, uint32_t table, const struct prefix *p),
                     void *arg)
{
    const struct sim_route *r;

    TAILQ_FOREACH (r, &node->kernel->routes, all)
        if (r->type != SIM_ROUTE_UNREACHABLE)
            fn(arg, r->table, &r->prefix);
}

void sim_fib_free(struct sim_kernel *k)
{
    struct sim_table *t, *next_table;
    struct sim_lfib *l, *next_label;
    struct sim_nhset *s, *next_set;
    struct sim_route *r;

    while ((r = TAILQ_FIRST(&k->routes)))
        sim_route_free(k, r);
    HASH_ITER (hh, k->nhsets, s, next_set) {
        HASH_DEL(k->nhsets, s);
        mem_free(NULL, s);
    }
    HASH_ITER (hh, k->labels, l, next_label) {
        HASH_DEL(k->labels, l);
        mem_free(NULL, l);
    }
    HASH_ITER (hh, k->tables, t, next_table) {
        HASH_DEL(k->tables, t);
        trie_destroy(t->routes);
        mem_free(NULL, t);
    }
}
