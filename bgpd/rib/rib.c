/* SPDX-License-Identifier: Apache-2.0
 *
 * The root of the RIB: instances, the queue of work, replay towards ribd. Owns everything below it. Pure.
 */
#include "bgpd/rib/rib.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/rib/rib_private.h"

enum { RUN_MAX = 20000 }; /* destinations in one go: neighbours' timers must not wait for a big table */

void bgp_rib_wake(struct bgp_rib *rib)
{
    if (rib->is_woken)
        return;
    rib->is_woken = true;
    rib->ops->wake(rib->arg);
}

static struct bgp_vrf *vrf_create(struct bgp_rib *rib, const char *name)
{
    struct bgp_vrf *v = MEM_NEW(&rib->mem_peer, struct bgp_vrf);

    v->rib = rib;
    v->is_public = !name[0];
    snprintf(v->cfg.name, sizeof(v->cfg.name), "%s", name);
    LIST_INIT(&v->peers);
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        v->table[f].vrf = v;
        v->table[f].family = f;
    }
    TAILQ_INSERT_TAIL(&rib->vrfs, v, in_rib);
    return v;
}

struct bgp_rib *bgp_rib_create(const struct bgp_rib_ops *ops, void *arg, struct log *log)
{
    struct bgp_rib *rib = MEM_NEW(NULL, struct bgp_rib);

    rib->ops = ops;
    rib->arg = arg;
    rib->log = log;
    rib->mem_dest.name = "bgp destination";
    rib->mem_path.name = "bgp path";
    rib->mem_nexthop.name = "bgp next hop";
    rib->mem_label.name = "bgp label";
    rib->mem_adj_out.name = "bgp adj-rib-out";
    rib->mem_peer.name = "bgp peer";
    rib->attrs.account.name = "bgp attributes";
    TAILQ_INIT(&rib->vrfs);
    TAILQ_INIT(&rib->dirty);
    rib->public = vrf_create(rib, "");
    return rib;
}

void bgp_rib_set_global(struct bgp_rib *rib, const struct bgp_global_config *cfg)
{
    struct bgp_vrf *v;
    struct bgp_rib_peer *p;

    rib->cfg = *cfg;
    TAILQ_FOREACH (v, &rib->vrfs, in_rib) {
        LIST_FOREACH (p, &v->peers, in_vrf)
            bgp_rib_peer_rejudge(p);
        for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
            bgp_table_mark(&v->table[f]);
    }
}

void bgp_rib_set_policy(struct bgp_rib *rib, const struct cfg_policy *policy)
{
    rib->policy = policy;
}

const struct bgp_global_config *bgp_rib_global(const struct bgp_rib *rib)
{
    return &rib->cfg;
}

struct bgp_vrf *bgp_rib_public(struct bgp_rib *rib)
{
    return rib->public;
}

struct bgp_vrf *bgp_vrf_find(struct bgp_rib *rib, const char *name)
{
    struct bgp_vrf *v;

    TAILQ_FOREACH (v, &rib->vrfs, in_rib)
        if (strcmp(v->cfg.name, name) == 0)
            return v;
    return NULL;
}

bool bgp_vrf_is_ready(const struct bgp_vrf *v)
{
    return v->is_ready;
}

uint32_t bgp_vrf_id(const struct bgp_vrf *v)
{
    return v->vrf;
}

const char *bgp_vrf_name(const struct bgp_vrf *v)
{
    return v->cfg.name;
}

static void run_some(struct bgp_rib *rib, size_t max)
{
    struct bgp_dest *d;

    for (size_t i = 0; i < max && (d = TAILQ_FIRST(&rib->dirty)); i++) {
        TAILQ_REMOVE(&rib->dirty, d, dirty);
        d->is_dirty = false;
        bgp_dest_process(d);
    }
}

void bgp_rib_run(struct bgp_rib *rib)
{
    struct bgp_vrf *v;
    struct bgp_rib_peer *p;

    rib->is_woken = true; /* nobody needs to wake us meanwhile */
    run_some(rib, RUN_MAX);
    rib->is_woken = false;
    if (!TAILQ_EMPTY(&rib->dirty)) {
        bgp_rib_wake(rib);
        return;
    }
    TAILQ_FOREACH (v, &rib->vrfs, in_rib)
        LIST_FOREACH (p, &v->peers, in_vrf)
            for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
                if (p->family[f].is_end_of_rib_due)
                    rib->ops->peer_output(rib->arg, p);
}

static void mark_vpn_table(struct bgp_rib *rib)
{
    bgp_table_mark(&rib->public->table[BGP_IPV4_VPN]);
}

static void mark_vrf(struct bgp_vrf *v)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        bgp_table_mark(&v->table[f]);
}

