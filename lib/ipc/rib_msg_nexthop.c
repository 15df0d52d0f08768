/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about next hops: sets of them and label scopes as objects (NhsetDefine, ScopeDefine), watches and their
 * state (Watches, Nexthops). Pure.
 */
#include "lib/ipc/rib_msg_pb.h"

#include <stdio.h>

/* --- NhsetDefine --- */

enum { FLAG_NEEDS_LSP = 1, FLAG_BLACKHOLE = 2 };

static void put_nexthops(Strata__Rib__NhsetDefine *m, const struct rib_row_nhset *rows, size_t n,
                         struct wire_writer *gateways, struct rib_labels_out *labels)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        m->id[i] = rows[i].id;
        m->nexthop_count[i] = (uint32_t)rows[i].n;
        for (size_t k = 0; k < rows[i].n; k++, at++) {
            const struct rib_nexthop *nh = &rows[i].nexthops[k];

            m->vrf[at] = nh->vrf;
            m->ifindex[at] = nh->ifindex;
            m->flags[at] = (nh->needs_lsp ? FLAG_NEEDS_LSP : 0u) | (nh->is_blackhole ? FLAG_BLACKHOLE : 0u);
            rib_put_addr(gateways, &nh->gateway);
            rib_labels_out_add(labels, &nh->label);
        }
    }
}

void rib_msg_nhset_define_encode(struct rib_msg_buf *out, const struct rib_row_nhset *rows, size_t n)
{
    Strata__Rib__NhsetDefine m = STRATA__RIB__NHSET_DEFINE__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    struct rib_labels_out labels;
    struct wire_writer gateways;
    size_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += rows[i].n;
    gateways = wire_writer_of(rib_scratch_bytes(scratch, total * RIB_ADDR_WIRE_MAX), total * RIB_ADDR_WIRE_MAX);
    rib_labels_out_init(&labels, scratch, total);
    m.id = rib_scratch_u32(scratch, n);
    m.nexthop_count = rib_scratch_u32(scratch, n);
    m.vrf = rib_scratch_u32(scratch, total);
    m.ifindex = rib_scratch_u32(scratch, total);
    m.flags = rib_scratch_u32(scratch, total);
    put_nexthops(&m, rows, n, &gateways, &labels);
    m.count = (uint32_t)n;
    m.nexthops = (uint32_t)total;
    m.n_id = rib_col_width(m.id, n);
    m.n_nexthop_count = rib_col_width(m.nexthop_count, n);
    m.n_vrf = rib_col_width(m.vrf, total);
    m.n_ifindex = rib_col_width(m.ifindex, total);
    m.n_flags = rib_col_width(m.flags, total);
    m.gateways = (ProtobufCBinaryData){.len = gateways.pos, .data = gateways.data};
    m.labels = rib_labels_out_done(&labels);
    rib_msg_pack(out, &m.base);
}

/* One reader over the next hops of all sets. */
struct nexthops_in {
    struct rib_col vrf, ifindex, flags;
    struct wire_reader gateways;
    struct rib_labels_in labels;
    size_t at, n;
};

static bool nexthops_in_init(struct nexthops_in *in, const Strata__Rib__NhsetDefine *m)
{
    *in = (struct nexthops_in){.vrf = rib_col_of(m->vrf, m->n_vrf),
                               .ifindex = rib_col_of(m->ifindex, m->n_ifindex),
                               .flags = rib_col_of(m->flags, m->n_flags),
                               .gateways = rib_reader_of(&m->gateways),
                               .n = m->nexthops};
    return m->nexthops <= RIB_INNER_MAX && rib_cols_fit(&in->vrf, 1, in->n) && rib_cols_fit(&in->ifindex, 1, in->n) &&
           rib_cols_fit(&in->flags, 1, in->n) && rib_labels_in_init(&in->labels, m->labels, in->n);
}

static bool nexthops_in_next(struct nexthops_in *in, struct rib_nexthop *out)
{
    uint32_t flags;

    if (in->at >= in->n)
        return false;
    flags = rib_col_at(&in->flags, in->at);
    *out = (struct rib_nexthop){.vrf = rib_col_at(&in->vrf, in->at),
                                .ifindex = rib_col_at(&in->ifindex, in->at),
                                .needs_lsp = (flags & FLAG_NEEDS_LSP) != 0,
                                .is_blackhole = (flags & FLAG_BLACKHOLE) != 0};
    in->at++;
    return rib_get_addr(&in->gateways, &out->gateway) && rib_labels_in_next(&in->labels, &out->label);
}

const char *rib_msg_nhset_define_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__NhsetDefine *m = (const Strata__Rib__NhsetDefine *)(const void *)base;
    struct rib_col id = rib_col_of(m->id, m->n_id), count = rib_col_of(m->nexthop_count, m->n_nexthop_count);
    struct rib_nexthop set[RIB_NEXTHOPS_MAX];
    struct nexthops_in in;

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(&id, 1, m->count) || !rib_cols_fit(&count, 1, m->count) ||
        !nexthops_in_init(&in, m))
        return "columns of next-hop sets do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        uint32_t n = rib_col_at(&count, i);

        if (n == 0 || n > RIB_NEXTHOPS_MAX)
            return "number of next hops of a set out of range";
        if (rib_col_at(&id, i) == 0)
            return "next-hop set 0 cannot be defined";
        for (uint32_t k = 0; k < n; k++)
            if (!nexthops_in_next(&in, &set[k]))
                return "malformed next hop";
        sink->ev->nhset_define(sink->arg, sink->session, rib_col_at(&id, i), set, n);
    }
    return NULL;
}

