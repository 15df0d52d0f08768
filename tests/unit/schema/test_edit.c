/* SPDX-License-Identifier: Apache-2.0
 *
 * The edit stream: golden bytes, every record, round trip, truncation at every byte, every refusal, and that an edit in
 * a long list stays cheap.
 */
#include "build_edit.h"

#include <errno.h>
#include <stdio.h>

/* Applies raw bytes; NULL on refusal. */
static struct testd_config *apply_raw(const void *bytes, size_t len, struct schema_error *err)
{
    return schema_config_apply(&testd_schema, NULL, bytes, len, err);
}

static void test_schema_edit__golden(void **state)
{
    static const uint8_t want[] = {1,    TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_U16,      0xac,
                                   0x02, 2,          1, TESTD_TEST_EXTRA,  3, TESTD_TEST_EXTRA_SIGNALING, 14,
                                   2,    2};
    struct schema_edit *e = schema_edit_create(&testd_schema);
    struct testd_config *c;
    const uint8_t *data;
    size_t len;

    (void)state;
    ENTER(e, TESTD_TEST);
    ENTER(e, TESTD_TEST_VALUES);
    LEAF(e, TESTD_TEST_VALUES_U16, "300");
    LEAVE(e);
    ENTER(e, TESTD_TEST_EXTRA);
    LEAF(e, TESTD_TEST_EXTRA_SIGNALING, "green");
    LEAVE(e);
    LEAVE(e);
    data = schema_edit_data(e, &len);
    assert_int_equal(len, sizeof(want));
    assert_memory_equal(data, want, sizeof(want));
    c = apply_all(NULL, e);
    assert_int_equal(c->test.values.u16, 300);
    assert_int_equal(c->test.extra->signaling, CFG_COLOR_GREEN);
    schema_config_free(&testd_schema, c);
}

static void test_schema_edit__round_trip(void **state)
{
    struct testd_config *a = apply_all(NULL, full_edit());
    struct schema_edit *e = schema_edit_create(&testd_schema);
    struct schema_edit *again = schema_edit_create(&testd_schema);
    const uint8_t *x, *y;
    size_t n_x, n_y;
    struct testd_config *b;

    (void)state;
    schema_config_encode(&testd_schema, a, e);
    x = schema_edit_data(e, &n_x);
    b = schema_config_apply(&testd_schema, NULL, x, n_x, NULL);
    assert_non_null(b);
    assert_true(schema_config_equal(&testd_schema, a, b));
    schema_config_encode(&testd_schema, b, again);
    y = schema_edit_data(again, &n_y);
    assert_int_equal(n_x, n_y);
    assert_memory_equal(x, y, n_x);
    schema_edit_destroy(e);
    schema_edit_destroy(again);
    schema_config_free(&testd_schema, a);
    schema_config_free(&testd_schema, b);
}

static void test_schema_edit__truncate_at_every_byte(void **state)
{
    struct schema_edit *e = full_edit();
    const uint8_t *data;
    size_t len;

    (void)state;
    data = schema_edit_data(e, &len);
    for (size_t cut = 1; cut < len; cut++) {
        struct schema_error err = {.message = ""};
        uint8_t *exact = malloc(cut); /* so that the sanitizer sees a read behind the end */

        memcpy(exact, data, cut);
        assert_null(apply_raw(exact, cut, &err));
        assert_true(err.message[0] != '\0' && err.offset <= cut);
        free(exact);
    }
    schema_edit_destroy(e);
}

static void test_schema_edit__delete_restores_defaults(void **state)
{
    struct testd_config *a = apply_all(NULL, full_edit());
    struct testd_config *fresh = schema_config_create(&testd_schema);
    struct schema_edit *e = schema_edit_create(&testd_schema);
    const char *red = "red", *nobody = "nobody", *neighbor = "10.0.0.2", *pair[] = {"7", "seven"};
    struct testd_config *b;

    (void)state;
    ENTER(e, TESTD_TEST);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_VALUES, NULL, 0), 0);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_EXTRA, NULL, 0), 0);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_FLAG, NULL, 0), 0);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_ROUTER_ID, NULL, 0), 0);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_HOLD, NULL, 0), 0);
    ENTER(e, TESTD_TEST_NEIGHBORS);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, &neighbor, 1), 0);
    LEAVE(e);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_VPN_INSTANCE, &red, 1), 0);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_VPN_INSTANCE, &nobody, 1), 0);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_PAIR, pair, 2), 0);
    LEAVE(e);
    b = apply_all(a, e);
    assert_true(schema_config_equal(&testd_schema, b, fresh));
    assert_string_equal(b->test.values.text, "a \"quoted\" default");
    assert_int_equal(a->test.n_vpn_instance, 1);
    schema_config_free(&testd_schema, a);
    schema_config_free(&testd_schema, b);
    schema_config_free(&testd_schema, fresh);
}

