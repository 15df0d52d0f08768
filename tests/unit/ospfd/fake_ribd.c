/* SPDX-License-Identifier: Apache-2.0
 *
 * See fake_ribd.h.
 */
#include "tests/unit/ospfd/fake_ribd.h"

#include <stdlib.h>
#include <string.h>

#include "strata/rib_server.h"

static struct fake_route *slot_of(struct fake_ribd *f, uint32_t vrf, const struct prefix *p, bool may_add)
{
    struct fake_route *spare = NULL;
    for (size_t k = 0; k < FAKE_MAX; k++) {
        struct fake_route *r = &f->routes[k];
        if (r->is_set && r->route.vrf == vrf && prefix_equal(&r->route.prefix, p))
            return r;
        if (!r->is_set && !spare)
            spare = r;
    }
    return may_add ? spare : NULL;
}

static struct fake_set *set_of(struct fake_ribd *f, uint32_t id)
{
    for (size_t k = 0; k < FAKE_MAX; k++)
        if (f->sets[k].id == id)
            return &f->sets[k];
    return NULL;
}

/* --- what a client says --- */

static void on_opened(void *arg, struct rib_session *s, enum rib_client_id id)
{
    struct fake_ribd *f = arg;
    (void)id;
    f->session = s;
    for (size_t k = 0; k < f->n_instances; k++)
        rib_session_instance(s, &f->instances[k]);
    for (size_t k = 0; k < f->n_interfaces; k++)
        rib_session_interface(s, &f->interfaces[k]);
    rib_session_ready(s);
}

static void on_closed(void *arg, struct rib_session *s)
{
    struct fake_ribd *f = arg;
    (void)s;
    f->session = NULL;
    f->subscribed = 0;
    memset(f->sets, 0, sizeof(f->sets));
    for (size_t k = 0; k < FAKE_MAX; k++)
        f->routes[k].is_stale = true;
}

static void on_end_of_replay(void *arg, struct rib_session *s)
{
    struct fake_ribd *f = arg;
    (void)s;
    f->n_ends++;
    for (size_t k = 0; k < FAKE_MAX; k++)
        if (f->routes[k].is_stale)
            f->routes[k] = (struct fake_route){0};
}

static void on_nhset_define(void *arg, struct rib_session *s, uint32_t id, const struct rib_nexthop *nh, size_t n)
{
    struct fake_set *set = set_of(arg, 0);
    (void)s;
    if (!set || n > 8)
        abort();
    set->id = id;
    set->n = n;
    memcpy(set->nexthop, nh, n * sizeof(*nh));
}

static void on_nhset_undefine(void *arg, struct rib_session *s, uint32_t id)
{
    struct fake_set *set = set_of(arg, id);
    (void)s;
    if (!set)
        abort();
    set->id = 0;
}

static void on_route_set(void *arg, struct rib_session *s, const struct rib_route *route)
{
    struct fake_ribd *f = arg;
    struct fake_route *r = slot_of(f, route->vrf, &route->prefix, true);
    struct fake_set *set = set_of(f, route->nhset);
    (void)s;
    f->n_set++;
    if (!set || !r) {
        f->n_bad_sets++;
        return;
    }
    *r = (struct fake_route){.route = *route, .set = *set, .is_set = true};
}

static void on_route_del(void *arg, struct rib_session *s, uint32_t vrf, const struct prefix *p, enum rib_source source)
{
    struct fake_ribd *f = arg;
    struct fake_route *r = slot_of(f, vrf, p, false);
    (void)s;
    (void)source;
    f->n_del++;
    if (r)
        *r = (struct fake_route){0};
}

static void tell_offers(struct fake_ribd *f, struct rib_session *s, uint32_t vrf)
{
    for (size_t k = 0; k < f->n_offered; k++)
        if (f->offered[k].vrf == vrf && (f->subscribed & 1u << f->offered[k].source))
            rib_session_route(s, &f->offered[k]);
}

static void on_subscribe(void *arg, struct rib_session *s, uint32_t vrf, uint32_t sources)
{
    struct fake_ribd *f = arg;
    f->subscribed = sources;
    f->subscribed_vrf = vrf;
    tell_offers(f, s, vrf);
    rib_session_routes_complete(s, vrf);
}

