/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the conversation with ribd: memory for one message, given back as a whole. It is kept for the next one up
 * to a bound, so that a stream of batches asks the system for nothing. Under the address sanitizer each piece stands
 * alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct rib_scratch_part;
struct rib_scratch {
    uint8_t *data;
    size_t used, room;
    size_t more; /* octets in parts: what did not fit */
    struct rib_scratch_part *parts;
};

void *rib_scratch_bytes(struct rib_scratch *s, size_t size); /* not zeroed; good for any type */
static inline uint32_t *rib_scratch_u32(struct rib_scratch *s, size_t n)
{
    return (uint32_t *)rib_scratch_bytes(s, n * sizeof(uint32_t));
}
/* All that was given is void. */
void rib_scratch_reset(struct rib_scratch *s);
void rib_scratch_fini(struct rib_scratch *s);
