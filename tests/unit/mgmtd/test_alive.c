/* SPDX-License-Identifier: Apache-2.0
 *
 * Daemons that hang: they are stopped, and the rest of the router goes on. Who is asked for what, when it is told, what
 * a commit says; and that nobody is said to hang who does not.
 */
#include "tests/unit/mgmtd/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/ipc/north/north_msg.h"
#include "lib/text/time.h"
#include "ospfd_config.h"
#include "strata/ipc.h"
#include "strata/north.h"
#include "strata/schema.h"

#define KNOWN_MS 5100 /* from the last that was heard of a daemon until it is known to hang */
#define BOOT                                                                                                           \
    "system hostname a\ninterface x mtu 1500\nospf router-id 10.0.0.1\n"                                               \
    "nacm { write-default permit; read-default permit; exec-default permit }\n"

struct daemon {
    const char *name;
    struct sim_process *process, *freezes; /* in commit: `freezes` is stopped */
    struct north *north;
    unsigned n_committed, n_actions;
    struct north_action at_hand;
    bool must_wait; /* an action takes its time */
};

struct world {
    struct site site;
    struct person root;
    struct daemon ribd, ospfd;
    char log[65536];
};

static const struct schema *schema_of(const char *name)
{
    const struct schema_owner *o = schema_owners;
    while (o->daemon && strcmp(o->daemon, name) != 0)
        o++;
    return o->schema;
}

static int agree(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    (void)daemon, (void)next, (void)prev, (void)err;
    return 0;
}

static void adopt(void *daemon, const void *next, const void *prev)
{
    struct daemon *d = daemon;
    (void)next, (void)prev;
    d->n_committed++;
    if (d->freezes)
        sim_process_freeze(d->freezes, true);
}

static void say(void *daemon, const char *path, struct state_writer *sw)
{
    (void)daemon, (void)path, (void)sw;
}

static int act(void *daemon, const char *name, const char *argument, char *reply, size_t size)
{
    struct daemon *d = daemon;
    (void)name, (void)argument;
    d->n_actions++;
    d->at_hand = north_action_at_hand(d->north);
    snprintf(reply, size, "done");
    return d->must_wait ? -EINPROGRESS : 0;
}

static void *daemon_create(struct sim_process *process, const struct env *env, void *arg)
{
    static const struct north_ops ops = {.prepare = agree, .commit = adopt, .state = say, .action = act};
    struct daemon *d = arg;
    (void)process;
    d->north = north_create(env, d->name, schema_of(d->name), &ops, d);
    return d;
}

static void daemon_destroy(void *daemon, void *arg)
{
    (void)arg;
    north_destroy(((struct daemon *)daemon)->north);
}

static void daemon_start(struct world *w, struct daemon *d, const char *name)
{
    struct sim_program program = {.name = name, .create = daemon_create, .destroy = daemon_destroy, .arg = d};
    *d = (struct daemon){.name = name};
    d->process = sim_process_create(w->site.node, name, &program);
}

static void sink(void *arg, enum log_level level, const char *line)
{
    struct world *w = arg;
    size_t used = strlen(w->log);
    (void)level;
    snprintf(w->log + used, sizeof(w->log) - used, "%s\n", line);
}

/* A router with a ribd and an ospfd, both in sync, and root at work. */
static struct world *begin(struct ly_ctx *ctx)
{
    struct world *w = calloc(1, sizeof(*w));

    site_begin(&w->site, ctx, BOOT);
    sim_set_log(w->site.sim, sink, w, LOG_LEVEL_INFO);
    daemon_start(w, &w->ribd, "ribd");
    daemon_start(w, &w->ospfd, "ospfd");
    sim_run_ms(w->site.sim, 500);
    assert_int_equal(w->ribd.n_committed, 1);
    assert_int_equal(w->ospfd.n_committed, 1);
    person_come(&w->root, &w->site, "root", "shell");
    assert_int_equal(person_ask(&w->root, (struct front_request){.op = FRONT_LISTEN}), 0);
    return w;
}

static void end(struct world *w)
{
    person_leave(&w->root);
    sim_destroy(w->site.sim);
    free(w);
}

/* Milliseconds until the answer. */
static uint64_t ask(struct world *w, struct front_request r)
{
    uint64_t before = sim_now_us(w->site.sim);
    person_ask(&w->root, r);
    return (sim_now_us(w->site.sim) - before) / 1000;
}

