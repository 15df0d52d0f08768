/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd's mind: routes of all clients, their next hops resolved through routes and label-switched paths, label entries,
 * and the kernel state that follows from them. Pure: no sockets, no clock; the data plane is an interface. Everything
 * that is told here only marks what it touches; ribd_rib_settle() works through that once, writes what changed, and
 * reports.
 *
 *   route -> path (next-hop set + own label) -> members -> node (address to resolve) -> best route -> path -> ...
 */
#pragma once

#include "strata/rib.h"

struct dataplane;
struct log;
struct rib;

/* What ribd says to clients. Called from settle() and result(), and by label_set() for what it refuses. */
struct rib_callbacks {
    void (*best_route)(void *arg, enum rib_client_id to, const struct rib_best_route *r);
    void (*best_route_gone)(void *arg, enum rib_client_id to, uint32_t vrf, const struct prefix *p);
    void (*routes_complete)(void *arg, enum rib_client_id to, uint32_t vrf);
    void (*nexthop)(void *arg, enum rib_client_id to, const struct rib_nexthop_state *n);
    void (*label_result)(void *arg, enum rib_client_id to, const struct rib_label_result *r);
    void (*route_failed)(void *arg, enum rib_client_id to, uint32_t vrf, const struct prefix *p, const char *reason);
    void (*label_gone)(void *arg, uint32_t label); /* the kernel has no entry of it any more: it may rest */
    void (*work)(void *arg);                       /* something is to settle; may come often */
    uint32_t (*now_sec)(void *arg);                /* to tell since when; NULL: it is always 0 */
    /* The name of a VPN instance, into `name` of RIB_NAME_MAX; false: it has none (any more). NULL: none has. */
    bool (*instance_name)(void *arg, uint32_t vrf, char *name);
};

/* `dp` is borrowed and must not report results after destroy. */
struct rib *ribd_rib_create(struct dataplane *dp, struct log *log, const struct rib_callbacks *cb, void *arg);
void ribd_rib_destroy(struct rib *r);
/* Resolve what is marked, write the difference, flush, report. Nothing is written or reported while held. */
void ribd_rib_settle(struct rib *r);
/* Held: at start, while what the kernel has from before is better than what clients have told so far. */
void ribd_rib_hold(struct rib *r, bool is_held);
/* A turn does so many times less: what takes many turns only where there is much to do happens with little, too. */
void ribd_rib_in_parts(struct rib *r, uint32_t part);

/* Low three bits of a cookie say whose it is; RIB_COOKIE_OTHER is not the RIB's. */
enum rib_cookie {
    RIB_COOKIE_OTHER,
    RIB_COOKIE_NEXTHOP,
    RIB_COOKIE_ROUTE,
    RIB_COOKIE_LABEL,
    RIB_COOKIE_GUARD,
    RIB_COOKIE_SWEPT_LABEL,
    RIB_COOKIE_NONE
};
static inline enum rib_cookie ribd_rib_cookie_kind(uint64_t cookie)
{
    return (enum rib_cookie)(cookie & 7);
}
void ribd_rib_result(struct rib *r, uint64_t cookie, int error, const char *text);
bool ribd_rib_has_failures(const struct rib *r);
void ribd_rib_retry(struct rib *r);              /* write again what the kernel refused, all of it */
void ribd_rib_retry_due(struct rib *r);          /* that whose time has come; next hops that did not settle, too */
uint32_t ribd_rib_retry_in(const struct rib *r); /* seconds until something is due, UINT32_MAX: nothing is */

/* --- clients --- */
void ribd_rib_client_lost(struct rib *r, enum rib_client_id c);  /* all it told is stale but stands; its ids are void */
void ribd_rib_client_sweep(struct rib *r, enum rib_client_id c); /* forget what is stale */

/* --- interfaces and instances --- */
void ribd_rib_interface_set(struct rib *r, const struct rib_interface *i); /* copied */
void ribd_rib_interface_gone(struct rib *r, uint32_t ifindex);
/* The kernel has no MPLS: the reasons say so. */
void ribd_rib_lacks_mpls(struct rib *r, bool lacks_it);
/* Stands for an interface that is not there: an index that no interface ever gets, the same for the same name. */
uint32_t ribd_rib_interface_missing(struct rib *r, const char *name);
/* The kernel forgot nexthop objects and routes over this interface without a word (down, carrier loss, enslaving). */
void ribd_rib_interface_bounced(struct rib *r, uint32_t ifindex, bool is_device_gone);
/* Somebody's route has taken the place of ours in the kernel, if ours was there. */
void ribd_rib_route_replaced(struct rib *r, uint32_t vrf, const struct prefix *p);
/* is_present false: its routes leave the kernel, but stay known. lookup_ifindex: VRF device, or lo for the public one.
 */
