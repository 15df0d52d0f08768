/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoding of path attributes: a table row says which flags an attribute has, how it is read, and what a defect of it
 * means (RFC 7606 s7; RFC 6793 for the AS4 twins; RFC 8092 large communities). The block's end is known from outside,
 * so a bad attribute never hides the NLRI behind it. Pure: writes only to *out, the scratch and *e.
 */
#include "bgpd/packet/attr.h"

#include <string.h>

#include "strata/wire.h"

struct decoder {
    const struct bgp_attr_context *ctx;
    struct bgp_attr_scratch *scratch;
    struct bgp_attr_result *out;
    size_t unknown_len;
    struct bgp_bytes as4_path; /* canonical, in scratch */
    bool has_as4_aggregator;
    uint32_t as4_aggregator_as, as4_aggregator_id;
};

const char *bgp_origin_name(uint8_t origin)
{
    static const char *const names[] = {"igp", "egp", "incomplete"};

    return origin <= BGP_ORIGIN_INCOMPLETE ? names[origin] : "?";
}

static struct bgp_bytes rest(struct wire_reader *v)
{
    size_t len = wire_left(v);

    return (struct bgp_bytes){wire_bytes(v, len), len};
}

static bool decode_origin(struct decoder *d, struct wire_reader *v)
{
    d->out->attrs.origin = wire_u8(v);
    d->out->has_origin = !v->failed && !wire_left(v) && d->out->attrs.origin <= BGP_ORIGIN_INCOMPLETE;
    return d->out->has_origin;
}

static bool decode_as_path(struct decoder *d, struct wire_reader *v)
{
    struct bgp_bytes path = rest(v);

    if (!bgp_as_path_is_valid(path, d->ctx->is_as4 ? 4 : 2))
        return false;
    d->out->has_as_path = true;
    if (!d->ctx->is_as4) {
        path.len = bgp_as_path_widen(path, d->scratch->as_path);
        path.data = d->scratch->as_path;
    }
    d->out->attrs.as_path = path;
    return true;
}

static bool decode_next_hop(struct decoder *d, struct wire_reader *v)
{
    d->out->attrs.next_hop = ip_addr_v4(wire_be32(v));
    d->out->has_next_hop = !v->failed && !wire_left(v);
    return d->out->has_next_hop;
}

static bool decode_med(struct decoder *d, struct wire_reader *v)
{
    d->out->attrs.med = wire_be32(v);
    d->out->attrs.has_med = !v->failed && !wire_left(v);
    return d->out->attrs.has_med;
}

static bool decode_local_pref(struct decoder *d, struct wire_reader *v)
{
    d->out->attrs.local_pref = wire_be32(v);
    d->out->attrs.has_local_pref = !v->failed && !wire_left(v);
    return d->out->attrs.has_local_pref;
}

static bool decode_atomic_aggregate(struct decoder *d, struct wire_reader *v)
{
    d->out->attrs.has_atomic_aggregate = wire_left(v) == 0;
    return d->out->attrs.has_atomic_aggregate;
}

static bool decode_aggregator(struct decoder *d, struct wire_reader *v)
{
    struct bgp_attrs *a = &d->out->attrs;

    a->aggregator_as = d->ctx->is_as4 ? wire_be32(v) : wire_be16(v);
    a->aggregator_id = wire_be32(v);
    a->has_aggregator = !v->failed && !wire_left(v) && a->aggregator_as != 0;
    return a->has_aggregator;
}

static bool decode_as4_path(struct decoder *d, struct wire_reader *v)
{
    struct bgp_bytes path = rest(v);

    if (d->ctx->is_as4 || path.len == 0 || !bgp_as_path_is_valid(path, 4))
        return false;
    d->as4_path = path;
    return true;
}

static bool decode_as4_aggregator(struct decoder *d, struct wire_reader *v)
{
    d->as4_aggregator_as = wire_be32(v);
    d->as4_aggregator_id = wire_be32(v);
    d->has_as4_aggregator = !d->ctx->is_as4 && !v->failed && !wire_left(v) && d->as4_aggregator_as != 0;
    return d->has_as4_aggregator;
}

static bool decode_list(struct wire_reader *v, size_t element, struct bgp_bytes *out)
{
    struct bgp_bytes list = rest(v);

    if (list.len == 0 || list.len % element)
        return false;
    *out = list;
    return true;
}

