/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state: the container `rib` of strata-rib.yang, list by list. Only what the asked path needs is written.
 */
#include <stdio.h>
#include <string.h>

#include "ribd_config.h"
#include "src/ribd/north/private.h"
#include "src/ribd/rib/view.h"
#include "strata/state.h"

/* --- names --- */

struct name_search {
    uint32_t vrf, ifindex;
    char *name; /* "" until found */
    size_t size;
    uint32_t mtu;
};

static void match_instance(void *arg, const struct instance_view *v)
{
    struct name_search *s = arg;

    if (v->i.vrf == s->vrf)
        snprintf(s->name, s->size, "%s", v->i.name);
}

const char *ribd_state_instance(const struct ribd *d, uint32_t vrf, char *buf)
{
    struct name_search s = {.vrf = vrf, .name = buf, .size = RIB_NAME_MAX};

    if (vrf == RIB_VRF_PUBLIC)
        return "public";
    buf[0] = '\0';
    ribd_instances_each(d->instances, match_instance, &s);
    if (!buf[0])
        snprintf(buf, RIB_NAME_MAX, "table-%u", vrf);
    return buf;
}

static void match_port(void *arg, const struct port_view *v)
{
    struct name_search *s = arg;

    if (v->i->ifindex == s->ifindex)
        snprintf(s->name, s->size, "%s", v->i->name);
}

void ribd_state_interface(struct writing *x, uint32_t node, uint32_t ifindex)
{
    char buf[24] = "";
    struct name_search s = {.ifindex = ifindex, .name = buf, .size = sizeof(buf)};

    ribd_ports_each(x->d->ports, match_port, &s);
    if (!buf[0])
        snprintf(buf, sizeof(buf), "interface-%u", ifindex);
    state_text(x->w, node, buf);
}

enum { LABEL_OCTETS = 4 };

static void match_mtu(void *arg, const struct port_view *v)
{
    struct name_search *s = arg;

    if (v->i->ifindex == s->ifindex)
        s->mtu = v->i->mtu;
}

void ribd_state_mtu(struct writing *x, uint32_t node, uint32_t ifindex, unsigned n_labels)
{
    struct name_search s = {.ifindex = ifindex};

    if (!state_wants(x->w, node))
        return;
    ribd_ports_each(x->d->ports, match_mtu, &s);
    if (s.mtu > n_labels * LABEL_OCTETS)
        state_u64(x->w, node, s.mtu - n_labels * LABEL_OCTETS);
}

void ribd_state_lsp_name(struct writing *x, uint32_t node, uint32_t in_label)
{
    const char *name = ribd_lsps_name(x->d->lsps, in_label);

    if (name)
        state_text(x->w, node, name);
}

const char *ribd_state_lsp_instance(const struct lsp_wish *w)
{
    const char *name = w->is_lookup ? w->lookup : w->n_hops ? w->hops[0].instance : "";

    return name[0] ? name : "public";
}

/* --- reasons --- */

const char *ribd_state_route_reason(const struct ribd *d, const struct rib_route_view *v, char buf[RIBD_WHY_MAX])
{
    if (v->source != RIB_SOURCE_STATIC || v->client != RIB_CLIENT_RIBD || !v->reason[0])
        return v->reason;
    return ribd_statics_why(d->statics, v->vrf, &v->prefix, v->distance, v->reason, buf);
}

void ribd_state_label_reason(struct writing *x, uint32_t node, bool is_ours, uint32_t in_label, const char *reason)
{
    char why[RIBD_WHY_MAX];

    state_text(x->w, node, is_ours && reason[0] ? ribd_lsps_why(x->d->lsps, in_label, reason, why) : reason);
}

/* --- routes --- */

_Static_assert((int)RIB_SOURCE_OSPF == (int)CFG_RIB_SOURCE_OSPF &&
                   (int)RIB_SOURCE_KERNEL == (int)CFG_RIB_SOURCE_KERNEL &&
                   (int)RIB_CLIENT_RIBD == (int)CFG_RIB_CLIENT_RIBD &&
                   (int)RIB_CLIENT_LDPD == (int)CFG_RIB_CLIENT_LDPD && (int)RIB_CLIENT_VPND == (int)CFG_RIB_CLIENT_VPND,
               "sources and clients are in the order of the schema");

