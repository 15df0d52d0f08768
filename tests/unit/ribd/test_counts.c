/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance holds is counted as it changes: the same as if all its prefixes and labels were counted anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recount.h"
#include "world.h"

#define OSPF RIB_CLIENT_OSPFD
#define BGP  RIB_CLIENT_BGPD
enum { CUSTOMER = 1002, VRFS = 4, STEPS = 3000, SEEDS = 6, PART = 8192 };

static int setup(void **state)
{
    struct world *w;

    world_setup(state);
    w = *state;
    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    iface(w, 3, "b", 0, "10.9.2.1/24", true, false);
    for (uint32_t v = 1; v < VRFS; v++)
        ribd_rib_instance_set(w->rib, CUSTOMER + v - 1, true, 7 + v);
    settle(w);
    return 0;
}

struct far_end {
    size_t n, routes;
    bool has_lsp;
};

static void on_far_end(void *arg, const struct ip_addr *address, size_t routes, bool has_lsp)
{
    struct far_end *f = arg;

    (void)address;
    *f = (struct far_end){f->n + 1, routes, has_lsp};
}

static void holds(struct world *w, size_t local, size_t remote, size_t unusable, struct far_end end)
{
    struct rib_instance_counts c;
    struct far_end f = {0};

    ribd_rib_view_instance(w->rib, CUSTOMER, &c, on_far_end, &f);
    assert_int_equal(c.local_routes, local);
    assert_int_equal(c.remote_routes, remote);
    assert_int_equal(c.unusable_routes, unusable);
    assert_int_equal(f.n, end.n);
    assert_int_equal(f.routes, end.routes);
    assert_int_equal(f.has_lsp, end.has_lsp);
}

static void test_counts__as_resolved(void **state)
{
    struct world *w = *state;

    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.1/32", 110, 0, "10.9.1.2 dev 2", 400);
    settle(w);
    route(w, BGP, RIB_SOURCE_BGP, CUSTOMER, "20.0.0.0/24", 200, 0, "lsp 10.0.0.1", 500);
    route(w, BGP, RIB_SOURCE_BGP, CUSTOMER, "20.0.1.0/24", 200, 0, "10.0.0.1", 0);
    route(w, BGP, RIB_SOURCE_BGP, CUSTOMER, "20.0.2.0/24", 200, 0, "10.0.0.9", 0);
    holds(w, 0, 0, 0,
          (struct far_end){0}); /* none of them is unusable, or anything else, before it has been looked at */
    settle(w);
    holds(w, 0, 3, 1, (struct far_end){2, 1, false});
    unroute(w, BGP, RIB_SOURCE_BGP, CUSTOMER, "20.0.2.0/24");
    settle(w);
    holds(w, 0, 2, 0, (struct far_end){1, 2, true});
    route(w, OSPF, RIB_SOURCE_OSPF, CUSTOMER, "20.0.1.0/24", 110, CUSTOMER, "blackhole", 0); /* better, and local */
    settle(w);
    holds(w, 1, 1, 0, (struct far_end){1, 1, true});
    ribd_rib_instance_set(w->rib, CUSTOMER, false, 0);
    settle(w);
    holds(w, 1, 1, 2, (struct far_end){1, 1, true});
    assert_int_equal(recount(w->rib), 0);
}

/* --- random --- */

static uint64_t rng, given_seed;

static uint32_t rnd(uint32_t below)
{
    rng = rng * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(rng >> 33) % below;
}

static uint32_t some_vrf(void)
{
    uint32_t v = rnd(VRFS);

    return v ? CUSTOMER + v - 1 : 0;
}

static void some_hops(char *out, size_t size)
{
    static const char *const fixed[] = {"blackhole", "10.9.1.2 dev 2", "10.9.2.2 dev 3", "10.0.0.1 + 10.0.0.2",
                                        "10.9.1.2 dev 2 + 10.0.0.3"};
    uint32_t i = rnd(12);

    if (i < 5)
        snprintf(out, size, "%s", fixed[i]);
    else
        snprintf(out, size, "%s10.0.0.%u", rnd(2) ? "lsp " : "", rnd(6));
}

