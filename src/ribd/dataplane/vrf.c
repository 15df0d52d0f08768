/* SPDX-License-Identifier: Apache-2.0
 *
 * VRF devices: create, adopt, destroy; and the rules that make them isolate. A table's `unreachable default` is there
 * before the device is up, hence before any port can be enslaved, or a customer's packet would fall through to the
 * public table. A VRF is adopted when table and alias agree, since enslaving anew would bounce its ports.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

struct vrf_search {
    const char *device;
    uint32_t table;
    struct dp_link by_name, by_table;
};

static void on_link(void *arg, const struct nlmsghdr *nlh)
{
    struct vrf_search *s = arg;
    struct dp_link link;
    bool is_vrf_port;

    if (!link_decode(nlh, &link, &is_vrf_port))
        return;
    if (strcmp(link.name, s->device) == 0)
        s->by_name = link;
    if (link.vrf_table == s->table)
        s->by_table = link;
}

static int search(struct kernel_dp *k, struct vrf_search *s)
{
    char buf[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
    int error;

    nlh->nlmsg_type = RTM_GETLINK;
    ifi->ifi_family = AF_UNSPEC;
    error = nl_dump(&k->request, nlh, on_link, s);
    return error == -EINTR ? 0 : error;
}

static int create_device(struct kernel_dp *k, const char *device, uint32_t table, char *why)
{
    char buf[512];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct nlattr *info, *data;

    nlh->nlmsg_type = RTM_NEWLINK;
    nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(nlh, IFLA_IFNAME, device);
    info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
    mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vrf");
    data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
    mnl_attr_put_u32(nlh, IFLA_VRF_TABLE, table);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
    return nl_request(&k->request, nlh, why);
}

static int finish_device(struct kernel_dp *k, const char *device, const char *alias, char *why)
{
    char buf[512];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

    nlh->nlmsg_type = RTM_NEWLINK; /* the kernel takes an alias only from an existing link */
    ifi->ifi_flags = IFF_UP;
    ifi->ifi_change = IFF_UP;
    mnl_attr_put_strz(nlh, IFLA_IFNAME, device);
    mnl_attr_put_strz(nlh, IFLA_IFALIAS, alias);
    return nl_request(&k->request, nlh, why);
}

/* Both families, for a label may pop to either. A kernel without IPv6 needs no IPv6 route. */
int vrf_put_end(struct kernel_dp *k, uint32_t table, char *why)
{
    uint8_t buf[512];
    int error = nl_request(&k->request, route_encode_vrf_end(buf, table, AF_INET), why);

    if (error)
        return error;
    error = nl_request(&k->request, route_encode_vrf_end(buf, table, AF_INET6), why);
    return error == -EAFNOSUPPORT || error == -EOPNOTSUPP || error == -EACCES ? 0 : error;
}

int vrf_remove_end(struct kernel_dp *k, uint32_t table)
{
    static const uint8_t families[] = {AF_IPV4, AF_IPV6};
    uint8_t buf[512];
    int error = 0;

    for (size_t i = 0; i < 2; i++) {
        struct prefix any = {.addr.family = families[i]};
        int one = nl_request(&k->request, route_encode_del(buf, table, &any, KERNEL_UNREACHABLE_METRIC), NULL);

        if (one && one != -ESRCH && one != -ENOENT && one != -EAFNOSUPPORT && one != -EOPNOTSUPP && one != -EACCES)
            error = one;
    }
    return error;
}

static size_t table_place(const struct kernel_dp *k, uint32_t table)
{
    size_t i = 0;

    while (i < k->n_vrf_tables && k->vrf_tables[i] != table)
        i++;
    return i;
}

static void table_remember(struct kernel_dp *k, uint32_t table)
{
    if (table_place(k, table) < k->n_vrf_tables)
        return;
    k->vrf_tables = mem_realloc(NULL, k->vrf_tables, (k->n_vrf_tables + 1) * sizeof(k->vrf_tables[0]));
    k->vrf_tables[k->n_vrf_tables++] = table;
}

static void table_forget(struct kernel_dp *k, uint32_t table)
{
    size_t i = table_place(k, table);

    if (i < k->n_vrf_tables)
        k->vrf_tables[i] = k->vrf_tables[--k->n_vrf_tables];
}

