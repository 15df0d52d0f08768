/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing operational state (state.h). A node that does not belong where it is written, or a value of the wrong type,
 * is a mistake in the daemon: debug builds stop, others leave it out. Text may come from neighbours, so what is not
 * clean UTF-8 is replaced on the way.
 */
#include "strata/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/state_writer.h"
#include "strata/mem.h"
#include "strata/schema_edit.h"

struct state_writer *state_writer_create(const struct schema *s)
{
    struct state_writer *w = MEM_NEW(NULL, struct state_writer);

    w->schema = s;
    return w;
}

void state_writer_destroy(struct state_writer *w)
{
    if (!w)
        return;
    state_list_fini(w);
    stream_fini(&w->out);
    mem_free(NULL, w);
}

size_t state_writer_size(const struct state_writer *w)
{
    return w->out.len;
}

uint8_t *state_writer_take(struct state_writer *w, size_t *len)
{
    uint8_t *data = w->out.data ? w->out.data : malloc(1);

    if (!data)
        abort();
    *len = w->out.len;
    w->out = (struct stream){0};
    memset(w->mark, 0, sizeof(w->mark));
    return data;
}

uint32_t state_child(const struct state_writer *w, uint32_t node)
{
    uint32_t here = w->stack[w->depth];

    if (node == 0 || node >= w->schema->n_nodes)
        return SCHEMA_NONE;
    if (w->schema->nodes[node].parent == here)
        return node;
    return schema_child(w->schema, here, w->schema->nodes[node].name);
}

static const struct schema_node *begin(struct state_writer *w, enum stream_op op, uint32_t node)
{
    stream_u8(&w->out, (uint8_t)op);
    stream_uint(&w->out, node);
    return &w->schema->nodes[node];
}

/* The id of a leaf that may be written here, or SCHEMA_NONE. */
static uint32_t leaf_here(const struct state_writer *w, uint32_t node)
{
    uint32_t leaf = w->skipped ? SCHEMA_NONE : state_child(w, node);
    bool ok = leaf != SCHEMA_NONE && w->schema->nodes[leaf].type != SCHEMA_NO_TYPE;

    assert((ok || w->skipped) && "this leaf does not stand below what is open");
    return ok && state_takes_leaf(w, leaf) ? leaf : SCHEMA_NONE;
}

void state_open(struct state_writer *w, uint32_t node)
{
    uint32_t child = w->skipped ? SCHEMA_NONE : state_child(w, node);
    bool ok = child != SCHEMA_NONE && w->schema->nodes[child].type == SCHEMA_NO_TYPE && w->depth + 1 < STREAM_DEPTH_MAX;

    assert((ok || w->skipped) && "this container does not stand below what is open");
    if (!ok || !state_takes(w, child)) {
        w->skipped++;
        return;
    }
    w->mark[w->depth] = w->out.len;
    begin(w, STREAM_OPEN, child);
    w->stack[++w->depth] = child;
    state_opened(w);
}

void state_close(struct state_writer *w)
{
    if (w->skipped) {
        w->skipped--;
        return;
    }
    assert(w->depth > 0 && "close without open");
    if (w->depth == 0)
        return;
    w->depth--;
    stream_u8(&w->out, STREAM_LEAVE);
    state_closed(w);
}

/* Takes the slot's value over. */
static void put_slot(struct state_writer *w, uint32_t leaf, union value_slot *slot)
{
    const struct schema_node *n = begin(w, STREAM_SET, leaf);

    value_put(n, slot, &w->out);
    if (leaf - w->stack[w->depth] <= w->schema->nodes[w->stack[w->depth]].n_keys)
        state_key_written(w, leaf, slot);
    value_release(n, slot);
}

