/* SPDX-License-Identifier: Apache-2.0
 *
 * The root object of ldpd: its conversations, its instances. An instance exists while it is configured and ribd has its
 * VPN instance ready; the public one while there is any LDP configuration.
 */
#include "ldpd/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "ldpd/link/ribd.h"
#include "ldpd/north/state.h"
#include "ldpd/session/instance.h"
#include "ldpd_config.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/north.h"
#include "strata/state.h"

#define SETTLE_CHECK_MS 500
#define SETTLE_MAX      30 /* checks: 15 s */

struct instance {
    LIST_ENTRY(instance) entry;
    struct ldp_instance *ldp;
};

struct ldpd {
    struct env env;
    struct ldp_rib_link *rib;
    struct north *north;
    uint32_t next_peer;
    struct timer settle; /* when to tell ribd that all was told again */
    unsigned settle_checks;
    LIST_HEAD(, instance) instances;
};

static const struct ldpd_config *config_of(const struct ldpd *d)
{
    return d->north ? north_config(d->north) : NULL;
}

static struct instance *instance_find(const struct ldpd *d, uint32_t vrf)
{
    struct instance *i;
    LIST_FOREACH (i, &d->instances, entry)
        if (ldp_instance_vrf(i->ldp) == vrf)
            return i;
    return NULL;
}

static struct ldp_instance *instance_of(void *arg, uint32_t vrf)
{
    struct instance *i = instance_find(arg, vrf);
    return i ? i->ldp : NULL;
}

static void each_instance(void *arg, void (*fn)(struct ldp_instance *i))
{
    struct ldpd *d = arg;
    struct instance *i;
    LIST_FOREACH (i, &d->instances, entry)
        fn(i->ldp);
}

static void instance_stop(struct ldpd *d, struct instance *i)
{
    ldp_rib_link_subscribe(d->rib, ldp_instance_vrf(i->ldp), 0);
    ldp_instance_retire(i->ldp);
    ldp_instance_destroy(i->ldp);
    LIST_REMOVE(i, entry);
    mem_free(NULL, i);
}

static void feed_interfaces(struct ldpd *d, struct instance *i)
{
    struct rib_client *c = ldp_rib_link_client(d->rib);
    for (const struct rib_interface *f = rib_client_interface_next(c, 0); f;
         f = rib_client_interface_next(c, f->ifindex))
        if (f->vrf == ldp_instance_vrf(i->ldp))
            ldp_instance_interface(i->ldp, f, NULL);
}

static void subscribe(struct ldpd *d, const struct instance *i)
{
    ldp_rib_link_subscribe(d->rib, ldp_instance_vrf(i->ldp), ldp_instance_sources(i->ldp));
}

static void on_session_news(void *arg, const struct ldp_session_news *news)
{
    struct ldpd *d = arg;
    if (d->north)
        ldpd_state_session_news(d->north, news);
}

/* The public instance first, then by name: state is written in this order (state.h). */
static void insert_instance(struct ldpd *d, struct instance *i)
{
    bool is_public = ldp_instance_vrf(i->ldp) == RIB_VRF_PUBLIC;
    struct instance *at, *before = NULL;
    LIST_FOREACH (at, &d->instances, entry)
        if (!is_public && (ldp_instance_vrf(at->ldp) == RIB_VRF_PUBLIC ||
                           strcmp(ldp_instance_name(at->ldp), ldp_instance_name(i->ldp)) < 0))
            before = at;
    if (before)
        LIST_INSERT_AFTER(before, i, entry);
    else
        LIST_INSERT_HEAD(&d->instances, i, entry);
}

static void instance_start(struct ldpd *d, uint32_t vrf, const char *name, const char *device,
                           const struct cfg_ldp_instance *config)
{
    struct ldp_instance_options o = {
        .env = &d->env,
        .vrf = vrf,
        .name = name,
        .device = device,
        .next_peer = &d->next_peer,
        .rib = &ldp_rib_link_ops,
        .rib_arg = d->rib,
        .news = on_session_news,
        .news_arg = d,
    };
    struct instance *i = MEM_NEW(NULL, struct instance);
    i->ldp = ldp_instance_create(&o);
    insert_instance(d, i);
    feed_interfaces(d, i); /* first: an identifier may have to be chosen among all addresses */
    ldp_instance_configure(i->ldp, config, &config_of(d)->policy);
    subscribe(d, i);
}

