/* SPDX-License-Identifier: Apache-2.0
 *
 * Static routes and static label-switched paths, from values of the configuration to the kernel and back to what is
 * shown: what is refused and with which path; next hops in other instances, by interface, with labels, floating; every
 * operation of a label; changes without a gap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/mem.h"
#include "tests/unit/ribd/audited.h"
#include "whole.h"

enum { ITEMS = 8, HOPS = RIB_NEXTHOPS_MAX + 2, RED = 1001 };

typedef struct cfg_static_routes_instance_route route_t;
typedef struct cfg_static_routes_instance_route_next_hop hop_t;
typedef struct cfg_static_routes_instance_route_interface port_t;
typedef struct cfg_mpls_static_lsp lsp_t;
typedef struct cfg_mpls_static_lsp_next_hop lsp_hop_t;

/* A PE: interfaces core1 (10.9.1.1/24), core2 (10.9.2.1/24) with MPLS, plain (10.9.3.1/24) without; ce (10.9.4.1/24,
 * guarded) in the instance red; lo 10.1.0.1/32. */
struct config {
    struct ribd_config c;
    struct prefix addresses[5];
    struct cfg_interfaces_interface i[5], *ip[5];
    struct cfg_mpls_interface m[3], *mp[3];
    struct cfg_vpn_instances_vpn_instance v, *vp;
    struct cfg_static_routes_vpn_instance vs, *vsp;
    size_t n_items, n_lsps;
    struct item {
        route_t route;
        hop_t hops[HOPS], *hop_list[HOPS];
        port_t ports[2], *port_list[2];
    } items[ITEMS];
    route_t *public_routes[ITEMS], *red_routes[ITEMS];
    struct lsp_item {
        lsp_t lsp;
        lsp_hop_t hops[HOPS], *hop_list[HOPS];
        const char *guarded[1];
    } lsps[ITEMS];
    lsp_t *lsp_list[ITEMS];
};

static const char *const port_names[] = {"lo", "core1", "core2", "plain", "ce", NULL};

static void fill(struct config *c)
{
    static const char *const addresses[] = {"10.1.0.1/32", "10.9.1.1/24", "10.9.2.1/24", "10.9.3.1/24", "10.9.4.1/24"};
    static const char *const mpls[] = {"core1", "core2", "ce"};

    memset(c, 0, sizeof(*c));
    for (int i = 0; i < 5; i++) {
        prefix_parse(addresses[i], &c->addresses[i]);
        c->i[i] = (struct cfg_interfaces_interface){.name = port_names[i], .enabled = true};
        c->i[i].ipv4.n_address = 1;
        c->i[i].ipv4.address = &c->addresses[i];
        c->ip[i] = &c->i[i];
    }
    c->i[4].has_vpn_instance = true;
    c->i[4].vpn_instance = c->v.name = c->vs.name = "red";
    for (int i = 0; i < 3; i++) {
        c->m[i].name = mpls[i];
        c->mp[i] = &c->m[i];
    }
    c->vp = &c->v;
    c->vsp = &c->vs;
    c->c.system.restart.stale_time = 60;
    c->c.interfaces.n_interface = 5;
    c->c.interfaces.interface = c->ip;
    c->c.vpn_instances.n_vpn_instance = 1;
    c->c.vpn_instances.vpn_instance = &c->vp;
    c->c.mpls.ttl_propagate = true;
    c->c.mpls.n_interface = 3;
    c->c.mpls.interface = c->mp;
    c->c.mpls.label_range.lower = 1000;
    c->c.mpls.label_range.upper = 1999;
    c->c.mpls.static_lsp = c->lsp_list;
    c->c.static_routes.static_routes_instance.route = c->public_routes;
    c->c.static_routes.n_vpn_instance = 1;
    c->c.static_routes.vpn_instance = &c->vsp;
    c->vs.static_routes_instance.route = c->red_routes;
}

static struct item *route(struct config *c, const char *instance, const char *prefix)
{
    struct cfg_static_routes_instance *s =
        *instance ? &c->vs.static_routes_instance : &c->c.static_routes.static_routes_instance;
    struct item *i = &c->items[c->n_items++];

    prefix_parse(prefix, &i->route.prefix);
    i->route.distance = 1;
    i->route.next_hop = i->hop_list;
    i->route.interface = i->port_list;
    s->route[s->n_route++] = &i->route;
    return i;
}