/* As the RIB decides: the lowest distance, then the source that stands first. */
static void write_inactive(struct writing *x, const struct rib_route_view *v)
{
    char text[RIB_TEXT_MAX];

    if (!v->is_passed_over)
        return;
    if (v->best_distance != v->distance)
        snprintf(text, sizeof(text), "%s has the lower distance, %u", rib_source_name(v->best_source),
                 v->best_distance);
    else
        snprintf(text, sizeof(text), "%s goes first where distances are equal", rib_source_name(v->best_source));
    state_text(x->w, RIBD_RIB_ROUTE_INACTIVE_REASON, text);
}

static void write_route(void *arg, const struct rib_route_view *v)
{
    struct writing *x = arg;
    char buf[RIB_NAME_MAX], labels[LABEL_TEXT_MAX], why[RIBD_WHY_MAX];

    state_open(x->w, RIBD_RIB_ROUTE);
    state_text(x->w, RIBD_RIB_ROUTE_VPN_INSTANCE, ribd_state_instance(x->d, v->vrf, buf));
    state_prefix(x->w, RIBD_RIB_ROUTE_PREFIX, &v->prefix);
    state_enum(x->w, RIBD_RIB_ROUTE_SOURCE, (int)v->source);
    state_u64(x->w, RIBD_RIB_ROUTE_DISTANCE, v->distance);
    state_enum(x->w, RIBD_RIB_ROUTE_OWNER, (int)v->client);
    state_u64(x->w, RIBD_RIB_ROUTE_METRIC, v->metric);
    if (v->tag)
        state_u64(x->w, RIBD_RIB_ROUTE_TAG, v->tag);
    state_bool(x->w, RIBD_RIB_ROUTE_SELECTED, v->is_selected);
    state_bool(x->w, RIBD_RIB_ROUTE_INSTALLED, v->is_installed);
    if (v->is_stale)
        state_bool(x->w, RIBD_RIB_ROUTE_STALE, true);
    state_text(x->w, RIBD_RIB_ROUTE_REASON, ribd_state_route_reason(x->d, v, why));
    write_inactive(x, v);
    if (v->retry_sec)
        state_u64(x->w, RIBD_RIB_ROUTE_NEXT_TRY, v->retry_sec);
    if (v->is_selected)
        state_u64(x->w, RIBD_RIB_ROUTE_AGE, v->changed_sec);
    if (v->is_blackhole)
        state_text(x->w, RIBD_RIB_ROUTE_DROPS, v->is_unreachable ? "reject" : "discard");
    for (size_t i = 0; i < v->n_origins; i++)
        state_addr(x->w, RIBD_RIB_ROUTE_PROTOCOL_NEXT_HOP, &v->origins[i]);
    for (size_t i = 0; i < v->n_hops; i++) {
        state_open(x->w, RIBD_RIB_ROUTE_NEXT_HOP);
        state_u64(x->w, RIBD_RIB_ROUTE_NEXT_HOP_INDEX, i);
        state_addr(x->w, RIBD_RIB_ROUTE_NEXT_HOP_GATEWAY, &v->hops[i].gateway);
        ribd_state_interface(x, RIBD_RIB_ROUTE_NEXT_HOP_INTERFACE, v->hops[i].ifindex);
        if (v->hops[i].label.state == LABEL_STATE_STACK)
            state_text(x->w, RIBD_RIB_ROUTE_NEXT_HOP_LABELS, out_label_text(&v->hops[i].label, labels, sizeof(labels)));
        state_close(x->w);
    }
    state_close(x->w);
}

static void write_routes(struct writing *x)
{
    struct rib_view_range range;

    if (state_list(x->w, RIBD_RIB_ROUTE) &&
        ribd_state_range(x, RIBD_RIB_ROUTE_VPN_INSTANCE, RIBD_RIB_ROUTE_PREFIX, &range))
        ribd_rib_read_routes(x->d->rib, &range, write_route, ribd_state_pause, x);
}

