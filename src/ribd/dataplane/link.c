/* SPDX-License-Identifier: Apache-2.0
 *
 * Links and their addresses: reading the kernel's messages, telling ribd each change once, and the few settings. A port
 * that is in its VRF already is left alone, since enslaving bounces it and loses its nexthop objects and routes. Owns
 * the cache of what was told.
 */
#include <net/if.h> /* before linux/if.h, which then leaves out what this has */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

int refuse(char *why, int error, const char *fmt, ...)
{
    va_list ap;

    if (!why)
        return error;
    va_start(ap, fmt);
    vsnprintf(why, RIB_TEXT_MAX, fmt, ap);
    va_end(ap);
    return error;
}

static void copy_text(const struct nlattr *a, char *out, size_t size)
{
    if (a)
        snprintf(out, size, "%.*s", (int)mnl_attr_get_payload_len(a), mnl_attr_get_str(a));
}

static bool text_is(const struct nlattr *a, const char *text)
{
    size_t len = strlen(text);

    return a && mnl_attr_get_payload_len(a) >= len && memcmp(mnl_attr_get_payload(a), text, len) == 0 &&
           (mnl_attr_get_payload_len(a) == len || mnl_attr_get_str(a)[len] == '\0');
}

static void decode_info(const struct nlattr *info, struct dp_link *out, bool *is_vrf_port)
{
    const struct nlattr *a[IFLA_INFO_MAX + 1], *data[IFLA_VRF_MAX + 1];

    nl_attrs_of(mnl_attr_get_payload(info), mnl_attr_get_payload_len(info), a, IFLA_INFO_MAX + 1);
    *is_vrf_port = text_is(a[IFLA_INFO_SLAVE_KIND], "vrf");
    if (!text_is(a[IFLA_INFO_KIND], "vrf") || !a[IFLA_INFO_DATA])
        return;
    nl_attrs_of(mnl_attr_get_payload(a[IFLA_INFO_DATA]), mnl_attr_get_payload_len(a[IFLA_INFO_DATA]), data,
                IFLA_VRF_MAX + 1);
    nl_attr_u32(data[IFLA_VRF_TABLE], &out->vrf_table);
}

bool link_decode(const struct nlmsghdr *nlh, struct dp_link *out, bool *is_vrf_port)
{
    const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[IFLA_MAX + 1];

    memset(out, 0, sizeof(*out));
    *is_vrf_port = false;
    if (nlh->nlmsg_len < NL_HEADER + sizeof(*ifi) || ifi->ifi_index <= 0)
        return false;
    if (ifi->ifi_family != AF_UNSPEC)
        return false; /* a bridge or IPv6 speaks of one of its aspects, without the rest */
    nl_attrs(nlh, sizeof(*ifi), a, IFLA_MAX + 1);
    out->ifindex = (uint32_t)ifi->ifi_index;
    out->is_admin_up = ifi->ifi_flags & IFF_UP;
    out->has_carrier = ifi->ifi_flags & IFF_LOWER_UP;
    out->is_loopback = ifi->ifi_flags & IFF_LOOPBACK;
    copy_text(a[IFLA_IFNAME], out->name, sizeof(out->name));
    copy_text(a[IFLA_IFALIAS], out->alias, sizeof(out->alias));
    nl_attr_u32(a[IFLA_MTU], &out->mtu);
    if (a[IFLA_LINKINFO])
        decode_info(a[IFLA_LINKINFO], out, is_vrf_port);
    if (*is_vrf_port)
        nl_attr_u32(a[IFLA_MASTER], &out->master); /* a bridge or bond is no master for us */
    return out->name[0] != '\0';
}

bool address_decode(const struct nlmsghdr *nlh, uint32_t *ifindex, struct prefix *out)
{
    const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[IFA_MAX + 1], *own;

    memset(out, 0, sizeof(*out));
    if (nlh->nlmsg_len < NL_HEADER + sizeof(*ifa))
        return false;
    nl_attrs(nlh, sizeof(*ifa), a, IFA_MAX + 1);
    own = a[IFA_LOCAL] ? a[IFA_LOCAL] : a[IFA_ADDRESS]; /* on point-to-point links IFA_ADDRESS is the neighbour's */
    *ifindex = ifa->ifa_index;
    out->len = ifa->ifa_prefixlen;
    return own &&
           addr_from_kernel(ifa->ifa_family, mnl_attr_get_payload(own), mnl_attr_get_payload_len(own), &out->addr) &&
           out->len <= ip_addr_bits(&out->addr);
}

