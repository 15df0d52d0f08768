/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard's tables as the kernel has them: labels, and each chain with its rules in words, to be compared with those
 * of what we would write (guard_batch.c). All of it is one job for the thread: a hundred thousand labels take half a
 * second. Decides nothing.
 */
#include "src/ribd/dataplane/guard_read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/guard_table.h"
#include "strata/label.h"
#include "strata/mem.h"

enum { READ_TRIES = 5, WAIT_US = 10000, WORDS_BYTES = 512 };

bool nft_name_ifindex(const char *name, const char *prefix, uint32_t *ifindex)
{
    size_t len = strlen(prefix);
    char *end;
    unsigned long value;

    if (strncmp(name, prefix, len) != 0 || name[len] < '0' || name[len] > '9')
        return false;
    value = strtoul(name + len, &end, 10);
    *ifindex = (uint32_t)value;
    return *end == '\0' && value > 0 && value <= INT32_MAX;
}

static bool is_terminated(const struct nlattr *a)
{
    size_t len = a ? mnl_attr_get_payload_len(a) : 0;

    return len > 0 && mnl_attr_get_str(a)[len - 1] == '\0';
}

static bool is_word(const struct nlattr *a, const char *word)
{
    return is_terminated(a) && strcmp(mnl_attr_get_str(a), word) == 0;
}

/* ---- what was found ---- */

static struct guard_seen *found(struct guard_reading *r, enum guard_seen_kind kind, uint32_t ifindex, uint32_t label)
{
    if (r->n == r->size) {
        r->size = r->size ? r->size * 2 : 64;
        r->seen = mem_realloc(NULL, r->seen, r->size * sizeof(r->seen[0]));
    }
    r->seen[r->n] = (struct guard_seen){.kind = kind, .ifindex = ifindex, .label = label};
    return &r->seen[r->n++];
}

void guard_reading_fini(struct guard_reading *r)
{
    for (size_t i = 0; i < r->n; i++)
        mem_free(NULL, r->seen[i].words);
    mem_free(NULL, r->seen);
    r->seen = NULL;
    r->n = r->size = 0;
}

/* ---- chains and rules ---- */

static char *append(char *words, const char *more)
{
    size_t len = strlen(words), n = strlen(more) + 1;

    words = mem_realloc(NULL, words, len + n);
    memcpy(words + len, more, n);
    return words;
}

/* The device by its number: it may have got another name. */
char *nft_chain_words(const struct nftnl_chain *c)
{
    const char *device = nftnl_chain_get_str(c, NFTNL_CHAIN_DEV), *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);
    char *words = mem_alloc(NULL, WORDS_BYTES);

    snprintf(words, WORDS_BYTES, "%s hook %u device %u priority %d policy %u:", type ? type : "no base chain",
             nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM), device ? if_nametoindex(device) : 0,
             nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO), nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY));
    return words;
}

static bool is_counter(const struct nftnl_expr *e)
{
    return strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "counter") == 0;
}

char *nft_rule_words(char *words, const struct nftnl_rule *rule)
{
    struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
    struct nftnl_expr *e;
    char one[WORDS_BYTES];

    while (iter && (e = nftnl_expr_iter_next(iter))) {
        one[0] = '\0';
        words = append(append(words, " "), nftnl_expr_get_str(e, NFTNL_EXPR_NAME));
        if (is_counter(e))
            continue;
        nftnl_expr_snprintf(one, sizeof(one), e, NFTNL_OUTPUT_DEFAULT, 0);
        words = append(append(words, " "), one);
    }
    if (iter)
        nftnl_expr_iter_destroy(iter);
    return append(words, ";");
}

static uint64_t rule_drops(const struct nftnl_rule *rule)
{
    struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
    struct nftnl_expr *e;
    uint64_t packets = 0;

    while (iter && (e = nftnl_expr_iter_next(iter)))
        if (is_counter(e))
            packets += nftnl_expr_get_u64(e, NFTNL_EXPR_CTR_PACKETS);
    if (iter)
        nftnl_expr_iter_destroy(iter);
    return packets;
}

