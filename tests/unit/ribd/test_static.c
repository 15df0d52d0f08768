/* SPDX-License-Identifier: Apache-2.0
 *
 * Static routes, from values of the configuration to the kernel and back to what is shown: what is refused and with
 * which path (of static label-switched paths, too); next hops in other instances, by interface, with labels, floating;
 * changes without a gap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "statics.h"
#include "tests/unit/ribd/audited.h"

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

/* What is not forwarded whatever the routes are: addresses of the router and of nobody. */
static void test_lookup_of_own_addresses(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;

    hop(route(c, "", "0.0.0.0/0"), "10.9.1.2", NULL, NULL);
    hop(route(c, "", "10.9.1.1/32"), "10.9.2.2", NULL, NULL); /* longer than the interface's: it is ours all the same */
    commit(w);
    has(w, "/rib/lookup[to=10.1.0.1]",
        "rib { lookup public 10.1.0.1 { delivery=own; interface=lo; reason=an address of this router: packets end "
        "here; "
        "} } ");
    has(w, "/rib/lookup[to=10.9.1.1]", "lookup public 10.9.1.1 { delivery=own; interface=core1; ");
    lacks(w, "/rib/lookup[to=10.9.1.1]", "next-hop");
    has(w, "/rib/lookup[public][10.9.1.2]", "lookup public 10.9.1.2 { prefix=10.9.1.0/24; source=connected; ");
    has(w, "/rib/lookup[public][10.9.1.0]", "lookup public 10.9.1.0 { prefix=10.9.1.0/24; source=connected; ");
    has(w, "/rib/lookup[public][10.9.1.255]", "10.9.1.255 { delivery=broadcast; interface=core1; ");
    has(w, "/rib/lookup[public][10.9.4.1]", "10.9.4.1 { prefix=0.0.0.0/0; "); /* that is in red */
    has(w, "/rib/lookup[to=10.9.4.1]", "lookup red 10.9.4.1 { delivery=own; interface=ce; ");
    has(w, "/rib/lookup[red][10.9.4.255]", "lookup red 10.9.4.255 { delivery=broadcast; interface=ce; ");
    has(w, "/rib/lookup[to=127.0.0.1]", "rib { lookup public 127.0.0.1 { delivery=loopback; reason=");
    lacks(w, "/rib/lookup[to=127.0.0.1]", "lookup red");
    has(w, "/rib/lookup[red][127.9.9.9]", "lookup red 127.9.9.9 { delivery=loopback; reason=");
    has(w, "/rib/lookup[to=224.0.0.5]", "rib { lookup public 224.0.0.5 { delivery=multicast; reason=");
    has(w, "/rib/lookup[to=255.255.255.255]", "rib { lookup public 255.255.255.255 { delivery=broadcast; reason=");
    has(w, "/rib/lookup[to=0.0.0.0]", "rib { lookup public 0.0.0.0 { delivery=unspecified; reason=");
    has(w, "/rib/lookup[to=240.0.0.1]", "240.0.0.1 { prefix=0.0.0.0/0; "); /* the kernel forwards it */
    link_is(w, "core1", false);
    has(w, "/rib/lookup[to=10.9.1.1]",
        "lookup public 10.9.1.1 { delivery=own; interface=core1; "); /* it answers still */
    has(w, "/rib/lookup[public][10.9.1.2]", "no route: packets are dropped");
}

/* The audit says where a route is by the names that an operator uses. */
static void test_audit_says_where(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    char reply[400];

    hop(route(c, "", "10.60.0.0/16"), "10.9.1.2", NULL, NULL);
    hop(route(c, "red", "10.70.0.0/16"), "10.9.4.2", NULL, NULL);
    commit(w);
    audit_is_clean(w);
    w->dp->n_routes = 0;
    audit_now(w->d, false, reply, sizeof(reply));
    if (!strstr(reply, "route 10.60.0.0/16 of public (table main): missing in the kernel") ||
        !strstr(reply, "route 10.70.0.0/16 of red (table 1001): missing in the kernel"))
        fail_msg("%s", reply);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_refused_routes),
        T(test_refused_labels),
        T(test_refused_lsps),
        T(test_other_instances),
        T(test_by_interface),
        T(test_missing_interface),
        T(test_true_reasons),
        T(test_no_mpls),
        T(test_make_before_break),
        T(test_floating),
        T(test_labels_of_routes),
        T(test_audit_says_where),
        T(test_lookup_of_own_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
