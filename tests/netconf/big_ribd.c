/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for ribd: takes any configuration, and tells of as many routes as the number in the hostname says
 * ("r5000"), with real state in front of them and behind.
 */
#include <stdlib.h>

#include "ribd_config.h"
#include "strata/addr.h"
#include "strata/mem.h"
#include "strata/north.h"
#include "strata/program.h"
#include "strata/schema.h"
#include "strata/state.h"

#define FIRST 0x0b000000u /* 11.0.0.0 */

struct big {
    struct north *north;
    uint32_t n;
};

static int agree(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    (void)daemon, (void)next, (void)prev, (void)err;
    return 0;
}

static void adopt(void *daemon, const void *next, const void *prev)
{
    struct big *b = daemon;
    const char *name = ((const struct ribd_config *)next)->system.hostname;
    (void)prev;
    b->n = name && name[0] ? (uint32_t)strtoul(name + 1, NULL, 10) : 0;
}

static void write_route(struct state_writer *w, uint32_t i)
{
    struct prefix p = prefix_v4(FIRST + i, 32);
    struct ip_addr gateway = ip_addr_v4(0x0a000001 + i % 100);

    state_open(w, RIBD_RIB_ROUTE);
    state_text(w, RIBD_RIB_ROUTE_VPN_INSTANCE, "public");
    state_prefix(w, RIBD_RIB_ROUTE_PREFIX, &p);
    state_text(w, RIBD_RIB_ROUTE_SOURCE, "bgp");
    state_u64(w, RIBD_RIB_ROUTE_DISTANCE, 20);
    state_u64(w, RIBD_RIB_ROUTE_METRIC, i % 1000);
    state_bool(w, RIBD_RIB_ROUTE_SELECTED, true);
    state_open(w, RIBD_RIB_ROUTE_NEXT_HOP);
    state_u64(w, RIBD_RIB_ROUTE_NEXT_HOP_INDEX, 0);
    state_addr(w, RIBD_RIB_ROUTE_NEXT_HOP_GATEWAY, &gateway);
    state_text(w, RIBD_RIB_ROUTE_NEXT_HOP_INTERFACE, "eth0");
    state_close(w);
    state_close(w);
}

static void write_state(void *daemon, const char *path, struct state_writer *w)
{
    const struct big *b = daemon;
    struct prefix p;

    (void)path;
    state_open(w, RIBD_RIB);
    if (state_list(w, RIBD_RIB_ROUTE)) {
        uint32_t i = state_after_prefix(w, RIBD_RIB_ROUTE_PREFIX, &p) ? ip_addr_to_v4(&p.addr) - FIRST + 1 : 0;
        for (; i < b->n; i++) {
            write_route(w, i);
            if (state_pause(w))
                break;
        }
    }
    if (state_wants(w, RIBD_RIB_COUNTERS)) {
        state_open(w, RIBD_RIB_COUNTERS);
        state_u64(w, RIBD_RIB_COUNTERS_ROUTES, b->n);
        state_close(w);
    }
    state_close(w);
}

static void *create(const struct env *env, const char *config)
{
    static const struct north_ops ops = {.prepare = agree, .commit = adopt, .state = write_state};
    struct big *b = MEM_NEW(NULL, struct big);
    (void)config;
    b->north = north_create(env, "ribd", &ribd_schema, &ops, b);
    return b;
}

static void destroy(void *daemon)
{
    struct big *b = daemon;
    north_destroy(b->north);
    mem_free(NULL, b);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "ribd",
        .summary = "has a big table, for tests",
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}
