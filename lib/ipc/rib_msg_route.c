/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about routes: a client's own (Routes), ribd's best routes for subscribers (BestRoutes, RoutesComplete,
 * Subscribe), and those that the kernel refused (RoutesFailed). Pure.
 */
#include "lib/ipc/rib_msg_pb.h"

#include <stdio.h>
#include <string.h>

/* --- Routes --- */

void rib_msg_routes_encode(struct rib_msg_buf *out, const struct rib_row_route *rows, size_t n)
{
    Strata__Rib__Routes m = STRATA__RIB__ROUTES__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    size_t size = n * RIB_PREFIX_WIRE_MAX;
    struct wire_writer prefixes = wire_writer_of(rib_scratch_bytes(scratch, size), size);
    struct rib_labels_out labels;

    rib_labels_out_init(&labels, scratch, n);
    m.is_gone = rib_scratch_u32(scratch, n);
    m.vrf = rib_scratch_u32(scratch, n);
    m.source = rib_scratch_u32(scratch, n);
    m.distance = rib_scratch_u32(scratch, n);
    m.metric = rib_scratch_u32(scratch, n);
    m.tag = rib_scratch_u32(scratch, n);
    m.nhset = rib_scratch_u32(scratch, n);
    for (size_t i = 0; i < n; i++) {
        const struct rib_route *r = &rows[i].route;

        m.is_gone[i] = rows[i].is_gone;
        m.vrf[i] = r->vrf;
        m.source[i] = r->source;
        rib_put_prefix(&prefixes, &r->prefix);
        m.distance[i] = r->distance;
        m.metric[i] = r->metric;
        m.tag[i] = r->tag;
        m.nhset[i] = r->nhset;
        rib_labels_out_add(&labels, &r->label);
    }
    m.count = (uint32_t)n;
    m.n_is_gone = rib_col_width(m.is_gone, n);
    m.n_vrf = rib_col_width(m.vrf, n);
    m.prefixes = (ProtobufCBinaryData){.len = prefixes.pos, .data = prefixes.data};
    m.n_source = rib_col_width(m.source, n);
    m.n_distance = rib_col_width(m.distance, n);
    m.n_metric = rib_col_width(m.metric, n);
    m.n_tag = rib_col_width(m.tag, n);
    m.n_nhset = rib_col_width(m.nhset, n);
    m.labels = rib_labels_out_done(&labels);
    rib_msg_pack(out, &m.base);
}

enum { ROUTE_GONE, ROUTE_VRF, ROUTE_SOURCE, ROUTE_DISTANCE, ROUTE_METRIC, ROUTE_TAG, ROUTE_NHSET, ROUTE_COLS };

const char *rib_msg_routes_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__Routes *m = (const Strata__Rib__Routes *)(const void *)base;
    struct rib_col col[ROUTE_COLS] = {rib_col_of(m->is_gone, m->n_is_gone), rib_col_of(m->vrf, m->n_vrf),
                                      rib_col_of(m->source, m->n_source),   rib_col_of(m->distance, m->n_distance),
                                      rib_col_of(m->metric, m->n_metric),   rib_col_of(m->tag, m->n_tag),
                                      rib_col_of(m->nhset, m->n_nhset)};
    struct wire_reader prefixes = rib_reader_of(&m->prefixes);
    struct rib_labels_in labels;
    struct rib_route r = {0};

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(col, ROUTE_COLS, m->count) ||
        !rib_labels_in_init(&labels, m->labels, m->count))
        return "columns of routes do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        uint32_t source = rib_col_at(&col[ROUTE_SOURCE], i), distance = rib_col_at(&col[ROUTE_DISTANCE], i);

        if (!rib_get_prefix(&prefixes, &r.prefix) || !ip_addr_is_set(&r.prefix.addr))
            return "malformed prefix of a route";
        if (!rib_labels_in_next(&labels, &r.label))
            return "malformed label of a route";
        if (source >= RIB_SOURCE_COUNT || distance > UINT8_MAX)
            return "source or distance of a route out of range";
        r.vrf = rib_col_at(&col[ROUTE_VRF], i);
        r.source = (uint8_t)source;
        r.distance = (uint8_t)distance;
        r.metric = rib_col_at(&col[ROUTE_METRIC], i);
        r.tag = rib_col_at(&col[ROUTE_TAG], i);
        r.nhset = rib_col_at(&col[ROUTE_NHSET], i);
        if (rib_col_at(&col[ROUTE_GONE], i))
            sink->ev->route_del(sink->arg, sink->session, r.vrf, &r.prefix, (enum rib_source)source);
        else
            sink->ev->route_set(sink->arg, sink->session, &r);
    }
    return NULL;
}

/* --- Subscribe --- */

