/* SPDX-License-Identifier: Apache-2.0
 *
 * The conversation with ribd. The RIB keeps no identifiers of ribd's; this file does, in the words that the RIB's
 * objects have for it, and forgets them all when a session ends.
 *
 *   session_up --> bgp_rib_replay (watches, subscriptions, routes, labels) ... converged and quiet --> end_of_replay
 *
 * For some seconds after ribd has come back its bad news (a next hop gone, a label unusable, an instance missing) are
 * held back: other daemons are still telling ribd what it had lost, and forwarding goes on meanwhile. What is still bad
 * then is told to the RIB.
 */
#include "bgpd/link/ribd.h"

#include <errno.h>
#include <string.h>

#include "bgpd/rib/label.h"
#include "bgpd/rib/table.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/rib_client.h"

enum {
    SETTLE_MS = 6000, /* bad news is held back for so long */
    REPLAY_CHECK_MS = 500,
    REPLAY_QUIET_CHECKS = 4, /* converged for so many checks in a row */
    REPLAY_MAX_CHECKS = 40,  /* then ribd may sweep even so: a neighbour may be down for good */
    RETRY_MS = 2000,
};

struct watch {
    UT_hash_handle hh;
    uint32_t id;
    struct bgp_nexthop *nh;
    bool is_held_back;
    struct rib_nexthop_state held;
};

struct held_label {
    UT_hash_handle hh;
    uint32_t in_label;
    struct rib_label_result result;
};

struct bgp_link {
    const struct env *env;
    const struct bgp_link_events *ev;
    void *arg;
    struct bgp_rib *rib;
    struct rib_client *client;
    struct watch *watches;
    struct bgp_label_slot *labels; /* by in_label */
    struct bgp_label_slot *queue;  /* waiting for a label */
    struct held_label *held_labels;
    struct timer settle, replay, retry;
    unsigned replay_checks, quiet_checks;
    bool was_up;
};

static bool is_up(const struct bgp_link *l)
{
    return l->client && rib_client_is_up(l->client);
}

bool bgp_link_is_settling(const struct bgp_link *l)
{
    return !is_up(l) || timer_is_armed(&l->settle);
}

/* --- next hops --- */

static struct watch *find_watch(struct bgp_link *l, uint32_t id)
{
    struct watch *w;

    HASH_FIND(hh, l->watches, &id, sizeof(id), w);
    return w;
}

static void op_watch(void *arg, struct bgp_nexthop *nh)
{
    struct bgp_link *l = arg;
    struct watch *w;

    nh->watch = 0;
    if (!is_up(l))
        return;
    w = MEM_NEW(NULL, struct watch);
    w->nh = nh;
    w->id = nh->watch = rib_client_watch(l->client, nh->key.vrf, &nh->key.address, nh->key.needs_lsp);
    HASH_ADD(hh, l->watches, id, sizeof(w->id), w);
}

static void op_unwatch(void *arg, struct bgp_nexthop *nh)
{
    struct bgp_link *l = arg;
    struct watch *w = nh->watch ? find_watch(l, nh->watch) : NULL;

    if (!w)
        return;
    rib_client_unwatch(l->client, w->id);
    HASH_DEL(l->watches, w);
    mem_free(NULL, w);
    nh->watch = 0;
}

static void on_nexthop(void *arg, const struct rib_nexthop_state *s)
{
    struct bgp_link *l = arg;
    struct watch *w = find_watch(l, s->watch);

    if (!w)
        return;
    w->is_held_back = bgp_link_is_settling(l) && w->nh->is_usable && !s->is_usable;
    if (w->is_held_back)
        w->held = *s;
    else
        bgp_rib_nexthop_result(l->rib, w->nh, s);
}

/* --- routes --- */

