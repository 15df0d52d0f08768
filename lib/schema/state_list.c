/* SPDX-License-Identifier: Apache-2.0
 *
 * What is taken of the state that a daemon writes (state.h): what the path asks for, from the cursor on, until the
 * chunk is full.
 *
 *     SEEKING --the list of the cursor is announced, or its place is gone--> WRITING --limit--> FULL
 *
 * While it seeks, only the containers and entries that lead to the cursor's place are opened. The place is gone when an
 * entry behind the one that leads there is written, or when what contains it is closed.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/state_writer.h"
#include "strata/mem.h"
#include "strata/schema_edit.h"
#include "strata/state.h"

enum { LOAD_TAKEN = 16, LOAD_PASSED = 1 }; /* entries that the path does not ask for cost less */

int state_writer_ask(struct state_writer *w, const char *path, const uint8_t *cursor, size_t len, uint32_t limit)
{
    state_place_of_path(w->schema, path, &w->asked);
    if (len && state_place_get(w->schema, cursor, len, &w->from))
        return -EBADMSG;
    w->limit = (uint64_t)limit * LOAD_TAKEN;
    w->phase = w->from.n ? STATE_SEEKING : STATE_WRITING;
    return 0;
}

uint8_t *state_writer_cursor(const struct state_writer *w, size_t *len)
{
    struct stream st = {0};

    *len = 0;
    if (w->phase != STATE_FULL)
        return NULL;
    state_place_put(w->schema, &w->end, &st);
    *len = st.len;
    return st.data;
}

void state_list_fini(struct state_writer *w)
{
    w->open.n = PLACE_STEPS_MAX;
    state_place_clear(w->schema, &w->open);
    state_place_clear(w->schema, &w->asked);
    state_place_clear(w->schema, &w->from);
    state_place_clear(w->schema, &w->end);
    state_step_clear(w->schema, &w->last);
}

static bool is_asked(const struct state_writer *w, uint32_t child)
{
    return w->depth >= w->asked.n || w->asked.step[w->depth].node == child;
}

bool state_takes(const struct state_writer *w, uint32_t child)
{
    if (w->phase == STATE_FULL || !is_asked(w, child))
        return false;
    return w->phase == STATE_WRITING ||
           (w->found == w->depth && w->depth + 1 < w->from.n && w->from.step[w->depth].node == child);
}

static bool is_key(const struct state_writer *w, uint32_t leaf)
{
    uint32_t list = w->stack[w->depth];

    return leaf - list <= w->schema->nodes[list].n_keys;
}

bool state_takes_leaf(const struct state_writer *w, uint32_t leaf)
{
    if (is_key(w, leaf))
        return w->phase != STATE_FULL;
    return w->phase == STATE_WRITING && is_asked(w, leaf);
}

bool state_wants(const struct state_writer *w, uint32_t node)
{
    uint32_t child = w->skipped ? SCHEMA_NONE : state_child(w, node);

    return child != SCHEMA_NONE && w->phase == STATE_WRITING && is_asked(w, child);
}

/* --- open and close --- */

void state_opened(struct state_writer *w)
{
    size_t at = w->depth - 1;

    if (at < PLACE_STEPS_MAX) {
        state_step_clear(w->schema, &w->open.step[at]);
        w->open.step[at].node = w->stack[w->depth];
    }
    if (w->phase == STATE_SEEKING && w->schema->nodes[w->stack[w->depth]].kind != SCHEMA_LIST)
        w->found = w->depth;
}

/* The entry at step `at` ends here: remember it, for the cursor may become this. */
static void entry_ended(struct state_writer *w, size_t at, bool is_taken)
{
    if (at >= PLACE_STEPS_MAX || w->schema->nodes[w->open.step[at].node].kind != SCHEMA_LIST)
        return;
    state_step_clear(w->schema, &w->last);
    w->last = w->open.step[at];
    w->is_last_taken = is_taken;
    w->has_ended = true;
    w->open.step[at] = (struct state_step){.node = SCHEMA_NONE};
}

