/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole ribd on the router, with a configuration, and what happens to kernels behind its back: after each disturbance
 * packets take their ways again and the audit is clean.
 */
#include <stdio.h>
#include <string.h>

#include "src/ribd/daemon.h"
#include "src/ribd/ribd.h"
#include "strata/mem.h"
#include "tests/conformance/dataplane/suite.h"

enum { PATIENCE_MS = 30000, STEP_MS = 100 };

struct router {
    struct bench b; /* first; its data plane is started by ribd */
    struct ribd *d;
};

/* --- configuration --- */

static struct hop_wish over(unsigned port, const char *stack)
{
    struct hop_wish h = {.label = labels_of(stack), .distance = 1};
    char text[32];

    snprintf(text, sizeof(text), "10.90.%u.2", port);
    h.address = addr(text);
    snprintf(h.interface, sizeof(h.interface), "p%u", port);
    return h;
}

/* Routes: labelled, over two legs, in a VPN instance. Labels: swapped, popped into the instance. All come in at p0. */
static void configure(struct ribd *d, bool is_pipe)
{
    struct prefix addresses[FX_PORTS];
    struct port_wish ports[FX_PORTS];
    const char *instances[] = {"red"};
    struct hop_wish labelled = over(1, "200"), legs[2] = {over(1, ""), over(2, "")}, plain = over(1, "");
    struct hop_wish swapped = over(1, "201");
    struct static_wish statics[3];
    struct lsp_wish lsps[2];
    struct ribd_wish wish = {.ports = ports,
                             .n_ports = FX_PORTS,
                             .instances = instances,
                             .n_instances = 1,
                             .is_pipe = &is_pipe,
                             .is_public_pipe = is_pipe,
                             .statics = statics,
                             .n_statics = 3,
                             .lsps = lsps,
                             .n_lsps = 2,
                             .labels = {.first = 1000, .last = 1999, .static_first = 16, .static_last = 999},
                             .stale_time_sec = 1};

    memset(ports, 0, sizeof(ports));
    memset(statics, 0, sizeof(statics));
    memset(lsps, 0, sizeof(lsps));
    for (unsigned i = 0; i < FX_PORTS; i++) {
        char text[32];

        snprintf(ports[i].name, sizeof(ports[i].name), "p%u", i);
        snprintf(text, sizeof(text), "10.90.%u.1/24", i);
        addresses[i] = pfx(text);
        ports[i].is_enabled = ports[i].has_mpls = true;
        ports[i].n_addresses = 1;
        ports[i].addresses = &addresses[i];
    }
    ports[0].is_guarded = true;
    statics[0] = (struct static_wish){.prefix = pfx("20.0.0.0/24"), .distance = 1, .n_hops = 1, .hops = &labelled};
    statics[1] = (struct static_wish){.prefix = pfx("20.0.1.0/24"), .distance = 1, .n_hops = 2, .hops = legs};
    statics[2] = (struct static_wish){
        .instance = "red", .prefix = pfx("20.9.0.0/24"), .distance = 1, .n_hops = 1, .hops = &plain};
    lsps[0] = (struct lsp_wish){.name = "swap",
                                .in_label = 100,
                                .n_hops = 1,
                                .hops = &swapped,
                                .n_guarded = 1,
                                .guarded = (char[][RIB_IFNAME_MAX]){"p0"}};
    lsps[1] = (struct lsp_wish){.name = "into-red",
                                .in_label = 101,
                                .is_lookup = true,
                                .lookup = "red",
                                .n_guarded = 1,
                                .guarded = (char[][RIB_IFNAME_MAX]){"p0"}};
    ribd_apply(d, &wish);
}

/* --- what shall work --- */

static bool comes_out(struct bench *b, unsigned out, const char *stack, const char *destination, const char *expected)
{
    struct out_label want = labels_of(expected);
    struct fx_packet sent = packet(b, stack, destination), got;

    fx_backend.send(b->fx, 0, &sent);
    while (fx_backend.receive(b->fx, out, &got, STEP_MS))
        if (got.id == sent.id && got.n_labels == want.stack.depth &&
            (got.n_labels == 0 || got.labels[0] == want.stack.label[0]))
            return true;
    return false;
}

struct asked {
    struct bench *b;
    char *reply;
    size_t size;
};

