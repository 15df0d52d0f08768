/* SPDX-License-Identifier: Apache-2.0
 *
 * Prefix lists on neighbours and on redistribution, and tags of what came from BGP, also when they change while routes
 * are there; and the label of a redistributed route to which no label-switched path leads.
 */
#include "tests/unit/bgpd/cm.h"

#include "policy_config.h"
#include "tests/unit/bgpd/hand.h"

/* A policy with the list ONLY, that permits one prefix and all below it. */
struct lists {
    struct cfg_policy_prefix_list_rule rule, *rules[1];
    struct cfg_policy_prefix_list list, *lists[1];
    struct cfg_policy policy;
};

static void lists_set(struct lists *l, struct router *r, const char *permitted)
{
    l->rule = (struct cfg_policy_prefix_list_rule){
        .sequence = 10, .action = CFG_POLICY_ACTION_PERMIT, .prefix = pfx(permitted), .has_le = true, .le = 32};
    l->rules[0] = &l->rule;
    l->list = (struct cfg_policy_prefix_list){.name = "ONLY", .n_rule = 1, .rule = l->rules};
    l->lists[0] = &l->list;
    l->policy = (struct cfg_policy){.n_prefix_list = 1, .prefix_list = l->lists};
    bgp_rib_set_policy(r->rib, &l->policy);
}

/* As the daemon does when a new configuration has come. */
static void reconfigure(struct router *r)
{
    struct bgp_global_config g = *bgp_rib_global(r->rib);
    struct bgp_vrf_config c = pub(r)->cfg;

    bgp_rib_set_global(r->rib, &g);
    bgp_vrf_configure(r->rib, &c);
    router_run(r);
}

static void test_filter__incoming(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_peer_config c = peer_config("10.0.0.1", 200, BGP_IPV4_UNICAST);
    struct say in = say("10.5.0.0/16", "10.0.0.1", 1, 200u), out = say("10.6.0.0/16", "10.0.0.1", 1, 200u);
    struct bgp_rib_peer *p;
    struct lists l;

    (void)state;
    lists_set(&l, r, "10.5.0.0/16");
    strcpy(c.family[BGP_IPV4_UNICAST].prefix_list_in, "ONLY");
    p = join(r, pub(r), c, 1);
    tell(r, p, BGP_IPV4_UNICAST, &in, false);
    tell(r, p, BGP_IPV4_UNICAST, &out, false);
    assert_non_null(router_route(r, 0, "10.5.0.0/16"));
    assert_null(router_route(r, 0, "10.6.0.0/16"));
    assert_int_equal(pub(r)->table[BGP_IPV4_UNICAST].n_paths, 2); /* kept, with the reason */
    lists_set(&l, r, "10.6.0.0/16");
    reconfigure(r);
    assert_null(router_route(r, 0, "10.5.0.0/16"));
    assert_non_null(router_route(r, 0, "10.6.0.0/16"));
    strcpy(c.family[BGP_IPV4_UNICAST].prefix_list_in, "NONE"); /* a list that is not there lets nothing through */
    bgp_rib_peer_configure(p, &c);
    router_run(r);
    assert_int_equal(r->n_routes, 0);
    strcpy(c.family[BGP_IPV4_UNICAST].prefix_list_in, "");
    bgp_rib_peer_configure(p, &c);
    router_run(r);
    assert_int_equal(r->n_routes, 2);
    router_destroy(r);
}

static void test_filter__outgoing(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *from = join(r, pub(r), peer_config("10.0.0.1", 200, BGP_IPV4_UNICAST), 1), *to;
    struct bgp_peer_config c = peer_config("10.0.0.2", 300, BGP_IPV4_UNICAST);
    struct say a = say("10.5.0.0/16", "10.0.0.1", 1, 200u), b = say("10.6.0.0/16", "10.0.0.1", 1, 200u);
    struct prefix five = pfx("10.5.0.0/16");
    struct heard h;
    struct lists l;

    (void)state;
    lists_set(&l, r, "10.5.0.0/16");
    strcpy(c.family[BGP_IPV4_UNICAST].prefix_list_out, "ONLY");
    to = join(r, pub(r), c, 2);
    tell(r, from, BGP_IPV4_UNICAST, &a, false);
    tell(r, from, BGP_IPV4_UNICAST, &b, false);
    h = hear(r, to);
    assert_int_equal(h.n_announced, 1);
    assert_true(prefix_equal(&h.nlri.prefix, &five));
    lists_set(&l, r, "10.6.0.0/16");
    reconfigure(r);
    h = hear(r, to);
    assert_int_equal(h.n_announced, 1);
    assert_int_equal(h.n_withdrawn, 1);
    router_destroy(r);
}

