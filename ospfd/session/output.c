/* SPDX-License-Identifier: Apache-2.0
 *
 * Sending: packets are filled with LSAs or headers until the MTU or the end of the turn. On a point-to-point link
 * everything goes to AllSPFRouters (RFC 2328 s8.1), so that one update serves flooding, answers to requests and
 * retransmission alike. On a broadcast link what is for one neighbour goes to its address, and floods and delayed
 * acknowledgments to AllSPFRouters from a designated router, to AllDRouters from others (s13.3, s13.5).
 */
#include "ospfd/session/internal.h"

enum { MTU_DEFAULT = 1500, MTU_MIN = 576, ACK_DELAY_MS = 100, COUNT_BYTES = 4 };

size_t ospf_interface_payload_max(const struct ospf_interface *f)
{
    size_t mtu = f->rib.mtu ? f->rib.mtu : MTU_DEFAULT;
    if (mtu < MTU_MIN)
        mtu = MTU_MIN;
    if (mtu > OSPF_LSA_MAX)
        mtu = OSPF_LSA_MAX;
    return mtu - OSPF_IP_HEADER;
}

static void send(struct ospf_interface *f, uint32_t destination, const uint8_t *packet, size_t len)
{
    struct ip_addr dest = ip_addr_v4(destination);
    if (!f->socket || len == 0)
        return;
    int err = dgram_send(f->socket, &f->address.addr, &dest, 0, packet, len);
    if (err < 0)
        LOG_DEBUG(ospf_interface_instance(f)->env->log, "send", "interface=%s error=%d", f->name, -err);
    else
        f->sent++;
}

void ospf_send_all(struct ospf_interface *f, const uint8_t *packet, size_t len)
{
    send(f, OSPF_ALL_SPF_ROUTERS, packet, len);
}

void ospf_send_to(struct ospf_neighbor *n, const uint8_t *packet, size_t len)
{
    send(n->interface, ospf_interface_is_broadcast(n->interface) ? n->address : OSPF_ALL_SPF_ROUTERS, packet, len);
}

void ospf_packer_init(struct ospf_packer *p, struct ospf_interface *f, struct ospf_neighbor *n, uint8_t type)
{
    p->interface = f;
    p->neighbor = n;
    p->type = type;
    timer_init(&p->flush, ospf_interface_instance(f)->env->loop, ospf_packer_flush, p);
}

void ospf_packer_fini(struct ospf_packer *p)
{
    timer_cancel(&p->flush);
    mem_free(&ospf_interface_instance(p->interface)->mem.neighbor, p->buf);
    p->buf = NULL;
    p->size = 0;
    p->count = 0;
}

/* Those who listen to what is flooded: all to a designated router, the designated routers to all others. */
static uint32_t group_of(const struct ospf_interface *f)
{
    bool is_other = ospf_interface_is_broadcast(f) && f->state < OSPF_IF_BACKUP;
    return is_other ? OSPF_ALL_D_ROUTERS : OSPF_ALL_SPF_ROUTERS;
}

void ospf_packer_flush(void *packer)
{
    struct ospf_packer *p = packer;
    timer_cancel(&p->flush);
    if (p->count == 0)
        return;
    if (p->type == OSPF_PACKET_UPDATE) {
        wire_patch_be16(&p->w, OSPF_HEADER, (uint16_t)(p->count >> 16));
        wire_patch_be16(&p->w, OSPF_HEADER + 2, (uint16_t)p->count);
    }
    p->count = 0;
    size_t len = ospf_packet_end(&p->w, 0);
    if (p->neighbor)
        ospf_send_to(p->neighbor, p->buf, len);
    else
        send(p->interface, group_of(p->interface), p->buf, len);
}

/* Room for `need` octets more, in a packet begun: this one, or the next. */
static struct wire_writer *room(struct ospf_packer *p, size_t need)
{
    struct ospf_instance *i = ospf_interface_instance(p->interface);
    size_t max = ospf_interface_payload_max(p->interface);
    if (p->count && p->w.pos + need > max)
        ospf_packer_flush(p);
    if (p->count)
        return &p->w;
    size_t size = OSPF_HEADER + COUNT_BYTES + need; /* an LSA longer than the MTU goes alone, in fragments */
    if (size < max)
        size = max;
    if (size > p->size) {
        p->buf = mem_realloc(&i->mem.neighbor, p->buf, size);
        p->size = size;
    }
    p->w = wire_writer_of(p->buf, p->size);
    ospf_packet_begin(&p->w, p->type, i->router_id, p->interface->area->id);
    if (p->type == OSPF_PACKET_UPDATE)
        wire_put_be32(&p->w, 0);
    return &p->w;
}

static void put_lsa(struct ospf_packer *p, const struct ospf_lsa *lsa)
{
    const struct ospf_interface *f = p->interface;
    if (!f->socket)
        return;
    struct wire_writer *w = room(p, lsa->h.length);
    ospf_lsa_put(w, lsa, ospf_now(ospf_interface_instance(f)), f->config.transmit_delay);
    p->count++;
    if (!timer_is_armed(&p->flush))
        timer_arm_us(&p->flush, 0);
}

void ospf_send_lsa(struct ospf_interface *f, const struct ospf_lsa *lsa)
{
    put_lsa(&f->updates, lsa);
}

void ospf_send_lsa_to(struct ospf_neighbor *n, const struct ospf_lsa *lsa)
{
    put_lsa(ospf_interface_is_broadcast(n->interface) ? &n->updates : &n->interface->updates, lsa);
}

static bool put_ack(struct ospf_packer *p, const struct ospf_lsa_header *h)
{
    if (!p->interface->socket)
        return false;
    ospf_lsa_header_write(room(p, OSPF_LSA_HEADER), h);
    p->count++;
    return true;
}

void ospf_send_ack(struct ospf_interface *f, const struct ospf_lsa_header *h)
{
    if (put_ack(&f->acks, h) && !timer_is_armed(&f->acks.flush))
        timer_arm_ms(&f->acks.flush, ACK_DELAY_MS);
}

void ospf_send_ack_to(struct ospf_neighbor *n, const struct ospf_lsa_header *h)
{
    struct ospf_packer *p = ospf_interface_is_broadcast(n->interface) ? &n->acks : &n->interface->acks;
    if (put_ack(p, h))
        timer_arm_us(&p->flush, 0);
}
