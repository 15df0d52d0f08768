/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the carrier's carrier intent (RFC 4364 section 9), each a small function, and the tags of OSPF's
 * external routes: towards customers (RFC 4577), and between border routers of one AS. A rule adds what is missing and
 * refuses what cannot be meant.
 *
 *   both   the instance: label-mode per-route; mpls interface I for each interface of the instance
 *   bgp    bgp vpn-instance V: each of the unicast and the labelled table takes the other's routes; a neighbour without
 *          families gets the labelled one
 *   ldp    ldp vpn-instance V: bgp-routes, interface I; bgp vpn-instance V takes OSPF's routes, and OSPF takes BGP's
 */
#include "src/mgmtd/intent/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/path.h"
#include "lib/text/tree.h"

#define UNICAST "ipv4-unicast"
#define LABELED "ipv4-labeled-unicast"

void rule_refuse(struct growth *g, const struct lyd_node *node, const char *leaf, const char *fmt, ...)
{
    va_list ap;
    size_t used;

    if (g->is_failed)
        return;
    g->is_failed = true;
    yang_path_of(node, g->fault->path, sizeof(g->fault->path));
    used = strlen(g->fault->path);
    if (leaf)
        snprintf(g->fault->path + used, sizeof(g->fault->path) - used, "/%s", leaf);
    va_start(ap, fmt);
    vsnprintf(g->fault->message, sizeof(g->fault->message), fmt, ap);
    va_end(ap);
}

static bool any(const struct intent *i)
{
    return i->has_bgp || i->has_ldp;
}

static bool with_bgp(const struct intent *i)
{
    return i->has_bgp;
}

static bool with_ldp(const struct intent *i)
{
    return i->has_ldp;
}

/* Under the VPN label lies a label of the customer carrier, or a destination that this router does not know. */
static void label_per_route(struct growth *g, const struct intent *i)
{
    struct lyd_node *instance = tree_entry(yang_top(*g->tree, "vpn-instances"), "vpn-instance", i->vpn);
    const char *mode = tree_value(instance, "label-mode");

    if (mode && strcmp(mode, "per-instance") == 0)
        rule_refuse(
            g, i->instance, "label-mode",
            "a carriers-carrier instance needs a label for each route: remove \"label-mode per-instance\". With one "
            "label for the instance its packets would be looked up as IP although they carry the customer "
            "carrier's labels");
    grow_leaf(g, instance, "label-mode", "per-route");
}

/* Calls fn with the name of each interface of the instance. */
static void each_interface(struct growth *g, const struct intent *i,
                           void (*fn)(struct growth *g, struct lyd_node *arg, const char *name), struct lyd_node *arg)
{
    const struct lyd_node *interfaces = yang_top(*g->tree, "interfaces");
    for (struct lyd_node *n = tree_next(interfaces, "interface", NULL); n; n = tree_next(interfaces, "interface", n)) {
        const char *vpn = tree_value(n, "vpn-instance");
        if (vpn && strcmp(vpn, i->vpn) == 0)
            fn(g, arg, lyd_get_value(lyd_child(n)));
    }
}

static void add_interface(struct growth *g, struct lyd_node *parent, const char *name)
{
    grow_entry(g, parent, "interface", name);
}

static void add_mpls_interface(struct growth *g, struct lyd_node *arg, const char *name)
{
    (void)arg;
    grow_entry(g, grow_top(g, "strata-mpls", "mpls"), "interface", name);
}

static void mpls_interfaces(struct growth *g, const struct intent *i)
{
    each_interface(g, i, add_mpls_interface, NULL);
}

/* bgp vpn-instance V family NAME; NULL without BGP. */
static struct lyd_node *bgp_family(struct growth *g, const struct intent *i, const char *name)
{
    struct lyd_node *bgp = yang_top(*g->tree, "bgp");
    return grow_entry(g, grow_entry(g, bgp, "vpn-instance", i->vpn), "family", name);
}

/* VPN routes come into the unicast table and leave it; the customer carrier's neighbours use the labelled one. */
static void bgp_tables(struct growth *g, const struct intent *i)
{
    grow_leaf(g, bgp_family(g, i, LABELED), "import-table", UNICAST);
    grow_leaf(g, bgp_family(g, i, UNICAST), "import-table", LABELED);
}

static void bgp_neighbors(struct growth *g, const struct intent *i)
{
    const struct lyd_node *instance = tree_entry(yang_top(*g->tree, "bgp"), "vpn-instance", i->vpn);

    for (struct lyd_node *n = tree_next(instance, "neighbor", NULL); n; n = tree_next(instance, "neighbor", n)) {
        if (!tree_next(n, "family", NULL))
            grow_entry(g, n, "family", LABELED);
        else if (!i->has_ldp && !tree_entry(n, "family", LABELED))
            rule_refuse(
                g, n, NULL,
                "with \"carriers-carrier signaling bgp\" a neighbor of vpn-instance %s gives and takes labels: add "
                "\"family %s\" to it, or remove its families and get that one",
                i->vpn, LABELED);
    }
}

static void ldp_instance(struct growth *g, const struct intent *i)
{
    struct lyd_node *instance = grow_entry(g, grow_top(g, "strata-ldp", "ldp"), "vpn-instance", i->vpn);
    grow_container(g, instance, "bgp-routes");
    each_interface(g, i, add_interface, instance);
}

static void bgp_takes_ospf(struct growth *g, const struct intent *i)
{
    grow_entry(g, bgp_family(g, i, UNICAST), "redistribute", "ospf");
}

