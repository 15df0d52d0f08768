/* SPDX-License-Identifier: Apache-2.0
 *
 * State streams as mgmtd reads them: any bytes give events and an outcome, never a fault.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "strata/schema_edit.h"
#include "testd_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_enter(void *ctx, uint32_t node, const char *const *keys, size_t n_keys)
{
    (void)ctx;
    if (n_keys != testd_schema.nodes[node].n_keys)
        abort();
    for (size_t i = 0; i < n_keys; i++)
        if (strlen(keys[i]) == SIZE_MAX)
            abort();
    return 0;
}

static int on_leaf(void *ctx, uint32_t node, const char *value)
{
    (void)ctx;
    return value && testd_schema.nodes[node].type != SCHEMA_NO_TYPE ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct schema_state_ops ops = {.enter = on_enter, .leaf = on_leaf};
    struct schema_error err;

    schema_state_read(&testd_schema, data, size, &ops, NULL, &err);
    return 0;
}
