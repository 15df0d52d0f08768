/* SPDX-License-Identifier: Apache-2.0
 *
 * Lifetime and comparison of configuration values. Arrays, entries, presence containers and strings are blocks
 * (block.h); an array owns what it holds, however many structs own the array.
 */
#include "lib/schema/tree.h"

#include <stdlib.h>
#include <string.h>

void *tree_pointer(const struct schema_node *n, const void *base)
{
    void *p;

    memcpy(&p, tree_const_at(base, n->offset), sizeof(p));
    return p;
}

void tree_set_pointer(const struct schema_node *n, void *base, void *value)
{
    memcpy(tree_at(base, n->offset), &value, sizeof(value));
}

size_t tree_count(const struct schema_node *n, const void *base)
{
    size_t count;

    memcpy(&count, tree_const_at(base, n->count_offset), sizeof(count));
    return count;
}

bool tree_has(const struct schema_node *n, const void *base)
{
    return n->has_offset == SCHEMA_NONE || *(const bool *)tree_const_at(base, n->has_offset);
}

void tree_set_has(const struct schema_node *n, void *base, bool has)
{
    if (n->has_offset != SCHEMA_NONE)
        *(bool *)tree_at(base, n->has_offset) = has;
}

void tree_init_leaf(const struct schema *s, uint32_t leaf, void *base)
{
    const struct schema_node *n = &s->nodes[leaf];

    if (n->default_text && value_parse(n, n->default_text, tree_at(base, n->offset)) < 0)
        abort(); /* the generator wrote a default that its own type does not take */
}

void tree_init(const struct schema *s, uint32_t node, void *base)
{
    TREE_FOREACH(s, c, node)
    {
        if (s->nodes[c].kind == SCHEMA_LEAF)
            tree_init_leaf(s, c, base);
        else if (s->nodes[c].kind == SCHEMA_CONTAINER)
            tree_init(s, c, tree_at(base, s->nodes[c].offset));
    }
}

void tree_share(const struct schema *s, uint32_t node, void *base)
{
    TREE_FOREACH(s, c, node)
    {
        const struct schema_node *n = &s->nodes[c];

        switch ((enum schema_kind)n->kind) {
        case SCHEMA_LEAF:
            value_ref(n, tree_at(base, n->offset));
            break;
        case SCHEMA_CONTAINER:
            tree_share(s, c, tree_at(base, n->offset));
            break;
        case SCHEMA_PRESENCE:
        case SCHEMA_LIST:
        case SCHEMA_LEAF_LIST:
            block_ref(tree_pointer(n, base));
            break;
        }
    }
}

void tree_unref(const struct schema *s, uint32_t node, void *entry)
{
    if (!block_unref(entry))
        return;
    tree_release(s, node, entry);
    block_free(entry);
}

static void release_list(const struct schema *s, uint32_t list, void *base)
{
    const struct schema_node *n = &s->nodes[list];
    void **entries = tree_pointer(n, base);
    size_t count = tree_count(n, base);

    if (!block_unref(entries))
        return;
    for (size_t i = 0; i < count; i++)
        tree_unref(s, list, entries[i]);
    block_free(entries);
}

static void release_leaf_list(const struct schema_node *n, void *base)
{
    char *values = tree_pointer(n, base);
    size_t count = tree_count(n, base);

    if (!block_unref(values))
        return;
    for (size_t i = 0; i < count; i++)
        value_release(n, values + i * n->size);
    block_free(values);
}

static void set_count(const struct schema_node *n, void *base, size_t count)
{
    memcpy(tree_at(base, n->count_offset), &count, sizeof(count));
}

