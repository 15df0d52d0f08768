/* SPDX-License-Identifier: Apache-2.0
 *
 * The structs of a configuration value as memory: defaults, sharing, release, order, and the changes that apply.c makes
 * to structs that only it owns. `base` is always the struct that the node's children have their offsets in.
 */
#pragma once

#include "lib/schema/block.h"
#include "lib/schema/value.h"

/* Children of `node` that have a place in the struct. */
#define TREE_FOREACH(s, c, node)                                                                                       \
    for (uint32_t c = schema_first_child((s), (node)); c != SCHEMA_NONE; c = schema_next_sibling((s), c))              \
        if ((s)->nodes[c].offset != SCHEMA_NONE)

static inline void *tree_at(void *base, uint32_t offset)
{
    return (char *)base + offset;
}

static inline const void *tree_const_at(const void *base, uint32_t offset)
{
    return (const char *)base + offset;
}

/* The pointer, and the count, that a list, leaf-list or presence container has in its parent's struct. */
void *tree_pointer(const struct schema_node *n, const void *base);
void tree_set_pointer(const struct schema_node *n, void *base, void *value);
size_t tree_count(const struct schema_node *n, const void *base);
/* `name` is a leaf: is it there? (One with a default or without has_ always is.) */
bool tree_has(const struct schema_node *n, const void *base);
void tree_set_has(const struct schema_node *n, void *base, bool has);

/* Fill a zeroed struct with defaults; keys that are set already stay. */
void tree_init(const struct schema *s, uint32_t node, void *base);
void tree_init_leaf(const struct schema *s, uint32_t leaf, void *base);
/* After a struct was copied: own what is in it together with the original. */
void tree_share(const struct schema *s, uint32_t node, void *base);
/* Give up what is in a struct, and what is in one member of it. The member becomes empty. */
void tree_release(const struct schema *s, uint32_t node, void *base);
void tree_release_member(const struct schema *s, uint32_t member, void *base);
/* Give up a list entry or presence container. */
void tree_unref(const struct schema *s, uint32_t node, void *entry);

bool tree_equal(const struct schema *s, uint32_t node, const void *a, const void *b, bool with_lists);
int tree_compare_keys(const struct schema *s, uint32_t list, const void *a, const void *b);
/* Binary search; `*index` is where it is or belongs. */
bool tree_find(const struct schema *s, uint32_t list, void *const *entries, size_t n, const void *probe, size_t *index);

/* Make what is referred to at this member safe to write: a copy if somebody else owns it, too. The struct itself must
 * be owned alone. */
void *tree_own_entry(const struct schema *s, uint32_t list, void *base, size_t index);
void *tree_own_presence(const struct schema *s, uint32_t node, void *base);
/* Insert or remove an entry (list) or value (leaf-list) at an index. Ownership of `entry` passes. */
void tree_insert_entry(const struct schema *s, uint32_t list, void *base, size_t index, void *entry);
void tree_remove_entry(const struct schema *s, uint32_t list, void *base, size_t index);
bool tree_find_value(const struct schema_node *n, const void *base, const void *value, size_t *index);
void tree_insert_value(const struct schema *s, uint32_t leaf_list, void *base, size_t index, const void *value);
void tree_remove_value(const struct schema *s, uint32_t leaf_list, void *base, size_t index);
