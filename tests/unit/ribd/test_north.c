/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration values in, state out: what is refused and why, what a commit does, how the tables are shown, the
 * actions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/north/private.h"
#include "strata/mem.h"
#include "strata/north.h"
#include "tests/unit/ribd/audited.h"
#include "whole.h"

/* --- l1pe1's configuration, in parts that tests may spoil --- */

struct config {
    struct ribd_config c;
    struct prefix lo, core, ce;
    struct cfg_interfaces_interface i[3], *ip[3];
    struct cfg_vpn_instances_vpn_instance v, *vp;
    struct cfg_mpls_interface m[3], *mp[3];
    struct cfg_static_routes_instance_route_next_hop hop, *hopp;
    struct cfg_static_routes_instance_route route, *routep;
    struct cfg_static_routes_instance_route vroute, *vroutep;
    struct cfg_static_routes_vpn_instance vs, *vsp;
};

static void fill(struct config *c)
{
    static const char *const names[] = {"lo", "l1pe1-p", "l1pe1-l1ce1"};
    struct prefix *addresses[] = {&c->lo, &c->core, &c->ce};

    memset(c, 0, sizeof(*c));
    prefix_parse("10.1.0.4/32", &c->lo);
    prefix_parse("10.9.4.1/24", &c->core);
    prefix_parse("10.9.3.2/24", &c->ce);
    for (int i = 0; i < 3; i++) {
        c->i[i] = (struct cfg_interfaces_interface){.name = names[i], .enabled = true};
        c->i[i].ipv4.n_address = 1;
        c->i[i].ipv4.address = addresses[i];
        c->ip[i] = &c->i[i];
        c->m[i].name = names[i];
        c->mp[i] = &c->m[i];
    }
    c->i[2].has_vpn_instance = true;
    c->i[2].vpn_instance = "carrierA";
    c->v.name = "carrierA";
    c->vp = &c->v;
    prefix_parse("192.168.7.0/24", &c->route.prefix);
    ip_addr_parse("10.9.4.2", &c->hop.address);
    c->hopp = &c->hop;
    c->route.n_next_hop = 1;
    c->route.next_hop = &c->hopp;
    c->route.distance = 1;
    c->routep = &c->route;
    prefix_parse("192.168.8.0/24", &c->vroute.prefix);
    c->vroute.discard = true;
    c->vroute.distance = 1;
    c->vroutep = &c->vroute;
    c->vs.name = "carrierA";
    c->vs.static_routes_instance.n_route = 1;
    c->vs.static_routes_instance.route = &c->vroutep;
    c->vsp = &c->vs;
    c->c.system.restart.stale_time = 60;
    c->c.interfaces.n_interface = 3;
    c->c.interfaces.interface = c->ip;
    c->c.vpn_instances.n_vpn_instance = 1;
    c->c.vpn_instances.vpn_instance = &c->vp;
    c->c.mpls.n_interface = 2;
    c->c.mpls.interface = &c->mp[1];
    c->c.mpls.ttl_propagate = true;
    c->c.mpls.label_range.lower = 1000;
    c->c.mpls.label_range.upper = 1999;
    c->c.static_routes.static_routes_instance.n_route = 1;
    c->c.static_routes.static_routes_instance.route = &c->routep;
    c->c.static_routes.n_vpn_instance = 1;
    c->c.static_routes.vpn_instance = &c->vsp;
}

/* --- state as text --- */

/* In chunks of one entry: what is written to lists, every octet of it between the braces of /rib, is the same. */
static void is_same_in_chunks(struct whole *w, const char *path)
{
    static char all[65536], parts[65536];
    uint8_t *cursor = NULL;
    size_t cursor_len = 0, chunks = 0;

    snprintf(all, sizeof(all), "%s", state_of(w, path));
    parts[0] = '\0';
    do {
        struct state_writer *sw = state_writer_create(&ribd_schema);
        const char *inside;

        assert_int_equal(state_writer_ask(sw, path, cursor, cursor_len, 1), 0);
        free(cursor);
        ribd_north_state(w->d, path, sw);
        cursor = state_writer_cursor(sw, &cursor_len);
        inside = state_dump_take(&w->dump, &ribd_schema, sw) + strlen("rib { ");
        snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "%.*s", (int)(strlen(inside) - strlen("} ")),
                 inside);
        assert_true(++chunks < 1000);
    } while (cursor);
    assert_int_equal(strlen(parts), strlen(all) - strlen("rib { } "));
    assert_memory_equal(parts, all + strlen("rib { "), strlen(parts));
}

