/* SPDX-License-Identifier: Apache-2.0
 *
 * Access control from the outside, for several users of one mgmtd under virtual time: what may not be changed is
 * refused by every way of changing it, and the audit log and the counters tell of it. What may not be read:
 * test_hidden.c.
 */
#include "tests/unit/mgmtd/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "strata/mem.h"

/* --- what may not be changed --- */

/* A request is the same however it is typed. */
static void test_access__request_in_other_words(void **state)
{
    static const char *const typed[] = {"bgp clear 10.0.0.1",  "bgp  clear 10.0.0.1",    " bgp clear 10.0.0.1",
                                        "bgp\tclear 10.0.0.1", "\"bgp\" clear 10.0.0.1", "bgp clear\t10.0.0.1"};
    struct site site;
    struct person olga;

    site_begin(&site, *state,
               "nacm { group ops user-name olga\n  rule-list ops { group ops\n"
               "    rule no-clear { rpc-name bgp-clear; action deny } } }\n");
    person_come(&olga, &site, "olga", "shell");
    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
        if (person_ask(&olga, (struct front_request){.op = FRONT_ACTION, .argument = typed[i]}) != -EACCES)
            fail_msg("%s: %s", typed[i], olga.text);
    person_leave(&olga);
    sim_destroy(site.sim);
}

static void test_access__confirmed_commit_of_somebody_else(void **state)
{
    const struct front_request confirmed = {.op = FRONT_COMMIT, .confirm_sec = 600};
    struct site site;
    struct person root, gus, hal;

    site_begin(&site, *state,
               "system hostname a\nnacm { group hosts user-name hal\n  rule-list hosts { group hosts\n"
               "    rule name { path /strata-system:system; action permit } } }\n");
    person_come(&root, &site, "root", "shell");
    person_come(&gus, &site, "gus", "shell");
    person_come(&hal, &site, "hal", "shell");
    assert_int_equal(person_load(&root, "system hostname b"), 0);
    assert_int_equal(person_ask(&root, confirmed), 0);
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_CANCEL}), -EACCES);
    assert_int_equal(person_commit(&gus), -EACCES); /* of nothing: it would confirm */
    assert_string_equal(person_show(&root, "/system"), "system hostname b\n");
    assert_int_equal(person_ask(&hal, (struct front_request){.op = FRONT_CANCEL}), 0);
    assert_string_equal(person_show(&root, "/system"), "system hostname a\n");
    assert_int_equal(person_load(&root, "system hostname c"), 0);
    assert_int_equal(person_ask(&root, confirmed), 0);
    assert_int_equal(person_commit(&hal), 0);
    assert_string_equal(hal.text, "confirmed");
    person_leave(&root);
    person_leave(&gus);
    person_leave(&hal);
    sim_destroy(site.sim);
}

static void test_access__by_default_nothing_is_changed(void **state)
{
    static const struct front_request writers[] = {
        {.op = FRONT_LOAD, .text = "system hostname b", .name = "f"},
        {.op = FRONT_LOAD, .load = FRONT_REPLACE, .text = "system hostname b", .name = "f"},
        {.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .text = "", .name = "f"},
        {.op = FRONT_LOAD,
         .format = FRONT_JSON,
         .text = "{\"strata-system:system\":{\"hostname\":\"b\"}}",
         .name = "f"},
        {.op = FRONT_ROLLBACK, .number = 1},
        {.op = FRONT_EDIT, .datastore = FRONT_CANDIDATE, .text = SYSTEM "<hostname>b</hostname></system>"},
        {.op = FRONT_EDIT, .datastore = FRONT_RUNNING, .text = SYSTEM "<hostname>b</hostname></system>"},
        {.op = FRONT_COPY, .datastore = FRONT_RUNNING, .text = SYSTEM "<hostname>b</hostname></system>"},
        {.op = FRONT_COPY, .datastore = FRONT_CANDIDATE, .text = SYSTEM "<hostname>b</hostname></system>"},
        {.op = FRONT_COPY, .datastore = FRONT_RUNNING, .text = " "},
        {.op = FRONT_DELETE, .datastore = FRONT_CANDIDATE},
    };
    struct site site;
    struct person gus, root;
    char *log;

    site_begin(&site, *state, "system hostname a\n");
    person_come(&gus, &site, "gus", "netconf");
    person_come(&root, &site, "root", "shell");
    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        if (person_ask(&gus, writers[i]) != -EACCES || strcmp(gus.tag, "access-denied") != 0)
            fail_msg("request %zu: %d %s %s", i, gus.error, gus.tag, gus.text);
        if (i == 0) {
            assert_string_equal(gus.text, "/system/hostname: access denied: gus may not update this");
            assert_string_equal(gus.path, "/strata-system:system/hostname");
        }
    }
    assert_int_equal(person_commit(&gus), 0);
    assert_string_equal(gus.text, "nothing to commit");
    assert_string_equal(person_show(&root, ""), "system hostname a\n");
    person_ask(&root, (struct front_request){.op = FRONT_STATE, .path = "/nacm"});
    /* delete-config is no operation for everybody, all others are denied by their data */
    assert_non_null(strstr(root.text, "\"denied-operations\": 1,"));
    assert_non_null(strstr(root.text, "\"denied-data-writes\": 10,"));
    assert_non_null(strstr(root.text, "\"denied-notifications\": 0"));
    log = site_audit(&site);
    assert_int_equal(text_count(log, "\"event\":\"denied\""), 11);
    assert_int_equal(text_count(log, "\"user\":\"gus\",\"front-end\":\"netconf\",\"host\":\"10.0.0.9\""), 12);
    assert_int_equal(text_count(log, "\"operation\":\"update\",\"path\":\"/system/hostname\""), 7);
    assert_int_equal(text_count(log, "\"operation\":\"delete-config\""), 1);
    mem_free(NULL, log);
    person_leave(&gus);
    person_leave(&root);
    sim_destroy(site.sim);
}