static hop_t *hop(struct item *i, const char *address, const char *instance, const char *labels)
{
    hop_t *h = &i->hops[i->route.n_next_hop];

    ip_addr_parse(address, &h->address);
    h->has_vpn_instance = instance != NULL;
    h->vpn_instance = instance;
    h->has_labels = labels != NULL;
    h->labels = labels;
    i->hop_list[i->route.n_next_hop++] = h;
    return h;
}

static port_t *port(struct item *i, const char *name, const char *address)
{
    port_t *p = &i->ports[i->route.n_interface];

    p->name = name;
    p->has_address = address != NULL;
    if (address)
        ip_addr_parse(address, &p->address);
    i->port_list[i->route.n_interface++] = p;
    return p;
}

static struct lsp_item *lsp(struct config *c, const char *name, uint32_t label,
                            enum cfg_mpls_static_lsp_operation operation)
{
    struct lsp_item *l = &c->lsps[c->c.mpls.n_static_lsp];

    l->lsp = (lsp_t){.name = name, .in_label = label, .operation = operation, .next_hop = l->hop_list};
    l->lsp.guarded_interface = l->guarded;
    c->lsp_list[c->c.mpls.n_static_lsp++] = &l->lsp;
    return l;
}

static lsp_hop_t *lsp_hop(struct lsp_item *l, const char *address, const char *labels)
{
    lsp_hop_t *h = &l->hops[l->lsp.n_next_hop];

    ip_addr_parse(address, &h->address);
    h->has_labels = labels != NULL;
    h->labels = labels;
    l->hop_list[l->lsp.n_next_hop++] = h;
    return h;
}

#define SWAP   CFG_MPLS_STATIC_LSP_OPERATION_SWAP
#define POP    CFG_MPLS_STATIC_LSP_OPERATION_POP
#define LOOKUP CFG_MPLS_STATIC_LSP_OPERATION_LOOKUP

/* --- life --- */

static void commit(struct whole *w)
{
    struct config *c = w->config;

    take(w, &c->c);
}

static int setup(void **state)
{
    struct whole *w = MEM_NEW(NULL, struct whole);

    whole_open(w, port_names);
    w->config = MEM_NEW(NULL, struct config);
    fill(w->config);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct whole *w = *state;

    whole_close(w);
    mem_free(NULL, w->config);
    mem_free(NULL, w);
    return 0;
}

static void refused(struct whole *w, const char *path)
{
    struct config *c = w->config;

    refuses(w, &c->c, path);
    fill(c);
}

static void audit_is_clean(struct whole *w)
{
    char reply[400];

    audit_now(w->d, false, reply, sizeof(reply));
    assert_string_equal(reply, "clean");
}

/* The device goes down or up, silently for what is over it. */
static void link_is(struct whole *w, const char *name, bool is_up)
{
    struct dp_link *l = fake_dp_link(w->dp, name);

    l->has_carrier = is_up;
    if (!is_up)
        fake_dp_lose_interface(w->dp, l->ifindex);
    fake_dp_tell(w->dp, l);
    run_ms(w, 20);
}

/* --- what is refused --- */

static void test_refused_routes(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct item *i;

    i = route(c, "", "10.50.0.0/16");
    refused(w, "/static-routes/route[10.50.0.0/16]");
    i = route(c, "red", "10.50.0.0/16");
    hop(i, "127.0.0.1", NULL, NULL);
    refused(w, "/static-routes/vpn-instance[red]/route[10.50.0.0/16]/next-hop[127.0.0.1]");
    hop(route(c, "", "10.50.0.0/16"), "10.9.2.1", NULL, NULL); /* our own */
    refused(w, "/static-routes/route[10.50.0.0/16]/next-hop[10.9.2.1]");
    hop(route(c, "", "10.50.0.0/16"), "10.9.4.1", "red", NULL); /* our own, in red */
    refused(w, "/static-routes/route[10.50.0.0/16]/next-hop[10.9.4.1]");
    hop(route(c, "", "10.50.0.0/16"), "10.9.4.1", NULL, NULL); /* in the public instance it is somebody else's */
    commit(w);
    fill(c);
    hop(route(c, "", "10.9.1.7/32"), "10.9.1.7", NULL, NULL);
    refused(w, "/static-routes/route[10.9.1.7/32]/next-hop[10.9.1.7]");
    hop(route(c, "", "10.50.0.0/16"), "10.9.4.2", "blue", NULL);
    refused(w, "/static-routes/route[10.50.0.0/16]/next-hop[10.9.4.2]/vpn-instance");
    port(route(c, "", "10.50.0.0/16"), "ce", NULL); /* not said that it is in red */
    refused(w, "/static-routes/route[10.50.0.0/16]/interface[ce]/vpn-instance");
    port(route(c, "", "10.50.0.0/16"), "lo", NULL);
    refused(w, "/static-routes/route[10.50.0.0/16]/interface[lo]");
    i = route(c, "", "10.50.0.0/16");
    i->route.discard = i->route.reject = true;
    refused(w, "/static-routes/route[10.50.0.0/16]/reject");
    i = route(c, "", "10.50.0.0/16");
    for (int k = 0; k < RIB_NEXTHOPS_MAX; k++) {
        char a[20];

        snprintf(a, sizeof(a), "10.9.1.%d", k + 2);
        hop(i, a, NULL, NULL);
    }
    commit(w); /* 64 are no problem */
    port(i, "core2", NULL);
    refused(w, "/static-routes/route[10.50.0.0/16]");
}

