/* SPDX-License-Identifier: Apache-2.0
 *
 * A site with two border routers (l1ce1 and l1ce3, each with a Level 1 PE of its own): their ways to the backbone come
 * late, go and come back in every order. While there is a way it must be found, and packets may not go in a circle;
 * what happens to the router that nobody uses may cost no packet.
 *
 *   sim_dual [--seed N]... [--case NAME] [--verbose] SCENARIO...
 *
 * Where the sites accept their own AS in a path, it is all done again with one AS everywhere: then BGP's routes are
 * internal ones, which OSPF's external routes would come before.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "strata/mem.h"
#include "tests/sim/harness.h"

enum { BOTH = 2, LATE_MS = 10000, SETTLED_MS = 8000, RESTART_MS = 200, DETOUR_MS = 30000 };

static const struct {
    const char *ce, *pe;
} ways[BOTH] = {{"l1ce1", "l1pe1"}, {"l1ce3", "l1pe3"}};

/* --- one AS --- */

#define OWN_AS_IN_PATH " allow-as-loop 1"
enum { CONFIG_BYTES = 8192 };

static const struct {
    const char *was, *is;
} one_as[] = {{"as 200", "as 100"}, /* and so remote-as */
              {OWN_AS_IN_PATH, ""},
              {"remote-as 100; family ipv4-labeled-unicast }\n}",
               "remote-as 100; family ipv4-labeled-unicast { route-reflector-client true; next-hop-self true } }\n}"}};

static void replace(char text[CONFIG_BYTES], const char *was, const char *is)
{
    char rest[CONFIG_BYTES];

    for (char *at = text; (at = strstr(at, was)); at += strlen(is)) {
        snprintf(rest, sizeof(rest), "%s", at + strlen(was));
        snprintf(at, (size_t)(text + CONFIG_BYTES - at), "%s%s", is, rest);
    }
}

struct variant {
    const char *scenario;
    bool is_one_as;
    char *configs[ROUTERS_MAX];
};

static void variant_open(struct test *t, struct variant *v)
{
    harness_open(t, v->scenario, t->seed);
    for (size_t i = 0; v->is_one_as && i < t->net->n_routers; i++) {
        struct router *r = &t->net->routers[i];
        char *text = v->configs[i] = mem_alloc(NULL, CONFIG_BYTES);

        snprintf(text, CONFIG_BYTES, "%s", r->config);
        for (size_t k = 0; k < sizeof(one_as) / sizeof(one_as[0]); k++)
            if (k < 2 || strncmp(sim_node_name(r->node), "l1pe", 4) == 0)
                replace(text, one_as[k].was, one_as[k].is);
        r->config = text;
    }
}

static void variant_close(struct test *t, struct variant *v)
{
    harness_close(t);
    for (size_t i = 0; i < ROUTERS_MAX; i++) {
        mem_free(NULL, v->configs[i]);
        v->configs[i] = NULL;
    }
}

static bool accepts_own_as(struct test *t, const char *scenario)
{
    bool does = false;

    t->net = network_create(t->seed, scenario);
    for (size_t i = 0; i < t->net->n_routers; i++)
        does = does || strstr(t->net->routers[i].config, OWN_AS_IN_PATH);
    harness_close(t);
    return does;
}

static void connect_way(struct test *t, int way, bool is_connected)
{
    sim_cable_set(sim_cable_find(t->net->sim, ways[way].ce, ways[way].pe), is_connected);
}

/* --- what must be so --- */

static bool is_circle(const struct sim_trace *trace)
{
    for (size_t i = 0; i < trace->n_hops; i++)
        for (size_t k = 0; k < i && !trace->hops[i].is_delivered; k++)
            if (strcmp(trace->hops[i].from, trace->hops[k].from) == 0)
                return true;
    return false;
}

static bool is_straight(struct network *net, char problem[PROBLEM_BYTES])
{
    struct sim_trace trace;

    if (!network_is_open(net, problem))
        return false;
    for (size_t i = 0; i < net->n_paths; i++) {
        const struct path *p = net->paths[i];

        if (p->is_free || (network_trace(net, p->from, p->address, p->to, 0, &trace) && !is_circle(&trace)))
            continue;
        snprintf(problem, PROBLEM_BYTES, "%s to %s: in a circle, or lost", p->from, p->to);
        return false;
    }
    return true;
}

/* The second border router uses its own PE although the first one tells it of the same places. */
static bool has_own_way(struct network *net, char problem[PROBLEM_BYTES])
{
    struct sim_trace trace;

    if (network_trace(net, ways[1].ce, "10.2.0.9", "l2pe2", 0, &trace) && trace_visits(&trace, ways[1].pe) &&
        !trace_visits(&trace, ways[0].ce))
        return true;
    snprintf(problem, PROBLEM_BYTES, "%s does not reach 10.2.0.9 by %s", ways[1].ce, ways[1].pe);
    return false;
}

