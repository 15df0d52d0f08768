/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults that come together, foreign hands in the kernels, bad cables, deaths while the network comes up, and the proof
 * that a run is its seed's.
 */
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/mem.h"
#include "tests/sim/csc.h"

enum { STORM_FAULTS = 12, STORM_HEAL_MS = 90000, FOREIGN_HEAL_MS = 5000 };

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
    static const char *const forged[] = {"l1pe1 ldp 10.1.0.6/32", "l1pe2 bgp carrierA 10.2.0.9/32",
                                         "l2pe2 bgp custX 192.168.2.0/24", NULL};

    fault(t, "foreign-deletes-vpn-label", delete_label, vpn_label, FOREIGN_HEAL_MS, false);
    fault(t, "foreign-deletes-ldp-label", delete_label, ldp_label, FOREIGN_HEAL_MS, false);
    fault(t, "foreign-deletes-route", delete_route, NULL, FOREIGN_HEAL_MS, false);
    fault(t, "foreign-flushes-guard", flush_guard, NULL, FOREIGN_HEAL_MS, true);
    if (is_wanted(t, "guard-after-flush")) {
        snprintf(t->problem, sizeof(t->problem), "a forged label passed after the guard was put back");
        outcome(t, "guard-after-flush", !forge(t, forged, "192.168.2.1"), "");
    }
}

/* --- sizes --- */

static bool passes(struct test *t, const char *from, const char *to_address, const char *to, uint32_t size)
{
    struct sim_packet p = {.kind = SIM_PACKET_DATA, .size = size};
    struct sim_trace trace;

    p.id = 1ull << 43 | sim_random(t->net->sim) >> 30;
    ip_addr_parse(to_address, &p.destination);
    sim_trace_set(t->net->sim, &trace, p.id);
    sim_send(sim_node_find(t->net->sim, from), &p);
    sim_run_ms(t->net->sim, 20);
    sim_trace_set(t->net->sim, NULL, 0);
    return trace_is_delivered(&trace, to);
}

void full_size(struct test *t)
{
    bool is_ok;

    if (!is_wanted(t, "full-size"))
        return;
    is_ok = passes(t, "cust1", "192.168.2.1", "cust2", 1500) && passes(t, "cust2", "192.168.1.1", "cust1", 1500);
    snprintf(t->problem, sizeof(t->problem), "1500 bytes do not pass");
    outcome(t, "full-size", is_ok, "");
}

/* --- storms --- */

static void random_fault(struct test *t)
{
    struct sim *sim = t->net->sim;
    uint64_t which = sim_random(sim) % 10;
    struct router *r = &t->net->routers[sim_random(sim) % t->net->n_routers];
    size_t k = sim_random(sim) % DAEMONS_MAX;
    struct sim_cable *c;

    if (t->is_verbose)
        printf("%.6f fault %d at %s: %s\n", (double)sim_now_us(sim) / 1e6, (int)which, sim_node_name(r->node),
               daemon_names[k]);
    if (which < 6) {
        if (r->daemons[k])
            router_crash(r, k, 100 + sim_random(sim) % 2000);
        return;
    }
    if (which < 7) { /* all daemons of a router at once, as if its memory ran out */
        for (k = 0; k < DAEMONS_MAX; k++)
            if (r->daemons[k])
                router_crash(r, k, 100 + sim_random(sim) % 2000);
        return;
    }
    c = sim_cable_find(sim, sim_node_name(r->node), "l1pe1");
    if (!c)
        c = sim_cable_find(sim, sim_node_name(r->node), "s1");
    if (!c)
        c = sim_cable_find(sim, sim_node_name(r->node), "l1ce2");
    if (!c)
        return;
    sim_cable_set(c, false);
    sim_run_ms(sim, sim_random(sim) % 6000);
    sim_cable_set(c, true);
}

static void storm(struct test *t, void *arg)
{
    (void)arg;
    for (int i = 0; i < STORM_FAULTS; i++) {
        random_fault(t);
        sim_run_ms(t->net->sim, sim_random(t->net->sim) % 1500);
    }
}

void chaos(struct test *t)
{
    char name[32];

    for (unsigned i = 0; i < t->n_storms; i++) {
        snprintf(name, sizeof(name), "storm-%u", i + 1);
        fault(t, name, storm, NULL, STORM_HEAL_MS, false);
    }
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

    for (size_t i = 0; i < net->n_routers; i++) {
        for (size_t k = 0; k < i; k++) {
            struct sim_cable *c =
                sim_cable_find(net->sim, sim_node_name(net->routers[i].node), sim_node_name(net->routers[k].node));

            if (c)
                sim_cable_change(c, &bad);
        }
    }
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

static void finish(struct test *t)
{
    t->virtual_us += sim_now_us(t->net->sim);
    network_destroy(t->net);
    t->net = NULL;
}

void whole_lives(struct test *t, uint64_t seed, const char *const *dirs)
{
    struct digest digest[2] = {{0}};

    if (is_wanted(t, "bad-cables")) {
        t->net = network_create(seed + 1, dirs);
        spoil_cables(t->net);
        comes_up(t, "bad-cables", false);
        finish(t);
    }
    if (!is_wanted(t, "wild-start"))
        return;
    for (int i = 0; i < 2; i++) {
        t->net = network_create(seed + 2, dirs);
        digest[i].is_printed = i == 0 && t->is_verbose;
        sim_set_log(t->net->sim, take_line, &digest[i], LOG_LEVEL_INFO);
        comes_up(t, i == 0 ? "wild-start" : "wild-start-again", true);
        if (i == 1) {
            snprintf(t->problem, sizeof(t->problem), "two runs of one seed differ");
            outcome(t, "wild-start-is-repeatable",
                    digest[0].hash == digest[1].hash && digest[0].n_lines == digest[1].n_lines, "");
        }
        finish(t);
    }
}