void state_closed(struct state_writer *w)
{
    if (w->phase == STATE_SEEKING && w->found == w->depth + 1)
        w->phase = STATE_WRITING; /* what the cursor stands in has no such place any more */
    if (w->phase == STATE_WRITING)
        entry_ended(w, w->depth, true);
}

static void drop_entry(struct state_writer *w)
{
    w->depth--;
    w->out.len = w->mark[w->depth];
    w->skipped = 1;
    entry_ended(w, w->depth, false);
}

/* All keys of an entry are known: does it belong here? */
static void judge_entry(struct state_writer *w)
{
    size_t at = w->depth - 1;
    const struct state_step *here = &w->open.step[at];
    int order;

    if (at < w->asked.n && state_step_compare(w->schema, &w->asked.step[at], here) != 0) {
        drop_entry(w);
        return;
    }
    if (w->phase != STATE_SEEKING)
        return;
    order = state_step_compare(w->schema, here, &w->from.step[at]);
    if (order < 0)
        drop_entry(w);
    else if (order == 0)
        w->found = w->depth;
    else
        w->phase = STATE_WRITING; /* the entry that leads to the place is gone */
}

void state_key_written(struct state_writer *w, uint32_t leaf, const union value_slot *slot)
{
    struct state_step *step = &w->open.step[w->depth - 1];
    uint32_t i = leaf - w->stack[w->depth] - 1;

    if (w->depth > PLACE_STEPS_MAX || i >= PLACE_KEYS_MAX || step->has_key >> i & 1)
        return;
    step->key[i] = *slot;
    value_ref(&w->schema->nodes[leaf], &step->key[i]);
    step->has_key |= (uint16_t)(1u << i);
    if (state_step_has_keys(w->schema, step))
        judge_entry(w);
}

/* --- big lists --- */

static bool is_spent(const struct state_writer *w)
{
    return w->limit && (w->load >= w->limit || w->out.len >= STATE_CHUNK_OCTETS);
}

/* The next chunk goes on at `step`. */
static void end_at(struct state_writer *w, const struct state_step *step, const char *note)
{
    for (size_t i = 0; i < w->depth; i++)
        state_step_copy(w->schema, &w->end.step[i], &w->open.step[i]);
    state_step_copy(w->schema, &w->end.step[w->depth], step);
    w->end.n = w->depth + 1;
    if (note)
        w->end.step[w->depth].note = mem_strdup(NULL, note);
    w->phase = STATE_FULL;
}

bool state_list(struct state_writer *w, uint32_t list)
{
    uint32_t child = w->skipped ? SCHEMA_NONE : state_child(w, list);
    const struct state_step start = {.node = child};

    assert((w->skipped || (child != SCHEMA_NONE && w->schema->nodes[child].kind == SCHEMA_LIST)) &&
           "this list does not stand below what is open");
    w->has_after = false;
    if (child == SCHEMA_NONE || w->phase == STATE_FULL || !is_asked(w, child))
        return false;
    state_step_clear(w->schema, &w->last);
    w->has_ended = false;
    w->list = child;
    if (w->phase == STATE_SEEKING) {
        if (w->found != w->depth || w->from.n != w->depth + 1 || w->from.step[w->depth].node != child)
            return false;
        w->has_after = w->from.step[w->depth].has_key || w->from.step[w->depth].note;
        w->phase = STATE_WRITING;
    } else if (is_spent(w) && w->depth < PLACE_STEPS_MAX) {
        end_at(w, &start, NULL);
        return false;
    }
    return true;
}

bool state_is_full(struct state_writer *w)
{
    if (w->skipped || w->phase != STATE_WRITING)
        return true;
    if (!w->limit || w->list == 0 || w->depth >= PLACE_STEPS_MAX)
        return false;
    w->load += w->has_ended && w->is_last_taken ? LOAD_TAKEN : LOAD_PASSED;
    w->has_ended = false;
    return is_spent(w);
}

bool state_pause_at(struct state_writer *w, const char *note)
{
    const struct state_step here = {.node = w->list};
    bool has_last = w->last.has_key && w->last.node == w->list;

    if (w->skipped || w->phase != STATE_WRITING)
        return true;
    if (w->list == 0 || w->depth >= PLACE_STEPS_MAX || (!has_last && !note))
        return false;
    end_at(w, has_last ? &w->last : &here, note);
    return true;
}

