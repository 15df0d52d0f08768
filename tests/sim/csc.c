/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier network as a whole, all daemons of all routers in this process under virtual time: does it come
 * up, carry the customer's packets with the right labels, keep others out, and survive each single fault?
 *
 *   sim_csc [--seed N] [--case NAME] [--storms N] [--verbose]     NAME may be the beginning of one
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/ribd/ribd.h"
#include "tests/sim/csc.h"

enum { HEAL_MS = 30000, RESTART_MS = 200, CALM_MS = 2000, AFTER_MS = 3000, SETTLE_MS = 10000 };

static void print_log(void *arg, enum log_level level, const char *line)
{
    (void)arg, (void)level;
    printf("%s\n", line);
}

bool is_wanted(const struct test *t, const char *name)
{
    return !t->only || strncmp(t->only, name, strlen(t->only)) == 0;
}

void outcome(struct test *t, const char *name, bool is_ok, const char *more)
{
    printf("%-4s %-44s t=%.3fs %s\n", is_ok ? "ok" : "FAIL", name, (double)sim_now_us(t->net->sim) / 1e6,
           is_ok ? more : t->problem);
    fflush(stdout);
    if (is_ok)
        t->n_passed++;
    else
        t->n_failed++;
}

void mend(struct test *t)
{
    char ignored[PROBLEM_BYTES];

    network_wait_whole(t->net, CONVERGE_MS, ignored);
}

/* --- the cases without faults --- */

static bool case_converges(struct test *t)
{
    char more[80];
    int64_t ms = network_wait_whole(t->net, CONVERGE_MS, t->problem);

    snprintf(more, sizeof(more), "whole after %lld ms", (long long)ms);
    outcome(t, "converges", ms >= 0, more);
    return ms >= 0;
}

static void case_isolation(struct test *t)
{
    struct sim_trace trace;
    bool is_ok = network_is_isolated(t->net, t->problem);

    network_trace(t->net, "evil", "10.2.0.9", &trace);
    if (is_ok && trace_is_delivered(&trace, "l2pe2")) {
        snprintf(t->problem, sizeof(t->problem), "evil reached l2pe2 by IP");
        is_ok = false;
    }
    network_trace(t->net, "evil", "192.168.2.1", &trace);
    if (is_ok && trace_is_delivered(&trace, "cust2")) {
        snprintf(t->problem, sizeof(t->problem), "evil reached cust2 by IP");
        is_ok = false;
    }
    outcome(t, "isolation", is_ok, "");
}

bool forge(struct test *t, const char *const *meanings, const char *to)
{
    struct sim_packet p = {.kind = SIM_PACKET_DATA, .source = ip_addr_v4(0xc0a80102)};
    struct sim_trace trace;

    ip_addr_parse(to, &p.destination);
    for (; *meanings; meanings++)
        p.labels[p.n_labels++] = (struct sim_label){strcmp(*meanings, "0") ? label_of(t->net, *meanings) : 0, 64};
    p.id = 1ull << 42 | sim_random(t->net->sim) >> 30;
    sim_trace_set(t->net->sim, &trace, p.id);
    sim_send_raw(sim_node_find(t->net->sim, "evil"), "evil-l1pe1", &p);
    sim_run_ms(t->net->sim, 20);
    sim_trace_set(t->net->sim, NULL, 0);
    if (t->is_verbose)
        trace_print(&trace);
    return trace_is_delivered(&trace, "cust1") || trace_is_delivered(&trace, "cust2");
}

