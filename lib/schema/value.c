/* SPDX-License-Identifier: Apache-2.0
 *
 * One row of functions per type. Numbers, booleans and enumerations go through one 64-bit form; everything else has
 * functions of its own.
 */
#include "lib/schema/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/schema/block.h"
#include "strata/rd.h"

/* --- Integers --- */

static uint64_t load_uint(const struct schema_node *n, const void *slot)
{
    uint64_t v = 0;

    memcpy(&v, slot, n->size <= sizeof(v) ? n->size : sizeof(v)); /* little endian, checked in value_set_uint */
    return v;
}

static int64_t load_int(const struct schema_node *n, const void *slot)
{
    unsigned shift = 64 - 8 * n->size;

    return (int64_t)(load_uint(n, slot) << shift) >> shift;
}

static bool is_signed(const struct schema_node *n)
{
    return n->type >= SCHEMA_I8 && n->type <= SCHEMA_ENUM;
}

static bool has_enum(const struct schema_node *n, int64_t v)
{
    for (uint16_t i = 0; i < n->n_enums; i++)
        if (n->enums[i].value == v)
            return true;
    return false;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "integers are moved by their low octets");

bool value_set_uint(const struct schema_node *n, uint64_t v, void *slot)
{
    if (is_signed(n))
        return v <= INT64_MAX && value_set_int(n, (int64_t)v, slot);
    if (n->type == SCHEMA_BOOL && v > 1)
        return false;
    if (n->size < sizeof(v) && v >> (8 * n->size) != 0)
        return false;
    memcpy(slot, &v, n->size);
    return true;
}

bool value_set_int(const struct schema_node *n, int64_t v, void *slot)
{
    unsigned shift = 64 - 8 * n->size;

    if (!is_signed(n))
        return v >= 0 && value_set_uint(n, (uint64_t)v, slot);
    if (n->type == SCHEMA_ENUM && !has_enum(n, v))
        return false;
    if ((int64_t)((uint64_t)v << shift) >> shift != v)
        return false;
    memcpy(slot, &v, n->size);
    return true;
}

static int parse_digits(const char *text, uint64_t *out)
{
    uint64_t v = 0;

    if (!*text)
        return -EINVAL;
    for (; *text; text++) {
        uint8_t digit = (uint8_t)(*text - '0');

        if (*text < '0' || *text > '9' || v > (UINT64_MAX - digit) / 10)
            return -EINVAL;
        v = v * 10 + digit;
    }
    *out = v;
    return 0;
}

static int int_parse(const struct schema_node *n, const char *text, void *slot)
{
    bool negative = text[0] == '-';
    uint64_t v;

    if (parse_digits(text + negative, &v) < 0)
        return -EINVAL;
    if (!negative)
        return value_set_uint(n, v, slot) ? 0 : -EINVAL;
    if (v > (uint64_t)INT64_MAX + 1)
        return -EINVAL;
    return value_set_int(n, (int64_t)-v, slot) ? 0 : -EINVAL;
}

static const char *int_text(const struct schema_node *n, const void *slot, char *buf)
{
    if (is_signed(n))
        snprintf(buf, VALUE_TEXT_MAX, "%" PRId64, load_int(n, slot));
    else
        snprintf(buf, VALUE_TEXT_MAX, "%" PRIu64, load_uint(n, slot));
    return buf;
}

static int int_compare(const struct schema_node *n, const void *a, const void *b)
{
    if (is_signed(n)) {
        int64_t x = load_int(n, a), y = load_int(n, b);

        return (x > y) - (x < y);
    }
    return (load_uint(n, a) > load_uint(n, b)) - (load_uint(n, a) < load_uint(n, b));
}

static void int_put(const struct schema_node *n, const void *slot, struct stream *st)
{
    if (is_signed(n))
        stream_int(st, load_int(n, slot));
    else
        stream_uint(st, load_uint(n, slot));
}

static void int_get(const struct schema_node *n, struct wire_reader *r, void *slot)
{
    bool fits;

    if (is_signed(n)) {
        int64_t v = stream_get_int(r);

        fits = r->failed || value_set_int(n, v, slot);
    } else {
        uint64_t v = stream_get_uint(r);

        fits = r->failed || value_set_uint(n, v, slot);
    }
    if (!fits)
        r->failed = true;
}

/* --- Booleans and enumerations: integers with names --- */

static int bool_parse(const struct schema_node *n, const char *text, void *slot)
{
    bool v = strcmp(text, "true") == 0;

    (void)n;
    if (!v && strcmp(text, "false") != 0)
        return -EINVAL;
    memcpy(slot, &v, sizeof(v));
    return 0;
}

static const char *bool_text(const struct schema_node *n, const void *slot, char *buf)
{
    (void)buf;
    return load_uint(n, slot) ? "true" : "false";
}

