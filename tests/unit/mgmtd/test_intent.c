/* SPDX-License-Identifier: Apache-2.0
 *
 * What a configuration implies: one case for each rule, what explicit configuration does to it, and what is refused.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/text/path.h"
#include "src/mgmtd/intent/intent.h"

#define BY_A "  # implied by vpn-instance A carriers-carrier\n"

static int expand(struct ly_ctx *ctx, const char *text, struct lyd_node **running, struct lyd_node **out,
                  struct yang_fault *fault)
{
    *running = fixture_tree(ctx, text);
    *out = NULL;
    if (yang_tree_validate(ctx, *running, fault))
        fail_msg("the case itself is wrong: %s: %s", fault->path, fault->message);
    return intent_expand(ctx, *running, out, fault);
}

/* `parts`: what is to be seen of the result: prune paths. */
static void expect(struct ly_ctx *ctx, const char *text, const char *parts, const char *expected)
{
    struct lyd_node *running, *out;
    struct yang_fault fault;
    struct text_buf got = {0};

    if (expand(ctx, text, &running, &out, &fault))
        fail_msg("%s: %s", fault.path, fault.message);
    yang_tree_prune(&out, parts);
    text_write_origins(out, intent_origin, &got);
    assert_string_equal(text_buf_get(&got), expected);
    text_buf_fini(&got);
    yang_tree_free(running);
    yang_tree_free(out);
}

static void expect_refused(struct ly_ctx *ctx, const char *text, const char *path, const char *message, unsigned line)
{
    struct lyd_node *running, *out;
    struct yang_fault fault;

    assert_int_equal(expand(ctx, text, &running, &out, &fault), -EINVAL);
    assert_string_equal(fault.path, path);
    if (!strstr(fault.message, message))
        fail_msg("\"%s\" is not in \"%s\"", message, fault.message);
    assert_int_equal(text_line_of(fault.node), line);
    yang_tree_free(running);
}

/* --- both signalings --- */

#define INSTANCE(signaling)                                                                                            \
    "interface x vpn-instance A\ninterface y vpn-instance A\ninterface z\ninterface w vpn-instance B\n"                \
    "vpn-instance A carriers-carrier signaling " signaling "\nvpn-instance B\n"

static void test_intent__a_label_for_each_route(void **state)
{
    static const char *const signaling[] = {INSTANCE("bgp"), INSTANCE("ldp"), INSTANCE("[ bgp ldp ]")};
    for (size_t i = 0; i < 3; i++)
        expect(*state, signaling[i], "/vpn-instances/vpn-instance/label-mode",
               "vpn-instance A label-mode per-route" BY_A "vpn-instance B\n");
    expect(*state, "vpn-instance A { label-mode per-route; carriers-carrier signaling ldp }",
           "/vpn-instances/vpn-instance/label-mode", "vpn-instance A label-mode per-route\n");
}

static void test_intent__per_instance_is_refused_only_if_typed(void **state)
{
    expect_refused(*state, "vpn-instance A {\n label-mode per-instance\n carriers-carrier signaling bgp\n}",
                   "/vpn-instances/vpn-instance[A]/label-mode", "remove \"label-mode per-instance\"", 2);

    /* A tree with libyang's defaults in it says nothing explicit. */
    struct lyd_node *running = fixture_tree(*state, "vpn-instance A carriers-carrier signaling bgp"), *out = NULL;
    struct yang_fault fault;
    assert_int_equal(lyd_new_implicit_all(&running, *state, LYD_IMPLICIT_NO_STATE, NULL), 0);
    assert_int_equal(intent_expand(*state, running, &out, &fault), 0);
    yang_tree_prune(&out, "/vpn-instances/vpn-instance/label-mode");
    fixture_expect_text(out, "vpn-instance A label-mode per-route\n");
    yang_tree_free(running);
    yang_tree_free(out);
}

