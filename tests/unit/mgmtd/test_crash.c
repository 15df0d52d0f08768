/* SPDX-License-Identifier: Apache-2.0
 *
 * Crashes at every step of a commit, under virtual time: whatever dies whenever, what was acknowledged is there
 * afterwards, and mgmtd and all daemons agree on one configuration, the old or the new.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "ribd_config.h"
#include "src/mgmtd/mgmtd.h"
#include "strata/front.h"
#include "strata/north.h"
#include "strata/schema.h"
#include "strata/sim.h"
#include "vpnd_config.h"

struct network {
    struct ly_ctx *ctx;
    struct sim *sim;
    struct sim_node *node;
    struct front *front;
    uint64_t id;
    unsigned n_replies;
    int error;
    unsigned steps;
};

static int agree(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    (void)daemon, (void)next, (void)prev, (void)err;
    return 0;
}

static void adopt(void *daemon, const void *next, const void *prev)
{
    (void)daemon, (void)next, (void)prev;
}

static const struct schema *schema_of(const char *name)
{
    const struct schema_owner *o = schema_owners;
    while (o->daemon && strcmp(o->daemon, name) != 0)
        o++;
    return o->schema;
}

static void *daemon_create(struct sim_process *process, const struct env *env, void *arg)
{
    static const struct north_ops ops = {.prepare = agree, .commit = adopt};
    const char *name = sim_process_name(process);
    (void)arg;
    return north_create(env, name, schema_of(name), &ops, NULL);
}

static void daemon_destroy(void *daemon, void *arg)
{
    (void)arg;
    north_destroy(daemon);
}

static void *manager_create(struct sim_process *process, const struct env *env, void *arg)
{
    struct network *n = arg;
    struct mgmtd_options opt = {.ctx = n->ctx,
                                .boot_file = "boot",
                                .boot_text = "system hostname old\nvpn-instance A\n"
                                             "interface x vpn-instance A"};
    (void)process;
    return mgmtd_create(env, &opt);
}

static void manager_destroy(void *daemon, void *arg)
{
    (void)arg;
    mgmtd_destroy(daemon);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct network *n = arg;
    n->n_replies += r->id == n->id;
    n->error = r->error;
}

static const char *hostname_of(struct network *n, const char *name)
{
    struct sim_process *p = sim_process_find(n->node, name);
    const struct north *north = sim_process_daemon(p);
    const void *config = north ? north_config(north) : NULL;
    if (!config)
        return "";
    const struct cfg_system *s = strcmp(name, "ribd") == 0 ? &((const struct ribd_config *)config)->system
                                                           : &((const struct vpnd_config *)config)->system;
    return s->has_hostname ? s->hostname : "";
}

static bool is_meant(const struct cfg_vpn_instances_vpn_instance *i)
{
    return i->label_mode == CFG_LABEL_MODE_PER_ROUTE;
}

/* Is what the new configuration implies there? It must come and stay away together with what was typed. */
static bool has_implied(struct network *n, bool is_new)
{
    const struct ribd_config *rib = north_config(sim_process_daemon(sim_process_find(n->node, "ribd")));
    const struct vpnd_config *vpn = north_config(sim_process_daemon(sim_process_find(n->node, "vpnd")));
    return is_meant(rib->vpn_instances.vpn_instance[0]) == is_new &&
           is_meant(vpn->vpn_instances.vpn_instance[0]) == is_new && (rib->mpls.n_interface == 1) == is_new;
}

static bool is_booted(void *arg)
{
    struct network *n = arg;
    return strcmp(hostname_of(n, "ribd"), "old") == 0 && strcmp(hostname_of(n, "vpnd"), "old") == 0 &&
           front_is_up(n->front);
}

static bool no_steps_left(void *arg)
{
    struct network *n = arg;
    return n->n_replies || n->steps-- == 0;
}

static void start(struct network *n)
{
    static const struct sim_program daemon = {.name = "daemon", .create = daemon_create, .destroy = daemon_destroy};
    static const struct front_events events = {.reply = on_reply};
    struct sim_program manager = {.name = "mgmtd", .create = manager_create, .destroy = manager_destroy, .arg = n};

    n->sim = sim_create(1);
    n->node = sim_node_create(n->sim, "r");
    sim_process_create(n->node, "mgmtd", &manager);
    sim_process_create(n->node, "ribd", &daemon);
    sim_process_create(n->node, "vpnd", &daemon);
    n->front = front_create(sim_process_env(sim_process_create(n->node, "strata", NULL)), "strata", &events, n);
    assert_true(sim_run_until(n->sim, is_booted, n, 5000));
}

/* One commit, with `victim` killed after `step` events; true if the commit was done before that. */
static bool commit_with_crash(struct ly_ctx *ctx, const char *victim, unsigned step)
{
    struct network n = {.ctx = ctx, .steps = step};
    struct front_request load = {.op = FRONT_LOAD,
                                 .text = "system hostname new\nvpn-instance A carriers-carrier signaling bgp"};
    struct front_request commit = {.op = FRONT_COMMIT};

    start(&n);
    front_send(n.front, &load);
    n.id = front_send(n.front, &commit);
    sim_run_until(n.sim, no_steps_left, &n, 10000);
    bool was_done = n.n_replies > 0;
    bool is_acknowledged = was_done && n.error == 0;
    sim_process_restart(sim_process_find(n.node, victim), 300);
    sim_run_ms(n.sim, 15000);
    const char *rib = hostname_of(&n, "ribd"), *vpn = hostname_of(&n, "vpnd");
    is_acknowledged = is_acknowledged || (n.n_replies && n.error == 0);
    bool is_new = strcmp(rib, "new") == 0;
    if (strcmp(rib, vpn) != 0 || (!is_new && strcmp(rib, "old") != 0) || (is_acknowledged && !is_new))
        fail_msg("%s killed at step %u: ribd has \"%s\", vpnd \"%s\", acknowledged %d", victim, step, rib, vpn,
                 is_acknowledged);
    if (!has_implied(&n, is_new))
        fail_msg("%s killed at step %u: what the %s configuration implies is not in force", victim, step, rib);
    struct mgmtd *m = sim_process_daemon(sim_process_find(n.node, "mgmtd"));
    assert_int_equal(mgmtd_sequence(m), is_new ? 2 : 1);
    front_destroy(n.front);
    sim_destroy(n.sim);
    return was_done;
}

static void crash_at_every_step(struct ly_ctx *ctx, const char *victim)
{
    unsigned step = 0;
    while (step < 200 && !commit_with_crash(ctx, victim, step))
        step++;
    print_message("%s: %u steps\n", victim, step);
    assert_in_range(step, 5, 199); /* the end of the commit was reached */
}

static void test_crash__of_mgmtd(void **state)
{
    crash_at_every_step(*state, "mgmtd");
}

static void test_crash__of_ribd(void **state)
{
    crash_at_every_step(*state, "ribd");
}

static void test_crash__of_vpnd(void **state)
{
    crash_at_every_step(*state, "vpnd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crash__of_mgmtd),
        cmocka_unit_test(test_crash__of_ribd),
        cmocka_unit_test(test_crash__of_vpnd),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
