/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state: /rib/forwarding, what each instance does with packets. First labels in their order, then the
 * selected routes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ribd_config.h"
#include "src/ribd/north/private.h"
#include "src/ribd/rib/view.h"
#include "strata/state.h"

/* Which rows are asked for. */
struct forwarding {
    struct writing *x;
    struct rib_view_range range;
    bool has_label, has_prefix, has_kind, is_paused;
    uint32_t label;
    int kind;
};

static const struct rib_view_hop no_hop;

static void write_row(struct forwarding *f, uint32_t vrf, int kind, const char *destination, size_t index,
                      int operation, const struct rib_view_hop *hop)
{
    struct state_writer *w = f->x->w;
    char name[RIB_NAME_MAX], labels[LABEL_TEXT_MAX];

    state_text(w, RIBD_RIB_FORWARDING_VPN_INSTANCE, ribd_state_instance(f->x->d, vrf, name));
    state_enum(w, RIBD_RIB_FORWARDING_KIND, kind);
    state_text(w, RIBD_RIB_FORWARDING_DESTINATION, destination);
    state_u64(w, RIBD_RIB_FORWARDING_HOP, index);
    state_enum(w, RIBD_RIB_FORWARDING_OPERATION, operation);
    if (hop->label.state != LABEL_STATE_NONE)
        state_text(w, RIBD_RIB_FORWARDING_OUT_LABELS, out_label_text(&hop->label, labels, sizeof(labels)));
    state_addr(w, RIBD_RIB_FORWARDING_NEXT_HOP, &hop->gateway);
    if (hop->ifindex)
        ribd_state_interface(f->x, RIBD_RIB_FORWARDING_INTERFACE, hop->ifindex);
}

/* --- labels --- */

static int label_operation(const struct rib_view_hop *hop)
{
    if (hop->label.state != LABEL_STATE_STACK)
        return CFG_RIB_FORWARDING_OPERATION_POP;
    return hop->label.stack.depth == 1 ? CFG_RIB_FORWARDING_OPERATION_SWAP : CFG_RIB_FORWARDING_OPERATION_SWAP_PUSH;
}

static void write_label(void *arg, const struct rib_label_view *v)
{
    struct forwarding *f = arg;
    struct state_writer *w = f->x->w;
    uint32_t vrf = v->entry.op == RIB_LABEL_POP_LOOKUP ? v->entry.lookup_vrf : v->entry.fec.vrf;
    int lookup = v->status == RIB_LABEL_INSTALLED && v->entry.op == RIB_LABEL_POP_LOOKUP
                     ? CFG_RIB_FORWARDING_OPERATION_POP_LOOKUP
                     : CFG_RIB_FORWARDING_OPERATION_NONE;
    bool is_ours = v->client == RIB_CLIENT_RIBD;
    char label[16], name[RIB_NAME_MAX];

    if ((f->range.has_vrf && vrf != f->range.vrf) || (f->has_label && v->entry.in_label != f->label))
        return;
    snprintf(label, sizeof(label), "%u", v->entry.in_label);
    for (size_t i = 0; i < v->n_hops; i++) {
        state_open(w, RIBD_RIB_FORWARDING);
        write_row(f, vrf, CFG_RIB_FORWARDING_KIND_LABEL, label, i, label_operation(&v->hops[i]), &v->hops[i]);
        ribd_state_label_reason(f->x, RIBD_RIB_FORWARDING_REASON, is_ours, v->entry.in_label, v->reason);
        state_close(w);
    }
    if (v->n_hops)
        return;
    state_open(w, RIBD_RIB_FORWARDING);
    write_row(f, vrf, CFG_RIB_FORWARDING_KIND_LABEL, label, 0, lookup, &no_hop);
    if (lookup == CFG_RIB_FORWARDING_OPERATION_POP_LOOKUP)
        state_text(w, RIBD_RIB_FORWARDING_LOOKUP_INSTANCE, ribd_state_instance(f->x->d, v->entry.lookup_vrf, name));
    ribd_state_label_reason(f->x, RIBD_RIB_FORWARDING_REASON, is_ours, v->entry.in_label, v->reason);
    state_close(w);
}

