/* SPDX-License-Identifier: Apache-2.0
 *
 * The difference between intent and kernel, written in an order that never leaves a hole: nexthop objects, then the
 * routes that use them, then labels, then what nobody uses any more. Refused writes are kept with the kernel's words
 * and tried again. What the kernel dropped silently is marked as not written.
 */
#include "src/ribd/rib/internal.h"
#include "src/ribd/rib/counts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "strata/log.h"

/* Writes on their way to the kernel: what is behind them in the queue may still change. Several slices, so that one is
 * made while another is being written. */
enum { WINDOW = 4096, SLICE = 1024 };

static uint64_t cookie_of(const void *object, enum rib_cookie kind)
{
    return (uint64_t)(uintptr_t)object | (uint64_t)kind;
}

/* --- nexthop objects --- */

static struct interned *kernel_form(struct rib *r, const struct interned *list)
{
    struct rnh out[RIB_NEXTHOPS_MAX];
    size_t n = ribd_list_n(list);

    memcpy(out, ribd_list(list), n * sizeof(out[0]));
    for (size_t i = 0; i < n; i++)
        out[i].is_lsp = 0;
    return ribd_list_intern(r, out, n);
}

static void kernel_nexthop_set(struct rib *r, struct path *p)
{
    struct dp_nexthop nh[RIB_NEXTHOPS_MAX];
    const struct rnh *list = ribd_list(p->written);
    size_t n = ribd_list_n(p->written);

    memset(nh, 0, n * sizeof(nh[0]));
    for (size_t i = 0; i < n; i++) {
        nh[i].ifindex = list[i].ifindex;
        nh[i].gateway = list[i].gateway;
        nh[i].label.state = list[i].depth ? LABEL_STATE_STACK : LABEL_STATE_NONE;
        nh[i].label.stack.depth = list[i].depth;
        nh[i].ttl = list[i].ttl;
        memcpy(nh[i].label.stack.label, list[i].label, sizeof(list[i].label));
    }
    p->pending++;
    r->n_outstanding++;
    ribd_audit_path_touched(r, p);
    r->dp->ops->nexthop_set(r->dp, cookie_of(p, RIB_COOKIE_NEXTHOP), p->id, nh, n);
}

static void write_path(struct rib *r, struct path *p)
{
    struct interned *now;

    if (!p->users || !p->list)
        return;
    now = kernel_form(r, p->list);
    if (!p->id) {
        p->id = ribd_adopt_nexthop(r, now, p->found_id);
        if (p->id) {
            intern_ref(now);
            p->written = now;
        } else {
            p->id = ribd_nhid_new(r);
        }
        if (!p->id) {
            ribd_list_put(r, now);
            return;
        }
        ribd_nhid_own(r, p->id, p);
        ribd_audit_path_touched(r, p); /* it may be an adopted one */
        r->n_nexthops++;
    }
    if (p->written == now && !p->is_failed) {
        ribd_list_put(r, now);
        return;
    }
    if (p->written)
        ribd_list_put(r, p->written);
    p->written = now;
    kernel_nexthop_set(r, p);
}

static void drop_unused_path(struct rib *r, struct path *p)
{
    p->is_writing = false;
    if (!p->users && p->id) {
        p->pending++;
        r->n_outstanding++;
        ribd_audit_nexthop_gone(r, p->id);
        ribd_nhid_own(r, p->id, NULL);
        r->dp->ops->nexthop_del(r->dp, cookie_of(p, RIB_COOKIE_NEXTHOP), p->id);
        ribd_nhid_free(r, p->id);
        if (p->leaving_id)
            ribd_nhid_leaves(r, p->leaving_id, false);
        p->leaving_id = p->id;
        ribd_nhid_leaves(r, p->id, true);
        p->id = 0;
        r->n_nexthops--;
        if (p->written)
            ribd_list_put(r, p->written);
        p->written = NULL;
        if (p->is_failed)
            ribd_failure_clear(r, p);
        p->is_failed = false;
    }
    ribd_path_try_free(r, p);
}

/* --- routes --- */

static bool is_written_by_us(const struct dest *d)
{
    const struct route *rt = ribd_dest_selected(d);

    return rt && ribd_dest_vrf(d)->is_present && !ribd_route_is_connected(rt) && !ribd_route_is_foreign(rt);
}

