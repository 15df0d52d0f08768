/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client says in one turn of the loop, gathered in lanes and sent as batches when the turn is over. Bounded: a
 * full lane is sent at once, after the lanes that it stands on.
 */
#include "lib/ipc/rib_client_private.h"

#include <errno.h>
#include <string.h>

#include "strata/env.h"
#include "strata/log.h"

enum {
    INNER_FLUSH = 4096, /* next hops or members that make a lane full */
    ENTRY_FLUSH = 1024, /* label entries: ribd writes the first while we make the next */
};

/* Next hops move while they are gathered: pointers are made here, from the counts. */
static void encode_nhsets(struct rib_client *c)
{
    struct rib_vec *lane = &c->out.lane[RIB_LANE_NHSET_DEFINE];
    struct rib_row_nhset *rows = lane->data;
    size_t at = 0;

    for (size_t i = 0; i < lane->n; i++) {
        rows[i].nexthops = (const struct rib_nexthop *)c->out.nexthops.data + at;
        at += rows[i].n;
    }
    rib_msg_nhset_define_encode(&c->out.buf, rows, lane->n);
    c->out.nexthops.n = 0;
}

static void encode_scopes(struct rib_client *c)
{
    struct rib_vec *lane = &c->out.lane[RIB_LANE_SCOPE_DEFINE];
    struct rib_row_scope *rows = lane->data;
    size_t at = 0;

    for (size_t i = 0; i < lane->n; i++) {
        rows[i].members = (const struct rib_scope_member *)c->out.members.data + at;
        at += rows[i].n;
    }
    rib_msg_scope_define_encode(&c->out.buf, rows, lane->n);
    c->out.members.n = 0;
}

/* Those whose entry is told in this turn are left out. 0: all are. */
static uint16_t encode_claims(struct rib_client *c)
{
    struct rib_vec *lane = &c->out.lane[RIB_LANE_CLAIM];
    struct rib_row_label_fec *rows = lane->data;
    size_t n = 0;

    for (size_t i = 0; i < lane->n; i++)
        if (rows[i].label)
            rows[n++] = rows[i];
    rib_msg_label_fecs_encode(&c->out.buf, rows, n);
    return n ? RIB_MSG_LABEL_CLAIM : 0;
}

/* Returns the type of the message, 0 if there is none. */
static uint16_t encode_lane(struct rib_client *c, enum rib_lane lane)
{
    struct rib_msg_buf *out = &c->out.buf;
    const void *rows = c->out.lane[lane].data;
    size_t n = c->out.lane[lane].n;

    switch (lane) {
    case RIB_LANE_NHSET_DEFINE:
        encode_nhsets(c);
        return RIB_MSG_NHSET_DEFINE;
    case RIB_LANE_SCOPE_DEFINE:
        encode_scopes(c);
        return RIB_MSG_SCOPE_DEFINE;
    case RIB_LANE_CLAIM:
        return encode_claims(c);
    case RIB_LANE_BINDING:
        rib_msg_bindings_encode(out, rows, n);
        return RIB_MSG_BINDINGS;
    case RIB_LANE_ENTRY:
        rib_msg_label_entries_encode(out, rows, n);
        return RIB_MSG_LABEL_ENTRIES;
    case RIB_LANE_ROUTE:
        rib_msg_routes_encode(out, rows, n);
        return RIB_MSG_ROUTES;
    case RIB_LANE_WATCH:
        rib_msg_watches_encode(out, rows, n);
        return RIB_MSG_WATCHES;
    case RIB_LANE_FREE:
        rib_msg_ids_encode(out, rows, n);
        return RIB_MSG_LABEL_FREE;
    case RIB_LANE_SCOPE_UNDEFINE:
        rib_msg_ids_encode(out, rows, n);
        return RIB_MSG_SCOPE_UNDEFINE;
    case RIB_LANE_NHSET_UNDEFINE:
        rib_msg_ids_encode(out, rows, n);
        return RIB_MSG_NHSET_UNDEFINE;
    case RIB_LANE_COUNT:
        break;
    }
    return 0;
}

