/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for one message (rib_scratch.h). What does not fit is allocated by itself, and the next message finds room for
 * all of it.
 */
#include "lib/ipc/rib_scratch.h"

#include "strata/mem.h"

enum { ALIGN = 16 };
#if defined(__SANITIZE_ADDRESS__)
static const size_t keep_max = 0;
#else
static const size_t keep_max = 512 << 10;
#endif

struct rib_scratch_part {
    struct rib_scratch_part *next;
    uint8_t data[] __attribute__((aligned(ALIGN)));
};

void *rib_scratch_bytes(struct rib_scratch *s, size_t size)
{
    size_t whole = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct rib_scratch_part *part;

    if (s->room && whole <= s->room - s->used) {
        s->used += whole;
        return s->data + s->used - whole;
    }
    part = mem_realloc(NULL, NULL, sizeof(*part) + size);
    part->next = s->parts;
    s->parts = part;
    s->more += whole;
    return part->data;
}

static void free_parts(struct rib_scratch *s)
{
    struct rib_scratch_part *part;

    while ((part = s->parts) != NULL) {
        s->parts = part->next;
        mem_free(NULL, part);
    }
}

void rib_scratch_reset(struct rib_scratch *s)
{
    size_t wanted = s->used + s->more;

    s->used = 0;
    if (!s->parts)
        return;
    free_parts(s);
    s->more = 0;
    wanted = wanted < keep_max / 2 ? wanted * 2 : keep_max;
    if (wanted <= s->room)
        return;
    mem_free(NULL, s->data);
    s->data = mem_realloc(NULL, NULL, wanted);
    s->room = wanted;
}

void rib_scratch_fini(struct rib_scratch *s)
{
    free_parts(s);
    mem_free(NULL, s->data);
    *s = (struct rib_scratch){0};
}
