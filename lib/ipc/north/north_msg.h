/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages between a daemon and mgmtd as values (fields: lib/proto/north.proto). Encode and decode; pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MGMT_SOCKET    "mgmtd.sock"
#define MGMT_SERVICE   "mgmt"
#define MGMT_VERSION   1
#define MGMT_FRAME_MAX (64u << 20) /* a whole configuration, or a state reply, goes in one frame */

enum north_type {
    NORTH_HELLO = 16, /* daemon -> mgmtd */
    NORTH_PREPARED,
    NORTH_COMMITTED,
    NORTH_SYNCED,
    NORTH_STATE_DATA,
    NORTH_ACTION_DONE,
    NORTH_NOTIFY,
    NORTH_PONG,
    NORTH_FROM_DAEMON_END,
    NORTH_SYNC = 32, /* mgmtd -> daemon */
    NORTH_PREPARE,
    NORTH_COMMIT,
    NORTH_ABORT,
    NORTH_STATE_GET,
    NORTH_ACTION,
    NORTH_REFUSED,
    NORTH_PING, /* answered in a turn of the daemon's loop: it lives */
    NORTH_TO_DAEMON_END,
};

/* Strings and data are borrowed; NULL = "" when encoding, never NULL when decoded. */
struct north_from_daemon {
    uint64_t id, version, schema_hash, dropped;
    bool is_refused, is_last, answers_ping;
    int32_t error;
    const char *path, *text;
    const uint8_t *data;
    size_t len;
    const uint8_t *cursor;
    size_t cursor_len;
};
struct north_to_daemon {
    uint64_t id, version, base_version;
    const uint8_t *edits;
    size_t len;
    const char *path, *name, *argument, *text;
    const uint8_t *cursor;
    size_t cursor_len;
    uint32_t limit;
};

struct ipc_conn;
/* Outcomes of ipc_send. */
int north_from_daemon_send(struct ipc_conn *c, enum north_type type, const struct north_from_daemon *m);
int north_to_daemon_send(struct ipc_conn *c, enum north_type type, const struct north_to_daemon *m);

/* A decoded message owns what the value borrows: release with *_release. 0 or -EBADMSG. */
struct north_held {
    void *pb;
};
int north_from_daemon_decode(const uint8_t *payload, size_t len, struct north_from_daemon *m, struct north_held *held);
int north_to_daemon_decode(const uint8_t *payload, size_t len, struct north_to_daemon *m, struct north_held *held);
void north_from_daemon_release(struct north_held *held);
void north_to_daemon_release(struct north_held *held);
/* For tests: the payload alone, allocated (mem_free(NULL, ...)). */
uint8_t *north_from_daemon_encode(const struct north_from_daemon *m, size_t *len);
uint8_t *north_to_daemon_encode(const struct north_to_daemon *m, size_t *len);
