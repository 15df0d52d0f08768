/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd's life: what exists is told by the data plane, adopted, configured, and then clients are let in. Everything that
 * happens marks the RIB and arms one timer; settling is done once a turn of the loop. Refused writes are tried again
 * with growing pauses; news of somebody else's hand in our entries lead to an audit that mends.
 */
#include "src/ribd/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { OPEN_MAX_MS = 2000, PLATFORM_LABELS = 131072 };

/* --- settling --- */

void ribd_settle_soon(struct ribd *d)
{
    if (!timer_is_armed(&d->settle))
        timer_arm_us(&d->settle, 0);
}

/* What names meant may have changed; all of it is looked at once, before the RIB settles. */
static void refresh_statics(struct ribd *d)
{
    ribd_statics_refresh(d->statics);
    ribd_lsps_refresh(d->lsps);
}

static void settle(struct ribd *d)
{
    ribd_labels_tick(d->labels, loop_now_us(d->env->loop));
    ribd_statics_work(d->statics);
    ribd_lsps_work(d->lsps);
    ribd_rib_settle(d->rib);
}

/* Interfaces and instances have each a pause of their own; static label-switched paths wait together. */
static void schedule_retry(struct ribd *d)
{
    uint64_t now = loop_now_us(d->env->loop), at;

    if (!ribd_lsps_has_failures(d->lsps))
        retry_clear(&d->lsps_retry);
    else if (!d->lsps_retry.pause_sec)
        retry_failed(&d->lsps_retry, now);
    at = ribd_ports_retry_at(d->ports);
    at = at < ribd_instances_retry_at(d->instances) ? at : ribd_instances_retry_at(d->instances);
    at = retry_earlier(at, &d->lsps_retry);
    if (at == UINT64_MAX)
        timer_cancel(&d->retry);
    else
        timer_arm_us(&d->retry, at > now ? at - now : 0);
}

/* Entries of the RIB have each a pause of their own. */
static void schedule_rib_retry(struct ribd *d)
{
    uint32_t in_sec = ribd_rib_retry_in(d->rib);

    if (in_sec == UINT32_MAX)
        timer_cancel(&d->rib_retry);
    else
        timer_arm_ms(&d->rib_retry, in_sec * 1000);
}

static void on_rib_retry(void *arg)
{
    struct ribd *d = arg;

    ribd_rib_retry_due(d->rib);
    ribd_settle_soon(d);
}

static void on_settle(void *arg)
{
    struct ribd *d = arg;

    settle(d);
    schedule_retry(d);
    schedule_rib_retry(d);
}

static void on_retry(void *arg)
{
    struct ribd *d = arg;

    ribd_instances_retry(d->instances);
    ribd_ports_retry(d->ports);
    if (retry_is_due(&d->lsps_retry, loop_now_us(d->env->loop))) {
        retry_failed(&d->lsps_retry, loop_now_us(d->env->loop));
        ribd_lsps_refresh(d->lsps);
    }
    ribd_settle_soon(d);
}

/* --- letting clients in: when it is known what there is and what is wanted --- */

static void maybe_open(struct ribd *d)
{
    int err;

    if (d->server || !d->is_started || !d->is_configured || d->is_closing)
        return;
    if (ribd_ports_is_waiting(d->ports) && timer_is_armed(&d->open))
        return; /* else clients would first see interfaces without MPLS */
    timer_cancel(&d->open);
    ribd_settle_soon(d);
    err = ribd_link_open(d);
    if (err < 0) {
        LOG_ERROR(d->env->log, "listen-failed", "error=%d text=\"%s\"", err, strerror(-err));
        return;
    }
    ribd_replay_started(d);
}

static void on_open(void *arg)
{
    maybe_open(arg);
}

/* --- the data plane's events --- */

static void on_link(void *arg, const struct dp_link *link)
{
    struct ribd *d = arg;

    ribd_ports_link(d->ports, link);
    ribd_settle_soon(d);
}

static void on_link_gone(void *arg, uint32_t ifindex)
{
    struct ribd *d = arg;

    ribd_ports_link_gone(d->ports, ifindex);
    ribd_settle_soon(d);
}

static void on_address(void *arg, uint32_t ifindex, const struct prefix *a, bool is_gone)
{
    struct ribd *d = arg;

    ribd_ports_address(d->ports, ifindex, a, is_gone);
    ribd_settle_soon(d);
}

static void reserve_label(void *arg, uint32_t label)
{
    struct ribd *d = arg;

    ribd_labels_reserve(d->labels, label);
}

