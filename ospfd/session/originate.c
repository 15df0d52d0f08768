/* SPDX-License-Identifier: Apache-2.0
 *
 * Our own LSAs (RFC 2328 s12.4): what each shall say is kept here, what it says is in the database. A difference is
 * originated at the end of the turn, or when MinLSInterval is over. After a restart the neighbours bring what we said
 * in our earlier life: it is continued from its sequence number, adopted when it still says what it should, and flushed
 * only when we are sure that nobody wants it any more (s13.4).
 */
#include <string.h>

#include "ospfd/session/internal.h"

/* A neighbour whose MinLSArrival is our MinLSInterval shall not find us early because the packet before was slow. */
#define MARGIN_US 50000u

/* So long after a restart we may still become again what our network-LSA of the earlier life says. */
enum { GRACE_MS = 5000 };

static void on_due(void *arg);

static struct ospf_own *find(const struct ospf_instance *i, const struct ospf_own_key *key)
{
    struct ospf_own *o;
    HASH_FIND(hh, i->own, key, sizeof(*key), o);
    return o;
}

static struct ospf_lsdb_entry *said(const struct ospf_instance *i, const struct ospf_own_key *key)
{
    struct ospf_lsa_key k = {.type = key->type, .id = key->id, .adv = i->router_id};
    return ospf_lsdb_find(key->area ? key->area->db : i->as_db, &k);
}

static void own_free(struct ospf_own *o)
{
    struct ospf_instance *i = o->instance;
    timer_cancel(&o->due);
    HASH_DEL(i->own, o);
    mem_free(&i->mem.own, o->body);
    mem_free(&i->mem.own, o);
}

static void flush(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb_entry *e)
{
    if (!e->is_flushing)
        ospf_flood_install(i, area, NULL, ospf_lsa_create_max_age(e->lsa, ospf_now(i)), NULL, NULL);
}

static void schedule(struct ospf_own *o)
{
    struct ospf_instance *i = o->instance;
    uint64_t gap = i->config->lsa_pacing.minimum_interval * 1000ull + MARGIN_US, now = ospf_now(i);
    uint64_t at = o->last_us ? o->last_us + gap : 0;
    timer_arm_us(&o->due, o->is_wanted && at > now ? at - now : 0);
}

static bool is_as_wanted(const struct ospf_own *o, const struct ospf_lsdb_entry *e)
{
    return !e->is_flushing && e->lsa->h.options == o->options && e->lsa->h.length == OSPF_LSA_HEADER + o->len &&
           memcmp(e->lsa->data + OSPF_LSA_HEADER, o->body, o->len) == 0;
}

static void originate(struct ospf_own *o, struct ospf_lsdb_entry *e)
{
    struct ospf_instance *i = o->instance;
    size_t len = OSPF_LSA_HEADER + o->len;
    uint8_t *data = mem_alloc(&i->mem.own, len);
    struct wire_writer w = wire_writer_of(data, len);
    struct ospf_lsa_header h = {.options = o->options,
                                .key = {.type = o->key.type, .id = o->key.id, .adv = i->router_id},
                                .seq = e ? e->lsa->h.seq + 1 : OSPF_SEQ_INITIAL,
                                .length = (uint16_t)len};
    ospf_lsa_header_write(&w, &h);
    wire_put_bytes(&w, o->body, o->len);
    ospf_lsa_checksum_set(data, len);
    o->last_us = ospf_now(i);
    i->counters.originated++;
    ospf_flood_install(i, o->key.area, NULL, ospf_lsa_create(&i->mem.lsa, data, len, o->last_us), NULL, NULL);
    mem_free(&i->mem.own, data);
}

/* Brings the database to what is wanted. `is_forced`: a new version although it says the same. */
static void bring_about(struct ospf_own *o, bool is_forced)
{
    struct ospf_instance *i = o->instance;
    struct ospf_lsdb_entry *e = said(i, &o->key);
    if (!o->is_wanted) {
        if (e)
            flush(i, o->key.area, e);
        own_free(o);
        return;
    }
    if (o->is_wrapping || (e && is_as_wanted(o, e) && !is_forced))
        return;
    if (e && e->lsa->h.seq == OSPF_SEQ_MAX) { /* s12.1.6: flush it; ospf_own_removed goes on */
        o->is_wrapping = true;
        flush(i, o->key.area, e);
        return;
    }
    originate(o, e);
}

static void on_due(void *arg)
{
    bring_about(arg, false);
}

static struct ospf_own *own_create(struct ospf_instance *i, const struct ospf_own_key *key)
{
    struct ospf_own *o = MEM_NEW(&i->mem.own, struct ospf_own);
    o->key = *key;
    o->instance = i;
    timer_init(&o->due, i->env->loop, on_due, o);
    HASH_ADD(hh, i->own, key, sizeof(o->key), o);
    return o;
}

