/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated kernel behind src/ribd/dataplane.h. Writes are carried out later and some at a time, so that a crash
 * may come in the middle; news wait in a queue as in a netlink socket. What the object holds dies with its process, the
 * kernel's tables do not.
 */
#include "src/ribd/dataplane.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/sim/kernel.h"
#include "lib/sim/news.h"
#include "strata/mem.h"

enum { WRITE_LOW_US = 30, WRITE_HIGH_US = 120, SWITCH_LOW_US = 500, SWITCH_HIGH_US = 20000, OPS_A_TURN = 64 };
enum { PLATFORM_LABELS_MAX = 1048575 };

enum op_kind {
    OP_NEXTHOP,
    OP_NEXTHOP_DEL,
    OP_ROUTE,
    OP_ROUTE_DEL,
    OP_LABEL,
    OP_LABEL_DEL,
    OP_GUARD_PORT,
    OP_GUARD_LABEL
};

struct op {
    uint64_t cookie;
    enum op_kind kind;
    bool is_done, is_on;
    int error;
    const char *text;
    uint32_t id; /* nexthop, label, ifindex */
    uint32_t guard_label;
    struct dp_nexthop *nexthops;
    size_t n_nexthops;
    struct dp_route route;
    struct dp_label *label;
};

struct batch {
    struct op *ops;
    size_t n, size, at;
    STAILQ_ENTRY(batch) link;
};

struct sim_dp {
    struct dataplane base; /* first */
    struct sim_process *process;
    struct sim_kernel *kernel;
    struct sim_news news;
    bool is_guard_enabled, is_guard_broken;
    struct batch *open;
    STAILQ_HEAD(, batch) batches;
    struct timer write, guard_switch;
};

static struct sim_dp *of(struct dataplane *dp)
{
    return (struct sim_dp *)(void *)dp;
}

static bool is_dead(const struct sim_dp *d)
{
    return !d->process->is_running;
}

static int __attribute__((format(printf, 3, 4))) refuse(char *why, int error, const char *fmt, ...)
{
    va_list ap;

    if (!why)
        return error;
    va_start(ap, fmt);
    vsnprintf(why, RIB_TEXT_MAX, fmt, ap);
    va_end(ap);
    return error;
}

/* --- guard --- */

static void apply_input(struct sim_dp *d, uint32_t ifindex)
{
    struct sim_guard_port *p = sim_guard_find(d->kernel, ifindex);
    struct sim_iface *i = sim_iface_find(d->kernel, ifindex);

    if (i && p && p->is_guarded)
        i->has_mpls_input = p->wants_input && !(d->is_guard_enabled && d->is_guard_broken);
}

static void apply_inputs(struct sim_dp *d)
{
    struct sim_guard_port *p, *next;

    HASH_ITER (hh, d->kernel->guard, p, next)
        apply_input(d, p->ifindex);
}

static void guard_restore(struct sim_dp *d)
{
    d->kernel->has_guard_table = d->kernel->is_guard_sealed = d->is_guard_enabled;
    d->is_guard_broken = false;
    apply_inputs(d);
}

static void guard_lost(void *owner)
{
    struct sim_dp *d = owner;

    if (!d->is_guard_enabled || d->kernel->has_guard_table)
        return;
    d->is_guard_broken = true;
    apply_inputs(d);
    if (d->news.events.guard_lost)
        d->news.events.guard_lost(d->news.arg);
    guard_restore(d);
    if (d->news.events.guard_restored)
        d->news.events.guard_restored(d->news.arg);
}

static void guard_op(struct sim_dp *d, struct op *op)
{
    if (op->is_done)
        return;
    op->is_done = true;
    op->error = op->kind == OP_GUARD_PORT ? sim_guard_port_set(d->kernel, op->id, op->is_on)
                                          : sim_guard_label_set(d->kernel, op->id, op->guard_label, op->is_on);
    op->text = "no such interface";
    if (!d->kernel->has_guard_table && d->is_guard_enabled)
        guard_restore(d);
}

/* The hook and its labels come before whatever lets labels in. */
static void guard_ops(struct sim_dp *d, struct batch *b)
{
    for (size_t i = 0; b && i < b->n; i++)
        if (b->ops[i].kind == OP_GUARD_PORT || b->ops[i].kind == OP_GUARD_LABEL)
            guard_op(d, &b->ops[i]);
}

static void guard_now(struct sim_dp *d)
{
    struct batch *b;

    STAILQ_FOREACH (b, &d->batches, link)
        guard_ops(d, b);
    guard_ops(d, d->open);
}

