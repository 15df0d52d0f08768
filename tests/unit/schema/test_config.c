/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration values: defaults, what edits make of them, sharing, comparison, and differences of lists.
 */
#include "build_edit.h"

static void test_schema_config__defaults(void **state)
{
    struct testd_config *c = schema_config_create(&testd_schema);

    (void)state;
    assert_int_equal(c->test.values.u16, 5);
    assert_int_equal(c->test.values.i8, -3);
    assert_int_equal(c->test.values.color, CFG_COLOR_GREEN);
    assert_string_equal(c->test.values.text, "a \"quoted\" default");
    assert_int_equal(c->test.test_instance.timers.hold, 90);
    assert_false(c->test.values.has_u8);
    assert_null(c->test.extra);
    assert_int_equal(c->test.n_vpn_instance, 0);
    schema_config_free(&testd_schema, c);
    schema_config_free(&testd_schema, NULL);
}

static void test_schema_config__values_arrive(void **state)
{
    struct testd_config *c = apply_all(NULL, full_edit());
    const struct cfg_test_values *v = &c->test.values;
    ext_community_t rt1, rt2;
    rd_t rd;

    (void)state;
    assert_int_equal(rd_parse("100:1", &rd), 0);
    assert_int_equal(route_target_parse("100:1", &rt1), 0);
    assert_int_equal(route_target_parse("200:2", &rt2), 0);
    assert_true(v->has_boolean && v->boolean);
    assert_int_equal(v->u8, 255);
    assert_true(v->u64 == UINT64_MAX);
    assert_int_equal(v->i8, -128);
    assert_true(v->i64 == INT64_MIN);
    assert_int_equal(v->color, CFG_COLOR_DARK_BLUE);
    assert_string_equal(v->text, "some text");
    assert_int_equal(ip_addr_to_v4(&v->address), 0x0a000001);
    assert_int_equal(v->prefix.len, 32);
    assert_int_equal(ip_addr_to_v4(&v->interface_address.addr), 0x0a000001);
    assert_int_equal(v->area, 1);
    assert_true(v->rd == rd);
    assert_false(v->has_rd_ref);
    assert_string_equal(v->union_, "none");
    assert_int_equal(v->n_targets, 2);
    assert_true(v->targets[0] == rt1 && v->targets[1] == rt2);
    assert_string_equal(v->names[0], "a");
    assert_string_equal(v->names[1], "b");
    assert_int_equal(c->test.extra->signaling, CFG_COLOR_RED);
    assert_non_null(c->test.flag);
    assert_int_equal(c->test.pair[0]->number, 7);
    assert_string_equal(c->test.pair[0]->text, "seven");
    schema_config_free(&testd_schema, c);
}

/* One type for both uses of the grouping: the aim of st:struct. */
static uint32_t instance_id(const struct cfg_test_instance *i)
{
    return i->router_id;
}

static void test_schema_config__one_struct_for_a_grouping(void **state)
{
    struct testd_config *c = apply_all(NULL, full_edit());

    (void)state;
    assert_int_equal(instance_id(&c->test.test_instance), 0x01010101);
    assert_int_equal(instance_id(&c->test.vpn_instance[0]->test_instance), 0x02020202);
    assert_int_equal(c->test.test_instance.timers.hold, 30);
    assert_int_equal(c->test.vpn_instance[0]->test_instance.timers.hold, 90);
    assert_int_equal(c->test.vpn_instance[0]->test_instance.neighbors.neighbor[0]->remote_as, 200);
    schema_config_free(&testd_schema, c);
}