static void test_intent__interfaces_take_labels(void **state)
{
    expect(*state, INSTANCE("bgp"), "/mpls", "mpls {" BY_A "    interface x" BY_A "    interface y" BY_A "}\n");
    expect(*state, INSTANCE("ldp"), "/mpls", "mpls {" BY_A "    interface x" BY_A "    interface y" BY_A "}\n");
    expect(*state, INSTANCE("bgp") "mpls { interface z; interface y guarded false }", "/mpls",
           "mpls {\n    interface z\n    interface y guarded false\n    interface x" BY_A "}\n");
}

/* --- BGP --- */

static void test_intent__bgp_tables_feed_each_other(void **state)
{
    expect(*state, INSTANCE("bgp") "bgp { as 100; router-id 1.1.1.1 }", "/bgp/vpn-instance",
           "bgp vpn-instance A {" BY_A "    family ipv4-labeled-unicast import-table ipv4-unicast" BY_A
           "    family ipv4-unicast import-table ipv4-labeled-unicast" BY_A "}\n");
    expect(*state, INSTANCE("bgp"), "/bgp /ldp /ospf", ""); /* no BGP is configured */
}

static void test_intent__bgp_tables_explicit(void **state)
{
    expect(*state,
           INSTANCE("bgp") "bgp { as 100; router-id 1.1.1.1; vpn-instance A family ipv4-unicast { import-table "
                           "ipv4-labeled-unicast\n"
                           "redistribute static } }",
           "/bgp/vpn-instance",
           "bgp vpn-instance A {\n"
           "    family ipv4-unicast {\n"
           "        redistribute static\n"
           "        import-table ipv4-labeled-unicast\n"
           "    }\n"
           "    family ipv4-labeled-unicast import-table ipv4-unicast" BY_A "}\n");
}

static void test_intent__bgp_neighbors_get_the_labelled_family(void **state)
{
    expect(*state,
           INSTANCE("bgp") "bgp { as 100; router-id 1.1.1.1; vpn-instance A neighbor 10.0.0.1 remote-as 200\n"
                           "vpn-instance B neighbor 10.0.0.2 { remote-as 200; family ipv4-unicast } }",
           "/bgp/vpn-instance/neighbor",
           "bgp {\n"
           "    vpn-instance A neighbor 10.0.0.1 {\n"
           "        remote-as 200\n"
           "        family ipv4-labeled-unicast" BY_A "    }\n"
           "    vpn-instance B neighbor 10.0.0.2 {\n"
           "        remote-as 200\n"
           "        family ipv4-unicast\n"
           "    }\n"
           "}\n");
    expect(*state,
           INSTANCE("bgp") "bgp { as 100; router-id 1.1.1.1; vpn-instance A neighbor 10.0.0.1 { remote-as 200\n"
                           "family ipv4-unicast; family ipv4-labeled-unicast as-override } }",
           "/bgp/vpn-instance/neighbor",
           "bgp vpn-instance A neighbor 10.0.0.1 {\n"
           "    remote-as 200\n"
           "    family ipv4-unicast\n"
           "    family ipv4-labeled-unicast as-override\n"
           "}\n");
}

static void test_intent__bgp_neighbor_without_labels(void **state)
{
    expect_refused(*state,
                   "vpn-instance A carriers-carrier signaling bgp\n"
                   "bgp {\n as 100; router-id 1.1.1.1\n vpn-instance A {\n"
                   "  neighbor 10.0.0.1 {\n   remote-as 200\n   family ipv4-unicast\n  }\n }\n}\n",
                   "/bgp/vpn-instance[A]/neighbor[10.0.0.1]", "add \"family ipv4-labeled-unicast\" to it", 5);
    /* Beside LDP, BGP may bring the routes alone. */
    expect(*state,
           "vpn-instance A carriers-carrier signaling [ bgp ldp ]\n"
           "bgp { as 100; router-id 1.1.1.1; vpn-instance A neighbor 10.0.0.1 { remote-as 200; family ipv4-unicast } }",
           "/bgp/vpn-instance/neighbor/family", "bgp vpn-instance A neighbor 10.0.0.1 family ipv4-unicast\n");
    expect(*state,
           "vpn-instance A carriers-carrier signaling ldp\n"
           "bgp { as 100; router-id 1.1.1.1; vpn-instance A neighbor 10.0.0.1 { remote-as 200; family ipv4-unicast } }",
           "/bgp/vpn-instance/neighbor/family", "bgp vpn-instance A neighbor 10.0.0.1 family ipv4-unicast\n");
}