static void test_refused_labels(void **state)
{
    static const char *const wrong[] = {"3",     "16/3", "1",       "15",
                                        "7/100", "0/16", "1048576", "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"};
    struct whole *w = *state;
    struct config *c = w->config;

    for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
        hop(route(c, "", "10.50.0.0/16"), "10.9.1.2", NULL, wrong[k]);
        refused(w, "/static-routes/route[10.50.0.0/16]/next-hop[10.9.1.2]/labels");
    }
    hop(route(c, "", "10.50.0.0/16"), "10.9.1.2", NULL, "16/1048575/0");
    commit(w);
    fill(c);
    port(route(c, "", "10.50.0.0/16"), "core1", NULL)->has_labels = true;
    c->items[0].ports[0].labels = "16";
    refused(w, "/static-routes/route[10.50.0.0/16]/interface[core1]/labels"); /* whose label? */
    port(route(c, "", "10.50.0.0/16"), "plain", "10.9.3.2")->has_labels = true;
    c->items[0].ports[0].labels = "16";
    refused(w, "/static-routes/route[10.50.0.0/16]/interface[plain]/labels");
}

static void test_refused_lsps(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct lsp_item *l;

    lsp_hop(lsp(c, "a", 1000, SWAP), "10.9.1.2", "17"); /* the protocols' */
    refused(w, "/mpls/static-lsp[a]/in-label");
    lsp_hop(lsp(c, "a", 100, SWAP), "10.9.1.2", "17");
    lsp_hop(lsp(c, "b", 100, SWAP), "10.9.1.2", "18");
    refused(w, "/mpls/static-lsp[b]/in-label");
    lsp(c, "a", 100, SWAP);
    refused(w, "/mpls/static-lsp[a]/next-hop");
    lsp_hop(lsp(c, "a", 100, SWAP), "10.9.1.2", NULL);
    refused(w, "/mpls/static-lsp[a]/next-hop[10.9.1.2]/labels");
    lsp_hop(lsp(c, "a", 100, POP), "10.9.1.2", "17");
    refused(w, "/mpls/static-lsp[a]/next-hop[10.9.1.2]/labels");
    lsp_hop(lsp(c, "a", 100, SWAP), "10.9.1.2", "3");
    refused(w, "/mpls/static-lsp[a]/next-hop[10.9.1.2]/labels");
    lsp_hop(lsp(c, "a", 100, POP), "10.9.1.1", NULL);
    refused(w, "/mpls/static-lsp[a]/next-hop[10.9.1.1]");
    l = lsp(c, "a", 100, POP);
    lsp_hop(l, "10.9.3.2", NULL)->has_interface = true;
    l->hops[0].interface = "plain";
    refused(w, "/mpls/static-lsp[a]/next-hop[10.9.3.2]/interface");
    l = lsp(c, "a", 100, POP);
    lsp_hop(l, "10.9.4.2", NULL)->has_interface = true;
    l->hops[0].interface = "ce"; /* it is in red */
    refused(w, "/mpls/static-lsp[a]/next-hop[10.9.4.2]/vpn-instance");
    lsp(c, "a", 100, LOOKUP);
    refused(w, "/mpls/static-lsp[a]/lookup-instance");
    l = lsp(c, "a", 100, LOOKUP);
    l->lsp.has_lookup_instance = true;
    l->lsp.lookup_instance = "blue";
    refused(w, "/mpls/static-lsp[a]/lookup-instance");
    l = lsp(c, "a", 100, LOOKUP);
    lsp_hop(l, "10.9.1.2", NULL);
    refused(w, "/mpls/static-lsp[a]/next-hop");
    l = lsp(c, "a", 100, POP);
    lsp_hop(l, "10.9.1.2", NULL);
    l->lsp.n_guarded_interface = 1;
    l->guarded[0] = "core1"; /* it takes all labels anyway */
    refused(w, "/mpls/static-lsp[a]/guarded-interface");
}

