/* SPDX-License-Identifier: Apache-2.0
 *
 * The consumer of edits: decodes a stream into a new value that shares the rest with the old one. The new value's root
 * is a copy; on the way down each struct that is entered is made its own (copy on write), so what is below the stack's
 * top is owned alone and may be written. Whatever is wrong in the stream ends in an error, never in a half-made value.
 */
#include <stdio.h>
#include <string.h>

#include "lib/schema/tree.h"
#include "strata/schema_edit.h"

struct frame {
    uint32_t node;
    void *base;
};

struct apply {
    const struct schema *schema;
    struct wire_reader r;
    struct schema_error *err;
    struct frame stack[STREAM_DEPTH_MAX];
    unsigned depth; /* stack[depth] is where we are */
    size_t record;  /* where the record began */
};

static bool refuse(struct apply *a, uint32_t node, const char *what)
{
    char path[SCHEMA_ERROR_TEXT - 60];

    if (!a->err)
        return false;
    a->err->offset = a->record;
    a->err->node = node;
    if (node == SCHEMA_NONE)
        snprintf(a->err->message, sizeof(a->err->message), "%s", what);
    else
        snprintf(a->err->message, sizeof(a->err->message), "%.50s: %s", what,
                 schema_path(a->schema, node, path, sizeof(path)));
    return false;
}

static struct frame *top(struct apply *a)
{
    return &a->stack[a->depth];
}

static bool push(struct apply *a, uint32_t node, void *base)
{
    if (a->depth + 1 >= STREAM_DEPTH_MAX)
        return refuse(a, node, "nested too deeply");
    a->stack[++a->depth] = (struct frame){node, base};
    return true;
}

/* A struct of the list's type with the keys of the stream in it; NULL (and refused) if they are malformed. */
static void *read_probe(struct apply *a, uint32_t list)
{
    const struct schema *s = a->schema;
    void *probe = block_new(s->nodes[list].size);
    uint32_t key = list + 1;

    for (uint8_t i = 0; i < s->nodes[list].n_keys; i++, key++)
        value_get(&s->nodes[key], &a->r, tree_at(probe, s->nodes[key].offset));
    if (!a->r.failed)
        return probe;
    tree_unref(s, list, probe);
    refuse(a, list, "malformed key");
    return NULL;
}

static bool enter_list(struct apply *a, uint32_t list)
{
    const struct schema *s = a->schema;
    void *base = top(a)->base;
    void *probe = read_probe(a, list);
    size_t index;

    if (!probe)
        return false;
    if (tree_find(s, list, tree_pointer(&s->nodes[list], base), tree_count(&s->nodes[list], base), probe, &index)) {
        tree_unref(s, list, probe);
        return push(a, list, tree_own_entry(s, list, base, index));
    }
    tree_init(s, list, probe);
    tree_insert_entry(s, list, base, index, probe);
    return push(a, list, probe);
}

static bool do_enter(struct apply *a, uint32_t node)
{
    const struct schema_node *n = &a->schema->nodes[node];
    void *base = top(a)->base;

    switch ((enum schema_kind)n->kind) {
    case SCHEMA_CONTAINER:
        return push(a, node, tree_at(base, n->offset));
    case SCHEMA_PRESENCE:
        return push(a, node, tree_own_presence(a->schema, node, base));
    case SCHEMA_LIST:
        return enter_list(a, node);
    case SCHEMA_LEAF:
    case SCHEMA_LEAF_LIST:
        break;
    }
    return refuse(a, node, "a leaf cannot be entered");
}

static bool is_key(const struct schema *s, uint32_t node)
{
    const struct schema_node *parent = &s->nodes[s->nodes[node].parent];

    return parent->kind == SCHEMA_LIST && node - s->nodes[node].parent <= parent->n_keys;
}

static bool do_set(struct apply *a, uint32_t node)
{
    const struct schema_node *n = &a->schema->nodes[node];
    union value_slot value = {0};
    void *base = top(a)->base;

    if (n->kind != SCHEMA_LEAF || is_key(a->schema, node))
        return refuse(a, node, "only a leaf that is no key can be set");
    value_get(n, &a->r, &value);
    if (a->r.failed)
        return refuse(a, node, "malformed value");
    value_release(n, tree_at(base, n->offset));
    memcpy(tree_at(base, n->offset), &value, n->size);
    tree_set_has(n, base, true);
    return true;
}

