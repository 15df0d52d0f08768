/* SPDX-License-Identifier: Apache-2.0
 *
 * Several front ends of one mgmtd, each with its last reply and all its notifications. For tests of sessions.
 */
#pragma once

#include "tests/unit/mgmtd/world.h"

struct client {
    struct world *w;
    struct front *front;
    uint64_t last_id;
    unsigned n_replies, n_notices, n_replays_done;
    int error;
    char text[131072], tag[32], app_tag[32], path[256], info[256], note[512];
    char notices[65536]; /* one a line */
    bool is_down;
};

/* `kind`: "netconf" = with the shared candidate. NULL: no FRONT_OPEN. */
struct client *client_create(struct world *w, const char *user, const char *kind);
void client_destroy(struct client *c);
int client_ask(struct client *c, const struct front_request *r);
int client_op(struct client *c, enum front_op op, enum front_datastore d);
int client_edit(struct client *c, enum front_datastore d, const char *xml);
/* XML of a datastore through a subtree filter ("" = all). */
const char *client_get(struct client *c, enum front_datastore d, const char *filter);
