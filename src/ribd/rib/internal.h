/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder do for each other, by file; the objects stand in objects.h.
 */
#pragma once

#include "src/ribd/rib/objects.h"

/* --- rib.c --- */
/* Who tells many gives way when so many wait to be resolved: whatever else befalls one of these waits no longer. */
enum { ENOUGH_TO_RESOLVE = 4096 };
static inline size_t ribd_part(const struct rib *r, size_t amount)
{
    return amount > r->part ? amount / r->part : 1;
}
void ribd_vec_grow(struct rib *r, struct vec *v);
static inline void ribd_vec_push(struct rib *r, struct vec *v, void *p)
{
    if (v->n == v->room)
        ribd_vec_grow(r, v);
    v->at[v->n++] = p;
}
void ribd_vec_clear(struct rib *r, struct vec *v);
void ribd_fifo_push(struct rib *r, struct fifo *f, void *p);
static inline void *ribd_fifo_take(struct rib *r, struct fifo *f) /* not if it is empty */
{
    void *p = f->v.at[f->head++];

    if (f->head == f->v.n) {
        ribd_vec_clear(r, &f->v);
        f->head = 0;
    }
    return p;
}
static inline size_t ribd_fifo_n(const struct fifo *f)
{
    return f->v.n - f->head;
}
struct vrf *ribd_vrf_find(const struct rib *r, uint32_t id);
struct vrf *ribd_vrf_find_or_make(struct rib *r, uint32_t id);
static inline struct vrf *ribd_vrf_get(struct rib *r, uint32_t id) /* made if absent */
{
    return r->last_vrf && r->last_vrf->id == id ? r->last_vrf : ribd_vrf_find_or_make(r, id);
}
int ribd_family_index(uint8_t family); /* 0, 1, or -1 */
void ribd_work_begin(struct rib *r);
static inline void ribd_work(struct rib *r)
{
    if (!r->is_settling && !r->is_work_due)
        ribd_work_begin(r);
}
/* Interns a list; takes a reference. n = 0 gives NULL. Sorts in place, drops doubles. */
struct interned *ribd_list_intern(struct rib *r, struct rnh *list, size_t n);
void ribd_list_put(struct rib *r, struct interned *list);
static inline const struct rnh *ribd_list(const struct interned *list)
{
    return list ? (const struct rnh *)(const void *)list->data : NULL;
}
static inline size_t ribd_list_n(const struct interned *list)
{
    return list ? list->len / sizeof(struct rnh) : 0;
}

static inline struct rib *ribd_rib_of(const void *object_in_space)
{
    return slab_of(object_in_space)->space->owner;
}

/* --- table.c --- */
static inline struct vrf *ribd_dest_vrf(const struct dest *d)
{
    return ribd_rib_of(d)->vrf_at[trie_entry_tag(d)];
}
static inline struct prefix ribd_dest_prefix(const struct dest *d)
{
    struct prefix p;

    trie_entry_prefix(d, &p);
    return p;
}
/* A pointer to the prefix, good until the end of the block. */
#define RIBD_PREFIX_OF(d) ((struct prefix[]){ribd_dest_prefix(d)})
static inline struct route *ribd_route_next(const struct route *rt)
{
    return slab_at(slab_of(rt)->space, rt->next);
}
/* In order of preference. */
static inline struct route *ribd_dest_routes(const struct dest *d)
{
    return slab_at(slab_of(d)->space, d->routes);
}
/* The first usable one, NULL if there is none. */
static inline struct route *ribd_dest_selected(const struct dest *d)
{
    struct route *rt = ribd_dest_routes(d);

    while (rt && !rt->is_selected)
        rt = ribd_route_next(rt);
    return rt;
}
static inline struct dest *ribd_route_dest(const struct route *rt)
{
    if (rt->is_extra)
        return slab_at(slab_of(rt)->space, ((const struct extra_route *)(const void *)rt)->dest);
    return (struct dest *)(uintptr_t)rt; /* its first member */
}
#define RIBD_EACH_ROUTE_OF(rt, r, p)                                                                                   \
    for ((rt) = slab_at(&(r)->space, (p)->routes); (rt); (rt) = slab_at(&(r)->space, (rt)->next_on_path))
