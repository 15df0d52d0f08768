/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel data plane's object: its table of operations, and the bulk ones, which turn values into queued messages.
 * The namespace is that of the caller at create. Holds no intent but the guard's, which it must restore by itself.
 */
#include "src/ribd/dataplane/kernel.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

static void queue_del_members(struct kernel_dp *k, uint32_t id, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        write_message(k, nexthop_encode_del(write_room(k), NEXTHOP_MEMBER(id, i)));
}

/* Members first, then the group over them: at each moment packets follow the old hops or the new ones. Members that a
 * smaller set leaves over go last; carrier loss may have removed them before, which is no failure of the set. */
static void kernel_nexthop_set(struct dataplane *dp, uint64_t cookie, uint32_t id, const struct dp_nexthop *nh,
                               size_t n)
{
    struct kernel_dp *k = kernel_of(dp);
    size_t op = write_op(k, cookie);
    uint32_t members[RIB_NEXTHOPS_MAX];
    struct nhset_entry *e;

    if (id == 0 || id > NEXTHOP_SET_MAX || n == 0 || n > RIB_NEXTHOPS_MAX) {
        write_op_fail(k, op, -EINVAL, "next-hop set out of range");
        return;
    }
    e = nhset_get(k, id);
    for (size_t i = 0; i < n; i++) {
        members[i] = NEXTHOP_MEMBER(id, i);
        write_message(k, nexthop_encode(write_room(k), members[i], &nh[i]));
    }
    write_message(k, nexthop_group_encode(write_room(k), id, members, n));
    queue_del_members(k, id, (uint32_t)n, e->n_members);
    e->n_members = (uint32_t)n;
}

static void kernel_nexthop_del(struct dataplane *dp, uint64_t cookie, uint32_t id)
{
    struct kernel_dp *k = kernel_of(dp);
    size_t op = write_op(k, cookie);
    struct nhset_entry *e;

    if (id == 0 || id > NEXTHOP_SET_MAX) {
        write_op_fail(k, op, -EINVAL, "next-hop set out of range");
        return;
    }
    e = nhset_get(k, id);
    write_message(k, nexthop_encode_del(write_room(k), NEXTHOP_GROUP_ID(id)));
    queue_del_members(k, id, 0, e->n_members);
    nhset_forget(k, e);
}

static void kernel_route_set(struct dataplane *dp, uint64_t cookie, const struct dp_route *route)
{
    struct kernel_dp *k = kernel_of(dp);
    size_t op = write_op(k, cookie);

    if (family_to_kernel(route->prefix.addr.family) == 0 ||
        (route->type == DP_ROUTE_UNICAST && (route->nexthop_id == 0 || route->nexthop_id > NEXTHOP_SET_MAX))) {
        write_op_fail(k, op, -EINVAL, "route without family or next hop");
        return;
    }
    write_message(k, route_encode(write_room(k), route));
}

static void kernel_route_del(struct dataplane *dp, uint64_t cookie, uint32_t table, const struct prefix *p)
{
    struct kernel_dp *k = kernel_of(dp);
    size_t op = write_op(k, cookie);

    if (family_to_kernel(p->addr.family) == 0)
        write_op_fail(k, op, -EINVAL, "route without family");
    else
        write_message(k, route_encode_del(write_room(k), table, p, KERNEL_METRIC));
}

static void kernel_label_set(struct dataplane *dp, uint64_t cookie, const struct dp_label *label)
{
    struct kernel_dp *k = kernel_of(dp);
    size_t op = write_op(k, cookie);
    struct nlmsghdr *nlh = label_encode(write_room(k), label);

    foreign_label_ours(k, label->in_label);
    if (nlh)
        write_message(k, nlh);
    else
        write_op_fail(k, op, -EINVAL, "label entry needs a device, and labels or a gateway, for each next hop");
}

static void kernel_label_del(struct dataplane *dp, uint64_t cookie, uint32_t in_label)
{
    struct kernel_dp *k = kernel_of(dp);
    size_t op = write_op(k, cookie);

    if (in_label > LABEL_MAX)
        write_op_fail(k, op, -EINVAL, "label out of range");
    else
        write_message(k, label_encode_del(write_room(k), in_label));
}

static void kernel_guard_interface(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, bool is_guarded)
{
    write_guard(kernel_of(dp), cookie, ifindex, GUARD_LABEL_NONE, is_guarded);
}

static void kernel_guard_set(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, uint32_t label, bool is_allowed)
{
    struct kernel_dp *k = kernel_of(dp);

    if (label < LABEL_FIRST_UNRESERVED || label > LABEL_MAX) {
        size_t op = write_op(k, cookie);

        write_op_fail(k, op, -EINVAL, "labels 0-15 are never accepted on a guarded interface");
        return;
    }
    write_guard(k, cookie, ifindex, label, is_allowed);
}

