/* SPDX-License-Identifier: Apache-2.0
 *
 * Database exchange with one neighbour (RFC 2328 s10.6, s10.8): who is master, then a description of each database in
 * turn. What the other has newer goes to the request list.
 */
#include <string.h>

#include "ospfd/session/internal.h"

static void on_resend(void *arg)
{
    struct ospf_neighbor *n = arg;
    ospf_send_to(n, n->x.sent, n->x.sent_len);
    timer_arm_ms(&n->x.resend, n->interface->config.retransmit_interval * 1000u);
}

/* --- sending --- */

static void put_headers(struct ospf_neighbor *n, struct wire_writer *w)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_exchange *x = &n->x;
    while (x->at_summary < x->n_summary && w->pos + OSPF_LSA_HEADER <= w->size) {
        const struct ospf_lsa_key *key = &x->summary[x->at_summary++];
        struct ospf_lsdb *db = ospf_flood_db(n->interface, key->type);
        struct ospf_lsdb_entry *e = db ? ospf_lsdb_find(db, key) : NULL;
        if (!e)
            continue; /* gone since the snapshot */
        struct ospf_lsa_header h = ospf_lsa_header_now(e->lsa, ospf_now(i));
        ospf_lsa_header_write(w, &h);
    }
}

/* `is_first`: without headers, while master and slave are not known. */
static void send_description(struct ospf_neighbor *n, bool is_first)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_exchange *x = &n->x;
    size_t size = ospf_interface_payload_max(n->interface);
    x->sent = mem_realloc(&i->mem.neighbor, x->sent, size);
    struct wire_writer w = wire_writer_of(x->sent, size);
    struct ospf_dd dd = {.mtu = (uint16_t)(n->interface->rib.mtu < UINT16_MAX ? n->interface->rib.mtu : UINT16_MAX),
                         .options = OSPF_OPTION_E | OSPF_OPTION_O,
                         .seq = x->seq,
                         .flags = x->is_master ? OSPF_DD_MS : 0};
    ospf_packet_begin(&w, OSPF_PACKET_DD, i->router_id, n->interface->area->id);
    size_t flags_at = w.pos + 3;
    ospf_dd_encode(&w, &dd);
    if (!is_first)
        put_headers(n, &w);
    x->sent_more = is_first || x->at_summary < x->n_summary;
    wire_patch_u8(&w, flags_at, (uint8_t)(dd.flags | (is_first ? OSPF_DD_I : 0) | (x->sent_more ? OSPF_DD_M : 0)));
    x->sent_len = ospf_packet_end(&w, 0);
    ospf_send_to(n, x->sent, x->sent_len);
    if (x->is_master)
        timer_arm_ms(&x->resend, n->interface->config.retransmit_interval * 1000u);
    else
        timer_cancel(&x->resend);
}

void ospf_exchange_negotiate(struct ospf_neighbor *n)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    timer_init(&n->x.resend, i->env->loop, on_resend, n);
    n->x.is_master = true;
    n->x.has_last = false;
    n->x.peer_is_done = false;
    n->x.seq++;
    send_description(n, true);
}

/* --- the snapshot --- */

static void add_summary(struct ospf_neighbor *n, const struct ospf_lsdb *db, uint32_t type)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_exchange *x = &n->x;
    size_t count = db ? ospf_lsdb_count_type(db, type) : 0;
    if (count == 0 || !ospf_flood_may_send(n, type))
        return;
    x->summary = mem_realloc(&i->mem.neighbor, x->summary, (x->n_summary + count) * sizeof(*x->summary));
    for (struct ospf_lsdb_entry *e = ospf_lsdb_first(db, type); e; e = ospf_lsdb_next(e)) {
        if (ospf_lsa_is_max_age(e->lsa, ospf_now(i))) /* s10.3 NegotiationDone: told, not described */
            ospf_retransmit_add(n, e);
        else
            x->summary[x->n_summary++] = e->key;
    }
}

void ospf_exchange_describe(struct ospf_neighbor *n)
{
    n->x.n_summary = n->x.at_summary = 0;
    for (uint32_t type = 1; type < OSPF_LSDB_TYPES; type++)
        if (ospf_lsa_scope(type) != OSPF_SCOPE_UNKNOWN)
            add_summary(
                n, ospf_lsa_scope(type) == OSPF_SCOPE_LINK ? n->interface->link_db : ospf_flood_db(n->interface, type),
                type);
}

void ospf_exchange_clear(struct ospf_neighbor *n)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_exchange *x = &n->x;
    timer_cancel(&x->resend);
    mem_free(&i->mem.neighbor, x->summary);
    mem_free(&i->mem.neighbor, x->sent);
    *x = (struct ospf_exchange){.seq = x->seq};
}

/* --- receiving --- */

/* A header of the description: is it something that we lack? False: the description is not to be believed. */
static bool take_header(struct ospf_neighbor *n, const struct ospf_lsa_header *h)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    if (ospf_lsa_scope(h->key.type) == OSPF_SCOPE_UNKNOWN || h->length < OSPF_LSA_HEADER)
        return false;
    struct ospf_lsdb *db = ospf_flood_db(n->interface, h->key.type);
    struct ospf_lsdb_entry *e = ospf_lsdb_find(db, &h->key);
    if (e) {
        struct ospf_lsa_header ours = ospf_lsa_header_now(e->lsa, ospf_now(i));
        if (ospf_lsa_compare(h, &ours) <= 0)
            return true;
    } else if (ospf_lsdb_count(db) + HASH_COUNT(n->request_hash) >= OSPF_LSDB_MAX) {
        ospf_drop(i, OSPF_DROP_LSA_LIMIT);
        return true;
    }
    ospf_request_add(n, h);
    return true;
}

