/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults that any network has to bear: each daemon dies, each cable fails, many things fail at once.
 */
#include <stdio.h>
#include <string.h>

#include "tests/sim/harness.h"

enum {
    RESTART_MS = 200,
    HANG_MS = 12000,
    AWAY_MS = 25000,
    AWAY_HEAL_MS = 60000,
    FIRST_PROTOCOL = 3, /* in daemon_names */
    CALM_MS = 500,
    TICK_US = 50000,
    AFTER_MS = 3000,
    SETTLE_MS = 10000,
    STORM_FAULTS = 12,
    STORM_HEAL_MS = 90000,
    DETOUR_MS = 30000,
    FLAP_MS = 300,
    LONG_CUT_MS = 8000,
    LOST_MS = 8000,
    BACK_MS = 2000
};

void fault(struct test *t, const char *name, void (*do_it)(struct test *t, void *arg), void *arg, uint64_t heal_ms,
           bool is_lossless)
{
    struct flows f;
    char more[120];
    int64_t ms;
    bool is_ok;

    if (!is_wanted(t, name))
        return;
    flows_start(&f, t->net);
    sim_run_ms(t->net->sim, CALM_MS);
    sim_run_ms(t->net->sim, sim_random(t->net->sim) % (TICK_US / 100));
    do_it(t, arg);
    ms = network_wait_whole(t->net, heal_ms, t->problem);
    sim_run_ms(t->net->sim, AFTER_MS);
    /* Forwarding may be whole before the last session is, which then may change the path once more. */
    is_ok = ms >= 0 && network_wait_whole(t->net, SETTLE_MS, t->problem) >= 0;
    flows_stop(&f);
    is_ok = is_ok && flows_are_clean(t, &f, is_lossless);
    snprintf(more, sizeof(more), "whole after %lld ms, %u of %u lost", (long long)ms, flows_lost(&f), f.sent);
    outcome(t, name, is_ok, more);
    if (!is_ok)
        mend(t);
}

/* --- daemons --- */

struct crash {
    struct router *router;
    size_t daemon;
};

static void do_crash(struct test *t, void *arg)
{
    struct crash *c = arg;

    (void)t;
    router_crash(c->router, c->daemon, RESTART_MS);
}

static void crashes(struct test *t)
{
    static const size_t order[DAEMONS_MAX] = {1, 0, 2, 5, 4, 3}; /* the lossless ones first */

    for (size_t n = 0; n < DAEMONS_MAX; n++) {
        for (size_t i = 0; i < t->net->n_routers; i++) {
            struct crash c = {&t->net->routers[i], order[n]};
            char name[80];

            if (!c.router->is_needed[c.daemon])
                continue;
            snprintf(name, sizeof(name), "crash-%s-%s", daemon_names[c.daemon], sim_node_name(c.router->node));
            fault(t, name, do_crash, &c, HEAL_MS, n < 3);
        }
    }
}

static void do_hang(struct test *t, void *arg)
{
    struct crash *c = arg;
    struct sim_process *p = c->router->daemons[c->daemon];

    sim_process_freeze(p, true);
    sim_run_ms(t->net->sim, HANG_MS);
    sim_process_freeze(p, false);
}

static void do_leave(struct test *t, void *arg)
{
    struct crash *c = arg;

    sim_process_crash(c->router->daemons[c->daemon]);
    sim_run_ms(t->net->sim, AWAY_MS);
    router_start(c->router, c->daemon);
}

static void absences(struct test *t)
{
    for (size_t i = 0; i < t->net->n_routers; i++) {
        for (size_t k = FIRST_PROTOCOL; k < DAEMONS_MAX; k++) {
            struct crash c = {&t->net->routers[i], k};
            char name[80];

            if (!c.router->is_needed[k])
                continue;
            snprintf(name, sizeof(name), "hang-%s-%s", daemon_names[k], sim_node_name(c.router->node));
            fault(t, name, do_hang, &c, AWAY_HEAL_MS, false);
            snprintf(name, sizeof(name), "away-%s-%s", daemon_names[k], sim_node_name(c.router->node));
            fault(t, name, do_leave, &c, AWAY_HEAL_MS, false);
        }
    }
}

/* --- cables --- */

static void cable_name(struct network *net, size_t cable, const char *kind, char name[80])
{
    const json_t *link = json_array_get(json_object_get(net->scenario.root, "links"), cable);

    snprintf(name, 80, "%s-%s", kind, json_string_value(json_array_get(json_object_get(link, "interfaces"), 0)));
}

