/* SPDX-License-Identifier: Apache-2.0
 *
 * Next hops whose way is another again and again: real changes while much else is to do, and routes that take turns in
 * making each other unusable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "world.h"

#define OSPF RIB_CLIENT_OSPFD
#define BGP  RIB_CLIENT_BGPD
enum { WATCH = 1, CHANGES = 40, FLOOD = 2000, PART = 1024, LONG = 1000000 };

static const char *const ways[] = {"10.9.1.2 dev 2", "10.9.2.2 dev 3"};

static int setup(void **state)
{
    world_setup(state);
    iface(*state, 2, "a", 0, "10.9.1.1/24", true, false);
    iface(*state, 3, "b", 0, "10.9.2.1/24", true, false);
    settle(*state);
    return 0;
}

static void watch(struct world *w, const char *address)
{
    struct ip_addr a = A(address);

    ribd_rib_watch(w->rib, RIB_CLIENT_LDPD, WATCH, 0, &a, false);
}

/* Prefixes 20.x.y.0/24 over a set. */
static void flood(struct world *w, uint32_t set, uint32_t n)
{
    struct rib_route r = {.source = RIB_SOURCE_BGP, .distance = 200, .nhset = set, .label = out_label_none()};

    for (uint32_t i = 0; i < n; i++) {
        r.prefix = prefix_v4(0x14000000u + (i << 8), 24);
        assert_int_equal(ribd_rib_route_set(w->rib, BGP, &r), 0);
    }
}

static size_t resolutions(const struct world *w)
{
    struct rib_counters c;

    ribd_rib_count(w->rib, &c);
    return c.resolutions;
}

/* The route to 10.0.0.1 turns once in each turn, while a flood of others keeps the RIB at work. */
static void turn_and_turn(struct world *w, bool is_settled_all_the_time)
{
    uint32_t direct = nhset(w, BGP, 0, ways[0]);

    ribd_rib_in_parts(w->rib, PART);
    flood(w, direct, FLOOD);
    for (int i = 0; i < CHANGES; i++) {
        route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.1/32", 110, 0, ways[i % 2], 0);
        w->is_work_due = false;
        ribd_rib_settle(w->rib);
        assert_true(w->is_work_due); /* by the flood */
        if (is_settled_all_the_time)
            assert_true(said_nexthop(w, WATCH)->is_usable);
    }
    settle(w);
}

/* Nothing depends on itself: however often the way is another, each is taken. */
static void test_storm__not_circular(void **state)
{
    struct world *w = *state;

    watch(w, "10.0.0.1");
    turn_and_turn(w, true);
    assert_true(said_nexthop(w, WATCH)->is_usable);
    assert_string_equal(said_nexthop(w, WATCH)->reason, "");
    assert_int_equal(ribd_rib_retry_in(w->rib), UINT32_MAX);
}

/* A prefix around the next hop is reached over the next hop: it might depend on itself, and so is held back; but not
 * for long, and nobody has to do anything for it. */
static void test_storm__is_tried_again(void **state)
{
    struct world *w = *state;

    watch(w, "10.0.0.1");
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.0/8", 200, 0, "10.0.0.1", 0);
    turn_and_turn(w, false);
    assert_false(said_nexthop(w, WATCH)->is_usable);
    assert_string_equal(said_nexthop(w, WATCH)->reason, "its routes depend on each other and do not settle");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.0/8"), "-");
    assert_int_equal(ribd_rib_retry_in(w->rib), 1);
    w->now_sec++;
    ribd_rib_retry_due(w->rib);
    settle(w);
    assert_true(said_nexthop(w, WATCH)->is_usable);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.0/8"), ways[(CHANGES - 1) % 2]);
    for (int i = 0; i < 3 && ribd_rib_retry_in(w->rib) != UINT32_MAX; i++) { /* then it is as if nothing had been */
        w->now_sec += ribd_rib_retry_in(w->rib);
        ribd_rib_retry_due(w->rib);
        settle(w);
    }
    assert_int_equal(ribd_rib_retry_in(w->rib), UINT32_MAX);
    assert_true(said_nexthop(w, WATCH)->is_usable);
}

/* A next hop that passes over a route that leads through itself is looked at again whenever another's match changes,
 * and it is the same each time: however many others there are, that is no circle. */
