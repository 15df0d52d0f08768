/* SPDX-License-Identifier: Apache-2.0
 *
 * Link state updates received: the flooding procedure of RFC 2328 s13, steps 1 to 8, for each LSA.
 */
#include "ospfd/session/internal.h"

enum { EARLY_MAX = 4 };

/* s13.5: the backup acknowledges to all what it heard of the designated router, and leaves the rest to him. */
static bool backup_is_silent(const struct ospf_neighbor *n)
{
    return n->interface->state == OSPF_IF_BACKUP && n->address != n->interface->lan.dr;
}

/* Steps 1 to 3. */
static bool is_good(struct ospf_instance *i, const uint8_t *data, size_t len)
{
    switch (ospf_lsa_check(data, len)) {
    case OSPF_LSA_GOOD:
        return true;
    case OSPF_LSA_BAD_CHECKSUM:
        ospf_drop(i, OSPF_DROP_LSA_CHECKSUM);
        return false;
    case OSPF_LSA_UNKNOWN_TYPE:
        ospf_drop(i, OSPF_DROP_LSA_TYPE);
        return false;
    case OSPF_LSA_BAD_LENGTH:
    case OSPF_LSA_BAD_CONTENT:
    case OSPF_LSA_CHECK_COUNT:
        break;
    }
    ospf_drop(i, OSPF_DROP_LSA_MALFORMED);
    return false;
}

static struct ospf_area *area_of(struct ospf_neighbor *n, uint32_t type)
{
    return ospf_lsa_scope(type) == OSPF_SCOPE_AS ? NULL : n->interface->area;
}

/* Step 5a, MinLSArrival. Dropping a version costs the retransmission interval of its sender, seconds, and routers do
 * change their mind a few times in a row when they come up: so a few early ones are let through, and then no more. An
 * LSA that we asked for may come at any time. */
static bool is_too_soon(const struct ospf_instance *i, struct ospf_lsdb_entry *e, bool is_requested)
{
    if (!e || !e->is_flooded || is_requested)
        return false;
    if (ospf_now(i) - e->installed_us >= i->config->lsa_pacing.minimum_arrival * 1000ull) {
        e->n_early = 0;
        return false;
    }
    return e->n_early++ >= EARLY_MAX;
}

static bool is_our_address(const struct ospf_instance *i, uint32_t address)
{
    const struct ospf_area *a;
    const struct ospf_interface *f;
    LIST_FOREACH (a, &i->areas, entry)
        LIST_FOREACH (f, &a->interfaces, entry)
            for (uint16_t k = 0; k < f->rib.n_addresses; k++)
                if (ospf_is_usable(&f->rib.addresses[k]) && ip_addr_to_v4(&f->rib.addresses[k].addr) == address)
                    return true;
    return false;
}

/* Step 5: newer than ours. */
static void take_newer(struct ospf_neighbor *n, struct ospf_lsdb *db, struct ospf_lsdb_entry *e, const uint8_t *data,
                       const struct ospf_lsa_header *h)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    uint64_t now = ospf_now(i);
    bool is_requested = ospf_request_find(n, &h->key) != NULL;
    bool is_own = h->key.adv == i->router_id;
    if (is_too_soon(i, e, is_requested)) {
        ospf_drop(i, OSPF_DROP_LSA_TOO_SOON); /* it comes again */
        return;
    }
    if (!e && !is_own && ospf_lsdb_count(db) >= OSPF_LSDB_MAX) {
        ospf_drop(i, OSPF_DROP_LSA_LIMIT);
        return;
    }
    struct ospf_lsa *lsa = ospf_lsa_create(&i->mem.lsa, data, h->length, now);
    struct ospf_area *area = area_of(n, h->key.type);
    bool is_flooded_back;
    e = ospf_flood_install(i, area, n->interface, lsa, n, &is_flooded_back);
    e->is_flooded = !is_requested;
    if (!is_flooded_back && !backup_is_silent(n)) /* sent back it is its own acknowledgment */
        ospf_send_ack(n->interface, h);
    if (is_own)
        ospf_own_heard(i, area, e);
    else if (h->key.type == OSPF_LSA_NETWORK && is_our_address(i, h->key.id)) /* s13.4 */
        ospf_own_flush_foreign(i, area, e);
}

/* Step 8: ours is newer. Tell it, but not all the time. */
static void answer_older(struct ospf_neighbor *n, struct ospf_lsdb_entry *e)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    uint64_t now = ospf_now(i);
    ospf_drop(i, OSPF_DROP_LSA_OLD);
    if (e->lsa->h.seq == OSPF_SEQ_MAX && ospf_lsa_is_max_age(e->lsa, now))
        return; /* its sequence number wraps: wait until it is gone */
    if (e->sent_back_us && now - e->sent_back_us < i->config->lsa_pacing.minimum_arrival * 1000ull)
        return;
    e->sent_back_us = now;
    ospf_send_lsa_to(n, e->lsa);
}

/* Step 7: on our list it is an implied acknowledgment; else acknowledge it. */
static void take_same(struct ospf_neighbor *n, struct ospf_lsdb_entry *e, const struct ospf_lsa_header *h)
{
    if (!ospf_retransmit_remove(n, e))
        ospf_send_ack_to(n, h);
    else if (n->interface->state == OSPF_IF_BACKUP && !backup_is_silent(n))
        ospf_send_ack(n->interface, h);
}

/* False: the neighbour's view of our database is wrong; the rest of the packet is not looked at. */
static bool take_lsa(struct ospf_neighbor *n, const uint8_t *data, const struct ospf_lsa_header *h)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_lsdb *db = ospf_flood_db(n->interface, h->key.type);
    struct ospf_lsdb_entry *e = ospf_lsdb_find(db, &h->key);
    if (h->age >= OSPF_MAX_AGE && !e && i->n_exchanging == 0) { /* step 4 */
        ospf_send_ack_to(n, h);
        return true;
    }
    struct ospf_lsa_header ours = {0};
    if (e)
        ours = ospf_lsa_header_now(e->lsa, ospf_now(i));
    int c = e ? ospf_lsa_compare(h, &ours) : 1;
    if (c > 0) {
        take_newer(n, db, e, data, h);
        return true;
    }
    if (ospf_request_find(n, &h->key)) { /* step 6: it promised a newer one */
        ospf_neighbor_event(n, OSPF_NBR_EVENT_BAD_REQUEST);
        return false;
    }
    if (c < 0)
        answer_older(n, e);
    else
        take_same(n, e, h);
    return true;
}

void ospf_update_receive(struct ospf_neighbor *n, struct wire_reader *body)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    uint32_t count;
    if (n->state < OSPF_NBR_EXCHANGE) {
        ospf_drop(i, OSPF_DROP_NEIGHBOR_STATE);
        return;
    }
    if (!ospf_update_decode(body, &count)) {
        ospf_drop(i, OSPF_DROP_MALFORMED);
        return;
    }
    for (uint32_t k = 0; k < count; k++) {
        size_t len;
        const uint8_t *data = ospf_update_next(body, &len);
        if (!data) {
            ospf_drop(i, OSPF_DROP_MALFORMED);
            return;
        }
        struct wire_reader r = wire_reader_of(data, len);
        struct ospf_lsa_header h;
        if (!is_good(i, data, len) || !ospf_lsa_header_read(&r, &h))
            continue;
        if (h.age > OSPF_MAX_AGE)
            h.age = OSPF_MAX_AGE;
        if (!take_lsa(n, data, &h))
            return;
    }
}