static const char *cable_end(const struct network *net, size_t cable, size_t side)
{
    const json_t *link = json_array_get(json_object_get(net->scenario.root, "links"), cable);

    return json_string_value(json_array_get(json_object_get(link, "ends"), side));
}

struct cut {
    struct sim_cable *cable;
    uint64_t ms;
};

static void do_cut(struct test *t, void *arg)
{
    struct cut *c = arg;
    char ignored[PROBLEM_BYTES];

    sim_cable_set(c->cable, false);
    sim_run_ms(t->net->sim, c->ms);
    if (t->is_verbose && !network_is_whole(t->net, ignored))
        printf("     while cut: %s\n", ignored);
    sim_cable_set(c->cable, true);
}

static void link_faults(struct test *t, uint64_t ms, const char *kind)
{
    for (size_t i = 0; i < t->net->n_cables; i++) {
        struct cut c = {t->net->cables[i], ms};
        char name[80];

        cable_name(t->net, i, kind, name);
        fault(t, name, do_cut, &c, CUT_HEAL_MS, false);
    }
}

/* The autonomous system that a router's configuration names; 0: none. */
static unsigned system_of(const struct network *net, const char *node)
{
    const char *config = scenario_text_or(scenario_node(&net->scenario, node), "config", ""), *bgp, *as;
    unsigned number = 0;

    bgp = strncmp(config, "bgp", 3) == 0 ? config : strstr(config, "\nbgp");
    as = bgp ? strstr(bgp, " as ") : NULL;
    return as && sscanf(as, " as %u", &number) == 1 ? number : 0;
}

/* Hosts lead nowhere, and a provider leads through nobody's network whom the way does not pass anyhow. */
static bool may_pass(const struct network *net, const struct path *p, const char *node)
{
    unsigned system = system_of(net, node);

    if (scenario_node_is(&net->scenario, node, "host"))
        return false;
    for (size_t i = 0; system && i < p->n_way; i++)
        if (system_of(net, p->way[i].from) == system)
            return true;
    return system == 0;
}

/* Is there another way without this cable? */
static bool is_connected(const struct network *net, const struct path *p, size_t without)
{
    const char *from = p->from, *to = p->to;
    const char *reached[ROUTERS_MAX * 2] = {from};
    size_t n = 1;

    for (size_t at = 0; at < n; at++) {
        if (strcmp(reached[at], to) == 0)
            return true;
        if (at > 0 && !may_pass(net, p, reached[at]))
            continue;
        for (size_t i = 0; i < net->n_cables * 2; i++) {
            const char *near = cable_end(net, i / 2, i % 2), *far = cable_end(net, i / 2, 1 - i % 2);
            size_t k = 0;

            if (i / 2 == without || strcmp(near, reached[at]) != 0)
                continue;
            while (k < n && strcmp(reached[k], far) != 0)
                k++;
            if (k == n && n < ROUTERS_MAX * 2)
                reached[n++] = far;
        }
    }
    return false;
}

/* The name under which a way has the node. */
static const char *written(const struct network *net, const char *node)
{
    return net->twins[0] && strcmp(node, net->twins[1]) == 0 ? net->twins[0] : node;
}

/* The cable is on some path, and no path needs it. */
static bool is_spare(const struct network *net, size_t cable)
{
    const char *a = written(net, cable_end(net, cable, 0)), *b = written(net, cable_end(net, cable, 1));
    bool is_used = scenario_node_is(&net->scenario, a, "switch") || scenario_node_is(&net->scenario, b, "switch");

    for (size_t i = 0; i < net->n_paths; i++) {
        const struct path *p = net->paths[i];

        if (p->to && !is_connected(net, p, cable))
            return false;
        for (size_t k = 0; k < p->n_way; k++)
            is_used = is_used || ((strcmp(p->way[k].from, a) == 0 || strcmp(p->way[k].to, a) == 0) &&
                                  (strcmp(p->way[k].from, b) == 0 || strcmp(p->way[k].to, b) == 0));
    }
    return is_used;
}

static void lose_for_good(struct test *t, size_t cable)
{
    network_look_fn *look = t->net->is_redundant ? network_is_open : network_is_whole;
    struct flows f;
    char name[80], more[120];
    int64_t ms;
    bool is_ok;

    cable_name(t->net, cable, "lost", name);
    if (!is_wanted(t, name))
        return;
    flows_start(&f, t->net);
    sim_cable_set(t->net->cables[cable], false);
    ms = network_wait(t->net, look, DETOUR_MS, t->problem);
    sim_run_ms(t->net->sim, LOST_MS); /* until the last neighbour has noticed */
    is_ok = ms >= 0 && network_wait(t->net, look, SETTLE_MS, t->problem) >= 0;
    flows_stop(&f);
    is_ok = is_ok && flows_are_clean(t, &f, false);
    snprintf(more, sizeof(more), "open after %lld ms, %u of %u lost", (long long)ms, flows_lost(&f), f.sent);
    outcome(t, name, is_ok, more);
    sim_cable_set(t->net->cables[cable], true);
    sim_run_ms(t->net->sim, BACK_MS);
    mend(t);
}

