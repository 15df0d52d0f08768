/* SPDX-License-Identifier: Apache-2.0
 *
 * The expected stacks are those of a carrier's carrier with BGP label distribution: LDP of the site, labelled unicast
 * to the remote Level 2 PE, the customer's VPN label; in the core LDP, the Level 1 VPN label, the customer's VPN label.
 */
#include "tests/sim/watch.h"

#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "src/ribd/rib/view.h"

enum { STACK_MAX = 4, PATH_MAX_HOPS = 8, TICK_US = 50000, POLL_MS = 100, PROBE_MS = 20 };

struct expected_hop {
    const char *from, *to; /* "p*": any core router; "@" in a meaning: the receiver */
    const char *stack[STACK_MAX];
};

static const struct expected_hop forth[PATH_MAX_HOPS] = {
    {"l2pe1", "s1", {"@ ldp 10.2.0.3/32", "l1ce1 bgp 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24"}},
    {"s1", "l1ce1", {"@ bgp 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24"}},
    {"l1ce1", "l1pe1", {"@ bgp carrierA 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24"}},
    {"l1pe1", "p*", {"@ ldp 10.1.0.6/32", "l1pe2 bgp carrierA 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24"}},
    {"p*", "l1pe2", {"@ bgp carrierA 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24"}},
    {"l1pe2", "l1ce2", {"@ bgp 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24"}},
    {"l1ce2", "s2", {"@ ldp 10.2.0.9/32", "l2pe2 bgp custX 192.168.2.0/24"}},
    {"s2", "l2pe2", {"@ bgp custX 192.168.2.0/24"}},
};

static const struct expected_hop back[PATH_MAX_HOPS] = {
    {"l2pe2", "s2", {"@ ldp 10.2.0.7/32", "l1ce2 bgp 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24"}},
    {"s2", "l1ce2", {"@ bgp 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24"}},
    {"l1ce2", "l1pe2", {"@ bgp carrierA 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24"}},
    {"l1pe2", "p*", {"@ ldp 10.1.0.4/32", "l1pe1 bgp carrierA 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24"}},
    {"p*", "l1pe1", {"@ bgp carrierA 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24"}},
    {"l1pe1", "l1ce1", {"@ bgp 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24"}},
    {"l1ce1", "s1", {"@ ldp 10.2.0.1/32", "l2pe1 bgp custX 192.168.1.0/24"}},
    {"s1", "l2pe1", {"@ bgp custX 192.168.1.0/24"}},
};

/* --- labels --- */

struct wanted_label {
    bool is_ldp;
    uint32_t vrf, label; /* label 0: any */
    struct prefix prefix;
    uint32_t found;
};

static void look_at_label(void *arg, const struct rib_label_view *v)
{
    struct wanted_label *w = arg;
    const struct rib_fec *f = &v->entry.fec;

    if ((f->purpose == RIB_LABEL_LDP) != w->is_ldp || f->vrf != w->vrf || v->status != RIB_LABEL_INSTALLED ||
        (w->label && v->entry.in_label != w->label))
        return;
    if (f->purpose == RIB_LABEL_VPN_INSTANCE || prefix_equal(&f->prefix, &w->prefix))
        w->found = v->entry.in_label;
}

static uint32_t find_label(struct network *net, uint32_t label, const char *meaning)
{
    char words[4][64] = {{0}};
    int n = sscanf(meaning, "%63s %63s %63s %63s", words[0], words[1], words[2], words[3]);
    struct router *r = network_router(net, words[0]);
    struct ribd *d = r ? router_ribd(r) : NULL;
    struct wanted_label w = {.is_ldp = strcmp(words[1], "ldp") == 0, .label = label};
    struct rib_instance instance;

    if (!d || n < 3 || prefix_parse(words[n - 1], &w.prefix) < 0)
        return 0;
    if (n == 4) {
        if (!ribd_instances_find(d->instances, words[2], &instance))
            return 0;
        w.vrf = instance.vrf;
    }
    ribd_rib_view_labels(d->rib, 0, look_at_label, &w);
    return w.found;
}

bool label_means(struct network *net, uint32_t label, const char *meaning)
{
    return find_label(net, label, meaning) == label;
}

uint32_t label_of(struct network *net, const char *meaning)
{
    return find_label(net, 0, meaning);
}

