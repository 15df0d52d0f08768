/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state: neighbours and tables. The node ids are those of the public instance: the writer goes by the names
 * below what is open. Reads the RIB and the speaker, changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/north/north.h"
#include "bgpd/rib/best.h"
#include "bgpd/rib/rib_private.h"
#include "bgpd/session/speaker.h"
#include "bgpd_config.h"
#include "strata/mem.h"
#include "strata/state.h"

struct context {
    struct state_writer *w;
    const struct bgpd_north_peer *peer;
    uint64_t now_us;
    bool has_neighbors, has_statistics, has_unimported;
    bool has_table[BGP_FAMILY_COUNT];
};

/* --- neighbours --- */

static uint32_t count_accepted(const struct bgp_rib_peer *p, enum bgp_family f)
{
    const struct bgp_path *path;
    uint32_t n = 0;

    LIST_FOREACH (path, &p->paths, in_peer)
        n += path->dest->table->family == f && !path->reject;
    return n;
}

static void write_neighbor_families(struct context *c, const struct bgp_neighbor *n)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        const struct bgp_peer_family *pf = &n->rib_peer->family[f];

        if (!pf->is_active)
            continue;
        state_open(c->w, BGPD_BGP_NEIGHBOR_STATE_FAMILY);
        state_enum(c->w, BGPD_BGP_NEIGHBOR_STATE_FAMILY_NAME, (int)f);
        state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_FAMILY_PREFIXES_RECEIVED, pf->n_received);
        state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_FAMILY_PREFIXES_ACCEPTED, count_accepted(n->rib_peer, f));
        state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_FAMILY_PREFIXES_SENT, pf->n_sent);
        state_bool(c->w, BGPD_BGP_NEIGHBOR_STATE_FAMILY_END_OF_RIB, pf->has_end_of_rib);
        state_close(c->w);
    }
}

static void write_counters(struct context *c, const struct bgp_neighbor_counters *k)
{
    uint64_t in = 0, out = 0;

    for (size_t i = 0; i < sizeof(k->in) / sizeof(k->in[0]); i++) {
        in += k->in[i];
        out += k->out[i];
    }
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_RECEIVED, in);
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_SENT, out);
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_UPDATES_RECEIVED, k->in[BGP_MESSAGE_UPDATE]);
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_UPDATES_SENT, k->out[BGP_MESSAGE_UPDATE]);
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_ESTABLISHED_COUNT, k->established);
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_TREATED_AS_WITHDRAW, k->treated_as_withdraw);
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_ATTRIBUTES_DISCARDED, k->discarded_attributes);
}

/* With a session, whatever was wrong before is no more. */
static void write_error(struct context *c, const struct bgp_neighbor *n)
{
    const struct bgpd_north_peer *peer = c->peer;
    bool is_external = n->cfg.remote_as != bgp_rib_global(peer->rib)->as;

    if (n->session)
        return;
    if (is_external && !n->cfg.ebgp_multihop && !n->cfg.is_shutdown && n->is_startable &&
        !peer->is_onlink(peer->arg, bgp_vrf_id(n->vrf), &n->cfg.address))
        state_text(c->w, BGPD_BGP_NEIGHBOR_STATE_LAST_ERROR,
                   "not directly connected: no interface that is up has its network (further away: ebgp-multihop)");
    else
        state_text(c->w, BGPD_BGP_NEIGHBOR_STATE_LAST_ERROR, n->last_error);
}

static void write_neighbor(struct context *c, const struct bgp_neighbor *n)
{
    state_open(c->w, BGPD_BGP_NEIGHBOR);
    state_addr(c->w, BGPD_BGP_NEIGHBOR_ADDRESS, &n->cfg.address);
    state_open(c->w, BGPD_BGP_NEIGHBOR_STATE);
    state_text(c->w, BGPD_BGP_NEIGHBOR_STATE_STATE, bgp_state_name(bgp_neighbor_state(n)));
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_REMOTE_AS, n->cfg.remote_as);
    if (n->session) {
        state_quad(c->w, BGPD_BGP_NEIGHBOR_STATE_ROUTER_ID, n->session->remote.router_id);
        state_addr(c->w, BGPD_BGP_NEIGHBOR_STATE_LOCAL_ADDRESS, &n->rib_peer->info.local_address);
        state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_HOLD_TIME, n->session->hold_time_sec);
    }
    state_u64(c->w, BGPD_BGP_NEIGHBOR_STATE_UPTIME, (c->now_us - n->changed_at_us) / 1000000u);
    write_counters(c, &n->counters);
    write_error(c, n);
    write_neighbor_families(c, n);
    state_close(c->w);
    state_close(c->w);
}

/* --- tables --- */

/* Where the nodes of a path stand in one of the tables. */
struct path_nodes {
    uint32_t entry, rd, prefix, path, best, kind, next_hop, label, local_label, as_path, origin, local_preference, med,
        from, extended_community, reason, label_reason, advertised_to;
};

