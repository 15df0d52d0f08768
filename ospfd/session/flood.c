/* SPDX-License-Identifier: Apache-2.0
 *
 * Installing and sending on (RFC 2328 s13.2, s13.3), aging and removal (s14). The one way into a database.
 */
#include "ospfd/session/internal.h"

#define REFRESH_SPREAD_US (100ull * US_PER_SEC)

struct ospf_lsdb *ospf_flood_db(const struct ospf_interface *f, uint32_t type)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    switch (ospf_lsa_scope(type)) {
    case OSPF_SCOPE_AREA:
        return f->area->db;
    case OSPF_SCOPE_AS:
        return i->as_db;
    case OSPF_SCOPE_LINK: /* made when it is first asked for */
        if (!f->link_db)
            ((struct ospf_interface *)(uintptr_t)f)->link_db = ospf_lsdb_create(&i->mem.lsdb, ospf_now(i));
        return f->link_db;
    case OSPF_SCOPE_UNKNOWN:
        break;
    }
    return NULL;
}

bool ospf_flood_may_send(const struct ospf_neighbor *n, uint32_t type)
{
    return type < OSPF_LSA_OPAQUE_LINK || (n->options & OSPF_OPTION_O); /* RFC 5250 s3.1 */
}

/* s13.3 step 1: does this neighbour need it? */
static bool neighbor_needs(struct ospf_neighbor *n, const struct ospf_lsa_header *h, const struct ospf_neighbor *from)
{
    if (n->state < OSPF_NBR_EXCHANGE || !ospf_flood_may_send(n, h->key.type))
        return false;
    if (n->state < OSPF_NBR_FULL) {
        struct ospf_request *r = ospf_request_find(n, &h->key);
        int c = r ? ospf_lsa_compare(h, &r->h) : 1;
        if (r && c < 0)
            return false; /* it has a newer one, which we still wait for */
        if (r)
            ospf_request_remove(n, r);
        if (r && c == 0)
            return false;
    }
    return n != from;
}

/* Who has become backup just now is adjacent to us, but not yet to all others, and they do not hear what it floods. It
 * costs little to say it again; retransmission would take seconds. */
static bool backup_is_new(const struct ospf_interface *f)
{
    uint64_t for_us = f->config.dead_interval * (uint64_t)US_PER_SEC;
    return f->state == OSPF_IF_DR && ospf_now(ospf_interface_instance(f)) - f->lan.since_us < for_us;
}

/* Steps 3 and 4: on a broadcast link what a designated router sent has reached everybody, and what comes from others
 * the designated router sends back, not its backup. */
static bool is_sent_by_others(const struct ospf_interface *f, const struct ospf_neighbor *from)
{
    if (!from || from->interface != f || !ospf_interface_is_broadcast(f) || backup_is_new(f))
        return false;
    return from->address == f->lan.dr || from->address == f->lan.bdr || f->state == OSPF_IF_BACKUP;
}

/* s13.3; true: it was sent. */
static bool flood_interface(struct ospf_interface *f, struct ospf_lsdb_entry *e, const struct ospf_neighbor *from)
{
    struct ospf_neighbor *n;
    struct ospf_lsa_header h = ospf_lsa_header_now(e->lsa, ospf_now(ospf_interface_instance(f)));
    bool is_needed = false;
    LIST_FOREACH (n, &f->neighbors, entry) {
        if (!neighbor_needs(n, &h, from))
            continue;
        ospf_retransmit_add(n, e);
        is_needed = true;
    }
    is_needed = is_needed && !is_sent_by_others(f, from);
    if (is_needed)
        ospf_send_lsa(f, e->lsa);
    return is_needed;
}

/* True: it was sent back to where it came from. */
static bool flood(struct ospf_instance *i, struct ospf_area *area, struct ospf_interface *link,
                  struct ospf_lsdb_entry *e, const struct ospf_neighbor *from)
{
    struct ospf_area *a;
    struct ospf_interface *f;
    bool is_back = false;
    if (ospf_lsa_scope(e->key.type) == OSPF_SCOPE_LINK)
        return flood_interface(link, e, from) && from;
    LIST_FOREACH (a, &i->areas, entry) {
        if (area && a != area)
            continue;
        LIST_FOREACH (f, &a->interfaces, entry)
            is_back |= flood_interface(f, e, from) && from && from->interface == f;
    }
    return is_back;
}