static bool decode_communities(struct decoder *d, struct wire_reader *v)
{
    return decode_list(v, 4, &d->out->attrs.communities);
}

static bool decode_ext_communities(struct decoder *d, struct wire_reader *v)
{
    return decode_list(v, 8, &d->out->attrs.ext_communities);
}

static bool decode_large_communities(struct decoder *d, struct wire_reader *v)
{
    return decode_list(v, 12, &d->out->attrs.large_communities);
}

static bool decode_originator_id(struct decoder *d, struct wire_reader *v)
{
    d->out->attrs.originator_id = wire_be32(v);
    d->out->attrs.has_originator_id = !v->failed && !wire_left(v);
    return d->out->attrs.has_originator_id;
}

static bool decode_cluster_list(struct decoder *d, struct wire_reader *v)
{
    return decode_list(v, 4, &d->out->attrs.cluster_list);
}

static bool decode_mp_reach(struct decoder *d, struct wire_reader *v)
{
    struct bgp_mp *mp = &d->out->reach;
    struct wire_reader next_hop;

    mp->afi = wire_be16(v);
    mp->safi = wire_u8(v);
    next_hop = wire_sub(v, wire_u8(v));
    wire_skip(v, 1); /* reserved, once the number of SNPAs */
    if (v->failed)
        return false;
    mp->next_hop = rest(&next_hop);
    mp->nlri = rest(v);
    mp->is_present = true;
    return true;
}

static bool decode_mp_unreach(struct decoder *d, struct wire_reader *v)
{
    struct bgp_mp *mp = &d->out->unreach;

    mp->afi = wire_be16(v);
    mp->safi = wire_u8(v);
    if (v->failed)
        return false;
    mp->nlri = rest(v);
    mp->is_present = true;
    return true;
}

/* Attributes that are not used here but whose form is checked before they are passed on. */
static bool check_ipv6_ext_communities(struct decoder *d, struct wire_reader *v)
{
    struct bgp_bytes ignored;

    (void)d;
    return decode_list(v, 20, &ignored);
}

static bool check_otc(struct decoder *d, struct wire_reader *v)
{
    (void)d;
    return wire_left(v) == 4;
}

static bool check_prefix_sid(struct decoder *d, struct wire_reader *v)
{
    (void)d;
    if (!wire_left(v))
        return false;
    while (wire_left(v)) {
        wire_skip(v, 1);
        wire_skip(v, wire_be16(v));
    }
    return !v->failed;
}

static bool refuse(struct decoder *d, struct wire_reader *v)
{
    (void)d;
    (void)v;
    return false;
}

enum {
    WELL_KNOWN = BGP_FLAG_TRANSITIVE,
    OPTIONAL = BGP_FLAG_OPTIONAL,
    OPTIONAL_TRANSITIVE = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE,
    ANY_FLAGS = 0xff
};

struct attr_row {
    uint8_t type;
    uint8_t flags; /* optional and transitive bits that it must have */
    enum bgp_outcome on_defect;
    bool is_ibgp_only; /* from an EBGP peer: discarded unread */
    bool is_passed_on; /* checked only; travels among the unknown ones */
    bool (*decode)(struct decoder *d, struct wire_reader *value);
};

