/* SPDX-License-Identifier: Apache-2.0
 *
 * See state.h. The ids of the public instance serve for all: below the grouping the writer goes by names.
 */
#include "ospfd/north/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ospfd/session/instance.h"
#include "ospfd_config.h"
#include "strata/mem.h"
#include "strata/rib_client.h"
#include "strata/north.h"
#include "strata/state.h"

struct context {
    struct state_writer *w;
    const struct rib_client *rib;
    uint64_t now_us;
    uint32_t router_id;
};

static void put_neighbor(void *arg, const struct ospf_neighbor_view *v)
{
    struct context *c = arg;
    struct state_writer *w = c->w;
    state_open(w, OSPFD_OSPF_NEIGHBOR);
    state_text(w, OSPFD_OSPF_NEIGHBOR_INTERFACE, v->interface);
    state_quad(w, OSPFD_OSPF_NEIGHBOR_ROUTER_ID, v->router_id);
    state_quad(w, OSPFD_OSPF_NEIGHBOR_ADDRESS, v->address);
    state_quad(w, OSPFD_OSPF_NEIGHBOR_AREA_ID, v->area_id);
    state_text(w, OSPFD_OSPF_NEIGHBOR_STATE, v->state);
    state_u64(w, OSPFD_OSPF_NEIGHBOR_PRIORITY, v->priority);
    state_text(w, OSPFD_OSPF_NEIGHBOR_ROLE, v->role);
    state_u64(w, OSPFD_OSPF_NEIGHBOR_DEAD_IN, v->dead_in_ms);
    state_u64(w, OSPFD_OSPF_NEIGHBOR_UPTIME, (c->now_us - v->since_us) / 1000000);
    state_u64(w, OSPFD_OSPF_NEIGHBOR_TRANSITIONS, v->transitions);
    state_u64(w, OSPFD_OSPF_NEIGHBOR_REQUESTS, v->n_requests);
    state_u64(w, OSPFD_OSPF_NEIGHBOR_RETRANSMISSIONS, v->n_retransmits);
    state_text(w, OSPFD_OSPF_NEIGHBOR_LAST_EVENT, v->last_event);
    state_close(w);
}

/* Where an interface is that is not in this instance. */
static void put_absence(struct context *c, const char *name)
{
    const struct rib_interface *f = rib_client_interface_named(c->rib, name);
    const struct rib_instance *vpn = f && f->vrf != RIB_VRF_PUBLIC ? rib_client_instance(c->rib, f->vrf) : NULL;
    char text[64 + RIB_NAME_MAX] = "no such interface";

    if (vpn)
        snprintf(text, sizeof(text), "interface is in VPN instance %s", vpn->name);
    else if (f)
        snprintf(text, sizeof(text), "interface is in %s VPN instance", f->vrf == RIB_VRF_PUBLIC ? "no" : "another");
    state_text(c->w, OSPFD_OSPF_INTERFACE_ERROR, text);
}

static void put_interface(void *arg, const struct ospf_interface_view *v)
{
    struct context *c = arg;
    struct state_writer *w = c->w;
    state_open(w, OSPFD_OSPF_INTERFACE);
    state_text(w, OSPFD_OSPF_INTERFACE_NAME, v->name);
    state_quad(w, OSPFD_OSPF_INTERFACE_AREA_ID, v->area_id);
    state_text(w, OSPFD_OSPF_INTERFACE_STATE, v->state);
    if (ip_addr_is_set(&v->address.addr))
        state_prefix(w, OSPFD_OSPF_INTERFACE_ADDRESS, &v->address);
    if (v->dr)
        state_quad(w, OSPFD_OSPF_INTERFACE_DESIGNATED_ROUTER, v->dr);
    if (v->bdr)
        state_quad(w, OSPFD_OSPF_INTERFACE_BACKUP_DESIGNATED_ROUTER, v->bdr);
    state_u64(w, OSPFD_OSPF_INTERFACE_COST, v->cost);
    state_u64(w, OSPFD_OSPF_INTERFACE_MTU, v->mtu);
    state_u64(w, OSPFD_OSPF_INTERFACE_NEIGHBORS, v->n_neighbors);
    state_u64(w, OSPFD_OSPF_INTERFACE_FULL_NEIGHBORS, v->n_full);
    state_u64(w, OSPFD_OSPF_INTERFACE_HELLO_IN, v->hello_in_ms);
    state_u64(w, OSPFD_OSPF_INTERFACE_RECEIVED, v->received);
    state_u64(w, OSPFD_OSPF_INTERFACE_SENT, v->sent);
    if (v->is_here)
        state_text(w, OSPFD_OSPF_INTERFACE_ERROR, v->error);
    else
        put_absence(c, v->name);
    state_close(w);
}