static bool is_right(struct network *net, char problem[PROBLEM_BYTES])
{
    return network_is_whole(net, problem) && is_straight(net, problem) && has_own_way(net, problem);
}

/* --- a way that comes late --- */

static void do_connect(struct test *t, void *arg)
{
    connect_way(t, *(int *)arg, true);
    sim_run_ms(t->net->sim, SETTLED_MS);
}

static void comes_late(struct test *t, struct variant *v, int way)
{
    char name[40], more[80];
    int64_t ms;

    snprintf(name, sizeof(name), "late-%s", ways[way].ce);
    if (!is_wanted(t, name))
        return;
    variant_open(t, v);
    connect_way(t, way, false);
    network_start(t->net);
    ms = network_wait(t->net, is_straight, CONVERGE_MS, t->problem);
    snprintf(more, sizeof(more), "open by the other way after %lld ms", (long long)ms);
    outcome(t, name, ms >= 0, more);
    sim_run_ms(t->net->sim, LATE_MS);
    faults_prepare(t);
    snprintf(name, sizeof(name), "late-%s-comes", ways[way].ce);
    fault(t, name, do_connect, &way, HEAL_MS, way == 1);
    snprintf(name, sizeof(name), "late-%s-is-used", ways[way].ce);
    outcome(t, name, network_wait(t->net, is_right, HEAL_MS, t->problem) >= 0, "");
    variant_close(t, v);
}

/* --- every order --- */

/* Small letters: the way of a or b is lost; capitals: it is back. */
struct order {
    const char *steps;
    uint64_t gap_ms;
    char problem[PROBLEM_BYTES];
};

static void do_order(struct test *t, void *arg)
{
    struct order *o = arg;
    bool is_up[BOTH] = {true, true};

    for (const char *c = o->steps; *c; c++) {
        int way = tolower(*c) - 'a';

        is_up[way] = isupper(*c) != 0;
        connect_way(t, way, is_up[way]);
        sim_run_ms(t->net->sim, o->gap_ms);
        if (o->gap_ms >= SETTLED_MS && (is_up[0] || is_up[1]) && !o->problem[0])
            if (network_wait(t->net, is_straight, DETOUR_MS, o->problem) >= 0)
                o->problem[0] = '\0';
    }
}

static void in_order(struct test *t, const char *steps, uint64_t gap_ms)
{
    struct order o = {steps, gap_ms, ""};
    char name[60];

    snprintf(name, sizeof(name), "order-%s-%llu", steps, (unsigned long long)gap_ms);
    if (!is_wanted(t, name))
        return;
    fault(t, name, do_order, &o, CUT_HEAL_MS, !strchr(steps, 'a'));
    snprintf(t->problem, sizeof(t->problem), "%s", o.problem);
    if (!o.problem[0])
        network_wait(t->net, is_right, HEAL_MS, t->problem);
    snprintf(name, sizeof(name), "order-%s-%llu-straight", steps, (unsigned long long)gap_ms);
    outcome(t, name, !o.problem[0] && is_right(t->net, t->problem), "");
}

/* The second border router dies as a whole, and is back long before its way to the backbone. */
static void do_rebirth(struct test *t, void *arg)
{
    struct router *r = network_router(t->net, ways[1].ce);

    (void)arg;
    connect_way(t, 1, false);
    for (size_t k = 0; k < DAEMONS_MAX; k++)
        router_crash(r, k, RESTART_MS);
    sim_run_ms(t->net->sim, LATE_MS);
    connect_way(t, 1, true);
    sim_run_ms(t->net->sim, SETTLED_MS);
}

static void orders(struct test *t, struct variant *v)
{
    static const char *const steps[] = {"aA", "bB", "abAB", "abBA", "baAB", "baBA", "aAbB", "bBaA", "aAaA", "bBbB"};
    static const uint64_t gaps[] = {100, 1500, SETTLED_MS};

    variant_open(t, v);
    if (converges(t)) {
        faults_prepare(t);
        outcome(t, "own-way", has_own_way(t->net, t->problem), "");
        fault(t, "rebirth", do_rebirth, NULL, HEAL_MS, true);
        for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++)
            for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
                in_order(t, steps[i], gaps[g]);
    }
    variant_close(t, v);
}

static void run(struct test *t, const char *scenario)
{
    int n = accepts_own_as(t, scenario) ? 2 : 1;

    for (int i = 0; i < n; i++) {
        struct variant v = {.scenario = scenario, .is_one_as = i == 1};

        if (v.is_one_as)
            printf("== one AS everywhere\n");
        comes_late(t, &v, 0);
        comes_late(t, &v, 1);
        orders(t, &v);
    }
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, NULL, run);
}
