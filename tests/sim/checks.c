/* SPDX-License-Identifier: Apache-2.0
 *
 * The scenario's own checks, as the lab understands them: pings, routes, forged labels, audit.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "src/ribd/rib/view.h"
#include "tests/sim/harness.h"

enum { NAME_BYTES = 200, LABELS_MAX = 500, TABLE_MAIN = 0, TABLE_LOCAL = 255 };

static const char *name_of(const json_t *check, const char *kind, size_t number, char buf[NAME_BYTES])
{
    const char *name = scenario_text_or(check, "name", NULL);

    if (name)
        snprintf(buf, NAME_BYTES, "%s: %s", kind, name);
    else
        snprintf(buf, NAME_BYTES, "%s-%zu", kind, number + 1);
    return buf;
}

static void check_each(struct test *t, const char *kind, bool (*holds)(struct test *t, const json_t *check))
{
    char name[NAME_BYTES];
    const json_t *check;
    size_t i;

    json_array_foreach (scenario_checks(&t->net->scenario, kind), i, check)
        if (is_wanted(t, name_of(check, kind, i, name)))
            outcome(t, name, holds(t, check), "");
}

static bool ping_holds(struct test *t, const json_t *check)
{
    return ping_is_right(t->net, check, t->problem);
}

/* --- routes --- */

struct table {
    struct test *t;
    const char *node, *kind;
    const json_t *present, *absent;
    bool is_any, is_public;
    uint32_t table; /* of the kernel, or the RIB's number of the instance */
    bool has[64];   /* of `present` */
};

static void look_at_prefix(struct table *w, const struct prefix *p)
{
    char text[PREFIX_TEXT_MAX];
    struct prefix wanted;
    const json_t *item;
    size_t i;

    json_array_foreach (w->present, i, item)
        if (i < sizeof(w->has) && prefix_parse(json_string_value(item), &wanted) == 0 && prefix_equal(&wanted, p))
            w->has[i] = true;
    json_array_foreach (w->absent, i, item)
        if (prefix_parse(json_string_value(item), &wanted) == 0 && prefix_contains(&wanted, p))
            fails(w->t, "%s: %s has %s", w->node, w->kind, prefix_text(p, text, sizeof(text)));
}

static void look_in_kernel(void *arg, uint32_t table, const struct prefix *p)
{
    struct table *w = arg;

    if (w->is_any || (w->is_public ? table == TABLE_MAIN || table == TABLE_LOCAL : table == w->table))
        look_at_prefix(w, p);
}

static void look_in_rib(void *arg, const struct rib_route_view *v)
{
    struct table *w = arg;

    if (w->is_any || (w->is_public ? v->vrf == RIB_VRF_PUBLIC : v->vrf == w->table))
        look_at_prefix(w, &v->prefix);
}

static void judge(struct table *w)
{
    size_t n = json_array_size(w->present);

    for (size_t i = 0; i < n && i < sizeof(w->has); i++)
        if (!w->has[i])
            fails(w->t, "%s: %s has no %s", w->node, w->kind, json_string_value(json_array_get(w->present, i)));
}

static void look_at_node(struct test *t, const json_t *check, const char *node, bool is_only_absent)
{
    const char *where = scenario_text_or(check, "where", "anywhere");
    struct table kernel = {.t = t, .node = node, .kind = "kernel"}, rib;
    struct sim_node *n = sim_node_find(t->net->sim, node);
    struct router *r = network_router(t->net, node);
    struct ribd *d = r ? router_ribd(r) : NULL;
    struct rib_instance instance = {0};

    kernel.present = is_only_absent ? NULL : json_object_get(check, "present");
    kernel.absent = json_object_get(check, "absent");
    kernel.is_any = strcmp(where, "anywhere") == 0;
    kernel.is_public = strcmp(where, "public") == 0;
    rib = kernel;
    rib.kind = "ribd";
    if (!kernel.is_any && !kernel.is_public) {
        kernel.table = n ? sim_vrf_table(n, where) : 0;
        if (is_only_absent && !kernel.table)
            return;
        if (!kernel.table || !d || !ribd_instances_find(d->instances, where, &instance)) {
            fails(t, "%s has no VPN instance %s", node, where);
            return;
        }
        rib.table = instance.vrf;
    }
    if (!n)
        scenario_wrong("route check of", node);
    sim_routes_each(n, look_in_kernel, &kernel);
    judge(&kernel);
    if (!d)
        return;
    ribd_rib_view_routes(d->rib, 0, look_in_rib, &rib);
    judge(&rib);
}