static uint16_t links_of(const struct ospf_lsa *lsa)
{
    struct ospf_router_view r;
    struct ospf_network_view n;
    if (ospf_router_read(lsa->data, lsa->h.length, &r))
        return r.n_links;
    return ospf_network_read(lsa->data, lsa->h.length, &n) ? n.n_routers : 0;
}

/* What summary and external advertisements are about. */
static void put_destination(struct state_writer *w, const struct ospf_lsdb_entry *e)
{
    struct ospf_external x = {0};
    struct ospf_summary s = {0};
    if (ospf_external_read(e->lsa->data, e->lsa->h.length, &x)) {
        s = (struct ospf_summary){.mask = x.mask, .metric = x.metric};
        state_enum(w, OSPFD_OSPF_DATABASE_METRIC_TYPE, x.is_type2 ? 2 : 1);
        state_u64(w, OSPFD_OSPF_DATABASE_TAG, x.tag);
    } else if (!ospf_summary_read(e->lsa->data, e->lsa->h.length, &s)) {
        return;
    }
    int length = ospf_mask_length(s.mask);
    if (e->key.type != OSPF_LSA_ASBR_SUMMARY && length >= 0) {
        struct prefix p = {.addr = ip_addr_v4(e->key.id & s.mask), .len = (uint8_t)length};
        state_prefix(w, OSPFD_OSPF_DATABASE_PREFIX, &p);
    }
    state_u64(w, OSPFD_OSPF_DATABASE_METRIC, s.metric);
    state_bool(w, OSPFD_OSPF_DATABASE_DOWN, e->lsa->h.options & OSPF_OPTION_DN);
}

static void put_lsa(struct context *c, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    struct state_writer *w = c->w;
    char text[16];
    state_open(w, OSPFD_OSPF_DATABASE);
    state_quad(w, OSPFD_OSPF_DATABASE_AREA_ID, area_id);
    state_enum(w, OSPFD_OSPF_DATABASE_TYPE, (int)e->key.type); /* numbered as on the wire */
    state_quad(w, OSPFD_OSPF_DATABASE_ID, e->key.id);
    state_quad(w, OSPFD_OSPF_DATABASE_ADVERTISING_ROUTER, e->key.adv);
    state_u64(w, OSPFD_OSPF_DATABASE_AGE, ospf_lsa_age(e->lsa, c->now_us));
    snprintf(text, sizeof(text), "0x%08x", (uint32_t)e->lsa->h.seq);
    state_text(w, OSPFD_OSPF_DATABASE_SEQUENCE, text);
    snprintf(text, sizeof(text), "0x%04x", e->lsa->h.checksum);
    state_text(w, OSPFD_OSPF_DATABASE_CHECKSUM, text);
    state_u64(w, OSPFD_OSPF_DATABASE_LENGTH, e->lsa->h.length);
    if (e->key.type <= OSPF_LSA_NETWORK)
        state_u64(w, OSPFD_OSPF_DATABASE_LINKS, links_of(e->lsa));
    put_destination(w, e);
    state_bool(w, OSPFD_OSPF_DATABASE_SELF_ORIGINATED, e->key.adv == c->router_id);
    state_close(w);
}

static void put_nexthops(struct context *c, const struct ospf_route *r)
{
    for (size_t k = 0; r->nexthops && k < r->nexthops->n; k++) {
        const struct ospf_nexthop *nh = &r->nexthops->nexthop[k];
        const struct rib_interface *f = rib_client_interface(c->rib, nh->ifindex);
        state_open(c->w, OSPFD_OSPF_ROUTE_NEXT_HOP);
        state_u64(c->w, OSPFD_OSPF_ROUTE_NEXT_HOP_INDEX, k);
        if (nh->gateway)
            state_quad(c->w, OSPFD_OSPF_ROUTE_NEXT_HOP_ADDRESS, nh->gateway);
        state_text(c->w, OSPFD_OSPF_ROUTE_NEXT_HOP_INTERFACE, f ? f->name : NULL);
        state_close(c->w);
    }
}

