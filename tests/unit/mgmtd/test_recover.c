/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are damaged when mgmtd starts: running.json, commits of the history, the record of a confirmed commit. And
 * rollbacks that cannot be done, clocks that jump, and daemons that do not come.
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

static const char *path_of(const struct world *w, const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", w->state_dir, name);
    return path;
}

static bool is_there(const struct world *w, const char *name)
{
    return access(path_of(w, name), F_OK) == 0;
}

/* The file and what is linked to it, as a disk breaks it. */
static void damage(const struct world *w, const char *name, const char *text)
{
    FILE *f = fopen(path_of(w, name), "r+");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), 0), 0);
    fputs(text, f);
    fclose(f);
}

static void restart(struct world *w, const char *boot)
{
    world_stop(w);
    w->log[0] = '\0';
    world_start(w, boot);
    world_until(w, front_is_up(w->front));
}

static void commit_name(struct world *w, const char *name, uint32_t confirm_sec)
{
    char text[64];
    struct front_request r = {.op = FRONT_COMMIT, .name = "tester", .confirm_sec = confirm_sec};
    snprintf(text, sizeof(text), "system hostname %s", name);
    assert_int_equal(world_load(w, text), 0);
    assert_int_equal(world_ask(w, &r), 0);
}

static const char *running_name(struct world *w)
{
    const struct ribd_config *c = north_config(w->fakes[0].north);
    return c && c->system.has_hostname ? c->system.hostname : "";
}

static bool is_named(struct world *w, const char *name)
{
    return strcmp(running_name(w), name) == 0;
}

static bool has_alarm(struct world *w, const char *name)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/management/alarm"};
    char sign[64];
    assert_int_equal(world_ask(w, &r), 0);
    snprintf(sign, sizeof(sign), "\"%s\"", name);
    return strstr(w->text, sign) != NULL;
}

/* "one", "two", "three" are commits 1 to 3, as real ones have them. */
static void start(struct world *w)
{
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    commit_name(w, "one", 0);
    commit_name(w, "two", 0);
    commit_name(w, "three", 0);
}

static void test_recover__the_same_commit_from_the_history(void **state)
{
    struct world *w = *state;
    start(w);
    unsigned n = w->fakes[0].n_committed;
    assert_int_equal(unlink(path_of(w, "running.json")), 0); /* no link of history/3.json any more */
    FILE *f = fopen(path_of(w, "running.json"), "w");
    fputs("{ \"strata-man", f);
    fclose(f);
    restart(w, "system hostname boot");
    assert_true(is_there(w, "running.json.damaged"));
    assert_int_equal(mgmtd_sequence(w->mgmtd), 3);
    assert_non_null(strstr(world_show(w), "hostname three"));
    assert_true(has_alarm(w, "configuration-damaged"));
    world_run_ms(w, 300);
    assert_int_equal(w->fakes[0].n_committed, n); /* the daemon runs it already */
    restart(w, NULL);                             /* and now the file is good again */
    assert_int_equal(mgmtd_sequence(w->mgmtd), 3);
    assert_false(has_alarm(w, "configuration-damaged"));
}

static void test_recover__an_older_one(void **state)
{
    struct world *w = *state;
    start(w);
    damage(w, "running.json", ""); /* is history/3.json as well */
    damage(w, "history/2.json", "{\"strata-management:management\": {\"commit\": [");
    restart(w, "system hostname boot");
    assert_non_null(strstr(world_show(w), "hostname one"));
    assert_int_equal(mgmtd_sequence(w->mgmtd), 4); /* not 1: daemons tell versions by it */
    world_until(w, is_named(w, "one"));
    assert_non_null(strstr(w->log, "the router goes on with commit 1 of tester"));
    assert_true(has_alarm(w, "configuration-damaged"));
    restart(w, NULL);
    assert_int_equal(mgmtd_sequence(w->mgmtd), 4);
    assert_non_null(strstr(world_show(w), "hostname one"));
    commit_name(w, "next", 0);
    assert_int_equal(mgmtd_sequence(w->mgmtd), 5);
}