/* --- traces --- */

static bool is_named(const char *pattern, const char *name)
{
    return strcmp(pattern, name) == 0 ||
           (strcmp(pattern, "p*") == 0 && (strcmp(name, "p") == 0 || strcmp(name, "p2") == 0));
}

bool trace_is_delivered(const struct sim_trace *t, const char *at)
{
    return t->n_hops > 0 && t->hops[t->n_hops - 1].is_delivered && strcmp(t->hops[t->n_hops - 1].from, at) == 0;
}

void trace_print(const struct sim_trace *t)
{
    char text[200];

    for (size_t i = 0; i < t->n_hops; i++) {
        const struct sim_hop *h = &t->hops[i];

        sim_stack_text(h->labels, h->n_labels, text, sizeof(text));
        printf("      %-6s -> %-6s  %s%s%s\n", h->from, h->to, text, h->dropped ? "dropped: " : "",
               h->dropped        ? h->dropped
               : h->is_delivered ? "delivered"
                                 : "");
    }
}

void network_trace(struct network *net, const char *from, const char *to_address, struct sim_trace *trace)
{
    struct sim_packet p = {.kind = SIM_PACKET_DATA};
    struct sim_node *node = sim_node_find(net->sim, from);

    p.id = 1ull << 40 | (sim_random(net->sim) >> 30);
    ip_addr_parse(to_address, &p.destination);
    sim_trace_set(net->sim, trace, p.id);
    sim_send(node, &p);
    sim_run_ms(net->sim, PROBE_MS);
    sim_trace_set(net->sim, NULL, 0);
}

static bool stack_is_right(struct network *net, const struct expected_hop *e, const struct sim_hop *h, char *problem)
{
    char stack[200], meaning[128];
    uint8_t depth = 0;

    sim_stack_text(h->labels, h->n_labels, stack, sizeof(stack));
    while (depth < STACK_MAX && e->stack[depth])
        depth++;
    if (!is_named(e->from, h->from) || !is_named(e->to, h->to) || h->n_labels != depth) {
        snprintf(problem, PROBLEM_BYTES, "%s -> %s: stack [%s], expected %u labels from %s to %s", h->from, h->to,
                 stack, depth, e->from, e->to);
        return false;
    }
    for (uint8_t i = 0; i < depth; i++) {
        if (e->stack[i][0] == '@')
            snprintf(meaning, sizeof(meaning), "%s%s", h->to, e->stack[i] + 1);
        else
            snprintf(meaning, sizeof(meaning), "%s", e->stack[i]);
        if (label_means(net, h->labels[i].label, meaning))
            continue;
        snprintf(problem, PROBLEM_BYTES, "%s -> %s: stack [%s]: label %u is not that of: %s", h->from, h->to, stack,
                 h->labels[i].label, meaning);
        return false;
    }
    return true;
}

static bool path_is_right(struct network *net, const struct expected_hop *path, const char *from, const char *to,
                          const char *to_address, char *problem)
{
    struct sim_trace t;

    network_trace(net, from, to_address, &t);
    if (!trace_is_delivered(&t, to)) {
        const struct sim_hop *last = t.n_hops ? &t.hops[t.n_hops - 1] : NULL;

        snprintf(problem, PROBLEM_BYTES, "%s -> %s: %s at %s", from, to,
                 last && last->dropped ? last->dropped : "not delivered", last ? last->from : from);
        return false;
    }
    if (t.n_hops != PATH_MAX_HOPS + 3) { /* both customers' links and the delivery */
        snprintf(problem, PROBLEM_BYTES, "%s -> %s: %zu hops", from, to, t.n_hops);
        return false;
    }
    for (size_t i = 0; i < PATH_MAX_HOPS; i++)
        if (!stack_is_right(net, &path[i], &t.hops[i + 1], problem))
            return false;
    return true;
}

/* --- kernels and intents --- */

static void first_difference(void *arg, const char *difference)
{
    char *problem = arg;
    size_t used = strlen(problem);

    if (used < PROBLEM_BYTES / 2)
        snprintf(problem + used, PROBLEM_BYTES - used, " %s;", difference);
}

