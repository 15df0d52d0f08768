/* SPDX-License-Identifier: Apache-2.0
 *
 * See state.h. The node ids are those of the public instance: the writer goes by the names below what is open.
 */
#include "ldpd/north/state.h"

#include "ldpd/session/instance.h"
#include "ldpd_config.h"
#include "strata/north.h"
#include "strata/state.h"

struct context {
    struct state_writer *w;
    const struct ldp_instance *i;
    bool is_one; /* binding is asked for */
};

static void write_interface(void *arg, const struct ldp_interface_view *v)
{
    struct context *c = arg;
    state_open(c->w, LDPD_LDP_INTERFACE);
    state_text(c->w, LDPD_LDP_INTERFACE_NAME, v->name);
    state_text(c->w, LDPD_LDP_INTERFACE_STATUS, v->status);
    if (v->is_running) {
        state_addr(c->w, LDPD_LDP_INTERFACE_LOCAL_ADDRESS, &v->local);
        state_u64(c->w, LDPD_LDP_INTERFACE_NEIGHBORS, v->n_neighbors);
    }
    state_close(c->w);
}

static void write_adjacency(void *arg, const struct ldp_adjacency_view *v)
{
    struct context *c = arg;
    state_open(c->w, LDPD_LDP_ADJACENCY);
    state_text(c->w, LDPD_LDP_ADJACENCY_INTERFACE, v->interface);
    state_quad(c->w, LDPD_LDP_ADJACENCY_LSR_ID, v->lsr_id);
    state_addr(c->w, LDPD_LDP_ADJACENCY_ADDRESS, &v->address);
    state_addr(c->w, LDPD_LDP_ADJACENCY_TRANSPORT_ADDRESS, &v->transport);
    state_u64(c->w, LDPD_LDP_ADJACENCY_HOLDTIME, v->holdtime_sec);
    state_u64(c->w, LDPD_LDP_ADJACENCY_EXPIRES, v->expires_sec);
    state_close(c->w);
}

static void write_session(void *arg, const struct ldp_session_view *v)
{
    struct context *c = arg;
    state_open(c->w, LDPD_LDP_SESSION);
    state_quad(c->w, LDPD_LDP_SESSION_LSR_ID, v->lsr_id);
    state_text(c->w, LDPD_LDP_SESSION_STATE, v->state);
    state_enum(c->w, LDPD_LDP_SESSION_ROLE, v->is_active ? 0 : 1);
    state_addr(c->w, LDPD_LDP_SESSION_TRANSPORT_ADDRESS, &v->transport);
    state_addr(c->w, LDPD_LDP_SESSION_LOCAL_ADDRESS, &v->local);
    if (v->is_operational) {
        state_u64(c->w, LDPD_LDP_SESSION_UPTIME, v->uptime_sec);
        state_u64(c->w, LDPD_LDP_SESSION_KEEPALIVE_HOLDTIME, v->keepalive_sec);
    }
    state_u64(c->w, LDPD_LDP_SESSION_RECEIVED, v->received);
    state_u64(c->w, LDPD_LDP_SESSION_SENT, v->sent);
    state_u64(c->w, LDPD_LDP_SESSION_KEEPALIVES_RECEIVED, v->keepalives_received);
    state_u64(c->w, LDPD_LDP_SESSION_KEEPALIVES_SENT, v->keepalives_sent);
    state_u64(c->w, LDPD_LDP_SESSION_LABELS, v->n_labels);
    state_u64(c->w, LDPD_LDP_SESSION_REFUSED_LABELS, v->n_refused_labels);
    state_text(c->w, LDPD_LDP_SESSION_LAST_ERROR, v->last_error);
    for (size_t k = 0; k < v->n_addresses; k++)
        if (v->is_owned[k])
            state_addr(c->w, LDPD_LDP_SESSION_ADDRESS, &v->addresses[k]);
    for (size_t k = 0; k < v->n_addresses; k++)
        if (!v->is_owned[k])
            state_addr(c->w, LDPD_LDP_SESSION_IGNORED_ADDRESS, &v->addresses[k]);
    state_close(c->w);
}

static void write_end(void *arg, const struct ldp_end_view *v)
{
    struct context *c = arg;
    state_open(c->w, LDPD_LDP_SESSION_END);
    state_quad(c->w, LDPD_LDP_SESSION_END_LSR_ID, v->lsr_id);
    state_u64(c->w, LDPD_LDP_SESSION_END_COUNT, v->count);
    state_u64(c->w, LDPD_LDP_SESSION_END_TIME_SINCE, v->since_sec);
    state_u64(c->w, LDPD_LDP_SESSION_END_LASTED, v->lasted_sec);
    state_text(c->w, LDPD_LDP_SESSION_END_REASON, v->reason);
    state_close(c->w);
}

static void write_role(struct state_writer *w, enum ldp_route_role role)
{
    switch (role) {
    case LDP_ROUTE_NONE:
        return;
    case LDP_ROUTE_EGRESS:
        state_enum(w, LDPD_LDP_BINDING_ROLE, 0);
        return;
    case LDP_ROUTE_TRANSIT:
        state_enum(w, LDPD_LDP_BINDING_ROLE, 1);
        return;
    case LDP_ROUTE_STITCHED:
        state_enum(w, LDPD_LDP_BINDING_ROLE, 2);
        return;
    }
}