static void case_forged(struct test *t)
{
    static const char *const carrier[] = {"l1pe1 bgp carrierA 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24", NULL};
    static const char *const vpn[] = {"l1pe1 bgp carrierA 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24", NULL};
    static const char *const core[] = {"l1pe1 ldp 10.1.0.6/32", "l1pe2 bgp carrierA 10.2.0.9/32",
                                       "l2pe2 bgp custX 192.168.2.0/24", NULL};
    static const char *const null[] = {"0", "l1pe1 bgp carrierA 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24", NULL};
    struct ribd *d = router_ribd(network_router(t->net, "l1pe1"));
    bool is_open, is_shut;

    ribd_guard_enable(d, false);
    is_open = forge(t, carrier, "192.168.2.1");
    ribd_guard_enable(d, true);
    is_shut = !forge(t, carrier, "192.168.2.1") && !forge(t, vpn, "192.168.1.1") && !forge(t, core, "192.168.2.1") &&
              !forge(t, null, "192.168.2.1");
    snprintf(t->problem, sizeof(t->problem), "%s",
             is_open ? "the guard let a forged label in" : "without the guard the forged label was not delivered");
    outcome(t, "forged-labels", is_open && is_shut, "");
}

/* --- faults --- */

void fault(struct test *t, const char *name, void (*do_it)(struct test *t, void *arg), void *arg, uint64_t heal_ms,
           bool is_lossless)
{
    static const uint64_t us_in_tick = 50000;
    struct flow f;
    char more[120];
    int64_t ms;
    bool is_ok;

    if (!is_wanted(t, name))
        return;
    flow_start(&f, t->net);
    sim_run_ms(t->net->sim, CALM_MS / 4);
    sim_run_ms(t->net->sim, sim_random(t->net->sim) % (us_in_tick / 100));
    do_it(t, arg);
    ms = network_wait_whole(t->net, heal_ms, t->problem);
    sim_run_ms(t->net->sim, AFTER_MS);
    /* Forwarding may be whole before the last session is, which then may change the path once more. */
    is_ok = ms >= 0 && network_wait_whole(t->net, SETTLE_MS, t->problem) >= 0;
    flow_stop(&f);
    if (is_ok && is_lossless && flow_lost(&f) > 0) {
        snprintf(t->problem, sizeof(t->problem), "%u of %u packets lost", flow_lost(&f), f.sent);
        is_ok = false;
    }
    if (is_ok && f.n_wrong > 0) {
        snprintf(t->problem, sizeof(t->problem), "wrong stack: %.500s", f.wrong);
        is_ok = false;
    }
    snprintf(more, sizeof(more), "whole after %lld ms, %u of %u lost", (long long)ms, flow_lost(&f), f.sent);
    outcome(t, name, is_ok, more);
    if (!is_ok)
        mend(t);
}

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

static void crashes(struct test *t, const char *daemon)
{
    for (size_t i = 0; i < t->net->n_routers; i++) {
        for (size_t k = 0; k < DAEMONS_MAX; k++) {
            struct crash c = {&t->net->routers[i], k};
            char name[80];
            bool is_lossless = strcmp(daemon_names[k], "ribd") == 0 || strcmp(daemon_names[k], "mgmtd") == 0 ||
                               strcmp(daemon_names[k], "vpnd") == 0;

            if (!c.router->daemons[k] || strcmp(daemon_names[k], daemon) != 0)
                continue;
            snprintf(name, sizeof(name), "crash-%s-%s", daemon, sim_node_name(c.router->node));
            fault(t, name, do_crash, &c, HEAL_MS, is_lossless);
        }
    }
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
    static const char *const ends[][2] = {
        {"l2pe1", "s1"}, {"s1", "l1ce1"}, {"l1ce1", "l1pe1"}, {"l1pe1", "p"},  {"p", "l1pe2"},
        {"l1pe1", "p2"}, {"p2", "l1pe2"}, {"l1pe2", "l1ce2"}, {"l1ce2", "s2"}, {"s2", "l2pe2"},
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct cut c = {sim_cable_find(t->net->sim, ends[i][0], ends[i][1]), ms};
        char name[80];

        snprintf(name, sizeof(name), "%s-%s-%s", kind, ends[i][0], ends[i][1]);
        fault(t, name, do_cut, &c, 60000, false);
    }
}

