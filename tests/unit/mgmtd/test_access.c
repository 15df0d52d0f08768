/* SPDX-License-Identifier: Apache-2.0
 *
 * Access control from the outside, for several users of one mgmtd under virtual time: what may not be read appears in
 * no answer, what may not be changed is refused by every way of changing it, and the audit log and the counters tell of
 * it.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/mgmtd/mgmtd.h"
#include "strata/env.h"
#include "strata/front.h"
#include "strata/io.h"
#include "strata/mem.h"
#include "strata/sim.h"

struct site {
    struct ly_ctx *ctx;
    struct sim *sim;
    struct sim_node *node;
    const char *boot;
};

struct person {
    struct site *site;
    struct front *front;
    uint64_t id;
    bool is_answered, is_down;
    int error;
    char tag[32], path[256], note[1024], text[16384], heard[16384];
};

static bool name_of(int uid, char *out, size_t size)
{
    if (uid == 0)
        snprintf(out, size, "root");
    return uid == 0;
}

static size_t groups_of(const char *user, char (*out)[MGMTD_NAME_MAX], size_t max)
{
    static const char *const members[][2] = {{"wes", "wheel"}, {"arthur", "audit"}, {"sue", "sudo"}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && n < max; i++)
        if (strcmp(user, members[i][0]) == 0)
            snprintf(out[n++], MGMTD_NAME_MAX, "%s", members[i][1]);
    return n;
}

static void *manager_create(struct sim_process *process, const struct env *env, void *arg)
{
    static const struct mgmtd_users users = {name_of, groups_of};
    struct site *site = arg;
    struct mgmtd_options opt = {.ctx = site->ctx, .boot_file = "boot", .boot_text = site->boot, .users = &users};
    (void)process;
    return mgmtd_create(env, &opt);
}

static void manager_destroy(void *daemon, void *arg)
{
    (void)arg;
    mgmtd_destroy(daemon);
}

static bool has_booted(void *arg)
{
    struct site *site = arg;
    struct mgmtd *m = sim_process_daemon(sim_process_find(site->node, "mgmtd"));
    return m && mgmtd_sequence(m) > 0;
}

static void site_begin(struct site *site, struct ly_ctx *ctx, const char *boot)
{
    struct sim_program manager = {.name = "mgmtd", .create = manager_create, .destroy = manager_destroy, .arg = site};

    *site = (struct site){.ctx = ctx, .sim = sim_create(1), .boot = boot};
    site->node = sim_node_create(site->sim, "r");
    sim_process_create(site->node, "mgmtd", &manager);
    assert_true(sim_run_until(site->sim, has_booted, site, 20000));
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct person *p = arg;
    if (r->id != p->id)
        return;
    p->is_answered = true;
    p->error = r->error;
    snprintf(p->text, sizeof(p->text), "%s", r->text);
    snprintf(p->note, sizeof(p->note), "%s", r->note);
    snprintf(p->tag, sizeof(p->tag), "%s", r->tag);
    snprintf(p->path, sizeof(p->path), "%s", r->path);
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct person *p = arg;
    size_t used = strlen(p->heard);
    snprintf(p->heard + used, sizeof(p->heard) - used, "%s\n", n->text);
}

static void on_down(const char *reason, void *arg)
{
    (void)reason;
    ((struct person *)arg)->is_down = true;
}

static bool is_answered(void *arg)
{
    return ((struct person *)arg)->is_answered;
}

static bool is_up(void *arg)
{
    return front_is_up(((struct person *)arg)->front);
}

static int ask(struct person *p, struct front_request r)
{
    p->is_answered = false;
    p->id = front_send(p->front, &r);
    assert_true(sim_run_until(p->site->sim, is_answered, p, 20000));
    return p->error;
}

static void come(struct person *p, struct site *site, const char *user, const char *kind)
{
    static const struct front_events events = {.reply = on_reply, .down = on_down, .notice = on_notice};
    char name[64];

    snprintf(name, sizeof(name), "%s-of-%s", kind, user);
    *p = (struct person){.site = site};
    p->front = front_create(sim_process_env(sim_process_create(site->node, name, NULL)), "strata", &events, p);
    assert_true(sim_run_until(site->sim, is_up, p, 5000));
    assert_int_equal(
        ask(p, (struct front_request){.op = FRONT_OPEN, .name = user, .argument = kind, .path = "10.0.0.9"}), 0);
}

static void leave(struct person *p)
{
    front_destroy(p->front);
    sim_run_ms(p->site->sim, 10);
}

static int load(struct person *p, const char *text)
{
    return ask(p, (struct front_request){.op = FRONT_LOAD, .text = text, .name = "typed"});
}

static int commit(struct person *p)
{
    return ask(p, (struct front_request){.op = FRONT_COMMIT});
}

static const char *show(struct person *p, const char *path)
{
    ask(p, (struct front_request){.op = FRONT_SHOW, .path = path});
    return p->text;
}

static char *audit(const struct site *site)
{
    const struct env *env = sim_process_env(sim_process_find(site->node, "mgmtd"));
    char path[300], *data = NULL;
    size_t len;
    snprintf(path, sizeof(path), "%s/audit.log", env->state_dir);
    return io_file_read(env->io, path, &data, &len) ? mem_strdup(NULL, "") : data;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

/* --- what may not be read --- */

