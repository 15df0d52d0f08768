/* SPDX-License-Identifier: Apache-2.0
 *
 * Label ranges in the configuration: what is static if it is not said, and what cannot be. Labels and their ranges as
 * operators see them.
 */
#include <errno.h>
#include <stdio.h>

#include "ribd_config.h"
#include "src/ribd/north/private.h"
#include "src/ribd/rib/view.h"
#include "strata/north.h"
#include "strata/state.h"

struct label_ranges ribd_north_label_ranges(const struct ribd_config *c)
{
    const struct cfg_mpls_label_range *r = &c->mpls.label_range;
    struct label_ranges out = {.first = r->lower,
                               .last = r->upper,
                               .static_first = r->static_ ? r->static_->lower : LABEL_FIRST_UNRESERVED,
                               .static_last = r->static_ ? r->static_->upper : r->lower - 1};

    for (size_t i = 0; i < r->n_reserved && out.n_reserved < LABEL_RESERVED_MAX; i++) {
        struct label_span *s = &out.reserved[out.n_reserved++];

        s->first = r->reserved[i]->lower;
        s->last = r->reserved[i]->upper;
        snprintf(s->name, sizeof(s->name), "%s", r->reserved[i]->name);
    }
    return out;
}

bool ribd_north_is_static_label(const struct ribd_config *c, uint32_t label)
{
    struct label_ranges r = ribd_north_label_ranges(c);

    return label >= r.static_first && label <= r.static_last;
}

static int refuse(struct north_error *err, const char *path, const char *message)
{
    snprintf(err->path, sizeof(err->path), "%s", path);
    snprintf(err->message, sizeof(err->message), "%s", message);
    return -EINVAL;
}

static int check_reserved(const struct ribd_config *c, struct north_error *err)
{
    const struct cfg_mpls_label_range *r = &c->mpls.label_range;

    for (size_t i = 0; i < r->n_reserved; i++) {
        for (size_t k = 0; k < i; k++) {
            if (r->reserved[i]->lower > r->reserved[k]->upper || r->reserved[i]->upper < r->reserved[k]->lower)
                continue;
            snprintf(err->path, sizeof(err->path), "/mpls/label-range/reserved[%s]", r->reserved[i]->name);
            snprintf(err->message, sizeof(err->message), "Labels %u-%u overlap the reserved labels of %s, %u-%u.",
                     r->reserved[i]->lower, r->reserved[i]->upper, r->reserved[k]->name, r->reserved[k]->lower,
                     r->reserved[k]->upper);
            return -EINVAL;
        }
    }
    return 0;
}

int ribd_north_check_labels(const struct ribd_config *c, struct north_error *err)
{
    struct label_ranges r = ribd_north_label_ranges(c);
    int e = check_reserved(c, err);

    if (e)
        return e;

    if (r.first < LABEL_FIRST_UNRESERVED || r.first > r.last)
        return refuse(err, "/mpls/label-range/lower", "The lower end of the label range is not below the upper one.");
    if (r.last > LABEL_KERNEL_MAX)
        return refuse(err, "/mpls/label-range/upper", "Linux takes labels up to 1048574 only.");
    if (!c->mpls.label_range.static_)
        return 0;
    if (r.static_first < LABEL_FIRST_UNRESERVED || r.static_first > r.static_last)
        return refuse(err, "/mpls/label-range/static/lower",
                      "The lower end of the static label range is above the upper one, or below 16.");
    if (r.static_last > LABEL_KERNEL_MAX)
        return refuse(err, "/mpls/label-range/static/upper", "Linux takes labels up to 1048574 only.");
    if (r.static_first <= r.last && r.static_last >= r.first) {
        snprintf(err->path, sizeof(err->path), "/mpls/label-range/static");
        snprintf(err->message, sizeof(err->message),
                 "Static labels %u-%u overlap the labels of the protocols, %u-%u: move one of the ranges.",
                 r.static_first, r.static_last, r.first, r.last);
        return -EINVAL;
    }
    return 0;
}

/* --- /rib/label --- */

struct label_writing {
    struct writing *x;
    bool has_entry;
};

static void write_entry(void *arg, const struct rib_label_view *v)
{
    struct label_writing *l = arg;

    l->has_entry = true;
    for (size_t i = 0; i < v->n_scope; i++)
        state_addr(l->x->w, RIBD_RIB_LABEL_SCOPE, &v->scope[i].neighbor);
    state_text(l->x->w, RIBD_RIB_LABEL_STATUS, ribd_state_label_status(v->status));
}

static const char *state_name(const struct writing *x, const struct label_view *v)
{
    if (v->is_resting)
        return "resting";
    if (v->is_others)
        return "others";
    if (v->is_reserved)
        return "found";
    if (v->is_stale)
        return "stale";
    return ribd_rib_label_is_live(x->d->rib, v->label) ? "held" : "no-entry";
}

