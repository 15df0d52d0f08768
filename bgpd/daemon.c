/* SPDX-License-Identifier: Apache-2.0
 *
 * The root object: owns the link to ribd (and with it the RIB), the speaker, the conversation with mgmtd. Brings
 * configuration and ribd's instances together: an instance's neighbours start when it is configured and ribd has it
 * ready.
 */
#include "bgpd/daemon.h"

#include <string.h>

#include "bgpd/link/ribd.h"
#include "bgpd/north/north.h"
#include "bgpd/session/speaker.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

struct bgpd {
    struct env env;
    struct bgp_link *link;
    struct bgp_rib *rib;
    struct bgp_speaker *speaker;
    struct bgpd_north *north;
    struct timer run;    /* the RIB has work */
    struct timer limits; /* neighbours over their prefix limit are to be reset */
    bool is_configured;
    struct bgp_vrf_config *vrfs; /* instances we have, for comparison; target lists not kept */
    size_t n_vrfs;
};

struct bgp_rib *bgpd_rib(const struct bgpd *d)
{
    return d->rib;
}

struct bgp_speaker *bgpd_speaker(const struct bgpd *d)
{
    return d->speaker;
}

const struct env *bgpd_env(const struct bgpd *d)
{
    return &d->env;
}

/* --- what the link and the RIB ask for --- */

static void on_run(void *arg)
{
    struct bgpd *d = arg;

    bgp_rib_run(d->rib);
}

static void link_wake(void *arg)
{
    struct bgpd *d = arg;

    if (!timer_is_armed(&d->run))
        timer_arm_us(&d->run, 0);
}

static void link_peer_output(void *arg, struct bgp_rib_peer *p)
{
    (void)arg;
    bgp_neighbor_wake_output(bgp_rib_peer_session(p));
}

static void link_peer_reach(void *arg, struct bgp_rib_peer *p, bool is_reachable)
{
    (void)arg;
    bgp_neighbor_set_reachable(bgp_rib_peer_session(p), is_reachable);
}

static void on_limits(void *arg)
{
    struct bgpd *d = arg;
    struct bgp_neighbor *n;

    TAILQ_FOREACH (n, &d->speaker->neighbors, in_speaker)
        if (n->is_over_limit) {
            n->is_over_limit = false;
            bgp_neighbor_reset(n, BGP_CEASE_MAX_PREFIX);
        }
}

static void link_max_prefixes(void *arg, struct bgp_rib_peer *p, enum bgp_family f)
{
    struct bgpd *d = arg;
    struct bgp_neighbor *n = bgp_rib_peer_session(p);
    char text[ADDR_TEXT_MAX];

    LOG_WARN(d->env.log, "max-prefixes", "neighbor=%s family=%s", ip_addr_text(&n->cfg.address, text, sizeof(text)),
             bgp_family_name(f));
    if (!n->is_over_limit)
        bgpd_north_max_prefixes(d->north, n, f);
    n->is_over_limit = true;
    timer_arm_us(&d->limits, 0);
}

static bool link_is_converged(void *arg)
{
    struct bgpd *d = arg;

    return d->is_configured && bgp_speaker_is_converged(d->speaker);
}

static bool is_onlink(void *arg, uint32_t vrf, const struct ip_addr *a)
{
    return bgp_link_is_onlink(arg, vrf, a);
}

static bool is_neighbor_onlink(void *arg, uint32_t vrf, const struct ip_addr *a)
{
    struct bgpd *d = arg;

    return bgp_link_is_onlink(d->link, vrf, a);
}

static void link_links_changed(void *arg)
{
    struct bgpd *d = arg;

    bgp_speaker_links_changed(d->speaker, is_onlink, d->link);
}

/* Follows ribd with one instance. */
static void sync_instance(struct bgpd *d, struct bgp_vrf *v, const char *name)
{
    bool is_public = !name[0];
    const struct rib_instance *i = is_public ? NULL : bgp_link_instance(d->link, name);
    bool is_ready = is_public ? bgp_link_was_up(d->link) : i != NULL;

    if (!is_ready && bgp_vrf_is_ready(v) && bgp_link_is_settling(d->link))
        return; /* ribd has just come back: it may well know the instance in a moment */
    if (is_ready) {
        bgp_vrf_set_ready(v, i ? i->vrf : RIB_VRF_PUBLIC, true);
        bgp_speaker_instance(d->speaker, v, d->is_configured, i ? i->device : "");
    } else {
        bgp_speaker_instance(d->speaker, v, false, "");
        bgp_vrf_set_ready(v, 0, false);
    }
}

static void sync_instances(void *arg)
{
    struct bgpd *d = arg;

    sync_instance(d, bgp_rib_public(d->rib), "");
    for (size_t i = 0; i < d->n_vrfs; i++)
        if (d->vrfs[i].name[0])
            sync_instance(d, bgp_vrf_find(d->rib, d->vrfs[i].name), d->vrfs[i].name);
}

/* --- configuration --- */

