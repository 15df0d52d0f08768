/* SPDX-License-Identifier: Apache-2.0
 *
 * The RIB with many routes. What is counted is work, not time: octets a route, nodes resolved, writes; and that nobody
 * waits for the end of another's flood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/dataplane.h"
#include "src/ribd/rib/internal.h"
#include "strata/mem.h"

#define BGP  RIB_CLIENT_BGPD
#define OSPF RIB_CLIENT_OSPFD
enum { CUSTOMER = 1002, LDP_PEER = 1, MANY = 100000 };

/* A data plane that counts and forgets; results come when the test says so. */
struct big {
    struct dataplane dp;
    struct rib *rib;
    uint64_t *cookies;
    size_t n_cookies, room;
    size_t nexthop_sets, nexthop_dels, route_sets, route_dels, label_sets, installed;
    uint32_t last_label;
    bool is_last_label_written;
    size_t n_dump; /* routes that were there before, over two nexthop objects */
    size_t last_n; /* members of the last nexthop object */
    struct prefix sought;
    bool is_sought_written, is_empty;
    size_t best_routes, completes, gone, differences, kept;
    size_t longest; /* items of one turn; 0: they are not counted */
    bool is_work_due;
};

static struct big *big_of(struct dataplane *dp)
{
    return (struct big *)(void *)dp;
}

static void note(struct dataplane *dp, uint64_t cookie)
{
    struct big *b = big_of(dp);

    if (b->n_cookies == b->room) {
        b->room = b->room ? b->room * 2 : 64;
        b->cookies = mem_realloc(NULL, b->cookies, b->room * sizeof(b->cookies[0]));
    }
    b->cookies[b->n_cookies++] = cookie;
}

static void nexthop_set(struct dataplane *dp, uint64_t cookie, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    (void)id, (void)nh;
    big_of(dp)->nexthop_sets++;
    big_of(dp)->last_n = n;
    note(dp, cookie);
}

static void nexthop_del(struct dataplane *dp, uint64_t cookie, uint32_t id)
{
    (void)id;
    big_of(dp)->nexthop_dels++;
    note(dp, cookie);
}

static void route_set(struct dataplane *dp, uint64_t cookie, const struct dp_route *route)
{
    struct big *b = big_of(dp);

    b->route_sets++;
    b->is_sought_written |= prefix_equal(&route->prefix, &b->sought);
    note(dp, cookie);
}

static void route_del(struct dataplane *dp, uint64_t cookie, uint32_t table, const struct prefix *p)
{
    (void)table, (void)p;
    big_of(dp)->route_dels++;
    note(dp, cookie);
}

static void label_set(struct dataplane *dp, uint64_t cookie, const struct dp_label *label)
{
    struct big *b = big_of(dp);

    b->label_sets++;
    b->is_last_label_written |= label->in_label == b->last_label;
    note(dp, cookie);
}

static struct prefix nth(uint32_t i)
{
    return prefix_v4(0x20000000u + (i << 8), 24);
}

static int dump(struct dataplane *dp, const struct dp_dump *fn, void *arg)
{
    struct dp_nexthop nh = {.ifindex = 2, .gateway = ip_addr_v4(0x0a000202)};
    size_t n = big_of(dp)->n_dump;

    if (big_of(dp)->is_empty) {
        fn->done(arg, 0);
        return 0;
    }
    fn->nexthop(arg, 0x10005, &nh, 1);
    nh = (struct dp_nexthop){.ifindex = 3, .gateway = ip_addr_v4(0x0a000302)};
    fn->nexthop(arg, 0x10006, &nh, 1);
    for (uint32_t i = 0; i < n; i++) {
        struct dp_route route = {.prefix = nth(i), .nexthop_id = i < n / 4 ? 0x10005 : 0x10006};

        fn->route(arg, &route);
    }
    fn->done(arg, 0);
    return 0;
}

static void flush(struct dataplane *dp)
{
    (void)dp;
}

