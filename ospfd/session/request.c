/* SPDX-License-Identifier: Apache-2.0
 *
 * Link state requests (RFC 2328 s10.7, s10.9): what a neighbour has newer. One packet of requests is outstanding at a
 * time, so that the answers pace themselves.
 */
#include "ospfd/session/internal.h"

enum { REQUEST_BYTES = 12 };

static void on_request_timer(void *arg)
{
    struct ospf_neighbor *n = arg;
    struct ospf_request *r;
    n->n_outstanding = 0; /* not answered in time: ask again */
    TAILQ_FOREACH (r, &n->requests, entry) {
        if (!r->is_sent)
            break; /* those sent are in front */
        r->is_sent = false;
    }
    ospf_request_send(n);
    ospf_request_check_done(n);
}

void ospf_request_add(struct ospf_neighbor *n, const struct ospf_lsa_header *h)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_request *r = ospf_request_find(n, &h->key);
    if (!n->request_timer.loop)
        timer_init(&n->request_timer, i->env->loop, on_request_timer, n);
    if (!r) {
        r = MEM_NEW(&i->mem.neighbor, struct ospf_request);
        r->h = *h;
        HASH_ADD(hh, n->request_hash, h.key, sizeof(r->h.key), r);
        TAILQ_INSERT_TAIL(&n->requests, r, entry);
    }
    r->h = *h;
}

struct ospf_request *ospf_request_find(const struct ospf_neighbor *n, const struct ospf_lsa_key *key)
{
    struct ospf_request *r;
    HASH_FIND(hh, n->request_hash, key, sizeof(*key), r);
    return r;
}

static void request_free(struct ospf_neighbor *n, struct ospf_request *r)
{
    HASH_DELETE(hh, n->request_hash, r);
    TAILQ_REMOVE(&n->requests, r, entry);
    mem_free(&ospf_interface_instance(n->interface)->mem.neighbor, r);
}

void ospf_request_remove(struct ospf_neighbor *n, struct ospf_request *r)
{
    if (r->is_sent)
        n->n_outstanding--;
    request_free(n, r);
    if (n->n_outstanding == 0) /* all answered: the next ones, when this packet is done */
        timer_arm_us(&n->request_timer, 0);
}

void ospf_request_clear(struct ospf_neighbor *n)
{
    struct ospf_request *r;
    while ((r = TAILQ_FIRST(&n->requests)) != NULL)
        request_free(n, r);
    n->n_outstanding = 0;
    timer_cancel(&n->request_timer);
}

void ospf_request_send(struct ospf_neighbor *n)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_request *r;
    uint8_t packet[1500];
    size_t max = ospf_interface_payload_max(n->interface);
    if (n->n_outstanding > 0 || TAILQ_EMPTY(&n->requests))
        return;
    struct wire_writer w = wire_writer_of(packet, max < sizeof(packet) ? max : sizeof(packet));
    ospf_packet_begin(&w, OSPF_PACKET_REQUEST, i->router_id, n->interface->area->id);
    TAILQ_FOREACH (r, &n->requests, entry) {
        if (w.pos + REQUEST_BYTES > w.size)
            break;
        ospf_request_encode(&w, &r->h.key);
        r->is_sent = true;
        n->n_outstanding++;
    }
    ospf_send_to(n, packet, ospf_packet_end(&w, 0));
    timer_arm_ms(&n->request_timer, n->interface->config.retransmit_interval * 1000u);
}

void ospf_request_check_done(struct ospf_neighbor *n)
{
    if (n->state == OSPF_NBR_LOADING && TAILQ_EMPTY(&n->requests))
        ospf_neighbor_event(n, OSPF_NBR_EVENT_LOADING_DONE);
}

void ospf_request_receive(struct ospf_neighbor *n, struct wire_reader *body)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_lsa_key key;
    if (n->state < OSPF_NBR_EXCHANGE) {
        ospf_drop(i, OSPF_DROP_NEIGHBOR_STATE);
        return;
    }
    if (wire_left(body) % REQUEST_BYTES != 0) {
        ospf_drop(i, OSPF_DROP_MALFORMED);
        return;
    }
    while (ospf_request_next(body, &key)) {
        struct ospf_lsdb *db = ospf_flood_db(n->interface, key.type);
        struct ospf_lsdb_entry *e = db ? ospf_lsdb_find(db, &key) : NULL;
        if (!e) {
            ospf_neighbor_event(n, OSPF_NBR_EVENT_BAD_REQUEST);
            return;
        }
        ospf_send_lsa_to(n, e->lsa);
    }
}
