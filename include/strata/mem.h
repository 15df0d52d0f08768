/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed memory accounting. Every allocation names an account; an account belongs to the object that owns the daemon
 * (no globals), so that ten daemons in one process are counted apart. Allocation failure aborts: sizes that a peer can
 * drive are bounded before they come here. Sizes are what malloc_usable_size() reports, so no header is stored.
 */
#pragma once

#include <stddef.h>

struct mem_account {
    const char *name; /* what is counted, e.g. "bgp attribute"; static string */
    size_t count;     /* live allocations */
    size_t bytes;     /* live bytes */
};

/* Allocate zeroed memory; never returns NULL. `acct` may be NULL (not counted). */
void *mem_alloc(struct mem_account *acct, size_t size);
/* Grow or shrink; new bytes are not zeroed. `ptr` may be NULL. */
void *mem_realloc(struct mem_account *acct, void *ptr, size_t size);
/* Release what mem_alloc, mem_realloc, mem_dup or mem_strdup gave with the same account. NULL is allowed. */
void mem_free(struct mem_account *acct, void *ptr);
void *mem_dup(struct mem_account *acct, const void *data, size_t size);
char *mem_strdup(struct mem_account *acct, const char *text);

#define MEM_NEW(acct, type) ((type *)mem_alloc((acct), sizeof(type)))
