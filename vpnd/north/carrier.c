/* SPDX-License-Identifier: Apache-2.0
 *
 * See carrier.h.
 */
#include "vpnd/north/carrier.h"

#include <stdio.h>
#include <string.h>

#include "strata/state.h"
#include "vpnd_config.h"

void vpnd_carrier_begin(struct state_writer *w, bool is_empty)
{
    state_open(w, VPND_CARRIERS_CARRIER);
    if (is_empty)
        state_text(
            w, VPND_CARRIERS_CARRIER_MESSAGE,
            "No customer of this router is a carrier: no VPN instance has carriers-carrier. This is shown on the "
            "provider edge routers of the carrier's carrier; on a customer carrier's own routers see show mpls lsp, "
            "show bgp summary and show ldp neighbor.");
}

void vpnd_carrier_end(struct state_writer *w)
{
    state_close(w);
}

static void write_since(struct state_writer *w, uint32_t node, const struct csc_input *in, enum csc_kind kind,
                        const char *key)
{
    uint32_t sec;

    if (csc_memory_since(in->memory, in->vpn->name, kind, key, in->now_us, &sec))
        state_u64(w, node, sec);
}

static void write_carrier(struct state_writer *w, const struct csc_input *in, const struct csc_judgement *j)
{
    const struct cfg_vpn_instances_vpn_instance_carriers_carrier *intent = in->vpn->carriers_carrier;
    const struct csc_counts *c = csc_facts_counts(in->facts, in->vpn->name);
    const struct csc_tables *t = csc_facts_tables(in->facts, in->vpn->name);

    state_open(w, VPND_CARRIERS_CARRIER_CARRIER);
    state_text(w, VPND_CARRIERS_CARRIER_CARRIER_VPN_INSTANCE, in->vpn->name);
    for (size_t i = 0; intent && i < intent->n_signaling; i++)
        state_enum(w, VPND_CARRIERS_CARRIER_CARRIER_SIGNALING, (int)intent->signaling[i]);
    state_enum(w, VPND_CARRIERS_CARRIER_CARRIER_STATUS, (int)j->status);
    write_since(w, VPND_CARRIERS_CARRIER_CARRIER_SINCE, in, CSC_KIND_STATUS, "");
    state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_LOCAL_SITES, j->local_up);
    state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_REMOTE_SITES, j->remote_up);
    if (c) {
        state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_LOCAL_ROUTES, c->local_routes);
        state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_REMOTE_ROUTES, c->remote_routes);
        state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_UNUSABLE_ROUTES, c->unusable_routes + (t ? t->unusable : 0));
        state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_UNLABELLED_ROUTES, j->unlabelled_routes);
        state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_UNLABELLED_NETWORKS, j->unlabelled_networks);
        state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_LABELS, c->labels);
        state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_UNUSABLE_LABELS, c->unusable_labels);
    }
    state_u64(w, VPND_CARRIERS_CARRIER_CARRIER_AGE, csc_facts_age(in->facts, in->now_us));
    state_close(w);
}

static void write_session(struct state_writer *w, const struct csc_input *in, enum csc_source source,
                          const struct csc_session *s)
{
    char key[CSC_KEY_MAX];
    uint64_t heard_sec = (in->now_us - in->facts->from[source].told_us) / 1000000;

    state_open(w, VPND_CARRIERS_CARRIER_LOCAL_SITE);
    state_text(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_VPN_INSTANCE, in->vpn->name);
    state_enum(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_PROTOCOL, (int)s->protocol);
    state_addr(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_NEIGHBOR, &s->neighbor);
    state_text(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_INTERFACE,
               csc_session_interface(s, in->interfaces, in->n_interfaces));
    if (s->state[0])
        state_text(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_STATE, s->state);
    state_bool(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_UP, s->is_up);
    if (s->has_since)
        state_u64(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_SINCE, s->since_sec + heard_sec);
    else
        write_since(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_SINCE, in, CSC_KIND_SESSION, csc_session_key(s, key));
    if (s->protocol != CSC_PROTOCOL_OSPF)
        state_bool(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_LABELS, s->has_labels);
    if (s->protocol == CSC_PROTOCOL_BGP)
        state_u64(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_ROUTES, s->routes);
    if (!s->is_up)
        state_text(w, VPND_CARRIERS_CARRIER_LOCAL_SITE_ERROR, s->error);
    state_close(w);
}