/* --- routes --- */

static void write_route(void *arg, const struct rib_route_view *v)
{
    struct forwarding *f = arg;
    struct state_writer *w = f->x->w;
    int drop = v->is_unreachable ? CFG_RIB_FORWARDING_OPERATION_REJECT : CFG_RIB_FORWARDING_OPERATION_DISCARD;
    char prefix[PREFIX_TEXT_MAX];

    if (!v->is_selected)
        return;
    prefix_text(&v->prefix, prefix, sizeof(prefix));
    for (size_t i = 0; i < v->n_hops; i++) {
        bool has_labels = v->hops[i].label.state == LABEL_STATE_STACK;

        state_open(w, RIBD_RIB_FORWARDING);
        write_row(f, v->vrf, CFG_RIB_FORWARDING_KIND_ROUTE, prefix, i,
                  has_labels ? CFG_RIB_FORWARDING_OPERATION_PUSH : CFG_RIB_FORWARDING_OPERATION_FORWARD, &v->hops[i]);
        state_text(w, RIBD_RIB_FORWARDING_REASON, v->reason);
        state_close(w);
    }
    if (!v->is_blackhole)
        return;
    state_open(w, RIBD_RIB_FORWARDING);
    write_row(f, v->vrf, CFG_RIB_FORWARDING_KIND_ROUTE, prefix, 0, drop, &no_hop);
    state_text(w, RIBD_RIB_FORWARDING_REASON, v->reason);
    state_close(w);
}

/* --- both --- */

static bool pause_route(void *arg, uint32_t vrf, const struct prefix *p)
{
    struct forwarding *f = arg;

    return ribd_state_pause(f->x, vrf, p);
}

static bool pause_label(void *arg, uint32_t label)
{
    struct forwarding *f = arg;

    f->is_paused = ribd_state_pause_label(f->x, label);
    return f->is_paused;
}

/* False: nothing can be asked for like that. */
static bool ask(struct forwarding *f)
{
    const char *destination = state_only_text(f->x->w, RIBD_RIB_FORWARDING_DESTINATION);
    uint64_t kind = 0;
    char *end;

    f->has_kind = state_only_number(f->x->w, RIBD_RIB_FORWARDING_KIND, &kind);
    f->kind = (int)kind;
    if (!ribd_state_range(f->x, RIBD_RIB_FORWARDING_VPN_INSTANCE, 0, &f->range))
        return false;
    if (!destination)
        return true;
    f->label = (uint32_t)strtoul(destination, &end, 10);
    f->has_label = *destination && *end == '\0';
    f->has_prefix = f->range.has_prefix = prefix_parse(destination, &f->range.prefix) == 0;
    return f->has_label || f->has_prefix;
}

static bool wants(const struct forwarding *f, int kind)
{
    if (f->has_kind && f->kind != kind)
        return false;
    return kind == CFG_RIB_FORWARDING_KIND_LABEL ? !f->has_prefix : !f->has_label;
}

void ribd_state_forwarding(struct writing *x)
{
    struct forwarding f = {.x = x};
    const char *note;

    if (!state_list(x->w, RIBD_RIB_FORWARDING) || !ask(&f))
        return;
    note = state_after_note(x->w); /* "17", or "0 10.0.0.0/8" */
    if (f.has_label && !note)
        ribd_rib_view_label(x->d->rib, f.label, write_label, &f);
    else if (!f.has_label && wants(&f, CFG_RIB_FORWARDING_KIND_LABEL) && !(note && strchr(note, ' ')))
        ribd_rib_read_labels(x->d->rib, ribd_state_label_from(x, 0), write_label, pause_label, &f);
    if (!f.is_paused && wants(&f, CFG_RIB_FORWARDING_KIND_ROUTE))
        ribd_rib_read_routes(x->d->rib, &f.range, write_route, pause_route, &f);
}
