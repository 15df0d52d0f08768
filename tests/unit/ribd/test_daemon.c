/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole ribd on the fake data plane, with clients over real sockets: letting in, mirror, labels, death of a client,
 * death of ribd.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/ribd/ribd.h"
#include "strata/mem.h"
#include "strata/rib_client.h"
#include "tests/unit/ribd/audited.h"
#include "whole.h"

struct bgp {
    struct rib_client *c;
    bool is_up;
    size_t n_ups;
    struct rib_label_result result;
    uint32_t vrf; /* of carrierA, once ready */
    size_t n_routes, n_complete, n_lost;
    bool is_holding; /* does not end its replay */
    uint32_t nhset, scope, label;
};

struct world {
    struct whole r;
    struct bgp bgp;
};

/* --- a small bgpd: one route and one label over carrierA --- */

static void tell(struct bgp *b)
{
    struct rib_nexthop nh = {.vrf = b->vrf};
    struct rib_fec fec = {.purpose = RIB_LABEL_VPN_ROUTE, .vrf = b->vrf, .prefix = prefix_v4(0x0a020001, 32)};
    struct rib_route route = {
        .vrf = b->vrf, .prefix = prefix_v4(0x0a020001, 32), .source = RIB_SOURCE_BGP_LABELED, .distance = 20};
    struct rib_scope_member member = {.vrf = b->vrf};
    struct rib_label_entry e = {.op = RIB_LABEL_SWAP, .fec = fec};

    if (!b->is_up || !b->vrf || b->label)
        return;
    if (rib_client_label_alloc(b->c, &fec, &b->label) < 0) {
        b->label = 0;
        return;
    }
    ip_addr_parse("10.9.3.1", &nh.gateway);
    nh.ifindex = rib_client_interface_named(b->c, "c0")->ifindex;
    member.neighbor = nh.gateway;
    b->nhset = rib_client_nhset_get(b->c, &nh, 1);
    b->scope = rib_client_scope_get(b->c, &member, 1);
    route.nhset = e.nhset = b->nhset;
    route.label = e.label = out_label_from_wire(3012);
    e.in_label = b->label;
    e.scope = b->scope;
    rib_client_route_set(b->c, &route);
    rib_client_label_set(b->c, &e);
    rib_client_subscribe(b->c, b->vrf, 1u << RIB_SOURCE_BGP_LABELED);
    if (!b->is_holding)
        rib_client_end_of_replay(b->c);
}

static void on_up(void *arg)
{
    struct bgp *b = arg;

    b->is_up = true;
    b->n_ups++;
    b->label = 0;
    tell(b);
}

static void on_down(void *arg)
{
    struct bgp *b = arg;

    b->is_up = false;
    b->label = 0;
    memset(&b->result, 0, sizeof(b->result));
}

static void on_instance(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    struct bgp *b = arg;

    (void)before;
    if (now && strcmp(now->name, "carrierA") == 0)
        b->vrf = now->is_ready ? now->vrf : 0;
    tell(b);
}

static void on_labels(void *arg)
{
    tell(arg);
}

static void on_result(void *arg, const struct rib_label_result *r)
{
    struct bgp *b = arg;

    b->result = *r;
}

static void on_lost(void *arg, uint32_t label, const struct rib_fec *fec)
{
    struct bgp *b = arg;

    assert_int_equal(label, b->label);
    assert_int_equal(fec->purpose, RIB_LABEL_VPN_ROUTE);
    b->n_lost++;
    b->label = 0;
    tell(b);
}

static void on_route(void *arg, const struct rib_best_route *r)
{
    struct bgp *b = arg;

    if (r->is_usable)
        b->n_routes++;
}

static void on_complete(void *arg, uint32_t vrf)
{
    struct bgp *b = arg;

    (void)vrf;
    b->n_complete++;
}

static void bgp_start(struct world *w)
{
    static const struct rib_client_events ev = {.session_up = on_up,
                                                .session_down = on_down,
                                                .instance_changed = on_instance,
                                                .label_result = on_result,
                                                .labels_available = on_labels,
                                                .label_lost = on_lost,
                                                .route = on_route,
                                                .routes_complete = on_complete};
    bool is_holding = w->bgp.is_holding;

    memset(&w->bgp, 0, sizeof(w->bgp));
    w->bgp.is_holding = is_holding;
    w->bgp.c = rib_client_create(&w->r.env, RIB_CLIENT_BGPD, &ev, &w->bgp);
}

static bool is_installed(void *arg)
{
    const struct world *w = arg;

    return w->bgp.result.status == RIB_LABEL_INSTALLED && w->bgp.n_routes && w->bgp.n_complete;
}

static bool is_idle(void *arg)
{
    const struct world *w = arg;

    return w->r.d->server != NULL;
}

/* --- configuration --- */