/* --- label entries --- */

/* The label comes off, and no hop puts another in its place. */
static bool is_pop(const struct ribd *d, const struct rib_label_view *v)
{
    for (size_t i = 0; i < v->n_hops; i++) {
        if (v->hops[i].label.state == LABEL_STATE_STACK)
            return false;
    }
    return v->n_hops || (v->client == RIB_CLIENT_RIBD && ribd_lsps_is_pop(d->lsps, v->entry.in_label));
}

static int operation(const struct ribd *d, const struct rib_label_view *v)
{
    switch ((enum rib_label_op)v->entry.op) {
    case RIB_LABEL_SWAP:
        return is_pop(d, v) ? CFG_RIB_MPLS_FORWARDING_OPERATION_POP : CFG_RIB_MPLS_FORWARDING_OPERATION_SWAP;
    case RIB_LABEL_POP_LOOKUP:
        return CFG_RIB_MPLS_FORWARDING_OPERATION_POP_LOOKUP;
    case RIB_LABEL_FOLLOW_FEC:
        return CFG_RIB_MPLS_FORWARDING_OPERATION_FOLLOW_FEC;
    }
    return CFG_RIB_MPLS_FORWARDING_OPERATION_SWAP;
}

const char *ribd_state_label_status(enum rib_label_status s)
{
    switch (s) {
    case RIB_LABEL_INSTALLED:
        return "installed";
    case RIB_LABEL_UNUSABLE:
        return "unusable";
    case RIB_LABEL_FAILED:
        return "failed";
    }
    return "";
}

static void write_entry(void *arg, const struct rib_label_view *v)
{
    struct writing *x = arg;
    bool is_ours = v->client == RIB_CLIENT_RIBD;
    char buf[RIB_NAME_MAX], labels[LABEL_TEXT_MAX];

    state_open(x->w, RIBD_RIB_MPLS_FORWARDING);
    state_u64(x->w, RIBD_RIB_MPLS_FORWARDING_IN_LABEL, v->entry.in_label);
    state_enum(x->w, RIBD_RIB_MPLS_FORWARDING_OWNER, (int)v->client);
    if (is_ours)
        ribd_state_lsp_name(x, RIBD_RIB_MPLS_FORWARDING_NAME, v->entry.in_label);
    state_text(x->w, RIBD_RIB_MPLS_FORWARDING_VPN_INSTANCE, ribd_state_instance(x->d, v->entry.fec.vrf, buf));
    if (v->entry.fec.prefix.addr.family != AF_NONE)
        state_prefix(x->w, RIBD_RIB_MPLS_FORWARDING_FEC, &v->entry.fec.prefix);
    state_enum(x->w, RIBD_RIB_MPLS_FORWARDING_OPERATION, operation(x->d, v));
    if (v->entry.op == RIB_LABEL_POP_LOOKUP)
        state_text(x->w, RIBD_RIB_MPLS_FORWARDING_LOOKUP_INSTANCE, ribd_state_instance(x->d, v->entry.lookup_vrf, buf));
    state_text(x->w, RIBD_RIB_MPLS_FORWARDING_STATUS, v->is_pending ? "pending" : ribd_state_label_status(v->status));
    if (v->is_stale)
        state_bool(x->w, RIBD_RIB_MPLS_FORWARDING_STALE, true);
    ribd_state_label_reason(x, RIBD_RIB_MPLS_FORWARDING_REASON, is_ours, v->entry.in_label, v->reason);
    if (v->retry_sec)
        state_u64(x->w, RIBD_RIB_MPLS_FORWARDING_NEXT_TRY, v->retry_sec);
    state_u64(x->w, RIBD_RIB_MPLS_FORWARDING_AGE, v->changed_sec);
    for (size_t i = 0; i < v->n_hops; i++) {
        state_open(x->w, RIBD_RIB_MPLS_FORWARDING_NEXT_HOP);
        state_u64(x->w, RIBD_RIB_MPLS_FORWARDING_NEXT_HOP_INDEX, i);
        state_addr(x->w, RIBD_RIB_MPLS_FORWARDING_NEXT_HOP_GATEWAY, &v->hops[i].gateway);
        ribd_state_interface(x, RIBD_RIB_MPLS_FORWARDING_NEXT_HOP_INTERFACE, v->hops[i].ifindex);
        state_text(x->w, RIBD_RIB_MPLS_FORWARDING_NEXT_HOP_LABELS,
                   out_label_text(&v->hops[i].label, labels, sizeof(labels)));
        state_close(x->w);
    }
    state_close(x->w);
}

