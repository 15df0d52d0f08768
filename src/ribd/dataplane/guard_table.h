/* SPDX-License-Identifier: Apache-2.0
 *
 * The label guard: which labels each guarded interface accepts, held in memory and as the nftables table
 * `strata_guard`.
 */
#pragma once

#include <uthash.h>

#include "src/ribd/dataplane.h"
#include "src/ribd/dataplane/netlink.h"
#include "src/ribd/dataplane/sender.h"
#include "strata/loop.h"

struct kernel_dp;
struct guard_reading;
struct nft_batch;
struct write_batch;

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
    bool has_set, has_chain; /* in the kernel, when all that is on its way is there */
    bool is_hooked;          /* the chain is in the kernel now */
    bool is_in_rebuild;      /* the one on its way has the chain */
    struct label_set labels;
    uint64_t drops; /* counted by chains that we replaced */
    UT_hash_handle hh;
};

/* Transactions that follow each other, and the batch that waits for them; NULL: nobody does. */
struct guard_work {
    TAILQ_ENTRY(guard_work) link;
    struct sender_jobs parts;
    struct write_batch *batch;
};

struct guard {
    bool is_opened;    /* it is known what the kernel can */
    bool is_usable;    /* the kernel has nftables with the netdev hook */
    bool has_seal;     /* the kernel has tables with an owner */
    bool is_enabled;   /* guard_enable */
    bool is_switching; /* guard_switch waits for the end of a rebuild */
    bool is_broken;    /* the table is not what it should be: input stays off on guarded ports, retried */
    struct guard_port *ports;
    struct nl_sock write; /* of transactions: the seal is its own. The thread's, but for `seq` */
    struct nl_sock scan;  /* the thread's, for reading */
    struct nl_sock request, monitor;
    struct loop_watch *watch;
    struct timer retry;

    /* What is on its way: one job is with the sender, the rest waits. A rebuild goes before works. */
    bool is_out;
    bool is_adopting; /* what there is is being read */
    unsigned adopt_tries;
    bool is_auditing; /* the thread reads the labels */
    unsigned version; /* of what is in memory */
    bool is_rebuild_due, is_rebuilding;
    struct sender_jobs rebuild;
    TAILQ_HEAD(, guard_work) works;
    unsigned n_failures; /* of rebuilds, one after the other */
    int error;           /* of the last rebuild */
    char text[120];
    const char *restored_by; /* to be told when all is there again; NULL: nobody asks */
};

/* guard.c */
int guard_open(struct kernel_dp *k);   /* sockets; begins to read what the kernel holds */
void guard_close(struct kernel_dp *k); /* leaves the kernel as it is. The sender has stopped */
bool guard_probe(struct kernel_dp *k); /* can a netdev ingress chain be made here? */
struct guard_port *guard_port_find(struct guard *g, uint32_t ifindex);
struct guard_port *guard_port_get(struct guard *g, uint32_t ifindex);
/* Makes the batch's changes: begin() what is let in, end() what is not any more. What is wrong with one comes through
 * `fail` at once, what the kernel says through write_guard_done. */
void guard_begin(struct kernel_dp *k, struct write_batch *b,
                 void (*fail)(void *arg, size_t op, int error, const char *text));
void guard_end(struct kernel_dp *k, struct write_batch *b);
bool guard_holds_input(struct kernel_dp *k, uint32_t ifindex); /* true: labels must not be let in there now */
bool guard_is_wanted(struct kernel_dp *k, uint32_t ifindex);   /* it is on, and has this interface */
void guard_inputs(struct kernel_dp *k);                        /* writes those of all guarded ports */
void guard_batch_inputs(struct kernel_dp *k, const struct write_batch *b);
void guard_link_gone(struct kernel_dp *k, uint32_t ifindex);
void guard_started(struct kernel_dp *k); /* a switch that was asked for before, without a guard in the kernel, ends */
int guard_switch(struct dataplane *dp, bool is_enabled, char *why);
uint64_t guard_count_drops(struct dataplane *dp, uint32_t ifindex);
void guard_dump(struct kernel_dp *k, const struct dp_dump *fn, void *arg);

/* guard_flow.c */
void guard_flow_init(struct kernel_dp *k);
void guard_flow_fini(struct kernel_dp *k);
void guard_send(struct kernel_dp *k, struct nft_batch *b, struct write_batch *waiting); /* ends the first */
void guard_rebuild(struct kernel_dp *k, const char *by); /* the whole table anew; `by` tells that all is there again */
/* The chains anew, over the sets as they are. */
void guard_rewrite_chains(struct kernel_dp *k);
void guard_go_on(struct kernel_dp *k);
bool guard_is_idle(const struct kernel_dp *k);

/* guard_adopt.c */
void guard_adopt(struct kernel_dp *k);
/* Calls fn for each difference between the kernel and what we hold; returns how many, or -EAGAIN while something is on
 * its way. `is_repair`: mends them soon; input is off until then if any label is let in. If there are many labels these
 * are compared later, and what differs is logged and told as a foreign change. */
int guard_audit(struct kernel_dp *k, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg);
