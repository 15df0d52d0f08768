/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema's configuration to bgpd's own value, and what the schema can't check. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/north/north.h"
#include "bgpd_config.h"
#include "strata/mem.h"
#include "strata/north.h"

/* The values of the schema's enumeration are those of the table of families. */
static enum bgp_family family_of(enum cfg_bgp_family f)
{
    return (enum bgp_family)f;
}

static const struct {
    enum cfg_bgp_redistributed name;
    enum rib_source source;
} sources[] = {{CFG_BGP_REDISTRIBUTED_CONNECTED, RIB_SOURCE_CONNECTED},
               {CFG_BGP_REDISTRIBUTED_STATIC, RIB_SOURCE_STATIC},
               {CFG_BGP_REDISTRIBUTED_OSPF, RIB_SOURCE_OSPF},
               {CFG_BGP_REDISTRIBUTED_KERNEL, RIB_SOURCE_KERNEL}};

static enum bgp_family family_of_table(enum cfg_bgp_table t)
{
    switch (t) {
    case CFG_BGP_TABLE_IPV4_UNICAST:
        return BGP_IPV4_UNICAST;
    case CFG_BGP_TABLE_IPV4_LABELED_UNICAST:
        return BGP_IPV4_LABELED;
    }
    return BGP_IPV4_UNICAST;
}

static const struct cfg_vpn_instances_vpn_instance *find_instance(const struct bgpd_config *c, const char *name)
{
    for (size_t i = 0; i < c->vpn_instances.n_vpn_instance; i++)
        if (strcmp(c->vpn_instances.vpn_instance[i]->name, name) == 0)
            return c->vpn_instances.vpn_instance[i];
    return NULL;
}

/* --- checks --- */

static int refuse(struct north_error *err, const char *instance, const struct ip_addr *neighbor, const char *message)
{
    char text[ADDR_TEXT_MAX] = "";
    int n = instance[0] ? snprintf(err->path, sizeof(err->path), "/bgp/vpn-instance[%s]", instance)
                        : snprintf(err->path, sizeof(err->path), "/bgp");

    if (neighbor && n > 0 && (size_t)n < sizeof(err->path))
        snprintf(err->path + n, sizeof(err->path) - (size_t)n, "/neighbor[%s]",
                 ip_addr_text(neighbor, text, sizeof(text)));
    snprintf(err->message, sizeof(err->message), "%s", message);
    return -EINVAL;
}

static int check_neighbor(const struct bgpd_config *c, const char *instance, const struct cfg_bgp_instance_neighbor *n,
                          struct north_error *err)
{
    bool is_internal = n->remote_as == c->bgp->as;

    if (ip_addr_is_martian(&n->address))
        return refuse(err, instance, &n->address, "this address can't be a neighbor's");
    if (!n->n_family)
        return refuse(err, instance, &n->address, "there is no address family: configure one under the neighbor");
    if (is_internal && n->has_ebgp_multihop)
        return refuse(err, instance, &n->address, "ebgp-multihop is for external neighbors");
    if (n->has_ebgp_multihop && n->ttl_security)
        return refuse(err, instance, &n->address,
                      "ttl-security is for directly connected neighbors: remove ebgp-multihop");
    for (size_t i = 0; i < n->n_family; i++) {
        const struct cfg_bgp_instance_neighbor_family *f = n->family[i];

        if (instance[0] && f->name == CFG_BGP_FAMILY_IPV4_VPN)
            return refuse(err, instance, &n->address, "ipv4-vpn is exchanged outside VPN instances only");
        if (is_internal && (f->as_override || f->next_hop_unchanged))
            return refuse(err, instance, &n->address, "as-override and next-hop-unchanged are for external neighbors");
        if (!is_internal && f->route_reflector_client)
            return refuse(err, instance, &n->address, "a route reflector's clients are internal neighbors");
    }
    return 0;
}

