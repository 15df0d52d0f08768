/* SPDX-License-Identifier: Apache-2.0
 *
 * State streams: what a daemon writes comes back as canonical text, wherever a grouping is used; what is malformed is
 * refused; text of neighbours is cleaned.
 */
#include "build_edit.h"

#include <errno.h>

#include "state_dump.h"
#include "strata/state.h"

/* Code that writes a neighbour wherever it is: the ids of one use serve for both. */
static void write_neighbor(struct state_writer *w, uint32_t address)
{
    struct ip_addr a = ip_addr_v4(address);

    state_open(w, TESTD_TEST_NEIGHBORS);
    state_open(w, TESTD_TEST_NEIGHBORS_NEIGHBOR);
    state_addr(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_ADDRESS, &a);
    state_enum(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_STATE, CFG_COLOR_GREEN);
    state_text(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_SEEN, "100:1");
    state_text(w, TESTD_TEST_NEIGHBORS_NEIGHBOR_SEEN, "100:2");
    state_close(w);
    state_close(w);
}

static uint8_t *written(size_t *len)
{
    struct state_writer *w = state_writer_create(&testd_schema);
    uint8_t *data;

    state_open(w, TESTD_TEST);
    write_neighbor(w, 0x0a000001);
    state_open(w, TESTD_TEST_VPN_INSTANCE);
    state_text(w, TESTD_TEST_VPN_INSTANCE_NAME, "red");
    write_neighbor(w, 0x0a000002);
    state_close(w);
    state_open(w, TESTD_TEST_PAIR);
    state_text(w, TESTD_TEST_PAIR_TEXT, "seven"); /* keys in any order */
    state_u64(w, TESTD_TEST_PAIR_NUMBER, 7);
    state_close(w);
    state_open(w, TESTD_TEST_COUNTERS);
    state_u64(w, TESTD_TEST_COUNTERS_PACKETS, UINT64_MAX);
    state_open(w, TESTD_TEST_COUNTERS_EVENT);
    state_text(w, TESTD_TEST_COUNTERS_EVENT_TEXT, "up");
    state_text(w, TESTD_TEST_COUNTERS_EVENT_TEXT, NULL);
    state_text(w, TESTD_TEST_COUNTERS_EVENT_TEXT, "");
    state_close(w);
    state_close(w);
    state_close(w);
    assert_true(state_writer_size(w) > 0);
    data = state_writer_take(w, len);
    assert_int_equal(state_writer_size(w), 0);
    state_writer_destroy(w);
    return data;
}

static void test_schema_state__round_trip(void **state)
{
    static struct state_dump t;
    size_t len;
    uint8_t *data = written(&len);

    (void)state;
    assert_int_equal(state_dump_read(&t, &testd_schema, data, len, NULL), 0);
    assert_string_equal(t.text,
                        "test { neighbors { neighbor 10.0.0.1 { state=green; seen=100:1; seen=100:2; } } "
                        "vpn-instance red { neighbors { neighbor 10.0.0.2 { state=green; seen=100:1; seen=100:2; "
                        "} } } pair 7 seven { } counters { packets=18446744073709551615; event { text=up; } } } ");
    free(data);
}

static void test_schema_state__truncate_at_every_byte(void **state)
{
    size_t len;
    uint8_t *data = written(&len);

    (void)state;
    for (size_t cut = 1; cut < len; cut++) {
        static struct state_dump t;
        struct schema_error err = {.message = ""};
        uint8_t *exact = malloc(cut);

        memcpy(exact, data, cut);
        assert_int_equal(state_dump_read(&t, &testd_schema, exact, cut, &err), -EBADMSG);
        assert_true(err.message[0] != '\0');
        free(exact);
    }
    free(data);
}

static void test_schema_state__values_of_all_kinds(void **state)
{
    struct state_writer *w = state_writer_create(&testd_schema);
    struct ip_addr none = {0}, address = ip_addr_v4(0x0a000001);
    struct prefix prefix = prefix_v4(0x0a000000, 8);
    static struct state_dump t;
    uint8_t *data;
    size_t len;

    (void)state;
    state_open(w, TESTD_TEST);
    state_open(w, TESTD_TEST_VALUES);
    state_bool(w, TESTD_TEST_VALUES_BOOLEAN, false);
    state_i64(w, TESTD_TEST_VALUES_I8, -128);
    state_u64(w, TESTD_TEST_VALUES_I32, 5);
    state_u64(w, TESTD_TEST_VALUES_AREA, 1);
    state_addr(w, TESTD_TEST_VALUES_AREA, &address);
    state_addr(w, TESTD_TEST_VALUES_ADDRESS, &address);
    state_addr(w, TESTD_TEST_VALUES_ADDRESS, &none);
    state_prefix(w, TESTD_TEST_VALUES_PREFIX, &prefix);
    state_prefix(w, TESTD_TEST_VALUES_PREFIX, NULL);
    state_quad(w, TESTD_TEST_VALUES_AREA, 0);
    state_quad(w, TESTD_TEST_VALUES_ADDRESS, 0x0a0000fe);
    state_text(w, TESTD_TEST_VALUES_U8, "9");
    state_addr(w, TESTD_TEST_VALUES_UNION, &address);
    state_close(w);
    state_close(w);
    data = state_writer_take(w, &len);
    assert_int_equal(state_dump_read(&t, &testd_schema, data, len, NULL), 0);
    assert_string_equal(
        t.text, "test { values { boolean=false; i8=-128; i32=5; area=0.0.0.1; area=10.0.0.1; "
                "address=10.0.0.1; prefix=10.0.0.0/8; area=0.0.0.0; address=10.0.0.254; u8=9; union=10.0.0.1; } } ");
    free(data);
    state_writer_destroy(w);
}

