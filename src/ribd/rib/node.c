/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes: addresses that next hops, watches and label scopes need resolved, one per {instance, address, needs-LSP}. A
 * node takes the longest usable route, but none that depends on the node itself, and passes over that to a shorter one;
 * with needs-LSP only a host route or a connected network will do: the label-switched path of a shorter prefix may end
 * before the address, and the label beneath would be looked up by a stranger.
 */
#include "src/ribd/rib/internal.h"
#include "src/ribd/rib/unsettled.h"

#include <stdio.h>
#include <string.h>

/* --- life --- */

struct node *ribd_node_get(struct rib *r, struct vrf *v, const struct ip_addr *a, bool needs_lsp)
{
    struct prefix host = prefix_host(a);
    void **slot = trie_slot(v->nodes[ribd_family_index(a->family)], &host);
    struct node *n = *slot;

    while (n && n->needs_lsp != needs_lsp)
        n = n->sibling;
    if (!n) {
        n = MEM_NEW(&r->mem, struct node);
        n->vrf = v;
        n->addr = *a;
        n->needs_lsp = needs_lsp;
        n->sibling = *slot;
        *slot = n;
        ribd_node_queue(r, n);
    }
    n->refs++;
    return n;
}

void ribd_node_put(struct rib *r, struct node *n)
{
    if (--n->refs == 0)
        ribd_node_queue(r, n); /* freed there */
}

static void node_free(struct rib *r, struct node *n)
{
    struct prefix host = prefix_host(&n->addr);
    struct trie *t = n->vrf->nodes[ribd_family_index(n->addr.family)];
    void **slot = trie_slot(t, &host);
    struct node **link = (struct node **)slot;

    while (*link != n)
        link = &(*link)->sibling;
    *link = n->sibling;
    if (!*slot)
        trie_remove(t, &host);
    if (n->is_skipping)
        LIST_REMOVE(n, skipping);
    ribd_unsettled_forget(n);
    if (n->list)
        ribd_list_put(r, n->list);
    mem_free(&r->mem, n);
}

void ribd_node_queue(struct rib *r, struct node *n)
{
    if (n->is_queued)
        return;
    n->is_queued = true;
    ribd_vec_push(r, &r->nodes, n);
    ribd_work(r);
}

struct inside {
    struct rib *r;
    uint8_t len;
    bool is_all;
};

static void node_inside(const struct prefix *p, void *value, void *arg)
{
    struct inside *i = arg;

    (void)p;
    for (struct node *n = value; n; n = n->sibling) {
        if (i->is_all || !n->has_match || n->match_len <= i->len)
            ribd_node_queue(i->r, n);
    }
}

/* Nodes whose longest match may be this prefix. */
void ribd_nodes_inside(struct rib *r, struct vrf *v, const struct prefix *p, bool is_all)
{
    struct inside i = {r, p->len, is_all};
    const struct trie *t = v->nodes[ribd_family_index(p->addr.family)];

    if (trie_count(t))
        trie_walk(t, p, node_inside, &i);
}

/* --- dependence --- */

/* How deep the way of `s` goes; above DEPTH_MAX if it reaches `target`, does not end or is too wide to follow. */
static int depth_of(const struct nhset *s, const struct node *target, int depth, int *budget)
{
    int deepest = depth;

    if (depth > DEPTH_MAX || --*budget < 0)
        return DEPTH_MAX + 1;
    for (size_t i = 0; i < s->n; i++) {
        const struct node *n = s->members[i].node;
        const struct dest *d;
        struct prefix match;
        int below;

        if (!n)
            continue;
        /* Either flavour: a prefix that needs itself under another guise still needs itself. */
        if (n->vrf == target->vrf && ip_addr_equal(&n->addr, &target->addr))
            return DEPTH_MAX + 2;
        if (!n->has_match)
            continue;
        match = prefix_normalize((struct prefix){.addr = n->addr, .len = n->match_len});
        d = ribd_dest_find(n->vrf, &match);
        if (!d || !ribd_dest_best(d) || ribd_route_is_connected(ribd_dest_best(d)))
            continue;
        below = depth_of(ribd_dest_best(d)->path->key.set, target, depth + 1, budget);
        if (below > deepest)
            deepest = below;
        if (deepest > DEPTH_MAX)
            return deepest;
    }
    return deepest;
}

