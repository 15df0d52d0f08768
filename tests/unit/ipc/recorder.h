/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes down every call of either half of the conversation with ribd, with all its values, as lines of text: two equal
 * texts mean equal calls.
 */
#pragma once

#include "lib/ipc/rib_msg.h"
#include "strata/rib_client.h"

struct recorder {
    char *text;
    size_t len, room;
};

void recorder_add(struct recorder *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void recorder_clear(struct recorder *r);
const char *recorder_text(const struct recorder *r);               /* "" if nothing */
size_t recorder_count(const struct recorder *r, const char *word); /* how often `word` stands in it */

/* arg: struct recorder, or what begins with one. */
extern const struct rib_server_events recorder_server_events;
extern const struct rib_msg_client_ops recorder_client_ops;
