/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole ribd on the router, with a configuration, and what happens to kernels behind its back: after each disturbance
 * packets take their ways again and the audit is clean.
 */
#include <string.h>

#include "src/ribd/daemon.h"
#include "src/ribd/ribd.h"
#include "tests/conformance/dataplane/router.h"

/* --- disturbances --- */

/* The kernel tells of carrier that is lost up to a second late, when there was other news of carrier before. */
static bool takes_the_other_leg(struct router *r)
{
    enum { STEP_MS = 100, MOST_MS = 1500 };
    unsigned ms = 0;

    while (ms < MOST_MS && !router_passes(&r->b, 2, "", "20.0.1.9", "")) {
        bench_run(&r->b, NULL, STEP_MS);
        ms += STEP_MS;
    }
    return ms < MOST_MS;
}

static void test_ribd__carrier_lost_and_back(void **state)
{
    struct router *r = *state;

    router_start(r);
    fx_backend.carrier(r->b.fx, 1, false);
    bench_run(&r->b, NULL, 500);
    assert_true(takes_the_other_leg(r));
    assert_false(router_passes(&r->b, 1, "", "20.0.0.9", "200"));
    fx_backend.carrier(r->b.fx, 1, true);
    router_recovers(r);
}

static void test_ribd__switched_off_and_on_by_somebody(void **state)
{
    struct router *r = *state;

    router_start(r);
    fx_backend.foreign_admin(r->b.fx, 1, false);
    bench_run(&r->b, NULL, 500);
    assert_true(router_passes(&r->b, 2, "", "20.0.1.9", ""));
    fx_backend.foreign_admin(r->b.fx, 1, true);
    router_recovers(r);
    fx_backend.foreign_admin(r->b.fx, 1, false); /* too quick to be seen in between */
    fx_backend.foreign_admin(r->b.fx, 1, true);
    router_recovers(r);
}

static void test_ribd__address_removed_and_back(void **state)
{
    struct router *r = *state;

    router_start(r);
    fx_backend.foreign_address(r->b.fx, 1, false);
    bench_run(&r->b, NULL, 500);
    assert_true(router_passes(&r->b, 2, "", "20.0.1.9", ""));
    assert_false(router_passes(&r->b, 1, "", "20.0.0.9", "200"));
    fx_backend.foreign_address(r->b.fx, 1, true);
    router_recovers(r);
}

static void test_ribd__device_deleted_and_made_again(void **state)
{
    struct router *r = *state;
    uint32_t before;

    router_start(r);
    before = fx_backend.ifindex(r->b.fx, "p1");
    fx_backend.foreign_recreate(r->b.fx, 1);
    assert_int_not_equal(fx_backend.ifindex(r->b.fx, "p1"), before);
    router_recovers(r);
    fx_backend.foreign_recreate(r->b.fx, 0); /* the guarded one: no label before its guard */
    router_recovers(r);
}

/* Under another name it is another interface, without configuration. */
static void test_ribd__device_renamed_and_back(void **state)
{
    struct router *r = *state;

    router_start(r);
    fx_backend.foreign_rename(r->b.fx, "p1", "q1");
    bench_run(&r->b, NULL, 500);
    assert_true(router_passes(&r->b, 2, "", "20.0.1.9", ""));
    fx_backend.foreign_rename(r->b.fx, "q1", "p1");
    router_recovers(r);
}

static void test_ribd__vrf_device_deleted(void **state)
{
    struct router *r = *state;

    router_start(r);
    fx_backend.foreign_delete_link(r->b.fx, "red");
    bench_run(&r->b, NULL, 200);
    router_recovers(r); /* made again, with the lookup and the routes of its table */
}

static void test_ribd__entries_deleted(void **state)
{
    struct router *r = *state;
    struct prefix p = pfx("20.0.0.0/24"), of_red = pfx("20.9.0.0/24");
    struct rib_instance red;

    router_start(r);
    assert_true(ribd_instances_find(r->d->instances, "red", &red));
    fx_backend.foreign_delete_route(r->b.fx, 0, &p);
    fx_backend.foreign_delete_route(r->b.fx, red.vrf, &of_red);
    fx_backend.foreign_delete_label(r->b.fx, 100);
    fx_backend.foreign_delete_end(r->b.fx, red.vrf);
    router_recovers(r);
}

