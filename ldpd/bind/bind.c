/* SPDX-License-Identifier: Apache-2.0
 *
 * See bind.h. A FEC exists while there is a route, a label, a holder or a remote binding for it; fec_tidy removes it
 * afterwards. Per peer and FEC one `link` says what it gave us and what it holds of ours.
 */
#include "ldpd/bind/bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "strata/mem.h"
#include "strata/trie.h"

#define REASON_MAX           120
#define REMOTES_PER_PEER_MAX 250000 /* a neighbour must not fill our memory */
#define REMOTES_GUARDED_MAX  50000  /* another carrier's still less: its internal routes are few (RFC 4364 s9) */

/* What stands between us and one peer for one FEC. */
struct link {
    LIST_ENTRY(link) of_fec;
    LIST_ENTRY(link) of_peer;
    struct fec *fec;
    struct ldp_bind_peer *peer;
    bool has_remote;
    uint32_t remote;       /* label on the wire */
    bool is_holder;        /* it has our mapping */
    uint32_t held;         /* the label of that mapping */
    unsigned releases_due; /* withdraws whose release has not come */
    uint32_t withdrawn;    /* the label of the last withdraw */
};

struct fec {
    struct prefix prefix;
    enum ldp_fec_state state;
    enum ldp_route_role role;
    bool is_stale; /* the routing table is being told anew, and has not named it yet */
    bool has_label;
    uint32_t label;
    unsigned age; /* RELEASING: calls of ldp_bind_age so far */
    char reason[REASON_MAX];
    struct ldp_bind_via *via; /* where its best route leads, inside the instance */
    size_t n_via;
    LIST_HEAD(, link) links;
};

struct ldp_bind_peer {
    LIST_ENTRY(ldp_bind_peer) entry;
    uint32_t id;
    bool is_guarded;
    size_t n_remotes;
    uint64_t n_refused; /* mappings above the limit */
    LIST_HEAD(, link) links;
};

struct ldp_bind {
    const struct ldp_bind_ops *ops;
    void *arg;
    struct mem_account *acct;
    struct trie *fecs;
    LIST_HEAD(, ldp_bind_peer) peers;
    bool is_out_of_labels;
};

const char *ldp_fec_state_name(enum ldp_fec_state s)
{
    switch (s) {
    case LDP_FEC_NONE:
        return "none";
    case LDP_FEC_EGRESS:
        return "egress";
    case LDP_FEC_ALLOCATING:
        return "allocating";
    case LDP_FEC_WAITING:
        return "waiting";
    case LDP_FEC_ADVERTISED:
        return "advertised";
    case LDP_FEC_RELEASING:
        return "releasing";
    }
    return "unknown";
}

/* --- objects --- */

static struct fec *fec_find(const struct ldp_bind *b, const struct prefix *p)
{
    return trie_find(b->fecs, p);
}

static struct fec *fec_get(struct ldp_bind *b, const struct prefix *p)
{
    void **slot = trie_slot(b->fecs, p);
    if (!*slot) {
        struct fec *f = MEM_NEW(b->acct, struct fec);
        f->prefix = *p;
        LIST_INIT(&f->links);
        *slot = f;
    }
    return *slot;
}

/* Forgets a FEC that nothing stands for any more. */
static void fec_tidy(struct ldp_bind *b, struct fec *f)
{
    if (f->state != LDP_FEC_NONE || f->role != LDP_ROUTE_NONE || !LIST_EMPTY(&f->links))
        return;
    trie_remove(b->fecs, &f->prefix);
    mem_free(b->acct, f->via);
    mem_free(b->acct, f);
}

static struct ldp_bind_peer *peer_find(const struct ldp_bind *b, uint32_t id)
{
    struct ldp_bind_peer *p;
    LIST_FOREACH (p, &b->peers, entry)
        if (p->id == id)
            return p;
    return NULL;
}

static struct link *link_find(const struct fec *f, const struct ldp_bind_peer *p)
{
    struct link *l;
    LIST_FOREACH (l, &f->links, of_fec)
        if (l->peer == p)
            return l;
    return NULL;
}

