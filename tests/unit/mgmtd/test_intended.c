/* SPDX-License-Identifier: Apache-2.0
 *
 * Running and intended through transactions, starts and rollbacks: people see what they typed, daemons get what it
 * means.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bgpd_config.h"
#include "ldpd_config.h"
#include "ribd_config.h"
#include "strata/state.h"

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    (void)daemon, (void)path, (void)sw;
}

#define BASE                                                                                                           \
    "interface x vpn-instance A\nbgp { as 100; router-id 1.1.1.1; vpn-instance A neighbor 10.0.0.1 remote-as 200 }\n"
#define INTENT "vpn-instance A carriers-carrier signaling "

static struct fake *start_daemon(struct world *w, const char *name)
{
    struct fake *f = world_daemon(w, name);
    unsigned before = f->n_committed;
    world_until(w, f->n_committed > before);
    return f;
}

static void start_all(struct world *w, const char *boot)
{
    static const char *const names[] = {"ribd", "vpnd", "ospfd", "ldpd", "bgpd"};
    world_start(w, boot);
    for (size_t i = 0; i < 5; i++)
        world_daemon(w, names[i]);
    for (size_t i = 0; i < 5; i++)
        world_until(w, w->fakes[i].n_committed == 1);
}

static struct fake *fake_of(struct world *w, const char *name)
{
    for (size_t i = 0; i < w->n_fakes; i++)
        if (strcmp(w->fakes[i].name, name) == 0)
            return &w->fakes[i];
    return NULL;
}

static const void *config_of(struct world *w, const char *name)
{
    return north_config(fake_of(w, name)->north);
}

static void load_and_commit(struct world *w, const char *text)
{
    assert_int_equal(world_load(w, text), 0);
    if (world_commit(w))
        fail_msg("%s", w->text);
}

/* Edits from one intended configuration to the next lead to the same as the whole of it. */
static void expect_edits_equal_sync(struct world *w)
{
    for (size_t i = 0; i < w->n_fakes; i++) {
        struct fake *f = &w->fakes[i];
        const void *by_edits = schema_config_clone(f->schema, north_config(f->north));
        world_daemon_stop(f);
        start_daemon(w, f->name);
        if (!schema_config_equal(f->schema, by_edits, north_config(f->north)))
            fail_msg("%s has another configuration after its restart", f->name);
        schema_config_free(f->schema, by_edits);
    }
}

static void test_intended__reaches_the_daemons(void **state)
{
    struct world *w = *state;
    start_all(w, NULL);
    load_and_commit(w, BASE INTENT "bgp");
    const struct ribd_config *rib = config_of(w, "ribd");
    assert_int_equal(rib->vpn_instances.vpn_instance[0]->label_mode, CFG_LABEL_MODE_PER_ROUTE);
    assert_int_equal(rib->mpls.n_interface, 1);
    assert_string_equal(rib->mpls.interface[0]->name, "x");
    const struct bgpd_config *bgp = config_of(w, "bgpd");
    const struct cfg_bgp_instance *instance = &bgp->bgp->vpn_instance[0]->bgp_instance;
    assert_int_equal(instance->n_family, 2);
    assert_int_equal(instance->neighbor[0]->n_family, 1);
    assert_int_equal(instance->neighbor[0]->family[0]->name, CFG_BGP_FAMILY_IPV4_LABELED_UNICAST);
    expect_edits_equal_sync(w);
}

static void test_intended__people_see_what_they_typed(void **state)
{
    struct world *w = *state;
    struct front_request compare = {.op = FRONT_COMPARE, .number = 1};
    start_all(w, NULL);
    load_and_commit(w, INTENT "bgp");
    assert_string_equal(world_show(w), "vpn-instance A carriers-carrier signaling bgp\n");
    assert_int_equal(world_ask(w, &compare), 0);
    assert_string_equal(w->text, "+ vpn-instance A carriers-carrier signaling bgp\n");
    /* typing what is implied is a change of what is configured, and asks no daemon: nothing new is meant */
    unsigned before = fake_of(w, "ribd")->n_prepared;
    load_and_commit(w, "vpn-instance A label-mode per-route");
    assert_int_equal(fake_of(w, "ribd")->n_prepared, before);
    assert_int_equal(mgmtd_sequence(w->mgmtd), 2);
    assert_int_equal(world_commit(w), 0);
    assert_string_equal(w->text, "nothing to commit");
}

