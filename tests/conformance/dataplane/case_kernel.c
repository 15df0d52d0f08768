/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases that only the real kernel has: other programs at work on rules, nftables and devices. They use ip(8) and nft(8)
 * as an operator would.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "src/ribd/dataplane/reader.h"
#include "strata/env.h"
#include "strata/loop.h"
#include "tests/conformance/dataplane/kernel_cases.h"

char *output_of(const char *command)
{
    static char text[65536];
    FILE *f = popen(command, "r");
    size_t n;

    assert_non_null(f);
    n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = '\0';
    assert_int_equal(pclose(f), 0);
    return text;
}

static void test_rules__stand_in_the_right_order(void **state)
{
    struct bench *b = *state;
    char *rules;

    bench_start(b);
    need_vrf(b);
    rules = output_of("ip rule show");
    assert_null(strstr(rules, "0:\tfrom all lookup local\n1000"));
    assert_non_null(strstr(rules, "1000:\tfrom all lookup [l3mdev-table]\n32765:\tfrom all lookup local\n32766:"));
    assert_int_equal(strncmp(rules, "1000:", 5), 0);
}

static void test_rules__are_restored(void **state)
{
    struct bench *b = *state;
    char *rules;

    bench_start(b);
    need_vrf(b);
    output_of("ip rule add pref 0 lookup local; ip rule del pref 32765; ip rule del pref 1000");
    bench_run(b, NULL, 100);
    rules = output_of("ip rule show");
    assert_int_equal(strncmp(rules, "1000:\tfrom all lookup [l3mdev-table]\n32765:\tfrom all lookup local\n", 60), 0);
}

static void test_guard__nft_can_list_it(void **state)
{
    struct bench *b = *state;
    char *ruleset;

    bench_start(b);
    need_guard(b);
    guard_port_on(b, 0, true);
    guard_label(b, 0, 100, true);
    assert_int_equal(bench_flush(b), 0);
    ruleset = output_of("nft list ruleset");
    assert_non_null(strstr(ruleset, "table netdev strata_guard"));
    assert_non_null(strstr(ruleset, "device \"p0\""));
    assert_non_null(strstr(ruleset, "409600")); /* 100 << 12 */
}

static void test_guard__survives_other_commands(void **state)
{
    static const char *const commands[] = {
        "nft flush ruleset", "nft delete table netdev strata_guard",
        "i=$(ip -o link show p0 | cut -d: -f1); nft flush chain netdev strata_guard in_$i",
        "i=$(ip -o link show p0 | cut -d: -f1); nft add element netdev strata_guard ok_$i '{ 413696 }'", /* 101 << 12 */
    };
    struct bench *b = *state;
    struct dp_nexthop nh;

    bench_start(b);
    need_guard(b);
    nh = hop(b, 2, "200");
    put_label(b, 100, &nh, 1);
    put_label(b, 101, &nh, 1);
    guard_port_on(b, 0, true);
    guard_label(b, 0, 100, true);
    assert_int_equal(bench_flush(b), 0);
    accept_labels(b, 0);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        bench_forget(b);
        output_of(commands[i]);
        bench_wait_guard(b);
        assert_forwarded(b, 0, 2, "100", "20.0.0.9", "200");
        assert_dropped(b, 0, "101", "20.0.0.9");
    }
    bench_forget(b);
    output_of("nft add table inet strangers; nft add chain inet strangers c; nft delete table inet strangers");
    bench_run(b, NULL, 100);
    assert_int_equal(b->guard_losses, 0); /* none of our business */
}