#define HIDDEN "very-hidden-name"
#define RULES                                                                                                          \
    "nacm { group ops user-name olga\n"                                                                                \
    "  rule-list ops { group ops\n"                                                                                    \
    "    rule no-name { path /strata-system:system/hostname; action deny }\n"                                          \
    "    rule interfaces { path /ietf-interfaces:interfaces; action permit } } }\n"
#define SYSTEM "<system xmlns='urn:strata:system'>"

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

static bool tells(const struct person *p, const char *what)
{
    return strstr(p->text, what) || strstr(p->note, what) || strstr(p->path, what);
}

static void test_access__hidden_is_in_no_answer(void **state)
{
    struct site site;
    struct person root, olga;
    size_t n_shown = 0;

    site_begin(&site, *state, "system hostname " HIDDEN "\ninterface x mtu 1500\n" RULES);
    come(&root, &site, "root", "shell");
    assert_int_equal(load(&root, "interface x mtu 1600\nsystem hostname " HIDDEN "-2"), 0);
    assert_int_equal(commit(&root), 0);
    for (unsigned i = 0; i < 2; i++) { /* also while she has a candidate */
        come(&olga, &site, "olga", "shell");
        if (i == 1)
            assert_int_equal(load(&olga, "interface y mtu 1500"), 0);
        for (size_t k = 0; k < sizeof(readers) / sizeof(readers[0]); k++) {
            ask(&olga, readers[k]);
            if (tells(&olga, HIDDEN) || tells(&olga, "no-name"))
                fail_msg("request %zu: %s", k, olga.text);
            if (readers[k].op == FRONT_SHOW && !readers[k].path)
                assert_non_null(strstr(olga.text, "1600"));
            ask(&root, readers[k]);
            n_shown += tells(&root, HIDDEN);
        }
        leave(&olga);
    }
    assert_true(n_shown >= 30); /* it is there to be seen */
    leave(&root);
    sim_destroy(site.sim);
}

static void test_access__own_place_is_left_out(void **state)
{
    struct site site;
    struct person gus;

    site_begin(&site, *state, "system hostname " HIDDEN "\n" RULES);
    come(&gus, &site, "gus", "shell");
    assert_string_equal(show(&gus, ""), "system hostname " HIDDEN "\n"); /* /nacm is for nobody */
    assert_string_equal(show(&gus, "/nacm"), "");
    ask(&gus,
        (struct front_request){.op = FRONT_GET, .format = FRONT_XML, .defaults = FRONT_REPORT_ALL, .path = "/nacm"});
    assert_null(strstr(gus.text, "nacm"));
    ask(&gus, (struct front_request){.op = FRONT_STATE, .path = "/nacm"});
    assert_null(strstr(gus.text, "nacm"));
    leave(&gus);
    sim_destroy(site.sim);
}

