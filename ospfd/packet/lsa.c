/* SPDX-License-Identifier: Apache-2.0
 *
 * See lsa.h: headers, validation, bodies. Every count is held against the length before it is used.
 */
#include "ospfd/packet/lsa.h"

enum {
    ROUTER_MIN = OSPF_LSA_HEADER + 4,
    NETWORK_MIN = OSPF_LSA_HEADER + 8, /* mask and at least one router */
    SUMMARY_MIN = OSPF_LSA_HEADER + 8,
    EXTERNAL_MIN = OSPF_LSA_HEADER + 16,
    ROUTER_LINK = 12,
    TOS_METRIC = 4,
    EXTERNAL_E = 0x80,
};

enum ospf_scope ospf_lsa_scope(uint32_t type)
{
    switch (type) {
    case OSPF_LSA_ROUTER:
    case OSPF_LSA_NETWORK:
    case OSPF_LSA_SUMMARY:
    case OSPF_LSA_ASBR_SUMMARY:
    case OSPF_LSA_OPAQUE_AREA:
        return OSPF_SCOPE_AREA;
    case OSPF_LSA_EXTERNAL:
    case OSPF_LSA_OPAQUE_AS:
        return OSPF_SCOPE_AS;
    case OSPF_LSA_OPAQUE_LINK:
        return OSPF_SCOPE_LINK;
    default: /* a number from the wire */
        return OSPF_SCOPE_UNKNOWN;
    }
}

const char *ospf_lsa_type_name(uint32_t type)
{
    static const char *const names[] = {
        [OSPF_LSA_ROUTER] = "router",           [OSPF_LSA_NETWORK] = "network",
        [OSPF_LSA_SUMMARY] = "summary",         [OSPF_LSA_ASBR_SUMMARY] = "asbr-summary",
        [OSPF_LSA_EXTERNAL] = "external",       [OSPF_LSA_OPAQUE_LINK] = "opaque-link",
        [OSPF_LSA_OPAQUE_AREA] = "opaque-area", [OSPF_LSA_OPAQUE_AS] = "opaque-as"};
    return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown";
}

bool ospf_lsa_header_read(struct wire_reader *r, struct ospf_lsa_header *h)
{
    h->age = wire_be16(r);
    h->options = wire_u8(r);
    h->key.type = wire_u8(r);
    h->key.id = wire_be32(r);
    h->key.adv = wire_be32(r);
    h->seq = (int32_t)wire_be32(r);
    h->checksum = wire_be16(r);
    h->length = wire_be16(r);
    return !r->failed;
}

void ospf_lsa_header_write(struct wire_writer *w, const struct ospf_lsa_header *h)
{
    wire_put_be16(w, h->age);
    wire_put_u8(w, h->options);
    wire_put_u8(w, (uint8_t)h->key.type);
    wire_put_be32(w, h->key.id);
    wire_put_be32(w, h->key.adv);
    wire_put_be32(w, (uint32_t)h->seq);
    wire_put_be16(w, h->checksum);
    wire_put_be16(w, h->length);
}

/* --- validation --- */

/* Links and their TOS metrics must fill the body exactly (A.4.2). */
static enum ospf_lsa_check check_router(const uint8_t *lsa, size_t len)
{
    struct wire_reader r = wire_reader_of(lsa + OSPF_LSA_HEADER, len - OSPF_LSA_HEADER);
    wire_skip(&r, 2);
    uint16_t n = wire_be16(&r);
    if ((size_t)n * ROUTER_LINK > wire_left(&r))
        return OSPF_LSA_BAD_LENGTH;
    for (uint16_t i = 0; i < n; i++) {
        wire_skip(&r, 9);
        uint8_t n_tos = wire_u8(&r);
        wire_skip(&r, 2 + (size_t)n_tos * TOS_METRIC);
        if (r.failed)
            return OSPF_LSA_BAD_LENGTH;
    }
    if (wire_left(&r) != 0)
        return OSPF_LSA_BAD_LENGTH;
    struct ospf_lsa_header h;
    r = wire_reader_of(lsa, len);
    ospf_lsa_header_read(&r, &h);
    return h.key.id == h.key.adv ? OSPF_LSA_GOOD : OSPF_LSA_BAD_CONTENT; /* s12.4.1: LS id is the router id */
}

