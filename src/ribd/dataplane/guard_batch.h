/* SPDX-License-Identifier: Apache-2.0
 *
 * nftables transactions on the tables of the guard: the kernel takes all of one or nothing. Built in the loop, sent by
 * the thread (sender.h), one after the other.
 */
#pragma once

#include "src/ribd/dataplane/netlink.h"
#include "src/ribd/dataplane/sender.h"

struct label_set;

#define GUARD_TABLE "strata_guard"
/* Owned by the socket that made it: nobody else can flush it, and it goes with ribd. */
#define SEAL_TABLE "strata_seal"

enum { NFT_LABELS_A_MESSAGE = 2000 /* an attribute's length has 16 bits */, NFT_NAME_BYTES = 32 };

/* One transaction. */
struct nft_part {
    struct sender_job job; /* first */
    struct nl_sock *sock;
    uint8_t *data;
    size_t len, size;
    uint32_t first_seq, last_seq;
    int error;
    char text[120];
};

struct nft_batch {
    struct nl_sock *sock; /* of it only `seq` is used while building */
    struct sender_jobs parts;
    struct nft_part *open;
    bool has_seal; /* tables and chains below come with their seal */
    /* Single labels of one set that wait for more of their kind. */
    uint32_t pending_ifindex, n_pending;
    bool is_pending_add;
    uint32_t pending[NFT_LABELS_A_MESSAGE];
};

void nft_begin(struct nft_batch *b, struct nl_sock *sock, bool has_seal);
/* Appends what was built to a list of jobs. Ends the batch's life. More than one if there are many labels: all else is
 * in the first. */
void nft_end(struct nft_batch *b, struct sender_jobs *to, void (*done)(struct kernel_dp *k, struct sender_job *job));
/* Instead: sends it here and now. 0 or -errno. */
int nft_commit(struct nft_batch *b);
void nft_part_free(struct nft_part *t);
void nft_parts_free(struct sender_jobs *parts);

void nft_table_add(struct nft_batch *b); /* also if it is there already */
void nft_table_del(struct nft_batch *b);
void nft_set_add(struct nft_batch *b, uint32_t ifindex);
void nft_set_del(struct nft_batch *b, uint32_t ifindex);
/* The chain on that device with its rules; `drops` is where its counter starts. */
void nft_chain_add(struct nft_batch *b, uint32_t ifindex, const char *device, uint64_t drops);
/* The chain as nft_chain_add would make it, or its seal, in words (guard_read.h); the caller's. */
char *nft_expected_words(uint32_t ifindex, const char *device, bool is_seal, bool has_seal);
void nft_chain_del(struct nft_batch *b, uint32_t ifindex);
void nft_guard_chain_del(struct nft_batch *b, uint32_t ifindex); /* not that of the seal */
void nft_label(struct nft_batch *b, uint32_t ifindex, uint32_t label, bool is_add);
void nft_labels_all(struct nft_batch *b, uint32_t ifindex, const struct label_set *labels);
void nft_probe(struct nft_batch *b); /* a table with a chain on lo, made and removed at once */
void nft_probe_seal(struct nft_batch *b);
void nft_chain_name(char *buf, uint32_t ifindex); /* NFT_NAME_BYTES */
void nft_set_name(char *buf, uint32_t ifindex);
bool nft_is_about_guard(const struct nlmsghdr *nlh); /* a notification that concerns our table */