static int wished_operation(const struct lsp_wish *w)
{
    if (w->is_lookup)
        return CFG_RIB_MPLS_FORWARDING_OPERATION_POP_LOOKUP;
    return w->n_hops && w->hops[0].label.state == LABEL_STATE_STACK ? CFG_RIB_MPLS_FORWARDING_OPERATION_SWAP
                                                                    : CFG_RIB_MPLS_FORWARDING_OPERATION_POP;
}

/* A static one whose label another has, who may have an entry for it, too. */
static void write_waiting(void *arg, const struct lsp_wish *wish, const char *why)
{
    struct writing *x = arg;

    state_open(x->w, RIBD_RIB_MPLS_FORWARDING);
    state_u64(x->w, RIBD_RIB_MPLS_FORWARDING_IN_LABEL, wish->in_label);
    state_enum(x->w, RIBD_RIB_MPLS_FORWARDING_OWNER, CFG_RIB_CLIENT_RIBD);
    state_text(x->w, RIBD_RIB_MPLS_FORWARDING_NAME, wish->name);
    state_text(x->w, RIBD_RIB_MPLS_FORWARDING_VPN_INSTANCE, ribd_state_lsp_instance(wish));
    state_enum(x->w, RIBD_RIB_MPLS_FORWARDING_OPERATION, wished_operation(wish));
    if (wish->is_lookup)
        state_text(x->w, RIBD_RIB_MPLS_FORWARDING_LOOKUP_INSTANCE, ribd_state_lsp_instance(wish));
    state_enum(x->w, RIBD_RIB_MPLS_FORWARDING_STATUS, CFG_RIB_MPLS_FORWARDING_STATUS_WAITING);
    state_text(x->w, RIBD_RIB_MPLS_FORWARDING_REASON, why);
    state_close(x->w);
}

static void write_entries(struct writing *x)
{
    uint64_t only;
    bool is_whole = true;

    if (!state_list(x->w, RIBD_RIB_MPLS_FORWARDING))
        return;
    if (state_only_number(x->w, RIBD_RIB_MPLS_FORWARDING_IN_LABEL, &only))
        ribd_rib_view_label(x->d->rib, (uint32_t)only, write_entry, x);
    else
        is_whole = ribd_rib_read_labels(x->d->rib, ribd_state_label_from(x, 0), write_entry, ribd_state_pause_label, x);
    if (is_whole)
        ribd_lsps_each_refused(x->d->lsps, write_waiting, x);
}

/* --- interfaces and instances --- */

enum { MTU_USUAL = 1500, LABELS_CORE = 3 };

/* The largest packets that customers send: those of instances' interfaces that take no labels. */
static void match_access_mtu(void *arg, const struct port_view *v)
{
    uint32_t *mtu = arg;

    if (v->i->vrf != RIB_VRF_PUBLIC && !v->i->has_mpls && !v->i->is_loopback && v->i->mtu > *mtu)
        *mtu = v->i->mtu;
}

/* The kernel drops silently what is too big under labels. "" if there is room for the three labels of a carrier's
 * carrier core. `buf` of RIB_TEXT_MAX octets. */
static const char *port_warning(const struct ribd *d, const struct rib_interface *i, char *buf)
{
    uint32_t access = MTU_USUAL;

    buf[0] = '\0';
    ribd_ports_each(d->ports, match_access_mtu, &access);
    if (i->has_mpls && i->mtu < access + LABELS_CORE * LABEL_OCTETS)
        snprintf(buf, RIB_TEXT_MAX,
                 "mtu %u has no room for %d labels on packets of %u octets: give both ends %u or more", i->mtu,
                 LABELS_CORE, access, access + LABELS_CORE * LABEL_OCTETS);
    return buf;
}

