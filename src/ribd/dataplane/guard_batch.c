/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard's table in nftables terms, and its transactions. One base chain and one set an interface, since a netdev
 * chain of Linux 6.1 takes its devices at creation only. Rules of a chain:
 *
 *   meta protocol mpls, top label in set             marked, let in (RFC 4364 s9: only labels that were given there)
 *   meta protocol mpls                               counted, dropped
 *   meta protocol 802.1Q/802.1ad, outer VLAN id 0    counted, dropped: a frame with two tags whose outer one is a mere
 *                                                    priority tag, the kernel strips both and finds the label behind
 *                                                    this hook
 *
 * The seal is a second table behind it. In place of the set it asks for the mark and takes it off. As long as ribd
 * lives a packet must come through both: when the first table is flushed no labelled packet is let in. When ribd dies
 * the seal is removed by the kernel, and the first table, which stays, goes on alone.
 *
 * The rules compare `meta protocol`, not the bytes of the Ethernet header: in a frame with a priority tag those say
 * VLAN. Labels are compared as 32 bits masked with fffff000 (label << 12 in network order); the natural 20-bit form is
 * one that nft(8) 1.0.6 gets wrong, and an operator should be able to list and compare what is here.
 */
#include "src/ribd/dataplane/guard_batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "src/ribd/dataplane/guard_read.h"
#include "src/ribd/dataplane/guard_table.h"
#include "strata/mem.h"

enum {
    PART_BYTES = 64 << 10, /* some 6000 labels: 15 ms of the thread, and the kernel's sets grow in time between */
    CHAIN_PRIORITY = -500,
    SEAL_PRIORITY = -499,
    SEAL_MARK = 0x08000000, /* one bit of a packet's mark, from the guard to the seal */
    KEY_TYPE_INTEGER = 4    /* nft's own number, only for listing */
};

void nft_set_name(char *buf, uint32_t ifindex)
{
    snprintf(buf, NFT_NAME_BYTES, "ok_%u", ifindex);
}

void nft_chain_name(char *buf, uint32_t ifindex)
{
    snprintf(buf, NFT_NAME_BYTES, "in_%u", ifindex);
}

/* ---- sending one transaction: in the thread ---- */

static void note_error(struct nft_part *t, const struct nlmsghdr *nlh)
{
    int error = nl_error(nlh);

    if (error == 0 || t->error)
        return;
    t->error = error;
    nl_error_text(nlh, t->text, sizeof(t->text));
}

/* The kernel has answered all when the send call returns: failures, and an ack if the last message was reached. */
static bool part_answers(struct nft_part *t)
{
    bool is_acked = false;

    for (;;) {
        ssize_t got = recv(t->sock->fd, t->sock->buffer, NL_BUFFER, MSG_DONTWAIT);
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)t->sock->buffer;
        int left = (int)got;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return is_acked && errno == EAGAIN;
        for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
            if (nlh->nlmsg_type != NLMSG_ERROR || nlh->nlmsg_seq - t->first_seq > t->last_seq - t->first_seq)
                continue;
            note_error(t, nlh);
            if (nlh->nlmsg_seq == t->last_seq && nl_error(nlh) == 0)
                is_acked = true;
        }
    }
}

static void part_run(struct sender_job *job)
{
    struct nft_part *t = (struct nft_part *)(void *)job;
    bool is_acked = false;

    if (mnl_socket_sendto(t->sock->mnl, t->data, t->len) < 0)
        t->error = -errno;
    else
        is_acked = part_answers(t);
    if (!t->error && !is_acked)
        t->error = -EIO;
    if (t->error && !t->text[0])
        snprintf(t->text, sizeof(t->text), "%s", strerror(-t->error));
}

/* ---- building transactions ---- */

static void part_free(struct sender_job *job)
{
    struct nft_part *t = (struct nft_part *)(void *)job;

    mem_free(NULL, t->data);
    mem_free(NULL, t);
}

void nft_parts_free(struct sender_jobs *parts)
{
    struct sender_job *job;

    while ((job = TAILQ_FIRST(parts))) {
        TAILQ_REMOVE(parts, job, link);
        part_free(job);
    }
}

static void *part_room(struct nft_batch *b, size_t need)
{
    struct nft_part *t = b->open;

    if (t->len + need > t->size) {
        t->size = (t->len + need) * 2;
        t->data = mem_realloc(NULL, t->data, t->size);
    }
    memset(t->data + t->len, 0, need);
    return t->data + t->len;
}