static void test_schema_config__an_edit_shares_the_rest(void **state)
{
    struct testd_config *a = apply_all(NULL, full_edit());
    struct schema_edit *e = schema_edit_create(&testd_schema);
    struct testd_config *b;

    (void)state;
    ENTER(e, TESTD_TEST);
    ENTER(e, TESTD_TEST_NEIGHBORS);
    ENTRY(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, "10.0.0.2");
    LEAF(e, TESTD_TEST_NEIGHBORS_NEIGHBOR_STATIC, "true");
    LEAVE(e);
    LEAVE(e);
    LEAVE(e);
    b = apply_all(a, e);
    assert_ptr_equal(a->test.vpn_instance, b->test.vpn_instance);
    assert_ptr_equal(a->test.values.text, b->test.values.text);
    assert_ptr_not_equal(a->test.test_instance.neighbors.neighbor, b->test.test_instance.neighbors.neighbor);
    assert_false(a->test.test_instance.neighbors.neighbor[0]->static_);
    assert_true(b->test.test_instance.neighbors.neighbor[0]->static_);
    assert_false(schema_config_equal(&testd_schema, a, b));
    /* The family below was not touched. */
    assert_ptr_equal(a->test.test_instance.neighbors.neighbor[0]->family,
                     b->test.test_instance.neighbors.neighbor[0]->family);
    schema_config_free(&testd_schema, a);
    assert_int_equal(b->test.test_instance.neighbors.neighbor[0]->family[0]->limit, 5);
    schema_config_free(&testd_schema, b);
}

static void test_schema_config__clone_is_the_same_value(void **state)
{
    struct testd_config *a = apply_all(NULL, full_edit());
    struct testd_config *b = schema_config_clone(&testd_schema, a);

    (void)state;
    assert_true(schema_config_equal(&testd_schema, a, b));
    schema_config_free(&testd_schema, a);
    assert_string_equal(b->test.values.text, "some text");
    schema_config_free(&testd_schema, b);
}

static void test_schema_config__leafs_equal_ignores_lists(void **state)
{
    struct testd_config *a = apply_all(NULL, full_edit());
    struct schema_edit *e = schema_edit_create(&testd_schema);
    const struct cfg_test_instance_neighbors_neighbor *x, *y;
    const char *key = "vpn";
    struct testd_config *b;

    (void)state;
    ENTER(e, TESTD_TEST);
    ENTER(e, TESTD_TEST_NEIGHBORS);
    ENTRY(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, "10.0.0.2");
    assert_int_equal(schema_edit_delete(e, TESTD_TEST_NEIGHBORS_NEIGHBOR_FAMILY, &key, 1), 0);
    LEAVE(e);
    LEAVE(e);
    LEAVE(e);
    b = apply_all(a, e);
    x = a->test.test_instance.neighbors.neighbor[0];
    y = b->test.test_instance.neighbors.neighbor[0];
    assert_int_equal(y->n_family, 0);
    assert_null(y->family);
    assert_true(schema_leafs_equal(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, x, y));
    assert_false(schema_struct_equal(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, x, y));
    /* The ids of the other use describe the same struct. */
    assert_false(schema_struct_equal(&testd_schema, TESTD_TEST_VPN_INSTANCE_NEIGHBORS_NEIGHBOR, x, y));
    assert_true(schema_struct_equal(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, x, x));
    assert_false(schema_struct_equal(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, x, NULL));
    schema_config_free(&testd_schema, a);
    schema_config_free(&testd_schema, b);
}

static void put_neighbor(struct schema_edit *e, const char *address, const char *as)
{
    ENTRY(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, address);
    LEAF(e, TESTD_TEST_NEIGHBORS_NEIGHBOR_REMOTE_AS, as);
    LEAVE(e);
}

static struct testd_config *with_neighbors(const char *const *addresses, const char *as)
{
    struct schema_edit *e = schema_edit_create(&testd_schema);

    ENTER(e, TESTD_TEST);
    ENTER(e, TESTD_TEST_NEIGHBORS);
    for (; *addresses; addresses++)
        put_neighbor(e, *addresses, (*addresses)[0] == '1' ? as : "1");
    LEAVE(e);
    LEAVE(e);
    return apply_all(NULL, e);
}

