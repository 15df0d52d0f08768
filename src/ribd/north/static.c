/* SPDX-License-Identifier: Apache-2.0
 *
 * Static routes and static label-switched paths in the configuration: what cannot be (checked before a commit, with
 * the path of what is wrong), and what is wished.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ribd_config.h"
#include "src/ribd/north/private.h"
#include "strata/mem.h"
#include "strata/north.h"

/* What is being checked. */
struct check {
    const struct ribd_config *c;
    struct north_error *err;
    char path[NORTH_TEXT_MAX];
    const char *instance; /* of the route; "public" */
    const struct prefix *prefix;
};

/* A next hop, however it was written. */
struct way {
    const struct ip_addr *address; /* NULL: none */
    const char *interface;         /* NULL: none */
    const char *instance;
    const char *labels; /* NULL: none */
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct check *k, const char *leaf, const char *format,
                                                        ...)
{
    size_t room = sizeof(k->err->path);
    va_list args;

    if (snprintf(k->err->path, room, "%s%s", k->path, leaf) >= (int)room)
        k->err->path[room - 1] = '\0';
    va_start(args, format);
    vsnprintf(k->err->message, sizeof(k->err->message), format, args);
    va_end(args);
    return -EINVAL;
}

static bool has_instance(const struct ribd_config *c, const char *name)
{
    for (size_t i = 0; i < c->vpn_instances.n_vpn_instance; i++) {
        if (strcmp(c->vpn_instances.vpn_instance[i]->name, name) == 0)
            return true;
    }
    return strcmp(name, "public") == 0;
}

static const struct cfg_interfaces_interface *interface_of(const struct ribd_config *c, const char *name)
{
    for (size_t i = 0; i < c->interfaces.n_interface; i++) {
        if (strcmp(c->interfaces.interface[i]->name, name) == 0)
            return c->interfaces.interface[i];
    }
    return NULL;
}

static const char *instance_of(const struct cfg_interfaces_interface *f)
{
    return f && f->has_vpn_instance ? f->vpn_instance : "public";
}

static const struct cfg_mpls_interface *mpls_of(const struct ribd_config *c, const char *name)
{
    for (size_t i = 0; i < c->mpls.n_interface; i++) {
        if (strcmp(c->mpls.interface[i]->name, name) == 0)
            return c->mpls.interface[i];
    }
    return NULL;
}

static const char *own_interface(const struct ribd_config *c, const char *instance, const struct ip_addr *a)
{
    for (size_t i = 0; i < c->interfaces.n_interface; i++) {
        const struct cfg_interfaces_interface *f = c->interfaces.interface[i];

        if (strcmp(instance_of(f), instance) != 0)
            continue;
        for (size_t k = 0; k < f->ipv4.n_address; k++) {
            if (ip_addr_equal(&f->ipv4.address[k].addr, a))
                return f->name;
        }
    }
    return NULL;
}

/* --- labels --- */

/* Digits and slashes, as the schema says. */
static bool parse_labels(const char *text, struct out_label *out)
{
    *out = out_label_none();
    for (char *end; out->stack.depth < LABEL_STACK_MAX; text = end + 1) {
        unsigned long label = strtoul(text, &end, 10);

        if (end == text || label > LABEL_MAX)
            return false;
        out->stack.label[out->stack.depth++] = (uint32_t)label;
        if (*end == '\0') {
            out->state = LABEL_STATE_STACK;
            return true;
        }
    }
    return false;
}

static int check_labels(const struct check *k, const char *text)
{
    struct out_label l;

    if (!parse_labels(text, &l))
        return refuse(k, "/labels", "Labels are numbers from 0 to 1048575, at most 16, with slashes between them.");
    for (size_t i = 0; i < l.stack.depth; i++) {
        uint32_t label = l.stack.label[i];

        if (label == LABEL_IMPLICIT_NULL)
            return refuse(k, "/labels", "Label 3, implicit null, is never on a packet: leave it out.");
        if (!label_is_usable(label))
            return refuse(k, "/labels", "Label %u is reserved: give 0 (explicit null) or labels from 16 on.", label);
        if (label == LABEL_IPV4_EXPLICIT_NULL && i + 1 < l.stack.depth)
            return refuse(k, "/labels", "Label 0, explicit null, can only be the lowest one.");
    }
    return 0;
}

