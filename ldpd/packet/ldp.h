/* SPDX-License-Identifier: Apache-2.0
 *
 * The LDP wire format as values (RFC 5036 s3): constants, errors, and the codecs of PDU, messages and TLVs. Pure: bytes
 * in, values out. A decoder never reads beyond what the enclosing length gives: PDU, message, TLV, FEC element.
 */
#pragma once

#include "strata/addr.h"
#include "strata/wire.h"

#define LDP_VERSION    1
#define LDP_PORT       646
#define LDP_PDU_HEADER 10 /* version, length, LDP identifier */
#define LDP_MAX_PDU_DEFAULT                                                                                            \
    4096 /* RFC 5036 s3.5.3: until negotiated, and what we offer; counts from behind the length field */
#define LDP_MIN_PDU_LENGTH 14 /* s3.5.1.2.1: the LDP identifier and the smallest message */

enum ldp_message_type {
    LDP_NOTIFICATION = 0x0001,
    LDP_HELLO = 0x0100,
    LDP_INITIALIZATION = 0x0200,
    LDP_KEEPALIVE = 0x0201,
    LDP_ADDRESS = 0x0300,
    LDP_ADDRESS_WITHDRAW = 0x0301,
    LDP_LABEL_MAPPING = 0x0400,
    LDP_LABEL_REQUEST = 0x0401,
    LDP_LABEL_WITHDRAW = 0x0402,
    LDP_LABEL_RELEASE = 0x0403,
    LDP_LABEL_ABORT = 0x0404
};

enum ldp_tlv_type {
    LDP_TLV_FEC = 0x0100,
    LDP_TLV_ADDRESS_LIST = 0x0101,
    LDP_TLV_HOP_COUNT = 0x0103,
    LDP_TLV_PATH_VECTOR = 0x0104,
    LDP_TLV_GENERIC_LABEL = 0x0200,
    LDP_TLV_STATUS = 0x0300,
    LDP_TLV_EXTENDED_STATUS = 0x0301,
    LDP_TLV_RETURNED_PDU = 0x0302,
    LDP_TLV_RETURNED_MESSAGE = 0x0303,
    LDP_TLV_HELLO_PARAMETERS = 0x0400,
    LDP_TLV_IPV4_TRANSPORT = 0x0401,
    LDP_TLV_CONFIG_SEQUENCE = 0x0402,
    LDP_TLV_IPV6_TRANSPORT = 0x0403,
    LDP_TLV_SESSION_PARAMETERS = 0x0500,
    LDP_TLV_LABEL_REQUEST_ID = 0x0600
};

/* Status codes (RFC 5036 s3.9). The E bit is part of the value: set means that the session ends. */
enum ldp_status {
    LDP_STATUS_SUCCESS = 0,
    LDP_STATUS_UNKNOWN_MESSAGE = 0x04,
    LDP_STATUS_UNKNOWN_TLV = 0x06,
    LDP_STATUS_LOOP_DETECTED = 0x0b,
    LDP_STATUS_UNKNOWN_FEC = 0x0c,
    LDP_STATUS_NO_ROUTE = 0x0d,
    LDP_STATUS_NO_LABEL_RESOURCES = 0x0e,
    LDP_STATUS_LABEL_RESOURCES_AVAILABLE = 0x0f,
    LDP_STATUS_REQUEST_ABORTED = 0x15,
    LDP_STATUS_MISSING_PARAMETERS = 0x16,
    LDP_STATUS_UNSUPPORTED_ADDRESS_FAMILY = 0x17
};
#define LDP_STATUS_E                  0x80000000u
#define LDP_STATUS_F                  0x40000000u
#define LDP_STATUS_CODE               0x3fffffffu
#define LDP_STATUS_BAD_IDENTIFIER     0x80000001u
#define LDP_STATUS_BAD_VERSION        0x80000002u
#define LDP_STATUS_BAD_PDU_LENGTH     0x80000003u
#define LDP_STATUS_BAD_MESSAGE_LENGTH 0x80000005u
#define LDP_STATUS_BAD_TLV_LENGTH     0x80000007u
#define LDP_STATUS_MALFORMED_TLV      0x80000008u
#define LDP_STATUS_HOLD_TIMER_EXPIRED 0x80000009u
#define LDP_STATUS_SHUTDOWN           0x8000000au
#define LDP_STATUS_NO_HELLO           0x80000010u
#define LDP_STATUS_BAD_ADVERTISEMENT  0x80000011u
#define LDP_STATUS_BAD_MAX_PDU        0x80000012u
#define LDP_STATUS_BAD_LABEL_RANGE    0x80000013u
#define LDP_STATUS_KEEPALIVE_EXPIRED  0x80000014u
#define LDP_STATUS_BAD_KEEPALIVE_TIME 0x80000018u
#define LDP_STATUS_INTERNAL_ERROR     0x80000019u
const char *ldp_status_name(uint32_t status); /* "no-route"; E and F bits are ignored */
const char *ldp_message_name(uint16_t type);  /* "label-mapping" */

