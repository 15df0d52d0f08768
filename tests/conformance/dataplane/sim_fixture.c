/* SPDX-License-Identifier: Apache-2.0
 *
 * The conformance suite's bench on the simulated kernel: a router and a host at each port, under virtual time.
 */
#include <stdio.h>

#include "strata/mem.h"
#include "strata/sim_packet.h"
#include "tests/conformance/dataplane/suite.h"

enum { QUEUE_MAX = 1024 };

struct port {
    struct sim_node *host;
    struct sim_cable *cable;
    char name[16];
    struct fx_packet queue[QUEUE_MAX];
    size_t head, tail;
};

struct fx {
    struct sim *sim;
    struct sim_node *router;
    struct sim_process *ribd;
    struct port ports[FX_PORTS];
};

static void on_packet(void *arg, const struct sim_packet *p)
{
    struct port *port = arg;
    struct fx_packet *out = &port->queue[port->tail++ % QUEUE_MAX];

    *out = (struct fx_packet){.n_labels = p->n_labels,
                              .ttl = p->n_labels ? p->labels[0].ttl : p->ttl,
                              .ip_ttl = p->ttl,
                              .source = p->source,
                              .destination = p->destination,
                              .id = (uint16_t)p->id};
    for (uint8_t i = 0; i < p->n_labels && i < FX_LABELS_MAX; i++)
        out->labels[i] = p->labels[i].label;
    out->kind = p->kind == SIM_PACKET_PING          ? FX_PING
                : p->kind == SIM_PACKET_PONG        ? FX_PONG
                : p->kind == SIM_PACKET_UNREACHABLE ? FX_UNREACHABLE
                : p->kind == SIM_PACKET_TOO_BIG     ? FX_UNREACHABLE
                                                    : FX_DATA;
}

static struct fx *fx_create(void)
{
    struct fx *fx = MEM_NEW(NULL, struct fx);

    fx->sim = sim_create(1);
    fx->router = sim_node_create(fx->sim, "router");
    sim_host_address(fx->router, "lo", "10.1.0.4/32");
    for (unsigned i = 0; i < FX_PORTS; i++) {
        struct port *port = &fx->ports[i];
        char text[32];

        snprintf(port->name, sizeof(port->name), "p%u", i);
        port->host = sim_node_create(fx->sim, port->name);
        port->cable = sim_cable_create(fx->router, port->name, port->host, port->name, NULL);
        snprintf(text, sizeof(text), "10.90.%u.1/24", i);
        sim_host_address(fx->router, port->name, text);
        snprintf(text, sizeof(text), "10.90.%u.2/24", i);
        sim_host_address(port->host, port->name, text);
        sim_tap(port->host, port->name, on_packet, port);
    }
    fx->ribd = sim_process_create(fx->router, "ribd", NULL);
    return fx;
}

static void fx_destroy(struct fx *fx)
{
    sim_destroy(fx->sim);
    mem_free(NULL, fx);
}

