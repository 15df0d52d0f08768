/* SPDX-License-Identifier: Apache-2.0
 *
 * The conversation with ribd as bytes: which frame type is which message, and the smallest messages. Pure.
 */
#include "lib/ipc/rib_msg_pb.h"

#include <string.h>

#include "strata/mem.h"

struct server_row {
    const ProtobufCMessageDescriptor *descriptor;
    rib_msg_server_fn *decode;
};
struct client_row {
    const ProtobufCMessageDescriptor *descriptor;
    rib_msg_client_fn *decode;
};

#define SERVER_ROW(type, message, fn) [type - RIB_MSG_NHSET_DEFINE] = {&strata__rib__##message##__descriptor, fn}
#define CLIENT_ROW(type, message, fn) [type - RIB_MSG_READY] = {&strata__rib__##message##__descriptor, fn}

static const struct server_row server_rows[RIB_MSG_CLIENT_END - RIB_MSG_NHSET_DEFINE] = {
    SERVER_ROW(RIB_MSG_NHSET_DEFINE, nhset_define, rib_msg_nhset_define_decode),
    SERVER_ROW(RIB_MSG_NHSET_UNDEFINE, ids, rib_msg_nhset_undefine_decode),
    SERVER_ROW(RIB_MSG_SCOPE_DEFINE, scope_define, rib_msg_scope_define_decode),
    SERVER_ROW(RIB_MSG_SCOPE_UNDEFINE, ids, rib_msg_scope_undefine_decode),
    SERVER_ROW(RIB_MSG_ROUTES, routes, rib_msg_routes_decode),
    SERVER_ROW(RIB_MSG_SUBSCRIBE, subscribe, rib_msg_subscribe_decode),
    SERVER_ROW(RIB_MSG_WATCHES, watches, rib_msg_watches_decode),
    SERVER_ROW(RIB_MSG_END_OF_REPLAY, end_of_replay, rib_msg_end_of_replay_decode),
    SERVER_ROW(RIB_MSG_LABELS_WANTED, labels_wanted, rib_msg_labels_wanted_decode),
    SERVER_ROW(RIB_MSG_LABEL_CLAIM, label_fecs, rib_msg_label_claim_decode),
    SERVER_ROW(RIB_MSG_LABEL_FREE, ids, rib_msg_label_free_decode),
    SERVER_ROW(RIB_MSG_LABEL_ENTRIES, label_entries, rib_msg_label_entries_decode),
    SERVER_ROW(RIB_MSG_LABEL_PEER, label_peer, rib_msg_label_peer_decode),
    SERVER_ROW(RIB_MSG_BINDINGS, bindings, rib_msg_bindings_decode),
};

static const struct client_row client_rows[RIB_MSG_RIBD_END - RIB_MSG_READY] = {
    CLIENT_ROW(RIB_MSG_READY, ready, rib_msg_ready_decode),
    CLIENT_ROW(RIB_MSG_HELD_LABELS, label_fecs, rib_msg_held_labels_decode),
    CLIENT_ROW(RIB_MSG_INTERFACE, interface, rib_msg_interface_decode),
    CLIENT_ROW(RIB_MSG_INTERFACE_GONE, ids, rib_msg_interface_gone_decode),
    CLIENT_ROW(RIB_MSG_INSTANCE, instance, rib_msg_instance_decode),
    CLIENT_ROW(RIB_MSG_INSTANCE_GONE, ids, rib_msg_instance_gone_decode),
    CLIENT_ROW(RIB_MSG_BEST_ROUTES, best_routes, rib_msg_best_routes_decode),
    CLIENT_ROW(RIB_MSG_ROUTES_COMPLETE, routes_complete, rib_msg_routes_complete_decode),
    CLIENT_ROW(RIB_MSG_NEXTHOPS, nexthops, rib_msg_nexthops_decode),
    CLIENT_ROW(RIB_MSG_LABEL_BLOCK, ids, rib_msg_label_block_decode),
    CLIENT_ROW(RIB_MSG_LABEL_RESULTS, label_results, rib_msg_label_results_decode),
    CLIENT_ROW(RIB_MSG_ROUTES_FAILED, routes_failed, rib_msg_routes_failed_decode),
    CLIENT_ROW(RIB_MSG_LABELS_SHORT, labels_short, rib_msg_labels_short_decode),
};

/* --- unpacking --- */

static void *scratch_alloc(void *scratch, size_t size)
{
    return rib_scratch_bytes(scratch, size);
}

static void scratch_free(void *scratch, void *at)
{
    (void)scratch, (void)at; /* with the whole message */
}

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
                                struct rib_scratch *scratch)
{
    ProtobufCAllocator allocator = {.alloc = scratch_alloc, .free = scratch_free, .allocator_data = scratch};

    return protobuf_c_message_unpack(descriptor, scratch ? &allocator : NULL, len, data);
}

static void unpacked_free(ProtobufCMessage *m, struct rib_scratch *scratch)
{
    if (scratch)
        rib_scratch_reset(scratch);
    else if (m)
        protobuf_c_message_free_unpacked(m, NULL);
}

const char *rib_msg_decode_for_server(uint16_t type, const uint8_t *data, size_t len,
                                      const struct rib_msg_server_sink *sink)
{
    const struct server_row *row;
    ProtobufCMessage *m;
    const char *wrong = "message cannot be unpacked";

    if (type < RIB_MSG_NHSET_DEFINE || type >= RIB_MSG_CLIENT_END)
        return "unknown message type";
    row = &server_rows[type - RIB_MSG_NHSET_DEFINE];
    m = unpack(row->descriptor, data, len, sink->scratch);
    if (m)
        wrong = row->decode(m, sink);
    unpacked_free(m, sink->scratch);
    return wrong;
}