/* --- next hops --- */

static int check_address(const struct check *k, const struct way *w)
{
    const char *own;

    if (ip_addr_is_martian(w->address))
        return refuse(k, "", "The next hop's address is none that a router can have.");
    own = own_interface(k->c, w->instance, w->address);
    if (own)
        return refuse(k, "", "The next hop is this router's own address, on %s.", own);
    if (k->prefix && !w->interface && k->prefix->len == ip_addr_bits(&k->prefix->addr) &&
        ip_addr_equal(&k->prefix->addr, w->address) && strcmp(k->instance, w->instance) == 0)
        return refuse(k, "", "The next hop is the destination itself: name the interface that it is on.");
    return 0;
}

static int check_way(const struct check *k, const struct way *w)
{
    const struct cfg_interfaces_interface *f = w->interface ? interface_of(k->c, w->interface) : NULL;
    int e = 0;

    if (!has_instance(k->c, w->instance))
        return refuse(k, "/vpn-instance", "VPN instance %s does not exist; define it first.", w->instance);
    if (w->address)
        e = check_address(k, w);
    if (e == 0 && w->labels)
        e = check_labels(k, w->labels);
    if (e)
        return e;
    if (w->interface && strcmp(w->interface, "lo") == 0)
        return refuse(k, "", "Nothing is reached over the loopback interface; to drop packets say discard.");
    if (w->interface && strcmp(instance_of(f), w->instance) != 0)
        return refuse(k, "/vpn-instance", "Interface %s is in the instance %s: say vpn-instance %s if that is meant.",
                      w->interface, instance_of(f), instance_of(f));
    if (w->labels && w->interface && !w->address)
        return refuse(k, "/labels", "Labels need the address of the next router: give it, too.");
    if (w->labels && w->interface && !mpls_of(k->c, w->interface))
        return refuse(k, "/labels", "Interface %s is no MPLS interface: add it under mpls.", w->interface);
    return 0;
}

/* --- routes --- */

static void set_path(struct check *k, const char *format, const char *a, const char *b, const char *c)
{
    /* NOLINTNEXTLINE: one of this file's own formats */
    if (snprintf(k->path, sizeof(k->path), format, a, b, c) >= (int)sizeof(k->path))
        k->path[sizeof(k->path) - 1] = '\0';
}

static int check_hops(struct check *k, const char *route, const struct cfg_static_routes_instance_route *r)
{
    char a[ADDR_TEXT_MAX];
    int e = 0;

    for (size_t i = 0; e == 0 && i < r->n_next_hop; i++) {
        const struct cfg_static_routes_instance_route_next_hop *h = r->next_hop[i];
        struct way w = {.address = &h->address,
                        .interface = h->has_interface ? h->interface : NULL,
                        .instance = h->has_vpn_instance ? h->vpn_instance : k->instance,
                        .labels = h->has_labels ? h->labels : NULL};

        set_path(k, "%s/next-hop[%s]%s", route, ip_addr_text(&h->address, a, sizeof(a)), "");
        e = check_way(k, &w);
    }
    for (size_t i = 0; e == 0 && i < r->n_interface; i++) {
        const struct cfg_static_routes_instance_route_interface *h = r->interface[i];
        struct way w = {.address = h->has_address ? &h->address : NULL,
                        .interface = h->name,
                        .instance = h->has_vpn_instance ? h->vpn_instance : k->instance,
                        .labels = h->has_labels ? h->labels : NULL};

        set_path(k, "%s/interface[%s]%s", route, h->name, "");
        e = check_way(k, &w);
    }
    return e;
}

