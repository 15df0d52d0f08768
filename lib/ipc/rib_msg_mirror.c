/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that fill a client's mirror: Interface and Instance. They are few, so each is its own message. Pure.
 */
#include "lib/ipc/rib_msg_pb.h"

#include <stdio.h>
#include <string.h>

/* False if it does not fit. */
static bool copy_text(char *to, size_t size, const char *text)
{
    return (size_t)snprintf(to, size, "%s", text) < size;
}

void rib_msg_interface_encode(struct rib_msg_buf *out, const struct rib_interface *i)
{
    Strata__Rib__Interface m = STRATA__RIB__INTERFACE__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    size_t size = i->n_addresses * (size_t)RIB_ADDR_WIRE_MAX;
    struct wire_writer addresses = wire_writer_of(rib_scratch_bytes(scratch, size), size);
    uint8_t *bits = rib_scratch_bytes(scratch, i->n_addresses);

    for (size_t k = 0; k < i->n_addresses; k++) {
        rib_put_addr(&addresses, &i->addresses[k].addr);
        bits[k] = i->addresses[k].len;
    }
    m.ifindex = i->ifindex;
    m.name = (char *)i->name;
    m.vrf = i->vrf;
    m.mtu = i->mtu;
    m.is_up = i->is_up;
    m.is_loopback = i->is_loopback;
    m.has_mpls = i->has_mpls;
    m.is_guarded = i->is_guarded;
    m.address_count = i->n_addresses;
    m.addresses = (ProtobufCBinaryData){.len = addresses.pos, .data = addresses.data};
    m.address_bits = (ProtobufCBinaryData){.len = i->n_addresses, .data = bits};
    rib_msg_pack(out, &m.base);
}

static bool get_addresses(const Strata__Rib__Interface *m, struct prefix *out)
{
    struct wire_reader addresses = rib_reader_of(&m->addresses);

    for (size_t k = 0; k < m->address_count; k++) {
        if (!rib_get_addr(&addresses, &out[k].addr) || !ip_addr_is_set(&out[k].addr))
            return false;
        out[k].len = m->address_bits.data[k];
        if (out[k].len > ip_addr_bits(&out[k].addr))
            return false;
    }
    return true;
}

const char *rib_msg_interface_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__Interface *m = (const Strata__Rib__Interface *)(const void *)base;
    struct rib_interface i = {.ifindex = m->ifindex,
                              .vrf = m->vrf,
                              .mtu = m->mtu,
                              .is_up = m->is_up,
                              .is_loopback = m->is_loopback,
                              .has_mpls = m->has_mpls,
                              .is_guarded = m->is_guarded,
                              .n_addresses = (uint16_t)m->address_count};
    struct rib_scratch scratch = {0};
    bool is_good;

    if (m->ifindex == 0 || !copy_text(i.name, sizeof(i.name), m->name))
        return "name or index of an interface out of range";
    if (m->address_count > UINT16_MAX || m->address_bits.len != m->address_count)
        return "columns of an interface do not fit";
    i.addresses = rib_scratch_bytes(&scratch, m->address_count * sizeof(struct prefix));
    is_good = get_addresses(m, i.addresses);
    if (is_good)
        sink->ops->interface(sink->arg, &i);
    rib_scratch_fini(&scratch);
    return is_good ? NULL : "malformed address of an interface";
}

void rib_msg_instance_encode(struct rib_msg_buf *out, const struct rib_instance *i)
{
    Strata__Rib__Instance m = STRATA__RIB__INSTANCE__INIT;

    m.vrf = i->vrf;
    m.name = (char *)i->name;
    m.device = (char *)i->device;
    m.is_ready = i->is_ready;
    rib_msg_pack(out, &m.base);
}

const char *rib_msg_instance_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__Instance *m = (const Strata__Rib__Instance *)(const void *)base;
    struct rib_instance i = {.vrf = m->vrf, .is_ready = m->is_ready};

    if (!copy_text(i.name, sizeof(i.name), m->name) || !copy_text(i.device, sizeof(i.device), m->device))
        return "name of an instance is too long";
    sink->ops->instance(sink->arg, &i);
    return NULL;
}