static void test_intended__show_expanded(void **state)
{
    struct world *w = *state;
    struct front_request r = {.op = FRONT_SHOW, .is_expanded = true, .path = "vpn-instance A"};
    start_all(w, NULL);
    load_and_commit(w, INTENT "bgp");
    assert_int_equal(world_ask(w, &r), 0);
    assert_string_equal(w->text, "vpn-instance A {\n"
                                 "    label-mode per-route  # implied by vpn-instance A carriers-carrier\n"
                                 "    carriers-carrier signaling bgp\n"
                                 "}\n");
    r.format = FRONT_JSON;
    assert_int_equal(world_ask(w, &r), 0);
    assert_non_null(strstr(w->text, "implied-by"));
    struct front_request load = {.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .format = FRONT_JSON};
    char *json = strdup(w->text);
    load.text = json;
    assert_int_equal(world_ask(w, &load), 0);
    free(json);
    r = (struct front_request){.op = FRONT_SHOW, .is_candidate = true, .format = FRONT_JSON};
    assert_int_equal(world_ask(w, &r), 0);
    assert_null(strstr(w->text, "implied-by"));
    /* of the candidate */
    assert_int_equal(world_load(w, "no vpn-instance A label-mode\ninterface x vpn-instance A"), 0);
    r = (struct front_request){.op = FRONT_SHOW, .is_candidate = true, .is_expanded = true, .path = "/mpls"};
    assert_int_equal(world_ask(w, &r), 0);
    assert_string_equal(w->text, "mpls interface x  # implied by vpn-instance A carriers-carrier\n");
    r.is_candidate = false;
    assert_int_equal(world_ask(w, &r), 0);
    assert_string_equal(w->text, "");
    assert_int_equal(world_load(w, "vpn-instance A label-mode per-instance"), 0);
    r.is_candidate = true;
    assert_int_equal(world_ask(w, &r), -EINVAL);
    assert_non_null(strstr(w->text, "/vpn-instances/vpn-instance[A]/label-mode: "));
}

static void test_intended__intent_changes_at_run_time(void **state)
{
    static const char *const steps[] = {
        INTENT "bgp",
        "no vpn-instance A carriers-carrier signaling bgp\n" INTENT "ldp",
        INTENT "bgp",
        "no vpn-instance A carriers-carrier signaling ldp",
        "no vpn-instance A carriers-carrier\nbgp vpn-instance A neighbor 10.0.0.1 family ipv4-unicast",
    };
    static const size_t n_ldp[] = {0, 1, 1, 0, 0}, n_family[] = {2, 1, 2, 2, 0};
    struct world *w = *state;
    start_all(w, BASE "vpn-instance A route-distinguisher 100:1");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        load_and_commit(w, steps[i]);
        const struct ldpd_config *ldp = config_of(w, "ldpd");
        const struct bgpd_config *bgp = config_of(w, "bgpd");
        assert_int_equal(ldp->ldp.n_vpn_instance, n_ldp[i]);
        assert_int_equal(bgp->bgp->vpn_instance[0]->bgp_instance.n_family, n_family[i]);
        expect_edits_equal_sync(w);
    }
    const struct ribd_config *rib = config_of(w, "ribd");
    assert_int_equal(rib->vpn_instances.vpn_instance[0]->label_mode, CFG_LABEL_MODE_PER_INSTANCE);
    assert_int_equal(rib->mpls.n_interface, 0);

    /* and back, over all of it */
    for (uint32_t back = 1; back <= 5; back++) {
        struct front_request rollback = {.op = FRONT_ROLLBACK, .number = back == 1 ? 1 : 2 * back - 1};
        assert_int_equal(world_ask(w, &rollback), 0);
        if (world_commit(w))
            fail_msg("%s", w->text);
        expect_edits_equal_sync(w);
    }
    const struct ldpd_config *ldp = config_of(w, "ldpd");
    assert_int_equal(ldp->ldp.n_vpn_instance, 0);
}

static void test_intended__contradiction_asks_nobody(void **state)
{
    struct world *w = *state;
    start_all(w, NULL);
    unsigned before = fake_of(w, "ribd")->n_prepared;
    assert_int_equal(world_load(w, INTENT "bgp\nvpn-instance A label-mode per-instance"), 0);
    assert_int_equal(world_commit(w), -EINVAL);
    assert_non_null(strstr(w->text, "/vpn-instances/vpn-instance[A]/label-mode: "));
    assert_non_null(strstr(w->text, "remove \"label-mode per-instance\""));
    assert_int_equal(fake_of(w, "ribd")->n_prepared, before);
    load_and_commit(w, "no vpn-instance A label-mode");
}

