/* SPDX-License-Identifier: Apache-2.0
 *
 * The root object of ospfd: makes instances out of what mgmtd wants and ribd has, and wires them to ribd.
 *
 *   mgmtd --configuration--> north --.
 *                                     >--> instances <--packets--> neighbours
 *   ribd --interfaces, routes--> link'         `--routes--> link --> ribd
 *
 * After a start ribd still forwards by the routes of our earlier life. They are swept when we have told all of ours
 * again: when every adjacency is full and paths were computed, or after a limit of time.
 */
#include "ospfd/daemon.h"

#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "ospfd/link/ribd.h"
#include "ospfd/north/config.h"
#include "ospfd/north/state.h"
#include "ospfd/session/instance.h"
#include "ospfd_config.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/north.h"

#define REPLAY_LIMIT_MS 15000

struct slot {
    LIST_ENTRY(slot) entry;
    struct ospf_instance *instance;
    uint32_t router_id, sources;
    const struct cfg_policy *policy;
    struct ospf_distances distances;
};

struct ospfd {
    struct env env;
    struct ospf_rib_link *rib;
    struct north *north;
    LIST_HEAD(, slot) slots;
    struct timer replay_limit;
    bool is_replaying; /* ribd waits for our end of replay */
};

static struct rib_client *client(const struct ospfd *d)
{
    return ospf_rib_link_client(d->rib);
}

static struct slot *slot_of(const struct ospfd *d, uint32_t vrf)
{
    struct slot *s;
    LIST_FOREACH (s, &d->slots, entry)
        if (ospf_instance_vrf(s->instance) == vrf)
            return s;
    return NULL;
}

/* --- end of replay --- */

static void end_replay(struct ospfd *d, const char *why)
{
    if (!d->is_replaying)
        return;
    d->is_replaying = false;
    timer_cancel(&d->replay_limit);
    LOG_INFO(d->env.log, "end-of-replay", "reason=%s", why);
    rib_client_end_of_replay(client(d));
}

static void on_replay_limit(void *arg)
{
    end_replay(arg, "time-limit");
}

static bool is_converged(const struct ospfd *d)
{
    const struct slot *s;
    LIST_FOREACH (s, &d->slots, entry)
        if (!ospf_instance_is_converged(s->instance))
            return false;
    return true;
}

static void check_replay(struct ospfd *d)
{
    if (!d->is_replaying || !north_config(d->north))
        return; /* without configuration we do not know what is ours */
    if (is_converged(d))
        end_replay(d, "converged");
    else if (!timer_is_armed(&d->replay_limit))
        timer_arm_ms(&d->replay_limit, REPLAY_LIMIT_MS);
}

/* --- what instances say --- */

static void on_instance_route(void *arg, struct ospf_instance *i, struct ospf_route *was, struct ospf_route *now)
{
    struct ospfd *d = arg;
    ospf_rib_link_route(d->rib, i, was, now);
}

static void on_instance_progress(void *arg)
{
    struct ospfd *d = arg;
    check_replay(d);
}

static void on_instance_neighbor(void *arg, const struct ospf_neighbor_news *news)
{
    struct ospfd *d = arg;
    if (d->north)
        ospf_state_neighbor_news(d->north, news);
}

static const struct ospf_rib_ops rib_ops = {
    .route = on_instance_route, .progress = on_instance_progress, .neighbor = on_instance_neighbor};

/* --- instances --- */

static void tell_interfaces(struct ospfd *d, struct ospf_instance *i)
{
    const struct rib_interface *f;
    for (f = rib_client_interface_next(client(d), 0); f; f = rib_client_interface_next(client(d), f->ifindex))
        if (f->vrf == ospf_instance_vrf(i))
            ospf_instance_interface(i, f);
}

static uint32_t highest_address(const struct ospfd *d, uint32_t vrf, bool of_loopback)
{
    const struct rib_interface *f;
    uint32_t best = 0;
    for (f = rib_client_interface_next(client(d), 0); f; f = rib_client_interface_next(client(d), f->ifindex))
        for (uint16_t k = 0; f->vrf == vrf && f->is_loopback == of_loopback && k < f->n_addresses; k++) {
            const struct ip_addr *a = &f->addresses[k].addr;
            if (a->family == AF_IPV4 && !ip_addr_is_martian(a) && ip_addr_to_v4(a) > best)
                best = ip_addr_to_v4(a);
        }
    return best;
}

/* Configured; else the highest address of the instance's loopback; else, in a VPN instance, which seldom has a
 * loopback, of its interfaces. 0: there is none yet. */