static void test_storm__of_others(void **state)
{
    enum { OTHERS = 100 };
    struct world *w = *state;
    char other[32];

    watch(w, "10.0.0.1");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.0/24", 110, 0, ways[0], 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.0/25", 200, 0, "10.0.0.1", 0);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.0/16", 110, 0, ways[0], 0);
    for (unsigned i = 0; i < OTHERS; i++) {
        snprintf(other, sizeof(other), "10.1.0.%u", i);
        route(w, BGP, RIB_SOURCE_BGP, 0, i % 2 ? "20.0.0.0/24" : "20.0.1.0/24", (uint8_t)(i / 2 + 1), 0, other, 0);
        ribd_rib_watch(w->rib, RIB_CLIENT_LDPD, WATCH + 1 + i, 0, &(struct ip_addr[]){A(other)}[0], false);
    }
    settle(w);
    for (unsigned i = 0; i < OTHERS; i++) {
        snprintf(other, sizeof(other), "10.1.0.%u/32", i);
        route(w, OSPF, RIB_SOURCE_OSPF, 0, other, 110, 0, ways[1], 0);
    }
    settle(w);
    assert_true(said_nexthop(w, WATCH)->is_usable);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.0.0.0/25"), ways[0]);
    assert_int_equal(ribd_rib_retry_in(w->rib), UINT32_MAX);
}

/* The preferred route to 10.0.0.1 leads over itself, and can be used as long as the other one is taken. */
static void circle(struct world *w)
{
    watch(w, "10.0.0.1");
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.1/32", 110, 0, ways[0], 0);
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.1/32", 20, 0, "10.0.0.1", 0);
}

static void test_circle__costs_less_and_less(void **state)
{
    enum { DAY = 86400 };
    struct world *w = *state;
    uint32_t pause = 0, tries = 0;
    size_t before;

    circle(w);
    settle(w);
    assert_false(w->is_work_due);
    assert_false(said_nexthop(w, WATCH)->is_usable);
    before = resolutions(w);
    while (w->now_sec < DAY) {
        uint32_t in_sec = ribd_rib_retry_in(w->rib);

        assert_in_range(in_sec, 1, 600);
        assert_true(in_sec >= pause);
        pause = in_sec;
        w->now_sec += in_sec;
        ribd_rib_retry_due(w->rib);
        settle(w);
        assert_false(w->is_work_due);
        tries++;
    }
    assert_int_equal(pause, 600);
    assert_in_range(tries, 100, 200);
    assert_true(resolutions(w) - before < tries * 100);
    assert_false(said_nexthop(w, WATCH)->is_usable);
    /* Whoever mends it does not wait for a try. */
    unroute(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.1/32");
    settle(w);
    assert_true(said_nexthop(w, WATCH)->is_usable);
    assert_int_equal(audit(w, false), 0);
}

/* The route that makes the circle comes last in a path with many others: a round takes many turns. */
static void test_circle__with_many_dependents(void **state)
{
    struct world *w = *state;
    uint32_t set = nhset(w, BGP, 0, "10.0.0.1");
    int turns = 0;

    ribd_rib_in_parts(w->rib, PART);
    circle(w); /* before the others: it comes last in their path */
    flood(w, set, FLOOD);
    do {
        w->is_work_due = false;
        ribd_rib_settle(w->rib);
        turns++;
    } while (w->is_work_due && turns < LONG);
    assert_false(w->is_work_due);
    assert_false(said_nexthop(w, WATCH)->is_usable);
    assert_int_equal(ribd_rib_retry_in(w->rib), 1);
    unroute(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.1/32");
    settle(w);
    assert_true(said_nexthop(w, WATCH)->is_usable);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), ways[0]);
    assert_int_equal(audit(w, false), 0);
}

/* Some turns a second, at most so many seconds; how many it was at work. */
static uint32_t seconds_of_work(struct world *w, uint32_t at_most)
{
    enum { TURNS_A_SECOND = 1000 };
    uint32_t n = 0;

    do {
        w->is_work_due = false;
        for (int i = 0; i < TURNS_A_SECOND && (i == 0 || w->is_work_due); i++) {
            w->is_work_due = false;
            ribd_rib_settle(w->rib);
        }
        n += w->is_work_due;
        w->now_sec++;
        ribd_rib_retry_due(w->rib);
    } while (w->is_work_due && n < at_most);
    return n;
}