static void test_ribd__guard_flushed(void **state)
{
    struct router *r = *state;

    router_start(r);
    fx_backend.foreign_flush_ruleset(r->b.fx);
    router_recovers(r);
}

/* No notification tells of it: an audit finds it. */
static void test_ribd__input_switched_off(void **state)
{
    struct router *r = *state;
    char reply[2000];

    router_start(r);
    fx_backend.foreign_input(r->b.fx, 0, false);
    assert_false(router_passes(&r->b, 1, "100", "20.0.0.9", "201"));
    router_audit(r, false, reply, sizeof(reply));
    assert_non_null(strstr(reply, "input"));
    router_audit(r, true, reply, sizeof(reply));
    router_recovers(r);
}

/* Another program's route wins while it is there, whatever its metric. */
static void test_ribd__steps_aside_for_a_stranger(void **state)
{
    struct router *r = *state;
    struct prefix p = pfx("20.0.0.0/24");

    router_start(r);
    fx_backend.foreign_route_add(r->b.fx, 0, &p, 2, 500);
    bench_run(&r->b, NULL, 500);
    assert_true(router_passes(&r->b, 2, "", "20.0.0.9", ""));
    assert_int_equal(holdings(&r->b).n_routes, 2);
    fx_backend.foreign_route_del(r->b.fx, 0, &p, 500);
    router_recovers(r);
}

/* It takes over what the one before left, and nothing is written twice or left over. */
static void test_ribd__starts_again(void **state)
{
    struct router *r = *state;

    router_start(r);
    ribd_destroy(r->d);
    r->b.ops->destroy(r->b.dp);
    assert_true(router_passes(&r->b, 1, "100", "20.0.0.9", "201")); /* nobody there, and it forwards */
    r->b.dp = fx_backend.dataplane(r->b.fx);
    r->d = ribd_create(fx_backend.env(r->b.fx), r->b.dp);
    router_configure(r, false);
    router_recovers(r);
}

static struct fx_packet came_out(struct router *r, const char *stack, const char *destination)
{
    struct fx_packet sent = packet(&r->b, stack, destination), got;

    sent.ttl = *stack ? 200 : 9;
    sent.ip_ttl = 9;
    fx_backend.send(r->b.fx, 0, &sent);
    do {
        assert_true(fx_backend.receive(r->b.fx, 1, &got, WAIT_MS));
    } while (got.id != sent.id);
    return got;
}

/* From the configuration to the packet, and back. */
static void test_ribd__ttl_modes(void **state)
{
    struct router *r = *state;

    router_start(r);
    assert_int_equal(came_out(r, "", "20.0.0.9").ttl, 8);
    assert_int_equal(came_out(r, "101", "20.9.0.9").ip_ttl, 199);
    router_configure(r, true);
    bench_run(&r->b, NULL, 500);
    assert_int_equal(came_out(r, "", "20.0.0.9").ttl, 255);
    assert_int_equal(came_out(r, "101", "20.9.0.9").ip_ttl, 8);
    router_recovers(r);
    router_configure(r, false);
    bench_run(&r->b, NULL, 500);
    assert_int_equal(came_out(r, "", "20.0.0.9").ttl, 8);
    assert_int_equal(came_out(r, "101", "20.9.0.9").ip_ttl, 199);
    router_recovers(r);
}

#define RIBD_CASE(f) cmocka_unit_test_setup_teardown(f, router_setup, router_teardown)

int run_ribd_cases(void)
{
    const struct CMUnitTest tests[] = {
        RIBD_CASE(test_ribd__carrier_lost_and_back),
        RIBD_CASE(test_ribd__switched_off_and_on_by_somebody),
        RIBD_CASE(test_ribd__address_removed_and_back),
        RIBD_CASE(test_ribd__device_deleted_and_made_again),
        RIBD_CASE(test_ribd__device_renamed_and_back),
        RIBD_CASE(test_ribd__vrf_device_deleted),
        RIBD_CASE(test_ribd__entries_deleted),
        RIBD_CASE(test_ribd__guard_flushed),
        RIBD_CASE(test_ribd__input_switched_off),
        RIBD_CASE(test_ribd__steps_aside_for_a_stranger),
        RIBD_CASE(test_ribd__starts_again),
        RIBD_CASE(test_ribd__ttl_modes),
    };

    return cmocka_run_group_tests_name("a whole ribd", tests, NULL, NULL);
}