static struct dataplane *fx_dataplane(struct fx *fx)
{
    return sim_dataplane_create(fx->ribd);
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

static bool fx_run(struct fx *fx, bool (*is_done)(void *arg), void *arg, unsigned ms)
{
    return sim_run_until(fx->sim, is_done ? is_done : never, arg, ms);
}

static uint32_t fx_ifindex(struct fx *fx, const char *name)
{
    return sim_ifindex(fx->router, name);
}

static void fx_carrier(struct fx *fx, unsigned port, bool is_up)
{
    sim_cable_set(fx->ports[port].cable, is_up);
}

static void fx_send(struct fx *fx, unsigned port, const struct fx_packet *p)
{
    struct sim_packet out = {.id = p->id, .source = p->source, .destination = p->destination, .n_labels = p->n_labels};

    for (uint8_t i = 0; i < p->n_labels; i++)
        out.labels[i] = (struct sim_label){p->labels[i], i == 0 && p->ttl ? p->ttl : 64};
    out.ttl = p->n_labels ? p->ip_ttl : p->ttl;
    out.size = p->size;
    out.kind = p->kind == FX_PING ? SIM_PACKET_PING : SIM_PACKET_DATA;
    sim_send_raw(fx->ports[port].host, fx->ports[port].name, &out);
}

static bool has_packet(void *arg)
{
    struct port *port = arg;

    return port->head < port->tail;
}

static bool fx_receive(struct fx *fx, unsigned port, struct fx_packet *out, unsigned ms)
{
    struct port *p = &fx->ports[port];

    if (!sim_run_until(fx->sim, has_packet, p, ms))
        return false;
    *out = p->queue[p->head++ % QUEUE_MAX];
    return true;
}

static bool fx_accepts_labels(struct fx *fx, unsigned port)
{
    return sim_accepts_labels(fx->router, fx->ports[port].name);
}

static void fx_break_seal(struct fx *fx, struct dataplane *dp, unsigned port)
{
    (void)dp;
    (void)port;
    sim_break_seal(fx->router);
}

static void fx_flush_ruleset(struct fx *fx)
{
    sim_foreign_flush_ruleset(fx->router);
}

static void fx_delete_route(struct fx *fx, uint32_t table, const struct prefix *p)
{
    sim_foreign_delete_route(fx->router, table, p);
}

static void fx_delete_label(struct fx *fx, uint32_t label)
{
    sim_foreign_delete_label(fx->router, label);
}

static const char *neighbor(unsigned port, char text[32])
{
    snprintf(text, 32, "10.90.%u.2", port);
    return text;
}

static void fx_route_add(struct fx *fx, uint32_t table, const struct prefix *p, unsigned port, uint32_t metric)
{
    char gateway[32];

    sim_foreign_route_add(fx->router, table, p, fx->ports[port].name, neighbor(port, gateway), metric);
}

static void fx_route_del(struct fx *fx, uint32_t table, const struct prefix *p, uint32_t metric)
{
    sim_foreign_route_del(fx->router, table, p, metric);
}

static void fx_replace_label(struct fx *fx, uint32_t label, unsigned port)
{
    char gateway[32];

    sim_foreign_replace_label(fx->router, label, fx->ports[port].name, neighbor(port, gateway));
}

static void fx_replace_nexthops(struct fx *fx, unsigned port)
{
    char gateway[32];

    sim_foreign_replace_nexthops(fx->router, fx->ports[port].name, neighbor(port, gateway));
}

static void fx_delete_nexthops(struct fx *fx)
{
    sim_foreign_delete_nexthops(fx->router);
}

static void fx_flood(struct fx *fx, unsigned ms)
{
    struct prefix p = pfx("20.0.0.0/16");

    for (unsigned i = 0; i < ms; i++) {
        for (unsigned n = 0; n < 10000; n++) { /* a million in a second */
            p.addr.b[1] = (uint8_t)(n % 100);
            if (n / 100 % 2 == 0)
                fx_route_add(fx, 0, &p, 1, 100);
            else
                fx_route_del(fx, 0, &p, 100);
        }
        fx_run(fx, NULL, NULL, 10);
        i += 9;
    }
}

static void fx_overrun(struct fx *fx)
{
    sim_foreign_overrun(fx->router);
}

static const struct env *fx_env(struct fx *fx)
{
    return sim_process_env(fx->ribd);
}

static void fx_admin(struct fx *fx, unsigned port, bool is_up)
{
    sim_foreign_admin(fx->router, fx->ports[port].name, is_up);
}

static void fx_address(struct fx *fx, unsigned port, bool is_present)
{
    char text[32];

    snprintf(text, sizeof(text), "10.90.%u.1/24", port);
    sim_foreign_address(fx->router, fx->ports[port].name, text, is_present);
}

static void fx_delete_link(struct fx *fx, const char *name)
{
    sim_foreign_delete_link(fx->router, name);
}

static void fx_recreate(struct fx *fx, unsigned port)
{
    sim_foreign_recreate(fx->router, fx->ports[port].name);
    fx_address(fx, port, true);
}

static void fx_rename(struct fx *fx, const char *from, const char *to)
{
    sim_foreign_rename(fx->router, from, to);
}

static void fx_input(struct fx *fx, unsigned port, bool is_on)
{
    sim_foreign_input(fx->router, fx->ports[port].name, is_on);
}

static void fx_delete_end(struct fx *fx, uint32_t table)
{
    sim_foreign_delete_end(fx->router, table);
}

const struct fx_backend fx_backend = {
    .name = "simulation",
    .is_time_ours = true,
    .n_seeds = 100,
    .create = fx_create,
    .destroy = fx_destroy,
    .dataplane = fx_dataplane,
    .run = fx_run,
    .ifindex = fx_ifindex,
    .carrier = fx_carrier,
    .send = fx_send,
    .receive = fx_receive,
    .accepts_labels = fx_accepts_labels,
    .foreign_flush_ruleset = fx_flush_ruleset,
    .foreign_delete_route = fx_delete_route,
    .foreign_delete_label = fx_delete_label,
    .env = fx_env,
    .foreign_admin = fx_admin,
    .foreign_address = fx_address,
    .foreign_delete_link = fx_delete_link,
    .foreign_recreate = fx_recreate,
    .foreign_rename = fx_rename,
    .foreign_input = fx_input,
    .break_seal = fx_break_seal,
    .foreign_delete_end = fx_delete_end,
    .foreign_route_add = fx_route_add,
    .foreign_route_del = fx_route_del,
    .foreign_replace_label = fx_replace_label,
    .foreign_replace_nexthops = fx_replace_nexthops,
    .foreign_delete_nexthops = fx_delete_nexthops,
    .foreign_flood = fx_flood,
    .foreign_overrun = fx_overrun,
};

int run_own_cases(void)
{
    return 0;
}
