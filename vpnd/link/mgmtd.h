/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks mgmtd, as an operator would, what the other daemons know; a question at a time, a round every few seconds,
 * slower where answers take long. Nobody waits for it: readers take what was heard last.
 */
#pragma once

#include <stdbool.h>

struct csc_facts;
struct env;
struct vpnd_poll;

/* `facts` is filled; `heard` comes after each round. Nothing is asked until it is wanted. */
struct vpnd_poll *vpnd_poll_create(const struct env *env, struct csc_facts *facts, void (*heard)(void *arg), void *arg);
void vpnd_poll_destroy(struct vpnd_poll *p);
void vpnd_poll_want(struct vpnd_poll *p, bool is_wanted);
void vpnd_poll_soon(struct vpnd_poll *p); /* something happened: do not wait for the next round */
