/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state of label-switched paths: /rib/lsp (what passes), /rib/label-stack (what lies on a packet and who
 * gave it), /rib/next-hop (what depends on which address, and how that is reached).
 */
#include <stdio.h>
#include <string.h>

#include "ribd_config.h"
#include "src/ribd/instance/why.h"
#include "src/ribd/north/private.h"
#include "src/ribd/rib/view.h"
#include "strata/state.h"

/* --- /rib/lsp --- */

static int role_value(const struct rib_lsp_view *v)
{
    switch (v->role) {
    case RIB_LSP_INGRESS:
        return CFG_RIB_LSP_ROLE_INGRESS;
    case RIB_LSP_TRANSIT:
        return CFG_RIB_LSP_ROLE_TRANSIT;
    case RIB_LSP_EGRESS:
        return CFG_RIB_LSP_ROLE_EGRESS;
    }
    return CFG_RIB_LSP_ROLE_TRANSIT;
}

static int operation_value(const struct rib_lsp_view *v)
{
    switch (v->operation) {
    case RIB_LSP_NONE:
        return CFG_RIB_LSP_OPERATION_NONE;
    case RIB_LSP_FORWARD:
        return CFG_RIB_LSP_OPERATION_FORWARD;
    case RIB_LSP_PUSH:
        return CFG_RIB_LSP_OPERATION_PUSH;
    case RIB_LSP_SWAP:
        return CFG_RIB_LSP_OPERATION_SWAP;
    case RIB_LSP_SWAP_PUSH:
        return CFG_RIB_LSP_OPERATION_SWAP_PUSH;
    case RIB_LSP_POP:
        return CFG_RIB_LSP_OPERATION_POP;
    case RIB_LSP_POP_LOOKUP:
        return CFG_RIB_LSP_OPERATION_POP_LOOKUP;
    }
    return CFG_RIB_LSP_OPERATION_NONE;
}

static void write_lsp(void *arg, const struct rib_lsp_view *v)
{
    struct writing *x = arg;
    bool is_ours = v->protocol == RIB_VIEW_STATIC && v->role != RIB_LSP_INGRESS;
    char name[RIB_NAME_MAX], labels[LABEL_TEXT_MAX];

    state_open(x->w, RIBD_RIB_LSP);
    state_text(x->w, RIBD_RIB_LSP_VPN_INSTANCE, ribd_state_instance(x->d, v->vrf, name));
    if (v->fec.addr.family != AF_NONE)
        state_prefix(x->w, RIBD_RIB_LSP_FEC, &v->fec);
    state_text(x->w, RIBD_RIB_LSP_PROTOCOL,
               v->protocol == RIB_VIEW_NOBODY ? rib_source_name(v->source) : rib_view_protocol_name(v->protocol));
    if (is_ours)
        ribd_state_lsp_name(x, RIBD_RIB_LSP_NAME, v->in_label);
    state_enum(x->w, RIBD_RIB_LSP_ROLE, role_value(v));
    if (v->role != RIB_LSP_INGRESS)
        state_u64(x->w, RIBD_RIB_LSP_IN_LABEL, v->in_label);
    state_enum(x->w, RIBD_RIB_LSP_OPERATION, operation_value(v));
    if (v->hop) {
        state_text(x->w, RIBD_RIB_LSP_OUT_LABELS, out_label_text(&v->hop->label, labels, sizeof(labels)));
        state_text(x->w, RIBD_RIB_LSP_OUT_PROTOCOL, rib_view_protocol_name(v->out_protocol));
        state_addr(x->w, RIBD_RIB_LSP_NEXT_HOP, &v->hop->gateway);
        ribd_state_interface(x, RIBD_RIB_LSP_INTERFACE, v->hop->ifindex);
        ribd_state_mtu(x, RIBD_RIB_LSP_MTU, v->hop->ifindex,
                       v->hop->label.state == LABEL_STATE_STACK ? v->hop->label.stack.depth : 0);
    }
    if (v->operation == RIB_LSP_POP_LOOKUP)
        state_text(x->w, RIBD_RIB_LSP_LOOKUP_INSTANCE, ribd_state_instance(x->d, v->lookup_vrf, name));
    state_u64(x->w, RIBD_RIB_LSP_AGE, v->changed_sec);
    ribd_state_label_reason(x, RIBD_RIB_LSP_REASON, is_ours, v->in_label, v->reason);
    state_close(x->w);
}

/* A static one that waits for its label. */
static void write_refused(void *arg, const struct lsp_wish *wish, const char *why)
{
    struct writing *x = arg;

    state_open(x->w, RIBD_RIB_LSP);
    state_text(x->w, RIBD_RIB_LSP_VPN_INSTANCE, ribd_state_lsp_instance(wish));
    state_text(x->w, RIBD_RIB_LSP_PROTOCOL, "static");
    state_text(x->w, RIBD_RIB_LSP_NAME, wish->name);
    state_enum(x->w, RIBD_RIB_LSP_ROLE, wish->is_lookup ? CFG_RIB_LSP_ROLE_EGRESS : CFG_RIB_LSP_ROLE_TRANSIT);
    state_u64(x->w, RIBD_RIB_LSP_IN_LABEL, wish->in_label);
    state_enum(x->w, RIBD_RIB_LSP_OPERATION, CFG_RIB_LSP_OPERATION_NONE);
    state_text(x->w, RIBD_RIB_LSP_REASON, why);
    state_close(x->w);
}