/* --- routes --- */

static void test_other_instances(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;

    hop(route(c, "", "10.60.0.0/16"), "10.9.4.2", "red", NULL);
    hop(route(c, "red", "10.70.0.0/16"), "10.9.3.2", "public", NULL);
    hop(route(c, "red", "10.80.0.0/16"), "10.9.3.2", NULL, NULL); /* red has no such network */
    commit(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "10.9.4.2 dev 5");
    assert_string_equal(fake_dp_route(w->dp, RED, "10.70.0.0/16"), "10.9.3.2 dev 4");
    assert_string_equal(fake_dp_route(w->dp, RED, "10.80.0.0/16"), "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.70.0.0/16"), "-"); /* nothing leaks besides */
    assert_string_equal(fake_dp_route(w->dp, RED, "10.60.0.0/16"), "-");
    has(w, "/rib/route",
        "route red 10.80.0.0/16 static 1 { owner=ribd; metric=0; selected=false; installed=false; "
        "reason=no route to 10.9.3.2: it is on no connected network of the instance;");
    audit_is_clean(w);
}

static void test_by_interface(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct item *i;
    port_t *p;

    port(route(c, "", "10.60.0.0/16"), "core1", NULL);
    i = route(c, "", "10.61.0.0/16"); /* one address, two ways */
    port(i, "core1", "10.9.1.2");
    port(i, "core2", "10.9.2.2");
    p = port(route(c, "", "10.62.0.0/16"), "ce", NULL);
    p->has_vpn_instance = true;
    p->vpn_instance = "red";
    commit(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), " dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.61.0.0/16"), "10.9.1.2 dev 2 + 10.9.2.2 dev 3");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.62.0.0/16"), " dev 5");
    link_is(w, "core1", false);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.61.0.0/16"), "10.9.2.2 dev 3");
    link_is(w, "core1", true);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), " dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.61.0.0/16"), "10.9.1.2 dev 2 + 10.9.2.2 dev 3");
}

/* An interface that is not there, or not any more: the route is shown, and says so. */
static void test_missing_interface(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct item *i;
    struct dp_link *l;

    port(route(c, "", "10.60.0.0/16"), "later0", NULL);
    i = route(c, "", "10.61.0.0/16"); /* the other way is good */
    port(i, "later0", "10.9.1.2");
    port(i, "core2", "10.9.2.2");
    port(route(c, "", "10.62.0.0/16"), "later1", "10.9.9.9");
    commit(w);
    has(w, "/rib/route",
        "route public 10.60.0.0/16 static 1 { owner=ribd; metric=0; selected=false; installed=false; "
        "reason=interface later0 does not exist; }");
    has(w, "/rib/route", "reason=interface later1 does not exist; }");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.61.0.0/16"), "10.9.2.2 dev 3");
    l = fake_dp_link(w->dp, "later0");
    l->is_admin_up = l->has_carrier = true;
    fake_dp_tell(w->dp, l);
    run_ms(w, 20);
    has(w, "/rib/route[public][10.60.0.0/16]", "selected=true; installed=true;");
    lacks(w, "/rib/route[public][10.60.0.0/16]", "reason");
    has(w, "/rib/route", "reason=interface later1 does not exist; }");
    c->c.static_routes.static_routes_instance.n_route = 0;
    commit(w);
    lacks(w, "/rib/route", "10.60.0.0/16");
    audit_is_clean(w);
}

static void switch_is(struct whole *w, const char *name, bool is_on)
{
    struct dp_link *l = fake_dp_link(w->dp, name);

    l->is_admin_up = is_on;
    link_is(w, name, is_on);
}

