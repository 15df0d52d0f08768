/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed memory accounting over malloc. Counts what the allocator really handed out (malloc_usable_size), so nothing is
 * stored beside the block and any block may be released without knowing its size. Aborts when memory is exhausted:
 * sizes that a peer can drive are bounded by the caller before they come here.
 */
#include "strata/mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void account_add(struct mem_account *acct, void *ptr)
{
    if (acct) {
        acct->count++;
        acct->bytes += malloc_usable_size(ptr);
    }
}

static void account_remove(struct mem_account *acct, void *ptr)
{
    if (acct) {
        acct->count--;
        acct->bytes -= malloc_usable_size(ptr);
    }
}

/* A request of 0 bytes still gives a block of its own, so that NULL always means "absent". */
static size_t at_least_one(size_t size)
{
    return size ? size : 1;
}

void *mem_alloc(struct mem_account *acct, size_t size)
{
    void *ptr = calloc(1, at_least_one(size));

    if (!ptr)
        abort();
    account_add(acct, ptr);
    return ptr;
}

void *mem_realloc(struct mem_account *acct, void *ptr, size_t size)
{
    void *grown;

    if (ptr)
        account_remove(acct, ptr);
    grown = realloc(ptr, at_least_one(size));
    if (!grown)
        abort();
    account_add(acct, grown);
    return grown;
}

void mem_free(struct mem_account *acct, void *ptr)
{
    if (!ptr)
        return;
    account_remove(acct, ptr);
    free(ptr);
}

void *mem_dup(struct mem_account *acct, const void *data, size_t size)
{
    void *copy = malloc(at_least_one(size));

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    account_add(acct, copy);
    return copy;
}

char *mem_strdup(struct mem_account *acct, const char *text)
{
    return mem_dup(acct, text, strlen(text) + 1);
}
