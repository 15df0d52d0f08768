/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmtd as a process of its own that is killed (SIGKILL) 200 times at random moments of random work, with real files
 * and sockets: what runs afterwards is the old or the new configuration, the new one if it was acknowledged; a commit
 * that waits to be confirmed still waits, or does not, by the same rule.
 */
#include "tests/unit/mgmtd/world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ribd_config.h"
#include "strata/state.h"

enum { ROUNDS = 200, FIRST_LATEST_US = 6000, NAME_MAX_LEN = 32 };

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    (void)daemon, (void)path, (void)sw;
}

/* What may be found: the host name tells configurations apart. */
struct truth {
    char is[NAME_MAX_LEN], may_be[NAME_MAX_LEN]; /* "" = nothing is configured; may_be: the same, or under way */
    char back_to[NAME_MAX_LEN];                  /* where a waiting commit goes back to */
    bool is_waiting, may_wait;                   /* the same for a commit to be confirmed */
    unsigned n_acknowledged;
};

static void mgmtd_process(const struct world *w, int ready)
{
    struct env env = w->env;
    struct mgmtd_options opt = {.ctx = w->ctx};

    env.loop = loop_event_create();
    env.io = io_event_create(env.loop);
    struct mgmtd *m = mgmtd_create(&env, &opt);
    if (!m || write(ready, "", 1) != 1)
        _exit(1);
    loop_event_run(env.loop);
    _exit(0);
}

static pid_t start(struct world *w)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        mgmtd_process(w, ready[1]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    world_connect(w);
    world_daemon(w, "ribd");
    world_daemon(w, "vpnd");
    return pid;
}

static void stop(struct world *w, pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status)); /* it did not end by itself */
    front_destroy(w->front);
    w->front = NULL;
    for (size_t i = 0; i < w->n_fakes; i++)
        world_daemon_stop(&w->fakes[i]);
}

static const char *name_of(const void *config)
{
    const struct ribd_config *c = config;
    return c && c->system.has_hostname ? c->system.hostname : "";
}

static bool has_record(const struct world *w)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/confirm.json", w->state_dir);
    return access(path, F_OK) == 0;
}

/* What runs must be one of the two, and daemons get the same. */
static void look(struct world *w, struct truth *t, unsigned round)
{
    char shown[NAME_MAX_LEN] = "";

    sscanf(world_show(w), "system hostname %31s", shown);
    if (strcmp(shown, t->is) != 0 && strcmp(shown, t->may_be) != 0)
        fail_msg("round %u: \"%s\" runs; it was \"%s\", \"%s\" was under way", round, shown, t->is, t->may_be);
    bool waits = has_record(w);
    if (waits != t->is_waiting && waits != t->may_wait)
        fail_msg("round %u: a commit waits: %d", round, waits);
    if (waits && strcmp(shown, t->may_be) != 0 && !t->is_waiting)
        fail_msg("round %u: a commit waits that does not run", round);
    snprintf(t->is, sizeof(t->is), "%s", shown);
    snprintf(t->may_be, sizeof(t->may_be), "%s", shown);
    t->is_waiting = t->may_wait = waits;
    world_until(w, w->fakes[0].n_committed && strcmp(name_of(north_config(w->fakes[0].north)), shown) == 0);
}

/* Something to do; what may be found afterwards is in *t. */
static void make_work(struct world *w, struct truth *t, unsigned round, struct front_request *r)
{
    char text[64];
    bool confirms = t->is_waiting && random() % 2;

    *r = (struct front_request){.op = FRONT_COMMIT, .name = "tester"};
    if (t->is_waiting) {
        r->op = confirms ? FRONT_COMMIT : FRONT_CANCEL;
        r->persist_id = r->argument = "id";
        t->may_wait = false;
        if (!confirms)
            snprintf(t->may_be, sizeof(t->may_be), "%s", t->back_to);
        return;
    }
    snprintf(text, sizeof(text), "system hostname n%u", round);
    assert_int_equal(world_load(w, text), 0);
    snprintf(t->back_to, sizeof(t->back_to), "%s", t->is);
    snprintf(t->may_be, sizeof(t->may_be), "n%u", round);
    if (random() % 2) {
        r->confirm_sec = 1000;
        r->persist = "id";
        t->may_wait = true;
    }
}

/* Runs for so long, or until the reply. */
static void work(struct world *w, const struct front_request *r, unsigned us, struct truth *t)
{
    unsigned before = w->n_replies;

    w->last_id = front_send(w->front, r);
    for (unsigned gone = 0; gone < us && w->n_replies == before; gone += 500)
        world_run_us(w, us - gone < 500 ? us - gone : 500);
    if (w->n_replies == before)
        return;
    assert_int_equal(w->error, 0);
    t->n_acknowledged++;
    snprintf(t->is, sizeof(t->is), "%s", t->may_be);
    t->is_waiting = t->may_wait;
}

static void test_kill__old_or_new(void **state)
{
    struct world *w = *state;
    struct truth t = {0};
    struct front_request r;
    unsigned latest_us = FIRST_LATEST_US;

    srandom(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        pid_t pid = start(w);
        look(w, &t, round);
        make_work(w, &t, round, &r);
        unsigned before = t.n_acknowledged;
        work(w, &r, (unsigned)random() % latest_us, &t);
        stop(w, pid);
        /* So that, however fast the machine is now, about half are killed before the end. */
        latest_us = t.n_acknowledged > before ? latest_us - latest_us / 16 : latest_us + latest_us / 16;
    }
    pid_t pid = start(w);
    look(w, &t, ROUNDS);
    stop(w, pid);
    print_message("%u of %d commits were acknowledged before the end\n", t.n_acknowledged, ROUNDS);
    assert_in_range(t.n_acknowledged, 1, ROUNDS - 1); /* else it was always killed too early, or too late */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kill__old_or_new, world_setup_in_real_time, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
