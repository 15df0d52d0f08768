/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state of any size: in parts, each a document of its own, the next when it is asked for; whole, up to a
 * bound. The table's size is the number in the configured hostname, so that it changes by a commit.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void); /* of the sanitizer */
#endif

#include "ribd_config.h"
#include "strata/addr.h"
#include "strata/state.h"

enum { BIG = 100000, HEAP_MAX = 16 << 20 };

static size_t heap_in_use(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    struct fake *f = daemon;
    const struct ribd_config *c = f->last_config;
    struct prefix p = {0};
    uint32_t from = 0, n;

    (void)path;
    if (strcmp(f->name, "ribd") != 0 || !c)
        return;
    n = (uint32_t)atoi(c->system.hostname + 1);
    state_open(sw, RIBD_RIB);
    if (state_list(sw, RIBD_RIB_ROUTE)) {
        if (state_after_prefix(sw, RIBD_RIB_ROUTE_PREFIX, &p))
            from = ip_addr_to_v4(&p.addr) - 0x0a000000 + 1;
        for (uint32_t i = from; i < n; i++) {
            p = prefix_v4(0x0a000000 + i, 32);
            state_open(sw, RIBD_RIB_ROUTE);
            state_text(sw, RIBD_RIB_ROUTE_VPN_INSTANCE, "public");
            state_prefix(sw, RIBD_RIB_ROUTE_PREFIX, &p);
            state_text(sw, RIBD_RIB_ROUTE_SOURCE, "bgp");
            state_u64(sw, RIBD_RIB_ROUTE_DISTANCE, 20);
            state_u64(sw, RIBD_RIB_ROUTE_METRIC, i);
            state_bool(sw, RIBD_RIB_ROUTE_SELECTED, true);
            state_close(sw);
            if (state_pause(sw))
                break;
        }
    }
    if (state_wants(sw, RIBD_RIB_COUNTERS)) {
        state_open(sw, RIBD_RIB_COUNTERS);
        state_u64(sw, RIBD_RIB_COUNTERS_ROUTES, n);
        state_close(sw);
    }
    state_close(sw);
}

/* --- a front end that takes parts --- */

struct taker {
    struct world *w;
    struct front *front;
    uint64_t id;
    uint8_t *seen; /* by number of the route: how often */
    unsigned n_parts, n_routes, n_replies, n_counters;
    size_t longest, heap;
    bool has_more;
    int error;
    char note[256];
};

/* Counts the routes of one document, which must be one by itself. */
static void count_routes(struct taker *t, const char *text)
{
    struct lyd_node *tree = NULL, *top;

    assert_int_equal(lyd_parse_data_mem(t->w->ctx, text, text[0] == '<' ? LYD_XML : LYD_JSON, LYD_PARSE_ONLY, 0, &tree),
                     LY_SUCCESS);
    top = yang_top(tree, "rib");
    for (const struct lyd_node *n = lyd_child(top); n; n = n->next) {
        struct prefix p;

        t->n_counters += strcmp(LYD_NAME(n), "counters") == 0;
        if (strcmp(LYD_NAME(n), "route") != 0)
            continue;
        assert_int_equal(prefix_parse(lyd_get_value(lyd_child(n)->next), &p), 0);
        t->seen[ip_addr_to_v4(&p.addr) - 0x0a000000]++;
        t->n_routes++;
    }
    lyd_free_all(tree);
}

static void on_part(const struct front_reply *r, void *arg)
{
    struct taker *t = arg;
    size_t heap = heap_in_use();

    t->heap = heap > t->heap ? heap : t->heap;
    t->n_replies++;
    t->error = r->error;
    t->has_more = r->has_more;
    snprintf(t->note, sizeof(t->note), "%s", r->note);
    if (r->error)
        return;
    t->n_parts++;
    t->longest = strlen(r->text) > t->longest ? strlen(r->text) : t->longest;
    count_routes(t, r->text);
}

static struct taker *taker_create(struct world *w)
{
    static const struct front_events events = {.reply = on_part};
    struct taker *t = calloc(1, sizeof(*t));

    t->w = w;
    t->seen = calloc(1, BIG + 1000);
    t->front = front_create(&w->env, "taker", &events, t);
    world_until(w, front_is_up(t->front));
    return t;
}

static void taker_destroy(struct taker *t)
{
    front_destroy(t->front);
    free(t->seen);
    free(t);
}

static int take(struct taker *t, const struct front_request *r)
{
    unsigned before = t->n_replies;

    t->id = front_send(t->front, r);
    world_until(t->w, t->n_replies != before);
    return t->error;
}

static int more(struct taker *t, uint64_t id)
{
    struct front_request r = {.op = FRONT_MORE, .number = (uint32_t)id};
    unsigned before = t->n_replies;

    assert_true(front_send(t->front, &r) != 0);
    world_until(t->w, t->n_replies != before);
    return t->error;
}

static void take_all(struct taker *t, const struct front_request *r)
{
    assert_int_equal(take(t, r), 0);
    for (uint64_t id = t->id; t->has_more;)
        assert_int_equal(more(t, id), 0);
}