/* --- LDP --- */

static void test_intent__ldp_in_the_instance(void **state)
{
    expect(*state, INSTANCE("ldp"), "/ldp",
           "ldp vpn-instance A {" BY_A "    bgp-routes" BY_A "    interface x" BY_A "    interface y" BY_A "}\n");
    expect(*state,
           INSTANCE("ldp") "policy prefix-list P\n"
                           "ldp { router-id 1.1.1.1; vpn-instance A { interface y hello-interval 1; bgp-routes "
                           "prefix-list P } }",
           "/ldp/vpn-instance",
           "ldp vpn-instance A {\n    bgp-routes prefix-list P\n    interface y hello-interval 1\n    interface x" BY_A
           "}\n");
}

static void test_intent__ldp_routes_pass_between_ospf_and_bgp(void **state)
{
    expect(*state, INSTANCE("ldp") "bgp { as 70000; router-id 1.1.1.1 }\nospf { vpn-instance A; vpn-instance B }",
           "/bgp/vpn-instance /ospf",
           "bgp vpn-instance A family ipv4-unicast redistribute ospf" BY_A
           "ospf {\n    vpn-instance A redistribute bgp" BY_A "    vpn-instance B\n}\n");
    /* without BGP, or without OSPF in the instance */
    expect(*state, INSTANCE("ldp") "ospf vpn-instance B", "/bgp /ospf", "ospf vpn-instance B\n");
    expect(*state, INSTANCE("ldp") "ospf vpn-instance A redistribute bgp metric 5", "/ospf",
           "ospf vpn-instance A redistribute bgp metric 5\n");
}

static void test_intent__both_signalings_imply_both(void **state)
{
    expect(*state, INSTANCE("[ ldp bgp ]") "bgp { as 70000; router-id 1.1.1.1 }",
           "/bgp/vpn-instance /ldp/vpn-instance/bgp-routes",
           "bgp vpn-instance A {" BY_A "    family ipv4-labeled-unicast import-table ipv4-unicast" BY_A
           "    family ipv4-unicast {" BY_A "        redistribute ospf" BY_A
           "        import-table ipv4-labeled-unicast" BY_A "    }\n}\n"
           "ldp vpn-instance A bgp-routes" BY_A);
}

/* --- besides --- */

#define BY_AS "  # implied by bgp as 100\n"

static void test_intent__ospf_tag(void **state)
{
    expect(*state,
           "vpn-instance A\nvpn-instance B\nvpn-instance C\nbgp { as 100; router-id 1.1.1.1 }\n"
           "ospf { vpn-instance A; vpn-instance B vpn-tag 7; vpn-instance C multi-vrf-ce }",
           "/ospf",
           "ospf {\n    vpn-instance A vpn-tag 3489661028" BY_AS "    vpn-instance B vpn-tag 7\n"
           "    vpn-instance C multi-vrf-ce\n}\n");
    expect(*state, "vpn-instance A\nbgp { as 65535; router-id 1.1.1.1 }\nospf vpn-instance A", "/ospf",
           "ospf vpn-instance A vpn-tag 3489726463  # implied by bgp as 65535\n");
    expect(*state, "vpn-instance A\nbgp { as 65536; router-id 1.1.1.1 }\nospf vpn-instance A", "/ospf",
           "ospf vpn-instance A\n");
    expect(*state, "vpn-instance A\nospf vpn-instance A", "/ospf", "ospf vpn-instance A\n");
    expect(*state, "bgp { as 100; router-id 1.1.1.1 }\nospf router-id 1.1.1.1", "/ospf", "ospf router-id 1.1.1.1\n");
}

#define BY_200           "  # implied by bgp as 200\n"
#define BY_70000         "  # implied by bgp as 70000\n"
#define BY_OSPF          "  # implied by ospf redistribute bgp\n"
#define BGP_OF(as, more) "bgp { as " as "; router-id 1.1.1.1\n" more "}\n"
#define TAKES_OSPF       "family ipv4-labeled-unicast { redistribute ospf; redistribute connected }\n"

