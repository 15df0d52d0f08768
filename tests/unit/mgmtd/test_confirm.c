/* SPDX-License-Identifier: Apache-2.0
 *
 * Confirmed commits (RFC 6241 section 8.4): confirmed, extended, cancelled, not confirmed in time, by whom, and over a
 * restart of mgmtd. With real files and sockets; what dies between two steps is in test_crash.c.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ribd_config.h"
#include "strata/state.h"

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    (void)daemon, (void)path, (void)sw;
}

static const char *hostname(struct world *w)
{
    const struct ribd_config *c = north_config(w->fakes[0].north);
    return c && c->system.has_hostname ? c->system.hostname : "";
}

static bool is_named(struct world *w, const char *name)
{
    return strcmp(hostname(w), name) == 0;
}

static bool has_record(const struct world *w)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/confirm.json", w->state_dir);
    return access(path, F_OK) == 0;
}

/* "old" runs as commit 1. */
static void start(struct world *w)
{
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    assert_int_equal(world_load(w, "system hostname old"), 0);
    assert_int_equal(world_commit(w), 0);
}

static int commit(struct world *w, uint32_t confirm_sec, const char *persist, const char *persist_id)
{
    struct front_request r = {
        .op = FRONT_COMMIT, .name = "tester", .confirm_sec = confirm_sec, .persist = persist, .persist_id = persist_id};
    return world_ask(w, &r);
}

static int cancel(struct world *w, const char *persist_id)
{
    struct front_request r = {.op = FRONT_CANCEL, .argument = persist_id};
    return world_ask(w, &r);
}

static void commit_new(struct world *w, uint32_t confirm_sec, const char *persist)
{
    assert_int_equal(world_load(w, "system hostname new"), 0);
    assert_int_equal(commit(w, confirm_sec, persist, NULL), 0);
    assert_true(is_named(w, "new"));
    assert_true(has_record(w));
}

static void expect_commits(struct world *w, uint32_t n, const char *last)
{
    char sign[160];
    snprintf(sign, sizeof(sign), "committed sequence=%u %s", n, last);
    world_until(w, strstr(w->log, sign));
    assert_int_equal(mgmtd_sequence(w->mgmtd), n);
}

static void test_confirm__goes_back_by_itself(void **state)
{
    struct world *w = *state;
    start(w);
    commit_new(w, 1, NULL);
    world_until(w, is_named(w, "old"));
    world_until(w, !has_record(w));
    expect_commits(w, 3, "author=rollback comment=\"commit 2 was not confirmed\"");
    /* and that is an end: a later commit is not taken back */
    assert_int_equal(world_load(w, "system hostname later"), 0);
    assert_int_equal(world_commit(w), 0);
    world_run_ms(w, 1500);
    assert_true(is_named(w, "later"));
}

static void test_confirm__by_a_commit(void **state)
{
    struct world *w = *state;
    start(w);
    commit_new(w, 60, NULL);
    assert_int_equal(world_commit(w), 0); /* without changes */
    assert_string_equal(w->text, "confirmed");
    assert_false(has_record(w));
    assert_int_equal(cancel(w, NULL), -ENOENT);
    assert_true(is_named(w, "new"));
    assert_int_equal(mgmtd_sequence(w->mgmtd), 2);

    assert_int_equal(world_load(w, "system hostname newer"), 0);
    assert_int_equal(commit(w, 60, NULL, NULL), 0);
    assert_int_equal(world_load(w, "mpls interface x"), 0); /* with changes */
    assert_int_equal(world_commit(w), 0);
    assert_false(has_record(w));
    assert_int_equal(cancel(w, NULL), -ENOENT);
    assert_true(is_named(w, "newer"));
    assert_int_equal(mgmtd_sequence(w->mgmtd), 4);
}

static void test_confirm__extended_and_cancelled(void **state)
{
    struct world *w = *state;
    start(w);
    assert_int_equal(cancel(w, NULL), -ENOENT);
    commit_new(w, 4, NULL);
    assert_int_equal(world_load(w, "system hostname newer"), 0);
    assert_int_equal(commit(w, 60, NULL, NULL), 0);
    assert_int_equal(commit(w, 50, NULL, NULL), 0); /* without changes */
    world_run_ms(w, 4100);
    assert_true(is_named(w, "newer"));
    assert_int_equal(cancel(w, NULL), 0);
    assert_true(is_named(w, "old")); /* where it began */
    expect_commits(w, 4, "author=root comment=\"commits 2 to 3 were cancelled\"");
    assert_false(has_record(w));
}

