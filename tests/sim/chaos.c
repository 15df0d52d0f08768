/* SPDX-License-Identifier: Apache-2.0
 *
 * Foreign hands in the kernels, bad cables, deaths while the network comes up, and the proof that a run is its seed's.
 */
#include <stdio.h>

#include "tests/sim/csc.h"

enum { FOREIGN_HEAL_MS = 5000 };

/* --- foreign hands --- */

static void delete_label(struct test *t, void *arg)
{
    const char *meaning = arg;
    char router[32];

    if (sscanf(meaning, "%31s", router) == 1)
        sim_foreign_delete_label(sim_node_find(t->net->sim, router), label_of(t->net, meaning));
}

static void delete_route(struct test *t, void *arg)
{
    struct prefix p;

    (void)arg;
    prefix_parse("10.1.0.6/32", &p);
    sim_foreign_delete_route(sim_node_find(t->net->sim, "l1pe1"), 0, &p);
}

static void flush_guard(struct test *t, void *arg)
{
    (void)arg;
    sim_foreign_flush_ruleset(sim_node_find(t->net->sim, "l1pe1"));
}

void foreign_hands(struct test *t)
{
    static char vpn_label[] = "l1pe2 bgp carrierA 10.2.0.9/32", ldp_label[] = "s2 ldp 10.2.0.9/32";
    json_t *forged;

    fault(t, "foreign-deletes-vpn-label", delete_label, vpn_label, FOREIGN_HEAL_MS, false);
    fault(t, "foreign-deletes-ldp-label", delete_label, ldp_label, FOREIGN_HEAL_MS, false);
    fault(t, "foreign-deletes-route", delete_route, NULL, FOREIGN_HEAL_MS, false);
    fault(t, "foreign-flushes-guard", flush_guard, NULL, FOREIGN_HEAL_MS, true);
    if (!is_wanted(t, "guard-after-flush"))
        return;
    forged = json_pack("[sss]", "l1pe1 ldp 10.1.0.6/32", vpn_label, "l2pe2 bgp custX 192.168.2.0/24");
    snprintf(t->problem, sizeof(t->problem), "a forged label passed after the guard was put back");
    outcome(t, "guard-after-flush", forge(t, "evil", NULL, NULL, forged, "cust2") == 0, "");
    json_decref(forged);
}

/* --- networks of their own --- */

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
    struct sim_cable_spec bad = {.loss_per_million = 10000, .is_reordering = true, .jitter_us = 500};

    for (size_t i = 0; i < net->n_cables; i++)
        sim_cable_change(net->cables[i], &bad);
}

static bool comes_up(struct test *t, const char *name, bool is_wild)
{
    char more[80];
    int64_t ms;

    network_start(t->net);
    for (int i = 0; is_wild && i < 20; i++) {
        sim_run_ms(t->net->sim, sim_random(t->net->sim) % 700);
        random_fault(t);
    }
    ms = network_wait_whole(t->net, CONVERGE_MS, t->problem);
    snprintf(more, sizeof(more), "whole after %lld ms", (long long)ms);
    outcome(t, name, ms >= 0, more);
    return ms >= 0;
}

void whole_lives(struct test *t)
{
    struct digest digest[2] = {{0}};

    if (is_wanted(t, "bad-cables")) {
        csc_open(t, t->seed + 1);
        spoil_cables(t->net);
        comes_up(t, "bad-cables", false);
        harness_close(t);
    }
    if (!is_wanted(t, "wild-start"))
        return;
    for (int i = 0; i < 2; i++) {
        csc_open(t, t->seed + 2);
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
