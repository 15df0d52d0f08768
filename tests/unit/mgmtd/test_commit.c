/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions over real sockets: two phases, refusals, silence, loss, late daemons, restarts between the steps.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/ipc/north/north_msg.h"
#include "ribd_config.h"
#include "strata/ipc.h"
#include "strata/state.h"

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    (void)daemon, (void)path, (void)sw;
}

static const char *rib_hostname(const struct fake *f)
{
    const struct ribd_config *c = north_config(f->north);
    return c && c->system.has_hostname ? c->system.hostname : "";
}

/* mgmtd, ribd and vpnd with nothing configured, everybody in sync. */
static void start_two(struct world *w)
{
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd"), *vpn = world_daemon(w, "vpnd");
    world_until(w, rib->n_committed == 1 && vpn->n_committed == 1);
    w->order[0] = '\0';
    rib->n_prepared = vpn->n_prepared = rib->n_committed = vpn->n_committed = 0;
}

static void test_commit__reaches_all_in_order(void **state)
{
    struct world *w = *state;
    start_two(w);
    struct fake *ospf = world_daemon(w, "ospfd");
    world_until(w, ospf->n_committed == 1);
    w->order[0] = '\0';
    assert_int_equal(world_load(w, "system hostname r1\nvpn-instance A route-distinguisher 1:1"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(w->note, "");
    assert_string_equal(w->order, "ribd vpnd ospfd ");
    assert_string_equal(rib_hostname(&w->fakes[0]), "r1");
    const struct ribd_config *c = north_config(w->fakes[0].north);
    assert_int_equal(c->vpn_instances.n_vpn_instance, 1);
    assert_string_equal(c->vpn_instances.vpn_instance[0]->name, "A");
    assert_int_equal(mgmtd_sequence(w->mgmtd), 1);
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(w->text, "nothing to commit");
}

static void test_commit__only_concerned_daemons_are_asked(void **state)
{
    struct world *w = *state;
    start_two(w);
    assert_int_equal(world_load(w, "mpls interface x"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_int_equal(w->fakes[0].n_prepared, 1);
    assert_int_equal(w->fakes[1].n_prepared, 0);
    /* vpnd still calls its configuration by the older number; the next change must fit that */
    assert_int_equal(world_load(w, "vpn-instance A route-distinguisher 1:1\nno mpls"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_int_equal(w->fakes[1].n_committed, 1);
    assert_int_equal(mgmtd_sequence(w->mgmtd), 2);
}

static void test_commit__refusal_changes_nothing(void **state)
{
    struct world *w = *state;
    start_two(w);
    w->fakes[1].refuse_path = "/vpn-instances/vpn-instance[A]/label-mode";
    assert_int_equal(world_load(w, "system hostname r1\nvpn-instance A route-distinguisher 1:1"), 0);
    assert_int_equal(world_commit(w), -EINVAL);
    assert_string_equal(w->text, "/vpn-instances/vpn-instance[A]/label-mode: vpnd does not like it (refused by vpnd)");
    assert_int_equal(w->fakes[0].n_prepared, 1);
    assert_int_equal(w->fakes[0].n_committed + w->fakes[1].n_committed, 0);
    assert_string_equal(world_show(w), "");
    assert_int_equal(mgmtd_sequence(w->mgmtd), 0);
    /* the candidate is kept, and goes in once the daemon agrees */
    w->fakes[1].refuse_path = NULL;
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(rib_hostname(&w->fakes[0]), "r1");
}

static void test_commit__schema_fault_asks_nobody(void **state)
{
    struct world *w = *state;
    start_two(w);
    assert_int_equal(world_load(w, "interface x vpn-instance nowhere"), 0);
    assert_int_equal(world_commit(w), -EINVAL);
    assert_non_null(strstr(w->text, "/interfaces/interface[x]/vpn-instance: "));
    assert_int_equal(w->fakes[0].n_prepared, 0);
}

static void test_commit__check_asks_and_changes_nothing(void **state)
{
    struct world *w = *state;
    struct front_request check = {.op = FRONT_CHECK};
    start_two(w);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_ask(w, &check), 0);
    assert_int_equal(w->fakes[0].n_prepared, 1);
    assert_int_equal(w->fakes[0].n_committed, 0);
    assert_string_equal(world_show(w), "");
    w->fakes[0].refuse_path = "/system/hostname";
    assert_int_equal(world_ask(w, &check), -EINVAL);
    w->fakes[0].refuse_path = NULL;
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(rib_hostname(&w->fakes[0]), "r1");
}

static void test_commit__not_stored_not_done(void **state)
{
    struct world *w = *state;
    start_two(w);
    FILE *f = fopen(w->state_dir, "we"); /* a file where the folder should be */
    assert_non_null(f);
    fclose(f);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_true(world_commit(w) < 0);
    assert_non_null(strstr(w->text, "cannot store the configuration"));
    assert_int_equal(w->fakes[0].n_prepared, 1);
    assert_int_equal(w->fakes[0].n_committed, 0);
    unlink(w->state_dir);
    assert_int_equal(world_commit(w), 0);
    assert_int_equal(w->fakes[0].n_committed, 1);
}

static void test_commit__late_daemon_gets_all(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(w->note, "ribd is not running: it gets the configuration when it starts");
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    assert_string_equal(rib_hostname(rib), "r1");
}

static void test_commit__refused_sync_is_shown_and_retried(void **state)
{
    struct world *w = *state;
    struct front_request daemons = {.op = FRONT_STATE, .path = "/management/daemon[ospfd]"};
    start_two(w);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
    struct fake *ospf = world_daemon(w, "ospfd");
    ospf->refuse_path = "/ospf/router-id";
    world_until(w, strstr(w->log, "daemon-out-of-sync daemon=ospfd"));
    world_ask(w, &daemons);
    assert_non_null(strstr(w->text, "\"state\": \"out-of-sync\""));
    assert_non_null(strstr(w->text, "/ospf/router-id: ospfd does not like it"));
    /* it does not block the others, and is offered the next configuration as a whole */
    ospf->refuse_path = NULL;
    assert_int_equal(world_load(w, "system hostname r2"), 0);
    assert_int_equal(world_commit(w), 0);
    world_until(w, ospf->n_committed == 1);
    world_run_ms(w, 20);
    world_ask(w, &daemons);
    assert_non_null(strstr(w->text, "\"state\": \"in-sync\""));
    assert_null(strstr(w->text, "message"));
}

static void test_commit__same_version_is_left_alone(void **state)
{
    struct world *w = *state;
    start_two(w);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
    unsigned before = w->fakes[0].n_prepared;
    world_stop(w);
    world_start(w, "system hostname other");
    struct front_request daemons = {.op = FRONT_STATE, .path = "/management/daemon[ribd]/state"};
    do
        world_ask(w, &daemons);
    while (!strstr(w->text, "in-sync"));
    world_run_ms(w, 50);
    assert_int_equal(w->fakes[0].n_prepared, before);
    assert_string_equal(world_show(w), "system hostname r1\n");
}

static void test_commit__death_between_persist_and_commit(void **state)
{
    struct world *w = *state;
    start_two(w);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
    /* The next version is stored, but ribd never hears COMMIT: mgmtd dies, and ribd, which runs the old one, stays. */
    assert_int_equal(world_load(w, "system hostname r2"), 0);
    world_daemon_stop(&w->fakes[1]);
    world_stop(w);
    char command[512];
    snprintf(
        command, sizeof(command),
        "sed -i 's/\"hostname\": \"r1\"/\"hostname\": \"r2\"/; s/\"sequence\": 1/\"sequence\": 2/' %s/running.json",
        w->state_dir);
    assert_int_equal(system(command), 0);
    world_start(w, NULL);
    world_until(w, strcmp(rib_hostname(&w->fakes[0]), "r2") == 0);
}

static void test_commit__death_in_prepare_changes_nothing(void **state)
{
    struct world *w = *state;
    start_two(w);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    struct front_request r = {.op = FRONT_COMMIT};
    w->fakes[0].kills_mgmtd = true;
    front_send(w->front, &r);
    /* killed before the answer is read; both ends agree afterwards */
    world_until(w, !w->mgmtd);
    w->fakes[0].kills_mgmtd = false;
    world_start(w, NULL);
    world_until(w, front_is_up(w->front));
    const char *runs = strcmp(world_show(w), "") == 0 ? "" : "r1";
    world_until(w, strcmp(rib_hostname(&w->fakes[0]), runs) == 0);
    assert_int_equal(world_load(w, "system hostname r9"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(rib_hostname(&w->fakes[0]), "r9");
}

/* A daemon by hand: it answers HELLO and then as much as it is told, or hangs up. */
struct mute {
    struct ipc_connector *k;
    bool must_hang_up, agrees, commits;
    unsigned n_prepare, n_sync, n_refused;
    uint64_t hash;
};

static void mute_up(struct ipc_conn *c, void *arg)
{
    struct mute *m = arg;
    struct north_from_daemon hello = {.schema_hash = m->hash};
    north_from_daemon_send(c, NORTH_HELLO, &hello);
}

static void mute_down(struct ipc_conn *c, const char *reason, void *arg)
{
    (void)c, (void)reason, (void)arg;
}

static void mute_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct mute *m = arg;
    struct north_to_daemon msg;
    struct north_held held;

    assert_int_equal(north_to_daemon_decode(payload, len, &msg, &held), 0);
    struct north_from_daemon answer = {.id = msg.id};
    m->n_refused += type == NORTH_REFUSED;
    m->n_prepare += type == NORTH_PREPARE;
    m->n_sync += type == NORTH_SYNC;
    if (type == NORTH_PREPARE && m->must_hang_up)
        ipc_close(c, "gone");
    else if (type == NORTH_PREPARE && m->agrees)
        north_from_daemon_send(c, NORTH_PREPARED, &answer);
    else if (type == NORTH_COMMIT && m->commits)
        north_from_daemon_send(c, NORTH_COMMITTED, &answer);
    north_to_daemon_release(&held);
}

static void mute_start(struct world *w, struct mute *m)
{
    static const struct ipc_events events = {.up = mute_up, .down = mute_down, .message = mute_message};
    struct ipc_spec spec = {.socket = MGMT_SOCKET, .service = MGMT_SERVICE, .version = MGMT_VERSION, .name = "ospfd"};
    if (!m->hash)
        for (const struct schema_owner *o = schema_owners; o->daemon; o++)
            if (strcmp(o->daemon, "ospfd") == 0)
                m->hash = o->schema->hash;
    m->k = ipc_connector_create(&w->env, &spec, &events, m);
    world_until(w, strstr(w->log, "daemon=ospfd"));
}

static void test_commit__silent_daemon_is_an_abort(void **state)
{
    struct world *w = *state;
    struct mute m = {0};
    start_two(w);
    mute_start(w, &m);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), -ETIMEDOUT);
    assert_string_equal(w->text, "ospfd did not answer within 5 s");
    assert_int_equal(w->fakes[0].n_committed, 0);
    assert_string_equal(world_show(w), "");
    ipc_connector_destroy(m.k);
}

/* Once stored it is committed: who is silent then is connected anew and gets all. */
static void test_commit__silent_after_it_agreed(void **state)
{
    struct world *w = *state;
    struct mute m = {.agrees = true};
    start_two(w);
    mute_start(w, &m);
    world_until(w, m.n_sync == 1);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(w->note, "ospfd did not confirm: it gets the configuration again");
    assert_string_equal(rib_hostname(&w->fakes[0]), "r1");
    world_until(w, m.n_sync == 2);
    ipc_connector_destroy(m.k);
}

/* Nor does it keep the router from going back. */
static void test_commit__silent_daemon_and_the_way_back(void **state)
{
    struct world *w = *state;
    struct mute m = {.agrees = true, .commits = true};
    struct front_request confirmed = {.op = FRONT_COMMIT, .confirm_sec = 600}, cancel = {.op = FRONT_CANCEL};
    start_two(w);
    mute_start(w, &m);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_ask(w, &confirmed), 0);
    assert_string_equal(w->note, "");
    assert_string_equal(rib_hostname(&w->fakes[0]), "r1");
    m.agrees = false;
    unsigned before = m.n_sync;
    assert_int_equal(world_ask(w, &cancel), 0);
    assert_string_equal(w->note, "ospfd did not agree: it gets the configuration again");
    assert_string_equal(rib_hostname(&w->fakes[0]), "");
    world_until(w, m.n_sync == before + 1);
    ipc_connector_destroy(m.k);
}

static void test_commit__lost_daemon_is_an_abort(void **state)
{
    struct world *w = *state;
    struct mute m = {.must_hang_up = true};
    start_two(w);
    mute_start(w, &m);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), -ECONNRESET);
    assert_int_equal(w->fakes[0].n_committed, 0);
    assert_true(m.n_prepare > 0);
    ipc_connector_destroy(m.k);
}

static void test_commit__other_schema_is_refused(void **state)
{
    struct world *w = *state;
    struct mute m = {.hash = 4711};
    start_two(w);
    mute_start(w, &m);
    world_until(w, m.n_refused);
    assert_non_null(strstr(w->log, "schema-mismatch daemon=ospfd"));
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_int_equal(m.n_prepare, 0);
    ipc_connector_destroy(m.k);
}

/* --- history --- */

static const char *difference(struct world *w, uint32_t back, const char *to)
{
    struct front_request r = {.op = FRONT_COMPARE, .number = back, .argument = to};
    assert_int_equal(world_ask(w, &r), 0);
    return w->text;
}

static void test_commit__history(void **state)
{
    struct world *w = *state;
    struct front_request commit = {.op = FRONT_COMMIT, .name = "tester"};
    struct front_request history = {.op = FRONT_STATE, .path = "/management/commit"};
    char text[64], path[128];

    start_two(w);
    for (unsigned i = 1; i <= 55; i++) {
        snprintf(text, sizeof(text), "system hostname r%u%s", i, i == 54 ? "\nmpls interface x" : "");
        assert_int_equal(world_load(w, text), 0);
        snprintf(text, sizeof(text), "change %u", i);
        commit.text = text;
        assert_int_equal(world_ask(w, &commit), 0);
    }
    assert_string_equal(difference(w, 0, ""), "");
    assert_string_equal(difference(w, 1, ""), "- system hostname r54\n+ system hostname r55\n");
    assert_string_equal(difference(w, 2, "1"), "+ mpls interface x\n- system hostname r53\n+ system hostname r54\n");
    assert_string_equal(difference(w, 49, "48"), "- system hostname r6\n+ system hostname r7\n");
    struct front_request too_far = {.op = FRONT_COMPARE, .number = 50}, no_number = {.op = FRONT_COMPARE};
    no_number.argument = "two";
    assert_int_equal(world_ask(w, &too_far), -ENOENT);
    assert_int_equal(world_ask(w, &no_number), -EINVAL);
    /* 50 are kept, with who, when and why */
    for (unsigned i = 5; i <= 6; i++) {
        snprintf(path, sizeof(path), "%s/history/%u.json", w->state_dir, i);
        assert_int_equal(access(path, F_OK) == 0, i == 6);
    }
    assert_int_equal(world_ask(w, &history), 0);
    assert_null(strstr(w->text, "\"change 5\""));
    assert_non_null(strstr(w->text, "\"comment\": \"change 6\""));
    assert_non_null(strstr(w->text, "\"comment\": \"change 55\""));
    assert_non_null(strstr(w->text, "\"author\": \"tester\""));
}

/* Whatever is said with a commit, the next start reads what it stored. */
static void test_commit__any_comment_is_read_back(void **state)
{
    static const char *const odd[] = {"\x1b[31mred", "latin-1 \xfc", "cut \xc3"};
    struct world *w = *state;
    char comment[400];

    start_two(w);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        assert_int_equal(world_load(w, "system hostname r1"), 0);
        struct front_request bad = {.op = FRONT_COMMIT, .text = odd[i]};
        assert_int_equal(world_ask(w, &bad), -EINVAL);
    }
    for (size_t start = 0; start < 2; start++) { /* one of the two is cut amid a character */
        struct front_request r = {.op = FRONT_COMMIT, .text = comment};
        char text[64];
        snprintf(text, sizeof(text), "system hostname r%zu", start);
        memset(comment, 'x', start);
        for (size_t at = start; at < sizeof(comment) - 3; at += 2)
            memcpy(comment + at, "\xc3\xbc", 3);
        assert_int_equal(world_load(w, text), 0);
        assert_int_equal(world_ask(w, &r), 0);
        world_stop(w);
        world_start(w, "system hostname other");
        world_connect(w);
        snprintf(text, sizeof(text), "system hostname r%zu\n", start);
        assert_string_equal(world_show(w), text);
    }
    struct front_request persist = {.op = FRONT_COMMIT, .confirm_sec = 60, .persist = comment};
    assert_int_equal(world_ask(w, &persist), -EINVAL); /* longer than what is kept of it */
}