static void step_route(struct world *w)
{
    static const enum rib_source sources[] = {RIB_SOURCE_OSPF, RIB_SOURCE_BGP, RIB_SOURCE_BGP_LABELED};
    enum rib_source s = sources[rnd(3)];
    enum rib_client_id c = s == RIB_SOURCE_OSPF ? OSPF : BGP;
    uint32_t vrf = some_vrf();
    char prefix[40], hops[80];

    if (rnd(3))
        snprintf(prefix, sizeof(prefix), "20.0.%u.0/24", rnd(12));
    else
        snprintf(prefix, sizeof(prefix), "10.0.0.%u/32", rnd(6));
    some_hops(hops, sizeof(hops));
    if (rnd(3))
        route(w, c, s, vrf, prefix, (uint8_t)(100 + rnd(3)), rnd(3) ? 0 : some_vrf(), hops, rnd(2) ? 500 + rnd(4) : 0);
    else
        unroute(w, c, s, vrf, prefix);
}

static void step_label(struct world *w)
{
    uint32_t label = 5000 + rnd(12);
    struct rib_label_entry e = {.in_label = label, .op = RIB_LABEL_SWAP, .label = out_label_from_wire(900)};
    char hops[40];

    if (rnd(3) == 0) {
        ribd_rib_label_del(w->rib, BGP, label);
        return;
    }
    snprintf(hops, sizeof(hops), "lsp 10.0.0.%u", rnd(6));
    e.fec.vrf = some_vrf();
    e.fec.purpose = RIB_LABEL_BGP_LABELED;
    e.nhset = nhset(w, BGP, 0, hops);
    if (rnd(4) == 0) {
        e.op = RIB_LABEL_POP_LOOKUP;
        e.lookup_vrf = some_vrf();
    }
    ribd_rib_label_set(w->rib, BGP, &e);
    ribd_rib_nhset_undefine(w->rib, BGP, e.nhset);
}

static void step_world(struct world *w)
{
    enum rib_client_id c = rnd(2) ? OSPF : BGP;
    uint32_t vrf = CUSTOMER + rnd(VRFS - 1);

    switch (rnd(8)) {
    case 0:
        iface_down(w, 2, "a", 0, true);
        break;
    case 1:
        iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
        break;
    case 2:
        ribd_rib_instance_set(w->rib, vrf, rnd(2), 8);
        break;
    case 3:
        ribd_rib_instance_pipe(w->rib, vrf, rnd(2));
        break;
    case 4:
        ribd_rib_client_lost(w->rib, c);
        break;
    case 5:
        ribd_rib_client_sweep(w->rib, c);
        break;
    case 6:
        w->dp->is_deferred = rnd(2);
        break;
    default:
        fake_dp_answer(w->dp);
    }
}

static void run(uint64_t seed, uint32_t part)
{
    static struct world *w;

    rng = seed;
    setup((void **)&w);
    ribd_rib_in_parts(w->rib, part);
    for (int i = 0; i < STEPS; i++) {
        uint32_t kind = rnd(20);

        if (kind < 13)
            step_route(w);
        else if (kind < 17)
            step_label(w);
        else
            step_world(w);
        for (uint32_t n = rnd(6); n; n--)
            ribd_rib_settle(w->rib);
        if (rnd(20) == 0) {
            w->dp->is_deferred = false;
            fake_dp_answer(w->dp);
            settle(w);
            assert_int_equal(recount(w->rib), 0);
        }
        w->n_said = 0;
    }
    world_teardown((void **)&w);
}

static void test_counts__random(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < SEEDS; i++) {
        print_message("seed %llu\n", (unsigned long long)(given_seed + i));
        run(given_seed + i, i % 2 ? PART : 1);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counts__as_resolved, setup, world_teardown),
        cmocka_unit_test(test_counts__random),
    };

    given_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20261123;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