/* What is wrong is said as it is: of the interface, if it is that. */
static void test_true_reasons(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct cfg_interfaces_interface absent = {.name = "later0", .enabled = true}, *interfaces[6] = {&absent};
    struct prefix address;
    struct item *i;

    hop(route(c, "", "10.60.0.0/16"), "10.9.1.2", NULL, NULL);
    port(route(c, "", "10.61.0.0/16"), "core1", NULL);
    port(route(c, "", "10.62.0.0/16"), "core1", "10.9.1.2");
    hop(route(c, "", "10.63.0.0/16"), "10.99.0.1", NULL, NULL);
    hop(route(c, "", "10.64.0.0/16"), "10.98.0.1", NULL, NULL); /* of the interface that is not there */
    i = route(c, "", "10.65.0.0/16");                           /* both are dead */
    hop(i, "10.9.1.2", NULL, NULL);
    hop(i, "10.9.2.2", NULL, NULL);
    hop(route(c, "", "10.66.0.0/16"), "10.60.0.1", NULL, NULL); /* further on */
    prefix_parse("10.98.0.9/24", &address);
    absent.ipv4.n_address = 1;
    absent.ipv4.address = &address;
    memcpy(interfaces + 1, c->ip, sizeof(c->ip));
    c->c.interfaces.n_interface = 6;
    c->c.interfaces.interface = interfaces;
    commit(w);
    lacks(w, "/rib/route[public][10.60.0.0/16]", "reason");
    lacks(w, "/rib/route[public][10.66.0.0/16]", "reason");
    has(w, "/rib/route[public][10.63.0.0/16]", "reason=no route to 10.99.0.1: it is on no connected network;");
    has(w, "/rib/route[public][10.64.0.0/16]", "reason=no route to 10.98.0.1: interface later0 does not exist;");
    link_is(w, "core1", false);
    has(w, "/rib/route[public][10.60.0.0/16]", "reason=no route to 10.9.1.2: interface core1 has no carrier;");
    has(w, "/rib/route[public][10.61.0.0/16]", "reason=interface core1 has no carrier;");
    has(w, "/rib/route[public][10.62.0.0/16]", "reason=interface core1 has no carrier;");
    has(w, "/rib/route[public][10.66.0.0/16]", "no route to 10.9.1.2;"); /* of the route that it needs */
    has(w, "/rib/next-hop[public][10.9.1.2]", "reason=no route to 10.9.1.2: interface core1 has no carrier;");
    has(w, "/rib/lookup[public][10.60.0.1]",
        "reason=not 10.60.0.0/16: no route to 10.9.1.2: interface core1 has no carrier;");
    lacks(w, "/rib/route[public][10.65.0.0/16]", "reason");
    switch_is(w, "core1", false);
    switch_is(w, "core2", false);
    has(w, "/rib/route[public][10.60.0.0/16]", "reason=no route to 10.9.1.2: interface core1 is switched off;");
    has(w, "/rib/route[public][10.61.0.0/16]", "reason=interface core1 is switched off;");
    has(w, "/rib/route[public][10.65.0.0/16]", "reason=no route to 10.9.1.2: interface core1 is switched off;");
    switch_is(w, "core1", true);
    lacks(w, "/rib/route[public][10.60.0.0/16]", "reason");
    lacks(w, "/rib/route[public][10.61.0.0/16]", "reason");
    audit_is_clean(w);
}

/* Neither the interfaces nor what an entry says are the reason where the kernel has no MPLS at all. */
static void test_no_mpls(void **state)
{
    struct whole *w = *state;

    hop(route(w->config, "", "10.60.0.0/16"), "10.9.3.2", NULL, "100"); /* plain is no MPLS interface */
    commit(w);
    has(w, "/rib/route", "reason=no label-switched path to its next hop 10.9.3.2: plain is not configured for MPLS;");
    ribd_rib_lacks_mpls(w->d->rib, true);
    link_is(w, "plain", false);
    link_is(w, "plain", true);
    has(w, "/rib/route",
        "reason=no label-switched path to its next hop 10.9.3.2: the kernel has no MPLS: load mpls_router and "
        "mpls_iptunnel");
}

/* A next hop more or less: the new object is there before the route uses it, the route is never deleted, and the old
 * object goes last. */
static void test_make_before_break(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct item *i = route(c, "", "10.60.0.0/16");
    int nh_set = -1, route_set = -1, nh_del = -1;

    hop(i, "10.9.1.2", NULL, NULL);
    commit(w);
    for (int more = 1; more >= 0; more--) {
        if (more)
            hop(i, "10.9.2.2", NULL, NULL);
        else
            i->route.n_next_hop = 1;
        fake_dp_forget_ops(w->dp);
        commit(w);
        for (size_t k = 0; k < w->dp->n_ops; k++) {
            nh_set = w->dp->ops[k].kind == OP_NEXTHOP_SET ? (int)k : nh_set;
            route_set = w->dp->ops[k].kind == OP_ROUTE_SET ? (int)k : route_set;
            nh_del = w->dp->ops[k].kind == OP_NEXTHOP_DEL ? (int)k : nh_del;
        }
        assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_DEL), 0);
        assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 1);
        assert_true(nh_set >= 0 && nh_set < route_set && route_set < nh_del);
        assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"),
                            more ? "10.9.1.2 dev 2 + 10.9.2.2 dev 3" : "10.9.1.2 dev 2");
    }
}