/* A fault in a part that may not be read: it is refused, and not said where. */
static void test_access__faults_do_not_tell(void **state)
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
    come(&olga, &site, "olga", "shell");
    assert_int_equal(load(&olga, "no vpn-instance " HIDDEN), 0);
    assert_int_equal(commit(&olga), -EINVAL); /* the interface still refers to it */
    assert_string_equal(olga.text, "the configuration would not be valid in a part that you may not read");
    assert_string_equal(olga.path, "");
    leave(&olga);
    sim_destroy(site.sim);
}

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
    come(&olga, &site, "olga", "shell");
    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
        if (ask(&olga, (struct front_request){.op = FRONT_ACTION, .argument = typed[i]}) != -EACCES)
            fail_msg("%s: %s", typed[i], olga.text);
    leave(&olga);
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
    come(&root, &site, "root", "shell");
    come(&gus, &site, "gus", "shell");
    come(&hal, &site, "hal", "shell");
    assert_int_equal(load(&root, "system hostname b"), 0);
    assert_int_equal(ask(&root, confirmed), 0);
    assert_int_equal(ask(&gus, (struct front_request){.op = FRONT_CANCEL}), -EACCES);
    assert_int_equal(commit(&gus), -EACCES); /* of nothing: it would confirm */
    assert_string_equal(show(&root, "/system"), "system hostname b\n");
    assert_int_equal(ask(&hal, (struct front_request){.op = FRONT_CANCEL}), 0);
    assert_string_equal(show(&root, "/system"), "system hostname a\n");
    assert_int_equal(load(&root, "system hostname c"), 0);
    assert_int_equal(ask(&root, confirmed), 0);
    assert_int_equal(commit(&hal), 0);
    assert_string_equal(hal.text, "confirmed");
    leave(&root);
    leave(&gus);
    leave(&hal);
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
    come(&gus, &site, "gus", "netconf");
    come(&root, &site, "root", "shell");
    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        if (ask(&gus, writers[i]) != -EACCES || strcmp(gus.tag, "access-denied") != 0)
            fail_msg("request %zu: %d %s %s", i, gus.error, gus.tag, gus.text);
        if (i == 0) {
            assert_string_equal(gus.text, "/system/hostname: access denied: gus may not update this");
            assert_string_equal(gus.path, "/strata-system:system/hostname");
        }
    }
    assert_int_equal(commit(&gus), 0);
    assert_string_equal(gus.text, "nothing to commit");
    assert_string_equal(show(&root, ""), "system hostname a\n");
    ask(&root, (struct front_request){.op = FRONT_STATE, .path = "/nacm"});
    /* delete-config is no operation for everybody, all others are denied by their data */
    assert_non_null(strstr(root.text, "\"denied-operations\": 1,"));
    assert_non_null(strstr(root.text, "\"denied-data-writes\": 10,"));
    assert_non_null(strstr(root.text, "\"denied-notifications\": 0"));
    log = audit(&site);
    assert_int_equal(count(log, "\"event\":\"denied\""), 11);
    assert_int_equal(count(log, "\"user\":\"gus\",\"front-end\":\"netconf\",\"host\":\"10.0.0.9\""), 12);
    assert_int_equal(count(log, "\"operation\":\"update\",\"path\":\"/system/hostname\""), 7);
    assert_int_equal(count(log, "\"operation\":\"delete-config\""), 1);
    mem_free(NULL, log);
    leave(&gus);
    leave(&root);
    sim_destroy(site.sim);
}

