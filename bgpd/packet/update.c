/* SPDX-License-Identifier: Apache-2.0
 *
 * UPDATE (RFC 4271 s4.3, RFC 4760) with the revised error handling of RFC 7606: the frame first (its lengths find the
 * NLRI whatever the attributes hold), then the attributes, then every NLRI is walked once so that users can't meet a
 * bad one. IPv4 unicast is sent in the classic fields, everything else in MP_REACH/MP_UNREACH, which stand first. Pure.
 */
#include "bgpd/packet/update.h"

#include <string.h>

#include "strata/wire.h"

struct wire_reader bgp_update_part_reader(const struct bgp_update_part *p)
{
    return wire_reader_of(p->nlri.data, p->nlri.len);
}

static bool nlri_is_good(enum bgp_family f, struct bgp_bytes nlri, bool is_withdraw)
{
    const struct bgp_family_info *info = bgp_family_info(f);
    struct wire_reader r = wire_reader_of(nlri.data, nlri.len);
    struct bgp_nlri n;

    for (;;) {
        switch (info->decode(info, &r, is_withdraw, &n)) {
        case BGP_NLRI_OK:
        case BGP_NLRI_SKIP:
            break;
        case BGP_NLRI_END:
            return true;
        case BGP_NLRI_ERROR:
            return false;
        }
    }
}

/* The classic fields always mean IPv4 unicast. False: reset. */
static bool take_classic(struct bgp_update_part *part, struct bgp_bytes nlri, bool is_withdraw,
                         const struct bgp_update_context *ctx, struct bgp_error *e)
{
    if (!nlri_is_good(BGP_IPV4_UNICAST, nlri, is_withdraw)) {
        bgp_error_reset(e, BGP_ERROR_UPDATE, BGP_UPDATE_BAD_NETWORK, NULL, 0);
        return false;
    }
    part->family = BGP_IPV4_UNICAST;
    part->nlri = nlri;
    part->is_present = nlri.len && (ctx->families & BGP_FAMILY_BIT(BGP_IPV4_UNICAST));
    return true;
}

/* MP_REACH or MP_UNREACH. A family that was not negotiated is ignored. False: reset. */
static bool take_mp(struct bgp_update_part *part, const struct bgp_mp *mp, bool is_withdraw,
                    const struct bgp_update_context *ctx, struct bgp_error *e)
{
    const struct bgp_family_info *info;
    struct wire_reader next_hop = wire_reader_of(mp->next_hop.data, mp->next_hop.len);

    if (!mp->is_present)
        return true;
    part->family = bgp_family_find(mp->afi, mp->safi);
    if (part->family == BGP_FAMILY_COUNT || !(ctx->families & BGP_FAMILY_BIT(part->family)))
        return true;
    info = bgp_family_info(part->family);
    if ((!is_withdraw && mp->next_hop.len != info->next_hop_len) ||
        !nlri_is_good(part->family, mp->nlri, is_withdraw)) {
        e->attribute = is_withdraw ? BGP_ATTR_MP_UNREACH : BGP_ATTR_MP_REACH;
        bgp_error_reset(e, BGP_ERROR_UPDATE, BGP_UPDATE_OPTIONAL_ERROR, NULL, 0);
        return false;
    }
    if (!is_withdraw)
        info->next_hop_decode(&next_hop, &part->next_hop);
    part->nlri = mp->nlri;
    part->is_present = true;
    return true;
}

/* Mandatory attributes (RFC 7606 s3 d) and messages whose routes cannot be told (s5.2). */
static void check_whole(struct bgp_update *u, const struct bgp_attr_result *a, bool has_classic)
{
    bool has_reachable = has_classic || a->reach.is_present;

    if (has_reachable && (!a->has_origin || !a->has_as_path || (has_classic && !a->has_next_hop)) &&
        u->error.outcome < BGP_TREAT_AS_WITHDRAW)
        u->error.outcome = BGP_TREAT_AS_WITHDRAW;
    if (u->error.outcome == BGP_TREAT_AS_WITHDRAW && !has_reachable)
        bgp_error_reset(&u->error, BGP_ERROR_UPDATE, BGP_UPDATE_MALFORMED_LIST, NULL, 0);
}

