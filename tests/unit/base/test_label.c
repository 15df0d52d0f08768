/* SPDX-License-Identifier: Apache-2.0
 *
 * Labels: the three states stay apart, stacking obeys its table, RFC 3032 s2.1 reserved values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "strata/label.h"

static void test_label__wire_value_three_is_implicit_null(void **state)
{
    (void)state;
    for (uint32_t label = 0; label < 20; label++) {
        struct out_label l = out_label_from_wire(label);

        if (label == 3) {
            assert_int_equal(l.state, LABEL_STATE_IMPLICIT_NULL);
        } else {
            assert_int_equal(l.state, LABEL_STATE_STACK);
            assert_int_equal(l.stack.depth, 1);
            assert_int_equal(l.stack.label[0], label);
        }
    }
}

static void test_label__usable(void **state)
{
    (void)state;
    for (uint32_t label = 0; label < 16; label++)
        assert_int_equal(label_is_usable(label), label == 0 || label == 3);
    assert_true(label_is_usable(16));
    assert_true(label_is_usable(LABEL_MAX));
    assert_false(label_is_usable(LABEL_MAX + 1));
    assert_false(label_is_usable(UINT32_MAX));
}

static void test_label__push_states(void **state)
{
    struct out_label in[3] = {out_label_none(), out_label_implicit_null(), out_label_from_wire(100)};
    /* rows: top, columns: bottom */
    static const uint8_t want[3][3] = {{LABEL_STATE_NONE, LABEL_STATE_IMPLICIT_NULL, LABEL_STATE_STACK},
                                       {LABEL_STATE_IMPLICIT_NULL, LABEL_STATE_IMPLICIT_NULL, LABEL_STATE_STACK},
                                       {LABEL_STATE_STACK, LABEL_STATE_STACK, LABEL_STATE_STACK}};

    (void)state;
    for (size_t top = 0; top < 3; top++)
        for (size_t bottom = 0; bottom < 3; bottom++) {
            struct out_label r;

            assert_true(out_label_push(&r, &in[top], &in[bottom]));
            assert_int_equal(r.state, want[top][bottom]);
            assert_int_equal(r.stack.depth, (top == 2) + (bottom == 2));
        }
}

static void test_label__push_order_and_alias(void **state)
{
    struct out_label top = out_label_from_wire(16), bottom = out_label_from_wire(17), want;
    char buf[LABEL_TEXT_MAX];

    (void)state;
    assert_true(out_label_push(&want, &top, &bottom));
    assert_string_equal(out_label_text(&want, buf, sizeof(buf)), "16/17");
    assert_true(out_label_push(&bottom, &top, &bottom));
    assert_true(out_label_equal(&bottom, &want));
    assert_false(out_label_equal(&bottom, &top));
}

static void test_label__push_refuses_too_deep(void **state)
{
    struct out_label deep = out_label_none(), one = out_label_from_wire(LABEL_MAX),
                     implicit = out_label_implicit_null(), kept;
    char buf[LABEL_TEXT_MAX];

    (void)state;
    for (int i = 0; i < LABEL_STACK_MAX; i++)
        assert_true(out_label_push(&deep, &one, &deep));
    kept = deep;
    assert_false(out_label_push(&deep, &one, &deep));
    assert_true(out_label_equal(&deep, &kept));
    assert_true(out_label_push(&deep, &implicit, &deep)); /* adds nothing, hence fits */
    assert_int_equal(deep.stack.depth, LABEL_STACK_MAX);
    out_label_text(&deep, buf, sizeof(buf)); /* 16 * 7 + 15 characters fit */
    assert_int_equal(buf[126], '5');
    assert_int_equal(buf[127], 0);
}

static void test_label__text_and_equality(void **state)
{
    struct out_label none = out_label_none(), implicit = out_label_implicit_null(), one = out_label_from_wire(16);
    char buf[LABEL_TEXT_MAX], tiny[3];

    (void)state;
    assert_string_equal(out_label_text(&none, buf, sizeof(buf)), "none");
    assert_string_equal(out_label_text(&implicit, buf, sizeof(buf)), "implicit-null");
    assert_string_equal(out_label_text(&one, buf, sizeof(buf)), "16");
    assert_true(out_label_push(&one, &one, &one));
    assert_string_equal(out_label_text(&one, tiny, sizeof(tiny)), "16");
    assert_false(out_label_equal(&none, &implicit));
    assert_true(out_label_equal(&none, &none));
    assert_string_equal(label_state_name(LABEL_STATE_STACK), "stack");
    assert_string_equal(label_state_name((enum label_state)9), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label__wire_value_three_is_implicit_null),
        cmocka_unit_test(test_label__usable),
        cmocka_unit_test(test_label__push_states),
        cmocka_unit_test(test_label__push_order_and_alias),
        cmocka_unit_test(test_label__push_refuses_too_deep),
        cmocka_unit_test(test_label__text_and_equality),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
