/* SPDX-License-Identifier: Apache-2.0
 *
 * Labels of our own: what each stands for, whom it is given to, and whether ribd has it in force. A label is advertised
 * to a neighbour only while it is INSTALLED with that neighbour in the granted scope, and is given back only after the
 * last neighbour was sent the withdrawal.
 *
 *      want                  INSTALLED                         unwant, last use gone
 *   o ------> WAITING ----------------> INSTALLED <--> UNUSABLE ----------> label_free
 */
#pragma once

#include <uthash.h>

#include "strata/rib.h"

struct bgp_dest;
struct bgp_rib;
struct bgp_rib_peer;
struct bgp_vrf;

enum bgp_label_status { BGP_LABEL_WAITING, BGP_LABEL_INSTALLED, BGP_LABEL_UNUSABLE, BGP_LABEL_FAILED };
const char *bgp_label_status_name(enum bgp_label_status s);

/* A set of neighbours; equal sets are one object. */
struct bgp_scope {
    UT_hash_handle hh;
    uint32_t refs;
    size_t n;
    struct rib_scope_member members[];
};

/* The forwarding that a label stands for, given to ops->label_set. Borrowed for the call. */
struct bgp_label_want {
    uint8_t op; /* enum rib_label_op */
    uint32_t lookup_vrf;
    struct out_label label; /* SWAP */
    size_t n;
    const struct rib_nexthop *nexthops; /* SWAP */
    uint32_t nexthop_id;                /* tells wants apart; 0: always told again */
};

struct bgp_label_slot {
    struct bgp_rib *rib;
    struct rib_fec fec;
    struct bgp_dest *dest; /* owner; NULL for an instance's label */
    struct bgp_vrf *vrf;
    struct bgp_label_slot **home;  /* the owner's pointer to it */
    struct bgp_label_slot *orphan; /* its home once the owner has gone */
    uint32_t uses;                 /* EXPORTED paths, and advertisements sent or queued */
    bool is_wanted;
    uint8_t status;            /* enum bgp_label_status */
    char *reason;              /* why not installed; NULL if nothing is known */
    struct bgp_scope *scope;   /* told to ribd */
    struct bgp_scope *granted; /* in force */
    struct {                   /* what ribd was told */
        bool is_told;
        uint8_t op;
        uint32_t lookup_vrf, nexthop_id, label;
    } mark;
    struct { /* link's own */
        uint32_t in_label, nhset, scope;
        bool is_queued;
        UT_hash_handle hh;
        struct rib_label_entry entry;
        struct bgp_label_slot *next_queued;
    } link;
};

/* The slot at *home, created if absent. */
struct bgp_label_slot *bgp_label_get(struct bgp_label_slot **home, struct bgp_vrf *vrf, struct bgp_dest *dest,
                                     enum rib_label_purpose purpose, uint64_t discriminator);
/* It shall stand for this and be given to these neighbours. Told to ribd if anything changed. */
void bgp_label_want(struct bgp_label_slot *s, const struct bgp_label_want *want, const struct rib_scope_member *members,
                    size_t n);
void bgp_label_unwant(struct bgp_label_slot *s); /* freed with the last use; NULL is allowed */
/* The owner goes away, or means another FEC now: no longer wanted, freed with the last use. NULL is allowed. */
void bgp_label_detach(struct bgp_label_slot *s);
void bgp_label_use(struct bgp_label_slot *s);
void bgp_label_unuse(struct bgp_label_slot *s); /* may free it */
bool bgp_label_is_granted(const struct bgp_label_slot *s, const struct bgp_rib_peer *p);
const char *bgp_label_problem(const struct bgp_label_slot *s);
/* The label as a number once it has one, else 0. */
uint32_t bgp_label_value(const struct bgp_label_slot *s);
