/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking at an instance: its interfaces, adjacencies and sessions as values.
 */
#include <string.h>

#include "ldpd/session/internal.h"
#include "ldpd_config.h"

static const struct ldp_interface *interface_named(const struct ldp_instance *i, const char *name)
{
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        if (strcmp(f->rib.name, name) == 0)
            return f;
    return NULL;
}

static const char *status_of(const struct ldp_instance *i, const struct ldp_interface *f)
{
    if (!f)
        return i->vrf == RIB_VRF_PUBLIC ? "no such interface outside of VPN instances" : "not in this VPN instance";
    if (!f->rib.is_up)
        return "down";
    if (!ldp_interface_address(f))
        return "no address";
    if (!i->lsr_id)
        return "no router identifier";
    if (!f->socket)
        return "no socket; it is tried again";
    return f->rib.has_mpls ? "up" : "up, but not configured for MPLS: labels lead nowhere here";
}

void ldp_instance_each_interface(const struct ldp_instance *i,
                                 void (*fn)(void *arg, const struct ldp_interface_view *v), void *arg)
{
    for (size_t k = 0; i->config && k < i->config->n_interface; k++) {
        const struct ldp_interface *f = interface_named(i, i->config->interface[k]->name);
        struct ldp_interface_view v = {
            .name = i->config->interface[k]->name, .status = status_of(i, f), .is_running = f && f->socket};
        if (v.is_running) {
            v.local = ldp_instance_transport(i, f);
            v.n_neighbors = f->n_adjacencies;
        }
        fn(arg, &v);
    }
}

void ldp_instance_each_adjacency(const struct ldp_instance *i,
                                 void (*fn)(void *arg, const struct ldp_adjacency_view *v), void *arg)
{
    const struct ldp_interface *f;
    const struct ldp_adjacency *a;
    LIST_FOREACH (f, &i->interfaces, entry)
        LIST_FOREACH (a, &f->adjacencies, of_interface) {
            struct ldp_adjacency_view v = {
                .interface = f->rib.name,
                .lsr_id = a->neighbor->lsr_id,
                .address = a->source,
                .transport = a->transport,
                .holdtime_sec = a->holdtime_sec,
                .expires_sec = (uint32_t)(timer_remaining_ms(&a->hold) / 1000),
            };
            fn(arg, &v);
        }
}

static void view_session(const struct ldp_neighbor *n, void (*fn)(void *arg, const struct ldp_session_view *v),
                         void *arg)
{
    const struct ldp_instance *i = n->instance;
    struct mem_account *mem = &n->instance->mem;
    bool is_up = n->state == LDP_SESSION_OPERATIONAL;
    bool *is_owned = mem_alloc(mem, (n->n_addresses + 1) * sizeof(*is_owned));
    struct ldp_bind_peer_counts counts = ldp_bind_count(i->bind, n->peer);
    for (size_t k = 0; k < n->n_addresses; k++)
        is_owned[k] = ldp_neighbor_owns(n, &n->addresses[k]);
    struct ldp_session_view v = {
        .lsr_id = n->lsr_id,
        .peer = n->peer,
        .state = ldp_session_state_name(n->state),
        .is_active = n->is_active,
        .is_operational = is_up,
        .transport = n->transport,
        .local = n->local,
        .uptime_sec = is_up ? (uint32_t)((loop_now_us(i->env->loop) - n->up_since_us) / 1000000) : 0,
        .keepalive_sec = n->keepalive_sec,
        .received = n->received,
        .sent = n->sent,
        .keepalives_received = n->keepalives_received,
        .keepalives_sent = n->keepalives_sent,
        .n_labels = counts.n_remotes,
        .n_refused_labels = counts.n_refused,
        .last_error = n->last_error,
        .addresses = n->addresses,
        .is_owned = is_owned,
        .n_addresses = n->n_addresses,
    };
    fn(arg, &v);
    mem_free(mem, is_owned);
}

void ldp_instance_each_session(const struct ldp_instance *i, void (*fn)(void *arg, const struct ldp_session_view *v),
                               void *arg)
{
    const struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry)
        view_session(n, fn, arg);
}