static void test_schema_state__text_is_cleaned(void **state)
{
    struct state_writer *w = state_writer_create(&testd_schema);
    static struct state_dump t;
    uint8_t *data;
    size_t len;

    (void)state;
    state_open(w, TESTD_TEST);
    state_open(w, TESTD_TEST_VALUES);
    state_text(w, TESTD_TEST_VALUES_TEXT,
               "a\x01"
               "b\xff"
               "c\xc3\xa9\xc3"
               "d\xed\xa0\x80\xc0\xaf");
    data = state_writer_take(w, &len);
    state_dump_read(&t, &testd_schema, data, len, NULL);
    assert_string_equal(t.text, "test { values { text=a?b?c\xc3\xa9?d?????; ");
    free(data);
    state_writer_destroy(w);
}

static int stop(void *ctx, uint32_t node, const char *value)
{
    (void)ctx;
    (void)node;
    (void)value;
    return -ECANCELED;
}

static void test_schema_state__a_callback_may_stop(void **state)
{
    struct schema_state_ops ops = {.leaf = stop};
    size_t len;
    uint8_t *data = written(&len);

    (void)state;
    assert_int_equal(schema_state_read(&testd_schema, data, len, &ops, NULL, NULL), -ECANCELED);
    free(data);
}

static void refused(const uint8_t *bytes, size_t len, const char *why)
{
    struct schema_state_ops none = {.leaf = NULL};
    struct schema_error err = {.message = ""};

    assert_int_equal(schema_state_read(&testd_schema, bytes, len, &none, NULL, &err), -EBADMSG);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" instead of \"%s\"", err.message, why);
}

#define REFUSED(why, ...) refused((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), why)

static void test_schema_state__reader_refuses(void **state)
{
    (void)state;
    REFUSED("unknown record", 1, TESTD_TEST);
    REFUSED("leave without enter", 2);
    REFUSED("container that cannot", 7, TESTD_TEST_VALUES);
    REFUSED("container that cannot", 7, TESTD_TEST, 7, TESTD_TEST_ROUTER_ID);
    REFUSED("leaf that cannot", 7, TESTD_TEST, 3, TESTD_TEST_VALUES);
    REFUSED("leaf that cannot", 7, TESTD_TEST, 3, TESTD_TEST_VALUES_U8, 1);
    REFUSED("malformed value", 7, TESTD_TEST, 7, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_U8, 0x80, 0x02);
    REFUSED("ends inside", 7, TESTD_TEST);
    REFUSED("keys in front", 7, TESTD_TEST, 7, TESTD_TEST_PAIR, 2);
    REFUSED("keys in front", 7, TESTD_TEST, 7, TESTD_TEST_PAIR, 3, TESTD_TEST_PAIR_VALUE, 1, 'x');
    REFUSED("keys in front", 7, TESTD_TEST, 7, TESTD_TEST_PAIR, 3, TESTD_TEST_PAIR_NUMBER, 1, 3, TESTD_TEST_PAIR_NUMBER,
            1);
    REFUSED("malformed key", 7, TESTD_TEST, 7, TESTD_TEST_PAIR, 3, TESTD_TEST_PAIR_TEXT, 9);
}

/* A notification is written as state is; it is a child of the root, but no data. */
static void test_schema_state__notification(void **state)
{
    static struct state_dump t;
    struct state_writer *w = state_writer_create(&testd_schema);
    struct ip_addr a = ip_addr_v4(0x0a000001);
    const struct schema_node *n = &testd_schema.nodes[TESTD_NOTIFY_HAPPENED];

    (void)state;
    assert_true(n->is_notification);
    assert_false(n->is_config);
    assert_int_equal(n->offset, SCHEMA_NONE);
    assert_int_equal(n->parent, 0);
    assert_false(testd_schema.nodes[TESTD_TEST].is_notification);
    assert_false(testd_schema.nodes[TESTD_NOTIFY_HAPPENED_NEIGHBOR].is_config);
    assert_int_equal(schema_find(&testd_schema, "/test"), TESTD_TEST);
    state_open(w, TESTD_NOTIFY_HAPPENED);
    state_bool(w, TESTD_NOTIFY_HAPPENED_PLAIN, true);
    state_addr(w, TESTD_NOTIFY_HAPPENED_NEIGHBOR, &a);
    state_enum(w, TESTD_NOTIFY_HAPPENED_COLOR, CFG_COLOR_DARK_BLUE);
    state_open(w, TESTD_NOTIFY_HAPPENED_MORE);
    state_enum(w, TESTD_NOTIFY_HAPPENED_MORE_REASON, CFG_NOTIFY_HAPPENED_MORE_REASON_SILENCE);
    state_close(w);
    state_close(w);
    assert_string_equal(state_dump_take(&t, &testd_schema, w),
                        "happened { plain=true; neighbor=10.0.0.1; color=dark-blue; more { reason=silence; } } ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_state__round_trip),
        cmocka_unit_test(test_schema_state__truncate_at_every_byte),
        cmocka_unit_test(test_schema_state__values_of_all_kinds),
        cmocka_unit_test(test_schema_state__text_is_cleaned),
        cmocka_unit_test(test_schema_state__a_callback_may_stop),
        cmocka_unit_test(test_schema_state__reader_refuses),
        cmocka_unit_test(test_schema_state__notification),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
