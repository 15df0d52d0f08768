/* SPDX-License-Identifier: Apache-2.0
 *
 * One instance of an LSA as the database and the retransmission lists hold it: immutable bytes, counted references, and
 * an age that follows from the time given. Reads no clock. RFC 2328 s12.1.1, s14.
 */
#pragma once

#include "ospfd/packet/lsa.h"

struct mem_account;

struct ospf_lsa {
    uint32_t refs;
    struct mem_account *acct;
    uint64_t received_us;     /* when its age was `h.age` */
    struct ospf_lsa_header h; /* age: as received */
    uint8_t data[];           /* all h.length bytes; the age in them is out of date */
};

/* `data` is a checked LSA (ospf_lsa_check). One reference is the caller's. */
struct ospf_lsa *ospf_lsa_create(struct mem_account *acct, const uint8_t *data, size_t len, uint64_t now_us);
/* The same LSA at MaxAge (premature aging, or what happens at MaxAge). */
struct ospf_lsa *ospf_lsa_create_max_age(const struct ospf_lsa *lsa, uint64_t now_us);
struct ospf_lsa *ospf_lsa_ref(struct ospf_lsa *lsa);
void ospf_lsa_unref(struct ospf_lsa *lsa); /* NULL allowed */

uint16_t ospf_lsa_age(const struct ospf_lsa *lsa, uint64_t now_us);
bool ospf_lsa_is_max_age(const struct ospf_lsa *lsa, uint64_t now_us);
/* The header with its age now. */
struct ospf_lsa_header ospf_lsa_header_now(const struct ospf_lsa *lsa, uint64_t now_us);
/* The bytes with their age now plus `delay_sec` (InfTransDelay). */
void ospf_lsa_put(struct wire_writer *w, const struct ospf_lsa *lsa, uint64_t now_us, uint16_t delay_sec);
/* Would routes differ? Header fields but sequence, checksum and age count, MaxAge or not counts (s13.2). */
bool ospf_lsa_is_same_content(const struct ospf_lsa *a, const struct ospf_lsa *b);