/* The configuration of an instance, NULL if it should not run. */
static const struct cfg_ldp_instance *wanted_config(const struct ldpd *d, const char *name)
{
    const struct ldpd_config *config = config_of(d);
    if (!config)
        return NULL;
    if (name[0] == '\0')
        return config->ldp.ldp_instance.n_interface > 0 ? &config->ldp.ldp_instance : NULL;
    for (size_t k = 0; k < config->ldp.n_vpn_instance; k++)
        if (strcmp(config->ldp.vpn_instance[k]->name, name) == 0)
            return &config->ldp.vpn_instance[k]->ldp_instance;
    return NULL;
}

static void reconcile_one(struct ldpd *d, uint32_t vrf, const char *name, const char *device, bool is_ready)
{
    const struct cfg_ldp_instance *config = is_ready ? wanted_config(d, name) : NULL;
    struct instance *i = instance_find(d, vrf);
    if (i && !config) {
        instance_stop(d, i);
    } else if (i) {
        if (ldp_instance_configure(i->ldp, config, &config_of(d)->policy))
            subscribe(d, i);
    } else if (config) {
        instance_start(d, vrf, name, device, config);
    }
}

/* Instances as configured, of those that ribd has ready. Those that run meanwhile without ribd go on. */
static void reconcile(struct ldpd *d)
{
    struct rib_client *c = ldp_rib_link_client(d->rib);
    const struct ldpd_config *config = config_of(d);
    if (!config)
        return;
    if (!rib_client_is_up(c)) {
        struct instance *i, *next;
        for (i = LIST_FIRST(&d->instances); i; i = next) {
            next = LIST_NEXT(i, entry);
            reconcile_one(d, ldp_instance_vrf(i->ldp), ldp_instance_name(i->ldp), "", true);
        }
        return;
    }
    reconcile_one(d, RIB_VRF_PUBLIC, "", "", true);
    struct instance *i, *next;
    for (i = LIST_FIRST(&d->instances); i; i = next) {
        next = LIST_NEXT(i, entry);
        uint32_t vrf = ldp_instance_vrf(i->ldp);
        if (vrf != RIB_VRF_PUBLIC && (!rib_client_instance(c, vrf) || !wanted_config(d, ldp_instance_name(i->ldp))))
            instance_stop(d, i);
    }
    for (size_t k = 0; k < config->ldp.n_vpn_instance; k++) {
        const struct rib_instance *r = rib_client_instance_named(c, config->ldp.vpn_instance[k]->name);
        if (r)
            reconcile_one(d, r->vrf, r->name, r->device, r->is_ready);
    }
}

/* --- ribd --- */

static void settle_check(void *arg)
{
    struct ldpd *d = arg;
    bool is_settled = !LIST_EMPTY(&d->instances);
    struct instance *i;
    LIST_FOREACH (i, &d->instances, entry)
        is_settled = is_settled && ldp_instance_is_settled(i->ldp);
    if (is_settled || ++d->settle_checks >= SETTLE_MAX) {
        rib_client_end_of_replay(ldp_rib_link_client(d->rib));
        return;
    }
    timer_arm_ms(&d->settle, SETTLE_CHECK_MS);
}

static void on_rib_session_up(void *arg)
{
    struct ldpd *d = arg;
    struct instance *i;
    LIST_FOREACH (i, &d->instances, entry) {
        subscribe(d, i);
        ldp_instance_replay(i->ldp);
    }
    reconcile(d);
    d->settle_checks = 0;
    timer_arm_ms(&d->settle, SETTLE_CHECK_MS);
}

static void on_instance_changed(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    (void)now;
    (void)before;
    reconcile(arg);
}

static void on_interface_changed(void *arg, const struct rib_interface *now, const struct rib_interface *before)
{
    struct ldpd *d = arg;
    struct instance *old = before ? instance_find(d, before->vrf) : NULL;
    struct instance *new = now ? instance_find(d, now->vrf) : NULL;
    if (old && old != new)
        ldp_instance_interface(old->ldp, NULL, before);
    if (new)
        ldp_instance_interface(new->ldp, now, old == new ? before : NULL);
}

static const struct ldp_rib_link_events rib_events = {
    .session_up = on_rib_session_up,
    .instance_changed = on_instance_changed,
    .interface_changed = on_interface_changed,
    .instance_of = instance_of,
    .each_instance = each_instance,
};

/* --- mgmtd --- */

