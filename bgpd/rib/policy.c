/* SPDX-License-Identifier: Apache-2.0
 *
 * What is accepted from a neighbour, what is told to a neighbour, and with which attributes (RFC 4271 s5, s9.1.1, s9.2;
 * RFC 4456 s8 reflection; RFC 4364 s7 site of origin). Route targets never cross the border of an instance: a customer
 * could else choose where its routes go. Pure.
 */
#include <string.h>

#include "bgpd/rib/rib_private.h"
#include "strata/policy.h"

enum { LIST_MAX = 2 * BGP_MESSAGE_MAX, CLUSTERS_MAX = BGP_MESSAGE_MAX + 8, DEFAULT_LOCAL_PREF = 100 };

static const struct bgp_global_config *global(const struct bgp_rib_peer *p)
{
    return &p->vrf->rib->cfg;
}

static bool has_cluster(const struct bgp_attrs *a, uint32_t cluster_id)
{
    for (size_t i = 0; i + 4 <= a->cluster_list.len; i += 4) {
        const uint8_t *c = a->cluster_list.data + i;

        if (((uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3]) == cluster_id)
            return true;
    }
    return false;
}

bool bgp_policy_permits(const struct bgp_rib *rib, const char *list, const struct prefix *p)
{
    return !list[0] || (rib->policy && policy_permits(rib->policy, list, p));
}

enum bgp_reject bgp_policy_judge(const struct bgp_path *path)
{
    const struct bgp_rib_peer *p = path->peer;
    const struct bgp_rib *rib = p->vrf->rib;
    const struct bgp_attrs *a = &path->attrs->a;
    enum bgp_family f = path->dest->table->family;
    uint32_t label = path->label;

    if (bgp_as_path_count(a->as_path, rib->cfg.as) > p->cfg.family[f].allow_as_loop)
        return BGP_REJECT_AS_LOOP;
    if (!p->is_ebgp && a->has_originator_id && a->originator_id == rib->cfg.router_id)
        return BGP_REJECT_ORIGINATOR;
    if (!p->is_ebgp && has_cluster(a, rib->cfg.cluster_id))
        return BGP_REJECT_CLUSTER;
    if (ip_addr_is_martian(&a->next_hop) || rib->ops->is_own_address(rib->arg, p->vrf->vrf, &a->next_hop))
        return BGP_REJECT_NEXT_HOP;
    /* Explicit null serves the bottom of a stack only; as an inner label it would be popped into a stranger's table. */
    if (bgp_family_info(f)->has_label &&
        (!label_is_usable(label) || (f == BGP_IPV4_VPN && label < LABEL_FIRST_UNRESERVED)))
        return BGP_REJECT_LABEL;
    if (!bgp_policy_permits(rib, p->cfg.family[f].prefix_list_in, &path->dest->key.prefix))
        return BGP_REJECT_POLICY;
    return BGP_REJECT_NONE;
}

/* An extended community list without route targets, if so asked, and with some more. */
static struct bgp_bytes rebuild_ext(const struct bgp_attrs *a, bool is_rt_stripped, const ext_community_t *more,
                                    size_t n_more, uint8_t out[LIST_MAX])
{
    struct wire_writer w = wire_writer_of(out, LIST_MAX);

    for (size_t i = 0; i < a->ext_communities.len / 8; i++) {
        ext_community_t c = bgp_ext_community_at(a, i);

        if (!is_rt_stripped || !bgp_is_route_target(c))
            wire_put_be64(&w, c);
    }
    for (size_t i = 0; i < n_more; i++)
        wire_put_be64(&w, more[i]);
    return (struct bgp_bytes){out, w.pos};
}

struct bgp_attr_set *bgp_policy_accept(struct bgp_rib_peer *p, const struct bgp_attrs *in)
{
    struct bgp_attrs a = *in;
    uint8_t ext[LIST_MAX];
    bool is_soo_added = p->cfg.has_site_of_origin && !bgp_has_ext_community(in, p->cfg.site_of_origin);

    if (is_soo_added || (!p->vrf->is_public && a.ext_communities.len))
        a.ext_communities = rebuild_ext(in, !p->vrf->is_public, &p->cfg.site_of_origin, is_soo_added, ext);
    return bgp_attr_set_get(&p->vrf->rib->attrs, &a);
}

/* A route from an internal neighbour goes on to other internal ones: whose it was first, and that it passed our cluster
 * (RFC 4456 s8), so that it does not come round in a loop that no AS path would show. */
static void stamp(struct bgp_attrs *a, const struct bgp_rib_peer *from, uint8_t clusters[CLUSTERS_MAX])
{
    uint32_t cluster = global(from)->cluster_id;

    if (!a->has_originator_id) {
        a->has_originator_id = true;
        a->originator_id = from->info.router_id;
    }
    for (size_t i = 0; i < 4; i++)
        clusters[i] = (uint8_t)(cluster >> (24 - 8 * i));
    if (a->cluster_list.len)
        memcpy(clusters + 4, a->cluster_list.data, a->cluster_list.len);
    a->cluster_list = (struct bgp_bytes){clusters, a->cluster_list.len + 4};
}