static void on_audited(void *arg, const char *reply)
{
    struct asked *a = arg;

    snprintf(a->reply, a->size, "%s", reply ? reply : "");
    a->b->is_dumped = true;
}

static bool is_audited(void *arg)
{
    return ((struct bench *)arg)->is_dumped;
}

static void audit(struct router *r, bool is_repair, char *reply, size_t size)
{
    struct asked a = {&r->b, reply, size};

    r->b.is_dumped = false;
    ribd_audit(r->d, is_repair, on_audited, &a);
    assert_true(bench_run(&r->b, is_audited, PATIENCE_MS));
}

static bool is_whole(struct bench *b)
{
    return comes_out(b, 1, "", "20.0.0.9", "200") && comes_out(b, 1, "100", "20.0.0.9", "201") &&
           comes_out(b, 1, "101", "20.9.0.9", "") && holdings(b).n_nexthops == 3 && holdings(b).n_routes == 3;
}

static void assert_recovers(struct router *r)
{
    char reply[2000] = "";

    for (unsigned ms = 0; !is_whole(&r->b); ms += STEP_MS) {
        if (ms > PATIENCE_MS)
            fail_msg("packets do not take their ways again");
        bench_run(&r->b, NULL, STEP_MS);
    }
    for (unsigned ms = 0; ms < PATIENCE_MS && strcmp(reply, "clean") != 0; ms += STEP_MS) {
        bench_run(&r->b, NULL, STEP_MS);
        audit(r, false, reply, sizeof(reply));
    }
    assert_string_equal(reply, "clean");
    assert_false(comes_out(&r->b, 1, "102", "20.0.0.9", "")); /* no label but those that were given */
}

static int setup(void **state)
{
    struct router *r = MEM_NEW(NULL, struct router);
    void *bench;

    bench_setup(&bench);
    memcpy(&r->b, bench, sizeof(r->b));
    mem_free(NULL, bench);
    r->b.ops->platform(r->b.dp, &r->b.platform);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct router *r = *state;

    if (r->d)
        ribd_destroy(r->d);
    return bench_teardown(state);
}

static void start(struct router *r)
{
    need_guard(&r->b);
    need_vrf(&r->b);
    r->d = ribd_create(fx_backend.env(r->b.fx), r->b.dp);
    assert_non_null(r->d);
    configure(r->d, false);
    assert_recovers(r);
}

/* --- disturbances --- */

static void test_ribd__carrier_lost_and_back(void **state)
{
    struct router *r = *state;

    start(r);
    fx_backend.carrier(r->b.fx, 1, false);
    bench_run(&r->b, NULL, 500);
    assert_true(comes_out(&r->b, 2, "", "20.0.1.9", "")); /* the other leg */
    assert_false(comes_out(&r->b, 1, "", "20.0.0.9", "200"));
    fx_backend.carrier(r->b.fx, 1, true);
    assert_recovers(r);
}

static void test_ribd__switched_off_and_on_by_somebody(void **state)
{
    struct router *r = *state;

    start(r);
    fx_backend.foreign_admin(r->b.fx, 1, false);
    bench_run(&r->b, NULL, 500);
    assert_true(comes_out(&r->b, 2, "", "20.0.1.9", ""));
    fx_backend.foreign_admin(r->b.fx, 1, true);
    assert_recovers(r);
    fx_backend.foreign_admin(r->b.fx, 1, false); /* too quick to be seen in between */
    fx_backend.foreign_admin(r->b.fx, 1, true);
    assert_recovers(r);
}

static void test_ribd__address_removed_and_back(void **state)
{
    struct router *r = *state;

    start(r);
    fx_backend.foreign_address(r->b.fx, 1, false);
    bench_run(&r->b, NULL, 500);
    assert_true(comes_out(&r->b, 2, "", "20.0.1.9", ""));
    assert_false(comes_out(&r->b, 1, "", "20.0.0.9", "200"));
    fx_backend.foreign_address(r->b.fx, 1, true);
    assert_recovers(r);
}

static void test_ribd__device_deleted_and_made_again(void **state)
{
    struct router *r = *state;
    uint32_t before;

    start(r);
    before = fx_backend.ifindex(r->b.fx, "p1");
    fx_backend.foreign_recreate(r->b.fx, 1);
    assert_int_not_equal(fx_backend.ifindex(r->b.fx, "p1"), before);
    assert_recovers(r);
    fx_backend.foreign_recreate(r->b.fx, 0); /* the guarded one: no label before its guard */
    assert_recovers(r);
}

