/* SPDX-License-Identifier: Apache-2.0
 *
 * See path.h.
 */
#include "tests/sim/path.h"

#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

enum { PROBE_MS = 20, STACK_BYTES = 200 };

/* --- the scenario's words --- */

static struct path *path_create(struct network *net, const json_t *check)
{
    struct path *p = MEM_NEW(NULL, struct path);
    const char *link;
    json_t *labels;

    p->from = scenario_text(check, "from");
    p->to = scenario_text(check, "to");
    scenario_target(&net->scenario, check, p->address);
    json_object_foreach (json_object_get(check, "links"), link, labels) {
        struct path_hop *h = &p->hops[p->n_hops++];

        if (p->n_hops == PATH_HOPS_MAX || sscanf(link, "%15[^-]-%15s", h->from, h->to) != 2)
            scenario_wrong("link of a stack", link);
        h->labels = json_array_size(labels) ? labels : NULL;
    }
    return p;
}

static void add_path(struct network *net, struct path *p)
{
    if (net->n_paths == PATHS_MAX)
        scenario_wrong("too many stacks and pings", net->scenario.name);
    for (size_t i = 0; p->is_free && i < net->n_paths; i++) {
        if (strcmp(net->paths[i]->from, p->from) == 0 && strcmp(net->paths[i]->address, p->address) == 0) {
            mem_free(NULL, p);
            return;
        }
    }
    net->paths[net->n_paths++] = p;
}

void paths_create(struct network *net)
{
    const json_t *check;
    struct path *p;
    size_t i;

    json_array_foreach (scenario_checks(&net->scenario, "stack"), i, check)
        add_path(net, path_create(net, check));
    json_array_foreach (scenario_checks(&net->scenario, "ping"), i, check) {
        if (strcmp(scenario_text_or(check, "expect", "reply"), "reply") != 0)
            continue;
        p = path_create(net, check);
        p->is_free = true;
        if (!scenario_node(&net->scenario, p->to))
            p->to = NULL;
        add_path(net, p);
    }
    for (i = 0; i < net->n_paths; i++)
        for (size_t k = 0; k < net->n_paths && !net->paths[i]->reverse; k++)
            if (!net->paths[i]->is_free && !net->paths[k]->is_free &&
                strcmp(net->paths[i]->from, net->paths[k]->to) == 0 &&
                strcmp(net->paths[i]->to, net->paths[k]->from) == 0)
                net->paths[i]->reverse = net->paths[k];
}

void paths_destroy(struct network *net)
{
    for (size_t i = 0; i < net->n_paths; i++)
        mem_free(NULL, net->paths[i]);
}

static bool is_same(const struct network *net, const char *written, const char *seen)
{
    return strcmp(written, seen) == 0 ||
           (net->twins[0] && strcmp(written, net->twins[0]) == 0 && strcmp(seen, net->twins[1]) == 0);
}

static const struct path_hop *find(const struct network *net, const struct path_hop *hops, size_t n, const char *from,
                                   const char *to)
{
    for (size_t i = 0; i < n; i++)
        if (is_same(net, hops[i].from, from) && is_same(net, hops[i].to, to))
            return &hops[i];
    return NULL;
}

/* In whose table the label is looked up, if not in that of the router that is written. */
static const char *stand_in(const struct network *net, const json_t *label, const char *to)
{
    const char *text = json_string_value(label);
    size_t n = text ? strcspn(text, " ") : 0;

    if (!text || !net->twins[0] || strcmp(to, net->twins[1]) != 0 || strlen(net->twins[0]) != n ||
        strncmp(text, net->twins[0], n) != 0)
        return NULL;
    return net->twins[1];
}

/* --- traces --- */

bool trace_is_delivered(const struct sim_trace *t, const char *at)
{
    const struct sim_hop *last = t->n_hops ? &t->hops[t->n_hops - 1] : NULL;

    return last && last->is_delivered && (!at || strcmp(last->from, at) == 0);
}

bool trace_visits(const struct sim_trace *t, const char *node)
{
    for (size_t i = 0; i < t->n_hops; i++)
        if (strcmp(t->hops[i].to, node) == 0 || (t->hops[i].is_delivered && strcmp(t->hops[i].from, node) == 0))
            return true;
    return false;
}

void trace_print(const struct sim_trace *t)
{
    char text[STACK_BYTES];

    for (size_t i = 0; i < t->n_hops; i++) {
        const struct sim_hop *h = &t->hops[i];

        sim_stack_text(h->labels, h->n_labels, text, sizeof(text));
        printf("      %-6s -> %-6s  %s%s%s\n", h->from, h->to, text, h->dropped ? "dropped: " : "",
               h->dropped        ? h->dropped
               : h->is_delivered ? "delivered"
                                 : "");
    }
}