/* What `show daemons` says of it: "\"name\": \"ospfd\"" up to the next one. */
static const char *told_of(struct world *w, const char *name)
{
    static char out[1024];
    char key[64];

    ask(w, (struct front_request){.op = FRONT_STATE, .path = "/management/daemon"});
    snprintf(key, sizeof(key), "\"name\": \"%s\"", name);
    const char *from = strstr(w->root.text, key);
    assert_non_null(from);
    const char *to = strchr(from, '}');
    snprintf(out, sizeof(out), "%.*s", (int)(to - from), from);
    return out;
}

#define TELLS(text, what)                                                                                              \
    do {                                                                                                               \
        if (!strstr(text, what))                                                                                       \
            fail_msg("no \"%s\" in: %s", what, text);                                                                  \
    } while (0)

static uint64_t silent_since_sec(struct world *w, const char *name)
{
    const char *at = strstr(told_of(w, name), "\"silent-since\": \"");
    char text[TEXT_TIME_MAX];
    uint64_t sec = 0;

    assert_non_null(at);
    assert_int_equal(sscanf(at, "\"silent-since\": \"%31[^\"]", text), 1);
    assert_true(text_time_read(text, &sec));
    return sec;
}

static void test_alive__told_once(void **state)
{
    struct world *w = begin(*state);

    uint64_t froze_sec = sim_now_us(w->site.sim) / 1000000;
    sim_process_freeze(w->ospfd.process, true);
    sim_run_ms(w->site.sim, 2000);
    TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
    sim_run_ms(w->site.sim, KNOWN_MS - 2000);
    assert_in_range(silent_since_sec(w, "ospfd"), froze_sec - 3, froze_sec);
    TELLS(told_of(w, "ospfd"), "\"state\": \"silent\"");
    TELLS(told_of(w, "ospfd"), "\"message\": \"does not answer\"");
    TELLS(told_of(w, "ospfd"), "\"silent-since\": \"1970-01-01T00:00:");
    TELLS(told_of(w, "ribd"), "\"state\": \"in-sync\"");
    assert_null(strstr(told_of(w, "ribd"), "silent-since"));
    sim_run_ms(w->site.sim, 60000);
    assert_int_equal(text_count(w->log, "daemon-silent daemon=ospfd"), 1);
    assert_int_equal(text_count(w->root.heard, "<daemon-silent"), 1);
    TELLS(w->root.heard, "<daemon>ospfd</daemon><pid>");
    TELLS(w->root.heard, "<since>1970-01-01T00:00:");
    assert_int_equal(text_count(w->log, "daemon-answers") + text_count(w->root.heard, "<daemon-answers"), 0);

    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
    assert_null(strstr(told_of(w, "ospfd"), "silent-since"));
    assert_int_equal(text_count(w->log, "daemon-answers daemon=ospfd"), 1);
    assert_int_equal(text_count(w->root.heard, "<daemon-answers"), 1);
    TELLS(w->root.heard, "<silent-for>6"); /* 60 and some seconds */
    assert_null(strstr(w->log, "daemon-lost"));
    assert_int_equal(w->ospfd.n_committed, 1); /* nothing happened meanwhile: it has what it had */
    end(w);
}

/* Once it is known nobody waits; who waits when it becomes known does not wait longer. */
static void test_alive__shows_go_on(void **state)
{
    struct world *w = begin(*state);
    struct front_request of_all = {.op = FRONT_STATE, .path = ""}, of_ospf = {.op = FRONT_STATE, .path = "/ospf"};

    sim_run_ms(w->site.sim, 10000);
    sim_process_freeze(w->ospfd.process, true);
    sim_run_ms(w->site.sim, 3500);
    assert_in_range(ask(w, of_ospf), 0, 2000);
    TELLS(w->root.note, "ospfd does not answer since 1970-01-01T00:00:2");
    assert_in_range(ask(w, of_all), 0, 10);
    TELLS(w->root.note, "ospfd does not answer since 1970-01-01T00:00:2");
    assert_null(strstr(w->root.note, "ribd"));
    assert_in_range(ask(w, of_ospf), 0, 10);
    of_ospf.is_in_parts = true;
    assert_in_range(ask(w, of_ospf), 0, 10);
    TELLS(w->root.note, "ospfd does not answer since");
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    assert_in_range(ask(w, of_all), 0, 10);
    assert_null(strstr(w->root.note, "ospfd"));
    end(w);
}