static struct link *link_get(struct ldp_bind *b, struct fec *f, struct ldp_bind_peer *p)
{
    struct link *l = link_find(f, p);
    if (l)
        return l;
    l = MEM_NEW(b->acct, struct link);
    l->fec = f;
    l->peer = p;
    LIST_INSERT_HEAD(&f->links, l, of_fec);
    LIST_INSERT_HEAD(&p->links, l, of_peer);
    return l;
}

static void link_drop(struct ldp_bind *b, struct link *l)
{
    LIST_REMOVE(l, of_fec);
    LIST_REMOVE(l, of_peer);
    mem_free(b->acct, l);
}

static void link_tidy(struct ldp_bind *b, struct link *l)
{
    if (!l->has_remote && !l->is_holder && l->releases_due == 0)
        link_drop(b, l);
}

/* --- what peers hold of ours --- */

static void advertise_to(struct ldp_bind *b, struct fec *f, struct ldp_bind_peer *p, uint32_t request_id)
{
    uint32_t label = f->state == LDP_FEC_EGRESS ? LABEL_IMPLICIT_NULL : f->label;
    struct link *l = link_get(b, f, p);
    l->is_holder = true;
    l->held = label;
    b->ops->send_mapping(b->arg, p->id, &f->prefix, label, request_id);
}

static bool leads_to(const struct ldp_bind *b, const struct fec *f, const struct ldp_bind_peer *p)
{
    for (size_t k = 0; k < f->n_via; k++)
        if (b->ops->is_at(b->arg, p->id, &f->via[k]))
            return true;
    return false;
}

/* Another carrier's router that the FEC leads to has no use for our label: what it sent there would come back to it. */
static bool is_barred(const struct ldp_bind *b, const struct fec *f, const struct ldp_bind_peer *p)
{
    return p->is_guarded && f->state != LDP_FEC_EGRESS && leads_to(b, f, p);
}

/* To everybody who does not have it yet. */
static void advertise(struct ldp_bind *b, struct fec *f)
{
    struct ldp_bind_peer *p;
    LIST_FOREACH (p, &b->peers, entry) {
        const struct link *l = link_find(f, p);
        if ((!l || !l->is_holder) && !is_barred(b, f, p))
            advertise_to(b, f, p, 0);
    }
}

static void withdraw_from(struct ldp_bind *b, struct link *l)
{
    l->is_holder = false;
    l->releases_due++;
    l->withdrawn = l->held;
    b->ops->send_withdraw(b->arg, l->peer->id, &l->fec->prefix, l->held);
}

static void withdraw(struct ldp_bind *b, struct fec *f)
{
    struct link *l;
    LIST_FOREACH (l, &f->links, of_fec)
        if (l->is_holder)
            withdraw_from(b, l);
}

static void withdraw_from_barred(struct ldp_bind *b, struct fec *f)
{
    struct link *l;
    LIST_FOREACH (l, &f->links, of_fec)
        if (l->is_holder && is_barred(b, f, l->peer))
            withdraw_from(b, l);
}

static void entry_set(struct ldp_bind *b, struct fec *f)
{
    b->ops->entry_set(b->arg, f->label, &f->prefix, f->via, f->n_via);
}

static bool is_still_held(const struct fec *f)
{
    const struct link *l;
    LIST_FOREACH (l, &f->links, of_fec)
        if (l->is_holder || l->releases_due > 0)
            return true;
    return false;
}

/* --- the local label --- */

static void label_drop(struct ldp_bind *b, struct fec *f)
{
    if (f->has_label) {
        b->ops->entry_del(b->arg, f->label);
        b->ops->label_free(b->arg, f->label);
    }
    f->has_label = false;
    f->reason[0] = '\0';
}

static void label_want(struct ldp_bind *b, struct fec *f)
{
    if (!f->has_label) {
        int err = b->ops->label_alloc(b->arg, &f->prefix, &f->label);
        if (err) {
            f->state = LDP_FEC_ALLOCATING;
            b->is_out_of_labels = true;
            snprintf(f->reason, sizeof(f->reason), "%s", err == -ENOSPC ? "no labels left" : "waiting for a label");
            return;
        }
        f->has_label = true;
    }
    f->state = LDP_FEC_WAITING;
    f->reason[0] = '\0';
    entry_set(b, f);
}

