/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole network in one process under virtual time: nodes (routers, hosts) with their kernels, cables between them,
 * and daemons as simulated processes. Everything is repeatable from the seed. Packets and traces: strata/sim_packet.h.
 *
 * A process has a struct env like that of a real daemon: its loop runs on virtual time, its io is memory. UNIX sockets
 * and files are the node's; TCP and datagrams travel as packets through the simulated kernels. What a node's kernel
 * holds (links, addresses, routes, labels, guard, files, orphaned TCP connections) survives the processes.
 */
#pragma once

#include "strata/addr.h"
#include "strata/env.h"
#include "strata/log.h"

struct dataplane;
struct sim;
struct sim_cable;
struct sim_node;
struct sim_process;

/* --- the world --- */
struct sim *sim_create(uint64_t seed);
void sim_destroy(struct sim *sim); /* with all nodes, cables and processes */
uint64_t sim_seed(const struct sim *sim);
uint64_t sim_now_us(const struct sim *sim);
uint64_t sim_random(struct sim *sim);
uint64_t sim_events(const struct sim *sim); /* handled so far */
void sim_run_ms(struct sim *sim, uint64_t ms);
/* Runs until is_done(arg), looked at whenever something happened, at most max_ms. False: time is over. */
bool sim_run_until(struct sim *sim, bool (*is_done)(void *arg), void *arg, uint64_t max_ms);
/* The loop of the world itself, for timers of the test. */
struct loop *sim_loop(struct sim *sim);
/* Lines of all daemons, "12.345678 node/daemon level event ...". NULL: silent. */
void sim_set_log(struct sim *sim, log_sink_fn *sink, void *arg, enum log_level level);

/* --- nodes and cables --- */
/* A node has lo, up, without address. is_router: packets are forwarded once its ribd set the kernel up. */
struct sim_node *sim_node_create(struct sim *sim, const char *name);
struct sim_node *sim_node_find(struct sim *sim, const char *name);
const char *sim_node_name(const struct sim_node *node);
/* An Ethernet switch: forwards between its ports and answers nobody. */
void sim_node_make_switch(struct sim_node *node);

struct sim_cable_spec {
    uint32_t mtu;       /* 0 = 1500 */
    uint32_t delay_us;  /* 0 = 200 */
    uint32_t jitter_us; /* added at random; packets stay in order unless is_reordering; default 50 */
    uint32_t loss_per_million;
    bool is_reordering;
};
/* Makes an interface on each side, up, without address. `spec` NULL: defaults. */
struct sim_cable *sim_cable_create(struct sim_node *a, const char *a_interface, struct sim_node *b,
                                   const char *b_interface, const struct sim_cable_spec *spec);
struct sim_cable *sim_cable_find(struct sim *sim, const char *node_a, const char *node_b);
void sim_cable_set(struct sim_cable *cable, bool is_connected); /* unplugged: both sides lose the carrier */
void sim_cable_change(struct sim_cable *cable, const struct sim_cable_spec *spec); /* delay, loss, order; not the MTU */
/* Packets vanish, but the carrier stays: what a switch between, or a broken fibre one way, does. */
void sim_cable_blackhole(struct sim_cable *cable, bool from_a, bool from_b);

/* What an administrator of a host would type. 0 or -errno. */
int sim_host_address(struct sim_node *node, const char *interface, const char *prefix);
int sim_host_route(struct sim_node *node, const char *prefix, const char *gateway);
void sim_host_forward(struct sim_node *node, bool is_on);
uint32_t sim_ifindex(const struct sim_node *node, const char *interface); /* 0: none */
bool sim_accepts_labels(const struct sim_node *node, const char *interface);
bool sim_link_is_up(const struct sim_node *node, const char *interface);
/* All routes of all tables but those that say "unreachable". Main table: 0, local table: 255. */
void sim_routes_each(const struct sim_node *node, void (*fn)(void *arg, uint32_t table, const struct prefix *p),
                     void *arg);
uint32_t sim_vrf_table(const struct sim_node *node, const char *name); /* of a VRF device or its alias; 0: none */

