/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory straight from the system, for what is big and lives long. Private to lib/base.
 */
#pragma once

#include <stddef.h>

#define PAGES_HUGE ((size_t)2 << 20) /* what the kernel may make one page of */

/* Zeroed, at a multiple of `align` (a power of two); never NULL. From PAGES_HUGE on as huge pages, if there are any. */
void *pages_map(size_t size, size_t align);
void pages_unmap(void *pages, size_t size);
/* All of it is going to be written: it is made present at once, which spares a page fault for each 4 KiB, and another
 * with a call to all processors where it is read first. Without effect before Linux 5.14. */
void pages_fill(void *pages, size_t size);