/* What somebody else put into the shared candidate is changed by whoever commits it. */
static void test_access__commit_is_what_it_changes(void **state)
{
    struct site site;
    struct person olga, root;

    site_begin(&site, *state, "system hostname a\ninterface x mtu 1500\n" RULES);
    come(&olga, &site, "olga", "shell");
    come(&root, &site, "root", "shell");
    assert_int_equal(load(&olga, "interface x mtu 1400"), 0);
    assert_int_equal(ask(&olga, (struct front_request){.op = FRONT_CHECK}), 0);
    assert_int_equal(commit(&olga), 0);
    assert_int_equal(load(&olga, "system hostname b"), -EACCES);
    assert_string_equal(olga.text, "/system: access denied: olga may not update all of this");
    assert_string_equal(olga.path, "/strata-system:system");
    /* her rights are those of the time of the commit */
    assert_int_equal(load(&olga, "interface x mtu 1300"), 0);
    assert_int_equal(load(&root, "nacm rule-list ops rule interfaces action deny"), 0);
    assert_int_equal(commit(&root), 0);
    assert_int_equal(commit(&olga), -EACCES);
    assert_string_equal(show(&root, "/interfaces"), "interface x mtu 1400\n");
    leave(&olga);
    leave(&root);
    sim_destroy(site.sim);
}

static void test_access__shared_candidate(void **state)
{
    static const struct front_events events = {.reply = on_reply, .down = on_down, .notice = on_notice};
    struct site site;
    struct person p[2];
    static const char *const names[] = {"root", "olga"};

    site_begin(&site, *state, "system hostname a\ninterface x mtu 1500\n" RULES);
    for (size_t i = 0; i < 2; i++) {
        p[i] = (struct person){.site = &site};
        p[i].front = front_create(sim_process_env(sim_process_create(site.node, names[i], NULL)), "n", &events, &p[i]);
        assert_true(sim_run_until(site.sim, is_up, &p[i], 5000));
        assert_int_equal(
            ask(&p[i],
                (struct front_request){.op = FRONT_OPEN, .name = names[i], .argument = "netconf", .is_shared = true}),
            0);
    }
    assert_int_equal(ask(&p[0], (struct front_request){.op = FRONT_EDIT,
                                                       .datastore = FRONT_CANDIDATE,
                                                       .text = SYSTEM "<hostname>" HIDDEN "</hostname></system>"}),
                     0);
    ask(&p[1], (struct front_request){.op = FRONT_GET, .datastore = FRONT_CANDIDATE, .format = FRONT_XML});
    assert_false(tells(&p[1], HIDDEN));
    assert_int_equal(ask(&p[1], (struct front_request){.op = FRONT_CHECK}), 0); /* to look needs no right */
    assert_int_equal(commit(&p[1]), -EACCES);
    assert_false(tells(&p[1], HIDDEN));
    assert_int_equal(commit(&p[0]), 0);
    leave(&p[0]);
    leave(&p[1]);
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
    come(&gus, &site, "gus", "shell");
    come(&wes, &site, "wes", "shell");
    come(&root, &site, "root", "netconf");
    assert_int_equal(ask(&root, (struct front_request){.op = FRONT_LOCK, .datastore = FRONT_RUNNING}), 0);
    assert_int_equal(ask(&gus, (struct front_request){.op = FRONT_LOCK, .datastore = FRONT_CANDIDATE}), -EACCES);
    assert_string_equal(gus.text, "access denied: gus may change nothing, and so not lock");
    assert_int_equal(ask(&gus, (struct front_request){.op = FRONT_KILL, .number = 3}), -EACCES);
    assert_string_equal(gus.text, "access denied: gus may not use kill-session");
    assert_int_equal(ask(&gus, (struct front_request){.op = FRONT_SUBSCRIBE}), -EACCES);
    assert_int_equal(ask(&gus, (struct front_request){.op = FRONT_ACTION, .argument = "platform audit"}), -ENOTCONN);
    assert_int_equal(ask(&wes, (struct front_request){.op = FRONT_ACTION, .argument = "platform audit"}), -EACCES);
    assert_int_equal(ask(&wes, (struct front_request){.op = FRONT_KILL, .number = 3}), 0);
    sim_run_ms(site.sim, 100);
    assert_true(root.is_down);
    log = audit(&site);
    assert_int_equal(count(log, "{\"event\":\"session-killed\",\"time\":"), 1);
    assert_non_null(strstr(log, "\"detail\":\"by session 2, user wes; it had locked running\""));
    assert_non_null(strstr(log, "\"operation\":\"platform-audit\""));
    assert_int_equal(count(log, "\"operation\":\"running\""), 1);
    assert_int_equal(count(log, "{\"event\":\"request\""), 1);
    assert_non_null(strstr(log, "\"user\":\"gus\",\"front-end\":\"shell\",\"host\":\"10.0.0.9\","
                                "\"operation\":\"platform audit\",\"detail\":\""));
    mem_free(NULL, log);
    leave(&gus);
    log = audit(&site);
    assert_int_equal(count(log, "session-start"), 3);
    assert_int_equal(count(log, "session-end"), 1); /* the killed one has ended by being killed */
    mem_free(NULL, log);
    leave(&wes);
    front_destroy(root.front);
    sim_destroy(site.sim);
}

