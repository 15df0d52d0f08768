/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration values for their users: create, own, compare, find, and what differs between two states of a list.
 */
#include <string.h>

#include "lib/schema/tree.h"

void *schema_config_create(const struct schema *s)
{
    void *root = block_new(s->root_size);

    tree_init(s, 0, root);
    return root;
}

/* The counter of owners is the one thing in a value that changes. */
static void *unconst(const void *value)
{
    return (void *)(uintptr_t)value;
}

void *schema_config_clone(const struct schema *s, const void *config)
{
    (void)s;
    return block_ref(unconst(config));
}

void schema_config_free(const struct schema *s, const void *config)
{
    tree_unref(s, 0, unconst(config));
}

bool schema_config_equal(const struct schema *s, const void *a, const void *b)
{
    return tree_equal(s, 0, a, b, true);
}

bool schema_struct_equal(const struct schema *s, uint32_t node, const void *a, const void *b)
{
    return tree_equal(s, node, a, b, true);
}

bool schema_leafs_equal(const struct schema *s, uint32_t node, const void *a, const void *b)
{
    return tree_equal(s, node, a, b, false);
}

void *schema_list_find(const struct schema *s, uint32_t node, void *entries, size_t n, const void *probe)
{
    void **list = entries;
    size_t index;

    return tree_find(s, node, list, n, probe, &index) ? list[index] : NULL;
}

struct schema_list_diff schema_list_diff_of(const struct schema *s, uint32_t node, const void *old_entries,
                                            size_t n_old, const void *new_entries, size_t n_new)
{
    struct schema_list_diff d = {.schema = s, .node = node, .n_old = n_old, .n_new = n_new};

    d.old_entries = old_entries;
    d.new_entries = new_entries;
    return d;
}

/* Takes the next pair in key order; either may be NULL. */
static void next_pair(struct schema_list_diff *d)
{
    int order = 0;

    d->was = d->i < d->n_old ? d->old_entries[d->i] : NULL;
    d->now = d->j < d->n_new ? d->new_entries[d->j] : NULL;
    if (d->was && d->now && d->was != d->now)
        order = tree_compare_keys(d->schema, d->node, d->was, d->now);
    if (order < 0)
        d->now = NULL;
    if (order > 0)
        d->was = NULL;
    d->i += d->was != NULL;
    d->j += d->now != NULL;
}

bool schema_list_diff_next(struct schema_list_diff *d)
{
    while (d->i < d->n_old || d->j < d->n_new) {
        next_pair(d);
        if (!tree_equal(d->schema, d->node, d->was, d->now, true))
            return true;
    }
    d->was = NULL;
    d->now = NULL;
    return false;
}
