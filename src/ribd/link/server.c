/* SPDX-License-Identifier: Apache-2.0
 *
 * The conversation with the protocol daemons: events of the server become calls of the RIB and the label manager, what
 * these say goes to the client's session. One session a client. Checks here: who holds a label.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/log.h"
#include "strata/rib_server.h"

static enum rib_client_id id_of(const struct rib_session *s)
{
    return rib_session_client(s);
}

/* --- sessions --- */

static void tell_port(void *arg, const struct port_view *v)
{
    rib_session_interface(arg, v->i);
}

static void tell_instance(void *arg, const struct instance_view *v)
{
    rib_session_instance(arg, &v->i);
}

static void tell_label(void *arg, uint32_t label, const struct rib_fec *fec)
{
    rib_session_held_label(arg, label, fec);
}

static void on_opened(void *arg, struct rib_session *s, enum rib_client_id id)
{
    struct ribd *d = arg;

    LOG_INFO(d->env->log, "client-up", "client=%s", rib_client_id_name(id));
    d->sessions[id] = s;
    ribd_replay_opened(d, id);
    ribd_ports_each(d->ports, tell_port, s);
    ribd_instances_each(d->instances, tell_instance, s);
    if (id == RIB_CLIENT_LDPD || id == RIB_CLIENT_BGPD)
        ribd_labels_expect(d->labels, id);
    ribd_labels_client_opened(d->labels, id, tell_label, s, loop_now_us(d->env->loop));
    rib_session_ready(s);
}

static void on_closed(void *arg, struct rib_session *s)
{
    struct ribd *d = arg;
    enum rib_client_id id = id_of(s);

    if (d->sessions[id] != s)
        return;
    d->sessions[id] = NULL;
    if (d->is_closing)
        return;
    LOG_WARN(d->env->log, "client-down", "client=%s", rib_client_id_name(id));
    ribd_replay_closed(d, id);
}

static void on_end_of_replay(void *arg, struct rib_session *s)
{
    struct ribd *d = arg;

    LOG_INFO(d->env->log, "end-of-replay", "client=%s", rib_client_id_name(id_of(s)));
    ribd_replay_ended(d, id_of(s));
}

/* --- routes --- */

static void on_nhset_define(void *arg, struct rib_session *s, uint32_t nhset, const struct rib_nexthop *nh, size_t n)
{
    ribd_rib_nhset_define(((struct ribd *)arg)->rib, id_of(s), nhset, nh, n);
}

static void on_nhset_undefine(void *arg, struct rib_session *s, uint32_t nhset)
{
    ribd_rib_nhset_undefine(((struct ribd *)arg)->rib, id_of(s), nhset);
}

static void on_route_set(void *arg, struct rib_session *s, const struct rib_route *route)
{
    struct ribd *d = arg;
    char p[PREFIX_TEXT_MAX];

    if (ribd_rib_route_set(d->rib, id_of(s), route) < 0)
        LOG_WARN(d->env->log, "route-malformed", "client=%s vrf=%u prefix=%s", rib_client_id_name(id_of(s)), route->vrf,
                 prefix_text(&route->prefix, p, sizeof(p)));
}

static void on_route_del(void *arg, struct rib_session *s, uint32_t vrf, const struct prefix *p, enum rib_source source)
{
    ribd_rib_route_del(((struct ribd *)arg)->rib, id_of(s), vrf, p, source);
}

static void on_subscribe(void *arg, struct rib_session *s, uint32_t vrf, uint32_t sources)
{
    ribd_rib_subscribe(((struct ribd *)arg)->rib, id_of(s), vrf, sources);
}

static void on_watch(void *arg, struct rib_session *s, uint32_t watch, uint32_t vrf, const struct ip_addr *a,
                     bool needs_lsp)
{
    ribd_rib_watch(((struct ribd *)arg)->rib, id_of(s), watch, vrf, a, needs_lsp);
}

static void on_unwatch(void *arg, struct rib_session *s, uint32_t watch)
{
    ribd_rib_unwatch(((struct ribd *)arg)->rib, id_of(s), watch);
}

/* --- labels --- */

static void on_labels_wanted(void *arg, struct rib_session *s, uint32_t count)
{
    ribd_labels_wanted(arg, id_of(s), count);
}

/* The client's half takes another label for the FEC. */
static void refuse(struct ribd *d, struct rib_session *s, uint32_t label, int err)
{
    char why[RIB_TEXT_MAX];

    snprintf(why, sizeof(why), "label %u is not this daemon's to use", label);
    LOG_WARN(d->env->log, "label-claim-refused", "client=%s label=%u error=%d", rib_client_id_name(id_of(s)), label,
             err);
    rib_session_label_refused(s, label, why);
}

static bool claim(struct ribd *d, struct rib_session *s, enum rib_client_id c, uint32_t label,
                  const struct rib_fec *fec)
{
    int err = ribd_labels_claim(d->labels, c, label, fec, loop_about_us(d->env->loop));

    if (err)
        refuse(d, s, label, err);
    return !err;
}

static void on_label_claim(void *arg, struct rib_session *s, uint32_t label, const struct rib_fec *fec)
{
    claim(arg, s, id_of(s), label, fec);
}

static void on_label_free(void *arg, struct rib_session *s, uint32_t label)
{
    struct ribd *d = arg;

    if (!ribd_labels_is_holder(d->labels, id_of(s), label))
        return;
    ribd_rib_label_del(d->rib, id_of(s), label);
    ribd_labels_free(d->labels, id_of(s), label, ribd_rib_label_is_live(d->rib, label), loop_about_us(d->env->loop));
    ribd_labels_changed(d);
}

