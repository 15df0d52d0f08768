/* SPDX-License-Identifier: Apache-2.0
 *
 * What a turn resolves is shared: a prefix that somebody changed does not wait for the end of what befalls many, nor
 * for another client's flood. Counted are turns, of which a fan of all takes a hundred or more. The RIB is held:
 * nothing is written, only resolved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "src/ribd/rib/internal.h"
#include "world.h"

#define OSPF RIB_CLIENT_OSPFD
#define BGP  RIB_CLIENT_BGPD
enum { MANY = 50000, PART = 64, LONG = 50, FEW = 4, CUSTOMER = 1002 };
#define HOP    "10.0.0.1/32"
#define SINGLE "30.0.0.0/24"

static int setup(void **state)
{
    struct world *w;

    world_setup(state);
    w = *state;
    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    iface(w, 3, "b", 0, "10.9.2.1/24", true, false);
    ribd_rib_instance_set(w->rib, CUSTOMER, true, 8);
    ribd_rib_hold(w->rib, true);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, HOP, 110, 0, "10.9.1.2 dev 2", 400);
    settle(w);
    return 0;
}

static bool turn(struct world *w)
{
    w->is_work_due = false;
    ribd_rib_settle(w->rib);
    return w->is_work_due;
}

static struct prefix nth(uint32_t i)
{
    return prefix_v4(0x14000000u + (i << 8), 24);
}

/* label 0: the same path for all; else each has a label of its own, and so a path. */
static void tell_many(struct world *w, uint32_t vrf, uint32_t set, uint32_t label)
{
    struct rib_route r = {.vrf = vrf, .source = RIB_SOURCE_BGP, .distance = 200, .nhset = set};

    for (uint32_t i = 0; i < MANY; i++) {
        r.prefix = nth(i);
        r.label = label ? out_label_from_wire(label + i) : out_label_none();
        assert_int_equal(ribd_rib_route_set(w->rib, BGP, &r), 0);
    }
}

static struct dest *dest(const struct world *w, const struct prefix *p)
{
    struct dest *d = ribd_dest_find(ribd_vrf_find(w->rib, 0), p);

    assert_non_null(d);
    return d;
}

/* In so few turns it is resolved, though there is much more to do. */
static void is_soon_resolved(struct world *w, const struct prefix *p)
{
    int turns = 0;

    assert_true(dest(w, p)->is_queued);
    while (dest(w, p)->is_queued && turns < LONG) {
        turn(w);
        turns++;
    }
    assert_in_range(turns, 1, FEW);
    assert_non_null(ribd_dest_selected(dest(w, p)));
}

static void single_is_soon_resolved(struct world *w)
{
    struct prefix p = P(SINGLE);

    route(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE, 110, 0, "10.9.2.2 dev 3", 0);
    is_soon_resolved(w, &p);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE);
    for (int i = 0; i < FEW; i++)
        turn(w);
    assert_false(dest(w, &p)->is_queued);
}

/* In the middle of something long. */
static void begin(struct world *w)
{
    ribd_rib_in_parts(w->rib, PART);
    for (int i = 0; i < 5; i++)
        assert_true(turn(w));
}

static void goes_on(struct world *w)
{
    for (int i = 0; i < LONG; i++)
        assert_true(turn(w));
}

static void test_fan__of_a_path(void **state)
{
    struct world *w = *state;
    struct rib_route r = {.prefix = nth(MANY / 2), .source = RIB_SOURCE_OSPF, .distance = 110};

    tell_many(w, 0, nhset(w, BGP, 0, "10.0.0.1"), 0);
    settle(w);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, HOP);
    begin(w);
    single_is_soon_resolved(w);
    r.nhset = nhset(w, OSPF, 0, "10.9.2.2 dev 3");
    assert_int_equal(ribd_rib_route_set(w->rib, OSPF, &r), 0); /* one of the many is no worse off */
    is_soon_resolved(w, &r.prefix);
    goes_on(w);
}

/* A set with as many paths: they take not the whole of each turn, nor do small fans wait for them. */
static void test_fan__of_a_set(void **state)
{
    struct world *w = *state;
    struct prefix behind = P("31.0.0.0/24");
    int turns = 0;

    tell_many(w, 0, nhset(w, BGP, 0, "lsp 10.0.0.1"), 100000);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.2/32", 110, 0, "10.9.2.2 dev 3", 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "31.0.0.0/24", 200, 0, "10.0.0.2", 0);
    settle(w);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, HOP, 110, 0, "10.9.2.2 dev 3", 401);
    begin(w);
    single_is_soon_resolved(w);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.2/32"); /* another path, with one route */
    while (ribd_dest_selected(dest(w, &behind)) && turns++ < LONG)
        turn(w);
    assert_in_range(turns, 1, 2 * FEW);
    goes_on(w);
}

static void test_walk(void **state)
{
    struct world *w = *state;

    tell_many(w, CUSTOMER, nhset(w, BGP, 0, "10.0.0.1"), 0);
    settle(w);
    ribd_rib_instance_set(w->rib, CUSTOMER, false, 0);
    begin(w);
    single_is_soon_resolved(w);
    goes_on(w);
}