static void configure(struct world *w, bool has_instance)
{
    struct prefix lo, core, ce;
    struct port_wish ports[3];
    const char *instances[] = {"carrierA"};
    struct ribd_wish wish = {.ports = ports,
                             .n_ports = 3,
                             .instances = instances,
                             .n_instances = has_instance ? 1 : 0,
                             .labels = {.first = 1000, .last = 1999, .static_first = 16, .static_last = 999},
                             .stale_time_sec = 1};

    memset(ports, 0, sizeof(ports));
    memset(&lo, 0, sizeof(lo));
    memset(&core, 0, sizeof(core));
    memset(&ce, 0, sizeof(ce));
    prefix_parse("10.1.0.4/32", &lo);
    prefix_parse("10.9.4.1/24", &core);
    prefix_parse("10.9.3.2/24", &ce);
    memcpy(ports[0].name, "lo", 3);
    memcpy(ports[1].name, "e0", 3);
    memcpy(ports[2].name, "c0", 3);
    ports[0].addresses = &lo;
    ports[1].addresses = &core;
    ports[2].addresses = &ce;
    for (int i = 0; i < 3; i++) {
        ports[i].is_enabled = true;
        ports[i].n_addresses = 1;
        ports[i].has_mpls = i > 0;
    }
    ports[1].mtu = 1600;
    if (has_instance) {
        memcpy(ports[2].instance, "carrierA", 9);
        ports[2].is_guarded = true;
    }
    ribd_apply(w->r.d, &wish);
}

static int setup(void **state)
{
    static const char *const ports[] = {"lo", "e0", "c0", NULL};
    struct world *w = MEM_NEW(NULL, struct world);

    whole_open(&w->r, ports);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    if (w->bgp.c)
        rib_client_destroy(w->bgp.c);
    whole_close(&w->r);
    mem_free(NULL, w);
    return 0;
}

static void bring_up(struct world *w)
{
    configure(w, true);
    bgp_start(w);
    run_until(&w->r, is_installed, w, 5000);
}

/* --- tests --- */

static void test_start__configures_and_serves(void **state)
{
    struct world *w = *state;
    const struct rib_interface *i;
    char why[200];

    bring_up(w);
    assert_int_equal(w->bgp.vrf, 1001);
    i = rib_client_interface_named(w->bgp.c, "c0");
    assert_true(i->is_up && i->has_mpls && i->is_guarded);
    assert_int_equal(i->vrf, 1001);
    assert_int_equal(rib_client_interface_named(w->bgp.c, "e0")->mtu, 1600);
    assert_true(w->r.dp->is_guarded[i->ifindex] && w->r.dp->is_input[i->ifindex]);
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "10.9.3.1 dev 3 3012");
    assert_string_equal(fake_dp_label(w->r.dp, w->bgp.label), "10.9.3.1 dev 3 3012");
    assert_true(fake_dp_guard(w->r.dp, 3, w->bgp.label));
    audit_now(w->r.d, false, why, sizeof(why));
    assert_string_equal(why, "clean");
    /* Somebody takes the entry away: the audit says so, and mends when it is told to. */
    w->r.dp->n_guards = 0;
    audit_now(w->r.d, false, why, sizeof(why));
    assert_non_null(strstr(why, "is not let in on c0"));
    w->r.dp->ev->foreign_change(w->r.dp->ev_arg, "test");
    run_ms(&w->r, 300);
    audit_now(w->r.d, false, why, sizeof(why));
    assert_string_equal(why, "clean");
}

/* A route of somebody else wins, one of last resort (distance 255 in its metric) does not. */
static void test_foreign__distance_is_in_the_metric(void **state)
{
    struct world *w = *state;
    struct dp_foreign_route f = {.table = 1001, .prefix = prefix_v4(0x0a020001, 32), .metric = 4278198272u};

    bring_up(w);
    f.type = DP_ROUTE_UNREACHABLE;
    w->r.dp->ev->foreign_route(w->r.dp->ev_arg, &f, false);
    run_ms(&w->r, 50);
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "10.9.3.1 dev 3 3012");
    f.metric = 100;
    w->r.dp->ev->foreign_route(w->r.dp->ev_arg, &f, false);
    run_ms(&w->r, 50);
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "-");
    f.metric = 4278198272u; /* it is changed: the same as gone */
    w->r.dp->ev->foreign_route(w->r.dp->ev_arg, &f, false);
    run_ms(&w->r, 50);
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "10.9.3.1 dev 3 3012");
}

static void test_instance__removed_and_back(void **state)
{
    struct world *w = *state;

    bring_up(w);
    configure(w, false);
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "-");
    assert_false(w->r.dp->is_guarded[3]);
    run_ms(&w->r, 50);
    assert_int_equal(w->bgp.result.status, RIB_LABEL_UNUSABLE);
    assert_null(rib_client_instance(w->bgp.c, 1001));
    assert_int_equal(rib_client_interface_named(w->bgp.c, "c0")->vrf, 0);
    configure(w, true);
    run_until(&w->r, is_installed, w, 1000);
    assert_int_equal(rib_client_instance_named(w->bgp.c, "carrierA")->vrf, 1001); /* the same table */
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "10.9.3.1 dev 3 3012");
}