static int check_routes(struct check *k, const char *where, const struct cfg_static_routes_instance *s)
{
    char p[PREFIX_TEXT_MAX], route[NORTH_TEXT_MAX];
    int e = 0;

    for (size_t i = 0; e == 0 && i < s->n_route; i++) {
        const struct cfg_static_routes_instance_route *r = s->route[i];

        set_path(k, "%s/route[%s]%s", where, prefix_text(&r->prefix, p, sizeof(p)), "");
        memcpy(route, k->path, sizeof(route));
        k->prefix = &r->prefix;
        if (r->n_next_hop + r->n_interface == 0 && !r->discard && !r->reject)
            return refuse(k, "", "The route leads nowhere; give a next-hop, an interface, discard or reject.");
        if (r->discard && r->reject)
            return refuse(k, "/reject", "Discard drops without a word, reject tells the sender: choose one.");
        if (r->n_next_hop + r->n_interface > RIB_NEXTHOPS_MAX)
            return refuse(k, "", "More than %d next hops.", RIB_NEXTHOPS_MAX);
        e = check_hops(k, route, r);
    }
    k->prefix = NULL;
    return e;
}

/* --- label-switched paths --- */

static int check_lsp_shape(const struct check *k, const struct cfg_mpls_static_lsp *l)
{
    struct label_ranges r = ribd_north_label_ranges(k->c);

    if (!ribd_north_is_static_label(k->c, l->in_label))
        return refuse(k, "/in-label", "Label %u is not in the static range %u-%u: see mpls label-range.", l->in_label,
                      r.static_first, r.static_last);
    if (ribd_labels_is_reserved(&r, l->in_label))
        return refuse(k, "/in-label", "Label %u is reserved: see mpls label-range.", l->in_label);
    for (size_t i = 0; i < k->c->mpls.n_static_lsp; i++) {
        const struct cfg_mpls_static_lsp *other = k->c->mpls.static_lsp[i];

        if (other != l && other->in_label == l->in_label && strcmp(other->name, l->name) < 0)
            return refuse(k, "/in-label", "Label %u is that of static-lsp %s already.", l->in_label, other->name);
    }
    if (l->operation == CFG_MPLS_STATIC_LSP_OPERATION_LOOKUP) {
        if (l->n_next_hop)
            return refuse(k, "/next-hop", "With lookup the packet goes where its IP address says: no next hops.");
        if (!l->has_lookup_instance)
            return refuse(k, "/lookup-instance", "Say where to look packets up: a VPN instance, or public.");
        if (!has_instance(k->c, l->lookup_instance))
            return refuse(k, "/lookup-instance", "VPN instance %s does not exist; define it first.",
                          l->lookup_instance);
        return 0;
    }
    if (l->has_lookup_instance)
        return refuse(k, "/lookup-instance", "Packets are looked up only with operation lookup.");
    if (l->n_next_hop == 0)
        return refuse(k, "/next-hop", "The path leads nowhere; give a next-hop.");
    if (l->n_next_hop > RIB_NEXTHOPS_MAX)
        return refuse(k, "/next-hop", "More than %d next hops.", RIB_NEXTHOPS_MAX);
    return 0;
}

static int check_lsp_hops(struct check *k, const char *lsp, const struct cfg_mpls_static_lsp *l)
{
    bool is_swap = l->operation == CFG_MPLS_STATIC_LSP_OPERATION_SWAP;
    char a[ADDR_TEXT_MAX];
    int e = 0;

    for (size_t i = 0; e == 0 && i < l->n_next_hop; i++) {
        const struct cfg_mpls_static_lsp_next_hop *h = l->next_hop[i];
        struct way w = {.address = &h->address,
                        .interface = h->has_interface ? h->interface : NULL,
                        .instance = h->has_vpn_instance ? h->vpn_instance : "public",
                        .labels = h->has_labels ? h->labels : NULL};

        set_path(k, "%s/next-hop[%s]%s", lsp, ip_addr_text(&h->address, a, sizeof(a)), "");
        if (is_swap && !w.labels)
            return refuse(k, "/labels", "Swap needs the label that takes the place of the incoming one; else say pop.");
        if (!is_swap && w.labels)
            return refuse(k, "/labels", "With pop no label is put on; else say swap.");
        e = check_way(k, &w);
        if (e == 0 && w.interface && !mpls_of(k->c, w.interface))
            e = refuse(k, "/interface", "Interface %s is no MPLS interface: add it under mpls.", w.interface);
    }
    return e;
}

