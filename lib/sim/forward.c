/* SPDX-License-Identifier: Apache-2.0
 *
 * Moves packets: cables, IP forwarding, label switching, what a node takes for itself. As Linux: labels are looked up
 * without regard to where they came in, TTL is not copied inward on a pop above other labels, what is too big under
 * labels or has spent its label's TTL is dropped in silence.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/sim/kernel.h"
#include "strata/mem.h"

enum { DEFAULT_TTL = 64, DEFAULT_SIZE = 84, LOOP_US = 10, REORDER_PERCENT = 10, LABEL_BYTES = 4, SWITCHES_MAX = 8 };

/* --- packets --- */

struct sim_packet *sim_packet_copy(const struct sim_packet *p)
{
    struct sim_packet *c = mem_dup(NULL, p, sizeof(*p));

    if (p->segment)
        c->segment = mem_dup(NULL, p->segment, sizeof(*p->segment));
    if (p->data)
        c->data = mem_dup(NULL, p->data, p->data_len);
    if (c->ttl == 0)
        c->ttl = DEFAULT_TTL;
    if (c->size == 0)
        c->size = DEFAULT_SIZE;
    return c;
}

void sim_packet_free(struct sim_packet *p)
{
    mem_free(NULL, p->segment);
    mem_free(NULL, p->data);
    mem_free(NULL, p);
}

static uint64_t flow_hash(const struct sim_packet *p)
{
    uint64_t h = (uint64_t)ip_addr_to_v4(&p->source) << 32 | ip_addr_to_v4(&p->destination);

    for (uint8_t i = 0; i < p->n_labels; i++)
        h = h * 31 + p->labels[i].label;
    return sim_mix(&h) >> 8;
}

static uint32_t wire_size(const struct sim_packet *p)
{
    return p->size + LABEL_BYTES * p->n_labels;
}

char *sim_stack_text(const struct sim_label *labels, uint8_t n, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (uint8_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, i == 0 ? "%u(%u)" : " %u", labels[i].label, labels[i].ttl);
    return buf;
}

/* --- traces --- */

void sim_trace_set(struct sim *sim, struct sim_trace *trace, uint64_t packet_id)
{
    sim->trace = trace;
    if (!trace)
        return;
    memset(trace, 0, sizeof(*trace));
    trace->packet_id = packet_id;
}

static struct sim_hop *trace_hop(struct sim_node *node, const struct sim_packet *p)
{
    struct sim_trace *t = node->sim->trace;
    struct sim_hop *h;

    if (!t || p->id != t->packet_id || t->n_hops == SIM_TRACE_MAX || p->kind == SIM_PACKET_UNREACHABLE ||
        p->kind == SIM_PACKET_TOO_BIG)
        return NULL; /* an error has the id of the packet that it is about */
    h = &t->hops[t->n_hops++];
    h->at_us = node->sim->now_us;
    memcpy(h->from, node->name, sizeof(h->from));
    h->n_labels = p->n_labels;
    memcpy(h->labels, p->labels, sizeof(h->labels));
    h->ttl = p->ttl;
    return h;
}

void sim_drop(struct sim_node *node, struct sim_packet *p, const char *why)
{
    struct sim_hop *h = trace_hop(node, p);

    if (h)
        h->dropped = why;
    sim_packet_free(p);
}

/* --- cables --- */

static void on_arrival(void *arg)
{
    struct sim_flight *f = arg;
    struct sim_packet *p = f->packet;
    struct sim_iface *to = f->to;

    LIST_REMOVE(f, link);
    mem_free(NULL, f);
    sim_input(to, p);
}

static void fly(struct sim *sim, struct sim_flights *list, struct sim_iface *to, uint64_t after_us,
                struct sim_packet *p)
{
    struct sim_flight *f = MEM_NEW(NULL, struct sim_flight);

    f->packet = p;
    f->to = to;
    timer_init(&f->arrival, &sim->loop, on_arrival, f);
    timer_arm_us(&f->arrival, after_us);
    LIST_INSERT_HEAD(list, f, link);
}