static void test_guard__forgets_a_deleted_device(void **state)
{
    struct bench *b = *state;
    uint32_t ifindex;

    bench_start(b);
    need_guard(b);
    output_of("ip link add x0 type veth peer name x1");
    bench_run(b, NULL, 50);
    ifindex = if_nametoindex("x0");
    b->ops->guard_interface(b->dp, ++b->cookie, ifindex, true);
    b->ops->guard_set(b->dp, ++b->cookie, ifindex, 100, true);
    guard_port_on(b, 0, true);
    guard_label(b, 0, 100, true);
    assert_int_equal(bench_flush(b), 0);
    output_of("ip link del x0");
    bench_run(b, NULL, 100);
    assert_null(bench_link(b, "x0"));
    assert_int_equal(b->guard_losses, 0);
    assert_int_equal(holdings(b).n_guard, 1);
    assert_null(strstr(output_of("nft list ruleset"), "\"x0\""));
    b->ops->guard_set(b->dp, ++b->cookie, ifindex, 100, true);
    assert_int_equal(bench_flush(b), -ENODEV);
    b->ops->guard_set(b->dp, ++b->cookie, ifindex, 100, false);
    guard_label(b, 0, 101, true);
    assert_int_equal(bench_flush(b), 0);
}

static void test_link__renamed(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    need_mpls(b);
    output_of("ip link set p0 down; ip link set p0 name q0; ip link set q0 up");
    bench_run(b, NULL, 100);
    assert_non_null(bench_link(b, "q0"));
    assert_null(bench_link(b, "p0"));
    assert_int_equal(bench_link(b, "q0")->ifindex, b->port[0]);
    assert_int_equal(b->ops->link_set_mpls(b->dp, b->port[0], true, NULL), 0);
    assert_string_equal(output_of("cat /proc/sys/net/mpls/conf/q0/input"), "1\n");
    assert_string_equal(output_of("cat /proc/sys/net/ipv4/conf/q0/rp_filter"), "0\n");
}

/* More notifications than the socket holds. */
static void test_overrun__is_followed_by_a_resync(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    output_of("ip link add x0 type veth peer name x1; ip route add 20.0.8.0/24 via 10.90.1.2 dev p1");
    bench_run(b, NULL, 50);
    bench_forget(b);
    output_of(
        "for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do for k in 0 1 2 3 4 5 6 7 8 9; do for m in "
        "0 1 2 3 4 5 6 7 8 9; do echo link set x0 mtu 1$i$j$k; echo link set x0 mtu 140$m; done; done; done; done "
        "| ip -batch -; ip link del x0; ip route del 20.0.8.0/24; ip route add 20.0.9.0/24 via 10.90.1.2 dev p1");
    for (int i = 0; i < 100 && (bench_link(b, "x0") || b->foreign_changes == 0); i++)
        bench_run(b, NULL, 50);
    assert_null(bench_link(b, "x0"));
    assert_non_null(bench_link(b, "p0"));
    assert_true(b->foreign_changes > 0); /* "notifications were lost" */
    bench_run(b, NULL, 300);
    assert_int_equal(b->n_foreign, 1); /* those of others' routes, too */
    assert_int_equal(b->foreign[0].route.prefix.addr.b[2], 9);
}

enum { MANY_ROUTES = 200000, ROUTES_A_FLUSH = 20000 };

static uint64_t processor_us(void)
{
    return (uint64_t)clock() * 1000000 / CLOCKS_PER_SEC;
}

/* A start reads all routes for those of others: in parts, between which the loop hears everybody. */
static void test_turns__start_among_many_routes(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;
    uint64_t all_us, longest_us;
    char text[32];

    bench_start(b);
    bench_wait_up(b, 0, true);
    nh = hop(b, 0, "");
    put_nexthop(b, 1, &nh, 1);
    for (unsigned i = 0; i < MANY_ROUTES; i++) {
        snprintf(text, sizeof(text), "30.%u.%u.%u/32", i >> 16, i >> 8 & 255, i & 255);
        put_route(b, 0, text, 1);
        if ((i + 1) % ROUTES_A_FLUSH == 0) {
            assert_int_equal(bench_flush(b), 0);
            bench_forget(b);
        }
    }
    output_of("ip route add 20.0.9.0/24 via 10.90.1.2 dev p1");
    bench_run(b, NULL, 50);
    loop_event_longest_turn_us(fx_backend.env(b->fx)->loop, true);
    all_us = processor_us();
    bench_restart(b);
    all_us = processor_us() - all_us;
    longest_us = loop_event_longest_turn_us(fx_backend.env(b->fx)->loop, true);
    print_message("# a start among %d routes: longest turn %lu us of %lu\n", MANY_ROUTES, (unsigned long)longest_us,
                  (unsigned long)all_us);
    assert_int_equal(b->n_foreign, 1); /* before started() was told */
    assert_true(longest_us > 0);
    assert_true(longest_us * 4 < all_us);
}