static int port_status(const struct port_view *v)
{
    if (v->i->is_up)
        return CFG_RIB_INTERFACE_STATUS_UP;
    return v->is_admin_up ? CFG_RIB_INTERFACE_STATUS_NO_CARRIER : CFG_RIB_INTERFACE_STATUS_SWITCHED_OFF;
}

static void write_port(void *arg, const struct port_view *v)
{
    struct writing *x = arg;
    char buf[RIB_NAME_MAX], a[PREFIX_TEXT_MAX], warning[RIB_TEXT_MAX];

    state_open(x->w, RIBD_RIB_INTERFACE);
    state_text(x->w, RIBD_RIB_INTERFACE_NAME, v->i->name);
    state_text(x->w, RIBD_RIB_INTERFACE_VPN_INSTANCE, ribd_state_instance(x->d, v->i->vrf, buf));
    state_u64(x->w, RIBD_RIB_INTERFACE_MTU, v->i->mtu);
    state_bool(x->w, RIBD_RIB_INTERFACE_UP, v->i->is_up);
    state_enum(x->w, RIBD_RIB_INTERFACE_STATUS, port_status(v));
    state_bool(x->w, RIBD_RIB_INTERFACE_MPLS, v->i->has_mpls);
    state_bool(x->w, RIBD_RIB_INTERFACE_GUARDED, v->i->is_guarded);
    if (v->i->is_guarded)
        state_u64(x->w, RIBD_RIB_INTERFACE_GUARD_DROPS, x->d->dp->ops->guard_drops(x->d->dp, v->i->ifindex));
    for (size_t i = 0; i < v->i->n_addresses; i++)
        state_text(x->w, RIBD_RIB_INTERFACE_ADDRESS, prefix_text(&v->i->addresses[i], a, sizeof(a)));
    state_text(x->w, RIBD_RIB_INTERFACE_PROBLEM, v->problem);
    if (v->retry_sec)
        state_u64(x->w, RIBD_RIB_INTERFACE_NEXT_TRY, v->retry_sec);
    state_text(x->w, RIBD_RIB_INTERFACE_WARNING, port_warning(x->d, v->i, warning));
    state_close(x->w);
}

static void write_absent_port(void *arg, const struct port_wish *w)
{
    struct writing *x = arg;

    state_open(x->w, RIBD_RIB_INTERFACE);
    state_text(x->w, RIBD_RIB_INTERFACE_NAME, w->name);
    state_text(x->w, RIBD_RIB_INTERFACE_VPN_INSTANCE, w->instance[0] ? w->instance : "public");
    state_bool(x->w, RIBD_RIB_INTERFACE_UP, false);
    state_enum(x->w, RIBD_RIB_INTERFACE_STATUS, CFG_RIB_INTERFACE_STATUS_ABSENT);
    state_text(x->w, RIBD_RIB_INTERFACE_PROBLEM, "the kernel has no interface of this name (yet)");
    state_close(x->w);
}

static void write_ports(struct writing *x)
{
    ribd_ports_each(x->d->ports, write_port, x);
    ribd_ports_each_absent(x->d->ports, write_absent_port, x);
}

static void write_far_end(void *arg, const struct ip_addr *address, size_t routes, bool has_lsp)
{
    struct writing *x = arg;

    state_open(x->w, RIBD_RIB_VPN_INSTANCE_FAR_END);
    state_addr(x->w, RIBD_RIB_VPN_INSTANCE_FAR_END_ADDRESS, address);
    state_u64(x->w, RIBD_RIB_VPN_INSTANCE_FAR_END_ROUTES, routes);
    state_bool(x->w, RIBD_RIB_VPN_INSTANCE_FAR_END_LSP, has_lsp);
    state_close(x->w);
}

