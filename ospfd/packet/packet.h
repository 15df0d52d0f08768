/* SPDX-License-Identifier: Apache-2.0
 *
 * OSPF packets (RFC 2328 appendix A.3): values <-> bytes. Decoders take the whole packet's body behind a checked header
 * and give views over it. Nothing here allocates.
 */
#pragma once

#include "ospfd/packet/lsa.h"

#define OSPF_VERSION         2
#define OSPF_IP_PROTOCOL     89
#define OSPF_HEADER          24
#define OSPF_AUTH_AT         16
#define OSPF_IP_HEADER       20
#define OSPF_ALL_SPF_ROUTERS 0xe0000005u /* 224.0.0.5 */
#define OSPF_ALL_D_ROUTERS   0xe0000006u /* 224.0.0.6 */

enum ospf_packet_type {
    OSPF_PACKET_HELLO = 1,
    OSPF_PACKET_DD,
    OSPF_PACKET_REQUEST,
    OSPF_PACKET_UPDATE,
    OSPF_PACKET_ACK,
    OSPF_PACKET_TYPES
};
const char *ospf_packet_type_name(uint8_t type);

enum ospf_auth_type { OSPF_AUTH_NULL, OSPF_AUTH_SIMPLE, OSPF_AUTH_CRYPTOGRAPHIC };

struct ospf_header {
    uint8_t type;
    uint16_t length;
    uint32_t router_id;
    uint32_t area_id;
    uint16_t auth_type;
};

/* The checks of s8.2 that need nothing but the packet, in their order. */
enum ospf_header_check {
    OSPF_HEADER_GOOD,
    OSPF_HEADER_SHORT, /* shorter than a header, or than its length field says */
    OSPF_HEADER_BAD_VERSION,
    OSPF_HEADER_BAD_CHECKSUM, /* null and simple authentication only */
    OSPF_HEADER_BAD_TYPE,
    OSPF_HEADER_CHECK_COUNT
};
/* `len` may exceed the packet (padding, authentication digest): the rest is to be ignored beyond h->length. */
enum ospf_header_check ospf_header_decode(const uint8_t *data, size_t len, struct ospf_header *h);
/* Begin and end a packet: the end fills in length and checksum, and returns the length (0 if it did not fit). */
size_t ospf_packet_begin(struct wire_writer *w, uint8_t type, uint32_t router_id, uint32_t area_id);
size_t ospf_packet_end(struct wire_writer *w, size_t begun);
uint16_t ospf_packet_checksum(const uint8_t *packet, size_t len);

struct ospf_hello {
    uint32_t mask;
    uint16_t hello_interval_sec;
    uint8_t options;
    uint8_t priority;
    uint32_t dead_interval_sec;
    uint32_t dr, bdr;
    uint16_t n_neighbors;
    struct wire_reader neighbors; /* be32 each */
};

#define OSPF_DD_MS 0x01
#define OSPF_DD_M  0x02
#define OSPF_DD_I  0x04

struct ospf_dd {
    uint16_t mtu;
    uint8_t options;
    uint8_t flags;
    uint32_t seq;
    struct wire_reader headers; /* ospf_lsa_header_read until nothing is left */
};

/* Decoders: `body` is what follows the packet header. False: malformed; drop the packet. */
bool ospf_hello_decode(struct wire_reader *body, struct ospf_hello *h);
bool ospf_dd_decode(struct wire_reader *body, struct ospf_dd *dd);
/* One request after the other; false at the end (body->failed is then false) or malformed. */
bool ospf_request_next(struct wire_reader *body, struct ospf_lsa_key *key);
/* An update: its number of LSAs, then one LSA after the other, each with all its bytes; a length that does not fit ends
 * the packet (r->failed). */
bool ospf_update_decode(struct wire_reader *body, uint32_t *count);
const uint8_t *ospf_update_next(struct wire_reader *body, size_t *len);
/* A list of headers (acknowledgments): whole ones only. */
bool ospf_ack_check(const struct wire_reader *body);

void ospf_hello_encode(struct wire_writer *w, const struct ospf_hello *h, const uint32_t *neighbors, size_t n);
void ospf_dd_encode(struct wire_writer *w, const struct ospf_dd *dd); /* headers are written behind it */
void ospf_request_encode(struct wire_writer *w, const struct ospf_lsa_key *key);