/* --- life --- */

static int setup(void **state)
{
    static const char *const ports[] = {"lo", "l1pe1-p", "l1pe1-l1ce1", NULL};
    struct whole *w = MEM_NEW(NULL, struct whole);

    whole_open(w, ports);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct whole *w = *state;

    whole_close(w);
    mem_free(NULL, w);
    return 0;
}

/* --- tests --- */

static void test_prepare(void **state)
{
    struct whole *w = *state;
    struct north_error err;
    struct config c;

    fill(&c);
    assert_int_equal(ribd_north_prepare(w->d, &c.c, NULL, &err), 0);
    c.i[2].vpn_instance = "carrierB";
    refuses(w, &c.c, "/interfaces/interface[l1pe1-l1ce1]");
    fill(&c);
    c.i[1].name = "a-name-of-16-chars";
    refuses(w, &c.c, "/interfaces/interface[a-name-of-16-chars]");
    fill(&c);
    prefix_parse("224.0.0.1/24", &c.core);
    refuses(w, &c.c, "/interfaces/interface[l1pe1-p]");
    fill(&c);
    c.c.mpls.interface = c.mp;
    refuses(w, &c.c, "/mpls/interface[lo]");
    fill(&c);
    c.route.n_next_hop = 0;
    refuses(w, &c.c, "/static-routes/route[192.168.7.0/24]");
    fill(&c);
    c.vs.name = "carrierB";
    refuses(w, &c.c, "/static-routes/vpn-instance[carrierB]");
    fill(&c);
    c.vroute.discard = false;
    refuses(w, &c.c, "/static-routes/vpn-instance[carrierA]/route[192.168.8.0/24]");
}

static void test_prepare__label_ranges(void **state)
{
    struct cfg_mpls_label_range_static_ s = {.lower = 100, .upper = 199};
    struct whole *w = *state;
    struct north_error err;
    struct config c;

    fill(&c);
    c.c.mpls.label_range.static_ = &s;
    assert_int_equal(ribd_north_prepare(w->d, &c.c, NULL, &err), 0);
    assert_true(ribd_north_is_static_label(&c.c, 100) && ribd_north_is_static_label(&c.c, 199));
    assert_false(ribd_north_is_static_label(&c.c, 99) || ribd_north_is_static_label(&c.c, 200));
    s.upper = 1000; /* the first of the protocols' */
    refuses(w, &c.c, "/mpls/label-range/static");
    s = (struct cfg_mpls_label_range_static_){.lower = 1999, .upper = 3000};
    refuses(w, &c.c, "/mpls/label-range/static");
    s.lower = 15;
    refuses(w, &c.c, "/mpls/label-range/static/lower");
    s = (struct cfg_mpls_label_range_static_){.lower = 2000, .upper = LABEL_KERNEL_MAX + 1};
    refuses(w, &c.c, "/mpls/label-range/static/upper");
    s.upper = LABEL_KERNEL_MAX;
    assert_int_equal(ribd_north_prepare(w->d, &c.c, NULL, &err), 0);
    c.c.mpls.label_range.static_ = NULL; /* from 16 to below the protocols' */
    assert_true(ribd_north_is_static_label(&c.c, 16) && ribd_north_is_static_label(&c.c, 999));
    assert_false(ribd_north_is_static_label(&c.c, 15) || ribd_north_is_static_label(&c.c, 1000));
    c.c.mpls.label_range.lower = 2000;
    refuses(w, &c.c, "/mpls/label-range/lower");
}

