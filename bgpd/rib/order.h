/* SPDX-License-Identifier: Apache-2.0
 *
 * A table's destinations in order of route distinguisher and prefix, beside the hash that finds them: so that a big
 * table can be told piece by piece. Pure.
 */
#pragma once

#include <stddef.h>

#include "strata/addr.h"
#include "strata/rd.h"

struct bgp_dest;
struct mem_account;
struct trie;

struct bgp_order {
    struct bgp_order_part { /* one distinguisher; sorted */
        rd_t rd;
        struct trie *dests;
    } * parts;
    size_t n, size;
};

void bgp_order_add(struct bgp_order *o, struct mem_account *acct, struct bgp_dest *d);
void bgp_order_remove(struct bgp_order *o, struct mem_account *acct, const struct bgp_dest *d);
/* The first destination behind {rd, prefix}, which need not be there; prefix NULL: from the start. NULL at the end. */
struct bgp_dest *bgp_order_next(const struct bgp_order *o, rd_t rd, const struct prefix *p);