static void op_route_set(void *arg, const struct bgp_fib_route *r, uint32_t *nhset)
{
    struct bgp_link *l = arg;
    uint32_t old = *nhset;
    struct rib_route route = {.vrf = r->vrf,
                              .prefix = r->prefix,
                              .source = (uint8_t)r->source,
                              .distance = r->distance,
                              .metric = r->metric,
                              .label = r->label};

    if (!is_up(l)) {
        *nhset = 0;
        return;
    }
    *nhset = route.nhset = rib_client_nhset_get(l->client, r->nexthops, r->n);
    rib_client_route_set(l->client, &route);
    if (old)
        rib_client_nhset_put(l->client, old);
}

static void op_route_del(void *arg, uint32_t vrf, const struct prefix *p, enum rib_source source, uint32_t *nhset)
{
    struct bgp_link *l = arg;

    if (is_up(l)) {
        rib_client_route_del(l->client, vrf, p, source);
        if (*nhset)
            rib_client_nhset_put(l->client, *nhset);
    }
    *nhset = 0;
}

static void op_subscribe(void *arg, uint32_t vrf, uint32_t sources)
{
    struct bgp_link *l = arg;

    if (is_up(l))
        rib_client_subscribe(l->client, vrf, sources);
}

static bool op_is_own_address(void *arg, uint32_t vrf, const struct ip_addr *a)
{
    struct bgp_link *l = arg;

    return l->client && rib_client_is_own_address(l->client, vrf, a);
}

/* --- labels --- */

static void queue_add(struct bgp_link *l, struct bgp_label_slot *s)
{
    if (s->link.is_queued)
        return;
    s->link.is_queued = true;
    s->link.next_queued = l->queue;
    l->queue = s;
}

static void queue_remove(struct bgp_link *l, struct bgp_label_slot *s)
{
    struct bgp_label_slot **at = &l->queue;

    if (!s->link.is_queued)
        return;
    while (*at != s)
        at = &(*at)->link.next_queued;
    *at = s->link.next_queued;
    s->link.is_queued = false;
}

/* Gives the slot a label if it has none, and tells ribd what it stands for. */
static void label_tell(struct bgp_link *l, struct bgp_label_slot *s)
{
    int err;

    if (!s->link.in_label) {
        err = rib_client_label_alloc(l->client, &s->fec, &s->link.in_label);
        if (err) {
            s->link.in_label = 0;
            queue_add(l, s);
            if (s->status == BGP_LABEL_WAITING)
                bgp_rib_label_result(s, BGP_LABEL_WAITING, false, err == -ENOSPC ? "no labels left" : NULL);
            if (err != -EAGAIN && !timer_is_armed(&l->retry))
                timer_arm_ms(&l->retry, RETRY_MS); /* that there are none left is in the log already */
            return;
        }
        HASH_ADD(link.hh, l->labels, link.in_label, sizeof(s->link.in_label), s);
        if (s->status == BGP_LABEL_WAITING)
            bgp_rib_label_result(s, BGP_LABEL_WAITING, false, NULL);
    }
    s->link.entry.in_label = s->link.in_label;
    rib_client_label_set(l->client, &s->link.entry);
}

static void op_label_set(void *arg, struct bgp_label_slot *s, const struct bgp_label_want *want)
{
    struct bgp_link *l = arg;
    uint32_t old_nhset = s->link.nhset, old_scope = s->link.scope;

    if (!is_up(l)) {
        s->link.nhset = s->link.scope = 0;
        return;
    }
    s->link.nhset = want->n ? rib_client_nhset_get(l->client, want->nexthops, want->n) : 0;
    s->link.scope = s->scope ? rib_client_scope_get(l->client, s->scope->members, s->scope->n) : 0;
    s->link.entry = (struct rib_label_entry){.op = want->op,
                                             .fec = s->fec,
                                             .nhset = s->link.nhset,
                                             .label = want->label,
                                             .lookup_vrf = want->lookup_vrf,
                                             .scope = s->link.scope};
    label_tell(l, s);
    if (old_nhset)
        rib_client_nhset_put(l->client, old_nhset);
    if (old_scope)
        rib_client_scope_put(l->client, old_scope);
}

