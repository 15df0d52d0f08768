/* SPDX-License-Identifier: Apache-2.0
 *
 * See statics.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/mem.h"
#include "statics.h"
#include "tests/unit/ribd/audited.h"

static const char *const port_names[] = {"lo", "core1", "core2", "plain", "ce", NULL};

void fill(struct config *c)
{
    static const char *const addresses[] = {"10.1.0.1/32", "10.9.1.1/24", "10.9.2.1/24", "10.9.3.1/24", "10.9.4.1/24"};
    static const char *const mpls[] = {"core1", "core2", "ce"};

    memset(c, 0, sizeof(*c));
    for (int i = 0; i < 5; i++) {
        prefix_parse(addresses[i], &c->addresses[i]);
        c->i[i] = (struct cfg_interfaces_interface){.name = port_names[i], .enabled = true};
        c->i[i].ipv4.n_address = 1;
        c->i[i].ipv4.address = &c->addresses[i];
        c->ip[i] = &c->i[i];
    }
    c->i[4].has_vpn_instance = true;
    c->i[4].vpn_instance = c->v.name = c->vs.name = "red";
    for (int i = 0; i < 3; i++) {
        c->m[i].name = mpls[i];
        c->mp[i] = &c->m[i];
    }
    c->vp = &c->v;
    c->vsp = &c->vs;
    c->c.system.restart.stale_time = 60;
    c->c.interfaces.n_interface = 5;
    c->c.interfaces.interface = c->ip;
    c->c.vpn_instances.n_vpn_instance = 1;
    c->c.vpn_instances.vpn_instance = &c->vp;
    c->c.mpls.ttl_propagate = true;
    c->c.mpls.n_interface = 3;
    c->c.mpls.interface = c->mp;
    c->c.mpls.label_range.lower = 1000;
    c->c.mpls.label_range.upper = 1999;
    c->c.mpls.static_lsp = c->lsp_list;
    c->c.static_routes.static_routes_instance.route = c->public_routes;
    c->c.static_routes.n_vpn_instance = 1;
    c->c.static_routes.vpn_instance = &c->vsp;
    c->vs.static_routes_instance.route = c->red_routes;
}

struct item *route(struct config *c, const char *instance, const char *prefix)
{
    struct cfg_static_routes_instance *s =
        *instance ? &c->vs.static_routes_instance : &c->c.static_routes.static_routes_instance;
    struct item *i = &c->items[c->n_items++];

    prefix_parse(prefix, &i->route.prefix);
    i->route.distance = 1;
    i->route.next_hop = i->hop_list;
    i->route.interface = i->port_list;
    s->route[s->n_route++] = &i->route;
    return i;
}

hop_t *hop(struct item *i, const char *address, const char *instance, const char *labels)
{
    hop_t *h = &i->hops[i->route.n_next_hop];

    ip_addr_parse(address, &h->address);
    h->has_vpn_instance = instance != NULL;
    h->vpn_instance = instance;
    h->has_labels = labels != NULL;
    h->labels = labels;
    i->hop_list[i->route.n_next_hop++] = h;
    return h;
}

port_t *port(struct item *i, const char *name, const char *address)
{
    port_t *p = &i->ports[i->route.n_interface];

    p->name = name;
    p->has_address = address != NULL;
    if (address)
        ip_addr_parse(address, &p->address);
    i->port_list[i->route.n_interface++] = p;
    return p;
}

struct lsp_item *lsp(struct config *c, const char *name, uint32_t label, enum cfg_mpls_static_lsp_operation operation)
{
    struct lsp_item *l = &c->lsps[c->c.mpls.n_static_lsp];

    l->lsp = (lsp_t){.name = name, .in_label = label, .operation = operation, .next_hop = l->hop_list};
    l->lsp.guarded_interface = l->guarded;
    c->lsp_list[c->c.mpls.n_static_lsp++] = &l->lsp;
    return l;
}

lsp_hop_t *lsp_hop(struct lsp_item *l, const char *address, const char *labels)
{
    lsp_hop_t *h = &l->hops[l->lsp.n_next_hop];

    ip_addr_parse(address, &h->address);
    h->has_labels = labels != NULL;
    h->labels = labels;
    l->hop_list[l->lsp.n_next_hop++] = h;
    return h;
}

/* --- life --- */

void commit(struct whole *w)
{
    struct config *c = w->config;

    take(w, &c->c);
}

int setup(void **state)
{
    struct whole *w = MEM_NEW(NULL, struct whole);

    whole_open(w, port_names);
    w->config = MEM_NEW(NULL, struct config);
    fill(w->config);
    *state = w;
    return 0;
}

int teardown(void **state)
{
    struct whole *w = *state;

    whole_close(w);
    mem_free(NULL, w->config);
    mem_free(NULL, w);
    return 0;
}

void refused(struct whole *w, const char *path)
{
    struct config *c = w->config;

    refuses(w, &c->c, path);
    fill(c);
}

void audit_is_clean(struct whole *w)
{
    char reply[400];

    audit_now(w->d, false, reply, sizeof(reply));
    assert_string_equal(reply, "clean");
}

void link_is(struct whole *w, const char *name, bool is_up)
{
    struct dp_link *l = fake_dp_link(w->dp, name);

    l->has_carrier = is_up;
    if (!is_up)
        fake_dp_lose_interface(w->dp, l->ifindex);
    fake_dp_tell(w->dp, l);
    run_ms(w, 20);
}