#define NODES(T, rd_)                                                                                                  \
    {                                                                                                                  \
        .entry = T, .rd = rd_, .prefix = T##_PREFIX, .path = T##_PATH, .best = T##_BEST, .kind = T##_KIND,             \
        .next_hop = T##_NEXT_HOP, .label = T##_LABEL, .local_label = T##_LOCAL_LABEL, .as_path = T##_AS_PATH,          \
        .origin = T##_ORIGIN, .local_preference = T##_LOCAL_PREFERENCE, .med = T##_MED, .from = T##_FROM,              \
        .extended_community = T##_EXTENDED_COMMUNITY, .reason = T##_REASON, .label_reason = T##_LABEL_REASON,          \
        .advertised_to = T##_ADVERTISED_TO                                                                             \
    }

static const struct path_nodes nodes_of[BGP_FAMILY_COUNT] = {
    [BGP_IPV4_UNICAST] = NODES(BGPD_BGP_IPV4_UNICAST, 0),
    [BGP_IPV4_LABELED] = NODES(BGPD_BGP_IPV4_LABELED_UNICAST, 0),
    [BGP_IPV4_VPN] = NODES(BGPD_BGP_IPV4_VPN, BGPD_BGP_IPV4_VPN_ROUTE_DISTINGUISHER),
};

static void write_from(struct context *c, uint32_t node, const struct bgp_path *p)
{
    char text[ADDR_TEXT_MAX > RD_TEXT_MAX ? ADDR_TEXT_MAX : RD_TEXT_MAX];

    switch ((enum bgp_path_kind)p->kind) {
    case BGP_PATH_PEER:
        state_text(c->w, node, ip_addr_text(&p->peer->cfg.address, text, sizeof(text)));
        return;
    case BGP_PATH_LOCAL:
        state_text(c->w, node, rib_source_name((enum rib_source)p->local->source));
        return;
    case BGP_PATH_IMPORTED:
        state_text(c->w, node, rd_text(p->parent->dest->key.rd, text, sizeof(text)));
        return;
    case BGP_PATH_EXPORTED:
        state_text(c->w, node, bgp_vrf_name(p->from->table->vrf));
        return;
    case BGP_PATH_COPIED:
        state_text(c->w, node, bgp_family_name(p->from->table->family));
        return;
    }
}

static void write_way(struct context *c, const struct path_nodes *n, const struct bgp_path *p)
{
    const struct bgp_path *root = bgp_path_root(p);
    struct out_label label = bgp_path_label(root);

    if (p->kind == BGP_PATH_PEER)
        state_addr(c->w, n->next_hop, &p->attrs->a.next_hop);
    else if (root && root->nexthop)
        state_addr(c->w, n->next_hop, &root->nexthop->key.address);
    else if (root && root->local && root->local->n)
        state_addr(c->w, n->next_hop, &root->local->nexthops[0].gateway);
    if (label.state != LABEL_STATE_NONE)
        state_u64(c->w, n->label, root->label);
}

static const struct bgp_label_slot *slot_of(const struct bgp_path *p)
{
    const struct bgp_dest *d = p->dest;

    if (p->kind == BGP_PATH_EXPORTED)
        return p->slot;
    if (d->best != p)
        return NULL;
    if (d->label)
        return d->label;
    return d->exported ? d->exported->slot : NULL;
}

static void write_label(struct context *c, const struct path_nodes *n, const struct bgp_path *p)
{
    const struct bgp_label_slot *slot = slot_of(p);

    if (!slot && p->dest->best == p && bgp_path_ends_here(p) && bgp_family_info(p->dest->table->family)->has_label)
        state_u64(c->w, n->local_label, LABEL_IMPLICIT_NULL);
    if (!slot)
        return;
    if (bgp_label_value(slot))
        state_u64(c->w, n->local_label, bgp_label_value(slot));
    if (slot->status != BGP_LABEL_INSTALLED)
        state_text(c->w, n->label_reason, bgp_label_problem(slot));
}

/* What it lacks is its own label: that stands under label-reason. */
static bool is_said_of_label(const struct bgp_path *p, const char *problem)
{
    const struct bgp_label_slot *slot = slot_of(p);

    return problem && slot && slot->status != BGP_LABEL_INSTALLED && strcmp(problem, bgp_label_problem(slot)) == 0;
}

static void write_attributes(struct context *c, const struct path_nodes *n, const struct bgp_attrs *a)
{
    char text[1024];

    state_text(c->w, n->as_path, bgp_as_path_text(a->as_path, text, sizeof(text)));
    state_enum(c->w, n->origin, a->origin); /* numbered as on the wire */
    if (a->has_local_pref)
        state_u64(c->w, n->local_preference, a->local_pref);
    if (a->has_med)
        state_u64(c->w, n->med, a->med);
}

