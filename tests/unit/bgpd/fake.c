/* SPDX-License-Identifier: Apache-2.0
 *
 * See fake.h.
 */
#include "tests/unit/bgpd/cm.h"

#include "tests/unit/bgpd/fake.h"

struct ip_addr addr(const char *text)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}

struct prefix pfx(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

rd_t rd(const char *text)
{
    rd_t out;

    assert_int_equal(rd_parse(text, &out), 0);
    return out;
}

ext_community_t rt(const char *text)
{
    ext_community_t out;

    assert_int_equal(route_target_parse(text, &out), 0);
    return out;
}

/* --- operations --- */

static void op_wake(void *arg)
{
    struct router *r = arg;

    r->is_woken = true;
}

static void op_peer_output(void *arg, struct bgp_rib_peer *p)
{
    (void)arg;
    (void)p;
}

static struct fake_route *find_route(struct router *r, uint32_t vrf, const struct prefix *p, enum rib_source source)
{
    for (size_t i = 0; i < r->n_routes; i++)
        if (r->routes[i].vrf == vrf && r->routes[i].source == source && prefix_equal(&r->routes[i].prefix, p))
            return &r->routes[i];
    return NULL;
}

static void op_route_set(void *arg, const struct bgp_fib_route *f, uint32_t *nhset)
{
    struct router *r = arg;
    struct fake_route *o = find_route(r, f->vrf, &f->prefix, f->source);

    if (!o) {
        assert_true(r->n_routes < FAKE_MAX);
        o = &r->routes[r->n_routes++];
    }
    assert_true(f->n > 0);
    *o = (struct fake_route){f->vrf, f->prefix, f->source, f->distance, f->n, f->nexthops[0], f->label};
    *nhset = 1;
}

static void op_route_del(void *arg, uint32_t vrf, const struct prefix *p, enum rib_source source, uint32_t *nhset)
{
    struct router *r = arg;
    struct fake_route *o = find_route(r, vrf, p, source);

    assert_non_null(o); /* only what was set is deleted */
    *o = r->routes[--r->n_routes];
    *nhset = 0;
}

static void op_watch(void *arg, struct bgp_nexthop *nh)
{
    struct router *r = arg;

    assert_true(r->n_watched < FAKE_MAX);
    r->watched[r->n_watched++] = nh;
}

static void op_unwatch(void *arg, struct bgp_nexthop *nh)
{
    struct router *r = arg;

    for (size_t i = 0; i < r->n_watched; i++)
        if (r->watched[i] == nh) {
            r->watched[i] = r->watched[--r->n_watched];
            return;
        }
    fail_msg("unwatched what was not watched");
}

static void op_label_set(void *arg, struct bgp_label_slot *s, const struct bgp_label_want *want)
{
    struct router *r = arg;
    struct fake_label *l = NULL;

    for (size_t i = 0; i < r->n_labels; i++)
        if (r->labels[i].slot == s)
            l = &r->labels[i];
    if (!l) {
        assert_true(r->n_labels < FAKE_MAX);
        l = &r->labels[r->n_labels++];
        *l = (struct fake_label){.slot = s, .in_label = r->next_label++};
        s->link.in_label = l->in_label;
    }
    if (want->op == RIB_LABEL_SWAP) {
        assert_true(want->n > 0);
        assert_int_not_equal(want->label.state, LABEL_STATE_NONE); /* it would pop into a stranger's table */
        l->nexthop = want->nexthops[0];
    }
    l->op = want->op;
    l->lookup_vrf = want->lookup_vrf;
    l->label = want->label;
    l->n_sets++;
    s->link.scope = 1; /* an answer is due */
}

static void op_label_free(void *arg, struct bgp_label_slot *s)
{
    struct router *r = arg;

    for (size_t i = 0; i < r->n_labels; i++)
        if (r->labels[i].slot == s) {
            r->labels[i] = r->labels[--r->n_labels];
            r->n_freed++;
            return;
        }
}

static void op_subscribe(void *arg, uint32_t vrf, uint32_t sources)
{
    struct router *r = arg;

    r->subscribed[vrf % 4096] = sources;
}

static bool op_is_own_address(void *arg, uint32_t vrf, const struct ip_addr *a)
{
    const struct router *r = arg;

    return vrf == 0 && ip_addr_equal(&r->own, a);
}

static void op_peer_reach(void *arg, struct bgp_rib_peer *p, bool is_reachable)
{
    (void)arg;
    (void)p;
    (void)is_reachable;
}

static void op_max_prefixes(void *arg, struct bgp_rib_peer *p, enum bgp_family f)
{
    struct router *r = arg;

    (void)p;
    (void)f;
    r->has_exceeded = true;
}

/* --- routers --- */

struct router *router_create(uint32_t as, const char *id)
{
    static const struct bgp_rib_ops ops = {.wake = op_wake,
                                           .peer_output = op_peer_output,
                                           .route_set = op_route_set,
                                           .route_del = op_route_del,
                                           .watch = op_watch,
                                           .unwatch = op_unwatch,
                                           .label_set = op_label_set,
                                           .label_free = op_label_free,
                                           .subscribe = op_subscribe,
                                           .is_own_address = op_is_own_address,
                                           .peer_reach = op_peer_reach,
                                           .max_prefixes = op_max_prefixes};
    struct router *r = calloc(1, sizeof(*r));
    struct bgp_global_config g = {.as = as, .distance_external = 20, .distance_internal = 200, .port = 179};

    r->own = addr(id);
    g.router_id = g.cluster_id = ip_addr_to_v4(&r->own);
    r->next_label = 1000 + 100 * (g.router_id & 0xff);
    r->rib = bgp_rib_create(&ops, r, NULL);
    bgp_rib_set_global(r->rib, &g);
    bgp_vrf_set_ready(bgp_rib_public(r->rib), 0, true);
    return r;
}

void router_destroy(struct router *r)
{
    struct mem_account *accounts[] = {&r->rib->mem_dest, &r->rib->mem_path, &r->rib->mem_nexthop};

    /* The accounts die with the RIB, so look before: every destination has a reason to be there. */
    assert_true(accounts[0]->count <= FAKE_MAX * 4u);
    bgp_rib_destroy(r->rib);
    assert_int_equal(r->n_watched, 0);
    assert_int_equal(r->n_labels, 0);
    free(r);
}

void router_nexthop(struct router *r, struct bgp_nexthop *nh, const char *reason, enum rib_source source,
                    uint32_t metric)
{
    struct rib_nexthop_state s = {
        .is_usable = !reason[0], .source = (uint8_t)source, .prefix_len = 32, .metric = metric};

    snprintf(s.reason, sizeof(s.reason), "%s", reason);
    bgp_rib_nexthop_result(r->rib, nh, &s);
}

static bool answer(struct router *r)
{
    bool has_answered = false;

    for (size_t i = 0; i < r->n_watched; i++)
        if (r->watched[i]->watch == 0) {
            r->watched[i]->watch = 1;
            router_nexthop(r, r->watched[i], "", RIB_SOURCE_OSPF, 10);
            has_answered = true;
        }
    for (size_t i = 0; i < r->n_labels; i++)
        if (r->labels[i].slot->link.scope == 1) {
            r->labels[i].slot->link.scope = 0;
            bgp_rib_label_result(r->labels[i].slot, BGP_LABEL_INSTALLED, true, "");
            has_answered = true;
        }
    return has_answered;
}

void router_run(struct router *r)
{
    for (int i = 0; i < 200; i++) {
        r->is_woken = false;
        bgp_rib_run(r->rib);
        if ((r->is_silent || !answer(r)) && !r->is_woken && TAILQ_EMPTY(&r->rib->dirty))
            return;
    }
    fail_msg("the RIB does not come to rest");
}

struct bgp_vrf *router_vrf(struct router *r, const char *name, uint32_t vrf, const char *rd_, const char *target,
                           bool is_csc)
{
    ext_community_t t = rt(target);
    struct bgp_vrf_config c = {.has_rd = true,
                               .rd = rd(rd_),
                               .n_import = 1,
                               .n_export = 1,
                               .import_targets = &t,
                               .export_targets = &t,
                               .is_label_per_route = is_csc,
                               .is_carrier = is_csc,
                               .has_import_table = {is_csc, is_csc, false},
                               .redistribute = {1u << RIB_SOURCE_CONNECTED | 1u << RIB_SOURCE_STATIC, 0, 0}};
    struct bgp_vrf *v;

    snprintf(c.name, sizeof(c.name), "%s", name);
    v = bgp_vrf_configure(r->rib, &c);
    bgp_vrf_set_ready(v, vrf, true);
    return v;
}

void router_redistribute(struct router *r, uint32_t vrf, const char *prefix, enum rib_source source,
                         const char *gateway)
{
    struct rib_best_route b = {
        .vrf = vrf, .prefix = pfx(prefix), .source = (uint8_t)source, .metric = 5, .is_usable = true, .n_nexthops = 1};

    b.nexthops[0].ifindex = 7;
    if (gateway)
        b.nexthops[0].gateway = addr(gateway);
    bgp_rib_redistribute(r->rib, &b);
}

const struct fake_route *router_route(const struct router *r, uint32_t vrf, const char *prefix)
{
    struct prefix p = pfx(prefix);

    for (size_t i = 0; i < r->n_routes; i++)
        if (r->routes[i].vrf == vrf && prefix_equal(&r->routes[i].prefix, &p))
            return &r->routes[i];
    return NULL;
}

const struct fake_label *router_label(const struct router *r, enum rib_label_purpose purpose, uint32_t vrf,
                                      const char *prefix)
{
    struct prefix p = prefix ? pfx(prefix) : (struct prefix){0};

    for (size_t i = 0; i < r->n_labels; i++) {
        const struct rib_fec *f = &r->labels[i].slot->fec;

        if (f->purpose == purpose && f->vrf == vrf && prefix_equal(&f->prefix, &p))
            return &r->labels[i];
    }
    return NULL;
}

void router_set_nexthop(struct router *r, const char *address, bool is_usable, const char *reason)
{
    struct ip_addr a = addr(address);

    for (size_t i = 0; i < r->n_watched; i++)
        if (ip_addr_equal(&r->watched[i]->key.address, &a))
            router_nexthop(r, r->watched[i], is_usable ? "" : reason, RIB_SOURCE_OSPF, 10);
}

struct bgp_peer_config peer_config(const char *address, uint32_t as, enum bgp_family f)
{
    struct bgp_peer_config c = {.address = addr(address), .remote_as = as};

    c.family[f].is_enabled = true;
    return c;
}

/* --- cables --- */

struct cable cable_plug(struct router *a, struct bgp_vrf *av, struct bgp_peer_config a_cfg, struct router *b,
                        struct bgp_vrf *bv, struct bgp_peer_config b_cfg)
{
    struct cable c = {.r = {a, b}, .is_as4 = true};
    struct bgp_peer_info info = {.is_as4 = true, .families = 7};

    c.p[0] = bgp_rib_peer_create(av, &a_cfg, NULL);
    c.p[1] = bgp_rib_peer_create(bv, &b_cfg, NULL);
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        if (!a_cfg.family[f].is_enabled || !b_cfg.family[f].is_enabled)
            info.families &= ~BGP_FAMILY_BIT(f);
    info.router_id = b->rib->cfg.router_id;
    info.local_address = b_cfg.address; /* what b calls a is a's own end */
    bgp_rib_peer_up(c.p[0], &info);
    info.router_id = a->rib->cfg.router_id;
    info.local_address = a_cfg.address;
    bgp_rib_peer_up(c.p[1], &info);
    return c;
}

static size_t carry_one_way(struct cable *c, size_t from)
{
    static struct bgp_attr_scratch scratch;
    struct bgp_rib_peer *to = c->p[1 - from];
    struct bgp_update_context ctx = {.attr = {.is_as4 = true, .is_ebgp = to->is_ebgp}, .families = to->info.families};
    uint8_t buf[BGP_MESSAGE_MAX];
    size_t len, n = 0;

    while ((len = bgp_rib_output(c->p[from], buf, sizeof(buf)))) {
        struct bgp_update u;

        assert_int_equal(bgp_update_decode(buf + BGP_HEADER_LEN, len - BGP_HEADER_LEN, &ctx, &scratch, &u), BGP_ACCEPT);
        bgp_rib_update(to, &u);
        n++;
    }
    return n;
}

size_t cable_carry(struct cable *c)
{
    return carry_one_way(c, 0) + carry_one_way(c, 1);
}

void run_all(struct router **routers, size_t n_routers, struct cable *cables, size_t n_cables)
{
    for (int i = 0; i < 100; i++) {
        size_t n = 0;

        for (size_t k = 0; k < n_routers; k++)
            router_run(routers[k]);
        for (size_t k = 0; k < n_cables; k++)
            n += cable_carry(&cables[k]);
        for (size_t k = 0; k < n_routers; k++)
            n += !TAILQ_EMPTY(&routers[k]->rib->dirty);
        if (!n)
            return;
    }
    fail_msg("the network does not converge");
}

struct bgp_path *best_path(struct router *r, struct bgp_vrf *v, enum bgp_family f, const char *rd_, const char *prefix)
{
    struct prefix p = pfx(prefix);
    struct bgp_dest *d;

    (void)r;
    d = bgp_dest_find(&v->table[f], rd_ ? rd(rd_) : 0, &p);
    return d ? d->best : NULL;
}

char *as_path_of(const struct bgp_path *p, char *buf, size_t size)
{
    return bgp_as_path_text(p->attrs->a.as_path, buf, size);
}
