/* SPDX-License-Identifier: Apache-2.0
 *
 * See state_place.h. A cursor on the wire: for each step the node, which keys it has, their values by the schema's
 * types, and a note (length and text; 0 = none). It comes back from mgmtd: whatever it is, it must do no harm.
 */
#include "lib/schema/state_place.h"

#include <errno.h>
#include <string.h>

#include "strata/mem.h"
#include "strata/schema_edit.h"

void state_step_clear(const struct schema *s, struct state_step *step)
{
    for (uint32_t i = 0; step->has_key >> i; i++)
        if (step->has_key >> i & 1)
            value_release(&s->nodes[step->node + 1 + i], &step->key[i]);
    if (step->note)
        mem_free(NULL, step->note);
    *step = (struct state_step){.node = SCHEMA_NONE};
}

void state_step_copy(const struct schema *s, struct state_step *to, const struct state_step *from)
{
    state_step_clear(s, to);
    *to = *from;
    for (uint32_t i = 0; to->has_key >> i; i++)
        if (to->has_key >> i & 1)
            value_ref(&s->nodes[to->node + 1 + i], &to->key[i]);
    to->note = from->note ? mem_strdup(NULL, from->note) : NULL;
}

bool state_step_has_keys(const struct schema *s, const struct state_step *step)
{
    return step->has_key == (1u << s->nodes[step->node].n_keys) - 1;
}

int state_step_compare(const struct schema *s, const struct state_step *a, const struct state_step *b)
{
    int order = 0;

    for (uint32_t i = 0; order == 0 && a->has_key >> i; i++)
        if (a->has_key >> i & 1)
            order = value_compare(&s->nodes[a->node + 1 + i], &a->key[i], &b->key[i]);
    return order;
}

void state_place_clear(const struct schema *s, struct state_place *p)
{
    for (size_t i = 0; i < p->n; i++)
        state_step_clear(s, &p->step[i]);
    p->n = 0;
}

/* --- paths --- */

/* Which key of the list a part of a path is about: by its name, else the next in order. A "name=" that is no key's name
 * belongs to the value. */
static uint32_t key_index(const struct schema *s, uint32_t list, struct path_part *key, uint32_t next)
{
    for (uint32_t i = 0; key->name && i < s->nodes[list].n_keys; i++) {
        const char *name = s->nodes[list + 1 + i].name;

        if (strlen(name) == key->name_len && memcmp(name, key->name, key->name_len) == 0)
            return i;
    }
    if (key->name) {
        key->len += (size_t)(key->text - key->name);
        key->text = key->name;
    }
    return next;
}

/* False: no entry has these keys. */
static bool read_keys(const struct schema *s, const char *keys, struct state_step *step)
{
    const struct schema_node *list = &s->nodes[step->node];
    struct path_part key;

    if (list->kind != SCHEMA_LIST || list->n_keys > PLACE_KEYS_MAX)
        return true; /* of a leaf-list, or of no list: not narrowed here */
    for (uint32_t next = 0; state_path_key(&keys, &key); next++) {
        uint32_t i = key_index(s, step->node, &key, next);
        char *text;
        int result;

        if (i >= list->n_keys || step->has_key >> i & 1)
            continue;
        text = mem_strdup(NULL, key.text);
        text[key.len] = '\0';
        result = value_parse(&s->nodes[step->node + 1 + i], text, &step->key[i]);
        mem_free(NULL, text);
        if (result)
            return false;
        step->has_key |= (uint16_t)(1u << i);
    }
    return true;
}

static uint32_t child_named(const struct schema *s, uint32_t parent, const struct path_part *name)
{
    for (uint32_t c = schema_first_child(s, parent); c != SCHEMA_NONE; c = schema_next_sibling(s, c))
        if (strlen(s->nodes[c].name) == name->len && memcmp(s->nodes[c].name, name->text, name->len) == 0)
            return c;
    return SCHEMA_NONE;
}

void state_place_of_path(const struct schema *s, const char *path, struct state_place *p)
{
    struct path_part name;
    const char *keys;
    uint32_t node = 0;
    int result = 1;

    p->n = 0;
    while (path && node != SCHEMA_NONE && (result = state_path_element(&path, &name, &keys)) > 0) {
        struct state_step step = {.node = child_named(s, node, &name)};

        node = step.node;
        if (p->n == PLACE_STEPS_MAX)
            continue; /* narrow enough; what is wrong further on must still be seen */
        if (node != SCHEMA_NONE && !read_keys(s, keys, &step)) {
            state_step_clear(s, &step);
            node = SCHEMA_NONE;
        }
        p->step[p->n++] = step;
    }
    while (result > 0 && path && (result = state_path_element(&path, &name, &keys)) > 0)
        ;
    if (result < 0)
        state_place_clear(s, p);
}

/* --- cursors --- */

void state_place_put(const struct schema *s, const struct state_place *p, struct stream *st)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct state_step *step = &p->step[i];
        size_t len = step->note ? strlen(step->note) : 0;

        stream_uint(st, step->node);
        stream_uint(st, step->has_key);
        for (uint32_t k = 0; step->has_key >> k; k++)
            if (step->has_key >> k & 1)
                value_put(&s->nodes[step->node + 1 + k], &step->key[k], st);
        stream_uint(st, len);
        stream_bytes(st, step->note, len);
    }
}

static void get_note(struct wire_reader *r, struct state_step *step)
{
    uint64_t len = stream_get_uint(r);
    const uint8_t *text;

    if (r->failed || len == 0)
        return;
    text = len <= wire_left(r) ? wire_bytes(r, (size_t)len) : NULL;
    if (!text || memchr(text, '\0', (size_t)len)) {
        r->failed = true;
        return;
    }
    step->note = mem_alloc(NULL, (size_t)len + 1);
    memcpy(step->note, text, (size_t)len);
    step->note[len] = '\0';
}

static void get_step(const struct schema *s, struct wire_reader *r, uint32_t parent, struct state_step *step)
{
    uint64_t node = stream_get_uint(r), has_key = stream_get_uint(r);

    if (r->failed || node == 0 || node >= s->n_nodes || s->nodes[node].parent != parent ||
        s->nodes[node].n_keys > PLACE_KEYS_MAX || has_key >> s->nodes[node].n_keys) {
        r->failed = true;
        return;
    }
    step->node = (uint32_t)node;
    for (uint32_t k = 0; has_key >> k && !r->failed; k++) {
        if (!(has_key >> k & 1))
            continue;
        value_get(&s->nodes[node + 1 + k], r, &step->key[k]);
        if (!r->failed)
            step->has_key |= (uint16_t)(1u << k);
    }
    get_note(r, step);
}

int state_place_get(const struct schema *s, const uint8_t *data, size_t len, struct state_place *p)
{
    struct wire_reader r = wire_reader_of(data, len);
    uint32_t parent = 0;

    p->n = 0;
    while (wire_left(&r) > 0 && p->n < PLACE_STEPS_MAX) {
        struct state_step *step = &p->step[p->n++];

        *step = (struct state_step){.node = SCHEMA_NONE};
        get_step(s, &r, parent, step);
        parent = step->node;
        if (r.failed)
            break;
    }
    if (!r.failed && wire_left(&r) == 0)
        return 0;
    state_place_clear(s, p);
    return -EBADMSG;
}
