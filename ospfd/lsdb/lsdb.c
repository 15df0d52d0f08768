/* SPDX-License-Identifier: Apache-2.0
 *
 * See lsdb.h.
 */
#include "ospfd/lsdb/lsdb.h"

#include "strata/mem.h"

#define WHEEL_SLOTS 512u /* seconds; what is due later stays in its slot for another round */
#define US_PER_SEC  1000000u

LIST_HEAD(due_list, ospf_lsdb_entry);

struct ospf_lsdb {
    struct mem_account *acct;
    struct ospf_lsdb_entry *by_type[OSPF_LSDB_TYPES];
    TAILQ_HEAD(, ospf_lsdb_entry) flushing;
    uint64_t wheel_sec; /* slots up to and including this second were looked at */
    struct due_list wheel[WHEEL_SLOTS];
};

struct ospf_lsdb *ospf_lsdb_create(struct mem_account *entries, uint64_t now_us)
{
    struct ospf_lsdb *db = MEM_NEW(entries, struct ospf_lsdb);
    db->acct = entries;
    db->wheel_sec = now_us / US_PER_SEC;
    TAILQ_INIT(&db->flushing);
    for (size_t i = 0; i < WHEEL_SLOTS; i++)
        LIST_INIT(&db->wheel[i]);
    return db;
}

static void entry_free(struct ospf_lsdb *db, struct ospf_lsdb_entry *e)
{
    ospf_lsa_unref(e->lsa);
    mem_free(db->acct, e);
}

void ospf_lsdb_destroy(struct ospf_lsdb *db)
{
    if (!db)
        return;
    for (size_t t = 0; t < OSPF_LSDB_TYPES; t++) {
        struct ospf_lsdb_entry *e, *tmp;
        HASH_ITER (hh, db->by_type[t], e, tmp) {
            HASH_DELETE(hh, db->by_type[t], e);
            entry_free(db, e);
        }
    }
    mem_free(db->acct, db);
}

size_t ospf_lsdb_count_type(const struct ospf_lsdb *db, uint32_t type)
{
    return type < OSPF_LSDB_TYPES ? HASH_COUNT(db->by_type[type]) : 0;
}

size_t ospf_lsdb_count(const struct ospf_lsdb *db)
{
    size_t n = 0;
    for (uint32_t t = 0; t < OSPF_LSDB_TYPES; t++)
        n += ospf_lsdb_count_type(db, t);
    return n;
}

struct ospf_lsdb_entry *ospf_lsdb_find(const struct ospf_lsdb *db, const struct ospf_lsa_key *key)
{
    struct ospf_lsdb_entry *e = NULL;
    if (key->type < OSPF_LSDB_TYPES)
        HASH_FIND(hh, db->by_type[key->type], key, sizeof(*key), e);
    return e;
}

struct ospf_lsdb_entry *ospf_lsdb_find_by_id(const struct ospf_lsdb *db, uint32_t type, uint32_t id)
{
    if (type == OSPF_LSA_ROUTER)
        return ospf_lsdb_find(db, &(struct ospf_lsa_key){.type = type, .id = id, .adv = id});
    for (struct ospf_lsdb_entry *e = ospf_lsdb_first(db, type); e; e = ospf_lsdb_next(e))
        if (e->key.id == id)
            return e;
    return NULL;
}

static void unschedule(struct ospf_lsdb_entry *e)
{
    if (e->is_due_scheduled)
        LIST_REMOVE(e, due);
    e->is_due_scheduled = false;
}

void ospf_lsdb_schedule(struct ospf_lsdb_entry *e, uint64_t at_us)
{
    uint64_t sec = (at_us + US_PER_SEC - 1) / US_PER_SEC;
    unschedule(e);
    e->due_sec = sec > e->db->wheel_sec ? sec : e->db->wheel_sec + 1;
    e->is_due_scheduled = true;
    LIST_INSERT_HEAD(&e->db->wheel[e->due_sec % WHEEL_SLOTS], e, due);
}

static void set_flushing(struct ospf_lsdb *db, struct ospf_lsdb_entry *e, bool is_flushing)
{
    if (e->is_flushing == is_flushing)
        return;
    e->is_flushing = is_flushing;
    if (is_flushing)
        TAILQ_INSERT_TAIL(&db->flushing, e, flushing);
    else
        TAILQ_REMOVE(&db->flushing, e, flushing);
}

struct ospf_lsdb_entry *ospf_lsdb_install(struct ospf_lsdb *db, struct ospf_lsa *lsa, uint64_t now_us)
{
    struct ospf_lsdb_entry *e = ospf_lsdb_find(db, &lsa->h.key);
    if (e) {
        ospf_lsa_unref(e->lsa);
    } else {
        e = MEM_NEW(db->acct, struct ospf_lsdb_entry);
        e->key = lsa->h.key;
        e->db = db;
        HASH_ADD(hh, db->by_type[e->key.type], key, sizeof(e->key), e);
    }
    e->lsa = lsa;
    e->installed_us = now_us;
    e->sent_back_us = 0;
    unschedule(e);
    set_flushing(db, e, ospf_lsa_is_max_age(lsa, now_us));
    return e;
}

void ospf_lsdb_remove(struct ospf_lsdb *db, struct ospf_lsdb_entry *e)
{
    unschedule(e);
    set_flushing(db, e, false);
    HASH_DELETE(hh, db->by_type[e->key.type], e);
    entry_free(db, e);
}

struct ospf_lsdb_entry *ospf_lsdb_first(const struct ospf_lsdb *db, uint32_t type)
{
    return type < OSPF_LSDB_TYPES ? db->by_type[type] : NULL;
}

struct ospf_lsdb_entry *ospf_lsdb_next(const struct ospf_lsdb_entry *e)
{
    return e->hh.next;
}

/* Takes what is due out of the slot before anything is told: the callee may change every list. */
static void run_slot(struct ospf_lsdb *db, size_t slot, uint64_t now_sec, ospf_lsdb_due_fn *fn, void *arg)
{
    bool is_more = true;
    while (is_more) {
        struct ospf_lsdb_entry *e;
        is_more = false;
        LIST_FOREACH (e, &db->wheel[slot], due) {
            if (e->due_sec > now_sec)
                continue;
            unschedule(e);
            fn(arg, e);
            is_more = true;
            break;
        }
    }
}

void ospf_lsdb_tick(struct ospf_lsdb *db, uint64_t now_us, ospf_lsdb_due_fn *fn, void *arg)
{
    uint64_t now_sec = now_us / US_PER_SEC, first = db->wheel_sec + 1;
    if (now_sec < first)
        return;
    uint64_t n = now_sec - first + 1;
    db->wheel_sec = now_sec; /* what is scheduled from now on comes later */
    for (uint64_t k = 0; k < n && k < WHEEL_SLOTS; k++)
        run_slot(db, (first + k) % WHEEL_SLOTS, now_sec, fn, arg);
}

struct ospf_lsdb_entry *ospf_lsdb_first_flushing(const struct ospf_lsdb *db)
{
    return TAILQ_FIRST(&db->flushing);
}

struct ospf_lsdb_entry *ospf_lsdb_next_flushing(const struct ospf_lsdb_entry *e)
{
    return TAILQ_NEXT(e, flushing);
}