/* Under another name it is another interface, without configuration. */
static void test_ribd__device_renamed_and_back(void **state)
{
    struct router *r = *state;

    start(r);
    fx_backend.foreign_rename(r->b.fx, "p1", "q1");
    bench_run(&r->b, NULL, 500);
    assert_true(comes_out(&r->b, 2, "", "20.0.1.9", ""));
    fx_backend.foreign_rename(r->b.fx, "q1", "p1");
    assert_recovers(r);
}

static void test_ribd__vrf_device_deleted(void **state)
{
    struct router *r = *state;

    start(r);
    fx_backend.foreign_delete_link(r->b.fx, "red");
    bench_run(&r->b, NULL, 200);
    assert_recovers(r); /* made again, with the lookup and the routes of its table */
}

static void test_ribd__entries_deleted(void **state)
{
    struct router *r = *state;
    struct prefix p = pfx("20.0.0.0/24"), of_red = pfx("20.9.0.0/24");
    struct rib_instance red;

    start(r);
    assert_true(ribd_instances_find(r->d->instances, "red", &red));
    fx_backend.foreign_delete_route(r->b.fx, 0, &p);
    fx_backend.foreign_delete_route(r->b.fx, red.vrf, &of_red);
    fx_backend.foreign_delete_label(r->b.fx, 100);
    fx_backend.foreign_delete_end(r->b.fx, red.vrf);
    assert_recovers(r);
}

static void test_ribd__guard_flushed(void **state)
{
    struct router *r = *state;

    start(r);
    fx_backend.foreign_flush_ruleset(r->b.fx);
    assert_recovers(r);
}

/* No notification tells of it: an audit finds it. */
static void test_ribd__input_switched_off(void **state)
{
    struct router *r = *state;
    char reply[2000];

    start(r);
    fx_backend.foreign_input(r->b.fx, 0, false);
    assert_false(comes_out(&r->b, 1, "100", "20.0.0.9", "201"));
    audit(r, false, reply, sizeof(reply));
    assert_non_null(strstr(reply, "input"));
    audit(r, true, reply, sizeof(reply));
    assert_recovers(r);
}

/* Another program's route wins while it is there, whatever its metric. */
static void test_ribd__steps_aside_for_a_stranger(void **state)
{
    struct router *r = *state;
    struct prefix p = pfx("20.0.0.0/24");

    start(r);
    fx_backend.foreign_route_add(r->b.fx, 0, &p, 2, 500);
    bench_run(&r->b, NULL, 500);
    assert_true(comes_out(&r->b, 2, "", "20.0.0.9", ""));
    assert_int_equal(holdings(&r->b).n_routes, 2);
    fx_backend.foreign_route_del(r->b.fx, 0, &p, 500);
    assert_recovers(r);
}

/* It takes over what the one before left, and nothing is written twice or left over. */
static void test_ribd__starts_again(void **state)
{
    struct router *r = *state;

    start(r);
    ribd_destroy(r->d);
    r->b.ops->destroy(r->b.dp);
    assert_true(comes_out(&r->b, 1, "100", "20.0.0.9", "201")); /* nobody there, and it forwards */
    r->b.dp = fx_backend.dataplane(r->b.fx);
    r->d = ribd_create(fx_backend.env(r->b.fx), r->b.dp);
    configure(r->d, false);
    assert_recovers(r);
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

    start(r);
    assert_int_equal(came_out(r, "", "20.0.0.9").ttl, 8);
    assert_int_equal(came_out(r, "101", "20.9.0.9").ip_ttl, 199);
    configure(r->d, true);
    bench_run(&r->b, NULL, 500);
    assert_int_equal(came_out(r, "", "20.0.0.9").ttl, 255);
    assert_int_equal(came_out(r, "101", "20.9.0.9").ip_ttl, 8);
    assert_recovers(r);
    configure(r->d, false);
    bench_run(&r->b, NULL, 500);
    assert_int_equal(came_out(r, "", "20.0.0.9").ttl, 8);
    assert_int_equal(came_out(r, "101", "20.9.0.9").ip_ttl, 199);
    assert_recovers(r);
}

#define RIBD_CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
