/* SPDX-License-Identifier: Apache-2.0
 *
 * Which lists a path asks for: every form of a path that front ends send, names of instances and keys that look like
 * lists, and what is no path at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "strata/state.h"

static const char *const lists[] = {"neighbor", "statistics", "ipv4-unicast", "ipv4-vpn", "session", "session-end"};

enum { N_LISTS = sizeof(lists) / sizeof(lists[0]) };

/* The path asks for `list` and for no other; NULL: for all; "": for none. */
static void asks_for(const char *path, const char *list)
{
    for (size_t i = 0; i < N_LISTS; i++)
        if (state_is_asked(path, lists[i]) != (!list || strcmp(list, lists[i]) == 0))
            fail_msg("%s: %s", path ? path : "NULL", lists[i]);
}

static void test_state_path__names_a_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LISTS; i++) {
        static const char *const forms[] = {"/bgp/%s",
                                            "bgp/%s",
                                            "//bgp//%s//",
                                            "/bgp/%s/state/uptime",
                                            "/bgp/%s[10.0.0.1]",
                                            "/bgp/%s[10.0.0.0/8][1]/best",
                                            "/bgp/%s[address='10.0.0.1']/state",
                                            "/strata-bgp:bgp/strata-bgp:%s",
                                            "/bgp/vpn-instance/%s",
                                            "/bgp/vpn-instance[red]/%s[10.0.0.1]/state",
                                            "/bgp/vpn-instance[name='red']/%s",
                                            "/bgp/vpn-instance[name=\"red\"]/%s/",
                                            "/m:bgp/m:vpn-instance[m:name='red']/m:%s[m:key='1']"};

        for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
            const char *gap = strstr(forms[k], "%s");
            char path[128];

            snprintf(path, sizeof(path), "%.*s%s%s", (int)(gap - forms[k]), forms[k], lists[i], gap + 2);
            asks_for(path, lists[i]);
        }
    }
}

static void test_state_path__names_nothing_further(void **state)
{
    (void)state;
    asks_for("", NULL);
    asks_for("/", NULL);
    asks_for("/bgp", NULL);
    asks_for("bgp/", NULL);
    asks_for("/neighbor", NULL); /* a top container, whatever its name */
    asks_for("/bgp/vpn-instance", NULL);
    asks_for("/bgp/vpn-instance/", NULL);
    asks_for("/bgp/vpn-instance[red]", NULL);
    asks_for("/bgp/vpn-instance[name='red']/", NULL);
    asks_for("/bgp/m:vpn-instance[neighbor]", NULL);
}

static void test_state_path__names_something_else(void **state)
{
    (void)state;
    asks_for("/bgp/as", "");
    asks_for("/bgp/neighbors", "");
    asks_for("/bgp/neighbo", "");
    asks_for("/bgp/Neighbor", "");
    asks_for("/bgp/family[ipv4-unicast]/neighbor", "");
    asks_for("/bgp/family/session", "");
    asks_for("/bgp/vpn-instances/neighbor", "");
    asks_for("/bgp/vpn-instance/vpn-instance/neighbor", ""); /* one of them */
    asks_for("/vpn-instance/unknown/neighbor", "");
    asks_for("/vpn-instance/neighbor", "neighbor");
}