static void client_route(struct whole *w, bool is_there)
{
    struct rib_nexthop nh = {.ifindex = 4, .gateway = ip_addr_v4(0x0a090302)};
    struct rib_route r = {.prefix = prefix_v4(0x0a3c0000, 16), .source = RIB_SOURCE_OSPF, .distance = 110, .nhset = 1};

    ribd_rib_nhset_define(w->d->rib, RIB_CLIENT_OSPFD, 1, &nh, 1);
    if (is_there)
        ribd_rib_route_set(w->d->rib, RIB_CLIENT_OSPFD, &r);
    else
        ribd_rib_route_del(w->d->rib, RIB_CLIENT_OSPFD, 0, &r.prefix, RIB_SOURCE_OSPF);
    run_ms(w, 20);
}

/* 5: core1; 110: OSPF; 150: core2; 200: told to be unreachable; 255: never. */
static void test_floating(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct item *i = route(c, "", "10.60.0.0/16");
    hop_t *h = hop(i, "10.9.1.2", NULL, NULL);

    h->has_distance = true;
    h->distance = 5;
    h = hop(i, "10.9.2.2", NULL, NULL);
    h->has_distance = true;
    h->distance = 150;
    h = hop(i, "10.9.3.9", NULL, NULL);
    h->has_distance = true;
    h->distance = 255;
    i->route.distance = 200;
    i->route.reject = true;
    i->route.has_tag = i->route.has_metric = true;
    i->route.tag = 77;
    i->route.metric = 30;
    hop(i, "10.9.3.8", NULL, NULL); /* of the route's distance: not used, that is reject's */
    commit(w);
    client_route(w, true);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "10.9.1.2 dev 2");
    has(w, "/rib/route[public][10.60.0.0/16]",
        "route public 10.60.0.0/16 static 5 { owner=ribd; metric=30; tag=77; selected=true; installed=true;");
    has(w, "/rib/route[public][10.60.0.0/16]", "static 150 { owner=ribd; metric=30; tag=77; selected=false;");
    has(w, "/rib/route[public][10.60.0.0/16]",
        "static 200 { owner=ribd; metric=30; tag=77; selected=false; installed=false; "
        "inactive-reason=static has the lower distance, 5; drops=reject; }");
    lacks(w, "/rib/route[public][10.60.0.0/16]", "static 255");
    link_is(w, "core1", false);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "10.9.3.2 dev 4"); /* OSPF's */
    client_route(w, false);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "10.9.2.2 dev 3");
    link_is(w, "core2", false);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "unreachable");
    audit_is_clean(w);
    link_is(w, "core1", true);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "10.9.1.2 dev 2");
    i->route.discard = true;
    i->route.reject = false;
    i->route.n_next_hop = 0;
    commit(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.60.0.0/16"), "blackhole");
    has(w, "/rib/route[public][10.60.0.0/16]",
        "static 200 { owner=ribd; metric=30; tag=77; selected=true; "
        "installed=true; age=0; drops=discard; }");
    lacks(w, "/rib/route[public][10.60.0.0/16]", "static 5 ");
    audit_is_clean(w);
}

static void test_labels_of_routes(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;

    hop(route(c, "", "10.1.0.6/32"), "10.9.1.2", NULL, "500");
    hop(route(c, "red", "10.60.0.0/16"), "10.1.0.6", "public", "600/700");
    hop(route(c, "", "10.61.0.0/16"), "10.9.1.2", NULL, "0"); /* explicit null */
    hop(route(c, "", "10.62.0.0/16"), "10.9.3.2", NULL, "800");
    commit(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.6/32"), "10.9.1.2 dev 2 500");
    assert_string_equal(fake_dp_route(w->dp, RED, "10.60.0.0/16"), "10.9.1.2 dev 2 500/600/700");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.61.0.0/16"), "10.9.1.2 dev 2 0");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.62.0.0/16"), "-"); /* nobody takes labels there */
    has(w, "/rib/route",
        "10.62.0.0/16 static 1 { owner=ribd; metric=0; selected=false; installed=false; "
        "reason=no label-switched path to its next hop 10.9.3.2: plain is not configured for MPLS;");
    has(w, "/rib/label-stack",
        "label-stack red 10.60.0.0/16 0 1 { label=500; given-by=static; fec=10.1.0.6/32; route=static; "
        "next-hop=10.9.1.2; interface=core1; } label-stack red 10.60.0.0/16 0 2 { label=600/700; given-by=static; "
        "fec=10.60.0.0/16; route=static; next-hop=10.1.0.6; }");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=red; fec=10.60.0.0/16; protocol=static; role=ingress; operation=push; "
        "out-labels=500/600/700; out-protocol=static; next-hop=10.9.1.2; interface=core1;");
    has(w, "/rib/forwarding[red]",
        "forwarding red route 10.60.0.0/16 0 { operation=push; out-labels=500/600/700; next-hop=10.9.1.2; "
        "interface=core1; }");
}

