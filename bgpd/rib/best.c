/* SPDX-License-Identifier: Apache-2.0
 *
 * The decision process as elimination: each step gives every remaining path a number and keeps the lowest. So the
 * result depends on no order, which pairwise comparison can't promise because of MED (RFC 4271 s9.1.2.2 c compares it
 * only within one neighbouring AS). Pure.
 */
#include "bgpd/rib/best.h"

#include "bgpd/rib/rib_private.h"

enum { DEFAULT_LOCAL_PREF = 100 };

const char *bgp_decision_text(enum bgp_decision d)
{
    static const char *const texts[] = {"best",
                                        "unusable",
                                        "not of our own",
                                        "lower local preference",
                                        "longer AS path",
                                        "worse origin",
                                        "higher MED",
                                        "internal",
                                        "imported",
                                        "higher metric to the next hop",
                                        "higher router id",
                                        "longer cluster list",
                                        "higher neighbor address",
                                        "later route distinguisher",
                                        "copied"};

    return (size_t)d < sizeof(texts) / sizeof(texts[0]) ? texts[d] : "?";
}

/* Every step judges a COPIED path as it does what it is a copy of: so tables that copy from each other decide alike. */
static bool is_kind(const struct bgp_path *p, enum bgp_path_kind kind)
{
    const struct bgp_path *source = bgp_path_source(p);

    return source && source->kind == kind;
}

static uint64_t by_local(const struct bgp_path *p)
{
    return is_kind(p, BGP_PATH_LOCAL) || is_kind(p, BGP_PATH_EXPORTED) ? 0 : 1;
}

static uint64_t by_local_pref(const struct bgp_path *p)
{
    return UINT32_MAX - (p->attrs->a.has_local_pref ? p->attrs->a.local_pref : DEFAULT_LOCAL_PREF);
}

static uint64_t by_as_path(const struct bgp_path *p)
{
    return p->attrs->as_path_len;
}

static uint64_t by_origin(const struct bgp_path *p)
{
    return p->attrs->a.origin;
}

static uint64_t by_external(const struct bgp_path *p)
{
    return bgp_path_is_internal(p);
}

static uint64_t by_igp_metric(const struct bgp_path *p)
{
    const struct bgp_path *root = bgp_path_root(p);

    return root && root->nexthop ? bgp_nexthop_cost(root->nexthop) : 0;
}

/* A route of the instance before an imported one, whatever the way costs: two PEs of an internal customer edge would
 * else send one another there by turns. */
static uint64_t by_imported(const struct bgp_path *p)
{
    return is_kind(p, BGP_PATH_IMPORTED);
}

static uint64_t by_router_id(const struct bgp_path *p)
{
    const struct bgp_rib_peer *peer = bgp_path_peer(p);

    if (p->attrs->a.has_originator_id)
        return p->attrs->a.originator_id;
    return peer ? peer->info.router_id : 0;
}

static uint64_t by_cluster_list(const struct bgp_path *p)
{
    return p->attrs->a.cluster_list.len;
}

static uint64_t by_address(const struct bgp_path *p)
{
    const struct bgp_rib_peer *peer = bgp_path_peer(p);

    return peer ? ip_addr_to_v4(&peer->cfg.address) : 0;
}

static uint64_t by_identity(const struct bgp_path *p)
{
    return is_kind(p, BGP_PATH_IMPORTED) ? bgp_path_source(p)->parent->dest->key.rd : 0;
}

static uint64_t by_copied(const struct bgp_path *p)
{
    return p->kind == BGP_PATH_COPIED;
}

static size_t keep_lowest(struct bgp_path **c, size_t n, uint64_t (*value)(const struct bgp_path *), uint8_t step)
{
    uint64_t lowest = UINT64_MAX;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (value(c[i]) < lowest)
            lowest = value(c[i]);
    for (size_t i = 0; i < n; i++) {
        if (value(c[i]) == lowest)
            c[kept++] = c[i];
        else
            c[i]->lost_at = step;
    }
    return kept;
}

/* Missing MED counts as the lowest (RFC 4271 s9.1.2.2 c). */
static uint32_t med_of(const struct bgp_path *p)
{
    return p->attrs->a.has_med ? p->attrs->a.med : 0;
}

static size_t keep_lowest_med(struct bgp_path **c, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (c[i]->attrs->neighbor_as == c[j]->attrs->neighbor_as && med_of(c[j]) < med_of(c[i]))
                c[i]->lost_at = BGP_DECIDED_MED;
    for (size_t i = 0; i < n; i++)
        if (c[i]->lost_at != BGP_DECIDED_MED)
            c[kept++] = c[i];
    return kept;
}

static const struct {
    uint8_t step;
    uint64_t (*value)(const struct bgp_path *);
} steps[] = {
    {BGP_DECIDED_LOCAL, by_local},
    {BGP_DECIDED_LOCAL_PREF, by_local_pref},
    {BGP_DECIDED_AS_PATH, by_as_path},
    {BGP_DECIDED_ORIGIN, by_origin},
    {BGP_DECIDED_MED, NULL},
    {BGP_DECIDED_EXTERNAL, by_external},
    {BGP_DECIDED_IMPORTED, by_imported},
    {BGP_DECIDED_IGP_METRIC, by_igp_metric},
    {BGP_DECIDED_ROUTER_ID, by_router_id},
    {BGP_DECIDED_CLUSTER_LIST, by_cluster_list},
    {BGP_DECIDED_ADDRESS, by_address},
    {BGP_DECIDED_IDENTITY, by_identity},
    {BGP_DECIDED_COPIED, by_copied},
};

struct bgp_path *bgp_decide(struct bgp_path **paths, size_t n)
{
    size_t left = 0;

    for (size_t i = 0; i < n; i++) {
        struct bgp_path *p = paths[i];

        p->lost_at = bgp_path_problem(p) ? BGP_DECIDED_UNUSABLE : BGP_DECIDED_BEST;
        if (p->lost_at == BGP_DECIDED_BEST)
            paths[left++] = p;
    }
    for (size_t i = 0; left > 1 && i < sizeof(steps) / sizeof(steps[0]); i++)
        left = steps[i].value ? keep_lowest(paths, left, steps[i].value, steps[i].step) : keep_lowest_med(paths, left);
    for (size_t i = 1; i < left; i++)
        paths[i]->lost_at = BGP_DECIDED_IDENTITY;
    return left ? paths[0] : NULL;
}

static struct bgp_path *select_of(const struct bgp_dest *d, bool is_copied_too)
{
    struct bgp_path *few[16], **paths = few, *p, *best;
    size_t n = 0, i = 0;

    LIST_FOREACH (p, &d->paths, in_dest)
        n++;
    if (n > sizeof(few) / sizeof(few[0]))
        paths = mem_alloc(NULL, n * sizeof(struct bgp_path *));
    LIST_FOREACH (p, &d->paths, in_dest)
        if (is_copied_too || p->kind != BGP_PATH_COPIED)
            paths[i++] = p;
    best = bgp_decide(paths, i);
    if (paths != few)
        mem_free(NULL, paths);
    return best;
}

void bgp_dest_select(struct bgp_dest *d)
{
    bool has_copied = false;
    struct bgp_path *p;

    LIST_FOREACH (p, &d->paths, in_dest)
        has_copied |= p->kind == BGP_PATH_COPIED;
    /* In this order: what the second decision says of each path is what state shows. */
    d->own = select_of(d, false);
    d->best = has_copied ? select_of(d, true) : d->own;
}
