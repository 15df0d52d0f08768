/* SPDX-License-Identifier: Apache-2.0
 *
 * Edit streams. What is accepted must survive a round trip through its encoding, and applying it again to itself must
 * leave the first value as it was.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "strata/schema_edit.h"
#include "testd_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* A mandatory value may be missing in what the fuzzer writes; then there is nothing to encode it by. */
static bool is_encodable(const struct testd_config *c)
{
    if (c->test.extra && !schema_enum_name(&testd_schema, TESTD_TEST_EXTRA_SIGNALING, c->test.extra->signaling))
        return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct schema_error err;
    struct testd_config *a = schema_config_apply(&testd_schema, NULL, data, size, &err);
    struct testd_config *b, *again;
    struct schema_edit *e;
    const uint8_t *bytes;
    size_t len;

    if (!a)
        return 0;
    e = schema_edit_create(&testd_schema);
    if (is_encodable(a)) {
        schema_config_encode(&testd_schema, a, e);
        bytes = schema_edit_data(e, &len);
        b = schema_config_apply(&testd_schema, NULL, bytes, len, &err);
        check(b && schema_config_equal(&testd_schema, a, b));
        again = schema_config_apply(&testd_schema, a, data, size, &err);
        check(again && schema_config_equal(&testd_schema, a, b));
        schema_config_free(&testd_schema, again);
        schema_config_free(&testd_schema, b);
    }
    schema_edit_destroy(e);
    schema_config_free(&testd_schema, a);
    return 0;
}
