/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/system/restart/churn.h"

#include <string.h>

#include "strata/mem.h"

enum { TICK_MS = 20, ROUTES_A_TICK = 200, LABELS_A_TICK = 40, DISTANCE = 20 };
enum { FAR = 0x0a090002, HOST = 0xc0000202, FIRST_ROUTE = 0x14000000, FIRST_FEC = 0x1e000000 };

uint64_t churn_random(struct churn *c)
{
    uint64_t z = c->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct prefix churn_prefix(uint32_t route)
{
    return prefix_v4(FIRST_ROUTE + (route << 8), 24);
}

uint32_t churn_route_mark(const struct churn *c, uint32_t route)
{
    uint32_t set = c->route_set[route];

    if (set == 0)
        return 0;
    return c->has_mpls ? CHURN_LABEL_FIRST + set - 1 : 2 + set - 1;
}

/* --- what is told --- */

static uint32_t get_set(struct churn *c, uint32_t ifindex, uint32_t gateway, struct out_label label)
{
    struct rib_nexthop nh = {.ifindex = ifindex, .gateway = ip_addr_v4(gateway), .label = label};

    return rib_client_nhset_get(c->client, &nh, 1);
}

static void set_route(struct churn *c, struct prefix p, uint32_t nhset)
{
    struct rib_route r = {.prefix = p, .source = RIB_SOURCE_BGP, .distance = DISTANCE, .nhset = nhset};

    rib_client_route_set(c->client, &r);
}

static void tell_route(struct churn *c, uint32_t route)
{
    struct prefix p = churn_prefix(route);

    if (c->route_set[route])
        set_route(c, p, c->sets[c->route_set[route] - 1]);
    else
        rib_client_route_del(c->client, RIB_VRF_PUBLIC, &p, RIB_SOURCE_BGP);
}

/* False: there is no label yet. */
static bool tell_label(struct churn *c, struct churn_label *l, struct prefix fec, uint32_t nhset, uint32_t scope)
{
    struct rib_label_entry e = {.op = RIB_LABEL_SWAP, .nhset = nhset, .scope = scope};
    uint32_t label;

    e.fec = (struct rib_fec){.purpose = RIB_LABEL_BGP_LABELED, .prefix = fec};
    if (rib_client_label_alloc(c->client, &e.fec, &label) < 0)
        return false;
    if (l->label && l->label != label)
        c->n_relabelled++;
    l->label = e.in_label = label;
    l->is_installed = false;
    e.label = l->out ? out_label_from_wire(l->out) : out_label_implicit_null();
    rib_client_label_set(c->client, &e);
    return true;
}

static bool tell_labels(struct churn *c)
{
    if (!c->has_mpls)
        return true;
    if (!tell_label(c, &c->kept, prefix_v4(HOST, 32), c->host_set, c->scope) ||
        !tell_label(c, &c->forbidden, prefix_v4(HOST + 1, 32), c->host_set, 0))
        return false;
    for (uint32_t i = 0; i < c->n_labels; i++)
        if (!tell_label(c, &c->labels[i], prefix_v4(FIRST_FEC + i, 32), c->far_set, c->scope))
            return false;
    return true;
}

static void replay(struct churn *c)
{
    if (c->is_replayed || !tell_labels(c))
        return; /* labels_available will come */
    set_route(c, prefix_v4(0xc6336401, 32), c->kept_set);
    for (uint32_t i = 0; i < c->n_routes; i++)
        if (c->route_set[i])
            tell_route(c, i);
    rib_client_end_of_replay(c->client);
    c->is_replayed = true;
    timer_arm_ms(&c->tick, TICK_MS);
}

/* --- events --- */

static void on_up(void *arg)
{
    struct churn *c = arg;
    const struct rib_interface *out = rib_client_interface_named(c->client, "rf");
    const struct rib_interface *in = rib_client_interface_named(c->client, "rh");
    struct rib_scope_member member = {.neighbor = ip_addr_v4(FAR)};

    c->n_sessions++;
    if (!out || !in)
        return; /* ribd has just begun; it tells the rest as it comes, and the next session has them */
    c->kept_set = get_set(c, out->ifindex, FAR, c->has_mpls ? out_label_from_wire(200) : out_label_none());
    c->far_set = get_set(c, out->ifindex, FAR, out_label_none());
    c->host_set = get_set(c, in->ifindex, HOST, out_label_none());
    for (uint32_t i = 0; i < CHURN_SETS; i++)
        c->sets[i] = get_set(c, out->ifindex, c->has_mpls ? FAR : FAR + i,
                             c->has_mpls ? out_label_from_wire(CHURN_LABEL_FIRST + i) : out_label_none());
    c->scope = rib_client_scope_get(c->client, &member, 1);
    replay(c);
}

static void on_down(void *arg)
{
    struct churn *c = arg;

    c->is_replayed = false;
    timer_cancel(&c->tick);
}

static void on_labels(void *arg)
{
    replay(arg);
}

static struct churn_label *find_label(struct churn *c, uint32_t label)
{
    if (label == c->kept.label)
        return &c->kept;
    if (label == c->forbidden.label)
        return &c->forbidden;
    for (uint32_t i = 0; i < c->n_labels; i++)
        if (c->labels[i].label == label)
            return &c->labels[i];
    return NULL;
}

static void on_label_result(void *arg, const struct rib_label_result *result)
{
    struct churn_label *l = find_label(arg, result->in_label);

    if (l)
        l->is_installed = result->status == RIB_LABEL_INSTALLED;
}

static void on_tick(void *arg)
{
    struct churn *c = arg;

    timer_arm_ms(&c->tick, TICK_MS);
    if (!c->is_running)
        return;
    for (int i = 0; i < ROUTES_A_TICK; i++) {
        uint32_t route = (uint32_t)(churn_random(c) % c->n_routes);

        c->route_set[route] = (uint8_t)(churn_random(c) % (CHURN_SETS + 1));
        tell_route(c, route);
    }
    for (int i = 0; i < LABELS_A_TICK && c->has_mpls; i++) {
        uint32_t which = (uint32_t)(churn_random(c) % c->n_labels);

        c->labels[which].out = CHURN_LABEL_FIRST + (uint32_t)(churn_random(c) % CHURN_SETS);
        tell_label(c, &c->labels[which], prefix_v4(FIRST_FEC + which, 32), c->far_set, c->scope);
    }
    c->n_changes += (uint64_t)ROUTES_A_TICK + (c->has_mpls ? LABELS_A_TICK : 0u);
}

/* --- life --- */

void churn_start(struct churn *c, const struct env *env, uint64_t seed, uint32_t n_routes, uint32_t n_labels)
{
    static const struct rib_client_events events = {
        .session_up = on_up, .session_down = on_down, .labels_available = on_labels, .label_result = on_label_result};

    c->env = env;
    c->random = seed;
    c->n_routes = n_routes;
    c->n_labels = n_labels;
    c->route_set = mem_alloc(NULL, n_routes);
    c->labels = mem_alloc(NULL, n_labels * sizeof(*c->labels));
    memset(c->labels, 0, n_labels * sizeof(*c->labels));
    for (uint32_t i = 0; i < n_routes; i++)
        c->route_set[i] = (uint8_t)(churn_random(c) % (CHURN_SETS + 1));
    for (uint32_t i = 0; i < n_labels; i++)
        c->labels[i].out = CHURN_LABEL_FIRST + (uint32_t)(churn_random(c) % CHURN_SETS);
    timer_init(&c->tick, env->loop, on_tick, c);
    c->client = rib_client_create(env, RIB_CLIENT_BGPD, &events, c);
}

void churn_end(struct churn *c)
{
    timer_cancel(&c->tick);
    rib_client_destroy(c->client);
    mem_free(NULL, c->route_set);
    mem_free(NULL, c->labels);
}

bool churn_is_settled(const struct churn *c)
{
    if (!c->is_replayed || rib_client_pending(c->client))
        return false;
    if (!c->has_mpls)
        return true;
    if (!c->kept.is_installed || !c->forbidden.is_installed)
        return false;
    for (uint32_t i = 0; i < c->n_labels; i++)
        if (!c->labels[i].is_installed)
            return false;
    return true;
}