void rib_out_send(struct rib_client *c, uint16_t type)
{
    int err = c->conn ? ipc_send(c->conn, type, c->out.buf.data, c->out.buf.len) : 0;

    /* Not sent, ribd's view would differ from ours for ever: begin anew. */
    if (err == -EMSGSIZE) {
        LOG_ERROR(c->env->log, "rib-message-too-long", "type=%u bytes=%zu", type, c->out.buf.len);
        ipc_close(c->conn, "message %u is too long", type);
    }
}

void rib_out_flush_through(struct rib_client *c, enum rib_lane last)
{
    for (enum rib_lane lane = 0; lane <= last; lane++) {
        uint16_t type = c->out.lane[lane].n ? encode_lane(c, lane) : 0;

        if (type)
            rib_out_send(c, type);
        c->out.lane[lane].n = 0;
    }
}

static void on_flush(void *arg)
{
    rib_out_flush_through(arg, RIB_LANE_COUNT - 1);
}

static size_t lane_max(enum rib_lane lane)
{
    return lane == RIB_LANE_ENTRY ? ENTRY_FLUSH : RIB_BATCH_MAX;
}

void *rib_out_place(struct rib_client *c, enum rib_lane lane, size_t row_size)
{
    if (c->out.lane[lane].n >= lane_max(lane))
        rib_out_flush_through(c, lane);
    if (!timer_is_armed(&c->out.flush))
        timer_arm_us(&c->out.flush, 0);
    return rib_vec_place(&c->out.lane[lane], row_size);
}

void *rib_out_push(struct rib_client *c, enum rib_lane lane, size_t row_size)
{
    return memset(rib_out_place(c, lane, row_size), 0, row_size);
}

void rib_out_nhset_define(struct rib_client *c, uint32_t id, const struct rib_nexthop *nh, size_t n)
{
    struct rib_row_nhset *row;

    if (c->out.nexthops.n >= INNER_FLUSH)
        rib_out_flush_through(c, RIB_LANE_NHSET_DEFINE);
    row = rib_out_push(c, RIB_LANE_NHSET_DEFINE, sizeof(*row));
    row->id = id;
    row->n = n;
    for (size_t i = 0; i < n; i++)
        *(struct rib_nexthop *)rib_vec_push(&c->out.nexthops, sizeof(*nh)) = nh[i];
}

void rib_out_scope_define(struct rib_client *c, uint32_t id, const struct rib_scope_member *m, size_t n)
{
    struct rib_row_scope *row;

    if (c->out.members.n >= INNER_FLUSH)
        rib_out_flush_through(c, RIB_LANE_SCOPE_DEFINE);
    row = rib_out_push(c, RIB_LANE_SCOPE_DEFINE, sizeof(*row));
    row->id = id;
    row->n = n;
    for (size_t i = 0; i < n; i++)
        *(struct rib_scope_member *)rib_vec_push(&c->out.members, sizeof(*m)) = m[i];
}

void rib_out_init(struct rib_client *c)
{
    timer_init(&c->out.flush, c->env->loop, on_flush, c);
}

void rib_out_clear(struct rib_client *c)
{
    for (enum rib_lane lane = 0; lane < RIB_LANE_COUNT; lane++)
        c->out.lane[lane].n = 0;
    c->out.nexthops.n = 0;
    c->out.members.n = 0;
    timer_cancel(&c->out.flush);
}

void rib_out_fini(struct rib_client *c)
{
    for (enum rib_lane lane = 0; lane < RIB_LANE_COUNT; lane++)
        rib_vec_fini(&c->out.lane[lane]);
    rib_vec_fini(&c->out.nexthops);
    rib_vec_fini(&c->out.members);
    rib_msg_buf_fini(&c->out.buf);
    timer_cancel(&c->out.flush);
}