static void test_sweep(void **state)
{
    struct world *w = *state;
    struct prefix p = P(SINGLE);

    tell_many(w, 0, nhset(w, BGP, 0, "10.0.0.1"), 0);
    settle(w);
    ribd_rib_client_lost(w->rib, BGP);
    ribd_rib_client_sweep(w->rib, BGP);
    begin(w);
    single_is_soon_resolved(w);
    route(w, BGP, RIB_SOURCE_BGP, 0, SINGLE, 200, 0, "10.9.2.2 dev 3", 0); /* by the one who is swept */
    is_soon_resolved(w, &p);
    goes_on(w);
}

/* Told before the flood or in it. */
static void test_flood(void **state)
{
    struct world *w = *state;
    struct prefix p = P(SINGLE);

    ribd_rib_in_parts(w->rib, PART);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE, 110, 0, "10.9.2.2 dev 3", 0);
    tell_many(w, 0, nhset(w, BGP, 0, "10.0.0.1"), 0);
    is_soon_resolved(w, &p);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE);
    begin(w);
    single_is_soon_resolved(w);
    goes_on(w);
}

/* What a client told first is resolved first. */
static void test_flood__in_order(void **state)
{
    struct world *w = *state;
    struct prefix first = nth(0), last = nth(MANY - 1);

    tell_many(w, 0, nhset(w, BGP, 0, "10.0.0.1"), 0);
    begin(w);
    assert_false(dest(w, &first)->is_queued);
    assert_true(dest(w, &last)->is_queued);
}

/* Whatever new paths are to be resolved before its own, a prefix that has a way never looks aside. */
static void test_flood__of_new_paths(void **state)
{
    struct world *w = *state;
    struct prefix p = P(SINGLE);

    route(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE, 110, 0, "10.9.2.2 dev 3", 0);
    settle(w);
    ribd_rib_in_parts(w->rib, PART);
    tell_many(w, 0, nhset(w, BGP, 0, "lsp 10.0.0.1"), 100000);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE, 110, 0, "10.9.1.2 dev 2", 500000);
    is_soon_resolved(w, &p);
    goes_on(w);
    assert_non_null(ribd_dest_selected(dest(w, &p)));
    ribd_rib_in_parts(w->rib, 1);
    settle(w);
    assert_non_null(ribd_dest_selected(dest(w, &p)));
}

/* A path that nobody used for a while may know a way that is not there any more: the prefix that takes it again does
 * not go by that, whatever paths are to be resolved before. */
static void test_flood__of_new_paths_and_an_old_one(void **state)
{
    struct world *w = *state;
    struct prefix p = P(SINGLE);

    route(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE, 110, 0, "10.9.2.2 dev 3", 0);
    settle(w);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE);
    settle(w);
    iface_down(w, 3, "b", 0, true);
    settle(w);
    ribd_rib_in_parts(w->rib, PART);
    tell_many(w, 0, nhset(w, BGP, 0, "lsp 10.0.0.1"), 100000);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, SINGLE, 110, 0, "10.9.2.2 dev 3", 0);
    for (int i = 0; i < LONG; i++) {
        assert_true(turn(w));
        assert_null(ribd_dest_selected(dest(w, &p)));
    }
    assert_false(dest(w, &p)->is_queued);
}

static void flap(struct world *w, int turn)
{
    if (turn % 2)
        iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    else
        iface_down(w, 2, "a", 0, true);
}

/* What goes by all prefixes comes to its end though something that befalls many never does. */
static void test_sweep__while_a_path_flaps(void **state)
{
    enum { AT_MOST = MANY / 4 };
    const enum rib_client_id stale = RIB_CLIENT_LDPD;
    struct world *w = *state;
    struct prefix p = P(SINGLE);
    int turns = 0;

    tell_many(w, 0, nhset(w, BGP, 0, "10.0.0.1"), 0);
    route(w, stale, RIB_SOURCE_OSPF, 0, SINGLE, 110, 0, "10.9.2.2 dev 3", 0);
    settle(w);
    ribd_rib_in_parts(w->rib, PART);
    for (; turns < LONG; turns++) {
        flap(w, turns);
        assert_true(turn(w));
    }
    ribd_rib_client_lost(w->rib, stale);
    ribd_rib_client_sweep(w->rib, stale);
    for (; ribd_rib_is_sweeping(w->rib, stale) && turns < AT_MOST; turns++) {
        flap(w, turns);
        assert_true(turn(w));
    }
    assert_in_range(turns, LONG, AT_MOST - 1);
    assert_false(ribd_dest_routes(dest(w, &p)));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_fan__of_a_path),
        T(test_fan__of_a_set),
        T(test_walk),
        T(test_sweep),
        T(test_flood),
        T(test_flood__in_order),
        T(test_flood__of_new_paths),
        T(test_flood__of_new_paths_and_an_old_one),
        T(test_sweep__while_a_path_flaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
