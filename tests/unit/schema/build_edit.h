/* SPDX-License-Identifier: Apache-2.0
 *
 * Shorthand for the tests: edits to the schema of yang/strata-test.yang, and the cmocka headers in the order they need.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "strata/schema_edit.h"
#include "testd_config.h"

#define ENTER(e, node)      assert_int_equal(schema_edit_enter((e), (node), NULL, 0), 0)
#define ENTRY(e, node, key) assert_int_equal(schema_edit_enter((e), (node), (const char *const[]){(key)}, 1), 0)
#define LEAF(e, node, text) assert_int_equal(schema_edit_leaf((e), (node), (text)), 0)
#define ADD(e, node, text)  assert_int_equal(schema_edit_add((e), (node), (text)), 0)
#define LEAVE(e)            assert_int_equal(schema_edit_leave(e), 0)

/* Applies what was written and destroys the writer. */
static inline struct testd_config *apply_all(const struct testd_config *old, struct schema_edit *e)
{
    struct schema_error err = {.message = ""};
    struct testd_config *c;
    const uint8_t *data;
    size_t len;

    data = schema_edit_data(e, &len);
    c = schema_config_apply(&testd_schema, old, data, len, &err);
    if (!c)
        fail_msg("offset %zu: %s", err.offset, err.message);
    schema_edit_destroy(e);
    return c;
}

/* A configuration with something everywhere. */
static inline struct schema_edit *full_edit(void)
{
    struct schema_edit *e = schema_edit_create(&testd_schema);
    const char *pair[] = {"7", "seven"};

    ENTER(e, TESTD_TEST);
    ENTER(e, TESTD_TEST_VALUES);
    LEAF(e, TESTD_TEST_VALUES_BOOLEAN, "true");
    LEAF(e, TESTD_TEST_VALUES_U8, "255");
    LEAF(e, TESTD_TEST_VALUES_U16, "65535");
    LEAF(e, TESTD_TEST_VALUES_U32, "4294967295");
    LEAF(e, TESTD_TEST_VALUES_U64, "18446744073709551615");
    LEAF(e, TESTD_TEST_VALUES_I8, "-128");
    LEAF(e, TESTD_TEST_VALUES_I16, "-32768");
    LEAF(e, TESTD_TEST_VALUES_I32, "2147483647");
    LEAF(e, TESTD_TEST_VALUES_I64, "-9223372036854775808");
    LEAF(e, TESTD_TEST_VALUES_COLOR, "dark-blue");
    LEAF(e, TESTD_TEST_VALUES_TEXT, "some text");
    LEAF(e, TESTD_TEST_VALUES_ADDRESS, "10.0.0.1");
    LEAF(e, TESTD_TEST_VALUES_PREFIX, "2001:db8::/32");
    LEAF(e, TESTD_TEST_VALUES_INTERFACE_ADDRESS, "10.0.0.1/24");
    LEAF(e, TESTD_TEST_VALUES_AREA, "0.0.0.1");
    LEAF(e, TESTD_TEST_VALUES_RD, "100:1");
    LEAF(e, TESTD_TEST_VALUES_SOO, "10.0.0.1:7");
    LEAF(e, TESTD_TEST_VALUES_UNION, "none");
    ADD(e, TESTD_TEST_VALUES_TARGETS, "200:2");
    ADD(e, TESTD_TEST_VALUES_TARGETS, "100:1");
    ADD(e, TESTD_TEST_VALUES_NAMES, "b");
    ADD(e, TESTD_TEST_VALUES_NAMES, "a");
    LEAVE(e);
    ENTER(e, TESTD_TEST_EXTRA);
    LEAF(e, TESTD_TEST_EXTRA_SIGNALING, "red");
    LEAVE(e);
    ENTER(e, TESTD_TEST_FLAG);
    LEAVE(e);
    LEAF(e, TESTD_TEST_ROUTER_ID, "1.1.1.1");
    LEAF(e, TESTD_TEST_HOLD, "30");
    ENTER(e, TESTD_TEST_NEIGHBORS);
    ENTRY(e, TESTD_TEST_NEIGHBORS_NEIGHBOR, "10.0.0.2");
    LEAF(e, TESTD_TEST_NEIGHBORS_NEIGHBOR_REMOTE_AS, "100");
    ENTRY(e, TESTD_TEST_NEIGHBORS_NEIGHBOR_FAMILY, "vpn");
    LEAF(e, TESTD_TEST_NEIGHBORS_NEIGHBOR_FAMILY_LIMIT, "5");
    LEAVE(e);
    LEAVE(e);
    LEAVE(e);
    ENTRY(e, TESTD_TEST_VPN_INSTANCE, "red");
    LEAF(e, TESTD_TEST_VPN_INSTANCE_ROUTER_ID, "2.2.2.2");
    ENTER(e, TESTD_TEST_VPN_INSTANCE_NEIGHBORS);
    ENTRY(e, TESTD_TEST_VPN_INSTANCE_NEIGHBORS_NEIGHBOR, "10.0.0.3");
    LEAF(e, TESTD_TEST_VPN_INSTANCE_NEIGHBORS_NEIGHBOR_REMOTE_AS, "200");
    LEAVE(e);
    LEAVE(e);
    LEAVE(e);
    assert_int_equal(schema_edit_enter(e, TESTD_TEST_PAIR, pair, 2), 0);
    LEAF(e, TESTD_TEST_PAIR_VALUE, "x");
    LEAVE(e);
    LEAVE(e);
    return e;
}