static size_t find_spare(const struct network *net, size_t spare[CABLES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < net->n_cables; i++)
        if (is_spare(net, i))
            spare[n++] = i;
    return n;
}

static void losses_for_good(struct test *t)
{
    size_t spare[CABLES_MAX], n = find_spare(t->net, spare);

    for (size_t i = 0; i < n; i++)
        lose_for_good(t, spare[i]);
}

void faults_prepare(struct test *t)
{
    size_t spare[CABLES_MAX];

    t->net->is_redundant = find_spare(t->net, spare) > 0 && !t->net->twins[0];
}

/* --- routes of another program --- */

struct search {
    const struct prefix *prefix;
    bool is_found;
};

static void look_at_route(void *arg, uint32_t table, const struct prefix *p)
{
    struct search *s = arg;

    (void)table;
    s->is_found = s->is_found || prefix_equal(p, s->prefix);
}

/* Once it is taken back, nobody else knows it. */
static void do_take_back(struct test *t, void *arg)
{
    struct other_route *o = arg;

    other_delete(o);
    sim_run_ms(t->net->sim, LONG_CUT_MS);
    for (size_t i = 0; i < t->net->n_routers; i++) {
        struct search s = {&o->prefix, false};

        if (&t->net->routers[i] == o->router)
            continue;
        sim_routes_each(t->net->routers[i].node, look_at_route, &s);
        o->is_stuck = o->is_stuck || s.is_found;
    }
    o->is_away = false;
}

static void others(struct test *t)
{
    for (size_t i = 0; i < t->net->n_others; i++) {
        struct other_route *o = &t->net->others[i];
        char name[80];

        snprintf(name, sizeof(name), "taken-back-%zu", i + 1);
        fault(t, name, do_take_back, o, CUT_HEAL_MS, false);
        if (o->is_stuck)
            fails(t, "another router still had it");
        if (is_wanted(t, name))
            outcome(t, "taken-back-everywhere", !o->is_stuck, "");
    }
}

void single_faults(struct test *t)
{
    faults_prepare(t);
    crashes(t);
    others(t);
    losses_for_good(t);
    link_faults(t, FLAP_MS, "flap");
    link_faults(t, LONG_CUT_MS, "cut");
    if (t->seed == t->seeds[0]) /* chance has little to do with these, and they take long */
        absences(t);
}

/* --- storms --- */

static void random_cut(struct test *t)
{
    struct sim *sim = t->net->sim;
    struct sim_cable *c = t->net->cables[sim_random(sim) % t->net->n_cables];

    sim_cable_set(c, false);
    sim_run_ms(sim, sim_random(sim) % 6000);
    sim_cable_set(c, true);
}

void random_fault(struct test *t)
{
    struct sim *sim = t->net->sim;
    uint64_t which = sim_random(sim) % 10;
    struct router *r = &t->net->routers[sim_random(sim) % t->net->n_routers];
    size_t daemon = sim_random(sim) % DAEMONS_MAX;

    if (t->is_verbose)
        printf("%.6f fault %d at %s: %s\n", (double)sim_now_us(sim) / 1e6, (int)which, sim_node_name(r->node),
               daemon_names[daemon]);
    if (which < 6) {
        router_crash(r, daemon, 100 + sim_random(sim) % 2000);
    } else if (which < 7) { /* all daemons of a router at once, as if its memory ran out */
        for (size_t k = 0; k < DAEMONS_MAX; k++)
            router_crash(r, k, 100 + sim_random(sim) % 2000);
    } else {
        random_cut(t);
    }
}

static void storm(struct test *t, void *arg)
{
    (void)arg;
    for (int i = 0; i < STORM_FAULTS; i++) {
        random_fault(t);
        sim_run_ms(t->net->sim, sim_random(t->net->sim) % 1500);
    }
}

void storms(struct test *t)
{
    char name[32];

    for (unsigned i = 0; i < t->n_storms; i++) {
        snprintf(name, sizeof(name), "storm-%u", i + 1);
        fault(t, name, storm, NULL, STORM_HEAL_MS, false);
    }
}