/* Of NEWCHAIN, NEWSET and all other messages: attribute 1 is the table. */
static void on_chain(void *arg, const struct nlmsghdr *nlh)
{
    struct nftnl_chain *c = nftnl_chain_alloc();
    const struct nlattr *a[NFTA_CHAIN_NAME + 1];
    bool is_seal;
    uint32_t ifindex;

    if (!c)
        abort();
    nl_attrs(nlh, sizeof(struct nfgenmsg), a, NFTA_CHAIN_NAME + 1);
    is_seal = is_word(a[NFTA_CHAIN_TABLE], SEAL_TABLE);
    if ((is_seal || is_word(a[NFTA_CHAIN_TABLE], GUARD_TABLE)) && is_terminated(a[NFTA_CHAIN_NAME]) &&
        nft_name_ifindex(mnl_attr_get_str(a[NFTA_CHAIN_NAME]), "in_", &ifindex) && nftnl_chain_nlmsg_parse(nlh, c) == 0)
        found(arg, is_seal ? GUARD_SEEN_SEAL : GUARD_SEEN_CHAIN, ifindex, 0)->words = nft_chain_words(c);
    nftnl_chain_free(c);
}

static struct guard_seen *chain_of(struct guard_reading *r, enum guard_seen_kind kind, uint32_t ifindex)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->seen[i].kind == kind && r->seen[i].ifindex == ifindex)
            return &r->seen[i];
    return NULL;
}

static void on_rule(void *arg, const struct nlmsghdr *nlh)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    struct guard_seen *s = NULL;
    uint32_t ifindex;

    if (!rule)
        abort();
    if (nftnl_rule_nlmsg_parse(nlh, rule) == 0 &&
        nft_name_ifindex(nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), "in_", &ifindex))
        s = chain_of(arg,
                     strcmp(nftnl_rule_get_str(rule, NFTNL_RULE_TABLE), SEAL_TABLE) == 0 ? GUARD_SEEN_SEAL
                                                                                         : GUARD_SEEN_CHAIN,
                     ifindex);
    if (s) {
        s->words = nft_rule_words(s->words, rule);
        s->drops += rule_drops(rule);
    }
    nftnl_rule_free(rule);
}

/* ---- sets and labels ---- */

/* A set that forgets, or that holds ranges or more than keys, is not one of ours. */
static bool is_plain_set(const struct nlattr *const *a)
{
    uint32_t flags = 0, len = 0;

    nl_attr_u32(a[NFTA_SET_FLAGS], &flags);
    nl_attr_u32(a[NFTA_SET_KEY_LEN], &len);
    return flags == 0 && ntohl(len) == sizeof(uint32_t);
}

static void on_set(void *arg, const struct nlmsghdr *nlh)
{
    const struct nlattr *a[NFTA_SET_MAX + 1];
    uint32_t ifindex;

    nl_attrs(nlh, sizeof(struct nfgenmsg), a, NFTA_SET_MAX + 1);
    if (!is_word(a[NFTA_SET_TABLE], GUARD_TABLE) || !is_terminated(a[NFTA_SET_NAME]) ||
        !nft_name_ifindex(mnl_attr_get_str(a[NFTA_SET_NAME]), "ok_", &ifindex))
        return;
    found(arg, GUARD_SEEN_SET, ifindex, 0);
    if (!is_plain_set(a))
        found(arg, GUARD_SEEN_ODD, ifindex, 0);
}

struct set_reading {
    struct guard_reading *r;
    uint32_t ifindex;
    struct label_set labels;
    bool is_torn;
};

/* Label 0-15, or a catch-all element, is nothing that we let in. */
static void on_element(struct set_reading *s, const struct nlattr *elem)
{
    const struct nlattr *a[NFTA_SET_ELEM_MAX + 1], *value[NFTA_DATA_MAX + 1];
    uint32_t key = 0;

    nl_attrs_of(mnl_attr_get_payload(elem), mnl_attr_get_payload_len(elem), a, NFTA_SET_ELEM_MAX + 1);
    if (a[NFTA_SET_ELEM_KEY]) {
        nl_attrs_of(mnl_attr_get_payload(a[NFTA_SET_ELEM_KEY]), mnl_attr_get_payload_len(a[NFTA_SET_ELEM_KEY]), value,
                    NFTA_DATA_MAX + 1);
        nl_attr_u32(value[NFTA_DATA_VALUE], &key);
    }
    key = ntohl(key) >> 12;
    found(s->r, key >= LABEL_FIRST_UNRESERVED ? GUARD_SEEN_LABEL : GUARD_SEEN_ODD, s->ifindex, key);
    if (key && !label_set_add(&s->labels, key))
        s->is_torn = true;
}