static void test_prepare__reserved_labels(void **state)
{
    struct cfg_mpls_label_range_reserved a = {.name = "bird", .lower = 1100, .upper = 1199};
    struct cfg_mpls_label_range_reserved b = {.name = "lab", .lower = 1200, .upper = 1200};
    const struct cfg_mpls_label_range_reserved *both[] = {&a, &b};
    struct whole *w = *state;
    struct label_ranges r;
    struct north_error err;
    struct config c;

    fill(&c);
    c.c.mpls.label_range.reserved = (void *)both;
    c.c.mpls.label_range.n_reserved = 2;
    assert_int_equal(ribd_north_prepare(w->d, &c.c, NULL, &err), 0);
    r = ribd_north_label_ranges(&c.c);
    assert_true(ribd_labels_is_reserved(&r, 1100) && ribd_labels_is_reserved(&r, 1200));
    assert_false(ribd_labels_is_reserved(&r, 1099) || ribd_labels_is_reserved(&r, 1201));
    ribd_north_commit(w->d, &c.c, NULL);
    ribd_labels_others(w->d->labels, 1150, true, 0); /* bird at work */
    has(w, "/rib/label-range",
        "label-range reserved bird { lower=1100; upper=1199; size=100; used=1; in-blocks=0; resting=0; free=0; "
        "reserved=100; largest-free=0; use=1; }");
    has(w, "/rib/label-range",
        "label-range reserved lab { lower=1200; upper=1200; size=1; used=0; in-blocks=0; "
        "resting=0; free=0; reserved=1; largest-free=0; use=0; }");
    ribd_labels_others(w->d->labels, 1200, true, 0);
    has(w, "/rib/label-range", "reserved=1; largest-free=0; use=100; }");
    b.lower = 1199;
    refuses(w, &c.c, "/mpls/label-range/reserved[lab]");
}

