/* SPDX-License-Identifier: Apache-2.0
 *
 * See watch.h.
 */
#include "tests/sim/watch.h"

#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "src/ribd/rib/view.h"

enum { POLL_MS = 100, PING_MS = 30 };

/* --- kernels and intents --- */

static void first_difference(void *arg, const char *difference)
{
    char *problem = arg;
    size_t used = strlen(problem);

    if (used < PROBLEM_BYTES / 2)
        snprintf(problem + used, PROBLEM_BYTES - used, " %s;", difference);
}

struct audited {
    char *problem;
    int n;
};

static void on_difference(void *arg, const char *difference)
{
    first_difference(((struct audited *)arg)->problem, difference);
}

static void on_audited(void *arg, int n)
{
    ((struct audited *)arg)->n = n;
}

/* The simulated kernel tells all it has at once. -1: not yet. */
static int audit_now(struct rib *r, char *problem)
{
    static const struct rib_audit_events ev = {.difference = on_difference, .done = on_audited};
    struct audited a = {problem, -1};

    if (ribd_rib_audit_start(r, false, &ev, &a) < 0)
        return -1;
    while (ribd_rib_is_auditing(r))
        ribd_rib_settle(r);
    return a.n;
}

int network_audit(struct network *net, char problem[PROBLEM_BYTES])
{
    int total = 0;

    for (size_t i = 0; i < net->n_routers; i++) {
        struct ribd *d = router_ribd(&net->routers[i]);
        int n;

        snprintf(problem, PROBLEM_BYTES, "audit of %s:", sim_node_name(net->routers[i].node));
        n = d && d->server ? audit_now(d->rib, problem) : -1;
        if (n < 0)
            return -1;
        if (n > 0)
            return n;
        total += n;
    }
    problem[0] = '\0';
    return total;
}

static void look_for_stale_route(void *arg, const struct rib_route_view *v)
{
    char *problem = arg, text[PREFIX_TEXT_MAX];

    if (v->is_stale && strlen(problem) < PROBLEM_BYTES / 2)
        snprintf(problem + strlen(problem), 100, " stale %s route %s;", rib_source_name(v->source),
                 prefix_text(&v->prefix, text, sizeof(text)));
}

static void look_for_stale_label(void *arg, const struct rib_label_view *v)
{
    char *problem = arg;

    if ((v->is_stale || v->is_pending) && strlen(problem) < PROBLEM_BYTES / 2)
        snprintf(problem + strlen(problem), 100, " %s label %u;", v->is_stale ? "stale" : "pending", v->entry.in_label);
}

static bool is_fresh(struct network *net, char problem[PROBLEM_BYTES])
{
    for (size_t i = 0; i < net->n_routers; i++) {
        struct ribd *d = router_ribd(&net->routers[i]);
        const char *name = sim_node_name(net->routers[i].node);
        size_t prefix;

        snprintf(problem, PROBLEM_BYTES, "%s:", name);
        prefix = strlen(problem);
        if (!d || !d->server) {
            snprintf(problem, PROBLEM_BYTES, "%s: ribd does not run", name);
            return false;
        }
        ribd_rib_view_routes(d->rib, 0, look_for_stale_route, problem);
        ribd_rib_view_labels(d->rib, 0, look_for_stale_label, problem);
        if (strlen(problem) > prefix)
            return false;
    }
    problem[0] = '\0';
    return true;
}

static bool daemons_run(struct network *net, char problem[PROBLEM_BYTES])
{
    for (size_t i = 0; i < net->n_routers; i++) {
        for (size_t k = 0; k < DAEMONS_MAX; k++) {
            struct sim_process *p = net->routers[i].daemons[k];

            if (!net->routers[i].is_needed[k] || (p && sim_process_is_running(p)))
                continue;
            snprintf(problem, PROBLEM_BYTES, "%s of %s does not run", daemon_names[k],
                     sim_node_name(net->routers[i].node));
            return false;
        }
    }
    return true;
}

/* --- pings --- */

struct ping {
    uint64_t id;
    bool is_answered;
};

static void on_answer(void *arg, const struct sim_packet *p)
{
    struct ping *ping = arg;

    ping->is_answered = ping->is_answered || (p->kind == SIM_PACKET_PONG && p->id == ping->id);
}

/* The simulation has no fragments: every packet is one that may not be fragmented. */
bool ping_is_right(struct network *net, const json_t *check, char problem[PROBLEM_BYTES])
{
    bool is_wanted = strcmp(scenario_text_or(check, "expect", "reply"), "reply") == 0;
    struct sim_node *from = sim_node_find(net->sim, scenario_text(check, "from"));
    struct sim_packet p = {.kind = SIM_PACKET_PING, .size = (uint32_t)scenario_number_or(check, "size", 0)};
    struct ping ping = {.id = 1ull << 43 | sim_random(net->sim) >> 30};
    struct sim_trace trace;
    char address[32], end[PROBLEM_BYTES];

    scenario_target(&net->scenario, check, address);
    p.id = ping.id;
    ip_addr_parse(address, &p.destination);
    sim_node_on_packet(from, on_answer, &ping);
    sim_trace_set(net->sim, &trace, p.id);
    sim_send(from, &p);
    sim_run_ms(net->sim, PING_MS);
    sim_trace_set(net->sim, NULL, 0);
    sim_node_on_packet(from, NULL, NULL);
    if (ping.is_answered == is_wanted)
        return true;
    trace_end(&trace, end);
    snprintf(problem, PROBLEM_BYTES, "ping %s to %s (%u bytes): %s: %.400s", sim_node_name(from), address,
             p.size ? p.size : 84, is_wanted ? "no answer" : "an answer", end);
    return false;
}

/* --- the whole --- */

static bool look(struct network *net, bool (*path)(struct network *, struct path *, char *), char *problem)
{
    if (!daemons_run(net, problem))
        return false;
    for (size_t i = 0; i < net->n_paths; i++)
        if (!path(net, net->paths[i], problem))
            return false;
    return is_fresh(net, problem) && network_audit(net, problem) == 0;
}

bool network_is_whole(struct network *net, char problem[PROBLEM_BYTES])
{
    return look(net, path_is_right, problem);
}

bool network_is_open(struct network *net, char problem[PROBLEM_BYTES])
{
    return look(net, path_is_open, problem);
}

int64_t network_wait(struct network *net, network_look_fn *is_so, uint64_t max_ms, char problem[PROBLEM_BYTES])
{
    uint64_t start = sim_now_us(net->sim), end = start + max_ms * 1000;

    for (;;) {
        if (is_so(net, problem))
            return (int64_t)((sim_now_us(net->sim) - start) / 1000);
        if (sim_now_us(net->sim) >= end)
            return -1;
        sim_run_ms(net->sim, POLL_MS);
    }
}

int64_t network_wait_whole(struct network *net, uint64_t max_ms, char problem[PROBLEM_BYTES])
{
    return network_wait(net, network_is_whole, max_ms, problem);
}