static int check_family(const char *name, const struct cfg_bgp_instance_family *f, struct north_error *err)
{
    if (f->name == CFG_BGP_FAMILY_IPV4_VPN && f->n_redistribute)
        return refuse(err, name, NULL,
                      "routes are redistributed into ipv4-unicast or ipv4-labeled-unicast of an instance");
    if (f->name == CFG_BGP_FAMILY_IPV4_VPN && f->has_import_table)
        return refuse(err, name, NULL, "import-table is for ipv4-unicast and ipv4-labeled-unicast");
    if (f->has_import_table && family_of_table(f->import_table) == family_of(f->name))
        return refuse(err, name, NULL, "import-table names the table of the other family");
    if (f->pop_without_lsp && f->name != CFG_BGP_FAMILY_IPV4_LABELED_UNICAST)
        return refuse(err, name, NULL,
                      "pop-without-lsp is for ipv4-labeled-unicast: other families have no labels there");
    return 0;
}

static int check_instance(const struct bgpd_config *c, const char *name, const struct cfg_bgp_instance *b,
                          struct north_error *err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < b->n_family; i++)
        rc = check_family(name, b->family[i], err);
    for (size_t i = 0; !rc && i < b->n_neighbor; i++)
        rc = check_neighbor(c, name, b->neighbor[i], err);
    return rc;
}

int bgpd_config_check(const struct bgpd_config *c, struct north_error *err)
{
    int rc;

    if (!c->bgp)
        return 0;
    rc = check_instance(c, "", &c->bgp->bgp_instance, err);
    for (size_t i = 0; !rc && i < c->bgp->n_vpn_instance; i++) {
        const struct cfg_bgp_vpn_instance *v = c->bgp->vpn_instance[i];

        if (!find_instance(c, v->name))
            return refuse(err, v->name, NULL, "there is no such VPN instance: configure it under vpn-instance");
        rc = check_instance(c, v->name, &v->bgp_instance, err);
    }
    return rc;
}

/* --- conversion --- */

static void add_redistribution(struct bgp_vrf_config *v, const struct cfg_bgp_instance_family *family)
{
    enum bgp_family f = family_of(family->name);

    for (size_t k = 0; k < family->n_redistribute; k++) {
        const struct cfg_bgp_instance_family_redistribute *r = family->redistribute[k];

        for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
            enum rib_source s = sources[i].source;

            if (sources[i].name != r->source)
                continue;
            v->redistribute[f] |= 1u << s;
            v->redistribute_except_tag[f][s] = r->has_except_tag ? r->except_tag : 0;
            v->has_only_tag[f][s] = r->has_only_tag;
            v->redistribute_only_tag[f][s] = r->has_only_tag ? r->only_tag : 0;
            if (r->has_prefix_list)
                snprintf(v->redistribute_list[f][s], BGP_LIST_NAME_MAX, "%s", r->prefix_list);
        }
    }
}

static struct bgp_vrf_config vrf_of(const char *name, const struct cfg_vpn_instances_vpn_instance *i,
                                    const struct cfg_bgp_instance *b)
{
    struct bgp_vrf_config v = {0};

    snprintf(v.name, sizeof(v.name), "%s", name);
    if (i) {
        v.has_rd = i->has_route_distinguisher;
        v.rd = i->route_distinguisher;
        v.n_import = i->vpn_target.n_import;
        v.import_targets = i->vpn_target.import;
        v.n_export = i->vpn_target.n_export;
        v.export_targets = i->vpn_target.export;
        v.is_label_per_route = i->label_mode == CFG_LABEL_MODE_PER_ROUTE;
        v.is_carrier = i->carriers_carrier != NULL;
    }
    for (size_t k = 0; b && k < b->n_family; k++) {
        v.has_import_table[family_of(b->family[k]->name)] |= b->family[k]->has_import_table;
        v.pops_without_lsp |= b->family[k]->pop_without_lsp;
        add_redistribution(&v, b->family[k]);
    }
    v.is_carrier |= name[0] && (v.has_import_table[BGP_IPV4_UNICAST] || v.has_import_table[BGP_IPV4_LABELED]);
    return v;
}

static struct bgp_family_config family_config_of(const struct cfg_bgp_instance_neighbor_family *f)
{
    struct bgp_family_config c = {.is_enabled = true,
                                  .is_next_hop_self = f->next_hop_self,
                                  .is_next_hop_unchanged = f->next_hop_unchanged,
                                  .has_as_override = f->as_override,
                                  .is_reflector_client = f->route_reflector_client,
                                  .allow_as_loop = f->allow_as_loop,
                                  .max_prefixes = f->has_maximum_prefixes ? f->maximum_prefixes : 0};

