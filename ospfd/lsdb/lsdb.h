/* SPDX-License-Identifier: Apache-2.0
 *
 * A link state database: of an area, of the AS, or of a link. Entries are found by key, walked by type, and come due
 * (MaxAge, refresh) through a wheel of seconds, so that aging costs nothing but what really happens. Reads no clock,
 * floods nothing. RFC 2328 s12.2, s14.
 */
#pragma once

#include <sys/queue.h>
#include <uthash.h>

#include "ospfd/lsdb/lsa.h"

struct ospf_lsdb;

#define OSPF_LSDB_TYPES 12

struct ospf_lsdb_entry {
    UT_hash_handle hh;
    struct ospf_lsa_key key;
    struct ospf_lsa *lsa; /* never NULL */
    struct ospf_lsdb *db;
    uint64_t installed_us;
    uint64_t sent_back_us;  /* when our newer copy was last sent to somebody who was behind */
    uint32_t n_early;       /* versions in a row that came within MinLSArrival of the one before */
    uint32_t n_retransmits; /* retransmission lists that it is on: it may not go before they are done */
    bool is_flooded;        /* came by flooding: MinLSArrival applies */
    bool is_flushing;       /* at MaxAge, on the list of those to be removed */
    bool is_due_scheduled;
    uint64_t due_sec;
    LIST_ENTRY(ospf_lsdb_entry) due;
    TAILQ_ENTRY(ospf_lsdb_entry) flushing;
};

struct ospf_lsdb *ospf_lsdb_create(struct mem_account *entries, uint64_t now_us);
void ospf_lsdb_destroy(struct ospf_lsdb *db); /* NULL allowed */
size_t ospf_lsdb_count(const struct ospf_lsdb *db);
size_t ospf_lsdb_count_type(const struct ospf_lsdb *db, uint32_t type);

struct ospf_lsdb_entry *ospf_lsdb_find(const struct ospf_lsdb *db, const struct ospf_lsa_key *key);
/* A router-LSA by its router, a network-LSA by the address of its designated router (whoever made it). */
struct ospf_lsdb_entry *ospf_lsdb_find_by_id(const struct ospf_lsdb *db, uint32_t type, uint32_t id);
/* Takes over the reference `lsa`; replaces what was there. An LSA at MaxAge is put on the list of those to be removed.
 */
struct ospf_lsdb_entry *ospf_lsdb_install(struct ospf_lsdb *db, struct ospf_lsa *lsa, uint64_t now_us);
void ospf_lsdb_remove(struct ospf_lsdb *db, struct ospf_lsdb_entry *e);

/* Walk: the first entry of a type (NULL: none), then the next. The current one may be removed if next was taken before.
 */
struct ospf_lsdb_entry *ospf_lsdb_first(const struct ospf_lsdb *db, uint32_t type);
struct ospf_lsdb_entry *ospf_lsdb_next(const struct ospf_lsdb_entry *e);

/* Ask for the entry to come due at a time (it then comes once). Replaces an earlier request. */
void ospf_lsdb_schedule(struct ospf_lsdb_entry *e, uint64_t at_us);
typedef void ospf_lsdb_due_fn(void *arg, struct ospf_lsdb_entry *e);
void ospf_lsdb_tick(struct ospf_lsdb *db, uint64_t now_us, ospf_lsdb_due_fn *fn, void *arg);

/* Those at MaxAge which wait for acknowledgments. */
struct ospf_lsdb_entry *ospf_lsdb_first_flushing(const struct ospf_lsdb *db);
struct ospf_lsdb_entry *ospf_lsdb_next_flushing(const struct ospf_lsdb_entry *e);