/* When it wants to be looked at again: our own are refreshed, spread over some time, the others reach MaxAge. */
static void schedule(struct ospf_instance *i, struct ospf_lsdb_entry *e, uint64_t now)
{
    uint64_t age_us = ospf_lsa_age(e->lsa, now) * (uint64_t)US_PER_SEC;
    uint64_t until_us = OSPF_MAX_AGE * (uint64_t)US_PER_SEC;
    if (e->is_flushing)
        return;
    if (e->key.adv == i->router_id)
        until_us = OSPF_REFRESH_TIME * (uint64_t)US_PER_SEC - loop_random(i->env->loop) % REFRESH_SPREAD_US;
    ospf_lsdb_schedule(e, until_us > age_us ? now + until_us - age_us : now);
}

struct ospf_lsdb_entry *ospf_flood_install(struct ospf_instance *i, struct ospf_area *area, struct ospf_interface *f,
                                           struct ospf_lsa *lsa, struct ospf_neighbor *from, bool *is_flooded_back)
{
    uint32_t type = lsa->h.key.type;
    uint64_t now = ospf_now(i);
    struct ospf_lsdb *db = f ? ospf_flood_db(f, type) : area ? area->db : i->as_db;
    struct ospf_lsdb_entry *e = ospf_lsdb_find(db, &lsa->h.key);
    bool matters = type <= OSPF_LSA_EXTERNAL && (!e || !ospf_lsa_is_same_content(e->lsa, lsa));
    if (e)
        ospf_retransmit_remove_everywhere(i, e);
    e = ospf_lsdb_install(db, lsa, now);
    e->is_flooded = false;
    schedule(i, e, now);
    bool is_back = flood(i, area, f, e, from);
    if (is_flooded_back)
        *is_flooded_back = is_back;
    if (e->is_flushing)
        ospf_flood_sweep_soon(i);
    if (matters)
        ospf_paths_changed(i);
    return e;
}

/* --- aging --- */

struct due {
    struct ospf_instance *instance;
    struct ospf_area *area;
    struct ospf_interface *link;
};

static void on_due(void *arg, struct ospf_lsdb_entry *e)
{
    const struct due *d = arg;
    struct ospf_instance *i = d->instance;
    uint64_t now = ospf_now(i);
    if (e->key.adv == i->router_id && !ospf_lsa_is_max_age(e->lsa, now)) {
        ospf_own_refresh(i, d->area, e);
        return;
    }
    if (!e->is_flushing) /* s14: reached MaxAge: tell everybody, then forget it */
        ospf_flood_install(i, d->area, d->link, ospf_lsa_create_max_age(e->lsa, now), NULL, NULL);
}

void ospf_flood_second(void *instance)
{
    struct ospf_instance *i = instance;
    struct ospf_area *a;
    struct ospf_interface *f;
    uint64_t now = ospf_now(i);
    LIST_FOREACH (a, &i->areas, entry) {
        ospf_lsdb_tick(a->db, now, on_due, &(struct due){.instance = i, .area = a});
        LIST_FOREACH (f, &a->interfaces, entry)
            if (f->link_db)
                ospf_lsdb_tick(f->link_db, now, on_due, &(struct due){.instance = i, .area = a, .link = f});
    }
    ospf_lsdb_tick(i->as_db, now, on_due, &(struct due){.instance = i});
    timer_arm_us(&i->second, US_PER_SEC);
}

/* --- removal (s14): nobody has to acknowledge it, and nobody is being told our database --- */

static void sweep_db(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb *db)
{
    struct ospf_lsdb_entry *e = db ? ospf_lsdb_first_flushing(db) : NULL, *next;
    for (; e; e = next) {
        next = ospf_lsdb_next_flushing(e);
        if (e->n_retransmits > 0)
            continue;
        struct ospf_lsa_key key = e->key;
        ospf_lsdb_remove(db, e);
        if (key.adv == i->router_id)
            ospf_own_removed(i, area, &key);
    }
}

void ospf_flood_sweep(void *instance)
{
    struct ospf_instance *i = instance;
    struct ospf_area *a;
    struct ospf_interface *f;
    if (i->n_exchanging > 0)
        return;
    LIST_FOREACH (a, &i->areas, entry) {
        sweep_db(i, a, a->db);
        LIST_FOREACH (f, &a->interfaces, entry)
            sweep_db(i, a, f->link_db);
    }
    sweep_db(i, NULL, i->as_db);
}

void ospf_flood_sweep_soon(struct ospf_instance *i)
{
    if (!timer_is_armed(&i->sweep))
        timer_arm_us(&i->sweep, 0);
}
