/* SPDX-License-Identifier: Apache-2.0
 *
 * Hellos (RFC 2328 s9.5, s10.5). A hello that disagrees with our configuration is dropped and counted, nothing more. A
 * neighbour that does not know us yet is answered at once, so that an adjacency need not wait for the next interval.
 */
#include "ospfd/session/internal.h"

#define HELLO_NEIGHBORS_MAX 256
#define ANSWER_GAP_US       50000u /* answers at once, but not a storm of them */

static size_t heard(const struct ospf_interface *f, uint32_t *ids)
{
    const struct ospf_neighbor *n;
    size_t count = 0;
    LIST_FOREACH (n, &f->neighbors, entry)
        if (count < HELLO_NEIGHBORS_MAX)
            ids[count++] = n->router_id;
    return count;
}

void ospf_hello_send(struct ospf_interface *f)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    uint8_t packet[OSPF_HEADER + 20 + 4 * HELLO_NEIGHBORS_MAX];
    uint32_t ids[HELLO_NEIGHBORS_MAX];
    struct wire_writer w = wire_writer_of(packet, sizeof(packet));
    struct ospf_hello h = {.mask = ospf_mask_of(f->address.len),
                           .hello_interval_sec = f->config.hello_interval,
                           .options = OSPF_OPTION_E,
                           .priority = f->config.priority,
                           .dead_interval_sec = f->config.dead_interval};
    size_t n = heard(f, ids);
    ospf_packet_begin(&w, OSPF_PACKET_HELLO, i->router_id, f->area->id);
    ospf_hello_encode(&w, &h, ids, n);
    f->last_hello_us = ospf_now(i);
    ospf_send(f, packet, ospf_packet_end(&w, 0));
}

static bool knows_us(const struct ospf_instance *i, struct ospf_hello *h)
{
    for (uint16_t k = 0; k < h->n_neighbors; k++)
        if (wire_be32(&h->neighbors) == i->router_id)
            return true;
    return false;
}

/* The checks of s10.5. The mask is not compared on a point-to-point link. */
static bool is_acceptable(struct ospf_interface *f, const struct ospf_hello *h)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    if (h->hello_interval_sec != f->config.hello_interval)
        ospf_drop(i, OSPF_DROP_HELLO_INTERVAL);
    else if (h->dead_interval_sec != f->config.dead_interval)
        ospf_drop(i, OSPF_DROP_DEAD_INTERVAL);
    else if (!(h->options & OSPF_OPTION_E)) /* our areas take external routes */
        ospf_drop(i, OSPF_DROP_HELLO_OPTIONS);
    else
        return true;
    return false;
}

/* The neighbour that this hello comes from; a point-to-point link has one. */
static struct ospf_neighbor *neighbor_of(struct ospf_interface *f, uint32_t router_id, uint32_t source)
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
    struct ospf_neighbor *n = neighbor_of(f, header->router_id, source);
    if (!n)
        return;
    bool is_new = n->state == OSPF_NBR_DOWN;
    n->priority = h.priority;
    ospf_neighbor_event(n, OSPF_NBR_EVENT_HELLO);
    bool is_two_way = knows_us(i, &h);
    ospf_neighbor_event(n, is_two_way ? OSPF_NBR_EVENT_2WAY : OSPF_NBR_EVENT_1WAY);
    if ((is_new || !is_two_way) && ospf_now(i) - f->last_hello_us >= ANSWER_GAP_US)
        ospf_interface_hello_now(f);
}