struct dest *ribd_dest_find(const struct vrf *v, const struct prefix *p);
struct dest *ribd_dest_get(struct rib *r, struct vrf *v, const struct prefix *p);
void ribd_dest_queue(struct rib *r, struct dest *d, unsigned who);
void ribd_dest_write(struct rib *r, struct dest *d);
void ribd_dest_report(struct rib *r, struct dest *d);
void ribd_dest_try_free(struct rib *r, struct dest *d);
void ribd_dest_process(struct rib *r, struct dest *d);
/* The selected route's way changed though the route did not: its dependents. */
void ribd_dest_touched(struct rib *r, struct dest *d);
void ribd_dest_entries_queue(struct rib *r, struct dest *d);
/* Its FEC's labels came, went or changed. */
void ribd_dest_rekey(struct rib *r, struct dest *d, bool is_changed, unsigned who);
void ribd_route_sweep(struct rib *r, struct dest *d, struct route *rt);
bool ribd_route_is_connected(const struct route *rt);
static inline bool ribd_route_is_foreign(const struct route *rt) /* another program's kernel route: never written */
{
    return rt->source == RIB_SOURCE_KERNEL && rt->client == RIB_CLIENT_RIBD;
}
/* The first one that can be used, whether it has been selected yet or not: what resolution goes by. */
static inline struct route *ribd_dest_best(const struct dest *d)
{
    struct route *rt = ribd_dest_vrf(d)->is_present ? ribd_dest_routes(d) : NULL;

    while (rt && !(rt->path->list || rt->path->key.set->is_blackhole))
        rt = ribd_route_next(rt);
    return rt;
}
/* Somebody goes by the prefix as it is. Where the choice of its route is behind what can be used, that may turn back
 * before the prefix's turn comes: those who saw it in between must be told all the same. */
static inline void ribd_dest_seen(struct dest *d)
{
    if (ribd_dest_best(d) != ribd_dest_selected(d))
        d->is_forced = true;
}
void ribd_vrf_each_dest(struct vrf *v, void (*fn)(void *arg, struct dest *d), void *arg);

/* --- walk.c --- */
/* From the first prefix on; if it is under way it goes on to the end, and then again. */
void ribd_walk_start(struct rib *r, struct walk *w);
void ribd_walks_work(struct rib *r, size_t *budget);
void ribd_vrf_todo(struct rib *r, struct vrf *v, unsigned what);

/* --- fan.c --- */
void ribd_path_fan(struct rib *r, struct path *p, unsigned what);
void ribd_fan_visit(struct rib *r, struct path *p, struct route *rt);
void ribd_nhset_fan(struct rib *r, struct nhset *s, unsigned what);
/* Some more of what is under way; false: nothing is, or there is enough to resolve from before. */
bool ribd_fan_step(struct rib *r, size_t *budget);
void ribd_path_fan_end(struct rib *r, struct path *p); /* it goes, without routes */
void ribd_nhset_fan_end(struct rib *r, struct nhset *s);

/* --- sweep.c --- */
void ribd_sweeps_work(struct rib *r, size_t *budget);
void ribd_sweep_init(struct rib *r, enum rib_client_id c);

/* --- path.c --- */
struct nhset *ribd_nhset_get(struct rib *r, const struct rib_nexthop *nh, size_t n);
void ribd_nhset_put(struct rib *r, struct nhset *s);
struct path *ribd_path_get(struct rib *r, struct nhset *s, const struct out_label *label, struct fec *fec,
                           bool is_pipe);
void ribd_path_put(struct rib *r, struct path *p);
void ribd_path_queue(struct rib *r, struct path *p);
void ribd_path_write(struct rib *r, struct path *p);
void ribd_path_process(struct rib *r, struct path *p);
void ribd_path_try_free(struct rib *r, struct path *p);
struct out_label ribd_path_label(const struct path *p);
bool ribd_path_is_usable(const struct path *p);
bool ribd_path_is_lsp(const struct path *p); /* one of its next hops is */
/* Why it cannot be used; or, wants_lsp, why it is no label-switched path. Routes share a path: `fec` is the prefix that
 * is asked about, NULL if none. */
void ribd_path_reason(struct rib *r, const struct path *p, bool wants_lsp, const struct prefix *fec, char *out);
/* From a route, whose instance, prefix and source stand in steps[0], to the wire: how `hop` of the path's list came
 * about. RIB_VIEW_STEPS_MAX steps at most; returns how many. */
size_t ribd_path_explain(const struct rib *r, const struct path *p, const struct rnh *hop, struct rib_view_step *steps);

/* --- node.c --- */
struct node *ribd_node_get(struct rib *r, struct vrf *v, const struct ip_addr *a, bool needs_lsp);
void ribd_node_put(struct rib *r, struct node *n);
void ribd_node_queue(struct rib *r, struct node *n);
void ribd_node_process(struct rib *r, struct node *n);
void ribd_nodes_inside(struct rib *r, struct vrf *v, const struct prefix *p, bool is_all);

