/* SPDX-License-Identifier: Apache-2.0
 *
 * The UPDATE message: decoded to a value with an outcome (RFC 7606), and encoded with as many routes as fit.
 */
#pragma once

#include "bgpd/packet/attr.h"
#include "bgpd/packet/family.h"

struct bgp_update_context {
    struct bgp_attr_context attr;
    uint32_t families; /* negotiated, BGP_FAMILY_BIT; others are ignored */
};

/* One run of NLRI, checked: walking it cannot fail. */
struct bgp_update_part {
    bool is_present;
    enum bgp_family family;
    struct bgp_bytes nlri;
    struct ip_addr next_hop; /* announcements only */
};

struct bgp_update {
    struct bgp_attrs attrs;              /* next_hop unset: each part has its own */
    struct bgp_update_part withdrawn[2]; /* classic, MP_UNREACH */
    struct bgp_update_part announced[2]; /* classic, MP_REACH */
    bool is_end_of_rib;
    enum bgp_family end_of_rib;
    struct bgp_error error; /* outcome TREAT_AS_WITHDRAW: the announced parts are to be withdrawn */
};

/* Borrows from body and scratch. Returns u->error.outcome; on BGP_RESET nothing of it may be used. */
enum bgp_outcome bgp_update_decode(const uint8_t *body, size_t len, const struct bgp_update_context *ctx,
                                   struct bgp_attr_scratch *scratch, struct bgp_update *u);
/* Walks a part. */
struct wire_reader bgp_update_part_reader(const struct bgp_update_part *p);

/* Encode as many of nlri[0..n) as fit into one message of at most `size` octets; *used says how many. Returns the
 * length, 0 if not even one fits (attributes too long). The next hop is a->next_hop. */
size_t bgp_update_encode(uint8_t *buf, size_t size, enum bgp_family f, const struct bgp_attrs *a, bool is_as4,
                         const struct bgp_nlri *nlri, size_t n, size_t *used);
size_t bgp_withdraw_encode(uint8_t *buf, size_t size, enum bgp_family f, const struct bgp_nlri *nlri, size_t n,
                           size_t *used);
size_t bgp_end_of_rib_encode(uint8_t *buf, size_t size, enum bgp_family f);
