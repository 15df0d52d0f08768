/* SPDX-License-Identifier: Apache-2.0
 *
 * See world.h.
 */
#include "tests/unit/ospfd/world.h"

#include <errno.h>
#include <stdio.h>

#include "strata/mem.h"

/* --- time --- */

static uint64_t loop_time(const struct loop *loop)
{
    return ((const struct world *)(const void *)loop)->now_us;
}

static uint64_t loop_chance(struct loop *loop)
{
    struct world *w = (struct world *)(void *)loop;
    w->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t z = w->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void loop_wakeup(struct loop *loop, uint64_t at_us)
{
    ((struct world *)(void *)loop)->wakeup_us = at_us;
}

static void loop_end(struct loop *loop)
{
    mem_free(NULL, loop);
}

static const struct loop_ops loop_ops = {
    .now_us = loop_time, .random = loop_chance, .set_wakeup = loop_wakeup, .destroy = loop_end};

struct world *world_create(uint64_t seed)
{
    struct world *w = MEM_NEW(NULL, struct world);
    loop_init(&w->loop, &loop_ops);
    w->now_us = 1000000;
    w->random = seed;
    w->delay_us = 200;
    return w;
}

void world_run_ms(struct world *w, uint64_t ms)
{
    uint64_t until = w->now_us + ms * 1000;
    for (uint64_t at = loop_next_us(&w->loop); at <= until; at = loop_next_us(&w->loop)) {
        if (at > w->now_us)
            w->now_us = at;
        loop_run_due(&w->loop);
    }
    w->now_us = until;
}

/* --- cables --- */

struct socket {
    struct dgram dgram; /* first */
    struct port *port;
    dgram_fn *fn;
    void *arg;
};

struct flight {
    struct timer timer;
    struct port *to;
    struct dgram_info info;
    size_t len;
    uint8_t data[];
};

static void arrive(void *arg)
{
    struct flight *f = arg;
    struct socket *s = (struct socket *)(void *)f->to->socket;
    if (s && f->to->is_up && !f->to->node->world->is_ended)
        s->fn(&s->dgram, &f->info, f->data, f->len, s->arg);
    timer_cancel(&f->timer);
    mem_free(NULL, f);
}

static void launch(struct port *to, uint32_t source, uint32_t destination, const uint8_t *data, size_t len,
                   uint64_t delay_us)
{
    struct flight *f = mem_alloc(NULL, sizeof(*f) + len);
    f->to = to;
    f->info = (struct dgram_info){
        .source = ip_addr_v4(source), .destination = ip_addr_v4(destination), .ifindex = to->rib.ifindex, .ttl = 1};
    f->len = len;
    memcpy(f->data, data, len);
    timer_init(&f->timer, &to->node->world->loop, arrive, f);
    timer_arm_us(&f->timer, delay_us);
}

void port_inject(struct port *p, uint32_t source, uint32_t destination, const uint8_t *data, size_t len)
{
    launch(p, source, destination, data, len, 0);
}

static bool hears(const struct port *p, uint32_t dest)
{
    if (dest == 0xe0000005u)
        return p->hears_all;
    return dest == 0xe0000006u ? p->hears_designated : dest == ip_addr_to_v4(&p->address.addr);
}

static void send_on_lan(struct port *from, const struct ip_addr *source, const struct ip_addr *dest, const void *data,
                        size_t len)
{
    struct world *w = from->node->world;
    struct lan *lan = from->lan;
    int part = 0;
    for (size_t k = 0; k < lan->n_ports; k++)
        if (lan->ports[k] == from)
            part = lan->part[k];
    for (size_t k = 0; k < lan->n_ports && from->is_up; k++) {
        struct port *to = lan->ports[k];
        if (to != from && lan->part[k] == part && hears(to, ip_addr_to_v4(dest)) &&
            loop_chance(&w->loop) % 100 >= w->loss_percent)
            launch(to, ip_addr_to_v4(source), ip_addr_to_v4(dest), data, len, w->delay_us);
    }
}

static int socket_send(struct dgram *d, const struct ip_addr *source, const struct ip_addr *dest, uint16_t dest_port,
                       const void *data, size_t len)
{
    struct socket *s = (struct socket *)(void *)d;
    struct world *w = s->port->node->world;
    (void)dest_port;
    w->n_sent++;
    w->last_destination = *dest;
    if (w->tap && !w->tap(w->tap_arg, s->port->node, s->port->name, data, len))
        return 0;
    if (s->port->lan) {
        send_on_lan(s->port, source, dest, data, len);
        return 0;
    }
    if (!s->port->is_up || !s->port->peer || loop_chance(&w->loop) % 100 < w->loss_percent)
        return 0;
    launch(s->port->peer, ip_addr_to_v4(source), ip_addr_to_v4(dest), data, len, w->delay_us);
    return 0;
}

static int member(struct dgram *d, const struct ip_addr *group, bool is_in)
{
    struct port *p = ((struct socket *)(void *)d)->port;
    bool *flag = ip_addr_to_v4(group) == 0xe0000005u ? &p->hears_all : &p->hears_designated;
    assert_true(*flag != is_in); /* joined once, left once */
    *flag = is_in;
    return 0;
}

static int socket_join(struct dgram *d, const struct ip_addr *group)
{
    return member(d, group, true);
}

static int socket_leave(struct dgram *d, const struct ip_addr *group)
{
    return member(d, group, false);
}

static void socket_close(struct dgram *d)
{
    struct socket *s = (struct socket *)(void *)d;
    s->port->socket = NULL;
    s->port->hears_all = s->port->hears_designated = false;
    mem_free(NULL, s);
}

static const struct dgram_ops socket_ops = {
    .join = socket_join, .leave = socket_leave, .send = socket_send, .close = socket_close};

static int open_socket(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out)
{
    struct node *n = (struct node *)(void *)io;
    assert_int_equal(spec->kind, DGRAM_RAW_IP);
    assert_int_equal(spec->ip_protocol, 89);
    for (size_t k = 0; k < n->n_ports; k++) {
        if (strcmp(n->ports[k].name, spec->device) != 0)
            continue;
        struct socket *s = MEM_NEW(NULL, struct socket);
        s->dgram.ops = &socket_ops;
        s->port = &n->ports[k];
        s->fn = fn;
        s->arg = arg;
        assert_null(n->ports[k].socket);
        n->ports[k].socket = &s->dgram;
        *out = &s->dgram;
        return 0;
    }
    return -ENODEV;
}

static const struct io_ops io_ops = {.dgram_open = open_socket};

/* --- routers --- */

static struct port *add_port(struct node *n, const char *name, struct prefix address)
{
    struct port *p = &n->ports[n->n_ports];
    assert_true(n->n_ports < WORLD_INTERFACES);
    *p = (struct port){.node = n, .address = address, .is_up = true};
    snprintf(p->name, sizeof(p->name), "%s", name);
    p->rib = (struct rib_interface){.ifindex = (uint32_t)n->n_ports + 1, .vrf = n->vrf, .mtu = 1500, .is_up = true};
    p->rib.n_addresses = 1;
    p->rib.addresses = &p->address;
    memcpy(p->rib.name, p->name, sizeof(p->rib.name));
    p->config = (struct cfg_ospf_instance_areas_area_interface){.name = p->name,
                                                                .cost = 10,
                                                                .hello_interval = 1,
                                                                .dead_interval = 4,
                                                                .retransmit_interval = 1,
                                                                .transmit_delay = 1};
    n->n_ports++;
    return p;
}

struct node *world_node(struct world *w, uint32_t router_id)
{
    struct node *n = MEM_NEW(NULL, struct node);
    n->io.ops = &io_ops;
    n->world = w;
    n->env = (struct env){.loop = &w->loop, .io = &n->io};
    n->router_id = router_id;
    n->config =
        (struct cfg_ospf_instance){.has_router_id = true, .router_id = router_id, .distance = 110, .maximum_paths = 64};
    n->config.spf_delay = (struct cfg_ospf_instance_spf_delay){
        .initial_delay = 50, .short_delay = 200, .long_delay = 1000, .hold_down = 5000, .time_to_learn = 1000};
    n->config.lsa_pacing = (struct cfg_ospf_instance_lsa_pacing){.minimum_interval = 1000, .minimum_arrival = 500};
    n->config.areas.n_area = 1;
    n->config.areas.area = n->areas;
    n->areas[0] = &n->area;
    n->area.interface = n->interfaces;
    n->config.redistribute = n->redistributes;
    n->redistributes[0] = &n->redistribute;
    struct ip_addr id = ip_addr_v4(router_id);
    struct port *lo = add_port(n, "lo", prefix_host(&id));
    lo->rib.is_loopback = true;
    lo->config.passive = true;
    w->nodes[w->n_nodes++] = n;
    return n;
}

struct port *world_attach(struct lan *lan, uint8_t number, struct node *n)
{
    char name[RIB_IFNAME_MAX];
    struct prefix address = {.addr = ip_addr_v4(0xc0a80000u | (uint32_t)number << 8 | (n->router_id & 0xff)),
                             .len = 24};
    snprintf(name, sizeof(name), "lan%u", number);
    struct port *p = add_port(n, name, address);
    p->config.network_type = CFG_OSPF_INSTANCE_AREAS_AREA_INTERFACE_NETWORK_TYPE_BROADCAST;
    p->config.priority = 1;
    p->lan = lan;
    assert_true(lan->n_ports < LAN_PORTS);
    lan->ports[lan->n_ports++] = p;
    return p;
}

struct port *world_link(struct world *w, struct node *a, struct node *b, uint16_t cost_a, uint16_t cost_b)
{
    static const uint32_t links_net = 0xac100000; /* 172.16.0.0 */
    uint32_t number = 0;
    for (size_t k = 0; k < w->n_nodes; k++)
        number += (uint32_t)w->nodes[k]->n_ports;
    char name[RIB_IFNAME_MAX];
    struct prefix address = {.addr = ip_addr_v4(links_net + number * 4 + 1), .len = 30};
    snprintf(name, sizeof(name), "e%zu", a->n_ports);
    struct port *pa = add_port(a, name, address);
    address.addr = ip_addr_v4(links_net + number * 4 + 2);
    snprintf(name, sizeof(name), "e%zu", b->n_ports);
    struct port *pb = add_port(b, name, address);
    pa->config.cost = cost_a;
    pb->config.cost = cost_b;
    pa->peer = pb;
    pb->peer = pa;
    return pa;
}

static void on_route(void *arg, struct ospf_instance *i, struct ospf_route *was, struct ospf_route *now)
{
    struct node *n = arg;
    (void)i;
    (void)was;
    (void)now;
    n->n_route_changes++;
}

static void on_progress(void *arg)
{
    (void)arg;
}

static const struct ospf_rib_ops rib_ops = {.route = on_route, .progress = on_progress};

void node_start(struct node *n)
{
    struct ospf_instance_spec spec = {
        .vrf = n->vrf, .name = "", .router_id = n->router_id, .rib = &rib_ops, .rib_arg = n};
    for (size_t k = 0; k < n->n_ports; k++)
        n->interfaces[k] = &n->ports[k].config;
    n->area.n_interface = n->n_ports;
    n->instance = ospf_instance_create(&n->env, &spec, &n->config, NULL);
    for (size_t k = 0; k < n->n_ports; k++)
        ospf_instance_interface(n->instance, &n->ports[k].rib);
    if (n->config.n_redistribute == 0)
        ospf_instance_dump_end(n->instance);
}

void node_crash(struct node *n)
{
    if (n->instance)
        ospf_instance_destroy(n->instance);
    n->instance = NULL;
}

void world_start(struct world *w)
{
    for (size_t k = 0; k < w->n_nodes; k++)
        node_start(w->nodes[k]);
}

void world_destroy(struct world *w)
{
    for (size_t k = 0; k < w->n_nodes; k++)
        node_crash(w->nodes[k]);
    w->is_ended = true;
    world_run_ms(w, 1000); /* packets in the air */
    assert_true(loop_next_us(&w->loop) == UINT64_MAX);
    for (size_t k = 0; k < w->n_nodes; k++) {
        for (size_t p = 0; p < w->nodes[k]->n_ports; p++)
            assert_null(w->nodes[k]->ports[p].socket);
        mem_free(NULL, w->nodes[k]);
    }
    loop_fini(&w->loop);
    loop_end(&w->loop);
}

static void carrier(struct port *p, bool is_up)
{
    p->is_up = p->rib.is_up = is_up;
    if (p->node->instance)
        ospf_instance_interface(p->node->instance, &p->rib);
}

void port_set_up(struct port *p, bool is_up)
{
    carrier(p, is_up);
    if (p->peer)
        carrier(p->peer, is_up);
}

/* --- looking --- */

const struct ospf_route *node_route(const struct node *n, uint32_t address, uint8_t len)
{
    return ospf_table_find(ospf_instance_table(n->instance), address, len);
}

static void count_full(void *arg, const struct ospf_neighbor_view *v)
{
    *(size_t *)arg += strcmp(v->state, "full") == 0;
}

size_t node_full_neighbors(const struct node *n)
{
    size_t count = 0;
    ospf_instance_each_neighbor(n->instance, count_full, &count);
    return count;
}

bool world_is_full(struct world *w)
{
    for (size_t k = 0; k < w->n_nodes; k++)
        if (w->nodes[k]->instance && node_full_neighbors(w->nodes[k]) != w->nodes[k]->n_ports - 1)
            return false;
    return true;
}

struct comparison {
    struct node *other;
    bool is_same;
    size_t n;
};

struct search {
    const struct ospf_lsdb_entry *wanted;
    bool is_found;
};

static void match(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    struct search *s = arg;
    (void)area_id;
    if (memcmp(&e->key, &s->wanted->key, sizeof(e->key)) == 0 && e->lsa->h.seq == s->wanted->lsa->h.seq &&
        e->lsa->h.checksum == s->wanted->lsa->h.checksum)
        s->is_found = true;
}

static void compare(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    struct comparison *c = arg;
    struct search s = {.wanted = e};
    (void)area_id;
    c->n++;
    ospf_instance_each_lsa(c->other->instance, match, &s);
    if (!s.is_found)
        c->is_same = false;
}

static void count_lsa(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    (void)area_id;
    (void)e;
    ++*(size_t *)arg;
}

bool world_is_synchronised(struct world *w)
{
    for (size_t k = 1; k < w->n_nodes; k++) {
        struct comparison c = {.other = w->nodes[k], .is_same = true};
        size_t n = 0;
        ospf_instance_each_lsa(w->nodes[0]->instance, compare, &c);
        ospf_instance_each_lsa(w->nodes[k]->instance, count_lsa, &n);
        if (!c.is_same || c.n != n) {
            print_message("databases of node 0 (%zu) and %zu (%zu) differ\n", c.n, k, n);
            return false;
        }
    }
    return true;
}

uint64_t node_drops(const struct node *n, enum ospf_drop d)
{
    return ospf_instance_counters(n->instance)->drops[d];
}