static void held_label_remove(struct bgp_link *l, uint32_t in_label)
{
    struct held_label *h;

    HASH_FIND(hh, l->held_labels, &in_label, sizeof(in_label), h);
    if (!h)
        return;
    HASH_DEL(l->held_labels, h);
    mem_free(NULL, h);
}

static void op_label_free(void *arg, struct bgp_label_slot *s)
{
    struct bgp_link *l = arg;

    queue_remove(l, s);
    if (!s->link.in_label)
        return;
    HASH_DELETE(link.hh, l->labels, s);
    held_label_remove(l, s->link.in_label);
    if (is_up(l)) {
        rib_client_label_del(l->client, s->link.in_label);
        if (s->link.nhset)
            rib_client_nhset_put(l->client, s->link.nhset);
        if (s->link.scope)
            rib_client_scope_put(l->client, s->link.scope);
    }
    if (l->client) /* which remembers it for this FEC, should it come back soon */
        rib_client_label_free(l->client, s->link.in_label);
    s->link.in_label = 0;
}

static void queue_retry(struct bgp_link *l)
{
    struct bgp_label_slot *s = l->queue, *next;

    l->queue = NULL;
    for (; s; s = next) {
        next = s->link.next_queued;
        s->link.is_queued = false;
        if (is_up(l))
            label_tell(l, s);
        else
            queue_add(l, s);
    }
}

static void on_labels_available(void *arg)
{
    queue_retry(arg);
}

static void on_retry(void *arg)
{
    queue_retry(arg);
}

static enum bgp_label_status status_of(uint8_t status)
{
    switch ((enum rib_label_status)status) {
    case RIB_LABEL_INSTALLED:
        return BGP_LABEL_INSTALLED;
    case RIB_LABEL_UNUSABLE:
        return BGP_LABEL_UNUSABLE;
    case RIB_LABEL_FAILED:
        return BGP_LABEL_FAILED;
    }
    return BGP_LABEL_FAILED;
}

static void label_apply(struct bgp_label_slot *s, const struct rib_label_result *r)
{
    bgp_rib_label_result(s, status_of(r->status), r->scope == s->link.scope, r->reason);
}

static void on_label_result(void *arg, const struct rib_label_result *r)
{
    struct bgp_link *l = arg;
    struct bgp_label_slot *s;
    struct held_label *h;

    HASH_FIND(link.hh, l->labels, &r->in_label, sizeof(r->in_label), s);
    if (!s)
        return;
    held_label_remove(l, r->in_label);
    if (!bgp_link_is_settling(l) || s->status != BGP_LABEL_INSTALLED || r->status == RIB_LABEL_INSTALLED) {
        label_apply(s, r);
        return;
    }
    h = MEM_NEW(NULL, struct held_label);
    h->in_label = r->in_label;
    h->result = *r;
    HASH_ADD(hh, l->held_labels, in_label, sizeof(h->in_label), h);
}

/* Withdrawn at once, also while ribd settles: packets with that label go another's way. */
static void on_label_lost(void *arg, uint32_t label, const struct rib_fec *fec)
{
    struct bgp_link *l = arg;
    struct bgp_label_slot *s;

    (void)fec;
    HASH_FIND(link.hh, l->labels, &label, sizeof(label), s);
    if (!s)
        return;
    HASH_DELETE(link.hh, l->labels, s);
    held_label_remove(l, label);
    s->link.in_label = 0;
    bgp_rib_label_result(s, BGP_LABEL_WAITING, false, "its label is another's; it gets another one");
    /* One that ribd was not told of yet in this session is told with the replay. */
    if (is_up(l) && s->link.entry.nhset == s->link.nhset && s->link.entry.scope == s->link.scope)
        label_tell(l, s);
}

/* --- redistribution --- */

static void on_route(void *arg, const struct rib_best_route *r)
{
    struct bgp_link *l = arg;

    bgp_rib_redistribute(l->rib, r);
}

