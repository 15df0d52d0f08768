/* SPDX-License-Identifier: Apache-2.0
 *
 * The producer of edits: canonical strings to typed records; and whole values to the records that create them. A call
 * that fails leaves the stream as it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/tree.h"
#include "strata/mem.h"
#include "strata/schema_edit.h"

struct schema_edit {
    const struct schema *schema;
    struct stream out;
    uint32_t stack[STREAM_DEPTH_MAX];
    unsigned depth;
};

struct schema_edit *schema_edit_create(const struct schema *s)
{
    struct schema_edit *e = MEM_NEW(NULL, struct schema_edit);

    e->schema = s;
    return e;
}

void schema_edit_destroy(struct schema_edit *e)
{
    if (!e)
        return;
    stream_fini(&e->out);
    mem_free(NULL, e);
}

const uint8_t *schema_edit_data(const struct schema_edit *e, size_t *len)
{
    *len = e->out.len;
    return e->out.data;
}

static bool may_stand(const struct schema_edit *e, uint32_t node)
{
    return node != 0 && node < e->schema->n_nodes && e->schema->nodes[node].parent == e->stack[e->depth] &&
           e->schema->nodes[node].offset != SCHEMA_NONE;
}

static void put_head(struct schema_edit *e, enum stream_op op, uint32_t node)
{
    stream_u8(&e->out, (uint8_t)op);
    stream_uint(&e->out, node);
}

static int put_text(struct schema_edit *e, uint32_t node, const char *text)
{
    const struct schema_node *n = &e->schema->nodes[node];
    union value_slot slot = {0};

    if (value_parse(n, text, &slot) < 0)
        return -EINVAL;
    value_put(n, &slot, &e->out);
    value_release(n, &slot);
    return 0;
}

static int put_keys(struct schema_edit *e, uint32_t node, const char *const *keys, size_t n_keys)
{
    if (n_keys != e->schema->nodes[node].n_keys)
        return -EINVAL;
    for (size_t i = 0; i < n_keys; i++)
        if (put_text(e, node + 1 + (uint32_t)i, keys[i]) < 0)
            return -EINVAL;
    return 0;
}

static bool is_leaf(const struct schema_node *n)
{
    return n->kind == SCHEMA_LEAF || n->kind == SCHEMA_LEAF_LIST;
}

int schema_edit_enter(struct schema_edit *e, uint32_t node, const char *const *keys, size_t n_keys)
{
    size_t before = e->out.len;

    if (!may_stand(e, node) || is_leaf(&e->schema->nodes[node]) || e->depth + 1 >= STREAM_DEPTH_MAX)
        return -ENOENT;
    put_head(e, STREAM_ENTER, node);
    if (put_keys(e, node, keys, n_keys) < 0) {
        e->out.len = before;
        return -EINVAL;
    }
    e->stack[++e->depth] = node;
    return 0;
}

int schema_edit_leave(struct schema_edit *e)
{
    if (e->depth == 0)
        return -ENOENT;
    e->depth--;
    stream_u8(&e->out, STREAM_LEAVE);
    return 0;
}

static int put_value(struct schema_edit *e, enum stream_op op, enum schema_kind kind, uint32_t node, const char *value)
{
    size_t before = e->out.len;

    if (!may_stand(e, node) || e->schema->nodes[node].kind != kind)
        return -ENOENT;
    put_head(e, op, node);
    if (put_text(e, node, value) == 0)
        return 0;
    e->out.len = before;
    return -EINVAL;
}

int schema_edit_leaf(struct schema_edit *e, uint32_t node, const char *value)
{
    return put_value(e, STREAM_SET, SCHEMA_LEAF, node, value);
}

int schema_edit_add(struct schema_edit *e, uint32_t node, const char *value)
{
    return put_value(e, STREAM_ADD, SCHEMA_LEAF_LIST, node, value);
}

int schema_edit_remove(struct schema_edit *e, uint32_t node, const char *value)
{
    return put_value(e, STREAM_REMOVE, SCHEMA_LEAF_LIST, node, value);
}

int schema_edit_delete(struct schema_edit *e, uint32_t node, const char *const *keys, size_t n_keys)
{
    size_t before = e->out.len;

    if (!may_stand(e, node))
        return -ENOENT;
    put_head(e, STREAM_DELETE, node);
    if (put_keys(e, node, keys, n_keys) == 0)
        return 0;
    e->out.len = before;
    return -EINVAL;
}

/* --- Whole values --- */

