/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages between a front end and mgmtd as values (fields: lib/proto/front.proto). Encode and decode; pure.
 */
#pragma once

#include "strata/front.h"

struct ipc_conn;

enum front_type {
    FRONT_MSG_REQUEST = 64, /* front end -> mgmtd */
    FRONT_MSG_REPLY,        /* mgmtd -> front end */
    FRONT_MSG_NEEDED,
    FRONT_MSG_NOTICE,
};

/* Outcomes of ipc_send. */
int front_request_send(struct ipc_conn *c, uint64_t id, const struct front_request *r);
int front_reply_send(struct ipc_conn *c, const struct front_reply *r);
int front_notice_send(struct ipc_conn *c, const struct front_notice *n);
int front_needed_send(struct ipc_conn *c, const char *const *daemons, size_t n);

/* Decoded values borrow from *held: release it with the same kind's function. 0 or -EBADMSG. */
int front_request_decode(const uint8_t *payload, size_t len, uint64_t *id, struct front_request *r, void **held);
int front_reply_decode(const uint8_t *payload, size_t len, struct front_reply *r, void **held);
int front_notice_decode(const uint8_t *payload, size_t len, struct front_notice *n, void **held);
int front_needed_decode(const uint8_t *payload, size_t len, const char *const **daemons, size_t *n, void **held);
void front_request_release(void *held);
void front_reply_release(void *held);
void front_notice_release(void *held);
void front_needed_release(void *held);