/* --- processes --- */
struct sim_program {
    const char *name; /* "bgpd" */
    /* NULL: failed. */
    void *(*create)(struct sim_process *process, const struct env *env, void *arg);
    void (*destroy)(void *daemon, void *arg);
    void *arg;
};

/* `program` NULL: only an env, for tests that play the daemon themselves. Otherwise the daemon is created at once. */
struct sim_process *sim_process_create(struct sim_node *node, const char *name, const struct sim_program *program);
struct sim_process *sim_process_find(const struct sim_node *node, const char *name);
const struct env *sim_process_env(const struct sim_process *process);
void *sim_process_daemon(const struct sim_process *process); /* NULL: not running */
struct sim_node *sim_process_node(const struct sim_process *process);
const char *sim_process_name(const struct sim_process *process);
bool sim_process_is_running(const struct sim_process *process);
/* Nothing more happens in the daemon; its streams are cut in the middle of what was queued; its memory is freed through
 * its destroy function while its whole world is dead. A test may not call it from inside the daemon. */
void sim_process_crash(struct sim_process *process);
/* SIGTERM: its destroy function is heard, then its streams are closed. Not from inside the daemon, either. */
void sim_process_stop(struct sim_process *process);
void sim_process_start(
    struct sim_process *process); /* again, after a crash: nothing is left but files and the kernel */
void sim_process_restart(struct sim_process *process, uint64_t after_ms); /* crash now, start later */
/* After so many changes of its files each further one fails: -EIO as if the machine had lost power in between, -ENOSPC
 * as on a full disk, where what exists can still be renamed and removed. 0: all is well again. */
void sim_files_fail(struct sim_node *node, unsigned after, int error);
bool sim_files_failed(const struct sim_node *node);
/* SIGSTOP: the daemon does nothing, its kernel still answers for it. */
void sim_process_freeze(struct sim_process *process, bool is_frozen);

/* The node's kernel for its ribd, made anew for each life of it; destroy it through its table after the daemon. */
struct dataplane *sim_dataplane_create(struct sim_process *process);

/* --- what somebody else does behind ribd's back --- */
void sim_foreign_flush_ruleset(struct sim_node *node);
void sim_break_seal(struct sim_node *node); /* of the label guard: ribd did it, by a fault */
void sim_foreign_delete_route(struct sim_node *node, uint32_t table, const struct prefix *p);
void sim_foreign_admin(struct sim_node *node, const char *interface, bool is_up);
void sim_foreign_address(struct sim_node *node, const char *interface, const char *text, bool is_present);
void sim_foreign_delete_link(struct sim_node *node, const char *interface); /* without a cable: a VRF device */
/* Deleted and made again, on the same cable: another ifindex, up, no addresses. */
void sim_foreign_recreate(struct sim_node *node, const char *interface);
void sim_foreign_rename(struct sim_node *node, const char *interface, const char *name);
void sim_foreign_input(struct sim_node *node, const char *interface, bool is_on); /* of labels */
void sim_foreign_delete_end(struct sim_node *node, uint32_t table); /* the unreachable default of a VRF's table */
/* Over an interface; 0, -EINVAL, -ENETUNREACH. Replaces a route of the same metric. */
int sim_foreign_route_add(struct sim_node *node, uint32_t table, const struct prefix *p, const char *interface,
                          const char *gateway, uint32_t metric);
void sim_foreign_route_del(struct sim_node *node, uint32_t table, const struct prefix *p, uint32_t metric);
void sim_foreign_delete_label(struct sim_node *node, uint32_t label);
void sim_foreign_replace_label(struct sim_node *node, uint32_t label, const char *interface, const char *gateway);
void sim_foreign_replace_nexthops(struct sim_node *node, const char *interface,
                                  const char *gateway); /* all of ribd's */
void sim_foreign_delete_nexthops(struct sim_node *node);
void sim_foreign_overrun(struct sim_node *node); /* what ribd was not told yet is lost, and it is told so */
