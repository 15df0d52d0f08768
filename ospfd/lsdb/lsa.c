/* SPDX-License-Identifier: Apache-2.0
 *
 * See lsa.h.
 */
#include "ospfd/lsdb/lsa.h"

#include <string.h>

#include "strata/mem.h"

#define US_PER_SEC 1000000u

struct ospf_lsa *ospf_lsa_create(struct mem_account *acct, const uint8_t *data, size_t len, uint64_t now_us)
{
    struct ospf_lsa *lsa = mem_alloc(acct, sizeof(*lsa) + len);
    struct wire_reader r = wire_reader_of(data, len);
    lsa->refs = 1;
    lsa->acct = acct;
    lsa->received_us = now_us;
    ospf_lsa_header_read(&r, &lsa->h);
    if (lsa->h.age > OSPF_MAX_AGE)
        lsa->h.age = OSPF_MAX_AGE;
    memcpy(lsa->data, data, len);
    return lsa;
}

struct ospf_lsa *ospf_lsa_create_max_age(const struct ospf_lsa *lsa, uint64_t now_us)
{
    struct ospf_lsa *copy = ospf_lsa_create(lsa->acct, lsa->data, lsa->h.length, now_us);
    copy->h.age = OSPF_MAX_AGE;
    return copy;
}

struct ospf_lsa *ospf_lsa_ref(struct ospf_lsa *lsa)
{
    lsa->refs++;
    return lsa;
}

void ospf_lsa_unref(struct ospf_lsa *lsa)
{
    if (lsa && --lsa->refs == 0)
        mem_free(lsa->acct, lsa);
}

uint16_t ospf_lsa_age(const struct ospf_lsa *lsa, uint64_t now_us)
{
    uint64_t age = lsa->h.age + (now_us > lsa->received_us ? (now_us - lsa->received_us) / US_PER_SEC : 0);
    return age < OSPF_MAX_AGE ? (uint16_t)age : OSPF_MAX_AGE;
}

bool ospf_lsa_is_max_age(const struct ospf_lsa *lsa, uint64_t now_us)
{
    return ospf_lsa_age(lsa, now_us) >= OSPF_MAX_AGE;
}

struct ospf_lsa_header ospf_lsa_header_now(const struct ospf_lsa *lsa, uint64_t now_us)
{
    struct ospf_lsa_header h = lsa->h;
    h.age = ospf_lsa_age(lsa, now_us);
    return h;
}

void ospf_lsa_put(struct wire_writer *w, const struct ospf_lsa *lsa, uint64_t now_us, uint16_t delay_sec)
{
    uint32_t age = (uint32_t)ospf_lsa_age(lsa, now_us) + delay_sec;
    wire_put_be16(w, age < OSPF_MAX_AGE ? (uint16_t)age : OSPF_MAX_AGE);
    wire_put_bytes(w, lsa->data + 2, lsa->h.length - 2u);
}

bool ospf_lsa_is_same_content(const struct ospf_lsa *a, const struct ospf_lsa *b)
{
    return a->h.options == b->h.options && a->h.length == b->h.length &&
           (a->h.age >= OSPF_MAX_AGE) == (b->h.age >= OSPF_MAX_AGE) &&
           memcmp(a->data + OSPF_LSA_HEADER, b->data + OSPF_LSA_HEADER, a->h.length - (size_t)OSPF_LSA_HEADER) == 0;
}
