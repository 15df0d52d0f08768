/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell's line to mgmtd: requests that wait for their answer, on an event loop of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "strata/front.h"

struct client;

struct client_answer { /* strings owned: client_answer_fini */
    int error;         /* 0, or -errno: text says why (also when mgmtd cannot be reached) */
    char *text;
    char *note;
    uint64_t id;
    bool has_more; /* client_more() gets the next part */
};

struct client *client_create(const char *run_dir);
void client_destroy(struct client *c);
const char *client_run_dir(const struct client *c);
/* Who works here and from where: said first on every connection. Call before the first question. */
void client_introduce(struct client *c, const char *user, const char *origin);
/* The number mgmtd gave this session; 0 = it gave none (yet). */
uint32_t client_session(const struct client *c);
/* Connects if need be and waits; Ctrl-C ends the waiting (-EINTR), not what was asked for. Returns answer->error. */
int client_call(struct client *c, const struct front_request *r, struct client_answer *answer);
/* The next part of an answer that is_in_parts; *answer had the part before, and is finished here. */
int client_more(struct client *c, struct client_answer *answer);
void client_answer_fini(struct client_answer *a);
/* Where notifications go, from now on. Called within the calls below and above. */
typedef void client_notice_fn(const struct front_notice *n, void *arg);
void client_on_notice(struct client *c, client_notice_fn *fn, void *arg);
/* From now on, and on every new connection: notifications that pass the subtree filter (static). */
void client_listen(struct client *c, const char *filter);
/* Waits for the time to pass, or a notification: 0; 1: fd is readable (-1: none); -EINTR: Ctrl-C; -ECONNRESET: mgmtd
 * was lost. */
int client_wait(struct client *c, uint64_t ms, int fd);
/* The connection was lost since the last question: the candidate is gone. Resets. */
bool client_was_lost(struct client *c);
