/* SPDX-License-Identifier: Apache-2.0
 *
 * For the tests of the conversation with ribd: a small ribd and a small daemon in one loop, both of which write down
 * what they are told.
 */
#pragma once

#include "strata/rib_client.h"
#include "strata/rib_server.h"
#include "tests/unit/ipc/recorder.h"
#include "tests/unit/ipc/world.h"

struct fake {
    struct recorder rec; /* first: see recorder.h */
    struct rib_server *server;
    struct rib_session *session;
    struct rib_interface interfaces[4];
    size_t n_interfaces;
    uint32_t held_label;
    struct rib_fec held_fec;
    uint32_t next_label, last_label; /* last_label 0: none left */
    bool is_silent;                  /* does not say ready */
    unsigned batches;
};

struct net {
    struct world w;
    struct fake ribd;
    struct recorder rec; /* what the client was told */
    struct rib_client *client;
    unsigned ups, downs, completes, routes;
};

extern const struct rib_client_events client_events;

void fake_start(struct fake *f, const struct env *env);
void fake_stop(struct fake *f);
void net_open(struct net *n); /* up */
void net_close(struct net *n);
void settle(struct net *n); /* a turn there and back */
bool is_up(void *net);
bool is_down(void *net);

struct ip_addr addr(const char *text);
struct prefix pfx(const char *text);
struct rib_fec fec_of(const char *prefix);
uint32_t nhset_via(struct net *n, const char *gateway);
void route_via(struct net *n, const char *prefix, uint32_t nhset);
void say_installed(struct net *n, uint32_t label, const char *reason);