struct link_entry *link_find(struct kernel_dp *k, uint32_t ifindex)
{
    struct link_entry *e;

    HASH_FIND(hh, k->links, &ifindex, sizeof(ifindex), e);
    return e;
}

static void link_free(struct kernel_dp *k, struct link_entry *e)
{
    HASH_DEL(k->links, e);
    mem_free(NULL, e->addresses);
    mem_free(NULL, e);
}

static struct link_entry *link_get(struct kernel_dp *k, uint32_t ifindex)
{
    struct link_entry *e = link_find(k, ifindex);

    if (!e) {
        e = MEM_NEW(NULL, struct link_entry);
        e->ifindex = ifindex;
        HASH_ADD(hh, k->links, ifindex, sizeof(e->ifindex), e);
    }
    return e;
}

/* An earlier life may have switched it on; a lost guard must switch it off all the same, and on again. */
static bool accepts_labels_now(const char *name)
{
    char path[64];
    uint32_t value = 0;

    snprintf(path, sizeof(path), "mpls/conf/%s/input", name);
    return sysctl_read_u32(path, &value) == 0 && value == 1;
}

static void link_told(struct kernel_dp *k, const struct dp_link *link)
{
    struct link_entry *e = link_get(k, link->ifindex);
    struct dp_link before;

    e->is_seen = true;
    if (memcmp(&e->link, link, sizeof(*link)) == 0)
        return;
    if (e->link.name[0] == '\0')
        e->accepts_labels = e->accepts_labels || accepts_labels_now(link->name);
    if (strcmp(e->link.name, link->name) != 0)
        sysctl_new_link(link->name);
    before = e->link;
    e->link = *link;
    k->events->link(k->events_arg, link);
    if (link->vrf_table && !before.vrf_table)
        foreign_table_appeared(k, link->vrf_table);
    if ((before.is_admin_up && !link->is_admin_up) || (before.has_carrier && !link->has_carrier) ||
        before.master != link->master)
        foreign_link_lost(k, link->ifindex);
}

static void link_untold(struct kernel_dp *k, uint32_t ifindex)
{
    struct link_entry *e = link_find(k, ifindex);

    guard_link_gone(k, ifindex);
    if (!e)
        return;
    if (e->link.vrf_table)
        foreign_table_gone(k, e->link.vrf_table);
    foreign_link_lost(k, ifindex);
    link_free(k, e);
    k->events->link_gone(k->events_arg, ifindex);
}

/* Events tell an address twice when only its flags or lifetime change. */
static void address_told(struct kernel_dp *k, uint32_t ifindex, const struct prefix *p, bool is_gone)
{
    struct link_entry *e = is_gone ? link_find(k, ifindex) : link_get(k, ifindex);
    size_t i = 0;

    if (!e)
        return;
    while (i < e->n_addresses && !prefix_equal(&e->addresses[i], p))
        i++;
    if ((i < e->n_addresses) != is_gone)
        return;
    if (is_gone) {
        e->addresses[i] = e->addresses[--e->n_addresses];
    } else {
        e->addresses = mem_realloc(NULL, e->addresses, (e->n_addresses + 1) * sizeof(*e->addresses));
        e->addresses[e->n_addresses++] = *p;
    }
    k->events->address(k->events_arg, ifindex, p, is_gone);
    if (is_gone)
        foreign_link_lost(k, ifindex);
}

void link_message(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    struct dp_link link;
    struct prefix p;
    uint32_t ifindex;
    bool is_vrf_port;

    switch (nlh->nlmsg_type) {
    case RTM_NEWLINK:
        if (link_decode(nlh, &link, &is_vrf_port))
            link_told(k, &link);
        break;
    case RTM_DELLINK:
        if (link_decode(nlh, &link, &is_vrf_port))
            link_untold(k, link.ifindex);
        break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
        if (address_decode(nlh, &ifindex, &p))
            address_told(k, ifindex, &p, nlh->nlmsg_type == RTM_DELADDR);
        break;
    default:
        break;
    }
}

