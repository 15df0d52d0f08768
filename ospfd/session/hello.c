/* SPDX-License-Identifier: Apache-2.0
 *
 * Hellos (RFC 2328 s9.5, s10.5). A hello that disagrees with our configuration is dropped and counted, nothing more. A
 * neighbour that does not know us yet is answered at once, so that an adjacency need not wait for the next interval.
 */
#include "ospfd/session/internal.h"

#define ANSWER_GAP_US 50000u /* answers at once, but not a storm of them */

static size_t heard(const struct ospf_interface *f, uint32_t *ids)
{
    const struct ospf_neighbor *n;
    size_t count = 0;
    LIST_FOREACH (n, &f->neighbors, entry)
        if (count < OSPF_NEIGHBORS_MAX)
            ids[count++] = n->router_id;
    return count;
}

void ospf_hello_send(struct ospf_interface *f)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    uint8_t packet[OSPF_HEADER + 20 + 4 * OSPF_NEIGHBORS_MAX];
    uint32_t ids[OSPF_NEIGHBORS_MAX];
    struct wire_writer w = wire_writer_of(packet, sizeof(packet));
    struct ospf_hello h = {.mask = ospf_mask_of(f->address.len),
                           .hello_interval_sec = f->config.hello_interval,
                           .options = OSPF_OPTION_E,
                           .priority = f->config.priority,
                           .dr = f->lan.dr,
                           .bdr = f->lan.bdr,
                           .dead_interval_sec = f->config.dead_interval};
    size_t n = heard(f, ids);
    ospf_packet_begin(&w, OSPF_PACKET_HELLO, i->router_id, f->area->id);
    ospf_hello_encode(&w, &h, ids, n);
    f->last_hello_us = ospf_now(i);
    ospf_send_all(f, packet, ospf_packet_end(&w, 0));
}

void ospf_hello_soon(struct ospf_interface *f)
{
    uint64_t now = ospf_now(ospf_interface_instance(f)), at = f->last_hello_us + ANSWER_GAP_US;
    uint64_t wait_us = at > now ? at - now : 0;
    if (timer_remaining_ms(&f->hello) > wait_us / 1000)
        timer_arm_us(&f->hello, wait_us);
}

static bool knows_us(const struct ospf_instance *i, struct ospf_hello *h)
{
    for (uint16_t k = 0; k < h->n_neighbors; k++)
        if (wire_be32(&h->neighbors) == i->router_id)
            return true;
    return false;
}

/* The checks of s10.5. The mask is compared on broadcast links only. */
static bool is_acceptable(struct ospf_interface *f, const struct ospf_hello *h)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    if (h->hello_interval_sec != f->config.hello_interval)
        ospf_drop(i, OSPF_DROP_HELLO_INTERVAL);
    else if (h->dead_interval_sec != f->config.dead_interval)
        ospf_drop(i, OSPF_DROP_DEAD_INTERVAL);
    else if (ospf_interface_is_broadcast(f) && h->mask != ospf_mask_of(f->address.len))
        ospf_drop(i, OSPF_DROP_HELLO_MASK);
    else if (!(h->options & OSPF_OPTION_E)) /* our areas take external routes */
        ospf_drop(i, OSPF_DROP_HELLO_OPTIONS);
    else
        return true;
    return false;
}

/* On a broadcast link a neighbour is known by its address. A second router with the same router id is not let in. */
static struct ospf_neighbor *neighbor_on_broadcast(struct ospf_interface *f, uint32_t router_id, uint32_t source)
{
    struct ospf_neighbor *n, *next;
    size_t count = 0;
    for (n = LIST_FIRST(&f->neighbors); n; n = next) {
        next = LIST_NEXT(n, entry);
        count++;
        if (n->address == source && n->router_id == router_id)
            return n;
        if (n->address == source) {
            n->last_event = "its router id changed";
            ospf_neighbor_event(n, OSPF_NBR_EVENT_KILL);
            count--;
        } else if (n->router_id == router_id) {
            ospf_drop(ospf_interface_instance(f), OSPF_DROP_SECOND_NEIGHBOR);
            return NULL;
        }
    }
    if (count < OSPF_NEIGHBORS_MAX)
        return ospf_neighbor_create(f, router_id, source);
    ospf_drop(ospf_interface_instance(f), OSPF_DROP_NEIGHBOR_LIMIT);
    return NULL;
}

/* A point-to-point link has one neighbour. */
static struct ospf_neighbor *neighbor_on_point_to_point(struct ospf_interface *f, uint32_t router_id, uint32_t source)
{
    struct ospf_neighbor *n = LIST_FIRST(&f->neighbors);
    if (n && n->router_id != router_id) {
        if (n->address != source) {
            ospf_drop(ospf_interface_instance(f), OSPF_DROP_SECOND_NEIGHBOR);
            return NULL;
        }
        n->last_event = "its router id changed";
        ospf_neighbor_event(n, OSPF_NBR_EVENT_KILL);
        n = NULL;
    } else if (n && n->address != source) { /* the gateway of our routes: begin anew */
        n->last_event = "its address changed";
        ospf_neighbor_event(n, OSPF_NBR_EVENT_KILL);
        n = NULL;
    }
    return n ? n : ospf_neighbor_create(f, router_id, source);
}

void ospf_hello_receive(struct ospf_interface *f, const struct ospf_header *header, uint32_t source,
                        struct wire_reader *body)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    struct ospf_hello h;
    if (!ospf_hello_decode(body, &h)) {
        ospf_drop(i, OSPF_DROP_MALFORMED);
        return;
    }
    if (!is_acceptable(f, &h))
        return;
    struct ospf_neighbor *n = ospf_interface_is_broadcast(f) ? neighbor_on_broadcast(f, header->router_id, source)
                                                             : neighbor_on_point_to_point(f, header->router_id, source);
    if (!n)
        return;
    bool is_new = n->state == OSPF_NBR_DOWN;
    ospf_neighbor_event(n, OSPF_NBR_EVENT_HELLO);
    bool is_two_way = knows_us(i, &h);
    ospf_neighbor_event(n, is_two_way ? OSPF_NBR_EVENT_2WAY : OSPF_NBR_EVENT_1WAY);
    if (is_two_way && ospf_interface_is_broadcast(f))
        ospf_broadcast_hello(n, &h);
    else if (!ospf_interface_is_broadcast(f))
        n->priority = h.priority;
    if (is_new || !is_two_way)
        ospf_hello_soon(f);
}