void sim_flights_drop(struct sim_flights *flights)
{
    struct sim_flight *f;

    while ((f = LIST_FIRST(flights))) {
        LIST_REMOVE(f, link);
        timer_cancel(&f->arrival);
        sim_drop(f->to->node, f->packet, "lost in a cut cable");
        mem_free(NULL, f);
    }
}

/* The end of a cable that has the address, on the other side of `out` or behind switches there; NULL: nobody answers.
 * Linux answers on any port of the same instance. */
static struct sim_iface *find_station(const struct sim_iface *out, const struct ip_addr *a, unsigned n_switches)
{
    struct sim_iface *peer = out->is_running ? sim_iface_peer(out) : NULL, *port, *found = NULL;

    if (!peer || n_switches > SWITCHES_MAX)
        return NULL;
    if (!peer->node->is_switch)
        return sim_owner_of(peer->node->kernel, sim_iface_table(peer), a) ? peer : NULL;
    TAILQ_FOREACH (port, &peer->node->kernel->ifaces, link)
        if (!found && port != peer)
            found = find_station(port, a, n_switches + 1);
    return found;
}

static void put_on_cable(struct sim_iface *out, struct sim_packet *p)
{
    struct sim_cable *c = out->cable;
    struct sim *sim = c->sim;
    struct sim_iface *to = c->ends[1 - out->side];
    uint64_t at = sim->now_us + c->spec.delay_us + sim_between(sim, 0, c->spec.jitter_us);

    if (c->is_blackhole[out->side] ||
        (c->spec.loss_per_million && sim_between(sim, 1, 1000000) <= c->spec.loss_per_million)) {
        sim_drop(to->node, p, "lost on the cable");
        return;
    }
    if (c->spec.is_reordering && sim_between(sim, 1, 100) <= REORDER_PERCENT)
        at += c->spec.delay_us * sim_between(sim, 1, 5);
    else if (!c->spec.is_reordering && at <= c->last_arrival_us[out->side])
        at = c->last_arrival_us[out->side] + 1;
    c->last_arrival_us[out->side] = at;
    fly(sim, &c->flights, to, at - sim->now_us, p);
}

/* Leaves a station. `station`: who will receive it, behind switches too; NULL: all who are there. */
static void leave(struct sim_iface *out, const struct sim_iface *station, struct sim_packet *p)
{
    struct sim_hop *h = trace_hop(out->node, p);
    const char *to = (station ? station : sim_iface_peer(out))->node->name;

    if (h)
        memcpy(h->to, to, sizeof(h->to));
    if (out->node->sim->wire_fn)
        out->node->sim->wire_fn(out->node->sim->wire_arg, out->node->name, to, p);
    put_on_cable(out, p);
}

static void switch_out(struct sim_iface *port, struct sim_packet *p)
{
    if (wire_size(p) > port->mtu)
        sim_drop(port->node, p, "too big for the switch");
    else
        put_on_cable(port, p);
}

/* As if the switch had learned who is where: to the port behind which the neighbour answers, else to all ports. */
static void switch_input(struct sim_iface *in, struct sim_packet *p)
{
    bool is_to_all = !ip_addr_is_set(&p->neighbor);
    struct sim_iface *port;

    TAILQ_FOREACH (port, &in->node->kernel->ifaces, link) {
        if (port == in || !port->cable || !port->is_running)
            continue;
        if (is_to_all) {
            switch_out(port, sim_packet_copy(p));
        } else if (find_station(port, &p->neighbor, 0)) {
            switch_out(port, p);
            return;
        }
    }
    if (is_to_all)
        sim_packet_free(p);
    else
        sim_drop(in->node, p, "nobody has the address any more");
}

