/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries: what comes in with a label, and where it goes. An entry without a usable next hop leaves the kernel
 * and its owner is told, so that it withdraws; it comes back by itself. Order against spoofing (RFC 4364 s9): the label
 * is let in on guarded interfaces before the entry is reported as installed, and shut out after the entry is gone.
 */
#include "src/ribd/rib/internal.h"

#include <stdio.h>
#include <string.h>

/* --- queues --- */

void ribd_entry_queue(struct rib *r, struct entry *e)
{
    if (e->is_queued)
        return;
    e->is_queued = true;
    ribd_vec_push(r, &r->write_entries, e);
    ribd_work(r);
}

void ribd_entry_report(struct rib *r, struct entry *e)
{
    if (e->is_reporting)
        return;
    e->is_reporting = true;
    ribd_vec_push(r, &r->report_entries, e);
    ribd_work(r);
}

/* --- what an entry puts beneath --- */

static struct entry_stack stack_take(struct rib *r, const struct out_label *l)
{
    struct entry_stack s = {.depth = l->state == LABEL_STATE_STACK ? l->stack.depth : 0};

    if (s.depth == 1)
        s.label = l->stack.label[0];
    else if (s.depth)
        s.deep = intern_get(r->labels, l->stack.label, s.depth * sizeof(l->stack.label[0]));
    return s;
}

struct out_label ribd_entry_label(const struct entry *e)
{
    struct out_label l = out_label_implicit_null();

    if (e->e.op != RIB_LABEL_SWAP)
        return out_label_none();
    if (e->own.depth) {
        l.state = LABEL_STATE_STACK;
        l.stack.depth = e->own.depth;
        memcpy(l.stack.label, e->own.deep ? (const void *)e->own.deep->data : &e->own.label,
               e->own.depth * sizeof(e->own.label));
    }
    return l;
}

static void stack_put(struct rib *r, struct entry_stack *s)
{
    if (s->deep)
        intern_unref(r->labels, s->deep);
    *s = (struct entry_stack){0};
}

static bool stack_is_same(const struct entry_stack *a, const struct entry_stack *b)
{
    return a->depth == b->depth && a->label == b->label && a->deep == b->deep;
}

/* The list with the stack beneath each next hop. */
static size_t put_together(const struct interned *list, const struct entry_stack *s, struct rnh *out)
{
    size_t n = ribd_list_n(list);

    if (n)
        memcpy(out, ribd_list(list), n * sizeof(out[0]));
    for (size_t i = 0; s->depth && i < n; i++) {
        memcpy(out[i].label + out[i].depth, s->deep ? (const void *)s->deep->data : &s->label,
               s->depth * sizeof(s->label));
        out[i].depth = (uint8_t)(out[i].depth + s->depth);
    }
    return n;
}

size_t ribd_entry_written(const struct entry *e, struct rnh *out)
{
    return put_together(e->written, &e->beneath, out);
}

void ribd_entry_unwritten(struct rib *r, struct entry *e)
{
    if (e->written)
        ribd_list_put(r, e->written);
    e->written = NULL;
    stack_put(r, &e->beneath);
    e->written_lookup = 0;
}

/* --- told by clients --- */

static void target_release(struct rib *r, struct entry *e)
{
    if (e->path) {
        LIST_REMOVE(e, on_path);
        ribd_path_put(r, e->path);
        e->path = NULL;
        stack_put(r, &e->own);
    }
    if (e->fec) {
        struct fec *f = e->fec;

        LIST_REMOVE(e, on_fec);
        e->fec = NULL;
        ribd_fec_try_free(r, f);
    }
}

static void scope_release(struct rib *r, struct entry *e)
{
    if (!e->scope)
        return;
    LIST_REMOVE(e, on_scope);
    ribd_scope_put(r, e->scope);
    e->scope = NULL;
}