static void test_intended__contradiction_in_the_boot_file(void **state)
{
    struct world *w = *state;
    world_start(w, "system hostname r1\nvpn-instance A {\n    label-mode per-instance\n" /* */
                   "    carriers-carrier signaling ldp\n}\n");
    start_daemon(w, "ribd");
    assert_non_null(strstr(w->log, "boot.conf:3: /vpn-instances/vpn-instance[A]/label-mode: "));
    assert_string_equal(world_show(w), "");
}

static bool has_ldp_instance(const void *next)
{
    const struct ldpd_config *c = next;
    return c->ldp.n_vpn_instance > 0;
}

static void test_intended__refusal_of_what_is_implied(void **state)
{
    struct world *w = *state;
    world_start(w, "system hostname r1\n\n" INTENT "ldp\n");
    world_daemon(w, "ribd"), world_daemon(w, "vpnd");
    struct fake *ldp = world_daemon(w, "ldpd");
    ldp->refuses = has_ldp_instance;
    ldp->refuse_path = "/ldp/vpn-instance[A]/router-id";
    world_until(w, strstr(w->log, "configuration-bad"));
    assert_non_null(strstr(w->log, "boot.conf:3: /ldp/vpn-instance[A]/router-id: ldpd does not like it; "
                                   "this is implied by vpn-instance A carriers-carrier"));
    assert_int_equal(world_load(w, INTENT "ldp"), 0);
    assert_int_equal(world_commit(w), -EINVAL);
    assert_non_null(strstr(w->text, "; this is implied by vpn-instance A carriers-carrier (refused by ldpd)"));
}

static void test_intended__needs_daemons(void **state)
{
    struct world *w = *state;
    struct front_request subscribe = {.op = FRONT_SUBSCRIBE};
    world_start(w, INTENT "ldp"); /* nobody there yet: the boot configuration waits */
    assert_int_equal(world_ask(w, &subscribe), 0);
    world_until(w, strcmp(w->needed, "ribd vpnd ldpd") == 0);
    world_daemon(w, "ribd"), world_daemon(w, "vpnd");
    world_run_ms(w, 200);
    assert_string_equal(world_show(w), "");
    start_daemon(w, "ldpd");
    world_until(w, mgmtd_sequence(w->mgmtd) == 1);
    /* one that starts late, and all after a restart of mgmtd */
    start_daemon(w, "ospfd");
    unsigned before = fake_of(w, "ldpd")->n_committed;
    world_stop(w);
    world_start(w, NULL);
    world_until(w, strstr(strstr(w->log, "running-configuration"), "daemon=ldpd"));
    world_run_ms(w, 200);
    assert_int_equal(fake_of(w, "ldpd")->n_committed, before); /* the same version: nothing was sent */
    const struct ldpd_config *c = config_of(w, "ldpd");
    assert_non_null(c->ldp.vpn_instance[0]->ldp_instance.bgp_routes);
    load_and_commit(w, "interface y vpn-instance A");
    assert_int_equal(((const struct ldpd_config *)config_of(w, "ldpd"))->ldp.vpn_instance[0]->ldp_instance.n_interface,
                     1);
    expect_edits_equal_sync(w);
}

/* What is accepted, and does not do what was meant, is said: at commit, at its check, at a start. */
static void test_intended__warnings(void **state)
{
    static const char misplaced[] = "/ldp/interface[x]: ldp does not run here: interface x is in VPN instance A; ";
    struct world *w = *state;
    struct front_request check = {.op = FRONT_CHECK};
    start_all(w, NULL);
    load_and_commit(w, BASE INTENT "ldp");
    assert_string_equal(w->note, "");
    assert_int_equal(world_load(w, "ldp interface x\nmpls interface x guarded false"), 0);
    assert_int_equal(world_ask(w, &check), 0);
    assert_string_equal(w->text, "can be committed");
    assert_non_null(strstr(w->note, misplaced));
    assert_non_null(strstr(w->note, "\n/ldp/interface[x]: "));
    assert_int_equal(world_commit(w), 0);
    assert_non_null(strstr(w->note, misplaced));
    assert_int_equal(world_commit(w), 0); /* nothing to commit, nothing to say */
    assert_string_equal(w->note, "");
    world_stop(w);
    assert_null(strstr(w->log, "configuration-warning"));
    world_start(w, NULL);
    assert_non_null(strstr(w->log, "configuration-warning path=/ldp/interface[x] warning="));
    load_and_commit(w, "no mpls interface x\nno ldp interface x");
    assert_string_equal(w->note, "still implied by vpn-instance A carriers-carrier: mpls interface x");
}

