/* SPDX-License-Identifier: Apache-2.0
 *
 * Steady pings over all paths while the network suffers. Two paths that are each other's reverse share one flow.
 */
#include <stdio.h>
#include <string.h>

#include "strata/mem.h"
#include "tests/sim/watch.h"

enum { TICK_US = 50000, FLOW_MAX = 65536, LAST_MS = 100, FLOW_BITS = 16 };

struct flow {
    const struct path *path;
    uint8_t answers[FLOW_MAX / 8];
};

/* An id is first_id + number of the flow * FLOW_MAX + number of the ping. */
static struct flow *flow_of(const struct flows *f, const struct sim_packet *p, unsigned *n)
{
    uint64_t number = p->id - f->first_id;

    if ((p->kind != SIM_PACKET_PING && p->kind != SIM_PACKET_PONG) || p->id < f->first_id ||
        number >> FLOW_BITS >= f->n_flows)
        return NULL;
    *n = (unsigned)(number & (FLOW_MAX - 1));
    return &f->flows[number >> FLOW_BITS];
}

static void on_answer(void *arg, const struct sim_packet *p)
{
    struct flows *f = arg;
    unsigned n;
    struct flow *flow = flow_of(f, p, &n);

    if (!flow || p->kind != SIM_PACKET_PONG || flow->answers[n / 8] >> (n % 8) & 1)
        return;
    flow->answers[n / 8] = (uint8_t)(flow->answers[n / 8] | 1u << (n % 8));
    f->answered++;
}

static void on_tick(void *arg)
{
    struct flows *f = arg;
    unsigned n = f->n_flows ? f->sent / (unsigned)f->n_flows : FLOW_MAX;

    if (n == FLOW_MAX)
        return;
    for (size_t i = 0; i < f->n_flows; i++) {
        struct sim_packet p = {.kind = SIM_PACKET_PING, .id = f->first_id + (i << FLOW_BITS) + n};

        ip_addr_parse(f->flows[i].path->address, &p.destination);
        sim_send(sim_node_find(f->net->sim, f->flows[i].path->from), &p);
        f->sent++;
    }
    timer_arm_us(&f->tick, TICK_US);
}

/* A customer's packet that lost a label too many, or whose label means something else, would be somebody else's. */
static void on_wire(void *arg, const char *from, const char *to, const struct sim_packet *p)
{
    struct flows *f = arg;
    unsigned n;
    struct flow *flow = flow_of(f, p, &n);
    const struct path *path = flow && p->kind == SIM_PACKET_PONG ? flow->path->reverse : flow ? flow->path : NULL;
    const char *fault = path ? path_fault(f->net, path, from, to, p) : NULL;
    char stack[200];

    if (!fault)
        return;
    f->n_wrong++;
    snprintf(f->wrong, sizeof(f->wrong), "t=%.6f %s to %s: %s -> %s: [%s]: %s", (double)sim_now_us(f->net->sim) / 1e6,
             path->from, path->to, from, to, sim_stack_text(p->labels, p->n_labels, stack, sizeof(stack)), fault);
}

static bool has_flow(const struct flows *f, const struct path *p)
{
    for (size_t i = 0; i < f->n_flows; i++)
        if (f->flows[i].path == p)
            return true;
    return false;
}

void flows_start(struct flows *f, struct network *net)
{
    memset(f, 0, sizeof(*f));
    f->net = net;
    f->first_id = 1ull << 62 | sim_now_us(net->sim) << 8;
    f->flows = mem_alloc(NULL, (net->n_paths + 1) * sizeof(*f->flows));
    for (size_t i = 0; i < net->n_paths; i++)
        if (!net->paths[i]->is_free && (!net->paths[i]->reverse || !has_flow(f, net->paths[i]->reverse)))
            f->flows[f->n_flows++].path = net->paths[i];
    for (size_t i = 0; i < f->n_flows; i++)
        sim_node_on_packet(sim_node_find(net->sim, f->flows[i].path->from), on_answer, f);
    sim_tap_all(net->sim, on_wire, f);
    timer_init(&f->tick, sim_loop(net->sim), on_tick, f);
    timer_arm_us(&f->tick, 0);
}

void flows_stop(struct flows *f)
{
    timer_cancel(&f->tick);
    sim_run_ms(f->net->sim, LAST_MS);
    for (size_t i = 0; i < f->n_flows; i++)
        sim_node_on_packet(sim_node_find(f->net->sim, f->flows[i].path->from), NULL, NULL);
    sim_tap_all(f->net->sim, NULL, NULL);
    mem_free(NULL, f->flows);
    f->flows = NULL;
}

unsigned flows_lost(const struct flows *f)
{
    return f->sent - f->answered;
}
