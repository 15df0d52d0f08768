/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries: what comes in with a label, and where it goes. An entry without a usable next hop leaves the kernel
 * and its owner is told, so that it withdraws; it comes back by itself. Order against spoofing (RFC 4364 s9): the label
 * is let in on guarded interfaces before the entry is reported as installed, and shut out after the entry is gone.
 */
#include "src/ribd/rib/internal.h"
#include "src/ribd/rib/counts.h"

#include <stdio.h>
#include <string.h>

/* --- queues --- */

void ribd_entry_queue(struct rib *r, struct entry *e)
{
    if (e->is_queued)
        return;
    e->is_queued = true;
    ribd_fifo_push(r, &r->write_entries[e->client], e);
    ribd_work(r);
}

void ribd_entry_report(struct rib *r, struct entry *e)
{
    if (e->is_reporting)
        return;
    e->is_reporting = true;
    ribd_vec_push(r, &r->report_entries, e);
    if (r->report_entries.n == 1) /* else somebody is at work already */
        ribd_work(r);
}

/* --- what few entries have --- */

static struct entry_rare *rare_of(struct rib *r, struct entry *e)
{
    if (!e->rare)
        e->rare = slab_handle(slab_alloc(&r->entry_rares));
    return ribd_entry_rare(e);
}

static void rare_tidy(struct entry *e)
{
    const struct entry_rare *rare = ribd_entry_rare(e);

    if (!rare || e->has_wide_fec || rare->own || rare->beneath || rare->reason)
        return;
    slab_free(ribd_entry_rare(e));
    e->rare = 0;
}

/* fec_len if there is no prefix */
#define NO_PREFIX UINT8_MAX

static bool is_narrow(const struct rib_fec *f)
{
    const struct prefix *p = &f->prefix;

    return !f->discriminator && f->purpose <= RIB_LABEL_STATIC &&
           (p->addr.family == AF_IPV4 ? p->len <= 32 : p->addr.family == AF_NONE && p->len == 0);
}

static void fec_take(struct rib *r, struct entry *e, const struct rib_fec *f)
{
    e->fec_vrf = f->vrf;
    e->fec_purpose = f->purpose & 7u;
    e->has_wide_fec = !is_narrow(f);
    if (e->has_wide_fec) {
        rare_of(r, e)->fec = *f;
        return;
    }
    e->fec_len = f->prefix.addr.family == AF_NONE ? NO_PREFIX : f->prefix.len;
    memcpy(&e->fec_address, f->prefix.addr.b, sizeof(e->fec_address));
}

struct rib_fec ribd_entry_fec(const struct entry *e)
{
    struct rib_fec f = {.purpose = e->fec_purpose, .vrf = e->fec_vrf};

    if (e->has_wide_fec)
        return ribd_entry_rare(e)->fec;
    if (e->fec_len == NO_PREFIX)
        return f;
    f.prefix.addr.family = AF_IPV4;
    memcpy(f.prefix.addr.b, &e->fec_address, sizeof(e->fec_address));
    f.prefix.len = e->fec_len;
    return f;
}

/* --- what an entry puts beneath --- */

static const uint32_t *own_labels(const struct entry *e)
{
    return e->own_depth > 1 ? (const void *)ribd_entry_rare(e)->own->data : &e->own;
}

static void own_take(struct rib *r, struct entry *e, const struct out_label *l)
{
    e->own_depth = l->state == LABEL_STATE_STACK ? l->stack.depth : 0;
    e->own = e->own_depth == 1 ? l->stack.label[0] : 0;
    if (e->own_depth > 1)
        rare_of(r, e)->own = intern_get(r->labels, l->stack.label, e->own_depth * sizeof(l->stack.label[0]));
}

static void own_put(struct rib *r, struct entry *e)
{
    if (e->own_depth > 1) {
        intern_unref(r->labels, ribd_entry_rare(e)->own);
        ribd_entry_rare(e)->own = NULL;
        rare_tidy(e);
    }
    e->own_depth = 0;
    e->own = 0;
}