static void batch_keep(struct nft_batch *b, const struct nlmsghdr *nlh)
{
    b->open->len += nl_align(nlh->nlmsg_len);
}

static void part_begin(struct nft_batch *b)
{
    b->open = MEM_NEW(NULL, struct nft_part);
    b->open->job.run = part_run;
    b->open->job.drop = part_free;
    b->open->sock = b->sock;
    b->open->first_seq = ++b->sock->seq;
    batch_keep(b, nftnl_batch_begin(part_room(b, NL_MESSAGE_MAX), b->open->first_seq));
}

/* NLM_F_ACK on the last message: the barrier. */
static void ack_last(struct nft_part *t)
{
    struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)t->data;

    while (nlh->nlmsg_seq != t->last_seq)
        nlh = (struct nlmsghdr *)(void *)((uint8_t *)nlh + nl_align(nlh->nlmsg_len));
    nlh->nlmsg_flags |= NLM_F_ACK;
}

static void part_end(struct nft_batch *b)
{
    struct nft_part *t = b->open;

    t->last_seq = b->sock->seq;
    if (t->last_seq == t->first_seq) { /* nothing in it */
        part_free(&t->job);
    } else {
        ack_last(t);
        batch_keep(b, nftnl_batch_end(part_room(b, NL_MESSAGE_MAX), ++b->sock->seq));
        TAILQ_INSERT_TAIL(&b->parts, &t->job, link);
    }
    b->open = NULL;
}

void nft_begin(struct nft_batch *b, struct nl_sock *sock, bool has_seal)
{
    *b = (struct nft_batch){.sock = sock, .has_seal = has_seal};
    TAILQ_INIT(&b->parts);
    part_begin(b);
}

static void put_pending(struct nft_batch *b);

static struct nlmsghdr *batch_message(struct nft_batch *b, uint16_t type, uint16_t flags, size_t room)
{
    put_pending(b); /* which were there first */
    return nftnl_nlmsg_build_hdr(part_room(b, room), type, NFPROTO_NETDEV, flags, ++b->sock->seq);
}

void nft_end(struct nft_batch *b, struct sender_jobs *to, void (*done)(struct kernel_dp *k, struct sender_job *job))
{
    struct sender_job *job;

    put_pending(b);
    part_end(b);
    TAILQ_FOREACH (job, &b->parts, link)
        job->done = done;
    TAILQ_CONCAT(to, &b->parts, link);
}

void nft_part_free(struct nft_part *t)
{
    part_free(&t->job);
}

int nft_commit(struct nft_batch *b)
{
    struct sender_jobs parts;
    struct sender_job *job;
    int error = 0;

    TAILQ_INIT(&parts);
    nft_end(b, &parts, NULL);
    TAILQ_FOREACH (job, &parts, link)
        if (!error) {
            job->run(job);
            error = ((struct nft_part *)(void *)job)->error;
        }
    nft_parts_free(&parts);
    return error;
}

/* ---- what goes into it ---- */

static void table_message(struct nft_batch *b, uint16_t type, uint16_t flags, const char *name, bool is_owned)
{
    struct nlmsghdr *nlh = batch_message(b, type, flags, NL_MESSAGE_MAX);

    mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
    if (is_owned)
        mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(NFT_TABLE_F_OWNER));
    batch_keep(b, nlh);
}

void nft_table_add(struct nft_batch *b)
{
    table_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, GUARD_TABLE, false);
    if (b->has_seal)
        table_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, SEAL_TABLE, true);
}

void nft_table_del(struct nft_batch *b)
{
    table_message(b, NFT_MSG_DELTABLE, 0, GUARD_TABLE, false);
    if (b->has_seal)
        table_message(b, NFT_MSG_DELTABLE, 0, SEAL_TABLE, false);
}

void nft_set_add(struct nft_batch *b, uint32_t ifindex)
{
    struct nftnl_set *s = nftnl_set_alloc();
    char name[NFT_NAME_BYTES];
    struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWSET, NLM_F_CREATE, NL_MESSAGE_MAX);

    if (!s)
        abort();
    nft_set_name(name, ifindex);
    nftnl_set_set_str(s, NFTNL_SET_TABLE, GUARD_TABLE);
    nftnl_set_set_str(s, NFTNL_SET_NAME, name);
    nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_NETDEV);
    nftnl_set_set_u32(s, NFTNL_SET_ID, b->sock->seq);
    nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, KEY_TYPE_INTEGER);
    nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, sizeof(uint32_t));
    nftnl_set_nlmsg_build_payload(nlh, s);
    nftnl_set_free(s);
    batch_keep(b, nlh);
}