static const struct bgpd_wanted_peer *find_wanted(const struct bgpd_wanted *w, const char *vrf, const struct ip_addr *a)
{
    for (size_t i = 0; i < w->n_peers; i++)
        if (strcmp(w->peers[i].vrf, vrf) == 0 && ip_addr_equal(&w->peers[i].cfg.address, a))
            return &w->peers[i];
    return NULL;
}

static void remove_neighbors(struct bgpd *d, const struct bgpd_wanted *w)
{
    struct bgp_neighbor *n, *next;

    for (n = TAILQ_FIRST(&d->speaker->neighbors); n; n = next) {
        next = TAILQ_NEXT(n, in_speaker);
        if (!w->is_configured || !find_wanted(w, bgp_vrf_name(n->vrf), &n->cfg.address))
            bgp_speaker_neighbor_remove(n);
    }
}

static bool has_vrf(const struct bgp_vrf_config *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return true;
    return false;
}

/* Instances that are gone; their neighbours are gone already. */
static void remove_vrfs(struct bgpd *d, const struct bgpd_wanted *w)
{
    for (size_t i = 0; i < d->n_vrfs; i++) {
        struct bgp_vrf *v;

        if (!d->vrfs[i].name[0] || (w->is_configured && has_vrf(w->vrfs, w->n_vrfs, d->vrfs[i].name)))
            continue;
        v = bgp_vrf_find(d->rib, d->vrfs[i].name);
        bgp_speaker_instance(d->speaker, v, false, "");
        bgp_vrf_remove(v);
    }
}

static void remember_vrfs(struct bgpd *d, const struct bgpd_wanted *w)
{
    mem_free(NULL, d->vrfs);
    d->n_vrfs = w->is_configured ? w->n_vrfs : 0;
    d->vrfs = mem_dup(NULL, w->vrfs, d->n_vrfs * sizeof(*d->vrfs));
}

static void apply_global(struct bgpd *d, const struct bgpd_wanted *w)
{
    struct bgp_global_config old = *bgp_rib_global(d->rib);
    bool is_reset = d->is_configured && (old.as != w->global.as || old.router_id != w->global.router_id);

    if (is_reset)
        bgp_speaker_reset_all(d->speaker, BGP_CEASE_CHANGED);
    bgp_rib_set_global(d->rib, &w->global);
    if (d->is_configured && old.port != w->global.port)
        bgp_speaker_reopen_listeners(d->speaker);
}

void bgpd_apply(struct bgpd *d, const struct bgpd_wanted *w)
{
    static const struct bgp_vrf_config no_public = {.name = ""};

    bgp_rib_set_policy(d->rib, w->policy);
    remove_neighbors(d, w);
    remove_vrfs(d, w);
    if (w->is_configured)
        apply_global(d, w);
    d->is_configured = w->is_configured;
    for (size_t i = 0; w->is_configured && i < w->n_vrfs; i++)
        bgp_vrf_configure(d->rib, &w->vrfs[i]);
    if (!w->is_configured)
        bgp_vrf_configure(d->rib, &no_public);
    remember_vrfs(d, w);
    sync_instances(d);
    for (size_t i = 0; w->is_configured && i < w->n_peers; i++) {
        struct bgp_vrf *v = bgp_vrf_find(d->rib, w->peers[i].vrf);

        if (v)
            bgp_speaker_neighbor_set(d->speaker, v, &w->peers[i].cfg);
    }
}

static void apply(void *arg, const struct bgpd_wanted *w)
{
    bgpd_apply(arg, w);
}

/* --- life --- */

struct bgpd *bgpd_create(const struct env *env)
{
    static const struct bgp_link_events events = {.wake = link_wake,
                                                  .peer_output = link_peer_output,
                                                  .peer_reach = link_peer_reach,
                                                  .max_prefixes = link_max_prefixes,
                                                  .up = sync_instances,
                                                  .instances_changed = sync_instances,
                                                  .links_changed = link_links_changed,
                                                  .is_converged = link_is_converged};
    struct bgpd *d = MEM_NEW(NULL, struct bgpd);
    struct bgpd_north_peer peer;

    d->env = *env;
    timer_init(&d->run, env->loop, on_run, d);
    timer_init(&d->limits, env->loop, on_limits, d);
    d->link = bgp_link_create(&d->env, &events, d);
    d->rib = bgp_link_rib(d->link);
    d->speaker = bgp_speaker_create(&d->env, d->rib);
    peer = (struct bgpd_north_peer){
        .apply = apply, .arg = d, .rib = d->rib, .speaker = d->speaker, .is_onlink = is_neighbor_onlink};
    d->north = bgpd_north_create(&d->env, &peer);
    return d;
}

void bgpd_destroy(struct bgpd *d)
{
    if (!d)
        return;
    bgp_rib_set_policy(d->rib, NULL); /* it goes with the configuration */
    bgpd_north_destroy(d->north);
    bgp_speaker_destroy(d->speaker);
    bgp_link_destroy(d->link);
    timer_cancel(&d->run); /* whatever asked for it on the way */
    timer_cancel(&d->limits);
    mem_free(NULL, d->vrfs);
    mem_free(NULL, d);
}
