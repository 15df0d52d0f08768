/* SPDX-License-Identifier: Apache-2.0
 *
 * The label guard: which labels each guarded interface accepts, held in memory and as the nftables table
 * `strata_guard`.
 */
#pragma once

#include <uthash.h>

#include "src/ribd/dataplane.h"
#include "src/ribd/dataplane/netlink.h"
#include "strata/loop.h"

struct kernel_dp;
struct guard_change;

/* A set of labels: open addressing, 0 is an empty slot (label 0 is never in it). */
struct label_set {
    uint32_t *slots;
    size_t n, size;
};

bool label_set_has(const struct label_set *s, uint32_t label);
bool label_set_add(struct label_set *s, uint32_t label);    /* false: was there */
bool label_set_remove(struct label_set *s, uint32_t label); /* false: was not */
void label_set_fini(struct label_set *s);
#define LABEL_SET_EACH(s, i, l)                                                                                        \
    for (size_t i = 0; i < (s)->size; i++)                                                                             \
        if (((l) = (s)->slots[i]) != 0)

struct guard_port {
    uint32_t ifindex;        /* key */
    bool is_guarded;         /* the chain is wanted; without it the labels only wait in their set */
    bool has_set, has_chain; /* in the kernel */
    struct label_set labels;
    uint64_t drops; /* counted by chains that we replaced */
    UT_hash_handle hh;
};

struct guard {
    bool is_usable;  /* the kernel has nftables with the netdev hook */
    bool has_seal;   /* the kernel has tables with an owner */
    bool is_enabled; /* guard_enable */
    bool is_broken;  /* the table is not what it should be: input stays off on guarded ports, retried */
    struct guard_port *ports;
    struct nl_sock request, monitor;
    struct loop_watch *watch;
    struct timer retry;
};

int guard_open(struct kernel_dp *k);   /* sockets; adopts what the kernel holds */
void guard_close(struct kernel_dp *k); /* leaves the kernel as it is */
bool guard_probe(struct kernel_dp *k); /* can a netdev ingress chain be made here? */
/* Makes the changes; each one's outcome through `fail` if it is not 0. */
void guard_apply(struct kernel_dp *k, const struct guard_change *changes, size_t n,
                 void (*fail)(void *arg, size_t op, int error, const char *text), void *arg);
int guard_restore(struct kernel_dp *k);                        /* the whole table anew, and the inputs accordingly */
bool guard_holds_input(struct kernel_dp *k, uint32_t ifindex); /* true: labels must not be let in there now */
void guard_link_gone(struct kernel_dp *k, uint32_t ifindex);
int guard_switch(struct dataplane *dp, bool is_enabled);
uint64_t guard_count_drops(struct dataplane *dp, uint32_t ifindex);
void guard_dump(struct kernel_dp *k, const struct dp_dump *fn, void *arg);
