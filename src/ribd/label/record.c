/* SPDX-License-Identifier: Apache-2.0
 *
 * A record: client, freed, purpose, family, prefix length, three of zero; label, vrf, since; until, discriminator;
 * address; checksum. Numbers in network order. A header: magic, boot id, checksum.
 */
#include "src/ribd/label/record.h"

#include <string.h>

static const char magic[12] = "label-claims";

static uint8_t *put(uint8_t *p, uint64_t v, unsigned octets)
{
    for (unsigned i = octets; i-- > 0; v >>= 8)
        p[i] = (uint8_t)v;
    return p + octets;
}

static uint64_t get(const uint8_t **p, unsigned octets)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < octets; i++)
        v = v << 8 | *(*p)++;
    return v;
}

/* Each step can be undone, so whatever differs in one word differs in the end. */
static uint32_t checksum(const uint8_t *p)
{
    uint64_t h = 0x9e3779b97f4a7c15u;

    for (unsigned i = 0; i < LABEL_RECORD_SIZE - 4; i += 4) {
        h = (h ^ get(&p, 4)) * 0xff51afd7ed558ccdu;
        h ^= h >> 29;
    }
    return (uint32_t)(h ^ h >> 32);
}

static void seal(uint8_t out[LABEL_RECORD_SIZE])
{
    put(out + LABEL_RECORD_SIZE - 4, checksum(out), 4);
}

static bool is_whole(const uint8_t in[LABEL_RECORD_SIZE])
{
    const uint8_t *p = in + LABEL_RECORD_SIZE - 4;

    return get(&p, 4) == checksum(in);
}

void label_record_encode(const struct label_record *r, uint8_t out[LABEL_RECORD_SIZE])
{
    uint8_t *p = out;

    p = put(p, r->client, 1);
    p = put(p, r->is_freed, 1);
    p = put(p, r->fec.purpose, 1);
    p = put(p, r->fec.prefix.addr.family, 1);
    p = put(p, r->fec.prefix.len, 1);
    p = put(p, 0, 3);
    p = put(p, r->label, 4);
    p = put(p, r->fec.vrf, 4);
    p = put(p, r->since_sec, 4);
    p = put(p, r->until_us, 8);
    p = put(p, r->fec.discriminator, 8);
    memcpy(p, r->fec.prefix.addr.b, sizeof(r->fec.prefix.addr.b));
    seal(out);
}

bool label_record_decode(const uint8_t in[LABEL_RECORD_SIZE], struct label_record *r)
{
    const uint8_t *p = in;

    memset(r, 0, sizeof(*r));
    r->client = (uint8_t)get(&p, 1);
    r->is_freed = get(&p, 1) != 0;
    r->fec.purpose = (uint8_t)get(&p, 1);
    r->fec.prefix.addr.family = (uint8_t)get(&p, 1);
    r->fec.prefix.len = (uint8_t)get(&p, 1);
    get(&p, 3);
    r->label = (uint32_t)get(&p, 4);
    r->fec.vrf = (uint32_t)get(&p, 4);
    r->since_sec = (uint32_t)get(&p, 4);
    r->until_us = get(&p, 8);
    r->fec.discriminator = get(&p, 8);
    memcpy(r->fec.prefix.addr.b, p, sizeof(r->fec.prefix.addr.b));
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