/* --- label-switched paths --- */

static void all_operations(struct config *c)
{
    struct lsp_item *l;

    lsp_hop(lsp(c, "swap", 100, SWAP), "10.9.1.2", "200");
    lsp_hop(lsp(c, "push", 101, SWAP), "10.9.2.2", "201/202");
    l = lsp(c, "spread", 102, SWAP);
    lsp_hop(l, "10.9.1.2", "203");
    lsp_hop(l, "10.9.2.2", "204");
    lsp_hop(lsp(c, "pop", 103, POP), "10.9.1.2", NULL);
    lsp_hop(lsp(c, "null", 104, SWAP), "10.9.1.2", "0");
    l = lsp(c, "end", 105, LOOKUP);
    l->lsp.has_lookup_instance = true;
    l->lsp.lookup_instance = "red";
    l = lsp(c, "to-red", 106, SWAP);
    lsp_hop(l, "10.9.4.2", "300")->has_vpn_instance = true;
    l->hops[0].vpn_instance = "red";
    l = lsp(c, "from-red", 107, SWAP);
    lsp_hop(l, "10.1.0.6", "301"); /* over a path that begins here */
    l->lsp.n_guarded_interface = 1;
    l->guarded[0] = "ce";
    hop(route(c, "", "10.1.0.6/32"), "10.9.1.2", NULL, "500");
}

static void test_operations(void **state)
{
    struct whole *w = *state;

    all_operations(w->config);
    commit(w);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.1.2 dev 2 200");
    assert_string_equal(fake_dp_label(w->dp, 101), "10.9.2.2 dev 3 201/202");
    assert_string_equal(fake_dp_label(w->dp, 102), "10.9.1.2 dev 2 203 + 10.9.2.2 dev 3 204");
    assert_string_equal(fake_dp_label(w->dp, 103), "10.9.1.2 dev 2");
    assert_string_equal(fake_dp_label(w->dp, 104), "10.9.1.2 dev 2 0");
    assert_int_equal(strncmp(fake_dp_label(w->dp, 105), "lookup ", 7), 0);
    assert_string_equal(fake_dp_label(w->dp, 106), "10.9.4.2 dev 5 300");
    assert_string_equal(fake_dp_label(w->dp, 107), "10.9.1.2 dev 2 500/301");
    assert_true(fake_dp_guard(w->dp, 5, 107));
    for (uint32_t label = 100; label < 107; label++)
        assert_false(fake_dp_guard(w->dp, 5, label));
    has(w, "/rib/mpls-forwarding",
        "mpls-forwarding 101 { name=push; vpn-instance=public; owner=ribd; operation=swap; status=installed; age=0; "
        "next-hop 0 { gateway=10.9.2.2; interface=core2; labels=201/202; } }");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=red; protocol=static; name=end; role=egress; in-label=105; "
        "operation=pop-lookup; lookup-instance=red;");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=public; protocol=static; name=swap; role=transit; in-label=100; "
        "operation=swap; out-labels=200; out-protocol=static; next-hop=10.9.1.2; interface=core1;");
    has(w, "/rib/label", "label 107 { owner=ribd; state=held; purpose=static; vpn-instance=public;");
    has(w, "/rib/forwarding[red]",
        "rib { forwarding red label 105 0 { operation=pop-lookup; lookup-instance=red; } forwarding red label 106 0 { "
        "operation=swap; out-labels=300; next-hop=10.9.4.2; interface=ce; } forwarding red route 10.9.4.0/24 0 { "
        "operation=forward; interface=ce; } }");
    has(w, "/rib/forwarding[public][label][102]",
        "rib { forwarding public label 102 0 { operation=swap; out-labels=203; next-hop=10.9.1.2; interface=core1; } "
        "forwarding public label 102 1 { operation=swap; out-labels=204; next-hop=10.9.2.2; interface=core2; } }");
    has(w, "/rib/forwarding[public][route][10.1.0.6/32]",
        "rib { forwarding public route 10.1.0.6/32 0 { operation=push; out-labels=500; next-hop=10.9.1.2; "
        "interface=core1; } }");
    audit_is_clean(w);
}