static void refuse(struct rib *r, enum rib_client_id c, uint32_t label, const char *why)
{
    struct rib_label_result res = {.in_label = label, .status = RIB_LABEL_FAILED};

    snprintf(res.reason, sizeof(res.reason), "%s", why);
    r->cb->label_result(r->arg, c, &res);
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
        HASH_FIND(hh, cl->nhsets, &in->nhset, sizeof(in->nhset), m);
        if (!m)
            return "unknown next-hop set";
        *set = m->object;
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
    const struct out_label nothing = out_label_implicit_null();
    struct path *path = in->op == RIB_LABEL_SWAP ? ribd_path_get(r, set, &nothing, NULL, false) : NULL;
    struct fec *fec = NULL;

    if (in->op == RIB_LABEL_FOLLOW_FEC)
        fec = ribd_fec_get(r, ribd_vrf_get(r, in->fec.vrf), &in->fec.prefix);
    if (scope)
        scope->refs++;
    if (fec)
        fec->refs++; /* it may be the one that is released */
    target_release(r, e);
    scope_release(r, e);
    e->e = (struct entry_target){in->op, in->nhset, in->lookup_vrf, in->scope, in->fec};
    e->path = path;
    e->fec = fec;
    e->scope = scope;
    if (path) {
        e->own = stack_take(r, &in->label);
        LIST_INSERT_HEAD(&path->entries, e, on_path);
    }
    if (fec) {
        LIST_INSERT_HEAD(&fec->entries, e, on_fec);
        fec->refs--;
    }
    if (scope)
        LIST_INSERT_HEAD(&scope->entries, e, on_scope);
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
    target_take(r, e, in, set, scope);
    e->client = (uint8_t)c;
    e->epoch = r->clients[c].epoch;
    e->is_deleted = false;
    e->is_answer_due = true;
    ribd_entry_queue(r, e);
}

void ribd_entry_remove(struct rib *r, struct entry *e)
{
    e->is_deleted = true;
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

static size_t follow_fec(struct rib *r, struct entry *e, struct rnh *out, char *reason)
{
    char p[PREFIX_TEXT_MAX], why[RIB_TEXT_MAX];
    const struct dest *d = ribd_dest_find(e->fec->vrf, &e->fec->prefix);
    const struct route *rt = d ? (ribd_dest_selected(d) ? ribd_dest_selected(d) : ribd_dest_routes(d)) : NULL;
    size_t n = 0;

    prefix_text(&e->fec->prefix, p, sizeof(p));
    if (!rt || !ribd_dest_vrf(d)->is_present) {
        snprintf(reason, RIB_TEXT_MAX, "no route to %s", p);
        return 0;
    }
    if (ribd_route_is_connected(rt)) {
        snprintf(reason, RIB_TEXT_MAX, "%s is connected here", p);
        return 0;
    }
    if (ribd_dest_selected(d))
        n = lsp_only(rt->path->list, 0, out);
    if (n)
        return n;
    ribd_path_reason(r, rt->path, true, RIBD_PREFIX_OF(ribd_route_dest(rt)), why);
    if (snprintf(reason, RIB_TEXT_MAX, "no label-switched path to %s: %s", p, why) >= RIB_TEXT_MAX)
        reason[RIB_TEXT_MAX - 1] = '\0';
    return 0;
}

static size_t entry_next_hops(struct rib *r, struct entry *e, struct rnh *out, uint32_t *lookup, char *reason)
{
    struct vrf *v;
    size_t n;

    *lookup = 0;
    reason[0] = '\0';
    if (e->is_deleted)
        return 0;
    switch ((enum rib_label_op)e->e.op) {
    case RIB_LABEL_SWAP:
        n = lsp_only(e->path->list, e->own.depth, out);
        if (n == 0 && ribd_path_is_lsp(e->path))
            snprintf(reason, RIB_TEXT_MAX, "label stack too deep: more than %d labels", LABEL_STACK_MAX);
        else if (n == 0)
            ribd_path_reason(r, e->path, false, NULL, reason);
        return n;
    case RIB_LABEL_FOLLOW_FEC:
        return follow_fec(r, e, out, reason);
    case RIB_LABEL_POP_LOOKUP:
        v = ribd_vrf_get(r, e->e.lookup_vrf);
        *lookup = v->is_present ? v->lookup_ifindex : 0;
        if (!*lookup && v->id == RIB_VRF_PUBLIC)
            snprintf(reason, RIB_TEXT_MAX, "the loopback interface is missing");
        else if (!*lookup)
            snprintf(reason, RIB_TEXT_MAX, "VPN instance (table %u) is not ready", v->id);
        return 0;
    }
    return 0;
}

/* --- writing --- */

static uint64_t cookie_of(const struct entry *e, enum rib_cookie kind)
{
    return (uint64_t)(uintptr_t)e | (uint64_t)kind;
}

static bool has_index(const uint32_t *list, size_t n, uint32_t ifindex)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == ifindex)
            return true;
    }
    return false;
}