static int dp_start(struct dataplane *dp, const struct dp_events *ev, void *arg)
{
    struct sim_dp *d = of(dp);

    if (is_dead(d))
        return -EIO;
    d->kernel->is_guard_sealed = d->is_guard_enabled;
    sim_news_open(&d->news, ev, arg);
    return 0;
}

static void dp_platform(struct dataplane *dp, struct dp_platform *out)
{
    *out = (struct dp_platform){
        .has_mpls = true, .has_vrf = true, .has_guard = true, .platform_labels = of(dp)->kernel->platform_labels};
}

static int dp_setup(struct dataplane *dp, uint32_t platform_labels)
{
    struct sim_kernel *k = of(dp)->kernel;

    if (is_dead(of(dp)))
        return -EIO;
    if (platform_labels > PLATFORM_LABELS_MAX)
        platform_labels = PLATFORM_LABELS_MAX;
    if (k->platform_labels < platform_labels) /* lowering would delete entries */
        k->platform_labels = platform_labels;
    k->is_forwarding = k->is_l3mdev_first = true;
    k->tcp_l3mdev_accept = k->udp_l3mdev_accept = k->raw_l3mdev_accept = false;
    return 0;
}

static int dp_dump(struct dataplane *dp, const struct dp_dump *fn, void *arg)
{
    struct sim_kernel *k = of(dp)->kernel;
    struct sim_nhset *s, *next_set;
    struct sim_lfib *l, *next_label;
    struct sim_guard_port *p, *next_port;
    struct sim_guard_label *g, *next_guard;
    struct sim_route *r;

    HASH_ITER (hh, k->nhsets, s, next_set) {
        struct dp_nexthop nh[RIB_NEXTHOPS_MAX];
        size_t n = 0;

        for (uint32_t i = 0; i < s->n_slots; i++)
            if (s->slots[i].is_in_group)
                nh[n++] = s->slots[i].nh;
        if (s->has_group && fn->nexthop)
            fn->nexthop(arg, s->id, nh, n);
    }
    TAILQ_FOREACH (r, &k->routes, all) {
        struct dp_route route = {.table = r->table, .prefix = r->prefix, .nexthop_id = r->nhset ? r->nhset->id : 0};

        if (!sim_route_is_ours(r) || !fn->route)
            continue;
        route.type = r->type == SIM_ROUTE_BLACKHOLE     ? DP_ROUTE_BLACKHOLE
                     : r->type == SIM_ROUTE_UNREACHABLE ? DP_ROUTE_UNREACHABLE
                                                        : DP_ROUTE_UNICAST;
        fn->route(arg, &route);
    }
    HASH_ITER (hh, k->labels, l, next_label)
        if (fn->label && !l->is_foreign)
            fn->label(arg, &l->entry);
    HASH_ITER (hh, k->guard, p, next_port)
        HASH_ITER (hh, p->labels, g, next_guard)
            if (fn->guard)
                fn->guard(arg, p->ifindex, g->label);
    fn->done(arg, 0);
    return 0;
}

static int dp_audit(struct dataplane *dp, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg)
{
    return sim_audit(of(dp)->kernel, is_repair, fn, arg);
}

/* --- immediate --- */

static int dp_vrf_create(struct dataplane *dp, const char *device, uint32_t table, const char *alias, char *why)
{
    struct sim_kernel *k = of(dp)->kernel;
    struct sim_iface *named = sim_iface_named(k, device), *of_table = table ? sim_vrf_of_table(k, table) : NULL;
    struct sim_route end = {.table = table,
                            .metric = SIM_METRIC_LAST,
                            .type = SIM_ROUTE_UNREACHABLE,
                            .prefix = {.addr = {.family = AF_IPV4}}};

    if (is_dead(of(dp)))
        return refuse(why, -EIO, "dead");
    if (table == 0 || strlen(device) >= RIB_IFNAME_MAX || strlen(alias) >= sizeof(named->alias))
        return refuse(why, -EINVAL, "device name, table or alias out of range");
    if (of_table && of_table != named)
        return refuse(why, -EEXIST, "table %u is used by device %s", table, of_table->name);
    if (named && named->vrf_table != table)
        return refuse(why, -EEXIST, "device %s exists and is not a VRF of table %u", device, table);
    if (named && named->alias[0] && strcmp(named->alias, alias) != 0)
        return refuse(why, -EEXIST, "device %s belongs to somebody else (alias %s)", device, named->alias);
    if (!named) {
        named = sim_iface_new(k, device);
        named->vrf_table = table;
        sim_dp_link(named);
        sim_foreign_tell(k, table, false);
    }
    sim_route_add(k, &end);
    snprintf(named->alias, sizeof(named->alias), "%s", alias);
    if (!named->is_admin_up)
        sim_iface_admin(named, true);
    return 0;
}