static void find_end_of_rib(struct bgp_update *u, const struct bgp_attr_result *a, size_t classic_len)
{
    if (classic_len || u->error.outcome != BGP_ACCEPT)
        return;
    if (a->n_attributes == 0) {
        u->is_end_of_rib = true;
        u->end_of_rib = BGP_IPV4_UNICAST;
    } else if (a->n_attributes == 1 && u->withdrawn[1].is_present && u->withdrawn[1].nlri.len == 0) {
        u->is_end_of_rib = true;
        u->end_of_rib = u->withdrawn[1].family;
    }
}

enum bgp_outcome bgp_update_decode(const uint8_t *body, size_t len, const struct bgp_update_context *ctx,
                                   struct bgp_attr_scratch *scratch, struct bgp_update *u)
{
    struct wire_reader r = wire_reader_of(body, len);
    struct bgp_attr_result a;
    struct bgp_bytes withdrawn, block, nlri;

    *u = (struct bgp_update){0};
    withdrawn.len = wire_be16(&r);
    withdrawn.data = wire_bytes(&r, withdrawn.len);
    block.len = wire_be16(&r);
    block.data = wire_bytes(&r, block.len);
    if (r.failed)
        return bgp_error_reset(&u->error, BGP_ERROR_UPDATE, BGP_UPDATE_MALFORMED_LIST, NULL, 0);
    nlri.len = wire_left(&r);
    nlri.data = wire_bytes(&r, nlri.len);

    if (bgp_attrs_decode(block, &ctx->attr, scratch, &a, &u->error) == BGP_RESET)
        return BGP_RESET;
    if (!take_classic(&u->withdrawn[0], withdrawn, true, ctx, &u->error) ||
        !take_mp(&u->withdrawn[1], &a.unreach, true, ctx, &u->error) ||
        !take_classic(&u->announced[0], nlri, false, ctx, &u->error) ||
        !take_mp(&u->announced[1], &a.reach, false, ctx, &u->error))
        return BGP_RESET;
    u->announced[0].next_hop = a.attrs.next_hop;
    check_whole(u, &a, nlri.len > 0);
    find_end_of_rib(u, &a, withdrawn.len + nlri.len);
    u->attrs = a.attrs;
    u->attrs.next_hop = (struct ip_addr){0};
    return u->error.outcome;
}

/* As many NLRI as fit into `room` octets. */
static size_t put_nlri(struct wire_writer *w, enum bgp_family f, size_t room, bool is_withdraw,
                       const struct bgp_nlri *nlri, size_t n)
{
    const struct bgp_family_info *info = bgp_family_info(f);
    size_t i;

    for (i = 0; i < n; i++) {
        size_t need = info->encoded_len(info, &nlri[i]);

        if (need > room)
            break;
        room -= need;
        info->encode(info, w, is_withdraw, &nlri[i]);
    }
    return i;
}

static size_t room_left(const struct wire_writer *w, size_t reserved)
{
    size_t taken = w->pos + reserved;
    size_t limit = w->size < BGP_MESSAGE_MAX ? w->size : BGP_MESSAGE_MAX;

    return w->failed || taken > limit ? 0 : limit - taken;
}

/* MP_REACH/MP_UNREACH with a length to be patched: always the extended form. Returns where the length stands. */
static size_t begin_mp(struct wire_writer *w, uint8_t type, enum bgp_family f)
{
    size_t len_at;

    wire_put_u8(w, BGP_FLAG_OPTIONAL | BGP_FLAG_EXTENDED);
    wire_put_u8(w, type);
    len_at = wire_reserve(w, 2);
    wire_put_be16(w, bgp_family_info(f)->afi);
    wire_put_u8(w, bgp_family_info(f)->safi);
    return len_at;
}