static void write_guards(struct rib *r, struct entry *e, bool is_allowing)
{
    const struct scope *s = e->scope;
    uint32_t n = s ? (uint32_t)s->n_ifindexes : 0;

    if (is_allowing) {
        for (size_t i = 0; i < n; i++) {
            if (!e->is_guard_forced && has_index(e->guards, e->n_guards, s->ifindexes[i]))
                continue;
            ribd_adopt_guard(r, s->ifindexes[i], e->in_label);
            e->pending++;
            r->dp->ops->guard_set(r->dp, cookie_of(e, RIB_COOKIE_GUARD), s->ifindexes[i], e->in_label, true);
        }
        return;
    }
    for (size_t i = 0; i < e->n_guards; i++) {
        if (s && has_index(s->ifindexes, n, e->guards[i]))
            continue;
        e->pending++;
        r->dp->ops->guard_set(r->dp, cookie_of(e, RIB_COOKIE_GUARD), e->guards[i], e->in_label, false);
    }
    mem_free(&r->mem, e->guards);
    e->guards = n ? mem_dup(&r->mem, s->ifindexes, n * sizeof(s->ifindexes[0])) : NULL;
    e->n_guards = n;
    e->is_guard_forced = false;
}

static void kernel_label_set(struct rib *r, struct entry *e)
{
    struct dp_label l; /* of some 6000 octets: only what is used of it is set */
    struct rnh list[RIB_NEXTHOPS_MAX];
    size_t n = ribd_entry_written(e, list);

    l.in_label = e->in_label;
    l.lookup_ifindex = e->written_lookup;
    l.keeps_ttl = e->written_keeps_ttl;
    l.n_nexthops = (uint8_t)n;
    for (size_t i = 0; i < n; i++) {
        struct dp_nexthop *nh = &l.nexthops[i];

        memset(nh, 0, sizeof(*nh));
        nh->ifindex = list[i].ifindex;
        nh->gateway = list[i].gateway;
        nh->label.state = list[i].depth ? LABEL_STATE_STACK : LABEL_STATE_IMPLICIT_NULL;
        nh->label.stack.depth = list[i].depth;
        memcpy(nh->label.stack.label, list[i].label, sizeof(list[i].label));
    }
    e->pending++;
    r->dp->ops->label_set(r->dp, cookie_of(e, RIB_COOKIE_LABEL), &l);
}

/* An entry that was adopted has one list with all labels in it. */
static bool is_written(struct rib *r, const struct entry *e, const struct interned *list)
{
    struct rnh a[RIB_NEXTHOPS_MAX], b[RIB_NEXTHOPS_MAX];
    struct interned *x, *y;
    bool is_same;

    if (list == e->written && stack_is_same(&e->own, &e->beneath))
        return true;
    if (!list || !e->written || e->own.depth == e->beneath.depth)
        return !list && !e->written;
    x = ribd_list_intern(r, a, put_together(list, &e->own, a));
    y = ribd_list_intern(r, b, ribd_entry_written(e, b));
    is_same = x == y;
    ribd_list_put(r, x);
    ribd_list_put(r, y);
    return is_same;
}