struct out_label ribd_entry_label(const struct entry *e)
{
    struct out_label l = out_label_implicit_null();

    if (e->op != RIB_LABEL_SWAP)
        return out_label_none();
    if (e->own_depth) {
        l.state = LABEL_STATE_STACK;
        l.stack.depth = e->own_depth;
        memcpy(l.stack.label, own_labels(e), e->own_depth * sizeof(e->own));
    }
    return l;
}

/* The list with the stack beneath each next hop. */
static size_t put_together(const struct interned *list, const uint32_t *labels, uint8_t depth, struct rnh *out)
{
    size_t n = ribd_list_n(list);

    if (n)
        memcpy(out, ribd_list(list), n * sizeof(out[0]));
    for (size_t i = 0; depth && i < n; i++) {
        memcpy(out[i].label + out[i].depth, labels, depth * sizeof(labels[0]));
        out[i].depth = (uint8_t)(out[i].depth + depth);
    }
    return n;
}

static const uint32_t *beneath_labels(const struct entry *e)
{
    return e->beneath_depth > 1 ? (const void *)ribd_entry_rare(e)->beneath->data : &e->beneath;
}

size_t ribd_entry_written(const struct entry *e, struct rnh *out)
{
    return put_together(e->written, beneath_labels(e), e->beneath_depth, out);
}

void ribd_entry_unwritten(struct rib *r, struct entry *e)
{
    if (e->written)
        ribd_list_put(r, e->written);
    e->written = NULL;
    if (e->beneath_depth > 1) {
        intern_unref(r->labels, ribd_entry_rare(e)->beneath);
        ribd_entry_rare(e)->beneath = NULL;
        rare_tidy(e);
    }
    e->beneath_depth = 0;
    e->beneath = 0;
    e->written_lookup = 0;
}

void ribd_entry_lost(struct rib *r, struct entry *e)
{
    ribd_entry_unwritten(r, e);
    ribd_count_entry(r, e);
    e->may_be_there = true;
    ribd_entry_queue(r, e);
}

/* --- told by clients --- */

static void target_release(struct rib *r, struct entry *e)
{
    struct path *p = ribd_entry_path(e);
    struct fec *f = ribd_entry_follows(e);

    if (p && p->fan_entry == e)
        p->fan_entry = LIST_NEXT(e, on_way);
    if (p || f)
        LIST_REMOVE(e, on_way);
    e->way.path = NULL;
    e->way.fec = NULL;
    if (p) {
        ribd_path_put(r, p);
        own_put(r, e);
    }
    if (f)
        ribd_fec_try_free(r, f);
}

static void guard_tidy(struct entry *e)
{
    struct entry_guard *g = ribd_entry_guard(e);

    if (!g || g->scope || g->let_in)
        return;
    slab_free(g);
    e->guard = 0;
}

static void scope_release(struct rib *r, struct entry *e)
{
    struct entry_guard *g = ribd_entry_guard(e);

    if (!g || !g->scope)
        return;
    LIST_REMOVE(g, on_scope);
    ribd_scope_put(r, g->scope);
    g->scope = NULL;
    guard_tidy(e);
}

static void scope_take(struct rib *r, struct entry *e, struct scope *s)
{
    struct entry_guard *g = ribd_entry_guard(e);

    if (!g) {
        g = slab_alloc(&r->entry_guards);
        g->entry = slab_handle(e);
        e->guard = slab_handle(g);
    }
    g->scope = s;
    LIST_INSERT_HEAD(&s->entries, g, on_scope);
}

static void refuse(struct rib *r, enum rib_client_id c, uint32_t label, const char *why)
{
    struct rib_label_result res = {.in_label = label, .status = RIB_LABEL_FAILED};

    snprintf(res.reason, sizeof(res.reason), "%s", why);
    r->cb->label_result(r->arg, c, &res);
}

static struct nhset *nhset_of(struct client *cl, uint32_t id)
{
    struct idmap *m = cl->last_nhset;

    if (!m || m->id != id)
        HASH_FIND(hh, cl->nhsets, &id, sizeof(id), m);
    cl->last_nhset = m;
    return m ? m->object : NULL;
}

