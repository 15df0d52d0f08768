/* SPDX-License-Identifier: Apache-2.0
 *
 * A byte queue, contiguous.
 */
#include <string.h>

#include "lib/sim/internal.h"
#include "strata/mem.h"

void sim_buf_append(struct sim_buf *b, const void *data, size_t n)
{
    if (n == 0)
        return;
    if (b->size - b->end < n && b->start > 0) {
        memmove(b->data, b->data + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
    }
    if (b->size - b->end < n) {
        size_t size = b->size ? b->size : 256;

        while (size - b->end < n)
            size *= 2;
        b->data = mem_realloc(NULL, b->data, size);
        b->size = size;
    }
    memcpy(b->data + b->end, data, n);
    b->end += n;
}

void sim_buf_consume(struct sim_buf *b, size_t n)
{
    size_t have = sim_buf_len(b);

    b->start += n < have ? n : have;
    if (b->start == b->end)
        b->start = b->end = 0;
}

void sim_buf_fini(struct sim_buf *b)
{
    mem_free(NULL, b->data);
    *b = (struct sim_buf){0};
}