static void test_alive__actions_have_their_time(void **state)
{
    struct world *w = begin(*state);
    struct front_request audit = {.op = FRONT_ACTION, .argument = "platform audit"};

    w->ribd.must_wait = true; /* it works on it, and lives: it has its time */
    w->root.is_answered = false;
    w->root.id = front_send(w->root.front, &audit);
    sim_run_ms(w->site.sim, 50000);
    assert_false(w->root.is_answered);
    north_action_done(w->ribd.north, &w->ribd.at_hand, 0, "found nothing");
    sim_run_ms(w->site.sim, 20);
    assert_true(w->root.is_answered);
    assert_string_equal(w->root.text, "found nothing");
    end(w);
}

static void test_alive__actions_of_who_hangs(void **state)
{
    struct world *w = begin(*state);
    struct front_request audit = {.op = FRONT_ACTION, .argument = "platform audit"};

    sim_process_freeze(w->ribd.process, true);
    assert_in_range(ask(w, audit), 3000, KNOWN_MS);
    assert_int_equal(w->root.error, -ETIMEDOUT);
    TELLS(w->root.text, "ribd does not answer since 1970-01-01T00:00:");
    assert_in_range(ask(w, audit), 0, 10);
    assert_int_equal(w->root.error, -ETIMEDOUT);
    TELLS(w->root.text, "ribd does not answer since 1970-01-01T00:00:");
    sim_process_freeze(w->ribd.process, false);
    sim_run_ms(w->site.sim, 100);
    assert_int_equal(w->ribd.n_actions, 1); /* what was refused is not done later */
    assert_int_equal(person_ask(&w->root, audit), 0);
    end(w);
}

/* Before the store: it fails, and nothing changes. */
static void test_alive__commit_is_refused(void **state)
{
    struct world *w = begin(*state);
    struct front_request commit = {.op = FRONT_COMMIT}, check = {.op = FRONT_CHECK};

    sim_process_freeze(w->ospfd.process, true);
    assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.2"), 0);
    sim_run_ms(w->site.sim, 2000);
    assert_in_range(ask(w, commit), 0, KNOWN_MS - 2000);
    assert_int_equal(w->root.error, -ETIMEDOUT);
    TELLS(w->root.text, "ospfd does not answer since 1970-01-01T00:00:");
    assert_in_range(ask(w, commit), 0, 10);
    assert_int_equal(w->root.error, -ETIMEDOUT);
    assert_in_range(ask(w, check), 0, 10);
    assert_int_equal(w->root.error, -ETIMEDOUT);
    TELLS(person_show(&w->root, "/ospf"), "10.0.0.1");
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    assert_int_equal(person_commit(&w->root), 0);
    assert_string_equal(w->root.note, "");
    assert_int_equal(w->ospfd.n_committed, 2);
    end(w);
}

static void test_alive__commit_of_others(void **state)
{
    struct world *w = begin(*state);

    sim_process_freeze(w->ospfd.process, true);
    sim_run_ms(w->site.sim, KNOWN_MS);
    assert_int_equal(person_load(&w->root, "mpls interface x"), 0);
    assert_in_range(ask(w, (struct front_request){.op = FRONT_COMMIT}), 0, 100);
    assert_int_equal(w->root.error, 0);
    assert_string_equal(w->root.note, "");
    assert_int_equal(w->ribd.n_committed, 2);
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.2"), 0);
    assert_int_equal(person_commit(&w->root), 0);
    assert_string_equal(w->root.note, "");
    assert_int_equal(w->ospfd.n_committed, 2);
    end(w);
}

static const char *router_id_of(const struct daemon *d, char out[32])
{
    const struct ospfd_config *c = north_config(d->north);
    uint32_t id = c->ospf.ospf_instance.has_router_id ? c->ospf.ospf_instance.router_id : 0;
    snprintf(out, 32, "%u.%u.%u.%u", id >> 24, id >> 16 & 255, id >> 8 & 255, id & 255);
    return out;
}

