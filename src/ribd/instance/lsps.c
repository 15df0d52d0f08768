/* SPDX-License-Identifier: Apache-2.0
 *
 * Static label-switched paths: from names in the configuration to label entries of the RIB, which replaces one that
 * changes without a gap. A label is claimed before it is used, and given back when the RIB let it go.
 */
#include "src/ribd/instance/lsps.h"

#include <stdlib.h>
#include <string.h>

#include "src/ribd/iface/port.h"
#include "src/ribd/instance/why.h"
#include "src/ribd/label/manager.h"
#include "src/ribd/rib/rib.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { SET_ID = 1 }; /* of the next-hop set and the scope, while an entry is told */

struct lsp {
    struct lsp_wish wish;
    bool is_claimed, is_refused;
    char why[RIB_TEXT_MAX]; /* refused */
};

struct lsps {
    struct rib *rib;
    struct label_manager *labels;
    const struct ports *ports;
    const struct instances *instances;
    struct log *log;
    struct lsp *all; /* ascending by label */
    size_t n;
    bool is_due;
};

static void free_all(struct lsp *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mem_free(NULL, all[i].wish.hops);
        mem_free(NULL, all[i].wish.guarded);
    }
    mem_free(NULL, all);
}

static int by_label(const void *a, const void *b)
{
    const struct lsp *x = a, *y = b;

    return x->wish.in_label < y->wish.in_label ? -1 : x->wish.in_label > y->wish.in_label;
}

static struct lsp *find(const struct lsps *l, uint32_t in_label)
{
    struct lsp key = {.wish.in_label = in_label};

    return l->n ? bsearch(&key, l->all, l->n, sizeof(l->all[0]), by_label) : NULL;
}

/* --- one entry --- */

/* By the label alone: what it leads to may change. */
static bool claim(struct lsps *l, struct lsp *p)
{
    struct rib_fec fec = {.purpose = RIB_LABEL_STATIC, .discriminator = p->wish.in_label};

    p->is_claimed = ribd_labels_static_claim(l->labels, p->wish.in_label, &fec, p->why) == 0;
    if (!p->is_claimed && !p->is_refused)
        LOG_ERROR(l->log, "static-lsp-refused", "name=%s label=%u text=\"%s\"", p->wish.name, p->wish.in_label, p->why);
    p->is_refused = !p->is_claimed;
    return p->is_claimed;
}

static void define_hops(const struct lsps *l, const struct lsp_wish *w, uint32_t *vrf)
{
    struct rib_nexthop hops[RIB_NEXTHOPS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < w->n_hops && n < RIB_NEXTHOPS_MAX; i++) {
        if (ribd_hop_find(l->rib, l->ports, l->instances, &w->hops[i], &hops[n]))
            n++;
    }
    *vrf = n ? hops[0].vrf : RIB_VRF_PUBLIC;
    ribd_rib_nhset_define(l->rib, RIB_CLIENT_RIBD, SET_ID, hops, n);
}

/* 0 if it names no guarded interface that is there. */
static uint32_t define_scope(const struct lsps *l, const struct lsp_wish *w)
{
    struct rib_scope_member *m = mem_alloc(NULL, (w->n_guarded + 1) * sizeof(m[0]));
    const struct rib_interface *i;
    size_t n = 0;

    for (size_t k = 0; k < w->n_guarded; k++) {
        i = ribd_ports_find(l->ports, w->guarded[k]);
        if (i)
            m[n++] = (struct rib_scope_member){.vrf = i->vrf, .ifindex = i->ifindex};
    }
    if (n)
        ribd_rib_scope_define(l->rib, RIB_CLIENT_RIBD, SET_ID, m, n);
    mem_free(NULL, m);
    return n ? SET_ID : 0;
}