/* Border routers of one AS: what one took from BGP the other does not give back. */
static void test_intent__tag_of_what_came_from_bgp(void **state)
{
    expect(*state, BGP_OF("200", TAKES_OSPF) "ospf redistribute bgp metric 7", "/ospf /bgp/family",
           "bgp family ipv4-labeled-unicast {\n    redistribute ospf except-tag 3489661128" BY_200
           "    redistribute connected\n}\n"
           "ospf {\n    internal-distance 10" BY_200 "    redistribute bgp {\n        metric 7\n"
           "        tag 3489661128" BY_200 "        return-distance 210" BY_200 "    }\n}\n");
    /* It takes from OSPF alone, or gives alone: the other border router does the rest. */
    expect(*state, BGP_OF("70000", TAKES_OSPF) "ospf router-id 1.1.1.1", "/ospf /bgp/family",
           "bgp family ipv4-labeled-unicast {\n    redistribute ospf except-tag 70000" BY_70000
           "    redistribute connected\n}\nospf {\n    router-id 1.1.1.1\n    internal-distance 10" BY_70000 "}\n");
    expect(*state, BGP_OF("70000", "") "ospf redistribute bgp", "/ospf",
           "ospf redistribute bgp {\n    tag 70000" BY_70000 "    return-distance 210" BY_70000 "}\n");
    expect(*state, BGP_OF("200", TAKES_OSPF), "/ospf", "");
    expect(*state, BGP_OF("200", "") "ospf { redistribute connected; redistribute static }", "/ospf",
           "ospf {\n    redistribute connected\n    redistribute static\n}\n");
}

static void test_intent__tag_of_what_came_from_bgp_explicit(void **state)
{
    expect(*state,
           BGP_OF("200", "family ipv4-unicast redistribute ospf\n") "ospf { distance 90; redistribute bgp tag 9 }",
           "/ospf /bgp/family",
           "bgp family ipv4-unicast redistribute ospf except-tag 9" BY_OSPF
           "ospf {\n    distance 90\n    redistribute bgp {\n        tag 9\n        return-distance 210" BY_OSPF
           "    }\n}\n");
    expect(*state, BGP_OF("200", TAKES_OSPF) "ospf { internal-distance 30; redistribute bgp return-distance 130 }",
           "/ospf",
           "ospf {\n    internal-distance 30\n    redistribute bgp {\n        tag 3489661128" BY_200
           "        return-distance 130\n    }\n}\n");
    expect(*state,
           BGP_OF("200", "family ipv4-labeled-unicast redistribute ospf except-tag 0\n") "ospf redistribute bgp",
           "/bgp/family", "bgp family ipv4-labeled-unicast redistribute ospf except-tag 0\n");
    /* No tag is typed, in the strictest sense: nothing comes back that could be known. */
    expect(*state, BGP_OF("200", "family ipv4-unicast redistribute ospf\n") "ospf redistribute bgp tag 0",
           "/ospf/redistribute /bgp/family",
           "bgp family ipv4-unicast redistribute ospf except-tag 0" BY_OSPF "ospf redistribute bgp tag 0\n");
}

/* In a VPN instance the customer's side has the same trap; the provider's has the vpn-tag, unless another tag is typed.
 */