/* --- iface.c --- */
struct iface *ribd_iface_get(struct rib *r, uint32_t ifindex);
bool ribd_iface_is_usable(const struct iface *f, uint32_t vrf);
bool ribd_iface_is_onlink(const struct iface *f, const struct ip_addr *a);
bool ribd_is_own_address(const struct rib *r, uint32_t vrf, const struct ip_addr *a);
const char *ribd_iface_name(const struct rib *r, uint32_t ifindex, char *buf, size_t size);
/* Why no label-switched path leads over it. */
const char *ribd_iface_lacks_mpls(const struct rib *r, uint32_t ifindex, char *buf, size_t size);
#define RIBD_NO_MPLS "the kernel has no MPLS: load mpls_router and mpls_iptunnel (show platform)"

/* --- fec.c --- */
struct fec *ribd_fec_get(struct rib *r, struct vrf *v, const struct prefix *p); /* made if absent */
struct fec *ribd_fec_find(const struct vrf *v, const struct prefix *p);
void ribd_fec_try_free(struct rib *r, struct fec *f);
const struct binding *ribd_binding_from(const struct rib *r, const struct fec *f, const struct ip_addr *gateway);
/* Peers that are stale since this epoch or longer; false: the budget did not last. */
bool ribd_fec_peers_sweep(struct rib *r, enum rib_client_id c, uint16_t epoch, size_t *budget);
void ribd_label_peer_forget(struct rib *r, struct label_peer *p);

/* --- entries.c --- */
struct entry *ribd_entry_find(const struct rib *r, uint32_t label);
struct entry *ribd_entry_add(struct rib *r, uint32_t label);       /* there is none of that label yet */
void ribd_entry_drop(struct rib *r, struct entry *e);              /* its memory */
struct entry *ribd_entry_next(const struct rib *r, uint32_t from); /* the lowest from there on */
void ribd_entries_free(struct rib *r);
/* In order of their labels. The one at hand must not be dropped meanwhile. */
#define RIBD_EACH_ENTRY(e, r) for ((e) = ribd_entry_next(r, 0); (e); (e) = ribd_entry_next(r, (e)->in_label + 1))

/* --- entry.c, scope.c --- */
void ribd_entry_queue(struct rib *r, struct entry *e);
void ribd_entries_write(struct rib *r); /* what may be written now */
bool ribd_entries_are_waiting(const struct rib *r);
bool ribd_entries_can_go_on(const struct rib *r);                       /* there is more, and room for it */
static inline struct entry_rare *ribd_entry_rare(const struct entry *e) /* NULL: there is nothing rare of it */
{
    return slab_at(slab_of(e)->space, e->rare);
}
static inline struct entry_guard *ribd_entry_guard(const struct entry *e)
{
    return slab_at(slab_of(e)->space, e->guard);
}
static inline const struct scope *ribd_entry_scope(const struct entry *e) /* NULL: none */
{
    return e->guard ? ribd_entry_guard(e)->scope : NULL;
}
/* Interfaces where its label is let in. */
static inline const uint32_t *ribd_entry_let_in(const struct entry *e, size_t *n)
{
    const struct interned *list = e->guard ? ribd_entry_guard(e)->let_in : NULL;

    *n = list ? list->len / sizeof(uint32_t) : 0;
    return list ? (const uint32_t *)(const void *)list->data : NULL;
}
struct rib_fec ribd_entry_fec(const struct entry *e);
static inline struct path *ribd_entry_path(const struct entry *e) /* NULL: no SWAP, or being deleted */
{
    return e->op == RIB_LABEL_SWAP ? e->way.path : NULL;
}
static inline struct fec *ribd_entry_follows(const struct entry *e)
{
    return e->op == RIB_LABEL_FOLLOW_FEC ? e->way.fec : NULL;
}
static inline uint32_t ribd_entry_lookup_vrf(const struct entry *e)
{
    return e->op == RIB_LABEL_POP_LOOKUP ? e->told_id.lookup_vrf : 0;
}
void ribd_label_form_drop(struct rib *r);
void ribd_entry_report(struct rib *r, struct entry *e);
void ribd_entry_write(struct rib *r, struct entry *e);
void ribd_entry_remove(struct rib *r, struct entry *e); /* as by its owner */
void ribd_entry_answer(struct rib *r, struct entry *e);
struct out_label ribd_entry_label(const struct entry *e); /* as its owner told it */
const char *ribd_entry_reason(const struct entry *e);
size_t ribd_entry_written(const struct entry *e, struct rnh *out); /* what the kernel has, in full */
void ribd_entry_unwritten(struct rib *r, struct entry *e);         /* it has nothing */
void ribd_entry_lost(struct rib *r, struct entry *e);              /* it has nothing, or something else */
struct scope *ribd_scope_get(struct rib *r, const struct rib_scope_member *m, size_t n);
void ribd_scope_put(struct rib *r, struct scope *s);
void ribd_scope_queue(struct rib *r, struct scope *s);
void ribd_scope_process(struct rib *r, struct scope *s);