static void test_filter__redistribution(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *to = join(r, pub(r), peer_config("10.0.0.2", 300, BGP_IPV4_UNICAST), 2);
    struct bgp_vrf_config c = {.name = ""};
    struct lists l;

    (void)state;
    lists_set(&l, r, "10.5.0.0/16");
    c.redistribute[BGP_IPV4_UNICAST] = 1u << RIB_SOURCE_OSPF | 1u << RIB_SOURCE_STATIC;
    strcpy(c.redistribute_list[BGP_IPV4_UNICAST][RIB_SOURCE_OSPF], "ONLY");
    bgp_vrf_configure(r->rib, &c);
    router_redistribute(r, 0, "10.5.1.0/24", RIB_SOURCE_OSPF, "10.0.0.7");
    router_redistribute(r, 0, "10.6.1.0/24", RIB_SOURCE_OSPF, "10.0.0.7");
    router_redistribute(r, 0, "10.7.1.0/24", RIB_SOURCE_STATIC, "10.0.0.7"); /* the list is for OSPF's */
    assert_int_equal(hear(r, to).n_announced, 2);
    /* A route that changes its source is judged by the other list, one that changes its way by the same. */
    router_redistribute(r, 0, "10.6.1.0/24", RIB_SOURCE_STATIC, "10.0.0.7");
    assert_int_equal(hear(r, to).n_announced, 1);
    router_redistribute(r, 0, "10.6.1.0/24", RIB_SOURCE_OSPF, "10.0.0.8");
    assert_int_equal(hear(r, to).n_withdrawn, 1);
    lists_set(&l, r, "10.6.0.0/16"); /* ribd is not asked again */
    reconfigure(r);
    assert_non_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.6.1.0/24"));
    assert_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.5.1.0/24"));
    router_destroy(r);
}

static void redistribute_tagged(struct router *r, const char *prefix, enum rib_source source, uint32_t tag)
{
    struct rib_best_route b = {
        .prefix = pfx(prefix), .source = (uint8_t)source, .tag = tag, .is_usable = true, .n_nexthops = 1};

    b.nexthops[0].ifindex = 7;
    b.nexthops[0].gateway = addr("10.0.0.7");
    bgp_rib_redistribute(r->rib, &b);
}

/* Kernel routes are a source like others; only-tag takes by tag, and 0 is the tag of those that have none. */
static void test_filter__redistribution_by_tag(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *to = join(r, pub(r), peer_config("10.0.0.2", 300, BGP_IPV4_UNICAST), 2);
    struct bgp_vrf_config c = {.name = ""};
    struct prefix x = pfx("10.6.1.0/24");

    (void)state;
    c.redistribute[BGP_IPV4_UNICAST] = 1u << RIB_SOURCE_KERNEL | 1u << RIB_SOURCE_STATIC;
    c.has_only_tag[BGP_IPV4_UNICAST][RIB_SOURCE_KERNEL] = true;
    c.redistribute_only_tag[BGP_IPV4_UNICAST][RIB_SOURCE_KERNEL] = 7;
    bgp_vrf_configure(r->rib, &c);
    redistribute_tagged(r, "10.5.1.0/24", RIB_SOURCE_KERNEL, 7);
    redistribute_tagged(r, "10.6.1.0/24", RIB_SOURCE_KERNEL, 0);
    redistribute_tagged(r, "10.7.1.0/24", RIB_SOURCE_STATIC, 8); /* the tag is for the kernel's */
    redistribute_tagged(r, "10.8.1.0/24", RIB_SOURCE_OSPF, 7);   /* not asked for */
    assert_int_equal(hear(r, to).n_announced, 2);
    assert_string_equal(bgp_path_problem(LIST_FIRST(&bgp_dest_find(&pub(r)->table[BGP_IPV4_UNICAST], 0, &x)->paths)),
                        "it has another tag: see only-tag");
    c.redistribute_only_tag[BGP_IPV4_UNICAST][RIB_SOURCE_KERNEL] = 0; /* ribd is not asked again */
    bgp_vrf_configure(r->rib, &c);
    assert_int_equal(hear(r, to).n_announced, 1);
    assert_non_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.6.1.0/24"));
    assert_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.5.1.0/24"));
    router_destroy(r);
}