/* Others change all the time, and each change may be the one that mends it: but a circle with many dependents takes no
 * more than its share. */
static void test_circle__with_many_dependents_and_changes(void **state)
{
    enum { HOUR = 3600 };
    struct world *w = *state;
    uint32_t set = nhset(w, BGP, 0, "10.0.0.1"), first, n = 0;

    ribd_rib_in_parts(w->rib, PART);
    circle(w);
    flood(w, set, FLOOD);
    first = seconds_of_work(w, HOUR);
    assert_in_range(first, 2, HOUR - 1);
    for (uint32_t i = 0, from = w->now_sec; w->now_sec - from < 20 * first; i++) {
        route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.1/32", 110, 0, ways[i % 2], 0);
        n += seconds_of_work(w, HOUR);
    }
    assert_in_range(n, 1, 20 * first / 3);
    unroute(w, BGP, RIB_SOURCE_BGP, 0, "10.0.0.1/32");
    for (uint32_t i = 0; i < 5 * first; i++)
        seconds_of_work(w, HOUR);
    ribd_rib_in_parts(w->rib, 1);
    settle(w);
    assert_true(said_nexthop(w, WATCH)->is_usable);
    assert_string_not_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "-");
}

/* Routes over each other at random, with circles of all kinds: it comes to rest whatever is told, and when all is told
 * anew without a circle, all can be used again. */
static void test_circles__at_random(void **state)
{
    enum { HOSTS = 5, STEPS = 4000 };
    static const enum rib_source sources[] = {RIB_SOURCE_BGP, RIB_SOURCE_BGP_LABELED};
    struct world *w = *state;
    uint32_t rng = 20261123, n_held = 0;
    char prefix[40], hop[40];

    for (int i = 0; i < STEPS; i++) {
        rng = rng * 1664525u + 1013904223u;
        snprintf(prefix, sizeof(prefix), rng >> 24 & 1 ? "10.0.0.%u/32" : "10.0.0.%u/30",
                 (rng >> 8) % HOSTS & (rng >> 24 & 1 ? 7u : 4u));
        snprintf(hop, sizeof(hop), "%s10.0.0.%u", rng >> 25 & 3 ? "" : "lsp ", (rng >> 16) % HOSTS);
        if ((rng >> 27) % 8 == 0)
            unroute(w, BGP, sources[rng >> 31], 0, prefix);
        else
            route(w, BGP, sources[rng >> 31], 0, prefix, (uint8_t)(20 + (rng >> 12) % 3), 0,
                  (rng >> 27) % 8 == 1 ? ways[0] : hop, (rng >> 30) & 1 ? 400 : 0);
        ribd_rib_in_parts(w->rib, i % 3 ? 1 : 8192);
        settle(w);
        assert_false(w->is_work_due);
        n_held += ribd_rib_retry_in(w->rib) != UINT32_MAX;
        if (i % 16 == 0) {
            w->now_sec++;
            ribd_rib_retry_due(w->rib);
        }
        w->n_said = 0;
    }
    assert_true(n_held > 0);
    for (unsigned i = 0; i < HOSTS; i++) {
        for (size_t k = 0; k < 2; k++) {
            snprintf(prefix, sizeof(prefix), "10.0.0.%u/32", i);
            unroute(w, BGP, sources[k], 0, prefix);
            snprintf(prefix, sizeof(prefix), "10.0.0.%u/30", i & 4u);
            unroute(w, BGP, sources[k], 0, prefix);
        }
        snprintf(prefix, sizeof(prefix), "20.0.0.%u/32", i);
        snprintf(hop, sizeof(hop), "10.0.0.%u", i);
        route(w, BGP, RIB_SOURCE_BGP, 0, prefix, 200, 0, hop, 0);
    }
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.0.0.0/24", 110, 0, ways[1], 0);
    settle(w);
    for (unsigned i = 0; i < HOSTS; i++) {
        snprintf(prefix, sizeof(prefix), "20.0.0.%u/32", i);
        assert_string_equal(fake_dp_route(w->dp, 0, prefix), ways[1]);
    }
    assert_int_equal(audit(w, false), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_storm__not_circular),
        T(test_storm__is_tried_again),
        T(test_storm__of_others),
        T(test_circle__costs_less_and_less),
        T(test_circle__with_many_dependents),
        T(test_circle__with_many_dependents_and_changes),
        T(test_circles__at_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
