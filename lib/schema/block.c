/* SPDX-License-Identifier: Apache-2.0
 *
 * Reference-counted blocks. Not for use from several threads.
 */
#include "lib/schema/block.h"

#include <string.h>

#include "strata/mem.h"

struct block {
    uint32_t refs;
    uint32_t capacity;
    uint64_t payload[];
};

static struct block *block_of(void *payload)
{
    return (struct block *)(void *)((char *)payload - offsetof(struct block, payload));
}

static const struct block *const_block_of(const void *payload)
{
    return (const struct block *)(const void *)((const char *)payload - offsetof(struct block, payload));
}

void *block_new(size_t size)
{
    struct block *b = mem_alloc(NULL, sizeof(*b) + size);

    b->refs = 1;
    return b->payload;
}

void *block_resize(void *payload, size_t old_size, size_t size)
{
    struct block *b = mem_realloc(NULL, block_of(payload), sizeof(*b) + size);

    if (size > old_size)
        memset((char *)b->payload + old_size, 0, size - old_size);
    return b->payload;
}

void *block_ref(void *payload)
{
    if (payload)
        block_of(payload)->refs++;
    return payload;
}

bool block_unref(void *payload)
{
    return payload && --block_of(payload)->refs == 0;
}

void block_free(void *payload)
{
    mem_free(NULL, block_of(payload));
}

bool block_is_shared(const void *payload)
{
    return const_block_of(payload)->refs > 1;
}

uint32_t block_capacity(const void *payload)
{
    return const_block_of(payload)->capacity;
}

void block_set_capacity(void *payload, uint32_t capacity)
{
    block_of(payload)->capacity = capacity;
}