static const struct dp_ops ops = {.nexthop_set = nexthop_set,
                                  .nexthop_del = nexthop_del,
                                  .route_set = route_set,
                                  .route_del = route_del,
                                  .label_set = label_set,
                                  .dump = dump,
                                  .flush = flush};

static void on_best_route(void *arg, enum rib_client_id to, const struct rib_best_route *r)
{
    (void)to, (void)r;
    ((struct big *)arg)->best_routes++;
}

static void on_complete(void *arg, enum rib_client_id to, uint32_t vrf)
{
    (void)to, (void)vrf;
    ((struct big *)arg)->completes++;
}

static void on_work(void *arg)
{
    ((struct big *)arg)->is_work_due = true;
}

static void on_gone(void *arg, enum rib_client_id to, uint32_t vrf, const struct prefix *p)
{
    (void)to, (void)vrf, (void)p;
    ((struct big *)arg)->gone++;
}

static void on_label(void *arg, enum rib_client_id to, const struct rib_label_result *r)
{
    (void)to;
    ((struct big *)arg)->installed += r->status == RIB_LABEL_INSTALLED;
}

static const struct rib_callbacks callbacks = {.label_result = on_label,
                                               .best_route_gone = on_gone,
                                               .work = on_work,
                                               .best_route = on_best_route,
                                               .routes_complete = on_complete};

static void answer(struct big *b)
{
    size_t n = b->n_cookies;
    uint64_t *cookies = mem_dup(NULL, b->cookies, n * sizeof(cookies[0]));

    b->n_cookies = 0;
    for (size_t i = 0; i < n; i++)
        ribd_rib_result(b->rib, cookies[i], 0, NULL);
    mem_free(NULL, cookies);
}

/* What waits, and what was told: a turn that does too much is seen in one of them. */
struct items {
    size_t n[4];
};

static struct items items(const struct big *b)
{
    const struct rib *r = b->rib;
    struct items i = {{r->n_dests, ribd_fifo_n(&r->changed_paths) + ribd_fifo_n(&r->write_paths),
                       ribd_fifo_n(&r->report_dests),
                       b->best_routes + b->gone + b->differences + b->route_sets + b->route_dels}};

    for (int c = 0; c < CLIENTS; c++)
        i.n[1] += ribd_fifo_n(&r->write_dests[c]);
    return i;
}

static void note_items(struct big *b, const struct items *before)
{
    struct items after = items(b);

    for (int i = 0; i < 4; i++) {
        size_t n = after.n[i] > before->n[i] ? after.n[i] - before->n[i] : before->n[i] - after.n[i];

        b->longest = n > b->longest ? n : b->longest;
    }
}

/* One turn of the loop. */
static void turn(struct big *b)
{
    struct items before = items(b);

    ribd_rib_settle(b->rib);
    note_items(b, &before);
    before = items(b);
    answer(b);
    note_items(b, &before);
}

static void rest(struct big *b)
{
    do {
        b->is_work_due = false;
        turn(b);
    } while (b->is_work_due || b->n_cookies);
}

static struct rib_counters counters(const struct big *b)
{
    struct rib_counters c;

    ribd_rib_count(b->rib, &c);
    return c;
}

static void interface(struct big *b, uint32_t ifindex, uint32_t vrf, uint32_t address, bool has_mpls, bool is_up)
{
    struct prefix p = {.addr = ip_addr_v4(address), .len = 24};
    struct rib_interface i = {.ifindex = ifindex,
                              .vrf = vrf,
                              .mtu = 1500,
                              .is_up = is_up,
                              .has_mpls = has_mpls,
                              .n_addresses = is_up ? 1 : 0,
                              .addresses = &p};

    snprintf(i.name, sizeof(i.name), "e%u", ifindex);
    ribd_rib_interface_set(b->rib, &i);
}

static void hops(struct big *b, enum rib_client_id c, uint32_t id, uint32_t ifindex, uint32_t gateway, bool needs_lsp)
{
    struct rib_nexthop nh = {
        .ifindex = ifindex, .gateway = ip_addr_v4(gateway), .needs_lsp = needs_lsp, .label = out_label_none()};

    ribd_rib_nhset_define(b->rib, c, id, &nh, 1);
}

