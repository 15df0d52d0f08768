/* SPDX-License-Identifier: Apache-2.0
 *
 * See ribd.h. Keeps for each label entry the scope id it holds, so that references are given back.
 */
#include "ldpd/link/ribd.h"

#include <uthash.h>

#include "strata/env.h"
#include "strata/mem.h"

struct held_entry {
    UT_hash_handle hh;
    uint32_t label;
    uint32_t vrf;
    struct prefix fec;
    uint32_t scope;
};

struct ldp_rib_link {
    const struct ldp_rib_link_events *ev;
    void *arg;
    struct rib_client *client;
    struct held_entry *entries;
    struct mem_account mem;
};

static struct rib_fec fec_of(uint32_t vrf, const struct prefix *p)
{
    return (struct rib_fec){.purpose = RIB_LABEL_LDP, .vrf = vrf, .prefix = *p};
}

static int label_alloc(void *arg, uint32_t vrf, const struct prefix *fec, uint32_t *label)
{
    struct ldp_rib_link *l = arg;
    struct rib_fec f = fec_of(vrf, fec);
    return rib_client_label_alloc(l->client, &f, label);
}

static void label_free(void *arg, uint32_t label)
{
    struct ldp_rib_link *l = arg;
    rib_client_label_free(l->client, label);
}

static void entry_set(void *arg, uint32_t vrf, uint32_t label, const struct prefix *fec,
                      const struct rib_scope_member *members, size_t n)
{
    struct ldp_rib_link *l = arg;
    struct held_entry *e;
    HASH_FIND(hh, l->entries, &label, sizeof(label), e);
    if (!e) {
        e = MEM_NEW(&l->mem, struct held_entry);
        e->label = label;
        HASH_ADD(hh, l->entries, label, sizeof(label), e);
    }
    uint32_t old_scope = e->scope;
    e->vrf = vrf;
    e->fec = *fec;
    if (!rib_client_is_up(l->client))
        return; /* replay tells it */
    e->scope = rib_client_scope_get(l->client, members, n);
    struct rib_label_entry entry = {
        .in_label = label, .op = RIB_LABEL_FOLLOW_FEC, .fec = fec_of(vrf, fec), .scope = e->scope};
    rib_client_label_set(l->client, &entry);
    if (old_scope)
        rib_client_scope_put(l->client, old_scope);
}

static void entry_del(void *arg, uint32_t label)
{
    struct ldp_rib_link *l = arg;
    struct held_entry *e;
    HASH_FIND(hh, l->entries, &label, sizeof(label), e);
    if (!e)
        return;
    rib_client_label_del(l->client, label);
    if (e->scope)
        rib_client_scope_put(l->client, e->scope);
    HASH_DEL(l->entries, e);
    mem_free(&l->mem, e);
}

static void peer_set(void *arg, uint32_t peer, uint32_t vrf, const struct ip_addr *addresses, size_t n)
{
    struct ldp_rib_link *l = arg;
    rib_client_label_peer_set(l->client, peer, vrf, addresses, n);
}

static void peer_del(void *arg, uint32_t peer)
{
    struct ldp_rib_link *l = arg;
    rib_client_label_peer_del(l->client, peer);
}

static void binding_set(void *arg, uint32_t peer, const struct prefix *fec, const struct out_label *label)
{
    struct ldp_rib_link *l = arg;
    rib_client_binding_set(l->client, peer, fec, label);
}

static void binding_del(void *arg, uint32_t peer, const struct prefix *fec)
{
    struct ldp_rib_link *l = arg;
    rib_client_binding_del(l->client, peer, fec);
}

#define BUSY_PENDING (4u << 20)

static bool is_busy(void *arg)
{
    struct ldp_rib_link *l = arg;
    return rib_client_pending(l->client) > BUSY_PENDING;
}

const struct ldp_rib_ops ldp_rib_link_ops = {
    .label_alloc = label_alloc,
    .label_free = label_free,
    .entry_set = entry_set,
    .entry_del = entry_del,
    .peer_set = peer_set,
    .peer_del = peer_del,
    .binding_set = binding_set,
    .binding_del = binding_del,
    .is_busy = is_busy,
};

/* --- what ribd says --- */