static enum ospf_lsa_check check_mask(const uint8_t *lsa)
{
    struct wire_reader r = wire_reader_of(lsa + OSPF_LSA_HEADER, 4);
    return ospf_mask_length(wire_be32(&r)) >= 0 ? OSPF_LSA_GOOD : OSPF_LSA_BAD_CONTENT;
}

static enum ospf_lsa_check check_body(uint32_t type, const uint8_t *lsa, size_t len)
{
    switch (type) {
    case OSPF_LSA_ROUTER:
        return len < ROUTER_MIN ? OSPF_LSA_BAD_LENGTH : check_router(lsa, len);
    case OSPF_LSA_NETWORK:
        return len < NETWORK_MIN || len % 4 != 0 ? OSPF_LSA_BAD_LENGTH : check_mask(lsa);
    case OSPF_LSA_SUMMARY:
        return len < SUMMARY_MIN || len % 4 != 0 ? OSPF_LSA_BAD_LENGTH : check_mask(lsa);
    case OSPF_LSA_ASBR_SUMMARY:
        return len < SUMMARY_MIN || len % 4 != 0 ? OSPF_LSA_BAD_LENGTH : OSPF_LSA_GOOD;
    case OSPF_LSA_EXTERNAL: /* TOS metrics, if any, are 12 bytes each */
        return len < EXTERNAL_MIN || (len - EXTERNAL_MIN) % 12 != 0 ? OSPF_LSA_BAD_LENGTH : check_mask(lsa);
    case OSPF_LSA_OPAQUE_LINK:
    case OSPF_LSA_OPAQUE_AREA:
    case OSPF_LSA_OPAQUE_AS:
        return OSPF_LSA_GOOD; /* flooded as it is (RFC 5250 s3) */
    default:                  /* a number from the wire */
        return OSPF_LSA_UNKNOWN_TYPE;
    }
}

enum ospf_lsa_check ospf_lsa_check(const uint8_t *lsa, size_t len)
{
    struct wire_reader r = wire_reader_of(lsa, len);
    struct ospf_lsa_header h;
    if (!ospf_lsa_header_read(&r, &h) || h.length != len)
        return OSPF_LSA_BAD_LENGTH;
    if (!ospf_lsa_checksum_is_good(lsa, len)) /* s13 step 1 */
        return OSPF_LSA_BAD_CHECKSUM;
    /* 0x80000000 is reserved (s12.1.6). */
    enum ospf_lsa_check c = check_body(h.key.type, lsa, len);
    return c == OSPF_LSA_GOOD && h.seq == INT32_MIN ? OSPF_LSA_BAD_CONTENT : c;
}

const char *ospf_lsa_check_name(enum ospf_lsa_check c)
{
    static const char *const names[OSPF_LSA_CHECK_COUNT] = {"good", "bad-length", "bad-checksum", "unknown-type",
                                                            "bad-content"};
    return c < OSPF_LSA_CHECK_COUNT ? names[c] : "unknown";
}

/* --- bodies --- */

static bool body_of(const uint8_t *lsa, size_t len, uint32_t type, size_t min, struct wire_reader *r)
{
    if (len < min || lsa[3] != type)
        return false;
    *r = wire_reader_of(lsa + OSPF_LSA_HEADER, len - OSPF_LSA_HEADER);
    return true;
}

bool ospf_router_read(const uint8_t *lsa, size_t len, struct ospf_router_view *v)
{
    v->at = 0;
    if (!body_of(lsa, len, OSPF_LSA_ROUTER, ROUTER_MIN, &v->r))
        return false;
    v->flags = wire_u8(&v->r);
    wire_skip(&v->r, 1);
    v->n_links = wire_be16(&v->r);
    return !v->r.failed;
}