static void claim_path(struct rib *r, struct dest *d)
{
    struct path *now = NULL, *old = d->used;

    if (is_written_by_us(d) && !ribd_dest_selected(d)->path->key.set->is_blackhole)
        now = ribd_dest_selected(d)->path;
    if (now == old)
        return;
    if (now) {
        now->users++;
        if (!now->id && !now->found_id)
            now->found_id = d->kernel_nhid;
        ribd_path_write(r, now);
    }
    d->used = now;
    if (old && --old->users == 0)
        ribd_path_write(r, old);
}

static uint32_t nhid_wanted(const struct dest *d)
{
    if (d->used)
        return d->used->id;
    if (!is_written_by_us(d))
        return 0;
    return ribd_dest_selected(d)->path->key.set->is_unreachable ? NHID_UNREACHABLE : NHID_BLACKHOLE;
}

static void kernel_route_set(struct rib *r, struct dest *d, uint32_t want)
{
    struct dp_route route = {.table = ribd_dest_vrf(d)->id, .prefix = ribd_dest_prefix(d), .type = DP_ROUTE_UNICAST};

    if (want == NHID_BLACKHOLE)
        route.type = DP_ROUTE_BLACKHOLE;
    else if (want == NHID_UNREACHABLE)
        route.type = DP_ROUTE_UNREACHABLE;
    else
        route.nexthop_id = want;
    r->dp->ops->route_set(r->dp, cookie_of(d, RIB_COOKIE_ROUTE), &route);
}

static void write_dest(struct rib *r, struct dest *d)
{
    uint32_t want = nhid_wanted(d);

    d->is_writing = false;
    ribd_dest_seen(d);
    if (want == 0 && d->is_adopted)
        return; /* until the sweep */
    if (want != d->kernel_nhid || (d->is_failed && want)) {
        d->pending++;
        r->n_outstanding++;
        ribd_audit_dest_touched(r, d);
        if (want == 0)
            r->dp->ops->route_del(r->dp, cookie_of(d, RIB_COOKIE_ROUTE), ribd_dest_vrf(d)->id, RIBD_PREFIX_OF(d));
        else
            kernel_route_set(r, d, want);
        d->kernel_nhid = want;
    } else if (!d->pending && ribd_report_is_due(r, d)) {
        ribd_dest_report(r, d);
    }
    if (want == 0 && d->is_failed) {
        d->is_failed = false;
        ribd_failure_clear(r, d);
    }
}

/* --- all of it --- */

/* Whose turn it is used up by writing the prefix. */
static size_t writer_of(const struct dest *d)
{
    const struct route *rt = ribd_dest_selected(d);

    if (!rt)
        rt = ribd_dest_routes(d);
    return rt ? rt->client : d->own.client; /* of the last route there was */
}

void ribd_dest_write(struct rib *r, struct dest *d)
{
    if (d->is_writing)
        return;
    d->is_writing = true;
    ribd_fifo_push(r, &r->write_dests[writer_of(d)], d);
}

static size_t room_of(const struct rib *r)
{
    size_t window = ribd_part(r, WINDOW);

    return r->n_outstanding < window ? window - r->n_outstanding : 0;
}

static bool has_dests(const struct rib *r)
{
    for (int c = 0; c < CLIENTS; c++) {
        if (ribd_fifo_n(&r->write_dests[c]))
            return true;
    }
    return false;
}

bool ribd_fib_is_waiting(const struct rib *r)
{
    return has_dests(r) || ribd_fifo_n(&r->write_paths) || ribd_entries_are_waiting(r);
}

bool ribd_fib_can_go_on(const struct rib *r)
{
    return (room_of(r) && (has_dests(r) || ribd_fifo_n(&r->write_paths))) || ribd_entries_can_go_on(r);
}

/* The same share of each queue, until the room is used up. What is to be resolved again waits. */
static void take_slice(struct rib *r, size_t room)
{
    size_t left[CLIENTS], n_left = 0, share;

    r->slice.n = 0;
    for (int c = 0; c < CLIENTS; c++)
        n_left += (left[c] = ribd_fifo_n(&r->write_dests[c])) > 0;
    while (room && n_left) {
        share = room / n_left ? room / n_left : 1;
        for (int c = 0; c < CLIENTS; c++) {
            for (size_t i = 0; i < share && left[c] && room; i++, room--) {
                struct dest *d = ribd_fifo_take(r, &r->write_dests[c]);

                if (d->is_queued || d->pending == UINT8_MAX)
                    ribd_fifo_push(r, &r->write_dests[c], d);
                else
                    ribd_vec_push(r, &r->slice, d);
                if (--left[c] == 0)
                    n_left--;
            }
        }
    }
}