/* What ospfd never says. */
static void on_watch(void *arg, struct rib_session *s, uint32_t watch, uint32_t vrf, const struct ip_addr *a,
                     bool needs_lsp)
{
    (void)arg, (void)s, (void)watch, (void)vrf, (void)a, (void)needs_lsp;
    abort();
}
static void on_number(void *arg, struct rib_session *s, uint32_t n)
{
    (void)arg, (void)s, (void)n;
    abort();
}
static void on_label_claim(void *arg, struct rib_session *s, uint32_t label, const struct rib_fec *fec)
{
    (void)arg, (void)s, (void)label, (void)fec;
    abort();
}
static void on_label_set(void *arg, struct rib_session *s, const struct rib_label_entry *e)
{
    (void)arg, (void)s, (void)e;
    abort();
}
static void on_scope(void *arg, struct rib_session *s, uint32_t scope, const struct rib_scope_member *m, size_t n)
{
    (void)arg, (void)s, (void)scope, (void)m, (void)n;
    abort();
}
static void on_peer(void *arg, struct rib_session *s, uint32_t peer, uint32_t vrf, const struct ip_addr *a, size_t n)
{
    (void)arg, (void)s, (void)peer, (void)vrf, (void)a, (void)n;
    abort();
}
static void on_binding(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec,
                       const struct out_label *l)
{
    (void)arg, (void)s, (void)peer, (void)fec, (void)l;
    abort();
}
static void on_binding_del(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec)
{
    (void)arg, (void)s, (void)peer, (void)fec;
    abort();
}
static void on_batch_end(void *arg)
{
    (void)arg;
}

static const struct rib_server_events events = {
    .opened = on_opened,
    .closed = on_closed,
    .end_of_replay = on_end_of_replay,
    .nhset_define = on_nhset_define,
    .nhset_undefine = on_nhset_undefine,
    .route_set = on_route_set,
    .route_del = on_route_del,
    .subscribe = on_subscribe,
    .watch = on_watch,
    .unwatch = on_number,
    .labels_wanted = on_number,
    .label_claim = on_label_claim,
    .label_free = on_number,
    .label_set = on_label_set,
    .label_del = on_number,
    .scope_define = on_scope,
    .scope_undefine = on_number,
    .label_peer_set = on_peer,
    .label_peer_del = on_number,
    .binding_set = on_binding,
    .binding_del = on_binding_del,
    .batch_end = on_batch_end,
};

void *fake_ribd_create(struct sim_process *process, const struct env *env, void *arg)
{
    struct fake_ribd *f = arg;
    (void)process;
    return rib_server_create(env, &events, f, &f->server) == 0 ? f : NULL;
}

void fake_ribd_destroy(void *daemon, void *arg)
{
    struct fake_ribd *f = arg;
    (void)daemon;
    rib_server_destroy(f->server);
    f->server = NULL;
    f->session = NULL;
    memset(f->sets, 0, sizeof(f->sets));
    for (size_t k = 0; k < FAKE_MAX; k++)
        f->routes[k].is_stale = true;
}

/* --- what the test says --- */

void fake_ribd_interface(struct fake_ribd *f, const struct rib_interface *i, struct prefix address)
{
    size_t k = f->n_interfaces++;
    f->interfaces[k] = *i;
    f->addresses[k] = address;
    f->interfaces[k].n_addresses = 1;
    f->interfaces[k].addresses = &f->addresses[k];
}

void fake_ribd_change(struct fake_ribd *f, size_t index)
{
    if (f->session)
        rib_session_interface(f->session, &f->interfaces[index]);
}

void fake_ribd_offer(struct fake_ribd *f, const struct rib_best_route *r)
{
    f->offered[f->n_offered++] = *r;
    if (f->session && (f->subscribed & 1u << r->source))
        rib_session_route(f->session, r);
}

void fake_ribd_withdraw(struct fake_ribd *f, const struct prefix *p)
{
    for (size_t k = 0; k < f->n_offered; k++)
        if (prefix_equal(&f->offered[k].prefix, p))
            f->offered[k] = f->offered[--f->n_offered];
    if (f->session)
        rib_session_route_gone(f->session, f->subscribed_vrf, p);
}

const struct fake_route *fake_ribd_find(const struct fake_ribd *f, uint32_t vrf, const char *prefix)
{
    struct prefix p;
    if (prefix_parse(prefix, &p))
        abort();
    return slot_of((struct fake_ribd *)(uintptr_t)f, vrf, &p, false);
}

size_t fake_ribd_count(const struct fake_ribd *f)
{
    size_t n = 0;
    for (size_t k = 0; k < FAKE_MAX; k++)
        n += f->routes[k].is_set;
    return n;
}
