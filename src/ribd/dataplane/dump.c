/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel holds of ours, for adoption after a restart and for the audit. Entries are known by rtm_protocol. A
 * table may have a million entries: the kernel's answer is read in parts, on a socket of its own, and the loop goes on
 * in between. Next-hop objects are put together first and told afterwards, so that a torn answer can be asked for
 * again; this refreshes the cache of how many members each set has, and removes members that lost their set.
 *
 *   WAIT (until what was queued before is written, or a second) -> NEXTHOPS -> SETS (told) -> IPV4 -> IPV6 -> MPLS
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { WAIT_MS = 10, WAITS_MAX = 100, SETS_A_TURN = 1024 };
enum stage { STAGE_WAIT, STAGE_NEXTHOPS, STAGE_SETS, STAGE_IPV4, STAGE_IPV6, STAGE_MPLS, STAGE_END };

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

static void on_nexthop(void *arg, const struct nlmsghdr *nlh)
{
    struct nexthop_dump *d = &((struct kernel_dp *)arg)->dumper.found;
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

/* What is being flushed is on its way out already. */
static void on_route(void *arg, const struct nlmsghdr *nlh)
{
    const struct kernel_dp *k = arg;
    const struct dumper *d = &k->dumper;
    struct dp_route route;

    if (nlh->nlmsg_type == RTM_NEWROUTE && d->fn->route && route_decode(nlh, &route) && !vrf_flush_has(k, route.table))
        d->fn->route(d->arg, &route);
}

static void on_label(void *arg, const struct nlmsghdr *nlh)
{
    const struct dumper *d = &((struct kernel_dp *)arg)->dumper;
    struct dp_label label;

    if (nlh->nlmsg_type == RTM_NEWROUTE && d->fn->label && label_decode(nlh, &label))
        d->fn->label(d->arg, &label);
}

/* --- in parts --- */

static void stage_begin(struct kernel_dp *k, enum stage stage);

static void go_on_in(struct kernel_dp *k, unsigned ms)
{
    timer_arm_ms(&k->dumper.go_on, ms);
}

static void stop(struct kernel_dp *k)
{
    struct dumper *d = &k->dumper;

    d->fn = NULL;
    timer_cancel(&d->go_on);
    nl_reader_stop(&d->reader);
    nexthop_dump_clear(&d->found);
}

static void end(struct kernel_dp *k, int error)
{
    const struct dp_dump *fn = k->dumper.fn;
    void *arg = k->dumper.arg;

    stop(k);
    if (!error)
        guard_dump(k, fn, arg);
    fn->done(arg, error);
}

static bool is_missing(int error)
{
    return error == -EOPNOTSUPP || error == -EAFNOSUPPORT || error == -ENOENT;
}

/* A torn answer of routes or labels is good enough: what there is from the beginning to the end has been told. */
static void on_answered(void *arg, int error)
{
    struct kernel_dp *k = arg;
    enum stage stage = (enum stage)k->dumper.stage;

    if (error && !is_missing(error) && !(error == -EINTR && stage != STAGE_NEXTHOPS))
        end(k, error);
    else
        stage_begin(k, stage + 1);
}

static void on_torn_nexthops(void *arg)
{
    nexthop_dump_clear(&((struct kernel_dp *)arg)->dumper.found);
}

static int ask_nexthops(struct kernel_dp *k)
{
    static const struct nl_reading how = {
        .fn = on_nexthop, .again = on_torn_nexthops, .done = on_answered, .tries = READER_TRIES};
    char buf[READER_QUESTION_MAX];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

    nlh->nlmsg_type = RTM_GETNEXTHOP;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
    return nl_reader_start(&k->dumper.reader, k->loop, nlh, &how, k);
}

static int ask_routes(struct kernel_dp *k, int family)
{
    const struct nl_reading how = {.fn = family == AF_MPLS ? on_label : on_route, .done = on_answered, .tries = 1};
    char buf[READER_QUESTION_MAX];
    struct nlmsghdr *nlh = route_encode_dump(buf, family, family == AF_MPLS ? 0 : KERNEL_PROTOCOL, 0);

    return nl_reader_start(&k->dumper.reader, k->loop, nlh, &how, k);
}

static void tell_some_sets(struct kernel_dp *k)
{
    struct dumper *d = &k->dumper;
    struct found_group *g;

    for (int i = 0; i < SETS_A_TURN && (g = STAILQ_FIRST(&d->found.groups)); i++) {
        tell_group(k, &d->found, &g->message, d->fn, d->arg);
        STAILQ_REMOVE_HEAD(&d->found.groups, link);
        mem_free(NULL, g);
    }
    if (!STAILQ_EMPTY(&d->found.groups)) {
        go_on_in(k, 0);
        return;
    }
    if (TAILQ_EMPTY(&k->batches) && !k->open_batch)
        remove_orphans(k, &d->found);
    stage_begin(k, STAGE_IPV4);
}

static void stage_begin(struct kernel_dp *k, enum stage stage)
{
    int error = 0;

    k->dumper.stage = stage;
    switch (stage) {
    case STAGE_WAIT:
    case STAGE_SETS:
        go_on_in(k, 0);
        break;
    case STAGE_NEXTHOPS:
        error = ask_nexthops(k);
        break;
    case STAGE_IPV4:
        error = ask_routes(k, AF_INET);
        break;
    case STAGE_IPV6:
        error = ask_routes(k, AF_INET6);
        break;
    case STAGE_MPLS:
        error = ask_routes(k, AF_MPLS);
        break;
    case STAGE_END:
        end(k, 0);
        break;
    }
    if (error)
        end(k, error);
}

static void on_go_on(void *arg)
{
    struct kernel_dp *k = arg;
    bool is_quiet = TAILQ_EMPTY(&k->batches) && !k->open_batch;

    if (k->dumper.stage == STAGE_SETS)
        tell_some_sets(k);
    else if (is_quiet || ++k->dumper.waited > WAITS_MAX)
        stage_begin(k, STAGE_NEXTHOPS);
    else
        go_on_in(k, WAIT_MS);
}

void dump_init(struct kernel_dp *k)
{
    STAILQ_INIT(&k->dumper.found.groups);
    timer_init(&k->dumper.go_on, k->loop, on_go_on, k);
}

int dump_all(struct dataplane *dp, const struct dp_dump *fn, void *arg)
{
    struct kernel_dp *k = kernel_of(dp);
    struct dumper *d = &k->dumper;

    if (d->fn)
        return -EBUSY;
    d->fn = fn;
    d->arg = arg;
    d->waited = 0;
    stage_begin(k, STAGE_WAIT);
    return 0;
}

void dump_stop(struct dataplane *dp)
{
    struct kernel_dp *k = kernel_of(dp);

    if (k->dumper.fn)
        stop(k);
}