static void route(struct big *b, enum rib_client_id c, uint32_t vrf, struct prefix p, uint32_t nhset, uint32_t label)
{
    struct rib_route r = {.vrf = vrf, .prefix = p, .distance = 20, .nhset = nhset};

    r.source = c == OSPF ? RIB_SOURCE_OSPF : RIB_SOURCE_BGP;
    r.label = label ? out_label_from_wire(label) : out_label_none();
    assert_int_equal(ribd_rib_route_set(b->rib, c, &r), 0);
}

static int setup(void **state)
{
    struct big *b = MEM_NEW(NULL, struct big);

    b->dp.ops = &ops;
    b->rib = ribd_rib_create(&b->dp, NULL, &callbacks, b);
    ribd_rib_instance_set(b->rib, 0, true, 1);
    interface(b, 2, 0, 0x0a000201, true, true);
    interface(b, 3, 0, 0x0a000301, true, true);
    rest(b);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct big *b = *state;

    ribd_rib_destroy(b->rib);
    mem_free(NULL, b->cookies);
    mem_free(NULL, b);
    return 0;
}

static void forget(struct big *b)
{
    b->nexthop_sets = b->route_sets = b->route_dels = b->best_routes = 0;
}

static void test_scale__octets_a_route(void **state)
{
    struct big *b = *state;
    size_t before = counters(b).bytes, each;

    hops(b, BGP, 1, 2, 0x0a000202, false);
    for (uint32_t i = 0; i < MANY; i++) {
        route(b, BGP, 0, nth(i), 1, 0);
        if (i % 1000 == 0)
            turn(b);
    }
    rest(b);
    assert_int_equal(b->route_sets, MANY);
    each = (counters(b).bytes - before) / MANY;
    print_message("%zu octets a route\n", each);
    assert_true(each <= 100);
    for (uint32_t i = 0; i < MANY; i++) {
        struct prefix p = nth(i);

        ribd_rib_route_del(b->rib, BGP, 0, &p, RIB_SOURCE_BGP);
    }
    rest(b);
    assert_int_equal(b->route_dels, MANY);
    assert_true(counters(b).bytes - before < 1000000); /* given back; queues keep a little */
}

/* A next hop of a hundred thousand routes moves: resolved once, one write. */
static void test_scale__one_next_hop_under_many(void **state)
{
    struct big *b = *state;
    size_t resolutions;

    hops(b, OSPF, 1, 2, 0x0a000202, false);
    hops(b, OSPF, 2, 3, 0x0a000302, false);
    hops(b, BGP, 1, 0, 0x0a010009, false);
    route(b, OSPF, 0, prefix_v4(0x0a010009, 32), 1, 0);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, 0, nth(i), 1, 0);
    rest(b);
    assert_int_equal(b->route_sets, MANY + 1);
    resolutions = counters(b).resolutions;
    assert_true(resolutions <= 3);
    forget(b);
    route(b, OSPF, 0, prefix_v4(0x0a010009, 32), 2, 0);
    rest(b);
    assert_int_equal(counters(b).resolutions - resolutions, 1);
    assert_int_equal(b->nexthop_sets, 2); /* the OSPF route's own new object, and the one under all */
    assert_int_equal(b->route_sets, 1);   /* the OSPF route itself */
}

/* Labels over one path: some leave at once, some octets each; another client's one does not wait for them all, and what
 * the kernel has not answered is not without end. */