/* Length of the clean UTF-8 character at `text`, or 0. */
static size_t utf8_length(const char *text)
{
    const uint8_t *t = (const uint8_t *)text;
    size_t len = t[0] < 0x80 ? 1 : t[0] >= 0xc2 && t[0] < 0xe0 ? 2 : (t[0] & 0xf0) == 0xe0 ? 3 : 0;

    if (len == 1)
        return t[0] >= 0x20 && t[0] != 0x7f ? 1 : t[0] == '\n' || t[0] == '\t';
    for (size_t i = 1; i < len; i++)
        if ((t[i] & 0xc0) != 0x80)
            return 0;
    if (len == 3 && ((t[0] == 0xe0 && t[1] < 0xa0) || (t[0] == 0xed && t[1] >= 0xa0) || (t[0] == 0xef && t[1] == 0xbf)))
        return 0; /* overlong, a surrogate, or near the characters that XML does not have */
    return len;
}

static char *cleaned(const char *text)
{
    char *clean = mem_strdup(NULL, text);
    size_t i = 0;

    while (clean[i]) {
        size_t len = utf8_length(clean + i);

        if (len == 0)
            clean[i] = '?';
        i += len ? len : 1;
    }
    return clean;
}

void state_text(struct state_writer *w, uint32_t node, const char *text)
{
    const struct schema_node *n;
    union value_slot slot = {0};
    uint32_t leaf;
    bool ok;

    if (!text || !*text)
        return;
    leaf = leaf_here(w, node);
    if (leaf == SCHEMA_NONE)
        return;
    n = &w->schema->nodes[leaf];
    if (n->type == SCHEMA_STRING) {
        char *clean = cleaned(text);

        value_parse(n, clean, &slot);
        mem_free(NULL, clean);
        ok = true;
    } else {
        ok = value_parse(n, text, &slot) == 0;
    }
    assert(ok && "this text is no value of the leaf's type");
    if (ok)
        put_slot(w, leaf, &slot);
    else
        value_release(n, &slot);
}

static bool is_number(const struct schema_node *n)
{
    return n->type != SCHEMA_STRING && n->type != SCHEMA_ADDRESS && n->type != SCHEMA_PREFIX &&
           n->type != SCHEMA_INTERFACE_ADDRESS;
}

static void put_number(struct state_writer *w, uint32_t node, uint64_t v, bool has_sign)
{
    union value_slot slot = {0};
    uint32_t leaf = leaf_here(w, node);
    const struct schema_node *n;
    bool ok;

    if (leaf == SCHEMA_NONE)
        return;
    n = &w->schema->nodes[leaf];
    ok = is_number(n) && (has_sign ? value_set_int(n, (int64_t)v, &slot) : value_set_uint(n, v, &slot));
    assert(ok && "this number is no value of the leaf's type");
    if (ok)
        put_slot(w, leaf, &slot);
}

void state_u64(struct state_writer *w, uint32_t node, uint64_t v)
{
    put_number(w, node, v, false);
}

void state_i64(struct state_writer *w, uint32_t node, int64_t v)
{
    put_number(w, node, (uint64_t)v, true);
}

void state_bool(struct state_writer *w, uint32_t node, bool v)
{
    put_number(w, node, v, false);
}

void state_enum(struct state_writer *w, uint32_t node, int value)
{
    put_number(w, node, (uint64_t)(int64_t)value, true);
}

void state_addr(struct state_writer *w, uint32_t node, const struct ip_addr *a)
{
    char text[ADDR_TEXT_MAX];

    if (a && ip_addr_is_set(a))
        state_text(w, node, ip_addr_text(a, text, sizeof(text)));
}

void state_quad(struct state_writer *w, uint32_t node, uint32_t v)
{
    struct ip_addr a = ip_addr_v4(v);

    state_addr(w, node, &a);
}

void state_prefix(struct state_writer *w, uint32_t node, const struct prefix *p)
{
    char text[PREFIX_TEXT_MAX];

    if (p && ip_addr_is_set(&p->addr))
        state_text(w, node, prefix_text(p, text, sizeof(text)));
}