static void on_session_up(void *arg)
{
    struct ldp_rib_link *l = arg;
    l->ev->session_up(l->arg);
}

static void on_session_down(void *arg)
{
    struct ldp_rib_link *l = arg;
    for (struct held_entry *e = l->entries; e; e = e->hh.next)
        e->scope = 0; /* scope ids are void now */
}

static void on_interface(void *arg, const struct rib_interface *now, const struct rib_interface *before)
{
    struct ldp_rib_link *l = arg;
    l->ev->interface_changed(l->arg, now, before);
}

static void on_instance(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    struct ldp_rib_link *l = arg;
    l->ev->instance_changed(l->arg, now, before);
}

static void on_route(void *arg, const struct rib_best_route *route)
{
    struct ldp_rib_link *l = arg;
    struct ldp_instance *i = l->ev->instance_of(l->arg, route->vrf);
    if (i)
        ldp_instance_route(i, route);
}

static void on_route_gone(void *arg, uint32_t vrf, const struct prefix *p)
{
    struct ldp_rib_link *l = arg;
    struct ldp_instance *i = l->ev->instance_of(l->arg, vrf);
    if (i)
        ldp_instance_route_gone(i, p);
}

static void on_routes_complete(void *arg, uint32_t vrf)
{
    struct ldp_rib_link *l = arg;
    struct ldp_instance *i = l->ev->instance_of(l->arg, vrf);
    if (i)
        ldp_instance_routes_complete(i);
}

/* An answer to an older entry says nothing of the neighbours that came since: theirs is under way. */
static void on_label_result(void *arg, const struct rib_label_result *result)
{
    struct ldp_rib_link *l = arg;
    struct held_entry *e;
    HASH_FIND(hh, l->entries, &result->in_label, sizeof(result->in_label), e);
    struct ldp_instance *i = e ? l->ev->instance_of(l->arg, e->vrf) : NULL;
    bool is_installed = result->status == RIB_LABEL_INSTALLED;
    if (i && !(is_installed && result->scope != e->scope))
        ldp_bind_entry_state(ldp_instance_bind(i), &e->fec, e->label, is_installed, result->reason);
}

static void on_label_lost(void *arg, uint32_t label, const struct rib_fec *fec)
{
    struct ldp_rib_link *l = arg;
    struct ldp_instance *i = l->ev->instance_of(l->arg, fec->vrf);
    if (i)
        ldp_bind_label_lost(ldp_instance_bind(i), &fec->prefix, label);
}

static void tell_labels(struct ldp_instance *i)
{
    ldp_bind_labels_available(ldp_instance_bind(i));
}

static void on_labels_available(void *arg)
{
    struct ldp_rib_link *l = arg;
    l->ev->each_instance(l->arg, tell_labels);
}

static const struct rib_client_events client_events = {
    .session_up = on_session_up,
    .session_down = on_session_down,
    .interface_changed = on_interface,
    .instance_changed = on_instance,
    .route = on_route,
    .route_gone = on_route_gone,
    .routes_complete = on_routes_complete,
    .label_result = on_label_result,
    .labels_available = on_labels_available,
    .label_lost = on_label_lost,
};

struct ldp_rib_link *ldp_rib_link_create(const struct env *env, const struct ldp_rib_link_events *ev, void *arg)
{
    struct ldp_rib_link *l = MEM_NEW(NULL, struct ldp_rib_link);
    l->ev = ev;
    l->arg = arg;
    l->mem.name = "ldp label entry";
    l->client = rib_client_create(env, RIB_CLIENT_LDPD, &client_events, l);
    return l;
}

void ldp_rib_link_destroy(struct ldp_rib_link *l)
{
    struct held_entry *e, *tmp;
    rib_client_destroy(l->client);
    HASH_ITER (hh, l->entries, e, tmp) {
        HASH_DEL(l->entries, e);
        mem_free(&l->mem, e);
    }
    mem_free(NULL, l);
}

struct rib_client *ldp_rib_link_client(struct ldp_rib_link *l)
{
    return l->client;
}

void ldp_rib_link_subscribe(struct ldp_rib_link *l, uint32_t vrf, uint32_t sources)
{
    rib_client_subscribe(l->client, vrf, sources);
}
