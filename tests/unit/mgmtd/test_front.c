/* SPDX-License-Identifier: Apache-2.0
 *
 * Front ends over real sockets: candidates, formats, rollback, state, actions, needed daemons, the boot configuration.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/text/buf.h"
#include "ospfd_config.h"
#include "strata/state.h"
#include "vpnd_config.h"

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    struct fake *f = daemon;
    (void)path;
    if (strcmp(f->name, "vpnd") != 0)
        return;
    static const char *const names[] = {"A", "B"};
    state_open(sw, VPND_VPN_INSTANCES);
    for (size_t i = 0; i < 2; i++) {
        state_open(sw, VPND_VPN_INSTANCES_VPN_INSTANCE);
        state_text(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_NAME, names[i]);
        state_open(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE);
        state_u64(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_TABLE, 1000 + i);
        state_text(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_PROBLEM, "first");
        state_text(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_PROBLEM, "second");
        state_close(sw);
        state_close(sw);
    }
    state_close(sw);
}

static int ask(struct world *w, enum front_op op, const char *path)
{
    struct front_request r = {.op = op, .path = path};
    return world_ask(w, &r);
}

static void test_front__load_is_all_or_nothing(void **state)
{
    struct world *w = *state;
    struct front_request show = {.op = FRONT_SHOW, .is_candidate = true};
    world_start(w, NULL);
    assert_int_equal(world_load(w, "system hostname a"), 0);
    assert_int_equal(world_load(w, "interface x mtu 1500\ninterface y mtu fast"), -EINVAL);
    assert_string_equal(w->text,
                        "in.conf:2:17: /interfaces/interface[y]/mtu: \"fast\" is no valid mtu (Invalid type uint16 "
                        "value \"fast\".); expected a number 68..65535");
    world_ask(w, &show);
    assert_string_equal(w->text, "system hostname a\n");
}

static void test_front__formats_round_trip(void **state)
{
    struct world *w = *state;
    static const enum front_format formats[] = {FRONT_TEXT, FRONT_JSON, FRONT_XML};
    world_start(w, NULL);
    assert_int_equal(
        world_load(w, "system hostname a\ninterface x { mtu 1500; ipv4 address [ 10.0.0.1/24 10.0.1.1/24 ] }"), 0);
    for (size_t i = 0; i < 3; i++) {
        struct front_request show = {.op = FRONT_SHOW, .is_candidate = true, .format = formats[i]};
        assert_int_equal(world_ask(w, &show), 0);
        char *saved = strdup(w->text);
        struct front_request load = {
            .op = FRONT_LOAD, .load = FRONT_OVERRIDE, .format = formats[i], .text = saved, .name = "f"};
        assert_int_equal(world_ask(w, &load), 0);
        assert_int_equal(world_ask(w, &show), 0);
        assert_string_equal(w->text, saved);
        free(saved);
    }
    struct front_request bad = {.op = FRONT_LOAD,
                                .format = FRONT_JSON,
                                .name = "f.json",
                                .text = "{\n\"strata-system:system\": {\n\"hostname\": 7\n}}"};
    assert_int_equal(world_ask(w, &bad), -EINVAL);
    assert_non_null(strstr(w->text, ": /system/hostname: "));
    struct front_request replace = {
        .op = FRONT_LOAD, .load = FRONT_REPLACE, .text = "interface z mtu 1400", .name = "f"};
    struct front_request show = {.op = FRONT_SHOW, .is_candidate = true};
    assert_int_equal(world_ask(w, &replace), 0);
    world_ask(w, &show);
    assert_string_equal(w->text, "system hostname a\ninterface z mtu 1400\n");
}

/* libyang compares each declaration with each: these would keep everybody waiting for minutes. */
static void test_front__xml_of_many_declarations(void **state)
{
    struct text_buf text = {0};
    struct front_request load = {.op = FRONT_LOAD, .format = FRONT_XML, .name = "f.xml"};
    world_start(*state, NULL);
    text_buf_puts(&text, "<?xml version='1.0'?>\n<system xmlns='urn:strata:system'");
    for (int i = 0; i < 200; i++)
        text_buf_printf(&text, " xmlns:p%d='urn:x'", i);
    size_t len = text.len;
    text_buf_puts(&text, "><hostname>a</hostname></system>");
    load.text = text_buf_get(&text);
    assert_int_equal(world_ask(*state, &load), 0);
    text.len = len;
    for (int i = 200; i < 80000; i++)
        text_buf_printf(&text, " xmlns:p%d='urn:x'", i);
    text_buf_puts(&text, "><hostname>a</hostname></system>");
    load.text = text_buf_get(&text);
    assert_int_equal(world_ask(*state, &load), -EINVAL);
    assert_non_null(strstr(((struct world *)*state)->text, "f.xml: "));
    text_buf_fini(&text);
}