static void test_schema_edit__leaf_list(void **state)
{
    struct testd_config *a = apply_all(NULL, full_edit());
    struct schema_edit *e = schema_edit_create(&testd_schema);
    struct testd_config *b;

    (void)state;
    ENTER(e, TESTD_TEST);
    ENTER(e, TESTD_TEST_VALUES);
    ADD(e, TESTD_TEST_VALUES_NAMES, "ab");
    ADD(e, TESTD_TEST_VALUES_NAMES, "a"); /* is there */
    assert_int_equal(schema_edit_remove(e, TESTD_TEST_VALUES_NAMES, "b"), 0);
    assert_int_equal(schema_edit_remove(e, TESTD_TEST_VALUES_NAMES, "zz"), 0); /* is not */
    assert_int_equal(schema_edit_remove(e, TESTD_TEST_VALUES_TARGETS, "100:1"), 0);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_VALUES_TARGETS, NULL, 0), 0);
    LEAVE(e);
    LEAVE(e);
    b = apply_all(a, e);
    assert_int_equal(b->test.values.n_names, 2);
    assert_string_equal(b->test.values.names[0], "a");
    assert_string_equal(b->test.values.names[1], "ab");
    assert_int_equal(b->test.values.n_targets, 0);
    assert_int_equal(a->test.values.n_names, 2);
    assert_string_equal(a->test.values.names[1], "b");
    assert_int_equal(a->test.values.n_targets, 2);
    schema_config_free(&testd_schema, b);
    schema_config_free(&testd_schema, a);
}

static void test_schema_edit__producer_refuses(void **state)
{
    struct schema_edit *e = schema_edit_create(&testd_schema);
    const char *bad = "300.0.0.1";
    size_t before, after;

    (void)state;
    assert_int_equal(schema_edit_leave(e), -ENOENT);
    assert_int_equal(schema_edit_leaf(e, TESTD_TEST_VALUES_U8, "1"), -ENOENT); /* not here */
    assert_int_equal(schema_edit_enter(e, TESTD_TEST_VALUES, NULL, 0), -ENOENT);
    assert_int_equal(schema_edit_enter(e, 100000, NULL, 0), -ENOENT);
    ENTER(e, TESTD_TEST);
    ENTER(e, TESTD_TEST_VALUES);
    schema_edit_data(e, &before);
    assert_int_equal(schema_edit_leaf(e, TESTD_TEST_VALUES_U8, "256"), -EINVAL);
    assert_int_equal(schema_edit_leaf(e, TESTD_TEST_VALUES_RD, "70000:70000"), -EINVAL);
    assert_int_equal(schema_edit_leaf(e, TESTD_TEST_VALUES_NAMES, "x"), -ENOENT);
    assert_int_equal(schema_edit_add(e, TESTD_TEST_VALUES_U8, "1"), -ENOENT);
    assert_int_equal(schema_edit_enter(e, TESTD_TEST_VALUES_U8, NULL, 0), -ENOENT);
    LEAVE(e);
    assert_int_equal(schema_edit_enter(e, TESTD_TEST_COUNTERS, NULL, 0), -ENOENT); /* state */
    ENTER(e, TESTD_TEST_NEIGHBORS);
    assert_int_equal(schema_edit_enter(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, &bad, 1), -EINVAL);
    assert_int_equal(schema_edit_enter(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, NULL, 0), -EINVAL);
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, &bad, 1), -EINVAL);
    schema_edit_data(e, &after);
    assert_int_equal(after, before + 3); /* the leave and the enter */
    schema_edit_destroy(e);
}

static void refused(const uint8_t *bytes, size_t len, const char *why)
{
    struct schema_error err = {.message = ""};

    assert_null(apply_raw(bytes, len, &err));
    if (!strstr(err.message, why))
        fail_msg("\"%s\" instead of \"%s\"", err.message, why);
    assert_null(apply_raw(bytes, len, NULL));
}