/* The FEC is no longer ours to switch: withdraw now, free when nobody holds the label. */
static void label_unwant(struct ldp_bind *b, struct fec *f)
{
    withdraw(b, f);
    if (is_still_held(f) && f->has_label) {
        f->state = LDP_FEC_RELEASING;
        f->age = 0;
        return;
    }
    label_drop(b, f);
    f->state = LDP_FEC_NONE;
}

static void released(struct ldp_bind *b, struct fec *f)
{
    if (f->state == LDP_FEC_RELEASING && !is_still_held(f)) {
        label_drop(b, f);
        f->state = LDP_FEC_NONE;
    }
}

static bool is_switching(enum ldp_fec_state s)
{
    return s == LDP_FEC_ALLOCATING || s == LDP_FEC_WAITING || s == LDP_FEC_ADVERTISED;
}

static void become_egress(struct ldp_bind *b, struct fec *f)
{
    if (f->state == LDP_FEC_EGRESS)
        return;
    /* The label that was ours goes at once: it led away from the place that the FEC now is. */
    withdraw(b, f);
    label_drop(b, f);
    f->state = LDP_FEC_EGRESS;
    advertise(b, f);
}

static bool has_guarded_peer(const struct ldp_bind *b)
{
    const struct ldp_bind_peer *p;
    LIST_FOREACH (p, &b->peers, entry)
        if (p->is_guarded)
            return true;
    return false;
}

/* True if it leads elsewhere now. */
static bool via_set(struct ldp_bind *b, struct fec *f, const struct ldp_bind_via *via, size_t n)
{
    bool is_same = f->n_via == n;
    for (size_t k = 0; is_same && k < n; k++)
        is_same = f->via[k].ifindex == via[k].ifindex && ip_addr_equal(&f->via[k].gateway, &via[k].gateway);
    if (is_same)
        return false;
    mem_free(b->acct, f->via);
    f->via = n ? mem_dup(b->acct, via, n * sizeof(*via)) : NULL;
    f->n_via = n;
    return true;
}

static void become_transit(struct ldp_bind *b, struct fec *f, bool has_moved)
{
    if (f->state == LDP_FEC_EGRESS)
        withdraw(b, f);
    if (!is_switching(f->state)) {
        label_want(b, f);
    } else if (has_moved && f->has_label && has_guarded_peer(b)) {
        withdraw_from_barred(b, f);
        entry_set(b, f); /* who may use it changed; whoever may have it now gets it with the answer */
    }
}

void ldp_bind_route(struct ldp_bind *b, const struct prefix *p, enum ldp_route_role role,
                    const struct ldp_bind_via *via, size_t n)
{
    struct fec *f = role == LDP_ROUTE_NONE ? fec_find(b, p) : fec_get(b, p);
    if (!f)
        return;
    f->role = role;
    f->is_stale = false;
    bool has_moved = via_set(b, f, via, n);
    switch (role) {
    case LDP_ROUTE_NONE:
        if (f->state != LDP_FEC_NONE && f->state != LDP_FEC_RELEASING)
            label_unwant(b, f);
        fec_tidy(b, f);
        return;
    case LDP_ROUTE_EGRESS:
        become_egress(b, f);
        return;
    case LDP_ROUTE_TRANSIT:
    case LDP_ROUTE_STITCHED:
        become_transit(b, f, has_moved);
        return;
    }
}

/* Calls fn for every FEC; fn may remove the one it is given. */
static void each_fec(struct ldp_bind *b, void (*fn)(struct ldp_bind *b, struct fec *f))
{
    struct prefix at;
    for (struct fec *f = trie_next_after(b->fecs, NULL, &at); f; f = trie_next_after(b->fecs, &at, &at))
        fn(b, f);
}

static void mark_stale(struct ldp_bind *b, struct fec *f)
{
    (void)b;
    f->is_stale = f->role != LDP_ROUTE_NONE;
}

