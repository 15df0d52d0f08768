/* SPDX-License-Identifier: Apache-2.0
 *
 * What the data plane set up beside entries, against what the kernel has now: switches, label input and reverse-path
 * filter of interfaces, the order of routing rules, the ends of VRF tables, the guard (guard_adopt.c). Others can
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
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

struct checking {
    struct kernel_dp *k;
    bool is_repair;
    bool is_guard_known; /* it is as it should be, or input is off until it is */
    struct differences found;
};

void audit_differs(struct differences *found, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    found->n++;
    if (!found->fn)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    found->fn(found->arg, text);
}

/* --- switches --- */

static void check_switch(void *arg, const char *path, uint32_t wanted, bool is_minimum)
{
    struct checking *c = arg;
    uint32_t now;
    char value[16];

    if (sysctl_read_u32(path, &now) || now == wanted || (is_minimum && now >= wanted))
        return; /* what the kernel does not have at all the platform probe tells */
    audit_differs(&c->found, "net.%s is %u, not %u", path, now, wanted);
    snprintf(value, sizeof(value), "%u", wanted);
    if (c->is_repair)
        sysctl_write(path, value);
}

/* Input of a guarded interface that is off may be that of a new device, which has no guard: it waits until that has
 * been looked at. */
static void check_input(struct checking *c, const struct link_entry *e, const char *path)
{
    bool is_on = e->accepts_labels && !guard_holds_input(c->k, e->ifindex);
    uint32_t now;

    if (!is_on || c->is_guard_known || !guard_is_wanted(c->k, e->ifindex))
        check_switch(c, path, is_on, false);
    else if (c->is_repair && sysctl_read_u32(path, &now) == 0 && !now)
        kernel_foreign_change(c->k, "label input of a guarded interface is off");
}

static void check_links(struct checking *c)
{
    struct link_entry *e, *next;
    char path[96];

    HASH_ITER (hh, c->k->links, e, next) {
        if (!link_has_name(e))
            continue;
        snprintf(path, sizeof(path), "ipv4/conf/%s/rp_filter", e->link.name);
        check_switch(c, path, 0, false);
        if (!e->is_input_set)
            continue;
        snprintf(path, sizeof(path), "mpls/conf/%s/input", e->link.name);
        check_input(c, e, path);
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
    int before = c->found.n;

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
            audit_differs(&c->found,
                          "routing rules of %s: VPN instances are not looked at before this router's own addresses",
                          families[i].name);
    }
    if (c->is_repair && c->found.n > before)
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
    struct nlmsghdr *nlh = route_encode_dump(buf, AF_INET, KERNEL_PROTOCOL, table);
    struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    bool is_there = false;
    int error;

    rtm->rtm_type = RTN_UNREACHABLE; /* the kernel leaves out the rest of a table that may be big */
    error = nl_dump(&c->k->request, nlh, on_end, &is_there);
    if (is_there || (error && error != -ENOENT))
        return;
    audit_differs(&c->found,
                  "table %u has no unreachable default at its end: packets would fall through to the public table",
                  table);
    if (c->is_repair)
        vrf_put_end(c->k, table, NULL);
}

/* --- what could not be read --- */

static const char *why(int error)
{
    return error == -EINTR ? "they change all the time" : strerror(-error);
}

/* Nothing of it can be mended here: it is looked at again and again anyway. */
static void check_others(struct checking *c)
{
    const struct foreign *f = &c->k->foreign;

    if (c->k->monitor.links_error)
        audit_differs(&c->found, "links and addresses cannot be read: %s; what is known of them may be old",
                      why(c->k->monitor.links_error));
    if (f->n_failures > 0)
        audit_differs(&c->found, "routes of other programs cannot be read: %s; what is known of them may be old",
                      why(f->error));
}

int kernel_audit(struct dataplane *dp, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg)
{
    struct checking c = {.k = kernel_of(dp), .is_repair = is_repair, .found = {.fn = fn, .arg = arg}};
    int guard;

    if (!c.k->is_setup)
        return 0;
    guard = TAILQ_EMPTY(&c.k->batches) && !c.k->open_batch ? guard_audit(c.k, is_repair, fn, arg) : -EAGAIN;
    c.is_guard_known = guard >= 0;
    c.found.n = guard > 0 ? guard : 0;
    sysctl_each(c.k, check_switch, &c);
    check_links(&c);
    if (platform_has_vrf()) {
        check_rules(&c);
        for (size_t i = 0; i < c.k->n_vrf_tables; i++)
            check_end(&c, c.k->vrf_tables[i]);
    }
    check_others(&c);
    return c.found.n;
}