/* --- answers in parts --- */

enum { OBJECTS = 4000, OBJECT = 1000 };

struct reading {
    unsigned n_told, n_again;
    unsigned disturbances; /* to come, one for each answer */
    bool is_disturbed;
    bool is_done;
    int error;
};

static void on_object(void *arg, const struct nlmsghdr *nlh)
{
    struct reading *r = arg;

    r->n_told += nlh->nlmsg_type == RTM_NEWNEXTHOP;
    if (r->disturbances == 0 || r->is_disturbed)
        return;
    r->disturbances--;
    r->is_disturbed = true;
    output_of("ip nexthop add id 9 blackhole; ip nexthop del id 9");
}

static void on_again(void *arg)
{
    struct reading *r = arg;

    r->n_again++;
    r->n_told = 0;
    r->is_disturbed = false;
}

static void on_read(void *arg, int error)
{
    struct reading *r = arg;

    r->is_done = true;
    r->error = error;
}

static struct reading read_objects(struct bench *b, unsigned tries, unsigned disturbances)
{
    const struct nl_reading how = {.fn = on_object, .again = on_again, .done = on_read, .tries = tries};
    struct reading r = {.disturbances = disturbances};
    struct nl_reader reader = {0};
    char buf[READER_QUESTION_MAX];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

    nlh->nlmsg_type = RTM_GETNEXTHOP;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
    assert_int_equal(nl_reader_start(&reader, fx_backend.env(b->fx)->loop, nlh, &how, &r), 0);
    for (int i = 0; i < 1000 && !r.is_done; i++)
        bench_run(b, NULL, 10);
    assert_true(r.is_done);
    return r;
}

/* An answer that is torn is asked for again, as often as is said. */
static void test_reader__asks_again(void **state)
{
    struct bench *b = *state;
    struct reading r;
    char command[200];

    bench_start(b);
    snprintf(command, sizeof(command), "seq %d %d | sed 's/.*/nexthop add id & blackhole/' | ip -batch -", OBJECT,
             OBJECT + OBJECTS - 1);
    output_of(command);
    r = read_objects(b, 3, 0);
    assert_int_equal(r.n_again, 0);
    assert_int_equal(r.n_told, OBJECTS);
    r = read_objects(b, 3, 1);
    assert_int_equal(r.error, 0);
    assert_int_equal(r.n_again, 1);
    assert_int_equal(r.n_told, OBJECTS);
    r = read_objects(b, 3, 3);
    assert_int_equal(r.error, -EINTR);
    assert_int_equal(r.n_again, 2);
    r = read_objects(b, 1, 1);
    assert_int_equal(r.error, -EINTR);
    assert_int_equal(r.n_again, 0);
}

/* --- turns --- */

/* What it takes all together, and the longest turn of it. */
struct turns {
    struct bench *b;
    uint64_t began_us, called_us; /* the call that caused it all, if there is one */
};

static void turns_begin(struct turns *t, struct bench *b)
{
    loop_event_longest_turn_us(fx_backend.env(b->fx)->loop, true);
    *t = (struct turns){.b = b, .began_us = processor_us()};
}

static void turns_called(struct turns *t)
{
    t->called_us = processor_us() - t->began_us;
}

/* The longest is less than one of so many parts. */
static void turns_end(const struct turns *t, unsigned parts, const char *what)
{
    uint64_t all_us = processor_us() - t->began_us;
    uint64_t longest_us = loop_event_longest_turn_us(fx_backend.env(t->b->fx)->loop, true);

    longest_us = longest_us > t->called_us ? longest_us : t->called_us;
    print_message("# %s: longest turn %lu us of %lu\n", what, (unsigned long)longest_us, (unsigned long)all_us);
    assert_true(longest_us > 0);
    assert_true(longest_us * parts < all_us);
}