static void test_recover__an_alarm_goes_with_the_next_commit(void **state)
{
    struct world *w = *state;
    start(w);
    damage(w, "running.json", "[]");
    restart(w, NULL);
    assert_non_null(strstr(world_show(w), "hostname two"));
    assert_true(has_alarm(w, "configuration-damaged"));
    commit_name(w, "seen", 0);
    assert_false(has_alarm(w, "configuration-damaged"));
    assert_non_null(strstr(w->log, "alarm-cleared name=configuration-damaged"));
}

/* The commit that died before it became running is not what ran, newer as it is. */
static void test_recover__not_a_commit_that_never_was(void **state)
{
    struct world *w = *state;
    char command[512];
    start(w);
    snprintf(command, sizeof(command),
             "cd %s && sed 's/three/four/; s/\"sequence\": 3/\"sequence\": 4/' history/3.json > history/4.json && "
             "head -c -20 running.json > cut && mv cut running.json",
             w->state_dir);
    assert_int_equal(system(command), 0);
    restart(w, NULL);
    assert_non_null(strstr(world_show(w), "hostname three"));
    assert_int_equal(mgmtd_sequence(w->mgmtd), 3);
}

static void test_recover__nothing_is_left_but_the_boot_file(void **state)
{
    struct world *w = *state;
    start(w);
    damage(w, "history/1.json", "1");
    damage(w, "history/2.json", "2");
    damage(w, "running.json", "3");
    restart(w, "system hostname boot");
    world_until(w, is_named(w, "boot"));
    assert_true(has_alarm(w, "configuration-damaged"));
    assert_true(is_there(w, "running.json.damaged"));
}

static void test_recover__what_waits_for_confirmation_still_waits(void **state)
{
    struct world *w = *state;
    start(w);
    commit_name(w, "four", 60);
    commit_name(w, "five", 60);
    damage(w, "running.json", ""); /* five is lost; four waits, too */
    restart(w, NULL);
    assert_non_null(strstr(world_show(w), "hostname four"));
    struct front_request r = {.op = FRONT_CANCEL};
    assert_int_equal(world_ask(w, &r), 0);
    assert_non_null(strstr(world_show(w), "hostname three"));
}

static void test_recover__record_lost_and_the_commit_was_to_be_confirmed(void **state)
{
    struct world *w = *state;
    start(w);
    commit_name(w, "four", 60);
    damage(w, "confirm.json", "{\"strata-mana");
    restart(w, NULL);
    world_until(w, is_named(w, "three"));
    world_until(w, !is_there(w, "confirm.json"));
    assert_true(has_alarm(w, "confirmation-damaged"));
    commit_name(w, "seen", 0);
    assert_false(has_alarm(w, "confirmation-damaged"));
}

static void test_recover__record_lost_of_a_commit_that_was_none(void **state)
{
    struct world *w = *state;
    start(w);
    commit_name(w, "four", 60);
    world_commit(w); /* confirmed */
    commit_name(w, "five", 0);
    FILE *f = fopen(path_of(w, "confirm.json"), "w"); /* of a commit 6 that was never stored */
    fputs("{\"strata-mana", f);
    fclose(f);
    restart(w, NULL);
    world_run_ms(w, 100);
    assert_non_null(strstr(world_show(w), "hostname five"));
    assert_false(is_there(w, "confirm.json"));
    assert_true(has_alarm(w, "confirmation-damaged"));
}

static void test_recover__what_should_come_back_is_lost(void **state)
{
    struct world *w = *state;
    start(w);
    commit_name(w, "four", 60);
    damage(w, "history/3.json", "");
    restart(w, NULL);
    assert_non_null(strstr(world_show(w), "hostname four"));
    assert_true(has_alarm(w, "confirmation-damaged"));
    assert_false(is_there(w, "confirm.json"));
}