void sim_transmit(struct sim_iface *out, const struct ip_addr *gateway, struct sim_packet *p)
{
    const struct ip_addr *next = ip_addr_is_set(gateway) ? gateway : &p->destination;
    bool is_multicast = p->n_labels == 0 && (p->destination.b[0] & 0xf0) == 0xe0;
    const struct sim_iface *station = out->is_running && !is_multicast ? find_station(out, next, 0) : NULL;

    if (!out->is_running)
        sim_drop(out->node, p, "link is down");
    else if (!out->cable)
        sim_drop(out->node, p, "no cable");
    else if (!is_multicast && !station)
        sim_drop(out->node, p, "neighbour does not answer");
    else {
        p->neighbor = is_multicast ? (struct ip_addr){0} : *next;
        leave(out, station, p);
    }
}

/* --- IP --- */

static void send_error(struct sim_iface *in, struct sim_packet *p, enum sim_packet_kind kind, const char *why)
{
    struct sim_kernel *k = in->node->kernel;
    struct sim_packet e = {.id = p->id, .kind = kind, .destination = p->source};
    struct sim_way way = {.iface = in, .gateway = p->source};
    struct sim_segment about = {.about = p->destination};

    if (p->kind != SIM_PACKET_UNREACHABLE && p->kind != SIM_PACKET_TOO_BIG) {
        e.source = sim_source_for(k, sim_iface_table(in), &way);
        e.source_port = p->source_port;
        e.destination_port = p->destination_port;
        e.segment = p->kind == SIM_PACKET_TCP ? &about : NULL;
        sim_originate(in->node, sim_iface_table(in), sim_packet_copy(&e));
    }
    sim_drop(in->node, p, why);
}

/* Labels of the route go on; their TTL is that of the packet, or the route's. False: too big. */
static bool impose(const struct sim_way *way, struct sim_packet *p)
{
    uint8_t n = way->label.state == LABEL_STATE_STACK ? way->label.stack.depth : 0;

    if (p->size + LABEL_BYTES * (uint32_t)n > way->iface->mtu)
        return false;
    for (uint8_t i = 0; i < n; i++)
        p->labels[i] = (struct sim_label){way->label.stack.label[i], way->ttl ? way->ttl : p->ttl};
    p->n_labels = n;
    return true;
}

static void deliver(struct sim_iface *in, struct sim_packet *p)
{
    struct sim_node *node = in->node;
    struct sim_hop *h = trace_hop(node, p);
    struct sim_packet pong = {
        .id = p->id, .kind = SIM_PACKET_PONG, .source = p->destination, .destination = p->source, .size = p->size};

    if (h)
        h->is_delivered = true;
    switch (p->kind) {
    case SIM_PACKET_TCP:
        sim_tcp_input(node, in->ifindex, p);
        break;
    case SIM_PACKET_UDP:
    case SIM_PACKET_RAW:
        sim_dgram_input(node, in->ifindex, p);
        break;
    case SIM_PACKET_UNREACHABLE:
        sim_tcp_unreachable(node, p);
        break;
    case SIM_PACKET_PING:
        sim_originate(node, sim_iface_table(in), sim_packet_copy(&pong));
        break;
    case SIM_PACKET_DATA:
    case SIM_PACKET_PONG:
    case SIM_PACKET_TOO_BIG:
        break;
    }
    if (node->packet_fn && p->kind < SIM_PACKET_UDP)
        node->packet_fn(node->packet_arg, p);
    sim_packet_free(p);
}