static int enum_parse(const struct schema_node *n, const char *text, void *slot)
{
    for (uint16_t i = 0; i < n->n_enums; i++)
        if (strcmp(n->enums[i].name, text) == 0) {
            memcpy(slot, &n->enums[i].value, sizeof(n->enums[i].value));
            return 0;
        }
    return -EINVAL;
}

static const char *enum_text(const struct schema_node *n, const void *slot, char *buf)
{
    for (uint16_t i = 0; i < n->n_enums; i++)
        if (n->enums[i].value == load_int(n, slot))
            return n->enums[i].name;
    return int_text(n, slot, buf);
}

/* --- Strings --- */

static char *load_string(const void *slot)
{
    char *text;

    memcpy(&text, slot, sizeof(text));
    return text;
}

static void store_string(void *slot, const char *text, size_t len)
{
    char *copy = block_new(len + 1);

    memcpy(copy, text, len);
    memcpy(slot, &copy, sizeof(copy));
}

static int string_parse(const struct schema_node *n, const char *text, void *slot)
{
    (void)n;
    store_string(slot, text, strlen(text));
    return 0;
}

static const char *string_text(const struct schema_node *n, const void *slot, char *buf)
{
    const char *text = load_string(slot);

    (void)n;
    (void)buf;
    return text ? text : "";
}

static int string_compare(const struct schema_node *n, const void *a, const void *b)
{
    const char *x = load_string(a), *y = load_string(b);

    (void)n;
    if (x == y || !x || !y)
        return (x != NULL) - (y != NULL);
    return strcmp(x, y);
}

static void string_put(const struct schema_node *n, const void *slot, struct stream *st)
{
    const char *text = string_text(n, slot, NULL);
    size_t len = strlen(text);

    stream_uint(st, len);
    stream_bytes(st, text, len);
}

static void string_get(const struct schema_node *n, struct wire_reader *r, void *slot)
{
    uint64_t len = stream_get_uint(r);
    const uint8_t *text;

    (void)n;
    if (len > wire_left(r)) {
        r->failed = true;
        return;
    }
    text = wire_bytes(r, (size_t)len);
    if (r->failed)
        return;
    if (memchr(text, '\0', (size_t)len))
        r->failed = true;
    else
        store_string(slot, (const char *)text, (size_t)len);
}

/* --- Addresses and prefixes --- */

static int address_parse(const struct schema_node *n, const char *text, void *slot)
{
    struct ip_addr a;

    (void)n;
    if (ip_addr_parse(text, &a) < 0)
        return -EINVAL;
    memcpy(slot, &a, sizeof(a));
    return 0;
}

static const char *address_text(const struct schema_node *n, const void *slot, char *buf)
{
    struct ip_addr a;

    (void)n;
    memcpy(&a, slot, sizeof(a));
    return ip_addr_text(&a, buf, VALUE_TEXT_MAX);
}

static int address_compare(const struct schema_node *n, const void *a, const void *b)
{
    (void)n;
    return ip_addr_compare(a, b);
}

static void address_put(const struct schema_node *n, const void *slot, struct stream *st)
{
    const struct ip_addr *a = slot;

    (void)n;
    stream_u8(st, a->family);
    stream_bytes(st, a->b, ip_addr_bits(a) / 8);
}

static struct ip_addr get_address(struct wire_reader *r)
{
    struct ip_addr a = {.family = wire_u8(r)};
    const uint8_t *octets;

    if (a.family != AF_IPV4 && a.family != AF_IPV6)
        r->failed = true;
    if (r->failed)
        return a;
    octets = wire_bytes(r, ip_addr_bits(&a) / 8);
    if (!r->failed)
        memcpy(a.b, octets, ip_addr_bits(&a) / 8);
    return a;
}

static void address_get(const struct schema_node *n, struct wire_reader *r, void *slot)
{
    struct ip_addr a = get_address(r);

    (void)n;
    if (!r->failed)
        memcpy(slot, &a, sizeof(a));
}

static int prefix_value_parse(const struct schema_node *n, const char *text, void *slot)
{
    struct prefix p;

    if (prefix_parse(text, &p) < 0)
        return -EINVAL;
    if (n->type == SCHEMA_PREFIX)
        p = prefix_normalize(p);
    memcpy(slot, &p, sizeof(p));
    return 0;
}

static const char *prefix_value_text(const struct schema_node *n, const void *slot, char *buf)
{
    (void)n;
    return prefix_text(slot, buf, VALUE_TEXT_MAX);
}

static int prefix_value_compare(const struct schema_node *n, const void *a, const void *b)
{
    (void)n;
    return prefix_compare(a, b);
}

static void prefix_put(const struct schema_node *n, const void *slot, struct stream *st)
{
    const struct prefix *p = slot;

    address_put(n, &p->addr, st);
    stream_u8(st, p->len);
}

