/* SPDX-License-Identifier: Apache-2.0
 *
 * Networks of their own: over bad cables, with daemons that die while it comes up, twice from the same seed.
 */
#include <stdio.h>

#include "tests/sim/harness.h"

enum { BAD_LOSS_PER_MILLION = 10000, BAD_JITTER_US = 500, WILD_FAULTS = 20, WILD_GAP_MS = 700 };

struct digest {
    uint64_t hash, n_lines;
    bool is_printed;
};

static void take_line(void *arg, enum log_level level, const char *line)
{
    struct digest *d = arg;

    (void)level;
    if (d->is_printed)
        printf("%s\n", line);
    for (; *line; line++)
        d->hash = (d->hash ^ (uint8_t)*line) * 1099511628211u;
    d->n_lines++;
}

static void spoil_cables(struct network *net)
{
    struct sim_cable_spec bad = {
        .loss_per_million = BAD_LOSS_PER_MILLION, .is_reordering = true, .jitter_us = BAD_JITTER_US};

    for (size_t i = 0; i < net->n_cables; i++)
        sim_cable_change(net->cables[i], &bad);
}

static bool comes_up(struct test *t, const char *name, bool is_wild)
{
    char more[80];
    int64_t ms;

    network_start(t->net);
    for (int i = 0; is_wild && i < WILD_FAULTS; i++) {
        sim_run_ms(t->net->sim, sim_random(t->net->sim) % WILD_GAP_MS);
        random_fault(t);
    }
    ms = network_wait_whole(t->net, CONVERGE_MS, t->problem);
    snprintf(more, sizeof(more), "whole after %lld ms", (long long)ms);
    outcome(t, name, ms >= 0, more);
    return ms >= 0;
}

void whole_lives(struct test *t, const char *scenario)
{
    struct digest digest[2] = {{0}};

    if (is_wanted(t, "bad-cables")) {
        harness_open(t, scenario, t->seed + 1);
        spoil_cables(t->net);
        comes_up(t, "bad-cables", false);
        harness_close(t);
    }
    if (!is_wanted(t, "wild-start"))
        return;
    for (int i = 0; i < 2; i++) {
        harness_open(t, scenario, t->seed + 2);
        digest[i].is_printed = i == 0 && t->is_verbose;
        sim_set_log(t->net->sim, take_line, &digest[i], LOG_LEVEL_INFO);
        comes_up(t, i == 0 ? "wild-start" : "wild-start-again", true);
        if (i == 1) {
            snprintf(t->problem, sizeof(t->problem), "two runs of one seed differ");
            outcome(t, "wild-start-is-repeatable",
                    digest[0].hash == digest[1].hash && digest[0].n_lines == digest[1].n_lines, "");
        }
        harness_close(t);
    }
}