/* Names and keys that hold what looks like a part of a path. */
static void test_state_path__keys_are_no_lists(void **state)
{
    (void)state;
    asks_for("/bgp/vpn-instance[neighborX]/ipv4-vpn", "ipv4-vpn");
    asks_for("/bgp/vpn-instance[name='neighbor']/session", "session");
    asks_for("/bgp/vpn-instance[a/neighbor]/session", "session");
    asks_for("/bgp/vpn-instance[a[b]/session", "session");
    asks_for("/bgp/vpn-instance[a'b]/session[c'd]/neighbor", "session");
    asks_for("/bgp/vpn-instance[a=b]/session", "session");
    asks_for("/bgp/vpn-instance[name=red]/session", "session");
    asks_for("/bgp/vpn-instance[]/session", "session");
    asks_for("/bgp/vpn-instance['red']/session", "session");
    asks_for("/bgp/vpn-instance[name='']/session", "session");
    asks_for("/bgp/vpn-instance[name='a]/neighbor']/session", "session");
    asks_for("/bgp/vpn-instance[name='a]/neighbor[x']/session", "session");
    asks_for("/bgp/vpn-instance[name=\"a']/neighbor\"]/session", "session");
    asks_for("/bgp/vpn-instance[name='a\"]/neighbor\"']/session", "session");
    asks_for("/bgp/vpn-instance[name='/bgp/neighbor']", NULL);
    asks_for("/bgp[x='/']/vpn-instance[a='1'][b='2/3']/session", "session");
    asks_for("/bgp/session[name='x/neighbor']/neighbor", "session");
    asks_for("/bgp/leaf-list[.='neighbor']/neighbor", "");
}

static void test_state_path__what_is_no_path_asks_for_all(void **state)
{
    static const char *const malformed[] = {
        "/bgp/neighbor[",
        "/bgp/neighbor[10.0.0.1",
        "/bgp/neighbor[address='10.0.0.1]",
        "/bgp/neighbor[address='10.0.0.1'",
        "/bgp/neighbor[address='10.0.0.1'x]",
        "/bgp/neighbor[address='10.0.0.1\"]",
        "/bgp/neighbor['",
        "/bgp/neighbor[a='1' and b='2']",
        "/bgp/neighbor[x]y",
        "/bgp/neighbor]",
        "/bgp/[x]",
        "/[x]/neighbor",
        "/bgp/neighbor/a:",
        "/bgp/a:b:neighbor",
        "/:bgp:/neighbor",
        "/bgp/vpn-instance[x/neighbor",
        "/bgp/vpn-instance[name='x/neighbor",
        "/bgp/neighbor /bgp/vpn-instance/neighbor",
        "/bgp/neighbor[10.0.0.1] /bgp/statistics",
        "/bgp/neighbor/state[",
        "/bgp/neighbor/state/x y",
        "/bgp/*/neighbor",
        "/bgp/../neighbor ",
        " /bgp/neighbor",
        "/bgp/neighb\xc3\xb6r",
        "/bgp/neighbor\n",
    };

    (void)state;
    asks_for(NULL, NULL);
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        asks_for(malformed[i], NULL);
}

/* A name cut short is another name; anything else cut short asks for what it did, or for all. */
static void test_state_path__cut_at_every_octet(void **state)
{
    static const char path[] = "/m:bgp/vpn-instance[name='a]/b'][c=\"d\"][e]/session[10.0.0.0/8]/state[x='y']";
    size_t instance = strlen("/m:bgp/"), list = (size_t)(strstr(path, "session") - path);

    (void)state;
    for (size_t cut = 0; cut < sizeof(path); cut++) {
        char *exact = malloc(cut + 1);

        memcpy(exact, path, cut);
        exact[cut] = '\0';
        if ((cut > instance && cut < instance + strlen("vpn-instance")) || (cut > list && cut < list + 7))
            asks_for(exact, "");
        else if (cut <= list)
            asks_for(exact, NULL);
        else
            assert_true(state_is_asked(exact, "session"));
        free(exact);
    }
    asks_for(path, "session");
}

/* Of any octets: one list is asked for, or all, or none. */
static void test_state_path__noise(void **state)
{
    static const char alphabet[] = "/[]'\"=:a. ";
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        size_t len = round % 24;
        char *path = malloc(len + 1);

        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            path[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        path[len] = '\0';
        asks_for(path, state_is_asked(path, "neighbor") ? NULL : "");
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_path__names_a_list),
        cmocka_unit_test(test_state_path__names_nothing_further),
        cmocka_unit_test(test_state_path__names_something_else),
        cmocka_unit_test(test_state_path__keys_are_no_lists),
        cmocka_unit_test(test_state_path__what_is_no_path_asks_for_all),
        cmocka_unit_test(test_state_path__cut_at_every_octet),
        cmocka_unit_test(test_state_path__noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
