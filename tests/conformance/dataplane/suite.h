/* SPDX-License-Identifier: Apache-2.0
 *
 * The bench of a conformance case: fixture, data plane, and all that it told.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/conformance/dataplane/fixture.h"

enum {
    FOREIGN_MAX = 11000,
    FOREIGN_LABELS_MAX = 8,
    RESULTS_MAX = 40000,
    LINKS_MAX = 16,
    ADDRESSES_MAX = 64,
    WAIT_MS = 5000,
    DUMP_MS = 60000, /* the kernel is slow while it tears down namespaces of others */
    SILENCE_MS = 300
};

struct bench {
    struct fx *fx;
    struct dataplane *dp;
    const struct dp_ops *ops;
    struct dp_platform platform;

    struct dp_link links[LINKS_MAX];
    size_t n_links;
    void (*on_link)(struct bench *b, const struct dp_link *link); /* may be NULL */
    struct {
        uint32_t ifindex;
        struct prefix prefix;
    } addresses[ADDRESSES_MAX];
    size_t n_addresses;
    unsigned link_events, started, batches, foreign_changes, guard_losses, guard_returns, guard_switches;
    struct {
        struct dp_foreign_route route;
        struct dp_nexthop hops[RIB_NEXTHOPS_MAX];
    } * foreign; /* FOREIGN_MAX: as told */
    size_t n_foreign;
    unsigned foreign_events;
    uint32_t foreign_labels[FOREIGN_LABELS_MAX]; /* as told */
    size_t n_foreign_labels;
    bool is_counting;             /* of a flood only the number is kept */
    bool was_down[LINKS_MAX];     /* the link was told down since bench_forget */
    bool input_at_loss[FX_PORTS]; /* accepts_labels when guard_lost was told */

    struct {
        uint64_t cookie;
        int error;
        unsigned batch;
    } results[RESULTS_MAX];
    size_t n_results;
    char last_error[RIB_TEXT_MAX];
    bool is_dumped, is_guard_on;
    uint64_t cookie;
    uint32_t port[FX_PORTS]; /* ifindex */
    uint16_t packet_id;
};

int bench_setup(void **state);
int bench_teardown(void **state);
void bench_begin(struct bench *b);      /* start, whose end comes from the loop */
void bench_start(struct bench *b);      /* the same, until started() */
void bench_start_up(struct bench *b);   /* the same, until all ports are up */
void bench_start_mpls(struct bench *b); /* the same, and all take labels; else skip */
void bench_renew(struct bench *b);      /* a new data plane object on the same router */
void bench_restart(struct bench *b);    /* the same, started */
void bench_forget(struct bench *b);     /* results and counters start anew */
int bench_flush(struct bench *b);       /* until batch_done; the first error of the batch, else 0 */
bool bench_run(struct bench *b, bool (*is_done)(void *arg), unsigned ms);
const struct dp_link *bench_link(struct bench *b, const char *name); /* as last told; NULL */
bool bench_has_address(struct bench *b, uint32_t ifindex, const char *text);
void bench_wait_guard(struct bench *b);                    /* until it is lost and back again, since bench_forget */
void bench_switch_guard(struct bench *b, bool is_enabled); /* until the data plane says that it is so */
void bench_wait_up(struct bench *b, unsigned port, bool is_up); /* admin and carrier, as told */
void need_mpls(struct bench *b);                                /* else skip */
void need_vrf(struct bench *b);
void need_guard(struct bench *b);

/* Writes, queued. */
struct ip_addr addr(const char *text);
struct prefix pfx(const char *text);
struct out_label labels_of(const char *stack);                            /* "100/200", "" none, "3" implicit null */
struct dp_nexthop hop(struct bench *b, unsigned port, const char *stack); /* to the neighbour there */
void put_nexthop(struct bench *b, uint32_t id, const struct dp_nexthop *nh, size_t n);
void put_route(struct bench *b, uint32_t table, const char *prefix, uint32_t nexthop_id);
/* The nexthop object and a route over it. */
void put_way(struct bench *b, uint32_t nexthop_id, unsigned port, const char *stack, uint32_t table,
             const char *prefix);
void put_label(struct bench *b, uint32_t in_label, const struct dp_nexthop *nh, size_t n);
void put_lookup(struct bench *b, uint32_t in_label, uint32_t ifindex);
void guard_port_on(struct bench *b, unsigned port, bool is_guarded);
void guard_label(struct bench *b, unsigned port, uint32_t label, bool is_allowed);
uint32_t make_vrf(struct bench *b, const char *device, uint32_t table); /* its ifindex */
void enslave(struct bench *b, unsigned port, const char *device);       /* waits until it is up again */
uint32_t make_vrf_of(struct bench *b, const char *device, uint32_t table, unsigned port); /* with that port in it */
void accept_labels(struct bench *b, unsigned port);

/* Traffic: to a destination, with labels on it. */
struct fx_packet packet(struct bench *b, const char *stack, const char *destination);
void assert_forwarded(struct bench *b, unsigned in, unsigned out, const char *stack, const char *destination,
                      const char *expected_stack);
void assert_dropped(struct bench *b, unsigned in, const char *stack, const char *destination);

/* What the kernel holds of ours. */
struct holdings {
    struct bench *b;
    size_t n_nexthops, n_routes, n_labels, n_guard;
    struct dp_nexthop nexthop[RIB_NEXTHOPS_MAX]; /* of the last set */
    size_t n_hops;
    struct dp_route route; /* the last one */
    struct dp_label label;
};
struct holdings holdings(struct bench *b);

#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int run_link_cases(void);
int run_write_cases(void);
int run_route_cases(void);
int run_label_cases(void);
int run_ttl_cases(void);
int run_foreign_cases(void);
int run_audit_cases(void);
int run_ribd_cases(void); /* with a whole ribd */
int run_chaos_cases(void);
int run_vrf_cases(void);
int run_guard_cases(void);
int run_own_cases(void); /* of the backend: what only it has; 0 if nothing */