struct bgp_attr_set *bgp_policy_export(struct bgp_vrf *v, const struct bgp_path *best)
{
    const struct bgp_rib_peer *from = bgp_path_peer(best);
    struct bgp_attrs a = best->attrs->a;
    uint8_t ext[LIST_MAX], clusters[CLUSTERS_MAX];

    a.ext_communities = rebuild_ext(&best->attrs->a, true, v->cfg.export_targets, v->cfg.n_export, ext);
    if (from && !from->is_ebgp)
        stamp(&a, from, clusters);
    a.next_hop = (struct ip_addr){0};
    return bgp_attr_set_get(&v->rib->attrs, &a);
}

/* The neighbour of this table's instance that brought the path, be it by way of another table; else NULL. */
static const struct bgp_rib_peer *brought_by(const struct bgp_path *best)
{
    const struct bgp_path *source = bgp_path_source(best);

    return source && source->kind == BGP_PATH_PEER ? source->peer : NULL;
}

static bool is_reflected(const struct bgp_path *best, const struct bgp_rib_peer *to)
{
    const struct bgp_rib_peer *from = brought_by(best);

    return from && !from->is_ebgp && !to->is_ebgp;
}

bool bgp_policy_may_send(const struct bgp_path *best, const struct bgp_rib_peer *to, enum bgp_family f)
{
    const struct bgp_attrs *a = &best->attrs->a;

    if (brought_by(best) == to)
        return false;
    if (is_reflected(best, to)) {
        enum bgp_family from_f = bgp_path_source(best)->dest->table->family;

        if (!brought_by(best)->cfg.family[from_f].is_reflector_client && !to->cfg.family[f].is_reflector_client)
            return false;
    }
    if (!to->is_ebgp && a->has_originator_id && a->originator_id == to->info.router_id)
        return false;
    if (bgp_has_community(a, BGP_NO_ADVERTISE))
        return false;
    if (to->is_ebgp && (bgp_has_community(a, BGP_NO_EXPORT) || bgp_has_community(a, BGP_NO_EXPORT_SUBCONFED)))
        return false;
    if (!bgp_policy_permits(to->vrf->rib, to->cfg.family[f].prefix_list_out, &best->dest->key.prefix))
        return false;
    return !to->cfg.has_site_of_origin || !bgp_has_ext_community(a, to->cfg.site_of_origin);
}

bool bgp_policy_is_next_hop_self(const struct bgp_path *best, const struct bgp_rib_peer *to, enum bgp_family f)
{
    if (!brought_by(best))
        return true; /* elsewhere the next hop means nothing: it is in another instance, or there is none */
    if (best->kind == BGP_PATH_COPIED && bgp_family_info(f)->has_label)
        return true; /* it gave no label that could be passed on */
    if (to->is_ebgp)
        return !to->cfg.family[f].is_next_hop_unchanged;
    return to->cfg.family[f].is_next_hop_self;
}

/* Is the MED our own word, and not a neighbouring AS's (which must not go further, RFC 4271 s5.1.4)? */
static bool is_med_ours(const struct bgp_path *best)
{
    const struct bgp_path *root = bgp_path_root(best), *source = bgp_path_source(best);

    return root && root->kind == BGP_PATH_LOCAL && source->kind != BGP_PATH_IMPORTED;
}

struct rebuilt {
    uint8_t as_path[2 * LIST_MAX + 8], ext[LIST_MAX], clusters[CLUSTERS_MAX];
};

static void to_external(struct bgp_attrs *a, const struct bgp_path *best, const struct bgp_rib_peer *to,
                        enum bgp_family f, struct rebuilt *r)
{
    size_t len = bgp_as_path_prepend(a->as_path, global(to)->as, r->as_path);

    if (to->cfg.family[f].has_as_override)
        bgp_as_path_replace(r->as_path, len, to->cfg.remote_as, global(to)->as);
    a->as_path = (struct bgp_bytes){r->as_path, len};
    a->has_local_pref = a->has_originator_id = false;
    a->cluster_list = (struct bgp_bytes){0};
    a->has_med = a->has_med && is_med_ours(best);
}

static void to_internal(struct bgp_attrs *a, const struct bgp_path *best, struct rebuilt *r)
{
    const struct bgp_rib_peer *from = bgp_path_peer(best);

    if (!a->has_local_pref) {
        a->has_local_pref = true;
        a->local_pref = DEFAULT_LOCAL_PREF;
    }
    /* Reflected, or imported from an internal neighbour: what an instance exports was stamped then. */
    if (from && !from->is_ebgp)
        stamp(a, from, r->clusters);
}

struct bgp_attr_set *bgp_policy_send(const struct bgp_path *best, const struct bgp_rib_peer *to, enum bgp_family f)
{
    struct bgp_attrs a = best->attrs->a;
    struct rebuilt r;

    if (to->is_ebgp)
        to_external(&a, best, to, f, &r);
    else
        to_internal(&a, best, &r);
    if (!to->vrf->is_public && a.ext_communities.len)
        a.ext_communities = rebuild_ext(&a, true, NULL, 0, r.ext);
    if (bgp_policy_is_next_hop_self(best, to, f))
        a.next_hop = to->info.local_address;
    return bgp_attr_set_get(&to->vrf->rib->attrs, &a);
}