static void test_intent__tag_of_what_came_from_bgp_in_instances(void **state)
{
    static const char text[] =
        "vpn-instance A\nvpn-instance B\nvpn-instance C\nvpn-instance D\n"
        "bgp { as 200; router-id 1.1.1.1\n"
        "vpn-instance A family ipv4-unicast redistribute ospf\nvpn-instance B family ipv4-unicast redistribute ospf\n"
        "vpn-instance C family ipv4-unicast redistribute ospf\nvpn-instance D family ipv4-unicast redistribute ospf }\n"
        "ospf { vpn-instance A redistribute bgp\nvpn-instance B { redistribute bgp; multi-vrf-ce }\n"
        "vpn-instance C { redistribute bgp tag 5; vpn-tag 6 }\nvpn-instance D multi-vrf-ce }";

    expect(*state, text, "/ospf/vpn-instance/redistribute /ospf/vpn-instance/internal-distance /bgp/vpn-instance",
           "bgp {\n    vpn-instance A family ipv4-unicast redistribute ospf\n"
           "    vpn-instance B family ipv4-unicast redistribute ospf except-tag 3489661128" BY_200
           "    vpn-instance C family ipv4-unicast redistribute ospf except-tag 5"
           "  # implied by ospf vpn-instance C redistribute bgp\n"
           "    vpn-instance D family ipv4-unicast redistribute ospf\n}\n"
           "ospf {\n    vpn-instance A redistribute bgp\n"
           "    vpn-instance B {\n        internal-distance 10" BY_200
           "        redistribute bgp {\n            tag 3489661128" BY_200 "            return-distance 210" BY_200
           "        }\n    }\n"
           "    vpn-instance C redistribute bgp tag 5\n"
           "    vpn-instance D internal-distance 10" BY_200 "}\n");
}

/* --- of the whole --- */

static const char *const all_kinds[] = {
    "",
    "system hostname r",
    INSTANCE("[ bgp ldp ]") "bgp { as 100; router-id 1.1.1.1; vpn-instance A neighbor 10.0.0.1 remote-as 5 }\nospf "
                            "vpn-instance A",
    INSTANCE(
        "ldp") "vpn-instance B carriers-carrier signaling bgp\nbgp { as 1; router-id 1.1.1.1 }\nldp router-id 1.1.1.1",
};

static void test_intent__expanding_twice_adds_nothing(void **state)
{
    for (size_t i = 0; i < sizeof(all_kinds) / sizeof(all_kinds[0]); i++) {
        struct lyd_node *running, *once, *twice;
        struct yang_fault fault;
        assert_int_equal(expand(*state, all_kinds[i], &running, &once, &fault), 0);
        assert_int_equal(intent_expand(*state, once, &twice, &fault), 0);
        assert_true(yang_tree_equal(once, twice));
        /* what came in implied is configured now */
        for (struct lyd_node *n = twice; n; n = n->next)
            assert_null(intent_origin(n));
        yang_tree_free(running);
        yang_tree_free(once);
        yang_tree_free(twice);
    }
}

static void test_intent__running_is_left_alone(void **state)
{
    for (size_t i = 0; i < sizeof(all_kinds) / sizeof(all_kinds[0]); i++) {
        struct lyd_node *running, *out, *same = fixture_tree(*state, all_kinds[i]);
        struct yang_fault fault;
        assert_int_equal(expand(*state, all_kinds[i], &running, &out, &fault), 0);
        assert_true(yang_tree_equal(running, same));
        yang_tree_free(same);
        yang_tree_free(running);
        yang_tree_free(out);
    }
}

static void test_intent__text_and_json_read_back(void **state)
{
    for (size_t i = 0; i < sizeof(all_kinds) / sizeof(all_kinds[0]); i++) {
        struct lyd_node *running, *out, *back = NULL;
        struct yang_fault fault;
        struct text_buf text = {0};
        char *json = NULL;

        assert_int_equal(expand(*state, all_kinds[i], &running, &out, &fault), 0);
        text_write_origins(out, intent_origin, &text);
        back = fixture_tree(*state, text_buf_get(&text));
        assert_true(yang_tree_equal(out, back));
        yang_tree_free(back);
        text_buf_fini(&text);
        back = NULL;
        assert_int_equal(lyd_print_mem(&json, out, LYD_JSON, LYD_PRINT_WITHSIBLINGS), 0);
        if (out && i > 1)
            assert_non_null(strstr(json, "\"strata-management:implied-by\": \"vpn-instance A carriers-carrier\""));
        assert_int_equal(
            json ? lyd_parse_data_mem(*state, json, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &back) : 0, 0);
        intent_strip(back);
        assert_true(yang_tree_equal(out, back));
        free(json);
        yang_tree_free(back);
        yang_tree_free(running);
        yang_tree_free(out);
    }
}