_Static_assert((int)LDP_FEC_EGRESS == (int)CFG_LDP_INSTANCE_BINDING_STATE_EGRESS &&
                   (int)LDP_FEC_WAITING == (int)CFG_LDP_INSTANCE_BINDING_STATE_WAITING &&
                   (int)LDP_FEC_RELEASING == (int)CFG_LDP_INSTANCE_BINDING_STATE_RELEASING,
               "the states are in the order of the schema");

static bool write_binding(void *arg, const struct ldp_bind_view *v, const struct ldp_remote_view *remotes, size_t n)
{
    struct context *c = arg;
    state_open(c->w, LDPD_LDP_BINDING);
    state_prefix(c->w, LDPD_LDP_BINDING_PREFIX, &v->fec);
    state_enum(c->w, LDPD_LDP_BINDING_STATE, (int)v->state);
    if (v->has_label)
        state_u64(c->w, LDPD_LDP_BINDING_LOCAL_LABEL, v->label);
    write_role(c->w, v->role);
    state_text(c->w, LDPD_LDP_BINDING_REASON, v->reason);
    for (size_t k = 0; k < n; k++) {
        state_open(c->w, LDPD_LDP_BINDING_REMOTE);
        state_quad(c->w, LDPD_LDP_BINDING_REMOTE_LSR_ID, ldp_instance_lsr_id_of(c->i, remotes[k].peer));
        if (remotes[k].has_remote)
            state_u64(c->w, LDPD_LDP_BINDING_REMOTE_LABEL, remotes[k].remote);
        if (remotes[k].has_remote && v->role != LDP_ROUTE_NONE)
            state_bool(c->w, LDPD_LDP_BINDING_REMOTE_IN_USE, remotes[k].is_in_use);
        state_bool(c->w, LDPD_LDP_BINDING_REMOTE_HAS_LOCAL_LABEL, remotes[k].is_holder);
        state_close(c->w);
    }
    state_close(c->w);
    return !c->is_one && !state_pause(c->w);
}

/* A big list: from where the chunk before ended, or the one that is asked for. */
static void write_bindings(struct context *c)
{
    struct prefix from;
    bool has_from;

    if (!state_list(c->w, LDPD_LDP_BINDING))
        return;
    has_from = state_after_prefix(c->w, LDPD_LDP_BINDING_PREFIX, &from);
    c->is_one = state_only_prefix(c->w, LDPD_LDP_BINDING_PREFIX, &from);
    if (c->is_one)
        ldp_bind_one(ldp_instance_bind(c->i), &from, write_binding, c);
    else
        ldp_bind_each(ldp_instance_bind(c->i), has_from ? &from : NULL, write_binding, c);
}

static void write_drops(struct state_writer *w, const struct ldp_instance *i)
{
    const struct ldp_counters *n = ldp_instance_counters(i);
    state_open(w, LDPD_LDP_DROPS);
    state_u64(w, LDPD_LDP_DROPS_MALFORMED_HELLO, n->malformed_hello);
    state_u64(w, LDPD_LDP_DROPS_IGNORED_HELLO, n->ignored_hello);
    state_u64(w, LDPD_LDP_DROPS_UNKNOWN_NEIGHBOR, n->unknown_neighbor);
    state_u64(w, LDPD_LDP_DROPS_MALFORMED_MESSAGE, n->malformed_message);
    state_close(w);
}

void ldpd_state_instance(struct state_writer *w, const char *path, const struct ldp_instance *i)
{
    struct context c = {.w = w, .i = i};
    if (state_is_asked(path, "interface"))
        ldp_instance_each_interface(i, write_interface, &c);
    if (state_is_asked(path, "adjacency"))
        ldp_instance_each_adjacency(i, write_adjacency, &c);
    if (state_is_asked(path, "session"))
        ldp_instance_each_session(i, write_session, &c);
    if (state_is_asked(path, "session-end"))
        ldp_instance_each_end(i, write_end, &c);
    if (state_is_asked(path, "binding"))
        write_bindings(&c);
    if (state_is_asked(path, "drops"))
        write_drops(w, i);
}

void ldpd_state_session_news(struct north *n, const struct ldp_session_news *news)
{
    struct state_writer *w =
        north_notify_begin(n, news->is_up ? LDPD_NOTIFY_LDP_SESSION_UP : LDPD_NOTIFY_LDP_SESSION_DOWN);

    state_text(w, LDPD_NOTIFY_LDP_SESSION_UP_VPN_INSTANCE, news->instance);
    state_quad(w, LDPD_NOTIFY_LDP_SESSION_UP_LSR_ID, news->lsr_id);
    if (news->is_up) {
        state_u64(w, LDPD_NOTIFY_LDP_SESSION_UP_KEEPALIVE_TIME, news->keepalive_sec);
    } else {
        state_text(w, LDPD_NOTIFY_LDP_SESSION_DOWN_REASON, news->reason);
        state_u64(w, LDPD_NOTIFY_LDP_SESSION_DOWN_UPTIME, news->lasted_sec);
    }
    north_notify_end(n);
}