int network_audit(struct network *net, char problem[PROBLEM_BYTES])
{
    int total = 0;

    for (size_t i = 0; i < net->n_routers; i++) {
        struct ribd *d = router_ribd(&net->routers[i]);
        int n;

        snprintf(problem, PROBLEM_BYTES, "audit of %s:", sim_node_name(net->routers[i].node));
        n = d && d->server ? ribd_rib_audit(d->rib, false, first_difference, problem) : -1;
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

            if (!p || sim_process_is_running(p))
                continue;
            snprintf(problem, PROBLEM_BYTES, "%s of %s does not run", daemon_names[k],
                     sim_node_name(net->routers[i].node));
            return false;
        }
    }
    return true;
}

bool network_is_whole(struct network *net, char problem[PROBLEM_BYTES])
{
    return daemons_run(net, problem) && path_is_right(net, forth, "cust1", "cust2", "192.168.2.1", problem) &&
           path_is_right(net, back, "cust2", "cust1", "192.168.1.1", problem) && is_fresh(net, problem) &&
           network_audit(net, problem) == 0;
}

int64_t network_wait_whole(struct network *net, uint64_t max_ms, char problem[PROBLEM_BYTES])
{
    uint64_t start = sim_now_us(net->sim), end = start + max_ms * 1000;

    for (;;) {
        if (network_is_whole(net, problem))
            return (int64_t)((sim_now_us(net->sim) - start) / 1000);
        if (sim_now_us(net->sim) >= end)
            return -1;
        sim_run_ms(net->sim, POLL_MS);
    }
}

/* --- isolation --- */

struct forbidden {
    const char *router;
    bool is_any_vrf;
    struct prefix within;
    char *problem;
};

static void look_for_route(void *arg, const struct rib_route_view *v)
{
    struct forbidden *f = arg;
    char text[PREFIX_TEXT_MAX];

    if ((f->is_any_vrf || v->vrf == RIB_VRF_PUBLIC) && prefix_contains(&f->within, &v->prefix))
        snprintf(f->problem, PROBLEM_BYTES, "%s knows %s", f->router, prefix_text(&v->prefix, text, sizeof(text)));
}

bool network_is_isolated(struct network *net, char problem[PROBLEM_BYTES])
{
    static const struct {
        const char *router, *within;
        bool is_any_vrf;
    } rules[] = {
        {"p", "10.2.0.0/16", true},        {"p2", "10.2.0.0/16", true},       {"p", "192.168.0.0/16", true},
        {"p2", "192.168.0.0/16", true},    {"l1pe1", "10.2.0.0/16", false},   {"l1pe2", "10.2.0.0/16", false},
        {"l1pe1", "192.168.0.0/16", true}, {"l1pe2", "192.168.0.0/16", true}, {"l1ce1", "192.168.0.0/16", true},
        {"l1ce2", "192.168.0.0/16", true}, {"s1", "192.168.0.0/16", true},    {"s2", "192.168.0.0/16", true},
    };

    problem[0] = '\0';
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct forbidden f = {.router = rules[i].router, .is_any_vrf = rules[i].is_any_vrf, .problem = problem};

        prefix_parse(rules[i].within, &f.within);
        ribd_rib_view_routes(router_ribd(network_router(net, rules[i].router))->rib, 0, look_for_route, &f);
    }
    return problem[0] == '\0';
}

/* --- the flow --- */

enum { FLOW_MAX = 65536 };

static bool is_answered(const struct flow *f, unsigned n)
{
    return f->answers[n / 8] >> (n % 8) & 1;
}

static void on_answer(void *arg, const struct sim_packet *p)
{
    struct flow *f = arg;
    uint64_t n = p->id - f->first_id;

    if (p->kind != SIM_PACKET_PONG || p->id < f->first_id || n >= f->sent || is_answered(f, (unsigned)n))
        return;
    f->answers[n / 8] = (uint8_t)(f->answers[n / 8] | 1u << (n % 8));
    f->answered++;
}

static void on_tick(void *arg)
{
    struct flow *f = arg;
    struct sim_packet p = {.kind = SIM_PACKET_PING, .id = f->first_id + f->sent, .destination = ip_addr_v4(0xc0a80201)};

    if (f->sent == FLOW_MAX)
        return;
    f->sent++;
    sim_send(sim_node_find(f->net->sim, "cust1"), &p);
    timer_arm_us(&f->tick, TICK_US);
}

