/* SPDX-License-Identifier: Apache-2.0
 *
 * Notifications of a daemon on their way to mgmtd. A network that flaps must not flood it: beyond the rate, and while
 * mgmtd does not take what is queued, notifications are dropped and counted; the next one that goes, or a message of
 * its own soon after, tells the count. Without a connection nobody listens, and nothing is counted.
 */
#include "lib/ipc/north/notify.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/ipc/north/north_msg.h"
#include "strata/ipc.h"
#include "strata/north.h"
#include "strata/schema.h"
#include "strata/schema_edit.h"
#include "strata/state.h"

enum {
    COST_US = 1000000 / NORTH_NOTIFY_PER_SEC,
    FULL_US = COST_US * NORTH_NOTIFY_BURST,
    TELL_MS = 1000,
    QUEUE_MAX = 1 << 20, /* bytes that mgmtd has not taken yet */
};

static bool pay(struct north_notify *q)
{
    uint64_t now_us = loop_now_us(q->loop);

    q->saved_us += now_us - q->at_us;
    q->at_us = now_us;
    if (q->saved_us > FULL_US)
        q->saved_us = FULL_US;
    if (q->saved_us < COST_US)
        return false;
    q->saved_us -= COST_US;
    return true;
}

/* 0, -ENOTCONN or -ENOBUFS. */
static int send_one(struct north_notify *q, const uint8_t *data, size_t len)
{
    struct ipc_conn *c = ipc_connector_conn(*q->connector);
    struct north_from_daemon m = {.data = data, .len = len, .dropped = q->dropped};

    if (!c)
        return -ENOTCONN;
    if (ipc_pending(c) > QUEUE_MAX || north_from_daemon_send(c, NORTH_NOTIFY, &m))
        return -ENOBUFS;
    q->dropped = 0;
    timer_cancel(&q->tell);
    return 0;
}

static void count_dropped(struct north_notify *q)
{
    q->dropped++;
    if (!timer_is_armed(&q->tell))
        timer_arm_ms(&q->tell, TELL_MS);
}

static void on_tell(void *arg)
{
    struct north_notify *q = arg;

    if (send_one(q, NULL, 0) == -ENOBUFS)
        timer_arm_ms(&q->tell, TELL_MS);
}

struct state_writer *north_notify_open(struct north_notify *q, uint32_t node)
{
    assert(!q->writer && q->schema->nodes[node].is_notification);
    q->writer = state_writer_create(q->schema);
    state_open(q->writer, node);
    return q->writer;
}

void north_notify_close(struct north_notify *q)
{
    struct state_writer *w = q->writer;
    uint8_t *data;
    size_t len;

    q->writer = NULL;
    state_close(w);
    data = state_writer_take(w, &len);
    state_writer_destroy(w);
    if (ipc_connector_conn(*q->connector) && (!pay(q) || send_one(q, data, len)))
        count_dropped(q);
    free(data);
}

void north_notify_lost(struct north_notify *q)
{
    q->dropped = 0;
    timer_cancel(&q->tell);
}

void north_notify_init(struct north_notify *q, const struct schema *schema, struct ipc_connector *const *connector,
                       struct loop *loop)
{
    *q = (struct north_notify){.schema = schema, .connector = connector, .loop = loop, .saved_us = FULL_US};
    q->at_us = loop_now_us(loop);
    timer_init(&q->tell, loop, on_tell, q);
}

void north_notify_fini(struct north_notify *q)
{
    timer_cancel(&q->tell);
    state_writer_destroy(q->writer);
}