void trace_end(const struct sim_trace *t, char problem[PROBLEM_BYTES])
{
    const struct sim_hop *last = t->n_hops ? &t->hops[t->n_hops - 1] : NULL;
    char text[STACK_BYTES] = "";

    if (last)
        sim_stack_text(last->labels, last->n_labels, text, sizeof(text));
    snprintf(problem, PROBLEM_BYTES, "%s at %s [%s]",
             !last                ? "not sent"
             : last->dropped      ? last->dropped
             : last->is_delivered ? "delivered"
                                  : "lost",
             last ? last->from : "", text);
}

void network_follow(struct network *net, const char *from, const char *interface, struct sim_packet *p,
                    struct sim_trace *trace)
{
    struct sim_node *node = sim_node_find(net->sim, from);

    p->id = 1ull << 40 | (sim_random(net->sim) >> 30);
    sim_trace_set(net->sim, trace, p->id);
    if (interface)
        sim_send_raw(node, interface, p);
    else
        sim_send(node, p);
    sim_run_ms(net->sim, PROBE_MS);
    sim_trace_set(net->sim, NULL, 0);
}

static bool follow(struct network *net, enum sim_packet_kind kind, const char *from, const char *to_address,
                   const char *to, uint32_t size, struct sim_trace *trace)
{
    struct sim_packet p = {.kind = kind, .size = size};

    ip_addr_parse(to_address, &p.destination);
    network_follow(net, from, NULL, &p, trace);
    return trace_is_delivered(trace, to);
}

bool network_trace(struct network *net, const char *from, const char *to_address, const char *to, uint32_t size,
                   struct sim_trace *trace)
{
    return follow(net, SIM_PACKET_DATA, from, to_address, to, size, trace);
}

/* --- stacks --- */

static bool is_stack_right(struct network *net, const struct path_hop *e, const struct sim_hop *h, char *problem)
{
    size_t depth = e && e->labels ? json_array_size(e->labels) : 0;
    char stack[STACK_BYTES], known[128];

    sim_stack_text(h->labels, h->n_labels, stack, sizeof(stack));
    if (h->n_labels != depth) {
        snprintf(problem, PROBLEM_BYTES, "%s -> %s: stack [%s], expected %zu labels", h->from, h->to, stack, depth);
        return false;
    }
    for (size_t i = 0; i < depth; i++) {
        const json_t *wanted = json_array_get(e->labels, i);
        const char *router = stand_in(net, wanted, h->to), *text = json_string_value(wanted);

        if (label_is(net, h->labels[i].label, wanted, router))
            continue;
        snprintf(problem, PROBLEM_BYTES, "%s -> %s: stack [%s]: label %u is not that of: %s (at %s it is of: %s)",
                 h->from, h->to, stack, h->labels[i].label, text ? text : "the number", h->to,
                 label_text(net, h->to, h->labels[i].label, known));
        return false;
    }
    return true;
}

static bool is_delivered(struct network *net, const struct path *p, struct sim_trace *t, char *problem)
{
    char end[PROBLEM_BYTES];

    if (p->is_free ? follow(net, SIM_PACKET_PING, p->from, p->address, p->from, 0, t)
                   : network_trace(net, p->from, p->address, p->to, 0, t))
        return true;
    trace_end(t, end);
    snprintf(problem, PROBLEM_BYTES, "%s -> %s: %.500s", p->from, p->address, end);
    return false;
}

static void remember_way(struct network *net, struct path *p, const struct sim_trace *t)
{
    if (p->n_way > 0)
        return;
    for (size_t i = 0; i + 1 < t->n_hops && p->n_way < PATH_HOPS_MAX; i++) {
        const struct sim_hop *h = &t->hops[i];
        const struct path_hop *e = find(net, p->hops, p->n_hops, h->from, h->to);
        struct path_hop *w = &p->way[p->n_way];

        if (h->is_delivered)
            continue;
        p->n_way++;

        snprintf(w->from, sizeof(w->from), "%.15s", e ? e->from : h->from);
        snprintf(w->to, sizeof(w->to), "%.15s", e ? e->to : h->to);
        w->labels = e ? e->labels : NULL;
    }
}

