/* SPDX-License-Identifier: Apache-2.0
 *
 * Notifications on their way to the bus: those of the daemons, which are checked against the schema, and mgmtd's own
 * about daemons. A daemon that sends what cannot be read is not believed: the notification is dropped and logged.
 */
#include "src/mgmtd/link/notify.h"

#include <libyang/libyang.h>
#include <stdio.h>

#include "lib/ipc/north/north_msg.h"
#include "lib/text/node.h"
#include "src/mgmtd/core.h"
#include "src/mgmtd/stream/stream.h"
#include "strata/ipc.h"
#include "strata/log.h"
#include "strata/schema.h"

/* One of strata-management, with the daemon's name in it. */
static struct lyd_node *own(struct daemon_link *l, const char *name)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(l->m->ctx, "strata-management");
    struct lyd_node *tree = NULL;

    if (!module || lyd_new_inner(NULL, module, name, 0, &tree))
        return NULL;
    yang_add(tree, "daemon", l->owner->daemon);
    return tree;
}

void notify_started(struct daemon_link *l)
{
    struct lyd_node *tree = own(l, "daemon-started");

    if (!tree)
        return;
    yang_add_number(tree, "pid", ipc_conn_peer(l->conn)->pid);
    events_publish(l->m, tree);
}

void notify_lost(struct daemon_link *l, bool is_needed, const char *reason)
{
    struct lyd_node *tree = own(l, "daemon-lost");

    if (!tree)
        return;
    yang_add(tree, "needed", is_needed ? "true" : "false");
    yang_add(tree, "reason", reason);
    events_publish(l->m, tree);
}

void notify_silent(struct daemon_link *l)
{
    struct lyd_node *tree = own(l, "daemon-silent");

    if (!tree)
        return;
    yang_add_number(tree, "pid", ipc_conn_peer(l->conn)->pid);
    yang_add(tree, "since", l->alive.since);
    events_publish(l->m, tree);
}

void notify_answers(struct daemon_link *l, uint64_t silent_sec)
{
    struct lyd_node *tree = own(l, "daemon-answers");

    if (!tree)
        return;
    yang_add_number(tree, "pid", ipc_conn_peer(l->conn)->pid);
    yang_add_number(tree, "silent-for", silent_sec);
    events_publish(l->m, tree);
}

static void tell_dropped(struct daemon_link *l, uint64_t count)
{
    struct lyd_node *tree = own(l, "notifications-dropped");

    LOG_WARN(l->m->env.log, "notifications-dropped", "daemon=%s count=%llu", l->owner->daemon,
             (unsigned long long)count);
    if (!tree)
        return;
    yang_add_number(tree, "count", count);
    events_publish(l->m, tree);
}

void notify_message(struct daemon_link *l, const struct north_from_daemon *msg)
{
    struct lyd_node *tree;
    char error[256];

    if (msg->dropped)
        tell_dropped(l, msg->dropped);
    if (!msg->len)
        return;
    if (stream_read_notification(l->owner, l->m->ctx, msg->data, msg->len, l->m->env.log, &tree, error, sizeof(error)))
        LOG_WARN(l->m->env.log, "notification-refused", "daemon=%s error=\"%s\"", l->owner->daemon, error);
    else
        events_publish(l->m, tree);
}