static void test_commit_and_state(void **state)
{
    struct whole *w = *state;
    struct config c;

    fill(&c);
    take(w, &c.c);
    assert_string_equal(fake_dp_route(w->dp, 0, "192.168.7.0/24"), "10.9.4.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 1001, "192.168.8.0/24"), "blackhole");
    has(w, "/rib/route",
        "route public 192.168.7.0/24 static 1 { owner=ribd; metric=0; selected=true; "
        "installed=true; age=0; next-hop 0 { gateway=10.9.4.2; interface=l1pe1-p; } }");
    has(w, "/rib/route", "route carrierA 192.168.8.0/24 static");
    has(w, "/rib/route", "route carrierA 10.9.3.0/24 connected");
    has(w, "/rib/interface",
        "interface l1pe1-l1ce1 { vpn-instance=carrierA; mtu=1500; up=true; status=up; mpls=true; guarded=true; "
        "guard-drops=0; address=10.9.3.2/24; warning=mtu 1500 has no room for 3 labels on packets of 1500 octets: "
        "give both ends 1512 or more; }");
    has(w, "/rib/interface",
        "interface l1pe1-p { vpn-instance=public; mtu=1500; up=true; status=up; mpls=true; guarded=false;");
    has(w, "/rib/interface",
        "interface lo { vpn-instance=public; mtu=1500; up=true; status=up; mpls=false; guarded=false; "
        "address=10.1.0.4/32; }"); /* takes no labels: nothing to warn of */
    c.i[0].name = "nowhere0";
    take(w, &c.c);
    has(w, "/rib/interface",
        "interface nowhere0 { vpn-instance=public; up=false; status=absent; "
        "problem=the kernel has no interface of this name (yet); }");
    c.i[0].name = "lo";
    take(w, &c.c);
    assert_null(strstr(state_of(w, "/rib/interface"), "absent"));
    has(w, "/rib/vpn-instance",
        "vpn-instance carrierA { table=1001; device=carrierA; ready=true; local-routes=2; remote-routes=0; "
        "unusable-routes=0; labels=0; unusable-labels=0; }");
    has(w, "/rib/platform", "mpls=true; vrf=true; guard=true; guard-enabled=true;");
    has(w, "/rib/platform", "warning=interface l1pe1-p: mtu 1500 has no room");
    has(w, "/rib/counters", "routes=5;");
    assert_null(strstr(state_of(w, "/rib/counters"), "route "));
    assert_string_equal(state_of(w, "/interfaces"), "");
    has(w, "", "counters {");
    /* Smaller again: the route and the instance go. */
    c.c.static_routes.n_vpn_instance = 0;
    c.c.static_routes.static_routes_instance.n_route = 0;
    c.c.vpn_instances.n_vpn_instance = 0;
    c.i[2].has_vpn_instance = false;
    take(w, &c.c);
    assert_int_equal(w->dp->n_routes, 0);
    assert_null(strstr(state_of(w, ""), "carrierA"));
    has(w, "/rib/route", "route public 10.9.3.0/24 connected");
}

static void test_label_state(void **state)
{
    struct whole *w = *state;
    struct rib_scope_member m = {.vrf = 1001, .neighbor = ip_addr_v4(0x0a090301)};
    struct rib_nexthop nh = {.vrf = 1001, .ifindex = 3, .gateway = ip_addr_v4(0x0a090301)};
    struct rib_label_entry e = {.in_label = 1000, .op = RIB_LABEL_SWAP, .nhset = 1, .scope = 1};
    struct config c;

    fill(&c);
    ribd_north_commit(w->d, &c.c, NULL);
    e.fec = (struct rib_fec){.purpose = RIB_LABEL_VPN_ROUTE, .vrf = 1001, .prefix = prefix_v4(0x0a020001, 32)};
    e.label = out_label_from_wire(3012);
    ribd_labels_claim(w->d->labels, RIB_CLIENT_BGPD, 1000, &e.fec, 0);
    ribd_rib_nhset_define(w->d->rib, RIB_CLIENT_BGPD, 1, &nh, 1);
    ribd_rib_scope_define(w->d->rib, RIB_CLIENT_BGPD, 1, &m, 1);
    ribd_rib_label_set(w->d->rib, RIB_CLIENT_BGPD, &e);
    run_ms(w, 20);
    has(w, "/rib/mpls-forwarding",
        "mpls-forwarding 1000 bgpd { vpn-instance=carrierA; fec=10.2.0.1/32; operation=swap; status=installed; "
        "age=0; next-hop 0 { "
        "gateway=10.9.3.1; interface=l1pe1-l1ce1; labels=3012; } }");
    has(w, "/rib/label",
        "label 1000 { owner=bgpd; state=held; purpose=vpn-route; vpn-instance=carrierA; fec=10.2.0.1/32; "
        "scope=10.9.3.1; status=installed; age=");
    ribd_labels_claim(w->d->labels, RIB_CLIENT_BGPD, 1001, &e.fec, loop_now_us(w->env.loop));
    has(w, "/rib/label", "label 1001 { owner=bgpd; state=no-entry; purpose=vpn-route; ");
    ribd_labels_free(w->d->labels, RIB_CLIENT_BGPD, 1001, false, loop_now_us(w->env.loop));
    has(w, "/rib/label", "label 1001 { owner=bgpd; state=resting; ");
    has(w, "/rib/label-range",
        "label-range dynamic { lower=1000; upper=1999; size=1000; used=1; in-blocks=0; resting=1; free=998; "
        "largest-free=998; use=0; client bgpd { allocated=1; used=1; resting=1; share=0; } } "
        "label-range static { lower=16; upper=999; size=984; used=0; in-blocks=0; resting=0; free=984; "
        "largest-free=984; use=0; }");
}

static void set_route(struct whole *w, enum rib_client_id c, uint8_t source, uint32_t vrf, const char *prefix,
                      const struct rib_nexthop *nh, uint32_t label)
{
    struct rib_route r = {.vrf = vrf, .source = source, .distance = 20, .nhset = vrf + source};

    prefix_parse(prefix, &r.prefix);
    if (label)
        r.label = out_label_from_wire(label);
    ribd_rib_nhset_define(w->d->rib, c, r.nhset, nh, 1);
    assert_int_equal(ribd_rib_route_set(w->d->rib, c, &r), 0);
}

static void set_label(struct whole *w, enum rib_client_id c, uint32_t label, enum rib_label_purpose purpose,
                      uint32_t vrf, const char *fec, const struct rib_nexthop *nh, uint32_t out)
{
    struct rib_label_entry e = {.in_label = label, .op = nh ? RIB_LABEL_SWAP : RIB_LABEL_FOLLOW_FEC, .nhset = label};

    e.fec = (struct rib_fec){.purpose = (uint8_t)purpose, .vrf = vrf};
    prefix_parse(fec, &e.fec.prefix);
    if (nh) {
        ribd_rib_nhset_define(w->d->rib, c, label, nh, 1);
        e.label = out_label_from_wire(out);
    }
    ribd_rib_label_set(w->d->rib, c, &e);
}

/* l1pe1 as in a carrier's carrier network: 10.2.0.9/32 is far away, behind 10.1.0.6; 10.2.0.1/32 is the CE's. */
static void fill_l1pe1(struct whole *w, struct rib_nexthop *core, struct rib_nexthop *far, struct rib_nexthop *ce)
{
    struct ip_addr p = ip_addr_v4(0x0a090402);
    struct prefix lo = prefix_v4(0x0a010006, 32);
    struct out_label l = out_label_from_wire(5061);
    struct config c;

    fill(&c);
    ribd_north_commit(w->d, &c.c, NULL);
    *core = (struct rib_nexthop){.ifindex = 2, .gateway = p};
    *far = (struct rib_nexthop){.gateway = ip_addr_v4(0x0a010006), .needs_lsp = true};
    *ce = (struct rib_nexthop){.vrf = 1001, .ifindex = 3, .gateway = ip_addr_v4(0x0a090301)};
    set_route(w, RIB_CLIENT_OSPFD, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", core, 0);
    ribd_rib_label_peer_set(w->d->rib, RIB_CLIENT_LDPD, 1, 0, &p, 1);
    ribd_rib_binding_set(w->d->rib, RIB_CLIENT_LDPD, 1, &lo, &l);
    set_route(w, RIB_CLIENT_BGPD, RIB_SOURCE_BGP, 1001, "10.2.0.9/32", far, 6093);
    set_route(w, RIB_CLIENT_BGPD, RIB_SOURCE_BGP_LABELED, 1001, "10.2.0.1/32", ce, 3012);
    set_label(w, RIB_CLIENT_LDPD, 1001, RIB_LABEL_LDP, 0, "10.1.0.6/32", NULL, 0);
    set_label(w, RIB_CLIENT_LDPD, 1002, RIB_LABEL_LDP, 0, "10.1.0.7/32", NULL, 0);
    set_label(w, RIB_CLIENT_BGPD, 4092, RIB_LABEL_BGP_LABELED, 1001, "10.2.0.9/32", far, 6093);
    set_label(w, RIB_CLIENT_BGPD, 4013, RIB_LABEL_VPN_ROUTE, 1001, "10.2.0.1/32", ce, 3012);
    run_ms(w, 20);
}

static void test_lsp_state(void **state)
{
    struct whole *w = *state;
    struct rib_nexthop core, far, ce;

    fill_l1pe1(w, &core, &far, &ce);
    has(w, "/rib/lsp",
        "lsp { vpn-instance=public; fec=10.1.0.6/32; protocol=ldp; role=transit; in-label=1001; "
        "operation=swap; out-labels=5061; out-protocol=ldp; next-hop=10.9.4.2; interface=l1pe1-p; mtu=1496; age=0; }");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=public; fec=10.1.0.7/32; protocol=ldp; role=transit; in-label=1002; "
        "operation=none; age=0; reason=no route to 10.1.0.7/32; }");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=carrierA; fec=10.2.0.9/32; protocol=bgp-labeled; role=transit; in-label=4092; "
        "operation=swap-push; out-labels=5061/6093; out-protocol=bgp-vpn; next-hop=10.9.4.2; interface=l1pe1-p; "
        "mtu=1492;");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=carrierA; fec=10.2.0.1/32; protocol=bgp-vpn; role=transit; in-label=4013; "
        "operation=swap; out-labels=3012; out-protocol=bgp-labeled; next-hop=10.9.3.1;");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=public; fec=10.1.0.6/32; protocol=ldp; role=ingress; operation=push; "
        "out-labels=5061; out-protocol=ldp; next-hop=10.9.4.2; interface=l1pe1-p;");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=carrierA; fec=10.2.0.9/32; protocol=bgp-vpn; role=ingress; operation=push; "
        "out-labels=5061/6093; out-protocol=bgp-vpn;");
    has(w, "/rib/route",
        "route carrierA 10.2.0.9/32 bgp 20 { owner=bgpd; metric=0; selected=true; "
        "installed=true; age=0; protocol-next-hop=10.1.0.6; next-hop 0 { gateway=10.9.4.2; "
        "interface=l1pe1-p; labels=5061/6093; } }");
    has(w, "/rib/vpn-instance",
        "far-end 10.1.0.6 { routes=1; lsp=true; } local-routes=3; remote-routes=1; "
        "unusable-routes=0; labels=2; unusable-labels=0; }");
}