static const char *entry_fault(struct rib *r, enum rib_client_id c, const struct rib_label_entry *in,
                               struct nhset **set, struct scope **scope)
{
    struct client *cl = &r->clients[c];
    struct idmap *m;

    if (in->in_label < LABEL_FIRST_UNRESERVED || in->in_label > LABEL_KERNEL_MAX)
        return "label out of range";
    if (in->scope) {
        HASH_FIND(hh, cl->scopes, &in->scope, sizeof(in->scope), m);
        if (!m)
            return "unknown label scope";
        *scope = m->object;
    }
    switch ((enum rib_label_op)in->op) {
    case RIB_LABEL_SWAP:
        *set = nhset_of(cl, in->nhset);
        if (!*set)
            return "unknown next-hop set";
        if (in->label.state == LABEL_STATE_NONE || in->label.stack.depth > LABEL_STACK_MAX)
            return "a label entry needs an outgoing label or implicit null";
        return NULL;
    case RIB_LABEL_POP_LOOKUP:
        return NULL;
    case RIB_LABEL_FOLLOW_FEC:
        if (ribd_family_index(in->fec.prefix.addr.family) < 0 ||
            in->fec.prefix.len > ip_addr_bits(&in->fec.prefix.addr))
            return "malformed prefix";
        return NULL;
    }
    return "unknown operation";
}

static void target_take(struct rib *r, struct entry *e, const struct rib_label_entry *in, struct nhset *set,
                        struct scope *scope)
{
    static const struct out_label nothing = {.state = LABEL_STATE_IMPLICIT_NULL};
    struct path *path = in->op == RIB_LABEL_SWAP ? set->bare : NULL;
    struct fec *fec = NULL;

    if (path && path->refs)
        path->refs++;
    else if (in->op == RIB_LABEL_SWAP)
        path = ribd_path_get(r, set, &nothing, NULL, false);
    if (in->op == RIB_LABEL_FOLLOW_FEC)
        fec = ribd_fec_get(r, ribd_vrf_get(r, in->fec.vrf), &in->fec.prefix);
    if (scope)
        scope->refs++;
    if (fec)
        fec->refs++; /* it may be the one that is released */
    if (e->way.path || e->way.fec)
        target_release(r, e);
    if (e->guard)
        scope_release(r, e);
    e->op = in->op & 3u;
    e->told_id.nhset = in->op == RIB_LABEL_POP_LOOKUP ? in->lookup_vrf : in->nhset;
    e->scope_id = in->scope;
    fec_take(r, e, &in->fec);
    if (e->rare)
        rare_tidy(e);
    if (path) {
        e->way.path = path;
        own_take(r, e, &in->label);
        LIST_INSERT_HEAD(&path->entries, e, on_way);
    }
    if (fec) {
        e->way.fec = fec;
        LIST_INSERT_HEAD(&fec->entries, e, on_way);
        fec->refs--;
    }
    if (scope)
        scope_take(r, e, scope);
}

void ribd_rib_label_set(struct rib *r, enum rib_client_id c, const struct rib_label_entry *in)
{
    struct nhset *set = NULL;
    struct scope *scope = NULL;
    const char *fault = entry_fault(r, c, in, &set, &scope);
    struct entry *e;

    e = ribd_entry_find(r, in->in_label);
    if (!fault && e && !e->is_deleted && e->client != c)
        fault = "the label is in use by another daemon";
    if (fault) {
        refuse(r, c, in->in_label, fault);
        return;
    }
    if (!e) {
        e = ribd_entry_add(r, in->in_label);
        ribd_adopt_label(r, e);
    }
    ribd_count_entry_as(r, e, COUNTED_NOT); /* it may be another instance's now */
    target_take(r, e, in, set, scope);
    e->client = c & 7u;
    e->epoch = r->clients[c].epoch;
    e->is_deleted = false;
    ribd_count_entry(r, e);
    e->is_answer_due = true;
    ribd_entry_queue(r, e);
}