static void take_paths(struct rib *r, size_t n)
{
    r->path_slice.n = 0;
    for (; n && ribd_fifo_n(&r->write_paths); n--)
        ribd_vec_push(r, &r->path_slice, ribd_fifo_take(r, &r->write_paths));
}

static void write_slice(struct rib *r)
{
    for (size_t i = 0; i < r->slice.n; i++)
        claim_path(r, r->slice.at[i]);
    for (size_t i = 0; i < r->path_slice.n; i++)
        write_path(r, r->path_slice.at[i]);
    for (size_t i = 0; i < r->slice.n; i++) {
        struct dest *d = r->slice.at[i];

        if (d->used && d->used->is_writing) /* it may wait behind many */
            write_path(r, d->used);
        write_dest(r, d);
        ribd_dest_try_free(r, d);
    }
    ribd_vec_clear(r, &r->slice);
}

void ribd_fib_write(struct rib *r)
{
    size_t room = room_of(r), slice = ribd_part(r, SLICE);

    take_slice(r, room < slice ? room : slice);
    take_paths(r, room < slice ? room : slice);
    write_slice(r);
    ribd_entries_write(r);
    for (size_t i = 0; i < r->path_slice.n; i++)
        drop_unused_path(r, r->path_slice.at[i]);
    ribd_vec_clear(r, &r->path_slice);
}

/* --- results --- */

static void nexthop_result(struct rib *r, struct path *p, int error, const char *text)
{
    r->n_outstanding--;
    ribd_audit_path_touched(r, p);
    if (p->leaving_id)
        ribd_audit_nexthop_gone(r, p->leaving_id);
    if (--p->pending == 0 && p->leaving_id) {
        ribd_nhid_leaves(r, p->leaving_id, false);
        p->leaving_id = 0;
    }
    if (error && p->id) {
        p->is_failed = true;
        if (ribd_failure_set(r, FAILURE_PATH, p, text))
            LOG_WARN(r->log, "nexthop-refused", "id=%u error=%d text=\"%s\"", p->id, error, text);
    } else if (!error && p->is_failed && !p->pending) {
        p->is_failed = false;
        ribd_failure_clear(r, p);
        ribd_path_fan(r, p, FAN_AGAIN);
    }
    ribd_path_write(r, p); /* there it is freed if nobody wants it */
}

static void tell_route_failed(struct rib *r, struct dest *d, int error, const char *text)
{
    const struct route *rt = ribd_dest_selected(d);
    char prefix[PREFIX_TEXT_MAX];

    LOG_WARN(r->log, "route-refused", "table=%u prefix=%s error=%d text=\"%s\"", ribd_dest_vrf(d)->id,
             prefix_text(RIBD_PREFIX_OF(d), prefix, sizeof(prefix)), error, text);
    if (rt && rt->client != RIB_CLIENT_RIBD)
        r->cb->route_failed(r->arg, rt->client, ribd_dest_vrf(d)->id, RIBD_PREFIX_OF(d), text);
}

static void route_result(struct rib *r, struct dest *d, int error, const char *text)
{
    bool was_failed = d->is_failed;

    d->pending--;
    r->n_outstanding--;
    ribd_audit_dest_touched(r, d);
    if (error && d->kernel_nhid) {
        d->is_failed = true;
        if (ribd_failure_set(r, FAILURE_DEST, d, text) || (ribd_failure_crowd(r, d) && !was_failed))
            tell_route_failed(r, d, error, text);
    } else if (!error && d->is_failed && !d->pending) {
        d->is_failed = false;
        ribd_failure_clear(r, d);
    }
    if (d->pending == 0 && (!d->routes || ribd_report_is_due(r, d)))
        ribd_dest_report(r, d); /* freed there if it is empty */
}

static void label_refused(struct rib *r, struct entry *e, int error, const char *text)
{
    if (!e->written && !e->written_lookup)
        return;
    if (r->lacks_mpls)
        text = RIBD_NO_MPLS; /* its own words, "not supported", do not say what */
    e->is_failed = e->is_refused = true;
    if (ribd_failure_set(r, FAILURE_ENTRY, e, text)) {
        e->is_reason_new = true;
        LOG_WARN(r->log, "label-refused", "label=%u error=%d text=\"%s\"", e->in_label, error, text);
    }
    ribd_count_entry(r, e);
}