/* An empty configuration is one, too; and what is written is what is read. */
static void test_commit__empty_again(void **state)
{
    struct world *w = *state;
    struct front_request back = {.op = FRONT_ROLLBACK, .number = 1};
    start_two(w);
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
    assert_int_equal(world_ask(w, &back), 0);
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(world_show(w), "");
    world_stop(w);
    world_start(w, "system hostname boot");
    world_until(w, front_is_up(w->front));
    assert_string_equal(world_show(w), "");
    assert_int_equal(mgmtd_sequence(w->mgmtd), 2);
    assert_string_equal(difference(w, 1, ""), "- system hostname r1\n");
}

#define TESTS(t) cmocka_unit_test_setup_teardown(t, world_setup, world_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TESTS(test_commit__reaches_all_in_order),
        TESTS(test_commit__only_concerned_daemons_are_asked),
        TESTS(test_commit__refusal_changes_nothing),
        TESTS(test_commit__schema_fault_asks_nobody),
        TESTS(test_commit__check_asks_and_changes_nothing),
        TESTS(test_commit__not_stored_not_done),
        TESTS(test_commit__late_daemon_gets_all),
        TESTS(test_commit__refused_sync_is_shown_and_retried),
        TESTS(test_commit__same_version_is_left_alone),
        TESTS(test_commit__death_between_persist_and_commit),
        TESTS(test_commit__death_in_prepare_changes_nothing),
        TESTS(test_commit__silent_daemon_is_an_abort),
        TESTS(test_commit__silent_after_it_agreed),
        TESTS(test_commit__silent_daemon_and_the_way_back),
        TESTS(test_commit__lost_daemon_is_an_abort),
        TESTS(test_commit__other_schema_is_refused),
        TESTS(test_commit__history),
        TESTS(test_commit__any_comment_is_read_back),
        TESTS(test_commit__empty_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