void nft_set_del(struct nft_batch *b, uint32_t ifindex)
{
    struct nlmsghdr *nlh = batch_message(b, NFT_MSG_DELSET, 0, NL_MESSAGE_MAX);
    char name[NFT_NAME_BYTES];

    nft_set_name(name, ifindex);
    mnl_attr_put_strz(nlh, NFTA_SET_TABLE, GUARD_TABLE);
    mnl_attr_put_strz(nlh, NFTA_SET_NAME, name);
    batch_keep(b, nlh);
}

static struct nftnl_chain *chain_new(const char *table, const char *name, const char *device, int priority)
{
    struct nftnl_chain *c = nftnl_chain_alloc();

    if (!c)
        abort();
    nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, table);
    nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, name);
    nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, NF_NETDEV_INGRESS);
    nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, priority);
    nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter");
    nftnl_chain_set_str(c, NFTNL_CHAIN_DEV, device);
    return c;
}

static void chain_message(struct nft_batch *b, const char *table, const char *name, const char *device, int priority)
{
    struct nftnl_chain *c = chain_new(table, name, device, priority);
    struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE, NL_MESSAGE_MAX);

    nftnl_chain_nlmsg_build_payload(nlh, c);
    nftnl_chain_free(c);
    batch_keep(b, nlh);
}

static struct nftnl_expr *expr(struct nftnl_rule *r, const char *kind)
{
    struct nftnl_expr *e = nftnl_expr_alloc(kind);

    if (!e)
        abort();
    nftnl_rule_add_expr(r, e);
    return e;
}

/* Equal, said as a range: nft(8) 1.0.6 aborts when it lists `meta protocol mpls` followed by a payload. */
static void expr_protocol(struct nftnl_rule *r, uint16_t ethertype)
{
    struct nftnl_expr *e = expr(r, "meta");
    uint16_t wire = htons(ethertype);

    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_PROTOCOL);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
    for (size_t i = 0; i < 2; i++) {
        e = expr(r, "cmp");
        nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
        nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, i == 0 ? NFT_CMP_GTE : NFT_CMP_LTE);
        nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, &wire, sizeof(wire));
    }
}

/* Register 1 = register 1 & mask ^ toggle. */
static void expr_bits(struct nftnl_rule *r, const void *mask, const void *toggle, uint32_t len)
{
    struct nftnl_expr *e = expr(r, "bitwise");

    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, mask, len);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, toggle, len);
}

static void expr_load(struct nftnl_rule *r, uint32_t base, uint32_t offset, const void *mask, uint32_t len)
{
    static const uint8_t zero[4] = {0};
    struct nftnl_expr *e = expr(r, "payload");

    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    expr_bits(r, mask, zero, len);
}

static void expr_compare(struct nftnl_rule *r, uint32_t op, const void *value, uint32_t len)
{
    struct nftnl_expr *e = expr(r, "cmp");

    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
    nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, value, len);
}

static void expr_mark_load(struct nftnl_rule *r)
{
    struct nftnl_expr *e = expr(r, "meta");

    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

/* The other bits of a packet's mark are somebody else's. */
static void expr_mark_change(struct nftnl_rule *r, bool is_on)
{
    const uint32_t others = ~(uint32_t)SEAL_MARK, bit = is_on ? SEAL_MARK : 0;
    struct nftnl_expr *e;

    expr_mark_load(r);
    expr_bits(r, &others, &bit, sizeof(bit));
    e = expr(r, "meta");
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

static void expr_verdict(struct nftnl_rule *r, uint32_t verdict)
{
    struct nftnl_expr *e = expr(r, "immediate");

    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict);
}

static void expr_drop(struct nftnl_rule *r, uint64_t counted)
{
    struct nftnl_expr *e = expr(r, "counter");

    nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_PACKETS, counted);
    nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_BYTES, 0);
    expr_verdict(r, NF_DROP);
}