static void test_scale__labels(void **state)
{
    enum { LABELS = 30000, A_TURN = 2048, ON_THEIR_WAY = 8192, FIRST = 100000 };
    struct big *b = *state;
    struct rib_label_entry e = {.op = RIB_LABEL_SWAP, .fec = {.purpose = RIB_LABEL_BGP_LABELED}, .nhset = 1};
    size_t before, each;

    hops(b, OSPF, 1, 2, 0x0a000202, false);
    hops(b, OSPF, 2, 3, 0x0a000302, false);
    hops(b, BGP, 1, 0, 0x0a010009, true);
    route(b, OSPF, 0, prefix_v4(0x0a010009, 32), 1, 400);
    rest(b);
    before = counters(b).bytes;
    for (uint32_t i = 0; i < LABELS; i++) {
        e.in_label = FIRST + i;
        e.fec.prefix = nth(i);
        e.label = out_label_from_wire(500000 + i);
        ribd_rib_label_set(b->rib, BGP, &e);
    }
    b->last_label = FIRST - 1;
    e = (struct rib_label_entry){.op = RIB_LABEL_POP_LOOKUP, .fec = {.purpose = RIB_LABEL_LDP}, .in_label = FIRST - 1};
    ribd_rib_label_set(b->rib, RIB_CLIENT_LDPD, &e);
    ribd_rib_settle(b->rib);
    assert_in_range(b->label_sets, 1, A_TURN);
    assert_true(b->is_last_label_written);
    for (int i = 0; i < 20; i++)
        ribd_rib_settle(b->rib);
    assert_in_range(b->label_sets, ON_THEIR_WAY, ON_THEIR_WAY + A_TURN);
    rest(b);
    assert_int_equal(b->label_sets, LABELS + 1);
    assert_int_equal(b->installed, LABELS + 1);
    each = (counters(b).bytes - before) / LABELS;
    print_message("%zu octets a label entry\n", each);
    assert_true(each <= 110);
    b->label_sets = 0;
    route(b, OSPF, 0, prefix_v4(0x0a010009, 32), 2, 400);
    ribd_rib_settle(b->rib);
    assert_in_range(b->label_sets, 1, A_TURN);
    rest(b);
    assert_int_equal(b->label_sets, LABELS);
    assert_int_equal(b->installed, LABELS + 1); /* as before: nobody is told */
}

/* VPN routes with a thousand labels: an object each, written once; the core moves: these, and no route. */
static void test_scale__stacks(void **state)
{
    enum { STACKS = 1000 };
    struct big *b = *state;
    struct ip_addr peer[2] = {ip_addr_v4(0x0a000202), ip_addr_v4(0x0a000302)};
    struct prefix pe = prefix_v4(0x0a010006, 32);
    struct out_label l = out_label_from_wire(5061);
    size_t resolutions;

    ribd_rib_instance_set(b->rib, CUSTOMER, true, 8);
    hops(b, OSPF, 1, 2, 0x0a000202, false);
    hops(b, OSPF, 2, 3, 0x0a000302, false);
    hops(b, BGP, 1, 0, 0x0a010006, true);
    ribd_rib_label_peer_set(b->rib, RIB_CLIENT_LDPD, LDP_PEER, 0, peer, 2);
    ribd_rib_binding_set(b->rib, RIB_CLIENT_LDPD, LDP_PEER, &pe, &l);
    route(b, OSPF, 0, pe, 1, 0);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, CUSTOMER, nth(i), 1, 10000 + i % STACKS);
    rest(b);
    assert_int_equal(b->nexthop_sets, STACKS + 1);
    assert_int_equal(b->route_sets, MANY + 1);
    resolutions = counters(b).resolutions;
    assert_true(resolutions <= 3);
    forget(b);
    route(b, OSPF, 0, pe, 2, 0);
    rest(b);
    assert_int_equal(counters(b).resolutions - resolutions, 1);
    assert_int_equal(b->nexthop_sets, STACKS + 1);
    assert_int_equal(b->route_sets, 1);
}