static void sweep_stale(struct ldp_bind *b, struct fec *f)
{
    struct prefix p = f->prefix;
    if (f->is_stale)
        ldp_bind_route(b, &p, LDP_ROUTE_NONE, NULL, 0);
}

void ldp_bind_routes_begin(struct ldp_bind *b)
{
    each_fec(b, mark_stale);
}

void ldp_bind_routes_end(struct ldp_bind *b)
{
    each_fec(b, sweep_stale);
}

static void retry_label(struct ldp_bind *b, struct fec *f)
{
    if (f->state == LDP_FEC_ALLOCATING)
        label_want(b, f);
}

void ldp_bind_labels_available(struct ldp_bind *b)
{
    if (!b->is_out_of_labels)
        return;
    b->is_out_of_labels = false;
    each_fec(b, retry_label);
}

void ldp_bind_label_lost(struct ldp_bind *b, const struct prefix *p, uint32_t label)
{
    struct fec *f = fec_find(b, p);
    if (!f || !f->has_label || f->label != label)
        return;
    withdraw(b, f);
    label_drop(b, f);
    if (f->state != LDP_FEC_RELEASING) {
        label_want(b, f);
        return;
    }
    f->state = LDP_FEC_NONE; /* nothing is left to wait with */
    fec_tidy(b, f);
}

void ldp_bind_entry_state(struct ldp_bind *b, const struct prefix *p, uint32_t label, bool is_installed,
                          const char *reason)
{
    struct fec *f = fec_find(b, p);
    if (!f || !f->has_label || f->label != label)
        return;
    snprintf(f->reason, sizeof(f->reason), "%s", is_installed || !reason ? "" : reason);
    if (is_installed && (f->state == LDP_FEC_WAITING || f->state == LDP_FEC_ADVERTISED)) {
        f->state = LDP_FEC_ADVERTISED;
        advertise(b, f);
    } else if (!is_installed && f->state == LDP_FEC_ADVERTISED) {
        f->state = LDP_FEC_WAITING;
        withdraw(b, f);
    }
}

static void replay_fec(struct ldp_bind *b, struct fec *f)
{
    withdraw_from_barred(b, f);
    if (f->has_label)
        entry_set(b, f);
    struct link *l;
    LIST_FOREACH (l, &f->links, of_fec)
        if (l->has_remote) {
            struct out_label out = out_label_from_wire(l->remote);
            b->ops->remote_set(b->arg, l->peer->id, &f->prefix, &out);
        }
}

void ldp_bind_replay(struct ldp_bind *b)
{
    each_fec(b, replay_fec);
}

void ldp_bind_age(struct ldp_bind *b, unsigned max_age)
{
    struct prefix at;
    for (struct fec *f = trie_next_after(b->fecs, NULL, &at); f; f = trie_next_after(b->fecs, &at, &at)) {
        if (f->state != LDP_FEC_RELEASING || ++f->age <= max_age)
            continue;
        struct link *l, *next;
        for (l = LIST_FIRST(&f->links); l; l = next) {
            next = LIST_NEXT(l, of_fec);
            l->releases_due = 0;
            link_tidy(b, l);
        }
        released(b, f);
        fec_tidy(b, f);
    }
}

/* --- peers --- */

void ldp_bind_peer_up(struct ldp_bind *b, uint32_t peer, bool is_guarded)
{
    if (peer_find(b, peer))
        return;
    struct ldp_bind_peer *p = MEM_NEW(b->acct, struct ldp_bind_peer);
    p->id = peer;
    p->is_guarded = is_guarded;
    LIST_INIT(&p->links);
    LIST_INSERT_HEAD(&b->peers, p, entry);
    struct prefix at;
    for (struct fec *f = trie_next_after(b->fecs, NULL, &at); f; f = trie_next_after(b->fecs, &at, &at))
        if (f->state == LDP_FEC_EGRESS || (f->state == LDP_FEC_ADVERTISED && !is_guarded))
            advertise_to(b, f, p, 0);
}

void ldp_bind_peer_guard(struct ldp_bind *b, uint32_t peer, bool is_guarded)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    if (p)
        p->is_guarded = is_guarded;
}