static bool is_in_table(const struct sim_route *r, const void *arg)
{
    const uint32_t *table = arg;

    return r->table == *table && (sim_route_is_ours(r) || r->metric == SIM_METRIC_LAST);
}

static int dp_vrf_destroy(struct dataplane *dp, const char *device, uint32_t table, char *why)
{
    struct sim_kernel *k = of(dp)->kernel;
    struct sim_iface *named = sim_iface_named(k, device);

    if (is_dead(of(dp)))
        return refuse(why, -EIO, "dead");
    if (table == 0)
        return refuse(why, -EINVAL, "table out of range");
    if (named && named->vrf_table != table)
        return refuse(why, -EINVAL, "device %s is not a VRF of table %u", device, table);
    if (named)
        sim_iface_free(named);
    sim_routes_drop(k, is_in_table, &table);
    return 0;
}

static int dp_link_set_master(struct dataplane *dp, uint32_t ifindex, const char *vrf_device, char *why)
{
    struct sim_kernel *k = of(dp)->kernel;
    struct sim_iface *i = sim_iface_find(k, ifindex), *master = vrf_device ? sim_iface_named(k, vrf_device) : NULL;

    if (is_dead(of(dp)))
        return refuse(why, -EIO, "dead");
    if (!i)
        return refuse(why, -ENODEV, "no interface %u", ifindex);
    if (vrf_device && (!master || !master->vrf_table))
        return refuse(why, -ENODEV, "no VRF device %s", vrf_device);
    sim_iface_enslave(i, master);
    return 0;
}

static int dp_link_set(struct dataplane *dp, uint32_t ifindex, bool is_up, uint32_t mtu, char *why)
{
    struct sim_iface *i = sim_iface_find(of(dp)->kernel, ifindex);

    if (is_dead(of(dp)))
        return refuse(why, -EIO, "dead");
    if (!i)
        return refuse(why, -ENODEV, "no interface %u", ifindex);
    if (mtu && mtu != i->mtu) {
        i->mtu = mtu;
        sim_dp_link(i);
    }
    sim_iface_admin(i, is_up);
    return 0;
}

static int dp_link_set_mpls(struct dataplane *dp, uint32_t ifindex, bool accepts_labels, char *why)
{
    struct sim_dp *d = of(dp);
    struct sim_iface *i = sim_iface_find(d->kernel, ifindex);
    struct sim_guard_port *p;

    if (is_dead(d))
        return refuse(why, -EIO, "dead");
    if (!i)
        return refuse(why, -ENODEV, "no interface %u", ifindex);
    if (accepts_labels)
        guard_now(d);
    i->has_mpls_input = i->wants_input = accepts_labels;
    i->is_input_set = true;
    p = sim_guard_find(d->kernel, ifindex);
    if (p) {
        p->wants_input = accepts_labels;
        apply_input(d, ifindex);
    }
    return 0;
}

static int dp_address_set(struct dataplane *dp, uint32_t ifindex, const struct prefix *a, bool is_present, char *why)
{
    struct sim_iface *i = sim_iface_find(of(dp)->kernel, ifindex);

    if (is_dead(of(dp)))
        return refuse(why, -EIO, "dead");
    if (!i)
        return is_present ? refuse(why, -ENODEV, "no interface %u", ifindex) : 0;
    if (a->addr.family != AF_IPV4)
        return refuse(why, -EAFNOSUPPORT, "address without family");
    return sim_iface_address(i, a, is_present);
}

/* --- bulk --- */

static struct op *op_add(struct sim_dp *d, uint64_t cookie, enum op_kind kind, uint32_t id)
{
    struct batch *b = d->open;

    if (!b)
        b = d->open = MEM_NEW(NULL, struct batch);
    if (b->n == b->size) {
        b->size = b->size ? b->size * 2 : 16;
        b->ops = mem_realloc(NULL, b->ops, b->size * sizeof(*b->ops));
    }
    b->ops[b->n] = (struct op){.cookie = cookie, .kind = kind, .id = id, .text = ""};
    return &b->ops[b->n++];
}

static void dp_nexthop_set(struct dataplane *dp, uint64_t cookie, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    struct op *op = op_add(of(dp), cookie, OP_NEXTHOP, id);

    op->n_nexthops = n;
    if (n > 0)
        op->nexthops = mem_dup(NULL, nh, n * sizeof(*nh));
}