/* --- resolution --- */

struct found {
    struct rnh list[RIB_NEXTHOPS_MAX];
    size_t n;
    const struct dest *dest; /* whose route is taken */
    bool is_skipping;        /* a longer one was passed over because it depends on the node */
};

/* As much of `why` as there is room for. Of two routes that need each other neither has a reason before the other: then
 * `why` is empty. */
static void set_reason(struct node *n, const char *why)
{
    char a[ADDR_TEXT_MAX];
    size_t used;

    if (n->reason[0])
        return; /* the longest prefix's is the one to tell */
    ip_addr_text(&n->addr, a, sizeof(a));
    used = (size_t)snprintf(n->reason, sizeof(n->reason), "no %s to %s%s",
                            n->needs_lsp ? "label-switched path" : "route", a, why[0] ? ": " : "");
    snprintf(n->reason + used, sizeof(n->reason) - used, "%.*s", (int)(sizeof(n->reason) - used - 1), why);
}

/* Attached: the address itself is the gateway. */
static void take_attached(struct rib *r, struct node *n, const struct rnh *via, bool is_foreign, struct found *f)
{
    struct rnh *out = &f->list[f->n];
    struct iface *i = ribd_iface_get(r, via->ifindex);
    char why[RIB_TEXT_MAX];

    memset(out, 0, sizeof(*out));
    out->ifindex = via->ifindex;
    out->gateway = n->addr;
    out->is_lsp = i->i.has_mpls && !is_foreign;
    if (n->needs_lsp && is_foreign) {
        set_reason(n, "its route is another program's");
        return;
    }
    if (n->needs_lsp && !out->is_lsp) {
        set_reason(n, ribd_iface_lacks_mpls(r, via->ifindex, why, sizeof(why)));
        return;
    }
    f->n++;
}

static void take_route(struct rib *r, struct node *n, const struct dest *d, struct found *f)
{
    const struct path *p = ribd_dest_best(d)->path;
    bool is_host = prefix_is_host(RIBD_PREFIX_OF(d));
    char why[RIB_TEXT_MAX];

    for (size_t i = 0; i < ribd_list_n(p->list) && f->n < RIB_NEXTHOPS_MAX; i++) {
        const struct rnh *via = &ribd_list(p->list)[i];

        if (!ip_addr_is_set(&via->gateway)) {
            take_attached(r, n, via, ribd_route_is_foreign(ribd_dest_best(d)), f);
            continue;
        }
        f->list[f->n] = *via;
        f->list[f->n].is_lsp = via->is_lsp && is_host;
        f->list[f->n].ttl = 0; /* of packets that end there, not of what passes through */
        if (!n->needs_lsp || f->list[f->n].is_lsp)
            f->n++;
    }
    if (f->n)
        return;
    if (n->needs_lsp && !is_host)
        snprintf(why, sizeof(why), "only a route to a shorter prefix (/%u)", ribd_dest_prefix(d).len);
    else
        ribd_path_reason(r, p, n->needs_lsp, RIBD_PREFIX_OF(d), why);
    set_reason(n, why);
}

/* True if the search ends here. */
static bool try_dest(struct rib *r, struct node *n, struct dest *d, struct found *f)
{
    char why[RIB_TEXT_MAX];
    int budget = 1000;
    int depth;

    ribd_dest_seen(d);
    if (!ribd_dest_best(d)) {
        if (ribd_dest_routes(d) && ribd_dest_vrf(d)->is_present) {
            ribd_path_reason(r, ribd_dest_routes(d)->path, n->needs_lsp, RIBD_PREFIX_OF(d), why);
            set_reason(n, why);
        }
        return false;
    }
    depth = depth_of(ribd_dest_best(d)->path->key.set, n, 1, &budget);
    if (depth > DEPTH_MAX) {
        f->is_skipping = true;
        set_reason(n, depth == DEPTH_MAX + 1 ? "its resolution is too deep" : "its route leads through itself");
        return false;
    }
    if (n->needs_lsp && ribd_dest_prefix(d).len == 0) {
        set_reason(n, "only a default route");
        return true;
    }
    take_route(r, n, d, f);
    f->dest = d;
    return true;
}

