/* SPDX-License-Identifier: Apache-2.0
 *
 * What the data plane set up beside entries, against what the kernel has now: switches, label input and reverse-path
 * filter of interfaces, the order of routing rules, the ends of VRF tables, the guard's chains and sets. Others can
 * change most of it without a notification. Each difference in words; mended at once if asked to.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

struct checking {
    struct kernel_dp *k;
    bool is_repair;
    void (*fn)(void *arg, const char *difference);
    void *arg;
    int n;
};

static void __attribute__((format(printf, 2, 3))) differs(struct checking *c, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    c->n++;
    if (!c->fn)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    c->fn(c->arg, text);
}

/* --- switches --- */

static void check_switch(void *arg, const char *path, uint32_t wanted, bool is_minimum)
{
    struct checking *c = arg;
    uint32_t now;
    char value[16];

    if (sysctl_read_u32(path, &now) || now == wanted || (is_minimum && now >= wanted))
        return; /* what the kernel does not have at all the platform probe tells */
    differs(c, "net.%s is %u, not %u", path, now, wanted);
    snprintf(value, sizeof(value), "%u", wanted);
    if (c->is_repair)
        sysctl_write(path, value);
}

static void check_links(struct checking *c)
{
    struct link_entry *e, *next;
    char path[96];

    HASH_ITER (hh, c->k->links, e, next) {
        snprintf(path, sizeof(path), "ipv4/conf/%s/rp_filter", e->link.name);
        check_switch(c, path, 0, false);
        if (!e->is_input_set)
            continue;
        snprintf(path, sizeof(path), "mpls/conf/%s/input", e->link.name);
        check_switch(c, path, e->accepts_labels && !guard_holds_input(c->k, e->ifindex), false);
    }
}

/* --- rules --- */

struct rules {
    bool has_first, has_l3mdev, has_local;
};

static void on_rule(void *arg, const struct nlmsghdr *nlh)
{
    struct rules *r = arg;
    const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[FRA_MAX + 1];
    uint32_t pref = 0;

    if (nlh->nlmsg_type != RTM_NEWRULE || nlh->nlmsg_len < NL_HEADER + sizeof(*rule))
        return;
    nl_attrs(nlh, sizeof(*rule), a, FRA_MAX + 1);
    nl_attr_u32(a[FRA_PRIORITY], &pref);
    if (a[FRA_L3MDEV] && pref == RULE_L3MDEV_PREF)
        r->has_l3mdev = true;
    else if (rule->table == RT_TABLE_LOCAL && pref < RULE_L3MDEV_PREF)
        r->has_first = true;
    else if (rule->table == RT_TABLE_LOCAL && pref == RULE_LOCAL_PREF)
        r->has_local = true;
}

static void check_rules(struct checking *c)
{
    static const struct {
        int family;
        const char *name;
    } families[] = {{AF_INET, "IPv4"}, {AF_INET6, "IPv6"}};
    int before = c->n;

    for (size_t i = 0; i < 2; i++) {
        char buf[128];
        struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
        struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(nlh, sizeof(*rule));
        struct rules r = {0};

        nlh->nlmsg_type = RTM_GETRULE;
        rule->family = (unsigned char)families[i].family;
        if (nl_dump(&c->k->request, nlh, on_rule, &r))
            continue;
        if (r.has_first || !r.has_l3mdev || !r.has_local)
            differs(c, "routing rules of %s: VPN instances are not looked at before this router's own addresses",
                    families[i].name);
    }
    if (c->is_repair && c->n > before)
        vrf_rules_ensure(c->k);
}

/* --- ends of VRF tables --- */

static void on_end(void *arg, const struct nlmsghdr *nlh)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[RTA_MAX + 1];
    uint32_t metric = 0;

    if (nlh->nlmsg_type != RTM_NEWROUTE || nlh->nlmsg_len < NL_HEADER + sizeof(*rtm) || rtm->rtm_dst_len ||
        rtm->rtm_type != RTN_UNREACHABLE)
        return;
    nl_attrs(nlh, sizeof(*rtm), a, RTA_MAX + 1);
    if (nl_attr_u32(a[RTA_PRIORITY], &metric) && metric == KERNEL_UNREACHABLE_METRIC)
        *(bool *)arg = true;
}