/* A whole dump beside the cache: what is not in it any more is gone. It is told when the last answer has been read,
 * since who hears of a link may ask the kernel at once, on the same socket.
 */
struct link_resync {
    struct kernel_dp *k;
    struct dp_link *links;
    size_t n_links, links_size;
    struct {
        uint32_t ifindex;
        struct prefix prefix;
    } * addresses;
    size_t n, size;
};

static void resync_link(void *arg, const struct nlmsghdr *nlh)
{
    struct link_resync *r = arg;
    struct dp_link link;
    bool is_vrf_port;

    if (nlh->nlmsg_type != RTM_NEWLINK || !link_decode(nlh, &link, &is_vrf_port))
        return;
    if (r->n_links == r->links_size) {
        r->links_size = r->links_size ? r->links_size * 2 : 16;
        r->links = mem_realloc(NULL, r->links, r->links_size * sizeof(*r->links));
    }
    r->links[r->n_links++] = link;
}

static void resync_address(void *arg, const struct nlmsghdr *nlh)
{
    struct link_resync *r = arg;
    uint32_t ifindex;
    struct prefix p;

    if (nlh->nlmsg_type != RTM_NEWADDR || !address_decode(nlh, &ifindex, &p))
        return;
    if (r->n == r->size) {
        r->size = r->size ? r->size * 2 : 64;
        r->addresses = mem_realloc(NULL, r->addresses, r->size * sizeof(*r->addresses));
    }
    r->addresses[r->n].ifindex = ifindex;
    r->addresses[r->n++].prefix = p;
}

static int dump_links(struct link_resync *r, uint16_t type)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

    nlh->nlmsg_type = type;
    mnl_nlmsg_put_extra_header(nlh, type == RTM_GETLINK ? sizeof(struct ifinfomsg) : sizeof(struct ifaddrmsg));
    return nl_dump(&r->k->request, nlh, type == RTM_GETLINK ? resync_link : resync_address, r);
}

static bool is_listed(const struct link_resync *r, uint32_t ifindex, const struct prefix *p)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->addresses[i].ifindex == ifindex && prefix_equal(&r->addresses[i].prefix, p))
            return true;
    return false;
}

static void drop_unlisted(struct link_resync *r)
{
    struct link_entry *e, *next;

    HASH_ITER (hh, r->k->links, e, next) {
        if (!e->is_seen) {
            link_untold(r->k, e->ifindex);
            continue;
        }
        for (size_t i = e->n_addresses; i-- > 0;) {
            struct prefix p = e->addresses[i];

            if (!is_listed(r, e->ifindex, &p))
                address_told(r->k, e->ifindex, &p, true);
        }
    }
}

int link_tell_all(struct kernel_dp *k)
{
    struct link_resync r = {.k = k};
    struct link_entry *e, *next;
    int error, torn = 0;

    do { /* a torn dump is dumped again */
        r.n_links = r.n = 0;
        error = dump_links(&r, RTM_GETLINK);
        if (!error)
            error = dump_links(&r, RTM_GETADDR);
    } while (error == -EINTR && ++torn < 5);
    HASH_ITER (hh, k->links, e, next)
        e->is_seen = false;
    for (size_t i = 0; i < r.n_links; i++)
        link_told(k, &r.links[i]);
    if (!error)
        drop_unlisted(&r);
    for (size_t i = 0; i < r.n; i++)
        if (link_find(k, r.addresses[i].ifindex))
            address_told(k, r.addresses[i].ifindex, &r.addresses[i].prefix, false);
    mem_free(NULL, r.links);
    mem_free(NULL, r.addresses);
    return error;
}

void link_stop(struct kernel_dp *k)
{
    struct link_entry *e, *next;

    HASH_ITER (hh, k->links, e, next)
        link_free(k, e);
}

struct link_answer {
    struct dp_link link;
    bool is_vrf_port, is_found;
};

static void on_answer(void *arg, const struct nlmsghdr *nlh)
{
    struct link_answer *w = arg;

    w->is_found = link_decode(nlh, &w->link, &w->is_vrf_port);
}

