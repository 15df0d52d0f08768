/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell's line to mgmtd: requests that wait for their answer, on an event loop of its own.
 */
#pragma once

#include <stdbool.h>

#include "strata/front.h"

struct client;

struct client_answer { /* strings owned: client_answer_fini */
    int error;         /* 0, or -errno: text says why (also when mgmtd cannot be reached) */
    char *text;
    char *note;
};

struct client *client_create(const char *run_dir);
void client_destroy(struct client *c);
/* Who works here and from where: said first on every connection. Call before the first question. */
void client_introduce(struct client *c, const char *user, const char *origin);
/* The number mgmtd gave this session; 0 = it gave none (yet). */
uint32_t client_session(const struct client *c);
/* Connects if need be and waits. Returns answer->error. */
int client_call(struct client *c, const struct front_request *r, struct client_answer *answer);
void client_answer_fini(struct client_answer *a);
/* The connection was lost since the last question: the candidate is gone. Resets. */
bool client_was_lost(struct client *c);