static void encode_struct(struct schema_edit *e, uint32_t node, const void *base, uint32_t first);

static bool is_default(const struct schema_node *n, const void *slot)
{
    union value_slot value = {0};
    bool same;

    if (!n->default_text || value_parse(n, n->default_text, &value) < 0)
        return false;
    same = value_compare(n, &value, slot) == 0;
    value_release(n, &value);
    return same;
}

static void encode_leaf(struct schema_edit *e, uint32_t leaf, const void *base)
{
    const struct schema_node *n = &e->schema->nodes[leaf];
    const void *slot = tree_const_at(base, n->offset);

    if (!tree_has(n, base) || is_default(n, slot))
        return;
    if (n->type == SCHEMA_STRING && !tree_pointer(n, base))
        return;
    if (n->is_mandatory &&
        (n->type == SCHEMA_ADDRESS || n->type == SCHEMA_PREFIX || n->type == SCHEMA_INTERFACE_ADDRESS) &&
        *(const uint8_t *)slot == AF_NONE)
        return; /* not filled in yet: it has no encoding */
    put_head(e, STREAM_SET, leaf);
    value_put(n, slot, &e->out);
}

static void encode_list(struct schema_edit *e, uint32_t list, const void *base)
{
    const struct schema_node *n = &e->schema->nodes[list];
    void **entries = tree_pointer(n, base);
    size_t count = tree_count(n, base);

    for (size_t i = 0; i < count; i++) {
        uint32_t key = list + 1;

        put_head(e, STREAM_ENTER, list);
        for (uint8_t k = 0; k < n->n_keys; k++, key++)
            value_put(&e->schema->nodes[key], tree_const_at(entries[i], e->schema->nodes[key].offset), &e->out);
        encode_struct(e, list, entries[i], key);
        stream_u8(&e->out, STREAM_LEAVE);
    }
}

static void encode_leaf_list(struct schema_edit *e, uint32_t node, const void *base)
{
    const struct schema_node *n = &e->schema->nodes[node];
    const char *values = tree_pointer(n, base);
    size_t count = tree_count(n, base);

    for (size_t i = 0; i < count; i++) {
        put_head(e, STREAM_ADD, node);
        value_put(n, values + i * n->size, &e->out);
    }
}

static void encode_container(struct schema_edit *e, uint32_t node, const void *inner)
{
    size_t before = e->out.len;
    size_t head;

    put_head(e, STREAM_ENTER, node);
    head = e->out.len;
    encode_struct(e, node, inner, node + 1);
    if (e->out.len == head && e->schema->nodes[node].kind == SCHEMA_CONTAINER)
        e->out.len = before; /* nothing but defaults */
    else
        stream_u8(&e->out, STREAM_LEAVE);
}

/* Children from `first` on: keys are written by encode_list. */
static void encode_struct(struct schema_edit *e, uint32_t node, const void *base, uint32_t first)
{
    TREE_FOREACH(e->schema, c, node)
    {
        const struct schema_node *n = &e->schema->nodes[c];

        if (c < first)
            continue;
        switch ((enum schema_kind)n->kind) {
        case SCHEMA_LEAF:
            encode_leaf(e, c, base);
            break;
        case SCHEMA_LEAF_LIST:
            encode_leaf_list(e, c, base);
            break;
        case SCHEMA_LIST:
            encode_list(e, c, base);
            break;
        case SCHEMA_CONTAINER:
            encode_container(e, c, tree_const_at(base, n->offset));
            break;
        case SCHEMA_PRESENCE:
            if (tree_pointer(n, base))
                encode_container(e, c, tree_pointer(n, base));
            break;
        }
    }
}

void schema_config_encode(const struct schema *s, const void *config, struct schema_edit *e)
{
    (void)s;
    encode_struct(e, 0, config, 1);
}