static void prefix_get(const struct schema_node *n, struct wire_reader *r, void *slot)
{
    struct prefix p = {.addr = get_address(r)};
    struct prefix normal;

    p.len = wire_u8(r);
    if (r->failed)
        return;
    normal = prefix_normalize(p);
    if (p.len > ip_addr_bits(&p.addr) || (n->type == SCHEMA_PREFIX && !prefix_equal(&p, &normal)))
        r->failed = true;
    else
        memcpy(slot, &p, sizeof(p));
}

/* --- Dotted quads, route distinguishers and extended communities: integers that are written differently --- */

static int quad_parse(const struct schema_node *n, const char *text, void *slot)
{
    struct ip_addr a;

    if (ip_addr_parse(text, &a) < 0 || a.family != AF_IPV4)
        return -EINVAL;
    return value_set_uint(n, ip_addr_to_v4(&a), slot) ? 0 : -EINVAL;
}

static const char *quad_text(const struct schema_node *n, const void *slot, char *buf)
{
    struct ip_addr a = ip_addr_v4((uint32_t)load_uint(n, slot));

    return ip_addr_text(&a, buf, VALUE_TEXT_MAX);
}

static int rd_value_parse(const struct schema_node *n, const char *text, void *slot)
{
    uint64_t v = 0;
    int err = -EINVAL;

    if (n->type == SCHEMA_RD)
        err = rd_parse(text, &v);
    else if (n->type == SCHEMA_ROUTE_TARGET)
        err = route_target_parse(text, &v);
    else if (n->type == SCHEMA_SITE_OF_ORIGIN)
        err = site_of_origin_parse(text, &v);
    if (!err)
        memcpy(slot, &v, sizeof(v));
    return err;
}

static const char *rd_value_text(const struct schema_node *n, const void *slot, char *buf)
{
    return rd_text(load_uint(n, slot), buf, VALUE_TEXT_MAX);
}

static const char *community_text(const struct schema_node *n, const void *slot, char *buf)
{
    return ext_community_value_text(load_uint(n, slot), buf, VALUE_TEXT_MAX);
}

/* --- The table --- */

struct value_ops {
    int (*parse)(const struct schema_node *n, const char *text, void *slot);
    const char *(*text)(const struct schema_node *n, const void *slot, char *buf);
    int (*compare)(const struct schema_node *n, const void *a, const void *b);
    void (*put)(const struct schema_node *n, const void *slot, struct stream *st);
    void (*get)(const struct schema_node *n, struct wire_reader *r, void *slot);
};

static const struct value_ops table[SCHEMA_TYPE_COUNT] = {
    [SCHEMA_BOOL] = {bool_parse, bool_text, int_compare, int_put, int_get},
    [SCHEMA_U8] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_U16] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_U32] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_U64] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_I8] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_I16] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_I32] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_I64] = {int_parse, int_text, int_compare, int_put, int_get},
    [SCHEMA_ENUM] = {enum_parse, enum_text, int_compare, int_put, int_get},
    [SCHEMA_STRING] = {string_parse, string_text, string_compare, string_put, string_get},
    [SCHEMA_ADDRESS] = {address_parse, address_text, address_compare, address_put, address_get},
    [SCHEMA_PREFIX] = {prefix_value_parse, prefix_value_text, prefix_value_compare, prefix_put, prefix_get},
    [SCHEMA_INTERFACE_ADDRESS] = {prefix_value_parse, prefix_value_text, prefix_value_compare, prefix_put, prefix_get},
    [SCHEMA_QUAD] = {quad_parse, quad_text, int_compare, int_put, int_get},
    [SCHEMA_RD] = {rd_value_parse, rd_value_text, int_compare, int_put, int_get},
    [SCHEMA_ROUTE_TARGET] = {rd_value_parse, community_text, int_compare, int_put, int_get},
    [SCHEMA_SITE_OF_ORIGIN] = {rd_value_parse, community_text, int_compare, int_put, int_get},
};

int value_parse(const struct schema_node *n, const char *text, void *slot)
{
    return table[n->type].parse(n, text, slot);
}

const char *value_text(const struct schema_node *n, const void *slot, char *buf)
{
    return table[n->type].text(n, slot, buf);
}

int value_compare(const struct schema_node *n, const void *a, const void *b)
{
    return table[n->type].compare(n, a, b);
}

void value_put(const struct schema_node *n, const void *slot, struct stream *st)
{
    table[n->type].put(n, slot, st);
}

void value_get(const struct schema_node *n, struct wire_reader *r, void *slot)
{
    table[n->type].get(n, r, slot);
}

void value_ref(const struct schema_node *n, void *slot)
{
    if (n->type == SCHEMA_STRING)
        block_ref(load_string(slot));
}

void value_release(const struct schema_node *n, void *slot)
{
    if (n->type == SCHEMA_STRING) {
        char *text = load_string(slot);

        if (block_unref(text))
            block_free(text);
    }
    memset(slot, 0, n->size);
}