static void check_route(struct test *t, const json_t *check, bool is_only_absent)
{
    const json_t *nodes = json_object_get(check, "node"), *item;
    const char *all = json_string_value(nodes);
    size_t i;

    if (all && strcmp(all, "strata") != 0)
        look_at_node(t, check, all, is_only_absent);
    for (i = 0; all && strcmp(all, "strata") == 0 && i < t->net->n_routers; i++)
        look_at_node(t, check, sim_node_name(t->net->routers[i].node), is_only_absent);
    json_array_foreach (nodes, i, item)
        look_at_node(t, check, json_string_value(item), is_only_absent);
}

static bool route_holds(struct test *t, const json_t *check)
{
    check_route(t, check, false);
    return !t->problem[0];
}

/* Nobody knows what he must not know. */
static bool is_isolated(struct test *t)
{
    const json_t *check;
    size_t i;

    json_array_foreach (scenario_checks(&t->net->scenario, "route"), i, check)
        check_route(t, check, true);
    return !t->problem[0];
}

bool is_sound(struct test *t)
{
    char problem[PROBLEM_BYTES];

    if (network_audit(t->net, problem) != 0)
        return fails(t, "%s", problem);
    return is_isolated(t);
}

bool all_is_well(struct test *t)
{
    char problem[PROBLEM_BYTES];

    if (!network_is_whole(t->net, problem))
        return fails(t, "%s", problem);
    return is_isolated(t);
}

/* --- forged labels --- */

static const char *first_interface(const struct network *net, const char *node)
{
    const json_t *link;
    size_t i;

    json_array_foreach (json_object_get(net->scenario.root, "links"), i, link)
        for (size_t side = 0; side < 2; side++)
            if (strcmp(json_string_value(json_array_get(json_object_get(link, "ends"), side)), node) == 0)
                return json_string_value(json_array_get(json_object_get(link, "interfaces"), side));
    scenario_wrong("no cable at", node);
}

/* `source` NULL: the host's own. */
static void inject(struct test *t, const char *from, const char *interface, const char *source, const uint32_t *labels,
                   size_t n, const char *to, struct sim_trace *trace)
{
    struct sim_packet p = {.kind = SIM_PACKET_DATA, .source = ip_addr_v4(0x0a000001)};
    struct network *net = t->net;
    char address[32];

    if (!scenario_address(&net->scenario, to, address))
        scenario_wrong("no address of", to);
    ip_addr_parse(address, &p.destination);
    if (source || scenario_address(&net->scenario, from, address))
        ip_addr_parse(source ? source : address, &p.source);
    for (size_t i = 0; i < n; i++)
        p.labels[p.n_labels++] = (struct sim_label){labels[i], 64};
    network_follow(net, from, interface, &p, trace);
}

int forge(struct test *t, const char *from, const char *interface, const char *source, const json_t *labels,
          const char *to)
{
    uint32_t stack[SIM_LABELS_MAX];
    struct sim_trace trace;
    const json_t *item;
    size_t i;

    json_array_foreach (labels, i, item)
        if (i == SIM_LABELS_MAX || !label_resolve(t->net, item, &stack[i]))
            return -1;
    inject(t, from, interface ? interface : first_interface(t->net, from), source, stack, json_array_size(labels), to,
           &trace);
    if (t->is_verbose)
        trace_print(&trace);
    return trace_visits(&trace, to);
}

static bool forge_is(struct test *t, const json_t *check, bool is_wanted_there, const char *when)
{
    int came =
        forge(t, scenario_text(check, "from"), scenario_text_or(check, "interface", NULL),
              scenario_text_or(check, "source", NULL), json_object_get(check, "labels"), scenario_text(check, "to"));

    if (came < 0)
        return fails(t, "%s: no such label", when);
    return came == is_wanted_there || fails(t, "%s: it was %s", when, came ? "delivered" : "not delivered");
}

