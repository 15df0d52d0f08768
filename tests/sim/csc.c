/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier network with a redundant core: beside what sim_scenario does, LDP that dies while OSPF lives,
 * foreign hands in the kernels, bad cables, and the proof that a run is its seed's.
 *
 *   sim_csc [--seed N] [--case NAME] [--storms N] [--quick] [--verbose]     NAME may be the beginning of one
 */
#include "tests/sim/csc.h"

#include <stdio.h>

enum { FLAP_MS = 300, LONG_CUT_MS = 8000 };

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
    if (!converges(t))
        return;
    check_pings(t);
    check_routes(t);
    check_forgeries(t);
    check_audit(t);
    if (t->is_quick)
        return;
    faults_prepare(t);
    crashes(t);
    losses_for_good(t);
    link_faults(t, FLAP_MS, "flap");
    link_faults(t, LONG_CUT_MS, "cut");
    ldp_without_ospf(t);
    foreign_hands(t);
    storms(t);
}

int main(int argc, char **argv)
{
    struct test t = {0};

    harness_options(&t, argc, argv, NULL, 0);
    csc_open(&t, t.seed);
    run(&t);
    harness_close(&t);
    if (!t.is_quick)
        whole_lives(&t, CSC_SCENARIO);
    return harness_end(&t);
}
