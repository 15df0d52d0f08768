/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages with which ldpd hands over what its neighbours said: their addresses (LabelPeer) and labels (Bindings).
 * Pure.
 */
#include "lib/ipc/rib_msg_pb.h"

/* --- LabelPeer --- */

void rib_msg_label_peer_encode(struct rib_msg_buf *out, uint32_t peer, bool is_gone, uint32_t vrf,
                               const struct ip_addr *a, size_t n)
{
    Strata__Rib__LabelPeer m = STRATA__RIB__LABEL_PEER__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    size_t size = n * RIB_ADDR_WIRE_MAX;
    struct wire_writer addresses = wire_writer_of(rib_scratch_bytes(scratch, size), size);

    for (size_t i = 0; i < n; i++)
        rib_put_addr(&addresses, &a[i]);
    m.peer = peer;
    m.is_gone = is_gone;
    m.vrf = vrf;
    m.count = (uint32_t)n;
    m.addresses = (ProtobufCBinaryData){.len = addresses.pos, .data = addresses.data};
    rib_msg_pack(out, &m.base);
}

const char *rib_msg_label_peer_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__LabelPeer *m = (const Strata__Rib__LabelPeer *)(const void *)base;
    struct wire_reader addresses = rib_reader_of(&m->addresses);
    struct rib_scratch scratch = {0};
    struct ip_addr *a;
    bool is_good = true;

    if (m->is_gone) {
        sink->ev->label_peer_del(sink->arg, sink->session, m->peer);
        return NULL;
    }
    if (m->count > RIB_MEMBERS_MAX || m->count > m->addresses.len)
        return "number of addresses of a label peer out of range";
    a = rib_scratch_bytes(&scratch, m->count * sizeof(*a));
    for (size_t i = 0; i < m->count && is_good; i++)
        is_good = rib_get_addr(&addresses, &a[i]) && ip_addr_is_set(&a[i]);
    if (is_good)
        sink->ev->label_peer_set(sink->arg, sink->session, m->peer, m->vrf, a, m->count);
    rib_scratch_fini(&scratch);
    return is_good ? NULL : "malformed address of a label peer";
}

/* --- Bindings --- */

void rib_msg_bindings_encode(struct rib_msg_buf *out, const struct rib_row_binding *rows, size_t n)
{
    Strata__Rib__Bindings m = STRATA__RIB__BINDINGS__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    size_t size = n * RIB_PREFIX_WIRE_MAX;
    struct wire_writer prefixes = wire_writer_of(rib_scratch_bytes(scratch, size), size);
    struct rib_labels_out labels;

    rib_labels_out_init(&labels, scratch, n);
    m.is_gone = rib_scratch_u32(scratch, n);
    m.peer = rib_scratch_u32(scratch, n);
    for (size_t i = 0; i < n; i++) {
        m.is_gone[i] = rows[i].is_gone;
        m.peer[i] = rows[i].peer;
        rib_put_prefix(&prefixes, &rows[i].prefix);
        rib_labels_out_add(&labels, &rows[i].label);
    }
    m.count = (uint32_t)n;
    m.n_is_gone = rib_col_width(m.is_gone, n);
    m.n_peer = rib_col_width(m.peer, n);
    m.prefixes = (ProtobufCBinaryData){.len = prefixes.pos, .data = prefixes.data};
    m.labels = rib_labels_out_done(&labels);
    rib_msg_pack(out, &m.base);
}

const char *rib_msg_bindings_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__Bindings *m = (const Strata__Rib__Bindings *)(const void *)base;
    struct rib_col gone = rib_col_of(m->is_gone, m->n_is_gone), peer = rib_col_of(m->peer, m->n_peer);
    struct wire_reader prefixes = rib_reader_of(&m->prefixes);
    struct out_label label = out_label_none();
    struct rib_labels_in labels;

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(&gone, 1, m->count) || !rib_cols_fit(&peer, 1, m->count) ||
        !rib_labels_in_init(&labels, m->labels, m->count))
        return "columns of bindings do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        bool is_gone = rib_col_at(&gone, i) != 0;
        struct prefix fec;

        if (!rib_get_prefix(&prefixes, &fec) || !ip_addr_is_set(&fec.addr) || !rib_labels_in_next(&labels, &label))
            return "malformed binding";
        if (!is_gone && label.state == LABEL_STATE_NONE)
            return "binding without a label";
        if (is_gone)
            sink->ev->binding_del(sink->arg, sink->session, rib_col_at(&peer, i), &fec);
        else
            sink->ev->binding_set(sink->arg, sink->session, rib_col_at(&peer, i), &fec, &label);
    }
    return NULL;
}