static void test_front__history(void **state)
{
    struct world *w = *state;
    struct front_request back = {.op = FRONT_ROLLBACK, .number = 1}, cmp = {.op = FRONT_COMPARE};
    world_start(w, NULL);
    world_load(w, "system hostname a");
    assert_int_equal(world_commit(w), 0);
    world_load(w, "system hostname b\ninterface x mtu 1500");
    assert_int_equal(world_commit(w), 0);
    assert_int_equal(world_ask(w, &back), 0);
    assert_int_equal(world_ask(w, &cmp), 0);
    assert_string_equal(w->text, "- interface x mtu 1500\n- system hostname b\n+ system hostname a\n");
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(world_show(w), "system hostname a\n");
    assert_int_equal(ask(w, FRONT_STATE, "/management/commit[2]"), 0);
    assert_non_null(strstr(w->text, "\"author\": \"tester\""));
    assert_null(strstr(w->text, "\"sequence\": 1"));
    back.number = 9;
    assert_int_equal(world_ask(w, &back), -ENOENT);
    back.number = 3;
    assert_int_equal(world_ask(w, &back), 0);
    assert_int_equal(ask(w, FRONT_DISCARD, ""), 0);
    world_ask(w, &cmp);
    assert_string_equal(w->text, "");
}

static void test_front__candidates_are_private_and_merge(void **state)
{
    struct world *w = *state;
    static const struct front_events none = {0};
    world_start(w, NULL);
    struct front *other = front_create(&w->env, "other", &none, NULL);
    struct front_request load = {.op = FRONT_LOAD, .text = "interface y mtu 1500"}, commit = {.op = FRONT_COMMIT};
    world_until(w, front_is_up(other));
    world_load(w, "system hostname a");
    front_send(other, &load);
    front_send(other, &commit);
    world_until(w, mgmtd_sequence(w->mgmtd) == 1);
    assert_int_equal(ask(w, FRONT_COMPARE, ""), 0);
    assert_string_equal(w->text, "+ system hostname a\n");
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(world_show(w), "system hostname a\ninterface y mtu 1500\n");
    front_destroy(other);
}

static void test_front__state_is_gathered(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct fake *vpn = world_daemon(w, "vpnd");
    world_until(w, vpn->n_committed == 1);
    assert_int_equal(ask(w, FRONT_STATE, "/vpn-instances/vpn-instance[B]/state/table"), 0);
    assert_string_equal(w->note, "");
    assert_non_null(strstr(w->text, "\"table\": 1001"));
    assert_null(strstr(w->text, "1000"));
    assert_null(strstr(w->text, "problem"));
    assert_int_equal(ask(w, FRONT_STATE, ""), 0);
    assert_non_null(strstr(w->text, "strata-management:management"));
    assert_non_null(strstr(w->text, "\"second\""));
    assert_string_equal(w->note, "ribd is not running");
    assert_int_equal(ask(w, FRONT_STATE, "/nothing"), -ENOENT);
    assert_int_equal(ask(w, FRONT_STATE, "/ospf"), 0);
    assert_string_equal(w->note, "ospfd is not running: nothing is configured for it");
    assert_false(front_note_is_fault(w->note));
    assert_string_equal(w->text, "{}\n");
    assert_int_equal(ask(w, FRONT_STATE, "/ospf/neighbor /ospf/vpn-instance/neighbor /ldp /rib"), 0);
    assert_string_equal(w->note, "ospfd is not running: nothing is configured for it\n" /* once */
                                 "ldpd is not running: nothing is configured for it\n"
                                 "ribd is not running");
    assert_true(front_note_is_fault(w->note));
}

