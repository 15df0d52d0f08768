/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations on AS paths (RFC 4271 s4.3 b, s5.1.2; RFC 6793). Everything but bgp_as_path_is_valid trusts its input,
 * which only comes from the decoder or from here. Pure; owns nothing.
 */
#include "bgpd/packet/as_path.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/packet/message.h"

enum { SEGMENT_HEADER = 2, SEGMENT_MAX = 255 };

static uint32_t as_at(const uint8_t *p, size_t as_size)
{
    if (as_size == 2)
        return (uint32_t)p[0] << 8 | p[1];
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void as_put(uint8_t *p, uint32_t as)
{
    p[0] = (uint8_t)(as >> 24);
    p[1] = (uint8_t)(as >> 16);
    p[2] = (uint8_t)(as >> 8);
    p[3] = (uint8_t)as;
}

bool bgp_as_path_is_valid(struct bgp_bytes path, size_t as_size)
{
    size_t at = 0;

    while (at < path.len) {
        size_t n;

        if (path.len - at < SEGMENT_HEADER)
            return false;
        if (path.data[at] != BGP_AS_SET && path.data[at] != BGP_AS_SEQUENCE)
            return false;
        n = path.data[at + 1];
        at += SEGMENT_HEADER;
        if (n == 0 || n * as_size > path.len - at)
            return false;
        for (; n; n--, at += as_size)
            if (as_at(path.data + at, as_size) == 0)
                return false;
    }
    return true;
}

size_t bgp_as_path_widen(struct bgp_bytes path, uint8_t *out)
{
    size_t at = 0, len = 0;

    while (at < path.len) {
        size_t n = path.data[at + 1];

        out[len++] = path.data[at++];
        out[len++] = path.data[at++];
        for (; n; n--, at += 2, len += 4)
            as_put(out + len, as_at(path.data + at, 2));
    }
    return len;
}

/* Copies the first `hops` hops of path. */
static size_t copy_hops(struct bgp_bytes path, size_t hops, uint8_t *out)
{
    size_t at = 0, len = 0;

    while (at < path.len && hops) {
        size_t n = path.data[at + 1], take = n;
        size_t next = at + SEGMENT_HEADER + 4 * n;

        if (path.data[at] == BGP_AS_SET) {
            hops--;
        } else {
            take = n < hops ? n : hops;
            hops -= take;
        }
        out[len] = path.data[at];
        out[len + 1] = (uint8_t)take;
        memcpy(out + len + SEGMENT_HEADER, path.data + at + SEGMENT_HEADER, 4 * take);
        len += SEGMENT_HEADER + 4 * take;
        at = next;
    }
    return len;
}

size_t bgp_as_path_merge(struct bgp_bytes path, struct bgp_bytes as4, uint8_t *out)
{
    size_t hops = bgp_as_path_length(path), hops4 = bgp_as_path_length(as4);
    size_t len;

    if (hops < hops4 || as4.len == 0) {
        if (path.len)
            memcpy(out, path.data, path.len);
        return path.len;
    }
    len = copy_hops(path, hops - hops4, out);
    memcpy(out + len, as4.data, as4.len);
    return len + as4.len;
}

size_t bgp_as_path_length(struct bgp_bytes path)
{
    size_t hops = 0;

    for (size_t at = 0; at < path.len; at += SEGMENT_HEADER + 4u * path.data[at + 1])
        hops += path.data[at] == BGP_AS_SET ? 1u : path.data[at + 1];
    return hops;
}

uint32_t bgp_as_path_neighbor(struct bgp_bytes path)
{
    return path.len && path.data[0] == BGP_AS_SEQUENCE ? as_at(path.data + SEGMENT_HEADER, 4) : 0;
}

/* Iteration over all AS numbers: *at starts at 0, *left at 0. NULL at the end. */
static const uint8_t *next_as(struct bgp_bytes path, size_t *at, size_t *left)
{
    const uint8_t *p;

    if (*left == 0) {
        if (*at >= path.len)
            return NULL;
        *left = path.data[*at + 1];
        *at += SEGMENT_HEADER;
    }
    p = path.data + *at;
    *at += 4;
    (*left)--;
    return p;
}

size_t bgp_as_path_count(struct bgp_bytes path, uint32_t as)
{
    size_t at = 0, left = 0, count = 0;

    for (const uint8_t *p; (p = next_as(path, &at, &left));)
        count += as_at(p, 4) == as;
    return count;
}

bool bgp_as_path_has_wide(struct bgp_bytes path)
{
    size_t at = 0, left = 0;

    for (const uint8_t *p; (p = next_as(path, &at, &left));)
        if (as_at(p, 4) > UINT16_MAX)
            return true;
    return false;
}

size_t bgp_as_path_prepend(struct bgp_bytes path, uint32_t as, uint8_t *out)
{
    size_t len = 0, from = 0;

    out[len++] = BGP_AS_SEQUENCE;
    if (path.len && path.data[0] == BGP_AS_SEQUENCE && path.data[1] < SEGMENT_MAX) {
        out[len++] = (uint8_t)(path.data[1] + 1);
        from = SEGMENT_HEADER;
    } else {
        out[len++] = 1;
    }
    as_put(out + len, as);
    len += 4;
    if (path.len > from)
        memcpy(out + len, path.data + from, path.len - from);
    return len + path.len - from;
}

void bgp_as_path_replace(uint8_t *path, size_t len, uint32_t from, uint32_t to)
{
    size_t at = 0, left = 0;

    for (const uint8_t *p; (p = next_as((struct bgp_bytes){path, len}, &at, &left));)
        if (as_at(p, 4) == from)
            as_put(path + (p - path), to);
}

char *bgp_as_path_text(struct bgp_bytes path, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (size_t at = 0; at < path.len;) {
        bool is_set = path.data[at] == BGP_AS_SET;
        size_t n = path.data[at + 1];

        at += SEGMENT_HEADER;
        for (size_t i = 0; i < n; i++, at += 4) {
            const char *before = is_set && i ? "," : is_set ? (len ? " {" : "{") : len ? " " : "";
            int wrote = snprintf(buf + len, size - len, "%s%u%s", before, as_at(path.data + at, 4),
                                 is_set && i + 1 == n ? "}" : "");

            if (wrote < 0 || (size_t)wrote >= size - len) {
                buf[len] = '\0';
                return buf;
            }
            len += (size_t)wrote;
        }
    }
    return buf;
}