static void on_adopted(void *arg, int error, size_t n)
{
    struct ribd *d = arg;

    if (error < 0)
        LOG_ERROR(d->env->log, "adopt-failed", "error=%d text=\"%s\"", error, strerror(-error));
    d->is_started = true;
    d->has_adopted = n > 0;
    LOG_INFO(d->env->log, "started", "adopted=%zu mpls=%d vrf=%d guard=%d", n, d->platform.has_mpls,
             d->platform.has_vrf, d->platform.has_guard);
    maybe_open(d);
}

/* Clients are let in when all is adopted that there is. */
static void on_started(void *arg)
{
    static const struct rib_adoption_events ev = {.label = reserve_label, .done = on_adopted};
    struct ribd *d = arg;
    int error;

    if (d->is_adopting)
        return;
    d->is_adopting = true;
    error = ribd_rib_adopt(d->rib, &ev, d);
    if (error < 0)
        on_adopted(d, error, 0);
}

static void on_result(void *arg, uint64_t cookie, int error, const char *text)
{
    struct ribd *d = arg;

    if (ribd_rib_cookie_kind(cookie) == RIB_COOKIE_OTHER) {
        ribd_ports_result(d->ports, cookie, error, text);
        maybe_open(d);
    } else {
        ribd_rib_result(d->rib, cookie, error, text);
    }
}

static void on_batch_done(void *arg)
{
    ribd_settle_soon(arg);
}

static void on_foreign_change(void *arg, const char *what)
{
    ribd_audit_soon(arg, what);
}

/* Held as a route of ours that is never written: while it is selected, our own for the prefix is not in the kernel.
 * The upper octet of its metric is its distance: who writes a route of last resort, as the usual `unreachable default
 * metric 4278198272` (255/8192) of a VRF, does not want it before those of routing. 255 is never used. */
static void on_foreign_route(void *arg, const struct dp_foreign_route *f, bool is_gone)
{
    struct ribd *d = arg;
    struct rib_route route = {.vrf = f->table,
                              .prefix = f->prefix,
                              .source = RIB_SOURCE_KERNEL,
                              .distance = (uint8_t)(f->metric >> 24),
                              .metric = f->metric & 0xffffff};
    struct rib_nexthop hops[RIB_NEXTHOPS_MAX];
    size_t n = 0;

    memset(hops, 0, sizeof(hops));
    for (; f->type == DP_ROUTE_UNICAST && n < f->n && n < RIB_NEXTHOPS_MAX; n++) {
        hops[n].vrf = f->table;
        hops[n].ifindex = f->nexthops[n].ifindex;
        hops[n].gateway = f->nexthops[n].gateway;
        hops[n].is_foreign = true;
    }
    if (f->type != DP_ROUTE_UNICAST) {
        hops[n].vrf = f->table;
        hops[n].is_blackhole = true;
        hops[n++].is_unreachable = f->type == DP_ROUTE_UNREACHABLE;
    }
    if (f->has_our_metric) /* by the time it is gone again nobody may remember */
        ribd_rib_route_replaced(d->rib, f->table, &f->prefix);
    if (is_gone || n == 0 || route.distance == 255)
        ribd_rib_route_del(d->rib, RIB_CLIENT_RIBD, f->table, &f->prefix, RIB_SOURCE_KERNEL);
    else
        ribd_rib_own_route_set(d->rib, &route, hops, n);
    ribd_settle_soon(d);
}

static void on_foreign_label(void *arg, uint32_t label, bool is_gone)
{
    struct ribd *d = arg;

    ribd_labels_others(d->labels, label, !is_gone, loop_now_us(d->env->loop));
    ribd_labels_changed(d);
    if (!is_gone)
        return;
    ribd_lsps_refresh(d->lsps); /* one may wait for this label */
    ribd_settle_soon(d);
}

static void on_guard_lost(void *arg)
{
    struct ribd *d = arg;

    LOG_ERROR(d->env->log, "guard-lost", "text=\"somebody removed the label guard; it is put back\"");
    ribd_tell(d, RIBD_TELL_GUARD_LOST);
    ribd_ports_guard_lost(d->ports);
    ribd_rib_guard_lost(d->rib);
    ribd_settle_soon(d);
}

static void on_guard_restored(void *arg)
{
    ribd_tell(arg, RIBD_TELL_GUARD_RESTORED);
}

static void on_guard_switched(void *arg, bool is_enabled)
{
    ribd_guard_switched(arg, is_enabled);
}

static const struct dp_events dp_events = {
    .link = on_link,
    .link_gone = on_link_gone,
    .address = on_address,
    .started = on_started,
    .result = on_result,
    .batch_done = on_batch_done,
    .foreign_change = on_foreign_change,
    .foreign_route = on_foreign_route,
    .foreign_label = on_foreign_label,
    .guard_lost = on_guard_lost,
    .guard_restored = on_guard_restored,
    .guard_switched = on_guard_switched,
};

