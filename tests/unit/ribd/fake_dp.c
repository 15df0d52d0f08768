/* SPDX-License-Identifier: Apache-2.0
 *
 * See fake_dp.h. Only what the RIB calls is there; dump reads the tables back.
 */
#include "fake_dp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/mem.h"

static struct fake_dp *fake(struct dataplane *dp)
{
    return (struct fake_dp *)(void *)dp;
}

static void result(struct fake_dp *f, uint64_t cookie, int error)
{
    if (f->n_results == FAKE_MAX)
        abort();
    f->results[f->n_results].cookie = cookie;
    f->results[f->n_results++].error = error;
}

static void log_op(struct fake_dp *f, int kind, uint32_t key)
{
    if (f->n_ops == FAKE_MAX)
        f->n_ops = 0;
    f->ops[f->n_ops].kind = kind;
    f->ops[f->n_ops++].key = key;
}

static struct fake_nh *find_nh(const struct fake_dp *f, uint32_t id)
{
    for (size_t i = 0; i < f->n_nh; i++) {
        if (f->nh[i].id == id)
            return (struct fake_nh *)(uintptr_t)&f->nh[i];
    }
    return NULL;
}

static struct dp_route *find_route(const struct fake_dp *f, uint32_t table, const struct prefix *p)
{
    for (size_t i = 0; i < f->n_routes; i++) {
        if (f->routes[i].table == table && prefix_equal(&f->routes[i].prefix, p))
            return (struct dp_route *)(uintptr_t)&f->routes[i];
    }
    return NULL;
}

static void remove_nh(struct fake_dp *f, struct fake_nh *nh)
{
    for (size_t i = 0; i < f->n_routes;) {
        if (f->routes[i].nexthop_id == nh->id)
            f->routes[i] = f->routes[--f->n_routes]; /* as the kernel: routes go with their object */
        else
            i++;
    }
    *nh = f->nh[--f->n_nh];
}

static void nexthop_set(struct dataplane *dp, uint64_t cookie, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    struct fake_dp *f = fake(dp);
    struct fake_nh *e = find_nh(f, id);

    log_op(f, OP_NEXTHOP_SET, id);
    if (f->refuse_nexthops) {
        result(f, cookie, f->refuse_nexthops);
        return;
    }
    if (!e)
        e = &f->nh[f->n_nh++];
    if (f->n_nh == FAKE_MAX || n == 0)
        abort();
    e->id = id;
    e->n = n;
    memcpy(e->nh, nh, n * sizeof(*nh));
    result(f, cookie, 0);
}

static void nexthop_del(struct dataplane *dp, uint64_t cookie, uint32_t id)
{
    struct fake_dp *f = fake(dp);
    struct fake_nh *e = find_nh(f, id);

    log_op(f, OP_NEXTHOP_DEL, id);
    for (size_t i = 0; i < f->n_routes; i++) {
        if (f->routes[i].nexthop_id == id)
            abort(); /* it would take routes along */
    }
    if (e)
        remove_nh(f, e);
    result(f, cookie, 0);
}

static void route_set(struct dataplane *dp, uint64_t cookie, const struct dp_route *route)
{
    struct fake_dp *f = fake(dp);
    struct dp_route *r = find_route(f, route->table, &route->prefix);

    log_op(f, OP_ROUTE_SET, route->nexthop_id);
    if (f->refuse_routes || (route->type == DP_ROUTE_UNICAST && !find_nh(f, route->nexthop_id))) {
        result(f, cookie, f->refuse_routes ? f->refuse_routes : -EINVAL);
        return;
    }
    if (!r)
        r = &f->routes[f->n_routes++];
    if (f->n_routes == FAKE_MAX)
        abort();
    *r = *route;
    result(f, cookie, 0);
}

static void route_del(struct dataplane *dp, uint64_t cookie, uint32_t table, const struct prefix *p)
{
    struct fake_dp *f = fake(dp);
    struct dp_route *r = find_route(f, table, p);

    log_op(f, OP_ROUTE_DEL, 0);
    if (r)
        *r = f->routes[--f->n_routes];
    result(f, cookie, 0);
}

static void label_set(struct dataplane *dp, uint64_t cookie, const struct dp_label *label)
{
    struct fake_dp *f = fake(dp);
    size_t i = 0;

    log_op(f, OP_LABEL_SET, label->in_label);
    for (i = 0; i < label->n_nexthops; i++) {
        if (label->nexthops[i].label.state == LABEL_STATE_NONE || !label->nexthops[i].ifindex)
            abort(); /* never a label entry without labels */
    }
    if (f->refuse_labels) {
        result(f, cookie, f->refuse_labels);
        return;
    }
    for (i = 0; i < f->n_labels && f->labels[i]->in_label != label->in_label; i++)
        ;
    if (i == f->n_labels)
        f->labels[f->n_labels++] = mem_dup(NULL, label, sizeof(*label));
    else
        *f->labels[i] = *label;
    result(f, cookie, 0);
}

