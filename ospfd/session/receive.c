/* SPDX-License-Identifier: Apache-2.0
 *
 * A packet arrives: the checks of RFC 2328 s8.2 in their order, each with its counter, then to whom it is for.
 */
#include "ospfd/session/internal.h"

/* To us, to all OSPF routers, or to the designated routers if we are one. */
static bool is_for_us(const struct ospf_interface *f, const struct ip_addr *dest)
{
    if (ip_addr_to_v4(dest) == OSPF_ALL_D_ROUTERS)
        return f->state >= OSPF_IF_BACKUP;
    return ip_addr_to_v4(dest) == OSPF_ALL_SPF_ROUTERS || ip_addr_equal(dest, &f->address.addr);
}

static bool is_own(const struct ospf_interface *f, const struct ip_addr *source)
{
    for (uint16_t k = 0; k < f->rib.n_addresses; k++)
        if (ip_addr_equal(&f->rib.addresses[k].addr, source))
            return true;
    return false;
}

/* Not asked of point-to-point links by the RFC; but the source becomes the gateway of routes, and a gateway off the
 * link would be refused by the kernel. */
static bool is_on_link(const struct ospf_interface *f, const struct ip_addr *source)
{
    struct prefix subnet = prefix_normalize(f->address);
    return prefix_contains_addr(&subnet, source) && !ip_addr_is_martian(source);
}

static bool is_ip_good(struct ospf_interface *f, const struct dgram_info *info)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    if (!is_for_us(f, &info->destination))
        ospf_drop(i, OSPF_DROP_DESTINATION);
    else if (is_own(f, &info->source))
        ospf_drop(i, OSPF_DROP_OWN_SOURCE);
    else
        return true;
    return false;
}

static bool is_header_good(struct ospf_interface *f, const struct dgram_info *info, const uint8_t *data, size_t len,
                           struct ospf_header *h)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    static const enum ospf_drop reason[OSPF_HEADER_CHECK_COUNT] = {
        [OSPF_HEADER_SHORT] = OSPF_DROP_SHORT,
        [OSPF_HEADER_BAD_VERSION] = OSPF_DROP_VERSION,
        [OSPF_HEADER_BAD_CHECKSUM] = OSPF_DROP_CHECKSUM,
        [OSPF_HEADER_BAD_TYPE] = OSPF_DROP_PACKET_TYPE,
    };
    enum ospf_header_check check = ospf_header_decode(data, len, h);
    if (check != OSPF_HEADER_GOOD)
        ospf_drop(i, reason[check]);
    else if (h->area_id != f->area->id)
        ospf_drop(i, OSPF_DROP_AREA);
    else if (!is_on_link(f, &info->source))
        ospf_drop(i, OSPF_DROP_OFF_LINK);
    else if (h->auth_type != OSPF_AUTH_NULL)
        ospf_drop(i, OSPF_DROP_AUTHENTICATION);
    else if (h->router_id == i->router_id)
        ospf_drop(i, OSPF_DROP_DUPLICATE_ROUTER_ID);
    else if (h->router_id == 0)
        ospf_drop(i, OSPF_DROP_MALFORMED);
    else
        return true;
    return false;
}

static void dispatch(struct ospf_interface *f, const struct ospf_header *h, uint32_t source, struct wire_reader *body)
{
    if (h->type == OSPF_PACKET_HELLO) {
        ospf_hello_receive(f, h, source, body);
        return;
    }
    struct ospf_neighbor *n = ospf_neighbor_find(f, h->router_id);
    if (!n || n->address != source) {
        ospf_drop(ospf_interface_instance(f), OSPF_DROP_UNKNOWN_NEIGHBOR);
        return;
    }
    switch (h->type) {
    case OSPF_PACKET_DD:
        ospf_exchange_receive(n, body);
        break;
    case OSPF_PACKET_REQUEST:
        ospf_request_receive(n, body);
        break;
    case OSPF_PACKET_UPDATE:
        ospf_update_receive(n, body);
        break;
    case OSPF_PACKET_ACK:
        ospf_ack_receive(n, body);
        break;
    default: /* a number from the wire; the header's check lets no other through */
        break;
    }
}

void ospf_receive(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg)
{
    struct ospf_interface *f = arg;
    struct ospf_header h;
    (void)d;
    if (!ospf_interface_speaks(f) || !is_ip_good(f, info) || !is_header_good(f, info, data, len, &h))
        return;
    f->received++;
    struct wire_reader body = wire_reader_of(data + OSPF_HEADER, h.length - (size_t)OSPF_HEADER);
    dispatch(f, &h, ip_addr_to_v4(&info->source), &body);
}