static struct nftnl_rule *rule_new(const char *table, const char *chain)
{
    struct nftnl_rule *r = nftnl_rule_alloc();

    if (!r)
        abort();
    nftnl_rule_set_str(r, NFTNL_RULE_TABLE, table);
    nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
    nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, NFPROTO_NETDEV);
    return r;
}

/* Where rules go: into a transaction, or into words. Takes them. */
struct rule_sink {
    struct nft_batch *b;
    char *words;
};

static void rule_add(struct rule_sink *to, struct nftnl_rule *r)
{
    struct nlmsghdr *nlh;

    if (to->b) {
        nlh = batch_message(to->b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, NL_MESSAGE_MAX);
        nftnl_rule_nlmsg_build_payload(nlh, r);
        batch_keep(to->b, nlh);
    } else {
        to->words = nft_rule_words(to->words, r);
    }
    nftnl_rule_free(r);
}

/* What ends both chains: what was not let in so far is dropped. */
static void rules_drop(struct rule_sink *to, const char *table, const char *chain, uint64_t drops)
{
    static const uint16_t tagged[] = {ETH_P_8021Q, ETH_P_8021AD};
    const uint16_t vid_mask = htons(0x0fff), vid_none = 0;
    struct nftnl_rule *r = rule_new(table, chain);

    expr_protocol(r, ETH_P_MPLS_UC);
    expr_drop(r, drops);
    rule_add(to, r);
    for (size_t i = 0; i < 2; i++) {
        r = rule_new(table, chain);
        expr_protocol(r, tagged[i]);
        expr_load(r, NFT_PAYLOAD_LL_HEADER, 14, &vid_mask, sizeof(vid_mask));
        expr_compare(r, NFT_CMP_EQ, &vid_none, sizeof(vid_none));
        expr_drop(r, 0);
        rule_add(to, r);
    }
}

static void seal_rules(struct rule_sink *to, const char *chain)
{
    const uint32_t bit = SEAL_MARK, none = 0;
    struct nftnl_rule *r = rule_new(SEAL_TABLE, chain);

    expr_protocol(r, ETH_P_MPLS_UC);
    expr_mark_load(r);
    expr_bits(r, &bit, &none, sizeof(bit));
    expr_compare(r, NFT_CMP_NEQ, &none, sizeof(none));
    expr_mark_change(r, false);
    expr_verdict(r, NF_ACCEPT);
    rule_add(to, r);
    rules_drop(to, SEAL_TABLE, chain, 0);
}

static void guard_rules(struct rule_sink *to, uint32_t ifindex, const char *chain, bool has_seal, uint64_t drops)
{
    const uint32_t label_mask = htonl(0xfffff000);
    char set[NFT_NAME_BYTES];
    struct nftnl_rule *r = rule_new(GUARD_TABLE, chain);
    struct nftnl_expr *e;

    nft_set_name(set, ifindex);
    expr_protocol(r, ETH_P_MPLS_UC);
    expr_load(r, NFT_PAYLOAD_NETWORK_HEADER, 0, &label_mask, sizeof(label_mask));
    e = expr(r, "lookup");
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
    nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set);
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS, 0); /* as the kernel says it */
    if (has_seal)
        expr_mark_change(r, true);
    expr_verdict(r, NF_ACCEPT);
    rule_add(to, r);
    rules_drop(to, GUARD_TABLE, chain, drops);
}

void nft_chain_add(struct nft_batch *b, uint32_t ifindex, const char *device, uint64_t drops)
{
    struct rule_sink to = {.b = b};
    char chain[NFT_NAME_BYTES];

    nft_chain_name(chain, ifindex);
    chain_message(b, GUARD_TABLE, chain, device, CHAIN_PRIORITY);
    guard_rules(&to, ifindex, chain, b->has_seal, drops);
    if (!b->has_seal)
        return;
    chain_message(b, SEAL_TABLE, chain, device, SEAL_PRIORITY);
    seal_rules(&to, chain);
}

char *nft_expected_words(uint32_t ifindex, const char *device, bool is_seal, bool has_seal)
{
    struct nftnl_chain *c;
    struct rule_sink to = {0};
    char chain[NFT_NAME_BYTES];

    nft_chain_name(chain, ifindex);
    c = chain_new(is_seal ? SEAL_TABLE : GUARD_TABLE, chain, device, is_seal ? SEAL_PRIORITY : CHAIN_PRIORITY);
    to.words = nft_chain_words(c);
    nftnl_chain_free(c);
    if (is_seal)
        seal_rules(&to, chain);
    else
        guard_rules(&to, ifindex, chain, has_seal, 0);
    return to.words;
}