static void test_intended__warnings_of_the_boot_file(void **state)
{
    struct world *w = *state;
    world_start(w, "vpn-instance A\ninterface x vpn-instance A\nmpls interface x guarded false\n");
    assert_non_null(
        strstr(w->log, "configuration-warning path=/mpls/interface[x]/guarded warning=\"interface x stays "));
}

static void expect_load_error(struct world *w, const char *text, const char *message)
{
    assert_int_equal(world_load(w, text), -EINVAL);
    if (!strstr(w->text, message))
        fail_msg("\"%s\" is not in \"%s\"", message, w->text);
}

static void test_intended__what_is_implied_cannot_be_removed(void **state)
{
    static const char by_a[] = "nothing to remove: implied by vpn-instance A carriers-carrier";
    struct world *w = *state;
    start_all(w, NULL);
    load_and_commit(w, BASE INTENT "ldp");
    expect_load_error(w, "no mpls interface x", by_a);
    expect_load_error(w, "no vpn-instance A label-mode", by_a);
    expect_load_error(w, "ldp {\n vpn-instance A {\n no interface x\n }\n}", by_a);
    expect_load_error(w, "no ldp vpn-instance A interface x", by_a);
    expect_load_error(w, "system hostname r9\nno bgp as\nno mpls interface x\n", by_a);
    expect_load_error(w, "no mpls interface y", "nothing to remove: ");
    assert_null(strstr(w->text, "implied"));
    expect_load_error(w, "no ldp vpn-instance A interface y\nno mpls interface x", "nothing to remove: ");
    assert_null(strstr(w->text, "implied"));
}

static void test_intended__rollback_to_before_the_first_commit(void **state)
{
    struct world *w = *state;
    struct front_request back = {.op = FRONT_ROLLBACK, .number = 2};
    start_all(w, NULL);
    load_and_commit(w, "system hostname r1");
    load_and_commit(w, "system hostname r2");
    assert_int_equal(world_ask(w, &back), 0);
    assert_string_equal(w->note, "this is the empty configuration before the first commit");
    back.number = 1;
    assert_int_equal(world_ask(w, &back), 0);
    assert_string_equal(w->note, "");
    back.number = 0;
    assert_int_equal(world_ask(w, &back), 0);
    assert_string_equal(w->note, "");
    back.number = 3;
    assert_int_equal(world_ask(w, &back), -ENOENT);
}

/* Stored by a software that saw no contradiction in it. */
static void test_intended__stored_contradiction(void **state)
{
    static const char json[] =
        "{\"strata-vpn-instance:vpn-instances\":{\"vpn-instance\":[{\"name\":\"A\",\"label-mode\":\"per-instance\","
        "\"carriers-carrier\":{\"signaling\":[\"bgp\"]}}]},\"strata-system:system\":{\"hostname\":\"r1\"},"
        "\"strata-management:management\":{\"commit\":[{\"sequence\":3,\"epoch\":5,\"author\":\"a\","
        "\"time\":\"2026-01-01T00:00:00Z\",\"comment\":\"\"}]}}";
    struct world *w = *state;
    char path[128];

    mkdir(w->state_dir, 0700);
    snprintf(path, sizeof(path), "%s/running.json", w->state_dir);
    FILE *f = fopen(path, "we");
    fputs(json, f);
    fclose(f);
    world_start(w, NULL);
    start_daemon(w, "ribd");
    assert_non_null(strstr(w->log, "running-not-expanded"));
    const struct ribd_config *rib = config_of(w, "ribd");
    assert_string_equal(rib->system.hostname, "r1");
    assert_int_equal(rib->vpn_instances.vpn_instance[0]->label_mode, CFG_LABEL_MODE_PER_INSTANCE);
    start_daemon(w, "vpnd");
    load_and_commit(w, "no vpn-instance A label-mode");
    rib = config_of(w, "ribd");
    assert_int_equal(rib->vpn_instances.vpn_instance[0]->label_mode, CFG_LABEL_MODE_PER_ROUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_intended__reaches_the_daemons, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__people_see_what_they_typed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__show_expanded, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__intent_changes_at_run_time, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__contradiction_asks_nobody, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__contradiction_in_the_boot_file, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__refusal_of_what_is_implied, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__needs_daemons, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__warnings, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__warnings_of_the_boot_file, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__what_is_implied_cannot_be_removed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__rollback_to_before_the_first_commit, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(test_intended__stored_contradiction, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