enum { TABLE = 77, MANY_IN_TABLE = 40000 };

/* Routes of another program, over a port. */
static void others_fill(uint32_t table, unsigned n)
{
    char command[200];

    snprintf(command, sizeof(command),
             "seq 0 %u | awk '{printf \"route add 20.%%d.%%d.%%d/32 dev p2 table %u\\n\", $1/65536, $1/256%%256, "
             "$1%%256}' | ip -batch -",
             n - 1, table);
    output_of(command);
}

static bool are_many_told(void *arg)
{
    return ((struct bench *)arg)->n_foreign == MANY_IN_TABLE;
}

static bool is_none_told(void *arg)
{
    return ((struct bench *)arg)->n_foreign == 0;
}

/* Their routes go silently with their link: that is found in parts, and told in parts. */
static void test_turns__others_go_with_their_link(void **state)
{
    struct bench *b = *state;
    struct turns t;

    bench_start(b);
    bench_wait_up(b, 0, true);
    b->is_counting = true;
    others_fill(RT_TABLE_MAIN, MANY_IN_TABLE);
    assert_true(bench_run(b, are_many_told, 20000));
    bench_run(b, NULL, 300);
    turns_begin(&t, b);
    output_of("ip link set p2 down");
    assert_true(bench_run(b, is_none_told, 20000));
    turns_end(&t, 8, "routes of others go with their link");
}

/* An instance begins to use a table in which another program has many, and it goes in the middle of that; then one does
 * and stays. */
static void test_turns__table_of_others(void **state)
{
    struct bench *b = *state;
    struct turns t;

    bench_start(b);
    need_vrf(b);
    bench_wait_up(b, 0, true);
    others_fill(TABLE, MANY_IN_TABLE);
    bench_run(b, NULL, 300);
    b->is_counting = true;
    assert_int_equal(b->ops->vrf_create(b->dp, "vrfA", TABLE, "strata vrfA", NULL), 0);
    for (int i = 0; i < 2000 && b->n_foreign == 0; i++)
        bench_run(b, NULL, 1);
    assert_in_range(b->n_foreign, 1, MANY_IN_TABLE - 1);
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", TABLE, NULL), 0);
    bench_run(b, NULL, 100);
    assert_true(bench_run(b, is_none_told, 20000));
    bench_run(b, NULL, 300);
    assert_int_equal(b->n_foreign, 0);
    turns_begin(&t, b);
    make_vrf(b, "vrfA", TABLE);
    assert_true(bench_run(b, are_many_told, 20000));
    turns_end(&t, 2, "a table with routes of others");
    assert_string_equal(output_of("ip route add 20.9.0.0/24 dev p2 table 77"), "");
    bench_run(b, NULL, 100);
    assert_int_equal(b->n_foreign, MANY_IN_TABLE + 1); /* news are heard again */
    turns_begin(&t, b);
    output_of("ip link del vrfA");
    assert_true(bench_run(b, is_none_told, 20000));
    turns_end(&t, 2, "a table with routes of others goes");
}

static void fill_instance(struct bench *b, unsigned n)
{
    struct dp_nexthop nh;
    char text[32];

    bench_start(b);
    need_vrf(b);
    bench_wait_up(b, 0, true);
    make_vrf(b, "vrfA", TABLE);
    nh = hop(b, 0, "");
    put_nexthop(b, 1, &nh, 1);
    for (unsigned i = 0; i < n; i++) {
        snprintf(text, sizeof(text), "30.%u.%u.%u/32", i >> 16, i >> 8 & 255, i & 255);
        put_route(b, TABLE, text, 1);
        if ((i + 1) % ROUTES_A_FLUSH == 0 || i + 1 == n) {
            assert_int_equal(bench_flush(b), 0);
            bench_forget(b);
        }
    }
}

