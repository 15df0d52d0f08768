/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said of configurations that are accepted and do not do what was meant: each rule, its like that is right, and
 * all configurations of the scenarios, of which nothing is to be said.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/mgmtd/intent/intent.h"
#include "src/mgmtd/intent/warn.h"

static void collect(void *arg, const char *path, const char *text)
{
    text_buf_printf(arg, "%s%s%s\n", path, path[0] ? ": " : "", text);
}

/* `was` ran (NULL: nothing did), `is` is to run. */
static void warnings(struct ly_ctx *ctx, const char *was, const char *is, struct text_buf *got)
{
    struct lyd_node *before = was ? fixture_tree(ctx, was) : NULL, *running = fixture_tree(ctx, is), *intended = NULL;
    struct yang_fault fault;

    if (yang_tree_validate(ctx, running, &fault) || intent_expand(ctx, running, &intended, &fault))
        fail_msg("the case itself is wrong: %s: %s", fault.path, fault.message);
    intent_warn(before, running, intended, collect, got);
    yang_tree_free(before);
    yang_tree_free(running);
    yang_tree_free(intended);
}

static void expect(struct ly_ctx *ctx, const char *was, const char *is, const char *expected)
{
    struct text_buf got = {0};
    warnings(ctx, was, is, &got);
    assert_string_equal(text_buf_get(&got), expected);
    text_buf_fini(&got);
}

#define INSTANCES                                                                                                      \
    "vpn-instance A\nvpn-instance B\ninterface a vpn-instance A\ninterface b vpn-instance B\ninterface p\n"
#define AREA "area 0.0.0.0 interface "

static void test_warn__interface_of_a_vpn_stays_guarded(void **state)
{
    expect(*state, NULL, INSTANCES "mpls { interface a guarded false; interface p guarded false }",
           "/mpls/interface[a]/guarded: interface a stays guarded, as all of a VPN instance (A) are; remove \"guarded "
           "false\"\n");
    expect(*state, NULL, INSTANCES "mpls { interface a guarded true; interface b; interface p guarded true }", "");
}

static void test_warn__protocol_in_another_instance(void **state)
{
    expect(*state, NULL, INSTANCES "ospf " AREA "a\nldp interface b",
           "/ospf/areas/area[0.0.0.0]/interface[a]: ospf does not run here: interface a is in VPN instance A; "
           "configure it under \"ospf vpn-instance A\", or remove \"interface a vpn-instance A\"\n"
           "/ldp/interface[b]: ldp does not run here: interface b is in VPN instance B; configure it under \"ldp "
           "vpn-instance B\", or remove \"interface b vpn-instance B\"\n");
    expect(*state, NULL, INSTANCES "ospf vpn-instance A " AREA "b\nldp vpn-instance A { interface p; interface q }",
           "/ospf/vpn-instance[A]/areas/area[0.0.0.0]/interface[b]: ospf does not run here: interface b is in VPN "
           "instance B; configure it under \"ospf vpn-instance B\", or remove \"interface b vpn-instance B\"\n"
           "/ldp/vpn-instance[A]/interface[p]: ldp does not run here: interface p is in no VPN instance; add "
           "\"interface p vpn-instance A\", or configure it under \"ldp\" outside of \"vpn-instance A\"\n"
           "/ldp/vpn-instance[A]/interface[q]: ldp does not run here: interface q is in no VPN instance; add "
           "\"interface q vpn-instance A\", or configure it under \"ldp\" outside of \"vpn-instance A\"\n");
    expect(*state, NULL,
           INSTANCES "ospf " AREA "p\nldp interface p\nldp interface lo\n"
                     "ospf vpn-instance A " AREA "a\nldp vpn-instance B interface b",
           "");
}

#define USERS "mpls interface x\nospf " AREA "x\nldp interface x\n"