static void test_confirm__without_changes_there_is_nothing_to_confirm(void **state)
{
    struct world *w = *state;
    start(w);
    assert_int_equal(commit(w, 60, NULL, NULL), -EINVAL);
    assert_string_equal(w->text, "nothing to commit, and so nothing to confirm");
    assert_false(has_record(w));
    assert_int_equal(cancel(w, NULL), -ENOENT);
    assert_int_equal(mgmtd_sequence(w->mgmtd), 1);
}

static void test_confirm__persist_id(void **state)
{
    struct world *w = *state;
    start(w);
    assert_int_equal(commit(w, 0, NULL, "none waits"), -EINVAL);
    commit_new(w, 60, "secret");
    assert_int_equal(commit(w, 0, NULL, NULL), -EBUSY);
    assert_int_equal(commit(w, 0, NULL, "guess"), -EINVAL);
    assert_int_equal(cancel(w, NULL), -EBUSY);
    assert_int_equal(cancel(w, "guess"), -EINVAL);
    assert_true(is_named(w, "new"));
    assert_int_equal(commit(w, 60, NULL, "secret"), 0); /* keeps it */
    assert_int_equal(commit(w, 60, "other", "secret"), 0);
    assert_int_equal(commit(w, 0, NULL, "secret"), -EINVAL);
    assert_int_equal(commit(w, 0, NULL, "other"), 0);
    assert_string_equal(w->text, "confirmed");
}

/* The world's front end becomes a netconf session. */
static void open_netconf(struct world *w)
{
    struct front_request r = {.op = FRONT_OPEN, .name = "root", .argument = "netconf"};
    assert_int_equal(world_ask(w, &r), 0);
}

static void reconnect(struct world *w)
{
    front_destroy(w->front);
    w->front = NULL;
    world_connect(w);
}

static void test_confirm__ends_with_its_session(void **state)
{
    struct world *w = *state;
    start(w);
    open_netconf(w);
    commit_new(w, 60, NULL);
    reconnect(w);
    world_until(w, is_named(w, "old"));
    expect_commits(w, 3, "author=rollback comment=\"commit 2 was not confirmed\"");

    open_netconf(w);
    commit_new(w, 60, "kept");
    reconnect(w);
    world_run_ms(w, 100);
    assert_true(is_named(w, "new"));
    assert_int_equal(commit(w, 0, NULL, "kept"), 0);
}

static void test_confirm__of_another_session(void **state)
{
    struct world *w = *state;
    start(w);
    open_netconf(w);
    commit_new(w, 60, NULL);
    struct front *owner = w->front;
    w->front = NULL;
    world_connect(w);
    open_netconf(w);
    assert_int_equal(commit(w, 0, NULL, NULL), -EBUSY);
    assert_int_equal(cancel(w, NULL), -EBUSY);
    reconnect(w); /* not of netconf: an administrator */
    assert_int_equal(commit(w, 0, NULL, NULL), 0);
    assert_string_equal(w->text, "confirmed");
    front_destroy(owner);
    world_run_ms(w, 100);
    assert_true(is_named(w, "new"));
}

/* --- mgmtd dies --- */

static void restart(struct world *w)
{
    world_stop(w);
    world_start(w, NULL);
    world_until(w, front_is_up(w->front));
}

static void test_confirm__waits_over_a_restart(void **state)
{
    struct world *w = *state;
    start(w);
    commit_new(w, 4, NULL);
    restart(w);
    world_run_ms(w, 300);
    assert_true(is_named(w, "new"));
    world_until(w, is_named(w, "old"));
    assert_int_equal(mgmtd_sequence(w->mgmtd), 3);

    commit_new(w, 60, "kept");
    restart(w);
    assert_int_equal(commit(w, 0, NULL, NULL), -EBUSY);
    assert_int_equal(commit(w, 0, NULL, "kept"), 0);
    assert_string_equal(w->text, "confirmed");
}

static void test_confirm__expires_while_nobody_looks(void **state)
{
    struct world *w = *state;
    start(w);
    commit_new(w, 2, NULL);
    world_stop(w);
    world_run_ms(w, 3100);
    unsigned n = w->fakes[0].n_committed;
    world_start(w, NULL);
    assert_int_equal(mgmtd_sequence(w->mgmtd), 3); /* before it met anybody */
    world_until(w, is_named(w, "old"));
    assert_int_equal(w->fakes[0].n_committed, n + 1);
    assert_false(has_record(w));
}