static void on_label_set(void *arg, struct rib_session *s, const struct rib_label_entry *e)
{
    struct ribd *d = arg;
    enum rib_client_id c = id_of(s);

    if (ribd_labels_is_claimed(d->labels, c, e->in_label, &e->fec) || claim(d, s, c, e->in_label, &e->fec))
        ribd_rib_label_set(d->rib, c, e);
}

static void on_label_del(void *arg, struct rib_session *s, uint32_t in_label)
{
    ribd_rib_label_del(((struct ribd *)arg)->rib, id_of(s), in_label);
}

static void on_scope_define(void *arg, struct rib_session *s, uint32_t scope, const struct rib_scope_member *m,
                            size_t n)
{
    ribd_rib_scope_define(((struct ribd *)arg)->rib, id_of(s), scope, m, n);
}

static void on_scope_undefine(void *arg, struct rib_session *s, uint32_t scope)
{
    ribd_rib_scope_undefine(((struct ribd *)arg)->rib, id_of(s), scope);
}

static void on_label_peer_set(void *arg, struct rib_session *s, uint32_t peer, uint32_t vrf, const struct ip_addr *a,
                              size_t n)
{
    ribd_rib_label_peer_set(((struct ribd *)arg)->rib, id_of(s), peer, vrf, a, n);
}

static void on_label_peer_del(void *arg, struct rib_session *s, uint32_t peer)
{
    ribd_rib_label_peer_del(((struct ribd *)arg)->rib, id_of(s), peer);
}

static void on_binding_set(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec,
                           const struct out_label *l)
{
    ribd_rib_binding_set(((struct ribd *)arg)->rib, id_of(s), peer, fec, l);
}

static void on_binding_del(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec)
{
    ribd_rib_binding_del(((struct ribd *)arg)->rib, id_of(s), peer, fec);
}

static void on_batch_end(void *arg)
{
    ribd_labels_flush(arg);
    ribd_settle_soon(arg);
}

static const struct rib_server_events events = {
    .opened = on_opened,
    .closed = on_closed,
    .end_of_replay = on_end_of_replay,
    .nhset_define = on_nhset_define,
    .nhset_undefine = on_nhset_undefine,
    .route_set = on_route_set,
    .route_del = on_route_del,
    .subscribe = on_subscribe,
    .watch = on_watch,
    .unwatch = on_unwatch,
    .labels_wanted = on_labels_wanted,
    .label_claim = on_label_claim,
    .label_free = on_label_free,
    .label_set = on_label_set,
    .label_del = on_label_del,
    .scope_define = on_scope_define,
    .scope_undefine = on_scope_undefine,
    .label_peer_set = on_label_peer_set,
    .label_peer_del = on_label_peer_del,
    .binding_set = on_binding_set,
    .binding_del = on_binding_del,
    .batch_end = on_batch_end,
};

int ribd_link_open(struct ribd *d)
{
    return rib_server_create(d->env, &events, d, &d->server);
}

void ribd_link_close(struct ribd *d)
{
    rib_server_destroy(d->server);
    d->server = NULL;
}

/* --- the mirror --- */

void ribd_link_interface(struct ribd *d, const struct rib_interface *i)
{
    for (int c = 0; c < RIBD_CLIENTS; c++) {
        if (d->sessions[c])
            rib_session_interface(d->sessions[c], i);
    }
}

void ribd_link_interface_gone(struct ribd *d, uint32_t ifindex)
{
    for (int c = 0; c < RIBD_CLIENTS; c++) {
        if (d->sessions[c])
            rib_session_interface_gone(d->sessions[c], ifindex);
    }
}

void ribd_link_instance(struct ribd *d, const struct rib_instance *i)
{
    for (int c = 0; c < RIBD_CLIENTS; c++) {
        if (d->sessions[c])
            rib_session_instance(d->sessions[c], i);
    }
}

void ribd_link_instance_gone(struct ribd *d, uint32_t vrf)
{
    for (int c = 0; c < RIBD_CLIENTS; c++) {
        if (d->sessions[c])
            rib_session_instance_gone(d->sessions[c], vrf);
    }
}

/* --- what the RIB says --- */

static void say_route(void *arg, enum rib_client_id to, const struct rib_best_route *r)
{
    struct ribd *d = arg;

    if (d->sessions[to])
        rib_session_route(d->sessions[to], r);
}

static void say_route_gone(void *arg, enum rib_client_id to, uint32_t vrf, const struct prefix *p)
{
    struct ribd *d = arg;

    if (d->sessions[to])
        rib_session_route_gone(d->sessions[to], vrf, p);
}

static void say_complete(void *arg, enum rib_client_id to, uint32_t vrf)
{
    struct ribd *d = arg;

    if (d->sessions[to])
        rib_session_routes_complete(d->sessions[to], vrf);
}

static void say_nexthop(void *arg, enum rib_client_id to, const struct rib_nexthop_state *n)
{
    struct ribd *d = arg;

    if (d->sessions[to])
        rib_session_nexthop(d->sessions[to], n);
}

static void say_label(void *arg, enum rib_client_id to, const struct rib_label_result *r)
{
    struct ribd *d = arg;

    if (d->sessions[to])
        rib_session_label_result(d->sessions[to], r);
}

static void say_failed(void *arg, enum rib_client_id to, uint32_t vrf, const struct prefix *p, const char *reason)
{
    struct ribd *d = arg;

    if (d->sessions[to])
        rib_session_route_failed(d->sessions[to], vrf, p, reason);
}

const struct rib_callbacks ribd_link_callbacks = {
    .best_route = say_route,
    .best_route_gone = say_route_gone,
    .routes_complete = say_complete,
    .nexthop = say_nexthop,
    .label_result = say_label,
    .route_failed = say_failed,
};