/* What somebody else put into the shared candidate is changed by whoever commits it. */
static void test_access__commit_is_what_it_changes(void **state)
{
    struct site site;
    struct person olga, root;

    site_begin(&site, *state, "system hostname a\ninterface x mtu 1500\n" RULES);
    person_come(&olga, &site, "olga", "shell");
    person_come(&root, &site, "root", "shell");
    assert_int_equal(person_load(&olga, "interface x mtu 1400"), 0);
    assert_int_equal(person_ask(&olga, (struct front_request){.op = FRONT_CHECK}), 0);
    assert_int_equal(person_commit(&olga), 0);
    assert_int_equal(person_load(&olga, "system hostname b"), -EACCES);
    assert_string_equal(olga.text, "access denied: olga may not update all of this");
    assert_string_equal(olga.path, "");
    /* her rights are those of the time of the commit */
    assert_int_equal(person_load(&olga, "interface x mtu 1300"), 0);
    assert_int_equal(person_load(&root, "nacm rule-list ops rule interfaces action deny"), 0);
    assert_int_equal(person_commit(&root), 0);
    assert_int_equal(person_commit(&olga), -EACCES);
    assert_string_equal(person_show(&root, "/interfaces"), "interface x mtu 1400\n");
    person_leave(&olga);
    person_leave(&root);
    sim_destroy(site.sim);
}

static void test_access__shared_candidate(void **state)
{
    struct site site;
    struct person p[2];

    site_begin(&site, *state, "system hostname a\ninterface x mtu 1500\n" RULES);
    person_come_to_share(&p[0], &site, "root");
    person_come_to_share(&p[1], &site, "olga");
    assert_int_equal(
        person_ask(&p[0], (struct front_request){.op = FRONT_EDIT,
                                                 .datastore = FRONT_CANDIDATE,
                                                 .text = SYSTEM "<hostname>" HIDDEN "</hostname></system>"}),
        0);
    person_ask(&p[1], (struct front_request){.op = FRONT_GET, .datastore = FRONT_CANDIDATE, .format = FRONT_XML});
    assert_false(person_tells(&p[1], HIDDEN));
    assert_int_equal(person_ask(&p[1], (struct front_request){.op = FRONT_CHECK}), 0); /* to look needs no right */
    assert_int_equal(person_commit(&p[1]), -EACCES);
    assert_false(person_tells(&p[1], HIDDEN));
    assert_int_equal(person_commit(&p[0]), 0);
    person_leave(&p[0]);
    person_leave(&p[1]);
    sim_destroy(site.sim);
}

