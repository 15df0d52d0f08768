/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and prefixes as values. IPv4 is used today; every shared struct has room for IPv6.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum addr_family { AF_NONE = 0, AF_IPV4 = 1, AF_IPV6 = 2 }; /* values are IANA address family numbers (AFI) */

struct ip_addr {
    uint8_t family; /* enum addr_family */
    uint8_t b[16];  /* network order; unused bytes are 0, so that memcmp compares */
};

struct prefix {
    struct ip_addr addr; /* host bits are 0 (prefix_normalize) unless it is an interface address */
    uint8_t len;         /* bits */
};

#define ADDR_TEXT_MAX   46
#define PREFIX_TEXT_MAX 50

struct ip_addr ip_addr_v4(uint32_t host_order);
uint32_t ip_addr_to_v4(const struct ip_addr *a); /* host order; 0 if not IPv4 */
bool ip_addr_is_set(const struct ip_addr *a);
bool ip_addr_is_unspecified(const struct ip_addr *a); /* 0.0.0.0 or :: or not set */
bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b);
int ip_addr_compare(const struct ip_addr *a, const struct ip_addr *b); /* <0, 0, >0; family first */
uint8_t ip_addr_bits(const struct ip_addr *a);                         /* 32, 128 or 0 */
int ip_addr_parse(const char *text, struct ip_addr *out);              /* 0 or -EINVAL */
/* Writes text and returns buf. `size` at least ADDR_TEXT_MAX. */
char *ip_addr_text(const struct ip_addr *a, char *buf, size_t size);
/* Martian as a next hop: unspecified, loopback, multicast, class E, link-local unicast 169.254 is allowed. */
bool ip_addr_is_martian(const struct ip_addr *a);

struct prefix prefix_v4(uint32_t host_order, uint8_t len); /* normalized */
struct prefix prefix_host(const struct ip_addr *a);        /* /32 or /128 */
struct prefix prefix_normalize(struct prefix p);           /* host bits to 0 */
bool prefix_equal(const struct prefix *a, const struct prefix *b);
int prefix_compare(const struct prefix *a, const struct prefix *b); /* family, address, then length */
bool prefix_contains(const struct prefix *p, const struct prefix *inner);
bool prefix_contains_addr(const struct prefix *p, const struct ip_addr *a);
bool prefix_is_host(const struct prefix *p);
/* "10.0.0.0/8". Host bits are kept as typed; use prefix_normalize where they must be 0. 0 or -EINVAL. */
int prefix_parse(const char *text, struct prefix *out);
char *prefix_text(const struct prefix *p, char *buf, size_t size);