static void check_end(struct checking *c, uint32_t table)
{
    char buf[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
    bool is_there = false;
    int error;

    nlh->nlmsg_type = RTM_GETROUTE;
    rtm->rtm_family = AF_INET;
    rtm->rtm_type = RTN_UNREACHABLE; /* the kernel leaves out the rest of a table that may be big */
    rtm->rtm_protocol = KERNEL_PROTOCOL;
    mnl_attr_put_u32(nlh, RTA_TABLE, table);
    error = nl_dump(&c->k->request, nlh, on_end, &is_there);
    if (is_there || (error && error != -ENOENT))
        return;
    differs(c, "table %u has no unreachable default at its end: packets would fall through to the public table", table);
    if (c->is_repair)
        vrf_put_end(c->k, table, NULL);
}

/* --- the guard --- */

struct found_label {
    uint64_t key;
    UT_hash_handle hh;
};

struct guard_found {
    struct found_label *all; /* (ifindex, label); label 0: the chain */
};

static uint64_t key_of(uint32_t ifindex, uint32_t label)
{
    return (uint64_t)ifindex << 32 | label;
}

static void on_found(void *arg, uint32_t ifindex, uint32_t label)
{
    struct guard_found *g = arg;
    uint64_t key = key_of(ifindex, label);
    struct found_label *f;

    HASH_FIND(hh, g->all, &key, sizeof(key), f);
    if (f)
        return;
    f = MEM_NEW(NULL, struct found_label);
    f->key = key;
    HASH_ADD(hh, g->all, key, sizeof(f->key), f);
}

static bool take_found(struct guard_found *g, uint32_t ifindex, uint32_t label)
{
    uint64_t key = key_of(ifindex, label);
    struct found_label *f;

    HASH_FIND(hh, g->all, &key, sizeof(key), f);
    if (!f)
        return false;
    HASH_DEL(g->all, f);
    mem_free(NULL, f);
    return true;
}

static int read_guard(struct kernel_dp *k, struct guard_found *g)
{
    struct guard_port *p, *next;
    int error = nft_read_chains(&k->guard.request, on_found, g);

    HASH_ITER (hh, k->guard.ports, p, next)
        if (!error && p->has_set)
            error = nft_read_labels(&k->guard.request, p->ifindex, on_found, g);
    return error;
}

static void compare_guard(struct checking *c, struct guard_found *g)
{
    struct guard_port *p, *next;
    struct found_label *f, *fnext;
    uint32_t label;

    HASH_ITER (hh, c->k->guard.ports, p, next) {
        if (p->has_chain && !take_found(g, p->ifindex, 0))
            differs(c, "guard: no chain on interface %u: it lets every label in", p->ifindex);
        if (!p->has_set)
            continue;
        LABEL_SET_EACH(&p->labels, i, label)
        if (!take_found(g, p->ifindex, label))
            differs(c, "guard: the kernel does not let label %u in on interface %u", label, p->ifindex);
    }
    HASH_ITER (hh, g->all, f, fnext) {
        if ((uint32_t)f->key)
            differs(c, "guard: the kernel lets label %u in on interface %u, which was not given there",
                    (uint32_t)f->key, (uint32_t)(f->key >> 32));
        else
            differs(c, "guard: a chain on interface %u, which is not guarded", (uint32_t)(f->key >> 32));
        HASH_DEL(g->all, f);
        mem_free(NULL, f);
    }
}

static void check_guard(struct checking *c)
{
    struct guard *g = &c->k->guard;
    struct guard_found found = {0};
    int error, before = c->n;

    if (!g->is_usable || !g->is_enabled || g->is_broken || !g->ports)
        return; /* off, or being restored */
    error = read_guard(c->k, &found);
    if (error)
        differs(c, "guard: its table in nftables cannot be read: %s", strerror(-error));
    compare_guard(c, &found);
    if (c->is_repair && c->n > before)
        guard_restore(c->k);
}

int kernel_audit(struct dataplane *dp, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg)
{
    struct checking c = {.k = kernel_of(dp), .is_repair = is_repair, .fn = fn, .arg = arg};

    if (!c.k->is_setup)
        return 0;
    sysctl_each(c.k, check_switch, &c);
    check_links(&c);
    if (platform_has_vrf()) {
        check_rules(&c);
        for (size_t i = 0; i < c.k->n_vrf_tables; i++)
            check_end(&c, c.k->vrf_tables[i]);
    }
    if (TAILQ_EMPTY(&c.k->batches) && !c.k->open_batch)
        check_guard(&c);
    return c.n;
}