static void label_del(struct dataplane *dp, uint64_t cookie, uint32_t in_label)
{
    struct fake_dp *f = fake(dp);

    log_op(f, OP_LABEL_DEL, in_label);
    for (size_t i = 0; i < f->n_labels; i++) {
        if (f->labels[i]->in_label == in_label) {
            mem_free(NULL, f->labels[i]);
            f->labels[i] = f->labels[--f->n_labels];
            break;
        }
    }
    result(f, cookie, 0);
}

static void guard_set(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, uint32_t label, bool is_allowed)
{
    struct fake_dp *f = fake(dp);
    size_t i;

    log_op(f, is_allowed ? OP_GUARD_ADD : OP_GUARD_DEL, label);
    if (f->refuse_guards && is_allowed) {
        result(f, cookie, f->refuse_guards);
        return;
    }
    for (i = 0; i < f->n_guards && !(f->guards[i].ifindex == ifindex && f->guards[i].label == label); i++)
        ;
    if (is_allowed && i == f->n_guards) {
        f->guards[f->n_guards].ifindex = ifindex;
        f->guards[f->n_guards++].label = label;
    } else if (!is_allowed && i < f->n_guards) {
        f->guards[i] = f->guards[--f->n_guards];
    }
    result(f, cookie, 0);
}

static void flush(struct dataplane *dp)
{
    struct fake_dp *f = fake(dp);

    if (!f->is_deferred)
        fake_dp_answer(f);
}

static int dump(struct dataplane *dp, const struct dp_dump *fn, void *arg)
{
    struct fake_dp *f = fake(dp);

    f->dump = fn;
    f->dump_arg = arg;
    if (f->is_dump_slow)
        return 0;
    for (size_t i = 0; i < f->n_nh; i++)
        fn->nexthop(arg, f->nh[i].id, f->nh[i].nh, f->nh[i].n);
    for (size_t i = 0; i < f->n_routes; i++)
        fn->route(arg, &f->routes[i]);
    for (size_t i = 0; i < f->n_labels; i++)
        fn->label(arg, f->labels[i]);
    for (size_t i = 0; i < f->n_guards; i++)
        fn->guard(arg, f->guards[i].ifindex, f->guards[i].label);
    fn->done(arg, 0);
    return 0;
}

/* --- live --- */

struct dp_link *fake_dp_link(struct fake_dp *f, const char *name)
{
    struct dp_link *l;

    for (size_t i = 0; i < f->n_links; i++) {
        if (strcmp(f->links[i].name, name) == 0)
            return &f->links[i];
    }
    l = &f->links[f->n_links++];
    memset(l, 0, sizeof(*l));
    l->ifindex = (uint32_t)f->n_links;
    l->mtu = 1500;
    l->has_carrier = true;
    l->is_loopback = strcmp(name, "lo") == 0;
    snprintf(l->name, sizeof(l->name), "%s", name);
    return l;
}

void fake_dp_tell(struct fake_dp *f, const struct dp_link *link)
{
    struct dp_link copy = *link;

    if (f->ev)
        f->ev->link(f->ev_arg, &copy);
}

static struct dp_link *by_index(struct fake_dp *f, uint32_t ifindex)
{
    return &f->links[ifindex - 1];
}

static int start(struct dataplane *dp, const struct dp_events *ev, void *arg)
{
    struct fake_dp *f = fake(dp);

    f->ev = ev;
    f->ev_arg = arg;
    for (size_t i = 0; i < f->n_links; i++)
        fake_dp_tell(f, &f->links[i]);
    for (size_t i = 0; i < f->n_addresses; i++)
        ev->address(arg, f->addresses[i].ifindex, &f->addresses[i].prefix, false);
    ev->started(arg);
    return 0;
}

static void platform(struct dataplane *dp, struct dp_platform *out)
{
    (void)dp;
    memset(out, 0, sizeof(*out));
    out->has_mpls = out->has_vrf = out->has_guard = true;
}

static int setup(struct dataplane *dp, uint32_t labels)
{
    (void)dp;
    (void)labels;
    return 0;
}