static void test_front__actions(void **state)
{
    struct world *w = *state;
    struct front_request r = {.op = FRONT_ACTION, .argument = "mpls guard  disable"};
    world_start(w, NULL);
    assert_int_equal(world_ask(w, &r), -ENOTCONN);
    assert_string_equal(w->text, "ribd is not running");
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    assert_int_equal(world_ask(w, &r), 0);
    assert_string_equal(w->text, "done by ribd");
    assert_string_equal(rib->last_action, "mpls guard|disable");
    r.argument = "mpls guard enable now"; /* does not reach it */
    assert_int_equal(world_ask(w, &r), -EINVAL);
    assert_string_equal(w->text, "\"now\" has no place here");
    assert_string_equal(rib->last_action, "mpls guard|disable");
    r.argument = "nobody home";
    assert_int_equal(world_ask(w, &r), -ENOENT);
    assert_string_equal(w->text, "nobody does \"nobody home\"");
}

static void test_front__needed_daemons_are_told(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    assert_int_equal(ask(w, FRONT_SUBSCRIBE, ""), 0);
    world_until(w, strcmp(w->needed, "ribd") == 0);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    /* a commit that needs a new daemon waits for it, so that it can refuse */
    world_load(w, "vpn-instance A route-distinguisher 1:1");
    struct front_request commit = {.op = FRONT_COMMIT};
    unsigned before = w->n_replies;
    w->last_id = front_send(w->front, &commit);
    world_until(w, strcmp(w->needed, "ribd vpnd") == 0);
    struct fake *vpn = world_daemon(w, "vpnd");
    vpn->refuse_path = "/vpn-instances/vpn-instance[A]";
    vpn->accept_first = 1; /* the running configuration, which it gets first */
    world_until(w, w->n_replies != before);
    assert_int_equal(w->error, -EINVAL);
    assert_non_null(strstr(w->text, "refused by vpnd"));
    world_until(w, strcmp(w->needed, "ribd") == 0);
}

static void test_front__boot_waits_for_daemons(void **state)
{
    struct world *w = *state;
    world_start(w, "system hostname r1\nvpn-instance A route-distinguisher 1:1\n");
    ask(w, FRONT_SUBSCRIBE, "");
    world_until(w, strcmp(w->needed, "ribd vpnd") == 0);
    struct fake *rib = world_daemon(w, "ribd");
    world_run_ms(w, 100);
    assert_int_equal(rib->n_prepared, 0);
    struct fake *vpn = world_daemon(w, "vpnd");
    world_until(w, vpn->n_committed == 1);
    assert_string_equal(w->order, "ribd vpnd ");
    assert_int_equal(mgmtd_sequence(w->mgmtd), 1);
}

static void test_front__boot_refused_by_daemon(void **state)
{
    struct world *w = *state;
    world_start(w, "system hostname r1\nvpn-instance A {\n  route-distinguisher 1:1\n  label-mode per-instance\n}\n");
    struct fake *vpn = world_daemon(w, "vpnd");
    vpn->refuse_path = "/vpn-instances/vpn-instance[A]/label-mode";
    world_run_ms(w, 50);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, strstr(w->log, "configuration-bad"));
    assert_non_null(strstr(w->log, "boot.conf:4: /vpn-instances/vpn-instance[A]/label-mode: vpnd does not like it"));
    world_until(w, rib->n_committed == 1); /* the empty configuration */
    assert_int_equal(mgmtd_sequence(w->mgmtd), 0);
}

static void test_front__boot_text_is_bad(void **state)
{
    struct world *w = *state;
    world_start(w, "system hostname r1\ninterface x mtu 7\n");
    assert_non_null(strstr(w->log, "boot.conf:2:17: /interfaces/interface[x]/mtu"));
    assert_string_equal(world_show(w), "");
    world_stop(w);
    world_start(w, "system hostname r1\n\ninterface x vpn-instance A\n");
    assert_non_null(strstr(w->log, "boot.conf:3: /interfaces/interface[x]/vpn-instance"));
    assert_int_equal(world_load(w, "system hostname r1"), 0);
    assert_int_equal(world_commit(w), 0);
}

#define TESTS(t) cmocka_unit_test_setup_teardown(t, world_setup, world_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TESTS(test_front__load_is_all_or_nothing),
        TESTS(test_front__formats_round_trip),
        TESTS(test_front__xml_of_many_declarations),
        TESTS(test_front__history),
        TESTS(test_front__candidates_are_private_and_merge),
        TESTS(test_front__state_is_gathered),
        TESTS(test_front__actions),
        TESTS(test_front__needed_daemons_are_told),
        TESTS(test_front__boot_waits_for_daemons),
        TESTS(test_front__boot_refused_by_daemon),
        TESTS(test_front__boot_text_is_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
