/* SPDX-License-Identifier: Apache-2.0
 *
 * Route distinguishers (RFC 4364 s4.2) and route targets / extended communities (RFC 4360, RFC 5668) as values.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef uint64_t rd_t;            /* the eight octets, host order; type in the top 16 bits. Opaque for comparison. */
typedef uint64_t ext_community_t; /* the eight octets, host order */

#define RD_TEXT_MAX 32
enum { EXT_COMMUNITY_ROUTE_TARGET = 0x02, EXT_COMMUNITY_SITE_OF_ORIGIN = 0x03 };

/* "100:1" (2-octet AS, or 4-octet AS if it does not fit) or "10.0.0.1:1". 0 or -EINVAL. */
int rd_parse(const char *text, rd_t *out);
char *rd_text(rd_t rd, char *buf, size_t size);
int route_target_parse(const char *text, ext_community_t *out);
int site_of_origin_parse(const char *text, ext_community_t *out);
char *ext_community_text(ext_community_t c, char *buf, size_t size); /* "rt 100:1", "soo 100:1" or "0x..." */
/* The value without its kind: "100:1", for both of the above. */
char *ext_community_value_text(ext_community_t c, char *buf, size_t size);
uint8_t ext_community_subtype(ext_community_t c);
