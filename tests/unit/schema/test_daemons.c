/* SPDX-License-Identifier: Apache-2.0
 *
 * The real tables of all daemons: every default parses, every daemon has what daemons.map gives it, ids are in order,
 * and the same container has the same shape for every daemon that has it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/schema/value.h"
#include "strata/schema.h"

static void check_node(const struct schema *s, uint32_t id)
{
    const struct schema_node *n = &s->nodes[id];
    union value_slot slot = {0};

    assert_true(n->last >= id && n->last < s->n_nodes);
    if (id > 0)
        assert_true(n->parent < id && s->nodes[n->parent].last >= n->last);
    assert_int_equal(n->type == SCHEMA_NO_TYPE, n->kind != SCHEMA_LEAF && n->kind != SCHEMA_LEAF_LIST);
    assert_true(n->is_config || n->offset == SCHEMA_NONE);
    if (n->type != SCHEMA_NO_TYPE)
        assert_true(n->size > 0 && n->size <= sizeof(slot));
    if (!n->default_text)
        return;
    assert_int_equal(value_parse(n, n->default_text, &slot), 0);
    value_release(n, &slot);
}

static void test_schema__tables_are_sound(void **state)
{
    (void)state;
    for (const struct schema_owner *o = schema_owners; o->daemon; o++) {
        void *config = schema_config_create(o->schema);

        assert_string_equal(o->schema->name, o->daemon);
        for (uint32_t id = 0; id < o->schema->n_nodes; id++)
            check_node(o->schema, id);
        schema_config_free(o->schema, config);
    }
}

static const struct schema_owner *owner(const char *daemon)
{
    const struct schema_owner *o = schema_owners;

    while (o->daemon && strcmp(o->daemon, daemon) != 0)
        o++;
    assert_non_null(o->daemon);
    return o;
}

static void test_schema__map_is_followed(void **state)
{
    const struct schema_owner *ribd = owner("ribd");

    (void)state;
    assert_string_equal(ribd->config[0], "system");
    assert_true(schema_find(ribd->schema, "/interfaces/interface/ipv4/address") != SCHEMA_NONE);
    assert_true(schema_find(ribd->schema, "/vpn-instances/vpn-instance/vpn-target/import") != SCHEMA_NONE);
    assert_true(schema_find(ribd->schema, "/interfaces/interface/oper-status") != SCHEMA_NONE); /* answers state */
    assert_int_equal(schema_find(owner("vpnd")->schema, "/interfaces/interface/oper-status"), SCHEMA_NONE);
}

static void test_schema__a_container_is_the_same_for_all(void **state)
{
    const struct schema *a = owner("ribd")->schema, *b = owner("bgpd")->schema;
    uint32_t x = schema_find(a, "/vpn-instances/vpn-instance/label-mode");
    uint32_t y = schema_find(b, "/vpn-instances/vpn-instance/label-mode");

    (void)state;
    assert_true(x != SCHEMA_NONE && y != SCHEMA_NONE);
    assert_int_equal(a->nodes[x].offset, b->nodes[y].offset);
    assert_true(a->hash != b->hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema__tables_are_sound),
        cmocka_unit_test(test_schema__map_is_followed),
        cmocka_unit_test(test_schema__a_container_is_the_same_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