static void dp_nexthop_del(struct dataplane *dp, uint64_t cookie, uint32_t id)
{
    op_add(of(dp), cookie, OP_NEXTHOP_DEL, id);
}

static void dp_route_set(struct dataplane *dp, uint64_t cookie, const struct dp_route *route)
{
    op_add(of(dp), cookie, OP_ROUTE, 0)->route = *route;
}

static void dp_route_del(struct dataplane *dp, uint64_t cookie, uint32_t table, const struct prefix *p)
{
    op_add(of(dp), cookie, OP_ROUTE_DEL, 0)->route = (struct dp_route){.table = table, .prefix = *p};
}

static void dp_label_set(struct dataplane *dp, uint64_t cookie, const struct dp_label *label)
{
    op_add(of(dp), cookie, OP_LABEL, 0)->label = mem_dup(NULL, label, sizeof(*label));
}

static void dp_label_del(struct dataplane *dp, uint64_t cookie, uint32_t in_label)
{
    op_add(of(dp), cookie, OP_LABEL_DEL, in_label);
}

static void dp_guard_interface(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, bool is_guarded)
{
    op_add(of(dp), cookie, OP_GUARD_PORT, ifindex)->is_on = is_guarded;
}

static void dp_guard_set(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, uint32_t label, bool is_allowed)
{
    struct op *op = op_add(of(dp), cookie, OP_GUARD_LABEL, ifindex);

    op->is_on = is_allowed;
    op->guard_label = label;
    if (label >= LABEL_FIRST_UNRESERVED && label <= LABEL_MAX)
        return;
    op->is_done = true;
    op->error = -EINVAL;
    op->text = "labels 0-15 are never accepted on a guarded interface";
}

static int write_route(struct sim_kernel *k, const struct dp_route *route, const char **text)
{
    struct sim_route r = {.table = route->table, .metric = SIM_METRIC_OURS, .prefix = route->prefix};

    *text = "route without family or next hop";
    if (route->prefix.addr.family != AF_IPV4)
        return -EINVAL;
    switch (route->type) {
    case DP_ROUTE_UNICAST:
        r.type = SIM_ROUTE_NEXTHOP;
        HASH_FIND(hh, k->nhsets, &route->nexthop_id, sizeof(route->nexthop_id), r.nhset);
        *text = "Nexthop id does not exist";
        if (!r.nhset || !r.nhset->has_group)
            return -EINVAL;
        break;
    case DP_ROUTE_BLACKHOLE:
        r.type = SIM_ROUTE_BLACKHOLE;
        break;
    case DP_ROUTE_UNREACHABLE:
        r.type = SIM_ROUTE_UNREACHABLE;
        break;
    }
    sim_foreign_route_del(k->node, route->table, &route->prefix, SIM_METRIC_OURS); /* replaces whoever wrote it */
    sim_route_add(k, &r);
    return 0;
}

static void execute(struct sim_dp *d, struct op *op)
{
    if (op->is_done)
        return;
    op->is_done = true;
    switch (op->kind) {
    case OP_NEXTHOP:
        op->error = sim_nexthop_set(d->kernel, op->id, op->nexthops, op->n_nexthops, &op->text);
        break;
    case OP_NEXTHOP_DEL:
        sim_nexthop_del(d->kernel, op->id);
        break;
    case OP_ROUTE:
        op->error = write_route(d->kernel, &op->route, &op->text);
        break;
    case OP_ROUTE_DEL:
        sim_route_del_ours(d->kernel, op->route.table, &op->route.prefix);
        break;
    case OP_LABEL:
        op->error = sim_label_set(d->kernel, op->label, &op->text);
        break;
    case OP_LABEL_DEL:
        sim_label_del(d->kernel, op->id);
        break;
    case OP_GUARD_PORT:
    case OP_GUARD_LABEL:
        break;
    }
}

static void batch_free(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        mem_free(NULL, b->ops[i].nexthops);
        mem_free(NULL, b->ops[i].label);
    }
    mem_free(NULL, b->ops);
    mem_free(NULL, b);
}

static void report(struct sim_dp *d, struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        d->news.events.result(d->news.arg, b->ops[i].cookie, b->ops[i].error, b->ops[i].error ? b->ops[i].text : "");
    d->news.events.batch_done(d->news.arg);
}