static bool do_leaf_list(struct apply *a, uint32_t node, bool add)
{
    const struct schema_node *n = &a->schema->nodes[node];
    union value_slot value = {0};
    void *base = top(a)->base;
    size_t index;
    bool found;

    if (n->kind != SCHEMA_LEAF_LIST)
        return refuse(a, node, "not a leaf-list");
    value_get(n, &a->r, &value);
    if (a->r.failed)
        return refuse(a, node, "malformed value");
    found = tree_find_value(n, base, &value, &index);
    if (add && !found) {
        tree_insert_value(a->schema, node, base, index, &value);
        return true;
    }
    if (!add && found)
        tree_remove_value(a->schema, node, base, index);
    value_release(n, &value);
    return true;
}

static bool delete_entry(struct apply *a, uint32_t list)
{
    const struct schema *s = a->schema;
    void *base = top(a)->base;
    void *probe = read_probe(a, list);
    size_t index;

    if (!probe)
        return false;
    if (tree_find(s, list, tree_pointer(&s->nodes[list], base), tree_count(&s->nodes[list], base), probe, &index))
        tree_remove_entry(s, list, base, index);
    tree_unref(s, list, probe);
    return true;
}

static bool do_delete(struct apply *a, uint32_t node)
{
    const struct schema_node *n = &a->schema->nodes[node];
    void *base = top(a)->base;

    if (n->kind == SCHEMA_LIST)
        return delete_entry(a, node);
    if (is_key(a->schema, node))
        return refuse(a, node, "a key cannot be deleted");
    tree_release_member(a->schema, node, base);
    if (n->kind == SCHEMA_LEAF)
        tree_init_leaf(a->schema, node, base);
    else if (n->kind == SCHEMA_CONTAINER)
        tree_init(a->schema, node, tree_at(base, n->offset));
    return true;
}

/* What libyang has promised and code relies on: a mandatory string is there. */
static bool is_complete(struct apply *a, uint32_t node, const void *base)
{
    const struct schema *s = a->schema;

    TREE_FOREACH(s, c, node)
    {
        const struct schema_node *n = &s->nodes[c];

        if (n->kind == SCHEMA_CONTAINER && !is_complete(a, c, tree_const_at(base, n->offset)))
            return false;
        if (n->kind == SCHEMA_LEAF && n->type == SCHEMA_STRING && n->is_mandatory && !tree_pointer(n, base))
            return refuse(a, c, "missing value");
    }
    return true;
}

static bool do_leave(struct apply *a)
{
    if (a->depth == 0)
        return refuse(a, SCHEMA_NONE, "leave without enter");
    if (a->schema->nodes[top(a)->node].kind != SCHEMA_CONTAINER && !is_complete(a, top(a)->node, top(a)->base))
        return false;
    a->depth--;
    return true;
}

static bool do_record(struct apply *a)
{
    uint8_t op = wire_u8(&a->r);
    uint64_t node;

    if (op == STREAM_LEAVE)
        return do_leave(a);
    node = stream_get_uint(&a->r);
    if (a->r.failed)
        return refuse(a, SCHEMA_NONE, "truncated record");
    if (node == 0 || node >= a->schema->n_nodes || a->schema->nodes[node].parent != top(a)->node ||
        a->schema->nodes[node].offset == SCHEMA_NONE)
        return refuse(a, SCHEMA_NONE, "a node that cannot stand here");
    switch (op) {
    case STREAM_ENTER:
        return do_enter(a, (uint32_t)node);
    case STREAM_SET:
        return do_set(a, (uint32_t)node);
    case STREAM_ADD:
    case STREAM_REMOVE:
        return do_leaf_list(a, (uint32_t)node, op == STREAM_ADD);
    case STREAM_DELETE:
        return do_delete(a, (uint32_t)node);
    }
    return refuse(a, (uint32_t)node, "unknown record");
}

static void *copy_root(const struct schema *s, const void *old)
{
    void *root = block_new(s->root_size);

    if (old) {
        memcpy(root, old, s->root_size);
        tree_share(s, 0, root);
    } else {
        tree_init(s, 0, root);
    }
    return root;
}

void *schema_config_apply(const struct schema *s, const void *old, const uint8_t *edits, size_t len,
                          struct schema_error *err)
{
    struct apply a = {.schema = s, .r = wire_reader_of(edits, len), .err = err};
    void *root = copy_root(s, old);
    bool ok = true;

    a.stack[0].base = root;
    while (ok && wire_left(&a.r) > 0) {
        a.record = a.r.pos;
        ok = do_record(&a);
    }
    if (ok && a.depth > 0)
        ok = refuse(&a, top(&a)->node, "the stream ends inside");
    if (ok)
        return root;
    tree_unref(s, 0, root);
    return NULL;
}
