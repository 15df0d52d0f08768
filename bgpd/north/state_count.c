/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state: how many routes of which kind each table has, and one example of each fault, and whose VPN
 * routes nobody here wants: for who watches a router without reading whole tables. Reads the RIB, changes nothing.
 */
#include <stdio.h>

#include "bgpd/north/north.h"
#include "bgpd/rib/rib_private.h"
#include "bgpd_config.h"
#include "strata/state.h"

enum { EXAMPLE_MAX = PREFIX_TEXT_MAX + RIB_TEXT_MAX + 8 };

struct counts {
    uint32_t destinations, best, paths, exported, refused, unusable, without_label, networks;
    uint32_t of_kind[BGP_PATH_COPIED + 1];
    char unusable_example[EXAMPLE_MAX], without_label_example[EXAMPLE_MAX], networks_example[EXAMPLE_MAX];
};

static void set_example(char example[EXAMPLE_MAX], const struct bgp_dest *d, const char *reason)
{
    char text[PREFIX_TEXT_MAX];

    if (!example[0])
        snprintf(example, EXAMPLE_MAX, "%s: %.*s", prefix_text(&d->key.prefix, text, sizeof(text)), RIB_TEXT_MAX,
                 reason);
}

/* LDP labels host routes, so it may be right that a label has no path of LDP's to go on with. */
static bool is_network(const struct bgp_dest *d, const struct bgp_label_slot *s)
{
    return s->mark.op == RIB_LABEL_FOLLOW_FEC && !prefix_is_host(&d->key.prefix);
}

static void count_label(struct counts *c, const struct bgp_dest *d, const struct bgp_label_slot *s)
{
    if (!s || s->status == BGP_LABEL_INSTALLED)
        return;
    if (is_network(d, s)) {
        c->networks++;
        set_example(c->networks_example, d, bgp_label_problem(s));
        return;
    }
    c->without_label++;
    set_example(c->without_label_example, d, bgp_label_problem(s));
}

/* An EXPORTED path, or what another instance here has of it: its fault is the label, counted where the route is from.
 */
static bool is_exported_here(const struct bgp_path *p)
{
    p = bgp_path_source(p);
    if (p && p->kind == BGP_PATH_IMPORTED)
        p = p->parent;
    return p && p->kind == BGP_PATH_EXPORTED;
}

static void count_path(struct counts *c, const struct bgp_path *p)
{
    const char *problem = bgp_path_problem(p);

    c->paths++;
    c->of_kind[p->kind]++;
    if (p->reject) {
        c->refused++;
    } else if (problem && !is_exported_here(p)) {
        c->unusable++;
        set_example(c->unusable_example, p->dest, problem);
    }
}

static void count_dest(struct counts *c, const struct bgp_dest *d)
{
    const struct bgp_path *p;

    c->destinations += !LIST_EMPTY(&d->paths);
    c->best += d->best != NULL;
    c->exported += d->exported != NULL;
    LIST_FOREACH (p, &d->paths, in_dest)
        count_path(c, p);
    if (!d->best)
        return;
    if (d->exported && d->exported->slot && d->exported->slot->status != BGP_LABEL_INSTALLED)
        count_label(c, d, d->exported->slot);
    else
        count_label(c, d, d->label);
}

static void write_counts(struct state_writer *w, const struct counts *c, enum bgp_family f)
{
    state_open(w, BGPD_BGP_STATISTICS);
    state_enum(w, BGPD_BGP_STATISTICS_FAMILY, (int)f);
    state_u64(w, BGPD_BGP_STATISTICS_DESTINATIONS, c->destinations);
    state_u64(w, BGPD_BGP_STATISTICS_BEST, c->best);
    state_u64(w, BGPD_BGP_STATISTICS_PATHS, c->paths);
    state_u64(w, BGPD_BGP_STATISTICS_RECEIVED, c->of_kind[BGP_PATH_PEER]);
    state_u64(w, BGPD_BGP_STATISTICS_REDISTRIBUTED, c->of_kind[BGP_PATH_LOCAL]);
    state_u64(w, BGPD_BGP_STATISTICS_IMPORTED, c->of_kind[BGP_PATH_IMPORTED]);
    state_u64(w, BGPD_BGP_STATISTICS_COPIED, c->of_kind[BGP_PATH_COPIED]);
    state_u64(w, BGPD_BGP_STATISTICS_EXPORTED, c->exported + c->of_kind[BGP_PATH_EXPORTED]);
    state_u64(w, BGPD_BGP_STATISTICS_REFUSED, c->refused);
    state_u64(w, BGPD_BGP_STATISTICS_UNUSABLE, c->unusable);
    state_text(w, BGPD_BGP_STATISTICS_UNUSABLE_EXAMPLE, c->unusable_example);
    state_u64(w, BGPD_BGP_STATISTICS_WITHOUT_LABEL, c->without_label);
    state_text(w, BGPD_BGP_STATISTICS_WITHOUT_LABEL_EXAMPLE, c->without_label_example);
    state_u64(w, BGPD_BGP_STATISTICS_NETWORKS_WITHOUT_LABEL, c->networks);
    state_text(w, BGPD_BGP_STATISTICS_NETWORKS_WITHOUT_LABEL_EXAMPLE, c->networks_example);
    state_close(w);
}

void bgpd_state_count(struct state_writer *w, const struct bgp_vrf *v)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        struct counts c = {0};

        if (f == BGP_IPV4_VPN && !v->is_public)
            continue;
        for (const struct bgp_dest *d = v->table[f].dests; d; d = d->hh.next)
            count_dest(&c, d);
        write_counts(w, &c, f);
    }
}

/* --- VPN routes that nobody here wants --- */

static void write_unimported_example(struct state_writer *w, const struct bgp_path *p)
{
    char text[256], part[64];
    size_t len;

    len = (size_t)snprintf(text, sizeof(text), "%s", rd_text(p->dest->key.rd, part, sizeof(part)));
    len +=
        (size_t)snprintf(text + len, sizeof(text) - len, " %s:", prefix_text(&p->dest->key.prefix, part, sizeof(part)));
    for (size_t i = 0; i < p->attrs->a.ext_communities.len / 8 && len + sizeof(part) < sizeof(text); i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, " %s",
                                ext_community_text(bgp_ext_community_at(&p->attrs->a, i), part, sizeof(part)));
    state_text(w, BGPD_BGP_UNIMPORTED_EXAMPLE, text);
}

static void write_unimported(struct state_writer *w, const struct bgp_nexthop *nh)
{
    const struct bgp_path *p, *example = NULL;
    uint32_t n = 0;

    LIST_FOREACH (p, &nh->paths, in_nexthop) {
        if (!bgp_vpn_is_unwanted(p))
            continue;
        n++;
        example = p;
    }
    if (!n)
        return;
    state_open(w, BGPD_BGP_UNIMPORTED);
    state_addr(w, BGPD_BGP_UNIMPORTED_NEXT_HOP, &nh->key.address);
    state_u64(w, BGPD_BGP_UNIMPORTED_ROUTES, n);
    write_unimported_example(w, example);
    state_close(w);
}

void bgpd_state_unimported(struct state_writer *w, const struct bgp_rib *rib)
{
    for (const struct bgp_nexthop *nh = rib->nexthops; nh; nh = nh->hh.next)
        write_unimported(w, nh);
}
