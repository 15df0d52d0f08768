/* SPDX-License-Identifier: Apache-2.0
 *
 * One nftables transaction on the table `strata_guard`: the kernel takes all of it or nothing.
 */
#pragma once

#include "src/ribd/dataplane/netlink.h"

struct label_set;

#define GUARD_TABLE "strata_guard"
/* Owned by the socket that made it: nobody else can flush it, and it goes with ribd. */
#define SEAL_TABLE "strata_seal"

enum { NFT_LABELS_A_MESSAGE = 2000 }; /* an attribute's length has 16 bits */

struct nft_batch {
    struct nl_sock *sock;
    uint8_t *data;
    size_t len, size;
    uint32_t first_seq, seq;
    int error; /* of what was committed so far */
    char text[120];
    bool has_seal; /* tables and chains below come with their seal */
    /* Single labels of one set that wait for more of their kind. */
    uint32_t pending_ifindex, n_pending;
    bool is_pending_add;
    uint32_t pending[NFT_LABELS_A_MESSAGE];
};

void nft_begin(struct nft_batch *b, struct nl_sock *sock, bool has_seal);
/* Sends what is left. 0 or -errno with text in b->text. Ends the batch's life. */
int nft_commit(struct nft_batch *b);

void nft_table_add(struct nft_batch *b); /* also if it is there already */
void nft_table_del(struct nft_batch *b);
void nft_set_add(struct nft_batch *b, uint32_t ifindex);
void nft_set_del(struct nft_batch *b, uint32_t ifindex);
/* The chain on that device with its rules; `drops` is where its counter starts. */
void nft_chain_add(struct nft_batch *b, uint32_t ifindex, const char *device, uint64_t drops);
void nft_chain_del(struct nft_batch *b, uint32_t ifindex);
void nft_label(struct nft_batch *b, uint32_t ifindex, uint32_t label, bool is_add);
/* May be split over several transactions when it is big. */
void nft_labels_all(struct nft_batch *b, uint32_t ifindex, const struct label_set *labels);
void nft_probe(struct nft_batch *b); /* a table with a chain on lo, made and removed at once */
void nft_probe_seal(struct nft_batch *b);

/* Reading back. */
bool nft_name_ifindex(const char *name, const char *prefix, uint32_t *ifindex);
typedef void nft_found_fn(void *arg, uint32_t ifindex, uint32_t label_or_0);
int nft_read_chains(struct nl_sock *s, nft_found_fn *fn, void *arg);
int nft_read_sets(struct nl_sock *s, nft_found_fn *fn, void *arg);
int nft_read_labels(struct nl_sock *s, uint32_t ifindex, nft_found_fn *fn, void *arg);
int nft_read_drops(struct nl_sock *s, uint32_t ifindex, uint64_t *packets);
bool nft_is_about_guard(const struct nlmsghdr *nlh); /* a notification that concerns our table */