static void test_access__settling_is_told(void **state)
{
    struct site site;
    struct person wes;

    site_begin(&site, *state, "system hostname a\nnacm rule-list wheel { group wheel; rule all action permit }\n");
    come(&wes, &site, "wes", "shell");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(load(&wes, i ? "system hostname c" : "system hostname b"), 0);
        assert_int_equal(ask(&wes, (struct front_request){.op = FRONT_COMMIT, .confirm_sec = 60}), 0);
        assert_int_equal(ask(&wes, (struct front_request){.op = i ? FRONT_CANCEL : FRONT_COMMIT}), 0);
    }
    char *log = audit(&site);
    assert_int_equal(count(log, "{\"event\":\"confirmed\""), 1);
    assert_int_equal(count(log, "{\"event\":\"cancelled\""), 1);
    assert_non_null(
        strstr(log, "\"user\":\"wes\",\"front-end\":\"shell\",\"host\":\"10.0.0.9\",\"detail\":\"commit 2\""));
    mem_free(NULL, log);
    leave(&wes);
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
    come(&root, &site, "root", "shell");
    come(&olga, &site, "olga", "netconf");
    come(&gus, &site, "gus", "netconf");
    assert_int_equal(ask(&root, (struct front_request){.op = FRONT_LISTEN}), 0);
    assert_int_equal(ask(&olga, (struct front_request){.op = FRONT_LISTEN}), 0);
    assert_int_equal(ask(&gus, (struct front_request){.op = FRONT_LISTEN}), 0);
    assert_int_equal(load(&root, "system hostname r2\nno interface "
                                 "hidden-if"),
                     0);
    assert_int_equal(commit(&root), 0);
    sim_run_ms(site.sim, 100);
    assert_non_null(strstr(root.heard, "hidden-if"));
    assert_non_null(strstr(root.heard, ":hostname</target>"));
    assert_null(strstr(olga.heard, "hidden-if")); /* what was there, too */
    assert_non_null(strstr(olga.heard, ":hostname</target>"));
    assert_null(strstr(gus.heard, "netconf-config-change"));
    ask(&root, (struct front_request){.op = FRONT_STATE, .path = "/nacm"});
    assert_non_null(strstr(root.text, "\"denied-notifications\": 1"));
    leave(&root);
    leave(&olga);
    leave(&gus);
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
    come(&root, &site, "root", "shell");
    char *first = strdup(show(&root, ""));
    assert_true(strstr(first, "rule z") < strstr(first, "rule m") &&
                strstr(first, "rule m") < strstr(first, "rule a") && strstr(first, "rule a") < strstr(first, "rule k"));
    assert_true(strstr(first, "rule-list z") < strstr(first, "rule-list b"));
    for (size_t i = 0; i < 3; i++) {
        ask(&root, (struct front_request){.op = FRONT_SHOW, .format = formats[i]});
        char *saved = strdup(root.text);
        assert_int_equal(
            ask(&root,
                (struct front_request){
                    .op = FRONT_LOAD, .load = FRONT_OVERRIDE, .format = formats[i], .text = saved, .name = "f"}),
            0);
        ask(&root, (struct front_request){.op = FRONT_COMPARE});
        assert_string_equal(root.text, "");
        ask(&root, (struct front_request){.op = FRONT_DISCARD});
        free(saved);
    }
    assert_int_equal(load(&root, "nacm rule-list z rule a comment c\nsystem hostname n"), 0);
    assert_int_equal(commit(&root), 0);
    assert_int_equal(ask(&root, (struct front_request){.op = FRONT_ROLLBACK, .number = 1}), 0);
    assert_int_equal(commit(&root), 0);
    assert_string_equal(show(&root, ""), first);
    leave(&root);
    sim_process_restart(sim_process_find(site.node, "mgmtd"), 10);
    sim_run_ms(site.sim, 100);
    come(&root, &site, "root", "again");
    assert_string_equal(show(&root, ""), first); /* as it was stored */
    free(first);
    leave(&root);
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
    come(&root, &site, "root", "shell");
    for (size_t i = 0; i < 3 + 6; i++) {
        const char *typed = i < 3 ? same[i] : others[i - 3].typed, *stored = i < 3 ? same[0] : others[i - 3].stored;
        snprintf(text, sizeof(text), "nacm rule-list l rule r path %s", typed);
        assert_int_equal(load(&root, text), 0);
        ask(&root, (struct front_request){.op = FRONT_SHOW, .path = "/nacm", .is_candidate = true});
        snprintf(text, sizeof(text), "nacm rule-list l rule r path %s\n", stored);
        assert_string_equal(root.text, text);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text), "nacm rule-list l rule r path %s", wrong[i]);
        if (load(&root, text) != -EINVAL)
            fail_msg("%s: %d", wrong[i], root.error);
        assert_non_null(strstr(root.text, "is no valid path"));
    }
    leave(&root);
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
    come(&root, &site, "root", "shell");
    come(&olga, &site, "olga", "shell");
    assert_string_equal(show(&olga, "/system"), "");
    assert_int_equal(
        ask(&root, (struct front_request){.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .text = after, .name = "f"}), 0);
    ask(&root, (struct front_request){.op = FRONT_COMPARE});
    assert_string_not_equal(root.text, "");
    assert_int_equal(commit(&root), 0);
    assert_string_equal(root.text, "committed as 2");
    assert_string_equal(show(&olga, "/system"), "system hostname h\n"); /* the open session follows */
    leave(&root);
    leave(&olga);
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
        come(&p, &site, e[i].user, "shell");
        int rc = ask(&p, (struct front_request){.op = e[i].op, .text = e[i].text, .argument = e[i].text, .name = "f"});
        bool is_shown =
            e[i].op != FRONT_SHOW || (strstr(p.text, e[i].has) && (!e[i].has_not || !strstr(p.text, e[i].has_not)));
        if (rc != e[i].error || !is_shown)
            fail_msg("%s, case %zu: %d %s", e[i].user, i, rc, p.text);
        leave(&p);
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
        cmocka_unit_test(test_access__hidden_is_in_no_answer),
        cmocka_unit_test(test_access__own_place_is_left_out),
        cmocka_unit_test(test_access__faults_do_not_tell),
        cmocka_unit_test(test_access__request_in_other_words),
        cmocka_unit_test(test_access__confirmed_commit_of_somebody_else),
        cmocka_unit_test(test_access__by_default_nothing_is_changed),
        cmocka_unit_test(test_access__commit_is_what_it_changes),
        cmocka_unit_test(test_access__shared_candidate),
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