/* What is the same is not written again; what changes is replaced, and not deleted in between. */
static void test_lsp_changes(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;

    all_operations(c);
    commit(w);
    fake_dp_forget_ops(w->dp);
    c->lsps[0].hops[0].labels = "299";
    c->lsps[7].lsp.n_guarded_interface = 0;
    c->lsps[3].lsp.name = "other";
    commit(w);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.1.2 dev 2 299");
    assert_int_equal(fake_dp_count(w->dp, OP_LABEL_SET), 1);
    assert_int_equal(fake_dp_count(w->dp, OP_LABEL_DEL), 0);
    assert_false(fake_dp_guard(w->dp, 5, 107));
    has(w, "/rib/mpls-forwarding[103]", "name=other;");
    link_is(w, "core1", false);
    assert_string_equal(fake_dp_label(w->dp, 102), "10.9.2.2 dev 3 204");
    assert_string_equal(fake_dp_label(w->dp, 100), "-");
    has(w, "/rib/lsp",
        "name=swap; role=transit; in-label=100; operation=none; age=0; reason=no route to 10.9.1.2: "
        "interface core1 has no carrier;");
    has(w, "/rib/mpls-forwarding[100]", "reason=no route to 10.9.1.2: interface core1 has no carrier;");
    has(w, "/rib/forwarding[public][label][100]", "reason=no route to 10.9.1.2: interface core1 has no carrier;");
    link_is(w, "core1", true);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.1.2 dev 2 299");
    c->c.mpls.n_static_lsp = 0;
    commit(w);
    assert_int_equal(w->dp->n_labels, 0);
    has(w, "/rib/label", "label 107 { owner=ribd; state=resting;");
    all_operations((fill(c), c)); /* back at once: the configuration's own labels need no rest */
    commit(w);
    assert_string_equal(fake_dp_label(w->dp, 107), "10.9.1.2 dev 2 500/301");
    audit_is_clean(w);
    c->c.mpls.n_static_lsp = 0; /* and after a time in the protocols' range */
    c->c.mpls.label_range.lower = 16;
    commit(w);
    all_operations((fill(c), c));
    commit(w);
    assert_string_equal(fake_dp_label(w->dp, 107), "10.9.1.2 dev 2 500/301");
    c->lsps[0].hops[0].has_vpn_instance = true; /* the same label, elsewhere */
    c->lsps[0].hops[0].vpn_instance = "red";
    ip_addr_parse("10.9.4.2", &c->lsps[0].hops[0].address);
    commit(w);
    assert_string_equal(fake_dp_label(w->dp, 100), "10.9.4.2 dev 5 200");
}

/* The range was moved while a daemon still holds a label of what is static now. */
static void test_label_of_another(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct rib_fec fec = {.purpose = RIB_LABEL_LDP, .prefix = prefix_v4(0x0a010009, 32)};

    commit(w);
    assert_int_equal(ribd_labels_claim(w->d->labels, RIB_CLIENT_LDPD, 1000, &fec, 1), 0);
    c->c.mpls.label_range.lower = 5000;
    c->c.mpls.label_range.upper = 5999;
    lsp_hop(lsp(c, "late", 1000, SWAP), "10.9.1.2", "200");
    lsp_hop(lsp(c, "well", 1001, SWAP), "10.9.1.2", "200");
    commit(w);
    assert_string_equal(fake_dp_label(w->dp, 1000), "-");
    assert_string_equal(fake_dp_label(w->dp, 1001), "10.9.1.2 dev 2 200");
    has(w, "/rib/lsp",
        "lsp { protocol=static; name=late; in-label=1000; operation=none; reason=label 1000 is held by ");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_refused_routes),    T(test_refused_labels),    T(test_refused_lsps),     T(test_other_instances),
        T(test_by_interface),      T(test_missing_interface), T(test_true_reasons),     T(test_no_mpls),
        T(test_make_before_break), T(test_floating),          T(test_labels_of_routes), T(test_operations),
        T(test_lsp_changes),       T(test_label_of_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