static void ip_input(struct sim_iface *in, struct sim_packet *p)
{
    struct sim_kernel *k = in->node->kernel;
    bool is_hop = in->vrf_table == 0; /* a VRF device, behind a pop, sends on without counting */
    struct sim_way way;

    if ((p->destination.b[0] & 0xf0) == 0xe0) {
        if (p->kind == SIM_PACKET_UDP || p->kind == SIM_PACKET_RAW)
            sim_dgram_input(in->node, in->ifindex, p);
        sim_packet_free(p);
        return;
    }
    way = sim_lookup(k, sim_iface_table(in), &p->destination, flow_hash(p));
    if (way.kind == SIM_WAY_LOCAL)
        deliver(in, p);
    else if (!k->is_forwarding)
        sim_drop(in->node, p, "not a router");
    else if (way.kind == SIM_WAY_NONE || way.kind == SIM_WAY_UNREACHABLE)
        send_error(in, p, SIM_PACKET_UNREACHABLE, "no route");
    else if (way.kind == SIM_WAY_BLACKHOLE)
        sim_drop(in->node, p, "blackhole");
    else if (is_hop && p->ttl <= 1)
        sim_drop(in->node, p, "TTL spent");
    else if (p->ttl = (uint8_t)(p->ttl - is_hop), !impose(&way, p))
        send_error(in, p, SIM_PACKET_TOO_BIG, "too big");
    else
        sim_transmit(way.iface, &way.gateway, p);
}

int sim_originate(struct sim_node *node, uint32_t table, struct sim_packet *p)
{
    struct sim_kernel *k = node->kernel;
    struct sim_way way = sim_lookup(k, table, &p->destination, flow_hash(p));

    if (p->id == 0)
        p->id = ++node->sim->last_packet;
    if (way.kind == SIM_WAY_LOCAL || way.kind == SIM_WAY_OUT) {
        if (!ip_addr_is_set(&way.gateway))
            way.gateway = p->destination;
        if (!ip_addr_is_set(&p->source))
            p->source = way.kind == SIM_WAY_LOCAL ? p->destination : sim_source_for(k, table, &way);
    }
    switch (way.kind) {
    case SIM_WAY_LOCAL:
        fly(node->sim, &k->flights, way.iface, LOOP_US, p);
        return 0;
    case SIM_WAY_OUT:
        if (!impose(&way, p)) {
            sim_drop(node, p, "too big");
            return -EMSGSIZE;
        }
        sim_transmit(way.iface, &way.gateway, p);
        return 0;
    case SIM_WAY_NONE:
    case SIM_WAY_UNREACHABLE:
    case SIM_WAY_BLACKHOLE:
        break;
    }
    sim_drop(node, p, "no route");
    return way.kind == SIM_WAY_UNREACHABLE ? -EHOSTUNREACH : way.kind == SIM_WAY_BLACKHOLE ? -EINVAL : -ENETUNREACH;
}

/* --- labels --- */

static void pop(struct sim_packet *p)
{
    memmove(&p->labels[0], &p->labels[1], (--p->n_labels) * sizeof(p->labels[0]));
}

static const struct dp_nexthop *pick(struct sim_kernel *k, const struct dp_label *l, uint64_t hash)
{
    const struct dp_nexthop *alive[RIB_NEXTHOPS_MAX];
    size_t n = 0;

    if (l->n_nexthops == 1)
        return &l->nexthops[0];
    for (uint8_t i = 0; i < l->n_nexthops; i++) {
        const struct sim_iface *out = sim_iface_find(k, l->nexthops[i].ifindex);

        if (out && out->is_running)
            alive[n++] = &l->nexthops[i];
    }
    return n ? alive[hash % n] : NULL;
}

/* After a pop: ip_ttl_propagate, unless the entry keeps the packet's own. Between labels nothing is copied. */
static void bare_ttl(const struct dp_label *l, struct sim_packet *p, uint8_t ttl)
{
    if (p->n_labels == 0)
        p->ttl = !l || !l->keeps_ttl ? ttl : p->ttl ? (uint8_t)(p->ttl - 1) : 0;
}

