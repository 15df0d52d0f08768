/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the carrier's carrier intent (RFC 4364 section 9), each a small function, and the route tag of OSPF
 * towards customers (RFC 4577). A rule adds what is missing and refuses what cannot be meant.
 *
 *   both   the instance: label-mode per-route; mpls interface I for each interface of the instance
 *   bgp    bgp vpn-instance V: each of the unicast and the labelled table takes the other's routes; a neighbour without
 *          families gets the labelled one
 *   ldp    ldp vpn-instance V: bgp-routes, interface I; bgp vpn-instance V takes OSPF's routes, and OSPF takes BGP's
 */
#include "src/mgmtd/intent/rules.h"

#include <errno.h>
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
 * (RFC 1403 section 4.3.2); there is no such tag for an AS of four octets. */
#define OSPF_TAG_AUTOMATIC 0xd0000000u

void rules_ospf_tags(struct growth *g)
{
    const char *as_text = tree_value(yang_top(*g->tree, "bgp"), "as");
    const struct lyd_node *ospf = yang_top(*g->tree, "ospf");
    unsigned long as = as_text ? strtoul(as_text, NULL, 10) : 0;
    char tag[16];

    if (as == 0 || as > UINT16_MAX)
        return;
    snprintf(tag, sizeof(tag), "%lu", OSPF_TAG_AUTOMATIC | as);
    snprintf(g->origin, sizeof(g->origin), "bgp as %lu", as);
    for (struct lyd_node *n = tree_next(ospf, "vpn-instance", NULL); n; n = tree_next(ospf, "vpn-instance", n)) {
        const char *is_ce = tree_value(n, "multi-vrf-ce");
        if (!is_ce || strcmp(is_ce, "true") != 0)
            grow_leaf(g, n, "vpn-tag", tag);
    }
}
