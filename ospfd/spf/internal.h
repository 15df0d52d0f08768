/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of ospfd/spf share: a run in progress, its vertices, candidates for routes, next-hop sets.
 */
#pragma once

#include "ospfd/spf/spf.h"

struct spf_vertex {
    UT_hash_handle hh;
    struct {
        uint32_t type; /* OSPF_LSA_ROUTER or OSPF_LSA_NETWORK */
        uint32_t id;
    } key;
    const struct ospf_lsa *lsa;
    uint32_t distance;
    const struct ospf_nexthops *nexthops;
    size_t heap_slot; /* 0: not in the heap; else index + 1 */
    bool is_done;     /* on the tree */
};

struct spf_tree {
    const struct ospf_spf_area *area;
    struct spf_vertex *vertices; /* hash */
    struct spf_vertex **heap;
    size_t n_heap;
};

struct spf_run {
    const struct ospf_spf_input *in;
    struct mem_account *acct;
    struct ospf_table *table;
    struct spf_tree *trees; /* one an area */
    struct ospf_route *candidates;
    size_t n_candidates, size_candidates;
};

#define SPF_UNREACHABLE UINT32_MAX

/* Sum that stays below SPF_UNREACHABLE. */
uint32_t spf_add(uint32_t a, uint32_t b);

/* nexthops.c: sets live in the table; NULL is the empty set */
const struct ospf_nexthops *spf_nexthops_get(struct ospf_table *t, const struct ospf_nexthop *nh, size_t n);
const struct ospf_nexthops *spf_nexthops_union(struct ospf_table *t, const struct ospf_nexthops *a,
                                               const struct ospf_nexthops *b, size_t max);

/* tree.c */
void spf_tree_grow(struct spf_run *run, struct spf_tree *tree);
void spf_tree_fini(struct spf_run *run, struct spf_tree *tree);
struct spf_vertex *spf_tree_find(const struct spf_tree *tree, uint32_t type, uint32_t id); /* on the tree, or NULL */

/* table.c: candidates -> one best route a prefix */
void spf_candidate(struct spf_run *run, const struct ospf_route *r);
void spf_table_take_best(struct spf_run *run);
const struct ospf_route *spf_table_match(const struct ospf_table *t,
                                         uint32_t address); /* longest, internal routes only */
