/* SPDX-License-Identifier: Apache-2.0
 *
 * Any scenario of tests/scenarios in simulation: its own checks, then every fault that a network has to bear.
 *
 *   sim_scenario [--seed N]... [--case NAME] [--storms N] [--quick] [--verbose] SCENARIO...
 *
 * NAME may be the beginning of one; --quick: without faults. The pings that are watched during faults are those between
 * the ends of every [[stack]].
 */
#include "tests/sim/harness.h"

enum { SCENARIOS_MAX = 64, FLAP_MS = 300, LONG_CUT_MS = 8000 };

static void run(struct test *t)
{
    network_start(t->net);
    if (!converges(t))
        return;
    check_pings(t);
    check_routes(t);
    check_forgeries(t);
    check_hosts(t);
    check_audit(t);
    if (t->is_quick)
        return;
    faults_prepare(t);
    crashes(t);
    losses_for_good(t);
    link_faults(t, FLAP_MS, "flap");
    link_faults(t, LONG_CUT_MS, "cut");
    if (t->seed == t->seeds[0]) { /* chance has little to do with these, and they take long */
        absences(t);
        reconfigurations(t);
    }
    storms(t);
}

int main(int argc, char **argv)
{
    const char *names[SCENARIOS_MAX];
    struct test t = {0};
    size_t n = harness_options(&t, argc, argv, names, SCENARIOS_MAX);

    for (size_t i = 0; i < n * t.n_seeds; i++) {
        t.seed = t.seeds[i % t.n_seeds];
        harness_open(&t, names[i / t.n_seeds], t.seed);
        run(&t);
        harness_close(&t);
        if (!t.is_quick)
            whole_lives(&t, names[i / t.n_seeds]);
    }
    return harness_end(&t);
}