/* The packet is the next in sequence: take it, answer it. */
static void accept(struct ospf_neighbor *n, struct ospf_dd *dd)
{
    struct ospf_exchange *x = &n->x;
    struct ospf_lsa_header h;
    x->last = (struct ospf_dd_last){.flags = dd->flags, .options = dd->options, .seq = dd->seq};
    x->has_last = true;
    while (wire_left(&dd->headers) > 0) {
        if (!ospf_lsa_header_read(&dd->headers, &h) || !take_header(n, &h)) {
            ospf_drop(ospf_interface_instance(n->interface), OSPF_DROP_MALFORMED);
            ospf_neighbor_event(n, OSPF_NBR_EVENT_SEQ_MISMATCH);
            return;
        }
    }
    x->peer_is_done = !(dd->flags & OSPF_DD_M);
    if (x->is_master) {
        x->seq++;
        if (x->peer_is_done && !x->sent_more) {
            timer_cancel(&x->resend);
            ospf_neighbor_event(n, OSPF_NBR_EVENT_EXCHANGE_DONE);
            return;
        }
        send_description(n, false);
    } else {
        x->seq = dd->seq;
        send_description(n, false);
        if (x->peer_is_done && !x->sent_more) {
            ospf_neighbor_event(n, OSPF_NBR_EVENT_EXCHANGE_DONE);
            return;
        }
    }
    ospf_request_send(n); /* requests need not wait for the end of the exchange */
}

/* s10.6, ExStart: is it clear now who is master? */
static void receive_exstart(struct ospf_neighbor *n, struct ospf_dd *dd)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    const uint8_t all = OSPF_DD_I | OSPF_DD_M | OSPF_DD_MS;
    n->options = dd->options;
    if ((dd->flags & all) == all && wire_left(&dd->headers) == 0 && n->router_id > i->router_id) {
        n->x.is_master = false;
        n->x.seq = dd->seq;
        timer_cancel(&n->x.resend);
    } else if (!(dd->flags & (OSPF_DD_I | OSPF_DD_MS)) && dd->seq == n->x.seq && n->router_id < i->router_id) {
        n->x.is_master = true;
    } else {
        if ((dd->flags & all) == all) /* it began later than we, and may not have heard our proposal */
            ospf_send_to(n, n->x.sent, n->x.sent_len);
        return;
    }
    ospf_neighbor_event(n, OSPF_NBR_EVENT_NEGOTIATION_DONE);
    accept(n, dd);
}

static bool is_duplicate(const struct ospf_exchange *x, const struct ospf_dd *dd)
{
    return x->has_last && x->last.flags == dd->flags && x->last.options == dd->options && x->last.seq == dd->seq;
}

/* Exchange, Loading, Full: a duplicate is answered by the slave; what does not fit begins the exchange anew. */
static void receive_in_sequence(struct ospf_neighbor *n, struct ospf_dd *dd)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_exchange *x = &n->x;
    if (is_duplicate(x, dd)) {
        ospf_drop(i, OSPF_DROP_DD_DUPLICATE);
        if (!x->is_master)
            ospf_send_to(n, x->sent, x->sent_len);
        return;
    }
    bool peer_is_master = dd->flags & OSPF_DD_MS;
    bool fits = n->state == OSPF_NBR_EXCHANGE && peer_is_master != x->is_master && !(dd->flags & OSPF_DD_I) &&
                dd->options == x->last.options && dd->seq == (x->is_master ? x->seq : x->seq + 1);
    if (fits) {
        accept(n, dd);
        return;
    }
    ospf_drop(i, OSPF_DROP_DD_UNEXPECTED);
    ospf_neighbor_event(n, OSPF_NBR_EVENT_SEQ_MISMATCH);
}

void ospf_exchange_receive(struct ospf_neighbor *n, struct wire_reader *body)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_dd dd;
    if (!ospf_dd_decode(body, &dd)) {
        ospf_drop(i, OSPF_DROP_MALFORMED);
        return;
    }
    if (dd.mtu > n->interface->rib.mtu && !n->interface->config.mtu_ignore) {
        ospf_drop(i, OSPF_DROP_MTU);
        LOG_WARN(i->env->log, "neighbor-mtu", "interface=%s neighbor-mtu=%u mtu=%u", n->interface->name, dd.mtu,
                 n->interface->rib.mtu);
        return;
    }
    if (n->state == OSPF_NBR_INIT) /* it describes: so it knows us */
        ospf_neighbor_event(n, OSPF_NBR_EVENT_2WAY);
    if (n->state < OSPF_NBR_EXSTART)
        ospf_drop(i, OSPF_DROP_NEIGHBOR_STATE);
    else if (n->state == OSPF_NBR_EXSTART)
        receive_exstart(n, &dd);
    else
        receive_in_sequence(n, &dd);
}