/* What another border router of our AS took from BGP and gave to OSPF. */
static void test_filter__redistribution_of_what_came_from_bgp(void **state)
{
    enum { FROM_BGP = 0xd00000c8 };
    struct router *r = router_create(200, "10.0.0.100");
    struct bgp_rib_peer *to = join(r, pub(r), peer_config("10.0.0.2", 100, BGP_IPV4_UNICAST), 2);
    struct say told = say("10.7.1.0/24", "10.0.0.2", 1, 100u);
    struct bgp_vrf_config c = {.name = ""};
    const struct bgp_path *p;
    struct prefix x = pfx("10.6.1.0/24");

    (void)state;
    c.redistribute[BGP_IPV4_UNICAST] = 1u << RIB_SOURCE_OSPF | 1u << RIB_SOURCE_STATIC;
    c.redistribute_except_tag[BGP_IPV4_UNICAST][RIB_SOURCE_OSPF] = FROM_BGP;
    bgp_vrf_configure(r->rib, &c);
    redistribute_tagged(r, "10.5.1.0/24", RIB_SOURCE_OSPF, 0);
    redistribute_tagged(r, "10.6.1.0/24", RIB_SOURCE_OSPF, FROM_BGP);
    redistribute_tagged(r, "10.7.1.0/24", RIB_SOURCE_OSPF, FROM_BGP + 1);
    redistribute_tagged(r, "10.8.1.0/24", RIB_SOURCE_STATIC, FROM_BGP); /* the tag is OSPF's */
    assert_int_equal(hear(r, to).n_announced, 3);
    p = LIST_FIRST(&bgp_dest_find(&pub(r)->table[BGP_IPV4_UNICAST], 0, &x)->paths);
    assert_string_equal(bgp_path_problem(p), "its tag says that it came from BGP: see except-tag");

    /* Nothing but the tag changes. */
    redistribute_tagged(r, "10.7.1.0/24", RIB_SOURCE_OSPF, FROM_BGP);
    assert_int_equal(hear(r, to).n_withdrawn, 1);
    redistribute_tagged(r, "10.6.1.0/24", RIB_SOURCE_OSPF, 7);
    assert_int_equal(hear(r, to).n_announced, 1);

    /* A neighbour's route is not beaten by what may not be given on. */
    tell(r, to, BGP_IPV4_UNICAST, &told, false);
    assert_int_equal(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.7.1.0/24")->kind, BGP_PATH_PEER);

    c.redistribute_except_tag[BGP_IPV4_UNICAST][RIB_SOURCE_OSPF] = 0; /* ribd is not asked again */
    bgp_vrf_configure(r->rib, &c);
    router_run(r);
    assert_int_equal(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.7.1.0/24")->kind, BGP_PATH_LOCAL);
    router_destroy(r);
}

/* --- popping --- */

static struct bgp_nexthop *lsp_of(struct router *r, const char *prefix)
{
    struct prefix p = pfx(prefix);
    struct bgp_dest *d = bgp_dest_find(&pub(r)->table[BGP_IPV4_LABELED], 0, &p);

    assert_non_null(d);
    return d->lsp;
}

static void configure_popping(struct router *r, bool pops)
{
    struct bgp_vrf_config c = {.name = "", .pops_without_lsp = pops};

    c.redistribute[BGP_IPV4_LABELED] = 1u << RIB_SOURCE_OSPF | 1u << RIB_SOURCE_CONNECTED;
    bgp_vrf_configure(r->rib, &c);
    router_run(r);
}

static void test_pop__takes_the_place_of_a_missing_path(void **state)
{
    struct router *r = router_create(200, "10.2.0.3");
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.9.3.2", 100, BGP_IPV4_LABELED), 1);
    const struct fake_label *l;
    uint32_t label;

    (void)state;
    configure_popping(r, true);
    router_redistribute(r, 0, "10.2.0.9/32", RIB_SOURCE_OSPF, "10.9.7.2");
    router_redistribute(r, 0, "10.9.7.0/24", RIB_SOURCE_CONNECTED, NULL);
    router_run(r);
    l = router_label(r, RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32");
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC); /* a path leads there, says ribd */
    assert_null(router_label(r, RIB_LABEL_BGP_LABELED, 0, "10.9.7.0/24"));
    assert_int_equal(hear(r, pe).n_announced, 2);
    label = l->in_label;
    for (int i = 0; i < 3; i++) {
        router_nexthop(r, lsp_of(r, "10.2.0.9/32"), "no label-switched path", RIB_SOURCE_OSPF, 10);
        bgp_rib_label_result(l->slot, BGP_LABEL_UNUSABLE, true, "no label-switched path");
        router_run(r);
        l = router_label(r, RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32");
        assert_int_equal(l->op, RIB_LABEL_POP_LOOKUP);
        assert_int_equal(l->lookup_vrf, 0);
        assert_int_equal(l->in_label, label); /* the same label: nobody hears of it */
        assert_int_equal(hear(r, pe).n_messages, 0);
        router_nexthop(r, lsp_of(r, "10.2.0.9/32"), "", RIB_SOURCE_OSPF, 10);
        router_run(r);
        assert_int_equal(router_label(r, RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32")->op, RIB_LABEL_FOLLOW_FEC);
    }
    router_destroy(r);
}

/* ribd says that a path leads there and that the label can't follow it: popped, not back and forth. */
static void test_pop__does_not_flap(void **state)
{
    struct router *r = router_create(200, "10.2.0.3");
    const struct fake_label *l;
    unsigned n_sets;

    (void)state;
    join(r, pub(r), peer_config("10.9.3.2", 100, BGP_IPV4_LABELED), 1);
    configure_popping(r, true);
    router_redistribute(r, 0, "10.2.0.9/32", RIB_SOURCE_OSPF, "10.9.7.2");
    router_run(r);
    l = router_label(r, RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32");
    n_sets = l->n_sets;
    bgp_rib_label_result(l->slot, BGP_LABEL_UNUSABLE, true, "no label-switched path");
    router_run(r);
    assert_int_equal(l->op, RIB_LABEL_POP_LOOKUP);
    reconfigure(r);
    assert_int_equal(l->op, RIB_LABEL_POP_LOOKUP);
    assert_int_equal(l->n_sets, n_sets + 1);
    router_nexthop(r, lsp_of(r, "10.2.0.9/32"), "", RIB_SOURCE_OSPF, 11); /* news of the path */
    router_run(r);
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC);
    router_destroy(r);
}

static void test_pop__only_where_asked_for(void **state)
{
    struct router *r = router_create(200, "10.2.0.3");
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.9.3.2", 100, BGP_IPV4_LABELED), 1);
    const struct fake_label *l;
    struct prefix p = pfx("10.2.0.9/32");

    (void)state;
    configure_popping(r, false);
    router_redistribute(r, 0, "10.2.0.9/32", RIB_SOURCE_OSPF, "10.9.7.2");
    hear(r, pe);
    l = router_label(r, RIB_LABEL_BGP_LABELED, 0, "10.2.0.9/32");
    bgp_rib_label_result(l->slot, BGP_LABEL_UNUSABLE, true, "no label-switched path");
    assert_int_equal(hear(r, pe).n_withdrawn, 1);
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC);
    configure_popping(r, true);
    assert_int_equal(hear(r, pe).n_announced, 1);
    assert_int_equal(l->op, RIB_LABEL_POP_LOOKUP);
    configure_popping(r, false);
    assert_int_equal(l->op, RIB_LABEL_FOLLOW_FEC);
    bgp_rib_redistribute_gone(r->rib, 0, &p);
    hear(r, pe);
    assert_int_equal(r->n_labels, 0);
    assert_int_equal(r->rib->mem_dest.count, 0);
    assert_int_equal(r->n_watched, 0);
    router_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter__incoming),
        cmocka_unit_test(test_filter__outgoing),
        cmocka_unit_test(test_filter__redistribution),
        cmocka_unit_test(test_filter__redistribution_by_tag),
        cmocka_unit_test(test_filter__redistribution_of_what_came_from_bgp),
        cmocka_unit_test(test_pop__takes_the_place_of_a_missing_path),
        cmocka_unit_test(test_pop__does_not_flap),
        cmocka_unit_test(test_pop__only_where_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
