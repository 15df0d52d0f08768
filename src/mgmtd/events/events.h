/* SPDX-License-Identifier: Apache-2.0
 *
 * The bus of notifications (RFC 5277): who has something to tell publishes it once; the last EVENTS_KEEP are kept for
 * replay; front/listen.c brings them to those who listen. Sources: mgmtd itself (RFC 6470, management.c) and daemons.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "src/mgmtd/confirm.h"

struct lyd_node;
struct mgmtd;
struct session;
struct txn_request;

#define EVENTS_KEEP   1000
#define EVENTS_STREAM "NETCONF"

struct event {
    TAILQ_ENTRY(event) link;
    uint64_t time_sec;
    char time[32]; /* RFC 3339 */
    struct lyd_node *tree;
};
TAILQ_HEAD(event_list, event);

struct events { /* a member of struct mgmtd */
    struct event_list kept;
    size_t n_kept;
    char since[32]; /* the bus began; replay cannot reach further back */
    uint64_t since_sec;
};

void events_init(struct mgmtd *m);
void events_fini(struct mgmtd *m);
/* Takes the tree, whose top node is a notification of any module. */
void events_publish(struct mgmtd *m, struct lyd_node *notification);

/* --- management.c: mgmtd's own --- */
/* Before `now` takes the place of `was`. */
void events_committed(struct mgmtd *m, const struct txn_request *req, const struct lyd_node *was,
                      const struct lyd_node *now);
void events_session_started(const struct session *s);
void events_session_ended(const struct session *s);
confirm_event_fn events_confirm;
