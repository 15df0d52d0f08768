/* SPDX-License-Identifier: Apache-2.0
 *
 * Retransmission lists and acknowledgments (RFC 2328 s13.6, s13.7). A list is in the order of sending: its timer looks
 * at the head only, and a long list is repeated in portions.
 */
#include "ospfd/session/internal.h"

enum { PORTION = 256, PORTION_GAP_MS = 33 };

static void arm(struct ospf_neighbor *n, uint64_t min_ms)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_retransmit *first = TAILQ_FIRST(&n->retransmits);
    if (!first) {
        timer_cancel(&n->retransmit_timer);
        return;
    }
    uint64_t due = first->sent_us + n->interface->config.retransmit_interval * (uint64_t)US_PER_SEC, now = ospf_now(i);
    uint64_t wait_us = due > now ? due - now : 0;
    timer_arm_us(&n->retransmit_timer, wait_us > min_ms * 1000 ? wait_us : min_ms * 1000);
}

static void on_retransmit(void *arg)
{
    struct ospf_neighbor *n = arg;
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    uint64_t now = ospf_now(i), interval = n->interface->config.retransmit_interval * (uint64_t)US_PER_SEC;
    struct ospf_retransmit *r;
    for (int k = 0; k < PORTION && (r = TAILQ_FIRST(&n->retransmits)) != NULL && r->sent_us + interval <= now; k++) {
        r->sent_us = now;
        TAILQ_REMOVE(&n->retransmits, r, entry);
        TAILQ_INSERT_TAIL(&n->retransmits, r, entry);
        i->counters.retransmitted++;
        ospf_send_lsa_to(n, r->lsdb_entry->lsa);
    }
    arm(n, PORTION_GAP_MS);
}

static struct ospf_retransmit *find(const struct ospf_neighbor *n, const struct ospf_lsdb_entry *e)
{
    struct ospf_retransmit *r;
    HASH_FIND_PTR(n->retransmit_hash, &e, r);
    return r;
}

void ospf_retransmit_add(struct ospf_neighbor *n, struct ospf_lsdb_entry *e)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_retransmit *r = find(n, e);
    if (r) {
        TAILQ_REMOVE(&n->retransmits, r, entry);
    } else {
        r = MEM_NEW(&i->mem.neighbor, struct ospf_retransmit);
        r->lsdb_entry = e;
        HASH_ADD_PTR(n->retransmit_hash, lsdb_entry, r);
        e->n_retransmits++;
    }
    r->sent_us = ospf_now(i);
    TAILQ_INSERT_TAIL(&n->retransmits, r, entry);
    if (!n->retransmit_timer.loop)
        timer_init(&n->retransmit_timer, i->env->loop, on_retransmit, n);
    if (!timer_is_armed(&n->retransmit_timer))
        arm(n, 0);
}

static void retransmit_free(struct ospf_neighbor *n, struct ospf_retransmit *r)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    if (--r->lsdb_entry->n_retransmits == 0 && r->lsdb_entry->is_flushing)
        ospf_flood_sweep_soon(i);
    HASH_DEL(n->retransmit_hash, r);
    TAILQ_REMOVE(&n->retransmits, r, entry);
    mem_free(&i->mem.neighbor, r);
}

bool ospf_retransmit_remove(struct ospf_neighbor *n, struct ospf_lsdb_entry *e)
{
    struct ospf_retransmit *r = find(n, e);
    if (r)
        retransmit_free(n, r);
    return r != NULL;
}

void ospf_retransmit_remove_everywhere(struct ospf_instance *i, struct ospf_lsdb_entry *e)
{
    struct ospf_area *a;
    struct ospf_interface *f;
    struct ospf_neighbor *n;
    if (e->n_retransmits == 0)
        return;
    LIST_FOREACH (a, &i->areas, entry)
        LIST_FOREACH (f, &a->interfaces, entry)
            LIST_FOREACH (n, &f->neighbors, entry)
                ospf_retransmit_remove(n, e);
}

void ospf_retransmit_clear(struct ospf_neighbor *n)
{
    struct ospf_retransmit *r;
    while ((r = TAILQ_FIRST(&n->retransmits)) != NULL)
        retransmit_free(n, r);
    timer_cancel(&n->retransmit_timer);
}

void ospf_ack_receive(struct ospf_neighbor *n, struct wire_reader *body)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_lsa_header h;
    if (n->state < OSPF_NBR_EXCHANGE) {
        ospf_drop(i, OSPF_DROP_NEIGHBOR_STATE);
        return;
    }
    if (!ospf_ack_check(body)) {
        ospf_drop(i, OSPF_DROP_MALFORMED);
        return;
    }
    while (wire_left(body) > 0 && ospf_lsa_header_read(body, &h)) {
        struct ospf_lsdb *db = ospf_flood_db(n->interface, h.key.type);
        struct ospf_lsdb_entry *e = db ? ospf_lsdb_find(db, &h.key) : NULL;
        if (!e || !find(n, e))
            continue; /* acknowledged already, in another way */
        struct ospf_lsa_header ours = ospf_lsa_header_now(e->lsa, ospf_now(i));
        if (ospf_lsa_compare(&h, &ours) == 0)
            ospf_retransmit_remove(n, e);
        else
            ospf_drop(i, OSPF_DROP_ACK_UNEXPECTED);
    }
}