/* --- ScopeDefine --- */

void rib_msg_scope_define_encode(struct rib_msg_buf *out, const struct rib_row_scope *rows, size_t n)
{
    Strata__Rib__ScopeDefine m = STRATA__RIB__SCOPE_DEFINE__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    struct wire_writer neighbors;
    size_t total = 0, at = 0;

    for (size_t i = 0; i < n; i++)
        total += rows[i].n;
    neighbors = wire_writer_of(rib_scratch_bytes(scratch, total * RIB_ADDR_WIRE_MAX), total * RIB_ADDR_WIRE_MAX);
    m.id = rib_scratch_u32(scratch, n);
    m.member_count = rib_scratch_u32(scratch, n);
    m.vrf = rib_scratch_u32(scratch, total);
    for (size_t i = 0; i < n; i++) {
        m.id[i] = rows[i].id;
        m.member_count[i] = (uint32_t)rows[i].n;
        for (size_t k = 0; k < rows[i].n; k++) {
            m.vrf[at++] = rows[i].members[k].vrf;
            rib_put_addr(&neighbors, &rows[i].members[k].neighbor);
        }
    }
    m.count = (uint32_t)n;
    m.members = (uint32_t)total;
    m.n_id = rib_col_width(m.id, n);
    m.n_member_count = rib_col_width(m.member_count, n);
    m.n_vrf = rib_col_width(m.vrf, total);
    m.neighbors = (ProtobufCBinaryData){.len = neighbors.pos, .data = neighbors.data};
    rib_msg_pack(out, &m.base);
}

static const char *get_scopes(const Strata__Rib__ScopeDefine *m, const struct rib_scope_member *member,
                              const struct rib_msg_server_sink *sink)
{
    struct rib_col id = rib_col_of(m->id, m->n_id), count = rib_col_of(m->member_count, m->n_member_count);
    size_t at = 0;

    if (!rib_cols_fit(&id, 1, m->count) || !rib_cols_fit(&count, 1, m->count))
        return "columns of label scopes do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        uint32_t n = rib_col_at(&count, i);

        if (rib_col_at(&id, i) == 0 || n == 0 || n > RIB_MEMBERS_MAX || n > m->members - at)
            return "number of members of a label scope out of range";
        sink->ev->scope_define(sink->arg, sink->session, rib_col_at(&id, i), member + at, n);
        at += n;
    }
    return NULL;
}

const char *rib_msg_scope_define_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__ScopeDefine *m = (const Strata__Rib__ScopeDefine *)(const void *)base;
    struct rib_col vrf = rib_col_of(m->vrf, m->n_vrf);
    struct wire_reader neighbors = rib_reader_of(&m->neighbors);
    struct rib_scratch scratch = {0};
    struct rib_scope_member *member;
    const char *wrong = NULL;

    if (m->count > RIB_BATCH_MAX || m->members > RIB_INNER_MAX || m->members > m->neighbors.len ||
        !rib_cols_fit(&vrf, 1, m->members))
        return "columns of label scopes do not fit";
    member = rib_scratch_bytes(&scratch, m->members * sizeof(*member));
    for (size_t i = 0; i < m->members && !wrong; i++) {
        member[i] = (struct rib_scope_member){.vrf = rib_col_at(&vrf, i)};
        if (!rib_get_addr(&neighbors, &member[i].neighbor) || !ip_addr_is_set(&member[i].neighbor))
            wrong = "malformed neighbour of a label scope";
    }
    if (!wrong)
        wrong = get_scopes(m, member, sink);
    rib_scratch_fini(&scratch);
    return wrong;
}

/* --- Watches --- */

void rib_msg_watches_encode(struct rib_msg_buf *out, const struct rib_row_watch *rows, size_t n)
{
    Strata__Rib__Watches m = STRATA__RIB__WATCHES__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    size_t size = n * RIB_ADDR_WIRE_MAX;
    struct wire_writer addresses = wire_writer_of(rib_scratch_bytes(scratch, size), size);

    m.id = rib_scratch_u32(scratch, n);
    m.is_gone = rib_scratch_u32(scratch, n);
    m.vrf = rib_scratch_u32(scratch, n);
    m.needs_lsp = rib_scratch_u32(scratch, n);
    for (size_t i = 0; i < n; i++) {
        m.id[i] = rows[i].id;
        m.is_gone[i] = rows[i].is_gone;
        m.vrf[i] = rows[i].vrf;
        m.needs_lsp[i] = rows[i].needs_lsp;
        rib_put_addr(&addresses, &rows[i].address);
    }
    m.count = (uint32_t)n;
    m.n_id = rib_col_width(m.id, n);
    m.n_is_gone = rib_col_width(m.is_gone, n);
    m.n_vrf = rib_col_width(m.vrf, n);
    m.n_needs_lsp = rib_col_width(m.needs_lsp, n);
    m.addresses = (ProtobufCBinaryData){.len = addresses.pos, .data = addresses.data};
    rib_msg_pack(out, &m.base);
}