void ribd_entry_remove(struct rib *r, struct entry *e)
{
    e->is_deleted = true;
    ribd_count_entry(r, e);
    target_release(r, e);
    scope_release(r, e);
    ribd_entry_queue(r, e);
}

void ribd_rib_label_del(struct rib *r, enum rib_client_id c, uint32_t in_label)
{
    struct entry *e = ribd_entry_find(r, in_label);

    if (e && e->client == c && !e->is_deleted)
        ribd_entry_remove(r, e);
}

bool ribd_rib_label_is_live(const struct rib *r, uint32_t in_label)
{
    struct adopted_label *a;

    HASH_FIND(hh, r->adopted_labels, &in_label, sizeof(in_label), a);
    return a || ribd_entry_find(r, in_label);
}

/* --- what the kernel shall have --- */

/* The label-switched ones of a list that take `beneath` labels more, as the kernel knows them. */
static size_t lsp_only(const struct interned *list, uint8_t beneath, struct rnh *out)
{
    size_t n = 0;

    for (size_t i = 0; i < ribd_list_n(list); i++) {
        if (!ribd_list(list)[i].is_lsp || ribd_list(list)[i].depth + beneath > LABEL_STACK_MAX)
            continue;
        out[n] = ribd_list(list)[i];
        out[n].is_lsp = 0;
        out[n++].ttl = 0;
    }
    return n;
}

/* What label entries make of the path's list. */
static struct interned *path_lsp(struct rib *r, struct path *p)
{
    struct rnh list[RIB_NEXTHOPS_MAX];

    if (p->lsp_of == p->list)
        return p->lsp;
    intern_unref(r->lists, p->lsp_of);
    intern_unref(r->lists, p->lsp);
    p->lsp_of = p->list ? intern_ref(p->list) : NULL;
    p->lsp = ribd_list_intern(r, list, lsp_only(p->list, 0, list));
    p->lsp_depth = 0;
    for (size_t i = 0; i < ribd_list_n(p->lsp); i++)
        p->lsp_depth = ribd_list(p->lsp)[i].depth > p->lsp_depth ? ribd_list(p->lsp)[i].depth : p->lsp_depth;
    return p->lsp;
}

static struct interned *swap(struct rib *r, struct entry *e, char *reason)
{
    struct rnh list[RIB_NEXTHOPS_MAX];
    struct path *p = e->way.path;
    struct interned *lsp = path_lsp(r, p);

    if (lsp && p->lsp_depth + e->own_depth <= LABEL_STACK_MAX)
        return intern_ref(lsp);
    if (!lsp) {
        ribd_path_reason(r, p, false, NULL, reason);
        return NULL;
    }
    lsp = ribd_list_intern(r, list, lsp_only(p->list, e->own_depth, list));
    if (!lsp)
        snprintf(reason, RIB_TEXT_MAX, "label stack too deep: more than %d labels", LABEL_STACK_MAX);
    return lsp;
}

static struct interned *follow_fec(struct rib *r, struct entry *e, char *reason)
{
    char p[PREFIX_TEXT_MAX], why[RIB_TEXT_MAX];
    const struct fec *f = e->way.fec;
    struct dest *d = ribd_dest_find(f->vrf, &f->prefix);
    const struct route *rt = d ? (ribd_dest_selected(d) ? ribd_dest_selected(d) : ribd_dest_routes(d)) : NULL;
    struct rnh list[RIB_NEXTHOPS_MAX];
    struct interned *lsp;

    prefix_text(&f->prefix, p, sizeof(p));
    if (d)
        ribd_dest_seen(d);
    if (!rt || !ribd_dest_vrf(d)->is_present) {
        snprintf(reason, RIB_TEXT_MAX, "no route to %s", p);
        return NULL;
    }
    if (ribd_route_is_connected(rt)) {
        snprintf(reason, RIB_TEXT_MAX, "%s is connected here", p);
        return NULL;
    }
    lsp = ribd_dest_selected(d) ? ribd_list_intern(r, list, lsp_only(rt->path->list, 0, list)) : NULL;
    if (lsp)
        return lsp;
    ribd_path_reason(r, rt->path, true, RIBD_PREFIX_OF(ribd_route_dest(rt)), why);
    if (snprintf(reason, RIB_TEXT_MAX, "no label-switched path to %s: %s", p, why) >= RIB_TEXT_MAX)
        reason[RIB_TEXT_MAX - 1] = '\0';
    return NULL;
}

