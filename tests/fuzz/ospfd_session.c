/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz: an instance and a hostile neighbour. The input is packets, each behind its length of two octets; their
 * checksums are set right, and database descriptions are given the sequence number that fits, so that the fuzzer gets
 * into the exchange.
 */
#include "tests/unit/ospfd/world.h"

#include "ospfd/packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define US   0x0a000001u
#define THEM 0x0a000002u

struct hostile {
    struct port *port;
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

static void send(struct hostile *h, const uint8_t *data, size_t len)
{
    uint8_t *p = malloc(len);
    memcpy(p, data, len);
    if (len >= OSPF_HEADER) {
        p[0] = OSPF_VERSION;
        p[2] = (uint8_t)(len >> 8);
        p[3] = (uint8_t)len;
        memcpy(p + 4, (const uint8_t[]){0x0a, 0, 0, 2, 0, 0, 0, 0}, 8); /* them, the backbone */
        p[14] = p[15] = 0;
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
    port_inject(h->port, ip_addr_to_v4(&h->port->peer->address.addr), OSPF_ALL_SPF_ROUTERS, p, len);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w = world_create(1);
    struct node *us = world_node(w, US), *them = world_node(w, THEM);
    struct hostile h = {.port = world_link(w, us, them, 10, 10)};
    w->tap = listen_in;
    w->tap_arg = &h;
    node_start(us);
    world_run_ms(w, 100);
    while (size >= 2) {
        size_t len = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        if (len > size)
            len = size;
        send(&h, data, len);
        data += len;
        size -= len;
        world_run_ms(w, 30);
    }
    world_run_ms(w, 3000);
    world_destroy(w);
    return 0;
}