static void on_route_gone(void *arg, uint32_t vrf, const struct prefix *p)
{
    struct bgp_link *l = arg;

    bgp_rib_redistribute_gone(l->rib, vrf, p);
}

static void on_routes_complete(void *arg, uint32_t vrf)
{
    struct bgp_link *l = arg;

    bgp_rib_redistribute_complete(l->rib, vrf);
}

static void on_route_failed(void *arg, uint32_t vrf, const struct prefix *p, const char *reason)
{
    struct bgp_link *l = arg;
    char text[PREFIX_TEXT_MAX];

    LOG_WARN(l->env->log, "route-failed", "vrf=%u prefix=%s reason=\"%s\"", vrf, prefix_text(p, text, sizeof(text)),
             reason);
}

/* --- instances and links --- */

static void on_instance_changed(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    struct bgp_link *l = arg;

    (void)now;
    (void)before;
    if (is_up(l))
        l->ev->instances_changed(l->arg);
}

static void on_interface_changed(void *arg, const struct rib_interface *now, const struct rib_interface *before)
{
    struct bgp_link *l = arg;

    (void)now;
    (void)before;
    if (!bgp_link_is_settling(l))
        l->ev->links_changed(l->arg);
}

const struct rib_instance *bgp_link_instance(struct bgp_link *l, const char *name)
{
    const struct rib_instance *i = l->client ? rib_client_instance_named(l->client, name) : NULL;

    return i && i->is_ready ? i : NULL;
}

bool bgp_link_is_onlink(struct bgp_link *l, uint32_t vrf, const struct ip_addr *a)
{
    const struct rib_interface *i = rib_client_interface_onlink(l->client, vrf, a);

    return i && i->is_up;
}

/* --- sessions with ribd --- */

static void forget_ids(struct bgp_link *l)
{
    struct bgp_label_slot *s;
    struct watch *w, *next;
    struct held_label *h, *next_held;

    HASH_ITER (hh, l->watches, w, next) {
        w->nh->watch = 0;
        HASH_DEL(l->watches, w);
        mem_free(NULL, w);
    }
    HASH_ITER (hh, l->held_labels, h, next_held) {
        HASH_DEL(l->held_labels, h);
        mem_free(NULL, h);
    }
    for (s = l->labels; s; s = s->link.hh.next)
        s->link.nhset = s->link.scope = 0;
    for (s = l->queue; s; s = s->link.next_queued)
        s->link.nhset = s->link.scope = 0;
}

static void on_session_down(void *arg)
{
    struct bgp_link *l = arg;

    timer_cancel(&l->settle);
    timer_cancel(&l->replay);
    forget_ids(l);
    LOG_INFO(l->env->log, "ribd-down", "%s", "");
}

static void on_session_up(void *arg)
{
    struct bgp_link *l = arg;

    LOG_INFO(l->env->log, "ribd-up", "%s", "");
    if (l->was_up)
        timer_arm_ms(&l->settle, SETTLE_MS);
    l->was_up = true;
    l->replay_checks = l->quiet_checks = 0;
    timer_arm_ms(&l->replay, REPLAY_CHECK_MS);
    bgp_rib_replay(l->rib);
    l->ev->up(l->arg);
    l->ev->wake(l->arg);
}

/* What ribd had to say of bad while it was settling, and has not taken back. */
static void on_settled(void *arg)
{
    struct bgp_link *l = arg;
    struct watch *w;
    struct held_label *h, *next;

    for (w = l->watches; w; w = w->hh.next) {
        if (!w->is_held_back)
            continue;
        w->is_held_back = false;
        bgp_rib_nexthop_result(l->rib, w->nh, &w->held);
    }
    HASH_ITER (hh, l->held_labels, h, next) {
        struct bgp_label_slot *s;

        HASH_FIND(link.hh, l->labels, &h->in_label, sizeof(h->in_label), s);
        HASH_DEL(l->held_labels, h);
        if (s)
            label_apply(s, &h->result);
        mem_free(NULL, h);
    }
    l->ev->instances_changed(l->arg);
    l->ev->links_changed(l->arg);
}

