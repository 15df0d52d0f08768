/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier network with a redundant core: beside what sim_scenario does, foreign hands in the kernels.
 *
 *   sim_csc [--seed N] [--case NAME] [--storms N] [--quick] [--verbose]     NAME may be the beginning of one
 */
#include "tests/sim/csc.h"

static void run(struct test *t, const char *scenario)
{
    csc_open(t, scenario);
    if (converges(t)) {
        check_all(t);
        if (!t->is_quick) {
            single_faults(t);
            foreign_hands(t);
            storms(t);
        }
    }
    harness_close(t);
    if (!t->is_quick)
        whole_lives(t, scenario);
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, CSC_SCENARIO, run);
}