static const struct attr_row rows[] = {
    {BGP_ATTR_ORIGIN, WELL_KNOWN, BGP_TREAT_AS_WITHDRAW, false, false, decode_origin},
    {BGP_ATTR_AS_PATH, WELL_KNOWN, BGP_TREAT_AS_WITHDRAW, false, false, decode_as_path},
    {BGP_ATTR_NEXT_HOP, WELL_KNOWN, BGP_TREAT_AS_WITHDRAW, false, false, decode_next_hop},
    {BGP_ATTR_MED, OPTIONAL, BGP_TREAT_AS_WITHDRAW, false, false, decode_med},
    {BGP_ATTR_LOCAL_PREF, WELL_KNOWN, BGP_TREAT_AS_WITHDRAW, true, false, decode_local_pref},
    {BGP_ATTR_ATOMIC_AGGREGATE, WELL_KNOWN, BGP_DISCARD_ATTRIBUTE, false, false, decode_atomic_aggregate},
    {BGP_ATTR_AGGREGATOR, OPTIONAL_TRANSITIVE, BGP_DISCARD_ATTRIBUTE, false, false, decode_aggregator},
    {BGP_ATTR_COMMUNITIES, OPTIONAL_TRANSITIVE, BGP_TREAT_AS_WITHDRAW, false, false, decode_communities},
    {BGP_ATTR_ORIGINATOR_ID, OPTIONAL, BGP_TREAT_AS_WITHDRAW, true, false, decode_originator_id},
    {BGP_ATTR_CLUSTER_LIST, OPTIONAL, BGP_TREAT_AS_WITHDRAW, true, false, decode_cluster_list},
    {BGP_ATTR_MP_REACH, OPTIONAL, BGP_RESET, false, false, decode_mp_reach},
    {BGP_ATTR_MP_UNREACH, OPTIONAL, BGP_RESET, false, false, decode_mp_unreach},
    {BGP_ATTR_EXT_COMMUNITIES, OPTIONAL_TRANSITIVE, BGP_TREAT_AS_WITHDRAW, false, false, decode_ext_communities},
    {BGP_ATTR_AS4_PATH, OPTIONAL_TRANSITIVE, BGP_DISCARD_ATTRIBUTE, false, false, decode_as4_path},
    {BGP_ATTR_AS4_AGGREGATOR, OPTIONAL_TRANSITIVE, BGP_DISCARD_ATTRIBUTE, false, false, decode_as4_aggregator},
    {BGP_ATTR_IPV6_EXT_COMMUNITIES, OPTIONAL_TRANSITIVE, BGP_TREAT_AS_WITHDRAW, false, true,
     check_ipv6_ext_communities},
    {BGP_ATTR_AIGP, ANY_FLAGS, BGP_DISCARD_ATTRIBUTE, false, false, refuse}, /* not enabled (RFC 7311 s3.2) */
    {BGP_ATTR_LARGE_COMMUNITIES, OPTIONAL_TRANSITIVE, BGP_TREAT_AS_WITHDRAW, false, false, decode_large_communities},
    {BGP_ATTR_OTC, OPTIONAL_TRANSITIVE, BGP_TREAT_AS_WITHDRAW, false, true, check_otc},
    {BGP_ATTR_PREFIX_SID, OPTIONAL_TRANSITIVE, BGP_DISCARD_ATTRIBUTE, false, true, check_prefix_sid},
};

static const struct attr_row *find_row(uint8_t type)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

/* One attribute as it stands in the block. */
struct raw_attr {
    const uint8_t *start; /* of its header */
    size_t whole_len;
    uint8_t flags, type;
    struct wire_reader value;
};

static void worsen(struct bgp_error *e, enum bgp_outcome o, uint8_t type, size_t offset)
{
    if (o <= e->outcome)
        return;
    e->outcome = o;
    e->attribute = type;
    e->offset = (uint16_t)offset;
}

static void reset(struct bgp_error *e, uint8_t subcode, const struct raw_attr *raw, size_t offset)
{
    if (e->outcome == BGP_RESET)
        return;
    worsen(e, BGP_RESET, raw->type, offset);
    bgp_error_reset(e, BGP_ERROR_UPDATE, subcode, raw->start, raw->whole_len);
}

/* The partial bit says that somebody on the way did not know the attribute (RFC 4271 s5). */
static void pass_on(struct decoder *d, const struct raw_attr *raw)
{
    struct wire_writer w =
        wire_writer_of(d->scratch->unknown + d->unknown_len, sizeof(d->scratch->unknown) - d->unknown_len);

    bgp_attr_header_put(&w, (uint8_t)((raw->flags & OPTIONAL_TRANSITIVE) | BGP_FLAG_PARTIAL), raw->type,
                        raw->value.len);
    wire_put_bytes(&w, raw->value.data, raw->value.len);
    if (!w.failed)
        d->unknown_len += w.pos;
}

static void decode_unknown(struct decoder *d, const struct raw_attr *raw, struct bgp_error *e, size_t offset)
{
    if (!(raw->flags & BGP_FLAG_OPTIONAL))
        reset(e, BGP_UPDATE_UNKNOWN_WELL_KNOWN, raw, offset);
    else if (raw->flags & BGP_FLAG_TRANSITIVE)
        pass_on(d, raw);
}

