/* SPDX-License-Identifier: Apache-2.0
 *
 * The BGP header and the small messages (RFC 4271 s4.1, s4.4, s4.5; RFC 2918): bytes to values and back. Knows no
 * session state; what a message means in a state is the FSM's business. Owns nothing.
 */
#include "bgpd/packet/message.h"

#include <stdio.h>
#include <string.h>

#include "strata/wire.h"

const char *bgp_message_type_name(enum bgp_message_type t)
{
    static const char *const names[] = {"?", "open", "update", "notification", "keepalive", "route-refresh"};

    return (size_t)t < sizeof(names) / sizeof(names[0]) ? names[t] : "?";
}

const char *bgp_outcome_name(enum bgp_outcome o)
{
    static const char *const names[] = {"accept", "discard-attribute", "treat-as-withdraw", "reset"};

    return (size_t)o < sizeof(names) / sizeof(names[0]) ? names[o] : "?";
}

static const struct {
    uint8_t code, subcode;
    const char *name;
} error_names[] = {
    {BGP_ERROR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED, "not-synchronized"},
    {BGP_ERROR_HEADER, BGP_HEADER_BAD_LENGTH, "bad-length"},
    {BGP_ERROR_HEADER, BGP_HEADER_BAD_TYPE, "bad-type"},
    {BGP_ERROR_OPEN, BGP_OPEN_MALFORMED, "malformed"},
    {BGP_ERROR_OPEN, BGP_OPEN_BAD_VERSION, "unsupported-version"},
    {BGP_ERROR_OPEN, BGP_OPEN_BAD_AS, "bad-peer-as"},
    {BGP_ERROR_OPEN, BGP_OPEN_BAD_ID, "bad-identifier"},
    {BGP_ERROR_OPEN, BGP_OPEN_BAD_PARAMETER, "unsupported-parameter"},
    {BGP_ERROR_OPEN, BGP_OPEN_BAD_HOLD_TIME, "unacceptable-hold-time"},
    {BGP_ERROR_OPEN, BGP_OPEN_BAD_CAPABILITY, "unsupported-capability"},
    {BGP_ERROR_UPDATE, BGP_UPDATE_MALFORMED_LIST, "malformed-attribute-list"},
    {BGP_ERROR_UPDATE, BGP_UPDATE_UNKNOWN_WELL_KNOWN, "unknown-well-known-attribute"},
    {BGP_ERROR_UPDATE, BGP_UPDATE_OPTIONAL_ERROR, "optional-attribute-error"},
    {BGP_ERROR_UPDATE, BGP_UPDATE_BAD_NETWORK, "invalid-network-field"},
    {BGP_ERROR_FSM, 1, "unexpected-in-open-sent"},
    {BGP_ERROR_FSM, 2, "unexpected-in-open-confirm"},
    {BGP_ERROR_FSM, 3, "unexpected-in-established"},
    {BGP_ERROR_CEASE, BGP_CEASE_MAX_PREFIX, "maximum-prefixes"},
    {BGP_ERROR_CEASE, BGP_CEASE_SHUTDOWN, "administrative-shutdown"},
    {BGP_ERROR_CEASE, BGP_CEASE_DECONFIGURED, "peer-deconfigured"},
    {BGP_ERROR_CEASE, BGP_CEASE_RESET, "administrative-reset"},
    {BGP_ERROR_CEASE, BGP_CEASE_REJECTED, "connection-rejected"},
    {BGP_ERROR_CEASE, BGP_CEASE_CHANGED, "configuration-change"},
    {BGP_ERROR_CEASE, BGP_CEASE_COLLISION, "connection-collision"},
    {BGP_ERROR_CEASE, BGP_CEASE_RESOURCES, "out-of-resources"},
};

char *bgp_error_text(uint8_t code, uint8_t subcode, char *buf, size_t size)
{
    static const char *const codes[] = {"none",      "header-error", "open-error", "update-error", "hold-timer-expired",
                                        "fsm-error", "cease"};
    const char *sub = NULL;

    for (size_t i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++)
        if (error_names[i].code == code && error_names[i].subcode == subcode)
            sub = error_names[i].name;
    if (code >= sizeof(codes) / sizeof(codes[0]))
        snprintf(buf, size, "code-%u/%u", code, subcode);
    else if (sub)
        snprintf(buf, size, "%s/%s", codes[code], sub);
    else if (subcode)
        snprintf(buf, size, "%s/%u", codes[code], subcode);
    else
        snprintf(buf, size, "%s", codes[code]);
    return buf;
}

enum bgp_outcome bgp_error_reset(struct bgp_error *e, uint8_t code, uint8_t subcode, const void *data, size_t len)
{
    if (len > BGP_ERROR_DATA_MAX)
        len = BGP_ERROR_DATA_MAX;
    e->outcome = BGP_RESET;
    e->code = code;
    e->subcode = subcode;
    e->data_len = (uint8_t)len;
    if (len)
        memcpy(e->data, data, len);
    return BGP_RESET;
}