/* Who is put out of a group loses what it gave, in sessions that are open. */
static void test_access__groups_are_those_of_now(void **state)
{
    struct site site;
    struct person wes;

    site_begin(&site, *state,
               "system hostname a\ninterface x mtu 1500\n"
               "nacm rule-list wheel { group wheel; rule all { action permit } }\n");
    person_come(&wes, &site, "wes", "shell");
    assert_int_equal(person_load(&wes, "interface x mtu 1600"), 0);
    site_put_out("wes");
    assert_int_equal(person_commit(&wes), -EACCES); /* at once */
    sim_run_ms(site.sim, 3000);
    assert_int_equal(person_load(&wes, "interface x mtu 1400"), -EACCES); /* soon */
    site_put_out(NULL);
    assert_int_equal(person_commit(&wes), 0); /* what was loaded while he was in it */
    person_leave(&wes);
    sim_destroy(site.sim);
}

/* --- what may not be done --- */

static void test_access__operations(void **state)
{
    struct site site;
    struct person gus, wes, root;
    char *log;

    site_begin(&site, *state,
               "system hostname a\n"
               "nacm rule-list wheel { group wheel; rule kill { rpc-name kill-session; action permit }\n"
               "  rule no-audit { rpc-name platform-audit; action deny } }\n");
    person_come(&gus, &site, "gus", "shell");
    person_come(&wes, &site, "wes", "shell");
    person_come(&root, &site, "root", "netconf");
    assert_int_equal(person_ask(&root, (struct front_request){.op = FRONT_LOCK, .datastore = FRONT_RUNNING}), 0);
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_LOCK, .datastore = FRONT_CANDIDATE}), -EACCES);
    assert_string_equal(gus.text, "access denied: gus may change nothing, and so not lock");
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_KILL, .number = 3}), -EACCES);
    assert_string_equal(gus.text, "access denied: gus may not use kill-session");
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_SUBSCRIBE}), -EACCES);
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_ACTION, .argument = "platform audit"}),
                     -ENOTCONN);
    assert_int_equal(person_ask(&wes, (struct front_request){.op = FRONT_ACTION, .argument = "platform audit"}),
                     -EACCES);
    assert_int_equal(person_ask(&wes, (struct front_request){.op = FRONT_KILL, .number = 3}), 0);
    sim_run_ms(site.sim, 100);
    assert_true(root.is_down);
    log = site_audit(&site);
    assert_int_equal(text_count(log, "{\"event\":\"session-killed\",\"time\":"), 1);
    assert_non_null(strstr(log, "\"detail\":\"by session 2, user wes; it had locked running\""));
    assert_non_null(strstr(log, "\"operation\":\"platform-audit\""));
    assert_int_equal(text_count(log, "\"operation\":\"running\""), 1);
    assert_int_equal(text_count(log, "{\"event\":\"request\""), 1);
    assert_non_null(strstr(log, "\"user\":\"gus\",\"front-end\":\"shell\",\"host\":\"10.0.0.9\","
                                "\"operation\":\"platform audit\",\"detail\":\""));
    mem_free(NULL, log);
    person_leave(&gus);
    log = site_audit(&site);
    assert_int_equal(text_count(log, "session-start"), 3);
    assert_int_equal(text_count(log, "session-end"), 1); /* the killed one has ended by being killed */
    mem_free(NULL, log);
    person_leave(&wes);
    front_destroy(root.front);
    sim_destroy(site.sim);
}

static void test_access__settling_is_told(void **state)
{
    struct site site;
    struct person wes;

    site_begin(&site, *state, "system hostname a\nnacm rule-list wheel { group wheel; rule all action permit }\n");
    person_come(&wes, &site, "wes", "shell");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(person_load(&wes, i ? "system hostname c" : "system hostname b"), 0);
        assert_int_equal(person_ask(&wes, (struct front_request){.op = FRONT_COMMIT, .confirm_sec = 60}), 0);
        assert_int_equal(person_ask(&wes, (struct front_request){.op = i ? FRONT_CANCEL : FRONT_COMMIT}), 0);
    }
    char *log = site_audit(&site);
    assert_int_equal(text_count(log, "{\"event\":\"confirmed\""), 1);
    assert_int_equal(text_count(log, "{\"event\":\"cancelled\""), 1);
    assert_non_null(
        strstr(log, "\"user\":\"wes\",\"front-end\":\"shell\",\"host\":\"10.0.0.9\",\"detail\":\"commit 2\""));
    mem_free(NULL, log);
    person_leave(&wes);
    sim_destroy(site.sim);
}

/* --- notifications --- */

