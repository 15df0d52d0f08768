/* SPDX-License-Identifier: Apache-2.0
 *
 * The reasons for which input is not used are those of the YANG module, all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libyang/libyang.h>
#include <string.h>

#include "lib/text/context.h"
#include "lib/text/syntax.h"
#include "ospfd/session/instance.h"

static void test_drops__are_those_of_the_module(void **state)
{
    const char *dirs[] = {TEST_YANG_DIR, NULL}, *values[64];
    struct ly_ctx *ctx = NULL;
    char error[512];
    (void)state;

    assert_int_equal(yang_context_create(dirs, &ctx, error, sizeof(error)), 0);
    const struct lysc_node *reason = lys_find_path(ctx, NULL, "/strata-ospf:ospf/drop/reason", 0);
    assert_non_null(reason);
    assert_int_equal(syntax_values(reason, values, 64), OSPF_DROP_COUNT);
    for (enum ospf_drop d = 0; d < OSPF_DROP_COUNT; d++)
        assert_string_equal(ospf_drop_name(d), values[d]);
    ly_ctx_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_drops__are_those_of_the_module)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