static int n_in_table(void)
{
    return atoi(output_of("ip -4 route show table 77 proto 181 type unicast | wc -l"));
}

/* An instance goes, and the kernel would keep its routes. */
static void test_turns__destroyed_instance(void **state)
{
    struct bench *b = *state;
    struct turns t;

    fill_instance(b, MANY_IN_TABLE);
    turns_begin(&t, b);
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", TABLE, NULL), 0);
    turns_called(&t);
    for (int i = 0; i < 200 && n_in_table() > 0; i++)
        bench_run(b, NULL, 50);
    assert_int_equal(n_in_table(), 0);
    turns_end(&t, 8, "the routes of an instance that goes");
    assert_int_equal(b->foreign_changes, 0);
}

/* It comes back in the middle of that: what is written to its table then stays, and an audit is asked for. */
static void test_vrf_flush__its_instance_comes_back(void **state)
{
    struct bench *b = *state;

    fill_instance(b, MANY_IN_TABLE);
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", TABLE, NULL), 0);
    for (int i = 0; i < 2000 && n_in_table() == MANY_IN_TABLE; i++)
        bench_run(b, NULL, 1);
    assert_in_range(n_in_table(), 1, MANY_IN_TABLE - 1);
    make_vrf(b, "vrfA", TABLE);
    assert_true(b->foreign_changes > 0);
    put_route(b, TABLE, "30.0.0.0/32", 1); /* the first, and the last */
    put_route(b, TABLE, "30.0.156.63/32", 1);
    put_route(b, TABLE, "31.0.0.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
    bench_run(b, NULL, 500);
    output_of("ip route show table 77 | grep -q '^30.0.0.0 '");
    output_of("ip route show table 77 | grep -q '^30.0.156.63 '");
    output_of("ip route show table 77 | grep -q '^31.0.0.0/24 '");
    assert_true(n_in_table() > 3); /* the audit's */
}

static int n_ends(void)
{
    return atoi(
        output_of("(ip -4 route show table 77; ip -6 route show table 77) | grep '^unreachable default' | wc -l"));
}

/* It comes back while the last deletes wait for their turn: they must not take away what vrf_create puts there. */
static void test_vrf_flush__leaves_the_end(void **state)
{
    struct bench *b = *state;
    struct dp_nexthop nh;
    char text[32];

    bench_start(b);
    need_vrf(b);
    bench_wait_up(b, 0, true);
    make_vrf(b, "vrfA", TABLE);
    assert_int_equal(n_ends(), 2);
    nh = hop(b, 0, "");
    put_nexthop(b, 1, &nh, 1);
    put_route(b, TABLE, "30.0.0.0/24", 1);
    assert_int_equal(bench_flush(b), 0);
    for (unsigned wait_ms = 0; wait_ms < 40; wait_ms += 2) {
        bench_forget(b);
        for (unsigned i = 0; i < MANY_IN_TABLE / 2; i++) {
            snprintf(text, sizeof(text), "40.%u.%u.%u/32", i >> 16, i >> 8 & 255, i & 255);
            put_route(b, 0, text, 1);
        }
        b->ops->flush(b->dp);
        assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", TABLE, NULL), 0);
        bench_run(b, NULL, wait_ms);
        make_vrf(b, "vrfA", TABLE);
        bench_run(b, NULL, 300);
        if (n_ends() != 2)
            fail_msg("no end after %u ms", wait_ms);
    }
}

/* What is being flushed is nobody's: no audit is to find it. */
static void test_vrf_flush__is_not_told_by_a_dump(void **state)
{
    struct bench *b = *state;

    fill_instance(b, 6000);
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", TABLE, NULL), 0);
    assert_int_equal(holdings(b).n_routes, 0);
    for (int i = 0; i < 200 && n_in_table() > 0; i++)
        bench_run(b, NULL, 50);
    assert_int_equal(n_in_table(), 0);
    bench_run(b, NULL, 200);
    assert_int_equal(n_ends(), 0);
}

static void print_difference(void *arg, const char *difference)
{
    (void)arg;
    print_message("%s\n", difference);
}

/* Another device has the name, or the place, of a guarded one, and the news of it wait: an audit lets no label
 * in there. */
static void test_audit__takes_no_device_for_another(void **state)
{
    struct bench *b = *state;

    bench_start_mpls(b);
    need_guard(b);
    output_of("ip link add x0 index 900 type dummy; ip link set x0 up");
    bench_run(b, NULL, 100);
    assert_non_null(bench_link(b, "x0"));
    b->ops->guard_interface(b->dp, ++b->cookie, 900, true);
    guard_port_on(b, 0, true);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(b->ops->link_set_mpls(b->dp, 900, true, NULL), 0);
    assert_string_equal(output_of("cat /proc/sys/net/mpls/conf/p0/input"), "1\n");
    assert_string_equal(output_of("cat /proc/sys/net/mpls/conf/x0/input"), "1\n");
    output_of("ip link set p0 down; ip link set p0 name q0; ip link add p0 type dummy; ip link set p0 up");
    b->ops->audit(b->dp, true, print_difference, b);
    assert_string_equal(output_of("cat /proc/sys/net/mpls/conf/p0/input"), "0\n");
    output_of("ip link del x0; ip link add x0 index 900 type dummy; ip link set x0 up");
    b->ops->audit(b->dp, true, print_difference, b);
    assert_string_equal(output_of("cat /proc/sys/net/mpls/conf/x0/input"), "0\n");
    bench_run(b, NULL, 500);
    assert_string_equal(output_of("cat /proc/sys/net/mpls/conf/q0/input"), "1\n");
}

static int audit(struct bench *b, bool is_repair)
{
    return b->ops->audit(b->dp, is_repair, is_repair ? NULL : print_difference, NULL);
}

/* Sysctls change without any notification. */
static void test_audit__switches(void **state)
{
    static const char *const commands[] = {
        "echo 0 > /proc/sys/net/ipv4/ip_forward",         "echo 1 > /proc/sys/net/ipv4/conf/p1/rp_filter",
        "echo 2 > /proc/sys/net/ipv4/conf/all/rp_filter", "echo 1 > /proc/sys/net/ipv4/tcp_l3mdev_accept",
        "echo 1 > /proc/sys/net/ipv4/raw_l3mdev_accept",  "echo 1 > /proc/sys/net/mpls/conf/lo/input",
        "echo 0 > /proc/sys/net/mpls/ip_ttl_propagate",   "echo 1 > /proc/sys/net/ipv4/nexthop_compat_mode",
        "echo 1000 > /proc/sys/net/mpls/platform_labels",
    };
    struct bench *b = *state;

    bench_start(b);
    need_mpls(b);
    assert_int_equal(audit(b, false), 0);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        output_of(commands[i]);
        assert_int_equal(audit(b, false), 1);
        assert_int_equal(audit(b, true), 1);
        assert_int_equal(audit(b, false), 0);
    }
}