void tree_release_member(const struct schema *s, uint32_t member, void *base)
{
    const struct schema_node *n = &s->nodes[member];

    switch ((enum schema_kind)n->kind) {
    case SCHEMA_LEAF:
        value_release(n, tree_at(base, n->offset));
        tree_set_has(n, base, false);
        return;
    case SCHEMA_CONTAINER:
        tree_release(s, member, tree_at(base, n->offset));
        return;
    case SCHEMA_PRESENCE:
        tree_unref(s, member, tree_pointer(n, base));
        tree_set_pointer(n, base, NULL);
        return;
    case SCHEMA_LIST:
        release_list(s, member, base);
        break;
    case SCHEMA_LEAF_LIST:
        release_leaf_list(n, base);
        break;
    }
    tree_set_pointer(n, base, NULL);
    set_count(n, base, 0);
}

void tree_release(const struct schema *s, uint32_t node, void *base)
{
    TREE_FOREACH(s, c, node)
    tree_release_member(s, c, base);
}

/* --- Comparison --- */

static bool lists_equal(const struct schema *s, uint32_t list, const void *a, const void *b)
{
    const struct schema_node *n = &s->nodes[list];
    size_t count = tree_count(n, a);
    void **x = tree_pointer(n, a), **y = tree_pointer(n, b);

    if (x == y)
        return true;
    if (count != tree_count(n, b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!tree_equal(s, list, x[i], y[i], true))
            return false;
    return true;
}

static bool leaf_lists_equal(const struct schema_node *n, const void *a, const void *b)
{
    size_t count = tree_count(n, a);
    const char *x = tree_pointer(n, a), *y = tree_pointer(n, b);

    if (x == y)
        return true;
    if (count != tree_count(n, b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (value_compare(n, x + i * n->size, y + i * n->size) != 0)
            return false;
    return true;
}

static bool members_equal(const struct schema *s, uint32_t c, const void *a, const void *b, bool with_lists)
{
    const struct schema_node *n = &s->nodes[c];

    switch ((enum schema_kind)n->kind) {
    case SCHEMA_LEAF:
        if (tree_has(n, a) != tree_has(n, b))
            return false;
        return !tree_has(n, a) || value_compare(n, tree_const_at(a, n->offset), tree_const_at(b, n->offset)) == 0;
    case SCHEMA_CONTAINER:
        return tree_equal(s, c, tree_const_at(a, n->offset), tree_const_at(b, n->offset), with_lists);
    case SCHEMA_PRESENCE:
        return tree_equal(s, c, tree_pointer(n, a), tree_pointer(n, b), with_lists);
    case SCHEMA_LIST:
        return !with_lists || lists_equal(s, c, a, b);
    case SCHEMA_LEAF_LIST:
        return leaf_lists_equal(n, a, b);
    }
    return true;
}

bool tree_equal(const struct schema *s, uint32_t node, const void *a, const void *b, bool with_lists)
{
    if (a == b)
        return true;
    if (!a || !b)
        return false;
    TREE_FOREACH(s, c, node)
    if (!members_equal(s, c, a, b, with_lists))
        return false;
    return true;
}

int tree_compare_keys(const struct schema *s, uint32_t list, const void *a, const void *b)
{
    uint32_t key = list + 1;

    for (uint8_t i = 0; i < s->nodes[list].n_keys; i++, key++) {
        const struct schema_node *n = &s->nodes[key];
        int order = value_compare(n, tree_const_at(a, n->offset), tree_const_at(b, n->offset));

        if (order)
            return order;
    }
    return 0;
}

bool tree_find(const struct schema *s, uint32_t list, void *const *entries, size_t n, const void *probe, size_t *index)
{
    size_t low = 0, high = n;

    if (n > 0 && tree_compare_keys(s, list, entries[n - 1], probe) < 0)
        low = n; /* a whole configuration arrives in order */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = tree_compare_keys(s, list, entries[mid], probe);

        if (order == 0) {
            *index = mid;
            return true;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *index = low;
    return false;
}

/* --- Change of what is owned alone --- */

static void *own_struct(const struct schema *s, uint32_t node, void *shared)
{
    void *copy;

    if (!block_is_shared(shared))
        return shared;
    copy = block_new(s->nodes[node].size);
    memcpy(copy, shared, s->nodes[node].size);
    tree_share(s, node, copy);
    block_unref(shared); /* somebody else has it, too */
    return copy;
}

/* An array that may be written and has room for one more element than it holds. */
static char *own_array(const struct schema *s, uint32_t member, void *base)
{
    const struct schema_node *n = &s->nodes[member];
    size_t size = n->kind == SCHEMA_LIST ? sizeof(void *) : n->size;
    size_t count = tree_count(n, base);
    uint32_t room = (uint32_t)(count + count / 2 + 4);
    char *array = tree_pointer(n, base);
    char *copy;

    if (array && !block_is_shared(array)) {
        if (block_capacity(array) > count)
            return array;
        array = block_resize(array, count * size, room * size);
        block_set_capacity(array, room);
        tree_set_pointer(n, base, array);
        return array;
    }
    copy = block_new(room * size);
    block_set_capacity(copy, room);
    if (array) {
        memcpy(copy, array, count * size);
        for (size_t i = 0; i < count; i++) {
            if (n->kind == SCHEMA_LIST)
                block_ref(((void **)(void *)copy)[i]);
            else
                value_ref(n, copy + i * size);
        }
        block_unref(array);
    }
    tree_set_pointer(n, base, copy);
    return copy;
}

void *tree_own_entry(const struct schema *s, uint32_t list, void *base, size_t index)
{
    void **entries = (void **)(void *)own_array(s, list, base);

    entries[index] = own_struct(s, list, entries[index]);
    return entries[index];
}

void *tree_own_presence(const struct schema *s, uint32_t node, void *base)
{
    const struct schema_node *n = &s->nodes[node];
    void *there = tree_pointer(n, base);

    if (there) {
        there = own_struct(s, node, there);
    } else {
        there = block_new(n->size);
        tree_init(s, node, there);
    }
    tree_set_pointer(n, base, there);
    return there;
}

static char *make_gap(const struct schema *s, uint32_t member, void *base, size_t index, size_t size)
{
    char *array = own_array(s, member, base);
    size_t count = tree_count(&s->nodes[member], base);

    memmove(array + (index + 1) * size, array + index * size, (count - index) * size);
    set_count(&s->nodes[member], base, count + 1);
    return array + index * size;
}

static void close_gap(const struct schema *s, uint32_t member, void *base, size_t index, size_t size)
{
    const struct schema_node *n = &s->nodes[member];
    char *array = tree_pointer(n, base);
    size_t count = tree_count(n, base) - 1;

    memmove(array + index * size, array + (index + 1) * size, (count - index) * size);
    set_count(n, base, count);
    if (count == 0) {
        block_free(array);
        tree_set_pointer(n, base, NULL);
    }
}

void tree_insert_entry(const struct schema *s, uint32_t list, void *base, size_t index, void *entry)
{
    memcpy(make_gap(s, list, base, index, sizeof(entry)), &entry, sizeof(entry));
}

void tree_remove_entry(const struct schema *s, uint32_t list, void *base, size_t index)
{
    void **entries = (void **)(void *)own_array(s, list, base);

    tree_unref(s, list, entries[index]);
    close_gap(s, list, base, index, sizeof(void *));
}

bool tree_find_value(const struct schema_node *n, const void *base, const void *value, size_t *index)
{
    const char *values = tree_pointer(n, base);
    size_t low = 0, high = tree_count(n, base);

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = value_compare(n, values + mid * n->size, value);

        if (order == 0) {
            *index = mid;
            return true;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *index = low;
    return false;
}

void tree_insert_value(const struct schema *s, uint32_t leaf_list, void *base, size_t index, const void *value)
{
    size_t size = s->nodes[leaf_list].size;

    memcpy(make_gap(s, leaf_list, base, index, size), value, size);
}

void tree_remove_value(const struct schema *s, uint32_t leaf_list, void *base, size_t index)
{
    const struct schema_node *n = &s->nodes[leaf_list];
    char *values = own_array(s, leaf_list, base);

    value_release(n, values + index * n->size);
    close_gap(s, leaf_list, base, index, n->size);
}
