/* SPDX-License-Identifier: Apache-2.0
 *
 * Crashes at every step of a commit, a confirmed commit and what becomes of it, under virtual time: whatever dies
 * whenever, what was acknowledged is there afterwards, what nobody confirmed is not, and mgmtd and all daemons agree on
 * one configuration, the old or the new.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "ribd_config.h"
#include "src/mgmtd/mgmtd.h"
#include "strata/front.h"
#include "strata/io.h"
#include "strata/mem.h"
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
    uint32_t before; /* the commit that ran */
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

static struct io *files_of(struct network *n)
{
    return sim_process_env(sim_process_find(n->node, "strata"))->io;
}

static bool has_record(struct network *n)
{
    char path[256], *data = NULL;
    size_t len;
    snprintf(path, sizeof(path), "%s/confirm.json", sim_process_env(sim_process_find(n->node, "mgmtd"))->state_dir);
    int rc = io_file_read(files_of(n), path, &data, &len);
    mem_free(NULL, data);
    return rc == 0;
}

static uint32_t sequence_of(struct network *n)
{
    struct mgmtd *m = sim_process_daemon(sim_process_find(n->node, "mgmtd"));
    return m ? mgmtd_sequence(m) : 0;
}

/* --- what is under way when it happens --- */

#define WAIT_SEC 10
#define NEW      "system hostname new\nvpn-instance A carriers-carrier signaling bgp"
#define MORE     "interface y"

struct work {
    const char *name;
    bool is_waiting;  /* "new" was committed before, and waits to be confirmed */
    const char *load; /* then this is loaded, */
    enum front_op op; /* and this asked for; 0: it just is not confirmed */
    uint32_t confirm_sec;
    bool ends_old; /* whatever happens, "old" runs at the end */
};

static const struct work works[] = {
    {"a commit", .load = NEW, .op = FRONT_COMMIT},
    {"a confirmed commit", .load = NEW, .op = FRONT_COMMIT, .confirm_sec = WAIT_SEC, .ends_old = true},
    {"a confirmation", .is_waiting = true, .op = FRONT_COMMIT},
    {"a confirmation with changes", .is_waiting = true, .load = MORE, .op = FRONT_COMMIT},
    {"an extension", .is_waiting = true, .load = MORE, .op = FRONT_COMMIT, .confirm_sec = WAIT_SEC, .ends_old = true},
    {"a cancellation", .is_waiting = true, .op = FRONT_CANCEL, .ends_old = true},
    {"a roll back", .is_waiting = true, .ends_old = true},
};
#define N_WORKS (sizeof(works) / sizeof(works[0]))

static bool has_reply(void *arg)
{
    struct network *n = arg;
    return n->n_replies > 0;
}

static void request(struct network *n, enum front_op op, const char *text, uint32_t confirm_sec)
{
    struct front_request r = {.op = op, .text = text, .confirm_sec = confirm_sec};
    n->n_replies = 0;
    n->error = 0;
    n->id = front_send(n->front, &r);
}

static void ask(struct network *n, enum front_op op, const char *text, uint32_t confirm_sec)
{
    request(n, op, text, confirm_sec);
    assert_true(sim_run_until(n->sim, has_reply, n, 10000));
    assert_int_equal(n->error, 0);
}

/* Brings the network there, and begins. */
static void begin(struct network *n, const struct work *w)
{
    start(n);
    if (w->is_waiting) {
        ask(n, FRONT_LOAD, NEW, 0);
        ask(n, FRONT_COMMIT, "", WAIT_SEC);
    }
    if (w->load)
        ask(n, FRONT_LOAD, w->load, 0);
    n->before = sequence_of(n);
    n->n_replies = 0;
}

static void strike(struct network *n, const struct work *w)
{
    if (w->op)
        request(n, w->op, "", w->confirm_sec);
    else
        sim_run_ms(n->sim, WAIT_SEC * 1000 - 500);
}

static bool is_over(struct network *n, const struct work *w)
{
    return w->op ? n->n_replies > 0 : sequence_of(n) > n->before && strcmp(hostname_of(n, "vpnd"), "old") == 0;
}

static void expect_one_configuration(struct network *n, const struct work *w, const char *what, unsigned step)
{
    bool is_acknowledged = n->n_replies && n->error == 0;

    sim_run_ms(n->sim, (WAIT_SEC + 10) * 1000);
    is_acknowledged = is_acknowledged || (n->n_replies && n->error == 0);
    const char *rib = hostname_of(n, "ribd"), *vpn = hostname_of(n, "vpnd");
    bool is_new = strcmp(rib, "new") == 0;
    if (strcmp(rib, vpn) != 0 || (!is_new && strcmp(rib, "old") != 0))
        fail_msg("%s, %s at %u: ribd has \"%s\", vpnd \"%s\"", w->name, what, step, rib, vpn);
    if (is_new == w->ends_old && (is_new || is_acknowledged))
        fail_msg("%s, %s at %u: \"%s\" runs, acknowledged %d", w->name, what, step, rib, is_acknowledged);
    if (!has_implied(n, is_new))
        fail_msg("%s, %s at %u: what the %s configuration implies is not in force", w->name, what, step, rib);
    if (has_record(n))
        fail_msg("%s, %s at %u: something still waits to be confirmed", w->name, what, step);
}