bool path_is_right(struct network *net, struct path *p, char problem[PROBLEM_BYTES])
{
    size_t n_seen = 0;
    struct sim_trace t;

    if (!is_delivered(net, p, &t, problem))
        return false;
    if (p->is_free) {
        remember_way(net, p, &t);
        return true;
    }
    for (size_t i = 0; i + 1 < t.n_hops; i++) {
        const struct path_hop *e = find(net, p->hops, p->n_hops, t.hops[i].from, t.hops[i].to);

        if (!is_stack_right(net, e, &t.hops[i], problem))
            return false;
        n_seen += e != NULL;
    }
    if (n_seen != p->n_hops) {
        snprintf(problem, PROBLEM_BYTES, "%s -> %s: %zu of %zu places with a stack were passed", p->from, p->to, n_seen,
                 p->n_hops);
        return false;
    }
    remember_way(net, p, &t);
    return true;
}

/* The label that all of the way has at the bottom; NULL: there is no such one. */
static const json_t *bottom_of(const struct path *p)
{
    const json_t *bottom = NULL;

    for (size_t i = 0; i < p->n_hops; i++) {
        const json_t *last =
            p->hops[i].labels ? json_array_get(p->hops[i].labels, json_array_size(p->hops[i].labels) - 1) : NULL;

        if (!last)
            continue;
        if (bottom && !json_equal(bottom, last))
            return NULL;
        bottom = last;
    }
    return bottom;
}

bool path_is_open(struct network *net, struct path *p, char problem[PROBLEM_BYTES])
{
    struct sim_trace t;

    if (!is_delivered(net, p, &t, problem))
        return false;
    for (size_t i = 0; !p->is_free && i + 1 < t.n_hops; i++) {
        const struct sim_hop *h = &t.hops[i];
        struct sim_packet packet = {.n_labels = h->n_labels};
        const char *fault;

        memcpy(packet.labels, h->labels, sizeof(packet.labels));
        fault = path_fault(net, p, h->from, h->to, &packet);
        if (!fault)
            continue;
        snprintf(problem, PROBLEM_BYTES, "%s -> %s: %s", h->from, h->to, fault);
        return false;
    }
    return true;
}

/* --- packets while something is broken --- */

/* In the middle of the labelled part of the way a packet without label is somebody else's. */
static bool is_inside(const struct path *p, const char *node)
{
    bool has_in = false, has_out = false;

    for (size_t i = 0; i < p->n_way; i++) {
        has_in = has_in || (p->way[i].labels && strcmp(p->way[i].to, node) == 0);
        has_out = has_out || (p->way[i].labels && strcmp(p->way[i].from, node) == 0);
    }
    return has_in && has_out;
}

/* Is it a label for nothing that any top label of the path is for? */
static bool is_foreign(struct network *net, const struct path *p, const char *to, uint32_t label)
{
    if (!label_is_installed(net, to, label))
        return false;
    for (size_t i = 0; i < p->n_hops; i++) {
        const json_t *top = json_array_get(p->hops[i].labels, 0);

        if (json_is_string(top) && label_is(net, label, top, to))
            return false;
    }
    return true;
}

/* What is not in a VPN may go without label where it has one for its own network's sake only. */
static bool is_plain_ip(const struct path *p, const struct path_hop *e)
{
    const char *last = json_string_value(json_array_get(e->labels, json_array_size(e->labels) - 1));
    char words[4][64];

    return !bottom_of(p) && last && sscanf(last, "%63s %63s %63s %63s", words[0], words[1], words[2], words[3]) == 3;
}

static const char *detour_fault(struct network *net, const struct path *p, const char *from, const char *to,
                                const struct sim_packet *packet)
{
    const json_t *bottom = bottom_of(p);

    if (packet->n_labels == 0)
        return is_inside(p, from) || is_inside(p, to) ? "without label where the path has some" : NULL;
    if (bottom && label_is_wrong(net, packet->labels[packet->n_labels - 1].label, bottom, NULL))
        return "the last label means something else to whoever gave it out";
    if (net->is_redundant || !network_router(net, to))
        return NULL;
    return is_foreign(net, p, to, packet->labels[0].label) ? "the top label leads elsewhere" : NULL;
}

const char *path_fault(struct network *net, const struct path *p, const char *from, const char *to,
                       const struct sim_packet *packet)
{
    const struct path_hop *e = find(net, p->way, p->n_way, from, to);
    const json_t *top = e ? json_array_get(e->labels, 0) : NULL;

    if (scenario_node_is(&net->scenario, to, "host") && strcmp(to, p->to) != 0)
        return "a stranger got it";
    if (!e || net->is_redundant)
        return p->n_way ? detour_fault(net, p, from, to, packet) : NULL;
    if (packet->n_labels == 0 && is_plain_ip(p, e))
        return NULL;
    if (packet->n_labels != json_array_size(e->labels))
        return "another number of labels than the path has there";
    if (top && label_is_wrong(net, packet->labels[0].label, top, stand_in(net, top, to)))
        return "the top label means something else to its receiver";
    return NULL;
}