static void label_result(struct rib *r, struct entry *e, int error, const char *text)
{
    e->pending--;
    r->n_entry_writes--;
    ribd_audit_label_touched(r, e->in_label);
    if (error) {
        label_refused(r, e, error, text);
    } else if (e->is_failed && !e->pending && !e->is_refused) {
        e->is_failed = false;
        ribd_failure_clear(r, e);
        ribd_count_entry(r, e);
    }
    if (e->pending == 0) {
        e->is_refused = false;
        ribd_entry_report(r, e);
    }
}

void ribd_rib_result(struct rib *r, uint64_t cookie, int error, const char *text)
{
    void *object = (void *)(uintptr_t)(cookie & ~(uint64_t)7);

    if (error)
        text = text && *text ? text : strerror(-error);
    switch (ribd_rib_cookie_kind(cookie)) {
    case RIB_COOKIE_NEXTHOP:
        nexthop_result(r, object, error, text);
        break;
    case RIB_COOKIE_ROUTE:
        route_result(r, object, error, text);
        break;
    case RIB_COOKIE_GUARD:
        if (error)
            ((struct entry *)object)->is_guard_forced = true;
        label_result(r, object, error, text);
        break;
    case RIB_COOKIE_LABEL:
        label_result(r, object, error, text);
        break;
    case RIB_COOKIE_SWEPT_LABEL:
        ribd_audit_label_touched(r, (uint32_t)(cookie >> 3));
        if (r->cb->label_gone)
            r->cb->label_gone(r->arg, (uint32_t)(cookie >> 3));
        break;
    case RIB_COOKIE_NONE:
    case RIB_COOKIE_OTHER:
        break;
    }
    ribd_work(r);
}

/* --- what the kernel drops without a word --- */

static bool goes_over(const struct interned *list, uint32_t ifindex)
{
    for (size_t i = 0; i < ribd_list_n(list); i++) {
        if (ribd_list(list)[i].ifindex == ifindex)
            return true;
    }
    return false;
}

/* Prefixes whose route has left the path, and whose next write still waits, are not among its routes any more. */
static void write_if_lost(struct rib *r, struct walk *w, struct dest *d)
{
    (void)w;
    if (!d->used || d->used->lost_round != r->lost_round)
        return;
    d->kernel_nhid = NHID_UNKNOWN;
    ribd_dest_write(r, d);
}

static void lost_round_done(struct rib *r, struct walk *w)
{
    (void)w;
    r->lost_round++;
}

/* Somebody wrote over it. */
void ribd_rib_route_replaced(struct rib *r, uint32_t vrf, const struct prefix *p)
{
    const struct vrf *v = ribd_vrf_find(r, vrf);
    struct dest *d = v ? ribd_dest_find(v, p) : NULL;

    if (!d || !d->kernel_nhid)
        return;
    d->kernel_nhid = NHID_UNKNOWN;
    ribd_dest_write(r, d);
    ribd_work(r);
}

void ribd_path_unwritten(struct rib *r, struct path *p)
{
    if (p->written)
        ribd_list_put(r, p->written);
    p->written = NULL;
    ribd_path_write(r, p);
    ribd_path_fan(r, p, FAN_LOST);
    if (!r->n_dests && !has_dests(r))
        return;
    p->lost_round = r->lost_round;
    r->lost_walk.visit = write_if_lost;
    r->lost_walk.done = lost_round_done;
    ribd_walk_start(r, &r->lost_walk);
}

void ribd_rib_interface_bounced(struct rib *r, uint32_t ifindex, bool is_device_gone)
{
    struct path *p, *ptmp;
    struct entry *e;

    HASH_ITER (hh, r->paths, p, ptmp) {
        if (p->written && goes_over(p->written, ifindex))
            ribd_path_unwritten(r, p);
    }
    RIBD_EACH_ENTRY(e, r)
    {
        if (!is_device_gone || !(goes_over(e->written, ifindex) || e->written_lookup == ifindex))
            continue;
        ribd_entry_lost(r, e);
    }
    ribd_adopt_bounced(r, ifindex, is_device_gone);
    ribd_work(r);
}
