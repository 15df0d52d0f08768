/* SPDX-License-Identifier: Apache-2.0
 *
 * LDP's mind for one instance (RFC 5036 s2.6, s3.5, A.1): FECs, the local label of each, who holds it, and what
 * neighbours gave us. Downstream unsolicited, liberal retention, ordered control. Pure: it acts through `ops`.
 *
 * Ordered control follows forwarding: a FEC's label entry is installed as "follow the FEC's best route"; while the data
 * plane says that it forwards (there is a label-switched path downstream), the label is advertised; when not,
 * withdrawn.
 *
 * Local label of a FEC:
 *
 *    NONE --wanted--> ALLOCATING --label--> WAITING --installed--> ADVERTISED
 *     ^                                       ^  ^---unusable---------'
 *     '--all released-- RELEASING <--gone-----'        (RELEASING: withdrawn, label rests until every holder released
 * it or a timeout, then entry and label go) EGRESS: implicit null, no entry: our own address.
 */
#pragma once

#include "strata/addr.h"
#include "strata/label.h"

struct ldp_bind;
struct ldp_bind_peer;
struct mem_account;

/* A next hop of a FEC's best route, inside the instance. */
struct ldp_bind_via {
    struct ip_addr gateway;
    uint32_t ifindex;
};

struct ldp_bind_ops {
    /* 0 and *label, -EAGAIN (ldp_bind_labels_available will be called), or -ENOSPC */
    int (*label_alloc)(void *arg, const struct prefix *fec, uint32_t *label);
    void (*label_free)(void *arg, uint32_t label);
    /* ldp_bind_entry_state answers */
    void (*entry_set)(void *arg, uint32_t label, const struct prefix *fec, const struct ldp_bind_via *via, size_t n);
    void (*entry_del)(void *arg, uint32_t label);
    void (*remote_set)(void *arg, uint32_t peer, const struct prefix *fec, const struct out_label *label);
    void (*remote_del)(void *arg, uint32_t peer, const struct prefix *fec);
    void (*send_mapping)(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label, uint32_t request_id);
    void (*send_withdraw)(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label);
    void (*send_release)(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label);
    void (*send_no_route)(void *arg, uint32_t peer, uint32_t request_id);
    bool (*is_at)(void *arg, uint32_t peer, const struct ldp_bind_via *via); /* does this next hop lead to the peer? */
};

enum ldp_fec_state {
    LDP_FEC_NONE,       /* not ours to advertise: only remote bindings are kept */
    LDP_FEC_EGRESS,     /* our own: implicit null */
    LDP_FEC_ALLOCATING, /* waits for a label */
    LDP_FEC_WAITING,    /* has a label; no label-switched path downstream yet */
    LDP_FEC_ADVERTISED, /* installed and advertised */
    LDP_FEC_RELEASING   /* gone; withdrawn, waits for the holders */
};
const char *ldp_fec_state_name(enum ldp_fec_state s);

enum ldp_route_role {
    LDP_ROUTE_NONE,
    LDP_ROUTE_EGRESS,  /* our own */
    LDP_ROUTE_TRANSIT, /* goes on with a neighbour's label */
    LDP_ROUTE_STITCHED /* goes on with labels of BGP */
};

struct ldp_bind *ldp_bind_create(const struct ldp_bind_ops *ops, void *arg, struct mem_account *acct);
void ldp_bind_destroy(struct ldp_bind *b); /* calls no op */
/* LDP ends here for good: all label entries are deleted, all labels given back. Peers must be down. */
void ldp_bind_retire(struct ldp_bind *b);

/* What the routing table says of a prefix, after the trigger policy. `via`: where it leads, as far as inside this
 * instance. Split horizon: a guarded peer that the route leads to gets no label for it. */
void ldp_bind_route(struct ldp_bind *b, const struct prefix *p, enum ldp_route_role role,
                    const struct ldp_bind_via *via, size_t n);
/* The routing table is told anew: what is not told again between begin and end is gone. */
void ldp_bind_routes_begin(struct ldp_bind *b);
void ldp_bind_routes_end(struct ldp_bind *b);
void ldp_bind_labels_available(struct ldp_bind *b);
/* The label of this FEC is another's: peers are told to drop it, and the FEC gets another one. */
void ldp_bind_label_lost(struct ldp_bind *b, const struct prefix *p, uint32_t label);
/* The data plane on a label entry: forwards for all its peers (true) or not (`reason` says why; copied). */
void ldp_bind_entry_state(struct ldp_bind *b, const struct prefix *p, uint32_t label, bool is_installed,
                          const char *reason);
/* Ribd was restarted, or peers and where they are changed: tell it entries and remote bindings again. */
void ldp_bind_replay(struct ldp_bind *b);
/* Releases that never came: called every few seconds; frees what has waited for longer than `max_age` calls. */
void ldp_bind_age(struct ldp_bind *b, unsigned max_age);

/* A session became operational: everything advertised is sent. Peer ids are never reused while known. To a guarded peer
 * our labels go only after the data plane has answered an entry_set that came later: its guard must know them first. */
void ldp_bind_peer_up(struct ldp_bind *b, uint32_t peer, bool is_guarded);
/* Where it is heard is guarded from now on, or no longer. To be followed by ldp_bind_replay. */
void ldp_bind_peer_guard(struct ldp_bind *b, uint32_t peer, bool is_guarded);
void ldp_bind_peer_down(struct ldp_bind *b, uint32_t peer);

/* Messages. Labels are as on the wire. */
void ldp_bind_mapping(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, uint32_t label);
void ldp_bind_withdraw(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, const uint32_t *label);
void ldp_bind_withdraw_all(struct ldp_bind *b, uint32_t peer, const uint32_t *label); /* wildcard FEC */
void ldp_bind_release(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, const uint32_t *label);
void ldp_bind_release_all(struct ldp_bind *b, uint32_t peer, const uint32_t *label);
void ldp_bind_request(struct ldp_bind *b, uint32_t peer, const struct prefix *fec, uint32_t request_id);

/* --- looking --- */
struct ldp_bind_peer_counts {
    size_t n_remotes;
    uint64_t n_refused; /* mappings above what a peer may give */
};
struct ldp_bind_peer_counts ldp_bind_count(const struct ldp_bind *b, uint32_t peer);
struct ldp_bind_view {
    struct prefix fec;
    enum ldp_fec_state state;
    bool has_label;
    uint32_t label; /* 3 for EGRESS */
    enum ldp_route_role role;
    const char *reason; /* why not advertised; may be "" */
};
struct ldp_remote_view {
    uint32_t peer;
    bool has_remote; /* it gave us `remote` */
    uint32_t remote;
    bool is_in_use; /* our packets go there with its label */
    bool is_holder; /* it has our label */
};
/* False ends a walk. */
typedef bool ldp_bind_view_fn(void *arg, const struct ldp_bind_view *v, const struct ldp_remote_view *remotes,
                              size_t n);
/* In order of prefix, from behind `after` (NULL: all). */
void ldp_bind_each(const struct ldp_bind *b, const struct prefix *after, ldp_bind_view_fn *fn, void *arg);
void ldp_bind_one(const struct ldp_bind *b, const struct prefix *p, ldp_bind_view_fn *fn, void *arg);