static int vrf_create(struct dataplane *dp, const char *device, uint32_t table, const char *alias, char *why)
{
    struct fake_dp *f = fake(dp);
    struct dp_link *l = fake_dp_link(f, device);

    (void)why;
    l->vrf_table = table;
    l->is_admin_up = true;
    snprintf(l->alias, sizeof(l->alias), "%s", alias);
    fake_dp_tell(f, l);
    return 0;
}

static int vrf_destroy(struct dataplane *dp, const char *device, uint32_t table, char *why)
{
    struct fake_dp *f = fake(dp);
    struct dp_link *l = fake_dp_link(f, device);

    (void)why;
    (void)table;
    l->name[0] = '\0';
    l->vrf_table = 0;
    f->ev->link_gone(f->ev_arg, l->ifindex);
    return 0;
}

static int link_set_master(struct dataplane *dp, uint32_t ifindex, const char *device, char *why)
{
    struct fake_dp *f = fake(dp);

    (void)why;
    by_index(f, ifindex)->master = device ? fake_dp_link(f, device)->ifindex : 0;
    fake_dp_tell(f, by_index(f, ifindex));
    return 0;
}

static int link_set(struct dataplane *dp, uint32_t ifindex, bool is_up, uint32_t mtu, char *why)
{
    struct fake_dp *f = fake(dp);

    (void)why;
    by_index(f, ifindex)->is_admin_up = is_up;
    if (mtu)
        by_index(f, ifindex)->mtu = mtu;
    fake_dp_tell(f, by_index(f, ifindex));
    return 0;
}

static int link_set_mpls(struct dataplane *dp, uint32_t ifindex, bool accepts, char *why)
{
    struct fake_dp *f = fake(dp);

    (void)why;
    f->is_input[ifindex] = accepts;
    return 0;
}

static int address_set(struct dataplane *dp, uint32_t ifindex, const struct prefix *a, bool is_present, char *why)
{
    struct fake_dp *f = fake(dp);

    (void)why;
    for (size_t i = 0; i < f->n_addresses; i++) {
        if (f->addresses[i].ifindex == ifindex && prefix_equal(&f->addresses[i].prefix, a))
            f->addresses[i] = f->addresses[--f->n_addresses];
    }
    if (is_present) {
        f->addresses[f->n_addresses].ifindex = ifindex;
        f->addresses[f->n_addresses++].prefix = *a;
    }
    f->ev->address(f->ev_arg, ifindex, a, !is_present);
    return 0;
}

static void guard_interface(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, bool is_guarded)
{
    struct fake_dp *f = fake(dp);

    f->is_guarded[ifindex] = is_guarded;
    result(f, cookie, 0);
}

static int guard_enable(struct dataplane *dp, bool is_enabled, char *why)
{
    struct fake_dp *f = fake(dp);
    bool is_there = f->is_guard_off == !is_enabled;

    snprintf(why, RIB_TEXT_MAX, "%s", f->guard_refusal ? f->guard_refusal : "");
    if (!f->is_switch_slow) {
        f->is_guard_off = f->is_guard_wanted_off = !is_enabled;
        return 0;
    }
    f->is_guard_wanted_off = !is_enabled;
    return is_there ? 0 : -EINPROGRESS;
}

void fake_dp_switched(struct fake_dp *f)
{
    f->is_guard_off = f->is_guard_wanted_off;
    f->ev->guard_switched(f->ev_arg, !f->is_guard_off);
}

static uint64_t guard_drops(struct dataplane *dp, uint32_t ifindex)
{
    (void)dp;
    (void)ifindex;
    return 0;
}

static const struct dp_ops ops = {
    .start = start,
    .platform = platform,
    .setup = setup,
    .vrf_create = vrf_create,
    .vrf_destroy = vrf_destroy,
    .link_set_master = link_set_master,
    .link_set = link_set,
    .link_set_mpls = link_set_mpls,
    .address_set = address_set,
    .guard_interface = guard_interface,
    .guard_enable = guard_enable,
    .guard_drops = guard_drops,
    .dump = dump,
    .nexthop_set = nexthop_set,
    .nexthop_del = nexthop_del,
    .route_set = route_set,
    .route_del = route_del,
    .label_set = label_set,
    .label_del = label_del,
    .guard_set = guard_set,
    .flush = flush,
};

struct fake_dp *fake_dp_create(void)
{
    struct fake_dp *f = MEM_NEW(NULL, struct fake_dp);

    f->dp.ops = &ops;
    return f;
}

void fake_dp_destroy(struct fake_dp *f)
{
    for (size_t i = 0; i < f->n_labels; i++)
        mem_free(NULL, f->labels[i]);
    mem_free(NULL, f);
}