static void test_scale__64_ways(void **state)
{
    struct big *b = *state;
    struct rib_nexthop nh[RIB_NEXTHOPS_MAX];

    memset(nh, 0, sizeof(nh));
    for (uint32_t i = 0; i < RIB_NEXTHOPS_MAX; i++) {
        interface(b, 100 + i, 0, 0x0a640001 + (i << 8), false, true);
        nh[i].ifindex = 100 + i;
        nh[i].gateway = ip_addr_v4(0x0a640002 + (i << 8));
        nh[i].label = out_label_none();
    }
    ribd_rib_nhset_define(b->rib, OSPF, 1, nh, RIB_NEXTHOPS_MAX);
    for (uint32_t i = 0; i < 1000; i++)
        route(b, OSPF, 0, nth(i), 1, 0);
    rest(b);
    assert_int_equal(b->last_n, 64);
    assert_int_equal(b->nexthop_sets, 1);
    assert_int_equal(b->route_sets, 1000);
    forget(b);
    interface(b, 100, 0, 0x0a640001, false, false);
    rest(b);
    assert_int_equal(b->last_n, 63);
    assert_int_equal(b->nexthop_sets, 1);
    assert_int_equal(b->route_sets, 0);
}

/* A single route of one client is on its way in the same turn, whatever another has poured in before. */
static void test_scale__a_flood_delays_nobody(void **state)
{
    struct big *b = *state;

    hops(b, BGP, 1, 2, 0x0a000202, false);
    hops(b, OSPF, 1, 3, 0x0a000302, false);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, 0, nth(i), 1, 0);
    turn(b);
    assert_true(b->route_sets > 0 && b->route_sets < MANY / 10); /* a bounded part */
    b->sought = prefix_v4(0x0a020000, 16);
    route(b, OSPF, 0, b->sought, 1, 0);
    while (!counters(b).routes || !b->is_sought_written) {
        size_t before = b->route_sets;

        turn(b);
        assert_true(b->route_sets > before);
        if (b->route_sets > MANY / 2)
            fail_msg("it waits for the flood");
        if (b->is_sought_written)
            assert_true(b->route_sets - before <= 4096);
    }
    rest(b);
    assert_int_equal(b->route_sets, MANY + 1);
    /* the same for removal */
    for (uint32_t i = 0; i < MANY; i++) {
        struct prefix p = nth(i);

        ribd_rib_route_del(b->rib, BGP, 0, &p, RIB_SOURCE_BGP);
    }
    turn(b);
    ribd_rib_route_del(b->rib, OSPF, 0, &b->sought, RIB_SOURCE_OSPF);
    b->is_sought_written = false;
    route(b, OSPF, 0, b->sought, 1, 0);
    for (int i = 0; i < 3; i++)
        turn(b);
    assert_true(b->route_dels < MANY);
    rest(b);
    assert_int_equal(b->route_dels, MANY);
}

/* While nothing is answered no more than a window is on its way, and what changes meanwhile is written once. */
static void test_scale__a_kernel_that_is_slow(void **state)
{
    struct big *b = *state;
    size_t written;

    hops(b, BGP, 1, 2, 0x0a000202, false);
    hops(b, BGP, 2, 3, 0x0a000302, false);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, 0, nth(i), 1, 0);
    for (int i = 0; i < 50; i++)
        ribd_rib_settle(b->rib);
    written = b->route_sets;
    assert_true(written > 0 && written <= 16384);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, 0, nth(i), 2, 0);
    rest(b);
    assert_int_equal(b->route_sets, MANY + written);
}

static void test_scale__a_subscription_to_many(void **state)
{
    struct big *b = *state;

    hops(b, BGP, 1, 2, 0x0a000202, false);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, 0, nth(i), 1, 0);
    rest(b);
    ribd_rib_subscribe(b->rib, OSPF, 0, 1u << RIB_SOURCE_BGP);
    turn(b);
    assert_true(b->best_routes > 0 && b->best_routes < MANY / 2);
    assert_int_equal(b->completes, 0);
    rest(b);
    assert_int_equal(b->best_routes, MANY);
    assert_int_equal(b->completes, 1);
}

static void on_adopted(void *arg, int error, size_t n)
{
    assert_int_equal(error, 0);
    *(size_t *)arg = n;
}

