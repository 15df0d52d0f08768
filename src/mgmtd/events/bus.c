/* SPDX-License-Identifier: Apache-2.0
 *
 * See events.h.
 */
#include "src/mgmtd/events/events.h"

#include <libyang/libyang.h>
#include <string.h>

#include "src/mgmtd/core.h"

static void event_free(struct mgmtd *m, struct event *e)
{
    TAILQ_REMOVE(&m->events.kept, e, link);
    m->events.n_kept--;
    yang_tree_free(e->tree);
    mem_free(&m->mem, e);
}

void events_init(struct mgmtd *m)
{
    TAILQ_INIT(&m->events.kept);
    txn_time_text(m, m->events.since);
    m->events.since_sec = txn_wall_sec(m);
    m->confirm.on_event = events_confirm;
}

void events_fini(struct mgmtd *m)
{
    while (!TAILQ_EMPTY(&m->events.kept))
        event_free(m, TAILQ_FIRST(&m->events.kept));
}

void events_publish(struct mgmtd *m, struct lyd_node *notification)
{
    if (!notification)
        return;
    struct event *e = MEM_NEW(&m->mem, struct event);
    e->tree = notification;
    e->time_sec = txn_wall_sec(m);
    txn_time_text(m, e->time);
    TAILQ_INSERT_TAIL(&m->events.kept, e, link);
    if (++m->events.n_kept > EVENTS_KEEP)
        event_free(m, TAILQ_FIRST(&m->events.kept));
    sessions_deliver(m, e);
}
