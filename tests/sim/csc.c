/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier network with a redundant core: beside what sim_scenario does, foreign hands in the kernels.
 *
 *   sim_csc [--seed N] [--case NAME] [--storms N] [--quick] [--verbose]     NAME may be the beginning of one
 */
#include "tests/sim/csc.h"

enum { FLAP_MS = 300, LONG_CUT_MS = 8000 };

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
    absences(t);
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
