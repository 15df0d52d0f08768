/* SPDX-License-Identifier: Apache-2.0
 *
 * Link state advertisements on the wire (RFC 2328 appendix A.4, RFC 5250): header, checksum, validation, and the bodies
 * as views over the bytes, so that a database of a hundred thousand is not kept twice. All numbers are in host order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strata/wire.h"

#define OSPF_LSA_HEADER   20
#define OSPF_LSA_MAX      65535
#define OSPF_MAX_AGE      3600 /* seconds */
#define OSPF_MAX_AGE_DIFF 900
#define OSPF_REFRESH_TIME 1800
#define OSPF_SEQ_INITIAL  ((int32_t)0x80000001)
#define OSPF_SEQ_MAX      0x7fffffff
#define OSPF_LS_INFINITY  0xffffffu

enum ospf_lsa_type {
    OSPF_LSA_ROUTER = 1,
    OSPF_LSA_NETWORK = 2,
    OSPF_LSA_SUMMARY = 3,
    OSPF_LSA_ASBR_SUMMARY = 4,
    OSPF_LSA_EXTERNAL = 5,
    OSPF_LSA_OPAQUE_LINK = 9,
    OSPF_LSA_OPAQUE_AREA = 10,
    OSPF_LSA_OPAQUE_AS = 11,
};

enum ospf_scope { OSPF_SCOPE_UNKNOWN, OSPF_SCOPE_LINK, OSPF_SCOPE_AREA, OSPF_SCOPE_AS };

/* Options (RFC 2328 A.2, RFC 5250, RFC 4576) */
#define OSPF_OPTION_E  0x02
#define OSPF_OPTION_O  0x40
#define OSPF_OPTION_DN 0x80

struct ospf_lsa_key {
    uint32_t type; /* 32 bits: no padding, keys are hashed as bytes */
    uint32_t id;
    uint32_t adv;
};

struct ospf_lsa_header {
    uint16_t age;
    uint8_t options;
    struct ospf_lsa_key key;
    int32_t seq;
    uint16_t checksum;
    uint16_t length;
};

enum ospf_link_type { OSPF_LINK_POINT_TO_POINT = 1, OSPF_LINK_TRANSIT = 2, OSPF_LINK_STUB = 3, OSPF_LINK_VIRTUAL = 4 };

struct ospf_router_link {
    uint32_t id;
    uint32_t data;
    uint8_t type;
    uint16_t metric; /* TOS 0 */
};

#define OSPF_ROUTER_B 0x01
#define OSPF_ROUTER_E 0x02
#define OSPF_ROUTER_V 0x04

/* A router-LSA being read: flags, then ospf_router_next_link until false. */
struct ospf_router_view {
    uint8_t flags;
    uint16_t n_links;
    uint16_t at;
    struct wire_reader r;
};

struct ospf_network_view {
    uint32_t mask;
    uint16_t n_routers;
    struct wire_reader r; /* be32 each */
};

struct ospf_summary {
    uint32_t mask;
    uint32_t metric;
};

struct ospf_external {
    uint32_t mask;
    bool is_type2;
    uint32_t metric;
    uint32_t forwarding;
    uint32_t tag;
};

enum ospf_scope ospf_lsa_scope(uint32_t type);
const char *ospf_lsa_type_name(uint32_t type);
/* Reads a header; does not look at what follows. False: fewer than 20 bytes. */
bool ospf_lsa_header_read(struct wire_reader *r, struct ospf_lsa_header *h);
void ospf_lsa_header_write(struct wire_writer *w, const struct ospf_lsa_header *h);

/* Fletcher checksum over the LSA without its age (RFC 2328 s12.1.7, RFC 905 annex B). */
bool ospf_lsa_checksum_is_good(const uint8_t *lsa, size_t len);
void ospf_lsa_checksum_set(uint8_t *lsa, size_t len);

enum ospf_lsa_check {
    OSPF_LSA_GOOD,
    OSPF_LSA_BAD_LENGTH, /* shorter than its type needs, or counts that do not fit */
    OSPF_LSA_BAD_CHECKSUM,
    OSPF_LSA_UNKNOWN_TYPE, /* s13 step 2: discard this LSA, go on with the next */
    OSPF_LSA_BAD_CONTENT,  /* well formed, but against a rule */
    OSPF_LSA_CHECK_COUNT
};
/* Is this LSA (len = its header's length) well formed? Everything below relies on OSPF_LSA_GOOD. */
enum ospf_lsa_check ospf_lsa_check(const uint8_t *lsa, size_t len);
const char *ospf_lsa_check_name(enum ospf_lsa_check c);

/* Bodies of a checked LSA. False: not of that type or damaged (cannot be after the check). */
bool ospf_router_read(const uint8_t *lsa, size_t len, struct ospf_router_view *v);
bool ospf_router_next_link(struct ospf_router_view *v, struct ospf_router_link *link);
bool ospf_network_read(const uint8_t *lsa, size_t len, struct ospf_network_view *v);
bool ospf_summary_read(const uint8_t *lsa, size_t len, struct ospf_summary *s);
bool ospf_external_read(const uint8_t *lsa, size_t len, struct ospf_external *e);

/* Bodies, written behind a header. */
void ospf_router_write(struct wire_writer *w, uint8_t flags, const struct ospf_router_link *links, size_t n);
void ospf_external_write(struct wire_writer *w, const struct ospf_external *e);

/* >0: a is newer, 0: the same instance, <0: b is newer (RFC 2328 s13.1). Ages are in the headers. */
int ospf_lsa_compare(const struct ospf_lsa_header *a, const struct ospf_lsa_header *b);

/* Number of leading ones of a contiguous mask, or -1. */
int ospf_mask_length(uint32_t mask);
uint32_t ospf_mask_of(uint8_t length);