void ribd_state_lsps(struct writing *x)
{
    struct rib_view_range range;
    const char *note;

    if (!state_list(x->w, RIBD_RIB_LSP))
        return;
    note = state_after_note(x->w); /* "17", or "0 10.0.0.0/8" */
    if (!note || !strchr(note, ' ')) {
        if (!ribd_rib_read_label_lsps(x->d->rib, ribd_state_label_from(x, 0), write_lsp, ribd_state_pause_label, x))
            return;
        ribd_lsps_each_refused(x->d->lsps, write_refused, x);
    }
    if (ribd_state_range(x, 0, 0, &range))
        ribd_rib_read_route_lsps(x->d->rib, &range, write_lsp, ribd_state_pause, x);
}

/* --- /rib/label-stack --- */

static const char *step_label(const struct rib_view_step *s, char *buf, size_t size)
{
    return s->label.state == LABEL_STATE_NONE ? "none" : out_label_text(&s->label, buf, size);
}

static void write_stack(void *arg, const struct rib_stack_view *v)
{
    struct writing *x = arg;
    char name[RIB_NAME_MAX], labels[LABEL_TEXT_MAX];

    for (size_t i = 0; i < v->n_steps; i++) {
        const struct rib_view_step *s = &v->steps[v->n_steps - 1 - i];

        state_open(x->w, RIBD_RIB_LABEL_STACK);
        state_text(x->w, RIBD_RIB_LABEL_STACK_VPN_INSTANCE, ribd_state_instance(x->d, v->vrf, name));
        state_prefix(x->w, RIBD_RIB_LABEL_STACK_PREFIX, &v->prefix);
        state_u64(x->w, RIBD_RIB_LABEL_STACK_HOP, v->index);
        state_u64(x->w, RIBD_RIB_LABEL_STACK_POSITION, i + 1);
        state_text(x->w, RIBD_RIB_LABEL_STACK_LABEL, step_label(s, labels, sizeof(labels)));
        state_text(x->w, RIBD_RIB_LABEL_STACK_GIVEN_BY, rib_view_protocol_name(s->given));
        state_prefix(x->w, RIBD_RIB_LABEL_STACK_FEC, &s->prefix);
        state_enum(x->w, RIBD_RIB_LABEL_STACK_ROUTE, (int)s->source);
        state_addr(x->w, RIBD_RIB_LABEL_STACK_NEXT_HOP, &s->hop);
        if (i == 0 && v->hop)
            ribd_state_interface(x, RIBD_RIB_LABEL_STACK_INTERFACE, v->hop->ifindex);
        if (i == 0)
            state_text(x->w, RIBD_RIB_LABEL_STACK_REASON, v->reason);
        state_close(x->w);
    }
}

void ribd_state_stacks(struct writing *x)
{
    struct rib_view_range range;

    if (state_list(x->w, RIBD_RIB_LABEL_STACK) &&
        ribd_state_range(x, RIBD_RIB_LABEL_STACK_VPN_INSTANCE, RIBD_RIB_LABEL_STACK_PREFIX, &range))
        ribd_rib_read_stacks(x->d->rib, &range, write_stack, ribd_state_pause, x);
}

/* --- /rib/next-hop --- */

static void write_nexthop(void *arg, const struct rib_nexthop_view *v)
{
    struct writing *x = arg;
    char name[RIB_NAME_MAX], labels[LABEL_TEXT_MAX], why[RIBD_WHY_MAX];

    state_open(x->w, RIBD_RIB_NEXT_HOP);
    state_text(x->w, RIBD_RIB_NEXT_HOP_VPN_INSTANCE, ribd_state_instance(x->d, v->vrf, name));
    state_addr(x->w, RIBD_RIB_NEXT_HOP_ADDRESS, &v->address);
    state_bool(x->w, RIBD_RIB_NEXT_HOP_LSP_NEEDED, v->needs_lsp);
    state_bool(x->w, RIBD_RIB_NEXT_HOP_USABLE, v->is_usable);
    state_bool(x->w, RIBD_RIB_NEXT_HOP_LSP, v->has_lsp);
    if (v->has_route) {
        state_prefix(x->w, RIBD_RIB_NEXT_HOP_VIA, &v->via);
        state_enum(x->w, RIBD_RIB_NEXT_HOP_SOURCE, (int)v->source);
    }
    state_text(x->w, RIBD_RIB_NEXT_HOP_REASON,
               ribd_why_address(x->d->ports, x->d->instances, v->vrf, &v->address, v->reason, why));
    for (size_t i = 0; i < v->n_hops; i++) {
        const struct rib_view_hop *h = &v->hops[i];

        state_open(x->w, RIBD_RIB_NEXT_HOP_NEXT_HOP);
        state_u64(x->w, RIBD_RIB_NEXT_HOP_NEXT_HOP_INDEX, i);
        state_addr(x->w, RIBD_RIB_NEXT_HOP_NEXT_HOP_GATEWAY, &h->gateway);
        ribd_state_interface(x, RIBD_RIB_NEXT_HOP_NEXT_HOP_INTERFACE, h->ifindex);
        if (h->label.state == LABEL_STATE_STACK)
            state_text(x->w, RIBD_RIB_NEXT_HOP_NEXT_HOP_LABELS, out_label_text(&h->label, labels, sizeof(labels)));
        state_close(x->w);
    }
    state_close(x->w);
}

void ribd_state_nexthops(struct writing *x)
{
    struct rib_view_range range;

    if (state_list(x->w, RIBD_RIB_NEXT_HOP) &&
        ribd_state_range(x, RIBD_RIB_NEXT_HOP_VPN_INSTANCE, RIBD_RIB_NEXT_HOP_ADDRESS, &range))
        ribd_rib_read_nexthops(x->d->rib, &range, write_nexthop, ribd_state_pause, x);
}