static void test_warn__interface_that_was_configured(void **state)
{
    static const char with[] = "interface x ipv4 address 10.0.0.1/24\n" USERS, without[] = USERS;
    expect(*state, with, without,
           "/mpls/interface[x]: interface x is no longer configured and loses its addresses; remove this too, or "
           "configure \"interface x\" again\n"
           "/ospf/areas/area[0.0.0.0]/interface[x]: interface x is no longer configured and loses its addresses; "
           "remove this too, or configure \"interface x\" again\n"
           "/ldp/interface[x]: interface x is no longer configured and loses its addresses; remove this too, or "
           "configure \"interface x\" again\n");
    expect(*state, without, without, ""); /* its addresses are somebody else's */
    expect(*state, "interface x mtu 1500\n" USERS, without, "");
    expect(*state, with, "interface x mtu 1500\n" USERS, "");
    expect(*state, with, "system hostname r1", "");
}

#define BGP "bgp { as 100; router-id 1.1.1.1 }\n"
#define LDP "vpn-instance A carriers-carrier signaling ldp\ninterface a vpn-instance A\n"

static void test_warn__removed_but_implied(void **state)
{
    expect(*state, LDP "ldp vpn-instance A interface a hello-interval 1", LDP,
           "still implied by vpn-instance A carriers-carrier: ldp vpn-instance A\n");
    expect(*state, LDP "ldp vpn-instance A { router-id 1.1.1.1; interface a hello-interval 1 }",
           LDP "ldp vpn-instance A router-id 1.1.1.1",
           "still implied by vpn-instance A carriers-carrier: ldp vpn-instance A interface a\n");
    expect(*state, LDP "mpls interface a\nvpn-instance A label-mode per-route", LDP,
           "still implied by vpn-instance A carriers-carrier: mpls interface a\n"
           "still implied by vpn-instance A carriers-carrier: vpn-instance A label-mode per-route\n");
    expect(*state, LDP BGP "ospf vpn-instance A vpn-tag 7", LDP BGP "ospf vpn-instance A",
           "now implied by bgp as 100: ospf vpn-instance A vpn-tag 3489661028\n");
    /* timers alone, what never was implied, and what goes with its intent */
    expect(*state, LDP "ldp vpn-instance A interface a hello-interval 1", LDP "ldp vpn-instance A interface a", "");
    expect(*state, LDP "mpls interface z\nsystem hostname r1", LDP, "");
    expect(*state, LDP "mpls interface a", "vpn-instance A\ninterface a vpn-instance A", "");
    expect(*state, LDP, LDP "mpls interface a", "");
    expect(*state, LDP "mpls interface a", "", "");
}

static void test_warn__not_without_end(void **state)
{
    struct text_buf text = {0}, got = {0};
    size_t n_lines = 0;

    text_buf_puts(&text, "vpn-instance A\n");
    for (unsigned i = 0; i < 2000; i++)
        text_buf_printf(&text, "interface i%u vpn-instance A\nldp interface i%u\n", i, i);
    warnings(*state, NULL, text_buf_get(&text), &got);
    for (const char *c = text_buf_get(&got); (c = strchr(c, '\n')); c++)
        n_lines++;
    assert_int_equal(n_lines, INTENT_WARNINGS_MAX + 1);
    assert_non_null(strstr(text_buf_get(&got), "\nand 1970 more of this kind\n"));
    text_buf_fini(&text);
    text_buf_fini(&got);
}

static void test_warn__says_nothing_of_the_scenarios(void **state)
{
    glob_t found;
    char *text = malloc(1 << 20);

    assert_int_equal(glob(TEST_SCENARIO_DIR "/*/*.conf", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct text_buf got = {0};
        FILE *f = fopen(found.gl_pathv[i], "re");
        assert_non_null(f);
        text[fread(text, 1, (1 << 20) - 1, f)] = '\0';
        fclose(f);
        warnings(*state, NULL, text, &got);
        if (got.len)
            fail_msg("%s: %s", found.gl_pathv[i], text_buf_get(&got));
        text_buf_fini(&got);
    }
    globfree(&found);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warn__interface_of_a_vpn_stays_guarded),
        cmocka_unit_test(test_warn__protocol_in_another_instance),
        cmocka_unit_test(test_warn__interface_that_was_configured),
        cmocka_unit_test(test_warn__removed_but_implied),
        cmocka_unit_test(test_warn__not_without_end),
        cmocka_unit_test(test_warn__says_nothing_of_the_scenarios),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