/* The top first, each with who gave it and for what. */
static void test_label_stack_state(void **state)
{
    struct whole *w = *state;
    struct rib_nexthop core, far, ce;
    struct prefix lo = prefix_v4(0x0a010006, 32);
    struct out_label null = out_label_implicit_null();

    fill_l1pe1(w, &core, &far, &ce);
    is_same_in_chunks(w, "/rib");
    is_same_in_chunks(w, "/rib/route");
    is_same_in_chunks(w, "/rib/mpls-forwarding");
    is_same_in_chunks(w, "/rib/lsp");
    is_same_in_chunks(w, "/rib/label-stack");
    is_same_in_chunks(w, "/rib/next-hop");
    is_same_in_chunks(w, "/rib/route[carrierA]");
    has(w, "/rib/route[carrierA][10.2.0.9/32]", "rib { route carrierA 10.2.0.9/32 bgp 20 {");
    assert_null(strstr(w->dump.text, "10.2.0.1/32"));
    has(w, "/strata-rib:rib/route[prefix='10.2.0.9/32']/owner", "route carrierA 10.2.0.9/32 bgp 20 { owner=bgpd; } }");
    has(w, "/rib/mpls-forwarding[4092]", "rib { mpls-forwarding 4092 bgpd {");
    assert_string_equal(state_of(w, "/rib/route[nowhere]"), "rib { } ");
    has(w, "/rib/label-stack",
        "label-stack carrierA 10.2.0.9/32 0 1 { label=5061; given-by=ldp; fec=10.1.0.6/32; route=ospf; "
        "next-hop=10.9.4.2; interface=l1pe1-p; } "
        "label-stack carrierA 10.2.0.9/32 0 2 { label=6093; given-by=bgp-vpn; fec=10.2.0.9/32; route=bgp; "
        "next-hop=10.1.0.6; }");
    ribd_rib_binding_set(w->d->rib, RIB_CLIENT_LDPD, 1, &lo, &null);
    run_ms(w, 20);
    has(w, "/rib/label-stack", "label-stack carrierA 10.2.0.9/32 0 1 { label=implicit-null; given-by=ldp;");
    has(w, "/rib/next-hop",
        "next-hop public 10.1.0.6 true { usable=true; lsp=true; via=10.1.0.6/32; source=ospf; "
        "next-hop 0 { gateway=10.9.4.2; interface=l1pe1-p; } }");
    ribd_rib_binding_del(w->d->rib, RIB_CLIENT_LDPD, 1, &lo);
    run_ms(w, 20);
    has(w, "/rib/label-stack",
        "label-stack carrierA 10.2.0.9/32 0 1 { label=none; fec=10.2.0.9/32; route=bgp; next-hop=10.1.0.6; "
        "reason=no label-switched path to 10.1.0.6: no LDP binding from 10.9.4.2 for 10.1.0.6/32; }");
    has(w, "/rib/next-hop",
        "next-hop public 10.1.0.6 true { usable=false; lsp=false; via=10.1.0.6/32; source=ospf; "
        "reason=no label-switched path to 10.1.0.6: no LDP binding from 10.9.4.2 for 10.1.0.6/32; }");
    has(w, "/rib/lsp", "in-label=4092; operation=none; age=0; reason=no label-switched path to 10.1.0.6: no LDP");
    has(w, "/rib/vpn-instance",
        "far-end 10.1.0.6 { routes=1; lsp=false; } local-routes=3; remote-routes=1; "
        "unusable-routes=1; labels=2; unusable-labels=1; }");
}