void ribd_rib_instance_set(struct rib *r, uint32_t vrf, bool is_present, uint32_t lookup_ifindex);
/* Pipe: the TTL of the instance's packets crosses label-switched paths untouched (RFC 3443). Uniform at first. */
void ribd_rib_instance_pipe(struct rib *r, uint32_t vrf, bool is_pipe);
/* Somebody emptied the kernel table of the instance: what is still wanted there is written again. */
void ribd_rib_instance_flushed(struct rib *r, uint32_t vrf);

/* --- routes --- */
void ribd_rib_nhset_define(struct rib *r, enum rib_client_id c, uint32_t id, const struct rib_nexthop *nh, size_t n);
void ribd_rib_nhset_undefine(struct rib *r, enum rib_client_id c, uint32_t id);
/* 0, or -ENOENT: unknown next-hop set; -EINVAL: malformed. */
int ribd_rib_route_set(struct rib *r, enum rib_client_id c, const struct rib_route *route);
void ribd_rib_route_del(struct rib *r, enum rib_client_id c, uint32_t vrf, const struct prefix *p,
                        enum rib_source source);
/* ribd's own routes: next hops in place of a set's id. Of a prefix there may be several static ones, with different
 * distances. */
void ribd_rib_own_route_set(struct rib *r, const struct rib_route *route, const struct rib_nexthop *nh, size_t n);
void ribd_rib_static_del(struct rib *r, uint32_t vrf, const struct prefix *p, uint8_t distance);
void ribd_rib_subscribe(struct rib *r, enum rib_client_id c, uint32_t vrf, uint32_t sources);
void ribd_rib_watch(struct rib *r, enum rib_client_id c, uint32_t watch, uint32_t vrf, const struct ip_addr *a,
                    bool needs_lsp);
void ribd_rib_unwatch(struct rib *r, enum rib_client_id c, uint32_t watch);

/* --- labels --- */
/* Answered by label_result, at once with FAILED if it cannot be. */
void ribd_rib_label_set(struct rib *r, enum rib_client_id c, const struct rib_label_entry *e);
void ribd_rib_label_del(struct rib *r, enum rib_client_id c, uint32_t in_label);
bool ribd_rib_label_is_live(const struct rib *r, uint32_t in_label); /* the kernel has it, or may have */
void ribd_rib_scope_define(struct rib *r, enum rib_client_id c, uint32_t id, const struct rib_scope_member *m,
                           size_t n);
void ribd_rib_scope_undefine(struct rib *r, enum rib_client_id c, uint32_t id);
void ribd_rib_label_peer_set(struct rib *r, enum rib_client_id c, uint32_t peer, uint32_t vrf, const struct ip_addr *a,
                             size_t n);
void ribd_rib_label_peer_del(struct rib *r, enum rib_client_id c, uint32_t peer);
void ribd_rib_binding_set(struct rib *r, enum rib_client_id c, uint32_t peer, const struct prefix *fec,
                          const struct out_label *l);
void ribd_rib_binding_del(struct rib *r, enum rib_client_id c, uint32_t peer, const struct prefix *fec);
void ribd_rib_guard_lost(struct rib *r); /* write every guard entry again */

bool ribd_rib_is_sweeping(const struct rib *r, enum rib_client_id c);

/* --- kernel: adoption and audit (adopt.c, audit.c) --- */
struct rib_adoption_events {
    void (*label)(void *arg, uint32_t label); /* there is an entry of it; may be NULL */
    void (*done)(void *arg, int error, size_t n);
};
/* Takes what the kernel has of ours as stale, and says when all of it is taken. 0 or -errno: then done() does not come.
 */
int ribd_rib_adopt(struct rib *r, const struct rib_adoption_events *ev, void *arg);
void ribd_rib_sweep_adopted(struct rib *r); /* when what has been told until now is written, what nobody told goes */

struct rib_audit_events {
    void (*difference)(void *arg, const char *difference);
    void (*done)(void *arg, int n); /* how many, or -errno */
};
/* Compares the kernel with the intent in parts; what is written meanwhile is no difference. With is_repair, mends what
 * it finds. 0 or -errno (-EBUSY: one is under way): then done() does not come. */
int ribd_rib_audit_start(struct rib *r, bool is_repair, const struct rib_audit_events *ev, void *arg);
bool ribd_rib_is_auditing(const struct rib *r);