    if (f->has_prefix_list_in)
        snprintf(c.prefix_list_in, sizeof(c.prefix_list_in), "%s", f->prefix_list_in);
    if (f->has_prefix_list_out)
        snprintf(c.prefix_list_out, sizeof(c.prefix_list_out), "%s", f->prefix_list_out);
    return c;
}

static struct bgp_peer_config peer_of(const struct cfg_bgp_instance_neighbor *n)
{
    struct bgp_peer_config p = {.address = n->address,
                                .remote_as = n->remote_as,
                                .local_address = n->has_local_address ? n->local_address : (struct ip_addr){0},
                                .ebgp_multihop = n->has_ebgp_multihop ? n->ebgp_multihop : 0,
                                .is_passive = n->passive,
                                .is_shutdown = n->shutdown,
                                .has_ttl_security = n->ttl_security,
                                .has_site_of_origin = n->has_site_of_origin,
                                .site_of_origin = n->site_of_origin,
                                .port = n->port,
                                .hold_time_sec = n->hold_time,
                                .keepalive_sec = n->has_keepalive ? n->keepalive : 0,
                                .connect_retry_sec = n->connect_retry,
                                .advertisement_interval_ms = n->advertisement_interval};

    for (size_t i = 0; i < n->n_family; i++)
        p.family[family_of(n->family[i]->name)] = family_config_of(n->family[i]);
    return p;
}

static void add_peers(struct bgpd_wanted_peer *peers, size_t *n, const char *vrf, const struct cfg_bgp_instance *b)
{
    for (size_t i = 0; i < b->n_neighbor; i++)
        peers[(*n)++] = (struct bgpd_wanted_peer){.vrf = vrf, .cfg = peer_of(b->neighbor[i])};
}

static const struct cfg_bgp_instance *bgp_of_instance(const struct cfg_bgp *b, const char *name)
{
    for (size_t i = 0; i < b->n_vpn_instance; i++)
        if (strcmp(b->vpn_instance[i]->name, name) == 0)
            return &b->vpn_instance[i]->bgp_instance;
    return NULL;
}

/* Every VPN instance is one of BGP's, too, as soon as it has a route distinguisher: importing needs no more. */
struct bgpd_wanted bgpd_wanted_of(const struct bgpd_config *c)
{
    const struct cfg_bgp *b = c->bgp;
    size_t n_peers, n_vrfs = 0, k = 0;
    struct bgp_vrf_config *vrfs;
    struct bgpd_wanted_peer *peers;

    if (!b)
        return (struct bgpd_wanted){0};
    n_peers = b->bgp_instance.n_neighbor;
    for (size_t i = 0; i < b->n_vpn_instance; i++)
        n_peers += b->vpn_instance[i]->bgp_instance.n_neighbor;
    vrfs = mem_alloc(NULL, (c->vpn_instances.n_vpn_instance + 1) * sizeof(*vrfs));
    peers = mem_alloc(NULL, n_peers * sizeof(*peers));
    vrfs[n_vrfs++] = vrf_of("", NULL, &b->bgp_instance);
    for (size_t i = 0; i < c->vpn_instances.n_vpn_instance; i++) {
        const struct cfg_vpn_instances_vpn_instance *v = c->vpn_instances.vpn_instance[i];

        vrfs[n_vrfs++] = vrf_of(v->name, v, bgp_of_instance(b, v->name));
    }
    add_peers(peers, &k, "", &b->bgp_instance);
    for (size_t i = 0; i < b->n_vpn_instance; i++)
        add_peers(peers, &k, b->vpn_instance[i]->name, &b->vpn_instance[i]->bgp_instance);
    return (struct bgpd_wanted){.is_configured = true,
                                .policy = &c->policy,
                                .global = {.as = b->as,
                                           .router_id = b->router_id,
                                           .cluster_id = b->has_cluster_id ? b->cluster_id : b->router_id,
                                           .distance_external = b->distance.external,
                                           .distance_internal = b->distance.internal,
                                           .port = b->port},
                                .n_vrfs = n_vrfs,
                                .n_peers = n_peers,
                                .vrfs = vrfs,
                                .peers = peers};
}

void bgpd_wanted_free(struct bgpd_wanted *w)
{
    mem_free(NULL, (void *)w->vrfs);
    mem_free(NULL, (void *)w->peers);
}