/* What a decoder found wrong. status 0: nothing. Else what to tell the peer; E bit set: the session ends. */
struct ldp_error {
    uint32_t status;
    uint32_t message_id; /* 0 if not about a message */
    uint16_t message_type;
};

struct ldp_pdu {
    uint32_t lsr_id; /* host order */
    uint16_t label_space;
    struct wire_reader messages;
};

struct ldp_hello {
    uint16_t hold_time_sec; /* 0 = default: 15 for link hellos; 0xffff = for ever */
    bool is_targeted, wants_targeted;
    struct ip_addr transport; /* unset: the packet's source */
    bool has_sequence;
    uint32_t sequence;
};

struct ldp_session_parameters {
    uint16_t version;
    uint16_t keepalive_sec;
    bool is_on_demand, has_loop_detection;
    uint8_t path_vector_limit;
    uint16_t max_pdu; /* below 256 means the default */
    uint32_t receiver_lsr_id;
    uint16_t receiver_space;
};

struct ldp_notification {
    uint32_t status; /* with E and F bits */
    uint32_t message_id;
    uint16_t message_type;
};

enum ldp_fec_kind { LDP_FEC_WILDCARD = 1, LDP_FEC_PREFIX = 2, LDP_FEC_TYPED_WILDCARD = 5, LDP_FEC_OTHER = 255 };
struct ldp_fec {
    enum ldp_fec_kind kind; /* OTHER: an element that we do not know */
    struct prefix prefix;   /* PREFIX: host bits cleared */
};

struct ldp_label_message {
    struct wire_reader fecs; /* checked; iterate with ldp_fec_next */
    bool has_label;
    uint32_t label;
    bool has_request_id;
    uint32_t request_id;
    bool has_hop_count;
    uint8_t hop_count;
    struct wire_reader path_vector; /* LSR ids; empty if absent */
};

struct ldp_message {
    uint16_t type;
    bool is_unknown, has_u_bit; /* a type that we do not know; U: ignore in silence */
    uint32_t id;
    uint16_t unknown_tlv; /* first TLV with U=0 that we do not know, 0 if none: tell LDP_STATUS_UNKNOWN_TLV and drop the
                             message */
    union {
        struct ldp_hello hello;
        struct ldp_session_parameters init;
        struct ldp_notification notification;
        struct wire_reader addresses; /* IPv4, 4 octets each */
        struct ldp_label_message label;
    };
};

/* The size of the PDU at the front of a stream: > 0 known, 0 more octets needed, -1 broken (*err filled). max_pdu as
 * negotiated. */
int ldp_pdu_size(const uint8_t *data, size_t len, uint16_t max_pdu, struct ldp_error *err);
/* Decodes the header of a complete PDU. False: *err filled. */
bool ldp_pdu_decode(const uint8_t *data, size_t len, struct ldp_pdu *pdu, struct ldp_error *err);
/* The next message. False at the end (err->status 0) or when it is bad (err filled; not E: go on with the next
 * message). */
bool ldp_message_next(struct wire_reader *messages, struct ldp_message *m, struct ldp_error *err);
bool ldp_fec_next(struct wire_reader *fecs, struct ldp_fec *fec);

/* --- encoding: a PDU is begun, takes messages, is ended --- */
size_t ldp_pdu_begin(struct wire_writer *w, uint32_t lsr_id, uint16_t space);
void ldp_pdu_end(struct wire_writer *w, size_t begun);
void ldp_put_hello(struct wire_writer *w, uint32_t id, const struct ldp_hello *h);
void ldp_put_init(struct wire_writer *w, uint32_t id, const struct ldp_session_parameters *p);
void ldp_put_keepalive(struct wire_writer *w, uint32_t id);
void ldp_put_notification(struct wire_writer *w, uint32_t id, const struct ldp_notification *n);
void ldp_put_addresses(struct wire_writer *w, uint32_t id, enum ldp_message_type type, const struct ip_addr *a,
                       size_t n);
/* fec NULL: the wildcard (withdraw and release only). label NULL: no label TLV. request_id 0: none. */
void ldp_put_label(struct wire_writer *w, uint32_t id, enum ldp_message_type type, const struct prefix *fec,
                   const uint32_t *label, uint32_t request_id);
#define LDP_LABEL_MESSAGE_MAX 64 /* no label message that we send is larger */