static void on_write(void *arg)
{
    struct sim_dp *d = arg;
    struct sim *sim = d->process->node->sim;
    struct batch *b = STAILQ_FIRST(&d->batches);

    if (!b)
        return;
    guard_ops(d, b);
    for (int i = 0; i < OPS_A_TURN && b->at < b->n; i++)
        execute(d, &b->ops[b->at++]);
    if (b->at == b->n) {
        STAILQ_REMOVE_HEAD(&d->batches, link);
        report(d, b);
        batch_free(b);
    }
    if (!STAILQ_EMPTY(&d->batches))
        timer_arm_us(&d->write, sim_between(sim, WRITE_LOW_US, WRITE_HIGH_US));
}

static void dp_flush(struct dataplane *dp)
{
    struct sim_dp *d = of(dp);

    if (!d->open)
        return;
    STAILQ_INSERT_TAIL(&d->batches, d->open, link);
    d->open = NULL;
    if (!timer_is_armed(&d->write))
        timer_arm_us(&d->write, sim_between(d->process->node->sim, WRITE_LOW_US, WRITE_HIGH_US));
}

static void on_guard_switch(void *arg)
{
    struct sim_dp *d = arg;

    guard_now(d);
    guard_restore(d);
    if (d->news.events.guard_switched)
        d->news.events.guard_switched(d->news.arg, d->is_guard_enabled);
}

/* The table takes its time; input is off until it stands. */
static int dp_guard_enable(struct dataplane *dp, bool is_enabled, char *why)
{
    struct sim_dp *d = of(dp);
    bool is_other = is_enabled != d->is_guard_enabled;

    *why = '\0';
    if (is_dead(d))
        return refuse(why, -EIO, "the process has ended");
    if (!is_other && !timer_is_armed(&d->guard_switch))
        return 0;
    if (is_other) {
        d->is_guard_enabled = is_enabled;
        d->is_guard_broken = is_enabled;
        apply_inputs(d);
        timer_arm_us(&d->guard_switch, sim_between(d->process->node->sim, SWITCH_LOW_US, SWITCH_HIGH_US));
    }
    return -EINPROGRESS;
}

static uint64_t dp_guard_drops(struct dataplane *dp, uint32_t ifindex)
{
    struct sim_guard_port *p = sim_guard_find(of(dp)->kernel, ifindex);

    return p ? p->drops : 0;
}

static void dp_count(struct dataplane *dp, struct dp_counters *out)
{
    const struct sim_news *s = &of(dp)->news;

    *out = s->counters;
    out->is_resync_due = timer_is_armed(&s->resync);
    out->resync_in_ms = timer_remaining_ms(&s->resync);
}

static void dp_destroy(struct dataplane *dp)
{
    struct sim_dp *d = of(dp);
    struct batch *b;

    timer_cancel(&d->write);
    timer_cancel(&d->guard_switch);
    if (d->kernel->news == &d->news)
        d->kernel->is_guard_sealed = false;
    sim_news_fini(&d->news);
    if (!d->kernel->has_guard_table) /* what is not in the kernel was in our memory only */
        sim_guard_clear(d->kernel);
    while ((b = STAILQ_FIRST(&d->batches))) {
        STAILQ_REMOVE_HEAD(&d->batches, link);
        batch_free(b);
    }
    if (d->open)
        batch_free(d->open);
    mem_free(NULL, d);
}

static const struct dp_ops ops = {
    .start = dp_start,
    .platform = dp_platform,
    .dump = dp_dump,
    .audit = dp_audit,
    .setup = dp_setup,
    .vrf_create = dp_vrf_create,
    .vrf_destroy = dp_vrf_destroy,
    .link_set_master = dp_link_set_master,
    .link_set = dp_link_set,
    .link_set_mpls = dp_link_set_mpls,
    .address_set = dp_address_set,
    .nexthop_set = dp_nexthop_set,
    .nexthop_del = dp_nexthop_del,
    .route_set = dp_route_set,
    .route_del = dp_route_del,
    .label_set = dp_label_set,
    .label_del = dp_label_del,
    .guard_interface = dp_guard_interface,
    .guard_set = dp_guard_set,
    .guard_enable = dp_guard_enable,
    .guard_drops = dp_guard_drops,
    .count = dp_count,
    .flush = dp_flush,
    .destroy = dp_destroy,
};

struct dataplane *sim_dataplane_create(struct sim_process *process)
{
    struct sim_dp *d = MEM_NEW(NULL, struct sim_dp);

    d->base.ops = &ops;
    d->process = process;
    d->kernel = process->node->kernel;
    d->is_guard_enabled = true;
    STAILQ_INIT(&d->batches);
    sim_news_init(&d->news, process, guard_lost, d);
    timer_init(&d->write, process->env.loop, on_write, d);
    timer_init(&d->guard_switch, process->env.loop, on_guard_switch, d);
    return &d->base;
}
