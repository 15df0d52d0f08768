/* SPDX-License-Identifier: Apache-2.0
 *
 * A record is words of 64 bits: client, freed, purpose, family, prefix length, three of zero; label and vrf; until;
 * discriminator; address (two); since and checksum. Numbers in network order. A header: magic, boot id, checksum.
 */
#include "src/ribd/label/record.h"

#include <endian.h>
#include <string.h>

static const char magic[12] = "label-claim2";

enum { LABEL = 8, VRF = 12, UNTIL = 16, DISCRIMINATOR = 24, ADDRESS = 32, SINCE = LABEL_RECORD_SIZE - 8 };
#define CHECK_FIRST 0x9e3779b97f4a7c15u

static void put64(uint8_t *p, uint64_t v)
{
    v = htobe64(v);
    memcpy(p, &v, sizeof(v));
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return be32toh(v);
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return be64toh(v);
}

/* Each step can be undone, so whatever differs in one word differs in the end. */
static uint64_t check(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0xff51afd7ed558ccdu;
    return h ^ h >> 29;
}

/* The last word: `half` of it, and the checksum of all. */
static uint64_t seal(uint64_t h, uint32_t half)
{
    h = check(h, half);
    return (uint64_t)half << 32 | (uint32_t)(h ^ h >> 32);
}

static uint64_t seal_of(const uint8_t *p)
{
    uint64_t h = CHECK_FIRST;

    for (unsigned i = 0; i < SINCE; i += 8)
        h = check(h, get64(p + i));
    return seal(h, get32(p + SINCE));
}

static bool is_whole(const uint8_t in[LABEL_RECORD_SIZE])
{
    return get64(in + SINCE) == seal_of(in);
}

/* A record under way: where the next word goes, and the checksum of those before it. */
struct sealing {
    uint8_t *at;
    uint64_t check;
};

static inline void add(struct sealing *s, uint64_t word)
{
    s->check = check(s->check, word);
    put64(s->at, word);
    s->at += sizeof(word);
}

void label_record_encode(const struct label_record *r, uint8_t out[LABEL_RECORD_SIZE])
{
    const uint8_t *a = r->fec.prefix.addr.b;
    struct sealing s = {out, CHECK_FIRST};

    add(&s, (uint64_t)r->client << 56 | (uint64_t)r->is_freed << 48 | (uint64_t)r->fec.purpose << 40 |
                (uint64_t)r->fec.prefix.addr.family << 32 | (uint64_t)r->fec.prefix.len << 24);
    add(&s, (uint64_t)r->label << 32 | r->fec.vrf);
    add(&s, r->until_us);
    add(&s, r->fec.discriminator);
    add(&s, get64(a));
    add(&s, get64(a + 8));
    put64(s.at, seal(s.check, r->since_sec));
}

bool label_record_decode(const uint8_t in[LABEL_RECORD_SIZE], struct label_record *r)
{
    memset(r, 0, sizeof(*r));
    r->client = in[0];
    r->is_freed = in[1] != 0;
    r->fec.purpose = in[2];
    r->fec.prefix.addr.family = in[3];
    r->fec.prefix.len = in[4];
    r->label = get32(in + LABEL);
    r->fec.vrf = get32(in + VRF);
    r->since_sec = get32(in + SINCE);
    r->until_us = get64(in + UNTIL);
    r->fec.discriminator = get64(in + DISCRIMINATOR);
    memcpy(r->fec.prefix.addr.b, in + ADDRESS, sizeof(r->fec.prefix.addr.b));
    return is_whole(in) && r->fec.purpose <= RIB_LABEL_STATIC && (r->is_freed || r->fec.purpose >= RIB_LABEL_LDP) &&
           r->fec.prefix.addr.family <= AF_IPV6 && r->fec.prefix.len <= ip_addr_bits(&r->fec.prefix.addr);
}

void label_header_encode(const char *boot, uint8_t out[LABEL_RECORD_SIZE])
{
    memset(out, 0, LABEL_RECORD_SIZE);
    memcpy(out, magic, sizeof(magic));
    memcpy(out + sizeof(magic), boot, strnlen(boot, LABEL_BOOT_MAX - 1));
    put64(out + SINCE, seal_of(out));
}

bool label_header_decode(const uint8_t in[LABEL_RECORD_SIZE], char boot[LABEL_BOOT_MAX])
{
    memcpy(boot, in + sizeof(magic), LABEL_BOOT_MAX);
    boot[LABEL_BOOT_MAX - 1] = '\0';
    return is_whole(in) && memcmp(in, magic, sizeof(magic)) == 0;
}
