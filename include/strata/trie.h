/* SPDX-License-Identifier: Apache-2.0
 *
 * A prefix trie (path-compressed binary): prefix -> one pointer. One address family a trie. The trie owns its nodes,
 * the caller owns the values. Entries may be removed while iterating with trie_next_after().
 *
 * Big tables keep more than a pointer in an entry: tries of a pool made with `room` have that many octets, zeroed, in
 * each entry. What is called value below is then the entry's room itself, and each entry counts from the beginning.
 */
#pragma once

#include "strata/addr.h"

struct mem_account;
struct slab_space;
struct trie;
struct trie_pool;

struct trie *trie_create(struct mem_account *acct); /* acct may be NULL; counts the nodes */
void trie_destroy(struct trie *t);                  /* values are not touched */
/* The pool's nodes live in `space`, which is to outlive it. room 0: values are pointers. */
struct trie_pool *trie_pool_create(struct slab_space *space, size_t room);
void trie_pool_destroy(struct trie_pool *pool);                    /* after its tries */
struct trie *trie_create_in(struct trie_pool *pool, uint16_t tag); /* the tag is the user's */
void trie_entry_prefix(const void *entry, struct prefix *out);     /* entry: room of a pool that has it */
uint16_t trie_entry_tag(const void *entry);                        /* of its trie */
size_t trie_count(const struct trie *t);
/* Returns the address of the value slot of `p`, creating the entry (slot NULL) if absent. A slot that is left NULL does
 * not count as an entry for find, match and iteration. Slots stay valid until that prefix is removed. */
void **trie_slot(struct trie *t, const struct prefix *p);
void *trie_find(const struct trie *t, const struct prefix *p); /* exact */
void *trie_match(const struct trie *t, const struct ip_addr *a,
                 struct prefix *matched); /* longest; matched may be NULL */
/* Longest entry that covers `p` and is shorter than it; NULL if none. */
void *trie_parent(const struct trie *t, const struct prefix *p, struct prefix *matched);
void *trie_remove(struct trie *t, const struct prefix *p); /* returns the value that was there; NULL with room */
/* Iteration in prefix_compare order: the first entry after `after` (NULL: from the start). Fills `found`. NULL at end.
 */
void *trie_next_after(const struct trie *t, const struct prefix *after, struct prefix *found);
/* Calls fn for each entry inside `within` (itself included), in order. fn may not change the trie. */
void trie_walk(const struct trie *t, const struct prefix *within,
               void (*fn)(const struct prefix *, void *value, void *arg), void *arg);
