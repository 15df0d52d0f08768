/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed edits: how a configuration travels from mgmtd (which has canonical strings) to a daemon (which has structs),
 * and how state travels back. A stream of records, depth first:
 *
 *     enter(node, keys) ... leave      go into a container or list entry; created with its defaults if it was absent
 *     set(node, value)                 a leaf
 *     add / remove(node, value)        one value of a leaf-list
 *     delete(node, keys)               a list entry, a presence container, a leaf (back to its default), a leaf-list
 * (all of it), a container (back to defaults)
 *
 * A whole configuration (SYNC) is the same stream applied to nothing. Both ends must have the same schema hash.
 * Records: op (1 octet), node id, then keys or value by the type of the node; numbers are LEB128.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schema;
struct schema_edit;
struct state_writer;

#define SCHEMA_ERROR_TEXT 160
struct schema_error {
    size_t offset; /* of the record in the stream */
    uint32_t node; /* SCHEMA_NONE if it is not about one */
    char message[SCHEMA_ERROR_TEXT];
};

/* --- Producer. Keys and values are canonical strings; what does not parse as the node's type gives -EINVAL and writes
 * nothing. A node that cannot stand here gives -ENOENT. --- */

struct schema_edit *schema_edit_create(const struct schema *s);
void schema_edit_destroy(struct schema_edit *e);
/* `keys` in the order of the schema; NULL for a container. */
int schema_edit_enter(struct schema_edit *e, uint32_t node, const char *const *keys, size_t n_keys);
int schema_edit_leave(struct schema_edit *e);
int schema_edit_leaf(struct schema_edit *e, uint32_t node, const char *value);
int schema_edit_add(struct schema_edit *e, uint32_t node, const char *value);
int schema_edit_remove(struct schema_edit *e, uint32_t node, const char *value);
int schema_edit_delete(struct schema_edit *e, uint32_t node, const char *const *keys, size_t n_keys);
/* What was written so far; borrowed until the next call. */
const uint8_t *schema_edit_data(const struct schema_edit *e, size_t *len);

/* --- Consumer --- */

/* Apply edits to `old` (NULL = nothing): a new value, owned by the caller, that shares with `old` what was not touched;
 * `old` stays as it is. NULL and *err filled if the stream is malformed. */
void *schema_config_apply(const struct schema *s, const void *old, const uint8_t *edits, size_t len,
                          struct schema_error *err);
/* Write a value as the edits that create it, in canonical order (leafs at their default are left out). */
void schema_config_encode(const struct schema *s, const void *config, struct schema_edit *e);

/* --- State. The daemon's code writes with state.h. --- */

struct state_writer *state_writer_create(const struct schema *s);
/* Before anything is written: only what `path` asks for (NULL, "" and what is no path: all), from `cursor` on (length
 * 0: from the start), until about `limit` entries of big lists (0: all) or STATE_CHUNK_OCTETS. 0, or -EBADMSG: the
 * cursor is none of ours. */
#define STATE_CHUNK_ENTRIES 2000u
#define STATE_CHUNK_OCTETS  (256u << 10)
int state_writer_ask(struct state_writer *w, const char *path, const uint8_t *cursor, size_t len, uint32_t limit);
/* When all was written: is there more? The cursor is malloc'ed; the caller frees it with free(). NULL: no. */
uint8_t *state_writer_cursor(const struct state_writer *w, size_t *len);
void state_writer_destroy(struct state_writer *w);
size_t state_writer_size(const struct state_writer *w);
/* Take what was written (malloc'ed; the caller frees it with free()) and start empty, at the same depth. */
uint8_t *state_writer_take(struct state_writer *w, size_t *len);

/* Events of reading a state stream back, as canonical text. A list entry's keys come with enter() and not as leafs. A
 * callback that returns other than 0 ends the reading with that result. */
struct schema_state_ops {
    int (*enter)(void *ctx, uint32_t node, const char *const *keys, size_t n_keys);
    int (*leaf)(void *ctx, uint32_t node, const char *value); /* also one value of a leaf-list */
    int (*leave)(void *ctx, uint32_t node);
};
/* Read a whole stream. 0, a callback's result, or -EBADMSG and *err filled. */
int schema_state_read(const struct schema *s, const uint8_t *data, size_t len, const struct schema_state_ops *ops,
                      void *ctx, struct schema_error *err);