int vrf_create(struct dataplane *dp, const char *device, uint32_t table, const char *alias, char *why)
{
    struct kernel_dp *k = kernel_of(dp);
    struct vrf_search s = {.device = device, .table = table};
    int error;

    if (table == 0 || strlen(device) >= RIB_IFNAME_MAX || strlen(alias) >= sizeof(s.by_name.alias))
        return refuse(why, -EINVAL, "device name, table or alias out of range");
    error = search(k, &s);
    if (error)
        return refuse(why, error, "cannot list the links");
    if (s.by_table.ifindex && strcmp(s.by_table.name, device) != 0)
        return refuse(why, -EEXIST, "table %u is used by device %s", table, s.by_table.name);
    if (s.by_name.ifindex && s.by_name.vrf_table != table)
        return refuse(why, -EEXIST, "device %s exists and is not a VRF of table %u", device, table);
    if (s.by_name.ifindex && s.by_name.alias[0] && strcmp(s.by_name.alias, alias) != 0)
        return refuse(why, -EEXIST, "device %s belongs to somebody else (alias %s)", device, s.by_name.alias);
    if (!s.by_name.ifindex) {
        error = create_device(k, device, table, why);
        if (error)
            return error;
    }
    vrf_flush_stop(k, table);
    error = vrf_put_end(k, table, why);
    if (!error)
        table_remember(k, table);
    if (!error && k->is_setup && vrf_rules_ensure(k) < 0) /* the first VRF's module may have come only now */
        error = refuse(why, -EIO, "the routing rules cannot be put in order");
    return error ? error : finish_device(k, device, alias, why);
}

static int delete_device(struct kernel_dp *k, uint32_t ifindex, char *why)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
    int error;

    nlh->nlmsg_type = RTM_DELLINK;
    ifi->ifi_index = (int)ifindex;
    error = nl_request(&k->request, nlh, why);
    return error == -ENODEV ? 0 : error;
}

int vrf_destroy(struct dataplane *dp, const char *device, uint32_t table, char *why)
{
    struct kernel_dp *k = kernel_of(dp);
    struct vrf_search s = {.device = device, .table = table};
    int error;

    if (table == 0)
        return refuse(why, -EINVAL, "table out of range");
    error = search(k, &s);
    if (error)
        return refuse(why, error, "cannot list the links");
    if (s.by_name.ifindex && s.by_name.vrf_table != table)
        return refuse(why, -EINVAL, "device %s is not a VRF of table %u", device, table);
    if (s.by_name.ifindex)
        error = delete_device(k, s.by_name.ifindex, why);
    if (error)
        return error;
    table_forget(k, table);
    vrf_flush_start(k, table);
    return 0;
}

static struct nlmsghdr *rule_message(void *buf, uint16_t type, int family, uint32_t pref, bool is_l3mdev)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(nlh, sizeof(*rule));

    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0;
    rule->family = (unsigned char)family;
    rule->action = FR_ACT_TO_TBL;
    rule->table = is_l3mdev ? RT_TABLE_UNSPEC : RT_TABLE_LOCAL;
    mnl_attr_put_u32(nlh, FRA_PRIORITY, pref);
    if (is_l3mdev)
        mnl_attr_put_u8(nlh, FRA_L3MDEV, 1);
    return nlh;
}

/* 1 if it was done, 0 if it was so already (or the kernel has no such family or no VRFs). */
static int rule_ensure(struct kernel_dp *k, uint16_t type, int family, uint32_t pref, bool is_l3mdev)
{
    char buf[256];
    int error = nl_request(&k->request, rule_message(buf, type, family, pref, is_l3mdev), NULL);

    if (error == 0)
        return 1;
    if (error == (type == RTM_NEWRULE ? -EEXIST : -ENOENT) || error == -EAFNOSUPPORT || error == -EOPNOTSUPP)
        return 0;
    if (is_l3mdev && error == -EINVAL) /* built without l3mdev */
        return 0;
    LOG_ERROR(k->log, "rule-failed", "pref=%u error=\"%s\"", pref, strerror(-error));
    return error;
}

int vrf_rules_ensure(struct kernel_dp *k)
{
    static const int families[] = {AF_INET, AF_INET6};
    int done = 0;

    for (size_t i = 0; i < 2; i++) {
        /* In this order there is always a local rule. */
        int l3mdev = rule_ensure(k, RTM_NEWRULE, families[i], RULE_L3MDEV_PREF, true);
        int add = rule_ensure(k, RTM_NEWRULE, families[i], RULE_LOCAL_PREF, false);
        int del = add < 0 ? 0 : rule_ensure(k, RTM_DELRULE, families[i], 0, false);

        if (l3mdev < 0 || add < 0 || del < 0)
            return l3mdev < 0 ? l3mdev : add < 0 ? add : del;
        done |= l3mdev | add | del;
    }
    return done;
}