static void test_access__notifications(void **state)
{
    struct site site;
    struct person root, olga, gus;

    site_begin(&site, *state,
               "system hostname r1\ninterface x\ninterface hidden-if\n"
               "nacm { group ops user-name olga; group none user-name gus\n"
               "  rule-list none { group none; rule no { notification-name netconf-config-change; action deny } }\n"
               "  rule-list ops { group ops; rule no { path \"interface hidden-if\"; action deny } } }\n");
    person_come(&root, &site, "root", "shell");
    person_come(&olga, &site, "olga", "netconf");
    person_come(&gus, &site, "gus", "netconf");
    assert_int_equal(person_ask(&root, (struct front_request){.op = FRONT_LISTEN}), 0);
    assert_int_equal(person_ask(&olga, (struct front_request){.op = FRONT_LISTEN}), 0);
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_LISTEN}), 0);
    assert_int_equal(person_load(&root, "system hostname r2\nno interface "
                                        "hidden-if"),
                     0);
    assert_int_equal(person_commit(&root), 0);
    sim_run_ms(site.sim, 100);
    assert_non_null(strstr(root.heard, "hidden-if"));
    assert_non_null(strstr(root.heard, ":hostname</target>"));
    assert_null(strstr(olga.heard, "hidden-if")); /* what was there, too */
    assert_non_null(strstr(olga.heard, ":hostname</target>"));
    assert_null(strstr(gus.heard, "netconf-config-change"));
    person_ask(&root, (struct front_request){.op = FRONT_STATE, .path = "/nacm"});
    assert_non_null(strstr(root.text, "\"denied-notifications\": 1"));
    person_leave(&root);
    person_leave(&olga);
    person_leave(&gus);
    sim_destroy(site.sim);
}

/* --- rules as configuration --- */

/* Rules apply in the order in which they stand: it must survive everything that a configuration goes through. */
static void test_access__order_of_rules_stays(void **state)
{
    static const char ordered[] = "nacm rule-list z {\n"
                                  "    rule z action deny\n"
                                  "    rule m action permit\n"
                                  "    rule a action deny\n"
                                  "    rule k action permit\n"
                                  "}\n"
                                  "nacm rule-list b rule q action deny\n";
    static const enum front_format formats[] = {FRONT_TEXT, FRONT_JSON, FRONT_XML};
    struct site site;
    struct person root;

    site_begin(&site, *state, ordered);
    person_come(&root, &site, "root", "shell");
    char *first = strdup(person_show(&root, ""));
    assert_true(strstr(first, "rule z") < strstr(first, "rule m") &&
                strstr(first, "rule m") < strstr(first, "rule a") && strstr(first, "rule a") < strstr(first, "rule k"));
    assert_true(strstr(first, "rule-list z") < strstr(first, "rule-list b"));
    for (size_t i = 0; i < 3; i++) {
        person_ask(&root, (struct front_request){.op = FRONT_SHOW, .format = formats[i]});
        char *saved = strdup(root.text);
        assert_int_equal(
            person_ask(&root,
                       (struct front_request){
                           .op = FRONT_LOAD, .load = FRONT_OVERRIDE, .format = formats[i], .text = saved, .name = "f"}),
            0);
        person_ask(&root, (struct front_request){.op = FRONT_COMPARE});
        assert_string_equal(root.text, "");
        person_ask(&root, (struct front_request){.op = FRONT_DISCARD});
        free(saved);
    }
    assert_int_equal(person_load(&root, "nacm rule-list z rule a comment c\nsystem hostname n"), 0);
    assert_int_equal(person_commit(&root), 0);
    assert_int_equal(person_ask(&root, (struct front_request){.op = FRONT_ROLLBACK, .number = 1}), 0);
    assert_int_equal(person_commit(&root), 0);
    assert_string_equal(person_show(&root, ""), first);
    person_leave(&root);
    sim_process_restart(sim_process_find(site.node, "mgmtd"), 10);
    sim_run_ms(site.sim, 100);
    person_come(&root, &site, "root", "again");
    assert_string_equal(person_show(&root, ""), first); /* as it was stored */
    free(first);
    person_leave(&root);
    sim_destroy(site.sim);
}

