/* SPDX-License-Identifier: Apache-2.0
 *
 * A customer carrier as vpnd judges it: all is well; then one thing after another is wrong, and named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "vpnd/csc/judge.h"
#include "vpnd_config.h"

#define BGP(state)                                                                                                     \
    "{\"strata-bgp:bgp\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"neighbor\":[{\"address\":\"10.9.3.1\","           \
    "\"state\":{" state "}}]}]}}"
#define UP      "\"state\":\"established\",\"family\":[{\"name\":\"ipv4-labeled-unicast\"}]"
#define CORE(s) "{\"strata-bgp:bgp\":{\"neighbor\":[{\"address\":\"10.1.0.6\",\"state\":{\"state\":\"" s "\"}}]}}"
#define COUNTS(lsp, unusable)                                                                                          \
    "{\"strata-rib:rib\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"far-end\":[{\"address\":\"10.1.0.6\","            \
    "\"routes\":\"4\",\"lsp\":" lsp "}],\"remote-routes\":\"4\",\"unusable-routes\":\"" unusable "\"}]}}"

struct world {
    struct cfg_vpn_instances_vpn_instance vpn;
    struct cfg_vpn_instances_vpn_instance_carriers_carrier intent;
    enum cfg_carrier_signaling signaling;
    struct rib_interface ce;
    struct prefix address;
    const struct rib_interface *interfaces[1];
    struct vpn_view view;
    struct csc_facts facts;
    struct csc_memory *memory;
    struct csc_input in;
    struct csc_judgement j;
};

static void tell(struct world *w, enum csc_source s, const char *json)
{
    assert_true(csc_facts_take(&w->facts, s, json, 1000000));
}

static int setup(void **state)
{
    static struct world world;
    struct world *w = &world;

    memset(w, 0, sizeof(*w));
    w->signaling = CFG_CARRIER_SIGNALING_BGP;
    w->intent = (struct cfg_vpn_instances_vpn_instance_carriers_carrier){1, &w->signaling};
    w->vpn = (struct cfg_vpn_instances_vpn_instance){.name = "carrierA", .carriers_carrier = &w->intent};
    prefix_parse("10.9.3.0/24", &w->address);
    w->ce = (struct rib_interface){
        .name = "l1pe1-l1ce1", .is_up = true, .has_mpls = true, .n_addresses = 1, .addresses = &w->address};
    w->interfaces[0] = &w->ce;
    w->view.status = VPN_STATUS_UP;
    w->memory = csc_memory_create(NULL);
    w->in = (struct csc_input){.vpn = &w->vpn,
                               .interfaces = w->interfaces,
                               .n_interfaces = 1,
                               .view = &w->view,
                               .facts = &w->facts,
                               .memory = w->memory,
                               .now_us = 2000000};
    tell(w, CSC_SOURCE_BGP_VPN, BGP(UP));
    tell(w, CSC_SOURCE_LDP_VPN, "{}");
    tell(w, CSC_SOURCE_OSPF_VPN, "{}");
    tell(w, CSC_SOURCE_BGP, CORE("established"));
    tell(w, CSC_SOURCE_INSTANCES, COUNTS("true", "0"));
    tell(w, CSC_SOURCE_PLATFORM, "{}");
    tell(w, CSC_SOURCE_NEXT_HOPS, "{}");
    tell(w, CSC_SOURCE_BGP_TABLES, "{}");
    tell(w, CSC_SOURCE_UNIMPORTED, "{}");
    tell(w, CSC_SOURCE_LDP_LABELS, "{}");
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    csc_facts_fini(&w->facts);
    csc_memory_destroy(w->memory);
    return 0;
}

static void judged(struct world *w, enum vpn_status status, const char *problem)
{
    csc_judge(&w->in, &w->j);
    if (!problem && w->j.n_problems)
        fail_msg("%s", w->j.problems[0].text);
    assert_int_equal(w->j.status, status);
    for (size_t i = 0; problem && i < w->j.n_problems; i++)
        if (strstr(w->j.problems[i].text, problem))
            return;
    if (problem)
        fail_msg("nobody said \"%s\" but \"%s\"", problem, w->j.n_problems ? w->j.problems[0].text : "");
}

static void test_judge__all_is_well(void **state)
{
    struct world *w = *state;

    judged(w, VPN_STATUS_UP, NULL);
    assert_int_equal(w->j.local_up, 1);
    assert_int_equal(w->j.remote_up, 1);
}

static void test_judge__nothing_known_is_nothing_wrong(void **state)
{
    struct world *w = *state;

    csc_facts_fini(&w->facts);
    judged(w, VPN_STATUS_DEGRADED, "not all daemons have been asked yet");
    assert_int_equal(w->j.n_problems, 1);
}

static void test_judge__sites_here(void **state)
{
    struct world *w = *state;

    tell(w, CSC_SOURCE_BGP_VPN, BGP("\"state\":\"idle\",\"last-error\":\"hold time\""));
    judged(w, VPN_STATUS_DOWN, "bgp neighbor 10.9.3.1 is idle, last error: hold time");
    tell(w, CSC_SOURCE_BGP_VPN, BGP("\"state\":\"established\",\"family\":[{\"name\":\"ipv4-unicast\"}]"));
    judged(w, VPN_STATUS_DEGRADED, "does not exchange labelled routes");
    tell(w, CSC_SOURCE_BGP_VPN, "{}");
    judged(w, VPN_STATUS_DOWN, "interface l1pe1-l1ce1 has no neighbor that gives labels");
    /* LDP on that link will do, by whichever of its addresses it is known. */
    w->signaling = CFG_CARRIER_SIGNALING_LDP;
    tell(w, CSC_SOURCE_LDP_VPN,
         "{\"strata-ldp:ldp\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"session\":[{\"lsr-id\":\"10.2.0.3\","
         "\"state\":\"operational\",\"transport-address\":\"10.2.0.3\",\"address\":[\"10.9.3.1\"]}]}]}}");
    judged(w, VPN_STATUS_UP, NULL);
    tell(w, CSC_SOURCE_OSPF_VPN,
         "{\"strata-ospf:ospf\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"neighbor\":[{\"interface\":\"l1pe1-l1ce1\","
         "\"address\":\"10.9.3.1\",\"state\":\"exstart\"}]}]}}");
    judged(w, VPN_STATUS_DEGRADED, "ospf neighbor 10.9.3.1 is exstart");
    w->in.n_interfaces = 0;
    judged(w, VPN_STATUS_DEGRADED, "no interface is in the VPN instance");
}

