/* SPDX-License-Identifier: Apache-2.0
 *
 * The two checksums of OSPF: the Fletcher sum of an LSA (RFC 2328 s12.1.7) and the Internet sum of a packet (appendix
 * D.4.1, over the packet without its 64 bits of authentication).
 */
#include "ospfd/packet/lsa.h"
#include "ospfd/packet/packet.h"

enum { AGE_BYTES = 2, CHECKSUM_AT = 16 };

struct fletcher {
    uint32_t c0, c1;
};

/* 5802 octets can be added before a 32 bit sum could overflow; 4096 is a round number below. */
static struct fletcher fletcher_sum(const uint8_t *p, size_t len)
{
    struct fletcher f = {0, 0};
    while (len > 0) {
        size_t part = len < 4096 ? len : 4096;
        for (size_t i = 0; i < part; i++) {
            f.c0 += p[i];
            f.c1 += f.c0;
        }
        f.c0 %= 255;
        f.c1 %= 255;
        p += part;
        len -= part;
    }
    return f;
}

bool ospf_lsa_checksum_is_good(const uint8_t *lsa, size_t len)
{
    if (len < OSPF_LSA_HEADER || (lsa[CHECKSUM_AT] == 0 && lsa[CHECKSUM_AT + 1] == 0))
        return false; /* zero means "not computed", which OSPF does not allow */
    struct fletcher f = fletcher_sum(lsa + AGE_BYTES, len - AGE_BYTES);
    return f.c0 == 0 && f.c1 == 0;
}

void ospf_lsa_checksum_set(uint8_t *lsa, size_t len)
{
    lsa[CHECKSUM_AT] = lsa[CHECKSUM_AT + 1] = 0;
    struct fletcher f = fletcher_sum(lsa + AGE_BYTES, len - AGE_BYTES);
    /* Octets behind the first check octet, as RFC 905 annex B counts them. */
    int32_t behind = (int32_t)(len - CHECKSUM_AT - 1);
    int32_t x = (int32_t)((int64_t)behind * f.c0 % 255) - (int32_t)f.c1;
    x %= 255;
    if (x <= 0)
        x += 255;
    int32_t y = 510 - (int32_t)f.c0 - x;
    if (y > 255)
        y -= 255;
    lsa[CHECKSUM_AT] = (uint8_t)x;
    lsa[CHECKSUM_AT + 1] = (uint8_t)y;
}

static uint32_t internet_sum(const uint8_t *p, size_t len, uint32_t sum)
{
    for (; len >= 2; p += 2, len -= 2)
        sum += (uint32_t)p[0] << 8 | p[1];
    if (len)
        sum += (uint32_t)p[0] << 8;
    return sum;
}

uint16_t ospf_packet_checksum(const uint8_t *packet, size_t len)
{
    uint32_t sum = internet_sum(packet, OSPF_AUTH_AT, 0);
    sum = internet_sum(packet + OSPF_HEADER, len - OSPF_HEADER, sum);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}
