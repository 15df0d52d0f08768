/* SPDX-License-Identifier: Apache-2.0
 *
 * What a neighbour was told of a destination, and what it is still to be told. Routes with equal attributes wait in one
 * group, so that they leave in one message.
 */
#pragma once

#include <sys/queue.h>
#include <uthash.h>

#include "bgpd/packet/family.h"

struct bgp_attr_set;
struct bgp_dest;
struct bgp_label_slot;
struct bgp_rib_peer;

struct bgp_advertisement {
    struct bgp_attr_set *attrs; /* NULL: nothing is advertised */
    uint32_t label;
    struct bgp_label_slot *slot; /* that the label belongs to; NULL if it is not ours */
};

struct bgp_out_group {
    TAILQ_ENTRY(bgp_out_group) in_list;
    struct bgp_attr_set *attrs;
    TAILQ_HEAD(, bgp_adj_out) members;
    UT_hash_handle hh;
};

struct bgp_adj_out {
    LIST_ENTRY(bgp_adj_out) in_dest, in_peer;
    TAILQ_ENTRY(bgp_adj_out) queue;
    struct bgp_rib_peer *peer;
    enum bgp_family family;
    struct bgp_dest *dest;
    struct bgp_advertisement sent; /* attrs NULL: the neighbour knows nothing */
    struct bgp_advertisement next; /* when pending */
    struct bgp_out_group *group;   /* when pending with attrs */
    bool is_pending;
};

/* Makes `adv` what the neighbour is to know. The attrs reference is taken over. */
void bgp_adj_out_set(struct bgp_rib_peer *p, enum bgp_family f, struct bgp_dest *d, struct bgp_advertisement adv);
/* Send what was sent once more. */
void bgp_adj_out_repeat(struct bgp_rib_peer *p, enum bgp_family f);
/* The session is gone, the neighbour knows nothing any more. */
void bgp_adj_out_drop(struct bgp_rib_peer *p, enum bgp_family f);
/* Does the neighbour hold this label, or will it? */
bool bgp_adj_out_holds(const struct bgp_dest *d, const struct bgp_rib_peer *p, const struct bgp_label_slot *slot);