static void test_confirm__session_does_not_outlive_mgmtd(void **state)
{
    struct world *w = *state;
    start(w);
    open_netconf(w);
    commit_new(w, 60, NULL);
    restart(w);
    world_until(w, is_named(w, "old"));
}

/* --- what goes wrong --- */

static void test_confirm__back_to_nothing(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    assert_int_equal(world_load(w, "system hostname new"), 0);
    assert_int_equal(commit(w, 60, NULL, NULL), 0);
    restart(w);
    assert_int_equal(cancel(w, NULL), 0);
    assert_true(is_named(w, ""));
    assert_string_equal(world_show(w), "");
}

/* The very first commit was recorded and not stored: the next first commit is another one. */
static void test_confirm__record_of_nothing(void **state)
{
    struct world *w = *state;
    char command[512];
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    assert_int_equal(world_load(w, "system hostname new"), 0);
    assert_int_equal(commit(w, 60, NULL, NULL), 0);
    assert_true(has_record(w));
    world_stop(w);
    snprintf(command, sizeof(command), "rm -r %s/running.json %s/history", w->state_dir, w->state_dir);
    assert_int_equal(system(command), 0);
    world_start(w, NULL);
    assert_false(has_record(w));
    assert_int_equal(world_load(w, "system hostname kept"), 0);
    assert_int_equal(world_commit(w), 0);
    restart(w);
    assert_int_equal(cancel(w, NULL), -ENOENT);
    assert_string_equal(world_show(w), "system hostname kept\n");
}

static bool refuses_old(const void *next)
{
    const struct ribd_config *c = next;
    return c->system.has_hostname && strcmp(c->system.hostname, "old") == 0;
}

/* The daemon does not like any more what it had: it cannot keep the router from going back. */
static void test_confirm__no_daemon_refuses_the_way_back(void **state)
{
    struct world *w = *state;
    start(w);
    commit_new(w, 1, NULL);
    w->fakes[0].refuse_path = "/system/hostname";
    w->fakes[0].refuses = refuses_old;
    world_until(w, mgmtd_sequence(w->mgmtd) == 3);
    assert_string_equal(world_show(w), "system hostname old\n");
    world_run_ms(w, 100);
    assert_non_null(strstr(w->log, "daemon-out-of-sync daemon=ribd"));
    /* the next commit is another chance */
    w->fakes[0].refuse_path = NULL;
    assert_int_equal(world_load(w, "mpls interface x"), 0);
    assert_int_equal(world_commit(w), 0);
    world_until(w, is_named(w, "old"));
}

static void test_confirm__not_recorded_not_done(void **state)
{
    struct world *w = *state;
    char path[128];
    start(w);
    snprintf(path, sizeof(path), "%s/confirm.json.new", w->state_dir); /* nobody writes over a folder */
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(world_load(w, "system hostname new"), 0);
    assert_true(commit(w, 60, NULL, NULL) < 0);
    assert_non_null(strstr(w->text, "cannot store the configuration"));
    assert_true(is_named(w, "old"));
    assert_int_equal(mgmtd_sequence(w->mgmtd), 1);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(commit(w, 60, NULL, NULL), 0); /* the candidate is still there */
    assert_true(is_named(w, "new"));

    /* the confirmation, too */
    assert_int_equal(cancel(w, NULL), 0);
    assert_true(is_named(w, "old"));
}

/* The commit itself cannot be stored: what waited before still waits, and for no longer. */
static void test_confirm__not_stored_still_waits(void **state)
{
    struct world *w = *state;
    char path[128];
    start(w);
    commit_new(w, 4, NULL);
    snprintf(path, sizeof(path), "%s/history/3.json.new", w->state_dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(world_load(w, "system hostname newer"), 0);
    assert_true(commit(w, 60, NULL, NULL) < 0);
    assert_true(is_named(w, "new"));
    assert_int_equal(rmdir(path), 0);
    world_until(w, is_named(w, "old"));
}

#define TEST(t) cmocka_unit_test_setup_teardown(test_confirm__##t, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_back_by_itself),
        TEST(by_a_commit),
        TEST(extended_and_cancelled),
        TEST(without_changes_there_is_nothing_to_confirm),
        TEST(persist_id),
        TEST(ends_with_its_session),
        TEST(of_another_session),
        TEST(waits_over_a_restart),
        TEST(expires_while_nobody_looks),
        TEST(session_does_not_outlive_mgmtd),
        TEST(back_to_nothing),
        TEST(record_of_nothing),
        TEST(no_daemon_refuses_the_way_back),
        TEST(not_recorded_not_done),
        TEST(not_stored_still_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
