/* SPDX-License-Identifier: Apache-2.0
 *
 * A ribd for the tests of ospfd's daemon: interfaces, VPN instances and routes to redistribute are what the test says;
 * it remembers what it is told, marks it stale when a client goes and sweeps at the end of its replay, as ribd does. It
 * forwards nothing.
 */
#pragma once

#include "strata/env.h"
#include "strata/rib.h"

enum { FAKE_MAX = 64 };

struct fake_set {
    uint32_t id;
    size_t n;
    struct rib_nexthop nexthop[8];
};

struct fake_route {
    struct rib_route route;
    struct fake_set set; /* as it was when the route was told */
    bool is_set, is_stale;
};

/* Outlives the process; each life of the fake begins with what is in here. */
struct fake_ribd {
    struct rib_interface interfaces[FAKE_MAX];
    struct prefix addresses[FAKE_MAX];
    size_t n_interfaces;
    struct rib_instance instances[4];
    size_t n_instances;
    struct rib_best_route offered[FAKE_MAX];
    size_t n_offered;

    struct fake_route routes[FAKE_MAX];
    size_t n_set, n_del;       /* messages */
    size_t n_ends, n_bad_sets; /* ends of replay; routes over next-hop sets that nobody defined */
    struct fake_set sets[FAKE_MAX];
    uint32_t subscribed_vrf, subscribed;
    struct rib_session *session;
    struct rib_server *server;
};

/* For struct sim_program; arg: the fake. */
struct sim_process;
void *fake_ribd_create(struct sim_process *process, const struct env *env, void *arg);
void fake_ribd_destroy(void *daemon, void *arg);

void fake_ribd_interface(struct fake_ribd *f, const struct rib_interface *i, struct prefix address);
void fake_ribd_change(struct fake_ribd *f, size_t index); /* tells interface `index` again */
void fake_ribd_offer(struct fake_ribd *f, const struct rib_best_route *r);
void fake_ribd_withdraw(struct fake_ribd *f, const struct prefix *p);
const struct fake_route *fake_ribd_find(const struct fake_ribd *f, uint32_t vrf, const char *prefix);
size_t fake_ribd_count(const struct fake_ribd *f);