void rib_msg_subscribe_encode(struct rib_msg_buf *out, uint32_t vrf, uint32_t sources)
{
    Strata__Rib__Subscribe m = STRATA__RIB__SUBSCRIBE__INIT;

    m.vrf = vrf;
    m.sources = sources;
    rib_msg_pack(out, &m.base);
}

const char *rib_msg_subscribe_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__Subscribe *m = (const Strata__Rib__Subscribe *)(const void *)base;

    if (m->sources >> RIB_SOURCE_COUNT)
        return "unknown source in a subscription";
    sink->ev->subscribe(sink->arg, sink->session, m->vrf, m->sources);
    return NULL;
}

/* --- BestRoutes --- */

enum { FLAG_LABEL = 1, FLAG_USABLE = 2 };
enum { PATH_CACHE = 1024 }; /* direct-mapped: many routes over few next hops find their list again */

/* Next-hop lists of a batch; equal ones are shared where the cache remembers. */
struct paths_out {
    uint32_t cached[PATH_CACHE]; /* list + 1 */
    const struct rib_best_route **list;
    uint32_t *count;
    size_t n_lists, n_nexthops;
};

static bool same_paths(const struct rib_best_route *a, const struct rib_best_route *b)
{
    if (a->n_nexthops != b->n_nexthops)
        return false;
    for (size_t i = 0; i < a->n_nexthops; i++)
        if (a->nexthops[i].ifindex != b->nexthops[i].ifindex ||
            !ip_addr_equal(&a->nexthops[i].gateway, &b->nexthops[i].gateway))
            return false;
    return true;
}

static uint32_t paths_add(struct paths_out *p, const struct rib_best_route *r)
{
    uint32_t hash = r->n_nexthops;
    uint32_t *slot;

    for (size_t i = 0; i < r->n_nexthops; i++) { /* the ends of an IPv4 and of an IPv6 address tell most apart */
        const uint8_t *b = r->nexthops[i].gateway.b;

        hash = (hash ^ r->nexthops[i].ifindex ^ (uint32_t)b[2] << 16 ^ (uint32_t)b[3] << 8 ^ b[15]) * 0x9e3779b1u;
        hash ^= hash >> 15;
    }
    slot = &p->cached[hash % PATH_CACHE];
    if (*slot && same_paths(p->list[*slot - 1], r))
        return *slot - 1;
    p->list[p->n_lists] = r;
    p->count[p->n_lists] = r->n_nexthops;
    p->n_nexthops += r->n_nexthops;
    *slot = (uint32_t)++p->n_lists;
    return *slot - 1;
}

static void put_paths(Strata__Rib__BestRoutes *m, const struct paths_out *p, struct rib_scratch *scratch)
{
    size_t size = p->n_nexthops * RIB_ADDR_WIRE_MAX, at = 0;
    struct wire_writer gateways = wire_writer_of(rib_scratch_bytes(scratch, size), size);

    m->ifindex = rib_scratch_u32(scratch, p->n_nexthops);
    for (size_t i = 0; i < p->n_lists; i++)
        for (size_t k = 0; k < p->count[i]; k++) {
            m->ifindex[at++] = p->list[i]->nexthops[k].ifindex;
            rib_put_addr(&gateways, &p->list[i]->nexthops[k].gateway);
        }
    m->lists = (uint32_t)p->n_lists;
    m->nexthop_count = p->count;
    m->n_nexthop_count = rib_col_width(p->count, p->n_lists);
    m->nexthops = (uint32_t)at;
    m->n_ifindex = rib_col_width(m->ifindex, at);
    m->gateways = (ProtobufCBinaryData){.len = gateways.pos, .data = gateways.data};
}

static void put_best_route(Strata__Rib__BestRoutes *m, size_t i, const struct rib_row_best_route *row,
                           struct paths_out *p)
{
    const struct rib_best_route *r = row->route;

    m->is_gone[i] = row->is_gone;
    m->vrf[i] = r->vrf;
    if (row->is_gone) {
        m->source[i] = m->distance[i] = m->metric[i] = m->tag[i] = m->flags[i] = m->paths[i] = 0;
        return;
    }
    m->source[i] = r->source;
    m->distance[i] = r->distance;
    m->metric[i] = r->metric;
    m->tag[i] = r->tag;
    m->flags[i] = (r->has_label ? FLAG_LABEL : 0u) | (r->is_usable ? FLAG_USABLE : 0u);
    m->paths[i] = paths_add(p, r);
}

