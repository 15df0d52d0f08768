/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds nodes, cables and hosts from the resolved scenario. A router of another make (BIRD) is Strata here.
 */
#include "tests/sim/network.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "strata/mem.h"
#include "tests/sim/path.h"

enum { JITTER_US = 50, WORD_MAX = 64 };

static bool is_router(const json_t *node)
{
    const char *program = scenario_text(node, "program");

    return strcmp(program, "strata") == 0 || strcmp(program, "bird") == 0;
}

static void add_node(struct network *net, const char *name, const json_t *value)
{
    struct sim_node *node = sim_node_create(net->sim, name);
    const char *program = scenario_text(value, "program"), *config = scenario_text_or(value, "config", NULL);
    struct router *r;

    if (strcmp(program, "switch") == 0) {
        sim_node_make_switch(node);
    } else if (is_router(value)) {
        if (!config || net->n_routers == ROUTERS_MAX)
            scenario_wrong(config ? "too many routers" : "no Strata configuration of", name);
        r = &net->routers[net->n_routers++];
        *r = (struct router){.net = net, .node = node, .config = config};
        if (strcmp(program, "strata") == 0)
            other_read(net, r, value);
    } else if (strcmp(program, "host") != 0) {
        scenario_wrong("cannot simulate this program", program);
    }
}

static void add_link(struct network *net, const json_t *link)
{
    const json_t *ends = json_object_get(link, "ends"), *interfaces = json_object_get(link, "interfaces");
    struct sim_cable_spec spec = {.mtu = (uint32_t)scenario_number_or(link, "mtu", 0), .jitter_us = JITTER_US};
    struct sim_node *nodes[2];
    const char *names[2];

    for (size_t i = 0; i < 2; i++) {
        const char *end = json_string_value(json_array_get(ends, i));

        names[i] = json_string_value(json_array_get(interfaces, i));
        nodes[i] = end ? sim_node_find(net->sim, end) : NULL;
        if (!names[i] || !nodes[i])
            scenario_wrong("link of an unknown node", end ? end : "");
    }
    if (net->n_cables == CABLES_MAX)
        scenario_wrong("too many cables", names[0]);
    net->cables[net->n_cables++] = sim_cable_create(nodes[0], names[0], nodes[1], names[1], &spec);
}

static void set_up_host(struct network *net, const char *name, const json_t *value)
{
    struct sim_node *node = sim_node_find(net->sim, name);
    char prefix[WORD_MAX], gateway[WORD_MAX];
    json_t *list, *item;
    const char *interface;
    size_t i;

    json_object_foreach (json_object_get(value, "addresses"), interface, list)
        json_array_foreach (list, i, item)
            if (sim_host_address(node, interface, json_string_value(item)) < 0)
                scenario_wrong("address", json_string_value(item));
    json_array_foreach (json_object_get(value, "routes"), i, item) {
        const char *text = json_string_value(item);

        if (!text || sscanf(text, "%63s via %63s", prefix, gateway) != 2 ||
            sim_host_route(node, strcmp(prefix, "default") == 0 ? "0.0.0.0/0" : prefix, gateway) < 0)
            scenario_wrong("route", text ? text : name);
    }
}

struct network *network_create(uint64_t seed, const char *where)
{
    const char *yang[] = {STRATA_SOURCE_DIR "/lib/yang", NULL};
    struct network *net = MEM_NEW(NULL, struct network);
    char error[512];
    const char *name;
    json_t *value;
    size_t i;

    net->scenario = scenario_load(where);
    if (yang_context_create(yang, &net->yang, error, sizeof(error)))
        scenario_wrong("schema", error);
    net->sim = sim_create(seed);
    json_object_foreach (json_object_get(net->scenario.root, "nodes"), name, value)
        add_node(net, name, value);
    json_array_foreach (json_object_get(net->scenario.root, "links"), i, value)
        add_link(net, value);
    json_object_foreach (json_object_get(net->scenario.root, "nodes"), name, value)
        if (scenario_node_is(&net->scenario, name, "host"))
            set_up_host(net, name, value);
    paths_create(net);
    return net;
}

void network_destroy(struct network *net)
{
    other_stop(net);
    sim_destroy(net->sim);
    paths_destroy(net);
    ly_ctx_destroy(net->yang);
    scenario_free(&net->scenario);
    mem_free(NULL, net);
}

struct router *network_router(struct network *net, const char *name)
{
    for (size_t i = 0; i < net->n_routers; i++)
        if (strcmp(sim_node_name(net->routers[i].node), name) == 0)
            return &net->routers[i];
    return NULL;
}
