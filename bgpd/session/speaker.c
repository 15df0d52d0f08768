/* SPDX-License-Identifier: Apache-2.0
 *
 * All neighbours, and a listener per instance bound to its VRF device (so that a customer's connection can only meet a
 * neighbour of its own instance). Owns both.
 */
#include "bgpd/session/speaker.h"

#include <stdio.h>
#include <string.h>

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { LISTEN_RETRY_MS = 1000 };

struct bgp_speaker *bgp_speaker_create(const struct env *env, struct bgp_rib *rib)
{
    struct bgp_speaker *sp = MEM_NEW(NULL, struct bgp_speaker);

    sp->env = env;
    sp->rib = rib;
    sp->scratch = MEM_NEW(NULL, struct bgp_attr_scratch);
    TAILQ_INIT(&sp->neighbors);
    TAILQ_INIT(&sp->listeners);
    return sp;
}

static void listener_free(struct bgp_listener *l)
{
    TAILQ_REMOVE(&l->speaker->listeners, l, in_speaker);
    timer_cancel(&l->retry);
    if (l->listener)
        listener_close(l->listener);
    mem_free(NULL, l);
}

void bgp_speaker_destroy(struct bgp_speaker *sp)
{
    struct bgp_neighbor *n;

    if (!sp)
        return;
    while (!TAILQ_EMPTY(&sp->listeners))
        listener_free(TAILQ_FIRST(&sp->listeners));
    while ((n = TAILQ_FIRST(&sp->neighbors)))
        bgp_speaker_neighbor_remove(n);
    mem_free(NULL, sp->scratch);
    mem_free(NULL, sp);
}

struct bgp_neighbor *bgp_speaker_neighbor_find(struct bgp_speaker *sp, const struct bgp_vrf *v,
                                               const struct ip_addr *address)
{
    struct bgp_neighbor *n;

    TAILQ_FOREACH (n, &sp->neighbors, in_speaker)
        if (n->vrf == v && ip_addr_equal(&n->cfg.address, address))
            return n;
    return NULL;
}

static struct bgp_listener *find_listener(struct bgp_speaker *sp, const struct bgp_vrf *v)
{
    struct bgp_listener *l;

    TAILQ_FOREACH (l, &sp->listeners, in_speaker)
        if (l->vrf == v)
            return l;
    return NULL;
}

struct bgp_neighbor *bgp_speaker_neighbor_set(struct bgp_speaker *sp, struct bgp_vrf *v,
                                              const struct bgp_peer_config *cfg)
{
    struct bgp_neighbor *n = bgp_speaker_neighbor_find(sp, v, &cfg->address);
    struct bgp_listener *l = find_listener(sp, v);

    if (n) {
        bgp_neighbor_configure(n, cfg);
        return n;
    }
    n = bgp_neighbor_create(sp, v, cfg);
    TAILQ_INSERT_TAIL(&sp->neighbors, n, in_speaker);
    if (l)
        bgp_neighbor_set_startable(n, true, l->device);
    return n;
}

void bgp_speaker_neighbor_remove(struct bgp_neighbor *n)
{
    TAILQ_REMOVE(&n->speaker->neighbors, n, in_speaker);
    bgp_neighbor_destroy(n);
}

static void on_accept(struct listener *listener, struct stream *s, void *arg)
{
    struct bgp_listener *l = arg;
    const struct stream_addr *a = stream_endpoints(s);
    struct bgp_neighbor *n = bgp_speaker_neighbor_find(l->speaker, l->vrf, &a->remote);
    char text[ADDR_TEXT_MAX];

    (void)listener;
    if (n && (!ip_addr_is_set(&n->cfg.local_address) || ip_addr_equal(&n->cfg.local_address, &a->local))) {
        bgp_neighbor_accept(n, s);
        return;
    }
    LOG_INFO(l->speaker->env->log, "connection-refused", "remote=%s instance=\"%s\"",
             ip_addr_text(&a->remote, text, sizeof(text)), l->device);
    stream_close(s);
}

static void open_listener(void *arg)
{
    struct bgp_listener *l = arg;
    struct stream_addr a = {.kind = STREAM_TCP, .local_port = bgp_rib_global(l->speaker->rib)->port};
    int err;

    if (l->listener)
        return;
    memcpy(a.device, l->device, sizeof(a.device));
    err = stream_listen(l->speaker->env->io, &a, on_accept, l, &l->listener);
    if (!err)
        return;
    l->listener = NULL;
    LOG_WARN(l->speaker->env->log, "listen-failed", "device=\"%s\" error=\"%s\"", l->device, strerror(-err));
    timer_arm_ms(&l->retry, LISTEN_RETRY_MS);
}

static void add_listener(struct bgp_speaker *sp, struct bgp_vrf *v, const char *device)
{
    struct bgp_listener *l = MEM_NEW(NULL, struct bgp_listener);

    l->speaker = sp;
    l->vrf = v;
    snprintf(l->device, sizeof(l->device), "%s", device);
    timer_init(&l->retry, sp->env->loop, open_listener, l);
    TAILQ_INSERT_TAIL(&sp->listeners, l, in_speaker);
    open_listener(l);
}

void bgp_speaker_instance(struct bgp_speaker *sp, struct bgp_vrf *v, bool is_ready, const char *device)
{
    struct bgp_listener *l = find_listener(sp, v);
    struct bgp_neighbor *n;

    if (l && (!is_ready || strcmp(l->device, device) != 0)) {
        listener_free(l);
        l = NULL;
    }
    if (is_ready && !l)
        add_listener(sp, v, device);
    TAILQ_FOREACH (n, &sp->neighbors, in_speaker)
        if (n->vrf == v)
            bgp_neighbor_set_startable(n, is_ready, device);
}

void bgp_speaker_reopen_listeners(struct bgp_speaker *sp)
{
    struct bgp_listener *l;

    TAILQ_FOREACH (l, &sp->listeners, in_speaker) {
        if (l->listener)
            listener_close(l->listener);
        l->listener = NULL;
        open_listener(l);
    }
}

void bgp_speaker_links_changed(struct bgp_speaker *sp,
                               bool (*is_onlink)(void *arg, uint32_t vrf, const struct ip_addr *a), void *arg)
{
    uint32_t own_as = bgp_rib_global(sp->rib)->as;
    struct bgp_neighbor *n;

    TAILQ_FOREACH (n, &sp->neighbors, in_speaker)
        if (n->session && n->cfg.remote_as != own_as && !n->cfg.ebgp_multihop &&
            !is_onlink(arg, bgp_vrf_id(n->vrf), &n->cfg.address))
            bgp_neighbor_link_down(n);
}

void bgp_speaker_reset_all(struct bgp_speaker *sp, enum bgp_cease_subcode subcode)
{
    struct bgp_neighbor *n;

    TAILQ_FOREACH (n, &sp->neighbors, in_speaker)
        bgp_neighbor_reset(n, subcode);
}

bool bgp_speaker_is_converged(const struct bgp_speaker *sp)
{
    const struct bgp_neighbor *n;

    TAILQ_FOREACH (n, &sp->neighbors, in_speaker)
        if (!n->cfg.is_shutdown && !bgp_rib_peer_has_end_of_rib(n->rib_peer))
            return false;
    return true;
}