static void end(struct network *n)
{
    front_destroy(n->front);
    sim_destroy(n->sim);
}

/* --- a daemon dies after each event --- */

struct steps {
    struct network *n;
    const struct work *w;
    unsigned left;
};

static bool no_steps_left(void *arg)
{
    struct steps *s = arg;
    return is_over(s->n, s->w) || s->left-- == 0;
}

/* True if the work was done before. */
static bool kill_at(struct ly_ctx *ctx, const struct work *w, const char *victim, unsigned step)
{
    struct network n = {.ctx = ctx};
    struct steps steps = {&n, w, step};

    begin(&n, w);
    strike(&n, w);
    sim_run_until(n.sim, no_steps_left, &steps, 10000);
    bool was_done = is_over(&n, w);
    sim_process_restart(sim_process_find(n.node, victim), 300);
    expect_one_configuration(&n, w, victim, step);
    end(&n);
    return was_done;
}

static void kill_at_every_step(struct ly_ctx *ctx, const char *victim)
{
    for (size_t i = 0; i < N_WORKS; i++) {
        unsigned step = 0;
        while (step < 300 && !kill_at(ctx, &works[i], victim, step))
            step++;
        print_message("%s killed during %s: %u steps\n", victim, works[i].name, step);
        assert_in_range(step, 3, 299); /* the end was reached */
    }
}

static void test_crash__of_mgmtd(void **state)
{
    kill_at_every_step(*state, "mgmtd");
}

static void test_crash__of_ribd(void **state)
{
    kill_at_every_step(*state, "ribd");
}

static void test_crash__of_vpnd(void **state)
{
    kill_at_every_step(*state, "vpnd");
}

/* --- mgmtd dies, or the disk is full, between any two changes of files --- */

static bool is_struck(void *arg)
{
    struct steps *s = arg;
    return is_over(s->n, s->w) || sim_files_failed(s->n->node);
}

static bool cut_at(struct ly_ctx *ctx, const struct work *w, unsigned change)
{
    struct network n = {.ctx = ctx};
    struct steps steps = {&n, w, 0};

    begin(&n, w);
    sim_files_fail(n.node, change, -EIO);
    strike(&n, w);
    sim_run_until(n.sim, is_struck, &steps, 10000);
    bool was_done = !sim_files_failed(n.node);
    sim_process_restart(sim_process_find(n.node, "mgmtd"), 300);
    sim_files_fail(n.node, 0, 0);
    expect_one_configuration(&n, w, "dead before change", change);
    end(&n);
    return was_done;
}

static void test_crash__between_changes_of_files(void **state)
{
    for (size_t i = 0; i < N_WORKS; i++) {
        unsigned change = 0;
        while (change < 50 && !cut_at(*state, &works[i], change))
            change++;
        print_message("%s: %u changes of files\n", works[i].name, change);
        assert_in_range(change, 1, 49);
    }
}

static bool fill_at(struct ly_ctx *ctx, const struct work *w, unsigned change)
{
    struct network n = {.ctx = ctx};
    struct steps steps = {&n, w, UINT_MAX};
    char was[32];

    begin(&n, w);
    snprintf(was, sizeof(was), "%s", hostname_of(&n, "ribd"));
    sim_files_fail(n.node, change, -ENOSPC);
    strike(&n, w);
    sim_run_until(n.sim, no_steps_left, &steps, 8000);
    bool was_done = !sim_files_failed(n.node), is_refused = w->op && n.error;
    if (is_refused && (strcmp(hostname_of(&n, "vpnd"), was) != 0 || sequence_of(&n) != n.before))
        fail_msg("%s, disk full at %u: refused, and %s runs as %u", w->name, change, hostname_of(&n, "vpnd"),
                 sequence_of(&n));
    sim_files_fail(n.node, 0, 0);
    if (is_refused) /* what was loaded is still there */
        ask(&n, w->op, "", w->confirm_sec);
    expect_one_configuration(&n, w, "disk full", change);
    end(&n);
    return was_done;
}

static void test_crash__disk_full(void **state)
{
    for (size_t i = 0; i < N_WORKS; i++) {
        unsigned change = 0;
        while (change < 50 && !fill_at(*state, &works[i], change))
            change++;
        assert_in_range(change, 0, 49);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crash__of_mgmtd),  cmocka_unit_test(test_crash__of_ribd),
        cmocka_unit_test(test_crash__of_vpnd),   cmocka_unit_test(test_crash__between_changes_of_files),
        cmocka_unit_test(test_crash__disk_full),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
