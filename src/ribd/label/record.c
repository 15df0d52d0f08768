/* SPDX-License-Identifier: Apache-2.0
 *
 * A record: client, freed, purpose, family, prefix length, three of zero; label, vrf, since; until, discriminator;
 * address; checksum. Numbers in network order. A header: magic, boot id, checksum.
 */
#include "src/ribd/label/record.h"

#include <endian.h>
#include <string.h>

static const char magic[12] = "label-claims";

enum { SINCE = 16, UNTIL = 20, DISCRIMINATOR = 28, ADDRESS = 36, CHECKSUM = LABEL_RECORD_SIZE - 4 };
#define CHECK_FIRST 0x9e3779b97f4a7c15u

static void put32(uint8_t *p, uint32_t v)
{
    v = htobe32(v);
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
static uint64_t check(uint64_t h, uint32_t word)
{
    h = (h ^ word) * 0xff51afd7ed558ccdu;
    return h ^ h >> 29;
}

static uint32_t check_end(uint64_t h)
{
    return (uint32_t)(h ^ h >> 32);
}

static uint32_t checksum(const uint8_t *p)
{
    uint64_t h = CHECK_FIRST;

    for (unsigned i = 0; i < CHECKSUM; i += 4)
        h = check(h, get32(p + i));
    return check_end(h);
}

static void seal(uint8_t out[LABEL_RECORD_SIZE])
{
    put32(out + CHECKSUM, checksum(out));
}

static bool is_whole(const uint8_t in[LABEL_RECORD_SIZE])
{
    return get32(in + CHECKSUM) == checksum(in);
}

/* A record under way: where the next word goes, and the checksum of those before it. */
struct sealing {
    uint8_t *at;
    uint64_t check;
};

static inline void add(struct sealing *s, uint32_t word)
{
    s->check = check(s->check, word);
    put32(s->at, word);
    s->at += sizeof(word);
}

void label_record_encode(const struct label_record *r, uint8_t out[LABEL_RECORD_SIZE])
{
    const uint8_t *a = r->fec.prefix.addr.b;
    struct sealing s = {out, CHECK_FIRST};

    add(&s, (uint32_t)r->client << 24 | (uint32_t)r->is_freed << 16 | (uint32_t)r->fec.purpose << 8 |
                r->fec.prefix.addr.family);
    add(&s, (uint32_t)r->fec.prefix.len << 24);
    add(&s, r->label);
    add(&s, r->fec.vrf);
    add(&s, r->since_sec);
    add(&s, (uint32_t)(r->until_us >> 32));
    add(&s, (uint32_t)r->until_us);
    add(&s, (uint32_t)(r->fec.discriminator >> 32));
    add(&s, (uint32_t)r->fec.discriminator);
    add(&s, get32(a));
    add(&s, get32(a + 4));
    add(&s, get32(a + 8));
    add(&s, get32(a + 12));
    put32(s.at, check_end(s.check));
}

bool label_record_decode(const uint8_t in[LABEL_RECORD_SIZE], struct label_record *r)
{
    memset(r, 0, sizeof(*r));
    r->client = in[0];
    r->is_freed = in[1] != 0;
    r->fec.purpose = in[2];
    r->fec.prefix.addr.family = in[3];
    r->fec.prefix.len = in[4];
    r->label = get32(in + 8);
    r->fec.vrf = get32(in + 12);
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
    seal(out);
}

bool label_header_decode(const uint8_t in[LABEL_RECORD_SIZE], char boot[LABEL_BOOT_MAX])
{
    memcpy(boot, in + sizeof(magic), LABEL_BOOT_MAX);
    boot[LABEL_BOOT_MAX - 1] = '\0';
    return is_whole(in) && memcmp(in, magic, sizeof(magic)) == 0;
}
