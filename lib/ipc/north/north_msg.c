/* SPDX-License-Identifier: Apache-2.0
 *
 * Encode and decode of the conversation between a daemon and mgmtd. The only place that knows its protobuf types.
 */
#include "lib/ipc/north/north_msg.h"

#include <errno.h>

#include "lib/ipc/ipc_pb.h"
#include "north.pb-c.h"
#include "strata/mem.h"

static char *pb_text(const char *s)
{
    return (char *)(uintptr_t)(s ? s : "");
}

static Strata__North__FromDaemon from_daemon_pb(const struct north_from_daemon *m)
{
    Strata__North__FromDaemon pb = STRATA__NORTH__FROM_DAEMON__INIT;
    pb.id = m->id;
    pb.version = m->version;
    pb.schema_hash = m->schema_hash;
    pb.is_refused = m->is_refused;
    pb.is_last = m->is_last;
    pb.answers_ping = m->answers_ping;
    pb.error = m->error;
    pb.dropped = m->dropped;
    pb.path = pb_text(m->path);
    pb.text = pb_text(m->text);
    pb.data = (ProtobufCBinaryData){m->len, (uint8_t *)(uintptr_t)m->data};
    pb.cursor = (ProtobufCBinaryData){m->cursor_len, (uint8_t *)(uintptr_t)m->cursor};
    return pb;
}

static Strata__North__ToDaemon to_daemon_pb(const struct north_to_daemon *m)
{
    Strata__North__ToDaemon pb = STRATA__NORTH__TO_DAEMON__INIT;
    pb.id = m->id;
    pb.version = m->version;
    pb.base_version = m->base_version;
    pb.edits = (ProtobufCBinaryData){m->len, (uint8_t *)(uintptr_t)m->edits};
    pb.path = pb_text(m->path);
    pb.name = pb_text(m->name);
    pb.argument = pb_text(m->argument);
    pb.text = pb_text(m->text);
    pb.cursor = (ProtobufCBinaryData){m->cursor_len, (uint8_t *)(uintptr_t)m->cursor};
    pb.limit = m->limit;
    return pb;
}

int north_from_daemon_send(struct ipc_conn *c, enum north_type type, const struct north_from_daemon *m)
{
    Strata__North__FromDaemon pb = from_daemon_pb(m);
    return ipc_send_pb(c, (uint16_t)type, &pb.base);
}

int north_to_daemon_send(struct ipc_conn *c, enum north_type type, const struct north_to_daemon *m)
{
    Strata__North__ToDaemon pb = to_daemon_pb(m);
    return ipc_send_pb(c, (uint16_t)type, &pb.base);
}

static uint8_t *pack(const ProtobufCMessage *m, size_t *len)
{
    *len = protobuf_c_message_get_packed_size(m);
    uint8_t *out = mem_alloc(NULL, *len ? *len : 1);
    protobuf_c_message_pack(m, out);
    return out;
}

uint8_t *north_from_daemon_encode(const struct north_from_daemon *m, size_t *len)
{
    Strata__North__FromDaemon pb = from_daemon_pb(m);
    return pack(&pb.base, len);
}

uint8_t *north_to_daemon_encode(const struct north_to_daemon *m, size_t *len)
{
    Strata__North__ToDaemon pb = to_daemon_pb(m);
    return pack(&pb.base, len);
}

int north_from_daemon_decode(const uint8_t *payload, size_t len, struct north_from_daemon *m, struct north_held *held)
{
    Strata__North__FromDaemon *pb = strata__north__from_daemon__unpack(NULL, len, payload);
    if (!pb)
        return -EBADMSG;
    held->pb = pb;
    *m = (struct north_from_daemon){
        .id = pb->id,
        .version = pb->version,
        .schema_hash = pb->schema_hash,
        .is_refused = pb->is_refused,
        .is_last = pb->is_last,
        .answers_ping = pb->answers_ping,
        .error = pb->error,
        .dropped = pb->dropped,
        .path = pb->path,
        .text = pb->text,
        .data = pb->data.data,
        .len = pb->data.len,
        .cursor = pb->cursor.data,
        .cursor_len = pb->cursor.len,
    };
    return 0;
}

int north_to_daemon_decode(const uint8_t *payload, size_t len, struct north_to_daemon *m, struct north_held *held)
{
    Strata__North__ToDaemon *pb = strata__north__to_daemon__unpack(NULL, len, payload);
    if (!pb)
        return -EBADMSG;
    held->pb = pb;
    *m = (struct north_to_daemon){
        .id = pb->id,
        .version = pb->version,
        .base_version = pb->base_version,
        .edits = pb->edits.data,
        .len = pb->edits.len,
        .path = pb->path,
        .name = pb->name,
        .argument = pb->argument,
        .text = pb->text,
        .cursor = pb->cursor.data,
        .cursor_len = pb->cursor.len,
        .limit = pb->limit,
    };
    return 0;
}

void north_from_daemon_release(struct north_held *held)
{
    strata__north__from_daemon__free_unpacked(held->pb, NULL);
    held->pb = NULL;
}

void north_to_daemon_release(struct north_held *held)
{
    strata__north__to_daemon__free_unpacked(held->pb, NULL);
    held->pb = NULL;
}