/* Paths of rules may be typed as Strata shows them, or as the words of the place. */
static void test_access__paths_as_people_type_them(void **state)
{
    static const char *const same[] = {
        "\"/strata-bgp:bgp/neighbor[address='10.0.0.1']/remote-as\"",
        "\"/bgp/neighbor[10.0.0.1]/remote-as\"",
        "\"bgp neighbor 10.0.0.1 remote-as\"",
    };
    static const struct {
        const char *typed, *stored;
    } others[] = {
        {"/bgp", "/strata-bgp:bgp"},
        {"bgp", "/strata-bgp:bgp"},
        {"/", "/"},
        {"/vpn-instances/vpn-instance", "/strata-vpn-instance:vpn-instances/vpn-instance"},
        {"\"vpn-instance red\"", "\"/strata-vpn-instance:vpn-instances/vpn-instance[name='red']\""},
        {"\"interface x ipv4\"", "\"/ietf-interfaces:interfaces/interface[name='x']/strata-interfaces:ipv4\""},
    };
    static const char *const wrong[] = {
        "/bgb", "bgb",         "/bgp/neighbour",    "\"bgp neighbor 10.0.0.1 remote-as 7\"",
        "\"\"", "/nobody:bgp", "\"/bgp/neighbor[\""};
    struct site site;
    struct person root;
    char text[256];

    site_begin(&site, *state, "system hostname r1\n");
    person_come(&root, &site, "root", "shell");
    for (size_t i = 0; i < 3 + 6; i++) {
        const char *typed = i < 3 ? same[i] : others[i - 3].typed, *stored = i < 3 ? same[0] : others[i - 3].stored;
        snprintf(text, sizeof(text), "nacm rule-list l rule r path %s", typed);
        assert_int_equal(person_load(&root, text), 0);
        person_ask(&root, (struct front_request){.op = FRONT_SHOW, .path = "/nacm", .is_candidate = true});
        snprintf(text, sizeof(text), "nacm rule-list l rule r path %s\n", stored);
        assert_string_equal(root.text, text);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text), "nacm rule-list l rule r path %s", wrong[i]);
        if (person_load(&root, text) != -EINVAL)
            fail_msg("%s: %d", wrong[i], root.error);
        assert_non_null(strstr(root.text, "is no valid path"));
    }
    person_leave(&root);
    sim_destroy(site.sim);
}

static void test_access__another_order_is_a_change(void **state)
{
    struct site site;
    struct person root, olga;
    static const char before[] = "nacm { group ops user-name olga; rule-list ops { group ops;\n"
                                 "  rule a { module-name strata-system; action deny }\n"
                                 "  rule b { module-name strata-system; action permit } } }\nsystem hostname h\n";
    static const char after[] = "nacm { group ops user-name olga; rule-list ops { group ops;\n"
                                "  rule b { module-name strata-system; action permit }\n"
                                "  rule a { module-name strata-system; action deny } } }\nsystem hostname h\n";

    site_begin(&site, *state, before);
    person_come(&root, &site, "root", "shell");
    person_come(&olga, &site, "olga", "shell");
    assert_string_equal(person_show(&olga, "/system"), "");
    assert_int_equal(
        person_ask(&root, (struct front_request){.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .text = after, .name = "f"}),
        0);
    person_ask(&root, (struct front_request){.op = FRONT_COMPARE});
    assert_string_not_equal(root.text, "");
    assert_int_equal(person_commit(&root), 0);
    assert_string_equal(root.text, "committed as 2");
    assert_string_equal(person_show(&olga, "/system"), "system hostname h\n"); /* the open session follows */
    person_leave(&root);
    person_leave(&olga);
    sim_destroy(site.sim);
}

/* --- the examples of the user guide --- */

struct example {
    const char *user;
    enum front_op op; /* LOAD; SHOW of /; ACTION; LOCK */
    const char *text; /* of LOAD, ACTION */
    int error;
    const char *has, *has_not; /* SHOW */
};

#define NETWORK                                                                                                        \
    "system hostname r1\nvpn-instance custA description a\nvpn-instance custB description b\n"                         \
    "bgp { as 100; router-id 1.1.1.1; neighbor 10.0.0.1 remote-as 100 }\n"

