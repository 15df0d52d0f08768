/* SPDX-License-Identifier: Apache-2.0
 *
 * Static label-switched paths, from values of the configuration to the kernel and back to what is shown: every
 * operation of a label, changes without a gap, labels that others have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "statics.h"

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
        "mpls-forwarding 101 ribd { name=push; vpn-instance=public; operation=swap; status=installed; age=0; "
        "next-hop 0 { gateway=10.9.2.2; interface=core2; labels=201/202; } }");
    has(w, "/rib/mpls-forwarding[103]",
        "mpls-forwarding 103 ribd { name=pop; vpn-instance=public; operation=pop; status=installed; age=0; "
        "next-hop 0 { gateway=10.9.1.2; interface=core1; labels=implicit-null; } }");
    has(w, "/rib/mpls-forwarding[104]",
        "name=null; vpn-instance=public; operation=swap;"); /* explicit null is a label */
    has(w, "/rib/lsp",
        "name=pop; role=transit; in-label=103; operation=pop; out-labels=implicit-null; out-protocol=static; "
        "next-hop=10.9.1.2;");
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
    has(w, "/rib/mpls-forwarding[103]", "name=other; vpn-instance=public; operation=pop; status=unusable;");
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
        "lsp { vpn-instance=public; protocol=static; name=late; role=transit; in-label=1000; operation=none; "
        "reason=label 1000 is held by a protocol: ");
    has(w, "/rib/mpls-forwarding",
        "mpls-forwarding 1000 ribd { name=late; vpn-instance=public; operation=swap; status=waiting; "
        "reason=label 1000 is held by a protocol: ");
}

/* It is not waited for longer than it is gone. */
static void test_label_of_another_program(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;

    commit(w);
    w->dp->ev->foreign_label(w->dp->ev_arg, 1000, false);
    c->c.mpls.label_range.lower = 5000;
    c->c.mpls.label_range.upper = 5999;
    lsp_hop(lsp(c, "late", 1000, SWAP), "10.9.1.2", "200");
    commit(w);
    run_ms(w, 60000);
    assert_string_equal(fake_dp_label(w->dp, 1000), "-");
    has(w, "/rib/lsp", "reason=label 1000 is used by another program: ");
    w->dp->ev->foreign_label(w->dp->ev_arg, 1000, true);
    run_ms(w, 100);
    assert_string_equal(fake_dp_label(w->dp, 1000), "10.9.1.2 dev 2 200");
    lacks(w, "/rib/lsp", "another program");
}

/* One that waits for its label is no name, and no reason, of what the other one has under it. */
static void test_entry_of_another(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct rib_nexthop nh = {.ifindex = 3, .gateway = ip_addr_v4(0x0a090202)};
    struct rib_label_entry e = {.in_label = 1000, .op = RIB_LABEL_SWAP, .nhset = 1};

    commit(w);
    e.fec = (struct rib_fec){.purpose = RIB_LABEL_BGP_LABELED, .prefix = prefix_v4(0x0a010009, 32)};
    e.label = out_label_from_wire(300);
    assert_int_equal(ribd_labels_claim(w->d->labels, RIB_CLIENT_BGPD, 1000, &e.fec, 1), 0);
    ribd_rib_nhset_define(w->d->rib, RIB_CLIENT_BGPD, 1, &nh, 1);
    ribd_rib_label_set(w->d->rib, RIB_CLIENT_BGPD, &e);
    c->c.mpls.label_range.lower = 5000;
    c->c.mpls.label_range.upper = 5999;
    lsp_hop(lsp(c, "late", 1000, POP), "10.9.1.2", NULL);
    commit(w);
    has(w, "/rib/mpls-forwarding[1000]",
        "rib { mpls-forwarding 1000 bgpd { vpn-instance=public; fec=10.1.0.9/32; operation=swap; status=installed; "
        "age=0; next-hop 0 { gateway=10.9.2.2; interface=core2; labels=300; } } "
        "mpls-forwarding 1000 ribd { name=late; vpn-instance=public; operation=pop; status=waiting; "
        "reason=label 1000 is held by a protocol: ");
    has(w, "/rib/lsp",
        "lsp { vpn-instance=public; fec=10.1.0.9/32; protocol=bgp-labeled; role=transit; in-label=1000;");
    link_is(w, "core1", false);
    link_is(w, "core2", false);
    has(w, "/rib/mpls-forwarding[1000][bgpd]", "status=unusable; reason=core2 is down;");
    lacks(w, "/rib/lsp", "core1 has no carrier");
    lacks(w, "/rib/forwarding", "core1 has no carrier");
}

/* What pops towards a neighbour is the configuration's; over a path of others the last label is theirs. */
static void test_pop_into_a_path(void **state)
{
    struct whole *w = *state;
    struct config *c = w->config;
    struct rib_nexthop nh = {.ifindex = 2, .gateway = ip_addr_v4(0x0a090102)};
    struct rib_route r = {.prefix = prefix_v4(0x0a010007, 32), .source = RIB_SOURCE_BGP_LABELED, .nhset = 1};

    hop(route(c, "", "10.1.0.6/32"), "10.9.1.2", NULL, "500");
    lsp_hop(lsp(c, "into-static", 100, POP), "10.1.0.6", NULL);
    lsp_hop(lsp(c, "into-bgp", 101, POP), "10.1.0.7", NULL);
    lsp_hop(lsp(c, "through-bgp", 102, SWAP), "10.1.0.7", "700");
    commit(w);
    r.label = out_label_from_wire(600);
    ribd_rib_nhset_define(w->d->rib, RIB_CLIENT_BGPD, 1, &nh, 1);
    assert_int_equal(ribd_rib_route_set(w->d->rib, RIB_CLIENT_BGPD, &r), 0);
    run_ms(w, 20);
    has(w, "/rib/lsp",
        "name=into-static; role=transit; in-label=100; operation=swap; out-labels=500; "
        "out-protocol=static;");
    has(w, "/rib/mpls-forwarding[101]", "operation=swap; ");
    has(w, "/rib/lsp",
        "name=into-bgp; role=transit; in-label=101; operation=swap; out-labels=600; "
        "out-protocol=bgp-labeled;");
    has(w, "/rib/lsp",
        "name=through-bgp; role=transit; in-label=102; operation=swap-push; out-labels=600/700; "
        "out-protocol=static;");
}

/* What goes to the last hop gets no label: nothing is pushed. */
static void test_ingress_at_the_last_hop(void **state)
{
    struct whole *w = *state;
    struct rib_nexthop nh = {.ifindex = 2, .gateway = ip_addr_v4(0x0a090102)};
    struct rib_route r = {.prefix = prefix_v4(0x0a010008, 32), .source = RIB_SOURCE_BGP_LABELED, .nhset = 1};

    commit(w);
    r.label = out_label_implicit_null();
    ribd_rib_nhset_define(w->d->rib, RIB_CLIENT_BGPD, 1, &nh, 1);
    assert_int_equal(ribd_rib_route_set(w->d->rib, RIB_CLIENT_BGPD, &r), 0);
    run_ms(w, 20);
    has(w, "/rib/lsp",
        "fec=10.1.0.8/32; protocol=bgp-labeled; role=ingress; operation=forward; out-labels=implicit-null; "
        "out-protocol=bgp-labeled; next-hop=10.9.1.2;");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_operations),
        T(test_lsp_changes),
        T(test_label_of_another),
        T(test_label_of_another_program),
        T(test_entry_of_another),
        T(test_pop_into_a_path),
        T(test_ingress_at_the_last_hop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