void ldp_bind_peer_down(struct ldp_bind *b, uint32_t peer)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    if (!p)
        return;
    struct link *l;
    while ((l = LIST_FIRST(&p->links))) {
        struct fec *f = l->fec;
        if (l->has_remote)
            b->ops->remote_del(b->arg, p->id, &f->prefix);
        link_drop(b, l);
        released(b, f);
        fec_tidy(b, f);
    }
    LIST_REMOVE(p, entry);
    mem_free(b->acct, p);
}

/* --- messages --- */

void ldp_bind_mapping(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, uint32_t label)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    if (!p)
        return;
    if (!label_is_usable(label)) { /* RFC 3032 s2.1: 1, 2 and 4-15 are nobody's to give */
        b->ops->send_release(b->arg, peer, fec, label);
        return;
    }
    struct fec *f = fec_find(b, fec);
    struct link *l = f ? link_find(f, p) : NULL;
    bool is_new = !l || !l->has_remote;
    if (!is_new && l->remote == label)
        return;
    if (is_new && p->n_remotes >= (p->is_guarded ? REMOTES_GUARDED_MAX : REMOTES_PER_PEER_MAX)) {
        p->n_refused++;
        b->ops->send_release(b->arg, peer, fec, label);
        return;
    }
    if (is_new)
        p->n_remotes++;
    else
        b->ops->send_release(b->arg, peer, fec, l->remote);
    l = link_get(b, fec_get(b, fec), p);
    l->has_remote = true;
    l->remote = label;
    struct out_label out = out_label_from_wire(label);
    b->ops->remote_set(b->arg, peer, fec, &out);
}

/* May drop the link, and the FEC with it. */
static void remote_forget(struct ldp_bind *b, struct link *l)
{
    struct fec *f = l->fec;
    l->has_remote = false;
    l->peer->n_remotes--;
    b->ops->remote_del(b->arg, l->peer->id, &f->prefix);
    b->ops->send_release(b->arg, l->peer->id, &f->prefix, l->remote);
    link_tidy(b, l);
    fec_tidy(b, f);
}

void ldp_bind_withdraw(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, const uint32_t *label)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    struct fec *f = fec_find(b, fec);
    struct link *l = p && f ? link_find(f, p) : NULL;
    if (l && l->has_remote && (!label || l->remote == *label))
        remote_forget(b, l);
    else if (p && label) /* RFC 5036 A.1.5: a release answers every withdraw */
        b->ops->send_release(b->arg, peer, fec, *label);
}

void ldp_bind_withdraw_all(struct ldp_bind *b, uint32_t peer, const uint32_t *label)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    if (!p)
        return;
    struct link *l, *next;
    for (l = LIST_FIRST(&p->links); l; l = next) {
        next = LIST_NEXT(l, of_peer);
        if (l->has_remote && (!label || l->remote == *label))
            remote_forget(b, l);
    }
}

/* A release answers our withdraw, or is the peer's own wish not to hold the label (RFC 5036 A.1.4). */
static void link_released(struct ldp_bind *b, struct link *l, const uint32_t *label)
{
    struct fec *f = l->fec;
    if (l->releases_due > 0 && (!label || *label == l->withdrawn))
        l->releases_due--;
    else if (l->is_holder && (!label || *label == l->held))
        l->is_holder = false;
    else if (l->releases_due > 0)
        l->releases_due--;
    link_tidy(b, l);
    released(b, f);
    fec_tidy(b, f);
}

void ldp_bind_release(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, const uint32_t *label)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    struct fec *f = fec_find(b, fec);
    struct link *l = p && f ? link_find(f, p) : NULL;
    if (l)
        link_released(b, l, label);
}

void ldp_bind_release_all(struct ldp_bind *b, uint32_t peer, const uint32_t *label)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    if (!p)
        return;
    struct link *l, *next;
    for (l = LIST_FIRST(&p->links); l; l = next) {
        next = LIST_NEXT(l, of_peer);
        if (!label || (l->is_holder && l->held == *label) || (l->releases_due && l->withdrawn == *label))
            link_released(b, l, label);
    }
}