static void set_size(struct world *w, unsigned n)
{
    char text[64];

    snprintf(text, sizeof(text), "system hostname r%u", n);
    assert_int_equal(world_load(w, text), 0);
    assert_int_equal(world_commit(w), 0);
}

static struct taker *begin(struct world *w, unsigned n)
{
    world_start(w, NULL);
    world_daemon(w, "ribd");
    set_size(w, n);
    return taker_create(w);
}

static void expect_once(const struct taker *t, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(t->seen[i], 1);
    assert_int_equal(t->n_routes, n);
}

/* --- tests --- */

static const struct front_request routes = {.op = FRONT_STATE, .path = "/rib/route", .is_in_parts = true};

static void test_parts__are_the_whole(void **state)
{
    struct taker *t = begin(*state, 7000);
    take_all(t, &routes);
    expect_once(t, 7000);
    assert_in_range(t->n_parts, 4, 5);
    assert_int_equal(t->n_counters, 0);
    taker_destroy(t);
}

static void test_parts__several_paths(void **state)
{
    struct front_request r = {
        .op = FRONT_STATE, .path = "/rib/counters /rib/route /rib/route[public]", .is_in_parts = true};
    struct taker *t = begin(*state, 5000);
    take_all(t, &r);
    expect_once(t, 5000);
    assert_int_equal(t->n_counters, 1);
    r.is_in_parts = false; /* the same, merged */
    memset(t->seen, 0, 5000);
    t->n_routes = t->n_counters = 0;
    take_all(t, &r);
    expect_once(t, 5000);
    assert_int_equal(t->n_counters, 1);
    taker_destroy(t);
}

static void test_parts__one_entry(void **state)
{
    struct front_request r = {
        .op = FRONT_STATE, .path = "/rib/route[public][10.0.0.9/32][bgp][20]", .is_in_parts = true};
    struct taker *t = begin(*state, 30);
    take_all(t, &r);
    assert_int_equal(t->n_routes, 1);
    assert_int_equal(t->seen[9], 1);
    taker_destroy(t);
}

static void test_parts__table_changes_meanwhile(void **state)
{
    struct world *w = *state;
    struct taker *t = begin(w, 5000);
    uint64_t id;
    assert_int_equal(take(t, &routes), 0);
    id = t->id;
    set_size(w, 4500);
    assert_int_equal(more(t, id), 0);
    set_size(w, 6000);
    while (t->has_more)
        assert_int_equal(more(t, id), 0);
    expect_once(t, 6000);
    taker_destroy(t);
}

static void test_parts__daemon_goes(void **state)
{
    struct world *w = *state;
    struct taker *t = begin(w, 5000);
    assert_int_equal(take(t, &routes), 0);
    assert_true(t->has_more);
    world_daemon_stop(&w->fakes[0]);
    world_run_ms(w, 50);
    assert_int_equal(more(t, t->id), 0);
    assert_false(t->has_more);
    assert_non_null(strstr(t->note, "ribd is not running"));
    assert_int_equal(more(t, t->id), -ENOENT);
    taker_destroy(t);
}

/* Who never asks for the rest holds little, and not for ever. */
static void test_parts__nobody_wants_the_rest(void **state)
{
    struct taker *t = begin(*state, 5000);
    uint64_t first;
    assert_int_equal(more(t, 12345), -ENOENT);
    assert_int_equal(take(t, &routes), 0);
    first = t->id;
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(take(t, &routes), 0);
    assert_int_equal(more(t, first), -ENOENT);
    assert_int_equal(more(t, t->id), 0);
    taker_destroy(t); /* with all of them open */
}

static void test_parts__whole_is_bounded(void **state)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/rib/route"};
    struct taker *t = begin(*state, 5000);
    take_all(t, &r);
    expect_once(t, 5000);
    assert_int_equal(t->n_parts, 1);
    set_size(t->w, BIG);
    assert_int_equal(take(t, &r), -EMSGSIZE);
    r = (struct front_request){.op = FRONT_GET, .datastore = FRONT_OPERATIONAL, .format = FRONT_XML, .path = "/rib"};
    assert_int_equal(take(t, &r), -EMSGSIZE);
    taker_destroy(t);
}

static void test_parts__operational_data(void **state)
{
    struct front_request r = {.op = FRONT_GET,
                              .datastore = FRONT_OPERATIONAL,
                              .format = FRONT_XML,
                              .content = FRONT_STATE_ONLY,
                              .path = "/rib/route",
                              .is_in_parts = true};
    struct taker *t = begin(*state, 5000);
    take_all(t, &r);
    expect_once(t, 5000);
    assert_true(t->n_parts > 1);
    taker_destroy(t);
}

/* Daemon, mgmtd and front end are all in this process. */
static void test_parts__memory_does_not_grow(void **state)
{
    struct taker *t = begin(*state, BIG);
    size_t before = heap_in_use();
    take_all(t, &routes);
    expect_once(t, BIG);
    assert_true(t->longest < (1u << 20));
    assert_true(t->heap - before < HEAP_MAX);
    taker_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts__are_the_whole, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__several_paths, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__one_entry, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__table_changes_meanwhile, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__daemon_goes, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__nobody_wants_the_rest, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__whole_is_bounded, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__operational_data, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_parts__memory_does_not_grow, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
