/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a state stream back as events with canonical text. The keys of a list entry are gathered first (the writer
 * writes them first, in any order), because whoever builds a tree needs them to make the entry.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/schema/value.h"
#include "strata/mem.h"
#include "strata/schema_edit.h"

enum { KEYS_MAX = 8 };

struct reading {
    const struct schema *schema;
    struct wire_reader r;
    const struct schema_state_ops *ops;
    void *ctx;
    struct schema_error *err;
    uint32_t stack[STREAM_DEPTH_MAX];
    unsigned depth;
    size_t record;
};

static int refuse(struct reading *rd, uint32_t node, const char *what)
{
    char path[SCHEMA_ERROR_TEXT - 60];

    if (!rd->err)
        return -EBADMSG;
    rd->err->offset = rd->record;
    rd->err->node = node;
    if (node == SCHEMA_NONE)
        snprintf(rd->err->message, sizeof(rd->err->message), "%s", what);
    else
        snprintf(rd->err->message, sizeof(rd->err->message), "%.50s: %s", what,
                 schema_path(rd->schema, node, path, sizeof(path)));
    return -EBADMSG;
}

/* The node id of a record; SCHEMA_NONE if it cannot stand here. */
static uint32_t get_node(struct reading *rd)
{
    uint64_t node = stream_get_uint(&rd->r);

    if (rd->r.failed || node == 0 || node >= rd->schema->n_nodes ||
        rd->schema->nodes[node].parent != rd->stack[rd->depth])
        return SCHEMA_NONE;
    return (uint32_t)node;
}

static int read_leaf(struct reading *rd)
{
    uint32_t node = get_node(rd);
    const struct schema_node *n = node == SCHEMA_NONE ? NULL : &rd->schema->nodes[node];
    union value_slot slot = {0};
    char buf[VALUE_TEXT_MAX];
    int result;

    if (!n || n->type == SCHEMA_NO_TYPE)
        return refuse(rd, node, "a leaf that cannot stand here");
    value_get(n, &rd->r, &slot);
    if (rd->r.failed)
        return refuse(rd, node, "malformed value");
    result = rd->ops->leaf ? rd->ops->leaf(rd->ctx, node, value_text(n, &slot, buf)) : 0;
    value_release(n, &slot);
    return result;
}

/* One SET of a key of `list`, its text into keys[]. */
static int read_key(struct reading *rd, uint32_t list, char **keys)
{
    const struct schema_node *n;
    union value_slot slot = {0};
    char buf[VALUE_TEXT_MAX];
    uint32_t node;
    size_t index;

    rd->record = rd->r.pos;
    if (wire_u8(&rd->r) != STREAM_SET)
        return refuse(rd, list, "an entry without its keys in front");
    node = get_node(rd);
    index = (size_t)node - list - 1;
    if (node == SCHEMA_NONE || index >= rd->schema->nodes[list].n_keys || keys[index])
        return refuse(rd, list, "an entry without its keys in front");
    n = &rd->schema->nodes[node];
    value_get(n, &rd->r, &slot);
    if (rd->r.failed)
        return refuse(rd, node, "malformed key");
    keys[index] = mem_strdup(NULL, value_text(n, &slot, buf));
    value_release(n, &slot);
    return 0;
}

static int read_open(struct reading *rd)
{
    uint32_t node = get_node(rd);
    const struct schema_node *n = node == SCHEMA_NONE ? NULL : &rd->schema->nodes[node];
    char *keys[KEYS_MAX] = {NULL};
    int result = 0;

    if (!n || n->type != SCHEMA_NO_TYPE || n->n_keys > KEYS_MAX || rd->depth + 1 >= STREAM_DEPTH_MAX)
        return refuse(rd, node, "a container that cannot stand here");
    rd->stack[++rd->depth] = node;
    for (size_t i = 0; i < n->n_keys && result == 0; i++)
        result = read_key(rd, node, keys);
    if (result == 0 && rd->ops->enter)
        result = rd->ops->enter(rd->ctx, node, (const char *const *)keys, n->n_keys);
    for (size_t i = 0; i < KEYS_MAX; i++)
        mem_free(NULL, keys[i]);
    return result;
}

static int read_leave(struct reading *rd)
{
    uint32_t node = rd->stack[rd->depth];

    if (rd->depth == 0)
        return refuse(rd, SCHEMA_NONE, "leave without enter");
    rd->depth--;
    return rd->ops->leave ? rd->ops->leave(rd->ctx, node) : 0;
}

int schema_state_read(const struct schema *s, const uint8_t *data, size_t len, const struct schema_state_ops *ops,
                      void *ctx, struct schema_error *err)
{
    struct reading rd = {.schema = s, .r = wire_reader_of(data, len), .ops = ops, .ctx = ctx, .err = err};
    int result = 0;

    while (result == 0 && wire_left(&rd.r) > 0) {
        rd.record = rd.r.pos;
        switch (wire_u8(&rd.r)) {
        case STREAM_OPEN:
            result = read_open(&rd);
            break;
        case STREAM_LEAVE:
            result = read_leave(&rd);
            break;
        case STREAM_SET:
            result = read_leaf(&rd);
            break;
        default:
            result = refuse(&rd, SCHEMA_NONE, "unknown record");
        }
    }
    if (result == 0 && rd.depth > 0)
        result = refuse(&rd, rd.stack[rd.depth], "the stream ends inside");
    return result;
}
