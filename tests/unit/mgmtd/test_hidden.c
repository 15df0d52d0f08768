/* SPDX-License-Identifier: Apache-2.0
 *
 * What a user may not read is in no answer that he gets, and in no refusal either. Several users of one mgmtd under
 * virtual time.
 */
#include "tests/unit/mgmtd/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "strata/mem.h"

/* --- what may not be read --- */

/* Every request that answers with configuration or state; `text` where it is a document to be refused or taken. */
static const struct front_request readers[] = {
    {.op = FRONT_SHOW},
    {.op = FRONT_SHOW, .path = "/system"},
    {.op = FRONT_SHOW, .path = "system hostname"},
    {.op = FRONT_SHOW, .format = FRONT_JSON},
    {.op = FRONT_SHOW, .format = FRONT_XML},
    {.op = FRONT_SHOW, .is_candidate = true},
    {.op = FRONT_SHOW, .is_expanded = true},
    {.op = FRONT_SHOW, .is_expanded = true, .is_candidate = true},
    {.op = FRONT_COMPARE},
    {.op = FRONT_COMPARE, .number = 1},
    {.op = FRONT_COMPARE, .number = 2},
    {.op = FRONT_STATE},
    {.op = FRONT_STATE, .path = "/system"},
    {.op = FRONT_GET, .format = FRONT_XML, .datastore = FRONT_RUNNING},
    {.op = FRONT_GET, .format = FRONT_XML, .datastore = FRONT_CANDIDATE},
    {.op = FRONT_GET, .format = FRONT_XML, .datastore = FRONT_STARTUP},
    {.op = FRONT_GET, .format = FRONT_XML, .datastore = FRONT_INTENDED},
    {.op = FRONT_GET, .format = FRONT_XML, .datastore = FRONT_INTENDED, .is_expanded = true},
    {.op = FRONT_GET, .format = FRONT_XML, .datastore = FRONT_OPERATIONAL},
    {.op = FRONT_GET, .format = FRONT_XML, .datastore = FRONT_OPERATIONAL, .source = FRONT_INTENDED},
    {.op = FRONT_GET, .format = FRONT_JSON, .datastore = FRONT_RUNNING, .defaults = FRONT_REPORT_ALL},
    {.op = FRONT_GET, .format = FRONT_JSON, .datastore = FRONT_RUNNING, .path = "/system/hostname"},
    {.op = FRONT_CHECK},
    {.op = FRONT_EDIT,
     .datastore = FRONT_CANDIDATE,
     .text = SYSTEM
     "<hostname xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0' nc:operation='create'>h</hostname></system>"},
    {.op = FRONT_COPY, .datastore = FRONT_CANDIDATE, .source = FRONT_STARTUP},
    {.op = FRONT_ROLLBACK, .number = 1},
    {.op = FRONT_LOAD, .text = "no system hostname", .name = "f"},
    {.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .text = "interface z mtu 1400", .name = "f"},
};

static void test_hidden__hidden_is_in_no_answer(void **state)
{
    struct site site;
    struct person root, olga;
    size_t n_shown = 0;

    site_begin(&site, *state, "system hostname " HIDDEN "\ninterface x mtu 1500\n" RULES);
    person_come(&root, &site, "root", "shell");
    assert_int_equal(person_load(&root, "interface x mtu 1600\nsystem hostname " HIDDEN "-2"), 0);
    assert_int_equal(person_commit(&root), 0);
    for (unsigned i = 0; i < 2; i++) { /* also while she has a candidate */
        person_come(&olga, &site, "olga", "shell");
        if (i == 1)
            assert_int_equal(person_load(&olga, "interface y mtu 1500"), 0);
        for (size_t k = 0; k < sizeof(readers) / sizeof(readers[0]); k++) {
            person_ask(&olga, readers[k]);
            if (person_tells(&olga, HIDDEN) || person_tells(&olga, "no-name"))
                fail_msg("request %zu: %s", k, olga.text);
            if (readers[k].op == FRONT_SHOW && !readers[k].path)
                assert_non_null(strstr(olga.text, "1600"));
            person_ask(&root, readers[k]);
            n_shown += person_tells(&root, HIDDEN);
        }
        person_leave(&olga);
    }
    assert_true(n_shown >= 30); /* it is there to be seen */
    person_leave(&root);
    sim_destroy(site.sim);
}

static void test_hidden__own_place_is_left_out(void **state)
{
    struct site site;
    struct person gus;

    site_begin(&site, *state, "system hostname " HIDDEN "\n" RULES);
    person_come(&gus, &site, "gus", "shell");
    assert_string_equal(person_show(&gus, ""), "system hostname " HIDDEN "\n"); /* /nacm is for nobody */
    assert_string_equal(person_show(&gus, "/nacm"), "");
    person_ask(&gus, (struct front_request){
                         .op = FRONT_GET, .format = FRONT_XML, .defaults = FRONT_REPORT_ALL, .path = "/nacm"});
    assert_null(strstr(gus.text, "nacm"));
    person_ask(&gus, (struct front_request){.op = FRONT_STATE, .path = "/nacm"});
    assert_null(strstr(gus.text, "nacm"));
    person_leave(&gus);
    sim_destroy(site.sim);
}