static void write_sessions(struct state_writer *w, const struct csc_input *in)
{
    static const enum csc_source from[] = {CSC_SOURCE_BGP_VPN, CSC_SOURCE_LDP_VPN, CSC_SOURCE_OSPF_VPN};

    for (size_t f = 0; f < sizeof(from) / sizeof(from[0]); f++) {
        const struct csc_answer *a = &in->facts->from[from[f]];

        for (size_t i = 0; i < a->n_sessions; i++) {
            if (strcmp(a->sessions[i].instance, in->vpn->name) == 0)
                write_session(w, in, from[f], &a->sessions[i]);
        }
    }
}

struct lost_walk {
    struct state_writer *w;
    const struct csc_input *in;
};

static void write_lost(void *arg, const char *address, uint32_t lost_sec)
{
    struct lost_walk *l = arg;
    const struct csc_next_hop *n = NULL;
    struct ip_addr a;
    char why[CSC_LOST_TEXT_MAX];

    if (ip_addr_parse(address, &a) != 0)
        return;
    n = csc_facts_next_hop(l->in->facts, &a);
    state_open(l->w, VPND_CARRIERS_CARRIER_REMOTE_SITE);
    state_text(l->w, VPND_CARRIERS_CARRIER_REMOTE_SITE_VPN_INSTANCE, l->in->vpn->name);
    state_addr(l->w, VPND_CARRIERS_CARRIER_REMOTE_SITE_ADDRESS, &a);
    state_u64(l->w, VPND_CARRIERS_CARRIER_REMOTE_SITE_ROUTES, 0);
    state_bool(l->w, VPND_CARRIERS_CARRIER_REMOTE_SITE_LSP, n && n->is_usable);
    state_u64(l->w, VPND_CARRIERS_CARRIER_REMOTE_SITE_SINCE, lost_sec);
    state_text(l->w, VPND_CARRIERS_CARRIER_REMOTE_SITE_REASON, csc_lost_reason(l->in, &a, why));
    state_close(l->w);
}

static void write_far_ends(struct state_writer *w, const struct csc_input *in)
{
    const struct csc_counts *c = csc_facts_counts(in->facts, in->vpn->name);
    struct lost_walk l = {w, in};
    char a[ADDR_TEXT_MAX];

    for (size_t i = 0; c && i < c->n_far_ends; i++) {
        const struct csc_far_end *f = &c->far_ends[i];
        const struct csc_next_hop *n = csc_facts_next_hop(in->facts, &f->address);

        state_open(w, VPND_CARRIERS_CARRIER_REMOTE_SITE);
        state_text(w, VPND_CARRIERS_CARRIER_REMOTE_SITE_VPN_INSTANCE, in->vpn->name);
        state_addr(w, VPND_CARRIERS_CARRIER_REMOTE_SITE_ADDRESS, &f->address);
        state_u64(w, VPND_CARRIERS_CARRIER_REMOTE_SITE_ROUTES, f->routes);
        state_bool(w, VPND_CARRIERS_CARRIER_REMOTE_SITE_LSP, f->has_lsp);
        write_since(w, VPND_CARRIERS_CARRIER_REMOTE_SITE_SINCE, in, CSC_KIND_FAR_END,
                    ip_addr_text(&f->address, a, sizeof(a)));
        if (!f->has_lsp && n)
            state_text(w, VPND_CARRIERS_CARRIER_REMOTE_SITE_REASON, n->reason);
        state_close(w);
    }
    csc_memory_each_lost(in->memory, in->vpn->name, write_lost, &l, in->now_us);
}

void vpnd_carrier_write(struct state_writer *w, const struct csc_input *in, const struct csc_judgement *j)
{
    write_carrier(w, in, j);
    write_sessions(w, in);
    write_far_ends(w, in);
    for (size_t i = 0; i < j->n_problems; i++) {
        state_open(w, VPND_CARRIERS_CARRIER_PROBLEM);
        state_text(w, VPND_CARRIERS_CARRIER_PROBLEM_VPN_INSTANCE, in->vpn->name);
        state_text(w, VPND_CARRIERS_CARRIER_PROBLEM_TEXT, j->problems[i].text);
        write_since(w, VPND_CARRIERS_CARRIER_PROBLEM_SINCE, in, CSC_KIND_PROBLEM, j->problems[i].key);
        state_close(w);
    }
}