#define REFUSED(why, ...) refused((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), why)

static void test_schema_edit__consumer_refuses(void **state)
{
    (void)state;
    REFUSED("unknown record", 99, TESTD_TEST);
    REFUSED("leave without enter", 2);
    REFUSED("cannot stand here", 1, 0);
    REFUSED("cannot stand here", 1, TESTD_TEST_VALUES);
    REFUSED("cannot stand here", 1, 0xff, 0x7f);
    REFUSED("truncated record", 1, 0x80, 0x00); /* longer than needed */
    REFUSED("truncated record", 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    REFUSED("cannot stand here", 1, TESTD_TEST, 1, TESTD_TEST_COUNTERS);
    REFUSED("stream ends inside", 1, TESTD_TEST);
    REFUSED("cannot be entered", 1, TESTD_TEST, 1, TESTD_TEST_ROUTER_ID);
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_U8, 0x80, 0x02);
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_COLOR, 3);
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_BOOLEAN, 2);
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_TEXT, 1, 0); /* NUL */
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_PREFIX, 1, 10, 0, 0, 1, 24);
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_PREFIX, 1, 10, 0, 0, 0, 33);
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 3, TESTD_TEST_VALUES_ADDRESS, 3, 1, 1, 1, 1);
    REFUSED("malformed value", 1, TESTD_TEST, 1, TESTD_TEST_VALUES, 4, TESTD_TEST_VALUES_NAMES, 9, 'x');
    REFUSED("not a leaf-list", 1, TESTD_TEST, 4, TESTD_TEST_ROUTER_ID, 1);
    REFUSED("only a leaf", 1, TESTD_TEST, 3, TESTD_TEST_FLAG, 1);
    REFUSED("only a leaf", 1, TESTD_TEST, 1, TESTD_TEST_PAIR, 1, 1, 'x', 3, TESTD_TEST_PAIR_TEXT, 1, 'x');
    REFUSED("key cannot", 1, TESTD_TEST, 1, TESTD_TEST_PAIR, 1, 1, 'x', 6, TESTD_TEST_PAIR_TEXT);
    REFUSED("malformed key", 1, TESTD_TEST, 1, TESTD_TEST_PAIR, 1, 9, 'x');
    REFUSED("malformed key", 1, TESTD_TEST, 6, TESTD_TEST_PAIR, 1, 9, 'x');
}

/* 10,000 entries, then one change: the entries are shared, and the time is that of copying an array of pointers. */
static void test_schema_edit__one_in_ten_thousand(void **state)
{
    struct schema_edit *e = schema_edit_create(&testd_schema);
    struct testd_config *a, *b;
    char name[16];

    (void)state;
    ENTER(e, TESTD_TEST);
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(name, sizeof(name), "n%05u", (i * 7919u) % 10000u); /* not in order */
        ENTRY(e, TESTD_TEST_VPN_INSTANCE, name);
        LEAVE(e);
    }
    LEAVE(e);
    a = apply_all(NULL, e);
    assert_int_equal(a->test.n_vpn_instance, 10000);
    e = schema_edit_create(&testd_schema);
    ENTER(e, TESTD_TEST);
    ENTRY(e, TESTD_TEST_VPN_INSTANCE, "n05000");
    LEAF(e, TESTD_TEST_VPN_INSTANCE_HOLD, "1");
    LEAVE(e);
    LEAVE(e);
    b = apply_all(a, e);
    for (size_t i = 0; i < 10000; i++) {
        snprintf(name, sizeof(name), "n%05zu", i);
        assert_string_equal(b->test.vpn_instance[i]->name, name);
        assert_int_equal(a->test.vpn_instance[i] == b->test.vpn_instance[i], i != 5000);
    }
    assert_int_equal(b->test.vpn_instance[5000]->test_instance.timers.hold, 1);
    schema_config_free(&testd_schema, a);
    schema_config_free(&testd_schema, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_edit__golden),
        cmocka_unit_test(test_schema_edit__round_trip),
        cmocka_unit_test(test_schema_edit__truncate_at_every_byte),
        cmocka_unit_test(test_schema_edit__delete_restores_defaults),
        cmocka_unit_test(test_schema_edit__leaf_list),
        cmocka_unit_test(test_schema_edit__producer_refuses),
        cmocka_unit_test(test_schema_edit__consumer_refuses),
        cmocka_unit_test(test_schema_edit__one_in_ten_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