static const struct example operators[] = {
    {"olga", FRONT_LOAD, "bgp neighbor 10.0.0.1 description x", 0, NULL, NULL},
    {"oscar", FRONT_LOAD, "bgp neighbor 10.0.0.2 remote-as 100", 0, NULL, NULL},
    {"olga", FRONT_LOAD, "no bgp neighbor 10.0.0.1", 0, NULL, NULL},
    {"olga", FRONT_LOAD, "bgp router-id 2.2.2.2", -EACCES, NULL, NULL},
    {"olga", FRONT_LOAD, "no bgp", -EACCES, NULL, NULL},
    {"gus", FRONT_LOAD, "bgp neighbor 10.0.0.1 description x", -EACCES, NULL, NULL},
    {"olga", FRONT_SHOW, NULL, 0, "hostname", "nacm"},
    {"olga", FRONT_ACTION, "bgp clear 10.0.0.1", -ENOTCONN, NULL, NULL}, /* permitted; bgpd does not run here */
};
static const struct example auditors[] = {
    {"arthur", FRONT_SHOW, NULL, 0, "nacm", NULL},
    {"arthur", FRONT_LOAD, "system hostname b", -EACCES, NULL, NULL},
    {"arthur", FRONT_ACTION, "bgp clear", -EACCES, NULL, NULL},
    {"arthur", FRONT_LOCK, NULL, -EACCES, NULL, NULL},
    {"gus", FRONT_LOCK, NULL, -EACCES, NULL, NULL},
};
static const struct example helpdesk[] = {
    {"hanna", FRONT_SHOW, NULL, 0, "vpn-instance custA description a\n", "custB"},
    {"hanna", FRONT_SHOW, NULL, 0, "custA", "bgp"},
    {"gus", FRONT_SHOW, NULL, 0, "", "vpn-instance"},
    {"root", FRONT_SHOW, NULL, 0, "custB", NULL},
};
static const struct example admins[] = {
    {"sue", FRONT_LOAD, "nacm read-default deny", 0, NULL, NULL},
    {"sue", FRONT_SHOW, NULL, 0, "nacm", NULL},
    {"gus", FRONT_LOAD, "nacm read-default deny", -EACCES, NULL, NULL},
};
static const struct example noc[] = {
    {"nina", FRONT_SHOW, NULL, 0, "bgp", "10.0.0.1"},
    {"gus", FRONT_SHOW, NULL, 0, "10.0.0.1", "nacm"},
};

static void check_example(struct ly_ctx *ctx, const char *rules, const struct example *e, size_t n)
{
    struct site site;
    char *boot = malloc(strlen(rules) + sizeof(NETWORK));

    sprintf(boot, "%s%s", NETWORK, rules);
    site_begin(&site, ctx, boot);
    for (size_t i = 0; i < n; i++) {
        struct person p;
        person_come(&p, &site, e[i].user, "shell");
        int rc = person_ask(
            &p, (struct front_request){.op = e[i].op, .text = e[i].text, .argument = e[i].text, .name = "f"});
        bool is_shown =
            e[i].op != FRONT_SHOW || (strstr(p.text, e[i].has) && (!e[i].has_not || !strstr(p.text, e[i].has_not)));
        if (rc != e[i].error || !is_shown)
            fail_msg("%s, case %zu: %d %s", e[i].user, i, rc, p.text);
        person_leave(&p);
    }
    sim_destroy(site.sim);
    free(boot);
}

static void test_access__examples_of_the_guide(void **state)
{
    static const struct {
        const struct example *cases;
        size_t n;
    } examples[] = {{operators, 8}, {auditors, 5}, {helpdesk, 4}, {admins, 3}, {noc, 2}};
    char *page = malloc(1 << 16), *at = page;
    FILE *f = fopen(TEST_SCENARIO_DIR "/../../docs/user/access.md", "re");

    assert_non_null(f);
    page[fread(page, 1, (1 << 16) - 1, f)] = '\0';
    fclose(f);
    for (size_t i = 0; i < 5; i++) {
        char *start = strstr(at, "\n    nacm {\n");
        char *end = start ? strstr(start, "\n    }\n") : NULL;
        assert_non_null(end);
        at = end + 7;
        end[7] = '\0';
        check_example(*state, start, examples[i].cases, examples[i].n);
        end[7] = '\n';
    }
    assert_null(strstr(at, "\n    nacm {\n")); /* all of them were tried */
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access__request_in_other_words),
        cmocka_unit_test(test_access__confirmed_commit_of_somebody_else),
        cmocka_unit_test(test_access__by_default_nothing_is_changed),
        cmocka_unit_test(test_access__commit_is_what_it_changes),
        cmocka_unit_test(test_access__shared_candidate),
        cmocka_unit_test(test_access__groups_are_those_of_now),
        cmocka_unit_test(test_access__operations),
        cmocka_unit_test(test_access__settling_is_told),
        cmocka_unit_test(test_access__notifications),
        cmocka_unit_test(test_access__order_of_rules_stays),
        cmocka_unit_test(test_access__paths_as_people_type_them),
        cmocka_unit_test(test_access__another_order_is_a_change),
        cmocka_unit_test(test_access__examples_of_the_guide),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