static uint32_t router_id_of(const struct ospfd *d, uint32_t vrf, const struct cfg_ospf_instance *c)
{
    if (c->has_router_id)
        return c->router_id;
    uint32_t id = highest_address(d, vrf, true);
    return id || vrf == RIB_VRF_PUBLIC ? id : highest_address(d, vrf, false);
}

static const struct cfg_policy *policy_of(const struct ospfd *d)
{
    const struct ospfd_config *c = north_config(d->north);
    return c ? &c->policy : NULL;
}

/* By name: state is written in this order (state.h). */
static void insert_slot(struct ospfd *d, struct slot *s)
{
    struct slot *at, *before = NULL;
    LIST_FOREACH (at, &d->slots, entry)
        if (strcmp(ospf_instance_name(at->instance), ospf_instance_name(s->instance)) < 0)
            before = at;
    if (before)
        LIST_INSERT_AFTER(before, s, entry);
    else
        LIST_INSERT_HEAD(&d->slots, s, entry);
}

static void slot_create(struct ospfd *d, uint32_t vrf, const char *name, const struct cfg_ospf_instance *c,
                        uint32_t router_id)
{
    struct slot *s = MEM_NEW(NULL, struct slot);
    struct ospf_instance_spec spec = {.vrf = vrf, .name = name, .router_id = router_id, .rib = &rib_ops, .rib_arg = d};
    s->policy = policy_of(d);
    s->instance = ospf_instance_create(&d->env, &spec, c, s->policy);
    s->router_id = router_id;
    s->sources = ospf_instance_sources(s->instance);
    s->distances = ospf_distances_of(c);
    insert_slot(d, s);
    tell_interfaces(d, s->instance);
    ospf_rib_link_subscribe(d->rib, s->instance);
    LOG_INFO(d->env.log, "instance-start", "instance=%s vrf=%u", name, vrf);
}

static void slot_free(struct slot *s)
{
    LIST_REMOVE(s, entry);
    ospf_instance_destroy(s->instance);
    mem_free(NULL, s);
}

/* The configuration, or the instance itself, is gone. */
static void slot_end(struct ospfd *d, struct slot *s)
{
    LOG_INFO(d->env.log, "instance-end", "instance=%s", ospf_instance_name(s->instance));
    ospf_instance_flush(s->instance);
    ospf_rib_link_withdraw(d->rib, s->instance);
    slot_free(s);
}

static void slot_configure(struct ospfd *d, struct slot *s, const struct cfg_ospf_instance *c)
{
    if (ospf_instance_config(s->instance) != c || s->policy != policy_of(d))
        ospf_instance_configure(s->instance, c, policy_of(d));
    s->policy = policy_of(d);
    tell_interfaces(d, s->instance); /* those that were added know nothing yet */
    if (!ospf_distances_equal(s->distances, ospf_distances_of(c)))
        ospf_rib_link_replay(d->rib, s->instance);
    s->distances = ospf_distances_of(c);
    if (s->sources != ospf_instance_sources(s->instance)) {
        s->sources = ospf_instance_sources(s->instance);
        ospf_rib_link_subscribe(d->rib, s->instance);
    }
}

static void reconcile_one(struct ospfd *d, const char *name)
{
    static const struct rib_instance public_instance = {.vrf = RIB_VRF_PUBLIC, .is_ready = true};
    const struct cfg_ospf_instance *c = ospf_config_instance(north_config(d->north), name);
    const struct rib_instance *vpn = name[0] ? rib_client_instance_named(client(d), name) : &public_instance;
    if (!c || !vpn || !vpn->is_ready)
        return;
    uint32_t router_id = router_id_of(d, vpn->vrf, c);
    struct slot *s = slot_of(d, vpn->vrf);
    if (s && c->has_router_id && s->router_id != c->router_id) { /* it is another router now */
        slot_end(d, s);
        s = NULL;
    }
    if (s)
        slot_configure(d, s, c);
    else if (router_id)
        slot_create(d, vpn->vrf, name, c, router_id);
}

static bool is_wanted(const struct ospfd *d, const struct ospf_instance *i)
{
    const char *name = ospf_instance_name(i);
    const struct rib_instance *vpn = name[0] ? rib_client_instance_named(client(d), name) : NULL;
    if (!ospf_config_instance(north_config(d->north), name))
        return false;
    return !name[0] || (vpn && vpn->is_ready && vpn->vrf == ospf_instance_vrf(i));
}