static uint32_t pop_lookup(struct rib *r, const struct entry *e, char *reason)
{
    const struct vrf *v = ribd_vrf_get(r, e->told_id.lookup_vrf);
    uint32_t lookup = v->is_present ? v->lookup_ifindex : 0;
    char name[RIB_NAME_MAX];

    if (!lookup && v->id == RIB_VRF_PUBLIC)
        snprintf(reason, RIB_TEXT_MAX, "the loopback interface is missing");
    else if (!lookup && r->cb->instance_name && r->cb->instance_name(r->arg, v->id, name))
        snprintf(reason, RIB_TEXT_MAX, "VPN instance %s is not ready", name);
    else if (!lookup)
        snprintf(reason, RIB_TEXT_MAX, "the VPN instance of table %u is not ready", v->id);
    return lookup;
}

/* The list is the caller's. NULL without a lookup: nothing, because of `reason`, or it is being deleted. */
static struct interned *entry_next_hops(struct rib *r, struct entry *e, uint32_t *lookup, char *reason)
{
    *lookup = 0;
    reason[0] = '\0';
    if (e->is_deleted)
        return NULL;
    switch ((enum rib_label_op)e->op) {
    case RIB_LABEL_SWAP:
        return swap(r, e, reason);
    case RIB_LABEL_FOLLOW_FEC:
        return follow_fec(r, e, reason);
    case RIB_LABEL_POP_LOOKUP:
        *lookup = pop_lookup(r, e, reason);
        return NULL;
    }
    return NULL;
}

/* --- writing --- */

static uint64_t cookie_of(const struct entry *e, enum rib_cookie kind)
{
    return (uint64_t)(uintptr_t)e | (uint64_t)kind;
}

static bool has_index(const struct interned *list, uint32_t ifindex)
{
    const uint32_t *at = list ? (const void *)list->data : NULL;

    for (size_t i = 0; list && i < list->len / sizeof(at[0]); i++) {
        if (at[i] == ifindex)
            return true;
    }
    return false;
}

/* Those that `now` has and `before` has not. */
static void write_guards(struct rib *r, struct entry *e, const struct interned *now, const struct interned *before,
                         bool is_allowed)
{
    const uint32_t *at = now ? (const void *)now->data : NULL;

    for (size_t i = 0; now && i < now->len / sizeof(at[0]); i++) {
        if (has_index(before, at[i]))
            continue;
        if (is_allowed)
            ribd_adopt_guard(r, at[i], e->in_label);
        e->pending++;
        r->n_entry_writes++;
        r->dp->ops->guard_set(r->dp, cookie_of(e, RIB_COOKIE_GUARD), at[i], e->in_label, is_allowed);
    }
}

static void let_in(struct rib *r, struct entry *e)
{
    const struct entry_guard *g = ribd_entry_guard(e);

    if (g && g->scope)
        write_guards(r, e, g->scope->ifindexes, e->is_guard_forced ? NULL : g->let_in, true);
}

static void shut_out(struct rib *r, struct entry *e)
{
    struct entry_guard *g = ribd_entry_guard(e);
    struct interned *now = g && g->scope ? g->scope->ifindexes : NULL;

    e->is_guard_forced = false;
    if (!g || g->let_in == now)
        return;
    write_guards(r, e, g->let_in, now, false);
    intern_unref(r->keys, g->let_in);
    g->let_in = now ? intern_ref(now) : NULL;
    guard_tidy(e);
}

