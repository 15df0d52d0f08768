/* SPDX-License-Identifier: Apache-2.0
 *
 * See victim.h.
 */
#include "tests/sim/victim.h"

#include <stdio.h>

void attack_inject(struct test *t, const char *node, const char *interface, const uint32_t *labels, size_t n,
                   const char *to, struct sim_trace *trace)
{
    struct sim_packet p = {.kind = SIM_PACKET_DATA, .source = ip_addr_v4(0x0a091402)};

    ip_addr_parse(to, &p.destination);
    for (size_t i = 0; i < n; i++)
        p.labels[p.n_labels++] = (struct sim_label){labels[i], 64};
    network_follow(t->net, node, interface, &p, trace);
    if (t->is_verbose)
        trace_print(trace);
}

bool reaches_victim(const struct sim_trace *trace)
{
    static const char *const victims[] = {"l1ce1", "l1ce2", "s1", "s2", "l2pe1", "l2pe2", "cust1", "cust2", "p", "p2"};

    for (size_t i = 0; i < sizeof(victims) / sizeof(victims[0]); i++)
        if (trace_visits(trace, victims[i]))
            return true;
    return false;
}

bool no_label_leads_out(struct test *t)
{
    uint32_t inner = label_of(t->net, "l2pe2 bgp custX 192.168.2.0/24");
    struct sim_trace trace;

    for (uint32_t label = 0; label < 4300; label = label == 15 ? 4000 : label + 1) {
        uint32_t stack[2] = {label, inner};

        for (size_t n = 0; n <= 2; n++) {
            attack_inject(t, "evil", "evil-l1pe1", stack, n, "192.168.2.1", &trace);
            if (reaches_victim(&trace))
                return fails(t, "label %u of evil (depth %zu) reached a victim", label, n);
        }
    }
    return true;
}