static bool write_label(void *arg, const struct label_view *v)
{
    struct label_writing *l = arg;
    struct writing *x = l->x;
    uint32_t now = (uint32_t)(loop_now_us(x->d->env->loop) / 1000000);
    char buf[RIB_NAME_MAX];
    uint64_t only;

    state_open(x->w, RIBD_RIB_LABEL);
    state_u64(x->w, RIBD_RIB_LABEL_LABEL, v->label);
    if (v->owner != RIB_CLIENT_NONE && !v->is_others)
        state_enum(x->w, RIBD_RIB_LABEL_OWNER, (int)v->owner);
    state_text(x->w, RIBD_RIB_LABEL_STATE, state_name(x, v));
    if (v->has_fec) {
        state_text(x->w, RIBD_RIB_LABEL_PURPOSE, rib_label_purpose_name((enum rib_label_purpose)v->fec.purpose));
        state_text(x->w, RIBD_RIB_LABEL_VPN_INSTANCE, ribd_state_instance(x->d, v->fec.vrf, buf));
        if (v->fec.prefix.addr.family != AF_NONE)
            state_prefix(x->w, RIBD_RIB_LABEL_FEC, &v->fec.prefix);
        if (v->fec.discriminator)
            state_u64(x->w, RIBD_RIB_LABEL_DISCRIMINATOR, v->fec.discriminator);
    }
    if (v->is_claimed)
        ribd_rib_view_label(x->d->rib, v->label, write_entry, l);
    state_u64(x->w, RIBD_RIB_LABEL_AGE, now > v->since_sec ? now - v->since_sec : 0);
    state_close(x->w);
    return !state_only_number(x->w, RIBD_RIB_LABEL_LABEL, &only) && !ribd_state_pause_label(x, v->label);
}

void ribd_state_labels(struct writing *x)
{
    struct label_writing l = {.x = x};

    if (state_list(x->w, RIBD_RIB_LABEL))
        ribd_labels_view(x->d->labels, ribd_state_label_from(x, RIBD_RIB_LABEL_LABEL), write_label, &l);
}

/* --- /rib/label-range --- */

static void write_clients(struct writing *x)
{
    struct label_client_counts n;

    for (int c = RIB_CLIENT_RIBD + 1; c < RIBD_CLIENTS; c++) {
        ribd_labels_count_client(x->d->labels, (enum rib_client_id)c, &n);
        if (!n.share && !n.given && !n.claimed && !n.resting)
            continue;
        state_open(x->w, RIBD_RIB_LABEL_RANGE_CLIENT);
        state_enum(x->w, RIBD_RIB_LABEL_RANGE_CLIENT_NAME, c);
        state_u64(x->w, RIBD_RIB_LABEL_RANGE_CLIENT_ALLOCATED, n.given + n.claimed);
        state_u64(x->w, RIBD_RIB_LABEL_RANGE_CLIENT_USED, n.claimed);
        state_u64(x->w, RIBD_RIB_LABEL_RANGE_CLIENT_RESTING, n.resting);
        state_u64(x->w, RIBD_RIB_LABEL_RANGE_CLIENT_SHARE, n.share);
        if (x->d->labels_waiting & (1u << c))
            state_bool(x->w, RIBD_RIB_LABEL_RANGE_CLIENT_WAITING, true);
        state_close(x->w);
    }
}

/* Percent of what can be given out that is not free; of a range that is reserved as a whole: that somebody uses, so
 * that it is not 0 while one does. */
static uint64_t use_of(const struct label_range_counts *n)
{
    if (n->size > n->reserved)
        return (n->size - n->free - n->reserved) * 100 / (n->size - n->reserved);
    return (n->claimed * 100 + n->size - 1) / n->size;
}

static void write_range(struct writing *x, const char *name, uint32_t first, uint32_t last, bool is_dynamic)
{
    uint64_t now = loop_now_us(x->d->env->loop);
    struct label_range_counts n;

    if (first > last)
        return;
    ribd_labels_count_range(x->d->labels, first, last, now, &n);
    state_open(x->w, RIBD_RIB_LABEL_RANGE);
    state_text(x->w, RIBD_RIB_LABEL_RANGE_NAME, name);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_LOWER, first);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_UPPER, last);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_SIZE, n.size);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_USED, n.claimed);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_IN_BLOCKS, n.given);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_RESTING, n.resting);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_FREE, n.free);
    if (n.reserved)
        state_u64(x->w, RIBD_RIB_LABEL_RANGE_RESERVED, n.reserved);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_LARGEST_FREE, n.largest_free);
    state_u64(x->w, RIBD_RIB_LABEL_RANGE_USE, use_of(&n));
    if (is_dynamic && x->d->label_alarm_us)
        state_u64(x->w, RIBD_RIB_LABEL_RANGE_EXHAUSTED_FOR, (now - x->d->label_alarm_us) / 1000000);
    if (is_dynamic)
        write_clients(x);
    state_close(x->w);
}

void ribd_state_label_ranges(struct writing *x)
{
    char name[RIB_NAME_MAX + 16];
    struct label_ranges r;

    ribd_labels_tick(x->d->labels, loop_now_us(x->d->env->loop));
    ribd_labels_ranges(x->d->labels, &r);
    write_range(x, "dynamic", r.first, r.last, true);
    write_range(x, "static", r.static_first, r.static_last, false);
    for (size_t i = 0; i < r.n_reserved; i++) {
        snprintf(name, sizeof(name), "reserved %s", r.reserved[i].name);
        write_range(x, name, r.reserved[i].first, r.reserved[i].last, false);
    }
}