static void decode_one(struct decoder *d, struct raw_attr *raw, struct bgp_error *e, size_t offset)
{
    const struct attr_row *row = find_row(raw->type);
    struct wire_reader value = raw->value;
    bool is_good;

    if (!row) {
        decode_unknown(d, raw, e, offset);
        return;
    }
    if (row->is_ibgp_only && d->ctx->is_ebgp) {
        worsen(e, BGP_DISCARD_ATTRIBUTE, raw->type, offset);
        return;
    }
    if (row->flags != ANY_FLAGS && (raw->flags & OPTIONAL_TRANSITIVE) != row->flags) {
        if (row->on_defect == BGP_RESET)
            reset(e, BGP_UPDATE_OPTIONAL_ERROR, raw, offset);
        else
            worsen(e, BGP_TREAT_AS_WITHDRAW, raw->type, offset);
        return;
    }
    is_good = row->decode(d, &value);
    if (is_good && row->is_passed_on)
        pass_on(d, raw);
    if (is_good)
        return;
    if (row->on_defect == BGP_RESET)
        reset(e, BGP_UPDATE_OPTIONAL_ERROR, raw, offset);
    else
        worsen(e, row->on_defect, raw->type, offset);
}

/* Takes the next attribute off the block. False if what is left is no whole attribute. */
static bool next_attribute(struct wire_reader *r, struct raw_attr *raw)
{
    raw->start = r->data + r->pos;
    size_t from = r->pos;

    raw->flags = wire_u8(r);
    raw->type = wire_u8(r);
    raw->value = wire_sub(r, raw->flags & BGP_FLAG_EXTENDED ? wire_be16(r) : wire_u8(r));
    raw->whole_len = r->pos - from;
    return !r->failed;
}

/* The AS4 twins complete what a 2-octet peer could not say (RFC 6793 s4.2.3). */
static void merge_as4(struct decoder *d)
{
    struct bgp_attrs *a = &d->out->attrs;

    if (a->has_aggregator && d->has_as4_aggregator) {
        if (a->aggregator_as != BGP_AS_TRANS)
            return; /* somebody aggregated without knowing of the twins: both are stale */
        a->aggregator_as = d->as4_aggregator_as;
        a->aggregator_id = d->as4_aggregator_id;
    }
    if (d->as4_path.len && d->out->has_as_path) {
        uint8_t *out =
            d->scratch->as_path + sizeof(d->scratch->as_path) / 2; /* the widened path is in the first half */

        a->as_path.len = bgp_as_path_merge(a->as_path, d->as4_path, out);
        a->as_path.data = out;
    }
}

enum bgp_outcome bgp_attrs_decode(struct bgp_bytes block, const struct bgp_attr_context *ctx,
                                  struct bgp_attr_scratch *scratch, struct bgp_attr_result *out, struct bgp_error *e)
{
    struct decoder d = {.ctx = ctx, .scratch = scratch, .out = out};
    struct wire_reader r = wire_reader_of(block.data, block.len);
    uint8_t seen[32] = {0};

    *out = (struct bgp_attr_result){0};
    while (wire_left(&r)) {
        struct raw_attr raw;
        size_t offset = r.pos;
        uint8_t bit;

        if (!next_attribute(&r, &raw)) {
            worsen(e, BGP_TREAT_AS_WITHDRAW, raw.type,
                   offset); /* RFC 7606 s4: the block's length still finds the NLRI */
            break;
        }
        bit = (uint8_t)(1u << (raw.type % 8));
        if (out->n_attributes < UINT8_MAX)
            out->n_attributes++;
        if (seen[raw.type / 8] & bit) {
            if (raw.type == BGP_ATTR_MP_REACH || raw.type == BGP_ATTR_MP_UNREACH)
                reset(e, BGP_UPDATE_MALFORMED_LIST, &raw, offset);
            continue; /* keep the first (RFC 7606 s3 g) */
        }
        seen[raw.type / 8] |= bit;
        decode_one(&d, &raw, e, offset);
    }
    merge_as4(&d);
    out->attrs.unknown = (struct bgp_bytes){scratch->unknown, d.unknown_len};
    return e->outcome;
}