static void test_schema_config__list_diff(void **state)
{
    static const char *const before[] = {"20.0.0.1", "10.0.0.1", "30.0.0.1", NULL};
    static const char *const after[] = {"40.0.0.1", "10.0.0.1", "20.0.0.1", NULL};
    struct testd_config *a = with_neighbors(before, "100");
    struct testd_config *b = with_neighbors(after, "200");
    const struct cfg_test_instance_neighbors *x = &a->test.test_instance.neighbors;
    const struct cfg_test_instance_neighbors *y = &b->test.test_instance.neighbors;
    struct schema_list_diff d = schema_list_diff_of(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, x->neighbor,
                                                    x->n_neighbor, y->neighbor, y->n_neighbor);

    (void)state;
    assert_true(schema_list_diff_next(&d)); /* 10.0.0.1 changed */
    assert_ptr_equal(d.was, x->neighbor[0]);
    assert_ptr_equal(d.now, y->neighbor[0]);
    assert_true(schema_list_diff_next(&d)); /* 30.0.0.1 is gone; 20.0.0.1 is as it was */
    assert_ptr_equal(d.was, x->neighbor[2]);
    assert_null(d.now);
    assert_true(schema_list_diff_next(&d)); /* 40.0.0.1 is new */
    assert_null(d.was);
    assert_ptr_equal(d.now, y->neighbor[2]);
    assert_false(schema_list_diff_next(&d));
    assert_false(schema_list_diff_next(&d));
    d = schema_list_diff_of(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, NULL, 0, NULL, 0);
    assert_false(schema_list_diff_next(&d));
    schema_config_free(&testd_schema, a);
    schema_config_free(&testd_schema, b);
}

static void test_schema_config__list_find(void **state)
{
    static const char *const addresses[] = {"20.0.0.1", "10.0.0.1", "30.0.0.1", NULL};
    struct testd_config *a = with_neighbors(addresses, "100");
    const struct cfg_test_instance_neighbors *x = &a->test.test_instance.neighbors;
    struct cfg_test_instance_neighbors_neighbor probe = {.address = ip_addr_v4(0x14000001)};

    (void)state;
    assert_ptr_equal(schema_list_find(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, x->neighbor, x->n_neighbor, &probe),
                     x->neighbor[1]);
    probe.address = ip_addr_v4(0x14000002);
    assert_null(schema_list_find(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, x->neighbor, x->n_neighbor, &probe));
    assert_null(schema_list_find(&testd_schema, TESTD_TEST_NEIGHBORS_NEIGHBOR, NULL, 0, &probe));
    schema_config_free(&testd_schema, a);
}

static void test_schema__walk(void **state)
{
    char path[64];

    (void)state;
    assert_int_equal(schema_find(&testd_schema, "/test/neighbors/neighbor"), TESTD_TEST_NEIGHBORS_NEIGHBOR);
    assert_int_equal(schema_find(&testd_schema, "/test/neighbours"), SCHEMA_NONE);
    assert_int_equal(schema_find(&testd_schema, ""), TESTD_ROOT);
    assert_string_equal(schema_path(&testd_schema, TESTD_TEST_PAIR_TEXT, path, sizeof(path)), "/test/pair/text");
    assert_string_equal(schema_path(&testd_schema, TESTD_ROOT, path, sizeof(path)), "/");
    assert_int_equal(schema_next_sibling(&testd_schema, TESTD_TEST), TESTD_NOTIFY_HAPPENED);
    assert_int_equal(schema_next_sibling(&testd_schema, TESTD_NOTIFY_HAPPENED), SCHEMA_NONE);
    assert_int_equal(schema_first_child(&testd_schema, TESTD_TEST_FLAG), SCHEMA_NONE);
    assert_string_equal(schema_enum_name(&testd_schema, TESTD_TEST_VALUES_COLOR, 7), "green");
    assert_null(schema_enum_name(&testd_schema, TESTD_TEST_VALUES_COLOR, 6));
    assert_false(testd_schema.nodes[TESTD_TEST_COUNTERS].is_config);
    assert_int_equal(testd_schema.nodes[TESTD_TEST_PAIR].n_keys, 2);
    assert_int_equal(testd_schema.nodes[TESTD_TEST_VALUES_RD_REF].type, SCHEMA_RD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_config__defaults),
        cmocka_unit_test(test_schema_config__values_arrive),
        cmocka_unit_test(test_schema_config__one_struct_for_a_grouping),
        cmocka_unit_test(test_schema_config__an_edit_shares_the_rest),
        cmocka_unit_test(test_schema_config__clone_is_the_same_value),
        cmocka_unit_test(test_schema_config__leafs_equal_ignores_lists),
        cmocka_unit_test(test_schema_config__list_diff),
        cmocka_unit_test(test_schema_config__list_find),
        cmocka_unit_test(test_schema__walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