bool ospf_router_next_link(struct ospf_router_view *v, struct ospf_router_link *link)
{
    if (v->at >= v->n_links)
        return false;
    v->at++;
    link->id = wire_be32(&v->r);
    link->data = wire_be32(&v->r);
    link->type = wire_u8(&v->r);
    uint8_t n_tos = wire_u8(&v->r);
    link->metric = wire_be16(&v->r);
    wire_skip(&v->r, (size_t)n_tos * TOS_METRIC);
    return !v->r.failed;
}

bool ospf_network_read(const uint8_t *lsa, size_t len, struct ospf_network_view *v)
{
    if (!body_of(lsa, len, OSPF_LSA_NETWORK, NETWORK_MIN, &v->r))
        return false;
    v->mask = wire_be32(&v->r);
    v->n_routers = (uint16_t)(wire_left(&v->r) / 4);
    return true;
}

bool ospf_summary_read(const uint8_t *lsa, size_t len, struct ospf_summary *s)
{
    struct wire_reader r;
    if (!body_of(lsa, len, OSPF_LSA_SUMMARY, SUMMARY_MIN, &r) &&
        !body_of(lsa, len, OSPF_LSA_ASBR_SUMMARY, SUMMARY_MIN, &r))
        return false;
    s->mask = wire_be32(&r);
    wire_skip(&r, 1);
    s->metric = wire_be24(&r);
    return !r.failed;
}

bool ospf_external_read(const uint8_t *lsa, size_t len, struct ospf_external *e)
{
    struct wire_reader r;
    if (!body_of(lsa, len, OSPF_LSA_EXTERNAL, EXTERNAL_MIN, &r))
        return false;
    e->mask = wire_be32(&r);
    e->is_type2 = wire_u8(&r) & EXTERNAL_E;
    e->metric = wire_be24(&r);
    e->forwarding = wire_be32(&r);
    e->tag = wire_be32(&r);
    return !r.failed;
}

void ospf_router_write(struct wire_writer *w, uint8_t flags, const struct ospf_router_link *links, size_t n)
{
    wire_put_u8(w, flags);
    wire_put_u8(w, 0);
    wire_put_be16(w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        wire_put_be32(w, links[i].id);
        wire_put_be32(w, links[i].data);
        wire_put_u8(w, links[i].type);
        wire_put_u8(w, 0);
        wire_put_be16(w, links[i].metric);
    }
}

void ospf_external_write(struct wire_writer *w, const struct ospf_external *e)
{
    wire_put_be32(w, e->mask);
    wire_put_u8(w, e->is_type2 ? EXTERNAL_E : 0);
    wire_put_be24(w, e->metric);
    wire_put_be32(w, e->forwarding);
    wire_put_be32(w, e->tag);
}

/* --- comparing, masks --- */

int ospf_lsa_compare(const struct ospf_lsa_header *a, const struct ospf_lsa_header *b)
{
    if (a->seq != b->seq)
        return a->seq > b->seq ? 1 : -1;
    if (a->checksum != b->checksum)
        return a->checksum > b->checksum ? 1 : -1;
    bool a_max = a->age >= OSPF_MAX_AGE, b_max = b->age >= OSPF_MAX_AGE;
    if (a_max != b_max)
        return a_max ? 1 : -1;
    int diff = (int)a->age - (int)b->age;
    if (diff > OSPF_MAX_AGE_DIFF || diff < -OSPF_MAX_AGE_DIFF)
        return diff < 0 ? 1 : -1; /* the younger */
    return 0;
}

int ospf_mask_length(uint32_t mask)
{
    int n = mask == 0 ? 0 : __builtin_popcount(mask);
    return ospf_mask_of((uint8_t)n) == mask ? n : -1;
}

uint32_t ospf_mask_of(uint8_t length)
{
    return length == 0 ? 0 : UINT32_MAX << (32 - length);
}
