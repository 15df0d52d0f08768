/* SPDX-License-Identifier: Apache-2.0
 *
 * What one user may take of mgmtd: sessions, requests that wait, gathers of state, the order of commits. Whoever takes
 * all of it, root gets in and is served.
 */
#include "tests/unit/mgmtd/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "strata/north.h"
#include "strata/schema.h"
#include "strata/state.h"

enum { MANY = 200 };

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
    (void)daemon, (void)next, (void)prev;
}

static void say(void *daemon, const char *path, struct state_writer *sw)
{
    (void)daemon, (void)path, (void)sw;
}

static void *daemon_create(struct sim_process *process, const struct env *env, void *arg)
{
    static const struct north_ops ops = {.prepare = agree, .commit = adopt, .state = say};
    (void)process, (void)arg;
    return north_create(env, "ribd", schema_of("ribd"), &ops, NULL);
}

static void daemon_destroy(void *daemon, void *arg)
{
    (void)arg;
    north_destroy(daemon);
}

/* A site with a ribd, whose answers may be made to wait. */
static struct sim_process *begin(struct site *site, struct ly_ctx *ctx)
{
    struct sim_program ribd = {.name = "ribd", .create = daemon_create, .destroy = daemon_destroy};

    site_begin(site, ctx,
               "system hostname a\ninterface x mtu 1500\n"
               "nacm { write-default permit; read-default permit }\n");
    struct sim_process *p = sim_process_create(site->node, "ribd", &ribd);
    sim_run_ms(site->sim, 500);
    return p;
}

/* A front end that counts its answers. */
struct crowd {
    struct front *front;
    unsigned n_answers, n_errors, n_denied;
    char tag[32];
};

static void on_reply(const struct front_reply *r, void *arg)
{
    struct crowd *c = arg;
    c->n_answers++;
    c->n_errors += r->error != 0;
    c->n_denied += strcmp(r->tag, "resource-denied") == 0;
    snprintf(c->tag, sizeof(c->tag), "%s", r->tag);
}

static void crowd_come(struct crowd *c, struct site *site, const char *user, unsigned i)
{
    static const struct front_events events = {.reply = on_reply};
    struct front_request open = {.op = FRONT_OPEN, .name = user, .argument = "netconf"};
    char name[64];

    snprintf(name, sizeof(name), "crowd-%s-%u", user, i);
    *c = (struct crowd){0};
    c->front = front_create(sim_process_env(sim_process_create(site->node, name, NULL)), "strata", &events, c);
    sim_run_ms(site->sim, 20);
    assert_true(front_is_up(c->front));
    front_send(c->front, &open);
    sim_run_ms(site->sim, 20);
    assert_int_equal(c->n_answers, 1);
}

static void test_bounds__sessions_of_a_user(void **state)
{
    struct site site;
    struct crowd gus[20], hal;
    struct person root[2];
    unsigned n_denied = 0;

    begin(&site, *state);
    for (unsigned i = 0; i < 20; i++) {
        crowd_come(&gus[i], &site, "gus", i);
        n_denied += gus[i].n_denied;
        assert_int_equal(gus[i].n_denied, i >= 16);
    }
    assert_int_equal(n_denied, 4);
    crowd_come(&hal, &site, "hal", 0); /* others, and root */
    assert_int_equal(hal.n_errors, 0);
    person_come(&root[0], &site, "root", "shell");
    person_come(&root[1], &site, "root", "shell");
    front_destroy(gus[0].front); /* one less: one more */
    sim_run_ms(site.sim, 20);
    crowd_come(&gus[0], &site, "gus", 21);
    assert_int_equal(gus[0].n_denied, 0);
    for (unsigned i = 0; i < 20; i++)
        front_destroy(gus[i].front);
    front_destroy(hal.front);
    person_leave(&root[0]);
    person_leave(&root[1]);
    sim_destroy(site.sim);
}