/* The far ends are put together from the next-hop sets in use. */
static bool wants_counts(const struct state_writer *w)
{
    static const uint32_t nodes[] = {
        RIBD_RIB_VPN_INSTANCE_LOCAL_ROUTES,    RIBD_RIB_VPN_INSTANCE_REMOTE_ROUTES,
        RIBD_RIB_VPN_INSTANCE_UNUSABLE_ROUTES, RIBD_RIB_VPN_INSTANCE_LABELS,
        RIBD_RIB_VPN_INSTANCE_UNUSABLE_LABELS, RIBD_RIB_VPN_INSTANCE_FAR_END,
    };

    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        if (state_wants(w, nodes[i]))
            return true;
    }
    return false;
}

static void write_counts(struct writing *x, uint32_t vrf)
{
    struct rib_instance_counts c;

    ribd_rib_view_instance(x->d->rib, vrf, &c, write_far_end, x);
    state_u64(x->w, RIBD_RIB_VPN_INSTANCE_LOCAL_ROUTES, c.local_routes);
    state_u64(x->w, RIBD_RIB_VPN_INSTANCE_REMOTE_ROUTES, c.remote_routes);
    state_u64(x->w, RIBD_RIB_VPN_INSTANCE_UNUSABLE_ROUTES, c.unusable_routes);
    state_u64(x->w, RIBD_RIB_VPN_INSTANCE_LABELS, c.labels);
    state_u64(x->w, RIBD_RIB_VPN_INSTANCE_UNUSABLE_LABELS, c.unusable_labels);
}

static void write_instance(void *arg, const struct instance_view *v)
{
    struct writing *x = arg;

    state_open(x->w, RIBD_RIB_VPN_INSTANCE);
    state_text(x->w, RIBD_RIB_VPN_INSTANCE_NAME, v->i.name);
    state_u64(x->w, RIBD_RIB_VPN_INSTANCE_TABLE, v->i.vrf);
    state_text(x->w, RIBD_RIB_VPN_INSTANCE_DEVICE, v->i.device);
    state_bool(x->w, RIBD_RIB_VPN_INSTANCE_READY, v->i.is_ready);
    state_text(x->w, RIBD_RIB_VPN_INSTANCE_PROBLEM, v->problem);
    if (v->retry_sec)
        state_u64(x->w, RIBD_RIB_VPN_INSTANCE_NEXT_TRY, v->retry_sec);
    if (wants_counts(x->w))
        write_counts(x, v->i.vrf);
    state_close(x->w);
}

static void write_instances(struct writing *x)
{
    ribd_instances_each(x->d->instances, write_instance, x);
}

/* --- platform and counters --- */

static void write_port_warning(void *arg, const struct port_view *v)
{
    struct writing *x = arg;
    char warning[RIB_TEXT_MAX], text[RIB_TEXT_MAX + RIB_IFNAME_MAX + 12];

    if (!port_warning(x->d, v->i, warning)[0])
        return;
    snprintf(text, sizeof(text), "interface %s: %s", v->i->name, warning);
    state_text(x->w, RIBD_RIB_PLATFORM_WARNING, text);
}

static void write_missing(struct writing *x, const char *missing)
{
    char line[sizeof(x->d->platform.missing)];

    while (*missing) {
        size_t n = strcspn(missing, "\n");

        snprintf(line, sizeof(line), "%.*s", (int)n, missing);
        state_text(x->w, RIBD_RIB_PLATFORM_MISSING, line);
        missing += missing[n] ? n + 1 : n;
    }
}

static void write_platform(struct writing *x)
{
    const struct dp_platform *p = &x->d->platform;

    state_open(x->w, RIBD_RIB_PLATFORM);
    state_bool(x->w, RIBD_RIB_PLATFORM_MPLS, p->has_mpls);
    state_bool(x->w, RIBD_RIB_PLATFORM_VRF, p->has_vrf);
    state_bool(x->w, RIBD_RIB_PLATFORM_GUARD, p->has_guard);
    state_bool(x->w, RIBD_RIB_PLATFORM_GUARD_ENABLED, !x->d->is_guard_off);
    state_u64(x->w, RIBD_RIB_PLATFORM_LABELS, x->d->platform_labels);
    write_missing(x, p->missing);
    ribd_ports_each(x->d->ports, write_port_warning, x);
    state_close(x->w);
}