int link_query(struct kernel_dp *k, uint32_t ifindex, struct dp_link *out, bool *is_vrf_port)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
    struct link_answer w = {0};
    int error;

    nlh->nlmsg_type = RTM_GETLINK;
    ifi->ifi_index = (int)ifindex;
    error = nl_get(&k->request, nlh, on_answer, &w);
    *out = w.link;
    *is_vrf_port = w.is_vrf_port;
    return error ? error : w.is_found ? 0 : -ENODEV;
}

int link_set_master(struct dataplane *dp, uint32_t ifindex, const char *vrf_device, char *why)
{
    struct kernel_dp *k = kernel_of(dp);
    char buf[128];
    struct nlmsghdr *nlh;
    struct ifinfomsg *ifi;
    struct dp_link link;
    uint32_t master = 0;
    bool is_vrf_port;
    int error = link_query(k, ifindex, &link, &is_vrf_port);

    if (error)
        return refuse(why, error, "no interface %u", ifindex);
    if (vrf_device) {
        master = if_nametoindex(vrf_device);
        if (master == 0)
            return refuse(why, -ENODEV, "no VRF device %s", vrf_device);
    }
    if (link.master == master)
        return 0;
    nlh = mnl_nlmsg_put_header(buf);
    ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
    nlh->nlmsg_type = RTM_NEWLINK;
    ifi->ifi_index = (int)ifindex;
    mnl_attr_put_u32(nlh, IFLA_MASTER, master);
    return nl_request(&k->request, nlh, why);
}

int link_set(struct dataplane *dp, uint32_t ifindex, bool is_up, uint32_t mtu, char *why)
{
    struct kernel_dp *k = kernel_of(dp);
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

    nlh->nlmsg_type = RTM_NEWLINK;
    ifi->ifi_index = (int)ifindex;
    ifi->ifi_change = IFF_UP;
    ifi->ifi_flags = is_up ? IFF_UP : 0;
    if (mtu)
        mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
    return nl_request(&k->request, nlh, why);
}

bool link_has_name(const struct link_entry *e)
{
    return if_nametoindex(e->link.name) == e->ifindex;
}

int link_set_mpls(struct dataplane *dp, uint32_t ifindex, bool accepts_labels, char *why)
{
    struct kernel_dp *k = kernel_of(dp);
    struct link_entry *e;
    struct dp_link link;
    bool is_vrf_port;
    int error = link_query(k, ifindex, &link, &is_vrf_port);

    if (error)
        return refuse(why, error, "no interface %u", ifindex);
    e = link_get(k, ifindex);
    e->accepts_labels = accepts_labels;
    e->is_input_set = true;
    if (accepts_labels && guard_holds_input(k, ifindex))
        return 0; /* the hook first, then input: switched on when it is there */
    error = sysctl_link("mpls", link.name, "input", accepts_labels ? "1" : "0");
    if (error == -ENOENT && !accepts_labels)
        return 0;
    if (error == -ENOENT)
        return refuse(why, -EOPNOTSUPP, "the kernel has no MPLS on %s (module mpls_router)", link.name);
    return error ? refuse(why, error, "cannot write net.mpls.conf.%s.input: %s", link.name, strerror(-error)) : 0;
}

int link_address_set(struct dataplane *dp, uint32_t ifindex, const struct prefix *a, bool is_present, char *why)
{
    struct kernel_dp *k = kernel_of(dp);
    char buf[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
    size_t len = ip_addr_bits(&a->addr) / 8u;
    int error;

    if (len == 0)
        return refuse(why, -EINVAL, "address without family");
    nlh->nlmsg_type = is_present ? RTM_NEWADDR : RTM_DELADDR;
    nlh->nlmsg_flags = is_present ? NLM_F_CREATE | NLM_F_REPLACE : 0;
    ifa->ifa_family = (unsigned char)family_to_kernel(a->addr.family);
    ifa->ifa_prefixlen = a->len;
    ifa->ifa_index = ifindex;
    mnl_attr_put(nlh, IFA_LOCAL, len, a->addr.b);
    mnl_attr_put(nlh, IFA_ADDRESS, len, a->addr.b);
    error = nl_request(&k->request, nlh, why);
    return !is_present && (error == -EADDRNOTAVAIL || error == -ENODEV) ? 0 : error;
}
