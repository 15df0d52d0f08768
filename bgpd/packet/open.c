/* SPDX-License-Identifier: Apache-2.0
 *
 * OPEN (RFC 4271 s4.2, s6.2), optional parameters (RFC 5492, extended length of RFC 9072), capabilities: multiprotocol
 * (RFC 4760), route refresh (RFC 2918), 4-octet AS numbers (RFC 6793). Every inner length is checked against the outer
 * one by a sub-reader. Pure.
 */
#include "bgpd/packet/open.h"

#include "bgpd/packet/family.h"
#include "strata/wire.h"

enum { OPEN_VERSION = 4, PARAMETER_CAPABILITY = 2, PARAMETER_EXTENDED = 255 };

static bool malformed(struct bgp_error *e, const struct wire_reader *r)
{
    bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_MALFORMED, NULL, 0);
    e->offset = (uint16_t)r->pos;
    return false;
}

typedef bool capability_fn(struct wire_reader *value, struct bgp_open *o);

static bool decode_multiprotocol(struct wire_reader *value, struct bgp_open *o)
{
    uint16_t afi = wire_be16(value);
    uint8_t safi;
    enum bgp_family f;

    wire_u8(value); /* reserved */
    safi = wire_u8(value);
    if (value->failed || wire_left(value))
        return false;
    f = bgp_family_find(afi, safi);
    o->has_multiprotocol = true;
    if (f < BGP_FAMILY_COUNT)
        o->families |= BGP_FAMILY_BIT(f);
    return true;
}

static bool decode_route_refresh(struct wire_reader *value, struct bgp_open *o)
{
    o->has_route_refresh = true;
    return wire_left(value) == 0;
}

static bool decode_as4(struct wire_reader *value, struct bgp_open *o)
{
    uint32_t as = wire_be32(value);

    if (value->failed || wire_left(value))
        return false;
    o->has_as4 = true;
    o->as = as;
    return true;
}

static const struct {
    uint8_t code;
    capability_fn *decode;
} capabilities[] = {{1, decode_multiprotocol}, {2, decode_route_refresh}, {65, decode_as4}};

static bool decode_capabilities(struct wire_reader r, struct bgp_open *o)
{
    while (wire_left(&r)) {
        uint8_t code = wire_u8(&r);
        struct wire_reader value = wire_sub(&r, wire_u8(&r));

        if (r.failed)
            return false;
        for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
            if (capabilities[i].code == code && !capabilities[i].decode(&value, o))
                return false;
    }
    return true;
}

/* The parameter block; with the extended form every parameter length has two octets (RFC 9072 s2). */
static bool decode_parameters(struct wire_reader *r, struct bgp_open *o, struct bgp_error *e)
{
    size_t len = wire_u8(r);
    bool is_extended = false;
    struct wire_reader block, probe = *r;

    if (len == PARAMETER_EXTENDED && wire_u8(&probe) == PARAMETER_EXTENDED && !probe.failed) {
        *r = probe;
        is_extended = true;
        len = wire_be16(r);
    }
    block = wire_sub(r, len);
    if (r->failed || wire_left(r))
        return malformed(e, r);
    while (wire_left(&block)) {
        uint8_t type = wire_u8(&block);
        size_t value_len = is_extended ? wire_be16(&block) : wire_u8(&block);
        struct wire_reader value = wire_sub(&block, value_len);

        if (block.failed)
            return malformed(e, &block);
        if (type != PARAMETER_CAPABILITY) {
            bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_PARAMETER, NULL, 0);
            return false;
        }
        if (!decode_capabilities(value, o))
            return malformed(e, &value);
    }
    return true;
}

bool bgp_open_decode(const uint8_t *body, size_t len, struct bgp_open *o, struct bgp_error *e)
{
    static const uint8_t supported_version[2] = {0, OPEN_VERSION};
    struct wire_reader r = wire_reader_of(body, len);
    uint8_t version = wire_u8(&r);

    *o = (struct bgp_open){0};
    *e = (struct bgp_error){0};
    o->as = wire_be16(&r);
    o->hold_time_sec = wire_be16(&r);
    o->router_id = wire_be32(&r);
    if (r.failed)
        return malformed(e, &r);
    if (version != OPEN_VERSION) {
        bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_VERSION, supported_version, sizeof(supported_version));
        return false;
    }
    if (!decode_parameters(&r, o, e))
        return false;
    if (!o->has_multiprotocol)
        o->families = BGP_FAMILY_BIT(BGP_IPV4_UNICAST);
    if (o->as == 0) { /* RFC 7607 s2 */
        bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_AS, NULL, 0);
        return false;
    }
    if (o->router_id == 0) {
        bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_ID, NULL, 0);
        return false;
    }
    if (o->hold_time_sec == 1 || o->hold_time_sec == 2) {
        bgp_error_reset(e, BGP_ERROR_OPEN, BGP_OPEN_BAD_HOLD_TIME, NULL, 0);
        return false;
    }
    return true;
}

static void put_capability(struct wire_writer *w, uint8_t code, uint8_t len)
{
    wire_put_u8(w, PARAMETER_CAPABILITY);
    wire_put_u8(w, (uint8_t)(len + 2));
    wire_put_u8(w, code);
    wire_put_u8(w, len);
}

size_t bgp_open_encode(uint8_t *buf, size_t size, const struct bgp_open *o)
{
    struct wire_writer w = wire_writer_of(buf, size);
    size_t len_at, start;

    bgp_message_begin(&w, BGP_MESSAGE_OPEN);
    wire_put_u8(&w, OPEN_VERSION);
    wire_put_be16(&w, o->as > UINT16_MAX ? (uint16_t)BGP_AS_TRANS : (uint16_t)o->as);
    wire_put_be16(&w, o->hold_time_sec);
    wire_put_be32(&w, o->router_id);
    len_at = wire_reserve(&w, 1);
    start = w.pos;
    for (enum bgp_family f = 0; o->has_multiprotocol && f < BGP_FAMILY_COUNT; f++) {
        if (!(o->families & BGP_FAMILY_BIT(f)))
            continue;
        put_capability(&w, 1, 4);
        wire_put_be16(&w, bgp_family_info(f)->afi);
        wire_put_u8(&w, 0);
        wire_put_u8(&w, bgp_family_info(f)->safi);
    }
    if (o->has_route_refresh)
        put_capability(&w, 2, 0);
    if (o->has_as4) {
        put_capability(&w, 65, 4);
        wire_put_be32(&w, o->as);
    }
    wire_patch_u8(&w, len_at, (uint8_t)(w.pos - start));
    return bgp_message_end(&w);
}
