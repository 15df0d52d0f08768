/* SPDX-License-Identifier: Apache-2.0
 *
 * Another program on Strata's routers, which has routes of its own: `routes` of a scenario's nodes.
 */
#include <stdio.h>
#include <string.h>

#include "strata/env.h"
#include "tests/sim/network.h"

enum { AGAIN_MS = 500, WORDS = 10, WORD_BYTES = 64 };

static bool take_word(struct other_route *o, const char *key, const char *value)
{
    if (strcmp(key, "via") == 0)
        snprintf(o->gateway, sizeof(o->gateway), "%s", value);
    else if (strcmp(key, "dev") == 0)
        snprintf(o->interface, sizeof(o->interface), "%s", value);
    else if (strcmp(key, "vrf") == 0)
        snprintf(o->instance, sizeof(o->instance), "%s", value);
    else if (strcmp(key, "metric") == 0)
        return sscanf(value, "%u", &o->metric) == 1;
    else
        return false;
    return true;
}

/* PREFIX via GATEWAY dev INTERFACE [metric N] [vrf INSTANCE] */
static bool parse(const char *text, struct other_route *o)
{
    char key[WORD_BYTES], value[WORD_BYTES];
    int used = 0, n = 0;

    if (sscanf(text, "%63s%n", key, &used) != 1 || prefix_parse(key, &o->prefix) < 0)
        return false;
    for (text += used; sscanf(text, "%63s %63s%n", key, value, &used) == 2 && n < WORDS; text += used, n++) {
        if (!take_word(o, key, value))
            return false;
    }
    return o->gateway[0] && o->interface[0] && text[strspn(text, " ")] == '\0';
}

void other_read(struct network *net, struct router *r, const json_t *node)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(node, "routes"), i, item) {
        struct other_route *o = &net->others[net->n_others++];
        const char *text = json_string_value(item);

        *o = (struct other_route){.router = r};
        if (net->n_others == OTHERS_MAX || !text || !parse(text, o))
            scenario_wrong("route of another program", text ? text : "");
    }
}

static uint32_t table_of(const struct other_route *o)
{
    return o->instance[0] ? sim_vrf_table(o->router->node, o->instance) : 0;
}

static void add(struct other_route *o)
{
    if (o->instance[0] && !table_of(o))
        return;
    sim_foreign_route_add(o->router->node, table_of(o), &o->prefix, o->interface, o->gateway, o->metric);
}

static void on_again(void *arg)
{
    struct network *net = arg;

    timer_arm_ms(&net->other.again, AGAIN_MS);
    for (size_t i = 0; i < net->n_others; i++) {
        if (!net->others[i].is_away)
            add(&net->others[i]);
    }
}

void other_start(struct network *net)
{
    if (net->n_others == 0)
        return;
    net->other.process = sim_process_create(net->others[0].router->node, "other", NULL);
    timer_init(&net->other.again, sim_process_env(net->other.process)->loop, on_again, net);
    timer_arm_ms(&net->other.again, AGAIN_MS);
}

void other_delete(struct other_route *o)
{
    o->is_away = true;
    sim_foreign_route_del(o->router->node, table_of(o), &o->prefix, o->metric);
}

void other_stop(struct network *net)
{
    timer_cancel(&net->other.again);
}