static void test_judge__sites_elsewhere(void **state)
{
    struct world *w = *state;

    tell(w, CSC_SOURCE_INSTANCES, COUNTS("false", "4"));
    judged(w, VPN_STATUS_DOWN, "sites behind 10.1.0.6: no label-switched path leads there");
    judged(w, VPN_STATUS_DOWN, "4 of its routes cannot be used");
    tell(w, CSC_SOURCE_NEXT_HOPS,
         "{\"strata-rib:rib\":{\"next-hop\":[{\"vpn-instance\":\"public\",\"address\":"
         "\"10.1.0.6\",\"lsp-needed\":true,\"usable\":false,\"reason\":\"no LDP binding\"}]}}");
    judged(w, VPN_STATUS_DOWN, "sites behind 10.1.0.6: no LDP binding");
    tell(w, CSC_SOURCE_BGP, CORE("connect"));
    judged(w, VPN_STATUS_DOWN, "bgp neighbor 10.1.0.6 of the provider's network is connect");
    tell(w, CSC_SOURCE_BGP, "{}");
    tell(w, CSC_SOURCE_INSTANCES, COUNTS("true", "0"));
    judged(w, VPN_STATUS_UP, NULL); /* the other site is in another instance here */
    tell(w, CSC_SOURCE_INSTANCES, "{\"strata-rib:rib\":{\"vpn-instance\":[{\"name\":\"carrierA\"}]}}");
    judged(w, VPN_STATUS_DOWN, "no route from other provider edge routers");
    judged(w, VPN_STATUS_DOWN, "bgp has no neighbor in the provider's network");
    tell(w, CSC_SOURCE_UNIMPORTED,
         "{\"strata-bgp:bgp\":{\"unimported\":[{\"next-hop\":\"10.1.0.7\",\"routes\":4,\"example\":\"x: y\"}]}}");
    judged(w, VPN_STATUS_DOWN, "no vpn-target import matches 4 VPN routes from 10.1.0.7, as x: y");
}

#define TABLES(u, ux, l, lx)                                                                                           \
    "{\"strata-bgp:bgp\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"statistics\":[{\"unusable\":" u                   \
    ",\"unusable-example\":\"" ux "\",\"without-label\":" l ",\"without-label-example\":\"" lx "\"}]}]}}"