enum { START_TRIES = 20, START_AGAIN_MS = 200 };

static void on_told(struct kernel_dp *k, int error)
{
    (void)error; /* it is in the log, and there is another look */
    k->is_started = true;
    k->events->started(k->events_arg);
    guard_started(k);
}

static void on_start(void *arg)
{
    struct kernel_dp *k = arg;
    int error = link_tell_all(k);

    monitor_links_told(k, error);
    if (error && k->start_tries++ < START_TRIES) { /* the kernel is busy: half a picture is worse than a late one */
        timer_arm_ms(&k->start_timer, START_AGAIN_MS);
        return;
    }
    foreign_tell_all(k, on_told);
}

static int kernel_start(struct dataplane *dp, const struct dp_events *ev, void *arg)
{
    struct kernel_dp *k = kernel_of(dp);
    int error;

    k->events_copy = *ev;
    k->events = &k->events_copy;
    k->events_arg = arg;
    error = monitor_open(k);
    if (error)
        return error;
    platform_load(k);
    error = guard_open(k);
    if (error)
        LOG_WARN(k->log, "guard-unavailable", "error=\"%s\"", strerror(-error));
    if (!k->guard.is_adopting) /* which goes on here when it is done */
        timer_arm_us(&k->start_timer, 0);
    return 0;
}

static void kernel_platform(struct dataplane *dp, struct dp_platform *out)
{
    platform_probe(kernel_of(dp), out);
}

static int kernel_setup(struct dataplane *dp, uint32_t platform_labels)
{
    struct kernel_dp *k = kernel_of(dp);
    int error, rules;

    platform_load(k);
    error = sysctl_setup(k, platform_labels);
    rules = vrf_rules_ensure(k);
    k->is_setup = true;
    return error ? error : rules < 0 ? rules : 0;
}

void kernel_foreign_change(struct kernel_dp *k, const char *what)
{
    if (k->events->foreign_change)
        k->events->foreign_change(k->events_arg, what);
}

static void kernel_destroy(struct dataplane *dp)
{
    struct kernel_dp *k = kernel_of(dp);
    struct nhset_entry *e, *next;

    timer_cancel(&k->start_timer);
    dump_stop(dp);
    vrf_flush_close(k);
    sender_stop(k);
    write_fini(k);
    guard_close(k);
    monitor_close(k);
    foreign_close(k);
    foreign_label_close(k);
    link_stop(k);
    HASH_ITER (hh, k->nhsets, e, next)
        nhset_forget(k, e);
    nl_close(&k->request);
    nl_close(&k->bulk);
    mem_free(NULL, k->vrf_tables);
    mem_free(NULL, k);
}

static const struct dp_ops kernel_ops = {
    .start = kernel_start,
    .platform = kernel_platform,
    .dump = dump_all,
    .dump_stop = dump_stop,
    .audit = kernel_audit,
    .setup = kernel_setup,
    .vrf_create = vrf_create,
    .vrf_destroy = vrf_destroy,
    .link_set_master = link_set_master,
    .link_set = link_set,
    .link_set_mpls = link_set_mpls,
    .address_set = link_address_set,
    .nexthop_set = kernel_nexthop_set,
    .nexthop_del = kernel_nexthop_del,
    .route_set = kernel_route_set,
    .route_del = kernel_route_del,
    .label_set = kernel_label_set,
    .label_del = kernel_label_del,
    .guard_interface = kernel_guard_interface,
    .guard_set = kernel_guard_set,
    .guard_enable = guard_switch,
    .guard_drops = guard_count_drops,
    .count = monitor_count,
    .flush = write_flush,
    .destroy = kernel_destroy,
};

int dataplane_kernel_create(struct loop *event_loop, struct log *log, struct dataplane **out)
{
    struct kernel_dp *k = MEM_NEW(NULL, struct kernel_dp);
    int error;

    k->base.ops = &kernel_ops;
    k->loop = event_loop;
    k->log = log;
    k->events = &k->events_copy;
    error = nl_open(&k->request, NETLINK_ROUTE, false);
    if (!error)
        error = nl_open(&k->bulk, NETLINK_ROUTE, false);
    if (error) {
        nl_close(&k->request);
        nl_close(&k->bulk);
        mem_free(NULL, k);
        return error;
    }
    write_init(k);
    dump_init(k);
    foreign_init(k);
    monitor_init(k);
    vrf_flush_init(k);
    sender_init(k);
    guard_flow_init(k);
    timer_init(&k->start_timer, event_loop, on_start, k);
    *out = &k->base;
    return 0;
}