static void copy_config(struct bgp_vrf *v, const struct bgp_vrf_config *cfg)
{
    struct mem_account *acct = &v->rib->mem_peer;
    ext_community_t *import = v->cfg.import_targets, *export = v->cfg.export_targets;

    v->cfg = *cfg;
    v->cfg.import_targets = mem_dup(acct, cfg->import_targets, cfg->n_import * sizeof(*import));
    v->cfg.export_targets = mem_dup(acct, cfg->export_targets, cfg->n_export * sizeof(*export));
    mem_free(acct, import);
    mem_free(acct, export);
}

struct bgp_vrf *bgp_vrf_configure(struct bgp_rib *rib, const struct bgp_vrf_config *cfg)
{
    struct bgp_vrf *v = bgp_vrf_find(rib, cfg->name);

    if (!v)
        v = vrf_create(rib, cfg->name);
    copy_config(v, cfg);
    bgp_local_configure(v);
    mark_vrf(v);
    if (!v->is_public)
        mark_vpn_table(rib);
    return v;
}

void bgp_vrf_set_ready(struct bgp_vrf *v, uint32_t vrf, bool is_ready)
{
    if (v->is_ready && (!is_ready || v->vrf != vrf)) {
        v->is_ready = false;
        bgp_local_configure(v);
        bgp_vpn_unimport(v);
        mark_vrf(v);
        run_some(v->rib, SIZE_MAX); /* take everything back under the old number */
        bgp_label_detach(v->instance_label);
    }
    if (!is_ready || v->is_ready)
        return;
    v->vrf = vrf;
    v->is_ready = true;
    bgp_local_configure(v);
    mark_vrf(v);
    mark_vpn_table(v->rib);
}

/* Frees a table's destinations, whatever still hangs on them. */
static void table_fini(struct bgp_table *t)
{
    struct bgp_dest *d, *next;
    struct bgp_path *p;

    for (d = t->dests; d; d = next) {
        next = d->hh.next;
        while ((p = LIST_FIRST(&d->paths)))
            bgp_path_remove(p);
        bgp_dest_watch_lsp(d, false);
        if (d->copy)
            bgp_path_remove(d->copy);
        if (d->exported)
            bgp_path_remove(d->exported);
        bgp_label_detach(d->label);
        bgp_label_detach(d->vpn_label);
        if (d->is_dirty)
            TAILQ_REMOVE(&t->vrf->rib->dirty, d, dirty);
        HASH_DEL(t->dests, d);
        bgp_order_remove(&t->order, &t->vrf->rib->mem_dest, d);
        mem_free(&t->vrf->rib->mem_dest, d);
    }
}

static void vrf_free(struct bgp_vrf *v)
{
    struct bgp_rib *rib = v->rib;

    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        table_fini(&v->table[f]);
    bgp_label_detach(v->instance_label);
    TAILQ_REMOVE(&rib->vrfs, v, in_rib);
    mem_free(&rib->mem_peer, v->cfg.import_targets);
    mem_free(&rib->mem_peer, v->cfg.export_targets);
    mem_free(&rib->mem_peer, v);
}

void bgp_vrf_remove(struct bgp_vrf *v)
{
    bgp_vrf_set_ready(v, v->vrf, false);
    vrf_free(v);
}

void bgp_rib_destroy(struct bgp_rib *rib)
{
    struct bgp_vrf *v, *next;
    struct bgp_rib_peer *p;

    if (!rib)
        return;
    TAILQ_FOREACH (v, &rib->vrfs, in_rib)
        while ((p = LIST_FIRST(&v->peers)))
            bgp_rib_peer_destroy(p);
    for (v = TAILQ_FIRST(&rib->vrfs); v; v = next) {
        next = TAILQ_NEXT(v, in_rib);
        if (v != rib->public)
            vrf_free(v);
    }
    vrf_free(rib->public);
    mem_free(NULL, rib);
}

/* --- ribd came back --- */

static void replay_label(struct bgp_label_slot *s)
{
    if (s)
        s->mark.is_told = false;
}

static void replay_table(struct bgp_table *t)
{
    struct bgp_path *p;

    for (struct bgp_dest *d = t->dests; d; d = d->hh.next) {
        bgp_fib_forget(d);
        replay_label(d->label);
        replay_label(d->vpn_label);
        LIST_FOREACH (p, &d->paths, in_dest)
            p->is_stale = p->kind == BGP_PATH_LOCAL;
        bgp_dest_mark(d);
    }
}

void bgp_rib_replay(struct bgp_rib *rib)
{
    struct bgp_vrf *v;

    for (struct bgp_nexthop *nh = rib->nexthops; nh; nh = nh->hh.next)
        rib->ops->watch(rib->arg, nh);
    TAILQ_FOREACH (v, &rib->vrfs, in_rib) {
        replay_label(v->instance_label);
        for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
            replay_table(&v->table[f]);
        if (v->is_ready && v->subscribed)
            rib->ops->subscribe(rib->arg, v->vrf, v->subscribed);
    }
}
