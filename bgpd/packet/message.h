/* SPDX-License-Identifier: Apache-2.0
 *
 * BGP messages as such: the header, and the messages without a file of their own (KEEPALIVE, NOTIFICATION,
 * ROUTE-REFRESH).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BGP_HEADER_LEN  19
#define BGP_MESSAGE_MAX 4096
#define BGP_PORT        179
#define BGP_AS_TRANS    23456u

enum bgp_message_type {
    BGP_MESSAGE_OPEN = 1,
    BGP_MESSAGE_UPDATE,
    BGP_MESSAGE_NOTIFICATION,
    BGP_MESSAGE_KEEPALIVE,
    BGP_MESSAGE_ROUTE_REFRESH
};
const char *bgp_message_type_name(enum bgp_message_type t);

/* NOTIFICATION codes and subcodes (RFC 4271 s4.5, RFC 4486, RFC 6608). */
enum bgp_code {
    BGP_ERROR_HEADER = 1,
    BGP_ERROR_OPEN,
    BGP_ERROR_UPDATE,
    BGP_ERROR_HOLD_TIMER,
    BGP_ERROR_FSM,
    BGP_ERROR_CEASE
};
enum bgp_header_subcode { BGP_HEADER_NOT_SYNCHRONIZED = 1, BGP_HEADER_BAD_LENGTH, BGP_HEADER_BAD_TYPE };
enum bgp_open_subcode {
    BGP_OPEN_MALFORMED = 0,
    BGP_OPEN_BAD_VERSION = 1,
    BGP_OPEN_BAD_AS = 2,
    BGP_OPEN_BAD_ID = 3,
    BGP_OPEN_BAD_PARAMETER = 4,
    BGP_OPEN_BAD_HOLD_TIME = 6,
    BGP_OPEN_BAD_CAPABILITY = 7
};
enum bgp_update_subcode {
    BGP_UPDATE_MALFORMED_LIST = 1,
    BGP_UPDATE_UNKNOWN_WELL_KNOWN = 2,
    BGP_UPDATE_OPTIONAL_ERROR = 9,
    BGP_UPDATE_BAD_NETWORK = 10
};
enum bgp_cease_subcode {
    BGP_CEASE_MAX_PREFIX = 1,
    BGP_CEASE_SHUTDOWN,
    BGP_CEASE_DECONFIGURED,
    BGP_CEASE_RESET,
    BGP_CEASE_REJECTED,
    BGP_CEASE_CHANGED,
    BGP_CEASE_COLLISION,
    BGP_CEASE_RESOURCES
};
/* "cease/administrative-reset"; known codes by name, others by number. Returns buf. */
char *bgp_error_text(uint8_t code, uint8_t subcode, char *buf, size_t size);

/* What a decoder found (RFC 7606): ordered by strength, the strongest of several wins. */
enum bgp_outcome { BGP_ACCEPT, BGP_DISCARD_ATTRIBUTE, BGP_TREAT_AS_WITHDRAW, BGP_RESET };
const char *bgp_outcome_name(enum bgp_outcome o);

#define BGP_ERROR_DATA_MAX 32
struct bgp_error {
    enum bgp_outcome outcome;
    uint8_t code, subcode; /* of the NOTIFICATION, when outcome is BGP_RESET */
    uint8_t data_len;
    uint8_t data[BGP_ERROR_DATA_MAX];
    uint8_t attribute; /* attribute type that was bad, 0 if none */
    uint16_t offset;   /* where in the message body */
};
/* Fill *e for a reset. data may be NULL; more than BGP_ERROR_DATA_MAX octets are cut. Returns BGP_RESET. */
enum bgp_outcome bgp_error_reset(struct bgp_error *e, uint8_t code, uint8_t subcode, const void *data, size_t len);

struct bgp_header {
    uint8_t type;
    uint16_t len; /* of the whole message */
};
enum bgp_header_status { BGP_HEADER_MORE, BGP_HEADER_OK, BGP_HEADER_ERROR };
/* Looks at the first octets of a stream. MORE until the whole message is there. ERROR fills *e (code 1). */
enum bgp_header_status bgp_header_decode(const uint8_t *data, size_t len, struct bgp_header *h, struct bgp_error *e);

struct bgp_notification {
    uint8_t code, subcode;
    const uint8_t *data; /* borrowed from the message */
    size_t data_len;
};
/* `body` is what follows the header. False if shorter than two octets (then there is nobody to tell). */
bool bgp_notification_decode(const uint8_t *body, size_t len, struct bgp_notification *n);

struct bgp_refresh {
    uint16_t afi;
    uint8_t safi;
    uint8_t subtype; /* RFC 7313; 0 for a plain request */
};
bool bgp_refresh_decode(const uint8_t *body, size_t len, struct bgp_refresh *r, struct bgp_error *e);

/* Encoders return the length of the message, 0 if it does not fit. */
size_t bgp_keepalive_encode(uint8_t *buf, size_t size);
size_t bgp_notification_encode(uint8_t *buf, size_t size, const struct bgp_notification *n);
size_t bgp_refresh_encode(uint8_t *buf, size_t size, const struct bgp_refresh *r);

/* For the encoders of other files: a header whose length bgp_message_end fills in. */
struct wire_writer;
void bgp_message_begin(struct wire_writer *w, enum bgp_message_type type);
size_t bgp_message_end(struct wire_writer *w); /* total length; 0 if the writer failed */