static void node_search(struct rib *r, struct node *n, struct found *f)
{
    const struct trie *t = n->vrf->dests[ribd_family_index(n->addr.family)];
    struct dest *d = trie_match(t, &n->addr, NULL);
    char a[ADDR_TEXT_MAX];

    f->n = 0;
    f->dest = NULL;
    f->is_skipping = false;
    n->reason[0] = '\0';
    if (ribd_is_own_address(r, n->vrf->id, &n->addr)) {
        snprintf(n->reason, sizeof(n->reason), "%s is an address of our own", ip_addr_text(&n->addr, a, sizeof(a)));
        return;
    }
    while (d && !try_dest(r, n, d, f))
        d = trie_parent(t, RIBD_PREFIX_OF(d), NULL);
    if (f->n)
        n->reason[0] = '\0';
    else if (!n->reason[0])
        snprintf(n->reason, sizeof(n->reason), "no route to %s", ip_addr_text(&n->addr, a, sizeof(a)));
}

static void dependents_changed(struct rib *r, struct node *n, bool is_list_changed)
{
    struct member *m;
    struct watch *w;
    struct scope_node *s;

    LIST_FOREACH (m, &n->members, on_target) {
        if (is_list_changed)
            ribd_nhset_fan(r, m->set, FAN_QUEUE);
        else if (!n->list) /* label entries that cannot be used have another reason now, perhaps */
            ribd_nhset_fan(r, m->set, FAN_REASON);
    }
    if (is_list_changed) {
        LIST_FOREACH (s, &n->scopes, on_node)
            ribd_scope_queue(r, s->scope);
    }
    LIST_FOREACH (w, &n->watches, on_node)
        ribd_watch_due(r, w);
}

static void set_skipping(struct rib *r, struct node *n, bool is_skipping)
{
    if (n->is_skipping == is_skipping)
        return;
    n->is_skipping = is_skipping;
    if (is_skipping)
        LIST_INSERT_HEAD(&r->skipping, n, skipping);
    else
        LIST_REMOVE(n, skipping);
}

struct change {
    bool list, match, cost;
};

static struct change change_of(const struct node *n, const struct found *f, const struct interned *list)
{
    const struct route *rt = f->dest ? ribd_dest_best(f->dest) : NULL;
    bool has_other_len = rt && n->match_len != ribd_dest_prefix(f->dest).len;

    return (struct change){
        .list = list != n->list,
        .match = n->has_match != (f->dest != NULL) || has_other_len || (rt && n->match_set != rt->path->key.set),
        .cost = rt && (n->source != rt->source || n->metric != rt->metric || has_other_len),
    };
}

void ribd_node_process(struct rib *r, struct node *n)
{
    struct found f;
    struct node *other;
    char reason_before[RIB_TEXT_MAX];
    struct interned *list;
    struct change c;
    const struct route *rt;

    if (n->refs == 0) {
        node_free(r, n);
        return;
    }
    r->n_resolutions++;
    memcpy(reason_before, n->reason, sizeof(reason_before));
    node_search(r, n, &f);
    list = ribd_list_intern(r, f.list, f.n);
    c = change_of(n, &f, list);
    if (ribd_node_is_unsettled(r, n, c.list || c.match || c.cost)) {
        intern_unref(r->lists, list);
        list = NULL;
        f.dest = NULL;
        c = change_of(n, &f, list);
        snprintf(n->reason, sizeof(n->reason), "its routes depend on each other and do not settle");
    }
    rt = f.dest ? ribd_dest_best(f.dest) : NULL;
    intern_unref(r->lists, n->list);
    n->list = list;
    n->has_match = f.dest != NULL;
    n->match_len = f.dest ? ribd_dest_prefix(f.dest).len : 0;
    n->match_set = rt ? rt->path->key.set : NULL;
    n->source = rt ? rt->source : 0;
    n->metric = rt ? rt->metric : 0;
    set_skipping(r, n, f.is_skipping);
    if (c.match && !n->is_held) {
        LIST_FOREACH (other, &r->skipping, skipping) {
            if (other != n)
                ribd_node_queue(r, other);
        }
    }
    if (c.list || c.cost || strcmp(reason_before, n->reason) != 0)
        dependents_changed(r, n, c.list);
}