enum { WATCH_ID, WATCH_GONE, WATCH_VRF, WATCH_NEEDS_LSP, WATCH_COLS };

const char *rib_msg_watches_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__Watches *m = (const Strata__Rib__Watches *)(const void *)base;
    struct rib_col col[WATCH_COLS] = {rib_col_of(m->id, m->n_id), rib_col_of(m->is_gone, m->n_is_gone),
                                      rib_col_of(m->vrf, m->n_vrf), rib_col_of(m->needs_lsp, m->n_needs_lsp)};
    struct wire_reader addresses = rib_reader_of(&m->addresses);

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(col, WATCH_COLS, m->count))
        return "columns of watches do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        uint32_t id = rib_col_at(&col[WATCH_ID], i);
        bool is_gone = rib_col_at(&col[WATCH_GONE], i) != 0;
        struct ip_addr a;

        if (id == 0 || !rib_get_addr(&addresses, &a) || (!is_gone && !ip_addr_is_set(&a)))
            return "malformed watch";
        if (is_gone)
            sink->ev->unwatch(sink->arg, sink->session, id);
        else
            sink->ev->watch(sink->arg, sink->session, id, rib_col_at(&col[WATCH_VRF], i), &a,
                            rib_col_at(&col[WATCH_NEEDS_LSP], i) != 0);
    }
    return NULL;
}

/* --- Nexthops --- */

enum { FLAG_USABLE = 1, FLAG_HAS_LSP = 2, LENGTH_SHIFT = 8 };

void rib_msg_nexthops_encode(struct rib_msg_buf *out, const struct rib_nexthop_state *rows, size_t n)
{
    Strata__Rib__Nexthops m = STRATA__RIB__NEXTHOPS__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);

    m.watch = rib_scratch_u32(scratch, n);
    m.flags = rib_scratch_u32(scratch, n);
    m.source = rib_scratch_u32(scratch, n);
    m.metric = rib_scratch_u32(scratch, n);
    m.ifindex = rib_scratch_u32(scratch, n);
    m.reason = rib_scratch_bytes(scratch, n * sizeof(char *));
    for (size_t i = 0; i < n; i++) {
        m.watch[i] = rows[i].watch;
        m.flags[i] = (rows[i].is_usable ? FLAG_USABLE : 0u) | (rows[i].has_lsp ? FLAG_HAS_LSP : 0u) |
                     (uint32_t)rows[i].prefix_len << LENGTH_SHIFT;
        m.source[i] = rows[i].source;
        m.metric[i] = rows[i].metric;
        m.ifindex[i] = rows[i].ifindex;
        m.reason[i] = (char *)rows[i].reason;
    }
    m.count = (uint32_t)n;
    m.n_watch = rib_col_width(m.watch, n);
    m.n_flags = rib_col_width(m.flags, n);
    m.n_source = rib_col_width(m.source, n);
    m.n_metric = rib_col_width(m.metric, n);
    m.n_ifindex = rib_col_width(m.ifindex, n);
    m.n_reason = rib_text_width(m.reason, n);
    rib_msg_pack(out, &m.base);
}

enum { STATE_WATCH, STATE_FLAGS, STATE_SOURCE, STATE_METRIC, STATE_IFINDEX, STATE_COLS };

const char *rib_msg_nexthops_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__Nexthops *m = (const Strata__Rib__Nexthops *)(const void *)base;
    struct rib_col col[STATE_COLS] = {rib_col_of(m->watch, m->n_watch), rib_col_of(m->flags, m->n_flags),
                                      rib_col_of(m->source, m->n_source), rib_col_of(m->metric, m->n_metric),
                                      rib_col_of(m->ifindex, m->n_ifindex)};

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(col, STATE_COLS, m->count) ||
        (m->n_reason > 1 && m->n_reason != m->count))
        return "columns of next-hop states do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        uint32_t flags = rib_col_at(&col[STATE_FLAGS], i), source = rib_col_at(&col[STATE_SOURCE], i);
        struct rib_nexthop_state s = {.watch = rib_col_at(&col[STATE_WATCH], i),
                                      .is_usable = (flags & FLAG_USABLE) != 0,
                                      .has_lsp = (flags & FLAG_HAS_LSP) != 0,
                                      .source = (uint8_t)source,
                                      .prefix_len = (uint8_t)(flags >> LENGTH_SHIFT),
                                      .metric = rib_col_at(&col[STATE_METRIC], i),
                                      .ifindex = rib_col_at(&col[STATE_IFINDEX], i)};

        if (source >= RIB_SOURCE_COUNT)
            return "source of a next-hop state out of range";
        snprintf(s.reason, sizeof(s.reason), "%s", rib_text_at(m->reason, m->n_reason, i));
        sink->ops->nexthop(sink->arg, &s);
    }
    return NULL;
}