void ospf_own_set(struct ospf_instance *i, const struct ospf_own_key *key, uint8_t options, const uint8_t *body,
                  size_t len)
{
    struct ospf_own *o = find(i, key);
    if (i->is_stopping)
        return;
    if (o && o->is_wanted && o->options == options && o->len == len && memcmp(o->body, body, len) == 0)
        return;
    if (!o)
        o = own_create(i, key);
    mem_free(&i->mem.own, o->body);
    o->body = mem_dup(&i->mem.own, body, len);
    o->len = len;
    o->options = options;
    o->is_wanted = true;
    schedule(o);
}

void ospf_own_clear(struct ospf_instance *i, const struct ospf_own_key *key)
{
    struct ospf_own *o = find(i, key);
    if (!o || !o->is_wanted)
        return;
    o->is_wanted = false;
    schedule(o);
}

static struct ospf_own *own_of_entry(struct ospf_instance *i, struct ospf_area *area, const struct ospf_lsa_key *key)
{
    return find(i, &(struct ospf_own_key){.area = area, .type = key->type, .id = key->id});
}

/* While the routes to redistribute are not known yet, an external LSA of our earlier life may well be wanted soon. */
static bool may_be_wanted(const struct ospf_instance *i, uint32_t type)
{
    return type == OSPF_LSA_EXTERNAL && !i->external.is_known && !i->is_stopping;
}

/* A network-LSA of ours, while we may be about to become designated router of that link again. */
static bool may_be_designated(const struct ospf_area *a, const struct ospf_lsa_key *key)
{
    const struct ospf_interface *f;
    if (key->type != OSPF_LSA_NETWORK || a->instance->is_stopping)
        return false;
    LIST_FOREACH (f, &a->interfaces, entry)
        if ((f->state == OSPF_IF_WAITING || f->state == OSPF_IF_DR) && ospf_interface_address(f) == key->id)
            return true;
    return false;
}

/* Leaves it for a while. If it is wanted meanwhile, its next version waits as if this one had been ours just now: by
 * then those who are named in it are adjacent again. */
static void put_off(struct ospf_instance *i, struct ospf_area *area, const struct ospf_lsa_key *key)
{
    struct ospf_own *o = own_create(i, &(struct ospf_own_key){.area = area, .type = key->type, .id = key->id});
    o->last_us = ospf_now(i);
    timer_arm_ms(&o->due, GRACE_MS);
}

void ospf_own_heard(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb_entry *e)
{
    struct ospf_own *o = own_of_entry(i, area, &e->key);
    if (o && o->is_wanted)
        schedule(o);
    else if (!o && may_be_designated(area, &e->key))
        put_off(i, area, &e->key);
    else if (!o && !may_be_wanted(i, e->key.type))
        flush(i, area, e);
}

void ospf_own_flush_foreign(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb_entry *e)
{
    flush(i, area, e);
}

void ospf_own_refresh(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb_entry *e)
{
    struct ospf_own *o = own_of_entry(i, area, &e->key);
    if (o)
        bring_about(o, true);
    else
        flush(i, area, e);
}

void ospf_own_removed(struct ospf_instance *i, struct ospf_area *area, const struct ospf_lsa_key *key)
{
    struct ospf_own *o = own_of_entry(i, area, key);
    if (!o)
        return;
    o->is_wrapping = false;
    schedule(o);
}

static void flush_unwanted_of(struct ospf_instance *i, struct ospf_area *area, struct ospf_lsdb *db)
{
    for (uint32_t type = 1; type < OSPF_LSDB_TYPES; type++) {
        struct ospf_lsdb_entry *e, *next;
        for (e = ospf_lsdb_first(db, type); e; e = next) {
            next = ospf_lsdb_next(e);
            if (e->key.adv != i->router_id)
                continue;
            struct ospf_own *o = own_of_entry(i, area, &e->key);
            if (!o)
                flush(i, area, e); /* what is unwanted and on record will be flushed when it is due */
        }
    }
}

void ospf_own_flush_unwanted(struct ospf_instance *i)
{
    struct ospf_area *a;
    LIST_FOREACH (a, &i->areas, entry)
        flush_unwanted_of(i, a, a->db);
    flush_unwanted_of(i, NULL, i->as_db);
}

void ospf_own_flush_all(struct ospf_instance *i)
{
    struct ospf_own *o, *tmp;
    HASH_ITER (hh, i->own, o, tmp)
        own_free(o);
    ospf_own_flush_unwanted(i);
}

void ospf_own_forget_area(struct ospf_instance *i, struct ospf_area *area)
{
    struct ospf_own *o, *tmp;
    HASH_ITER (hh, i->own, o, tmp)
        if (o->key.area == area)
            own_free(o);
}

void ospf_own_fini(struct ospf_instance *i)
{
    struct ospf_own *o, *tmp;
    HASH_ITER (hh, i->own, o, tmp)
        own_free(o);
}
