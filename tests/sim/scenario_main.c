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

static void run(struct test *t, const char *scenario)
{
    harness_open(t, scenario, t->seed);
    if (converges(t)) {
        check_all(t);
        if (!t->is_quick) {
            single_faults(t);
            if (t->seed == t->seeds[0])
                reconfigurations(t);
            storms(t);
        }
    }
    harness_close(t);
    if (!t->is_quick)
        whole_lives(t, scenario);
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, NULL, run);
}