/* All get their answers, in the end; and while they wait, not more is read than is bounded. */
static void test_bounds__requests_wait(void **state)
{
    struct site site;
    struct crowd gus;
    struct person root;
    struct front_request get = {.op = FRONT_STATE, .path = "/interfaces"};

    struct sim_process *ribd = begin(&site, *state);
    crowd_come(&gus, &site, "gus", 0);
    person_come(&root, &site, "root", "shell");
    sim_process_freeze(ribd, true);
    for (unsigned i = 0; i < MANY; i++)
        assert_true(front_send(gus.front, &get) != 0);
    sim_run_ms(site.sim, 1000);
    assert_int_equal(gus.n_answers, 1);
    assert_int_equal(person_load(&root, "interface x mtu 1400"), 0); /* root is served meanwhile */
    sim_process_freeze(ribd, false);
    sim_run_ms(site.sim, 20000);
    assert_int_equal(gus.n_answers, 1 + MANY);
    assert_int_equal(gus.n_errors, 0);
    front_destroy(gus.front);
    person_leave(&root);
    sim_destroy(site.sim);
}

/* Users who keep the daemons busy with gathers; root's begins at once. */
static void test_bounds__gathers_of_others(void **state)
{
    static const char *const names[] = {"gus", "hal", "ida", "jon"};
    struct site site;
    struct crowd c[12];
    struct person root;
    struct front_request get = {.op = FRONT_STATE, .path = "/interfaces"};
    unsigned n = 0;

    struct sim_process *ribd = begin(&site, *state);
    person_come(&root, &site, "root", "shell");
    for (unsigned i = 0; i < 12; i++)
        crowd_come(&c[i], &site, names[i / 3], i);
    sim_process_freeze(ribd, true);
    for (unsigned i = 0; i < 12; i++)
        for (unsigned k = 0; k < 10; k++)
            front_send(c[i].front, &get);
    sim_run_ms(site.sim, 100);
    /* a daemon that hangs costs each 3 s: root waits for one, not for 120 */
    uint64_t before = sim_now_us(site.sim);
    person_ask(&root, get);
    assert_true(sim_now_us(site.sim) - before < 3500000);
    assert_non_null(strstr(root.note, "ribd did not answer in time"));
    /* four at once, and two of one user */
    sim_run_ms(site.sim, 100);
    for (unsigned i = 0; i < 12; i++)
        n += c[i].n_answers - 1;
    assert_in_range(n, 4, 8);
    sim_run_ms(site.sim, 3000); /* it is known to hang: nobody waits any more */
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(c[i].n_answers, 11);
    sim_process_freeze(ribd, false);
    sim_run_ms(site.sim, 10000);
    for (unsigned i = 0; i < 12; i++) {
        assert_int_equal(c[i].n_answers, 11);
        front_destroy(c[i].front);
    }
    person_leave(&root);
    sim_destroy(site.sim);
}

/* Commits that hang are many; root's is the next, whoever came before. */
static void test_bounds__commits_in_turns(void **state)
{
    struct site site;
    struct crowd gus, hal;
    struct person root;
    struct front_request edit = {.op = FRONT_EDIT, .datastore = FRONT_RUNNING, .test_option = FRONT_SET};
    char text[256];

    begin(&site, *state);
    person_come(&root, &site, "root", "shell");
    assert_int_equal(person_load(&root, "interface x mtu 1300"), 0);
    crowd_come(&gus, &site, "gus", 0);
    crowd_come(&hal, &site, "hal", 0);
    for (unsigned i = 0; i < 60; i++) {
        snprintf(text, sizeof(text),
                 "<interfaces xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces'><interface><name>x%u</name>"
                 "<mtu xmlns='urn:strata:interfaces'>1500</mtu></interface></interfaces>",
                 i);
        edit.text = text;
        front_send(gus.front, &edit);
    }
    front_send(hal.front, &edit);
    assert_int_equal(person_commit(&root), 0);
    assert_true(gus.n_answers < 10);
    sim_run_ms(site.sim, 20000);
    assert_int_equal(gus.n_answers, 61);
    assert_int_equal(gus.n_errors, 0);
    assert_int_equal(hal.n_answers, 2);
    front_destroy(gus.front);
    front_destroy(hal.front);
    person_leave(&root);
    sim_destroy(site.sim);
}

