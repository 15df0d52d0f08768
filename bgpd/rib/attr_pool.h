/* SPDX-License-Identifier: Apache-2.0
 *
 * Interned path attributes: equal values share one reference-counted copy, so that equality is pointer equality.
 */
#pragma once

#include <uthash.h>

#include "bgpd/packet/attr.h"
#include "strata/mem.h"

struct bgp_attr_set {
    struct bgp_attrs a; /* its pointers point into key[] */
    uint32_t refs;
    uint32_t as_path_len; /* hops */
    uint32_t neighbor_as;
    UT_hash_handle hh;
    size_t key_len;
    uint8_t key[];
};

struct bgp_attr_pool {
    struct mem_account account;
    struct bgp_attr_set *sets;
};

/* The shared copy with one more reference; *a is copied. */
struct bgp_attr_set *bgp_attr_set_get(struct bgp_attr_pool *pool, const struct bgp_attrs *a);
struct bgp_attr_set *bgp_attr_set_ref(struct bgp_attr_set *s);
void bgp_attr_set_unref(struct bgp_attr_pool *pool, struct bgp_attr_set *s); /* NULL is allowed */