bool state_pause(struct state_writer *w)
{
    return state_is_full(w) && state_pause_at(w, NULL);
}

/* --- keys to begin behind, keys that are asked for --- */

/* The value of key `key` in a step, or NULL. The list is the one that the step is of. */
static const union value_slot *key_of(const struct state_writer *w, const struct state_step *step, uint32_t key,
                                      const struct schema_node **leaf)
{
    uint32_t id, i;

    if (!step || step->node == SCHEMA_NONE || key >= w->schema->n_nodes)
        return NULL;
    id = schema_child(w->schema, step->node, w->schema->nodes[key].name);
    i = id - step->node - 1;
    if (id == SCHEMA_NONE || i >= PLACE_KEYS_MAX || !(step->has_key >> i & 1))
        return NULL;
    *leaf = &w->schema->nodes[id];
    return &step->key[i];
}

static const struct state_step *after(const struct state_writer *w)
{
    return w->has_after ? &w->from.step[w->from.n - 1] : NULL;
}

static const struct state_step *only(const struct state_writer *w)
{
    return w->depth < w->asked.n ? &w->asked.step[w->depth] : NULL;
}

static bool get_prefix(const struct state_writer *w, const struct state_step *step, uint32_t key, struct prefix *out)
{
    const struct schema_node *leaf;
    const union value_slot *slot = key_of(w, step, key, &leaf);

    if (!slot || (leaf->type != SCHEMA_PREFIX && leaf->type != SCHEMA_INTERFACE_ADDRESS))
        return false;
    *out = slot->prefix;
    return true;
}

static bool get_addr(const struct state_writer *w, const struct state_step *step, uint32_t key, struct ip_addr *out)
{
    const struct schema_node *leaf;
    const union value_slot *slot = key_of(w, step, key, &leaf);

    if (!slot || leaf->type != SCHEMA_ADDRESS)
        return false;
    memcpy(out, slot, sizeof(*out));
    return true;
}

static bool get_number(const struct state_writer *w, const struct state_step *step, uint32_t key, uint64_t *out)
{
    const struct schema_node *leaf;
    const union value_slot *slot = key_of(w, step, key, &leaf);

    if (!slot || leaf->type == SCHEMA_STRING || leaf->size > sizeof(*out))
        return false;
    *out = 0;
    memcpy(out, slot, leaf->size);
    return true;
}

static const char *get_text(const struct state_writer *w, const struct state_step *step, uint32_t key)
{
    const struct schema_node *leaf;
    const union value_slot *slot = key_of(w, step, key, &leaf);

    if (!slot || leaf->type != SCHEMA_STRING)
        return NULL;
    return slot->string ? slot->string : "";
}

bool state_after_prefix(const struct state_writer *w, uint32_t key, struct prefix *out)
{
    return get_prefix(w, after(w), key, out);
}

bool state_after_addr(const struct state_writer *w, uint32_t key, struct ip_addr *out)
{
    return get_addr(w, after(w), key, out);
}

bool state_after_number(const struct state_writer *w, uint32_t key, uint64_t *out)
{
    return get_number(w, after(w), key, out);
}

const char *state_after_text(const struct state_writer *w, uint32_t key)
{
    return get_text(w, after(w), key);
}

const char *state_after_note(const struct state_writer *w)
{
    return w->has_after ? w->from.step[w->from.n - 1].note : NULL;
}

bool state_only_prefix(const struct state_writer *w, uint32_t key, struct prefix *out)
{
    return get_prefix(w, only(w), key, out);
}

bool state_only_addr(const struct state_writer *w, uint32_t key, struct ip_addr *out)
{
    return get_addr(w, only(w), key, out);
}

bool state_only_number(const struct state_writer *w, uint32_t key, uint64_t *out)
{
    return get_number(w, only(w), key, out);
}

const char *state_only_text(const struct state_writer *w, uint32_t key)
{
    return get_text(w, only(w), key);
}