/* The longest prefix that can be used, and why not a longer one; how many routes there are. */
static void test_lookup_state(void **state)
{
    struct whole *w = *state;
    struct rib_nexthop core, far, ce, lost = {.gateway = ip_addr_v4(0x0a010063)};

    fill_l1pe1(w, &core, &far, &ce);
    set_route(w, RIB_CLIENT_OSPFD, RIB_SOURCE_OSPF, 1001, "10.2.0.0/16", &ce, 0);
    set_route(w, RIB_CLIENT_OSPFD, RIB_SOURCE_OSPF, 0, "10.77.0.0/16", &core, 0);
    set_route(w, RIB_CLIENT_BGPD, RIB_SOURCE_BGP, 0, "10.77.7.0/24", &lost, 0);
    run_ms(w, 20);
    has(w, "/rib/lookup[carrierA][10.2.0.9]",
        "rib { lookup carrierA 10.2.0.9 { prefix=10.2.0.9/32; source=bgp; distance=20; metric=0; age=0; "
        "installed=true; "
        "protocol-next-hop=10.1.0.6; next-hop 0 { gateway=10.9.4.2; interface=l1pe1-p; labels=5061/6093; } } }");
    has(w, "/rib/lookup[carrierA][10.2.0.10]", "lookup carrierA 10.2.0.10 { prefix=10.2.0.0/16; source=ospf;");
    has(w, "/rib/lookup[to=10.77.7.1]",
        "rib { lookup public 10.77.7.1 { reason=not 10.77.7.0/24: no route to 10.1.0.99; prefix=10.77.0.0/16;");
    assert_null(strstr(w->dump.text, "carrierA"));
    has(w, "/rib/lookup[carrierA][10.77.7.1]",
        "rib { lookup carrierA 10.77.7.1 { reason=no route: packets are dropped, and their sender is told; what BGP "
        "holds back has a reason in show bgp; } }");
    assert_string_equal(state_of(w, "/rib/lookup"), "rib { } ");
    has(w, "/rib/route-count[carrierA]",
        "rib { route-count carrierA connected { routes=1; selected=1; } route-count carrierA static { routes=1; "
        "selected=1; } route-count carrierA ospf { routes=1; selected=1; } route-count carrierA bgp { routes=1; "
        "selected=1; } route-count carrierA bgp-labeled { routes=1; selected=1; } }");
    has(w, "/rib/route-count", "route-count public bgp { routes=1; selected=0; }");
    ribd_rib_client_lost(w->d->rib, RIB_CLIENT_BGPD);
    ribd_rib_client_sweep(w->d->rib, RIB_CLIENT_BGPD);
    run_ms(w, 20);
    has(w, "/rib/route-count", "route-count carrierA ospf { routes=1; selected=1; }");
    assert_null(strstr(w->dump.text, "bgp"));
}

