/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd's half of the conversation of rib_client.h: listens on <run_dir>/ribd.sock, checks peers, decodes batches into
 * calls, and packs what ribd says in one turn into column batches. One rib_session per connected client.
 */
#pragma once

#include "strata/rib.h"

struct env;
struct rib_server;
struct rib_session;

struct rib_server_events {
    /* A client said hello. Tell it the mirror (interfaces, instances), its held labels, then rib_session_ready().
     * `session` lives until closed(). A second session of the same client replaces the first (closed() comes first). */
    void (*opened)(void *arg, struct rib_session *s, enum rib_client_id id);
    void (*closed)(void *arg, struct rib_session *s);
    void (*end_of_replay)(void *arg, struct rib_session *s);
    void (*nhset_define)(void *arg, struct rib_session *s, uint32_t nhset, const struct rib_nexthop *nh, size_t n);
    void (*nhset_undefine)(void *arg, struct rib_session *s,
                           uint32_t nhset); /* after the routes that used it are gone */
    void (*route_set)(void *arg, struct rib_session *s, const struct rib_route *route);
    void (*route_del)(void *arg, struct rib_session *s, uint32_t vrf, const struct prefix *p, enum rib_source source);
    void (*subscribe)(void *arg, struct rib_session *s, uint32_t vrf, uint32_t sources);
    void (*watch)(void *arg, struct rib_session *s, uint32_t watch, uint32_t vrf, const struct ip_addr *a,
                  bool needs_lsp);
    void (*unwatch)(void *arg, struct rib_session *s, uint32_t watch);
    void (*labels_wanted)(void *arg, struct rib_session *s, uint32_t count); /* answer: rib_session_label_block */
    /* The client holds this label for this FEC (from a block, or replayed): told before or with the first label_set. */
    void (*label_claim)(void *arg, struct rib_session *s, uint32_t label, const struct rib_fec *fec);
    void (*label_free)(void *arg, struct rib_session *s, uint32_t label);
    void (*label_set)(void *arg, struct rib_session *s, const struct rib_label_entry *entry);
    void (*label_del)(void *arg, struct rib_session *s, uint32_t in_label);
    void (*scope_define)(void *arg, struct rib_session *s, uint32_t scope, const struct rib_scope_member *m, size_t n);
    void (*scope_undefine)(void *arg, struct rib_session *s, uint32_t scope);
    void (*label_peer_set)(void *arg, struct rib_session *s, uint32_t peer, uint32_t vrf, const struct ip_addr *a,
                           size_t n);
    void (*label_peer_del)(void *arg, struct rib_session *s, uint32_t peer);
    void (*binding_set)(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec,
                        const struct out_label *l);
    void (*binding_del)(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec);
    void (*batch_end)(void *arg); /* all that arrived in one turn was delivered: flush the data plane */
};                                /* no member may be NULL */

int rib_server_create(const struct env *env, const struct rib_server_events *ev, void *arg, struct rib_server **out);
void rib_server_destroy(struct rib_server *s);

/* The daemon's data hangs here. */
void rib_session_set_data(struct rib_session *s, void *data);
void *rib_session_data(const struct rib_session *s);
enum rib_client_id rib_session_client(const struct rib_session *s);

/* Hello is answered; the client's session_up follows. */
void rib_session_ready(struct rib_session *s);
void rib_session_held_label(struct rib_session *s, uint32_t label, const struct rib_fec *fec); /* before ready */
void rib_session_interface(struct rib_session *s, const struct rib_interface *i);
void rib_session_interface_gone(struct rib_session *s, uint32_t ifindex);
void rib_session_instance(struct rib_session *s, const struct rib_instance *i);
void rib_session_instance_gone(struct rib_session *s, uint32_t vrf);
void rib_session_route(struct rib_session *s, const struct rib_best_route *r);
void rib_session_route_gone(struct rib_session *s, uint32_t vrf, const struct prefix *p);
void rib_session_routes_complete(struct rib_session *s, uint32_t vrf);
void rib_session_nexthop(struct rib_session *s, const struct rib_nexthop_state *n);
void rib_session_label_block(struct rib_session *s, const uint32_t *labels, size_t n); /* n = 0: none left */
void rib_session_label_result(struct rib_session *s, const struct rib_label_result *r);
/* A claim or an entry of a label that is another's: the client takes another one for its FEC. */
void rib_session_label_refused(struct rib_session *s, uint32_t label, const char *reason);
/* Others wait for labels: the client gives back at once what it has in store, but for a few. `all`: without exception.
 */
void rib_session_labels_short(struct rib_session *s, bool all);
void rib_session_route_failed(struct rib_session *s, uint32_t vrf, const struct prefix *p, const char *reason);
void rib_session_close(struct rib_session *s, const char *why); /* protocol violation; closed() comes */
