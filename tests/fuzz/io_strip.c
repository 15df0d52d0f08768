/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: taking the IPv4 header off a raw packet, the first thing a packet from outside meets.
 */
#include <stdlib.h>

#include "lib/io/event_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest = data;
    struct dgram_info info = {0};
    size_t len = size;

    if (dgram_event_strip(&rest, &len, &info) && (rest < data + 20 || rest + len != data + size))
        abort();
    return 0;
}