/* ribd sweeps what is not told again: so first let the neighbours tell all, and ribd answer. */
static void on_replay_check(void *arg)
{
    struct bgp_link *l = arg;

    l->replay_checks++;
    l->quiet_checks = l->ev->is_converged(l->arg) && !l->queue ? l->quiet_checks + 1 : 0;
    if (l->quiet_checks < REPLAY_QUIET_CHECKS && l->replay_checks < REPLAY_MAX_CHECKS) {
        timer_arm_ms(&l->replay, REPLAY_CHECK_MS);
        return;
    }
    rib_client_end_of_replay(l->client);
}

static const struct bgp_rib_ops *ops_of_link(void);

struct bgp_link *bgp_link_create(const struct env *env, const struct bgp_link_events *ev, void *arg)
{
    static const struct rib_client_events events = {.session_up = on_session_up,
                                                    .session_down = on_session_down,
                                                    .interface_changed = on_interface_changed,
                                                    .instance_changed = on_instance_changed,
                                                    .route = on_route,
                                                    .route_gone = on_route_gone,
                                                    .routes_complete = on_routes_complete,
                                                    .nexthop = on_nexthop,
                                                    .label_result = on_label_result,
                                                    .labels_available = on_labels_available,
                                                    .label_lost = on_label_lost,
                                                    .route_failed = on_route_failed};
    struct bgp_link *l = MEM_NEW(NULL, struct bgp_link);

    l->env = env;
    l->ev = ev;
    l->arg = arg;
    timer_init(&l->settle, env->loop, on_settled, l);
    timer_init(&l->replay, env->loop, on_replay_check, l);
    timer_init(&l->retry, env->loop, on_retry, l);
    l->rib = bgp_rib_create(ops_of_link(), l, env->log);
    l->client = rib_client_create(env, RIB_CLIENT_BGPD, &events, l);
    return l;
}

void bgp_link_destroy(struct bgp_link *l)
{
    if (!l)
        return;
    timer_cancel(&l->settle);
    timer_cancel(&l->replay);
    timer_cancel(&l->retry);
    rib_client_destroy(l->client); /* first: ribd keeps what it was told, nothing is taken back */
    l->client = NULL;
    forget_ids(l);
    bgp_rib_destroy(l->rib);
    mem_free(NULL, l);
}

struct bgp_rib *bgp_link_rib(struct bgp_link *l)
{
    return l->rib;
}

bool bgp_link_was_up(const struct bgp_link *l)
{
    return l->was_up;
}

/* --- the RIB's operations: what is not ribd's business goes to the daemon --- */

static void op_wake(void *arg)
{
    struct bgp_link *l = arg;

    l->ev->wake(l->arg);
}

static void op_peer_output(void *arg, struct bgp_rib_peer *p)
{
    struct bgp_link *l = arg;

    l->ev->peer_output(l->arg, p);
}

static void op_peer_reach(void *arg, struct bgp_rib_peer *p, bool is_reachable)
{
    struct bgp_link *l = arg;

    l->ev->peer_reach(l->arg, p, is_reachable);
}

static void op_max_prefixes(void *arg, struct bgp_rib_peer *p, enum bgp_family f)
{
    struct bgp_link *l = arg;

    l->ev->max_prefixes(l->arg, p, f);
}

static const struct bgp_rib_ops *ops_of_link(void)
{
    static const struct bgp_rib_ops ops = {.wake = op_wake,
                                           .peer_output = op_peer_output,
                                           .route_set = op_route_set,
                                           .route_del = op_route_del,
                                           .watch = op_watch,
                                           .unwatch = op_unwatch,
                                           .label_set = op_label_set,
                                           .label_free = op_label_free,
                                           .subscribe = op_subscribe,
                                           .is_own_address = op_is_own_address,
                                           .peer_reach = op_peer_reach,
                                           .max_prefixes = op_max_prefixes};

    return &ops;
}
