/* SPDX-License-Identifier: Apache-2.0
 *
 * Prefix lists: which rule matches what, which of several decides, and what happens when none does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy_config.h"
#include "strata/addr.h"
#include "strata/policy.h"
#include "strata/schema.h"
#include "strata/schema_edit.h"

struct rule {
    const char *sequence, *action, *prefix, *ge, *le; /* ge, le: NULL = not set */
};

static void set(struct schema_edit *e, uint32_t node, const char *value)
{
    if (value)
        assert_int_equal(schema_edit_leaf(e, node, value), 0);
}

static void add_list(struct schema_edit *e, const char *name, const struct rule *rules, size_t n)
{
    assert_int_equal(schema_edit_enter(e, POLICY_POLICY_PREFIX_LIST, &name, 1), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(schema_edit_enter(e, POLICY_POLICY_PREFIX_LIST_RULE, &rules[i].sequence, 1), 0);
        set(e, POLICY_POLICY_PREFIX_LIST_RULE_ACTION, rules[i].action);
        set(e, POLICY_POLICY_PREFIX_LIST_RULE_PREFIX, rules[i].prefix);
        set(e, POLICY_POLICY_PREFIX_LIST_RULE_GE, rules[i].ge);
        set(e, POLICY_POLICY_PREFIX_LIST_RULE_LE, rules[i].le);
        assert_int_equal(schema_edit_leave(e), 0);
    }
    assert_int_equal(schema_edit_leave(e), 0);
}

/* A configuration with the rules as list M, between two other lists. */
static struct policy_config *config_of(const struct rule *rules, size_t n)
{
    static const struct rule all = {"1", "permit", "0.0.0.0/0", "0", "32"};
    struct schema_edit *e = schema_edit_create(&policy_schema);
    struct schema_error err;
    size_t len;

    assert_int_equal(schema_edit_enter(e, POLICY_POLICY, NULL, 0), 0);
    add_list(e, "Z", &all, 1);
    add_list(e, "M", rules, n);
    add_list(e, "A", &all, 1);
    assert_int_equal(schema_edit_leave(e), 0);
    const uint8_t *data = schema_edit_data(e, &len);
    struct policy_config *c = schema_config_apply(&policy_schema, NULL, data, len, &err);
    assert_non_null(c);
    schema_edit_destroy(e);
    return c;
}

static bool permits(const struct policy_config *c, const char *list, const char *text)
{
    struct prefix p;
    assert_int_equal(prefix_parse(text, &p), 0);
    return policy_permits(&c->policy, list, &p);
}

static void test_policy_permits__lengths(void **state)
{
    (void)state;
    static const struct {
        const char *ge, *le;
        const char *yes[3], *no[3];
    } cases[] = {
        {NULL, NULL, {"10.2.0.0/16"}, {"10.2.0.0/17", "10.2.0.1/32", "10.0.0.0/8"}},
        {"32", "32", {"10.2.0.1/32", "10.2.255.255/32"}, {"10.2.0.0/16", "10.2.0.0/31", "10.3.0.1/32"}},
        {"24", NULL, {"10.2.1.0/24", "10.2.1.0/25", "10.2.1.1/32"}, {"10.2.0.0/16", "10.2.0.0/23", "10.3.1.0/24"}},
        {NULL, "24", {"10.2.0.0/16", "10.2.0.0/17", "10.2.1.0/24"}, {"10.2.1.0/25", "10.0.0.0/15", "11.2.0.0/16"}},
        {"20", "24", {"10.2.0.0/20", "10.2.16.0/22", "10.2.1.0/24"}, {"10.2.0.0/19", "10.2.1.0/25", "10.2.0.0/16"}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rule rule = {"10", "permit", "10.2.0.0/16", cases[i].ge, cases[i].le};
        struct policy_config *c = config_of(&rule, 1);
        for (size_t k = 0; k < 3; k++) {
            if (cases[i].yes[k])
                assert_true(permits(c, "M", cases[i].yes[k]));
            assert_false(permits(c, "M", cases[i].no[k]));
        }
        schema_config_free(&policy_schema, c);
    }
}

static void test_policy_permits__the_first_match_by_sequence_decides(void **state)
{
    (void)state;
    /* Given out of order, and 9 before 10 although "10" is before "9" as text. */
    static const struct rule rules[] = {
        {"100", "permit", "10.0.0.0/8", NULL, "32"},
        {"10", "permit", "10.2.0.0/16", "32", "32"},
        {"9", "deny", "10.2.0.7/32", NULL, NULL},
        {"20", "deny", "10.2.0.0/16", NULL, "32"},
    };
    struct policy_config *c = config_of(rules, 4);
    assert_false(permits(c, "M", "10.2.0.7/32"));
    assert_true(permits(c, "M", "10.2.0.8/32"));
    assert_false(permits(c, "M", "10.2.0.0/16"));
    assert_true(permits(c, "M", "10.3.0.0/16"));
    assert_false(permits(c, "M", "11.0.0.0/8")); /* nothing matches */
    schema_config_free(&policy_schema, c);
}

static void test_policy_permits__default_route(void **state)
{
    (void)state;
    static const struct rule rule = {"1", "permit", "0.0.0.0/0", NULL, NULL};
    struct policy_config *c = config_of(&rule, 1);
    assert_true(permits(c, "M", "0.0.0.0/0"));
    assert_false(permits(c, "M", "0.0.0.0/1"));
    assert_false(permits(c, "M", "10.0.0.0/8"));
    assert_true(permits(c, "A", "10.0.0.0/8"));
    schema_config_free(&policy_schema, c);
}

static void test_policy_permits__other_family_does_not_match(void **state)
{
    (void)state;
    static const struct rule rule = {"1", "permit", "0.0.0.0/0", NULL, "32"};
    struct policy_config *c = config_of(&rule, 1);
    assert_false(permits(c, "M", "::/0"));
    assert_false(permits(c, "M", "2001:db8::/32"));
    schema_config_free(&policy_schema, c);
}

static void test_policy_permits__unknown_or_empty_list_denies(void **state)
{
    (void)state;
    struct policy_config *c = config_of(NULL, 0);
    assert_false(permits(c, "M", "10.0.0.0/8"));
    assert_false(permits(c, "B", "10.0.0.0/8"));
    assert_false(permits(c, "ZZ", "10.0.0.0/8"));
    assert_false(permits(c, "", "10.0.0.0/8"));
    assert_true(permits(c, "Z", "10.0.0.0/8"));
    schema_config_free(&policy_schema, c);

    c = schema_config_create(&policy_schema);
    assert_false(permits(c, "M", "10.0.0.0/8"));
    schema_config_free(&policy_schema, c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_permits__lengths),
        cmocka_unit_test(test_policy_permits__the_first_match_by_sequence_decides),
        cmocka_unit_test(test_policy_permits__default_route),
        cmocka_unit_test(test_policy_permits__other_family_does_not_match),
        cmocka_unit_test(test_policy_permits__unknown_or_empty_list_denies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