/* A fault in a part that may not be read: it is refused, and not said where. */
static void test_hidden__faults_do_not_tell(void **state)
{
    struct site site;
    struct person olga;

    site_begin(&site, *state,
               "vpn-instance " HIDDEN "\ninterface x vpn-instance " HIDDEN "\n"
               "nacm { write-default permit; group ops user-name olga\n"
               "  rule-list ops { group ops\n"
               "    rule mine { path /strata-vpn-instance:vpn-instances; access-operations \"create delete\"; action "
               "permit }\n"
               "    rule hide { path /ietf-interfaces:interfaces; access-operations read; action deny } } }\n");
    person_come(&olga, &site, "olga", "shell");
    assert_int_equal(person_load(&olga, "no vpn-instance " HIDDEN), 0);
    assert_int_equal(person_commit(&olga), -EINVAL); /* the interface still refers to it */
    assert_string_equal(olga.text, "the configuration would not be valid in a part that you may not read");
    assert_string_equal(olga.path, "");
    person_leave(&olga);
    sim_destroy(site.sim);
}

/* Whether there is something that may not be read is not to be found out by wanting it gone, or new. */
static void test_hidden__hidden_may_be_there_or_not(void **state)
{
#define NC  "xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0' nc:operation="
#define ITF "<interfaces xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces'><interface " NC
    static const struct {
        const char *there, *not_there;
    } cases[] = {
        {"no system hostname", "no system restart stale-time"},
        {"no system hostname " HIDDEN, "no system restart stale-time 7"},
        {"system { no hostname }", "system { no restart }"},
        {"no interface x", "no interface y"},
        {"no interface x mtu", "no interface y mtu"},
        {"no interface x mtu 1500", "no interface x mtu 1600"},
        {"interface z mtu 1400; no interface x", "interface z mtu 1400; no interface y"},
        {"no mpls", "no ospf"},
        {"no mpls interface x", "no mpls interface y"},
        {"no mpls interface x", "no ospf area 1"},
        {SYSTEM "<hostname " NC "'delete'/></system>",
         SYSTEM "<restart><stale-time " NC "'delete'/></restart></system>"},
        {SYSTEM "<hostname " NC "'create'>h</hostname></system>",
         SYSTEM "<restart><stale-time " NC "'create'>7</stale-time></restart></system>"},
        {ITF "'delete'><name>x</name></interface></interfaces>",
         ITF "'delete'><name>y</name></interface></interfaces>"},
        {ITF "'create'><name>x</name></interface></interfaces>",
         ITF "'create'><name>y</name></interface></interfaces>"},
    };
    struct site site;
    struct person olga;
    struct front_request r = {.name = "f", .datastore = FRONT_CANDIDATE};

    site_begin(&site, *state,
               "system hostname " HIDDEN "\ninterface x mtu 1500\nmpls interface x\nnacm { group ops user-name olga\n"
               "  rule-list ops { group ops; rule all { access-operations read; action deny } } }\n");
    person_come(&olga, &site, "olga", "netconf");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char said[sizeof(olga.text)];
        for (unsigned k = 0; k < 2; k++) {
            r.text = k ? cases[i].not_there : cases[i].there;
            r.op = r.text[0] == '<' ? FRONT_EDIT : FRONT_LOAD;
            if (person_ask(&olga, r) != -EACCES || strcmp(olga.tag, "access-denied") != 0 ||
                (!strstr(r.text, "create") && olga.path[0]))
                fail_msg("%s: %d %s %s %s", r.text, olga.error, olga.tag, olga.path, olga.text);
            /* what is new has its path in front, here as there */
            const char *denied = strstr(olga.text, "access denied");
            if (k && strcmp(said, denied) != 0)
                fail_msg("%s: %s, but %s", r.text, olga.text, said);
            assert_int_equal(denied != olga.text, strstr(r.text, "create") != NULL);
            snprintf(said, sizeof(said), "%s", denied);
        }
    }
    person_leave(&olga);
    sim_destroy(site.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hidden__hidden_is_in_no_answer),
        cmocka_unit_test(test_hidden__own_place_is_left_out),
        cmocka_unit_test(test_hidden__faults_do_not_tell),
        cmocka_unit_test(test_hidden__hidden_may_be_there_or_not),
    };
    return cmocka_run_group_tests_name("mgmtd_hidden", tests, fixture_setup, fixture_teardown);
}