void ldp_bind_request(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, uint32_t request_id)
{
    struct ldp_bind_peer *p = peer_find(b, peer);
    if (!p)
        return;
    struct fec *f = fec_find(b, fec);
    const struct link *l = f ? link_find(f, p) : NULL;
    bool may_have = !p->is_guarded || (l && l->is_holder);
    if (f && (f->state == LDP_FEC_EGRESS || (f->state == LDP_FEC_ADVERTISED && may_have)))
        advertise_to(b, f, p, request_id);
    else
        b->ops->send_no_route(b->arg, peer, request_id);
}

/* --- lifetime and looking --- */

struct ldp_bind *ldp_bind_create(const struct ldp_bind_ops *ops, void *arg, struct mem_account *acct)
{
    struct ldp_bind *b = MEM_NEW(acct, struct ldp_bind);
    b->ops = ops;
    b->arg = arg;
    b->acct = acct;
    b->fecs = trie_create(acct);
    LIST_INIT(&b->peers);
    return b;
}

static void retire_fec(struct ldp_bind *b, struct fec *f)
{
    label_drop(b, f);
    f->state = LDP_FEC_NONE;
    f->role = LDP_ROUTE_NONE;
    fec_tidy(b, f);
}

void ldp_bind_retire(struct ldp_bind *b)
{
    each_fec(b, retire_fec);
}

void ldp_bind_destroy(struct ldp_bind *b)
{
    struct ldp_bind_peer *p;
    while ((p = LIST_FIRST(&b->peers))) {
        while (!LIST_EMPTY(&p->links))
            link_drop(b, LIST_FIRST(&p->links));
        LIST_REMOVE(p, entry);
        mem_free(b->acct, p);
    }
    struct prefix at;
    for (struct fec *f; (f = trie_next_after(b->fecs, NULL, &at));) {
        trie_remove(b->fecs, &at);
        mem_free(b->acct, f->via);
        mem_free(b->acct, f);
    }
    trie_destroy(b->fecs);
    mem_free(b->acct, b);
}

struct ldp_bind_peer_counts ldp_bind_count(const struct ldp_bind *b, uint32_t peer)
{
    const struct ldp_bind_peer *p = peer_find(b, peer);
    return p ? (struct ldp_bind_peer_counts){.n_remotes = p->n_remotes, .n_refused = p->n_refused}
             : (struct ldp_bind_peer_counts){0};
}

#define REMOTES_MAX 64

static bool view_fec(const struct ldp_bind *b, const struct fec *f, ldp_bind_view_fn *fn, void *arg)
{
    struct ldp_bind_view v = {
        .fec = f->prefix,
        .state = f->state,
        .has_label = f->has_label,
        .label = f->label,
        .role = f->role,
        .reason = f->reason,
    };
    if (f->state == LDP_FEC_EGRESS) {
        v.has_label = true;
        v.label = LABEL_IMPLICIT_NULL;
    }
    struct ldp_remote_view remotes[REMOTES_MAX];
    size_t n = 0;
    const struct link *l;
    LIST_FOREACH (l, &f->links, of_fec)
        if ((l->has_remote || l->is_holder) && n < REMOTES_MAX)
            remotes[n++] = (struct ldp_remote_view){
                .peer = l->peer->id,
                .has_remote = l->has_remote,
                .remote = l->remote,
                .is_in_use = l->has_remote && f->role == LDP_ROUTE_TRANSIT && leads_to(b, f, l->peer),
                .is_holder = l->is_holder,
            };
    return fn(arg, &v, remotes, n);
}

void ldp_bind_each(const struct ldp_bind *b, const struct prefix *after, ldp_bind_view_fn *fn, void *arg)
{
    struct prefix at;
    for (const struct fec *f = trie_next_after(b->fecs, after, &at); f; f = trie_next_after(b->fecs, &at, &at))
        if (!view_fec(b, f, fn, arg))
            return;
}

void ldp_bind_one(const struct ldp_bind *b, const struct prefix *p, ldp_bind_view_fn *fn, void *arg)
{
    const struct fec *f = trie_find(b->fecs, p);
    if (f)
        view_fec(b, f, fn, arg);
}