static void test_bounds__filters(void **state)
{
    enum { N = 1001 };
    struct site site;
    struct person gus;
    char *text = calloc(N + 1, 8);
    struct front_request r = {.op = FRONT_GET, .format = FRONT_XML, .filter = FRONT_SUBTREE, .text = text};

    site_begin(&site, *state, "system hostname a");
    person_come(&gus, &site, "gus", "netconf");
    for (unsigned i = 0; i < N; i++)
        memcpy(text + (size_t)4 * i, "<a/>", 5);
    assert_int_equal(person_ask(&gus, r), -EMSGSIZE);
    assert_string_equal(gus.tag, "too-big");
    r.op = FRONT_LISTEN;
    assert_int_equal(person_ask(&gus, r), -EMSGSIZE);
    text[(size_t)4 * (N - 1)] = '\0';
    r.op = FRONT_GET;
    assert_int_equal(person_ask(&gus, r), 0);
    free(text);
    person_leave(&gus);
    sim_destroy(site.sim);
}

/* Much in one request: paths, an expression, a document of somebody who may change nothing. */
static void test_bounds__one_request(void **state)
{
    enum { SIZE = 1 << 20 };
    struct site site;
    struct person gus, root;
    char *text = calloc(1, SIZE + 1);

    site_begin(&site, *state, "system hostname a");
    person_come(&gus, &site, "gus", "netconf");
    person_come(&root, &site, "root", "netconf");
    for (size_t i = 0; i + 6 < SIZE; i += 6)
        memcpy(text + i, " /rib ", 6);
    text[0] = '/';
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_STATE, .path = text}), -EMSGSIZE);
    assert_string_equal(gus.tag, "too-big");
    memset(text, ' ', SIZE);
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_GET, .filter = FRONT_XPATH, .text = text}),
                     -EMSGSIZE);
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_LOAD, .name = "f", .text = text}), -EMSGSIZE);
    assert_string_equal(gus.text, "so much is taken only from who may change something");
    assert_int_equal(person_ask(&gus, (struct front_request){.op = FRONT_CHECK, .text = text}), -EMSGSIZE);
    assert_int_equal(person_load(&root, text), 0);
    free(text);
    person_leave(&gus);
    person_leave(&root);
    sim_destroy(site.sim);
}

/* Whoever sends thousands of requests at once has one done, then others have theirs. */
static void test_bounds__others_have_their_turn(void **state)
{
    struct site site;
    struct crowd gus;
    struct person root;

    site_begin(&site, *state, "system hostname a");
    crowd_come(&gus, &site, "gus", 0);
    person_come(&root, &site, "root", "shell");
    for (unsigned i = 0; i < 1000; i++)
        front_send(gus.front, &(struct front_request){.op = FRONT_SHOW});
    assert_non_null(strstr(person_show(&root, ""), "hostname a"));
    assert_true(gus.n_answers < 100);
    sim_run_ms(site.sim, 5000);
    assert_int_equal(gus.n_answers, 1001);
    front_destroy(gus.front);
    person_leave(&root);
    sim_destroy(site.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds__sessions_of_a_user),
        cmocka_unit_test(test_bounds__requests_wait),
        cmocka_unit_test(test_bounds__gathers_of_others),
        cmocka_unit_test(test_bounds__commits_in_turns),
        cmocka_unit_test(test_bounds__filters),
        cmocka_unit_test(test_bounds__one_request),
        cmocka_unit_test(test_bounds__others_have_their_turn),
    };
    return cmocka_run_group_tests_name("mgmtd_bounds", tests, fixture_setup, fixture_teardown);
}