_Static_assert((int)OSPF_ROUTE_INTER == (int)CFG_OSPF_INSTANCE_ROUTE_TYPE_INTER_AREA &&
                   (int)OSPF_ROUTE_EXTERNAL_2 == (int)CFG_OSPF_INSTANCE_ROUTE_TYPE_EXTERNAL_2,
               "the types are in the order of the schema");

static void put_route(struct context *c, const struct ospf_route *r)
{
    struct prefix p = ospf_route_prefix(r);
    state_open(c->w, OSPFD_OSPF_ROUTE);
    state_prefix(c->w, OSPFD_OSPF_ROUTE_PREFIX, &p);
    state_enum(c->w, OSPFD_OSPF_ROUTE_TYPE, r->type);
    state_u64(c->w, OSPFD_OSPF_ROUTE_METRIC, r->cost);
    if (r->type >= OSPF_ROUTE_EXTERNAL_1)
        state_u64(c->w, OSPFD_OSPF_ROUTE_TAG, r->tag);
    state_bool(c->w, OSPFD_OSPF_ROUTE_LOCAL, r->is_local);
    put_nexthops(c, r);
    state_close(c->w);
}

/* The first route behind `p`, or (is_here) the first that is not before it. */
static size_t route_from(const struct ospf_table *t, const struct prefix *p, bool is_here)
{
    size_t low = 0, high = t->n_routes;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct prefix at = ospf_route_prefix(&t->routes[middle]);
        int order = prefix_compare(&at, p);
        if (order < 0 || (order == 0 && !is_here))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A big list, sorted. */
static void put_routes(struct context *c, struct ospf_instance *i)
{
    const struct ospf_table *t = ospf_instance_table(i);
    struct prefix p;
    size_t k = 0;
    if (!state_list(c->w, OSPFD_OSPF_ROUTE))
        return;
    if (state_after_prefix(c->w, OSPFD_OSPF_ROUTE_PREFIX, &p))
        k = route_from(t, &p, false);
    else if (state_only_prefix(c->w, OSPFD_OSPF_ROUTE_PREFIX, &p))
        k = route_from(t, &p, true);
    for (bool is_one = state_only_prefix(c->w, OSPFD_OSPF_ROUTE_PREFIX, &p); k < t->n_routes; k++) {
        put_route(c, &t->routes[k]);
        if (is_one || state_pause(c->w))
            return;
    }
}

/* --- the database, in order of its keys --- */

struct lsa_place {
    uint32_t area_id, type, id, adv;
    const struct ospf_lsdb_entry *e;
};

struct lsa_list {
    struct lsa_place after;
    bool has_after;
    size_t n, size;
    struct lsa_place *places;
};

static int compare_places(const void *a, const void *b)
{
    const struct lsa_place *x = a, *y = b;
    if (x->area_id != y->area_id)
        return x->area_id < y->area_id ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->adv < y->adv ? -1 : x->adv > y->adv;
}

static void collect_lsa(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    struct lsa_list *l = arg;
    struct lsa_place at = {area_id, e->key.type, e->key.id, e->key.adv, e};
    if (l->has_after && compare_places(&at, &l->after) <= 0)
        return;
    if (l->n == l->size) {
        l->size = l->size ? 2 * l->size : 256;
        l->places = mem_realloc(NULL, l->places, l->size * sizeof(*l->places));
    }
    l->places[l->n++] = at;
}

/* The place is a note, "area type id advertising-router" in numbers: the type is a name in the schema. */
static void put_database(struct context *c, struct ospf_instance *i)
{
    struct lsa_list l = {0};
    char text[64];
    const char *note;
    if (!state_list(c->w, OSPFD_OSPF_DATABASE))
        return;
    note = state_after_note(c->w);
    l.has_after = note && sscanf(note, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &l.after.area_id, &l.after.type,
                                 &l.after.id, &l.after.adv) == 4;
    ospf_instance_each_lsa(i, collect_lsa, &l);
    if (l.n)
        qsort(l.places, l.n, sizeof(*l.places), compare_places);
    for (size_t k = 0; k < l.n; k++) {
        const struct lsa_place *at = &l.places[k];
        put_lsa(c, at->area_id, at->e);
        if (!state_is_full(c->w))
            continue;
        snprintf(text, sizeof(text), "%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32, at->area_id, at->type, at->id,
                 at->adv);
        if (state_pause_at(c->w, text))
            break;
    }
    mem_free(NULL, l.places);
}

static void put_statistics(struct context *c, struct ospf_instance *i)
{
    const struct ospf_counters *n = ospf_instance_counters(i);
    struct ospf_instance_view v;
    struct state_writer *w = c->w;
    ospf_instance_view(i, &v);
    state_open(w, OSPFD_OSPF_STATISTICS);
    state_u64(w, OSPFD_OSPF_STATISTICS_SPF_RUNS, n->spf_runs);
    state_text(w, OSPFD_OSPF_STATISTICS_SPF_STATE, v.spf_state);
    if (n->spf_runs) {
        state_u64(w, OSPFD_OSPF_STATISTICS_LAST_SPF, (c->now_us - v.last_spf_us) / 1000);
        state_u64(w, OSPFD_OSPF_STATISTICS_LAST_SPF_DURATION, v.spf_duration_us);
    }
    state_u64(w, OSPFD_OSPF_STATISTICS_LSA_COUNT, v.n_lsas);
    state_u64(w, OSPFD_OSPF_STATISTICS_EXTERNAL_LSA_COUNT, v.n_external);
    state_u64(w, OSPFD_OSPF_STATISTICS_ORIGINATED, n->originated);
    state_u64(w, OSPFD_OSPF_STATISTICS_RETRANSMITTED, n->retransmitted);
    state_u64(w, OSPFD_OSPF_STATISTICS_DATABASE_BYTES, v.lsdb_bytes);
    state_u64(w, OSPFD_OSPF_STATISTICS_NEIGHBOR_BYTES, v.neighbor_bytes);
    state_close(w);
    for (enum ospf_drop d = 0; d < OSPF_DROP_COUNT; d++) {
        if (n->drops[d] == 0)
            continue;
        state_open(w, OSPFD_OSPF_DROP);
        state_text(w, OSPFD_OSPF_DROP_REASON, ospf_drop_name(d));
        state_u64(w, OSPFD_OSPF_DROP_COUNT, n->drops[d]);
        state_close(w);
    }
}

void ospf_state_begin(struct state_writer *w)
{
    state_open(w, OSPFD_OSPF);
}

void ospf_state_end(struct state_writer *w)
{
    state_close(w);
}

void ospf_state_instance(struct state_writer *w, const char *path, struct ospf_instance *i,
                         const struct rib_client *rib, uint64_t now_us)
{
    struct context c = {.w = w, .rib = rib, .now_us = now_us, .router_id = ospf_instance_router_id(i)};
    bool is_vpn = ospf_instance_vrf(i) != RIB_VRF_PUBLIC;
    if (is_vpn) {
        state_open(w, OSPFD_OSPF_VPN_INSTANCE);
        state_text(w, OSPFD_OSPF_VPN_INSTANCE_NAME, ospf_instance_name(i));
    }
    state_quad(w, OSPFD_OSPF_CURRENT_ROUTER_ID, c.router_id);
    if (state_is_asked(path, "neighbor"))
        ospf_instance_each_neighbor(i, put_neighbor, &c);
    if (state_is_asked(path, "interface"))
        ospf_instance_each_interface(i, put_interface, &c);
    if (state_is_asked(path, "database"))
        put_database(&c, i);
    if (state_is_asked(path, "route"))
        put_routes(&c, i);
    if (state_is_asked(path, "statistics") || state_is_asked(path, "drop"))
        put_statistics(&c, i);
    if (is_vpn)
        state_close(w);
}

void ospf_state_neighbor_news(struct north *n, const struct ospf_neighbor_news *news)
{
    struct state_writer *w = north_notify_begin(n, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE);

    state_text(w, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE_VPN_INSTANCE, news->instance);
    state_text(w, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE_INTERFACE, news->interface);
    state_quad(w, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE_ROUTER_ID, news->router_id);
    state_addr(w, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE_ADDRESS, &news->address);
    state_text(w, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE_STATE, news->state);
    state_text(w, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE_PREVIOUS_STATE, news->before);
    state_text(w, OSPFD_NOTIFY_OSPF_NEIGHBOR_STATE_CHANGE_REASON, news->event);
    north_notify_end(n);
}