static void wrong(struct flow *f, const char *from, const char *to, const struct sim_packet *p, const char *why)
{
    char stack[200];

    f->n_wrong++;
    snprintf(f->wrong, sizeof(f->wrong), "%s -> %s: [%s]: %s", from, to,
             sim_stack_text(p->labels, p->n_labels, stack, sizeof(stack)), why);
}

struct meaning_check {
    bool is_ldp;
    uint32_t vrf;
    struct prefix prefix;
    bool is_other;
};

static void look_for_other_meaning(void *arg, const struct rib_label_view *v)
{
    struct meaning_check *m = arg;
    const struct rib_fec *f = &v->entry.fec;

    m->is_other = (f->purpose == RIB_LABEL_LDP) != m->is_ldp || f->vrf != m->vrf ||
                  (f->purpose != RIB_LABEL_VPN_INSTANCE && !prefix_equal(&f->prefix, &m->prefix));
}

/* Does the receiver know the label as something else than the sender means? That it knows it no more is no harm. */
static bool is_misunderstood(struct network *net, const char *to, const char *meaning, uint32_t label)
{
    struct router *r = network_router(net, to);
    struct ribd *d = r ? router_ribd(r) : NULL;
    char words[3][64] = {{0}};
    int n = sscanf(meaning, "@ %63s %63s %63s", words[0], words[1], words[2]);
    struct meaning_check m = {.is_ldp = strcmp(words[0], "ldp") == 0};
    struct rib_instance instance;

    if (!d || !d->server || n < 2 || prefix_parse(words[n - 1], &m.prefix) < 0)
        return false;
    if (n == 3) {
        if (!ribd_instances_find(d->instances, words[1], &instance))
            return false;
        m.vrf = instance.vrf;
    }
    ribd_rib_view_label(d->rib, label, look_for_other_meaning, &m);
    return m.is_other;
}

static bool is_core(const char *name)
{
    return is_named("p*", name) || strcmp(name, "l1pe1") == 0 || strcmp(name, "l1pe2") == 0;
}

/* The core may lead a packet around for a moment, under one LDP label more than to its end. */
static const struct expected_hop *find_hop(const struct expected_hop *path, const char *from, const char *to)
{
    static const struct expected_hop detour[2] = {
        {"p*", "p*", {"@ ldp 10.1.0.6/32", "", ""}},
        {"p*", "p*", {"@ ldp 10.1.0.4/32", "", ""}},
    };

    for (size_t i = 0; i < PATH_MAX_HOPS; i++)
        if (is_named(path[i].from, from) && is_named(path[i].to, to))
            return &path[i];
    return is_core(from) && is_core(to) ? &detour[path == back] : NULL;
}

/* A customer's packet that lost a label too many, or whose label means something else, would be somebody else's. */
static void on_wire(void *arg, const char *from, const char *to, const struct sim_packet *p)
{
    struct flow *f = arg;
    const struct expected_hop *e;
    uint8_t depth = 0;

    if ((p->kind != SIM_PACKET_PING && p->kind != SIM_PACKET_PONG) || p->id < f->first_id)
        return;
    e = find_hop(p->kind == SIM_PACKET_PING ? forth : back, from, to);
    while (e && depth < STACK_MAX && e->stack[depth])
        depth++;
    if (p->n_labels != depth)
        wrong(f, from, to, p, "another number of labels than the path has there");
    else if (e && is_misunderstood(f->net, to, e->stack[0], p->labels[0].label))
        wrong(f, from, to, p, "the top label means something else to its receiver");
}

void flow_start(struct flow *f, struct network *net)
{
    memset(f, 0, sizeof(*f));
    f->net = net;
    f->first_id = 1ull << 41 | sim_now_us(net->sim) << 4;
    sim_node_on_packet(sim_node_find(net->sim, "cust1"), on_answer, f);
    sim_tap_all(net->sim, on_wire, f);
    timer_init(&f->tick, sim_loop(net->sim), on_tick, f);
    timer_arm_us(&f->tick, 0);
}

void flow_stop(struct flow *f)
{
    timer_cancel(&f->tick);
    sim_run_ms(f->net->sim, 100);
    sim_node_on_packet(sim_node_find(f->net->sim, "cust1"), NULL, NULL);
    sim_tap_all(f->net->sim, NULL, NULL);
}

unsigned flow_lost(const struct flow *f)
{
    return f->sent - f->answered;
}