static void test_client_dies__forwarding_stays(void **state)
{
    struct world *w = *state;
    uint32_t label;

    bring_up(w);
    label = w->bgp.label;
    fake_dp_forget_ops(w->r.dp);
    rib_client_destroy(w->bgp.c);
    run_ms(&w->r, 50);
    assert_int_equal(w->r.dp->n_ops, 0);
    bgp_start(w);
    run_until(&w->r, is_installed, w, 5000);
    assert_int_equal(w->bgp.label, label); /* the same FEC, the same label */
    assert_int_equal(w->r.dp->n_ops, 0);
    rib_client_destroy(w->bgp.c);
    w->bgp.c = NULL;
    run_ms(&w->r, 1300); /* the stale time is 1 s here */
    assert_string_equal(fake_dp_label(w->r.dp, label), "-");
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "-");
}

static void lose(struct world *w, const char *file)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", w->r.dir, file);
    assert_int_equal(unlink(path), 0);
}

/* ribd dies, what it had written down is lost, and another claims first: bgpd gets another label by itself. */
static void test_ribd_dies__the_label_is_anothers(void **state)
{
    struct rib_fec fec = {.purpose = RIB_LABEL_LDP, .prefix = prefix_v4(0x0a090909, 32)};
    struct world *w = *state;
    uint32_t label;

    bring_up(w);
    label = w->bgp.label;
    lose(w, "label-claims");
    whole_restart(&w->r);
    run_ms(&w->r, 50);
    assert_int_equal(ribd_labels_claim(w->r.d->labels, RIB_CLIENT_LDPD, label, &fec, loop_now_us(w->r.env.loop)), 0);
    configure(w, true);
    run_until(&w->r, is_installed, w, 10000);
    assert_int_equal(w->bgp.n_lost, 1);
    assert_true(w->bgp.label != 0 && w->bgp.label != label);
    assert_int_equal(w->bgp.result.in_label, w->bgp.label);
    assert_string_equal(fake_dp_label(w->r.dp, w->bgp.label), "10.9.3.1 dev 3 3012");
    assert_true(ribd_labels_is_holder(w->r.d->labels, RIB_CLIENT_LDPD, label));
}

static void test_ribd_dies__client_tells_again(void **state)
{
    struct world *w = *state;
    char why[200];
    uint32_t label;

    bring_up(w);
    label = w->bgp.label;
    fake_dp_forget_ops(w->r.dp);
    whole_restart(&w->r);
    run_ms(&w->r, 50);
    assert_null(w->r.d->server); /* nobody is let in before the configuration is known */
    configure(w, true);
    run_until(&w->r, is_idle, w, 1000);
    run_until(&w->r, is_installed, w, 5000);
    assert_int_equal(w->bgp.n_ups, 2);
    assert_int_equal(w->bgp.label, label);
    assert_int_equal(fake_dp_count(w->r.dp, OP_ROUTE_SET) + fake_dp_count(w->r.dp, OP_LABEL_SET) +
                         fake_dp_count(w->r.dp, OP_ROUTE_DEL) + fake_dp_count(w->r.dp, OP_LABEL_DEL) +
                         fake_dp_count(w->r.dp, OP_NEXTHOP_SET) + fake_dp_count(w->r.dp, OP_GUARD_DEL),
                     0);
    audit_now(w->r.d, false, why, sizeof(why));
    assert_string_equal(why, "clean");
    assert_false(w->r.d->has_adopted); /* swept when the only client had told all */
}

static void test_ribd_dies__client_gone_too(void **state)
{
    struct world *w = *state;
    char why[200];
    uint32_t label;

    bring_up(w);
    label = w->bgp.label;
    rib_client_destroy(w->bgp.c);
    w->bgp.c = NULL;
    whole_restart(&w->r);
    configure(w, true);
    run_ms(&w->r, 300);
    assert_string_equal(fake_dp_label(w->r.dp, label), "10.9.3.1 dev 3 3012"); /* forwards meanwhile */
    run_ms(&w->r, 1200);
    assert_string_equal(fake_dp_label(w->r.dp, label), "-");
    assert_string_equal(fake_dp_route(w->r.dp, 1001, "10.2.0.1/32"), "-");
    assert_false(fake_dp_guard(w->r.dp, 3, label));
    audit_now(w->r.d, false, why, sizeof(why));
    assert_string_equal(why, "clean");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_start__configures_and_serves),     T(test_foreign__distance_is_in_the_metric),
        T(test_instance__removed_and_back),       T(test_client_dies__forwarding_stays),
        T(test_ribd_dies__the_label_is_anothers), T(test_ribd_dies__client_tells_again),
        T(test_ribd_dies__client_gone_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