/* --- interfaces and instances --- */

static void port_changed(void *arg, const struct rib_interface *i)
{
    struct ribd *d = arg;

    ribd_rib_interface_set(d->rib, i);
    if (i->vrf == RIB_VRF_PUBLIC && i->is_loopback)
        ribd_rib_instance_set(d->rib, RIB_VRF_PUBLIC, true, i->ifindex);
    refresh_statics(d);
    ribd_link_interface(d, i);
}

static void port_gone(void *arg, uint32_t ifindex)
{
    struct ribd *d = arg;

    ribd_rib_interface_gone(d->rib, ifindex);
    refresh_statics(d);
    ribd_link_interface_gone(d, ifindex);
}

static void port_bounced(void *arg, uint32_t ifindex, bool is_device_gone)
{
    struct ribd *d = arg;

    ribd_rib_interface_bounced(d->rib, ifindex, is_device_gone);
}

static void vrf_device(void *arg, uint32_t table, uint32_t ifindex, bool is_up)
{
    struct ribd *d = arg;

    ribd_instances_device(d->instances, table, ifindex, is_up);
}

static const struct port_events port_events = {
    .changed = port_changed, .gone = port_gone, .bounced = port_bounced, .vrf_device = vrf_device};

static void instance_changed(void *arg, const struct rib_instance *i, uint32_t ifindex)
{
    struct ribd *d = arg;

    LOG_INFO(d->env->log, "instance", "name=%s table=%u device=%s ready=%d", i->name, i->vrf, i->device, i->is_ready);
    ribd_rib_instance_set(d->rib, i->vrf, i->is_ready, ifindex);
    refresh_statics(d);
    ribd_link_instance(d, i);
    ribd_settle_soon(d);
}

static void instance_gone(void *arg, uint32_t vrf)
{
    struct ribd *d = arg;

    ribd_rib_instance_set(d->rib, vrf, false, 0);
    ribd_link_instance_gone(d, vrf);
    ribd_settle_soon(d);
}

static void instance_flushed(void *arg, uint32_t vrf)
{
    struct ribd *d = arg;

    ribd_rib_instance_flushed(d->rib, vrf);
}

static const struct instance_events instance_events = {
    .changed = instance_changed, .gone = instance_gone, .flushed = instance_flushed};

/* --- configuration --- */

static void apply_labels(struct ribd *d, const struct ribd_wish *w)
{
    uint32_t last = w->labels.last > w->labels.static_last ? w->labels.last : w->labels.static_last;
    int err;

    ribd_labels_tick(d->labels, loop_now_us(d->env->loop));
    if (ribd_labels_set_ranges(d->labels, &w->labels))
        ribd_labels_moved(d);
    ribd_labels_changed(d);
    if (last < d->platform_labels)
        return; /* lowering would delete entries */
    d->platform_labels = last + 1;
    err = d->dp->ops->setup(d->dp, d->platform_labels);
    if (err < 0)
        LOG_ERROR(d->env->log, "setup-failed", "error=%d text=\"%s\"", err, strerror(-err));
}

static void apply_ttl(struct ribd *d, const struct ribd_wish *w)
{
    struct rib_instance instance;

    ribd_rib_instance_pipe(d->rib, RIB_VRF_PUBLIC, w->is_public_pipe);
    for (size_t i = 0; i < w->n_instances; i++) {
        if (ribd_instances_find(d->instances, w->instances[i], &instance))
            ribd_rib_instance_pipe(d->rib, instance.vrf, w->is_pipe && w->is_pipe[i]);
    }
}

/* Order: instances, the interfaces in them, routes; removal backwards. */
void ribd_apply(struct ribd *d, const struct ribd_wish *w)
{
    struct rib_instance instance;

    d->stale_time_sec = w->stale_time_sec;
    apply_labels(d, w);
    ribd_instances_want(d->instances, w->instances, w->n_instances);
    apply_ttl(d, w);
    for (size_t i = 0; i < w->n_ports; i++) {
        struct port_wish *p = &w->ports[i];

        p->device[0] = '\0';
        if (p->instance[0] && ribd_instances_find(d->instances, p->instance, &instance))
            memcpy(p->device, instance.device, sizeof(p->device));
    }
    ribd_ports_want(d->ports, w->ports, w->n_ports);
    ribd_statics_want(d->statics, w->statics, w->n_statics);
    ribd_lsps_want(d->lsps, w->lsps, w->n_lsps, loop_now_us(d->env->loop));
    /* What hung on instances that go leaves the kernel before their devices do; of many routes the rest after them,
     * which harms nobody: none is written from here on, deletes follow what is under way, and a table is never
     * another's. */
    settle(d);
    ribd_instances_remove(d->instances);
    if (!d->is_configured) {
        d->is_configured = true;
        timer_arm_ms(&d->open, OPEN_MAX_MS);
    }
    maybe_open(d);
    ribd_settle_soon(d);
}

