/* SPDX-License-Identifier: Apache-2.0
 *
 * Big lists in chunks: over random tables, limits, paths and changes between the chunks, an entry that is there all the
 * time is written exactly once, and a place that is gone loses nothing. Cursors are cut, mangled and refused.
 */
#include "build_edit.h"

#include <errno.h>
#include <stdio.h>

#include "state_dump.h"
#include "strata/addr.h"
#include "strata/state.h"

enum { INSTANCES = 5, NEIGHBORS = 40, NUMBERS = 12, TEXTS = 3, EVENTS = 25 };

/* Instance 0 is the public one. */
struct table {
    bool has_instance[INSTANCES];
    bool neighbor[INSTANCES][NEIGHBORS];
    bool pair[NUMBERS][TEXTS];
    bool event[EVENTS];
};

struct counts {
    unsigned neighbor[INSTANCES][NEIGHBORS];
    unsigned pair[NUMBERS][TEXTS];
    unsigned event[EVENTS];
    unsigned packets;
};

static uint32_t rnd(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

/* --- a daemon --- */

static uint32_t address_of(unsigned i)
{
    return 0x0a000000 + i * 77;
}

static void write_neighbors(struct state_writer *w, const struct table *t, unsigned instance)
{
    struct ip_addr from;
    bool has_from;

    state_open(w, TESTD_TEST_NEIGHBORS);
    if (state_list(w, TESTD_TEST_NEIGHBORS_NEIGHBOR)) {
        has_from = state_after_addr(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_ADDRESS, &from);
        for (unsigned i = 0; i < NEIGHBORS; i++) {
            struct ip_addr a = ip_addr_v4(address_of(i));

            if (!t->neighbor[instance][i] || (has_from && ip_addr_compare(&a, &from) <= 0))
                continue;
            state_open(w, TESTD_TEST_NEIGHBORS_NEIGHBOR);
            state_addr(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_ADDRESS, &a);
            state_enum(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_STATE, CFG_COLOR_GREEN);
            state_open(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_FAMILY);
            state_enum(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_FAMILY_NAME, 1);
            state_close(w);
            state_close(w);
            if (state_pause(w))
                break;
        }
    }
    state_close(w);
}

/* Groups of one number stay together. */
static void write_pairs(struct state_writer *w, const struct table *t)
{
    static const char *const texts[TEXTS] = {"a", "b", "c"};
    uint64_t from = 0;
    bool has_from;

    if (!state_list(w, TESTD_TEST_PAIR))
        return;
    has_from = state_after_number(w, TESTD_TEST_PAIR_NUMBER, &from);
    for (unsigned n = has_from ? (unsigned)from + 1 : 0; n < NUMBERS; n++) {
        bool has_any = false;

        for (unsigned k = 0; k < TEXTS; k++) {
            if (!t->pair[n][k])
                continue;
            has_any = true;
            state_open(w, TESTD_TEST_PAIR);
            state_text(w, TESTD_TEST_PAIR_TEXT, texts[k]);
            state_u64(w, TESTD_TEST_PAIR_NUMBER, n);
            state_close(w);
        }
        if (has_any && state_pause(w))
            return;
    }
}

static void write_events(struct state_writer *w, const struct table *t)
{
    const char *note;
    char text[16];

    state_open(w, TESTD_TEST_COUNTERS);
    state_u64(w, TESTD_TEST_COUNTERS_PACKETS, 1);
    if (state_list(w, TESTD_TEST_COUNTERS_EVENT)) {
        note = state_after_note(w);
        for (unsigned i = note ? (unsigned)atoi(note) + 1 : 0; i < EVENTS; i++) {
            if (!t->event[i])
                continue;
            snprintf(text, sizeof(text), "%u", i);
            state_open(w, TESTD_TEST_COUNTERS_EVENT);
            state_text(w, TESTD_TEST_COUNTERS_EVENT_TEXT, text);
            state_close(w);
            if (state_is_full(w) && state_pause_at(w, text))
                break;
        }
    }
    state_close(w);
}

static void write_all(struct state_writer *w, const struct table *t)
{
    char name[8];

    state_open(w, TESTD_TEST);
    write_neighbors(w, t, 0);
    write_pairs(w, t);
    write_events(w, t);
    for (unsigned i = 1; i < INSTANCES; i++) {
        if (!t->has_instance[i])
            continue;
        snprintf(name, sizeof(name), "v%u", i);
        state_open(w, TESTD_TEST_VPN_INSTANCE);
        state_text(w, TESTD_TEST_VPN_INSTANCE_NAME, name);
        write_neighbors(w, t, i);
        state_close(w);
    }
    state_close(w);
}

/* --- who reads --- */

struct reader {
    struct counts *c;
    unsigned instance;
    unsigned entries; /* of big lists, in this chunk */
};

static int on_enter(void *arg, uint32_t node, const char *const *keys, size_t n_keys)
{
    struct reader *r = arg;
    struct ip_addr a;
    unsigned i;

    (void)n_keys;
    switch (node) {
    case TESTD_TEST:
        r->instance = 0;
        break;
    case TESTD_TEST_VPN_INSTANCE:
        r->instance = (unsigned)atoi(keys[0] + 1);
        break;
    case TESTD_TEST_NEIGHBORS_NEIGHBOR:
    case TESTD_TEST_VPN_INSTANCE_NEIGHBORS_NEIGHBOR:
        assert_int_equal(ip_addr_parse(keys[0], &a), 0);
        i = (ip_addr_to_v4(&a) - 0x0a000000) / 77;
        r->c->neighbor[r->instance][i]++;
        r->entries++;
        break;
    case TESTD_TEST_PAIR:
        r->c->pair[atoi(keys[0])][keys[1][0] - 'a']++;
        break;
    default:
        break;
    }
    return 0;
}

static int on_leaf(void *arg, uint32_t node, const char *value)
{
    struct reader *r = arg;

    if (node == TESTD_TEST_COUNTERS_EVENT_TEXT) {
        r->c->event[atoi(value)]++;
        r->entries++;
    }
    if (node == TESTD_TEST_COUNTERS_PACKETS)
        r->c->packets++;
    return 0;
}

/* One chunk. The cursor is replaced; false: that was all. */
static bool chunk(const struct table *t, const char *path, uint32_t limit, uint8_t **cursor, size_t *len,
                  struct counts *c)
{
    static const struct schema_state_ops ops = {.enter = on_enter, .leaf = on_leaf};
    struct state_writer *w = state_writer_create(&testd_schema);
    struct reader r = {.c = c};
    struct schema_error err = {.message = ""};
    size_t size;
    uint8_t *data;

    assert_int_equal(state_writer_ask(w, path, *cursor, *len, limit), 0);
    free(*cursor);
    write_all(w, t);
    data = state_writer_take(w, &size);
    *cursor = state_writer_cursor(w, len);
    state_writer_destroy(w);
    if (schema_state_read(&testd_schema, data, size, &ops, &r, &err))
        fail_msg("offset %zu: %s", err.offset, err.message);
    free(data);
    if (limit)
        assert_true(r.entries <= limit);
    return *cursor != NULL;
}

static void fill(struct table *t, uint32_t *seed)
{
    unsigned density = rnd(seed, 4); /* 0: nothing, 3: all */

    memset(t, 0, sizeof(*t));
    for (unsigned i = 0; i < INSTANCES; i++) {
        t->has_instance[i] = i == 0 || rnd(seed, 3) < density;
        for (unsigned k = 0; k < NEIGHBORS; k++)
            t->neighbor[i][k] = rnd(seed, 3) < density;
    }
    for (unsigned i = 0; i < NUMBERS * TEXTS; i++)
        t->pair[i / TEXTS][i % TEXTS] = rnd(seed, 3) < density;
    for (unsigned i = 0; i < EVENTS; i++)
        t->event[i] = rnd(seed, 3) < density;
}

/* Some entries come and go, whole instances too. `always` keeps what never went, `ever` what was once there. */
static void change(struct table *t, struct table *always, struct table *ever, uint32_t *seed)
{
    bool *now = (bool *)t, *all = (bool *)always, *any = (bool *)ever;

    for (unsigned n = rnd(seed, 60); n; n--) {
        size_t i = 1 + rnd(seed, sizeof(*t) - 1); /* not the public instance */

        now[i] = !now[i];
    }
    for (size_t i = 0; i < sizeof(*t); i++) {
        all[i] &= now[i];
        any[i] |= now[i];
    }
}

static void expect(unsigned count, bool is_always, bool is_ever, bool is_asked)
{
    if (is_always && is_asked)
        assert_int_equal(count, 1);
    if (!is_ever || !is_asked)
        assert_int_equal(count, 0);
}

static void check(const struct counts *c, const struct table *always, const struct table *ever, bool public,
                  bool instances, bool others)
{
    for (unsigned i = 0; i < INSTANCES; i++)
        for (unsigned k = 0; k < NEIGHBORS; k++)
            expect(c->neighbor[i][k], always->has_instance[i] && always->neighbor[i][k],
                   ever->has_instance[i] && ever->neighbor[i][k], i ? instances : public);
    for (unsigned i = 0; i < NUMBERS * TEXTS; i++)
        expect(c->pair[i / TEXTS][i % TEXTS], always->pair[i / TEXTS][i % TEXTS], ever->pair[i / TEXTS][i % TEXTS],
               others);
    for (unsigned i = 0; i < EVENTS; i++)
        expect(c->event[i], always->event[i], ever->event[i], others);
    assert_int_equal(c->packets, others);
}

static void test_state_list__chunks_are_the_whole(void **state)
{
    (void)state;
    for (uint32_t round = 1; round <= 1500; round++) {
        uint32_t seed = round;
        struct table t, always, ever;
        struct counts c = {0};
        uint8_t *cursor = NULL;
        size_t len = 0;
        unsigned chunks = 0, kind = rnd(&seed, 4);
        static const char *const paths[] = {"/test", "/test/neighbors", "/test/vpn-instance/neighbors/neighbor", NULL};
        bool is_moving = rnd(&seed, 2);

        fill(&t, &seed);
        always = ever = t;
        while (chunk(&t, paths[kind], 1 + rnd(&seed, round % 3 ? 7 : 60), &cursor, &len, &c)) {
            if (is_moving)
                change(&t, &always, &ever, &seed);
            assert_true(++chunks < 2000);
        }
        check(&c, &always, &ever, kind != 2, kind != 1, kind == 0 || kind == 3);
    }
}

/* One entry is asked for: nothing else is written, however it is said. */
static void test_state_list__keys_narrow(void **state)
{
    static const char *const paths[] = {"/test/vpn-instance[v3]/neighbors/neighbor[10.0.0.77]",
                                        "/test/vpn-instance[name='v3']/neighbors/neighbor[address=\"10.0.0.77\"]/state",
                                        "/m:test/m:vpn-instance[m:name='v3']/neighbors/neighbor[10.0.0.77]"};
    struct table t;

    (void)state;
    memset(&t, true, sizeof(t));
    for (size_t i = 0; i < 3; i++)
        for (uint32_t limit = 0; limit < 4; limit++) {
            struct counts c = {0}, wanted = {0};
            uint8_t *cursor = NULL;
            size_t len = 0;

            while (chunk(&t, paths[i], limit, &cursor, &len, &c))
                ;
            wanted.neighbor[3][1] = 1;
            assert_memory_equal(&c, &wanted, sizeof(c));
        }
}

static void test_state_list__paths_of_nothing(void **state)
{
    static const char *const paths[] = {"/other", "/test/other", "/test/neighbors/neighbor[nonsense]", "/test/pair[x]",
                                        "/test/neighbors/other/neighbor"};
    static const struct counts none;
    struct table t;

    (void)state;
    memset(&t, true, sizeof(t));
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct counts c = {0};
        uint8_t *cursor = NULL;
        size_t len = 0;

        while (chunk(&t, paths[i], 100, &cursor, &len, &c))
            ;
        assert_memory_equal(&c, &none, sizeof(c));
    }
}