/* An interface may be called what no list of MPLS interfaces takes. */
static void test_intent__what_cannot_be_implied_is_refused(void **state)
{
    expect_refused(
        *state, "system hostname r\nvpn-instance A carriers-carrier signaling bgp\ninterface \"a b\" vpn-instance A",
        "/mpls/interface", "vpn-instance A carriers-carrier implies interface a b here, which is not possible: ", 2);
    expect(*state, "vpn-instance A carriers-carrier signaling ldp\ninterface \"a'\\\"]b\" vpn-instance A\n",
           "/ldp/vpn-instance/interface", "ldp vpn-instance A interface \"a'\\\"]b\"" BY_A);
}

static void test_intent__blames_what_implied(void **state)
{
    struct lyd_node *running, *out;
    struct yang_fault fault;

    assert_int_equal(expand(*state, "system hostname r\n" INSTANCE("ldp"), &running, &out, &fault), 0);
    snprintf(fault.path, sizeof(fault.path), "/ldp/vpn-instance[A]/router-id");
    snprintf(fault.message, sizeof(fault.message), "there is none");
    intent_blame(*state, running, out, &fault);
    assert_string_equal(fault.message, "there is none; this is implied by vpn-instance A carriers-carrier");
    assert_int_equal(text_line_of(fault.node), 6);
    snprintf(fault.path, sizeof(fault.path), "/vpn-instances/vpn-instance[B]/route-distinguisher");
    snprintf(fault.message, sizeof(fault.message), "there is none");
    intent_blame(*state, running, out, &fault);
    assert_string_equal(fault.message, "there is none");
    assert_int_equal(text_line_of(fault.node), 7);
    yang_tree_free(running);
    yang_tree_free(out);
}

/* A router with many instances: no rule may take quadratic time in the size of a table. */
static void test_intent__many_instances(void **state)
{
    struct text_buf text = {0};
    struct lyd_node *running, *out;
    struct yang_fault fault;

    for (unsigned i = 0; i < 500; i++)
        text_buf_printf(&text,
                        "vpn-instance v%u carriers-carrier signaling [ bgp ldp ]\ninterface i%u vpn-instance v%u\n"
                        "bgp vpn-instance v%u neighbor 10.0.%u.%u remote-as 5\nospf vpn-instance v%u\n",
                        i, i, i, i, i / 250, i % 250, i);
    text_buf_puts(&text, "bgp { as 100; router-id 1.1.1.1 }\n");
    assert_int_equal(expand(*state, text_buf_get(&text), &running, &out, &fault), 0);
    bool is_exact;
    assert_non_null(yang_path_lookup(out, "/ldp/vpn-instance[v499]/interface[i499]", &is_exact));
    assert_true(is_exact);
    text_buf_fini(&text);
    yang_tree_free(running);
    yang_tree_free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intent__a_label_for_each_route),
        cmocka_unit_test(test_intent__per_instance_is_refused_only_if_typed),
        cmocka_unit_test(test_intent__interfaces_take_labels),
        cmocka_unit_test(test_intent__bgp_tables_feed_each_other),
        cmocka_unit_test(test_intent__bgp_tables_explicit),
        cmocka_unit_test(test_intent__bgp_neighbors_get_the_labelled_family),
        cmocka_unit_test(test_intent__bgp_neighbor_without_labels),
        cmocka_unit_test(test_intent__ldp_in_the_instance),
        cmocka_unit_test(test_intent__ldp_routes_pass_between_ospf_and_bgp),
        cmocka_unit_test(test_intent__both_signalings_imply_both),
        cmocka_unit_test(test_intent__ospf_tag),
        cmocka_unit_test(test_intent__tag_of_what_came_from_bgp),
        cmocka_unit_test(test_intent__tag_of_what_came_from_bgp_explicit),
        cmocka_unit_test(test_intent__tag_of_what_came_from_bgp_in_instances),
        cmocka_unit_test(test_intent__expanding_twice_adds_nothing),
        cmocka_unit_test(test_intent__running_is_left_alone),
        cmocka_unit_test(test_intent__text_and_json_read_back),
        cmocka_unit_test(test_intent__what_cannot_be_implied_is_refused),
        cmocka_unit_test(test_intent__blames_what_implied),
        cmocka_unit_test(test_intent__many_instances),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
