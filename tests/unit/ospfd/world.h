/* SPDX-License-Identifier: Apache-2.0
 *
 * A small world for the tests of ospfd/session: virtual time, routers, cables with loss and delay. Only OSPF instances
 * live in it, no ribd and no mgmtd; interfaces and configuration are given as values.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ospfd/session/instance.h"
#include "ospfd_config.h"
#include "strata/env.h"
#include "strata/io_backend.h"
#include "strata/loop_backend.h"

#define WORLD_INTERFACES 16

struct world;
struct node;

/* Sees every packet that is sent; false: it is lost. */
typedef bool world_tap_fn(void *arg, struct node *from, const char *device, const uint8_t *data, size_t len);

struct port {
    struct node *node;
    struct port *peer; /* on a cable */
    struct lan *lan;   /* on a LAN */
    char name[RIB_IFNAME_MAX];
    struct prefix address;
    struct rib_interface rib;
    struct cfg_ospf_instance_areas_area_interface config;
    struct dgram *socket;             /* open one, or NULL */
    bool hears_all, hears_designated; /* groups joined */
    bool is_up;
};

#define LAN_PORTS 8

/* A switch: groups reach all who joined, addresses their owner. Ports may be put into parts that do not hear each
 * other. */
struct lan {
    struct port *ports[LAN_PORTS];
    int part[LAN_PORTS];
    size_t n_ports;
};

struct node {
    struct io io; /* first: the backend's object */
    struct world *world;
    struct env env;
    uint32_t router_id;
    struct ospf_instance *instance;
    struct port ports[WORLD_INTERFACES];
    size_t n_ports;
    struct cfg_ospf_instance config;
    struct cfg_ospf_instance_areas_area area;
    struct cfg_ospf_instance_areas_area *areas[1];
    struct cfg_ospf_instance_areas_area_interface *interfaces[WORLD_INTERFACES];
    struct cfg_ospf_instance_redistribute redistribute;
    struct cfg_ospf_instance_redistribute *redistributes[1];
    uint32_t vrf;
    size_t n_route_changes;
};

struct world {
    struct loop loop; /* first */
    uint64_t now_us, wakeup_us, random;
    unsigned loss_percent;
    uint64_t delay_us;
    world_tap_fn *tap;
    void *tap_arg;
    struct node *nodes[64];
    size_t n_nodes;
    size_t n_sent;
    struct ip_addr last_destination; /* for the tap */
    bool is_ended;
};

struct world *world_create(uint64_t seed);
void world_destroy(struct world *w); /* fails the test if anything of the instances is left */
void world_run_ms(struct world *w, uint64_t ms);
/* A router with a loopback address of its router id. */
struct node *world_node(struct world *w, uint32_t router_id);
/* A cable with a /30 of its own; interface names "<a>-<b>". Hello 1 s, dead 4 s. Returns a's port. */
/* A port on a LAN: broadcast, address 192.168.<lan>.<router id's last octet>/24. */
struct port *world_attach(struct lan *lan, uint8_t number, struct node *n);
struct port *world_link(struct world *w, struct node *a, struct node *b, uint16_t cost_a, uint16_t cost_b);
void node_start(struct node *n);
void node_crash(struct node *n);
void world_start(struct world *w);
void port_set_up(struct port *p, bool is_up); /* carrier, both ends */
/* A packet, as if it came in on this port. */
void port_inject(struct port *p, uint32_t source, uint32_t destination, const uint8_t *data, size_t len);

const struct ospf_route *node_route(const struct node *n, uint32_t address, uint8_t len);
size_t node_full_neighbors(const struct node *n);
/* Have all nodes the same databases? Prints what differs. */
bool world_is_synchronised(struct world *w);
bool world_is_full(struct world *w);
uint64_t node_drops(const struct node *n, enum ospf_drop d);
