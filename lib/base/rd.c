/* SPDX-License-Identifier: Apache-2.0
 *
 * Route distinguishers (RFC 4364 s4.2) and the extended communities that say route target and site of origin (RFC 4360
 * s4 and s5, RFC 5668): text to eight octets and back. Both share three shapes, told apart by a type: 2-octet AS :
 * 4-octet number, IPv4 address : 2-octet number, 4-octet AS : 2-octet number. A 4-octet type that holds a small AS is
 * written "100L:1", so that text and octets stay one to one. Owns nothing.
 */
#include "strata/rd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "strata/addr.h"

enum shape { SHAPE_AS2 = 0, SHAPE_IPV4 = 1, SHAPE_AS4 = 2 };

/* The six octets behind the type, and their shape. */
struct value {
    enum shape shape;
    uint64_t octets;
};

/* Decimal digits up to `end`, at most `max`; false on anything else. */
static bool parse_number(const char *text, const char *end, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (text == end)
        return false;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > max)
            return false;
    }
    *out = value;
    return true;
}

static bool parse_ipv4_value(const char *text, const char *colon, struct value *v)
{
    char addr[ADDR_TEXT_MAX];
    struct ip_addr a;
    uint64_t number;

    if ((size_t)(colon - text) >= sizeof(addr))
        return false;
    memcpy(addr, text, (size_t)(colon - text));
    addr[colon - text] = '\0';
    if (ip_addr_parse(addr, &a) < 0 || a.family != AF_IPV4)
        return false;
    if (!parse_number(colon + 1, colon + strlen(colon), UINT16_MAX, &number))
        return false;
    *v = (struct value){SHAPE_IPV4, (uint64_t)ip_addr_to_v4(&a) << 16 | number};
    return true;
}

static int parse_value(const char *text, struct value *v)
{
    const char *colon = strchr(text, ':');
    const char *as_end = colon;
    uint64_t as, number;
    bool is_long;

    if (!colon)
        return -EINVAL;
    if (memchr(text, '.', (size_t)(colon - text)))
        return parse_ipv4_value(text, colon, v) ? 0 : -EINVAL;
    is_long = colon > text && colon[-1] == 'L';
    if (is_long)
        as_end--;
    if (!parse_number(text, as_end, UINT32_MAX, &as))
        return -EINVAL;
    is_long = is_long || as > UINT16_MAX;
    if (!parse_number(colon + 1, colon + strlen(colon), is_long ? UINT16_MAX : UINT32_MAX, &number))
        return -EINVAL;
    if (is_long)
        *v = (struct value){SHAPE_AS4, as << 16 | number};
    else
        *v = (struct value){SHAPE_AS2, as << 32 | number};
    return 0;
}

static void print_value(enum shape shape, uint64_t octets, char *buf, size_t size)
{
    uint32_t high = (uint32_t)(octets >> 16);
    unsigned low = (unsigned)(octets & 0xffff);

    switch (shape) {
    case SHAPE_AS2:
        snprintf(buf, size, "%u:%u", (unsigned)(octets >> 32 & 0xffff), (uint32_t)octets);
        return;
    case SHAPE_IPV4:
        snprintf(buf, size, "%u.%u.%u.%u:%u", high >> 24, high >> 16 & 0xff, high >> 8 & 0xff, high & 0xff, low);
        return;
    case SHAPE_AS4:
        snprintf(buf, size, "%u%s:%u", high, high > UINT16_MAX ? "" : "L", low);
        return;
    }
}

int rd_parse(const char *text, rd_t *out)
{
    struct value v;

    if (parse_value(text, &v) < 0)
        return -EINVAL;
    *out = (uint64_t)v.shape << 48 | v.octets;
    return 0;
}

char *rd_text(rd_t rd, char *buf, size_t size)
{
    uint64_t type = rd >> 48;

    if (type <= SHAPE_AS4)
        print_value((enum shape)type, rd & 0xffffffffffffu, buf, size);
    else
        snprintf(buf, size, "0x%016llx", (unsigned long long)rd);
    return buf;
}

static int ext_community_parse(const char *text, uint8_t subtype, ext_community_t *out)
{
    struct value v;

    if (parse_value(text, &v) < 0)
        return -EINVAL;
    *out = (uint64_t)v.shape << 56 | (uint64_t)subtype << 48 | v.octets;
    return 0;
}

int route_target_parse(const char *text, ext_community_t *out)
{
    return ext_community_parse(text, EXT_COMMUNITY_ROUTE_TARGET, out);
}

int site_of_origin_parse(const char *text, ext_community_t *out)
{
    return ext_community_parse(text, EXT_COMMUNITY_SITE_OF_ORIGIN, out);
}

uint8_t ext_community_subtype(ext_community_t c)
{
    return (uint8_t)(c >> 48);
}

/* "rt", "soo", or NULL for everything else, non-transitive types included. */
static const char *kind_of(ext_community_t c)
{
    if (c >> 56 > SHAPE_AS4)
        return NULL;
    switch (ext_community_subtype(c)) {
    case EXT_COMMUNITY_ROUTE_TARGET:
        return "rt";
    case EXT_COMMUNITY_SITE_OF_ORIGIN:
        return "soo";
    }
    return NULL;
}

char *ext_community_value_text(ext_community_t c, char *buf, size_t size)
{
    if (kind_of(c))
        print_value((enum shape)(c >> 56), c & 0xffffffffffffu, buf, size);
    else
        snprintf(buf, size, "0x%016llx", (unsigned long long)c);
    return buf;
}

char *ext_community_text(ext_community_t c, char *buf, size_t size)
{
    const char *kind = kind_of(c);
    char value[RD_TEXT_MAX];

    snprintf(buf, size, "%s%s%s", kind ? kind : "", kind ? " " : "", ext_community_value_text(c, value, sizeof(value)));
    return buf;
}