/* What is told again after a restart is found again, however much it is, before the rest is swept. */
static void test_scale__a_restart(void **state)
{
    struct big *b = *state;
    size_t n;

    b->n_dump = MANY;
    ribd_rib_hold(b->rib, true);
    assert_int_equal(ribd_rib_adopt(b->rib, &(struct rib_adoption_events){.done = on_adopted}, &n), 0);
    assert_int_equal(n, MANY + 2);
    hops(b, BGP, 1, 2, 0x0a000202, false);
    hops(b, BGP, 2, 3, 0x0a000302, false);
    for (uint32_t i = 0; i < MANY - 10; i++)
        route(b, BGP, 0, nth(i), i < MANY / 4 ? 1 : 2, 0);
    ribd_rib_hold(b->rib, false);
    ribd_rib_settle(b->rib);
    ribd_rib_sweep_adopted(b->rib);
    rest(b);
    assert_int_equal(b->nexthop_sets, 0);
    assert_int_equal(b->nexthop_dels, 0);
    assert_int_equal(b->route_sets, 0);
    assert_int_equal(b->route_dels, 10);
}

/* --- whatever befalls many, a turn does a part of it --- */

enum { A_TURN = 40000 }; /* of a hundred thousand */

/* The event has been told already; all that follows from it. */
static void in_parts(struct big *b, const struct items *before)
{
    b->longest = 0;
    note_items(b, before); /* by the event itself */
    rest(b);
    assert_true(b->longest > 0);
    if (b->longest > A_TURN)
        fail_msg("%zu items in one turn", b->longest);
}

static void fill(struct big *b, uint32_t vrf)
{
    hops(b, OSPF, 1, 2, 0x0a000202, false);
    hops(b, OSPF, 2, 3, 0x0a000302, false);
    hops(b, BGP, 1, 0, 0x0a010009, false);
    route(b, OSPF, 0, prefix_v4(0x0a010009, 32), 1, 0);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, vrf, nth(i), 1, 0);
    rest(b);
    forget(b);
}

static void test_turns__next_hop_and_subscriber(void **state)
{
    struct big *b = *state;
    struct prefix hop = prefix_v4(0x0a010009, 32);
    struct items before;

    fill(b, 0);
    before = items(b);
    ribd_rib_subscribe(b->rib, RIB_CLIENT_LDPD, 0, 1u << RIB_SOURCE_BGP);
    in_parts(b, &before);
    before = items(b);
    route(b, OSPF, 0, hop, 2, 0); /* another way: all are told */
    in_parts(b, &before);
    assert_int_equal(b->best_routes, 2 * MANY);
    before = items(b);
    ribd_rib_route_del(b->rib, OSPF, 0, &hop, RIB_SOURCE_OSPF);
    in_parts(b, &before);
    assert_int_equal(b->route_dels, MANY + 1);
    before = items(b);
    route(b, OSPF, 0, hop, 1, 0);
    in_parts(b, &before);
    assert_int_equal(b->route_sets, 1 + MANY + 1);
    before = items(b);
    ribd_rib_client_lost(b->rib, RIB_CLIENT_LDPD);
    b->longest = 0;
    ribd_rib_subscribe(b->rib, RIB_CLIENT_LDPD, 0, 1u << RIB_SOURCE_BGP); /* it is back at once */
    b->best_routes = b->gone = 0;
    before = items(b);
    in_parts(b, &before);
    assert_true(b->best_routes >= MANY); /* told all of it, and nothing of the time before */
    assert_int_equal(b->gone, 0);
}

static void test_turns__client_sweep(void **state)
{
    struct big *b = *state;
    struct items before;

    fill(b, 0);
    ribd_rib_client_lost(b->rib, BGP);
    rest(b);
    hops(b, BGP, 1, 0, 0x0a010009, false);
    for (uint32_t i = 0; i < 10; i++)
        route(b, BGP, 0, nth(i), 1, 0);
    before = items(b);
    ribd_rib_client_sweep(b->rib, BGP);
    in_parts(b, &before);
    assert_int_equal(b->route_dels, MANY - 10);
    assert_int_equal(counters(b).routes, 10 + 1 + 2); /* and two connected ones */
}