static void test_judge__tables(void **state)
{
    struct world *w = *state;

    tell(w, CSC_SOURCE_BGP_TABLES, TABLES("0", "", "0", ""));
    judged(w, VPN_STATUS_UP, NULL);
    tell(w, CSC_SOURCE_BGP_TABLES, TABLES("2", "10.2.0.9/32: no path", "0", ""));
    judged(w, VPN_STATUS_DEGRADED, "cannot be used: 2, as 10.2.0.9/32: no path");
    tell(w, CSC_SOURCE_BGP_TABLES, TABLES("0", "", "3", "10.2.0.1/32: no LDP binding"));
    judged(w, VPN_STATUS_DEGRADED, "without label, told to nobody: 3, as 10.2.0.1/32: no LDP binding");
}

#define NETWORKS(l)                                                                                                    \
    "{\"strata-bgp:bgp\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"statistics\":[{\"family\":\"ipv4-unicast\"," l    \
    "\"networks-without-label\":2,\"networks-without-label-example\":\"10.9.1.0/24: no LDP binding\"}]}]}}"
#define LABELS(name, what)                                                                                             \
    "{\"strata-ldp:ldp\":{\"vpn-instance\":[{\"name\":\"" name "\",\"label-for\":\"" what "\"}]}}"

/* LDP has no labels for networks, which is no problem, unless it is told to have some. */
static void test_judge__networks_without_label(void **state)
{
    struct world *w = *state;

    tell(w, CSC_SOURCE_BGP_TABLES, NETWORKS("\"without-label\":0,"));
    judged(w, VPN_STATUS_UP, NULL);
    assert_int_equal(w->j.unlabelled_routes, 0);
    assert_int_equal(w->j.unlabelled_networks, 2);
    tell(w, CSC_SOURCE_LDP_LABELS, LABELS("carrierA", "host-routes"));
    judged(w, VPN_STATUS_UP, NULL);
    tell(w, CSC_SOURCE_LDP_LABELS, LABELS("carrierB", "all-routes"));
    judged(w, VPN_STATUS_UP, NULL);
    tell(w, CSC_SOURCE_LDP_LABELS, LABELS("carrierA", "all-routes"));
    judged(w, VPN_STATUS_DEGRADED, "told to nobody: 2, as 10.9.1.0/24: no LDP binding");
    assert_int_equal(w->j.unlabelled_routes, 2);
    assert_int_equal(w->j.unlabelled_networks, 0);
    tell(w, CSC_SOURCE_BGP_TABLES, NETWORKS("\"without-label\":1,\"without-label-example\":\"10.2.0.1/32: gone\","));
    judged(w, VPN_STATUS_DEGRADED, "told to nobody: 3, as 10.2.0.1/32: gone");
    tell(w, CSC_SOURCE_LDP_LABELS, "{}");
    judged(w, VPN_STATUS_DEGRADED, "told to nobody: 1, as 10.2.0.1/32: gone");
}

/* A router that speaks LDP and OSPF is one site; another one is another. */
static void test_judge__counts_routers_once(void **state)
{
    struct world *w = *state;

    tell(w, CSC_SOURCE_LDP_VPN,
         "{\"strata-ldp:ldp\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"session\":[{\"lsr-id\":\"10.2.0.3\","
         "\"state\":\"operational\",\"transport-address\":\"10.2.0.3\",\"address\":[\"10.2.0.3\",\"10.9.3.1\"]}]},"
         "{\"name\":\"carrierB\",\"session\":[{\"transport-address\":\"10.9.3.4\",\"state\":\"operational\"}]}]}}");
    tell(w, CSC_SOURCE_OSPF_VPN,
         "{\"strata-ospf:ospf\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"neighbor\":["
         "{\"interface\":\"l1pe1-l1ce1\",\"address\":\"10.9.3.1\",\"state\":\"full\"}]}]}}");
    judged(w, VPN_STATUS_UP, NULL);
    assert_int_equal(w->j.local_up, 1);
    tell(w, CSC_SOURCE_BGP_VPN, "{}");
    w->signaling = CFG_CARRIER_SIGNALING_LDP;
    judged(w, VPN_STATUS_UP, NULL);
    assert_int_equal(w->j.local_up, 1);
    tell(w, CSC_SOURCE_OSPF_VPN,
         "{\"strata-ospf:ospf\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"neighbor\":["
         "{\"interface\":\"l1pe1-l1ce1\",\"address\":\"10.9.3.4\",\"state\":\"full\"}]}]}}");
    judged(w, VPN_STATUS_UP, NULL);
    assert_int_equal(w->j.local_up, 2);
}