const char *rib_msg_decode_for_client(uint16_t type, const uint8_t *data, size_t len,
                                      const struct rib_msg_client_sink *sink)
{
    const struct client_row *row;
    ProtobufCMessage *m;
    const char *wrong = "message cannot be unpacked";

    if (type < RIB_MSG_READY || type >= RIB_MSG_RIBD_END)
        return "unknown message type";
    row = &client_rows[type - RIB_MSG_READY];
    m = unpack(row->descriptor, data, len, sink->scratch);
    if (m)
        wrong = row->decode(m, sink);
    unpacked_free(m, sink->scratch);
    return wrong;
}

void rib_msg_pack(struct rib_msg_buf *out, const ProtobufCMessage *m)
{
    size_t len = protobuf_c_message_get_packed_size(m);

    if (out->size < len) {
        out->data = mem_realloc(NULL, out->data, len * 2);
        out->size = len * 2;
    }
    out->len = len ? protobuf_c_message_pack(m, out->data) : 0;
}

void rib_msg_pack_bytes(struct rib_msg_buf *out, const void *data, size_t len)
{
    if (out->size < len) {
        out->data = mem_realloc(NULL, out->data, len);
        out->size = len;
    }
    out->len = len;
    if (len)
        memcpy(out->data, data, len);
}

void rib_msg_buf_fini(struct rib_msg_buf *b)
{
    mem_free(NULL, b->data);
    rib_scratch_fini(&b->scratch);
    *b = (struct rib_msg_buf){0};
}

const char *rib_msg_end_of_replay_decode(const ProtobufCMessage *m, const struct rib_msg_server_sink *sink)
{
    (void)m;
    sink->ev->end_of_replay(sink->arg, sink->session);
    return NULL;
}

const char *rib_msg_ready_decode(const ProtobufCMessage *m, const struct rib_msg_client_sink *sink)
{
    (void)m;
    sink->ops->ready(sink->arg);
    return NULL;
}

const char *rib_msg_labels_short_decode(const ProtobufCMessage *m, const struct rib_msg_client_sink *sink)
{
    sink->ops->labels_short(sink->arg, ((const Strata__Rib__LabelsShort *)(const void *)m)->all);
    return NULL;
}

void rib_msg_labels_short_encode(struct rib_msg_buf *out, bool all)
{
    Strata__Rib__LabelsShort m = STRATA__RIB__LABELS_SHORT__INIT;

    m.all = all;
    rib_msg_pack(out, &m.base);
}

/* --- lists of ids --- */

void rib_msg_ids_encode(struct rib_msg_buf *out, const uint32_t *ids, size_t n)
{
    Strata__Rib__Ids m = STRATA__RIB__IDS__INIT;

    m.n_id = n;
    m.id = (uint32_t *)ids;
    rib_msg_pack(out, &m.base);
}

static const Strata__Rib__Ids *ids_of(const ProtobufCMessage *m)
{
    return (const Strata__Rib__Ids *)(const void *)m;
}

const char *rib_msg_nhset_undefine_decode(const ProtobufCMessage *m, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__Ids *ids = ids_of(m);

    for (size_t i = 0; i < ids->n_id && !rib_msg_is_closed(sink->is_closed); i++)
        sink->ev->nhset_undefine(sink->arg, sink->session, ids->id[i]);
    return NULL;
}

const char *rib_msg_scope_undefine_decode(const ProtobufCMessage *m, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__Ids *ids = ids_of(m);

    for (size_t i = 0; i < ids->n_id && !rib_msg_is_closed(sink->is_closed); i++)
        sink->ev->scope_undefine(sink->arg, sink->session, ids->id[i]);
    return NULL;
}

const char *rib_msg_label_free_decode(const ProtobufCMessage *m, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__Ids *ids = ids_of(m);

    for (size_t i = 0; i < ids->n_id && !rib_msg_is_closed(sink->is_closed); i++) {
        if (ids->id[i] < LABEL_FIRST_UNRESERVED || ids->id[i] > LABEL_KERNEL_MAX)
            return "label out of range in label free";
        sink->ev->label_free(sink->arg, sink->session, ids->id[i]);
    }
    return NULL;
}

const char *rib_msg_interface_gone_decode(const ProtobufCMessage *m, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__Ids *ids = ids_of(m);

    for (size_t i = 0; i < ids->n_id && !rib_msg_is_closed(sink->is_closed); i++)
        sink->ops->interface_gone(sink->arg, ids->id[i]);
    return NULL;
}

const char *rib_msg_instance_gone_decode(const ProtobufCMessage *m, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__Ids *ids = ids_of(m);

    for (size_t i = 0; i < ids->n_id && !rib_msg_is_closed(sink->is_closed); i++)
        sink->ops->instance_gone(sink->arg, ids->id[i]);
    return NULL;
}

const char *rib_msg_label_block_decode(const ProtobufCMessage *m, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__Ids *ids = ids_of(m);

    for (size_t i = 0; i < ids->n_id; i++)
        if (ids->id[i] < LABEL_FIRST_UNRESERVED || ids->id[i] > LABEL_KERNEL_MAX)
            return "label out of range in label block";
    sink->ops->label_block(sink->arg, ids->id, ids->n_id);
    return NULL;
}