/* After the store: the commit says who has not confirmed, and that one gets what runs when it comes to itself. */
static void test_alive__hangs_after_it_agreed(void **state)
{
    struct world *w = begin(*state);
    char id[32];

    w->ribd.freezes = w->ospfd.process; /* ribd commits first */
    assert_int_equal(person_load(&w->root, "system hostname b\nospf router-id 10.0.0.2"), 0);
    assert_in_range(ask(w, (struct front_request){.op = FRONT_COMMIT}), 3000, 4900); /* the beat was before 5 s */
    assert_int_equal(w->root.error, 0);
    TELLS(w->root.note, "ospfd has not confirmed: it does not answer since 1970-01-01T00:00:");
    TELLS(w->root.note, "; it gets the configuration when it does");
    TELLS(told_of(w, "ospfd"), "\"state\": \"silent\"");
    w->ribd.freezes = NULL;
    /* from now on commits do not wait for it, and say so */
    assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.3"), 0);
    assert_in_range(ask(w, (struct front_request){.op = FRONT_COMMIT}), 0, 10);
    assert_int_equal(w->root.error, 0);
    TELLS(w->root.note, "ospfd does not answer since 1970-01-01T00:00:");
    TELLS(w->root.note, "; it gets the configuration when it does");
    sim_run_ms(w->site.sim, 30000);
    TELLS(told_of(w, "ospfd"), "\"state\": \"silent\"");
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
    assert_string_equal(router_id_of(&w->ospfd, id), "10.0.0.3");
    assert_null(strstr(w->log, "daemon-lost"));
    assert_int_equal(text_count(w->log, "daemon-silent"), 1);
    assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.4"), 0);
    assert_int_equal(person_commit(&w->root), 0);
    assert_string_equal(w->root.note, "");
    assert_string_equal(router_id_of(&w->ospfd, id), "10.0.0.4");
    end(w);
}

/* Nobody who hangs keeps the router from going back. */
static void test_alive__the_way_back(void **state)
{
    for (unsigned is_known = 0; is_known < 2; is_known++) {
        struct world *w = begin(*state);
        char id[32];

        assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.2"), 0);
        assert_int_equal(person_ask(&w->root, (struct front_request){.op = FRONT_COMMIT, .confirm_sec = 600}), 0);
        assert_string_equal(router_id_of(&w->ospfd, id), "10.0.0.2");
        sim_process_freeze(w->ospfd.process, true);
        sim_run_ms(w->site.sim, is_known ? KNOWN_MS : 0);
        assert_in_range(ask(w, (struct front_request){.op = FRONT_CANCEL}), 0, is_known ? 10 : KNOWN_MS);
        assert_int_equal(w->root.error, 0);
        TELLS(w->root.note, "ospfd does not answer since 1970-01-01T00:00:");
        TELLS(person_show(&w->root, "/ospf"), "10.0.0.1");
        sim_process_freeze(w->ospfd.process, false);
        sim_run_ms(w->site.sim, 100);
        TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
        assert_string_equal(router_id_of(&w->ospfd, id), "10.0.0.1");
        assert_null(strstr(w->log, "daemon-lost"));
        end(w);
    }
}

/* A way back that could not be stored leaves nobody behind. */
static void test_alive__no_way_back(void **state)
{
    struct world *w = begin(*state);

    assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.2"), 0);
    assert_int_equal(person_ask(&w->root, (struct front_request){.op = FRONT_COMMIT, .confirm_sec = 600}), 0);
    sim_process_freeze(w->ospfd.process, true);
    sim_run_ms(w->site.sim, KNOWN_MS);
    sim_files_fail(w->site.node, 1, -ENOSPC);
    assert_true(person_ask(&w->root, (struct front_request){.op = FRONT_CANCEL}) < 0);
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
    sim_files_fail(w->site.node, 0, 0);
    end(w);
}

/* The end of one that hangs is told as ever; who takes its place is heard at once. */
static void test_alive__killed(void **state)
{
    struct world *w = begin(*state);

    sim_process_freeze(w->ospfd.process, true);
    sim_run_ms(w->site.sim, KNOWN_MS);
    TELLS(told_of(w, "ospfd"), "\"state\": \"silent\"");
    sim_process_crash(w->ospfd.process);
    sim_run_ms(w->site.sim, 100);
    TELLS(told_of(w, "ospfd"), "\"state\": \"not-connected\"");
    assert_null(strstr(told_of(w, "ospfd"), "silent-since"));
    sim_process_freeze(w->ospfd.process, false);
    sim_process_start(w->ospfd.process);
    sim_run_ms(w->site.sim, 1000);
    TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
    assert_int_equal(text_count(w->root.heard, "<daemon-silent"), 1);
    assert_int_equal(text_count(w->root.heard, "<daemon-lost"), 1);
    assert_int_equal(text_count(w->root.heard, "<daemon-answers"), 0);
    sim_process_freeze(w->ospfd.process, true); /* the new one is watched, too */
    sim_run_ms(w->site.sim, KNOWN_MS);
    TELLS(told_of(w, "ospfd"), "\"state\": \"silent\"");
    end(w);
}