static void on_switched(void *arg, int error, const char *reply)
{
    (void)reply;
    *(int *)arg = error;
}

static bool switch_guard(struct test *t, struct router *r, bool is_enabled)
{
    int error = -EINPROGRESS;

    ribd_guard_enable(router_ribd(r), is_enabled, on_switched, &error);
    for (int i = 0; i < 1000 && error == -EINPROGRESS; i++)
        sim_run_ms(t->net->sim, 1);
    return error == 0 || fails(t, "the guard cannot be switched %s: %d", is_enabled ? "on" : "off", error);
}

static bool forgery_holds(struct test *t, const json_t *check)
{
    const json_t *guard =
        json_object_get(json_object_get(json_object_get(t->net->scenario.root, "checks"), "settings"), "guard");
    bool is_open = strcmp(scenario_text_or(check, "expect", "died"), "delivered") == 0, is_ok = true;
    struct router *r;

    if (scenario_flag(check, "twin")) {
        r = network_router(t->net, scenario_text(guard, "node"));
        if (!r || !router_ribd(r))
            scenario_wrong("no router with the guard", scenario_text(guard, "node"));
        is_ok = switch_guard(t, r, false) && forge_is(t, check, true, "guard off");
        is_ok &= switch_guard(t, r, true);
    }
    return forge_is(t, check, is_open, "guard on") && is_ok;
}

static void check_audit(struct test *t)
{
    if (is_wanted(t, "audit"))
        outcome(t, "audit", network_audit(t->net, t->problem) == 0, "");
}

/* --- every label, from everybody who was given none --- */

/* What a host sends under the label, alone and over the next one, must die in the router. */
static bool is_deaf(struct test *t, const char *host, const char *interface, const char *router, uint32_t label,
                    uint32_t next)
{
    uint32_t stack[2] = {label, next};
    struct sim_trace trace;
    char known[128];

    for (size_t n = 1; n <= 2; n++) {
        inject(t, host, interface, NULL, stack, n, host, &trace);
        for (size_t i = 0; i < trace.n_hops; i++)
            if (strcmp(trace.hops[i].from, host) != 0 && !trace.hops[i].dropped)
                return fails(t, "%s took label %u (%s; depth %zu) of %s", router, label,
                             label_text(t->net, router, label, known), n, host);
    }
    return true;
}

static void check_host(struct test *t, const json_t *link, size_t side)
{
    const json_t *ends = json_object_get(link, "ends"), *interfaces = json_object_get(link, "interfaces");
    const char *host = json_string_value(json_array_get(ends, side)),
               *router = json_string_value(json_array_get(ends, 1 - side)),
               *interface = json_string_value(json_array_get(interfaces, side));
    uint32_t labels[LABELS_MAX];
    char name[NAME_BYTES];
    size_t n;
    bool is_ok = true;

    snprintf(name, sizeof(name), "labels-of-%s", interface);
    if (!scenario_node_is(&t->net->scenario, host, "host") || !network_router(t->net, router) || !is_wanted(t, name))
        return;
    for (n = 0; n < LABEL_FIRST_UNRESERVED; n++)
        labels[n] = (uint32_t)n;
    n += labels_of(t->net, router, labels + n, LABELS_MAX - n);
    for (size_t i = 0; i < n && is_ok; i++)
        is_ok = is_deaf(t, host, interface, router, labels[i], labels[(i + 1) % n]);
    outcome(t, name, is_ok, "");
}

static void check_hosts(struct test *t)
{
    const json_t *link;
    size_t i;

    json_array_foreach (json_object_get(t->net->scenario.root, "links"), i, link) {
        check_host(t, link, 0);
        check_host(t, link, 1);
    }
}

void check_all(struct test *t)
{
    check_each(t, "ping", ping_holds);
    check_each(t, "route", route_holds);
    check_each(t, "forge", forgery_holds);
    check_hosts(t);
    check_audit(t);
}