/* It dies in the middle of the sweep: what it told since it was back stands. */
static void test_turns__client_dies_in_its_sweep(void **state)
{
    struct big *b = *state;

    fill(b, 0);
    ribd_rib_client_lost(b->rib, BGP);
    hops(b, BGP, 1, 0, 0x0a010009, false);
    for (uint32_t i = 0; i < MANY; i += 2)
        route(b, BGP, 0, nth(i), 1, 0);
    ribd_rib_client_sweep(b->rib, BGP);
    turn(b);
    ribd_rib_client_lost(b->rib, BGP);
    rest(b);
    assert_int_equal(b->route_dels, MANY / 2);
    ribd_rib_client_sweep(b->rib, BGP);
    rest(b);
    assert_int_equal(b->route_dels, MANY);
}

static void test_turns__instance(void **state)
{
    struct big *b = *state;
    struct items before;

    ribd_rib_instance_set(b->rib, CUSTOMER, true, 8);
    fill(b, CUSTOMER);
    before = items(b);
    ribd_rib_instance_set(b->rib, CUSTOMER, false, 0);
    in_parts(b, &before);
    assert_int_equal(b->route_dels, MANY);
    before = items(b);
    ribd_rib_instance_set(b->rib, CUSTOMER, true, 8);
    in_parts(b, &before);
    before = items(b);
    ribd_rib_instance_flushed(b->rib, CUSTOMER);
    in_parts(b, &before);
    before = items(b);
    ribd_rib_instance_pipe(b->rib, CUSTOMER, true);
    in_parts(b, &before);
}

static void test_turns__bounce(void **state)
{
    struct big *b = *state;
    struct items before;

    fill(b, 0);
    before = items(b);
    ribd_rib_interface_bounced(b->rib, 2, false);
    in_parts(b, &before);
    assert_int_equal(b->route_sets, MANY + 1); /* all over it are written again */
}

static void on_difference(void *arg, const char *difference)
{
    (void)difference;
    ((struct big *)arg)->differences++;
}

static void on_audited(void *arg, int n)
{
    ((struct big *)arg)->kept = (size_t)n;
}

/* The kernel has none of it any more, and some change while that is found out. */
static void test_turns__audit(void **state)
{
    static const struct rib_audit_events ev = {.difference = on_difference, .done = on_audited};
    struct big *b = *state;
    struct items before;

    fill(b, 0);
    b->is_empty = true;
    before = items(b);
    assert_int_equal(ribd_rib_audit_start(b->rib, false, &ev, b), 0);
    assert_int_equal(ribd_rib_audit_start(b->rib, false, &ev, b), -EBUSY);
    in_parts(b, &before);
    assert_false(ribd_rib_is_auditing(b->rib));
    assert_true(b->differences >= MANY + 1);
    assert_int_equal(b->kept, b->differences);
    before = items(b);
    assert_int_equal(ribd_rib_audit_start(b->rib, true, &ev, b), 0);
    in_parts(b, &before);
    assert_int_equal(b->route_sets, MANY + 1);
}

/* Instances that do not exist cost something each; however many a client names, there is an end to it. */
static void test_scale__instances_out_of_thin_air(void **state)
{
    struct big *b = *state;

    hops(b, BGP, 1, 2, 0x0a000202, false);
    for (uint32_t i = 0; i < MANY; i++)
        route(b, BGP, 5000 + i, nth(1), 1, 0);
    rest(b);
    assert_int_equal(b->route_sets, 0);
    assert_true(counters(b).prefixes < 65536 + 8);
    for (uint32_t i = 0; i < MANY; i++) /* asking makes none */
        ribd_rib_route_del(b->rib, BGP, 5000000 + i, &(struct prefix){.addr = ip_addr_v4(0)}, RIB_SOURCE_BGP);
    rest(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scale__octets_a_route, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__one_next_hop_under_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__labels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__stacks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__64_ways, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__a_flood_delays_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__a_kernel_that_is_slow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__a_subscription_to_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale__instances_out_of_thin_air, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turns__next_hop_and_subscriber, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turns__client_sweep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turns__client_dies_in_its_sweep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turns__instance, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turns__bounce, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turns__audit, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