static int check_lsps(struct check *k)
{
    char lsp[NORTH_TEXT_MAX];
    int e = 0;

    for (size_t i = 0; e == 0 && i < k->c->mpls.n_static_lsp; i++) {
        const struct cfg_mpls_static_lsp *l = k->c->mpls.static_lsp[i];

        set_path(k, "/mpls/static-lsp[%s]%s%s", l->name, "", "");
        memcpy(lsp, k->path, sizeof(lsp));
        e = check_lsp_shape(k, l);
        for (size_t g = 0; e == 0 && g < l->n_guarded_interface; g++) {
            const char *name = l->guarded_interface[g];
            const struct cfg_mpls_interface *m = mpls_of(k->c, name);

            if (!m || !(m->guarded || strcmp(instance_of(interface_of(k->c, name)), "public") != 0))
                e = refuse(k, "/guarded-interface", "Interface %s is no guarded MPLS interface.", name);
        }
        if (e == 0)
            e = check_lsp_hops(k, lsp, l);
    }
    return e;
}

int ribd_north_check_static(const struct ribd_config *c, struct north_error *err)
{
    struct check k = {.c = c, .err = err, .instance = "public"};
    char where[NORTH_TEXT_MAX];
    int e = check_routes(&k, "/static-routes", &c->static_routes.static_routes_instance);

    for (size_t i = 0; e == 0 && i < c->static_routes.n_vpn_instance; i++) {
        const struct cfg_static_routes_vpn_instance *v = c->static_routes.vpn_instance[i];

        set_path(&k, "/static-routes/vpn-instance[%s]%s%s", v->name, "", "");
        memcpy(where, k.path, sizeof(where));
        k.instance = v->name;
        if (strcmp(v->name, "public") == 0 || !has_instance(c, v->name))
            return refuse(&k, "", "This VPN instance does not exist; define it first.");
        e = check_routes(&k, where, &v->static_routes_instance);
    }
    return e ? e : check_lsps(&k);
}

/* --- wishes --- */

static struct hop_wish hop_of(const struct way *w, uint8_t distance)
{
    struct hop_wish h;

    memset(&h, 0, sizeof(h));
    if (w->address)
        h.address = *w->address;
    if (w->interface)
        snprintf(h.interface, sizeof(h.interface), "%s", w->interface);
    if (strcmp(w->instance, "public") != 0)
        snprintf(h.instance, sizeof(h.instance), "%s", w->instance);
    if (w->labels)
        parse_labels(w->labels, &h.label);
    h.distance = distance;
    return h;
}

static void wish_hops(const struct cfg_static_routes_instance_route *r, const char *instance, struct static_wish *out)
{
    out->hops = mem_alloc(NULL, (r->n_next_hop + r->n_interface + 1) * sizeof(out->hops[0]));
    for (size_t i = 0; i < r->n_next_hop; i++) {
        const struct cfg_static_routes_instance_route_next_hop *h = r->next_hop[i];
        struct way w = {.address = &h->address,
                        .interface = h->has_interface ? h->interface : NULL,
                        .instance = h->has_vpn_instance ? h->vpn_instance : instance,
                        .labels = h->has_labels ? h->labels : NULL};

        out->hops[out->n_hops++] = hop_of(&w, h->has_distance ? h->distance : r->distance);
    }
    for (size_t i = 0; i < r->n_interface; i++) {
        const struct cfg_static_routes_instance_route_interface *h = r->interface[i];
        struct way w = {.address = h->has_address ? &h->address : NULL,
                        .interface = h->name,
                        .instance = h->has_vpn_instance ? h->vpn_instance : instance,
                        .labels = h->has_labels ? h->labels : NULL};

        out->hops[out->n_hops++] = hop_of(&w, h->has_distance ? h->distance : r->distance);
    }
}

