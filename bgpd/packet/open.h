/* SPDX-License-Identifier: Apache-2.0
 *
 * The OPEN message and its capabilities as a value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/packet/message.h"

struct bgp_open {
    uint32_t as; /* the 4-octet one if the capability is there, else what stands in My AS */
    uint16_t hold_time_sec;
    uint32_t router_id;
    uint32_t families;      /* BGP_FAMILY_BIT of those offered and known here */
    bool has_multiprotocol; /* any multiprotocol capability at all; without it IPv4 unicast is meant (RFC 4760 s8) */
    bool has_route_refresh;
    bool has_as4;
};

/* `body` follows the header. False: *e holds the NOTIFICATION. Unknown capabilities are ignored (RFC 5492 s3). Only
 * form and what no configuration could accept is checked here; whether it is the right peer is the session's question.
 */
bool bgp_open_decode(const uint8_t *body, size_t len, struct bgp_open *o, struct bgp_error *e);
/* Length of the message, 0 if it does not fit. Offers exactly what *o says. */
size_t bgp_open_encode(uint8_t *buf, size_t size, const struct bgp_open *o);