/* What a newer software finds invalid: it is tried some times, and then somebody decides. */
static void test_recover__a_rollback_that_is_invalid_ends(void **state)
{
    struct world *w = *state;
    start(w);
    commit_name(w, "four", 60);
    damage(w, "confirm.json", "{\"strata-mana"); /* goes back at once */
    damage(w, "history/3.json",
           "{\"strata-management:management\":{\"commit\":[{\"sequence\":3,\"epoch\":1}]},"
           "\"ietf-interfaces:interfaces\":{\"interface\":[{\"name\":\"x\",\"strata-interfaces:vpn-instance\":\"none\"}"
           "]}}");
    restart(w, NULL);
    world_until(w, strstr(w->log, "roll-back-failed attempt=1"));
    assert_true(has_alarm(w, "roll-back-failed"));
    struct front_request state_of = {.op = FRONT_STATE, .path = "/management/confirmed-commit"};
    assert_int_equal(world_ask(w, &state_of), 0);
    assert_non_null(strstr(w->text, "\"failed-attempts\": 1"));
    assert_non_null(strstr(w->text, "\"failure\": "));
    struct front_request cancel = {.op = FRONT_CANCEL};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(world_ask(w, &cancel), -EINVAL); /* says why, and does not wait for the next try */
    commit_name(w, "five", 0);
    assert_false(has_alarm(w, "roll-back-failed"));
    assert_false(is_there(w, "confirm.json"));
}

static void test_recover__it_is_said_who_is_awaited(void **state)
{
    struct world *w = *state;
    world_start(w, "system hostname boot\nvpn-instance A\ninterface x vpn-instance A");
    world_until(w, strstr(w->log, "daemons-awaited daemons="));
    assert_non_null(strstr(w->log, "ribd"));
    assert_non_null(strstr(w->log, "vpnd"));
    assert_non_null(strstr(w->log, "the configuration waits for them"));
}

/* --- the time of day --- */

static uint64_t clock_now = 1700000000;

static uint64_t wall_clock(void)
{
    return clock_now;
}

static void start_with_clock(struct world *w)
{
    struct mgmtd_options opt = {.ctx = w->ctx, .wall_clock_sec = wall_clock};
    w->mgmtd = mgmtd_create(&w->env, &opt);
    assert_non_null(w->mgmtd);
    world_connect(w);
    world_until(w, front_is_up(w->front));
}

/* While mgmtd lives the steps of the clock mean nothing: it waits as long as was said. */
static void test_recover__clock_steps_while_a_commit_waits(void **state)
{
    struct world *w = *state;
    start_with_clock(w);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    commit_name(w, "old", 0);
    commit_name(w, "new", 2);
    clock_now += 86400;
    world_run_ms(w, 700);
    assert_true(is_named(w, "new"));
    clock_now -= 2 * 86400;
    world_until(w, is_named(w, "old"));
    clock_now = 1700000000;
}

/* Over a restart only the time of day tells; it is never waited longer than was said. */
static void test_recover__clock_steps_over_a_restart(void **state)
{
    struct world *w = *state;
    start_with_clock(w);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    commit_name(w, "old", 0);
    commit_name(w, "new", 2);
    world_stop(w);
    clock_now -= 86400;
    start_with_clock(w);
    world_until(w, is_named(w, "old")); /* in 2 s, not in a day */
    commit_name(w, "new", 3600);
    world_stop(w);
    clock_now += 86400;
    start_with_clock(w);
    world_until(w, is_named(w, "old"));
    clock_now = 1700000000;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(test_recover__the_same_commit_from_the_history),
        T(test_recover__an_older_one),
        T(test_recover__an_alarm_goes_with_the_next_commit),
        T(test_recover__not_a_commit_that_never_was),
        T(test_recover__nothing_is_left_but_the_boot_file),
        T(test_recover__what_waits_for_confirmation_still_waits),
        T(test_recover__record_lost_and_the_commit_was_to_be_confirmed),
        T(test_recover__record_lost_of_a_commit_that_was_none),
        T(test_recover__what_should_come_back_is_lost),
        T(test_recover__a_rollback_that_is_invalid_ends),
        T(test_recover__it_is_said_who_is_awaited),
        T(test_recover__clock_steps_while_a_commit_waits),
        T(test_recover__clock_steps_over_a_restart),
    };
    return cmocka_run_group_tests_name("mgmtd_recover", tests, NULL, NULL);
}