static void end_mp(struct wire_writer *w, size_t len_at)
{
    if (!w->failed)
        wire_patch_be16(w, len_at, (uint16_t)(w->pos - len_at - 2));
}

static size_t encode_classic(struct wire_writer *w, const struct bgp_attrs *a, bool is_as4, const struct bgp_nlri *nlri,
                             size_t n)
{
    size_t len_at;

    wire_put_be16(w, 0);
    len_at = wire_reserve(w, 2);
    bgp_attrs_encode(w, a, is_as4, true);
    if (!w->failed)
        wire_patch_be16(w, len_at, (uint16_t)(w->pos - len_at - 2));
    return put_nlri(w, BGP_IPV4_UNICAST, room_left(w, 0), false, nlri, n);
}

size_t bgp_update_encode(uint8_t *buf, size_t size, enum bgp_family f, const struct bgp_attrs *a, bool is_as4,
                         const struct bgp_nlri *nlri, size_t n, size_t *used)
{
    const struct bgp_family_info *info = bgp_family_info(f);
    struct wire_writer w = wire_writer_of(buf, size);
    uint8_t block[BGP_MESSAGE_MAX];
    struct wire_writer attrs = wire_writer_of(block, sizeof(block));
    size_t total_at, mp_at;

    bgp_message_begin(&w, BGP_MESSAGE_UPDATE);
    if (f == BGP_IPV4_UNICAST) {
        *used = encode_classic(&w, a, is_as4, nlri, n);
        return *used ? bgp_message_end(&w) : 0;
    }
    bgp_attrs_encode(&attrs, a, is_as4, false);
    wire_put_be16(&w, 0);
    total_at = wire_reserve(&w, 2);
    mp_at = begin_mp(&w, BGP_ATTR_MP_REACH, f);
    wire_put_u8(&w, info->next_hop_len);
    info->next_hop_encode(&w, &a->next_hop);
    wire_put_u8(&w, 0);
    *used = attrs.failed ? 0 : put_nlri(&w, f, room_left(&w, attrs.pos), false, nlri, n);
    if (*used == 0)
        return 0;
    end_mp(&w, mp_at);
    wire_put_bytes(&w, block, attrs.pos);
    if (!w.failed)
        wire_patch_be16(&w, total_at, (uint16_t)(w.pos - total_at - 2));
    return bgp_message_end(&w);
}

size_t bgp_withdraw_encode(uint8_t *buf, size_t size, enum bgp_family f, const struct bgp_nlri *nlri, size_t n,
                           size_t *used)
{
    struct wire_writer w = wire_writer_of(buf, size);
    size_t len_at, mp_at;

    bgp_message_begin(&w, BGP_MESSAGE_UPDATE);
    if (f == BGP_IPV4_UNICAST) {
        len_at = wire_reserve(&w, 2);
        *used = put_nlri(&w, f, room_left(&w, 2), true, nlri, n);
        if (!w.failed)
            wire_patch_be16(&w, len_at, (uint16_t)(w.pos - len_at - 2));
        wire_put_be16(&w, 0);
        return bgp_message_end(&w);
    }
    wire_put_be16(&w, 0);
    len_at = wire_reserve(&w, 2);
    mp_at = begin_mp(&w, BGP_ATTR_MP_UNREACH, f);
    *used = put_nlri(&w, f, room_left(&w, 0), true, nlri, n);
    end_mp(&w, mp_at);
    if (!w.failed)
        wire_patch_be16(&w, len_at, (uint16_t)(w.pos - len_at - 2));
    return bgp_message_end(&w);
}

size_t bgp_end_of_rib_encode(uint8_t *buf, size_t size, enum bgp_family f)
{
    size_t used;

    return bgp_withdraw_encode(buf, size, f, NULL, 0, &used);
}