static void write_path(struct context *c, const struct path_nodes *n, const struct bgp_path *p, uint32_t number)
{
    const struct bgp_dest *d = p->dest;
    const char *problem = bgp_path_problem(p);
    const struct bgp_adj_out *o;
    char text[64];

    state_open(c->w, n->entry);
    if (n->rd)
        state_text(c->w, n->rd, rd_text(d->key.rd, text, sizeof(text)));
    state_prefix(c->w, n->prefix, &d->key.prefix);
    state_u64(c->w, n->path, number);
    state_bool(c->w, n->best, d->best == p);
    state_enum(c->w, n->kind, p->kind);
    write_way(c, n, p);
    write_label(c, n, p);
    write_attributes(c, n, &p->attrs->a);
    write_from(c, n->from, p);
    for (size_t i = 0; i < p->attrs->a.ext_communities.len / 8; i++)
        state_text(c->w, n->extended_community,
                   ext_community_text(bgp_ext_community_at(&p->attrs->a, i), text, sizeof(text)));
    if (d->best != p && !is_said_of_label(p, problem))
        state_text(c->w, n->reason, problem ? problem : bgp_decision_text(p->lost_at));
    else if (bgp_vpn_is_unwanted(p))
        state_text(c->w, n->reason, "no instance imports its targets");
    if (d->best == p)
        LIST_FOREACH (o, &d->adj_outs, in_dest)
            if (o->sent.attrs)
                state_addr(c->w, n->advertised_to, &o->peer->cfg.address);
    state_close(c->w);
}

static void write_dest(struct context *c, const struct bgp_dest *d)
{
    const struct path_nodes *nodes = &nodes_of[d->table->family];
    const struct bgp_path *p;
    uint32_t number = 1;

    if (d->best)
        write_path(c, nodes, d->best, number++);
    LIST_FOREACH (p, &d->paths, in_dest)
        if (p != d->best)
            write_path(c, nodes, p, number++);
}

static void write_table(struct context *c, struct bgp_table *t)
{
    const struct path_nodes *nodes = &nodes_of[t->family];
    const struct bgp_dest *d;
    struct prefix p;
    uint64_t rd = 0;

    if (!state_list(c->w, nodes->entry))
        return;
    if ((!nodes->rd || state_only_number(c->w, nodes->rd, &rd)) && state_only_prefix(c->w, nodes->prefix, &p)) {
        d = bgp_dest_find(t, rd, &p);
        if (d)
            write_dest(c, d);
        return;
    }
    if (nodes->rd)
        state_after_number(c->w, nodes->rd, &rd);
    d = bgp_order_next(&t->order, rd, state_after_prefix(c->w, nodes->prefix, &p) ? &p : NULL);
    for (; d; d = bgp_order_next(&t->order, d->key.rd, &d->key.prefix)) {
        write_dest(c, d);
        if (state_pause(c->w))
            return;
    }
}

static void write_instance(struct context *c, struct bgp_vrf *v)
{
    const struct bgp_neighbor *n;

    if (c->has_neighbors && state_wants(c->w, BGPD_BGP_NEIGHBOR))
        TAILQ_FOREACH (n, &c->peer->speaker->neighbors, in_speaker)
            if (n->vrf == v)
                write_neighbor(c, n);
    if (c->has_statistics && state_wants(c->w, BGPD_BGP_STATISTICS)) /* counts all routes */
        bgpd_state_count(c->w, v);
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        if (c->has_table[f] && (f != BGP_IPV4_VPN || v->is_public))
            write_table(c, &v->table[f]);
}

static void choose(struct context *c, const char *path)
{
    c->has_neighbors = state_is_asked(path, "neighbor");
    c->has_statistics = state_is_asked(path, "statistics");
    c->has_unimported = state_is_asked(path, "unimported");
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        c->has_table[f] = state_is_asked(path, bgp_family_name(f));
}

static int vrf_by_name(const void *a, const void *b)
{
    return strcmp(bgp_vrf_name(*(struct bgp_vrf *const *)a), bgp_vrf_name(*(struct bgp_vrf *const *)b));
}

/* In order of their names: the writer finds by it where it was. */
static void write_vrfs(struct context *c)
{
    size_t n = 0, size = 0;
    struct bgp_vrf *v, **vrfs;

    TAILQ_FOREACH (v, &c->peer->rib->vrfs, in_rib)
        size++;
    vrfs = mem_alloc(NULL, (size + 1) * sizeof(struct bgp_vrf *));
    TAILQ_FOREACH (v, &c->peer->rib->vrfs, in_rib)
        if (!v->is_public)
            vrfs[n++] = v;
    qsort(vrfs, n, sizeof(struct bgp_vrf *), vrf_by_name);
    for (size_t i = 0; i < n; i++) {
        state_open(c->w, BGPD_BGP_VPN_INSTANCE);
        state_text(c->w, BGPD_BGP_VPN_INSTANCE_NAME, bgp_vrf_name(vrfs[i]));
        write_instance(c, vrfs[i]);
        state_close(c->w);
    }
    mem_free(NULL, (void *)vrfs);
}

void bgpd_state_write(const struct bgpd_north_peer *peer, const struct bgpd_config *config, const char *path,
                      uint64_t now_us, struct state_writer *w)
{
    struct context c = {.w = w, .peer = peer, .now_us = now_us};

    if (!config->bgp)
        return;
    choose(&c, path);
    state_open(w, BGPD_BGP);
    write_instance(&c, peer->rib->public);
    if (c.has_unimported && state_wants(w, BGPD_BGP_UNIMPORTED))
        bgpd_state_unimported(w, peer->rib);
    write_vrfs(&c);
    state_close(w);
}