/* The bytes of addresses are compared later: what lies behind a shorter one is zero. */
static struct prefix clean(const struct prefix *a)
{
    struct prefix p;

    memset(&p, 0, sizeof(p));
    p.addr.family = a->addr.family;
    memcpy(p.addr.b, a->addr.b, ip_addr_bits(&a->addr) / 8);
    p.len = a->len;
    return p;
}

static void wish_routes(const struct cfg_static_routes_instance *s, const char *instance, struct ribd_wish *w)
{
    w->statics = mem_realloc(NULL, w->statics, (w->n_statics + s->n_route + 1) * sizeof(w->statics[0]));
    for (size_t i = 0; i < s->n_route; i++) {
        const struct cfg_static_routes_instance_route *r = s->route[i];
        struct static_wish *out = &w->statics[w->n_statics++];

        memset(out, 0, sizeof(*out));
        if (strcmp(instance, "public") != 0)
            snprintf(out->instance, sizeof(out->instance), "%s", instance);
        out->prefix = clean(&r->prefix);
        out->distance = r->distance;
        out->metric = r->has_metric ? r->metric : 0;
        out->tag = r->has_tag ? r->tag : 0;
        out->is_discard = r->discard;
        out->is_reject = r->reject;
        wish_hops(r, instance, out);
    }
}

static void wish_lsp(const struct cfg_mpls_static_lsp *l, struct lsp_wish *out)
{
    snprintf(out->name, sizeof(out->name), "%s", l->name);
    out->in_label = l->in_label;
    out->is_lookup = l->operation == CFG_MPLS_STATIC_LSP_OPERATION_LOOKUP;
    if (l->has_lookup_instance && strcmp(l->lookup_instance, "public") != 0)
        snprintf(out->lookup, sizeof(out->lookup), "%s", l->lookup_instance);
    out->hops = mem_alloc(NULL, (l->n_next_hop + 1) * sizeof(out->hops[0]));
    for (size_t i = 0; i < l->n_next_hop; i++) {
        const struct cfg_mpls_static_lsp_next_hop *h = l->next_hop[i];
        struct way w = {.address = &h->address,
                        .interface = h->has_interface ? h->interface : NULL,
                        .instance = h->has_vpn_instance ? h->vpn_instance : "public",
                        .labels = h->has_labels ? h->labels : NULL};

        out->hops[out->n_hops++] = hop_of(&w, 0);
    }
    out->guarded = mem_alloc(NULL, (l->n_guarded_interface + 1) * sizeof(out->guarded[0]));
    for (size_t i = 0; i < l->n_guarded_interface; i++)
        snprintf(out->guarded[out->n_guarded++], RIB_IFNAME_MAX, "%s", l->guarded_interface[i]);
}

void ribd_north_wish_static(const struct ribd_config *c, struct ribd_wish *w)
{
    wish_routes(&c->static_routes.static_routes_instance, "public", w);
    for (size_t i = 0; i < c->static_routes.n_vpn_instance; i++)
        wish_routes(&c->static_routes.vpn_instance[i]->static_routes_instance, c->static_routes.vpn_instance[i]->name,
                    w);
    w->lsps = mem_alloc(NULL, (c->mpls.n_static_lsp + 1) * sizeof(w->lsps[0]));
    for (size_t i = 0; i < c->mpls.n_static_lsp; i++)
        wish_lsp(c->mpls.static_lsp[i], &w->lsps[w->n_lsps++]);
}

void ribd_north_free_static(struct ribd_wish *w)
{
    for (size_t i = 0; i < w->n_statics; i++)
        mem_free(NULL, w->statics[i].hops);
    for (size_t i = 0; i < w->n_lsps; i++) {
        mem_free(NULL, w->lsps[i].hops);
        mem_free(NULL, w->lsps[i].guarded);
    }
    mem_free(NULL, w->statics);
    mem_free(NULL, w->lsps);
}