static void on_elements(void *arg, const struct nlmsghdr *nlh)
{
    const struct nlattr *a[NFTA_SET_ELEM_LIST_MAX + 1], *elem;
    const uint8_t *end;

    nl_attrs(nlh, sizeof(struct nfgenmsg), a, NFTA_SET_ELEM_LIST_MAX + 1);
    if (!a[NFTA_SET_ELEM_LIST_ELEMENTS])
        return;
    elem = mnl_attr_get_payload(a[NFTA_SET_ELEM_LIST_ELEMENTS]);
    end = (const uint8_t *)elem + mnl_attr_get_payload_len(a[NFTA_SET_ELEM_LIST_ELEMENTS]);
    for (; mnl_attr_ok(elem, (int)(end - (const uint8_t *)elem)); elem = mnl_attr_next(elem))
        on_element(arg, elem);
}

/* ---- all of it ---- */

/* `name`: of a set or a chain, or NULL. */
static int read_table(struct nl_sock *s, uint16_t type, const char *table, const char *name, nl_message_fn *fn,
                      void *arg)
{
    char buf[512];
    struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(buf, type, NFPROTO_NETDEV, 0, 0);
    int error;

    if (table)
        mnl_attr_put_strz(nlh, NFTA_SET_TABLE, table); /* 1 in all of them */
    if (name)
        mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, name); /* 2: set or chain */
    error = nl_dump(s, nlh, fn, arg);
    return error == -ENOENT ? 0 : error;
}

/* A hash that grows between two parts of a dump is dumped in another order from there on, and nobody says so: what is
 * told twice stands for what is not told at all. */
static int read_set(struct guard_reading *r, uint32_t ifindex)
{
    struct set_reading s = {.r = r, .ifindex = ifindex};
    char name[NFT_NAME_BYTES];
    int error;

    nft_set_name(name, ifindex);
    error = read_table(r->sock, NFT_MSG_GETSETELEM, GUARD_TABLE, name, on_elements, &s);
    label_set_fini(&s.labels);
    return !error && s.is_torn ? -EINTR : error;
}

static int read_labels(struct guard_reading *r)
{
    int error = read_table(r->sock, NFT_MSG_GETSET, GUARD_TABLE, NULL, on_set, r);

    for (size_t i = 0, n = r->n; !error && i < n; i++)
        if (r->seen[i].kind == GUARD_SEEN_SET)
            error = read_set(r, r->seen[i].ifindex);
    return error;
}

static int read_all(struct guard_reading *r)
{
    int error = read_table(r->sock, NFT_MSG_GETCHAIN, NULL, NULL, on_chain, r);

    if (!error)
        error = read_table(r->sock, NFT_MSG_GETRULE, GUARD_TABLE, NULL, on_rule, r);
    if (!error)
        error = read_table(r->sock, NFT_MSG_GETRULE, SEAL_TABLE, NULL, on_rule, r);
    r->has_chains = !error;
    return !error && r->has_labels ? read_labels(r) : error;
}

void guard_read(struct sender_job *job)
{
    struct guard_reading *r = (struct guard_reading *)(void *)job;

    r->error = -EINTR;
    for (unsigned i = 0; i < READ_TRIES && r->error == -EINTR; i++) {
        if (i > 0 && r->may_wait)
            usleep(WAIT_US << i);
        guard_reading_fini(r);
        r->error = read_all(r);
    }
}

static void on_count(void *arg, const struct nlmsghdr *nlh)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();

    if (!rule)
        abort();
    if (nftnl_rule_nlmsg_parse(nlh, rule) == 0)
        *(uint64_t *)arg += rule_drops(rule);
    nftnl_rule_free(rule);
}

int nft_read_drops(struct nl_sock *s, uint32_t ifindex, uint64_t *packets)
{
    char name[NFT_NAME_BYTES];
    int error;

    *packets = 0;
    nft_chain_name(name, ifindex);
    error = read_table(s, NFT_MSG_GETRULE, GUARD_TABLE, name, on_count, packets);
    return error ? error : read_table(s, NFT_MSG_GETRULE, SEAL_TABLE, name, on_count, packets);
}