static void swap(struct sim_iface *in, const struct dp_label *l, struct sim_packet *p, uint8_t ttl)
{
    struct sim_kernel *k = in->node->kernel;
    const struct dp_nexthop *nh = pick(k, l, flow_hash(p));
    struct sim_iface *out = nh ? sim_iface_find(k, nh->ifindex) : NULL;
    uint8_t n = nh && nh->label.state == LABEL_STATE_STACK ? nh->label.stack.depth : 0;

    if (!out) {
        sim_drop(in->node, p, "no living next hop for the label");
        return;
    }
    pop(p);
    if (p->n_labels + n > SIM_LABELS_MAX) {
        sim_drop(in->node, p, "too many labels");
        return;
    }
    memmove(&p->labels[n], &p->labels[0], p->n_labels * sizeof(p->labels[0]));
    for (uint8_t i = 0; i < n; i++)
        p->labels[i] = (struct sim_label){nh->label.stack.label[i], ttl};
    p->n_labels = (uint8_t)(p->n_labels + n);
    bare_ttl(l, p, ttl);
    if (wire_size(p) > out->mtu)
        sim_drop(in->node, p, "too big under labels");
    else
        sim_transmit(out, &nh->gateway, p);
}

static void label_input(struct sim_iface *in, struct sim_packet *p)
{
    struct sim_kernel *k = in->node->kernel;
    uint32_t label = p->labels[0].label;
    uint8_t ttl = p->labels[0].ttl;
    struct sim_iface *inside = NULL;
    struct sim_lfib *l;

    if (!sim_guard_passes(k, in->ifindex, label)) {
        sim_drop(in->node, p, "guard");
        return;
    }
    if (!in->has_mpls_input) {
        sim_drop(in->node, p, "labels are not accepted here");
        return;
    }
    HASH_FIND(hh, k->labels, &label, sizeof(label), l);
    if (label == LABEL_IPV4_EXPLICIT_NULL || label == LABEL_IPV6_EXPLICIT_NULL)
        inside = sim_iface_named(k, "lo"); /* built in */
    else if (l && l->entry.lookup_ifindex)
        inside = sim_iface_find(k, l->entry.lookup_ifindex);
    if (!inside && !l) {
        sim_drop(in->node, p, "unknown label");
        return;
    }
    if (ttl <= 1) {
        sim_drop(in->node, p, "label TTL spent");
        return;
    }
    if (!inside) {
        swap(in, &l->entry, p, (uint8_t)(ttl - 1));
        return;
    }
    pop(p);
    bare_ttl(l ? &l->entry : NULL, p, (uint8_t)(ttl - 1));
    fly(in->node->sim, &k->flights, inside, 1, p); /* comes in again from the device */
}

void sim_input(struct sim_iface *in, struct sim_packet *p)
{
    if (in->tap)
        in->tap(in->tap_arg, p);
    if (!in->is_admin_up)
        sim_drop(in->node, p, "interface is down");
    else if (in->node->is_switch)
        switch_input(in, p);
    else if (p->n_labels > 0)
        label_input(in, p);
    else
        ip_input(in, p);
}

/* --- tests --- */

uint64_t sim_send(struct sim_node *node, const struct sim_packet *packet)
{
    struct sim_packet *p = sim_packet_copy(packet);
    uint64_t id = p->id ? p->id : ++node->sim->last_packet;

    p->id = id;
    return sim_originate(node, SIM_TABLE_MAIN, p) == 0 ? id : 0;
}

uint64_t sim_send_raw(struct sim_node *node, const char *interface, const struct sim_packet *packet)
{
    struct sim_iface *out = sim_iface_named(node->kernel, interface);
    struct sim_packet *p = sim_packet_copy(packet);
    uint64_t id = p->id ? p->id : ++node->sim->last_packet;

    p->id = id;
    if (out && out->cable && out->is_running)
        leave(out, NULL, p);
    else
        sim_drop(node, p, "link is down");
    return id;
}

void sim_node_on_packet(struct sim_node *node, sim_packet_fn *fn, void *arg)
{
    node->packet_fn = fn;
    node->packet_arg = arg;
}

void sim_tap(struct sim_node *node, const char *interface, sim_packet_fn *fn, void *arg)
{
    struct sim_iface *i = sim_iface_named(node->kernel, interface);

    if (!i)
        return;
    i->tap = fn;
    i->tap_arg = arg;
}

void sim_tap_all(struct sim *sim, sim_wire_fn *fn, void *arg)
{
    sim->wire_fn = fn;
    sim->wire_arg = arg;
}
