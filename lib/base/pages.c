/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory from the system (pages.h).
 */
#include "lib/base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

void *pages_map(size_t size, size_t align)
{
    char *map = mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before;

    if (map == MAP_FAILED)
        abort();
    before = (align - ((uintptr_t)map & (align - 1))) & (align - 1);
    if (before)
        munmap(map, before);
    munmap(map + before + size, align - before);
    if (size >= PAGES_HUGE)
        madvise(map + before, size, MADV_HUGEPAGE); /* without: as small pages */
    return map + before;
}

void pages_unmap(void *pages, size_t size)
{
    munmap(pages, size);
}

void pages_fill(void *pages, size_t size)
{
    madvise(pages, size, MADV_POPULATE_WRITE);
}