/* --- create, destroy --- */

static void rib_work(void *arg)
{
    ribd_settle_soon(arg);
}

static void label_gone(void *arg, uint32_t label)
{
    struct ribd *d = arg;

    ribd_labels_gone(d->labels, label, loop_about_us(d->env->loop));
    ribd_labels_changed(d);
}

struct instance_search {
    uint32_t vrf;
    char *name;
    bool is_found;
};

static void match_instance(void *arg, const struct instance_view *v)
{
    struct instance_search *s = arg;

    if (v->i.vrf != s->vrf)
        return;
    s->is_found = true;
    snprintf(s->name, RIB_NAME_MAX, "%s", v->i.name);
}

static bool instance_name(void *arg, uint32_t vrf, char *name)
{
    const struct ribd *d = arg;
    struct instance_search s = {.vrf = vrf, .name = name};

    ribd_instances_each(d->instances, match_instance, &s);
    return s.is_found;
}

static uint32_t now_sec(void *arg)
{
    struct ribd *d = arg;

    return (uint32_t)(loop_now_us(d->env->loop) / 1000000);
}

/* After the switches were set: it tells also which could not be. */
static void probe(struct ribd *d)
{
    d->dp->ops->platform(d->dp, &d->platform);
    ribd_rib_lacks_mpls(d->rib, !d->platform.has_mpls);
    for (const char *line = d->platform.missing; *line; line += strspn(line, "\n")) {
        int n = (int)strcspn(line, "\n");

        LOG_WARN(d->env->log, "platform", "missing=\"%.*s\"", n, line);
        line += n;
    }
}

static int start(struct ribd *d)
{
    int err;

    err = d->dp->ops->setup(d->dp, d->platform_labels);
    if (err < 0) /* without MPLS it is still an IP router */
        LOG_ERROR(d->env->log, "setup-failed", "error=%d text=\"%s\"", err, strerror(-err));
    probe(d);
    err = d->dp->ops->start(d->dp, &dp_events, d);
    if (err < 0) {
        LOG_ERROR(d->env->log, "data-plane-failed", "error=%d text=\"%s\"", err, strerror(-err));
        return err;
    }
    return ribd_north_open(d);
}

struct ribd *ribd_create(const struct env *env, struct dataplane *dp)
{
    struct ribd *d = MEM_NEW(NULL, struct ribd);

    d->env = env;
    d->dp = dp;
    d->stale_time_sec = 60;
    timer_init(&d->settle, env->loop, on_settle, d);
    timer_init(&d->retry, env->loop, on_retry, d);
    timer_init(&d->rib_retry, env->loop, on_rib_retry, d);
    ribd_audits_init(d);
    ribd_guard_init(d);
    timer_init(&d->open, env->loop, on_open, d);
    ribd_replay_load(d);
    d->callbacks = ribd_link_callbacks;
    d->callbacks.work = rib_work;
    d->callbacks.label_gone = label_gone;
    d->callbacks.now_sec = now_sec;
    d->callbacks.instance_name = instance_name;
    d->rib = ribd_rib_create(dp, env->log, &d->callbacks, d);
    ribd_rib_hold(d->rib, true);
    d->platform_labels = PLATFORM_LABELS;
    ribd_labels_open(d);
    d->ports = ribd_ports_create(dp, env, &port_events, d);
    d->instances = ribd_instances_create(env, dp, d->ports, &instance_events, d);
    d->statics = ribd_statics_create(d->rib, d->ports, d->instances);
    d->lsps = ribd_lsps_create(d->rib, d->labels, d->ports, d->instances, env->log);
    if (start(d) < 0) {
        ribd_destroy(d);
        return NULL;
    }
    return d;
}

void ribd_destroy(struct ribd *d)
{
    if (!d)
        return;
    d->is_closing = true;
    ribd_north_close(d);
    ribd_link_close(d);
    ribd_replay_fini(d);
    timer_cancel(&d->settle);
    timer_cancel(&d->retry);
    timer_cancel(&d->rib_retry);
    ribd_audits_fini(d);
    ribd_guard_fini(d);
    timer_cancel(&d->open);
    ribd_lsps_destroy(d->lsps);
    ribd_statics_destroy(d->statics);
    ribd_instances_destroy(d->instances);
    ribd_ports_destroy(d->ports);
    ribd_rib_destroy(d->rib);
    ribd_labels_close(d);
    mem_free(NULL, d);
}