/* --- ttl.c --- */
bool ribd_entry_pop_keeps_ttl(struct rib *r, const struct entry *e, const struct interned *list, uint32_t lookup);
static inline bool ribd_entry_keeps_ttl(struct rib *r, const struct entry *e, const struct interned *list,
                                        uint32_t lookup)
{
    return (lookup || !e->own_depth) && ribd_entry_pop_keeps_ttl(r, e, list, lookup);
}

/* --- failure.c --- */
/* True if it is news: not refused before, or in other words. */
bool ribd_failure_set(struct rib *r, enum failure_kind kind, void *object, const char *text);
bool ribd_failure_crowd(struct rib *r, struct dest *d); /* there was no room to note it: true if that is new */
void ribd_failure_clear(struct rib *r, const void *object);
const char *ribd_failure_text(const struct rib *r, const void *object);  /* "" if none */
uint32_t ribd_failure_retry_in(const struct rib *r, const void *object); /* seconds; 0: none */
void ribd_failures_free(struct rib *r);

/* --- fib.c, report.c --- */
void ribd_fib_write(struct rib *r);            /* what may be written now */
bool ribd_fib_is_waiting(const struct rib *r); /* there is something to write */
bool ribd_fib_can_go_on(const struct rib *r);  /* there is more, and room for it */
void ribd_report(struct rib *r);
bool ribd_report_is_due(const struct rib *r, const struct dest *d); /* somebody wants to know, or did */
bool ribd_report_can_go_on(const struct rib *r);
void ribd_report_init(struct rib *r, enum rib_client_id c);
void ribd_report_session_lost(struct rib *r, enum rib_client_id c);
void ribd_watch_due(struct rib *r, struct watch *w); /* to be told */
void ribd_watch_free(struct rib *r, struct watch *w);

/* The kernel may have lost the object and so what uses it: both are written again, after the last one of several. */
void ribd_path_unwritten(struct rib *r, struct path *p);

/* --- nhid.c --- */
uint32_t ribd_nhid_new(struct rib *r); /* 0: none left */
void ribd_nhid_take(struct rib *r, uint32_t id);
void ribd_nhid_free(struct rib *r, uint32_t id);
void ribd_nhids_free(struct rib *r);
void ribd_nhid_leaves(struct rib *r, uint32_t id, bool is_leaving);
bool ribd_nhid_is_leaving(const struct rib *r, uint32_t id);
void ribd_nhid_own(struct rib *r, uint32_t id, struct path *p); /* p NULL: nobody's */
struct path *ribd_nhid_owner(const struct rib *r, uint32_t id);
struct path *ribd_nhid_next_owner(const struct rib *r, uint32_t *id); /* from there on; NULL: no more */

/* --- adopt.c --- */
/* An id that has this content already, rather `wanted` than another; or 0. */
uint32_t ribd_adopt_nexthop(struct rib *r, struct interned *list, uint32_t wanted);
void ribd_adopt_label(struct rib *r, struct entry *e);
void ribd_adopt_guard(struct rib *r, uint32_t ifindex, uint32_t label);
/* The kernel may have dropped what goes over this interface. */
void ribd_adopt_bounced(struct rib *r, uint32_t ifindex, bool is_device_gone);
void ribd_adopt_forget(struct rib *r);
void ribd_adopt_init(struct rib *r);
void ribd_adopt_work(struct rib *r, size_t *budget); /* the sweep */
bool ribd_adopt_can_go_on(const struct rib *r);
void ribd_adopt_end(struct rib *r); /* in the middle */

/* --- audit.c --- */
void ribd_audit_work(struct rib *r, size_t *budget);
bool ribd_audit_can_go_on(const struct rib *r);
void ribd_audit_end(struct rib *r); /* in the middle */
void ribd_audit_nexthop_gone(struct rib *r, uint32_t id);
void ribd_audit_label_note(struct rib *r, uint32_t label);
static inline void ribd_audit_label_touched(struct rib *r, uint32_t label)
{
    if (r->audit)
        ribd_audit_label_note(r, label);
}
static inline void ribd_audit_dest_touched(const struct rib *r, struct dest *d)
{
    if (r->audit)
        d->audit = r->audit_no;
}
static inline void ribd_audit_path_touched(const struct rib *r, struct path *p)
{
    if (r->audit)
        p->audit = r->audit_no;
}
bool ribd_audit_keeps(const struct rib *r, const struct dest *d); /* the kernel's answer may still tell it */

uint32_t ribd_nhid_of_kernel(const struct dp_route *route); /* as in dest.kernel_nhid */
/* How the kernel holds a list: without what it cannot know. */
struct interned *ribd_list_of_kernel(struct rib *r, const struct dp_nexthop *nh, size_t n);
