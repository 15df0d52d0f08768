/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz: an instance and hostile neighbours, one on a point-to-point link, up to four on a LAN. The input is packets,
 * each behind two octets: twelve bits of length; above them where it comes from: a bit for the LAN, two for which
 * router there, and a bit that sends it to the designated routers instead of all. Checksums and router ids are set
 * right, hellos to the LAN get its mask and intervals, and database descriptions the sequence number that fits, so that
 * the fuzzer gets into elections and exchanges.
 */
#include "tests/unit/ospfd/world.h"

#include "ospfd/packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define US   0x0a000001u
#define THEM 0x0a000002u

enum { LAN = 0x8000, WHO = 0x6000, TO_DESIGNATED = 0x1000, LENGTH = 0x0fff };

struct hostile {
    struct port *cable, *lan;
    uint32_t seq; /* of the last description that we saw */
};

static bool listen_in(void *arg, struct node *from, const char *device, const uint8_t *data, size_t len)
{
    struct hostile *h = arg;
    (void)from;
    (void)device;
    if (len >= OSPF_HEADER + 8 && data[1] == OSPF_PACKET_DD)
        h->seq = (uint32_t)data[28] << 24 | (uint32_t)data[29] << 16 | (uint32_t)data[30] << 8 | data[31];
    return true;
}

/* What would have it dropped for nothing. */
static void mend(const struct hostile *h, uint8_t *p, size_t len, uint32_t router_id, bool is_lan)
{
    p[0] = OSPF_VERSION;
    p[2] = (uint8_t)(len >> 8);
    p[3] = (uint8_t)len;
    memcpy(p + 4, (const uint8_t[]){0x0a, 0, 0, (uint8_t)router_id, 0, 0, 0, 0}, 8); /* the backbone */
    p[14] = p[15] = 0;
    if (is_lan && p[1] == OSPF_PACKET_HELLO && len >= OSPF_HEADER + 12)
        memcpy(p + OSPF_HEADER, (const uint8_t[]){255, 255, 255, 0, 0, 1, OSPF_OPTION_E, p[31], 0, 0, 0, 4}, 12);
    if (p[1] == OSPF_PACKET_DD && len >= OSPF_HEADER + 8 && !(p[27] & OSPF_DD_I)) {
        uint32_t seq = h->seq + (p[27] & OSPF_DD_MS ? 1 : 0);
        for (int k = 0; k < 4; k++)
            p[28 + k] = (uint8_t)(seq >> (24 - 8 * k));
    }
    p[12] = p[13] = 0;
    uint16_t sum = ospf_packet_checksum(p, len);
    p[12] = (uint8_t)(sum >> 8);
    p[13] = (uint8_t)sum;
}

static void send(struct hostile *h, unsigned how, const uint8_t *data, size_t len)
{
    uint8_t *p = malloc(len + 1);
    bool is_lan = how & LAN;
    uint32_t id = THEM + (is_lan ? (how & WHO) >> 13 : 0);
    uint32_t source = is_lan ? 0xc0a80000u | (id & 0xff) : ip_addr_to_v4(&h->cable->peer->address.addr);
    memcpy(p, data, len);
    if (len >= OSPF_HEADER)
        mend(h, p, len, id, is_lan);
    port_inject(is_lan ? h->lan : h->cable, source, how & TO_DESIGNATED ? OSPF_ALL_D_ROUTERS : OSPF_ALL_SPF_ROUTERS, p,
                len);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w = world_create(1);
    struct lan lan = {0};
    struct node *us = world_node(w, US), *them = world_node(w, THEM);
    struct hostile h = {.cable = world_link(w, us, them, 10, 10)};
    h.lan = world_attach(&lan, 0, us);
    w->tap = listen_in;
    w->tap_arg = &h;
    node_start(us);
    world_run_ms(w, 100);
    while (size >= 2) {
        unsigned how = (unsigned)data[0] << 8 | data[1];
        size_t len = how & LENGTH;
        data += 2;
        size -= 2;
        if (len > size)
            len = size;
        send(&h, how, data, len);
        data += len;
        size -= len;
        world_run_ms(w, 30);
    }
    world_run_ms(w, 3000);
    world_destroy(w);
    return 0;
}
