/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at the kernel's tables that fail, or take long: what the data plane does then. Answers are torn on their way
 * (kernel_answers.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/dataplane/internal.h"
#include "strata/loop.h"
#include "strata/pace.h"
#include "tests/conformance/dataplane/kernel_answers.h"
#include "tests/conformance/dataplane/kernel_cases.h"

enum { FOR_EVER = 1000000000, TRIES = 5 };

static int look_setup(void **state)
{
    *kernel_answers() = (struct kernel_answers){0};
    return bench_setup(state);
}

static int look_teardown(void **state)
{
    *kernel_answers() = (struct kernel_answers){0};
    return bench_teardown(state);
}

static bool has_route(struct bench *b, const char *prefix)
{
    struct prefix p = pfx(prefix);

    for (size_t i = 0; i < b->n_foreign; i++)
        if (prefix_equal(&b->foreign[i].route.prefix, &p))
            return true;
    return false;
}

static bool is_torn_often(void *arg)
{
    (void)arg;
    return kernel_answers()->n_torn >= 2 * TRIES;
}

static bool is_one_left(void *arg)
{
    return ((struct bench *)arg)->n_foreign == 1;
}

static void count_unread(void *arg, const char *difference)
{
    *(unsigned *)arg += strstr(difference, "cannot be read") != NULL;
}

static unsigned differences(struct bench *b)
{
    unsigned n = 0;

    b->ops->audit(b->dp, false, count_unread, &n);
    return n;
}

/* Routes go silently, and the look for them fails: there are more, until one succeeds. Meanwhile an audit says so. */
static void test_look__fails_and_is_made_again(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    bench_wait_up(b, 0, true);
    output_of("ip route add 20.0.1.0/24 dev p1; ip route add 20.0.2.0/24 dev p2");
    bench_run(b, NULL, 200);
    assert_int_equal(b->n_foreign, 2);
    assert_int_equal(differences(b), 0);
    kernel_answers()->n_to_tear = FOR_EVER;
    output_of("ip link set p2 down");
    assert_true(bench_run(b, is_torn_often, WAIT_MS)); /* each look asks five times */
    assert_int_equal(b->n_foreign, 2);
    assert_int_equal(differences(b), 1);
    kernel_answers()->n_to_tear = 0;
    assert_true(bench_run(b, is_one_left, WAIT_MS));
    assert_true(has_route(b, "20.0.1.0/24"));
    bench_run(b, NULL, 100);
    assert_int_equal(differences(b), 0);
}

/* Those at the start are no other. */
static void test_look__fails_at_the_start(void **state)
{
    struct bench *b = *state;

    output_of("ip route add 20.0.1.0/24 dev p1");
    kernel_answers()->n_to_tear = TRIES;
    bench_start(b);
    assert_int_equal(b->n_foreign, 0);
    assert_true(bench_run(b, is_one_left, WAIT_MS));
}

/* They take no more than their share of the time, however long it lasts. */
static void test_look__that_fails_is_paced(void **state)
{
    enum { LONG_MS = 2500, MOST = 6 }; /* after 0, 0.1, 0.3, 0.7, 1.5, 3.1 s */
    struct bench *b = *state;

    bench_start(b);
    output_of("ip route add 20.0.2.0/24 dev p2");
    bench_run(b, NULL, 500);
    *kernel_answers() = (struct kernel_answers){.n_to_tear = FOR_EVER};
    output_of("ip link set p2 down");
    assert_true(bench_run(b, is_torn_often, WAIT_MS));
    bench_run(b, NULL, LONG_MS);
    assert_in_range(kernel_answers()->n_torn, 2 * TRIES, MOST * TRIES);
}

static bool has_no_label(void *arg)
{
    return ((struct bench *)arg)->n_foreign_labels == 0;
}

/* The routes are read well then, and the labels are not. */
static void test_look__fails_at_labels(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    need_mpls(b);
    fx_backend.foreign_replace_label(b->fx, 777, 1);
    bench_run(b, NULL, 200);
    assert_int_equal(b->n_foreign_labels, 1);
    *kernel_answers() = (struct kernel_answers){.n_to_spare = 1, .n_to_tear = TRIES};
    fx_backend.foreign_overrun(b->fx);
    fx_backend.foreign_delete_label(b->fx, 777); /* nobody is told of it */
    assert_true(bench_run(b, has_no_label, WAIT_MS));
    assert_int_equal(kernel_answers()->n_torn, TRIES);
}

/* --- tables of deleted VRFs --- */

enum { TABLE = 77, IN_TABLE = 100 };

static int n_in_table(void)
{
    return atoi(output_of("ip -4 route show table 77 proto 181 2>/dev/null | wc -l"));
}

/* As an instance leaves it behind. */
static void fill_table(struct bench *b)
{
    char command[160];

    bench_start(b);
    snprintf(command, sizeof(command),
             "seq 1 %d | sed 's/.*/route add 30.0.&.0\\/24 dev p0 table %d proto 181 metric 51/' | ip -batch -",
             IN_TABLE, TABLE);
    output_of(command);
    assert_int_equal(n_in_table(), IN_TABLE);
    bench_run(b, NULL, 100);
    bench_forget(b); /* of the strangers who wrote that */
}

static bool is_flushed(void *arg)
{
    return !vrf_flush_has(kernel_of(((struct bench *)arg)->dp), TABLE);
}

/* What the first looks did not find, the next one does, after pauses. */
static void test_look__of_a_flush_is_torn(void **state)
{
    enum { PAUSES_MS = 100 + 200 };
    struct bench *b = *state;
    struct loop *loop = fx_backend.env(b->fx)->loop;
    uint64_t since_us;

    fill_table(b);
    since_us = loop_now_us(loop);
    kernel_answers()->n_to_tear = 2 * TRIES;
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", TABLE, NULL), 0);
    assert_true(bench_run(b, is_flushed, WAIT_MS));
    assert_int_equal(n_in_table(), 0);
    assert_int_equal(kernel_answers()->n_torn, 2 * TRIES);
    assert_true(loop_now_us(loop) - since_us >= PAUSES_MS * 1000);
    bench_run(b, NULL, 100);
    assert_int_equal(b->foreign_changes, 0); /* there is nothing left for an audit */
}

static bool is_changed(void *arg)
{
    return ((struct bench *)arg)->foreign_changes > 0;
}

/* It ends, and then an audit is to see what is left. */
static void test_look__of_a_flush_is_always_torn(void **state)
{
    struct bench *b = *state;

    fill_table(b);
    kernel_answers()->n_to_tear = FOR_EVER;
    assert_int_equal(b->ops->vrf_destroy(b->dp, "vrfA", TABLE, NULL), 0);
    assert_true(bench_run(b, is_changed, 4 * WAIT_MS));
    kernel_answers()->n_to_tear = 0;
    assert_int_equal(n_in_table(), IN_TABLE);
    assert_int_equal(holdings(b).n_routes, IN_TABLE);
}

/* --- links --- */

static bool has_no_x0(void *arg)
{
    return !bench_link(arg, "x0");
}

/* A link goes while notifications are lost, and the links cannot be read then. */
static void test_look__at_links_fails(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    output_of("ip link add x0 type veth peer name x1");
    bench_run(b, NULL, 200);
    assert_non_null(bench_link(b, "x0"));
    kernel_answers()->n_links_to_tear = TRIES;
    kernel_answers()->is_deaf = true;
    output_of("ip link del x0"); /* nobody is told of it */
    bench_run(b, NULL, 50);
    kernel_answers()->is_deaf = false;
    assert_int_equal(kernel_answers()->n_links_to_tear, 0);
    assert_non_null(bench_link(b, "x0"));
    assert_int_equal(differences(b), 1);
    assert_true(bench_run(b, has_no_x0, WAIT_MS));
    assert_int_equal(differences(b), 0);
}

static bool is_started(void *arg)
{
    return ((struct bench *)arg)->started > 0;
}

/* News come before the start is over, and are not read yet: the loop sleeps all the same. */
static void test_look__sleeps_before_the_start(void **state)
{
    enum { MOST = 50 };
    struct bench *b = *state;

    kernel_answers()->n_links_to_tear = FOR_EVER;
    bench_begin(b);
    output_of("ip link set p0 mtu 1400");
    kernel_answers()->n_turns = 0;
    bench_run(b, NULL, 500);
    assert_int_equal(b->started, 0);
    assert_in_range(kernel_answers()->n_turns, 1, MOST);
    kernel_answers()->n_links_to_tear = 0;
    assert_true(bench_run(b, is_started, WAIT_MS));
    assert_int_equal(bench_link(b, "p0")->mtu, 1400);
    output_of("ip link set p0 mtu 1410");
    bench_run(b, NULL, 200);
    assert_int_equal(bench_link(b, "p0")->mtu, 1410); /* and is awake now */
}

/* As ribd does when it has its configuration before it hears of the links. */
static void use_at_once(struct bench *b, const struct dp_link *link)
{
    enum { MTU = 1400 };

    if (link->is_loopback || link->mtu == MTU)
        return;
    assert_int_equal(b->ops->link_set(b->dp, link->ifindex, true, MTU, NULL), 0);
    b->ops->link_set_mpls(b->dp, link->ifindex, true, NULL); /* a kernel may lack it */
    assert_int_equal(b->ops->link_set_master(b->dp, link->ifindex, NULL, NULL), 0);
}

/* Neither the rest of the links nor time is lost. */
static void test_look__at_links_that_are_used_at_once(void **state)
{
    enum { MOST_MS = 2000 };
    struct bench *b = *state;
    struct loop *loop = fx_backend.env(b->fx)->loop;
    uint64_t since_us = loop_now_us(loop);

    b->on_link = use_at_once;
    bench_start(b);
    assert_true(loop_now_us(loop) - since_us < MOST_MS * 1000);
    bench_run(b, NULL, 200);
    for (unsigned i = 0; i < FX_PORTS; i++) {
        char name[8];

        snprintf(name, sizeof(name), "p%u", i);
        assert_non_null(bench_link(b, name));
        assert_int_equal(bench_link(b, name)->mtu, 1400);
    }
}

enum { MANY = 20000 };

/* Many of others' routes over p2, and at part 3 of a look at them p0 goes down, and there are other news. */
static void link_goes(void *arg)
{
    struct bench *b = arg;

    output_of("ip route add 21.0.0.0/24 dev p1; ip route del 21.0.0.0/24; ip route add 21.0.1.0/24 dev p1; "
              "ip route add 21.0.2.0/24 dev p1");
    fx_backend.foreign_admin(b->fx, 0, false);
}

static void fill_main(const char *words)
{
    char command[200];

    snprintf(command, sizeof(command),
             "seq 0 %d | awk '{printf \"route add 20.%%d.%%d.%%d/32 dev p2 %s\\n\", $1/65536, $1/256%%256, $1%%256}' | "
             "ip -batch -",
             MANY - 1, words);
    output_of(command);
    output_of("ip address add 10.91.1.1/24 dev p1; " /* with the last one the routes would go */
              "ip route add 12.0.0.0/24 dev p0; ip route add 12.0.1.0/24 dev p1");
}

static void set_trap(struct bench *b)
{
    *kernel_answers() = (struct kernel_answers){.at_part = 3, .fn = link_goes, .arg = b};
}

static bool is_p0_down(void *arg)
{
    const struct dp_link *link = bench_link(arg, "p0");

    return link && !link->is_admin_up;
}

/* One went with p0, two are new; and so it stays. */
static void assert_all_right(struct bench *b)
{
    unsigned n = 0;

    for (int i = 0; i < 200 && n < 2; i++) {
        bench_run(b, NULL, 100);
        n = b->n_foreign == MANY + 3 ? n + 1 : 0;
    }
    assert_int_equal(n, 2);
}

static void assert_heard_in_between(struct bench *b)
{
    assert_true(bench_run(b, is_p0_down, 4 * WAIT_MS));
    print_message("# heard at part %u\n", kernel_answers()->n_parts);
    assert_in_range(kernel_answers()->n_parts, 3, UINT32_MAX);
    assert_int_equal(kernel_answers()->n_dumps, 0); /* the look goes on */
    assert_all_right(b);
}

/* A link that goes does not wait for the end of a long look, as news of routes do; and what went with it after the look
 * had passed is found. */
static void test_look__hears_of_links_in_between(void **state)
{
    struct bench *b = *state;

    bench_start(b);
    bench_wait_up(b, 0, true);
    b->is_counting = true;
    fill_main("");
    for (int i = 0; i < 100 && b->n_foreign < MANY + 2; i++)
        bench_run(b, NULL, 100);
    assert_int_equal(b->n_foreign, MANY + 2);
    bench_run(b, NULL, 500);
    set_trap(b);
    fx_backend.foreign_address(b->fx, 1, false);
    assert_heard_in_between(b);
    assert_int_equal(b->started, 1);
}

static void test_look__hears_of_links_at_the_start(void **state)
{
    struct bench *b = *state;

    fill_main("");
    b->is_counting = true;
    set_trap(b);
    bench_begin(b);
    assert_heard_in_between(b);
    assert_int_equal(b->started, 1);
}

/* Each time it goes there is to be a look: they take no more than their share of the time, and come to an end. */
static void test_look__while_a_link_flaps(void **state)
{
    enum { FLAPS = 50, PAUSE_MS = 50, MOST = 12 };
    struct bench *b = *state;

    bench_start(b);
    bench_wait_up(b, 0, true);
    b->is_counting = true;
    fill_main("");
    for (int i = 0; i < 100 && b->n_foreign < MANY + 2; i++)
        bench_run(b, NULL, 100);
    bench_run(b, NULL, 500);
    *kernel_answers() = (struct kernel_answers){0};
    for (unsigned i = 0; i < FLAPS; i++) {
        fx_backend.foreign_admin(b->fx, 0, i % 2);
        bench_run(b, NULL, PAUSE_MS);
    }
    print_message("# %u looks, %u turns\n", kernel_answers()->n_dumps, kernel_answers()->n_turns);
    assert_in_range(kernel_answers()->n_dumps, 1, MOST);
    for (int i = 0; i < 100 && b->n_foreign != MANY + 1; i++)
        bench_run(b, NULL, 100);
    assert_int_equal(b->n_foreign, MANY + 1);
    bench_run(b, NULL, 3000);
    kernel_answers()->n_dumps = 0;
    bench_run(b, NULL, 1000);
    assert_int_equal(kernel_answers()->n_dumps, 0);
}

static void route_comes_and_goes(void *arg)
{
    struct bench *b = arg;

    output_of("ip route add 21.0.0.0/24 dev p0");
    fx_backend.foreign_admin(b->fx, 0, false);
}

/* It is told when it has gone already, silently with its link, which was told before it. */
static void test_look__what_came_and_went_in_between(void **state)
{
    struct bench *b = *state;

    fill_main("proto 181 metric 51"); /* of an earlier life */
    output_of("ip route del 12.0.0.0/24");
    *kernel_answers() = (struct kernel_answers){.at_part = 3, .fn = route_comes_and_goes, .arg = b};
    bench_start(b);
    for (int i = 0; i < 50 && (b->foreign_events < 3 || b->n_foreign != 1); i++)
        bench_run(b, NULL, 100);
    assert_int_equal(b->foreign_events, 3); /* 12.0.1.0/24, and the other with its end */
    assert_int_equal(b->n_foreign, 1);
    assert_true(has_route(b, "12.0.1.0/24"));
}

static void deaf(void *arg)
{
    (void)arg;
    kernel_answers()->is_deaf = true;
    output_of("ip link del x0");
}

/* News are lost meanwhile, and the link's end is among them: links are compared at once, the rest afterwards. */
static void test_look__overrun_in_between(void **state)
{
    struct bench *b = *state;
    struct dp_counters n;

    bench_start(b);
    bench_wait_up(b, 0, true);
    b->is_counting = true;
    output_of("ip link add x0 type veth peer name x1");
    fill_main("");
    for (int i = 0; i < 100 && b->n_foreign < MANY + 2; i++)
        bench_run(b, NULL, 100);
    bench_run(b, NULL, 500);
    assert_non_null(bench_link(b, "x0"));
    *kernel_answers() = (struct kernel_answers){.at_part = 3, .fn = deaf};
    fx_backend.foreign_address(b->fx, 1, false);
    assert_true(bench_run(b, has_no_x0, 4 * WAIT_MS));
    assert_int_equal(kernel_answers()->n_dumps, 0); /* the look goes on */
    kernel_answers()->is_deaf = false;
    b->ops->count(b->dp, &n);
    assert_true(n.is_resync_due);
    for (int i = 0; i < 100 && (n.is_resync_due || b->foreign_changes == 0); i++) {
        bench_run(b, NULL, 100);
        b->ops->count(b->dp, &n);
    }
    assert_in_range(n.resyncs, 1, 3);
    assert_true(b->foreign_changes > 0);
    assert_int_equal(b->n_foreign, MANY + 2);
}

static bool has_resynced(void *arg)
{
    struct bench *b = arg;
    struct dp_counters n;

    b->ops->count(b->dp, &n);
    return n.resyncs > 0 && b->foreign_changes > 0;
}

/* One overrun after the other: none leads to a resync before the pause is over, and the pauses double, unless there
 * were none for as long. By the data plane's own times: how late it is called, and we, makes no difference. */
static void test_overrun__pauses(void **state)
{
    enum { RESYNCS = 6 };
    struct bench *b = *state;
    const struct monitor *m = &kernel_of(b->dp)->monitor;
    struct pace last = {0};

    bench_start(b);
    bench_run(b, NULL, 100);
    kernel_answers()->is_deaf = true;
    for (unsigned i = 0; i < RESYNCS; i++) {
        bench_forget(b);
        fx_backend.foreign_address(b->fx, 1, i % 2);
        assert_true(bench_run(b, has_resynced, 8 * WAIT_MS));
        assert_true(m->resync_began_us >= last.free_us);
        assert_in_range(m->pace.pause_ms, PACE_FIRST_MS, UINT32_MAX);
        assert_true(m->pace.free_us >= m->resync_began_us + m->pace.pause_ms * 1000ull);
        assert_true(m->pace.pause_ms >= 2 * last.pause_ms ||
                    m->resync_began_us >= last.free_us + last.pause_ms * 1000ull);
        last = m->pace;
    }
}

#define LOOK(f) cmocka_unit_test_setup_teardown(f, look_setup, look_teardown)

int run_kernel_look_cases(void)
{
    const struct CMUnitTest tests[] = {
        LOOK(test_look__fails_and_is_made_again),
        LOOK(test_look__fails_at_the_start),
        LOOK(test_look__that_fails_is_paced),
        LOOK(test_look__fails_at_labels),
        LOOK(test_look__of_a_flush_is_torn),
        LOOK(test_look__of_a_flush_is_always_torn),
        LOOK(test_look__at_links_fails),
        LOOK(test_look__at_links_that_are_used_at_once),
        LOOK(test_look__sleeps_before_the_start),
        LOOK(test_look__hears_of_links_in_between),
        LOOK(test_look__hears_of_links_at_the_start),
        LOOK(test_look__while_a_link_flaps),
        LOOK(test_look__what_came_and_went_in_between),
        LOOK(test_look__overrun_in_between),
        LOOK(test_overrun__pauses),
    };

    return cmocka_run_group_tests_name("looks", tests, NULL, NULL);
}