/* bgpd takes routes back whose next hop has no path; the far end is missed all the same. */
static void test_judge__a_lost_far_end(void **state)
{
    struct world *w = *state;

    csc_memory_begin(w->memory, 1000000);
    csc_memory_see(w->memory, "carrierA", CSC_KIND_FAR_END, "10.1.0.7", 1, NULL);
    csc_memory_end(w->memory);
    judged(w, VPN_STATUS_UP, NULL);
    csc_memory_begin(w->memory, 2000000);
    csc_memory_end(w->memory);
    judged(w, VPN_STATUS_DEGRADED, "sites behind 10.1.0.7: no VPN routes from it for this instance any more");
    tell(w, CSC_SOURCE_UNIMPORTED,
         "{\"strata-bgp:bgp\":{\"unimported\":[{\"next-hop\":\"10.1.0.8\",\"routes\":1},"
         "{\"next-hop\":\"10.1.0.7\",\"routes\":4,\"example\":\"100:1 10.2.0.9/32: target:100:1\"}]}}");
    judged(
        w, VPN_STATUS_DEGRADED,
        "sites behind 10.1.0.7: no vpn-target import matches 4 VPN routes from it, as 100:1 10.2.0.9/32: target:100:1");
    tell(w, CSC_SOURCE_NEXT_HOPS,
         "{\"strata-rib:rib\":{\"next-hop\":[{\"vpn-instance\":\"public\",\"address\":"
         "\"10.1.0.7\",\"lsp-needed\":true,\"usable\":false,\"reason\":\"no LDP binding\"}]}}");
    judged(w, VPN_STATUS_DEGRADED, "sites behind 10.1.0.7: no LDP binding");
}

static void test_judge__old_and_silent(void **state)
{
    struct world *w = *state;

    w->facts.from[CSC_SOURCE_BGP].is_silent = w->facts.from[CSC_SOURCE_BGP_VPN].is_silent = true;
    judged(w, VPN_STATUS_DEGRADED, "bgpd does not answer");
    assert_int_equal(w->j.n_problems, 1);
    w->facts.from[CSC_SOURCE_BGP].is_silent = w->facts.from[CSC_SOURCE_BGP_VPN].is_silent = false;
    w->in.now_us = 91000000;
    judged(w, VPN_STATUS_DEGRADED, "is old");
    assert_int_equal(csc_facts_age(&w->facts, w->in.now_us), 90);
}

static bool is_others(const void *arg, const char *interface)
{
    (void)arg;
    return strcmp(interface, "other") == 0;
}

static void test_judge__instance_and_platform(void **state)
{
    struct world *w = *state;

    tell(w, CSC_SOURCE_PLATFORM,
         "{\"strata-rib:rib\":{\"platform\":{\"warning\":[\"interface p: mtu 1500 is small\","
         "\"interface other: mtu 1500 is small\"]}}}");
    judged(w, VPN_STATUS_UP, "interface p: mtu 1500 is small"); /* it works */
    assert_int_equal(w->j.n_problems, 2);
    w->in.is_foreign = is_others;
    judged(w, VPN_STATUS_UP, "interface p: mtu 1500 is small");
    assert_int_equal(w->j.n_problems, 1);
    tell(w, CSC_SOURCE_PLATFORM, "{\"strata-rib:rib\":{\"platform\":{\"missing\":\"no MPLS forwarding\"}}}");
    judged(w, VPN_STATUS_DEGRADED, "no MPLS forwarding");
    w->view.status = VPN_STATUS_DOWN;
    w->view.n_problems = 1;
    snprintf(w->view.problems[0], sizeof(w->view.problems[0]), "interface x is down");
    judged(w, VPN_STATUS_DOWN, "interface x is down");
}

static void test_is_carrier(void **state)
{
    struct world *w = *state;

    assert_true(csc_is_carrier(&w->vpn, w->interfaces, 1));
    w->vpn.carriers_carrier = NULL;
    assert_true(csc_is_carrier(&w->vpn, w->interfaces, 1)); /* configured by hand */
    w->ce.has_mpls = false;
    assert_false(csc_is_carrier(&w->vpn, w->interfaces, 1));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_judge__all_is_well),
        T(test_judge__nothing_known_is_nothing_wrong),
        T(test_judge__sites_here),
        T(test_judge__sites_elsewhere),
        T(test_judge__tables),
        T(test_judge__networks_without_label),
        T(test_judge__counts_routers_once),
        T(test_judge__a_lost_far_end),
        T(test_judge__old_and_silent),
        T(test_judge__instance_and_platform),
        T(test_is_carrier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