/* The loop does not run between command and audit: nobody has told of it yet. */
static void test_audit__rules(void **state)
{
    static const char *const commands[] = {
        "ip rule add pref 0 lookup local",
        "ip rule del pref 1000",
    };
    struct bench *b = *state;

    bench_start(b);
    need_vrf(b);
    assert_int_equal(audit(b, false), 0);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        output_of(commands[i]);
        assert_int_equal(audit(b, false), 1);
        assert_int_equal(audit(b, true), 1);
        assert_int_equal(audit(b, false), 0);
    }
}

/* Notifications of routes that wait there. */
static unsigned count_news(struct nl_sock *s)
{
    ssize_t got;
    unsigned n = 0;

    while ((got = recv(s->fd, s->buffer, NL_BUFFER, MSG_DONTWAIT)) > 0) {
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)s->buffer;
        int left = (int)got;

        for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
            n += nlh->nlmsg_type == RTM_NEWROUTE;
    }
    return n;
}

/* The switch net.ipv4.nexthop_compat_mode: with 1 each route is announced when its nexthop object is written again. */
static void test_nexthop__announces_no_routes(void **state)
{
    enum { MANY = 100 };
    struct bench *b = *state;
    struct dp_nexthop nh;
    struct nl_sock s;
    char prefix[32];

    bench_start(b);
    nh = hop(b, 1, "");
    put_nexthop(b, 1, &nh, 1);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(prefix, sizeof(prefix), "20.0.%u.0/24", i);
        put_route(b, 0, prefix, 1);
    }
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(nl_open(&s, NETLINK_ROUTE, true), 0);
    assert_int_equal(nl_join(&s, RTNLGRP_IPV4_ROUTE), 0);
    nh = hop(b, 2, "");
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_int_equal(count_news(&s), 0);
    output_of("echo 1 > /proc/sys/net/ipv4/nexthop_compat_mode");
    nh = hop(b, 1, "");
    put_nexthop(b, 1, &nh, 1);
    assert_int_equal(bench_flush(b), 0);
    assert_in_range(count_news(&s), MANY, 3 * MANY);
    nl_close(&s);
}