/* Instances are those that are configured and that ribd has. Nothing is begun before ribd's mirror is known. */
static void reconcile(struct ospfd *d)
{
    const struct ospfd_config *c = north_config(d->north);
    struct slot *s, *next;
    for (s = LIST_FIRST(&d->slots); s; s = next) {
        next = LIST_NEXT(s, entry);
        if (!is_wanted(d, s->instance))
            slot_end(d, s);
    }
    if (!c || (!rib_client_is_up(client(d)) && LIST_EMPTY(&d->slots)))
        return;
    reconcile_one(d, "");
    for (size_t k = 0; k < c->ospf.n_vpn_instance; k++)
        reconcile_one(d, c->ospf.vpn_instance[k]->name);
    check_replay(d);
}

/* --- what ribd says --- */

static void on_session_up(void *arg)
{
    struct ospfd *d = arg;
    struct slot *s;
    d->is_replaying = true;
    timer_cancel(&d->replay_limit);
    LIST_FOREACH (s, &d->slots, entry) {
        ospf_rib_link_replay(d->rib, s->instance);
        ospf_rib_link_subscribe(d->rib, s->instance);
    }
    reconcile(d);
}

static void on_session_down(void *arg)
{
    struct ospfd *d = arg;
    struct slot *s;
    d->is_replaying = false;
    timer_cancel(&d->replay_limit);
    LIST_FOREACH (s, &d->slots, entry)
        ospf_rib_link_void(s->instance);
}

static void on_interface(void *arg, const struct rib_interface *now, const struct rib_interface *before)
{
    struct ospfd *d = arg;
    struct slot *was = before ? slot_of(d, before->vrf) : NULL, *is = now ? slot_of(d, now->vrf) : NULL;
    if (was && (was != is || strcmp(before->name, now->name) != 0))
        ospf_instance_interface_gone(was->instance, before->name);
    if (is)
        ospf_instance_interface(is->instance, now);
    else if (now)
        reconcile(d); /* its address may be the router id that was missing */
}

static void on_instance(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    (void)now;
    (void)before;
    reconcile(arg);
}

static struct ospf_instance *instance_of(void *arg, uint32_t vrf)
{
    return ospfd_instance(arg, vrf);
}

static const struct ospf_rib_link_events link_events = {
    .session_up = on_session_up,
    .session_down = on_session_down,
    .instance_changed = on_instance,
    .interface_changed = on_interface,
    .instance_of = instance_of,
};

/* --- what mgmtd says --- */

static int on_prepare(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    (void)daemon;
    (void)prev;
    return ospf_config_check(next, err);
}

static void on_commit(void *daemon, const void *next, const void *prev)
{
    (void)next; /* north_config() has it */
    (void)prev;
    reconcile(daemon);
}

static void on_state(void *daemon, const char *path, struct state_writer *w)
{
    struct ospfd *d = daemon;
    struct slot *s;
    ospf_state_begin(w);
    LIST_FOREACH (s, &d->slots, entry) /* the public instance's leafs first, then the list of the others */
        if (ospf_instance_vrf(s->instance) == RIB_VRF_PUBLIC)
            ospf_state_instance(w, path, s->instance, client(d), loop_now_us(d->env.loop));
    LIST_FOREACH (s, &d->slots, entry)
        if (ospf_instance_vrf(s->instance) != RIB_VRF_PUBLIC)
            ospf_state_instance(w, path, s->instance, client(d), loop_now_us(d->env.loop));
    ospf_state_end(w);
}

static const struct north_ops north_ops = {.prepare = on_prepare, .commit = on_commit, .state = on_state};

struct ospfd *ospfd_create(const struct env *env)
{
    struct ospfd *d = MEM_NEW(NULL, struct ospfd);
    d->env = *env;
    LIST_INIT(&d->slots);
    timer_init(&d->replay_limit, env->loop, on_replay_limit, d);
    d->rib = ospf_rib_link_create(&d->env, &link_events, d);
    d->north = north_create(&d->env, "ospfd", &ospfd_schema, &north_ops, d);
    return d;
}

void ospfd_destroy(struct ospfd *d)
{
    struct slot *s;
    timer_cancel(&d->replay_limit);
    while ((s = LIST_FIRST(&d->slots)) != NULL)
        slot_free(s);
    north_destroy(d->north);
    ospf_rib_link_destroy(d->rib);
    mem_free(NULL, d);
}

struct ospf_instance *ospfd_instance(struct ospfd *d, uint32_t vrf)
{
    struct slot *s = slot_of(d, vrf);
    return s ? s->instance : NULL;
}
