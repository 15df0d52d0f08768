/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel holds of ours, for adoption after a restart and for the audit. Entries are known by rtm_protocol. The
 * answer is put together first and told afterwards, so that a torn dump can be asked again. Refreshes the cache of how
 * many members each next-hop set has, and removes members that lost their set.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { TORN_MAX = 5 };

struct nhset_entry *nhset_get(struct kernel_dp *k, uint32_t id)
{
    struct nhset_entry *e;

    HASH_FIND(hh, k->nhsets, &id, sizeof(id), e);
    if (!e) {
        e = MEM_NEW(NULL, struct nhset_entry);
        e->id = id;
        HASH_ADD(hh, k->nhsets, id, sizeof(e->id), e);
    }
    return e;
}

void nhset_forget(struct kernel_dp *k, struct nhset_entry *e)
{
    HASH_DEL(k->nhsets, e);
    mem_free(NULL, e);
}

struct found_member {
    uint32_t id; /* key */
    struct dp_nexthop nh;
    UT_hash_handle hh;
};

struct found_group {
    struct nexthop_message message;
    STAILQ_ENTRY(found_group) link;
};

struct nexthop_dump {
    struct found_member *members;
    STAILQ_HEAD(, found_group) groups;
};

static void on_nexthop(void *arg, const struct nlmsghdr *nlh)
{
    struct nexthop_dump *d = arg;
    struct nexthop_message m;
    struct found_member *member;
    struct found_group *group;

    switch (nexthop_decode(nlh, &m)) {
    case NEXTHOP_SINGLE:
        HASH_FIND(hh, d->members, &m.id, sizeof(m.id), member);
        if (member)
            break;
        member = MEM_NEW(NULL, struct found_member);
        member->id = m.id;
        member->nh = m.nh;
        HASH_ADD(hh, d->members, id, sizeof(member->id), member);
        break;
    case NEXTHOP_GROUP:
        group = MEM_NEW(NULL, struct found_group);
        group->message = m;
        STAILQ_INSERT_TAIL(&d->groups, group, link);
        break;
    case NEXTHOP_FOREIGN:
        break;
    }
}

static void nexthop_dump_clear(struct nexthop_dump *d)
{
    struct found_member *m, *next;
    struct found_group *g;

    HASH_ITER (hh, d->members, m, next) {
        HASH_DEL(d->members, m);
        mem_free(NULL, m);
    }
    while ((g = STAILQ_FIRST(&d->groups))) {
        STAILQ_REMOVE_HEAD(&d->groups, link);
        mem_free(NULL, g);
    }
}

static void tell_group(struct kernel_dp *k, struct nexthop_dump *d, const struct nexthop_message *g,
                       const struct dp_dump *fn, void *arg)
{
    struct dp_nexthop hops[RIB_NEXTHOPS_MAX];
    struct nhset_entry *e = nhset_get(k, g->id);
    size_t n = 0;

    e->is_seen = true;
    for (size_t i = 0; i < g->n_members; i++) {
        struct found_member *m;
        uint32_t slot = g->members[i] - NEXTHOP_MEMBER(g->id, 0);

        HASH_FIND(hh, d->members, &g->members[i], sizeof(g->members[i]), m);
        if (slot < RIB_NEXTHOPS_MAX && slot >= e->n_members)
            e->n_members = slot + 1;
        if (m)
            hops[n++] = m->nh;
    }
    if (fn->nexthop)
        fn->nexthop(arg, g->id, hops, n);
}

/* A crash between the delete of a group and of its members leaves these. The next set of that id would reuse them. */
static void remove_orphans(struct kernel_dp *k, struct nexthop_dump *d)
{
    struct found_member *m, *next;
    struct nhset_entry *e;
    uint8_t buf[128];

    HASH_ITER (hh, d->members, m, next) {
        uint32_t id = (m->id & ~NEXTHOP_MEMBER(0, 0)) >> 6;

        HASH_FIND(hh, k->nhsets, &id, sizeof(id), e);
        if (!e && m->id >= NEXTHOP_MEMBER(0, 0))
            nl_request(&k->request, nexthop_encode_del(buf, m->id), NULL);
    }
}

static int dump_nexthops(struct kernel_dp *k, const struct dp_dump *fn, void *arg)
{
    struct nexthop_dump d = {0};
    struct found_group *g;
    int error, torn = 0;

    STAILQ_INIT(&d.groups);
    do {
        char buf[128];
        struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

        nexthop_dump_clear(&d);
        nlh->nlmsg_type = RTM_GETNEXTHOP;
        mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
        error = nl_dump(&k->request, nlh, on_nexthop, &d);
    } while (error == -EINTR && ++torn < TORN_MAX);
    if (!error) {
        STAILQ_FOREACH (g, &d.groups, link)
            tell_group(k, &d, &g->message, fn, arg);
        if (TAILQ_EMPTY(&k->batches) && !k->open_batch)
            remove_orphans(k, &d);
    }
    nexthop_dump_clear(&d);
    return error;
}

struct table_dump {
    const struct dp_dump *fn;
    void *arg;
};

static void on_route(void *arg, const struct nlmsghdr *nlh)
{
    struct table_dump *d = arg;
    struct dp_route route;

    if (nlh->nlmsg_type == RTM_NEWROUTE && d->fn->route && route_decode(nlh, &route))
        d->fn->route(d->arg, &route);
}

static void on_label(void *arg, const struct nlmsghdr *nlh)
{
    struct table_dump *d = arg;
    struct dp_label label;

    if (nlh->nlmsg_type == RTM_NEWROUTE && d->fn->label && label_decode(nlh, &label))
        d->fn->label(d->arg, &label);
}

static int dump_family(struct kernel_dp *k, int family, nl_message_fn *fn, struct table_dump *d)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

    nlh->nlmsg_type = RTM_GETROUTE;
    rtm->rtm_family = (unsigned char)family;
    if (family != AF_MPLS)
        rtm->rtm_protocol = KERNEL_PROTOCOL; /* the kernel leaves out the rest */
    return nl_dump(&k->request, nlh, fn, d);
}

static bool is_missing(int error)
{
    return error == -EOPNOTSUPP || error == -EAFNOSUPPORT || error == -ENOENT;
}

int dump_all(struct dataplane *dp, const struct dp_dump *fn, void *arg)
{
    struct kernel_dp *k = kernel_of(dp);
    struct table_dump d = {fn, arg};
    int error = dump_nexthops(k, fn, arg);

    if (!error || is_missing(error))
        error = dump_family(k, AF_INET, on_route, &d);
    if (!error || is_missing(error))
        error = dump_family(k, AF_INET6, on_route, &d);
    if (!error || is_missing(error))
        error = dump_family(k, AF_MPLS, on_label, &d);
    if (is_missing(error))
        error = 0;
    guard_dump(k, fn, arg);
    return error;
}