/* Other daemons use nexthop objects, and routes over them name only the object. */
static void test_foreign__over_nexthop_objects(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    output_of("ip nexthop add id 7 via 10.90.1.2 dev p1; ip nexthop add id 8 via 10.90.2.2 dev p2;"
              "ip nexthop add id 9 group 7/8; ip nexthop add id 10 blackhole;"
              "ip route add 20.0.0.0/24 nhid 7; ip route add 20.0.1.0/24 nhid 9; ip route add 20.0.2.0/24 nhid 10;"
              "ip route add unreachable 20.0.3.0/24; ip route add 20.0.4.0/24 dev p1");
    bench_run(b, NULL, 200);
    assert_int_equal(b->n_foreign, 5);
    for (size_t i = 0; i < b->n_foreign; i++) {
        static const size_t hops[] = {1, 2, 0, 0, 1};
        static const uint8_t types[] = {DP_ROUTE_UNICAST, DP_ROUTE_UNICAST, DP_ROUTE_BLACKHOLE, DP_ROUTE_UNREACHABLE,
                                        DP_ROUTE_UNICAST};
        uint8_t which = b->foreign[i].route.prefix.addr.b[2];

        assert_int_equal(b->foreign[i].route.n, hops[which]);
        assert_int_equal(b->foreign[i].route.type, types[which]);
        if (which == 0)
            assert_int_equal(b->foreign[i].hops[0].ifindex, b->port[1]);
        if (which == 4)
            assert_false(ip_addr_is_set(&b->foreign[i].hops[0].gateway));
    }
    output_of("ip nexthop flush"); /* takes the routes along, without a notification for each */
    for (int i = 0; i < 50 && b->n_foreign > 2; i++)
        bench_run(b, NULL, 100);
    assert_int_equal(b->n_foreign, 2);
}

int run_own_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_rules__stand_in_the_right_order),
        CASE(test_rules__are_restored),
        CASE(test_guard__nft_can_list_it),
        CASE(test_guard__survives_other_commands),
        CASE(test_guard__forgets_a_deleted_device),
        CASE(test_link__renamed),
        CASE(test_overrun__is_followed_by_a_resync),
        CASE(test_turns__start_among_many_routes),
        CASE(test_nexthop__announces_no_routes),
        CASE(test_audit__switches),
        CASE(test_foreign__over_nexthop_objects),
        CASE(test_audit__rules),
        CASE(test_audit__takes_no_device_for_another),
        CASE(test_turns__others_go_with_their_link),
        CASE(test_turns__table_of_others),
        CASE(test_turns__destroyed_instance),
        CASE(test_vrf_flush__its_instance_comes_back),
        CASE(test_vrf_flush__leaves_the_end),
        CASE(test_vrf_flush__is_not_told_by_a_dump),
        CASE(test_reader__asks_again),
    };

    return cmocka_run_group_tests_name("kernel", tests, NULL, NULL) + run_kernel_look_cases() +
           run_kernel_guard_cases();
}