/* The daemon hears what is asked for, and goes straight there. */
static void test_state_list__asked_keys(void **state)
{
    struct state_writer *w = state_writer_create(&testd_schema);
    struct ip_addr a;
    uint64_t n;

    (void)state;
    assert_int_equal(state_writer_ask(w, "/test/pair[7][b]", NULL, 0, 1), 0);
    state_open(w, TESTD_TEST);
    assert_false(state_wants(w, TESTD_TEST_COUNTERS));
    assert_true(state_wants(w, TESTD_TEST_PAIR));
    assert_true(state_list(w, TESTD_TEST_PAIR));
    assert_true(state_only_number(w, TESTD_TEST_PAIR_NUMBER, &n));
    assert_int_equal(n, 7);
    assert_string_equal(state_only_text(w, TESTD_TEST_PAIR_TEXT), "b");
    assert_false(state_only_addr(w, TESTD_TEST_PAIR_NUMBER, &a));
    assert_false(state_after_number(w, TESTD_TEST_PAIR_NUMBER, &n));
    state_close(w);
    state_writer_destroy(w);
}

static int ask(const uint8_t *cursor, size_t len)
{
    uint8_t *exact = malloc(len ? len : 1);
    struct state_writer *w = state_writer_create(&testd_schema);
    struct table t;
    int result;

    memset(&t, true, sizeof(t));
    memcpy(exact, cursor, len);
    result = state_writer_ask(w, NULL, exact, len, 5);
    if (result == 0)
        write_all(w, &t);
    state_writer_destroy(w);
    free(exact);
    return result;
}

static void test_state_list__bad_cursors(void **state)
{
    struct table t;
    struct counts c = {0};
    uint8_t *cursor = NULL;
    size_t len = 0, refused = 0;
    uint32_t seed = 1;

    (void)state;
    memset(&t, true, sizeof(t));
    for (unsigned i = 0; i < 40; i++) { /* a cursor within an instance */
        assert_true(chunk(&t, NULL, 4, &cursor, &len, &c));
        for (size_t cut = 1; cut < len; cut++)
            refused += ask(cursor, cut) == -EBADMSG;
        for (unsigned k = 0; k < 100; k++) {
            size_t at = rnd(&seed, (uint32_t)len);
            uint8_t was = cursor[at];

            cursor[at] = (uint8_t)rnd(&seed, 256);
            ask(cursor, len);
            cursor[at] = was;
        }
        assert_int_equal(ask(cursor, len), 0);
    }
    assert_true(refused > 100);
    free(cursor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_list__chunks_are_the_whole), cmocka_unit_test(test_state_list__keys_narrow),
        cmocka_unit_test(test_state_list__paths_of_nothing),     cmocka_unit_test(test_state_list__asked_keys),
        cmocka_unit_test(test_state_list__bad_cursors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