static struct sim_process *manager_of(struct world *w)
{
    return sim_process_find(w->site.node, "mgmtd");
}

static void freeze_all(struct world *w, bool is_frozen)
{
    sim_process_freeze(manager_of(w), is_frozen);
    sim_process_freeze(w->ribd.process, is_frozen);
    sim_process_freeze(w->ospfd.process, is_frozen);
}

static void test_alive__nobody_is_blamed(void **state)
{
    struct world *w = begin(*state);

    sim_run_ms(w->site.sim, 600000); /* idle */
    sim_process_freeze(w->ospfd.process, true);
    sim_run_ms(w->site.sim, 2900); /* a long turn */
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 5000);
    sim_process_freeze(manager_of(w), true); /* mgmtd itself, at several places between two beats */
    for (unsigned i = 0; i < 20; i++) {
        sim_run_ms(w->site.sim, 60000 + i * 97);
        sim_process_freeze(manager_of(w), false);
        sim_run_ms(w->site.sim, 1 + i * 211);
        sim_process_freeze(manager_of(w), true);
    }
    sim_process_freeze(manager_of(w), false);
    for (unsigned i = 0; i < 20; i++) { /* the machine: daemons come later than mgmtd, which is at any of its beats */
        sim_run_ms(w->site.sim, 97 * i);
        sim_process_freeze(w->ospfd.process, true); /* ... and one is in a long turn when it begins */
        sim_run_ms(w->site.sim, 2900);
        freeze_all(w, true);
        sim_run_ms(w->site.sim, 3600000);
        sim_process_freeze(manager_of(w), false);
        sim_run_ms(w->site.sim, 1900);
        freeze_all(w, false);
        sim_run_ms(w->site.sim, 100);
    }
    assert_null(strstr(w->log, "daemon-silent"));
    assert_null(strstr(w->root.heard, "<daemon-silent"));
    TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
    end(w);
}

/* A commit during which the machine stands still goes on where it was. */
static void test_alive__a_commit_meanwhile(void **state)
{
    struct world *w = begin(*state);

    assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.2"), 0);
    sim_process_freeze(w->ribd.process, true);
    sim_process_freeze(w->ospfd.process, true);
    w->root.is_answered = false;
    w->root.id = front_send(w->root.front, &(struct front_request){.op = FRONT_COMMIT});
    sim_run_ms(w->site.sim, 100);
    freeze_all(w, true);
    sim_run_ms(w->site.sim, 60000);
    sim_process_freeze(manager_of(w), false);
    sim_run_ms(w->site.sim, 100);
    assert_false(w->root.is_answered);
    freeze_all(w, false);
    sim_run_ms(w->site.sim, 100);
    assert_true(w->root.is_answered);
    assert_int_equal(w->root.error, 0);
    assert_string_equal(w->root.note, "");
    assert_null(strstr(w->log, "daemon-silent"));
    end(w);
}

/* One that hangs is found although beats came late: whoever was asked and says nothing in his time does not answer. */
static void test_alive__a_commit_in_a_short_stop(void **state)
{
    struct world *w = begin(*state);

    w->ribd.freezes = w->ospfd.process;
    assert_int_equal(person_load(&w->root, "system hostname b\nospf router-id 10.0.0.2"), 0);
    w->root.is_answered = false;
    w->root.id = front_send(w->root.front, &(struct front_request){.op = FRONT_COMMIT});
    sim_run_ms(w->site.sim, 2500);
    sim_process_freeze(manager_of(w), true);
    sim_run_ms(w->site.sim, 2000);
    sim_process_freeze(manager_of(w), false);
    sim_run_ms(w->site.sim, 1000);
    assert_true(w->root.is_answered);
    TELLS(w->root.note, "ospfd has not confirmed: it does not answer since");
    TELLS(told_of(w, "ospfd"), "\"state\": \"silent\"");
    assert_null(strstr(w->log, "daemon-lost"));
    end(w);
}