/* The next hops of a list, without anything beneath. */
static void form_take(struct rib *r, struct label_form *f, struct interned *list)
{
    const struct rnh *from = ribd_list(list);

    ribd_label_form_drop(r);
    f->list = list ? intern_ref(list) : NULL;
    f->beneath_depth = 0;
    f->label.n_nexthops = (uint8_t)ribd_list_n(list);
    for (size_t i = 0; i < f->label.n_nexthops; i++) {
        struct dp_nexthop *nh = &f->label.nexthops[i];

        memset(nh, 0, sizeof(*nh));
        nh->ifindex = from[i].ifindex;
        nh->gateway = from[i].gateway;
        nh->label.stack.depth = from[i].depth;
        memcpy(nh->label.stack.label, from[i].label, from[i].depth * sizeof(from[i].label[0]));
    }
}

static void form_put_beneath(struct label_form *f, const uint32_t *labels, uint8_t depth)
{
    const struct rnh *list = ribd_list(f->list);

    for (size_t i = 0; i < f->label.n_nexthops; i++) {
        struct out_label *l = &f->label.nexthops[i].label;
        uint32_t *at = l->stack.label + list[i].depth;

        l->stack.depth = (uint8_t)(list[i].depth + depth);
        l->state = l->stack.depth ? LABEL_STATE_STACK : LABEL_STATE_IMPLICIT_NULL;
        for (uint8_t k = 0; k < depth; k++)
            at[k] = labels[k];
        for (uint8_t k = depth; k < f->beneath_depth; k++)
            at[k] = 0; /* of the entry before */
    }
    f->beneath_depth = depth;
}

void ribd_label_form_drop(struct rib *r)
{
    intern_unref(r->lists, r->label_form.list);
    r->label_form.list = NULL;
    r->label_form.label.n_nexthops = 0;
}

static void kernel_label_set(struct rib *r, struct entry *e)
{
    struct label_form *f = &r->label_form;

    if (f->list != e->written)
        form_take(r, f, e->written);
    form_put_beneath(f, beneath_labels(e), e->beneath_depth);
    f->label.in_label = e->in_label;
    f->label.lookup_ifindex = e->written_lookup;
    f->label.keeps_ttl = e->written_keeps_ttl;
    e->pending++;
    r->n_entry_writes++;
    r->dp->ops->label_set(r->dp, cookie_of(e, RIB_COOKIE_LABEL), &f->label);
}

static bool is_stack_written(const struct entry *e)
{
    return e->own_depth == e->beneath_depth && e->own == e->beneath &&
           (e->own_depth < 2 || ribd_entry_rare(e)->own == ribd_entry_rare(e)->beneath);
}

/* An entry that was adopted has one list with all labels in it. */
static bool is_written_otherwise(struct rib *r, const struct entry *e, const struct interned *list)
{
    struct rnh a[RIB_NEXTHOPS_MAX], b[RIB_NEXTHOPS_MAX];
    struct interned *x, *y;
    bool is_same;

    x = ribd_list_intern(r, a, put_together(list, own_labels(e), e->own_depth, a));
    y = ribd_list_intern(r, b, ribd_entry_written(e, b));
    is_same = x == y;
    ribd_list_put(r, x);
    ribd_list_put(r, y);
    return is_same;
}

static bool is_written(struct rib *r, const struct entry *e, const struct interned *list)
{
    if (!list || !e->written)
        return !list && !e->written;
    if (list == e->written && is_stack_written(e))
        return true;
    return e->own_depth != e->beneath_depth && is_written_otherwise(r, e, list);
}

/* From now on the kernel has this, with the entry's own stack. Takes the list. */
static void now_written(struct rib *r, struct entry *e, struct interned *list, uint32_t lookup, bool keeps_ttl)
{
    if (e->written)
        ribd_entry_unwritten(r, e);
    e->written = list;
    if (list) {
        e->beneath_depth = e->own_depth;
        e->beneath = e->own;
        if (e->own_depth > 1)
            ribd_entry_rare(e)->beneath = intern_ref(ribd_entry_rare(e)->own);
    }
    e->written_lookup = lookup;
    e->written_keeps_ttl = keeps_ttl;
}