static void tell(struct lsps *l, struct lsp *p)
{
    const struct lsp_wish *w = &p->wish;
    struct rib_label_entry e = {.in_label = w->in_label, .op = RIB_LABEL_SWAP, .nhset = SET_ID};

    e.fec = (struct rib_fec){.purpose = RIB_LABEL_STATIC, .discriminator = w->in_label};
    e.label = out_label_implicit_null(); /* beneath those of the next hops */
    if (w->is_lookup) {
        e.op = RIB_LABEL_POP_LOOKUP;
        if (!ribd_hop_instance(l->instances, w->lookup, &e.lookup_vrf))
            return;
        e.fec.vrf = e.lookup_vrf;
    } else {
        define_hops(l, w, &e.fec.vrf);
    }
    e.scope = define_scope(l, w);
    if (claim(l, p))
        ribd_rib_label_set(l->rib, RIB_CLIENT_RIBD, &e);
    if (!w->is_lookup)
        ribd_rib_nhset_undefine(l->rib, RIB_CLIENT_RIBD, SET_ID); /* the entry keeps it */
    if (e.scope)
        ribd_rib_scope_undefine(l->rib, RIB_CLIENT_RIBD, SET_ID);
}

/* --- all of them --- */

void ribd_lsps_refresh(struct lsps *l)
{
    l->is_due = l->n > 0;
}

void ribd_lsps_work(struct lsps *l)
{
    if (!l->is_due)
        return;
    l->is_due = false;
    for (size_t i = 0; i < l->n; i++)
        tell(l, &l->all[i]);
}

static struct lsp *copy_of(const struct lsp_wish *w, size_t n)
{
    struct lsp *all = mem_alloc(NULL, (n + 1) * sizeof(all[0]));

    for (size_t i = 0; i < n; i++) {
        struct lsp_wish *c = &all[i].wish;

        *c = w[i];
        c->hops = w[i].n_hops ? mem_dup(NULL, w[i].hops, w[i].n_hops * sizeof(c->hops[0])) : NULL;
        c->guarded = w[i].n_guarded ? mem_dup(NULL, w[i].guarded, w[i].n_guarded * sizeof(c->guarded[0])) : NULL;
    }
    qsort(all, n, sizeof(all[0]), by_label);
    return all;
}

void ribd_lsps_want(struct lsps *l, const struct lsp_wish *w, size_t n, uint64_t now_us)
{
    struct lsp *old = l->all;
    size_t n_old = l->n;

    l->all = copy_of(w, n);
    l->n = n;
    l->is_due = true;
    ribd_lsps_work(l);
    for (size_t i = 0; i < n_old; i++) {
        uint32_t label = old[i].wish.in_label;

        if (!old[i].is_claimed || find(l, label))
            continue;
        ribd_rib_label_del(l->rib, RIB_CLIENT_RIBD, label);
        ribd_labels_static_release(l->labels, label, ribd_rib_label_is_live(l->rib, label), now_us);
    }
    free_all(old, n_old);
}

bool ribd_lsps_has_failures(const struct lsps *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->all[i].is_refused)
            return true;
    }
    return false;
}

const char *ribd_lsps_name(const struct lsps *l, uint32_t in_label)
{
    const struct lsp *p = find(l, in_label);

    return p ? p->wish.name : NULL;
}

const char *ribd_lsps_why(const struct lsps *l, uint32_t in_label, const char *reason, char why[RIBD_WHY_MAX])
{
    const struct lsp *p = find(l, in_label);

    return p ? ribd_why_hops(l->ports, l->instances, p->wish.hops, p->wish.n_hops, reason, why) : reason;
}

bool ribd_lsps_is_pop(const struct lsps *l, uint32_t in_label)
{
    const struct lsp *p = find(l, in_label);

    return p && p->wish.n_hops && p->wish.hops[0].label.state != LABEL_STATE_STACK;
}

void ribd_lsps_each_refused(const struct lsps *l, void (*fn)(void *arg, const struct lsp_wish *w, const char *why),
                            void *arg)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->all[i].is_refused)
            fn(arg, &l->all[i].wish, l->all[i].why);
    }
}

struct lsps *ribd_lsps_create(struct rib *r, struct label_manager *labels, const struct ports *ports,
                              const struct instances *instances, struct log *log)
{
    struct lsps *l = MEM_NEW(NULL, struct lsps);

    l->rib = r;
    l->labels = labels;
    l->ports = ports;
    l->instances = instances;
    l->log = log;
    return l;
}

void ribd_lsps_destroy(struct lsps *l)
{
    if (!l)
        return;
    free_all(l->all, l->n);
    mem_free(NULL, l);
}