/* Shortest and longest length by type (RFC 4271 s4.1-4.5, RFC 2918); `max` 0 says exactly `min`. */
static const struct {
    uint16_t min, max;
} lengths[] = {
    [BGP_MESSAGE_OPEN] = {29, BGP_MESSAGE_MAX},          [BGP_MESSAGE_UPDATE] = {23, BGP_MESSAGE_MAX},
    [BGP_MESSAGE_NOTIFICATION] = {21, BGP_MESSAGE_MAX},  [BGP_MESSAGE_KEEPALIVE] = {19, 19},
    [BGP_MESSAGE_ROUTE_REFRESH] = {23, BGP_MESSAGE_MAX}, /* longer ones carry ORFs, which are not spoken here */
};

enum bgp_header_status bgp_header_decode(const uint8_t *data, size_t len, struct bgp_header *h, struct bgp_error *e)
{
    size_t marker = len < 16 ? len : 16;

    for (size_t i = 0; i < marker; i++) {
        if (data[i] != 0xff) {
            bgp_error_reset(e, BGP_ERROR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED, NULL, 0);
            return BGP_HEADER_ERROR;
        }
    }
    if (len < BGP_HEADER_LEN)
        return BGP_HEADER_MORE;
    h->len = (uint16_t)(data[16] << 8 | data[17]);
    h->type = data[18];
    if (h->len < BGP_HEADER_LEN || h->len > BGP_MESSAGE_MAX) {
        bgp_error_reset(e, BGP_ERROR_HEADER, BGP_HEADER_BAD_LENGTH, data + 16, 2);
        return BGP_HEADER_ERROR;
    }
    if (h->type < BGP_MESSAGE_OPEN || h->type > BGP_MESSAGE_ROUTE_REFRESH) {
        bgp_error_reset(e, BGP_ERROR_HEADER, BGP_HEADER_BAD_TYPE, data + 18, 1);
        return BGP_HEADER_ERROR;
    }
    if (h->len < lengths[h->type].min || h->len > lengths[h->type].max) {
        bgp_error_reset(e, BGP_ERROR_HEADER, BGP_HEADER_BAD_LENGTH, data + 16, 2);
        return BGP_HEADER_ERROR;
    }
    return len < h->len ? BGP_HEADER_MORE : BGP_HEADER_OK;
}

bool bgp_notification_decode(const uint8_t *body, size_t len, struct bgp_notification *n)
{
    struct wire_reader r = wire_reader_of(body, len);

    n->code = wire_u8(&r);
    n->subcode = wire_u8(&r);
    n->data_len = wire_left(&r);
    n->data = wire_bytes(&r, n->data_len);
    return !r.failed;
}

bool bgp_refresh_decode(const uint8_t *body, size_t len, struct bgp_refresh *r, struct bgp_error *e)
{
    struct wire_reader reader = wire_reader_of(body, len);

    r->afi = wire_be16(&reader);
    r->subtype = wire_u8(&reader);
    r->safi = wire_u8(&reader);
    if (!reader.failed)
        return true;
    bgp_error_reset(e, BGP_ERROR_HEADER, BGP_HEADER_BAD_LENGTH, NULL, 0);
    return false;
}

void bgp_message_begin(struct wire_writer *w, enum bgp_message_type type)
{
    static const uint8_t marker[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    wire_put_bytes(w, marker, sizeof(marker));
    wire_reserve(w, 2);
    wire_put_u8(w, (uint8_t)type);
}

size_t bgp_message_end(struct wire_writer *w)
{
    if (w->failed || w->pos > BGP_MESSAGE_MAX)
        return 0;
    wire_patch_be16(w, 16, (uint16_t)w->pos);
    return w->pos;
}

size_t bgp_keepalive_encode(uint8_t *buf, size_t size)
{
    struct wire_writer w = wire_writer_of(buf, size);

    bgp_message_begin(&w, BGP_MESSAGE_KEEPALIVE);
    return bgp_message_end(&w);
}

size_t bgp_notification_encode(uint8_t *buf, size_t size, const struct bgp_notification *n)
{
    struct wire_writer w = wire_writer_of(buf, size);

    bgp_message_begin(&w, BGP_MESSAGE_NOTIFICATION);
    wire_put_u8(&w, n->code);
    wire_put_u8(&w, n->subcode);
    if (n->data_len)
        wire_put_bytes(&w, n->data, n->data_len);
    return bgp_message_end(&w);
}

size_t bgp_refresh_encode(uint8_t *buf, size_t size, const struct bgp_refresh *r)
{
    struct wire_writer w = wire_writer_of(buf, size);

    bgp_message_begin(&w, BGP_MESSAGE_ROUTE_REFRESH);
    wire_put_be16(&w, r->afi);
    wire_put_u8(&w, r->subtype);
    wire_put_u8(&w, r->safi);
    return bgp_message_end(&w);
}