static int refuse(struct north_error *err, const char *vpn, const char *leaf, const char *message)
{
    if (vpn)
        snprintf(err->path, sizeof(err->path), "/ldp/vpn-instance[%s]/%s", vpn, leaf);
    else
        snprintf(err->path, sizeof(err->path), "/ldp/%s", leaf);
    snprintf(err->message, sizeof(err->message), "%s", message);
    return -EINVAL;
}

static int prepare_instance(const struct cfg_ldp_instance *c, const char *vpn, struct north_error *err)
{
    if (c->has_router_id && c->router_id == 0)
        return refuse(err, vpn, "router-id", "0.0.0.0 is no LSR identifier");
    if (c->has_transport_address && ip_addr_is_martian(&c->transport_address))
        return refuse(err, vpn, "transport-address", "not an address of a router");
    for (size_t k = 0; k < c->n_interface; k++)
        if (c->interface[k]->hello_holdtime <= c->interface[k]->hello_interval)
            return refuse(err, vpn, "interface/hello-holdtime", "must be greater than the hello-interval");
    return 0;
}

static int on_prepare(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    const struct ldpd_config *config = next;
    (void)daemon;
    (void)prev;
    int rc = prepare_instance(&config->ldp.ldp_instance, NULL, err);
    for (size_t k = 0; rc == 0 && k < config->ldp.n_vpn_instance; k++)
        rc = prepare_instance(&config->ldp.vpn_instance[k]->ldp_instance, config->ldp.vpn_instance[k]->name, err);
    return rc;
}

static void on_commit(void *daemon, const void *next, const void *prev)
{
    (void)next;
    (void)prev;
    reconcile(daemon);
}

static void on_state(void *daemon, const char *path, struct state_writer *w)
{
    struct ldpd *d = daemon;
    struct instance *i;
    state_open(w, LDPD_LDP);
    LIST_FOREACH (i, &d->instances, entry) {
        bool is_public = ldp_instance_vrf(i->ldp) == RIB_VRF_PUBLIC;
        if (!is_public) {
            state_open(w, LDPD_LDP_VPN_INSTANCE);
            state_text(w, LDPD_LDP_VPN_INSTANCE_NAME, ldp_instance_name(i->ldp));
        }
        ldpd_state_instance(w, path, i->ldp);
        if (!is_public)
            state_close(w);
    }
    state_close(w);
}

static int on_action(void *daemon, const char *name, const char *argument, char *reply, size_t size)
{
    struct ldpd *d = daemon;
    struct ip_addr a = {0};
    if (strcmp(name, "ldp clear") != 0)
        return -ENOENT;
    bool is_all = !argument || argument[0] == '\0' || strcmp(argument, "all") == 0;
    if (!is_all && (ip_addr_parse(argument, &a) || a.family != AF_IPV4)) {
        snprintf(reply, size, "'%s' is no LSR identifier; use one as shown by \"show ldp neighbor\", or \"all\"",
                 argument);
        return -EINVAL;
    }
    unsigned count = 0;
    struct instance *i;
    LIST_FOREACH (i, &d->instances, entry)
        count += ldp_instance_clear(i->ldp, is_all ? 0 : ip_addr_to_v4(&a));
    snprintf(reply, size, "%u session%s cleared", count, count == 1 ? "" : "s");
    return 0;
}

static const struct north_ops north_ops = {
    .prepare = on_prepare, .commit = on_commit, .state = on_state, .action = on_action};

struct ldpd *ldpd_create(const struct env *env)
{
    struct ldpd *d = MEM_NEW(NULL, struct ldpd);
    d->env = *env;
    LIST_INIT(&d->instances);
    timer_init(&d->settle, env->loop, settle_check, d);
    d->rib = ldp_rib_link_create(&d->env, &rib_events, d);
    d->north = north_create(&d->env, "ldpd", &ldpd_schema, &north_ops, d);
    return d;
}

void ldpd_destroy(struct ldpd *d)
{
    timer_cancel(&d->settle);
    /* Sessions end with a word; routes and labels stay in ribd, as stale, for a successor. */
    while (!LIST_EMPTY(&d->instances)) {
        struct instance *i = LIST_FIRST(&d->instances);
        ldp_instance_destroy(i->ldp);
        LIST_REMOVE(i, entry);
        mem_free(NULL, i);
    }
    north_destroy(d->north);
    ldp_rib_link_destroy(d->rib);
    mem_free(NULL, d);
}