/* A redundant link is lost for good: the rest must be whole over the other core router. */
static void case_reroute(struct test *t)
{
    static const char *const cores[] = {"p", "p2"};

    for (size_t i = 0; i < 2; i++) {
        struct sim_cable *c = sim_cable_find(t->net->sim, "l1pe1", cores[i]);
        char name[80], more[80];
        int64_t ms;

        snprintf(name, sizeof(name), "reroute-around-%s", cores[i]);
        if (!is_wanted(t, name))
            continue;
        sim_cable_set(c, false);
        ms = network_wait_whole(t->net, 15000, t->problem);
        snprintf(more, sizeof(more), "whole after %lld ms", (long long)ms);
        outcome(t, name, ms >= 0, more);
        sim_cable_set(c, true);
        sim_run_ms(t->net->sim, CALM_MS);
        mend(t);
    }
}

static void do_stop_ldp(struct test *t, void *arg)
{
    struct sim_process *p = arg;

    sim_process_crash(p);
    sim_run_ms(t->net->sim, 25000);
    sim_process_start(p);
}

static void do_freeze_ldp(struct test *t, void *arg)
{
    struct sim_process *p = arg;

    sim_process_freeze(p, true);
    sim_run_ms(t->net->sim, 25000);
    sim_process_freeze(p, false);
}

static void ldp_without_ospf(struct test *t)
{
    static const char *const routers[] = {"l2pe1", "s1", "l1ce1", "s2"};

    for (size_t i = 0; i < sizeof(routers) / sizeof(routers[0]); i++) {
        struct sim_process *p = sim_process_find(network_router(t->net, routers[i])->node, "ldpd");
        char name[80];

        snprintf(name, sizeof(name), "ldp-dies-ospf-lives-%s", routers[i]);
        fault(t, name, do_stop_ldp, p, 60000, false);
        snprintf(name, sizeof(name), "ldp-hangs-ospf-lives-%s", routers[i]);
        fault(t, name, do_freeze_ldp, p, 60000, false);
    }
}

static void run(struct test *t)
{
    network_start(t->net);
    if (!case_converges(t))
        return;
    if (is_wanted(t, "isolation"))
        case_isolation(t);
    if (is_wanted(t, "forged-labels"))
        case_forged(t);
    crashes(t, "ribd");
    crashes(t, "mgmtd");
    crashes(t, "vpnd");
    crashes(t, "bgpd");
    crashes(t, "ldpd");
    crashes(t, "ospfd");
    case_reroute(t);
    link_faults(t, 300, "flap");
    link_faults(t, 8000, "cut");
    ldp_without_ospf(t);
    foreign_hands(t);
    full_size(t);
    chaos(t);
}

int main(int argc, char **argv)
{
    static const char *const dirs[] = {STRATA_SOURCE_DIR "/tests/scenarios/csc-bgp",
                                       STRATA_SOURCE_DIR "/tests/sim/redundant-core", NULL};
    struct timespec begin, end;
    struct test t = {.n_storms = 4};
    uint64_t seed = 0;
    double real;

    clock_gettime(CLOCK_REALTIME, &begin);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--case") == 0 && i + 1 < argc)
            t.only = argv[++i];
        else if (strcmp(argv[i], "--storms") == 0 && i + 1 < argc)
            t.n_storms = (unsigned)strtoul(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--verbose") == 0)
            t.is_verbose = true;
        else
            return fprintf(stderr, "usage: %s [--seed N] [--case NAME] [--storms N] [--verbose]\n", argv[0]), 2;
    }
    if (seed == 0)
        seed = (uint64_t)begin.tv_sec * 1000 + (uint64_t)begin.tv_nsec / 1000000;
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    t.net = network_create(seed, dirs);
    if (t.is_verbose)
        sim_set_log(t.net->sim, print_log, NULL, LOG_LEVEL_INFO);
    run(&t);
    t.virtual_us = sim_now_us(t.net->sim);
    network_destroy(t.net);
    t.net = NULL;
    whole_lives(&t, seed, dirs);
    clock_gettime(CLOCK_REALTIME, &end);
    real = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("%u passed, %u failed; %.1f s virtual, %.1f s real; seed %llu\n", t.n_passed, t.n_failed,
           (double)t.virtual_us / 1e6, real, (unsigned long long)seed);
    return t.n_failed || t.n_passed == 0 ? 1 : 0;
}
