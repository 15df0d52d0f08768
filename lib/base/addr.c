/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and prefixes as values: compare, contain, parse and print. Everything is a copy, nothing is allocated.
 * Text of IPv6 follows RFC 5952 as far as inet_ntop does.
 */
#include "strata/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct ip_addr ip_addr_v4(uint32_t host_order)
{
    struct ip_addr a = {.family = AF_IPV4};

    a.b[0] = (uint8_t)(host_order >> 24);
    a.b[1] = (uint8_t)(host_order >> 16);
    a.b[2] = (uint8_t)(host_order >> 8);
    a.b[3] = (uint8_t)host_order;
    return a;
}

uint32_t ip_addr_to_v4(const struct ip_addr *a)
{
    if (a->family != AF_IPV4)
        return 0;
    return (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
}

uint8_t ip_addr_bits(const struct ip_addr *a)
{
    switch (a->family) {
    case AF_IPV4:
        return 32;
    case AF_IPV6:
        return 128;
    }
    return 0;
}

bool ip_addr_is_set(const struct ip_addr *a)
{
    return a->family != AF_NONE;
}

bool ip_addr_is_unspecified(const struct ip_addr *a)
{
    static const uint8_t zero[sizeof(a->b)];

    return a->family == AF_NONE || memcmp(a->b, zero, ip_addr_bits(a) / 8) == 0;
}

int ip_addr_compare(const struct ip_addr *a, const struct ip_addr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->b, b->b, ip_addr_bits(a) / 8);
}

bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b)
{
    return ip_addr_compare(a, b) == 0;
}

int ip_addr_parse(const char *text, struct ip_addr *out)
{
    struct ip_addr a = {0};

    if (inet_pton(AF_INET, text, a.b) == 1)
        a.family = AF_IPV4;
    else if (inet_pton(AF_INET6, text, a.b) == 1)
        a.family = AF_IPV6;
    else
        return -EINVAL;
    *out = a;
    return 0;
}

char *ip_addr_text(const struct ip_addr *a, char *buf, size_t size)
{
    int af = a->family == AF_IPV6 ? AF_INET6 : AF_INET;

    if (size == 0)
        return buf;
    buf[0] = '\0';
    if (a->family != AF_NONE && !inet_ntop(af, a->b, buf, (socklen_t)size))
        buf[0] = '\0';
    return buf;
}

bool ip_addr_is_martian(const struct ip_addr *a)
{
    if (ip_addr_is_unspecified(a))
        return true;
    if (a->family == AF_IPV4)
        return a->b[0] == 0 || a->b[0] == 127 || a->b[0] >= 224; /* this network, loopback, multicast, class E */
    if (a->family == AF_IPV6) {
        static const uint8_t loopback[16] = {[15] = 1};

        return a->b[0] == 0xff || memcmp(a->b, loopback, sizeof(loopback)) == 0;
    }
    return true;
}

struct prefix prefix_normalize(struct prefix p)
{
    uint8_t bits = ip_addr_bits(&p.addr);
    size_t byte;

    if (p.len >= bits) {
        p.len = bits;
        return p;
    }
    byte = p.len / 8;
    p.addr.b[byte] &= (uint8_t)(0xff00u >> (p.len % 8));
    memset(p.addr.b + byte + 1, 0, sizeof(p.addr.b) - byte - 1);
    return p;
}

struct prefix prefix_v4(uint32_t host_order, uint8_t len)
{
    uint8_t bits = len < 32 ? len : 32;

    return (struct prefix){.addr = ip_addr_v4(bits ? host_order & UINT32_MAX << (32 - bits) : 0), .len = bits};
}

struct prefix prefix_host(const struct ip_addr *a)
{
    return (struct prefix){.addr = *a, .len = ip_addr_bits(a)};
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
    return a->len == b->len && ip_addr_equal(&a->addr, &b->addr);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
    int order = ip_addr_compare(&a->addr, &b->addr);

    return order ? order : (int)a->len - (int)b->len;
}

bool prefix_contains_addr(const struct prefix *p, const struct ip_addr *a)
{
    size_t bytes = p->len / 8;
    uint8_t mask = (uint8_t)(0xff00u >> (p->len % 8));

    if (p->addr.family != a->family || p->len > ip_addr_bits(a))
        return false;
    if (memcmp(p->addr.b, a->b, bytes) != 0)
        return false;
    return mask == 0 || ((p->addr.b[bytes] ^ a->b[bytes]) & mask) == 0;
}

bool prefix_contains(const struct prefix *p, const struct prefix *inner)
{
    return inner->len >= p->len && prefix_contains_addr(p, &inner->addr);
}

bool prefix_is_host(const struct prefix *p)
{
    return p->addr.family != AF_NONE && p->len == ip_addr_bits(&p->addr);
}

/* Decimal without sign, spaces or leading zeros: what people and YANG write. */
static int parse_prefix_length(const char *text, uint8_t max, uint8_t *out)
{
    unsigned value = 0;

    if (!*text || (text[0] == '0' && text[1]))
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        value = value * 10 + (unsigned)(*text - '0');
        if (value > max)
            return -EINVAL;
    }
    *out = (uint8_t)value;
    return 0;
}

int prefix_parse(const char *text, struct prefix *out)
{
    char addr[ADDR_TEXT_MAX];
    const char *slash = strchr(text, '/');
    struct prefix p = {0};

    if (!slash || (size_t)(slash - text) >= sizeof(addr))
        return -EINVAL;
    memcpy(addr, text, (size_t)(slash - text));
    addr[slash - text] = '\0';
    if (ip_addr_parse(addr, &p.addr) < 0 || parse_prefix_length(slash + 1, ip_addr_bits(&p.addr), &p.len) < 0)
        return -EINVAL;
    *out = p;
    return 0;
}

char *prefix_text(const struct prefix *p, char *buf, size_t size)
{
    char addr[ADDR_TEXT_MAX];

    if (size == 0)
        return buf;
    if (p->addr.family == AF_NONE)
        buf[0] = '\0';
    else
        snprintf(buf, size, "%s/%u", ip_addr_text(&p->addr, addr, sizeof(addr)), p->len);
    return buf;
}
