/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard's set of labels, against a plain array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "src/ribd/dataplane/guard_table.h"

enum { LABELS = 3000, STEPS = 60000 };

static void test_label_set__behaves_as_an_array(void **state)
{
    static bool model[LABELS];
    struct label_set s = {0};
    size_t n = 0, seen = 0;
    uint32_t label;

    (void)state;
    srandom(1);
    for (int i = 0; i < STEPS; i++) {
        uint32_t at = (uint32_t)random() % LABELS;
        bool is_add = random() % 3 != 0;

        label = 16 + at * 1021; /* spread, and with collisions */
        assert_int_equal(label_set_has(&s, label), model[at]);
        if (is_add)
            assert_int_equal(label_set_add(&s, label), !model[at]);
        else
            assert_int_equal(label_set_remove(&s, label), model[at]);
        n += is_add && !model[at];
        n -= !is_add && model[at];
        model[at] = is_add;
        assert_int_equal(s.n, n);
    }
    LABEL_SET_EACH(&s, i, label)
    {
        assert_true(model[(label - 16) / 1021]);
        seen++;
    }
    assert_int_equal(seen, n);
    for (uint32_t i = 0; i < LABELS; i++)
        assert_int_equal(label_set_has(&s, 16 + i * 1021), model[i]);
    label_set_fini(&s);
}

static void test_label_set__empty(void **state)
{
    struct label_set s = {0};

    (void)state;
    assert_false(label_set_has(&s, 16));
    assert_false(label_set_remove(&s, 16));
    label_set_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label_set__behaves_as_an_array),
        cmocka_unit_test(test_label_set__empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