static void ospf_takes_bgp(struct growth *g, const struct intent *i)
{
    struct lyd_node *instance = tree_entry(yang_top(*g->tree, "ospf"), "vpn-instance", i->vpn);
    grow_entry(g, instance, "redistribute", "bgp");
}

const struct rule intent_rules[] = {
    {"label-per-route", any, label_per_route},    {"mpls-interfaces", any, mpls_interfaces},
    {"bgp-tables", with_bgp, bgp_tables},         {"bgp-neighbors", with_bgp, bgp_neighbors},
    {"ldp-instance", with_ldp, ldp_instance},     {"bgp-takes-ospf", with_ldp, bgp_takes_ospf},
    {"ospf-takes-bgp", with_ldp, ospf_takes_bgp},
};
const size_t n_intent_rules = sizeof(intent_rules) / sizeof(intent_rules[0]);

/* RFC 4577 section 4.2.5.2: a tag that tells routes that came over the VPN. Automatic, complete, path length 1, the AS
 * (RFC 1403 section 4.3.2). There is no such tag for an AS of four octets: towards customers none is implied then, and
 * among border routers of one AS the number alone will do. */
#define OSPF_TAG_AUTOMATIC 0xd0000000u

/* The tag by which OSPF's routes that came from BGP are known, and who says so. */
struct tag {
    char value[16], origin[GROW_ORIGIN_MAX];
};

static void set_origin(struct growth *g, const struct tag *t)
{
    snprintf(g->origin, sizeof(g->origin), "%s", t->origin);
}

static bool is_multi_vrf_ce(const struct lyd_node *instance)
{
    const char *is_ce = tree_value(instance, "multi-vrf-ce");
    return is_ce && strcmp(is_ce, "true") == 0;
}

/* Which of BGP and OSPF had a route first must make no difference to a border router that takes OSPF's routes into BGP:
 * what is inside its OSPF comes before what external neighbours say, what other border routers took from BGP after BGP
 * itself. BGP's own distances are 20 and 200. */
#define BEFORE_EXTERNAL_BGP "10"
#define AFTER_INTERNAL_BGP  "210"

/* BGP takes no route from OSPF that has the tag (NULL: no matter). False: it takes none at all. */
static bool except_tag(struct growth *g, const struct lyd_node *bgp, const char *tag)
{
    bool is_border = false;

    for (struct lyd_node *f = tree_next(bgp, "family", NULL); f; f = tree_next(bgp, "family", f)) {
        struct lyd_node *taken = tree_entry(f, "redistribute", "ospf");
        is_border = is_border || taken;
        if (taken && tag)
            grow_leaf(g, taken, "except-tag", tag);
    }
    return is_border;
}

/* Routes that a border router took from BGP have a tag in OSPF, and no other border router of the AS gives them to BGP
 * again. `bgp` and `ospf` are those of the instance `vpn`, NULL outside of them. At a provider's edge, where vpn-tag
 * serves, only a tag that was typed is looked at. At a customer's edge the provider, too, may have our AS in its tag:
 * so a router that gives no tag there expects none. */
static void tag_instance(struct growth *g, const struct lyd_node *bgp, struct lyd_node *ospf, const char *vpn,
                         const struct tag *automatic)
{
    struct lyd_node *given = tree_entry(ospf, "redistribute", "bgp");
    const char *typed = tree_value(given, "tag");
    bool is_edge = vpn && !is_multi_vrf_ce(ospf), is_border;
    struct tag t = *automatic;

    if (typed) {
        snprintf(t.value, sizeof(t.value), "%s", typed);
        snprintf(t.origin, sizeof(t.origin), "ospf%s%s redistribute bgp", vpn ? " vpn-instance " : "", vpn ? vpn : "");
    } else if (is_edge) {
        return;
    }
    set_origin(g, &t);
    is_border = except_tag(g, bgp, !vpn || given ? t.value : NULL);
    if (is_edge)
        return;
    if (given) {
        grow_leaf(g, given, "tag", t.value);
        if (strcmp(t.value, "0") != 0)
            grow_leaf(g, given, "return-distance", AFTER_INTERNAL_BGP);
    }
    set_origin(g, automatic);
    if (is_border && ospf && !tree_value(ospf, "distance"))
        grow_leaf(g, ospf, "internal-distance", BEFORE_EXTERNAL_BGP);
}

void rules_ospf_tags(struct growth *g)
{
    const struct lyd_node *bgp = yang_top(*g->tree, "bgp");
    struct lyd_node *ospf = yang_top(*g->tree, "ospf");
    const char *as_text = tree_value(bgp, "as");
    uint32_t as = as_text ? (uint32_t)strtoul(as_text, NULL, 10) : 0;
    struct tag automatic;

    if (as == 0)
        return;
    snprintf(automatic.origin, sizeof(automatic.origin), "bgp as %" PRIu32, as);
    snprintf(automatic.value, sizeof(automatic.value), "%" PRIu32, as > UINT16_MAX ? as : OSPF_TAG_AUTOMATIC | as);
    tag_instance(g, bgp, ospf, NULL, &automatic);
    for (struct lyd_node *n = tree_next(ospf, "vpn-instance", NULL); n; n = tree_next(ospf, "vpn-instance", n)) {
        const char *vpn = lyd_get_value(lyd_child(n));
        tag_instance(g, tree_entry(bgp, "vpn-instance", vpn), n, vpn, &automatic);
        set_origin(g, &automatic);
        if (as <= UINT16_MAX && !is_multi_vrf_ce(n))
            grow_leaf(g, n, "vpn-tag", automatic.value);
    }
}
