/* SPDX-License-Identifier: Apache-2.0
 *
 * Foreign hands in the kernels.
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