static void test_alive__a_question_in_a_short_stop(void **state)
{
    struct world *w = begin(*state);

    assert_int_equal(person_load(&w->root, "ospf router-id 10.0.0.2"), 0);
    sim_process_freeze(w->ospfd.process, true);
    w->root.is_answered = false;
    w->root.id = front_send(w->root.front, &(struct front_request){.op = FRONT_COMMIT});
    sim_run_ms(w->site.sim, 2500);
    sim_process_freeze(manager_of(w), true);
    sim_run_ms(w->site.sim, 2000);
    sim_process_freeze(manager_of(w), false);
    sim_run_ms(w->site.sim, 1000);
    assert_true(w->root.is_answered);
    assert_int_equal(w->root.error, -ETIMEDOUT);
    TELLS(w->root.text, "ospfd does not answer since");
    end(w);
}

/* Beats that all come late do not hide a daemon that hangs. */
static void test_alive__a_machine_that_stutters(void **state)
{
    struct world *w = begin(*state);

    sim_process_freeze(w->ospfd.process, true);
    for (unsigned i = 0; i < 40; i++) {
        sim_process_freeze(manager_of(w), true);
        sim_run_ms(w->site.sim, 2000);
        sim_process_freeze(manager_of(w), false);
        sim_run_ms(w->site.sim, 100);
        if (i == 5)
            assert_null(strstr(w->log, "daemon-silent"));
    }
    assert_int_equal(text_count(w->log, "daemon-silent daemon=ospfd"), 1);
    assert_int_equal(text_count(w->log, "daemon-silent"), 1);
    end(w);
}

/* A daemon by hand. */
struct hand {
    const char *name;
    struct ipc_connector *connector;
    bool answers_ping, agrees;
    uint64_t told; /* the transaction whose COMMIT it did not confirm yet */
    unsigned n_pings, n_down;
};

static void hand_up(struct ipc_conn *c, void *arg)
{
    struct hand *h = arg;
    struct north_from_daemon hello = {.schema_hash = schema_of(h->name)->hash, .answers_ping = h->answers_ping};
    north_from_daemon_send(c, NORTH_HELLO, &hello);
}

static void hand_down(struct ipc_conn *c, const char *reason, void *arg)
{
    (void)c, (void)reason;
    ((struct hand *)arg)->n_down++;
}

static void hand_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct hand *h = arg;
    struct north_to_daemon msg;
    struct north_held held;

    assert_int_equal(north_to_daemon_decode(payload, len, &msg, &held), 0);
    struct north_from_daemon answer = {.id = msg.id};
    h->n_pings += type == NORTH_PING;
    if (type == NORTH_PING && h->answers_ping)
        north_from_daemon_send(c, NORTH_PONG, &answer);
    else if (type == NORTH_PREPARE && h->agrees)
        north_from_daemon_send(c, NORTH_PREPARED, &answer);
    else if (type == NORTH_COMMIT)
        h->told = msg.id;
    north_to_daemon_release(&held);
}

static void hand_start(struct world *w, struct hand *h)
{
    static const struct ipc_events events = {.up = hand_up, .down = hand_down, .message = hand_message};
    struct ipc_spec spec = {.socket = MGMT_SOCKET, .service = MGMT_SERVICE, .version = MGMT_VERSION, .name = h->name};
    const struct env *env = sim_process_env(sim_process_create(w->site.node, h->name, NULL));

    h->connector = ipc_connector_create(env, &spec, &events, h);
    sim_run_ms(w->site.sim, 100);
}

/* One of before the question: it would hang up, so it is not asked, and not blamed. */
static void test_alive__an_older_daemon(void **state)
{
    struct world *w = begin(*state);
    struct hand elder = {.name = "ldpd"};

    hand_start(w, &elder);
    sim_run_ms(w->site.sim, 60000);
    TELLS(told_of(w, "ldpd"), "\"state\": \"in-sync\"");
    assert_int_equal(elder.n_pings + elder.n_down, 0);
    ipc_connector_destroy(elder.connector);
    end(w);
}

/* It lives, and does not do what it was asked: that is another fault. */
static void test_alive__who_lives_is_not_silent(void **state)
{
    struct world *w = begin(*state);
    struct hand lazy = {.name = "vpnd", .answers_ping = true};

    hand_start(w, &lazy);
    assert_int_equal(person_load(&w->root, "vpn-instance A route-distinguisher 1:1"), 0);
    assert_int_equal(person_commit(&w->root), -ETIMEDOUT);
    assert_string_equal(w->root.text, "vpnd did not answer within 5 s");
    assert_true(lazy.n_pings > 0);
    lazy.agrees = true;
    assert_int_equal(person_commit(&w->root), 0);
    TELLS(w->root.note, "vpnd did not confirm: it gets the configuration again");
    assert_int_equal(lazy.n_down, 1);
    assert_null(strstr(w->log, "daemon-silent"));
    ipc_connector_destroy(lazy.connector);
    end(w);
}