static void chain_delete(struct nft_batch *b, const char *table, const char *name)
{
    struct nlmsghdr *nlh = batch_message(b, NFT_MSG_DELRULE, 0, NL_MESSAGE_MAX);

    mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table); /* all rules: a chain with rules cannot be deleted */
    mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, name);
    batch_keep(b, nlh);
    nlh = batch_message(b, NFT_MSG_DELCHAIN, 0, NL_MESSAGE_MAX);
    mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, table);
    mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, name);
    batch_keep(b, nlh);
}

void nft_guard_chain_del(struct nft_batch *b, uint32_t ifindex)
{
    char name[NFT_NAME_BYTES];

    nft_chain_name(name, ifindex);
    chain_delete(b, GUARD_TABLE, name);
}

void nft_chain_del(struct nft_batch *b, uint32_t ifindex)
{
    char name[NFT_NAME_BYTES];

    nft_guard_chain_del(b, ifindex);
    if (!b->has_seal)
        return;
    nft_chain_name(name, ifindex);
    chain_delete(b, SEAL_TABLE, name);
}

static void put_labels(struct nft_batch *b, uint32_t ifindex, const uint32_t *labels, size_t n, bool is_add)
{
    struct nlmsghdr *nlh;
    struct nlattr *list;
    char name[NFT_NAME_BYTES];

    if (b->open->len > PART_BYTES) {
        part_end(b);
        part_begin(b);
    }
    nft_set_name(name, ifindex);
    nlh = batch_message(b, is_add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, is_add ? NLM_F_CREATE : 0, 256 + n * 32);
    mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, GUARD_TABLE);
    mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, name);
    list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (size_t i = 0; i < n; i++) {
        struct nlattr *elem = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
        struct nlattr *key = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);

        mnl_attr_put_u32(nlh, NFTA_DATA_VALUE, htonl(labels[i] << 12));
        mnl_attr_nest_end(nlh, key);
        mnl_attr_nest_end(nlh, elem);
    }
    mnl_attr_nest_end(nlh, list);
    batch_keep(b, nlh);
}

static void put_pending(struct nft_batch *b)
{
    size_t n = b->n_pending;

    b->n_pending = 0;
    if (n > 0)
        put_labels(b, b->pending_ifindex, b->pending, n, b->is_pending_add);
}

/* One message a label costs four times as much. */
void nft_label(struct nft_batch *b, uint32_t ifindex, uint32_t label, bool is_add)
{
    if (b->n_pending == NFT_LABELS_A_MESSAGE || b->pending_ifindex != ifindex || b->is_pending_add != is_add)
        put_pending(b);
    b->pending_ifindex = ifindex;
    b->is_pending_add = is_add;
    b->pending[b->n_pending++] = label;
}

void nft_labels_all(struct nft_batch *b, uint32_t ifindex, const struct label_set *labels)
{
    uint32_t label;

    LABEL_SET_EACH(labels, i, label)
    nft_label(b, ifindex, label, true);
}

static const char probe_table[] = "strata_probe";

void nft_probe(struct nft_batch *b)
{
    table_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, probe_table, false);
    chain_message(b, probe_table, "in", "lo", CHAIN_PRIORITY);
    table_message(b, NFT_MSG_DELTABLE, 0, probe_table, false);
}

void nft_probe_seal(struct nft_batch *b)
{
    table_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, probe_table, true);
    table_message(b, NFT_MSG_DELTABLE, 0, probe_table, false);
}

bool nft_is_about_guard(const struct nlmsghdr *nlh)
{
    const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[2];

    if (nlh->nlmsg_len < NL_HEADER + sizeof(*nfg) || nlh->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
        (nlh->nlmsg_type & 0xff) == NFT_MSG_NEWGEN || nfg->nfgen_family != NFPROTO_NETDEV)
        return false;
    nl_attrs(nlh, sizeof(*nfg), a, 2);
    return a[1] && mnl_attr_get_payload_len(a[1]) == sizeof(GUARD_TABLE) &&
           memcmp(mnl_attr_get_payload(a[1]), GUARD_TABLE, sizeof(GUARD_TABLE)) == 0;
}