void rib_msg_best_routes_encode(struct rib_msg_buf *out, const struct rib_row_best_route *rows, size_t n,
                                uint64_t epoch)
{
    Strata__Rib__BestRoutes m = STRATA__RIB__BEST_ROUTES__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    size_t size = n * RIB_PREFIX_WIRE_MAX;
    struct wire_writer prefixes = wire_writer_of(rib_scratch_bytes(scratch, size), size);
    struct paths_out paths = {.list = rib_scratch_bytes(scratch, n * sizeof(paths.list[0])),
                              .count = rib_scratch_u32(scratch, n)};

    m.is_gone = rib_scratch_u32(scratch, n);
    m.vrf = rib_scratch_u32(scratch, n);
    m.source = rib_scratch_u32(scratch, n);
    m.distance = rib_scratch_u32(scratch, n);
    m.metric = rib_scratch_u32(scratch, n);
    m.tag = rib_scratch_u32(scratch, n);
    m.flags = rib_scratch_u32(scratch, n);
    m.paths = rib_scratch_u32(scratch, n);
    for (size_t i = 0; i < n; i++) {
        put_best_route(&m, i, &rows[i], &paths);
        rib_put_prefix(&prefixes, &rows[i].route->prefix);
    }
    m.count = (uint32_t)n;
    m.epoch = epoch;
    m.n_is_gone = rib_col_width(m.is_gone, n);
    m.n_vrf = rib_col_width(m.vrf, n);
    m.prefixes = (ProtobufCBinaryData){.len = prefixes.pos, .data = prefixes.data};
    m.n_source = rib_col_width(m.source, n);
    m.n_distance = rib_col_width(m.distance, n);
    m.n_metric = rib_col_width(m.metric, n);
    m.n_tag = rib_col_width(m.tag, n);
    m.n_flags = rib_col_width(m.flags, n);
    m.n_paths = rib_col_width(m.paths, n);
    put_paths(&m, &paths, scratch);
    rib_msg_pack(out, &m.base);
}

enum { BEST_GONE, BEST_VRF, BEST_SOURCE, BEST_DISTANCE, BEST_METRIC, BEST_TAG, BEST_FLAGS, BEST_PATHS, BEST_COLS };

/* The lists of a batch, checked: where each begins, and all next hops. */
struct paths_in {
    uint32_t *start; /* lists + 1 */
    struct ip_addr *gateway;
    struct rib_col ifindex;
    size_t n_lists;
};

static bool paths_in_init(struct paths_in *p, const Strata__Rib__BestRoutes *m, struct rib_scratch *scratch)
{
    struct rib_col count = rib_col_of(m->nexthop_count, m->n_nexthop_count);
    struct wire_reader gateways = rib_reader_of(&m->gateways);

    *p = (struct paths_in){.ifindex = rib_col_of(m->ifindex, m->n_ifindex), .n_lists = m->lists};
    if (m->lists > m->count || m->nexthops > RIB_BATCH_MAX * RIB_NEXTHOPS_MAX || m->nexthops > m->gateways.len ||
        !rib_cols_fit(&count, 1, m->lists) || !rib_cols_fit(&p->ifindex, 1, m->nexthops))
        return false;
    p->start = rib_scratch_u32(scratch, m->lists + 1u);
    p->start[0] = 0;
    for (size_t i = 0; i < m->lists; i++) {
        uint32_t n = rib_col_at(&count, i);

        if (n > RIB_NEXTHOPS_MAX || n > m->nexthops - p->start[i])
            return false;
        p->start[i + 1] = p->start[i] + n;
    }
    if (p->start[m->lists] != m->nexthops)
        return false;
    p->gateway = rib_scratch_bytes(scratch, m->nexthops * sizeof(struct ip_addr));
    for (size_t i = 0; i < m->nexthops; i++)
        if (!rib_get_addr(&gateways, &p->gateway[i]))
            return false;
    return true;
}

static bool get_paths(const struct paths_in *p, uint32_t list, struct rib_best_route *r)
{
    if (list >= p->n_lists)
        return false;
    r->n_nexthops = (uint16_t)(p->start[list + 1] - p->start[list]);
    for (size_t i = 0; i < r->n_nexthops; i++) {
        r->nexthops[i].gateway = p->gateway[p->start[list] + i];
        r->nexthops[i].ifindex = rib_col_at(&p->ifindex, p->start[list] + i);
    }
    return true;
}

static const char *get_best_route(const struct rib_col *col, size_t i, const struct paths_in *paths,
                                  struct rib_best_route *r)
{
    uint32_t source = rib_col_at(&col[BEST_SOURCE], i), distance = rib_col_at(&col[BEST_DISTANCE], i);
    uint32_t flags = rib_col_at(&col[BEST_FLAGS], i);

    if (source >= RIB_SOURCE_COUNT || distance > UINT8_MAX)
        return "source or distance of a best route out of range";
    r->source = (uint8_t)source;
    r->distance = (uint8_t)distance;
    r->metric = rib_col_at(&col[BEST_METRIC], i);
    r->tag = rib_col_at(&col[BEST_TAG], i);
    r->has_label = (flags & FLAG_LABEL) != 0;
    r->is_usable = (flags & FLAG_USABLE) != 0;
    return get_paths(paths, rib_col_at(&col[BEST_PATHS], i), r) ? NULL : "next hops of a best route out of range";
}

