/* SPDX-License-Identifier: Apache-2.0
 *
 * What daemons tell, and what is to be told of them, on its way to the bus of notifications.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct daemon_link;
struct north_from_daemon;

void notify_started(struct daemon_link *l); /* it has connected */
void notify_lost(struct daemon_link *l, bool is_needed, const char *reason);
void notify_silent(struct daemon_link *l);                                       /* it does not answer */
void notify_answers(struct daemon_link *l, uint64_t silent_sec);                 /* ... and does again */
void notify_message(struct daemon_link *l, const struct north_from_daemon *msg); /* NORTH_NOTIFY */
