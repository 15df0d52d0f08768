/* SPDX-License-Identifier: Apache-2.0
 *
 * Between libyang's trees and the typed streams of schema_edit.h. No sockets.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct log;
struct ly_ctx;
struct lyd_node;
struct schema_edit;
struct schema_owner;
struct yang_fault;

/* Writes the edits that make `now` of `was`, of the containers that the daemon is configured by. 0 and *n_changed (tops
 * that differ), or -EINVAL and *fault. */
int stream_write_edits(const struct schema_owner *owner, const struct lyd_node *was, const struct lyd_node *now,
                       struct schema_edit *edit, size_t *n_changed, struct yang_fault *fault);
/* Reads a state stream into *tree. 0, or -EBADMSG and a text. What the schema does not know is logged and left out. */
int stream_read_state(const struct schema_owner *owner, const struct ly_ctx *ctx, const uint8_t *data, size_t len,
                      struct log *log, struct lyd_node **tree, char *error, size_t size);
/* Reads one notification: *tree is its element, which the caller frees. 0, or -EBADMSG and a text. */
int stream_read_notification(const struct schema_owner *owner, const struct ly_ctx *ctx, const uint8_t *data,
                             size_t len, struct log *log, struct lyd_node **tree, char *error, size_t size);