static void write_kernel_counters(struct writing *x)
{
    struct dp_counters k;

    x->d->dp->ops->count(x->d->dp, &k);
    state_u64(x->w, RIBD_RIB_COUNTERS_OVERRUNS, k.overruns);
    state_u64(x->w, RIBD_RIB_COUNTERS_RESYNCS, k.resyncs);
    if (k.is_resync_due)
        state_u64(x->w, RIBD_RIB_COUNTERS_RESYNC_IN, (k.resync_in_ms + 999) / 1000);
}

static void write_counters(struct writing *x)
{
    struct rib_counters c;
    struct label_counts l;

    ribd_rib_count(x->d->rib, &c);
    ribd_labels_count(x->d->labels, loop_now_us(x->d->env->loop), &l);
    state_open(x->w, RIBD_RIB_COUNTERS);
    state_u64(x->w, RIBD_RIB_COUNTERS_ROUTES, c.routes);
    state_u64(x->w, RIBD_RIB_COUNTERS_PREFIXES, c.prefixes);
    state_u64(x->w, RIBD_RIB_COUNTERS_NEXTHOPS, c.nexthops);
    state_u64(x->w, RIBD_RIB_COUNTERS_LABELS, c.labels);
    state_u64(x->w, RIBD_RIB_COUNTERS_BINDINGS, c.bindings);
    state_u64(x->w, RIBD_RIB_COUNTERS_LABELS_AVAILABLE, l.available);
    state_u64(x->w, RIBD_RIB_COUNTERS_LABELS_RESTING, l.resting);
    state_u64(x->w, RIBD_RIB_COUNTERS_LABELS_WITHOUT_ENTRY, l.claimed > c.labels ? l.claimed - c.labels : 0);
    state_u64(x->w, RIBD_RIB_COUNTERS_RESOLUTIONS, c.resolutions);
    state_u64(x->w, RIBD_RIB_COUNTERS_FAILURES, c.failures);
    state_u64(x->w, RIBD_RIB_COUNTERS_RETRIES, c.retries);
    state_u64(x->w, RIBD_RIB_COUNTERS_AUDITS, x->d->n_audits);
    state_u64(x->w, RIBD_RIB_COUNTERS_AUDIT_DIFFERENCES, x->d->n_differences);
    if (x->d->dp->ops->count)
        write_kernel_counters(x);
    state_u64(x->w, RIBD_RIB_COUNTERS_MEMORY, c.bytes);
    state_close(x->w);
}

/* --- the whole --- */

/* Big lists ask for themselves. */
static const struct part {
    uint32_t node;
    bool is_big;
    void (*write)(struct writing *x);
} parts[] = {
    {RIBD_RIB_ROUTE, true, write_routes},
    {RIBD_RIB_MPLS_FORWARDING, true, write_entries},
    {RIBD_RIB_LABEL, true, ribd_state_labels},
    {RIBD_RIB_LABEL_RANGE, false, ribd_state_label_ranges},
    {RIBD_RIB_INTERFACE, false, write_ports},
    {RIBD_RIB_VPN_INSTANCE, false, write_instances}, /* counts all routes */
    {RIBD_RIB_PLATFORM, false, write_platform},
    {RIBD_RIB_COUNTERS, false, write_counters},
    {RIBD_RIB_LSP, true, ribd_state_lsps},
    {RIBD_RIB_LABEL_STACK, true, ribd_state_stacks},
    {RIBD_RIB_NEXT_HOP, true, ribd_state_nexthops},
    {RIBD_RIB_FORWARDING, true, ribd_state_forwarding},
    {RIBD_RIB_LOOKUP, true, ribd_state_lookup},
    {RIBD_RIB_ROUTE_COUNT, true, ribd_state_route_counts},
};

void ribd_north_state(void *daemon, const char *path, struct state_writer *w)
{
    struct writing x = {daemon, w};

    (void)path; /* the writer knows it */
    state_open(w, RIBD_RIB);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].is_big || state_wants(w, parts[i].node))
            parts[i].write(&x);
    }
    state_close(w);
}