void fake_dp_answer(struct fake_dp *f)
{
    for (size_t i = 0; f->ev && i < f->n_results; i++)
        f->ev->result(f->ev_arg, f->results[i].cookie, f->results[i].error,
                      f->results[i].error && f->refusal ? f->refusal : "");
    for (size_t i = 0; !f->ev && i < f->n_results; i++) {
        if (ribd_rib_cookie_kind(f->results[i].cookie) != RIB_COOKIE_NONE)
            ribd_rib_result(f->rib, f->results[i].cookie, f->results[i].error,
                            !f->results[i].error ? ""
                            : f->refusal         ? f->refusal
                                                 : "refused by the test");
    }
    if (f->ev && f->n_results)
        f->ev->batch_done(f->ev_arg);
    f->n_results = 0;
}

void fake_dp_forget_ops(struct fake_dp *f)
{
    f->n_ops = 0;
}

size_t fake_dp_count(const struct fake_dp *f, int kind)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_ops; i++)
        n += (int)f->ops[i].kind == kind;
    return n;
}

int fake_dp_op_index(const struct fake_dp *f, int kind, uint32_t key)
{
    for (size_t i = 0; i < f->n_ops; i++) {
        if ((int)f->ops[i].kind == kind && f->ops[i].key == key)
            return (int)i;
    }
    return -1;
}

/* --- reading as text --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *hops_text(const struct dp_nexthop *nh, size_t n)
{
    static char out[8192];
    char hops[RIB_NEXTHOPS_MAX][120];
    char a[ADDR_TEXT_MAX], l[LABEL_TEXT_MAX];
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        bool is_plain = nh[i].label.state != LABEL_STATE_STACK;

        snprintf(hops[i], sizeof(hops[i]), "%.40s dev %u%s%.50s%s", ip_addr_text(&nh[i].gateway, a, sizeof(a)),
                 nh[i].ifindex, is_plain ? "" : " ", is_plain ? "" : out_label_text(&nh[i].label, l, sizeof(l)),
                 nh[i].ttl == 255 ? " ttl 255"
                 : nh[i].ttl      ? " ttl"
                                  : "");
    }
    qsort(hops, n, sizeof(hops[0]), by_text);
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", i ? " + " : "", hops[i]);
    return out;
}

const char *fake_dp_route(const struct fake_dp *f, uint32_t table, const char *prefix)
{
    const struct dp_route *r;
    const struct fake_nh *nh;
    struct prefix p;

    if (prefix_parse(prefix, &p) < 0)
        abort();
    r = find_route(f, table, &p);
    if (!r)
        return "-";
    if (r->type != DP_ROUTE_UNICAST)
        return r->type == DP_ROUTE_BLACKHOLE ? "blackhole" : "unreachable";
    nh = find_nh(f, r->nexthop_id);
    return nh ? hops_text(nh->nh, nh->n) : "dangling";
}

bool fake_dp_keeps_ttl(const struct fake_dp *f, uint32_t label)
{
    for (size_t i = 0; i < f->n_labels; i++) {
        if (f->labels[i]->in_label == label)
            return f->labels[i]->keeps_ttl;
    }
    return false;
}

const char *fake_dp_label(const struct fake_dp *f, uint32_t label)
{
    static char out[32];

    for (size_t i = 0; i < f->n_labels; i++) {
        if (f->labels[i]->in_label != label)
            continue;
        if (!f->labels[i]->lookup_ifindex)
            return hops_text(f->labels[i]->nexthops, f->labels[i]->n_nexthops);
        snprintf(out, sizeof(out), "lookup %u", f->labels[i]->lookup_ifindex);
        return out;
    }
    return "-";
}

bool fake_dp_guard(const struct fake_dp *f, uint32_t ifindex, uint32_t label)
{
    for (size_t i = 0; i < f->n_guards; i++) {
        if (f->guards[i].ifindex == ifindex && f->guards[i].label == label)
            return true;
    }
    return false;
}

void fake_dp_lose_interface(struct fake_dp *f, uint32_t ifindex)
{
    for (size_t i = 0; i < f->n_nh;) {
        struct fake_nh *nh = &f->nh[i];
        size_t kept = 0;

        for (size_t k = 0; k < nh->n; k++) {
            if (nh->nh[k].ifindex != ifindex)
                nh->nh[kept++] = nh->nh[k];
        }
        nh->n = kept;
        if (kept)
            i++;
        else
            remove_nh(f, nh);
    }
}
