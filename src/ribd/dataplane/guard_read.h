/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard's tables as the kernel has them.
 */
#pragma once

#include "src/ribd/dataplane/netlink.h"
#include "src/ribd/dataplane/sender.h"

struct nftnl_rule;
struct nftnl_chain;

enum guard_seen_kind {
    GUARD_SEEN_CHAIN, /* of the guard, with its rules in words */
    GUARD_SEEN_SEAL,  /* of the seal */
    GUARD_SEEN_SET,
    GUARD_SEEN_LABEL,
    GUARD_SEEN_ODD, /* a set that we would not have made so, or that lets in what no set of ours does */
};

struct guard_seen {
    enum guard_seen_kind kind;
    uint32_t ifindex, label;
    uint64_t drops; /* of a chain */
    char *words;    /* of a chain */
};

/* Zeroed but for `job`'s callbacks, `sock` and what is wanted. guard_read() is its run. */
struct guard_reading {
    struct sender_job job; /* first */
    struct nl_sock *sock;
    bool has_labels; /* wanted, too */
    bool may_wait;   /* in the thread: until the kernel's sets have come to rest */
    bool has_chains; /* these were read well, whatever `error` says */
    int error;       /* -EINTR: somebody is changing the tables, or the kernel a set's size, all the time */
    struct guard_seen *seen;
    size_t n, size;
};

void guard_read(struct sender_job *job);
void guard_reading_fini(struct guard_reading *r);

int nft_read_drops(struct nl_sock *s, uint32_t ifindex, uint64_t *packets);
bool nft_name_ifindex(const char *name, const char *prefix, uint32_t *ifindex);

/* A chain and its rules in words, without handles and counts: the same words mean the same filter. */
char *nft_chain_words(const struct nftnl_chain *c);               /* the caller's */
char *nft_rule_words(char *words, const struct nftnl_rule *rule); /* appends; returns where it is now */