/* Two sources of one prefix: what is second says to whom it lost. */
static void test_inactive_reason(void **state)
{
    struct whole *w = *state;
    struct rib_nexthop core, far, ce;

    fill_l1pe1(w, &core, &far, &ce);
    set_route(w, RIB_CLIENT_OSPFD, RIB_SOURCE_OSPF, 0, "192.168.7.0/24", &core, 0); /* distance 20; static is 1 */
    set_route(w, RIB_CLIENT_BGPD, RIB_SOURCE_BGP_LABELED, 1001, "10.2.0.9/32", &ce, 3013);
    run_ms(w, 20);
    has(w, "/rib/route[public][192.168.7.0/24]",
        "ospf 20 { owner=ospfd; metric=0; selected=false; installed=false; "
        "inactive-reason=static has the lower distance, 1;");
    has(w, "/rib/route[carrierA][10.2.0.9/32]", "inactive-reason=bgp goes first where distances are equal;");
}

static void test_actions(void **state)
{
    struct whole *w = *state;
    struct config c;
    char reply[200];

    fill(&c);
    take(w, &c.c);
    assert_int_equal(ribd_north_action(w->d, "platform audit", "", reply, sizeof(reply)), -EINPROGRESS);
    audit_now(w->d, false, reply, sizeof(reply));
    assert_string_equal(reply, "clean");
    w->dp->n_routes = 0;
    audit_now(w->d, false, reply, sizeof(reply));
    assert_non_null(strstr(reply, "192.168.7.0/24"));
    assert_int_equal(ribd_north_action(w->d, "platform audit", "repair", reply, sizeof(reply)), -EINPROGRESS);
    audit_now(w->d, false, reply, sizeof(reply)); /* after that */
    assert_string_equal(reply, "clean");
    assert_int_equal(ribd_north_action(w->d, "mpls guard", "disable", reply, sizeof(reply)), -EINPROGRESS);
    has(w, "/rib/platform", "guard-enabled=false;");
    assert_int_equal(ribd_north_action(w->d, "mpls guard", "enable", reply, sizeof(reply)), -EINPROGRESS);
    has(w, "/rib/platform", "guard-enabled=true;");
    assert_true(ribd_north_action(w->d, "mpls guard", "perhaps", reply, sizeof(reply)) < 0);
    assert_true(ribd_north_action(w->d, "mpls", NULL, reply, sizeof(reply)) < 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void test_ttl_modes(void **state)
{
    struct whole *w = *state;
    struct rib_nexthop core, far, ce;
    struct config c;

    fill_l1pe1(w, &core, &far, &ce);
    assert_string_equal(fake_dp_route(w->dp, 1001, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    fill(&c);
    c.v.ttl_mode = CFG_TTL_MODE_PIPE;
    take(w, &c.c);
    assert_string_equal(fake_dp_route(w->dp, 1001, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093 ttl 255");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.6/32"), "10.9.4.2 dev 2 5061");
    fill(&c);
    c.c.mpls.ttl_propagate = false;
    take(w, &c.c);
    assert_string_equal(fake_dp_route(w->dp, 1001, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.6/32"), "10.9.4.2 dev 2 5061 ttl 255");
}

/* What the kernel refuses, with its words and the time of the next try; what other programs have. */
static void test_refused_and_foreign_state(void **state)
{
    struct whole *w = *state;
    struct rib_nexthop core, far, ce;
    struct dp_nexthop hop = {.ifindex = 2, .gateway = ip_addr_v4(0x0a090402)};
    struct dp_foreign_route theirs = {.prefix = prefix_v4(0x14000000, 24), .metric = 100, .n = 1, .nexthops = &hop};
    char reply[200];

    fill_l1pe1(w, &core, &far, &ce);
    w->dp->refuse_routes = w->dp->refuse_labels = -ENOBUFS;
    w->dp->refusal = "no room";
    set_route(w, RIB_CLIENT_OSPFD, RIB_SOURCE_OSPF, 0, "10.1.0.8/32", &core, 0);
    set_label(w, RIB_CLIENT_BGPD, 4014, RIB_LABEL_BGP_LABELED, 1001, "10.2.0.9/32", &far, 6093);
    w->dp->ev->foreign_route(w->dp->ev_arg, &theirs, false);
    run_ms(w, 20);
    has(w, "/rib/route",
        "10.1.0.8/32 ospf 20 { owner=ospfd; metric=0; selected=true; installed=false; "
        "reason=kernel: no room; next-try=1;");
    has(w, "/rib/mpls-forwarding", "status=failed; reason=no room; next-try=1;");
    has(w, "/rib/route", "20.0.0.0/24 kernel 0 { owner=ribd; metric=100; selected=true; installed=true;");
    w->dp->refuse_routes = w->dp->refuse_labels = 0;
    audit_now(w->d, true, reply, sizeof(reply)); /* does not wait */
    run_ms(w, 20);
    has(w, "/rib/route", "10.1.0.8/32 ospf 20 { owner=ospfd; metric=0; selected=true; installed=true;");
    w->dp->ev->foreign_route(w->dp->ev_arg, &theirs, true);
    run_ms(w, 20);
    assert_null(strstr(state_of(w, "/rib/route"), "20.0.0.0/24"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_ttl_modes),
        T(test_refused_and_foreign_state),
        T(test_prepare__label_ranges),
        T(test_prepare__reserved_labels),
        T(test_prepare),
        T(test_commit_and_state),
        T(test_label_state),
        T(test_lsp_state),
        T(test_label_stack_state),
        T(test_actions),
        T(test_lookup_state),
        T(test_inactive_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