/* It agreed, and is known to hang before its turn to be told comes: nobody waits for it then. */
static void test_alive__silent_before_its_turn(void **state)
{
    struct world *w = begin(*state);
    struct hand vpnd = {.name = "vpnd", .answers_ping = true, .agrees = true};
    char id[32];

    hand_start(w, &vpnd);
    w->ribd.freezes = w->ospfd.process;
    assert_int_equal(person_load(&w->root, "vpn-instance A route-distinguisher 1:1\nospf router-id 10.0.0.2"), 0);
    sim_run_ms(w->site.sim, 500); /* beats come half a second before the deadline */
    w->root.is_answered = false;
    w->root.id = front_send(w->root.front, &(struct front_request){.op = FRONT_COMMIT});
    sim_run_ms(w->site.sim, 4900);
    assert_int_equal(text_count(w->log, "daemon-silent daemon=ospfd"), 1);
    assert_true(vpnd.told && !w->root.is_answered);
    north_from_daemon_send(ipc_connector_conn(vpnd.connector), NORTH_COMMITTED,
                           &(struct north_from_daemon){.id = vpnd.told});
    sim_run_ms(w->site.sim, 10);
    assert_true(w->root.is_answered);
    assert_int_equal(w->root.error, 0);
    TELLS(w->root.note, "ospfd has not confirmed");
    w->ribd.freezes = NULL;
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    TELLS(told_of(w, "ospfd"), "\"state\": \"in-sync\"");
    assert_string_equal(router_id_of(&w->ospfd, id), "10.0.0.2");
    ipc_connector_destroy(vpnd.connector);
    end(w);
}

/* The router starts without one that hangs, and gives it what it missed. */
static void test_alive__at_the_start(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct ly_ctx *ctx = *state;
    char id[32];

    site_make(&w->site, ctx, BOOT);
    sim_set_log(w->site.sim, sink, w, LOG_LEVEL_INFO);
    daemon_start(w, &w->ospfd, "ospfd"); /* it says hello, and hangs while ribd is awaited */
    sim_run_ms(w->site.sim, 300);
    sim_process_freeze(w->ospfd.process, true);
    sim_run_ms(w->site.sim, KNOWN_MS + 1000);
    daemon_start(w, &w->ribd, "ribd");
    sim_run_ms(w->site.sim, 500);
    assert_int_equal(w->ribd.n_committed, 1);
    assert_int_equal(w->ospfd.n_committed, 0);
    sim_process_freeze(w->ospfd.process, false);
    sim_run_ms(w->site.sim, 100);
    assert_int_equal(w->ospfd.n_committed, 1);
    assert_string_equal(router_id_of(&w->ospfd, id), "10.0.0.1");
    sim_destroy(w->site.sim);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alive__told_once),
        cmocka_unit_test(test_alive__shows_go_on),
        cmocka_unit_test(test_alive__actions_have_their_time),
        cmocka_unit_test(test_alive__actions_of_who_hangs),
        cmocka_unit_test(test_alive__commit_is_refused),
        cmocka_unit_test(test_alive__commit_of_others),
        cmocka_unit_test(test_alive__hangs_after_it_agreed),
        cmocka_unit_test(test_alive__silent_before_its_turn),
        cmocka_unit_test(test_alive__the_way_back),
        cmocka_unit_test(test_alive__no_way_back),
        cmocka_unit_test(test_alive__killed),
        cmocka_unit_test(test_alive__nobody_is_blamed),
        cmocka_unit_test(test_alive__a_commit_meanwhile),
        cmocka_unit_test(test_alive__a_commit_in_a_short_stop),
        cmocka_unit_test(test_alive__a_question_in_a_short_stop),
        cmocka_unit_test(test_alive__a_machine_that_stutters),
        cmocka_unit_test(test_alive__an_older_daemon),
        cmocka_unit_test(test_alive__who_lives_is_not_silent),
        cmocka_unit_test(test_alive__at_the_start),
    };
    return cmocka_run_group_tests_name("mgmtd_alive", tests, fixture_setup, fixture_teardown);
}
