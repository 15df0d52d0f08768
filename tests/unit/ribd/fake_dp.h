/* SPDX-License-Identifier: Apache-2.0
 *
 * A data plane for tests of the RIB: tables in memory that can be read, counters of writes, and results that are given
 * at once or when the test says so. It checks what a kernel would: routes need their nexthop object, label entries a
 * label.
 */
#pragma once

#include "src/ribd/dataplane.h"
#include "src/ribd/rib/rib.h"

#define FAKE_MAX 4096

struct fake_nh {
    uint32_t id;
    size_t n;
    struct dp_nexthop nh[RIB_NEXTHOPS_MAX];
};

struct fake_op {
    enum {
        OP_NEXTHOP_SET,
        OP_NEXTHOP_DEL,
        OP_ROUTE_SET,
        OP_ROUTE_DEL,
        OP_LABEL_SET,
        OP_LABEL_DEL,
        OP_GUARD_ADD,
        OP_GUARD_DEL
    } kind;
    uint32_t key; /* id, label */
};

struct fake_dp {
    struct dataplane dp;
    struct rib *rib;   /* gets results */
    bool is_deferred;  /* results wait for fake_dp_answer */
    int refuse_routes; /* -errno for the next writes of routes */
    int refuse_labels, refuse_nexthops, refuse_guards;
    const char *refusal; /* what it says then; NULL: something */
    bool is_dump_slow;   /* it tells nothing, and done comes from the test */
    const struct dp_dump *dump;
    void *dump_arg;
    size_t n_nh, n_routes, n_labels, n_guards;
    struct fake_nh nh[FAKE_MAX];
    struct dp_route routes[FAKE_MAX];
    struct dp_label *labels[FAKE_MAX];
    struct {
        uint32_t ifindex, label;
    } guards[FAKE_MAX];
    struct {
        uint64_t cookie;
        int error;
    } results[FAKE_MAX];
    size_t n_results;
    struct fake_op ops[FAKE_MAX]; /* in order, since fake_dp_forget_ops */
    size_t n_ops;
    /* Live: for a whole ribd, which starts it; results and links go to its events. */
    const struct dp_events *ev;
    void *ev_arg;
    size_t n_links;
    struct dp_link links[16];
    size_t n_addresses;
    struct {
        uint32_t ifindex;
        struct prefix prefix;
    } addresses[16];
    bool is_switch_slow; /* the guard is switched when the test says so */
    const char *guard_refusal;
    bool is_guard_off, is_guard_wanted_off;
    bool is_guarded[16]; /* by ifindex */
    bool is_input[16];
};

struct fake_dp *fake_dp_create(void);
void fake_dp_destroy(struct fake_dp *f);
void fake_dp_answer(struct fake_dp *f);
void fake_dp_switched(struct fake_dp *f);
void fake_dp_forget_ops(struct fake_dp *f);
size_t fake_dp_count(const struct fake_dp *f, int kind);
int fake_dp_op_index(const struct fake_dp *f, int kind, uint32_t key); /* -1 */
/* As text: "10.9.1.2 dev 3 16/17 ttl 255 + ...", "blackhole", "-" if absent. */
const char *fake_dp_route(const struct fake_dp *f, uint32_t table, const char *prefix);
const char *fake_dp_label(const struct fake_dp *f, uint32_t label); /* "lookup 7" for pop and look up */
bool fake_dp_keeps_ttl(const struct fake_dp *f, uint32_t label);
bool fake_dp_guard(const struct fake_dp *f, uint32_t ifindex, uint32_t label);
struct dp_link *fake_dp_link(struct fake_dp *f, const char *name); /* made if absent; tell it with fake_dp_tell */
void fake_dp_tell(struct fake_dp *f, const struct dp_link *link);
void fake_dp_lose_interface(struct fake_dp *f, uint32_t ifindex); /* as carrier loss does: silently */