static void set_reason(struct rib *r, struct entry *e, const char *text)
{
    struct interned *before = e->rare ? ribd_entry_rare(e)->reason : NULL, *now;

    if (!*text && !before)
        return;
    now = *text ? intern_get(r->keys, text, strlen(text) + 1) : NULL;
    rare_of(r, e)->reason = now;
    e->is_reason_new |= now != before;
    intern_unref(r->keys, before);
    rare_tidy(e);
}

const char *ribd_entry_reason(const struct entry *e)
{
    const struct interned *reason = e->rare ? ribd_entry_rare(e)->reason : NULL;

    return reason ? (const char *)reason->data : "";
}

void ribd_entry_write(struct rib *r, struct entry *e)
{
    uint32_t lookup;
    char reason[RIB_TEXT_MAX];
    struct interned *now = entry_next_hops(r, e, &lookup, reason);
    bool keeps_ttl = ribd_entry_keeps_ttl(r, e, now, lookup), had = e->written || e->written_lookup || e->may_be_there;
    bool is_other = !is_written(r, e, now) || lookup != e->written_lookup || keeps_ttl != e->written_keeps_ttl;

    set_reason(r, e, reason);
    if (is_other || !e->told)
        e->changed_sec = r->now_sec;
    let_in(r, e);
    e->may_be_there = false;
    now_written(r, e, now, lookup, keeps_ttl);
    if (now || lookup) {
        if (is_other || e->is_failed)
            kernel_label_set(r, e);
    } else if (had) {
        e->pending++;
        r->n_entry_writes++;
        r->dp->ops->label_del(r->dp, cookie_of(e, RIB_COOKIE_LABEL), e->in_label);
    }
    if (!now && !lookup && e->is_failed) {
        e->is_failed = false;
        ribd_failure_clear(r, e);
    }
    ribd_count_entry(r, e);
    shut_out(r, e);
    if (!e->pending) /* else the last result brings it there */
        ribd_entry_report(r, e);
}

void ribd_rib_guard_lost(struct rib *r)
{
    struct entry *e;

    RIBD_EACH_ENTRY(e, r)
    {
        if (e->guard && ribd_entry_guard(e)->let_in) {
            e->is_guard_forced = true;
            ribd_entry_queue(r, e);
        }
    }
}

/* --- answers --- */

static void entry_free(struct rib *r, struct entry *e)
{
    struct entry_guard *g = ribd_entry_guard(e);

    if (e->is_failed)
        ribd_failure_clear(r, e);
    ribd_entry_unwritten(r, e);
    if (e->rare) {
        intern_unref(r->keys, ribd_entry_rare(e)->reason);
        slab_free(ribd_entry_rare(e));
    }
    if (g) {
        intern_unref(r->keys, g->let_in);
        slab_free(g);
    }
    ribd_entry_drop(r, e);
}

static enum rib_label_status status_of(const struct entry *e)
{
    return e->is_failed ? RIB_LABEL_FAILED : e->written || e->written_lookup ? RIB_LABEL_INSTALLED : RIB_LABEL_UNUSABLE;
}

/* All writes of the entry are answered: say how it stands, if that is news. */
void ribd_entry_answer(struct rib *r, struct entry *e)
{
    struct rib_label_result res;
    uint32_t label = e->in_label;
    enum rib_label_status status = status_of(e);

    if (e->pending || e->is_queued)
        return;
    if (e->is_deleted) {
        entry_free(r, e);
        if (r->cb->label_gone)
            r->cb->label_gone(r->arg, label);
        return;
    }
    if (!e->is_answer_due && e->told == status && !(status != RIB_LABEL_INSTALLED && e->is_reason_new))
        return;
    res.in_label = label;
    res.status = (uint8_t)status;
    res.scope = e->scope_id;
    res.reason[0] = '\0';
    if (status != RIB_LABEL_INSTALLED)
        snprintf(res.reason, sizeof(res.reason), "%s", e->is_failed ? ribd_failure_text(r, e) : ribd_entry_reason(e));
    e->is_answer_due = e->is_reason_new = false;
    e->told = status & 3u;
    r->cb->label_result(r->arg, e->client, &res);
}