/* From now on the kernel has this, with the entry's own stack. Takes the list. */
static void now_written(struct rib *r, struct entry *e, struct interned *list, uint32_t lookup, bool keeps_ttl)
{
    ribd_entry_unwritten(r, e);
    e->written = list;
    if (list) {
        e->beneath = e->own;
        if (e->beneath.deep)
            intern_ref(e->beneath.deep);
    }
    e->written_lookup = lookup;
    e->written_keeps_ttl = keeps_ttl;
}

static void set_reason(struct rib *r, struct entry *e, const char *text)
{
    struct interned *before = e->reason;

    if (!*text && !before)
        return;
    e->reason = *text ? intern_get(r->keys, text, strlen(text) + 1) : NULL;
    e->is_reason_new |= e->reason != before;
    intern_unref(r->keys, before);
}

const char *ribd_entry_reason(const struct entry *e)
{
    return e->reason ? (const char *)e->reason->data : "";
}

void ribd_entry_write(struct rib *r, struct entry *e)
{
    struct rnh list[RIB_NEXTHOPS_MAX];
    uint32_t lookup;
    char reason[RIB_TEXT_MAX];
    size_t n;
    bool keeps_ttl, is_other, had = e->written || e->written_lookup;
    struct interned *now;

    n = entry_next_hops(r, e, list, &lookup, reason);
    set_reason(r, e, reason);
    now = ribd_list_intern(r, list, n);
    keeps_ttl = ribd_entry_keeps_ttl(r, e, now, lookup);
    is_other = !is_written(r, e, now) || lookup != e->written_lookup || keeps_ttl != e->written_keeps_ttl;
    if (is_other || !e->told)
        e->changed_sec = r->now_sec;
    write_guards(r, e, true);
    now_written(r, e, now, lookup, keeps_ttl);
    if (now || lookup) {
        if (is_other || e->is_failed)
            kernel_label_set(r, e);
    } else if (had) {
        e->pending++;
        r->dp->ops->label_del(r->dp, cookie_of(e, RIB_COOKIE_LABEL), e->in_label);
    }
    if (!now && !lookup && e->is_failed) {
        e->is_failed = false;
        ribd_failure_clear(r, e);
    }
    write_guards(r, e, false);
    ribd_entry_report(r, e);
}

void ribd_rib_guard_lost(struct rib *r)
{
    struct entry *e;

    RIBD_EACH_ENTRY(e, r)
    {
        if (e->n_guards) {
            e->is_guard_forced = true;
            ribd_entry_queue(r, e);
        }
    }
}

/* --- answers --- */

void ribd_entry_free(struct rib *r, struct entry *e)
{
    if (e->is_failed)
        ribd_failure_clear(r, e);
    ribd_entry_unwritten(r, e);
    intern_unref(r->keys, e->reason);
    mem_free(&r->mem, e->guards);
    ribd_entry_drop(r, e);
}

/* All writes of the entry are answered: say how it stands, if that is news. */
void ribd_entry_answer(struct rib *r, struct entry *e)
{
    struct rib_label_result res = {.in_label = e->in_label, .scope = e->e.scope};
    uint32_t label = e->in_label;

    if (e->pending || e->is_queued)
        return;
    if (e->is_deleted) {
        ribd_entry_free(r, e);
        if (r->cb->label_gone)
            r->cb->label_gone(r->arg, label);
        return;
    }
    if (e->is_failed) {
        res.status = RIB_LABEL_FAILED;
        snprintf(res.reason, sizeof(res.reason), "%s", ribd_failure_text(r, e));
    } else if (e->written || e->written_lookup) {
        res.status = RIB_LABEL_INSTALLED;
    } else {
        res.status = RIB_LABEL_UNUSABLE;
        snprintf(res.reason, sizeof(res.reason), "%s", ribd_entry_reason(e));
    }
    if (!e->is_answer_due && e->told == res.status && e->told_scope == res.scope &&
        !(res.status != RIB_LABEL_INSTALLED && e->is_reason_new))
        return;
    e->is_answer_due = e->is_reason_new = false;
    e->told = res.status;
    e->told_scope = res.scope;
    r->cb->label_result(r->arg, e->client, &res);
}