static const char *get_best_routes(const Strata__Rib__BestRoutes *m, const struct rib_col *col,
                                   const struct paths_in *paths, const struct rib_msg_client_sink *sink)
{
    struct wire_reader prefixes = rib_reader_of(&m->prefixes);
    struct rib_best_route r;

    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        const char *wrong;

        r.vrf = rib_col_at(&col[BEST_VRF], i);
        if (!rib_get_prefix(&prefixes, &r.prefix) || !ip_addr_is_set(&r.prefix.addr))
            return "malformed prefix of a best route";
        if (rib_col_at(&col[BEST_GONE], i)) {
            sink->ops->route_gone(sink->arg, r.vrf, &r.prefix, m->epoch);
            continue;
        }
        wrong = get_best_route(col, i, paths, &r);
        if (wrong)
            return wrong;
        sink->ops->route(sink->arg, &r, m->epoch);
    }
    return NULL;
}

const char *rib_msg_best_routes_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__BestRoutes *m = (const Strata__Rib__BestRoutes *)(const void *)base;
    struct rib_col col[BEST_COLS] = {rib_col_of(m->is_gone, m->n_is_gone), rib_col_of(m->vrf, m->n_vrf),
                                     rib_col_of(m->source, m->n_source),   rib_col_of(m->distance, m->n_distance),
                                     rib_col_of(m->metric, m->n_metric),   rib_col_of(m->tag, m->n_tag),
                                     rib_col_of(m->flags, m->n_flags),     rib_col_of(m->paths, m->n_paths)};
    struct rib_scratch scratch = {0};
    struct paths_in paths;
    const char *wrong = "columns of best routes do not fit";

    if (m->count <= RIB_BATCH_MAX && rib_cols_fit(col, BEST_COLS, m->count) && paths_in_init(&paths, m, &scratch))
        wrong = get_best_routes(m, col, &paths, sink);
    rib_scratch_fini(&scratch);
    return wrong;
}

/* --- RoutesComplete --- */

void rib_msg_routes_complete_encode(struct rib_msg_buf *out, uint32_t vrf, uint64_t epoch)
{
    Strata__Rib__RoutesComplete m = STRATA__RIB__ROUTES_COMPLETE__INIT;

    m.vrf = vrf;
    m.epoch = epoch;
    rib_msg_pack(out, &m.base);
}

const char *rib_msg_routes_complete_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__RoutesComplete *m = (const Strata__Rib__RoutesComplete *)(const void *)base;

    sink->ops->routes_complete(sink->arg, m->vrf, m->epoch);
    return NULL;
}

/* --- RoutesFailed --- */

void rib_msg_routes_failed_encode(struct rib_msg_buf *out, const struct rib_row_route_failed *rows, size_t n)
{
    Strata__Rib__RoutesFailed m = STRATA__RIB__ROUTES_FAILED__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    size_t size = n * RIB_PREFIX_WIRE_MAX;
    struct wire_writer prefixes = wire_writer_of(rib_scratch_bytes(scratch, size), size);

    m.vrf = rib_scratch_u32(scratch, n);
    m.reason = rib_scratch_bytes(scratch, n * sizeof(char *));
    for (size_t i = 0; i < n; i++) {
        m.vrf[i] = rows[i].vrf;
        m.reason[i] = (char *)rows[i].reason;
        rib_put_prefix(&prefixes, &rows[i].prefix);
    }
    m.count = (uint32_t)n;
    m.n_vrf = rib_col_width(m.vrf, n);
    m.n_reason = rib_text_width(m.reason, n);
    m.prefixes = (ProtobufCBinaryData){.len = prefixes.pos, .data = prefixes.data};
    rib_msg_pack(out, &m.base);
}

const char *rib_msg_routes_failed_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__RoutesFailed *m = (const Strata__Rib__RoutesFailed *)(const void *)base;
    struct rib_col vrf = rib_col_of(m->vrf, m->n_vrf);
    struct wire_reader prefixes = rib_reader_of(&m->prefixes);
    struct prefix p;

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(&vrf, 1, m->count) || (m->n_reason > 1 && m->n_reason != m->count))
        return "columns of failed routes do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        if (!rib_get_prefix(&prefixes, &p) || !ip_addr_is_set(&p.addr))
            return "malformed prefix of a failed route";
        sink->ops->route_failed(sink->arg, rib_col_at(&vrf, i), &p, rib_text_at(m->reason, m->n_reason, i));
    }
    return NULL;
}
